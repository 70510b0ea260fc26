"""The forms in which people say a name: 人民东路, 友爱街 for 友爱街社区, 泰山 for 泰山小区, 鑫源商贸 for a company.

In: a name and what it names. Out: its forms, each with what it costs to be said so. Used by
`gridgeo.locate.address.lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum

__all__ = ["Level", "forms"]


class Level(IntEnum):
    """What a name names, from wide to narrow."""

    CITY = 0
    AREA = 1
    STREET = 2
    COMMUNITY = 3
    HAMLET = 4
    ROAD = 5
    ESTATE = 6
    PLACE = 7


SAID = 0.08
"""Cost of a form that is as usual as the full name, so that the full name goes before it. In edits. Chosen."""
SHORT = 0.3
"""Cost of a form that leaves out what tells one name from another. In edits: below the half of one. Chosen."""
CORE = 0.4
"""Cost of the own part of a company's or an estate's name alone. Chosen."""

_ZONES = (
    ("经济技术开发区", ("经开区", "开发区")),
    ("高新技术产业开发区", ("高新区", "高新")),
    ("城乡一体化示范区", ("示范区",)),
    ("经济开发区", ("经开区", "开发区")),
    ("综合保税区", ("保税区",)),
)
"""What zones are called for short."""
_AREA_WORDS = re.compile("(自治县|自治旗|区|县|市|旗)$")
_STREET_WORDS = re.compile("(街道办事处|街道|地区|镇|乡|苏木)$")
_COMMITTEE = re.compile("(社区)?(居民委员会|居委会)$|(村)?(村民委员会|村委会)$")
_COMMUNITY_WORDS = re.compile("(社区|村|嘎查|小区)$")
_ESTATE_WORDS = re.compile("(住宅小区|安置小区|小区|花园|家园|家属院|家属楼|公寓|大厦|大院|社区|新村|广场|小镇|苑)$")
_PHASE = re.compile("(第?[0-9一二三四五六七八九十]+期|[A-Z0-9]区|[东西南北中][区院苑]|[一二三四五六七八九十]区)$")
_COMPANY = re.compile("(股份有限公司|有限责任公司|有限公司|总公司|分公司|集团公司|公司|集团)$")
_BRACKETS = re.compile(r"[（(【\[〔]([^）)】\]〕]*)[）)】\]〕]")
_ROAD_WORDS = re.compile("(大道|大街|路|街|道|巷|弄|胡同|里)$")
_SIDE = re.compile("^(.{2,})([东西南北中])(路|街|大街|大道)$")


def forms(level: Level, name: str, heads: tuple[str, ...] = ()) -> list[tuple[str, float]]:
    """Return the forms of a name, each once, with its least cost.

    Parameters
    ----------
    level : Level
    name : str
        Folded, see `gridgeo.locate.address.normalise.fold`.
    heads : tuple of str, optional
        What the names of the city's companies begin with, the longest first: 漯河市, 源汇区, 漯河, 源汇.

    Returns
    -------
    list of (str, float)
        Text and cost in edits.

    Examples
    --------
    >>> forms(Level.COMMUNITY, "友爱街社区")
    [('友爱街社区', 0.0), ('友爱街', 0.08), ('友爱街居委会', 0.08)]
    >>> forms(Level.ROAD, "人民东路")
    [('人民东路', 0.0), ('东人民路', 0.3), ('人民路', 0.4), ('人民东', 0.3)]
    """
    made = {
        Level.AREA: _area, Level.STREET: _street, Level.COMMUNITY: _community, Level.ROAD: _road,
        Level.ESTATE: _estate,
    }.get(level)  # fmt: skip
    found: dict[str, float] = {}
    several = _place(name, heads) if level == Level.PLACE else made(name) if made else iter(((name, 0.0),))
    for text, cost in several:
        if len(text) >= 2 and cost < found.get(text, 9.0):
            found[text] = cost
    return list(found.items())


def _area(name: str) -> Iterator[tuple[str, float]]:
    """源汇区: 源汇; 漯河经济技术开发区: 经开区."""
    yield name, 0.0
    for word, shorts in _ZONES:
        if name.endswith(word):
            yield from ((short, SAID) for short in shorts)
            yield name.removesuffix(word) + shorts[0], SAID
    short = _AREA_WORDS.sub("", name)
    if len(short) >= 2 and len(name) > 2:
        yield short, SAID


def _street(name: str) -> Iterator[tuple[str, float]]:
    """马路街街道: 马路街, 马路街办事处, 马路街街道办."""
    yield name, 0.0
    short = _STREET_WORDS.sub("", name)
    if short != name:
        yield short, SAID
    if name.endswith(("街道", "地区", "街道办事处")):
        yield from ((short + word, SAID) for word in ("街道", "办事处", "街道办", "街道办事处", "办"))
    elif name.endswith(("镇", "乡")):
        yield from ((short + word, SAID) for word in ("镇", "乡", "镇政府", "乡政府"))


def _community(name: str) -> Iterator[tuple[str, float]]:
    """友爱街社区: 友爱街; 闫庄村: 闫庄, 闫庄村委会."""
    yield name, 0.0
    stem = _COMMITTEE.sub(lambda found: found[1] or found[3] or "", name)
    rural = "村民" in name or name.endswith("村委会") or stem.endswith("村")
    short = _COMMUNITY_WORDS.sub("", stem)
    yield stem, SAID
    yield short, SAID if len(short) > 2 or rural else 2 * SAID
    word = "村" if rural else "社区"
    yield short + word, SAID
    if stem.endswith("社区"):
        yield short + "居委会", SAID
    elif rural:
        yield short + "村委会", SAID


def _road(name: str) -> Iterator[tuple[str, float]]:
    """人民东路: 人民路东段 is read as it stands; 人民路 for one of its parts."""
    yield name, 0.0
    part = _SIDE.match(name)
    if part:
        yield part[2] + part[1] + part[3], SHORT
        yield part[1] + part[3], CORE
    short = _ROAD_WORDS.sub("", name)
    if len(short) >= 3:
        yield short, SHORT


def _estate(name: str) -> Iterator[tuple[str, float]]:
    """泰山小区: 泰山; 泰山小区一期: 泰山一期, 泰山小区."""
    yield name, 0.0
    whole = _PHASE.sub("", name)
    phase = name[len(whole) :]
    core = _ESTATE_WORDS.sub("", whole)
    if phase and len(whole) >= 2:
        if core != whole and len(core) >= 2:
            yield core + phase, SAID
        yield whole, CORE
    if core != whole and len(core) >= 2:
        yield core, SHORT if not phase else CORE + SAID
        yield from ((core + word, SHORT) for word in ("小区", "花园", "家园") if not whole.endswith(word) and not phase)


def _place(name: str, heads: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """鑫源超市（人民路店）: 鑫源超市; 漯河市鑫源商贸有限公司: 漯河鑫源商贸有限公司, 鑫源商贸."""
    plain = _BRACKETS.sub(lambda found: found[1], name)
    yield plain, 0.0
    base = _BRACKETS.sub("", name)
    if base != name:
        yield base, SHORT / 2
    for head in heads:
        if not base.startswith(head) or len(base) < len(head) + 2:
            continue
        own, city = base[len(head) :], head.removesuffix("市")
        same = {city, city + "市"} if {city, city + "市"} <= set(heads) else {head}
        for other in same:
            yield other + own, SAID / 2
            yield from ((other + text, cost) for text, cost in _company(own, CORE) if text.endswith("公司"))
        yield own, CORE
        yield from _company(own, CORE)
        return
    yield from _company(base, 0.0)


def _company(name: str, cost: float) -> Iterator[tuple[str, float]]:
    """鑫源商贸有限公司: 鑫源商贸公司, 鑫源商贸."""
    own = _COMPANY.sub("", name)
    if own == name or len(own) < 2:
        return
    yield own, max(cost, CORE)
    yield own + "公司", max(cost, CORE)
    yield own + "有限公司", cost + SAID
