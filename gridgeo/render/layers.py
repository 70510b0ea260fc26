"""What a map shows as layers for other programs: grids, communities and label points with plain attributes.

In: a `Content`. Out: tables with geometry in the grids' CRS and the English columns of ``layer.gpkg``, so that what was
exported can be drawn or imported again. Next: `geojson`, `shapefile`, `tiles` and ``jobs.spatial_files``.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridgeo.render.content import Content
from gridgeo.render.table import CLASS, COLUMNS

__all__ = ["TITLES", "community_layer", "grid_layer", "rounded_areas"]

TITLES = {
    "grid": {**COLUMNS, "class": CLASS, "fill": "填色"},
    "community": {
        "code": "社区编码", "name": "社区名称", "street": COLUMNS["street"], "county": COLUMNS["county"],
    },
}  # fmt: skip
"""Layer → column → Chinese title."""
PARENTS = ("street", "county")


def grid_layer(content: Content) -> gpd.GeoDataFrame:
    """Return the grids with everything that the map says of them.

    Parameters
    ----------
    content : Content

    Returns
    -------
    GeoDataFrame, (n,)
        The grids' own columns that `COLUMNS` names, their ``street`` and ``county`` where known, ``class`` (label of
        the legend), ``fill`` (its colour, ``#rrggbb``); in order of code.
    """
    grids, communities = content.edition.grids, content.edition.communities
    found = {name: grids[name].to_numpy() for name in COLUMNS if name in grids}
    for level in PARENTS:
        if level in communities and level not in found:
            parent = dict(zip(communities["code"], communities[level], strict=True))
            found[level] = grids["community_code"].map(parent).fillna("").to_numpy(dtype=object)
    rows = {row.key: row for row in content.rows}
    shown = [rows.get(int(key)) for key in content.key]
    ordered = {name: found[name] for name in COLUMNS if name in found}
    ordered["class"] = np.array(["" if row is None else " ".join(row.label.split()) for row in shown], dtype=object)
    ordered["fill"] = np.array(["" if row is None else row.fill for row in shown], dtype=object)
    return gpd.GeoDataFrame(pd.DataFrame(ordered), geometry=grids.geometry.to_numpy(), crs=grids.crs)


def community_layer(content: Content) -> gpd.GeoDataFrame:
    """Return the communities of the grids: ``code, name``, ``street`` and ``county`` where known; in order of code."""
    communities = content.edition.communities
    names = ["code", "name", *(level for level in PARENTS if level in communities)]
    return gpd.GeoDataFrame(
        communities[names].reset_index(drop=True), geometry=communities.geometry.to_numpy(), crs=communities.crs
    )


def rounded_areas(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer with areas to 0.01 m², as the table of the map has them."""
    if "area_m2" not in layer:
        return layer
    return layer.assign(area_m2=pd.to_numeric(layer["area_m2"], errors="coerce").round(2))
