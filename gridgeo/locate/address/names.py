"""Names of roads, estates and hamlets in the words that stand between the numbers of an address.

In: the gaps that `gridgeo.locate.address.tail` left. Out: slots added. Called by `gridgeo.locate.address.parse`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gridgeo.locate.address.found import Gap, Slot

__all__ = ["name_gaps"]

_ROAD_WORD = (
    "大道|大街|公路|国道|省道|路|街(?![道区])|巷子?|胡同|弄|(?<=[一-龥])(?<![楼车管过走])(?<!下水|人行)道(?![口观里])"
)
_PART = "(?:[一二三四五六七八九十0-9]+|[东西南北前后中])(?:巷|弄|里|条|支路|街)|[东西南北中][段头]?(?=\\d|$)"
"""What may follow a road's name and belongs to it: 一巷, 南三巷, 中段."""
_NO_ROAD = "社区|街道|[村镇庄局]|小区|花园|商城|商场|商业|市场|大厦|广场|小学|中学"
"""What follows 路 in names that are no road's: 人民路小学, 铁路局."""
_ROAD = re.compile(f"[一-龥0-9A-Z]{{1,10}}?(?:{_ROAD_WORD})(?:{_PART})?(?!{_NO_ROAD})")
_PLACE = (
    "(?:小区|花园|家园|花苑|公寓|大厦|广场|新村|大院|家属院|市场|商城|商场|学校|大学|学院|中学|小学|医院|公司|工业区"
    "|开发区|园区|酒店|宾馆|中心|厂)"
)
_NAMED_AFTER = "[东西南北中]?[一二三四五六七八九十]?(?:[路街巷弄]|大[道街]|胡同)"
"""What makes a road of a place before it, and is none by itself: 医院路, 水厂东大街, 学院南二路."""
_PLACE_THEN_ROAD = re.compile(
    f"(.*{_PLACE})(?!{_NAMED_AFTER})([一-龥]{{2,8}}(?:路|街|巷|大道|胡同|弄)[东西南北中]?段?)$"
)
_ZONE = re.compile("(?:开发区|工业区|园区)$")
_JOINED = ("与", "和", "及", "跟", "、", ",", "/")
_TAIL = re.compile("(?:第|的|[-,、 ]|号)*$")
_CROSSING = "(?:交叉路?口|交叉|交汇处|交汇口|交口|路口|岔路口|交界[处口]?|街口|口)"
_ROADSIDE = re.compile("(?<=[路街道段米巷口])(?:路[东西南北]侧?|[东西南北][侧边面])的?$")
"""路南 in 人民路路南12号, 西侧的 in 人民路西侧的12号: on which side of the road."""
_ROAD_LAST = re.compile("(?:[路街巷道段弄]|胡同|巷子)$")
_FAR = "(?:往|向|以)?[东西南北]{0,2}约?[0-9]+[多余]?(?:米|公里)"
_SIDE = "[东西南北]{1,2}(?:侧|面|边|角)"
_BESIDE = "附近|对面|斜对面|旁边?|隔壁|门口|后面|前面|里面|楼[上下]|内|边上"
_RELATED = re.compile(
    f"{_CROSSING}?(?:(?:以?[东西南北]{{1,2}}(?:侧|面|边|角|方)?)?(?:{_BESIDE})|以[东西南北]|{_SIDE}|{_FAR})?$"
)
_ROAD_CODE = re.compile("[GSXYC][0-9]{3,4}(?![0-9A-Z])")
"""A road by its number, where a road is named."""
_HEAD = re.compile(f"^(?:{_CROSSING}(?:{_SIDE}|[东西南北]{{1,2}})?|{_SIDE}|[-,、 ]|院内?(?!校)|内(?!蒙)|的|号)+")
_PREMISES = re.compile("商铺|门面房?|店面|铺面|铺位|店铺|停车场|停车库|车库|车位|地下室|储藏室|仓库|门市房?|大厅|大堂")
"""What is in a building and has no name of its own: 1层商铺, 负1层停车场."""
_GATE = re.compile("[东西南北正大侧后前]*(?:门口?|门卫室?|保安室|传达室|收发室|值班室|岗亭)$")


def name_gaps(text: str, gaps: Sequence[Gap], slots: dict[str, Slot]) -> None:
    """Add road, estate and hamlet to the slots of a text.

    Parameters
    ----------
    text : str
    gaps : sequence of Gap
        From left to right.
    slots : dict of str to Slot
        Changed: what is named is added, what is there stays.
    """
    coded: list[tuple[str, int]] = []
    for gap in gaps:
        code = _ROAD_CODE.match(text, gap.start, gap.end)
        if code:
            coded.append((code[0], gap.start))
            gap = gap._replace(start=code.end())  # noqa: PLW2901 - what stands behind the number
        words = text[gap.start : gap.end]
        if gap.before == "road_no":
            _road_before_number(words, gap, slots)
        elif gap.before in ("group", "house_no") and not {"road", "estate"} & slots.keys():
            _add("hamlet", words, gap.start, slots)
        else:
            _road_and_estate(words, gap, slots)
    for number, start in coded:
        _add("road", number, start, slots)


def _road_before_number(words: str, gap: Gap, slots: dict[str, Slot]) -> None:
    """The road is the last one before the number; what stands before it is an estate."""
    side = _ROADSIDE.search(words)
    if side:
        words = words[: side.start()]
        if not _ROAD_LAST.search(words):
            _road_and_estate(words, gap, slots)
            return
    apart = _PLACE_THEN_ROAD.match(words)
    if apart:
        _add("estate", apart[1], gap.start, slots)
        begin = apart.start(2)
    else:
        pieces = [match for match in _ROAD.finditer(words) if match.end() < len(words)]
        begin = 0
        if pieces and len(words) - pieces[-1].end() > 2:  # one more road; 一巷 alone belongs to the road before it
            begin = pieces[-1].end()
            begin += words.startswith(_JOINED, begin)
            head = _HEAD.match(words[begin:])
            begin += head.end() if head else 0
    _add("road", words[begin:], gap.start + begin, slots)


def _road_and_estate(words: str, gap: Gap, slots: dict[str, Slot]) -> None:
    """A road that begins the words, and the estate after it."""
    begin = 0
    head = _HEAD.match(words)
    if head:
        begin = head.end()
    match = None if "road" in slots else _ROAD.match(words, begin)
    if match:
        _add("road", match[0], gap.start + begin, slots)
        begin = match.end()
        if words.startswith(_JOINED, begin):  # a crossing: the first road is kept
            second = _ROAD.match(words, begin + 1)
            begin = second.end() if second else begin
    rest = _RELATED.sub("", _TAIL.sub("", words[begin:]))
    head = _HEAD.match(rest)
    skip = head.end() if head else 0
    if _PREMISES.fullmatch(rest, skip) and {"building", "floor"} & slots.keys():
        _add("room", rest[skip:], gap.start + begin + skip, slots)
    elif len(rest) - skip >= 2 and not _GATE.fullmatch(rest, skip):
        zone = slots.get("estate")
        if zone and "road" in slots and zone.end <= slots["road"].start and _ZONE.search(zone.value):
            del slots["estate"]  # 当涂经济开发区胜利路38号亿联小区: the zone is where, the estate is what
        _add("estate", rest[skip:], gap.start + begin + skip, slots)


def _add(name: str, value: str, start: int, slots: dict[str, Slot]) -> None:
    """Add a name, unless there is one."""
    if value:
        slots.setdefault(name, Slot(value, start, start + len(value)))
