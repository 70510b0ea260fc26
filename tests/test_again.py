"""A whole city merged, merged again, and merged in another order: always the same layer, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawn_city import ANY_SIZE, again
from sameness import came_back, kept_codes, recoded, same_merge, shuffled

from gridgeo.city import read_city
from gridgeo.intake.read import read_inputs
from gridgeo.jobs.merge import MergeResult, merge_inputs, write_result
from gridgeo.jobs.sample_files import write_sample
from gridgeo.model import Inputs
from gridgeo.sample import make_city


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The sample city as intake hands it over: 40 communities, five faulty layers, barriers, parks, registers.

    Its barriers are drawn anew with errors of up to 2 m, so that no line of any layer lies on another's.
    """
    folder = tmp_path_factory.mktemp("sample")
    write_sample(make_city(), folder)
    city = read_inputs(read_city(folder / "city.toml"))
    return replace(city, barriers=shaken(city.barriers, 2.0))


def shaken(table: gpd.GeoDataFrame, error_m: float) -> gpd.GeoDataFrame:
    """Return a layer drawn less well; equal vertices move equally."""
    shapes = table.geometry.to_numpy()
    points, inverse = np.unique(shapely.get_coordinates(shapes), axis=0, return_inverse=True)
    points = points + np.random.default_rng(1).uniform(-error_m, error_m, points.shape)
    return table.set_geometry(shapely.set_coordinates(shapes.copy(), points[inverse.ravel()]), crs=table.crs)


@pytest.fixture(scope="module")
def first(inputs: Inputs) -> MergeResult:
    return merge_inputs(inputs)


@pytest.mark.parametrize("accuracy_m", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("everything", [False, True], ids=["alone", "with barriers and sites"])
def test_a_merged_city_merged_again_comes_back(
    inputs: Inputs, first: MergeResult, everything: bool, accuracy_m: float
) -> None:
    repeated = again(first.grids, first.communities, inputs, accuracy_m=accuracy_m, everything=everything)
    # Sites that nobody names are grids like any others, and might be joined for their size.
    second = merge_inputs(replace(repeated, city=replace(repeated.city, rules=ANY_SIZE)))
    came_back(first, second)
    assert not set(second.findings.kind) & {"aligned", "gap", "overlap", "sliver"}


def test_a_merged_city_comes_back_by_its_own_rules_and_from_its_file(
    inputs: Inputs, first: MergeResult, tmp_path: Path
) -> None:
    write_result(first, tmp_path)
    grids, communities = (gpd.read_file(tmp_path / "layer.gpkg", layer=layer) for layer in ("grid", "community"))
    second = merge_inputs(again(grids, communities[list(inputs.communities.columns)], inputs, everything=True))
    came_back(first, second)
    assert [report.violations for report in second.reports] == [report.violations for report in first.reports]


def test_codes_in_a_planners_own_order_survive_a_merge_of_the_whole_city(inputs: Inputs, first: MergeResult) -> None:
    grids = recoded(first.grids, np.random.default_rng(1))
    repeated = again(grids, first.communities, inputs, everything=True)
    second = merge_inputs(replace(repeated, city=replace(repeated.city, rules=ANY_SIZE)))
    kept_codes(grids, second.grids)
    assert not set(second.findings.kind) & {"code_not_kept", "code_retired"}


def test_the_order_of_layers_rows_and_rings_changes_nothing_in_a_whole_city(inputs: Inputs, first: MergeResult) -> None:
    same_merge(first, merge_inputs(shuffled(inputs, np.random.default_rng(1))))
