"""New lines into an arrangement: only what they touch is noded again, everything else stays bit for bit.

In: an arrangement and lines on its lattice. Out: the arrangement with the lines as one more layer, of the lowest rank,
and the old face of every new one, so that all that was known of faces is still known. This is how cuts (and later a
planner's edits) enter: for both sides at once. Before and after: `gridgeo.partition.divide`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.cells import Cells, row_span
from gridgeo.partition.faces import Faces, faces_of
from gridgeo.partition.noding import node
from gridgeo.partition.segments import Segments, pack, unpack

__all__ = ["Inserted", "insert_lines"]

Ints = NDArray[np.int64]


class Inserted(NamedTuple):
    """An arrangement with new lines in it."""

    plane: Arrangement
    origin: Ints
    """(f,) the old face that each face is a part of."""


def insert_lines(plane: Arrangement, segments: Ints, layer: int) -> Inserted:
    """Insert segments into an arrangement.

    Parameters
    ----------
    plane : Arrangement
    segments : array of int64, (n, 2, 2)
        Lattice points, within the extent of the arrangement.
    layer : int
        Whose bit the new edges get: either the next layer, whose features cover nothing, or one made so before.

    Returns
    -------
    Inserted
        Edges that no segment meets keep their vertices; one that a segment crosses or ends on is led through that
        vertex, so it may bend by less than one lattice step, for the faces on both sides alike.

    Notes
    -----
    Noding is local; finding the faces is linear in all edges.
    """
    own = _near(plane, segments)
    local = _noded(plane, own, segments)
    keys, ends, old, mask = _joined(plane, own, local, np.int64(1) << layer)
    points = unpack(keys)
    faces = faces_of(points, ends)
    origin = _origins(plane, faces, local, old)
    face, feature = _inherited(plane, origin)
    drawn = _drawn(plane, keys, segments, np.int64(1) << layer)
    first = plane.first_feature
    if len(first) < layer + 2:
        first = np.append(first, first[-1] + len(segments))
    return Inserted(Arrangement(plane.lattice, points, ends, faces, mask, drawn, first, face, feature), origin)


# --------------------------------------------------------------- what is near ----


@njit(cache=True)
def _mark_cells(points, ends, cells, marked):  # type: ignore[no-untyped-def]
    """Mark the cells that segments come within one lattice step of."""
    for s in range(len(ends)):
        ax, ay, bx, by = points[ends[s, 0], 0], points[ends[s, 0], 1], points[ends[s, 1], 0], points[ends[s, 1], 1]
        bottom = max(0, (min(ay, by) - 1) // cells.size)
        for row in range(bottom, min(cells.rows - 1, (max(ay, by) + 1) // cells.size) + 1):
            west, east = row_span(ax, ay, bx, by, row * cells.size - 1, (row + 1) * cells.size + 1)
            for column in range(max(0, west // cells.size), min(cells.columns - 1, east // cells.size) + 1):
                marked[row * cells.columns + column] = True


def _beside(points: Ints, ends: Ints, cells: Cells) -> Ints:
    """Return the members of all cells that segments, each given by two points, come near."""
    marked = np.zeros(cells.columns * cells.rows, np.bool_)
    _mark_cells(points, ends, cells, marked)
    rows = np.flatnonzero(marked)
    start, count = cells.start[rows], cells.start[rows + 1] - cells.start[rows]
    at = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    return np.unique(cells.member[at]).astype(np.int64)


def _near(plane: Arrangement, segments: Ints) -> Ints:
    """Return the edges that new segments may bend, and the edges whose vertices a bent edge may then come upon."""
    flat = segments.reshape(-1, 2)
    first = _beside(flat, np.arange(len(flat)).reshape(-1, 2), plane.faces.cells)
    return _beside(plane.points, plane.ends[first], plane.faces.cells)


# -------------------------------------------------------------------- noding ----


class _Local(NamedTuple):
    """What became of the edges near the new segments."""

    edges: Segments
    """In lattice points of the whole plane; an owner below `old` is a row of the near edges."""
    old: int
    left: Ints
    """(near edges,) faces before."""
    right: Ints


def _noded(plane: Arrangement, own: Ints, segments: Ints) -> _Local:
    """Node the near edges and the new segments with each other."""
    pairs = np.concatenate([plane.points[plane.ends[own]], segments]).reshape(-1, 2)
    low = pairs.min(axis=0) - 1
    keys, vertex = np.unique(pack(pairs - low), return_inverse=True)
    ends = vertex.reshape(-1, 2)
    real = ends[:, 0] != ends[:, 1]
    owner, forward = np.flatnonzero(real), np.where(ends[real, 0] < ends[real, 1], 1, -1)
    ends, segment = np.unique(np.sort(ends[real], axis=1), axis=0, return_inverse=True)
    edges = node(Segments(unpack(keys), ends, segment.ravel(), owner, forward))
    edges = Segments(edges.points + low, edges.ends, edges.segment, edges.owner, edges.direction)
    return _Local(edges, len(own), plane.left[own], plane.right[own])


def _joined(plane: Arrangement, own: Ints, local: _Local, bit: np.int64) -> tuple[Ints, Ints, Ints, Ints]:
    """Put the near edges back among the others; return point keys, ends, the old edge, and the layers' bits."""
    far = np.ones(len(plane.ends), bool)
    far[own] = False
    before = pack(plane.points)
    more = pack(local.edges.points)
    at = np.minimum(np.searchsorted(before, more), len(before) - 1)
    # A stable sort finds the ascending run and is fast.
    keys = np.sort(np.concatenate([before, more[before[at] != more]]), kind="stable")
    # The keys of both kinds of points ascend, so ends stay in order.
    place, local_place = np.searchsorted(keys, before), np.searchsorted(keys, more)
    ends = np.concatenate([place[plane.ends[far]], local_place[local.edges.ends]])
    count = len(local.edges.ends)
    layers = np.zeros(count, np.int64)
    of_owner = np.append(plane.edge_layers[own], bit)
    np.bitwise_or.at(layers, local.edges.segment, of_owner[np.minimum(local.edges.owner, local.old)])
    order = np.argsort((ends[:, 0] << 32) | ends[:, 1], kind="stable")
    # For an edge of the local noding, -1 - its row.
    old = np.concatenate([np.flatnonzero(far), -1 - np.arange(count)])
    return keys, ends[order], old[order], np.concatenate([plane.edge_layers[far], layers])[order]


def _drawn(plane: Arrangement, keys: Ints, segments: Ints, bit: np.int64) -> Ints:
    """Return which layers drew each vertex."""
    drawn = np.zeros(len(keys), np.int64)
    drawn[np.searchsorted(keys, pack(plane.points))] = plane.point_layers
    drawn[np.searchsorted(keys, pack(segments.reshape(-1, 2)))] |= bit
    return drawn


# --------------------------------------------------------------------- faces ----


def _origins(plane: Arrangement, faces: Faces, local: _Local, old: Ints) -> Ints:
    """Return the old face of every face."""
    origin = np.full(faces.faces, -1, np.int64)
    left, right = faces.of_half[0::2], faces.of_half[1::2]
    far = old >= 0
    origin[left[far]], origin[right[far]] = plane.left[old[far]], plane.right[old[far]]
    row = np.flatnonzero(~far)
    at = np.empty(len(row), np.int64)
    at[-1 - old[row]] = row  # edge of the plane of every edge of the local noding
    known = local.edges.owner < local.old
    edge, owner = at[local.edges.segment[known]], local.edges.owner[known]
    ahead = local.edges.direction[known] > 0
    face = np.concatenate([left[edge], right[edge]])
    was = np.concatenate([np.where(ahead, local.left[owner], local.right[owner]),
                          np.where(ahead, local.right[owner], local.left[owner])])  # fmt: skip
    _settle(origin, face, was)
    # A face between new lines only is a part of what lies beyond any of them.
    new = row[~np.isin(row, edge)]
    while (origin < 0).any():
        before = (origin < 0).sum()
        for one, two in ((left[new], right[new]), (right[new], left[new])):
            open_side = (origin[one] < 0) & (origin[two] >= 0)
            origin[one[open_side]] = origin[two[open_side]]
        if (origin < 0).sum() == before:
            break
    return origin


def _settle(origin: Ints, face: Ints, was: Ints) -> None:
    """Write the old face that most edges of a face name; where lines fell together, a few may name its neighbour."""
    pairs, count = np.unique(np.column_stack([face, was]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -count, pairs[:, 0]))
    first = order[np.flatnonzero(np.diff(pairs[order, 0], prepend=-1))]
    origin[pairs[first, 0]] = pairs[first, 1]


def _inherited(plane: Arrangement, origin: Ints) -> tuple[Ints, Ints]:
    """Return the rows of face and covering feature."""
    start = np.searchsorted(plane.cover_face, np.arange(plane.faces.faces + 1))
    count = (start[1:] - start[:-1])[origin]
    at = np.repeat(start[origin] - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    return np.repeat(np.arange(len(origin)), count), plane.cover_feature[at]
