"""All groups that could be grids are counted out, each once, and no others."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import in_a_row, lawful, patches, price_of, problems

from gridgeo.partition.field import field_of
from gridgeo.partition.groups import Groups, Prices, groups_below
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Problem

FAR, MANY = 10**9, 10**6


def free(problem: Problem) -> Prices:
    return Prices(np.zeros(problem.size), np.zeros(problem.bases), 0.0, 1.0, 1.0)


def counted(problem: Problem, prices: Prices | None = None, **more: float) -> Groups:
    wanted = {"below": np.inf, "deviation": FAR, "most": MANY, "steps": MANY, **more}
    return groups_below(field_of(problem), problem, prices or free(problem), **wanted)  # type: ignore[arg-type]


def sets(found: Groups) -> list[frozenset[int]]:
    return [frozenset(np.flatnonzero(row).tolist()) for row in found.member]


def legal(problem: Problem) -> dict[frozenset[int], list[int]]:
    """Return every set of nodes that may be a grid, with its possible heirs."""
    found: dict[frozenset[int], list[int]] = {}
    for size in range(1, problem.size + 1):
        for nodes in combinations(range(problem.size), size):
            heirs = [b for b in range(-1, problem.bases) if lawful(problem, set(nodes), b)]
            if heirs:
                found[frozenset(nodes)] = heirs
    return found


@settings(max_examples=100)
@given(problems())
def test_all_connected_lawful_sets_are_listed_once(problem: Problem) -> None:
    found = counted(problem)
    assert found.complete
    assert len(set(sets(found))) == len(found.member)
    assert set(sets(found)) == set(legal(problem))


@settings(max_examples=100)
@given(problems(), st.integers(0, 12))
def test_no_set_breaks_a_rule_by_more_than_the_deviation_beyond_its_largest_node(problem: Problem, by: int) -> None:
    """A node that is cut off is a set by itself, however small: there is no other for it."""
    limits = problem.limits
    walks = problem.walks()

    def near(nodes: frozenset[int]) -> bool:
        homes, people = problem.households[sorted(nodes)], problem.population[sorted(nodes)]
        cut_off = len(nodes) == 1 and not walks[min(nodes)]
        return bool(
            (limits.low - homes.sum() <= by or cut_off)
            and homes.sum() - max(limits.high, homes.max()) <= by
            and people.sum() - max(limits.population_max, people.max()) <= by
        )

    assert set(sets(counted(problem, deviation=by))) == {nodes for nodes in legal(problem) if near(nodes)}


@settings(max_examples=100)
@given(problems(), st.integers(0, 10**6), st.integers(-300, 300))
def test_cheap_sets_are_those_whose_reduced_cost_is_below_the_limit(problem: Problem, seed: int, below: int) -> None:
    """A base grid may be claimed by the best of its heirs only, so what a set is worth is the least of its prices."""
    rng = np.random.default_rng(seed)
    worth = rng.integers(-50, 150, problem.size).astype(float)
    prices = Prices(worth, np.zeros(problem.bases), float(rng.integers(-9, 10)), float(rng.integers(0, 3)), 1.0)
    found = set(sets(counted(problem, prices, below=below + 0.5)))

    def cost(nodes: frozenset[int], heir: int) -> float:
        broken, second, _, _ = price_of(problem, set(nodes), heir)
        return second + prices.breach * broken / 2 + prices.group - worth[sorted(nodes)].sum()

    cheap = {n for n, heirs in legal(problem).items() if min(cost(n, b) for b in heirs) < below + 0.5}
    assert found == cheap


def test_more_than_64_nodes_are_counted_as_well() -> None:
    """In a row of n nodes there are n (n + 1) / 2 connected sets."""
    row = in_a_row([1] * 150)
    found = counted(row)
    assert found.complete
    assert len(found.member) == 150 * 151 // 2
    assert (np.diff(np.pad(found.member.astype(int), ((0, 0), (1, 1))), axis=1) != 0).sum(axis=1).max() == 2


def test_more_than_64_nodes_within_sizes_and_rings_are_as_told_by_trying() -> None:
    problem = patches(9, 9, [1 + v % 3 for v in range(81)], limits=Limits(4, 5, 10**6))
    known = {frozenset({v}) for v in range(81)}
    for _ in range(5):
        grown = {s | {w} for s in known for v in s for w in problem.walks()[v]}
        known |= {s for s in grown if problem.households[sorted(s)].sum() <= 5}
    wanted = {s for s in known if 4 <= problem.households[sorted(s)].sum() <= 5}
    found = counted(problem, deviation=0)
    assert set(sets(found)) == wanted
    assert len(found.member) == len(wanted)


def test_of_too_many_the_cheapest_are_kept_and_that_is_told() -> None:
    row = in_a_row([1] * 20)
    prices = replace(free(row), node=np.arange(20.0))
    some = counted(row, prices, most=32)
    assert not some.complete
    assert len(some.member) <= 32
    assert frozenset(range(20)) in sets(some)


def test_when_the_steps_run_out_that_is_told() -> None:
    found = counted(in_a_row([1] * 20), steps=50)
    assert not found.complete
    assert found.steps > 50 >= len(found.member)
