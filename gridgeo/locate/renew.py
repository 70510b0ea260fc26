"""The next version's index from the last one's: only blocks that a change touches are built again.

In: `Packed`, the labels that end, the polygons that begin. Out: another `Packed`. Called by `gridgeo.locate.index`.

Everything in the index is an exclusive or over grids, so a grid is taken out of it, or put into it, on its own: the
label at the corner of a block loses those that end and gains those that begin around it, the edges likewise.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.locate.blocks import CELLS, Lattice, corner_labels
from gridgeo.locate.edges import Edges, edges_of, matched
from gridgeo.locate.pack import Piece, built_pieces, edges_in, packed, pieces_of
from gridgeo.locate.walk import Packed

__all__ = ["renewed"]


def renewed(
    kept: Packed,
    gone: NDArray[np.int32],
    shapes: NDArray[np.object_],
    labels: NDArray[np.int32],
    rank: NDArray[np.int32],
) -> Packed | None:
    """Return the arrays with some grids replaced.

    Parameters
    ----------
    kept : Packed
    gone : ndarray of int32
        Labels that end; they may begin again in ``labels``.
    shapes : ndarray of polygons, (n,)
        What begins.
    labels : ndarray of int32, (n,)
        Their labels.
    rank : ndarray of int32
        For all labels, see `Packed`.

    Returns
    -------
    Packed or None
        None where the new polygons reach beyond the old layer, or lie on no lattice of its steps.
    """
    lattice = _lattice(kept)
    scale = 0.0 if kept.edges.dtype == np.float64 else float(kept.frame[6])
    new = edges_of(shapes, labels)
    bounds = shapely.total_bounds(shapes) if len(shapes) else kept.frame[[2, 3, 0, 1]]
    inside = (bounds[:2] >= kept.frame[:2]).all() and (bounds[2:] <= kept.frame[2:4]).all()
    if not inside or (scale and not np.array_equal(np.rint(new.ends * scale) / scale, new.ends)):
        return None
    pieces = pieces_of(kept)
    touched = _touched(kept, lattice, pieces, gone, shapes)
    corners = _corners(kept, gone, new, lattice)
    edges = matched(_together([*_left_over(pieces, touched, gone, lattice, scale), new]))
    fresh = built_pieces(edges, lattice, corners, touched, scale)
    if fresh is None:
        return None
    whole = {number: piece for number, piece in pieces.items() if number not in set(touched.tolist())} | fresh
    return packed(whole, corners, lattice, bounds=kept.frame[:4].tolist(), rank=rank, scale=scale)


def _lattice(kept: Packed) -> Lattice:
    """Return how the plane is divided."""
    rows, columns = kept.top.shape
    return Lattice(float(kept.frame[5]), int(kept.first[0]), int(kept.first[1]), columns, rows)


def _touched(
    kept: Packed, lattice: Lattice, pieces: dict[int, Piece], gone: NDArray[np.int32], shapes: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Return the numbers of all blocks that a change can touch, ascending."""
    ends = np.isin(kept.top, gone[gone > 0])
    flat = ends.ravel()
    numbers = np.array(sorted(pieces), np.int64)
    of_edge = np.repeat(numbers, [len(pieces[number].edges) for number in numbers])
    flat[of_edge[np.isin(kept.edges[:, 4:], gone).any(axis=1)]] = True
    side = lattice.cell * CELLS
    boxes = np.floor(shapely.bounds(shapes).reshape(-1, 4) / side).astype(np.int64)
    boxes -= [lattice.first_column, lattice.first_row] * 2
    for left, bottom, right, top in boxes.tolist():  # one block further: edges are entered with a margin
        ends[max(0, bottom - 1) : top + 2, max(0, left - 1) : right + 2] = True
    return np.flatnonzero(ends)


def _corners(kept: Packed, gone: NDArray[np.int32], new: Edges, lattice: Lattice) -> NDArray[np.int32]:
    """Return the label at every block's corner after the change."""
    corners = kept.top.copy()
    blocks = corners < 0
    corners[blocks] = kept.base[~kept.top[blocks], 6]
    corners[np.isin(corners, gone)] = 0
    return corners ^ corner_labels(new.ends, new.sides, lattice)


def _left_over(
    pieces: dict[int, Piece], touched: NDArray[np.int64], gone: NDArray[np.int32], lattice: Lattice, scale: float
) -> list[Edges]:
    """Return the edges of touched blocks without the sides that end."""
    found = []
    for number in touched.tolist():
        if number in pieces:
            edges = edges_in(pieces[number], number, lattice, scale)
            sides = np.where(np.isin(edges.sides, gone), 0, edges.sides).astype(np.int32)
            found.append(Edges(edges.ends, sides))
    return found


def _together(parts: list[Edges]) -> Edges:
    """Join edges; those that lie in several blocks come once."""
    ends = np.concatenate([part.ends for part in parts])
    sides = np.concatenate([part.sides for part in parts])
    _, first = np.unique(np.column_stack([ends, sides]), axis=0, return_index=True)
    return Edges(ends[first], sides[first])
