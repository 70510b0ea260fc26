"""Proof of what registers brought: every load told, its places in their grids, the counts per grid those of the places.

In: a snapshot of a store. Out: sentences on what is otherwise. Used by `gridgeo.jobs.audit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select

from gridgeo.draft.ground import Places
from gridgeo.store import schema
from gridgeo.store.counts import counted
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader

__all__ = ["outside_faults", "register_faults"]

NEAR_M = 0.002
"""A place lies in its grid, or on its border after the border gained a vertex and was rounded."""


def outside_faults(held: Places, shape: Any, code: str, seq: int) -> Iterator[str]:
    """Yield the places of one grid that are said to lie in it and do not.

    Parameters
    ----------
    held : Places
    shape : Polygon
        The grid, in the layer's CRS.
    code : str
    seq : int
        The version, for the sentence.
    """
    inside = held.take(np.flatnonzero((held.method == "inside") | (held.method == "border")))
    away_m = shapely.distance(shapely.points(inside.xy), shape)
    for nth in np.flatnonzero(away_m > NEAR_M).tolist():
        yield (
            f"assignment of {inside.kind[nth]} {inside.id[nth]} in version {seq}: it lies {away_m[nth]:.2f} m outside "
            f"grid {code}"
        )


def register_faults(reader: Reader) -> Iterator[str]:
    """Yield what registers brought otherwise than the audit says, lies elsewhere, or is counted wrongly."""
    table, audit = schema.register_load, schema.audit
    rows = reader.connection.execute(select(audit).where(audit.c.act == "load").order_by(audit.c.fid))
    told = {row.what: row for row in rows}
    for load in reader.connection.execute(select(table).order_by(table.c.nth)):
        entry = told.pop(f"register {load.nth}", None)
        if entry is None:
            yield f"register load {load.nth}: the audit knows of no such load"
        elif (entry.detail.get("report"), entry.actor) != (load.report, load.actor):
            yield f"register load {load.nth}: its report is not what audit row {entry.fid} says"
        yield from _load_faults(reader, load)
    for what, row in told.items():
        yield f"audit row {row.fid} tells of {what}, which is not there"
    yield from _count_faults(reader)


def _load_faults(reader: Reader, load: Any) -> Iterator[str]:
    """Yield what one load brought and took otherwise than it says, and places outside their grids."""
    place = schema.place
    for name, column in (("came", place.c.load_from), ("went", place.c.load_to)):
        query = select(func.count()).select_from(place).where(column == load.nth)
        found = reader.connection.execute(query).scalar_one()
        if found != load.report.get(name):
            yield f"register load {load.nth}: {found:,} places {name} with it, its report says {load.report.get(name)}"
    ground = StoreGround(reader, load.base_seq, load=load.nth)
    held = ground.of_load(load.nth).by_code()
    rows = ground.grids(list(held))
    for code, places in sorted(held.items()):
        if code in rows:
            yield from outside_faults(places, rows[code].geometry, code, load.base_seq)
        else:
            yield f"register load {load.nth}: {len(places):,} places in {code}, which version {load.base_seq} lacks"


def _count_faults(reader: Reader) -> Iterator[str]:
    """Yield grids whose counts are not those of their places."""
    table = schema.grid_count
    columns = table.c.code, table.c.kind, table.c.places, table.c["count"], table.c.population
    said = {tuple(row[:2]): tuple(row[2:]) for row in reader.connection.execute(select(*columns))}
    found = {tuple(row[:2]): tuple(map(int, row[2:])) for row in reader.connection.execute(counted())}
    for code, kind in sorted({*said, *found}):
        one, two = said.get((code, kind), (0, 0, 0)), found.get((code, kind), (0, 0, 0))
        if one != two:
            yield f"count of {kind} in grid {code or '(none)'}: {one[0]:,} places are noted, there are {two[0]:,}"
