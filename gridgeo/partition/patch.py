"""A few neighbouring grids as one small arrangement: where a planner's lines enter, for all grids at once.

In: polygons of some grids and new lines. Out: a `Patch` whose faces can be given to other grids, the outlines of any
such labelling, and the vertices that the outer border of the grids gained. Next: `gridgeo.partition.redraw`.

Vertices that were there stay bit for bit, whatever lattice they lie on; new ones lie on the lattice. Only what the
grids handed in enclose is arranged, so the work depends on them and not on the size of the city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import TopologyError
from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.outline import outlines
from gridgeo.partition.segments import pack

__all__ = ["Chains", "Patch", "open_patch", "precision_of", "with_chains"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

LATTICES_M = (0.001, 0.0001, 0.00001)
"""Merged layers lie on a millimetre; others on the coarsest of these on which no two of their vertices fall together:
the finest spans 10 km (`gridgeo.partition.segments.EXTENT_LIMIT`), more than any grid with its neighbours."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Vertices that edges of the outer border gained: start, end, and what now lies between them in this order."""

    start: NDArray[np.complex128]
    end: NDArray[np.complex128]
    between: tuple[NDArray[np.complex128], ...]

    @property
    def bounds(self) -> Floats:
        """(n, 4) left, bottom, right, top of each edge."""
        x, y = np.column_stack([self.start.real, self.end.real]), np.column_stack([self.start.imag, self.end.imag])
        return np.column_stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)])


@dataclass(frozen=True)
class Patch:
    """Grids with new lines in them."""

    plane: Arrangement
    owner: Ints
    """(f,) row of the grid that each face is a part of, -1 outside."""
    coordinates: Floats
    """(v, 2) in metres: vertices of the grids as they were, new ones on the lattice."""
    old: NDArray[np.bool_]
    """(v,) vertices that the grids had."""
    drawn: NDArray[np.bool_]
    """(e,) edges along a new line inside the grids."""

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(e,) edges between two different faces of grids."""
        left, right = self.plane.left, self.plane.right
        return (self.owner[left] >= 0) & (self.owner[right] >= 0) & (left != right)

    def covered(self, layer: int) -> NDArray[np.bool_]:
        """Tell which faces (f,) a layer of new areas covers; layer 1 is the first that was handed in."""
        found = np.zeros(self.plane.faces.faces, bool)
        found[self.plane.covering(layer)[0]] = True
        return found & (self.owner >= 0)

    def weigh(self, points: Floats, weight: Ints) -> Ints:
        """Return the sum (f,) of the weights of the points (n, 2), in metres, in each face."""
        return np.bincount(self.plane.faces_at(points), weight, self.plane.faces.faces).astype(np.int64)

    def place(self, face: int) -> tuple[float, float]:
        """Return a point inside a face."""
        label = np.full(self.plane.faces.faces, -1, np.int64)
        label[face] = 0
        x, y = shapely.get_coordinates(shapely.point_on_surface(self.outlines(label)[1]))[0]
        return float(x), float(y)

    def outlines(self, label: Ints) -> tuple[Ints, Shapes]:
        """Return labels and polygons of labelled faces (f,); -1 = none. Every vertex stays."""
        plane, keep = self.plane, np.ones(len(self.coordinates), bool)
        return outlines(plane.points, plane.ends, label[plane.left], label[plane.right], self.coordinates, keep=keep)

    def parts(self, apart: NDArray[np.bool_], label: Ints) -> Ints:
        """Number the connected parts of labelled faces.

        Parameters
        ----------
        apart : array of bool, (e,)
            Edges that faces do not hang together by.
        label : array of int64, (f,)
            Faces with different labels do not hang together either; -1 = in no part.

        Returns
        -------
        array of int64, (f,)
            From 0, in the order of the smallest face; -1 = in no part.
        """
        left, right = self.plane.left, self.plane.right
        joined = np.flatnonzero(~apart & (label[left] == label[right]) & (label[left] >= 0))
        root = np.arange(len(label))
        for one, two in zip(left[joined].tolist(), right[joined].tolist(), strict=True):  # some dozen faces
            a, b = sorted((_root(root, one), _root(root, two)))
            root[b] = a
        top = np.array([_root(root, face) for face in range(len(label))])
        top[label < 0] = -1
        _, number = np.unique(top, return_inverse=True)
        return number - 1 if (label < 0).any() else number

    def chains(self) -> Chains:
        """Return the vertices that the outer border gained."""
        label = np.where(self.owner >= 0, 0, -1)
        rings = shapely.get_rings(shapely.get_parts(self.outlines(label)[1]))  # grids may lie apart
        known = self._complex(self.coordinates[self.old])
        found: list[tuple[complex, complex, NDArray[np.complex128]]] = []
        for ring in rings:
            at = self._complex(shapely.get_coordinates(ring)[:-1])
            new = ~np.isin(at, known)
            if not new.any():
                continue
            first = int(np.flatnonzero(~new)[0])
            at, new = np.roll(at, -first), np.roll(new, -first)
            closed = np.append(at, at[0])
            stops = np.append(np.flatnonzero(~new), len(at))
            for one, two in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
                if two > one + 1:
                    found.append((closed[one], closed[two], closed[one + 1 : two]))
        start, end = (np.array([row[k] for row in found], complex) for k in (0, 1))
        return Chains(start, end, tuple(row[2] for row in found))

    @staticmethod
    def _complex(points: Floats) -> NDArray[np.complex128]:
        return points[:, 0] + 1j * points[:, 1]


def _root(root: Ints, at: int) -> int:
    """Return the representative of a part."""
    while root[at] != at:
        root[at] = root[root[at]]
        at = int(root[at])
    return at


def open_patch(shapes: Sequence[shapely.Polygon], *layers: Linework) -> Patch:
    """Arrange some grids and new lines or areas.

    Parameters
    ----------
    shapes : sequence of Polygon, (n,)
        Grids in a metric CRS, a part of one coverage.
    *layers : Linework
        New lines, or areas with ``area=True``; what lies outside the grids has no effect.

    Raises
    ------
    TopologyError
        If two vertices of the grids lie nearer to each other than the finest lattice, or the grids overlap.
    InputError
        If the new lines span too far for exact arithmetic.
    """
    polygons: Shapes = np.array([*shapes, None], object)[:-1]
    vertices = np.unique(shapely.get_coordinates(polygons), axis=0)
    plane, keys, order = _arranged(polygons, layers, vertices)
    owner = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(0)
    if len(np.unique(face)) < len(face):
        x, y = shapely.get_coordinates(polygons[0])[0]
        raise TopologyError(f"grids near {x:.2f}, {y:.2f} overlap; certify the layer with gridgeo verify")
    owner[face] = feature
    coordinates = plane.coordinates.copy()
    at = np.searchsorted(pack(plane.points), keys)
    coordinates[at] = vertices[order]
    old = np.zeros(len(coordinates), bool)
    old[at] = True
    within = (owner[plane.left] >= 0) & (owner[plane.right] >= 0)
    return Patch(plane, owner, coordinates, old, within & (plane.edge_layers > 1))


def _arranged(
    polygons: Shapes, layers: Sequence[Linework], vertices: Floats
) -> tuple[Arrangement, Ints, NDArray[np.int64]]:
    """Arrange on the lattice of the vertices; return also their keys, ascending, and order."""
    plane = arrange([Linework(polygons, np.arange(len(polygons))), *layers], precision_of(vertices))
    keys, order = np.unique(pack(plane.lattice.snap(vertices)), return_index=True)
    return plane, keys, order


def precision_of(vertices: Floats) -> float:
    """Return the distance of points of the coarsest lattice that keeps all vertices (n, 2) apart.

    Raises
    ------
    TopologyError
        If there is none.
    """
    for precision_m in LATTICES_M:
        points, order = np.unique(np.rint(vertices * round(1 / precision_m)), axis=0, return_index=True)
        if len(points) == len(vertices):
            return precision_m
    twin = np.setdiff1d(np.arange(len(vertices)), order)[0]
    x, y = vertices[twin]
    raise TopologyError(
        f"two vertices of a grid near {x:.2f}, {y:.2f} are less than {LATTICES_M[-1] * 1000:g} mm apart; "
        "clean the layer first"
    )


def with_chains(
    shape: shapely.Polygon | shapely.MultiPolygon, chains: Chains
) -> shapely.Polygon | shapely.MultiPolygon:
    """Return a polygon with the vertices that its edges gained; the same object where it has none of these edges.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        A neighbour of the patch, or a community.
    chains : Chains
    """
    parts, changed = [], False
    for polygon in shapely.get_parts(shape):
        rings = [_ring_with(shapely.get_coordinates(ring), chains) for ring in shapely.get_rings(polygon)]
        if any(ring is not None for ring in rings):
            old = shapely.get_rings(polygon)
            new = [shapely.get_coordinates(old[k]) if ring is None else ring for k, ring in enumerate(rings)]
            polygon, changed = shapely.Polygon(new[0], new[1:]), True  # noqa: PLW2901
        parts.append(polygon)
    if not changed:
        return shape
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def _ring_with(points: Floats, chains: Chains) -> Floats | None:
    """Return a ring with the vertices that its edges gained, None if it gained none."""
    at = points[:, 0] + 1j * points[:, 1]
    more: list[tuple[int, NDArray[np.complex128]]] = []
    for start, end, between in zip(chains.start, chains.end, chains.between, strict=True):
        for one, two, chain in ((start, end, between), (end, start, between[::-1])):
            edge = np.flatnonzero((at[:-1] == one) & (at[1:] == two))
            more += [(int(k), chain) for k in edge]
    if not more:
        return None
    more.sort(key=lambda row: row[0])
    pieces, begun = [], 0
    for k, chain in more:
        pieces += [at[begun : k + 1], chain]
        begun = k + 1
    whole = np.concatenate([*pieces, at[begun:]])
    return np.column_stack([whole.real, whole.imag])
