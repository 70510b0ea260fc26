"""First numbering: west to east in rows from north to south, whatever the order of the input. Then: kept codes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from gridgeo.codes.keep import BaseIds, told_codes
from gridgeo.codes.layout import get_layout
from gridgeo.codes.number import assign_codes, chinese_number, first_numbers
from gridgeo.errors import CodeError, SchemaError

CRS = "EPSG:4547"
SOUTH, NORTH = "411102001001", "411102001002"


def layer(shapes: list, communities: list[str] | str = SOUTH, names: list[str] | str = "老街社区") -> gpd.GeoDataFrame:
    columns = {"community_code": communities, "community_name": names}
    rows = {name: [value] * len(shapes) if isinstance(value, str) else value for name, value in columns.items()}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def squares(columns: int, rows: int) -> list[Polygon]:
    """Unit squares of 100 m, row by row from the south-west."""
    return [box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for j in range(rows) for i in range(columns)]


def test_lattice_is_read_like_a_page():
    # 1 2 3
    # 4 5 6
    assert first_numbers(layer(squares(3, 2))).tolist() == [4, 5, 6, 1, 2, 3]


def test_grids_of_one_row_may_lie_a_little_higher_or_lower():
    #  _   _
    # |1|_|3|   the middle one is lower, but not a row of its own
    #   |2|
    shapes = [box(0, 30, 100, 130), box(100, 0, 200, 100), box(200, 30, 300, 130)]
    assert first_numbers(layer(shapes)).tolist() == [1, 2, 3]


def test_each_community_starts_with_one():
    grids = layer(squares(2, 2), [SOUTH, SOUTH, NORTH, NORTH])
    assert first_numbers(grids).tolist() == [1, 2, 1, 2]


def test_same_easting_in_one_row_goes_from_north_to_south():
    shapes = [box(0, 0, 1000, 10), box(0, 10, 1000, 20), box(0, 20, 1000, 30)]
    assert first_numbers(layer(shapes)).tolist() == [3, 2, 1]


def rectangle(left: int, bottom: int, width: int, height: int) -> Polygon:
    return box(left, bottom, left + width, bottom + height)


PLACES, SIDES = st.integers(0, 40), st.integers(1, 9)
RECTANGLES = st.lists(
    st.builds(rectangle, PLACES, PLACES, SIDES, SIDES),
    min_size=1,
    max_size=25,
    unique_by=lambda shape: shape.centroid.coords[0],
)


@given(RECTANGLES, st.randoms(use_true_random=False))
def test_numbers_depend_neither_on_row_order_nor_on_where_rings_start(shapes: list[Polygon], random):
    numbers = first_numbers(layer(shapes))
    assert sorted(numbers) == list(range(1, len(shapes) + 1))
    order = random.sample(range(len(shapes)), len(shapes))
    turned = [Polygon(np.roll(np.array(shapes[i].exterior.coords)[:-1], 1, axis=0)[::-1]) for i in order]
    shuffled = layer(turned).set_index(pd.Index(order))
    assert first_numbers(shuffled).sort_index().tolist() == numbers.tolist()


@given(RECTANGLES)
def test_grid_further_west_and_north_has_the_smaller_number(shapes: list[Polygon]):
    numbers = first_numbers(layer(shapes)).to_numpy()
    points = [shape.point_on_surface() for shape in shapes]
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            if a.x < b.x and a.y > b.y:
                assert numbers[i] < numbers[j]


def test_codes_and_names_follow_the_numbers():
    grids = assign_codes(layer(squares(2, 1), [SOUTH, SOUTH]), get_layout("gb15"))
    assert grids["code"].tolist() == [f"{SOUTH}001", f"{SOUTH}002"]
    assert grids["short_name"].tolist() == ["第一网格", "第二网格"]
    assert grids["full_name"].tolist() == ["老街社区第一网格", "老街社区第二网格"]


def test_input_keeps_its_rows_and_is_not_changed():
    before = layer(squares(2, 2)).set_index(pd.Index([9, 7, 5, 3]))
    after = assign_codes(before, get_layout("gb15"))
    assert after.index.tolist() == [9, 7, 5, 3]
    assert "code" not in before


def test_street_layout_numbers_run_through_all_communities_of_the_street():
    grids = assign_codes(layer(squares(2, 2), [SOUTH, SOUTH, NORTH, NORTH]), get_layout("mgmt12"))
    assert sorted(grids["code"]) == [f"411102001{n:03d}" for n in (1, 2, 3, 4)]


def test_overflow_names_the_community_and_the_count():
    with pytest.raises(CodeError, match=rf"{SOUTH} has 100 grids.*at most 99"):
        assign_codes(layer(squares(10, 10)), get_layout("cjt14"))


def test_overflow_of_a_street_says_so():
    communities = [SOUTH] * 500 + [NORTH] * 500
    with pytest.raises(CodeError, match=r"street 411102001 \(2 communities\) has 1000 grids"):
        assign_codes(layer(squares(40, 25), communities), get_layout("mgmt12"))


def test_plain_communities_that_differ_only_in_blanks_are_refused():
    with pytest.raises(CodeError, match="Ward 1"):
        assign_codes(layer(squares(2, 1), ["Ward 1", "Ward_1"]), get_layout("plain"))


def test_grid_without_community_or_geometry_cannot_be_numbered():
    with pytest.raises(SchemaError, match="1 grids"):
        first_numbers(layer(squares(2, 1), [SOUTH, None]))
    with pytest.raises(SchemaError, match="1 grids"):
        assign_codes(layer([*squares(1, 1), None]), get_layout("gb15"))
    with pytest.raises(SchemaError, match="community_code"):
        assign_codes(layer(squares(1, 1)).drop(columns="community_code"), get_layout("gb15"))


# ------------------------------------------------------------- kept codes ----


def base(heir: list[str], *vanished: str, households: list[int] | None = None) -> BaseIds:
    """Return base grids of which each grid succeeds one, and some that nobody succeeds."""
    ids = [one for one in heir if one] + list(vanished)
    return BaseIds(agency="party", ids=ids, heir=heir, households=households or [0] * len(heir))


def numbered(grids: gpd.GeoDataFrame, ids: BaseIds, layout: str = "gb15") -> list[str]:
    return assign_codes(grids, get_layout(layout), base=ids)["code"].tolist()


def told(grids: gpd.GeoDataFrame, ids: BaseIds, layout: str = "gb15") -> list[tuple[str, str, str]]:
    rules = get_layout(layout)
    found = told_codes(assign_codes(grids, rules, base=ids), rules, ids)
    return [(one.severity, one.kind, one.source_id) for one in found]


def code(number: int, community: str = SOUTH) -> str:
    return f"{community}{number:03d}"


def test_grids_keep_the_codes_of_the_base_grids_they_succeed_whatever_their_order():
    grids, heirs = layer(squares(3, 1)), [code(7), code(2), code(5)]
    assert numbered(grids, base(heirs)) == heirs
    assert told(grids, base(heirs)) == []
    kept = assign_codes(grids, get_layout("gb15"), base=base(heirs))
    assert kept["full_name"].tolist() == ["老街社区第七网格", "老街社区第二网格", "老街社区第五网格"]


def test_new_grids_follow_the_highest_code_in_the_order_of_the_first_numbering():
    # kept new new   gaps below 7 stay gaps
    assert numbered(layer(squares(3, 1)), base([code(7), "", ""])) == [code(7), code(8), code(9)]


def test_the_code_of_a_vanished_base_grid_is_given_to_nobody():
    grids, ids = layer(squares(2, 1)), base([code(1), ""], code(2))
    assert numbered(grids, ids) == [code(1), code(3)]
    assert told(grids, ids) == [("note", "code_retired", code(2))]


@pytest.mark.parametrize("ids", [["1", "2"], ["002", "001"], ["DJ1", "DJ2"], ["20230101000012", f"{NORTH}0012"]])
@pytest.mark.parametrize("layout", ["gb15", "mgmt12", "cjt14", "plain"])
def test_ids_that_only_look_like_numbers_change_nothing(ids: list[str], layout: str):
    grids = layer(squares(2, 1))
    assert numbered(grids, base(ids), layout) == assign_codes(grids, get_layout(layout))["code"].tolist()
    assert told(grids, base(ids), layout) == []


def test_a_plain_code_is_the_community_a_hyphen_and_three_digits():
    grids = layer(squares(2, 1), "Ward 1")
    assert numbered(grids, base(["Ward_1-009", "Ward_1-002"]), "plain") == ["Ward_1-009", "Ward_1-002"]
    assert numbered(grids, base(["Ward_1-9", "Ward_2-002"]), "plain") == ["Ward_1-001", "Ward_1-002"]


def test_each_community_is_judged_alone():
    grids = layer(squares(2, 2), [SOUTH, SOUTH, NORTH, NORTH])
    assert numbered(grids, base([code(2), code(1), "A1", "A2"])) == [code(2), code(1), code(1, NORTH), code(2, NORTH)]


def test_an_id_without_code_among_codes_is_told():
    grids, ids = layer(squares(2, 1)), base(["new grid", code(1)])
    assert numbered(grids, ids) == [code(2), code(1)]
    assert told(grids, ids) == [("note", "code_not_kept", "new grid")]


def test_of_two_base_grids_with_one_code_the_one_with_more_households_keeps_it():
    grids = layer(squares(3, 1))
    ids = base([code(1), code(1), code(3)], households=[10, 20, 30])
    assert numbered(grids, ids) == [code(4), code(1), code(3)]
    assert told(grids, ids) == [("warning", "code_not_kept", code(1))]


def test_equal_households_leave_a_repeated_code_to_the_larger_grid_and_then_to_the_first():
    wide = [box(0, 0, 100, 100), box(100, 0, 300, 100), box(300, 0, 500, 100)]
    assert numbered(layer(wide), base([code(1)] * 3)) == [code(2), code(1), code(3)]


@pytest.mark.parametrize("foreign", [code(1, NORTH), "411102001099001"], ids=["of a neighbour", "of no community left"])
def test_a_code_of_another_community_is_not_kept_and_told(foreign: str):
    grids = layer(squares(2, 1), [SOUTH, NORTH])
    ids = base([foreign, ""])
    assert numbered(grids, ids) == [code(1), code(2 if foreign == code(1, NORTH) else 1, NORTH)]
    assert told(grids, ids) == [("warning", "code_not_kept", foreign)]


def test_a_base_grid_across_a_border_leaves_its_code_to_the_part_at_home():
    grids = layer(squares(2, 1), [SOUTH, NORTH])
    ids = BaseIds(agency="party", ids=[code(4)], heir=[code(4), code(4)], households=[1, 2])
    assert numbered(grids, ids) == [code(4), code(1, NORTH)]
    assert told(grids, ids) == []


def test_street_codes_are_kept_in_any_community_of_the_street():
    grids = layer(squares(2, 1), [SOUTH, NORTH])
    assert numbered(grids, base(["411102001009", "411102001004"]), "mgmt12") == ["411102001009", "411102001004"]


def test_the_number_of_an_undivided_community_is_no_code_of_a_grid():
    grids, ids = layer(squares(1, 1)), base([f"010200{SOUTH}00"])
    assert numbered(grids, ids, "cjt349-20:010200") == [f"010200{SOUTH}01"]


def test_when_the_numbers_after_the_highest_run_out_none_is_given_twice():
    grids = layer(squares(3, 1))
    assert numbered(grids, base([code(999), code(1), code(2)])) == [code(999), code(1), code(2)]
    with pytest.raises(CodeError, match=rf"{SOUTH} has 1 new grids and codes up to number 999"):
        numbered(grids, base([code(999), code(1), ""]))


@given(RECTANGLES, st.randoms(use_true_random=False))
def test_a_layer_numbered_again_by_its_own_codes_is_the_same(shapes: list[Polygon], random):
    grids = layer(shapes)
    heirs = [code(number) for number in random.sample(range(1, 900), len(shapes))]
    once = numbered(grids, base([heir if random.random() < 0.7 else "" for heir in heirs], heirs[0]))
    assert len(set(once)) == len(shapes)
    assert numbered(grids, base(once)) == once


# --------------------------------------------------------------- numerals ----


@given(st.integers(1, 999))
def test_chinese_numerals_are_distinct_and_of_the_right_signs(number: int):
    text = chinese_number(number)
    values = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
    total, digit = 0, 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = values[sign]
    assert total + digit == number


@pytest.mark.parametrize("number", [0, 1000])
def test_chinese_numerals_end_at_999(number: int):
    with pytest.raises(ValueError, match=str(number)):
        chinese_number(number)
