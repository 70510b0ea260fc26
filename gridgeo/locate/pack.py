"""Blocks to arrays, and back: what `gridgeo.locate.walk` asks and `gridgeo.locate.index_file` keeps.

In: blocks with their edges. Out: `Packed`. Where a layer lies on a decimal lattice, as every layer of this project
does, coordinates are kept as whole steps from the corner of their block: half the memory, and the very same doubles
again when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.blocks import CELLS, TILES, Block, Lattice, built, sorted_into_blocks
from gridgeo.locate.edges import Edges
from gridgeo.locate.walk import Packed

__all__ = ["Piece", "built_pieces", "edges_in", "packed", "pieces_of", "steps_per_unit"]

STEPS = (1.0, 10.0, 100.0, 1000.0, 10_000.0)
"""Decimal lattices that are looked for, in steps per unit of the CRS."""
_MOST_STEPS = 2**31 - 1


class Piece(NamedTuple):
    """One block with its edges, in the form in which it is kept."""

    block: Block
    edges: NDArray
    """(e, 6) see `Packed`."""
    corner: int
    """Label at the south-west corner."""


def steps_per_unit(ends: NDArray[np.float64]) -> float:
    """Return the coarsest decimal lattice on which all coordinates lie exactly, in steps per unit; 0 if none."""
    for scale in STEPS:
        if all(np.array_equal(np.rint(part * scale) / scale, part) for part in (ends[:1024], ends)):
            return scale
    return 0.0


def _origin(number: int, lattice: Lattice, scale: float) -> tuple[int, int]:
    """Return the point that a block's edges count from, in whole steps."""
    row, column = divmod(number, lattice.columns)
    side = lattice.cell * CELLS * scale
    return round((lattice.first_column + column) * side), round((lattice.first_row + row) * side)


def _placed(edges: Edges, number: int, lattice: Lattice, scale: float) -> NDArray | None:
    """Return edges as they are kept in a block; None if they reach too far from it."""
    if not scale:
        return np.column_stack([edges.ends, edges.sides])
    x, y = _origin(number, lattice, scale)
    steps = np.rint(edges.ends * scale) - [x, y, x, y]
    if steps.size and np.abs(steps).max() > _MOST_STEPS:
        return None
    return np.column_stack([steps.astype(np.int32), edges.sides])


def built_pieces(
    edges: Edges,
    lattice: Lattice,
    corners: NDArray[np.int32],
    numbers: NDArray[np.int64],
    scale: float,
    *,
    threads: int = 1,
) -> dict[int, Piece] | None:
    """Build some blocks; those without edges are left out.

    Parameters
    ----------
    edges : Edges
        All that come near these blocks.
    lattice : Lattice
    corners : ndarray of int32, (rows, columns)
        Label at the south-west corner of every block.
    numbers : ndarray of int64
        Blocks to build.
    scale : float
        See `packed`.
    threads : int, keyword-only
        Processor cores to use; the result does not depend on it.

    Returns
    -------
    dict or None
        None if coordinates cannot be kept as whole steps: an edge is too long.
    """
    start, rows = sorted_into_blocks(edges.ends, lattice)

    def build(number: int) -> Piece | None:
        near = rows[start[number] : start[number + 1]]
        row, column = divmod(number, lattice.columns)
        at = (lattice.first_column + column, lattice.first_row + row)
        kept = _placed(Edges(edges.ends[near], edges.sides[near]), number, lattice, scale)
        if kept is None:
            return None
        block = Block(*built(edges.ends, edges.sides, near, lattice.cell, *at, corners[row, column]))
        return Piece(block, kept, int(corners[row, column]))

    filled = numbers[start[numbers] < start[numbers + 1]].tolist()
    if threads == 1:
        pieces = [build(number) for number in filled]
    else:
        with ThreadPoolExecutor(threads) as pool:
            pieces = list(pool.map(build, filled))
    found = {number: piece for number, piece in zip(filled, pieces, strict=True) if piece is not None}
    return found if len(found) == len(filled) else None


def packed(
    pieces: Mapping[int, Piece],
    uniform: NDArray[np.int32],
    lattice: Lattice,
    *,
    bounds: Sequence[float],
    rank: NDArray[np.int32],
    scale: float,
) -> Packed:
    """Join pieces to one set of arrays.

    Parameters
    ----------
    pieces : mapping of int to Piece
        By number of block, row after row.
    uniform : ndarray of int32, (rows, columns)
        The label of every block that has no piece.
    lattice : Lattice
    bounds : sequence of float, (4,), keyword-only
        left, bottom, right, top of the layer.
    rank : ndarray of int32, keyword-only
        See `Packed`.
    scale : float, keyword-only
        Steps per unit; 0 where coordinates are kept as they are.
    """
    numbers = sorted(pieces)
    order = [pieces[number] for number in numbers]
    top = uniform.copy()
    top.ravel()[numbers] = ~np.arange(len(numbers), dtype=np.int32)
    base = np.zeros((len(numbers), 7), np.int64)
    for k, (number, piece) in enumerate(zip(numbers, order, strict=True)):
        if k:
            base[k, :4] = base[k - 1, :4] + _sizes(order[k - 1])
        base[k, 4:] = *(_origin(number, lattice, scale) if scale else (0, 0)), piece.corner
    return Packed(
        frame=np.array([*bounds, 1.0 / lattice.cell, lattice.cell, scale or 1.0, _slip(bounds, scale or 1.0)]),
        first=np.array([lattice.first_column, lattice.first_row], np.int64),
        top=top,
        base=base,
        entries=_joined((p.block.entries[None] for p in order), np.empty((0, TILES * TILES), np.int32)),
        tiles=_aligned(_joined((p.block.tiles for p in order), np.empty((0, 8), np.uint64))),
        records=_joined((p.block.records for p in order), np.empty((0, 4), np.int32)),
        members=_joined((p.block.members for p in order), np.empty(0, np.int32)),
        edges=_joined((p.edges for p in order), np.empty((0, 6), np.int32 if scale else np.float64)),
        rank=np.asarray(rank, np.int32),
    )


def _slip(bounds: Sequence[float], scale: float) -> float:
    """Return how far the rounding of a few operations can move a point of the layer, in steps."""
    return float(max(map(abs, bounds))) * scale * 2.0**-50


def _sizes(piece: Piece) -> list[int]:
    """Return how many rows a piece has in each array."""
    return [len(piece.block.tiles), len(piece.block.records), len(piece.block.members), len(piece.edges)]


def _joined(parts: Iterable[NDArray], none: NDArray) -> NDArray:
    """Join arrays that may be none at all."""
    return np.concatenate([*parts, none])


def _aligned(tiles: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return tiles such that each is one line of the cache."""
    room = np.empty(tiles.size + 8, np.uint64)
    skip = -(room.ctypes.data // 8) % 8
    placed = room[skip : skip + tiles.size].reshape(tiles.shape)
    placed[:] = tiles
    return placed


def pieces_of(kept: Packed) -> dict[int, Piece]:
    """Take arrays apart again, without copying: the inverse of `packed`."""
    numbers = np.flatnonzero(kept.top.ravel() < 0)
    ends = np.array([len(kept.tiles), len(kept.records), len(kept.members), len(kept.edges)])
    stop = np.vstack([kept.base[1:, :4], ends]) if len(numbers) else kept.base[:, :4]
    found = {}
    for number in numbers:
        k = int(~kept.top.ravel()[number])
        tiles, records, members, edges = (slice(int(a), int(b)) for a, b in zip(kept.base[k, :4], stop[k], strict=True))
        block = Block(kept.entries[k], kept.tiles[tiles], kept.records[records], kept.members[members])
        found[int(number)] = Piece(block, kept.edges[edges], int(kept.base[k, 6]))
    return found


def edges_in(piece: Piece, number: int, lattice: Lattice, scale: float) -> Edges:
    """Return the edges of a piece as they were drawn."""
    sides = piece.edges[:, 4:].astype(np.int32)
    if not scale:
        return Edges(piece.edges[:, :4], sides)
    x, y = _origin(number, lattice, scale)
    return Edges((piece.edges[:, :4] + np.array([x, y, x, y], np.int64)) / scale, sides)
