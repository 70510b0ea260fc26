"""Lines are put onto the borders that they pass within 5 cm, on two squares with a common border.

::

    100 +-----------+-----------+
        |     a     |     b     |
      0 +-----------+-----------+
        0          100         200
"""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.partition.follow import Borders
from gridgeo.partition.leftovers import Homes
from gridgeo.partition.redraw import Redrawn, split, transfer
from gridgeo.partition.snapped import SNAP_M, snapped_area

A, B = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
HOMES = Homes(np.array([[10.0, 10.0]]), np.array([3]))


def led(*points: tuple[float, float], shapes: tuple[shapely.Polygon, ...] = (A, B)) -> list[tuple[float, float]]:
    found = Borders(shapes, SNAP_M).led(np.array(points, float), closed=points[0] == points[-1])
    return [(round(x, 6), round(y, 6)) for x, y in found.tolist()]


def dense(points: list[tuple[float, float]]) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Return the two squares with more corners (south to north) in their common border."""
    south, north = [(100, 0)], [(100, 100)]
    left = shapely.Polygon([(0, 0), *south, *points, *north, (0, 100)])
    right = shapely.Polygon([(200, 100), *north, *points[::-1], *south, (200, 0)])
    return left, right


def test_a_vertex_beside_a_border_is_put_onto_it():
    assert led((50, 50), (99.97, 50), (150, 60)) == [(50, 50), (100, 50), (150, 60)]
    assert led((50, 50), (99.94, 50), (150, 60)) == [(50, 50), (99.94, 50), (150, 60)]


def test_a_vertex_beside_a_corner_is_put_onto_the_corner_and_not_the_edge():
    assert led((50, 50), (99.98, 99.97)) == [(50, 50), (100, 100)]


def test_a_line_that_runs_along_a_border_has_the_borders_corners_and_no_others():
    along = [(100.03, y) for y in (10, 20.5, 30, 70)]
    assert led((50, 10), *along, (50, 70)) == [(50, 10), (100, 10), (100, 70), (50, 70)]
    bent = dense([(100.01, 40), (99.99, 60)])
    found = led((50, 10), (100, 10), (100, 70), (50, 70), shapes=bent)[1:-1]
    assert np.allclose(found, [(100.0025, 10), (100.01, 40), (99.99, 60), (99.9925, 70)], atol=1e-4)


def test_corners_closer_than_the_reach_are_met_in_the_order_of_the_border():
    close = [(100.0, 50.0), (100.01, 50.02), (100.0, 50.03), (99.99, 50.05)]
    for points in ([(100, 0), (100, 50.02), (100, 100)], [(100, 0), (99.99, 50.04), (100.01, 50.01), (100, 100)]):
        assert led(*points, shapes=dense(close)) == [(100, 0), *close, (100, 100)]


def test_a_line_across_close_corners_leaves_no_loop():
    close = [(100.0, 50.0), (100.0, 50.03), (100.0, 50.06)]
    found = led((50, 50.02), (100, 50.031), (150, 50.04), shapes=dense(close))
    assert found[0], found[-1] == ((50, 50.02), (150, 50.04))
    assert len(set(found)) == len(found)
    assert shapely.LineString(found).is_simple


def test_an_area_of_millimetres_beyond_the_border_is_the_ground_between():
    area = snapped_area(shapely.box(49.999, 0.001, 100.002, 99.998), [A, B])
    assert shapely.equals(area, shapely.box(49.999, 0, 100, 100))


def hairs(redrawn: Redrawn) -> list[float]:
    """Return the areas of everything narrower than 10 cm in what became of the grids."""
    strips = []
    for shape in redrawn.shapes:
        opened = shape.buffer(-0.05, join_style="mitre").buffer(0.0505, join_style="mitre")
        strips += shapely.get_parts(shape.difference(opened)).tolist()
    return [strip.area for strip in strips if strip.area > 1e-3]


wobble = st.floats(-0.002, 0.002)
steps = st.lists(st.floats(0.004, 30), min_size=0, max_size=8)


@settings(max_examples=150, deadline=None)
@given(steps, st.data())
def test_a_block_that_is_off_by_millimetres_leaves_no_hair(gaps: list[float], data: st.DataObject):
    """Its outline has corners that the border lacks, and lacks corners that the border has."""
    heights = [y for y in np.cumsum([1.0, *gaps]).tolist() if y < 99]
    left, right = dense([(100 + data.draw(wobble), y) for y in heights])
    low, high = sorted(data.draw(st.tuples(st.floats(5, 45), st.floats(55, 95))))
    rows = sorted({low, high, *data.draw(st.lists(st.floats(low, high), max_size=5))})
    block = shapely.Polygon([(60, low), *[(100 + data.draw(wobble), y) for y in rows], (60, high)])
    redrawn = transfer(left, right, block, HOMES)
    assert not hairs(redrawn)
    # each of two corners may go to a corner of the border within SNAP_M: a triangle on a side of 40 m
    assert redrawn.shapes[1].area - right.area == pytest.approx(40 * (high - low), abs=2 * 40 * SNAP_M / 2 + 0.2)
    assert shapely.coverage_is_valid(redrawn.shapes)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-0.06, 0.06), st.floats(0.005, 0.2)), min_size=1, max_size=8), st.data())
def test_a_line_through_a_thicket_of_corners_divides_into_two(corners: list[tuple[float, float]], data: st.DataObject):
    heights = (50 + np.cumsum([gap for _, gap in corners])).round(3).tolist()
    left, _ = dense([(round(100 + off, 3), y) for (off, _), y in zip(corners, heights, strict=True)])
    at = data.draw(st.floats(49.9, heights[-1] + 0.1))
    redrawn = split(left, shapely.LineString([(-5, 50), (60, at), (100.02, at), (105, at)]), HOMES)
    assert len(redrawn.shapes) == 2
    assert shapely.coverage_is_valid(redrawn.shapes)
