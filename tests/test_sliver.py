"""Slivers: what lies between two drawings of one border disappears with the poorer drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.sliver import drop_slivers, top_layer

MM = 0.001


def layer(*shapes: object, area: bool = True) -> Linework:
    return Linework(np.array(shapes, object), np.arange(len(shapes)), area)


def atoms(
    *layers: Linework, accuracy_m: list[float], firmness: list[int] | None = None
) -> tuple[Arrangement, np.ndarray]:
    """Return the plane and the atom of every face; layer 0 are the communities."""
    plane = arrange(layers, MM)
    community = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(0)
    community[face] = feature
    return plane, drop_slivers(plane, community, np.array(accuracy_m), None if firmness is None else np.array(firmness))


def outlines(plane: Arrangement, atom: np.ndarray) -> list[Polygon]:
    return plane.shapes(atom)[1].tolist()


def widths(plane: Arrangement, atom: np.ndarray) -> list[float]:
    """Return the width of each atom, given that it is a strip of a square 100 m high, from west to east."""
    shapes = sorted(outlines(plane, atom), key=lambda shape: shape.bounds[0])
    return [round(shape.area / 100, 6) for shape in shapes]


CITY = layer(box(0, 0, 100, 100))


def halves(at_m: float) -> Linework:
    return layer(box(0, 0, at_m, 100), box(at_m, 0, 100, 100))


def test_top_layer_is_the_lowest_bit() -> None:
    assert top_layer(np.array([0b1, 0b110, 0b100, 1 << 61])).tolist() == [0, 1, 2, 61]


def test_strip_between_two_drawings_of_a_border_goes_and_the_better_line_stays() -> None:
    """
    +-----|:-----+    | first layer, : second one, 1.5 m beside
    +-----|:-----+
    """
    assert widths(*atoms(CITY, halves(50), halves(51.5), accuracy_m=[0, 2, 2])) == [50, 50]
    assert widths(*atoms(CITY, halves(51.5), halves(50), accuracy_m=[0, 2, 2])) == [51.5, 48.5]


def test_strip_that_meets_no_better_line_may_be_as_wide_as_both_accuracies() -> None:
    """
    +------------+    two drawings of one square in the middle of the city, one 3 m larger all around
    |   +----+   |
    |   | :: |   |    the ring between them touches nothing better, so 2 m + 2 m explain it
    |   +----+   |
    +------------+
    """
    inner, outer = layer(box(30, 30, 70, 70)), layer(box(27, 27, 73, 73))
    plane, atom = atoms(CITY, inner, outer, accuracy_m=[0, 2, 2])
    assert sorted(shape.area for shape in outlines(plane, atom)) == [1600, 8400]
    assert atoms(CITY, inner, outer, accuracy_m=[0, 1, 1])[1].max() + 1 == 3


def test_strip_wider_than_both_accuracies_together_is_ground() -> None:
    assert widths(*atoms(CITY, halves(50), halves(55), accuracy_m=[0, 2, 2])) == [50, 5, 45]


def test_strip_along_a_community_border_is_measured_by_the_other_line_alone() -> None:
    """The communities are exact: 3 m beside their border is meant if lines are good to 2 m."""
    city = layer(box(0, 0, 50, 100), box(50, 0, 100, 100))
    assert widths(*atoms(city, halves(53), accuracy_m=[0, 4])) == [50, 50]
    assert widths(*atoms(city, halves(53), accuracy_m=[0, 2])) == [50, 3, 47]


def test_three_drawings_of_a_border_leave_one() -> None:
    shifted = [halves(50), halves(51), halves(50.5)]
    assert widths(*atoms(CITY, *shifted, accuracy_m=[0, 1, 1.5, 1.5])) == [50, 50]


def test_crumb_narrower_than_half_a_metre_goes_whatever_bounds_it() -> None:
    assert widths(*atoms(CITY, halves(50), halves(50.4), accuracy_m=[0, 0, 0])) == [50, 50]
    assert widths(*atoms(CITY, halves(50), halves(50.6), accuracy_m=[0, 0, 0])) == [50, 0.6, 49.4]


def test_sliver_never_joins_across_a_community_border() -> None:
    """A 1 m wide community is a sliver with nowhere to go: it stays."""
    city = layer(box(0, 0, 50, 100), box(50, 0, 51, 100), box(51, 0, 100, 100))
    assert widths(*atoms(city, accuracy_m=[0])) == [50, 1, 49]


def test_touch_of_a_better_line_does_not_save_a_poor_border() -> None:
    """The strip's western border is the poor layer's but for 10 m; the eastern one is wholly the better layer's."""
    poor = layer(box(0, 0, 50, 100), box(50, 0, 100, 100))
    tick = layer(LineString([(50, 0), (50, 10)]), area=False)
    good = layer(box(0, 0, 52, 100), box(52, 0, 100, 100))
    assert widths(*atoms(CITY, tick, good, poor, accuracy_m=[0, 1, 1, 3])) == [52, 48]


def test_strip_does_not_join_what_lies_at_its_end() -> None:
    """
    +---------------+
    |   north       |   two drawings of one border, 1 m apart, which part at x = 60 and enclose a block; the poorest
    |====::=========|   line of all, which ends the strip there, must not make the strip a tail of the block
    |   south  \\block
    +---------------+
    """
    better = layer(Polygon([(0, 50), (100, 50), (100, 100), (0, 100)]), Polygon([(0, 0), (100, 0), (100, 50), (0, 50)]))
    poorer = layer(Polygon([(0, 0), (100, 0), (100, 20), (60, 49), (0, 49)]))
    poorest = layer(LineString([(60, 45), (60, 55)]), area=False)
    plane, atom = atoms(CITY, better, poorer, poorest, accuracy_m=[0, 2, 2, 20])
    strip, block, south = atom[plane.faces_at(np.array([[30.0, 49.5], [95.0, 40.0], [30.0, 10.0]]))]
    assert strip == south
    assert block != south


def test_firm_line_stays_though_it_is_the_poorest_of_the_long_sides() -> None:
    river = layer(LineString([(51, -5), (51, 105)]), area=False)
    assert widths(*atoms(CITY, halves(50), river, accuracy_m=[0, 5, 5])) == [50, 50]
    assert widths(*atoms(CITY, halves(50), river, accuracy_m=[0, 5, 5], firmness=[2, 0, 1])) == [51, 49]


def test_firm_line_is_dropped_where_nothing_else_bounds_a_sliver() -> None:
    river = layer(LineString([(1, -5), (1, 105)]), area=False)
    assert widths(*atoms(CITY, river, accuracy_m=[0, 5], firmness=[2, 1])) == [100]


def test_of_two_firm_lines_the_less_firm_is_dropped() -> None:
    river = layer(LineString([(51, -5), (51, 105)]), area=False)
    assert widths(*atoms(CITY, halves(50), river, accuracy_m=[0, 0.1, 5], firmness=[2, 2, 1])) == [50, 50]
    assert widths(*atoms(CITY, river, halves(50), accuracy_m=[0, 5, 0.1], firmness=[2, 1, 2])) == [50, 50]


def test_what_is_no_strip_has_no_ends() -> None:
    """A box of 2 x 5 m joins over its short side if that is the poorest, for 2 m are no less a side of it than 5 m."""
    west, east = layer(LineString([(50, 0), (50, 100)]), area=False), layer(LineString([(52, 0), (52, 5)]), area=False)
    north = layer(LineString([(50, 5), (52, 5)]), area=False)
    shut = layer(LineString([(52, 5), (52, 9), (100, 9)]), area=False)
    plane, atom = atoms(CITY, west, east, shut, north, accuracy_m=[0, 1, 2, 3, 9])
    places = np.array([[51.0, 1.0], [51.0, 7.0], [90.0, 2.0], [10.0, 50.0]])
    inside, above, beside, far = atom[plane.faces_at(places)]
    assert inside == above
    assert len({inside, beside, far}) == 3


def test_outside_is_no_atom() -> None:
    plane, atom = atoms(layer(box(0, 0, 50, 100)), halves(50), accuracy_m=[0, 1])
    outside = plane.faces_at(np.array([[75.0, 50.0], [500.0, 50.0]]))
    assert atom[outside].tolist() == [-1, -1]
    assert atom[plane.faces_at(np.array([[25.0, 50.0]]))].tolist() == [0]


wobble = st.lists(st.integers(-30, 30), min_size=6, max_size=6)


def wavy(at_m: float, steps: list[int]) -> Linework:
    """Two polygons with a common border that wobbles by up to 3 m around x = at_m."""
    line = [(at_m + step / 10, 20.0 * k) for k, step in enumerate(steps)]
    return layer(Polygon([(0, 0), *line, (0, 100)]), Polygon([(100, 0), (100, 100), *line[::-1]]))


@settings(max_examples=60)
@given(wobble, wobble, wobble)
def test_atoms_keep_their_community_and_all_of_its_area(border: list[int], one: list[int], two: list[int]) -> None:
    plane, atom = atoms(wavy(40, border), wavy(42, one), wavy(38, two), accuracy_m=[0, 3, 3])
    community = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(0)
    community[face] = feature
    assert ((atom >= 0) == (community >= 0)).all()
    owners = {(a, c) for a, c in zip(atom.tolist(), community.tolist(), strict=True) if a >= 0}
    assert len(owners) == len({a for a, _ in owners}) == atom.max() + 1
    assert sum(shape.area for shape in outlines(plane, atom)) == pytest.approx(10_000, abs=1e-6)


@settings(max_examples=60)
@given(wobble, wobble)
def test_drawings_within_their_accuracy_leave_two_atoms(one: list[int], two: list[int]) -> None:
    atom = atoms(CITY, wavy(50, one), wavy(50, two), accuracy_m=[0, 6, 6])[1]
    assert atom.max() + 1 == 2
