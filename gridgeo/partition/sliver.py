"""Faces to atoms: slivers join a neighbour across the line that deserves least to stay.

In: an arrangement whose layers stand in the order of their rank, and the community of every face. Out: an atom number
for every face. No line moves; a sliver between two drawings of one border disappears by dropping the less trusted
drawing. Nothing is ever joined across a community's border. Previous stage: `gridgeo.partition.arrange`; next:
`gridgeo.partition.atoms`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.partition.arrange import Arrangement

__all__ = ["CRUMB_WIDTH_M", "SURVEYED_M", "drop_slivers", "top_layer"]

CRUMB_WIDTH_M = 0.5
"""Faces narrower than this are joined whatever bounds them: no grid is served by a strip half a metre wide."""
SURVEYED_M = 0.1
"""Lines drawn at least as well as this are surveyed, or made by an earlier merge: nothing beside them is better."""
_END_WIDTHS, _END_SHARE = 3.0, 0.1
"""A contact below so many widths of a sliver, for the end of a strip may be cut at an angle, and below this share of
its perimeter, for what is no strip has no ends, is not one of its sides. Chosen."""
_ROUNDS = 100
"""A round joins every sliver to one neighbour, so chains halve at least; real cities need about ten."""


def top_layer(edge_layers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the highest-ranked layer that runs along each edge: its lowest bit."""
    return np.log2(edge_layers & -edge_layers).astype(np.int64)


def drop_slivers(
    arrangement: Arrangement,
    community: NDArray[np.int64],
    accuracy_m: NDArray[np.float64],
    firmness: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Join slivers to neighbours of their community until none is left.

    Parameters
    ----------
    arrangement : Arrangement
        Layers in order of rank, the most trusted first; layer 0 are the communities.
    community : array of int64, (f,)
        Community of each face, -1 outside the frame.
    accuracy_m : array of float64, (layers,)
        How far each layer's lines may lie from the truth.
    firmness : array of int64, (layers,), optional
        A layer's lines are dropped only where nothing less firm bounds a sliver; by default all are equally firm.

    Returns
    -------
    array of int64, (f,)
        Atom of each face, numbered from 0 by their smallest face; -1 outside the frame.

    Notes
    -----
    Two drawings of one border lie at most the sum of their accuracies apart, so a face narrower than the accuracy of
    the line to be dropped plus that of the best line around it is taken for the space between them. Width is
    2 x area / perimeter, which is exact for long strips.

    A sliver joins the neighbour behind the least trusted of its long sides: joined over its end it would be a tail of
    what lies there.
    """
    rank = top_layer(arrangement.edge_layers)
    firmness = np.zeros(len(accuracy_m), np.int64) if firmness is None else firmness
    line = _Line(arrangement.edge_length_m, rank, accuracy_m[rank], firmness[rank])
    inside = community >= 0
    cluster = np.where(inside, np.arange(arrangement.faces.faces), -1)
    same = (community[arrangement.left] == community[arrangement.right]) & inside[arrangement.left]
    same &= arrangement.left != arrangement.right
    for _ in range(_ROUNDS):
        target = _targets(arrangement, cluster, same, line)
        if not len(target):
            break
        cluster = _join(cluster, target)
    atom = np.full(len(cluster), -1, np.int64)
    atom[inside] = np.unique(cluster[inside], return_inverse=True)[1]
    return atom


class _Line(NamedTuple):
    """The most trusted line along every edge."""

    length_m: NDArray[np.float64]
    rank: NDArray[np.int64]
    accuracy_m: NDArray[np.float64]
    firmness: NDArray[np.int64]


class _Shape(NamedTuple):
    """What every cluster looks like."""

    width_m: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    best_m: NDArray[np.float64]
    """Accuracy of the best line around it."""


def _join(cluster: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give joined clusters the smallest number among them."""
    size = len(cluster)
    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    least = np.full(part.max() + 1, size, np.int64)
    np.minimum.at(least, part, np.arange(size))
    return np.where(cluster >= 0, least[part[cluster]], -1)


def _targets(
    arrangement: Arrangement, cluster: NDArray[np.int64], same: NDArray[np.bool_], line: _Line
) -> NDArray[np.int64]:
    """Return (sliver, neighbour) for every sliver: the neighbour behind its least trusted line."""
    left, right = cluster[arrangement.left], cluster[arrangement.right]
    border = left != right
    size = len(cluster)
    perimeter_m, best_m = np.zeros(size), np.full(size, np.inf)
    for side in (left, right):
        own = border & (side >= 0)
        perimeter_m += np.bincount(side[own], weights=line.length_m[own], minlength=size)
        np.minimum.at(best_m, side[own], line.accuracy_m[own])
    own = cluster >= 0
    area_m2 = np.bincount(cluster[own], weights=arrangement.face_area_m2[own], minlength=size)
    width_m = 2 * area_m2 / np.maximum(perimeter_m, 1e-9)
    # Only clusters that the widest tolerance could make slivers need their neighbours compared.
    narrow = width_m < max(CRUMB_WIDTH_M, 2 * line.accuracy_m.max(initial=0.0))
    drop = np.flatnonzero(border & same & (narrow[left] | narrow[right]))
    one = np.concatenate([left[drop], right[drop]])
    two = np.concatenate([right[drop], left[drop]])
    rows = np.flatnonzero(narrow[one])
    return _least_trusted(one[rows], two[rows], np.tile(drop, 2)[rows], line, _Shape(width_m, perimeter_m, best_m))


def _least_trusted(
    one: NDArray[np.int64],
    two: NDArray[np.int64],
    edge: NDArray[np.int64],
    line: _Line,
    shape: _Shape,
) -> NDArray[np.int64]:
    """Compare the borders of each narrow cluster with its neighbours and return those that may be dropped."""
    if not len(one):
        return np.empty((0, 2), np.int64)
    order = np.lexsort((edge, two, one))
    one, two, edge = one[order], two[order], edge[order]
    first = np.flatnonzero(np.diff(one, prepend=-1).astype(bool) | np.diff(two, prepend=-1).astype(bool))
    length_m = line.length_m[edge]
    shared_m = np.add.reduceat(length_m, first)
    # A border is as trusted as the lines along it, by length: a touch of a better line does not save it.
    rank = np.add.reduceat(length_m * line.rank[edge], first) / shared_m
    reach_m = np.add.reduceat(length_m * line.accuracy_m[edge], first) / shared_m
    firmness = np.maximum.reduceat(line.firmness[edge], first)
    one, two = one[first], two[first]
    end = (shared_m < _END_WIDTHS * shape.width_m[one]) & (shared_m < _END_SHARE * shape.perimeter_m[one])
    order = np.lexsort((two, -shared_m, -np.round(rank, 6), end, firmness, one))
    pick = order[np.flatnonzero(np.diff(one[order], prepend=-1))]
    cluster = one[pick]
    limit_m = np.maximum(CRUMB_WIDTH_M, reach_m[pick] + shape.best_m[cluster])
    pick = pick[shape.width_m[cluster] < limit_m]
    return np.column_stack([one[pick], two[pick]])
