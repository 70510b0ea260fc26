"""KML: every extended column arrives, whatever KML driver GDAL has, and nothing is lost without a word.

114.0       114.1       114.2
  +-----------+-----------+  33.1
  |     a     |     b     |
  +-----------+-----------+  33.0
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely import box

from gridgeo.city import Source
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.features import Features, read_features

A, B = box(114, 33, 114.1, 33.1), box(114.1, 33, 114.2, 33.1)


def ring(shape: Any, closed: bool = True) -> str:
    places = list(shape.exterior.coords)
    text = " ".join(f"{x},{y},12.5" for x, y in (places if closed else places[:-1]))
    return f"<LinearRing><coordinates>\n  {text}\n</coordinates></LinearRing>"


def polygon(shape: Any, closed: bool = True) -> str:
    return f"<Polygon><outerBoundaryIs>{ring(shape, closed)}</outerBoundaryIs></Polygon>"


def mark(name: str, shape: str, **columns: str) -> str:
    data = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in columns.items())
    return f"<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>{shape}</Placemark>"


def document(*inside: str, encoding: str = "UTF-8") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}{''.join(inside)}</Document></kml>"


TWO = document(mark("甲", polygon(A), 网格编号="001"), mark("乙", polygon(B), 网格编号="002"))


def put(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, *columns: str, **entries: Any) -> Features:
    return read_features(Source(file=path.name, path=path, crs="EPSG:4326", **entries), columns, agency="party")


# --- columns -----------------------------------------------------------------


def test_chinese_columns_keep_their_names_and_zeros(tmp_path: Path) -> None:
    found = read(put(tmp_path / "layer.kml", TWO), "网格编号", "Name").table
    assert found["网格编号"].tolist() == ["001", "002"]
    assert found["Name"].tolist() == ["甲", "乙"]
    assert found.crs == "EPSG:4326"
    assert [shapely.normalize(shape) for shape in found.geometry] == [shapely.normalize(A), shapely.normalize(B)]


def test_columns_do_not_depend_on_the_drivers_of_gdal(tmp_path: Path) -> None:
    path = put(tmp_path / "layer.kml", TWO)
    program = (
        "import sys, pyogrio\nfrom pathlib import Path\nfrom gridgeo.city import Source\n"
        "from gridgeo.intake.features import read_features\n"
        "assert not {'LIBKML', 'KML'} & set(pyogrio.list_drivers())\n"
        "source = Source(file='layer.kml', path=Path(sys.argv[1]), crs='EPSG:4326')\n"
        "print(read_features(source, ['网格编号'], agency='party').table['网格编号'].tolist())\n"
    )
    environment = {**os.environ, "GDAL_SKIP": "LIBKML,KML", "OGR_SKIP": "LIBKML,KML", "PYTHONUTF8": "1"}
    told = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, env=environment, check=False
    )
    assert told.stdout.strip() == "['001', '002']", told.stderr


def test_columns_of_a_schema_are_read(tmp_path: Path) -> None:
    schema = (
        '<Schema id="s" name="s"><SimpleField name="级别" type="int"/><SimpleField name="编号" type="int"/></Schema>'
    )
    data = '<SimpleData name="级别">{}</SimpleData><SimpleData name="编号">00{}</SimpleData>'
    marks = [
        f'<Placemark id="m{n}"><ExtendedData><SchemaData schemaUrl="#s">{data.format(n, n)}</SchemaData></ExtendedData>'
        f"{polygon(shape)}</Placemark>"
        for n, shape in ((9, A), (10, B))
    ]
    path = put(tmp_path / "layer.kml", document(schema, *marks))
    found = read(path, "级别", "编号", "id").table
    assert found[["级别", "编号", "id"]].values.tolist() == [["9", "009", "m9"], ["10", "0010", "m10"]]
    assert read(path, "级别", where="级别 > 9").table["级别"].tolist() == ["10"]  # as numbers: "10" > "9"


def test_a_column_that_only_some_placemarks_have_is_empty_elsewhere(tmp_path: Path) -> None:
    path = put(tmp_path / "layer.kml", document(mark("甲", polygon(A), x="1"), mark("乙", polygon(B), y="2")))
    assert read(path, "x", "y").table[["x", "y"]].values.tolist() == [["1", ""], ["", "2"]]


def test_a_label_does_not_hide_a_column_of_the_same_name(tmp_path: Path) -> None:
    found = read(put(tmp_path / "layer.kml", document(mark("标签", polygon(A), Name="名称"))), "Name", "Name_").table
    assert found[["Name", "Name_"]].values.tolist() == [["名称", "标签"]]


def test_a_filter_selects(tmp_path: Path) -> None:
    path = put(tmp_path / "layer.kml", TWO)
    found = read(path, "Name", where="网格编号 = '002'").table
    assert found["Name"].tolist() == ["乙"]
    assert shapely.equals(found.geometry[0], B)
    assert read(path, "Name", where="网格编号 IS NULL OR Name = '甲'").table["Name"].tolist() == ["甲"]


def test_a_filter_on_a_column_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"layer.kml, layer layer: where = \"编码 = '1'\" fails"):
        read(put(tmp_path / "layer.kml", TWO), "Name", where="编码 = '1'")


# --- layers ------------------------------------------------------------------


def test_folders_are_layers(tmp_path: Path) -> None:
    folders = [
        f"<Folder><name>{name}</name>{mark(name, polygon(shape))}</Folder>"
        for name, shape in (("东", B), ("西", A), ("东", A))
    ]
    path = put(tmp_path / "layer.kml", document(*folders))
    with pytest.raises(ReadError, match=r"3 layers \(东, 西, 东 \(#2\)\); name one with layer = \"东\""):
        read(path, "Name")
    assert shapely.equals(read(path, "Name", layer="东 (#2)").table.geometry[0], A)


@pytest.mark.parametrize("layer", [None, "layer", "网格"])
def test_the_only_layer_needs_no_name(tmp_path: Path, layer: str | None) -> None:
    inner = f"<Folder><Folder><name>网格</name>{mark('甲', polygon(A))}</Folder></Folder>"
    assert len(read(put(tmp_path / "layer.kml", document(inner)), "Name", layer=layer).table) == 1


def test_all_documents_of_a_kmz_are_read(tmp_path: Path) -> None:
    link = "<NetworkLink><name>l</name><Link><href>layers/网格.kml</href></Link></NetworkLink>"
    with zipfile.ZipFile(tmp_path / "layer.kmz", "w") as archive:
        archive.writestr("doc.kml", document(link))
        archive.writestr("layers/网格.kml", TWO)
        archive.writestr("files/icon.png", b"\x89PNG")
    found = read(tmp_path / "layer.kmz", "网格编号")
    assert found.table["网格编号"].tolist() == ["001", "002"]
    assert not found.findings


# --- what is strange -----------------------------------------------------------


@pytest.mark.parametrize(("encoding", "declared"), [("gbk", "GB2312"), ("gbk", "UTF-8"), ("utf-16", "UTF-16")])
def test_chinese_encodings_are_read(tmp_path: Path, encoding: str, declared: str) -> None:
    text = document(mark("沙澧社区", polygon(A), 网格编号="001"), encoding=declared)
    found = read(put(tmp_path / "layer.kml", text.encode(encoding)), "网格编号", "Name")
    assert found.table["Name"].tolist() == ["沙澧社区"]
    assert [finding.kind for finding in found.findings] == (["encoding"] if declared == "UTF-8" else [])


def test_what_is_no_feature_is_told(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>https://example.org/a.kml</href></Link></NetworkLink>"
    track = mark("轨迹", "<gx:Track><when>2026</when><gx:coord>114 33 0</gx:coord></gx:Track>")  # gx: is not declared
    found = read(put(tmp_path / "layer.kml", document(link, mark("甲", polygon(A, closed=False)), track)), "Name")
    assert found.table["Name"].tolist() == ["甲", "轨迹"]
    assert shapely.equals(found.table.geometry[0], A)
    assert found.table.geometry[1] is None
    kinds = [(finding.kind, finding.text) for finding in found.findings]
    assert [kind for kind, _ in kinds] == ["open_ring", "reader_note", "reader_note"]
    assert "1 个模型或轨迹" in kinds[1][1]
    assert "1 个网络链接" in kinds[2][1]


def test_shapes_of_every_kind(tmp_path: Path) -> None:
    hole = box(114.02, 33.02, 114.04, 33.04)
    holed = polygon(A).replace("</Polygon>", f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs></Polygon>")
    line = "<LineString><coordinates>114 , 33 114.1, 33.1</coordinates></LineString>"
    shapes = {
        "洞": (holed, A.difference(hole)),
        "多": (f"<MultiGeometry>{polygon(A)}{polygon(B)}</MultiGeometry>", shapely.MultiPolygon([A, B])),
        "单": (f"<MultiGeometry>{polygon(A)}</MultiGeometry>", A),
        "线": (line, shapely.LineString([(114, 33), (114.1, 33.1)])),
        "混": (f"<MultiGeometry>{polygon(A)}{line}</MultiGeometry>", None),
        "点": ("<Point><coordinates>114,33</coordinates></Point>", shapely.Point(114, 33)),
        "空": ("<Point><coordinates> </coordinates></Point>", None),
    }
    path = put(tmp_path / "layer.kml", document(*(mark(name, text) for name, (text, _) in shapes.items())))
    found = read(path, "Name").table
    assert found["Name"].tolist() == list(shapes)
    for name, shape, (_, meant) in zip(found["Name"], found.geometry, shapes.values(), strict=True):
        if name == "混":
            assert shapely.get_num_geometries(shape) == 2
        else:
            assert (shape is None) == (meant is None)
            assert shape is None or (shapely.equals(shape, meant) and shape.geom_type == meant.geom_type)


@pytest.mark.parametrize("places", ["114,33", "114,33 114.1,33", "114,33 114,33 114,33 114,33"])
def test_a_ring_without_area_stays_without_area(tmp_path: Path, places: str) -> None:
    flat = f"<LinearRing><coordinates>{places}</coordinates></LinearRing>"
    flat = f"<Polygon><outerBoundaryIs>{flat}</outerBoundaryIs></Polygon>"
    shape = read(put(tmp_path / "layer.kml", document(mark("甲", flat))), "Name").table.geometry[0]
    assert shape.area == 0
    assert not shape.is_empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TWO.replace("<name>甲", "<name>甲 & 丙"), r"no valid KML \(not well-formed .*, line 1, column \d+\)"),
        (TWO[:-20], "no valid KML"),
        (TWO.replace("114.0,33.0", "东,北"), "coordinates .* are no longitude,latitude"),
        (TWO.replace("114.0,33.0,12.5", "114.0"), "coordinates .* are no longitude,latitude"),
        (document("<NetworkLink><Link><href>x.kml</href></Link></NetworkLink>"), "holds no placemark"),
        (
            TWO.replace("<kml", '<!DOCTYPE kml [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><kml'),
            r"defines an XML entity \(a\)",
        ),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ReadError, match=f"layer.kml: .*{said}"):
        read(put(tmp_path / "layer.kml", text), "Name")


def test_a_kmz_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"layer.kmz: the archive cannot be unpacked"):
        read(put(tmp_path / "layer.kmz", TWO), "Name")
