"""The cheapest cover: groups chosen so that every node is in exactly one, by dynamic programming over covered sets.

In: a `Pool` of groups, what each costs and what it costs above the relaxation's prices (its reduced cost). Out: the
chosen rows and whether they are proven. Used by `gridgeo.partition.cover`.

Nodes are numbered so that neighbours come soon after each other (Cuthill and McKee 1969). A state is what is covered,
who has an heir already, and how many rules are broken; from each, the groups are added whose first node is its first
uncovered one, so every cover is met once. What lies in front of that node is covered and what lies far behind is not,
so few sets occur. Reduced costs are never negative and only add up, so a state above the limit leads nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from gridgeo.kernels import njit
from gridgeo.partition.field import packed
from gridgeo.partition.pool import Pool

__all__ = ["Cover", "Wanted", "cheapest_cover"]

_MOST_STATES = 1 << 20
"""States kept at most, 80 bytes each; beyond, the solver of `gridgeo.partition.cover` is the better one."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a cover is measured by; one value per group."""

    level: NDArray[np.int64]
    """To be as low as possible."""
    tie: NDArray[np.int64]
    """To be as low as possible among covers with the same level."""
    reduced: NDArray[np.float64]
    """Not negative."""
    limit: float
    """Sum of reduced costs up to which covers count."""
    most_breach: int | None
    """Sum of broken rules up to which covers count; None = any."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What was found."""

    rows: NDArray[np.int64] | None
    """The chosen groups; None: no cover within the limits, or not known."""
    complete: bool
    """False if the states or the steps ran out: then nothing is known."""
    steps: int


class _States(NamedTuple):
    """Sets of nodes that can be covered, each with the cheapest way to do it."""

    bits: NDArray[np.uint64]
    """(room, words) what is covered, and whose heirs are chosen."""
    breach: NDArray[np.int64]
    """Price of broken rules so far."""
    groups: NDArray[np.int64]
    """How many so far, where their number is given."""
    level: NDArray[np.int64]
    tie: NDArray[np.int64]
    rest: NDArray[np.int64]
    """Households that are not covered yet."""
    above: NDArray[np.float64]
    """Reduced costs so far."""
    parent: NDArray[np.int64]
    taken: NDArray[np.int64]
    """The group that leads from `parent` here."""
    after: NDArray[np.int64]
    """The next state with the same first uncovered node."""
    table: NDArray[np.int32]
    """Where each state is, by its hash; open addressing, at most a quarter full."""


class _Columns(NamedTuple):
    """The groups as the compiled walk reads them: those with one first node together, the cheapest first."""

    bits: NDArray[np.uint64]
    """(k, words) nodes and, behind them, the heir."""
    start: NDArray[np.int64]
    """(n + 1,) first row of each first node."""
    level: NDArray[np.int64]
    tie: NDArray[np.int64]
    reduced: NDArray[np.float64]
    breach: NDArray[np.int64]
    """Counted in a state; 0 where any number may be broken."""
    load: NDArray[np.int64]
    """Households."""
    one: int
    """1 where the groups are counted, else 0."""


def cheapest_cover(pool: Pool, wanted: Wanted, *, steps: int) -> Cover:
    """Return the cheapest of all covers within the limits.

    Parameters
    ----------
    pool : Pool
        Its problem's `count`, if any, is kept; every base grid has one heir at most.
    wanted : Wanted
    steps : int, keyword-only
        Pairs of a state and a group that are looked at, at most.

    Returns
    -------
    Cover
        Independent of the order of the groups but for covers that are equal in level and tie.
    """
    columns, rows = _columns(pool, wanted)
    most_breach = wanted.most_breach if wanted.most_breach is not None else 0
    least, largest = (int(columns.load.min()), int(columns.load.max())) if len(rows) else (0, 0)
    limits = np.array([most_breach, pool.problem.count or 0, least, largest], np.int64)
    land = (pool.problem.size, int(pool.problem.households.sum()))
    chosen, complete, used = _walk(columns, limits, wanted.limit, land, (_MOST_STATES, steps))
    found = complete and (len(chosen) > 0 or pool.problem.size == 0)
    return Cover(np.sort(rows[chosen]) if found else None, bool(complete), int(used))


def _columns(pool: Pool, wanted: Wanted) -> tuple[_Columns, NDArray[np.int64]]:
    """Lay groups out for the walk; also return the row of the pool that each is."""
    problem = pool.problem
    place = _places(problem.size, problem.pair)
    member = np.zeros((len(pool), problem.size), bool)
    member[:, place] = pool.member > 0
    first = member.argmax(axis=1) if problem.size else np.zeros(len(pool), np.int64)
    heirs = pool.heir[:, None] == np.arange(problem.bases)
    rows = np.lexsort((np.arange(len(pool)), wanted.reduced, first))
    counted = wanted.most_breach is not None
    columns = _Columns(
        packed(np.hstack([member, heirs])[rows]), np.searchsorted(first[rows], np.arange(problem.size + 1)),
        wanted.level[rows], wanted.tie[rows], np.maximum(wanted.reduced[rows], 0.0),
        pool.breach[rows] if counted else np.zeros(len(rows), np.int64),
        (member @ problem.households[np.argsort(place)])[rows], int(problem.count is not None),
    )  # fmt: skip
    return columns, rows


def _places(size: int, pair: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of every node in an order in which neighbours come soon after each other."""
    both = np.vstack([pair, pair[:, ::-1]]).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(both), np.int8), (both[:, 0], both[:, 1])), shape=(size, size)).tocsr()
    place = np.empty(size, np.int64)
    place[reverse_cuthill_mckee(graph, symmetric_mode=True)] = np.arange(size)
    return place


@njit(cache=True)
def _walk(columns, limits, limit, land, most):  # type: ignore[no-untyped-def]  # noqa: C901 - one loop over all
    """Walk from nothing covered to all covered; return the rows chosen, whether all was seen, and the steps."""
    size, most_states, most_steps = land[0], most[0], most[1]
    words = columns.bits.shape[1]
    states = _empty_states(1024, words)
    states.rest[0] = land[1]
    layer = np.full(size + 1, -1)  # the last state with each first uncovered node
    layer[0], known, steps = 0, 1, 0
    together = np.zeros(words, np.uint64)
    for v in range(size):
        state = layer[v]
        while state >= 0:
            for row in range(columns.start[v], columns.start[v + 1]):
                if states.above[state] + columns.reduced[row] > limit:
                    break
                steps += 1
                if not _fits(states, columns, limits, state, row):
                    continue
                if known == len(states.level):
                    if known >= most_states:
                        return np.empty(0, np.int64), False, steps
                    states = _grown(states)
                for w in range(words):
                    together[w] = states.bits[state, w] | columns.bits[row, w]
                if _reach(states, columns, together, (known, state, row)):
                    free = _first_free(together, v + 1, size)
                    states.after[known], layer[free] = layer[free], known
                    known += 1
            if steps > most_steps:
                return np.empty(0, np.int64), False, steps
            state = states.after[state]
    return _way(states, _best(states, layer[size], columns.one, limits[1])), True, steps


@njit(cache=True)
def _fits(states, columns, limits, state, row):  # type: ignore[no-untyped-def]
    """Tell whether a group can be added to a state."""
    for w in range(columns.bits.shape[1]):
        if states.bits[state, w] & columns.bits[row, w]:
            return False
    breach, count = states.breach[state] + columns.breach[row], states.groups[state] + columns.one
    rest, largest = states.rest[state] - columns.load[row], max(limits[3], 1)
    fewest = (rest + largest - 1) // largest  # groups that the rest needs
    return breach <= limits[0] and count <= limits[1] and fewest * limits[2] <= rest


@njit(cache=True)
def _reach(states, columns, together, numbers):  # type: ignore[no-untyped-def]
    """Note the state that a group leads to; return whether it is a new one, which then is number ``known``."""
    known, state, row = numbers
    breach, count = states.breach[state] + columns.breach[row], states.groups[state] + columns.one
    level, tie = states.level[state] + columns.level[row], states.tie[state] + columns.tie[row]
    slot = _slot(states, together, breach, count)
    found = states.table[slot]
    fresh = found < 0
    if fresh:
        found = known
        states.table[slot] = known
        states.bits[known] = together
        states.breach[known], states.groups[known] = breach, count
        states.rest[known] = states.rest[state] - columns.load[row]
    elif level > states.level[found] or (level == states.level[found] and tie >= states.tie[found]):
        return False
    states.level[found], states.tie[found] = level, tie
    states.above[found] = states.above[state] + columns.reduced[row]
    states.parent[found], states.taken[found] = state, row
    return fresh


@njit(cache=True)
def _slot(states, bits, breach, count):  # type: ignore[no-untyped-def]
    """Return where in the table a state is, or would be."""
    mixed = np.uint64(breach) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(count)
    for w in range(len(bits)):
        mixed = (mixed ^ bits[w]) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    last = len(states.table) - 1
    slot = np.int64(mixed >> np.uint64(1)) & last
    while states.table[slot] >= 0:
        found = states.table[slot]
        same = states.breach[found] == breach and states.groups[found] == count
        for w in range(len(bits)):
            same = same and states.bits[found, w] == bits[w]
        if same:
            break
        slot = (slot + 1) & last
    return slot


@njit(cache=True)
def _first_free(bits, begin, size):  # type: ignore[no-untyped-def]
    """Return the first node that is not covered, ``size`` if there is none."""
    for v in range(begin, size):
        if not (bits[v >> 6] >> np.uint64(v & 63)) & np.uint64(1):
            return v
    return size


@njit(cache=True)
def _best(states, state, one, count):  # type: ignore[no-untyped-def]
    """Return the cheapest of the states in which all is covered, -1 if there is none."""
    best = -1
    while state >= 0:
        if one == 0 or states.groups[state] == count:
            level, tie = states.level[state], states.tie[state]
            if best < 0 or level < states.level[best] or (level == states.level[best] and tie < states.tie[best]):
                best = state
        state = states.after[state]
    return best


@njit(cache=True)
def _way(states, state):  # type: ignore[no-untyped-def]
    """Return the groups that lead to a state."""
    length, at = 0, state
    while at > 0:
        length, at = length + 1, states.parent[at]
    chosen, at = np.empty(length, np.int64), state
    for k in range(length):
        chosen[k], at = states.taken[at], states.parent[at]
    return chosen


@njit(cache=True)
def _empty_states(room, words):  # type: ignore[no-untyped-def]
    """Return room for states; the first one, with nothing covered, is there."""
    breach, count = np.zeros(room, np.int64), np.zeros(room, np.int64)
    level, tie, rest = np.zeros(room, np.int64), np.zeros(room, np.int64), np.zeros(room, np.int64)
    parent, taken, after = np.full(room, -1), np.full(room, -1), np.full(room, -1)
    table = np.full(4 * room, np.int32(-1), np.int32)
    bits = np.zeros((room, words), np.uint64)
    states = _States(bits, breach, count, level, tie, rest, np.zeros(room), parent, taken, after, table)
    states.table[_slot(states, states.bits[0], 0, 0)] = 0
    return states


@njit(cache=True)
def _grown(states):  # type: ignore[no-untyped-def]
    """Return the same states with twice the room."""
    room = len(states.level)
    more = _empty_states(2 * room, states.bits.shape[1])
    more.bits[:room] = states.bits
    more.breach[:room], more.groups[:room] = states.breach, states.groups
    more.level[:room], more.tie[:room], more.above[:room] = states.level, states.tie, states.above
    more.rest[:room] = states.rest
    more.parent[:room], more.taken[:room], more.after[:room] = states.parent, states.taken, states.after
    for state in range(1, room):
        more.table[_slot(more, more.bits[state], more.breach[state], more.groups[state])] = state
    return more
