"""An address in plain characters → its levels, from province to room.

In: text folded by `gridgeo.locate.address.normalise`. Out: `Parsed`, one `Slot` per level of GB/T 23705
(administrative area, basic area, local place). Next: `gridgeo.locate.address.library` and ``match``. `Parser` knows a
city's names and is made for its whole library; `parse` goes by suffixes alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import TypeVar

from gridgeo.locate.address.areas import SHANGHAI
from gridgeo.locate.address.found import Slot
from gridgeo.locate.address.levels import KnownNames, read_areas
from gridgeo.locate.address.names import name_gaps
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.tail import read_tail

__all__ = ["SLOTS", "Parsed", "Parser", "Piece", "Slot", "parse", "slots"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text and what it says at each level; None where it says nothing."""

    text: str
    province: Slot | None = None
    city: Slot | None = None
    district: Slot | None = None
    street: Slot | None = None
    """街道, 镇, 乡."""
    community: Slot | None = None
    """社区, 村."""
    hamlet: Slot | None = None
    """自然村: a name between the village and its group."""
    group: Slot | None = None
    """Number of the 村民组 or 队."""
    road: Slot | None = None
    road_no: Slot | None = None
    """Number of the house on its road."""
    sub_no: Slot | None = None
    """3 of 12号附3."""
    estate: Slot | None = None
    """小区, 大院, 大厦 or the name of a unit or shop."""
    building: Slot | None = None
    unit: Slot | None = None
    floor: Slot | None = None
    room: Slot | None = None
    house_no: Slot | None = None
    """Number of a house in a village or community, where no road is named."""


SLOTS = tuple(field.name for field in fields(Parsed))[1:]
"""Names of the levels, wide to narrow as `Parsed` has them."""


def parse(text: str, breaks: Collection[int] = ()) -> Parsed:
    """Take a folded text apart.

    Parameters
    ----------
    text : str
    breaks : collection of int, optional
        See `gridgeo.locate.address.normalise.Clean`.

    Examples
    --------
    >>> parsed = parse("漯河市源汇区马路街街道友爱街社区人民东路12号院3号楼2单元501")
    >>> parsed.community.value, parsed.road.value, parsed.road_no, parsed.room.value
    ('友爱街社区', '人民东路', Slot(value='12', start=20, end=24), '501')
    """
    return _parsed(text, *read_areas(text), breaks=breaks)[0]


def slots(text: str) -> dict[str, str]:
    """Normalise and parse a text, for lists and evaluations.

    Parameters
    ----------
    text : str
        As somebody wrote it.

    Returns
    -------
    dict of str to str
        Name of the level → value; what is not there is missing. The number of a house that stands on no named road
        counts as its building, as in the labels of CCKS 2021; a floor keeps its writing (B1层).
    """
    clean = normalise(text)
    parsed = parse(clean.text, clean.breaks)
    found = {name: slot.value for name in SLOTS if (slot := getattr(parsed, name))}
    if parsed.house_no and "building" not in found:
        found["building"] = parsed.house_no.value
    if parsed.floor:
        found["floor"] = parsed.text[parsed.floor.start : parsed.floor.end]
    return found


def _parsed(text: str, areas: dict[str, Slot], start: int, *, breaks: Collection[int] = ()) -> tuple[Parsed, bool]:
    """Return a text parsed behind its areas, and whether numbers of the same lengths would be read alike."""
    found = dict(areas)
    rural = _is_rural(found)
    in_village = rural or "community" in found
    tail = read_tail(text, start, in_village=in_village, rural=rural, lanes=_is_shanghai(found), breaks=breaks)
    found |= tail.slots
    name_gaps(text, tail.gaps, found)
    return Parsed(text, **found), not tail.by_value


def _is_shanghai(found: dict[str, Slot]) -> bool:
    """Return whether a lane is numbered like a house on its road."""
    return any(found[level].value.startswith(SHANGHAI) for level in ("province", "city", "district") if level in found)


def _is_rural(found: dict[str, Slot]) -> bool:
    """Return whether numbers that follow no road are a village's: in one, or in a 镇 or 乡 of which it is a part."""
    if "community" in found:
        return not found["community"].value.endswith(("社区", "居委会", "居委", "居民委员会"))
    return "street" in found and not found["street"].value.endswith(("街道", "办事处"))


_HEAD = re.compile("([^0-9A-Z]*)([0-9A-Z]*)(.?.?)", re.DOTALL)
"""What areas depend on: all before the first number, and the unit word after it."""
_SAME_LENGTH = str.maketrans("123456789", "000000000")
Kept = TypeVar("Kept")
Piece = tuple[int, int, int, int, int]
"""Place in `SLOTS`, value from and to, slot from and to; counted from the first number, or fixed before it."""
MOST_KEPT = 40_000
"""Texts, and beginnings of texts, whose reading is kept for the next one that is alike. Measured: a kilobyte each. A
city of 400,000 rows has 32,000 that differ; all 167,000 of one of two million took 200 MB to save a second of 30."""


class Parser:
    """Takes whole libraries apart, whose rows mostly share all but their numbers.

    Parameters
    ----------
    divisions : mapping of str to sequence of str, or a sequence of such
        Known names per level: "city", "district", "street", "community". They and their short forms (without 市, 区,
        县, 街道, 镇, 乡, 社区, 村, 居委会, 村委会 where two characters stay) are recognised before any suffix.

    Notes
    -----
    Rows that are equal up to their digits are read once: which slot a number fills depends on its length and not on
    its value, but for the few texts of which `gridgeo.locate.address.tail` says otherwise.
    """

    def __init__(self, divisions: Sequence[Mapping[str, Sequence[str]]] | Mapping[str, Sequence[str]] = ()) -> None:
        self._known = KnownNames(divisions)
        self._shapes: dict[str, tuple[Piece, ...] | None] = {}
        self._heads: dict[str, tuple[dict[str, Slot], int]] = {}

    def parse(self, text: str, breaks: Collection[int] = ()) -> Parsed:
        """Take a folded text apart; see `parse`."""
        apart = any(0 < at < len(text) and text[at - 1].isascii() for at in breaks)
        pieces = None if apart else self.pieces(text)
        if pieces is None:
            return _parsed(text, *self._areas(text), breaks=breaks)[0]
        found = {SLOTS[place]: Slot(text[a:b], start, end) for place, a, b, start, end in pieces}
        return Parsed(text, **found)

    def columns(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """Take many folded texts apart.

        Parameters
        ----------
        texts : sequence of str, (n,)

        Returns
        -------
        dict of str to list of str
            Name of every level → n values, "" where a text says nothing.
        """
        columns = {name: [""] * len(texts) for name in SLOTS}
        by_place = list(columns.values())
        for row, text in enumerate(texts):
            pieces = self.pieces(text)
            if pieces is None:
                parsed = _parsed(text, *self._areas(text))[0]
                for name, column in columns.items():
                    slot: Slot | None = getattr(parsed, name)
                    column[row] = slot.value if slot else ""
                continue
            for place, a, b, _, _ in pieces:
                by_place[place][row] = text[a:b]
        return columns

    def _areas(self, text: str) -> tuple[dict[str, Slot], int]:
        """Return the areas of a text and where they end; read once for all texts that begin alike."""
        head, _, after = _HEAD.match(text).groups()  # type: ignore[union-attr]
        key = f"{head}0{after}"
        areas = self._heads.get(key)
        if areas is None:
            areas = read_areas(text, self._known)
            if areas[1] <= len(head):  # else it is a known name with a number in it
                _keep(self._heads, key, areas)
        return areas

    def pieces(self, text: str) -> tuple[Piece, ...] | None:
        """Return where the values of a text stand, and of all texts that differ from it by digits alone.

        None if the values are no pieces of the text, or if other digits would be read otherwise.
        """
        shape = text.translate(_SAME_LENGTH)
        with suppress(KeyError):
            return self._shapes[shape]
        parsed, alike = _parsed(text, *self._areas(text))
        pieces: list[Piece] | None = [] if alike else None
        for place, name in enumerate(SLOTS):
            slot: Slot | None = getattr(parsed, name)
            if slot is None or pieces is None:
                continue
            at = text.find(slot.value, slot.start, slot.end)
            pieces = None if at < 0 else [*pieces, (place, at, at + len(slot.value), slot.start, slot.end)]
        return _keep(self._shapes, shape, tuple(pieces) if pieces is not None else None)


def _keep(kept: dict[str, Kept], key: str, value: Kept) -> Kept:
    """Keep what was read of a text and return it; all is forgotten when it has become too much."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value
