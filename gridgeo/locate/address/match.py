"""A text → the stems that explain it, each with what fits and what does not.

In: a parsed text, a `Library`, the grid of every row. Out: `Match`es, the best first. Names are spotted, every stem
that one of them speaks for is scored (``score``), the best are scored exactly (``settle``). Before:
`gridgeo.locate.address.parse`; next: `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.asked import Asked, ask_for
from gridgeo.locate.address.division_table import short_forms
from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import Lexicon, Spots
from gridgeo.locate.address.library import LEVELS, Library
from gridgeo.locate.address.parse import Parsed
from gridgeo.locate.address.score import AREA, STREET, rough
from gridgeo.locate.address.settle import settle

__all__ = ["Match", "Matcher", "Road", "Spot"]

WEIGHTS = np.array([0.3, 0.5, 0.4, 0.8, 0.8, 1.0, 1.0, 1.0], np.float32)
"""What a character explains by its name's `Level`: those of villages, roads, estates and places tell most. Chosen."""
LONGEST = np.array([4, 3, 4, 5, 6, 8, 10, 12], np.int32)
"""Characters of a name that count, by its `Level`. Chosen."""
EDIT = 2.0
"""What an edit costs, in characters explained. Chosen."""
DEMOTED = 3.0
"""What a spoilt name, or one that is a part of another, loses where that other one stands as it is. Chosen: as much as
a house number that agrees, so that a number which is missing on a road is not looked for on another one."""
NAMESAKE = 1.0
"""What an area loses whose other form is the name of another one as it is. Chosen: more than is taken for equal."""
HINTED = 0.5
"""What a name in brackets tells, beside one in the text. Chosen."""
WITHIN = 6.0
"""Stems that the first score puts this far behind the best are not looked at. Chosen."""
MOST = 300
"""Stems that are scored exactly. Measured: with 1,000 no answer changes."""
MOST_GRIDS = 16
"""Grids in which rows of one stem answer. Chosen: a list of more helps nobody."""
KEPT = 40
"""Matches that are returned; of the others the best one of every grid. Chosen: what is alike is listed by grid."""
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
    """What the text's number is to that of the stem, see `gridgeo.locate.address.settle.EQUAL`."""
    asked: int
    """Parts of building, unit, room or house that the text names."""
    found: int
    """How many of them are there."""
    rows: tuple[int, ...]
    """One row of every grid in which rows answer, the best first; of the first 16 grids."""
    grids: tuple[int, ...]
    """Their grids, -1: outside all."""
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


class Matcher:
    """A library whose rows have grids, ready for questions.

    Parameters
    ----------
    library : Library
    row_grid : ndarray of int32, (n,)
        Row of the grid index in which every row lies, -1: outside all grids.
    """

    def __init__(self, library: Library, row_grid: Ints) -> None:
        self.library, self.row_grid = library, row_grid
        cities = {*library.city, *(form for name in library.city if name[-1] == "市" for form in short_forms(name))}
        self._cities = re.compile("|".join(map(re.escape, sorted(cities, key=len, reverse=True))) or "(?!)")
        self._word = {word: at for at, word in enumerate(library.words)}
        self.name_stems, self.name_begins = _postings(library)
        self._streets_of = set(zip(*library.stem_names[:, :2].T.tolist(), strict=True))
        self.housed = _housed(library)

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
        if parsed.city is not None:
            # 漯河市荣达公司 shares with 漯河市荣禾公司 what all share: a spoilt name is not the likelier for it
            shared = np.minimum(found.end, parsed.city.end) - np.maximum(found.begin, parsed.city.start)
            spoilt = (self.library.lexicon.level[found.name] == Level.PLACE) & (found.cost > 0) & (shared > 0)
            gains[spoilt] -= WEIGHTS[Level.PLACE] * shared[spoilt]
            cut = (found.begin > parsed.city.start) & (found.begin < parsed.city.end) & (found.end > parsed.city.end)
            gains[cut] -= DEMOTED  # 江南 in 岑江南屏区, where 岑江 is the city
        gains[found.begin >= len(parsed.text)] *= HINTED
        gains[self._of_city(parsed, found)] = 0
        keep = gains > 0
        found, gains = found.taken(keep), gains[keep]
        if not len(gains):
            return [], found
        order = np.lexsort((-gains, found.name))
        found, gains = found.taken(order), gains[order]
        asked = ask_for(parsed, self._word, self.library.lexicon, found, gains)
        stems = self._likely(found, gains, asked)
        return self._settled(stems, found, gains, asked), found

    def road(self, name: int) -> Road:
        """Return the addresses on a road.

        Parameters
        ----------
        name : int
            Place of the road in the lexicon.
        """
        library = self.library
        stems = np.flatnonzero(library.stem_names[:, COLUMN[Level.ROAD]] == name)
        first = library.stem_begins[stems]
        points = np.column_stack([library.x[first], library.y[first]])
        return Road(stems, points, library.stem_number[stems] % 2 == 1)

    def apart_m(self, name: int, x: float, y: float) -> float:
        """Return how far the nearest address with a name is from a point, in metres.

        Parameters
        ----------
        name : int
            Place in the lexicon.
        x, y : float
            In the city's CRS.
        """
        library = self.library
        level = int(library.lexicon.level[name])
        stems = np.flatnonzero(library.stem_names[:, COLUMN[level]] == name)
        first = library.stem_begins[stems]
        return float(np.hypot(library.x[first] - x, library.y[first] - y).min(initial=np.inf))

    def _of_city(self, parsed: Parsed, spots: Spots) -> NDArray[np.bool_]:
        """Return which spots only stand in the name of the city: 塔城 of 塔城地区 and 邵阳 of 邵阳市 are no districts.

        Alone at the beginning, too, 邵阳 is the city as well as 邵阳县; but 塔城 alone is 塔城市, and not 塔城地区.
        """
        formed = spots.form_cost + spots.cost > 0
        area = self.library.lexicon.level[spots.name] == Level.AREA
        spans = [found.span() for found in self._cities.finditer(parsed.text)]
        if parsed.city is not None:
            spans.append((parsed.city.start, parsed.city.end))
        whole = np.zeros(len(formed), np.bool_)
        for begin, end in spans:
            within = (spots.begin >= begin) & (spots.end <= end)
            alone = begin == 0 or (parsed.city is not None and begin == parsed.city.start)
            named = alone and self._cities.fullmatch(parsed.text, begin, end) is not None
            whole |= within & ((spots.end - spots.begin < end - begin) | (area & named))
        return formed & whole

    def _gains(self, spots: Spots) -> NDArray[np.float32]:
        """Return what each spot explains."""
        level = self.library.lexicon.level[spots.name]
        size = np.minimum(np.maximum(spots.size, spots.end - spots.begin), LONGEST[level]).astype(np.float32)
        size[level == Level.AREA] = LONGEST[Level.AREA]  # 温县 tells as much as 解放区
        gains = WEIGHTS[level] * size - EDIT * (spots.cost + spots.form_cost)
        whole = (spots.cost == 0) & (spots.form_cost == 0) & (spots.end - spots.begin >= 3)
        for at in np.flatnonzero(whole):
            begin, end = spots.begin[at], spots.end[at]
            rival = (level == level[at]) & (spots.begin < end) & (spots.end > begin) & (spots.name != spots.name[at])
            shorter = spots.end - spots.begin < end - begin
            spoilt = (spots.cost > 0) & (spots.end - spots.begin <= end - begin)
            gains[rival & (shorter | spoilt)] -= DEMOTED
            if level[at] <= Level.COMMUNITY or level[at] == Level.ESTATE:  # 友爱居委会, where there is 友爱社区, too
                gains[rival & (spots.begin == begin) & (spots.end == end) & (spots.form_cost > 0)] -= NAMESAKE
            within = (level != level[at]) & (spots.begin >= begin) & (spots.end <= end)
            gains[within & (spoilt | (shorter & (spots.form_cost > 0)))] -= DEMOTED / 2
        areas = np.flatnonzero((level == Level.AREA) & (spots.cost == 0))
        for at in areas:  # 岳阳 of 岳阳楼 is not 岳阳县
            begin, end = spots.begin[at], spots.end[at]
            within = (spots.begin[areas] >= begin) & (spots.end[areas] <= end) & (spots.name[areas] != spots.name[at])
            gains[areas[within & (spots.end[areas] - spots.begin[areas] < end - begin)]] -= DEMOTED
        return gains

    def _likely(self, spots: Spots, gains: NDArray[np.float32], asked: Asked) -> Ints:
        """Return the stems that the first score puts near the best."""
        library = self.library
        best = np.zeros(len(library.lexicon.names) + 1, np.float32)
        np.maximum.at(best, spots.name, gains)
        mask = np.zeros(len(best), np.uint64)
        mask[spots.name[::-1]] = _masks(spots.begin, spots.end)[::-1]  # of a name's spots the best one goes first
        touched = np.unique(spots.name)
        wanted = self.name_begins[touched + 1] - self.name_begins[touched]
        stems, scores = np.empty(int(wanted.sum()), np.int32), np.empty(int(wanted.sum()), np.float32)
        many = rough(
            touched, best, mask, self.name_stems, self.name_begins, library.stem_names, library.stem_words,
            library.stem_number, self.housed, asked.words, stems, scores,
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
        out, chosen = np.zeros((many, 5)), np.full((many, 7), -1, np.int32)
        answering = np.full((many, MOST_GRIDS), -1, np.int32)
        settle(
            stems, library.stem_names, library.stem_words, library.stem_number, library.stem_begins, library.row_words,
            self.row_grid, ranges, masks, spots.end, gains, *strong[:3], self._clash(strong), asked.words,
            asked.tail, out, chosen, answering,
        )  # fmt: skip
        order = np.argsort(-out[:, 0], kind="stable")
        _, first = np.unique(self.row_grid[answering[order, 0]], return_index=True)
        order = order[np.union1d(np.arange(min(KEPT, many)), first)]
        plain = _plain(spots, chosen[order], self.library.lexicon)
        matches = [self._match(int(stems[at]), out[at], chosen[at], answering[at], plain) for at in order]
        if matches:
            matches[0] = replace(matches[0], against=self._against(matches[0], strong))
        return matches

    def _strong(self, spots: Spots, masks: NDArray[np.uint64]) -> Strong:
        """Return the districts, streets and communities that stand in the text beyond doubt."""
        level = self.library.lexicon.level[spots.name]
        sure = (spots.cost + spots.form_cost <= STRONG) & (level >= Level.AREA) & (level <= Level.COMMUNITY)
        sure &= (level != Level.COMMUNITY) | (spots.form_cost == 0)
        sure &= (level == Level.AREA) | (spots.end - spots.begin > 2)
        sure[np.append(False, spots.name[1:] == spots.name[:-1])] = False  # once is enough
        return Strong(
            (level[sure] - Level.AREA).astype(np.int32),
            masks[sure],
            spots.name[sure],
            spots.begin[sure],
            spots.end[sure],
        )

    def _clash(self, strong: Strong) -> bool:
        """Tell whether a text names a district and a street that does not lie in it: one of both is wrong."""
        areas, streets = (strong.name[strong.level == level].tolist() for level in (AREA, STREET))
        pairs = [(area, street) for area in areas for street in streets]
        return bool(pairs) and not any(pair in self._streets_of for pair in pairs)

    def _match(
        self, stem: int, out: NDArray[np.float64], chosen: Ints, answering: Ints, spots: dict[int, Spot]
    ) -> Match:
        """Put a match together."""
        picked = tuple(spots[k] for k in chosen.tolist() if k >= 0)
        rows = answering[answering >= 0]
        grids = tuple(self.row_grid[rows].tolist())
        score, state, asked, found, explained = out.tolist()
        return Match(stem, score, picked, int(state), int(asked), int(found), tuple(rows.tolist()), grids, explained)

    def _against(self, match: Match, strong: Strong) -> tuple[tuple[int, int], ...]:
        """Return where the text names what the stem is not in."""
        names, said = self.library.stem_names[match.stem].tolist(), {int(spot.level) for spot in match.spots}
        found = []
        for level, _, name, begin, end in zip(*(part.tolist() for part in strong), strict=True):
            free = all(spot.end <= begin or spot.begin >= end for spot in match.spots)
            if names[level] not in (name, -1) and level + int(Level.AREA) not in said and free:
                found.append((begin, end))
        return tuple(found)


def _plain(spots: Spots, chosen: Ints, lexicon: Lexicon) -> dict[int, Spot]:
    """Return the spots that were chosen as plain values: of hundreds few are."""
    used = np.unique(chosen[chosen >= 0])
    taken = spots.taken(used)
    columns = (part.tolist() for part in (taken.name, taken.begin, taken.end, taken.cost, taken.form_cost))
    names, levels = lexicon.names, lexicon.level[taken.name].tolist()
    return {
        at: Spot(Level(level), names[name], begin, end, cost, form_cost)
        for at, level, name, begin, end, cost, form_cost in zip(used.tolist(), levels, *columns, strict=True)
    }


def _postings(library: Library) -> tuple[Ints, Ints]:
    """Return the stems of every name, one name after another, and where each name's begin."""
    narrow = library.stem_names[:, COLUMN[int(Level.COMMUNITY)] :]
    stem, place = np.nonzero(narrow >= 0)
    name = narrow[stem, place]
    order = np.argsort(name, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(name, minlength=len(library.lexicon.names)))])
    return stem[order].astype(np.int32), begins.astype(np.int32)


def _housed(library: Library) -> NDArray[np.bool_]:
    """Return which stems have rows that name a building."""
    if not len(library.row_words):
        return np.zeros(len(library.stem_names), np.bool_)
    return np.maximum.reduceat(library.row_words[:, 0], library.stem_begins[:-1]) >= 0


def _masks(begin: Ints, end: Ints) -> NDArray[np.uint64]:
    """Return the bits of the characters from begin to end."""
    one = np.uint64(1)
    upper = np.where(end >= 64, np.uint64(0xFFFFFFFFFFFFFFFF), (one << np.minimum(end, 63).astype(np.uint64)) - one)
    return upper & ~((one << begin.astype(np.uint64)) - one)
