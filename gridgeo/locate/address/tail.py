"""Which slot a number fills: the house on its road, the building, the unit, the floor, the room, the group.

In: the tokens of a text and the words between them. Out: `Tail`: slots by name, and the words that are left for names
of roads and estates. Called by `gridgeo.locate.address.parse`, after the areas are known.

A number is read by what stands before it: after a road it is the house on the road, after an estate or in a village the
building or house, after a building the unit or room. The order of writing is that of GB/T 23705: from wide to narrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from gridgeo.locate.address.found import Gap, Tail
from gridgeo.locate.address.tokens import Token, tokens

__all__ = ["read_tail"]


ROAD_END = re.compile(
    "(?:路|街|巷子?|道|胡同|弄|公路|国道|省道|高速|段|[东西南北中上下一二三四五六七八九十A-Z]头|[路街道巷][东西南北](?:[侧边面]的?)?|环|线"
    "|大堤|河堤|坡|夹道)$"
)
"""Words that end in this are a road, and the number after them is a house on it."""
_LANE = re.compile("(?:(?<![区院村镇楼厂园校场市店馆城屋县那这家])|(?<=[牌鼓钟角城望]楼))里$")
"""A lane, where N号 follows: 枣树里41号, 牌楼里4号; 和平里7#2-501 is an estate."""
RELATED = re.compile(
    "$|[^一-龥0-9A-Z]|附近|对面|斜对|旁|隔壁|门口|后面|前面|里面|内|楼上|楼下|上|下|向|往|以|东|西|南|北|和|与|及|交|收|家|的|住户|业主|屋"
)
"""After these or at the end a number without a unit word is a room or building, and not the beginning of a name."""
_BETWEEN = re.compile("(?:楼道|过道|走廊|门洞|单元门|楼上|上楼|楼内|楼里|楼房|里面|里头|里边|内|里|的)+$")
"""Words between a unit and its room that name nothing: 2单元楼道603."""
_LONGEST = 6
"""A number of more signs is none of an address. Chosen."""
PLACE_END = re.compile(
    "(?:[村庄店厂苑园庭城区府湾墅馆院楼厦场所校司行中心部处站局坊屋]|小区|公馆|国际|新天地|人家|世家|名邸|豪庭|花都"
    "|宿舍|公寓|别墅|[0-9]期)$"
)
"""Words that end in this are an estate, a firm or a village; others before a number may be a road without its 路."""
ESTATE_END = re.compile(
    "(?:[店厂苑园城区府墅馆院楼厦场所校司行]|公寓|公馆|国际|人家|世家|名邸|豪庭|花都|宿舍|[0-9]期)$"
)
"""Words that end in this are no hamlet."""
_ROAD_LENGTH = 3
"""A road that is named after the unit has so many characters."""
_AND = ("、", "至", "到", "和", ",")
ROOM_DIGITS = 3
"""A number of so many digits without a unit word is a room: floor and two digits."""
_FLOOR_AND_DOOR = re.compile("[0-9]{1,2}[A-Z]")
"""7E is the door E of floor 7."""
_ROOM_AFTER = re.compile("-?([0-9]{1,2}-)?([0-9]{3,4})(?:[室号房户]|(?![0-9A-Z一-龥]))")
"""What may follow N楼 and tells whether it is a building: 116楼-1-388, 32楼3051号."""
_BEHIND_UNIT = re.compile("[0-9]{1,2}[楼层]|[0-9]{3,4}(?:[室房户]|$)")
"""What follows the unit in 3栋1号4楼 and 5幢5号455室."""


def read_tail(
    text: str,
    start: int,
    *,
    in_village: bool = False,
    rural: bool = False,
    lanes: bool = False,
    breaks: Collection[int] = (),
) -> Tail:
    """Read the numbers of a text from a place on.

    Parameters
    ----------
    text : str
        Folded.
    start : int
        Where the areas end.
    in_village : bool, keyword-only
        Whether a community or village was found.
    rural : bool, keyword-only
        Whether it is a village.
    lanes : bool, keyword-only
        Whether a lane is numbered like a house on its road.
    breaks : collection of int, keyword-only
        Where a blank, a comma or the like stood.
    """
    tail = Tail(text, in_village=in_village, rural=rural, lanes=lanes, breaks=breaks)
    found = list(tokens(text, start))
    from_, end = start, start
    for number, token in enumerate(found):
        if not number or (token.start > end and not _BETWEEN.match(text, end, token.start)):
            tail.near = ""
        follower = found[number + 1] if number + 1 < len(found) and found[number + 1].start == token.end else None
        gap = text[from_ : token.start]
        if token.kind in _MAY_BE_NAMES and not _MAY_BE_NAMES[token.kind](tail, token, gap, follower):
            continue
        if token.kind == "gate":
            continue
        _READERS[token.kind](tail, token, gap, follower)
        if token.start > from_ and not (number and _BETWEEN.match(text, from_, token.start)):
            filled = (name for name, slot in tail.slots.items() if token.start <= slot.start < token.end)
            tail.gaps.append(Gap(from_, token.start, next(filled, "")))
        from_ = end = token.end
        tail.near = token.kind
    if from_ < len(text):
        tail.gaps.append(Gap(from_, len(text), ""))
    return tail


def _is_on_road(tail: Tail, _token: Token, gap: str, _: Token | None) -> bool:
    """Return whether a number that may belong to a gate (3号门) is that of a house on a road."""
    return "road_no" not in tail.slots and bool(ROAD_END.search(gap))


def _is_counted(tail: Tail, token: Token, gap: str, follower: Token | None) -> bool:
    """Return whether a number without a unit word is one of the address."""
    if follower is not None and _FLOOR_AND_DOOR.fullmatch(token.value) and _ROOM_AFTER.match(tail.text, token.end):
        return True  # 2C6342: room 6342 of building 2C
    glued = follower is not None and tail.text[token.end].isascii()
    if glued or any(len(part) > _LONGEST for part in token.parts):
        return False  # 928944D4E8DC
    if token.end in tail.breaks:
        return True  # 珞狮南路79 玉兰苑
    if follower or tail.near in ("unit", "building", "floor", "storey", "row", "room") or token.sub:
        return True
    rest = tail.text[token.end : token.end + 2]
    if len(token.parts) > 1 and token.value[0].isdigit():
        return True
    if not gap and not tail.slots and token.start == 0:
        return False
    return bool(RELATED.match(rest))


def _read_number(tail: Tail, token: Token, gap: str, _: Token | None) -> None:
    """N号: the house on a road, in a village, a building, a room."""
    slots, whole = tail.slots, (token.value, token.start, token.end)
    on_road = bool(ROAD_END.search(gap) or _LANE.search(gap)) and ("road_no" not in slots or tail.guessed)
    on_road = on_road and ("unit" not in slots or len(gap) >= _ROAD_LENGTH)
    if slots and (gap in _AND or (tail.near == "number" and tail.text[token.start - 1] != "院")):
        return  # 88号、90号: the first counts
    if len(token.parts) >= 3 and token.at >= 0 and not (on_road and len(token.parts[-1]) < ROOM_DIGITS):
        _read_bare(tail, token, gap, None)
    elif tail.near == "lane" and not gap:
        tail.fill("building", *whole)
    elif not gap and _is_unit(tail, token):
        tail.fill("unit", *whole)
    elif on_road:
        _take_back(tail)
        tail.loose = tail.guessed = False
        tail.fill("road_no", *whole)
    elif ("building" in slots and not tail.loose) or {"unit", "floor"} & slots.keys():
        tail.fill("room", *whole)
    elif "group" in slots or (not {"road_no", "house_no"} & slots.keys() and _is_house(tail, gap)):
        tail.fill("house_no", *whole)
    elif gap and not tail.in_village and not slots and not PLACE_END.search(gap):
        tail.fill("road_no", *whole)  # 陡门头45号: a road without its 路
        tail.guessed = True
    elif "building" not in slots:
        tail.fill("building", *whole)
        tail.loose = True


def _is_unit(tail: Tail, token: Token) -> bool:
    """Return whether N号 right after a building is the unit of the floor or room that follows."""
    if tail.loose or "building" not in tail.slots or {"unit", "floor", "room"} & tail.slots.keys():
        return False
    return bool(_BEHIND_UNIT.match(tail.text, token.end))


def _take_back(tail: Tail) -> None:
    """Leave a guessed house on a road to the names: 万山一号湖里大道437号."""
    if tail.guessed:
        del tail.slots["road_no"]
        tail.gaps = [gap._replace(before="") if gap.before == "road_no" else gap for gap in tail.gaps]


def _is_house(tail: Tail, gap: str) -> bool:
    """Return whether a number is that of a house in a village, after its hamlet if words stand before it."""
    return tail.in_village if not gap else tail.rural and not ESTATE_END.search(gap) and not tail.slots


def _read_lane(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """N弄 where it is numbered like a house."""
    tail.fill("road_no", token.value, token.start, token.end)


def _read_building(tail: Tail, token: Token, gap: str, follower: Token | None) -> None:
    """N号楼, N栋, A座; 12# after a road is the house on it, 3#1#501 building, unit, room, 3组1# a village's house."""
    slots, hash_only = tail.slots, tail.text[token.end - 1] == "#"
    if hash_only and tail.near == "group" and not gap:
        tail.fill("house_no", token.value, token.start, token.end)
        return
    if tail.loose and "building" in slots:  # a number with 号 is the house on a road, or part of a name: 滨江1号3号楼
        slots.setdefault("road_no", slots.pop("building"))
        tail.loose = False
    on_road = bool(ROAD_END.search(gap)) and "road_no" not in slots
    numbered = "building" in slots and slots["building"].value[0].isdigit()
    if numbered and token.value.isalpha() and tail.text[token.end - 1] == "座":
        tail.fill("unit", token.value, token.start, token.end)  # 4号楼B座
    elif on_road and not hash_only and len(token.parts) == 2 and token.at >= 0 and "building" not in slots:
        tail.spread(token, ("road_no", "building"))  # 人民路368-3号楼
    elif hash_only and on_road:
        tail.fill("road_no", token.value, token.start, token.end)
    elif hash_only and follower and "building" in slots and "unit" not in slots and len(token.value) < ROOM_DIGITS:
        tail.fill("unit", token.value, token.start, token.end)
    elif hash_only and ("building" in slots or len(token.value) >= ROOM_DIGITS):
        tail.fill("room", token.value, token.start, token.end)
    else:
        tail.fill("building", token.value, token.start, token.end)


def _read_row(tail: Tail, token: Token, gap: str, follower: Token | None) -> None:
    """N排: a row of houses is numbered like a building."""
    _read_building(tail, token, gap, follower)


def _read_unit(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """N单元, 东单元, N门; 3-2单元 names the building, too."""
    door = tail.text[token.end - 1] == "门" and token.value.isdigit()
    if door and (len(token.value) >= ROOM_DIGITS or {"unit", "floor"} <= tail.slots.keys()):
        tail.fill("room", token.value, token.start, token.end)  # 7层4门, 4859门
    elif len(token.parts) == 2 and "building" not in tail.slots:
        tail.spread(token, ("building", "unit"))
    else:
        tail.fill("unit", token.value, token.start, token.end)


def _read_floor(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """N层, F3."""
    tail.fill("floor", token.value, token.start, token.end)


def _read_storey(tail: Tail, token: Token, gap: str, follower: Token | None) -> None:
    """N楼: a building where a unit follows, or a room that is not on this floor; else a floor."""
    building = follower is not None and follower.kind == "unit"
    if follower is not None and follower.kind in ("bare", "room") and len(follower.value) >= ROOM_DIGITS:
        tail.by_value = True
        building = not re.search(r"\d+", follower.value)[0].startswith(token.value.lstrip("-"))  # type: ignore[index]
    elif after := _ROOM_AFTER.match(tail.text, token.end):
        tail.by_value = True
        building = bool(after[1]) or not after[2].startswith(token.value.lstrip("-"))
    if len(token.parts) == 3 and token.at >= 0 and "building" not in tail.slots:
        tail.spread(token, ("building", "unit", "floor"))  # 6-5-8楼
    elif building and ("building" not in tail.slots or tail.loose):
        _read_building(tail, token, gap, follower)
    else:
        tail.fill("floor", token.value, token.start, token.end)


def _read_room(tail: Tail, token: Token, gap: str, _: Token | None) -> None:
    """N室, and what is written before it: 3-2-501室."""
    if "号" in tail.text[token.start : token.end] and ROAD_END.search(gap) and "road_no" not in tail.slots:
        tail.fill("road_no", token.value, token.start, token.end)  # 人民路5号门店
        return
    if tail.text[token.end - 1] == "户" and tail.rural and not tail.slots and len(token.parts) == 1:
        tail.fill("house_no", token.value, token.start, token.end)  # 牛山庄183户
        return
    _pieces(tail, token, tail.free())


def _pieces(tail: Tail, token: Token, free: list[str]) -> None:
    """Share the pieces of a number that ends in a room out among what is not known yet, from the right."""
    count = len(token.parts)
    span = count == 2 and _is_span(tail, token)
    if token.at < 0 or count == 1 or count - 1 > len(free) or span:
        tail.fill("room", token.value, token.start, token.end)
        return
    if tail.loose and free[0] == "building":
        tail.slots.setdefault("road_no", tail.slots.pop("building"))
        tail.loose = False
    names = free if count == 3 else free[:1]
    tail.spread(token, (*names, "room"))


def _read_shop(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """商铺12号."""
    tail.fill("room", token.value, token.start, token.end)


def _read_group(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """N组, N队."""
    tail.fill("group", token.value, token.start, token.end)


def _read_sub(tail: Tail, token: Token, _gap: str, _: Token | None) -> None:
    """附N号."""
    tail.fill("sub_no", token.value, token.start, token.end)


_FROM_ROAD = {
    3: ("road_no", "building", "room"),
    4: ("road_no", "building", "unit", "room"),
    5: ("road_no", "building", "unit", "floor", "room"),
}
"""What the pieces of a chain after a road fill. Of three the first is a building's number if it is short: 开封路9-2-872
is in a yard that is named after the road."""


def _read_bare(tail: Tail, token: Token, gap: str, follower: Token | None) -> None:
    """A number without a unit word, or several in a chain."""
    slots, count = tail.slots, len(token.parts)
    road = ROAD_END.search(gap) or (token.sub and _LANE.search(gap))  # 枣树里8附12号
    on_road = bool(road) and "road_no" not in slots and not {"building", "unit", "room"} & slots.keys()
    if on_road and token.at >= 0 and count in _FROM_ROAD and (count > 3 or len(token.parts[0]) >= ROOM_DIGITS):
        tail.spread(token, _FROM_ROAD[count])
    elif on_road and count < 3:
        tail.fill("road_no", token.value, token.start, token.end)
    elif count == 1:
        _read_single(tail, token, gap, glued=follower is not None)
    elif count == 2:
        _read_pair(tail, token)
    elif count == 3:
        _pieces(tail, token, tail.free())
    elif count == 4 and token.at >= 0 and not {"building", "unit", "floor", "room"} & slots.keys():
        tail.spread(token, ("building", "unit", "floor", "room"))
    else:
        tail.fill("room", token.value, token.start, token.end)
    if token.sub:
        tail.fill("sub_no", token.sub, token.end - len(token.sub) - 1, token.end)


def _is_long(part: str) -> bool:
    """Return whether a number tells a floor and a door on it."""
    return sum(sign.isdigit() for sign in part) >= ROOM_DIGITS or bool(_FLOOR_AND_DOOR.fullmatch(part))


def _is_span(tail: Tail, token: Token) -> bool:
    """Return whether a pair of numbers is a range of rooms on one floor: 1203-1205; 983-160 is a building's room."""
    first, second = token.parts
    if min(sum(sign.isdigit() for sign in part) for part in token.parts) < ROOM_DIGITS:
        return False
    tail.by_value = True
    return len(first) == len(second) and first[:-2] == second[:-2]


def _read_single(tail: Tail, token: Token, gap: str, *, glued: bool) -> None:
    """A lone number: a room where it is long or the building is known, else a building; 1 of 3组-1 is a house."""
    slots = tail.slots
    behind = gap == "-" or (tail.near == "group" and not _is_long(token.value))  # 3组-1, 3组13
    if behind and "group" in slots and not {"building", "unit", "floor"} & slots.keys():
        tail.fill("house_no", token.value, token.start, token.end)
        return
    if {"building", "unit", "floor"} & slots.keys() or (_is_long(token.value) and not glued):
        tail.fill("room", token.value, token.start, token.end)
    elif gap:
        tail.fill("building", token.value, token.start, token.end)


def _read_pair(tail: Tail, token: Token) -> None:
    """3-501 is building and room, 3-2 building and unit; 5-3 in a known building is floor and room."""
    slots = tail.slots
    long, span = _is_long(token.parts[1]), _is_span(tail, token)
    known = "building" in slots and not tail.loose
    if (
        token.at < 0
        or "unit" in slots
        or (span and slots)
        or (known and (not long or _is_long(token.parts[0])))
        or ("road_no" in slots and not tail.gaps and not long)
    ):
        tail.fill("room", token.value, token.start, token.end)
    elif known:
        tail.spread(token, ("unit", "room"))
    else:
        if tail.loose and "building" in slots:
            slots.setdefault("road_no", slots.pop("building"))
            tail.loose = False
        tail.spread(token, ("building", "room" if long else "unit"))


def _is_numbered_lane(tail: Tail, _token: Token, gap: str, _: Token | None) -> bool:
    """Return whether a lane is numbered like a house."""
    return tail.lanes and "road_no" not in tail.slots and bool(gap)


_Check = Callable[[Tail, Token, str, Token | None], bool]
_MAY_BE_NAMES: dict[str, _Check] = {"bare": _is_counted, "named": _is_on_road, "lane": _is_numbered_lane}
"""Kinds of tokens that may be parts of names, and when they are not."""
_READERS: dict[str, Callable[[Tail, Token, str, Token | None], None]] = {
    "group": _read_group,
    "unit": _read_unit,
    "floor": _read_floor,
    "storey": _read_storey,
    "building": _read_building,
    "row": _read_row,
    "room": _read_room,
    "shop": _read_shop,
    "lane": _read_lane,
    "number": _read_number,
    "named": _read_number,
    "sub": _read_sub,
    "bare": _read_bare,
}
