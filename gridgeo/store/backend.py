"""What a database must offer to be a store: the few things in which GeoPackage and PostGIS differ.

In: a URL. Out: transactions, geometry encoding, box clause, bulk load, CRS, lock. Everything else is shared Core code
in `gridgeo.store.read`, `gridgeo.store.write` and `gridgeo.store.copying`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from sqlite3 import Error as SqliteError
from typing import Any, TypeAlias

import numpy as np
from psycopg2 import Error as PostgresError
from pyproj import CRS
from sqlalchemy import ColumnElement, Connection, Engine, Table, and_
from sqlalchemy.exc import SQLAlchemyError

from gridgeo.errors import CRSError, StoreError

__all__ = ["CUSTOM_SRID", "Backend", "Box", "definition_of", "explained", "plain_rows", "srid_of"]

Box: TypeAlias = tuple[float, float, float, float]
"""left, bottom, right, top."""

CUSTOM_SRID = 910001
"""Number of a CRS without EPSG code; PostGIS leaves 910000 to 998999 to its users."""


class Backend(ABC):
    """One database, opened."""

    url: str
    """Where the store is, without password."""
    engine: Engine

    @property
    def address(self) -> str:
        """The same with the password."""
        return self.url

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether the database holds a store."""

    @abstractmethod
    def require_place(self) -> None:
        """Raise if a store could not be made here; nothing is made."""

    @abstractmethod
    def create(self, build: Callable[[Connection], None]) -> None:
        """Make an empty store; `build` writes the tables. Nothing is left if it fails."""

    @abstractmethod
    def remove(self) -> None:
        """Remove the whole store."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state of the store."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Open the one transaction that may write; it is committed at the end, or undone as a whole."""

    @abstractmethod
    def encode(self, geometries: np.ndarray, srid: int) -> Sequence[Any]:
        """Encode geometries for the database."""

    @abstractmethod
    def decode(self, values: Sequence[Any]) -> np.ndarray:
        """Decode geometries from the database."""

    @abstractmethod
    def near(self, table: Table, box: Box, srid: int) -> ColumnElement[bool]:
        """Return the index's clause for rows near a box; it may let through a little too much."""

    @abstractmethod
    def envelope(self, table: Table) -> tuple[ColumnElement[float], ...]:
        """Return left, bottom, right, top of a row's geometry as SQL."""

    def in_box(self, table: Table, box: Box, srid: int) -> ColumnElement[bool]:
        """Return the clause for rows whose envelope meets a box (left, bottom, right, top; layer CRS).

        Both databases index 32-bit envelopes rounded outwards, so the 64-bit envelope decides.
        """
        west, south, east, north = map(float, box)  # psycopg2 does not know numpy's numbers
        left, bottom, right, top = self.envelope(table)
        exact = left <= east, bottom <= north, right >= west, top >= south
        return and_(self.near(table, (west, south, east, north), srid), *exact)

    @abstractmethod
    def load(self, connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], srid: int) -> None:
        """Insert many rows with their ``fid``; column ``geom`` holds shapely geometries."""

    @abstractmethod
    def adopt_crs(self, connection: Connection, crs: CRS, srid: int) -> None:
        """Give the layer's CRS to every geometry column of a store without grids."""

    @abstractmethod
    def size_bytes(self) -> int:
        """Return the size on disk in bytes."""

    @abstractmethod
    def settle(self, connection: Connection, extents: Mapping[str, Box]) -> None:
        """Bring the database's own records up to date after a load; `extents` names what reaches how far."""

    def grow(self, connection: Connection, name: str, box: Box) -> None:  # noqa: B027 (PostGIS needs nothing)
        """Note that a layer reaches as far as a box (left, bottom, right, top) as well."""

    @abstractmethod
    def changed(self, connection: Connection, names: Sequence[str]) -> None:
        """Note that layers changed, for programs that ask before they read them again."""

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn a database error into one sentence that names the store."""
    try:
        yield
    except (SQLAlchemyError, SqliteError, PostgresError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        raise StoreError(f"store {url}: {_remedy(cause)}; nothing was changed") from error


def _remedy(cause: str) -> str:
    """Say what a database error means where the database does not."""
    known = {
        "database or disk is full": "the disk is full; make room and run the job again",
        "disk I/O error": "the disk refused to write (full, or a quota); make room and run the job again",
        "database is locked": "somebody else is writing to it; try again when they are done",
        "attempt to write a readonly database": "the file may not be written; check its permissions",
        "file is not a database": "this file is not a GeoPackage",
        "permission denied to create extension": "an administrator must run CREATE EXTENSION postgis in it first",
        "extension control file": "the server has no PostGIS; install PostGIS on the server first",
        'extension "postgis" is not available': "the server has no PostGIS; install PostGIS on the server first",
    }
    return next((sentence for words, sentence in known.items() if words in cause), cause)


def plain_rows(table: Table, columns: Mapping[str, Sequence[Any]], engine: Engine) -> Iterator[tuple[Any, ...]]:
    """Yield rows of values that the driver takes as they are; NaN becomes None.

    Parameters
    ----------
    table : Table
    columns : mapping of str to sequence, (n,)
        Columns of the table, geometry already encoded.
    engine : Engine

    Yields
    ------
    tuple
        One row, in the order of `columns`.
    """
    ready = [_driver_values(table, name, values, engine) for name, values in columns.items()]
    return zip(*ready, strict=True)


def _driver_values(table: Table, name: str, values: Sequence[Any], engine: Engine) -> list[Any]:
    """Return one column as Python values, bound as its type asks for."""
    plain = values.tolist() if hasattr(values, "tolist") else list(values)
    if name == "geom":
        return plain
    bind = table.c[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect)
    known = (None if value is None or value != value else value for value in plain)  # noqa: PLR0124 (only NaN differs from itself)
    return list(known) if bind is None else [bind(value) for value in known]


def srid_of(crs: CRS) -> int:
    """Return the number under which both databases know a CRS: its EPSG code, or `CUSTOM_SRID`."""
    return crs.to_epsg(min_confidence=100) or CUSTOM_SRID


def definition_of(crs: CRS) -> str:
    """Return a CRS as WKT 1, which both databases keep.

    Raises
    ------
    CRSError
        If the CRS cannot be said in WKT 1.
    """
    try:
        return crs.to_wkt("WKT1_GDAL")
    except Exception as error:
        raise CRSError(
            f"CRS {crs.name!r} cannot be written as WKT 1, which GeoPackage and PostGIS need; take a projected one"
        ) from error
