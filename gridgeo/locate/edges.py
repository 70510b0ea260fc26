"""The distinct edges of polygons, each with the grids on its sides.

In: polygons. Out: `Edges`. Next: `gridgeo.locate.blocks`. Two neighbours of a coverage share their edges, so each is
kept once; which of its grids lies left and which right does not matter to what follows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.kernels import njit

__all__ = ["Edges", "edges_of", "matched"]


class Edges(NamedTuple):
    """Edges between the vertices of polygons."""

    ends: NDArray[np.float64]
    """(e, 4) ax, ay, bx, by with ax < bx, or ax = bx and ay < by."""
    sides: NDArray[np.int32]
    """(e, 2) the labels that meet at the edge; 0 = nothing."""


def edges_of(shapes: NDArray[np.object_], labels: NDArray[np.int32]) -> Edges:
    """Return the distinct edges of polygons.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, (n,)
        Valid, two-dimensional.
    labels : ndarray of int32, (n,)
        Above 0.

    Returns
    -------
    Edges
        In the order in which polygons first bring them. An edge that a third polygon brings is there twice.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    if not len(parts):
        return Edges(np.empty((0, 4)), np.empty((0, 2), np.int32))
    _, points, (rings, polygons) = shapely.to_ragged_array(parts)
    of_ring = np.repeat(np.asarray(labels, np.int32)[owner], np.diff(polygons))
    return Edges(*_walked(points + 0.0, np.asarray(rings, np.int64), of_ring))  # + 0.0: no negative zeros


def matched(edges: Edges) -> Edges:
    """Return edges with those joined that lie on each other and have one side each.

    Parameters
    ----------
    edges : Edges
        A side may be 0; edges without any side are left out.
    """
    return Edges(*_matched(edges.ends, edges.sides))


@njit(cache=True, nogil=True)
def _walked(points, rings, of_ring):  # type: ignore[no-untyped-def]
    """Walk all rings and keep every edge once."""
    ends, sides = np.empty((len(points), 4)), np.zeros((len(points), 2), np.int32)
    table = _table(len(points))
    count = 0
    for ring in range(len(rings) - 1):
        label = of_ring[ring]
        for i in range(rings[ring], rings[ring + 1] - 1):
            ax, ay, bx, by = points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1]
            if ax < bx or (ax == bx and ay < by):
                count = _enter(table, ends, sides, count, (ax, ay, bx, by), label)
            elif ax != bx or ay != by:
                count = _enter(table, ends, sides, count, (bx, by, ax, ay), label)
    return ends[:count].copy(), sides[:count].copy()


@njit(cache=True, nogil=True)
def _matched(old_ends, old_sides):  # type: ignore[no-untyped-def]
    """Enter all edges anew, side by side."""
    ends, sides = np.empty((2 * len(old_ends), 4)), np.zeros((2 * len(old_ends), 2), np.int32)
    table = _table(2 * len(old_ends))
    count = 0
    for e in range(len(old_ends)):
        for k in range(2):
            if old_sides[e, k]:
                edge = (old_ends[e, 0], old_ends[e, 1], old_ends[e, 2], old_ends[e, 3])
                count = _enter(table, ends, sides, count, edge, old_sides[e, k])
    return ends[:count].copy(), sides[:count].copy()


@njit(cache=True, nogil=True)
def _table(entries):  # type: ignore[no-untyped-def]
    """Return an empty hash table at most half full."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return np.full(size, -1, np.int32)


@njit(cache=True, inline="always", nogil=True)
def _mixed(bits):  # type: ignore[no-untyped-def]
    """Scramble 64 bits: the finisher of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True, inline="always", nogil=True)
def _enter(table, ends, sides, count, edge, label):  # type: ignore[no-untyped-def]
    """Give an edge one more side, or keep it as a new one; return how many there are."""
    for k in range(4):
        ends[count, k] = edge[k]
    bits = ends[count].view(np.uint64)
    key = _mixed(bits[0] + np.uint64(3) * _mixed(bits[1] + np.uint64(5) * _mixed(bits[2] + np.uint64(7) * bits[3])))
    mask = np.uint64(len(table) - 1)
    slot = key & mask
    while table[slot] >= 0:
        known = table[slot]
        same = (
            ends[known, 0] == edge[0]
            and ends[known, 1] == edge[1]
            and ends[known, 2] == edge[2]
            and ends[known, 3] == edge[3]
        )
        if same and sides[known, 1] == 0:
            sides[known, 1] = label
            return count
        slot = (slot + np.uint64(1)) & mask
    table[slot] = count
    sides[count, 0] = label
    return count + 1
