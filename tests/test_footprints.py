"""Footprints: the polygons of a building register, brought into the city CRS as the register's points were.

(0,100)+---------------+(200,100)
       | [b1]   [b2]   |            one community; b1 and b2 are buildings
  (0,0)+---------------+(200,0)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from gridgeo.city import City, Community, Register, Source
from gridgeo.intake.footprints import read_footprints
from gridgeo.intake.read import read_inputs
from gridgeo.intake.registers import read_register

X, Y = 501_000.0, 3_717_000.0
CRS = "EPSG:4547"
COMMUNITIES = gpd.GeoDataFrame({"code": ["1"], "name": ["甲"]}, geometry=[box(X, Y, X + 200, Y + 100)], crs=CRS)
B1, B2 = box(X + 20, Y + 20, X + 60, Y + 40), box(X + 120, Y + 20, X + 160, Y + 40)


def a_city(folder: Path, *registers: Register) -> City:
    COMMUNITIES.to_file(folder / "c.gpkg")
    community = Community(source=Source(file="c.gpkg", path=folder / "c.gpkg"), code="code")
    return City(
        path=folder / "city.toml", name="x", crs=CRS, layout="plain", precision_m=0.001, community=community,
        agencies=(), registers=registers,
    )  # fmt: skip


def buildings(folder: Path, shapes: list[Any], crs: str = CRS, **entries: Any) -> Register:
    """Write buildings b1, b2 … drawn in the city CRS into a file in another one."""
    path = folder / "buildings.gpkg"
    ids = [f"b{number + 1}" for number in range(len(shapes))]
    gpd.GeoDataFrame({"BID": ids}, geometry=shapes, crs=CRS).to_crs(crs).to_file(path)
    return Register(source=Source(file=path.name, path=path, **entries), kind="building", id="BID")


def read(folder: Path, register: Register) -> gpd.GeoDataFrame:
    city = a_city(folder, register)
    return read_footprints(register, read_register(register, city, COMMUNITIES)[0], city, COMMUNITIES)


@pytest.mark.parametrize("crs", [CRS, "EPSG:4490", "EPSG:4549"])
def test_polygons_come_in_the_city_crs(tmp_path: Path, crs: str) -> None:
    found = read(tmp_path, buildings(tmp_path, [B1, B2], crs))
    assert found.id.tolist() == ["b1", "b2"]
    assert found.crs == CRS
    np.testing.assert_allclose(shapely.hausdorff_distance(found.geometry.values, [B1, B2]), 0, atol=1e-3)


def test_points_are_buildings_without_footprint(tmp_path: Path) -> None:
    register = buildings(tmp_path, [Point(X + 40, Y + 30), Point(X + 140, Y + 30)])
    assert len(read(tmp_path, register)) == 0


def test_parts_of_a_building_and_broken_rings_give_valid_polygons(tmp_path: Path) -> None:
    bow = Polygon([(X + 20, Y + 20), (X + 60, Y + 40), (X + 60, Y + 20), (X + 20, Y + 40)])
    found = read(tmp_path, buildings(tmp_path, [MultiPolygon([B1, B2]), bow]))
    assert found.id.tolist() == ["b1", "b1", "b2", "b2"]
    assert (shapely.get_type_id(found.geometry.values) == 3).all()
    assert shapely.is_valid(found.geometry.values).all()


def test_inputs_carry_the_footprints_of_all_building_registers(tmp_path: Path) -> None:
    inputs = read_inputs(a_city(tmp_path, buildings(tmp_path, [B1, B2])))
    assert inputs.buildings.id.tolist() == ["b1", "b2"]
    assert len(inputs.registers) == 2


def test_a_city_without_registers_has_no_footprints(tmp_path: Path) -> None:
    inputs = read_inputs(a_city(tmp_path))
    assert len(inputs.buildings) == 0
    assert inputs.buildings.crs == CRS
