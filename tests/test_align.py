"""Alignment: vertices near a community border are taken for its drawing and put onto it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Polygon, box

from gridgeo.partition.align import THROUGH_M, align_layer, border_segments, led_through


def communities(*shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4547")


TWO = communities(box(0, 0, 10, 10), box(10, 0, 20, 10))
SEGMENTS = border_segments(TWO)


def aligned(*shapes: object, accuracy_m: float = 1.0) -> list[object]:
    return align_layer(np.array(shapes, object), SEGMENTS, accuracy_m=accuracy_m)[0].tolist()


def test_common_border_is_one_segment() -> None:
    assert len(SEGMENTS) == 7
    assert sum(line.equals(shapely.LineString([(10, 0), (10, 10)])) for line in SEGMENTS) == 1


def test_segments_do_not_depend_on_ring_starts_and_directions() -> None:
    turned = communities(*(Polygon(np.roll(shape.exterior.coords[:-1], 2, axis=0)[::-1]) for shape in TWO.geometry))
    assert shapely.equals_exact(border_segments(turned), SEGMENTS).all()


def test_borders_of_holes_and_islands_count() -> None:
    shape = MultiPolygon([box(0, 0, 10, 10).difference(box(4, 4, 6, 6)), box(20, 0, 30, 10)])
    assert len(border_segments(communities(shape))) == 12


def test_vertex_near_the_border_moves_onto_it() -> None:
    shape = aligned(Polygon([(2, 2), (9.4, 3), (10.5, 7), (2, 8)]))[0]
    assert shape.equals(Polygon([(2, 2), (10, 3), (10, 7), (2, 8)]))


def test_vertex_farther_than_the_accuracy_stays() -> None:
    original = Polygon([(2, 2), (8.5, 2), (8.5, 8), (2, 8)])
    assert aligned(original)[0].equals(original)


def test_vertex_on_the_border_does_not_count_as_moved() -> None:
    _, figures = align_layer(np.array([box(0, 0, 10, 10)], object), SEGMENTS, accuracy_m=1.0)
    assert (figures.vertices, figures.moved, figures.largest_m) == (4, 0, 0.0)


def test_figures_say_how_many_vertices_moved_how_far() -> None:
    shape = Polygon([(0, 0), (10.5, 5), (5, 9.75)])
    _, figures = align_layer(np.array([shape], object), SEGMENTS, accuracy_m=1.0)
    assert (figures.vertices, figures.moved) == (3, 2)
    assert figures.mean_m == pytest.approx(0.375)
    assert figures.largest_m == pytest.approx(0.5)
    assert str(figures) == "2/3 vertices moved, mean 0.38 m, largest 0.50 m"


def test_neighbours_that_matched_still_match() -> None:
    west, east = Polygon([(2, 2), (9.4, 3), (9.6, 7), (2, 8)]), Polygon([(9.4, 3), (18, 2), (18, 8), (9.6, 7)])
    assert shapely.coverage_is_valid(np.array(aligned(west, east), object))


def test_shape_drawn_as_a_strip_along_the_border_collapses_onto_it() -> None:
    assert aligned(box(9.5, 2, 10.5, 8))[0].area == 0


def test_input_is_left_as_it_was() -> None:
    shapes = np.array([box(0.5, 0.5, 9.5, 9.5)], object)
    align_layer(shapes, SEGMENTS, accuracy_m=1.0)
    assert shapes[0].equals(box(0.5, 0.5, 9.5, 9.5))


spot = st.tuples(st.floats(-2, 22), st.floats(-2, 12))


@settings(max_examples=60)
@given(st.lists(spot, min_size=3, max_size=8, unique=True), st.floats(0.1, 3.0))
def test_no_vertex_moves_farther_than_the_accuracy_and_near_ones_end_on_the_border(
    ring: list[tuple[float, float]], accuracy_m: float
) -> None:
    before = Polygon(ring)
    after = aligned(before, accuracy_m=accuracy_m)[0]
    one, two = shapely.points(before.exterior.coords), shapely.points(after.exterior.coords)
    assert (shapely.distance(one, two) <= accuracy_m + 1e-9).all()
    border = shapely.union_all(SEGMENTS)
    near, far = shapely.distance(one, border) < accuracy_m, shapely.distance(one, border) > accuracy_m
    assert (shapely.distance(two[near], border) < 1e-6).all()
    assert shapely.equals_exact(two[far], one[far]).all()


# ------------------------------------------------------ layers that have the border ----


def test_nothing_moves_onto_a_border_that_the_layer_has_itself() -> None:
    """
    +------+------+
    |      | .    |   a vertex 0.4 m beside the border in a layer that has the border, vertex for vertex: it is meant
    +------+------+
    """
    west, beside = box(0, 0, 10, 10), Polygon([(12, 2), (18, 5), (12, 8), (10.4, 5)])
    assert aligned(west, beside)[1].equals_exact(beside)
    assert not aligned(beside)[0].equals_exact(beside)


def test_a_border_drawn_with_a_vertex_more_is_another_drawing() -> None:
    west, beside = Polygon([(0, 0), (10, 0), (10, 5), (10, 10), (0, 10)]), Polygon([(12, 2), (18, 5), (10.4, 5)])
    assert aligned(west, beside)[1].equals(Polygon([(12, 2), (18, 5), (10, 5)]))


def test_both_ends_of_a_border_do_not_make_it_drawn() -> None:
    """The layer has the vertices (10, 0) and (10, 10), but no side between them."""
    north, south = Polygon([(10, 10), (12, 8), (12, 10)]), Polygon([(10, 0), (12, 0), (12, 2)])
    beside = Polygon([(12, 3), (18, 5), (10.4, 5)])
    assert aligned(north, south, beside)[2].equals(Polygon([(12, 3), (18, 5), (10, 5)]))


# ------------------------------------------------------ through surveyed vertices ----


def led(*shapes: object, at: list[tuple[float, float]]) -> list[object]:
    return led_through(np.array(shapes, object), np.array(at, float)).tolist()


def points_of(shape: object) -> list[tuple[float, ...]]:
    return [tuple(xy) for xy in shapely.get_coordinates(shape).tolist()]


def test_line_that_passes_a_surveyed_vertex_is_led_through_it() -> None:
    line = led(LineString([(0, 0), (10, 0)]), at=[(7, 0.01), (3, -0.04), (5, 0.2)])[0]
    assert points_of(line) == [(0, 0), (3, -0.04), (7, 0.01), (10, 0)]


def test_vertex_beside_a_surveyed_one_becomes_it() -> None:
    assert points_of(led(LineString([(0, 0), (5, 0), (9, 9)]), at=[(5.02, 0.01)])[0]) == [(0, 0), (5.02, 0.01), (9, 9)]


def test_line_far_from_surveyed_vertices_stays() -> None:
    lines = [LineString([(0, 0), (10, 0)]), MultiLineString([[(0, 5), (5, 5)], [(6, 5), (7, 7)]])]
    assert [points_of(line) for line in led(*lines, at=[(5, 1), (0, 50)])] == [points_of(line) for line in lines]


def test_rings_and_holes_are_led_through_too_and_neighbours_still_match() -> None:
    donut = box(0, 0, 10, 10).difference(box(3, 3, 7, 7))
    shapes = led(donut, box(10, 0, 20, 10), at=[(10.01, 5), (3, 5.0), (7.03, 7.03)])
    assert (10.01, 5.0) in points_of(shapes[0])
    assert (10.01, 5.0) in points_of(shapes[1])
    assert {(3.0, 5.0), (7.03, 7.03)} <= set(points_of(shapes[0]))
    assert shapes[0].is_valid
    assert shapely.coverage_is_valid(np.array(shapes, object))


node = st.tuples(st.integers(0, 12), st.integers(0, 12))


@settings(max_examples=60)
@given(
    st.lists(node, min_size=2, max_size=6, unique=True),
    st.lists(node, min_size=1, max_size=9, unique=True),
    st.floats(-0.03, 0.03),
)
def test_led_lines_stay_within_reach_and_meet_every_vertex_that_they_pass(
    line: list[tuple[int, int]], nodes: list[tuple[int, int]], beside_m: float
) -> None:
    before, at = LineString(line), [(x + beside_m, y - beside_m) for x, y in nodes]
    after = led(before, at=at)[0]
    assert shapely.hausdorff_distance(before, after) <= THROUGH_M + 1e-9
    passed = shapely.distance(before, shapely.points(at)) < THROUGH_M
    own = set(points_of(after))
    assert all(point in own for point, near in zip(at, passed, strict=True) if near)
