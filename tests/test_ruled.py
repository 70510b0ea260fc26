"""A map classes grids by the rules that its layer was made by; without rules it says so."""

import geopandas as gpd
import pytest
import small_city
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.render.legend import class_breaks, legend_rows, legend_title
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import ruled

RECIPE = Recipe(title="覆盖图")


def grids_with(*households: int) -> gpd.GeoDataFrame:
    return small_city.grids_of(len(households), 1).assign(households=households)


def test_the_layers_own_limits_come_before_the_recipes():
    recipe = ruled(RECIPE, {"households": [500, 1500]}, grids_with(900))
    assert class_breaks(recipe) == (500, 750, 1251, 1501)
    assert [row.count for row in legend_rows(grids_with(499, 500, 900, 1500, 1501), recipe)] == [1, 1, 1, 1, 1]


def test_a_layer_that_says_nothing_is_classed_by_the_recipe():
    assert ruled(RECIPE, {}, grids_with(400)) == RECIPE


def test_breaks_written_into_the_recipe_stay():
    own = Recipe(title="x", breaks=(10, 20))
    assert ruled(own, {"households": [500, 1500]}, grids_with(400)) == own


@pytest.mark.parametrize("values", [(4, 40_000), (3, 3)])
def test_without_a_limit_breaks_are_fixed_and_the_legend_says_so(values):
    recipe = ruled(RECIPE, {"households": [0, 10**9]}, grids_with(*values))
    assert legend_title(recipe) == "每格户数，未设户数规则"
    assert [row.label for row in legend_rows(grids_with(*values), recipe)] == [
        "少于100", "100–299", "300–499", "500–999", "1000及以上",
    ]  # fmt: skip


def test_a_lower_limit_alone_is_the_first_break():
    recipe = ruled(RECIPE, {"households": [300, 10**9]}, grids_with(900))
    assert class_breaks(recipe)[0] == 300
    assert legend_title(recipe) == "每格户数，下限 300，未设上限"


def test_nothing_lies_below_a_limit_of_zero():
    labels = [row.label for row in legend_rows(grids_with(9), ruled(RECIPE, {"households": [0, 500]}, grids_with(9)))]
    assert labels == ["少于125　偏少", "125–375　适中", "376–500　偏多", "501及以上　高于上限"]


@pytest.mark.parametrize(
    ("limits", "words"), [((300, 500), "网格（无户数登记）"), ((0, 10**9), "网格（未设户数规则）")]
)
def test_where_no_household_was_counted_no_grid_is_called_too_small(limits, words):
    recipe = ruled(RECIPE, {"households": list(limits)}, grids_with(0, 0))
    assert legend_title(recipe) == words
    assert [(row.label, row.count) for row in legend_rows(grids_with(0, 0), recipe)] == [("综合网格", 2)]


def test_people_are_held_against_their_own_rule():
    recipe = ruled(Recipe(title="x", measure="population"), {"population_max": 2500}, grids_with(400))
    assert class_breaks(recipe) == (625, 1876, 2501)


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=20),
    st.integers(0, 2000),
    st.one_of(st.integers(1, 3000), st.just(10**9)),
)
def test_every_grid_has_one_class_under_any_rule(values, low, span):
    grids = grids_with(*values)
    recipe = ruled(RECIPE, {"households": [low, low + span]}, grids)
    rows = legend_rows(grids, recipe)
    assert sum(row.count for row in rows) == len(values)
    assert len({row.label for row in rows}) == len({row.fill for row in rows}) == len(rows)
