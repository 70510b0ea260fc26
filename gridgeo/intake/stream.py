"""A register in pieces: what its readers hand on, so that a file of any size needs the memory of one piece.

In: Arrow columns as a reader finds them. Out: `Batch` after `Batch` of `Stream.batches`, all of one size but for the
last, so that what is made of them does not depend on how the file was cut. Readers: `gridgeo.intake.stream_parquet`,
`gridgeo.intake.stream_text`, `gridgeo.intake.stream_sheet`, `gridgeo.jobs.stream_vector`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgeo.errors import SchemaError
from gridgeo.intake.ids import DAMAGED
from gridgeo.intake.wkb import Places

__all__ = [
    "POINTS", "POINT_TYPES", "SHAPES", "Batch", "Stream", "evenly", "ids_and_text", "numbers", "require_columns",
    "text_ids", "texts", "whole",
]  # fmt: skip

POINTS = 2**18
"""Rows of a batch of points: some 20 MB with all that is made of them. Measured: larger ones are slower, their memory
is fetched anew from the system each time."""

SHAPES = 2**16
"""Rows of a batch with lines or areas, which weigh a kilobyte each."""

POINT_TYPES = {"Point", "Point Z", "Point M", "Point ZM", "MultiPoint", "MultiPoint Z"}
"""Geometry types without length or area, as GeoParquet and GDAL name them."""

EXACT_DIGITS = 10**15
"""Spreadsheets keep 15 digits of a number; longer ids stored as numbers have lost their last digits."""

ADVICE = "say which ones are meant with the options for columns, see --help"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a register, in its order."""

    start: int
    """Rows before."""
    ids: pa.Array
    """(n,) string, never null; empty where a row has none, or where no column was named."""
    places: Places
    """As the file has them, in its own CRS."""
    text: pa.Array | None = None
    """(n,) string, never null: one column more, such as addresses, if one was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A register that can be read from its beginning."""

    crs: str | None
    """What the file says; None if nothing."""
    rows: int
    """How many there are, about: for progress only."""
    has_shapes: bool
    """True where lines or areas may come."""
    batches: Callable[[], Iterator[Batch]]


def evenly(pieces: Iterable[pa.RecordBatch], schema: pa.Schema, size: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Cut a sequence of record batches anew.

    Parameters
    ----------
    pieces : iterable of pyarrow.RecordBatch
        Of any size, even empty.
    schema : pyarrow.Schema
    size : int
        Rows of every table but the last.

    Yields
    ------
    (int, pyarrow.RecordBatch)
        Rows before, and ``size`` rows. No rows are no batch. What comes in that size is handed on uncopied.
    """
    held: list[pa.RecordBatch] = []
    rows = start = 0
    for piece in pieces:
        if not held and piece.num_rows == size:
            yield start, piece
            start += size
            continue
        held.append(piece)
        rows += piece.num_rows
        while rows >= size:
            table = pa.Table.from_batches(held, schema)
            yield start, _in_one(table.slice(0, size))
            held, rows, start = table.slice(size).to_batches(), rows - size, start + size
    if rows:
        yield start, _in_one(pa.Table.from_batches(held, schema))


def _in_one(table: pa.Table) -> pa.RecordBatch:
    """Return rows as one batch."""
    return table.combine_chunks().to_batches()[0]


def require_columns(file: str, there: Iterable[object], wanted: Iterable[str]) -> None:
    """Name all missing columns at once.

    Raises
    ------
    SchemaError
        If one is missing.
    """
    names = [str(name) for name in there]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise SchemaError(f"{file} has no column {', '.join(missing)}; its columns are {', '.join(names)}; {ADVICE}")


def ids_and_text(
    table: Mapping[str, pa.Array] | pa.Table, count: int, *, file: str, key: str, text: str | None, start: int
) -> tuple[pa.Array, pa.Array | None]:
    """Return what a batch holds beside its places.

    Parameters
    ----------
    table : mapping of str to pyarrow.Array, or pyarrow.Table
    count : int
        Rows of it.
    file : str
        For messages.
    key : str
        Column with the ids; empty for none.
    text : str or None
        Column with other text.
    start : int
        Rows before, for messages.

    Returns
    -------
    ids : pyarrow.Array of string, (count,)
    text : pyarrow.Array of string, (count,), or None

    Raises
    ------
    SchemaError
        If ids have lost digits, or a column is neither text nor numbers.
    """
    ids = text_ids(table[key], file=file, name=key, start=start) if key else pa.array([""] * count, pa.string())
    return ids, texts(table[text], file=file, name=text) if text else None


def texts(column: pa.Array | pa.ChunkedArray, *, file: str, name: str) -> pa.Array:
    """Return a column as text, empty where there is nothing.

    Raises
    ------
    SchemaError
        If it is neither text nor numbers.
    """
    values = _values(column)
    try:
        return pc.fill_null(values.cast(pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise SchemaError(f"{file}: column {name!r} holds neither text nor numbers ({values.type})") from None


def _values(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, without a dictionary."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def text_ids(column: pa.Array | pa.ChunkedArray, *, file: str, name: str, start: int = 0) -> pa.Array:
    """Return ids as text, whole numbers without a point.

    Parameters
    ----------
    column : pyarrow.Array, (n,)
        Text or numbers.
    file, name : str
        File and column, for the message.
    start : int
        Rows before, for the message.

    Returns
    -------
    pyarrow.Array of string, (n,)
        Without blanks at the ends; empty where there is nothing.

    Raises
    ------
    SchemaError
        If ids were made numbers and have lost digits, or are neither text nor numbers.

    Examples
    --------
    >>> text_ids(pa.array([7.0, 2.5, None]), file="a.parquet", name="ID").to_pylist()
    ['7', '2.5', '']
    """
    values = _values(column)
    if pa.types.is_floating(values.type):
        return _text_of_floats(values.cast(pa.float64()), file, name, start)
    ids = texts(values, file=file, name=name)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _tidy(ids, file, name, start)
    return ids


def _tidy(ids: pa.Array, file: str, name: str, start: int) -> pa.Array:
    """Take blanks off; refuse codes that a spreadsheet turned into numbers such as 4.11102E+14."""
    data = ids.buffers()[2]
    letters = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    if not len(letters):
        return ids
    # a glance at all letters is far cheaper than two searches in every id
    if letters.min() <= ord(" ") or letters.max() > ord("~"):
        ids = pc.utf8_trim_whitespace(ids)
    if (letters == ord("+")).any():
        _require_undamaged(ids, file, name, start)
    return ids


def _require_undamaged(ids: pa.Array, file: str, name: str, start: int) -> None:
    damaged = np.flatnonzero(pc.match_substring_regex(ids, f"^(?:{DAMAGED.pattern})$").to_numpy(zero_copy_only=False))
    if len(damaged):
        row = int(damaged[0])
        raise SchemaError(
            f"{file}, record {start + row + 1}: {ids[row]} in column {name!r} is a code that a spreadsheet turned into "
            "a number; its digits are lost - format the column as text at its source and export again"
        )


def _text_of_floats(values: pa.Array, file: str, name: str, start: int) -> pa.Array:
    """Write numbers as text; refuse those that have lost digits."""
    plain = values.to_numpy(zero_copy_only=False)
    long = np.flatnonzero(np.abs(plain) >= EXACT_DIGITS)  # infinite as well
    if len(long):
        raise _lost_digits(plain[long[0]], file, name, start + int(long[0]))
    if (plain == np.trunc(plain)).all():
        return pa.array(plain.astype(np.int64)).cast(pa.string())
    blank, is_whole = np.isnan(plain), plain == np.trunc(plain)
    texts = values.cast(pa.string())
    integers = pa.array(np.where(is_whole, plain, 0).astype(np.int64)).cast(pa.string())
    texts = pc.if_else(pa.array(is_whole), integers, texts)
    return pc.if_else(pa.array(blank), "", texts)


def whole(value: float, *, file: str, name: str, row: int) -> str:
    """Return one number as `text_ids` does; ``row`` counts from 0.

    Raises
    ------
    SchemaError
        If it has lost digits.
    """
    if np.isnan(value):
        return ""
    if abs(value) >= EXACT_DIGITS:
        raise _lost_digits(value, file, name, row)
    return str(int(value)) if value.is_integer() else str(value)


def _lost_digits(value: float, file: str, name: str, row: int) -> SchemaError:
    return SchemaError(
        f"{file}, record {row + 1}: id {value:.0f} in column {name!r} is stored as a number of more than 15 digits and "
        "has lost its last ones; export the column as text"
    )


def numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where there is none.

    Examples
    --------
    >>> numbers(pa.array(["113.5", " 7", "东", None])).tolist()
    [113.5, 7.0, nan, nan]
    """
    values = _values(column)
    try:
        return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # some of them are words: only then one by one
        read = pd.to_numeric(pd.Series(values.to_pylist(), dtype=object), errors="coerce")
        return np.asarray(read.to_numpy(float, na_value=np.nan), float)
