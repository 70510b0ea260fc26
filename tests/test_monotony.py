"""Asking more never makes the best grouping better, offering more never makes it worse: on small communities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import problems

from gridgeo.partition.exact import Budget, solve
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Problem

many = settings(max_examples=60)
WORST = 1 << 60


def best_dm(problem: Problem) -> int:
    """Return the proven optimum of level 2 among groupings that break no rule; `WORST` if there is none."""
    answer = solve(problem, Budget(50.0), slack=False)
    assert answer.settled or answer.feasible is False
    return WORST if answer.worth is None else answer.worth.disagreement_dm


def without_balance(problem: Problem) -> Problem:
    """Return a problem that is not drawn to the middle of the sizes, which moves with its limits."""
    return replace(problem, weights=replace(problem.weights, balance_dm=0))


@many
@given(problems(), st.integers(0, 6), st.integers(0, 6), st.integers(0, 12))
def test_narrower_sizes_never_agree_better(drawn: Problem, up: int, down: int, fewer: int) -> None:
    problem, rules = without_balance(drawn), drawn.limits
    low = rules.low + up
    tight = Limits(low, max(low, rules.high - down), max(0, rules.population_max - fewer))
    if tight.high > rules.high:
        return
    assert best_dm(replace(problem, limits=tight)) >= best_dm(problem)


@many
@given(problems(), st.integers(1, 4))
def test_a_number_of_grids_that_is_asked_for_never_agrees_better(drawn: Problem, count: int) -> None:
    free = replace(drawn, count=None)
    assert best_dm(replace(free, count=count)) >= best_dm(free)


@many
@given(problems(), st.integers(0, 8), st.integers(0, 8))
def test_two_places_kept_apart_never_agree_better(drawn: Problem, one: int, two: int) -> None:
    a, b = one % max(1, drawn.size), two % max(1, drawn.size)
    if a == b:
        return
    more = replace(drawn, apart=(*drawn.apart, ((a,), (b,))))
    assert best_dm(more) >= best_dm(drawn)


@many
@given(problems(), st.integers(0, 99))
def test_one_more_base_grid_that_nobody_lives_in_never_agrees_worse(drawn: Problem, seed: int) -> None:
    """It is one more name that a grid may bear; who lived in a base grid would have to be moved out of it."""
    ground = np.random.default_rng(seed).random((drawn.size, 1)) < 0.5
    more = replace(drawn, own=np.hstack([drawn.own, ground]), stay=np.hstack([drawn.stay, 0 * drawn.stay[:, :1]
                   if drawn.bases else np.zeros((drawn.size, 1), np.int64)]))  # fmt: skip
    assert best_dm(more) <= best_dm(drawn)
