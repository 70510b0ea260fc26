"""Lines and areas to grids: the grid that has the largest share of each, and how large the share is.

In: buildings, parcels, roads in the CRS of the layer. Out: `Found`, like points. Before: `gridgeo.intake.stream` reads
them; beside: `gridgeo.locate.assign` for points.

Of an area the share is measured in square metres, of a line in metres; what runs along a border counts for both sides.
Shares that differ by less than a billionth are equal, and the smallest code has it. Most buildings lie in one grid:
where the grid of the first vertex covers the whole shape, nothing is intersected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.locate.assign import BORDER, INSIDE, NEAREST, NONE, OUTSIDE, SHARE, Found, find
from gridgeo.locate.index import GridIndex

__all__ = ["Ground", "find_shares", "ground_of"]

DIGITS = 9
"""Decimals in which shares are compared: intersections are exact to some 1e-12 of a building."""

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ground:
    """The polygons of an index, for questions that need more than a point."""

    index: GridIndex
    grids: Shapes
    """(n,) in the order of ``index.codes``, prepared; None for a code that has ended."""
    tree: shapely.STRtree
    rank: NDArray[np.int64]
    """(n,) place of each row in the order of codes."""


def ground_of(index: GridIndex, codes: NDArray[np.object_], shapes: Shapes) -> Ground:
    """Put the polygons of a layer beside its index.

    Parameters
    ----------
    index : GridIndex
    codes : ndarray of str, (m,)
        Of the polygons, in any order; every code of the index is there.
    shapes : ndarray of Polygon, (m,)
    """
    of = dict(zip(codes.tolist(), shapely.force_2d(shapes), strict=True))
    grids = np.array([None if code is None else of[code] for code in index.codes], object)
    shapely.prepare(grids)
    order = np.argsort(["" if code is None else code for code in index.codes], kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return Ground(index, grids, shapely.STRtree(grids), rank)


def find_shares(shapes: Shapes, ground: Ground, *, nearest_m: float = 0.0) -> tuple[Found, NDArray[np.bool_]]:
    """Find the grid with the largest share of each shape.

    Parameters
    ----------
    shapes : ndarray of Geometry, (n,)
        In the CRS of the layer; None where there is none. What has neither area nor length is asked as a point.
    ground : Ground
    nearest_m : float
        Shapes outside go to the nearest grid within this distance.

    Returns
    -------
    found : Found, (n,)
        Methods: inside (wholly in one grid), border (a line that runs along its border), share (the largest share of
        several, or of a shape partly in no grid), nearest, outside, none. Share is 1 for inside and border, NaN where
        no part lies in a grid.
    repaired : ndarray of bool, (n,)
        True for an area that crosses itself and was measured as `shapely.make_valid` makes it.
    """
    shapes = shapely.force_2d(shapes)
    count = len(shapes)
    found = Found(
        np.full(count, -1, np.int32), np.full(count, NONE, np.int8), np.full(count, np.nan), np.full(count, np.nan)
    )
    known = _known(shapes)
    shapes[~known] = None
    shapes, repaired = _mended(shapes, known)
    size = np.where(shapely.area(shapes) > 0, shapely.area(shapes), shapely.length(shapes))
    _ask_points(found, shapes, np.flatnonzero(known & ~(size > 0)), ground.index, nearest_m)
    left = _ask_first_vertex(found, shapes, np.flatnonzero(known & (size > 0)), ground)
    left = _ask_shares(found, shapes, left, ground)
    _ask_nearest(found, shapes, left, ground, nearest_m)
    return found, repaired


def _known(shapes: Shapes) -> NDArray[np.bool_]:
    """Tell which shapes are somewhere: not empty, and without a coordinate that is no number."""
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    ends, of = shapely.get_coordinates(shapes, return_index=True)
    known[of[~np.isfinite(ends).all(axis=1)]] = False
    return known


def _mended(shapes: Shapes, known: NDArray[np.bool_]) -> tuple[Shapes, NDArray[np.bool_]]:
    """Make shapes valid; tell which areas were not."""
    broken = known & ~shapely.is_valid(shapes)
    mended = shapes.copy()
    mended[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=True)
    return mended, broken & (shapely.get_dimensions(shapes) == 2)


def _ask_points(found: Found, shapes: Shapes, rows: Rows, index: GridIndex, nearest_m: float) -> None:
    """Ask what has no size like a point."""
    if not len(rows):
        return
    points = shapely.point_on_surface(shapes[rows])
    answer = find(shapely.get_x(points), shapely.get_y(points), index, nearest_m=nearest_m)
    found.row[rows], found.method[rows], found.distance_m[rows] = answer.row, answer.method, answer.distance_m


def _ask_first_vertex(found: Found, shapes: Shapes, rows: Rows, ground: Ground) -> Rows:
    """Give shapes to the grid of their first vertex where it covers them; return the other rows."""
    ends = shapely.get_coordinates(shapes[rows])
    vertices = shapely.get_num_coordinates(shapes[rows])
    first = ends[np.cumsum(vertices) - vertices] if len(rows) else ends
    grid, _ = ground.index.covering(first[:, 0].copy(), first[:, 1].copy())
    tried = np.flatnonzero(grid >= 0)
    tried = tried[np.argsort(grid[tried], kind="stable")]  # one prepared grid after the other
    whole = tried[shapely.covers(ground.grids[grid[tried]], shapes[rows[tried]])]
    _settle_whole(found, shapes, rows[whole], grid[whole], ground)
    return np.delete(rows, whole)


def _settle_whole(found: Found, shapes: Shapes, rows: Rows, grid: NDArray[np.integer], ground: Ground) -> None:
    """Write down shapes that lie wholly in a grid."""
    within = shapely.contains(ground.grids[grid], shapes[rows])  # not so for lines on its border
    found.row[rows], found.distance_m[rows] = grid, 0.0
    found.method[rows] = np.where(within, INSIDE, BORDER)
    _shares(found)[rows] = 1.0


def _ask_shares(found: Found, shapes: Shapes, rows: Rows, ground: Ground) -> Rows:
    """Give shapes to the grid with the largest share; return the rows of which no grid has any."""
    shape, grid = ground.tree.query(shapes[rows], predicate="intersects")
    pieces = shapely.intersection(shapes[rows[shape]], ground.grids[grid])
    is_area = shapely.area(shapes[rows]) > 0
    part = np.where(is_area[shape], shapely.area(pieces), shapely.length(pieces))
    whole = np.where(is_area, shapely.area(shapes[rows]), shapely.length(shapes[rows]))
    share = part / whole[shape]
    order = np.lexsort((ground.rank[grid], -np.round(share, DIGITS), shape))
    order = order[np.r_[True, np.diff(shape[order]) > 0]] if len(order) else order
    order = order[np.round(share[order], DIGITS) > 0]
    shape, grid, share = shape[order], grid[order], share[order]
    at = rows[shape]
    found.row[at], found.method[at], found.distance_m[at] = grid, SHARE, 0.0
    _shares(found)[at] = np.minimum(share, 1.0)
    covered = shapely.covers(ground.grids[grid], shapes[at])  # its first vertex lay on a border
    _settle_whole(found, shapes, at[covered], grid[covered], ground)
    return np.delete(rows, shape)


def _shares(found: Found) -> Floats:
    """Return the column of shares, which is always there in this module."""
    if found.share is None:
        raise ValueError("shares were not asked for")
    return found.share


def _ask_nearest(found: Found, shapes: Shapes, rows: Rows, ground: Ground, nearest_m: float) -> None:
    """Give what lies outside to the nearest grid within reach."""
    found.method[rows] = OUTSIDE
    if nearest_m <= 0 or not len(rows):
        return
    (shape, grid), distance_m = ground.tree.query_nearest(
        shapes[rows], max_distance=nearest_m, return_distance=True, all_matches=True
    )
    order = np.lexsort((-ground.rank[grid], shape))  # written in this order, the smallest code stays
    at = rows[shape[order]]
    found.row[at], found.distance_m[at], found.method[at] = grid[order], distance_m[order], NEAREST
