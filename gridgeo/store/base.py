"""The store: one door to GeoPackage and PostGIS.

In: a store URL. Out: a `Store` to publish into and to read any version from. Before: `gridgeo.jobs.publish` hands in a
finished layer; next: assign, locate, maps and the API read it. Geometry is in the layer's CRS; lon/lat is the API's
business.

Examples
--------
>>> parse_url("gpkg:///srv/luohe.gpkg")
('gpkg', '/srv/luohe.gpkg')
>>> parse_url("luohe.gpkg")
('gpkg', 'luohe.gpkg')
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from gridgeo.errors import StoreError
from gridgeo.store import copying, migrate, schema
from gridgeo.store.backend import Backend
from gridgeo.store.gpkg import GpkgBackend
from gridgeo.store.postgis import PostgisBackend
from gridgeo.store.records import LayerInfo, Publication, StoreInfo, Version
from gridgeo.store.store import Store

__all__ = [
    "LayerInfo", "Publication", "Store", "StoreInfo", "Version", "copy_store", "has_store", "init_store", "open_store",
    "parse_url", "require_place", "upgrade_store",
]  # fmt: skip


def parse_url(url: str) -> tuple[str, str]:
    """Return the kind of a store (gpkg or postgresql) and its address.

    Raises
    ------
    StoreError
        If the URL is of neither kind.
    """
    if url.startswith("postgresql://"):
        return "postgresql", url
    named = re.match(r"gpkg:(?://)?(.+)", url)
    if named:
        # a path that begins with two slashes is read as the name of a machine
        path = re.sub("^/+", "/", named[1])
        return "gpkg", path[1:] if re.match(r"/[A-Za-z]:", path) else path
    if url.lower().endswith(".gpkg") and "://" not in url:
        return "gpkg", url
    raise StoreError(f"{url!r} is not a store; write gpkg:///path/file.gpkg or postgresql://user@host/database")


def _backend(url: str) -> Backend:
    """Return the database behind a URL; nothing is opened or made yet."""
    kind, address = parse_url(url)
    return GpkgBackend(Path(address).expanduser()) if kind == "gpkg" else PostgisBackend(address)


def _place_of(url: str) -> str:
    """Return where a store lies, however its URL is written."""
    kind, address = parse_url(url)
    return str(Path(address).expanduser().resolve()) if kind == "gpkg" else address


def _no_store(backend: Backend) -> StoreError:
    """Return what to say where there is no store."""
    if isinstance(backend, GpkgBackend) and backend.holds_layers():
        return StoreError(
            f"{backend.path} is a layer file, not a store; publish it with: gridgeo import {backend.path} "
            "--store NEW.gpkg"
        )
    return StoreError(
        f"there is no store at {backend.url}; name another with --store URL or a layer file with --layer FILE, or make "
        f"an empty one with: gridgeo store init {backend.url}"
    )


def has_store(url: str) -> bool:
    """Tell whether there is a store at a URL.

    Raises
    ------
    StoreError
        If the URL is of neither kind, or the server or file cannot be read.
    """
    backend = _backend(url)
    try:
        return backend.exists()
    finally:
        backend.close()


def require_place(url: str) -> None:
    """Raise if a store could not be made at a URL; nothing is made.

    Raises
    ------
    StoreError
        If something else is there, or the place cannot be written.
    """
    backend = _backend(url)
    try:
        backend.require_place()
    finally:
        backend.close()


def open_store(url: str) -> Store:
    """Open a store.

    Parameters
    ----------
    url : str
        ``gpkg:///path/file.gpkg``, a path ending in ``.gpkg``, or ``postgresql://user:password@host:port/database``.

    Raises
    ------
    StoreError
        If there is no store, it cannot be reached, or its tables are older or newer than this program.
    """
    backend = _backend(url)
    try:
        if not backend.exists():
            raise _no_store(backend)
        with backend.reading() as connection:
            migrate.check_revision(connection, backend.url)
    except BaseException:
        backend.close()
        raise
    return Store(backend)


def init_store(url: str) -> Store:
    """Make an empty store and open it; what exists is never overwritten.

    Raises
    ------
    StoreError
        If there is a store or file already, or the place cannot be written.
    """
    backend = _backend(url)
    try:
        backend.create(_build)
    except BaseException:
        backend.close()
        raise
    return Store(backend)


def _build(connection: Connection) -> None:
    """Write the tables of an empty store."""
    migrate.upgrade(connection)
    connection.execute(insert(schema.meta).values(key="created", value=datetime.now(UTC).isoformat(timespec="seconds")))


def upgrade_store(url: str) -> tuple[str, str]:
    """Bring a store's tables up to this program and return the schema versions before and after."""
    backend = _backend(url)
    try:
        if not backend.exists():
            raise _no_store(backend)
        with backend.writing() as connection:
            before = migrate.stored_revision(connection)
            migrate.refuse_newer(connection, backend.url)
            migrate.upgrade(connection)
            return before, migrate.stored_revision(connection)
    finally:
        backend.close()


def copy_store(source_url: str, target_url: str) -> dict[str, tuple[int, str]]:
    """Copy a store with its history into a new one (or one that is still empty), and compare.

    Returns
    -------
    dict of str to (int, str)
        Table → rows and SHA-256, the same in both stores.

    Raises
    ------
    StoreError
        If the source is missing, the target is the same store or holds anything, or the copy differs.
    """
    if _place_of(source_url) == _place_of(target_url):
        raise StoreError(f"source and target are the same store, {source_url}; copy into a new one")
    with open_store(source_url) as source:
        made = not has_store(target_url)
        with init_store(target_url) if made else open_store(target_url) as target:
            try:
                return copying.copy_tables(source.backend, target.backend)
            except BaseException:
                if made:  # the next attempt starts where this one did
                    with suppress(StoreError):
                        target.remove_empty()
                raise
