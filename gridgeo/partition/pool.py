"""Groups that could be grids, in hand: what each costs and which base grid it would succeed.

In: groups from `gridgeo.partition.groups`. Out: the columns that `gridgeo.partition.cover` chooses from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.groups import Prices
from gridgeo.partition.problem import Problem

__all__ = ["Pool", "borders_around"]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Groups in hand, each with the base grid that it would succeed."""

    problem: Problem
    member: NDArray[np.float64]
    """(k, n) 1 for the nodes of each group; floats, as they are multiplied all the time."""
    heir: NDArray[np.int64]
    cost: NDArray[np.int64]
    """Level 2 in half decimetres."""
    breach: NDArray[np.int64]
    """Level 1."""

    @classmethod
    def of(cls, p: Problem, member: NDArray[np.bool_]) -> Pool:
        """Give every group its possible heirs and count what it costs."""
        ones = member.astype(float)
        stay = ones @ p.stay
        owned = ones @ p.own.astype(float)
        # Of the base grids wholly inside, the one with the most households: nobody else can succeed these.
        inside = np.where(owned == p.own.sum(axis=0), stay, -1.0)
        main = inside.argmax(axis=1) if p.bases else np.zeros(len(ones), np.int64)
        held = inside.max(axis=1, initial=-1.0)
        may = (owned > 0) & (stay > held[:, None])
        may[np.flatnonzero(held >= 0), main[held >= 0]] = True
        rows, heirs = np.nonzero(may)
        least_m2 = np.where(member, p.least_areas_m2(), 0.0).max(axis=1, initial=0.0)
        fresh = np.flatnonzero((ones @ p.area_m2 >= least_m2) & (held < 0))
        row, heir = np.concatenate([fresh, rows]), np.concatenate([np.full(len(fresh), -1), heirs])
        load, people = ones @ p.households, ones @ p.population
        around = borders_around(p, ones, p.cost_dm) + 2 * p.weights.balance_dm * np.abs(load - p.limits.middle)
        kept = np.hstack([stay, np.zeros((len(ones), 1))])[row, heir]  # the last column: no heir
        low, high, most = p.limits.low, p.limits.high, p.limits.population_max
        excess = np.maximum(0, low - load) + np.maximum(0, load - high) + np.maximum(0, people - most)
        breach = np.where(excess > 0, excess + p.per_broken, 0)[row]
        cost = around[row] - 2 * p.weights.moved_dm * kept
        return cls(p, ones[row], heir, cost.round().astype(np.int64), breach.round().astype(np.int64))

    def __len__(self) -> int:
        return len(self.heir)

    def joined(self, other: Pool) -> Pool:
        """Return both pools' groups, each once; those in hand keep their rows."""
        member, heir = np.vstack([self.member, other.member]), np.concatenate([self.heir, other.heir])
        bits = np.packbits(member > 0, axis=1)
        key = np.column_stack([bits, heir.astype(np.int16).view(np.uint8).reshape(-1, 2)])
        first = np.sort(np.unique(key, axis=0, return_index=True)[1])
        cost = np.concatenate([self.cost, other.cost])[first]
        return Pool(self.problem, member[first], heir[first], cost, np.concatenate([self.breach, other.breach])[first])

    def only(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Pool:
        """Return some of the groups."""
        return Pool(self.problem, self.member[rows], self.heir[rows], self.cost[rows], self.breach[rows])

    def reduced(self, prices: Prices) -> NDArray[np.float64]:
        """Return the reduced cost of every group."""
        own = np.where(self.heir >= 0, prices.heir[self.heir], 0.0) if self.problem.bases else 0.0
        whole = prices.border * self.cost + prices.breach * self.breach + prices.group
        return np.asarray(whole - self.member @ prices.node + own)


def borders_around(problem: Problem, member: NDArray[np.float64], of_pair: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum over each group's borders with others of its community."""
    inner = np.zeros((problem.size, problem.size))
    inner[problem.pair[:, 0], problem.pair[:, 1]] = of_pair
    both = inner + inner.T
    return np.asarray(member @ both.sum(axis=1) - ((member @ both) * member).sum(axis=1))
