"""A grouping brought to the number of grids wanted, and to the places that shall be apart, as well as greed can.

In: a `Problem` with wishes and any connected grouping. Out: one that grants the wishes, if parting and joining grids
one by one leads there. Used by `gridgeo.partition.settle` where the exact methods find none in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.problem import Grouping, Near, Problem, parts
from gridgeo.partition.search import with_heirs

__all__ = ["conformed"]

Ints = NDArray[np.int64]


def conformed(problem: Problem, grouping: Grouping) -> Grouping:
    """Part groups that hold what shall be apart, then part or join groups until their number is as wanted.

    Parameters
    ----------
    problem : Problem
    grouping : Grouping
        Of connected groups.

    Returns
    -------
    Grouping
        Of connected groups; the wishes may still not be granted.
    """
    near, group = problem.walks(), grouping.group.copy()
    for one, two in problem.apart:
        for g in np.intersect1d(group[list(one)], group[list(two)]).tolist():
            _part(group, g, [v for v in one if group[v] == g], [v for v in two if group[v] == g], near)
    while problem.count is not None and (count := len(np.unique(group))) != problem.count:
        if not (_join_two(problem, group) if count > problem.count else _part_largest(problem, group, near)):
            break
    return with_heirs(problem, group)


def _part(group: Ints, g: int, one: list[int], two: list[int], near: Near) -> None:
    """Divide a group between two sets of its nodes; each node follows the set from which fewer steps lead to it."""
    side = {**dict.fromkeys(two, 1), **dict.fromkeys(one, 0)}
    if len(set(side.values())) < 2:
        return
    front = sorted(side)
    while front:
        reached = []
        for v in front:
            for w in near[v]:
                if group[w] == g and w not in side:
                    side[w] = side[v]
                    reached.append(w)
        front = reached
    _name_anew(group, [v for v, s in side.items() if s == 0], near)
    _name_anew(group, [v for v, s in side.items() if s == 1], near)


def _name_anew(group: Ints, nodes: Iterable[int], near: Near) -> None:
    """Make every connected part of a set of nodes a group of its own."""
    for part in parts(nodes, near):
        group[part] = int(group.max()) + 1


def _join_two(problem: Problem, group: Ints) -> bool:
    """Join the two neighbouring groups that together break the size rules least, then those with the dearest border."""
    walk = problem.pair[problem.walk]
    ways = np.unique(np.sort(group[walk], axis=1), axis=0)
    best: tuple[int, int, int, int] | None = None
    sides = np.sort(group[problem.pair], axis=1)
    for a, b in ways[ways[:, 0] != ways[:, 1]].tolist():
        inside = (group == a) | (group == b)
        if _holds_both(problem, inside):
            continue
        excess = problem.limits.excess(int(problem.households[inside].sum()), int(problem.population[inside].sum()))
        border = int(problem.cost_dm[(sides[:, 0] == a) & (sides[:, 1] == b)].sum())
        if best is None or (excess, -border, a, b) < best:
            best = (excess, -border, a, b)
    if best is None:
        return False
    group[group == best[3]] = best[2]
    return True


def _holds_both(problem: Problem, inside: NDArray[np.bool_]) -> bool:
    """Tell whether a set of nodes holds both sides of what shall be apart."""
    return any(inside[list(one)].any() and inside[list(two)].any() for one, two in problem.apart)


def _part_largest(problem: Problem, group: Ints, near: Near) -> bool:
    """Divide the group with the most households, of several nodes, into two connected halves."""
    names, size = np.unique(group, return_counts=True)
    load = np.bincount(group, problem.households)[names]
    order = np.lexsort((names, -size, -load))
    for at in order[size[order] > 1].tolist():
        nodes = np.flatnonzero(group == names[at]).tolist()
        half = _half(nodes, problem.households.tolist(), near)
        if half:
            group[half] = int(group.max()) + 1
            return True
    return False


def _half(nodes: list[int], households: Sequence[int], near: Near) -> list[int]:
    """Return the subtree of a spanning tree, breadth first, whose households are nearest to half of all."""
    inside, order, parent = set(nodes), [nodes[0]], {nodes[0]: -1}
    for v in order:
        for w in near[v]:
            if w in inside and w not in parent:
                parent[w] = v
                order.append(w)
    load = {v: households[v] for v in order}
    for v in reversed(order[1:]):
        load[parent[v]] += load[v]
    if len(order) < 2:
        return []
    top = min(order[1:], key=lambda v: (abs(2 * load[v] - load[nodes[0]]), v))
    below = {top}
    for v in order:
        if parent[v] in below:
            below.add(v)
    return sorted(below)
