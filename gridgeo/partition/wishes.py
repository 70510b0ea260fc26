"""What planners ask of one community: grids together, grids apart, a number of grids.

In: tasks and the wishes of the city file with the ground they speak of. Out: tasks that know their wishes, and a
finding for every wish that cannot be meant. Part of `gridgeo.partition.resolve`, between `gridgeo.partition.kernel`
and `gridgeo.partition.comply`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.atoms import Atoms
from gridgeo.partition.kernel import Task, ringed_anyway
from gridgeo.partition.problem import Problem, connected, parts

__all__ = ["Asked", "Desire", "Refusal", "asked_of", "counts_of", "number_asked", "with_wishes"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Desire:
    """A wish of the city file about grids of one agency."""

    kind: str
    """together or apart."""
    column: int
    """Column of the agency in `Atoms.label`."""
    agency: str
    """Its key."""
    name: str
    """Its name."""
    features: tuple[tuple[str, tuple[int, ...]], ...]
    """Id and features of each grid named."""

    @property
    def text(self) -> str:
        """The wish in the words of a planner."""
        ids = "、".join(source_id for source_id, _ in self.features)
        return f"{self.name} {ids} {'合为一格' if self.kind == 'together' else '分在不同网格'}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish about nodes of one task."""

    kind: str
    """together, apart or count."""
    text: str
    agency: str
    """Key of the agency, "community" for a number of grids."""
    ids: tuple[str, ...]
    grounds: tuple[tuple[int, ...], ...] = ()
    """Nodes of each grid named; for together, of all of them as one."""
    count: int = 0
    """Number of general grids that are not locked."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that was not granted."""

    agency: str
    ids: tuple[str, ...]
    text: str


def with_wishes(task: Task, asked: Iterable[Asked]) -> Task:
    """Return a task whose problem has some wishes.

    Parameters
    ----------
    task : Task
    asked : iterable of Asked
    """
    asked = tuple(asked)
    together = np.full(task.problem.size, -1, np.int64)
    for number, wish in enumerate(wish for wish in asked if wish.kind == "together"):
        held = np.unique(together[list(wish.grounds[0])])
        together[list(wish.grounds[0])] = number
        together[np.isin(together, held[held >= 0])] = number  # wishes that share a grid are one
    apart = tuple(pair for wish in asked if wish.kind == "apart" for pair in combinations(wish.grounds, 2))
    count = next((wish.count for wish in asked if wish.kind == "count"), None)
    rim = task.problem.rim | ringed_anyway(task.problem, together) if (together >= 0).any() else task.problem.rim
    problem = replace(task.problem, apart=apart, count=count, rim=rim)
    return replace(task, problem=problem, together=together, asked=asked)


# ------------------------------------------------------------------ ground ----


def asked_of(
    atoms: Atoms, tasks: Sequence[Task], desires: Iterable[Desire], names: Sequence[str]
) -> tuple[list[list[Asked]], list[Refusal]]:
    """Bring wishes about agencies' grids to the communities in which these lie.

    Parameters
    ----------
    atoms : Atoms
    tasks : sequence of Task
    desires : iterable of Desire
    names : sequence of str
        Of the communities.

    Returns
    -------
    asked : list of list of Asked
        Per task.
    refusals : list of Refusal
        Wishes that cannot be granted whatever the rest is.
    """
    asked: list[list[Asked]] = [[] for _ in tasks]
    refusals = []
    for desire in desires:
        homes = [_home(atoms, desire.column, features) for _, features in desire.features]
        why = _misplaced(desire, homes, names)
        grounds: dict[int, list[tuple[int, ...]]] = {}
        for home, (_, features) in zip(homes, desire.features, strict=True):
            if home >= 0 and not why:
                grounds.setdefault(home, []).append(_main_ground(atoms, tasks[home], desire.column, features))
        for home, own in grounds.items():
            why = _unfit(desire, own, tasks[home].problem)
            if not why and (desire.kind == "together" or len(own) > 1):
                asked[home].append(_asked(desire, own))
        if why:
            refusals.append(Refusal(desire.agency, tuple(i for i, _ in desire.features), f"{desire.text}：{why}"))
    return asked, refusals


def _asked(desire: Desire, grounds: list[tuple[int, ...]]) -> Asked:
    """Return a wish about the nodes of a task."""
    if desire.kind == "together":
        grounds = [tuple(sorted(set().union(*map(set, grounds))))]
    return Asked(desire.kind, desire.text, desire.agency, tuple(i for i, _ in desire.features), tuple(grounds))


def _home(atoms: Atoms, column: int, features: tuple[int, ...]) -> int:
    """Return the community with most of a grid's ground that is to be grouped, -1 = there is none."""
    own = np.isin(atoms.label[:, column], features) & (atoms.exclusive < 0)
    if not own.any():
        return -1
    return int(np.bincount(atoms.community[own], atoms.area_m2[own]).argmax())


def _main_ground(atoms: Atoms, task: Task, column: int, features: tuple[int, ...]) -> tuple[int, ...]:
    """Return the nodes of a grid in a community: its largest piece, the rest is drawing."""
    inside = np.flatnonzero(np.isin(atoms.label[task.atoms, column], features)).tolist()
    pieces = parts(inside, task.problem.walks())
    area_m2 = [float(task.problem.area_m2[piece].sum()) for piece in pieces]
    return tuple(pieces[int(np.argmax(area_m2))])


def _misplaced(desire: Desire, homes: list[int], names: Sequence[str]) -> str:
    """Say why grids at these places cannot be together, or an empty text."""
    if desire.kind == "apart":
        return ""  # what lies in two communities, or is locked, is apart
    lost = [i for home, (i, _) in zip(homes, desire.features, strict=True) if home < 0]
    if lost:
        return f"{'、'.join(lost)} 没有可划分的地面（在界外、被锁定或属专属网格）"
    if len(set(homes)) > 1:
        return f"它们分属{'、'.join(names[home] for home in sorted(set(homes)))}，网格不能跨社区"
    return ""


def _unfit(desire: Desire, grounds: list[tuple[int, ...]], problem: Problem) -> str:
    """Say why these grounds cannot be one grid, or an empty text."""
    if desire.kind == "apart":
        return ""
    nodes = sorted(set().union(*map(set, grounds)))
    if len(parts(nodes, problem.walks())) > 1:
        return "它们互不相邻（或只隔着硬边界、过短的接触相邻），不能成为一个连通的网格"
    households, people = int(problem.households[nodes].sum()), int(problem.population[nodes].sum())
    if households > problem.limits.high:
        return f"合起来 {households} 户，超过每个网格 {problem.limits.high} 户的上限"
    if people > problem.limits.population_max:
        return f"合起来 {people} 人，超过每个网格 {problem.limits.population_max} 人的上限"
    return ""


# ------------------------------------------------------------------ number ----


def number_asked(code: str, name: str, grids: int, locked: int) -> Asked:
    """Return the wish for a number of grids.

    Parameters
    ----------
    code, name : str
        Of the community.
    grids : int
        Locked ones counted, exclusive ones not.
    locked : int
    """
    return Asked("count", f"{name}分成 {grids} 格", "community", (code,), count=grids - locked)


def counts_of(problem: Problem) -> tuple[int, int]:
    """Return the least and the largest number of legal grids, as far as sums tell.

    Parameters
    ----------
    problem : Problem

    Notes
    -----
    Every cut-off part needs a grid of its own, and a part too small for one has one all the same.
    """
    part = connected(problem.size, problem.pair[problem.walk])
    least = most = 0
    for number in range(int(part.max(initial=-1)) + 1):
        inside = part == number
        households, people = int(problem.households[inside].sum()), int(problem.population[inside].sum())
        low, high = problem.limits.low, max(1, problem.limits.high)
        need = max(1, -(-households // high), -(-people // max(1, problem.limits.population_max)))
        least += need
        most += max(need, min(households // low if low else int(inside.sum()), int(inside.sum())))
    return least, most
