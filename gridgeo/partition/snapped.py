"""A planner's line onto what it means: borders that it runs along, and the one that it stops short of.

In: a line as drawn, and the grids it is drawn into. Out: the line that is inserted. Next: `gridgeo.partition.patch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.follow import Borders

__all__ = ["REACH_M", "SNAP_M", "drawn_lines", "snapped_area", "snapped_lines"]

SNAP_M = 0.05
"""A line that passes a border's corner this closely goes through it, and a vertex this close to a border is put onto
it, lest strips and edges of some centimetres are left. Chosen: what a hand draws on a screen is no truer, and no survey
of borders is coarser than it."""
REACH_M = 1.0
"""An end that stops this short of the border is drawn out to it. Chosen: the width of a line on a 1 : 1 000 map."""
BEND_M = 0.002
"""Borders bend by up to a millimetre when they gain a vertex, so an end on one may lie this far from it."""

Floats = NDArray[np.float64]


def snapped_lines(line: Any, shapes: Sequence[Any], *, reach: bool = True) -> NDArray[np.object_]:
    """Put lines onto the borders that they pass closely.

    Parameters
    ----------
    line : LineString or MultiLineString
    shapes : sequence of Polygon
        The grids that it is drawn into; same metric CRS.
    reach : bool, keyword-only
        Draw ends that stop just short of a border of these grids out to it.

    Returns
    -------
    array of LineString, (n,)
        Within the neighbourhood of the grids the same lines to `SNAP_M`; what lies further away is cut off, for it is
        of no interest and could make the lattice too wide.
    """
    borders = Borders(shapes, SNAP_M)
    box = _neighbourhood(shapes)
    parts = shapely.get_parts(line)
    bounds = shapely.bounds(parts)
    far = (bounds[:, :2] < box[:2]).any(axis=1) | (bounds[:, 2:] > box[2:]).any(axis=1)
    near = shapely.get_parts(shapely.clip_by_rect(parts[far], *box))
    parts = np.concatenate([parts[~far], near[shapely.get_type_id(near) == 1]])
    led = []
    for part in parts:
        points = shapely.get_coordinates(part)
        points = borders.led(_reaching(points, shapes) if reach else points, closed=False)
        if len(points) > 1:
            led.append(shapely.LineString(points))
    return np.array([*led, None], object)[:-1]


def drawn_lines(line: Any, shapes: Sequence[Any]) -> NDArray[np.object_]:
    """Return lines as they were drawn; ends on a border that has bent since are drawn out to it.

    Parameters
    ----------
    line : LineString or MultiLineString
    shapes : sequence of Polygon
        The grids that it is drawn into.
    """
    parts = shapely.get_parts(line)
    led = [shapely.LineString(_reaching(shapely.get_coordinates(part), shapes, within_m=BEND_M)) for part in parts]
    return np.array([*led, None], object)[:-1]


def snapped_area(area: Any, shapes: Sequence[Any]) -> Any:
    """Put the rings of an area onto the borders of grids that they pass closely; the result is valid.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        Valid.
    shapes : sequence of Polygon
        What lies further away from them is cut off, as of lines.
    """
    borders, box = Borders(shapes, SNAP_M), shapely.box(*_neighbourhood(shapes))
    parts = []
    for polygon in shapely.get_parts(area if shapely.covers(box, area) else shapely.intersection(area, box)):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        rings = [borders.led(shapely.get_coordinates(ring), closed=True) for ring in shapely.get_rings(polygon)]
        if len(rings[0]) > 3:
            parts.append(shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) > 3]))
    return shapely.make_valid(shapely.MultiPolygon(parts), method="structure", keep_collapsed=False)


def _neighbourhood(shapes: Sequence[Any]) -> Floats:
    """Return left, bottom, right, top of the surroundings of grids."""
    bounds: Floats = shapely.total_bounds(list(shapes)) + np.array([-10, -10, 10, 10])
    return bounds


def _reaching(points: Floats, shapes: Sequence[Any], *, within_m: float = REACH_M) -> Floats:
    """Draw both ends out to the nearest border, if they stop just short of it."""
    borders = shapely.boundary(np.array([*shapes, None], object)[:-1])
    for end in (0, -1):
        here = shapely.Point(points[end])
        gap_m = shapely.distance(borders, here)
        nearest = int(np.argmin(gap_m))
        if 0 < gap_m[nearest] <= within_m:
            there = shapely.get_coordinates(shapely.shortest_line(borders[nearest], here))[:1]
            points = np.vstack([there, points]) if end == 0 else np.vstack([points, there])
    return points
