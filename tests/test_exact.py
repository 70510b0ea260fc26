"""The labels: the best of all groupings, proven, as trying every one tells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from problems import best_of_all, check, city, in_a_row, problems, recounted

from gridgeo.partition.cover import solve_by_cover
from gridgeo.partition.exact import Budget, solve
from gridgeo.partition.labels import separator
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem


@settings(max_examples=100)
@given(problems())
def test_no_grouping_within_the_rules_is_better(problem: Problem) -> None:
    best = best_of_all(problem)
    answer = solve(problem, Budget(50.0), slack=False)
    if best is None or best[0] > 0:
        assert answer.grouping is None
        assert answer.feasible is False
        return
    assert answer.grouping is not None
    check(problem, answer.grouping)
    assert recounted(problem, answer.grouping) == answer.worth[:4] == best
    assert answer.proven
    assert answer.settled


@settings(max_examples=100)
@given(problems())
def test_no_grouping_that_breaks_as_little_is_better(problem: Problem) -> None:
    best = best_of_all(problem)
    answer = solve(problem, Budget(50.0), slack=True)
    if best is None:
        assert answer.grouping is None
        return
    assert answer.grouping is not None
    check(problem, answer.grouping)
    assert recounted(problem, answer.grouping) == answer.worth[:4] == best
    assert answer.proven
    assert answer.settled
    assert answer.feasible == (best[0] == 0)


@pytest.mark.parametrize(
    ("columns", "rows", "seed"), [(4, 4, 0), (6, 4, 0), (6, 5, 1), (6, 6, 0), (6, 6, 1), (8, 5, 1)]
)
def test_labels_and_cover_agree_on_cities_too_large_to_try_every_grouping(columns: int, rows: int, seed: int) -> None:
    """Two models that share nothing but the arrays: a relaxation over all groups by HiGHS, CP-SAT over labels."""
    problem = city(columns, rows, seed)
    labels, cover = solve(problem, Budget(80.0), slack=False), solve_by_cover(problem, Budget(20.0))
    assert cover is not None
    assert cover.grouping is not None
    assert labels.grouping is not None
    for answer in (labels, cover):
        assert answer.proven
        check(problem, answer.grouping)
    assert labels.worth[:2] == cover.worth[:2]


@pytest.mark.parametrize("units", [0.0, 0.01, 0.1, 1.0])
def test_out_of_time_the_bound_is_below_and_the_answer_no_worse_than_the_hint(units: float) -> None:
    problem, row = city(6, 6, 0), in_a_row([10] * 6, limits=Limits(10, 30, 10**6))
    best = solve_by_cover(problem, Budget(20.0))
    answer = solve(problem, Budget(units), slack=False)
    assert best is not None
    assert answer.bound_dm is None or answer.bound_dm <= best.worth.disagreement_dm
    hint = Grouping.of([0, 0, 1, 1, 2, 2], 0)
    assert solve(row, Budget(units), slack=False, hint=hint).worth <= row.worth(hint)


def test_hint_that_breaks_rules_is_no_answer_where_none_may_be_broken() -> None:
    row = in_a_row([10] * 3, limits=Limits(10, 15, 10**6))
    answer = solve(row, Budget(0.0), slack=False, hint=Grouping.of([0, 0, 0], 0))
    assert answer.grouping is None


def test_separator_is_what_every_way_passes() -> None:
    """0 - 1 - 2 - 3, and 1 - 4 leads nowhere."""
    near = {0: [1], 1: [0, 2, 4], 2: [1, 3], 3: [2], 4: [1]}
    assert separator([0], 3, near) == [1]
    assert separator([0, 1], 3, near) == [2]
    assert separator([3], 4, near) == [2]
    assert separator([0], 5, {**near, 5: []}) == []
