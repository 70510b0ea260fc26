"""A whole library's addresses, folded and taken apart column by column.

In: addresses as they were loaded. Out: one categorical column per level. Rows that are equal up to their digits are
read once, what differs is cut out of all of them together: nineteen rows of twenty of a standard library differ from
another one by numbers alone. Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgeo.locate.address.normalise import plain_row
from gridgeo.locate.address.parse import SLOTS, Parser

__all__ = ["row_columns"]

BREAK = r"([\x{4e00}-\x{9fa5}])[,，;； \x{3000}]+"
"""After a Chinese character these part levels and no numbers."""
Codes = NDArray[np.int32]

ROWS_TOGETHER = 1 << 18
"""Rows that are rewritten at once: some 20 MB, where all of a large city would take twice its library."""


def row_columns(texts: pa.Array | Sequence[str] | pd.Series, parser: Parser) -> dict[str, pd.Categorical]:
    """Take addresses apart.

    Parameters
    ----------
    texts : sequence of str, (n,)
        As they were loaded, not folded.
    parser : Parser

    Returns
    -------
    dict of str to Categorical
        Name of every level (`gridgeo.locate.address.parse.SLOTS`) → n values, "" where a row says nothing.
    """
    rows = _unbroken(_packed(texts))
    shape, first = _shapes(rows)
    columns = [_Column(len(first)) for _ in SLOTS]
    single = np.zeros(len(first), np.bool_)
    for at, text in enumerate(rows.take(pa.array(first)).to_pylist()):
        single[at] = not _read(at, text, parser, columns)
    for column in columns:
        column.spread(rows, shape)
    for row in np.flatnonzero(single[shape]).tolist():
        clean = plain_row(rows[row].as_py())
        parsed = parser.parse(clean.text, clean.breaks)
        for name, column in zip(SLOTS, columns, strict=True):
            slot = getattr(parsed, name)
            column.codes[row] = column.code(slot.value if slot else "")
    del rows
    return {name: column.categorical() for name, column in zip(SLOTS, columns, strict=True)}


def _packed(texts: pa.Array | Sequence[str] | pd.Series) -> pa.LargeStringArray:
    """Return texts as one Arrow array."""
    rows = pa.array(texts, pa.large_string()) if not isinstance(texts, pa.Array) else texts
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _shapes(rows: pa.LargeStringArray) -> tuple[Codes, NDArray[np.int64]]:
    """Number the rows by what they are up to their digits; return the numbers and the first row of each."""
    shape, number = np.empty(len(rows), np.int32), dict[str, int]()
    for begin in range(0, len(rows), ROWS_TOGETHER):
        part = rows.slice(begin, ROWS_TOGETHER)
        told = pc.replace_substring_regex(part, pattern="[1-9]", replacement="0").dictionary_encode()
        codes = np.array([number.setdefault(text, len(number)) for text in told.dictionary.to_pylist()], np.int32)
        shape[begin : begin + len(part)] = codes[told.indices.to_numpy()]
    first = np.full(len(number), -1)
    first[shape[::-1]] = np.arange(len(shape))[::-1]
    return shape, first


def _unbroken(rows: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return rows without the commas and blanks that stand between their levels, all at once."""
    broken = pc.match_substring_regex(rows, BREAK)
    return pc.replace_substring_regex(rows, BREAK, r"\1") if pc.any(broken).as_py() else rows


def _read(at: int, text: str, parser: Parser, columns: list[_Column]) -> bool:
    """Read one row for all of its shape; False if they must be read one by one."""
    folded = plain_row(text).text
    pieces = parser.pieces(folded) if len(folded) == len(text) else None
    if pieces is None or (folded != text and not _digits_stay(text, folded)):
        return False
    cuts = []
    for place, a, b, _, _ in pieces:
        value = folded[a:b]
        varies = any("0" <= sign <= "9" for sign in value)
        if varies and value != text[a:b]:
            return False
        cuts.append((place, a, b, value, varies))
    for place, a, b, value, varies in cuts:
        columns[place].take(at, a, b, value, varies=varies)
    return True


def _digits_stay(text: str, folded: str) -> bool:
    """Tell whether folding leaves every digit where it is and makes no new ones."""
    return all(one == two for one, two in zip(text, folded, strict=True) if one.isdigit() or two.isdigit())


class _Column:
    """The values of one level while they come in."""

    def __init__(self, shapes: int) -> None:
        self.values: dict[str, int] = {"": 0}
        self.of_shape = np.zeros(shapes, np.int32)
        self.begin = np.full(shapes, -1, np.int32)
        self.end = np.zeros(shapes, np.int32)
        self.codes: Codes = np.empty(0, np.int32)

    def code(self, value: str) -> int:
        """Return the number of a value."""
        return self.values.setdefault(value, len(self.values))

    def take(self, shape: int, begin: int, end: int, value: str, *, varies: bool) -> None:
        """Take what a shape says: a value of all its rows, or where each has its own."""
        if varies:
            self.begin[shape], self.end[shape] = begin, end
        else:
            self.of_shape[shape] = self.code(value)

    def spread(self, rows: pa.LargeStringArray, shape: Codes) -> None:
        """Give every row its value."""
        self.codes = self.of_shape[shape]
        varies = np.flatnonzero(self.begin[shape] >= 0)
        if not len(varies):
            return
        key = self.begin[shape[varies]].astype(np.int64) << 32 | self.end[shape[varies]]
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
        for some in np.split(order, starts[1:]):
            begin, end = int(key[some[0]] >> 32), int(key[some[0]] & 0xFFFFFFFF)
            cut = pc.utf8_slice_codeunits(rows.take(pa.array(varies[some])), begin, end).dictionary_encode()
            codes = np.array([self.code(value) for value in cut.dictionary.to_pylist()], np.int32)
            self.codes[varies[some]] = codes[cut.indices.to_numpy(zero_copy_only=False)]

    def categorical(self) -> pd.Categorical:
        """Return the column."""
        return pd.Categorical.from_codes(self.codes, pd.Index(list(self.values), dtype=object))
