"""The numbers of a text as words of a library: which house, group, building, unit, floor and room it asks for.

In: a parsed text and the names spotted in it. Out: `Asked`, as the kernels take it. What the parser left open is
settled here by what the library has: the number behind a road that only the library knows, 18-602, 5楼04. Before:
`gridgeo.locate.address.parse`; used by `gridgeo.locate.address.match`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Lexicon, Spots
from gridgeo.locate.address.library import leading_number, plain_number
from gridgeo.locate.address.parse import Parsed, Slot

__all__ = ["Asked", "ask_for"]

ROADS_TRIED = 4
"""Roads behind which a number is looked for, the best spelled first. Chosen."""

_BARE = re.compile("[0-9]{1,4}(?![0-9A-Z-])(?:号(?!楼)|院(?!子))?(?![栋幢楼座]|单元|多?米|余米|公里|千米)")
_FIRST = re.compile("([0-9]{1,4}(?:-[0-9]{1,3})?)号(?!楼)")
_HOUSE_ROOM = re.compile("([0-9]{1,4})-([0-9]{3,4})$")
_SHOP = re.compile("[铺摊柜库]|商户|门面|门店|门市|店面|车位|档口")
_ZONED = re.compile("[A-Z][0-9]+")
_NARROW = ("group", "road_no", "sub_no", "building", "unit", "floor", "room", "house_no")
"""Slots of numbers; what the parser took for the estate 116院 is the house 116 on its road."""


class Asked(NamedTuple):
    """The numbers of a text as words of the library; -1: not said, -2: a word that no row has."""

    words: NDArray[np.int32]
    """(9,) see `gridgeo.locate.address.score.NO`."""
    tail: NDArray[np.int32]
    """(5,) in the order of `gridgeo.locate.address.library.TAIL`."""


def ask_for(
    parsed: Parsed, word: Mapping[str, int], lexicon: Lexicon, spots: Spots, gains: NDArray[np.float32]
) -> Asked:
    """Return what numbers a text asks for.

    Parameters
    ----------
    parsed : Parsed
    word : mapping of str to int
        Word of the library → its number.
    lexicon : Lexicon
    spots : Spots
        Names in the text.
    gains : ndarray of float32
        What each of them explains.
    """
    number = parsed.road_no or (None if parsed.road is None and parsed.group else parsed.house_no)
    house = parsed.house_no or (parsed.road_no if parsed.road is None else None)
    building, group = parsed.building, parsed.group
    parsed = _without_zone(parsed, lexicon, spots)
    if group is None and parsed.road is None and parsed.community is not None and house is not None:
        group, house = _group_and_house(house)
    if parsed.group is not None and house is None:
        house = _bare(parsed, parsed.group.end)
    said = _room(word, parsed)
    if group is not None and house is None and building is None and parsed.room is not None:
        house, said = parsed.room, -1  # the last number of a village is a house
    if number is None and group is None:
        number = _after_road(parsed, lexicon, spots, gains) or _before_road(parsed, lexicon, spots, gains)
        if number is not None and building is not None and number.start == building.start:
            building = None
    whole, room = _house_and_room(word, number, said)
    words = [whole, _word(word, parsed.sub_no), _word(word, group)]
    words += [leading_number(number.value), number.start] if number else [0, -1]
    words += [number is not None and building is None]
    storey = parsed.floor if building is None and parsed.floor and parsed.text[parsed.floor.end - 1] == "楼" else None
    words += [_word(word, storey), building is not None]
    words += [building.start if building else -1]
    floor = None if parsed.room else parsed.floor
    tail = [_word(word, building), _word(word, parsed.unit), _word(word, floor), room, _word(word, house)]
    return Asked(np.array(words, np.int32), np.array(tail, np.int32))


def _word(word: Mapping[str, int], slot: Slot | None) -> int:
    """Return the word of a slot."""
    return -1 if slot is None else word.get(plain_number(slot.value), -2)


def _room(word: Mapping[str, int], parsed: Parsed) -> int:
    """Return the word of a room: 5楼04 is the room 504, 1层2号商铺 the shop 2."""
    if (
        parsed.floor is not None
        and parsed.room is not None
        and len(parsed.room.value) <= 2
        and not _SHOP.search(parsed.text, parsed.room.start, parsed.room.end)
    ):
        whole = word.get(plain_number(parsed.floor.value + parsed.room.value.zfill(2)))
        if whole is not None:
            return whole
    return _word(word, parsed.room)


def _house_and_room(word: Mapping[str, int], number: Slot | None, room: int) -> tuple[int, int]:
    """Return the words of house and room: 18-602 is the room 602 of number 18, where no house has that number."""
    whole = _word(word, number)
    both = _HOUSE_ROOM.match(number.value) if number is not None and whole == -2 and room == -1 else None
    if both is None:
        return whole, room
    return word.get(plain_number(both[1]), -2), word.get(plain_number(both[2]), -2)


def _without_zone(parsed: Parsed, lexicon: Lexicon, spots: Spots) -> Parsed:
    """Return a text whose room does not begin with the letter of an estate's zone: 建材市场A7 is 7 in 建材市场A区."""
    room = parsed.room
    if room is None or not _ZONED.fullmatch(room.value):
        return parsed
    zones = (lexicon.level[spots.name] == Level.ESTATE) & (spots.end == room.start + 1) & (spots.cost == 0)
    return replace(parsed, room=Slot(room.value[1:], room.start + 1, room.end)) if zones.any() else parsed


def _bare(parsed: Parsed, at: int) -> Slot | None:
    """Return a number without a unit word that stands at a place of the text and fills no slot."""
    said = _BARE.match(parsed.text, at)
    if said is None:
        return None
    for name in _NARROW:
        slot: Slot | None = getattr(parsed, name)
        if slot is not None and slot.start < said.end() and slot.end > at and (name, slot.start) != ("building", at):
            return None
    return Slot(str(int(said[0].rstrip("号院"))), at, said.end())


def _group_and_house(house: Slot) -> tuple[Slot | None, Slot]:
    """Return the group and the house of a village that a number such as 4-25 names."""
    group, _, own = house.value.partition("-")
    if not group.isdigit() or not own.isdigit():
        return None, house
    return house._replace(value=group), house._replace(value=own)


def _after_road(parsed: Parsed, lexicon: Lexicon, spots: Spots, gains: NDArray[np.float32]) -> Slot | None:
    """Return the number that stands right after the best road of a text, where the parser saw no road."""
    roads = np.flatnonzero((lexicon.level[spots.name] == Level.ROAD) & (gains > 0))
    for at in roads[np.argsort(-gains[roads], kind="stable")][:ROADS_TRIED]:
        found = _bare(parsed, int(spots.end[at]))
        if found is not None:
            return found
    return None


def _before_road(parsed: Parsed, lexicon: Lexicon, spots: Spots, gains: NDArray[np.float32]) -> Slot | None:
    """Return the number with which a text begins, if a road stands right behind it: 12号人民路, as No. 12 is put."""
    said = _FIRST.match(parsed.text)
    if said is None:
        return None
    roads = (lexicon.level[spots.name] == Level.ROAD) & (gains > 0) & (spots.begin == said.end())
    return Slot(said[1], 0, said.end()) if roads.any() else None
