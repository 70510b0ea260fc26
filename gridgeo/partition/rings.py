"""Groups that close a ring around others.

In: a group for every node, who touches whom, which nodes reach the edge. Out: the rings. Used by
`gridgeo.partition.labels` and `gridgeo.partition.search`; almost all groupings have none, which is seen quickly.
"""

from __future__ import annotations

from collections.abc import Sequence

from gridgeo.partition.problem import Near, parts

__all__ = ["enclosed"]


def enclosed(group: Sequence[int], touches: Near, rim: Sequence[bool]) -> list[tuple[list[int], list[int]]]:
    """Return (ring, inside) for every set of nodes that one group encloses: the ring's nodes that touch it, and it.

    Parameters
    ----------
    group : sequence of int, (n,)
        Any numbers; groups need not be connected.
    touches : sequence of sequences of int
        Node → neighbours.
    rim : sequence of bool, (n,)
        Nodes that cannot be enclosed.

    Notes
    -----
    O(n), and O(n) more for every group that could be a ring.
    """
    found = []
    for name in sorted(_suspects(group, touches, rim)):
        outside = [v for v in range(len(group)) if group[v] != name]
        for inside in parts(outside, touches):
            if not any(rim[v] for v in inside):
                ring = sorted({w for v in inside for w in touches[v]} - set(inside))
                found.append((ring, inside))
    return found


def _suspects(group: Sequence[int], touches: Near, rim: Sequence[bool]) -> set[int]:
    """Return the groups that could enclose others: in several pieces, or without which something is cut off."""
    piece = [-1] * len(group)
    names: list[int] = []
    torn: set[int] = set()
    for start, name in enumerate(group):
        if piece[start] >= 0:
            continue
        torn |= {name} & set(names)
        piece[start], stack = len(names), [start]
        while stack:
            for w in touches[stack.pop()]:
                if piece[w] < 0 and group[w] == name:
                    piece[w] = len(names)
                    stack.append(w)
        names.append(name)
    beyond = len(names)  # one more node: what lies beyond the rim
    near: list[set[int]] = [set() for _ in range(beyond + 1)]
    for v in range(len(group)):
        near[piece[v]] |= {piece[w] for w in touches[v]}
        if rim[v]:
            near[piece[v]].add(beyond)
            near[beyond].add(piece[v])
    cut, reached = _articulations([sorted(others - {k}) for k, others in enumerate(near)], beyond)
    if reached <= beyond:  # ground without any way to the rim is enclosed by everybody
        return set(names)
    return torn | {names[k] for k in cut}


def _articulations(near: Sequence[Sequence[int]], root: int) -> tuple[set[int], int]:
    """Return the nodes, but for the root, without which others are cut off from it, and how many are reached from it.

    Source: Hopcroft and Tarjan 1973.
    """
    order, low = {root: 0}, {root: 0}
    cut: set[int] = set()
    stack = [(root, -1, iter(near[root]))]
    while stack:
        v, parent, others = stack[-1]
        for w in others:
            if w not in order:
                order[w] = low[w] = len(order)
                stack.append((w, v, iter(near[w])))
                break
            if w != parent:
                low[v] = min(low[v], order[w])
        else:
            stack.pop()
            if parent >= 0:
                low[parent] = min(low[parent], low[v])
                if parent != root and low[v] >= order[parent]:
                    cut.add(parent)
    return cut, len(order)
