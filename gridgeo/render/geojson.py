"""The grids as GeoJSON (RFC 7946): longitude and latitude, seven decimals, neighbours sharing every vertex.

In: a layer in a metric CRS. Out: the bytes of the file. Before: `layers`; after: ``jobs.export`` writes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.render.layers import rounded_areas

__all__ = ["geojson", "to_degrees"]

DECIMALS = (7, 8, 9)
"""Digits behind the point, the fewest at which the coverage stays one: 0.01 m, 1 mm, 0.1 mm on the ground. RFC 7946
(11.2) has six in mind and allows more; borders are kept to the millimetre."""


def geojson(layer: gpd.GeoDataFrame, told: Mapping[str, str]) -> bytes:
    """Write a layer as one FeatureCollection, one feature per line.

    Parameters
    ----------
    layer : GeoDataFrame, (n,)
        Polygons in a metric CRS; all other columns become properties. Areas are given to 0.01 m².
    told : mapping
        See `gridgeo.render.about.about`; stands as ``about`` beside the features (a foreign member, RFC 7946, 6.1).

    Returns
    -------
    bytes
        UTF-8. Outer rings run counter-clockwise.

    Raises
    ------
    InputError
        If a grid is so small that it vanishes.
    """
    degrees, _ = to_degrees(layer)
    names = [name for name in layer.columns if name != layer.geometry.name]
    values = rounded_areas(layer)[names]
    rows = zip(degrees, *(_plain(values[name]) for name in names), strict=True)
    features = (
        _text({"type": "Feature", "properties": dict(zip(names, row, strict=True)), "geometry": _geometry(shape)})
        for shape, *row in rows
    )
    box = [float(side) for side in shapely.total_bounds(degrees)]
    head = f'{{"type":"FeatureCollection","about":{_text(dict(told))},"bbox":{_text(box)},"features":[\n'
    return (head + ",\n".join(features) + "\n]}\n").encode()


def to_degrees(layer: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], int]:
    """Return polygons in rounded longitude and latitude, and the decimals that it took to keep a coverage.

    Parameters
    ----------
    layer : GeoDataFrame, (n,)
        A coverage, or polygons with the faults of an imported layer, which stay as they are.

    Returns
    -------
    shapes : ndarray of Polygon or MultiPolygon, (n,)
        Neighbours have the same vertices, because the same place is rounded the same way; outer rings run
        counter-clockwise. A coverage is one afterwards.
    decimals : int

    Raises
    ------
    InputError
        If a grid vanishes even at the finest rounding.
    """
    exact = layer.geometry.to_crs("EPSG:4326").to_numpy()
    sound = bool(shapely.coverage_is_valid(layer.geometry.to_numpy()))
    valid = shapely.is_valid(exact)
    for decimals in DECIMALS:
        shapes = _rounded(exact, decimals)
        kept = bool((shapely.is_valid(shapes) | ~valid).all())
        if kept and (not sound or shapely.coverage_is_valid(shapes)):
            break
    gone = shapely.area(shapes) == 0
    if gone.any():
        code = layer.iloc[int(np.argmax(gone))].get("code", "")
        raise InputError(
            f"grid {code} is too small for longitude and latitude of {decimals} decimals; give it an area or write a "
            ".gpkg"
        )
    return shapely.orient_polygons(shapes, exterior_cw=False), decimals


def _rounded(shapes: NDArray[np.object_], decimals: int) -> NDArray[np.object_]:
    """Return shapes with rounded coordinates and no vertex twice in a row; neighbours lose the same ones."""
    moved = shapely.transform(shapes, lambda xy: np.round(xy, decimals))
    try:
        return shapely.remove_repeated_points(moved, 0.0)
    except shapely.GEOSException:  # a ring is left with too few places: it is invalid as it stands
        return moved


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    """Return a polygon as GeoJSON has it."""
    parts = [
        [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]
    if shape.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _plain(column: pd.Series) -> Iterator[Any]:
    """Yield values that JSON knows; what is missing is null."""
    for value in column.tolist():
        missing = value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value))
        yield None if missing else value


def _text(value: Any) -> str:
    """Return JSON without spaces; Chinese stays readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
