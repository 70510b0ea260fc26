"""Words that place something beside what is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.address.relation import SLACK_M, crossing_words, relation


@pytest.mark.parametrize(
    ("text", "words", "within_m"),
    [
        ("泰山小区南门", "南门", 0.0),
        ("泰山小区门口", "门口", 0.0),
        ("泰山小区对面", "对面", 50.0),
        ("泰山小区斜对面", "斜对面", 50.0),
        ("泰山小区旁边", "旁边", 30.0),
        ("泰山小区东侧", "东侧", 30.0),
        ("泰山小区附近", "附近", 30.0),
        ("泰山小区往东100米", "往东100米", 100 + SLACK_M),
        ("泰山小区向南走50多米", "向南走50多米", 50 + SLACK_M),
    ],
)
def test_a_relation_has_a_reach(text: str, words: str, within_m: float) -> None:
    assert relation(text, 4) == (words, 4, within_m)


def test_of_several_words_the_farthest_reaching_counts() -> None:
    assert relation("泰山小区南门对面", 4) == ("南门对面", 4, 50.0)
    assert relation("泰山小区对面往北200米路东", 4) == ("对面往北200米路东", 4, 200 + SLACK_M)


def test_words_before_the_place_are_none_of_its() -> None:
    assert relation("对面的泰山小区", 3) is None
    assert relation("泰山小区3号楼", 4) is None
    assert relation("", 0) is None


@pytest.mark.parametrize("words", ["路口", "交叉口", "十字路口", "交汇处", "街口", "红绿灯路口"])
def test_two_roads_cross(words: str) -> None:
    text = "青年大道与民权路" + words
    span = crossing_words(text)
    assert span is not None
    assert text[span[0] : span[1]] in words


def test_a_road_alone_is_no_crossing() -> None:
    assert crossing_words("青年大道12号") is None
    assert crossing_words("十字大道115号") is None
    assert crossing_words("青年大道黄河路十字") is not None
    assert crossing_words("人民路口") == (2, 4)


@given(st.text(), st.integers(0, 20))
def test_any_text_may_be_asked(text: str, begin: int) -> None:
    said = relation(text, begin)
    assert said is None or (said.text in text[begin:] and said.within_m >= 0)
    crossing_words(text)
