"""Rows whose point lies far from all others of their place: a slip of whoever entered it.

In: stems, their rows and points. Out: the rows that are astray and where the others of their building, of their place,
or of their road say that they are. Answers for them say so. Used by `gridgeo.locate.address.library`.

A row is astray only if it is alone: where two lie together they may be another place of that name. What was entered
twice, a few metres apart, gets the point that most rows of its building have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.locate.address.score import AREA, COMMUNITY, ROAD, STREET

__all__ = ["Astray", "astray_rows"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

BUILDING_M, PLACE_M = (60.0, 200.0), (300.0, 700.0)
"""How near to their middle most rows of a building or of a place must be, and how far off one is astray. Chosen: the
longest slab measures a hundred metres, a large estate half a kilometre."""
ROAD_M, APART = (200.0, 700.0), 20
"""The same for a house and those next to it on its road, all of them, with numbers at most so far from its own."""
SAME_M, TWICE_M = 0.01, 10.0
"""Where most rows of a building have one and the same point, one that is so near was entered twice: it must not make
a building of two grids. Chosen."""
FEWEST = 4
"""Rows that tell where a place is. Chosen: of three, two may lie together by chance."""
MOST = 0.75
"""Share of them that must lie together. Chosen."""
BESIDE = 3
"""Houses looked at on either side."""


class Astray(NamedTuple):
    """Rows that are astray, and where all rows are."""

    rows: Ints
    """Sorted."""
    x: Floats
    y: Floats
    """Points of all rows; of those that are astray by the others."""


class _Points(NamedTuple):
    """Points of all rows while some are moved."""

    x: Floats
    y: Floats
    moved: NDArray[np.bool_]

    def move(self, rows: NDArray[np.int64], x: Floats, y: Floats) -> None:
        """Move some rows."""
        self.x[rows], self.y[rows], self.moved[rows] = x, y, True


def astray_rows(
    stem_names: Ints, stem_number: Ints, stem_begins: Ints, building: Ints, points: tuple[Floats, Floats]
) -> Astray:
    """Return the rows that are astray.

    Parameters
    ----------
    stem_names : ndarray of int32, (s, 7)
    stem_number : ndarray of int32, (s,)
        Of the house on its road, 0 without one.
    stem_begins : ndarray of int32, (s + 1,)
    building : ndarray of int32, (n,)
        -1: none.
    points : (ndarray of float, ndarray of float)
        x and y of every row, in metres.
    """
    x, y = points
    stem = np.repeat(np.arange(len(stem_names)), np.diff(stem_begins))
    moving = _Points(x.copy(), y.copy(), np.zeros(len(x), np.bool_))
    housed = np.flatnonzero(building >= 0)
    house = stem[housed] * (int(building.max(initial=0)) + 1) + building[housed]
    _join(moving, housed, house)
    _move(moving, housed, house, BUILDING_M)
    _move(moving, np.arange(len(x)), stem, PLACE_M)
    _move_houses(moving, stem_names, stem_number, stem_begins)
    return Astray(np.flatnonzero(moving.moved).astype(np.int32), moving.x, moving.y)


def _join(points: _Points, rows: NDArray[np.int64], building: NDArray[np.int64]) -> None:
    """Give the rows of a building that were entered twice the point that most of its rows have.

    Not so those of a place: its buildings may well stand a few metres apart, on two sides of a border.
    """
    x, y = points.x[rows], points.y[rows]
    middle = pd.DataFrame({"x": x, "y": y}).groupby(building, sort=False).transform("median").to_numpy()
    off_m = np.hypot(x - middle[:, 0], y - middle[:, 1])
    same = pd.Series(off_m <= SAME_M).groupby(building, sort=False).transform("mean").to_numpy()
    twice = np.flatnonzero((off_m > SAME_M) & (off_m <= TWICE_M) & (same >= MOST))
    points.x[rows[twice]], points.y[rows[twice]] = middle[twice].T


def _move(points: _Points, rows: NDArray[np.int64], key: NDArray[np.int64], limits: tuple[float, float]) -> None:
    """Move the rows that are far from the middle of those of one key to it."""
    x, y = points.x[rows], points.y[rows]
    groups = pd.DataFrame({"x": x, "y": y}).groupby(key, sort=False)
    middle = groups.transform("median").to_numpy()
    off_m = np.hypot(x - middle[:, 0], y - middle[:, 1])
    together = pd.Series(off_m <= limits[0]).groupby(key, sort=False).transform("mean").to_numpy()
    many = groups["x"].transform("size").to_numpy()
    far = np.flatnonzero((off_m > limits[1]) & (together >= MOST) & (many >= FEWEST))
    far = far[_alone(key[far], x[far], y[far], limits[1])]
    points.move(rows[far], middle[far, 0], middle[far, 1])


def _alone(key: NDArray[np.int64], x: Floats, y: Floats, within_m: float) -> NDArray[np.bool_]:
    """Tell which points have no other one of their key near them."""
    order = np.argsort(key, kind="stable")
    alone = np.ones(len(key), np.bool_)
    for group in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        apart_m = np.hypot(x[group, None] - x[group], y[group, None] - y[group])
        alone[group] = (apart_m <= within_m).sum(axis=1) == 1
    return alone


def _move_houses(points: _Points, names: Ints, number: Ints, begins: Ints) -> None:
    """Move the only row of a house that is far from the houses next to it on its road to their middle.

    They are of its own street and community, and lie all together: where numbers do not run along their road, nobody
    is astray.
    """
    numbered = np.flatnonzero(number > 0)
    levels = pd.DataFrame(names[numbered][:, [AREA, STREET, COMMUNITY, ROAD]])
    road = levels.groupby(list(levels), sort=False).ngroup().to_numpy()
    order = np.lexsort((number[numbered], road))
    stems, road = numbered[order], road[order]
    if len(stems) <= 2 * BESIDE:
        return
    first, own = begins[stems], number[stems]
    near = np.arange(len(stems))[:, None] + np.delete(np.arange(-BESIDE, BESIDE + 1), BESIDE)
    there = (near >= 0) & (near < len(stems))
    near = np.clip(near, 0, len(stems) - 1)
    there &= (road[near] == road[:, None]) & (abs(own[near] - own[:, None]) <= APART)
    enough = np.flatnonzero((there.sum(axis=1) > FEWEST) & (np.diff(begins)[stems] == 1))
    if not len(enough):
        return
    beside, first, there = first[near[enough]], first[enough], there[enough]
    east, north = (np.where(there, axis[beside], np.nan) for axis in points[:2])
    x, y = np.nanmedian(east, axis=1), np.nanmedian(north, axis=1)
    together = np.sum(np.hypot(east - x[:, None], north - y[:, None]) <= ROAD_M[0], axis=1)
    far = (together == there.sum(axis=1)) & (np.hypot(points.x[first] - x, points.y[first] - y) > ROAD_M[1])
    points.move(first[far], x[far], y[far])
