"""Plans drawn in a test: atoms in a row or a lattice, with households and the agencies' wishes.

::

    row([30, 20, 40])          0 --- 1 --- 2        neighbours touch along 10 m and nobody parts them (cost +10)
    parted(plan, 0, 1)         0  |  1 --- 2        all want a border (cost -10)
    walled(plan, 0, 1)         0 ||| 1 --- 2        a hard barrier: no way across
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gridgeo.partition.plan import Limits, Plan

SIDE_M = 10.0
ANY = Limits(0, 10**9, 10**9)


def linked(households: Sequence[int], pairs: Iterable[tuple[int, int]], side_m: float = SIDE_M) -> Plan:
    """Return a plan without groups whose atoms touch as told; three people live in each household."""
    atoms = range(len(households))
    touch, cost, length = ({a: {} for a in atoms} for _ in range(3))
    for a, b in pairs:
        for near in (touch, cost, length):
            near[a][b] = near[b][a] = side_m
    counts = dict(enumerate(households))
    return Plan(counts, {a: 3 * count for a, count in counts.items()}, touch, cost, length)


def row(households: Sequence[int]) -> Plan:
    """Return atoms one beside the other."""
    return linked(households, [(a, a + 1) for a in range(len(households) - 1)])


def lattice(columns: int, rows: int, households: int = 1) -> Plan:
    """Return atoms row by row from the south-west."""
    east = [(a, a + 1) for a in range(columns * rows) if (a + 1) % columns]
    north = [(a, a + columns) for a in range(columns * (rows - 1))]
    return linked([households] * (columns * rows), east + north)


def grouped(plan: Plan, *groups: Iterable[int]) -> Plan:
    """Put atoms into groups 0, 1, 2 …"""
    for atoms in groups:
        plan.put(sorted(atoms), plan.fresh())
    return plan


def parted(plan: Plan, a: int, b: int, cost_m: float | None = None) -> Plan:
    """Let the agencies want a border between two atoms."""
    plan.cost[a][b] = plan.cost[b][a] = -plan.length_m[a][b] if cost_m is None else cost_m
    return plan


def walled(plan: Plan, a: int, b: int) -> Plan:
    """Put a hard barrier between two atoms."""
    del plan.touch[a][b], plan.touch[b][a]
    return plan


def sides(plan: Plan) -> set[frozenset[int]]:
    """Return the groups as sets of atoms."""
    return {frozenset(members) for members in plan.members.values()}


def wanted(*groups: Iterable[int]) -> set[frozenset[int]]:
    """Return groups as `sides` gives them."""
    return {frozenset(group) for group in groups}
