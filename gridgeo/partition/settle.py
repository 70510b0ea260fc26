"""One community settled: the best grouping that the time allows, and what is proven about it.

In: a `Task`. Out: a `Settled`. Called by `gridgeo.partition.resolve` for every community, in any process; pure, so
the same task has the same answer everywhere.

First the kernel: ground on which all agencies agree is not divided. Only if the size rules cannot be kept that way,
every atom is a node. Both are solved by `cover` (all groups that could be grids) or `exact` (labels with lazy
connectivity), else improved from a greedy start by `search`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import TopologyError
from gridgeo.partition.anneal import anneal
from gridgeo.partition.conform import conformed
from gridgeo.partition.cover import solve_by_cover
from gridgeo.partition.exact import Answer, Budget, solve
from gridgeo.partition.kernel import Task
from gridgeo.partition.problem import DM, Grouping, Problem, Worth, connected
from gridgeo.partition.search import first_grouping, improve, lawful

__all__ = ["UNITS_PER_SECOND", "Settled", "never", "settle"]

UNITS_PER_SECOND = 0.5
"""Units of a `Budget` in a second: so chosen that a desktop of 2020 ends within the seconds asked for; measured."""
_STARTS = 4
"""Groupings from which the search begins, if there is time; chosen."""
_TEMPERS = ((2, 5), (8, 30), (4, 5), (4, 30), (8, 100), (1, 5))
"""How hot annealing begins and what broken rules cost meanwhile, see `anneal`. None is best for all: of twelve, these
had the best grouping of 39 unproven villages of Taipei most often, 17 to 9 times; measured."""
_SEEDS = 3
_LOOKS_PER_NODE = 30_000
"""How long one annealing lasts; chosen."""
_LOOKS_PER_UNIT = 100_000_000
"""Neighbours that annealing looks at in the time of one unit; measured: 50 to 120 million a second."""
_FEW = 16
_MOST_LABELS = 130
"""Nodes up to which the model of labels is worth a try."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A community's grids."""

    group: NDArray[np.int64]
    """(n,) group of each atom of the task."""
    heir: NDArray[np.int64]
    """(groups,) base grid (row of `Task.bases`) that each group succeeds, -1 = new."""
    worth: Worth
    status: str
    """optimal, bounded or heuristic."""
    bound_dm: int | None
    """No grouping that breaks as few rules has a lower level 2; None = not known."""
    feasible: bool | None
    """Whether the size rules can be kept; None = not known."""
    nodes: int
    """How many nodes there were to decide on."""


def never() -> bool:
    """Let a search go on."""
    return False


def settle(task: Task, *, seconds: float, seed: int, stop: Callable[[], bool] = never) -> Settled:
    """Group one community's atoms into grids.

    Parameters
    ----------
    task : Task
    seconds : float, keyword-only
        How long to search at most, measured in the solver's own steps, so that a busy machine stops at the same point.
    seed : int, keyword-only
    stop : callable, keyword-only
        Asked now and then: true = hand over the best so far.
    """
    problem = task.problem
    if problem.size == 0:
        return Settled(np.empty(0, np.int64), np.empty(0, np.int64), Worth(0, 0, 0, 0, 0), "optimal", 0, True, 0)
    whole = _whole(task)
    budget = Budget(seconds * UNITS_PER_SECOND, seed, stop)
    ground = _joined(task.agreed, whole, problem)
    kernel = problem.contract(ground)
    answer, nodes = _best(kernel, budget), kernel.size
    atoms = _joined(np.arange(problem.size), whole, problem)
    finer = problem.contract(atoms)
    if finer.size > kernel.size and (answer.worth is None or answer.worth.breach > finer.unavoidable):
        budget = Budget(seconds * UNITS_PER_SECOND, seed, stop)
        second = _best(finer, budget, _lifted(answer, ground, atoms, finer))
        if answer.worth is None or (second.worth is not None and second.worth.breach < answer.worth.breach):
            answer, ground, nodes = second, atoms, finer.size
        else:  # dividing agreed ground keeps no more rules
            # A bound speaks of groupings that break as little as was known to be least when it was found.
            same = answer.least_breach == second.least_breach
            bound = answer.bound_dm if same else kernel.least_disagreement_dm
            answer = replace(answer, least_breach=second.least_breach, bound_dm=bound, feasible=second.feasible)
    return _settled(problem, answer, ground, nodes)


def _settled(problem: Problem, answer: Answer, ground: NDArray[np.int64], nodes: int) -> Settled:
    """Carry an answer back to the atoms."""
    if answer.grouping is None:
        raise TopologyError("a community was left without grids; please report its city file")
    label = np.where(answer.grouping.heir >= 0, answer.grouping.heir, problem.bases + np.arange(answer.grouping.count))
    grouping = Grouping.of(label[answer.grouping.group[ground]], problem.bases)
    # A bound on level 2 says something only of groupings that break as few rules as any.
    bound = answer.bound_dm if answer.worth is not None and answer.worth.breach == answer.least_breach else None
    status = "optimal" if answer.proven else "bounded" if bound is not None else "heuristic"
    return Settled(grouping.group, grouping.heir, problem.worth(grouping), status, bound, answer.feasible, nodes)


def _joined(part: NDArray[np.int64], whole: NDArray[np.int64], problem: Problem) -> NDArray[np.int64]:
    """Return parts of which those marked in ``whole`` (>= 0, not a number from n to 2n) are one each."""
    return Grouping.of(np.where(whole >= 0, whole, problem.size + part), 0).group


def _whole(task: Task) -> NDArray[np.int64]:
    """Return the number of each set of atoms that is one grid at least, because it is small or planners ask so."""
    whole = _too_small_apart(task.problem)
    if task.together is None:
        return whole
    return np.where((whole < 0) & (task.together >= 0), 2 * task.problem.size + task.together, whole)


def _too_small_apart(problem: Problem) -> NDArray[np.int64]:
    """Return the number of each cut-off piece with too few households for a grid, -1 for other nodes.

    Such a piece is one grid: dividing it breaks more rules by more.
    """
    part = connected(problem.size, problem.pair[problem.walk])
    small = np.bincount(part, problem.households) < problem.limits.low
    small &= np.bincount(part, problem.population) <= problem.limits.population_max
    for one, two in problem.apart:
        small[np.intersect1d(part[list(one)], part[list(two)])] = False
    return np.where(small[part], part, -1)


def _lifted(answer: Answer, coarse: NDArray[np.int64], fine: NDArray[np.int64], problem: Problem) -> Grouping | None:
    """Return an answer on coarser nodes as a grouping of finer ones."""
    if answer.grouping is None:
        return None
    label = np.where(answer.grouping.heir >= 0, answer.grouping.heir, problem.bases + np.arange(answer.grouping.count))
    of_fine = np.zeros(problem.size, np.int64)
    of_fine[fine] = label[answer.grouping.group[coarse]]
    return Grouping.of(of_fine, problem.bases)


def _best(problem: Problem, budget: Budget, hint: Grouping | None = None) -> Answer:
    """Return the best answer that the methods find, the quickest first."""
    best = hint if hint is not None else first_grouping(problem, budget.seed)
    if problem.unmet(best):
        best = conformed(problem, best)
    known = Answer(None, None, None, 0, None, settled=False)
    for method, share in _METHODS:
        part = Budget(min(budget.left, share * budget.units), budget.seed, budget.stop)
        answer = method(problem, best, part)
        budget.spent += part.spent
        if answer is None:
            continue
        if answer.proven:
            return answer
        if answer.grouping is not None and problem.worth(answer.grouping) < problem.worth(best):
            best = answer.grouping
        known = _together(known, answer)
    best = _searched(problem, best, budget)
    worth = problem.worth(best)
    known = _with_sums(known, problem)
    return replace(known, grouping=best, worth=worth, feasible=True if worth.breach == 0 else known.feasible)


def _searched(problem: Problem, best: Grouping, budget: Budget) -> Grouping:
    """Improve a grouping, then others, begun from other spanning trees and annealed, while there is time."""
    best = improve(problem, best, budget)
    for start in range(1, _STARTS):
        if budget.left <= 0:
            break
        other = first_grouping(problem, budget.seed + start)
        if not problem.unmet(other):
            other = _annealed(problem, other, budget, seed=budget.seed + _SEEDS * start)
            best = min(best, improve(problem, other, budget), key=problem.worth)
    return best


def _annealed(problem: Problem, best: Grouping, budget: Budget, *, seed: int) -> Grouping:
    """Return the best of several annealings of a grouping."""
    begin, looks = best, _LOOKS_PER_NODE * problem.size
    for run in range(_SEEDS * len(_TEMPERS)):
        if budget.left <= 0:
            break
        hot, price_dm = _TEMPERS[run % len(_TEMPERS)]
        looks = min(looks, int(budget.left * _LOOKS_PER_UNIT) + 1)
        found = anneal(
            problem, begin, looks=looks, seed=seed + run // len(_TEMPERS), hot=hot, price_dm=price_dm
        )  # fmt: skip
        if found is None:
            break
        budget.spent += looks / _LOOKS_PER_UNIT
        best = min(best, lawful(problem, found.group), key=problem.worth)
    return best


def _with_sums(known: Answer, problem: Problem) -> Answer:
    """Return an answer that says at least what follows without any search."""
    least, bound = problem.unavoidable, problem.least_disagreement_dm
    if known.least_breach > least or (known.least_breach == least and known.bound_dm is not None):
        least, bound = known.least_breach, max(bound, bound if known.bound_dm is None else known.bound_dm)
    return replace(known, least_breach=least, bound_dm=bound)


def _by_cover(problem: Problem, _: Grouping, budget: Budget) -> Answer | None:
    """Return the best cover, None if there are too many groups."""
    # Without an upper limit every connected set is a group: far too many.
    bounded = problem.limits.high < int(problem.households.sum()) or problem.size <= _FEW
    return solve_by_cover(problem, budget) if bounded and budget.left > 0 else None


def _by_annealing(problem: Problem, hint: Grouping, budget: Budget) -> Answer:
    """Return a better grouping, without any bound."""
    best = _annealed(problem, hint, budget, seed=budget.seed)
    return Answer(best, problem.worth(best), None, 0, None, settled=False)


def _by_labels(problem: Problem, hint: Grouping, budget: Budget) -> Answer | None:
    """Return the best answer of the model of labels: within the size rules, or else breaking few."""
    if problem.size > _MOST_LABELS or budget.left <= 0:
        return None
    answer = solve(problem, budget, slack=False, hint=hint)
    return (
        replace(solve(problem, budget, slack=True, hint=hint), feasible=False) if answer.feasible is False else answer
    )


def _together(one: Answer, two: Answer) -> Answer:
    """Return what two answers without a proof tell of bounds."""
    feasible = one.feasible if two.feasible is None else two.feasible
    if one.least_breach != two.least_breach:
        return replace(max(one, two, key=lambda answer: answer.least_breach), feasible=feasible)
    bounds = [answer.bound_dm for answer in (one, two) if answer.bound_dm is not None]
    return replace(two, bound_dm=max(bounds, default=None), feasible=feasible)


_METHODS = ((_by_cover, 0.05), (_by_annealing, 0.1), (_by_labels, 0.1), (_by_cover, 0.3), (_by_labels, 0.3))
"""What is tried and the share of the budget: a short cover proves most communities at once, labels and a longer one
most of the others. Measured: labels first took 1.5 times as long on the 1,500 communities of a generated city."""


def gap_of(settled: Settled, problem: Problem) -> tuple[float, float | None]:
    """Return (objective, bound) of a community in metres: disagreement, moved households and imbalance."""
    objective = problem.floor_m + settled.worth.disagreement_dm / DM
    return objective, None if settled.bound_dm is None else problem.floor_m + settled.bound_dm / DM
