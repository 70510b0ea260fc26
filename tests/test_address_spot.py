"""Where names stand in a text: as they are, misheard, misread, mistyped; checked against a plain alignment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridgeo.locate.address.characters import alike, heard, readings
from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.lexicon import LIKE, LIMITS, Lexicon, build_lexicon
from gridgeo.locate.address.spot import ACCENT, EDIT, LONGEST, LOOK, SOUND, SWAP

CLOSE = "人仁壬泰秦态山三姗路陆南蓝己已湖扶"
"""Many of these sound or look like another one."""


def lexicon(*names: str) -> Lexicon:
    return build_lexicon([(Level.HAMLET, name) for name in names])  # a hamlet is said as it is written


def found(name: str, text: str) -> list[tuple[int, int, float]]:
    spots = lexicon(name).spots(text)
    return [(int(a), int(b), round(float(c), 4)) for a, b, c in zip(spots.begin, spots.end, spots.cost, strict=True)]


def costs(one: str, two: str) -> float:
    """Return what it costs to read a character for another one."""
    if one == two:
        return 0.0
    if set(readings(one)) & set(readings(two)):
        return float(SOUND)
    if {heard(syllable) for syllable in readings(one)} & {heard(syllable) for syllable in readings(two)}:
        return float(ACCENT)
    return float(LOOK) if alike(one, two) * 255 >= LIKE - 0.5 else float(EDIT)


def aligned(name: str, text: str, *, anywhere: bool) -> list[float]:
    """Return what it costs at least to read a name that ends at text[:i], for all i; that begins at 0 or anywhere."""
    table = [[0.0 if anywhere else i * float(EDIT) for i in range(len(text) + 1)]]
    for j, letter in enumerate(name, 1):
        table.append([j * float(EDIT)])
        for i, sign in enumerate(text, 1):
            best = min(
                table[j - 1][i - 1] + costs(letter, sign), table[j - 1][i] + float(EDIT), table[j][i - 1] + float(EDIT)
            )
            if j > 1 and i > 1 and letter == text[i - 2] and name[j - 2] == sign:
                best = min(best, table[j - 2][i - 2] + float(SWAP))
            table[j].append(best)
    return table[-1]


@pytest.mark.parametrize(
    ("name", "text", "spot"),
    [
        ("人民东路", "在人民东路12号", (1, 5, 0.0)),
        ("人民东路", "在仁民东路12号", (1, 5, 0.3)),
        ("泰山小区", "秦山小区", (0, 4, 0.45)),
        ("湖滨小区", "扶滨小区", (0, 4, 0.45)),
        ("人民东路", "人民老东路", (0, 5, 1.0)),
        ("人民东路", "人民路", (0, 3, 1.0)),
        ("人民东路", "人民西路", (0, 4, 1.0)),
        ("人民东路", "民人东路", (0, 4, 0.8)),
        ("泰山", "态山", (0, 2, 0.3)),
    ],
    ids=["as it is", "homophone", "look-alike", "accent", "one more", "one less", "another", "swapped", "of two"],
)
def test_each_slip_has_its_cost(name: str, text: str, spot: tuple[int, int, float]) -> None:
    assert found(name, text) == [spot]


def test_a_name_of_two_characters_bears_a_slip_of_ear_or_eye_alone() -> None:
    assert found("泰山", "秦山") == [(0, 2, 0.45)]
    assert found("泰山", "华山") == []
    assert found("泰山", "山泰") == []


def test_a_name_that_stands_twice_is_found_twice() -> None:
    assert found("泰山路", "泰山路与泰山路") == [(0, 3, 0.0), (4, 7, 0.0)]


def test_of_overlapping_spots_of_a_form_the_cheapest_counts() -> None:
    assert found("人民路", "人人民路") == [(1, 4, 0.0)]


def test_two_swaps_are_two_slips_of_a_long_name() -> None:
    assert found("南湖泰山人家", "湖南泰山家人") == [(0, 6, 1.6)]


def test_beyond_the_bits_of_a_word_nothing_is_looked_for() -> None:
    assert found("泰山路", "路" * (LONGEST - 3) + "泰山路") == [(LONGEST - 3, LONGEST, 0.0)]
    assert found("泰山路", "村" * LONGEST + "泰山路") == []


def test_all_who_have_a_form_are_found_by_it() -> None:
    names = [(Level.COMMUNITY, "泰山社区"), (Level.ESTATE, "泰山小区"), (Level.ROAD, "泰和路")]
    spots = build_lexicon(names).spots("泰山")
    assert set(spots.name.tolist()) == {0, 1}
    assert (spots.cost == 0).all()
    assert (spots.form_cost > 0).all()


def test_another_name_is_the_name() -> None:
    spots = build_lexicon([(Level.PLACE, "第二人民医院")], aliases=[(0, "老城医院")]).spots("老城医院对面")
    assert (spots.name.tolist(), spots.cost.tolist(), spots.form_cost.tolist()) == ([0], [0.0], [0.0])


def test_long_names_are_told_apart_by_what_is_compared() -> None:
    spots = lexicon("泰" * 50).spots("泰" * 60)
    assert spots.cost.min() == 0.0
    assert spots.size.tolist() == [38] * len(spots.size)


def test_without_names_nothing_is_found() -> None:
    assert len(lexicon().spots("人民路").name) == 0
    assert len(lexicon("人民路").spots("").name) == 0


names = st.text(CLOSE, min_size=2, max_size=13)


@st.composite
def names_in_texts(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and a text in which it stands after some slips."""
    name = draw(names)
    said = list(name)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(said) - 1))
        slip = draw(st.sampled_from(["other", "more", "less", "swap"]))
        if slip == "swap" and at:
            said[at - 1 : at + 1] = said[at - 1 : at + 1][::-1]
        elif slip == "less" and len(said) > 1:
            del said[at]
        else:
            said[at : at + (slip == "other")] = draw(st.sampled_from(CLOSE))
    return name, draw(st.text(CLOSE, max_size=4)) + "".join(said) + draw(st.text(CLOSE, max_size=4))


@settings(max_examples=300)
@given(names_in_texts())
@example(("泰山人三路南", "山泰三人路南"))
@example(("泰山人三路南湖己人山", "山泰三人南路湖己人山"))
def test_spots_are_those_of_a_plain_alignment(given_: tuple[str, str]) -> None:
    name, text = given_
    limit = float(LIMITS[min(len(name), len(LIMITS) - 1)])
    spots = found(name, text)
    for begin, end, cost in spots:
        assert cost <= limit + 1e-4
        assert cost == pytest.approx(aligned(name, text[begin:end], anywhere=False)[-1], abs=1e-3)
    least = min(aligned(name, text, anywhere=True)[1:])
    if least <= limit - 1e-3:  # nothing that the alignment accepts is passed over
        assert min(cost for _, _, cost in spots) == pytest.approx(least, abs=1e-3)


@given(st.lists(names, unique=True, max_size=5), st.text(CLOSE, max_size=12))
def test_a_name_is_found_alike_among_others(several: list[str], text: str) -> None:
    spots = lexicon(*several).spots(text)
    for at, name in enumerate(several):
        mine = spots.name == at
        got = sorted(zip(spots.begin[mine].tolist(), spots.end[mine].tolist(), strict=True))
        assert got == sorted((a, b) for a, b, _ in found(name, text))


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    spots = lexicon("人民路", "泰山小区").spots(text)
    assert np.isfinite(spots.cost).all()


@given(
    names=st.sets(st.text(CLOSE[:7], min_size=2, max_size=9), min_size=2, max_size=12),
    text=st.text(CLOSE[:9], max_size=20),
)
@example(names={"人民路", "人民路南", "人民路陆", "人仁"}, text="在人民陆南")
def test_a_name_is_found_among_others_as_it_is_found_alone(names: set[str], text: str) -> None:
    among = lexicon(*sorted(names))
    spots = among.spots(text)
    columns = (spots.name, spots.begin, spots.end, spots.cost)
    together: dict[str, list[tuple[int, int, float]]] = {name: [] for name in names}
    for at, begin, end, cost in zip(*(part.tolist() for part in columns), strict=True):
        together[among.names[at]].append((begin, end, round(cost, 4)))
    assert together == {name: found(name, text) for name in names}
