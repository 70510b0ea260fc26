"""Contracts of the tables that leave the product: columns, types, units.

Codes and ids are text everywhere; areas are square metres; geometry is in the city CRS.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from gridgeo.errors import SchemaError

__all__ = [
    "AGENCY_GRID",
    "ATOM",
    "COMMUNITY",
    "CROSSWALK",
    "FINDING",
    "GRID",
    "OUTCOME",
    "PROVENANCE",
    "REASON",
    "check_table",
]

GRID = {
    "code": "text", "kind": "text", "community_code": "text", "community_name": "text", "short_name": "text",
    "full_name": "text", "households": "int", "enterprises": "int", "population": "int", "area_m2": "float",
    "geometry": "Polygon",
}  # fmt: skip
"""``kind`` is general, exclusive or micro."""

COMMUNITY = {"code": "text", "name": "text", "geometry": "Polygon or MultiPolygon"}
"""The cleaned authority; one text column per parent level (``street``, ``county``) may follow."""

ATOM = {"id": "text", "community_code": "text", "households": "int", "geometry": "Polygon"}
"""The blocks that all lines leave undivided and that grids are made of; ``id`` is the community's code, ``-b`` and a
number, and stays whatever becomes of the grids."""

PROVENANCE = {"code": "text", "agency": "text", "source_id": "text", "area_share": "float", "household_share": "float"}
"""What each grid was made from: shares of the grid."""

CROSSWALK = {
    "agency": "text", "source_id": "text", "code": "text", "change": "text", "area_share": "float",
    "household_share": "float",
}  # fmt: skip
"""Where each agency grid went: shares of the agency grid; ``change`` is U, S, M or X."""

AGENCY_GRID = {"agency": "text", "agency_name": "text", "source_id": "text", "label": "text", "geometry": "any"}
"""The agencies' own grids as they were read, in the city CRS and before any repair: shapes may be invalid or missing,
``source_id`` may repeat. They are what ``crosswalk`` speaks of."""

OUTCOME = {
    "code": "text", "agency": "text", "source_id": "text", "kept_households": "int", "came_households": "int",
    "left_households": "int", "low": "int", "high": "int", "population_max": "int", "status": "text", "gap": "float",
    "violation": "text",
}  # fmt: skip
"""What became of each grid: the base grid it succeeds (``agency``, "" without a base; ``source_id``, "" for a new
grid); households of it that stayed, of other base grids that came, of it that went elsewhere; the sizes it had to keep
and the rule it breaks (Chinese, "" = none); how its community was solved (optimal, bounded, heuristic) and the gap
(NaN = not known)."""

REASON = {
    "code": "text", "other": "text", "decision": "text", "why": "text", "length_m": "float", "overruled_m": "float",
    "agencies": "text", "barrier": "text", "barrier_m": "float", "instead_households": "int", "geometry": "any",
}  # fmt: skip
"""Why each border was kept (between ``code`` and ``other``, the smaller code first; ``other`` is "" at the limit of all
communities) or dropped (inside ``code``; ``other`` is ""). ``why`` is a key of `gridgeo.partition.reasons.WHY`;
``overruled_m`` counts the metres against the agencies' wishes, weighted by the share overruled; ``agencies`` is JSON,
key → [metres wanted as a border, metres not wanted]; ``barrier`` is the class that runs along most of it;
``instead_households`` is the grid that would break the size rules if the agencies had their way, 0 = does not apply."""

FINDING = {
    "severity": "text", "kind": "text", "agency": "text", "source_id": "text", "area_m2": "float", "text": "text",
    "geometry": "any",
}  # fmt: skip

_IS = {
    "text": lambda column: column.map(lambda value: isinstance(value, str)).all(),
    "int": pd.api.types.is_integer_dtype,
    "float": pd.api.types.is_float_dtype,
}


def check_table(table: pd.DataFrame, contract: dict[str, str], name: str) -> None:
    """Raise one error that lists every breach of a contract.

    Parameters
    ----------
    table : DataFrame, (n,)
    contract : dict of str to str
        One of this module's tables.
    name : str
        What the message calls the table.

    Raises
    ------
    SchemaError
        If a column is missing or holds values of another type.
    """
    faults = []
    for column, kind in contract.items():
        if column == "geometry":
            if not isinstance(table, gpd.GeoDataFrame):
                faults.append("it has no geometry")
        elif column not in table:
            faults.append(f"column {column!r} is missing")
        elif not _IS[kind](table[column]):
            faults.append(f"column {column!r} must hold {kind}")
    if faults:
        raise SchemaError(f"table {name}: {'; '.join(faults)}")
