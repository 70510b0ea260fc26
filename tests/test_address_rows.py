"""Rows of a library are read without their remarks, as what is asked for is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.normalise import normalise, plain_row
from gridgeo.locate.address.parse import Parser
from gridgeo.locate.address.rows import row_columns

sys.path.insert(0, str(Path(__file__).parent))

from address_town import library_of

PLAIN = "漯河市源汇区马路街街道人民路12号泰山小区3号楼2单元501室"


def levels(*texts: str) -> list[dict[str, str]]:
    columns = row_columns(list(texts), Parser())
    return [{name: str(column[row]) for name, column in columns.items() if column[row]} for row in range(len(texts))]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + "（空户）",
        PLAIN + "(原3号)",
        PLAIN + "&nbsp;",
        f'"{PLAIN[:6]}\n{PLAIN[6:]}"',
        PLAIN + " 13812345678",
        PLAIN + "张三13812345678",
        PLAIN.replace("街道", "街道，").replace("12号", "12号 ,"),
        PLAIN.replace("源汇区", " 源汇区 "),
        PLAIN.replace("泰山小区", "【泰山小区】"),
        PLAIN.replace("3号楼2单元501室", "3号楼(2)单元(501)"),
        PLAIN.replace("号", "號").replace("单", "單"),
    ],
)
def test_a_row_with_remarks_has_the_levels_of_the_plain_one(text: str) -> None:
    assert levels(text) == levels(PLAIN)


def test_rows_with_and_without_remarks_are_read_side_by_side():
    rows = [PLAIN, PLAIN + "（空户）", PLAIN.replace("501", "402"), PLAIN.replace("501", "402") + "（空户）"]
    assert [row["room"] for row in levels(*rows * 3)] == ["501", "501", "402", "402"] * 3


def test_a_row_that_is_nothing_but_a_remark_stays():
    assert plain_row("（待定）").text == "(待定)"


def test_a_name_before_a_telephone_number_is_no_part_of_the_address():
    assert normalise("泰山小区3号楼501室李四 13812345678").text == "泰山小区3号楼501室"
    assert normalise("赵庄村李庄13812345678").text == "赵庄村李庄"


def test_a_community_with_brackets_in_its_name_is_known_without_them():
    name = "天后宫居委会（社区）村"
    rows = [(f"漯河市源汇区老街街道{name}富民巷{at}号", 9 * at, 250) for at in range(1, 9)]
    library = library_of(*rows, communities=[name])
    columns = set(zip(library.lexicon.level.tolist(), library.lexicon.names, strict=True))
    assert {(Level.COMMUNITY, "天后宫居委会村"), (Level.ROAD, "富民巷")} <= columns
