"""Atoms of a merge as a table: what planners hand from grid to grid, block by block.

::

    2 +---+---+---+---+
      |   |   |   |   |      four by two squares; the layers decide where lines run
    1 +---+---+---+---+
      |   |   |   |   |
    0 +---+---+---+---+
      0   1   2   3   4
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_city import SIDE_M, agency, at, cities, drawn, households, in_every_square, square, squares
from hypothesis import given, settings
from sameness import shuffled
from shapely import LineString, box

from gridgeo.jobs.merge import MergeResult, merge_inputs
from gridgeo.model import Inputs
from gridgeo.partition.arrange import Linework, arrange
from gridgeo.partition.blocks import block_table
from gridgeo.tables import ATOM, check_table

OFF_M = 0.002
"""An atom's corner in the middle of a grid's border may lie so far off it."""


def ids(result: MergeResult) -> list[str]:
    return [name.partition("-")[2] for name in result.atoms["id"]]


def test_atoms_are_what_the_lines_of_all_agencies_and_barriers_leave_undivided() -> None:
    whole, halves = [square(0, 0, 2, 2)], [square(0, 0, 1, 2), square(1, 0, 1, 2)]
    road = ("street", False, at(LineString([(0, 1), (2, 1)])))
    town = drawn(whole, agency("a", halves), barriers=[road], registers=in_every_square(2, 2, 10))
    result = merge_inputs(town)
    check_table(result.atoms, ATOM, "atom")
    assert ids(result) == ["b1", "b2", "b3", "b4"]
    places = [square(0, 1), square(1, 1), square(0, 0), square(1, 0)]
    assert shapely.equals(result.atoms.geometry.to_numpy(), places).all()
    assert result.atoms["households"].tolist() == [10] * 4


def test_atoms_are_numbered_through_each_community() -> None:
    town = drawn([square(0, 0, 1, 2), square(1, 0, 1, 2)], agency("a", squares(2, 2)))
    assert ids(merge_inputs(town)) == ["b1", "b2", "b1", "b2"]


@settings(max_examples=12)
@given(cities())
def test_atoms_tile_the_grids_and_count_their_households(inputs: Inputs) -> None:
    result = merge_inputs(inputs)
    shapes = result.atoms.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert result.atoms["id"].is_unique
    assert result.atoms["households"].sum() == result.grids["households"].sum()
    rim_m = shapely.length(result.grids.geometry.to_numpy()).sum()
    assert shapely.area(shapes).sum() == pytest.approx(result.grids["area_m2"].sum(), abs=OFF_M * rim_m)
    tree = shapely.STRtree(result.grids.geometry.to_numpy())
    atom, grid = tree.query(shapely.point_on_surface(shapes), predicate="intersects")
    assert atom.tolist() == list(range(len(shapes)))
    own = result.grids.geometry.to_numpy()[grid]
    assert shapely.area(shapely.difference(shapes, own)).max() <= OFF_M * rim_m
    assert (result.grids["community_code"].to_numpy()[grid] == result.atoms["community_code"]).all()


@settings(max_examples=8)
@given(cities())
def test_atoms_do_not_depend_on_the_order_of_what_was_handed_in(inputs: Inputs) -> None:
    one, two = merge_inputs(inputs), merge_inputs(shuffled(inputs, np.random.default_rng(7)))
    pd.testing.assert_frame_equal(pd.DataFrame(one.atoms), pd.DataFrame(two.atoms))


def test_atoms_that_touch_in_a_point_are_two_and_each_has_its_own_households() -> None:
    #   +---+---+
    #   | 1 | 0 |       one label on both diagonals
    #   +---+---+
    #   | 0 | 1 |
    #   +---+---+
    shapes = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 1, 2), box(1, 1, 2, 2)], object)
    plane = arrange([Linework(shapes, np.arange(4))], 0.001)
    atom = np.full(plane.faces.faces, -1, np.int64)
    face, feature = plane.covering(0)
    atom[face] = np.array([0, 1, 1, 0])[feature]
    homes = plane.faces_at(np.array([[0.5, 0.5], [1.5, 1.5], [1.5, 0.5], [9, 9]]))
    table = block_table(
        plane, atom, np.array(["A", "B"], object), homes, np.array([3, 4, 5, 100]), grids=shapes
    )  # fmt: skip
    assert set(table.geom_type) == {"Polygon"}
    assert sorted(zip(table["community_code"], table["households"], strict=True)) == [
        ("A", 3), ("A", 4), ("B", 0), ("B", 5),
    ]  # fmt: skip
    assert table.area.tolist() == [1] * 4


def test_an_exclusive_site_is_an_atom_and_no_hole() -> None:
    town = drawn(
        [square(0, 0, 4, 2)], agency("a", [square(0, 0, 4, 2)]), exclusives=[square(1, 0)],
        registers=households((3.5, 1.5, 400)),
    )  # fmt: skip
    result = merge_inputs(town)
    assert sorted(round(area) for area in result.atoms.area) == [SIDE_M**2, 7 * SIDE_M**2]
