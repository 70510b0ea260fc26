"""Reading a version: shared queries for both databases.

In: an open transaction, a version number. Out: tables in the layer's CRS, in order of code. A version is read by its
span (``v_from <= seq < v_to``), so the answer for a given number never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, Double, FromClause, Row, Select, Table, and_, func, or_, select

from gridgeo.codes.lineage import Passage
from gridgeo.errors import NotFoundError
from gridgeo.store import schema
from gridgeo.store.backend import Backend, Box
from gridgeo.store.records import STORED_REASON, Version
from gridgeo.tables import AGENCY_GRID, ATOM, CROSSWALK, FINDING, GRID, OUTCOME, PROVENANCE

__all__ = ["CODES_PER_QUERY", "Reader", "alive", "there"]

CODES_PER_QUERY = 1000
"""SQLite takes 32,766 values in one statement; a thousand keeps the statement short."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One snapshot of a store: an open transaction and what is needed to decode it."""

    backend: Backend
    connection: Connection

    def layer(self) -> Row[Any]:
        """Return the layer's row.

        Raises
        ------
        NotFoundError
            If nothing has been published.
        """
        row = self.connection.execute(select(schema.layer)).first()
        if row is None:
            raise NotFoundError(f"store {self.backend.url} holds no published version yet; merge or import a layer")
        return row

    def current_seq(self) -> int:
        """Return the number of the newest version; 0 if there is none."""
        return self.connection.execute(select(func.max(schema.version.c.seq))).scalar_one() or 0

    def resolve(self, seq: int | None) -> int:
        """Return a version number that exists, by default the newest.

        Raises
        ------
        NotFoundError
            If there is no such version.
        """
        self.layer()
        newest = self.current_seq()
        if seq is not None and not 1 <= seq <= newest:
            raise NotFoundError(f"store {self.backend.url} has no version {seq}; its versions are 1 to {newest}")
        return newest if seq is None else int(seq)

    def versions(self) -> tuple[Version, ...]:
        """Return the published versions, oldest first."""
        table = schema.version
        columns = [table.c[name] for name in Version.__dataclass_fields__]
        rows = self.connection.execute(select(*columns).where(table.c.seq.is_not(None)).order_by(table.c.seq))
        return tuple(Version(**row._mapping) for row in rows)

    def seq_at(self, day: date) -> int:
        """Return the version that held on a day.

        Raises
        ------
        NotFoundError
            If the first version took effect later.
        """
        seq, effective = schema.version.c.seq, schema.version.c.effective
        found = self.connection.execute(select(func.max(seq)).where(effective <= day)).scalar_one()
        if found is None:
            first = self.connection.execute(select(func.min(effective))).scalar_one()
            known = f"the first version holds from {first}" if first else "no version is published"
            raise NotFoundError(f"no version held on {day}; {known}")
        return int(found)

    def grids(
        self,
        seq: int,
        *,
        box: Box | None = None,
        codes: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the grids of a version, in order of code."""
        table = schema.grid_span
        query = select(*_columns(table, GRID)).where(self._chosen(seq, box, after)).order_by(table.c.code)
        return self._frame(query, codes=codes, limit=limit)

    def count(self, seq: int, *, box: Box | None = None) -> int:
        """Return the number of grids of a version, in a box if one is given."""
        query = select(func.count()).select_from(schema.grid_span).where(self._chosen(seq, box, None))
        return self.connection.execute(query).scalar_one()

    def extent(self, seq: int) -> Box:
        """Return left, bottom, right, top of a version's grids."""
        left, bottom, right, top = self.backend.envelope(schema.grid_span)
        query = select(func.min(left), func.min(bottom), func.max(right), func.max(top))
        west, south, east, north = self.connection.execute(query.where(alive(schema.grid_span, seq))).one()
        return west, south, east, north

    def communities(self, seq: int) -> gpd.GeoDataFrame:
        """Return the communities of a version, in order of code; one text column per parent level."""
        table = schema.community_span
        query = select(*_columns(table, ["code", "name", "parents", "geometry"])).where(alive(table, seq))
        frame = self._frame(query.order_by(table.c.code))
        parents = frame.pop("parents")
        levels = list(dict.fromkeys(level for entry in parents for level in entry))
        for at, level in enumerate(levels, start=2):
            frame.insert(at, level, [entry.get(level, "") for entry in parents])
        return frame

    def crosswalk(self, seq: int, agency: str | None, source_id: str | None) -> pd.DataFrame:
        """Return where agency grids went, up to and including a version."""
        table = schema.crosswalk
        wanted = [table.c.seq <= seq]
        wanted += [table.c.agency == agency] if agency is not None else []
        wanted += [table.c.source_id == source_id] if source_id is not None else []
        order = table.c.agency, table.c.source_id, table.c.code, table.c.seq
        return self._frame(select(*_columns(table, CROSSWALK)).where(*wanted).order_by(*order))

    def provenance(self, seq: int, code: str | None) -> pd.DataFrame:
        """Return what grids were made from, up to and including a version."""
        table = schema.provenance
        wanted = [table.c.seq <= seq, *([table.c.code == code] if code is not None else [])]
        order = table.c.code, table.c.agency, table.c.source_id, table.c.seq
        return self._frame(select(*_columns(table, PROVENANCE)).where(*wanted).order_by(*order))

    def reasons(self, seq: int, code: str | None) -> pd.DataFrame:
        """Return why borders were kept or dropped when a version was published, on either side of a grid."""
        table = schema.reason
        wanted = [table.c.seq == seq]
        wanted += [or_(table.c.code == code, table.c.other == code)] if code is not None else []
        return self._frame(select(*_columns(table, STORED_REASON)).where(*wanted).order_by(table.c.fid))

    def outcomes(self, seq: int, code: str | None) -> pd.DataFrame:
        """Return what became of each grid when a version was published, in order of code."""
        table = schema.outcome
        wanted = [table.c.seq == seq, *([table.c.code == code] if code is not None else [])]
        return self._frame(select(*_columns(table, OUTCOME)).where(*wanted).order_by(table.c.code))

    def findings(self, seq: int, **wanted: str | None) -> gpd.GeoDataFrame:
        """Return faults found and repairs made when a version was published."""
        table = schema.finding
        clauses = [table.c[name] == value for name, value in wanted.items() if value is not None]
        return self._frame(select(*_columns(table, FINDING)).where(table.c.seq == seq, *clauses).order_by(table.c.fid))

    def agency_grids(self, agency: str | None = None) -> gpd.GeoDataFrame:
        """Return the agencies' own grids as they were read for version 1, in order of agency and id."""
        table = schema.agency_grid
        query = select(*_columns(table, AGENCY_GRID)).order_by(table.c.fid)
        return self._frame(query if agency is None else query.where(table.c.agency == agency))

    def atoms(
        self,
        *,
        box: Box | None = None,
        ids: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the blocks that version 1 was made of, in order of id."""
        table = schema.atom
        query = select(*_columns(table, ATOM)).order_by(table.c.id)
        if box is not None:
            query = query.where(self.backend.in_box(table, box, self.layer().srid))
        if after is not None:
            query = query.where(table.c.id > after)
        return self._frame(query, key=table.c.id, codes=ids, limit=limit)

    def places(
        self,
        seq: int,
        kind: str | None,
        *,
        code: str | None = None,
        box: Box | None = None,
        ids: Collection[str] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Return the places of a version with their position (NaN where unknown), in order of kind, id and nth."""
        table, link = schema.place, schema.assignment
        query = select(*_columns(table, ["kind", "id", "nth", "address", "count", "population", "geometry"]))
        query = query.where(there(table, self.load_at(seq)))
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if code is not None:
            query = query.join(link, link.c.place_fid == table.c.fid).where(alive(link, seq), link.c.code == code)
        if box is not None:
            query = query.where(self.backend.in_box(table, box, self.layer().srid))
        frame = self._frame(
            query.order_by(table.c.kind, table.c.id, table.c.nth), key=table.c.id, codes=ids, limit=limit
        )
        points = frame.pop("geometry").to_numpy()
        frame.insert(3, "x", shapely.get_x(points))
        frame.insert(4, "y", shapely.get_y(points))
        return pd.DataFrame(frame)

    def assignments(self, seq: int, *, code: str | None = None, kind: str | None = None) -> pd.DataFrame:
        """Return which grid each place belongs to, in order of kind, id and nth; no ``code`` where none does."""
        link, table = schema.assignment, schema.place
        query = select(table.c.kind, table.c.id, table.c.nth, link.c.code, link.c.method, link.c.distance_m)
        query = query.join_from(link, table, link.c.place_fid == table.c.fid)
        query = query.where(alive(link, seq), there(table, self.load_at(seq)))
        if code is not None:
            query = query.where(link.c.code == code)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        return self._frame(query.order_by(table.c.kind, table.c.id, table.c.nth))

    def load_at(self, seq: int) -> int:
        """Return the last load of a register before the version after this one; 0 if there was none."""
        table = schema.register_load
        query = select(func.max(table.c.nth)).where(table.c.base_seq <= seq)
        return self.connection.execute(query).scalar_one() or 0

    def lives(self, code: str) -> list[tuple[int, int | None]]:
        """Return the spans of all rows that a code ever had, oldest first."""
        table = schema.grid_span
        query = select(table.c.v_from, table.c.v_to).where(table.c.code == code).order_by(table.c.v_from)
        return [(row.v_from, row.v_to) for row in self.connection.execute(query)]

    def passages(self, *, after: int = 1, until: int | None = None, code: str | None = None) -> list[Passage]:
        """Return what became of codes in the versions behind `after`, of all or with one on either side."""
        table = schema.lineage
        wanted = [table.c.seq > after]
        wanted += [table.c.seq <= until] if until is not None else []
        wanted += [or_(table.c.old_code == code, table.c.new_code == code)] if code is not None else []
        columns = [table.c[name] for name in Passage.__dataclass_fields__]
        rows = self.connection.execute(select(*columns).where(*wanted).order_by(table.c.seq, table.c.fid))
        return [Passage(**row._mapping) for row in rows]

    def rows(self, table: Table) -> int:
        """Return how many rows a table has, history included."""
        return self.connection.execute(select(func.count()).select_from(table)).scalar_one()

    def _chosen(self, seq: int, box: Box | None, after: str | None) -> ColumnElement[bool]:
        """Return the clause for grids of a version, in a box, behind a code."""
        table = schema.grid_span
        clauses = [alive(table, seq)]
        if box is not None:
            clauses.append(self.backend.in_box(table, box, self.layer().srid))
        if after is not None:
            clauses.append(table.c.code > after)
        return and_(*clauses)

    def _frame(
        self,
        query: Select[Any],
        *,
        key: ColumnElement[str] = schema.grid_span.c.code,
        codes: Collection[str] | None = None,
        limit: int | None = None,
    ) -> Any:
        """Run a query, in parts where many codes are asked for, and build the table."""
        rows: list[Row[Any]] = []
        for part in _parts(query, key, codes):
            left = None if limit is None else limit - len(rows)
            if left == 0:
                break
            rows += self.connection.execute(part.limit(left)).all()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(query.selected_columns)
        typed = {
            column.name: self._series(column, values)
            for column, values in zip(query.selected_columns, columns, strict=True)
        }
        if "geometry" not in typed:
            return pd.DataFrame(typed)
        return gpd.GeoDataFrame(typed, geometry="geometry", crs=self.layer().crs)

    def _series(self, column: ColumnElement[Any], values: tuple[Any, ...]) -> Any:
        """Return one column with its type, also where it is empty."""
        if column.name == "geometry":
            return self.backend.decode(values)
        if isinstance(column.type, Double):
            return pd.Series(values, dtype=float)
        if isinstance(column.type, type(schema.Whole)):
            return pd.Series(values, dtype="int64")
        return pd.Series(values, dtype=None if values else object)


def _columns(table: Table, names: Collection[str]) -> list[ColumnElement[Any]]:
    """Return a table's columns by the names of the contract."""
    return [table.c.geom.label("geometry") if name == "geometry" else table.c[name] for name in names]


def alive(table: FromClause, seq: int) -> ColumnElement[bool]:
    """Return the clause for rows that live in a version."""
    return and_(table.c.v_from <= seq, or_(table.c.v_to.is_(None), table.c.v_to > seq))


def there(table: FromClause, load: int) -> ColumnElement[bool]:
    """Return the clause for places that are there after a load of a register."""
    return and_(table.c.load_from <= load, or_(table.c.load_to.is_(None), table.c.load_to > load))


def _parts(query: Select[Any], key: ColumnElement[str], codes: Collection[str] | None) -> Iterator[Select[Any]]:
    """Split a query for many codes into short ones that follow each other in order."""
    if codes is None:
        yield query
        return
    ordered = sorted(set(codes))
    for start in range(0, len(ordered), CODES_PER_QUERY):
        yield query.where(key.in_(ordered[start : start + CODES_PER_QUERY]))
