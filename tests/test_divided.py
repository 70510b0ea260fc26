"""Findings about divided atoms: which community, how many households, along what, into what, and why not."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_city import CRS, SIDE_M, agency, at, drawn, households, square
from shapely import LineString, box

from gridgeo.city import Rules
from gridgeo.jobs.merge import MergeResult, merge_inputs
from gridgeo.model import Inputs

RULES = Rules(households=(300, 500), population_max=10**9)


def merged(inputs: Inputs) -> MergeResult:
    """Merge; the layer must be seamless."""
    result = merge_inputs(inputs)
    assert result.certificate.seamless, result.certificate.places
    return result


def told(result: MergeResult, kind: str) -> pd.DataFrame:
    """Return the findings of one kind."""
    return result.findings[result.findings.kind == kind]


def four_quarters(count: int) -> pd.DataFrame:
    """Return households in the quarters of the first square."""
    return households(*[(x, y, count) for x in (0.25, 0.75) for y in (0.25, 0.75)])


def test_a_cut_is_told_with_community_size_ways_and_pieces() -> None:
    base = agency("a", [square(0, 0)], base=True)
    result = merged(drawn([square(0, 0)], base, registers=four_quarters(150), rules=RULES))
    assert sorted(result.grids.households) == [300, 300]
    (text,) = told(result, "atom_divided").text
    assert text.startswith("第1社区：各方界线都没有分开的一块地有 600 户，超过每个网格 500 户的上限；")
    assert "已切成 4 块（每块 150–150 户），按直线 200 米；其中 100 米成为网格界线" in text


def test_the_finding_shows_the_cuts_that_became_borders() -> None:
    base = agency("a", [square(0, 0)], base=True)
    result = merged(drawn([square(0, 0)], base, registers=four_quarters(150), rules=RULES))
    (row,) = told(result, "atom_divided").itertuples()
    border = shapely.intersection(*shapely.boundary(result.grids.geometry.values))
    assert row.geometry.equals(shapely.line_merge(border))
    assert row.area_m2 == pytest.approx(SIDE_M**2)
    assert row.severity == "note"


def test_a_road_in_the_atom_is_named() -> None:
    road = at(LineString([(0, 0.5), (0.7, 0.5)]))
    city = drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=four_quarters(150), rules=RULES,
                 barriers=[("street", False, road)])  # fmt: skip
    (text,) = told(merged(city), "atom_divided").text
    assert "沿道路、围墙等 70 米" in text


def test_an_address_that_cannot_be_divided_is_told_with_the_reason() -> None:
    base = agency("a", [square(0, 0)], base=True)
    result = merged(drawn([square(0, 0)], base, registers=households((0.5, 0.5, 640)), rules=RULES))
    (row,) = told(result, "atom_indivisible").itertuples()
    assert row.text == ("第1社区：一块地有 640 户，超过每个网格 500 户的上限，无法再分：同一个地址点登记的住户不能分开")
    assert row.geometry.equals(square(0, 0))
    assert len(told(result, "atom_divided")) == 0


def test_footprints_reach_the_division() -> None:
    """Both addresses lie in one long building."""
    city = drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=households((0.3, 0.5, 300), (0.7, 0.5, 300)),
                 rules=RULES)  # fmt: skip
    house = gpd.GeoDataFrame({"id": ["b1"]}, geometry=[at(box(0.2, 0.4, 0.8, 0.6))], crs=CRS)
    assert len(told(merged(city), "atom_divided")) == 1
    (text,) = told(merged(replace(city, buildings=house)), "atom_indivisible").text
    assert text.endswith("同一栋（或相连的）建筑内的住户不能分开")


def test_too_many_people_are_told_as_people() -> None:
    rules = replace(RULES, households=(100, 500), population_max=800)
    city = drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=four_quarters(100), rules=rules)
    (text,) = told(merged(city), "atom_divided").text
    assert "1200 人，超过每个网格 800 人的上限" in text


def test_exclusive_sites_are_not_divided() -> None:
    park = at(box(0.1, 0.1, 0.9, 0.9))
    city = drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=four_quarters(200), rules=RULES,
                 exclusives=[park])  # fmt: skip
    result = merged(city)
    assert len(told(result, "atom_divided")) == 0
    assert result.grids[result.grids.kind == "exclusive"].households.tolist() == [800]


def test_without_households_nothing_is_divided() -> None:
    result = merged(drawn([square(0, 0)], agency("a", [square(0, 0)]), rules=RULES))
    assert len(result.grids) == 1
    assert not result.findings.kind.str.startswith("atom_").any()


def test_registers_without_place_or_outside_are_left_out() -> None:
    rows = pd.concat([four_quarters(150), households((np.nan, np.nan, 900), (9, 9, 900))], ignore_index=True)
    result = merged(drawn([square(0, 0)], agency("a", [square(0, 0)]), registers=rows, rules=RULES))
    assert sorted(result.grids.households) == [300, 300]
