"""Provinces, prefectures and counties that stand in an address, and those that make it another city's.

In: folded text. Out: `Named` divisions with their place in it; the first that is not the own city's. Next: the parser
skips them, the answer is ``outside``.

A name counts only where an address names divisions: at its beginning, after another division, or in a chain of two
(河南郑州市) or as a full province elsewhere. 陕西南路, 上海花园, 重庆小面 and 中山路 name none, nor does 香港中路 after
山东青岛市南区. Of readings the longest chain of divisions within each other is taken: 青岛 | 市南区, not 青岛市 | 南区.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from gridgeo.locate.address.division_table import (
    Division,
    all_divisions,
    by_start,
    full_forms,
    short_forms,
)

__all__ = ["Division", "Named", "Own", "begins_elsewhere", "elsewhere", "named", "own_of"]

_SEPARATORS = frozenset(" ,，.。;；:：、/|-—_()（）[]【】<>《》\"'“”\t")

_BEFORE = ("中国", "在", "到", "住", "位于", "送", "来自", "是", "去", "至", "寄")
"""What stands before an address in a sentence; only full names count after it."""

_ROAD = "路|街|大道|大街|巷|胡同|里弄|弄|道(?!口)|公路|高速|国道|省道"

_ATTACHED = re.compile(
    f"[东南西北中上下前后大小新老一二三四五六七八九十内外环站]{{0,2}}(?:{_ROAD})"
    "|[东南西北中上下大小新老前后]?(?:花园|花苑|小区|新村|家园|公寓|大厦|大楼|广场|商城|商场|市场|公园|医院|学校|大学|学院|中学|小学|"
    "幼儿园|酒店|饭店|宾馆|旅馆|餐厅|饭庄|菜馆|银行|超市|百货|城(?!关|东|西|南|北|中|厢|区|乡|郊|镇|市|阳|子|固|步)|苑|园(?!区)|府邸|公馆|"
    "名都|名城|新城|湾|国际|世家|嘉园|人家|会馆|剧院|影院|博物馆|图书馆|体育|机场|火车站|车站|站(?!前)|码头|"
    "小面|火锅|烤鸭|拉面|米粉|米线|烧烤|小吃|料理|白药|啤酒|卫视|移动|联通|电信|电力|铁路局|证券|人寿|保险|建工|农信|商会|会所|"
    "村|庄|屯|寨|镇|乡|社区|街道|办事处|人(?!民)|话|菜|味|风味|特产|杂技|一日游|分公司|分行|支行|公司|集团|办|驻)"
    "|.(?:桥|路|街|巷|村|庄|屯|寨|乡|苑|楼|院|里)|[省市州县区盟旗]|巴巴"
)
"""What makes the short name before it a part of another name: 上海花园, 陕西南路, 南阳村, 四平东路."""

_NOT_FULL = re.compile(
    "[场道]|民(?![一-龥]{1,2}[路街巷])|(?<=县)[镇乡村]|政(?!府)|面|[路街巷](?!道)|分行|支行|分公司|公司|集团|商会|驻"
)
"""What makes a full name a part of another word: 沙市场, 漯河市民广场, 河南省道, 浙江省分行."""

_UNIT = re.compile(
    r"[^路街道巷镇乡村区县市旗号]{2,4}(?:路|街|大道|道|巷|镇|乡|村|社区|小区|区|县|市(?!场)|旗|号)|[^\W\d_]{0,2}$"
)
"""Whether an address goes on after a lonely short name: 青岛香港中路; else it is a name of something: 北京全聚德."""

_FIRM = re.compile("(?:有限|责任|股份)?公司|集团|总厂|分厂|分局|营业部|经营部|办事处$|协会|中心$|店$|厂$|馆$|行$")
_FIRM_WITHIN = 30
"""Characters in which a name of a firm ends. Chosen; keeps long texts from being searched again and again."""
_LABEL = 6
"""Digits of a postcode or number before an address."""
_MARKS = re.compile("[省市区县旗镇乡路街巷村号弄]|大道")
"""A firm whose name begins with a division has no mark of an address before the word for firms."""

_GENERIC = frozenset(
    (
        "城区",
        "郊区",
        "矿区",
        "东区",
        "西区",
        "新城区",
        "市中区",
        "城关区",
        "城中区",
        "城东区",
        "城西区",
        "城南区",
        "城北区",
    )
)
"""Full names that are words: they count within their prefecture only."""


class Named(NamedTuple):
    """A division as it stands in a text."""

    start: int
    end: int
    """After its last character."""
    text: str
    """As written: 河南 or 河南省."""
    divisions: tuple[Division, ...]
    """What it may be, after what stands beside it: 朝阳区 alone is in two cities, in 北京朝阳区 in one."""


class _Link(NamedTuple):
    named: Named
    full: bool


Chain = tuple[_Link, ...]


def named(text: str) -> list[Named]:
    """Return the divisions that stand in a folded address text, in order, never within another name.

    Parameters
    ----------
    text : str
        Simplified characters, half width.

    Examples
    --------
    >>> [one.text for one in named("山东青岛市南区香港中路12号")], named("陕西南路3号"), named("上海花园2栋")
    (['山东', '青岛', '市南区'], [], [])
    """
    found: list[Named] = []
    starts = by_start()
    at, end = 0, len(text) - 1
    while at < end:
        if text[at : at + 2] in starts:
            chain = _accepted(text, at, found)
            if chain:
                found += [link.named for link in chain]
                at = found[-1].end
                continue
        at += 1
    return found


def _accepted(text: str, at: int, before: list[Named]) -> Chain:
    """Return the chain of divisions that begins at a place, cut where its last name is part of another; else ()."""
    chain = _longest(text, at, ())
    while chain and not _stands(text, chain[-1], alone=len(chain) == 1):
        chain = chain[:-1]
    if not chain or _is_firm(text, chain):
        return ()
    if len(chain) > 1 and any(link.full for link in chain):
        return chain
    where = _place(text, at, before)
    if where == "within":
        return chain if chain[0].full and chain[0].named.divisions[0].level == "province" else ()
    if len(chain) > 1:
        return chain
    link = chain[0]
    if link.full:
        return () if link.named.text in _GENERIC else chain
    return chain if where == "beginning" and link.named.divisions[0].level != "county" else ()


def _place(text: str, at: int, before: list[Named]) -> str:
    """Return where in an address a name stands: beginning, after (another, a separator, a word), or within."""
    if at == 0 or (at == 2 and text.startswith("中国")):
        return "beginning"
    if at <= _LABEL and text[:at].isdigit():
        return "after"
    if before and before[-1].end == at:
        return "after"
    return "after" if text[at - 1] in _SEPARATORS or text.endswith(_BEFORE, 0, at) else "within"


def _longest(text: str, at: int, outer: tuple[str, ...]) -> Chain:
    """Return the chain of names, each within one of some codes, that has most links and then most characters."""
    if outer:
        while at < len(text) and text[at] in _SEPARATORS:
            at += 1
    best: Chain = ()
    for name, full, meant in by_start().get(text[at : at + 2], ()):
        if not text.startswith(name, at):
            continue
        fitting = tuple(one for one in meant if _is_within(one.code, outer)) if outer else meant
        if not fitting:
            continue
        end = at + len(name)
        inner = _longest(text, end, tuple(one.code for one in fitting))
        if inner:
            below = inner[0].named.divisions
            fitting = tuple(one for one in fitting if any(_is_within(deeper.code, (one.code,)) for deeper in below))
        chain = (_Link(Named(at, end, name, fitting), full), *inner)
        if not best or (len(chain), chain[-1].named.end) > (len(best), best[-1].named.end):
            best = chain
    return best


def _is_within(code: str, outer: tuple[str, ...]) -> bool:
    """Return whether a division lies in one of others, which it is not itself."""
    return code.startswith(outer) and any(code != one and code.startswith(one) for one in outer)


def _stands(text: str, link: _Link, *, alone: bool) -> bool:
    """Return whether a name is not the beginning of a longer one: 陕西 in 陕西南路 is."""
    end = link.named.end
    if end == len(text) or text[end] in _SEPARATORS:
        return True
    if link.full:
        return not _NOT_FULL.match(text, end)
    if _ATTACHED.match(text, end):
        return False
    return not alone or _UNIT.match(text, end) is not None or _continues(text, end)


def _continues(text: str, end: int) -> bool:
    """Return whether another chain of divisions begins: 重庆 in 重庆重庆大足区."""
    return len(_longest(text, end, ())) > 1


def _is_firm(text: str, chain: Chain) -> bool:
    """Return whether a chain begins the name of a firm: 浙江兰溪某某有限公司, 深圳市某某公司."""
    if len(chain) > 1 and chain[-1].full:
        return False
    end = chain[-1].named.end
    firm = _FIRM.search(text, end, end + _FIRM_WITHIN)
    return firm is not None and not _MARKS.search(text, end, firm.start())


class Own(NamedTuple):
    """What belongs to the city whose library answers."""

    names: frozenset[str]
    """Every form of the names of its province, itself, its counties; never foreign."""
    codes: frozenset[str]
    """Codes of the divisions that these are, and of what they lie in."""
    places: frozenset[str]
    """Names of towns, villages, roads and estates; a division's name at the beginning of one is not foreign."""
    longest: int
    """Characters of the longest place."""


def own_of(divisions: Iterable[str], places: Iterable[str] = ()) -> Own:
    """Return what belongs to a city, from the names that its library has.

    Parameters
    ----------
    divisions : iterable of str
        Names of the province, the prefecture and the counties, in full or short; some will do. What is unknown counts
        by its name only.
    places : iterable of str
        Names of towns, villages, roads and estates that contain other cities' names: 南阳村, 北京路.
    """
    given = {name for name in divisions if name}
    meant = {name: _meanings(name) for name in given}
    sure = {one.code for options in meant.values() if len(options) == 1 for one in options}
    sure |= {code[:cut] for code in sure for cut in (2, 4)}
    kept = {
        one
        for options in meant.values()
        for one in options
        if len(options) == 1 or not sure or one.code[:4] in sure or one.code in sure
    }
    every = all_divisions()
    codes = {code for one in kept for code in (one.code, one.parent, one.code[:2]) if code in every}
    names = {form for name in (*given, *(every[code].name for code in codes)) for form in _forms(name)}
    longer = frozenset(place for place in places if len(place) > 2)
    return Own(frozenset(names), frozenset(codes), longer, max(map(len, longer), default=0))


@cache
def _forms(name: str) -> tuple[str, ...]:
    """Return a name in full and short, and itself."""
    return (name, *full_forms(name), *short_forms(name))


def _meanings(name: str) -> tuple[Division, ...]:
    """Return which divisions have a name."""
    return next((divisions for form, _, divisions in by_start().get(name[:2], ()) if form == name), ())


def elsewhere(text: str, own: Own) -> Named | None:
    """Return the first division in a text that is another city's, None where there is none.

    A wrong district of the own city is not foreign, nor is a name that the own city has as well.

    Parameters
    ----------
    text : str
        Simplified characters, half width.
    own : Own

    Examples
    --------
    >>> own = own_of(["河南省", "漯河市", "源汇区", "召陵区"])
    >>> elsewhere("河南省郑州市金水区花园路3号", own).text, elsewhere("河南漯河郾城区上海路3号", own)
    ('郑州市', None)
    """
    for one in named(text):
        if not _is_own(text, one, own):
            return one
    return None


def begins_elsewhere(text: str, own: Own) -> Named | None:
    """Return the name of another city or county with which a text begins, full or short, whatever goes on behind it.

    For those it is no proof, for names of estates and shops begin so, too; but a reason to doubt.

    Examples
    --------
    >>> own = own_of(["河南省", "漯河市", "源汇区", "召陵区"])
    >>> begins_elsewhere("枣阳八一街6号", own).text, begins_elsewhere("漯河八一街6号", own)
    ('枣阳', None)
    """
    for name, _, meant in by_start().get(text[:2], ()):
        if text.startswith(name):
            one = Named(0, len(name), name, meant)
            return None if _is_own(text, one, own) else one
    return None


def _is_own(text: str, one: Named, own: Own) -> bool:
    """Return whether a division or what it lies in is the own city's."""
    if one.text in own.names or any(_lies_in(division, own) for division in one.divisions):
        return True
    if one.text[:-1] in own.names and (one.text not in _now() or any(map(text[: one.start].endswith, own.names))):
        return True  # 邵阳市邵阳区: the word is wrong, and not the city
    lengths = range(one.end - one.start + 1, own.longest + 1)
    return any(text[one.start : one.start + length] in own.places for length in lengths)


@cache
def _now() -> frozenset[str]:
    """Return the names that divisions have now."""
    return frozenset(division.name for division in all_divisions().values())


def _lies_in(division: Division, own: Own) -> bool:
    """Return whether a division is one of the own, or a county of the own prefecture or municipality."""
    return division.code in own.codes or (division.level == "county" and _city(division) in own.codes)


def _city(division: Division) -> str:
    """Return the code of a county's prefecture, or municipality; no code where a province governs it itself."""
    municipality = division.parent in {"11", "12", "31", "50"}
    return division.parent if len(division.parent) == 4 or municipality else "-"
