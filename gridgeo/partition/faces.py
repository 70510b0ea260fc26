"""Edges to faces: half-edges around vertices, cycles, and which face lies inside which.

In: noded edges on the lattice. Out: the face on the left of every half-edge. Previous stage:
`gridgeo.partition.noding`; next: `gridgeo.partition.arrange`.

Half-edge 2e runs along edge e from its smaller to its larger vertex, 2e + 1 back. Face 0 is the outside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.cells import Cells, cells_of
from gridgeo.partition.noding import turn

__all__ = ["Faces", "faces_at", "faces_of", "half_edges_around"]


class Faces(NamedTuple):
    """The faces of an arrangement."""

    faces: int
    """Faces including the outside, which is face 0."""
    of_half: NDArray[np.int64]
    """(2e,) face on the left of every half-edge."""
    next_half: NDArray[np.int64]
    """(2e,) the half-edge that follows along the same face."""
    cells: Cells
    """Cells over the edges, for locating points."""


@njit(cache=True, inline="always")
def _before(points, origin: int, p: int, q: int) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether the direction origin → p comes before origin → q, counter-clockwise from east."""
    px, py = points[p, 0] - points[origin, 0], points[p, 1] - points[origin, 1]
    qx, qy = points[q, 0] - points[origin, 0], points[q, 1] - points[origin, 1]
    p_lower = py < 0 or (py == 0 and px < 0)
    q_lower = qy < 0 or (qy == 0 and qx < 0)
    if p_lower != q_lower:
        return q_lower
    return px * qy - py * qx > 0


@njit(cache=True)
def half_edges_around(points, ends):  # type: ignore[no-untyped-def]
    """Return (start, member): the half-edges that leave every vertex, counter-clockwise."""
    start = np.zeros(len(points) + 1, np.int64)
    for e in range(len(ends)):
        start[ends[e, 0] + 1] += 1
        start[ends[e, 1] + 1] += 1
    for v in range(len(points)):
        start[v + 1] += start[v]
    fill = start[:-1].copy()
    member = np.empty(2 * len(ends), np.int64)
    for e in range(len(ends)):
        for side in range(2):
            v, far = ends[e, side], ends[e, 1 - side]
            at = fill[v]
            while at > start[v]:
                other = member[at - 1]
                if not _before(points, v, far, ends[other >> 1, 1 - (other & 1)]):
                    break
                member[at] = other
                at -= 1
            member[at] = 2 * e + side
            fill[v] += 1
    return start, member


@njit(cache=True)
def _next_halves(points, ends):  # type: ignore[no-untyped-def]
    """Return for every half-edge the one that follows it with the same face on the left."""
    start, member = half_edges_around(points, ends)
    following = np.empty(2 * len(ends), np.int64)
    for v in range(len(points)):
        for i in range(start[v], start[v + 1]):
            before = member[i - 1] if i > start[v] else member[start[v + 1] - 1]
            following[member[i] ^ 1] = before
    return following


@njit(cache=True)
def _cycles(points, ends, following):  # type: ignore[no-untyped-def]
    """Return the cycle of every half-edge, each cycle's doubled area and its smallest vertex."""
    cycle = np.full(len(following), -1, np.int64)
    area = np.empty(len(following), np.int64)
    lowest = np.empty(len(following), np.int64)
    count = 0
    for first in range(len(following)):
        if cycle[first] >= 0:
            continue
        total, least, half = 0, ends[first >> 1, 0], first
        while cycle[half] < 0:
            cycle[half] = count
            p, q = ends[half >> 1, half & 1], ends[half >> 1, 1 - (half & 1)]
            # Sums may wrap around; the final value fits, so it is exact.
            total += points[p, 0] * points[q, 1] - points[q, 0] * points[p, 1]
            least = min(least, p)
            half = following[half]
        area[count], lowest[count] = total, least
        count += 1
    return cycle, area[:count].copy(), lowest[:count].copy()


@njit(cache=True, inline="always")
def _is_higher(points, ends, e: int, f: int) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether edge e runs above edge f where both span the same upright line; they do not cross."""
    ea, eb, fa, fb = ends[e, 0], ends[e, 1], ends[f, 0], ends[f, 1]
    ax, ay, bx, by = points[ea, 0], points[ea, 1], points[eb, 0], points[eb, 1]
    cx, cy, dx, dy = points[fa, 0], points[fa, 1], points[fb, 0], points[fb, 1]
    if ax >= cx:
        side = turn(cx, cy, dx, dy, ax, ay)
        if side != 0:
            return side > 0
    else:
        side = turn(ax, ay, bx, by, cx, cy)
        if side != 0:
            return side < 0
    if bx <= dx:
        return turn(cx, cy, dx, dy, bx, by) > 0
    return turn(ax, ay, bx, by, dx, dy) < 0


@njit(cache=True)
def _edge_below(points, ends, cells, x, y, on_edge):  # type: ignore[no-untyped-def]
    """Return the first edge straight below (x - 0, y), or -1; with ``on_edge`` an edge through the point counts."""
    size = cells.size
    column = min(max(0, (x - 1) // size), cells.columns - 1)
    row = min(cells.rows - 1, y // size)
    best = -1
    while row >= 0:
        cell = row * cells.columns + column
        for i in range(cells.start[cell], cells.start[cell + 1]):
            e = cells.member[i]
            ax, bx = points[ends[e, 0], 0], points[ends[e, 1], 0]
            if not (ax < x <= bx):
                continue
            side = turn(ax, points[ends[e, 0], 1], bx, points[ends[e, 1], 1], x, y)
            if (side > 0 or (on_edge and side == 0)) and (best < 0 or _is_higher(points, ends, e, best)):
                best = e
        if best >= 0:
            a, b = ends[best, 0], ends[best, 1]
            slope = (points[b, 1] - points[a, 1]) / (points[b, 0] - points[a, 0])
            if points[a, 1] + slope * (x - points[a, 0]) > row * size + 1:
                return best
        row -= 1
    return best


@njit(cache=True)
def _nest(points, ends, cells, cycle, area, lowest):  # type: ignore[no-untyped-def]
    """Return the face of every cycle: its own for a shell, the surrounding one for the outline of a component."""
    face = np.zeros(len(area), np.int64)
    count = 1
    for c in range(len(area)):
        if area[c] > 0:
            face[c] = count
            count += 1
    outlines = np.flatnonzero(area <= 0)
    # West to east: the component under a point begins further west and is settled already.
    for c in outlines[np.argsort(lowest[outlines], kind="mergesort")]:
        x, y = points[lowest[c], 0], points[lowest[c], 1]
        below = _edge_below(points, ends, cells, x, y, False)
        face[c] = face[cycle[2 * below]] if below >= 0 else 0
    return face, count


@njit(cache=True)
def _faces_at(points, ends, cells, of_half, where):  # type: ignore[no-untyped-def]
    """Return the face of every lattice point."""
    face = np.zeros(len(where), np.int64)
    for i in range(len(where)):
        x, y = where[i]
        if 0 <= x < cells.columns * cells.size and 0 <= y < cells.rows * cells.size:
            below = _edge_below(points, ends, cells, x, y, True)
            face[i] = of_half[2 * below] if below >= 0 else 0
    return face


def faces_of(points: NDArray[np.int64], ends: NDArray[np.int64]) -> Faces:
    """Find the faces of noded edges.

    Parameters
    ----------
    points : array of int64, (v, 2)
        Lattice points in ascending order of x, then y.
    ends : array of int64, (e, 2)
        Edges, the smaller vertex first, that share an end or nothing.

    Returns
    -------
    Faces
        Numbered by their smallest half-edge, so the numbers do not depend on how the edges were found.
    """
    cells = cells_of(points, ends)
    following = _next_halves(points, ends)
    cycle, area, lowest = _cycles(points, ends, following)
    face, count = _nest(points, ends, cells, cycle, area, lowest)
    return Faces(int(count), face[cycle], following, cells)


def faces_at(
    points: NDArray[np.int64], ends: NDArray[np.int64], faces: Faces, where: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the face that each lattice point (n, 2) lies in; on an edge the face west of or above it."""
    return _faces_at(points, ends, faces.cells, faces.of_half, where)
