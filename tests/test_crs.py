"""Systems are named, refused or converted; datums agree with published pairs and invert exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo import crs, datum
from gridgeo.errors import CRSError

METRE_DEG = 1 / 111_000
"""One metre in degrees of latitude, and somewhat more than one metre in degrees of longitude."""

longitudes = st.floats(73, 135)
latitudes = st.floats(18, 53)


@pytest.mark.parametrize(
    ("given_lon", "given_lat", "lon", "lat", "tolerance_m"),
    [
        (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597, 1e-6),  # eviltransform
        (113.912316, 22.543847, 113.9171764808363, 22.540796131694766, 1e-6),
        (116.377817, 39.911954, 116.38404722455657, 39.91334545536069, 1e-6),
        (111.43877780268987, 27.223905373786593, 111.44439660708835, 27.220718937598154, 1e-6),  # pg-coordtransform
        (105.0, 35.0, 105.00328629710248, 34.99909861697254, 0.02),  # eviltransform, with another axis
        (116.481499, 39.990475, 116.487586, 39.991754, 0.1),  # AMap, six digits
    ],
)
def test_wgs84_to_gcj02_gives_published_pairs(given_lon, given_lat, lon, lat, tolerance_m):
    got = datum.wgs84_to_gcj02(given_lon, given_lat)
    assert np.allclose(got, (lon, lat), rtol=0, atol=tolerance_m * METRE_DEG)


@pytest.mark.parametrize(
    ("given_lon", "given_lat", "lon", "lat"),
    [
        (116.487586, 39.991754, 116.49412, 39.997716),  # AMap
        (120.026268, 30.279164, 120.032768, 30.285238),  # Aliyun
    ],
)
def test_gcj02_to_bd09_gives_published_pairs(given_lon, given_lat, lon, lat):
    assert np.allclose(datum.gcj02_to_bd09(given_lon, given_lat), (lon, lat), rtol=0, atol=0.1 * METRE_DEG)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
        (datum.gcj02_to_bd09, datum.bd09_to_gcj02),
        (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
    ],
)
@given(lon=longitudes, lat=latitudes)
def test_datums_invert_to_a_micrometre_both_ways(forward, backward, lon, lat):
    assert np.allclose(backward(*forward(lon, lat)), (lon, lat), rtol=0, atol=1e-6 * METRE_DEG)
    assert np.allclose(forward(*backward(lon, lat)), (lon, lat), rtol=0, atol=1e-6 * METRE_DEG)


def test_missing_coordinate_stays_missing_and_spoils_no_other():
    lon, lat = datum.gcj02_to_wgs84([114.02, np.nan, 114.03], [33.58, 33.6, np.nan])
    alone = datum.gcj02_to_wgs84(114.02, 33.58)
    assert np.isnan(lon[1])
    assert np.isnan(lat[2])
    assert (lon[0], lat[0]) == (float(alone[0]), float(alone[1]))


def test_offset_in_luohe_is_half_a_kilometre():
    x, y = crs.to_city(114.02, 33.58, "EPSG:4490", "EPSG:4547")
    moved_x, moved_y = crs.to_city(114.02, 33.58, "GCJ-02", "EPSG:4547")
    assert 450 < np.hypot(moved_x - x, moved_y - y) < 650


@pytest.mark.parametrize("word", ["GCJ-02", "gcj02", "Gcj_02", "gcj-02"])
def test_gcj02_is_understood_in_any_spelling(word):
    assert crs.parse_crs(word).offset == "GCJ-02"


@pytest.mark.parametrize("word", ["BD-09", "bd09", "BD09LL"])
def test_bd09_is_understood_in_any_spelling(word):
    assert crs.parse_crs(word).offset == "BD-09"


@pytest.mark.parametrize(
    ("code", "datum_name"),
    [
        (4610, "西安80"), (2327, "西安80"), (2362, "西安80"), (2390, "西安80"),
        (4214, "北京54"), (21413, "北京54"), (21463, "北京54"), (2401, "北京54"), (2442, "北京54"), (4555, "新北京54"),
    ],
)  # fmt: skip
def test_abolished_datums_are_refused_with_reason_and_remedy(code, datum_name):
    with pytest.raises(CRSError, match="ballpark") as error:
        crs.parse_crs(f"epsg:{code}")
    assert datum_name in str(error.value)
    assert "CGCS2000" in str(error.value)


ESRI = (
    'PROJCS["{0}_3_Degree_GK_CM_114E",GEOGCS["GCS_{0}",DATUM["D_{0}",SPHEROID["S",{1}]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("name", "ellipsoid"), [("Xian_1980", "6378140.0,298.257"), ("Beijing_1954", "6378245.0,298.3")]
)
def test_abolished_datums_are_refused_in_esri_spelling_too(name, ellipsoid):
    with pytest.raises(CRSError, match="surveying office"):
        crs.parse_crs(ESRI.format(name, ellipsoid))


def test_esri_spelling_of_cgcs2000_equals_epsg_4547():
    wkt = ESRI.format("China_2000", "6378137.0,298.257222101")
    assert np.allclose(
        crs.to_city(114.3, 33.6, "EPSG:4326", wkt), crs.to_city(114.3, 33.6, "EPSG:4490", "EPSG:4547"), atol=1e-4
    )


@pytest.mark.parametrize("word", ["EPSG:99999", "nonsense", "EPSG:4978", ""])
def test_unknown_and_geocentric_systems_are_refused(word):
    with pytest.raises(CRSError):
        crs.parse_crs(word)


@pytest.mark.parametrize(
    ("city", "lon", "lat", "x", "y"),
    [("EPSG:4547", 114.02, 33.58, 501856.74, 3717075.81), ("EPSG:4526", 114.02, 33.58, 38501856.74, 3717075.81)],
)
def test_luohe_lies_where_the_surveyors_say(city, lon, lat, x, y):
    assert np.allclose(crs.to_city(lon, lat, "EPSG:4490", city), (x, y), atol=0.01)
    assert crs.to_city(lon, lat, "EPSG:4490", city) == crs.to_city(lon, lat, "WGS84", city)


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:4526", "EPSG:3857", "GCJ-02", "BD-09", "EPSG:32650", "EPSG:2326"])
@given(lon=st.floats(113, 115.5), lat=st.floats(22, 40))
def test_leaving_the_city_system_and_coming_back_changes_nothing(name, lon, lat):
    x, y = crs.to_city(lon, lat, "EPSG:4490", "EPSG:4547")
    assert np.allclose(crs.to_city(*crs.from_city(x, y, name, "EPSG:4547"), name, "EPSG:4547"), (x, y), atol=1e-3)


def test_degrees_that_are_none_become_missing():
    x, y = crs.to_city([114.0, 1e9, np.nan], [33.0, 1e9, 33.0], "EPSG:4490", "EPSG:4547")
    assert np.isfinite([x[0], y[0]]).all()
    assert np.isnan([x[1:], y[1:]]).all()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("EPSG:4490", "not metric"), ("GCJ-02", "not metric"), ("EPSG:3857", "stretches"), ("EPSG:2248", "foot")],
)
def test_city_system_must_measure_metres(name, reason):
    with pytest.raises(CRSError, match=reason):
        crs.require_metric(name)


def test_local_metric_systems_are_accepted():
    assert [crs.require_metric(name).name for name in ("EPSG:4547", "EPSG:3826", "EPSG:26985")]


def test_zone_prefix_is_seen_and_names_its_system():
    assert crs.zone_prefix([38501856.7, 38499000.0, np.nan]) == 38
    assert crs.zone_prefix([501856.7, 499000.0]) is None
    assert crs.zone_prefix([38501856.7, 39499000.0]) is None
    assert crs.zone_prefix([77501856.7]) is None
    assert crs.zone_prefix([]) is None


@pytest.mark.parametrize("zone", [*range(13, 24), *range(25, 46)])
def test_prefixed_systems_carry_their_zone(zone):
    meridian = 3 * zone if zone > 24 else 6 * zone - 3
    x, _ = crs.to_city(meridian, 33.0, "EPSG:4490", crs.prefixed_epsg(zone))
    assert round(float(x)) == zone * 1_000_000 + 500_000
    assert crs.central_meridian(crs.prefixed_epsg(zone)) == meridian


@pytest.mark.parametrize("meridian", range(75, 136, 3))
def test_unprefixed_systems_stand_on_their_meridian(meridian):
    assert crs.central_meridian(crs.gk_epsg(meridian)) == meridian


def test_numbers_that_are_no_zone_or_meridian_are_refused():
    with pytest.raises(CRSError):
        crs.prefixed_epsg(24)
    with pytest.raises(CRSError):
        crs.gk_epsg(113)
    assert crs.central_meridian("EPSG:4490") is None


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_numbers_that_are_no_degrees_become_nan_under_an_offset_without_a_warning(datum: str):
    x, y = crs.to_city([114.0, 1e179, 501_000.0, 114.0], [33.5, 33.5, 3_700_000.0, np.inf], datum, "EPSG:4547")
    assert np.isfinite(x).tolist() == np.isfinite(y).tolist() == [True, False, False, False]


@pytest.mark.parametrize("offset", ["GCJ-02", "BD-09"])
def test_metres_made_from_shifted_degrees_have_a_name_that_is_read_again(offset: str):
    metres = crs.to_city(*crs.from_city([501_000.0], [3_700_000.0], offset, "EPSG:4547"), "EPSG:4490", "EPSG:4547")
    named = crs.parse_crs(f"{offset} (EPSG:4547)")
    assert crs.parse_crs(named.name) == named
    assert np.allclose(np.ravel(crs.to_city(*metres, named, "EPSG:4547")), [501_000.0, 3_700_000.0], atol=1e-3)


@pytest.mark.parametrize("name", ["GCJ-02 (EPSG:2383)", "GCJ-02 (EPSG:0)", "GCJ-02 (4547)", "GCJ-02 ("])
def test_a_shift_of_an_unknown_or_refused_system_is_refused(name: str):
    with pytest.raises(CRSError):
        crs.parse_crs(name)
