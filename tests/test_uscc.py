"""统一社会信用代码: every check of both standards, and what a planner reads when one fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.uscc import ALPHABET, clean_uscc, organisation_check, uscc_check, uscc_fault

VALID = ["91350100M000100Y43", "91110108551385082Q", "91411100MA0033QX70"]
"""The last one has remainder 0, where much code in use finds no check character."""


@st.composite
def codes(draw: st.DrawFn) -> str:
    head = draw(st.text(ALPHABET, min_size=2, max_size=2)) + draw(st.text("0123456789", min_size=6, max_size=6))
    body = draw(st.text(ALPHABET, min_size=8, max_size=8))
    seventeen = head + body + organisation_check(body)
    return seventeen + uscc_check(seventeen)


@pytest.mark.parametrize("code", VALID)
def test_valid_codes_pass(code: str):
    assert uscc_fault(code) is None


@given(codes())
def test_whatever_both_check_characters_are_made_for_passes(code: str):
    assert uscc_fault(code) is None


def test_some_codes_have_remainder_zero_and_the_check_character_0():
    body = "91411100MA0033QX7"
    assert uscc_check(body) == "0"
    assert uscc_fault(body + "0") is None
    assert uscc_fault(body + "Y") is not None


@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(code: str, place: int, other: str):
    wrong = code[:place] + other + code[place + 1 :]
    assert (uscc_fault(wrong) is None) == (other == code[place])


@given(codes(), st.integers(0, 16))
def test_every_exchange_of_neighbours_is_found(code: str, place: int):
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (uscc_fault(wrong) is None) == (wrong == code)


@given(codes(), st.sampled_from("0123456789X"))
def test_a_wrong_organisation_code_is_found_though_the_outer_check_is_right(code: str, inner: str):
    seventeen = code[:16] + inner
    fault = uscc_fault(seventeen + uscc_check(seventeen))
    if inner == code[16]:
        assert fault is None
    else:
        assert fault is not None
        assert fault.endswith("（GB 11714）")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("９１３５０１００Ｍ０００１００Ｙ４３", VALID[0]),
        ("91350100m000100y43", VALID[0]),
        (" 91110108-551385082-Q\u200b", VALID[1]),
        ("91110108\u3000551385082Q", VALID[1]),
    ],
)
def test_full_width_small_and_blank_characters_are_cleaned(typed: str, code: str):
    assert clean_uscc(typed) == code


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "应为 18 位，实为 0 位"),
        ("91350100M000100Y4", "应为 18 位，实为 17 位"),
        ("9135O100M000100Y43", "第 5 位“O”不是代码字符（不用 I、O、S、V、Z），可能应为“0”"),
        ("91350100M000100Y4#", "第 18 位“#”不是代码字符（不用 I、O、S、V、Z）"),
        ("91A50100M000100Y43", "第 3–8 位登记机关行政区划“A50100”应为 6 位数字"),
        ("91350100M000100Y44", "第 18 位校验码应为“3”，实为“4”（GB 32100-2015）"),
    ],
)
def test_the_check_that_fails_is_named(code: str, says: str):
    assert uscc_fault(code) == says
