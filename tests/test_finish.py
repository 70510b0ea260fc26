"""Numbers and names of new grids, and what a publication writes, on the six squares of `draft_city.squares`.

::

    200 +-------+-------+-------+
        | 1-003 | 1-004 | 2-002 |      a cut of one of them makes a new grid, which gets the next number of its
    100 +-------+-------+-------+      community when it is published: the highest ever given, plus one
        | 1-001 | 1-002 | 2-001 |
      0 +-------+-------+-------+
        0      100     200     300
"""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from draft_city import NAMED, ONE, TWO, Spot, gb15, layer_of, memory_of, require_sound, same_layer, squares

from gridgeo.draft.change import (
    Carve,
    Change,
    Dissolve,
    Explain,
    Lock,
    Merge,
    Recode,
    Rename,
    Reshape,
    Revert,
    Split,
    Transfer,
)  # fmt: skip
from gridgeo.draft.finish import Finished, _numbered, finished
from gridgeo.draft.ground import Limits
from gridgeo.draft.memory import Memory, numbers_of
from gridgeo.draft.state import State
from gridgeo.errors import CodeError, Refusal

N1, N2, N3, N4 = (gb15(ONE, number) for number in range(1, 5))
E1 = gb15(TWO, 1)
FAR = "411102001009"


def cut(code: str, left: float, *, at: float = 50.5) -> Split:
    """Cut a square from south to north."""
    return Split(code=code, line=shapely.LineString([(left + at, -5), (left + at, 105)]))


def new(number: int, community: str = ONE) -> str:
    return f"{community}~{number:04d}"


def published(memory: Memory, *changes: Change) -> Finished:
    """Publish; the layer must be sound and hold no provisional code."""
    done = memory.publish(changes)
    layer = layer_of(memory.current)
    require_sound(layer)
    assert not any("~0" in code for code in layer.rows)
    return done


# ---------------------------------------------------------------------------- numbers ----


def test_new_grids_are_numbered_in_the_order_in_which_they_were_made():
    done = published(squares(), cut(E1, 200), cut(N2, 100), cut(N1, 0))
    assert done.codes == {new(1, TWO): gb15(TWO, 3), new(2): gb15(ONE, 5), new(3): gb15(ONE, 6)}
    assert done.numbers == {ONE: 6, TWO: 3}


def test_the_ten_thousandth_new_grid_comes_after_the_nine_thousandth():
    memory = squares()
    ground = memory.current
    row = ground.grids([N1])[N1]
    rows = {new(10_000): replace(row, code=new(10_000)), new(9_999): replace(row, code=new(9_999))}
    assert _numbered(State(ground=ground, rows=rows), {}) == {new(9_999): gb15(ONE, 5), new(10_000): gb15(ONE, 6)}


def test_a_grid_that_is_gone_before_it_is_published_uses_no_number():
    done = published(squares(), cut(N1, 0), Merge(codes=(N1, new(1)), survivor=N1), cut(N2, 100))
    assert done.codes == {new(2): gb15(ONE, 5)}


def test_a_number_once_given_is_never_given_again():
    memory = squares()
    published(memory, cut(N1, 0))
    published(memory, Merge(codes=(N1, gb15(ONE, 5)), survivor=N1))
    assert published(memory, cut(N1, 0)).codes == {new(1): gb15(ONE, 6)}
    published(memory, Revert(to=1))
    assert published(memory, cut(N1, 0)).codes == {new(1): gb15(ONE, 7)}


def test_the_highest_number_counts_also_where_there_are_gaps():
    memory = squares()
    published(memory, Merge(codes=(N1, N2)), Merge(codes=(N3, N4)))
    assert published(memory, cut(N1, 0)).codes == {new(1): gb15(ONE, 5)}


def test_communities_of_one_street_share_numbers_in_layout_mgmt12():
    named = NAMED["mgmt12"]
    done = published(squares("mgmt12"), cut(named(TWO, 1), 200), cut(named(ONE, 1), 0))
    assert done.codes == {"411102001~0001": "411102001103", "411102001~0002": "411102001104"}
    assert done.numbers == {"411102001": 104}


def test_codes_of_any_shape_are_kept_and_new_ones_are_numbered_from_one_in_layout_plain():
    named = NAMED["plain"]
    done = published(squares("plain"), cut(named(ONE, 1), 0), cut(named(ONE, 2), 100))
    assert sorted(done.codes.values()) == [f"{ONE}-001", f"{ONE}-002"]


@pytest.mark.parametrize("codes", [("9-99999", "9-99998"), ("W~01", "W~02"), (f"{ONE}~0001", f"{ONE}~0002")])
def test_codes_that_only_look_like_ours_are_left_alone(codes):
    """Digits after a hyphen are no number of the community, a tilde makes no code provisional."""
    grids = {codes[0]: (ONE, shapely.box(0, 0, 100, 100)), codes[1]: (ONE, shapely.box(100, 0, 200, 100))}
    memory = memory_of("plain", grids, [Spot(50, 50), Spot(150, 50)])
    done = memory.publish([cut(codes[0], 0), Rename(code=codes[1], name="河畔")])
    assert sorted(layer_of(memory.current).rows) == sorted([*codes, f"{ONE}-001"])
    assert set(done.codes.values()) == {f"{ONE}-001"}
    require_sound(layer_of(memory.current))


def test_a_number_that_somebody_gave_by_hand_is_skipped():
    grids = {
        "W7": (ONE, shapely.box(0, 0, 100, 100)),
        f"{ONE}-003": (ONE, shapely.box(100, 0, 200, 100)),
    }
    memory = memory_of("plain", grids, [Spot(50, 50), Spot(150, 50)])
    assert published(memory, cut("W7", 0)).codes == {new(1): f"{ONE}-004"}


def test_a_community_without_numbers_left_is_named():
    grids = {gb15(ONE, 998): (ONE, shapely.box(0, 0, 100, 100)), gb15(TWO, 1): (TWO, shapely.box(100, 0, 200, 100))}
    memory = memory_of("gb15", grids, [Spot(50, 50), Spot(150, 50)])
    ground = memory.current
    with pytest.raises(CodeError, match=rf"一社区 \({ONE}\) has used up the 999 numbers of layout gb15"):
        memory.publish([cut(gb15(ONE, 998), 0, at=30.5), cut(gb15(ONE, 998), 0, at=70.5)])
    assert memory.current is ground
    assert published(memory, cut(gb15(ONE, 998), 0)).codes == {new(1): gb15(ONE, 999)}


# ------------------------------------------------------------------------- recode ----


def test_a_grid_made_after_a_recode_gets_a_number_beyond_those_that_were_brought_along():
    done = published(squares(), Recode(community=ONE, to=FAR), cut(gb15(FAR, 1), 0))
    assert done.codes == {new(1, FAR): gb15(FAR, 5)}
    assert done.numbers == {FAR: 5}


def test_a_grid_made_before_a_recode_gets_a_number_of_the_new_code():
    done = published(squares(), cut(N1, 0), Recode(community=ONE, to=FAR))
    assert done.codes == {new(1): gb15(FAR, 5)}


def test_a_grid_made_before_a_recode_to_a_used_code_gets_one_number_and_no_more():
    memory = squares()
    published(memory, Recode(community=ONE, to=FAR))
    published(memory, Recode(community=FAR, to=ONE))
    done = published(memory, cut(gb15(ONE, 5), 0), Recode(community=ONE, to=FAR))
    assert sorted(done.codes.values()) == [gb15(FAR, number) for number in range(5, 10)]


def test_a_grid_of_another_street_is_numbered_there_in_layout_mgmt12():
    done = published(squares("mgmt12"), cut("411102001001", 0), Recode(community=ONE, to="411102002001"))
    assert done.codes == {"411102001~0001": "411102002005"}
    assert done.numbers == {"411102002": 5}


def test_numbers_brought_along_by_a_recode_are_used_up_although_none_was_made():
    memory = squares()
    assert published(memory, Recode(community=ONE, to=FAR)).numbers == {FAR: 4}
    assert memory.current.last_number(FAR) == 4


def test_a_number_merged_away_in_the_same_draft_is_not_given_to_another_grid():
    recode, merge = Recode(community=ONE, to=FAR), Merge(codes=(gb15(FAR, 3), gb15(FAR, 4)))
    done = published(squares(), recode, cut(gb15(FAR, 1), 0), merge)
    assert done.codes == {new(1, FAR): gb15(FAR, 5)}


# --------------------------------------------------------------------------- names ----


def test_a_new_grid_is_named_by_its_number_unless_the_planner_named_it():
    memory = squares()
    published(memory, cut(N1, 0), cut(N2, 100), Rename(code=new(2), name="河畔网格"), cut(E1, 200))
    names = {code: row.full_name for code, row in layer_of(memory.current).rows.items()}
    assert names[gb15(ONE, 5)] == "一社区第五网格"
    assert names[gb15(ONE, 6)] == "一社区河畔网格"
    assert names[gb15(TWO, 3)] == "二社区第三网格"


@pytest.mark.parametrize("name", ["新网格", "新网格小区", "新网格7"])
def test_a_name_that_a_planner_gives_to_an_old_grid_is_kept(name):
    memory = squares()
    published(memory, Rename(code=N1, name=name))
    assert memory.current.grids([N1])[N1].short_name == name


def test_a_site_keeps_its_name():
    memory = squares()
    done = published(memory, Carve(area=shapely.box(80, 80, 120, 120), name="园区"))
    assert done.grids[gb15(ONE, 5)][1].full_name == "一社区园区"


# ------------------------------------------------------------------- what is written ----


def test_only_rows_that_differ_are_written():
    done = published(squares(), cut(N1, 0), Merge(codes=(N1, new(1)), survivor=N1), Rename(code=N2, name="河畔"))
    assert N2 in done.grids
    assert E1 not in done.grids


def test_a_community_recoded_twice_is_written_once():
    done = published(squares(), Recode(community=ONE, to="411102001008"), Recode(community="411102001008", to=FAR))
    assert {code: [one is None for one in pair] for code, pair in done.communities.items()} == {
        ONE: [False, True], FAR: [True, False],
    }  # fmt: skip


def test_places_that_changed_hands_are_listed_with_their_new_grid():
    memory = squares(spots=(Spot(20, 20), Spot(80, 20, kind="building")))
    done = published(memory, cut(N1, 0, at=60))
    assert dict(zip(done.moved.id, done.moved.code, strict=True)) == {"P8": gb15(ONE, 5)}


def test_a_place_that_comes_to_lie_on_a_border_is_listed_although_its_grid_stays():
    done = published(squares(), Split(code=N1, line=shapely.LineString([(50, -5), (50, 105)])))
    assert list(zip(done.moved.id, done.moved.code, done.moved.method, strict=True)) == [("P1", N1, "border")]


def test_a_place_on_a_border_goes_by_the_real_code_of_a_new_grid():
    """The draft calls the new grid …~0001, which is larger than 一-乙; published it is …-001, which is smaller."""
    named = NAMED["plain"]
    memory = squares("plain", spots=(Spot(100, 20),))
    done = published(memory, cut(named(ONE, 1), 0, at=60), cut(named(ONE, 2), 100))
    assert f"{ONE}-001" in done.codes.values()
    assert "P7" in memory.current.places([f"{ONE}-001"])[f"{ONE}-001"].id


def test_locks_and_explanations_of_retired_grids_end():
    memory = squares()
    published(memory, Explain(code=N1, rule="households_low", text="山区"), Lock(code=N2, reason="施工"))
    done = published(memory, Lock(code=N2), Merge(codes=(N1, N2), survivor=N2))
    assert done.locks == {N2: ("施工", None)}
    assert done.explanations == {(N1, "households_low"): ("山区", None)}


def test_an_explanation_of_a_new_grid_is_written_under_its_real_code():
    done = published(
        squares(), cut(N1, 0), Explain(code=new(1), rule="households_low", text="山区"), Lock(code=new(1), reason="核")
    )
    assert done.explanations == {(gb15(ONE, 5), "households_low"): (None, "山区")}
    assert done.locks == {gb15(ONE, 5): (None, "核")}


def test_limits_go_along_to_the_parts():
    first = squares().first
    rows = [replace(row, limits=Limits(200, 500, 2500)) for row in first.rows.values()]
    memory = Memory("gb15", rows, first.community_rows.values(), first.place_rows)
    assert published(memory, cut(N1, 0)).grids[gb15(ONE, 5)][1].limits == Limits(200, 500, 2500)


# ------------------------------------------------------------------------ the ledger ----


def test_the_ledger_gives_every_version_again_bit_for_bit():
    lists = [
        [cut(N1, 0), cut(E1, 200), Lock(code=N3, reason="施工")],
        [Carve(area=shapely.box(120, 80, 170, 130), name="园区"), Recode(community=TWO, to=FAR, name="新社区")],
        [Lock(code=N3), Dissolve(code=gb15(ONE, 6))],
        [Transfer(source=N1, target=gb15(ONE, 5), area=shapely.box(40, 10, 60, 40)), Revert(to=3)],
        [Revert(to=1)],
    ]
    memory, again = squares(), squares()
    for changes in lists:
        if isinstance(changes[-1], Revert) and len(changes) > 1:
            with pytest.raises(Refusal, match="唯一的操作"):
                memory.publish(changes)
            continue
        done = memory.publish(changes)
        again.publish(changes, done.codes)
        require_sound(layer_of(memory.current))
    for seq, ground in memory.grounds.items():
        assert same_layer(layer_of(ground), layer_of(again.grounds[seq]))
    assert same_layer(layer_of(memory.current), layer_of(memory.grounds[1]))


def test_what_was_published_meanwhile_can_stop_a_draft():
    memory = squares()
    changes = [Reshape(codes=(N1, N2), line=shapely.LineString([(100, 20), (80, 50), (100, 80)]))]
    finished(changes, memory.current)
    memory.publish([Merge(codes=(N1, N2), survivor=N1)])
    with pytest.raises(Refusal, match=f"{N2}：已于第 2 版停用，现为 {N1}"):
        memory.publish(changes)


def test_the_highest_number_of_every_prefix_is_found():
    rows = squares().first.rows.values()
    assert numbers_of("gb15", rows) == {ONE: 4, TWO: 2}
    assert numbers_of("plain", [replace(row, code=f"x-{k}") for k, row in enumerate(rows)]) == {}
    assert np.all([value > 0 for value in numbers_of("mgmt12", squares("mgmt12").first.rows.values()).values()])
