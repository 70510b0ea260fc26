"""Lines and areas go to the grid with the largest share of them, ties to the smallest code.

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
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from gridgeo.locate.assign import WORDS
from gridgeo.locate.index import build_index
from gridgeo.locate.share import find_shares, ground_of

GRIDS = gpd.GeoDataFrame(
    {"code": ["c", "a", "b"]},
    geometry=[box(0, -100, 200, 0), box(100, 0, 200, 100), box(0, 0, 100, 100)],
    crs="EPSG:4547",
)
GROUND = ground_of(build_index(GRIDS), GRIDS["code"].to_numpy(object), GRIDS.geometry.to_numpy())
NOWHERE = shapely.transform(box(10, 10, 20, 20), lambda ends: np.where(ends == 20, np.inf, ends))
"""As a projection leaves a shape of which a corner is no place on the earth."""


def ask(shapes: list, **options: float) -> list[tuple]:
    found, _ = find_shares(np.array(shapes, object), GROUND, **options)
    codes = [None if row < 0 else str(GROUND.index.codes[row]) for row in found.row]
    numbers = ([None if np.isnan(v) else float(v) for v in column] for column in (found.distance_m, found.share))
    return list(zip(codes, [WORDS[m] for m in found.method], *numbers, strict=True))


@pytest.mark.parametrize(
    ("shape", "answer"),
    [
        (box(10, 10, 20, 20), ("b", "inside", 0, 1)),
        (box(0, 0, 100, 100), ("b", "inside", 0, 1)),
        (box(70, 10, 110, 20), ("b", "share", 0, 0.75)),
        (box(90, 10, 110, 20), ("a", "share", 0, 0.5)),
        (box(90, -10, 110, 10), ("c", "share", 0, 0.5)),
        (box(-30, 10, 10, 20), ("b", "share", 0, 0.25)),
        (box(-900, -900, 900, 900), ("c", "share", 0, 20_000 / 1800**2)),
        (Polygon([(100, 50), (90, 40), (90, 60)]), ("b", "inside", 0, 1)),
        (LineString([(10, 10), (10, 90)]), ("b", "inside", 0, 1)),
        (LineString([(80, 50), (180, 50)]), ("a", "share", 0, 0.8)),
        (LineString([(100, 10), (100, 90)]), ("a", "border", 0, 1)),
        (LineString([(100, 0), (0, 0)]), ("b", "border", 0, 1)),
        (LineString([(0, 0), (200, 0)]), ("c", "border", 0, 1)),
        (LineString([(210, 50), (250, 50)]), (None, "outside", None, None)),
        (box(200, 10, 210, 20), (None, "outside", None, None)),
        (MultiPoint([(50, 50)]), ("b", "inside", 0, None)),
        (GeometryCollection([Point(150, 50), box(10, 10, 20, 20)]), ("b", "share", 0, 1)),
        (None, (None, "none", None, None)),
        (Polygon(), (None, "none", None, None)),
        (NOWHERE, (None, "none", None, None)),
    ],
)
def test_each_kind_of_shape_gets_its_grid_and_share(shape, answer):
    assert ask([shape]) == [pytest.approx(answer, abs=1e-12)]


def test_a_shape_beside_the_layer_finds_the_nearest_grid_within_reach():
    beside = box(203, -20, 210, 20)  # as near to a as to c
    assert ask([beside, box(230, 10, 240, 20)], nearest_m=5) == [
        ("a", "nearest", 3, None),
        (None, "outside", None, None),
    ]
    assert ask([box(200, 10, 210, 20)], nearest_m=5) == [("a", "nearest", 0, None)]


def test_an_area_that_crosses_itself_is_measured_as_repaired_and_told():
    bow = Polygon([(80, 10), (120, 30), (120, 10), (80, 30)])
    found, repaired = find_shares(np.array([bow, box(10, 10, 20, 20)], object), GROUND)
    assert repaired.tolist() == [True, False]
    assert found.share[0] == pytest.approx(0.5)
    assert GROUND.index.codes[found.row[0]] == "a"


def test_an_area_without_extent_is_asked_as_what_it_is():
    assert ask([Polygon([(50, 50), (50, 50), (50, 50)])]) == [("b", "inside", 0, None)]
    assert ask([Polygon([(80, 50), (180, 50), (80, 50)])])[0][:2] == ("a", "share")


def test_no_shapes_are_no_answers():
    assert ask([]) == []


SIDE = st.integers(-150, 250)
SHAPES = st.one_of(
    st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), SIDE, SIDE, st.integers(1, 300), st.integers(1, 300)),
    st.builds(
        lambda a, b, c, d: LineString([(a, b), (c, d)]), SIDE, SIDE, SIDE, SIDE
    ).filter(lambda line: line.length > 0),
    st.builds(lambda x, y, r: Point(x, y).buffer(r), SIDE, SIDE, st.floats(0.5, 150)),
)  # fmt: skip


@given(st.lists(SHAPES, min_size=1, max_size=12), st.permutations(range(3)))
def test_the_share_is_the_largest_of_all_grids_in_any_order_of_the_layer(shapes, order):
    layer = GRIDS.iloc[order]
    ground = ground_of(build_index(layer), layer["code"].to_numpy(object), layer.geometry.to_numpy())
    found, _ = find_shares(np.array(shapes, object), ground)
    for row, shape in enumerate(shapes):
        measure = shapely.area if shape.area > 0 else shapely.length
        shares = {
            code: measure(shape.intersection(grid)) / measure(shape)
            for code, grid in zip(GRIDS["code"], GRIDS.geometry, strict=True)
        }
        best = max(shares.values())
        if best < 1e-9:
            assert (found.row[row], WORDS[found.method[row]]) == (-1, "outside")
            continue
        code = min(code for code, share in shares.items() if round(share, 9) == round(best, 9))
        assert ground.index.codes[found.row[row]] == code
        assert found.share[row] == pytest.approx(best, abs=1e-9)
        whole = GRIDS.set_index("code").geometry[code].covers(shape)
        assert (WORDS[found.method[row]] in ("inside", "border")) == whole


@given(SHAPES)
def test_shares_of_an_area_add_up_to_one_where_the_layer_covers_it_and_to_less_elsewhere(shape):
    assume(shape.area > 0)
    total = 0.0
    for grid in GRIDS.geometry:  # each asked alone
        layer = gpd.GeoDataFrame({"code": ["x"]}, geometry=[grid], crs=GRIDS.crs)
        ground = ground_of(build_index(layer), np.array(["x"], object), layer.geometry.to_numpy())
        found, _ = find_shares(np.array([shape], object), ground)
        total += np.nan_to_num(found.share[0])
    assert total <= 1 + 1e-9
    if GRIDS.union_all().covers(shape):
        assert total == pytest.approx(1)
