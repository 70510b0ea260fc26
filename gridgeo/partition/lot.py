"""Lots: atoms that are too large, each with all that a cut must heed.

In: an arrangement, the faces of some atoms, and what stands on the ground. Out: one `Lot` per atom, in metres from a
corner of its own, so that it can be worked on alone. Next: `gridgeo.partition.ways`. Part of
`gridgeo.partition.divide`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.model import Inputs
from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.segments import pack, unpack
from gridgeo.partition.stack import Stack

__all__ = ["Content", "Lot", "content_of", "lots_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BESIDE_M = 1.0
"""An address this near to a footprint belongs to the building: registers place it at the door."""
ATTACHED_M = 0.5
"""Buildings, or addresses, this near to each other count as one: no border can be seen between them."""
_LEAST_FOOTPRINT_M2 = 1.0
"""Less of a building than this in a lot is drawing."""


@dataclass(frozen=True)
class Content:
    """What stands on the ground of a city."""

    place: Floats
    """(h, 2) where households are registered, in metres."""
    load: Ints
    """(h, 2) households and people of each row."""
    footprint: NDArray[np.object_]
    """Polygons of buildings."""
    lines: int
    """Bits of the layers that are barriers …"""
    walls: int
    """… and of those that no cut may cross."""


def content_of(inputs: Inputs, stack: Stack) -> Content:
    """Collect households, footprints and barrier layers.

    Parameters
    ----------
    inputs : Inputs
    stack : Stack
    """
    rows = inputs.registers[(inputs.registers["kind"] == "household") & inputs.registers["x"].notna()]
    footprint = np.asarray(inputs.buildings.geometry.values if len(inputs.buildings) else [], object)
    bits = {name: sum(1 << k for k, kind in enumerate(stack.kind) if kind in kinds)
            for name, kinds in (("lines", set(stack.kind) - {""}), ("walls", {"wall"}))}  # fmt: skip
    place, load = rows[["x", "y"]].to_numpy(float), rows[["count", "population"]].to_numpy(np.int64)
    return Content(place, load, footprint, **bits)


@dataclass(frozen=True)
class Lot:
    """A piece of ground to be divided, in metres from a corner of its own; all arrays ascend by place."""

    shape: shapely.Polygon
    """On the lattice."""
    site: Floats
    """(n, 2) distinct places of households, on the lattice."""
    load: Ints
    """(n, 2) households and people at each."""
    unit: Ints
    """(n,) what stays together: all sites of a building, or a site alone."""
    footprint: NDArray[np.object_]
    """(b,) Polygons of buildings, as far as they lie in the lot …"""
    block: Ints
    """(b,) … and the unit of each; attached buildings are one."""
    line: Floats
    """(r, 2, 2) segments of the barrier lines that run in it."""
    is_wall: NDArray[np.bool_]
    """(r,) those that a cut may follow but not cross."""
    steps_per_m: float

    def snap(self, coordinates: Floats) -> Ints:
        """Return the lattice points nearest to coordinates."""
        return np.rint(np.asarray(coordinates, float) * self.steps_per_m).astype(np.int64)

    @cached_property
    def borders(self) -> list[Ints]:
        """Lattice points of the outer ring and of the holes, each (n, 2) and closed."""
        return [self.snap(shapely.get_coordinates(ring)) for ring in shapely.get_rings(self.shape)]

    @cached_property
    def reach(self) -> shapely.Polygon:
        """The shape and what rounding may add to it; prepared."""
        grown = shapely.buffer(self.shape, 2 / self.steps_per_m, join_style="mitre")
        shapely.prepare(grown)
        return grown

    @cached_property
    def _walls(self) -> shapely.STRtree:
        """Walls, each as long as it runs on."""
        lines = shapely.multilinestrings(shapely.linestrings(self.line[self.is_wall]))
        return shapely.STRtree(shapely.get_parts(shapely.line_merge(lines)))

    def across_wall(self, lines: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which lines cross a wall; running along it, or coming to its end, is not that."""
        found = np.zeros(len(lines), bool)
        found[self._walls.query(lines, predicate="crosses")[0]] = True
        return found

    def through_building(self, lines: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which lines run through a building; touching its outline is not that."""
        found = np.zeros(len(lines), bool)
        row, building = shapely.STRtree(self.footprint).query(lines, predicate="intersects")
        found[row[shapely.relate_pattern(lines[row], self.footprint[building], "T********")]] = True
        return found


class _Placed(NamedTuple):
    """A lot and where its corner lies."""

    lot: Lot
    corner: Ints
    """(2,) lattice point."""


def lots_of(plane: Arrangement, label: Ints, content: Content, face: Ints) -> list[_Placed]:
    """Make a lot of every labelled set of faces.

    Parameters
    ----------
    plane : Arrangement
    label : array of int64, (f,)
        Number of the lot of each face, -1 = none.
    content : Content
    face : array of int64, (h,)
        Face of every row of `content.place`.

    Returns
    -------
    list of (lot, corner)
        In the order of labels; lattice points of a lot become those of the plane by adding the corner.
    """
    shapes = plane.shapes(label)[1]
    left = label[plane.left]
    inner = np.flatnonzero((left >= 0) & (left == label[plane.right]) & ((plane.edge_layers & content.lines) != 0))
    lines, rows = _grouped(left[inner], len(shapes)), _grouped(label[face], len(shapes))
    tree = shapely.STRtree(content.footprint)
    owner, building = tree.query(shapes, predicate="intersects")
    near = _grouped(owner, len(shapes))
    return [
        _lot(plane, shape, content, edges=inner[lines[k]], rows=rows[k], buildings=np.sort(building[near[k]]))
        for k, shape in enumerate(shapes)
    ]


def _grouped(key: Ints, count: int) -> list[Ints]:
    """Return the positions of every key in [0, count), ascending."""
    order = np.argsort(key, kind="stable")
    return np.split(order, np.searchsorted(key[order], np.arange(count + 1)))[1:-1]


def _lot(
    plane: Arrangement, shape: shapely.Polygon, content: Content, *, edges: Ints, rows: Ints, buildings: Ints
) -> _Placed:
    """Make one lot of its outline, the barrier edges in it, its register rows and the buildings near it."""
    steps = plane.lattice.steps_per_m
    ring = plane.lattice.snap(shapely.get_coordinates(shape))
    corner = ring.min(axis=0)
    away = plane.lattice.metres(corner[None])[0]
    own = shapely.orient_polygons(shapely.set_coordinates(shape, (ring - corner) / steps))
    keys, site = np.unique(pack(plane.lattice.snap(content.place[rows]) - corner + _BIAS), return_inverse=True)
    load = np.zeros((len(keys), 2), np.int64)
    np.add.at(load, site, content.load[rows])
    place = (unpack(keys) - _BIAS) / steps
    footprint, block = _footprints(shapely.transform(content.footprint[buildings], lambda xy: xy - away), own)
    unit = _units(place, footprint, block)
    is_wall = (plane.edge_layers[edges] & content.walls) != 0
    line = (plane.points[plane.ends[edges]] - corner) / steps
    return _Placed(Lot(own, place, load, unit, footprint, block, line, is_wall, steps), corner)


_BIAS = 8
"""Lattice steps that keep keys positive: a point on the border may lie a step outside."""


def _footprints(near: NDArray[np.object_], shape: shapely.Polygon) -> tuple[NDArray[np.object_], Ints]:
    """Return what lies of buildings in a lot, and which of them are attached to each other."""
    if not len(near):
        return np.empty(0, object), np.empty(0, np.int64)
    group = _together(len(near), shapely.STRtree(near).query(near, predicate="dwithin", distance=ATTACHED_M))
    parts, source = shapely.get_parts(shapely.intersection(near, shape), return_index=True)
    own = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= _LEAST_FOOTPRINT_M2)
    parts, block = shapely.normalize(parts[own]), group[source[own]]
    west, south = shapely.bounds(parts)[:, :2].T if len(parts) else (np.empty(0), np.empty(0))
    order = np.lexsort((shapely.area(parts), south, west))
    return parts[order], _by_first(block[order])


def _together(count: int, pairs: Ints) -> Ints:
    """Return the group of each of so many things, of which pairs (2, n) belong together."""
    graph = coo_matrix((np.ones(pairs.shape[1], np.int8), tuple(pairs)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _by_first(names: Ints) -> Ints:
    """Number names from 0 in the order in which they first appear."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _units(place: Floats, footprint: NDArray[np.object_], block: Ints) -> Ints:
    """Return the unit of every site: its building's, or one of its own and of what is attached to it."""
    first = block.max(initial=-1) + 1
    points = shapely.points(place)
    unit = (
        _together(len(place), shapely.STRtree(points).query(points, predicate="dwithin", distance=ATTACHED_M)) + first
    )
    if len(footprint):
        near = shapely.STRtree(footprint).query_nearest(points, max_distance=BESIDE_M, all_matches=False)
        unit[near[0]] = block[near[1]]
    return unit
