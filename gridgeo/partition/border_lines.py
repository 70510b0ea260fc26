"""The line of every stretch of border, to be drawn on maps and in reports.

In: an arrangement and the row of every border between atoms. Out: one line per row. Part of
`gridgeo.partition.account`.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Arrangement

__all__ = ["border_lines"]


def border_lines(
    plane: Arrangement, atom: NDArray[np.int64], pair: NDArray[np.int64], row: NDArray[np.int64], count: int
) -> NDArray[np.object_]:
    """Return the line of every row.

    Parameters
    ----------
    plane : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 = none.
    pair : array of int64, (p, 2)
        Borders, ascending.
    row : array of int64, (p,)
        Row of each border, -1 = none.
    count : int
        Number of rows; those without a border have no line.

    Returns
    -------
    array of MultiLineString or None, (count,)
    """
    left, right = atom[plane.left], atom[plane.right]
    inner = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    width = int(atom.max(initial=-1)) + 1
    low, high = np.minimum(left[inner], right[inner]), np.maximum(left[inner], right[inner])
    of_edge = row[np.searchsorted(pair[:, 0] * width + pair[:, 1], low * width + high)]
    inner, of_edge = inner[of_edge >= 0], of_edge[of_edge >= 0]
    order = np.lexsort((inner, of_edge))
    segments = shapely.linestrings(plane.coordinates[plane.ends[inner[order]]])
    lines = np.full(count, None, object)
    names, start = np.unique(of_edge[order], return_index=True)
    bundle = np.repeat(np.arange(len(names)), np.diff([*start, len(order)]))
    bundles = shapely.multilinestrings(segments, indices=bundle)
    merged = shapely.normalize(shapely.line_merge(bundles))
    parts, owner = shapely.get_parts(merged, return_index=True)
    lines[names] = shapely.multilinestrings(parts, indices=owner)
    return lines
