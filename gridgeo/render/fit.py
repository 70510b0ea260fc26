"""Where in a polygon a whole box fits: first about its middle, else along the roomiest chord.

In: polygons, and the sizes of boxes. Out: middles of boxes that lie wholly inside. A chord is exact: at one height, the
edges of the polygon that come near forbid intervals of x, and what they leave is free. All polygons go at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.label import boxes_at

__all__ = ["Chords", "chords", "circles_of", "fit"]

LEVELS = 32
"""Heights at which a polygon is searched; chosen, the rooms of a wriggling border are wider than a 32nd of it."""
ROOMY = 0.85
"""Chords from this share of the longest one count as equally roomy: of them the middle one is taken."""


@dataclass(frozen=True, slots=True)
class Chords:
    """Places for the middles of boxes; arrays of one length."""

    owner: NDArray[np.int64]
    """Row of the polygon."""
    xy: NDArray[np.float64]
    """Middle of a chord."""
    room: NDArray[np.float64]
    """How far in all a box can be moved along the chord."""


def circles_of(shapes: NDArray[np.object_], tolerance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return middle and radius of the largest circle in each polygon; the middle always lies in the polygon.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
    tolerance : float
        At most so far from the best; small polygons are searched more finely.
    """
    if not len(shapes):
        return np.empty((0, 2)), np.empty(0)
    fine = np.minimum(tolerance, 0.05 * np.sqrt(shapely.area(shapes)))
    # A polygon thinner than the coordinates' accuracy has no circle.
    fine = np.maximum(fine, 1e-6)
    radii = shapely.maximum_inscribed_circle(shapes, tolerance=fine)
    middle = shapely.get_coordinates(shapely.get_point(radii, 0))
    outside = ~shapely.intersects_xy(shapes, *middle.T)
    middle[outside] = shapely.get_coordinates(shapely.point_on_surface(shapes[outside]))
    return middle, np.where(outside, 0.0, shapely.length(radii))


def fit(
    shapes: NDArray[np.object_],
    width: NDArray[np.float64],
    height: NDArray[np.float64],
    *,
    middle: NDArray[np.float64],
    radius: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return a place in each polygon where a box lies wholly inside.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
    width, height : ndarray of float
        Of each polygon's box.
    middle, radius : ndarray of float, keyword-only
        From `circles_of`.

    Returns
    -------
    ndarray of float (n, 2)
        The middle of the largest circle, else the centroid, else the middle of the roomiest chord; not a number where
        none holds the box.
    """
    spots = np.full((len(shapes), 2), np.nan)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    large = (bounds[:, 2] - bounds[:, 0] >= width) & (bounds[:, 3] - bounds[:, 1] >= height)
    large &= shapely.area(shapes) >= width * height
    surely = large & (np.hypot(width, height) <= 2 * radius)
    spots[surely] = middle[surely]
    for search in (lambda rows: middle[rows], lambda rows: shapely.get_coordinates(shapely.centroid(shapes[rows]))):
        rows = np.flatnonzero(large & np.isnan(spots[:, 0]))
        if len(rows):
            tried = search(rows)
            held = shapely.covers(shapes[rows], shapely.box(*boxes_at(tried, width[rows], height[rows]).T))
            spots[rows[held]] = tried[held]
    rows = np.flatnonzero(large & np.isnan(spots[:, 0]))
    if len(rows):
        spots[rows] = _on_chords(shapes[rows], width[rows], height[rows])
    return spots


def _on_chords(
    shapes: NDArray[np.object_], width: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the middle one of the roomiest chords of each polygon, not a number where there is none."""
    found = chords(shapes, width, height)
    inside = shapely.covers(
        shapes[found.owner], shapely.box(*boxes_at(found.xy, width[found.owner], height[found.owner]).T)
    )
    owner, xy, room = found.owner[inside], found.xy[inside], found.room[inside]
    best = np.zeros(len(shapes))
    np.maximum.at(best, owner, room)
    keep = room >= ROOMY * best[owner]
    owner, xy = owner[keep], xy[keep]
    order = np.lexsort((*xy.T, owner))
    first = np.searchsorted(owner[order], np.arange(len(shapes) + 1))
    spots = np.full((len(shapes), 2), np.nan)
    some = np.flatnonzero(np.diff(first))
    spots[some] = xy[order[(first[some] + first[some + 1] - 1) // 2]]
    return spots


def chords(
    shapes: NDArray[np.object_],
    width: NDArray[np.float64],
    height: NDArray[np.float64],
    *,
    levels: int = LEVELS,
    boxes: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None,
    lines: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None,
) -> Chords:
    """Return the chords along which the middle of a box may lie so that the whole box is inside its polygon.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
    width, height : ndarray of float
    levels : int, keyword-only
        Heights searched.
    boxes, lines : (owner, coordinates), keyword-only
        What a box must not touch besides the border: rows of ``shapes``, and left, bottom, right, top of boxes or x0,
        y0, x1, y1 of lines.

    Returns
    -------
    Chords
        In the order of polygon, height and x. O(edges x levels) in time and memory.
    """
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    low = bounds[:, 1] + height / 2
    step = np.maximum(bounds[:, 3] - bounds[:, 1] - height, 0.0) / levels
    search = _Search(low + step / 2, step, width, height, levels)
    blocks = [search.block(*_edges(shapes))]
    if lines is not None:
        blocks.append(search.block(lines[0], lines[1]))
    if boxes is not None:
        blocks.append(search.block(boxes[0], boxes[1], full=True))
    group, start, end = (np.concatenate(part) for part in zip(*blocks, strict=True))
    order = np.lexsort((start, group))
    group, start, end = group[order], start[order], end[order]
    owner, level = np.divmod(group, levels)
    # One running maximum for all groups: each is lifted above the one before, so that none reaches into the next.
    left, wide = bounds[owner, 0] - width[owner], np.maximum(bounds[:, 2] - bounds[:, 0] + 4 * width, 1e-9)[owner]
    reach = np.maximum.accumulate(group + np.clip((end - left) / wide, 0, 0.99))
    free_from = (reach[:-1] - group[:-1]) * wide[:-1] + left[:-1]
    room = start[1:] - free_from
    at = np.flatnonzero((group[1:] == group[:-1]) & (room > 0))
    owner, room = owner[at], room[at]
    xy = np.column_stack([free_from[at] + room / 2, search.first[owner] + level[at] * search.step[owner]])
    inside = shapely.contains_xy(shapes[owner], *xy.T) if len(owner) else np.empty(0, dtype=bool)
    return Chords(owner[inside], xy[inside], room[inside])


@dataclass(frozen=True, slots=True)
class _Search:
    """The heights at which polygons are searched, and the sizes of their boxes."""

    first: NDArray[np.float64]
    """Lowest height of a box's middle."""
    step: NDArray[np.float64]
    width: NDArray[np.float64]
    height: NDArray[np.float64]
    levels: int

    def block(
        self, owner: NDArray[np.int64], ends: NDArray[np.float64], *, full: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return polygon and height in one number, and the interval of x that a line, or a full box, forbids there."""
        bottom, top = np.minimum(ends[:, 1], ends[:, 3]), np.maximum(ends[:, 1], ends[:, 3])
        reach, step = self.height[owner] / 2, np.maximum(self.step[owner], 1e-12)
        lowest = np.ceil((bottom - reach - self.first[owner]) / step).clip(0, self.levels).astype(np.int64)
        highest = np.floor((top + reach - self.first[owner]) / step).clip(-1, self.levels - 1).astype(np.int64)
        count = np.maximum(highest - lowest + 1, 0)
        row = np.repeat(np.arange(len(owner)), count)
        level = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + lowest[row]
        of, y = owner[row], self.first[owner[row]] + level * self.step[owner[row]]
        x0, y0, x1, y1 = ends[row].T
        one, two = x0, x1
        if not full:
            # only the part of a line that the box can touch at this height
            rise = np.where(y1 == y0, 1.0, y1 - y0)
            low, high = y - reach[row], y + reach[row]
            one = np.where(y1 == y0, x0, x0 + (np.clip(low, bottom[row], top[row]) - y0) / rise * (x1 - x0))
            two = np.where(y1 == y0, x1, x0 + (np.clip(high, bottom[row], top[row]) - y0) / rise * (x1 - x0))
        half = self.width[of] / 2
        return of * self.levels + level, np.minimum(one, two) - half, np.maximum(one, two) + half


def _edges(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the edges of polygons: the polygon's row, and both ends."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    of: NDArray[Any] = owner[part[ring[edge]]]
    return of.astype(np.int64), np.column_stack([xy[edge], xy[edge + 1]])
