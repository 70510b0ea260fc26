"""GeoPackage and shapefiles are read back with every number and name, or refused with a sentence; nothing is cut."""

import csv
import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import shapely
from exported import RECIPE, content, grids

from gridgeo.errors import InputError
from gridgeo.jobs.source import LayerFile
from gridgeo.jobs.spatial_files import SPATIAL, spatial_file
from gridgeo.render.content import Content
from gridgeo.render.footer import INTERNAL
from gridgeo.render.shapefile import COMMUNITY_FIELDS, ENCODING, GRID_FIELDS, NOTES, README


def written(folder: Path, kind: str, shown: Content | None = None) -> Path:
    work = folder / f"work-{kind}"
    work.mkdir()
    file = folder / f"layer.{kind}"
    file.write_bytes(spatial_file(shown or content(), RECIPE, kind, work))
    return file


def unpacked(folder: Path, shown: Content | None = None) -> Path:
    with zipfile.ZipFile(written(folder, "zip", shown)) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def named(**columns: object) -> Content:
    return content(grids(2, 1).assign(**columns))


def test_a_geopackage_gives_every_number_name_and_border_back(tmp_path: Path):
    found = pyogrio.read_dataframe(written(tmp_path, "gpkg"), layer="grid")
    layer = grids().sort_values("code", ignore_index=True)
    for column in layer.columns.drop("geometry"):
        assert found[column].tolist() == layer[column].tolist()
    assert shapely.equals_exact(found.geometry.to_numpy(), layer.geometry.to_numpy(), normalize=True).all()
    assert found.crs == layer.crs


def test_a_geopackage_can_be_drawn_again(tmp_path: Path):
    edition = LayerFile(written(tmp_path, "gpkg")).edition
    assert edition.grids["code"].tolist() == sorted(grids()["code"])
    assert edition.communities["street"].unique().tolist() == ["沙北街道"]


def test_a_geopackage_says_what_it_is_and_names_its_columns_in_chinese(tmp_path: Path):
    file = written(tmp_path, "gpkg")
    told = dict(pyogrio.read_dataframe(file, layer="about").itertuples(index=False))
    assert told["version"] == "V1（2026-11-20 发布）"
    assert told["use"] == INTERNAL
    with sqlite3.connect(file) as database:
        titles = dict(database.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'grid'"))
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert titles["households"] == "户数"
    assert set(titles) == set(pyogrio.read_info(file, layer="grid")["fields"])


def test_qgis_shows_the_classes_of_the_legend(tmp_path: Path):
    table = pyogrio.read_dataframe(written(tmp_path, "gpkg"), layer="layer_styles").set_index("styleName")
    assert table.index.tolist() == ["grid", "community"]
    looks = [ET.fromstring(look) for look in table["styleQML"]]
    shown = [category.get("value") for category in looks[0].iter("category")]
    assert shown == [" ".join(row.label.split()) for row in content().rows]
    assert set(pyogrio.read_dataframe(tmp_path / "layer.gpkg", layer="grid")["class"]) <= set(shown)


def test_shapefiles_are_gbk_and_give_every_number_and_name_back(tmp_path: Path):
    folder = unpacked(tmp_path)
    found = pyogrio.read_dataframe(folder / "grid.shp")
    layer = grids().sort_values("code", ignore_index=True)
    for column in ("code", "full_name", "households", "enterprises", "population", "community_name"):
        assert found[GRID_FIELDS[column]].tolist() == layer[column].tolist()
    assert found["MJ"].tolist() == layer["area_m2"].round(2).tolist()
    assert found["WGLX"].tolist() == ["综合网格"] * 7 + ["专属网格"]
    assert shapely.equals(found.geometry.to_numpy(), layer.geometry.to_numpy()).all()
    assert (folder / "grid.cpg").read_text() == "GBK"
    assert "沙北街道第1社区".encode("gbk") in (folder / "grid.dbf").read_bytes()
    assert pyogrio.read_dataframe(folder / "community.shp")["SQMC"].tolist() == [
        f"沙北街道第{number}社区" for number in (1, 2, 3, 4)
    ]


def test_programs_that_know_no_cpg_find_the_code_page_in_the_dbf(tmp_path: Path):
    folder = unpacked(tmp_path)
    (folder / "grid.cpg").unlink()
    assert pyogrio.read_dataframe(folder / "grid.shp")["SQMC"][0] == "沙北街道第1社区"


def test_field_names_fit_into_ten_bytes_and_are_explained(tmp_path: Path):
    folder = unpacked(tmp_path)
    with (folder / NOTES).open(encoding="utf-8-sig", newline="") as file:
        explained = {(row["文件"], row["字段"]): row["含义"] for row in csv.DictReader(file)}
    for name in ("grid", "community"):
        fields = pyogrio.read_info(folder / f"{name}.shp")["fields"]
        assert all(len(field.encode(ENCODING)) <= 10 for field in fields)
        assert {(f"{name}.shp", field) for field in fields} == {key for key in explained if key[0] == f"{name}.shp"}
    assert explained["grid.shp", "WGBM"] == "网格编码"
    assert INTERNAL in (folder / README).read_text("utf-8-sig")
    assert len(set(GRID_FIELDS.values())) == len(GRID_FIELDS)
    assert len(set(COMMUNITY_FIELDS.values())) == len(COMMUNITY_FIELDS)


def test_whole_numbers_are_short_enough_for_arcgis_to_stay_whole(tmp_path: Path):
    info = pyogrio.read_info(unpacked(tmp_path) / "grid.shp")
    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert types["HS"] == types["RKS"] == "int32"


def test_characters_that_gbk_lacks_are_listed_and_nothing_is_written(tmp_path: Path):
    shown = named(full_name=["䶮𠮷第一网格", "㙍第二网格"])
    with pytest.raises(InputError, match=r"GBK.*𠮷 \(U\+20BB7\).*first at 411102001001001.*\.gpkg") as told:
        spatial_file(shown, RECIPE, "zip", tmp_path)
    assert "column full_name of layer grid" in str(told.value)
    assert not list(tmp_path.iterdir())


def test_a_text_that_dbase_would_cut_is_refused(tmp_path: Path):
    assert unpacked(tmp_path, named(full_name=["甲" * 127, "乙"]))
    with pytest.raises(InputError, match="takes 256 bytes, a shapefile holds 254"):
        spatial_file(named(full_name=["甲" * 128, "乙"]), RECIPE, "zip", tmp_path)


def test_a_zero_byte_would_end_a_text_and_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="zero byte"):
        spatial_file(named(full_name=["甲\0乙", "乙"]), RECIPE, "zip", tmp_path)


@pytest.mark.parametrize("kind", SPATIAL)
def test_one_grid_is_enough(tmp_path: Path, kind: str):
    file = written(tmp_path, kind, content(grids(1, 1)))
    source = f"/vsizip/{file}/grid.shp" if kind == "zip" else str(file)
    layer = {} if kind in ("zip", "geojson") else {"layer": "grid"}
    assert len(pyogrio.read_dataframe(source, **layer)) == 1


@pytest.mark.parametrize("kind", SPATIAL)
def test_the_same_map_gives_the_same_bytes(tmp_path: Path, kind: str):
    files = []
    for name in "ab":
        (tmp_path / name).mkdir()
        files.append(written(tmp_path / name, kind).read_bytes())
    assert files[0] == files[1]


def test_a_grid_of_several_parts_keeps_them(tmp_path: Path):
    table = grids(2, 1)
    parts = shapely.multipolygons([shapely.box(500_000, 3_700_000, 500_040, 3_700_100),
                                   shapely.box(500_060, 3_700_000, 500_100, 3_700_100)])  # fmt: skip
    shown = content(table.set_geometry([parts, table.geometry[1]], crs=table.crs))
    for source in (written(tmp_path, "gpkg", shown), unpacked(tmp_path, shown) / "grid.shp"):
        layer = {"layer": "grid"} if source.suffix == ".gpkg" else {}
        assert pyogrio.read_dataframe(source, **layer).geometry[0].area == 8000


def test_a_full_disk_is_said_and_is_no_traceback_of_gdal(tmp_path: Path):
    with pytest.raises(OSError, match="did not arrive whole"):
        spatial_file(content(), RECIPE, "zip", tmp_path / "missing")


def test_an_unknown_kind_is_the_callers_mistake(tmp_path: Path):
    with pytest.raises(ValueError, match="gpkg, zip"):
        spatial_file(content(), RECIPE, "kml", tmp_path)
