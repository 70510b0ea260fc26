"""The community layer cleaned into a partition.

200 +----+----+
    | C  | D  |   squares of 100 m
100 +----+----+
    | A  | B  |
  0 +----+----+
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.errors import InputError
from gridgeo.partition.authority import SLIT_WIDTH_M, repair_communities

CRS = "EPSG:4547"
EAST, NORTH = 500000.0, 3700000.0


def box(west, south, east, north):
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


SQUARES = {
    "A": box(0, 0, 100, 100),
    "B": box(100, 0, 200, 100),
    "C": box(0, 100, 100, 200),
    "D": box(100, 100, 200, 200),
}


def cleaned(shapes, precision_m=0.001):
    table = gpd.GeoDataFrame({"code": list(shapes), "street": "s"}, geometry=list(shapes.values()), crs=CRS)
    result, findings = repair_communities(table, precision_m=precision_m)
    assert shapely.coverage_is_valid(result.geometry.to_numpy())
    return result.set_index("code").geometry, findings


def kinds(findings):
    return sorted(f.kind for f in findings)


def test_a_clean_authority_comes_back_unchanged():
    result, findings = cleaned(SQUARES)
    assert findings == []
    assert list(result.index) == ["A", "B", "C", "D"]
    assert all(result[code].equals(shape) for code, shape in SQUARES.items())


def test_other_columns_and_the_order_of_rows_stay():
    table = gpd.GeoDataFrame({"code": ["D", "A"], "street": ["x", "y"]}, geometry=[SQUARES["D"], SQUARES["A"]], crs=CRS)
    result, _ = repair_communities(table, precision_m=0.001)
    assert result[["code", "street"]].to_numpy().tolist() == [["D", "x"], ["A", "y"]]
    assert result.crs == CRS


def test_a_narrow_slit_goes_whole_to_the_longest_border():
    result, findings = cleaned(SQUARES | {"B": box(100.3, 0, 200, 100)})
    (told,) = [f for f in findings if f.kind == "sliver"]
    assert "缝" in told.text
    assert shapely.union_all(result.to_numpy()).area == pytest.approx(40000)
    assert result["A"].area + result["B"].area == pytest.approx(20000)
    assert {round(result["A"].area, 3), round(result["B"].area, 3)} in ({10000.0}, {10030.0, 9970.0})


def test_a_slit_open_to_the_outside_is_closed():
    # coverage_clean fills only what is enclosed: two boxes 0.02 m apart stay apart
    result, findings = cleaned({"A": box(0, 0, 100, 100), "B": box(100.02, 0, 200, 100)})
    assert shapely.union_all(result.to_numpy()).area == pytest.approx(20000)
    assert kinds(findings) == ["sliver"]


def test_a_slit_near_the_limit_is_split_so_that_no_border_moves_half_a_metre():
    result, _ = cleaned({"A": box(0, 0, 100, 100), "B": box(100.7, 0, 200, 100)})
    assert result["A"].bounds[2] == pytest.approx(EAST + 100.35, abs=0.06)
    assert shapely.union_all(result.to_numpy()).area == pytest.approx(20000)


def test_a_real_hole_stays_and_is_told():
    lake = box(40, 40, 42, 60)
    assert SLIT_WIDTH_M < 2
    result, findings = cleaned(SQUARES | {"A": SQUARES["A"].difference(lake)})
    assert result["A"].area == pytest.approx(10000 - 40)
    assert kinds(findings) == ["hole"]


def test_a_wide_gap_between_communities_stays_outside():
    result, findings = cleaned({"A": box(0, 0, 100, 100), "B": box(105, 0, 200, 100)})
    assert shapely.union_all(result.to_numpy()).area == pytest.approx(19500)
    assert findings == []


def test_a_wide_cut_into_one_community_is_its_own_affair():
    result, _ = cleaned(SQUARES | {"A": SQUARES["A"].difference(box(50, 0, 50.7, 60))})
    assert result["A"].area == pytest.approx(10000 - 42)


def test_a_hairline_cut_into_one_community_is_closed():
    result, _ = cleaned(SQUARES | {"A": SQUARES["A"].difference(box(50, 0, 50.05, 60))})
    assert result["A"].area == pytest.approx(10000)


def test_a_net_of_slits_moves_no_border_by_half_a_metre():
    apart = {c: shapely.buffer(s, -0.35, join_style="mitre") for c, s in SQUARES.items()}
    result, _ = cleaned(apart)
    for code, shape in result.items():
        assert shape.difference(apart[code]).buffer(-0.25).is_empty
    assert shapely.union_all(result.to_numpy()).area == pytest.approx(199.3**2)


def test_islands_stay_and_are_told():
    both = shapely.MultiPolygon([SQUARES["A"], box(500, 0, 600, 100)])
    result, findings = cleaned(SQUARES | {"A": both})
    assert result["A"].equals(both)
    assert kinds(findings) == ["multipart"]


def test_unmatched_vertices_are_matched():
    # libgeos #1525: coverage_clean with snapping 0 empties one of the two
    points = [(100, 0), (200, 0), (200, 100), (100, 100), (100, 40)]
    b = shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])
    result, findings = cleaned(SQUARES | {"B": b})
    assert kinds(findings) == ["unmatched_vertex"]
    assert [EAST + 100, NORTH + 40] in shapely.get_coordinates(result["A"]).tolist()


def test_an_overlap_goes_to_the_smaller_community_and_is_an_error_with_its_place():
    result, findings = cleaned(SQUARES | {"B": box(80, 0, 200, 100)})
    assert result["A"].area == pytest.approx(10000)
    assert result["B"].area == pytest.approx(10000)
    assert (findings[0].kind, findings[0].severity) == ("overlap", "error")
    assert findings[0].geometry.area == pytest.approx(2000)


def test_a_thin_overlap_is_only_a_sliver():
    _, findings = cleaned(SQUARES | {"B": box(99.7, 0, 200, 100)})
    (told,) = [f for f in findings if f.kind == "sliver"]
    assert "重叠" in told.text
    assert told.severity == "warning"


def test_a_community_inside_another_is_not_swallowed():
    # coverage_clean makes it POLYGON EMPTY without a warning
    result, findings = cleaned(SQUARES | {"Z": box(20, 20, 60, 60)})
    assert result["Z"].area == pytest.approx(1600)
    assert result["A"].area == pytest.approx(8400)
    assert kinds(findings) == ["overlap"]


def test_a_community_wholly_under_smaller_ones_keeps_its_largest_face():
    over = {"X": box(0, 0, 70, 100), "Y": box(60, 0, 100, 60), "Z": box(60, 60, 100, 100), "W": box(60, 0, 100, 100)}
    result, _ = cleaned(over)
    assert result["W"].area > 0
    assert len(result) == 4


def test_the_same_community_twice_is_refused_with_both_codes():
    with pytest.raises(InputError, match="A and Z have the same polygon"):
        cleaned(SQUARES | {"Z": SQUARES["A"]})


def test_a_community_that_only_others_could_lose_land_to_is_refused():
    with pytest.raises(InputError, match="wholly under other communities"):
        cleaned({"X": box(0, 0, 100, 100), "L": box(0, 0, 50, 100), "R": box(50, 0, 100, 100)})


def test_a_layer_without_area_is_refused():
    with pytest.raises(InputError, match="no polygon with area"):
        cleaned({"A": shapely.Point(EAST, NORTH)})


def test_a_community_without_shape_is_an_error_and_the_others_go_on():
    result, findings = cleaned(SQUARES | {"N": None})
    assert "N" not in result.index
    assert [(f.kind, f.severity, f.source_id) for f in findings] == [("null_geometry", "error", "N")]


def test_coordinates_lie_on_the_precision_grid():
    shift = np.array([0.00037, -0.00021])
    moved = {code: shapely.transform(shape, lambda c: c + shift) for code, shape in SQUARES.items()}
    result, _ = cleaned(moved, precision_m=0.01)
    coordinates = shapely.get_coordinates(result.to_numpy())
    assert np.abs(coordinates - np.round(coordinates, 2)).max() < 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), noise_m=st.sampled_from([0.0, 0.05, 0.3, 1.5]))
def test_any_noise_gives_a_coverage_near_the_input_and_cleaning_again_changes_nothing(seed, noise_m):
    rng = np.random.default_rng(seed)
    shapes = {}
    for i in range(9):
        x, y = 100 * (i % 3), 100 * (i // 3)
        corners = shapely.get_coordinates(box(x, y, x + 100, y + 100).exterior)[:-1]
        shapes[str(i)] = shapely.Polygon(corners + rng.uniform(-noise_m, noise_m, (4, 2)))
    result, _ = cleaned(shapes)
    assert len(result) == 9
    given_away = shapely.union_all(list(shapes.values())).symmetric_difference(shapely.union_all(result.to_numpy()))
    assert given_away.buffer(-SLIT_WIDTH_M / 2 - 0.01, join_style="mitre").is_empty
    again, findings = cleaned(dict(result))
    assert all(again[code].equals(shape) for code, shape in result.items())
    assert "overlap" not in kinds(findings)
    assert "sliver" not in kinds(findings)
