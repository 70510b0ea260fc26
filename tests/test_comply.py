"""Wishes of planners on small drawn communities: granted where the rules allow, else refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import patches, pieces_of, problem_of, problems, task_of, walkable

from gridgeo.partition.comply import settle_as_asked
from gridgeo.partition.conform import conformed
from gridgeo.partition.kernel import Task
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem
from gridgeo.partition.search import first_grouping
from gridgeo.partition.settle import Settled
from gridgeo.partition.wishes import Asked, Refusal, counts_of, with_wishes


def together(*nodes: int) -> Asked:
    return Asked("together", "甲乙合为一格", "a", ("甲", "乙"), (nodes,))


def apart(*grounds: tuple[int, ...]) -> Asked:
    return Asked("apart", "甲乙分在不同网格", "a", ("甲", "乙"), grounds)


def count(grids: int) -> Asked:
    return Asked("count", f"共 {grids} 格", "community", ("411102001001",), count=grids)


def settled(problem: Problem, *asked: Asked) -> tuple[Settled, tuple[Refusal, ...]]:
    task = with_wishes(task_of(problem), asked)
    found, refusals = settle_as_asked(task, seconds=10, seed=1)
    held = walkable(problem)
    for g in range(len(found.heir)):
        assert len(pieces_of(np.flatnonzero(found.group == g).tolist(), held)) == 1
    return found, refusals


def groups(found: Settled) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(found.group == g).tolist()) for g in range(len(found.heir))}


def test_any_number_of_grids_that_sizes_allow_is_met() -> None:
    """Twelve patches of ten households, 20 to 60 in a grid: two to six grids."""
    problem = patches(4, 3, 10, limits=Limits(20, 60, 10**6))
    assert counts_of(problem) == (2, 6)
    for grids in range(2, 7):
        found, refusals = settled(problem, count(grids))
        assert len(found.heir) == grids
        assert found.worth.breach == 0
        assert refusals == ()


@pytest.mark.parametrize("grids", [1, 7])
def test_a_number_that_sizes_rule_out_is_refused_with_the_interval(grids: int) -> None:
    found, refusals = settled(patches(4, 3, 10, limits=Limits(20, 60, 10**6)), count(grids))
    assert found.worth.breach == 0
    assert [refusal.text for refusal in refusals] == [
        f"共 {grids} 格：按规模和地形只能分成 2–6 个网格（共 120 户，每格 20–60 户）"
    ]


def test_a_number_that_only_broken_sizes_could_meet_is_refused_and_the_sizes_kept() -> None:
    """20 + 10 + 10 + 20 in a row can be two grids of 30 or one of 60, though 60 households would make three of 20."""
    problem = problem_of([20, 10, 10, 20], [(0, 1), (1, 2), (2, 3)], limits=Limits(20, 60, 10**6))
    assert len(settled(problem, count(3))[0].heir) == 3
    problem = problem_of([10, 20, 20, 10], [(0, 1), (1, 2), (2, 3)], limits=Limits(20, 60, 10**6))
    found, refusals = settled(problem, count(3))
    assert found.worth.breach == 0
    assert len(refusals) == 1
    assert "规模优先" in refusals[0].text


def test_a_cut_off_part_takes_a_grid_of_the_number() -> None:
    """0 - 1   2 - 3 have no way to each other."""
    problem = problem_of([10] * 4, [(0, 1), (2, 3)], limits=Limits(0, 10**6, 10**6))
    assert counts_of(problem) == (2, 4)
    found, refusals = settled(problem, count(3))
    assert len(found.heir) == 3
    assert refusals == ()
    assert "只能分成 2–4 个网格" in settled(problem, count(1))[1][0].text


def test_patches_come_together_and_keep_apart_as_asked() -> None:
    problem = patches(4, 1, 10, limits=Limits(20, 20, 10**6))
    assert groups(settled(problem, together(1, 2))[0]) == {frozenset({0, 1}), frozenset({2, 3})}  # rules first
    problem = patches(4, 1, 10, limits=Limits(10, 20, 10**6))
    assert frozenset({1, 2}) in groups(settled(problem, together(1, 2))[0])
    found, refusals = settled(problem, apart((0,), (1,)), apart((2,), (3,)))
    assert frozenset({1, 2}) in groups(found) or len(groups(found)) == 4
    assert refusals == ()


def test_of_wishes_that_contradict_each_other_the_first_is_granted() -> None:
    problem = patches(3, 1, 10, limits=Limits(0, 10**6, 10**6))
    found, refusals = settled(problem, together(0, 1), apart((0,), (1, 2)))
    assert found.group[0] == found.group[1]
    assert [refusal.text for refusal in refusals] == [
        "甲乙分在不同网格：没有找到既连通又满足此要求的分法（也可能与前面的要求矛盾）"
    ]


def test_wishes_that_share_a_patch_are_one() -> None:
    task = with_wishes(task_of(patches(4, 1)), [together(0, 1), together(2, 3), together(1, 2)])
    assert task.together is not None
    assert len(set(task.together.tolist())) == 1


@settings(max_examples=60, deadline=None)
@given(problems(steered=False), st.integers(1, 4), st.integers(0, 999))
def test_whatever_is_asked_grids_are_connected_and_the_rules_no_worse(problem: Problem, grids: int, seed: int) -> None:
    if not problem.size:
        return
    rng = np.random.default_rng(seed)
    one, two = (tuple(rng.choice(problem.size, min(problem.size, 2), replace=False).tolist()) for _ in range(2))
    wishes = [count(grids), apart(one, two)]
    free, _ = settled(problem)
    found, refusals = settled(problem, *wishes)
    granted = with_wishes(task_of(problem), [w for w in wishes if not any(r.text.startswith(w.text) for r in refusals)])
    assert granted.problem.unmet(Grouping(found.group, found.heir)) == 0
    assert found.worth.breach <= free.worth.breach


@settings(max_examples=60, deadline=None)
@given(problems(steered=False), st.integers(1, 4))
def test_greed_ends_in_connected_grids_and_never_counts_worse(problem: Problem, grids: int) -> None:
    if not problem.size:
        return
    asked: Task = with_wishes(task_of(problem), [count(grids)])
    first = first_grouping(asked.problem, 1)
    after = conformed(asked.problem, first)
    assert asked.problem.unmet(after) <= asked.problem.unmet(first)
    for g in range(after.count):
        assert len(pieces_of(np.flatnonzero(after.group == g).tolist(), walkable(problem))) == 1
