"""The compiled formulas of GCJ-02 and BD-09 say what the plain ones say, for one point and for many."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo import crs, datum, datum_kernel

sys.path.insert(0, str(Path(__file__).parent))

import plain_datum

FORWARD = ("wgs84_to_gcj02", "gcj02_to_bd09", "wgs84_to_bd09")
BACKWARD = ("gcj02_to_wgs84", "bd09_to_gcj02", "bd09_to_wgs84")
IN_CHINA_DEG = 2e-12
"""A fifth of a micrometre: how far the compiled and the plain formulas may be apart."""
ANYWHERE_DEG = 2e-11
"""Two micrometres: the same on the rest of the earth, where offsets grow to degrees."""

in_china = st.tuples(st.floats(72, 138), st.floats(0.8, 56))
at_cusp = st.tuples(st.floats(104.99, 105.01), st.floats(0.8, 56))
on_cusp = st.tuples(st.floats(105 - 1e-10, 105 + 1e-10), st.floats(0.8, 56))
anywhere = st.tuples(st.floats(-359, 359), st.floats(-73, 73))


def both(name: str, points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = np.array(points).T
    return np.array(getattr(datum, name)(lon, lat)), np.array(getattr(plain_datum, name)(lon, lat))


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
@given(points=st.lists(in_china | at_cusp | on_cusp, min_size=1, max_size=20))
def test_in_china_the_compiled_formulas_agree_with_the_plain_ones(name, points):
    assert np.allclose(*both(name, points), rtol=0, atol=IN_CHINA_DEG)


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
@given(points=st.lists(anywhere, min_size=1, max_size=20))
def test_far_from_china_they_agree_as_well_and_never_run_away(name, points):
    assert np.allclose(*both(name, points), rtol=0, atol=ANYWHERE_DEG)


@pytest.mark.parametrize(("there", "back"), list(zip(FORWARD, BACKWARD, strict=True)))
@given(points=st.lists(in_china | at_cusp | on_cusp, min_size=1, max_size=20))
def test_there_and_back_is_the_same_place_to_a_micrometre(there, back, points):
    given_lon, given_lat = np.array(points).T
    lon, lat = getattr(datum, back)(*getattr(datum, there)(given_lon, given_lat))
    assert np.allclose((lon, lat), (given_lon, given_lat), rtol=0, atol=datum_kernel.ENOUGH_DEG)


@pytest.mark.parametrize("name", FORWARD[:2] + BACKWARD)
@given(points=st.lists(in_china | at_cusp | anywhere, min_size=1, max_size=40))
def test_one_point_and_many_agree_to_the_last_bit_whatever_stands_beside_it(name, points):
    lon, lat = np.array(points).T
    many = np.array(getattr(datum, name)(lon, lat)).T.tolist()
    assert [list(getattr(datum_kernel, name)(*point)) for point in points] == many


def test_points_beyond_one_block_are_all_converted():
    count = 2 * datum_kernel.BLOCK + 7
    lon, lat = np.linspace(104.9, 105.1, count), np.linspace(20, 50, count)
    for name in BACKWARD:
        got, plain = getattr(datum, name)(lon, lat), getattr(plain_datum, name)(lon, lat)
        assert np.allclose(got, plain, rtol=0, atol=IN_CHINA_DEG)


@pytest.mark.parametrize("name", BACKWARD)
@pytest.mark.parametrize(
    "point", [(114, 75.1), (114, -80), (114, 1e300), (361, 33), (-1e18, 33), (np.inf, 33), (114, -np.inf), (np.nan, 33),
              (114, np.nan)]
)  # fmt: skip
def test_where_there_is_no_way_back_there_is_no_answer_and_no_other_point_suffers(name, point):
    lon, lat = np.array([(114.02, 33.58), point, (116.3, 39.9)]).T
    got = np.array(getattr(datum, name)(lon, lat))
    assert np.isnan(got[:, 1]).any()
    assert np.allclose(got[:, [0, 2]], getattr(plain_datum, name)(lon[[0, 2]], lat[[0, 2]]), rtol=0, atol=IN_CHINA_DEG)
    x, y = crs.to_city(lon, lat, "GCJ-02", "EPSG:4547")
    assert np.isnan(x).tolist() == np.isnan(y).tolist() == [False, True, False]


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
def test_the_origin_of_degrees_is_a_place_like_any_other(name):
    assert np.allclose(getattr(datum, name)(0.0, 0.0), getattr(plain_datum, name)(0.0, 0.0), rtol=0, atol=ANYWHERE_DEG)


@pytest.mark.parametrize("name", FORWARD + BACKWARD)
def test_what_is_handed_in_is_left_alone_and_comes_back_in_its_shape(name):
    lon, lat = np.array([[113.9, 114.0], [114.1, 114.2]]), 33.5
    lon.setflags(write=False)
    before = lon.copy()
    got_lon, got_lat = getattr(datum, name)(lon, lat)
    assert got_lon.shape == got_lat.shape == lon.shape
    assert (lon == before).all()
    assert np.array(getattr(datum, name)(lon.T[::-1], lat)).tolist() == [
        part.T[::-1].tolist() for part in (got_lon, got_lat)
    ]
    assert [np.shape(value) for value in getattr(datum, name)(114.0, 33.5)] == [(), ()]
    assert [np.shape(value) for value in getattr(datum, name)([], [])] == [(0,), (0,)]
