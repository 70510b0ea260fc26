"""The city that benchmarks generate is a seamless layer, the same for the same seed."""

import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from gridgeo import tables

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from city import city, clustered_points


@pytest.mark.parametrize(("grids", "seed", "vertices"), [(1, 1, (100, 400)), (403, 2, (100, 400)), (700, 3, (12, 40))])
def test_the_generated_city_is_one_piece_without_gaps_or_overlaps(grids, seed, vertices):
    layer = city(grids, seed, vertices=vertices)
    shapes = layer.geometry.to_numpy()
    assert len(layer) == grids
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert len(shapely.coverage_union_all(shapes).interiors) == 0
    counts = shapely.get_num_coordinates(shapes) - 1
    assert vertices[0] <= counts.min() <= counts.max() <= vertices[1]
    in_mm = shapely.get_coordinates(shapes) * 1000
    assert np.abs(in_mm - np.rint(in_mm)).max() < 1e-3


def test_the_generated_city_keeps_the_contract_of_a_grid_layer():
    layer = city(50)
    tables.check_table(layer, tables.GRID, "city")
    assert layer["code"].is_monotonic_increasing
    assert layer.geometry.geom_equals_exact(city(50).geometry, 0).all()


def test_nearly_all_generated_points_lie_in_the_city():
    layer = city(200)
    x, y = clustered_points(layer, 5000)
    inside = shapely.contains_xy(layer.union_all(), x, y)
    assert 0.9 < inside.mean() < 1
