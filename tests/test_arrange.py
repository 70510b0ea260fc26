"""The arrangement: every piece of plane once, with the features that cover it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gridgeo.errors import InputError
from gridgeo.partition.arrange import Arrangement, Linework, arrange

MM = 0.001


def layer(*shapes: shapely.Geometry, area: bool = True) -> Linework:
    """Return a layer whose features are the shapes."""
    return Linework(np.array(shapes, object), np.arange(len(shapes)), area)


def face_shapes(plane: Arrangement) -> dict[int, Polygon]:
    """Return the outline of every bounded face."""
    label = np.arange(plane.faces.faces)
    label[0] = -1
    labels, shapes = plane.shapes(label)
    return dict(zip(labels.tolist(), shapes.tolist(), strict=True))


def covered_by(plane: Arrangement, x: float, y: float) -> set[int]:
    """Return the features that cover the face at a point."""
    face = plane.faces_at(np.array([[x, y]]))[0]
    return set(plane.cover_feature[plane.cover_face == face].tolist())


def test_two_overlapping_squares_give_three_faces_with_their_owners() -> None:
    """+---+
    | a +--+   a only, a and b, b only
    +---+ b|
        +--+
    """
    plane = arrange([layer(box(0, 0, 10, 10)), layer(box(5, 5, 15, 15))], MM)
    assert plane.faces.faces - 1 == 3
    assert covered_by(plane, 2, 2) == {0}
    assert covered_by(plane, 7, 7) == {0, 1}
    assert covered_by(plane, 12, 12) == {1}
    assert covered_by(plane, 12, 2) == set()


def test_areas_of_faces_are_exact_on_the_lattice() -> None:
    plane = arrange([layer(box(0, 0, 0.3, 0.1)), layer(box(0.1, 0, 0.2, 0.1))], MM)
    areas = sorted(plane.face_area_m2[1:].tolist())
    assert areas == [0.01, 0.01, 0.01]


def test_shared_border_is_one_edge_of_both_layers() -> None:
    plane = arrange([layer(box(0, 0, 1, 1)), layer(box(1, 0, 2, 1))], MM)
    assert (plane.edge_layers == 0b11).sum() == 1


def test_vertex_on_a_neighbours_edge_is_a_node_of_both() -> None:
    """The right square's corner lies on the left one's long side."""
    plane = arrange([layer(box(0, 0, 10, 10), box(10, 5, 15, 10))], MM)
    shapes = face_shapes(plane)
    assert shapely.coverage_is_valid(np.array(list(shapes.values()), object))
    assert any((10.0, 5.0) in p.exterior.coords for p in shapes.values() if p.area == 100)


def test_polygon_inside_another_is_covered_by_both() -> None:
    plane = arrange([layer(box(0, 0, 10, 10), box(4, 4, 6, 6))], MM)
    assert covered_by(plane, 5, 5) == {0, 1}
    assert covered_by(plane, 1, 1) == {0}
    ring = next(p for p in face_shapes(plane).values() if p.area == 96)
    assert len(ring.interiors) == 1


def test_hole_is_covered_by_nobody() -> None:
    donut = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    plane = arrange([layer(donut)], MM)
    assert covered_by(plane, 5, 5) == set()
    assert covered_by(plane, 1, 1) == {0}


def test_island_in_a_lake_in_a_square_finds_its_place() -> None:
    donut = box(0, 0, 20, 20).difference(box(4, 4, 16, 16))
    plane = arrange([layer(donut), layer(box(8, 8, 12, 12))], MM)
    assert covered_by(plane, 10, 10) == {1}
    assert covered_by(plane, 6, 6) == set()
    assert plane.faces.faces - 1 == 3


def test_ring_that_crosses_itself_covers_its_larger_lobe() -> None:
    """Alignment may twist a ring: here a small lobe at the top turns the other way round than the rest."""
    twisted = Polygon([(0, 0), (5.2, 11), (4.8, 11), (10, 0)])
    for ring in (twisted, Polygon(list(twisted.exterior.coords)[::-1])):
        plane = arrange([layer(ring)], MM)
        assert [covered_by(plane, 5.0, y) for y in (3.0, 10.9)] == [{0}, set()]


def test_line_parts_a_face_and_a_dangling_line_does_not() -> None:
    """+--|--+
    |  |  |   the middle line crosses the square, the short one ends inside
    |  |- |
    +--|--+
    """
    cut = LineString([(5, -1), (5, 11)])
    stub = LineString([(5, 3), (8, 3)])
    plane = arrange([layer(box(0, 0, 10, 10)), layer(cut, stub, area=False)], MM)
    assert plane.faces.faces - 1 == 2
    assert covered_by(plane, 2, 5) == covered_by(plane, 7, 5) == {0}


def test_crossing_between_lattice_points_is_rounded_once_for_all() -> None:
    a = Polygon([(0, 0), (1, 0), (1, 0.333), (0, 0.777)])
    b = Polygon([(0.1, -0.1), (0.9, 0.9), (0.95, 0.9), (0.2, -0.1)])
    shapes = list(face_shapes(arrange([layer(a), layer(b)], MM)).values())
    assert shapely.coverage_is_valid(np.array(shapes, object))
    steps = shapely.get_coordinates(shapes) * 1000
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


def test_extent_too_wide_for_exact_arithmetic_is_refused() -> None:
    with pytest.raises(InputError, match="precision"):
        arrange([layer(box(0, 0, 1, 1), box(2e6, 0, 2e6 + 1, 1))], MM)


@pytest.mark.filterwarnings("ignore:invalid value")  # shapely warns already while making the shape
def test_coordinates_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="not numbers"):
        arrange([layer(shapely.from_wkt("POLYGON ((0 0, nan 1, 1 1, 0 0))"))], MM)


def test_point_far_outside_or_without_coordinate_lies_in_no_face() -> None:
    plane = arrange([layer(box(0, 0, 1, 1))], MM)
    assert plane.faces_at(np.array([[1e8, 0.5], [np.nan, 0.0], [-5, 0.5]])).tolist() == [0, 0, 0]


def triangles(rows: list[list[tuple[int, int]]]) -> np.ndarray:
    """Return the triangles (in steps of 0.01 m) that have an area."""
    shapes = [Polygon([(x / 100, y / 100) for x, y in row]) for row in rows]
    return np.array([s for s in shapes if s.area > 0], object)


corner = st.tuples(st.integers(0, 60), st.integers(0, 60))
some_triangles = st.lists(st.lists(corner, min_size=3, max_size=3), min_size=1, max_size=9)


@given(some_triangles)
def test_faces_are_a_coverage_and_add_up(rows: list[list[tuple[int, int]]]) -> None:
    shapes = triangles(rows)
    if not len(shapes):
        return
    plane = arrange([Linework(shapes, np.arange(len(shapes)))], 0.01)
    faces = face_shapes(plane)
    polygons = np.array(list(faces.values()), object)
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    np.testing.assert_allclose([p.area for p in polygons], plane.face_area_m2[list(faces)], rtol=0, atol=1e-9)


@given(some_triangles)
def test_labels_agree_with_points_inside_faces(rows: list[list[tuple[int, int]]]) -> None:
    """On a fine lattice rounding cannot move a point in the middle of a face across a border."""
    shapes = triangles(rows)
    if not len(shapes):
        return
    plane = arrange([Linework(shapes, np.arange(len(shapes)))], 1e-6)
    for face, shape in face_shapes(plane).items():
        circle = shapely.maximum_inscribed_circle(shape, tolerance=1e-6)
        if circle.length < 1e-4:
            continue
        point = shapely.get_point(circle, 0)
        expected = set(np.flatnonzero(shapely.contains(shapes, point)).tolist())
        assert set(plane.cover_feature[plane.cover_face == face].tolist()) == expected


@given(some_triangles, st.randoms(use_true_random=False))
def test_order_and_direction_of_rings_change_nothing(rows: list[list[tuple[int, int]]], random) -> None:  # type: ignore[no-untyped-def]
    shapes = triangles(rows)
    if not len(shapes):
        return
    order = list(range(len(shapes)))
    random.shuffle(order)
    turned = np.array([Polygon(list(shapes[i].exterior.coords)[::-1]) for i in order], object)
    one = arrange([Linework(shapes, np.arange(len(shapes)))], 0.01)
    two = arrange([Linework(turned, np.array(order))], 0.01)
    assert np.array_equal(one.points, two.points)
    assert np.array_equal(one.ends, two.ends)
    assert np.array_equal(one.cover_face, two.cover_face)
    assert np.array_equal(one.cover_feature, two.cover_feature)


@given(some_triangles)
def test_arranging_the_faces_again_gives_the_same_faces(rows: list[list[tuple[int, int]]]) -> None:
    shapes = triangles(rows)
    if not len(shapes):
        return
    faces = np.array(list(face_shapes(arrange([Linework(shapes, np.arange(len(shapes)))], 0.01)).values()), object)
    if not len(faces):  # everything was thinner than the lattice
        return
    again = arrange([Linework(faces, np.arange(len(faces)))], 0.01)
    assert {shapely.normalize(f).wkt for f in face_shapes(again).values()} == {shapely.normalize(f).wkt for f in faces}


def test_layers_without_any_geometry_are_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        arrange([layer()], MM)
