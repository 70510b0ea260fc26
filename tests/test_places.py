"""What an address names, in the city of `named_city`, and which grids belong to it."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.places import NOWHERE, make_places
from gridgeo.place_names import NameTable, name_forms

sys.path.insert(0, str(Path(__file__).parent))

import named_city

PLACES, INDEX = named_city.PLACES, named_city.INDEX


def name_of(address: object) -> str | None:
    place = int(PLACES.named([address])[0])
    return None if place == NOWHERE else PLACES.names[place]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("某市某区北街街道桂花社区8号", "桂花社区"),
        ("桂花社区居委会隔壁", "桂花社区"),
        ("北街街道人民路8号", "北街街道"),
        ("桂花社区往荷塘社区方向", None),
        ("北街街道与中街街道交叉口", None),
        ("南街街道桂花社区8号", "桂花社区"),
        ("桂花路8号", None),
        ("", None),
        (None, None),
        (float("nan"), None),
        (8, None),
    ],
)
def test_a_community_counts_before_its_street_and_several_are_none(address: object, name: str | None) -> None:
    assert name_of(address) == name


def test_the_word_for_the_committee_may_be_left_out_of_the_address() -> None:
    table = named_city.GRIDS.set_index("code")
    committees = table["community_name"].str.replace("社区", "社区居民委员会").str.replace("村", "村村民委员会")
    places = make_places(INDEX.codes, table.assign(community_name=committees), named_city.PARENTS)
    found = places.named(["桂花社区8号", "桂花社区居民委员会8号", "松林村3组"])
    assert [places.names[place] for place in found] == ["桂花社区居民委员会", "桂花社区居民委员会", "松林村村民委员会"]


def test_the_street_tells_communities_of_one_name_apart_and_nothing_else_does() -> None:
    table = named_city.GRIDS.set_index("code")
    twins = table.assign(community_name=table["community_name"].replace("梅园社区", "桂花社区"))
    places = make_places(INDEX.codes, twins, named_city.PARENTS)
    north, south, unsaid, other = places.named([f"{s}桂花社区" for s in ("北街街道", "南街街道", "", "中街街道")])
    assert (north, south) == (0, 6)
    assert (unsaid, other) == (NOWHERE, NOWHERE)
    assert make_places(INDEX.codes, twins).named(["北街街道桂花社区"]).tolist() == [NOWHERE]


def test_points_agree_with_their_community_and_with_their_street() -> None:
    rows = np.array([0, 1, 2, 6, -1])  # both grids of 桂花社区, its neighbours to the east and south, outside
    community, street = (np.repeat(PLACES.named([name]), 5) for name in ("桂花社区", "北街街道"))
    assert PLACES.agree(community, rows).tolist() == [True, True, False, False, False]
    assert PLACES.agree(street, rows).tolist() == [True, True, True, False, False]
    assert not PLACES.agree(np.full(5, NOWHERE), rows).any()


def test_the_distance_is_to_the_nearest_grid_of_the_place() -> None:
    x, y = np.array([500_400.0, 501_300.0, 501_300.0]), np.full(3, 3_702_500.0)
    named = PLACES.named(["桂花社区", "桂花社区", "北街街道"])
    assert PLACES.distance_m(named, x, y).tolist() == [0.0, 300.0, 0.0]
    assert PLACES.farther(named, x, y, than_m=299).tolist() == [False, True, False]
    assert PLACES.farther(named, x, y, than_m=300).tolist() == [False, False, False]


def test_a_layer_without_names_has_no_places() -> None:
    bare = named_city.GRIDS.set_index("code")[["geometry"]]
    places = make_places(INDEX.codes, bare)
    assert places.names == ()
    assert places.named(["桂花社区8号"]).tolist() == [NOWHERE]
    assert not places.agree(np.array([NOWHERE]), np.array([0])).any()


def test_the_order_of_the_layer_does_not_matter() -> None:
    again = make_places(INDEX.codes, named_city.GRIDS[::-1].set_index("code"), named_city.PARENTS)
    assert again.names == PLACES.names
    assert again.community.tolist() == PLACES.community.tolist()


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("桂园街道办事处", ["桂园街道办事处", "桂园街道"]),
        ("繁城镇人民政府", ["繁城镇人民政府", "繁城镇"]),
        ("东街居委会", ["东街居委会", "东街社区"]),
        ("人民路", []),
        ("东区", []),
        ("", []),
    ],
)
def test_only_writings_that_can_be_told_from_other_words_are_used(name: str, forms: list[str]) -> None:
    assert name_forms(name) == forms


def names_one_by_one(text: str, names: list[str]) -> set[str]:
    """Find names as a reader would: from the left, the longest first, none inside another."""
    found, at = set(), 0
    while at < len(text):
        here = max((name for name in names if text.startswith(name, at)), key=len, default="")
        found |= {here} - {""}
        at += len(here) or 1
    return found


WORDS = st.text("桂花村东😀", max_size=9)


@given(st.lists(WORDS, max_size=6), st.lists(st.text("桂花村东😀", min_size=3, max_size=5), max_size=5))
def test_names_are_found_in_many_texts_as_in_each_alone(texts: list[str], names: list[str]) -> None:
    assert NameTable(names).found(texts) == [names_one_by_one(text, names) for text in texts]
