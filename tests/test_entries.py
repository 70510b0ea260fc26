"""A register handed in: what is taken, what is refused and with which sentence, and what a second one changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.city import Source
from gridgeo.errors import CRSError, InputError, SchemaError
from gridgeo.intake.entries import CONTENT, Entries, Form, citizen_id, read_entries
from gridgeo.intake.renewal import renewal

CRS = "EPSG:4547"
FIRM, OTHER = "91350100M000100Y43", "91110108551385082Q"
HEADER = "id,x,y,addr,raddr,rx,ry,n,name"


def entries_of(folder: Path, *lines: str, kind: str = "household", crs: str = CRS, **options: Any) -> Entries:
    path = folder / "登记.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    form = Form(
        source=Source(file="登记.csv", path=path, crs=crs), kind=kind, id="id", x="x", y="y", address="addr",
        registered_address="raddr", registered_x="rx", registered_y="ry", count="n", name="name",
    )  # fmt: skip
    return read_entries(form, CRS, **options)


def told(entries: Entries) -> list[str]:
    return [one.text for one in entries.refused]


# ---------------------------------------------------------------------------- ids ----


def test_enterprises_are_keyed_by_their_code_in_its_one_form(tmp_path):
    entries = entries_of(tmp_path, "９１３５０１００m000100y43,500000,3700000,,,,,,", kind="enterprise")
    assert entries.table["id"].tolist() == [FIRM]


def test_a_wrong_enterprise_code_is_refused_with_the_check_that_fails(tmp_path):
    entries = entries_of(
        tmp_path, f"{FIRM},1,2,,,,,,", "91350100M000100Y44,1,2,,,,,,", "123,1,2,,,,,,", ",1,2,,,,,,", kind="enterprise"
    )
    assert told(entries) == [
        "第 2 条：统一社会信用代码“91350100M000100Y44”：第 18 位校验码应为“3”，实为“4”（GB 32100-2015），未载入。",
        "第 3 条：统一社会信用代码“123”：应为 18 位，实为 3 位，未载入。",
        "第 4 条：没有编号，未载入。",
    ]
    assert entries.table["id"].tolist() == [FIRM]


@pytest.mark.parametrize(("kind", "name"), [("household", "4.11102E+14"), ("enterprise", "9.1350100E+17")])
def test_ids_that_a_spreadsheet_made_numbers_of_are_refused_in_one_sentence(tmp_path, kind, name):
    with pytest.raises(SchemaError, match=r"1 values of column 'id' are codes that a spreadsheet turned into numbers"):
        entries_of(tmp_path, f"{name},1,2,,,,,,", kind=kind)


def test_a_citizens_id_is_no_id_of_a_household_and_is_not_repeated_in_the_report(tmp_path):
    entries = entries_of(tmp_path, "11010519491231002X,1,2,,,,,,", "411102001001001001,1,2,,,,,,")
    assert entries.table["id"].tolist() == ["411102001001001001"]
    assert told(entries) == [
        "第 1 条：编号列是公民身份号码，不能用作登记编号；请改用户号，身份证号另以 --person-id 指定，未载入。"
    ]
    assert "19491231" not in entries.refused[0].id


@given(st.integers(0, 16), st.sampled_from("0123456789"))
def test_a_citizens_id_with_one_wrong_digit_is_none(place, digit):
    right = "11010519491231002X"
    assert citizen_id(right[:place] + digit + right[place + 1 :]) == (digit == right[place])


# -------------------------------------------------------------------- repeated ids ----


def test_equal_rows_of_one_id_are_merged(tmp_path):
    entries = entries_of(tmp_path, "a,1,2,甲,,,,3,", "b,1,2,,,,,,", "a,1,2,甲,,,,3,")
    assert (entries.table["id"].tolist(), entries.repeated, entries.refused) == (["a", "b"], 1, [])


def test_contradicting_rows_of_one_id_are_all_refused_and_the_sentence_says_which(tmp_path):
    entries = entries_of(tmp_path, "a,500000,3700000,甲,,,,3,张三", "b,1,2,,,,,,", "a,500009,3700000,甲,,,,3,李四")
    assert entries.table["id"].tolist() == ["b"]
    text = (
        "编号“a”出现在第 1、3 条，坐标、姓名（名称）不一致，均未载入，库中原有记录不变；请核对后重新提交，"
        "或加 --last-wins 以最后一条为准。"
    )
    assert told(entries) == [text, text]
    assert "张三" not in text
    assert entries.spoken_of == {"a", "b"}


def test_the_last_of_contradicting_rows_is_taken_where_the_caller_says_so(tmp_path):
    entries = entries_of(tmp_path, "a,1,2,甲,,,,3,", "a,1,2,乙,,,,3,", "a,1,2,丙,,,,3,", last_wins=True)
    assert entries.table["address"].tolist() == ["丙"]
    assert [one.record for one in entries.settled] == [1, 2]
    assert entries.settled[0].text.endswith("经营（居住）地址不一致，按 --last-wins 采用第 3 条。")


# ----------------------------------------------------------------------- locations ----


def test_the_registered_location_is_kept_apart_and_decides_nothing_unless_it_is_said(tmp_path):
    line = f"{FIRM},,,经营地,注册地,500010,3700020,,"
    row = entries_of(tmp_path, line, kind="enterprise").table.iloc[0]
    assert np.isnan(row["x"])
    assert (row["registered_x"], row["registered_address"], row["located_by"]) == (500010, "注册地", "none")
    row = entries_of(tmp_path, line, kind="enterprise", fallback=True).table.iloc[0]
    assert (row["x"], row["y"], row["located_by"]) == (500010, 3700020, "registered")


def test_where_it_works_decides_whatever_is_registered(tmp_path):
    row = entries_of(
        tmp_path, f"{FIRM},500001,3700002,,,500010,3700020,,", kind="enterprise", fallback=True
    ).table.iloc[0]
    assert (row["x"], row["y"], row["located_by"]) == (500001, 3700002, "operating")


def test_zeros_are_the_empty_form_and_full_width_digits_are_digits(tmp_path):
    table = entries_of(tmp_path, "a,0,0,,,,,,", "b,５０００００,3700000,,,,,,", "c,abc,1,,,,,,").table
    assert table["located_by"].tolist() == ["none", "operating", "none"]
    assert table["x"].tolist()[1] == 500000


def test_a_table_whose_datum_nobody_says_is_refused(tmp_path):
    with pytest.raises(CRSError, match="does not say the datum of its coordinates; add --crs"):
        entries_of(tmp_path, "a,114.02,33.58,,,,,,", crs="auto")


def test_metres_that_are_said_to_be_degrees_are_refused(tmp_path):
    with pytest.raises(CRSError, match=r"record 1: 500000.0, 3700000.0 are no degrees, but --crs says EPSG:4490"):
        entries_of(tmp_path, "a,500000,3700000,,,,,,", crs="EPSG:4490")


def test_coordinates_of_map_services_are_brought_over(tmp_path):
    entries = entries_of(tmp_path, "a,114.02,33.58,,,,,,", crs="GCJ-02")
    straight = entries_of(tmp_path, "a,114.02,33.58,,,,,,", crs="EPSG:4490")
    moved = np.hypot(*(entries.table[axis] - straight.table[axis] for axis in "xy"))
    assert 400 < moved.iloc[0] < 700


@pytest.mark.parametrize("written", ["-1", "2.5", "很多", "99999999999"])
def test_a_count_that_is_none_is_refused_with_its_row(tmp_path, written):
    entries = entries_of(tmp_path, f"a,1,2,,,,,{written},", "b,1,2,,,,,,")
    assert told(entries) == [f"第 1 条：数量“{written}”不是非负整数，未载入。"]
    assert entries.table["count"].tolist() == [1]


def test_half_a_pair_of_coordinates_and_a_way_out_to_nowhere_are_refused(tmp_path):
    source = Source(file="a.csv", path=tmp_path / "a.csv", crs=CRS)
    with pytest.raises(InputError, match="name both coordinate columns, --x and --y"):
        read_entries(Form(source=source, kind="household", id="id", x="x"), CRS)
    with pytest.raises(InputError, match="no registered location to fall back to"):
        read_entries(Form(source=source, kind="household", id="id", x="x", y="y"), CRS, fallback=True)


# ----------------------------------------------------------------- handed in again ----


def known_from(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="record").assign(fid=range(1, len(table) + 1), nth=1)


POINTS = st.dictionaries(st.sampled_from("abcdefg"), st.tuples(st.integers(0, 2), st.sampled_from(["", "甲", "乙"])))


def made(rows: dict[str, tuple[int, str]]) -> Entries:
    table = pd.DataFrame({"record": range(1, len(rows) + 1), "id": pd.Series(list(rows), dtype=object)})
    for name in CONTENT:
        table[name] = ""
    table["address"] = [text for _, text in rows.values()]
    table[["x", "y", "registered_x", "registered_y"]] = np.nan
    table["x"], table["y"] = [float(x) for x, _ in rows.values()], 0.0
    table["located_by"], table["count"], table["population"] = "operating", 1, 0
    return Entries(table=table, given=frozenset(CONTENT), rows=len(rows), spoken_of=frozenset(rows))


@given(POINTS, POINTS, st.booleans())
def test_afterwards_there_is_what_the_register_says_and_it_costs_only_what_differs(old, new, complete):
    done = renewal(known_from(made(old).table), dict.fromkeys(old, 1), made(new), complete=complete)
    stays = [name for at, name in enumerate(old, 1) if at not in set(done.went.tolist())]
    afterwards = {name: old[name] for name in stays} | {
        row.id: (int(row.x), row.address) for row in done.came.itertuples()
    }
    assert afterwards == (new if complete else {**old, **new})
    assert done.unchanged == sum(old.get(name) == row for name, row in new.items())
    assert done.added + done.changed == len(done.came) == len(new) - done.unchanged
    assert not set(stays) & set(done.came["id"])


def test_less_than_a_millimetre_is_no_move():
    known = known_from(made({"a": (1, "")}).table)
    known["x"] += 0.0004
    assert renewal(known, {"a": 1}, made({"a": (1, "")})).unchanged == 1
    known["x"] += 0.002
    assert renewal(known, {"a": 1}, made({"a": (1, "")})).changed == 1


def test_a_row_that_comes_back_gets_the_next_number():
    done = renewal(known_from(made({}).table), {"a": 4}, made({"a": (1, "")}))
    assert done.came["nth"].tolist() == [5]


def test_of_rows_that_an_earlier_register_repeated_one_remains():
    twice = pd.concat([made({"a": (1, "甲")}).table, made({"a": (2, "甲")}).table])
    done = renewal(known_from(twice), {"a": 2}, made({"a": (2, "甲")}))
    assert (done.unchanged, done.went.tolist(), len(done.came)) == (1, [1], 0)
