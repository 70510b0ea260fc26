"""Ids that stand more than once in a register of any length.

In: batch after batch of ids. Out: how many rows repeat an earlier id, and the first of them. Ids are remembered by
64-bit hashes: 12 to 24 bytes a row, and a chance of 3 in a million that ten million different ids count one too many.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

__all__ = ["Repeats"]

START = 1 << 16
"""Places of the table in the beginning; two thirds of them can be taken."""

MOST = 1 << 26
"""Places at most, 512 MB: ids beyond the first 44 million are still compared with those, but not remembered."""

AT_ONCE = 1 << 20
"""Ids looked up together: sorted by place, they walk through a table of any size once."""

Hashes = NDArray[np.uint64]


class Repeats:
    """What is known of the ids seen so far.

    Parameters
    ----------
    about : int
        How many are expected; a good guess saves time.
    """

    def __init__(self, about: int = 0) -> None:
        self._rows = self._blank = 0
        self._first = ""
        self._table = _empty(START)
        self._held = 0
        self._waiting: list[tuple[int, pa.Array, Hashes]] = []
        self._grow(about)

    @property
    def rows(self) -> int:
        """Rows whose id an earlier row has; rows without id do not count."""
        self._look_up()
        return self._rows

    @property
    def blank(self) -> int:
        """Rows without id."""
        self._look_up()
        return self._blank

    @property
    def first(self) -> str:
        """The first row that repeats an id: "record 812 (id H05)"; empty if none does."""
        self._look_up()
        return self._first

    def see(self, ids: pa.Array, start: int) -> None:
        """Take the next batch.

        Parameters
        ----------
        ids : pyarrow.Array of string, (n,)
            Not null; empty where a row has none.
        start : int
            Rows before.
        """
        offsets, data = ids.buffers()[1:]
        if not len(ids):
            return
        ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
        hashes = _hashes(np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), ends)
        self._waiting.append((start, ids, hashes))
        if sum(len(waiting) for _, _, waiting in self._waiting) >= AT_ONCE:
            self._look_up()

    def _look_up(self) -> None:
        """Look up the ids that wait."""
        if not self._waiting:
            return
        hashes = np.concatenate([waiting for _, _, waiting in self._waiting])
        self._grow(len(hashes))
        order = _by_place(hashes, np.uint64(len(self._table) - 1))
        room = _wanted(self._held + len(hashes)) <= len(self._table)
        blank, repeated, first, added = _insert(self._table, hashes, order, room)
        if repeated and not self._rows:
            self._first = self._named(first)
        self._rows += repeated
        self._blank += blank
        self._held += added
        self._waiting = []

    def _named(self, row: int) -> str:
        """Name one of the rows that wait."""
        for start, ids, _ in self._waiting:
            if row < len(ids):
                return f"record {start + row + 1} (id {ids[row]})"
            row -= len(ids)
        raise IndexError(row)

    def _grow(self, more: int) -> None:
        """Make room, as long as the table may grow."""
        size = len(self._table)
        while size < _wanted(self._held + more) and size < MOST:
            size *= 2
        if size > len(self._table):
            old = self._table[self._table != 0]
            self._table = _empty(size)
            _insert(self._table, old, _by_place(old, np.uint64(size - 1)), True)


def _empty(size: int) -> Hashes:
    """Return a table without ids; written to at once, its memory comes in large pages and not one by one."""
    table = np.empty(size, np.uint64)
    table[:] = 0
    return table


def _wanted(held: int) -> float:
    """Return the places that a number of ids needs: with fewer, searching takes long."""
    return 1.5 * held


@njit(cache=True, nogil=True)
def _hashes(data: NDArray[np.uint8], ends: NDArray[np.int32]) -> Hashes:
    """Return 64-bit FNV-1a hashes, mixed as MurmurHash3 does at its end; 0 only for an empty id."""
    out = np.zeros(len(ends) - 1, np.uint64)
    for row in range(len(out)):
        if ends[row] == ends[row + 1]:
            continue
        value = np.uint64(0xCBF29CE484222325)
        for place in range(ends[row], ends[row + 1]):
            value = (value ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
        value ^= value >> np.uint64(33)
        value *= np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(33)
        out[row] = max(value, np.uint64(1))
    return out


@njit(cache=True, nogil=True)
def _by_place(hashes: Hashes, mask: np.uint64) -> NDArray[np.int32]:
    """Return rows roughly in the order of their places in the table, equal hashes in order of rows.

    The table is far larger than the processor's cache; a batch that walks through it once is several times faster.
    """
    shift = np.uint64(0)
    while (mask >> shift) >= np.uint64(2048):
        shift += np.uint64(1)
    counts = np.zeros(2049, np.int64)
    for value in hashes:
        counts[((value & mask) >> shift) + np.uint64(1)] += 1
    for bucket in range(2048):
        counts[bucket + 1] += counts[bucket]
    order = np.empty(len(hashes), np.int32)
    for row in range(len(hashes)):
        bucket = (hashes[row] & mask) >> shift
        order[counts[bucket]] = row
        counts[bucket] += 1
    return order


@njit(cache=True, nogil=True)
def _insert(table: Hashes, hashes: Hashes, order: NDArray[np.int32], room: bool) -> tuple[int, int, int, int]:
    """Look hashes up and add new ones if there is room; return blanks, repeats, the first repeat's row, additions."""
    mask = np.uint64(len(table) - 1)
    blank = repeated = added = 0
    first = len(hashes)
    for row in order:
        value = hashes[row]
        if value == 0:
            blank += 1
            continue
        place = value & mask
        while table[place] != 0 and table[place] != value:
            place = (place + np.uint64(1)) & mask
        if table[place] == value:
            repeated += 1
            first = min(first, row)
        elif room:
            table[place] = value
            added += 1
    return blank, repeated, first, added
