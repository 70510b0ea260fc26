"""A later version into a store: rows closed and opened, assignments renewed, lineage and ledger written.

In: what a draft changes (`gridgeo.draft.finish.Finished`), in the one writing transaction. Out: the next version, not
yet entered: `NextVersion.enter` is the last step, after the layer was certified as the store has it now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy import and_, insert, select, update

from gridgeo.draft.finish import Finished
from gridgeo.draft.ground import GridRow, Limits
from gridgeo.store import schema
from gridgeo.store.backend import plain_rows
from gridgeo.store.counts import recount
from gridgeo.store.digest import layer_digest
from gridgeo.store.geometry import flat
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader
from gridgeo.store.write import append_audit

__all__ = ["Imprint", "NextVersion"]

ROWS_PER_STATEMENT = 500

_GRID = [name for name in GridRow.__dataclass_fields__ if name not in ("geometry", "limits")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What is said about a publication."""

    by: str
    at: datetime
    """When it was known."""
    effective: date
    """First day on which it holds."""
    title: str = ""
    why: str = ""
    draft: int | None = None


class NextVersion:
    """Version ``seq`` while it is written.

    Parameters
    ----------
    reader : Reader
        The writing transaction.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.connection = reader.connection
        self.seq = reader.current_seq() + 1
        self._srid = int(reader.layer().srid)
        self._inherited = StoreGround(reader, self.seq - 1)

    def write(self, done: Finished) -> None:
        """Close and open every row that changes."""
        self._spans("grid_span", "code", done.grids, self._grid_columns)
        self._spans("community_span", "code", done.communities, _community_columns)
        self._locks(done)
        self._assign(done)
        if len(done.moved):
            recount(self.connection, {*done.touched, *done.moved.code.tolist()})
        self._insert("lineage", [{"seq": self.seq, **asdict(one)} for one in done.lineage])
        self._remember_limits(done)
        for prefix, last in done.numbers.items():
            self._number(prefix, last)

    def _spans(self, name: str, key: str, pairs: Mapping[str, tuple[Any, Any]], columns: Any) -> None:
        """Close rows that end and open those that begin."""
        table = schema.metadata.tables[name]
        self._close(name, table.c[key], [code for code, (was, _) in pairs.items() if was is not None])
        opened = [row for _, row in pairs.values() if row is not None]
        if opened:
            values = columns(opened)
            kind = table.c.geom.type.kind  # type: ignore[attr-defined]
            values["geom"] = self.reader.backend.encode(flat([row.geometry for row in opened], kind), self._srid)
            self._load(name, values)

    def _grid_columns(self, rows: Sequence[GridRow]) -> dict[str, Any]:
        return {name: [getattr(row, name) for row in rows] for name in _GRID}

    def _locks(self, done: Finished) -> None:
        """Close and open locks and explanations."""
        self._close("lock_span", schema.lock_span.c.code, [code for code, (was, _) in done.locks.items() if was])
        self._load("lock_span", _columns([{"code": c, "reason": now} for c, (_, now) in done.locks.items() if now]))
        table = schema.explanation_span
        for (code, rule), (was, _) in done.explanations.items():
            if was:
                current = table.c.code == code, table.c.rule == rule, table.c.v_to.is_(None)
                self.connection.execute(update(table).where(*current).values(v_to=self.seq))
        told = [
            {"code": code, "rule": rule, "text": now} for (code, rule), (_, now) in done.explanations.items() if now
        ]  # fmt: skip
        self._load("explanation_span", _columns(told))

    def _assign(self, done: Finished) -> None:
        """Renew the assignments of places whose grid changed."""
        moved = done.moved
        if not len(moved):
            return
        self._close("assignment", schema.assignment.c.place_fid, moved.fid.tolist())
        distance_m = [None if np.isnan(value) else float(value) for value in moved.distance_m]
        columns = {"place_fid": moved.fid.tolist(), "code": moved.code.tolist(), "method": moved.method.tolist()}
        self._load("assignment", {**columns, "distance_m": distance_m})

    def _remember_limits(self, done: Finished) -> None:
        """Note what new grids have to be, where it is not what the layer's rules say."""
        new = {code: row for code, (was, row) in done.grids.items() if was is None and row is not None}
        usual = self._inherited._limits([""]).get("", Limits())
        special = [row for row in new.values() if row.limits != usual]
        self._insert(
            "outcome",
            [
                {
                    "seq": self.seq, "code": row.code, "agency": "", "source_id": "", "kept_households": row.households,
                    "came_households": 0, "left_households": 0, "low": row.limits.low, "high": row.limits.high,
                    "population_max": row.limits.population_max, "status": "redrawn", "gap": None, "violation": "",
                }
                for row in special
            ],
        )  # fmt: skip

    def _number(self, prefix: str, last: int) -> None:
        """Note the last number issued under a prefix."""
        table = schema.code_book
        if not self.connection.execute(update(table).where(table.c.prefix == prefix).values(last=last)).rowcount:
            self.connection.execute(insert(table).values(prefix=prefix, last=last))

    def grids(self) -> gpd.GeoDataFrame:
        """Return the whole layer as it is now, in this transaction."""
        return self.reader.grids(self.seq)

    def communities(self) -> gpd.GeoDataFrame:
        """Return the communities as they are now."""
        return self.reader.communities(self.seq)

    def enter(
        self,
        grids: gpd.GeoDataFrame,
        imprint: Imprint,
        *,
        certificate: Mapping[str, Any],
        changes: Sequence[Mapping[str, Any]],
    ) -> str:
        """Enter the publication itself, its ledger and its line in the audit; return the layer's digest.

        Parameters
        ----------
        grids : GeoDataFrame
            From `grids`.
        imprint : Imprint
        certificate : mapping, keyword-only
        changes : sequence of mapping, keyword-only
            The ledger: every change in order, written as plain values, with the codes that were given at the end.
        """
        by, at = imprint.by, imprint.at
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        digest, stats = layer_digest(grids), self._stats(grids)
        self.connection.execute(
            insert(schema.version).values(
                seq=self.seq, state="published", base_seq=self.seq - 1, title=imprint.title,
                effective=imprint.effective, published=at,
                published_by=by, digest=digest, stats=stats, certificate=dict(certificate),
            )
        )  # fmt: skip
        ledger = [
            {"seq": self.seq, "nth": nth, "change": dict(change), "actor": by, "at": at}
            for nth, change in enumerate(changes, 1)
        ]
        self._insert("ledger", ledger)
        detail = {
            "digest": digest, "effective": imprint.effective.isoformat(), "stats": stats, "title": imprint.title,
            "why": imprint.why, "draft": imprint.draft,
        }  # fmt: skip
        what = f"version {self.seq}"
        append_audit(self.connection, {"at": at, "actor": by, "act": "publish", "what": what, "detail": detail})
        self.reader.backend.changed(self.connection, ("grid_span", "community_span", "grid", "community"))
        return digest

    def _stats(self, grids: gpd.GeoDataFrame) -> dict[str, Any]:
        """Return the sums of the layer; what else the version before said stays true."""
        table = schema.version
        query = select(table.c.stats).where(table.c.seq == self.seq - 1)
        before = self.connection.execute(query).scalar_one()
        sums = {name: int(grids[name].sum()) for name in ("households", "enterprises", "population")}
        counts = {"grids": len(grids), "communities": int(grids["community_code"].nunique())}
        return {**before, **counts, **sums, "area_m2": float(grids["area_m2"].sum())}

    # ---------------------------------------------------------------- statements ----

    def _close(self, name: str, column: Any, keys: Collection[Any]) -> None:
        """Let current rows end with the version before."""
        table, ordered = schema.metadata.tables[name], sorted(keys)
        for start in range(0, len(ordered), ROWS_PER_STATEMENT):
            part = ordered[start : start + ROWS_PER_STATEMENT]
            current = and_(column.in_(part), table.c.v_to.is_(None))
            self.connection.execute(update(table).where(current).values(v_to=self.seq))

    def _load(self, name: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Open rows that begin with this version."""
        rows = len(next(iter(columns.values()), ()))
        if rows:
            spans: dict[str, Sequence[Any]] = {"v_from": [self.seq] * rows, "v_to": [None] * rows}
            self._rows(name, {**columns, **spans})

    def _insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that are there for ever."""
        if rows:
            self.connection.execute(insert(schema.metadata.tables[name]), [dict(row) for row in rows])

    def _rows(self, name: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Insert columns through the driver: the geometry is encoded already."""
        table, names = schema.metadata.tables[name], '", "'.join(columns)
        mark = "?" if self.connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join([mark] * len(columns))
        statement = f'INSERT INTO {name} ("{names}") VALUES ({marks})'  # noqa: S608 (own table)
        rows = list(plain_rows(table, columns, self.reader.backend.engine))
        self.connection.exec_driver_sql(statement, rows)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows as columns."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def _community_columns(rows: Sequence[Any]) -> dict[str, Any]:
    return {name: [getattr(row, name) for row in rows] for name in ("code", "name", "parents")}
