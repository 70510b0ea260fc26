"""One published version of the layer, ready to be served.

In: a `Served`. Out: a `Published` with every grid's GeoJSON, a spatial index in longitude and latitude, and the
legend. A published version never changes, so it is built once and kept until the next one appears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from gridgeo.api.served import Served
from gridgeo.codes.layout import Layout, get_layout
from gridgeo.crs import from_city
from gridgeo.errors import CodeError
from gridgeo.jobs.lookup import PARENTS, Lookup
from gridgeo.render.edition import grid_number
from gridgeo.render.legend import classes
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import LayerInfo, Version

__all__ = ["SERVED_CRS", "Published", "group_code", "publish_view", "to_lonlat"]

DECIMALS = 9
"""0.1 mm on the ground: finer than the layer's millimetre, so no two vertices fall together."""
SERVED_CRS = "EPSG:4326"
"""CGCS2000 and WGS84 longitude and latitude are taken as equal (see `gridgeo.crs`)."""
COUNTS = ("households", "enterprises", "population")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published version, read-only."""

    version: Version
    """What is served; the ETag is made from it."""
    layer: LayerInfo
    grids: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.GRID`, sorted by code, city CRS."""
    communities: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.COMMUNITY` and parent levels, sorted by code, city CRS."""
    codes: np.ndarray
    """The grids' codes, sorted: for cursors."""
    features: tuple[bytes, ...]
    """GeoJSON features in the order of ``grids``."""
    community_features: tuple[bytes, ...]
    tree: shapely.STRtree
    """Over the grids in longitude, latitude."""
    lookup: Lookup
    """Answers questions, in the city CRS."""
    bbox: tuple[float, float, float, float]
    """left, bottom, right, top in degrees."""
    recipe: Recipe
    """How grids are classed by colour, by this version's own rules."""


def publish_view(served: Served) -> Published:
    """Make a version ready for maps and lists, besides look-ups.

    Parameters
    ----------
    served : Served

    Returns
    -------
    Published
    """
    grids, recipe = served.grids, served.recipe
    communities = served.communities.sort_values("code", kind="stable", ignore_index=True)
    shapes = to_lonlat(grids)
    bounds = shapely.total_bounds(shapes)
    return Published(
        version=served.version,
        layer=served.layer,
        grids=grids,
        communities=communities,
        codes=grids["code"].to_numpy(dtype=str),
        features=_features(_grid_rows(grids, communities, get_layout(served.layer.layout), recipe), shapes),
        community_features=_features(_community_rows(communities, grids, recipe), to_lonlat(communities)),
        tree=shapely.STRtree(shapes),
        lookup=served.lookup,
        bbox=(float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])),
        recipe=recipe,
    )


def to_lonlat(table: gpd.GeoDataFrame) -> np.ndarray:
    """Return geometries in longitude, latitude, to 0.1 mm; shared vertices stay shared.

    Parameters
    ----------
    table : GeoDataFrame, (n,)
        In a metric CRS.

    Returns
    -------
    ndarray of shapely geometry, (n,)
    """

    def convert(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lon, lat = from_city(x, y, SERVED_CRS, table.crs)
        return np.round(lon, DECIMALS), np.round(lat, DECIMALS)

    return shapely.transform(table.geometry.to_numpy(), convert, interleaved=False)


def group_code(code: str, layout: Layout) -> str:
    """Return a code in groups, as people read it aloud.

    Examples
    --------
    >>> group_code("440305022595001", get_layout("gb15")), group_code("W-17", get_layout("plain"))
    ('440305 022 595 001', 'W-17')
    """
    if layout.name == "plain":
        return code
    try:
        return " ".join(layout.parse(code).values())
    except CodeError:  # imported layers may hold codes that their layout does not explain
        return code


def _grid_rows(
    grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, layout: Layout, recipe: Recipe
) -> list[dict[str, Any]]:
    """Return what each grid's feature says."""
    chains = {row["code"]: _parents(row) for row in communities.drop(columns="geometry").to_dict("records")}
    rows = pd.DataFrame(grids.drop(columns="geometry")).assign(area_m2=grids["area_m2"].round(2)).to_dict("records")
    for row, of_class in zip(rows, classes(grids, recipe).tolist(), strict=True):
        row["code_grouped"] = group_code(row["code"], layout)
        row["number"] = grid_number(row["code"], row["community_code"])
        row["class"] = of_class
        row["chain"] = [*chains.get(row["community_code"], []), row["community_name"], row["short_name"]]
    return rows


def _parents(community: dict[str, Any]) -> list[str]:
    """Return the names above a community, the widest first."""
    return [community[level] for level in PARENTS if community.get(level)]


def _community_rows(communities: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, recipe: Recipe) -> list[dict[str, Any]]:
    """Return what each community's feature says: its names, the sums over its grids, the class of their mean."""
    sums = grids.groupby("community_code")[list(COUNTS)].sum()
    sums["grids"] = grids.groupby("community_code").size()
    table = pd.DataFrame(communities.drop(columns="geometry")).join(sums, on="code")
    table[sums.columns] = table[sums.columns].fillna(0).astype(int)
    means = table[list(COUNTS)].div(table["grids"].clip(lower=1), axis=0)
    return table.assign(**{"class": classes(means.assign(kind="general"), recipe)}).to_dict("records")


def _features(rows: list[dict[str, Any]], shapes: np.ndarray) -> tuple[bytes, ...]:
    """Write one GeoJSON feature per row, identified by its code."""
    bodies = shapely.to_geojson(shapes)
    return tuple(
        orjson.dumps(
            {"type": "Feature", "id": row["code"], "properties": row, "geometry": orjson.Fragment(body)},
            option=orjson.OPT_SERIALIZE_NUMPY,
        )
        for row, body in zip(rows, bodies, strict=True)
    )
