"""Steering through the whole merge: locks, wishes, size bands, objective, on small drawn cities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from drawn_city import ANY_SIZE, TOWN, X, Y, agency, cities, drawn, households, in_every_square, square, squares
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from gridgeo.city import Rules
from gridgeo.jobs.merge import MergeResult, merge_inputs
from gridgeo.model import Inputs
from gridgeo.steering import Band, Count, Lock, Objective, Wish

SIZES = Rules(households=(20, 60), population_max=10**6)


def steered(inputs: Inputs, **asked: Any) -> Inputs:
    """Return a city whose city file asks for more."""
    return replace(inputs, city=replace(inputs.city, **asked))


def merged(inputs: Inputs) -> MergeResult:
    result = merge_inputs(inputs)
    assert result.certificate.seamless, result.certificate.places
    return result


def told(result: MergeResult, kind: str) -> list[str]:
    return result.findings.text[result.findings.kind == kind].tolist()


def home(result: MergeResult, column: float, row: float) -> str:
    """Return the code of the grid at the middle of a square."""
    place = square(column, row).centroid
    (code,) = result.grids.code[result.grids.geometry.contains(place)]
    return str(code)


def without_additions(outline: Polygon, vertices: Sequence[tuple[float, float]]) -> Polygon:
    """Return an outline without the vertices that are not among those given."""
    return Polygon([xy for xy in outline.exterior.coords if xy in set(vertices)])


def plain(shape: Polygon) -> bytes:
    """Return the bytes of a polygon, whichever vertex it begins with."""
    return shapely.to_wkb(shapely.normalize(shape))


# ------------------------------------------------------------------- locks ----


def test_a_locked_grid_comes_out_byte_for_byte_though_all_others_disagree() -> None:
    """Two agencies of weight 3 cut through the square in the middle; it stays, crooked vertex and all."""
    crooked = Polygon(
        [*square(1, 1).exterior.coords[:2], (500_160.1234, 3_700_151.5), *square(1, 1).exterior.coords[2:4]]
    )
    assert crooked.is_valid
    base = agency("a", [crooked, square(0, 0, 3, 1)], base=True)
    others = [agency(key, [square(0, 0, 1.5, 3), square(1.5, 0, 1.5, 3)], weight=3.0) for key in "bc"]
    inputs = drawn([square(0, 0, 3, 3)], base, *others, registers=in_every_square(3, 3, 10))
    free = merged(inputs)
    assert plain(crooked) not in {plain(shape) for shape in free.grids.geometry}
    result = merged(steered(inputs, locks=(Lock(agency="a", ids=("A0",)),)))
    rounded = shapely.transform(crooked, lambda xy: np.round(xy, 3))
    (grid,) = [shape for shape in result.grids.geometry if shape.contains(square(1, 1).centroid)]
    assert plain(without_additions(grid, list(rounded.exterior.coords))) == plain(rounded)
    assert told(result, "lock_refused") == told(result, "lock_changed") == []
    assert result.reports[0].kept_grids == 1


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (square(1.5, 0.2, 1, 0.5), "它跨出了第1社区（另有部分在第2社区"),
        (square(-0.5, 0.2, 1, 0.5), "有部分在界外"),
        (shapely.MultiPolygon([square(0, 0, 0.2, 0.2), square(1, 0, 0.2, 0.2)]), "不是一个有效的单部件面"),
        (Polygon([*square(0, 0).exterior.coords[:2], (X, Y + 99), (X + 99, Y + 100)]), "不是一个有效的单部件面"),
        (square(1.2, 0.2, 0.5, 0.5), "与专属网格公园P0重叠"),
    ],
)  # fmt: skip
def test_what_cannot_be_locked_is_refused_with_the_reason_and_the_rest_goes_on(shape: Any, why: str) -> None:
    inputs = drawn(
        [square(0, 0, 2, 1), square(2, 0, 2, 1)], agency("a", [shape]), exclusives=[square(1.3, 0.3, 0.2, 0.2)]
    )
    result = merged(steered(inputs, locks=(Lock(agency="a", ids=("A0",)),)))
    (text,) = told(result, "lock_refused")
    assert why in text


def test_of_two_locks_that_overlap_the_second_is_refused() -> None:
    inputs = drawn([square(0, 0, 3, 1)], agency("a", [square(0, 0, 2, 1), square(1, 0, 2, 1)]))
    result = merged(steered(inputs, locks=(Lock(agency="a", ids=("A0", "A1", "A7")),)))
    assert [("A1" in text, "重叠" in text) for text in told(result, "lock_refused")] == [(True, True), (False, False)]
    assert square(0, 0, 2, 1).equals(result.grids.geometry[result.grids.code == home(result, 0, 0)].iloc[0])


def test_a_lock_beside_the_communitys_border_is_put_onto_it_and_that_is_told() -> None:
    inputs = drawn([square(0, 0, 3, 1)], agency("a", [square(0.01, 0.2, 0.99, 0.6)], accuracy_m=2.0))
    result = merged(steered(inputs, locks=(Lock(agency="a", ids=("A0",)),)))
    assert "最大 1.00 米" in told(result, "lock_changed")[0]
    assert len(result.grids) == 2


def test_a_locked_grid_outside_the_size_rules_is_told() -> None:
    base = agency("a", squares(4, 1), base=True)
    inputs = drawn([square(0, 0, 4, 1)], base, registers=in_every_square(4, 1, 15), rules=SIZES)
    result = merged(steered(inputs, locks=(Lock(agency="a", ids=("A0",)),)))
    assert result.grids.households.tolist() == [15, 45]
    assert [line.split()[1:] for line in result.reports[0].violations] == [
        ["15", "户", "45", "人：该网格已锁定，不作调整"]
    ]


@settings(max_examples=12, deadline=None)
@given(cities(), st.integers(0, 99))
def test_every_lock_is_kept_to_the_byte_or_told(inputs: Inputs, pick: int) -> None:
    """Vertices are added only where other grids or a community meet its edges."""
    assume(inputs.agencies)
    layer = inputs.agencies[pick % len(inputs.agencies)]
    ids = tuple(dict.fromkeys(layer.features.source_id[: 1 + pick % 3]))
    result = merged(steered(inputs, locks=(Lock(agency=layer.key, ids=ids),)))
    changed = result.findings[result.findings.kind.isin(["lock_refused", "lock_changed"])]
    for source_id in set(ids) - set(changed.source_id):
        (shape,) = layer.features.geometry[layer.features.source_id == source_id]
        rounded = shapely.transform(shape, lambda xy: np.round(xy, 3))
        known = list(rounded.exterior.coords)
        assert plain(rounded) in {
            plain(without_additions(grid, known))
            for grid in result.grids.geometry
            if len(set(grid.exterior.coords) & set(known)) >= 3
        }


# ------------------------------------------------------------------ wishes ----


def row_of_four(**more: Any) -> Inputs:
    """Return four squares in a row of ten households each, four grids of one agency."""
    return drawn([square(0, 0, 4, 1)], agency("a", squares(4, 1)), registers=in_every_square(4, 1, 10), **more)


def test_grids_asked_to_be_together_are_one_grid() -> None:
    inputs = row_of_four(rules=replace(SIZES, households=(10, 20)))
    result = merged(steered(inputs, together=(Wish(agency="a", ids=("A1", "A2")),)))
    assert home(result, 1, 0) == home(result, 2, 0)
    assert told(result, "wish_refused") == []


def test_grids_asked_to_be_apart_are_in_different_grids() -> None:
    inputs = row_of_four(rules=replace(SIZES, households=(20, 40)))
    pairs = ((0, 1), (2, 3)) if home(merged(inputs), 0, 0) == home(merged(inputs), 1, 0) else ((1, 2),)
    wishes = tuple(Wish(agency="a", ids=tuple(f"A{k}" for k in pair)) for pair in pairs)
    result = merged(steered(row_of_four(rules=replace(SIZES, households=(10, 40))), apart=wishes))
    for one, two in pairs:
        assert home(result, one, 0) != home(result, two, 0)


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (("A0", "A2"), "互不相邻"),
        (("A0", "A1", "A2"), "合起来 30 户，超过每个网格 20 户的上限"),
    ],
)
def test_grids_that_cannot_be_together_are_told_why(ids: tuple[str, ...], why: str) -> None:
    inputs = row_of_four(rules=replace(SIZES, households=(10, 20)))
    (text,) = told(merged(steered(inputs, together=(Wish(agency="a", ids=ids),))), "wish_refused")
    assert why in text


def test_grids_of_two_communities_cannot_be_together() -> None:
    inputs = drawn([square(0, 0, 2, 1), square(2, 0, 2, 1)], agency("a", squares(4, 1)))
    (text,) = told(merged(steered(inputs, together=(Wish(agency="a", ids=("A1", "A2")),))), "wish_refused")
    assert "分属第1社区、第2社区" in text


def test_unknown_ids_and_communities_are_told() -> None:
    asked = {
        "together": (Wish(agency="a", ids=("A1", "A9")),),
        "apart": (Wish(agency="a", ids=("A0", "A8")),),
        "counts": (Count(community="411102001099", grids=2),),
    }
    assert len(told(merged(steered(row_of_four(), **asked)), "wish_unknown")) == 3


def test_a_number_of_grids_is_met_and_an_impossible_one_told_with_the_interval() -> None:
    inputs = drawn([square(0, 0, 4, 3)], agency("a", squares(4, 3)), registers=in_every_square(4, 3, 10), rules=SIZES)
    for grids in (2, 3, 4, 5, 6):
        result = merged(steered(inputs, counts=(Count(community=f"{TOWN}001", grids=grids),)))
        assert len(result.grids) == grids
        assert result.reports[0].violations == ()
    (text,) = told(merged(steered(inputs, counts=(Count(community=f"{TOWN}001", grids=9),))), "wish_refused")
    assert "只能分成 2–6 个网格" in text


def test_locked_grids_count_towards_the_number() -> None:
    inputs = drawn([square(0, 0, 4, 3)], agency("a", squares(4, 3)), registers=in_every_square(4, 3, 20), rules=SIZES)
    asked = {"locks": (Lock(agency="a", ids=("A0",)),), "counts": (Count(community=f"{TOWN}001", grids=5),)}
    assert len(merged(steered(inputs, **asked)).grids) == 5


# ------------------------------------------------------- bands and weights ----


def test_every_kind_of_community_has_its_own_sizes() -> None:
    """Both communities have four squares of ten households; urban grids hold 40, rural ones 10."""
    inputs = drawn(
        [square(0, 0, 4, 1), square(0, 1, 4, 1)], agency("a", squares(4, 2)), registers=in_every_square(4, 2, 10)
    )
    inputs = replace(inputs, communities=inputs.communities.assign(kind=["111", "220"]))
    bands = (
        Band(kind="1", households=(40, 40)),
        Band(kind="2", households=(10, 10)),
        Band(kind="park", population_max=1),
    )
    result = merged(steered(inputs, bands=bands, rules=SIZES))
    assert result.grids.groupby("community_code").households.apply(list).tolist() == [[40], [10] * 4]
    assert ["park" in text for text in told(result, "band_unused")] == [True]


def test_aims_weigh_moved_households_and_balance_against_borders() -> None:
    """Base grids of 1 + 3 squares; two other agencies want the border in the middle."""
    base = agency("a", [square(0, 0), square(1, 0, 3, 1)], base=True)
    others = [agency(key, [square(0, 0, 2, 1), square(2, 0, 2, 1)]) for key in "bc"]
    inputs = drawn(
        [square(0, 0, 4, 1)],
        base,
        *others,
        registers=in_every_square(4, 1, 15),
        rules=replace(SIZES, households=(10, 50)),
    )
    sizes = {
        aim: sorted(merged(steered(inputs, objective=Objective(**aims))).grids.households)
        for aim, aims in {
            "agreement": {"moved_m": 0.0},
            "minimal-change": {"aim": "minimal-change", "moved_m": 100.0},
            "balance": {"aim": "balance", "moved_m": 0.0, "balance_m": 100.0},
        }.items()
    }
    assert sizes == {"agreement": [30, 30], "minimal-change": [15, 45], "balance": [30, 30]}


def test_a_barriers_pull_is_that_of_the_city_file() -> None:
    """One of two agencies wants the border where a street runs; only a strong pull draws it."""
    layers = [agency("a", [square(0, 0, 2, 1)]), agency("b", squares(2, 1)), agency("c", [square(0, 0, 2, 1)])]
    street = LineString([shapely.get_coordinates(square(1, 0))[k] for k in (2, 3)])
    ends = square(1, 0).bounds
    street = LineString([(ends[0], ends[1]), (ends[0], ends[3])])
    inputs = drawn([square(0, 0, 2, 1)], *layers, barriers=[("street", False, street)])
    weak, strong = (merged(steered(inputs, objective=Objective(barrier={"street": pull}))) for pull in (0.0, 0.9))
    assert (len(weak.grids), len(strong.grids)) == (1, 2)


# ------------------------------------------------------------------- hosts ----


def test_a_site_that_cuts_its_host_apart_is_told() -> None:
    base = agency("a", [square(0, 0, 3, 1)], base=True)
    inputs = drawn([square(0, 0, 3, 1)], base, exclusives=[square(1, 0)], rules=ANY_SIZE)
    (text,) = told(merged(inputs), "host_divided")
    assert text == "专属网格公园P0把a网格 A0隔开，剩下的地面分在 2 个网格中"
    inside = drawn([square(0, 0, 3, 1)], base, exclusives=[square(1.2, 0.2, 0.5, 0.5)])
    assert told(merged(inside), "host_divided") == []


def test_steering_leaves_the_order_of_entries_aside() -> None:
    inputs = row_of_four(rules=replace(SIZES, households=(10, 20)))
    wishes = [Wish(agency="a", ids=("A1", "A2")), Wish(agency="a", ids=("A2", "A1"))]
    one, two = (merged(steered(inputs, together=(wish,))) for wish in wishes)
    assert [plain(shape) for shape in one.grids.geometry] == [plain(shape) for shape in two.grids.geometry]
    assert all(a != b for a, b in pairwise(one.grids.code))
    assert households().empty
