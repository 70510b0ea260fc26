"""What is counted while a register is assigned.

In: what was found for batch after batch. Out: an `AssignReport`; in between, a state that can be written down and
taken up by another process.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from gridgeo.locate.assign import METHODS, NONE, WORDS, Found

__all__ = ["AssignReport", "Tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignReport:
    """What became of a register."""

    rows: int
    counts: dict[str, int]
    """Method → rows, their sum is ``rows``: `gridgeo.locate.assign.METHODS`, and "share" where lines or areas came."""
    grids_hit: int
    first_unreadable: str = ""
    """The first row without readable coordinates, e.g. "record 5 (id 005)"; empty: every row has them."""
    repeated: int = 0
    """Rows whose id an earlier row has; they are assigned like all others."""
    repeated_share: float = 1.0
    """1.0: counted exactly; 0.5, 0.25 …: so many of the ids were counted and the figure multiplied."""
    first_repeated: str = ""
    """The first of them, e.g. "record 812 (id H05)"."""
    blank: int = 0
    """Rows without id."""
    far: int = 0
    """Rows more than 50 km from the layer."""
    first_far: str = ""
    repaired: int = 0
    """Areas that cross themselves, of which a valid form was measured."""
    first_repaired: str = ""
    asked: int | None = None
    """Rows that were looked up because an earlier answer could not be kept; None without an earlier answer."""
    hit: bytes = field(default=b"", repr=False)
    """A bit for every row of the index: whether a place lies in it."""

    def __str__(self) -> str:
        """Return the counts in one line."""
        parts = ", ".join(f"{count:,} {method}" for method, count in self.counts.items() if count)
        kept = "" if self.asked is None else f"; {self.asked:,} asked again"
        return f"{self.rows:,} points: {parts or 'none'}; {self.grids_hit:,} grids hit{kept}"


class Tally:
    """Counts so far.

    Parameters
    ----------
    grids : int
        Rows of the index.
    state : dict, optional
        Of an earlier tally.
    """

    def __init__(self, grids: int, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self.counts = np.array(state.get("counts", [0] * len(WORDS)), np.int64)
        self.hit = _unpacked(state.get("hit", ""), grids)
        self.asked = int(state.get("asked", 0))
        self._numbers: dict[str, int] = dict(state.get("numbers", {}))
        self._first: dict[str, str] = dict(state.get("first", {}))

    def see(self, ids: pa.Array, start: int, found: Found) -> None:
        """Count a batch."""
        _count(found.row, found.method, self.counts, self.hit)
        if self.counts[NONE]:
            self.note("unreadable", ids, start, np.flatnonzero(found.method == NONE))

    def note(self, what: str, ids: pa.Array, start: int, rows: NDArray[np.integer]) -> None:
        """Count rows of a batch about which there is something to tell, and keep the first."""
        if not len(rows):
            return
        self._numbers[what] = self._numbers.get(what, 0) + len(rows)
        self._first.setdefault(what, f"record {start + int(rows[0]) + 1} (id {ids[int(rows[0])]})")

    def state(self) -> dict[str, Any]:
        """Return everything as plain values."""
        hit = base64.b64encode(np.packbits(self.hit).tobytes()).decode()
        return {
            "counts": self.counts.tolist(), "hit": hit, "asked": self.asked,
            "numbers": dict(self._numbers), "first": dict(self._first),
        }  # fmt: skip

    def report(self, *, with_share: bool, **more: Any) -> AssignReport:
        """Return the report; ``more`` are fields that are counted elsewhere."""
        counts = dict(zip(WORDS, self.counts.tolist(), strict=True))
        return AssignReport(
            rows=int(self.counts.sum()),
            counts={name: counts[name] for name in (WORDS if with_share else METHODS)},
            grids_hit=int(self.hit.sum()),
            hit=np.packbits(self.hit).tobytes(),
            first_unreadable=self._first.get("unreadable", ""),
            far=self._numbers.get("far", 0),
            first_far=self._first.get("far", ""),
            repaired=self._numbers.get("repaired", 0),
            first_repaired=self._first.get("repaired", ""),
            **more,
        )


def _unpacked(text: str, count: int) -> NDArray[np.bool_]:
    if not text:
        return np.zeros(count, bool)
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), count=count).astype(bool)


@njit(cache=True, nogil=True)
def _count(row: NDArray[np.int32], method: NDArray[np.int8], counts: NDArray[np.int64], hit: NDArray[np.bool_]) -> None:
    """Count answers by method, and tick grids that have some."""
    for i in range(len(row)):
        counts[method[i]] += 1
        if row[i] >= 0:
            hit[row[i]] = True
