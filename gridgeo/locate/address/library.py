"""The address library: rows collapsed to stems, whose parts are names.

In: rows (id, name, text, x, y) parsed into levels. Out: a `Library` of plain arrays, so that it can be kept in a file and
shared by processes. A stem is what rows have in common that differ by building, unit, room or house number: a city of two
million rows has some fifty thousand. Before: `gridgeo.locate.address.parse`; next: `gridgeo.locate.address.match`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.locate.address.canon import one_spelling, settle_levels
from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.lexicon import Lexicon, build_lexicon

__all__ = ["LEVELS", "TAIL", "Library", "build_library"]

LEVELS = {
    "district": Level.AREA, "street": Level.STREET, "community": Level.COMMUNITY, "hamlet": Level.HAMLET,
    "road": Level.ROAD, "estate": Level.ESTATE, "place": Level.PLACE,
}  # fmt: skip
"""Columns of a stem that are names."""
TAIL = ("building", "unit", "floor", "room", "house_no")
"""What tells the rows of a stem apart."""
NUMBERS = ("road_no", "sub_no", "group")

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
    """(n,) in the city's CRS."""
    number: Ints
    """(n,) place of the row in the table handed in."""
    city: tuple[str, ...]
    """The city's own names."""

    def __len__(self) -> int:
        return len(self.x)


def build_library(
    levels: Mapping[str, Sequence[str]],
    x: Floats,
    y: Floats,
    *,
    names: Sequence[str] | None = None,
    aliases: Sequence[tuple[str, str]] = (),
) -> Library:
    """Build a library.

    Parameters
    ----------
    levels : mapping of str to sequence of str, each (n,)
        Parsed rows as of `gridgeo.locate.address.parse.Parser.columns`.
    x, y : ndarray of float, (n,)
        In the city's CRS.
    names : sequence of str, (n,), optional
        Of enterprises and places, folded; "" for plain addresses.
    aliases : sequence of (str, str), optional
        Another name and the name it stands for, both folded.
    """
    table = pd.DataFrame({name: pd.Categorical(levels[name]) for name in (*LEVELS, *NUMBERS, *TAIL, "city") if name in levels})
    table["place"] = pd.Categorical(names if names is not None else [""] * len(x))
    cities = tuple(str(name) for name in table["city"].value_counts().index[:3] if name)
    table = one_spelling(table, cities)
    table = settle_levels(table)
    lists, names_of = _name_ids(table)
    words, word_ids = _word_ids(table)
    stem = np.column_stack([names_of[level] for level in LEVELS] + [word_ids[name] for name in NUMBERS])
    tail = np.column_stack([word_ids[name] for name in TAIL])
    keys, of_row = _unique_rows(stem)
    order = np.lexsort((*tail.T[::-1], of_row))
    heads = _heads(cities, [name for level, name in lists if level == Level.AREA])
    where = {name: at for at, (_, name) in enumerate(lists)}
    others = [(where[name], alias) for alias, name in aliases if name in where]
    return Library(
        lexicon=build_lexicon(lists, others, heads),
        words=words,
        stem_names=keys[:, : len(LEVELS)].astype(np.int32),
        stem_words=keys[:, len(LEVELS) :].astype(np.int32),
        stem_number=_leading(words)[keys[:, len(LEVELS)]].astype(np.int32),
        stem_begins=np.concatenate([[0], np.cumsum(np.bincount(of_row, minlength=len(keys)))]).astype(np.int32),
        row_words=tail[order].astype(np.int32),
        x=np.asarray(x, float)[order],
        y=np.asarray(y, float)[order],
        number=order.astype(np.int32),
        city=cities,
    )


def _heads(cities: tuple[str, ...], areas: list[str]) -> tuple[str, ...]:
    """Return what names of the city's companies begin with, the longest first."""
    said = [form for city in cities for form in (city, city.removesuffix("市"))]
    said += [form for area in areas for form, cost in forms(Level.AREA, area) if cost <= SAID]
    return tuple(sorted({form for form in said if len(form) >= 2}, key=lambda form: (-len(form), form)))


def _name_ids(table: pd.DataFrame) -> tuple[list[tuple[Level, str]], dict[str, NDArray]]:
    """Number the names of all levels; return them and, by column, the number of every row, -1 for none."""
    lists: list[tuple[Level, str]] = []
    ids = {}
    for column, level in LEVELS.items():
        values = table[column].cat
        numbers = np.full(len(values.categories) + 1, -1)  # the last one is for what is missing
        for at, name in enumerate(values.categories):
            if name:
                numbers[at] = len(lists)
                lists.append((level, str(name)))
        ids[column] = numbers[values.codes]
    return lists, ids


def _word_ids(table: pd.DataFrame) -> tuple[list[str], dict[str, NDArray]]:
    """Number the words of numbers and tails."""
    columns = [*NUMBERS, *TAIL]
    words = sorted({str(word) for name in columns for word in table[name].cat.categories if word})
    number = {word: at for at, word in enumerate(words)}
    ids = {}
    for name in columns:
        values = table[name].cat
        numbers = np.array([number.get(str(word), -1) for word in values.categories] + [-1])
        ids[name] = numbers[values.codes]
    return words, ids


def _leading(words: Sequence[str]) -> NDArray[np.int64]:
    """Return the leading number of every word, and 0 for the word -1."""
    return np.array([leading_number(word) for word in words] + [0], np.int64)


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


def _unique_rows(rows: NDArray) -> tuple[NDArray, NDArray]:
    """Return the distinct rows in order, and which of them each row is."""
    key = np.zeros(len(rows), np.int64)
    for column in rows.T:  # numbered anew after every column, so that the key stays small
        key = key * (int(column.max(initial=-1)) + 2) + column + 1
        _, key = np.unique(key, return_inverse=True)
    first = np.full(int(key.max(initial=-1)) + 1, -1)
    first[key[::-1]] = np.arange(len(rows))[::-1]
    return rows[first], key
