"""Rows whose point was entered wrongly: far from their building, their place or their road, or twice."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from address_town import HEAD, book_of, library_of

from gridgeo.locate.address.library import Library

SLAB = [(f"{HEAD}秦岭路8号泰山小区3号楼1单元{room}", 50, 250) for room in (101, 102, 201, 202)]
ROAD = [(f"{HEAD}人民路{at}号", 10 * at, 250) for at in range(1, 10)]


def astray(library: Library) -> list[str]:
    return [library.texts.of(row).removeprefix(HEAD) for row in library.astray.tolist()]


def test_a_room_far_from_its_building_is_where_the_others_are_and_the_answer_says_so() -> None:
    book = book_of(*SLAB, (f"{HEAD}秦岭路8号泰山小区3号楼2单元301", 4_000, 50))
    assert astray(book.library) == ["秦岭路8号泰山小区3号楼2单元301"]
    told = book.ask("泰山小区3号楼2单元301")
    assert (told.status, told.best.x, told.faults[-1][0]) == ("sure", 500_050, "astray")
    assert "astray" not in {kind for kind, _ in book.ask("泰山小区3号楼1单元101").faults}


def test_a_house_far_from_those_next_to_it_is_where_they_are() -> None:
    library = library_of(*ROAD[:4], (f"{HEAD}人民路5号", 50, 9_000), *ROAD[5:])
    assert astray(library) == ["人民路5号"]
    assert library.y.max() < 3_701_000


def test_two_rows_that_lie_together_far_off_may_be_another_place() -> None:
    assert (
        astray(library_of(*SLAB, *((f"{HEAD}秦岭路8号泰山小区3号楼2单元{room}", 4_000, 50) for room in (301, 302))))
        == []
    )


def test_of_two_rows_nobody_knows_which_is_astray() -> None:
    assert astray(library_of(SLAB[0], (f"{HEAD}秦岭路8号泰山小区3号楼2单元301", 4_000, 50))) == []


def test_a_road_through_a_large_estate_has_no_rows_astray() -> None:
    rows = [(f"{HEAD}秦岭路8号泰山小区{at}号楼", 60 * at, 250) for at in range(1, 9)]
    assert astray(library_of(*rows, *ROAD)) == []


def test_a_building_entered_twice_beside_a_border_stays_in_one_grid() -> None:
    rooms = [(f"{HEAD}秦岭路8号泰山小区3号楼1单元{room}", 98, 250) for room in (101, 102, 201, 202)]
    book = book_of(*rooms, (f"{HEAD}秦岭路8号泰山小区3栋", 101, 250))
    assert book.library.x.tolist() == [500_098] * 5
    assert book.ask("泰山小区3号楼").status == "sure"


def test_units_of_a_building_across_a_border_keep_their_points() -> None:
    units = [(f"{HEAD}秦岭路8号泰山小区3号楼{unit}单元101", 80 + 10 * unit, 250) for unit in range(1, 5)]
    assert sorted(library_of(*units).x.tolist()) == [500_090, 500_100, 500_110, 500_120]


def test_a_building_metres_from_the_point_of_most_others_keeps_its_own() -> None:
    others = [(f"{HEAD}秦岭路8号泰山小区{building}号楼1单元101", 98, 250) for building in range(1, 7)]
    own = [(f"{HEAD}秦岭路8号泰山小区7号楼1单元{room}", 105, 250) for room in (101, 201)]
    assert sorted(library_of(*others, *own).x.tolist())[-2:] == [500_105] * 2
