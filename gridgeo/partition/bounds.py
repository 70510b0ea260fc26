"""Features against the authority: what lies outside the frame, which features cross communities.

In: valid polygons of one layer, the frame, the communities. Out: arrays; `gridgeo.partition.repair` words them.
Pieces narrower than the layer's accuracy say nothing and are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from gridgeo.partition.telling import polygons_of, single_or_multi

__all__ = ["crossing_pieces", "outside_pieces"]

NARROWEST_M = 1.0
"""Even a perfectly accurate layer is allowed this much."""

COARSE_SHARE = 0.05
"""Outlines are generalised by this share of a width before the width is tested."""


def outside_pieces(polygons: np.ndarray, frame: Any, *, accuracy_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what lies outside the frame, farther than the accuracy explains.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)
    frame : Polygon or MultiPolygon
    accuracy_m : float, keyword-only

    Returns
    -------
    rows : array of int, (k,)
    pieces : array of Polygon or MultiPolygon, (k,)
    wholly : array of bool, (k,)
        The whole feature is outside.
    """
    shapely.prepare(frame)
    row = np.flatnonzero(~shapely.covers(frame, polygons))
    rest = shapely.difference(polygons[row], frame)
    beyond = _wider_than(rest, max(accuracy_m, NARROWEST_M))
    row, rest = row[beyond], rest[beyond]
    pieces = np.array([single_or_multi(polygons_of(piece)) for piece in rest], dtype=object)
    return row, pieces, ~shapely.intersects(frame, polygons[row])


def crossing_pieces(
    polygons: np.ndarray, communities: np.ndarray, *, accuracy_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features that cover ground of several communities beyond their accuracy.

    Parameters
    ----------
    polygons, communities : array of Polygon or MultiPolygon
    accuracy_m : float, keyword-only

    Returns
    -------
    rows : array of int, (k,)
    pieces : array of Polygon or MultiPolygon, (k,)
        All but the feature's largest share.
    counts : array of int, (k,)
        How many communities the feature touches.
    """
    community, row = shapely.STRtree(polygons).query(communities, "intersects")
    several = np.bincount(row, minlength=len(polygons))[row] > 1
    community, row = community[several], row[several]
    common = shapely.intersection(polygons[row], communities[community])
    deep = _wider_than(common, max(accuracy_m, NARROWEST_M))
    row, common = row[deep], common[deep]
    order = np.lexsort([shapely.area(common), row])[::-1]  # largest share of each feature first
    row, common = row[order], common[order]
    minor = np.zeros(len(row), bool)
    minor[1:] = row[1:] == row[:-1]
    rows = np.unique(row[minor])
    pieces = [single_or_multi(polygons_of(common[minor & (row == r)])) for r in rows]
    counts = np.array([(row == r).sum() for r in rows], dtype=np.int64)
    return rows, np.array(pieces, dtype=object), counts


def _wider_than(geometries: np.ndarray, width_m: float) -> np.ndarray:
    """Tell which geometries hold a place wider than a width."""
    large = shapely.area(geometries) > width_m**2
    # dense rings make buffering by much more than their spacing very slow
    plain = shapely.simplify(geometries[large], COARSE_SHARE * width_m)
    large[large] = ~shapely.is_empty(shapely.buffer(plain, -width_m / 2, join_style="mitre"))
    return large
