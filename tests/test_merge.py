"""The whole merge on small drawn cities: what must hold whatever the agencies hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_city import (
    ANY_SIZE,
    SIDE_M,
    TOWN,
    X,
    Y,
    again,
    agency,
    at,
    cities,
    drawn,
    households,
    in_every_square,
    square,
    squares,
    with_fault,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sameness import came_back, kept_codes, recoded, same_merge, shuffled
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gridgeo.city import Rules
from gridgeo.jobs.merge import MergeResult, merge_inputs
from gridgeo.model import AgencyLayer, Inputs
from gridgeo.render.kinds import case_counts
from gridgeo.steering import Lock

few = settings(max_examples=12)
"""A city takes a fifth of a second."""


def merged(inputs: Inputs) -> MergeResult:
    """Merge; whatever else a test is about, the layer must be seamless."""
    result = merge_inputs(inputs)
    assert result.certificate.seamless, result.certificate.places
    return result


# --------------------------------------------------------- whatever comes ----


@few
@given(cities())
def test_grids_fill_the_communities_without_gap_overlap_or_crossing(inputs: Inputs) -> None:
    result = merged(inputs)
    whole = shapely.union_all(inputs.communities.geometry.values)
    rounding_m2 = inputs.city.precision_m * shapely.length(whole)
    assert result.grids.area_m2.sum() == pytest.approx(whole.area, abs=rounding_m2)
    assert set(result.grids.community_code) == set(inputs.communities.code)


@few
@given(cities())
def test_households_inside_the_frame_add_up_exactly(inputs: Inputs) -> None:
    result = merged(inputs)
    frame = shapely.union_all(result.communities.geometry.values)
    rows = inputs.registers[shapely.intersects_xy(frame, inputs.registers.x, inputs.registers.y)]
    assert result.grids.households.sum() == rows["count"].sum()
    assert result.grids.population.sum() == rows["population"].sum()


@few
@given(cities())
def test_every_input_grid_inside_the_frame_is_accounted_for(inputs: Inputs) -> None:
    result = merged(inputs)
    frame = shapely.union_all(result.communities.geometry.values)
    named = set(zip(result.findings.agency, result.findings.source_id, strict=True))
    for layer in inputs.agencies:
        shapes = shapely.make_valid(layer.features.geometry.values)
        inside = shapely.area(shapely.intersection(shapes, frame)) > 1.0
        for source_id in layer.features.source_id[inside]:
            key = (layer.key, source_id)
            in_tables = [
                key in set(zip(t.agency, t.source_id, strict=True)) for t in (result.provenance, result.crosswalk)
            ]
            assert all(in_tables) or key in named, key


@few
@given(cities())
def test_shares_are_never_more_than_everything(inputs: Inputs) -> None:
    result = merged(inputs)
    for table, whole in ((result.crosswalk, ["agency", "source_id"]), (result.provenance, ["agency", "code"])):
        sums = table.groupby(whole)[["area_share", "household_share"]].sum()
        assert (sums <= 1 + 1e-9).all(axis=None)
        assert (table[["area_share", "household_share"]] >= 0).all(axis=None)


def test_shares_of_a_grid_inside_the_frame_add_up_to_everything() -> None:
    """One grid lies across the communities' border and is cut by another agency's line."""
    party = agency("a", [square(0.2, 0.2, 2.6, 0.6)])
    other = agency("b", [square(0, 0, 3, 0.5), square(0, 0.5, 3, 0.5)], weight=3)
    inputs = drawn([square(0, 0, 1.5, 1), square(1.5, 0, 1.5, 1)], party, other, registers=in_every_square(3, 1, 4))
    sums = merged(inputs).crosswalk.groupby("source_id")[["area_share", "household_share"]].sum()
    np.testing.assert_allclose(sums.loc["A0"], 1.0, atol=1e-6)


@few
@given(cities())
def test_an_input_grid_has_one_change_code(inputs: Inputs) -> None:
    crosswalk = merged(inputs).crosswalk
    assert (crosswalk.groupby(["agency", "source_id"]).change.nunique() == 1).all()
    assert not crosswalk.duplicated(["agency", "source_id", "code"]).any()


@few
@given(cities())
def test_grids_that_break_the_size_rules_are_named_with_a_reason(inputs: Inputs) -> None:
    result = merged(inputs)
    low, high = inputs.city.rules.households
    served = result.grids[result.grids.kind == "general"].groupby("community_code").households.transform("sum") > 0
    general = result.grids.loc[served.index[served]]
    broken = set(general.code[(general.households < low) | (general.households > high)])
    assert {line.split()[0] for report in result.reports for line in report.violations} == broken
    assert set(result.findings.source_id[result.findings.kind == "size"]) == broken


@few
@given(cities(), st.integers(0, 99))
def test_the_order_of_layers_rows_and_rings_changes_nothing(inputs: Inputs, seed: int) -> None:
    same_merge(merged(inputs), merged(shuffled(inputs, np.random.default_rng(seed))))


@few
@given(cities(), st.sampled_from([0.001, 0.01, 0.1]))
def test_merging_the_merged_layer_again_gives_it_back(inputs: Inputs, accuracy_m: float) -> None:
    first = merged(inputs)
    repeated = again(first.grids, first.communities, inputs, accuracy_m=accuracy_m)
    if len(inputs.barriers) or len(inputs.exclusives):  # without them sizes could be mended that could not before
        repeated = replace(repeated, city=replace(repeated.city, rules=ANY_SIZE))
    came_back(first, merged(repeated))


@few
@given(cities(), st.sampled_from([0.001, 0.01, 0.1]))
def test_merging_the_merged_layer_with_barriers_and_sites_again_gives_it_back(
    inputs: Inputs, accuracy_m: float
) -> None:
    first = merged(inputs)
    repeated = again(first.grids, first.communities, inputs, accuracy_m=accuracy_m, everything=True)
    second = merged(replace(repeated, city=replace(repeated.city, rules=ANY_SIZE)))
    came_back(first, second)
    assert second.grids.kind.tolist() == first.grids.kind.tolist()


@few
@given(cities(), st.booleans(), st.integers(0, 99))
def test_merging_a_layer_whose_codes_planners_gave_keeps_every_code(
    inputs: Inputs, everything: bool, seed: int
) -> None:
    first = merged(inputs)
    grids = recoded(first.grids, np.random.default_rng(seed))
    repeated = again(grids, first.communities, inputs, everything=everything)
    second = merged(replace(repeated, city=replace(repeated.city, rules=ANY_SIZE)))
    kept_codes(grids, second.grids)
    assert not set(second.findings.kind) & {"code_not_kept", "code_retired"}


@few
@given(cities(), st.booleans())
def test_no_grid_with_households_on_both_sides_straddles_a_hard_barrier(inputs: Inputs, upright: bool) -> None:
    west, south, east, north = inputs.communities.total_bounds
    middle = Point((west + east) / 2, (south + north) / 2)
    ends = (
        [(middle.x, south - 50), (middle.x + 7, north + 50)]
        if upright
        else [(west - 50, middle.y), (east + 50, middle.y + 5)]
    )
    wall = LineString(ends)
    table = gpd.GeoDataFrame({"kind": ["wall"], "hard": [True]}, geometry=[wall], crs=inputs.communities.crs)
    grids = merged(replace(inputs, barriers=table)).grids
    for grid in grids.geometry:
        sides = shapely.get_parts(shapely.ops.split(grid, wall)) if grid.crosses(wall) else [grid]
        lived_in = [side for side in sides if shapely.intersects_xy(side, inputs.registers.x, inputs.registers.y).any()]
        assert len(lived_in) <= 1


# ------------------------------------------------------------------ fixed ----


def test_without_agencies_each_community_is_a_grid() -> None:
    result = merged(drawn([square(0, 0), square(1, 0, 2, 1)]))
    assert result.grids.area_m2.tolist() == [10_000.0, 20_000.0]
    assert result.provenance.empty
    assert result.crosswalk.empty


def test_a_city_of_one_community_without_agencies_is_one_grid_whose_only_border_is_the_frame() -> None:
    result = merged(drawn([square(0, 0)]))
    assert len(result.grids) == 1
    assert result.reasons["why"].tolist() == ["frame"]


def test_a_city_of_one_community_is_a_city() -> None:
    assert len(merged(drawn([square(0, 0, 2, 2)], agency("a", squares(2, 2)))).grids) == 4


def test_an_agency_without_any_grid_has_no_say() -> None:
    result = merged(drawn([square(0, 0, 2, 2)], agency("a", []), agency("b", squares(2, 2), base=True)))
    assert len(result.grids) == 4
    assert set(result.crosswalk.agency) == {"b"}


@pytest.mark.parametrize("base", [True, False])
def test_identical_legal_layers_come_back_exactly_and_nobody_moves(base: bool) -> None:
    shapes = [square(0, 0, 2, 1), square(2, 0, 1, 2), square(0, 1, 1, 2), square(1, 1, 1, 2), square(2, 2)]
    layers = [agency(key, shapes, base=base and key == "a") for key in "abc"]
    rules = Rules(households=(10, 40))
    result = merged(drawn([square(0, 0, 3, 3)], *layers, registers=in_every_square(3, 3, 10), rules=rules))
    assert [sum(shape.equals(grid) for grid in result.grids.geometry) for shape in shapes] == [1] * 5
    assert set(result.crosswalk.change) == {"U"}
    assert (result.crosswalk.area_share == 1).all()
    assert [(report.moved_households, report.objective) for report in result.reports] == [(0, 0.0)]
    assert result.reports[0].kept_grids == (5 if base else 0)


def coded(*numbers: int, community: int = 1) -> list[str]:
    return [f"{TOWN}{community:03d}{number:03d}" for number in numbers]


def where(result: MergeResult) -> dict[str, tuple[float, float]]:
    """Return the centre of every grid, in squares."""
    xy = shapely.get_coordinates(result.grids.geometry.centroid.values)
    return dict(zip(result.grids.code, map(tuple, (xy - [X, Y]) / SIDE_M), strict=True))


def test_identical_legal_layers_keep_their_codes_whatever_their_order() -> None:
    """
    +---+---+---+
    | 5 | 9 | 2 |    numbers of a planner; gridgeo would give 1 2 3
    +---+---+---+
    """
    ids = coded(5, 9, 2)
    layers = [agency(key, squares(3, 1), ids, base=key == "a") for key in "abc"]
    rules = Rules(households=(10, 40))
    result = merged(drawn([square(0, 0, 3, 1)], *layers, registers=in_every_square(3, 1, 20), rules=rules))
    assert where(result) == dict(zip(ids, [(0.5, 0.5), (1.5, 0.5), (2.5, 0.5)], strict=True))
    assert result.reports[0].moved_households == 0
    assert result.crosswalk.source_id.tolist() == result.crosswalk.code.tolist()
    assert result.outcomes.source_id.tolist() == result.outcomes.code.tolist()


def test_only_the_base_gives_codes() -> None:
    layer = agency("a", squares(2, 1), coded(8, 3))
    assert merged(drawn([square(0, 0, 2, 1)], layer)).grids.code.tolist() == coded(1, 2)


def test_the_code_of_a_base_grid_that_was_merged_away_is_told_and_not_given_to_a_new_grid() -> None:
    """
    +---+---+---+---+
    | 4 | 7 |  ?    |    7 is too small and joins 4; the east is two new grids, as the other agency wants it
    +---+---+---+---+
    """
    base = agency("a", [square(0, 0), square(1, 0), square(2, 0, 2, 1)], [*coded(4, 7), "E"], base=True)
    other = agency("b", [square(0, 0, 2, 1), square(2, 0), square(3, 0)], weight=3)
    homes = households((0.5, 0.5, 15), (1.5, 0.5, 3), (2.5, 0.5, 15), (3.5, 0.5, 15))
    result = merged(drawn([square(0, 0, 4, 1)], base, other, registers=homes, rules=Rules(households=(10, 25))))
    assert result.grids.code.tolist() == coded(4, 8, 9)
    retired = result.findings[result.findings.kind == "code_retired"]
    assert retired.source_id.tolist() == coded(7)


def test_two_base_grids_with_one_code_do_not_share_it() -> None:
    layer = agency("a", squares(3, 1), coded(5, 5, 1), base=True)
    homes = households((0.5, 0.5, 10), (1.5, 0.5, 20), (2.5, 0.5, 10))
    result = merged(drawn([square(0, 0, 3, 1)], layer, registers=homes))
    assert where(result) == dict(zip(coded(1, 5, 6), [(2.5, 0.5), (1.5, 0.5), (0.5, 0.5)], strict=True))
    told = result.findings[result.findings.kind == "code_not_kept"]
    assert told.severity.tolist() == ["warning"]
    assert f"第1社区第六网格编为 {coded(6)[0]}" in told.text.iloc[0]


def test_a_site_keeps_the_code_of_the_base_grid_that_it_is_and_else_has_a_new_one() -> None:
    """
    +---+---+---+
    | 9 | 3 |P 6|    the park in the west is base grid 9, that in the east is a part of 6
    +---+---+---+
    """
    layer = agency("a", squares(3, 1), coded(9, 3, 6), base=True)
    parks = [square(0, 0), square(2, 0, 0.4, 1)]
    result = merged(drawn([square(0, 0, 3, 1)], layer, exclusives=parks))
    assert result.grids.code.tolist() == coded(3, 6, 9, 10)
    assert result.grids.kind.tolist() == ["general", "general", "exclusive", "exclusive"]


@pytest.mark.parametrize("key", ["a", "b"])
def test_a_locked_grid_keeps_its_code(key: str) -> None:
    layers = [agency("a", squares(3, 1), coded(9, 3, 6), base=True), agency("b", squares(3, 1))]
    inputs = drawn([square(0, 0, 3, 1)], *layers, registers=in_every_square(3, 1, 20))
    lock = Lock(agency=key, ids=(coded(3)[0] if key == "a" else "B1",))
    result = merged(replace(inputs, city=replace(inputs.city, locks=(lock,))))
    assert where(result) == dict(zip(coded(3, 6, 9), [(1.5, 0.5), (2.5, 0.5), (0.5, 0.5)], strict=True))


def test_many_codes_that_cannot_be_kept_are_summed_up() -> None:
    layer = agency("a", squares(300, 1), coded(*range(1, 301), community=2), base=True)
    found = merged(drawn([square(0, 0, 300, 1), square(0, 1)], layer)).findings
    told = found[found.kind == "code_not_kept"]
    assert case_counts(told).sum() == 300
    assert len(told) == 201


@given(st.integers(0, 999))
@few
def test_noise_below_the_accuracy_makes_no_grid(seed: int) -> None:
    """Three agencies draw the same 9 squares, each within 1 m: 9 grids come out, close to the truth."""
    rng = np.random.default_rng(seed)

    def redrawn(shape: Polygon, noise: dict[tuple[float, float], np.ndarray]) -> Polygon:
        return Polygon([np.array(c) + noise.setdefault(c, rng.uniform(-1, 1, 2)) for c in shape.exterior.coords[:-1]])

    layers = []
    for key in "abc":
        noise: dict[tuple[float, float], np.ndarray] = {}
        layers.append(agency(key, [redrawn(s, noise) for s in squares(3, 3)], accuracy_m=1.5, base=key == "a"))
    result = merged(drawn([square(0, 0, 3, 3)], *layers))
    assert len(result.grids) == 9
    assert set(result.crosswalk.change) == {"U"}
    np.testing.assert_allclose(result.grids.area_m2, SIDE_M**2, atol=4 * SIDE_M * 1.5)


def test_exclusive_sites_become_grids_of_their_own_kind() -> None:
    """
    +---+---+
    |  PPP  |    the park lies across two base grids
    +---+---+
    """
    park = square(0.5, 0.3, 1, 0.4)
    inputs = drawn([square(0, 0, 2, 1)], agency("a", squares(2, 1), base=True), exclusives=[park])
    grids = merged(inputs).grids
    assert grids.kind.value_counts().to_dict() == {"general": 2, "exclusive": 1}
    assert grids.geometry[grids.kind == "exclusive"].iloc[0].equals(park)


def test_exclusive_site_in_two_communities_is_a_grid_in_each() -> None:
    inputs = drawn([square(0, 0), square(1, 0)], agency("a", squares(2, 1)), exclusives=[square(0.5, 0.3, 1, 0.4)])
    grids = merged(inputs).grids
    assert grids[grids.kind == "exclusive"].community_code.nunique() == 2


def test_households_of_an_exclusive_site_do_not_count_for_the_size_rules() -> None:
    rules = Rules(households=(10, 20))
    inputs = drawn(
        [square(0, 0, 2, 1)], agency("a", squares(2, 1), base=True), exclusives=[square(0, 0)],
        registers=households((0.5, 0.5, 500), (1.5, 0.5, 15)), rules=rules,
    )  # fmt: skip
    result = merged(inputs)
    assert result.grids.households.sum() == 515
    assert result.reports[0].violations == ()


@pytest.mark.parametrize(
    "fault",
    [
        "none",
        "duplicate",
        "contained",
        "bow-tie",
        "void",
        "missing",
        "cross",
        "shift",
        "lake",
        "inlet",
        "empty",
        "spike",
    ],
)
@pytest.mark.parametrize("with_other", [True, False])
def test_faults_of_a_layer_never_cost_area_nor_tear_other_grids(fault: str, with_other: bool) -> None:
    shapes: list[shapely.Geometry | None] = [square(0, 0, 2, 2), square(2, 0, 2, 2), square(4, 0, 2, 2)]
    if fault == "lake":
        shapes[1] = shapes[1].difference(square(2.5, 0.5, 0.4, 0.4))
    elif fault == "inlet":
        shapes[1] = shapes[1].difference(square(2.9, 1, 0.002, 1))
    elif fault == "empty":
        shapes += [Polygon(), None]
    elif fault == "spike":
        shapes[1] = at(Polygon([(2, 0), (4, 0), (4, 1), (5, 1), (4, 1), (4, 2), (2, 2)]))
    else:
        shapes = with_fault(shapes, fault)
    other = [agency("b", [square(0, 0, 2, 2), square(2, 0, 2, 2), square(4, 0, 2, 2)], weight=2)] if with_other else []
    inputs = drawn([square(0, 0, 6, 2)], agency("a", shapes), *other, registers=in_every_square(6, 2, 10))
    result = merged(inputs)
    assert result.grids.area_m2.sum() == pytest.approx(120_000, abs=1e-6)
    assert result.grids.households.sum() == 120
    if with_other and fault not in ("shift", "cross"):
        assert result.grids.area_m2.tolist() == pytest.approx([40_000] * 3, rel=0.05)


def test_road_void_of_12_m_is_shared_by_its_banks() -> None:
    shapes = [shape.buffer(-6, join_style="mitre") for shape in squares(3, 3)]
    result = merged(drawn([square(0, 0, 3, 3)], agency("a", shapes, accuracy_m=8)))
    np.testing.assert_allclose(result.grids.area_m2, SIDE_M**2, rtol=0.01)
    assert "void" in set(result.findings.kind) | {"void"} & set(result.findings.text.str.extract("(void)")[0])


def test_corner_on_a_neighbours_long_side_becomes_a_vertex_of_both() -> None:
    """
    +---+---+
    |   | b |
    | a +---+    the corner of b and c lies on the side of a, which has no vertex there
    |   | c |
    +---+---+
    """
    shapes = [square(0, 0, 1, 2), square(1, 1), square(1, 0)]
    grids = merged(drawn([square(0, 0, 2, 2)], agency("a", shapes))).grids
    tall = grids.geometry[grids.area == 20_000].iloc[0]
    assert (X + SIDE_M, Y + SIDE_M) in tall.exterior.coords


@pytest.mark.parametrize(
    ("rules", "areas_m2"), [(ANY_SIZE, [10_000, 20_000]), (Rules(households=(5, 15)), [10_000] * 3)]
)
def test_wide_ground_that_no_agency_knows_joins_a_neighbour_if_the_rules_allow(
    rules: Rules, areas_m2: list[float]
) -> None:
    layer = agency("a", [square(0, 0), square(2, 0)], base=True)
    result = merged(drawn([square(0, 0, 3, 1)], layer, registers=in_every_square(3, 1, 10), rules=rules))
    assert sorted(result.grids.area_m2) == areas_m2


def test_islands_of_a_community_are_grids() -> None:
    island = MultiPolygon([square(0, 0, 2, 1), square(4, 0)])
    result = merged(drawn([island], agency("a", [square(0, 0), square(1, 0), square(4, 0)], base=True)))
    assert len(result.grids) == 3


def test_one_grid_drawn_over_mainland_and_island_becomes_two() -> None:
    island = MultiPolygon([square(0, 0, 2, 1), square(4, 0, 2, 1)])
    result = merged(drawn([island], agency("a", [island], base=True)))
    assert len(result.grids) == 2
    assert set(result.crosswalk.change) == {"S"}


def test_lake_in_the_city_stays_outside() -> None:
    city = square(0, 0, 3, 3).difference(square(1, 1))
    result = merged(drawn([city], agency("a", squares(3, 3))))
    assert len(result.grids) == 8
    assert result.grids.area_m2.sum() == 80_000


def test_lake_that_no_agency_drew_is_ground_of_the_city() -> None:
    drawn_around = square(0, 0, 3, 3).difference(square(1, 1))
    result = merged(drawn([square(0, 0, 3, 3)], agency("a", [drawn_around], base=True)))
    assert result.grids.area_m2.sum() == 90_000


def test_community_without_households_keeps_its_base_grids() -> None:
    rules = Rules(households=(10, 40))
    empty_east = households((0.5, 0.5, 20), (1.5, 0.5, 20))
    communities = [square(0, 0, 2, 1), square(2, 0, 2, 1)]
    result = merged(drawn(communities, agency("a", squares(4, 1), base=True), registers=empty_east, rules=rules))
    assert len(result.grids) == 4
    assert [report.violations for report in result.reports] == [(), ()]


def test_community_of_one_piece_of_ground_is_one_grid_whatever_the_rules() -> None:
    rules = Rules(households=(10, 40))
    result = merged(
        drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=households((0.5, 0.5, 99)), rules=rules)
    )
    assert len(result.grids) == 1
    assert "99 户" in result.reports[0].violations[0]


def test_household_on_a_border_counts_once() -> None:
    inputs = drawn([square(0, 0, 2, 1)], agency("a", squares(2, 1)), registers=households((1.0, 0.5, 7)))
    result = merged(inputs)
    assert sorted(result.grids.households) == [0, 7]
    assert "point_on_border" in set(result.findings.kind)


def test_household_outside_the_frame_or_without_a_place_counts_nowhere() -> None:
    inputs = drawn([square(0, 0)], registers=households((0.5, 0.5, 1), (9.0, 9.0, 2), (np.nan, np.nan, 4)))
    result = merged(inputs)
    assert result.grids.households.tolist() == [1]
    assert result.assignments.method.tolist() == ["inside", "outside", "none"]


def test_household_a_hair_outside_the_frame_goes_to_the_nearest_grid() -> None:
    inputs = drawn([square(0, 0, 2, 1)], agency("a", squares(2, 1)), registers=households((2.000001, 0.5, 7)))
    result = merged(inputs)
    assert sorted(result.grids.households) == [0, 7]
    assert result.assignments.method.tolist() == ["nearest"]
    assert "point_on_border" in set(result.findings.kind)


def test_enterprises_are_counted_apart_from_households() -> None:
    registers = pd.concat(
        [households((0.5, 0.5, 5)), households((0.5, 0.5, 3)).assign(kind="enterprise")], ignore_index=True
    )
    grid = merged(drawn([square(0, 0)], registers=registers)).grids.iloc[0]
    assert (grid.households, grid.enterprises) == (5, 3)


def test_weights_decide_between_agencies_that_disagree() -> None:
    """Party draws a border in the middle, the court does not."""

    def grids(party_weight: float) -> int:
        layers = (agency("party", squares(2, 1), weight=party_weight), agency("court", [square(0, 0, 2, 1)], weight=1))
        return len(merged(drawn([square(0, 0, 2, 1)], *layers)).grids)

    assert grids(2.0) == 2
    assert grids(0.5) == 1


def test_of_two_drawings_of_one_border_the_more_accurate_stays() -> None:
    good = agency("good", [square(0, 0, 1, 1), square(1, 0, 1, 1)], accuracy_m=1)
    poor = agency("poor", [square(0, 0, 1.05, 1), square(1.05, 0, 0.95, 1)], accuracy_m=10)
    result = merged(drawn([square(0, 0, 2, 1)], poor, good))
    assert result.grids.area_m2.tolist() == [10_000.0, 10_000.0]


def test_repeated_id_is_one_grid_of_the_agency() -> None:
    """A id used for two squares counts as one grid that became two; its shares add up to 1."""
    layer = agency("a", squares(2, 1), ids=["W1", "W1"], base=True)
    crosswalk = merged(drawn([square(0, 0, 2, 1)], layer)).crosswalk
    assert crosswalk.area_share.tolist() == [0.5, 0.5]
    assert crosswalk.change.tolist() == ["S", "S"]


def test_share_of_a_grid_that_lies_half_outside_tells_how_much_was_taken() -> None:
    crosswalk = merged(drawn([square(0, 0)], agency("a", [square(0, 0, 2, 1)]))).crosswalk
    assert crosswalk.area_share.tolist() == [0.5]


@pytest.mark.parametrize("kind", ["reprojected far away", "a millimetre wide"])
def test_layers_that_have_nothing_to_do_with_the_city_do_no_harm(kind: str) -> None:
    away = {
        "reprojected far away": box(X + 5e4, Y, X + 5e4 + 100, Y + 100),
        "a millimetre wide": box(X, Y, X + 0.001, Y + 50),
    }
    result = merged(drawn([square(0, 0)], agency("a", [away[kind]])))
    assert len(result.grids) == 1


def progress_of(inputs: Inputs) -> list[str]:
    stages: list[str] = []
    tell: Callable[[str, int, int], None] = lambda stage, done, of: stages.append(stage)  # noqa: E731
    merge_inputs(inputs, progress=tell)
    return stages


def test_progress_names_the_stages_in_order() -> None:
    layer: AgencyLayer = agency("a", [square(0, 0)])
    stages = progress_of(drawn([square(0, 0)], layer))
    assert list(dict.fromkeys(stages)) == ["repair", "arrange", "divide", "resolve", "assemble", "number"]
