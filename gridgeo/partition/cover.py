"""The best grouping of a community, proven: a cover of its nodes by groups that could be grids.

In: a `Problem` and a `Budget`. Out: an `Answer`. The first method of `gridgeo.partition.resolve`; where a community has
too many possible groups, `gridgeo.partition.exact` takes over.

A partition is a choice of groups that holds every node once. All legal groups can be looked at
(`gridgeo.partition.groups`), so connectivity, sizes and rings need no constraints, and the linear relaxation is nearly
whole: most communities are proven at its optimum. Groups enter the relaxation when their reduced cost says so (column
generation); then all groups that could be part of a better or equally good partition are listed and CP-SAT chooses.

Source: Garfinkel and Nemhauser 1970; Mehrotra, Johnson and Nemhauser 1998 (political districting by branch and price).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from gridgeo.partition.exact import Answer, Budget
from gridgeo.partition.groups import Field, Prices, field_of, groups_below
from gridgeo.partition.pool import Pool, borders_around
from gridgeo.partition.problem import Grouping, Problem

__all__ = ["solve_by_cover"]

STEPS_PER_UNIT = 4_000_000
"""Groups looked at in the time of one unit of a budget; measured: 4 to 6 million a second."""
_AT_ONCE = 30_000
"""So many groups go into the relaxation together; with more, only the cheapest of each pass."""
_PER_PASS = 1_500
_MOST_LISTED = 150_000
"""Groups that CP-SAT still chooses from in seconds."""
_PASSES = 200
_HARDER = (1.0, 1e2, 1e4)
"""Factors of the penalty of uncovered nodes: a limit on broken rules can make a fraction of a node very dear."""
_COLUMNS_PER_UNIT = 100_000
"""Groups that the relaxation takes in the time of one unit; measured roughly."""
_CLOSE = 1e-6
_GAPS = (2.0, 100.0, 500.0, 2_000.0, 10_000.0, 50_000.0, 250_000.0, np.inf)
"""Half decimetres above the relaxation within which a cover is looked for, the nearest first."""
_DEVIATIONS = (0, 10, 30, 100, 300, 1000)
"""Households by which groups may break the rules, tried in turn until the optimum shows that more cannot help."""


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The optimum of a relaxation."""

    value: float
    prices: Prices
    artificial: float
    """How much of the nodes no group in hand covers."""


def _relax(pool: Pool, level: int, most_breach: int | None, penalty: float) -> _Relaxed:
    """Solve the linear relaxation over the groups in hand; uncovered nodes cost a penalty."""
    p = pool.problem
    cost = (pool.breach if level == 1 else pool.cost).astype(float)
    columns = len(pool)
    column, node = np.nonzero(pool.member)
    right = [1.0] * p.size
    if p.count is not None:
        column, node = np.append(column, np.arange(columns)), np.append(node, np.full(columns, p.size))
        right.append(float(p.count))
    spare = len(right)  # an artificial group per row, so that there is always an answer
    equal = csr_matrix((np.ones(len(node)), (node, column)), shape=(spare, columns))
    held = np.flatnonzero(pool.heir >= 0)
    limit, above = (
        [csr_matrix((np.ones(len(held)), (pool.heir[held], held)), shape=(p.bases, columns))],
        [1.0] * p.bases,
    )
    if most_breach is not None:
        limit.append(csr_matrix(pool.breach[None].astype(float)))
        above.append(float(most_breach))
    under = hstack([vstack(limit), csr_matrix((len(above), spare))]).tocsr()
    solved = linprog(
        np.concatenate([cost, np.full(spare, penalty)]), A_ub=under, b_ub=np.array(above),
        A_eq=hstack([equal, identity(spare)]).tocsr(), b_eq=np.array(right), method="highs-ds",
    )  # fmt: skip
    worth, below = solved.eqlin.marginals, -solved.ineqlin.marginals
    breach = float(below[p.bases]) if most_breach is not None else 0.0
    prices = Prices(
        worth[: p.size], np.maximum(below[: p.bases], 0.0), -float(worth[p.size]) if p.count is not None else 0.0,
        1.0 if level == 1 else max(breach, 0.0), 0.0 if level == 1 else 1.0,
    )  # fmt: skip
    return _Relaxed(float(solved.fun), prices, float(solved.x[len(pool) :].sum()))


def _penalty(problem: Problem, level: int) -> float:
    """Return more than two covers can differ by on a level."""
    people = int(problem.households.sum() + problem.population.sum())
    if level == 1:
        return 4.0 * (people + problem.size * (problem.limits.low + problem.per_broken))
    borders = int(np.abs(problem.cost_dm).sum())
    homes = int(problem.households.sum()) + problem.size * problem.limits.middle
    weight = problem.weights.moved_dm + problem.weights.balance_dm
    return 4.0 * (borders + weight * min(homes, 10**7) + 1)


@dataclass(slots=True)
class _Search:
    """One problem with groups up to a deviation."""

    problem: Problem
    land: Field
    budget: Budget
    deviation: int
    pool: Pool = field(init=False)
    whole: bool = False
    """All groups are in the pool."""

    def __post_init__(self) -> None:
        """List all groups, if they are few."""
        p = self.problem
        free = Prices(np.zeros(p.size), np.zeros(p.bases), 0.0, 1.0, 1.0)
        found, self.whole = self._groups(free, np.inf, _AT_ONCE)
        self.pool = Pool.of(p, found)

    def _groups(self, prices: Prices, below: float, most: int) -> tuple[NDArray[np.bool_], bool]:
        """Return groups with a reduced cost below a limit, and whether these are all."""
        steps = int(self.budget.left * STEPS_PER_UNIT)
        found = groups_below(
            self.land, self.problem, prices, below=below, deviation=self.deviation, most=most, steps=steps
        )
        self.budget.spent += found.steps / STEPS_PER_UNIT + 1e-3
        return found.member, found.complete

    def relax(self, level: int, most_breach: int | None) -> tuple[_Relaxed, bool]:
        """Solve the relaxation over all groups; False if the budget ended before."""
        active = np.argsort(self.pool.breach if level == 1 else self.pool.cost, kind="stable")[:_PER_PASS]
        penalties = [_penalty(self.problem, level) * factor for factor in _HARDER]
        for _ in range(_PASSES):
            relaxed = _relax(self.pool.only(active), level, most_breach, penalties[0])
            self.budget.spent += len(active) / _COLUMNS_PER_UNIT
            limit = -_CLOSE * max(1.0, abs(relaxed.value))
            better = self._cheapest(relaxed.prices, limit)
            if not len(better) and not self.whole:
                before = len(self.pool)
                found, complete = self._groups(relaxed.prices, limit, _PER_PASS)
                if len(found):
                    self.pool = self.pool.joined(Pool.of(self.problem, found))
                    better = np.arange(before, len(self.pool))
                elif not complete:
                    return relaxed, False
            if not len(better):
                if relaxed.artificial < _CLOSE or len(penalties) == 1:
                    return relaxed, True
                penalties.pop(0)
            active = np.union1d(active, better)
        return relaxed, False

    def _cheapest(self, prices: Prices, limit: float) -> NDArray[np.int64]:
        """Return the groups in hand whose reduced cost is below a limit, the cheapest if they are many."""
        reduced = self.pool.reduced(prices)
        rows = np.flatnonzero(reduced < limit)
        return rows[np.argsort(reduced[rows], kind="stable")[:_PER_PASS]]

    def within(self, prices: Prices, gap: float) -> tuple[Pool, bool]:
        """Return all groups that a cover at most ``gap`` above the relaxation can hold."""
        limit = gap + max(1.0, _CLOSE * gap)
        if not self.whole:
            found, complete = self._groups(prices, limit, _MOST_LISTED)
            if not complete:
                return self.pool.only(self.pool.reduced(prices) <= limit), False
            self.pool = self.pool.joined(Pool.of(self.problem, found))
        return self.pool.only(self.pool.reduced(prices) <= limit), True


# ------------------------------------------------------------------ choice ----


@dataclass(frozen=True, slots=True)
class _Choice:
    """A cover chosen by CP-SAT."""

    rows: NDArray[np.int64] | None
    value: int | None
    optimal: bool
    impossible: bool = False


def _choose(
    pool: Pool,
    level: NDArray[np.int64],
    budget: Budget,
    most_breach: int | None,
    *,
    tie: NDArray[np.int64] | None = None,
) -> _Choice:
    """Choose the cover with the lowest level; with ``tie``, the lowest of that among these."""
    p, model = pool.problem, cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(len(pool))]
    for v in range(p.size):
        model.add_exactly_one(taken[k] for k in np.flatnonzero(pool.member[:, v]).tolist())
    for b in range(p.bases):
        model.add_at_most_one(taken[k] for k in np.flatnonzero(pool.heir == b).tolist())
    if p.count is not None:
        model.add(cp_model.LinearExpr.sum(taken) == p.count)
    if most_breach is not None and pool.breach.any():
        model.add(cp_model.LinearExpr.weighted_sum(taken, pool.breach.tolist()) <= most_breach)
    choice = _run(model, taken, level, budget)
    if tie is None or choice.value is None or not choice.optimal:
        return choice
    model.add(cp_model.LinearExpr.weighted_sum(taken, level.tolist()) <= choice.value)
    last = _run(model, taken, tie, budget)
    return replace(choice, rows=last.rows, optimal=last.optimal)


def _run(model: cp_model.CpModel, taken: list[cp_model.IntVar], level: NDArray[np.int64], budget: Budget) -> _Choice:
    """Minimise one level."""
    model.minimize(cp_model.LinearExpr.weighted_sum(taken, level.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # several would make the answer depend on the machine
    solver.parameters.random_seed = budget.seed
    solver.parameters.max_deterministic_time = max(budget.left, 1e-3)
    status = solver.solve(model)
    budget.spent += max(solver.response_proto.deterministic_time, 1e-3)
    if status == cp_model.INFEASIBLE:
        return _Choice(None, None, True, impossible=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return _Choice(None, None, False)
    rows = np.flatnonzero([solver.boolean_value(var) for var in taken])
    return _Choice(rows, int(level[rows].sum()), status == cp_model.OPTIMAL)


# ------------------------------------------------------------------- solve ----


def solve_by_cover(problem: Problem, budget: Budget) -> Answer | None:
    """Find the best grouping by choosing among all groups that could be grids.

    Parameters
    ----------
    problem : Problem
    budget : Budget
        Its `spent` grows.

    Returns
    -------
    Answer or None
        None: too many groups for the budget.
    """
    laid_out = field_of(problem)
    inherent = problem.unavoidable
    for deviation in _DEVIATIONS:
        search = _Search(problem, laid_out, budget, deviation)
        least, known = _level_one(search, inherent)
        if not known:
            return None
        if least is None or least >= inherent + problem.beyond(deviation):
            continue
        answer = _level_two(search, least)
        if answer is None or answer.grouping is not None:
            return answer
    return None


def _level_one(search: _Search, inherent: int) -> tuple[int | None, bool]:
    """Return the least price of broken rules (None: no cover within the deviation), and whether that is known."""
    if not len(search.pool):
        return None, search.whole
    if search.deviation == 0 and inherent == 0:
        return 0, True
    relaxed, complete = search.relax(1, None)
    if not complete or relaxed.artificial > _CLOSE:
        return None, complete
    _, choice = _nearest(search, relaxed, None)
    return (None, True) if choice.impossible else (choice.value, choice.optimal)


def _level_two(search: _Search, least: int) -> Answer | None:
    """Return the best cover among those with the least broken rules; an empty answer if there is none."""
    relaxed, complete = search.relax(2, least)
    if not complete:
        return None
    if relaxed.artificial > _CLOSE:
        return Answer(None, None, False, 0, None, settled=False)
    pool, choice = _nearest(search, relaxed, least)
    if choice.impossible:
        return Answer(None, None, False, 0, None, settled=False)
    if choice.rows is None or choice.value is None:
        return None
    bound = choice.value if choice.optimal else int(np.ceil(relaxed.value - 1e-3))
    settled = False
    if choice.optimal:
        pool = pool.only(pool.reduced(relaxed.prices) <= choice.value - relaxed.value + 1.0)
        last = _choose(pool, pool.cost, search.budget, least, tie=_tie_break(pool))
        settled = last.optimal
        choice = last if last.rows is not None else choice
    return _answer(pool, choice, bound, settled=settled)


def _nearest(search: _Search, relaxed: _Relaxed, most_breach: int | None) -> tuple[Pool, _Choice]:
    """Look for the best cover nearer and nearer to the relaxation's optimum, from below.

    A cover at most so much above the relaxation holds no group whose reduced cost is more, so what is found within
    the limit is the best of all.
    """
    pool, choice = search.pool, _Choice(None, None, False)
    for gap in _GAPS:
        pool, complete = search.within(relaxed.prices, gap)
        level = pool.breach if most_breach is None else pool.cost
        choice = _choose(pool, level, search.budget, most_breach)
        if choice.value is not None and complete:
            if choice.optimal and choice.value <= relaxed.value + gap + _CLOSE:
                return pool, choice
            pool, complete = search.within(relaxed.prices, choice.value - relaxed.value)
            level = pool.breach if most_breach is None else pool.cost
            choice = _choose(pool, level, search.budget, most_breach)
            return pool, replace(choice, optimal=choice.optimal and complete)
        if not complete or search.budget.left <= 0:
            return pool, replace(choice, optimal=False, impossible=False)
    return pool, choice


def _tie_break(pool: Pool) -> NDArray[np.int64]:
    """Return levels 3 and 4 as one number per group: a grid opened or closed outweighs all borders."""
    p = pool.problem
    most = 2 * int(p.length_dm.sum()) + 1
    around = borders_around(p, pool.member, p.length_dm).round().astype(np.int64)
    return np.where(pool.heir >= 0, -most, most) + around


def _answer(pool: Pool, choice: _Choice, bound: int, *, settled: bool) -> Answer:
    """Return a chosen cover as a grouping."""
    p = pool.problem
    rows = choice.rows if choice.rows is not None else np.empty(0, np.int64)
    label = np.full(p.size, -1, np.int64)
    for k, row in enumerate(rows.tolist()):
        label[pool.member[row] > 0] = pool.heir[row] if pool.heir[row] >= 0 else p.bases + k
    grouping = Grouping.of(label, p.bases)
    worth = p.worth(grouping)
    constant = p.weights.moved_dm * int(p.stay.sum())
    return Answer(grouping, worth, worth.breach == 0, worth.breach, -(-bound // 2) + constant, settled)
