"""The server store: PostGIS, in a database schema of its own.

Everything lives in schema ``gridgeo``, so it stands beside whatever else a city keeps in its database. Readers see one
snapshot; publishers queue at a lock on the layer table. The database stores, indexes and locks; geometry is computed
by shapely, so PostGIS 3.0 and later will do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from io import StringIO
from typing import Any

import numpy as np
from pyproj import CRS
from sqlalchemy import ColumnElement, Connection, Table, create_engine, event, select, text
from sqlalchemy import func as sql
from sqlalchemy.engine import make_url

from gridgeo.errors import StoreError
from gridgeo.store.backend import Backend, Box, definition_of, explained, plain_rows
from gridgeo.store.geometry import decode_ewkb, encode_ewkb, flat
from gridgeo.store.schema import FEATURES, create_views, drop_views, geometry_kind, metadata

__all__ = ["PostgisBackend"]

SCHEMA = "gridgeo"
ROWS_PER_COPY = 20_000
"""Rows turned into text at a time: about 20 MB of grids."""
ROWS_WORTH_A_REBUILD = 1000
"""From here it is faster to build the spatial index after the load than to keep it up during the load."""

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copy_field(value: Any) -> str:
    """Write one value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES)
    return value.isoformat() if isinstance(value, date) else repr(value)


def _copy_text(rows: Iterable[tuple[Any, ...]]) -> Iterator[StringIO]:
    """Write rows in COPY's text format, some thousand at a time."""
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join(map(_copy_field, row)))
        if len(lines) == ROWS_PER_COPY:
            yield StringIO("\n".join(lines) + "\n")
            lines = []
    if lines:
        yield StringIO("\n".join(lines) + "\n")


class PostgisBackend(Backend):
    """A PostgreSQL database with PostGIS.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:port/database``.
    """

    def __init__(self, url: str) -> None:
        address = make_url(url).set(drivername="postgresql+psycopg2")
        self.url = address.set(drivername="postgresql").render_as_string(hide_password=True)
        self.engine = create_engine(address, pool_pre_ping=True)
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ")
        event.listen(self.engine, "connect", _use_schema)

    @property
    def address(self) -> str:
        """The same with the password."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def exists(self) -> bool:
        """Tell whether the database holds a store."""
        with self.reading() as connection:
            return connection.scalar(text(f"SELECT to_regclass('{SCHEMA}.alembic_version')")) is not None

    def require_place(self) -> None:
        """Raise if the database holds a store."""
        if self.exists():
            raise StoreError(f"store {self.url} exists already and is never overwritten; choose another database")

    def create(self, build: Callable[[Connection], None]) -> None:
        """Make the schema and its tables in one transaction."""
        self.require_place()
        with explained(self.url), self.engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            build(connection)

    def remove(self) -> None:
        """Drop the store's own tables, and the schema if nothing of anybody else's is in it."""
        with explained(self.url), self.engine.begin() as connection:
            drop_views(connection)
            metadata.drop_all(connection)
            connection.execute(text(f"DROP TABLE {SCHEMA}.alembic_version"))
            connection.execute(text(f"DROP FUNCTION {SCHEMA}.refuse_rewrite()"))
            query = text("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(:name)")
            if not connection.execute(query, {"name": SCHEMA}).scalar_one():
                connection.execute(text(f"DROP SCHEMA {SCHEMA}"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one snapshot."""
        with explained(self.url), self._snapshots.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Wait for the layer's lock, and commit at the end; readers are not held up."""
        with explained(self.url), self.engine.begin() as connection:
            connection.execute(text("LOCK TABLE layer IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def encode(self, geometries: np.ndarray, srid: int) -> Sequence[Any]:
        """Encode geometries as hexadecimal EWKB."""
        return encode_ewkb(geometries, srid)

    def decode(self, values: Sequence[Any]) -> np.ndarray:
        """Decode hexadecimal EWKB."""
        return decode_ewkb(values)

    def near(self, table: Table, box: Box, srid: int) -> ColumnElement[bool]:
        """Ask the GiST index."""
        return table.c.geom.op("&&")(sql.ST_MakeEnvelope(*box, srid))

    def envelope(self, table: Table) -> tuple[ColumnElement[float], ...]:
        """Return the sides of the geometry's box."""
        geom = table.c.geom
        return sql.ST_XMin(geom), sql.ST_YMin(geom), sql.ST_XMax(geom), sql.ST_YMax(geom)

    def load(self, connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], srid: int) -> None:
        """Insert rows by COPY; a large load builds the spatial index afterwards."""
        values = dict(columns)
        if "geom" in values:
            values["geom"] = self.encode(flat(columns["geom"], geometry_kind(table)), srid)
        rows = len(columns["fid"])
        rebuild = "geom" in values and rows >= ROWS_WORTH_A_REBUILD and _fewer(connection, table, rows)
        if rebuild:
            connection.execute(text(f"DROP INDEX ix_{table.name}_geom"))
        names = '", "'.join(values)
        cursor: Any = connection.connection.cursor()
        for lines in _copy_text(plain_rows(table, values, self.engine)):
            cursor.copy_expert(f'COPY {table.name} ("{names}") FROM STDIN', lines)
        cursor.close()
        if rebuild:
            connection.execute(text(f"CREATE INDEX ix_{table.name}_geom ON {table.name} USING gist (geom)"))

    def adopt_crs(self, connection: Connection, crs: CRS, srid: int) -> None:
        """Make the CRS known and type the geometry columns with it."""
        self._enter_reference_system(connection, crs, srid)
        drop_views(connection)
        for name in FEATURES:
            kind = geometry_kind(metadata.tables[name])
            change = f"TYPE geometry({kind}, {srid}) USING ST_SetSRID(geom, {srid})"
            connection.execute(text(f"ALTER TABLE {name} ALTER COLUMN geom {change}"))
        create_views(connection)

    def _enter_reference_system(self, connection: Connection, crs: CRS, srid: int) -> None:
        """Add a CRS that PostGIS does not know; refuse a number that means another one."""
        definition = definition_of(crs)
        query = text("SELECT srtext, auth_name FROM spatial_ref_sys WHERE srid = :srid")
        known = connection.execute(query, {"srid": srid}).first()
        if known is None:
            statement = (
                "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) "
                "VALUES (:srid, :name, :srid, :definition, :proj4)"
            )
            name = "EPSG" if crs.to_epsg(min_confidence=100) == srid else "gridgeo"
            values = {"srid": srid, "name": name, "definition": definition, "proj4": ""}
            connection.execute(text(statement), values)
        elif known.auth_name != "EPSG" and known.srtext != definition:
            raise StoreError(
                f"store {self.url}: spatial_ref_sys has another CRS under {srid}, the number of the layer's own CRS; "
                "use another database"
            )

    def settle(self, connection: Connection, extents: Mapping[str, Box]) -> None:  # noqa: ARG002 (GeoPackage needs it)
        """Let each table number its next row itself, and tell the planner what was loaded."""
        for table in metadata.sorted_tables:
            if "fid" in table.c:
                sequence = f"pg_get_serial_sequence('{table.name}', 'fid')"
                query = f"SELECT setval({sequence}, max(fid)) FROM {table.name} HAVING max(fid) IS NOT NULL"  # noqa: S608
                connection.execute(text(query))
            connection.execute(text(f"ANALYZE {table.name}"))

    def changed(self, connection: Connection, names: Sequence[str]) -> None:
        """Note nothing: PostgreSQL keeps no such record."""

    def size_bytes(self) -> int:
        """Return the size of the store's tables with their indexes in bytes."""
        query = (
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :name AND c.relkind = 'r'"
        )
        with self.reading() as connection:
            return int(connection.execute(text(query), {"name": SCHEMA}).scalar_one())


def _fewer(connection: Connection, table: Table, rows: int) -> bool:
    """Tell whether a table has fewer rows than so many."""
    return connection.execute(select(table.c.fid).offset(rows - 1).limit(1)).first() is None


def _use_schema(connection: Any, _: Any) -> None:
    """Let a new connection find the store's tables first, whatever else its search path holds."""
    autocommit, connection.autocommit = connection.autocommit, True
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('search_path', '{SCHEMA}, ' || current_setting('search_path'), false)")
    connection.autocommit = autocommit
