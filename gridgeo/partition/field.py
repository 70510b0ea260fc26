"""A problem laid out in bits, as compiled code reads it.

In: a `Problem`. Out: a `Field`. Used by `gridgeo.partition.groups`, which counts out groups; words of bits also by
`gridgeo.partition.choose`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.problem import Problem

__all__ = ["WORD", "Field", "field_of", "packed"]

WORD = 64
"""Bits in a word."""


class Field(NamedTuple):
    """A problem laid out for counting; nodes in the order of falling households."""

    order: NDArray[np.int64]
    """(n,) node of the problem at each place."""
    walk: NDArray[np.uint64]
    """(n, words) neighbours that a group holds together over, as bits."""
    touch: NDArray[np.uint64]
    """(n, words) all neighbours."""
    rim: NDArray[np.uint64]
    """(words,)"""
    apart: NDArray[np.uint64]
    """(n, words) nodes that may not share a group with each."""
    beside: NDArray[np.int64]
    """(n + 1,) start of each node's rows in `other` and `cost`."""
    other: NDArray[np.int64]
    cost: NDArray[np.int64]
    """Price of a border in decimetres; each counts for the groups on both its sides."""
    households: NDArray[np.int64]
    population: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    least_m2: NDArray[np.float64]
    """(n,) least area of a group with this node that succeeds no base grid."""
    homes: NDArray[np.int64]
    """(n,) households with a base grid."""
    stay: NDArray[np.int64]
    own: NDArray[np.int64]
    """(n, bases) 1 where a node holds ground of a base grid."""
    whole: NDArray[np.int64]
    """(bases,) nodes with ground of each base grid."""
    rules: NDArray[np.int64]
    """Smallest and largest number of households, most people, price of a broken rule, middle of the range."""


def packed(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Pack rows of flags into words, the first flag into the lowest bit; at least one word a row."""
    count, size = flags.shape
    wide = np.zeros((count, -(-max(size, 1) // WORD) * WORD), bool)
    wide[:, :size] = flags
    return np.packbits(wide, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def field_of(problem: Problem) -> Field:
    """Lay a problem out for counting.

    Parameters
    ----------
    problem : Problem
    """
    size = problem.size
    order = np.lexsort((np.arange(size), -problem.households))
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    pair = place[problem.pair].reshape(-1, 2)
    both = np.vstack([pair, pair[:, ::-1]])
    price = np.tile(problem.cost_dm, 2)
    rows = np.lexsort((both[:, 1], both[:, 0]))
    walk, touch, apart = (np.zeros((size, size), bool) for _ in range(3))
    touch[both[:, 0], both[:, 1]] = True
    walk[both[:, 0], both[:, 1]] = np.tile(problem.walk, 2)
    for one, two in problem.apart:
        for a in one:
            apart[place[a], place[list(two)]] = True
    apart |= apart.T
    rules = problem.limits
    return Field(
        order, packed(walk), packed(touch), packed(problem.rim[order][None])[0], packed(apart),
        np.searchsorted(both[rows, 0], np.arange(size + 1)), both[rows, 1], price[rows],
        problem.households[order], problem.population[order], problem.area_m2[order], problem.least_areas_m2()[order],
        problem.stay.sum(axis=1)[order].astype(np.int64),
        np.ascontiguousarray(problem.stay[order]), problem.own[order].astype(np.int64),
        problem.own.sum(axis=0).astype(np.int64),
        np.array([rules.low, rules.high, rules.population_max, problem.per_broken, rules.middle], np.int64),
    )  # fmt: skip
