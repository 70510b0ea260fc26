"""Recipes are validated as a whole; legends count every grid exactly once."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import small_city
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.errors import InputError, SchemaError
from gridgeo.render.legend import EXCLUSIVE_CLASS, NO_DATA_CLASS, class_breaks, classes, legend_rows, legend_title
from gridgeo.render.recipe import Recipe, changed, parse_recipe

WORKLOAD = Path(__file__).parents[1] / "maps" / "workload.toml"


def with_households(values: list[float], kinds: list[str] | None = None) -> gpd.GeoDataFrame:
    grids = small_city.grids_of(len(values), 1)
    return grids.assign(households=values, kind=kinds or "general")


def test_the_shipped_recipe_measures_households_against_the_rules():
    recipe = parse_recipe(WORKLOAD.read_text("utf-8"), "workload.toml")
    assert (recipe.measure, recipe.breaks, recipe.limits, recipe.size) == ("households", None, (300, 500), "auto")


def test_all_faults_of_a_recipe_are_told_at_once():
    text = """
        title = ""
        measure = "weight"
        breaks = [500, 300]
        colour = "red"
        [page]
        size = "B5"
        [footer]
        review_number = "12"
        stamp = "x"
    """
    with pytest.raises(InputError) as caught:
        parse_recipe(text, "mine.toml")
    message = str(caught.value)
    assert message.startswith("map recipe mine.toml: ")
    for word in ("'title'", "'weight'", "[500, 300]", "'colour'", "'B5'", "审图号", "'footer.stamp'"):
        assert word in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 5", "'title' is 5, it must be text"),
        ('title = "{foo}图"', r"'title' holds \{foo\}, which is not known: use \{city\} or \{agency\}"),
        ('title = "{agency}图"', "only a map of the theme agency fills it"),
        ('title = "x"\n[footer]\nas_of = "昨天"', "'footer.as_of' is '昨天', which names no year"),
        ('title = "x"\nmeasure = "weight"', "use one of households, enterprises, population, kind, none$"),
        ('title = "x"\ntheme = "workload"\nmeasure = "change"', "'measure' is 'change'"),
    ],
)
def test_a_fault_is_told_with_what_to_write(text: str, said: str):
    with pytest.raises(InputError, match=said):
        parse_recipe(text, "mine.toml")


@pytest.mark.parametrize("day", ["2026", "2026年3月", "2026-03-31", "20260331", "二〇二六年三月", ""])
def test_a_day_of_the_data_may_be_written_as_people_do(day: str):
    assert parse_recipe(f'title = "x"\n[footer]\nas_of = "{day}"', "x").footer.as_of == day


def test_a_map_of_an_agency_may_name_it_in_its_title():
    assert parse_recipe('title = "{city}{agency}图"\ntheme = "agency"', "x").title == "{city}{agency}图"


@pytest.mark.parametrize("number", ["豫S（2026）012号", "GS（2024）0650号", "GS京(2024)0650号", "粤BS（2025）18号"])
def test_review_numbers_of_every_department_are_taken(number):
    assert parse_recipe(f'title = "x"\n[footer]\nreview_number = "{number}"', "x").footer.review_number == number


def test_text_that_is_no_toml_is_refused_with_the_line():
    with pytest.raises(InputError, match=r"mine\.toml is not valid TOML.*line 2"):
        parse_recipe("labels = true\ntitle = x", "mine.toml")


def test_the_limits_themselves_lie_inside_the_rules():
    grids = with_households([299, 300, 349, 350, 450, 451, 500, 501])
    assert classes(grids, Recipe(title="x")).tolist() == [0, 1, 1, 2, 2, 3, 3, 4]


def test_exclusive_grids_and_missing_values_have_rows_of_their_own_with_a_hatch():
    grids = with_households([400, 0, np.nan], ["general", "exclusive", "general"])
    rows = {row.key: row for row in legend_rows(grids, Recipe(title="x"))}
    assert rows[EXCLUSIVE_CLASS].count == rows[NO_DATA_CLASS].count == 1
    assert rows[EXCLUSIVE_CLASS].hatch
    assert rows[NO_DATA_CLASS].hatch
    assert not any(rows[key].hatch for key in range(5))


def test_the_breaks_do_not_depend_on_the_data():
    few, many = with_households([1, 2]), with_households([9000, 9001])
    recipe = Recipe(title="x", breaks=(150, 300))
    assert [row.label for row in legend_rows(few, recipe)] == [row.label for row in legend_rows(many, recipe)]


def test_a_measure_that_the_layer_lacks_is_named():
    with pytest.raises(SchemaError, match="'population'"):
        classes(small_city.grids_of().drop(columns="population"), Recipe(title="x", measure="population"))


def test_without_a_measure_all_grids_are_one_class():
    rows = legend_rows(with_households([1, 900]), Recipe(title="x", measure="none"))
    assert [(row.label, row.count) for row in rows] == [("综合网格", 2)]
    assert legend_title(Recipe(title="x", measure="none")) == "网格"


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=30), st.tuples(st.integers(0, 600), st.integers(1, 600)))
def test_the_counts_of_a_legend_add_up_for_any_rules(values, rule):
    recipe = Recipe(title="x", limits=(rule[0], rule[0] + rule[1]))
    rows = legend_rows(with_households(values), recipe)
    assert sum(row.count for row in rows) == len(values)
    assert len({row.fill for row in rows}) == len(rows) == len(class_breaks(recipe)) + 1


def test_a_theme_brings_its_measure_unless_the_recipe_names_one():
    assert parse_recipe('title = "x"\ntheme = "coverage"', "x").measure == "kind"
    assert parse_recipe('title = "x"\ntheme = "atlas"\nmeasure = "population"', "x").measure == "population"
    assert parse_recipe('title = "x"\nmeasure = "change"', "x").theme == "change"


def test_a_selection_takes_one_text_or_several():
    select = parse_recipe('title = "x"\n[select]\nstreet = "甲街道"\ncode = ["1", "2"]', "x").select
    assert (select.street, select.code) == (("甲街道",), ("1", "2"))
    with pytest.raises(InputError, match=r"'select.street' is 3, write a text or a list of texts"):
        parse_recipe('title = "x"\n[select]\nstreet = 3', "x")


def test_values_given_beside_a_recipe_are_judged_like_its_own():
    recipe = changed(Recipe(title="x"), {"street": "甲街道", "size": "A4", "maker": "民政局", "dpi": 96})
    assert (recipe.select.street, recipe.size, recipe.footer.maker, recipe.dpi) == (("甲街道",), "A4", "民政局", 96)
    with pytest.raises(InputError, match=r"key 'colour' is unknown; keys are agency, as_of, .*; 'size' is 'B5'"):
        changed(recipe, {"size": "B5", "colour": "red"})
    assert changed(recipe, {"breaks": [1, 5]}).breaks == (1, 5)
    assert changed(Recipe(title="x", breaks=(1,)), {"breaks": "rules"}).breaks is None
    with pytest.raises(InputError, match="key 'limits' is unknown"):
        changed(recipe, {"limits": (1, 2)})  # belongs to the layer or to a recipe's own table


def test_grids_are_told_apart_by_kind():
    grids = with_households([1, 2, 3], ["general", "exclusive", "micro"])
    recipe = Recipe(title="x", theme="coverage", measure="kind")
    assert [(row.label, row.count) for row in legend_rows(grids, recipe)] == [
        ("综合网格", 1), ("专属网格", 1), ("微网格", 1),
    ]  # fmt: skip
