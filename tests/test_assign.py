"""Registers to grids: every point exactly one code, ties to the smallest, nothing dropped.

::

    100 +-----+-----+
        |  b  |  a  |      layer rows: c, a, b - not in the order of their codes
      0 +-----+-----+
        |     c     |
   -100 +-----------+
        0    100   200
"""

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely import Polygon, box

from gridgeo.errors import SchemaError
from gridgeo.locate import assign
from gridgeo.locate.assign import assign_batch, assign_points
from gridgeo.locate.index import build_index

CRS = "EPSG:4547"
GRIDS = gpd.GeoDataFrame(
    {"code": ["c", "a", "b"]}, geometry=[box(0, -100, 200, 0), box(100, 0, 200, 100), box(0, 0, 100, 100)], crs=CRS
)


def one(x: float, y: float, **options: float) -> tuple:
    row = assign_points(["p"], [x], [y], GRIDS, **options).iloc[0]
    return (row["code"] if isinstance(row["code"], str) else None, row["method"], row["distance_m"])


def test_point_inside_goes_to_its_grid():
    assert one(50, 50) == ("b", "inside", 0.0)


@pytest.mark.parametrize(
    ("x", "y", "code"), [(100, 50, "a"), (100, 0, "a"), (50, 0, "b"), (0, 50, "b"), (0, -100, "c"), (200, 100, "a")]
)
def test_point_on_a_border_or_corner_goes_to_the_smallest_code(x: float, y: float, code: str):
    assert one(x, y) == (code, "border", 0.0)


def test_point_outside_has_no_code_and_no_distance():
    code, method, distance_m = one(250, 50)
    assert (code, method) == (None, "outside")
    assert np.isnan(distance_m)


def test_point_outside_finds_the_nearest_grid_within_reach():
    assert one(230, 50, nearest_m=30) == ("a", "nearest", 30.0)
    assert one(230.001, 50, nearest_m=30)[1] == "outside"


def test_equally_near_grids_go_to_the_smallest_code():
    assert one(203, 0, nearest_m=10) == ("a", "nearest", 3.0)


@pytest.mark.parametrize(("x", "y"), [(np.nan, 50), (50, np.nan), (np.inf, 50), (np.nan, np.nan)])
def test_point_without_coordinate_is_kept_and_told(x: float, y: float):
    code, method, distance_m = one(x, y, nearest_m=1000)
    assert (code, method) == (None, "none")
    assert np.isnan(distance_m)


def test_ids_are_text_and_keep_their_order():
    table = assign_points([3, "b", 1], [50, 150, 50], [50, 50, -50], GRIDS)
    assert table["id"].tolist() == ["3", "b", "1"]
    assert table["code"].tolist() == ["b", "a", "c"]
    assert list(table.columns) == ["id", "code", "method", "distance_m"]


def test_empty_register_gives_an_empty_table_with_the_same_columns():
    table = assign_points([], [], [], GRIDS)
    assert list(table.columns) == ["id", "code", "method", "distance_m"]
    assert len(table) == 0


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 ids"):
        assign_points(["a", "b"], [1], [1], GRIDS)


def test_cutting_into_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(4)
    x, y = rng.integers(-20, 221, 500), rng.integers(-120, 121, 500)
    whole = assign_points(range(500), x, y, GRIDS, nearest_m=5)
    monkeypatch.setattr(assign, "CHUNK", 7)
    assert assign_points(range(500), x, y, GRIDS, nearest_m=5).equals(whole)


COORDINATES = arrays(float, 30, elements=st.one_of(st.integers(-130, 230), st.floats(-130, 230)))


@given(COORDINATES, COORDINATES, st.permutations(range(3)))
def test_every_point_gets_the_smallest_covering_code_in_any_order_of_the_layer(x, y, order):
    table = assign_points(range(30), x, y, GRIDS.iloc[order])
    for i in range(30):
        point = shapely.Point(x[i], y[i])
        covering = sorted(GRIDS["code"][GRIDS.covers(point)])
        inside = GRIDS.contains(point).any()
        assert table["code"][i] == covering[0] if covering else table["code"].isna()[i]
        assert table["method"][i] == ("inside" if inside else "border" if covering else "outside")


@given(st.floats(0, 1), st.floats(1e-9, 1))
def test_point_on_a_slanted_border_belongs_to_exactly_one_of_the_two(share: float, slope: float):
    ends = np.array([[0.0, 0.0], [100.0, 100.0 * slope]])
    low = Polygon([ends[0], (0, -100), (100, -100), ends[1]])
    high = Polygon([ends[0], ends[1], (100, 200), (0, 200)])
    grids = gpd.GeoDataFrame({"code": ["low", "high"]}, geometry=[low, high], crs=CRS)
    x, y = ends[0] + share * (ends[1] - ends[0])
    assert assign_points(["p"], [x], [y], grids)["code"].notna().all()


def test_grids_without_code_or_geometry_cannot_be_asked():
    with pytest.raises(SchemaError, match="no column"):
        build_index(GRIDS.drop(columns="code"))
    for code, shape in ((None, box(0, 0, 1, 1)), ("", box(0, 0, 1, 1)), (411.0, box(0, 0, 1, 1)), ("a", None)):
        with pytest.raises(SchemaError, match="1 grids"):
            build_index(gpd.GeoDataFrame({"code": [code]}, geometry=[shape], crs=CRS))


def test_corner_names_all_its_grids():
    assert build_index(GRIDS).all_covering(100.0, 0.0) == ["a", "b", "c"]
    assert build_index(GRIDS).all_covering(50.0, 50.0) == ["b"]


@given(COORDINATES, COORDINATES, st.sampled_from([0.0, 5.0]))
def test_a_batch_of_arrow_columns_gets_the_answers_of_the_table(x, y, nearest_m):
    x[0] = np.nan
    table = assign_points(range(30), x, y, GRIDS, nearest_m=nearest_m)
    index = build_index(GRIDS)
    batch = assign_batch(pa.array(table["id"], pa.string()), x, y, index, nearest_m=nearest_m)
    assert batch.schema.names == ["id", "code", "method", "distance_m"]
    for name in batch.schema.names:
        assert batch[name].to_pylist() == [None if value != value else value for value in table[name]]


def test_a_batch_is_brought_into_the_crs_of_the_layer_first():
    ids = pa.array(["p", "q"])
    batch = assign_batch(
        ids, np.array([50.0, 0]), np.array([50.0, 0]), build_index(GRIDS), move=lambda x, y: (y, x + 9)
    )
    assert batch["method"].to_pylist() == ["inside", "border"]
    assert batch["code"].to_pylist() == ["b", "b"]


def test_codes_of_a_batch_are_numbers_into_one_list():
    batch = assign_batch(pa.array(["p"] * 3), np.array([50.0, 150, 50]), np.array([50.0, 50, -50]), build_index(GRIDS))
    assert batch["code"].dictionary.to_pylist() == ["a", "b", "c"]
    assert batch["code"].indices.to_pylist() == [1, 0, 2]
