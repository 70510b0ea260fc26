"""Faults between features: pairs, kinds, noise, unmatched vertices."""

import numpy as np
import pytest
import shapely

from gridgeo.partition.faults import idle_vertices, noise_width_m, overlaps_between, unmatched_vertices
from gridgeo.partition.solid import solid_polygon
from gridgeo.partition.telling import polygons_of

box = shapely.box


def solids(*shapes):
    return np.array([solid_polygon(shape) for shape in shapes], dtype=object)


def row_of_boxes(count, reach):
    """Return boxes of 10 m in a row, each reaching this far into the next."""
    return solids(*[box(10 * i, 0, 10 * i + 10 + reach, 10) for i in range(count)])


def test_touching_polygons_do_not_overlap():
    found = overlaps_between(solids(box(0, 0, 1, 1), box(1, 0, 2, 1), box(1, 1, 2, 2)))
    assert len(found.pieces) == 0


def test_pairs_are_told_apart_by_what_they_share():
    found = overlaps_between(solids(box(0, 0, 10, 10), box(0, 0, 10, 10), box(2, 2, 4, 4), box(9, 0, 15, 10)))
    pairs = {(int(a), int(b)): str(k) for a, b, k in zip(found.first, found.second, found.kind, strict=True)}
    assert pairs == {
        (0, 1): "duplicate",
        (0, 2): "contained",
        (1, 2): "contained",
        (0, 3): "overlap",
        (1, 3): "overlap",
    }


def test_rounding_is_no_overlap():
    assert len(overlaps_between(solids(box(0, 0, 10.0005, 10), box(10, 0, 20, 10))).pieces) == 0


def test_thin_overlaps_of_most_features_are_the_layers_noise():
    overlaps = overlaps_between(row_of_boxes(20, 0.4))
    width_m = noise_width_m(overlaps, 20, accuracy_m=5)
    assert width_m > 0.4
    assert noise_width_m(overlaps, 2000, accuracy_m=5) == 0
    assert noise_width_m(overlaps, 20, accuracy_m=0.1) == 0


def test_a_matched_coverage_has_no_unmatched_vertex():
    assert len(unmatched_vertices(solids(box(0, 0, 10, 10), box(10, 0, 20, 10))).points) == 0


@pytest.mark.parametrize("off_m", [0.0, 0.0005, -0.0005])
def test_a_vertex_on_or_beside_a_neighbours_edge_is_found(off_m):
    left = shapely.Polygon([(0, 0), (10, 0), (10 + off_m, 4), (10, 10), (0, 10)])
    found = unmatched_vertices(solids(left, box(10, 0, 20, 10)))
    assert (found.owner.tolist(), found.neighbour.tolist()) == ([0], [1])


def test_duplicates_do_not_hide_an_unmatched_vertex():
    left = shapely.Polygon([(0, 0), (10, 0), (10, 4), (10, 10), (0, 10)])
    found = unmatched_vertices(solids(left, left, box(10, 0, 20, 10)))
    assert found.neighbour.tolist() == [2, 2]


def idle(*shapes):
    points, owner = idle_vertices(solids(*shapes))
    return list(zip(shapely.get_coordinates(points).tolist(), owner.tolist(), strict=True))


@pytest.mark.parametrize("turned", range(5))
def test_a_vertex_on_a_straight_rim_is_idle_wherever_the_ring_begins(turned):
    corners = [(0, 0), (4, 0), (10, 0), (10, 10), (0, 10)]
    assert idle(box(10, 0, 20, 10), shapely.Polygon(corners[turned:] + corners[:turned])) == [([4, 0], 1)]


def test_a_vertex_that_a_neighbour_shares_or_passes_is_not_idle():
    top = shapely.Polygon(
        [(0, 10), (10, 10), (20, 10), (20, 20), (0, 20)]
    )  # its vertex at 10 is a node of the two below
    assert idle(box(0, 0, 10, 10), box(10, 0, 20, 10), top) == []
    assert idle(shapely.Polygon([(0, 0), (10, 0), (10, 4), (10, 10), (0, 10)]), box(10, 0, 20, 10)) == []


def test_beside_neighbours_that_do_not_share_the_line_it_is_idle():
    left = shapely.Polygon([(0, 0), (10, 0), (10, 4), (10, 10), (0, 10)])
    assert idle(left, box(10.3, 0, 20, 10)) == [([10, 4], 0)]
    assert idle(left, box(9.7, 0, 20, 10)) == [([10, 4], 0)]


@pytest.mark.parametrize("corner", [(4, 0.01), (1, 0), (4, -0.01)])
def test_a_bend_or_a_step_of_a_curve_is_not_idle(corner):
    assert idle(shapely.Polygon([(0, 0), corner, (10, 0), (10, 10), (0, 10)])) == []


def test_only_polygons_survive_in_a_collection():
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), box(0, 0, 1, 1), shapely.MultiPolygon([box(2, 0, 3, 1)])])
    assert shapely.area(polygons_of(mixed)).tolist() == [1.0, 1.0]
