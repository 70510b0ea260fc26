"""Polygons as arcs: every border once, however many polygons it bounds, in whole steps of a small length.

In: polygons in a metric CRS. Out: a `Topology`, from which the polygons come back with borders that are the same number
for number on both sides. Before: `gridgeo.render.edition.drawn`; after: `packing` and the one-file page of `lean`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Topology", "polygons_of", "topology_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Arcs, and the rings that run along them."""

    origin: tuple[int, int]
    """Of the coordinates, in steps."""
    step_m: float
    lengths: NDArray[np.int64]
    """Vertices of each arc."""
    vertices: NDArray[np.int64]
    """(n, 2), those of all arcs, in steps from the origin."""
    refs: NDArray[np.int64]
    """Arcs of all rings in their order: n, or ~n where the ring runs against the arc."""
    rings: NDArray[np.int64]
    """Arcs of each ring."""
    parts: NDArray[np.int64]
    """Rings of each part, the shell first."""
    shapes: NDArray[np.int64]
    """Parts of each polygon given; 0 where rounding left nothing."""


def topology_of(shapes: NDArray[np.object_], step_m: float) -> Topology:
    """Return polygons as arcs.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
        Neighbours that share their vertices (a coverage) share arcs; others simply share nothing.
    step_m : float
        What coordinates are rounded to.

    Returns
    -------
    Topology
        An arc ends where three or more borders meet. It runs from its smaller end, by x, then y.
    """
    whole, shape_of_part = shapely.get_parts(shapes, return_index=True)
    # one turn for all rings: the result must not depend on how a file wrote them
    rings, part_of_ring = shapely.get_rings(shapely.orient_polygons(whole), return_index=True)
    xy, ring = _rounded(rings, part_of_ring, step_m)
    origin = xy.min(axis=0) if len(xy) else np.zeros(2, dtype=np.int64)
    places, spot = np.unique(_packed(xy - origin), return_inverse=True)
    kept, ring = np.unique(ring, return_inverse=True)
    runs = _runs_of(spot, ring, len(places))
    lengths, chosen, refs = _arcs_of(runs)
    parts, part = np.unique(part_of_ring[kept], return_inverse=True)
    return Topology(
        origin=(int(origin[0]), int(origin[1])),
        step_m=step_m,
        lengths=lengths,
        vertices=np.column_stack([places[chosen] >> _SHIFT, places[chosen] & _MASK]),
        refs=refs,
        rings=np.bincount(runs.ring, minlength=len(kept)),
        parts=np.bincount(part, minlength=len(parts)),
        shapes=np.bincount(shape_of_part[parts], minlength=len(shapes)),
    )


def polygons_of(topology: Topology) -> NDArray[np.object_]:
    """Return the polygons of a topology, as a page rebuilds them; MultiPolygon each, empty where nothing was left."""
    xy = topology.vertices + np.array(topology.origin)
    arcs = np.split(xy, np.cumsum(topology.lengths)[:-1])
    ways = [arcs[ref] if ref >= 0 else arcs[~ref][::-1] for ref in topology.refs.tolist()]
    rings = [
        np.concatenate([way[:-1] for way in one] + [one[0][:1]]) * topology.step_m
        for one in _grouped(ways, topology.rings)
    ]
    parts = [shapely.Polygon(shell, holes) for shell, *holes in _grouped(rings, topology.parts)]
    return np.array([shapely.MultiPolygon(one) for one in _grouped(parts, topology.shapes)], dtype=object)


def _grouped(items: list, counts: NDArray[np.int64]) -> list[list]:
    """Return a list cut into runs of the given lengths."""
    ends = np.cumsum(counts).tolist()
    return [items[end - count : end] for end, count in zip(ends, counts.tolist(), strict=True)]


_SHIFT = 32
_MASK = (1 << _SHIFT) - 1


def _packed(xy: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each place, in the order of x, then y."""
    return (xy[:, 0] << _SHIFT) | xy[:, 1]


def _rounded(
    rings: NDArray[np.object_], part_of_ring: NDArray[np.int64], step_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the vertices of all rings in steps, and their rings; without closing vertices, repetitions, flat rings."""
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    xy = np.round(coordinates / step_m).astype(np.int64)
    # each ring repeats its first vertex at the end: what is equal to the one before goes, and the first of a ring
    same = np.zeros(len(xy), dtype=bool)
    same[1:] = (xy[1:] == xy[:-1]).all(axis=1)
    same[_firsts(ring)] = True
    xy, ring = xy[~same], ring[~same]
    solid = np.bincount(ring, minlength=len(rings)) > 2
    # holes go with their shell
    shell = np.searchsorted(part_of_ring, part_of_ring)
    good = (solid & solid[shell])[ring]
    return xy[good], ring[good]


def _firsts(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(group, prepend=-1))


@dataclass(frozen=True, slots=True)
class _Runs:
    """The pieces of rings between two junctions, ring by ring."""

    ring: NDArray[np.int64]
    identity: NDArray[np.int64]
    """Equal for two runs over the same edges."""
    forward: NDArray[np.bool_]
    begins: NDArray[np.int64]
    """Row of `spots` where each run begins; it ends with the first row of the next."""
    spots: NDArray[np.int64]
    """Places along all runs, both ends of each included."""


def _runs_of(spot: NDArray[np.int64], ring: NDArray[np.int64], places: int) -> _Runs:
    """Cut rings where three or more borders meet; a ring without such a place begins at its smallest."""
    first = _firsts(ring)
    count = np.diff(np.append(first, len(ring)))
    edge, junction = _edges(spot, _turned(first, count, np.ones(len(first), dtype=np.int64)), places)
    rank = np.where(junction[spot], spot, spot + places)
    start = np.lexsort((rank, ring))[first] - first
    order = _turned(first, count, start)
    breaks = junction[spot[order]]
    breaks[first] = True
    at = np.flatnonzero(breaks)
    identity = np.minimum.reduceat(edge[order], at) if len(at) else at
    length = np.diff(np.append(at, len(order)))
    begins = np.cumsum(length + 1) - (length + 1)
    step = np.arange((length + 1).sum()) - np.repeat(begins, length + 1)
    row = np.repeat(at, length + 1) + step
    of_ring = ring[at]
    home = np.repeat(of_ring, length + 1)
    row = np.where(row >= first[home] + count[home], first[home], row)
    spots = spot[order[row]]
    ends = begins + length
    closed = spots[begins] == spots[ends]
    forward = np.where(closed, spots[begins + 1] < spots[ends - 1], spots[begins] < spots[ends])
    return _Runs(of_ring, identity, forward, begins, spots)


def _turned(first: NDArray[np.int64], count: NDArray[np.int64], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of all rings, each ring begun at its row ``start``."""
    base, size = np.repeat(first, count), np.repeat(count, count)
    return base + (np.arange(len(base)) - base + np.repeat(start, count)) % size


def _edges(
    spot: NDArray[np.int64], following: NDArray[np.int64], places: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return a number for the edge after each vertex, the same in both directions; and which places are junctions."""
    near, far = spot, spot[following]
    edges, edge = np.unique(np.minimum(near, far) * places + np.maximum(near, far), return_inverse=True)
    borders = np.bincount(edges // max(places, 1), minlength=places) + np.bincount(
        edges % max(places, 1), minlength=places
    )
    return edge, borders != 2


def _arcs_of(runs: _Runs) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the lengths of all arcs in the order they are met first, their places, and the arc of every run."""
    _, met, arc = np.unique(runs.identity, return_index=True, return_inverse=True)
    by_time = np.argsort(met)
    rank = np.empty_like(by_time)
    rank[by_time] = np.arange(len(by_time))
    met = met[by_time]
    length = np.diff(np.append(runs.begins, len(runs.spots)))[met]
    step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    forward = np.repeat(runs.forward[met], length)
    step = np.where(forward, step, np.repeat(length, length) - 1 - step)
    chosen = runs.spots[np.repeat(runs.begins[met], length) + step]
    refs = np.where(runs.forward, rank[arc], ~rank[arc])
    return length, chosen, refs
