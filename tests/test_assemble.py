"""Shares, change codes and straight lines: what is told about the merged grids."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.assemble import Link, change_codes, links, straight_vertices

MM = 0.001


def layer(*shapes: object) -> Linework:
    return Linework(np.array(shapes, object), np.arange(len(shapes)))


def labelled(plane: Arrangement, number: int) -> np.ndarray:
    label = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(number)
    label[face] = feature
    return label


def linked(
    grids: list[object], drawn: list[object], *spots: tuple[float, float, int], ids: list[int] | None = None
) -> Link:
    """Compare drawn shapes with grids; spots are x, y, households."""
    plane = arrange([layer(*grids), layer(*drawn)], MM)
    rows = np.array(spots, float).reshape(-1, 3)
    return links(
        plane, 1, labelled(plane, 0), source=np.array(ids if ids else range(len(drawn))),
        household_face=plane.faces_at(rows[:, :2]), household_count=rows[:, 2].astype(np.int64),
    )  # fmt: skip


def pairs(link: Link) -> dict[tuple[int, int], tuple[float, float]]:
    """Return grid, source → share of the grid's and of the source's area."""
    keys = zip(link.grid.tolist(), link.source.tolist(), strict=True)
    return dict(zip(keys, zip(link.area_of_grid.round(9), link.area_of_source.round(9), strict=True), strict=True))


def codes(rows: list[tuple[int, int, float, float]]) -> str:
    """Return the change codes for rows of grid, source, share of the grid, share of the source."""
    table = np.array(rows, float).reshape(-1, 4)
    none = np.zeros(len(rows))
    return "".join(
        change_codes(Link(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], table[:, 3], none, none))
    )


WEST, EAST = box(0, 0, 10, 10), box(10, 0, 20, 10)


# ------------------------------------------------------------------ shares ----


def test_shares_of_grid_and_source() -> None:
    """Source 0 covers the western grid and half of the eastern one."""
    assert pairs(linked([WEST, EAST], [box(0, 0, 15, 10)])) == {
        (0, 0): (1.0, pytest.approx(2 / 3)),
        (1, 0): (0.5, pytest.approx(1 / 3)),
    }


def test_what_lies_outside_counts_for_the_source_only() -> None:
    assert pairs(linked([WEST], [box(0, 0, 40, 10)])) == {(0, 0): (1.0, 0.25)}


def test_overlap_counts_for_the_smaller_source() -> None:
    assert pairs(linked([WEST], [WEST, box(0, 0, 5, 10)])) == {(0, 0): (0.5, 0.5), (0, 1): (0.5, 1.0)}


def test_source_swallowed_whole_has_no_row() -> None:
    assert pairs(linked([WEST], [WEST, WEST])) == {(0, 0): (1.0, 1.0)}


def test_common_ground_below_a_square_decimetre_is_rounding() -> None:
    assert pairs(linked([WEST, EAST], [box(0, 0, 10.001, 9)])) == {(0, 0): (0.9, pytest.approx(0.9999))}


def test_features_of_one_id_are_one_source_even_if_they_overlap() -> None:
    assert pairs(linked([WEST, EAST], [WEST, EAST, box(2, 2, 4, 4)], ids=[0, 0, 0])) == {
        (0, 0): (1.0, 0.5),
        (1, 0): (1.0, 0.5),
    }


def test_households_have_shares_of_their_own() -> None:
    link = linked([WEST, EAST], [box(0, 0, 15, 10)], (5, 5, 3), (12, 5, 1), (18, 5, 3))
    assert link.households_of_grid.tolist() == [1.0, 0.25]
    assert link.households_of_source.tolist() == [0.75, 0.25]


def test_without_households_their_shares_are_zero() -> None:
    link = linked([WEST], [WEST])
    assert (link.households_of_grid.tolist(), link.households_of_source.tolist()) == ([0.0], [0.0])


def test_households_outside_all_grids_count_nowhere() -> None:
    link = linked([WEST], [box(0, 0, 40, 10)], (5, 5, 2), (30, 5, 9), (99, 99, 9))
    assert link.households_of_source.tolist() == [1.0]


corner = st.integers(0, 40)
rectangles = st.lists(st.tuples(corner, corner, st.integers(1, 15), st.integers(1, 15)), min_size=1, max_size=6)
spots = st.lists(st.tuples(corner, corner, st.integers(0, 5)), max_size=8)


@settings(max_examples=60)
@given(rectangles, spots)
def test_no_share_is_more_than_everything(
    rows: list[tuple[int, int, int, int]], some: list[tuple[int, int, int]]
) -> None:
    grids = [box(20 * i, 20 * j, 20 * i + 20, 20 * j + 20) for i in range(2) for j in range(2)]
    drawn = [box(x, y, x + w, y + h) for x, y, w, h in rows]
    link = linked(grids, drawn, *((x + 0.5, y + 0.5, n) for x, y, n in some))
    for share, key in (
        (link.area_of_grid, link.grid), (link.households_of_grid, link.grid),
        (link.area_of_source, link.source), (link.households_of_source, link.source),
    ):  # fmt: skip
        assert (np.bincount(key, share, minlength=1) <= 1 + 1e-9).all()
    city = shapely.union_all(grids)
    alone = [k for k, one in enumerate(drawn) if all(one.disjoint(two) for j, two in enumerate(drawn) if j != k)]
    sums = np.bincount(link.source, link.area_of_source, minlength=len(drawn))
    for k in alone:
        assert sums[k] == pytest.approx(drawn[k].intersection(city).area / drawn[k].area, abs=1e-6)


# ------------------------------------------------------------ change codes ----


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([(0, 0, 1.0, 1.0)], "U"),
        ([(0, 0, 1.0, 0.5), (1, 0, 1.0, 0.5)], "S"),
        ([(0, 0, 0.5, 1.0), (0, 1, 0.5, 1.0)], "MM"),
        ([(0, 0, 0.5, 1.0), (0, 1, 0.5, 0.5), (1, 1, 1.0, 0.5)], "XX"),
        ([(0, 0, 0.98, 0.97), (1, 0, 0.02, 0.03), (1, 1, 0.98, 0.97), (0, 1, 0.02, 0.03)], "UU"),
        ([(k, 0, 1.0, 0.04) for k in range(25)], "S"),
        ([(0, k, 0.04, 1.0) for k in range(25)], "M" * 25),
        ([(0, 0, 1.0, 0.3)], "X"),
        ([(0, 0, 0.3, 1.0)], "X"),
        ([(0, 1, 1.0, 1.0)], "XU"),
        ([], ""),
    ],
    ids=["unchanged", "split", "merged", "irregular", "drawing is no change", "split in many", "merged from many",
         "mostly cut off", "mostly unknown ground", "lost", "nothing"],
)  # fmt: skip
def test_change_codes(rows: list[tuple[int, int, float, float]], wanted: str) -> None:
    assert codes(rows) == wanted


def test_households_can_make_a_small_piece_count() -> None:
    """Source 0 gives 2 % of its ground to grid 1, but half of its households."""
    some = np.array([0.98, 0.02]), np.array([1.0, 0.02])
    none, half = np.zeros(2), np.array([0.5, 0.5])
    grid, source = np.array([0, 1]), np.array([0, 0])
    assert change_codes(Link(grid, source, some[1], some[0], none, none)).tolist() == ["U"]
    assert change_codes(Link(grid, source, some[1], some[0], np.ones(2), half)).tolist() == ["S"]


# ---------------------------------------------------------------- straight ----


def grids_of(*layers: Linework, keep: bool) -> np.ndarray:
    """Return the outlines of layer 0's features, straightened or as noded."""
    plane = arrange(layers, MM)
    label = labelled(plane, 0)
    return plane.shapes(label, keep=straight_vertices(plane, label) if keep else None)[1]


def test_crossings_of_lines_that_were_dropped_leave_no_vertex() -> None:
    """Crossing lines of another layer bend a border by a millimetre; without them it is straight again."""
    slanted = [Polygon([(0, 0), (10, 0), (13.333, 30), (0, 30)]), Polygon([(10, 0), (40, 0), (40, 30), (13.333, 30)])]
    cuts = layer(*(box(-5, y, 45, y + 1.7) for y in range(2, 28, 3)))
    assert len(shapely.get_coordinates(grids_of(layer(*slanted), cuts, keep=False))) > 40
    straight = grids_of(layer(*slanted), cuts, keep=True)
    assert [one.equals(two) for one, two in zip(straight, slanted, strict=True)] == [True, True]
    assert len(shapely.get_coordinates(straight)) == 10


def test_vertex_that_somebody_drew_into_a_straight_line_stays() -> None:
    drawn = Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)])
    assert (5.0, 0.0) in grids_of(layer(drawn), keep=True)[0].exterior.coords


def test_vertex_where_three_grids_meet_stays_in_all() -> None:
    shapes = grids_of(layer(box(0, 0, 10, 20), box(10, 0, 20, 7), box(10, 7, 20, 20)), keep=True)
    assert all((10.0, 7.0) in shape.exterior.coords for shape in shapes)


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 300)] * 6), min_size=1, max_size=6))
def test_straightened_grids_are_still_a_coverage_of_the_same_ground(rows: list[tuple[int, ...]]) -> None:
    cuts = [Polygon([(x / 10, y / 10) for x, y in zip(row[::2], row[1::2], strict=True)]) for row in rows]
    cuts = [cut for cut in cuts if cut.area > 0]
    if not cuts:
        return
    slanted = [Polygon([(0, 0), (10, 0), (13.333, 30), (0, 30)]), Polygon([(10, 0), (31, 0), (30, 30), (13.333, 30)])]
    shapes = grids_of(layer(*slanted), layer(*cuts), keep=True)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    for found, wanted in zip(shapes, slanted, strict=True):
        assert found.symmetric_difference(wanted).area < 2 * MM * wanted.length
