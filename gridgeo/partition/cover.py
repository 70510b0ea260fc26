"""The best grouping of a community, proven: a cover of its nodes by groups that could be grids.

In: a `Problem` and a `Budget`. Out: an `Answer`. The first method of `gridgeo.partition.resolve`; where a community has
too many possible groups, `gridgeo.partition.exact` takes over.

A partition is a choice of groups that holds every node once. All legal groups can be looked at
(`gridgeo.partition.groups`), so connectivity, sizes and rings need no constraints, and the linear relaxation is nearly
whole: most communities are proven at its optimum. Groups enter the relaxation when their reduced cost says so (column
generation); then all groups that could be part of a better or equally good partition are listed, and
`gridgeo.partition.choose` finds the best cover among them, or CP-SAT where that has too many states.

Source: Garfinkel and Nemhauser 1970; Mehrotra, Johnson and Nemhauser 1998 (political districting by branch and price).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_matrix, hstack, identity, vstack

from gridgeo.partition.choose import Wanted, cheapest_cover
from gridgeo.partition.exact import Answer, Budget
from gridgeo.partition.field import Field, field_of
from gridgeo.partition.groups import Prices, groups_below
from gridgeo.partition.pool import Pool, borders_around
from gridgeo.partition.problem import Grouping, Problem

__all__ = ["solve_by_cover"]

STEPS_PER_UNIT = 4_000_000
"""Groups looked at in the time of one unit of a budget; measured: 4 to 6 million a second."""
_AT_ONCE = 30_000
"""So many groups go into the relaxation together; with more, only the cheapest of each pass."""
_PER_PASS = 1_500
_SHARE_OF_LISTING = 0.125
"""Part of the budget that listing all groups may use, before it is known which matter."""
_MOST_LISTED = 150_000
_MOST_SOLVED = 20_000
"""Groups that CP-SAT still chooses from in seconds; with 120,000 it overran every limit by minutes."""
_PASSES = 200
_HARDER = (1.0, 1e2, 1e4)
"""Factors of the penalty of uncovered nodes: a limit on broken rules can make a fraction of a node very dear."""
_STATES_PER_UNIT = 300_000_000
"""Steps of `gridgeo.partition.choose` in the time of one unit; measured."""
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


def _relax(pool: Pool, most_breach: int | None, penalty: float) -> _Relaxed:
    """Solve the linear relaxation over the groups in hand; uncovered nodes cost a penalty.

    Without ``most_breach`` it is that of level 1, else that of level 2 with so many broken rules at most.
    """
    p, columns, first_level = pool.problem, len(pool), most_breach is None
    every = np.ones((1, columns))
    equal = [csr_matrix(pool.member.T)] + ([csr_matrix(every)] if p.count is not None else [])
    right = np.append(np.ones(p.size), [] if p.count is None else [float(p.count)])
    held = np.flatnonzero(pool.heir >= 0)
    under = [csr_matrix((np.ones(len(held)), (pool.heir[held], held)), shape=(p.bases, columns))]
    under.append(csr_matrix(pool.breach[None].astype(float)))
    slope, above = _rows_of_number(p, most_breach)
    under.append(csr_matrix(slope[:, None] * every))
    # Behind the groups: an artificial one for every row, so that there is always an answer, and broken rules as such.
    lacking = block_diag([csr_matrix((p.bases + 1, len(right))), csr_matrix(-(slope < 0).astype(float)[:, None])])
    spare = lacking.shape[1]
    rules = csr_matrix(np.concatenate([np.zeros(p.bases), np.full(1 + len(slope), -float(first_level))])[:, None])
    free = (None, None) if first_level else (0.0, 0.0)
    solved = linprog(
        np.concatenate([np.zeros(columns) if first_level else pool.cost, np.full(spare, penalty), [1.0]]),
        A_ub=hstack([vstack(under), lacking, rules]).tocsr(),
        b_ub=np.concatenate([np.ones(p.bases), [float(most_breach or 0)], above]),
        A_eq=hstack([vstack(equal), identity(len(right)), csr_matrix((len(right), spare + 1 - len(right)))]).tocsr(),
        b_eq=right, bounds=[*[(0.0, None)] * (columns + spare), free], method="highs-ds",
    )  # fmt: skip
    worth, below = solved.eqlin.marginals, np.maximum(-solved.ineqlin.marginals, 0.0)
    per_group = float(below[p.bases + 1 :] @ slope) - (float(worth[p.size]) if p.count is not None else 0.0)
    prices = Prices(worth[: p.size], below[: p.bases], per_group, float(below[p.bases]), float(not first_level))
    if first_level and solved.fun < _CLOSE:  # then these are right as well, and rule out more
        prices = Prices(np.zeros(p.size), np.zeros(p.bases), 0.0, 1.0, 0.0)
    return _Relaxed(float(solved.fun), prices, float(solved.x[columns : columns + spare].sum()))


def _rows_of_number(p: Problem, most_breach: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (slope, most) so that every cover keeps slope · groups − broken rules ≤ most.

    On level 1 they say that so many groups break so much at least (the lower hull of `Problem.breach_of_number`); on
    level 2, where broken rules are limited, how many groups there can be. Fractions of groups need to be told both.
    """
    number = np.arange(1, p.size + 1)
    least = p.breach_of_number(number)
    if most_breach is not None:
        able = number[least <= most_breach]
        fewest, most = (int(able[0]), int(able[-1])) if len(able) else (1, 0)
        return np.array([1.0, -1.0]), np.array([float(most), -float(fewest)])
    hull: list[int] = []
    for k in range(len(number)):
        while len(hull) > 1 and (least[k] - least[hull[-1]]) * (hull[-1] - hull[-2]) <= (
            least[hull[-1]] - least[hull[-2]]
        ) * (k - hull[-1]):
            hull.pop()
        hull.append(k)
    at = np.array(hull)
    slope = np.diff(least[at]) / np.diff(at) if len(at) > 1 else np.zeros(1)
    return slope, slope * number[at[: len(slope)]] - least[at[: len(slope)]]


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
    endless: bool = False
    """Looking at all groups once takes more than listing them may: the passes that a proof needs would not end."""

    def __post_init__(self) -> None:
        """List all groups, if they are few."""
        p = self.problem
        free = Prices(np.zeros(p.size), np.zeros(p.bases), 0.0, 1.0, 1.0)
        most = self.budget.spent + _SHARE_OF_LISTING * self.budget.left
        found, self.whole = self._groups(free, np.inf, _AT_ONCE, share=_SHARE_OF_LISTING)
        self.endless = self.budget.spent >= most
        self.pool = Pool.of(p, found)

    def _groups(self, prices: Prices, below: float, most: int, share: float = 1.0) -> tuple[NDArray[np.bool_], bool]:
        """Return groups with a reduced cost below a limit, and whether these are all."""
        steps = int(self.budget.left * share * STEPS_PER_UNIT)
        found = groups_below(
            self.land, self.problem, prices, below=below, deviation=self.deviation, most=most, steps=steps
        )
        self.budget.spent += found.steps / STEPS_PER_UNIT + 1e-3
        return found.member, found.complete

    def relax(self, most_breach: int | None) -> tuple[_Relaxed, bool]:
        """Solve the relaxation over all groups; False if the budget ended before."""
        level = 1 if most_breach is None else 2
        active = np.argsort(self.pool.breach if level == 1 else self.pool.cost, kind="stable")[:_PER_PASS]
        penalties = [_penalty(self.problem, level) * factor for factor in _HARDER]
        for _ in range(_PASSES):
            relaxed = _relax(self.pool.only(active), most_breach, penalties[0])
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
    """A chosen cover."""

    rows: NDArray[np.int64] | None
    value: int | None
    optimal: bool
    impossible: bool = False
    settled: bool = False
    """No other cover with this value has a lower tie."""


def _choose(search: _Search, pool: Pool, relaxed: _Relaxed, gap: float, most_breach: int | None) -> _Choice:
    """Choose the cover with the lowest level, at most ``gap`` above the relaxation; levels 3 and 4 break ties."""
    level = pool.breach if most_breach is None else pool.cost
    tie, limit = _tie_break(pool), gap + max(1.0, _CLOSE * gap)
    wanted = Wanted(level, tie, pool.reduced(relaxed.prices), limit, most_breach)
    cover = cheapest_cover(pool, wanted, steps=int(search.budget.left * _STATES_PER_UNIT))
    search.budget.spent += cover.steps / _STATES_PER_UNIT + 1e-3
    if not cover.complete:
        if len(pool) > _MOST_SOLVED or search.budget.left <= 0:
            return _Choice(None, None, optimal=False)
        return _choose_by_solver(pool, level, tie, search.budget, most_breach)
    if cover.rows is None:
        return _Choice(None, None, optimal=True, impossible=True)
    return _Choice(cover.rows, int(level[cover.rows].sum()), optimal=True, settled=True)


def _choose_by_solver(
    pool: Pool, level: NDArray[np.int64], tie: NDArray[np.int64], budget: Budget, most_breach: int | None
) -> _Choice:
    """Choose the cover with the lowest level, then the lowest tie, by CP-SAT."""
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
    if choice.value is None or not choice.optimal:
        return choice
    model.add(cp_model.LinearExpr.weighted_sum(taken, level.tolist()) <= choice.value)
    last = _run(model, taken, tie, budget)
    return choice if last.rows is None else replace(choice, rows=last.rows, settled=last.optimal)


def _run(model: cp_model.CpModel, taken: list[cp_model.IntVar], level: NDArray[np.int64], budget: Budget) -> _Choice:
    """Minimise one level."""
    model.minimize(cp_model.LinearExpr.weighted_sum(taken, level.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # several would make the answer depend on the machine
    solver.parameters.catch_sigint_signal = False  # it would end this run untold, and the next Ctrl+C the process
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
    if problem.size == 0:
        nothing = Grouping.of(np.empty(0, np.int64), problem.bases)
        return None if problem.count else Answer(nothing, problem.worth(nothing), True, 0, 0, settled=True)
    laid_out = field_of(problem)
    inherent = problem.unavoidable
    for deviation in _DEVIATIONS:
        search = _Search(problem, laid_out, budget, deviation)
        if search.endless:
            return None
        least, known = _level_one(search, inherent)
        if not known:
            return None
        if least is None or least >= inherent + problem.beyond(deviation):
            continue
        answer = _level_two(search, least)
        if answer is None or answer.grouping is not None or answer.bound_dm is not None:
            return answer
    return None


def _level_one(search: _Search, inherent: int) -> tuple[int | None, bool]:
    """Return the least price of broken rules (None: no cover within the deviation), and whether that is known."""
    if not len(search.pool):
        return None, search.whole
    if search.deviation == 0 and inherent == 0:
        return 0, True
    relaxed, complete = search.relax(None)
    if not complete or relaxed.artificial > _CLOSE:
        return None, complete
    _, choice = _nearest(search, relaxed, None)
    return (None, True) if choice.impossible else (choice.value, choice.optimal)


def _level_two(search: _Search, least: int) -> Answer | None:
    """Return the best cover among those with the least broken rules; an empty answer if there is none."""
    relaxed, complete = search.relax(least)
    if not complete:
        return None
    if relaxed.artificial > _CLOSE:
        return Answer(None, None, False, 0, None, settled=False)
    pool, choice = _nearest(search, relaxed, least)
    if choice.impossible:
        return Answer(None, None, False, 0, None, settled=False)
    if choice.rows is None or choice.value is None:  # the relaxation is worth telling all the same
        constant = search.problem.weights.moved_dm * int(search.problem.stay.sum())
        lowest = -(-int(np.ceil(relaxed.value - 1e-3)) // 2) + constant
        return Answer(None, None, None, least, lowest, settled=False)
    bound = choice.value if choice.optimal else int(np.ceil(relaxed.value - 1e-3))
    return _answer(pool, choice, bound, settled=choice.settled)


def _nearest(search: _Search, relaxed: _Relaxed, most_breach: int | None) -> tuple[Pool, _Choice]:
    """Look for the best cover nearer and nearer to the relaxation's optimum, from below.

    A cover at most so much above the relaxation holds no group whose reduced cost is more, so what is found within
    the limit is the best of all.
    """
    pool, choice = search.pool, _Choice(None, None, False)
    for gap in _GAPS:
        pool, complete = search.within(relaxed.prices, gap)
        choice = _choose(search, pool, relaxed, gap, most_breach)
        if choice.value is not None and complete:
            above = choice.value - relaxed.value
            if choice.optimal and above <= gap + _CLOSE:
                return pool, choice
            pool, complete = search.within(relaxed.prices, above)
            choice = _choose(search, pool, relaxed, above, most_breach)
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
