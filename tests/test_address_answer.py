"""What is said of a text: the grid, an honest list, or an honest no. In the town of `address_town`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gridgeo.locate.address.answer import Answer
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.repeated import said_once

sys.path.insert(0, str(Path(__file__).parent))

import address_town
from address_town import HEAD, book_of

TOWN = address_town.book()
NORTH, SOUTH = "漯河市源汇区老街街道", "漯河市召陵区天桥街道"
TWO_DISTRICTS = book_of(
    *((f"{NORTH}老街社区人民路{at}号", 3 * at, 250) for at in range(1, 9)),
    *((f"{SOUTH}桥头社区人民路{at}号", 3 * at, 50) for at in range(1, 9)),
)


def kinds(told: Answer) -> list[str]:
    return [kind for kind, _ in told.faults]


def code(told: Answer, book: AddressBook = TOWN) -> str:
    assert told.best is not None
    return str(book.index.codes[told.best.grid])[-6:]


@pytest.mark.parametrize(
    ("text", "status", "grid", "faults"),
    [
        ("人民东路12号", "sure", "001001", []),
        ("源汇区人名东路12号", "sure", "001001", []),
        ("泰山小区3号楼2单元502", "sure", "002002", []),
        ("人民医院", "sure", "003001", []),
        ("泰山小区南门", "sure", "002002", ["relation"]),
        ("人民东路与泰山路交叉口", "sure", "002001", ["crossing"]),
        ("人民东路3号旁边的大风车幼儿园", "sure", "001001", []),
        ("人民东路30号旁边的大风车幼儿园", "sure", "001001", ["beside"]),
        ("人民东路", "ambiguous", "001001", ["ambiguous"]),
        ("人民医院对面", "ambiguous", "003001", ["relation"]),
        ("人民东路99号", "interpolated", "003001", ["number_absent"]),
        ("泰山小区13号楼", "parent", "002002", ["building_absent"]),
        ("泰山小区3号楼9单元909", "parent", "002002", ["room_absent"]),
        ("泰山路3号附2", "parent", "002001", ["number_other"]),
        ("人民东路30号大风车幼儿园", "parent", "001001", ["number_other"]),
        ("召陵区人民东路3号", "unknown", "001001", ["too_little"]),
    ],
)
def test_every_status_has_its_reason(text: str, status: str, grid: str, faults: list[str]) -> None:
    told = TOWN.ask(text)
    assert (told.status, code(told), kinds(told)) == (status, grid, faults)
    assert 0 <= told.confidence <= 1
    assert told.best in told.candidates or told.best.grid in {one.grid for one in told.candidates}


@pytest.mark.parametrize(
    ("text", "status", "fault"),
    [
        ("郑州市金水区花园路3号", "outside", "elsewhere"),
        ("你好", "unknown", "no_match"),
        ("12号", "unknown", "no_match"),
    ],
)
def test_what_is_not_here_has_no_grid(text: str, status: str, fault: str) -> None:
    told = TOWN.ask(text)
    assert (told.status, kinds(told)[0]) == (status, fault)
    assert told.confidence == 0.0


def test_sentences_say_what_is_missing() -> None:
    assert TOWN.ask("人民东路70号").faults[0][1] == "库中没有这条路的“70”号，按最近的 57 号推定"
    assert TOWN.ask("人民东路300号").faults[0][0] == "number_far"
    assert TOWN.ask("泰山小区13号楼").faults[0][1] == "库中没有这里的 13 号楼"
    assert TOWN.ask("泰山路3号附2").faults[0][1] == "库中有这一门牌的其他分号，没有“3号附2”"
    assert TOWN.ask("人民东路").faults[0][1] == "这段文字与 3 个网格内的地址同样相符"


def test_several_rows_in_one_grid_are_sure() -> None:
    told = TOWN.ask("泰山小区3号楼")
    assert (told.status, len(told.candidates)) == ("sure", 1)


def test_the_same_address_in_two_districts_is_a_list_and_a_question() -> None:
    told = TWO_DISTRICTS.ask("人民路5号")
    assert (told.status, kinds(told)) == ("ambiguous", ["ambiguous"])
    assert {code(told, TWO_DISTRICTS)} < {str(TWO_DISTRICTS.index.codes[one.grid])[-6:] for one in told.candidates}
    assert told.question == "请问是源汇区、召陵区中的哪一个？"
    for district in ("源汇区", "召陵区"):
        assert TWO_DISTRICTS.ask(f"{district}人民路5号").status == "sure"


def test_a_number_that_roads_of_one_name_in_two_districts_lack_is_a_question() -> None:
    rows = [(f"{NORTH}老街社区人民路{at}号", 3 * at, 250) for at in range(1, 9)]
    far = [(f"{SOUTH}桥头社区人民路{at}号", 5_000 + 3 * at, 50) for at in range(1, 9)]
    told = book_of(*rows, *far).ask("人民路10号")
    assert (told.status, kinds(told)) == ("ambiguous", ["ambiguous", "number_absent"])
    assert told.question == "请问是源汇区、召陵区中的哪一个？"
    assert book_of(*rows, *far).ask("源汇区人民路10号").status == "interpolated"


def test_a_number_is_interpolated_on_a_road_that_crosses_a_districts_border() -> None:
    assert TWO_DISTRICTS.ask("人民路10号").status == "interpolated"


def test_a_list_is_by_rows_that_answer() -> None:
    rooms = [(f"{HEAD}秦岭路8号泰山小区{b}号楼{r}室", x, 150) for b in (1, 2) for r, x in ((101, 50), (102, 250))]
    book = book_of(*rooms)
    told = book.ask("泰山小区2号楼")
    assert told.status == "ambiguous"
    assert [book.library.texts.of(one.row)[-7:] for one in told.candidates] == ["2号楼101室", "2号楼102室"]
    assert told.question == "请问楼栋号、门牌号或组号是多少？"


def test_a_row_outside_all_grids_is_told_as_such() -> None:
    told = book_of((HEAD + "人民路5号", 5_000, 5_000), (HEAD + "黄河路5号", 50, 50)).ask("人民路5号")
    assert (told.status, kinds(told)) == ("outside", ["outside"])


def test_a_place_that_lies_elsewhere_is_a_contradiction() -> None:
    far = [(f"{HEAD}黄河路{at}号", 50, 5_000 + at) for at in range(1, 9)]
    here = [(f"{HEAD}老街社区人民路8号泰山小区{at}号楼", 5 * at, 250) for at in range(1, 9)]
    told = book_of(*far, *here).ask("黄河路泰山小区5号楼")
    assert told.status == "ambiguous"
    assert kinds(told)[0] == "contradiction"


def test_a_stretch_of_a_road_lies_between_its_crossings() -> None:
    rows = [(f"{HEAD}人民路{at}号", 9 * at, 250) for at in range(1, 33)]
    rows += [
        (f"{HEAD}{road}{at}号", x, 200 + 9 * at)
        for road, x in (("黄河路", 20), ("淮河路", 80), ("长江路", 280))
        for at in range(1, 10)
    ]
    book = book_of(*rows)
    for text in ("人民路黄河路与长江路之间", "从黄河路到长江路之间的人民路", "人民路（黄河路至长江路段）"):
        told = book.ask(text)
        assert (told.status, kinds(told), len(told.candidates)) == ("ambiguous", ["section"], 3)
        assert told.best is not None
        assert told.best.x == pytest.approx(500_150, abs=5)
    assert book.ask("人民路上黄河路到淮河路那一段").status == "interpolated"


def test_a_stretch_of_a_road_that_is_a_border_lies_on_both_sides_of_it() -> None:
    rows = [(f"{HEAD}人民路{at}号", 9 * at, 210) for at in range(1, 12)]
    crossing = (("竹篾里", 20), ("驿站胡同", 80))
    rows += [(f"{HEAD}{road}{at}号", x, 200 + 9 * at) for road, x in crossing for at in range(1, 10)]
    told = book_of(*rows).ask("从竹篾里到驿站胡同之间的人民路")
    assert (told.status, kinds(told)) == ("ambiguous", ["section"])
    assert {str(TOWN.index.codes[one.grid])[-6:] for one in told.candidates} == {"001001", "001002"}


def test_the_house_of_a_road_and_an_estate_far_from_it_contradict_each_other() -> None:
    rows = [(f"{HEAD}人民路{at}号", 9 * at, 250) for at in range(1, 10)]
    rows += [(f"{HEAD}人民路90号", 700, 50), (f"{HEAD}泰山小区3号楼501", 290, 50), (f"{HEAD}泰山小区3号楼502", 290, 50)]
    told = book_of(*rows).ask("人民路90号泰山小区3号楼501")
    assert (told.status, kinds(told)) == ("ambiguous", ["contradiction"])


def test_a_building_of_a_community_may_stand_at_the_number_of_a_road() -> None:
    rows = [(f"{HEAD}老街社区人民路12号院{at}号楼", 9 * at, 250) for at in range(1, 10)]
    rows += [(f"{HEAD}老街社区泰山小区{at}号楼", 9 * at, 50) for at in range(1, 4)]
    told = book_of(*rows).ask("老街社区7号楼")
    assert (told.status, told.best is not None and told.best.x) == ("sure", 500_063)


def test_two_districts_have_two_crossings() -> None:
    rows = []
    for head, x, y in ((NORTH, 150, 250), (SOUTH, 150, 50)):
        shift = 0 if head == NORTH else 5_000
        rows += [(f"{head}人民路{at}号", x + shift + 9 * (at - 5), y) for at in range(1, 10)]
        rows += [(f"{head}黄河路{at}号", x + shift, y + 9 * (at - 5)) for at in range(1, 10)]
    told = book_of(*rows).ask("人民路与黄河路交叉口")
    assert (told.status, told.question) == ("ambiguous", "请问在哪个区县？")
    assert len(told.candidates) == 2
    within = book_of(*rows).ask("源汇区人民路与黄河路交叉口")
    assert within.status == "sure"


def test_a_crossing_in_another_district_than_the_text_names_is_not_sure() -> None:
    rows = [(f"{NORTH}人民路{at}号", 150 + 9 * (at - 5), 250) for at in range(1, 10)]
    rows += [(f"{NORTH}黄河路{at}号", 150, 250 + 9 * (at - 5)) for at in range(1, 10)]
    rows += [(f"{SOUTH}长江路{at}号", 5 * at, 50) for at in range(1, 10)]
    told = book_of(*rows).ask("召陵区人民路与黄河路交叉口")
    assert (told.status, kinds(told)) == ("ambiguous", ["crossing", "admin_other"])


def test_an_estate_named_as_it_is_goes_before_one_that_may_be_called_so() -> None:
    rows = [(f"{NORTH}桥头社区黄河路5号嵩山花园{at}号楼", 20, 250) for at in (1, 2)]
    rows += [(f"{NORTH}南门社区人民路8号嵩山安置小区{at}号楼", 250, 50) for at in (1, 2)]
    told = book_of(*rows).ask("嵩山花园南门")
    assert told.status != "sure" or told.best.x == 500_020


def test_the_citys_name_at_the_end_does_not_speak_for_the_district_of_that_name() -> None:
    rows = [(f"大理白族自治州大理市上河镇老街社区人民路{at}号", 3 * at, 250) for at in range(1, 5)]
    rows += [(f"大理白族自治州云龙县下河镇桥头社区人民路{at}号", 3 * at, 50) for at in range(1, 5)]
    assert book_of(*rows).ask("人民路3号，大理白族自治州").status == "ambiguous"


def test_roads_that_come_near_only_far_off_cross_by_their_direction() -> None:
    rows = [(f"{HEAD}人民路{at}号", 5 + 3 * at, 250) for at in range(1, 10)]
    rows += [(f"{HEAD}黄河路{at}号", 290, -300 + 9 * at) for at in range(1, 10)]
    told = book_of(*rows).ask("人民路与黄河路交叉口")
    assert (told.status, kinds(told)) == ("interpolated", ["crossing"])


def test_a_crossing_outside_all_grids_is_outside() -> None:
    rows = [(f"{HEAD}人民路{at}号", 900 + 9 * at, 250) for at in range(1, 10)]
    rows += [(f"{HEAD}黄河路{at}号", 950, 200 + 9 * at) for at in range(1, 10)]
    assert book_of(*rows).ask("人民路与黄河路交叉口").status == "outside"


def test_an_answer_without_confidence_is_held_back() -> None:
    told = TOWN.ask("锦绣商城人民东路12号海棠公寓")
    assert told.status != "sure"
    assert kinds(told)[-1] in ("unsure", "too_little")
    assert told.evidence is not None
    assert told.evidence.strange > 0


@pytest.mark.parametrize(("text", "fault"), [("庐山路12号", "other_name"), ("五四路12号", "other_name")])
def test_a_road_that_the_library_lacks_is_never_surely_another_one(text: str, fault: str) -> None:
    told = TOWN.ask(text)
    assert told.status != "sure"
    if told.status == "ambiguous" and "ambiguous" not in kinds(told):
        assert fault in kinds(told)


def test_a_citizens_id_beside_an_address_is_told_and_not_kept() -> None:
    assert "person_id" in kinds(TOWN.ask("人民东路56号，11010519491231002X"))


def test_a_street_that_is_not_in_the_district_named_beside_it_leaves_both_readings() -> None:
    book = book_of(
        *((f"漯河市源汇区上河镇吉庄村{at}组2号", 3 * at, 250) for at in range(1, 5)),
        *((f"漯河市召陵区下河镇吉庄村{at}组2号", 3 * at, 50) for at in range(1, 5)),
    )
    told = book.ask("源汇区下河镇吉庄村3组2号")
    assert told.status == "ambiguous"
    assert [book.library.texts.of(one.row)[:6] for one in told.candidates] == ["漯河市召陵区", "漯河市源汇区"]


def test_the_citys_name_does_not_speak_for_the_district_of_that_name() -> None:
    book = book_of(
        *((f"塔城地区塔城市上河镇吉庄村{at}组2号", 3 * at, 250) for at in range(1, 5)),
        *((f"塔城地区托里县下河镇吉庄村{at}组2号", 3 * at, 50) for at in range(1, 5)),
    )
    assert book.ask("塔城地区吉庄村3组2号").status == "ambiguous"
    assert book.ask("塔城市吉庄村3组2号").status == "sure"


def test_a_reading_that_leaves_a_village_unexplained_is_not_sure() -> None:
    rows = [
        (f"漯河市源汇区哈巴克乡{name}村6组{at}号", x, 150)
        for name, x in (("哈巴克", 50), ("库勒", 250))
        for at in (1, 2)
    ]
    told = book_of(*rows).ask("哈巴克库勒6组1号")
    assert told.status == "ambiguous"
    assert len(told.candidates) == 2


def test_a_company_is_not_known_by_the_district_it_begins_with() -> None:
    rows = [(f"{NORTH}老街社区人民路{at}号", 3 * at, 250) for at in range(1, 9)]
    book = book_of(*rows, (f"{NORTH}老街社区人民路8号", 250, 250, "源汇区杨鑫农业有限公司"))
    assert book.ask("源汇区张记超市").status == "unknown"
    assert book.ask("源汇区杨鑫农业").status == "sure"


def test_the_number_in_a_villages_name_may_be_written_in_digits() -> None:
    rows = [(f"{NORTH}牧业{number}队村3组2号", x, 150) for number, x in (("四", 50), ("五", 250))]
    told = book_of(*rows).ask("牧业五队3组2号")
    assert (told.status, told.best.x) == ("sure", 500_250)


def test_the_name_of_a_city_names_no_district_that_is_called_alike() -> None:
    county, town = "邵阳市邵阳县塘渡口镇", "邵阳市大祥区城北路街道"
    namesakes = book_of(
        *((f"{county}老街社区人民路{at}号", 3 * at, 250) for at in range(1, 9)),
        *((f"{town}桥头社区人民路{at}号", 3 * at, 50) for at in range(1, 9)),
    )
    assert namesakes.ask("邵阳市人民路5号").status == "ambiguous"
    assert namesakes.ask("邵阳人民路5号").status == "ambiguous"
    assert code(namesakes.ask("邵阳县人民路5号"), namesakes) == code(namesakes.ask("邵阳市邵阳人民路5号"), namesakes)


def test_what_is_named_behind_a_neighbours_number_is_meant_though_others_are_called_so() -> None:
    rows = [
        (f"{HEAD}老街社区{road}{at}号", 3 * at, y)
        for road, y in (("人民路", 250), ("黄河路", 50))
        for at in range(1, 60)
    ]
    shops = [(f"{HEAD}老街社区{road}58号", 174, y, "南风驾校") for road, y in (("人民路", 250), ("黄河路", 50))]
    book = book_of(*rows, *shops)
    told = book.ask("人民路9号旁边的南风驾校")
    assert (told.status, kinds(told)) == ("sure", ["beside"])
    assert told.best is not None
    assert book.library.texts.of(told.best.row) == f"{HEAD}老街社区人民路58号"
    assert book.library.names.of(told.best.row) == "南风驾校"
    assert kinds(book.ask("人民路9号附3号旁边的南风驾校")) == ["beside"]
    plain = book.ask("人民路9号旁边")
    assert plain.best is not None
    assert book.library.texts.of(plain.best.row) == f"{HEAD}老街社区人民路9号"


def test_a_province_that_the_library_does_not_write_is_nothing_foreign() -> None:
    book = book_of(*((f"荇川市鹭洲县仁里镇牛集村{at}组16号", 9 * at, 50) for at in range(1, 9)))
    told = book.ask("泽北省荇川市鹭洲县仁里镇牛集村2组16号")
    assert told.status == "sure"
    assert told.evidence is not None
    assert told.evidence.foreign == 0


def test_the_own_part_of_a_company_tells_more_than_the_city_before_it() -> None:
    names = ("源汇荣禾生物科技有限公司", "漯河荣达生物科技有限公司", "漯河市睿禾生物科技有限公司")
    shops = [(f"{HEAD}老街社区人民路{5 * at}号", 90 * at, 250, name) for at, name in enumerate(names, 1)]
    told = book_of(*shops).ask("漯河市荣禾生物科技公司")
    assert told.best is not None
    assert (told.status, told.best.row) == ("sure", 0)


def test_a_name_of_two_characters_that_is_written_otherwise_tells_nothing_alone() -> None:
    book = book_of(*((f"{HEAD}马塘村下塝{at}号", 9 * at, 50) for at in range(1, 9)))
    assert book.ask("你们几点下班").status == "unknown"
    assert book.ask("下塝").status != "unknown"
    assert book.ask("马塘村下傍3号").status == "sure"


def test_a_room_without_a_unit_goes_before_one_in_a_unit() -> None:
    one = [(f"{HEAD}人民路8号泰山小区一期3号楼{unit}单元501室", 5, 250) for unit in (1, 2)]
    told = book_of(*one, (f"{HEAD}人民路18号泰山小区二期3号楼501室", 9, 250)).ask("泰山小区3号楼501")
    assert told.best is not None
    assert told.best.row == 2


def test_no_name_begins_within_that_of_the_city() -> None:
    homes = (("南屏区", "同泉苑", (1, 2, 3)), ("高桥区", "江南小区", (5, 6, 7)))
    rows = [
        (f"漯江市{area}老街街道人民路{at}号{name}{at}号楼", 40 * at, 250) for area, name, all_ in homes for at in all_
    ]
    told = book_of(*rows).ask("漯江南屏同泉苑7号楼")
    assert told.best is not None
    assert "同泉苑" in {spot.name for spot in told.best.spots}


@pytest.mark.parametrize(
    "text",
    [
        "人民东路12号人民东路12号",
        "人民东路12号 人民东路12号",
        "源汇区，源汇区人民东路12号",
        "漯河市源汇区友爱街社区人民东路12号 / 漯河人民东路12号",
        "漯河市源汇区友爱街社区人民东路12号漯河市人民东路12号",
        "漯河市源汇区人民东路人民东路12号",
        "12号人民东路",
    ],
)
def test_what_is_said_twice_or_turned_round_is_one_address(text: str) -> None:
    told = TOWN.ask(text)
    assert (told.status, code(told)) == ("sure", "001001")


def test_a_lane_or_estate_that_the_library_lacks_is_no_other_one() -> None:
    for text in ("人民东路三巷12号", "老街社区碧桂园3号楼2单元502"):
        told = TOWN.ask(text)
        assert (told.status, kinds(told)[-1]) == ("ambiguous", "other_name"), text
    assert TOWN.ask("友爱街社区樱花路12号").status == "unknown"


def test_a_road_as_it_stands_in_another_district_makes_a_likeness_in_this_one_doubtful() -> None:
    alike = book_of(
        *((f"{NORTH}老街社区人民街{at}号", 3 * at, 250) for at in range(1, 9)),
        *((f"{SOUTH}桥头社区人民路{at}号", 3 * at, 50) for at in range(1, 9)),
    )
    assert alike.ask("召陵区人民路5号").status == "sure"
    assert alike.ask("源汇区人民街5号").status == "sure"
    assert alike.ask("源汇区人民路5号").status == "ambiguous"


def test_a_spoilt_village_in_another_town_than_the_text_says_is_not_sure() -> None:
    villages = book_of(
        *((f"漯河市源汇区问十乡横铺村{at}组2号", 30 * at, 250) for at in range(1, 5)),
        *((f"漯河市源汇区大刘镇路西村{at}组2号", 30 * at, 50) for at in range(1, 5)),
    )
    assert villages.ask("问十乡横埔村3组2号").status == "sure"
    assert villages.ask("大刘镇横埔村3组2号").status != "sure"
    assert villages.ask("问十乡双井铺村3组2号").status != "sure"


def test_a_text_that_begins_with_another_county_is_not_sure() -> None:
    for text in ("枣阳人民东路12号", "宜城市泰山小区3号楼2单元502"):
        assert TOWN.ask(text).status != "sure", text
    assert TOWN.ask("源汇人民东路12号").status == "sure"


def test_a_second_address_in_a_text_is_not_passed_over() -> None:
    villages = book_of(
        *((f"漯河市源汇区问十乡横铺村{at}组2号", 30 * at, 250) for at in range(1, 5)),
        *((f"漯河市召陵区青年镇路西村{at}组2号", 30 * at, 20) for at in range(1, 5)),
    )
    assert villages.ask("问十乡横铺村3组2号，后来青年镇路西村2组2号").status == "ambiguous"


def test_a_part_of_a_road_is_the_road_of_that_part() -> None:
    parts = book_of(
        *((f"{NORTH}老街社区人民东路{at}号", 3 * at, 250) for at in range(1, 9)),
        *((f"{SOUTH}桥头社区人民路{at}号", 3 * at, 50) for at in range(1, 9)),
    )
    east = code(parts.ask("人民东路5号"), parts)
    for text in ("人民路东段5号", "人民路（东段）5号", "人民路东头5号"):
        assert (parts.ask(text).status, code(parts.ask(text), parts)) == ("sure", east), text
    assert parts.ask("人民路东5号").status == "ambiguous"


def test_a_village_or_road_of_which_nothing_stands_in_the_text_is_never_sure() -> None:
    village = book_of(*((f"漯河市源汇区问十乡问十村{at}组2号", 30 * at, 250) for at in range(1, 5)))
    assert village.ask("源汇区问十乡牛角沟村3组2号").status != "sure"
    road = book_of(*((f"{NORTH}友爱街社区老街路{at}号", 3 * at, 250) for at in range(1, 9)))
    assert road.ask("老街社区文昌巷5号").status != "sure"


def test_a_town_that_is_called_like_a_crossing_is_none() -> None:
    town = book_of(*((f"漯河市源汇区路口镇横铺村{at}组2号", 30 * at, 250) for at in range(1, 5)))
    assert town.ask("横铺村3组2号路口镇").status == "sure"


def test_a_road_without_its_word_may_be_any_road_of_that_name() -> None:
    words = book_of(
        *((f"{NORTH}老街社区光明路{at}号", 3 * at, 250) for at in range(1, 9)),
        *((f"{SOUTH}桥头社区光明大道{at}号", 3 * at, 50) for at in range(1, 9)),
    )
    assert words.ask("光明5号").status == "ambiguous"
    assert words.ask("光明路5号").status == "sure"


def test_a_direction_before_a_road_makes_another_of_it() -> None:
    assert TOWN.ask("北泰山路5号").status != "sure"


def test_a_storey_that_is_named_so_is_no_building() -> None:
    gate = book_of(
        (f"{NORTH}老街社区秦岭路8号泰山小区1号楼", 50, 150),
        (f"{NORTH}老街社区秦岭路8号泰山小区2号楼", 250, 150),
        (f"{NORTH}老街社区秦岭路8号泰山小区", 150, 150),
    )
    assert gate.ask("秦岭路8号泰山小区1F").status != "sure"
    assert gate.ask("秦岭路8号泰山小区1楼").status == "sure"


def test_a_house_on_a_road_beside_a_crossing_is_no_crossing() -> None:
    assert "crossing" not in kinds(TOWN.ask("人民东路12号，泰山路口往里走"))
    assert "crossing" in kinds(TOWN.ask("人民东路，泰山路口往里走"))


def test_a_crossing_of_a_road_with_its_lane_says_nothing_twice() -> None:
    lane = book_of(
        *((f"{NORTH}老街社区人民路{at}号", 10 * at, 150) for at in range(1, 20)),
        *((f"{NORTH}老街社区人民路三巷{at}号", 100, 150 + 10 * at) for at in range(1, 15)),
    )
    assert "crossing" in kinds(lane.ask("人民路/人民路三巷口"))


def test_an_address_with_another_number_is_not_said_again() -> None:
    for text in ("人民东路12号，人民东路45号", "泰山小区3号楼，泰山路3号", "泰山小区3号楼，泰山小区4号楼2单元502"):
        assert said_once(normalise(text)) == normalise(text), text
    assert said_once(normalise("泰山小区3号楼2单元502，泰山小区3栋502")).text == "泰山小区3号楼2单元502"


def test_another_direction_at_the_head_of_a_name_is_another_road() -> None:
    book = book_of(*((f"{NORTH}老街社区东方红路{at}号", 3 * at, 250) for at in range(90, 99)))
    told = book.ask("西方红路93号")
    assert (told.status, kinds(told)[-1]) == ("ambiguous", "other_name")
    assert book.ask("东方红路93号").status == "sure"


def test_a_crossing_is_never_told_by_a_lane_of_another_number() -> None:
    rows = [(f"{NORTH}向阳路{at}号", 150 + 9 * (at - 5), 250) for at in range(1, 10)]
    rows += [(f"{NORTH}向阳路二巷{at}号", 150, 250 + 9 * (at - 5)) for at in range(1, 10)]
    assert book_of(*rows).ask("向阳路二巷与向阳路交叉口").status == "sure"
    assert book_of(*rows).ask("向阳路三巷与向阳路交叉口").status != "sure"


def test_a_crossing_is_not_told_by_parts_of_roads_that_are_named_as_they_are() -> None:
    rows = [(f"{NORTH}海河东路{at}号", 150 + 9 * (at - 5), 250) for at in range(1, 10)]
    rows += [(f"{NORTH}海河西路{at}号", 150, 250 + 9 * (at - 5)) for at in range(1, 10)]
    rows += [(f"{NORTH}海河路{at}号", 5_000 + 9 * at, 50) for at in range(1, 10)]
    assert book_of(*rows).ask("海核路二巷与海河路交汇处").status != "sure"
    assert book_of(*rows).ask("海河东路与海河西路交汇处").status == "sure"
