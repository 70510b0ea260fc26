"""What keeps the best explanation of a text from being sure, though it explains it well.

In: a parsed text and its best match. Out: a fault, or none. A name of two characters of which one is another that
neither sounds nor looks alike is as likely a road that the library lacks: 庐山路 for 泰山路; so is one with another
numeral or direction. What else the text says may settle it. Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Spots
from gridgeo.locate.address.match import Match, Matcher, Spot
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.address.parse import Parsed
from gridgeo.locate.address.settle import EQUAL

__all__ = ["LIKELY_OTHER", "contradiction", "district_fault", "misread", "other_name", "own_part", "unknown_name"]

LIKELY_OTHER = 0.95
"""Cost of a spelling from which a name may be another one: a whole character that neither sounds nor looks alike."""
SHORT_CORE = 2
"""Own characters of a name of which one is too much. Chosen."""

_WORDS = re.compile("(大道|大街|路|街|道|巷|弄|胡同|小区|花园|家园|社区|村|新村|公寓|大厦|广场|苑|里)$")
_GROUP = re.compile("[一-龥]{0,3}[0-9]+(?:村民|居民)?(?:小?组|队|社|号)")
"""A village that is named with a group or house of its own is a second address."""
_SIDE = re.compile("(?<=..)[东西南北中]$")
_LANE = re.compile("(?:第?[0-9一二三四五六七八九十]+|[东西南北])[巷弄里]子?$")
_NUMERALS = frozenset("十0123456789")
_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
"""三期 and 3期 are one."""
_SIDES = frozenset("东西南北中上下前后左右")


def misread(parsed: Parsed, best: Match) -> tuple[str, str] | None:
    """Return the fault of a match whose road, estate or village may be another one than the text names."""
    narrow = [spot for spot in best.spots if spot.level >= Level.COMMUNITY]
    for spot in narrow:
        said = parsed.text[spot.begin : spot.end]
        whole = _whole(parsed, best, spot)
        before = "" if spot.cost else whole.removesuffix(said)
        if other_name(said, spot.name) or other_name(whole, spot.name) or before in tuple("东西南北"):
            return "other_name", f"库中没有“{whole}”，“{spot.name}”是另一个名称，请核对"
        unlike = spot.cost or (best.against and whole != said)
        others = [other.level for other in narrow if other is not spot and other.cost < LIKELY_OTHER]
        if unlike and max(others, default=Level.CITY) <= Level.COMMUNITY and _is_another(parsed, best, spot, others):
            return "other_name", f"库中没有“{whole}”，最接近的是“{spot.name}”，请核对"
    return None


def _is_another(parsed: Parsed, best: Match, spot: Spot, community: Sequence[Level]) -> bool:
    """Tell whether a spoilt name is as likely another one.

    So it is where too few of its characters are left, and where more of them are left the text says another district
    or street; where a building, room or house is there as asked, that is what was meant, and so it is with a name as
    long in the community that the text says.
    """
    whole = _whole(parsed, best, spot)
    own, there = (_SIDE.sub("", _WORDS.sub("", name)) for name in (whole, spot.name))
    same = len(set(own) & set(there))
    if best.against and (same <= SHORT_CORE or len(own) > len(there)):
        return True
    if (
        spot.cost < LIKELY_OTHER
        or same >= SHORT_CORE
        or len(own) < len(there)
        or (community and len(own) == len(there))
    ):
        return False
    return len(own) > len(there) or not 0 < best.asked == best.found


def _whole(parsed: Parsed, best: Match, spot: Spot) -> str:
    """Return a name as the text has it, of which a spot may be the last part; none of it explains another name."""
    village = spot.level == Level.COMMUNITY
    for slot in (parsed.community,) if village else (parsed.road, parsed.estate, parsed.hamlet):
        if slot is not None and slot.start < spot.begin < slot.end <= spot.end:
            begin = max((other.end for other in best.spots if other.end <= spot.begin), default=0)
            return parsed.text[max(begin, slot.start) : spot.end]
    return parsed.text[spot.begin : spot.end]


def unknown_name(parsed: Parsed, best: Match) -> tuple[str, str] | None:
    """Return the fault of a match that leaves out the road or estate whose number the text gives.

    A lane is not the road that it branches off (人民路三巷12号), and a building of an estate that the library lacks
    is not that of another estate in its community.
    """
    road, estate = parsed.road, parsed.estate
    if parsed.community is not None and all(spot.level < Level.COMMUNITY for spot in best.spots):
        return "other_name", f"库中没有“{parsed.community.value}”，请核对"
    narrow = [spot for spot in best.spots if spot.level >= Level.HAMLET]
    if road is not None and parsed.road_no is not None and _WORDS.search(road.value):
        over = [spot for spot in narrow if spot.begin < road.end and spot.end > road.start]
        lane = _LANE.search(road.value)
        told = best.number == EQUAL and best.found > 0
        if not (over or told or any(spot.level != Level.ROAD for spot in narrow)) or (
            lane and over and all(spot.end <= road.start + lane.start() for spot in over)
        ):
            return "other_name", f"库中没有“{road.value}”，请核对"
    number = parsed.building or parsed.room
    if estate is None or number is None or narrow or parsed.text[estate.end : number.start] not in ("", "号"):
        return None
    if any(spot.begin < estate.end and spot.end > estate.start for spot in best.spots):
        return None
    return "other_name", f"库中没有“{estate.value}”，请核对"


def own_part(name: str) -> str:
    """Return a name without its word for a road, estate or village."""
    return _WORDS.sub("", name)


def other_name(said: str, name: str) -> bool:
    """Tell whether two names differ by a numeral or direction: 五四路 and 五一路 are two roads.

    Examples
    --------
    >>> other_name("五四路", "五一路"), other_name("人民南路", "人民北路"), other_name("秦山路", "泰山路")
    (True, True, False)
    """
    if len(said) != len(name):
        return False
    pairs = zip(said.translate(_DIGITS), name.translate(_DIGITS), strict=True)
    return any(one != two and {one, two} <= kind for one, two in pairs for kind in (_NUMERALS, _SIDES))


def district_fault(parsed: Parsed, best: Match, matcher: Matcher) -> tuple[str, str] | None:
    """Return the fault of a match that lies in another district, street or community than the text names."""
    if not best.against:
        return None
    said = "、".join(parsed.text[begin:end] for begin, end in best.against)
    names = matcher.library.lexicon.names
    there = "".join(names[name] for name in matcher.library.stem_names[best.stem, :3].tolist() if name >= 0)
    return "admin_other", f"文字写明“{said}”，库中这一地址在{there}"


def contradiction(parsed: Parsed, matches: list[Match], matcher: Matcher, spots: Spots, within_m: float) -> str:
    """Return a road, estate or place that a text names besides its best match and that is not near it; else "".

    Parameters
    ----------
    parsed : Parsed
    matches : list of Match
        The best first.
    matcher : Matcher
    spots : Spots
        Names in the text.
    within_m : float
        What is so near may be named besides.
    """
    best, library = matches[0], matcher.library
    x, y = float(library.x[best.rows[0]]), float(library.y[best.rows[0]])
    level = library.lexicon.level[spots.name]
    whole = (
        (spots.cost == 0) & (spots.form_cost == 0) & (spots.end - spots.begin >= 3) & (spots.end <= len(parsed.text))
    )
    own = ""
    for at in np.flatnonzero(whole & (level >= Level.COMMUNITY) & (level != Level.HAMLET)):
        begin, end = int(spots.begin[at]), int(spots.end[at])
        goes_on = any(spot.end == begin for spot in best.spots)  # 韩庄自然村
        if level[at] == Level.COMMUNITY and (goes_on or not _GROUP.match(parsed.text, end)):
            continue
        if any(spot.begin < end and spot.end > begin for spot in best.spots):
            continue
        own = own or fold(library.texts.of(best.rows[0]))
        name = library.lexicon.names[spots.name[at]]
        far = matcher.apart_m(int(spots.name[at]), x, y) > within_m and parsed.text[begin:end] not in own
        if far or _numbered_m(name, matches, matcher) > within_m:
            return name
    return ""


def _numbered_m(road: str, matches: list[Match], matcher: Matcher) -> float:
    """Return how far from the best match the house is whose road and number a text names besides; 0 for none."""
    x, y, best = matcher.library.x, matcher.library.y, matches[0]
    far = [
        float(np.hypot(x[match.rows[0]] - x[best.rows[0]], y[match.rows[0]] - y[best.rows[0]]))
        for match in matches
        if match.number == EQUAL and any(spot.name == road for spot in match.spots)
    ]
    return min(far, default=0.0)
