"""All names of a city, found by how they begin, by a part of them, or by how they sound.

In: an `AddressBook`. Out: `Entry`s with their rows and grids; a `NameList` that completes what is typed. Used by
`gridgeo.locate.address.suggest`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.lexicon import Lexicon
from gridgeo.locate.address.library import LEVELS
from gridgeo.locate.address.sounds import readings

__all__ = ["AREAS", "KINDS", "Entry", "NameList", "entries_of"]

KINDS = {
    Level.AREA: "district", Level.STREET: "street", Level.COMMUNITY: "community", Level.HAMLET: "village",
    Level.ROAD: "road", Level.ESTATE: "estate", Level.PLACE: "place",
}  # fmt: skip
AREAS = ("district", "street", "community")
LONGEST_AREA = 14
MOST_SOUNDS = 4
"""Ways to read a name of characters with several readings that are kept."""
MOST_BEGUN = 600
"""Names that begin as typed and are looked at for pinyin behind it. Chosen: a tenth of a second would be felt."""
FUZZY_FROM = 3
"""Characters from which misspelled names are looked for; a name of two is too near to many."""
NEARLY = 0.5
"""What a misspelled name may cost more than the nearest one, in edits. Chosen: the half of one."""


class Entry(NamedTuple):
    """A name, and where what it names lies."""

    text: str
    kind: str
    code: str | None
    """Of the grid, where there is only one."""
    grids: int
    place_id: str | None
    rows: int
    name: int = -1
    """In the lexicon; -1: of the layer."""


def entries_of(book: AddressBook) -> Iterator[Entry]:
    """Yield an entry for every name of a book's library that has rows."""
    library, codes = book.library, book.index.codes
    names = library.lexicon.names
    stems, grids, counts = stem_grids(book)
    first = library.stem_begins[:-1]
    for at, level in enumerate(LEVELS.values()):
        own = library.stem_names[:, at]
        name = own[stems]
        told = name >= 0
        key = name[told].astype(np.int64) * (len(codes) + 1) + grids[told] + 1
        order = np.argsort(key)
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        rows = np.add.reduceat(counts[told][order], starts) if len(starts) else counts[:0]
        pairs = np.column_stack(np.divmod(key[order][starts], len(codes) + 1)) - (0, 1)
        begins = np.flatnonzero(np.append(True, pairs[1:, 0] != pairs[:-1, 0])) if len(pairs) else np.empty(0, int)
        sums = np.add.reduceat(rows, begins) if len(begins) else rows
        held = np.append(begins[1:], len(pairs)) - begins
        row_of = np.full(len(names) + 1, -1)
        row_of[own[::-1]] = first[::-1]
        for begin, count, many in zip(begins.tolist(), sums.tolist(), held.tolist(), strict=True):
            number, grid = int(pairs[begin, 0]), int(pairs[begin, 1])
            row = int(row_of[number])
            text = library.names.of(row) if level == Level.PLACE else ""
            code = str(codes[grid]) if many == 1 and grid >= 0 else None
            one = library.ids.of(row) if count == 1 else None
            yield Entry(text or names[number], KINDS[level], code, many, one, count, number)


def stem_grids(book: AddressBook) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return which stem has how many rows in which grid: stems, grids (-1: none) and counts."""
    begins = book.library.stem_begins
    stem = np.repeat(np.arange(len(begins) - 1, dtype=np.int64), np.diff(begins))
    width = len(book.index.codes) + 1
    key = np.sort(stem * width + book.matcher.row_grid + 1)
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    return key[starts] // width, key[starts] % width - 1, np.diff(starts, append=len(key))


class NameList:
    """Entries, completed by what is typed.

    Parameters
    ----------
    entries : sequence of Entry
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = sorted(entries, key=lambda one: (-one.rows, len(one.text), one.text, one.kind))
        self._text = "\n" + "\n".join(one.text for one in self._entries) + "\n"
        sizes = np.array([len(one.text) + 1 for one in self._entries] or [1])
        self._begins = (np.cumsum(sizes) - sizes + 1).tolist()
        self.exact: dict[str, list[Entry]] = {}
        """Form → entries that are called so, those with most rows first."""
        self._by_name: dict[int, Entry] = {one.name: one for one in reversed(self._entries) if one.name >= 0}
        self._sounds: dict[str, tuple[str, list[int], list[int]]] = {}
        self._learn()

    def _learn(self) -> None:
        """Learn short forms and sounds."""
        lines: dict[str, tuple[list[str], list[int]]] = {}
        level = {kind: one for one, kind in KINDS.items()}
        for at, entry in enumerate(self._entries):
            said = forms(level[entry.kind], entry.text) if entry.kind in level else [(entry.text, 0.0)]
            for form, cost in said:
                if cost <= SAID or entry.kind in ("road", "estate"):
                    self.exact.setdefault(form, []).append(entry)
            for sound in _sounds(entry.text):
                of_letter = lines.setdefault(sound[0], ([], []))
                of_letter[0].append(sound)
                of_letter[1].append(at)
        for letter, (sounds, owners) in lines.items():
            begins = np.cumsum([0, *(len(one) + 1 for one in sounds)])[:-1].tolist()
            self._sounds[letter] = "\n".join(sounds), begins, owners

    # ------------------------------------------------------------------------ asking ----

    def without_areas(self, typed: str, names: NameList) -> tuple[str, str, list[Entry]]:
        """Return what of a text names the entries, which are areas, what is left, and these areas.

        An area ends where no longer one of the names begins with it: 泰山 of 泰山小区1 is not 泰山社区.
        """
        head, inside = 0, list[Entry]()
        while len(typed) - head >= 2:
            sizes = range(min(LONGEST_AREA, len(typed) - head), 1, -1)
            size = next((size for size in sizes if typed[head : head + size] in self.exact), 0)
            if not size or typed[head + size : head + size + 1].isdecimal() or len(typed) <= head + size:
                break
            longer = range(size + 1, min(LONGEST_AREA, len(typed) - head) + 1)
            if any(typed[head : head + more] in names.exact for more in longer):
                break
            area = self.exact[typed[head : head + size]][0]
            if any(AREAS.index(area.kind) <= AREAS.index(one.kind) for one in inside):
                break
            inside.append(area)
            head += size
        return typed[:head], typed[head:], inside

    def complete(self, typed: str, limit: int) -> Iterator[Entry]:
        """Yield names that go on as typed: those that begin so, that hold it, that sound so.

        Parameters
        ----------
        typed : str
            Folded.
        limit : int
            About how many are needed.
        """
        if not typed:
            return
        yield from self.exact.get(typed, ())[:limit]
        yield from islice(self._begun(typed), limit)
        if len(typed) >= 2:
            yield from islice(self._holding(typed), limit)
        yield from islice(self._sounding(typed), limit)

    def nearly(self, lexicon: Lexicon, typed: str, limit: int) -> Iterator[Entry]:
        """Yield names that are spelled nearly so from the first character to the last."""
        if len(typed) < FUZZY_FROM or typed.isascii():
            return
        spots = lexicon.spots(typed)
        whole = np.flatnonzero((spots.begin == 0) & (spots.end >= len(typed)))
        cost = spots.cost[whole] + spots.form_cost[whole]
        order = whole[np.argsort(cost, kind="stable")][: int((cost <= cost.min(initial=np.inf) + NEARLY).sum())]
        found = (self._by_name.get(int(name)) for name in spots.name[order[:limit]])
        yield from (one for one in found if one is not None)

    def _at(self, place: int) -> Entry:
        """Return the entry that stands at a place of the long text."""
        return self._entries[bisect_right(self._begins, place) - 1]

    def _begun(self, typed: str) -> Iterator[Entry]:
        """Yield entries that begin so."""
        yield from map(self._at, _hits(self._text, "\n" + typed, 1))

    def _holding(self, typed: str) -> Iterator[Entry]:
        """Yield entries that hold it somewhere."""
        yield from (self._at(place) for place in _hits(self._text, typed, 0) if self._text[place - 1] != "\n")

    def _sounding(self, typed: str) -> Iterator[Entry]:
        """Yield entries that sound so: renmin, rml, renminl; 人民d and 人民dong behind characters."""
        latin = re.search(r"[A-Z][A-Z ']*$", typed)
        if latin is None:
            return
        letters = re.sub("[ ']", "", latin[0]).lower()
        before = typed[: latin.start()]
        wanted = re.compile(_sound_pattern(letters), re.MULTILINE)
        if not before:
            sounds, begins, owners = self._sounds.get(letters[0], ("", [], []))
            yield from (self._entries[owners[bisect_right(begins, one.start()) - 1]] for one in wanted.finditer(sounds))
            return
        for entry in islice(self._begun(before), MOST_BEGUN):
            if any(wanted.match(sound) for sound in _sounds(entry.text[len(before) :])):
                yield entry


def _hits(text: str, wanted: str, shift: int) -> Iterator[int]:
    """Yield the places at which something stands in a text."""
    place = text.find(wanted)
    while place >= 0:
        yield place + shift
        place = text.find(wanted, place + 1)


def _sound_pattern(letters: str) -> str:
    """Return what finds names that sound so: every letter goes on in its syllable or begins the next one.

    Examples
    --------
    >>> bool(re.match(_sound_pattern("rml"), "ren min lu")), bool(re.match(_sound_pattern("renml"), "ren min lu"))
    (True, True)
    >>> bool(re.match(_sound_pattern("rel"), "ren min lu"))
    False
    """
    return "^" + re.escape(letters[0]) + "".join(f"(?:[a-z]* )?{re.escape(one)}" for one in letters[1:])


def _sounds(text: str) -> Iterator[str]:
    """Yield how a name may sound, syllables apart; characters without a sound are passed over."""
    syllables = [readings(one) or ((one.lower(),) if one.isascii() and one.isalnum() else ()) for one in text[:16]]
    for said in islice(product(*(one[:2] for one in syllables if one)), MOST_SOUNDS):
        if said:
            yield " ".join(said)
