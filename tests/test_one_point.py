"""A single point goes the same way between systems as many do, only without the arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.crs import from_city, to_city
from gridgeo.errors import CRSError, UnknownCRS
from gridgeo.locate.one_point import point_from_city, point_to_city

CITY = "EPSG:4547"
SAME_M = 1e-6
"""A micrometre: the sines of the two differ in the last bit."""


@given(st.floats(110, 118), st.floats(20, 50), st.sampled_from(["CGCS2000", "WGS84", "GCJ-02", "bd09", "EPSG:4490"]))
def test_a_point_in_degrees_lands_where_the_arrays_bring_it(lon, lat, datum):
    assert point_to_city(lon, lat, datum, CITY) == pytest.approx(
        tuple(float(value) for value in to_city(lon, lat, datum, CITY)), abs=SAME_M
    )


@given(st.floats(300_000, 700_000), st.floats(2_500_000, 5_000_000), st.sampled_from(["EPSG:4490", "EPSG:4526", CITY]))
def test_a_point_of_the_city_comes_out_as_the_arrays_bring_it(x, y, crs):
    out = point_from_city(x, y, crs, CITY)
    assert out == tuple(float(value) for value in from_city(x, y, crs, CITY))
    if crs == CITY:
        assert out == (x, y)


@pytest.mark.parametrize("point", [(114.0, 95.0), (np.inf, 33.0), (np.nan, np.nan)])
@pytest.mark.parametrize("datum", ["CGCS2000", "GCJ-02"])
def test_a_point_that_is_not_on_the_earth_has_no_place(point, datum):
    assert np.isnan(point_to_city(*point, datum, CITY)).all()
    assert np.isnan([float(value) for value in to_city(*point, datum, CITY)]).all()


def test_a_system_that_cannot_be_converted_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(CRSError, match="Beijing 1954"):
            point_to_city(114, 33, "EPSG:4214", CITY)
        with pytest.raises(UnknownCRS, match="mars"):
            point_to_city(114, 33, "mars", CITY)
