"""Points to labels: the questions that are put to the blocks.

In: `Packed`, the blocks of a layer joined to arrays, and points. Out: per point the label of its grid, and whether the
point lies on that grid's border. Before: `gridgeo.locate.blocks`; called by `gridgeo.locate.index`.

Points go through in portions, one level of the division after the other, and the memory that the next level needs is
asked for in advance (`gridgeo.locate.prefetch`): so the processor fetches at once what many points need, instead of
waiting for each. That is worth a factor of two (bench/assign.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.locate.blocks import CELLS, TILES
from gridgeo.locate.orient import is_above, is_right, orient
from gridgeo.locate.prefetch import prefetch

__all__ = ["Packed", "all_at", "edge_at", "edge_count", "label_at", "labels_at", "nth_edge", "place_of"]

_PORTION = 1024
"""Points that go through together: what they need stays in the first-level cache."""
_FULL = CELLS.bit_length() - 1
_COARSE = TILES.bit_length() - 1
_FINE = _FULL - _COARSE


class Packed(NamedTuple):
    """All blocks of a layer in one set of arrays."""

    frame: NDArray[np.float64]
    """left, bottom, right, top of the layer, 1 / cell, cell, steps per unit of the edges' coordinates, and how far
    rounding can move a point that is counted in steps."""
    first: NDArray[np.int64]
    """First column and row of blocks."""
    top: NDArray[np.int32]
    """(rows, columns) per block: its label where it has one, else its number as ``~number``."""
    base: NDArray[np.int64]
    """(b, 7) per block: its first row in ``tiles``, ``records``, ``members``, ``edges``; x and y that edges count from;
    the label at its south-west corner."""
    entries: NDArray[np.int32]
    """(b, 1024), see `gridgeo.locate.blocks.Block`; also the next three."""
    tiles: NDArray[np.uint64]
    records: NDArray[np.int32]
    members: NDArray[np.int32]
    edges: NDArray
    """(e, 6) the two ends as int32 steps from the block's own origin, or as float64 in units of the CRS; then the
    labels that meet there."""
    rank: NDArray[np.int32]
    """(labels,) place of each label's code in the order of codes; that of label 0 is the last."""


# ------------------------------------------------------------------ parts of a tile ----


@njit(cache=True, inline="always", nogil=True)
def _ones_below(bits, b):  # type: ignore[no-untyped-def]
    """Count the bits set below bit b."""
    bits &= (np.uint64(1) << np.uint64(b)) - np.uint64(1)
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, inline="always", nogil=True)
def _record(tiles, tile, b):  # type: ignore[no-untyped-def]
    """Return the number of the record of a cell with edges, within its block."""
    return (tiles[tile, 4] & np.uint64(0xFFFFFFFF)) + _ones_below(tiles[tile, 0], b)


@njit(cache=True, inline="always", nogil=True)
def _of_tile(tiles, tile, b):  # type: ignore[no-untyped-def]
    """Return the label that a tile gives to one of its cells without edges."""
    bit, one = np.uint64(b), np.uint64(1)
    place = ((tiles[tile, 1] >> bit) & one) | (((tiles[tile, 2] >> bit) & one) << one)
    place |= ((tiles[tile, 3] >> bit) & one) << np.uint64(2)
    place += one  # seven labels follow the number of the first record, two to a word
    word = tiles[tile, np.uint64(4) + (place >> one)]
    return np.int32((word >> ((place & one) << np.uint64(5))) & np.uint64(0xFFFFFFFF))


# ------------------------------------------------------------------ a cell with edges ----


@njit(cache=True, inline="always", nogil=True)
def edge_at(packed, block, e):  # type: ignore[no-untyped-def]
    """Return the ends of an edge of a block as they were drawn: ax, ay, bx, by."""
    edges, scale, x, y = packed.edges, packed.frame[6], packed.base[block, 4], packed.base[block, 5]
    return (x + edges[e, 0]) / scale, (y + edges[e, 1]) / scale, (x + edges[e, 2]) / scale, (y + edges[e, 3]) / scale


@njit(cache=True, inline="always", nogil=True)
def edge_count(records, record):  # type: ignore[no-untyped-def]
    """Return how many edges a record has."""
    if records[record, 1] < -1:
        return records[record, 2]
    return (records[record, 1] >= 0) + (records[record, 2] >= 0) + (records[record, 3] >= 0)


@njit(cache=True, inline="always", nogil=True)
def nth_edge(packed, block, record, n):  # type: ignore[no-untyped-def]
    """Return the row of the n-th edge of a record."""
    first = packed.records[record, 1]
    if first < -1:
        return packed.base[block, 3] + packed.members[packed.base[block, 2] - 2 - first + n]
    return packed.base[block, 3] + packed.records[record, 1 + n]


@njit(cache=True, nogil=True)
def _decide(packed, block, record, x, y, column, row):  # type: ignore[no-untyped-def]
    """Return the label of a point in a cell with edges, as ``~label`` where it lies on a border."""
    records, edges, rank = packed.records, packed.edges, packed.rank
    west, south = column * packed.frame[5], row * packed.frame[5]
    label = records[record, 0]
    best = np.int32(0)
    on_border = False
    for n in range(edge_count(records, record)):
        e = nth_edge(packed, block, record, n)
        ax, ay, bx, by = edge_at(packed, block, e)
        turns = False
        if ax <= x < bx:
            side = orient(ax, ay, bx, by, x, y)
            if side == 0:
                on_border, best = True, _smaller(edges, rank, best, e)
                continue
            turns = is_above(ax, ay, bx, by, x, south) != (side > 0)
        elif x == bx and (y == by or (ax == bx and ay <= y <= by)):
            on_border, best = True, _smaller(edges, rank, best, e)
            continue
        if (ay > south) != (by > south):
            turns ^= is_right(ax, ay, bx, by, west, south) != is_right(ax, ay, bx, by, x, south)
        if turns:
            label ^= np.int32(edges[e, 4]) ^ np.int32(edges[e, 5])
    return ~best if on_border else label


@njit(cache=True, inline="always", nogil=True)
def _turn(edges, e, x, y, west, south, side, slip):  # type: ignore[no-untyped-def]
    """Return by what an edge turns a label on the way from a cell's corner to a point, and whether rounding may matter.

    Counted in steps from the block's origin, without a branch that depends on the point.
    """
    ax, ay, bx, by = float(edges[e, 0]), float(edges[e, 1]), float(edges[e, 2]), float(edges[e, 3])
    a_east, b_east, a_north, b_north = ax - x, bx - x, ay - south, by - south
    here = a_east * (by - y) - (ay - y) * b_east
    below = a_east * b_north - a_north * b_east
    corner = (ax - west) * b_north - a_north * (bx - west)
    upright = (a_east <= 0.0) & (b_east > 0.0)
    level = (a_north > 0.0) != (b_north > 0.0)
    turns = (upright & ((below > 0.0) != (here > 0.0))) != (level & ((corner > 0.0) != (below > 0.0)))
    reach = bx - ax + abs(by - ay) + side
    least = (slip + 1e-15 * reach) * reach
    near = min(abs(a_east), abs(b_east), abs(a_north), abs(b_north))
    unsure = (near <= slip) | (min(abs(here), abs(below), abs(corner)) <= least)
    return (np.int32(edges[e, 4]) ^ np.int32(edges[e, 5])) * np.int32(turns), unsure


@njit(cache=True, inline="always", nogil=True)
def _smaller(edges, rank, best, e):  # type: ignore[no-untyped-def]
    """Return the label with the smallest code among one found before and those of an edge."""
    for k in range(4, 6):
        label = np.int32(edges[e, k])
        if rank[label] < rank[best]:
            best = label
    return best


# ------------------------------------------------------------------ one point ----


@njit(cache=True, inline="always", nogil=True)
def place_of(packed, x, y):  # type: ignore[no-untyped-def]
    """Return what is known about a point: (label, -1, -1, column, row), or (0, block, record, …) where edges are."""
    frame = packed.frame
    if not (x >= frame[0] and y >= frame[1] and x <= frame[2] and y <= frame[3]):
        return np.int32(0), -1, -1, 0, 0
    column, row = int(np.floor(x * frame[4])), int(np.floor(y * frame[4]))
    entry = packed.top[(row >> _FULL) - packed.first[1], (column >> _FULL) - packed.first[0]]
    if entry >= 0:
        return entry, -1, -1, column, row
    block = int(~entry)
    entry = packed.entries[block, ((row >> _FINE) & (TILES - 1)) * TILES + ((column >> _FINE) & (TILES - 1))]
    if entry >= 0:
        return entry, -1, -1, column, row
    tile = packed.base[block, 0] + ~entry
    b = (row & 7) * 8 + (column & 7)
    if (packed.tiles[tile, 0] >> np.uint64(b)) & np.uint64(1) == 0:
        return _of_tile(packed.tiles, tile, b), -1, -1, column, row
    return np.int32(0), block, packed.base[block, 1] + int(_record(packed.tiles, tile, b)), column, row


@njit(cache=True, nogil=True)
def label_at(packed, x, y):  # type: ignore[no-untyped-def]
    """Return the label of one point, as ``~label`` where it lies on a border; 0 is none."""
    label, block, record, column, row = place_of(packed, x, y)
    return label if block < 0 else _decide(packed, block, record, x, y, column, row)


@njit(cache=True, nogil=True)
def all_at(packed, x, y):  # type: ignore[no-untyped-def]
    """Return the labels of all grids that cover one point, in the order of their codes."""
    label = label_at(packed, x, y)
    if label >= 0:
        return np.full(min(label, 1), label, np.int32)
    _, block, record, _, _ = place_of(packed, x, y)
    found = np.empty(0, np.int32)
    for n in range(edge_count(packed.records, record)):
        e = nth_edge(packed, block, record, n)
        ax, ay, bx, by = edge_at(packed, block, e)
        level = min(ay, by) <= y <= max(ay, by)
        if ax <= x <= bx and level and orient(ax, ay, bx, by, x, y) == 0:
            for k in range(4, 6):
                side = np.int32(packed.edges[e, k])
                if side > 0 and not (found == side).any():
                    found = np.append(found, side)
    return found[np.argsort(packed.rank[found])]


# ------------------------------------------------------------------ many points ----


@njit(cache=True, nogil=True)
def labels_at(packed, x, y, out, on_border):  # type: ignore[no-untyped-def]
    """Write the row of the grid of every point (its label less 1; -1 is none), and whether it lies on a border.

    Parameters
    ----------
    packed : Packed
    x, y : ndarray of float64, (n,)
        Any values.
    out : ndarray of int32, (n,)
        Written.
    on_border : ndarray of bool, (n,)
        Written.
    """
    columns, rows = np.empty(_PORTION, np.uint32), np.empty(_PORTION, np.uint32)
    blocks, known = np.empty(_PORTION, np.uint32), np.empty(_PORTION, np.int32)
    points, places = np.empty(_PORTION, np.uint32), np.empty(_PORTION, np.int64)
    turned, doubtful = np.empty(_PORTION, np.int32), np.empty(_PORTION, np.bool_)
    steps, near = np.empty((_PORTION, 4)), np.empty((3, _PORTION), np.int64)
    pairs = np.empty(_PORTION, np.int64)
    for begin in range(0, len(x), _PORTION):
        px, py = x[begin : begin + _PORTION], y[begin : begin + _PORTION]
        given, border = out[begin : begin + _PORTION], on_border[begin : begin + _PORTION]
        _cells(packed, px, py, columns, rows, given, border)
        count = _ask_blocks(packed, columns, rows, blocks, known, points, places, given)
        count = _ask_tiles(packed, columns, rows, blocks, points, places, count, given)
        _open_records(packed, px, py, columns, rows, blocks, points, places, count, steps, near, turned, doubtful)
        _cross_edges(packed, count, steps, near, pairs, turned, doubtful)
        for d in range(count):
            i, label = points[d], turned[d]
            if doubtful[d]:
                column, row = packed.first[0] * CELLS + columns[i], packed.first[1] * CELLS + rows[i]
                label = _decide(packed, blocks[i], places[d], px[i], py[i], column, row)
            given[i] = (label if label >= 0 else ~label) - 1
            border[i] = label < 0


@njit(cache=True, nogil=True)
def _cells(packed, x, y, columns, rows, given, border):  # type: ignore[no-untyped-def]
    """Find the cell of every point, counted from the first block; what lies outside is told so."""
    left, bottom, right, top = packed.frame[0], packed.frame[1], packed.frame[2], packed.frame[3]
    per_cell, west, south = packed.frame[4], packed.first[0] * CELLS, packed.first[1] * CELLS
    for i in range(len(x)):  # what is outside asks about the south-west corner, and is told nothing
        inside = (x[i] >= left) & (y[i] >= bottom) & (x[i] <= right) & (y[i] <= top)
        columns[i] = np.int32(np.floor((x[i] if inside else left) * per_cell) - west)
        rows[i] = np.int32(np.floor((y[i] if inside else bottom) * per_cell) - south)
        given[i] = 0 if inside else -1
        border[i] = False


@njit(cache=True, nogil=True)
def _ask_blocks(packed, columns, rows, blocks, known, points, places, given):  # type: ignore[no-untyped-def]
    """Answer what blocks and their entries know; return how many ``points`` go on, with their tiles as ``places``."""
    top, across, entries = packed.top.ravel(), np.uint32(packed.top.shape[1]), packed.entries.ravel()
    for i in range(len(given)):
        column, row = columns[i], rows[i]
        entry = top[(row >> _FULL) * across + (column >> _FULL)]
        blocks[i] = ~entry if entry < 0 else 0
        known[i] = entry
        tile = (((row >> _FINE) & np.uint32(TILES - 1)) << _COARSE) + ((column >> _FINE) & np.uint32(TILES - 1))
        places[i] = blocks[i] * (TILES * TILES) + tile
        prefetch(entries, places[i])
    count = 0
    for i in range(len(given)):
        entry = entries[places[i]] if known[i] < 0 else known[i]
        entry = entry if given[i] == 0 else np.int32(0)
        given[i] = entry - 1
        points[count], places[count] = i, ~entry
        count += int(entry < 0)
    for k in range(count):
        places[k] += packed.base[blocks[points[k]], 0]
        prefetch(packed.tiles, places[k] * 8)
    return count


@njit(cache=True, nogil=True)
def _ask_tiles(packed, columns, rows, blocks, points, places, asked, given):  # type: ignore[no-untyped-def]
    """Answer what tiles know; return how many ``points`` go on, with their records as ``places``."""
    count = 0
    for k in range(asked):
        i, tile = points[k], places[k]
        b = np.uint64((rows[i] & np.uint32(7)) * np.uint32(8) + (columns[i] & np.uint32(7)))
        given[i] = _of_tile(packed.tiles, tile, b) - 1
        points[count], places[count] = i, tile
        count += int((packed.tiles[tile, 0] >> b) & np.uint64(1))
    for d in range(count):
        i = points[d]
        b = (rows[i] & np.uint32(7)) * np.uint32(8) + (columns[i] & np.uint32(7))
        places[d] = packed.base[blocks[i], 1] + np.int64(_record(packed.tiles, places[d], b))
        prefetch(packed.records, places[d] * 4)
    return count


@njit(cache=True, nogil=True)
def _open_records(packed, x, y, columns, rows, blocks, points, places, count, steps, near, turned, doubtful):  # type: ignore[no-untyped-def]
    """Read the records of some points: label at the corner, up to three edges, and where it all is, in steps."""
    scale, side = packed.frame[6], packed.frame[5] * packed.frame[6]
    west, south = packed.first[0] * CELLS, packed.first[1] * CELLS
    for d in range(count):
        i, record = points[d], places[d]
        block = blocks[i]
        from_x, from_y = packed.base[block, 4], packed.base[block, 5]
        steps[d, 0], steps[d, 1] = x[i] * scale - from_x, y[i] * scale - from_y
        steps[d, 2], steps[d, 3] = (west + columns[i]) * side - from_x, (south + rows[i]) * side - from_y
        turned[d] = packed.records[record, 0]
        doubtful[d] = packed.records[record, 1] < -1  # more than three edges: taken one by one
        for n in range(3):
            e = packed.records[record, 1 + n]
            near[n, d] = np.int64(-1) if doubtful[d] or e < 0 else packed.base[block, 3] + e
            if n < 2:  # a third edge is rare
                prefetch(packed.edges, near[n, d] * 6)
                prefetch(packed.edges, near[n, d] * 6 + 5)


@njit(cache=True, nogil=True)
def _cross_edges(packed, count, steps, near, pairs, turned, doubtful):  # type: ignore[no-untyped-def]
    """Turn labels by the edges of their cells: the first of all points, then the second ones, so no loop is short."""
    slip, side = packed.frame[7], packed.frame[5] * packed.frame[6]
    for n in range(3):
        paired = 0
        for d in range(count):
            pairs[paired] = d
            paired += int(near[n, d] >= 0)
        for p in range(paired):
            d = pairs[p]
            turn, doubt = _turn(
                packed.edges, near[n, d], steps[d, 0], steps[d, 1], steps[d, 2], steps[d, 3], side, slip
            )
            turned[d] ^= turn
            doubtful[d] |= doubt
