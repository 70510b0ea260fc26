"""Footprints of buildings: the polygons of a register that has them, in the city CRS.

In: a building register and its rows as `gridgeo.intake.registers` settled them. Out: ``id`` and Polygon geometry, for
`gridgeo.partition.divide`, which cuts no building. Points stay what they are: buildings whose extent nobody knows.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.city import City, Register
from gridgeo.intake.features import read_features
from gridgeo.intake.registers import stated_crs
from gridgeo.intake.shapes import POLYGON_KINDS
from gridgeo.intake.sniff import settle_points

__all__ = ["no_footprints", "read_footprints"]

_SAME_M = 1.0
"""A row's own point lies in its polygon or this near; where it does not, the two were read by different systems."""


def no_footprints(city: City) -> gpd.GeoDataFrame:
    """Return the table of a city that has none."""
    return gpd.GeoDataFrame({"id": pd.Series([], dtype=object)}, geometry=gpd.GeoSeries([], crs=city.crs))


def read_footprints(
    register: Register, rows: pd.DataFrame, city: City, communities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Read the polygons of a building register.

    Parameters
    ----------
    register : Register
    rows : DataFrame, (n,)
        The register as `gridgeo.intake.registers.read_register` returns it: ``id, x, y`` of every row of the file.
    city : City
    communities : GeoDataFrame
        In the city CRS.

    Returns
    -------
    GeoDataFrame
        ``id`` and valid Polygon geometry in the city CRS; several rows for a building of several parts, none for rows
        without a polygon. What is wrong with a row was told when the register was read.
    """
    if register.x:
        return no_footprints(city)
    features = read_features(register.source, [register.id], agency=register.kind)
    shapes = shapely.force_2d(features.table.geometry.to_numpy())
    own = np.flatnonzero(np.isin(shapely.get_type_id(shapes), POLYGON_KINDS) & ~np.isnan(rows["x"].to_numpy()))
    if not len(own):
        return no_footprints(city)
    xy = shapely.get_coordinates(shapes[own])
    stated = stated_crs(features, register)
    x, y, _ = settle_points(
        xy[:, 0],
        xy[:, 1],
        stated,
        city,
        kind=register.kind,
        file=features.file,
        reference=communities,
        shift_m=register.source.shift_m,
    )
    shapes = shapely.set_coordinates(shapes[own], np.column_stack([x, y]))
    shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    placed = shapely.dwithin(shapes, shapely.points(rows[["x", "y"]].to_numpy(float)[own]), _SAME_M)
    parts, row = shapely.get_parts(shapes[placed], return_index=True)
    areal = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    ids = rows["id"].to_numpy(object)[own[placed][row[areal]]]
    return gpd.GeoDataFrame({"id": pd.Series(ids, dtype=object)}, geometry=parts[areal], crs=city.crs)
