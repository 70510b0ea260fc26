"""The layer as a one-file web map that opens from disk, offline, in any browser.

In: a `Content` and a `Recipe`. Out: the HTML. Borders are thinned once for both neighbours and stored as steps of
1e-6 degree (0.1 m) from vertex to vertex, a third of the size of GeoJSON. Before: ``jobs.draw``; after: `inline`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from folium.template import Template
from numpy.typing import NDArray
from pyproj import CRS

from gridgeo.render.content import Content, Mark
from gridgeo.render.edition import borders
from gridgeo.render.inline import one_file
from gridgeo.render.legend import EXCLUSIVE_CLASS, LegendRow
from gridgeo.render.palette import INK, MUTED, NEIGHBOUR_LINE
from gridgeo.render.recipe import Recipe
from gridgeo.render.surroundings import nearby
from gridgeo.render.thin_web import thinned_together
from gridgeo.render.web_frame import WebFrame
from gridgeo.render.web_labels import web_labels

__all__ = ["web_map"]

DETAIL_M = 0.5
"""Borders are thinned to about this length: one pixel at the closest zoom that the map needs."""
STEPS_PER_DEGREE = 1_000_000
HATCH_LINES = 14
"""45 degree lines across an exclusive grid; canvas knows no patterns, so they are drawn."""
POINT_M = 5.0
BORDERS_PX = (("city", 2.6), ("street", 2.0), ("community", 1.3))
COUNTS = ("households", "enterprises")


def web_map(content: Content, recipe: Recipe) -> str:
    """Draw the layer as one HTML file without any outside reference.

    Parameters
    ----------
    content : Content
    recipe : Recipe

    Returns
    -------
    str
        The page. The same input gives the same page.
    """
    shown, _ = thinned_together(nearby(content), DETAIL_M)
    grids, key = shown.edition.grids, shown.key
    page = folium.Map(
        tiles=None,
        prefer_canvas=True,
        attribution_control=False,
        zoom_control=False,
        zoom_snap=0.25,
    )
    page.get_root().title = recipe.title
    WebFrame(shown, recipe).add_to(page)
    if len(shown.neighbours):
        _lines(shapely.boundary(shown.neighbours), grids.crs, NEIGHBOUR_LINE, 1.0).add_to(page)
    for row in shown.rows:
        if (key == row.key).any():
            _grids_of_class(grids[key == row.key], row).add_to(page)
    for lines in _all_lines(shown):
        lines.add_to(page)
    west, south, east, north = gpd.GeoSeries(_degrees(grids.geometry.to_numpy(), grids.crs)).total_bounds
    _Call("gg.labels", web_labels(shown.edition)).add_to(page)
    _Call("gg.start", [[south, west], [north, east]]).add_to(page)
    return one_file(page.get_root().render())


class _Call(MacroElement):
    """One call of a function of ``web_map.js``, with the map and JSON values."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this.function }}({{ this._parent.get_name() }}{% for value in this.values %}, {{ value }}{% endfor %});\n"
        "{% endmacro %}"
    )

    def __init__(self, function: str, *values: Any) -> None:
        super().__init__()
        self.function = function
        texts = (json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)
        # A name that holds "</script>" must not end the script.
        self.values = [text.replace("<", "\\u003c") for text in texts]


def _grids_of_class(grids: gpd.GeoDataFrame, row: LegendRow) -> _Call:
    """Return the drawing of one class with what its tooltips say."""
    data: dict[str, Any] = {"codes": grids["code"].tolist(), "names": grids["full_name"].tolist()}
    for column in COUNTS:
        if column in grids:
            data[column] = [None if pd.isna(value) else int(value) for value in grids[column]]
    data["shapes"] = [_packed(shape) for shape in _degrees(grids.geometry.to_numpy(), grids.crs)]
    look = {"fillColor": row.fill, "fillOpacity": 1, "color": row.hatch or MUTED, "weight": 1.6 if row.hatch else 0.7}
    return _Call("gg.grids", data, look | {"smoothFactor": 0})


def _all_lines(content: Content) -> Iterator[_Call]:
    """Yield hatches, then borders from the thinnest to the widest; a border is drawn on its highest level only."""
    crs, edition = content.edition.grids.crs, content.edition
    for row in content.rows:
        if row.hatch:
            hatch = _hatch(edition.grids.geometry.to_numpy()[content.key == row.key])
            yield _lines(hatch, crs, row.hatch, 1.0 if row.key == EXCLUSIVE_CLASS else 0.5)
    higher, calls = shapely.MultiLineString(), []
    for level, width_px in BORDERS_PX:
        lines = shapely.union_all(borders(edition, level))
        calls.append(_lines(np.array([shapely.difference(lines, higher)]), crs, INK, width_px))
        higher = shapely.union(higher, lines)
    yield from reversed(calls)
    for mark in content.marks:
        yield from _mark(mark, crs)


def _mark(mark: Mark, crs: CRS) -> Iterator[_Call]:
    """Yield what one mark is drawn with: hatch, or a casing and the line; points as small rings."""
    width_px = 2 * mark.width_pt
    if mark.hatch:
        yield _lines(_hatch(mark.shapes), crs, mark.colour, 0.9)
        return
    lines = np.array([_as_line(shape) for shape in shapely.get_parts(mark.shapes)], dtype=object)
    if mark.casing:
        yield _lines(lines, crs, "#ffffff", width_px + 2)
    yield _lines(lines, crs, mark.colour, width_px, dashes="" if mark.dashes == "solid" else "6 4")


def _as_line(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a line as it is, the border of a polygon, a ring of `POINT_M` around a point."""
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        shape = shapely.buffer(shape, POINT_M)
    return shape if dimension == 1 else shapely.boundary(shape)


def _lines(lines: NDArray[np.object_], crs: CRS, colour: str, width_px: float, *, dashes: str = "") -> _Call:
    """Return the drawing of lines that neither catch the mouse nor carry data."""
    parts = shapely.get_parts(shapely.line_merge(lines))
    steps = [_steps(part) for part in _degrees(parts[~shapely.is_empty(parts)], crs)]
    look = {"color": colour, "weight": width_px} | ({"dashArray": dashes} if dashes else {})
    return _Call("gg.lines", steps, look)


def _degrees(shapes: NDArray[np.object_], crs: CRS) -> NDArray[np.object_]:
    """Return shapes in lon, lat."""
    return gpd.GeoSeries(shapes, crs=crs).to_crs("EPSG:4326").to_numpy()


def _packed(shape: shapely.Geometry) -> list[list[list[int]]]:
    """Return a polygon as parts, each a list of rings without their closing vertex."""
    return [[_steps(ring)[:-2] for ring in shapely.get_rings(part)] for part in shapely.get_parts(shape)]


def _steps(line: shapely.Geometry) -> list[int]:
    """Return the first vertex and the steps to each next one, in 1e-6 degree: lon, lat, lon, lat …"""
    steps = np.round(shapely.get_coordinates(line) * STEPS_PER_DEGREE).astype(np.int64)
    # Steps between rounded places do not add up errors: neighbours keep sharing every vertex.
    return [int(step) for step in np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()]


def _hatch(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return 45 degree lines across each shape."""
    left, bottom, right, top = (edge[:, None] for edge in shapely.bounds(shapes).T)
    high = top - bottom
    # Rising lines that start on the bottom edge, extended to the left by the height, cross the whole box.
    start = left - high + (np.arange(HATCH_LINES) + 0.5) / HATCH_LINES * (right - left + high)
    lower = np.stack([start, np.broadcast_to(bottom, start.shape)], axis=-1)
    upper = np.stack([start + high, np.broadcast_to(top, start.shape)], axis=-1)
    lines = shapely.linestrings(np.stack([lower, upper], axis=-2))
    return shapely.intersection(shapes[:, None], lines).ravel()
