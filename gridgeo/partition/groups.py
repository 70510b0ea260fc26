"""Every group that could be a grid: connected sets of nodes within the size rules, counted out one by one.

In: a `Field` and a price for every node. Out: the groups cheap enough to matter. Used by `gridgeo.partition.cover`.
Compiled; a community of ordinary size has thousands to millions of such groups, and tens of millions are looked at in
a second.

Source: enumeration of connected subgraphs without repetition, Wernicke 2006 (ESU).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.field import WORD, Field
from gridgeo.partition.problem import Problem

__all__ = ["Groups", "Prices", "groups_below"]


class _Stack(NamedTuple):
    """The group at every depth of the walk, and what is known of it."""

    group: NDArray[np.uint64]
    front: NDArray[np.uint64]
    """Nodes still to be added at this depth."""
    near: NDArray[np.uint64]
    """All neighbours so far, also those passed over."""
    load: NDArray[np.int64]
    people: NDArray[np.int64]
    crowd: NDArray[np.int64]
    """People of its most peopled node."""
    ground: NDArray[np.float64]
    least: NDArray[np.float64]
    worth: NDArray[np.float64]
    homes: NDArray[np.int64]
    """Households with a base grid."""
    held: NDArray[np.int64]
    """(bases,) scratch: households of each base grid in one group."""
    owned: NDArray[np.int64]
    """(bases,) scratch: nodes with ground of each."""


def _stack(size: int, words: int, bases: int) -> _Stack:
    """Return an empty stack."""
    depth = size + 1
    group, front, near = (np.zeros((depth, words), np.uint64) for _ in range(3))
    load, people, crowd = (np.zeros(depth, np.int64) for _ in range(3))
    ground, least, worth = (np.zeros(depth) for _ in range(3))
    homes, held, owned = np.zeros(depth, np.int64), np.zeros(bases, np.int64), np.zeros(bases, np.int64)
    return _Stack(group, front, near, load, people, crowd, ground, least, worth, homes, held, owned)


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What a group is measured by: its own cost less what its nodes are worth (its reduced cost)."""

    node: NDArray[np.float64]
    """(n,) in the problem's order."""
    heir: NDArray[np.float64]
    """(bases,) price of succeeding each base grid, not negative."""
    group: float
    """Added to every group."""
    breach: float
    """Factor of what broken rules cost."""
    border: float
    """Factor of level 2."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups of nodes in the problem's order."""

    member: NDArray[np.bool_]
    """(k, n)"""
    complete: bool
    """False if more groups qualified than were asked for, or the steps ran out."""
    steps: int


def groups_below(
    field: Field, problem: Problem, prices: Prices, *, below: float, deviation: int, most: int, steps: int
) -> Groups:
    """Return the groups whose reduced cost is below a limit.

    Parameters
    ----------
    field : Field
        From `field_of`.
    problem : Problem
    prices : Prices
    below : float, keyword-only
        In half decimetres: a border counts wholly for both its sides.
    deviation : int, keyword-only
        Households or people by which a group may break the size rules, beyond its largest node.
    most : int, keyword-only
        Of more groups, the cheapest are returned.
    steps : int, keyword-only
        Groups to look at before giving up.
    """
    factors = (
        prices.group, prices.breach, prices.border,
        2.0 * problem.weights.moved_dm * prices.border, 2.0 * problem.weights.balance_dm * prices.border,
    )  # fmt: skip
    stack = _stack(field.walk.shape[0], field.walk.shape[1], len(prices.heir))
    found, count, used, complete = _count_out(
        field, stack, _values(field, prices), prices.heir, factors, below, deviation, most, steps
    )
    member = np.zeros((count, problem.size), bool)
    for place, node in enumerate(field.order.tolist()):
        member[:, node] = (found[:count, place // WORD] >> np.uint64(place % WORD)) & np.uint64(1) > 0
    return Groups(member, bool(complete), int(used))


def _values(field: Field, prices: Prices) -> NDArray[np.float64]:
    """Return what a node adds to the reduced cost of a group without neighbours of it."""
    size = len(field.order)
    owner = np.repeat(np.arange(size), np.diff(field.beside))
    around = np.bincount(owner, field.cost * prices.border, size)
    return around - prices.node[field.order]


@njit(cache=True, inline="always")
def _lowest(word):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit of a word that is not 0."""
    place = 0
    while word & np.uint64(0xFF) == 0:
        word >>= np.uint64(8)
        place += 8
    while word & np.uint64(1) == 0:
        word >>= np.uint64(1)
        place += 1
    return place


@njit(cache=True)
def _encloses(group, touch, rim, size):  # type: ignore[no-untyped-def]
    """Tell whether nodes outside a group can reach no rim without crossing it."""
    words = len(group)
    reached, queue = np.zeros(words, np.uint64), np.empty(size, np.int64)
    length = 0
    for v in range(size):
        word, bit = v // 64, np.uint64(1) << np.uint64(v % 64)
        if rim[word] & bit and not group[word] & bit:
            reached[word] |= bit
            queue[length] = v
            length += 1
    at = 0
    while at < length:
        v = queue[at]
        at += 1
        for k in range(words):
            fresh = touch[v, k] & ~group[k] & ~reached[k]
            reached[k] |= fresh
            while fresh:
                queue[length] = 64 * k + _lowest(fresh)
                length += 1
                fresh &= fresh - np.uint64(1)
    for v in range(size):
        word, bit = v // 64, np.uint64(1) << np.uint64(v % 64)
        if not group[word] & bit and not reached[word] & bit:
            return True
    return False


@njit(cache=True)
def _drop_worst(found, price, count):  # type: ignore[no-untyped-def]
    """Keep the cheaper half of a full list; return its length and the new limit."""
    limit = np.median(price[:count])
    kept = 0
    for k in range(count):
        if price[k] < limit:
            found[kept], price[kept] = found[k], price[k]
            kept += 1
    if kept == 0:  # all equal
        kept = count // 2
    return kept, limit


@njit(cache=True)
def _begin(stack, land, value, leader, per_group):  # type: ignore[no-untyped-def]
    """Put a group of one node at the bottom of the stack."""
    for k in range(land.walk.shape[1]):
        stack.group[0, k] = 0
        stack.near[0, k] = land.walk[leader, k]
        stack.front[0, k] = 0
    for v in range(leader + 1, len(land.walk)):
        stack.front[0, v // 64] |= (np.uint64(1) << np.uint64(v % 64)) & land.walk[leader, v // 64]
    stack.group[0, leader // 64] |= np.uint64(1) << np.uint64(leader % 64)
    stack.load[0], stack.people[0] = land.households[leader], land.population[leader]
    stack.crowd[0], stack.ground[0] = land.population[leader], land.area_m2[leader]
    stack.least[0], stack.worth[0] = land.least_m2[leader], value[leader] + per_group
    stack.homes[0] = land.homes[leader]


@njit(cache=True, inline="always")
def _fits(stack, land, d, v, leader, deviation):  # type: ignore[no-untyped-def]
    """Tell whether the group at depth d with one more node, or a larger one, could be legal."""
    # The leader has the most households: if one node alone is too large, the leader is.
    load, people = stack.load[d] + land.households[v], stack.people[d] + land.population[v]
    crowd = max(stack.crowd[d], land.population[v])
    if load - max(land.rules[1], land.households[leader]) > deviation:
        return False
    if people - max(land.rules[2], crowd) > deviation:
        return False
    for k in range(land.walk.shape[1]):
        if land.apart[v, k] & stack.group[d, k]:
            return False
    return not _torn(land, v)


@njit(cache=True, inline="always")
def _torn(land, v):  # type: ignore[no-untyped-def]
    """Tell whether a node holds ground that must stay apart from other ground in it."""
    return land.apart[v, v // 64] >> np.uint64(v % 64) & np.uint64(1) != 0


@njit(cache=True, inline="always")
def _enter(stack, land, value, border, d, v, leader):  # type: ignore[no-untyped-def]
    """Add a node to the group at depth d, giving the group at depth d + 1."""
    e = d + 1
    stack.load[e], stack.people[e] = stack.load[d] + land.households[v], stack.people[d] + land.population[v]
    stack.crowd[e] = max(stack.crowd[d], land.population[v])
    stack.ground[e] = stack.ground[d] + land.area_m2[v]
    stack.least[e] = max(stack.least[d], land.least_m2[v])
    gain = value[v]
    for row in range(land.beside[v], land.beside[v + 1]):
        w = land.other[row]
        if stack.group[d, w // 64] >> np.uint64(w % 64) & np.uint64(1):
            gain -= 2.0 * border * land.cost[row]
    stack.worth[e] = stack.worth[d] + gain
    for k in range(land.walk.shape[1]):
        stack.group[e, k] = stack.group[d, k]
        fresh = land.walk[v, k] & ~stack.near[d, k] & ~stack.group[d, k]
        # Nodes before the leader belong to groups counted earlier.
        if 64 * k + 63 <= leader:
            fresh = np.uint64(0)
        elif 64 * k <= leader:
            fresh &= ~((np.uint64(2) << np.uint64(leader - 64 * k)) - np.uint64(1))
        stack.front[e, k] = stack.front[d, k] | fresh
        stack.near[e, k] = stack.near[d, k] | land.walk[v, k]
    stack.group[e, v // 64] |= np.uint64(1) << np.uint64(v % 64)
    stack.homes[e] = stack.homes[d] + land.homes[v]


@njit(cache=True, inline="always")
def _priced(stack, land, d, heir, per_breach, per_moved, per_off, deviation, below):  # type: ignore[no-untyped-def]
    """Return the reduced cost of the group at depth d; endless if it is too small, or cannot be below a limit."""
    low, high, most, per_broken, middle = land.rules
    if low - stack.load[d] > deviation and not (d == 0 and _is_cut_off(stack)):
        return np.inf
    excess = max(0, low - stack.load[d]) + max(0, stack.load[d] - high) + max(0, stack.people[d] - most)
    breach = per_breach * (excess + per_broken) if excess > 0 else 0.0
    cost = stack.worth[d] + breach + per_off * abs(stack.load[d] - middle)
    if cost - per_moved * stack.homes[d] >= below:
        return np.inf
    return cost + _heir(stack, land, d, heir, per_moved)


@njit(cache=True, inline="always")
def _is_cut_off(stack):  # type: ignore[no-untyped-def]
    """Tell whether the first node has no neighbour to hold together with: it is a group, however small."""
    for k in range(stack.near.shape[1]):  # noqa: SIM110 - numba compiles no generators
        if stack.near[0, k]:
            return False
    return True


@njit(cache=True)
def _heir(stack, land, d, heir, per_moved):  # type: ignore[no-untyped-def]
    """Return the price of the best base grid that the group at depth d can succeed, less what it keeps."""
    stack.held[:] = 0
    stack.owned[:] = 0
    for k in range(land.walk.shape[1]):
        left = stack.group[d, k]
        while left:
            v = 64 * k + _lowest(left)
            left &= left - np.uint64(1)
            for b in range(len(heir)):
                stack.held[b] += land.stay[v, b]
                stack.owned[b] += land.own[v, b]
    # The base grid with the most households of those wholly inside: nobody else can succeed it, so this group does,
    # unless it succeeds one with even more that lies in others too.
    main, most_held = -1, -1
    for b in range(len(heir)):
        if stack.owned[b] == land.whole[b] and stack.held[b] > most_held:
            main, most_held = b, stack.held[b]
    best = 0.0 if stack.ground[d] >= stack.least[d] else np.inf
    if main >= 0:
        best = heir[main] - per_moved * most_held
    for b in range(len(heir)):
        if stack.owned[b] and stack.held[b] > most_held:
            best = min(best, heir[b] - per_moved * stack.held[b])
    return best


@njit(cache=True, inline="always")
def _next(stack, d):  # type: ignore[no-untyped-def]
    """Take the next node to add; return (depth, node), node -1 at the end."""
    while d >= 0:
        for k in range(stack.front.shape[1]):
            if stack.front[d, k]:
                v = 64 * k + _lowest(stack.front[d, k])
                stack.front[d, k] &= stack.front[d, k] - np.uint64(1)
                return d, v
        d -= 1
    return d, -1


@njit(cache=True)
def _count_out(land, stack, value, heir, factors, below, deviation, most, steps):  # type: ignore[no-untyped-def]
    """Walk through all connected groups, each once, and keep the cheap legal ones."""
    per_group, per_breach, border, per_moved, per_off = factors
    found, price = np.empty((most, land.walk.shape[1]), np.uint64), np.empty(most)
    count, used, complete = 0, 0, True
    for leader in range(len(land.walk)):
        if _torn(land, leader):
            continue
        _begin(stack, land, value, leader, per_group)
        d, v = 0, leader
        while v >= 0:
            used += 1
            if used > steps:
                return found, count, used, False
            if v == leader or _fits(stack, land, d, v, leader, deviation):
                if v != leader:
                    _enter(stack, land, value, border, d, v, leader)
                    d += 1
                cost = _priced(stack, land, d, heir, per_breach, per_moved, per_off, deviation, below)
                if cost < below and not _encloses(stack.group[d], land.touch, land.rim, len(land.walk)):
                    if count == most:
                        complete = False
                        count, below = _drop_worst(found, price, count)
                    if cost < below:
                        found[count], price[count] = stack.group[d], cost
                        count += 1
            d, v = _next(stack, d)
    return found, count, used, complete
