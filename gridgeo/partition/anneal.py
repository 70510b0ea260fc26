"""Groupings by small steps: single nodes change groups, first also for the worse, in the end only for the better.

In: a `Problem` and a `Grouping`. Out: a `Grouping` that is never worse. Used by `gridgeo.partition.settle` where a
community is not proven at once: a start for the search, and a hint for the exact methods.

Threshold accepting (Dueck and Scheuer 1990): annealing that takes every step up to a threshold which sinks to nothing.
It counts in whole numbers only, so it ends the same on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gridgeo.kernels import njit
from gridgeo.partition.problem import Grouping, Problem

__all__ = ["anneal"]

_NEW_GROUP = 8
"""One proposal in so many parts a node from its group instead of moving it to a neighbour's; chosen."""
_MOST = 1 << 40
"""More households or people than any group has."""


def anneal(problem: Problem, grouping: Grouping, *, looks: int, seed: int, hot: int, price_dm: int) -> Grouping | None:
    """Let single nodes change groups.

    Parameters
    ----------
    problem : Problem
        Without a wished number of grids and without places apart; those are None.
    grouping : Grouping
        Connected.
    looks : int, keyword-only
        How long, in neighbours looked at.
    seed : int, keyword-only
    hot : int, keyword-only
        The first threshold, in medians of what the borders cost.
    price_dm : int, keyword-only
        Decimetres of border that one household of broken rules weighs meanwhile; what is returned is the best by level.

    Returns
    -------
    Grouping or None
        Groups are connected, and successors hold ground of their base grid; rings and scraps are for the caller.
    """
    costs = np.abs(problem.cost_dm[problem.cost_dm != 0])
    if problem.count is not None or problem.apart or not len(problem.pair) or not len(costs):
        return None
    both = np.concatenate([problem.pair, problem.pair[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    row = order % len(problem.pair)
    names = np.where(grouping.heir >= 0, grouping.heir, problem.bases + np.arange(grouping.count))
    limits, weights = problem.limits, problem.weights
    rules = np.array(
        [min(limits.low, _MOST), min(limits.high, _MOST), min(limits.population_max, _MOST), problem.per_broken,
         price_dm, weights.moved_dm, weights.balance_dm, min(limits.middle, _MOST)], np.int64,
    )  # fmt: skip
    label = _walk(
        names[grouping.group].astype(np.int64), np.searchsorted(both[order, 0], np.arange(problem.size + 1)),
        both[order, 1].copy(), problem.cost_dm[row], problem.walk[row], problem.households, problem.population,
        problem.stay.astype(np.int64), problem.own, rules, looks, int(np.median(costs)) * hot, np.uint64(seed),
    )  # fmt: skip
    return Grouping.of(label, problem.bases)


# Numbers of `rules`, and of the rows of `tally`, below.
_LOW, _HIGH, _PEOPLE, _BROKEN, _PRICE, _MOVED, _BALANCE, _MIDDLE = range(8)
_LOAD, _CROWD, _SIZE, _HELD = range(4)


@njit(cache=True)
def _next(state):  # type: ignore[no-untyped-def]
    """Return the next random number: xorshift64 (Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@njit(cache=True)
def _excess(households, people, rules):  # type: ignore[no-untyped-def]
    """Return by how much a group breaks the size rules."""
    excess = max(0, rules[_LOW] - households) + max(0, households - rules[_HIGH]) + max(0, people - rules[_PEOPLE])
    return excess + rules[_BROKEN] if excess > 0 else excess


@njit(cache=True)
def _breach_and_off(a, b, households, people, tally, rules):  # type: ignore[no-untyped-def]
    """Return how a node's step from one group to another changes broken rules, and households off the middle."""
    breach = off = np.int64(0)
    for group, sign in ((a, -1), (b, 1)):
        load, crowd, size = tally[_LOAD, group], tally[_CROWD, group], tally[_SIZE, group]
        if size > 0:
            breach -= _excess(load, crowd, rules)
            off -= abs(load - rules[_MIDDLE])
        if size + sign > 0:
            load += sign * households
            breach += _excess(load, crowd + sign * people, rules)
            off += abs(load - rules[_MIDDLE])
    return breach, off


@njit(cache=True)
def _borders(v, a, b, label, first, near, cost):  # type: ignore[no-untyped-def]
    """Return how a node's step changes the cost of its borders."""
    change = np.int64(0)
    for k in range(first[v], first[v + 1]):
        if label[near[k]] == a:
            change += cost[k]
        elif label[near[k]] == b:
            change -= cost[k]
    return change


@njit(cache=True)
def _target(v, label, first, near, walk, own, tally, spare, state):  # type: ignore[no-untyped-def]
    """Return the group that a node is proposed to go to, -1 for none: a neighbour's, or a new one."""
    if first[v] == first[v + 1]:
        return np.int64(-1)
    chance = _next(state)
    if chance % np.uint64(_NEW_GROUP) > 0:
        k = first[v] + np.int64((chance >> np.uint64(8)) % np.uint64(first[v + 1] - first[v]))
        return label[near[k]] if walk[k] else np.int64(-1)
    if tally[_SIZE, label[v]] == 1:
        return np.int64(-1)
    for base in range(own.shape[1]):
        if own[v, base] and tally[_SIZE, base] == 0:
            return np.int64(base)
    return spare


@njit(cache=True)
def _holds(v, label, first, near, walk, mark, stamp, queue):  # type: ignore[no-untyped-def]
    """Return whether a group of several nodes holds together without one of them, and what looking took."""
    group, begin, around = label[v], np.int64(-1), 0
    for k in range(first[v], first[v + 1]):
        if walk[k] and label[near[k]] == group:
            begin = near[k]
            around += 1
    if around < 2:
        return around == 1, 0
    mark[v] = mark[begin] = stamp
    queue[0] = begin
    head, tail, looks = 0, 1, 0
    while head < tail:
        u = queue[head]
        head += 1
        looks += first[u + 1] - first[u]
        for k in range(first[u], first[u + 1]):
            w = near[k]
            if walk[k] and label[w] == group and mark[w] != stamp:
                mark[w] = stamp
                queue[tail] = w
                tail += 1
    for k in range(first[v], first[v + 1]):
        if walk[k] and label[near[k]] == group and mark[near[k]] != stamp:
            return False, looks
    return True, looks


@njit(cache=True)
def _move(v, group, sign, tally, households, people, own):  # type: ignore[no-untyped-def]
    """Add a node to the tally of a group, or take it away."""
    tally[_LOAD, group] += sign * households[v]
    tally[_CROWD, group] += sign * people[v]
    tally[_SIZE, group] += sign
    if group < own.shape[1] and own[v, group]:
        tally[_HELD, group] += sign


@njit(cache=True)
def _unused(label, tally, bases):  # type: ignore[no-untyped-def]
    """Return a label from ``bases`` on that no group has: there is one more than nodes."""
    while tally[_SIZE, label] > 0:
        label = label - 1 if label > bases else tally.shape[1] - 1
    return label


@njit(cache=True)
def _walk(label, first, near, cost, walk, households, people, stay, own, rules, looks, hot, seed):  # type: ignore[no-untyped-def]
    """Return the best labelling on the way."""
    n, bases = stay.shape
    tally = np.zeros((4, bases + n + 1), np.int64)
    for node in range(n):
        _move(node, label[node], 1, tally, households, people, own)
    mark, queue = np.full(n, -1, np.int64), np.empty(n, np.int64)
    state = np.array([seed * np.uint64(7919) + np.uint64(88172645463325252)], np.uint64)
    best, at_best = label.copy(), True
    breach = level = best_breach = best_level = np.int64(0)  # against the beginning
    spare: Any = bases + n
    step = done = 0
    while done < looks:
        step += 1
        done += 1
        v = np.int64(_next(state) % np.uint64(n))
        a, b = label[v], _target(v, label, first, near, walk, own, tally, spare, state)
        alone = tally[_SIZE, a] == 1
        if b < 0 or a == b or (not alone and a < bases and own[v, a] and tally[_HELD, a] == 1):
            continue
        broken, off = _breach_and_off(a, b, households[v], people[v], tally, rules)
        change = _borders(v, a, b, label, first, near, cost) + rules[_BALANCE] * off
        change += rules[_MOVED] * ((stay[v, a] if a < bases else 0) - (stay[v, b] if b < bases else 0))
        done += first[v + 1] - first[v]
        if change + rules[_PRICE] * broken > hot * (looks - done) // looks:
            continue
        if not alone:
            held, more = _holds(v, label, first, near, walk, mark, step, queue)
            done += more
            if not held:
                continue
        better = breach + broken < best_breach or (breach + broken == best_breach and level + change < best_level)
        if at_best and not better:
            best[:] = label  # only when it is left: there are many on the way down
        at_best = better
        _move(v, a, -1, tally, households, people, own)
        _move(v, b, 1, tally, households, people, own)
        label[v] = b
        breach, level = breach + broken, level + change
        if better:
            best_breach, best_level = breach, level
        spare = _unused(spare, tally, bases)
    return label if at_best else best
