"""Ways across a lot: along its roads and walls, between its buildings, straight from border to border.

In: a `Lot`. Out: `Ways`, a graph in which every path from border to border is a possible cut, with what it costs and
how many households lie left of it. Previous: `gridgeo.partition.between`; next: `gridgeo.partition.cut`. Part of
`gridgeo.partition.divide`. All lines are noded with each other by `gridgeo.partition.noding`, so every way ends in a
vertex of the border or in a new one on it, where the arrangement will have it too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.between import diagram_of, ridges_between, spurs
from gridgeo.partition.lot import Lot
from gridgeo.partition.noding import node
from gridgeo.partition.segments import Segments, pack, unpack

__all__ = ["BORDER", "CHORD", "GAP", "HOLE", "ROAD", "WALL", "Ways", "costs_m", "node_pairs", "pairs_of", "ways_across"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BORDER, HOLE, WALL, ROAD, GAP, CHORD = range(6)
"""What a way runs along: the lot's outer border (no way at all), the border of a hole, a wall, another barrier line,
the middle between buildings, nothing (a straight line)."""

HOLE_COST = 0.001
"""The border of a hole is there already; more than nothing, so that no cut runs around it twice."""
LINE_COST = 0.3
"""A metre along a road or wall costs this many metres between buildings: chosen, a detour of three is worth it."""
CHORD_COST = 1.15
"""A metre of a straight line that nothing suggests: the middle between buildings wins where it is about as short."""
CLEARANCE_M = 5.0
"""A way this near to a building or an address costs twice its length, a nearer one more."""
LEAST_CLEARANCE_M = 1.0
"""No straight line passes a building or an address nearer than this."""
SAMPLES = 48
"""Points on the border between which straight lines are tried."""
_NO_POINTS = np.empty((0, 2), np.int64)
_BIAS = 1 << 24
"""Keeps keys positive: ways may begin a little outside of the lot."""


@dataclass(frozen=True)
class Ways:
    """The graph of ways."""

    lot: Lot
    seeds: Floats
    """Points that stand for buildings and addresses, to keep clear of."""
    points: Ints
    """(v, 2) lattice points, ascending."""
    ends: Ints
    """(e, 2) vertices of the HOLE, WALL, ROAD, GAP and CHORD edges."""
    kind: Ints
    cost_m: Floats
    ring: Ints
    """Vertices of the outer border, counter-clockwise."""
    rim: Ints
    """Vertices of all borders, ascending."""
    is_corner: NDArray[np.bool_]
    """(v,) vertices that the borders had before."""

    @cached_property
    def coordinates(self) -> Floats:
        """(v, 2) the points in metres."""
        return self.points / self.lot.steps_per_m

    def moments(self, ends: Ints, load: NDArray) -> Floats:
        """Return what edges add to what a counter-clockwise ring of them encloses: load (n, k) of sites, and m2."""
        place = self.lot.site * self.lot.steps_per_m
        order = np.argsort(place[:, 1], kind="stable")
        pairs = self.coordinates[ends]
        area_m2 = (pairs[:, 0, 0] * pairs[:, 1, 1] - pairs[:, 1, 0] * pairs[:, 0, 1]) / 2
        crossed = _crossed(self.points[ends].astype(float), place[order], load[order].astype(float))
        return np.column_stack([crossed, area_m2])


@njit(cache=True)
def _crossed(pairs, place, load):  # type: ignore[no-untyped-def]
    """Return for each edge the load of the sites whose ray to the east crosses it; negative where it runs down."""
    total = np.zeros((len(pairs), load.shape[1]))
    for e in range(len(pairs)):
        ax, ay, bx, by = pairs[e, 0, 0], pairs[e, 0, 1], pairs[e, 1, 0], pairs[e, 1, 1]
        sign = 1.0 if by > ay else -1.0
        for i in range(np.searchsorted(place[:, 1], min(ay, by)), len(place)):
            x, y = place[i]
            if y >= max(ay, by):
                break
            if ax + (y - ay) / (by - ay) * (bx - ax) > x:
                total[e] += sign * load[i]
    return total


def ways_across(lot: Lot) -> Ways:
    """Lay out all ways across a lot.

    Parameters
    ----------
    lot : Lot

    Returns
    -------
    Ways
        Independent of the order of sites, footprints and lines.
    """
    diagram = diagram_of(lot)
    edges, kind = _noded(lot, np.concatenate([ridges_between(lot, diagram), spurs(lot, diagram)]))
    points, ends, ring = edges.points, edges.ends, _ring(edges, pairs_of(lot.borders[0]))
    is_corner = np.isin(pack(points + _BIAS), pack(np.concatenate(lot.borders) + _BIAS))
    borders = ends[kind <= HOLE]
    chords = _chords(lot, points, _samples(lot, points, borders, is_corner))
    ends, kind = np.concatenate([ends, chords]), np.concatenate([kind, np.full(len(chords), CHORD)])
    xy = points / lot.steps_per_m
    cost_m = costs_m(diagram.seeds, xy[ends], kind)
    kept = _usable(lot, xy, ends, kind) & np.isfinite(cost_m)
    return Ways(lot, diagram.seeds, points, ends[kept], kind[kept], cost_m[kept], ring, np.unique(borders), is_corner)


# -------------------------------------------------------------------- noding ----


def pairs_of(ring: Ints) -> Ints:
    """Return the segments (n - 1, 2, 2) of a line of points (n, 2)."""
    return np.stack([ring[:-1], ring[1:]], axis=1)


def node_pairs(pairs: Ints, *, more: Ints = _NO_POINTS) -> Segments:
    """Node segments (n, 2, 2) of lattice points, each its own owner, with each other and with points (m, 2)."""
    flat = np.concatenate([pairs.reshape(-1, 2), more])
    low = flat.min(axis=0) - 1
    keys, vertex = np.unique(pack(flat - low), return_inverse=True)
    ends = vertex[: 2 * len(pairs)].reshape(-1, 2)
    owner = np.flatnonzero(ends[:, 0] != ends[:, 1])
    rows, segment = np.unique(np.sort(ends[owner], axis=1), axis=0, return_inverse=True)
    edges = node(Segments(unpack(keys), rows, segment.ravel(), owner, np.ones(len(owner), np.int64)))
    return replace(edges, points=edges.points + low)


def _noded(lot: Lot, gaps: Floats) -> tuple[Segments, Ints]:
    """Node borders, lines and ways between buildings; return the edges and what each of them is."""
    loops = [pairs_of(ring) for ring in lot.borders]
    pairs = [*loops, lot.snap(lot.line), lot.snap(gaps)]
    count = [len(each) for each in pairs]
    kinds = [BORDER] * count[0] + [HOLE] * sum(count[1:-2])
    kind_of = np.concatenate([kinds, np.where(lot.is_wall, WALL, ROAD), np.full(count[-1], GAP)]).astype(np.int64)
    edges = node_pairs(np.concatenate(pairs), more=_between(lot))
    kind = np.full(len(edges.ends), CHORD)
    np.minimum.at(kind, edges.segment, kind_of[edges.owner])
    return edges, kind


def _between(lot: Lot) -> Ints:
    """Return points that divide long straight borders evenly, each in a lattice pixel that its border meets."""
    found = []
    for ring in lot.borders:
        run = np.diff(ring, axis=0)
        count = np.ceil(np.hypot(*run.T) / (_step_m(lot) * lot.steps_per_m)).astype(np.int64)
        edge = np.repeat(np.arange(len(run)), count - 1)
        step = np.arange(len(edge)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
        parts = count[edge][:, None]
        found.append(ring[edge] + (2 * run[edge] * step[:, None] + parts) // (2 * parts))
    return np.concatenate(found)


def _step_m(lot: Lot) -> float:
    """Return how far apart the points lie between which straight lines are tried."""
    return max(float(lot.shape.length) / SAMPLES, 2.0)


def _ring(edges: Segments, outer: Ints) -> Ints:
    """Return the vertices of the outer border, whose segments (n, 2, 2) own the first edges, in its order.

    Where the border is narrower than a lattice step a vertex may come twice.
    """
    own = edges.owner < len(outer)
    owner = np.repeat(edges.owner[own], 2)
    vertex = edges.ends[edges.segment[own]].ravel()
    run = outer[:, 1] - outer[:, 0]
    along = ((edges.points[vertex] - outer[owner, 0]) * run[owner]).sum(axis=1)
    vertex = vertex[np.lexsort((vertex, along, owner))]
    vertex = vertex[np.diff(vertex, prepend=-1) != 0]
    return vertex[:-1] if vertex[0] == vertex[-1] else vertex


# ---------------------------------------------------------------- straight lines ----


def _samples(lot: Lot, points: Ints, borders: Ints, is_corner: NDArray[np.bool_]) -> Ints:
    """Return border vertices to draw straight lines between: sharp corners before other vertices before new points."""
    one, two = np.concatenate([borders, borders[:, ::-1]]).T
    order = np.argsort(one, kind="stable")
    vertex, first, count = np.unique(one[order], return_index=True, return_counts=True)
    vertex, first = vertex[count == 2], first[count == 2]
    run = points[two[order][np.column_stack([first, first + 1])]] - points[vertex][:, None]
    angle = np.arctan2(run[:, :, 1], run[:, :, 0])
    straightness = np.abs(np.angle(np.exp(1j * (angle[:, 0] - angle[:, 1]))))
    xy = points[vertex] / lot.steps_per_m
    kept, least_m = np.empty(0, np.int64), _step_m(lot) / 2
    for k in np.lexsort((vertex, np.round(straightness, 2), ~is_corner[vertex])):
        if not len(kept) or np.hypot(*(xy[kept] - xy[k]).T).min() >= least_m:
            kept = np.append(kept, k)
    return np.sort(vertex[kept])


def _chords(lot: Lot, points: Ints, sample: Ints) -> Ints:
    """Return pairs of border vertices whose straight connection lies inside the lot and crosses no wall."""
    ends = np.column_stack([sample[k] for k in np.triu_indices(len(sample), 1)]).reshape(-1, 2)
    pairs = points[ends] / lot.steps_per_m
    middle = pairs.mean(axis=1)
    shapely.prepare(lot.shape)
    inside = shapely.contains_xy(lot.shape, middle[:, 0], middle[:, 1])
    ends, lines = ends[inside], np.asarray(shapely.linestrings(pairs[inside]), object)
    return ends[shapely.covers(lot.reach, lines) & ~lot.across_wall(lines)]


# --------------------------------------------------------------------- costs ----


def costs_m(seeds: Floats, pairs: Floats, kind: Ints) -> Floats:
    """Return what edges (e, 2, 2) of each kind cost in metres; infinite where a straight line comes too near."""
    length_m = np.hypot(*(pairs[:, 1] - pairs[:, 0]).T)
    cost_m = np.where(kind == HOLE, HOLE_COST, LINE_COST) * length_m
    free = np.flatnonzero(kind >= GAP)
    lines = np.asarray(shapely.linestrings(pairs[free]), object)
    tree = shapely.STRtree(shapely.points(seeds))
    (row, _), near_m = tree.query_nearest(lines, return_distance=True, all_matches=False)
    clear_m = np.full(len(free), np.inf)
    clear_m[row] = near_m
    cost_m[free] = length_m[free] * (1 + CLEARANCE_M / np.maximum(clear_m, 0.01))
    chord = kind[free] == CHORD
    cost_m[free[chord]] *= CHORD_COST
    cost_m[free[chord & (clear_m < LEAST_CLEARANCE_M)]] = np.inf
    return cost_m


def _usable(lot: Lot, xy: Floats, ends: Ints, kind: Ints) -> NDArray[np.bool_]:
    """Tell which edges may be part of a cut: inside, through no building, across no wall."""
    middle = xy[ends].mean(axis=1)
    shapely.prepare(lot.shape)
    usable = (kind != BORDER) & ((kind != GAP) | shapely.contains_xy(lot.shape, middle[:, 0], middle[:, 1]))
    usable &= ~lot.through_building(np.asarray(shapely.linestrings(xy[ends]), object))
    # A way may follow a wall, and leave it where it ends; in between it would cross.
    on_wall, count = np.unique(ends[kind == WALL], return_counts=True)
    blocked = np.setdiff1d(on_wall[count > 1], ends[kind <= HOLE])
    return usable & ~((kind == GAP) & np.isin(ends, blocked).any(axis=1))
