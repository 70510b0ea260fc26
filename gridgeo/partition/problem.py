"""One community as an optimisation problem: nodes to be grouped into grids, and what a grouping is worth.

In: arrays of one community's atoms. Out: a `Problem`, its contraction to fewer nodes, and the `Worth` of any grouping,
counted without a solver. Built by `gridgeo.partition.kernel`, solved by `gridgeo.partition.exact` and
`gridgeo.partition.search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.partition.plan import Limits

__all__ = ["DM", "PER_UNMET", "Grouping", "Near", "Problem", "Weights", "Worth", "connected", "parts"]

DM = 10
"""Decimetres per metre: the objective is counted in whole decimetres, finer than any agency draws."""

PER_UNMET = 1 << 40
"""A wish that is not granted outweighs every broken size rule; the caller decides whether to go without it."""

Near = Sequence[Sequence[int]] | Mapping[int, Sequence[int]]
"""Node → neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the second level of the objective weighs against metres of border."""

    moved_dm: int = 10
    """One household in another grid than its base grid, in decimetres of border."""
    balance_dm: int = 0
    """One household off the middle of the size range, in decimetres of border."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Nodes in groups."""

    group: NDArray[np.int64]
    """(n,) group of each node; groups count from 0 in the order of their smallest node."""
    heir: NDArray[np.int64]
    """(groups,) base grid whose successor each group is, -1 = a new grid."""

    @classmethod
    def of(cls, label: Sequence[int] | NDArray[np.int64], bases: int) -> Grouping:
        """Return the grouping of arbitrary labels, of which those below ``bases`` are base grids."""
        names, first, group = np.unique(np.asarray(label, np.int64), return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        heir = np.where(names < bases, names, -1)[order]
        return cls(rank[group.ravel()], heir)

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.heir)


class Worth(NamedTuple):
    """What a grouping costs, the first level first; smaller is better."""

    breach: int
    """Level 1: by how many households or people groups break the size rules, and `Problem.per_broken` for each;
    wishes that are not granted outweigh them, see `Problem.unmet`."""
    disagreement_dm: int
    """Level 2: cost of all borders, moved households and imbalance; can be negative, see `Problem.floor_m`."""
    changed: int
    """Level 3: grids opened and closed."""
    length_dm: int
    """Level 4: length of all borders; shorter is more compact."""
    broken: int
    """Number of groups that break a rule; told, not weighed again."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Problem:
    """Nodes of one community, their borders, and the rules."""

    households: NDArray[np.int64]
    """(n,)"""
    population: NDArray[np.int64]
    """(n,)"""
    area_m2: NDArray[np.float64]
    """(n,)"""
    stay: NDArray[np.int64]
    """(n, bases) households of each base grid in each node."""
    own: NDArray[np.bool_]
    """(n, bases) whether a node holds ground of a base grid; without it no group can be that grid's successor."""
    pair: NDArray[np.int64]
    """(p, 2) nodes with a common border, the smaller first, rows ascending."""
    cost_dm: NDArray[np.int64]
    """(p,) price of keeping the border minus price of dropping it."""
    length_dm: NDArray[np.int64]
    """(p,)"""
    walk: NDArray[np.bool_]
    """(p,) whether a grid holds together over this border."""
    rim: NDArray[np.bool_]
    """(n,) whether a node may lie inside a ring of another grid, or cannot, as it touches the community's border."""
    limits: Limits
    weights: Weights = Weights()
    least_m2: float = 0.0
    """Area below which a group that is no base grid's successor may not stay alone, unless it is cut off."""
    count: int | None = None
    """Number of grids wanted."""
    apart: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    """Pairs of node sets that no group may hold ground of both of."""
    floor_m: float = 0.0
    """Constant part of the disagreement: what dropping every border would cost."""

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.households)

    @property
    def bases(self) -> int:
        """Number of base grids."""
        return self.stay.shape[1]

    def walks(self) -> Near:
        """Return for every node the neighbours that its grid may hold together over."""
        return _near(self.size, self.pair[self.walk])

    def touches(self) -> Near:
        """Return for every node all neighbours."""
        return _near(self.size, self.pair)

    def contract(self, group: NDArray[np.int64]) -> Problem:
        """Return the problem whose nodes are groups, numbered from 0, of this one's nodes."""
        count = int(group.max(initial=-1)) + 1
        pair = np.sort(group[self.pair], axis=1)
        outer = pair[:, 0] != pair[:, 1]
        pair, row = np.unique(pair[outer], axis=0, return_inverse=True)
        row = row.ravel()

        def summed(values: NDArray[Any]) -> NDArray[Any]:
            total = np.zeros((count, *values.shape[1:]), values.dtype)
            np.add.at(total, group, values)
            return total

        def over(values: NDArray[Any]) -> NDArray[np.int64]:
            return np.bincount(row, values[outer], len(pair)).round().astype(np.int64)

        def image(nodes: Iterable[int]) -> tuple[int, ...]:
            return tuple(sorted({int(group[v]) for v in nodes}))

        return replace(
            self,
            households=summed(self.households), population=summed(self.population), area_m2=summed(self.area_m2),
            stay=summed(self.stay), own=summed(self.own), rim=summed(self.rim),
            pair=pair, cost_dm=over(self.cost_dm), length_dm=over(self.length_dm), walk=over(self.walk) > 0,
            apart=tuple((image(one), image(two)) for one, two in self.apart),
        )  # fmt: skip

    def least_areas_m2(self) -> NDArray[np.float64]:
        """Return for every node the least area of its group, if that succeeds no base grid: less on cut-off ground."""
        part = connected(self.size, self.pair[self.walk])
        return np.minimum(self.least_m2, np.bincount(part, self.area_m2)[part] * (1 - 1e-9))

    def scraps(self, grouping: Grouping) -> NDArray[np.int64]:
        """Return the groups that succeed no base grid and are too small to be a grid."""
        held_m2 = np.bincount(grouping.group, self.area_m2, grouping.count)
        least_m2 = np.zeros(grouping.count)
        np.maximum.at(least_m2, grouping.group, self.least_areas_m2())
        return np.flatnonzero((grouping.heir < 0) & (held_m2 < least_m2 - 1e-6))

    def excesses(self, grouping: Grouping) -> NDArray[np.int64]:
        """Return by how many households or people each group breaks the size rules."""
        households = np.bincount(grouping.group, self.households, grouping.count).astype(np.int64)
        people = np.bincount(grouping.group, self.population, grouping.count).astype(np.int64)
        excess = [self.limits.excess(h, p) for h, p in zip(households.tolist(), people.tolist(), strict=True)]
        return np.array(excess, np.int64)

    @property
    def per_broken(self) -> int:
        """Households of deviation that one more broken rule weighs as much as: a quarter of the range, chosen.

        So one grid of 520 is better than two of 505, and three of 280 are better than one of 840.
        """
        return max(1, (self.limits.high - self.limits.low) // 4)

    @property
    def unavoidable(self) -> int:
        """Breach of nodes that are too large, or cut off and too small: no grouping has less.

        Nodes that are too large break fewer rules in a grid together, but then each more by a whole limit.
        """
        h, p, rules = self.households, self.population, self.limits
        over, crowd = np.maximum(0, h - rules.high), np.maximum(0, p - rules.population_max)
        alone = ~np.isin(np.arange(self.size), self.pair[self.walk])
        excess = over + crowd + np.where(alone, np.maximum(0, rules.low - h), 0)
        beside = max(
            int((~alone & (over > 0)).sum()) * min(self.per_broken, rules.high),
            int((~alone & (crowd > 0)).sum()) * min(self.per_broken, rules.population_max),
        )
        return int(excess.sum()) + self.per_broken * int((alone & (excess > 0)).sum()) + beside

    @property
    def least_disagreement_dm(self) -> int:
        """Level 2 of no grouping is lower: every border that is wanted kept, no other, and nobody moved."""
        return int(np.minimum(self.cost_dm, 0).sum())

    def breach_of_number(self, number: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the least breach of so many groups, as far as the sum of households tells.

        Parameters
        ----------
        number : array of int64
            Positive.
        """
        total, rules = int(self.households.sum()), self.limits
        excess = np.maximum(0, number * rules.low - total) + np.maximum(0, total - number * rules.high)
        return np.asarray(excess + self.per_broken * (excess > 0))

    def beyond(self, deviation: int) -> int:
        """Return how far above `unavoidable` groupings are at least of which one grid breaks a rule by more than that.

        What a grid's largest node has too much is not part of the deviation.
        """
        if deviation >= max(self.limits.low, int(self.households.sum()), int(self.population.sum())):
            return 1 << 60  # there is none
        large = (self.households > self.limits.high) | (self.population > self.limits.population_max)
        least = deviation + 1 + (0 if large.any() else self.per_broken)
        for load, most in ((self.households, self.limits.high), (self.population, self.limits.population_max)):
            if (load > most).sum() > 1:  # two in one grid: more by a limit, less by a broken rule
                least = min(least, most - min(self.per_broken, most))
        return least

    def moved(self, grouping: Grouping) -> int:
        """Return how many households lie outside the group that succeeds their base grid."""
        kept = 0
        for group, heir in enumerate(grouping.heir.tolist()):
            kept += int(self.stay[grouping.group == group, heir].sum()) if heir >= 0 else 0
        return int(self.stay.sum()) - kept

    def off_middle(self, grouping: Grouping) -> int:
        """Return how many households the groups together lie off the middle of the size range."""
        households = np.bincount(grouping.group, self.households, grouping.count).astype(np.int64)
        return int(np.abs(households - self.limits.middle).sum())

    def unmet(self, grouping: Grouping) -> int:
        """Return by how much a grouping misses `count`, and how many pairs of `apart` it does not part."""
        missed = 0 if self.count is None else abs(grouping.count - self.count)
        sides = ((set(grouping.group[list(one)].tolist()), grouping.group[list(two)]) for one, two in self.apart)
        return missed + sum(not one.isdisjoint(two.tolist()) for one, two in sides)

    def worth(self, grouping: Grouping) -> Worth:
        """Count what a grouping costs, from the arrays alone."""
        excess = self.excesses(grouping)
        cut = grouping.group[self.pair[:, 0]] != grouping.group[self.pair[:, 1]]
        cost_dm = int(self.cost_dm[cut].sum()) + self.weights.moved_dm * self.moved(grouping)
        if self.weights.balance_dm:
            cost_dm += self.weights.balance_dm * self.off_middle(grouping)
        heirs = int((grouping.heir >= 0).sum())
        changed = (grouping.count - heirs) + (self.bases - heirs)
        broken = int((excess > 0).sum())
        breach = int(excess.sum()) + self.per_broken * broken + PER_UNMET * self.unmet(grouping)
        return Worth(breach, cost_dm, changed, int(self.length_dm[cut].sum()), broken)


def _near(size: int, pairs: NDArray[np.int64]) -> Near:
    """Return the neighbours of every node, ascending."""
    near: list[list[int]] = [[] for _ in range(size)]
    for a, b in pairs.tolist():
        near[a].append(b)
        near[b].append(a)
    return [sorted(others) for others in near]


def connected(size: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the connected part of each of ``size`` nodes; parts count from 0 in the order of their smallest node."""
    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    return Grouping.of(part, 0).group


def parts(nodes: Iterable[int], near: Near) -> list[list[int]]:
    """Return the connected parts of a set of nodes, each ascending, in the order of their smallest nodes."""
    left, found = set(nodes), []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        stack, part = [start], []
        while stack:
            node = stack.pop()
            part.append(node)
            for other in near[node]:
                if other in left:
                    left.discard(other)
                    stack.append(other)
        found.append(sorted(part))
    return found
