"""Sample the borders of a layer and match them with the borders of the community layer.

In: geometry in any system. Out: `Borders`, an even sample of points along the lines with the direction of the line at
each, and `Reference`, the community borders ready for matching. Used by `gridgeo.intake.sniff` (which datum?) and
`gridgeo.intake.registration` (which shift?). Sampling is even along the lines and takes no random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["Borders", "Match", "Reference", "sample_borders"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REFERENCE_POINTS = 300_000
"""Most points kept of the community borders; 12 million metres are then sampled every 40 m."""
SPACING_M = 4.0
"""Community borders are not sampled more densely than this."""
PARALLEL_COS = float(np.cos(np.radians(25)))
"""Lines that meet at more than 25 degrees are not the same border."""


@dataclass(frozen=True, slots=True)
class Borders:
    """Points along the lines of a layer, each with the segment it lies on."""

    start: Floats
    """(n, 2) first end of the segment."""
    end: Floats
    """(n, 2) other end."""
    along: Floats
    """(n,) place of the point between them, in [0, 1]."""

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.along)

    @property
    def points(self) -> Floats:
        """(n, 2) the points."""
        return self.start + self.along[:, None] * (self.end - self.start)

    @property
    def directions(self) -> Floats:
        """(n, 2) unit vectors along the segments."""
        step = self.end - self.start
        length = np.hypot(step[:, 0], step[:, 1])
        return step / np.where(length > 0, length, 1.0)[:, None]

    def converted(self, convert: Callable[[Floats], Floats]) -> Borders:
        """Return the sample in another system, without the points that cannot be converted."""
        start, end = convert(self.start), convert(self.end)
        kept = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
        return Borders(start[kept], end[kept], self.along[kept])

    def thinned(self, most: int) -> Borders:
        """Return an even choice of at most so many points."""
        if len(self) <= most:
            return self
        kept = np.linspace(0, len(self) - 1, most).astype(int)
        return Borders(self.start[kept], self.end[kept], self.along[kept])

    def moved(self, dx: float, dy: float) -> Borders:
        """Return the sample moved by so many units."""
        step = np.array([dx, dy])
        return Borders(self.start + step, self.end + step, self.along)


def sample_borders(geometry: NDArray[np.object_], most: int, spacing: float = 0.0) -> Borders:
    """Spread points evenly along the outlines and lines of a layer.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, (n,)
        May hold None, empty, invalid and multipart geometry; points are kept as they are.
    most : int
        Number of points, at most.
    spacing : float
        Smallest distance between them, in the layer's unit.

    Returns
    -------
    Borders

    Notes
    -----
    A border that two polygons share is drawn twice and sampled twice, so road strips count on both banks.
    """
    start, end = _segments(geometry)
    length = np.hypot(*(end - start).T)
    total = float(length.sum())
    if total == 0:
        return Borders(start, end, np.zeros(len(start))).thinned(most)
    number = int(min(most, total // spacing + 1)) if spacing > 0 else most
    place = (np.arange(number) + 0.5) * (total / number)
    cumulated = np.cumsum(length)
    segment = np.minimum(np.searchsorted(cumulated, place, side="right"), len(length) - 1)
    along = (place - (cumulated[segment] - length[segment])) / np.where(length[segment] > 0, length[segment], 1.0)
    return Borders(start[segment], end[segment], np.clip(along, 0.0, 1.0))


def _segments(geometry: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return both ends of every finite segment; a layer of points gives segments without length."""
    parts = shapely.get_parts(shapely.get_parts(geometry[~shapely.is_missing(geometry)]))
    kinds = shapely.get_type_id(parts)
    lines = np.concatenate([shapely.get_rings(parts[kinds == 3]), parts[(kinds == 1) | (kinds == 2)]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    if not len(start):
        start = end = shapely.get_coordinates(parts[kinds == 0])
    kept = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    return start[kept], end[kept]


@dataclass(frozen=True, slots=True)
class Match:
    """Where points found a parallel community border; all columns have one row per matched point."""

    row: NDArray[np.int64]
    """Number of the point in its sample."""
    normal: Floats
    """(n, 2) unit normal of the community border."""
    offset_m: Floats
    """(n,) how far the border lies from the point, along the normal."""


class Reference:
    """The borders of the community layer, ready for matching.

    Parameters
    ----------
    geometry : ndarray of shapely geometry, (n,)
        Community polygons in the city CRS (metres).
    """

    def __init__(self, geometry: NDArray[np.object_]) -> None:
        self.borders = sample_borders(geometry, REFERENCE_POINTS, SPACING_M)
        self.points = self.borders.points
        self.directions = self.borders.directions
        steps = np.hypot(*(self.borders.end - self.borders.start).T)
        self.spacing_m = _spacing(self.points, steps)
        self.bounds = np.concatenate([self.points.min(axis=0), self.points.max(axis=0)]) if len(self.points) else None
        self._tree = cKDTree(self.points) if len(self.points) else None

    def match(self, borders: Borders, limit_m: float) -> Match:
        """Find the community border next to every point, if it is parallel and no further than ``limit_m``."""
        if self._tree is None or not len(borders):
            return Match(np.empty(0, np.int64), np.empty((0, 2)), np.empty(0))
        points = borders.points
        reach = float(np.hypot(limit_m, self.spacing_m))
        found, index = self._tree.query(points, distance_upper_bound=reach)
        row = np.flatnonzero(np.isfinite(found))
        index = index[row]
        gap = self.points[index] - points[row]
        direction = self.directions[index]
        normal = np.column_stack([-direction[:, 1], direction[:, 0]])
        offset = np.einsum("ij,ij->i", gap, normal)
        parallel = np.abs(np.einsum("ij,ij->i", borders.directions[row], direction)) >= PARALLEL_COS
        kept = parallel & (np.abs(offset) <= limit_m)
        return Match(row[kept], normal[kept], offset[kept])

    def share(self, borders: Borders, limit_m: float) -> float:
        """Return the share of points that lie on a parallel community border."""
        return len(self.match(borders, limit_m).row) / len(borders) if len(borders) else 0.0


def _spacing(points: Floats, steps: Floats) -> float:
    """Return the usual distance between neighbouring reference points."""
    if len(points) < 2:
        return SPACING_M
    between = np.hypot(*np.diff(points, axis=0).T)
    return float(max(SPACING_M, np.median(between), np.median(np.minimum(steps, 1.0))))
