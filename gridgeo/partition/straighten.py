"""A way across a lot with as few bends as keep it clear of buildings.

In: a path through `Ways`. Out: its lines, those between buildings straightened and their ends put on existing vertices
of the border where one is near. Between `gridgeo.partition.ways` and `gridgeo.partition.cut`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.ways import CHORD, GAP, Ways, costs_m

__all__ = ["Line", "straightened"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BEND_M = 3.0
"""A bend, or a new vertex in a border, costs as much as this many metres: chosen, so that a line bends only around
something."""
NEAR_M = 3.0
"""A new end so near to a vertex of the border moves there."""
_LONGEST = 60
"""Vertices of the way that one straight piece may leave out."""


class Line(NamedTuple):
    """A part of a cut."""

    points: Ints
    """(n, 2) lattice points."""
    kind: int
    """HOLE, WALL, ROAD, GAP, or CHORD for a straight line."""


def straightened(ways: Ways, path: Ints) -> list[Line]:
    """Return the lines of a way.

    Parameters
    ----------
    ways : Ways
    path : array of int64, (n,)
        Vertices from border to border.

    Returns
    -------
    list of Line
        In the order of the path. No straightened line changes sides with an address, comes upon a footprint, crosses a
        wall or leaves the lot.
    """
    kind = np.minimum(_kinds(ways, path), GAP)
    first = [0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), len(kind)]
    lines = []
    for start, end in pairwise(first):
        vertices = path[start : end + 1]
        if kind[start] == GAP:
            points = _straight(ways, vertices)
            lines.append(Line(points, CHORD if len(points) == 2 else GAP))
        else:
            lines.append(Line(ways.points[vertices], int(kind[start])))
    return lines


def _kinds(ways: Ways, path: Ints) -> Ints:
    """Return what each step of a path runs along: of parallel edges the cheapest."""
    ends = np.sort(ways.ends, axis=1)
    order = np.lexsort((ways.kind, ways.cost_m, ends[:, 1], ends[:, 0]))
    keys = (ends[order, 0] << 32) | ends[order, 1]
    step = np.sort(np.column_stack([path[:-1], path[1:]]), axis=1)
    return ways.kind[order[np.searchsorted(keys, (step[:, 0] << 32) | step[:, 1])]]


def _straight(ways: Ways, vertices: Ints) -> Ints:
    """Return the lattice points of the cheapest line that leaves out vertices of a way between buildings."""
    starts, goals, last = _ends_near(ways, vertices[0]), _ends_near(ways, vertices[-1]), len(vertices) - 1
    nodes = np.concatenate([starts, vertices[1:-1], goals])
    level = np.concatenate([np.zeros(len(starts), int), np.arange(1, last), np.full(len(goals), last)])
    one, two = np.nonzero((level[:, None] < level) & (level - level[:, None] <= _LONGEST))
    pairs = np.column_stack([nodes[one], nodes[two]])
    cost_m = costs_m(ways.seeds, ways.coordinates[pairs], np.full(len(pairs), GAP)) + BEND_M
    own = (nodes[one] == vertices[level[one]]) & (nodes[two] == vertices[level[two]]) & (level[two] == level[one] + 1)
    cost_m[~own & ~_is_allowed(ways, vertices, pairs, np.column_stack([level[one], level[two]]))] = np.inf
    new_m = np.where(ways.is_corner[nodes], 0.0, BEND_M)
    best, before = np.where(level == 0, new_m, np.inf), np.full(len(nodes), -1)
    for k in np.lexsort((one, two)):
        if best[one[k]] + cost_m[k] < best[two[k]] - 1e-9:
            best[two[k]], before[two[k]] = best[one[k]] + cost_m[k], one[k]
    at = int(np.argmin(np.where(level == last, best + new_m, np.inf)))
    chain = [at]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return ways.points[nodes[chain[::-1]]]


def _ends_near(ways: Ways, vertex: int) -> Ints:
    """Return a vertex and, if it is a new one on a border, the border's own vertices near it."""
    if ways.is_corner[vertex] or vertex not in ways.rim:
        return np.array([vertex])
    corners = ways.rim[ways.is_corner[ways.rim]]
    away_m = np.hypot(*(ways.coordinates[corners] - ways.coordinates[vertex]).T)
    return np.concatenate([[vertex], corners[away_m <= NEAR_M]])


def _is_allowed(ways: Ways, vertices: Ints, pairs: Ints, level: Ints) -> NDArray[np.bool_]:
    """Tell which shortcuts keep to the lot, off buildings and walls, and leave every address on its side."""
    lines = np.asarray(shapely.linestrings(ways.coordinates[pairs]), object)
    lot = ways.lot
    allowed = shapely.covers(lot.reach, lines) & ~lot.through_building(lines) & ~lot.across_wall(lines)
    steps = _swept(ways, np.column_stack([vertices[:-1], vertices[1:]]))
    along = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
    left = _swept(ways, pairs) - (along[level[:, 1]] - along[level[:, 0]])
    return allowed & (np.abs(left) < 0.5).all(axis=1)


def _swept(ways: Ways, ends: Ints) -> Floats:
    """Return two whole numbers for every edge; lines with addresses between them differ in one at least."""
    count = np.arange(1, len(ways.lot.site) + 1)
    return ways.moments(ends, np.column_stack([np.ones(len(count)), count**2]))[:, :2]
