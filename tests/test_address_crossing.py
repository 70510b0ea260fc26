"""Where two roads cross, from the addresses on them.

::

              |                 numbers stand 12 m beside the middle of their road, odd ones on the left;
      --+--+--o--+--+--         the roads cross at o
              |
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.address.crossing import APART_M, FARTHEST_M, MOST, REACH_M, crossings

Houses = tuple[np.ndarray, np.ndarray]
BESIDE_M = 12.0
CROSS = (500_100.0, 3_700_200.0)


def road(angle: float, along: np.ndarray, through: tuple[float, float] = CROSS) -> Houses:
    """Return the houses of a straight road: where along it, and which are odd."""
    odd = np.arange(len(along)) % 2 == 0
    ahead, left = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    return through + along[:, None] * ahead + np.where(odd, BESIDE_M, -BESIDE_M)[:, None] * left, odd


def places(one: Houses, two: Houses) -> list[tuple[float, float]]:
    return [(found.x, found.y) for found in crossings(*one, *two)]


ALONG = np.arange(-300.0, 301.0, 25.0)
AWAY = np.arange(60.0, 400.0, 20.0)


@given(st.floats(0, np.pi), st.floats(0.35, np.pi - 0.35))
def test_straight_roads_cross_in_one_place_at_any_angle(angle: float, turn: float) -> None:
    (place,) = places(road(angle, ALONG), road(angle + turn, ALONG))
    assert place == pytest.approx(CROSS, abs=1.0)


@given(st.floats(0, np.pi), st.floats(0.5, np.pi - 0.5))
def test_roads_are_drawn_on_to_a_corner_without_numbers(angle: float, turn: float) -> None:
    (place,) = places(road(angle, AWAY), road(angle + turn, -AWAY))
    assert place == pytest.approx(CROSS, abs=1.0)


def test_a_bent_road_is_a_line_near_its_crossing() -> None:
    far = np.array([(500_900.0, 3_700_600.0 + at) for at in range(0, 2_000, 40)])
    points, odd = road(np.pi / 2, ALONG)
    bent = np.vstack([points, far]), np.append(odd, np.arange(len(far)) % 2 == 0)
    assert places(road(0.0, ALONG), bent)[0] == pytest.approx(CROSS, abs=5.0)


def test_roads_of_one_name_in_two_districts_cross_twice() -> None:
    other = (CROSS[0] + 5_000.0, CROSS[1] + 3_000.0)
    first = [np.concatenate(parts) for parts in zip(road(0.0, ALONG), road(0.0, ALONG, other), strict=True)]
    second = [np.concatenate(parts) for parts in zip(road(1.5, ALONG), road(1.5, ALONG, other), strict=True)]
    found = sorted(places((first[0], first[1]), (second[0], second[1])))
    assert found == [pytest.approx(CROSS, abs=1.0), pytest.approx(other, abs=1.0)]


def test_one_crossing_is_not_told_twice() -> None:
    found = crossings(*road(0.0, np.arange(-2000.0, 2001.0, 20.0)), *road(1.0, np.arange(-2000.0, 2001.0, 20.0)))
    assert len(found) == 1
    assert found[0].apart_m < REACH_M < APART_M


def test_addresses_far_apart_tell_how_far() -> None:
    (found,) = crossings(*road(0.0, AWAY + 400), *road(np.pi / 2, AWAY))
    assert REACH_M < found.apart_m < FARTHEST_M
    assert (found.x, found.y) == pytest.approx(CROSS, abs=1.0)


def test_roads_that_never_come_near_do_not_cross() -> None:
    assert places(road(0.0, AWAY + 2000), road(np.pi / 2, AWAY)) == []


def test_parallel_roads_meet_at_best_where_their_addresses_are_nearest() -> None:
    beside = (CROSS[0], CROSS[1] + 150.0)
    found = places(road(0.0, ALONG), road(0.0, ALONG, beside))
    assert len(found) == 1
    assert CROSS[1] < found[0][1] < beside[1]


def test_one_address_on_each_road_is_enough_for_a_guess() -> None:
    one, two = (np.array([[0.0, 0.0]]), np.array([True])), (np.array([[100.0, 0.0]]), np.array([False]))
    assert places(one, two) == [(50.0, 0.0)]


def test_a_road_without_addresses_crosses_nothing() -> None:
    assert places((np.empty((0, 2)), np.empty(0, bool)), road(0.0, ALONG)) == []


def test_long_roads_are_thinned_and_addresses_keep_their_places() -> None:
    long = road(0.0, np.linspace(-3000.0, 3000.0, 3 * MOST + 7))
    (found,) = crossings(*long, *road(np.pi / 2, ALONG))
    assert (found.x, found.y) == pytest.approx(CROSS, abs=BESIDE_M)  # of which perhaps one side is left
    assert np.hypot(*(long[0][found.first] - CROSS)) < 50


@given(st.randoms(use_true_random=False))
def test_the_order_of_addresses_does_not_matter(random) -> None:
    order = list(range(len(ALONG)))
    random.shuffle(order)
    points, odd = road(0.3, ALONG)
    (place,) = places((points[order], odd[order]), road(1.4, ALONG))
    assert place == pytest.approx(CROSS, abs=1.0)
