"""Address tables as agencies send them: titles above the header, empty rows, words for nothing, wrong endings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gridgeo.city import Source
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.address_entries import AddressEntries, checked_addresses
from gridgeo.intake.address_file import AddressForm, read_address_file

CRS = "EPSG:4547"
HEADER = "编号,地址,x,y\n"
ROWS = "1,人民路1号,500050,3700150\n2,人民路2号,500050,3700150\n"


def form_of(path: Path, **said: str) -> AddressForm:
    columns = {"id": "编号", "address": "地址", "x": "x", "y": "y", **said}
    return AddressForm(source=Source(file=path.name, path=path, crs=CRS), **columns)


def entries(path: Path, content: str | bytes) -> AddressEntries:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    form = form_of(path)
    return checked_addresses(read_address_file(form), form, CRS)


def workbook(path: Path, rows: list[list[object]]) -> AddressEntries:
    pd.DataFrame(rows).to_excel(path, index=False, header=False)
    form = form_of(path)
    return checked_addresses(read_address_file(form), form, CRS)


TITLE = "漯河市标准地址\n制表：地名办,,,\n"


@pytest.mark.parametrize(
    "content",
    [
        TITLE + HEADER + ROWS,
        "\n\n" + TITLE + "\n" + HEADER + ROWS,
        TITLE + (HEADER + ROWS).replace(",", ";"),
        (TITLE + HEADER + ROWS).encode("gbk"),
        (TITLE + HEADER + ROWS).encode("utf-16"),
        (TITLE + HEADER + ROWS).replace("\n", "\r\n").encode("utf-8-sig"),
    ],
)
def test_a_header_below_a_title_is_found_and_told(tmp_path, content):
    found = entries(tmp_path / "a.csv", content)
    assert found.table["id"].tolist() == ["1", "2"]
    assert found.table["record"].tolist() == [1, 2]
    assert found.notes[0].startswith("a.csv 的表头之上有 ")


def test_rows_below_a_title_are_counted_from_the_header(tmp_path):
    found = entries(tmp_path / "a.csv", TITLE + HEADER + "1,人民路1号,500050,3700150\n2,人民路,2号,500050,3700150\n")
    assert [one.record for one in found.refused] == [2]


def test_a_workbook_may_have_a_title_too(tmp_path):
    rows = [["漯河市标准地址", "", "", ""], ["编号", " 地址 ", "x", "y"], ["1", "人民路1号", 500050, 3700150]]
    found = workbook(tmp_path / "a.xlsx", rows)
    assert found.table["id"].tolist() == ["1"]
    assert found.notes == ["a.xlsx 的表头之上有 1 行标题或说明，已略过。"]


@pytest.mark.parametrize("header", [" 编号 ,地址\u3000,x,y\n", "\u200b编号,地址\ufeff,x,y\n"])
def test_blanks_and_unseen_signs_in_the_names_of_columns_do_not_matter(tmp_path, header):
    found = entries(tmp_path / "a.csv", header + ROWS)
    assert found.table["id"].tolist() == ["1", "2"]
    assert found.notes == []


def test_a_missing_header_is_told_from_a_missing_column(tmp_path):
    with pytest.raises(SchemaError, match="its first row looks like data; put a row with the names of the columns on"):
        entries(tmp_path / "a.csv", ROWS)
    with pytest.raises(SchemaError, match="its first row looks like data"):
        workbook(tmp_path / "a.xlsx", [["1", "人民路1号", 500050, 3700150], ["2", "人民路2号", 500050, 3700150]])
    with pytest.raises(SchemaError, match="has no column 地址; its columns are 编号, 住址, x, y"):
        entries(tmp_path / "a.csv", HEADER.replace("地址", "住址") + ROWS)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.csv",
            b"PK\x03\x04" + b"\x00\x01" * 99,
            "is no text but a spreadsheet or an archive; give it its own ending",
        ),
        ("a.csv", b"\xd0\xcf\x11\xe0" + b"\x00" * 99, "is no text but a spreadsheet or an archive"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "is no text; export the table as CSV or .xlsx"),
        ("a.xlsx", (HEADER + ROWS).encode(), "is text, no spreadsheet; give it the ending .csv"),
        ("a.xls", (HEADER + ROWS).encode("gbk"), "is text, no spreadsheet; give it the ending .csv"),
        ("a.xls", b"\r\n<html><table></table></html>", "is a web page or XML, no spreadsheet"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00\x01" * 99, "the spreadsheet cannot be read"),
    ],
)
def test_a_file_with_the_ending_of_another_format_is_told(tmp_path, name, content, says):
    with pytest.raises(ReadError, match=says):
        entries(tmp_path / name, content)


def test_empty_rows_are_passed_over_and_counted(tmp_path):
    found = entries(tmp_path / "a.csv", HEADER + ROWS.replace("\n", "\n, ,,\n\n"))
    assert (found.table["record"].tolist(), found.rows, found.refused_rows) == ([1, 3], 2, 0)
    assert found.notes == ["a.csv 中有 2 个空行，已略过。"]


def test_a_header_without_rows_is_told(tmp_path):
    assert entries(tmp_path / "a.csv", HEADER).notes == ["a.csv 只有表头，没有数据。"]


@pytest.mark.parametrize(
    "text", ["无", "暂无", "同上", "详见备注", "见备注栏", "不详", "未知", "待补充", "null", "N/A", "测试"]
)
def test_words_for_no_address_are_refused(tmp_path, text):
    found = entries(tmp_path / "a.csv", f"{HEADER}1,人民路1号,500050,3700150\n2,{text},500050,3700150\n")
    assert found.table["id"].tolist() == ["1"]
    assert [one.text for one in found.refused] == [f"第 2 条：地址“{text}”没有写出地点，请补全，未载入。"]


@pytest.mark.parametrize("text", ["无量寺村", "无名路1号", "同上村", "测试路1号", "其他街1号"])
def test_names_that_begin_like_them_are_taken(tmp_path, text):
    assert entries(tmp_path / "a.csv", f"{HEADER}1,{text},500050,3700150\n").table["text"].tolist() == [text]


def test_whole_numbers_written_as_fractions_are_ids_without_a_point(tmp_path):
    whole = HEADER + "7.0,人民路1号,500050,3700150\n8.0,人民路2号,500050,3700150\n"
    assert entries(tmp_path / "b.csv", whole).table["id"].tolist() == ["7", "8"]
    versions = whole.replace("7.0", "7.1")
    assert entries(tmp_path / "c.csv", versions).table["id"].tolist() == ["7.1", "8.0"]


def test_a_row_with_its_degrees_exchanged_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "1,人民路1号,114.05,33.58\n2,人民路2号,33.58,114.05\n")
    form = AddressForm(source=Source(file="a.csv", path=path, crs="EPSG:4490"), id="编号", address="地址", x="x", y="y")
    found = checked_addresses(read_address_file(form), form, CRS)
    assert found.table["id"].tolist() == ["1"]
    assert [one.text for one in found.refused] == ["第 2 条：x、y 疑为填反（33.58, 114.05），未载入。"]
