"""Lines put onto the borders that they mean: their vertices, then what runs along a border, then knots cut out.

In: vertices of a drawn line, and borders of grids (`Borders`). Out: vertices of the line that is meant. Part of
`gridgeo.partition.snapped`.

Every step keeps the line within a few `reach_m` of what was drawn; what lies further than that from all borders stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.patch import precision_of

__all__ = ["Borders"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KNOT = 4.0
"""A line that comes back to a vertex within so many times the reach makes a knot, which is cut out: corners that lie
closer together than the reach can be met in another order than the border has them."""
DETOUR = 2.0
"""A piece of border that is longer than so many times the line beside it is not looked at."""


class Node(NamedTuple):
    """A vertex of a line, and what it lies on."""

    x: float
    y: float
    corner: int = -1
    edge: int = -1

    def is_at(self, other: Node) -> bool:
        """Tell whether it is in the same place."""
        return (self.x, self.y) == (other.x, other.y)


class Borders:
    """The corners and edges of some grids.

    Parameters
    ----------
    shapes : sequence of Polygon
        A part of one coverage.
    reach_m : float
        What lies closer to a border than this is put onto it.
    """

    def __init__(self, shapes: Sequence[Any], reach_m: float) -> None:
        self.reach_m = reach_m
        rings = shapely.get_rings(np.array([*shapes, None], object)[:-1])
        points, ring = shapely.get_coordinates(rings, return_index=True)
        self.corners, at = np.unique(points, axis=0, return_inverse=True)
        at = at.ravel()
        ends = np.column_stack([at[:-1], at[1:]])[ring[:-1] == ring[1:]]
        steps_per_m = round(1 / precision_of(self.corners))
        self._rounded = np.rint(self.corners * steps_per_m) / steps_per_m
        self.edges, edge = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
        first = np.append(np.flatnonzero(np.diff(ring, prepend=-1)), len(ring))
        self._rings = [at[a : b - 1] for a, b in pairwise(first)]
        begun = np.cumsum([0, *map(len, self._rings)])
        self._edges_of = [edge.ravel()[a:b] for a, b in pairwise(begun)]

    # ------------------------------------------------------------------- indexes ----

    @cached_property
    def _corner_tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.points(self.corners))

    @cached_property
    def _edge_tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self._rounded[self.edges]))

    @cached_property
    def _length_m(self) -> list[Floats]:
        """Way along each ring to each of its corners, and around it."""
        found = []
        for ring in self._rings:
            steps = np.diff(self.corners[np.append(ring, ring[0])], axis=0)
            found.append(np.append(0, np.cumsum(np.hypot(*steps.T))))
        return found

    @cached_property
    def _places(self) -> tuple[dict[int, list[tuple[int, int]]], dict[int, list[tuple[int, int]]]]:
        """Corner, and edge → (ring, place in it)."""
        found: tuple[dict[int, list[tuple[int, int]]], dict[int, list[tuple[int, int]]]] = ({}, {})
        for table, rows in zip(found, (self._rings, self._edges_of), strict=True):
            for k, row in enumerate(rows):
                for place, name in enumerate(row.tolist()):
                    table.setdefault(name, []).append((k, place))
        return found

    # ---------------------------------------------------------------------- steps ----

    def led(self, points: Floats, *, closed: bool) -> Floats:
        """Return the vertices of a line, or of a closed ring, put onto the borders."""
        path = self._followed(self._through(self._onto(points)))
        if not closed:
            return _coordinates(self._untangled(path))
        for _ in range(2):  # the second time around, what was the seam lies in the middle
            path = self._untangled(path)
            half = len(path) // 2
            path = [*path[half:-1], *path[: half + 1]]
        return _coordinates(path)

    def _onto(self, points: Floats) -> list[Node]:
        """Put vertices onto the nearest corner within reach, else onto the nearest edge."""
        where = shapely.points(points)
        corner, edge = _nearest(self._corner_tree, where, self.reach_m), _nearest(self._edge_tree, where, self.reach_m)
        edge[corner >= 0] = -1
        xy = points.copy()
        xy[corner >= 0] = self.corners[corner[corner >= 0]]
        # On the lattice, where the line and the border will be noded: there is nothing between them then.
        start, end = (self._rounded[self.edges[edge[edge >= 0], k]] for k in (0, 1))
        run, off = end - start, points[edge >= 0] - start
        xy[edge >= 0] = start + run * ((off * run).sum(axis=1) / (run * run).sum(axis=1))[:, None]
        rows = zip(*xy.T.tolist(), corner.tolist(), edge.tolist(), strict=True)
        return _without_repeats([Node(*row) for row in rows])

    def _through(self, path: list[Node]) -> list[Node]:
        """Lead a line through the corners that it passes within reach, between its vertices."""
        if len(path) < 2:
            return path
        xy = _coordinates(path)
        segment, corner = self._corner_tree.query(
            shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)), predicate="dwithin", distance=self.reach_m
        )
        run = xy[segment + 1] - xy[segment]
        along = ((self.corners[corner] - xy[segment]) * run).sum(axis=1) / (run * run).sum(axis=1)
        between = (along > 0) & (along < 1)
        segment, corner, along = segment[between], corner[between], along[between]
        order = np.lexsort((corner, along, segment))
        more: dict[int, list[Node]] = {}
        for k, c in zip(segment[order].tolist(), corner[order].tolist(), strict=True):
            more.setdefault(k, []).append(self._at(c))
        return _without_repeats([one for k, node in enumerate(path) for one in (node, *more.get(k, ()))])

    def _followed(self, path: list[Node]) -> list[Node]:
        """Where a line runs along a border from one node on it to the next, give it the border's corners between."""
        found = path[:1]
        for one, two in pairwise(path):
            found += [*map(self._at, self._between(one, two)), two]
        return found

    def _between(self, one: Node, two: Node) -> list[int]:
        """Return the corners of the border between two nodes, if all of it lies within reach of the straight line."""
        chord_m = float(np.hypot(two.x - one.x, two.y - one.y))
        most_m = DETOUR * chord_m + KNOT * self.reach_m
        ways = sorted(
            (length_m, corners)
            for ring, here, there in self._common(one, two)
            for length_m, corners in self._ways(ring, here, there, most_m)
        )
        line = shapely.LineString([(one.x, one.y), (two.x, two.y)])
        for _, corners in ways:
            if not corners or shapely.distance(shapely.points(self.corners[corners]), line).max() <= self.reach_m:
                return corners
        return []

    def _common(self, one: Node, two: Node) -> Iterator[tuple[int, float, float]]:
        """Yield the rings on which two nodes lie, and the way along each to either in metres."""
        here, there = dict(self._ways_to(one)), dict(self._ways_to(two))
        yield from ((ring, here[ring], there[ring]) for ring in sorted(here.keys() & there.keys()))

    def _ways_to(self, node: Node) -> Iterator[tuple[int, float]]:
        """Yield the rings that a node lies on and the way along each to it in metres."""
        if node.corner >= 0:
            yield from ((ring, float(self._length_m[ring][k])) for ring, k in self._places[0][node.corner])
        elif node.edge >= 0:
            for ring, k in self._places[1][node.edge]:
                x, y = self.corners[self._rings[ring][k]]
                yield ring, float(self._length_m[ring][k] + np.hypot(node.x - x, node.y - y))

    def _ways(self, ring: int, here: float, there: float, most_m: float) -> Iterator[tuple[float, list[int]]]:
        """Yield length and corners of both ways around a ring that are not too long."""
        at, corners = self._length_m[ring], self._rings[ring]
        whole_m, low, high = float(at[-1]), min(here, there), max(here, there)
        behind_low, behind_high = np.searchsorted(at[:-1], [low, high], side="right").tolist()
        before_low, before_high = np.searchsorted(at[:-1], [low, high], side="left").tolist()
        if high - low <= most_m:
            inner = corners[behind_low:before_high].tolist()
            yield high - low, inner if here < there else inner[::-1]
        if whole_m - (high - low) <= most_m:
            outer = [*corners[behind_high:].tolist(), *corners[:before_low].tolist()]
            yield whole_m - (high - low), outer[::-1] if here < there else outer

    def _untangled(self, path: list[Node]) -> list[Node]:
        """Cut knots out, and vertices between two others on one edge."""
        found: list[Node] = []
        place: dict[tuple[float, float], int] = {}
        for node in path:
            back = place.get(node[:2])
            if back is not None and self._is_knot(found[back:]):
                for gone in found[back + 1 :]:
                    place.pop(gone[:2], None)
                del found[back + 1 :]
                continue
            while len(found) > 1 and found[-1].edge >= 0 and self._are_on(found[-1].edge, found[-2], node):
                place.pop(found.pop()[:2], None)
            place[node[:2]] = len(found)
            found.append(node)
        return found

    def _is_knot(self, loop: list[Node]) -> bool:
        """Tell whether a line that ends where it began is no larger than a knot."""
        xy = _coordinates(loop)
        return bool((np.hypot(*(xy - xy[0]).T) <= KNOT * self.reach_m).all())

    def _are_on(self, edge: int, *nodes: Node) -> bool:
        """Tell whether all nodes lie on an edge."""
        return all(node.edge == edge or node.corner in self.edges[edge] for node in nodes)

    def _at(self, corner: int) -> Node:
        """Return a corner as a node."""
        x, y = self.corners[corner].tolist()
        return Node(x, y, corner)


def _nearest(tree: shapely.STRtree, where: NDArray[np.object_], reach_m: float) -> Ints:
    """Return the nearest member of a tree within reach, -1 = none; of equally near ones the smallest."""
    found = np.full(len(where), -1, np.int64)
    one, near = tree.query_nearest(where, max_distance=reach_m)
    order = np.lexsort((near, one))[::-1]
    found[one[order]] = near[order]  # the last one counts, which is the smallest
    return found


def _coordinates(path: Sequence[Node]) -> Floats:
    return np.array([node[:2] for node in path], float).reshape(-1, 2)


def _without_repeats(path: list[Node]) -> list[Node]:
    """Drop nodes that repeat the one before."""
    return [node for k, node in enumerate(path) if not k or not node.is_at(path[k - 1])]
