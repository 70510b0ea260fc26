"""The best grouping of a community, proven: CP-SAT with connectivity added where a solution lacks it.

In: a `Problem` and a `Budget`. Out: an `Answer`: the best grouping found, how many rules must be broken, and a bound.
Used by `gridgeo.partition.resolve` and, on neighbourhoods, by `gridgeo.partition.search`.

Clauses of the model (`gridgeo.partition.labels`) are added where a solution breaks them. As clauses are only ever
missing, every bound on the way is valid, and the first solution that breaks none is optimal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from gridgeo.partition.labels import LabelModel
from gridgeo.partition.problem import Grouping, Problem, Worth

__all__ = ["Answer", "Budget", "solve"]

_SHARE_OF_TIES = 0.2
"""Part of the budget that levels 3 and 4 may use: they choose between groupings that are equal in what matters."""


@dataclass(slots=True)
class Budget:
    """How long to search, in CP-SAT's deterministic time, so that a busy machine stops at the same point."""

    units: float
    seed: int = 1
    stop: Callable[[], bool] = lambda: False
    """Asked between two runs of the solver: true = hand over the best so far."""
    spent: float = 0.0

    @property
    def left(self) -> float:
        """Units that remain."""
        return 0.0 if self.stop() else max(0.0, self.units - self.spent)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver knows at its end."""

    grouping: Grouping | None
    """None: none found in time, or none exists."""
    worth: Worth | None
    feasible: bool | None
    """Whether a grouping without broken rules exists; None = not known."""
    least_breach: int
    """No grouping has a lower level 1 (0 if nothing is proven)."""
    bound_dm: int | None
    """No grouping with the least level 1 has a lower disagreement; None = not known."""
    settled: bool
    """True if levels 3 and 4 are proven too."""

    @property
    def proven(self) -> bool:
        """Tell whether levels 1 and 2 are proven."""
        return (
            self.worth is not None
            and self.worth.breach == self.least_breach
            and self.bound_dm is not None
            and self.bound_dm >= self.worth.disagreement_dm
        )


def solve(problem: Problem, budget: Budget, *, slack: bool, hint: Grouping | None = None) -> Answer:
    """Find the best grouping, level by level.

    Parameters
    ----------
    problem : Problem
    budget : Budget
        Its `spent` grows.
    slack : bool, keyword-only
        False: only groupings within the size rules. True: as few broken rules as possible first.
    hint : Grouping, optional
        Where to begin; the answer is never worse.

    Returns
    -------
    Answer
        ``feasible`` is False if ``slack`` is False and no grouping keeps the rules.
    """
    model = LabelModel(problem, slack=slack)
    best = _Best(problem, model)
    if hint is not None and (slack or problem.worth(hint).breach == 0):
        best.offer(hint)
    least = 0
    if slack:
        run = _minimise(model, model.breach, budget, best)
        least = run.bound if run.bound is not None else 0
        if best.grouping is None or not run.optimal:
            return Answer(best.grouping, best.worth, None, least, None, False)
        least = best.worth.breach if best.worth else 0
        model.limit(model.breach, least)
    run = _minimise(model, model.disagreement, budget, best)
    if run.infeasible:
        return Answer(None, None, False, 0, None, False)
    settled = False
    if run.optimal and best.worth:
        model.limit(model.disagreement, best.worth.disagreement_dm)
        ties = Budget(_SHARE_OF_TIES * budget.units, budget.seed, budget.stop)
        settled = _minimise(model, model.tie_break, ties, best).optimal
        budget.spent += ties.spent
    feasible = True if best.worth and best.worth.breach == 0 else (False if slack else None)
    return Answer(best.grouping, best.worth, feasible, least, run.bound, settled)


# --------------------------------------------------------------------- run ----


class _Best:
    """The best valid grouping seen so far."""

    def __init__(self, problem: Problem, model: LabelModel) -> None:
        self.problem, self.model = problem, model
        self.grouping: Grouping | None = None
        self.worth: Worth | None = None
        self.label: list[int] | None = None

    def offer(self, grouping: Grouping) -> None:
        """Take a grouping if it can be expressed, breaks no clause and is better."""
        label = self.model.named(grouping)
        if label is not None and not len(self.problem.scraps(grouping)) and not self.model.forbid(label):
            self.take(label)

    def take(self, label: list[int]) -> None:
        """Take a labelling that breaks no clause if it is better."""
        grouping = Grouping.of(label, self.problem.bases)
        worth = self.problem.worth(grouping)
        if self.worth is None or worth < self.worth:
            self.grouping, self.worth, self.label = grouping, worth, label


class _Seen(cp_model.CpSolverSolutionCallback):
    """Every solution of a run, as labels."""

    def __init__(self, model: LabelModel) -> None:
        super().__init__()
        self.model, self.found = model, list[list[int]]()

    def on_solution_callback(self) -> None:
        """Note a solution."""
        self.found.append(self.model.labels_of(self.boolean_value))


@dataclass(slots=True)
class _Run:
    """How the minimisation of one level ended."""

    optimal: bool = False
    infeasible: bool = False
    bound: int | None = None
    found: list[list[int]] = field(default_factory=list)


def _minimise(model: LabelModel, level: cp_model.LinearExprT, budget: Budget, best: _Best) -> _Run:
    """Minimise a level; run the solver again until its best solution breaks no clause."""
    run = _Run()
    if isinstance(level, int):
        level = cp_model.LinearExpr.constant(level)
    model.model.minimize(level)
    while budget.left > 0:
        if best.label is not None:
            model.hint(best.label)
        seen, solver = _Seen(model), cp_model.CpSolver()
        solver.parameters.num_workers = 1  # several would make the answer depend on the machine
        solver.parameters.catch_sigint_signal = False  # it would end this run untold, and the next Ctrl+C the process
        solver.parameters.linearization_level = int(model.slack)  # only how much is broken gains from relaxations
        solver.parameters.random_seed = budget.seed
        solver.parameters.max_deterministic_time = budget.left
        status = solver.solve(model.model, seen)
        budget.spent += max(solver.response_proto.deterministic_time, 1e-3)
        if status == cp_model.INFEASIBLE:
            run.infeasible = True
            return run
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return run
        bound = round(np.ceil(solver.best_objective_bound - 1e-6))
        run.bound = bound if run.bound is None else max(run.bound, bound)
        lacking = True
        for label in seen.found:
            lacking = model.forbid(label)  # in the end that of the last one, the best
            if not lacking:
                best.take(label)
        if status == cp_model.OPTIMAL and not lacking:
            run.optimal = True
            return run
    return run
