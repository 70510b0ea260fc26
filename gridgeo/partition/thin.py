"""Thin parts of single features: slits cut into them, spikes sticking out, necks that hardly hold them together.

In: valid polygons of one layer. Out: pieces and the rows they belong to; `gridgeo.partition.repair` words them.
"""

from __future__ import annotations

import numpy as np
import shapely

from gridgeo.partition.telling import mean_width_m, polygons_of

__all__ = ["THIN_WIDTH_M", "inlets", "necks", "spikes"]

THIN_WIDTH_M = 2.5
"""Slits and spikes narrower than this are slips of drawing: no lane or yard of a grid is. Chosen."""

THIN_LENGTH_M = 8.0
"""Shorter pieces are sharp corners, not slits."""

_RIM_M = 0.02
"""Growing and shrinking misses an outline by rounding; without this rim crumbs far apart would hang together."""

NECK_WIDTH_M = 2.0
"""A feature whose parts are joined by less is held together by accident."""

NECK_PART_M2 = 100.0
"""Smaller parts behind a neck do not count."""


def inlets(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find slits that run from the outside, or from a hole, into a polygon.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)

    Returns
    -------
    pieces : array of Polygon, (k,)
        The slits.
    rows : array of int, (k,)
    """
    grown = shapely.buffer(polygons, THIN_WIDTH_M / 2, join_style="mitre")
    return _long_and_thin(shapely.buffer(grown, -THIN_WIDTH_M / 2 - _RIM_M, join_style="mitre"), polygons)


def spikes(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find thin parts that stick out of a polygon; returned like `inlets`."""
    shrunk = shapely.buffer(polygons, -THIN_WIDTH_M / 2, join_style="mitre")
    return _long_and_thin(polygons, shapely.buffer(shrunk, THIN_WIDTH_M / 2 + _RIM_M, join_style="mitre"))


def necks(polygons: np.ndarray) -> np.ndarray:
    """Return the rows of polygons that fall apart into real parts when their rim is peeled off.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)

    Returns
    -------
    array of int
    """
    shrunk = shapely.buffer(polygons, -NECK_WIDTH_M / 2, join_style="mitre")
    parts, row = shapely.get_parts(shrunk, return_index=True)
    real = np.bincount(row[shapely.area(parts) > NECK_PART_M2], minlength=len(polygons))
    own, owner = shapely.get_parts(polygons, return_index=True)
    before = np.bincount(owner[shapely.area(own) > NECK_PART_M2], minlength=len(polygons))
    return np.flatnonzero(real > before)


def _long_and_thin(large: np.ndarray, small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the long thin polygons of large minus small and their rows."""
    rest = shapely.difference(large, small)
    row = np.flatnonzero(shapely.area(rest) > 0.0)
    pieces = [polygons_of(piece) for piece in rest[row]]
    rows = np.repeat(row, [len(p) for p in pieces])
    joined = np.concatenate([np.empty(0, dtype=object), *pieces])
    width_m = mean_width_m(joined)
    keep = (shapely.length(joined) / 2 >= THIN_LENGTH_M) & (width_m <= THIN_WIDTH_M) & (width_m > 0.01)
    return joined[keep], rows[keep]
