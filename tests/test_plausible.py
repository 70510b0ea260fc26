"""Coordinates that cannot be what was said: one sentence that names the fault and the remedy.

::

    3710000 +--------+
            | layer  |      EPSG:4547, around 114.05 E 33.5 N
    3700000 +--------+
         500000   510000
"""

import numpy as np
import pytest

from gridgeo.crs import from_city
from gridgeo.errors import CRSError
from gridgeo.locate.plausible import beyond_m, near_share, unfit

CRS, BOUNDS = "EPSG:4547", (500_000.0, 3_700_000.0, 510_000.0, 3_710_000.0)
X, Y = np.random.default_rng(1).uniform((500_000, 3_700_000), (510_000, 3_710_000), (40, 2)).T


def told(x, y, crs: str, layer_crs: str = CRS, bounds=BOUNDS):
    return unfit(x, y, crs, layer_crs=layer_crs, bounds=bounds)


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09", CRS, "EPSG:4526", "EPSG:3857"])
def test_points_at_the_layer_are_plausible(crs: str) -> None:
    assert told(*from_city(X, Y, crs, CRS), crs) is None


@pytest.mark.parametrize("crs", ["EPSG:4490", "GCJ-02", CRS, "EPSG:4526"])
def test_swapped_axes_are_told(crs: str) -> None:
    x, y = from_city(X, Y, crs, CRS)
    misfit = told(y, x, crs)
    assert misfit is not None
    assert misfit.kind == "swapped"
    assert "x and y are exchanged" in misfit.sentence
    assert f"x = {y[0]:.10g}, y = {x[0]:.10g}" in misfit.sentence


def test_degrees_called_metres_and_metres_called_degrees() -> None:
    lon, lat = from_city(X, Y, "GCJ-02", CRS)
    degrees, swapped, metres = told(lon, lat, CRS), told(lat, lon, CRS), told(X, Y, "GCJ-02")
    assert degrees is not None
    assert degrees.kind == "degrees"
    assert "EPSG:4547 is metric" in degrees.sentence
    assert swapped is not None
    assert "exchange the columns too" in swapped.sentence
    assert metres is not None
    assert (metres.kind, metres.crs) == ("metres", CRS)
    assert "no degrees" in metres.sentence


@pytest.mark.parametrize("truth", ["EPSG:4526", "EPSG:4548", "EPSG:4547"])
def test_another_zone_is_named(truth: str) -> None:
    stated = "EPSG:4546" if truth == CRS else CRS
    misfit = told(*from_city(X, Y, truth, CRS), stated)
    assert misfit is not None
    assert (misfit.kind, misfit.crs) == ("other", truth)
    assert truth in misfit.sentence


def test_points_of_another_city_are_told_whatever_they_are_read_as() -> None:
    misfit = told(X + 300_000, Y, CRS)
    assert misfit is not None
    assert misfit.kind == "far"
    assert "only 0%" in misfit.sentence


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09"])
def test_chinese_offsets_abroad_are_refused(crs: str) -> None:
    bounds = (440_000.0, 5_400_000.0, 460_000.0, 5_420_000.0)
    misfit = told([2.35], [48.85], crs, "EPSG:32631", bounds)
    assert misfit is not None
    assert misfit.kind == "abroad"
    assert "exists only in China" in misfit.sentence


def test_old_datums_are_refused_as_everywhere() -> None:
    with pytest.raises(CRSError, match="Xi'an 1980"):
        told(X, Y, "EPSG:2383")


def test_half_of_the_points_are_enough_and_missing_ones_do_not_count() -> None:
    x, y = np.concatenate([X, X + 90_000]), np.concatenate([Y, Y])
    assert told(x, y, CRS) is None
    assert told(np.append(x, X[0] + 90_000), np.append(y, Y[0]), CRS) is not None
    missing = np.full(200, np.nan), np.zeros(200)
    assert told(np.concatenate([X, *missing]), np.concatenate([Y, *missing]), CRS) is None
    assert told([], [], CRS) is None
    assert told([np.nan, 0], [np.nan, 0], CRS) is None


def test_a_register_that_brushes_the_layer_is_no_proof_of_another_datum() -> None:
    for edge in (np.median(X) - 498_000, np.median(X) - 512_000):  # half lie near the layer as EPSG:4490
        lon, lat = from_city(X - edge, Y, "EPSG:4490", CRS)
        assert told(lon, lat, "EPSG:4490") is None
        misfit = told(lon, lat, "GCJ-02")
        assert misfit is None or misfit.kind == "far"


def test_the_row_is_told_that_the_sentence_names() -> None:
    x, y = np.concatenate([[np.nan, 0.0, 11.0], X]), np.concatenate([[1.0, 0.0, 22.0], Y])
    misfit = told(x, y, "GCJ-02")
    assert misfit is not None
    assert misfit.kind == "metres"
    assert misfit.row == 3
    assert misfit.sentence.startswith(f"{X[0]:.10g}, {Y[0]:.10g} are no degrees")
    degrees = told(*(np.append(np.nan, values) for values in from_city(X, Y, "GCJ-02", CRS)), CRS)
    assert degrees is not None
    assert degrees.row == 1


def test_near_means_within_two_kilometres_of_the_extent() -> None:
    xy = np.array([[498_000.0, 3_700_000.0], [497_999.0, 3_700_000.0], [np.nan, np.nan], [505_000.0, 3_705_000.0]])
    assert near_share(xy, BOUNDS) == 0.5
    assert near_share(xy[:0], BOUNDS) == 0.0


def test_how_far_beyond_the_extent_a_place_lies() -> None:
    x, y = np.array([505_000.0, 513_000.0, 499_990.0, np.nan]), np.array([3_705_000.0, 3_714_000.0, 3_700_000.0, 1.0])
    assert beyond_m(x, y, BOUNDS) == pytest.approx([0, 5000, 10, np.nan], nan_ok=True)
