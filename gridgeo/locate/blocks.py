"""Edges to blocks: where in the plane a point's grid is known at once, and what else has to be asked.

In: distinct edges with the grids on their sides (`gridgeo.locate.edges`). Out: `Blocks`. Next: `gridgeo.locate.walk`,
which asks.

The plane is divided three times, each time by 8 or 32: blocks of 32 × 32 tiles, tiles of 8 × 8 cells. A block or tile
without edges has one answer. A tile with edges is one line of the processor's cache: which cells hold edges, and the
answer of those that hold none. A cell with edges knows them and the answer at its south-west corner; the answer at any
other point follows from the edges that a path from there crosses, each of which turns the answer of one side into that
of the other. Labels are joined by exclusive or, so the order of crossings does not matter, and all decisions are exact.

Cell sizes are powers of two: the cell of a point is found without rounding.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.locate.orient import is_above, is_right

__all__ = [
    "CELLS",
    "PALETTE",
    "TILES",
    "Block",
    "Lattice",
    "built",
    "corner_labels",
    "lattice_of",
    "sorted_into_blocks",
]

CELLS = 256
"""Cells along the side of a block."""
TILES = 32
"""Tiles along the side of a block."""
PALETTE = 7
"""Labels that a tile can hold; what more there are is kept by its cells."""

SHARE_WITH_EDGES = 0.04
"""Cells are made so small that about this share of the area lies in cells with edges…"""
CELLS_PER_EDGE = 2.0
"""… but not so small that there are more cells than this to an edge: they would only repeat edges. Of cells of 2, 4, 8,
16 and 32 m, those with 1.7 and 2.1 per edge are fastest in two cities of 7,736 grids (bench/assign.py --cells)."""
FEW_CELLS = 500_000
"""So many are always allowed: 8 MB. Long edges, as of rectangles, need them."""
CROSSED_PER_SIDE = 1.27
"""Cells that a line crosses per cell side of its length, on average over directions: 4 / pi."""
FINEST = 2.0**-28
"""Least cell size over the largest coordinate: keeps rounding far below `_MARGIN`."""
MOST_BLOCKS = 1 << 22
"""Room for blocks: 16 MB; a layer whose parts lie very far apart gets larger cells instead."""
_MARGIN = 2.0**-16
"""Edges are entered into cells that they pass this near (in cells), so that no rounding can lose one."""


class Lattice(NamedTuple):
    """How the plane is divided."""

    cell: float
    """Side of a cell in units of the CRS, a power of two."""
    first_column: int
    """Number of the westernmost column of blocks; block 0 begins at x = 0."""
    first_row: int
    columns: int
    rows: int


class Block(NamedTuple):
    """What is known within one block; all numbers count from its own first row."""

    entries: NDArray[np.int32]
    """(1024,) per tile: its label, or the number of its row in ``tiles`` as ``~row``."""
    tiles: NDArray[np.uint64]
    """(t, 8) bits of cells with edges; three bit planes of palette numbers; as int32: first record, seven labels."""
    records: NDArray[np.int32]
    """(r, 4) per cell with edges: the label at its south-west corner, and up to three edges (-1 = none) as rows among
    those of the block; where there are more, ``-2 - first, count, 0`` in ``members``."""
    members: NDArray[np.int32]
    """The edges of cells with more than three."""


def lattice_of(ends: NDArray[np.float64], area: float) -> Lattice:
    """Choose how to divide the plane for some edges.

    Parameters
    ----------
    ends : ndarray of float, (e, 4)
        At least one.
    area : float
        Area that they divide, in units of the CRS squared.
    """
    left, bottom = min(ends[:, 0].min(), ends[:, 2].min()), min(ends[:, 1].min(), ends[:, 3].min())
    right, top = max(ends[:, 0].max(), ends[:, 2].max()), max(ends[:, 1].max(), ends[:, 3].max())
    length = float(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]).sum())
    wanted = SHARE_WITH_EDGES * area / (CROSSED_PER_SIDE * length)
    wanted = max(wanted, CROSSED_PER_SIDE * length / max(CELLS_PER_EDGE * len(ends), FEW_CELLS))
    wanted = max(wanted, FINEST * max(abs(left), abs(right), abs(bottom), abs(top)))
    cell = 2.0 ** round(math.log2(wanted))
    while True:
        side = cell * CELLS
        first_column, first_row = math.floor(left / side), math.floor(bottom / side)
        columns, rows = math.floor(right / side) - first_column + 1, math.floor(top / side) - first_row + 1
        if columns * rows <= MOST_BLOCKS:
            return Lattice(cell, first_column, first_row, columns, rows)
        cell *= 2


@njit(cache=True, inline="always", nogil=True)
def _reach(ax, ay, bx, by, low, high):  # type: ignore[no-untyped-def]
    """Return how far an edge reaches in x between two heights; all in cells."""
    if ay == by or (min(ay, by) >= low and max(ay, by) <= high):
        return min(ax, bx), max(ax, bx)
    slope = (bx - ax) / (by - ay)
    one = ax + slope * (min(max(low, min(ay, by)), max(ay, by)) - ay)
    two = ax + slope * (max(min(high, max(ay, by)), min(ay, by)) - ay)
    return min(one, two), max(one, two)


@njit(cache=True, nogil=True)
def sorted_into_blocks(ends, lattice):  # type: ignore[no-untyped-def]
    """Return which edges come near each block: (start, rows), those of b being ``rows[start[b]:start[b + 1]]``."""
    per_side = 1.0 / (lattice.cell * CELLS)
    margin = _MARGIN / CELLS
    start = np.zeros(lattice.columns * lattice.rows + 1, np.int64)
    rows = np.empty(0, np.int32)
    for writing in range(2):
        for e in range(len(ends)):
            ax, ay = ends[e, 0] * per_side - lattice.first_column, ends[e, 1] * per_side - lattice.first_row
            bx, by = ends[e, 2] * per_side - lattice.first_column, ends[e, 3] * per_side - lattice.first_row
            lowest = max(0, int(np.floor(min(ay, by) - margin)))
            highest = min(lattice.rows - 1, int(np.floor(max(ay, by) + margin)))
            for row in range(lowest, highest + 1):
                west, east = _reach(ax, ay, bx, by, row - margin, row + 1 + margin)
                first = max(0, int(np.floor(west - margin)))
                last = min(lattice.columns - 1, int(np.floor(east + margin)))
                for block in range(row * lattice.columns + first, row * lattice.columns + last + 1):
                    if writing:
                        rows[start[block]] = e
                        start[block] += 1
                    else:
                        start[block + 1] += 1
        if writing:
            start[1:] = start[:-1].copy()
            start[0] = 0
        else:
            start = np.cumsum(start)
            rows = np.empty(start[-1], np.int32)
    return start, rows


@njit(cache=True, nogil=True)
def corner_labels(ends, sides, lattice):  # type: ignore[no-untyped-def]
    """Return the label at the south-west corner of every block, (rows, columns): what lies west of it decides."""
    side = lattice.cell * CELLS
    turned = np.zeros((lattice.rows, lattice.columns), np.int32)
    for e in range(len(ends)):
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        turn = sides[e, 0] ^ sides[e, 1]
        first = max(0, int(np.ceil(min(ay, by) / side)) - lattice.first_row)
        last = min(lattice.rows - 1, int(np.ceil(max(ay, by) / side)) - 1 - lattice.first_row)
        for row in range(first, last + 1):
            height = (lattice.first_row + row) * side
            crossing = ax + (bx - ax) / (by - ay) * (height - ay)
            column = max(0, int(np.floor(crossing / side)) - 1 - lattice.first_column)
            while column < lattice.columns and not is_right(
                ax, ay, bx, by, (lattice.first_column + column) * side, height
            ):
                column += 1
            if column < lattice.columns:
                turned[row, column] ^= turn
    for column in range(1, lattice.columns):
        turned[:, column] ^= turned[:, column - 1]
    return turned


@njit(cache=True, inline="always", nogil=True)
def _cell(column, row):  # type: ignore[no-untyped-def]
    """Return the number of a cell within its block: cells of one tile follow each other."""
    return ((row >> 3) * TILES + (column >> 3)) * 64 + (row & 7) * 8 + (column & 7)


@njit(cache=True, nogil=True)
def _sorted_into_cells(ends, rows, cell, west, south):  # type: ignore[no-untyped-def]
    """Return which edges come near each cell of a block: (start, members), members counting through ``rows``."""
    start = np.zeros(CELLS * CELLS + 1, np.int32)
    members = np.empty(0, np.int32)
    for writing in range(2):
        for i in range(len(rows)):
            e = rows[i]
            ax, ay, bx, by = (
                ends[e, 0] / cell - west,
                ends[e, 1] / cell - south,
                ends[e, 2] / cell - west,
                ends[e, 3] / cell - south,
            )
            lowest = max(0, int(np.floor(min(ay, by) - _MARGIN)))
            highest = min(CELLS - 1, int(np.floor(max(ay, by) + _MARGIN)))
            for row in range(lowest, highest + 1):
                left, right = _reach(ax, ay, bx, by, row - _MARGIN, row + 1 + _MARGIN)
                first, last = max(0, int(np.floor(left - _MARGIN))), min(CELLS - 1, int(np.floor(right + _MARGIN)))
                for column in range(first, last + 1):
                    number = _cell(column, row)
                    if writing:
                        members[start[number]] = i
                        start[number] += 1
                    else:
                        start[number + 1] += 1
        if writing:
            start[1:] = start[:-1].copy()
            start[0] = 0
        else:
            for number in range(CELLS * CELLS):
                start[number + 1] += start[number]
            members = np.empty(start[-1], np.int32)
    return start, members


@njit(cache=True, inline="always", nogil=True)
def _turned_eastward(label, ends, sides, rows, members, x, east, y):  # type: ignore[no-untyped-def]
    """Return the label at the end of a level path from (x, y) to (east, y)."""
    for i in members:
        e = rows[i]
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        if (ay > y) != (by > y) and is_right(ax, ay, bx, by, x, y) != is_right(ax, ay, bx, by, east, y):
            label ^= sides[e, 0] ^ sides[e, 1]
    return label


@njit(cache=True, inline="always", nogil=True)
def _turned_northward(label, ends, sides, rows, members, x, y, north):  # type: ignore[no-untyped-def]
    """Return the label at the end of an upright path from (x, y) to (x, north)."""
    for i in members:
        e = rows[i]
        ax, ay, bx, by = ends[e, 0], ends[e, 1], ends[e, 2], ends[e, 3]
        if ax <= x < bx and is_above(ax, ay, bx, by, x, y) != is_above(ax, ay, bx, by, x, north):
            label ^= sides[e, 0] ^ sides[e, 1]
    return label


@njit(cache=True, inline="always", nogil=True)
def _packed(tile, labels, start, near, first, records, written, members, listed):  # type: ignore[no-untyped-def]
    """Write a tile from the labels of its cells, and a record of every cell that it cannot answer.

    Returns
    -------
    written, listed
        How many records and members there are now.
    """
    words = tile.view(np.int32)
    words[8] = written
    held = 0
    for b in range(64):
        begin, end = start[first + b], start[first + b + 1]
        place = 0
        if begin == end:
            while place < held and words[9 + place] != labels[b]:
                place += 1
            if place == held and held < PALETTE:
                words[9 + held] = labels[b]
                held += 1
        if begin == end and place < held:
            for plane in range(3):
                if place >> plane & 1:
                    tile[1 + plane] |= np.uint64(1) << np.uint64(b)
        else:
            tile[0] |= np.uint64(1) << np.uint64(b)
            records[written, 0] = labels[b]
            if end - begin <= 3:
                for k in range(3):
                    records[written, 1 + k] = near[begin + k] if begin + k < end else -1
            else:
                records[written, 1], records[written, 2], records[written, 3] = -2 - listed, end - begin, 0
                for k in range(begin, end):
                    members[listed] = near[k]
                    listed += 1
            written += 1
    return written, listed


@njit(cache=True, nogil=True)
def built(ends, sides, rows, cell, column, row, corner):  # type: ignore[no-untyped-def]
    """Build one block.

    Parameters
    ----------
    ends, sides : arrays
        As in `Edges`.
    rows : ndarray of int32
        The edges that come near the block.
    cell : float
    column, row : int
        Number of the block, counted from the origin of the CRS.
    corner : int
        Label at its south-west corner.

    Returns
    -------
    entries, tiles, records, members
        As in `Block`, edges being numbered as in ``rows``.
    """
    west, south = column * CELLS, row * CELLS
    start, near = _sorted_into_cells(ends, rows, cell, float(west), float(south))
    entries = np.empty(TILES * TILES, np.int32)
    tiles, records = np.zeros((TILES * TILES, 8), np.uint64), np.empty((CELLS * CELLS, 4), np.int32)
    at, labels = np.empty(8, np.int32), np.empty(64, np.int32)
    members = np.empty(len(near), np.int32)
    made, written, listed = 0, 0, 0
    for tile_row in range(TILES):
        for r in range(8):
            at[r] = corner
            y = (south + tile_row * 8 + r) * cell
            number = _cell(0, tile_row * 8 + r)
            corner = _turned_northward(
                corner, ends, sides, rows, near[start[number] : start[number + 1]], west * cell, y, y + cell
            )
        for tile_column in range(TILES):
            tile = tile_row * TILES + tile_column
            first = tile * 64
            if start[first] == start[first + 64]:
                entries[tile] = at[0]
                continue
            for r in range(8):
                y = (south + tile_row * 8 + r) * cell
                for c in range(8):
                    labels[r * 8 + c] = at[r]
                    number = first + r * 8 + c
                    if start[number] < start[number + 1]:
                        x = (west + tile_column * 8 + c) * cell
                        own = near[start[number] : start[number + 1]]
                        at[r] = _turned_eastward(at[r], ends, sides, rows, own, x, x + cell, y)
            entries[tile] = ~made
            written, listed = _packed(tiles[made], labels, start, near, first, records, written, members, listed)
            made += 1
    return entries, tiles[:made].copy(), records[:written].copy(), members[:listed].copy()
