"""A line or area as a planner hands it in → geometry in the layer's CRS.

In: WKT, GeoJSON, pairs of coordinates, or a file; and the CRS they are in. Out: one shapely geometry.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridgeo.crs import to_city
from gridgeo.errors import InputError
from gridgeo.jobs.files import read_layer, reprojected

__all__ = ["drawn_shape", "moved_to"]

CHINA = (70.0, 3.0, 140.0, 55.0)
"""left, bottom, right, top in degrees: what lies in here is no metre of any layer, whose zones begin far from zero."""
_WORD = re.compile(r"\s*(SRID=\d+;)?\s*(POINT|LINESTRING|MULTILINESTRING|POLYGON|MULTIPOLYGON|GEOMETRY)", re.IGNORECASE)
_PAIRS = re.compile(r"\s*-?[\d.]+\s*[,，]\s*-?[\d.]+(?:[\s;；]+-?[\d.]+\s*[,，]\s*-?[\d.]+)+\s*")


def drawn_shape(text: str, layer_crs: str, *, crs: str | None = None, area: bool = False) -> Any:
    """Read a line or area.

    Parameters
    ----------
    text : str
        WKT; GeoJSON (a geometry, feature or collection); pairs such as ``500010,3700020 500090,3700050``; or
        ``FILE`` or ``FILE::LAYER`` of any vector format, all of whose features count.
    layer_crs : str
        CRS of the layer.
    crs : str, keyword-only, optional
        CRS of the coordinates: "EPSG:…", "GCJ-02", "BD-09"; by default that of the layer. A file says its own.
    area : bool, keyword-only
        Pairs of coordinates go around an area instead of along a line.

    Raises
    ------
    InputError
        If it can be read as none of these.
    ReadError, CRSError
        If a file cannot be read, or a CRS not be converted.
    """
    if _WORD.match(text):
        try:
            return moved_to(shapely.force_2d(shapely.from_wkt(text.rpartition(";")[2])), layer_crs, crs)
        except shapely.errors.ShapelyError as error:
            raise InputError(f"{text[:60]!r} is not WKT ({error})") from None
    if text.lstrip().startswith("{"):
        return moved_to(_from_geojson(text), layer_crs, crs)
    if _PAIRS.fullmatch(text):
        numbers = [float(part) for part in re.findall(r"-?[\d.]+", text)]
        points = np.reshape(numbers, (-1, 2))
        if area and len(points) < 3:
            raise InputError(f"an area needs at least three corners, {text!r} has {len(points)}")
        return moved_to(shapely.Polygon(points) if area else shapely.LineString(points), layer_crs, crs)
    if not Path(text.partition("::")[0]).exists():
        raise InputError(
            f"{text[:60]!r} is no file, and neither WKT nor GeoJSON nor pairs of coordinates such as "
            "'500010,3700020 500090,3700050'"
        )
    return _from_file(text, layer_crs)


def moved_to(shape: Any, layer_crs: str, crs: str | None) -> Any:
    """Bring a geometry into the layer's CRS.

    Raises
    ------
    CRSError
        If the CRS is unknown or cannot be converted.
    InputError
        If no CRS is said and the coordinates look like degrees.
    """
    if crs is None:
        left, bottom, right, top = shapely.bounds(shape)
        if CHINA[0] <= left <= right <= CHINA[2] and CHINA[1] <= bottom <= top <= CHINA[3]:
            raise InputError(
                f"coordinates such as {left:g}, {bottom:g} look like degrees, and the layer is in {layer_crs}; say "
                "which system they are in, such as --crs EPSG:4490 (CGCS2000) or --crs GCJ-02"
            )
        return shape
    return shapely.transform(shape, lambda points: np.column_stack(to_city(points[:, 0], points[:, 1], crs, layer_crs)))


def _from_geojson(text: str) -> Any:
    """Read a GeoJSON geometry, feature or collection."""
    try:
        said = json.loads(text)
        parts = [one["geometry"] for one in said["features"]] if said.get("type") == "FeatureCollection" else [said]
        return _one([shapely.from_geojson(json.dumps(one.get("geometry", one))) for one in parts])
    except (ValueError, KeyError, AttributeError, TypeError, shapely.errors.ShapelyError) as error:
        raise InputError(f"{text[:60]!r} is not GeoJSON ({error})") from None


def _from_file(spec: str, layer_crs: str) -> Any:
    """Read all features of a layer."""
    table = reprojected(read_layer(spec), layer_crs, spec)
    shapes = [shape for shape in shapely.force_2d(table.geometry.to_numpy()) if shape is not None]
    if not shapes:
        raise InputError(f"{spec} has no feature with geometry")
    return _one(shapes)


def _one(shapes: list[Any]) -> Any:
    """Put several geometries of one kind together."""
    parts = shapely.get_parts(np.array(shapes, object))
    if len(parts) == 1:
        return parts[0]
    kinds = {part.geom_type for part in parts}
    if kinds == {"LineString"}:
        return shapely.line_merge(shapely.MultiLineString(list(parts)))
    if kinds == {"Polygon"}:
        return shapely.union_all(parts)
    raise InputError(f"lines and areas are mixed ({', '.join(sorted(kinds))}); hand in one kind")
