"""Numbers in an address and what they count: 3号楼 is a building, 2单元 a unit, 12号 depends on what stands before it.

In: folded text. Out: `Token`s from left to right. Next: `gridgeo.locate.address.tail` decides what each fills.

What looks like a number of the address but is none (318国道, 100米, 二期, 3路公交, 10号大街, 375弄) is passed over and
stays part of the words around it. The unit words are those of GB/T 23705 and of addresses as people write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Token", "tokens"]

_N = r"(?:[A-Z]{1,2}-?)?(?:\d{1,2}[A-Z]\d{2}(?![0-9A-Z])|\d+[A-Z]{0,2})(?:[- ](?:[A-Z]?\d+[A-Z]?|[A-Z](?=-\d)))*"
"""12, 12A, B102, A-5, 3-2-501, 6 3 782, 48A09, 7-B-9-1."""
_GOES_ON = "(?![村庄镇乡街路巷道桥沟湾坡屯堡寨坝闸井]|河(?![南北])|山(?![东西]))"
"""After a unit word these make a name of it; 18幢河北林旺纺织 is a firm from 河北."""

_LENGTHS = "米|公里|千米|里[路处]?"
_MEASURES = "元|块|年|月|日|天|周|岁|个|家(?!属)|人|折|星|度|点|万|亿|平|吨|寸|K|M|路(?!\\d)|公交|路车|连|团|营|师"
_NAMED = (
    "国道|省道|县道|乡道|干道|高速|大街|街坊?|大道|道|巷|支弄|环|桥|匝|线|中学|小学|小(?!组|队)|校|厂|所|院(?!\\d)|期|区"
    "|苑|园|组团|标段?|地块|工区|村(?!民)"
)
"""Words that make a name of the number before them, or of a part of an estate."""
_ROAD_CODE = r"(?<![苑园城阁厦庭座栋楼湾府寓馆])[GSXYC]\d{3,4}(?![0-9A-Z]|[号室房])"
"""G107: a road by its number; 泰华苑C447 is a room."""
_APART = "(?<![元楼栋幢座层#])"
"""A number right after a unit word is a room, whatever follows: 2单元501人民路12号."""
_NUMBERED = (
    "地块|地(?![一-龥])|公馆|公园|线|路(?!口)|大?街|支?巷|桥(?![东西南北头])|公路|干?道|大道|区|井|坑|码头|店(?!面|铺)|矿|工厂"
    "|加油站|航站楼|自然村"
)
"""The same after 号."""
_PLACES = "门(?!面|店|市|诊|铺|卫|口)|出?口|岗|站|库|仓"
"""After 号 these have a number of their own (3号门), unless a road stands before it (人民路3号门)."""

_GROUPS = "村民小组|村民组|居民小组|居民组|生产队|生产组|小组|大队|小队|组(?!团)|队|社(?!区|会|保|科|团)"
_UNITS = "单元|号单元(?=\\d)|单位(?=\\d)|单(?=\\d)|口(?=\\d{3}(?!\\d))|梯(?!口)|门(?![市诊店面头口卫岗铺脸厅窗前对])"
_HOUSES = "别墅|写字楼|公寓楼?|宿舍(?!区)楼?|住宅楼|商务楼|办公楼|教学楼|厂房|库房(?=\\d|$)|车间|馆"
_BUILDINGS = (
    f"号?#楼?|号楼(?![上下])|号栋|号幢|号座|号?大楼|栋楼?|幢楼?|座|号(?:{_HOUSES})"
    "|号?舍(?![得弃])|懂|撞|憧|栎|董(?=\\d|$)|高楼"  # 栋, 幢, 号楼 as they are mistyped
)
_SHOPS = "商铺|底商|商户|门面房?|店面|铺面|铺位|店铺|门店|门市房?|车库|车位|摊位|摊(?![主贩点])|柜台|档口|储藏室"

_KINDS = {
    "passed": (
        rf"{_N}(?:{_LENGTHS})|{_APART}{_N}(?:{_MEASURES}|{_NAMED}|号(?:{_NUMBERED}))|(?<![路街巷道弄段]){_N}号小区|{_ROAD_CODE}|[A-Z]{{2,}}(?=\d+[楼层])"
        r"|[东西南北]\d+门"
    ),
    "lane": rf"(?P<lane_n>{_N})弄{_GOES_ON}",
    "named": rf"(?P<named_n>{_N})号(?={_PLACES})",
    "group": rf"第?(?P<group_n>{_N})(?:{_GROUPS}){_GOES_ON}",
    "unit": (
        rf"第?(?P<unit_n>{_N}|[A-Z])(?:{_UNITS})"
        r"|(?P<unit_w>[东南西北中左右前后甲乙丙丁])单(?:元|(?=\d))|(?<=[-楼栋幢座#])(?P<unit_g>[东南西北中甲乙丙丁])门(?=\d)"
    ),
    "gate": r"[东南西北正大]门",
    "floor": (
        rf"(?P<floor_n>(?:负|地下|-)?(?:{_N}|[A-Z]))层"
        rf"|(?P<storey_n>(?:负|地下)?{_N})楼(?![上下]|梯|顶){_GOES_ON}"
        r"|(?P<floor_f>[BL]?\d+)F(?![A-Z0-9])"
        r"|(?<![A-Z0-9])(?P<floor_g>[FL]\d{1,2})(?:层|楼)?(?![A-Z0-9])(?!座|栋|幢|号|室|区)"
    ),
    "building": (
        rf"第?(?P<building_n>{_N}|(?<![A-Z])[A-Z]{{1,2}})(?:{_BUILDINGS}){_GOES_ON}"
        rf"|(?<![A-Z])(?P<building_l>[A-Z]{{1,2}})楼|(?P<row_n>{_N})排"
        r"|(?P<building_w>[东西南北中主裙附副左右])(?:楼|栋|幢|座)(?![村庄镇乡街路巷道社小新店梯下上宇市寺湾])"
    ),
    "room": (
        rf"第?(?P<room_n>{_N})(?:号?室|号?房间?(?![产屋地东管前])|号?铺位?|户(?!部)"
        rf"|号?(?:{_SHOPS})|号(?:门市|柜|档|库|仓库|办公室|窗口))"
    ),
    "shop": rf"(?:{_SHOPS}|铺)(?P<shop_n>{_N})(?![0-9A-Z]|[层楼幢栋座#]|单元|号[楼幢栋])(?:号|室)?",
    "number": (
        rf"第?(?P<number_o>(?<![一二三四五六七八九十])[甲乙丙丁戊]|(?<=[路街巷道弄号])[新临旧特])?(?P<number_n>{_N}|(?<=[路街巷道弄])[A-Z])"
        r"(?:号大?院|号(?!楼(?![上下]))|好(?=$|\d))(?:-(?P<number_s>\d{1,2})(?!\d*[-室层单栋幢座号]|\d)|之(?P<number_z>\d+))?"
        r"|(?P<between_n>\d+之\d+)号"
    ),
    "sub": rf"[附付](?P<sub_n>{_N})(?:号|室)?",
    "bare": rf"(?P<bare_n>{_N})(?:[附付](?P<bare_s>\d+)号?)?",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_GROUPS_OF = {kind: [name for name in _TOKEN.groupindex if name.startswith(f"{kind}_")] for kind in _KINDS}
_GROUPS_OF["floor"] += ["storey_n"]
_GROUPS_OF["building"] += ["row_n"]
_GROUPS_OF["number"] += ["between_n"]


class Token(NamedTuple):
    """A number with its unit word."""

    kind: str
    """group, unit, gate, floor, storey (floor or building: 3楼), building, row, room, shop, lane, number, named, sub or
    bare."""
    value: str
    start: int
    end: int
    at: int
    """Where the value stands; -1 if it is not written in one piece."""
    sub: str = ""
    """3 of 12号附3 and 88附3."""

    @property
    def parts(self) -> list[str]:
        """The pieces of 3-2-501."""
        return self.value.replace(" ", "-").split("-")


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the numbers of a text; a token of the kind "passed" is none.

    Examples
    --------
    >>> [(token.kind, token.value) for token in tokens("10号大街12号3#楼东单元501")]
    [('number', '12'), ('building', '3'), ('unit', '东'), ('bare', '501')]
    """
    for match in _TOKEN.finditer(text, start):
        kind = match.lastgroup or ""
        if kind == "passed":
            continue
        found = {name: part for name in _GROUPS_OF[kind] if (part := match[name])}
        yield _token(kind, found, match)


def _token(kind: str, found: dict[str, str], match: re.Match[str]) -> Token:
    """Return the token of a match."""
    span = match.span()
    if kind == "gate":
        return Token(kind, match[0], *span, span[0])
    if kind == "number":
        return _number(found, match)
    sub = found.pop("bare_s", "")
    name, value = next(iter(found.items()))
    at = match.start(name)
    if name in ("storey_n", "row_n"):
        kind = name.removesuffix("_n")
    if kind in ("floor", "storey"):
        plain = re.sub("负|地下", "-", value)
        at, value = (at if plain == value else -1), plain
        if name == "floor_g":
            at, value = at + 1, value[1:]
    return Token(kind, value, *span, at, sub)


def _number(found: dict[str, str], match: re.Match[str]) -> Token:
    """Return the token of a house number: 12号, 丙12号, 12号-3, 12之3号."""
    if "between_n" in found:
        return Token("number", found["between_n"].replace("之", "-"), *match.span(), -1)
    prefix, value = found.get("number_o", ""), found["number_n"]
    at = match.start("number_o") if prefix else match.start("number_n")
    second = found.get("number_s") or found.get("number_z")
    if second:
        return Token("number", f"{prefix}{value}-{second}", *match.span(), -1)
    return Token("number", prefix + value, *match.span(), at)
