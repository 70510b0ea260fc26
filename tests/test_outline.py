"""Outlines: labelled faces become polygons that share every vertex with their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from gridgeo.partition.arrange import Arrangement, Linework, arrange

MM = 0.001


def plane_of(*shapes: object, precision_m: float = MM) -> Arrangement:
    return arrange([Linework(np.array(shapes, object), np.arange(len(shapes)))], precision_m)


def by_feature(plane: Arrangement) -> np.ndarray:
    """Label faces with the last feature that covers them."""
    label = np.full(plane.faces.faces, -1, np.int64)
    label[plane.cover_face] = plane.cover_feature
    return label


def outlines(*shapes: object) -> list[object]:
    """Return the outlines of features that do not overlap."""
    plane = plane_of(*shapes)
    return plane.shapes(by_feature(plane))[1].tolist()


def checkers(picture: str) -> list[Polygon]:
    """Return the marked cells of a picture, 10 m wide."""
    rows = picture.split()
    return [
        box(10 * column, 10 * (len(rows) - row), 10 * column + 10, 10 * (len(rows) - row) + 10)
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
        if cell == "#"
    ]


def united(*pictures: str) -> tuple[list[object], list[object]]:
    """Return the outline of each picture's cells as one label, and what shapely says they are."""
    cells = [checkers(picture) for picture in pictures]
    plane = plane_of(*(cell for group in cells for cell in group))
    owner = np.repeat(np.arange(len(cells)), [len(group) for group in cells])
    label = by_feature(plane)
    label[label >= 0] = owner[label[label >= 0]]
    return plane.shapes(label)[1].tolist(), [shapely.union_all(group) for group in cells]


def test_square_comes_back() -> None:
    assert outlines(box(0, 0, 10, 10))[0].equals(box(0, 0, 10, 10))


def test_shells_run_counter_clockwise_and_holes_clockwise() -> None:
    donut = outlines(box(0, 0, 30, 30).difference(box(10, 10, 20, 20)))[0]
    assert donut.exterior.is_ccw
    assert not donut.interiors[0].is_ccw


@pytest.mark.parametrize(
    ("picture", "kind", "holes"),
    [
        ("## ##", "Polygon", 0),
        ("#. .#", "MultiPolygon", 0),
        ("#.# ...", "MultiPolygon", 0),
        ("### #.# ###", "Polygon", 1),
        ("##### #.#.# #####", "Polygon", 2),
        ("###. #.## ####", "Polygon", 1),
        ("#### #.## ##.# ####", "Polygon", 2),
        ("##### #...# #.#.# #...# #####", "MultiPolygon", 1),
        (".#. #.# .#.", "MultiPolygon", 0),
        ("##. #.# ###", "Polygon", 1),
    ],
)  # fmt: skip
def test_pinch_points_islands_and_holes_give_valid_polygons(picture: str, kind: str, holes: int) -> None:
    (found,), (expected,) = united(picture)
    assert found.is_valid
    assert found.geom_type == kind
    assert found.equals(expected)
    assert sum(len(part.interiors) for part in shapely.get_parts(found)) == holes


def test_two_polygons_that_touch_in_two_points_enclose_a_third() -> None:
    """
    a b b      a and b touch in the corners of c only where c lies between them
    a c b
    a a b
    """
    found, expected = united("#.. #.. ##.", ".## ..# ..#", "... .#. ...")
    assert [one.equals(two) for one, two in zip(found, expected, strict=True)] == [True] * 3
    assert shapely.coverage_is_valid(np.array(found, object))


def test_neighbours_share_every_vertex() -> None:
    shapes = outlines(box(0, 0, 10, 20), box(10, 0, 20, 7), box(10, 7, 20, 20))
    assert (10.0, 7.0) in shapes[0].exterior.coords
    assert shapely.coverage_is_valid(np.array(shapes, object))


def test_faces_without_label_belong_to_nobody() -> None:
    plane = plane_of(box(0, 0, 10, 10), box(20, 0, 30, 10))
    labels, shapes = plane.shapes(np.where(by_feature(plane) == 1, 7, -1))
    assert labels.tolist() == [7]
    assert shapes[0].equals(box(20, 0, 30, 10))


def test_no_label_at_all_gives_nothing() -> None:
    plane = plane_of(box(0, 0, 10, 10))
    labels, shapes = plane.shapes(np.full(2, -1))
    assert (len(labels), len(shapes)) == (0, 0)


def test_island_within_the_hole_of_an_island_keeps_its_own_hole() -> None:
    rings = [box(0, 0, 90, 90).difference(box(10, 10, 80, 80)), box(20, 20, 70, 70).difference(box(30, 30, 60, 60))]
    whole = MultiPolygon([*rings, box(40, 40, 50, 50)])
    assert outlines(whole)[0].equals(whole)
    assert outlines(whole)[0].is_valid


cells = st.lists(st.integers(0, 2), min_size=25, max_size=25)


@settings(max_examples=60)
@given(cells)
def test_any_labelling_of_a_lattice_is_a_valid_coverage(labels: list[int]) -> None:
    squares = [box(10 * (k % 5), 10 * (k // 5), 10 * (k % 5) + 10, 10 * (k // 5) + 10) for k in range(25)]
    plane = plane_of(*squares)
    label = by_feature(plane)
    label[label >= 0] = np.array(labels)[label[label >= 0]]
    names, shapes = plane.shapes(label)
    assert names.tolist() == sorted(set(labels))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    for name, shape in zip(names, shapes, strict=True):
        assert shape.equals(shapely.union_all([squares[k] for k in range(25) if labels[k] == name]))
