"""Point to grid: on every point what shapely says, the smallest code on borders.

::

    100 +-----+-----+
        |  b  |  a  |      layer rows: c, a, b - not in the order of their codes
      0 +-----T-----+      T: c has no vertex there
        |     c     |
   -100 +-----------+
        0    100   200
"""

from fractions import Fraction
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from gridgeo.errors import SchemaError, TopologyError
from gridgeo.locate import renew
from gridgeo.locate.index import GridIndex, build_index
from tests.coverages import awkward_points, coverage, kinds_and_scales, reference, wriggling

CRS = "EPSG:4547"


def layer(**shapes: Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


PICTURE = layer(c=box(0, -100, 200, 0), a=box(100, 0, 200, 100), b=box(0, 0, 100, 100))


def codes_at(index: GridIndex, points: np.ndarray) -> np.ndarray:
    rows, _ = index.covering(points[:, 0], points[:, 1])
    return np.array([*index.codes, ""], object)[rows]


def code_at(index: GridIndex, x: float, y: float) -> str | None:
    row, _ = index.find(x, y)
    return None if row < 0 else index.codes[row]


# ---------------------------------------------------------------------- as shapely ----


def test_two_million_random_points_get_the_grid_that_shapely_gives():
    grids = wriggling()
    index = build_index(grids)
    left, bottom, right, top = grids.total_bounds
    rng = np.random.default_rng(5)
    points = rng.uniform([left - 50, bottom - 50], [right + 50, top + 50], (2_000_000, 2))
    assert (codes_at(index, points) == reference(grids, *points.T)).all()


def test_points_on_vertices_edges_and_cell_lines_get_the_grid_that_shapely_gives():
    grids = wriggling(12, 12)
    index = build_index(grids)
    points = awkward_points(grids, index.packed.frame[5], each=30_000)
    assert (codes_at(index, points) == reference(grids, *points.T)).all()


@settings(deadline=None)
@given(kinds_and_scales(), st.integers(0, 1000))
def test_any_coverage_answers_as_shapely_does(grids: gpd.GeoDataFrame, seed: int):
    assume(len(grids) and not overlapping(grids))
    index = build_index(grids)
    points = awkward_points(grids, index.packed.frame[5], seed=seed)
    points = points[(np.abs(points) > 1e-300).all(axis=1) | (points == 0).all(axis=1)]  # GEOS loses digits down there
    told = codes_at(index, points)
    assert (told == reference(grids, *points.T)).all()
    assert [code_at(index, x, y) or "" for x, y in points[::37].tolist()] == list(told[::37])


@settings(deadline=None)
@given(kinds_and_scales(), st.integers(0, 1000))
def test_borders_are_told_and_all_their_grids_named(grids: gpd.GeoDataFrame, seed: int):
    assume(len(grids) and not overlapping(grids))
    index = build_index(grids)
    for x, y in awkward_points(grids, index.packed.frame[5], seed=seed, each=3).tolist():
        if min(abs(x), abs(y)) < 1e-300:
            continue
        covering = grids[shapely.intersects_xy(grids.geometry.to_numpy(), x, y)]
        inside = shapely.contains_xy(covering.geometry.to_numpy(), x, y)
        assert index.all_covering(x, y) == sorted(covering["code"])
        assert index.find(x, y)[1] == (len(covering) > 0 and not inside.any())


@pytest.mark.parametrize("kind", ["holes", "unnoded", "parts", "gaps", "squares"])
def test_holes_islands_junctions_parts_and_gaps_are_answered_as_shapely_does(kind: str):
    grids = coverage(kind, seed=3)
    index = build_index(grids)
    points = awkward_points(grids, index.packed.frame[5], each=5000)
    points = points[(np.abs(points) > 1e-300).all(axis=1)]
    assert (codes_at(index, points) == reference(grids, *points.T)).all()


# ------------------------------------------------------------------ as exact numbers ----


def exactly_covers(polygon: Polygon, x: float, y: float) -> bool:
    """Tell by rational numbers whether a polygon without holes covers a point."""
    px, py, inside = Fraction(x), Fraction(y), False
    ring = [(Fraction(a), Fraction(b)) for a, b in polygon.exterior.coords]
    for (ax, ay), (bx, by) in pairwise(ring):
        area = (ax - px) * (by - py) - (ay - py) * (bx - px)
        if area == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
            return True
        if (ay > py) != (by > py) and (area > 0) == (by > ay):
            inside = not inside
    return inside


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 1e-5, 1e-160, 1e9]), st.data())
def test_answers_are_those_of_rational_numbers(seed: int, scale: float, data: st.DataObject):
    grids = coverage("cells", seed=seed, scale=(scale, 0.0, 0.0))
    assume(not overlapping(grids))
    index = build_index(grids, certified=True)
    vertices = shapely.get_coordinates(grids.geometry.to_numpy())
    for _ in range(5):
        k = data.draw(st.integers(0, len(vertices) - 2))
        share = data.draw(st.floats(0, 1))
        x, y = (vertices[k] + (vertices[k + 1] - vertices[k]) * share).tolist()
        told = [code for code, shape in zip(grids["code"], grids.geometry, strict=True) if exactly_covers(shape, x, y)]
        assert index.all_covering(x, y) == sorted(told)


# -------------------------------------------------------------------- small pictures ----


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [(50, 50, "b"), (100, 50, "a"), (100, 0, "a"), (50, 0, "b"), (0, -100, "c"), (200, 100, "a"), (201, 50, None)],
)
def test_a_border_belongs_to_the_smallest_code(x: float, y: float, code: str | None):
    assert code_at(build_index(PICTURE), x, y) == code


def test_the_order_of_the_layer_does_not_matter():
    one, two = build_index(PICTURE), build_index(PICTURE.iloc[::-1])
    points = awkward_points(PICTURE, one.packed.frame[5])
    assert (codes_at(one, points) == codes_at(two, points)).all()


@pytest.mark.parametrize("x", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_what_is_no_place_is_in_no_grid(x: float):
    index = build_index(PICTURE)
    rows, on_border = index.covering(np.array([x, 50.0, x]), np.array([50.0, x, x]))
    assert rows.tolist() == [-1, -1, -1]
    assert not on_border.any()
    assert index.find(x, 50.0) == (-1, False)
    assert index.all_covering(x, 50.0) == []


def test_a_layer_without_grids_has_no_answers():
    index = build_index(PICTURE.iloc[:0])
    assert code_at(index, 0.0, 0.0) is None
    assert index.covering(*np.random.default_rng(1).uniform(-1e9, 1e9, (2, 5000)))[0].max() == -1
    assert np.isnan(index.bounds).all()
    assert index.nearest(np.zeros(1), np.zeros(1), within_m=1e9)[0].tolist() == [-1]


def test_parts_far_apart_are_one_grid():
    far = layer(a=MultiPolygon([box(0, 0, 1, 1), box(1e7, 1e7, 1e7 + 1, 1e7 + 1)]), b=box(1, 0, 2, 1))
    index = build_index(far)
    assert [code_at(index, x, x) for x in (0.5, 1e7 + 0.5, 5e6)] == ["a", "a", None]
    assert index.nbytes < 100e6


def test_two_threads_and_a_parallel_build_answer_as_one():
    grids = wriggling(6, 6)
    one, two = build_index(grids), build_index(grids, threads=2)
    points = awkward_points(grids, one.packed.frame[5])
    x, y = points.T
    for told, asked in zip(two.covering(x, y, threads=2), one.covering(x, y), strict=True):
        assert (told == asked).all()


# --------------------------------------------------------------------------- nearest ----


@settings(deadline=None)
@given(kinds_and_scales(), st.integers(0, 1000), st.floats(1e-3, 2.0))
def test_nearest_is_what_shapely_measures(grids: gpd.GeoDataFrame, seed: int, reach: float):
    assume(len(grids) and not overlapping(grids))
    index = build_index(grids)
    left, bottom, right, top = grids.total_bounds
    within = reach * max(right - left, top - bottom)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform([2 * left - right, 2 * bottom - top], [2 * right - left, 2 * top - bottom], (40, 2)).T
    rows, distance = index.nearest(x, y, within_m=within)
    shapes = grids.set_index("code").geometry
    away = shapely.distance(shapely.points(x, y)[:, None], shapes.to_numpy()[None])
    least = away.min(axis=1)
    sure = np.abs(least - within) > 1e-9 * within
    assert ((rows >= 0) == (least <= within))[sure].all()
    noise = 1e-9 * max(map(abs, grids.total_bounds))
    for k in np.flatnonzero(rows >= 0):
        assert distance[k] == pytest.approx(least[k], rel=1e-9, abs=noise)
        assert shapes.loc[index.codes[rows[k]]].distance(shapely.Point(x[k], y[k])) == pytest.approx(
            least[k], rel=1e-9, abs=noise
        )


def test_equally_near_grids_go_to_the_smallest_code():
    rows, distance_m = build_index(PICTURE).nearest(np.array([230.0, 230.0]), np.array([0.0, 50.0]), within_m=40)
    assert [build_index(PICTURE).codes[row] for row in rows] == ["a", "a"]
    assert distance_m.tolist() == [30.0, 30.0]


# -------------------------------------------------------------------- refused layers ----


def overlapping(grids: gpd.GeoDataFrame) -> bool:
    shapes = grids.geometry.to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes)
    one, two = one[one < two], two[one < two]
    return bool(shapely.relate_pattern(shapes[one], shapes[two], "T********").any())


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"a": box(0, 0, 2, 2), "b": box(1, 1, 3, 3)}, r"grids a and b overlap by 1 m² around 1\.500, 1\.500"),
        ({"a": box(0, 0, 9, 9), "b": box(1, 1, 3, 3)}, "grids a and b overlap by 4 m²"),
        ({"a": box(0, 0, 9, 9), "b": box(0, 0, 9, 9)}, "grids a and b overlap by 81 m²"),
        ({"a": box(0, 0, 9, 9), "b": box(1, 1, 8, 8), "c": box(2, 2, 7, 7)}, "grids a and b overlap by 49 m²"),
        ({"a": box(0, 0, 2, 1), "b": box(0, 1, 1, 2), "c": box(1, 1 - 2**-40, 2, 2)}, "grids a and c overlap"),
        ({"a": Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])}, "grid a crosses itself at 1"),
    ],
)
def test_a_layer_with_an_overlap_is_refused_with_the_place(shapes: dict[str, Polygon], words: str):
    with pytest.raises(TopologyError, match=words):
        build_index(layer(**shapes))


@settings(deadline=None)
@given(kinds_and_scales(), st.integers(0, 100), st.floats(0.01, 30))
def test_a_layer_is_refused_exactly_if_two_grids_overlap(grids: gpd.GeoDataFrame, row: int, shift: float):
    assume(len(grids))
    moved = grids.copy()
    left, _, right, _ = grids.total_bounds
    shapes = moved.geometry.to_numpy().copy()
    k = row % len(shapes)
    if row % 3:
        shapes[k] = shapely.transform(shapes[k], lambda xy: xy + np.array([shift * (right - left) / 100, 0.0]))
    moved = moved.set_geometry(gpd.GeoSeries(shapes, crs=CRS))
    if overlapping(moved):
        with pytest.raises(TopologyError, match="overlap by"):
            build_index(moved)
    else:
        build_index(moved)


def test_an_overlap_in_degrees_is_told_in_metres_with_a_place_to_be_found():
    degrees = layer(a=box(114.0, 33.0, 114.001, 33.001), b=box(114.0009, 33.0, 114.002, 33.001)).set_crs(
        "EPSG:4490", allow_override=True
    )
    with pytest.raises(TopologyError, match=r"overlap by 1,039 m² around 114\.00095\d\d, 33\.0005"):
        build_index(degrees)


def test_a_line_among_the_grids_is_refused():
    with pytest.raises(SchemaError, match="grid b is a LineString"):
        build_index(
            gpd.GeoDataFrame(
                {"code": ["a", "b"]}, geometry=[box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])], crs=CRS
            )
        )


# ------------------------------------------------------------------- the next version ----


@settings(deadline=None)
@given(kinds_and_scales(), st.integers(0, 1000), st.sampled_from(["merged", "split", "recoded", "ended"]))
def test_a_renewed_index_answers_as_one_built_anew(grids: gpd.GeoDataFrame, seed: int, what: str):
    assume(len(grids) > 1 and not overlapping(grids))
    rng = np.random.default_rng(seed)
    before = build_index(grids)
    gone, new = changed(grids, what, rng)
    after = gpd.GeoDataFrame(
        {"code": [*grids["code"][~grids["code"].isin(gone)], *new["code"]]},
        geometry=[*grids.geometry[~grids["code"].isin(gone)], *new.geometry], crs=CRS,
    )  # fmt: skip
    assume(len(after) and not overlapping(after))
    renewed, fresh = before.renewed(gone, new), build_index(after)
    if renewed is None:  # allowed, where a split needs finer coordinates
        assert what == "split"
        return
    points = np.concatenate(
        [awkward_points(part, before.packed.frame[5], seed=seed, each=60) for part in (grids, after)]
    )
    assert (codes_at(renewed, points) == codes_at(fresh, points)).all()
    assert (renewed.covering(*points.T)[1] == fresh.covering(*points.T)[1]).all()
    assert [renewed.all_covering(*p) for p in points[::29]] == [fresh.all_covering(*p) for p in points[::29]]


def changed(grids: gpd.GeoDataFrame, what: str, rng: np.random.Generator) -> tuple[list[str], gpd.GeoDataFrame]:
    """Return the codes that end and the grids that begin."""
    k = int(rng.integers(len(grids)))
    row, shape = grids["code"].iloc[k], grids.geometry.iloc[k]
    if what == "ended":
        return [row], grids.iloc[:0]
    if what == "recoded":
        return [row], layer(new=shape)
    if what == "merged":
        other = (k + 1) % len(grids)
        return [row, grids["code"].iloc[other]], layer(**{row: shapely.union_all([shape, grids.geometry.iloc[other]])})
    left, bottom, right, top = shape.bounds
    middle = (left + right) / 2
    west, east = shape & box(left - 1, bottom - 1, middle, top + 1), shape & box(middle, bottom - 1, right + 1, top + 1)
    parts = [part for part in (west, east) if part.geom_type.endswith("Polygon") and not part.is_empty]
    return [row], layer(**{f"{row}{k}": part for k, part in enumerate(parts)})


def test_a_renewed_index_builds_only_touched_blocks_anew(monkeypatch: pytest.MonkeyPatch):
    grids = wriggling()
    before = build_index(grids)
    asked = []
    built = renew.built_pieces
    monkeypatch.setattr(renew, "built_pieces", lambda *a, **k: asked.append(len(a[3])) or built(*a, **k))
    first = grids.iloc[[0]]
    assert before.renewed([first["code"].iloc[0]], first.assign(code="new")) is not None
    assert asked[0] < before.packed.top.size / 5


def test_grids_that_reach_beyond_the_layer_need_a_new_index():
    assert build_index(PICTURE).renewed(["a"], layer(a=box(100, 0, 300, 100))) is None
