"""The middle between buildings: edges of the Voronoi diagram of footprints and addresses.

In: a `Lot`. Out: its `Diagram`, whose ridges between different units are ways for a cut, and the spurs that lead from
the loose ends of lines to them. Next: `gridgeo.partition.ways`. A footprint is stood for by points along its outline.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi

from gridgeo.partition.lot import Lot
from gridgeo.partition.segments import pack, unpack

__all__ = ["Diagram", "diagram_of", "ridges_between", "spurs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPACING_M = 2.0
"""Distance of the points that stand for an outline: a passage narrower than about this is none."""


class Diagram(NamedTuple):
    """The Voronoi diagram of sites and outlines."""

    seeds: Floats
    """(s, 2) ascending by x, then y; four of them far away, so that every ridge in the lot has two ends."""
    sides: Ints
    """(r, 2) the seeds that each ridge separates …"""
    divides: NDArray[np.bool_]
    """(r,) … and whether they belong to different units."""
    ridge: Floats
    """(r, 2, 2) its ends."""


def diagram_of(lot: Lot) -> Diagram:
    """Lay the diagram around addresses that stand alone and points along outlines.

    Parameters
    ----------
    lot : Lot
    """
    alone = ~np.isin(lot.unit, lot.block)
    outlines = shapely.segmentize(shapely.boundary(lot.footprint), SPACING_M)
    around, building = shapely.get_coordinates(outlines, return_index=True)
    west, south, east, north = lot.shape.bounds
    far = 3 * max(east - west, north - south, 1.0)
    corners = np.array([(west + east) / 2, (south + north) / 2]) + far * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    whose = np.concatenate([lot.unit[alone], lot.block[building], np.arange(-4, 0)])
    seeds, first = np.unique(np.concatenate([lot.site[alone], around, corners]), axis=0, return_index=True)
    voronoi = Voronoi(seeds)
    vertices = np.array(voronoi.ridge_vertices, np.int64).reshape(-1, 2)
    bounded = (vertices >= 0).all(axis=1)
    sides = voronoi.ridge_points[bounded].astype(np.int64)
    divides = whose[first][sides[:, 0]] != whose[first][sides[:, 1]]
    return Diagram(seeds, sides, divides, voronoi.vertices[vertices[bounded]])


def ridges_between(lot: Lot, diagram: Diagram) -> Floats:
    """Return the ways (n, 2, 2) between different units that meet the lot."""
    return _meeting(lot, diagram.ridge[diagram.divides])


def spurs(lot: Lot, diagram: Diagram) -> Floats:
    """Return segments (n, 2, 2) from the loose ends of lines to the ways around what is nearest to each."""
    loose = _loose_ends(lot)
    found = [np.empty((0, 2, 2))]
    for end, cell in zip(loose, KDTree(diagram.seeds).query(loose)[1] if len(loose) else (), strict=True):
        corners = np.unique(diagram.ridge[diagram.divides & (diagram.sides == cell).any(axis=1)].reshape(-1, 2), axis=0)
        found.append(np.stack([np.broadcast_to(end, corners.shape), corners], axis=1))
    return _meeting(lot, np.concatenate(found))


def _loose_ends(lot: Lot) -> Floats:
    """Return the ends of lines where nothing goes on: neither another line nor the border."""
    keys, count = np.unique(pack(lot.snap(lot.line.reshape(-1, 2))), return_counts=True)
    border = pack(np.concatenate(lot.borders))
    return unpack(keys[(count == 1) & ~np.isin(keys, border)]) / lot.steps_per_m


def _meeting(lot: Lot, pairs: Floats) -> Floats:
    """Clip segments to a box around the lot, for their far ends lie off the lattice, and keep those that meet it."""
    west, south, east, north = shapely.buffer(lot.shape, 1.0).bounds
    parts = shapely.clip_by_rect(np.asarray(shapely.linestrings(pairs), object), west, south, east, north)
    parts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
    shapely.prepare(lot.shape)
    return shapely.get_coordinates(parts[shapely.intersects(lot.shape, parts)]).reshape(-1, 2, 2)
