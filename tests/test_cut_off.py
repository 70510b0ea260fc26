"""Ground that a hard barrier cuts off, too small and empty for a grid of its own, follows one, and planners are told.

::

    +-----------+--+
    |           |  |     the river (‖ at column 2.89) leaves a strip of 11 m on the other bank
    |     A0    ‖  |
    |           |  |
    +-----------+--+
"""

from __future__ import annotations

import pytest
from drawn_city import agency, at, drawn, households, square
from shapely import LineString

from gridgeo.jobs.merge import MergeResult, merge_inputs

RIVER = LineString([(2.89, -1), (2.89, 4)])


def merged(*, hard: bool, strip_households: int = 0) -> MergeResult:
    town = square(0, 0, 3, 3)
    places = [(1.5, 1.5, 400)] + ([(2.95, 1.5, strip_households)] if strip_households else [])
    inputs = drawn(
        [town], agency("a", [town], base=True), registers=households(*places), barriers=[("river", hard, at(RIVER))]
    )
    result = merge_inputs(inputs)
    assert result.certificate.seamless
    return result


def test_empty_strip_behind_a_river_follows_its_neighbour_and_is_told_with_its_place() -> None:
    result = merged(hard=True)
    (told,) = result.findings[result.findings["kind"] == "cut_off"].itertuples()
    assert len(result.grids) == 1
    assert told.severity == "note"
    assert "硬边界" in told.text
    assert told.area_m2 == pytest.approx(0.11 * 3 * 100**2, abs=1)
    assert told.geometry.area == pytest.approx(told.area_m2)


def test_strip_with_households_becomes_a_grid_and_nothing_is_told() -> None:
    result = merged(hard=True, strip_households=5)
    assert len(result.grids) == 2
    assert "cut_off" not in set(result.findings["kind"])


def test_soft_barrier_cuts_nothing_off() -> None:
    assert "cut_off" not in set(merged(hard=False).findings["kind"])
