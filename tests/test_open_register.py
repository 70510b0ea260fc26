"""Registers of every format open as the same stream, and nobody guesses a datum."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPoint, Point, box

from gridgeo.errors import CRSError, ReadError, SchemaError
from gridgeo.jobs import stream_vector
from gridgeo.jobs.streams import RegisterFile, open_register, open_stream

POINTS = gpd.GeoDataFrame(
    {"HID": ["001", "2", None, "4"]}, geometry=[Point(1, 2), Point(3, 4), None, Point(7, 8)], crs="EPSG:4547"
)
AREAS = gpd.GeoDataFrame({"HID": [1, 2]}, geometry=[box(0, 0, 1, 1), box(1, 1, 2, 2)], crs="EPSG:4547")


@pytest.fixture(autouse=True)
def pieces_of_two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_vector, "POINTS", 2)
    monkeypatch.setattr(stream_vector, "SHAPES", 1)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.fgb"])
def test_vector_files_are_read_in_pieces_with_their_crs(tmp_path: Path, name: str):
    table = POINTS[:2] if name == "a.fgb" else POINTS
    options = {"SPATIAL_INDEX": "NO"} if name == "a.fgb" else {}
    table.to_file(tmp_path / name, **options)
    stream, crs = open_register(RegisterFile(file=str(tmp_path / name), id="HID"))
    batches = list(stream.batches())
    ids = [text for batch in batches for text in batch.ids.to_pylist()]
    x = np.concatenate([batch.places.x for batch in batches])
    assert ids == ["001", "2", "", "4"][: len(table)]
    assert x == pytest.approx(shapely.get_x(table.geometry), abs=1e-6, nan_ok=True)
    assert [batch.start for batch in batches] == [0, 2][: len(batches)]
    assert not stream.has_shapes
    assert crs == "EPSG:4547"


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp"])
def test_areas_come_as_shapes(tmp_path: Path, name: str):
    AREAS.to_file(tmp_path / name)
    stream, _ = open_register(RegisterFile(file=str(tmp_path / name), id="HID"))
    assert stream.has_shapes
    first, second = stream.batches()
    assert (first.ids.to_pylist(), second.ids.to_pylist()) == (["1"], ["2"])
    assert second.places.shapes[0].normalize() == box(1, 1, 2, 2).normalize()


def test_groups_of_points_have_no_share(tmp_path: Path):
    AREAS.set_geometry([MultiPoint([(0, 0), (1, 1)]), MultiPoint([(3, 3)])]).set_crs("EPSG:4547").to_file(
        tmp_path / "a.gpkg"
    )
    assert not open_register(RegisterFile(file=str(tmp_path / "a.gpkg"), id="HID"))[0].has_shapes


def test_a_layer_is_chosen_by_name_and_must_have_geometry(tmp_path: Path):
    path = tmp_path / "a.gpkg"
    POINTS.to_file(path, layer="p")
    AREAS.to_file(path, layer="a")
    with pytest.raises(ReadError, match="say which one is meant"):
        open_register(RegisterFile(file=str(path), id="HID"))
    assert open_register(RegisterFile(file=f"{path}::p", id="HID"))[0].rows == 4
    with pytest.raises(SchemaError, match="has no column NR; its columns are HID"):
        open_register(RegisterFile(file=f"{path}::a", id="NR"))


def test_the_crs_of_the_command_wins_over_that_of_the_file(tmp_path: Path):
    POINTS.to_file(tmp_path / "a.gpkg")
    assert open_register(RegisterFile(file=str(tmp_path / "a.gpkg"), id="HID", crs="EPSG:4548"))[1] == "EPSG:4548"


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_tables_must_be_told_their_datum_and_columns(tmp_path: Path):
    pd.DataFrame({"HID": ["1"], "X": [1.0], "Y": [2.0]}).to_parquet(tmp_path / "a.parquet")
    file = str(tmp_path / "a.parquet")
    with pytest.raises(CRSError, match="add --crs"):
        open_register(RegisterFile(file=file, id="HID", x="X", y="Y"))
    with pytest.raises(SchemaError, match="has no geometry"):
        open_register(RegisterFile(file=file, id="HID", crs="EPSG:4547"))
    with pytest.raises(SchemaError, match="has no geometry"):
        open_register(RegisterFile(file=file, id="HID", x="X", crs="EPSG:4547"))
    AREAS.set_crs(None, allow_override=True).to_file(tmp_path / "a.shp")
    with pytest.raises(CRSError, match="does not say its coordinate reference system"):
        open_register(RegisterFile(file=str(tmp_path / "a.shp"), id="HID"))
    assert open_stream(RegisterFile(file=str(tmp_path / "a.shp"), id="HID")).crs is None


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp"])
def test_addresses_come_with_the_rows_and_ids_need_not(tmp_path: Path, name: str):
    POINTS.assign(ADDR=["桂花社区 1 号", " ", None, "4"]).to_file(tmp_path / name, encoding="utf-8")
    stream = open_stream(RegisterFile(file=str(tmp_path / name), id=""), text="ADDR")
    batches = list(stream.batches())
    assert [text.strip() for batch in batches for text in batch.text.to_pylist()] == ["桂花社区 1 号", "", "", "4"]
    assert [text for batch in batches for text in batch.ids.to_pylist()] == [""] * 4
    with pytest.raises(SchemaError, match="has no column NR; its columns are HID, ADDR"):
        open_stream(RegisterFile(file=str(tmp_path / name), id=""), text="NR")
