"""Registers to grids: every point gets exactly one code, or the reason why not.

In: ids and coordinates in the CRS of the layer. Out: ``id, code, method, distance_m``, one row per point in the order
handed in. Before: `gridgeo.crs` brings the coordinates over; after: the store counts households by grid.
"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridgeo.locate.index import GridIndex, build_index

__all__ = ["METHODS", "assign_points"]

METHODS = ("inside", "border", "nearest", "outside", "none")
"""inside: in one grid; border: on a border, smallest code; nearest: outside, but within reach of a grid;
outside: in no grid; none: no coordinate, or none on the earth. The last two have no code."""

CHUNK = 100_000
"""Points looked up at once: about 50 MB of geometry and candidate pairs."""


def assign_points(
    ids: ArrayLike, x: ArrayLike, y: ArrayLike, grids: gpd.GeoDataFrame | GridIndex, *, nearest_m: float = 0.0
) -> pd.DataFrame:
    """Give every point the code of the grid that covers it.

    Parameters
    ----------
    ids : array_like, (n,)
        Returned as text.
    x, y : array_like of float, (n,)
        In the CRS of the grids; NaN where there is no coordinate.
    grids : GeoDataFrame or GridIndex
        ``code`` and polygons.
    nearest_m : float
        Points outside go to the nearest grid within this distance; 0 leaves them without a code.

    Returns
    -------
    DataFrame, (n,)
        ``id, code, method, distance_m`` in the order handed in; code is missing for outside and none, distance is 0
        for inside and border, NaN without a code.

    Raises
    ------
    SchemaError
        If the grids have no usable codes.
    ValueError
        If ids and coordinates differ in length.

    Notes
    -----
    O(n log m) for n points and m grids, in chunks of constant memory.
    """
    index = grids if isinstance(grids, GridIndex) else build_index(grids)
    east, north = np.asarray(x, float), np.asarray(y, float)
    names = [str(value) for value in np.asarray(ids, object)]
    if not len(names) == len(east) == len(north):
        raise ValueError(f"{len(names)} ids, {len(east)} x and {len(north)} y do not belong together")
    chunks = [_assign(index, east[part], north[part], nearest_m) for part in _parts(len(names))]
    rows, method, distance_m = (np.concatenate(column) for column in zip(*chunks, strict=True))
    code = np.array([*index.codes, None], object)[rows]  # row -1 is None
    return pd.DataFrame(
        {
            "id": pd.Series(names, dtype="str"),
            "code": pd.Series(code, dtype="str"),
            "method": pd.Series(np.array(METHODS, object)[method], dtype="str"),
            "distance_m": distance_m,
        }
    )


def _parts(count: int) -> Iterator[slice]:
    """Cut rows into chunks; none at all is one empty chunk."""
    for start in range(0, max(count, 1), CHUNK):
        yield slice(start, start + CHUNK)


def _assign(
    index: GridIndex, x: NDArray[np.float64], y: NDArray[np.float64], nearest_m: float
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.float64]]:
    """Look one chunk up: rows, methods (by number) and distances."""
    rows, on_border = index.covering(x, y)
    finite = np.isfinite(x) & np.isfinite(y)
    distance_m = np.where(rows >= 0, 0.0, np.nan)
    method = np.where(finite, METHODS.index("outside"), METHODS.index("none")).astype(np.int8)
    method[rows >= 0] = METHODS.index("inside")
    method[on_border] = METHODS.index("border")
    left = np.flatnonzero(finite & (rows < 0))
    if nearest_m > 0 and len(left):
        rows[left], distance_m[left] = index.nearest(x[left], y[left], within_m=nearest_m)
        method[left[rows[left] >= 0]] = METHODS.index("nearest")
    return rows, method, distance_m
