"""What the agencies would rather have, and what forbids it: for every block of ground, the grids it could go to.

In: atoms, the price of their borders, the grids they were given. Out: every `Move` of a block of ground to another grid
(or to one of its own) that would lower the disagreement, and what stands against it. Part of
`gridgeo.partition.reasons`.

A block is what one agency keeps together inside a grid, what all of them keep together, or the whole grid: so a move
takes a border back to where some agency drew it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.problem import connected, parts

__all__ = ["GAIN_M", "NEW", "Blocks", "Grouped", "Moves", "blocks_of", "moves_of"]

GAIN_M = 1.0
"""A move that gains less than this is none: borders are priced in decimetres."""
NEW = -1
"""Target of a move: a grid of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Atoms in their grids, and the rules of each grid."""

    grid: NDArray[np.int64]
    """(n,)"""
    fixed: NDArray[np.bool_]
    """(n,) ground that may not change hands: exclusive sites."""
    households: NDArray[np.int64]
    population: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    home: NDArray[np.int64]
    """(n,) base grid that the households of an atom come from, -1 = none."""
    pair: NDArray[np.int64]
    """(p, 2) atoms of one community with a common border."""
    cost_m: NDArray[np.float64]
    """(p,) price of keeping a border minus price of dropping it."""
    walk: NDArray[np.bool_]
    """(p,) whether a grid holds together over a border."""
    heir: NDArray[np.int64]
    """(grids,) base grid that each grid succeeds, -1 = none."""
    low: NDArray[np.int64]
    """(grids,) smallest and largest grid, and most people, where each grid lies."""
    high: NDArray[np.int64]
    population_max: NDArray[np.int64]
    least_m2: float
    """Where sizes do not decide, ground smaller than this is no grid."""
    wished: NDArray[np.bool_]
    """(n,) ground that a lock or a wish of the city file binds."""
    moved_m: float
    """What a household in another grid than its base grid costs, in metres of border."""


class Blocks(NamedTuple):
    """One way to take grids apart."""

    of_atom: NDArray[np.int64]
    """(n,) block of each atom."""
    grid: NDArray[np.int64]
    """(blocks,) the grid that each block is part of."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves of blocks that would lower the disagreement, ordered by block and target."""

    block: NDArray[np.int64]
    target: NDArray[np.int64]
    """Grid, or `NEW`."""
    gain_m: NDArray[np.float64]
    """By how much the disagreement would fall."""
    bar: NDArray[np.str_]
    """What forbids it: wish, size, base (more households would move), contiguity, "" = nothing that was looked at."""
    instead: NDArray[np.int64]
    """Households of the grid that would then break the size rules, 0 = none."""


def blocks_of(ground: Grouped, label: NDArray[np.int64]) -> Blocks:
    """Take grids apart into connected pieces of one label.

    Parameters
    ----------
    ground : Grouped
    label : array of int64, (n,)
    """
    one, two = ground.pair[:, 0], ground.pair[:, 1]
    same = (ground.grid[one] == ground.grid[two]) & (label[one] == label[two]) & ground.walk
    block = connected(len(label), ground.pair[same])
    grid = np.full(int(block.max(initial=-1)) + 1, -1, np.int64)
    grid[block] = ground.grid
    return Blocks(block, grid)


def moves_of(ground: Grouped, blocks: Blocks) -> Moves:
    """Find the moves of blocks that would lower the disagreement, and judge them.

    Parameters
    ----------
    ground : Grouped
    blocks : Blocks
        From `blocks_of`.

    Notes
    -----
    O(p log p) for p borders, but for the moves that only contiguity could forbid, which are few.
    """
    block, target, border_m, touching = _priced(ground, blocks)
    stay = _Homes(ground, blocks)
    home = ground.heir[blocks.grid[block]]
    there = np.where(target >= 0, ground.heir[target], -1)
    moved = stay(block, home) - stay(block, there)
    gain_m = -border_m
    wanted = gain_m > GAIN_M
    block, target, gain_m = block[wanted], target[wanted], gain_m[wanted]
    worse, instead = _sizes(ground, blocks, block, target)
    bar = np.full(len(block), "", "<U10")
    dear = gain_m - ground.moved_m * moved[wanted] <= GAIN_M
    bar[~touching[wanted]] = "contiguity"
    bar[dear] = "base"
    bar[worse] = "size"
    bound = np.bincount(blocks.of_atom, ground.wished, len(blocks.grid)) > 0
    bar[bound[block]] = "wish"
    inside = _Inside(ground)
    for k in np.flatnonzero(bar == "").tolist():
        if not inside.whole_without(blocks, int(block[k])):
            bar[k] = "contiguity"
    return Moves(block, target, gain_m, bar, np.where(worse, instead, 0))


def _priced(
    ground: Grouped, blocks: Blocks
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return (block, target, metres of disagreement added, whether they touch) of every possible move."""
    free = ~ground.fixed[ground.pair].any(axis=1)
    pair, cost_m, walk = ground.pair[free], ground.cost_m[free], ground.walk[free]
    side, across = np.concatenate([pair, pair[:, ::-1]]).T
    cost_m, walk = np.tile(cost_m, 2), np.tile(walk, 2)
    count, grids = len(blocks.grid), len(ground.heir)
    block, other = blocks.of_atom[side], ground.grid[across]
    inner = (other == blocks.grid[block]) & (block != blocks.of_atom[across])
    leaving_m = np.bincount(block[inner], cost_m[inner], count)
    divided = np.bincount(block[inner], minlength=count) > 0
    outer = other != blocks.grid[block]
    key, row = np.unique(block[outer] * grids + other[outer], return_inverse=True)
    joining_m = np.bincount(row, cost_m[outer], len(key))
    touching = np.bincount(row, walk[outer], len(key)) > 0
    own = np.flatnonzero(divided)  # the whole grid is a grid of its own already
    found = np.concatenate([key // grids, own])
    target = np.concatenate([key % grids, np.full(len(own), NEW)])
    border_m = np.concatenate([leaving_m[key // grids] - joining_m, leaving_m[own]])
    touching = np.concatenate([touching, np.ones(len(own), bool)])
    order = np.lexsort((target, found))
    return found[order], target[order], border_m[order], touching[order]


class _Homes:
    """Households of each base grid in each block."""

    def __init__(self, ground: Grouped, blocks: Blocks) -> None:
        known = ground.home >= 0
        self.width = int(max(ground.home.max(initial=-1), ground.heir.max(initial=-1))) + 1
        key = blocks.of_atom[known] * max(self.width, 1) + ground.home[known]
        self.key, row = np.unique(key, return_inverse=True)
        self.count = np.bincount(row, ground.households[known], len(self.key)).astype(np.int64)

    def __call__(self, block: NDArray[np.int64], home: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many there are, 0 for no base grid."""
        if not len(self.key):
            return np.zeros(len(block), np.int64)
        wanted = block * max(self.width, 1) + home
        at = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where((home >= 0) & (self.key[at] == wanted), self.count[at], 0)


def _sizes(
    ground: Grouped, blocks: Blocks, block: NDArray[np.int64], target: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return whether a move breaks the size rules by more than now, and the households of the grid that then does."""
    grids, count = len(ground.heir), len(blocks.grid)
    own = blocks.grid[block]
    loads = []
    for values in (ground.households, ground.population):
        whole = np.bincount(ground.grid, values, grids).astype(np.int64)
        part = np.bincount(blocks.of_atom, values, count).astype(np.int64)[block]
        there = np.where(target >= 0, whole[target], 0)
        loads.append((whole[own], there, whole[own] - part, there + part))
    (h_own, h_there, h_left, h_then), (p_own, p_there, p_left, p_then) = loads
    vanishes = np.bincount(ground.grid, minlength=grids)[own] == np.bincount(blocks.of_atom, minlength=count)[block]

    def breach(households: NDArray[np.int64], people: NDArray[np.int64]) -> NDArray[np.int64]:
        low, high, most = ground.low[own], ground.high[own], ground.population_max[own]
        excess = np.maximum(0, low - households) + np.maximum(0, households - high) + np.maximum(0, people - most)
        return excess + np.maximum(1, (high - low) // 4) * (excess > 0)

    left = np.where(vanishes, 0, breach(h_left, p_left))
    then = breach(h_then, p_then)
    now = breach(h_own, p_own) + np.where(target >= 0, breach(h_there, p_there), 0)
    area_m2 = np.bincount(blocks.of_atom, ground.area_m2, count)[block]
    scrap = (target == NEW) & (ground.low[own] == 0) & (area_m2 < ground.least_m2)
    return (left + then > now) | scrap, np.where(left > then, h_left, h_then)


class _Inside:
    """Atoms and ways inside each grid."""

    def __init__(self, ground: Grouped) -> None:
        own = ground.grid[ground.pair]
        ways = ground.pair[ground.walk & (own[:, 0] == own[:, 1])]
        of_way, grids = ground.grid[ways[:, 0]], np.arange(len(ground.heir) + 1)
        self.ways = ways[np.argsort(of_way, kind="stable")]
        self.first_way = np.searchsorted(np.sort(of_way), grids)
        self.atoms = np.argsort(ground.grid, kind="stable")
        self.first_atom = np.searchsorted(ground.grid[self.atoms], grids)

    def whole_without(self, blocks: Blocks, block: int) -> bool:
        """Tell whether a grid holds together without one of its blocks."""
        grid = int(blocks.grid[block])
        atoms = self.atoms[self.first_atom[grid] : self.first_atom[grid + 1]]
        near: dict[int, list[int]] = {a: [] for a in atoms[blocks.of_atom[atoms] != block].tolist()}
        for a, b in self.ways[self.first_way[grid] : self.first_way[grid + 1]].tolist():
            if a in near and b in near:
                near[a].append(b)
                near[b].append(a)
        return len(parts(near, near)) <= 1
