"""A few grids, asked once: where building an index would cost more than the answers, or grids may overlap.

In: polygons and points. Out: the same as from `gridgeo.locate.index`. Used by `gridgeo.draft.recount`.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["covering_among", "nearest_among"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Shapes = NDArray[np.object_]


def covering_among(shapes: Shapes, x: Floats, y: Floats) -> tuple[Rows, NDArray[np.bool_]]:
    """Find the first polygon that covers each point.

    Parameters
    ----------
    shapes : ndarray of polygons, (n,)
        In the order of their codes.
    x, y : ndarray of float, (p,)
        Finite.

    Returns
    -------
    rows : ndarray of int, (p,)
        Row of the polygon, or -1.
    on_border : ndarray of bool, (p,)
        True where the point lies on its border.
    """
    shapely.prepare(shapes)
    point, row = shapely.STRtree(shapes).query(shapely.points(x, y))
    order = np.argsort(row, kind="stable")
    point, row = point[order], row[order]
    hit = shapely.intersects_xy(shapes[row], x[point], y[point])
    rows = np.full(len(x), -1, np.int64)
    rows[point[hit][::-1]] = row[hit][::-1]  # written backwards, the first polygon stays
    found = np.flatnonzero(rows >= 0)
    on_border = np.zeros(len(x), bool)
    on_border[found] = ~shapely.contains_xy(shapes[rows[found]], x[found], y[found])
    return rows, on_border


def nearest_among(shapes: Shapes, x: Floats, y: Floats, *, within_m: float) -> tuple[Rows, Floats]:
    """Find the nearest polygon of each point, among equally near ones the first.

    Parameters
    ----------
    shapes : ndarray of polygons, (n,)
    x, y : ndarray of float, (p,)
        Finite.
    within_m : float
        Polygons further away do not count; above 0.

    Returns
    -------
    rows : ndarray of int, (p,)
        Or -1.
    distance_m : ndarray of float, (p,)
        NaN where there is none.
    """
    (point, row), distance_m = shapely.STRtree(shapes).query_nearest(
        shapely.points(x, y), max_distance=within_m, return_distance=True, all_matches=True
    )
    order = np.argsort(-row, kind="stable")
    rows, away_m = np.full(len(x), -1, np.int64), np.full(len(x), np.nan)
    rows[point[order]], away_m[point[order]] = row[order], distance_m[order]
    return rows, away_m
