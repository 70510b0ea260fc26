"""The one box on both stores: whatever is typed is recognised, and answered by the store's own registers, too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import address_town
import pytest

from gridgeo.errors import CRSError, InputError
from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup import open_lookup
from gridgeo.store.base import Store

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(store: Store, store_url_of: Callable[[Store], str], tmp_path: Path) -> Ask:
    """The town, with an enterprise that only the register knows."""
    address_town.fill(store, tmp_path)
    address_town.register(store, tmp_path)
    lookup = open_lookup(store=store_url_of(store))
    return lambda text, **options: locate(text, lookup, **options)


def kinds(answer: dict[str, Any]) -> list[str]:
    return [fault["kind"] for fault in answer["faults"]]


def test_every_kind_of_text_finds_its_grid(ask: Ask):
    for text, code in {
        "411102001001002": "411102001001002",
        "4111 0200 1001 002": "411102001001002",
        "500250,3700150": "411102001003001",
        "3700150 500250": "411102001003001",
        "老街社区第三网格": "411102001002003",
        "友爱街第二网格": "411102001001002",
        "泰山社区": "411102001003001",
        "源汇区人民东路12号": "411102001001001",
        "泰山小区3号楼2单元502": "411102001002002",
        address_town.SHOP: "411102001001001",
        "大风车幼儿园": "411102001001001",
        address_town.ENTERPRISE: "411102001003001",
        address_town.USCC: "411102001003001",
        f"统一社会信用代码：{address_town.USCC.lower()}": "411102001003001",
    }.items():
        answer = ask(text)
        assert (text, answer["status"], answer["code"]) == (text, "sure", code)


def test_a_community_with_several_grids_lists_all_of_them(ask: Ask):
    answer = ask("友爱街社区")
    assert (answer["status"], answer["code"], kinds(answer)) == ("ambiguous", None, ["several_grids"])
    assert [one["code"][-3:] for one in answer["candidates"]] == ["001", "002", "003"]
    assert answer["question"]


def test_the_office_of_a_community_is_answered_by_its_row(
    store: Store, store_url_of: Callable[[Store], str], tmp_path: Path
):
    address_town.fill(store, tmp_path)
    address_town.add_places(
        store,
        tmp_path,
        ("泰山社区居民委员会", "泰山社区人民东路45号", 225),
        ("友爱街社区党群服务站", "友爱街社区人民东路9号", 45),
    )
    lookup = open_lookup(store=store_url_of(store))
    answer = locate("泰山居委会", lookup)
    assert (answer["status"], answer["code"]) == ("sure", "411102001003001")
    assert answer["place"]["name"] == "泰山社区居民委员会"
    assert kinds(locate("友爱街社区", lookup)) == ["several_grids"]
    assert locate("泰山社区", lookup)["place"] is None


def test_a_grid_that_the_community_lacks_is_said(ask: Ask):
    answer = ask("友爱街社区第九网格")
    assert (answer["status"], kinds(answer)) == ("ambiguous", ["no_such_grid"])


def test_two_addresses_are_both_answered(ask: Ask):
    answer = ask("人民东路12号和泰山路5号")
    assert (answer["status"], answer["code"], kinds(answer)) == ("ambiguous", None, ["several_addresses"])
    assert [(one["query"], one["status"], one["code"]) for one in answer["answers"]] == [
        ("人民东路12号", "sure", "411102001001001"),
        ("泰山路5号", "sure", "411102001002001"),
    ]
    assert [one["code"] for one in answer["candidates"]] == ["411102001001001", "411102001002001"]


def test_a_crossing_stays_one_place(ask: Ask):
    assert "answers" not in ask("人民东路与泰山路交叉口")


def test_the_datum_may_stand_beside_the_numbers(ask: Ask):
    assert ask("高德坐标：114.0027，33.4289")["datum"] == "GCJ-02"
    assert ask("114.0027 33.4289 (CGCS2000)")["datum"] == "CGCS2000"
    with pytest.raises(InputError, match="said twice"):
        ask("百度 114.0027,33.4289", datum="GCJ-02")


def test_a_wrong_credit_code_is_told_with_what_is_wrong(ask: Ask):
    answer = ask(address_town.USCC[:-1] + "0")
    assert (answer["status"], kinds(answer)) == ("unknown", ["uscc_invalid"])
    assert "第 18 位校验码应为“X”" in answer["faults"][0]["text"]
    assert kinds(ask("91350100M000100Y43")) == ["uscc_unknown"]


def test_the_register_gives_place_and_no_name_or_number(ask: Ask):
    answer = ask(address_town.USCC)
    assert answer["place"]["id"] == address_town.USCC
    assert answer["place"]["text"] == "人民东路55号"
    assert "13812345678" not in str(answer)
    assert address_town.ENTERPRISE not in str(answer)


def test_a_citizens_id_is_refused(ask: Ask):
    assert kinds(ask("11010519491231002X")) == ["person_id"]


@pytest.mark.parametrize(
    "text", ["", "路", "😀", "'; DROP TABLE grid; --", "<b>x</b>", "\x00\x07", "人" * 10_000, "13812345678"]
)
def test_what_is_nothing_is_unknown_with_a_sentence(ask: Ask, text: str):
    answer = ask(text)
    assert answer["status"] == "unknown"
    assert answer["faults"]


def test_a_code_among_other_words_is_found(ask: Ask):
    for text in ("411102001001002。", "网格411102001001002", "411102001001002网格", "请查 411102001001002 老街社区"):
        answer = ask(text)
        assert (text, answer["status"], answer["code"]) == (text, "sure", "411102001001002")
    assert kinds(ask("身份证411102199001011234")) != []


def test_a_datum_in_the_text_that_cannot_be_used_is_a_fault_of_that_text_alone(ask: Ask):
    answer = ask("114.03,33.58 西安80")
    assert (answer["status"], kinds(answer)) == ("unknown", ["datum"])
    assert "西安80" in answer["faults"][0]["text"]
    with pytest.raises(CRSError):
        ask("114.03,33.58", datum="EPSG:4610")


def test_a_way_from_one_road_to_another_is_no_crossing(ask: Ask):
    assert ask("人民东路与泰山路")["status"] == "sure"
    assert ask("从人民东路到泰山路")["status"] != "sure"
