"""Registers: no row is lost, and every location that cannot be used is told.

(0,100)+-------+(200,100)
       |   .   |            one community; points in degrees
  (0,0)+-------+(200,0)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
from shapely import Point, box

from gridgeo.city import City, Community, Register, Source
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.registers import COLUMNS, read_register, register_duplicates

X, Y = 501_000.0, 3_717_000.0
CRS = "EPSG:4547"
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
COMMUNITIES = gpd.GeoDataFrame({"code": ["1"], "name": ["甲"]}, geometry=[box(X, Y, X + 200, Y + 100)], crs=CRS)


def degrees(dx: float, dy: float) -> tuple[float, float]:
    lon, lat = TO_DEGREES.transform(X + dx, Y + dy)
    return float(lon), float(lat)


INSIDE = degrees(100, 50)


def a_city() -> City:
    nowhere = Source(file="c.gpkg", path=Path("c.gpkg"))
    community = Community(source=nowhere, code="CODE")
    return City(
        path=Path("city.toml"), name="x", crs=CRS, layout="plain", precision_m=0.001, community=community, agencies=()
    )


def read(path: Path, **entries: Any) -> tuple[pd.DataFrame, list[Any]]:
    crs = entries.pop("crs", "EPSG:4490")
    given = {"kind": "household", "id": "HID", "x": "lon", "y": "lat", **entries}
    return read_register(Register(source=Source(file=path.name, path=path, crs=crs), **given), a_city(), COMMUNITIES)


def csv(folder: Path, *rows: Any, header: str = "HID,lon,lat") -> Path:
    path = folder / "households.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def told(findings: list[Any], kind: str) -> list[str]:
    return [finding.source_id for finding in findings if finding.kind == kind]


def test_points_come_in_the_city_crs_with_counts_and_address(tmp_path: Path) -> None:
    path = csv(tmp_path, ("0301", *INSIDE, 3, 8, " 老街1号 "), header="HID,lon,lat,N,POP,ADDR")
    table, findings = read(path, count="N", population="POP", address="ADDR")
    assert tuple(table) == COLUMNS
    row = table.iloc[0]
    assert (row["x"], row["y"]) == pytest.approx((X + 100, Y + 50), abs=1e-3)
    assert (row["kind"], row["id"], row["count"], row["population"]) == ("household", "0301", 3, 8)
    assert row["address"] == "老街1号"
    assert findings == []


def test_an_excel_register_has_its_coordinates_in_two_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    east, north = INSIDE
    for row in (["户号", "经度", "纬度", "户数"], ["0301", east, north, 3], ["h2", str(east), str(north), None], [7]):
        book.active.append(row)
    book.save(tmp_path / "households.xlsx")
    table, findings = read(tmp_path / "households.xlsx", id="户号", x="经度", y="纬度", count="户数")
    assert table["id"].tolist() == ["0301", "h2", "7"]
    assert table[["x", "y"]].to_numpy()[:2] == pytest.approx(np.array([(X + 100, Y + 50)] * 2), abs=1e-3)
    assert table["x"].isna().tolist() == [False, False, True]
    assert table["count"].tolist() == [3, 1, 1]
    assert told(findings, "point_null") == ["7"]


def test_without_a_count_column_every_row_stands_for_one(tmp_path: Path) -> None:
    table, _ = read(csv(tmp_path, ("h1", *INSIDE), ("h2", *INSIDE)))
    assert table["count"].tolist() == [1, 1]
    assert table["population"].tolist() == [0, 0]
    assert table["address"].tolist() == ["", ""]
    assert table["count"].dtype == np.int64


def test_zeros_blanks_and_words_are_told_and_their_rows_kept(tmp_path: Path) -> None:
    table, findings = read(csv(tmp_path, ("h1", *INSIDE), ("h2", 0, 0.0), ("h3", "", ""), ("h4", "东", "西")))
    assert table["id"].tolist() == ["h1", "h2", "h3", "h4"]
    assert table["x"].isna().tolist() == [False, True, True, True]
    assert told(findings, "point_zero") == ["h2"]
    assert told(findings, "point_null") == ["h3", "h4"]
    texts = [f.text for f in findings if f.kind == "point_null"]
    assert "没有坐标" in texts[0]
    assert "“东, 西”无法识别" in texts[1]


def test_full_width_coordinates_are_numbers(tmp_path: Path) -> None:
    wide = str(INSIDE[0]).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."})
    table, findings = read(csv(tmp_path, ("h1", wide, INSIDE[1])))
    assert table["x"][0] == pytest.approx(X + 100, abs=1e-3)
    assert findings == []


def test_points_outside_are_told_with_their_distance_the_farthest_first(tmp_path: Path) -> None:
    near, far, edge = degrees(-40, 50), degrees(100, 30_100), degrees(-0.5, 50)
    table, findings = read(csv(tmp_path, ("near", *near), ("far", *far), ("edge", *edge), ("in", *INSIDE)))
    assert told(findings, "point_outside") == ["far", "near"]
    outside = [f for f in findings if f.kind == "point_outside"]
    assert "30.0 km" in outside[0].text
    assert "40 m" in outside[1].text
    assert outside[1].geometry.distance(Point(X - 40, Y + 50)) < 0.01
    assert not table["x"].isna().any()


def test_more_than_two_hundred_faults_are_summed_up(tmp_path: Path) -> None:
    _, findings = read(csv(tmp_path, ("in", *INSIDE), *((f"h{i}", 0, 0) for i in range(260))))
    zeros = [f for f in findings if f.kind == "point_zero"]
    assert len(zeros) == 201
    assert "另有 60 条" in zeros[-1].text


@pytest.mark.parametrize("count", ["-1", "2.5", "三", "4e12"])
def test_a_count_that_is_no_whole_number_is_refused_with_its_record(tmp_path: Path, count: str) -> None:
    path = csv(tmp_path, ("h1", *INSIDE, 1), ("h2", *INSIDE, count), header="HID,lon,lat,N")
    with pytest.raises(SchemaError, match=rf"households\.csv, record 2: N = '{count}' must be a whole number"):
        read(path, count="N")


def test_blank_counts_are_one_and_blank_people_none_and_both_are_told(tmp_path: Path) -> None:
    path = csv(tmp_path, ("h1", *INSIDE, "", ""), ("h2", *INSIDE, "2.0", 5), header="HID,lon,lat,N,POP")
    table, findings = read(path, count="N", population="POP")
    assert table["count"].tolist() == [1, 2]
    assert table["population"].tolist() == [0, 5]
    assert [f.text for f in findings if f.kind == "blank_count"] == [
        "households.csv 有 1 条记录的 N 为空，按 1 计。",
        "households.csv 有 1 条记录的 POP 为空，按 0 计。",
    ]


def test_missing_and_twisted_ids_are_completed_and_told(tmp_path: Path) -> None:
    table, findings = read(csv(tmp_path, ("", *INSIDE), ("Ｈ２", *INSIDE)))
    assert table["id"].tolist() == ["row-1", "H2"]
    assert told(findings, "missing_id") == ["row-1"]
    assert told(findings, "twisted_ids") == ["H2"]


def test_ids_repeated_over_files_of_one_kind_are_told_and_all_rows_count(tmp_path: Path) -> None:
    one, _ = read(csv(tmp_path, ("h1", *INSIDE), ("h2", 0, 0)))
    two, _ = read(csv(tmp_path, ("h1", *INSIDE), ("h2", 0, 0)))
    firms, _ = read(csv(tmp_path, ("h1", *INSIDE)), kind="enterprise")
    both = pd.concat([one, two, firms], ignore_index=True)
    findings = register_duplicates(both)
    assert [(f.agency, f.source_id) for f in findings] == [("household", "h1"), ("household", "h2")]
    assert findings[0].geometry.geom_type == "MultiPoint"
    assert findings[1].geometry is None


def test_damaged_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="spreadsheet turned into numbers"):
        read(csv(tmp_path, ("4.11102E+14", *INSIDE)))


def test_buildings_may_be_polygons_and_stand_for_a_point_inside(tmp_path: Path) -> None:
    house = box(X + 10, Y + 10, X + 20, Y + 20)
    table = gpd.GeoDataFrame({"BID": ["b1", "b2"]}, geometry=[house, None], crs=CRS)
    table.to_file(tmp_path / "b.gpkg")
    read_back, findings = read(tmp_path / "b.gpkg", kind="building", id="BID", x=None, y=None, crs="auto")
    assert house.contains(Point(read_back["x"][0], read_back["y"][0]))
    assert told(findings, "point_null") == ["b2"]


def test_a_table_without_any_location_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"name its coordinate columns with x = … and y = …"):
        read(csv(tmp_path, ("h1", *INSIDE)), x=None, y=None)


def test_endless_coordinates_of_a_gis_file_name_the_record(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text('HID,wkt\nh1,"LINESTRING (1 1, nan 2)"\n')
    with pytest.raises(ReadError, match=r"feature 'h1' \(record 1\)"):
        read(path, x=None, y=None)


def test_gcj02_points_land_where_they_belong(tmp_path: Path) -> None:
    table, _ = read(csv(tmp_path, ("h1", *INSIDE)), crs="GCJ-02")
    moved = np.hypot(table["x"][0] - X - 100, table["y"][0] - Y - 50)
    assert 300 < moved < 800
