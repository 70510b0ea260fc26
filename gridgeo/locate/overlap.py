"""Do any two grids overlap? The index needs a coverage: joined labels mean nothing where there are two.

In: `Packed` and the polygons that it was made from. Out: the largest overlap, or None. Called by `gridgeo.locate.index`
when it is built.

If two grids overlap, then edges cross or lie on each other, or somewhere an edge has on one side what is neither of its
two grids. Both are looked for, in all cells; what is found may still be harmless, as where one grid has a vertex and
its neighbour has none, so GEOS is asked about the grids concerned.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.locate.orient import is_above, is_right, orient
from gridgeo.locate.walk import Packed, edge_at, edge_count, nth_edge, place_of

__all__ = ["Overlap", "largest_overlap"]

INTERIORS_MEET = "T********"
"""DE-9IM: the interiors have a point in common."""


class Overlap(NamedTuple):
    """Two grids over each other."""

    first: int
    second: int
    """Rows of the polygons; the same row twice: it is not valid."""
    area: float
    """In units of the CRS squared."""
    x: float
    y: float
    """A point within."""


def largest_overlap(kept: Packed, shapes: NDArray[np.object_]) -> Overlap | None:
    """Return the largest overlap of two polygons, or the first polygon that crosses itself.

    Parameters
    ----------
    kept : Packed
        Made from all of them.
    shapes : ndarray of polygons, (n,)
        Their labels are 1 to n.

    Returns
    -------
    Overlap or None
    """
    meeting = _pairs_of(kept.edges[:, 4:], _meetings(kept))
    around = _pairs_around(_wrong_middles(kept), shapes)
    for row in np.unique(np.concatenate([meeting.ravel(), around.ravel()])).tolist():
        if not shapely.is_valid(shapes[row]):
            reason = shapely.is_valid_reason(shapes[row])
            x, y = map(float, reason[reason.index("[") + 1 : -1].split())
            return Overlap(row, row, 0.0, x, y)
    pairs = np.unique(np.concatenate([meeting[meeting[:, 0] < meeting[:, 1]], around]), axis=0)
    pairs = pairs[shapely.relate_pattern(shapes[pairs[:, 0]], shapes[pairs[:, 1]], INTERIORS_MEET)]
    if not len(pairs):
        return None
    shared = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    area = shapely.area(shared)
    most = int(np.argmax(area))
    point = shapely.point_on_surface(shared[most])
    return Overlap(int(pairs[most, 0]), int(pairs[most, 1]), float(area[most]), float(point.x), float(point.y))


def _pairs_of(sides: NDArray, meeting: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs of polygons that own edges which meet, (p, 2) rows; one that meets itself is a pair, too."""
    one, two = (sides[meeting[:, k]].astype(np.int64) for k in range(2))
    pairs = np.concatenate([np.column_stack([one[:, i], two[:, j]]) for i in range(2) for j in range(2)])
    pairs = np.sort(pairs, axis=1) - 1
    return np.unique(pairs[pairs[:, 0] >= 0], axis=0)


def _pairs_around(points: NDArray[np.float64], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the pairs of polygons that meet at points."""
    if not len(points):
        return np.empty((0, 2), np.int64)
    point, polygon = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    order = np.argsort(point, kind="stable")
    groups = np.split(polygon[order], np.flatnonzero(np.diff(point[order])) + 1)
    pairs = {(min(a, b), max(a, b)) for group in groups for i, a in enumerate(group) for b in group[:i]}
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


@njit(cache=True, nogil=True)
def _meetings(kept):  # type: ignore[no-untyped-def]
    """Return the pairs of edges that have more in common than an end, (p, 2)."""
    found = np.empty((16, 2), np.int64)
    count = 0
    for block in range(len(kept.base)):
        last = kept.base[block + 1, 1] if block + 1 < len(kept.base) else len(kept.records)
        for record in range(kept.base[block, 1], last):
            for i in range(1, edge_count(kept.records, record)):
                e = nth_edge(kept, block, record, i)
                one = edge_at(kept, block, e)
                for j in range(i):
                    f = nth_edge(kept, block, record, j)
                    if _meet(one, edge_at(kept, block, f)):
                        if count == len(found):
                            found = np.concatenate((found, np.empty_like(found)))
                        found[count, 0], found[count, 1] = e, f
                        count += 1
    return found[:count].copy()


@njit(cache=True, inline="always", nogil=True)
def _meet(one, two):  # type: ignore[no-untyped-def]
    """Tell whether two edges have more in common than an end."""
    ax, ay, bx, by = one
    cx, cy, dx, dy = two
    if cx > bx or dx < ax or max(cy, dy) < min(ay, by) or min(cy, dy) > max(ay, by):
        return False
    begin, end = ax == cx and ay == cy, bx == dx and by == dy
    if begin or end:  # both run from lesser to greater, so from a common end they go the same way
        return (begin and end) or (
            orient(ax, ay, bx, by, dx, dy) == 0 if begin else orient(ax, ay, bx, by, cx, cy) == 0
        )
    if (ax == dx and ay == dy) or (bx == cx and by == cy):  # one after the other
        return False
    c, d = orient(ax, ay, bx, by, cx, cy), orient(ax, ay, bx, by, dx, dy)
    if c == d and c != 0:
        return False
    a, b = orient(cx, cy, dx, dy, ax, ay), orient(cx, cy, dx, dy, bx, by)
    return a != b or a == 0


@njit(cache=True, nogil=True)
def _wrong_middles(kept):  # type: ignore[no-untyped-def]
    """Return the middles of edges beside which there is another label than the edge's own, (p, 2)."""
    found = np.empty((16, 2))
    count = 0
    for block in range(len(kept.base)):
        last = kept.base[block + 1, 3] if block + 1 < len(kept.base) else len(kept.edges)
        for e in range(kept.base[block, 3], last):
            ax, ay, bx, by = edge_at(kept, block, e)
            x, y = ax + (bx - ax) / 2, ay + (by - ay) / 2
            label = _beside(kept, x, y, e)
            if label != kept.edges[e, 4] and label != kept.edges[e, 5]:  # either means both sides are right
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count, 0], found[count, 1] = x, y
                count += 1
    return found[:count].copy()


@njit(cache=True, inline="always", nogil=True)
def _beside(kept, x, y, own):  # type: ignore[no-untyped-def]
    """Return the label on one side of an edge at a point of it: which side, its own turn would say."""
    label, block, record, column, row = place_of(kept, x, y)
    if block < 0:
        return label
    west, south = column * kept.frame[5], row * kept.frame[5]
    label = kept.records[record, 0]
    for n in range(edge_count(kept.records, record)):
        e = nth_edge(kept, block, record, n)
        if e == own:
            continue
        ax, ay, bx, by = edge_at(kept, block, e)
        turns = ax <= x < bx and is_above(ax, ay, bx, by, x, south) != is_above(ax, ay, bx, by, x, y)
        if (ay > south) != (by > south):
            turns ^= is_right(ax, ay, bx, by, west, south) != is_right(ax, ay, bx, by, x, south)
        if turns:
            label ^= np.int32(kept.edges[e, 4]) ^ np.int32(kept.edges[e, 5])
    return label
