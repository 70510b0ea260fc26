"""Labelled faces back to polygons: rings traced along the edges where the label changes.

In: faces with a label each. Out: one Polygon per label (MultiPolygon where a label lies apart), made of the very
vertices that its neighbours use. Used for communities, grids and findings.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.faces import half_edges_around

__all__ = ["STRAIGHT_STEPS", "outlines"]

STRAIGHT_STEPS = 2.0
"""Vertices that only noding put into a line are taken out again within this many lattice steps: each round of noding
bends a line by less than one step."""


@njit(cache=True)
def _follow(half, label, label_left, ends, start, member, position):  # type: ignore[no-untyped-def]
    """Return the next border half-edge, staying within the wedge of the label that the last one came through."""
    head = ends[half >> 1, 1 - (half & 1)]
    at = position[half ^ 1]
    while True:
        at = at - 1 if at > start[head] else start[head + 1] - 1
        if label_left[member[at]] == label:
            return member[at]


@njit(cache=True)
def _rings(points, ends, label_left, start, member):  # type: ignore[no-untyped-def]
    """Trace simple rings with one label on their left; return vertices, ring ends and ring labels.

    A ring that comes back to a vertex is cut off there, so a label may touch itself in a point and still be valid.
    """
    halves = 2 * len(ends)
    position = np.empty(halves, np.int64)
    position[member] = np.arange(halves)
    used = np.zeros(halves, np.bool_)
    seen_at = np.full(len(points), -1, np.int64)
    path, out = np.empty(halves, np.int64), np.empty(halves, np.int64)
    ring_end, ring_label = np.empty(halves, np.int64), np.empty(halves, np.int64)
    written, rings = 0, 0
    for first in range(halves):
        if used[first] or label_left[first] < 0:
            continue
        length, half, label = 0, first, label_left[first]
        while True:
            v = ends[half >> 1, half & 1]
            if seen_at[v] >= 0:  # a simple ring is complete: cut it off the path
                cut = seen_at[v]
                for k in range(cut, length):
                    out[written] = path[k]
                    written += 1
                    seen_at[path[k]] = -1
                ring_end[rings], ring_label[rings] = written, label
                rings += 1
                length = cut
            if used[half]:
                break
            used[half] = True
            seen_at[v], path[length] = length, v
            length += 1
            half = _follow(half, label, label_left, ends, start, member, position)
    return out[:written].copy(), ring_end[:rings].copy(), ring_label[:rings].copy()


@njit(cache=True, inline="always")
def _is_near(points, a: int, b: int, v: int) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether a vertex lies within `STRAIGHT_STEPS` of the segment between two others."""
    run_x, run_y = float(points[b, 0] - points[a, 0]), float(points[b, 1] - points[a, 1])
    dx, dy = float(points[v, 0] - points[a, 0]), float(points[v, 1] - points[a, 1])
    square = run_x * run_x + run_y * run_y
    along = dx * run_x + dy * run_y
    if along < 0 or along > square:
        return False
    across = run_x * dy - run_y * dx
    return across * across <= STRAIGHT_STEPS * STRAIGHT_STEPS * square


@njit(cache=True)
def _straight(points, vertices, ring_end, keep):  # type: ignore[no-untyped-def]
    """Tell for every ring vertex whether it stays.

    Between two vertices to be kept all others go if they lie on the straight line; else all stay. Both neighbours of
    a border see the same chain, so they decide alike.
    """
    stays = np.ones(len(vertices), np.bool_)
    begin = 0
    for end in ring_end:
        count = end - begin
        first = begin
        while first < end and not keep[vertices[first]]:
            first += 1
        at = first
        while first < end and at < first + count:
            ahead = at + 1
            while not keep[vertices[begin + (ahead - begin) % count]]:
                ahead += 1
            a, b = vertices[begin + (at - begin) % count], vertices[begin + (ahead - begin) % count]
            smooth = a != b
            for k in range(at + 1, ahead):
                smooth = smooth and _is_near(points, a, b, vertices[begin + (k - begin) % count])
            for k in range(at + 1, ahead):
                stays[begin + (k - begin) % count] = not smooth
            at = ahead
        if stays[begin:end].sum() < 3:
            stays[begin:end] = True
        begin = end
    return stays


def outlines(
    points: NDArray[np.int64],
    ends: NDArray[np.int64],
    label_left: NDArray[np.int64],
    label_right: NDArray[np.int64],
    coordinates: NDArray[np.float64],
    *,
    keep: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the outline of every label.

    Parameters
    ----------
    points : array of int64, (v, 2)
        Lattice points.
    ends : array of int64, (e, 2)
        Noded edges.
    label_left, label_right : arrays of int64, (e,)
        Label left and right of each edge in its direction; -1 = none. Edges with equal labels are skipped.
    coordinates : array of float64, (v, 2)
        The points in metres.
    keep : array of bool, (v,), keyword-only
        Vertices that stay although the border may run straight through them: nodes where three labels meet, so that
        neighbours have the same vertices, and vertices that somebody drew.

    Returns
    -------
    labels : array of int64, (k,)
        Ascending.
    shapes : array of Polygon or MultiPolygon, (k,)
        Valid; neighbours share every vertex.
    """
    border = label_left != label_right
    used, packed = np.unique(ends[border], return_inverse=True)
    ends, points, coordinates, keep = packed.reshape(-1, 2), points[used], coordinates[used], keep[used]
    both = np.column_stack([label_left[border], label_right[border]]).ravel()
    start, member = half_edges_around(points, ends)
    vertices, ring_end, ring_label = _rings(points, ends, both, start, member)
    stays = _straight(points, vertices, ring_end, keep)
    ring = np.repeat(np.arange(len(ring_end)), np.diff(ring_end, prepend=0))
    return _polygons(coordinates[vertices[stays]], ring[stays], ring_label)


def _polygons(
    coordinates: NDArray[np.float64], ring: NDArray[np.int64], ring_label: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Put rings together: counter-clockwise ones are shells, clockwise ones holes of a shell of their label."""
    lines = shapely.linearrings(coordinates, indices=ring)
    is_shell = shapely.is_ccw(lines)
    order = np.lexsort((~is_shell, ring_label))
    lines, ring_label, is_shell = lines[order], ring_label[order], is_shell[order]
    labels, first, count = np.unique(ring_label, return_index=True, return_counts=True)
    shells = np.add.reduceat(is_shell, first)
    shapes = np.empty(len(labels), object)
    simple = shells == 1
    kept = np.repeat(simple, count)
    owner = np.repeat(np.arange(len(labels)), count)
    _, polygon = np.unique(owner[kept], return_inverse=True)
    shapes[simple] = shapely.polygons(lines[kept], indices=polygon) if simple.any() else []
    for i in np.flatnonzero(~simple):  # islands: few
        rings = lines[first[i] : first[i] + count[i]]
        shapes[i] = _multipolygon(rings[: shells[i]], rings[shells[i] :])
    return labels, shapes


def _multipolygon(shells: NDArray[np.object_], holes: NDArray[np.object_]) -> shapely.MultiPolygon:
    """Give every hole to the smallest shell around it."""
    areas = shapely.polygons(shells)
    order = np.argsort(shapely.area(areas), kind="stable")
    inside: list[list[shapely.LinearRing]] = [[] for _ in shells]
    for hole in holes:
        # The whole hole, not a point of it: an island of the same label may lie inside.
        within = shapely.covers(areas[order], shapely.polygons(hole))
        inside[order[np.argmax(within)]].append(hole)
    return shapely.MultiPolygon([shapely.Polygon(shell, own) for shell, own in zip(shells, inside, strict=True)])
