"""GeoJSON keeps the coverage: neighbours have the same vertices after rounding, however near to each other they lie."""

import json

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from exported import RECIPE, content, grids
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.errors import InputError
from gridgeo.render.about import about
from gridgeo.render.geojson import geojson, to_degrees
from gridgeo.render.layers import grid_layer

CRS = "EPSG:4547"


def written(layer: gpd.GeoDataFrame) -> dict:
    return json.loads(geojson(layer, {"title": "测试"}))


def block(side_m: float, columns: int = 4, rows: int = 3, noise_m: float = 0.0, seed: int = 0) -> gpd.GeoDataFrame:
    """A warped lattice of grids on the millimetre."""
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), -1) * side_m
    nodes = np.round(nodes + np.random.default_rng(seed).uniform(-noise_m, noise_m, nodes.shape), 3)
    nodes = nodes + np.array([499_000.123, 3_715_000.456])
    cells = [
        shapely.Polygon(nodes[[i, i + 1, i + 1, i], [j, j, j + 1, j + 1]]) for i in range(columns) for j in range(rows)
    ]
    codes = [f"{number:03d}" for number in range(len(cells))]
    return gpd.GeoDataFrame({"code": codes}, geometry=cells, crs=CRS)


def test_another_reader_finds_every_grid_with_its_numbers_and_names(tmp_path):
    shown = content()
    file = tmp_path / "grids.geojson"
    file.write_bytes(geojson(grid_layer(shown), about(shown.edition, RECIPE)))
    found = pyogrio.read_dataframe(file)
    layer = grids().sort_values("code")
    assert found.crs == "EPSG:4326"
    for column in ("code", "full_name", "households", "population"):
        assert found[column].tolist() == layer[column].tolist()
    assert found["area_m2"].tolist() == layer["area_m2"].round(2).tolist()
    assert shapely.coverage_is_valid(found.geometry.to_numpy())


def test_coordinates_are_longitude_and_latitude_with_seven_decimals():
    tree = written(block(100))
    ring = tree["features"][0]["geometry"]["coordinates"][0]
    assert all(113 < lon < 115 and 33 < lat < 34 for lon, lat in ring)
    assert all(round(number, 7) == number for place in ring for number in place)
    assert ring[0] == ring[-1]


def test_outer_rings_turn_left_and_holes_right():
    outer, inner = shapely.box(0, 0, 90, 90), shapely.box(30, 30, 60, 60)
    shapes = shapely.transform([outer.difference(inner), inner], lambda xy: xy + np.array([499_000, 3_715_000]))
    tree = written(gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=shapes, crs=CRS))
    ring, hole = tree["features"][0]["geometry"]["coordinates"]
    assert shapely.is_ccw(shapely.linearrings(ring))
    assert not shapely.is_ccw(shapely.linearrings(hole))


@given(side_m=st.sampled_from([0.02, 0.1, 1.0, 80.0]), seed=st.integers(0, 10_000))
def test_rounding_keeps_the_coverage_valid_at_any_size(side_m: float, seed: int):
    layer = block(side_m, noise_m=side_m / 4, seed=seed)
    shapes, _ = to_degrees(layer)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()


def test_more_decimals_are_taken_only_where_the_coverage_needs_them():
    assert to_degrees(block(100))[1] == 7
    assert to_degrees(block(0.008))[1] > 7


def test_a_layer_with_faults_is_written_with_its_faults():
    layer = block(100)
    layer.loc[0, "geometry"] = layer.geometry[0].buffer(3)
    shapes, decimals = to_degrees(layer)
    assert decimals == 7
    assert not shapely.coverage_is_valid(shapes)


def test_a_grid_that_vanishes_is_an_error_and_no_empty_shape():
    layer = block(100)
    layer.loc[0, "geometry"] = shapely.box(499_000, 3_715_000, 499_000.00001, 3_715_000.00001)
    with pytest.raises(InputError, match="grid 000 is too small"):
        to_degrees(layer)


def test_a_missing_number_is_null_and_the_margin_stands_beside_the_features():
    layer = block(100).assign(households=[float("nan")] * 12)
    tree = written(layer)
    assert tree["features"][0]["properties"] == {"code": "000", "households": None}
    assert tree["about"] == {"title": "测试"}


def test_the_same_layer_gives_the_same_bytes():
    assert geojson(block(100), {}) == geojson(block(100), {})
