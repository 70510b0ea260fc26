"""Lines onto better lines: agencies' onto the communities' borders, all others through surveyed vertices.

In: a repaired agency layer and the cleaned communities. Out: the layer with every vertex near a community border put
exactly on it, and what moved how far. The communities never move. Previous stage: `gridgeo.partition.repair`; next:
`gridgeo.partition.arrange`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["THROUGH_M", "Alignment", "align_layer", "border_segments", "led_through"]

THROUGH_M = 0.05
"""Lines that pass a surveyed vertex nearer than this are led through it: half of what counts as surveyed."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far a layer's vertices moved onto the communities' borders."""

    vertices: int
    moved: int
    mean_m: float
    """Mean displacement of the moved vertices."""
    largest_m: float

    def __str__(self) -> str:
        """Return the figures in one line."""
        return f"{self.moved}/{self.vertices} vertices moved, mean {self.mean_m:.2f} m, largest {self.largest_m:.2f} m"


def border_segments(communities: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the distinct border segments of the communities as two-point lines."""
    rings = shapely.get_rings(shapely.get_parts(communities.geometry.values))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    pairs = np.hstack([points[:-1], points[1:]])[ring[1:] == ring[:-1]]
    back = (pairs[:, 0] > pairs[:, 2]) | ((pairs[:, 0] == pairs[:, 2]) & (pairs[:, 1] > pairs[:, 3]))
    pairs = np.unique(np.where(back[:, None], pairs[:, [2, 3, 0, 1]], pairs), axis=0)
    return shapely.linestrings(pairs.reshape(-1, 2, 2))


def align_layer(
    shapes: NDArray[np.object_], segments: NDArray[np.object_], *, accuracy_m: float
) -> tuple[NDArray[np.object_], Alignment]:
    """Put vertices that lie near a community border onto it.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, (n,)
        One agency's features in metres.
    segments : array of LineString, (s,)
        From `border_segments`.
    accuracy_m : float, keyword-only
        Vertices nearer than this to a border are taken for its drawing.

    Returns
    -------
    aligned : array of Polygon or MultiPolygon, (n,)
        Rings may have collapsed; the arrangement takes them by winding number.
    alignment : Alignment

    Notes
    -----
    Equal vertices move equally, so neighbours that matched still match. Where a layer has a border's segment itself,
    vertex for vertex, nothing beside it is another drawing of it and nothing moves onto it: a layer made from these
    communities stays as it is.
    """
    coordinates, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    distinct, inverse = np.unique(coordinates, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    same = ring[1:] == ring[:-1]
    points = shapely.points(distinct)
    (row, segment), distance_m = shapely.STRtree(segments).query_nearest(
        points, max_distance=accuracy_m, return_distance=True, all_matches=False
    )
    near = (distance_m > 0) & ~_drawn_exactly(segments, distinct, inverse[:-1][same], inverse[1:][same])[segment]
    row, segment, distance_m = row[near], segment[near], distance_m[near]
    moved = distinct.copy()
    along = shapely.line_locate_point(segments[segment], points[row])
    moved[row] = shapely.get_coordinates(shapely.line_interpolate_point(segments[segment], along))
    figures = Alignment(
        len(distinct), len(row), float(distance_m.mean()) if len(row) else 0.0, float(distance_m.max(initial=0.0))
    )
    return shapely.set_coordinates(shapes.copy(), moved[inverse]), figures


def _drawn_exactly(
    segments: NDArray[np.object_], vertices: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which border segments are among the edges (start, end) between vertices, which ascend."""
    known = np.append(vertices.view(complex).ravel(), np.inf)  # complex numbers sort like pairs
    wanted = shapely.get_coordinates(segments).view(complex).ravel()
    at = np.searchsorted(known, wanted)
    pair = np.sort(np.where(known[at] == wanted, at, -1).reshape(-1, 2), axis=1)
    keys = (np.minimum(start, end) << 32) | np.maximum(start, end)
    drawn: NDArray[np.bool_] = (pair[:, 0] >= 0) & np.isin((pair[:, 0] << 32) | pair[:, 1], keys)
    return drawn


def led_through(geometries: NDArray[np.object_], vertices: NDArray[np.float64]) -> NDArray[np.object_]:
    """Lead lines that pass close by a surveyed vertex through it.

    Parameters
    ----------
    geometries : array of Polygon, MultiPolygon, LineString or MultiLineString, (n,)
        In metres.
    vertices : array of float64, (k, 2)

    Returns
    -------
    array of Polygon, MultiPolygon, LineString or MultiLineString, (n,)
        Rings may have collapsed; the arrangement takes them by winding number.

    Notes
    -----
    Afterwards no line crosses another within some millimetres of a surveyed vertex but in the vertex itself, so the
    rounding of crossings cannot pull surveyed borders together. Segments are taken one by one, so neighbours that
    matched still match.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    is_area = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(parts[is_area], return_index=True)
    areas = shapely.polygons(_bent(rings, vertices, shapely.linearrings), indices=part)
    lines = _bent(parts[~is_area], vertices, shapely.linestrings)
    led = np.empty(len(geometries), object)
    for made, of, join in (
        (areas, owner[is_area], shapely.multipolygons), (lines, owner[~is_area], shapely.multilinestrings)
    ):  # fmt: skip
        kept, index = np.unique(of, return_inverse=True)
        led[kept] = join(made, indices=index)
    return led


def _bent(lines: NDArray[np.object_], vertices: NDArray[np.float64], make: Any) -> NDArray[np.object_]:
    """Return lines or rings with the vertices put in that they pass, and their own ones there moved onto them."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    marks = shapely.points(vertices)
    row, mark = shapely.STRtree(marks).query_nearest(
        shapely.points(coordinates), max_distance=THROUGH_M, all_matches=False
    )
    coordinates[row] = vertices[mark]
    first = np.flatnonzero(line[1:] == line[:-1])
    begin, end = coordinates[first], coordinates[first + 1]
    mark, segment = shapely.STRtree(shapely.linestrings(np.stack([begin, end], axis=1))).query(
        marks, "dwithin", THROUGH_M
    )
    run, reach = end[segment] - begin[segment], vertices[mark] - begin[segment]
    along = (reach * run).sum(axis=1) / np.maximum((run * run).sum(axis=1), 1e-12)
    between = (along > 0) & (along < 1)
    order = np.flatnonzero(between)[np.lexsort((mark[between], along[between], segment[between]))]
    at = first[segment[order]] + 1
    return make(np.insert(coordinates, at, vertices[mark[order]], axis=0), indices=np.insert(line, at, line[at]))
