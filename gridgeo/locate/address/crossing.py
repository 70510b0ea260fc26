"""Where two roads cross, from nothing but the addresses on them.

In: points of house numbers on two roads. Out: `Crossing`s. No road map is needed: near the place where the addresses of
the two roads come closest, a line is laid through each road's, midway between its odd and its even side, and the lines
are cut. Roads of one name in two districts cross in two places. Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["REACH_M", "Crossing", "crossings", "road_line"]

REACH_M = 320.0
"""Farther apart than this, addresses of two roads show no crossing. Chosen: the longest stretch without a number."""
FARTHEST_M = 900.0
"""Where no addresses are that near, roads are drawn on as far as this towards each other. Chosen."""
LOCAL_M = 350.0
"""Addresses this near to the place tell the road's line there: roads bend. Chosen."""
FEWEST = 4
"""So many addresses at least are taken for a line, if there are."""
APART_M = 600.0
"""Crossings of the same two roads that are nearer to each other are one. Chosen."""
SLANT = 0.25
"""Sine of the angle below which lines are parallel: 15 degrees."""
MOST = 600
"""Points of one road that are compared; longer roads are thinned."""

Points = NDArray[np.float64]


class Crossing(NamedTuple):
    """A place where two roads cross."""

    x: float
    y: float
    apart_m: float
    """How far the nearest addresses of the two roads are from each other."""
    first: int
    second: int
    """These addresses, by their place in what was handed in."""


def crossings(
    first: Points, first_odd: NDArray[np.bool_], second: Points, second_odd: NDArray[np.bool_]
) -> list[Crossing]:
    """Return the crossings of two roads, those with the nearest addresses first.

    Parameters
    ----------
    first, second : ndarray of float, (n, 2) and (m, 2)
        Points of house numbers, in metres.
    first_odd, second_odd : ndarray of bool
        Which side of the road they are on.
    """
    steps = -(-len(first) // MOST) or 1, -(-len(second) // MOST) or 1
    first, first_odd = first[:: steps[0]], first_odd[:: steps[0]]
    second, second_odd = second[:: steps[1]], second_odd[:: steps[1]]
    if not len(first) or not len(second):
        return []
    wide, high = first[:, None, 0] - second[None, :, 0], first[:, None, 1] - second[None, :, 1]
    square = wide * wide + high * high
    other = square.argmin(axis=1)  # of every address the nearest one of the other road
    apart_m = np.sqrt(square[np.arange(len(first)), other])
    found: list[Crossing] = []
    while len(found) < 8:
        at = int(np.argmin(apart_m))
        least_m = float(apart_m[at])
        if least_m > (REACH_M if found else FARTHEST_M):
            break
        middle = (first[at] + second[other[at]]) / 2
        place = _cut(road_line(first, first_odd, middle), road_line(second, second_odd, middle), middle, least_m)
        if place is not None and all(np.hypot(place[0] - one.x, place[1] - one.y) > APART_M for one in found):
            crossing = Crossing(float(place[0]), float(place[1]), least_m, at * steps[0], int(other[at]) * steps[1])
            found.append(crossing)
        near = np.hypot(*(first - middle).T) < APART_M
        near &= np.hypot(*(second - middle).T)[other] < APART_M
        apart_m[near] = np.inf
        apart_m[at] = np.inf
    return found


def road_line(points: Points, odd: NDArray[np.bool_], place: Points) -> tuple[Points, Points]:
    """Return a point and the direction of a road's middle near a place; direction 0: one address tells none.

    Parameters
    ----------
    points : ndarray of float, (n, 2)
        House numbers of the road.
    odd : ndarray of bool, (n,)
        Which side of the road they are on.
    place : ndarray of float, (2,)
    """
    far_m = np.hypot(*(points - place).T)
    near = np.argsort(far_m)[: max(FEWEST, int((far_m <= LOCAL_M).sum()))]
    some, side = points[near], np.where(odd[near], 1.0, -1.0)
    centre = some.mean(axis=0)
    if len(some) < 2:
        return centre, np.zeros(2)
    _, _, axes = np.linalg.svd(some - centre, full_matrices=False)
    along, across = (some - centre) @ axes[0], (some - centre) @ axes[1]
    both = len(some) > 3 and abs(side.mean()) < 1
    parts = [np.ones(len(some)), along] + ([side] if both else [])
    offset, slope = np.linalg.lstsq(np.column_stack(parts), across, rcond=None)[0][:2]
    return centre + offset * axes[1], axes[0] + slope * axes[1]


def _cut(first: tuple[Points, Points], second: tuple[Points, Points], middle: Points, reach_m: float) -> Points | None:
    """Return where two lines cross near a place; the place itself where they tell nothing; None if far off."""
    (p, u), (q, v) = first, second
    lengths = np.hypot(*u) * np.hypot(*v)
    turn = u[0] * v[1] - u[1] * v[0]
    if lengths == 0 or abs(turn) < SLANT * lengths:
        return middle
    place = p + u * ((q[0] - p[0]) * v[1] - (q[1] - p[1]) * v[0]) / turn
    return place if np.hypot(*(place - middle)) <= max(REACH_M, reach_m) else None
