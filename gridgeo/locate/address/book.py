"""The address book of one version of the layer: asked with a text, it answers with a grid.

In: a `Library` and the index of the layer's grids. Out: an `AddressBook`, made once and asked often. Rows get their
grids here, by location and never by their text: a new version of the layer needs no new library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.answer import Answer, Candidate, answer
from gridgeo.locate.address.between import between
from gridgeo.locate.address.division_table import all_divisions, short_forms
from gridgeo.locate.address.divisions import Own, begins_elsewhere, elsewhere, own_of
from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.homes import homed
from gridgeo.locate.address.library import Library
from gridgeo.locate.address.match import Matcher
from gridgeo.locate.address.net import Net, make_net
from gridgeo.locate.address.normalise import Clean, normalise
from gridgeo.locate.address.order import wide_first
from gridgeo.locate.address.parse import Parser
from gridgeo.locate.address.repeated import said_once
from gridgeo.locate.index import GridIndex

__all__ = ["LONGEST_TEXT", "AddressBook"]

LONGEST_TEXT = 500
"""Characters of a question. Chosen: the longest of 9,935 addresses that people wrote has under 200."""

NEAR, ALIKE = 0.35, 0.7
"""Cosine of pairs of characters from which an address is shown beside an unknown text, and from which the text is
taken to mean one of those shown. Chosen."""
MOST_NEAR = 5

_CIRCLE = np.array([0.0, *([0.5] * 12), *([1.0] * 16)])
_TURNS = np.concatenate([[0.0], np.linspace(0, 2 * np.pi, 13)[:-1], np.linspace(0, 2 * np.pi, 17)[:-1]])
"""Points at which ground around a place is looked at: itself and two circles."""


class AddressBook:
    """A library whose rows lie in grids.

    Parameters
    ----------
    library : Library
        In the CRS of the grids.
    index : GridIndex
    homes : mapping of str to str, optional
        Code of a grid → name of its community.
    """

    def __init__(self, library: Library, index: GridIndex, homes: Mapping[str, str] | None = None) -> None:
        grids = index.covering(library.x, library.y)[0].astype(np.int32)
        if homes:
            library = homed(library, grids, [homes.get(str(code), "") for code in index.codes])
        self.library, self.index = library, index
        self.matcher = Matcher(library, grids)
        names: dict[Level, list[str]] = {}
        for level, name in zip(library.lexicon.level.tolist(), library.lexicon.names, strict=True):
            names.setdefault(Level(level), []).append(name)
        areas = names.get(Level.AREA, [])
        given = (*library.province, *library.city, *areas)
        self.own: Own = own_of(given, (name for level in PLACES for name in names.get(level, ())))
        # 大同 is a street of this city before it is another city; 大同市 is not
        streets = [(level, name) for level in (Level.STREET, Level.COMMUNITY) for name in names.get(level, ())]
        short = {form for level, name in streets for form, cost in forms(level, name) if cost <= 2 * SAID}
        self.own = self.own._replace(names=self.own.names | short)
        known = {"province": library.province, "city": library.city, "district": areas}
        known |= {"street": names.get(Level.STREET, []), "community": names.get(Level.COMMUNITY, [])}
        self._parser = Parser(known)
        wide = [name for name in self.own.names if name.endswith(("省", "自治区"))]
        wide += [] if library.city else _prefecture(self.own)
        said = {form for name in (*library.city, *library.province, *wide) for form in (name, *(short_forms(name)))}
        self._grid_of = {str(code): row for row, code in enumerate(index.codes)} if library.told_grid else {}
        self._said = tuple(sorted(said, key=lambda form: (-len(form), form)))

    def __len__(self) -> int:
        return len(self.library)

    def ask(self, text: str) -> Answer:
        """Answer a text as somebody wrote or said it.

        Parameters
        ----------
        text : str
            Of any length and content.
        """
        if len(text) > LONGEST_TEXT:
            return _no("too_long", f"文字有 {len(text):,} 个字符，超过 {LONGEST_TEXT} 个；请只输入地址")
        clean = normalise(text)
        kinds = {kind for kind, _ in clean.dropped}
        told = between(text, self._one, self.around) or self._ask(clean, kinds)
        if "person_id" in kinds and clean.text:
            told = replace(told, faults=(*told.faults, ("person_id", "文字里的身份证号码已略去，未被保存")))
        return told

    def _one(self, text: str) -> Answer:
        """Answer the name of one place."""
        clean = normalise(text)
        return self._ask(clean, {kind for kind, _ in clean.dropped})

    def _ask(self, clean: Clean, kinds: set[str]) -> Answer:
        """Answer a normalised text, from which some kinds of things were taken out."""
        if not clean.text:
            if "person_id" in kinds:
                return _no("person_id", "这是身份证号码，不是地址；号码未被保存")
            if "phone" in kinds:
                return _no("phone", "这是电话号码，不是地址")
            return _no("empty", "没有可以查询的文字")
        if len(clean.text) < 2:
            return _no("too_short", "只有一个字，请至少输入地名或路名加门牌号")
        told = self._told(clean.text)
        if told is not None:
            return told
        foreign = elsewhere(clean.text, self.own)
        if foreign is not None:
            return replace(_no("elsewhere", f"地址写明“{foreign.text}”，不在本市"), status="outside")
        clean = wide_first(said_once(clean))
        parsed = self._parser.parse(clean.text, clean.breaks)
        told = self._doubted(clean.text, answer(clean, parsed, self.matcher, self, self._said))
        return self._caught(told, clean.text) if told.status == "unknown" else told

    def _doubted(self, text: str, told: Answer) -> Answer:
        """Return an answer that is not sure where the text begins like an address of another city."""
        if told.status != "sure" or told.best is None or not told.best.spots:
            return told
        other = begins_elsewhere(text, self.own)
        if other is None or any(spot.begin < other.end for spot in told.best.spots):
            return told
        fault = ("elsewhere", f"文字以“{other.text}”开头，可能不在本市，请核对")
        return replace(told, status="ambiguous", faults=(*told.faults, fault))

    @cached_property
    def net(self) -> Net:
        """The safety net for texts that no rule explains; made when the first of them comes."""
        return make_net(self.library)

    def _caught(self, told: Answer, text: str) -> Answer:
        """Add to an answer that knows nothing what is written most like the text."""
        near = [(stem, alike) for stem, alike in self.net.near(text, MOST_NEAR) if alike >= NEAR]
        if not near:
            return told
        library, grids = self.library, self.matcher.row_grid
        rows = [(int(library.stem_begins[stem]), alike) for stem, alike in near]
        listed = tuple(
            Candidate(int(grids[row]), row, float(library.x[row]), float(library.y[row]), alike) for row, alike in rows
        )
        fault = ("nearest", "以下是写法最接近的地址，请核对")
        status = "ambiguous" if near[0][1] >= ALIKE else "unknown"
        return replace(told, status=status, best=listed[0], candidates=listed, faults=(*told.faults, fault))

    def _told(self, text: str) -> Answer | None:
        """Return what somebody said that a text means."""
        fault = ("confirmed", "此前已有人确认这段文字所指的地点")
        row = self.library.told.get(text)
        if row is not None:
            grid = int(self.matcher.row_grid[row])
            one = Candidate(grid, row, float(self.library.x[row]), float(self.library.y[row]), 0.0)
            return Answer("sure" if grid >= 0 else "outside", one, float(grid >= 0), (fault,), (one,))
        grid = self._grid_of.get(self.library.told_grid.get(text, ""), -1)
        if grid < 0:
            return None  # the code is retired: the text is looked up as any other
        one = Candidate(grid, -1, np.nan, np.nan, 0.0)
        return Answer("sure", one, 1.0, (fault,), (one,))

    def around(self, x: float, y: float, within_m: float) -> list[int]:
        """Return the grids that lie within metres of a point, its own first; -1 is ground of no grid.

        Parameters
        ----------
        x, y : float
            In the city's CRS.
        within_m : float
            0: only the grid of the point itself. Ground is looked at on two circles, at half and at all of it.
        """
        some = slice(0, 1) if within_m <= 0 else slice(None)
        reach_m: NDArray[np.float64] = within_m * _CIRCLE[some]
        rows, _ = self.index.covering(x + reach_m * np.cos(_TURNS[some]), y + reach_m * np.sin(_TURNS[some]))
        own, *others = dict.fromkeys(rows.tolist())
        return [int(own), *(int(other) for other in others if other >= 0)]

    def grids_at(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the grid of each of some points in the city's CRS, (n, 2); -1 is ground of no grid."""
        return self.index.covering(points[:, 0], points[:, 1])[0].astype(np.int64)


def _prefecture(own: Own) -> list[str]:
    """Return the name of the prefecture in which all of a library's divisions lie, if its rows do not say it."""
    codes = [code for code in own.codes if len(code) == PREFECTURE_DIGITS]
    return [all_divisions()[code].name for code in codes] if len(codes) == 1 else []


PREFECTURE_DIGITS = 4
"""Of GB/T 2260."""
PLACES = (Level.STREET, Level.COMMUNITY, Level.HAMLET, Level.ROAD, Level.ESTATE, Level.PLACE)


def _no(kind: str, sentence: str) -> Answer:
    """Return that nothing is known, and why."""
    return Answer("unknown", faults=((kind, sentence),))
