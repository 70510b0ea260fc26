"""The cover: the best of all groupings, proven, as trying every one tells."""

from __future__ import annotations

from hypothesis import given, settings
from problems import best_of_all, check, problems, recounted

from gridgeo.partition.cover import solve_by_cover
from gridgeo.partition.exact import Budget
from gridgeo.partition.problem import Problem


@settings(max_examples=150)
@given(problems())
def test_no_grouping_is_better_than_the_cover(problem: Problem) -> None:
    best = best_of_all(problem)
    answer = solve_by_cover(problem, Budget(20.0))
    if best is None:
        assert answer is None or answer.grouping is None
        return
    assert answer is not None
    assert answer.grouping is not None
    check(problem, answer.grouping)
    assert recounted(problem, answer.grouping) == answer.worth[:4] == best
    assert answer.proven
    assert answer.settled
    assert answer.bound_dm == answer.worth.disagreement_dm
    assert answer.least_breach == answer.worth.breach
