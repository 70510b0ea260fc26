"""Every community as a problem of its own, and the ground on which all agencies agree.

In: atoms, what their borders cost, which base grids are where, the rules. Out: a `Task` per community. Part of
`gridgeo.partition.resolve`, before `gridgeo.partition.settle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.atoms import Atoms
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import DM, Problem, Weights, connected, parts

__all__ = ["FRAGMENT_SHARE", "SCRAP_SHARE", "Task", "bridged", "own_ground", "ringed_anyway", "tasks_of"]

FRAGMENT_SHARE = 0.2
"""A piece below this share of its base grid's area is a leftover of it, not its successor: chosen."""
SCRAP_SHARE = 0.05
"""A cut-off piece without households above this share of its community's area stays a grid of its own: chosen."""
_ANY = Limits(0, 1 << 40, 1 << 40)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One community to be grouped."""

    atoms: NDArray[np.int64]
    """(n,) its general atoms: the nodes of `problem`."""
    bases: NDArray[np.int64]
    """(bases,) feature of each base grid of `problem`."""
    problem: Problem
    agreed: NDArray[np.int64]
    """(n,) part of each atom such that all agencies keep each part together."""
    sites: tuple[tuple[tuple[int, ...], int], ...]
    """Exclusive grids: atoms and site."""
    together: NDArray[np.int64] | None = None
    """(n,) number of the wished set that each atom belongs to, -1 = none; each set comes into one grid."""
    asked: tuple[Any, ...] = ()
    """Wishes, see `gridgeo.partition.wishes.Asked`."""


def tasks_of(
    atoms: Atoms,
    cost_m: NDArray[np.float64],
    share: NDArray[np.float64],
    *,
    base: int,
    base_area_m2: NDArray[np.float64],
    limits: Sequence[Limits],
    min_border_m: float,
    weights: Weights,
) -> list[Task]:
    """Take a city's atoms apart into one task per community.

    Parameters
    ----------
    atoms : Atoms
    cost_m, share : arrays of float64, (p,)
        From `gridgeo.partition.agreement`, one per border.
    base : int, keyword-only
        Agency whose grids are kept where the rules allow, -1 = none.
    base_area_m2 : array of float64, keyword-only
        Area of each base grid as drawn.
    limits : sequence of Limits, keyword-only
        One per community. A community without households has no sizes to keep.
    min_border_m : float, keyword-only
        Shorter contacts do not hold a grid together.
    weights : Weights, keyword-only
    """
    general = atoms.exclusive < 0
    of_pair = atoms.community[atoms.borders.pair[:, 0]]
    rows = _by_community(of_pair, len(limits))
    members = _by_community(atoms.community, len(limits))
    walk = atoms.borders.open_m >= min_border_m
    ground = own_ground(atoms, walk & general[atoms.borders.pair].all(axis=1), base, base_area_m2)
    usual_m2 = float(np.median(base_area_m2)) if len(base_area_m2) else 0.0
    place = np.full(len(general), -1, np.int64)
    found = []
    for own, inside, band in zip(members, rows, limits, strict=True):
        sites = _sites(own, atoms, inside[walk[inside]])
        inner = own[general[own]]
        rules = band if atoms.households[inner].any() else _ANY
        place[inner] = np.arange(len(inner))
        pair = place[atoms.borders.pair[inside]]
        place[inner] = -1  # one array for all communities: cost stays linear
        between = (pair >= 0).all(axis=1)
        borders, pair = inside[between], pair[between]
        names = np.unique(ground[inner][ground[inner] >= 0])
        holds = ground[inner][:, None] == names
        household = atoms.households[inner]
        length_m = atoms.borders.length_m[borders]
        problem = Problem(
            households=household, population=atoms.population[inner], area_m2=atoms.area_m2[inner],
            stay=holds * household[:, None], own=holds, pair=pair,
            cost_dm=np.round(cost_m[borders] * DM).astype(np.int64),
            length_dm=np.round(length_m * DM).astype(np.int64),
            walk=bridged(household, atoms.area_m2[inner], pair, length_m, walk[borders]),
            rim=atoms.rim[inner], limits=rules, weights=weights,
            # Where sizes decide, a group may be small ground with many homes.
            least_m2=0.0 if rules.low > 0 else FRAGMENT_SHARE * usual_m2,
            floor_m=float((length_m * share[borders]).sum()),
        )  # fmt: skip
        drawn = atoms.label[inner, base] if base >= 0 else np.full(len(inner), -1)
        problem = replace(problem, rim=problem.rim | ringed_anyway(problem, drawn))
        found.append(Task(inner, names, problem, _agreed(problem, atoms.label[inner]), sites))
    return found


def _by_community(community: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Return the rows of every community, ascending."""
    order = np.argsort(community, kind="stable")
    start = np.searchsorted(community[order], np.arange(count + 1))
    return [order[start[c] : start[c + 1]] for c in range(count)]


def _sites(own: NDArray[np.int64], atoms: Atoms, rows: NDArray[np.int64]) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return the connected pieces of every exclusive site in a community."""
    held = own[atoms.exclusive[own] >= 0]
    if not len(held):
        return ()
    near: dict[int, list[int]] = {int(a): [] for a in held}
    for a, b in atoms.borders.pair[rows].tolist():
        if a in near and b in near:
            near[a].append(b)
            near[b].append(a)
    found = []
    for site in np.unique(atoms.exclusive[held]).tolist():
        inside = [int(a) for a in held if atoms.exclusive[a] == site]
        found += [(tuple(part), site) for part in parts(inside, near)]
    return tuple(found)


# ------------------------------------------------------------- base grids ----


def own_ground(
    atoms: Atoms, walk: NDArray[np.bool_], base: int, base_area_m2: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the base grid whose successor may hold each atom; -1 = none.

    A community's border cuts corners off base grids. A piece below `FRAGMENT_SHARE` of its base grid is a leftover,
    and its grid's successor lies elsewhere, unless it is the largest piece.

    Parameters
    ----------
    atoms : Atoms
    walk : array of bool, (p,)
        Borders that hold ground together.
    base : int
    base_area_m2 : array of float64, (features,)
    """
    if base < 0:
        return np.full(len(atoms.community), -1, np.int64)
    label = atoms.label[:, base]
    pair = atoms.borders.pair
    same = walk & (label[pair[:, 0]] == label[pair[:, 1]])
    piece = connected(len(label), pair[same])
    area_m2 = np.bincount(piece, atoms.area_m2)
    owner = np.full(len(area_m2), -1, np.int64)
    owner[piece] = label
    largest = np.zeros(len(area_m2), bool)
    order = np.lexsort((np.arange(len(area_m2)), -area_m2, owner))
    largest[order[np.flatnonzero(np.diff(owner[order], prepend=-2))]] = True
    drawn_m2 = np.where(owner >= 0, base_area_m2[owner], np.inf) if len(base_area_m2) else np.full(len(owner), np.inf)
    heir = (owner >= 0) & (largest | (area_m2 >= FRAGMENT_SHARE * drawn_m2))
    return np.where(heir[piece], label, -1)


def ringed_anyway(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the nodes that may lie inside a ring: one label encloses them, or a hard barrier lets nothing out.

    Parameters
    ----------
    problem : Problem
    label : array of int64, (n,)
        Base grid, or wished set, of each node, -1 = none.
    """
    free = np.zeros(problem.size, bool)
    touches = problem.touches()
    part = connected(problem.size, problem.pair[problem.walk])
    outside = np.bincount(part, problem.rim) > 0
    free |= ~outside[part]
    rim = problem.rim.tolist()
    for grid in np.unique(label[label >= 0]).tolist():
        others = np.flatnonzero(label != grid).tolist()
        for inside in parts(others, touches):
            if not any(rim[v] for v in inside):
                free[inside] = True
    return free


# ----------------------------------------------------------------- ground ----


def _agreed(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return parts that every agency keeps together, at least one having an opinion.

    Ground too large for one grid is left as it is.
    """
    a, b = problem.pair[:, 0], problem.pair[:, 1]
    same = (label[a] == label[b]).all(axis=1) & (label[a] >= 0).any(axis=1) & problem.walk
    part = connected(problem.size, problem.pair[same])
    households = np.bincount(part, problem.households)
    people = np.bincount(part, problem.population)
    fits = (households <= problem.limits.high) & (people <= problem.limits.population_max)
    return connected(problem.size, problem.pair[same & fits[part[a]]])


def bridged(
    households: NDArray[np.int64],
    area_m2: NDArray[np.float64],
    pair: NDArray[np.int64],
    length_m: NDArray[np.float64],
    walk: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Let scraps that a barrier or a short contact cuts off hold together with the neighbour of the longest contact.

    A community may not be crossed and every place needs a grid, so a scrap of river bank on the wrong side follows
    its community. Pieces with households, and the largest piece, are no scraps.

    Parameters
    ----------
    households, area_m2 : arrays, (n,)
        Of a community's atoms.
    pair : array of int64, (p, 2)
    length_m : array of float64, (p,)
    walk : array of bool, (p,)

    Returns
    -------
    array of bool, (p,)
        ``walk`` and the bridges.
    """
    size = len(households)
    walk = walk.copy()
    piece = connected(size, pair[walk])
    piece_m2 = np.bincount(piece, area_m2)
    peopled = np.bincount(piece, households) > 0
    order = np.lexsort((np.arange(len(piece_m2)), piece_m2))
    for number in order[:-1].tolist():
        if peopled[number] or piece_m2[number] > SCRAP_SHARE * area_m2.sum():
            continue
        # An earlier, smaller scrap may hang on this one already, so both go together.
        now = connected(size, pair[walk])
        own = now == now[np.flatnonzero(piece == number)[0]]
        ways = np.flatnonzero(own[pair[:, 0]] != own[pair[:, 1]])
        if len(ways):
            walk[ways[np.lexsort((ways, -length_m[ways]))[0]]] = True
    return walk
