"""How stems of a library explain a text: one rule, one test.

::

    人民路 1号…9号 in 友爱街社区, 11号…19号 in 老街社区       泰山小区 at 秦岭路8号, 3 buildings
    人民路 5号 again in 召陵区                                  闫庄村 3组, houses 1号…4号
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gridgeo.locate.address.match import KEPT, Match, Matcher
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.parse import Parser
from gridgeo.locate.address.settle import EQUAL, NEAR, OTHER, RELATED, UNASKED

sys.path.insert(0, str(Path(__file__).parent))

from address_town import HEAD, library_of

NORTH, SOUTH = "漯河市源汇区老街街道", "漯河市召陵区天桥街道"
ROOMS = [f"{b}号楼{u}单元{r}" for b in (1, 2, 3) for u in (1, 2) for r in (101, 504)]
ROWS = [
    *((f"{NORTH}友爱街社区人民路{at}号", 5 * at, 250) for at in (1, 3, 5, 7, 9)),
    *((f"{NORTH}老街社区人民路{at}号", 5 * at, 250) for at in (11, 12, 13, 15, 17, 19)),
    (f"{NORTH}老街社区人民路12号附3号", 60, 255),
    *((f"{SOUTH}桥头社区人民路{at}号", 5 * at, 50) for at in (1, 3, 5)),
    *((f"{NORTH}老街社区秦岭路8号泰山小区{part}室", 5, 150) for part in ROOMS),
    (f"{NORTH}老街社区秦岭路10号", 15, 155),
    *((f"{SOUTH}闫庄村3组{at}号", 5 * at, 20) for at in (1, 2, 3, 4)),
    (f"{SOUTH}闫庄村4组2号", 5, 30),
    (f"{NORTH}友爱街社区人民路3号", 15, 250, "鑫源超市"),
    (f"{NORTH}友爱街社区人民路9号", 45, 250, "鑫源超市配送中心"),
]  # fmt: skip
LIBRARY = library_of(*ROWS, communities=["友爱街社区", "老街社区", "桥头社区", "闫庄村"])
MATCHER = Matcher(LIBRARY, np.zeros(len(LIBRARY), np.int32))
NAMES = {"district": ["源汇区", "召陵区"], "street": ["老街街道", "天桥街道"], "city": ["漯河市"]}
PARSER = Parser(NAMES | {"community": ["友爱街社区", "老街社区", "桥头社区", "闫庄村"]})


def matches(text: str) -> list[Match]:
    clean = normalise(text)
    return MATCHER.match(PARSER.parse(clean.text), "".join(clean.hints))[0]


def best(text: str) -> Match:
    return matches(text)[0]


def said(match: Match) -> str:
    """Return the address of the best row, without its district, and its name."""
    row = match.rows[0]
    return LIBRARY.texts.of(row).removeprefix(NORTH).removeprefix(SOUTH) + LIBRARY.names.of(row)


def score_of(text: str, address: str) -> float:
    return next(match.score for match in matches(text) if said(match) == address)


# ----------------------------------------------------------------------------- number ----


@pytest.mark.parametrize(
    ("text", "address", "number"),
    [
        ("老街社区人民路13号", "老街社区人民路13号", EQUAL),
        ("老街社区人民路12号附3", "老街社区人民路12号附3号", EQUAL),
        ("老街社区人民路12号附4", "老街社区人民路12号", RELATED),
        ("老街社区人民路13号附4", "老街社区人民路13号", RELATED),
        ("老街社区人民路200号", "老街社区人民路12号", NEAR),
        ("老街社区人民路18号", "老街社区人民路17号", NEAR),
        ("人民路甲号鑫源超市", "友爱街社区人民路3号鑫源超市", UNASKED),
        ("人民路", "友爱街社区人民路1号", UNASKED),
    ],
)
def test_a_number_is_equal_or_of_the_same_house_or_near(text: str, address: str, number: int) -> None:
    if number != NEAR:
        assert said(best(text)) == address
    assert best(text).number == number


def test_zeros_that_fill_a_number_up_tell_nothing() -> None:
    assert said(best("老街社区人民路013号")) == "老街社区人民路13号"
    assert said(best("泰山小区03号楼02单元0504室")) == "老街社区秦岭路8号泰山小区3号楼2单元504室"
    filled = library_of((HEAD + "老街社区秦岭路008号泰山小区03号楼02单元0504室", 1, 1), (HEAD + "秦岭路9号", 9, 1))
    found, _ = Matcher(filled, np.zeros(2, np.int32)).match(PARSER.parse("泰山小区3号楼2单元504"))
    assert (found[0].asked, found[0].found) == (3, 3)


def test_of_absent_numbers_the_nearest_on_the_same_side_goes_first() -> None:
    assert said(best("老街社区人民路21号")) == "老街社区人民路19号"
    assert said(best("老街社区人民路2001号")) == "老街社区人民路19号"


def test_a_number_counts_more_behind_its_road_than_apart_from_it() -> None:
    apart = score_of("人民路老街社区大门13号", "老街社区人民路13号")
    assert score_of("老街社区人民路13号", "老街社区人民路13号") > apart


def test_a_number_that_cannot_be_compared_is_another() -> None:
    odd = library_of((HEAD + "人民路甲号", 1, 1), (HEAD + "人民路乙号", 2, 1))
    found, _ = Matcher(odd, np.zeros(2, np.int32)).match(PARSER.parse("人民路12号"))
    assert {match.number for match in found} <= {OTHER}


def test_an_absent_number_stays_in_the_district_that_is_named() -> None:
    found = best("召陵区人民路9号")
    assert said(found) == "桥头社区人民路5号"
    assert found.number == NEAR
    assert said(best("人民路9号")) == "友爱街社区人民路9号"


def test_a_number_and_a_community_outweigh_a_wrong_street() -> None:
    assert said(best("天桥街道友爱街社区人民路7号")) == "友爱街社区人民路7号"


def test_a_text_that_names_another_district_says_where() -> None:
    assert best("召陵区老街社区人民路13号").against == ((0, 3),)
    assert best("源汇区老街社区人民路13号").against == ()


def test_a_number_behind_a_road_that_only_the_library_knows_is_the_houses() -> None:
    assert said(best("人民13号")) == "老街社区人民路13号" or best("人民13号").number != EQUAL


# ----------------------------------------------------------------------- group, house ----


def test_group_and_house_of_a_village() -> None:
    found = best("闫庄村3组2号")
    assert (said(found), found.asked, found.found) == ("闫庄村3组2号", 1, 1)
    assert said(best("闫庄村4组2号")) == "闫庄村4组2号"
    assert said(best("闫庄村3-2号")) == "闫庄村3组2号"


@pytest.mark.parametrize("text", ["闫庄村3组-2", "闫庄村3组2#", "闫庄村03组02号"])
def test_a_house_behind_its_group_needs_no_word(text: str) -> None:
    assert said(best(text)) == "闫庄村3组2号"


def test_a_house_that_a_group_lacks_leads_to_the_group() -> None:
    found = best("闫庄村3组9号")
    assert (found.asked, found.found) == (1, 0)
    assert said(found).startswith("闫庄村3组")


# --------------------------------------------------------------------- building, room ----


@pytest.mark.parametrize(
    ("text", "address", "asked", "found"),
    [
        ("泰山小区2号楼1单元504", "2号楼1单元504室", 3, 3),
        ("泰山小区2号楼504室", "2号楼1单元504室", 2, 2),
        ("泰山小区2号楼", "2号楼1单元101室", 1, 1),
        ("泰山小区2号楼1单元909", "2号楼1单元101室", 3, 1),
        ("泰山小区9号楼1单元504", "1号楼1单元101室", 3, 0),
        ("泰山小区", "1号楼1单元101室", 0, 0),
        ("秦岭路8号2号楼2单元101", "2号楼2单元101室", 3, 3),
        ("泰山小区2号", "2号楼1单元101室", 1, 1),
        ("泰山小区3楼", "3号楼1单元101室", 1, 1),
        ("泰山小区2号楼2单元5楼04", "2号楼2单元504室", 3, 3),
        ("老街社区2号楼1单元504", "2号楼1单元504室", 3, 3),
    ],
    ids=[
        "all", "no unit", "building", "room is not there", "building is not there", "estate", "by road and number",
        "number is the building's", "floor is the building's", "floor and room", "community and building",
    ],
)  # fmt: skip
def test_parts_of_an_estate_are_looked_for_among_its_rows(text: str, address: str, asked: int, found: int) -> None:
    match = best(text)
    assert said(match) == "老街社区秦岭路8号泰山小区" + address
    assert (match.asked, match.found) == (asked, found)


def test_a_floor_is_no_building_where_no_building_has_its_number() -> None:
    assert best("泰山小区5楼").found == 0


def test_the_plain_row_goes_before_those_with_more() -> None:
    library = library_of((HEAD + "秦岭路8号泰山小区3号楼101室", 1, 1), (HEAD + "秦岭路8号泰山小区3号楼", 2, 2))
    found, _ = Matcher(library, np.zeros(2, np.int32)).match(PARSER.parse("泰山小区3号楼"))
    assert library.texts.of(found[0].rows[0]) == HEAD + "秦岭路8号泰山小区3号楼"


def test_one_row_of_every_grid_that_answers_is_named() -> None:
    rooms = [(f"{HEAD}秦岭路8号泰山小区{b}号楼{r}室", 1, 1) for b in (1, 2) for r in (101, 102)]
    library = library_of(*rooms)
    grid = np.array([{"101": 4, "102": 7}[library.texts.of(at)[-4:-1]] for at in range(4)], np.int32)
    found, _ = Matcher(library, grid).match(PARSER.parse("泰山小区2号楼"))
    assert found[0].grids == (4, 7)
    assert all("2号楼" in library.texts.of(row) for row in found[0].rows)


def test_the_best_match_of_every_grid_is_returned_however_many_there_are() -> None:
    many = KEPT + 20
    library = library_of(*((f"{HEAD}人民路{at}号", at, 1) for at in range(1, many)))
    grid = (library.stem_number[np.repeat(np.arange(many - 1), np.diff(library.stem_begins))] > KEPT + 10).astype(
        np.int32
    )
    found, _ = Matcher(library, grid).match(PARSER.parse("人民路"))
    assert {match.grids for match in found} == {(0,), (1,)}


# ------------------------------------------------------------------------------ names ----


def test_a_place_goes_behind_its_plain_address() -> None:
    first, second = [said(match) for match in matches("友爱街社区人民路3号")[:2]]
    assert (first, second) == ("友爱街社区人民路3号", "友爱街社区人民路3号鑫源超市")


def test_a_name_that_is_a_part_of_another_is_demoted_where_that_one_stands() -> None:
    assert said(best("鑫源超市配送中心")) == "友爱街社区人民路9号鑫源超市配送中心"
    assert said(best("鑫源超市")) == "友爱街社区人民路3号鑫源超市"
    first, *others = matches("鑫源超市配送中心")
    assert all(other.score < first.score - 3 for other in others)


def test_a_spoilt_name_is_demoted_where_another_stands_as_it_is() -> None:
    library = library_of((HEAD + "泰山路12号", 1, 1), (HEAD + "秦山路99号", 9, 9))
    found, _ = Matcher(library, np.zeros(2, np.int32)).match(PARSER.parse("泰山路99号"))
    assert library.texts.of(found[0].rows[0]) == HEAD + "泰山路12号"


def test_a_misspelled_name_tells_less_than_a_right_one() -> None:
    assert said(best("老街社区仁民路13号")) == "老街社区人民路13号"
    assert best("老街社区仁民路13号").score < best("老街社区人民路13号").score


def test_no_character_tells_twice() -> None:
    library = library_of((f"漯河市泰山区泰山街道泰山路{1}号", 1, 1), ("漯河市召陵区天桥街道泰山路3号", 9, 9))
    found, _ = Matcher(library, np.zeros(2, np.int32)).match(PARSER.parse("泰山路"))
    assert found[0].score == pytest.approx(found[1].score)


def test_brackets_tell_half_as_much() -> None:
    hinted = normalise("人民路5号(召陵区附近)")
    assert hinted.hints == ("召陵区附近",)
    alone, in_text = score_of("人民路5号", "桥头社区人民路5号"), score_of("召陵区人民路5号", "桥头社区人民路5号")
    assert alone < score_of("人民路5号(召陵区附近)", "桥头社区人民路5号") < in_text


def test_numbers_or_areas_alone_explain_nothing() -> None:
    assert matches("12号") == []
    assert matches("源汇区老街街道") == []
    assert matches("") == []


def test_the_best_come_first() -> None:
    scores = [match.score for match in matches("人民路5号")]
    assert scores == sorted(scores, reverse=True)
