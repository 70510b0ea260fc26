"""Which datum makes the addresses of a register agree with the grids found there?

In: coordinates as a file holds them and the places that their addresses name (`gridgeo.locate.places`), batch by batch.
Out: a `Verdict`: the system, or the reason why none can be shown. Before: any register; next: `gridgeo.jobs.assign` for
one that does not say its datum, and `gridgeo.locate.quality` for the report about every one.

The rule. Every reading that puts half of the points near the layer is a candidate. A row is a witness between two
candidates if the place that its address names lies under one of them and not under the other; only rows near borders
are, which is why communities wider than the 500 m shift are judged too. The candidate with which most addresses agree
is shown if

1. at least `AGREEING` of the named rows agree with it at all;
2. against every other candidate the witnesses are too one-sided for chance (sign test, `CHANCE`), at most one for the
   other to `ONE_SIDED` for it, and of `COMMUNITIES` different places or more: one misplaced estate is no proof;
3. shifted by `PINNED_M` in any of eight directions its points agree worse (`PINNED`), and shifted by 100 m in none
   better (`SHIFTED`): else the truth may be a system that is not among the candidates, such as a local one, and the
   best of them is still wrong.

Otherwise it cannot be shown, and the verdict says which condition failed, with the figures. CGCS2000 and WGS84 differ
by less than the accuracy of any grid border and are one candidate. Addresses that were made from the coordinates by a
map service prove the datum of that service; no test can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgeo.crs import Crs, in_china, parse_crs
from gridgeo.locate.index import GridIndex
from gridgeo.locate.places import Places
from gridgeo.locate.plausible import NEAR_SHARE, near_share
from gridgeo.locate.sketch import Sketch
from gridgeo.readings import Reading, datum_readings, possible_readings

__all__ = ["REASONS", "DatumEvidence", "Fit", "Verdict", "label_of"]

AGREEING = 0.5
"""Of the named rows, so many must agree. Chosen: registers with a third of wrong addresses still pass."""

CHANCE = 1e-4
"""A rival is refuted if witnesses as one-sided as these come about by chance more rarely: 14 of 14, 31 of 38. Chosen;
bench/datum_shown.py finds no wrong verdict with it."""

ONE_SIDED = 4
"""For every witness against it a candidate needs so many for it; a register that mixes two datums, one row of five on
the other or more, is so refused. Chosen."""

CONTRADICTING = 5
"""Fewer witnesses for the other candidate are too few to speak of a mixture. Chosen."""

COMMUNITIES = 3
"""Places of which most witnesses must speak for a candidate. Chosen."""

PINNED_M, PINNED = 300.0, 0.05
"""So far from the truth agreement must be worse, by more than chance makes it once in so many times. Chosen."""

SHIFTS_M = (100.0, PINNED_M)
SHIFTED = 1e-3
"""A shifted reading is better if chance would make it look so more rarely than this. Chosen: sixteen shifts are tried,
so a true datum is refused by chance less than twice in a hundred; seen far more rarely, it is better than they are."""

CELL_M = 50.0
"""Rows within a square of this side that name the same place are one witness: a house or an estate. Chosen."""

SAME_M = 1.0
"""Readings that differ by less are one: no grid border is that sure."""

REASONS = ("shown", "no_names", "nowhere", "swapped", "disagree", "alike", "mixed", "few_places", "loose", "shifted")
"""What a `Verdict` may say; all but the first mean: cannot be shown."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one reading makes addresses and grids agree."""

    name: str
    """"CGCS2000/WGS84", "GCJ-02", "EPSG:4526" …"""
    agree: int
    """Witnesses whose address agrees with the grid under this reading."""
    best_only: int
    """Those that agree under the best reading and not under this one."""
    this_only: int
    """Those that agree under this reading and not under the best one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the addresses say about the datum."""

    reason: str
    """One of `REASONS`."""
    crs: Crs | None
    """The system that was shown, or None; `gridgeo.crs.to_city` takes it."""
    best: str
    """Name of the reading with which most addresses agree; empty if there is none."""
    named: int
    """Rows of which the address names one known place."""
    witnesses: int
    """The same without repetition: one per place and `CELL_M` square, of a sample of at most 20,000 rows."""
    fits: tuple[Fit, ...]
    """The best first."""
    places: int
    """Places that decide against the nearest rival."""
    off_m: float | None = None
    """"shifted": by about how much the coordinates are off under the best reading."""

    @property
    def shown(self) -> bool:
        """True where the datum is shown."""
        return self.reason == "shown"


class DatumEvidence:
    """Collects what addresses say, batch by batch; the verdict depends neither on the cuts nor on the order.

    Parameters
    ----------
    places : Places
    index : GridIndex
        Of the same layer.
    bounds : sequence of float
        The layer's left, bottom, right, top.
    declared : Crs, optional
        What the register says; a candidate like the others.
    """

    def __init__(self, places: Places, index: GridIndex, bounds: Sequence[float], declared: Crs | None = None) -> None:
        self._places, self._index, self._bounds = places, index, np.asarray(bounds, float)
        self._declared = None if declared is None or declared.offset else declared
        self._sketch = Sketch()
        self._named = 0

    def add(self, x: ArrayLike, y: ArrayLike, named: ArrayLike) -> None:
        """Take rows in.

        Parameters
        ----------
        x, y : array_like of float, (n,)
            As stored; NaN and (0, 0) say nothing.
        named : array_like of int, (n,)
            `Places.named` of their addresses.
        """
        x, y, place = np.asarray(x, float), np.asarray(y, float), np.asarray(named, np.int64)
        keep = (place >= 0) & np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
        self._named += int(keep.sum())
        self._sketch.add(x[keep], y[keep], place[keep])

    def verdict(self) -> Verdict:
        """Return what can be shown so far."""
        xy, place = self._sketch.rows()
        if not len(xy):
            return self._none("no_names")
        candidates = self._candidates(xy)
        if not candidates:
            return self._none("nowhere")
        readings = list(candidates)
        if all(reading.swapped for reading in readings):
            return self._none("swapped")
        kept = _distinct(candidates[readings[0]], place)
        settled, place = [points[kept] for points in candidates.values()], place[kept]
        agree = np.array([self._agree(points, place) for points in settled])
        best = int(np.argmax(agree.sum(axis=1)))
        return self._judged(readings, agree, best, settled[best], place)

    def _none(self, reason: str) -> Verdict:
        return Verdict(reason=reason, crs=None, best="", named=self._named, witnesses=0, fits=(), places=0)

    def _candidates(self, xy: Floats) -> dict[Reading, Floats]:
        """Return the readings that put the points near the layer, and where they put them; no two at one place."""
        target, wgs84 = parse_crs(self._index.crs), parse_crs("EPSG:4326")
        near: dict[Reading, Floats] = {}
        for plain in possible_readings(self._declared, xy, target, neighbours=True):
            degrees = plain.convert(xy, wgs84)
            degrees = degrees[np.isfinite(degrees).all(axis=1)]
            chinese = len(degrees) > 0 and in_china(*(float(value) for value in np.median(degrees, axis=0)))
            for reading in datum_readings(plain):
                settled = reading.convert(xy, target)
                if near_share(settled, self._bounds) < NEAR_SHARE or any(_same(settled, one) for one in near.values()):
                    continue
                if not reading.crs.offset or chinese:
                    near[reading] = settled
        return near

    def _agree(self, points: Floats, place: Rows) -> Bools:
        """Return which points lie in a grid of the place named."""
        rows, _ = self._index.covering(np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]))
        return self._places.agree(place, np.asarray(rows, np.int64))

    def _judged(self, readings: list[Reading], agree: Bools, best: int, points: Floats, place: Rows) -> Verdict:
        """Apply the rule to the candidates."""
        order = sorted(range(len(readings)), key=lambda row: -int(agree[row].sum()))
        rivals = [row for row in order if row != best]
        fits = [_fit(readings[row], agree[row], agree[best]) for row in [best, *rivals]]
        reason, places, off_m = "shown", len(np.unique(place[agree[best]])), None
        if agree[best].mean() < AGREEING:
            reason = "disagree"
        for row in rivals:
            refuted, count = _against(agree[best], agree[row], place)
            places = min(places, count)
            reason = refuted if reason == "shown" else reason
        if reason == "shown" and places < COMMUNITIES:
            reason = "few_places"
        if reason == "shown":
            reason, off_m = self._pinned(points, place, agree[best])
        if reason == "shown" and readings[best].swapped:
            reason = "swapped"
        return Verdict(
            reason=reason, crs=readings[best].crs if reason == "shown" else None, best=fits[0].name, named=self._named,
            witnesses=len(place), fits=tuple(fits), places=places, off_m=off_m,
        )  # fmt: skip

    def _pinned(self, points: Floats, place: Rows, agree: Bools) -> tuple[str, float | None]:
        """Return "shown" where no shift agrees better and the longer ones worse, else why not and how far off."""
        better, loose = [], False
        for length in SHIFTS_M:
            for angle in np.arange(8) * np.pi / 4:
                moved = self._agree(points + length * np.array([np.cos(angle), np.sin(angle)]), place)
                gain, loss = int((moved & ~agree).sum()), int((agree & ~moved).sum())
                if _chance(gain, loss) < SHIFTED:
                    better.append((gain - loss, length))
                loose |= length == PINNED_M and _chance(loss, gain) >= PINNED
        if better:
            return "shifted", max(better)[1]
        return ("loose" if loose else "shown"), None


def _chance(more: int, less: int) -> float:
    """Return how likely a fair coin falls on one side as often or more often: the one-sided sign test."""
    from scipy.stats import binom  # noqa: PLC0415 - takes a second, and few questions need it

    return float(binom.sf(more - 1, more + less, 0.5))


def label_of(crs: Crs) -> str:
    """Return what a verdict calls a system.

    Examples
    --------
    >>> label_of(parse_crs("EPSG:4490")), label_of(parse_crs("EPSG:4326")), label_of(parse_crs("GCJ-02"))
    ('CGCS2000/WGS84', 'CGCS2000/WGS84', 'GCJ-02')
    """
    return "CGCS2000/WGS84" if crs.is_geographic and not crs.offset else crs.name


def _same(one: Floats, other: Floats) -> bool:
    """Return whether two readings put points at the same places: one system under two names."""
    off = np.abs(one - other)
    return bool(np.isfinite(off).any()) and float(np.nanmax(off)) < SAME_M


def _fit(reading: Reading, agree: Bools, best: Bools) -> Fit:
    """Count what a reading and the best one are agreed with."""
    name = label_of(reading.crs) + (" with x and y exchanged" if reading.swapped else "")
    return Fit(name, int(agree.sum()), int((best & ~agree).sum()), int((agree & ~best).sum()))


def _distinct(points: Floats, place: Rows) -> Rows:
    """Return one row per named place and square; the first, in an order that is the same for every order of rows."""
    cells = np.column_stack([np.floor(np.nan_to_num(points) / CELL_M), place])
    return np.sort(np.unique(cells, axis=0, return_index=True)[1])


def _against(best: Bools, rival: Bools, place: Rows) -> tuple[str, int]:
    """Return whether witnesses refute a rival ("shown") or why not, and in how many places most of them do."""
    pro, contra = best & ~rival, rival & ~best
    first, second = int(pro.sum()), int(contra.sum())
    size = int(place.max()) + 1
    places = int((np.bincount(place[pro], minlength=size) > np.bincount(place[contra], minlength=size)).sum())
    if second * ONE_SIDED > first and second >= CONTRADICTING:
        return "mixed", places
    return ("alike" if _chance(first, second) >= CHANCE else "shown"), places
