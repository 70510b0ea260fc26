"""The sample city: whole underneath, faulty on top, the same every time."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.crs import to_city
from gridgeo.jobs.sample_files import write_sample
from gridgeo.sample import SampleCity, make_city
from gridgeo.sample.layers import SampleLayer
from gridgeo.sample.points import credit_code
from gridgeo.uscc import uscc_fault


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return make_city()


def in_metres(layer: SampleLayer, crs: str) -> np.ndarray:
    """Undo what the file's coordinates do to a layer, its constant error included."""
    east, north = layer.profile.shift_m

    def convert(points: np.ndarray) -> np.ndarray:
        x, y = to_city(points[:, 0], points[:, 1], layer.profile.stored, crs)
        return np.stack([x - east, y - north], 1)

    return shapely.transform(layer.features.geometry.to_numpy(), convert)


def planted(city: SampleCity, agency: str, kind: str) -> gpd.GeoDataFrame:
    rows = city.faults[(city.faults.agency == agency) & (city.faults.kind == kind)]
    assert len(rows), f"no {kind} was planted into {agency}"
    return rows


def test_same_seed_makes_the_same_city(city: SampleCity) -> None:
    again = make_city()
    for one, other in zip(city.layers, again.layers, strict=True):
        assert one.features.to_wkb().equals(other.features.to_wkb())
    pd.testing.assert_frame_equal(city.households, again.households)
    pd.testing.assert_frame_equal(city.enterprises, again.enterprises)


def test_another_seed_makes_another_city_without_unplanned_faults() -> None:
    other = make_city(7)
    assert shapely.is_valid(other.communities.geometry.to_numpy()).all()
    assert (other.truth.geom_type == "Polygon").all()
    for layer in other.layers:
        invalid = ~layer.features.is_valid & layer.features.geometry.notna()
        bowties = other.faults[(other.faults.agency == layer.profile.key) & (other.faults.kind == "bowtie")]
        assert set(layer.features[invalid][layer.profile.id]) == set(bowties.source_id)


def test_city_has_the_promised_size(city: SampleCity) -> None:
    assert len(city.communities) == 40
    assert len(city.layers) == 5
    assert city.households["N"].sum() == 200_000
    assert len(city.enterprises) == 8_000
    assert 450 < len(city.truth) < 550


def test_communities_meet_vertex_for_vertex_except_at_one_slit(city: SampleCity) -> None:
    shapes = city.communities.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == 3).all()
    assert shapely.coverage_is_valid(shapes)
    apart = shapely.coverage_invalid_edges(shapes, gap_width=1.0)
    apart = apart[~shapely.is_empty(apart)]
    slit = planted(city, "community", "slit").geometry.iloc[0]
    assert len(apart) == 2
    assert shapely.dwithin(apart, slit, 1.0).all()


def test_community_codes_follow_the_national_scheme(city: SampleCity) -> None:
    codes = city.communities["CODE"]
    assert codes.is_unique
    assert codes.str.fullmatch(r"41110[234]\d{6}").all()
    village = city.communities["NAME"].str.endswith("村")
    assert (codes.str[9:].astype(int).between(200, 399) == village).all()


def test_true_grids_partition_the_communities(city: SampleCity) -> None:
    shapes = city.truth.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert city.truth["households"].sum() == 200_000
    frame, slit_m2 = city.communities.geometry.area.sum(), 50
    assert shapely.area(shapes).sum() == pytest.approx(frame, abs=slit_m2)


def test_true_grids_never_lie_on_both_banks(city: SampleCity) -> None:
    river = city.barriers[city.barriers.kind == "river"].union_all()
    assert not shapely.crosses(city.truth.geometry.to_numpy(), river).any()


def test_one_community_lies_on_both_banks(city: SampleCity) -> None:
    river = city.barriers[city.barriers.kind == "river"].union_all()
    assert shapely.crosses(city.communities.geometry.to_numpy(), river).sum() == 1


def test_agency_lines_lie_within_their_accuracy(city: SampleCity) -> None:
    streets = shapely.STRtree([*city.barriers.geometry, *city.communities.boundary])
    for layer in city.layers:
        if layer.profile.strips:
            continue  # its lines are the edges of the road strips
        shapes = in_metres(layer, city.crs)
        touched = city.faults[city.faults.agency == layer.profile.key].geometry
        near = shapely.STRtree(shapes).query(touched.dropna().to_numpy(), "intersects")[1]
        sound = np.delete(shapes, near)
        points = shapely.points(shapely.get_coordinates(sound))
        _, distance_m = streets.query_nearest(points, return_distance=True, all_matches=False)
        assert len(distance_m) == len(points)
        assert distance_m.max() <= layer.profile.accuracy_m


def test_planted_kinds_are_really_there(city: SampleCity) -> None:
    for layer in city.layers:
        table, column = layer.features, layer.profile.id
        key, kinds = layer.profile.key, layer.profile.faults
        assert table.geometry.isna().sum() == (2 if "null_geometry" in kinds else 0)
        assert table[column].duplicated().sum() == (2 if "duplicate_id" in kinds else 0)
        shapes = table.geometry.dropna()
        assert (shapes.geom_type == "MultiPolygon").sum() == (2 if "multipart" in kinds else 0)
        assert shapes.to_wkb().duplicated().sum() == (2 if "duplicate" in kinds else 0)
        if "missing" in kinds:
            assert not set(planted(city, key, "missing").source_id) & set(table[column])


def test_petition_layer_is_gcj02_although_it_says_wgs84(city: SampleCity) -> None:
    petition = next(layer for layer in city.layers if layer.profile.key == "petition")
    said = petition.features.to_crs(city.crs)
    assert shapely.distance(said.union_all().centroid, city.communities.union_all().centroid) > 300
    meant = shapely.union_all(shapely.make_valid(in_metres(petition, city.crs)))
    assert shapely.distance(meant.centroid, city.communities.union_all().centroid) < 20


def test_urban_eastings_carry_their_zone(city: SampleCity) -> None:
    urban = next(layer for layer in city.layers if layer.profile.key == "urban")
    assert urban.features.crs is None
    assert (urban.features.bounds.minx // 1_000_000 == 38).all()


def test_legal_layer_leaves_the_roads_out(city: SampleCity) -> None:
    legal = next(layer for layer in city.layers if layer.profile.key == "legal")
    covered = shapely.area(shapely.union_all(in_metres(legal, city.crs)))
    assert 0.9 < covered / city.communities.geometry.area.sum() < 0.99


def test_register_rows_that_cannot_be_placed_are_counted(city: SampleCity) -> None:
    x, y = city.enterprises["X"], city.enterprises["Y"]
    assert x.isna().sum() == len(planted(city, "enterprise", "point_null"))
    assert ((x == 0) & (y == 0)).sum() == len(planted(city, "enterprise", "point_zero"))
    borders = city.communities.boundary.union_all()
    on_border = planted(city, "enterprise", "point_on_border").geometry
    assert (shapely.distance(on_border.to_numpy(), borders) == 0).all()
    frame = city.communities.union_all()
    assert shapely.distance(planted(city, "enterprise", "point_outside").geometry.to_numpy(), frame).min() > 10_000


def test_every_enterprise_has_a_code_of_its_own_that_passes_all_checks(city: SampleCity) -> None:
    codes = city.enterprises["USCC"]
    assert codes.is_unique
    assert {code: fault for code in codes if (fault := uscc_fault(code))} == {}


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.integers(0, 9_999_999))
def test_a_credit_code_of_any_county_and_serial_passes_all_checks(county: str, serial: int) -> None:
    code = credit_code(county, serial)
    assert uscc_fault(code) is None
    assert code[2:8] == county
    assert code[9:16] == f"{serial:07d}"


def test_credit_code_with_remainder_zero_ends_in_zero() -> None:
    assert any(credit_code("411102", serial).endswith("0") for serial in range(200))


def test_files_hide_encoding_and_system_as_the_agencies_do(city: SampleCity, tmp_path) -> None:
    city_file = write_sample(city, tmp_path)
    assert city_file.read_text(encoding="utf-8").count("[[agency]]") == 5
    assert not (tmp_path / "party.cpg").exists()
    assert not (tmp_path / "party.prj").exists()
    party = pyogrio.read_dataframe(tmp_path / "party.shp", encoding="GB18030")
    assert party["WGMC"].str.fullmatch(r"党建第\d+网格").all()
    assert (tmp_path / "party.dbf").read_bytes()[29] == 0
    petition = pyogrio.read_dataframe(tmp_path / "petition.geojson")
    assert petition.crs.to_epsg() == 4326 or petition.crs.to_authority() == ("OGC", "CRS84")
    assert len(pd.read_csv(tmp_path / "planted.csv")) == len(city.faults)


def test_duplicate_ids_survive_the_files(city: SampleCity, tmp_path) -> None:
    write_sample(city, tmp_path)
    for layer in city.layers:
        encoding = layer.profile.encoding if layer.profile.file.endswith(".shp") else None
        read = pyogrio.read_dataframe(tmp_path / layer.profile.file, encoding=encoding)
        assert list(read[layer.profile.id]) == list(layer.features[layer.profile.id])
        assert list(read.geometry.isna()) == list(layer.features.geometry.isna())
