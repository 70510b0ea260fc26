"""Atoms without a grid to start from, gathered by what the agencies keep together.

In: a plan and a connected set of atoms. Out: the set divided into groups. Greedy additive edge contraction for
correlation clustering (Keuper et al., ICCV 2015) with the size rule's upper limit. Part of `gridgeo.partition.resolve`.
"""

from __future__ import annotations

import heapq

from gridgeo.partition.plan import Limits, Plan

__all__ = ["gather"]


def gather(plan: Plan, atoms: list[int], limits: Limits) -> None:
    """Join atoms into groups, the strongest agreement first, as long as it is positive and the sum not too large.

    Parameters
    ----------
    plan : Plan
        Gets the new groups.
    atoms : list of int
        Connected, without groups so far.
    limits : Limits

    Notes
    -----
    O(b log b) for b borders, but for the merging of neighbour lists. Ties fall to the smaller atoms.
    """
    inside = set(atoms)
    near = {a: {b: plan.cost[a][b] for b in plan.cost[a] if b in inside} for a in atoms}
    touch = {a: {b for b in plan.touch[a] if b in inside} for a in atoms}
    members = {a: [a] for a in atoms}
    load = {a: plan.households[a] for a in atoms}
    queue = [(-cost, a, b) for a in atoms for b, cost in near[a].items() if a < b and cost > 0]
    heapq.heapify(queue)
    while queue:
        price, a, b = heapq.heappop(queue)
        if a not in members or b not in members or near[a].get(b) != -price:
            continue
        if b not in touch[a] or load[a] + load[b] > limits.high:
            continue
        members[a] += members.pop(b)
        load[a] += load.pop(b)
        touch[a] = (touch[a] | touch.pop(b)) - {a, b}
        _merge_lists(near, touch, a, b)
        for other, cost in near[a].items():
            if cost > 0:
                heapq.heappush(queue, (-cost, min(a, other), max(a, other)))
    for _, group in sorted(members.items()):
        plan.put(group, plan.fresh())


def _merge_lists(near: dict[int, dict[int, float]], touch: dict[int, set[int]], a: int, b: int) -> None:
    """Let a take over the neighbours of b."""
    for other, cost in near.pop(b).items():
        near[other].pop(b)
        if b in touch.get(other, ()):
            touch[other].discard(b)
            touch[other].add(a)
        if other != a:
            near[a][other] = near[other][a] = near[a].get(other, 0.0) + cost
