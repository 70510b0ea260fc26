"""Between two places is the middle of both, and the grids of the ground between them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import address_town
import small_city
from address_town import HEAD, book_of

from gridgeo.locate.address.answer import Answer
from gridgeo.locate.address.between import between_words
from gridgeo.locate.address.several import parts_of

TOWN = address_town.book()


def middle(told: Answer) -> tuple[float, float]:
    """Return the point of an answer, in metres from the town's corner."""
    assert told.best is not None
    return told.best.x - small_city.LEFT, told.best.y - small_city.BOTTOM


def grids(told: Answer) -> list[str]:
    return [str(TOWN.index.codes[one.grid])[-6:] for one in told.candidates]


@pytest.mark.parametrize(
    "text",
    [
        "人民东路8号和人民东路12号之间",
        "人民东路8号与12号中间",
        "在人民东路8号跟人民东路12号当中",
        "人民東路８號、人民東路12號之間",
        "就在人民东路8号到12号中间的空地",
    ],
)
def test_the_middle_of_two_numbers_is_the_answer(text: str) -> None:
    told = TOWN.ask(text)
    assert (told.status, middle(told)) == ("interpolated", (50, 250))
    assert [kind for kind, _ in told.faults] == ["between"]


def test_the_grids_of_the_ground_between_are_listed_that_of_the_middle_first() -> None:
    told = TOWN.ask("大风车幼儿园和人民医院中间")
    assert told.status == "ambiguous"
    assert grids(told) == ["002001", "001001", "003001"]
    assert middle(told) == (132.5, 250)


def test_of_places_with_one_name_those_near_each_other_are_meant() -> None:
    shops = [(f"{HEAD}人民东路{at}号", 5 * at, 250, "南风驾校") for at in (3, 50)]
    book = book_of(*shops, (f"{HEAD}人民东路55号", 275, 250, "鑫源超市"))
    assert middle(book.ask("南风驾校和鑫源超市之间")) == (262.5, 250)


def test_places_far_apart_have_nothing_between_them() -> None:
    book = book_of((f"{HEAD}人民东路3号", 15, 250, "南风驾校"), (f"{HEAD}人民东路900号", 4500, 250, "鑫源超市"))
    assert "between" not in [kind for kind, _ in book.ask("南风驾校和鑫源超市之间").faults]


def test_the_middle_of_an_estate_and_two_roads_are_no_two_places() -> None:
    assert not between_words("泰山小区中间那栋楼")
    assert "between" not in [kind for kind, _ in TOWN.ask("人民东路和泰山路之间").faults]
    assert not between_words("从友爱路到泰山路之间的人民东路")
    assert "between" not in [kind for kind, _ in TOWN.ask("人民东路秦岭路与泰山路之间").faults]


def test_what_lies_between_is_one_address() -> None:
    assert parts_of("人民东路8号和泰山路12号之间") == ("人民东路8号和泰山路12号之间",)
