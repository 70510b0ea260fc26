"""Two roads in a text → the places where they cross.

In: a parsed text and the names spotted in it. Out: `Crossroads`. A crossing needs two roads beside each other and
either a word for it (路口, 交叉口, …) or nothing else in the text. Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.crossing import crossings
from gridgeo.locate.address.doubts import other_name
from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Spots
from gridgeo.locate.address.match import Matcher
from gridgeo.locate.address.parse import Parsed
from gridgeo.locate.address.relation import crossing_words, section_words

__all__ = ["Crossroads", "crossroads"]

ALIKE = 0.5
"""Pairs of roads whose spelling is so near to the best are looked at as well, in characters. Chosen."""
BETWEEN = 4
"""Characters that may stand between the two roads: 与, 跟, 和……的. Chosen."""
MOST_ROADS = 40
LONGEST = 8
EDIT = 2.0
"""As in `gridgeo.locate.address.match`."""
_STRETCH = re.compile("[路街道巷弄][到至]|之间|中间")
"""从五一路到黄河路 is a way, not a place."""
_NUMBERS = ("road_no", "house_no", "building", "room", "group")


class Crossroads(NamedTuple):
    """A place where two roads of a text cross."""

    x: float
    y: float
    apart_m: float
    """How far the nearest addresses of the two roads are from each other."""
    score: float
    """Characters that the two names explain."""
    roads: tuple[str, str]
    """Their names."""
    cost: float
    """Of their spelling, in edits."""
    elsewhere: bool = False
    """Whether the text names a district in which neither of them is there."""


def crossroads(parsed: Parsed, matcher: Matcher, spots: Spots) -> list[Crossroads]:
    """Return where the two roads of a text cross, if it names a crossing: in a district that it names, if there."""
    words = crossing_words(parsed.text)
    bare = words is None
    if section_words(parsed.text):
        return []
    if bare and (any(getattr(parsed, name) for name in _NUMBERS) or _STRETCH.search(parsed.text)):
        return []
    level = matcher.library.lexicon.level[spots.name]
    roads = _named(parsed.text, matcher, spots, np.flatnonzero(level == Level.ROAD))
    pairs = _pairs(parsed, spots, roads, len(parsed.text) if words is None else words[1], bare=bare)
    found: list[tuple[Crossroads, set[int]]] = []
    for score, first, second, cost in pairs:
        if score < pairs[0][0] - ALIKE - pairs[0][3]:  # the worse the best is spelled, the less it rules others out
            break
        found += _places(matcher, first, second, score, cost)
    named = {int(name) for name in spots.name[(level == Level.AREA) & (spots.cost == 0)]}
    within = [place for place, areas in found if areas & named]
    return within or [place._replace(elsewhere=bool(named)) for place, _ in found]


def _named(text: str, matcher: Matcher, spots: Spots, roads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the spots of roads that may be meant: none that another road is called as it stands, or of another number.

    海河路 is not 海河东路 where there is 海河路, and 向阳路三巷 is never 向阳路二巷.
    """
    spans = list(zip(spots.begin[roads].tolist(), spots.end[roads].tolist(), strict=True))
    exact = (spots.cost[roads] + spots.form_cost[roads] == 0).tolist()
    whole = {span for span, one in zip(spans, exact, strict=True) if one}
    said, lexicon = spots.name[roads].tolist(), matcher.library.lexicon.names
    others = {
        name
        for (begin, end), name in zip(spans, said, strict=True)
        if (begin, end) not in whole and other_name(text[begin:end], lexicon[name])
    }
    keep = [
        one or (span not in whole and name not in others) for span, one, name in zip(spans, exact, said, strict=True)
    ]
    return roads[np.array(keep, np.bool_)]


def _pairs(
    parsed: Parsed, spots: Spots, roads: np.ndarray, end: int, *, bare: bool
) -> list[tuple[float, int, int, float]]:
    """Return pairs of roads that stand beside each other, with the cost of their spelling, the best first."""
    roads = roads[spots.begin[roads] < end]
    house = (
        parsed.road_no.start if parsed.road_no is not None else -1
    )  # 人民路12号,交通路口: the house, not the crossing
    if bare:
        roads = roads[(spots.cost[roads] == 0) & (spots.form_cost[roads] == 0)]
    gains = np.minimum(spots.size[roads], LONGEST) - EDIT * (spots.cost[roads] + spots.form_cost[roads])
    order = np.argsort(-gains, kind="stable")[:MOST_ROADS]
    pairs = []
    for place, i in enumerate(order):
        for j in order[place + 1 :]:
            one, two = (roads[i], roads[j]) if spots.begin[roads[i]] <= spots.begin[roads[j]] else (roads[j], roads[i])
            between = spots.begin[two] - spots.end[one]
            if spots.end[one] <= house < spots.begin[two]:
                continue
            if 0 <= between <= (1 if bare else BETWEEN) and spots.name[one] != spots.name[two]:
                cost = float(spots.cost[one] + spots.cost[two])
                pairs.append((float(gains[i] + gains[j]), int(spots.name[one]), int(spots.name[two]), cost))
    return sorted(pairs, key=lambda pair: -pair[0])


def _places(matcher: Matcher, first: int, second: int, score: float, cost: float) -> list[tuple[Crossroads, set[int]]]:
    """Return where two roads cross, with the districts of the addresses there."""
    a, b = matcher.road(first), matcher.road(second)
    areas = matcher.library.stem_names[:, 0]
    names = matcher.library.lexicon.names[first], matcher.library.lexicon.names[second]
    return [
        (
            Crossroads(one.x, one.y, one.apart_m, score, names, cost),
            {int(areas[a.stems[one.first]]), int(areas[b.stems[one.second]])},
        )
        for one in crossings(a.points, a.odd, b.points, b.odd)
    ]
