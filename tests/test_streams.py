"""Registers in pieces: every reader gives the same rows in the same order, however the file is cut."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake import stream_parquet, stream_sheet, stream_text
from gridgeo.intake.stream import Stream, evenly, numbers, text_ids
from gridgeo.intake.stream_parquet import open_parquet
from gridgeo.intake.stream_sheet import open_sheet
from gridgeo.intake.stream_text import open_text

ROWS = pd.DataFrame({"户号": ["001", " 02 ", "3", None, "5"], "X": [1.5, 2, None, 4, 5], "Y": [9.0, 8, 7, 6, 5]})
IDS = ["001", "02", "3", "", "5"]
COLUMNS = {"key": "户号", "x": "X", "y": "Y"}


@pytest.fixture(autouse=True)
def pieces_of_two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stream_parquet, stream_text, stream_sheet):
        for size in ("POINTS", "SHAPES"):
            monkeypatch.setattr(module, size, 2, raising=False)


def rows(stream: Stream) -> list[tuple]:
    batches = list(stream.batches())
    assert [batch.start for batch in batches] == list(range(0, 2 * len(batches), 2))
    assert all(len(batch.ids) == 2 for batch in batches[:-1])
    found = []
    for batch in batches:
        x, y = ([None if np.isnan(v) else v for v in values] for values in (batch.places.x, batch.places.y))
        found += zip(batch.ids.to_pylist(), x, y, strict=True)
    return found


WANTED = list(zip(IDS, [1.5, 2, None, 4, 5], [9.0, 8, 7, 6, 5], strict=True))


def test_another_column_comes_as_text_whatever_it_holds(tmp_path: Path):
    table = ROWS.assign(ADDR=["桂花社区", "3.7E+11", None, "", " 一 "], N=[1, 2, 3, 4, 5])
    table.to_parquet(tmp_path / "a.parquet")
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_excel(tmp_path / "a.xlsx", index=False)
    for key, ids in (("户号", IDS), ("", [""] * 5)):
        where = {"key": key, "x": "X", "y": "Y"}
        for opening in (
            lambda text, where=where: open_parquet(tmp_path / "a.parquet", **where, text=text),
            lambda text, where=where: open_text(tmp_path / "a.csv", **where, text=text),
            lambda text, where=where: open_sheet(tmp_path / "a.xlsx", "", **where, text=text),
        ):
            batches = list(opening("ADDR").batches())
            assert [batch.ids.to_pylist() for batch in batches] == [ids[:2], ids[2:4], ids[4:]]
            assert [text for b in batches for text in b.text.to_pylist()] == ["桂花社区", "3.7E+11", "", "", " 一 "]
            assert next(opening("X").batches()).text.to_pylist()[0] == "1.5"
            assert next(opening(None).batches()).text is None
            with pytest.raises(SchemaError, match="has no column Z"):
                opening("Z")


@pytest.mark.parametrize("row_group_size", [1, 3, 100])
def test_parquet_is_cut_anew_whatever_its_row_groups(tmp_path: Path, row_group_size: int):
    ROWS.assign(more=1).to_parquet(tmp_path / "a.parquet", row_group_size=row_group_size)
    stream = open_parquet(tmp_path / "a.parquet", **COLUMNS)
    assert rows(stream) == WANTED
    assert rows(stream) == WANTED  # from its beginning again
    assert (stream.rows, stream.crs, stream.has_shapes) == (5, None, False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_the_encodings_of_chinese_offices(tmp_path: Path, encoding: str):
    (tmp_path / "a.csv").write_bytes(ROWS.to_csv(index=False).encode(encoding))
    stream = open_text(tmp_path / "a.csv", **COLUMNS)
    assert rows(stream) == WANTED
    assert stream.rows > 0


def test_a_quoted_line_break_does_not_break_a_row(tmp_path: Path):
    (tmp_path / "a.csv").write_text('note,户号,X,Y\n"one\ntwo",001,1.5,9\n"a,""b""",02,2,8\n', encoding="utf-8")
    assert rows(open_text(tmp_path / "a.csv", **COLUMNS)) == WANTED[:2]


def test_tabs_separate_what_is_no_csv(tmp_path: Path):
    ROWS.to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    assert rows(open_text(tmp_path / "a.tsv", **COLUMNS)) == WANTED


def test_a_row_with_a_field_too_many_is_refused_with_its_place(tmp_path: Path):
    (tmp_path / "a.csv").write_text("户号,X,Y\n1,2,3\n1,2,3,4\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"a\.csv cannot be read as a table: .*Expected 3 columns, got 4"):
        rows(open_text(tmp_path / "a.csv", **COLUMNS))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00\xff\xff\xff,\n"])
def test_text_without_header_or_encoding_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ReadError, match="cannot be read as a table"):
        open_text(tmp_path / "a.csv", **COLUMNS)


def test_a_sheet_is_found_by_name_and_below_blank_rows(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("户")
    for row in ([], [], [None, "户号", "Y", "X"], [None, "001", 9, 1.5], [None, 2, "8", "2"], [None, 3.5, 7, "无"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    found = rows(open_sheet(tmp_path / "a.xlsx", "户", **COLUMNS))
    assert found == [("001", 1.5, 9), ("2", 2, 8), ("3.5", None, 7)]
    with pytest.raises(ReadError, match="no sheet 人; it has Sheet, 户"):
        open_sheet(tmp_path / "a.xlsx", "人", **COLUMNS)
    with pytest.raises(ReadError, match="sheet Sheet is empty"):
        open_sheet(tmp_path / "a.xlsx", "", **COLUMNS)


def geoparquet(path: Path, shapes: list, **options: object) -> Stream:
    table = gpd.GeoDataFrame({"户号": [str(i) for i in range(len(shapes))]}, geometry=shapes, crs="EPSG:4547")
    table.to_parquet(path, **options)
    return open_parquet(path, key="户号", x=None, y=None)


@pytest.mark.parametrize("coding", ["WKB", "geoarrow"])
def test_points_of_geoparquet_come_with_their_crs(tmp_path: Path, coding: str):
    stream = geoparquet(tmp_path / "a.parquet", [Point(1, 2), Point(3, 4), Point(5, 6)], geometry_encoding=coding)
    assert rows(stream) == [("0", 1, 2), ("1", 3, 4), ("2", 5, 6)]
    assert (stream.crs, stream.has_shapes) == ("EPSG:4547", False)


def test_lines_and_areas_of_geoparquet_come_as_shapes(tmp_path: Path):
    shapes = [Point(1, 2), None, box(0, 0, 1, 1), LineString([(0, 0), (1, 1)])]
    stream = geoparquet(tmp_path / "a.parquet", shapes)
    assert stream.has_shapes
    first, second = stream.batches()
    assert first.places.shapes is None
    assert list(second.places.shapes) == shapes[2:]


def test_geoparquet_without_a_crs_is_in_degrees_and_an_unknown_one_is_not_guessed(tmp_path: Path):
    geoparquet(tmp_path / "a.parquet", [Point(1, 2)])
    table = pq.read_table(tmp_path / "a.parquet")
    geo = json.loads(table.schema.metadata[b"geo"])
    for change, wanted in (({}, "OGC:CRS84"), ({"crs": None}, None)):
        geo["columns"]["geometry"].pop("crs", None)
        geo["columns"]["geometry"].update(change)
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "b.parquet")
        assert open_parquet(tmp_path / "b.parquet", key="户号", x=None, y=None).crs == wanted


def test_a_column_that_is_missing_is_named_with_those_that_are_there(tmp_path: Path):
    ROWS.to_parquet(tmp_path / "a.parquet")
    ROWS.to_csv(tmp_path / "a.csv", index=False)
    ROWS.to_excel(tmp_path / "a.xlsx", index=False)
    wrong = {**COLUMNS, "y": "Z"}
    for opening in (
        lambda: open_parquet(tmp_path / "a.parquet", **wrong),
        lambda: open_text(tmp_path / "a.csv", **wrong),
        lambda: open_sheet(tmp_path / "a.xlsx", "", **wrong),
    ):
        with pytest.raises(SchemaError, match="has no column Z; its columns are 户号, X, Y"):
            opening()
    with pytest.raises(SchemaError, match="has no geometry"):
        open_parquet(tmp_path / "a.parquet", key="户号", x=None, y=None)


@given(st.lists(st.integers(0, 5)), st.integers(1, 4))
def test_cutting_anew_keeps_every_row_in_order(lengths, size):
    schema = pa.schema([("n", pa.int64())])
    values = iter(range(sum(lengths)))
    pieces = [pa.record_batch([[next(values) for _ in range(n)]], schema=schema) for n in lengths]
    cut = list(evenly(pieces, schema, size))
    assert [n for _, table in cut for n in table["n"].to_pylist()] == list(range(sum(lengths)))
    assert [start for start, _ in cut] == list(range(0, sum(lengths), size))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1.0, 2.5, None, float("nan")], ["1", "2.5", "", ""]),
        ([1, None, -3], ["1", "", "-3"]),
        (["Ａ１", "\u3000x\t", ""], ["Ａ１", "x", ""]),
        (["1E5", "E+10", "4.1E+1"], ["1E5", "E+10", "4.1E+1"]),
    ],
)
def test_ids_are_text(values, wanted):
    assert text_ids(pa.array(values), file="a", name="ID").to_pylist() == wanted
    assert text_ids(pa.array(values).dictionary_encode(), file="a", name="ID").to_pylist() == wanted


@pytest.mark.parametrize("value", [4.11102001001001e17, 1e15, -(2.0**53), float("inf")])
def test_an_id_that_has_lost_digits_is_refused_with_record_and_column(value):
    with pytest.raises(SchemaError, match=r"a\.parquet, record 12: id .* in column 'HID' .* more than 15 digits"):
        text_ids(pa.array([1.0, value]), file="a.parquet", name="HID", start=10)


@pytest.mark.parametrize("value", ["3.70102E+11", "4E+14", " 4.1e+14 "])
def test_an_id_in_scientific_notation_is_refused_with_record_and_column(value):
    with pytest.raises(SchemaError, match=r"a\.csv, record 12: .* in column 'HID' is a code that a spreadsheet turned"):
        text_ids(pa.array(["H1", value]), file="a.csv", name="HID", start=10)


def test_coordinates_that_are_words_are_none(tmp_path: Path):
    assert np.isnan(numbers(pa.array(["五十万", "500.100,0", "", None]))).all()
    assert numbers(pa.array([" 1.5", "2e3"])).tolist() == [1.5, 2000]
    assert numbers(pa.array([1, None, 3])).tolist()[::2] == [1, 3]
