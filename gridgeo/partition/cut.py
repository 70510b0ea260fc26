"""One cut through a lot: of all ways from border to border the one that a planner would take.

In: a `Lot` and how large a piece may be. Out: a `Cut`, or None if no way divides the households. Previous:
`gridgeo.partition.straighten`; next: `gridgeo.partition.divide`, which inserts it and asks again while pieces are too
large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gridgeo.kernels import njit
from gridgeo.partition.lot import Lot
from gridgeo.partition.straighten import Line, straightened
from gridgeo.partition.ways import CHORD, GAP, HOLE, ROAD, WALL, Ways, node_pairs, pairs_of, ways_across

__all__ = ["Cut", "cut_lot"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARES = (0.3, 0.15, 0.05, 0.0)
"""The smaller side of a cut has more than this share of the lot, if any cut has; else more than the next."""
LEAST_WIDTH_M = 4.0
"""Pieces are wider than this on average (2 x area / perimeter, which is exact for long strips): chosen, no grid is
served on a strip between kerbs. Where a lot must be cut and is hardly wider itself, this share of its width will do."""
_OF_BEFORE = 0.6
NECK_M = 2.0
"""A piece that falls apart when so much of its width is taken away is held together by accident."""
_NECK_PART_M2 = 25.0
_TRIES = 60
"""Ways looked at more closely, the best first, before the smaller side may be smaller."""
_BEGIN_M = 5.0
"""A cut costs this much whatever its length, so that a short one at the edge does not beat one through the middle."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut through a lot."""

    segments: Ints
    """(n, 2, 2) lattice points, without what runs along the border of a hole."""
    line_m: float
    """Metres along roads and walls …"""
    gap_m: float
    """… between buildings …"""
    chord_m: float
    """… and straight."""


def cut_lot(lot: Lot, most: Sequence[int], must: bool) -> Cut | None:
    """Find the best cut that divides the households of a lot.

    Parameters
    ----------
    lot : Lot
    most : pair of int
        Largest number of households and of people of one grid: what sizes are measured by.
    must : bool
        True: any division is better than none. False: only one into sides of similar size.

    Returns
    -------
    Cut or None
        Of the cuts whose smaller side is large enough the one with the lowest cost, where a longer border of the
        sides and unequal sizes count as longer cuts; ties fall to the smaller vertices.
    """
    if len(np.unique(lot.unit[lot.load[:, 0] > 0])) < 2:
        return None
    ways = ways_across(lot)
    found = _candidates(ways)
    size = np.max(found.load / np.maximum(np.array(most), 1), axis=2)
    share = size.min(axis=1) / np.maximum(size.sum(axis=1), 1e-9)
    served = (found.load[:, :, 0] > 0).all(axis=1)
    score = np.round((found.cost_m + _BEGIN_M) * found.stretch / np.sqrt(np.maximum(share, 1e-9)), 6)
    tried = np.zeros(len(score), bool)
    for least in SHARES if must else SHARES[:1]:
        rows = np.flatnonzero(served & (share > least) & ~tried)
        rows = rows[np.lexsort((rows, score[rows]))][:_TRIES]
        tried[rows] = True
        for row in rows:
            cut = _checked(lot, straightened(ways, found.path(int(row))), must)
            if cut is not None:
                return cut
    return None


# ------------------------------------------------------------------- candidates ----


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The cheapest ways between all pairs of border vertices."""

    start: Ints
    """(t,) border vertices where ways begin."""
    before: NDArray[np.int32]
    """(t, v) predecessor of every vertex on the way from each of them."""
    pair: Ints
    """(n, 2) rows of `start`."""
    cost_m: Floats
    load: Floats
    """(n, 2, 2) households and people on the left and on the right."""
    stretch: Floats
    """How much longer the border of the longer side is than that of a square."""

    def path(self, row: int) -> Ints:
        """Return the vertices of one way."""
        one, two = self.pair[row]
        path = [int(self.start[two])]
        while path[-1] != self.start[one]:
            path.append(int(self.before[one, path[-1]]))
        return np.array(path[::-1], np.int64)


def _candidates(ways: Ways) -> _Candidates:
    """Find the cheapest ways, and what lies on both sides of each without looking at a single polygon."""
    position = np.sort(np.unique(ways.ring, return_index=True)[1])
    position = position[np.isin(ways.ring[position], ways.ends)]
    start = ways.ring[position]
    graph, moment = _graph(ways)
    cost_m, before = dijkstra(graph, indices=start, return_predecessors=True)
    on_ring = np.zeros(len(ways.points), np.bool_)
    on_ring[ways.ring] = True
    swept = _swept((graph.indptr, graph.indices, moment), cost_m, before, start, on_ring)
    loop = np.column_stack([ways.ring, np.roll(ways.ring, -1)])
    length_m = np.hypot(*np.diff(ways.coordinates[loop], axis=1)[:, 0].T)
    along = np.column_stack([ways.moments(loop, ways.lot.load), length_m])
    along = np.vstack([np.zeros(4), np.cumsum(along, axis=0)])
    one, two = np.triu_indices(len(start), 1)
    reached = np.isfinite(swept[one, two, 0])
    one, two = one[reached], two[reached]
    arc = along[position[two]] - along[position[one]]  # counter-clockwise from the start of a way to its end
    right = arc[:, :3] - swept[one, two]
    sides = np.stack([along[-1, :3] - right, right], axis=1)
    way_m = cost_m[one, start[two]]
    around_m = np.column_stack([along[-1, 3] - arc[:, 3], arc[:, 3]]) + np.minimum(way_m, along[-1, 3])[:, None]
    stretch = around_m / (4 * np.sqrt(np.maximum(sides[:, :, 2], 1.0)))
    return _Candidates(
        start, before, np.column_stack([one, two]), way_m, sides[:, :, :2], np.maximum(stretch, 1).max(axis=1)
    )


def _graph(ways: Ways) -> tuple[csr_matrix, Floats]:
    """Return the graph with both directions of every edge, and what each adds to the enclosed load and area."""
    moment = ways.moments(ways.ends, ways.lot.load)
    ends, cost_m = np.concatenate([ways.ends, ways.ends[:, ::-1]]), np.tile(ways.cost_m, 2)
    order = np.lexsort((np.tile(ways.kind, 2), cost_m, ends[:, 1], ends[:, 0]))
    row = order[np.flatnonzero((np.diff(ends[order], axis=0, prepend=-1) != 0).any(axis=1))]
    first = np.searchsorted(ends[row, 0], np.arange(len(ways.points) + 1))
    graph = csr_matrix((cost_m[row], ends[row, 1], first), shape=(len(ways.points),) * 2)
    return graph, np.concatenate([moment, -moment])[row]


@njit(cache=True)
def _swept(graph, cost_m, before, start, on_ring):  # type: ignore[no-untyped-def]
    """Return the summed moments (t, t, k) of all ways; NaN where one touches the border between its ends."""
    first, member, moment = graph
    total = np.full((len(start), len(start), moment.shape[1]), np.nan)
    for i in range(len(start)):
        sums = np.full((cost_m.shape[1], moment.shape[1]), np.nan)
        sums[start[i]] = 0.0
        for v in np.argsort(cost_m[i]):
            u = before[i, v]
            if u < 0 or (on_ring[u] and u != start[i]):
                continue
            at = first[u] + np.searchsorted(member[first[u] : first[u + 1]], v)
            sums[v] = sums[u] + moment[at]
        for j in range(len(start)):
            total[i, j] = sums[start[j]]
    return total


# --------------------------------------------------------------------- checking ----


def _checked(lot: Lot, lines: list[Line], must: bool) -> Cut | None:
    """Return the cut if it truly divides the lot into sound, inhabited pieces, else None."""
    own = [line for line in lines if line.kind != HOLE]
    if not own:
        return None
    segments = np.concatenate([pairs_of(line.points) for line in own])
    drawn = np.asarray(shapely.linestrings(segments / lot.steps_per_m), object)
    pieces = _pieces(lot, segments)
    if len(pieces) < 2 or lot.through_building(drawn).any() or not all(_is_sound(piece, lot, must) for piece in pieces):
        return None
    which = np.full(len(lot.site), -1)
    for k, piece in enumerate(pieces):
        which[shapely.intersects_xy(piece, *lot.site.T)] = k
    inhabited = np.unique(which[lot.load[:, 0] > 0])
    torn = len(np.unique(np.column_stack([lot.unit, which]), axis=0)) > len(np.unique(lot.unit))
    if torn or not np.isin(np.arange(len(pieces)), inhabited).all():
        return None
    length_m = np.bincount([line.kind for line in own], [_length(line) / lot.steps_per_m for line in own], CHORD + 1)
    return Cut(segments, float(length_m[WALL] + length_m[ROAD]), float(length_m[GAP]), float(length_m[CHORD]))


def _length(line: Line) -> float:
    """Return the length of a line in lattice steps."""
    return float(np.hypot(*np.diff(line.points, axis=0).T).sum())


def _pieces(lot: Lot, segments: Ints) -> NDArray[np.object_]:
    """Return what a lot falls into, noded as it will be in the arrangement."""
    edges = node_pairs(np.concatenate([*map(pairs_of, lot.borders), segments]))
    lines = shapely.linestrings(edges.points[edges.ends] / lot.steps_per_m)
    parts = shapely.get_parts(shapely.polygonize(lines))
    shapely.prepare(lot.shape)
    return np.asarray(parts[shapely.contains(lot.shape, shapely.point_on_surface(parts))], object)


def _is_sound(piece: shapely.Polygon, lot: Lot, must: bool) -> bool:
    """Tell whether a piece is wide enough and holds together; if need be, hardly worse than the lot itself."""
    width_m, before_m = (2 * shape.area / shape.length for shape in (piece, lot.shape))
    if width_m < (min(LEAST_WIDTH_M, _OF_BEFORE * before_m) if must else LEAST_WIDTH_M):
        return False
    parts, before = (shapely.get_parts(shapely.buffer(s, -NECK_M / 2, quad_segs=2)) for s in (piece, lot.shape))
    return int((shapely.area(parts) > _NECK_PART_M2).sum()) <= max(1, len(before))
