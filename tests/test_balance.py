"""Sizes: what a plan is, how atoms gather, how groups that break the rules are mended."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import ANY, grouped, lattice, linked, parted, row, sides, walled, wanted

from gridgeo.partition.balance import cut_into, repair_sizes
from gridgeo.partition.gather import gather
from gridgeo.partition.plan import Limits, Plan, pieces

TEN = Limits(10, 20, 10**9)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def repaired(plan: Plan, limits: Limits = TEN) -> set[frozenset[int]]:
    repair_sizes(plan, limits, rng())
    return sides(plan)


def gathered(plan: Plan, limits: Limits = ANY) -> set[frozenset[int]]:
    gather(plan, sorted(plan.touch), limits)
    return sides(plan)


# -------------------------------------------------------------------- plan ----


@pytest.mark.parametrize(
    ("households", "population", "excess"), [(10, 0, 0), (20, 0, 0), (9, 0, 1), (25, 0, 5), (15, 103, 3), (22, 104, 6)]
)
def test_excess_counts_households_and_people_beyond_the_rules(households: int, population: int, excess: int) -> None:
    assert Limits(10, 20, 100).excess(households, population) == excess


@pytest.mark.parametrize(
    ("households", "counts"), [(10, [1]), (20, [1, 2]), (21, [2]), (9, []), (39, [2, 3]), (0, []), (60, [3, 4, 5, 6])]
)
def test_counts_are_the_numbers_of_legal_grids(households: int, counts: list[int]) -> None:
    assert list(TEN.counts(households)) == counts


def test_without_a_lower_limit_no_households_are_one_grid() -> None:
    assert list(Limits(0, 20, 100).counts(0)) == [1]


def test_group_left_empty_disappears_with_its_load() -> None:
    plan = grouped(row([1, 2, 4]), [0], [1, 2])
    plan.put([0], 1)
    assert plan.members == {1: {0, 1, 2}}
    assert (plan.load, plan.people) == ({1: 7}, {1: 21})
    assert plan.fresh() == 2


def test_border_with_a_neighbour_counts_contacts_that_one_may_not_walk() -> None:
    """
    0 | 2     0 and 1 are a group, so are 2 and 3; between 1 and 3 runs a wall
    1 ||3
    """
    plan = walled(linked([1] * 4, [(0, 1), (2, 3), (0, 2), (1, 3)]), 1, 3)
    assert grouped(plan, [0, 1], [2, 3]).neighbours(0) == {1: 20.0}


def test_neighbour_behind_a_wall_is_none() -> None:
    assert grouped(walled(row([1, 1]), 0, 1), [0], [1]).neighbours(0) == {}


def test_pull_is_the_cost_of_borders_with_every_group_around() -> None:
    plan = grouped(parted(row([1, 1, 1]), 1, 2), [0], [1], [2])
    assert plan.pull(1) == {0: 10.0, 2: -10.0}


def test_pieces_are_what_can_be_walked() -> None:
    assert pieces([4, 0, 1, 3], row([1] * 5).touch) == [[0, 1], [3, 4]]


@given(st.sets(st.integers(0, 11)))
def test_pieces_divide_any_set(atoms: set[int]) -> None:
    touch = lattice(4, 3).touch
    found = pieces(atoms, touch)
    assert sorted(a for piece in found for a in piece) == sorted(atoms)
    assert all(not set(touch[a]) & set(other) for one in found for other in found if one is not other for a in one)


# ------------------------------------------------------------------ gather ----


def test_atoms_that_nobody_parts_gather() -> None:
    assert gathered(parted(row([1] * 4), 1, 2)) == wanted([0, 1], [2, 3])


def test_border_that_a_majority_wants_outweighs_one_open_door() -> None:
    """
    0 - 2     the lower door is open, but along the long border in all they want to be apart
    1 | 3
    """
    plan = parted(linked([1] * 4, [(0, 1), (2, 3), (0, 2), (1, 3)]), 1, 3, -30.0)
    for a, b in ((0, 1), (2, 3)):
        plan.cost[a][b] = plan.cost[b][a] = 20.0
    assert gathered(plan) == wanted([0, 1], [2, 3])


def test_nobody_gathers_through_a_wall() -> None:
    assert gathered(walled(row([1, 1, 1]), 0, 1)) == wanted([0], [1, 2])


def test_gathering_stops_at_the_largest_grid() -> None:
    assert all(sum([8, 8, 8, 8][a] for a in group) <= 20 for group in gathered(row([8] * 4), TEN))
    assert gathered(row([8, 20]), TEN) == wanted([0], [1])


@given(st.lists(st.integers(-9, 9), min_size=17, max_size=17))
def test_gathered_groups_are_connected_and_cost_less_than_single_atoms(costs: list[int]) -> None:
    plan = lattice(4, 3)
    edges = [(a, b) for a in plan.touch for b in plan.touch[a] if a < b]
    for (a, b), cost_m in zip(edges, costs, strict=True):
        parted(plan, a, b, float(cost_m))
    groups = gathered(plan)
    assert sorted(a for group in groups for a in group) == list(range(12))
    assert all(len(pieces(group, plan.touch)) == 1 for group in groups)
    cut = sum(plan.cost[a][b] for a, b in edges if plan.group[a] != plan.group[b])
    assert cut <= sum(costs)


# -------------------------------------------------------------------- cuts ----


def test_cut_falls_where_the_agencies_see_a_border() -> None:
    plan = parted(row([5] * 6), 2, 3)
    assert cut_into(list(range(6)), 2, plan, TEN, rng()) == [[3, 4, 5], [0, 1, 2]]


def test_number_of_parts_that_no_cut_reaches_is_refused() -> None:
    assert cut_into([0, 1], 2, row([15, 5]), TEN, rng()) is None
    assert cut_into([0, 1], 1, row([15, 6]), TEN, rng()) is None


@given(st.lists(st.integers(0, 6), min_size=16, max_size=16), st.integers(1, 4))
def test_parts_are_connected_legal_and_whole(counts: list[int], count: int) -> None:
    plan = lattice(4, 4)
    plan.households.update(enumerate(counts))
    parts = cut_into(list(range(16)), count, plan, TEN, rng())
    if parts is None:
        return
    assert len(parts) == count
    assert sorted(a for part in parts for a in part) == list(range(16))
    assert all(len(pieces(part, plan.touch)) == 1 for part in parts)
    assert all(10 <= sum(counts[a] for a in part) <= 20 for part in parts)


# ------------------------------------------------------------------ repair ----


def test_legal_groups_are_left_alone() -> None:
    plan = grouped(row([10, 10, 10]), [0], [1, 2])
    assert repaired(plan) == wanted([0], [1, 2])


def test_small_group_joins_the_neighbour_that_the_agencies_part_it_from_least() -> None:
    plan = parted(grouped(row([10, 5, 10]), [0], [1], [2]), 0, 1)
    assert repaired(plan) == wanted([0], [1, 2])


def test_small_group_does_not_make_its_neighbour_too_large() -> None:
    """The neighbour in the east is full: the one in the west takes it, though parted."""
    plan = parted(grouped(row([10, 5, 18]), [0], [1], [2]), 0, 1)
    assert repaired(plan) == wanted([0, 1], [2])


def test_large_group_is_cut() -> None:
    plan = parted(grouped(row([8] * 4), range(4)), 1, 2)
    assert repaired(plan) == wanted([0, 1], [2, 3])


def test_small_group_beside_a_full_one_is_dealt_anew() -> None:
    """0 (5) | 1 (9) 2 (11): together 25, which is two grids, not one."""
    plan = grouped(row([5, 9, 11]), [0], [1, 2])
    assert repaired(plan) == wanted([0, 1], [2])


def test_where_no_legal_cut_runs_one_atom_may_lower_the_violation() -> None:
    """0 (5) | 1 (9) 2 (9): 14 and 9 break the rule by one household instead of five."""
    plan = grouped(row([5, 9, 9]), [0], [1, 2])
    assert repaired(plan) == wanted([0, 1], [2])


def test_too_many_people_cut_a_group_too() -> None:
    plan = grouped(row([10, 10]), [0, 1])
    assert repaired(plan, Limits(10, 20, 40)) == wanted([0], [1])


def test_group_that_nothing_can_mend_stays_as_it_is() -> None:
    plan = walled(grouped(row([5, 15, 99]), [0], [1], [2]), 0, 1)
    assert repaired(walled(plan, 1, 2)) == wanted([0], [1], [2])


def test_no_move_goes_through_a_wall() -> None:
    plan = walled(grouped(row([5, 5, 12]), [0], [1], [2]), 1, 2)
    assert repaired(plan) == wanted([0, 1], [2])


@given(
    st.lists(st.integers(0, 12), min_size=12, max_size=12),
    st.lists(st.sampled_from([-10.0, 0.0, 10.0]), min_size=17, max_size=17),
    st.sampled_from([Limits(10, 20, 10**9), Limits(10, 20, 45), Limits(0, 15, 10**9), Limits(30, 30, 10**9)]),
)
def test_repair_keeps_groups_connected_and_never_breaks_the_rules_worse(
    counts: list[int], costs: list[float], limits: Limits
) -> None:
    plan = lattice(4, 3)
    plan.households.update(enumerate(counts))
    plan.population.update(enumerate(3 * count for count in counts))
    pairs = [(one, two) for one in plan.touch for two in plan.touch[one] if one < two]
    for (a, b), cost_m in zip(pairs, costs, strict=True):
        parted(plan, a, b, cost_m)
    grouped(
        plan,
        *([3 * k, 3 * k + 1, 3 * k + 2] for k in range(4) if len(pieces(range(3 * k, 3 * k + 3), plan.touch)) == 1),
    )
    for atom in sorted(set(range(12)) - set(plan.group)):
        plan.put([atom], plan.fresh())

    def excess() -> int:
        return sum(limits.excess(plan.load[g], plan.people[g]) for g in plan.members)

    before = excess()
    groups = repaired(plan, limits)
    assert excess() <= before
    assert sorted(a for group in groups for a in group) == list(range(12))
    assert all(len(pieces(group, plan.touch)) == 1 for group in groups)
    assert sum(plan.load.values()) == sum(counts)
    assert all(plan.load[g] == sum(counts[a] for a in members) for g, members in plan.members.items())


@given(st.lists(st.integers(3, 7), min_size=8, max_size=8))
def test_even_ground_is_always_divided_legally(counts: list[int]) -> None:
    """Atoms in a row, each smaller than the smallest grid and a third of the largest; one group is the worst start."""
    plan = grouped(row(counts), range(8))
    repair_sizes(plan, Limits(8, 24, 10**9), rng())
    assert all(8 <= load <= 24 for load in plan.load.values())
