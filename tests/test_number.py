"""First numbering: west to east in rows from north to south, whatever the order of the input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

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
