"""The index that finds the grid of a point.

In: a grid layer. Out: for points, the row of the grid that covers them. Before: the store or ``layer.gpkg``; next:
`gridgeo.locate.assign` for registers, `gridgeo.locate.coordinate` for a single question.

A point on a border or corner is covered by several grids; it belongs to the smallest code, so that the answer depends
neither on the order of the layer nor on rounding: the point-in-polygon test of GEOS is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import SchemaError

__all__ = ["GridIndex", "build_index"]

NONE = -1
"""Row of a point that no grid covers."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GridIndex:
    """Grids in the order of their codes, prepared for questions."""

    codes: NDArray[np.object_]
    """(n,) ascending."""
    shapes: NDArray[np.object_]
    """(n,) prepared polygons."""
    tree: shapely.STRtree
    crs: str
    """CRS of the layer, in which questions must be asked."""

    def covering(self, x: Floats, y: Floats) -> tuple[Rows, NDArray[np.bool_]]:
        """Find the grid that covers each point.

        Parameters
        ----------
        x, y : ndarray of float, (n,)
            In the CRS of the layer; NaN is covered by no grid.

        Returns
        -------
        rows : ndarray of int, (n,)
            Row of the covering grid with the smallest code, or -1.
        on_border : ndarray of bool, (n,)
            True where the point lies on that grid's border.
        """
        point, row = self._pairs(x, y)
        rows = np.full(len(x), NONE, np.int64)
        rows[point[::-1]] = row[::-1]  # pairs ascend by row: written backwards, the smallest code stays
        found = np.flatnonzero(rows >= 0)
        on_border = np.zeros(len(x), bool)
        on_border[found] = ~shapely.contains_xy(self.shapes[rows[found]], x[found], y[found])
        return rows, on_border

    def all_covering(self, x: float, y: float) -> list[str]:
        """Return the codes of all grids that cover one point, ascending: two on a border, more at a corner."""
        _, rows = self._pairs(np.array([x]), np.array([y]))
        return [str(code) for code in self.codes[rows]]

    def _pairs(self, x: Floats, y: Floats) -> tuple[Rows, Rows]:
        """Return every (point, covering grid), ascending by grid: points of one prepared grid come together."""
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        point, row = self.tree.query(shapely.points(x[finite], y[finite]))
        order = np.argsort(row, kind="stable")
        point, row = finite[point[order]], row[order]
        hit = shapely.intersects_xy(self.shapes[row], x[point], y[point])
        return point[hit], row[hit]

    def nearest(self, x: Floats, y: Floats, *, within_m: float) -> tuple[Rows, Floats]:
        """Find the nearest grid of each point.

        Parameters
        ----------
        x, y : ndarray of float, (n,)
            Finite, in the CRS of the layer.
        within_m : float
            Grids further away do not count; above 0.

        Returns
        -------
        rows : ndarray of int, (n,)
            Row of the nearest grid, among equally near ones that with the smallest code, or -1.
        distance_m : ndarray of float, (n,)
            NaN where there is none.
        """
        (point, row), distance = self.tree.query_nearest(
            shapely.points(x, y), max_distance=within_m, return_distance=True, all_matches=True
        )
        order = np.argsort(-row, kind="stable")
        rows, distance_m = np.full(len(x), NONE, np.int64), np.full(len(x), np.nan)
        rows[point[order]], distance_m[point[order]] = row[order], distance[order]
        return rows, distance_m


def build_index(grids: gpd.GeoDataFrame, *, code: str = "code") -> GridIndex:
    """Build the index of a grid layer.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        A code column (text) and valid polygons in a metric CRS.
    code : str
        The code column.

    Raises
    ------
    SchemaError
        If the code column is missing, or a grid has no code or no geometry.
    """
    if code not in grids:
        raise SchemaError(f"there is no column {code!r} in the grid layer; its columns are {list(grids.columns)}")
    codes, shapes = grids[code].to_numpy(object), shapely.force_2d(grids.geometry.to_numpy())
    bad = ~np.array([isinstance(value, str) and bool(value) for value in codes], bool)
    bad |= shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bad.any():
        raise SchemaError(f"{int(bad.sum())} grids have no code or no geometry; certify the layer with gridgeo verify")
    order = np.argsort(codes, kind="stable")
    shapes = shapes[order]
    shapely.prepare(shapes)
    return GridIndex(codes[order], shapes, shapely.STRtree(shapes), grids.crs.to_string() if grids.crs else "")
