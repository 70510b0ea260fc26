"""A published layer small enough to draw.

::

      3700200 +-----------+-----------+
              | 001 · 001 | 002 · 001 |     community 411102001001 | community 411102001002
      3700100 +-----------+-----------+
              | 001 · 002 | 002 · 002 |     each grid 100 m x 100 m
      3700000 +-----------+-----------+
            500000      500100      500200
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.store.base import Publication

CRS = "EPSG:4547"
LEFT, BOTTOM, SIDE_M = 500000.0, 3700000.0, 100.0
TOWN = "411102001"


def grids_of(columns: int = 2, rows: int = 2) -> gpd.GeoDataFrame:
    """Return a block of square grids, one community per column, numbered from north to south."""
    column, row = (part.ravel() for part in np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"))
    community = [f"{TOWN}{at + 1:03d}" for at in column]
    left, top = LEFT + column * SIDE_M, BOTTOM + (rows - row) * SIDE_M
    table = {
        "code": [f"{name}{number + 1:03d}" for name, number in zip(community, row, strict=True)],
        "kind": "general",
        "community_code": community,
        "community_name": [f"沙北街道第{at + 1}社区" for at in column],
        "short_name": [f"第{number + 1}网格" for number in row],
        "full_name": [f"第{at + 1}社区第{number + 1}网格" for at, number in zip(column, row, strict=True)],
        "households": 300 + row,
        "enterprises": row,
        "population": 900 + row,
        "area_m2": SIDE_M * SIDE_M,
    }
    return gpd.GeoDataFrame(table, geometry=shapely.box(left, top - SIDE_M, left + SIDE_M, top), crs=CRS)


def communities_of(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the communities that the grids make up."""
    whole = grids.dissolve("community_code", as_index=False)[["community_code", "community_name", "geometry"]]
    whole = whole.rename(columns={"community_code": "code", "community_name": "name"})
    whole.insert(2, "street", "沙北街道")
    return whole


def atoms_of(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return two atoms of every grid, its western and its eastern half; their middle is 2 mm beside the grid's border.

    They are numbered through each community: …-b1 and …-b2 in its first grid, …-b3 and …-b4 in the second.
    """
    rows = []
    for name, own in grids.groupby("community_code", sort=True):
        for k, shape in enumerate(own.geometry):
            left, bottom, right, top = shape.bounds
            low, high = ((left + right) / 2, bottom + 0.002), ((left + right) / 2, top + 0.002)
            halves = [(left, bottom), low, high, (left, top)], [low, (right, bottom), (right, top), high]
            rows += [
                {"id": f"{name}-b{2 * k + n}", "community_code": name, "households": 100 + n, "geometry": half}
                for n, half in enumerate(map(shapely.Polygon, halves), 1)
            ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=grids.crs)


def agency_grids_of(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what the party's grids were: those of the layer, each drawn 5 m too far east."""
    ids = [f"PH{number:06d}" for number in range(len(grids))]
    table = {"agency": "party", "agency_name": "党建网格", "source_id": ids, "label": ""}
    return gpd.GeoDataFrame(table, geometry=grids.geometry.translate(5).to_numpy(), crs=grids.crs)


def publication_of(columns: int = 2, rows: int = 2, **changes: object) -> Publication:
    """Return a whole publication: every grid came from one party grid and holds one household at its centre."""
    grids = grids_of(columns, rows)
    codes = grids["code"]
    centre = grids.geometry.centroid
    ids = [f"H{number:06d}" for number in range(len(grids))]
    whole = {"area_share": 1.0, "household_share": 1.0}
    places = pd.DataFrame(
        {
            "kind": "household",
            "id": ids,
            "x": centre.x,
            "y": centre.y,
            "count": 1,
            "population": 3,
            "address": "黄河路1号",
        }
    )
    lost = pd.DataFrame([["enterprise", "E1", np.nan, np.nan, 1, 0, ""]], columns=places.columns)
    findings = {"severity": "warning", "kind": "overlap", "agency": "party", "source_id": "P0", "area_m2": 2.5}
    parts = {
        "city_name": "漯河市",
        "crs": CRS,
        "layout": "gb15",
        "grids": grids,
        "communities": communities_of(grids),
        "provenance": pd.DataFrame({"code": codes, "agency": "party", "source_id": [f"P{i}" for i in ids], **whole}),
        "crosswalk": pd.DataFrame(
            {"agency": "party", "source_id": [f"P{i}" for i in ids], "code": codes, "change": "U", **whole}
        ),
        "findings": gpd.GeoDataFrame(
            [{**findings, "text": "两个网格重叠2.5平方米"}, {**findings, "text": "无几何", "source_id": ""}],
            geometry=[shapely.box(LEFT, BOTTOM, LEFT + 1, BOTTOM + 2.5), None],
            crs=CRS,
        ),
        "places": pd.concat([places, lost], ignore_index=True),
        "assignments": pd.concat(
            [
                pd.DataFrame({"kind": "household", "id": ids, "code": codes, "method": "inside", "distance_m": 0.0}),
                pd.DataFrame(
                    [["enterprise", "E1", None, "none", np.nan]], columns=["kind", "id", "code", "method", "distance_m"]
                ),
            ],
            ignore_index=True,
        ),
        "certificate": {"seamless": True, "grids": len(grids)},
        "code_book": {f"{TOWN}{at + 1:03d}": rows for at in range(columns)},
    }
    return Publication(**{**parts, **changes})
