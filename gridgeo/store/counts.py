"""What there is in each current grid, kept up in the transaction that changes it.

In: the codes of the grids in which anything changed. Out: rows of ``grid_count``, counted afresh from the places.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select

from gridgeo.store import schema
from gridgeo.store.read import CODES_PER_QUERY

__all__ = ["NO_GRID", "counted", "recount"]

NO_GRID = ""
"""What stands for the code of places that no grid is responsible for."""
MOST_CODES = 5 * CODES_PER_QUERY
"""Of more grids than this the whole layer is counted: one pass through a million places takes seconds."""


def counted() -> Select[Any]:
    """Return the query for ``code, kind, places, count, population`` of what is there now."""
    link, place = schema.assignment, schema.place
    code = func.coalesce(link.c.code, NO_GRID).label("code")
    sums = func.count(), func.sum(place.c["count"]), func.sum(place.c.population)
    query = select(code, place.c.kind, *sums).join_from(link, place, place.c.fid == link.c.place_fid)
    query = query.where(link.c.v_to.is_(None), place.c.load_to.is_(None))
    return query.group_by(code, place.c.kind).order_by(code, place.c.kind)


def recount(connection: Connection, codes: Collection[str] | None = None) -> None:
    """Count grids afresh.

    Parameters
    ----------
    connection : Connection
        The writing transaction.
    codes : collection of str, optional
        `NO_GRID` is one of them; by default all.
    """
    table = schema.grid_count
    names = ["code", "kind", "places", "count", "population"]
    if codes is None or len(codes) > MOST_CODES:
        connection.execute(delete(table))
        connection.execute(insert(table).from_select(names, counted()))
        return
    ordered, link = sorted(codes), schema.assignment
    for start in range(0, len(ordered), CODES_PER_QUERY):
        part = ordered[start : start + CODES_PER_QUERY]
        connection.execute(delete(table).where(table.c.code.in_(part)))
        here = or_(link.c.code.in_(part), link.c.code.is_(None)) if NO_GRID in part else link.c.code.in_(part)
        connection.execute(insert(table).from_select(names, counted().where(here)))
