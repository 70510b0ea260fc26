"""Addresses that are written without their community are found by it all the same: the layer knows where they lie."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import address_town
from address_town import COMMUNITIES, HEAD, library_of

from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.index import build_index

GRIDS = address_town.grids()
HOMES = dict(zip(GRIDS["code"], GRIDS["community_name"], strict=True))
ESTATE = [(f"{HEAD}秦岭路8号泰山小区{at}号楼", 110 + 5 * at, 150) for at in range(1, 8)]


def book_of(*rows: tuple[object, ...], homes: dict[str, str] | None = HOMES) -> AddressBook:
    return AddressBook(library_of(*rows, communities=COMMUNITIES), build_index(GRIDS), homes)


def communities(book: AddressBook) -> set[str]:
    names = book.library.lexicon.names
    return {names[at] if at >= 0 else "" for at in book.library.stem_names[:, 2].tolist()}


def test_a_building_is_found_by_its_community() -> None:
    told = book_of(*ESTATE).ask("老街社区3号楼")
    assert told.status == "sure"
    assert told.best is not None
    assert told.best.row == 2
    assert book_of(*ESTATE, homes=None).ask("老街社区3号楼").status != "sure"


def test_most_rows_tell_where_an_estate_on_a_border_lies() -> None:
    across = [(f"{HEAD}秦岭路8号泰山小区{at}号楼", 170 + 5 * at, 150) for at in range(1, 10)]
    assert communities(book_of(*across)) == {"老街社区"}


def test_what_an_address_says_stays() -> None:
    assert communities(book_of((f"{HEAD}友爱街社区人民路3号", 150, 150))) == {"友爱街社区"}


def test_a_name_that_only_another_version_of_the_layer_has_is_not_known() -> None:
    assert communities(book_of(*ESTATE, homes=dict.fromkeys(HOMES, "新街社区"))) == {""}


def test_a_community_that_rows_call_otherwise_is_the_same() -> None:
    rows = [*ESTATE, (f"{HEAD}老街居委会人民路3号", 150, 250)]
    assert communities(book_of(*rows)) <= {"老街居委会", "老街社区"}
    assert len(communities(book_of(*rows))) == 1


def test_a_row_without_its_community_is_of_the_place_that_others_say_it_of() -> None:
    said, unsaid = f"{HEAD}友爱街社区秦岭路8号泰山小区", f"{HEAD}秦岭路8号泰山小区"
    far = [(f"{HEAD}老街社区秦岭路8号泰山小区{at}号楼", 5_000 + 5 * at, 150) for at in range(1, 4)]
    rows = [(f"{said}{at}号楼", 110 + 5 * at, 150) for at in range(1, 4)]
    book = book_of(*rows, (f"{unsaid}4号楼", 130, 150), *far)
    assert len(book.library.stem_names) == 2
    assert book.library.stem_begins.tolist() in ([0, 4, 7], [0, 3, 7])
