"""Operations on borders, on three squares.

::

    200 +-----------------------+
        |           c           |
    100 +-----------+-----------+
        |     a     |     b     |
      0 +-----------+-----------+
        0          100         200
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.errors import Refusal
from gridgeo.partition.check import certify
from gridgeo.partition.leftovers import Homes
from gridgeo.partition.patch import with_chains
from gridgeo.partition.redraw import Redrawn, carve, dissolve, merge, reshape, split, transfer

A, B, C = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), shapely.box(0, 100, 200, 200)
HOMES = Homes(np.array([[10.0, 10.0], [150.0, 50.0]]), np.array([3, 4]))


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


def areas(redrawn: Redrawn) -> list[float | None]:
    return [None if shape is None else round(shape.area, 6) for shape in redrawn.shapes]


def refused(work: object, *arguments: object, **more: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work(*arguments, **more)  # type: ignore[operator]
    return caught.value


# ------------------------------------------------------------------------- split ----


def test_a_split_puts_the_part_with_most_households_first():
    assert areas(split(A, line((-5, 30), (105, 30)), HOMES)) == [3000, 7000]
    assert areas(split(A, line((-5, 30), (105, 30)), Homes.none())) == [7000, 3000]


def test_ends_may_overshoot_or_stop_a_metre_short():
    for one, two in (((-50, 30), (150, 30)), ((0.9, 30), (99.2, 30)), ((0, 30), (100, 30))):
        assert areas(split(A, line(one, two), HOMES)) == [3000, 7000]


def test_lines_that_cross_make_four_parts():
    cross = shapely.MultiLineString([[(-5, 50), (105, 50)], [(50, -5), (50, 105)]])
    assert areas(split(A, cross, HOMES)) == [2500] * 4


def test_a_closed_line_makes_an_island():
    ring = line((40, 40), (60, 40), (60, 60), (40, 60), (40, 40))
    assert areas(split(A, ring, HOMES)) == [9600, 400]


def test_the_neighbour_gets_the_new_corner():
    redrawn = split(A, line((-5, 30.0004), (105, 60)), HOMES)
    corner = set(map(tuple, shapely.get_coordinates(redrawn.shapes[0]).tolist())) - {(0, 0), (100, 0), (0, 100)}
    on_border = {point for point in corner if point[0] == 100 and 0 < point[1] < 100}
    assert len(on_border) == 1
    assert on_border < set(map(tuple, shapely.get_coordinates(with_chains(B, redrawn.chains)).tolist()))
    assert with_chains(C, redrawn.chains) is C


def test_a_line_past_a_corner_by_centimetres_goes_through_it():
    redrawn = split(A, line((-5, -5.03), (105, 104.98)), HOMES)
    assert not len(redrawn.chains.start)
    assert areas(redrawn) == [5000, 5000]


@pytest.mark.parametrize(
    ("drawn", "kind", "at"),
    [
        (line((300, 30), (400, 60)), "missed", (300, 30)),
        (line((5, 30), (95, 60)), "no_part", (5, 30)),
        (line((0, 0), (100, 0)), "on_border", None),
        (line((-5, 40), (80, 40), (80, 60), (60, 60), (60, 20)), "self_crossing", (60, 40)),
    ],
)
def test_a_line_that_divides_nothing_is_refused_with_the_place(drawn, kind, at):
    refusal = refused(split, A, drawn, HOMES)
    assert refusal.kind == kind
    assert at is None or refusal.at == pytest.approx(at)


def test_a_sliver_is_refused_and_goes_to_the_longest_border_if_absorbed():
    thin = shapely.MultiLineString([[(-5, 50), (105, 50)], [(-5, 0.4), (105, 0.4)]])
    refusal = refused(split, A, thin, HOMES)
    assert (refusal.kind, refusal.absorb) == ("sliver", True)
    redrawn = split(A, thin, HOMES, absorb=True)
    assert areas(redrawn) == [5000, 5000]
    assert redrawn.absorbed_m2 == pytest.approx(40)


# ------------------------------------------------------------------ merge, reshape ----


def test_merged_grids_hang_together():
    assert areas(merge([A, C, B])) == [40000, None, None]
    assert refused(merge, [A, shapely.box(300, 0, 400, 100)]).kind == "not_neighbours"


def test_grids_that_meet_in_a_corner_are_no_neighbours():
    assert refused(merge, [A, shapely.box(100, 100, 200, 200)]).kind == "not_neighbours"


def test_a_split_taken_back_by_a_merge_leaves_ground_and_shape():
    parts = split(A, line((-5, 30), (105, 63)), HOMES)
    whole = merge([shape for shape in parts.shapes if shape is not None]).shapes[0]
    assert whole is not None
    assert whole.area == pytest.approx(A.area, abs=0.1)
    assert shapely.hausdorff_distance(whole, A) < 0.001


@pytest.mark.parametrize(
    ("drawn", "wanted"),
    [
        (line((100, 20), (70, 20), (70, 80), (100, 80)), [8200, 11800]),  # a pocket
        (line((120, -10), (120, 110)), [12000, 8000]),  # a new border beside the old one
        (line((120, -10), (80, 110)), [10000, 10000]),  # across it
        (line((100, 50), (150, 110)), [11041.666667, 8958.333333]),  # its upper half turned
    ],
)
def test_the_new_line_replaces_the_border_between_its_ends(drawn, wanted):
    assert areas(reshape(A, B, drawn, HOMES)) == pytest.approx(wanted, abs=0.1)


def test_a_new_border_through_a_third_grid_is_refused():
    refusal = refused(reshape, A, B, line((100, 20), (80, 120), (60, 120), (60, -5)), HOMES)
    assert refusal.kind == "third_grid"
    assert refusal.at is not None
    assert refusal.at[1] > 100


def test_a_new_border_that_ends_inside_is_refused():
    assert refused(reshape, A, B, line((90, 10), (70, 20)), HOMES).kind == "no_part"


# -------------------------------------------------------- transfer, carve, dissolve ----


def test_what_an_area_covers_of_one_grid_goes_to_the_other():
    assert areas(transfer(A, B, shapely.box(70, 20, 110, 80), HOMES)) == [8200, 11800]


def test_what_the_donor_would_lose_goes_along_if_absorbed():
    strip = shapely.box(70, -20, 80, 120)
    refusal = refused(transfer, A, B, strip, HOMES)
    assert (refusal.kind, refusal.absorb) == ("not_contiguous", True)
    assert areas(transfer(A, B, strip, HOMES, absorb=True)) == [7000, 13000]


def test_an_area_without_contact_or_of_everything_is_refused():
    assert refused(transfer, A, B, shapely.box(20, 20, 60, 60), HOMES).kind == "not_neighbours"
    assert refused(transfer, A, B, A, HOMES).kind == "nothing_left"
    assert refused(transfer, A, B, shapely.box(120, 20, 160, 60), HOMES).kind == "missed"


def test_a_strip_left_along_the_border_is_refused():
    refusal = refused(transfer, A, B, shapely.box(70, 0.5, 101, 120), HOMES)
    assert refusal.kind == "sliver"
    assert refusal.at == pytest.approx((85, 0.25), abs=0.3)


def test_an_outline_takes_from_all_grids_beneath_it():
    assert areas(carve([A, B, C], shapely.box(80, 80, 120, 120), HOMES)) == [9600, 9600, 19200, 1600]
    assert areas(carve([A, B], A, HOMES)) == [None, 10000, 10000]


def test_pieces_cut_off_by_an_outline_go_to_a_neighbour_never_into_it():
    across = shapely.box(80, -10, 120, 210)
    assert refused(carve, [A, B, C], across, HOMES).absorb
    assert areas(carve([A, B, C], across, HOMES, absorb=True)) == [8000, 16000, 8000, 8000]


def test_a_dissolved_grid_goes_back_to_where_it_came_from():
    carved = carve([A, B, C], shapely.box(80, 80, 120, 120), HOMES)
    *left, site = carved.shapes
    assert areas(dissolve(site, left, [A, B, C])) == [None, 10000, 10000, 20000]
    assert areas(dissolve(site, left[2:], [None])) == [None, 20800]


# ---------------------------------------------------------------- other coordinates ----


def test_vertices_off_the_millimetre_stay_bit_for_bit():
    odd = shapely.transform(A, lambda points: points * 1.000123456789 + 0.123456789123)
    east = shapely.transform(B, lambda points: points * 1.000123456789 + 0.123456789123)
    redrawn = reshape(odd, east, line((100.1, 30), (80, 50), (100.1, 70)), HOMES)
    known = set(map(tuple, shapely.get_coordinates([odd, east]).tolist()))
    for shape in redrawn.shapes:
        assert len(set(map(tuple, shapely.get_coordinates(shape).tolist())) & known) == 4
    assert shapely.coverage_is_valid(list(redrawn.shapes))


# --------------------------------------------------------- lines where one stumbles ----


@pytest.mark.parametrize(
    "drawn",
    [
        line((0, 0), (100, 100)),  # from corner to corner
        line((0, 0), (50, 50), (100, 100)),
        line((-5, -5), (50, 50), (105, 105)),
        line((0, 100), (100, 0)),
    ],
)
def test_a_line_through_corners_gives_the_neighbours_no_new_one(drawn):
    redrawn = split(A, drawn, HOMES)
    assert areas(redrawn) == [5000, 5000]
    assert not len(redrawn.chains.start)


def test_a_line_partly_along_the_border_cuts_where_it_leaves_it():
    assert areas(split(A, line((0, 0), (60, 0), (60, 105)), HOMES)) == [6000, 4000]
    assert areas(split(A, line((0, 0.04), (60, 0.03), (60, 105)), HOMES)) == pytest.approx([6000, 4000], abs=3)


def test_two_lines_that_meet_in_the_middle_cut_together():
    meeting = shapely.MultiLineString([[(-5, 50), (50, 50)], [(50, 50), (50, 105)]])
    assert areas(split(A, meeting, HOMES)) == [7500, 2500]


@pytest.mark.parametrize("work", [lambda drawn: split(A, drawn, HOMES), lambda drawn: reshape(A, B, drawn, HOMES)])
def test_a_line_of_one_point_is_refused_there(work):
    refusal = refused(work, line((50, 50), (50, 50)))
    assert (refusal.kind, refusal.at) == ("missed", (50, 50))


@pytest.mark.parametrize("reach", [1e4, 1e7, 1e15, 1e300])
def test_what_lies_far_away_has_no_effect(reach):
    assert areas(split(A, line((-reach, 30), (reach, 30)), HOMES)) == [3000, 7000]
    if reach < 1e15:
        assert areas(transfer(A, B, shapely.box(70, -reach, reach, reach), HOMES)) == [7000, 13000]


def test_an_area_beside_the_grids_is_refused():
    assert refused(transfer, A, B, shapely.box(500, 0, 600, 100), HOMES).kind in {"missed", "sliver"}


def test_a_border_crossed_too_often_is_refused_at_once():
    zigzag = [(100 + 8 * (-1) ** k, 5 + 7 * k) for k in range(13)]
    refusal = refused(reshape, A, B, line((92, -5), *zigzag, (92, 105)), HOMES)
    assert refusal.kind == "ambiguous"
    assert refusal.at is not None


def test_a_pocket_goes_to_the_other_side_although_most_households_live_in_it():
    """Nothing but the pocket moves, and the grids do not change places, however few households that would move."""
    homes = Homes(np.array([[90.0, 50], [10, 10], [150, 50]]), np.array([9, 1, 1]))
    pocket = line((100, 20), (80, 20), (80, 80), (100, 80))
    redrawn = reshape(A, B, pocket, homes)
    assert areas(redrawn) == [8800, 11200]
    assert redrawn.shapes[0] is not None
    assert redrawn.shapes[0].contains(shapely.Point(10, 10))


def test_a_ring_inside_one_grid_is_no_border_of_two():
    ring = line((120, 20), (180, 20), (180, 80), (120, 80), (120, 20))
    assert refused(reshape, A, B, ring, HOMES).kind in {"too_many_parts", "no_part"}


# ------------------------------------------------------ concave grids, holes, islands ----

U = shapely.Polygon([(0, 0), (40, 0), (40, 60), (80, 60), (80, 0), (120, 0), (120, 100), (0, 100)])
INNER = shapely.box(40, 0, 80, 60)
ISLAND = shapely.box(180, 60, 240, 120)
REST = shapely.Polygon([(120, 0), (300, 0), (300, 200), (0, 200), (0, 100), (120, 100)], [ISLAND.exterior])
AROUND = [U, INNER, ISLAND, REST]
"""
::

    200 +---------------------------+
        |  rest       +----+        |      u lies around the inner one, rest around the island
    100 +----------+  | is |        |
        | u +--+   |  +----+        |
      0 +---+in+---+----------------+
        0          120             300
"""


def test_a_line_across_both_arms_makes_three_parts():
    assert areas(split(U, line((-5, 30), (125, 30)), Homes.none())) == [7200, 1200, 1200]


def test_a_line_from_a_hole_to_the_rim_does_not_cut_but_two_do():
    assert refused(split, REST, line((240, 90), (305, 90)), HOMES).kind == "no_part"
    both = shapely.MultiLineString([[(240, 90), (305, 90)], [(180, 90), (115, 90)]])
    assert len(split(REST, both, HOMES).shapes) == 2


def test_an_island_and_what_is_around_it_merge_into_a_whole():
    whole = merge([REST, ISLAND]).shapes[0]
    assert whole is not None
    assert len(whole.interiors) == 0


def test_an_islands_shore_is_moved_outward_and_inward():
    outward = line((180, 70), (160, 70), (160, 110), (180, 110))
    assert areas(reshape(ISLAND, REST, outward, HOMES)) == pytest.approx([4400, REST.area - 800])
    inward = line((180, 70), (200, 70), (200, 110), (180, 110))
    assert areas(reshape(ISLAND, REST, inward, HOMES)) == pytest.approx([2800, REST.area + 800])


def test_what_would_cut_an_arm_off_is_refused_or_goes_along():
    arm = shapely.box(80, 30, 120, 60)
    refusal = refused(transfer, U, REST, arm, HOMES)
    assert (refusal.kind, refusal.absorb) == ("not_contiguous", True)
    assert areas(transfer(U, REST, arm, HOMES, absorb=True)) == [9600 - 2400, REST.area + 2400]


def test_a_site_may_lie_around_another_grid():
    outline = [(20, 0), (40, 0), (40, 60), (80, 60), (80, 0), (100, 0), (100, 80), (20, 80)]
    carved = carve([U, INNER], shapely.Polygon(outline), HOMES)
    assert areas(carved) == [9600 - 4000, 2400, 4000]


position = st.tuples(st.integers(-10, 310), st.integers(-10, 210), st.sampled_from([0.0, 0.0, 0.0004, 0.03, 0.6]))
along = st.sampled_from(
    sorted({(x, y, 0.0) for shape in AROUND for x, y in shapely.get_coordinates(shape).tolist()})
)  # corners
points = st.lists(position | along, min_size=2, max_size=6).map(
    lambda drawn: [(x + more, y - more) for x, y, more in drawn]
)
offset = st.sampled_from([0.0, 1 / 3, 500_000.123, 3_700_000.0004567])


@given(
    st.sampled_from(["split", "reshape", "transfer", "carve"]), st.permutations(range(4)), points, offset, st.booleans()
)
def test_whatever_is_drawn_the_grids_fit_afterwards_or_nothing_is_done(work, order, drawn, by, absorb):
    shapes = [shapely.transform(AROUND[k], lambda xy: xy + by) for k in order]
    place, told = [(x + by, y + by) for x, y in drawn], None
    try:
        if work == "split":
            redrawn, own = split(shapes[0], line(*place), HOMES, absorb=absorb), 1
        elif work == "reshape":
            redrawn, own = reshape(shapes[0], shapes[1], line(*place), HOMES, absorb=absorb), 2
        elif work == "transfer":
            redrawn, own = transfer(shapes[0], shapes[1], area_of(place), HOMES, absorb=absorb), 2
        else:
            redrawn, own = carve(shapes[:3], area_of(place), HOMES, absorb=absorb), 3
    except Refusal as refusal:
        told = refusal
    if told is not None:
        assert told.at is not None or told.kind == "self_crossing"
        return
    made = [shape for shape in redrawn.shapes if shape is not None]
    beside = [with_chains(shape, redrawn.chains) for shape in shapes[own:]]
    assert all(shape.geom_type == "Polygon" and shape.is_valid for shape in [*made, *beside])
    require_seamless([*made, *beside])
    assert sum(shape.area for shape in [*made, *beside]) == pytest.approx(60_000, abs=0.5)
    assert redrawn.flow_m2.sum() == pytest.approx(sum(shape.area for shape in shapes[:own]), abs=0.5)
    assert redrawn.flow_m2.sum(axis=0) == pytest.approx([0 if s is None else s.area for s in redrawn.shapes], abs=0.5)
    before = set(map(tuple, shapely.get_coordinates(shapes).tolist()))
    if work != "carve":
        after = set(map(tuple, shapely.get_coordinates([*made, *beside]).tolist()))
        gone = before - after
        assert all(shapely.distance(shapely.Point(point), shapely.union_all(shapes[:own])) == 0 for point in gone)


def require_seamless(shapes: list[shapely.Geometry]) -> None:
    """Fail unless every edge is run through backwards by a neighbour, or lies on the frame."""
    codes = [f"{k}" for k in range(len(shapes))]
    table = gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs="EPSG:4547")
    certificate = certify(table, shapely.union_all(shapes))
    assert certificate.seamless, certificate.places


def area_of(place: list[tuple[float, float]]) -> shapely.Geometry:
    """Return the hull of some points, or a narrow strip where they lie in a line."""
    hull = shapely.MultiPoint(place).convex_hull
    return hull if hull.geom_type == "Polygon" else hull.buffer(3, quad_segs=1)


def test_both_grids_keep_some_of_their_ground_whatever_the_households_say():
    crowd = Homes(np.array([[120.0, 50.0]]), np.array([10]))
    assert areas(reshape(A, B, line((150, -10), (150, 110)), crowd)) == [15000, 5000]
