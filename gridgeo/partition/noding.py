"""Snap rounding: segments to edges that meet only at lattice points, exactly.

In: distinct segments between lattice points. Out: for every segment the chain of vertices that replaces it; edges of
different chains share a vertex, a whole edge or nothing. Previous stage: `gridgeo.partition.segments`; next:
`gridgeo.partition.faces`.

Method: Hobby, "Practical segment intersection with finite precision output", Comput. Geom. 13 (1999). Every end and
every rounded crossing makes its lattice pixel hot; a segment is led through the centres of all hot pixels it meets.
All decisions are made in whole numbers. This is repeated until no piece meets a foreign hot pixel (iterated snap
rounding, Halperin and Packer, Comput. Geom. 23 (2002)), so that noding what was noded changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import TopologyError
from gridgeo.kernels import njit
from gridgeo.partition.cells import cells_of, points_in_cells, row_span
from gridgeo.partition.segments import Segments, pack, unpack

__all__ = ["node"]

_TIE = 1e-4
"""A crossing nearer than this to a pixel's edge heats both pixels: float error is below 1e-6 steps at 2**30."""
_DEEPEST = 1 << 20
"""Vertices waiting in one chain before giving up: guards against an endless loop, never seen."""


@njit(cache=True, inline="always")
def turn(ax: int, ay: int, bx: int, by: int, cx: int, cy: int) -> int:
    """Return the exact doubled area of a, b, c: positive if c lies left of a → b."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@njit(cache=True, inline="always")
def _crossing(points, ends, first, second):  # type: ignore[no-untyped-def]
    """Tell whether two segments cross inside both, and where: (crosses, x, y)."""
    a, b = ends[first]
    c, d = ends[second]
    ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
    cx, cy, dx, dy = points[c, 0], points[c, 1], points[d, 0], points[d, 1]
    if cx > bx or dx < ax or max(cy, dy) < min(ay, by) or min(cy, dy) > max(ay, by):
        return False, 0.0, 0.0
    one, two = turn(ax, ay, bx, by, cx, cy), turn(ax, ay, bx, by, dx, dy)
    if one == 0 or two == 0 or (one > 0) == (two > 0):
        return False, 0.0, 0.0
    three, four = turn(cx, cy, dx, dy, ax, ay), turn(cx, cy, dx, dy, bx, by)
    if three == 0 or four == 0 or (three > 0) == (four > 0):
        return False, 0.0, 0.0
    share = three / (float(three) - float(four))
    return True, ax + share * (bx - ax), ay + share * (by - ay)


@njit(cache=True)
def _crossings(points, ends, cells):  # type: ignore[no-untyped-def]
    """Return the lattice points nearest to all proper crossings, repeated where several pairs meet."""
    found = np.empty((1024, 2), np.int64)
    count = 0
    for cell in range(cells.columns * cells.rows):
        for i in range(cells.start[cell], cells.start[cell + 1]):
            for j in range(i + 1, cells.start[cell + 1]):
                crosses, x, y = _crossing(points, ends, cells.member[i], cells.member[j])
                if not crosses:
                    continue
                for px in range(int(np.floor(x + 0.5 - _TIE)), int(np.floor(x + 0.5 + _TIE)) + 1):
                    for py in range(int(np.floor(y + 0.5 - _TIE)), int(np.floor(y + 0.5 + _TIE)) + 1):
                        # Only the crossing's own cell reports it, however many cells the pair shares.
                        if (py // cells.size) * cells.columns + px // cells.size != cell:
                            continue
                        if count == len(found):
                            found = np.concatenate((found, np.empty((count, 2), np.int64)))
                        found[count, 0], found[count, 1] = px, py
                        count += 1
    return found[:count].copy()


@njit(cache=True, inline="always")
def _meets_pixel(ax: int, ay: int, bx: int, by: int, px: int, py: int) -> bool:
    """Tell whether a segment meets the half-open pixel [p - 1/2, p + 1/2) of a lattice point that is not its end."""
    if px < ax or px > bx or py < min(ay, by) or py > max(ay, by):
        return False
    dx, dy = bx - ax, by - ay
    across = 2 * (dx * (py - ay) - dy * (px - ax))
    lower_left, upper_right = across - dx + dy, across + dx - dy
    lower_right, upper_left = across - dx - dy, across + dx + dy
    least = min(lower_left, upper_right, lower_right, upper_left)
    most = max(lower_left, upper_right, lower_right, upper_left)
    if least < 0 < most:
        return True
    return lower_left == 0


@njit(cache=True)
def _hit(points, a, b, hot, found):  # type: ignore[no-untyped-def]
    """Write the vertices whose hot pixels the segment a, b meets away from its ends; return (found, count)."""
    ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
    size, count = hot.size, 0
    bottom = max(0, (min(ay, by) - 1) // size)
    top = min(hot.rows - 1, (max(ay, by) + 1) // size)
    for row in range(bottom, top + 1):
        west, east = row_span(ax, ay, bx, by, row * size - 1, (row + 1) * size + 1)
        first, last = max(0, west // size), min(hot.columns - 1, east // size)
        for i in range(hot.start[row * hot.columns + first], hot.start[row * hot.columns + last + 1]):
            p = hot.member[i]
            if p in (a, b) or not _meets_pixel(ax, ay, bx, by, points[p, 0], points[p, 1]):
                continue
            if count == len(found):
                found = np.concatenate((found, np.empty(count, np.int64)))
            found[count] = p
            count += 1
    return found, count


@njit(cache=True)
def _sort_along(points, a, b, found, count):  # type: ignore[no-untyped-def]
    """Put vertices in the order in which the segment a, b passes them; ties fall to the smaller vertex."""
    dx, dy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    for i in range(1, count):
        p = found[i]
        along = (points[p, 0] - points[a, 0]) * dx + (points[p, 1] - points[a, 1]) * dy
        j = i
        while j > 0:
            q = found[j - 1]
            other = (points[q, 0] - points[a, 0]) * dx + (points[q, 1] - points[a, 1]) * dy
            if other < along or (other == along and q < p):
                break
            found[j] = q
            j -= 1
        found[j] = p


@njit(cache=True)
def _lead(points, a, b, hot, found, stack, chain, written):  # type: ignore[no-untyped-def]
    """Append the chain of one segment, if any pixel bends it; return (found, chain, written), written -1 = endless.

    A piece that was bent may meet further pixels, so it is led through them in turn. Which pixels a piece meets
    depends on nothing but the piece, so every segment can be finished on its own.
    """
    at, depth, begun = a, 1, False
    stack[0] = b
    while depth > 0:
        goal = stack[depth - 1]
        found, count = _hit(points, min(at, goal), max(at, goal), hot, found)
        if depth + count > len(stack):
            return found, chain, -1
        if count > 0:
            _sort_along(points, at, goal, found, count)
            for i in range(count):
                stack[depth + i] = found[count - 1 - i]
            depth += count
        elif begun or depth > 1:
            if written + 2 >= len(chain):
                chain = np.concatenate((chain, np.empty(len(chain), np.int64)))
            if not begun:
                chain[written] = at
                written, begun = written + 1, True
            chain[written] = goal
            written, depth, at = written + 1, depth - 1, goal
        else:
            depth = 0
    return found, chain, written


@njit(cache=True)
def _chains(points, ends, hot):  # type: ignore[no-untyped-def]
    """Return the struck segments and (start, vertices) of the chains that replace them; no start = endless."""
    struck, start, count = np.empty(1024, np.int64), np.zeros(1025, np.int64), 0
    chain, written = np.empty(4096, np.int64), 0
    found, stack = np.empty(64, np.int64), np.empty(_DEEPEST, np.int64)
    for s in range(len(ends)):
        found, chain, now = _lead(points, ends[s, 0], ends[s, 1], hot, found, stack, chain, written)
        if now < 0:
            return struck[:0].copy(), start[:0].copy(), chain[:0].copy()
        if now == written:
            continue
        if count == len(struck):
            struck = np.concatenate((struck, np.empty(count, np.int64)))
            start = np.concatenate((start, np.empty(count, np.int64)))
        struck[count] = s
        count, written = count + 1, now
        start[count] = written
    return struck[:count].copy(), start[: count + 1].copy(), chain[:written].copy()


def _merge_sorted(keys: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct keys of two arrays, the first ascending; a stable sort finds its run and is fast."""
    both = np.sort(np.concatenate([keys, np.sort(more)]), kind="stable")
    return both[np.diff(both, prepend=both[0] - 1) != 0]


def _with_points(segments: Segments, found: NDArray[np.int64]) -> Segments:
    """Return the segments over the union of their own and further points."""
    old = pack(segments.points)
    keys = _merge_sorted(old, pack(found))
    ends = np.searchsorted(keys, old)[segments.ends]
    return Segments(unpack(keys), ends, segments.segment, segments.owner, segments.direction)


def _split(
    segments: Segments, struck: NDArray[np.int64], start: NDArray[np.int64], nodes: NDArray[np.int64]
) -> Segments:
    """Replace the struck segments, which ascend, by their chains; all else keeps its order."""
    ends = segments.ends
    inner = np.ones(len(nodes) - 1, bool)
    inner[start[1:-1] - 1] = False
    pieces = np.column_stack([nodes[:-1], nodes[1:]])[inner]
    back = pieces[:, 0] > pieces[:, 1]
    piece_keys = (pieces.min(axis=1) << 32) | pieces.max(axis=1)
    whole = np.ones(len(ends), bool)
    whole[struck] = False
    keys = (ends[whole, 0] << 32) | ends[whole, 1]
    merged = _merge_sorted(keys, piece_keys)
    place, whole_place = np.searchsorted(merged, piece_keys), np.full(len(ends), -1, np.int64)
    whole_place[whole] = np.searchsorted(merged, keys)
    first = np.zeros(len(ends), np.int64)
    first[struck] = start[:-1] - np.arange(len(struck))
    count = np.zeros(len(ends), np.int64)
    count[struck] = np.diff(start) - 1
    kept = whole[segments.segment]
    bent = [a[~kept] for a in (segments.segment, segments.owner, segments.direction)]
    runs = _repeat_runs(*bent, first, count, place, back)
    own = [whole_place[segments.segment[kept]], segments.owner[kept], segments.direction[kept]]
    joined = [np.concatenate(pair) for pair in zip(own, runs, strict=True)]
    return Segments(segments.points, np.column_stack([merged >> 32, merged & 0xFFFFFFFF]), *joined)


@njit(cache=True)
def _repeat_runs(segment, owner, direction, first, count, place, back):  # type: ignore[no-untyped-def]
    """Repeat every run once for each edge that its segment became."""
    total = 0
    for s in segment:
        total += count[s]
    new_segment, new_owner = np.empty(total, np.int64), np.empty(total, np.int64)
    new_direction = np.empty(total, np.int64)
    k = 0
    for i in range(len(segment)):
        for piece in range(first[segment[i]], first[segment[i]] + count[segment[i]]):
            new_segment[k], new_owner[k] = place[piece], owner[i]
            new_direction[k] = -direction[i] if back[piece] else direction[i]
            k += 1
    return new_segment, new_owner, new_direction


def node(segments: Segments) -> Segments:
    """Node segments on the lattice until nothing crosses and nothing passes through a foreign vertex.

    Parameters
    ----------
    segments : Segments
        Distinct segments; several owners may run along one.

    Returns
    -------
    Segments
        Its segments are the edges of the arrangement: two of them share an end or nothing. No vertex moved; a chain
        leaves its segment by less than one lattice step each time that it is bent.

    Raises
    ------
    TopologyError
        If a chain does not come to rest (never seen; the limit guards against an endless loop).

    Notes
    -----
    About linear in segments plus crossings plus hits for segments of similar length.
    """
    cells = cells_of(segments.points, segments.ends)
    segments = _with_points(segments, _crossings(segments.points, segments.ends, cells))
    start, member = points_in_cells(segments.points, cells.size, cells.columns, cells.rows)
    hot = cells._replace(start=start, member=member)
    # Pieces of snapped segments cross nowhere (Hobby's theorem), so no vertex is added from here on.
    struck, first, nodes = _chains(segments.points, segments.ends, hot)
    if not len(first):
        raise TopologyError("noding does not come to rest; please report the input layers")
    return _split(segments, struck, first, nodes) if len(struck) else segments
