"""A stretch of a road between two others: 从三八路到菜市三路之间的菜市一路.

In: a text and the names spotted in it. Out: `Section`: where the road crosses both, the addresses between, its middle.
Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.crossing import Crossing, crossings, road_line
from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Spots
from gridgeo.locate.address.match import Matcher, Road
from gridgeo.locate.address.relation import section_words

__all__ = ["Section", "section"]

MOST_COST = 1.0
"""Edits by which a road's name may be spelled otherwise. Chosen."""
LONGEST_M = 5000.0
"""Two crossings farther apart are no stretch that somebody describes. Chosen."""
STEP_M = 30.0
"""At such steps the ground along a road is looked at. Chosen: a house."""
KERB_M = 30.0
"""So far from its middle, as its houses tell it, a road may reach. Chosen: half a main road, and what that is off."""
ASIDE = 0.3
"""So far beside the straight line, as a share of its length, addresses of a bent road stand. Chosen."""
_JOINED = re.compile("^(?:口|路口)?(?:到|至|与|和|跟|及|、|-|—)")


class Section(NamedTuple):
    """A stretch of a road."""

    x: float
    y: float
    """Its middle."""
    points: NDArray[np.float64]
    """(n, 2) its ends, its middle and the addresses on it."""
    kerbs: NDArray[np.float64]
    """(n, 2) points on both sides of the road from one end over the middle to the other."""
    road: str
    ends: tuple[str, str]
    """Names of the roads that it lies between."""


def section(text: str, matcher: Matcher, spots: Spots) -> Section | None:
    """Return the stretch of road that a text names, None where it names none or the roads do not meet.

    Parameters
    ----------
    text : str
        With what stood in brackets behind it.
    matcher : Matcher
    spots : Spots
        Names in the text.
    """
    if not section_words(text):
        return None
    roads = _roads(matcher, spots)
    if len(roads) != 3:
        return None
    joined = [k for k in (0, 1) if _JOINED.match(text[int(spots.end[roads[k]]) : int(spots.begin[roads[k + 1]])])]
    if len(joined) != 1:
        return None
    ends = roads[joined[0]], roads[joined[0] + 1]
    main = roads[2 if joined[0] == 0 else 0]
    names = [int(spots.name[at]) for at in (main, *ends)]
    road, first, second = (matcher.road(name) for name in names)
    pair = _nearest(_met(road, first), _met(road, second))
    if pair is None:
        return None
    said = [str(matcher.library.lexicon.names[name]) for name in names]
    middle, points = _between(road, *pair)
    kerbs = np.vstack([_kerbs(points[1], middle), _kerbs(middle, points[2])])
    return Section(float(middle[0]), float(middle[1]), points, kerbs, said[0], (said[1], said[2]))


def _kerbs(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on both sides of the line from one point to another, no farther apart than `STEP_M`."""
    length_m = float(np.hypot(*(two - one)))
    line = np.linspace(one, two, max(int(np.ceil(length_m / STEP_M)) + 1, 2))
    aside = np.array([one[1] - two[1], two[0] - one[0]]) / max(length_m, 1.0) * KERB_M
    return np.vstack([line + aside, line - aside])


def _roads(matcher: Matcher, spots: Spots) -> list[int]:
    """Return the spots of roads that share no character, the best first taken, in the order of the text."""
    level = matcher.library.lexicon.level[spots.name]
    roads = np.flatnonzero((level == Level.ROAD) & (spots.cost <= MOST_COST))
    order = np.lexsort(
        (spots.begin[roads], spots.begin[roads] - spots.end[roads], (spots.cost + spots.form_cost)[roads])
    )
    taken: list[int] = []
    for at in roads[order].tolist():
        if all(spots.end[at] <= spots.begin[one] or spots.begin[at] >= spots.end[one] for one in taken):
            taken.append(at)
    return sorted(taken, key=lambda at: int(spots.begin[at]))


def _met(road: Road, other: Road) -> list[Crossing]:
    """Return where a road crosses another one."""
    return crossings(road.points, road.odd, other.points, other.odd)


def _nearest(first: list[Crossing], second: list[Crossing]) -> tuple[Crossing, Crossing] | None:
    """Return the crossings with one road and with the other that are nearest to each other."""
    pairs = [(float(np.hypot(a.x - b.x, a.y - b.y)), a, b) for a in first for b in second]
    best = min(pairs, key=lambda pair: pair[0], default=None)
    return None if best is None or best[0] > LONGEST_M else best[1:]


def _between(road: Road, one: Crossing, two: Crossing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of a road between two crossings; and its ends, its middle and the addresses between."""
    a, b = np.array([one.x, one.y]), np.array([two.x, two.y])
    length_m = max(float(np.hypot(*(b - a))), 1.0)
    along = (b - a) / length_m
    far = (road.points - a) @ along
    aside = np.abs((road.points - a) @ np.array([-along[1], along[0]]))
    on_it = road.points[(far >= 0) & (far <= length_m) & (aside <= max(ASIDE * length_m, 60.0))]
    middle = (a + b) / 2
    if len(on_it) > 2:
        point, way = road_line(road.points, road.odd, middle)
        size = float(way @ way)
        if size > 0:
            middle = point + way * float((middle - point) @ way) / size
    return middle, np.vstack([middle, a, b, on_it])
