"""Group blocks into communities and grids: balanced, in one piece, and as differently as agencies do it.

In: a `Fabric` and a weight per block. Out: a label per block. Next: `gridgeo.sample.layers` draws the groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.sample.fabric import Fabric

__all__ = ["Labels", "connect", "dissolve", "divide", "divide_each", "regroup"]

Labels = NDArray[np.int64]


def divide(fabric: Fabric, members: Labels, weight: NDArray[np.float64], parts: int) -> Labels:
    """Divide blocks into parts of about equal weight by halving them across their longer side again and again.

    Parameters
    ----------
    fabric : Fabric
    members : ndarray of int, (k,)
        Numbers of the blocks to divide; at least ``parts``.
    weight : ndarray of float, (n,)
        Of every block of the fabric.
    parts : int

    Returns
    -------
    ndarray of int, (k,)
        0 … parts - 1 for each member.
    """
    labels = np.zeros(len(members), dtype=np.int64)
    if parts == 1:
        return labels
    column, row = fabric.column[members], fabric.row[members]
    order = np.lexsort((row, column) if np.ptp(column) >= np.ptp(row) else (column, row))
    sums = np.cumsum(weight[members][order])
    half = parts // 2
    cut = int(np.abs(sums - sums[-1] * half / parts).argmin()) + 1
    cut = min(max(cut, half), len(members) - (parts - half))
    first, second = order[:cut], order[cut:]
    labels[first] = divide(fabric, members[first], weight, half)
    labels[second] = half + divide(fabric, members[second], weight, parts - half)
    return labels


def divide_each(fabric: Fabric, zones: Labels, weight: NDArray[np.float64], target: float) -> Labels:
    """Divide each zone into parts of about ``target`` weight; the parts are in one piece and never mix zones."""
    labels, used = np.zeros(len(zones), dtype=np.int64), 0
    for zone in np.unique(zones):
        members = np.nonzero(zones == zone)[0]
        parts = min(max(1, round(weight[members].sum() / target)), len(members))
        labels[members] = used + divide(fabric, members, weight, parts)
        used += parts
    return connect(fabric, labels, zones)


def connect(fabric: Fabric, labels: Labels, zones: Labels) -> Labels:
    """Give every piece of a group except its largest to a neighbouring group of the same zone.

    A piece without such a neighbour stays as it is.
    """
    labels = labels.copy()
    inner = fabric.pairs[zones[fabric.pairs[:, 0]] == zones[fabric.pairs[:, 1]]]
    for _ in range(len(labels)):
        strays = _strays(labels, inner)
        one, other = inner[:, 0], inner[:, 1]
        takes = np.concatenate([inner[strays[one] & ~strays[other]], inner[strays[other] & ~strays[one]][:, ::-1]])
        if not len(takes):
            break
        labels[takes[:, 0]] = labels[takes[:, 1]]
    return labels


def _strays(labels: Labels, pairs: Labels) -> NDArray[np.bool_]:
    """Mark the blocks that do not hang together with the largest piece of their group."""
    same = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]
    graph = coo_matrix((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(labels), len(labels)))
    _, piece = connected_components(graph, directed=False)
    size = np.bincount(piece)[piece]
    order = np.lexsort((piece, -size, labels))
    firsts = order[np.unique(labels[order], return_index=True)[1]]
    main = np.zeros(labels.max() + 1, dtype=np.int64)
    main[labels[firsts]] = piece[firsts]
    return np.asarray(piece != main[labels])


def regroup(
    rng: np.random.Generator, fabric: Fabric, truth: Labels, zones: Labels, shares: tuple[float, float, float]
) -> Labels:
    """Return another agency's view of the same grids.

    Parameters
    ----------
    rng : numpy.random.Generator
    fabric : Fabric
    truth, zones : ndarray of int, (n,)
        True grid and zone (community and river bank) of each block; nothing leaves its zone.
    shares : tuple of float
        Share of the grids that are merged with a neighbour, that are halved, and share of the blocks that drift into
        the next grid.
    """
    merged, halved, drifted = shares
    labels = truth.copy()
    within = fabric.pairs[zones[fabric.pairs[:, 0]] == zones[fabric.pairs[:, 1]]]
    touching = np.unique(np.sort(labels[within], axis=1), axis=0)
    touching = rng.permutation(touching[touching[:, 0] != touching[:, 1]])
    names = rng.permutation(np.unique(labels))
    _merge(labels, touching, round(merged * len(names)))
    equal = np.ones(len(labels))
    for label in names[: round(halved * len(names))]:
        members = np.nonzero(labels == label)[0]
        if len(members) > 1:
            labels[members] = np.where(divide(fabric, members, equal, 2) == 0, label, labels.max() + 1)
    edge = rng.permutation(within[labels[within[:, 0]] != labels[within[:, 1]]])[: round(drifted * len(labels))]
    labels[edge[:, 0]] = labels[edge[:, 1]]
    return np.unique(connect(fabric, labels, zones), return_inverse=True)[1].astype(np.int64)


def _merge(labels: Labels, touching: Labels, count: int) -> None:
    """Merge pairs of touching groups in place; no group is merged twice."""
    used: set[int] = set()
    for keep, gone in touching:
        if len(used) >= 2 * count:
            return
        if not {int(keep), int(gone)} & used:
            used |= {int(keep), int(gone)}
            labels[labels == gone] = keep


def dissolve(blocks: NDArray[Any], labels: Labels) -> NDArray[Any]:
    """Return the union of the blocks of each label 0 … max; shared edges stay vertex-identical."""
    order = np.argsort(labels, kind="stable")
    cuts = np.nonzero(np.diff(labels[order]))[0] + 1
    unions = [shapely.normalize(shapely.coverage_union_all(group)) for group in np.split(blocks[order], cuts)]
    return np.array([_single(union) for union in unions], dtype=object)


def _single(geometry: Any) -> Any:
    """Unwrap a collection of one part."""
    return shapely.get_geometry(geometry, 0) if shapely.get_num_geometries(geometry) == 1 else geometry
