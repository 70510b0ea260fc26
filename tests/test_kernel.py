"""A community as a problem: leftovers of base grids, scraps behind barriers, rings, agreed ground."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_city import agency, drawn, households, square
from hypothesis import given
from hypothesis import strategies as st
from problems import at_the_edge, in_a_row, lattice, patches, pieces_of, problem_of

from gridgeo.partition.atoms import Atoms, Borders
from gridgeo.partition.kernel import Task, bridged, own_ground, ringed_anyway, tasks_of
from gridgeo.partition.merge import merge_layers
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Problem, Weights

TENS = Limits(10, 20, 10**6)


def in_line(
    labels: list[list[int]], households: list[int], *, area_m2: list[float] | None = None, communities: str = "",
    walls: tuple[int, ...] = (), sites: dict[int, int] | None = None,
) -> Atoms:  # fmt: skip
    """Return atoms in a row with every agency's labels and contacts of 10 m."""
    size = len(households)
    owner = np.array([ord(c) - ord("a") for c in communities or "a" * size], np.int64)
    pair = np.array([[v, v + 1] for v in range(size - 1) if owner[v] == owner[v + 1]], np.int64).reshape(-1, 2)
    length_m = np.full(len(pair), 10.0)
    borders = Borders(pair, length_m, np.where(np.isin(pair[:, 0], walls), 0.0, length_m), length_m[:, None])
    exclusive = np.full(size, -1, np.int64)
    for atom, site in (sites or {}).items():
        exclusive[atom] = site
    homes = np.array(households, np.int64)
    area = np.array(area_m2 or [100.0] * size)
    label = np.array(labels, np.int64).reshape(len(labels), size).T
    return Atoms(owner, exclusive, label, area, homes, 3 * homes, borders, np.ones(size, bool))


def tasks(atoms: Atoms, *, base: int = 0, limits: Limits = TENS, drawn_m2: tuple[float, ...] = ()) -> list[Task]:
    count = int(atoms.community.max()) + 1
    cost = np.zeros(len(atoms.borders.pair))
    return tasks_of(
        atoms, cost, cost, base=base, base_area_m2=np.array(drawn_m2), limits=[limits] * count, min_border_m=2.0,
        weights=Weights(),
    )  # fmt: skip


# ------------------------------------------------------------- own ground ----


def ground(atoms: Atoms, *drawn_m2: float) -> list[int]:
    return own_ground(atoms, atoms.borders.open_m >= 2.0, 0, np.array(drawn_m2)).tolist()


def test_without_a_base_no_ground_has_a_successor() -> None:
    assert own_ground(in_line([[0, 1]], [1, 1]), np.ones(1, bool), -1, np.empty(0)).tolist() == [-1, -1]


@pytest.mark.parametrize(("corner_m2", "heir"), [(24.0, -1), (26.0, 0)])
def test_piece_below_a_fifth_of_its_base_grid_is_a_leftover(corner_m2: float, heir: int) -> None:
    """The base grid 0 of 125 m2 lies on both sides of 1."""
    atoms = in_line([[0, 1, 0]], [1, 1, 1], area_m2=[100.0, 100.0, corner_m2])
    assert ground(atoms, 125.0, 100.0) == [0, 1, heir]


def test_largest_piece_of_a_base_grid_is_its_successor_however_small() -> None:
    """Most of base grid 0 lies outside the city."""
    assert ground(in_line([[0, 1, 0]], [1, 1, 1], area_m2=[3.0, 100.0, 2.0]), 1000.0, 100.0) == [0, 1, -1]


def test_pieces_on_both_sides_of_a_wall_are_two() -> None:
    atoms = in_line([[0, 0]], [1, 1], area_m2=[90.0, 10.0], walls=(0,))
    assert ground(atoms, 100.0) == [0, -1]


def test_corner_that_a_community_border_cuts_off_a_base_grid_joins_a_grid_of_that_community() -> None:
    """
    +-------+-------+
    |   a  :| c     |   a reaches 20 m into the eastern community, 10 % of its area
    +-------+-------+
    |   b   | d     |   of the borders that all want, that of 20 m with d is given up, not that of 100 m with c
    +-------+-------+
    """
    base = [square(0, 1, 2.2, 1), square(0, 0, 2, 1), square(2.2, 1, 1.8, 1), square(2, 0, 2, 1)]
    inputs = drawn([square(0, 0, 2, 2), square(2, 0, 2, 2)], agency("a", base, base=True))
    merged = merge_layers(inputs)
    assert len(merged.grids) == 4
    assert merged.grids.community_code.value_counts().tolist() == [2, 2]


# ------------------------------------------------------------------ tasks ----


def test_every_community_is_a_task_and_no_border_between_them_is_known() -> None:
    found = tasks(in_line([[0, 0, 0, 0]], [1, 1, 1, 1], communities="aabb"), drawn_m2=(400.0,))
    assert [task.atoms.tolist() for task in found] == [[0, 1], [2, 3]]
    assert [task.problem.pair.tolist() for task in found] == [[[0, 1]], [[0, 1]]]


def test_community_without_general_ground_is_an_empty_task() -> None:
    (empty,) = tasks(in_line([[0]], [1], sites={0: 0}), drawn_m2=(100.0,))
    assert empty.problem.size == 0
    assert empty.sites == (((0,), 0),)


def test_pieces_of_an_exclusive_site_are_grids_each() -> None:
    (task,) = tasks(in_line([[0, 0, 0, 0]], [1, 1, 1, 1], sites={0: 5, 1: 5, 3: 5}), drawn_m2=(400.0,))
    assert task.sites == (((0, 1), 5), ((3,), 5))
    assert task.atoms.tolist() == [2]


def test_community_without_households_has_no_sizes_to_keep() -> None:
    west, east = tasks(in_line([[0, 0, 0, 0]], [1, 1, 0, 0], communities="aabb"), drawn_m2=(400.0,))
    assert west.problem.limits == TENS
    assert east.problem.limits.excess(0, 0) == east.problem.limits.excess(10**9, 10**9) == 0


def test_new_grids_must_be_large_enough_only_where_sizes_do_not_decide() -> None:
    west, east = tasks(in_line([[0, 0, 1, 1]], [1, 1, 0, 0], communities="aabb"), drawn_m2=(200.0, 400.0))
    assert west.problem.least_m2 == 0.0
    assert east.problem.least_m2 == 0.2 * 300.0


def test_ground_that_all_keep_together_is_one_part() -> None:
    """The second agency parts 1 from 2, the third knows nothing."""
    (task,) = tasks(in_line([[0, 0, 0, 0], [0, 0, 1, 1], [-1] * 4], [1, 1, 1, 1]), drawn_m2=(400.0,))
    assert task.agreed.tolist() == [0, 0, 1, 1]


def test_ground_that_nobody_knows_is_not_agreed_on() -> None:
    (task,) = tasks(in_line([[-1, -1]], [1, 1]))
    assert task.agreed.tolist() == [0, 1]


def test_agreed_ground_too_large_for_a_grid_is_left_as_it_is() -> None:
    (task,) = tasks(in_line([[0, 0, 0, 1, 1]], [8, 8, 8, 8, 8]), drawn_m2=(300.0, 200.0))
    assert task.agreed.tolist() == [0, 1, 2, 3, 3]


# ------------------------------------------------------------------ rings ----


def ringed(problem: Problem, label: list[int]) -> list[int]:
    return np.flatnonzero(ringed_anyway(problem, np.array(label))).tolist()


def test_ring_that_the_base_drew_is_allowed() -> None:
    assert ringed(patches(3, 3), [0, 0, 0, 0, 1, 0, 0, 0, 0]) == [4]


def test_ring_that_nobody_drew_is_not_allowed() -> None:
    assert ringed(patches(3, 3), [0, 0, 0, 0, 0, 0, 1, 1, 1]) == []


def test_ground_that_a_hard_barrier_lets_no_way_out_of_may_be_ringed() -> None:
    around_4 = [k for k, pair in enumerate(sorted(lattice(3, 3))) if 4 in pair]
    assert ringed(patches(3, 3, walls=around_4), [-1] * 9) == [4]


@given(st.lists(st.integers(-1, 2), min_size=20, max_size=20), st.sets(st.integers(0, 30)))
def test_as_the_base_drew_it_no_grid_encloses_what_it_may_not(label: list[int], walls: set[int]) -> None:
    problem = patches(5, 4, walls=walls)
    free = set(ringed(problem, label)) | set(at_the_edge(5, 4))
    for grid in {g for g in label if g >= 0}:
        outside = [v for v in range(20) if label[v] != grid]
        assert all(piece & free for piece in pieces_of(outside, problem.pair.tolist()))


# ------------------------------------------------------------------ scraps ----


def walked(problem: Problem, area_m2: list[float]) -> list[list[int]]:
    """Return the pieces that can be walked through after bridging."""
    walk = bridged(problem.households, np.array(area_m2), problem.pair, problem.length_dm / 10, problem.walk)
    return sorted(sorted(piece) for piece in pieces_of(range(problem.size), problem.pair[walk].tolist()))


def test_scrap_behind_a_barrier_walks_to_the_neighbour_with_the_longest_contact() -> None:
    """0 and 1 are the city, 2 a river bank beside both; its border with 1 is longer."""
    contacts = [(0, 1), (0, 2), (1, 2)]
    problem = problem_of([50, 50, 0], contacts, walls=(0, 1, 2), length_dm=np.array([100, 100, 300]))
    assert walked(problem, [500, 500, 10]) == [[0], [1, 2]]


def test_piece_with_households_is_no_scrap() -> None:
    assert walked(in_a_row([50, 1], walls=[0]), [1000, 1]) == [[0], [1]]


def test_large_piece_without_households_is_no_scrap() -> None:
    assert walked(in_a_row([50, 0], walls=[0]), [1000, 100]) == [[0], [1]]


def test_scraps_in_a_row_all_reach_the_city() -> None:
    """0 ||| 1 ||| 2: the outer scrap's only neighbour is the inner one."""
    assert walked(in_a_row([50, 0, 0], walls=[0, 1]), [1000, 10, 10]) == [[0, 1, 2]]


def test_two_scraps_that_touch_each_other_most_both_reach_the_city() -> None:
    contacts = [(0, 1), (0, 2), (1, 2)]
    problem = problem_of([50, 0, 0], contacts, walls=(0, 1), length_dm=np.array([100, 100, 990]))
    assert walked(problem, [1000, 10, 20]) == [[0, 1, 2]]


def test_island_without_any_neighbour_stays_apart() -> None:
    assert walked(problem_of([50, 0], []), [1000, 10]) == [[0], [1]]


@given(st.sets(st.integers(0, 16)), st.lists(st.integers(1, 90), min_size=12, max_size=12))
def test_no_scrap_with_a_neighbour_is_left(walls: set[int], areas: list[int]) -> None:
    """The one piece with households is the largest as well."""
    problem = patches(4, 3, [1] + [0] * 11, walls=walls)
    areas[0] = 4_000
    left = walked(problem, [float(a) for a in areas])
    assert all(sum(areas[v] for v in piece) > 0.05 * sum(areas) for piece in left)


def test_scrap_does_not_walk_into_an_exclusive_site() -> None:
    """
    +-----+---+----+
    |     | P |    |   the park P lies between the city and a scrap in the east; both touch along the north
    |     +---+    |
    |         :    |
    +---------+----+
    """
    park = square(2, 0.2, 0.8, 0.8)
    river = [("river", True, square(2.8, -1, 5, 3).boundary)]
    inputs = drawn(
        [square(0, 0, 3, 1)], agency("a", [square(0, 0, 3, 1)], base=True),
        barriers=river, exclusives=[park], registers=households((0.5, 0.5, 10)),
    )  # fmt: skip
    grids = merge_layers(inputs).grids
    assert sorted(grids.kind) == ["exclusive", "general", "general"]
