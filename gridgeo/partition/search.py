"""Communities too large to be proven: a first grouping, made better neighbourhood by neighbourhood.

In: a `Problem`. Out: a `Grouping` that is never worse than the first one. Used by `gridgeo.partition.settle` where
neither exact method ends in time.

Large neighbourhood search (Shaw 1998): a grid and its neighbours are taken out and put together anew by the exact
method, as long as something gets better.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.balance import repair_sizes
from gridgeo.partition.cover import solve_by_cover
from gridgeo.partition.exact import Answer, Budget, solve
from gridgeo.partition.gather import gather
from gridgeo.partition.plan import Plan
from gridgeo.partition.problem import DM, Grouping, Near, Problem, parts
from gridgeo.partition.rings import enclosed

__all__ = ["first_grouping", "improve", "lawful", "restrict", "with_heirs"]

_NEIGHBOURS = 4
"""Grids around the one in the middle that are put together anew with it."""
_LARGEST = 70
"""Nodes of a neighbourhood; the exact methods end within seconds up to here."""
_MOST = 130
"""A single group with more nodes is left as it is: a model of 400 took 2 GB and ended nowhere; measured."""


def first_grouping(problem: Problem, seed: int) -> Grouping:
    """Return a connected grouping: base grids, the rest by agreement, sizes repaired greedily, rings filled.

    Parameters
    ----------
    problem : Problem
    seed : int
        Of the random spanning trees along which too large groups are cut.
    """
    plan = _plan_of(problem)
    label = np.where(problem.own.any(axis=1), problem.own.argmax(axis=1), -1) if problem.bases else None
    label = np.full(problem.size, -1) if label is None else label
    near = problem.walks()
    for base in np.unique(label[label >= 0]).tolist():
        for part in parts(np.flatnonzero(label == base).tolist(), near):
            plan.put(part, plan.fresh())
    for part in parts(np.flatnonzero(label < 0).tolist(), near):
        gather(plan, part, problem.limits)
    repair_sizes(plan, problem.limits, np.random.default_rng(seed))
    group = np.array([plan.group[v] for v in range(problem.size)], np.int64)
    return lawful(problem, group)


def lawful(problem: Problem, group: NDArray[np.int64]) -> Grouping:
    """Join to every group what it encloses, and scraps to the neighbour along the longest contact.

    Parameters
    ----------
    problem : Problem
    group : array of int64, (n,)
        Connected groups, any numbers.
    """
    touches, near, rim = problem.touches(), problem.walks(), problem.rim.tolist()
    walks, length_dm = problem.pair[problem.walk], problem.length_dm[problem.walk]
    while True:
        grouping = with_heirs(problem, _unringed(group, touches, near, rim))
        group, grown = grouping.group.copy(), set[int]()
        for scrap in problem.scraps(grouping).tolist():
            side = group[walks] == scrap
            out = side.any(axis=1) & ~side.all(axis=1)
            if scrap in grown or not out.any():
                continue
            beside = np.where(side[out, 0], group[walks[out, 1]], group[walks[out, 0]])
            taker = int(np.bincount(beside, length_dm[out]).argmax())
            group[group == scrap] = taker
            grown.add(taker)
        if not grown:
            return grouping


def _unringed(group: NDArray[np.int64], touches: Near, near: Near, rim: list[bool]) -> NDArray[np.int64]:
    """Join to every group what it encloses, whatever the sizes: `improve` divides it anew."""
    group = group.copy()
    while True:
        for ring, inside in enclosed(group.tolist(), touches, rim):
            name = group[ring[0]]
            beside = sorted({int(group[v]) for v in inside if any(group[w] == name for w in near[v])})
            if beside:
                group[np.isin(group, beside)] = name
                break
        else:
            return group


def _plan_of(problem: Problem) -> Plan:
    """Return the problem as a plan without groups."""
    nodes = range(problem.size)
    touch: dict[int, dict[int, float]] = {v: {} for v in nodes}
    cost: dict[int, dict[int, float]] = {v: {} for v in nodes}
    length: dict[int, dict[int, float]] = {v: {} for v in nodes}
    rows = (problem.cost_dm / DM, problem.length_dm / DM, problem.walk)
    for (a, b), cost_m, length_m, walk in zip(problem.pair.tolist(), *(r.tolist() for r in rows), strict=True):
        cost[a][b] = cost[b][a] = cost_m
        length[a][b] = length[b][a] = length_m
        if walk:
            touch[a][b] = touch[b][a] = length_m
    households = dict(enumerate(problem.households.tolist()))
    return Plan(households, dict(enumerate(problem.population.tolist())), touch, cost, length)


def with_heirs(problem: Problem, group: NDArray[np.int64]) -> Grouping:
    """Name the successor of every base grid: the group with most of its households, the largest overlaps first.

    Parameters
    ----------
    problem : Problem
    group : array of int64, (n,)
        Any numbers.
    """
    plain = Grouping.of(np.asarray(group) + problem.bases, problem.bases)
    held = np.zeros((plain.count, problem.bases), np.int64)
    owned = np.zeros((plain.count, problem.bases), np.int64)
    np.add.at(held, plain.group, problem.stay)
    np.add.at(owned, plain.group, problem.own)
    heir, taken = np.full(plain.count, -1, np.int64), set[int]()
    rows, columns = np.nonzero(owned)
    order = np.lexsort((columns, rows, -held[rows, columns]))
    for g, b in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if heir[g] < 0 and b not in taken:
            heir[g] = b
            taken.add(b)
    return Grouping(plain.group, heir)


def restrict(problem: Problem, grouping: Grouping, groups: list[int]) -> tuple[Problem, NDArray[np.int64]]:
    """Return the problem of some groups alone, and its nodes; all else stays as it is.

    Parameters
    ----------
    problem : Problem
    grouping : Grouping
    groups : list of int
    """
    inside = np.isin(grouping.group, groups)
    nodes = np.flatnonzero(inside)
    place = np.full(problem.size, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    pair = place[problem.pair]
    rows = (pair >= 0).all(axis=1)
    outer = problem.pair[inside[problem.pair].sum(axis=1) == 1]
    rim = problem.rim.copy()
    rim[outer.ravel()] = True
    elsewhere = np.delete(grouping.heir, groups)
    free = np.setdiff1d(np.arange(problem.bases), elsewhere)
    return replace(
        problem,
        households=problem.households[nodes], population=problem.population[nodes], area_m2=problem.area_m2[nodes],
        stay=problem.stay[nodes][:, free], own=problem.own[nodes][:, free], rim=rim[nodes], pair=pair[rows],
        cost_dm=problem.cost_dm[rows], length_dm=problem.length_dm[rows], walk=problem.walk[rows],
        count=len(groups) if problem.count is not None else None,
        apart=tuple(
            (tuple(int(place[v]) for v in one if inside[v]), tuple(int(place[v]) for v in two if inside[v]))
            for one, two in problem.apart
        ),
    ), nodes  # fmt: skip


def improve(problem: Problem, grouping: Grouping, budget: Budget) -> Grouping:
    """Put neighbourhoods together anew until nothing gets better or the budget ends.

    Parameters
    ----------
    problem : Problem
    grouping : Grouping
    budget : Budget

    Returns
    -------
    Grouping
        Connected as the one handed in, and no worse.
    """
    quiet: set[bytes] = set()
    while budget.left > 0:
        worth = problem.worth(grouping)
        for centre in _centres(problem, grouping):
            groups = _around(problem, grouping, centre)
            inside = np.isin(grouping.group, groups)
            key = inside.tobytes()
            if key in quiet or inside.sum() > _MOST:
                continue
            quiet.add(key)
            better = _anew(problem, grouping, groups, budget)
            if better is not None and problem.worth(better) < worth:
                grouping = better
                break
            if budget.left <= 0:
                return grouping
        else:
            return grouping
    return grouping


def _centres(problem: Problem, grouping: Grouping) -> list[int]:
    """Return the groups in the order in which they deserve another look: those that break rules first."""
    excess = problem.excesses(grouping)
    return np.lexsort((np.arange(grouping.count), -excess)).tolist()


def _around(problem: Problem, grouping: Grouping, centre: int) -> list[int]:
    """Return a group and those with the longest borders to it."""
    one, two = grouping.group[problem.pair[:, 0]], grouping.group[problem.pair[:, 1]]
    beside = (one == centre) ^ (two == centre)
    other = np.where(one == centre, two, one)[beside]
    length = np.bincount(other, problem.length_dm[beside], grouping.count)
    near = np.lexsort((np.arange(len(length)), -length))
    groups, size = [centre], int((grouping.group == centre).sum())
    for other in near[: 2 * _NEIGHBOURS].tolist():
        own = int((grouping.group == other).sum())
        if length[other] > 0 and size + own <= _LARGEST and len(groups) <= _NEIGHBOURS:
            groups.append(other)
            size += own
    return sorted(groups)


def _anew(problem: Problem, grouping: Grouping, groups: list[int], budget: Budget) -> Grouping | None:
    """Return the grouping with some groups put together anew, or None."""
    small, nodes = restrict(problem, grouping, groups)
    own = Budget(min(budget.left, max(1.0, budget.units / 20)), budget.seed, budget.stop)
    answer: Answer | None = solve_by_cover(small, own)
    if answer is None or answer.grouping is None:
        answer = solve(small, own, slack=True)
    budget.spent += own.spent
    if answer.grouping is None:
        return None
    group = grouping.group.copy()
    group[nodes] = grouping.count + answer.grouping.group
    better = with_heirs(problem, group)
    ringed = enclosed(better.group.tolist(), problem.touches(), problem.rim.tolist())
    return None if ringed or len(problem.scraps(better)) else better
