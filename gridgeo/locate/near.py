"""Points outside to the nearest grid.

In: `Packed` and points. Out: the nearest grid of each and how far it is. Called by `gridgeo.locate.index`. Whatever is
nearest to a point outside lies on an edge, so only cells with edges are looked at, the nearest blocks first, and none
that is further away than what was found.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit
from gridgeo.locate.blocks import CELLS, TILES
from gridgeo.locate.walk import edge_at, edge_count, label_at, nth_edge

__all__ = ["nearest_at"]


@njit(cache=True, nogil=True)
def nearest_at(kept, x, y, within, rows, distance):  # type: ignore[no-untyped-def]
    """Write the row (-1 = none) and the distance (NaN) of the grid that is nearest to each point.

    Parameters
    ----------
    kept : Packed
    x, y : ndarray of float64, (n,)
    within : float
        Grids further away do not count.
    rows : ndarray of int32, (n,)
        Written.
    distance : ndarray of float64, (n,)
        Written, in units of the CRS.
    """
    for i in range(len(x)):
        label = label_at(kept, x[i], y[i])
        best = 0.0
        if label < 0:
            label = ~label
        elif label == 0 and np.isfinite(x[i]) and np.isfinite(y[i]):
            label, best = _nearest(kept, x[i], y[i], within)
        rows[i] = label - 1
        distance[i] = best if label else np.nan


@njit(cache=True, nogil=True)
def _nearest(kept, x, y, within):  # type: ignore[no-untyped-def]
    """Return the label nearest to a point in no grid, and its distance."""
    side = kept.frame[5] * CELLS
    rows, columns = kept.top.shape
    column = min(max(int(np.floor(x / side)) - kept.first[0], -1), columns)
    row = min(max(int(np.floor(y / side)) - kept.first[1], -1), rows)
    label, best = np.int32(0), within
    for ring in range(max(rows, columns) + 2):
        if (ring - 1) * side > best:
            break
        for r in range(max(0, row - ring), min(rows, row + ring + 1)):
            step = 1 if abs(r - row) == ring else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < columns and kept.top[r, c] < 0:
                    west, south = (kept.first[0] + c) * side, (kept.first[1] + r) * side
                    if _away(x, y, west, south, side) <= best:
                        label, best = _nearest_in(kept, ~kept.top[r, c], west, south, x, y, label, best)
    return label, best


@njit(cache=True, inline="always", nogil=True)
def _away(x, y, west, south, side):  # type: ignore[no-untyped-def]
    """Return at most the distance of a point from a square."""
    dx, dy = max(west - x, 0.0, x - west - side), max(south - y, 0.0, y - south - side)
    return np.sqrt(dx * dx + dy * dy) * (1.0 - 1e-12)  # rounding must not lose a square


@njit(cache=True, nogil=True)
def _nearest_in(kept, block, west, south, x, y, label, best):  # type: ignore[no-untyped-def]
    """Look at the tiles of one block, the nearest first."""
    side = kept.frame[5] * (CELLS // TILES)
    least, first = np.inf, -1
    for tile in range(TILES * TILES):
        if kept.entries[block, tile] < 0:
            away = _away(x, y, west + (tile % TILES) * side, south + (tile // TILES) * side, side)
            if away < least:
                least, first = away, tile
    if first < 0 or least > best:
        return label, best
    label, best = _nearest_edge(kept, block, first, x, y, label, best)
    for tile in range(TILES * TILES):
        away = _away(x, y, west + (tile % TILES) * side, south + (tile // TILES) * side, side)
        if kept.entries[block, tile] < 0 and tile != first and away <= best:
            label, best = _nearest_edge(kept, block, tile, x, y, label, best)
    return label, best


@njit(cache=True, nogil=True)
def _nearest_edge(kept, block, tile, x, y, label, best):  # type: ignore[no-untyped-def]
    """Look at the edges of one tile."""
    row = kept.base[block, 0] + ~kept.entries[block, tile]
    record = kept.base[block, 1] + np.int64(kept.tiles[row, 4] & np.uint64(0xFFFFFFFF))
    bits = kept.tiles[row, 0]
    while bits:
        bits &= bits - np.uint64(1)
        for n in range(edge_count(kept.records, record)):
            e = nth_edge(kept, block, record, n)
            ax, ay, bx, by = edge_at(kept, block, e)
            away = _from_edge(ax, ay, bx, by, x, y)
            for k in range(4, 6):
                side = np.int32(kept.edges[e, k])
                nearer = away < best or (away == best and kept.rank[side] < kept.rank[label])
                if side and (nearer or (away == best and label == 0)):
                    label, best = side, away
        record += 1
    return label, best


@njit(cache=True, inline="always", nogil=True)
def _from_edge(ax, ay, bx, by, x, y):  # type: ignore[no-untyped-def]
    """Return the distance of a point from an edge."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    along = ((x - ax) * dx + (y - ay) * dy) / square
    if along <= 0.0:
        return np.hypot(x - ax, y - ay)
    if along >= 1.0:
        return np.hypot(x - bx, y - by)
    return abs((ay - y) * dx - (ax - x) * dy) / np.sqrt(square)
