"""One agency layer: rings made valid, narrow voids shared out, every fault told.

10 +----+----+   Most tests use two to four squares of 100 m
   | C  | D  |   and a frame that they fill exactly.
   +----+----+
   | A  | B  |
 0 +----+----+
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.model import AgencyLayer
from gridgeo.partition.repair import repair_layer
from gridgeo.partition.solid import thinned

CRS = "EPSG:4547"
EAST, NORTH = 500000.0, 3700000.0


def box(west, south, east, north):
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def four(gap=0.0):
    """Return A, B, C, D of 100 m with a cross of voids of this width between them."""
    h = gap / 2
    return {
        "A": box(0, 0, 100 - h, 100 - h),
        "B": box(100 + h, 0, 200, 100 - h),
        "C": box(0, 100 + h, 100 - h, 200),
        "D": box(100 + h, 100 + h, 200, 200),
    }


def layer_of(shapes, accuracy_m=5.0):
    pairs = list(shapes.items()) if isinstance(shapes, dict) else shapes
    table = {"source_id": [i for i, _ in pairs], "label": ["" for _ in pairs]}
    features = gpd.GeoDataFrame(table, geometry=[g for _, g in pairs], crs=CRS)
    return AgencyLayer(key="urban", name="城管", weight=1.0, accuracy_m=accuracy_m, base=False, features=features)


def repaired(shapes, frame=None, accuracy_m=5.0, communities=None):
    frame = frame or box(0, 0, 200, 200)
    communities = communities or [frame]
    table = gpd.GeoDataFrame({"code": [str(i) for i in range(len(communities))]}, geometry=communities, crs=CRS)
    return repair_layer(layer_of(shapes, accuracy_m), frame, table)


def kinds(findings):
    return sorted(f.kind for f in findings)


def one(findings, kind):
    found = [f for f in findings if f.kind == kind]
    assert len(found) == 1, kinds(findings)
    return found[0]


def owned(rows):
    """Return what each feature covers with its patches."""
    return {i: shapely.union_all(r.geometry.to_numpy(), grid_size=0.001) for i, r in rows.groupby("source_id")}


def test_a_clean_layer_comes_back_unchanged_and_without_findings():
    rows, findings = repaired(four())
    assert kinds(findings) == []
    assert not rows["patch"].any()
    assert all(shapely.equals(r.geometry, four()[r.source_id]) for r in rows.itertuples())


def test_a_bowtie_becomes_valid_and_is_told_at_its_crossing():
    bow = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
    rows, findings = repaired({"A": bow}, frame=bow.convex_hull)
    assert shapely.is_valid(rows.geometry.to_numpy()).all()
    told = one(findings, "invalid")
    assert (told.geometry.x, told.geometry.y) == (EAST + 50, NORTH + 50)
    assert "自相交" in told.text


def test_a_spike_without_width_disappears():
    points = [(0, 0), (100, 0), (100, 50), (150, 50), (100, 50), (100, 100), (0, 100)]
    spiked = shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])
    rows, _ = repaired({"A": spiked}, frame=box(0, 0, 100, 100))
    assert shapely.equals(rows.geometry.iloc[0], box(0, 0, 100, 100))


def test_a_feature_without_area_is_an_error_and_not_a_row():
    line = shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)])
    rows, findings = repaired([*four().items(), ("L", line), ("N", None)])
    assert one(findings, "invalid").severity == "error"
    assert sorted(rows["source_id"]) == ["A", "B", "C", "D"]


def test_heights_are_dropped_and_shells_run_counter_clockwise():
    high = shapely.force_3d(shapely.reverse(box(0, 0, 200, 200)), 7.0)
    rows, _ = repaired({"A": high})
    assert not shapely.has_z(rows.geometry.iloc[0])
    assert shapely.is_ccw(rows.geometry.iloc[0].exterior)


def test_features_with_the_same_id_stay_separate_rows():
    rows, _ = repaired([("A", four()["A"]), ("A", four()["D"])])
    assert sorted(rows[~rows["patch"]]["feature"]) == [0, 1]


def test_parts_lying_apart_are_told():
    shapes = four()
    both = shapely.MultiPolygon([shapes["A"], shapes["D"]])
    _, findings = repaired({"A": both, "B": shapes["B"], "C": shapes["C"]})
    assert one(findings, "multipart").source_id == "A"


def test_the_same_polygon_under_two_ids_names_both():
    _, findings = repaired([*four().items(), ("Z", four()["D"])])
    told = one(findings, "duplicate")
    assert "D" in told.text
    assert "Z" in told.text
    assert told.area_m2 == pytest.approx(10000)


def test_a_polygon_inside_another_is_told_and_both_stay():
    # the trap of coverage_clean: the inner one becomes POLYGON EMPTY without a word
    rows, findings = repaired([*four().items(), ("Z", box(20, 20, 60, 60))])
    assert one(findings, "contained").source_id == "Z"
    assert rows.set_index("source_id").geometry["Z"].area == pytest.approx(1600)


def test_crossing_polygons_stay_as_they_are_and_their_overlap_is_told():
    wide, tall = box(0, 80, 200, 120), box(80, 0, 120, 200)
    rows, findings = repaired({"H": wide, "V": tall})
    assert one(findings, "overlap").area_m2 == pytest.approx(1600)
    assert rows[~rows["patch"]].geometry.geom_type.eq("Polygon").all()


def test_a_thin_overlap_is_a_sliver_of_low_severity():
    shapes = four() | {"A": box(0, 0, 100.4, 100)}
    _, findings = repaired(shapes)
    assert one(findings, "sliver").severity == "note"


def test_a_missing_vertex_in_the_neighbour_is_told():
    points = [(0, 0), (100, 0), (100, 50), (100, 100), (0, 100)]
    shapes = four() | {"A": shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])}
    _, findings = repaired(shapes)
    told = one(findings, "unmatched_vertex")
    assert told.source_id == "A"
    assert shapely.distance(told.geometry, shapely.Point(EAST + 100, NORTH + 50)) == 0


def test_a_vertex_missing_in_one_part_of_a_multipolygon_is_told():
    points = [(100, 0), (200, 0), (200, 100), (100, 100), (100, 50)]
    b = shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])
    both = shapely.MultiPolygon([four()["A"], four()["D"]])
    _, findings = repaired({"A": both, "B": b, "C": four()["C"]})
    assert "B" in one(findings, "unmatched_vertex").source_id


def test_a_road_left_out_is_split_along_its_middle_not_given_to_one_side():
    # the trap of coverage_clean with a frame polygon: the whole road net goes to one neighbour
    rows, findings = repaired(four(gap=12.0))
    parts = owned(rows)
    assert sum(p.area for p in parts.values()) == pytest.approx(40000, abs=0.5)
    for name, shape in four().items():
        assert parts[name].area == pytest.approx(shape.area, rel=0.02)
        assert shapely.hausdorff_distance(parts[name], shape) < 1.0
    assert "gap" in kinds(findings)


def test_an_unmatched_vertex_pair_loses_no_polygon():
    # libgeos #1525: coverage_clean with snapping 0 enlarges one and empties the other
    left = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH), (EAST + 100, NORTH + 200), (EAST, NORTH + 200)])
    right = shapely.Polygon(
        [(EAST + 100, NORTH), (EAST + 200, NORTH), (EAST + 200, NORTH + 200), (EAST + 100, NORTH + 200),
         (EAST + 100, NORTH + 70)]
    )  # fmt: skip
    rows, _ = repaired({"L": left, "R": right})
    assert sorted(shapely.area(rows.geometry.to_numpy()).tolist()) == [20000.0, 20000.0]


def test_a_lake_inside_one_feature_stays_a_hole_even_if_it_is_small():
    # coverage_clean fills a lake of 2 m when gaps up to 2.5 m are closed
    lake = shapely.Point(EAST + 50, NORTH + 50).buffer(6)
    rows, findings = repaired(four() | {"A": four()["A"].difference(lake)})
    assert not rows["patch"].any()
    assert one(findings, "hole").source_id == "A"


def test_a_slit_into_a_feature_is_told_and_closed():
    # coverage_clean never closes an inlet
    slit = box(99.0 - 50, 49.5, 100, 50.5)
    rows, findings = repaired(four() | {"A": four()["A"].difference(slit)})
    assert one(findings, "inlet").source_id == "A"
    assert owned(rows)["A"].area + owned(rows)["B"].area == pytest.approx(20000, abs=0.01)


def test_a_spike_is_told():
    spike = box(100, 50, 130, 50.8)
    _, findings = repaired({"A": four()["A"].union(spike), "C": four()["C"]}, frame=box(0, 0, 130, 200))
    assert one(findings, "spike").source_id == "A"


def test_a_neck_is_told():
    dumbbell = shapely.union_all([box(0, 0, 100, 100), box(100, 50, 120, 51), box(120, 0, 200, 100)])
    _, findings = repaired({"A": dumbbell}, frame=dumbbell)
    assert one(findings, "neck").source_id == "A"


def test_a_missing_grid_is_told_and_not_given_away():
    shapes = four()
    del shapes["D"]
    rows, findings = repaired(shapes)
    assert "缺失" in one(findings, "missing").text
    assert not rows["patch"].any()


def test_a_layer_drawn_without_shared_lines_is_told_once():
    rng = np.random.default_rng(1)
    shapes = {}
    for i in range(36):
        x, y = 100 * (i % 6), 100 * (i // 6)
        noise = rng.normal(0, 1.0, (4, 2))
        shapes[f"{i:02d}"] = shapely.Polygon(
            np.array([[x, y], [x + 100, y], [x + 100, y + 100], [x, y + 100]]) + noise + [EAST, NORTH]
        )
    rows, findings = repaired(shapes, frame=box(0, 0, 600, 600), accuracy_m=10)
    told = one(findings, "own_noise")
    assert told.source_id == ""
    assert kinds(findings).count("overlap") == 0
    assert len(findings) < 10
    left = box(10, 10, 590, 590).difference(shapely.union_all(rows.geometry.to_numpy(), grid_size=0.001))
    assert left.area < 0.1  # rounding to millimetres along 7 km of banks


def test_a_strip_beyond_the_accuracy_outside_the_frame_is_told():
    _, findings = repaired(four() | {"B": box(100, 0, 220, 100)}, accuracy_m=5)
    assert one(findings, "outside").area_m2 == pytest.approx(2000)
    _, findings = repaired(four() | {"B": box(100, 0, 220, 100)}, accuracy_m=25)
    assert "outside" not in kinds(findings)


def test_only_pieces_wider_than_the_accuracy_cross_a_community():
    halves = [box(0, 0, 110, 200), box(110, 0, 200, 200)]
    _, findings = repaired(four(), communities=halves, accuracy_m=5)
    assert [f.source_id for f in findings] == ["B", "D"]
    _, findings = repaired(four(), communities=halves, accuracy_m=15)
    assert findings == []


def test_a_layer_that_ignores_communities_is_told_once():
    shapes = {f"{i:02d}": box(50 * i, 0, 50 * i + 50, 200) for i in range(16)}
    rows = [box(0, 0, 800, 100), box(0, 100, 800, 200)]
    _, findings = repaired(shapes, frame=box(0, 0, 800, 200), communities=rows)
    assert one(findings, "crossing").source_id == ""


def test_a_flood_of_one_fault_ends_in_a_summary():
    shapes = {f"{i:03d}": box(20 * i, 0, 20 * i + 10, 10) for i in range(70)}
    twins = {f"t{i}": shape for i, shape in shapes.items()}
    _, findings = repaired(shapes | twins, frame=box(0, 0, 1400, 10))
    told = [f for f in findings if f.kind == "duplicate"]
    assert len(told) == 51
    assert any("另有 20 处" in f.text for f in told)


def test_an_empty_layer_gives_an_empty_table():
    rows, findings = repaired([("N", None)])
    assert rows.empty
    assert findings == []
    assert list(rows.columns) == ["source_id", "label", "feature", "patch", "geometry"]


@settings(max_examples=15, deadline=None)
@given(gap=st.sampled_from([0.0, 0.5, 3.0, 12.0, 25.0]), order=st.permutations("ABCD"), turn=st.integers(0, 3))
def test_order_of_rows_and_ring_starts_change_nothing(gap, order, turn):
    def turned(shape):
        ring = shapely.get_coordinates(shape.exterior)[:-1]
        return shapely.Polygon(np.roll(ring, turn, axis=0)[::-1])

    shapes = four(gap)
    rows, findings = repaired(shapes)
    again, told = repaired([(name, turned(shapes[name])) for name in order])
    columns = ["source_id", "patch"]
    assert rows[columns].equals(again[columns])
    assert [shapely.to_wkb(g) for g in rows.geometry] == [shapely.to_wkb(g) for g in again.geometry]
    assert [f.text for f in findings] == [f.text for f in told]


@settings(max_examples=20, deadline=None)
@given(gap=st.floats(0.2, 29.0), shift=st.floats(-40.0, 40.0))
def test_patches_fill_narrow_voids_exactly_and_never_overlap(gap, shift):
    shapes = four(gap)
    shapes["C"] = shapely.box(EAST, NORTH + 100 + gap / 2, EAST + 100 + shift, NORTH + 200)
    shapes["D"] = shapely.box(EAST + 100 + shift + gap, NORTH + 100 + gap / 2, EAST + 200, NORTH + 200)
    rows, _ = repaired(shapes)
    geometry = rows.geometry.to_numpy()
    assert shapely.is_valid(geometry).all()
    assert shapely.area(geometry).sum() == pytest.approx(40000, abs=1.0)
    assert shapely.union_all(geometry, grid_size=0.001).area == pytest.approx(40000, abs=1.0)


def test_ring_dense_beyond_sense_is_thinned_and_told() -> None:
    """A square of 40 m whose sides carry a vertex every 4 mm."""
    dense = shapely.segmentize(shapely.box(0, 0, 40, 40), 0.004)
    lighter = thinned(dense)
    assert shapely.get_num_coordinates(dense) > 40_000
    assert lighter.equals(shapely.box(0, 0, 40, 40))
    assert shapely.get_num_coordinates(lighter) == 5


def test_long_border_with_many_vertices_is_left_as_drawn() -> None:
    wide = shapely.segmentize(shapely.box(0, 0, 8000, 8000), 1.0)
    assert thinned(wide) is wide
