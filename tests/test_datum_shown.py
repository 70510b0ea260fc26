"""Addresses show the datum of a register, or it is refused: never a guess. The city is that of `named_city`."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.crs import from_city, to_city
from gridgeo.datum import wgs84_to_gcj02
from gridgeo.locate.datum import REASONS, Verdict, label_of
from gridgeo.locate.sketch import Sketch

sys.path.insert(0, str(Path(__file__).parent))

import named_city
from named_city import CRS, PLACES, residents


def verdict_of(x, y, addresses: list[str]) -> Verdict:
    found = named_city.evidence()
    found.add(x, y, PLACES.named(addresses))
    verdict = found.verdict()
    assert verdict.reason in REASONS
    assert (verdict.crs is not None) == verdict.shown
    return verdict


TRUTHS = ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09", "EPSG:4547", "EPSG:4526", "EPSG:4546"]


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_datum_under_which_addresses_agree_is_shown_and_brings_the_points_home(truth: str) -> None:
    xy, _, addresses = residents(300)
    x, y = from_city(xy[:, 0], xy[:, 1], truth, CRS)
    verdict = verdict_of(x, y, addresses)
    assert verdict.shown
    assert verdict.crs is not None
    assert label_of(verdict.crs) == ("CGCS2000/WGS84" if truth in ("EPSG:4490", "EPSG:4326") else truth)
    assert np.allclose(np.column_stack(to_city(x, y, verdict.crs, CRS)), xy, atol=0.01)
    assert verdict.named == 300
    assert verdict.fits[0].agree == verdict.witnesses


def test_metres_made_from_gcj02_are_shown_to_be_that() -> None:
    xy, _, addresses = residents(300)
    x, y = to_city(*from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS), "EPSG:4490", CRS)
    verdict = verdict_of(x, y, addresses)
    assert verdict.best == "GCJ-02 (EPSG:4547)"
    assert np.allclose(np.column_stack(to_city(x, y, verdict.crs, CRS)), xy, atol=0.01)


def test_a_third_of_wrong_addresses_does_not_hide_it() -> None:
    xy, row, _ = residents(300)
    rng = np.random.default_rng(2)
    any_row = np.where(rng.random(300) < 0.33, rng.integers(0, 9, 300), row)
    addresses = [named_city.SPOKEN[at] for at in any_row]
    verdict = verdict_of(*from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS), addresses)
    assert (verdict.reason, verdict.best) == ("shown", "GCJ-02")


def reason_for(xy: np.ndarray, truth: str, addresses: list[str]) -> str:
    return verdict_of(*from_city(xy[:, 0], xy[:, 1], truth, CRS), addresses).reason


def test_addresses_without_a_known_place_show_nothing() -> None:
    xy, _, _ = residents(300)
    assert reason_for(xy, "GCJ-02", ["人民路8号"] * 300) == "no_names"


def test_points_in_the_middle_of_their_community_cannot_tell() -> None:
    """A street of three kilometres: no shift leaves it, and every datum agrees."""
    xy = np.random.default_rng(1).uniform((501_300, 3_701_300), (501_700, 3_701_700), (300, 2))
    assert reason_for(xy, "EPSG:4490", ["中街街道"] * 300) in ("alike", "few_places")


def test_a_few_rows_cannot_tell() -> None:
    xy, _, addresses = residents(8)
    assert reason_for(xy, "GCJ-02", addresses) == "alike"


def test_one_house_is_one_witness_however_many_live_there() -> None:
    xy, _, addresses = residents(8)
    x, y = from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS)
    verdict = verdict_of(np.tile(x, 100), np.tile(y, 100), addresses * 100)
    assert (verdict.reason, verdict.named, verdict.witnesses) == ("alike", 800, 8)


def test_one_community_alone_is_no_proof() -> None:
    xy, row, addresses = residents(3000)
    few = np.flatnonzero((row == 4) | (row == 1))
    assert reason_for(xy[few], "GCJ-02", [addresses[at] for at in few]) == "few_places"


def test_a_register_that_mixes_datums_is_refused() -> None:
    xy, _, addresses = residents(400)
    plain, moved = (np.column_stack(from_city(xy[:, 0], xy[:, 1], crs, CRS)) for crs in ("EPSG:4490", "GCJ-02"))
    both = np.where(np.arange(400)[:, None] % 2, plain, moved)
    assert verdict_of(both[:, 0], both[:, 1], addresses).reason == "mixed"


def test_addresses_of_other_rows_are_refused() -> None:
    xy, _, addresses = residents(400)
    assert reason_for(xy, "EPSG:4490", addresses[::-1]) == "disagree"


def test_a_system_that_is_no_candidate_is_refused_with_its_distance() -> None:
    xy, _, addresses = residents(3000)
    verdict = verdict_of(*from_city(xy[:, 0] + 90, xy[:, 1] - 40, "EPSG:4490", CRS), addresses)
    assert (verdict.reason, verdict.best, verdict.off_m) == ("shifted", "CGCS2000/WGS84", 100.0)
    twice = wgs84_to_gcj02(*from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS))
    assert not verdict_of(*twice, addresses).shown


@pytest.mark.parametrize("truth", ["GCJ-02", CRS, "EPSG:4526"])
def test_swapped_axes_are_refused(truth: str) -> None:
    xy, _, addresses = residents(300)
    x, y = from_city(xy[:, 0], xy[:, 1], truth, CRS)
    assert verdict_of(y, x, addresses).reason == "swapped"


def test_points_of_another_city_are_refused() -> None:
    xy, _, addresses = residents(300)
    assert reason_for(xy + np.array([90_000, 0]), "GCJ-02", addresses) == "nowhere"


def test_rows_without_a_place_say_nothing() -> None:
    xy, _, addresses = residents(300)
    x, y = from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS)
    bare = verdict_of(x, y, addresses)
    blank = np.array([np.nan, 0.0])
    more = verdict_of(np.append(x, blank), np.append(y, blank), [*addresses, addresses[0], addresses[1]])
    assert more == bare


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_the_verdict_depends_neither_on_the_cuts_nor_on_the_order(data: st.DataObject) -> None:
    xy, _, addresses = residents(120)
    x, y = from_city(xy[:, 0], xy[:, 1], "BD-09", CRS)
    named = PLACES.named(addresses)
    whole, cut = named_city.evidence(), named_city.evidence()
    whole.add(x, y, named)
    order = np.array(data.draw(st.permutations(range(120))))
    edges = sorted(data.draw(st.lists(st.integers(0, 120), max_size=4)))
    for part in np.split(order, edges):
        cut.add(x[part], y[part], named[part])
    assert cut.verdict() == whole.verdict()


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 3)), max_size=60), st.data())
def test_a_sketch_keeps_the_same_rows_for_every_order_and_cut(rows: list[tuple], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    at = data.draw(st.integers(0, len(rows)))
    one, two = Sketch(10), Sketch(10)
    for sketch, parts in ((one, [rows]), (two, [shuffled[:at], shuffled[at:]])):
        for part in parts:
            sketch.add(*np.array(part, float).reshape(-1, 3).T)
    assert [values.tolist() for values in one.rows()] == [values.tolist() for values in two.rows()]
    assert len(one.rows()[1]) == min(10, len(set(rows)))
