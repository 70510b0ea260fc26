"""Differing characters of two spellings are marked, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.address.marked import marked


@pytest.mark.parametrize(
    ("wanted", "written", "shown"),
    [
        ("泰山路", "秦山路", ("【泰】山路", "【秦】山路")),
        ("人民东路", "人民路", ("人民【东】路", "人民路")),
        ("老街社区", "社区老街", ("【老街】社区", "社区【老街】")),
        ("泰山路", "", ("【泰山路】", "")),
        ("泰山路", "泰山路", ("泰山路", "泰山路")),
        ("黄河路", "皇合路", ("【黄河】路", "【皇合】路")),
    ],
)
def test_what_differs_stands_in_brackets(wanted: str, written: str, shown: tuple[str, str]):
    assert marked(wanted, written) == shown


@given(st.text("泰山路秦东人", max_size=12), st.text("泰山路秦东人", max_size=12))
def test_without_brackets_the_texts_are_as_before_and_what_is_outside_is_common(wanted: str, written: str):
    first, second = marked(wanted, written)
    assert first.replace("【", "").replace("】", "") == wanted
    assert second.replace("【", "").replace("】", "") == written

    def outside(text: str) -> str:
        parts = text.split("【")
        return parts[0] + "".join(part.partition("】")[2] for part in parts[1:])

    assert outside(first) == outside(second)


def test_very_long_texts_are_not_compared():
    assert marked("人" * 100, "民" * 100) == ("人" * 100, "民" * 100)
