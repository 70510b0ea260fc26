"""The certificate: two proofs of seamlessness, and a place for every fault."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.affinity import translate

from gridgeo.errors import CRSError, InputError, SchemaError
from gridgeo.partition.check import certify

CRS = "EPSG:4547"
X, Y = 500_000.0, 3_700_000.0
WEST, EAST = "411102001001", "411102001002"


def square(column: float, row: float, width: float = 1, height: float = 1) -> Polygon:
    """A rectangle in cells of 100 m, with a vertex at every cell corner of its border."""
    shape = box(X + 100 * column, Y + 100 * row, X + 100 * (column + width), Y + 100 * (row + height))
    return shape.segmentize(100)


def layer(*shapes: object, codes: list | None = None, owners: list[str] | None = None) -> gpd.GeoDataFrame:
    columns: dict = {"code": codes if codes is not None else [f"g{i}" for i in range(len(shapes))]}
    if owners:
        columns["community_code"] = owners
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def lattice(size: int = 3) -> list[Polygon]:
    """Squares of a size × size lattice, row by row from the south-west."""
    return [square(column, row) for row in range(size) for column in range(size)]


FRAME = square(0, 0, 3, 3)


def faults(certificate: object) -> set[str]:
    return {place["kind"] for place in certificate.places}


def test_lattice_that_fills_its_frame_is_seamless():
    certificate = certify(layer(*lattice()), FRAME)
    assert certificate.seamless
    assert certificate.frame_area_m2 == certificate.covered_area_m2 == 90_000
    assert certificate.grids == 9
    assert certificate.places == ()


def test_missing_grid_is_a_gap_with_its_place_and_exact_area():
    # # # #
    # # . #
    # # # #
    shapes = lattice()
    del shapes[4]
    certificate = certify(layer(*shapes), FRAME)
    assert not certificate.seamless
    assert (certificate.gap_count, certificate.gap_area_m2) == (1, 10_000)
    assert certificate.covered_area_m2 == 80_000
    gap = next(place for place in certificate.places if place["kind"] == "gap")
    assert square(1, 1).covers(Point(gap["x"], gap["y"]))
    assert gap["area_m2"] == 10_000


def test_doubled_grid_is_an_overlap_naming_both_codes():
    certificate = certify(layer(*lattice(), square(1, 1)), FRAME)
    assert (certificate.overlap_count, certificate.overlap_area_m2) == (1, 10_000)
    assert "g4|g9" in {place["code"] for place in certificate.places}


def test_grid_beyond_the_frame_is_outside():
    certificate = certify(layer(*lattice(), square(3, 0)), FRAME)
    assert (certificate.outside_count, certificate.outside_area_m2) == (1, 10_000)
    assert certificate.gap_count == 0


def test_a_hole_that_touches_the_rim_where_a_neighbour_begins_is_no_fault():
    # ######
    # # /\ #    the triangle is a grid of its own; it touches the frame where the two squares meet,
    # #_\| #    and GEOS takes the rim of the right square for a border that does not match
    corner = (X + 100, Y)
    triangle = Polygon([corner, (X + 60, Y + 20), (X + 60, Y + 40)])
    around = Polygon(square(0, 0).exterior, [triangle.exterior])
    assert not shapely.coverage_is_valid([around, triangle, square(1, 0)])
    certificate = certify(layer(around, triangle, square(1, 0)), square(0, 0, 2, 1))
    assert certificate.seamless, certificate.places


def test_shared_border_with_different_vertices_is_unmatched_though_nothing_is_missing():
    #  ___ ___
    # |   |___|   the west square lacks the vertex in the middle of its east side
    # |___|___|
    shapes = [square(0, 0), square(1, 0, 1, 0.5), square(1, 0.5, 1, 0.5)]
    frame = shapely.union_all(shapes)
    certificate = certify(layer(*shapes), frame)
    assert certificate.gap_count == certificate.overlap_count == certificate.outside_count == 0
    assert certificate.unmatched_edges > 0
    assert certificate.uncancelled_edges == 3
    assert not certificate.seamless


def test_frame_divided_by_other_vertices_is_reported_and_no_fault():
    certificate = certify(layer(*lattice()), box(*FRAME.bounds))
    assert certificate.frame_edges_noded_differently == 12 + 4
    assert certificate.seamless


def test_gap_of_a_nanometre_is_caught_by_the_edges():
    thin = 1e-9 * 500  # about one unit in the last place at these coordinates
    moved = shapely.transform(square(1, 0), lambda points: np.where(points == X + 100, X + 100 + thin, points))
    certificate = certify(layer(square(0, 0), moved), square(0, 0, 2, 1))
    assert certificate.gap_count == 0
    assert certificate.uncancelled_edges > 0
    assert not certificate.seamless


def test_hairs_of_the_overlay_are_not_gaps():
    # A slanted border shared by grids with other vertices: overlay leaves pieces far thinner than an atom.
    ends = [(X, Y), (X + 100, Y + 1 / 3), (X + 300, Y + 1)]
    low = Polygon([ends[0], (X, Y - 100), (X + 300, Y - 100), ends[2]])
    high = Polygon([*ends, (X + 300, Y + 100), (X, Y + 100)])
    certificate = certify(
        layer(low, high), Polygon([(X, Y - 100), (X + 300, Y - 100), (X + 300, Y + 100), (X, Y + 100)])
    )
    assert certificate.gap_count == 0
    assert certificate.uncancelled_edges == 3  # so the layer still is not seamless


def test_every_broken_geometry_is_counted_by_its_kind():
    bowtie = Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    with np.errstate(invalid="ignore"):
        broken = Polygon([(X, Y), (np.nan, Y), (X, Y + 100)])
    parts = MultiPolygon([square(5, 5), square(8, 8)])
    line = LineString([(X, Y), (X + 1, Y)])
    certificate = certify(layer(bowtie, broken, parts, line, None, Polygon(), square(0, 0)), square(0, 0))
    assert certificate.invalid == 2
    assert certificate.multipart == 1
    assert certificate.not_polygon == 1
    assert certificate.empty == 2
    assert {"invalid", "multipart", "not_polygon", "empty"} <= faults(certificate)


def test_third_dimension_and_single_part_multipolygon_are_harmless():
    shapes = lattice()
    shapes[0] = shapely.force_3d(shapes[0], 33.0)
    shapes[1] = MultiPolygon([shapes[1]])
    assert certify(layer(*shapes), FRAME).seamless


def test_layer_without_grids_is_not_seamless():
    certificate = certify(layer(), FRAME)
    assert not certificate.seamless
    assert certificate.gap_area_m2 == 90_000


def test_pieces_along_the_border_are_forgiven_within_the_tolerance():
    frame = box(X, Y, X + 300.4, Y + 300)
    assert certify(layer(*lattice()), frame).gap_count == 1
    certificate = certify(layer(*lattice()), frame, frame_tolerance_m=0.5)
    assert (certificate.gap_count, certificate.uncancelled_edges) == (0, 0)
    assert certificate.seamless


def test_missing_repeated_and_malformed_codes_are_counted():
    shapes = lattice(2)
    codes = ["a", "a", None, "bad"]
    certificate = certify(
        layer(*shapes, codes=codes),
        square(0, 0, 2, 2),
        code_fault=lambda code, _: "bad" if code == "bad" else None,
    )
    assert certificate.duplicate_codes == 1
    assert certificate.malformed_codes == 2


def test_codes_read_as_numbers_are_malformed():
    certificate = certify(layer(square(0, 0), codes=[411102001001001.0]), square(0, 0))
    assert certificate.malformed_codes == 1


def communities(*shapes: Polygon, codes: tuple[str, ...] = (WEST, EAST)) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(codes)}, geometry=list(shapes), crs=CRS)


def test_grid_over_the_community_border_is_crossing():
    #  _____ _____
    # |west |east |   grid g1 reaches 10 m into the west
    own = communities(square(0, 0), square(1, 0))
    shapes = [square(0, 0, 0.9, 1), square(0.9, 0, 1.1, 1)]
    certificate = certify(layer(*shapes, owners=[WEST, EAST]), square(0, 0, 2, 1), communities=own)
    assert certificate.crossing_communities == 1
    place = next(place for place in certificate.places if place["kind"] == "crossing_community")
    assert place["code"] == "g1"
    assert place["area_m2"] == pytest.approx(1000, abs=1e-6)


def test_community_is_found_by_location_where_the_grids_do_not_say_it():
    own = communities(square(0, 0), square(1, 0))
    assert certify(layer(square(0, 0), square(1, 0)), square(0, 0, 2, 1), communities=own).seamless
    certificate = certify(layer(square(0, 0, 2, 1)), square(0, 0, 2, 1), communities=own)
    assert (certificate.crossing_communities, certificate.communities_without_grid) == (1, 1)


def test_unknown_community_is_crossing_and_bare_community_is_told():
    own = communities(square(0, 0), square(1, 0))
    grids = layer(square(0, 0), square(1, 0), owners=[WEST, "411102001999"])
    certificate = certify(grids, square(0, 0, 2, 1), communities=own)
    assert (certificate.crossing_communities, certificate.communities_without_grid) == (1, 1)
    assert EAST in {place["code"] for place in certificate.places if place["kind"] == "community_without_grid"}


def test_millimetre_over_the_community_border_is_within_tolerance():
    own = communities(square(0, 0), square(1, 0))
    shapes = [square(0, 0, 1.00001, 1), square(1.00001, 0, 0.99999, 1)]
    grids = layer(*shapes, owners=[WEST, EAST])
    assert certify(grids, square(0, 0, 2, 1), communities=own).crossing_communities == 0
    assert certify(grids, square(0, 0, 2, 1), communities=own, community_tolerance_m=0.0005).crossing_communities == 1


@pytest.mark.parametrize("crs", [None, "EPSG:4490", "EPSG:2227"])
def test_layer_whose_areas_are_not_square_metres_is_refused(crs: str | None):
    grids = gpd.GeoDataFrame({"code": ["a"]}, geometry=[square(0, 0)], crs=crs)
    with pytest.raises(CRSError):
        certify(grids, FRAME)


def test_communities_in_another_crs_are_refused():
    own = communities(square(0, 0), square(1, 0)).set_crs("EPSG:4548", allow_override=True)
    with pytest.raises(CRSError, match="4548"):
        certify(layer(square(0, 0)), FRAME, communities=own)


def test_missing_code_column_and_empty_frame_are_told():
    with pytest.raises(SchemaError, match="GRIDCODE"):
        certify(layer(square(0, 0)), FRAME, code="GRIDCODE")
    with pytest.raises(InputError, match="frame"):
        certify(layer(square(0, 0)), Polygon())


CORNERS = st.tuples(st.integers(1, 3), st.integers(1, 3))
STEPS = st.floats(0.001, 60).flatmap(lambda size: st.sampled_from([-size, size]))


@given(grid=st.integers(0, 15), vertex=st.integers(0, 3), dx=STEPS, dy=STEPS)
def test_any_moved_vertex_is_caught_by_both_proofs(grid: int, vertex: int, dx: float, dy: float):
    shapes = lattice(4)
    points = shapely.get_coordinates(shapes[grid])[:4]
    points[vertex] += dx, dy
    shapes[grid] = Polygon(points)
    certificate = certify(layer(*shapes), square(0, 0, 4, 4))
    assert certificate.gap_count + certificate.overlap_count + certificate.outside_count + certificate.invalid > 0
    assert certificate.uncancelled_edges > 0


@given(corner=CORNERS, dx=STEPS, dy=STEPS)
def test_vertex_moved_for_all_its_grids_at_once_stays_seamless(corner: tuple[int, int], dx: float, dy: float):
    at = np.array([X + 100 * corner[0], Y + 100 * corner[1]])
    move = [np.clip(dx, -40, 40), np.clip(dy, -40, 40)]
    shapes = shapely.transform(lattice(4), lambda points: points + (points == at).all(axis=1)[:, None] * move)
    assert certify(layer(*shapes), square(0, 0, 4, 4)).seamless


@given(st.integers(0, 15), st.permutations(range(16)))
def test_any_removed_or_doubled_grid_is_caught_in_any_order(victim: int, order: list[int]):
    shapes = [lattice(4)[i] for i in order]
    frame = square(0, 0, 4, 4)
    assert certify(layer(*shapes), frame).seamless
    without = certify(layer(*shapes[:victim], *shapes[victim + 1 :]), frame)
    assert (without.gap_count, without.gap_area_m2) == (1, 10_000)
    twice = certify(layer(*shapes, shapes[victim]), frame)
    assert (twice.overlap_count, twice.overlap_area_m2) == (1, 10_000)


@given(st.floats(0.001, 99), st.floats(0.001, 99))
def test_shifted_grid_overlaps_and_leaves_a_gap(dx: float, dy: float):
    shapes = lattice(3)
    shapes[4] = translate(shapes[4], dx, dy)
    certificate = certify(layer(*shapes), FRAME)
    assert certificate.gap_area_m2 == pytest.approx(certificate.overlap_area_m2, rel=1e-6, abs=1e-4)
    assert certificate.gap_area_m2 > 0
