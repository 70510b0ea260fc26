"""An address book asked with anything at all: an answer or a sentence, never an exception."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridgeo.locate.address.answer import Answer
from gridgeo.locate.address.book import LONGEST_TEXT, AddressBook
from gridgeo.locate.address.library import build_library
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.order import wide_first
from gridgeo.locate.index import build_index

sys.path.insert(0, str(Path(__file__).parent))

import address_town
from address_town import HEAD, book_of

TOWN = address_town.book()
WORDS = [
    "漯河市", "源汇区", "老街街道", "友爱街社区", "人民东路", "泰山路", "泰山小区", "大风车幼儿园", "12", "3",
    "号", "号楼", "单元", "室", "附", "院", "与", "路口", "对面", "往东100米", "(", ")", ",", "-", "一", "甲",
    "B", "组", "层", "郑州市", "人名", "秦山", "\U0001f3e0",
]  # fmt: skip
STATUSES = {"sure", "ambiguous", "interpolated", "parent", "outside", "unknown"}


def checked(told: Answer) -> Answer:
    """Return an answer that keeps what all of them promise."""
    assert told.status in STATUSES
    assert 0.0 <= told.confidence <= 1.0
    assert told.status == "sure" or told.faults
    assert all(kind.isidentifier() and sentence and "\n" not in sentence for kind, sentence in told.faults)
    if told.status not in ("outside", "unknown"):
        assert told.best is not None
        assert math.isfinite(told.best.x + told.best.y) or told.best.row < 0
    if told.status == "sure":
        assert told.best.grid >= 0
    return told


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("，。！", "empty"),
        ("🏠🏠", "empty"),
        ("\x00\x07\x1b", "empty"),
        ("路", "too_short"),
        ("路" * 10_000, "too_long"),
        ("13812345678", "phone"),
        ("11010519491231002X", "person_id"),
        ("'; DROP TABLE address_row; --", "no_match"),
        ("<script>alert(1)</script>", "no_match"),
        ("%s%s%n{0}", "no_match"),
    ],
)
def test_what_is_no_address_gets_a_sentence(text: str, fault: str) -> None:
    told = checked(TOWN.ask(text))
    assert told.status == "unknown"
    assert told.faults[0][0] == fault
    assert "11010519491231002X" not in told.faults[0][1]
    assert "13812345678" not in told.faults[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "人民东路12号🏠",
        "人民东路\x0012号",
        "<b>人民东路12号</b>",
        "人民东路12号'; --",
        "人民东路１２號",
        "人民东路12号 张三 13812345678",
        "收货地址：人民东路12号，电话 13812345678",
        "12号，人民东路，源汇区",
    ],
)
def test_what_stands_around_an_address_does_no_harm(text: str) -> None:
    told = checked(TOWN.ask(text))
    assert told.status == "sure"
    assert TOWN.library.texts.of(told.best.row).endswith("人民东路12号")


def test_a_text_of_the_longest_kind_is_still_looked_at() -> None:
    assert checked(TOWN.ask("人民东路12号" + "，" * (LONGEST_TEXT - 7))).status == "sure"
    assert checked(TOWN.ask("人民东路12号" + "，" * LONGEST_TEXT)).faults[0][0] == "too_long"


@settings(max_examples=150)
@given(st.text(st.characters(), max_size=600))
def test_any_text_is_answered(text: str) -> None:
    checked(TOWN.ask(text))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_of_addresses_are_answered(words: list[str]) -> None:
    checked(TOWN.ask("".join(words)))


@given(st.sampled_from(address_town.rows()["text"].tolist()))
def test_every_row_is_found_by_its_own_text(text: str) -> None:
    told = checked(TOWN.ask(text))
    assert told.status == "sure"
    assert TOWN.library.texts.of(told.best.row) == text


def test_the_same_text_is_answered_alike() -> None:
    assert TOWN.ask("泰山小区3号楼") == TOWN.ask("泰山小区3号楼")


def test_a_library_in_which_nothing_was_recognised_answers() -> None:
    assert checked(book_of(("12345", 50, 50)).ask("人民路12号")).status == "unknown"


# -------------------------------------------------------------------------- feedback ----


def told_by(feedback: list[tuple[str, str, str, str]]) -> AddressBook:
    table = address_town.rows().assign(source="a")
    return AddressBook(build_library(table, feedback=feedback), build_index(address_town.grids()))


def test_what_somebody_found_out_counts_however_it_is_written_again() -> None:
    book = told_by([("我在河边１２号院 电话", "a", "R0012", "")])
    for text in ("我在河边12号院 电话", "河边１２号院", "河边12号院 电话：13812345678"):
        told = checked(book.ask(text))
        assert (told.status, told.confidence, told.faults[0][0]) == ("sure", 1.0, "confirmed")
        assert book.library.ids.of(told.best.row) == "R0012"


def test_the_last_word_on_a_text_counts_and_rows_that_are_gone_do_not() -> None:
    book = told_by([("河边小院", "a", "R0001", ""), ("河边小院", "a", "R0050", ""), ("旧仓库", "a", "R9999", "")])
    assert book.library.ids.of(book.ask("河边小院").best.row) == "R0050"
    assert book.ask("旧仓库").status == "unknown"


def test_a_grid_may_be_told_instead_of_a_row_as_long_as_it_is_there() -> None:
    code = address_town.grids()["code"][2]
    book = told_by([("桥头", "", "", code), ("桥尾", "", "", "999999999999999")])
    told = checked(book.ask("桥头"))
    assert (told.status, book.index.codes[told.best.grid], told.best.row) == ("sure", code, -1)
    assert book.ask("桥尾").status == "unknown"


# ----------------------------------------------------------------------------- order ----


def test_an_address_from_narrow_to_wide_is_turned_round() -> None:
    told = checked(TOWN.ask("502室，2单元，3号楼，泰山小区，秦岭路8号，老街社区，源汇区"))
    assert told.status == "sure"
    assert TOWN.library.texts.of(told.best.row) == HEAD + "老街社区秦岭路8号泰山小区3号楼2单元502室"


def test_areas_that_go_from_narrow_to_wide_are_turned_round_without_a_number_first() -> None:
    told = checked(TOWN.ask("泰山小区，8号，秦岭路，老街社区，老街街道，源汇区，漯河市"))
    assert told.status == "sure"
    assert TOWN.library.texts.of(told.best.row).startswith(HEAD + "老街社区秦岭路8号泰山小区")
    assert wide_first(normalise("泰山路，12号，源汇区")).text == "泰山路12号源汇区"


@pytest.mark.parametrize("behind", ["", "，源汇区", "，老街社区，老街街道，源汇区，漯河市"])
@pytest.mark.parametrize("estate", ["泰山小区", "泰山生活区", "泰山苑A区"])
def test_a_house_number_before_its_road_turns_an_address_round(estate: str, behind: str) -> None:
    assert wide_first(normalise(f"{estate}，8号，秦岭路{behind}")).text.endswith(f"秦岭路8号{estate}")
    assert wide_first(normalise(f"秦岭路，8号，{estate}{behind}")).text.startswith("秦岭路8号")
    assert wide_first(normalise(f"{estate}，8号，秦岭路，12号")).text.startswith(estate)


def test_a_room_before_its_building_turns_an_address_round() -> None:
    assert wide_first(normalise("502 2单元 3号楼 和平里")).text == "和平里3号楼2单元502"
    assert wide_first(normalise("3号楼 2单元 502 张三")).text == "3号楼2单元502张三"
    assert wide_first(normalise("41号，丹桂路一巷")).text == "丹桂路一巷41号"


def test_areas_that_are_written_twice_count_once() -> None:
    assert normalise("河南省漯河市 河南省漯河市源汇区人民东路12号").text == "河南省漯河市源汇区人民东路12号"
    assert normalise("漯河市临颍县漯河市临颍县城关镇").text == "漯河市临颍县城关镇"
    assert normalise("河南漯河市源汇区，河南省漯河市源汇区人民东路12号").text == "河南省漯河市源汇区人民东路12号"
    assert normalise("荆州市荆州区").text == "荆州市荆州区"


@given(st.text("人民路区号楼室12,， ", max_size=20))
@example("1号 12 区")
def test_turning_round_keeps_all_characters(text: str) -> None:
    clean = normalise(text)
    assert sorted(wide_first(clean).text.replace(" ", "")) == sorted(clean.text.replace(" ", ""))


def test_two_numbers_stay_two_when_an_address_is_turned_round() -> None:
    assert wide_first(normalise("1号，12，老街区")).text == "老街区12 1号"


# ---------------------------------------------------------------------------- around ----


def test_the_grids_around_a_place_begin_with_its_own() -> None:
    left, bottom = 500_000.0, 3_700_000.0
    names = [TOWN.index.codes[row][-6:] for row in TOWN.around(left + 50, bottom + 250, 60.0)]
    assert names[0] == "001001"
    assert set(names[1:]) == {"001002", "002001"}
    assert TOWN.around(left - 500, bottom, 0.0) == [-1]
    assert TOWN.around(left - 20, bottom + 250, 50.0)[0] == -1


def test_the_name_of_the_city_may_be_said_though_no_row_says_it() -> None:
    rows = [(f"{area}{village}{at}组{at}号", at, at) for area in ("源汇区", "召陵区", "舞阳县") for at in range(1, 9)
            for village in ("问十镇闫庄村", "大刘镇刘庄村")]  # fmt: skip
    told = book_of(*rows).ask("漯河市源汇区问十镇闫庄村3组3号")
    assert (told.status, told.faults) == ("sure", ())
