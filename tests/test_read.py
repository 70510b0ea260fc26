"""Reading: every format gives the same squares, and every fault is one sentence or one finding.

(0,100)+---+---+(200,100)
       | a | b |
  (0,0)+---+---+(200,0)      offset by X, Y: near the central meridian of EPSG:4547
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gridgeo.city import Agency, Barrier, City, Community, Exclusive, Register, Source
from gridgeo.errors import InputError, ReadError, SchemaError
from gridgeo.intake.features import read_features
from gridgeo.intake.layer import LayerPlan, read_layer
from gridgeo.intake.read import read_inputs
from gridgeo.model import Finding, Inputs

X, Y = 501_000.0, 3_717_000.0
CRS = "EPSG:4547"
A, B = box(X, Y, X + 100, Y + 100), box(X + 100, Y, X + 200, Y + 100)
WHOLE = box(X, Y, X + 200, Y + 100)
NAMES = ["党建第一网格", "党建第二网格"]


def squares(crs: str | None = CRS, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"ID": ["a", "b"], "NAME": NAMES, **columns}, geometry=[A, B], crs=crs)


def save(table: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drivers warn about what a test plants on purpose
        table.to_file(path, **options)
    return path


def source(path: Path, **entries: Any) -> Source:
    return Source(file=path.name, path=path, **{"crs": CRS, **entries})


def read(path: Path, columns: tuple[str, ...] = ("ID", "NAME"), **entries: Any) -> Any:
    return read_features(source(path, **entries), columns, agency="party")


def plan(path: Path, **entries: Any) -> LayerPlan:
    return LayerPlan(source=source(path, **entries), agency="party", id="ID", columns={})


def community(path: Path, **entries: Any) -> Community:
    return Community(source=source(path), **{"code": "CODE", "name": "NAME", **entries})


def a_city(folder: Path, **entries: Any) -> City:
    path = folder / "communities.gpkg"
    if not path.exists():
        codes = {"CODE": ["411102001001"], "NAME": ["沙澧社区"]}
        save(gpd.GeoDataFrame(codes, geometry=[WHOLE], crs=CRS), path)
    defaults: dict[str, Any] = {"community": community(path), "agencies": (), "layout": "gb15"}
    return City(path=folder / "city.toml", name="漯河市", crs=CRS, precision_m=0.001, **{**defaults, **entries})


def agency(path: Path, **entries: Any) -> Agency:
    return Agency(source=source(path, **entries), key="party", name="党建网格", id="ID", label="NAME", base=True)


def read_agency(folder: Path, table: gpd.GeoDataFrame) -> Inputs:
    path = save(table, folder / "party.gpkg", geometry_type="Unknown")
    return read_inputs(a_city(folder, agencies=(agency(path),)))


def kinds(findings: Any, kind: str) -> list[Finding]:
    return [finding for finding in findings if finding.kind == kind]


def assert_squares(features: Any) -> None:
    assert_texts(features)
    for shape, square in zip(features.table.geometry, (A, B), strict=True):
        assert shapely.equals_exact(shapely.normalize(shape), shapely.normalize(square), 1e-3)


def assert_texts(features: Any) -> None:
    assert features.table["ID"].tolist() == ["a", "b"]
    assert features.table["NAME"].tolist() == NAMES


def assert_near(shapes: Any, within_m: float) -> None:
    assert (shapely.hausdorff_distance(shapes.to_numpy(), [A, B]) < within_m).all()


# --- formats -----------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson", "fgb", "gdb", "gml"])
def test_gis_formats_give_the_same_squares(tmp_path: Path, ending: str) -> None:
    options = {"driver": "GeoJSON", "RFC7946": "NO"} if ending == "geojson" else {}
    options = {"driver": "FlatGeobuf", "SPATIAL_INDEX": "NO"} if ending == "fgb" else options
    path = save(squares(), tmp_path / f"layer.{ending}", **options)
    features = read(path)
    assert_squares(_single(features))
    assert features.table.crs is not None


def _single(features: Any) -> Any:
    """FileGDB wraps every polygon into a multipolygon."""
    features.table.geometry = [g.geoms[0] if isinstance(g, MultiPolygon) else g for g in features.table.geometry]
    return features


def test_kml_is_read_in_degrees(tmp_path: Path) -> None:
    table = squares().to_crs("EPSG:4326").rename(columns={"ID": "WGBH"})
    features = read(save(table, tmp_path / "layer.kml", driver="KML"), ("WGBH",))
    assert features.table["WGBH"].tolist() == ["a", "b"]
    assert features.table.crs == "EPSG:4326"
    assert shapely.hausdorff_distance(features.table.to_crs(CRS).geometry[0], A) < 0.01


TOPOJSON = """{"type": "Topology", "objects": {"zone": {"type": "GeometryCollection", "geometries": [
 {"type": "Polygon", "properties": {"CODE": "a"}, "arcs": [[0, 1]]},
 {"type": "Polygon", "properties": {"CODE": "b"}, "arcs": [[2, -2]]}]}},
 "arcs": [[[1, 1], [0, 1], [0, 0], [1, 0]], [[1, 0], [1, 1]], [[1, 1], [2, 1], [2, 0], [1, 0]]]}"""


@pytest.mark.parametrize("packed", [False, True])
def test_topojson_and_gzip(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("zones.topojson.gz" if packed else "zones.topojson")
    path.write_bytes(gzip.compress(TOPOJSON.encode()) if packed else TOPOJSON.encode())
    table = read(path, ("CODE",)).table
    assert table["CODE"].tolist() == ["a", "b"]
    assert [g.area for g in table.geometry] == [1.0, 1.0]


def test_geojson_in_gzip_is_unpacked(tmp_path: Path) -> None:
    path = save(squares().to_crs("EPSG:4326"), tmp_path / "z.geojson", COORDINATE_PRECISION="9")
    packed = tmp_path / "z.geojson.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    features = read(packed)
    assert features.findings == []
    assert_texts(features)
    assert_near(features.table.to_crs(CRS).geometry, 1e-3)


MIF = """Version 300
Charset "{charset}"
Delimiter ","
Columns 2
  ID Char(10)
  名称 Char(20)
Data

Region 1
  5
0 0
1 0
1 1
0 1
0 0
"""


@pytest.mark.parametrize("charset", ["WindowsSimpChinese", "Neutral"])
def test_mapinfo_text_is_read_whatever_its_charset_says(tmp_path: Path, charset: str) -> None:
    (tmp_path / "z.mif").write_bytes(MIF.format(charset=charset).encode("gbk"))
    (tmp_path / "z.mid").write_bytes('"a","党建一格"\n'.encode("gbk"))
    table = read(tmp_path / "z.mif", ("ID", "名称")).table
    assert table["名称"].tolist() == ["党建一格"]


def test_mapinfo_table_in_cp936_is_read_with_its_chinese_columns(tmp_path: Path) -> None:
    path = save(squares(网格名称=NAMES), tmp_path / "网格.tab", driver="MapInfo File", ENCODING="CP936")
    assert b"WindowsSimpChinese" in path.read_bytes()
    assert NAMES[0].encode("gbk") in path.with_suffix(".dat").read_bytes()
    features = read(path, ("ID", "NAME", "网格名称"))
    assert_texts(features)
    assert_near(features.table.geometry, 0.02)  # MapInfo keeps whole numbers: centimetres over the whole zone
    assert features.table["网格名称"].tolist() == NAMES
    assert features.findings == []


def test_mapinfo_table_of_no_charset_is_read_by_its_bytes_and_told(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "网格.tab", driver="MapInfo File", encoding="CP936")
    assert b"Neutral" in path.read_bytes()
    features = read(path)
    assert_texts(features)
    assert [finding.kind for finding in features.findings] == ["encoding"]


def test_zipped_shapefile_with_a_chinese_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.shp.zip", "w") as archive:
        for part in _shapefile_parts(tmp_path / "in", "网格"):
            archive.write(part, f"数据/{part.name}")
    assert_squares(read(tmp_path / "z.shp.zip"))


def _shapefile_parts(folder: Path, stem: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    save(squares(), folder / f"{stem}.shp", encoding="UTF-8")
    return sorted(folder.glob(f"{stem}.*"))


def test_zipped_filegdb(tmp_path: Path) -> None:
    gdb = save(squares(), tmp_path / "in.gdb")
    with zipfile.ZipFile(tmp_path / "z.gdb.zip", "w") as archive:
        for part in gdb.iterdir():
            archive.write(part, f"in.gdb/{part.name}")
    assert_squares(_single(read(tmp_path / "z.gdb.zip")))


def test_zip_with_several_shapefiles_lists_them_and_layer_chooses(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for stem in ("first", "second"):
            for part in _shapefile_parts(tmp_path / "in", stem):
                archive.write(part, part.name)
    with pytest.raises(
        ReadError, match=r"two\.zip: holds 2 datasets \(first, second\); name one with layer = \"first\""
    ):
        read(path)
    assert_squares(read(path, layer="second"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_with_wkt(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "z.csv"
    text = f'ID;NAME;WKT\na;{NAMES[0]};"{A.wkt}"\nb;{NAMES[1]};"{B.wkt}"\n'
    path.write_bytes(text.encode(encoding))
    assert_squares(read(path))


def test_csv_rows_in_two_encodings(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    path.write_bytes(f"ID,NAME,WKT\na,{NAMES[0]},POINT EMPTY\n".encode() + f"b,{NAMES[1]},\n".encode("gbk"))
    features = read(path)
    assert features.table["NAME"].tolist() == NAMES
    assert [f.kind for f in features.findings] == ["mixed_encoding"]


def test_excel_codes_stay_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ID", "NAME", "wkt"])
    book.active.append(["0301", NAMES[0], A.wkt])
    book.active.append([1054, NAMES[1], B.wkt])
    book.save(tmp_path / "z.xlsx")
    table = read(tmp_path / "z.xlsx").table
    assert table["ID"].tolist() == ["0301", "1054"]
    assert table.geometry.area.tolist() == [10_000.0, 10_000.0]


def test_excel_with_several_sheets_lists_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ID"])
    book.create_sheet("网格").append(["ID"])
    book.save(tmp_path / "z.xlsx")
    with pytest.raises(ReadError, match=r"2 sheets \(Sheet, 网格\)"):
        read(tmp_path / "z.xlsx")
    with pytest.raises(ReadError, match="no sheet '网各', did you mean '网格'"):
        read(tmp_path / "z.xlsx", layer="网各")


def _entity(kind: str, *pairs: tuple[int, object]) -> str:
    return "".join(f"{code}\n{value}\n" for code, value in ((0, kind), *pairs))


def _dxf(path: Path, *entities: str) -> Path:
    path.write_text("0\nSECTION\n2\nENTITIES\n" + "".join(entities) + "0\nENDSEC\n0\nEOF\n", encoding="utf-8")
    return path


def _polyline(handle: str, points: list[tuple[float, float]], closed: int) -> str:
    corners = [pair for x, y in points for pair in ((10, x), (20, y))]
    return _entity("LWPOLYLINE", (5, handle), (8, "G"), (90, len(points)), (70, closed), *corners)


def _line(handle: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return _entity("LINE", (5, handle), (8, "G"), (10, x1), (20, y1), (11, x2), (21, y2))


def test_dxf_outlines_become_polygons(tmp_path: Path) -> None:
    path = _dxf(
        tmp_path / "plan.dxf",
        _polyline("A1", [(0, 0), (10, 0), (10, 10), (0, 10)], closed=1),
        _polyline("A2", [(20, 0), (30, 0), (30, 10), (20, 10), (20, 0.2)], closed=0),
        _line("A3", 40, 0, 50, 0),
        _line("A4", 50, 0.1, 50, 10),
        _line("A5", 50, 10, 40, 0),
        _line("A6", 70, 0, 80, 0),
        _entity("TEXT", (5, "A7"), (8, "T"), (10, 5), (20, 5), (40, 1), (1, "W-7")),
    )
    features = read(path, ("EntityHandle", "Layer", "Text"))
    assert features.table["EntityHandle"].tolist() == ["A1", "A2", "A3"]
    assert features.table["Text"].tolist() == ["W-7", "", ""]
    assert features.table.geometry.area.round().tolist() == [100, 100, 50]
    assert [f.kind for f in features.findings] == ["open_outline", "open_outline"]
    assert "图层“G”有 1 条线围不成面" in features.findings[1].text


def test_polylines_of_old_drawings_become_polygons(tmp_path: Path) -> None:
    corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
    vertices = [_entity("VERTEX", (8, "G"), (10, x), (20, y), (30, 0)) for x, y in corners]
    head = _entity("POLYLINE", (5, "A1"), (8, "G"), (66, 1), (10, 0), (20, 0), (30, 0), (70, 1))
    features = read(_dxf(tmp_path / "r12.dxf", head, *vertices, _entity("SEQEND", (8, "G"))), ("EntityHandle", "Layer"))
    assert features.table.drop(columns="geometry").to_numpy().tolist() == [["A1", "G"]]
    assert features.table.geometry.area.tolist() == [100]
    assert not features.table.geometry[0].interiors


@pytest.mark.parametrize("old", [False, True])
def test_bulges_of_a_drawing_are_arcs(tmp_path: Path, old: bool) -> None:
    """A bulge of 1 is half a circle: the square of 10 m has one on its right side."""
    corners = [(0, 0, 0), (10, 0, 1), (10, 10, 0), (0, 10, 0)]
    if old:
        head = _entity("POLYLINE", (5, "A1"), (8, "G"), (66, 1), (70, 1))
        vertices = [_entity("VERTEX", (8, "G"), (10, x), (20, y), (42, bulge)) for x, y, bulge in corners]
        entities = [head, *vertices, _entity("SEQEND", (8, "G"))]
    else:
        pairs = [pair for x, y, bulge in corners for pair in ((10, x), (20, y), (42, bulge))]
        entities = [_entity("LWPOLYLINE", (5, "A1"), (8, "G"), (90, 4), (70, 1), *pairs)]
    shape = read(_dxf(tmp_path / "arc.dxf", *entities), ("EntityHandle",)).table.geometry[0]
    assert shape.area == pytest.approx(100 + np.pi * 5**2 / 2, rel=0.002)
    assert shape.bounds == pytest.approx((0, 0, 15, 10), abs=0.02)


def test_a_drawing_that_encloses_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no line of the drawing encloses an area"):
        read(_dxf(tmp_path / "plan.dxf", _line("A1", 0, 0, 10, 0)), ("Layer",))


def test_a_drawing_keeps_its_open_lines_where_lines_are_needed(tmp_path: Path) -> None:
    path = _dxf(tmp_path / "road.dxf", _line("A1", X, Y, X + 10, Y))
    barriers = (Barrier(source=source(path), kind="street"),)
    assert read_inputs(a_city(tmp_path, barriers=barriers)).barriers.geometry.length.tolist() == [10.0]


def _header(**entries: str) -> str:
    """Return the header of a drawing."""
    codes = {"DWGCODEPAGE": 3, "ACADVER": 1}
    lines = [f"9\n${name}\n{codes[name]}\n{value}\n" for name, value in entries.items()]
    return "".join(["0\nSECTION\n2\nHEADER\n", *lines, "0\nENDSEC\n"])


def _chinese_drawing(path: Path, encoding: str, header: str = "", text: str = "党建一格") -> Path:
    """Write a square on the layer 网格 with a text in it, and another square on the layer 地块."""
    corners = [(X, Y), (X + 10, Y), (X + 10, Y + 10), (X, Y + 10)]
    square = _polyline("A1", corners, closed=1)
    label = _entity("TEXT", (5, "A7"), (8, "T"), (10, X + 5), (20, Y + 5), (40, 1), (1, text))
    _dxf(path, square.replace("\nG\n", "\n网格\n"), square.replace("\nG\n", "\n地块\n").replace("A1", "A2"), label)
    path.write_bytes((header + path.read_text(encoding="utf-8")).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "header", "said"),
    [
        ("gbk", "", "没有说明编码（无 $DWGCODEPAGE），按内容判为 GBK"),
        ("gbk", _header(ACADVER="AC1015"), "没有说明编码（无 $DWGCODEPAGE），按内容判为 GBK"),
        ("gbk", _header(DWGCODEPAGE="ANSI_1252"), "声明的编码是 cp1252，内容却是 GBK"),
        ("gbk", _header(ACADVER="AC1021", DWGCODEPAGE="ANSI_936"), "声明的编码是 utf-8，内容却是 GBK"),
        ("utf-8", _header(ACADVER="AC1015", DWGCODEPAGE="ANSI_936"), "声明的编码是 gb18030，内容却是 UTF-8"),
        ("gbk", _header(DWGCODEPAGE="ANSI_936"), None),
        ("utf-8", _header(ACADVER="AC1032", DWGCODEPAGE="ANSI_936"), None),
        ("utf-8-sig", "", None),
    ],
)
def test_text_of_a_drawing_is_read_by_its_bytes_and_told(
    tmp_path: Path, encoding: str, header: str, said: str | None
) -> None:
    features = read(_chinese_drawing(tmp_path / "plan.dxf", encoding, header), ("Layer", "Text"))
    assert features.table.drop(columns="geometry").to_numpy().tolist() == [["网格", "党建一格"], ["地块", "党建一格"]]
    told = kinds(features.findings, "encoding")
    assert len(told) == len(features.findings) == (1 if said else 0)
    assert all(finding.severity == "warning" and str(said) in finding.text for finding in told)


def test_a_chinese_filter_and_a_stated_encoding_work_on_a_drawing(tmp_path: Path) -> None:
    path = _chinese_drawing(tmp_path / "plan.dxf", "gbk")
    features = read(path, ("Layer",), where="Layer = '网格'", encoding="GB18030")
    assert features.table["Layer"].tolist() == ["网格"]
    assert features.findings == []


def test_accented_letters_of_a_western_drawing_stay_what_they_are(tmp_path: Path) -> None:
    path = _dxf(tmp_path / "plan.dxf", _polyline("A1", [(0, 0), (10, 0), (10, 10), (0, 10)], closed=1))
    lines = path.read_text().replace("\nG\n", "\nRésidence Größe\n")
    path.write_bytes((_header(DWGCODEPAGE="ANSI_1252") + lines).encode("cp1252"))
    features = read(path, ("Layer",))
    assert features.table["Layer"].tolist() == ["Résidence Größe"]
    assert features.findings == []


def test_a_drawing_pasted_together_from_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    path = _chinese_drawing(tmp_path / "plan.dxf", "gbk")
    path.write_bytes(path.read_bytes().replace("地块".encode("gbk"), "地块".encode()))
    features = read(path, ("Layer", "Text"))
    assert features.table["Layer"].tolist() == ["网格", "地块"]
    assert [finding.kind for finding in features.findings] == ["mixed_encoding"]


# --- shapefiles ----------------------------------------------------------------


def test_gbk_shapefile_without_cpg_is_read_and_told(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "z.shp", encoding="GBK")
    _forget_encoding(path)
    features = read(path)
    assert_squares(features)
    assert [f.kind for f in features.findings] == ["encoding"]


def _forget_encoding(path: Path) -> None:
    path.with_suffix(".cpg").unlink()
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = 0
    path.with_suffix(".dbf").write_bytes(bytes(dbf))


def test_chinese_column_names_and_filters_work_in_gbk(tmp_path: Path) -> None:
    path = save(squares().rename(columns={"NAME": "名称"}), tmp_path / "z.shp", encoding="GBK")
    _forget_encoding(path)
    assert read(path, ("名称",), where=f"名称 = '{NAMES[1]}'").table["名称"].tolist() == [NAMES[1]]


def test_rows_of_one_dbf_in_two_encodings(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "z.shp", encoding="UTF-8")
    _forget_encoding(path)
    dbf = path.with_suffix(".dbf").read_bytes()
    old, new = NAMES[1].encode(), NAMES[1].encode("gbk")
    path.with_suffix(".dbf").write_bytes(dbf.replace(old, new.ljust(len(old))))
    features = read(path)
    assert_squares(features)
    assert [f.kind for f in features.findings] == ["mixed_encoding"]


@pytest.mark.parametrize("damage", [lambda shx: shx.write_bytes(b""), lambda shx: shx.unlink()])
def test_a_lost_shx_is_rebuilt_and_told(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    path = save(squares(), tmp_path / "z.shp")
    damage(path.with_suffix(".shx"))
    before = sorted((p.name, p.stat().st_size) for p in tmp_path.iterdir())
    features = read(path)
    assert_squares(features)
    assert [f.kind for f in features.findings] == ["shx_rebuilt"]
    assert sorted((p.name, p.stat().st_size) for p in tmp_path.iterdir()) == before


def _cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda p: _cut(p, 0), "the file is empty"),
        (lambda p: _cut(p, 150), "the .shp is cut off"),
        (lambda p: _cut(p.with_suffix(".dbf"), 0), "the .dbf with the attributes is empty"),
        (lambda p: _cut(p.with_suffix(".dbf"), 120), "the .dbf is cut off"),
        (lambda p: p.with_suffix(".dbf").unlink(), "the .dbf with the attributes is missing"),
        (
            lambda p: save(squares()[:1], p.parent / "o.shp").with_suffix(".dbf").rename(p.with_suffix(".dbf")),
            "2 shapes but 1",
        ),
    ],
)
def test_a_damaged_shapefile_is_refused(tmp_path: Path, damage: Callable[[Path], Any], said: str) -> None:
    path = save(squares(), tmp_path / "z.shp")
    damage(path)
    with pytest.raises(ReadError, match=said):
        read(path)


# --- refusals ------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"none\.gpkg: file not found"):
        read(tmp_path / "none.gpkg")


@pytest.mark.parametrize("name", ["z.gpkg", "z.geojson", "z.zip", "z.geojson.gz", "z.xlsx", "z.kml", "z.doc"])
def test_an_unreadable_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is no map\x00\xff")
    with pytest.raises(ReadError) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_several_layers_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "z.gpkg"
    save(squares(), path, layer="grid")
    save(squares(), path, layer="other")
    with pytest.raises(ReadError, match=r'2 layers \(grid, other\); name one with layer = "grid"'):
        read(path)
    with pytest.raises(ReadError, match="no layer 'gird', did you mean 'grid'"):
        read(path, layer="gird")
    assert_squares(read(path, layer="other"))


def test_a_style_table_beside_the_layer_is_no_second_layer(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "z.gpkg")
    pyogrio.write_dataframe(squares().drop(columns="geometry"), path, layer="layer_styles", append=False)
    assert_squares(read(path))


def test_a_wrong_column_is_told_with_the_nearest_and_all_others(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "z.gpkg")
    with pytest.raises(SchemaError, match=r"no column 'NAMES', did you mean 'NAME'; the columns are: ID, NAME"):
        read(path, ("ID", "NAMES"))


def test_an_empty_layer_and_a_filter_that_selects_nothing(tmp_path: Path) -> None:
    path = save(squares()[:0], tmp_path / "empty.gpkg", geometry_type="Polygon")
    with pytest.raises(ReadError, match="the layer is empty; export it again"):
        read(path)
    with pytest.raises(ReadError, match="selects nothing"):
        read(save(squares(), tmp_path / "z.gpkg"), where="ID = 'z'")


def test_a_broken_filter_is_told(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"where = 'IDD = 1' fails"):
        read(save(squares(), tmp_path / "z.gpkg"), where="IDD = 1")


def test_broken_wkt_names_the_record(tmp_path: Path) -> None:
    (tmp_path / "z.csv").write_text("ID,NAME,wkt\na,x,POINT (1 1)\nb,y,POLYGON ((1 1\n")
    with pytest.raises(ReadError, match="record 2: no valid WKT"):
        read(tmp_path / "z.csv")


@pytest.mark.parametrize(("shape", "word"), [(Point(X, Y), "points"), (LineString([(X, Y), (X, Y + 9)]), "lines")])
def test_only_points_or_lines_where_polygons_are_needed(tmp_path: Path, shape: Any, word: str) -> None:
    with pytest.raises(ReadError, match=f"party.gpkg: only {word} where polygons are needed"):
        read_agency(tmp_path, gpd.GeoDataFrame({"ID": ["a"], "NAME": [""]}, geometry=[shape], crs=CRS))


def test_coordinates_that_are_no_numbers_name_the_feature(tmp_path: Path) -> None:
    (tmp_path / "z.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"ID":"x7"},'
        '"geometry":{"type":"Polygon","coordinates":[[[114,33],[114.1,NaN],[114.1,33.1],[114,33]]]}}]}'
    )
    with pytest.raises(ReadError, match=r"z\.geojson: coordinates of feature 'x7' \(record 1\)"):
        read_layer(plan(tmp_path / "z.geojson"), a_city(tmp_path), None)


def test_codes_that_a_spreadsheet_turned_into_numbers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "z.csv").write_text(f'ID,wkt\n4.11102E+14,"{A.wkt}"\n')
    with pytest.raises(SchemaError, match=r"column 'ID' are codes .* first record 1: 4\.11102E\+14"):
        read_layer(plan(tmp_path / "z.csv"), a_city(tmp_path), None)


def test_codes_read_as_floats_lose_their_zero(tmp_path: Path) -> None:
    path = save(squares(CODE=[1054.0, np.nan]), tmp_path / "z.gpkg")
    assert read(path, ("CODE",)).table["CODE"].tolist() == ["1054", ""]


# --- geometry --------------------------------------------------------------------


def test_heights_are_dropped_and_told(tmp_path: Path) -> None:
    raised = squares().set_geometry(shapely.force_3d(squares().geometry.to_numpy(), 7.0), crs=CRS)
    inputs = read_agency(tmp_path, raised)
    assert not inputs.agencies[0].features.geometry.has_z.any()
    (finding,) = kinds(inputs.findings, "dropped_z")
    assert finding.severity == "note"
    assert "2 个图形" in finding.text


def test_rings_that_do_not_close_are_closed_and_told(tmp_path: Path) -> None:
    path = save(squares()[:1], tmp_path / "z.gpkg", geometry_type="Unknown", SPATIAL_INDEX="NO")
    ring = struct.pack("<II", 1, 4) + b"".join(struct.pack("<dd", *xy) for xy in list(A.exterior.coords)[:4])
    blob = b"GP\x00\x01" + struct.pack("<i", 4547) + struct.pack("<BI", 1, 3) + ring
    with sqlite3.connect(path) as base:
        base.execute("UPDATE z SET geom = ?", (blob,))
    base.close()
    features = read(path)
    assert features.table.geometry[0].equals(A)
    assert [f.kind for f in features.findings] == ["open_ring"]


def test_curves_are_linearised(tmp_path: Path) -> None:
    path = save(squares()[:1], tmp_path / "z.gpkg", geometry_type="Unknown", SPATIAL_INDEX="NO")
    points = [(X, Y), (X + 1, Y + 1), (X + 2, Y), (X + 1, Y - 1), (X, Y)]
    arc = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *point) for point in points)
    blob = b"GP\x00\x01" + struct.pack("<i", 4547) + struct.pack("<BII", 1, 10, 1) + arc
    with sqlite3.connect(path) as base:
        base.execute("UPDATE z SET geom = ?", (blob,))
    base.close()
    circle = read(path).table.geometry[0]
    assert isinstance(circle, Polygon)
    assert circle.area == pytest.approx(np.pi, rel=0.01)


def test_mixed_shapes_keep_the_polygons_and_tell_the_rest(tmp_path: Path) -> None:
    collection = shapely.GeometryCollection([B, Point(X, Y)])
    table = gpd.GeoDataFrame(
        {"ID": ["a", "b", "c", "d"], "NAME": [""] * 4}, geometry=[A, collection, Point(X, Y), None], crs=CRS
    )
    inputs = read_agency(tmp_path, table)
    features = inputs.agencies[0].features
    assert features["source_id"].tolist() == ["a", "b", "c", "d"]
    assert features.geometry.isna().tolist() == [False, False, True, True]
    assert features.geometry[1].equals(B)
    told = {f.kind: (f.source_id, f.severity) for f in inputs.findings if f.source_id}
    assert told["geometry_collection"] == ("b", "warning")
    assert told["other_geometry"] == ("c", "error")
    assert told["null_geometry"] == ("d", "error")
    assert "无图形" in kinds(inputs.findings, "null_geometry")[0].text


# --- ids --------------------------------------------------------------------------


def test_ids_are_cleaned_completed_and_told(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {"ID": ["ＰＡ０１", " PA02\u3000", None, "PA02"], "NAME": [""] * 4},
        geometry=[A, B, A, B],
        crs=CRS,
    )
    inputs = read_agency(tmp_path, table)
    assert inputs.agencies[0].features["source_id"].tolist() == ["PA01", "PA02", "row-3", "PA02"]
    assert [f.source_id for f in kinds(inputs.findings, "twisted_ids")] == ["PA01", "PA02"]
    (missing,) = kinds(inputs.findings, "missing_id")
    assert (missing.source_id, missing.geometry.within(A)) == ("row-3", True)
    (duplicate,) = kinds(inputs.findings, "duplicate_id")
    assert duplicate.source_id == "PA02"
    assert "第 2、4 条记录" in duplicate.text


def test_findings_beyond_two_hundred_are_summed_up(tmp_path: Path) -> None:
    rows = 250
    table = gpd.GeoDataFrame(
        {"ID": [f"g{i}" for i in range(rows)], "NAME": [""] * rows}, geometry=[A, *[None] * (rows - 1)], crs=CRS
    )
    told = kinds(read_agency(tmp_path, table).findings, "null_geometry")
    assert len(told) == 201
    assert "另有 49 条记录" in told[-1].text
    assert "共 249 条" in told[-1].text


# --- communities --------------------------------------------------------------------


def communities(folder: Path, rows: list[tuple[Any, str, Any]], **entries: Any) -> Inputs:
    codes, names, shapes = zip(*rows, strict=True)
    path = folder / "c.gpkg"
    save(gpd.GeoDataFrame({"CODE": codes, "NAME": names}, geometry=list(shapes), crs=CRS), path)
    return read_inputs(a_city(folder, community=community(path), **entries))


def test_communities_come_with_code_name_and_parents(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {"CODE": [411102001001, 411102001002], "NAME": ["沙澧", ""], "STREET": ["老街", "老街"]},
        geometry=[A, B],
        crs=CRS,
    )
    path = save(table, tmp_path / "c.gpkg")
    inputs = read_inputs(a_city(tmp_path, community=community(path, parents={"street": "STREET"})))
    assert list(inputs.communities) == ["code", "name", "street", "geometry"]
    assert inputs.communities["code"].tolist() == ["411102001001", "411102001002"]
    assert inputs.communities["name"].tolist() == ["沙澧", "411102001002"]


def test_parts_of_one_community_are_put_together(tmp_path: Path) -> None:
    inputs = communities(tmp_path, [("411102001001", "沙澧", A), ("411102001001", "沙澧", B)])
    assert inputs.communities["code"].tolist() == ["411102001001"]
    assert inputs.communities.geometry[0].equals(WHOLE)
    assert [f.source_id for f in kinds(inputs.findings, "multipart_community")] == ["411102001001"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("411102001001", "甲", A), ("411102001001", "乙", B)], "records 1 and 2 with different names"),
        ([("411102001001", "甲", A), ("411102001001", "甲", A)], "records 1 and 2, which overlap by 10000 m2"),
        ([("41110200100", "甲", A)], "must hold 12 digits .* record 1 has '41110200100'"),
        ([("411102001001", "甲", A), (None, "乙", B)], "record 2 has none"),
    ],
)
def test_wrong_community_codes_are_refused(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        communities(tmp_path, rows)


def test_plain_layout_takes_any_code(tmp_path: Path) -> None:
    assert communities(tmp_path, [("A-1", "甲", A)], layout="plain").communities["code"].tolist() == ["A-1"]


def test_a_community_without_geometry_is_told_and_left_out(tmp_path: Path) -> None:
    inputs = communities(tmp_path, [("411102001001", "甲", A), ("411102001002", "乙", None)])
    assert inputs.communities["code"].tolist() == ["411102001001"]
    (finding,) = kinds(inputs.findings, "null_geometry")
    assert (finding.agency, finding.source_id) == ("community", "411102001002")


# --- the whole city ---------------------------------------------------------------------


def test_barriers_are_single_lines_and_polygons_give_their_outlines(tmp_path: Path) -> None:
    lines = shapely.MultiLineString([[(X, Y), (X + 5, Y)], [(X, Y + 9), (X + 5, Y + 9)]])
    road = save(gpd.GeoDataFrame({"N": [1]}, geometry=[lines], crs=CRS), tmp_path / "road.gpkg")
    lake = save(gpd.GeoDataFrame({"N": [1]}, geometry=[A], crs=CRS), tmp_path / "lake.gpkg")
    barriers = (
        Barrier(source=source(road), kind="street"),
        Barrier(source=source(lake), kind="river", hard=True),
    )
    table = read_inputs(a_city(tmp_path, barriers=barriers)).barriers
    assert table["kind"].tolist() == ["street", "street", "river"]
    assert table["hard"].tolist() == [False, False, True]
    assert set(table.geom_type) == {"LineString"}


def test_exclusive_sites_carry_name_and_department(tmp_path: Path) -> None:
    path = save(squares(DEPT=["教育局", "城管局"]), tmp_path / "parks.gpkg")
    site = Exclusive(source=source(path), id="ID", name="NAME", department="DEPT")
    table = read_inputs(a_city(tmp_path, exclusives=(site,))).exclusives
    assert table.drop(columns="geometry").to_dict("list") == {
        "id": ["a", "b"],
        "name": NAMES,
        "department": ["教育局", "城管局"],
    }


def test_a_city_without_optional_inputs_has_empty_tables_of_the_same_shape(tmp_path: Path) -> None:
    inputs = read_inputs(a_city(tmp_path))
    assert list(inputs.barriers) == ["kind", "hard", "geometry"]
    assert list(inputs.exclusives) == ["id", "name", "department", "geometry"]
    assert list(inputs.registers) == ["kind", "id", "x", "y", "count", "population", "address"]
    assert inputs.agencies == ()


def test_agency_layers_carry_what_the_city_file_says(tmp_path: Path) -> None:
    layer = read_agency(tmp_path, squares()).agencies[0]
    assert (layer.key, layer.name, layer.weight, layer.accuracy_m, layer.base) == ("party", "党建网格", 1.0, 15.0, True)
    assert layer.features["label"].tolist() == NAMES
    assert layer.features.crs == CRS


def test_a_stated_shift_moves_inputs_of_every_kind_and_each_is_told(tmp_path: Path) -> None:
    off = squares().set_geometry([shapely.transform(shape, lambda xy: xy - (7.5, -3.0)) for shape in (A, B)])
    path = save(off, tmp_path / "off.gpkg")
    given = source(path, shift_m=(7.5, -3.0))
    inputs = read_inputs(
        a_city(
            tmp_path,
            agencies=(Agency(source=given, key="party", name="党建网格", id="ID"),),
            barriers=(Barrier(source=given, kind="wall"),),
            exclusives=(Exclusive(source=given, id="ID"),),
            registers=(Register(source=given, kind="building", id="ID"),),
        )
    )
    for table in (inputs.agencies[0].features, inputs.exclusives, inputs.buildings):
        assert shapely.equals_exact(shapely.normalize(table.geometry), shapely.normalize([A, B]), 1e-6).all()
    assert inputs.barriers.total_bounds == pytest.approx(WHOLE.bounds, abs=1e-6)
    assert shapely.within(shapely.points(inputs.registers[["x", "y"]]), [A, B]).all()
    told = kinds(inputs.findings, "shift")
    assert [finding.agency for finding in told] == ["party", "barrier", "exclusive", "building"]
    assert all("dx=+7.50 m、dy=-3.00 m，距离 8.08 m" in finding.text for finding in told)


def test_every_refusal_is_an_input_error(tmp_path: Path) -> None:
    shutil.copy(save(squares(), tmp_path / "z.gpkg"), tmp_path / "y.gpkg")
    with pytest.raises(InputError):
        read(tmp_path / "y.gpkg", ("nothing",))
