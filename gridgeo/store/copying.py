"""Copy a store into another, of either kind, with its whole history.

In: two open stores, the second empty. Out: a report with rows and digest per table; the copy is undone if they differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from sqlalchemy import Connection, Table, func, select

from gridgeo.errors import StoreError
from gridgeo.store import schema
from gridgeo.store.backend import Backend, Box
from gridgeo.store.digest import rows_digest

__all__ = ["contents", "copied_tables", "copy_tables"]

ROWS_PER_PART = 20_000


def copied_tables() -> list[Table]:
    """Return the tables that make up a store's content, parents first; ``meta`` is about the store itself."""
    return [table for table in schema.metadata.sorted_tables if table is not schema.meta]


def _parts(backend: Backend, connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Yield a table's columns, geometry decoded, some thousand rows at a time in order of fid."""
    last = 0
    while True:
        query = select(table).where(table.c.fid > last).order_by(table.c.fid).limit(ROWS_PER_PART)
        rows = connection.execute(query).all()
        if not rows:
            return
        columns: dict[str, Any] = dict(zip(table.c.keys(), zip(*rows, strict=True), strict=True))
        if "geom" in columns:
            columns["geom"] = backend.decode(columns["geom"])
        yield columns
        last = rows[-1].fid


class _Tally:
    """Rows, digest and extent of a table, added up part by part."""

    def __init__(self) -> None:
        self.rows = 0
        self.digest = hashlib.sha256()
        self.bounds: list[np.ndarray] = []

    def add(self, columns: dict[str, Any]) -> None:
        """Count a part in."""
        self.rows += len(columns["fid"])
        plain = dict(columns)
        if "geom" in columns:
            plain["geom"] = shapely.to_wkb(columns["geom"], byte_order=1).tolist()
            self.bounds.append(shapely.total_bounds(columns["geom"]))
        rows_digest(self.digest, zip(*plain.values(), strict=True))

    @property
    def content(self) -> tuple[int, str]:
        """Rows and digest."""
        return self.rows, self.digest.hexdigest()

    @property
    def box(self) -> Box | None:
        """left, bottom, right, top; None without geometry."""
        known = [part for part in self.bounds if np.isfinite(part).all()]
        if not known:
            return None
        left, bottom, right, top = np.transpose(known)
        return float(left.min()), float(bottom.min()), float(right.max()), float(top.max())


def contents(backend: Backend, connection: Connection) -> dict[str, tuple[int, str]]:
    """Return rows and digest of every table.

    Returns
    -------
    dict of str to (int, str)
        Table → number of rows, SHA-256 of all of them in order.
    """
    tallies = {table.name: _Tally() for table in copied_tables()}
    for table in copied_tables():
        for columns in _parts(backend, connection, table):
            tallies[table.name].add(columns)
    return {name: tally.content for name, tally in tallies.items()}


def copy_tables(source: Backend, target: Backend) -> dict[str, tuple[int, str]]:
    """Copy every table in one transaction, read it back and compare rows and digests.

    Returns
    -------
    dict of str to (int, str)
        Table → rows, digest: the same in both stores.

    Raises
    ------
    StoreError
        If the target is not empty, or the copy differs.
    """
    tallies = {table.name: _Tally() for table in copied_tables()}
    with source.reading() as reading, target.writing() as writing:
        _refuse_content(target, writing)
        srid = _adopt_crs(reading, target, writing)
        for table in copied_tables():
            for columns in _parts(source, reading, table):
                target.load(writing, table, columns, srid)
                tallies[table.name].add(columns)
        target.settle(writing, _extents(tallies))
        found = contents(target, writing)
        different = [name for name, tally in tallies.items() if tally.content != found[name]]
        if different:
            raise StoreError(f"the copy in {target.url} differs in {', '.join(different)}; nothing was copied")
    return found


def _adopt_crs(reading: Connection, target: Backend, writing: Connection) -> int:
    """Give the source's CRS to the target and return its number; 0 before the first publication."""
    layer = reading.execute(select(schema.layer)).first()
    if layer is None:
        return 0
    target.adopt_crs(writing, CRS.from_user_input(layer.crs), layer.srid)
    return int(layer.srid)


def _refuse_content(target: Backend, connection: Connection) -> None:
    """Raise if the target holds anything."""
    rows = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in copied_tables()
    }
    if any(rows.values()):
        raise StoreError(f"store {target.url} is not empty; copy into a new store")


def _extents(tallies: dict[str, _Tally]) -> dict[str, Box]:
    """Return how far each layer reaches; a view reaches as far as its table."""
    boxes = {name: tally.box for name, tally in tallies.items()}
    boxes |= {view: boxes[table] for view, (table, _, _) in schema.VIEWS.items()}
    return {name: box for name, box in boxes.items() if box is not None}
