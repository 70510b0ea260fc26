"""Places on the borders of a merged layer, where a centimetre or the accuracy of the border decides who is responsible.

In: registers, the codes their rows were given, and the grids. Out: findings. Used by `gridgeo.jobs.merge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.model import Finding

__all__ = ["border_findings"]

LISTED = 200
"""Places listed one by one; further ones are summed up."""

ON_BORDER_M = 0.01
"""Registers give positions to a centimetre at best: nearer than this a point is on the border."""

SURE_M = 2.0
"""Farther from a border than this a point is not doubted, however coarse the agencies are. Chosen."""


def border_findings(
    registers: pd.DataFrame, assignments: pd.DataFrame, grids: gpd.GeoDataFrame, *, accuracy_m: Sequence[float]
) -> Iterator[Finding]:
    """Tell which places lie on a border, or so near to one between grids that its accuracy decides.

    Parameters
    ----------
    registers : DataFrame, (n,)
        ``kind, id, x, y``, in the CRS of the grids.
    assignments : DataFrame, (n,)
        ``code`` of each row, missing where there is none.
    grids : GeoDataFrame
    accuracy_m : sequence of float, keyword-only
        How exact the agencies are; the best of them drew the borders at best.

    Yields
    ------
    Finding
        Notes point_on_border; the same for every order of rows.
    """
    sure_m = min([SURE_M, *accuracy_m])
    known = np.flatnonzero(assignments["code"].notna())
    points = shapely.points(registers[["x", "y"]].to_numpy(float)[known])
    borders = shapely.boundary(grids.geometry.values)
    at, border = shapely.STRtree(borders).query(points, predicate="dwithin", distance=max(sure_m, ON_BORDER_M))
    nearest_m = np.full(len(registers), np.inf)
    np.minimum.at(nearest_m, known[at], shapely.distance(points[at], borders[border]))
    several = np.bincount(known[at], minlength=len(registers)) > 1
    on = nearest_m <= ON_BORDER_M
    for kind in sorted(set(registers["kind"][on | several])):
        mine = (registers["kind"] == kind).to_numpy()
        for rows, place in ((mine & on, "线上"), (mine & several & ~on, "近旁")):
            yield from _findings(str(kind), registers[rows], assignments["code"][rows], nearest_m[rows], place)


def _findings(kind: str, rows: pd.DataFrame, code: pd.Series, nearest_m: np.ndarray, place: str) -> Iterator[Finding]:
    """Word the places on borders or beside them, the nearest first."""
    order = np.lexsort([rows["id"].to_numpy(object).astype(str), nearest_m])
    for row in order[:LISTED]:
        name, point = str(rows["id"].iat[row]), shapely.Point(rows["x"].iat[row], rows["y"].iat[row])
        near = f"{nearest_m[row]:.2f} 米，小于边线的精度" if place == "近旁" else f"{100 * ON_BORDER_M:g} 厘米以内"
        text = f"{name} 在网格边界{place}（{near}），归入 {code.iat[row]}，请核对"
        yield Finding("note", "point_on_border", kind, text, name, 0.0, point)
    if len(order) > LISTED:
        text = f"另有 {len(order) - LISTED} 个点在网格边界{place}，同样按位置归入一个网格"
        yield Finding("note", "point_on_border", kind, text)
