"""What became of codes, on squares cut and joined.

::

    before            after
    +---+---+        +---+---+
    | a | b |        |   c   |       a and b are merged (M); read the other way round, c is split (S)
    +---+---+        +---+---+
"""

import numpy as np
import pytest
import shapely
from draft_city import ONE, Spot, gb15, memory_of, squares
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridgeo.codes.lineage import Successor, lineage_of
from gridgeo.draft.change import Carve, Merge, Recode, Rename, Reshape, Split, Transfer
from gridgeo.partition.common import common_m2


def letters(old: str, new: str, area_m2: list[list[float]]) -> dict[str, str]:
    """Return old and new code → letter."""
    found = lineage_of(list(old), list(new), np.array(area_m2, float), {})
    return {f"{row.old_code}>{row.new_code}": row.change for row in found}


def test_a_grid_that_keeps_ground_and_code_is_not_told():
    assert letters("a", "a", [[100]]) == {}


def test_the_same_ground_under_another_code_is_unchanged():
    assert letters("a", "b", [[100]]) == {"a>b": "U"}


def test_a_grid_cut_into_parts_is_split():
    assert letters("a", "ab", [[60, 40]]) == {"a>a": "S", "a>b": "S"}


def test_grids_joined_whole_are_merged():
    assert letters("ab", "a", [[100], [50]]) == {"a>a": "M", "b>a": "M"}


def test_ground_handed_over_is_anything_else():
    assert letters("ab", "ab", [[80, 20], [0, 100]]) == {"a>a": "X", "a>b": "X", "b>b": "X"}


def test_two_changes_beside_each_other_do_not_colour_each_other():
    area_m2 = [[60, 40, 0, 0], [0, 0, 100, 0], [0, 0, 50, 0], [0, 0, 0, 70]]
    assert letters("abcd", "axyd", area_m2) == {"a>a": "S", "a>x": "S", "b>y": "M", "c>y": "M"}


def test_nothing_before_or_after_has_no_lineage():
    assert lineage_of([], ["a"], np.zeros((0, 1)), {}) == lineage_of(["a"], [], np.zeros((1, 0)), {}) == []


def test_shares_are_of_the_old_and_of_the_new_grid():
    rows = lineage_of(["a", "b"], ["a", "b"], np.array([[75.0, 25.0], [0.0, 75.0]]), {("a", "a"): 9, ("a", "b"): 1})
    assert rows[1] == Successor(
        old_code="a", new_code="b", change="X", area_share=0.25, household_share=0.1, new_area_share=0.25,
        new_household_share=1.0,
    )  # fmt: skip


def test_where_nobody_lives_the_ground_stands_for_the_households():
    rows = lineage_of(["a"], ["a", "b"], np.array([[75.0, 25.0]]), {})
    assert [row.household_share for row in rows] == [0.75, 0.25]


@given(
    hnp.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 3)),
    st.integers(0, 2**32 - 1),
)
def test_shares_of_every_grid_sum_to_one(area, seed):
    area = area[area.sum(axis=1) > 0][:, (area.sum(axis=0) > 0)]
    old, new = [f"o{k}" for k in range(area.shape[0])], [f"n{k}" for k in range(area.shape[1])]
    homes = np.random.default_rng(seed).integers(0, 4, area.shape)
    households = {(old[i], new[k]): int(homes[i, k]) for i, k in np.ndindex(*area.shape)}
    rows = lineage_of(old, new, area.astype(float), households)
    for side, share in (("old", "area"), ("old", "household"), ("new", "area"), ("new", "household")):
        name = f"{'' if side == 'old' else 'new_'}{share}_share"
        for code in old if side == "old" else new:
            mine = [getattr(row, name) for row in rows if getattr(row, f"{side}_code") == code]
            assert sum(mine) == pytest.approx(1, abs=1e-9)


# -------------------------------------------------------------------------- the ground ----


def test_the_bend_of_a_border_is_no_ground_in_common():
    """The border between both gained a vertex, half a millimetre off the straight line."""
    one, two = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
    bent = shapely.Polygon([(0, 0), (100, 0), (100.0005, 50), (100, 100), (0, 100)])
    other = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.0005, 50)])
    assert np.array_equal(common_m2([one, two], [bent, other]) > 0, np.eye(2, dtype=bool))


def test_a_strip_of_a_metre_is_ground_in_common():
    one, two = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
    found = common_m2([one, two], [shapely.box(0, 0, 99, 100), shapely.box(99, 0, 200, 100)])
    assert found == pytest.approx(np.array([[9900, 100], [0, 10_000]]))


def test_nothing_has_nothing_in_common():
    assert common_m2([], [shapely.box(0, 0, 1, 1)]).shape == (0, 1)


# -------------------------------------------------------------------------- published ----


def told(*changes, memory=None) -> dict[str, str]:
    """Return the lineage of a publication: the last three digits of both codes → letter."""
    done = (memory or squares()).publish(list(changes))
    return {f"{row.old_code[-3:]}>{row.new_code[-3:]}": row.change for row in done.lineage}


N1, N2, N3 = (gb15(ONE, number) for number in (1, 2, 3))
ACROSS = shapely.LineString([(-5, 30), (105, 40)])


def test_a_split_is_told_and_not_the_neighbours_new_corner():
    assert told(Split(code=N1, line=ACROSS)) == {"001>001": "S", "001>005": "S"}


def test_a_merge_is_told():
    assert told(Merge(codes=(N1, N2))) == {"001>001": "M", "002>001": "M"}


def test_a_split_and_a_merge_of_one_part_is_anything_else():
    cut = Split(code=N1, line=ACROSS)
    assert told(cut, Merge(codes=(f"{ONE}~0001", N2), survivor=N2)) == {"001>001": "X", "001>002": "X", "002>002": "X"}


def test_a_name_or_what_was_done_and_undone_by_hand_is_no_lineage():
    assert told(Rename(code=N1, name="河畔")) == {}
    assert told(Split(code=N1, line=ACROSS), Merge(codes=(N1, f"{ONE}~0001"), survivor=N1)) == {}


def test_a_new_code_for_the_same_ground_is_unchanged():
    assert told(Recode(community=ONE, to="411102001009")) == {f"00{k}>00{k}": "U" for k in (1, 2, 3, 4)}


def test_a_site_over_a_whole_grid_is_that_grid_under_another_code():
    assert told(Carve(area=shapely.box(0, 0, 100, 100), name="园区")) == {"001>005": "U"}


def test_a_border_drawn_anew_is_told_with_its_households():
    memory = squares(spots=(Spot(90, 50, count=3),))
    line = shapely.LineString([(100, 20), (80, 20), (80, 80), (100, 80)])
    done = memory.publish([Reshape(codes=(N1, N2), line=line)])
    assert {(row.old_code, row.new_code) for row in done.lineage} == {(N1, N1), (N2, N2)} | {(N1, N2)}
    moved = next(row for row in done.lineage if row.old_code == N1 and row.new_code == N2)
    assert (moved.area_share, moved.household_share) == (pytest.approx(0.12, abs=1e-4), 0.75)


def test_a_place_that_only_changes_sides_on_the_border_is_no_lineage():
    """N3 has the place on the border once N1 no longer reaches it; its ground is what it was."""
    memory = squares(spots=(Spot(80, 100),))
    done = memory.publish([Transfer(source=N1, target=N2, area=shapely.box(60, 0, 100, 100))])
    assert {row.old_code for row in done.lineage} == {N1, N2}


def test_shares_are_whole_where_borders_lie_off_the_millimetre():
    """A sliver of noise is left out on both sides of the sum."""
    odd = 1 / 3
    grids = {
        N1: (ONE, shapely.box(odd, odd, 100 + odd, 100 + odd)),
        N2: (ONE, shapely.box(100 + odd, odd, 200, 100 + odd)),
    }
    done = memory_of("gb15", grids, [Spot(50, 50), Spot(150, 50)]).publish([Split(code=N1, line=ACROSS)])
    assert sum(row.area_share for row in done.lineage if row.old_code == N1) == pytest.approx(1, abs=1e-6)
