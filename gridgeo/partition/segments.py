"""Rings and lines to distinct segments between points of the precision grid.

In: polygons and lines in the city CRS. Out: whole-number vertices, undirected distinct segments, and who runs along
each segment in which direction. Next stage: `gridgeo.partition.noding`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.partition.hashing import distinct

__all__ = ["EXTENT_LIMIT", "Lattice", "Segments", "lattice_of", "segments_of"]

EXTENT_LIMIT = 1 << 30
"""Largest extent in lattice steps: products of differences stay exact in 64 bits (1,073 km at 1 mm)."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """The precision grid: whole numbers stand for coordinates."""

    steps_per_m: float
    """Lattice steps per metre: 1000 for a precision of 1 mm."""
    west: int
    south: int
    """Lattice coordinates of the local origin."""

    def snap(self, coordinates: NDArray[np.float64]) -> NDArray[np.int64]:
        """Round coordinates (n, 2) in metres to the nearest lattice points."""
        return np.rint(coordinates * self.steps_per_m).astype(np.int64) - np.array([self.west, self.south])

    def metres(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the coordinates (n, 2) in metres of lattice points, each the double nearest to its decimal."""
        return (points + np.array([self.west, self.south])) / self.steps_per_m


def lattice_of(bounds: tuple[float, float, float, float], precision_m: float) -> Lattice:
    """Lay the precision grid over an extent.

    Parameters
    ----------
    bounds : tuple of float
        Left, bottom, right, top in metres.
    precision_m : float
        Distance of lattice points in metres.

    Raises
    ------
    InputError
        If the extent is too wide for exact arithmetic.
    """
    steps = round(1 / precision_m) if abs(round(1 / precision_m) * precision_m - 1) < 1e-9 else 1 / precision_m
    low = np.floor(np.array(bounds[:2]) * steps).astype(np.int64) - 1
    high = np.ceil(np.array(bounds[2:]) * steps).astype(np.int64) + 1
    if (high - low).max() >= EXTENT_LIMIT:
        raise InputError(
            f"the layers span {(high - low).max() / steps / 1000:,.0f} km, too wide for a precision of "
            f"{precision_m} m: check the CRS of the layers or choose a coarser precision_m"
        )
    return Lattice(float(steps), int(low[0]), int(low[1]))


@dataclass(frozen=True, slots=True)
class Segments:
    """Distinct segments and who runs along them."""

    points: NDArray[np.int64]
    """(v, 2) lattice points in ascending order of x, then y."""
    ends: NDArray[np.int64]
    """(s, 2) indices into `points`, the smaller first; rows ascending."""
    segment: NDArray[np.int64]
    """(r,) for every run along a segment: which one …"""
    owner: NDArray[np.int64]
    """(r,) … by whose ring or line …"""
    direction: NDArray[np.int64]
    """(r,) … and +1 from the smaller end to the larger, -1 back. A ring has its interior on the left."""


def pack(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one ascending key per lattice point (n, 2): x in the high, y in the low 32 bits."""
    return (points[:, 0] << 32) | points[:, 1]


def unpack(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the lattice points (n, 2) of `pack`."""
    return np.column_stack([keys >> 32, keys & 0xFFFFFFFF])


def segments_of(geometries: NDArray[np.object_], owner: NDArray[np.int64], lattice: Lattice) -> Segments:
    """Cut rings and lines into distinct segments on the lattice.

    Parameters
    ----------
    geometries : array of Polygon, MultiPolygon, LineString or MultiLineString, (n,)
        In metres. Polygons are oriented here by their area: shells counter-clockwise, holes clockwise. One that
        crosses itself covers the ground that the larger part of it runs around so.
    owner : array of int64, (n,)
        Whom each geometry belongs to.
    lattice : Lattice

    Returns
    -------
    Segments
        Independent of the order of geometries, of ring starts and of directions, but for the order of runs.
    """
    parts, source = shapely.get_parts(geometries, return_index=True)
    is_area = shapely.get_type_id(parts) == 3
    rings, ring_part = shapely.get_rings(parts[is_area], return_index=True)
    lines = np.concatenate([rings, parts[~is_area]])
    who = np.concatenate([owner[source[is_area]][ring_part], owner[source[~is_area]]])
    is_hole = np.zeros(len(lines), bool)
    is_hole[1 : len(rings)] = ring_part[1:] == ring_part[:-1]
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    points = lattice.snap(coordinates)
    keys, vertex = distinct(pack(points))
    edges = _distinct_segments(keys, vertex, line, np.arange(len(lines)))
    forward = np.where(_turns_left(points, line, len(lines)) == is_hole, -1, 1)[edges.owner]
    return Segments(edges.points, edges.ends, edges.segment, who[edges.owner], edges.direction * forward)


def _turns_left(points: NDArray[np.int64], line: NDArray[np.int64], lines: int) -> NDArray[np.bool_]:
    """Tell which closed lines enclose more area on their left than on their right."""
    if not lines:
        return np.empty(0, bool)
    first = np.searchsorted(line, np.arange(lines))
    local = points - points[first][line]
    twice = np.zeros(len(points), np.int64)
    twice[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
    twice[np.append(first[1:], len(points)) - 1] = 0  # nothing runs from one line to the next
    return np.asarray(np.add.reduceat(twice, first) >= 0, bool)


def _distinct_segments(
    keys: NDArray[np.int64], vertex: NDArray[np.int64], line: NDArray[np.int64], who: NDArray[np.int64]
) -> Segments:
    """Pair consecutive vertices of each line and keep every segment once."""
    start, end = vertex[:-1], vertex[1:]
    real = (line[1:] == line[:-1]) & (start != end)
    start, end, runner = start[real], end[real], who[line[:-1][real]]
    small, large = np.minimum(start, end), np.maximum(start, end)
    packed, segment = distinct((small << 32) | large)
    ends = np.column_stack([packed >> 32, packed & 0xFFFFFFFF])
    return Segments(unpack(keys), ends, segment, runner, np.where(start < end, 1, -1))
