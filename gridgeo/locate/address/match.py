"""A text → the stems that explain it, each with what fits and what does not.

In: a parsed text, a `Library`, the grid of every row. Out: `Match`es, the best first. Names are spotted, every stem of the
library is scored by them, the best are scored exactly. Before: `gridgeo.locate.address.parse`; next: ``answer``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Lexicon, Spots
from gridgeo.locate.address.library import LEVELS, Library, leading_number
from gridgeo.locate.address.parse import SLOTS, Parsed, Slot
from gridgeo.locate.address.score import rough, settle

__all__ = ["Asked", "Match", "Matcher", "Road", "Spot"]

WEIGHTS = np.array([0.3, 0.5, 0.4, 0.8, 0.8, 1.0, 1.0, 1.0], np.float32)
"""What a character explains by its name's `Level`: those of villages, roads, estates and places tell most. Chosen."""
LONGEST = np.array([4, 4, 4, 5, 6, 8, 10, 12], np.int32)
"""Characters of a name that count, by its `Level`. Chosen."""
EDIT = 2.0
"""What an edit costs, in characters explained. Chosen."""
DEMOTED = 3.0
"""What a spoilt name, or one that is a part of another, loses where that other one stands as it is. Chosen: as much as a
house number that agrees, so that a number which is missing on a road is not looked for on another one."""
HINTED = 0.5
"""What a name in brackets tells, beside one in the text. Chosen."""
WITHIN = 6.0
"""Stems that the first score puts this far behind the best are not looked at. Chosen."""
MOST = 300
"""Stems that are scored exactly. Measured: with 1,000 no answer changes."""
MOST_GRIDS = 16
KEPT = 40
"""Matches that are returned."""
COLUMN = {int(level): place for place, level in enumerate(LEVELS.values())}
"""Level → column of a stem."""
STRONG = 0.2
"""Cost up to which a name is taken to stand in the text beyond doubt."""

Ints = NDArray[np.int32]


class Spot(NamedTuple):
    """A name in the text."""

    level: Level
    name: str
    begin: int
    end: int
    cost: float
    """Of the spelling."""
    form_cost: float


@dataclass(frozen=True, slots=True)
class Match:
    """A stem, and the rows of it that the text asks for."""

    stem: int
    score: float
    spots: tuple[Spot, ...]
    number: int
    """See `gridgeo.locate.address.score`."""
    asked: int
    """Parts of building, unit, room or house that the text names."""
    found: int
    row: int
    rows: int
    """How many rows answer."""
    grids: tuple[int, ...]
    """Their grids, that of `row` first."""
    explained: float
    """By names."""
    against: tuple[tuple[int, int], ...] = ()
    """Where the text names a district, street or community that the stem is not in."""


class Road(NamedTuple):
    """The addresses on a road."""

    stems: NDArray[np.int64]
    points: NDArray[np.float64]
    """(n, 2)"""
    odd: NDArray[np.bool_]
    """Which side of the road they are on."""


class Strong(NamedTuple):
    """Districts, streets and communities that stand in a text beyond doubt."""

    level: Ints
    """Place in a stem."""
    mask: NDArray[np.uint64]
    name: Ints
    begin: Ints
    end: Ints


class Asked(NamedTuple):
    """The numbers of a text as words of the library."""

    words: Ints
    tail: Ints


class Matcher:
    """A library whose rows have grids, ready for questions."""

    def __init__(self, library: Library, row_grid: Ints) -> None:
        self.library, self.row_grid = library, row_grid
        self._word = {word: at for at, word in enumerate(library.words)}
        self.name_stems, self.name_begins = _postings(library)

    def match(self, parsed: Parsed, hints: str = "") -> tuple[list[Match], Spots]:
        """Return the stems that explain a text best, the best first, and all its spots.

        Parameters
        ----------
        parsed : Parsed
        hints : str, optional
            What stood in brackets: names in it tell half as much.
        """
        found = self.library.lexicon.spots(parsed.text + hints)
        gains = self._gains(found)
        gains[found.begin >= len(parsed.text)] *= HINTED
        keep = gains > 0
        found, gains = Spots(*(part[keep] for part in found)), gains[keep]
        if not len(gains):
            return [], found
        order = np.lexsort((-gains, found.name))
        found, gains = Spots(*(part[order] for part in found)), gains[order]
        asked = self._asked(parsed, found, gains)
        stems = self._likely(found, gains, asked)
        return self._settled(stems, found, gains, asked), found

    def road(self, name: int) -> Road:
        """Return the addresses on a road."""
        library = self.library
        stems = np.flatnonzero(library.stem_names[:, 4] == name)
        first = library.stem_begins[stems]
        points = np.column_stack([library.x[first], library.y[first]])
        return Road(stems, points, library.stem_number[stems] % 2 == 1)

    def apart_m(self, name: int, x: float, y: float) -> float:
        """Return how far the nearest address with a name is from a point, in metres."""
        library = self.library
        level = int(library.lexicon.level[name])
        stems = np.flatnonzero(library.stem_names[:, COLUMN[level]] == name)
        first = library.stem_begins[stems]
        return float(np.hypot(library.x[first] - x, library.y[first] - y).min(initial=np.inf))

    def _gains(self, spots: Spots) -> NDArray[np.float32]:
        """Return what each spot explains."""
        level = self.library.lexicon.level[spots.name]
        size = np.minimum(np.maximum(spots.size, spots.end - spots.begin), LONGEST[level]).astype(np.float32)
        gains = WEIGHTS[level] * size - EDIT * (spots.cost + spots.form_cost)
        whole = (spots.cost == 0) & (spots.form_cost == 0) & (spots.end - spots.begin >= 3)
        for at in np.flatnonzero(whole):
            begin, end = spots.begin[at], spots.end[at]
            rival = (level == level[at]) & (spots.begin < end) & (spots.end > begin) & (spots.name != spots.name[at])
            shorter = spots.end - spots.begin < end - begin
            spoilt = (spots.cost > 0) & (spots.end - spots.begin <= end - begin)
            gains[rival & (shorter | spoilt)] -= DEMOTED
            gains[spoilt & (level != level[at]) & (spots.begin >= begin) & (spots.end <= end)] -= DEMOTED / 2
        return gains

    def _asked(self, parsed: Parsed, spots: Spots, gains: NDArray[np.float32]) -> Asked:
        """Return the text's numbers."""
        number = parsed.road_no or (None if parsed.road is None and parsed.group else parsed.house_no)
        house = parsed.house_no or (parsed.road_no if parsed.road is None else None)
        building, group = parsed.building, parsed.group
        if group is None and parsed.road is None and parsed.community is not None and house is not None:
            group, house = _group_and_house(house)
        if parsed.group is not None and house is None:
            house = _bare(parsed, parsed.group.end)
        if number is None and group is None:
            number = _after_road(parsed, self.library.lexicon, spots, gains)
            if number is not None and building is not None and number.start == building.start:
                building = None
        word = self._word_of
        room = self._room(parsed)
        value = leading_number(number.value) if number else 0
        whole = word(number)
        lane = _HOUSE_ROOM.match(number.value) if number is not None and whole == -2 and room == -1 else None
        if lane is not None:  # 18-602 is the room 602 of number 18, where no house has that number
            whole, room = self._word.get(lane[1], -2), self._word.get(lane[2], -2)
        maybe = number is not None and building is None
        storey = parsed.floor if building is None else None
        words = [whole, word(parsed.sub_no), word(group), value, number.start if number else -1, maybe]
        words += [word(storey), building is not None]
        floor = None if parsed.room else parsed.floor
        tail = [word(building), word(parsed.unit), word(floor), room, word(house)]
        return Asked(np.array(words, np.int32), np.array(tail, np.int32))

    def _room(self, parsed: Parsed) -> int:
        """Return the word of a room: 5楼04 is the room 504."""
        if parsed.floor is not None and parsed.room is not None and len(parsed.room.value) <= 2:
            whole = self._word.get(parsed.floor.value + parsed.room.value.zfill(2))
            if whole is not None:
                return whole
        return self._word_of(parsed.room)

    def _word_of(self, slot: Slot | None) -> int:
        """Return a slot's word: -1 for no slot, -2 for a word that no row has."""
        return -1 if slot is None else self._word.get(slot.value, -2)

    def _likely(self, spots: Spots, gains: NDArray[np.float32], asked: Asked) -> Ints:
        """Return the stems that the first score puts near the best."""
        library = self.library
        best = np.zeros(len(library.lexicon.names) + 1, np.float32)
        np.maximum.at(best, spots.name, gains)
        touched = np.unique(spots.name)
        wanted = self.name_begins[touched + 1] - self.name_begins[touched]
        stems, scores = np.empty(int(wanted.sum()), np.int32), np.empty(int(wanted.sum()), np.float32)
        many = rough(
            touched, best, self.name_stems, self.name_begins, library.stem_names, library.stem_words,
            library.stem_number, asked.words, stems, scores,
        )  # fmt: skip
        stems, scores = stems[:many], scores[:many]
        if not many or scores.max() <= 0:
            return np.empty(0, np.int32)
        likely = scores >= max(float(scores.max()) - WITHIN, 0.05)
        stems, scores = stems[likely], scores[likely]
        if len(stems) > MOST:
            stems = stems[np.argpartition(-scores, MOST)[:MOST]]
        return np.sort(stems)

    def _settled(self, stems: Ints, spots: Spots, gains: NDArray[np.float32], asked: Asked) -> list[Match]:
        """Score stems exactly."""
        library, many = self.library, len(stems)
        names, first = np.unique(spots.name, return_index=True)
        ranges = np.zeros((len(library.lexicon.names) + 1, 2), np.int32)
        ranges[names, 0], ranges[names, 1] = first, np.append(first[1:], len(spots.name))
        masks = _masks(spots.begin, spots.end)
        strong = self._strong(spots, masks)
        out, chosen = np.zeros((many, 8)), np.full((many, 7), -1, np.int32)
        grids = np.full((many, MOST_GRIDS), -2, np.int32)
        settle(
            stems, library.stem_names, library.stem_words, library.stem_number, library.stem_begins, library.row_words,
            self.row_grid, ranges, masks, spots.begin, spots.end, gains, *strong[:3], asked.words, asked.tail, out, chosen, grids,
        )  # fmt: skip
        order = np.argsort(-out[:, 0], kind="stable")[:KEPT]
        plain = _plain(spots, self.library.lexicon)
        matches = [self._match(int(stems[at]), out[at], chosen[at], grids[at], plain) for at in order]
        if matches:
            matches[0] = replace(matches[0], against=self._against(matches[0], strong))
        return matches

    def _strong(self, spots: Spots, masks: NDArray[np.uint64]) -> Strong:
        """Return the districts, streets and communities that stand in the text beyond doubt."""
        level = self.library.lexicon.level[spots.name]
        sure = (spots.cost + spots.form_cost <= STRONG) & (level >= Level.AREA) & (level <= Level.COMMUNITY)
        sure &= ((level != Level.COMMUNITY) | (spots.form_cost == 0)) & (spots.end - spots.begin > 2)
        sure[np.append(False, spots.name[1:] == spots.name[:-1])] = False  # once is enough
        return Strong(
            (level[sure] - Level.AREA).astype(np.int32),
            masks[sure],
            spots.name[sure],
            spots.begin[sure],
            spots.end[sure],
        )

    def _match(self, stem: int, out: NDArray[np.float64], chosen: Ints, grids: Ints, spots: list[Spot | None]) -> Match:
        """Put a match together."""
        picked = tuple(spot for k in chosen.tolist() if k >= 0 and (spot := spots[k]) is not None)
        own = tuple(grid for grid in grids.tolist() if grid >= -1)
        score, state, asked, found, row, rows, explained, _ = out.tolist()
        return Match(stem, score, picked, int(state), int(asked), int(found), int(row), int(rows), own, explained)

    def _against(self, match: Match, strong: Strong) -> tuple[tuple[int, int], ...]:
        """Return where the text names what the stem is not in."""
        names, said = self.library.stem_names[match.stem].tolist(), {int(spot.level) for spot in match.spots}
        found = []
        for level, _, name, begin, end in zip(*(part.tolist() for part in strong), strict=True):
            free = all(spot.end <= begin or spot.begin >= end for spot in match.spots)
            if names[level] not in (name, -1) and level + int(Level.AREA) not in said and free:
                found.append((begin, end))
        return tuple(found)


def _plain(spots: Spots, lexicon: Lexicon) -> list[Spot | None]:
    """Return spots as plain values."""
    names, levels = lexicon.names, lexicon.level[spots.name].tolist()
    columns = (part.tolist() for part in (spots.name, spots.begin, spots.end, spots.cost, spots.form_cost))
    return [
        Spot(Level(level), names[name], begin, end, cost, form_cost)
        for level, name, begin, end, cost, form_cost in zip(levels, *columns, strict=True)
    ]


def _postings(library: Library) -> tuple[Ints, Ints]:
    """Return the stems of every name, one name after another, and where each name's begin."""
    narrow = library.stem_names[:, COLUMN[int(Level.COMMUNITY)] :]
    stem, place = np.nonzero(narrow >= 0)
    name = narrow[stem, place]
    order = np.argsort(name, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(name, minlength=len(library.lexicon.names)))])
    return stem[order].astype(np.int32), begins.astype(np.int32)


_BARE = re.compile("[0-9]{1,4}(?![0-9A-Z-])(?:号(?!楼)|院(?!子))?(?![栋幢楼座]|单元)")
_HOUSE_ROOM = re.compile("([0-9]{1,4})-([0-9]{3,4})$")


def _bare(parsed: Parsed, at: int) -> Slot | None:
    """Return a number without a unit word that stands at a place of the text and fills no slot."""
    said = _BARE.match(parsed.text, at)
    if said is None:
        return None
    for name in SLOTS[SLOTS.index("group") :]:
        slot = getattr(parsed, name)
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
    for at in roads[np.argsort(-gains[roads], kind="stable")][:4]:
        found = _bare(parsed, int(spots.end[at]))
        if found is not None:
            return found
    return None


def _masks(begin: Ints, end: Ints) -> NDArray[np.uint64]:
    """Return the bits of the characters from begin to end."""
    one = np.uint64(1)
    upper = np.where(end >= 64, np.uint64(0xFFFFFFFFFFFFFFFF), (one << np.minimum(end, 63).astype(np.uint64)) - one)
    return upper & ~((one << begin.astype(np.uint64)) - one)
