"""The address library: rows collapsed to stems, whose parts are names.

In: rows (source, id, name, text, x, y). Out: a `Library` of plain arrays, so that it can be kept in a file and shared
by processes. A stem is what rows have in common that differ by building, unit, room or house number: a city of two
million rows has some fifty thousand. Before: `gridgeo.locate.address.parse`; next: `gridgeo.locate.address.match`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.locate.address.astray import astray_rows
from gridgeo.locate.address.canon import one_spelling, renamed, settle_levels
from gridgeo.locate.address.companies import shared_of
from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.learn import known_names
from gridgeo.locate.address.lexicon import Lexicon, build_lexicon
from gridgeo.locate.address.normalise import fold, normalise, plain_row
from gridgeo.locate.address.parse import Parser
from gridgeo.locate.address.rows import row_columns
from gridgeo.locate.address.texts import Texts, texts_of
from gridgeo.memory import give_back

__all__ = ["LEVELS", "TAIL", "Library", "build_library", "leading_number", "plain_number"]

LEVELS = {
    "district": Level.AREA, "street": Level.STREET, "community": Level.COMMUNITY, "hamlet": Level.HAMLET,
    "road": Level.ROAD, "estate": Level.ESTATE, "place": Level.PLACE,
}  # fmt: skip
"""Columns of a stem that are names."""
TAIL = ("building", "unit", "floor", "room", "house_no")
"""What tells the rows of a stem apart."""
NUMBERS = ("road_no", "sub_no", "group")
TELLING = ("community", "hamlet", "road", "estate", "place")
"""Levels of which a row must say one to be found by its parts."""
PARSED = (*(name for name in LEVELS if name != "place"), *NUMBERS, *TAIL)
"""Columns that come from an address."""

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


class Library(NamedTuple):
    """Stems and their rows; an id of -1 means: not said."""

    lexicon: Lexicon
    words: Sequence[str]
    """Numbers and letters of houses, buildings, units and rooms."""
    stem_names: Ints
    """(s, 7) names by level, in the order of `LEVELS`."""
    stem_words: Ints
    """(s, 3) road number, its sub-number and the village group."""
    stem_number: Ints
    """(s,) the road number as a number, 0 without one."""
    stem_begins: Ints
    """(s + 1,) rows of each stem."""
    row_words: Ints
    """(n, 5) in the order of `TAIL`."""
    x: Floats
    y: Floats
    """(n,) in the city's CRS; of rows that are astray where the others of their place are."""
    astray: Ints
    """Rows whose own point is far from all others of their place, see `gridgeo.locate.address.astray`; sorted."""
    ids: Texts
    sources: Texts
    """Of every row; where an id is from."""
    names: Texts
    """What a place is called; "" for plain addresses."""
    texts: Texts
    """Addresses as they were loaded."""
    unread: Ints
    """Rows of which nothing was read that tells a place: they are found by the whole of their text."""
    province: tuple[str, ...]
    """Names of the province in which the city lies, as far as the addresses say them."""
    city: tuple[str, ...]
    """The city's own names."""
    told: Mapping[str, int]
    """Text as somebody asked it, normalised → the row that was meant, from feedback."""
    told_grid: Mapping[str, str]
    """The same → the code of the grid that was meant, where no row was named."""

    def __len__(self) -> int:
        return len(self.x)


def build_library(
    table: pd.DataFrame,
    *,
    communities: Sequence[str] = (),
    aliases: Sequence[tuple[str, str]] = (),
    feedback: Sequence[tuple[str, str, str, str]] = (),
) -> Library:
    """Build a library.

    Parameters
    ----------
    table : DataFrame, (n,)
        ``source, id, name, text`` (text; ``name`` is "" for plain addresses) and ``x, y`` in the city's CRS. Who does
        not keep it needs less memory.
    communities : sequence of str, optional
        Names of the layer's communities: addresses are taken apart by them, and found by them where they say none, see
        `gridgeo.locate.address.homes`.
    aliases : sequence of (str, str), optional
        Another name and the name it stands for.
    feedback : sequence of (str, str, str, str), optional
        A text that was asked, source and id of the row that it meant, or the code of the grid; the last word on a text
        counts.
    """
    sure = sorted({plain_row(name).text for name in communities})
    known = known_names(table["text"], sure)
    levels = row_columns(table["text"], Parser(known))
    give_back()  # what was read of some hundred thousand shapes
    places = pd.Series(pd.Categorical(table["name"]))
    places = renamed(places, {name: fold(name) for name in places.cat.categories})
    columns = pd.DataFrame({name: levels.pop(name) for name in (*PARSED, "city", "province")})
    columns["place"] = places.array
    unread = _unread(columns)
    if unread.any():  # found by the whole of their text
        columns["place"] = _filled(columns["place"], unread, table["text"])
    provinces, cities = (
        tuple(str(name) for name in columns[level].value_counts().index[:3] if name) for level in ("province", "city")
    )
    xy = (table[axis].to_numpy(float) for axis in "xy")
    columns = settle_levels(one_spelling(columns, cities, sure), *xy, homes=bool(sure))
    columns["community"] = _with_names(columns["community"], sure)
    lists, names_of = _name_ids(columns)
    words, word_ids = _word_ids(columns)
    del columns
    keys, of_row = _unique_rows([*(names_of.pop(level) for level in LEVELS), *(word_ids.pop(name) for name in NUMBERS)])
    tail = np.column_stack([word_ids.pop(name) for name in TAIL])
    order = np.lexsort((*tail.T[::-1], of_row)).astype(np.int32)
    tail = tail[order]
    told = _told(table, order, feedback)
    x, y = (table[axis].to_numpy(float)[order] for axis in "xy")
    begins = np.concatenate([[0], np.cumsum(np.bincount(of_row, minlength=len(keys)))]).astype(np.int32)
    number = _leading(words)[keys[:, len(LEVELS)]].astype(np.int32)
    astray = astray_rows(keys[:, : len(LEVELS)], number, begins, tail[:, 0], (x, y))
    texts = {name: table[name] for name in ("id", "source", "name", "text")}
    del table  # its texts leave one by one for their new order: all in both would be the peak of a load
    give_back()
    shared = shared_of((*cities, *provinces), lists)
    return Library(
        lexicon=build_lexicon(lists, _other_names(lists, aliases), shared),
        words=words,
        stem_names=np.ascontiguousarray(keys[:, : len(LEVELS)]),
        stem_words=np.ascontiguousarray(keys[:, len(LEVELS) :]),
        stem_number=number,
        stem_begins=begins,
        row_words=tail,
        x=astray.x,
        y=astray.y,
        astray=astray.rows,
        ids=texts_of(texts.pop("id"), order),
        sources=texts_of(texts.pop("source"), order),
        names=texts_of(texts.pop("name"), order),
        texts=texts_of(texts.pop("text"), order),
        unread=np.flatnonzero(unread[order]).astype(np.int32),
        province=provinces,
        city=cities,
        **told,
    )


def _with_names(communities: pd.Series, sure: Sequence[str]) -> pd.Series:
    """Return the communities of rows, with those of the layer that no row says among their names."""
    said = {form for name in communities.cat.categories for form, cost in forms(Level.COMMUNITY, name) if cost <= SAID}
    return communities.cat.add_categories([name for name in sure if name not in said])


def _unread(columns: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the rows of which nothing was read that tells a place."""
    return np.logical_and.reduce([(columns[name] == "").to_numpy() for name in TELLING])


def _filled(places: pd.Series, rows: NDArray[np.bool_], texts: pd.Series) -> pd.Series:
    """Return the names of places, with the texts of some rows for theirs."""
    filled = places.astype(object)
    filled[rows] = [plain_row(text).text for text in texts[rows]]
    return pd.Series(pd.Categorical(filled))


def _other_names(lists: list[tuple[Level, str]], aliases: Sequence[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return the place in the list of names of what each alias stands for; of every level that has the name."""
    where: dict[str, list[int]] = {}
    for at, (_, name) in enumerate(lists):
        where.setdefault(name, []).append(at)
    return [(at, fold(alias)) for alias, name in aliases for at in where.get(fold(name), ())]


def _told(table: pd.DataFrame, order: Ints, feedback: Sequence[tuple[str, str, str, str]]) -> dict[str, dict[str, Any]]:
    """Return the rows and grids that feedback names, by text; rows that are no longer there are left out."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    named = table[["source", "id"]][table["id"].isin({row for _, _, row, _ in feedback})]
    rows = {(source, row): int(place[at]) for at, source, row in named.itertuples(name=None)}
    told: dict[str, int | str] = {}
    for text, source, row, code in feedback:
        meant = rows.get((source, row)) if row else code
        if meant is not None:
            told[normalise(text).text] = meant
    return {
        "told": {text: meant for text, meant in told.items() if isinstance(meant, int)},
        "told_grid": {text: meant for text, meant in told.items() if isinstance(meant, str)},
    }


def _name_ids(table: pd.DataFrame) -> tuple[list[tuple[Level, str]], dict[str, NDArray]]:
    """Number the names of all levels; return them and, by column, the number of every row, -1 for none."""
    lists: list[tuple[Level, str]] = []
    ids = {}
    for column, level in LEVELS.items():
        values = table[column].cat
        numbers = np.full(len(values.categories) + 1, -1, np.int32)  # the last one is for what is missing
        for at, name in enumerate(values.categories):
            if name:
                numbers[at] = len(lists)
                lists.append((level, str(name)))
        ids[column] = numbers[values.codes]
    return lists, ids


def _word_ids(table: pd.DataFrame) -> tuple[list[str], dict[str, NDArray]]:
    """Number the words of numbers and tails."""
    columns = [*NUMBERS, *TAIL]
    words = sorted({plain_number(str(word)) for name in columns for word in table[name].cat.categories if word})
    number = {word: at for at, word in enumerate(words)}
    ids = {}
    for name in columns:
        values = table[name].cat
        numbers = np.array([number.get(plain_number(str(word)), -1) for word in values.categories] + [-1], np.int32)
        ids[name] = numbers[values.codes]
    return words, ids


def _leading(words: Sequence[str]) -> NDArray[np.int64]:
    """Return the leading number of every word, and 0 for the word -1."""
    return np.array([leading_number(word) for word in words] + [0], np.int64)


def plain_number(word: str) -> str:
    """Return a number without the zeros that only fill it up.

    Examples
    --------
    >>> plain_number("0501"), plain_number("02"), plain_number("B01-03"), plain_number("100"), plain_number("0")
    ('501', '2', 'B1-3', '100', '0')
    """
    return _FILLED.sub("", word) if "0" in word else word


_FILLED = re.compile("(?<![0-9])0+(?=[0-9])")


def leading_number(word: str) -> int:
    """Return the number with which a word begins or which follows its first character; 0 for none.

    Examples
    --------
    >>> leading_number("12-3"), leading_number("甲12"), leading_number("A")
    (12, 12, 0)
    """
    digits = ""
    for letter in word:
        if letter.isascii() and letter.isdigit():
            digits += letter
        elif digits:
            break
    return min(int(digits), 10**8) if digits else 0


def _unique_rows(columns: list[Ints]) -> tuple[Ints, Ints]:
    """Return the distinct rows of some columns in order, and which of them each row is."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:  # numbered anew after every column, so that the key stays small
        key *= int(column.max(initial=-1)) + 2
        key += column + 1
        codes, values = pd.factorize(key, sort=True)
        key = codes.astype(np.int64)
        many = len(values)
    of_row = key.astype(np.int32)
    first = np.full(many, -1)
    first[of_row[::-1]] = np.arange(len(of_row))[::-1]
    return np.column_stack([column[first] for column in columns]), of_row
