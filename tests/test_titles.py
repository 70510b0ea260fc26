"""A map's title says of what part of the city it is and what sets it apart, once and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import small_city

from gridgeo.jobs.file_name import file_name
from gridgeo.jobs.titles import titled
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.measure import text_size_mm
from gridgeo.render.recipe import Footer, Recipe, Selection
from gridgeo.render.sheet import halved


def edition() -> Edition:
    grids = small_city.grids_of(2, 2)
    communities = small_city.communities_of(grids).assign(name=["滨西社区", "新华社区"])
    return replace(new_edition(grids, communities, version="V3"), city="漯河市")


def title_of(title: str = "{city}网格负荷图", *, measure: str = "households", theme: str = "workload", **select) -> str:
    chosen = Selection(**{name: tuple(texts) for name, texts in select.items()})
    return titled(edition(), Recipe(title=title, theme=theme, measure=measure, select=chosen))


@pytest.mark.parametrize(
    ("select", "title"),
    [
        ({"street": ["老街街道"]}, "漯河市老街街道网格负荷图"),
        ({"community": ["411102001001"]}, "漯河市滨西社区网格负荷图"),
        ({"community": ["411102001001", "滨西社区"]}, "漯河市滨西社区网格负荷图"),
        ({"kind": ["exclusive"]}, "漯河市网格负荷图（专属网格）"),
        ({"code": ["411102001001003"]}, "漯河市网格负荷图（411102 001 001 003）"),
        ({"code": ["1", "2", "3"]}, "漯河市网格负荷图（所选 3 格）"),
        ({"street": ["甲", "乙", "丙", "丁"]}, "漯河市甲等 4 处网格负荷图"),
        ({"measure": "enterprises", "kind": ["micro"]}, "漯河市网格负荷图（微网格，企业数）"),
    ],
)
def test_a_title_names_what_is_shown(select: dict, title: str):
    assert title_of(**select) == title


def test_what_a_title_says_already_is_not_said_again():
    assert title_of("老街街道网格图", street=["老街街道"]) == "老街街道网格图"
    assert title_of("{city}老街街道网格图", street=["老街街道"]) == "漯河市老街街道网格图"
    assert title_of("{city}专属网格图", kind=["exclusive"]) == "漯河市专属网格图"
    assert title_of("{city}企业分布图", measure="enterprises") == "漯河市企业分布图"


def test_a_title_without_the_city_has_the_part_in_brackets():
    assert title_of("网格图", street=["老街街道"], kind=["exclusive"]) == "网格图（老街街道，专属网格）"


def test_the_usual_measure_of_a_theme_needs_no_word():
    assert title_of(theme="coverage", measure="kind") == title_of() == "漯河市网格负荷图"


def test_a_file_carries_the_secrecy_grade_in_its_name():
    recipe = Recipe(title="网格图", footer=Footer(secrecy="秘密★5年"))
    assert file_name(recipe, edition()) == "网格图_V3_秘密★5年_内部"


@pytest.mark.parametrize(
    "title",
    [
        "漯河市" + "城" * 57,
        "漯河市老街街道、滨河街道、沙北街道城市管理网格企业分布与负荷对照图（专属网格，2026年版）",
        "Washington DC Grid Coverage Map",
    ],
)
def test_a_long_title_breaks_into_lines_alike_and_inside_no_word(title: str):
    one, two = halved(title)
    assert "".join((one + two).split()) == "".join(title.split())
    shorter, longer = sorted((text_size_mm(one, 14.0)[0], text_size_mm(two, 14.0)[0]))
    assert shorter > longer / 2
    assert not (one[-1:].isascii() and two[:1].isascii() and title.find(one + two) >= 0)
