"""Sizes put right: too small grids join, too large ones are cut, pairs and triples are dealt anew.

In: a plan whose groups are connected. Out: the same plan with as few size violations as these moves reach; borders
fall where most agencies see one. Greedy and deterministic. Part of `gridgeo.partition.resolve`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from gridgeo.partition.plan import Limits, Plan, pieces

__all__ = ["cut_into", "repair_sizes"]

_TREES = 12
"""Spanning trees tried for a cut: the strongest one, then randomly weakened ones. More gained under 1 % of the cut
length on generated cities."""
_PARTNERS = 6
"""Neighbours tried for dealing two or three groups anew, the closest first."""


def _spanning_tree(atoms: list[int], plan: Plan, rng: np.random.Generator | None) -> tuple[list[int], dict[int, int]]:
    """Return (order, parent) of a tree that keeps together what the agencies keep together."""
    inside = set(atoms)
    edges = [(a, b, plan.cost[a].get(b, 0.0)) for a in atoms for b in plan.touch[a] if a < b and b in inside]
    strength = np.array([cost for _, _, cost in edges])
    if rng is not None and edges:
        strength = strength + rng.normal(0.0, np.abs(strength).mean() + 1.0, len(edges))
    root = {atom: atom for atom in atoms}

    def find(atom: int) -> int:
        while root[atom] != atom:
            root[atom] = root[root[atom]]
            atom = root[atom]
        return atom

    near: dict[int, list[int]] = {atom: [] for atom in atoms}
    for k in np.argsort(-strength, kind="stable"):
        a, b, _ = edges[k]
        one, two = find(a), find(b)
        if one != two:
            root[one] = two
            near[a].append(b)
            near[b].append(a)
    order, parent = [atoms[0]], {atoms[0]: -1}
    for atom in order:
        for other in near[atom]:
            if other not in parent:
                parent[other] = atom
                order.append(other)
    return order, parent


def _cut_in_two(
    atoms: list[int], plan: Plan, window: tuple[int, int], rng: np.random.Generator
) -> tuple[list[int], list[int]] | None:
    """Cut a connected set so that one side's households lie in a window; of all cuts found the cheapest border."""
    best: tuple[float, list[int]] | None = None
    for attempt in range(_TREES):
        order, parent = _spanning_tree(atoms, plan, rng if attempt else None)
        load = {atom: plan.households[atom] for atom in order}
        for atom in reversed(order[1:]):
            load[parent[atom]] += load[atom]
        for atom in order[1:]:
            if not window[0] <= load[atom] <= window[1]:
                continue
            side = _below(atom, order, parent)
            cost = sum(c for a in side for b, c in plan.cost[a].items() if b in load and b not in side)
            if best is None or cost < best[0] - 1e-9:
                best = (cost, sorted(side))
    if best is None:
        return None
    other = set(atoms) - set(best[1])
    return best[1], sorted(other)


def _below(atom: int, order: list[int], parent: dict[int, int]) -> set[int]:
    """Return an atom and everything that hangs on it in the tree."""
    side = {atom}
    for other in order:
        if parent[other] in side:
            side.add(other)
    return side


def cut_into(
    atoms: list[int], count: int, plan: Plan, limits: Limits, rng: np.random.Generator
) -> list[list[int]] | None:
    """Cut a connected set into a number of connected parts of legal size.

    Parameters
    ----------
    atoms : list of int
    count : int
        Number of parts.
    plan : Plan
    limits : Limits
    rng : Generator

    Returns
    -------
    list of lists, or None if these cuts reach no legal division.
    """
    total = sum(plan.households[a] for a in atoms)
    if count == 1:
        people = sum(plan.population[a] for a in atoms)
        return None if limits.excess(total, people) else [atoms]
    for first in range(count // 2, 0, -1):
        rest = count - first
        window = (
            max(first * limits.low, total - rest * limits.high),
            min(first * limits.high, total - rest * limits.low),
        )
        halves = _cut_in_two(atoms, plan, window, rng) if window[0] <= window[1] else None
        if halves is None:
            continue
        one = cut_into(halves[0], first, plan, limits, rng)
        two = cut_into(halves[1], rest, plan, limits, rng) if one else None
        if one and two:
            return one + two
    return None


def _deal(plan: Plan, groups: tuple[int, ...], limits: Limits, rng: np.random.Generator) -> bool:
    """Put groups together and cut them anew into legal parts; False if that cannot be done."""
    atoms = sorted(set().union(*(plan.members[g] for g in groups)))
    if len(pieces(atoms, plan.touch)) > 1:
        return False
    total = sum(plan.load[g] for g in groups)
    middle = 2 * total / (limits.low + limits.high) if limits.high else 1
    for count in sorted(limits.counts(total), key=lambda k: (abs(k - middle), k))[:2]:
        parts = cut_into(atoms, count, plan, limits, rng) if count <= len(atoms) else None
        if parts:
            # Group numbers mean nothing: used again in order, they only keep the outcome reproducible.
            numbers = list(groups)
            for part in sorted(parts, key=lambda p: p[0]):
                plan.put(part, numbers.pop(0) if numbers else plan.fresh())
            return True
    return False


def _join_small(plan: Plan, group: int, limits: Limits) -> bool:
    """Give a too small group to the neighbour that the agencies separate least from it, if the sum is not too large."""
    best: tuple[float, int] | None = None
    for other, cost in plan.neighbours(group).items():
        households = plan.load[group] + plan.load[other]
        if households > limits.high or plan.people[group] + plan.people[other] > limits.population_max:
            continue
        if best is None or (-cost, other) < best:
            best = (-cost, other)
    if best is None:
        return False
    plan.put(sorted(plan.members[group]), best[1])
    return True


def _mend(plan: Plan, group: int, limits: Limits, rng: np.random.Generator) -> bool:
    """Try the moves that could make one group legal, the least intrusive first."""
    small = plan.load[group] < limits.low
    if small and _join_small(plan, group, limits):
        return True
    if not small and _deal(plan, (group,), limits, rng):
        return True
    near = sorted(plan.neighbours(group).items(), key=lambda item: (-item[1], item[0]))[:_PARTNERS]
    for other, _ in near:
        if _deal(plan, (group, other), limits, rng):
            return True
    if any(_deal(plan, (group, one, two), limits, rng) for (one, _), (two, _) in combinations(near[:4], 2)):
        return True
    return _shift_atom(plan, group, limits) or (small and _join_broken(plan, group, limits))


def _excess(plan: Plan, group: int, limits: Limits) -> int:
    """Return by how much a group breaks the rules."""
    return limits.excess(plan.load[group], plan.people[group])


def _shift_atom(plan: Plan, group: int, limits: Limits) -> bool:
    """Move the one atom over the group's border that lowers the violations of both sides most."""
    small, before = plan.load[group] < limits.low, _excess(plan, group, limits)
    best: tuple[int, float, int, int] | None = None
    for inner in sorted(plan.members[group]):
        for outer in plan.touch[inner]:
            other = plan.group.get(outer, group)
            if other == group:
                continue
            atom, giver, taker = (outer, other, group) if small else (inner, group, other)
            change = _after_move(plan, atom, (giver, taker), limits) - before - _excess(plan, other, limits)
            pull = plan.pull(atom)
            move = (change, pull.get(giver, 0.0) - pull.get(taker, 0.0), atom, taker)
            if change < 0 and (best is None or move < best) and len(plan.members[giver]) > 1:
                best = move if len(pieces(plan.members[giver] - {atom}, plan.touch)) == 1 else best
    if best is None:
        return False
    plan.put([best[2]], best[3])
    return True


def _after_move(plan: Plan, atom: int, sides: tuple[int, int], limits: Limits) -> int:
    """Return by how much giver and taker would break the rules after an atom moved."""
    (giver, taker), h, p = sides, plan.households[atom], plan.population[atom]
    return limits.excess(plan.load[giver] - h, plan.people[giver] - p) + limits.excess(
        plan.load[taker] + h, plan.people[taker] + p
    )


def _join_broken(plan: Plan, group: int, limits: Limits) -> bool:
    """Give a group that can become nothing legal to the neighbour where the two break the rules least together."""
    own = _excess(plan, group, limits)
    best: tuple[int, float, int] | None = None
    for other, cost in plan.neighbours(group).items():
        together = limits.excess(plan.load[group] + plan.load[other], plan.people[group] + plan.people[other])
        change = together - own - _excess(plan, other, limits)
        if change < 0 and (best is None or (change, -cost, other) < best):
            best = (change, -cost, other)
    if best is None:
        return False
    plan.put(sorted(plan.members[group]), best[2])
    return True


def repair_sizes(plan: Plan, limits: Limits, rng: np.random.Generator) -> None:
    """Mend groups that break the size rules, smallest first, until no move helps.

    Every move makes its group legal, joins it to another or lowers the violations, so the loop ends.
    """
    hopeless: set[frozenset[int]] = set()
    while True:
        broken = [
            (plan.load[g], min(plan.members[g]), g)
            for g in plan.members
            if limits.excess(plan.load[g], plan.people[g]) and frozenset(plan.members[g]) not in hopeless
        ]
        if not broken:
            return
        group = min(broken)[2]
        members = frozenset(plan.members[group])
        if not _mend(plan, group, limits, rng):
            hopeless.add(members)
