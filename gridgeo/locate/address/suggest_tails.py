"""What goes on behind a name: numbers of a road, buildings, units and rooms of an estate, groups of a village.

In: an `AddressBook` and what is typed, 人民东路1 or 泰山小区3号楼2. Out: `Entry`s. Used by
`gridgeo.locate.address.suggest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.library import LEVELS, leading_number, plain_number
from gridgeo.locate.address.suggest_names import KINDS, Entry, NameList

__all__ = ["tails", "within"]

COLUMN = {KINDS[level]: at for at, level in enumerate(LEVELS.values())}
_TAIL = re.compile(
    r"(?P<name>.*?[^0-9])(?:(?P<building>[0-9A-Z]{1,5})(?:号楼|栋|幢|座|#楼?))?(?:(?P<unit>[0-9]{1,2})单元)?"
    r"(?P<part>[0-9]{0,5})(?:号|室)?"
)
ENDINGS = {"number": "号", "group": "组", "building": "号楼", "unit": "单元", "room": "室", "house": "号"}
NUMBERED = ("road", "estate", "village", "community", "place")
MOST_STEMS = 3000
"""Stems of a name that are looked at. Chosen: the longest road of a city has some hundred houses."""


class Level(NamedTuple):
    """One kind of number behind a name."""

    kind: str
    words: NDArray[np.int32]
    """Word of every row."""


def tails(book: AddressBook, names: NameList, typed: str, limit: int, inside: Sequence[Entry] = ()) -> Iterator[Entry]:
    """Yield what goes on behind a name, by number.

    Parameters
    ----------
    book : AddressBook
    names : NameList
        Of the same book.
    typed : str
        Folded; without numbers behind a name nothing goes on.
    limit : int
    inside : sequence of Entry, optional
        Districts, streets and communities that the text names before.
    """
    said = _TAIL.fullmatch(typed)
    if said is None or not (said["part"] or said["building"]):
        return
    known = [one for one in names.exact.get(said["name"], ()) if one.name >= 0 and one.kind in NUMBERED]
    whole = [one for one in known if one.text == said["name"]]
    for entry in whole or known[:2]:
        before = typed[len(said["name"]) : said.start("part")] if said["part"] else typed[len(said["name"]) :]
        yield from _behind(book, _rows(book, entry, inside), entry.kind, said, head=entry.text + before, limit=limit)


def within(book: AddressBook, entry: Entry, inside: Sequence[Entry]) -> Entry | None:
    """Return an entry with only those of its rows that lie in some areas; None: there are none."""
    if entry.name < 0:
        return None
    rows = _rows(book, entry, inside)
    if not len(rows):
        return None
    code, grids, one = _where(book, rows)
    return entry._replace(code=code, grids=grids, place_id=one, rows=len(rows))


def _where(book: AddressBook, rows: NDArray[np.int64]) -> tuple[str | None, int, str | None]:
    """Return the grid of rows if it is one, the number of grids, and the id if it is one row."""
    grids = np.unique(book.matcher.row_grid[rows])
    code = str(book.index.codes[grids[0]]) if len(grids) == 1 and grids[0] >= 0 else None
    return code, len(grids), book.library.ids.of(int(rows[0])) if len(rows) == 1 else None


def _rows(book: AddressBook, entry: Entry, inside: Sequence[Entry]) -> NDArray[np.int64]:
    """Return the rows of a name within some areas."""
    library = book.library
    fits = library.stem_names[:, COLUMN[entry.kind]] == entry.name
    for area in inside:
        fits &= library.stem_names[:, COLUMN[area.kind]] == area.name
    stems = np.flatnonzero(fits)[:MOST_STEMS]
    first, last = library.stem_begins[stems], library.stem_begins[stems + 1]
    counts = last - first
    return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def _behind(
    book: AddressBook, rows: NDArray[np.int64], kind: str, said: re.Match[str], *, head: str, limit: int
) -> Iterator[Entry]:
    """Yield the numbers that begin as typed, of the levels that may follow."""
    library = book.library
    words, tail = _stem_words(book, rows), library.row_words[rows]
    number = {word: at for at, word in enumerate(library.words)} if said["building"] or said["unit"] else {}
    if said["building"]:
        fits = tail[:, 0] == number.get(plain_number(said["building"]), -2)
        if said["unit"]:
            fits &= tail[:, 1] == number.get(plain_number(said["unit"]), -2)
        rows, tail = rows[fits], tail[fits]
        levels = [Level("room", tail[:, 3])] if said["unit"] else [Level("unit", tail[:, 1]), Level("room", tail[:, 3])]
    elif kind == "road":
        levels = [Level("number", words[:, 0])]
    elif kind in ("village", "community"):
        levels = [Level("group", words[:, 2]), Level("house", tail[:, 4])]
    else:
        levels = [Level("building", tail[:, 0])]
    for level in levels:
        yield from _numbers(book, rows, level, said["part"].lstrip("0"), head=head, limit=limit)


def _stem_words(book: AddressBook, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the numbers of the stems of rows."""
    stems = np.searchsorted(book.library.stem_begins, rows, side="right") - 1
    return book.library.stem_words[stems]


def _numbers(
    book: AddressBook, rows: NDArray[np.int64], level: Level, part: str, *, head: str, limit: int
) -> Iterator[Entry]:
    """Yield the numbers of one level that begin so, the smallest first."""
    library = book.library
    own = np.unique(level.words[level.words >= 0])
    fit = [(word, library.words[word]) for word in own.tolist() if library.words[word].startswith(part)]
    fit.sort(key=lambda one: (one[1] != part, leading_number(one[1]), one[1]))
    for word, text in fit[:limit]:
        meant = rows[level.words == word]
        code, grids, one = _where(book, meant)
        yield Entry(f"{head}{text}{ENDINGS[level.kind]}", level.kind, code, grids, one, len(meant))
