"""Communities as graphs of atoms, and how a partition of them is counted: the same for every method.

In: a city's atoms as gridgeo has them just before it resolves. Out: a `Community` each, a `Tally` of any grouping. The
counting knows no solver and takes nothing from the one that gridgeo uses: only what the agencies want of a border, and
which contacts hold a grid together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from gridgeo.city import Rules
from gridgeo.partition.agreement import BARRIER_PULL, border_share
from gridgeo.partition.atoms import Atoms, Borders
from gridgeo.partition.kernel import bridged
from gridgeo.partition.problem import connected
from gridgeo.partition.resolve import Ballot

NO_LIMIT = 1 << 40
MOVED_M = 1.0
"""Metres of border that one moved household weighs as much as, see the objective of gridgeo."""


@dataclass(frozen=True, slots=True, eq=False)
class Community:
    """One community's general atoms; exclusive sites are cut out before, for everybody."""

    atoms: np.ndarray
    """(n,) rows of `Atoms`."""
    households: np.ndarray
    population: np.ndarray
    base: np.ndarray
    """(n,) grid of the base agency as drawn, -1 = none."""
    opinion: np.ndarray
    """(n, agencies) grid of every agency, -1 = none."""
    pair: np.ndarray
    """(p, 2) atoms with a common border."""
    length_m: np.ndarray
    share: np.ndarray
    """(p,) weighted share of agencies that want the border."""
    walk: np.ndarray
    """(p,) whether a grid holds together over it."""
    low: int
    high: int
    population_max: int

    @property
    def part(self) -> np.ndarray:
        """(n,) connected part of each atom: no grid can lie in two."""
        return connected(len(self.atoms), self.pair[self.walk])

    def piece(self, members: np.ndarray) -> Community:
        """Return the community that these atoms alone would be."""
        place = np.full(len(self.atoms), -1)
        place[members] = np.arange(len(members))
        pair = place[self.pair]
        inside = (pair >= 0).all(axis=1)
        rows = {name: getattr(self, name)[members] for name in ("atoms", "households", "population", "base", "opinion")}
        borders = {name: getattr(self, name)[inside] for name in ("length_m", "share", "walk")}
        return replace(self, pair=pair[inside], **rows, **borders)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a partition is worth, added up over communities."""

    grids: int = 0
    too_small: int = 0
    too_large: int = 0
    disconnected: int = 0
    moved: int = 0
    disagreement_m: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def communities_of(atoms: Atoms, ballot: Ballot, rules: Rules) -> list[Community]:
    """Take a city's atoms apart; communities without households have no sizes to keep."""
    pull = np.array([BARRIER_PULL.get(kind, 0.0) for kind in ballot.layer_kind])
    share = border_share(atoms, ballot.weight, pull)
    base = atoms.label[:, ballot.base] if ballot.base >= 0 else np.full(len(atoms.community), -1)
    general = atoms.exclusive < 0
    found = []
    for number in range(int(atoms.community.max(initial=-1)) + 1):
        own = np.flatnonzero(general & (atoms.community == number))
        place = np.full(len(general), -1)
        place[own] = np.arange(len(own))
        pair = place[atoms.borders.pair]
        inside = (pair >= 0).all(axis=1)
        homes, length_m = atoms.households[own], atoms.borders.length_m[inside]
        holds = atoms.borders.open_m[inside] >= rules.min_border_m
        walk = bridged(homes, atoms.area_m2[own], pair[inside], length_m, holds)
        limits = (*rules.households, rules.population_max) if homes.any() else (0, NO_LIMIT, NO_LIMIT)
        borders = (pair[inside], length_m, share[inside], walk)
        people = (homes, atoms.population[own])
        found.append(Community(own, *people, base[own], atoms.label[own], *borders, *limits))
    return found


def chosen(atoms: Atoms, names: list[tuple[str, str]], count: int) -> tuple[Atoms, list[tuple[str, str]]]:
    """Return the atoms of so many communities, evenly spaced in the order of their codes."""
    which = np.unique(np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int))
    number = np.full(len(names), -1)
    number[which] = np.arange(len(which))
    own = np.flatnonzero(number[atoms.community] >= 0)
    place = np.full(len(atoms.community), -1)
    place[own] = np.arange(len(own))
    borders = atoms.borders
    inside = (place[borders.pair] >= 0).all(axis=1)
    left = Borders(
        place[borders.pair[inside]], borders.length_m[inside], borders.open_m[inside], borders.layer_m[inside]
    )
    rows = {
        name: getattr(atoms, name)[own] for name in ("exclusive", "label", "area_m2", "households", "population", "rim")
    }
    fewer = replace(atoms, community=number[atoms.community[own]], borders=left, **rows)
    return fewer, [names[k] for k in which.tolist()]


def tally(community: Community, group: np.ndarray) -> Tally:
    """Count a grouping of one community's atoms; group numbers are arbitrary."""
    group = np.unique(group, return_inverse=True)[1]
    homes = np.bincount(group, community.households)
    people = np.bincount(group, community.population)
    cut = group[community.pair[:, 0]] != group[community.pair[:, 1]]
    pieces = connected(len(group), community.pair[community.walk & ~cut])
    per_grid = np.bincount(group[np.unique(pieces, return_index=True)[1]])
    return Tally(
        grids=len(homes),
        too_small=int((homes < community.low).sum()),
        too_large=int(((homes > community.high) | (people > community.population_max)).sum()),
        disconnected=int((per_grid > 1).sum()),
        moved=moved(community, group),
        disagreement_m=float(np.where(cut, 1 - community.share, community.share) @ community.length_m),
    )


def moved(community: Community, group: np.ndarray) -> int:
    """Return how many households lie outside the grid that succeeds their base grid.

    Successors are those that let most households stay, one grid for one base grid.
    """
    drawn = community.base >= 0
    if not drawn.any():
        return 0
    names, base = np.unique(community.base[drawn], return_inverse=True)
    stay = np.zeros((int(group.max()) + 1, len(names)))
    np.add.at(stay, (group[drawn], base), community.households[drawn])
    kept = stay[linear_sum_assignment(stay, maximize=True)].sum()
    return int(community.households[drawn].sum() - kept)


def worth_m(community: Community, group: np.ndarray) -> float:
    """Return disagreement and moved households in metres, for a peer that can be told what to look for."""
    counted = tally(community, group)
    return counted.disagreement_m + MOVED_M * counted.moved


def unavoidable(community: Community) -> int:
    """Return how many grids must break the size rule at least, by arithmetic alone: one in each hopeless part.

    A part is hopeless if its households cannot be divided into grids within the limits, or one atom is too large.
    """
    hopeless = 0
    for name in np.unique(community.part).tolist():
        inside = community.part == name
        total = int(community.households[inside].sum())
        least = -(-total // community.high)
        divides = total >= community.low and (not community.low or least <= total // community.low)
        fits = (community.households[inside] <= community.high).all()
        fits &= (community.population[inside] <= community.population_max).all()
        hopeless += not (divides and fits)
    return hopeless


def drawn_by_base(community: Community) -> np.ndarray:
    """Return the base grids as drawn; atoms without one go with the neighbour of the longest common border."""
    return grown(community, community.base)


def grown(community: Community, label: np.ndarray) -> np.ndarray:
    """Give atoms labelled -1 the label across their longest border, from the longest of all; a rest is one group."""
    label = label.copy()
    order = np.argsort(-community.length_m, kind="stable")
    pairs = community.pair[order]
    while True:
        known = label[pairs] >= 0
        ready = np.flatnonzero(known[:, 0] != known[:, 1])
        if not len(ready):
            break
        a, b = pairs[ready[0]]
        label[a] = label[b] = max(label[a], label[b])
    return np.where(label < 0, label.max(initial=-1) + 1, label)
