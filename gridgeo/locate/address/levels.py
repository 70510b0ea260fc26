"""Where the areas of an address end: province, city, district, street, community, from wide to narrow.

In: folded text, and known names if there are any. Out: slots by name and the place where the areas end. Called by
`gridgeo.locate.address.parse`; next is `gridgeo.locate.address.tail`.

A known name, the longest first, is taken before any rule. Without one, an area is what ends in the suffix of its level;
a suffix that goes on as another name (市场路, 村东路, 镇海区) ends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from gridgeo.locate.address.areas import MUNICIPALITIES, NO_CITIES, PREFECTURES, PROVINCES
from gridgeo.locate.address.division_table import county_names
from gridgeo.locate.address.forms import GRAND_WORDS
from gridgeo.locate.address.found import Slot
from gridgeo.locate.address.numerals import with_digits

__all__ = ["AREAS", "KnownNames", "read_areas"]

AREAS = ("province", "city", "district", "street", "community")

_ROAD = "(?:[东西南北中上下前后内外]?[一二三四五六七八九十支]?[路街巷道]|大道|大街|胡同)"
"""After a short name this makes a road of it: 漯河路, 源汇东路, 友爱街, 崇德支路."""
_NO_SHORT = (
    f"(?!(?!路[南北]区){_ROAD}|[村庄乡桥沟河]|镇(?!江)|小区|花园|家园|大厦|广场|新村|苑|城(?!区|关)|公园|宾馆|酒店|饭店"
    "|银行|商)"
)
_CITY_GOES_ON = "(?![场区政立委直]|民(?!族?[一-龥]?[路街])|中[心医学]|[东西南北][路街门郊关站])"
"""After 市 these make another word: 市场, 市区, 市中心, 市南路; 市民主路 is a road."""
_NO_TOWN = "(?!街|镇(?![江海宁平安远][一-龥]?[路街市区县]))"
"""水市镇 and 白市街 are no cities."""

_PROVINCE = re.compile(
    f"(?:中国)?((?:{'|'.join(PROVINCES)})(?:省|(?:壮族|回族|维吾尔)?自治区|特别行政区)"
    f"|(?:{'|'.join(MUNICIPALITIES)})(?:市{_CITY_GOES_ON}|{_NO_SHORT})|(?:{'|'.join(PROVINCES)})(?!区){_NO_SHORT})"
)
_PEOPLES = (
    "(?:蒙古族?|藏族|羌族|土家族|苗族|布依族|侗族|壮族|哈尼族|彝族|傣族|景颇族|白族|回族|哈萨克|柯尔克孜|朝鲜族|傈僳族)"
    "{1,2}自治州"
)
_PREFECTURES = "|".join(sorted((*PREFECTURES, *MUNICIPALITIES), key=len, reverse=True))
_PROVINCE_STARTS = {name[:2] for name in (*PROVINCES, *MUNICIPALITIES, "中国")}
_CITY_STARTS = {name[:2] for name in (*PREFECTURES, *MUNICIPALITIES)}
_IN_CITY = "市[南北中]区(?!街道)"
_CITY = re.compile(
    f"(?!(?:{'|'.join(NO_CITIES)})市)(?:{_PREFECTURES})(?:(?={_IN_CITY})|市{_CITY_GOES_ON}|地区|盟|州(?!市)|{_PEOPLES})"
)
_SHORT_CITY = re.compile(f"(?:{_PREFECTURES})(?!(?!路[南北]区){_ROAD}|[市县区])")
_UNDER_CITY = re.compile("市辖区|市直")

_ZONES = (
    "(?:经济技术|经济|高新技术|高新|产业|旅游|技术|新技术|综合|工业|生态)+(?:产业)?(?:开发区|示范区|集聚区|新区)"
    "|管理区|开发区|示范区|新区|林区|矿区"
)
_ZONE = re.compile(_ZONES)
_NO_DISTRICT = (
    "(?<![小社园校厂库街片景商牧灾业老贸居住活舍属员务公户])(?<![^一二三四五六七八九十][一二三四五六七八九十])"
    "(?<![一-龥]{2}[东西南北])"
)
"""Before 区 these make no district: 小区, 园区, 生活区, 商业城八区, 万科悦湾北区."""
_YET_DISTRICTS = "(?<=^绿园|^梁园|^上街|^安居)区|(?<=^下花园)区"
"""The districts of GB/T 2260 that end so nevertheless."""
_DISTRICT_END = re.compile(
    f"自治县|自治旗|{_ZONES}|{_YET_DISTRICTS}|旗(?![区路街镇乡村])|县(?![道委医]|城(?!关|[东西南北]街道|[东西南北]镇)|人民[政法医]|中学|政府)|市{_CITY_GOES_ON}{_NO_TOWN}"
    f"|{_NO_DISTRICT}区(?![委政间块]|街道|社区管理|人民[政法医])"
)
_STREET_END = re.compile(
    "(?:街道|地区)办事处|街道办|街道(?!口)|办事处|社区管理办公室|苏木(?!村)|农场|林场(?!村)|管委会"
    "|(?<!小)镇(?![江海宁平安远](?:[市区县路]|街道)|[路街巷](?![一-龥])|[道村]|街道|中学|小学)"
    "|民族乡|(?<![水故老家同城下四])乡(?![村镇土族]|[路街](?![一-龥])|街道)"
)
_COMMUNITY_END = re.compile(
    "社区(?:居民委员会|居委会|居委)?(?![医服卫诊]|[路街巷](?![一-龥])|文化[中活站室广]|工作|党)|居民委员会|居委会?"
    "|(?:村|庄)?(?:村民委员会|村委会|村委)|行政村|嘎查|新村(?=[一-龥]{0,6}[0-9]+(?:村民|居民)?[组队社小])"
    "|(?<!自然)(?<!新)村(?![路街巷道口镇乡民社委部]|[东西南北前后中][路街巷]|小学|大道|大街|村(?!东|西|南|北))"
)
_COMMUNITY = "社区|村|居委|居民"
_BARRIER = {
    "district": re.compile(
        "[^一-龥]|街道|社区|小区|(?<!^)(?<!^.)[镇乡]|(?<!^)[路街巷村](?!区|县)|大道|花园|大厦|广场|大学|学院|家属|宿舍"
    ),
    "street": re.compile(
        "[^一-龥]|社区|小区|(?<!^)(?:[路街巷]|大道)(?!街道|办事处|镇|地区|.{0,1}街道)|花园|大厦|村(?!.?[镇乡街])"
    ),
    "community": re.compile(
        f"[^一-龥]|小区(?!社区)|(?<!^)(?:[路街巷]|大道)(?!.?(?:{_COMMUNITY}))|花园(?!{_COMMUNITY})|大厦|广场(?!社区)|公司"
        f"|学院(?!社区)|医院(?!社区)"
    ),
}
"""What shows that no area of the level begins here: its name would run over something narrower."""
_ENDS = {"district": _DISTRICT_END, "street": _STREET_END, "community": _COMMUNITY_END}
_LONGEST = {"district": 14, "street": 12, "community": 14}
"""Characters of a name with its suffix. Names in the tables of 2023 are shorter in more than 99 of 100. Chosen."""

_WHOLE = re.compile(
    "(?:全区|全境|主城区|城区(?![东西南北]?[路街镇]|街道|大道)"
    "|[一二三四五六内外中]环(?:到|至)[一二三四五六内外中]环(?:之间)?|[一二三四五六内外中]环以[内外])?"
)
"""What forms of delivery services add to a district and names no part of it."""

_WRITTEN_AGAIN = ("district", "street", "community")
_MOST_AREAS = 16
"""Areas in one text, those written again included: five levels three times. Chosen."""

_SUFFIX = re.compile(
    "(?:特别行政区|自治区|自治州|自治县|地区|街道办事处|街道|社区居民委员会|社区居委会|社区|居民委员会|居委会|村民委员会|村委会|办事处|[省市盟区县旗镇乡村])$"
)
AHEAD = 30
"""Characters in which a known community is looked for: the longest chain of names without one. Chosen."""
AFTER = 6
"""Characters behind a name that tell whether it ends there. Chosen: a word of an estate and its phase."""
SHORTEST = 2
"""A short form of fewer characters is no name."""


class KnownNames:
    """Names of the areas of a city, with their short forms.

    Parameters
    ----------
    divisions : mapping of str to sequence of str, or a sequence of such
        Level ("province", "city", "district", "street", "community") → folded names.
    """

    def __init__(self, divisions: Sequence[Mapping[str, Sequence[str]]] | Mapping[str, Sequence[str]] = ()) -> None:
        self._names: dict[str, dict[str, list[tuple[str, bool]]]] = {level: {} for level in AREAS}
        for each in (divisions,) if isinstance(divisions, Mapping) else divisions:
            for level, names in each.items():
                if level in self._names:
                    self._take(level, names)
        for starts in self._names.values():
            for begin, names_there in starts.items():
                starts[begin] = sorted(set(names_there), key=lambda item: (-len(item[0]), item))

    def _take(self, level: str, names: Iterable[str]) -> None:
        """Keep the names of one level."""
        full = {name for name in names if len(name) >= SHORTEST}
        short = {_SUFFIX.sub("", name) for name in full} - full
        short |= {with_digits(name) for name in short}
        full |= {office for name in full for office in _offices(level, name)}
        for name in full:
            self._names[level].setdefault(name[:SHORTEST], []).append((name, False))
        for name in short:
            if len(name) >= SHORTEST:
                self._names[level].setdefault(name[:SHORTEST], []).append((name, True))

    def at(self, level: str, text: str, start: int) -> int:
        """Return where the known name of a level ends that begins at a place; -1 if there is none."""
        for name, short in self._names[level].get(text[start : start + SHORTEST], ()):
            end = start + len(name)
            if text.startswith(name, start) and (
                _ends_here(name, text[end : end + AFTER], short=short) or self._goes_on_in(level, text, end)
            ):
                return end
        return -1

    def ahead(self, text: str, start: int) -> tuple[int, int] | None:
        """Return where the full name of a known community stands in what follows, before any number."""
        for at in range(start, min(start + AHEAD, len(text) - SHORTEST)):
            if text[at].isascii():
                return None
            for name, short in self._names["community"].get(text[at : at + SHORTEST], ()):
                if not short and len(name) > SHORTEST and text.startswith(name, at):
                    return at, at + len(name)
        return None

    def _goes_on_in(self, level: str, text: str, start: int) -> bool:
        """Return whether the full name of a narrower area begins at a place: 祥符 before 花园岗社区."""
        for narrower in AREAS[AREAS.index(level) + 1 :]:
            for name, short in self._names[narrower].get(text[start : start + SHORTEST], ()):
                if not short and text.startswith(name, start):
                    return True
        return False


_TOWN_OFFICES = ("人民政府", "政府")
_STREET_OFFICES = ("街道办事处", "街道办", "办事处")
_CITY_OFFICES = ("社区居民委员会", "社区居委会", "居民委员会", "居委会")
_VILLAGE_OFFICES = ("村村民委员会", "村民委员会", "村村委会", "村委会")
"""Offices that stand for what they are in charge of: 老街办事处 for 老街街道, 闫庄村委会 for 闫庄村."""


def _offices(level: str, name: str) -> Iterator[str]:
    """Yield the names of an area's office: without them 办事处 would begin the name of a community."""
    short = _SUFFIX.sub("", name)
    if len(short) < SHORTEST:
        return
    if level == "street" and name.endswith(("街道", "办事处")):
        yield from (short + office for office in _STREET_OFFICES)
    elif level == "street" and name.endswith(("镇", "乡")):
        yield from (name + office for office in _TOWN_OFFICES)
    elif level == "community" and name.endswith(("社区", "居委会", "居民委员会")):
        yield from (short + office for office in _CITY_OFFICES)
    elif level == "community" and name.endswith(("村", "村委会", "村民委员会")):
        yield from (short + office for office in _VILLAGE_OFFICES)


_GOES_ON = re.compile(f"{_ROAD}|[村庄镇乡县区路街巷]|市(?![场政])|社区|小区|花园|家园|大厦|广场|新村|苑|公园|街道")
_NAMESAKE = re.compile(
    f"(?:{GRAND_WORDS})(?![一-龥])|(?:{GRAND_WORDS})(?:[一二三四五六七八九十]+期|[东西南北中][区苑院])"
)
"""What makes an estate of a community's short name before it: 瑞智名苑3号楼, where there is 瑞智社区."""
_CUT = {
    "市": re.compile("[场政]|民(?![一-龥]?[路街])"),
    "村": re.compile("[东西南北前后中]?[路街巷]"),
    "镇": re.compile("[路街巷](?![一-龥])"),
}


def _ends_here(name: str, rest: str, *, short: bool) -> bool:
    """Return whether a known name ends where it seems to, and is not the beginning of another."""
    if not short:
        return name[-1] not in _CUT or not _CUT[name[-1]].match(rest)
    numbered = not rest or not "一" <= rest[0] <= "龥"
    return not _GOES_ON.match(rest) and not _NAMESAKE.match(rest) and not (numbered and name[-1] in "路街巷道")


def read_areas(text: str, known: KnownNames | None = None) -> tuple[dict[str, Slot], int]:
    """Return the areas with which a text begins, and where they end.

    Parameters
    ----------
    text : str
        Folded.
    known : KnownNames, optional

    Notes
    -----
    Areas that are written twice (浙江省杭州市浙江省杭州市) are read twice; the first counts.
    """
    slots: dict[str, Slot] = {}
    start, last = 0, ""
    for _ in range(_MOST_AREAS):
        level, end = _next_area(text, start, last, slots, known)
        if end == start:
            break
        if level:
            begin = start + 2 if text.startswith("中国", start) and level == "province" else start
            _keep(slots, level, Slot(text[begin:end], begin, end))
        start, last = end, level or last
        if "district" in slots:
            start = _WHOLE.match(text, start).end()  # type: ignore[union-attr]
    if known and "community" in slots and "street" not in slots:
        end = known.at("street", text, start)
        if end > start and _SUFFIX.search(text, start, end):  # 石桥社区老街街道: the wrong way round
            slots["street"], start = Slot(text[start:end], start, end), end
    found = known.ahead(text, start) if known and "community" not in slots else None
    if found is not None:  # behind an area of no known kind: 华侨经济开发区, 林场
        if found[0] > start and "street" not in slots:
            slots["street"] = Slot(text[start : found[0]], start, found[0])
        slots["community"] = Slot(text[slice(*found)], *found)
        start = found[1]
    return slots, start


def _keep(slots: dict[str, Slot], level: str, slot: Slot) -> None:
    """Keep the first area of a level, unless a later one is the same with its suffix."""
    if level not in slots or (slot.value.startswith(slots[level].value) and slot.value != slots[level].value):
        slots[level] = slot


def _next_area(text: str, start: int, last: str, slots: dict[str, Slot], known: KnownNames | None) -> tuple[str, int]:
    """Return the level of the area that begins at a place, and where it ends; the place itself if none begins.

    The level is empty for one that is only written again.
    """
    levels = _levels_after(last, frozenset(slots)) if "community" not in slots else ()
    if known:
        best, end = "", start
        for level in levels:
            to = known.at(level, text, start)
            if level == "community" and to > end and known.ahead(text, to):
                continue  # 龙舟 of 龙舟坪镇后山社区 is no 龙舟社区
            if to > end:
                best, end = level, to
        if best:
            return best, end
    for level in _WRITTEN_AGAIN:
        if level in slots and text.startswith(slots[level].value, start):
            return "", start + len(slots[level].value)
    for level in levels:
        end = _BY_RULE[level](text, start, slots)
        if end > start:
            return level, end
    return "", start


@cache
def _levels_after(last: str, there: frozenset[str]) -> tuple[str, ...]:
    """Return the levels that may come next; one that is written again comes after a wider one."""

    def may_follow(level: str) -> bool:
        rank = AREAS.index(level)
        if rank <= AREAS.index("city"):
            return True
        again = level in there and AREAS.index(last) >= rank
        narrower = there & set(AREAS[rank + 1 :]) and AREAS.index(last) > AREAS.index("city")
        return not again and not narrower

    return tuple(filter(may_follow, AREAS))


def _province_end(text: str, start: int, slots: dict[str, Slot]) -> int:
    """Return where a province ends."""
    if text[start : start + SHORTEST] not in _PROVINCE_STARTS:
        return start
    match = _PROVINCE.match(text, start)
    return match.end() if match and _is_province(match, slots) else start


def _is_province(match: re.Match[str], slots: dict[str, Slot]) -> bool:
    """Return whether a province is meant; 吉林 and 海南 are a city and a prefecture after their province."""
    return not (match[1] in PREFECTURES and "province" in slots and "city" not in slots)


def _city_end(text: str, start: int, slots: dict[str, Slot]) -> int:
    """Return where a prefecture ends; a short name counts after its province or before a district."""
    if text[start : start + SHORTEST] not in _CITY_STARTS:
        return start
    match = _CITY.match(text, start)
    if match:
        return match.end()
    match = _SHORT_CITY.match(text, start)
    if not match:
        return start
    end = match.end()
    if "district" in slots and not text.startswith(slots["district"].value, end):
        return start  # 保定高新区 behind its district is a street
    if _ZONE.match(text, end):
        return start  # 漯河经济技术开发区 is a district
    district = _suffixed("district", text, end)
    if district > end and text[start:district] in county_names():
        return start  # 岳阳楼区 is no 楼区 in 岳阳
    if district > end or _CITY.match(text, end) or ("province" in slots and _suffixed("street", text, end) > end):
        return end
    return start


def _suffixed(level: str, text: str, start: int) -> int:
    """Return where a name ends by the suffix of its level; ``start`` if none does."""
    window = text[start : start + _LONGEST[level]]
    match = _ENDS[level].search(window)
    if match and not match.start() and len(match[0]) < len("开发区"):
        match = _ENDS[level].search(window, 1)  # a suffix without a name is none
    if not match:
        return start
    barrier = _BARRIER[level].search(window)
    return start + match.end() if not barrier or match.start() <= barrier.start() else start


def _district_end(text: str, start: int, _slots: dict[str, Slot]) -> int:
    """Return where a district ends; 市辖区 stands for one."""
    match = _UNDER_CITY.match(text, start)
    return match.end() if match else _suffixed("district", text, start)


def _street_end(text: str, start: int, _slots: dict[str, Slot]) -> int:
    """Return where a street in the sense of an administration ends."""
    end = _suffixed("street", text, start)
    return start if text[start : end - 1] in PROVINCES else end  # 江苏镇江


def _community_end(text: str, start: int, _slots: dict[str, Slot]) -> int:
    """Return where a community or village ends."""
    return _suffixed("community", text, start)


_BY_RULE: dict[str, Callable[[str, int, dict[str, Slot]], int]] = {
    "province": _province_end,
    "city": _city_end,
    "district": _district_end,
    "street": _street_end,
    "community": _community_end,
}
