"""The address library in a store: its rows as they are now, other names, feedback, and the journal of every change.

In: an open transaction (`gridgeo.store.read.Reader`). Out: tables for the matching engine, or one change written as a
whole: rows, its entry in the journal, its line in the audit. Called by `gridgeo.jobs.addresses`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, Double, Select, Table, bindparam, delete, func, insert, select

from gridgeo.memory import give_back
from gridgeo.store import schema
from gridgeo.store.read import CODES_PER_QUERY, Reader
from gridgeo.store.write import append_audit

__all__ = ["ROW", "AddressShelf", "Change"]

ROW = ("source", "id", "kind", "name", "text", "x", "y")
"""Columns of a row, as the engine takes them; x, y in the layer's CRS."""

ROWS_PER_PART = 50_000
"""Rows that are written as Python's own values at a time: some 20 MB."""
ROWS_PER_READ = 2_000
"""The same for reading. Measured: 10,000 take half as long again, they do not stay in the processor's cache."""
PARTS_TOGETHER = 25
READS_TOGETHER = 100
FIDS_PER_STATEMENT = 20_000

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is said about a change of the library."""

    act: str
    """One of `gridgeo.store.schema.LIBRARY_ACTS`."""
    by: str
    at: datetime
    source: str = ""
    file: str = ""
    complete: bool = False


class AddressShelf:
    """The address library of a store, in one transaction.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.connection = reader.connection

    # ----------------------------------------------------------------------- reading ----

    def generation(self) -> int:
        """Return a number that grows with every change of rows, aliases and feedback; 0: nothing was ever loaded."""
        return int(self.connection.execute(select(func.max(schema.address_load.c.nth))).scalar_one() or 0)

    def rows(self) -> pd.DataFrame:
        """Return all rows as `ROW`, in the order in which they came.

        Returns
        -------
        DataFrame
            Text columns as pandas' ``str`` (Arrow), x and y as float.
        """
        return self._frame(schema.address_row, ROW)

    def ids(self, source: str, ids: Collection[str] | None = None) -> pd.DataFrame:
        """Return ``fid, id`` of the rows of a source, of some ids or all."""
        table = schema.address_row
        return self._frame(table, ("fid", "id"), table.c.source == source, ids=ids)

    def contents(self, source: str, ids: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield ``kind, name, text, x, y`` of the rows that `ids` returns, in its order, some at a time."""
        table = schema.address_row
        names = [name for name in ROW if name not in ("source", "id")]
        columns = [table.c[name] for name in names]
        held = [_Held(column) for column in columns]
        for nth, rows in enumerate(self._read(table, columns, [table.c.source == source], ids), 1):
            for own, values in zip(held, zip(*rows, strict=True), strict=True):
                own.add(values)
            if nth % READS_TOGETHER == 0:
                yield pd.DataFrame({own.name: own.series() for own in held})
        yield pd.DataFrame({own.name: own.series() for own in held})

    def find(self, ids: Collection[str], source: str | None = None) -> pd.DataFrame:
        """Return ``fid, source, id`` of the rows with these ids, of a source or of all."""
        table = schema.address_row
        wanted = [table.c.source == source] if source is not None else []
        return self._frame(table, ("fid", "source", "id"), *wanted, ids=ids)

    def aliases(self) -> pd.DataFrame:
        """Return ``alias, name, kind``, in the order in which they came."""
        return self._frame(schema.address_alias, ("alias", "name", "kind"))

    def feedback(self) -> pd.DataFrame:
        """Return ``query, source, id, code``, in the order in which it came; what is later is meant to count."""
        return self._frame(schema.address_feedback, ("query", "source", "id", "code"))

    def mentions(self, name: str) -> bool:
        """Tell whether a row, community or grid has a name."""
        row, community, grid = schema.address_row.c, schema.community_span.c, schema.grid_span.c
        texts = (row.name, row.text, community.name, grid.full_name)
        queries = (select(one).where(one.contains(name, autoescape=True)).limit(1) for one in texts)
        return any(self.connection.execute(query).first() is not None for query in queries)

    def counts(self) -> list[dict[str, Any]]:
        """Return ``source, kind, rows``, in order of source and kind."""
        table = schema.address_row
        keys = table.c.source, table.c.kind
        query = select(*keys, func.count()).group_by(*keys).order_by(*keys)
        names = ("source", "kind", "rows")
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(query)]

    def journal(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the changes, the newest first: ``nth, act, source, file, complete, by, at, report``."""
        table = schema.address_load
        names = ("nth", "act", "source", "file", "complete", "actor", "at", "report")
        query = select(*(table.c[name] for name in names)).order_by(table.c.nth.desc()).limit(limit)
        told = [dict(row._mapping) for row in self.connection.execute(query)]
        return [{**row, "by": row.pop("actor"), "complete": bool(row["complete"])} for row in told]

    # ----------------------------------------------------------------------- writing ----

    def write(
        self,
        change: Change,
        came: pd.DataFrame,
        went: NDArray[np.int64],
        report: Mapping[str, Any] | None = None,
        *,
        tell: Tell = lambda *_: None,
    ) -> int:
        """Remove rows, add others, and enter the change; return its number.

        Parameters
        ----------
        change : Change
            Its source is that of all rows that come.
        came : DataFrame
            `ROW` without the source.
        went : ndarray of int
            ``fid`` of the rows that go; a row that changes goes and comes.
        report : mapping, optional
            Counts, for journal and audit; names nobody.
        tell : callable, keyword-only
            Told rows written, and of how many.
        """
        nth = self._enter(change, {**(report or {}), "came": len(came), "went": len(went)})
        self._remove(went)
        self._add(change.source, came, nth, tell)
        return nth

    def add_alias(self, change: Change, alias: str, name: str, kind: str) -> int:
        """Enter another name; what was said about the same pair before is replaced."""
        went = self._drop_alias(alias, name)
        table = schema.address_alias
        row = {"alias": alias, "name": name, "kind": kind, "actor": change.by, "at": _cut(change.at)}
        self.connection.execute(insert(table).values(**row))
        return self._enter(change, {"alias": alias, "name": name, "kind": kind, "came": 1, "went": went})

    def remove_alias(self, change: Change, alias: str, name: str | None = None) -> int:
        """Remove another name, of one name or of all; return how many entries went: 0 is not entered."""
        went = self._drop_alias(alias, name)
        if went:
            told = {"alias": alias, **({} if name is None else {"name": name})}
            self._enter(change, {**told, "came": 0, "went": went})
        return went

    def add_feedback(self, change: Change, query: str, *, row_id: str = "", code: str = "", note: str = "") -> int:
        """Enter what a text meant; journal and audit do not repeat the text, which may be personal."""
        row = {"query": query, "source": change.source, "id": row_id, "code": code, "note": note}
        table = schema.address_feedback
        self.connection.execute(insert(table).values(**row, actor=change.by, at=_cut(change.at)))
        told = {"id": row_id} if row_id else {"code": code}
        return self._enter(change, {**told, "came": 1, "went": 0})

    def _drop_alias(self, alias: str, name: str | None) -> int:
        """Remove other names and return how many there were."""
        table = schema.address_alias
        statement = delete(table).where(table.c.alias == alias)
        return self.connection.execute(statement if name is None else statement.where(table.c.name == name)).rowcount

    def _enter(self, change: Change, report: dict[str, Any]) -> int:
        """Enter a change in journal and audit and return its number."""
        nth, at = self.generation() + 1, _cut(change.at)
        row = {"nth": nth, "act": change.act, "source": change.source, "file": change.file}
        row |= {"complete": int(change.complete), "actor": change.by, "at": at, "report": report}
        self.connection.execute(insert(schema.address_load).values(**row))
        detail = {"act": change.act, "source": change.source, "file": change.file, "complete": change.complete}
        entry = {"at": at, "actor": change.by, "act": "library", "what": f"library {nth}"}
        append_audit(self.connection, {**entry, "detail": {**detail, "report": report}})
        return nth

    def _remove(self, fids: NDArray[np.int64]) -> None:
        """Remove rows by number."""
        table = schema.address_row
        for start in range(0, len(fids), FIDS_PER_STATEMENT):
            part = fids[start : start + FIDS_PER_STATEMENT].tolist()
            if self.connection.dialect.name == "postgresql":
                self.connection.execute(delete(table).where(table.c.fid == func.any(part)))
            else:
                one = delete(table).where(table.c.fid == bindparam("at"))
                self.connection.execute(one, [{"at": fid} for fid in part])

    def _add(self, source: str, came: pd.DataFrame, nth: int, tell: Tell) -> None:
        """Add rows, some thousand at a time."""
        if not len(came):
            return
        backend, srid, table = self.reader.backend, int(self.reader.layer().srid), schema.address_row
        first = 1 + (self.connection.execute(select(func.max(table.c.fid))).scalar_one() or 0)
        for start in range(0, len(came), ROWS_PER_PART):
            part = came.iloc[start : start + ROWS_PER_PART]
            rows = len(part)
            columns: dict[str, Any] = {"fid": range(first + start, first + start + rows), "source": [source] * rows}
            columns |= {name: part[name].to_numpy(object).tolist() for name in ROW if name != "source"}
            backend.load(self.connection, table, {**columns, "load": [nth] * rows}, srid)
            tell(start + rows, len(came))
        backend.settle(self.connection, {})
        backend.changed(self.connection, (table.name,))

    # ------------------------------------------------------------------------ tables ----

    def _frame(
        self, table: Table, names: Collection[str], *wanted: ColumnElement[bool], ids: Collection[str] | None = None
    ) -> pd.DataFrame:
        """Read columns in order of fid; rows with some ids only in parts of them."""
        columns = [table.c[name] for name in names]
        held = [_Held(column) for column in columns]
        for rows in self._read(table, columns, wanted, ids):
            for own, values in zip(held, zip(*rows, strict=True), strict=True):
                own.add(values)
        frame = pd.DataFrame({own.name: own.series() for own in held})
        give_back()  # Arrow keeps what the parts took
        return frame

    def _read(
        self,
        table: Table,
        columns: list[Column[Any]],
        wanted: Sequence[ColumnElement[bool]],
        ids: Collection[str] | None,
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows in order of fid; those with some ids in parts of them."""
        for query in _queries(select(*columns).where(*wanted).order_by(table.c.fid), table, ids):
            yield from self._driver_rows(query)

    def _driver_rows(self, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows as the driver gives them, some thousand at a time: half the time of SQLAlchemy's own."""
        lite = self.connection.dialect.name == "sqlite"
        compiled = query.compile(dialect=self.connection.dialect, compile_kwargs={"render_postcompile": True})
        values = [compiled.params[name] for name in compiled.positiontup or ()] if lite else compiled.params
        # a cursor without a name brings all rows of PostgreSQL at once
        cursor: Any = self.connection.connection.cursor(*(() if lite else ("address_rows",)))
        with closing(cursor):
            cursor.execute(str(compiled), values)
            while rows := cursor.fetchmany(ROWS_PER_READ):
                yield rows


def _queries(query: Select[Any], table: Table, ids: Collection[str] | None) -> Iterator[Select[Any]]:
    """Split a query for many ids into short ones."""
    if ids is None:
        yield query
        return
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), CODES_PER_QUERY):
        yield query.where(table.c.id.in_(ordered[start : start + CODES_PER_QUERY]))


class _Held:
    """A column while it is read, as Arrow: text needs a third of the memory of Python's."""

    def __init__(self, column: Column[Any]) -> None:
        self.name = column.name
        whole = isinstance(column.type, type(schema.Whole))
        self.type = pa.float64() if isinstance(column.type, Double) else pa.int64() if whole else pa.large_string()
        self.small: list[pa.Array] = []
        self.large: list[pa.Array] = []

    def add(self, values: tuple[Any, ...]) -> None:
        """Take some values; many small arrays are made one, they would leave holes in the memory."""
        self.small.append(pa.array(values, self.type))
        if len(self.small) == PARTS_TOGETHER:
            self.large.append(pa.concat_arrays(self.small))
            self.small = []

    def series(self) -> pd.Series:
        """Return the column; nothing is held of it any more."""
        whole = pa.chunked_array([*self.large, *self.small], self.type).combine_chunks()
        self.small, self.large = [], []
        if pa.types.is_large_string(self.type):
            return pd.Series(pd.array(whole, dtype="str"))
        return pd.Series(whole.to_numpy(zero_copy_only=False))


def _cut(at: datetime) -> datetime:
    """Return a moment to the millisecond, as both databases and the audit's digest keep it."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
