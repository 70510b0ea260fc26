"""Layers of other programs keep their words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from gridgeo.errors import ReadError
from gridgeo.jobs.files import has_layer, read_layer
from gridgeo.jobs.foreign import layer_names

SQUARES = gpd.GeoDataFrame(
    {"编码": ["0001", "0002"], "户数": [300, 400], "名称": ["沙澧一格", None]},
    geometry=[shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)],
    crs="EPSG:4547",
)

KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>网格</name>
<Placemark><ExtendedData><Data name="编码"><value>0001</value></Data></ExtendedData>
<Point><coordinates>114,33.5</coordinates></Point></Placemark></Document></kml>"""


def unlabelled_shapefile(folder: Path) -> Path:
    """A shapefile in GBK that does not say so."""
    path = folder / "网格.shp"
    pyogrio.write_dataframe(SQUARES, path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = 0
    path.with_suffix(".dbf").write_bytes(dbf)
    return path


def assert_same(table: gpd.GeoDataFrame) -> None:
    assert table["编码"].tolist() == ["0001", "0002"]
    assert table["户数"].tolist() == [300, 400]
    assert table["名称"].tolist()[0] == "沙澧一格"
    assert table["名称"].isna().tolist() == [False, True]
    assert table.geometry.area.tolist() == [10_000.0, 10_000.0]
    assert table.crs == SQUARES.crs


def test_a_shapefile_in_gbk_without_a_word_about_it_is_read(tmp_path: Path) -> None:
    assert_same(read_layer(unlabelled_shapefile(tmp_path)))


def test_the_same_in_an_archive(tmp_path: Path) -> None:
    path = unlabelled_shapefile(tmp_path)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for file in sorted(tmp_path.glob("网格.*")):
            archive.write(file, f"grids{file.suffix}")
    assert path.exists()
    assert_same(read_layer(tmp_path / "packed.zip"))


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "fgb", "gml"])
def test_formats_of_utf8_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    options = {"RFC7946": "NO"} if ending == "geojson" else {"SPATIAL_INDEX": "NO"} if ending == "fgb" else {}
    pyogrio.write_dataframe(SQUARES, tmp_path / f"a.{ending}", **options)
    assert_same(read_layer(tmp_path / f"a.{ending}"))


def test_kml_keeps_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(KML, encoding="utf-8")
    assert layer_names(tmp_path / "a.kml") == ["网格"]
    assert has_layer(tmp_path / "a.kml", "网格")
    table = read_layer(tmp_path / "a.kml")
    assert table["编码"].tolist() == ["0001"]
    assert table.crs == "EPSG:4326"


def test_kml_in_an_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("a.kml", KML)
    with pytest.raises(ReadError, match=r"packed.zip holds KML; unpack it"):
        read_layer(tmp_path / "packed.zip")


def test_a_table_of_another_program_is_no_map_layer(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    with pytest.raises(ReadError, match="cannot be read as a map layer"):
        read_layer(tmp_path / "a.txt")
