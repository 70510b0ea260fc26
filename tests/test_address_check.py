"""Rows whose point is not where their address says: another datum explains some, the others contradict themselves.

0      1000 m   2000 m  east
+--------+--------+
| 柳江路 | 新华   |    a point of 柳江路社区 read in GCJ-02 as if it were WGS84 lies some 570 m further south-east,
| 社区   | 社区   |    so from its east it comes to lie in 新华社区
+--------+--------+
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from gridgeo.city import City, Community, Register, Source
from gridgeo.crs import from_city, to_city
from gridgeo.intake.address_check import address_findings
from gridgeo.intake.read import read_inputs
from gridgeo.model import Finding
from gridgeo.place_names import named_communities

X, Y = 500_000.0, 3_716_000.0
CRS = "EPSG:4547"
WEST, EAST = "柳江路社区", "新华社区"
SQUARES = [box(X, Y, X + 1000, Y + 2000), box(X + 1000, Y, X + 2000, Y + 2000)]
COMMUNITIES = gpd.GeoDataFrame({"code": ["1", "2"], "name": [WEST, EAST]}, geometry=SQUARES, crs=CRS)


def a_register(crs: str = "EPSG:4490", path: Path = Path("firms.csv")) -> Register:
    source = Source(file=path.name, path=path, crs=crs)
    return Register(source=source, kind="enterprise", id="EID", x="lon", y="lat", address="ADDR")


def a_city() -> City:
    community = Community(source=Source(file="c.gpkg", path=Path("c.gpkg")), code="CODE", name="NAME")
    return City(
        path=Path("city.toml"), name="x", crs=CRS, layout="plain", precision_m=0.001, community=community, agencies=()
    )


def found(*rows: tuple[str, float, float, str], crs: str = "EPSG:4490") -> list[Finding]:
    table = pd.DataFrame(rows, columns=["id", "x", "y", "address"]).astype({"id": object, "address": object})
    table[["x", "y"]] += [X, Y]
    return address_findings(table, a_register(crs), a_city(), COMMUNITIES)


def stored(east: float, north: float, truth: str, read: str = "EPSG:4326") -> tuple[float, float]:
    """Return where a place ends up, relative to X, Y, whose coordinates are of one datum and read as of another."""
    x, y = to_city(*from_city([X + east], [Y + north], truth, CRS), read, CRS)
    return float(x[0]) - X, float(y[0]) - Y


@pytest.mark.parametrize(
    ("east", "truth", "stated", "kind", "word"),
    [
        (950, "GCJ-02", "EPSG:4490", "datum_gcj02", "按 GCJ-02 换算"),
        (700, "BD-09", "EPSG:4490", "datum_bd09", "按 BD-09 换算"),
        (950, "BD-09", "GCJ-02", "datum_bd09", "按 BD-09 换算"),
        (1050, "GCJ-02", "BD-09", "datum_gcj02", "按 GCJ-02 换算"),
        (1050, "EPSG:4326", "GCJ-02", "datum_wrong", "按 WGS84（CGCS2000） 换算"),
    ],
)
def test_a_row_on_another_datum_is_told_with_its_offset(
    east: float, truth: str, stated: str, kind: str, word: str
) -> None:
    named, other = (WEST, EAST) if east < 1000 else (EAST, WEST)
    x, y = stored(east, 700, truth, stated)
    told = found(("E1", x, y, f"漯河市{named}8号"), crs=stated)
    assert [(f.kind, f.severity, f.agency, f.source_id) for f in told] == [(kind, "warning", "enterprise", "E1")]
    assert f"E1 的地址写明{named}，坐标却在{other}" in told[0].text
    assert word in told[0].text
    assert f"偏移约 {np.hypot(x - east, y - 700):.0f} 米" in told[0].text
    assert told[0].geometry.equals(Point(X + x, Y + y))


def test_a_point_beyond_all_communities_that_another_datum_brings_home_is_told() -> None:
    x, y = stored(1900, 700, "GCJ-02")
    assert x > 2000
    (told,) = found(("E1", x, y, f"{EAST}8号"))
    assert "坐标却在所有社区之外" in told.text


FAR = [("far", 950, 700), ("farther", 960, 900), ("farthest", 970, 1100)]
"""Rows stored in GCJ-02 that leave their community by hundreds of metres."""


def gcj02_row(name: str, east: float, north: float) -> tuple[str, float, float, str]:
    return (name, *stored(east, north, "GCJ-02"), f"{WEST}8号")


def test_a_row_just_outside_is_told_where_others_show_that_the_register_mixes_datums() -> None:
    near = gcj02_row("near", 480, 700)
    assert 1000 < near[1] < 1100
    told = found(*[gcj02_row(*row) for row in FAR], near)
    assert [(f.kind, f.source_id) for f in told][-1] == ("datum_gcj02", "near")
    assert len(told) == 4


def test_a_row_just_outside_alone_proves_nothing() -> None:
    near = gcj02_row("near", 480, 700)
    assert found(near) == []
    assert {f.source_id for f in found(*[gcj02_row(*row) for row in FAR[:2]], near)} == {"far", "farther"}


def test_rows_just_outside_are_left_alone_where_borders_are_the_usual_reason() -> None:
    strays = [(f"S{n}", 950 + n, 500, f"{EAST}1号") for n in range(3)]  # no datum moves a point to the east
    told = found(*[gcj02_row(*row) for row in FAR], gcj02_row("near", 480, 700), *strays)
    assert {f.source_id for f in told} == {"far", "farther", "farthest"}


def test_a_contradiction_that_no_datum_explains_is_a_note_from_500_metres_on() -> None:
    told = found(("near", 600, 500, f"{EAST}1号"), ("far", 200, 500, f"{EAST}1号"), ("away", -9000, 500, f"{EAST}1号"))
    assert [(f.kind, f.severity, f.source_id) for f in told] == [("address_mismatch", "note", "far")]
    assert "两者相距 800 米" in told[0].text


def test_rows_where_their_address_says_or_without_place_or_name_are_not_told() -> None:
    inside, edge = ("in", 500, 500, f"{WEST}1号"), ("edge", 1090, 500, f"{WEST}1号")
    assert found(inside, edge, ("null", np.nan, np.nan, f"{WEST}1号"), ("none", 1800, 500, "人民路1号")) == []


def test_the_order_of_rows_does_not_matter_and_the_farthest_come_first() -> None:
    rows = [(f"E{east}", east, 500, f"{EAST}1号") for east in (300, 100, 400, 99.5)]
    told = found(*rows)
    assert [f.source_id for f in told] == ["E99.5", "E100", "E300", "E400"]
    assert found(*reversed(rows)) == told


def test_beyond_two_hundred_rows_are_summed_up() -> None:
    told = found(*[(f"E{row}", 200, 500, f"{EAST}1号") for row in range(230)])
    assert len(told) == 201
    assert "firms.csv 另有 30 条记录同样如此（共 230 条）" in told[-1].text


@pytest.mark.parametrize(
    ("address", "row"),
    [
        ("漯河市柳江路社区8号", 0),
        ("柳江路社区往新华社区方向", -1),
        ("北新华社区8号", 1),
        ("新华社区8号", 2),
        ("东区8号", -1),
        ("人民路8号", -1),
        ("和平社区8号", -1),
        ("", -1),
    ],
)
def test_an_address_names_a_community_by_its_full_name_only(address: str, row: int) -> None:
    names = ["柳江路社区", "北新华社区", "新华社区", "东区", "人民路", "和平社区", "和平社区", ""]
    assert named_communities([address], names).tolist() == [row]


def test_a_shared_name_hides_the_shorter_one_inside_it() -> None:
    assert named_communities(["新和平社区8号"], ["新和平社区", "新和平社区", "和平社区"]).tolist() == [-1]


def test_reading_a_city_tells_such_rows_and_leaves_them_where_they_are(tmp_path: Path) -> None:
    x, y = stored(950, 700, "GCJ-02")
    lon, lat = from_city([X + x, X + 500], [Y + y, Y + 500], "EPSG:4490", CRS)
    rows = pd.DataFrame({"EID": ["E1", "E2"], "lon": lon, "lat": lat, "ADDR": [f"{WEST}8号", f"{WEST}9号"]})
    rows.to_csv(tmp_path / "firms.csv", index=False)
    COMMUNITIES.rename(columns=str.upper).set_geometry("GEOMETRY").to_file(tmp_path / "c.gpkg")
    source = Source(file="c.gpkg", path=tmp_path / "c.gpkg")
    community = Community(source=source, code="CODE", name="NAME")
    city = replace(a_city(), community=community, registers=(a_register(path=tmp_path / "firms.csv"),))
    inputs = read_inputs(city)
    assert [(f.kind, f.source_id) for f in inputs.findings] == [("datum_gcj02", "E1")]
    assert inputs.registers["x"].tolist() == pytest.approx([X + x, X + 500], abs=1e-3)
