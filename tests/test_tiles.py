"""Vector tiles hold every grid with every attribute, and no hairline opens between neighbours at any zoom.

They are read back by GDAL. It is told not to clip: where an edge lies exactly on the edge of a tile, GDAL 3.12 loses
the whole polygon when it cuts the margin off.
"""

from itertools import pairwise
from pathlib import Path

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
from gridgeo.render.layers import community_layer, grid_layer
from gridgeo.render.mvt import POLYGON, encoded, layer_bytes, polygon_commands
from gridgeo.render.pmtiles import Frame, pmtiles, tile_id, varints
from gridgeo.render.tiles import vector_tiles

UNIT_M = 40_075_016.68 / 4096
"""Of zoom 0."""


def archive(tmp_path: Path, table: gpd.GeoDataFrame | None = None) -> Path:
    shown = content(table)
    file = tmp_path / "grids.pmtiles"
    file.write_bytes(vector_tiles(grid_layer(shown), community_layer(shown), about(shown.edition, RECIPE)))
    return file


def read(file: Path, layer: str = "grid", zoom: int = 15) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(file, layer=layer, ZOOM_LEVEL=zoom, CLIP="NO")


def zooms(file: Path) -> range:
    head = file.read_bytes()[:127]
    return range(head[100], head[101] + 1)


def warped(columns: int, rows: int, seed: int = 0) -> gpd.GeoDataFrame:
    """The small city with crooked borders of many vertices."""
    table = grids(columns, rows)
    dense = shapely.segmentize(table.geometry.to_numpy(), 5)
    phase = np.random.default_rng(seed).uniform(0, 6, 4)

    def bent(xy: np.ndarray) -> np.ndarray:
        x, y = xy.T / 37
        return xy + 4 * np.column_stack([np.sin(2 * y + phase[0]) + np.sin(5 * x + phase[1]), np.sin(3 * x + phase[2])])

    return table.set_geometry(shapely.transform(dense, bent), crs=table.crs)


def test_the_last_zoom_holds_every_grid_with_the_numbers_of_the_layer(tmp_path):
    found = read(archive(tmp_path)).drop_duplicates("code").sort_values("code")
    layer = grids().sort_values("code")
    for column in ("code", "full_name", "households", "population", "community_code"):
        assert found[column].tolist() == layer[column].tolist()
    assert found["area_m2"].tolist() == layer["area_m2"].round(2).tolist()
    assert found["mvt_id"].tolist() == list(range(1, 9))


def test_no_zoom_opens_a_gap_or_an_overlap(tmp_path):
    file = archive(tmp_path, warped(8, 6))
    for zoom in zooms(file):
        found = read(file, zoom=zoom)
        whole = found.dissolve("code")
        united = shapely.union_all(whole.geometry.to_numpy())
        unit_m2 = (UNIT_M / 2**zoom) ** 2
        # Beyond its edge a tile cuts a border anew: half a unit at each of a few places.
        assert whole.area.sum() - united.area < 40 * unit_m2
        holes = [shapely.Polygon(ring) for part in shapely.get_parts(united) for ring in part.interiors]
        assert sum(hole.area for hole in holes) < unit_m2


@given(seed=st.integers(0, 1000), scale=st.floats(1, 9))
def test_neighbours_are_rounded_to_the_same_border(seed: int, scale: float):
    shapes = shapely.transform(warped(3, 2, seed).geometry.to_numpy(), lambda xy: (xy - [500_000, 3_700_000]) * scale)
    kept = [drawn for drawn in polygon_commands(shapes) if drawn]
    assert len(kept) == len(shapes)
    edges = {}
    for drawn in kept:
        for one, two in edges_of(drawn):
            edges[one, two] = edges.get((one, two), 0) + 1
    # Outer rings turn the same way, so that a shared edge is there once in each direction.
    twice = [edge for edge in edges if edge[::-1] in edges]
    assert max(edges.values()) == 1
    assert len(twice) > len(edges) / 3


def edges_of(drawn: bytes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Read the commands of one polygon, as the specification says, apart from our own writer."""
    numbers, value, shift = [], 0, 0
    for byte in drawn:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    found, at, ring, position = [], (0, 0), [], 0
    while position < len(numbers):
        command, count = numbers[position] & 7, numbers[position] >> 3
        position += 1
        if command == 7:
            found += list(zip(ring, [*ring[1:], ring[0]], strict=True))
            ring = []
        for _ in range(count if command != 7 else 0):
            step = [(number >> 1) ^ -(number & 1) for number in numbers[position : position + 2]]
            at = (at[0] + step[0], at[1] + step[1])
            ring.append(at)
            position += 2
    return found


def test_holes_turn_against_their_outer_ring():
    ring = shapely.box(0, 0, 90, 90).difference(shapely.box(30, 30, 60, 60))
    area = {30: 0.0, 0: 0.0}
    for one, two in edges_of(polygon_commands(np.array([ring]))[0]):
        area[30 if 30 <= one[0] <= 60 else 0] += (one[0] * two[1] - two[0] * one[1]) / 2
    assert area == {0: 8100.0, 30: -900.0}


def test_a_shape_smaller_than_a_unit_leaves_nothing():
    assert polygon_commands(np.array([shapely.box(0.1, 0.1, 0.3, 0.3)])) == [b""]
    assert polygon_commands(np.empty(0, dtype=object)) == []


def test_labels_stand_inside_their_grids_and_once_each(tmp_path):
    file = archive(tmp_path, warped(4, 2))
    labels, whole = read(file, "label"), warped(4, 2).to_crs("EPSG:3857")
    assert sorted(labels["level"]) == ["community"] * 4 + ["grid"] * 8
    numbers = labels[labels["level"] == "grid"].sort_values("code")
    assert numbers["text"].tolist() == [code[-3:] for code in sorted(whole["code"])]
    shapes = whole.sort_values("code").geometry.to_numpy()
    assert shapely.contains(shapes, numbers.geometry.to_numpy()).all()


def test_a_grid_of_one_square_metre_is_there(tmp_path):
    table = grids(1, 1)
    square = shapely.box(500_000, 3_700_000, 500_001, 3_700_001)
    file = archive(tmp_path, table.set_geometry([square], crs=table.crs))
    assert len(read(file, zoom=max(zooms(file)))) == 1


def test_a_grid_of_no_size_is_an_error(tmp_path):
    table = grids(2, 1)
    speck = shapely.box(500_000, 3_700_000, 500_000.001, 3_700_000.001)
    with pytest.raises(InputError, match="too small for vector tiles"):
        archive(tmp_path, table.set_geometry([speck, table.geometry[1]], crs=table.crs))


def test_the_same_layer_gives_the_same_bytes(tmp_path):
    assert archive(tmp_path).read_bytes() == archive(tmp_path).read_bytes()


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20))
def test_numbers_are_grouped_as_protobuf_groups_them(numbers: list[int]):
    stream, widths = varints(np.array(numbers, np.uint64))
    expected = []
    for number in numbers:
        groups = [number >> 7 * at & 0x7F for at in range(max(1, -(-number.bit_length() // 7)))]
        expected.append(bytes([group | 0x80 for group in groups[:-1]] + groups[-1:]))
    assert stream == b"".join(expected)
    assert widths.tolist() == [len(one) for one in expected]


@pytest.mark.parametrize("zoom", [1, 2, 5])
def test_tiles_are_numbered_along_a_curve_without_jumps(zoom: int):
    side = 1 << zoom
    places = sorted((tile_id(zoom, column, row), column, row) for column in range(side) for row in range(side))
    assert [number for number, *_ in places] == [(4**zoom - 1) // 3 + at for at in range(4**zoom)]
    steps = [abs(one[1] - two[1]) + abs(one[2] - two[2]) for one, two in pairwise(places)]
    assert set(steps) == {1}


def test_an_archive_of_many_tiles_has_leaves_and_is_read_all_the_same(tmp_path):

    drawing = polygon_commands(np.array([shapely.box(0, 0, 4096, 4096)]))
    rng = np.random.default_rng(1)
    tiles = {
        (8, column, row): layer_bytes("grid", POLYGON, [encoded(1, {"code": rng.bytes(9).hex()})], drawing)
        for column in range(110)
        for row in range(110)
    }
    metadata = {"vector_layers": [{"id": "grid", "fields": {"code": "String"}, "minzoom": 8, "maxzoom": 8}]}
    file = tmp_path / "many.pmtiles"
    file.write_bytes(pmtiles(tiles, metadata, Frame(8, 8, (-180, -85, 0, 85))))
    assert pyogrio.read_dataframe(file, layer="grid", ZOOM_LEVEL=8)["code"].nunique() == len(tiles)
