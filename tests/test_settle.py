"""A community settled: the best of all groupings, whatever the time a valid one, and nothing claimed that is not so."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import (
    TOWN,
    best_of_all,
    check,
    city,
    in_a_row,
    lattice,
    patches,
    pieces_of,
    problem_of,
    problems,
    recounted,
    task_of,
    walkable,
)

from gridgeo.partition.exact import Answer, Budget
from gridgeo.partition.kernel import Task, ringed_anyway
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem
from gridgeo.partition.search import first_grouping, improve
from gridgeo.partition.settle import Settled, settle

TENS = Limits(10, 20, 10**6)


def settled(task: Task, seconds: float = 60.0) -> Settled:
    return settle(task, seconds=seconds, seed=1)


def grouping_of(found: Settled) -> Grouping:
    return Grouping(found.group, found.heir)


def with_rings_of_barriers(problem: Problem) -> Problem:
    """Return a problem as every community is: what a hard barrier lets nothing out of may be ringed."""
    return replace(problem, rim=problem.rim | ringed_anyway(problem, np.full(problem.size, -1)))


@st.composite
def agreed_tasks(draw: st.DrawFn) -> Task:
    """Draw a community and ground on which all agree: connected parts within the size rules."""
    problem = with_rings_of_barriers(draw(problems(steered=False)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    opinion = rng.integers(0, draw(st.sampled_from([2, 4, 9])), problem.size)
    part = np.arange(problem.size)
    for name in np.unique(opinion).tolist():
        for piece in pieces_of(np.flatnonzero(opinion == name).tolist(), walkable(problem)):
            nodes = sorted(piece)
            if not problem.limits.excess(problem.limits.low, int(problem.population[nodes].sum())):
                part[nodes] = nodes[0] if problem.households[nodes].sum() <= problem.limits.high else part[nodes]
    return task_of(problem, np.unique(part, return_inverse=True)[1].ravel().tolist())


# ------------------------------------------------------------------- best ----


@settings(max_examples=80)
@given(problems(steered=False))
def test_no_grouping_is_better(drawn: Problem) -> None:
    problem = with_rings_of_barriers(drawn)
    found = settled(task_of(problem))
    check(problem, grouping_of(found))
    assert recounted(problem, grouping_of(found)) == found.worth[:4] == best_of_all(problem)
    assert found.status == "optimal"
    assert found.feasible == (found.worth.breach == 0)
    assert found.bound_dm == found.worth.disagreement_dm


@settings(max_examples=60)
@given(agreed_tasks())
def test_agreed_ground_is_divided_only_if_that_keeps_more_size_rules(task: Task) -> None:
    problem = task.problem
    found = settled(task)
    check(problem, grouping_of(found))
    whole, divided = best_of_all(problem.contract(task.agreed)), best_of_all(problem)
    assert divided is not None
    best = divided if whole is None or divided[0] < whole[0] else whole
    assert found.worth[:4] == best
    assert found.status == "optimal"


@settings(max_examples=60)
@given(problems(steered=False))
def test_tighter_sizes_never_break_fewer_rules(drawn: Problem) -> None:
    """A broken rule weighs a quarter of the range, so households alone are compared: those beyond the limits."""
    problem = with_rings_of_barriers(drawn)
    loose = settled(task_of(problem))
    limits = problem.limits
    people = limits.population_max - 5
    tight = replace(problem, limits=Limits(limits.low, limits.high, people))
    assert settled(task_of(tight)).worth.breach >= loose.worth.breach


@settings(max_examples=60)
@given(problems(steered=False), st.integers(0, 20))
def test_one_more_wall_never_makes_anything_better(drawn: Problem, at: int) -> None:
    problem = replace(drawn, rim=np.ones(drawn.size, bool), least_m2=0.0)
    walk = problem.walk.copy()
    walk[at % max(1, len(walk)) : at % max(1, len(walk)) + 1] = False
    walled = replace(problem, walk=walk)
    assert settled(task_of(walled)).worth[:4] >= settled(task_of(problem)).worth[:4]


@settings(max_examples=60)
@given(problems(steered=False))
def test_a_base_grid_that_may_be_succeeded_in_more_places_never_costs(drawn: Problem) -> None:
    problem = with_rings_of_barriers(drawn)
    if not problem.bases:
        return
    more = replace(problem, own=np.ones_like(problem.own))
    assert settled(task_of(more)).worth[:2] <= settled(task_of(problem)).worth[:2]


# ------------------------------------------------------------ what is known ----


def test_identical_legal_layers_come_back_and_nobody_moves() -> None:
    label = [0, 0, 1, 0, 0, 1, 2, 2, 2]
    pair = sorted(lattice(3, 3))
    cost = [-100 if label[a] != label[b] else 100 for a, b in pair]
    problem = patches(3, 3, 5, bases=label, cost_dm=cost, limits=TENS)
    found = settled(task_of(problem))
    assert found.heir[found.group].tolist() == label
    assert problem.moved(grouping_of(found)) == 0
    assert found.worth.changed == 0
    assert found.status == "optimal"


def test_of_two_layers_one_refining_the_other_the_refined_borders_come() -> None:
    """The first sees 012 | 345, the second 0 | 12 | 345: half want the border between 0 and 1, a tie without a base."""
    problem = in_a_row([10] * 6, cost_dm=[-10, 100, -100, 100, 100], bases=[0, 1, 1, 2, 2, 2])
    found = settled(task_of(problem))
    assert found.group.tolist() == [0, 1, 1, 2, 2, 2]


def test_refining_is_dropped_where_it_breaks_the_size_rule() -> None:
    problem = in_a_row([4, 7, 7, 10], cost_dm=[-10, 100, -100], limits=TENS)
    assert settled(task_of(problem)).group.tolist() == [0, 0, 0, 1]


def test_nodes_that_are_too_large_are_no_reason_to_break_another_rule() -> None:
    found = settled(task_of(in_a_row([50, 5, 5, 15], limits=TENS)))
    assert found.group.tolist() == [0, 1, 1, 2]
    assert found.worth.broken == 1
    assert found.status == "optimal"


def test_island_too_small_for_a_grid_is_one_and_everything_else_is_as_without_it() -> None:
    island = problem_of([10, 10, 2, 3], [(0, 1), (2, 3)], cost_dm=[-100, -100], limits=TENS)
    found = settled(task_of(island))
    assert found.group.tolist() == [0, 1, 2, 2]
    assert found.status == "optimal"
    assert found.worth.broken == 1


def test_crowded_island_with_few_households_is_divided_if_that_breaks_less() -> None:
    """Two homes of 40 people on an island: one grid of 80 people breaks the rule of 50 by more than two."""
    island = problem_of([10, 4, 4], [(1, 2)], population=np.array([10, 40, 40]), limits=Limits(5, 20, 50), cost_dm=100)
    assert settled(task_of(island)).group.tolist() == [0, 1, 2]


def test_empty_community_has_no_grid_and_is_settled() -> None:
    found = settled(task_of(problem_of([], [])))
    assert (len(found.group), len(found.heir), found.status) == (0, 0, "optimal")


@pytest.mark.parametrize("households", [0, 7, 99])
def test_single_node_is_a_grid(households: int) -> None:
    found = settled(task_of(problem_of([households], [], limits=TENS)))
    assert found.group.tolist() == [0]
    assert found.status == "optimal"


def test_community_without_households_keeps_its_base_grids() -> None:
    problem = in_a_row([0] * 4, bases=[0, 0, 1, 1], cost_dm=[100, -100, 100])
    assert settled(task_of(problem)).heir.tolist() == [0, 1]


def test_no_grid_closes_a_ring_around_another() -> None:
    """Everybody wants 4 by itself in the middle of one grid."""
    cost = [-500 if 4 in pair else 100 for pair in sorted(lattice(3, 3))]
    problem = patches(3, 3, cost_dm=cost)
    found = settled(task_of(problem))
    check(problem, grouping_of(found))
    declared = replace(problem, rim=np.ones(9, bool))
    assert settled(task_of(declared)).worth.disagreement_dm < found.worth.disagreement_dm


# ----------------------------------------------------------------- the same ----


def bytes_of(found: Settled) -> tuple[bytes, bytes, object, str, int | None]:
    return found.group.tobytes(), found.heir.tobytes(), found.worth, found.status, found.bound_dm


def test_same_task_same_bytes_in_any_order_and_on_any_number_of_processes() -> None:
    tasks = [task_of(city(4, 4, seed)) for seed in range(4)]
    work = partial(settle, seconds=20.0, seed=1)
    here = [bytes_of(work(task)) for task in tasks]
    for workers, order in ((1, [3, 1, 0, 2]), (2, [2, 0, 3, 1])):
        with ProcessPoolExecutor(workers) as pool:
            there = list(pool.map(work, [tasks[k] for k in order]))
        assert [bytes_of(found) for found in there] == [here[k] for k in order]


@pytest.mark.parametrize("seconds", [0.0, 1e-3, 0.05, 0.5])
@pytest.mark.parametrize("limits", [TOWN, Limits(0, 10**6, 10**6), Limits(33, 36, 120)])
def test_out_of_time_a_valid_grouping_no_worse_than_the_start_is_handed_over(seconds: float, limits: Limits) -> None:
    problem = city(6, 6, 5, limits)
    found = settled(task_of(problem), seconds)
    check(problem, grouping_of(found))
    assert found.worth <= problem.worth(first_grouping(problem, 1))
    assert found.worth[:4] == recounted(problem, grouping_of(found))
    assert found.bound_dm is None or found.bound_dm <= found.worth.disagreement_dm
    assert found.status != "optimal" or found.bound_dm == found.worth.disagreement_dm


@settings(max_examples=80)
@given(agreed_tasks(), st.sampled_from([0.0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2]))
def test_wherever_the_time_ends_nothing_is_claimed_that_is_not_so(task: Task, seconds: float) -> None:
    problem = task.problem
    found = settled(task, seconds)
    whole, divided = best_of_all(problem.contract(task.agreed)), best_of_all(problem)
    assert divided is not None
    best = divided if whole is None or divided[0] < whole[0] else whole
    if found.bound_dm is not None:
        assert found.worth.breach == best[0]
        assert found.bound_dm <= best[1]
    if found.status == "optimal":
        assert found.worth[:2] == best[:2]
    if found.feasible is not None:
        assert found.feasible == (best[0] == 0)


def test_bound_within_the_rules_says_nothing_where_dividing_agreed_ground_proves_that_they_cannot_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the kernel time ended with a bound for groupings that break nothing; then it is proven that there is none."""
    task = task_of(in_a_row([10, 10, 10], limits=Limits(16, 18, 10**6), cost_dm=[100, -100]), agreed=[0, 0, 1])
    one = Grouping.of([0, 0], 0)
    worth = task.problem.contract(np.array([0, 0, 1])).worth(one)
    kernel = Answer(one, worth, None, 0, worth.disagreement_dm, settled=False)
    finer = Answer(None, None, False, worth.breach, None, settled=False)
    answers = iter([kernel, finer])
    monkeypatch.setattr("gridgeo.partition.settle._best", lambda *_: next(answers))
    found = settled(task)
    assert (found.status, found.bound_dm) == ("bounded", -100)  # what follows from the wanted border alone


def test_stopped_at_once_a_valid_grouping_is_handed_over() -> None:
    problem = city(6, 6, 5)
    found = settle(task_of(problem), seconds=60.0, seed=1, stop=lambda: True)
    check(problem, grouping_of(found))


@settings(max_examples=60)
@given(problems(steered=False), st.integers(0, 99))
def test_first_grouping_is_valid_and_search_never_makes_it_worse(drawn: Problem, seed: int) -> None:
    problem = replace(with_rings_of_barriers(drawn), least_m2=0.0)
    first = first_grouping(problem, seed)
    check(problem, first)
    better = improve(problem, first, Budget(5.0))
    check(problem, better)
    assert problem.worth(better) <= problem.worth(first)
