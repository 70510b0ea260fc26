"""Atoms: borders between them, who covers them, what the agencies think of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from gridgeo.partition.agreement import border_share, cut_cost_m
from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.atoms import Atoms, Borders, borders_of, covered_area, majority

MM = 0.001


def layer(*shapes: object, area: bool = True) -> Linework:
    return Linework(np.array(shapes, object), np.arange(len(shapes)), area)


def by_feature(plane: Arrangement, number: int = 0) -> np.ndarray:
    label = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(number)
    label[face] = feature
    return label


def rows(found: tuple[np.ndarray, ...]) -> list[tuple[float, ...]]:
    return [tuple(row) for row in np.column_stack(found).tolist()]


WEST, EAST, NORTH = box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 20, 20)


# ----------------------------------------------------------------- borders ----


def test_border_is_the_common_length_of_two_atoms() -> None:
    plane = arrange([layer(WEST, EAST, NORTH)], MM)
    borders = borders_of(plane, by_feature(plane), np.zeros(3, np.int64), np.zeros(1, bool))
    assert borders.pair.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert borders.length_m.tolist() == [10.0, 10.0, 10.0]
    assert borders.layer_m.tolist() == [[10.0]] * 3


def test_corner_that_touches_is_no_border() -> None:
    plane = arrange([layer(WEST, box(10, 10, 20, 20))], MM)
    assert borders_of(plane, by_feature(plane), np.zeros(2, np.int64), np.zeros(1, bool)).pair.shape == (0, 2)


def test_border_between_communities_is_no_border_of_atoms() -> None:
    plane = arrange([layer(WEST, EAST, NORTH)], MM)
    borders = borders_of(plane, by_feature(plane), np.array([0, 1, 1]), np.zeros(1, bool))
    assert borders.pair.tolist() == [[1, 2]]


def test_hard_barrier_closes_its_own_length_only() -> None:
    """A wall runs along the lower 4 m of the border."""
    plane = arrange([layer(WEST, EAST), layer(LineString([(10, 0), (10, 4)]), area=False)], MM)
    borders = borders_of(plane, by_feature(plane), np.zeros(2, np.int64), np.array([False, True]))
    assert (borders.length_m.tolist(), borders.open_m.tolist()) == ([10.0], [6.0])


def test_length_counts_for_the_most_trusted_line() -> None:
    plane = arrange([layer(WEST, EAST), layer(WEST), layer(LineString([(10, 0), (10, 4)]), area=False)], MM)
    borders = borders_of(plane, by_feature(plane), np.zeros(2, np.int64), np.zeros(3, bool))
    assert borders.layer_m.tolist() == [[10.0, 0.0, 0.0]]


# ---------------------------------------------------------------- opinions ----


def test_area_of_each_feature_in_each_group() -> None:
    plane = arrange([layer(WEST, EAST), layer(box(5, 0, 15, 10))], MM)
    assert rows(covered_area(plane, 1, by_feature(plane))) == [(0, 0, 50.0), (1, 0, 50.0)]


def test_overlap_counts_for_the_smaller_feature_and_of_equal_ones_for_the_first() -> None:
    plane = arrange([layer(WEST), layer(WEST, box(0, 0, 5, 10)), layer(WEST, WEST)], MM)
    assert rows(covered_area(plane, 1, by_feature(plane))) == [(0, 0, 50.0), (0, 1, 50.0)]
    assert rows(covered_area(plane, 2, by_feature(plane))) == [(0, 0, 100.0)]


def test_layer_that_covers_nothing_has_no_rows() -> None:
    plane = arrange([layer(WEST), layer(box(50, 0, 60, 10)), layer()], MM)
    assert rows(covered_area(plane, 1, by_feature(plane))) == []
    assert rows(covered_area(plane, 2, by_feature(plane))) == []


@pytest.mark.parametrize(
    ("covered_m2", "label"), [([60, 30], 0), ([30, 60], 1), ([50, 0], 0), ([45, 45], 0), ([30, 15], -1)]
)
def test_majority_speaks_for_an_atom_at_least_half_covered(covered_m2: list[float], label: int) -> None:
    found = np.zeros(2, np.int64), np.arange(2), np.array(covered_m2, float)
    assert majority(found, np.array([100.0])).tolist() == [label]


def test_atom_that_nobody_covers_has_no_opinion() -> None:
    none = np.empty(0, np.int64)
    assert majority((none, none, np.empty(0)), np.array([100.0, 5.0])).tolist() == [-1, -1]


side = st.integers(0, 30)


@settings(max_examples=60)
@given(st.lists(st.tuples(side, side, st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=6))
def test_covered_areas_never_exceed_the_group(some: list[tuple[int, int, int, int]]) -> None:
    shapes = [box(x, y, x + w, y + h) for x, y, w, h in some]
    plane = arrange([layer(box(0, 0, 15, 40), box(15, 0, 40, 40)), layer(*shapes)], MM)
    group, feature, area_m2 = covered_area(plane, 1, by_feature(plane))
    whole_m2 = np.array([600.0, 1000.0])
    assert (np.bincount(group, area_m2, 2) <= whole_m2 + 1e-6).all()
    assert (area_m2 <= np.array([shape.area for shape in shapes])[feature] + 1e-6).all()
    order = sorted(zip(group.tolist(), feature.tolist(), strict=True))
    assert order == list(zip(group.tolist(), feature.tolist(), strict=True))


# --------------------------------------------------------------- agreement ----


def pair(label: list[list[int]], layer_m: list[float] | None = None) -> Atoms:
    """Return two atoms with a border of 10 m and every agency's opinion of both."""
    along = np.array([layer_m if layer_m else [10.0]])
    borders = Borders(np.array([[0, 1]]), np.array([10.0]), np.array([10.0]), along)
    zeros = np.zeros(2, np.int64)
    return Atoms(zeros, zeros - 1, np.array(label), np.ones(2), zeros, zeros, borders, np.ones(2, bool))


@pytest.mark.parametrize(
    ("label", "weight", "share"),
    [
        ([[0, 0], [0, 0]], [1, 1], 0.0),
        ([[0, 0], [1, 1]], [1, 1], 1.0),
        ([[0, 0], [1, 0]], [3, 1], 0.75),
        ([[0, -1], [1, 0]], [1, 9], 1.0),
        ([[-1, -1], [1, 0]], [1, 1], 0.5),
    ],
    ids=["nobody wants it", "all want it", "by weight", "only who knows both sides speaks", "nobody knows"],
)
def test_share_of_agencies_that_see_a_border(label: list[list[int]], weight: list[float], share: float) -> None:
    assert border_share(pair(label), np.array(weight, float), np.zeros(1)).tolist() == [share]


def test_barrier_raises_the_share_by_its_length_and_never_above_one() -> None:
    atoms = pair([[0], [0]], [5.0, 5.0])
    assert border_share(atoms, np.ones(1), np.array([0.0, 0.3])).tolist() == [0.15]
    full = pair([[0], [1]], [0.0, 10.0])
    assert border_share(full, np.ones(1), np.array([0.0, 0.3])).tolist() == [1.0]


def test_cost_is_positive_where_most_want_no_border() -> None:
    atoms = pair([[0], [0]])
    assert [cut_cost_m(atoms, np.array([share])).tolist() for share in (0.0, 0.5, 1.0)] == [[10.0], [0.0], [-10.0]]
