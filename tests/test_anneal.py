"""Annealing moves single nodes: what it returns is a grouping, never a worse one, and often the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import best_of_all, city, in_a_row, pieces_of, problem_of, problems, walkable

from gridgeo.partition.anneal import anneal
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem
from gridgeo.partition.search import first_grouping, lawful

TENS = Limits(10, 20, 10**6)


def annealed(problem: Problem, begin: Grouping, *, seed: int = 1, hot: int = 4, price_dm: int = 30) -> Grouping:
    found = anneal(problem, begin, looks=200_000, seed=seed, hot=hot, price_dm=price_dm)
    assert found is not None
    return found


def able(problem: Problem) -> bool:
    """Tell whether there is anything to weigh."""
    return bool(problem.cost_dm.any())


@given(problems(shapes=((2, 1), (3, 3), (5, 4)), steered=False), st.integers(1, 9), st.sampled_from([1, 4, 8]))
def test_groups_stay_connected_and_heirs_hold_ground_of_their_base(problem: Problem, seed: int, hot: int) -> None:
    begin = first_grouping(problem, 1)
    found = anneal(problem, begin, looks=20_000, seed=seed, hot=hot, price_dm=5)
    if found is None:
        assert not able(problem)
        return
    assert sorted(set(found.group.tolist())) == list(range(found.count))
    heirs = found.heir[found.heir >= 0].tolist()
    assert len(set(heirs)) == len(heirs)
    for g, heir in enumerate(found.heir.tolist()):
        nodes = np.flatnonzero(found.group == g)
        assert len(pieces_of(nodes.tolist(), walkable(problem))) == 1
        assert heir < 0 or problem.own[nodes, heir].any()


@given(problems(shapes=((2, 1), (3, 3), (5, 4)), steered=False), st.integers(1, 9))
def test_nothing_gets_worse_and_the_same_seed_gives_the_same(problem: Problem, seed: int) -> None:
    begin = first_grouping(problem, 1)
    one, two = (anneal(problem, begin, looks=20_000, seed=seed, hot=4, price_dm=30) for _ in range(2))
    if one is None or two is None:
        assert not able(problem)
        return
    assert problem.worth(one)[:2] <= problem.worth(begin)[:2]
    assert (one.group.tolist(), one.heir.tolist()) == (two.group.tolist(), two.heir.tolist())


@pytest.mark.parametrize("seed", range(6))
def test_the_best_grouping_of_nine_nodes_is_found(seed: int) -> None:
    problem = replace(city(3, 3, seed), rim=np.ones(9, bool))
    begin = first_grouping(problem, 1)
    tries = [annealed(problem, begin, seed=s, hot=hot) for s in (1, 2) for hot in (1, 4, 8)]
    best = min(problem.worth(lawful(problem, found.group))[:2] for found in tries)
    wanted = best_of_all(problem)
    assert wanted is not None
    assert best == wanted[:2]


def test_a_group_too_large_is_parted_where_the_border_is_wanted() -> None:
    # 10 - 10 - 10 - 10 households, 20 at most: one group of all; the middle border alone is wanted
    problem = in_a_row([10, 10, 10, 10], cost_dm=[50, -50, 50], limits=TENS)
    found = annealed(problem, Grouping(np.zeros(4, np.int64), np.array([-1])), price_dm=100)
    assert found.group.tolist() == [0, 0, 1, 1]


def test_a_wall_holds_nothing_together() -> None:
    problem = problem_of([10, 10, 10], [(0, 1), (1, 2)], cost_dm=100, walls=[1])
    found = annealed(problem, Grouping(np.arange(3), np.full(3, -1)))
    assert found.group.tolist() == [0, 0, 1]


def test_an_heir_keeps_the_last_ground_of_its_base() -> None:
    # node 0 is of base 0; all borders cost much, but no successor gives up the base's only node to another
    problem = in_a_row([10, 10, 10], cost_dm=100, bases=[0, 1, 1])
    found = annealed(problem, Grouping(np.array([0, 1, 1]), np.array([0, 1])))
    assert all(problem.own[found.group == g, heir].any() for g, heir in enumerate(found.heir.tolist()) if heir >= 0)


def test_wishes_are_left_to_others() -> None:
    problem = in_a_row([10, 10], count=2)
    assert anneal(problem, Grouping(np.arange(2), np.full(2, -1)), looks=1000, seed=1, hot=1, price_dm=1) is None
    apart = replace(problem, count=None, apart=(((0,), (1,)),))
    assert anneal(apart, Grouping(np.arange(2), np.full(2, -1)), looks=1000, seed=1, hot=1, price_dm=1) is None
