"""A community as arrays: what a grouping is worth, and what stays the same when nodes are joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import best_of_all, in_a_row, lattice, pieces_of, problem_of, problems, recounted

from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem, Weights, connected, parts

TENS = Limits(10, 20, 10**6)


@st.composite
def grouped(draw: st.DrawFn) -> tuple[Problem, Grouping]:
    """Draw a community and any grouping of it, connected or not."""
    problem = draw(problems(steered=False))
    names = draw(st.lists(st.integers(0, 5), min_size=problem.size, max_size=problem.size))
    return problem, Grouping.of(names, problem.bases)


# ------------------------------------------------------------------- worth ----


@given(grouped())
def test_worth_is_the_sum_over_grids(drawn: tuple[Problem, Grouping]) -> None:
    problem, grouping = drawn
    assert problem.worth(grouping)[:4] == recounted(problem, grouping)


@pytest.mark.parametrize(
    ("better", "worse"),
    [([520, 500], [505, 505]), ([280, 280, 280], [840]), ([300, 500], [299, 500]), ([502], [300, 250])],
)
def test_one_broken_rule_weighs_as_much_as_a_quarter_of_the_range(better: list[int], worse: list[int]) -> None:
    limits = Limits(300, 500, 10**6)

    def breach(sizes: list[int]) -> int:
        problem = problem_of(sizes, [], limits=limits)
        return problem.worth(Grouping.of(range(len(sizes)), 0)).breach

    assert breach(better) < breach(worse)


def test_moved_households_are_those_outside_the_successor_of_their_base_grid() -> None:
    problem = in_a_row([1, 2, 4, 8], bases=[0, 0, 1, 1])
    assert problem.moved(Grouping.of([0, 0, 1, 1], 2)) == 0
    assert problem.moved(Grouping.of([0, 1, 1, 1], 2)) == 2
    assert problem.moved(Grouping.of([0, 0, 0, 0], 2)) == 12
    assert problem.moved(Grouping.of([5, 5, 1, 1], 2)) == 3


def test_opened_and_closed_grids_are_counted() -> None:
    problem = in_a_row([1] * 4, bases=[0, 0, 1, 1])
    assert problem.worth(Grouping.of([0, 0, 1, 1], 2)).changed == 0
    assert problem.worth(Grouping.of([0, 0, 0, 0], 2)).changed == 1
    assert problem.worth(Grouping.of([0, 5, 1, 1], 2)).changed == 1
    assert problem.worth(Grouping.of([5, 5, 6, 6], 2)).changed == 4


def test_balance_counts_households_off_the_middle() -> None:
    problem = in_a_row([12, 18], limits=TENS, weights=Weights(moved_dm=0, balance_dm=7), cost_dm=0)
    assert problem.worth(Grouping.of([0, 1], 0)).disagreement_dm == 7 * (3 + 3)
    assert problem.worth(Grouping.of([0, 0], 0)).disagreement_dm == 7 * 15


# ------------------------------------------------------------- unavoidable ----


@given(problems(steered=False))
def test_no_grouping_breaks_less_than_is_unavoidable(problem: Problem) -> None:
    best = best_of_all(problem)
    assert best is None or problem.unavoidable <= best[0]


def test_a_crowded_node_and_a_large_one_may_break_one_rule_together() -> None:
    """20 homes of nobody and 60 people without a home: apart they would break two rules, and one by 10 more."""
    problem = in_a_row([20, 0], population=np.array([0, 60]), limits=Limits(10, 15, 50))
    assert best_of_all(problem)[0] == problem.worth(Grouping.of([0, 0], 0)).breach == problem.unavoidable == 5 + 10 + 1


# --------------------------------------------------------------- contraction ----


@given(grouped())
def test_joined_nodes_are_worth_what_their_grouping_is(drawn: tuple[Problem, Grouping]) -> None:
    """Each group as one node: grouped singly, these are the grouping."""
    problem, grouping = drawn
    small = problem.contract(grouping.group)
    label = np.where(grouping.heir >= 0, grouping.heir, problem.bases + np.arange(grouping.count))
    assert small.worth(Grouping.of(label, problem.bases)) == problem.worth(grouping)
    assert small.area_m2.sum() == pytest.approx(problem.area_m2.sum())


@given(problems())
def test_nodes_each_for_itself_are_the_same_problem(problem: Problem) -> None:
    same = problem.contract(np.arange(problem.size))
    for name in ("households", "population", "area_m2", "stay", "own", "pair", "cost_dm", "length_dm", "walk", "rim"):
        np.testing.assert_array_equal(getattr(same, name), getattr(problem, name))


def test_one_way_is_enough_for_joined_nodes_to_hold_together() -> None:
    """0 and 1 | 2 and 3; a wall between 0 and 2 alone."""
    square = problem_of([1] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)], walls=[1])
    joined = square.contract(np.array([0, 0, 1, 1]))
    assert joined.pair.tolist() == [[0, 1]]
    assert joined.walk.tolist() == [True]
    assert joined.length_dm.tolist() == [200]


# ------------------------------------------------------------------- graphs ----


@given(problems())
def test_parts_are_connected_and_nothing_is_lost(problem: Problem) -> None:
    wanted = sorted(sorted(piece) for piece in pieces_of(range(problem.size), problem.pair.tolist()))
    assert sorted(parts(range(problem.size), problem.touches())) == wanted
    part = connected(problem.size, problem.pair)
    assert sorted(np.flatnonzero(part == k).tolist() for k in range(int(part.max(initial=-1)) + 1)) == wanted


def test_groups_are_numbered_by_their_smallest_nodes() -> None:
    grouping = Grouping.of([7, 1, 7, 0, 9], 2)
    assert grouping.group.tolist() == [0, 1, 0, 2, 3]
    assert grouping.heir.tolist() == [-1, 1, 0, -1]


def test_wishes_not_granted_outweigh_every_size() -> None:
    """Two grids are wanted and 0 apart from 3; one grid of 200 breaks both wishes, four of 50 miss one by two."""
    problem = replace(problem_of([50] * 4, lattice(2, 2), limits=TENS), count=2, apart=(((0,), (3,)),))
    granted = problem.worth(Grouping.of([0, 0, 0, 1], 0))
    assert granted.breach < problem.worth(Grouping.of([0, 0, 0, 0], 0)).breach
    assert granted.breach < problem.worth(Grouping.of([0, 1, 2, 3], 0)).breach
    assert problem.unmet(Grouping.of([0, 0, 0, 1], 0)) == 0
    assert problem.unmet(Grouping.of([0, 0, 0, 0], 0)) == problem.unmet(Grouping.of([0, 1, 2, 3], 0)) == 2
