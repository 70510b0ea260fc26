"""What variants are compared by, on cities whose figures can be told with a pencil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_city import ANY_SIZE, agency, at, drawn, in_every_square, square, squares
from shapely import LineString

from gridgeo.model import Inputs, VariantFigures
from gridgeo.partition.figures import figures_of
from gridgeo.partition.lay import Laid, lay_out
from gridgeo.partition.merge import ballot_of, resolve_laid, steering_of_laid
from gridgeo.partition.resolve import Resolution


def resolved(inputs: Inputs) -> tuple[Laid, Resolution]:
    """Return a city laid out and how it is grouped."""
    laid = lay_out(inputs, progress=lambda *_: None)
    steering, _ = steering_of_laid(laid)
    return laid, resolve_laid(laid, steering, progress=lambda *_: None, clock=lambda: 0.0)


def figures(inputs: Inputs) -> VariantFigures:
    """Return the figures of a city as it is grouped."""
    laid, resolution = resolved(inputs)
    return figures_of(laid, resolution, ballot_of(laid, {}), {})


def test_a_square_is_as_compact_as_a_quarter_of_pi() -> None:
    """4 pi a² / (4 a)²."""
    assert figures(drawn([square(0, 0)])).compactness == pytest.approx(np.pi / 4, abs=1e-4)


def test_a_strip_is_less_compact() -> None:
    """Four squares in a row: 4 pi 4 a² / (10 a)²."""
    assert figures(drawn([square(0, 0, 4, 1)])).compactness == pytest.approx(0.16 * np.pi, abs=1e-4)


def test_compactness_is_the_mean_of_grids_however_large() -> None:
    city = drawn([square(0, 0), square(0, 1, 4, 1)])
    assert figures(city).compactness == pytest.approx((np.pi / 4 + 0.16 * np.pi) / 2, abs=1e-4)


def test_exclusive_sites_are_not_measured_for_compactness() -> None:
    """The eastern half is a park: a square of 100 m remains."""
    city = drawn([square(0, 0, 2, 1)], agency("a", squares(2, 1)), exclusives=[square(1, 0)])
    assert figures(city).compactness == pytest.approx(np.pi / 4, abs=1e-4)
    assert figures(drawn([square(0, 0)], exclusives=[square(0, 0)])).compactness == 0.0


def two_communities() -> Inputs:
    """
    +---+---+---+---+
    | 1 : 2 | 3 : 4 |    a (weight 2) draws all squares, b (weight 1) one grid in each community of two squares:
    +---+---+---+---+    in each, one border of 100 m is in question
    """
    a = agency("a", squares(4, 1), weight=2.0)
    b = agency("b", [square(0, 0, 2, 1), square(2, 0, 2, 1)], weight=1.0)
    return drawn([square(0, 0, 2, 1), square(2, 0, 2, 1)], a, b, registers=in_every_square(4, 1, 10))


def test_disagreement_is_the_metres_that_some_agency_did_not_want() -> None:
    """Both borders inside are kept, against a third of the votes; the community's own border costs nothing."""
    found = figures(two_communities())
    assert found.grids == 4
    assert found.disagreement_m == pytest.approx(2 * 100 / 3, abs=0.05)


def test_borders_that_the_sizes_forbid_are_disagreement_by_the_votes_for_them() -> None:
    """Grids need 15 homes, so both borders go, against two thirds of the votes."""
    city = two_communities()
    found = figures(replace(city, city=replace(city.city, rules=replace(ANY_SIZE, households=(15, 40)))))
    assert (found.grids, found.violations) == (2, 0)
    assert found.disagreement_m == pytest.approx(2 * 200 / 3, abs=0.05)


def test_a_barrier_pulls_only_as_much_as_it_is_told() -> None:
    """A border that nobody has an opinion of is half wanted; a pull of 0.3 along it makes 0.8 of that."""
    city = drawn([square(0, 0, 2, 1)], barriers=[("river", False, at(LineString([(1, -1), (1, 2)])))])
    laid, resolution = resolved(city)
    kept = len(resolution.heir) == 2
    for pull in (0.0, 0.3):
        share = 0.5 + pull
        told = figures_of(laid, resolution, ballot_of(laid, {}), {"river": pull}).disagreement_m
        assert told == pytest.approx(100 * (1 - share if kept else share), abs=0.05)


def with_bounds(*bounds: tuple[float, float | None]) -> float | None:
    """Return the gap of communities with given objectives and bounds."""
    laid, resolution = resolved(two_communities())
    reports = [
        replace(report, objective=objective, bound=bound)
        for report, (objective, bound) in zip(resolution.reports, bounds, strict=True)
    ]
    return figures_of(laid, replace(resolution, reports=tuple(reports)), ballot_of(laid, {}), {}).gap


def test_the_gap_is_that_of_all_communities_together() -> None:
    """300 and 100 with bounds of 240 and 100: 60 of 400, not the mean of 20 % and 0 %."""
    assert with_bounds((300.0, 240.0), (100.0, 100.0)) == pytest.approx(0.15)


def test_without_a_bound_for_every_community_there_is_no_gap() -> None:
    assert with_bounds((300.0, 240.0), (100.0, None)) is None


def test_where_nothing_is_disputed_there_is_no_gap() -> None:
    assert with_bounds((0.0, 0.0), (0.0, 0.0)) == 0.0


def test_moved_households_and_kept_grids_are_those_of_all_communities() -> None:
    """Without a base nobody moves; with one, and grids of 15 homes at least, ten move in each community."""
    city = two_communities()
    based = replace(city.agencies[0], base=True)
    rules = replace(ANY_SIZE, households=(15, 40))
    asked = replace(city, agencies=(based, city.agencies[1]), city=replace(city.city, rules=rules))
    assert (figures(city).moved_households, figures(city).kept_grids) == (0, 0)
    assert (figures(asked).moved_households, figures(asked).kept_grids) == (20, 0)
    assert figures(asked).proven == 2
