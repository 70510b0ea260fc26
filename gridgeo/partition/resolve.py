"""Atoms to grids: one community at a time, the best partition within the rules.

In: `Atoms`, the agencies' weights, the rules. Out: a grid number for every atom and one report per community.
Previous stage: `gridgeo.partition.atoms`; next: `gridgeo.partition.assemble`. The only door is `resolve`.

What "best" means, level by level, is written down in docs/objective.md; `gridgeo.partition.settle` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridgeo.city import Rules
from gridgeo.model import CommunityReport
from gridgeo.partition.agreement import border_share, cut_cost_m
from gridgeo.partition.atoms import Atoms
from gridgeo.partition.comply import settle_as_asked
from gridgeo.partition.kernel import Task, tasks_of
from gridgeo.partition.outcome import report_on, violations
from gridgeo.partition.plan import Limits
from gridgeo.partition.settle import Settled, never
from gridgeo.partition.steer import Steering
from gridgeo.partition.wishes import Refusal, asked_of, number_asked, with_wishes

__all__ = ["Ballot", "Resolution", "resolve"]


@dataclass(frozen=True, slots=True)
class Ballot:
    """How the layers count."""

    weight: NDArray[np.float64]
    """(agencies,)"""
    base: int
    """Agency whose grids are kept where the rules allow, -1 = none."""
    layer_kind: tuple[str, ...]
    """(layers,) barrier class of each layer of the arrangement, "" for others."""
    base_area_m2: NDArray[np.float64]
    """(features of the base,) area of each base grid as drawn; empty without a base."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The grids of a city."""

    grid: NDArray[np.int64]
    """(n,) grid of each atom, from 0."""
    exclusive: NDArray[np.int64]
    """(grids,) exclusive site of each grid, -1 = general."""
    heir: NDArray[np.int64]
    """(grids,) feature of the base that each grid succeeds, -1 = none."""
    reports: tuple[CommunityReport, ...]
    """One per community; `violations` is empty, see `broken`."""
    broken: tuple[tuple[int, str], ...]
    """(grid, reason in Chinese) for every grid that breaks a size rule."""
    refused: tuple[Refusal, ...] = ()
    """Wishes that were not granted, and why."""


def resolve(  # noqa: PLR0913 - the last five say how to work, not what to do
    atoms: Atoms,
    ballot: Ballot,
    rules: Rules,
    names: list[tuple[str, str]],
    *,
    steering: Steering | None = None,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], float] = float,
    each: Callable[..., Iterable[Any]] = map,
    stop: Callable[[], bool] = never,
) -> Resolution:
    """Group atoms into grids.

    Parameters
    ----------
    atoms : Atoms
    ballot : Ballot
    rules : Rules
    names : list of (code, name)
        One per community.
    steering : Steering, keyword-only, optional
        What planners ask; by default every community keeps ``rules``, and nothing else is asked.
    progress : callable, keyword-only, optional
        Called with (communities done, communities).
    clock : callable, keyword-only
        Returns seconds, for the reports; by default they say 0.
    each : callable, keyword-only
        Applies a function to every community in order, like `map`; a pool's map does it on several cores.
    stop : callable, keyword-only
        Asked now and then: true = settle the rest with the best so far. Must be known in every process.

    Returns
    -------
    Resolution
        Grids are connected over contacts of at least ``rules.min_border_m`` and lie in one community each. The same
        atoms give the same grids, whatever the order of communities and the number of processes.
    """
    steering = steering or Steering(limits=(Limits(*rules.households, rules.population_max),) * len(names))
    tasks, refused = _tasks(atoms, ballot, rules, names, steering)
    work = partial(_timed, seconds=rules.seconds_per_community, seed=rules.seed, clock=clock, stop=stop)
    grid = np.full(len(atoms.community), -1, np.int64)
    sites: list[int] = []
    heirs: list[int] = []
    reports: list[CommunityReport] = []
    broken: list[tuple[int, str]] = []
    if progress:
        progress(0, len(names))
    for (code, name), task, (settled, refusals, seconds) in zip(names, tasks, each(work, tasks), strict=True):
        first = len(sites)
        for members, site, heir in _grids_of(task, settled):
            grid[members] = len(sites)
            sites.append(site)
            heirs.append(heir)
        refused += refusals
        broken += [(int(grid[task.atoms[settled.group == g][0]]), why) for g, why in violations(task, settled)]
        reports.append(report_on(task, settled, code=code, name=name, grids=len(sites) - first, seconds=seconds))
        if progress:
            progress(len(reports), len(names))
    return Resolution(
        grid, np.array(sites, np.int64), np.array(heirs, np.int64), tuple(reports), tuple(broken), tuple(refused)
    )


def _tasks(
    atoms: Atoms, ballot: Ballot, rules: Rules, names: list[tuple[str, str]], steering: Steering
) -> tuple[list[Task], list[Refusal]]:
    """Return every community with its rules and wishes, and the wishes that cannot be meant."""
    pull = np.array([steering.pull.get(kind, 0.0) for kind in ballot.layer_kind])
    share = border_share(atoms, ballot.weight, pull)
    tasks = tasks_of(
        atoms, cut_cost_m(atoms, share), share, base=ballot.base, base_area_m2=ballot.base_area_m2,
        limits=steering.limits, min_border_m=rules.min_border_m, weights=steering.weights,
    )  # fmt: skip
    asked, refused = asked_of(atoms, tasks, steering.desires, [name for _, name in names])
    for community, grids in steering.counts.items():
        locked = sum(site >= steering.first_lock for _, site in tasks[community].sites)
        asked[community].append(number_asked(*names[community], grids, locked))
    return [with_wishes(task, own) if own else task for task, own in zip(tasks, asked, strict=True)], refused


def _timed(
    task: Task, *, seconds: float, seed: int, clock: Callable[[], float], stop: Callable[[], bool]
) -> tuple[Settled, tuple[Refusal, ...], float]:
    """Settle a community and tell how long it took."""
    began = clock()
    settled, refusals = settle_as_asked(task, seconds=seconds, seed=seed, stop=stop)
    return settled, refusals, round(clock() - began, 4)


def _grids_of(task: Task, settled: Settled) -> list[tuple[list[int], int, int]]:
    """Return (atoms, exclusive site or -1, base grid or -1) of every grid, by their smallest atoms."""
    heir = [int(task.bases[b]) if b >= 0 else -1 for b in settled.heir.tolist()]
    general = [(task.atoms[settled.group == g].tolist(), -1, heir[g]) for g in range(len(settled.heir))]
    return sorted(general + [(list(members), site, -1) for members, site in task.sites])
