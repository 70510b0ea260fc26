"""The part of the report that planners discuss: where agencies disagree, in words and pictures."""

from __future__ import annotations

import re

import drawn_city as drawn
import pytest
import shapely

from gridgeo.city import Rules
from gridgeo.jobs.merge import MergeResult, merge_inputs
from gridgeo.render.conflict_picture import conflict_picture
from gridgeo.render.conflicts import ConflictFacts, conflicts_section
from gridgeo.render.explain import border_sentence

HOMES = ((0.5, 0.5, 150), (1.5, 0.5, 200), (2.5, 0.5, 200), (3.5, 0.5, 250))
NAMES = {"party": "党建网格", "urban": "城管网格", "legal": "政法网格"}
RULES = {"households": [300, 500]}


def row(why: str, **more: object) -> dict[str, object]:
    plain = {
        "why": why, "length_m": 120.0, "overruled_m": 40.0, "barrier": "", "barrier_m": 0.0, "instead_households": 0,
        "agencies": {"party": [120.0, 0.0], "legal": [0.0, 120.0]},
    }  # fmt: skip
    return {**plain, **more}


@pytest.fixture(scope="module")
def merged() -> MergeResult:
    """Four squares in a row, drawn one by one by two agencies and by halves by the third; only halves keep the rule."""
    agencies = [drawn.agency(key, drawn.squares(4, 1), base=key == "party") for key in ("party", "urban")]
    legal = drawn.agency("legal", [drawn.square(0, 0, 2, 1), drawn.square(2, 0, 2, 1)])
    rules = Rules(households=(300, 500), population_max=10**9)
    homes = drawn.households(*HOMES)
    return merge_inputs(drawn.drawn([drawn.square(0, 0, 4, 1)], *agencies, legal, registers=homes, rules=rules))


def facts_of(merged: MergeResult, **more: object) -> ConflictFacts:
    plain = {
        "reasons": merged.reasons,
        "outcomes": merged.outcomes,
        "grids": merged.grids,
        "agencies": merged.inputs.agencies,
    }
    return ConflictFacts(**{**plain, **more})  # type: ignore[arg-type]


def test_what_size_overruled_comes_with_a_paragraph_and_a_picture(merged: MergeResult) -> None:
    page = conflicts_section(facts_of(merged))
    assert page.count('<div class="case">') == 2
    assert page.count("为户数规则而取消") == 2
    assert "350 户）之内：取消" in page


def test_nothing_in_the_section_points_outside(merged: MergeResult) -> None:
    assert not re.findall(r"(?:href|src|url)\s*[=(]", conflicts_section(facts_of(merged)))


def test_agreement_of_all_is_no_conflict(merged: MergeResult) -> None:
    agreed = merged.reasons[merged.reasons["overruled_m"] == 0]
    page = conflicts_section(facts_of(merged, reasons=agreed))
    assert "界线为何在此" in page
    assert 'class="case"' not in page


def test_without_reasons_there_is_no_section(merged: MergeResult) -> None:
    assert conflicts_section(facts_of(merged, reasons=merged.reasons.iloc[:0])) == ""


def test_a_dropped_border_is_drawn_broken_and_a_kept_one_whole(merged: MergeResult) -> None:
    line = shapely.MultiLineString([[(drawn.X + 100, drawn.Y), (drawn.X + 100, drawn.Y + 100)]])
    codes = list(merged.grids["code"])
    kept, dropped = (
        conflict_picture(line, merged.grids, merged.inputs.agencies[:1], kept=state, codes=codes[:1])
        for state in (True, False)
    )
    assert "stroke-dasharray" not in kept
    assert kept.replace('opacity="0.5"', 'opacity="0.5" stroke-dasharray="9 6"') == dropped


def test_a_sentence_names_agencies_for_and_against() -> None:
    assert border_sentence(row("agreement"), NAMES, RULES, kept=True) == (
        "120 米，党建在此划界，政法未划；未采纳的意见折合 40 米。"
    )


def test_an_agency_that_wants_a_part_is_told_with_its_metres() -> None:
    mixed = row("agreement", agencies={"party": [120.0, 0.0], "urban": [70.0, 50.0]})
    assert "城管（70 米划、50 米不划）" in border_sentence(mixed, NAMES, RULES, kept=True)


def test_a_barrier_that_tipped_the_scale_is_named() -> None:
    text = border_sentence(row("barrier", barrier="river", barrier_m=118.0), NAMES, RULES, kept=True)
    assert "沿河流：党建在此划界，政法未划，道路水系的权重使划界占优" in text


def test_size_says_which_size_would_break_the_rule() -> None:
    text = border_sentence(row("size", instead_households=737, overruled_m=60.0), NAMES, RULES, kept=True)
    assert "政法并不在此划界，为户数规则而保留（否则会有网格为 737 户，规则 300–500 户）" in text
