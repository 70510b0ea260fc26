"""New lines in an arrangement: both sides get the same vertices, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box

from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.insert import Inserted, insert_lines
from gridgeo.partition.noding import node
from gridgeo.partition.segments import Segments

MM = 0.001


def plane_of(*shapes: shapely.Geometry) -> Arrangement:
    """Arrange shapes of one layer."""
    return arrange([Linework(np.array(shapes, object), np.arange(len(shapes)))], MM)


def insert(plane: Arrangement, *lines: LineString, layer: int = 1) -> Inserted:
    """Insert lines given in metres as a layer."""
    pairs = np.concatenate([np.stack([line.coords[:-1], line.coords[1:]], axis=1) for line in lines])
    return insert_lines(plane, plane.lattice.snap(pairs.reshape(-1, 2)).reshape(-1, 2, 2), layer)


def edges(plane: Arrangement) -> set[tuple[int, ...]]:
    """Return the edges by the lattice points of their ends."""
    return set(map(tuple, plane.points[plane.ends].reshape(-1, 4).tolist()))


def is_noded(plane: Arrangement) -> bool:
    """Tell whether noding changes nothing."""
    count = np.arange(len(plane.ends))
    again = node(Segments(plane.points, plane.ends, count, count, np.ones(len(count), np.int64)))
    return np.array_equal(again.ends, plane.ends) and np.array_equal(again.points, plane.points)


def test_a_line_divides_the_faces_that_it_crosses() -> None:
    """+-+-+
    --+-+--   from outside to outside: the ends dangle
      +-+-+
    """
    plane = plane_of(box(0, 0, 10, 10), box(10, 0, 20, 10))
    new, origin = insert(plane, LineString([(-5, 5), (25, 5)]))
    assert new.faces.faces == 5
    assert sorted(origin.tolist()) == [0, 1, 1, 2, 2]
    assert new.face_area_m2[1:].tolist() == [50.0] * 4
    np.testing.assert_array_equal(new.cover_feature, plane.cover_feature[origin[1:] - 1])


def test_only_the_new_edges_carry_the_new_layer() -> None:
    plane = plane_of(box(0, 0, 10, 10))
    new, _ = insert(plane, LineString([(0, 5), (10, 5)]))
    inner = new.edge_layers == 0b10
    assert inner.sum() == 1
    assert new.edge_length_m[inner].tolist() == [10.0]
    assert (new.edge_layers[~inner] == 0b01).all()
    assert new.first_feature.tolist() == [0, 1, 2]


def test_a_line_along_an_edge_gives_it_both_layers() -> None:
    plane = plane_of(box(0, 0, 10, 10))
    new, origin = insert(plane, LineString([(0, 0), (10, 0)]))
    assert origin.tolist() == [0, 1]
    assert sorted(new.edge_layers.tolist()) == [1, 1, 1, 3]


def test_a_face_between_new_lines_only_belongs_to_the_face_around() -> None:
    """+-----+
    | /\\  |   a triangle that touches no old edge
    | --  |
    +-----+
    """
    plane = plane_of(box(0, 0, 10, 10), box(10, 0, 20, 10))
    new, origin = insert(plane, LineString([(2, 2), (6, 2), (4, 6), (2, 2)]))
    assert new.faces.faces == 4
    triangle = new.faces_at(np.array([[4.0, 3.0]]))[0]
    assert origin[triangle] == plane.faces_at(np.array([[4.0, 3.0]]))[0]


def test_lines_of_a_second_round_join_the_layer_of_the_first() -> None:
    first, _ = insert(plane_of(box(0, 0, 10, 10)), LineString([(0, 5), (10, 5)]))
    second, origin = insert(first, LineString([(5, 5), (5, 10)]))
    assert second.faces.faces == 4
    assert (second.edge_layers == 0b10).sum() == 3
    assert np.bincount(origin).tolist() in ([1, 1, 2], [1, 2, 1])
    assert second.first_feature.tolist() == first.first_feature.tolist()


def test_what_no_line_touches_stays_bit_for_bit() -> None:
    plane = plane_of(*(box(20 * k, 0, 20 * k + 10.0037, 10) for k in range(5)))
    new, _ = insert(plane, LineString([(40, 3.3333), (50.0037, 7.7777)]))
    assert edges(plane) - edges(new) == {
        tuple(map(int, row))
        for row in plane.points[plane.ends].reshape(-1, 4)
        if row[0] == row[2] and plane.lattice.metres(row[:2][None])[0, 0] in (40.0, 50.004)
    }
    assert len(edges(new) - edges(plane)) == 5


def test_an_end_on_a_slanting_edge_is_a_vertex_of_both_sides() -> None:
    plane = plane_of(shapely.Polygon([(0, 0), (10, 0), (13.337, 7.713), (1, 9)]), box(20, 20, 21, 21))
    along = LineString([(10, 0), (13.337, 7.713)]).interpolate(0.3, normalized=True)
    new, _ = insert(plane, LineString([(0, 0), (along.x, along.y)]))
    assert new.faces.faces == 4
    assert is_noded(new)


# ------------------------------------------------------------------- whatever comes ----

NUMBER = st.integers(0, 40).map(lambda n: n / 4)
BOXES = st.lists(st.tuples(NUMBER, NUMBER, st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=5)
LINES = st.lists(st.lists(st.tuples(NUMBER, NUMBER), min_size=2, max_size=5, unique=True), min_size=1, max_size=3)


@given(BOXES, LINES)
def test_every_point_keeps_what_covers_it(
    boxes: list[tuple[float, ...]], lines: list[list[tuple[float, float]]]
) -> None:
    plane = plane_of(box(-1, -1, 16, 16), *(box(x, y, x + w, y + h) for x, y, w, h in boxes))
    new, origin = insert(plane, *map(LineString, lines))
    assert is_noded(new)
    places = np.stack(np.meshgrid(np.arange(0.061, 15, 0.531), np.arange(0.083, 15, 0.477)), -1).reshape(-1, 2)
    np.testing.assert_array_equal(origin[new.faces_at(places)], plane.faces_at(places))
    was = np.bincount(origin, new.face_area_m2, plane.faces.faces)
    np.testing.assert_allclose(was, plane.face_area_m2, atol=0.1)
    rows = [set(plane.cover_feature[plane.cover_face == face].tolist()) for face in range(plane.faces.faces)]
    for face in range(new.faces.faces):
        assert set(new.cover_feature[new.cover_face == face].tolist()) == rows[origin[face]]


@given(BOXES, LINES)
def test_inserting_what_came_of_the_lines_again_changes_nothing(
    boxes: list[tuple[float, ...]], lines: list[list[tuple[float, float]]]
) -> None:
    plane = plane_of(box(-1, -1, 16, 16), *(box(x, y, x + w, y + h) for x, y, w, h in boxes))
    once, _ = insert(plane, *map(LineString, lines))
    own = once.ends[(once.edge_layers & 0b10) != 0]
    twice, origin = insert_lines(once, once.points[own], 1)
    assert edges(once) == edges(twice)
    assert origin.tolist() == list(range(once.faces.faces))
    np.testing.assert_array_equal(once.edge_layers, twice.edge_layers)


@given(BOXES, LINES, st.randoms())
def test_the_order_and_direction_of_lines_does_not_matter(
    boxes: list[tuple[float, ...]], lines: list[list[tuple[float, float]]], rng: object
) -> None:
    plane = plane_of(box(-1, -1, 16, 16), *(box(x, y, x + w, y + h) for x, y, w, h in boxes))
    other = [line[::-1] for line in lines]
    rng.shuffle(other)  # type: ignore[attr-defined]
    one, two = insert(plane, *map(LineString, lines)), insert(plane, *map(LineString, other))
    np.testing.assert_array_equal(one.plane.ends, two.plane.ends)
    np.testing.assert_array_equal(one.plane.edge_layers, two.plane.edge_layers)
    np.testing.assert_array_equal(one.origin, two.origin)


@given(BOXES, LINES)
def test_it_is_what_arranging_all_lines_at_once_gives(
    boxes: list[tuple[float, ...]], lines: list[list[tuple[float, float]]]
) -> None:
    shapes = np.array([box(-1, -1, 16, 16), *(box(x, y, x + w, y + h) for x, y, w, h in boxes)], object)
    layer = Linework(shapes, np.arange(len(shapes)))
    more = Linework(np.array([LineString(line) for line in lines], object), np.arange(len(lines)), area=False)
    whole = arrange([layer, more], MM)
    new, _ = insert(arrange([layer], MM), *map(LineString, lines))
    assert new.face_area_m2[1:].sum() == pytest.approx(whole.face_area_m2[1:].sum())
    large = [np.sort(plane.face_area_m2[plane.face_area_m2 > 0.02]) for plane in (new, whole)]
    np.testing.assert_allclose(*large, atol=0.02)
