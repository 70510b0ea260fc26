"""An address library as it is handed in: read in any encoding, every row taken or refused with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from gridgeo.city import Source
from gridgeo.errors import CRSError, InputError, ReadError, SchemaError
from gridgeo.intake.address_entries import AddressEntries, checked_addresses
from gridgeo.intake.address_file import AddressForm, read_address_file
from gridgeo.intake.address_renewal import address_renewal
from gridgeo.intake.text_columns import read_text_columns

CRS = "EPSG:4547"
HEADER = ["id", "address", "x", "y"]
ROAD = "漯河市源汇区马路街街道人民东路12号院3号楼"


def row(name: str, address: str = ROAD, x: Any = 500050, y: Any = 3700150) -> list[Any]:
    return [name, address, x, y]


def written(folder: Path, rows: list[list[Any]], header: list[str] | None = None, **options: Any) -> Path:
    path = folder / "地址.csv"
    pd.DataFrame(rows, columns=header or HEADER).to_csv(path, index=False, **options)
    return path


def form_of(path: Path, *, crs: str = CRS, encoding: str = "auto", **columns: Any) -> AddressForm:
    said = {"address": "address", "x": "x", "y": "y", **columns}
    return AddressForm(source=Source(file=path.name, path=path, crs=crs, encoding=encoding), **said)


def entries(folder: Path, rows: list[list[Any]], *, last_wins: bool = False, **options: Any) -> AddressEntries:
    header = options.pop("header", None)
    form = form_of(written(folder, rows, header), **options)
    return checked_addresses(read_address_file(form), form, CRS, last_wins=last_wins)


def ids(found: AddressEntries) -> list[str]:
    return found.table["id"].tolist()


def why(found: AddressEntries) -> list[tuple[int, str, str]]:
    return [(one.record, one.id, one.text) for one in found.refused]


# -------------------------------------------------------------------------- reading ----


def test_ids_stay_text_and_rows_keep_their_order(tmp_path):
    found = entries(tmp_path, [row("0301"), row("0007", "人民路1号"), row("9")])
    assert ids(found) == ["0301", "0007", "9"]
    assert found.table["text"].tolist()[1] == "人民路1号"
    assert found.table["kind"].tolist() == ["address"] * 3
    assert found.table[["x", "y"]].to_numpy().tolist()[0] == [500050.0, 3700150.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_any_usual_encoding_is_read(tmp_path, encoding):
    path = written(tmp_path, [row("1")], encoding=encoding)
    assert read_address_file(form_of(path)).addresses.to_pylist() == [ROAD]


def test_lines_in_two_encodings_are_read_each_in_its_own(tmp_path):
    path = tmp_path / "地址.csv"
    lines = [
        b"id,address,x,y\n",
        f"1,{ROAD},500050,3700150\n".encode(),
        f"2,{ROAD},500050,3700150\n".encode("gbk"),
    ]
    path.write_bytes(b"".join(lines))
    file = read_address_file(form_of(path))
    assert file.addresses.to_pylist() == [ROAD, ROAD]
    assert "混用两种编码" in file.notes[0]


def test_an_encoding_that_is_not_the_texts_is_not_believed_and_told(tmp_path):
    file = read_address_file(form_of(written(tmp_path, [row("1")], encoding="gbk"), encoding="utf-8"))
    assert file.addresses.to_pylist() == [ROAD]
    assert file.notes == ["地址.csv 的文字无法按指定的编码 utf-8 读出，已按 GBK 读取。"]


def test_an_encoding_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ReadError, match="'klingon' is no encoding; say UTF-8 or GBK"):
        read_address_file(form_of(written(tmp_path, [row("1")]), encoding="klingon"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_whatever_separates_columns_is_found(tmp_path, separator):
    assert len(read_address_file(form_of(written(tmp_path, [row("1")], sep=separator))).ids) == 1


def test_a_row_with_a_comma_too_many_is_put_aside_and_the_others_keep_their_numbers(tmp_path):
    path = written(tmp_path, [row("1"), row("2"), row("", "")])
    path.write_text(path.read_text().replace(f"2,{ROAD},", f"2,漯河市,{ROAD},"))
    form = form_of(path)
    found = checked_addresses(read_address_file(form), form, CRS)
    assert (ids(found), found.rows, found.refused_rows) == (["1"], 3, 2)
    assert why(found) == [
        (2, "", "第 2 条：有 5 列，表头为 4 列；含逗号的地址须加引号，未载入。"), (3, "", "第 3 条：没有编号，未载入。")
    ]  # fmt: skip


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path):
    path = written(tmp_path, [row(str(nth)) for nth in range(5)])
    path.write_text(path.read_text().replace(f"2,{ROAD}", f'2,"{ROAD}'))
    with pytest.raises(ReadError, match=r"record 3: .* quotation mark"):
        read_address_file(form_of(path))


def test_rows_within_quotation_marks_are_no_address(tmp_path):
    path = written(tmp_path, [row(str(nth)) for nth in range(5)])
    text = path.read_text().replace(f"1,{ROAD},", f'1,"{ROAD},').replace(f"2,{ROAD},", f'2,{ROAD}",')
    path.write_text(text)
    form = form_of(path)
    found = checked_addresses(read_address_file(form), form, CRS)
    assert ids(found) == ["0", "3", "4"]
    assert why(found) == [(2, "1", "第 2 条：地址里有下一行的内容，疑为引号没有配对，未载入。")]


def test_a_line_end_within_an_address_is_a_blank(tmp_path):
    found = entries(tmp_path, [row("1", "人民路1号\n（东门）")])
    assert found.table["text"].tolist() == ["人民路1号 （东门）"]


def test_a_table_without_rows_has_none(tmp_path):
    found = entries(tmp_path, [])
    assert (len(found.table), found.rows, found.refused) == (0, 0, [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("id,addr,x,y\n", "no column address; its columns are id, addr, x, y"),
        ("id,address,x,y,x\n1,a,2,3,4\n", "column 'x' stands twice"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, text, says):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises((ReadError, SchemaError), match=says):
        read_address_file(form_of(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadError, match=r"nowhere\.csv: there is no such file"):
        read_address_file(form_of(tmp_path / "nowhere.csv"))


def test_spoilt_ids_are_refused(tmp_path):
    with pytest.raises(SchemaError, match=r"record 2: 4\.11102E\+14 in column 'id'"):
        entries(tmp_path, [row("1"), row("4.11102E+14")])


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "gpkg", "shp", "geojson"])
def test_other_formats_say_the_same(tmp_path, ending):
    rows = [row("0301"), row("0302", "人民路1号")]
    path = tmp_path / f"a.{ending}"
    plain = pd.DataFrame(rows, columns=HEADER)
    if ending == "parquet":
        plain.to_parquet(path)
    elif ending == "xlsx":
        plain.to_excel(path, index=False)
    else:
        points = gpd.points_from_xy(plain["x"], plain["y"])
        crs = "EPSG:4326" if ending == "geojson" else CRS
        gpd.GeoDataFrame(plain[["id", "address"]], geometry=points, crs=CRS).to_crs(crs).to_file(path, encoding="utf-8")
    form = form_of(path) if ending in ("parquet", "xlsx") else form_of(path, crs="auto", x=None, y=None)
    found = checked_addresses(read_address_file(form), form, CRS)
    assert ids(found) == ["0301", "0302"]
    assert found.table["text"].tolist() == [ROAD, "人民路1号"]
    assert found.table["x"].tolist() == pytest.approx([500050, 500050], abs=0.01)


def test_geoparquet_gives_its_crs_and_of_areas_a_point_within(tmp_path):
    path = tmp_path / "a.parquet"
    shapes = [shapely.box(500000, 3700000, 500010, 3700010), shapely.Point(500050, 3700150)]
    named = {"id": ["1", "2"], "address": [ROAD, ROAD], "name": ["人民医院", None]}
    gpd.GeoDataFrame(named, geometry=shapes, crs=CRS).to_parquet(path)
    form = form_of(path, crs="auto", x=None, y=None, name="name")
    found = checked_addresses(read_address_file(form), form, CRS)
    assert found.table[["x", "y"]].to_numpy().tolist() == [[500005, 3700005], [500050, 3700150]]
    assert found.table["kind"].tolist() == ["place", "address"]
    assert found.table["name"].tolist() == ["人民医院", ""]


def test_a_table_must_say_the_datum(tmp_path):
    with pytest.raises(CRSError, match="does not say the datum of its coordinates; add --crs"):
        read_address_file(form_of(written(tmp_path, [row("1")]), crs="auto"))


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"y": None}, "name both coordinate columns"),
        ({"address": None}, "name the column of addresses with --address"),
        ({"address": "x"}, "--address and --x both name the column x"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused(tmp_path, columns, says):
    with pytest.raises(InputError, match=says):
        read_address_file(form_of(written(tmp_path, [row("1")]), **columns))


def test_columns_of_text_are_read_in_the_order_asked_for(tmp_path):
    read = read_text_columns(written(tmp_path, [row("1"), row("2")]), ["y", "id"], file="a")
    assert list(read.columns) == ["y", "id"]
    assert read.columns["id"].to_pylist() == ["1", "2"]
    assert read.records.tolist() == [1, 2]


# ----------------------------------------------------------------------------- rows ----


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (row("2", x="", y=""), "没有坐标"),
        (row("2", x=0, y=0), "没有坐标"),
        (row("2", x="", y=3700150), "坐标不全或读不出"),
        (row("2", x="东经114度"), "坐标“东经114度”读不出"),
        (row("2", address=" "), "没有地址"),
        (row("2", address="411102001"), "地址“411102001”里没有文字，疑为列错位"),
        (row("2", address="114.05, 33.58"), "地址“114.05, 33.58”里没有文字，疑为列错位"),
        (row("2", address="路" * 501), "地址超过 500 字，疑为引号没有配对"),
        (row(""), "没有编号"),
        (row("x" * 201), "编号过长"),
    ],
)
def test_a_bad_row_is_refused_with_a_sentence_and_the_others_are_taken(tmp_path, bad, text):
    found = entries(tmp_path, [row("1"), bad, row("3")])
    assert ids(found) == ["1", "3"]
    assert why(found) == [(2, bad[0][:200], f"第 2 条：{text}，未载入。")]
    assert found.refused_rows == 1


def test_a_citizens_number_is_no_id_and_is_not_repeated(tmp_path):
    found = entries(tmp_path, [row("11010519491231002X"), row("2")])
    assert why(found) == [(1, "11************002X", "第 1 条：编号列是公民身份号码，不能用作地址编号，未载入。")]


def test_full_width_digits_and_blanks_are_read(tmp_path):
    found = entries(tmp_path, [row(" Ａ０１ ", f" {ROAD}\n", x=" ５０００５０", y="3700150 ")])
    assert found.table[["id", "text", "x"]].to_numpy().tolist() == [["A01", ROAD, 500050.0]]


def test_degrees_are_brought_into_the_city(tmp_path):
    rows = [row("1", x=114.0005379, y=33.4223453), row("2", x=500050, y=3700150)]
    found = entries(tmp_path, [*rows, row("3", x=114.0005379, y=33.4223453)], crs="EPSG:4490")
    assert found.table["x"].tolist() == pytest.approx([500050, 500050], abs=0.1)
    assert why(found) == [(2, "2", "第 2 条：坐标 500050, 3700150 不能是 EPSG:4490 的坐标，未载入。")]


def test_a_place_needs_no_address(tmp_path):
    header = ["id", "name", "address", "x", "y"]
    rows = [["1", "老城区医院", "", 500050, 3700150], ["2", "", ROAD, 500050, 3700150], ["3", "", "", 500050, 3700150]]
    found = entries(tmp_path, rows, header=header, name="name")
    assert found.table[["id", "kind", "name", "text"]].to_numpy().tolist() == [
        ["1", "place", "老城区医院", ""], ["2", "address", "", ROAD]
    ]  # fmt: skip
    assert [one.record for one in found.refused] == [3]


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        (["114.05", "114.06", ROAD], r"column 'address' holds numbers, not addresses \(e\.g\. 114\.05\)"),
        (
            ["A001", "A002", "A003"],
            r"have no Chinese character \(e\.g\. 'A001'\); are columns exchanged, or is --encoding",
        ),
        (["æ¼¯æ²³å¸", "æº", ROAD], "is --encoding the wrong one"),
    ],
)
def test_a_column_that_holds_no_addresses_is_refused(tmp_path, addresses, says):
    with pytest.raises(InputError, match=says):
        entries(tmp_path, [row(str(nth), text) for nth, text in enumerate(addresses)])


# ------------------------------------------------------------------------- repeated ----


def test_rows_that_say_the_same_are_merged(tmp_path):
    found = entries(tmp_path, [row("1"), row("2"), row("1"), row("1")])
    assert (ids(found), found.repeated, found.refused) == (["1", "2"], 2, [])


def test_rows_that_contradict_each_other_are_refused_and_told(tmp_path):
    found = entries(tmp_path, [row("1"), row("2"), row("1", "人民路9号"), row("1")])
    assert (ids(found), found.repeated, found.refused_rows) == (["2"], 1, 2)
    assert [one.record for one in found.refused] == [1, 3]
    assert found.refused[0].text.startswith("编号“1”出现在第 1、3 条，地址不一致，均未载入，库中原有记录不变")
    assert found.spoken_of.to_pylist() == ["1", "2", "1", "1"]


def test_the_last_one_wins_where_that_is_said(tmp_path):
    found = entries(tmp_path, [row("1"), row("1", "人民路9号"), row("1"), row("2")], last_wins=True)
    assert found.table[["id", "text"]].to_numpy().tolist() == [["1", ROAD], ["2", ROAD]]
    assert (found.refused_rows, [one.record for one in found.settled]) == (0, [2])


# -------------------------------------------------------------------------- renewal ----


def table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    names, texts, x = zip(*rows, strict=True) if rows else ((), (), ())
    plain = {"id": names, "kind": ["address"] * len(names), "name": [""] * len(names), "text": texts}
    frame = pd.DataFrame(
        {name: pd.array(pa.array(list(text), pa.large_string()), dtype="str") for name, text in plain.items()}
    )
    return frame.assign(x=list(map(float, x)), y=0.0)


def renewed(known: pd.DataFrame, new: pd.DataFrame, *, complete: bool = False, refused: tuple[str, ...] = ()) -> Any:
    numbered = known[["id"]].assign(fid=range(10, 10 + len(known)))
    parts = [known.drop(columns="id").iloc[at : at + 2] for at in range(0, len(known), 2)]
    spoken = pa.array([*new["id"], *refused], pa.large_string())
    return address_renewal(numbered, parts, new, spoken, complete=complete)


def test_what_says_the_same_costs_nothing_and_a_millimetre_is_no_move():
    known = table(("1", "甲", 0), ("2", "乙", 0), ("3", "丙", 0))
    done = renewed(known, table(("3", "丙", 0.0004), ("1", "甲", 0), ("4", "丁", 0), ("2", "乙", 5)))
    assert (done.added, done.changed, done.unchanged, done.gone) == (1, 1, 2, 0)
    assert done.came["id"].tolist() == ["4", "2"]
    assert done.went.tolist() == [11]


def test_a_complete_library_takes_out_what_it_lacks_but_nothing_that_was_refused():
    known = table(("1", "甲", 0), ("2", "乙", 0), ("3", "丙", 0))
    done = renewed(known, table(("1", "甲", 0)), complete=True, refused=("2",))
    assert (done.gone, done.went.tolist(), len(done.came)) == (1, [12], 0)


@pytest.mark.parametrize("complete", [False, True])
def test_nothing_is_known_at_first(complete):
    done = renewed(table(), table(("1", "甲", 0)), complete=complete)
    assert (done.added, done.changed, done.gone, done.went.tolist()) == (1, 0, 0, [])
