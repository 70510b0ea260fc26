"""A map shows the part of the layer that is asked for, and says what is near where a name is not there.

::

    +-----+-----+-----+      three communities of two grids; the first two lie in 沙北街道
    | 001 | 001 | 001 |
    +-----+-----+-----+
    | 002 | 002 | 002 |
    +-----+-----+-----+
"""

from dataclasses import replace

import pytest
import small_city

from gridgeo.errors import InputError, NotFoundError
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.recipe import Selection
from gridgeo.render.selection import selected


@pytest.fixture
def edition() -> Edition:
    grids = small_city.grids_of(3, 2)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    communities = small_city.communities_of(grids).assign(street=["沙北街道", "沙北街道", "老街街道"])
    return new_edition(grids, communities, version="V1")


def codes(edition: Edition) -> list[str]:
    return [code[-6:] for code in edition.grids["code"]]


def test_nothing_selected_is_the_whole_layer(edition: Edition):
    assert selected(edition, Selection()) is edition


def test_a_street_brings_its_grids_and_its_communities(edition: Edition):
    found = selected(edition, Selection(street=("沙北街道",)))
    assert codes(found) == ["001001", "001002", "002001", "002002"]
    assert list(found.communities["street"]) == ["沙北街道", "沙北街道"]


def test_near_names_of_communities_are_counted_without_their_codes(edition: Edition):
    named = replace(edition, grids=edition.grids.assign(community_name=[f"{n // 2}号社区" for n in range(6)]))
    with pytest.raises(NotFoundError, match="no community '0号'; it has 0号社区 \\(of 3\\)"):
        selected(named, Selection(community=("0号",)))
    with pytest.raises(NotFoundError, match="it has 411102001003, "):
        selected(named, Selection(community=("41110200100",)))


def test_a_community_is_named_by_code_or_by_name(edition: Edition):
    name = edition.grids["community_name"].iat[0]
    assert codes(selected(edition, Selection(community=("411102001003", name)))) == [
        "001001", "001002", "003001", "003002",
    ]  # fmt: skip


def test_spaces_in_a_code_do_not_count(edition: Edition):
    assert codes(selected(edition, Selection(code=("411102 001 003 002",)))) == ["003002"]


def test_every_field_must_match(edition: Edition):
    assert codes(selected(edition, Selection(street=("沙北街道",), kind=("exclusive",)))) == ["002002"]
    with pytest.raises(InputError, match="none matches all of street 老街街道; kind exclusive"):
        selected(edition, Selection(street=("老街街道",), kind=("exclusive",)))


def test_a_name_that_is_not_there_says_what_is_near(edition: Edition):
    with pytest.raises(NotFoundError, match="no street '沙北街'; it has 沙北街道"):
        selected(edition, Selection(street=("沙北街",)))


def test_a_layer_without_streets_says_so(edition: Edition):
    plain = replace(edition, communities=edition.communities.drop(columns=["street"]))
    with pytest.raises(InputError, match="does not say its street names"):
        selected(plain, Selection(street=("沙北街道",)))
