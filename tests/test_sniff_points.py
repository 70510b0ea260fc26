"""A register's points, counted in and outside the communities, tell which datum they stand on.

::

    +--+--+--+          . . . . .   a GCJ-02 register read as CGCS2000: some 500 m to the south-east,
    |  |  |  |    ->    . +--+--+   the points along two edges fall outside all communities
    +--+--+--+            |  |  |
"""

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
WEST, SOUTH = lattice.ORIGIN
SIDE_M = 20_000.0
ABROAD = "EPSG:32631"
"""Zone 31 of UTM, with Paris."""


def squares(crs: str = lattice.CRS, west: float = WEST, south: float = SOUTH) -> gpd.GeoDataFrame:
    """Return a square city of 5 x 5 communities."""
    step = SIDE_M / 5
    corners = [(west + i * step, south + j * step) for i in range(5) for j in range(5)]
    return lattice.layer(np.array([shapely.box(x, y, x + step, y + step) for x, y in corners]), crs)


def households(number: int = 5000, seed: int = 3) -> np.ndarray:
    """Return places spread over the whole city, up to its edge."""
    return lattice.ORIGIN + np.random.default_rng(seed).uniform(0, SIDE_M, (number, 2))


def stored(places, system):
    return np.column_stack(from_city(places[:, 0], places[:, 1], system, lattice.CRS))


def settle(xy, stated, reference=None, city=CITY):
    x, y, findings = settle_points(
        xy[:, 0], xy[:, 1], stated, city, kind="household", file="h.csv", reference=squares().iloc[::-1]
        if reference is None else reference,
    )  # fmt: skip
    return np.column_stack([x, y]), findings


def kinds(findings):
    return [finding.kind for finding in findings]


@pytest.mark.parametrize("truth", ["EPSG:4490", "GCJ-02", "BD-09"])
@pytest.mark.parametrize("stated", ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"])
def test_stated_datum_is_obeyed_and_doubted_only_where_the_count_refutes_it(truth, stated):
    places = households()
    got, findings = settle(stored(places, truth), stated)
    right = truth == stated or {truth, stated} == {"EPSG:4490", "EPSG:4326"}
    assert kinds(findings) == ([] if right else ["crs_suspect"])
    assert (np.abs(got - places).max() < 0.01) == right
    for finding in findings:
        assert (finding.severity, finding.agency) == ("warning", "household")
        assert f"按 {stated} 读取，5000 个点中有 " in finding.text
        assert f"若按 {truth} 读取，仅 0 个" in finding.text
        assert "请与提供单位核对，并在城市文件写明正确的 crs" in finding.text


def test_doubt_names_both_counts():
    places = households()
    got, (finding,) = settle(stored(places, "GCJ-02"), "EPSG:4490")
    outside = int((~((got >= lattice.ORIGIN) & (got <= lattice.ORIGIN + SIDE_M)).all(axis=1)).sum())
    assert outside > 100
    assert f"5000 个点中有 {outside} 个（{outside / 5000:.1%}）" in finding.text


@pytest.mark.parametrize(("truth", "kind"), [("GCJ-02", "datum_gcj02"), ("BD-09", "datum_bd09")])
def test_auto_register_is_read_by_the_datum_that_the_count_shows(truth, kind):
    places = households()
    got, findings = settle(stored(places, truth), "auto")
    assert [(finding.kind, finding.severity) for finding in findings] == [(kind, "warning")]
    assert f"已按 {truth} 基准读取" in findings[0].text
    assert np.abs(got - places).max() < 0.01


def test_auto_register_in_its_own_datum_keeps_it_with_a_note():
    places = households()
    got, findings = settle(stored(places, "EPSG:4490"), "auto")
    assert [(finding.kind, finding.severity) for finding in findings] == [("crs_unproven", "note")]
    assert np.abs(got - places).max() < 0.01


def test_exchanged_columns_do_not_hide_the_datum():
    got, findings = settle(stored(households(), "GCJ-02")[:, ::-1], "EPSG:4490")
    assert kinds(findings) == ["axis_swapped", "crs_suspect"]
    places = households()
    got, findings = settle(stored(places, "GCJ-02")[:, ::-1], "auto")
    assert kinds(findings) == ["axis_swapped", "datum_gcj02"]
    assert np.abs(got - places).max() < 0.01


def test_metres_computed_from_gcj02_are_noticed_too():
    lon_lat = stored(households(), "GCJ-02")
    places = np.column_stack(from_city(*lon_lat.T, lattice.CRS, "EPSG:4490"))
    _, findings = settle(places, lattice.CRS)
    assert kinds(findings) == ["crs_suspect"]
    got, findings = settle(places, "auto")
    assert kinds(findings) == ["datum_gcj02"]
    assert np.abs(got - households()).max() < 0.01


def test_points_in_the_middle_of_the_city_prove_nothing():
    middle = households()
    middle = lattice.ORIGIN + 4000 + (middle - lattice.ORIGIN) * 0.6
    assert settle(stored(middle, "GCJ-02"), "EPSG:4490")[1] == []
    got, findings = settle(stored(middle, "GCJ-02"), "auto")
    assert kinds(findings) == ["crs_unproven"]
    assert np.hypot(*(got - middle).T).min() > 100


@pytest.mark.parametrize("number", [19, 200])
def test_a_few_points_prove_nothing(number):
    assert settle(stored(households(number), "GCJ-02"), "EPSG:4490")[1] == []


def test_blunders_far_away_neither_prove_a_datum_nor_hide_it():
    far = households(500, 4) + np.array([900_000.0, 400_000.0])
    rows = np.vstack([households(), far])
    assert settle(stored(rows, "EPSG:4490"), "EPSG:4490")[1] == []
    assert kinds(settle(stored(rows, "GCJ-02"), "EPSG:4490")[1]) == ["crs_suspect"]


def test_points_without_a_place_are_not_counted():
    xy = np.vstack([stored(households(), "GCJ-02"), np.zeros((5000, 2)), np.full((5000, 2), np.nan)])
    _, (finding,) = settle(xy, "EPSG:4490")
    assert "，5000 个点中有" in finding.text


def test_scattered_rows_of_another_datum_do_not_turn_the_register():
    places = households()
    xy = stored(places, "EPSG:4490")
    xy[::4] = stored(places[::4], "GCJ-02")
    assert kinds(settle(xy, "auto")[1]) == ["crs_unproven"]
    assert settle(xy, "EPSG:4490")[1] == []


def test_order_of_points_does_not_change_the_reading():
    xy = stored(households(), "BD-09")
    straight, told = settle(xy, "auto")
    turned, told_too = settle(xy[::-1], "auto")
    assert np.array_equal(straight, turned[::-1])
    assert [finding.text for finding in told] == [finding.text for finding in told_too]


@pytest.mark.parametrize("stated", ["GCJ-02", "BD-09"])
def test_chinese_datums_are_refused_outside_china(stated):
    paris = squares(ABROAD, 440_000.0, 5_400_000.0)
    city = lattice.city(ABROAD)
    message = rf"party\.shp.*{stated} exists only in China.*EPSG:4326"
    with pytest.raises(CRSError, match=message):
        settle_crs(paris.to_crs(4326), stated, city, agency="party", file="party.shp", reference=paris)
    with pytest.raises(CRSError, match=message):
        settle_crs(paris.to_crs(4326), stated, city, agency="community", file="party.shp", reference=None)
    places = np.array([[2.3, 48.85]])
    with pytest.raises(CRSError, match=rf"h\.csv.*{stated} exists only in China"):
        settle(places, stated, paris, city)


def test_register_outside_china_is_not_asked_for_its_datum():
    paris = squares(ABROAD, 440_000.0, 5_400_000.0)
    places = households() - lattice.ORIGIN + [440_500.0, 5_399_500.0]
    assert settle(places, ABROAD, paris, lattice.city(ABROAD))[1] == []
