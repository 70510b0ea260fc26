"""Ground that a barrier cuts off from its grid: too small and empty to be a grid, so it follows one across the barrier.

In: a city laid out, and the grid of every atom. Out: a finding for every piece of a grid that hangs together with the
rest only across a hard barrier or over too short a contact. After `gridgeo.partition.resolve`; why there are such
pieces, see `gridgeo.partition.kernel.bridged`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gridgeo.model import Finding
from gridgeo.partition.lay import Laid
from gridgeo.partition.problem import connected

__all__ = ["told_cut_off"]

Ints = NDArray[np.int64]


def told_cut_off(laid: Laid, grid: Ints) -> Iterator[Finding]:
    """Tell every cut-off piece of a general grid.

    Parameters
    ----------
    laid : Laid
    grid : array of int64, (n,)
        Grid of each atom.
    """
    atoms, least_m = laid.atoms, laid.inputs.city.rules.min_border_m
    pair, open_m = atoms.borders.pair, atoms.borders.open_m
    inside = grid[pair[:, 0]] == grid[pair[:, 1]]
    piece = connected(len(grid), pair[inside & (open_m >= least_m)])
    minor = _minor(piece, grid, atoms.area_m2) & (atoms.exclusive < 0)
    if not minor.any():
        return
    of_face = np.full(len(laid.atom), -1, np.int64)
    known = laid.atom >= 0
    of_face[known] = np.where(minor, piece, -1)[laid.atom[known]]
    for number, shape in zip(*laid.plane.shapes(of_face), strict=True):
        own = piece == number
        contact = inside & (own[pair[:, 0]] != own[pair[:, 1]])
        closed = float(atoms.borders.length_m[contact].max(initial=0.0)) >= least_m
        name = laid.communities["name"].iat[int(atoms.community[own][0])]
        why = "被硬边界（河流、铁路等）隔开" if closed else f"只以不足 {least_m:g} 米的边相连"
        area_m2 = float(atoms.area_m2[own].sum())
        text = f"{name}有 {area_m2:,.0f} 平方米无住户地面{why}，太小不能单独成格，随本社区相邻网格管理，请核对"
        yield Finding("note", "cut_off", "grid", text, "", area_m2, shape)


def _minor(piece: Ints, grid: Ints, area_m2: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which atoms lie in another piece of their grid than the largest."""
    held_m2 = np.bincount(piece, area_m2)
    order = np.lexsort((np.arange(len(piece)), -held_m2[piece]))
    main = np.full(int(grid.max(initial=-1)) + 1, -1, np.int64)
    main[grid[order][::-1]] = piece[order][::-1]  # the last one written is the largest
    return np.asarray(piece != main[grid])
