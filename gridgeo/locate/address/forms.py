"""The forms in which people say a name: 人民东路, 友爱街 for 友爱街社区, 泰山 for 泰山小区, 鑫源商贸 for a company.

In: a name and what it names. Out: its forms, each with what it costs to be said so. Used by
`gridgeo.locate.address.lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import chain
from typing import NamedTuple

from gridgeo.locate.address.numerals import with_digits

__all__ = [
    "CORE", "GRAND_WORDS", "NOTHING_SHARED", "SAID", "SHORT", "Level", "Shared", "company_core", "forms", "headless",
    "own_part",
]  # fmt: skip


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
MIXED = 0.45
"""Cost of another word for a road: 码头街 for 码头路. Chosen: below the half of an edit."""
CORE = 0.4
"""Cost of the own part of a company's or an estate's name alone. Chosen."""

TRADELESS = 0.5
"""Cost of a company's own part without its trade. Chosen: more than of its own part alone."""

_ZONES = (
    ("经济技术开发区", ("经开区", "开发区")),
    ("高新技术产业开发区", ("高新区", "高新")),
    ("城乡一体化示范区", ("示范区",)),
    ("经济开发区", ("经开区", "开发区")),
    ("综合保税区", ("保税区",)),
)
"""What zones are called for short."""
_AREA_WORDS = re.compile("(自治县|自治旗|区|县|市|旗)$")
_PEOPLES = re.compile(
    "(?:(?:蒙古|藏|羌|土家|苗|布依|侗|壮|哈尼|彝|傣|景颇|白|回|哈萨克|柯尔克孜|朝鲜|傈僳|满|瑶|黎|畲|土|撒拉|东乡|保安|裕固|仫佬|毛南"
    "|仡佬|水|拉祜|佤|纳西|普米|独龙|怒|布朗|锡伯|达斡尔|鄂温克|鄂伦春|维吾尔|塔吉克|各)族?)+自治[县旗]$"
)
"""长阳 for 长阳土家族自治县."""
_STREET_WORDS = re.compile("(街道办事处|街道|地区|镇|乡|苏木)$")
_COMMITTEE = re.compile("(社区)?(居民委员会|居委会)$|(村)?(村民委员会|村委会)$")
_COMMUNITY_WORDS = re.compile("(社区|村|嘎查|小区)$")
_ESTATE_WORDS = re.compile(
    "(住宅小区|安置小区|家属小区|小区|花园|家园|家属院|家属区|家属楼|职工宿舍|宿舍|生活区|公寓|大厦|大院|社区|新村|广场|小镇|苑)$"
)
GRAND_WORDS = (
    "嘉园|佳园|佳苑|雅苑|名苑|新苑|花苑|嘉苑|雅居|新居|名居|花城|新城|名城|华府|公馆|名邸|官邸|半岛|豪庭|华庭|雅庭|名园|庄园|国际|天地|别墅"
    "|水岸|水郡|名门|世家|人家|时代|年华|[城府湾园居庭邸里轩阁郡墅台]"
)
"""Words of estate names that are left out less often: 悦澜 for 悦澜佳苑."""
_GRAND_WORDS = re.compile(f"({GRAND_WORDS})$")
_PHASE = re.compile("(第?[0-9一二三四五六七八九十]+期|[A-Z0-9]区|[东西南北中][区院苑]|[一二三四五六七八九十]区)$")
_COMPANY = re.compile("(股份有限公司|有限责任公司|有限公司|总公司|分公司|集团公司|公司|集团)$")
_BRACKETS = re.compile(r"[（(【\[〔]([^）)】\]〕]*)[）)】\]〕]")
_ROAD_WORDS = re.compile("(大道|大街|路|街|道|巷|弄|胡同|里)$")
_MIXED_UP = ("大道", "大街", "路", "街")
"""Words for roads that people mix up."""
_SIDE = re.compile("^(.{2,})([东西南北中])(路|街|大街|大道)$")


class Shared(NamedTuple):
    """What the names of a city's companies share."""

    heads: Mapping[str, Sequence[str]]
    """What they begin with, by its first two characters, the longest first: 漯河 → 漯河市, 漯河."""
    trades: Collection[str]
    """What many of them do: 商贸, 园林绿化."""


NOTHING_SHARED = Shared({}, ())
"""Of a city of which nothing is known."""


def forms(level: Level, name: str, shared: Shared = NOTHING_SHARED) -> list[tuple[str, float]]:
    """Return the forms of a name, each once, with its least cost.

    Parameters
    ----------
    level : Level
    name : str
        Folded, see `gridgeo.locate.address.normalise.fold`.
    shared : Shared, optional

    Returns
    -------
    list of (str, float)
        Text and cost in edits.

    Examples
    --------
    >>> forms(Level.COMMUNITY, "友爱街社区")
    [('友爱街社区', 0.0), ('友爱街', 0.08), ('友爱街居委会', 0.08)]
    >>> forms(Level.ROAD, "人民东路")
    [('人民东路', 0.0), ('东人民路', 0.3), ('人民路', 0.4), ('人民路东段', 0.3), ('人民路东头', 0.3), ...]
    """
    made = {
        Level.AREA: _area, Level.STREET: _street, Level.COMMUNITY: _community, Level.ROAD: _road,
        Level.ESTATE: _estate,
    }.get(level)  # fmt: skip
    found: dict[str, float] = {}
    several = _place(name, shared) if level == Level.PLACE else made(name) if made else iter(((name, 0.0),))
    if level != Level.PLACE and _BRACKETS.search(name):  # 福建土楼(华安)旅游区
        plain = (_BRACKETS.sub(r"\1", name), _BRACKETS.sub("", name))
        several = chain(several, *(made(text) if made else [(text, 0.0)] for text in plain))
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
    for short in (_AREA_WORDS.sub("", name), name[:-1], _PEOPLES.sub("", name)):
        if len(short) >= 2 and len(name) > 2 and short != name:
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
    yield with_digits(short), SAID  # 五队3组 for 五队村3组: nothing tells that it is a name
    word = "村" if rural else "社区"
    yield short + word, SAID
    if stem.endswith("社区"):
        yield short + "居委会", SAID
    elif rural:
        yield short + "村委会", SAID
        yield short + "行政村", SAID


def _road(name: str) -> Iterator[tuple[str, float]]:
    """人民东路: 人民路东段 is read as it stands; 人民路 for one of its parts."""
    yield name, 0.0
    part = _SIDE.match(name)
    if part:
        yield part[2] + part[1] + part[3], SHORT
        yield part[1] + part[3], CORE
        yield from ((part[1] + part[3] + part[2] + word, SHORT) for word in ("段", "头", ""))
    short = _ROAD_WORDS.sub("", name)
    if len(short) >= 3:
        yield short, SHORT
    if len(short) >= 2 and name.endswith(_MIXED_UP):
        yield from ((short + word, MIXED) for word in _MIXED_UP if short + word != name)
    if name.endswith("巷"):
        yield name + "子", SAID
        yield short + "弄", MIXED


def _estate(name: str) -> Iterator[tuple[str, float]]:
    """泰山小区: 泰山; 泰山小区一期: 泰山一期, 泰山小区."""
    yield name, 0.0
    whole = _PHASE.sub("", name)
    phase = name[len(whole) :]
    core, grand = _ESTATE_WORDS.sub("", whole), _GRAND_WORDS.sub("", whole)
    if len(grand) < len(core):  # 山语 for 山语佳苑, not 山语佳
        core = whole
    if phase and len(whole) >= 2:
        if core != whole and len(core) >= 2:
            yield core + phase, SAID
        yield whole, CORE
        if phase[-1] == "区" and phase[0].isascii():
            yield whole + phase[0], SAID  # 建材市场A7 for 建材市场A区7号
    if core == whole and grand != whole and len(grand) >= 2:
        yield grand, MIXED
    if core != whole and len(core) >= 2:
        yield core, SHORT if not phase else CORE + SAID
        yield from ((core + word, SHORT) for word in ("小区", "花园", "家园") if not whole.endswith(word) and not phase)


def _place(name: str, shared: Shared) -> Iterator[tuple[str, float]]:
    """漯河市鑫源商贸有限公司: 漯河鑫源商贸有限公司, 鑫源商贸, 鑫源公司; 漯河市第一中学: 漯河一中, 市一中."""
    plain = _BRACKETS.sub(lambda found: found[1], name)
    yield plain, 0.0
    base = _BRACKETS.sub("", name)
    if base != name:
        yield base, SHORT / 2
    own = headless(base, shared.heads)
    if own != base:
        head = base[: len(base) - len(own)]
        city = head.removesuffix("市")
        both = {city, city + "市"}
        for other in both if both <= set(shared.heads.get(head[:2], ())) else {head}:
            yield other + own, SAID / 2
            yield from ((other + text, cost) for text, cost in _company(own, CORE))
            yield from ((other + text, cost) for text, cost in _office(own))
        if head[-1] in "市县" and not company_core(own):  # 市一中, 县医院
            yield from ((head[-1] + text, cost + SAID) for text, cost in ((own, 0.0), *_office(own)))
        yield own, CORE
        yield from _company(own, CORE)
    else:
        yield from _company(base, 0.0)
    yield from _brand(own, shared.trades)
    yield from _office(base)
    if own != base:
        yield from ((text, max(cost, CORE)) for text, cost in _office(own))


def headless(name: str, heads: Mapping[str, Sequence[str]]) -> str:
    """Return a name without the places with which it begins, the city's, a district's, a town's.

    Parameters
    ----------
    name : str
    heads : mapping
        See `Shared`.
    """
    for _ in range(3):
        ahead = heads.get(name[:2], ())
        head = next((head for head in ahead if name.startswith(head) and len(name) >= len(head) + 3), "")
        if not head:
            break
        name = name[len(head) :]
    return name


def own_part(text: str, shared: Shared) -> int:
    """Return how many characters of a place's form are its own: not the place it begins with nor 有限公司.

    Examples
    --------
    >>> own_part("漯河市鑫源商贸有限公司", Shared({"漯河": ("漯河市", "漯河")}, ()))
    4
    """
    own = headless(text, shared.heads)
    return len(company_core(own) or own)


def _office(name: str) -> Iterator[tuple[str, float]]:
    """公安局源汇分局马路街派出所: 马路街派出所; 黄铺村村民委员会: 黄铺村委会, 黄铺村委; 明礼中心卫生院: 明礼卫生院."""
    inner = _OFFICE.sub("", name)
    if inner != name and len(inner) >= 4:
        yield inner, SHORT
        name = inner
    for long, shorts in _COMMITTEES:
        if name.endswith(long):
            stem = name.removesuffix(long)
            yield from ((stem + short, SAID) for short in shorts)
            if stem.endswith("村"):
                yield from ((stem[:-1] + short, SAID) for short in shorts)
    for pattern, short in _SCHOOLS:
        if pattern.search(name):
            yield pattern.sub(short, name), SHORT
    for word in ("中心", "人民"):
        if word in name[1:-2] and len(name) > 5:
            yield name[0] + name[1:].replace(word, "", 1), SHORT


_OFFICE = re.compile("^.{0,12}?(?:公安局|公安分局|市场监督管理局|税务局|教育局)(?:.{1,8}?分局)?(?=.{4,})")
_SCHOOLS = (
    (re.compile("第([一二三四五六七八九十0-9]+)(?:高级|初级)?中学$"), r"\1中"),
    (re.compile("第([一二三四五六七八九十0-9]+)小学$"), r"\1小"),
    (re.compile("第([一二三四五六七八九十0-9]+)(?:人民)?医院$"), r"\1院"),
    (re.compile("(?:高级|初级)中学$"), "中学"),
    (re.compile("实验小学$"), "实小"),
    (re.compile("实验中学$"), "实中"),
)
"""Schools and hospitals as people say them: 一中 for 第一中学."""
_COMMITTEES = (
    ("村民委员会", ("村委会", "村委")),
    ("村委会", ("村民委员会", "村委")),
    ("居民委员会", ("居委会", "居委")),
    ("居委会", ("居民委员会", "居委")),
    ("卫生服务中心", ("卫生中心", "社区医院")),
)
"""Offices as signs have them and as people say."""


def company_core(name: str) -> str:
    """Return the name of a company without the words for its kind; "" for what is no company."""
    core = _COMPANY.sub("", name)
    return core if core != name else ""


def _brand(name: str, trades: Collection[str]) -> Iterator[tuple[str, float]]:
    """鑫源商贸有限公司: 鑫源公司, where 商贸 is a trade of many."""
    core = company_core(name)
    for size in range(len(core) - 2, 1, -1):
        if core[-size:] in trades:
            yield core[:-size] + "公司", TRADELESS


def _company(name: str, cost: float) -> Iterator[tuple[str, float]]:
    """鑫源商贸有限公司: 鑫源商贸公司, 鑫源商贸."""
    own = _COMPANY.sub("", name)
    if own == name or len(own) < 2:
        return
    yield own, max(cost, CORE)
    yield own + "公司", max(cost, CORE)
    yield own + "股份公司", max(cost, CORE)
    yield own + "有限责任公司", cost + SAID
    yield own + "有限公司", cost + SAID
