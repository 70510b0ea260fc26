"""Atoms and what is known of each: community, every agency's grid, households, neighbours.

In: an arrangement, the atom of every face, and the registers' points. Out: an `Atoms` table, the only thing that
`gridgeo.partition.resolve` needs to see. Previous stage: `gridgeo.partition.sliver`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.sliver import top_layer

__all__ = ["Atoms", "Borders", "borders_of", "covered_area", "majority", "rim_of"]


@dataclass(frozen=True, slots=True)
class Borders:
    """Borders between atoms of one community, one row per pair."""

    pair: NDArray[np.int64]
    """(p, 2) atoms, the smaller first; rows ascending."""
    length_m: NDArray[np.float64]
    open_m: NDArray[np.float64]
    """Length that no hard barrier closes."""
    layer_m: NDArray[np.float64]
    """(p, layers) length whose most trusted line is each layer's."""


@dataclass(frozen=True, slots=True)
class Atoms:
    """The atoms of a city; arrays have one row per atom."""

    community: NDArray[np.int64]
    exclusive: NDArray[np.int64]
    """Exclusive site, or -1."""
    label: NDArray[np.int64]
    """(n, agencies) feature of each agency, or -1 where it has no opinion."""
    area_m2: NDArray[np.float64]
    households: NDArray[np.int64]
    population: NDArray[np.int64]
    borders: Borders
    rim: NDArray[np.bool_]
    """Whether an atom touches another community, the outside or an exclusive site."""


def borders_of(
    arrangement: Arrangement, atom: NDArray[np.int64], community: NDArray[np.int64], hard: NDArray[np.bool_]
) -> Borders:
    """Add up the edges between atoms of one community.

    Parameters
    ----------
    arrangement : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 = none.
    community : array of int64, (n,)
        Community of each atom.
    hard : array of bool, (layers,)
        Layers that are hard barriers.
    """
    left, right = atom[arrangement.left], atom[arrangement.right]
    inner = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    inner = inner[community[left[inner]] == community[right[inner]]]
    pair = np.column_stack([left[inner], right[inner]])
    pair.sort(axis=1)
    pair, row = np.unique(pair, axis=0, return_inverse=True)
    length_m, layers = arrangement.edge_length_m[inner], len(hard)
    bits = np.int64(sum(1 << int(k) for k in np.flatnonzero(hard)))
    is_open = (arrangement.edge_layers[inner] & bits) == 0
    column = row.ravel() * layers + top_layer(arrangement.edge_layers[inner])
    by_layer = _sums(column, length_m, len(pair) * layers).reshape(len(pair), layers)
    row = row.ravel()
    return Borders(pair, _sums(row, length_m, len(pair)), _sums(row, length_m * is_open, len(pair)), by_layer)


def rim_of(
    arrangement: Arrangement, atom: NDArray[np.int64], community: NDArray[np.int64], exclusive: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which atoms touch another community, the outside or an exclusive site.

    Parameters
    ----------
    arrangement : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 = none.
    community, exclusive : arrays of int64, (n,)
    """
    rim = np.zeros(len(community), bool)
    for side, across in ((arrangement.left, arrangement.right), (arrangement.right, arrangement.left)):
        one, two = atom[side], atom[across]
        inside = one >= 0
        one, two = one[inside], two[inside]
        rim[one[(two < 0) | (community[one] != community[two]) | (exclusive[two] >= 0)]] = True
    return rim


def _sums(key: NDArray[np.int64], value: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the sum of the values of every key in [0, count)."""
    return np.bincount(key, value, count).astype(np.float64)


def covered_area(
    arrangement: Arrangement, layer: int, group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (group, feature, area in m2) for one layer, where groups are labels of faces and -1 is left out.

    Where features of the layer overlap, the area counts for the smaller one, which was drawn for a reason; of equal
    ones for the first.
    """
    face, feature = arrangement.covering(layer)
    count = int(np.diff(arrangement.first_feature[layer : layer + 2])[0])
    whole_m2 = np.bincount(feature, arrangement.face_area_m2[face], count)
    order = np.lexsort((feature, whole_m2[feature], face))
    first = order[np.flatnonzero(np.diff(face[order], prepend=-1))]
    face, feature = face[first], feature[first]
    inside = group[face] >= 0
    face, feature = face[inside], feature[inside]
    key, row = np.unique(group[face] * np.int64(max(count, 1)) + feature, return_inverse=True)
    area_m2 = _sums(row, arrangement.face_area_m2[face], len(key))
    return key // max(count, 1), key % max(count, 1), area_m2


def majority(
    rows: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]], area_m2: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the feature with the largest area in each group, or -1 where less than half of the group is covered."""
    group, feature, own_m2 = rows
    label = np.full(len(area_m2), -1, np.int64)
    order = np.lexsort((feature, -own_m2, group))
    first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    label[group[first]] = feature[first]
    covered = np.bincount(group, own_m2, len(area_m2))
    label[covered < 0.5 * area_m2] = -1
    return label
