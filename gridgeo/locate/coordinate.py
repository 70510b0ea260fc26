"""One coordinate in any datum → its grid, and plain words where the datum decides.

In: what somebody typed ("114.02，33.58", "北纬33°34′48″ 东经114°01′12″", "505000 3720000") and a `GridIndex`.
Out: a `PointAnswer`. Before: `gridgeo.locate.index`; next: `gridgeo.jobs.locate`.

A pair of degrees does not say its datum, and the wrong one is hundreds of metres off in China: enough for another grid.
So a datum that is not stated is never assumed; the answers under all three common ones are compared.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gridgeo.crs import BD09, GCJ02, in_china, parse_crs, prefixed_epsg, zone_prefix
from gridgeo.locate.index import GridIndex
from gridgeo.locate.one_point import point_to_city

__all__ = ["Candidate", "NumberPair", "PointAnswer", "locate_pair", "parse_pair"]

CGCS2000 = "CGCS2000"
COMMON_DATUMS = (CGCS2000, GCJ02, BD09)
"""Compared when none is stated: surveys and GPS, 高德 and 腾讯, 百度."""

GEOGRAPHIC = ("EPSG:4490", "EPSG:4326")
"""Both answered as CGCS2000: they differ by less than the accuracy of any grid border."""

EXTENT_MARGIN_M = 2000.0
"""A reading this near to the layer's extent is plausible: more than any of the datums shifts."""

SMALLEST_PREFIXED_M = 13e6
"""Eastings below carry no zone number: the first zone that reaches China is 13."""

_AXIS = "longitude|latitude|long|lon|lng|lat|东经|西经|北纬|南纬|经度|纬度|[enwsxy]"
_SIGNS = {
    "lon": {"e": 1, "东": 1, "经": 1, "l": 1, "w": -1, "西": -1},
    "lat": {"n": 1, "北": 1, "纬": 1, "s": -1, "南": -1},
}
_NUMBER = (
    rf"(?P<before{{0}}>{_AXIS})?\s*[:=]?\s*(?P<degrees{{0}}>[-+]?\d+(?:\.\d+)?)\s*[°度]?"
    r"(?:\s*(?P<minutes{0}>\d+(?:\.\d+)?)\s*['′分])?(?:\s*(?P<seconds{0}>\d+(?:\.\d+)?)\s*(?:''|′′|[\"″秒]))?"
    r"(?(before{0})|\s*(?P<after{0}>[enws])?)"
)
_PAIR = re.compile(
    r"\s*(?:point\s*)?[(\[]?\s*"
    + _NUMBER.format(1)
    + r"(?:[\s,;、/|]+|(?=[a-z东西南北经纬])|(?<=[enws]))"
    + _NUMBER.format(2)
    + r"\s*[)\]]?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NumberPair:
    """Two numbers as they were typed."""

    first: float
    second: float
    lon_first: bool | None = None
    """What the text says about their order; None if nothing."""

    @property
    def is_degrees(self) -> bool:
        """True where both can be degrees."""
        return max(abs(self.first), abs(self.second)) <= 180

    def orders(self) -> list[tuple[float, float]]:
        """Return the possible (x, y), the likelier first."""
        plain, swapped = (self.first, self.second), (self.second, self.first)
        if self.lon_first is not None:
            return [plain if self.lon_first else swapped]
        if self.is_degrees and max(abs(self.first), abs(self.second)) > 90:
            return [plain if abs(self.first) > 90 else swapped]
        return [plain, swapped]


@dataclass(frozen=True, slots=True)
class Candidate:
    """The answer under one datum."""

    datum: str
    code: str | None
    """None: in no grid."""
    x: float
    """In the CRS of the layer."""
    y: float
    sharing: tuple[str, ...] = ()
    """All codes that meet there, if the point lies on a border."""


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """Where a coordinate lies."""

    status: str
    """sure, ambiguous (the datum decides) or outside."""
    code: str | None
    datum: str | None
    """The datum that the answer holds for; None if it was not stated."""
    candidates: tuple[Candidate, ...]
    """What was compared: the answer itself first when it is sure."""
    faults: tuple[tuple[str, str], ...] = ()
    """(English slug, Chinese sentence)."""


def parse_pair(text: str) -> NumberPair | None:
    """Read two numbers in any common writing; None if the text is something else.

    Parameters
    ----------
    text : str
        Half or full width; comma, blank, 、 or ; between; decimal degrees or minutes and seconds; E, N, 东经, lon.

    Examples
    --------
    >>> parse_pair("114.02，33.58")
    NumberPair(first=114.02, second=33.58, lon_first=None)
    >>> parse_pair("北纬33°30′ 东经114°")
    NumberPair(first=33.5, second=114.0, lon_first=False)
    >>> parse_pair("人民路12号")
    """
    match = _PAIR.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        return None
    axes, numbers = [], []
    for i in ("1", "2"):
        axis, sign = _axis(match["before" + i] or match["after" + i] or "")
        minutes, seconds = float(match["minutes" + i] or 0), float(match["seconds" + i] or 0)
        degrees = float(match["degrees" + i])
        if max(minutes, seconds) >= 60:
            return None
        numbers.append(sign * (degrees + np.copysign(minutes / 60 + seconds / 3600, degrees)))
        axes.append(axis)
    if axes[0] and axes[0] == axes[1]:
        return None
    named = axes[0] or axes[1]
    lon_first = (axes[0] == "lon" or axes[1] == "lat") if named else None
    return NumberPair(float(numbers[0]), float(numbers[1]), lon_first)


def _axis(word: str) -> tuple[str, int]:
    """Return lon or lat and the sign that an axis word gives; x and y say nothing, surveyors mean north by x."""
    word = word.lower()
    if word.startswith("la"):
        return "lat", 1
    for axis, signs in _SIGNS.items():
        if word[:1] in signs:
            return axis, signs[word[:1]]
    return "", 1


def locate_pair(pair: NumberPair, index: GridIndex, *, datum: str | None = None) -> PointAnswer:
    """Find the grid of a coordinate.

    Parameters
    ----------
    pair : NumberPair
    index : GridIndex
    datum : str, optional
        "CGCS2000", "GCJ-02", "BD-09" or "EPSG:…". Without it degrees are read under all three and metres in the CRS
        of the layer.

    Returns
    -------
    PointAnswer
        sure where every datum that may be meant gives the same grid.

    Raises
    ------
    CRSError
        If the datum is unknown or cannot be converted.
    """
    x, y = _order(pair, index, datum)
    faults = []
    if (x, y) != (pair.first, pair.second):
        faults.append(("order_swapped", f"坐标按先纬度(北)后经度(东)书写,已读作 {x:.10g}, {y:.10g}"))
    found = [_look_up(name, x, y, index) for name in _datums(pair, (x, y), index, datum)]
    if datum is not None or not pair.is_degrees:
        return _answer_stated(found[0], faults, [] if not pair.is_degrees else _others(x, y, index, found[0]))
    return _answer_unstated(found, faults)


def _order(pair: NumberPair, index: GridIndex, datum: str | None) -> tuple[float, float]:
    """Choose the order that puts the point near the layer, else the likelier one."""
    left, bottom, right, top = index.bounds
    for x, y in pair.orders():
        for name in _datums(pair, (x, y), index, datum):
            east, north = point_to_city(x, y, name, index.crs)
            margin = EXTENT_MARGIN_M
            if left - margin <= east <= right + margin and bottom - margin <= north <= top + margin:
                return x, y
    return pair.orders()[0]


def _datums(pair: NumberPair, point: tuple[float, float], index: GridIndex, datum: str | None) -> list[str]:
    """Return the systems that a pair may be meant in."""
    if datum is not None:
        return [datum]
    if pair.is_degrees:
        return list(COMMON_DATUMS) if in_china(*point) else [CGCS2000]
    zone = zone_prefix([point[0]]) if abs(point[0]) >= SMALLEST_PREFIXED_M else None
    return [index.crs if zone is None else prefixed_epsg(zone)]


def _look_up(datum: str, x: float, y: float, index: GridIndex) -> Candidate:
    """Find the grid under one datum."""
    east, north = point_to_city(x, y, datum, index.crs)
    row, on_border = index.find(east, north)
    code = index.codes[row] if row >= 0 else None
    shared = tuple(index.all_covering(east, north)) if on_border else ()
    return Candidate(_label(datum), code, east, north, shared if len(shared) > 1 else ())


@lru_cache(maxsize=64)
def _label(datum: str) -> str:
    """Return the name that answers call a datum."""
    known = parse_crs(datum)
    return known.offset or (CGCS2000 if known.name in GEOGRAPHIC else known.name)


def _others(x: float, y: float, index: GridIndex, stated: Candidate) -> list[Candidate]:
    """Return the grids under the datums that were not stated, for a point that lies in none under the stated one."""
    if stated.code is not None or not in_china(x, y):
        return []
    found = [_look_up(name, x, y, index) for name in COMMON_DATUMS if name != stated.datum]
    return [candidate for candidate in found if candidate.code is not None]


def _answer_stated(found: Candidate, faults: list[tuple[str, str]], others: list[Candidate]) -> PointAnswer:
    """Answer under the one datum that applies."""
    if found.sharing:
        faults = [
            *faults,
            ("on_border", f"该点在网格 {'、'.join(found.sharing)} 的边界上,按编码最小者 {found.code} 归属"),
        ]
    if others:
        text = ";".join(f"按 {other.datum} 则在网格 {other.code}" for other in others)
        faults = [*faults, ("datum_doubtful", f"按 {found.datum} 该点不在任何网格内;{text},请核对坐标系")]
    elif found.code is None:
        faults = [*faults, ("outside", "该点不在本图层的任何网格内,请核对坐标、坐标顺序和坐标系")]
    status = "outside" if found.code is None else "sure"
    return PointAnswer(status, found.code, found.datum, (found, *others), tuple(faults))


def _answer_unstated(found: list[Candidate], faults: list[tuple[str, str]]) -> PointAnswer:
    """Answer where the datum was not stated: sure only if it does not matter."""
    if len({candidate.code for candidate in found}) == 1:
        answer = _answer_stated(found[0], faults, [])
        datum = found[0].datum if len(found) == 1 else None
        return PointAnswer(answer.status, answer.code, datum, tuple(found), answer.faults)
    text = ";".join(f"按 {c.datum} 在{f'网格 {c.code}' if c.code else '图层之外'}" for c in found)
    faults = [*faults, ("datum_not_stated", f"未说明坐标系,答案因坐标系而异:{text};请说明坐标系")]
    return PointAnswer("ambiguous", None, None, tuple(found), tuple(faults))
