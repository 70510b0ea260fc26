"""A community's atoms being grouped into grids: loads, contacts, and the moves that keep every grid in one piece.

In: one community's atoms with households and cut costs. Out: a grouping that changes only by whole legal moves.
Part of `gridgeo.partition.resolve`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Limits", "Plan", "pieces"]

Near = dict[int, dict[int, float]]
"""Atom → neighbour → length or cut cost in metres."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Size rules of a general grid."""

    low: int
    high: int
    population_max: int

    def excess(self, households: int, population: int) -> int:
        """Return by how many households or people a size breaks the rules."""
        over = max(0, population - self.population_max)
        return max(0, self.low - households) + max(0, households - self.high) + over

    @property
    def middle(self) -> int:
        """Middle of the range of sizes."""
        return (self.low + self.high) // 2

    def counts(self, households: int) -> range:
        """Return into how many legal grids so many households can be divided; empty if into none."""
        least = -(-households // self.high) if self.high else 1
        return range(max(1, least), (households // self.low if self.low else max(1, least)) + 1)


@dataclass(slots=True)
class Plan:
    """A grouping of atoms; groups have arbitrary but stable numbers."""

    households: dict[int, int]
    population: dict[int, int]
    touch: Near
    """Neighbours that one may walk to, contact long enough and not behind a hard barrier, with its length."""
    cost: Near
    """All neighbours with the cost of a border between them."""
    length_m: Near
    """All neighbours with the length of the border between them."""
    group: dict[int, int] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    load: dict[int, int] = field(default_factory=dict)
    people: dict[int, int] = field(default_factory=dict)
    issued: int = 0

    def put(self, atoms: Iterable[int], group: int) -> None:
        """Move atoms into a group, which may be new; a group left empty disappears."""
        for atom in atoms:
            old = self.group.get(atom)
            if old is not None:
                self.members[old].discard(atom)
                self.load[old] -= self.households[atom]
                self.people[old] -= self.population[atom]
                if not self.members[old]:
                    del self.members[old], self.load[old], self.people[old]
            self.group[atom] = group
            self.members.setdefault(group, set()).add(atom)
            self.load[group] = self.load.get(group, 0) + self.households[atom]
            self.people[group] = self.people.get(group, 0) + self.population[atom]

    def fresh(self) -> int:
        """Return a group number that was never in use."""
        self.issued += 1
        return self.issued - 1

    def neighbours(self, group: int) -> dict[int, float]:
        """Return touching groups with the cost of the whole border, counted along all contacts."""
        found: dict[int, float] = {}
        for atom in sorted(self.members[group]):
            for other in self.touch[atom]:
                if other in self.group and self.group[other] != group:
                    found.setdefault(self.group[other], 0.0)
        for atom in sorted(self.members[group]):
            for other, cost in self.cost[atom].items():
                if self.group.get(other) in found:
                    found[self.group[other]] += cost
        return found

    def pull(self, atom: int) -> dict[int, float]:
        """Return for every group beside an atom the summed cost of a border between them."""
        found: dict[int, float] = {}
        for other, cost in self.cost[atom].items():
            if other in self.group:
                found[self.group[other]] = found.get(self.group[other], 0.0) + cost
        return found


def pieces(atoms: Iterable[int], touch: Near) -> list[list[int]]:
    """Return the connected pieces of a set of atoms, each ascending, in the order of their smallest atoms."""
    left, found = set(atoms), []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        stack, piece = [start], []
        while stack:
            atom = stack.pop()
            piece.append(atom)
            for other in touch[atom]:
                if other in left:
                    left.discard(other)
                    stack.append(other)
        found.append(sorted(piece))
    return found
