"""Registers in a store: the places that are there, what a load ends and begins, and the reverse question.

In: an open transaction (`gridgeo.store.read.Reader`). Out: tables of places, or one load written as a whole: places,
assignments, personal data, counts per grid, its line in the audit. Called by `gridgeo.jobs.registers`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, update

from gridgeo.errors import NotFoundError
from gridgeo.store import schema
from gridgeo.store.counts import NO_GRID, recount
from gridgeo.store.read import CODES_PER_QUERY, Reader, alive
from gridgeo.store.write import append_audit

__all__ = ["Load", "RegisterBook"]

MOST_IDS = 20_000
"""Of more ids than this the whole kind is read: one pass is quicker than twenty questions."""
FIDS_PER_STATEMENT = 20_000
MOST_NAMED = 100
"""Places of one name that are looked at."""

_PLACE = (
    "fid", "id", "nth", "address", "count", "population", "geom", "located_by", "registered_address", "registered_x",
    "registered_y",
)  # fmt: skip
_PERSONAL = ("name", "phone", "person_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is said about a load."""

    kind: str
    file: str
    by: str
    at: datetime
    complete: bool = False


class RegisterBook:
    """The registers of a store, in one transaction.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.connection = reader.connection

    # ----------------------------------------------------------------------- reading ----

    def known(self, kind: str, ids: Collection[str] | None = None) -> pd.DataFrame:
        """Return the places of a kind that are there now, in order of number; of some ids or all.

        Returns
        -------
        DataFrame
            ``fid, id, nth``, the columns of `gridgeo.intake.entries.CONTENT`.
        """
        place = schema.place
        query = _with_personal(*(place.c[name] for name in _PLACE)).where(place.c.kind == kind)
        query = query.where(place.c.load_to.is_(None)).order_by(place.c.fid)
        return self._table(self._rows(query, place.c.id, ids))

    def named(self, kind: str, name: str) -> list[str]:
        """Return the ids of the places of a kind that bear a name now, `MOST_NAMED` at most."""
        place, own = schema.place, schema.place_personal
        query = select(place.c.id).distinct().join_from(place, own, own.c.place_fid == place.c.fid)
        query = query.where(place.c.kind == kind, place.c.load_to.is_(None), own.c.name == name)
        return list(self.connection.execute(query.order_by(place.c.id).limit(MOST_NAMED)).scalars())

    def last(self, kind: str, ids: Collection[str] | None = None) -> dict[str, int]:
        """Return id → the highest ``nth`` that it ever had."""
        place = schema.place
        query = select(place.c.id, func.max(place.c.nth)).where(place.c.kind == kind).group_by(place.c.id)
        return {row[0]: int(row[1]) for row in self._rows(query, place.c.id, ids)}

    def places(self, code: str, kind: str | None, *, after: int, limit: int) -> list[dict[str, Any]]:
        """Return the places that a grid is responsible for now, in order of number: one page of them.

        Returns
        -------
        list of dict
            As the columns of `known`, and ``kind, method``.
        """
        place, link = schema.place, schema.assignment
        columns = *(place.c[name] for name in _PLACE), place.c.kind, link.c.method
        query = _with_personal(*columns).join(link, link.c.place_fid == place.c.fid)
        query = query.where(link.c.code == code, link.c.v_to.is_(None), place.c.load_to.is_(None))
        query = query.where(link.c.place_fid > after).order_by(link.c.place_fid).limit(limit)
        if kind is not None:
            query = query.where(place.c.kind == kind)
        return self._plain(self.connection.execute(query).all())

    def community(self, code: str, seq: int) -> str | None:
        """Return the community of a grid; None: the version has no such grid."""
        grid = schema.grid_span
        query = select(grid.c.community_code).where(alive(grid, seq), grid.c.code == code)
        return self.connection.execute(query).scalar_one_or_none()

    def count(self, code: str) -> dict[str, int]:
        """Return how many places of each kind a grid has now."""
        table = schema.grid_count
        query = select(table.c.kind, table.c.places).where(table.c.code == code).order_by(table.c.kind)
        return {row.kind: row.places for row in self.connection.execute(query)}

    def counts(self, prefix: str = "") -> pd.DataFrame:
        """Return ``code, kind, places, count, population`` of the grids whose code begins so; "" is no grid."""
        table = schema.grid_count
        columns = [table.c[name] for name in ("code", "kind", "places", "count", "population")]
        query = select(*columns).order_by(table.c.code, table.c.kind)
        if prefix:
            query = query.where(table.c.code.startswith(prefix, autoescape=True))
        return pd.DataFrame([tuple(row) for row in self.connection.execute(query)], columns=[c.name for c in columns])

    def history(self, name: str, kind: str | None = None) -> list[dict[str, Any]]:
        """Return everything that registers ever said of an id, the oldest first, with the grids that it had.

        Raises
        ------
        NotFoundError
            If no register ever named it.
        """
        place, load = schema.place, schema.register_load
        columns = *(place.c[one] for one in _PLACE), place.c.kind, place.c.load_from, place.c.load_to
        query = (
            _with_personal(*columns).where(place.c.id == name).order_by(place.c.kind, place.c.load_from, place.c.nth)
        )
        rows = list(self.connection.execute(query if kind is None else query.where(place.c.kind == kind)))
        if not rows:
            raise NotFoundError(f"no register of store {self.reader.backend.url} ever named {name!r}")
        loads = {row.nth: row for row in self.connection.execute(select(load))}
        told = []
        for row in self._plain(rows):
            began, ended = loads.get(row.pop("load_from")), loads.get(row.pop("load_to") or -1)
            told.append({**row, "came": _told(began), "went": _told(ended), "grids": self._grids(row["fid"])})
        return told

    def _grids(self, fid: int) -> list[dict[str, Any]]:
        """Return the grids that a place had, the oldest first."""
        link = schema.assignment
        columns = link.c.code, link.c.method, link.c.v_from, link.c.v_to
        query = select(*columns).where(link.c.place_fid == fid).order_by(link.c.v_from)
        return [
            {"code": row.code, "method": row.method, "from": row.v_from, "to": row.v_to}
            for row in self.connection.execute(query)
        ]

    def _rows(self, query: Select[Any], key: ColumnElement[str], ids: Collection[str] | None) -> list[Any]:
        """Run a query for some ids, in parts; for very many of them without asking for any."""
        if ids is None or len(ids) > MOST_IDS:
            return list(self.connection.execute(query))
        ordered, rows = sorted(ids), list[Any]()
        for start in range(0, len(ordered), CODES_PER_QUERY):
            rows += self.connection.execute(query.where(key.in_(ordered[start : start + CODES_PER_QUERY])))
        return rows

    def _plain(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return places as plain values."""
        told = [dict(row._mapping) for row in rows]
        points = self.reader.backend.decode([row.pop("geom") for row in told])
        for row, x, y in zip(told, shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), strict=True):
            row |= {"x": x, "y": y, **{name: row[name] or "" for name in _PERSONAL}}
        return told

    def _table(self, rows: list[Any]) -> pd.DataFrame:
        """Build the table of places."""
        names = [*_PLACE, *_PERSONAL]
        columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
        points = self.reader.backend.decode(columns.pop("geom"))
        table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
        table["x"], table["y"] = shapely.get_x(points).astype(float), shapely.get_y(points).astype(float)
        for name in _PERSONAL:
            table[name] = table[name].where(table[name].notna(), "")
        whole = dict.fromkeys(("fid", "nth", "count", "population"), "int64")
        return table.astype({**whole, "registered_x": float, "registered_y": float})

    # ----------------------------------------------------------------------- writing ----

    def write(self, load: Load, came: pd.DataFrame, went: NDArray[np.int64], report: dict[str, Any]) -> int:
        """Write one load and return its number.

        Parameters
        ----------
        load : Load
        came : DataFrame
            ``id, nth``, the columns of `gridgeo.intake.entries.CONTENT`, ``code, method, distance_m``.
        went : ndarray of int
            Numbers of the places that end.
        report : dict
            Counts, for the audit; names nobody.
        """
        seq = self.reader.resolve(None)
        nth = self.reader.load_at(seq) + 1
        report = {**report, "came": len(came), "went": len(went)}
        at = load.at.replace(microsecond=load.at.microsecond // 1000 * 1000)
        row = {"nth": nth, "base_seq": seq, "kind": load.kind, "file": load.file, "complete": int(load.complete)}
        self.connection.execute(insert(schema.register_load).values(**row, actor=load.by, at=at, report=report))
        touched = self._end(went, nth) | self._begin(load.kind, came, nth, seq)
        self.reader.backend.settle(self.connection, {})
        recount(self.connection, touched)
        detail = {"file": load.file, "kind": load.kind, "complete": load.complete, "version": seq, "report": report}
        entry = {"at": at, "actor": load.by, "act": "load", "what": f"register {nth}", "detail": detail}
        append_audit(self.connection, entry)
        self.reader.backend.changed(self.connection, ("place",))
        return nth

    def _end(self, fids: NDArray[np.int64], nth: int) -> set[str]:
        """End places and return the grids that they had."""
        place, link = schema.place, schema.assignment
        statement = update(place).where(place.c.fid == bindparam("at")).values(load_to=nth)
        for part in _parts(fids):
            if self.connection.dialect.name == "postgresql":
                ending = update(place).where(place.c.fid == func.any(part.tolist())).values(load_to=nth)
                self.connection.execute(ending)
            else:
                self.connection.execute(statement, [{"at": fid} for fid in part.tolist()])
        code = func.coalesce(link.c.code, NO_GRID)
        query = select(code).distinct().join_from(link, place, link.c.place_fid == place.c.fid)
        query = query.where(place.c.load_to == nth, link.c.v_to.is_(None))
        return {row[0] for row in self.connection.execute(query)} if len(fids) else set()

    def _begin(self, kind: str, came: pd.DataFrame, nth: int, seq: int) -> set[str]:
        """Begin places and return the grids that they have."""
        rows = len(came)
        if not rows:
            return set()
        backend, srid = self.reader.backend, int(self.reader.layer().srid)
        # What lies together is kept together: indexes grow at one end, and a grid is read from neighbouring pages.
        came = came.sort_values(["code", "id"], na_position="first", ignore_index=True)
        x, y = came["x"].to_numpy(float), came["y"].to_numpy(float)
        points = np.full(rows, None, object)
        known = np.isfinite(x) & np.isfinite(y)
        points[known] = shapely.points(x[known], y[known])
        fids = self._numbers(schema.place, rows)
        columns: dict[str, Any] = {"fid": fids, "kind": [kind] * rows, "load_from": [nth] * rows, "geom": points}
        columns |= {name: came[name] for name in _PLACE if name not in columns}
        backend.load(self.connection, schema.place, columns, srid)
        code = came["code"].astype(object).where(came["code"].notna(), None)
        links: dict[str, Any] = {
            "fid": self._numbers(schema.assignment, rows), "place_fid": fids, "code": code, "method": came["method"],
            "distance_m": came["distance_m"], "v_from": [seq] * rows, "v_to": [None] * rows,
        }  # fmt: skip
        backend.load(self.connection, schema.assignment, links, srid)
        told = np.flatnonzero((came[list(_PERSONAL)] != "").any(axis=1))
        if len(told):
            personal: dict[str, Any] = {"fid": self._numbers(schema.place_personal, len(told)), "place_fid": fids[told]}
            personal |= {name: came[name].iloc[told] for name in _PERSONAL}
            backend.load(self.connection, schema.place_personal, personal, srid)
        if known.any():
            box = float(x[known].min()), float(y[known].min()), float(x[known].max()), float(y[known].max())
            backend.grow(self.connection, "place", box)
        return {NO_GRID if one is None else str(one) for one in code.unique()}

    def _numbers(self, table: Any, rows: int) -> NDArray[np.int64]:
        """Return the next numbers of a table."""
        last = self.connection.execute(select(func.max(table.c.fid))).scalar_one() or 0
        return np.arange(last + 1, last + 1 + rows, dtype=np.int64)


def _with_personal(*columns: Any) -> Select[Any]:
    """Return a query for places with what is personal about them."""
    place, own = schema.place, schema.place_personal
    return select(*columns, *(own.c[name] for name in _PERSONAL)).join_from(
        place, own, own.c.place_fid == place.c.fid, isouter=True
    )


def _parts(fids: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut numbers into parts."""
    for start in range(0, len(fids), FIDS_PER_STATEMENT):
        yield fids[start : start + FIDS_PER_STATEMENT]


def _told(load: Any) -> dict[str, Any] | None:
    """Tell about a load; None is version 1, or no end."""
    if load is None:
        return None
    return {"load": load.nth, "file": load.file, "by": load.actor, "at": load.at.isoformat(), "version": load.base_seq}
