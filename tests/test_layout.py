"""Code layouts: what a code is made of, and what may be wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.codes.layout import LAYOUTS, check_character, get_layout
from gridgeo.errors import CodeError

COMMUNITY = "411102001003"
DIGIT_LAYOUTS = ("gb15", "mgmt12", "cjt14", "cjt349-20:010200")


def severities(code: str, layout: str = "gb15") -> dict[str, str]:
    """Segment → severity of what is wrong."""
    return {fault.segment: fault.severity for fault in get_layout(layout).validate(code)}


@pytest.mark.parametrize(
    ("layout", "code"),
    [
        ("gb15", "411102001003007"),
        ("mgmt12", "411102001007"),
        ("cjt14", "41110200100307"),
        ("cjt349-20:010200", "01020041110200100307"),
        ("plain", "411102001003-007"),
    ],
)
def test_grid_seven_of_a_community_in_every_layout(layout: str, code: str):
    built = get_layout(layout)
    assert built.format(COMMUNITY, 7) == code
    assert built.validate(code) == []
    assert built.belongs(code, COMMUNITY)
    assert int(built.parse(code)["number"]) == 7


def test_parts_are_named_and_put_together_give_the_code():
    parts = get_layout("gb15").parse("411102001003007")
    assert parts == {"county": "411102", "street": "001", "community": "003", "number": "007"}


@given(
    layout=st.sampled_from(DIGIT_LAYOUTS),
    community=st.from_regex("[0-9]{12}", fullmatch=True),
    number=st.integers(1, 99),
)
def test_what_is_written_is_read_back(layout: str, community: str, number: int):
    built = get_layout(layout)
    code = built.format(community, number)
    parts = built.parse(code)
    assert "".join(parts.values()) == code
    assert int(parts["number"]) == number
    assert built.belongs(code, community)
    assert built.fault(code, community) is None


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_number_that_does_not_fit_names_the_community(number: int):
    with pytest.raises(CodeError, match=COMMUNITY):
        get_layout("gb15").format(COMMUNITY, number)


def test_two_digit_layouts_end_at_ninety_nine():
    assert get_layout("cjt14").format(COMMUNITY, 99).endswith("99")
    with pytest.raises(CodeError, match="1 to 99"):
        get_layout("cjt14").format(COMMUNITY, 100)


IMPOSSIBLE = [
    "", "41110200100300", "4111020010030077", "41110200100300a", "411102001003007\n", "４１１１０２００１００３００７",
    "411102001003000",
]  # fmt: skip


@pytest.mark.parametrize("code", IMPOSSIBLE)
def test_impossible_structure_is_malformed(code: str):
    assert "error" in severities(code).values()
    assert get_layout("gb15").fault(code)
    with pytest.raises(CodeError):
        get_layout("gb15").parse(code)


@pytest.mark.parametrize(
    ("code", "segment"),
    [
        ("991102001003007", "province"),
        ("417502001003007", "prefecture"),
        ("411102700003007", "street"),
        ("411102000003007", "street"),
        ("411102001777007", "community"),
        ("411102001000007", "community"),
    ],
)
def test_value_outside_its_standard_is_only_a_warning(code: str, segment: str):
    assert severities(code) == {segment: "warning"}
    assert get_layout("gb15").fault(code) is None


@pytest.mark.parametrize(
    "code", ["441900003005001", "419001001001001", "411102999001001", "654203500519001", "411171101206001"]
)
def test_real_peculiarities_are_within_the_standards(code: str):
    # 东莞 has no counties, 济源 lies directly under its province, 999 is special, 连队 500-599, development zone 71
    assert severities(code) == {}


def test_code_of_another_community_is_malformed():
    layout = get_layout("gb15")
    assert layout.fault("411102001003007", "411102001003") is None
    assert "411102001004" in str(layout.fault("411102001003007", "411102001004"))


def test_street_layout_numbers_over_the_street():
    layout = get_layout("mgmt12")
    assert layout.scope("411102001003") == layout.scope("411102001004") == "411102001"
    assert layout.belongs("411102001007", "411102001004")


def test_professional_grid_may_be_undivided_or_merge_communities():
    layout = get_layout("cjt349-20:010200")
    assert layout.fault("01020041110200100300", COMMUNITY) is None
    assert layout.fault("01020041110200160101", COMMUNITY) is None
    assert layout.validate("01020041110200160101") == []
    assert layout.fault("01020041110200260101", COMMUNITY)
    assert layout.fault("02020041110200100301")


def test_professional_grid_needs_its_object_only_to_be_written():
    layout = get_layout("cjt349-20")
    assert layout.parse("01020041110200100301")["object"] == "010200"
    with pytest.raises(CodeError, match="CJ/T 348"):
        layout.format(COMMUNITY, 1)


def test_community_code_that_is_not_twelve_digits_needs_the_plain_layout():
    with pytest.raises(CodeError, match="plain"):
        get_layout("gb15").format("63000010001", 1)
    assert get_layout("plain").format("63000010001", 1) == "63000010001-001"


def test_plain_codes_are_any_text_without_blanks():
    layout = get_layout("plain")
    assert layout.format("Ward  1 a", 2) == "Ward_1_a-002"
    assert layout.fault("网格·甲", "anything") is None
    for code in ("", "a b", "a\tb", "x" * 65):
        assert layout.fault(code)
    with pytest.raises(CodeError, match="64"):
        layout.format("x" * 61, 1)


@pytest.mark.parametrize("name", ["gb16", "", "gb15:010200", "plain:1", "cjt349-20:12"])
def test_unknown_layout_lists_the_known_ones(name: str):
    with pytest.raises(CodeError, match=", ".join(LAYOUTS)):
        get_layout(name)


@given(st.from_regex("[0-9]{15}", fullmatch=True), st.data())
def test_check_character_catches_a_wrong_digit_and_an_exchange(code: str, data: st.DataObject):
    at = data.draw(st.integers(0, 14))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[at]]))
    assert check_character(code[:at] + wrong + code[at + 1 :]) != check_character(code)
    exchanged = code[:at] + code[at : at + 2][::-1] + code[at + 2 :]
    assert exchanged == code or check_character(exchanged) != check_character(code)


def test_check_character_can_be_ten_and_needs_digits():
    assert {check_character(f"4111020010010{n:02d}") for n in range(1, 30)} >= {"X", "0", "9"}
    with pytest.raises(CodeError):
        check_character("A1")
