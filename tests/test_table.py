"""The table of a map has the numbers of the map and the store, and no text in it runs, breaks or turns into a number.

::

    +-----+-----+-----+-----+      eight grids in four communities, 120, 240 … 960 households;
    | 001 | 001 | 001 | 001 |      the last one is exclusive
    +-----+-----+-----+-----+
    | 002 | 002 | 002 | /// |
    +-----+-----+-----+-----+
"""

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from exported import HARD_NAMES, RECIPE, content, grids
from openpyxl.worksheet.worksheet import Worksheet

from gridgeo.errors import InputError
from gridgeo.render.content import Content, Listing, Mark, nothing
from gridgeo.render.footer import DISCLAIMER, INTERNAL
from gridgeo.render.recipe import Footer
from gridgeo.render.table import equal_table, sums_by_class, sums_by_unit, totals
from gridgeo.render.table_file import table_file
from gridgeo.render.workbook import workbook


def book_of(shown: Content, recipe=RECIPE) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(table_file(shown, recipe, "xlsx")))


def values(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def rows_of(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def cells(book: openpyxl.Workbook) -> Iterator[object]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from row


def test_every_grid_has_its_row_in_order_of_code_with_the_numbers_of_the_layer():
    shown = content(grids().sample(frac=1, random_state=1))
    table = equal_table(shown.edition, shown.key, shown.rows)
    layer = grids().sort_values("code")
    assert table["网格编码"].tolist() == layer["code"].tolist()
    assert table["户数"].tolist() == layer["households"].tolist()
    assert table["面积（平方米）"].tolist() == layer["area_m2"].round(2).tolist()
    assert table["类型"].tolist() == ["综合网格"] * 7 + ["专属网格"]
    assert set(table["街道"]) == {"沙北街道"}
    assert set(table["区县"]) == {"郾城区"}


def test_the_sums_by_class_are_the_legend():
    shown = content()
    table = equal_table(shown.edition, shown.key, shown.rows)
    sums = sums_by_class(table, shown.key, shown.rows)
    assert sums["网格数"].tolist() == [row.count for row in shown.rows]
    assert sums["户数"].sum() == grids()["households"].sum() == totals(table)["户数"]


def test_a_class_in_the_table_is_the_label_of_the_legend():
    shown = content()
    table = equal_table(shown.edition, shown.key, shown.rows)
    counted = table["分级"].value_counts().to_dict()
    assert counted == {" ".join(row.label.split()): row.count for row in shown.rows if row.count}


def test_every_level_sums_to_the_whole():
    shown = content()
    table = equal_table(shown.edition, shown.key, shown.rows)
    units = sums_by_unit(table, shown.key, shown.rows)
    assert list(units) == ["区县", "街道", "社区"]
    assert [len(level) for level in units.values()] == [1, 1, 4]
    for level in units.values():
        assert level["网格数"].sum() == 8
        assert level["户数"].sum() == grids()["households"].sum()


def test_columns_that_the_layer_lacks_are_left_out():
    shown = content(grids().drop(columns=["population", "short_name", "area_m2"]))
    table = equal_table(shown.edition, shown.key, shown.rows)
    assert not {"人口", "简称", "面积（平方米）"} & set(table)


def test_a_workbook_gives_every_number_back_as_a_number_and_every_code_as_text():
    sheet = book_of(content())["网格表"]
    header, *rows, sums = values(sheet)[2:]
    found = pd.DataFrame(rows, columns=header)
    layer = grids().sort_values("code")
    assert found["网格编码"].tolist() == layer["code"].tolist()
    assert found["户数"].tolist() == layer["households"].tolist()
    assert found["全称"].tolist() == layer["full_name"].tolist()
    assert dict(zip(header, sums, strict=True))["户数"] == layer["households"].sum()
    assert sums[0] == "合计"
    assert {cell.number_format for cell in sheet["A"][2:]} == {"@"}


def test_a_workbook_has_header_and_filter_where_excel_wants_them():
    sheet = book_of(content())["网格表"]
    assert sheet.freeze_panes == "B4"
    assert sheet.auto_filter.ref == "A3:M11"  # the sums stay below whatever is sorted
    assert sheet.print_title_rows == "$3:$3"


@pytest.mark.parametrize("name", HARD_NAMES)
def test_no_name_becomes_a_formula_in_a_workbook(name: str):
    book = book_of(content(grids(1, 1).assign(full_name=name)))
    assert all(cell.data_type != "f" for cell in cells(book))
    assert book["网格表"]["C4"].value == name


def test_a_title_that_begins_like_a_formula_stays_a_title():
    assert book_of(content(), replace(RECIPE, title="=1+1"))["网格表"]["A1"].data_type == "s"


def test_control_characters_are_shown_and_not_lost():
    sheet = book_of(content(grids(1, 1).assign(full_name="甲\x07乙")))["网格表"]
    assert sheet["C4"].value == "甲␇乙"


def test_a_text_that_excel_would_cut_is_refused():
    with pytest.raises(InputError, match="32,767 characters"):
        table_file(content(grids(1, 1).assign(full_name="甲" * 32_768)), RECIPE, "xlsx")


def test_more_rows_than_a_sheet_holds_are_refused():
    with pytest.raises(InputError, match="more than an Excel sheet holds"):
        workbook(pd.DataFrame({"户数": range(1_048_573)}), [], {})


def test_a_missing_figure_leaves_its_cell_empty():
    shown = content(grids(1, 2).assign(population=pd.array([5, None], "Int64")))
    assert [cell.value for cell in book_of(shown)["网格表"]["K"][3:]] == [5, None, 5]


def test_the_second_sheet_is_the_legend_and_its_sums():
    shown = content()
    lines = values(book_of(shown)["图例与汇总"])
    assert lines[0][0] == shown.heading
    assert [line[1] for line in lines[2 : 2 + len(shown.rows)]] == [row.count for row in shown.rows]
    assert lines[2 + len(shown.rows)][:3] == ["合计", 8, int(grids()["households"].sum())]
    assert {"按区县汇总", "按街道汇总", "按社区汇总"} <= {line[0] for line in lines}


def test_the_second_sheet_has_the_counts_and_the_facts_of_the_legend():
    marks = (
        Mark(name="错误", shapes=nothing(), colour="#990000", count=26, on_map=0),
        Mark(name="问题合计", shapes=nothing(), colour="#000000", width_pt=0, count=26),
        Mark(name="界线", shapes=nothing(), colour="#000000"),
    )
    sheet = book_of(replace(content(), marks=marks, facts=(("错误·无位置", "21 条"),)))["图例与汇总"]
    rows = [row[:3] for row in values(sheet)]
    start = rows.index(["图上标记", None, None])
    assert rows[start + 1 : start + 4] == [["标记", "数量", "其中图上"], ["错误", 26, 0], ["问题合计", 26, 26]]
    assert ["错误·无位置", "21 条", None] in rows


def test_the_last_sheet_says_what_the_map_says_in_its_margin():
    told = dict(values(book_of(content())["说明"]))
    assert told["版本"] == "V1（2026-11-20 发布）"
    assert told["制图单位"] == "测绘院"
    assert told["使用范围"] == INTERNAL
    assert told["说明"] == DISCLAIMER
    numbered = replace(RECIPE, footer=Footer(review_number="豫S（2026）012号"))
    told = dict(values(book_of(content(), numbered)["说明"]))
    assert told["审图号"] == "豫S（2026）012号"
    assert "使用范围" not in told


def test_other_tables_of_the_map_have_sheets_of_their_own():
    listed = pd.DataFrame({"问题": ["=1"], "面积": [2.5]})
    shown = replace(content(), listings=(Listing(title="问题/清单", table=listed),) * 2)
    book = book_of(shown)
    assert book.sheetnames == ["网格表", "图例与汇总", "问题 清单", "问题 清单 2", "说明"]
    assert values(book["问题 清单"]) == [["问题", "面积"], ["=1", 2.5]]


def test_the_same_map_gives_the_same_workbook_at_another_moment(monkeypatch: pytest.MonkeyPatch):
    first = table_file(content(), RECIPE, "xlsx")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert table_file(content(), RECIPE, "xlsx") == first
    with ZipFile(io.BytesIO(first)) as parts:
        assert {entry.date_time[0] for entry in parts.infolist()} == {1980}


def test_a_csv_file_has_the_numbers_of_the_layer_and_opens_in_excel():
    file = table_file(content(), RECIPE, "csv")
    assert file.startswith(b"\xef\xbb\xbf")
    header, *rows = rows_of(file)
    found = pd.DataFrame(rows, columns=header)
    layer = grids().sort_values("code")
    assert found["网格编码"].tolist() == layer["code"].tolist()
    assert found["户数"].astype(int).tolist() == layer["households"].tolist()
    assert len({len(row) for row in rows}) == 1


def test_a_text_that_would_run_from_a_csv_file_has_an_apostrophe_before_it():
    header, *rows = rows_of(table_file(content(), RECIPE, "csv"))
    names = [row[header.index("全称")] for row in rows]
    assert names == [f"'{name}" if name[0] in "=+-@" else name for name in HARD_NAMES]


def test_an_unknown_kind_of_table_is_the_callers_mistake():
    with pytest.raises(ValueError, match="xlsx, csv"):
        table_file(content(), RECIPE, "ods")
