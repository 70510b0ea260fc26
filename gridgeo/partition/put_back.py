"""Polygons that somebody edited by hand, put back onto the borders that they were to keep.

In: an edited polygon and the polygons it comes from. Out: the polygon with every vertex that lies within a tolerance of
an old vertex or border on it, and what was moved. Next: `gridgeo.partition.overlaid`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Borders"]

Floats = NDArray[np.float64]


class Borders:
    """Vertices and edges of some polygons, ready to be snapped to.

    Parameters
    ----------
    shapes : sequence of Polygon
        In a metric CRS.
    """

    def __init__(self, shapes: Sequence[shapely.Polygon]) -> None:
        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(np.array([*shapes, None], object)[:-1])]
        ends = np.concatenate([np.column_stack([ring[:-1], ring[1:]]) for ring in rings])
        whole = ends[:, 0::2] + 1j * ends[:, 1::2]
        self._edges = {*map(tuple, whole.tolist()), *map(tuple, whole[:, ::-1].tolist())}
        self._lines = shapely.linestrings(ends.reshape(-1, 2, 2))
        self._edge_tree = shapely.STRtree(self._lines)
        self.corners: Floats = np.unique(ends[:, :2], axis=0)
        self._corner_tree = shapely.STRtree(shapely.points(self.corners))

    def put_back(self, shape: shapely.Polygon, within_m: float) -> tuple[shapely.Polygon, Floats]:
        """Move what lies next to a border onto it.

        Parameters
        ----------
        shape : Polygon
            Valid.
        within_m : float
            Vertices this near to an old vertex take its place, others this near to an old edge move onto it, and edges
            that pass an old vertex this closely are led through it.

        Returns
        -------
        Polygon
            Valid; the same one if moving would break it.
        ndarray of float, (n, 3)
            x, y and how far in metres, of everything that moved.
        """
        rings, moved = [], [np.empty((0, 3))]
        for ring in shapely.get_rings(shape):
            points, told = self._ring(shapely.get_coordinates(ring)[:-1], within_m)
            moved += told
            rings.append(points)
        if len(rings[0]) < 3:
            return shape, moved[0]
        back = shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) > 2])
        if not back.is_valid:
            back = shapely.make_valid(back, method="structure", keep_collapsed=False)
        return (back, np.concatenate(moved)) if back.geom_type == "Polygon" and not back.is_empty else (shape, moved[0])

    def _ring(self, points: Floats, within_m: float) -> tuple[Floats, list[Floats]]:
        """Put an open ring back."""
        corner, gap_m = self._nearest(points, within_m)
        onto = corner >= 0
        placed = points.copy()
        placed[onto] = self.corners[corner[onto]]
        rest = np.flatnonzero(~onto)
        at, line = self._edge_tree.query_nearest(shapely.points(points[rest]), max_distance=within_m, all_matches=False)
        if len(at):
            rest = rest[at]
            foot = shapely.shortest_line(self._lines[line], shapely.points(points[rest]))
            placed[rest] = shapely.get_coordinates(foot).reshape(-1, 2, 2)[:, 0]
            gap_m[rest] = shapely.length(foot)
        moved = np.column_stack([points, gap_m])[gap_m > 0]
        led, passed = self._led(placed, within_m)
        return led, [moved, passed]

    def _nearest(self, points: Floats, within_m: float) -> tuple[NDArray[np.int64], Floats]:
        """Return the nearest old vertex of each point, -1 if none is near, and how far it is."""
        corner, gap_m = np.full(len(points), -1, np.int64), np.zeros(len(points))
        (at, found), far = self._corner_tree.query_nearest(
            shapely.points(points), max_distance=within_m, return_distance=True, all_matches=False
        )
        corner[at], gap_m[at] = found, far
        return corner, gap_m

    def _led(self, points: Floats, within_m: float) -> tuple[Floats, Floats]:
        """Lead edges through the old vertices that they pass closely; repeats go."""
        closed = np.vstack([points, points[:1]])
        ends = np.stack([closed[:-1], closed[1:]], axis=1)
        whole = closed[:, 0] + 1j * closed[:, 1]
        strange = np.array(
            [pair not in self._edges for pair in zip(whole[:-1].tolist(), whole[1:].tolist(), strict=True)]
        )
        strange &= whole[:-1] != whole[1:]
        rows = np.flatnonzero(strange)
        lines = shapely.linestrings(ends[rows])
        hit, corner = self._corner_tree.query(lines, predicate="dwithin", distance=within_m)
        row, spot = rows[hit], self.corners[corner]
        start, run = ends[row, 0], ends[row, 1] - ends[row, 0]
        along = ((spot - start) * run).sum(axis=1) / (run**2).sum(axis=1)
        own = (spot == start).all(axis=1) | (spot == ends[row, 1]).all(axis=1)
        use = (along > 0) & (along < 1) & ~own
        row, spot, along = row[use], spot[use], along[use]
        gap_m = np.hypot(*(spot - start[use] - along[:, None] * run[use]).T)
        key = np.concatenate([np.arange(len(points)), row + along])
        led = np.concatenate([points, spot])[np.argsort(key, kind="stable")]
        led = led[(led != np.roll(led, 1, axis=0)).any(axis=1)]
        return led, np.column_stack([spot, gap_m])[gap_m > 0]
