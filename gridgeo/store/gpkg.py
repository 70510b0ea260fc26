"""The embedded store: one GeoPackage file, readable by QGIS and GDAL at any moment.

Readers see the last published state while somebody writes (WAL); there is one writer at a time, and another waits up to
a minute for its turn. Not for network shares: SQLite's WAL needs one machine. Never let GDAL (pyogrio, geopandas)
open the file in a process that has the store open: GDAL brings an SQLite of its own, and the first of the two to close
the file drops the locks of both (sqlite.org/howtocorrupt.html, 2.2). Other processes, QGIS among them, are welcome.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote

import numpy as np
from pyproj import CRS
from sqlalchemy import ColumnElement, Connection, Engine, QueuePool, Table, column, create_engine, event, select
from sqlalchemy import func as sql
from sqlalchemy import table as virtual_table

from gridgeo.errors import StoreError
from gridgeo.store.backend import Backend, Box, definition_of, explained, plain_rows
from gridgeo.store.geometry import decode_gpkg, encode_gpkg, flat
from gridgeo.store.geopackage import (
    create_geopackage,
    create_rtree_triggers,
    drop_rtree_triggers,
    fill_rtree,
    grow_extent,
    install_functions,
    set_extent,
    set_reference_system,
    touch,
)
from gridgeo.store.schema import geometry_kind
from gridgeo.workplace import workplace

__all__ = ["GpkgBackend"]

BUSY_TIMEOUT_S = 60
"""How long a writer waits for those before it: publishing on a city of 8,000 grids takes some 4 s, and SQLite lets no
queue form, so of eight writers one may be passed over several times."""

USUAL_CACHE_KB = 2_000
"""SQLite's own default."""
LOAD_CACHE_KB = 256_000
"""While many rows are loaded: indexes are filled in any order, and with 2 MB their pages go to disk again and again."""


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Connect to a file; transactions are begun by the engine's event."""
    address = f"file:{quote(str(path))}?mode={mode}"
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    install_functions(connection)
    writable = mode == "rwc" or os.access(path, os.W_OK)
    # FULL: a publication that was reported as done survives a power cut.
    for pragma in ("foreign_keys = ON", "synchronous = FULL", *(["journal_mode = WAL"] if writable else [])):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _look(path: Path) -> sqlite3.Connection:
    """Connect to a file for one look at it, without a trace.

    Even reading makes files beside a database in WAL mode. Where there is neither log nor journal nobody is at work,
    and SQLite may take the file as one that never changes.
    """
    calm = not any(Path(f"{path}{ending}").exists() for ending in ("-wal", "-journal"))
    address = f"file:{quote(str(path))}?mode=ro{'&immutable=1' if calm else ''}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)


def _engine(path: Path, mode: str) -> Engine:
    """Return an engine whose writers take the lock when they begin, not when they first write."""
    engine = create_engine("sqlite://", creator=lambda: _connect(path, mode), poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("gridgeo_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _unlink(path: Path) -> None:
    """Remove a database and its write-ahead log."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


class GpkgBackend(Backend):
    """A GeoPackage file.

    Parameters
    ----------
    path : Path
        The file, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.url = f"gpkg://{self.path}"
        self.engine = _engine(self.path, "rw")

    def exists(self) -> bool:
        """Tell whether the file holds a store."""
        return {"alembic_version", "grid_span"} <= self._tables()

    def holds_layers(self) -> bool:
        """Tell whether the file is a GeoPackage at all."""
        return "gpkg_contents" in self._tables()

    def _tables(self) -> set[str]:
        """Return the names of the file's tables and leave file and folder as they are: it may be somebody else's."""
        if not self.path.is_file():
            return set()
        with explained(self.url), closing(_look(self.path)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def create(self, build: Callable[[Connection], None]) -> None:
        """Make the file under another name and link it into place, so that it is whole or not there."""
        self.require_place()
        with workplace(self.path) as draft:
            engine = _engine(draft, "rwc")
            try:
                with explained(self.url), engine.execution_options(gridgeo_writes=True).begin() as connection:
                    create_geopackage(connection)
                    build(connection)
            finally:
                engine.dispose()
            self._place(draft)

    def require_place(self) -> None:
        """Raise if the file is there, or its folder is not or takes no files."""
        if self.path.exists():
            raise StoreError(f"{self.path} exists already and is never overwritten; choose another name or remove it")
        if not self.path.parent.is_dir():
            raise StoreError(f"folder {self.path.parent} does not exist; make it first")
        try:
            with TemporaryFile(dir=self.path.parent):  # a right is not enough: the disk may be read-only
                pass
        except OSError as error:
            raise StoreError(
                f"{self.path.parent} takes no files ({error.strerror}); choose another folder for the store"
            ) from None

    def _place(self, draft: Path) -> None:
        """Give the finished file its name, unless somebody took it meanwhile."""
        try:
            os.link(draft, self.path)
        except FileExistsError:
            self.require_place()
        except OSError:  # a file system without hard links
            try:
                draft.rename(self.path)
            except OSError as error:
                raise StoreError(f"{self.path} cannot be made: {error.strerror}; choose another place") from None

    def remove(self) -> None:
        """Remove the file."""
        _unlink(self.path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the store."""
        with explained(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Take the write lock, and commit at the end."""
        with explained(self.url), self.engine.execution_options(gridgeo_writes=True).begin() as connection:
            yield connection

    def encode(self, geometries: np.ndarray, srid: int) -> Sequence[Any]:
        """Encode geometries as GeoPackage binary."""
        return encode_gpkg(geometries, srid)

    def decode(self, values: Sequence[Any]) -> np.ndarray:
        """Decode GeoPackage binary."""
        return decode_gpkg(values)

    def near(self, table: Table, box: Box, srid: int) -> ColumnElement[bool]:  # noqa: ARG002 (PostGIS needs it)
        """Ask the r-tree."""
        left, bottom, right, top = box
        names = ("id", "minx", "maxx", "miny", "maxy")
        tree = virtual_table(f"rtree_{table.name}_geom", *(column(name) for name in names)).c
        found = select(tree.id).where(tree.minx <= right, tree.maxx >= left, tree.miny <= top, tree.maxy >= bottom)
        return table.c.fid.in_(found)

    def envelope(self, table: Table) -> tuple[ColumnElement[float], ...]:
        """Return the envelope in the geometry's header."""
        geom = table.c.geom
        return sql.ST_MinX(geom), sql.ST_MinY(geom), sql.ST_MaxX(geom), sql.ST_MaxY(geom)

    def load(self, connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], srid: int) -> None:
        """Insert rows; the r-tree is filled at the end, which takes half the time of its triggers."""
        geometries = flat(columns["geom"], geometry_kind(table)) if "geom" in columns else None
        values = dict(columns)
        if geometries is not None:
            values["geom"] = self.encode(geometries, srid)
            drop_rtree_triggers(connection, table.name)
        connection.exec_driver_sql(f"PRAGMA cache_size = -{LOAD_CACHE_KB}")
        names, marks = '", "'.join(values), ", ".join("?" * len(values))
        statement = f'INSERT INTO {table.name} ("{names}") VALUES ({marks})'  # noqa: S608 (own table)
        cursor: Any = connection.connection.cursor()
        cursor.executemany(statement, plain_rows(table, values, self.engine))
        cursor.close()
        if geometries is not None:
            fill_rtree(connection, table.name, columns["fid"], geometries)
            create_rtree_triggers(connection, table.name)
        connection.exec_driver_sql(f"PRAGMA cache_size = -{USUAL_CACHE_KB}")

    def adopt_crs(self, connection: Connection, crs: CRS, srid: int) -> None:
        """Enter the CRS and give it to the listed layers."""
        organization = "EPSG" if crs.to_epsg(min_confidence=100) == srid else "NONE"
        set_reference_system(connection, srid, crs.name, organization, definition_of(crs))

    def settle(self, connection: Connection, extents: Mapping[str, Box]) -> None:
        """Tell GDAL how far each layer reaches."""
        for name, box in extents.items():
            set_extent(connection, name, box)

    def grow(self, connection: Connection, name: str, box: Box) -> None:
        """Tell GDAL that a layer reaches further."""
        grow_extent(connection, name, box)

    def changed(self, connection: Connection, names: Sequence[str]) -> None:
        """Enter the moment in the GeoPackage's table of contents."""
        for name in names:
            touch(connection, name)

    def size_bytes(self) -> int:
        """Return the size of the file and its write-ahead log in bytes."""
        files = (self.path, Path(f"{self.path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
