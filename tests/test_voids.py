"""Narrow voids are split along their middle, wide ones and holes are left.

+---------+ void +---------+
|    A    |      |    B    |
+---------+      +---------+
"""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.partition.voids import VOID_WIDTH_M, split_along_middle, uncovered, wide_and_narrow

box = shapely.box


def blocks(columns, rows, size, road):
    """Return square blocks with roads between them and around the outside none."""
    step = size + road
    return np.array(
        [box(i * step, j * step, i * step + size, j * step + size) for j in range(rows) for i in range(columns)]
    )


def test_thin_rounding_is_no_void():
    squares = np.array([box(0, 0, 100, 100), box(100.0004, 0, 200, 100)])
    assert len(uncovered(squares, box(0, 0, 200, 100))) == 0


@pytest.mark.parametrize("road", [3.0, 12.0, 24.0, 29.0])
def test_a_road_net_open_to_the_outside_is_shared_fairly(road):
    squares = blocks(4, 4, 150, road)
    frame = shapely.box(*shapely.total_bounds(squares))
    wide, narrow = wide_and_narrow(uncovered(squares, frame))
    assert len(wide) == 0
    split = split_along_middle(narrow, squares)
    gained = np.bincount(split.owners, weights=shapely.area(split.pieces), minlength=16)
    assert gained.sum() == pytest.approx(frame.area - 16 * 150**2, rel=1e-6)
    inner = gained.reshape(4, 4)[1:-1, 1:-1]
    assert inner == pytest.approx(np.full((2, 2), (150 + road) ** 2 - 150**2), rel=0.1)
    assert gained.max() < 0.15 * gained.sum()


def test_the_border_runs_in_the_middle_and_is_smooth():
    pair = np.array([box(0, 0, 100, 300), box(120, 0, 220, 300)])
    split = split_along_middle(np.array([box(100, 0, 120, 300)]), pair)
    middle = shapely.intersection(split.pieces[0].boundary, split.pieces[1].boundary)
    x = shapely.get_coordinates(middle)[:, 0]
    assert np.abs(x - 110).max() < 0.5
    assert shapely.length(middle) < 302


def test_pieces_are_disjoint_and_fill_the_void_to_the_millimetre():
    squares = blocks(3, 3, 100, 20)
    void = uncovered(squares, shapely.box(*shapely.total_bounds(squares)))
    split = split_along_middle(void, squares)
    assert shapely.area(split.pieces).sum() == pytest.approx(shapely.area(void).sum(), rel=1e-6)
    assert shapely.coverage_is_valid(split.pieces)


def test_a_strip_along_the_frame_goes_to_its_only_neighbour():
    split = split_along_middle(np.array([box(100, 0, 110, 100)]), np.array([box(0, 0, 100, 100)]))
    assert split.owners.tolist() == [0]
    assert len(split.holes) == 0


def test_a_void_that_nobody_touches_stays():
    split = split_along_middle(np.array([box(300, 0, 310, 100)]), np.array([box(0, 0, 100, 100)]))
    assert len(split.pieces) == 0


def test_a_small_lake_in_one_feature_is_a_hole_but_a_slit_in_it_is_closed():
    lake, slit = box(40, 40, 52, 52), box(20, 70, 80, 70.6)
    around = np.array([box(0, 0, 100, 100).difference(shapely.union(lake, slit))])
    split = split_along_middle(np.array([lake, slit]), around)
    assert split.hole_owners.tolist() == [0]
    assert split.owners.tolist() == [0]
    assert split.pieces[0].equals(slit)


def test_a_wide_place_is_left_and_the_roads_around_it_are_split():
    squares = np.delete(blocks(3, 3, 150, 20), 4)
    frame = shapely.box(*shapely.total_bounds(squares))
    wide, narrow = wide_and_narrow(uncovered(squares, frame))
    assert len(wide) == 1
    assert wide[0].covers(box(170, 170, 320, 320))
    assert shapely.area(narrow).sum() + wide[0].area == pytest.approx(frame.area - 8 * 150**2)


def test_crossings_of_roads_are_not_wide():
    void = shapely.union(box(0, 40, 200, 64), box(80, 0, 104, 200))
    wide, narrow = wide_and_narrow(np.array([void]), width_m=VOID_WIDTH_M)
    assert len(wide) == 0
    assert narrow[0].equals(void)


def test_a_thin_isolated_void_goes_to_the_longest_bank():
    banks = np.array([box(0, 0, 100, 50), box(0, 51, 60, 100), box(60, 51, 100, 100)])
    split = split_along_middle(np.array([box(0, 50, 100, 51)]), banks)
    assert split.owners.tolist() == [0]


def test_a_thin_net_is_not_given_to_one_feature():
    # the trap of a frame polygon: a net of slits goes whole to whoever touches most of it
    squares = blocks(4, 4, 100, 1.0)
    void = uncovered(squares, shapely.box(*shapely.total_bounds(squares)))
    split = split_along_middle(void, squares)
    gained = np.bincount(split.owners, weights=shapely.area(split.pieces), minlength=16)
    assert gained.sum() == pytest.approx(shapely.area(void).sum())
    assert gained.max() < 0.2 * gained.sum()
    assert shapely.coverage_is_valid(split.pieces)


def test_touching_in_two_points_leaves_a_void_between_that_is_split():
    left = shapely.Polygon([(0, 0), (100, 0), (90, 50), (100, 100), (0, 100)])
    right = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (110, 50)])
    void = uncovered(np.array([left, right]), box(0, 0, 200, 100))
    split = split_along_middle(void, np.array([left, right]))
    shares = np.bincount(split.owners, weights=shapely.area(split.pieces))
    assert shares == pytest.approx([500, 500], rel=0.05)


@settings(max_examples=25, deadline=None)
@given(width=st.floats(2.5, 29.0), bend=st.floats(-60.0, 60.0), turn=st.floats(0.0, 6.2))
def test_no_point_of_a_piece_is_much_nearer_to_another_bank(width, bend, turn):
    bank = np.array([[0, 0], [0, 100], [bend, 200], [0, 300]])
    across = np.array([width, 0])
    left = shapely.Polygon([*bank, (-150, 300), (-150, 0)])
    right = shapely.Polygon([*(bank + across), (150 + width, 300), (150 + width, 0)])
    void = shapely.Polygon([*bank, *(bank + across)[::-1]])
    turned = [shapely.affinity.rotate(g, turn, origin=(0, 0), use_radians=True) for g in (left, right, void)]
    split = split_along_middle(np.array([turned[2]]), np.array(turned[:2]))
    for piece, owner in zip(split.pieces, split.owners, strict=True):
        spots = shapely.points(shapely.get_coordinates(shapely.segmentize(piece, 5.0)))
        mine, other = (shapely.distance(spots, turned[k]) for k in (owner, 1 - owner))
        assert (mine - other).max() < 0.4 * width + 0.5
