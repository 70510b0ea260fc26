"""Between two places: 泰山小区和鑫源超市中间, 人民路12号与20号之间.

In: a text as somebody wrote it, and what answers a text. Out: an answer for the middle of the two places, with the
grids of the ground between them. Used by `gridgeo.locate.address.book`; a stretch of a road between two others is that
of `gridgeo.locate.address.section`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.address.told import LISTED, SURE, Answer, Around, Candidate

__all__ = ["between", "between_words"]

FARTHEST_M = 1000.0
"""Two places farther apart are not what somebody says he is between. Chosen: a walk of a quarter of an hour."""
STEP_M = 25.0
"""At such steps the ground between the places is looked at. Chosen: below the width of the narrowest grid."""
BESIDE_M = 30.0
"""So far beside the straight line is between the places as well. Chosen: half a road and a yard."""

_WORDS = re.compile(
    r"^\s*(?:请问)?(?:就?在|位于|地点在)?(?P<both>.{4,}?)(?:的)?(?:之间|中间|当中|正中|之中|居中)(?P<rest>[^0-9路街道巷弄]{0,8})$"
)
_CUE = re.compile("[间間]|[当當正之居]中")
_JOINED = re.compile("和|与|跟|同|及|、|到|至")
_NUMBER = re.compile("[0-9]+(?:-[0-9]+)?号?(?:院|楼|栋|幢)?$")
_UP_TO_NUMBER = re.compile("^(.*?[路街道巷弄里村苑园区])[0-9]+(?:-[0-9]+)?号?(?:院|楼|栋|幢)?$")
_NUMBERED = re.compile("[0-9](?:[号院#栋幢楼](?!大?[路街])|$)")
_PLACES = ("sure", "ambiguous", "interpolated", "parent")


def between_words(text: str) -> bool:
    """Tell whether a text says that something lies between two others.

    Examples
    --------
    >>> between_words("泰山小区和鑫源超市中间"), between_words("泰山小区中间那栋楼")
    (True, False)
    """
    return any(True for _ in _halves(text))


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of two places between which a text may say that something lies."""
    if not _CUE.search(text):
        return
    text = fold(text)
    said = _WORDS.match(text)
    if said is None:
        return
    both = said["both"]
    for joined in _JOINED.finditer(both):
        first, second = both[: joined.start()].strip(), both[joined.end() :].strip()
        if _NUMBER.match(second) and (road := _UP_TO_NUMBER.match(first)):
            second = road[1] + second
        if len(first) > 1 and len(second) > 1:
            yield first, second


def between(text: str, ask: Callable[[str], Answer], around: Around) -> Answer | None:
    """Answer a text that names two places between which something lies; None for any other.

    Parameters
    ----------
    text : str
        As somebody wrote it.
    ask : callable
        Answers the name of one place.
    around : callable
        See `gridgeo.locate.address.told.Around`.
    """
    for first, second in _halves(text):
        one, two = _places(first, ask), _places(second, ask)
        pairs = [(a.score + b.score, math.hypot(a.x - b.x, a.y - b.y), a, b) for a in one for b in two]
        near = [pair for pair in pairs if pair[1] <= FARTHEST_M]
        if near:  # of places that are called so the nearest to each other
            _, apart_m, a, b = max(near, key=lambda pair: (round(pair[0], 2), -pair[1]))
            return _middle(a, b, apart_m, f"“{first}”与“{second}”", around)
    return None


def _places(name: str, ask: Callable[[str], Answer]) -> list[Candidate]:
    """Return the points that a name may mean; none where it names a road or area alone."""
    told = ask(name)
    if told.best is None or told.status not in _PLACES:
        return []
    exact = any(spot.level > Level.STREET and spot.level != Level.ROAD for spot in told.best.spots)
    if not exact and not _NUMBERED.search(name):
        return []
    return [one for one in (told.best, *told.candidates) if math.isfinite(one.x + one.y)]


def _middle(a: Candidate, b: Candidate, apart_m: float, names: str, around: Around) -> Answer:
    """Answer with the grid of the middle, and with those of the ground between two places."""
    steps = max(2, math.ceil(apart_m / STEP_M))
    line = [(a.x + (b.x - a.x) * at / steps, a.y + (b.y - a.y) * at / steps) for at in range(steps + 1)]
    x, y = (a.x + b.x) / 2, (a.y + b.y) / 2
    spots = {around(x, y, 0.0)[0]: (x, y)}
    for east, north in line:
        for grid in around(east, north, BESIDE_M):
            spots.setdefault(grid, (east, north))
    listed = tuple(Candidate(grid, -1, *spot, 1.0) for grid, spot in spots.items() if grid >= 0)
    if not listed:
        return Answer("outside", faults=(("outside", f"{names}之间不在任何网格内"),))
    fault = ("between", f"{names}相距 {apart_m:.0f} 米，取其中点")
    if len(listed) == 1:
        return Answer("interpolated", listed[0]._replace(x=x, y=y), SURE, (fault,), listed)
    question = "请问更靠近哪一处？"
    return Answer("ambiguous", listed[0], 1 / len(listed), (fault,), listed[:LISTED], question)
