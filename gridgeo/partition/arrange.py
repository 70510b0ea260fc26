"""Layers to one arrangement: all linework noded once into faces, each labelled with the features that cover it.

In: polygon and line layers in the city CRS. Out: an `Arrangement` on the precision grid. Previous stage:
`gridgeo.partition.align`; next: `gridgeo.partition.sliver`. Inside: segments → node → faces → label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.kernels import njit
from gridgeo.partition.faces import Faces, faces_at, faces_of
from gridgeo.partition.label import covers
from gridgeo.partition.noding import node
from gridgeo.partition.outline import outlines
from gridgeo.partition.segments import Lattice, Segments, lattice_of, pack, segments_of

__all__ = ["MAX_LAYERS", "Arrangement", "Linework", "arrange"]

MAX_LAYERS = 62
"""Layers of one arrangement: each is one bit of an edge's mask."""


@dataclass(frozen=True, slots=True)
class Linework:
    """One layer as the arrangement sees it."""

    geometries: NDArray[np.object_]
    """Valid polygons, or lines, in metres."""
    feature: NDArray[np.int64]
    """(n,) which feature of the layer each geometry belongs to, from 0."""
    area: bool = True
    """False for lines, which part faces but cover none."""

    @property
    def count(self) -> int:
        """Number of features."""
        return int(self.feature.max()) + 1 if len(self.feature) else 0


@dataclass(frozen=True)
class Arrangement:
    """A noded plane: edges meet only in vertices, faces are labelled."""

    lattice: Lattice
    points: NDArray[np.int64]
    """(v, 2) lattice points, ascending."""
    ends: NDArray[np.int64]
    """(e, 2) edges, the smaller vertex first."""
    faces: Faces
    edge_layers: NDArray[np.int64]
    """(e,) bit k is set where layer k has a line."""
    point_layers: NDArray[np.int64]
    """(v,) bit k is set where layer k drew a vertex."""
    first_feature: NDArray[np.int64]
    """(layers + 1,) layer k's features are first_feature[k] … first_feature[k + 1] - 1."""
    cover_face: NDArray[np.int64]
    """(k,) rows of face and covering feature, ascending."""
    cover_feature: NDArray[np.int64]

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """(v, 2) the points in metres."""
        return self.lattice.metres(self.points)

    @property
    def left(self) -> NDArray[np.int64]:
        """(e,) face left of each edge."""
        return self.faces.of_half[0::2]

    @property
    def right(self) -> NDArray[np.int64]:
        """(e,) face right of each edge."""
        return self.faces.of_half[1::2]

    @cached_property
    def edge_length_m(self) -> NDArray[np.float64]:
        """(e,) length of each edge."""
        run = (self.points[self.ends[:, 1]] - self.points[self.ends[:, 0]]).astype(float)
        return np.hypot(run[:, 0], run[:, 1]) / self.lattice.steps_per_m

    @cached_property
    def face_area_m2(self) -> NDArray[np.float64]:
        """(f,) area of each face; summed in whole lattice steps, so exact; that of the outside is negative."""
        p, q = self.points[self.ends[:, 0]], self.points[self.ends[:, 1]]
        twice = p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]
        total = np.zeros(self.faces.faces, np.int64)
        np.add.at(total, self.left, twice)
        np.subtract.at(total, self.right, twice)
        return total / (2.0 * self.lattice.steps_per_m**2)

    def covering(self, layer: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (face, feature of the layer) for every cover by one layer."""
        low, high = self.first_feature[layer : layer + 2]
        own = (self.cover_feature >= low) & (self.cover_feature < high)
        return self.cover_face[own], self.cover_feature[own] - low

    def faces_at(self, coordinates: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the face each point (n, 2) in metres lies in; 0 outside or without coordinate."""
        found = np.zeros(len(coordinates), np.int64)
        finite = np.isfinite(coordinates).all(axis=1) & (np.abs(coordinates) < 1e9).all(axis=1)
        where = self.lattice.snap(coordinates[finite])
        found[finite] = faces_at(self.points, self.ends, self.faces, where)
        return found

    def shapes(
        self, label: NDArray[np.int64], *, keep: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Return labels and outlines of labelled faces.

        Parameters
        ----------
        label : array of int64, (f,)
            Label of each face, -1 = none.
        keep : array of bool, (v,), keyword-only, optional
            Vertices that stay; of the others those go that only noding put into a straight line. All stay by default.
        """
        if keep is None:
            keep = np.ones(len(self.points), bool)
        return outlines(self.points, self.ends, label[self.left], label[self.right], self.coordinates, keep=keep)

    def nodes_and_bends(self, label: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which vertices (v,) are nodes of a labelling, or drawn by the most trusted layer of its borders."""
        border = label[self.left] != label[self.right]
        edge, ends = np.flatnonzero(border), self.ends[border]
        degree = np.bincount(ends.ravel(), minlength=len(self.points))
        top = self.edge_layers[edge] & -self.edge_layers[edge]
        shared = np.full(len(self.points), -1, np.int64)
        for side in (0, 1):
            np.bitwise_and.at(shared, ends[:, side], top)
        # Two lines of different layers meet in a bend; one line bends where its layer drew a vertex.
        return (degree != 2) | (shared == 0) | ((shared & self.point_layers) != 0)


@njit(cache=True)
def _masks(segment, layer, edges):  # type: ignore[no-untyped-def]
    """Return the layers of every edge as bits."""
    mask = np.zeros(edges, np.int64)
    for i in range(len(segment)):
        mask[segment[i]] |= np.int64(1) << layer[i]
    return mask


def arrange(layers: Sequence[Linework], precision_m: float) -> Arrangement:
    """Node layers into faces and tell which features cover which face.

    Parameters
    ----------
    layers : sequence of Linework
        At most `MAX_LAYERS`, in metres, at least one geometry in all.
    precision_m : float
        Distance of lattice points in metres.

    Returns
    -------
    Arrangement
        Exact on the lattice and independent of the order of geometries, ring starts and directions.

    Raises
    ------
    InputError
        If there is no geometry, or it spans too far for exact arithmetic.

    Notes
    -----
    O(n) memory, about O(n) time for segments of similar length (`bench/arrange.py`).
    """
    if len(layers) > MAX_LAYERS:
        raise ValueError(f"{len(layers)} layers; an arrangement takes at most {MAX_LAYERS}")
    first = np.concatenate([[0], np.cumsum([layer.count for layer in layers])]).astype(np.int64)
    geometries = np.concatenate([layer.geometries for layer in layers])
    owner = np.concatenate([layer.feature + first[k] for k, layer in enumerate(layers)])
    if not len(geometries):
        raise InputError("there is no geometry to arrange: all layers are empty")
    if not np.isfinite(shapely.get_coordinates(geometries)).all():
        raise InputError("a layer has coordinates that are not numbers; run `gridgeo inspect` to see which")
    lattice = lattice_of(tuple(shapely.total_bounds(geometries)), precision_m)
    edges = node(segments_of(geometries, owner, lattice))
    faces = faces_of(edges.points, edges.ends)
    layer_of = np.repeat(np.arange(len(layers)), np.diff(first))
    is_area = np.array([layer.area for layer in layers])
    runs = _area_runs(edges, is_area[layer_of])
    face, feature = covers(faces, *runs, int(first[-1]))
    mask = _masks(edges.segment, layer_of[edges.owner], len(edges.ends))
    drawn = _drawn_points(layers, lattice, edges.points)
    return Arrangement(lattice, edges.points, edges.ends, faces, mask, drawn, first, face, feature)


def _drawn_points(layers: Sequence[Linework], lattice: Lattice, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the layers that drew each vertex as bits."""
    keys = pack(points)
    drawn = np.zeros(len(points), np.int64)
    for k, layer in enumerate(layers):
        at = np.searchsorted(keys, pack(lattice.snap(shapely.get_coordinates(layer.geometries))))
        own = np.zeros(len(points), bool)
        own[at] = True
        drawn[own] |= np.int64(1) << k
    return drawn


def _area_runs(
    edges: Segments, is_area: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return segment, owner and direction of the runs of area features only."""
    if is_area.all():
        return edges.segment, edges.owner, edges.direction
    own = is_area[edges.owner]
    return edges.segment[own], edges.owner[own], edges.direction[own]
