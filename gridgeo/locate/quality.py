"""How good is a register? Counted batch by batch; the figures depend neither on the cuts nor on the order of the rows.

In: ids, coordinates and addresses as a file holds them, and the layer. Out: `Rows`, which needs no datum, and
`Positions`, which does. Before: a reader of registers; next: `gridgeo.jobs.quality`, which puts the report together.
Memory: `gridgeo.locate.repeats.KEPT` keys for coordinates and as many for ids, 20,000 rows as evidence, some examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from gridgeo.crs import Crs, to_city
from gridgeo.locate.datum import DatumEvidence, Verdict
from gridgeo.locate.index import GridIndex
from gridgeo.locate.places import Places
from gridgeo.locate.plausible import beyond_m
from gridgeo.locate.repeats import Repeated, Repeats, id_keys, packed

__all__ = [
    "EXAMPLES", "FAR_M", "NEARBY_M", "ZERO", "Far", "Piece", "PositionCount", "Positions", "RowCount", "Rows",
    "piece_of",
]  # fmt: skip

ZERO = 0.01
"""Both coordinates within this of 0, in their own unit: not measured, but left blank. No city lies there."""

NEARBY_M = 1000.0
"""Points outside the layer are told apart by this: streets beyond an old border, or another place altogether."""

FAR_M = 100.0
"""Farther from the community that its address names than this a point is told by default: nearer, entrances and
borders are the usual reason. Chosen; as `gridgeo.intake.address_check` does."""

EXAMPLES = 10
"""Rows named of each kind: the farthest, then the smaller id."""

COUNTED = ("rows", "without_coordinate", "at_zero", "impossible", "without_id", "with_address")

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What can be said without knowing the datum."""

    rows: int
    without_coordinate: int
    at_zero: int
    impossible: int
    """Neither degrees nor coordinates of any projected system."""
    identical: Repeated
    """Rows that share their coordinates to a centimetre; keys are those of `gridgeo.locate.repeats.packed`."""
    without_id: int
    repeated_ids: Repeated
    """Keys are those of `gridgeo.locate.repeats.id_keys`."""
    with_address: int
    """Rows whose address is not empty."""
    verdict: Verdict
    """What the addresses say about the datum."""


@dataclass(frozen=True, slots=True, order=True)
class Far:
    """One row that lies far from where it should; the farthest come first."""

    minus_m: float
    """The distance, negative."""
    id: str
    x: float
    """As stored."""
    y: float
    place: str = ""
    """What its address names; empty: the layer."""

    @property
    def distance_m(self) -> float:
        """How far."""
        return -self.minus_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Where the points lie."""

    inside: int
    nearby: int
    """Outside the layer, but within `NEARBY_M` of it."""
    away: int
    """Farther outside, or not convertible at all."""
    away_examples: tuple[Far, ...]
    """Their distance is that from the layer's extent (its bounding box), a lower bound."""
    named: int
    """Rows with a place whose address names one place of the layer."""
    agree: int
    """Of these, in a grid of that place."""
    far: int
    """Of these, farther from it than was asked for."""
    far_examples: tuple[Far, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a register."""

    ids: NDArray[np.object_]
    """Text, empty where a row has none."""
    x: Floats
    """As stored, NaN where there is none."""
    y: Floats
    named: NDArray[np.int64] | None
    """`Places.named` of the addresses; None: no addresses were read."""
    addressed: int
    """Rows whose address is not empty."""


def piece_of(ids: ArrayLike, x: ArrayLike, y: ArrayLike, addresses: Sequence[object] | None, places: Places) -> Piece:
    """Make a piece; the addresses are looked through once."""
    named = None if addresses is None else places.named(addresses)
    addressed = sum(isinstance(address, str) and bool(address.strip()) for address in addresses or ())
    return Piece(np.asarray(ids, object), np.asarray(x, float), np.asarray(y, float), named, addressed)


class RowCount:
    """Counts what needs no datum.

    Parameters
    ----------
    places : Places
    index : GridIndex
    bounds : sequence of float
        The layer's left, bottom, right, top.
    declared : Crs, optional
        What the register says.
    """

    def __init__(self, places: Places, index: GridIndex, bounds: Sequence[float], declared: Crs | None = None) -> None:
        self._evidence = DatumEvidence(places, index, bounds, declared)
        self._coordinates, self._ids = Repeats(), Repeats()
        self._count = dict.fromkeys(COUNTED, 0)

    def add(self, piece: Piece) -> None:
        """Take rows in."""
        x, y, blank = piece.x, piece.y, piece.ids == ""
        zero, placed = _zero(x, y), _placed(x, y)
        keys, possible = packed(x, y)
        self._coordinates.add(keys[placed & possible])
        self._ids.add(id_keys(pa.array(piece.ids[~blank], pa.string())))
        missing, impossible = ~np.isfinite(x) | ~np.isfinite(y), placed & ~possible
        counted = (len(x), missing.sum(), zero.sum(), impossible.sum(), blank.sum(), piece.addressed)
        for name, number in zip(COUNTED, counted, strict=True):
            self._count[name] += int(number)
        if piece.named is not None:
            self._evidence.add(x[placed], y[placed], piece.named[placed])

    def result(self) -> Rows:
        """Return what was counted so far."""
        return Rows(
            **self._count, identical=self._coordinates.result(EXAMPLES), repeated_ids=self._ids.result(EXAMPLES),
            verdict=self._evidence.verdict(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Points:
    """Rows that have a place."""

    ids: NDArray[np.object_]
    stored: Floats
    """(n, 2)"""
    x: Floats
    """In the CRS of the layer, NaN where it cannot be converted."""
    y: Floats

    @property
    def known(self) -> Bools:
        """True where the place could be converted."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    def chosen(self, at: NDArray[np.int64]) -> _Points:
        """Return some of the rows."""
        return _Points(self.ids[at], self.stored[at], self.x[at], self.y[at])


class PositionCount:
    """Counts where points lie under one system.

    Parameters
    ----------
    places : Places
    index : GridIndex
    bounds : sequence of float
    crs : Crs or str, keyword-only
        What the coordinates are in.
    than_m : float, keyword-only
        Rows farther than this from the place that their address names are told.
    """

    def __init__(
        self, places: Places, index: GridIndex, bounds: Sequence[float], *, crs: Crs | str, than_m: float = FAR_M
    ) -> None:
        self._places, self._index, self._crs, self._than_m = places, index, crs, than_m
        self._bounds = tuple(bounds)
        self._count = dict.fromkeys(("inside", "nearby", "away", "named", "agree", "far"), 0)
        self._away: list[Far] = []
        self._far: list[Far] = []

    def add(self, piece: Piece) -> None:
        """Take rows in."""
        kept = _placed(piece.x, piece.y)
        stored = np.column_stack([piece.x, piece.y])[kept]
        x, y = to_city(stored[:, 0], stored[:, 1], self._crs, self._index.crs)
        points = _Points(piece.ids[kept], stored, x, y)
        rows = np.asarray(self._index.covering(x, y)[0], np.int64)
        self._count["inside"] += int((rows >= 0).sum())
        self._outside(points.chosen(np.flatnonzero(rows < 0)))
        if piece.named is not None:
            self._named(points, rows, piece.named[kept])

    def _outside(self, points: _Points) -> None:
        """Count points outside the layer."""
        known = points.chosen(np.flatnonzero(points.known))
        near = np.zeros(len(known.ids), bool)
        if len(near):
            near = self._index.nearest(known.x, known.y, within_m=NEARBY_M)[0] >= 0
        self._count["nearby"] += int(near.sum())
        self._count["away"] += len(points.ids) - int(near.sum())
        away = known.chosen(np.flatnonzero(~near))
        self._away = _farthest(self._away, beyond_m(away.x, away.y, self._bounds), away, [""] * len(away.ids))

    def _named(self, points: _Points, rows: NDArray[np.int64], named: NDArray[np.int64]) -> None:
        """Count rows by whether they lie where their address says."""
        agree = self._places.agree(named, rows)
        self._count["named"] += int((named >= 0).sum())
        self._count["agree"] += int(agree.sum())
        at = np.flatnonzero((named >= 0) & ~agree & points.known)
        at = at[self._places.farther(named[at], points.x[at], points.y[at], than_m=self._than_m)]
        self._count["far"] += len(at)
        far, names = points.chosen(at), [self._places.names[place] for place in named[at]]
        self._far = _farthest(self._far, self._places.distance_m(named[at], far.x, far.y), far, names)

    def result(self) -> Positions:
        """Return what was counted so far."""
        return Positions(**self._count, away_examples=tuple(self._away), far_examples=tuple(self._far))


def _zero(x: Floats, y: Floats) -> Bools:
    """Return which coordinates are (0, 0) or as good as that."""
    return (np.abs(x) <= ZERO) & (np.abs(y) <= ZERO)


def _placed(x: Floats, y: Floats) -> Bools:
    """Return which coordinates are a place."""
    placed: Bools = np.isfinite(x) & np.isfinite(y) & ~_zero(x, y)
    return placed


def _farthest(known: list[Far], distance: Floats, points: _Points, names: list[str]) -> list[Far]:
    """Return the farthest of the known rows and some more, to the millimetre so that every order gives the same."""
    metres = np.round(distance, 3)
    enough = known[-1].distance_m if len(known) == EXAMPLES else 0.0
    at = np.flatnonzero(metres >= enough)
    x, y = points.stored[at].T
    order = at[np.lexsort((np.array(names, str)[at], y, x, points.ids[at].astype(str), -metres[at]))]
    found = set(known)
    for row in order:  # a row that is there twice is one example
        if len(found) >= len(known) + EXAMPLES:
            break
        x, y = points.stored[row]
        found.add(Far(-float(metres[row]), str(points.ids[row]), float(x), float(y), names[row]))
    return sorted(found)[:EXAMPLES]
