"""A table of questions: one text a row, with or without an id, in any encoding or format.

In: a `Source` and the names of its columns. Out: `Queries`, every row of the table in its order. Rows with too many or
too few fields are read as far as they can be: a comma that nobody put quotes around is a part of the question where
that is the last column. Next: `gridgeo.jobs.locate_batch`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gridgeo.city import Source
from gridgeo.errors import ReadError
from gridgeo.intake.formats import opened
from gridgeo.intake.stream import require_columns, text_ids, texts
from gridgeo.intake.tabular import read_table
from gridgeo.intake.text_columns import Ragged, TextColumns, read_text_columns

__all__ = ["Queries", "read_queries"]

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Queries:
    """Questions in the order of their table."""

    ids: list[str]
    """As written; without such a column the number of each row, from 1 below the header."""
    texts: list[str]
    """As written, "" where there is nothing."""
    unread: frozenset[int] = frozenset()
    """Places of rows whose question cannot be told: their fields are not those of the header."""
    notes: list[str] = field(default_factory=list)
    """Chinese sentences on the encoding, where it is not what was said."""


def read_queries(source: Source, column: str, key: str | None = None, *, tell: Tell = lambda *_: None) -> Queries:
    """Read a table of questions.

    Parameters
    ----------
    source : Source
        CSV, Excel or Parquet.
    column : str
        The column with the questions.
    key : str, optional
        The column with ids, which must be there; by default ``id`` if there is one.
    tell : callable, keyword-only
        Told how much is read and how much there is, in bytes.

    Raises
    ------
    ReadError
        If the file is missing, unreadable or of another kind.
    SchemaError
        If a column is missing, or ids were made numbers and have lost digits.
    """
    if not source.path.exists():
        raise ReadError(f"{source.file}: there is no such file")
    suffix = source.path.suffix.casefold()
    if suffix in TEXT:
        return _from_text(source, column, key, tell)
    if suffix in PARQUET:
        return _from_parquet(source, column, key)
    if suffix in SHEETS:
        return _from_sheet(source, column, key)
    raise ReadError(f"{source.file}: questions are read from CSV, Excel or Parquet; save the table as one of these")


def _wanted(there: list[str], column: str, key: str | None, file: str) -> str | None:
    """Return the column with the ids, if there is one."""
    require_columns(file, there, [column, key] if key else [column])
    return key or ("id" if "id" in there and column != "id" else None)


def _numbered(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def _from_parquet(source: Source, column: str, key: str | None) -> Queries:
    """Read Parquet."""
    try:
        there = pq.read_schema(source.path).names
        key = _wanted(there, column, key, source.file)
        table = pq.read_table(source.path, columns=[column, *([key] if key else [])])
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{source.file} cannot be read as Parquet: {error}") from None
    ids = text_ids(table[key], file=source.file, name=key).to_pylist() if key else _numbered(len(table))
    return Queries(ids, texts(table[column], file=source.file, name=column).to_pylist())


def _from_sheet(source: Source, column: str, key: str | None) -> Queries:
    """Read one sheet of a workbook."""
    with opened(source) as dataset:
        rows, _ = read_table(dataset, source, agency="query")
    key = _wanted([str(name) for name in rows.columns], column, key, source.file)
    ids: Any = _numbered(len(rows))
    if key:
        ids = text_ids(pa.array(rows[key].tolist(), pa.string()), file=source.file, name=key).to_pylist()
    return Queries(ids, [str(text) for text in rows[column]])


def _from_text(source: Source, column: str, key: str | None, tell: Tell) -> Queries:
    """Read delimited text."""
    file = source.file
    names, perhaps = [column, *([key] if key else [])], [] if key or column == "id" else ["id"]
    read = read_text_columns(source.path, names, optional=perhaps, file=file, encoding=source.encoding, tell=tell)
    key = _wanted(list(read.columns), column, key, file)
    asked: list[str] = read.columns[column].to_pylist()
    ids = text_ids(read.columns[key], file=file, name=key).to_pylist() if key else None
    if not read.ragged:
        return Queries(ids or _numbered(len(asked)), asked, notes=read.notes)
    rows = [(record, at, None) for at, record in enumerate(read.records.tolist())]
    odd = [(one.record, -1, one) for one in read.ragged]
    out_ids, out_texts, unread = [], [], set[int]()
    for place, (_, at, ragged) in enumerate(sorted([*rows, *odd], key=lambda row: row[0])):
        name, text = (
            (None if ids is None else ids[at], asked[at]) if ragged is None else _mended(ragged, read, column, key)
        )
        if text is None:
            unread.add(place)
        out_ids.append(str(place + 1) if name is None else name)
        out_texts.append(text or "")
    return Queries(out_ids, out_texts, frozenset(unread), read.notes)


def _mended(ragged: Ragged, read: TextColumns, column: str, key: str | None) -> tuple[str | None, str | None]:
    """Return id and question of a row with too many or too few fields; None for what cannot be told."""
    fields = next(csv.reader([ragged.text or ""], delimiter=read.separator), [])
    at, last = read.header.index(column), len(read.header) - 1
    name = None
    if key is not None:
        where = read.header.index(key)
        name = fields[where].strip() if where < len(fields) and (where < at or at < last) else ""
    if at == last and len(fields) > at:
        return name, read.separator.join(fields[at:])
    return name, fields[at] if at < len(fields) <= last else None
