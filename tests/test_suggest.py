"""What is suggested while somebody types, on the town of `address_town`."""

import address_town
import pytest

from gridgeo.locate.address.suggest import Suggester, Suggestion, suggest
from gridgeo.locate.grid_names import GridName, GridNames

BOOK = address_town.book()
GRIDS = address_town.grids()
NAMES = GridNames([
    GridName(row.code, row.community_code, row.community_name, row.short_name, row.full_name, ("源汇区", "老街街道"))
    for row in GRIDS.itertuples()
])  # fmt: skip
TOWN = Suggester(BOOK, GRIDS["code"], NAMES.entries())


def texts(typed: str, limit: int = 8) -> list[str]:
    return [one.text for one in TOWN.suggest(typed, limit)]


def first(typed: str) -> Suggestion:
    return TOWN.suggest(typed)[0]


@pytest.mark.parametrize("typed", ["人民", "人民d", "人民dong", "renmin", "rmdl", "renmdl", "RENMINDONGLU", "人民东"])
def test_a_road_is_found_by_characters_pinyin_initials_and_all_of_them(typed: str):
    assert "人民东路" in texts(typed)


def test_what_is_typed_may_have_one_character_wrong():
    assert texts("秦山小区")[0] == "泰山小区"


def test_what_begins_so_goes_before_what_holds_it():
    assert texts("人民")[:2] == ["人民东路", "人民医院"]
    assert texts("第二中")[0] == "漯河市第二中学"


def test_the_code_is_told_where_all_rows_lie_in_one_grid():
    assert (first("泰山小区").code, first("泰山小区").grids) == ("411102001002002", 1)
    assert (first("人民东路").code, first("人民东路").grids) == (None, 3)


def test_numbers_of_a_road_go_on_from_the_digits_typed():
    found = TOWN.suggest("人民东路1", 20)
    assert [one.text for one in found[:3]] == ["人民东路1号", "人民东路10号", "人民东路11号"]
    assert found[0].code == "411102001001001"
    assert found[0].place_id == "R0001"
    assert all(one.text.removeprefix("人民东路").startswith("1") for one in found)


def test_buildings_units_and_rooms_go_on_behind_an_estate():
    assert texts("泰山小区1", 20) == [f"泰山小区{n}号楼" for n in (1, 10, 11, 12)]
    assert texts("泰山小区3号楼2")[:1] == ["泰山小区3号楼2单元"]
    assert texts("泰山小区3号楼2单元5") == ["泰山小区3号楼2单元502室"]
    assert first("泰山小区3号楼2单元5").place_id is not None


def test_areas_before_a_name_stay_and_choose():
    assert texts("源汇区老街街道泰山路2")[0] == "源汇区老街街道泰山路2号"
    assert texts("漯河市源汇区人民")[0] == "漯河市源汇区人民东路"
    assert "泰山社区泰山路" not in texts("泰山社区泰山")


def test_communities_and_grids_are_suggested_by_name():
    assert first("友爱街社").kind == "community"
    assert first("友爱街社").grids == 3
    one = first("泰山社区第")
    assert (one.text, one.kind, one.code) == ("泰山社区第1网格", "grid", "411102001003001")


def test_codes_are_completed():
    assert texts("4111020010020") == ["411102001002001", "411102001002002", "411102001002003"]
    assert first("411102001002003").code == "411102001002003"


@pytest.mark.parametrize("typed", ["", "人", "r", "  ", "<script>", "'; DROP", "\x00\x01", "😀😀", "(((", "\\"])
def test_what_is_nothing_suggests_nothing_and_fails_never(typed: str):
    assert texts(typed) == []


def test_a_very_long_text_and_odd_limits_are_no_fault():
    assert isinstance(texts("人" * 10_000), list)
    assert TOWN.suggest("人民", 0) == []
    assert len(TOWN.suggest("41110", 10**6)) == 7


def test_nothing_is_suggested_twice():
    for typed in ("人民", "泰山", "rm", "41"):
        found = TOWN.suggest(typed, 50)
        assert len({(one.text, one.code) for one in found}) == len(found)


def test_a_book_alone_has_suggestions_and_a_layer_without_one_too():
    assert suggest(BOOK, "泰山小")[0].text == "泰山小区"
    layer_alone = Suggester(None, GRIDS["code"], NAMES.entries())
    assert layer_alone.suggest("友爱街社区")[0].text == "友爱街社区"
