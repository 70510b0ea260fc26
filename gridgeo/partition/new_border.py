"""A new line as the common border of two grids: of all ways to read it the one that moves the fewest households.

In: a patch of two neighbours with the line in it. Out: the grid of every face. Part of `gridgeo.partition.redraw`.

The line replaces the old border between its ends. Where it touches the old border the latter falls into pieces; which
of them stay decides what the line means. Every choice of pieces that leaves exactly two parts is a reading; but where
the line does not reach the border of both grids together, the old one still begins and ends there as it did.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import Refusal
from gridgeo.partition.leftovers import Homes, without_slivers
from gridgeo.partition.patch import Patch

__all__ = ["best_reading"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_CROSSINGS = 10
"""A new line may cross the border that it replaces this often: every piece of it doubles the combinations."""


def best_reading(patch: Patch, homes: Homes, *, absorb: bool) -> tuple[Ints, float] | None:
    """Return the grid (0 or 1) of every face and the area in square metres that was absorbed.

    Returns
    -------
    None if the line divides the two grids in no way.

    Raises
    ------
    Refusal
        If the line crosses the old border too often.
    """
    border = patch.inside & (patch.owner[patch.plane.left] != patch.owner[patch.plane.right])
    pieces = _pieces(patch, border & ~patch.drawn)
    if len(pieces) > _MOST_CROSSINGS:
        text = f"新线与原界线相交 {len(pieces) - 1} 次，无法判断取舍；请少穿越原界线，或分段调整"
        raise Refusal("ambiguous", text, _middle(patch, np.flatnonzero(border)))
    households = patch.weigh(homes.points, homes.count)
    fixed = _ends(patch, pieces)
    readings = [
        _reading(patch, pieces, kept, fixed, households=households, absorb=absorb)
        for kept in _subsets(len(pieces))
        if fixed <= set(kept)
    ]
    sound = [one for one in readings if one is not None]
    return max(sound, key=lambda one: one[0])[1:] if sound else None


def _pieces(patch: Patch, border: Flags) -> list[Ints]:
    """Cut the old border where the new line or another border meets it; return the edges of each piece."""
    edges = np.flatnonzero(border)
    if not len(edges):
        return []
    ends, owner = patch.plane.ends, patch.owner
    real = owner[patch.plane.left] != owner[patch.plane.right]
    degree = np.bincount(ends[real | patch.drawn].ravel(), minlength=len(patch.coordinates))
    root = np.arange(len(edges))
    last: dict[int, int] = {}
    for k, edge in enumerate(edges.tolist()):
        for vertex in ends[edge].tolist():
            if degree[vertex] == 2:
                if vertex in last:
                    a, b = sorted((_top(root, last[vertex]), _top(root, k)))
                    root[b] = a
                last[vertex] = k
    top = np.array([_top(root, k) for k in range(len(edges))])
    return [edges[top == one] for one in np.unique(top)]


def _ends(patch: Patch, pieces: list[Ints]) -> set[int]:
    """Return the pieces at the ends of the old border, none if the new line reaches the border of both grids."""
    plane = patch.plane
    rim = (patch.owner[plane.left] >= 0) != (patch.owner[plane.right] >= 0)
    outer = np.zeros(len(patch.coordinates), bool)
    outer[plane.ends[rim]] = True
    if outer[plane.ends[patch.drawn]].any():
        return set()
    return {k for k, edges in enumerate(pieces) if outer[plane.ends[edges]].any()}


def _top(root: Ints, at: int) -> int:
    while root[at] != at:
        at = int(root[at])
    return at


def _subsets(count: int) -> list[tuple[int, ...]]:
    """Return all subsets of the pieces of the old border, the smaller first."""
    return [kept for size in range(count + 1) for kept in combinations(range(count), size)]


def _reading(
    patch: Patch, pieces: list[Ints], kept: tuple[int, ...], fixed: set[int], *, households: Ints, absorb: bool
) -> tuple[tuple[int, float, int], Ints, float] | None:
    """Divide both grids by the new line and some pieces of the old border.

    Returns
    -------
    (households that stay, area in square metres that stays, pieces kept), label, absorbed area; None unless there are
    exactly two parts, and something changes.
    """
    apart = patch.drawn.copy()
    for k in kept:
        apart[pieces[k]] = True
    part = patch.parts(apart, np.where(patch.owner >= 0, 0, -1))
    absorbed_m2 = 0.0
    if absorb and part.max() > 1:
        part, absorbed_m2 = without_slivers(patch, part, absorb=True)
    found = np.unique(part[part >= 0])
    if len(found) != 2:
        return None
    area_m2 = patch.plane.face_area_m2
    edges = np.concatenate([pieces[k] for k in fixed]) if fixed else np.empty(0, np.int64)
    beside, length_m = patch.plane.left[edges], patch.plane.edge_length_m[edges]
    best = None
    for one, two in (found, found[::-1]):
        label = np.where(part == one, 0, np.where(part == two, 1, -1))
        if length_m[label[beside] != patch.owner[beside]].sum() > length_m.sum() / 2:
            continue  # the grids would change places where the border stays
        stays = (label == patch.owner) & (label >= 0)
        if len(np.unique(patch.owner[stays])) < 2:
            continue  # a grid that keeps nothing of its ground has moved, not its border
        score = (int(households[stays].sum()), float(area_m2[stays].sum()), len(kept))
        if best is None or score > best[0]:
            best = (score, label, absorbed_m2)
    unchanged = best is not None and (best[1] == patch.owner)[patch.owner >= 0].all()
    return None if unchanged else best


def _middle(patch: Patch, edges: Ints) -> tuple[float, float]:
    """Return the middle of the first of some edges."""
    x, y = patch.coordinates[patch.plane.ends[edges[0]]].mean(axis=0)
    return float(x), float(y)
