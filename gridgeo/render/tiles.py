"""The layer as vector tiles: grids, communities and label points for zooms from the whole city to the street.

In: the layers of a map. Out: the bytes of a PMTiles archive, which MapLibre, OpenLayers, QGIS and GDAL read. Borders
are thinned for each zoom as one coverage, so that no hairline opens between neighbours at any zoom, and not at all at
the last one, where every grid is there with every attribute. Before: `layers`; after: `mvt`, `pmtiles`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.place_names import short_community
from gridgeo.render.edition import grid_number
from gridgeo.render.layers import TITLES, rounded_areas
from gridgeo.render.mvt import EXTENT, POINT, POLYGON, Row, encoded, layer_bytes, point_commands, polygon_commands
from gridgeo.render.pmtiles import Frame, pmtiles

__all__ = ["vector_tiles"]

WORLD_M = 2 * math.pi * 6_378_137
"""Side of the square of EPSG:3857."""
LAST_ZOOM, DEEPEST = 15, 20
"""A unit of a tile is 0.25 m on the ground at 34 degrees of zoom 15; deeper only where a grid would vanish."""
WIDER = 2
"""Zooms kept below the one at which the layer fills a tile."""
THINNED_UNITS = 4.0
"""Borders are thinned to half a pixel of a 512 pixel tile."""
MARGIN_UNITS = 64
"""What a tile holds beyond its edge, so that a border drawn there is whole: 8 pixels."""
LABEL_PX = 32
"""Side of the equal-area square from which on a grid's number is shown; as on the page."""
TILE_PX = 512


def vector_tiles(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, told: Mapping[str, str]) -> bytes:
    """Make a PMTiles archive.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        ``code``, ``community_code`` and all columns that become attributes.
    communities : GeoDataFrame, (m,)
        ``code`` and ``name``.
    told : mapping
        See `gridgeo.render.about.about`.

    Returns
    -------
    bytes
        The layers ``grid``, ``community`` and ``label`` (``text, code, level``). Ids of features count from 1 in order
        of code, the same at every zoom.

    Raises
    ------
    InputError
        If a grid vanishes even at the deepest zoom.
    """
    shapes, outlines = _on_the_world(grids), _on_the_world(communities)
    first, last = _zooms(shapes, grids)
    rows, community_rows = _rows(rounded_areas(grids)), _rows(communities)
    labels = _labels(grids, shapes, communities, outlines)
    sound, whole = (bool(shapely.coverage_is_valid(units)) for units in (shapes, outlines))
    tiles: dict[tuple[int, int, int], bytes] = {}
    for zoom in range(last, first - 1, -1):
        if zoom < last:
            # A coverage that is thinned stays one, so the next zoom may start from it.
            shapes, outlines = _thinned(shapes, zoom, sound=sound), _thinned(outlines, zoom, sound=whole)
        layers = (
            _polygon_layer("grid", shapes, rows, zoom),
            _polygon_layer("community", outlines, community_rows, zoom),
            _label_layer(labels, zoom),
        )
        for layer in layers:
            for place, data in layer:
                tiles[zoom, *place] = tiles.get((zoom, *place), b"") + data
    west, south, east, north = (float(side) for side in grids.geometry.to_crs("EPSG:4326").total_bounds)
    described = [_described("grid", grids), _described("community", communities), _LABELS]
    metadata = {
        "name": told.get("title", ""),
        "description": "；".join(told[key] for key in ("version", "use", "review_number") if key in told),
        "type": "overlay",
        "about": dict(told),
        "vector_layers": [{**layer, "minzoom": first, "maxzoom": last} for layer in described],
    }
    return pmtiles(tiles, metadata, Frame(first, last, (west, south, east, north)))


_LABELS: dict[str, Any] = {"id": "label", "fields": {"text": "String", "code": "String", "level": "String"}}


def _on_the_world(layer: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return shapes in EPSG:3857 scaled to 0 … 1, y downwards."""
    mercator = layer.geometry.to_crs("EPSG:3857").to_numpy()
    return shapely.transform(mercator, lambda xy: np.array([0.5, 0.5]) + xy * np.array([1, -1]) / WORLD_M)


def _zooms(shapes: NDArray[np.object_], grids: gpd.GeoDataFrame) -> tuple[int, int]:
    """Return the first and the last zoom."""
    left, top, right, bottom = shapely.total_bounds(shapes)
    fills = math.floor(-math.log2(max(right - left, bottom - top, 2.0**-DEEPEST)))
    for last in range(LAST_ZOOM, DEEPEST + 1):
        drawn = polygon_commands(_scaled(shapes, EXTENT * 2**last))
        if all(drawn):
            return max(0, min(fills, last) - WIDER), last
    gone = grids["code"].iloc[drawn.index(b"")]
    raise InputError(f"grid {gone} is too small for vector tiles of zoom {DEEPEST}; give it an area or write a .gpkg")


def _scaled(shapes: NDArray[np.object_], factor: float) -> NDArray[np.object_]:
    """Return shapes with coordinates times a factor, counted from the middle of the layer to keep them exact."""
    left, top, right, bottom = shapely.total_bounds(shapes)
    origin = np.round(np.array([left + right, top + bottom]) / 2 * factor)
    return shapely.transform(shapes, lambda xy: xy * factor - origin)


def _thinned(shapes: NDArray[np.object_], zoom: int, *, sound: bool) -> NDArray[np.object_]:
    """Return a coverage thinned once for both neighbours; what is none stays as it is, so that its faults show."""
    return shapely.coverage_simplify(shapes, THINNED_UNITS / EXTENT / 2**zoom) if sound else shapes


def _rows(layer: gpd.GeoDataFrame) -> list[Row]:
    """Return number and attributes of every feature; what is missing is left out."""
    names = [name for name in layer.columns if name != layer.geometry.name]
    values = zip(*(layer[name].tolist() for name in names), strict=True)
    return [
        encoded(number, {name: value for name, value in zip(names, told, strict=True) if not pd.isna(value)})
        for number, told in enumerate(values, start=1)
    ]


def _polygon_layer(
    name: str, shapes: NDArray[np.object_], rows: list[Row], zoom: int
) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield column and row of every tile of a zoom that shows something, with the layer's bytes."""
    side, margin = 2.0**-zoom, 2.0**-zoom * MARGIN_UNITS / EXTENT
    for (column, row), members in _places(shapes, zoom, margin):
        corner = np.array([column, row]) * side
        box = shapely.box(*(corner - margin), *(corner + side + margin))
        found = shapes[members]
        sticking_out = ~shapely.contains_properly(box, found)
        found[sticking_out] = _areas(shapely.intersection(found[sticking_out], box))
        units = shapely.transform(found, lambda xy, corner=corner: (xy - corner) * (EXTENT / side))
        data = layer_bytes(name, POLYGON, [rows[member] for member in members], polygon_commands(units))
        if data:
            yield (column, row), data


def _places(
    shapes: NDArray[np.object_], zoom: int, margin: float
) -> Iterator[tuple[tuple[int, int], NDArray[np.int64]]]:
    """Yield the tiles of a zoom that shapes lie in, in order, with the shapes' positions."""
    left, top, right, bottom = shapely.total_bounds(shapes)
    columns = np.arange(*_span(left - margin, right + margin, zoom))
    rows = np.arange(*_span(top - margin, bottom + margin, zoom))
    column, row = (axis.ravel() for axis in np.meshgrid(columns, rows, indexing="ij"))
    side = 2.0**-zoom
    boxes = shapely.box(
        column * side - margin, row * side - margin, (column + 1) * side + margin, (row + 1) * side + margin
    )
    tile, member = shapely.STRtree(shapes).query(boxes, predicate="intersects")
    order = np.lexsort((member, tile))
    tile, member = tile[order], member[order]
    starts = np.flatnonzero(np.r_[True, np.diff(tile) != 0]) if len(tile) else np.empty(0, np.int64)
    for members, at in zip(np.split(member, starts[1:]), tile[starts], strict=False):
        yield (int(column[at]), int(row[at])), members


def _span(low: float, high: float, zoom: int) -> tuple[int, int]:
    """Return the first tile of a stretch and the one behind its last."""
    return max(0, math.floor(low * 2**zoom)), min(2**zoom, math.floor(high * 2**zoom) + 1)


def _areas(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons of cut shapes; a shape that only touches the box leaves a line or a point, which go."""
    kind = shapely.get_type_id(shapes)
    for at in np.flatnonzero(kind == 7):  # few: mixed results of a cut
        parts = shapely.get_parts(shapes[at])
        shapes[at] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    shapes[~np.isin(kind, (3, 6, 7))] = shapely.Polygon()
    return shapes


def _labels(
    grids: gpd.GeoDataFrame, shapes: NDArray[np.object_], communities: gpd.GeoDataFrame, outlines: NDArray[np.object_]
) -> pd.DataFrame:
    """Return what stands where: ``x, y`` on the world, ``zoom`` from which on, ``text, code, level``."""
    owners = grids["community_code"]
    numbers = [grid_number(code, owner) for code, owner in zip(grids["code"], owners, strict=True)]
    names = [short_community(name) for name in communities["name"]]
    levels = (("grid", shapes, numbers, grids["code"]), ("community", outlines, names, communities["code"]))
    found = []
    for level, units, texts, codes in levels:
        x, y = shapely.get_coordinates(_middles(units)).T
        side = np.sqrt(np.median(shapely.area(units)))
        zoom = math.ceil(math.log2(LABEL_PX / TILE_PX / side))
        found.append(pd.DataFrame({"x": x, "y": y, "zoom": zoom, "text": texts, "code": codes, "level": level}))
    return pd.concat(found, ignore_index=True)


def _middles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the place of every shape that is farthest from its borders, to a twentieth of its size."""
    places = shapely.point_on_surface(shapes)  # all that can be had of an invalid shape
    sound = shapely.is_valid(shapes)
    sides = np.sqrt(shapely.area(shapes[sound]))
    places[sound] = shapely.get_point(shapely.maximum_inscribed_circle(shapes[sound], tolerance=sides / 20), 0)
    return places


def _label_layer(labels: pd.DataFrame, zoom: int) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield column and row of every tile with labels, and the layer's bytes; a label stands in one tile only."""
    shown = labels[labels["zoom"] <= zoom]
    place = shown[["x", "y"]].to_numpy() * 2**zoom
    tile = np.floor(place).astype(np.int64)
    for at in pd.DataFrame(tile, index=range(len(tile))).groupby([0, 1], sort=True).indices.items():
        (column, row), members = at
        words = shown.iloc[members]
        rows = [
            encoded(int(number) + 1, {"text": text, "code": code, "level": level})
            for number, text, code, level in zip(words.index, words["text"], words["code"], words["level"], strict=True)
        ]
        commands = point_commands((place[members] - tile[members]) * EXTENT)
        yield (int(column), int(row)), layer_bytes("label", POINT, rows, commands)


def _described(name: str, layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what the archive says of a layer: fields and their kinds, with their Chinese titles."""
    names = [column for column in layer.columns if column != layer.geometry.name]
    kinds = {column: "Number" if pd.api.types.is_numeric_dtype(layer[column]) else "String" for column in names}
    return {"id": name, "fields": kinds, "titles": {column: TITLES[name][column] for column in names}}
