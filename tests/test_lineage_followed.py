"""Codes are followed through any number of publications, forwards and backwards."""

from gridgeo.codes.lineage import Passage, ancestors, successors

WHOLE = {"area_share": 1.0, "household_share": 1.0, "new_area_share": 1.0, "new_household_share": 1.0}


def steps(*pairs: tuple[int, str, str]) -> list[Passage]:
    return [Passage(seq=seq, old_code=old, new_code=new, change="X", **WHOLE) for seq, old, new in pairs]


SPLIT_THEN_MERGED = steps((2, "a", "a"), (2, "a", "b"), (3, "b", "c"), (3, "c", "c"), (5, "c", "d"))
"""a is split into a and b; b is merged into c; c becomes d."""


def test_a_split_grid_is_followed_into_all_its_parts_with_the_version_of_each():
    assert successors(SPLIT_THEN_MERGED, "a", since=1, until=2) == {"a": 1, "b": 2}
    assert successors(SPLIT_THEN_MERGED, "a", since=1, until=4) == {"a": 1, "c": 3}
    assert successors(SPLIT_THEN_MERGED, "a", since=1, until=5) == {"a": 1, "d": 5}


def test_the_order_of_the_rows_does_not_matter():
    assert successors(SPLIT_THEN_MERGED[::-1], "a", since=1, until=5) == {"a": 1, "d": 5}


def test_versions_outside_the_span_do_not_count():
    assert successors(SPLIT_THEN_MERGED, "b", since=2, until=2) == {"b": 2}
    assert successors(SPLIT_THEN_MERGED, "c", since=3, until=5) == {"d": 5}


def test_a_grid_is_followed_back_to_all_that_it_came_from():
    assert ancestors(SPLIT_THEN_MERGED, "d", since=5, until=1) == {"a": 2, "c": 5}
    assert ancestors(SPLIT_THEN_MERGED, "b", since=2, until=1) == {"a": 2}


def test_a_code_that_comes_back_is_its_own_successor_again():
    assert successors(steps((2, "a", "b"), (3, "b", "a")), "a", since=1, until=3) == {"a": 3}
