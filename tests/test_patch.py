"""A few grids as one small arrangement, on two squares with a common border.

::

    100 +-------+-------+
        |   a   |   b   |
      0 +-------+-------+
        0      100     200
"""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.errors import InputError, TopologyError
from gridgeo.partition.arrange import Linework
from gridgeo.partition.patch import Chains, Patch, open_patch, with_chains

A, B = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)


def lines(*drawn: list[tuple[float, float]]) -> Linework:
    shapes = np.array([*(shapely.LineString(points) for points in drawn), None], object)[:-1]
    return Linework(shapes, np.arange(len(shapes)), area=False)


def area(shape: shapely.Polygon) -> Linework:
    return Linework(np.array([shape], object), np.zeros(1, np.int64))


def corners(*shapes: shapely.Geometry) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(list(shapes)).tolist()))


def whole(patch: Patch) -> shapely.Geometry:
    """Return the outline of all grids together."""
    return patch.outlines(np.where(patch.owner >= 0, 0, -1))[1][0]


def pieces(patch: Patch) -> dict[int, shapely.Polygon]:
    """Return the faces of the grids."""
    return dict(zip(*patch.outlines(np.where(patch.owner >= 0, np.arange(len(patch.owner)), -1)), strict=True))


def chained(*points: complex) -> Chains:
    """Return one edge and what lies between its ends now."""
    return Chains(np.array(points[:1]), np.array(points[-1:]), (np.array(points[1:-1]),))


# --------------------------------------------------------------------------- lattices ----


def moved(shape: shapely.Polygon, by: float, times: float = 1.0) -> shapely.Polygon:
    return shapely.transform(shape, lambda points: points * times + by)


@pytest.mark.parametrize("by", [0.0, 500_000.123, 0.1234567, 3_700_000 + 1 / 3])
def test_vertices_stay_bit_for_bit_and_new_ones_lie_on_the_millimetre(by):
    one, two = moved(A, by), moved(B, by)
    patch = open_patch([one, two], lines([(by - 5, by + 30.00049), (by + 205, by + 61.7)]))
    known = corners(one, two)
    found = corners(*patch.outlines(patch.owner)[1])
    assert known < found
    for x, y in found - known:
        assert (x, y) == (round(x, 3), round(y, 3))


def spiky(gap_m: float) -> shapely.Polygon:
    """A square whose upper edge has two vertices this near to each other."""
    return shapely.Polygon([(0, 0), (100, 0), (100, 100), (50 + gap_m, 100), (50, 100), (0, 100)])


@pytest.mark.parametrize(("gap_m", "steps_per_m"), [(0.0015, 1e3), (0.0002, 1e4), (0.00003, 1e5)])
def test_the_lattice_is_as_coarse_as_the_vertices_allow(gap_m, steps_per_m):
    shape = moved(spiky(gap_m), 1e-7)
    patch = open_patch([shape], lines([(-5, 30), (105, 30)]))
    assert patch.plane.lattice.steps_per_m == steps_per_m
    assert corners(shape) < corners(*pieces(patch).values())


def test_vertices_on_the_millimetre_are_never_laid_on_a_finer_lattice():
    assert open_patch([spiky(0.001)]).plane.lattice.steps_per_m == 1000


def test_vertices_nearer_than_the_finest_lattice_are_told_with_the_place():
    with pytest.raises(TopologyError, match=r"two vertices of a grid near 50\.00, 100\.00"):
        open_patch([shapely.Polygon([(0, 0), (100, 0), (100, 100), (50.000002, 100), (50, 100), (0, 100)])])


def test_grids_that_overlap_by_a_millimetre_are_told_with_the_place():
    with pytest.raises(TopologyError, match=r"grids near 100\.00, 0\.00 overlap"):
        open_patch([A, shapely.box(99.999, 0, 200, 100)])


def test_lines_beyond_exact_arithmetic_are_an_error_of_the_input():
    with pytest.raises(InputError, match="too wide"):
        open_patch([A], lines([(0, 50), (3e6, 50)]))


# ------------------------------------------------------------------------ what is drawn ----


def test_only_lines_inside_the_grids_are_drawn():
    patch = open_patch([A, B], lines([(-50, 30), (250, 30)], [(0, 0), (200, 0)]))
    length_m = patch.plane.edge_length_m[patch.drawn]
    assert length_m.sum() == pytest.approx(200)


def test_a_line_along_the_common_border_is_drawn():
    patch = open_patch([A, B], lines([(100, 0), (100, 100)]))
    assert patch.plane.edge_length_m[patch.drawn].sum() == pytest.approx(100)


def test_an_area_covers_only_faces_of_the_grids():
    patch = open_patch([A, B], area(shapely.box(50, 50, 150, 150)))
    covered = patch.covered(1)
    assert patch.plane.face_area_m2[covered].sum() == pytest.approx(5000)
    assert (patch.owner[covered] >= 0).all()


def test_weights_fall_into_faces_and_those_outside_into_none():
    patch = open_patch([A, B], lines([(-5, 50), (205, 50)]))
    points = np.array([[10.0, 10], [10, 90], [150, 10], [500, 500], [np.nan, np.nan]])
    weight = patch.weigh(points, np.array([1, 2, 4, 8, 16]))
    assert sorted(weight[patch.owner >= 0].tolist()) == [0, 1, 2, 4]


def test_faces_hang_together_by_edges_and_not_by_corners():
    patch = open_patch([A, B], lines([(-5, 50), (205, 50)]))
    label = np.where(patch.owner >= 0, 0, -1)
    assert patch.parts(np.zeros(len(patch.plane.ends), bool), label).max() == 0
    assert patch.parts(patch.drawn, label).max() == 1
    chess = np.where(label < 0, -1, 0)
    for face, shape in pieces(patch).items():
        chess[face] = (shape.centroid.x > 100) != (shape.centroid.y > 50)
    assert patch.parts(np.zeros(len(patch.plane.ends), bool), chess).max() == 3


def test_the_place_of_a_face_lies_in_it():
    patch = open_patch([A, B])
    assert shapely.box(0, 0, 100, 100).contains(shapely.Point(patch.place(int(np.flatnonzero(patch.owner == 0)[0]))))


# ---------------------------------------------------------------------------- chains ----


def test_where_nothing_touches_the_outer_border_it_gains_nothing():
    inner = lines([(20, 20), (80, 20), (80, 80), (20, 80), (20, 20)])
    for patch in (open_patch([A, B]), open_patch([A, B], inner), open_patch([A, B], lines([(100, 0), (100, 100)]))):
        assert not len(patch.chains().start)
        assert patch.chains().bounds.shape == (0, 4)


def test_an_edge_that_two_lines_meet_gains_two_vertices_in_order():
    chains = open_patch([A], lines([(-5, 30), (105, 30)], [(-5, 60), (105, 60)])).chains()
    found = {
        (start, end): between.tolist()
        for start, end, between in zip(chains.start, chains.end, chains.between, strict=True)
    }
    assert found == {(100 + 0j, 100 + 100j): [100 + 30j, 100 + 60j], (100j, 0j): [60j, 30j]} or found == {
        (100 + 100j, 100 + 0j): [100 + 60j, 100 + 30j], (0j, 100j): [30j, 60j],
    }  # fmt: skip


def test_the_inner_border_of_the_patch_is_no_business_of_the_neighbours():
    chains = open_patch([A, B], lines([(50, 30), (150, 30)])).chains()
    assert not len(chains.start)


def test_the_rim_of_a_hole_is_outer_border():
    ring = shapely.Polygon(A.exterior, [shapely.box(40, 40, 60, 60).exterior])
    island = shapely.box(40, 40, 60, 60)
    chains = open_patch([ring], lines([(-5, 50), (105, 51)])).chains()
    assert len(chains.start) == 4
    assert len(corners(with_chains(island, chains))) == 6


def test_grids_that_lie_apart_gain_vertices_as_well():
    far = shapely.box(300, 0, 400, 100)
    assert len(open_patch([A, far], lines([(-5, 30), (105, 30)])).chains().start) == 2


# ------------------------------------------------------------------------- with_chains ----


def test_a_polygon_without_the_edge_is_the_same_object():
    assert with_chains(A, chained(0j, 7 + 50j, 100j + 1)) is A
    many = shapely.MultiPolygon([A, shapely.box(300, 0, 400, 100)])
    assert with_chains(many, chained(200 + 0j, 200 + 50j, 200 + 100j)) is many


@pytest.mark.parametrize("chain", [chained(0j, 30j, 60j, 100j), chained(100j, 60j, 30j, 0j)])
def test_an_edge_is_found_in_both_directions(chain):
    for shape in (A, A.reverse()):
        found = with_chains(shape, chain)
        assert found.is_valid
        assert found.area == 10_000
        assert corners(found) == corners(A) | {(0, 30), (0, 60)}


def test_the_first_and_last_edge_of_a_ring_gain_vertices_as_well():
    points = shapely.get_coordinates(A)
    for start in range(4):
        ring = shapely.Polygon(np.roll(points[:-1], start, axis=0))
        chains = [chained(*edge) for edge in ((0j, 50 + 0j, 100 + 0j), (0j, 50j, 100j), (100j, 50 + 100j, 100 + 100j))]
        for chain in chains:
            ring = with_chains(ring, chain)
        assert ring.is_valid
        assert len(corners(ring)) == 7


def test_rings_of_holes_and_all_parts_gain_vertices():
    hole = shapely.box(40, 40, 60, 60)
    many = shapely.MultiPolygon([shapely.Polygon(A.exterior, [hole.exterior]), shapely.box(300, 0, 400, 100)])
    inner = with_chains(many, chained(40 + 40j, 40 + 50j, 40 + 60j))
    assert (inner.geom_type, inner.is_valid, inner.area) == ("MultiPolygon", True, many.area)
    assert corners(inner) - corners(many) == {(40, 50)}
    other = with_chains(many, chained(300 + 0j, 300 + 50j, 300 + 100j))
    assert corners(other) - corners(many) == {(300, 50)}
    assert other.geoms[0] == many.geoms[0]


def test_one_part_of_a_multipolygon_stays_a_multipolygon():
    one = shapely.MultiPolygon([A])
    assert with_chains(one, chained(0j, 50j, 100j)).geom_type == "MultiPolygon"


share = st.integers(1, 999).map(lambda part: part / 1000)


@given(st.lists(st.tuples(share, share), min_size=1, max_size=4), st.sampled_from([0.0, 1 / 3, 500_000.0007]))
def test_neighbours_with_their_chains_always_fit(ends, by):
    """c lies around a and b, as a ring of one polygon; whatever is drawn, all three stay a coverage."""
    one, two = moved(A, by), moved(B, by)
    around = shapely.box(by - 50, by - 50, by + 250, by + 150)
    hole = shapely.Polygon(
        [*corners_in_order(one)[:2], *corners_in_order(two)[1:3], corners_in_order(one)[2], corners_in_order(one)[3]]
    )
    ring = shapely.Polygon(around.exterior, [hole.exterior])
    assert shapely.coverage_is_valid([one, two, ring])
    drawn = [[(by - 5, by + 100 * left), (by + 205, by + 100 * right)] for left, right in ends]
    patch = open_patch([one, two], lines(*drawn))
    faces = pieces(patch).values()
    third = with_chains(ring, patch.chains())
    assert shapely.coverage_is_valid([*faces, third])
    assert third.is_valid
    assert shapely.union_all([*faces, third]).area == pytest.approx(around.area, rel=1e-9)
    assert corners(third) >= corners(ring)


def corners_in_order(shape: shapely.Polygon) -> list[tuple[float, float]]:
    """Return the corners of a square: south-west, south-east, north-east, north-west."""
    left, bottom, right, top = shape.bounds
    return [(left, bottom), (right, bottom), (right, top), (left, top)]
