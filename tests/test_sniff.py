"""Whatever a file says about its system, a layer comes out where it belongs, or is refused with figures."""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridgeo.crs import from_city
from gridgeo.errors import CRSError
from gridgeo.intake.sniff import settle_crs, settle_points

sys.path.insert(0, str(Path(__file__).parent))

import lattice

CITY = lattice.city()


@pytest.fixture(scope="module")
def communities() -> gpd.GeoDataFrame:
    return lattice.communities(1)


@pytest.fixture(scope="module")
def grids() -> gpd.GeoDataFrame:
    return lattice.grids(1, noise_m=2.0)


def written(features, system, declared, *, swapped=False) -> gpd.GeoDataFrame:
    """Return the layer as a file would hold it: coordinates in one system, another one declared."""

    def convert(xy):
        x, y = from_city(xy[:, 0], xy[:, 1], system, lattice.CRS)
        return np.column_stack([y, x] if swapped else [x, y])

    geometry = shapely.transform(features.geometry.to_numpy(), convert)
    return gpd.GeoDataFrame({"WGBH": features["WGBH"].to_numpy()}, geometry=list(geometry), crs=declared)


def settle(features, reference, stated="auto", accuracy_m=15.0, city=CITY, shift_m=None):
    return settle_crs(
        features,
        stated,
        city,
        agency="party",
        file="party.shp",
        reference=reference,
        accuracy_m=accuracy_m,
        shift_m=shift_m,
    )


def kinds(findings) -> list[str]:
    return [finding.kind for finding in findings]


def assert_same_place(settled, features, tolerance_m=1.0):
    assert settled.crs == lattice.CRS
    apart = shapely.get_coordinates(settled.geometry.to_numpy()) - shapely.get_coordinates(features.geometry.to_numpy())
    assert np.abs(apart).max() < tolerance_m


@pytest.mark.parametrize(
    ("system", "declared", "swapped", "expected"),
    [
        ("EPSG:4547", "EPSG:4547", False, []),
        ("EPSG:4490", "EPSG:4490", False, []),
        ("EPSG:4326", "EPSG:4979", False, []),
        ("EPSG:3857", "EPSG:3857", False, []),
        ("EPSG:4526", "EPSG:4526", False, []),
        ("EPSG:4547", None, False, ["no_crs"]),
        ("EPSG:4526", None, False, ["no_crs", "zone_prefix"]),
        ("EPSG:4490", None, False, ["no_crs"]),
        ("EPSG:3857", None, False, ["no_crs"]),
        ("EPSG:4546", None, False, ["no_crs"]),
        ("EPSG:4490", None, True, ["no_crs", "axis_swapped"]),
        ("EPSG:4547", None, True, ["no_crs", "axis_swapped"]),
        ("EPSG:4490", "EPSG:4326", True, ["axis_swapped"]),
        ("EPSG:4547", "EPSG:4547", True, ["axis_swapped"]),
        ("EPSG:4490", "EPSG:4547", False, ["degrees_in_metric"]),
        ("EPSG:4526", "EPSG:4547", False, ["zone_prefix"]),
        ("EPSG:4547", "EPSG:4526", False, ["zone_prefix"]),
        ("EPSG:4547", "EPSG:4326", False, ["crs_wrong"]),
        ("GCJ-02", "EPSG:4326", False, ["datum_gcj02"]),
        ("BD-09", "EPSG:4490", False, ["datum_bd09"]),
        ("GCJ-02", None, False, ["no_crs", "datum_gcj02"]),
        ("GCJ-02", "EPSG:4547", False, ["degrees_in_metric", "datum_gcj02"]),
        ("GCJ-02", "EPSG:4326", True, ["axis_swapped", "datum_gcj02"]),
    ],
)
def test_layer_comes_out_where_it_belongs(grids, communities, system, declared, swapped, expected):
    settled, findings = settle(written(grids, system, declared, swapped=swapped), communities)
    assert kinds(findings) == expected
    assert all(finding.agency == "party" and finding.severity == "warning" for finding in findings)
    assert_same_place(settled, grids)


@pytest.mark.parametrize(
    ("system", "declared", "kind", "words"),
    [
        ("EPSG:4526", None, "zone_prefix", ["带号", "EPSG:4526"]),
        ("EPSG:4526", None, "no_crs", ["坐标系（投影）", "100%"]),
        ("GCJ-02", "EPSG:4326", "datum_gcj02", ["GCJ-02 基准", "偏移", "%"]),
    ],
)
def test_findings_use_the_planners_words(grids, communities, system, declared, kind, words):
    _, findings = settle(written(grids, system, declared), communities)
    text = next(finding.text for finding in findings if finding.kind == kind)
    assert [word for word in words if word not in text] == []


def test_layer_of_some_communities_only_is_proven_too(grids, communities):
    west, south, east, north = communities.total_bounds
    quarter = shapely.box(west, south, (west + east) / 2, (south + north) / 2)
    part = grids[grids.representative_point().within(quarter)]
    settled, findings = settle(written(part, "GCJ-02", "EPSG:4326"), communities)
    assert kinds(findings) == ["datum_gcj02"]
    assert_same_place(settled, part)


def test_layer_coarser_than_the_communities_is_proven_too(communities):
    halves = communities.geometry.union_all()
    column, row = np.divmod(np.arange(len(communities)), 8)
    coarse = lattice.layer(communities.dissolve(by=column // 4 * 2 + row // 4).geometry.to_numpy())
    assert len(coarse) == 4
    settled, findings = settle(written(coarse, "GCJ-02", "EPSG:4326"), communities)
    assert kinds(findings) == ["datum_gcj02"]
    assert settled.geometry.union_all().symmetric_difference(halves).area < 1.0


@pytest.mark.parametrize("declared", ["EPSG:4490", None])
def test_square_mesh_keeps_its_datum_and_says_that_it_is_unproven(communities, declared):
    west, south, east, north = communities.total_bounds
    boxes = [
        shapely.box(x, y, x + 500, y + 500) for x in np.arange(west, east, 500) for y in np.arange(south, north, 500)
    ]
    mesh = lattice.layer(np.array(boxes))
    settled, findings = settle(written(mesh, "EPSG:4490", declared), communities, accuracy_m=1.0)
    assert kinds(findings) == [*(["no_crs"] if declared is None else []), "crs_unproven"]
    assert_same_place(settled, mesh)


def test_shift_is_taken_away_only_where_the_city_file_says_auto(grids, communities):
    moved = grids.set_geometry(grids.geometry.translate(6.5, -4.2))
    settled, findings = settle(moved, communities)
    assert kinds(findings) == ["shift"]
    assert "dx=+6.5" in findings[0].text
    assert "dy=-4.2" in findings[0].text
    assert_same_place(settled, grids)
    settled, findings = settle(moved, communities, stated="EPSG:4547")
    assert kinds(findings) == ["shift"]
    assert "未作平移" in findings[0].text
    assert_same_place(settled, moved, 1e-9)


@pytest.mark.parametrize(("system", "stated"), [("EPSG:4547", "EPSG:4547"), ("GCJ-02", "auto"), ("GCJ-02", "GCJ-02")])
def test_a_stated_shift_is_added_after_reprojection_and_told(grids, communities, system, stated):
    moved = grids.set_geometry(grids.geometry.translate(6.5, -4.2))
    layer = written(moved, system, "EPSG:4547" if system == "EPSG:4547" else "EPSG:4326")
    settled, findings = settle(layer, communities, stated=stated, shift_m=(-6.5, 4.2))
    assert kinds(findings) == [*(["datum_gcj02"] if stated == "auto" else []), "shift"]
    assert findings[-1].severity == "note"
    wanted = ("party.shp", "城市文件", "shift_m", "dx=-6.50 m", "dy=+4.20 m", "7.74 m")
    assert [word for word in wanted if word not in findings[-1].text] == []
    assert_same_place(settled, grids)


@pytest.mark.parametrize("stated", ["auto", "EPSG:4547"])
def test_a_shift_that_is_left_after_a_stated_one_is_told_and_not_taken_away(grids, communities, stated):
    moved = grids.set_geometry(grids.geometry.translate(6.5, -4.2))
    settled, findings = settle(moved, communities, stated=stated, shift_m=(-1.5, 0.0))
    assert [(finding.kind, finding.severity) for finding in findings] == [("shift", "note"), ("shift", "warning")]
    assert "按 shift_m 平移之后" in findings[1].text
    assert "dx=+5.0" in findings[1].text
    assert "已写明 shift_m，未作平移" in findings[1].text
    assert_same_place(settled, moved.set_geometry(moved.geometry.translate(-1.5, 0.0)), 1e-6)


def test_a_stated_shift_of_nothing_keeps_auto_from_moving_the_layer(grids, communities):
    moved = grids.set_geometry(grids.geometry.translate(6.5, -4.2))
    settled, findings = settle(moved, communities, shift_m=(0.0, 0.0))
    assert [(finding.kind, finding.severity) for finding in findings] == [("shift", "warning")]
    assert_same_place(settled, moved, 1e-9)


def test_a_stated_shift_brings_a_local_grid_home_and_one_that_leads_elsewhere_is_named(grids, communities):
    west, south = (float(side) for side in communities.total_bounds[:2])
    local = grids.set_geometry(grids.geometry.translate(-west, -south))
    settled, findings = settle(local, communities, stated="EPSG:4547", shift_m=(west, south))
    assert kinds(findings) == ["shift"]
    assert_same_place(settled, grids, 1e-6)
    with pytest.raises(CRSError, match=r"party\.shp \(party, moved by shift_m = \[6\.5e\+300, 0\.0\]\)"):
        settle(grids, communities, stated="EPSG:4547", shift_m=(6.5e300, 0.0))


@pytest.mark.parametrize("stated", ["GCJ-02", "gcj02"])
def test_stated_datum_is_obeyed_without_a_word(grids, communities, stated):
    settled, findings = settle(written(grids, "GCJ-02", "EPSG:4326"), communities, stated=stated)
    assert findings == []
    assert_same_place(settled, grids)


def test_stated_datum_that_borders_refute_is_obeyed_with_a_warning(grids, communities):
    layer = written(grids, "GCJ-02", "EPSG:4326")
    settled, findings = settle(layer, communities, stated="EPSG:4326")
    assert "datum_gcj02" in kinds(findings)
    assert_same_place(settled, layer.to_crs(lattice.CRS), 1e-6)
    _, findings = settle(written(grids, "EPSG:4490", "EPSG:4326"), communities, stated="BD-09")
    assert "datum_wrong" in kinds(findings)


def test_stated_system_that_leads_elsewhere_is_refused_with_what_would_fit(grids, communities):
    with pytest.raises(CRSError, match=r"party\.shp.*EPSG:4526") as error:
        settle(written(grids, "EPSG:4526", None), communities, stated="EPSG:4547")
    assert "0%" in str(error.value)


def test_layer_of_another_city_is_refused_with_figures(communities, grids):
    with pytest.raises(CRSError, match=r"party\.shp.*under no reading.*EPSG:4547: 0%"):
        settle(grids.set_geometry(grids.geometry.translate(90_000, 0)).set_crs(None, allow_override=True), communities)


def test_xian80_in_the_file_is_refused_unless_the_city_file_overrules_it(grids, communities):
    wrong = grids.set_crs("EPSG:2383", allow_override=True)
    with pytest.raises(CRSError, match=r"party\.shp.*西安80"):
        settle(wrong, communities)
    settled, _ = settle(wrong, communities, stated="EPSG:4547")
    assert_same_place(settled, grids, 1e-9)


@pytest.mark.parametrize(
    ("system", "declared", "swapped", "expected"),
    [
        ("EPSG:4547", "EPSG:4547", False, []),
        ("EPSG:4547", None, False, ["no_crs"]),
        ("EPSG:4526", None, False, ["no_crs", "zone_prefix"]),
        ("EPSG:4490", None, True, ["no_crs", "axis_swapped"]),
        ("EPSG:4490", "EPSG:4547", False, ["degrees_in_metric"]),
    ],
)
def test_communities_themselves_are_placed_by_the_city_system(communities, system, declared, swapped, expected):
    settled, findings = settle(written(communities, system, declared, swapped=swapped), None)
    assert kinds(findings) == expected
    assert_same_place(settled, communities, 0.01)


def test_communities_that_lie_nowhere_are_refused(communities):
    with pytest.raises(CRSError, match="state the layer's crs"):
        settle(lattice.layer(np.array([shapely.box(0, 0, 5000, 5000)]), crs=None), None)


def test_rows_without_geometry_and_other_columns_come_through(grids, communities):
    layer = written(grids, "EPSG:4490", "EPSG:4490").rename_geometry("shape")
    layer.loc[3, "shape"] = None
    layer = layer[["shape", "WGBH"]]
    settled, _ = settle(layer, communities)
    assert list(settled.columns) == ["shape", "WGBH"]
    assert settled.geometry.isna().tolist() == layer.geometry.isna().tolist()
    assert list(settled["WGBH"]) == list(layer["WGBH"])


def test_third_dimension_is_dropped_and_empty_layers_pass(grids, communities):
    high = grids.set_geometry(shapely.force_3d(grids.geometry.to_numpy(), 30.0))
    settled, _ = settle(high, communities)
    assert not settled.has_z.any()
    settled, findings = settle(grids.iloc[:0], communities)
    assert (len(settled), findings) == (0, [])


def test_order_of_features_does_not_change_the_reading(grids, communities):
    layer = written(grids, "GCJ-02", "EPSG:4326")
    straight, _ = settle(layer, communities)
    turned, _ = settle(layer.iloc[::-1], communities)
    assert straight.geometry.geom_equals_exact(turned.geometry.sort_index(), 0.0).all()


# ---------------------------------------------------------------- registers ----


@pytest.fixture(scope="module")
def places(grids) -> np.ndarray:
    return shapely.get_coordinates(grids.geometry.representative_point().to_numpy())


def settle_places(xy, stated, reference, shift_m=None):
    where = {"kind": "enterprise", "file": "enterprises.csv", "reference": reference}
    return settle_points(xy[:, 0], xy[:, 1], stated, CITY, shift_m=shift_m, **where)


@pytest.mark.parametrize("system", ["EPSG:4490", "GCJ-02", "BD-09", "EPSG:4547", "EPSG:4526"])
def test_register_is_read_as_stated(places, communities, system):
    stored = np.column_stack(from_city(places[:, 0], places[:, 1], system, lattice.CRS))
    x, y, findings = settle_places(stored, system, communities)
    assert np.allclose(np.column_stack([x, y]), places, atol=1e-3)
    assert findings == []


@pytest.mark.parametrize(("system", "stated"), [("EPSG:4547", "EPSG:4547"), ("GCJ-02", "GCJ-02"), ("GCJ-02", "auto")])
def test_a_stated_shift_of_a_register_is_added_after_reprojection_and_told(places, communities, system, stated):
    off = places + np.array([300.0, -200.0])
    stored = np.column_stack(from_city(off[:, 0], off[:, 1], system, lattice.CRS))
    x, y, findings = settle_places(stored, stated, communities, shift_m=(-300.0, 200.0))
    assert np.allclose(np.column_stack([x, y]), places, atol=0.01)
    assert (findings[-1].kind, findings[-1].severity) == ("shift", "note")
    assert "dx=-300.00 m、dy=+200.00 m，距离 360.56 m" in findings[-1].text
    assert {"crs_suspect", "crs_wrong"}.isdisjoint(kinds(findings))


def test_exchanged_columns_are_noticed_and_put_right(places, communities):
    stored = np.column_stack(from_city(places[:, 0], places[:, 1], "EPSG:4490", lattice.CRS))[:, ::-1]
    for stated in ("EPSG:4490", "auto"):
        x, y, findings = settle_places(stored, stated, communities)
        assert "axis_swapped" in kinds(findings)
        assert np.allclose(np.column_stack([x, y]), places, atol=1e-3)


def test_degrees_that_no_count_can_tell_are_taken_as_they_are_with_a_note(places, communities):
    inner = places[shapely.box(*communities.total_bounds).buffer(-1500).contains(shapely.points(places))]
    stored = np.column_stack(from_city(inner[:, 0], inner[:, 1], "GCJ-02", lattice.CRS))
    _, _, findings = settle_places(stored, "auto", communities)
    assert [(finding.kind, finding.severity) for finding in findings] == [("crs_unproven", "note")]


def test_points_without_a_place_do_not_decide(places, communities):
    stored = np.column_stack(from_city(places[:, 0], places[:, 1], "EPSG:4490", lattice.CRS))
    empty = np.zeros((3 * len(stored), 2))
    empty[::2] = np.nan
    x, _, findings = settle_places(np.vstack([stored, empty]), "EPSG:4490", communities)
    assert findings == []
    assert np.isnan(x[len(stored) :: 2]).all()
    x, y, findings = settle_places(np.full((2, 2), np.nan), "auto", communities)
    assert np.isnan([x, y]).all()
    assert findings == []


def test_register_of_another_city_is_refused_with_what_would_fit(places, communities):
    stored = np.column_stack(from_city(places[:, 0], places[:, 1], "EPSG:4490", lattice.CRS))
    with pytest.raises(CRSError, match=r"enterprises\.csv.*EPSG:4490"):
        settle_places(stored, "EPSG:4547", communities)
    with pytest.raises(CRSError, match="under no reading"):
        settle_places(stored + 3.0, "auto", communities)
