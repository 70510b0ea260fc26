"""What somebody may be typing: places, roads with their numbers, estates with their buildings, grids by name and code.

In: an `AddressBook` and the layer's names. Out: a `Suggester`; asked with the beginning of a text, in characters, in
pinyin or by its initials, it returns `Suggestion`s, the best first, with the grid where there is only one. Names are
kept as lines of one long text, those with the most rows first, so that the first hits of a search are the best ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from weakref import WeakKeyDictionary

from gridgeo.locate.address.book import LONGEST_TEXT, AddressBook
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.address.suggest_codes import CodeList
from gridgeo.locate.address.suggest_names import AREAS, Entry, NameList, entries_of
from gridgeo.locate.address.suggest_tails import tails, within
from gridgeo.locate.grid_names import Named

__all__ = ["SHORTEST", "Suggester", "Suggestion", "suggest"]

SHORTEST = 2
"""Characters from which anything is suggested."""
MOST = 50
"""Suggestions at a time."""
LOOKED_AT = 40
"""Names of which it is looked up whether they lie in a district that was typed. Chosen: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that a text may go on as."""

    text: str
    kind: str
    """code, grid, community, district, street, village, road, estate, place, number, group, building, unit or room."""
    code: str | None
    """Of the grid, where all of it lies in one."""
    grids: int
    """In how many grids it lies."""
    place_id: str | None
    """Of the row of the library, where it is one."""
    rows: int = 0


class Suggester:
    """What can be typed into the one box.

    Parameters
    ----------
    book : AddressBook or None
    codes : iterable of str, optional
        Of the grids; by default those of the book.
    names : iterable of Named, optional
        Communities and grids of the layer.
    """

    def __init__(self, book: AddressBook | None, codes: Iterable[str] = (), names: Iterable[Named] = ()) -> None:
        self.book = book
        own = [str(code) for code in codes] or ([str(code) for code in book.index.codes] if book else [])
        self._codes = CodeList(own)
        self._city = () if book is None else book.library.city
        places = [] if book is None else list(entries_of(book))
        rows = {one.text: one.rows for one in places if one.kind == "community"}
        layer = [
            Entry(one.name, one.kind, one.codes[0] if len(one.codes) == 1 else None, len(one.codes), None,
                  rows.get(fold(one.name), 0) if one.kind == "community" else 0)
            for one in names
        ]  # fmt: skip
        said = {fold(one.text) for one in layer if one.kind == "community"}
        self._names = NameList([one for one in places if one.kind != "community" or one.text not in said] + layer)
        self._areas = NameList([one for one in places if one.kind in AREAS])

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Return what a text may go on as, the best first.

        Parameters
        ----------
        text : str
            The beginning of an address, a name, a code; of two characters or more.
        limit : int, optional
            How many, 50 at most.

        Notes
        -----
        What begins as the text does goes first, then what holds it, then what sounds so, then what is spelled nearly
        so; within each, what has most rows. Equal ones are in the order of their texts.
        """
        limit = max(0, min(limit, MOST))
        typed = fold(text[:LONGEST_TEXT]).lstrip()
        if len(typed) < SHORTEST or not limit:
            return []
        found: dict[tuple[str, str], Suggestion] = {}
        for one in self._all(typed, limit):
            found.setdefault((one.text, one.code or ""), one)
            if len(found) >= limit:
                break
        return list(found.values())

    def _all(self, typed: str, limit: int) -> Iterator[Suggestion]:
        """Yield suggestions in their order, more than are needed."""
        for code in self._codes.begin_so(typed, limit):
            yield Suggestion(code, "code", code, 1, None)
        city = next((name for name in self._city if typed.startswith(name) and len(typed) > len(name)), "")
        head, rest, inside = self._areas.without_areas(typed[len(city) :], self._names)
        head = city + head
        for entry in self._behind(rest, limit, inside):
            yield _suggestion(head, entry)
        if head:
            for entry in self._names.complete(typed, limit):
                yield _suggestion("", entry)
        if self.book is not None:
            for entry in self._names.nearly(self.book.library.lexicon, rest, limit):
                yield _suggestion(head, entry)

    def _behind(self, rest: str, limit: int, inside: list[Entry]) -> Iterator[Entry]:
        """Yield what goes on behind the districts, streets and communities of a text, and lies in them."""
        if self.book is not None:
            yield from tails(self.book, self._names, rest, limit, inside)
        if not inside or self.book is None:
            yield from self._names.complete(rest, limit)
            return
        found = self._names.complete(rest, LOOKED_AT)
        yield from (own for one in islice(found, LOOKED_AT) if (own := within(self.book, one, inside)) is not None)


def _suggestion(head: str, entry: Entry) -> Suggestion:
    """Return an entry behind what was typed before it."""
    return Suggestion(head + entry.text, entry.kind, entry.code, entry.grids, entry.place_id, entry.rows)


_OF_BOOK: WeakKeyDictionary[AddressBook, Suggester] = WeakKeyDictionary()


def suggest(book: AddressBook, text: str, limit: int = 8) -> list[Suggestion]:
    """Return what the beginning of a text may go on as, see `Suggester.suggest`; what it needs is made once a book."""
    found = _OF_BOOK.get(book)
    if found is None:
        found = _OF_BOOK[book] = Suggester(book)
    return found.suggest(text, limit)
