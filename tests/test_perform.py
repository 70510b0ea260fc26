"""One change of a draft on the six squares of `draft_city.squares`: what it does, and how it is refused.

::

    200 +-------+-------+-------+
        | 1-003 | 1-004 | 2-002 |      N and E are the communities; N1 is 1-001 and so on
    100 +-------+-------+-------+
        | 1-001 | 1-002 | 2-001 |
      0 +-------+-------+-------+
        0      100     200     300
"""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from draft_city import ONE, TWO, Spot, gb15, layer_of, memory_of, mgmt12, require_sound, same_layer, squares
from hypothesis import given
from hypothesis import strategies as st

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
    Retype,
    Revert,
    Split,
    Transfer,
)
from gridgeo.draft.memory import Memory
from gridgeo.draft.perform import perform
from gridgeo.draft.replay import replay
from gridgeo.draft.state import State
from gridgeo.errors import NotFoundError, Refusal

N1, N2, N3, N4 = (gb15(ONE, number) for number in range(1, 5))
E1, E2 = (gb15(TWO, number) for number in (1, 2))
NEW = f"{ONE}~0001"
FAR = "411102001009"
MIDDLE = shapely.box(80, 80, 120, 120)
"""Takes the corner of N1, N2, N3 and N4."""


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


ACROSS = line((-5, 30), (105, 30))
"""Cuts N1 at 30 m; the home in its middle is in the upper part."""


def drafted(*changes: Change, memory: Memory | None = None, spots: tuple[Spot, ...] = ()) -> State:
    """Return the layer after some changes, which must be sound."""
    state, _ = replay(changes, (memory or squares(spots=spots)).current)
    require_sound(layer_of(state))
    return state


def refused(*changes: Change, memory: Memory | None = None, spots: tuple[Spot, ...] = ()) -> Refusal:
    """Return why the last change is refused."""
    state = drafted(*changes[:-1], memory=memory, spots=spots)
    before = layer_of(state)
    with pytest.raises(Refusal) as caught:
        perform(changes[-1], state)
    assert same_layer(before, layer_of(state))
    assert any("一" <= sign <= "鿿" for sign in caught.value.text)
    return caught.value


def areas(state: State) -> dict[str, float]:
    return {code: round(row.area_m2, 3) for code, row in layer_of(state).rows.items() if round(row.area_m2) != 10_000}


def homes(state: State, code: str) -> list[str]:
    return sorted(state.places([code])[code].id.tolist())


# -------------------------------------------------------------- refused whatever it is ----


ON_GRIDS = [
    Split(code="X", line=ACROSS),
    Merge(codes=(N1, "X")),
    Reshape(codes=("X", N1), line=ACROSS),
    Transfer(source="X", target=N1, area=MIDDLE),
    Transfer(source=N1, target="X", area=MIDDLE),
    Dissolve(code="X"),
    Rename(code="X", name="河畔"),
    Retype(code="X", kind="micro"),
    Lock(code="X", reason="施工"),
    Explain(code="X", rule="households_low", text="山区"),
]


@pytest.mark.parametrize("change", ON_GRIDS, ids=lambda change: change.op)
def test_a_code_that_is_not_there_is_named(change):
    refusal = refused(change)
    assert (refusal.kind, refusal.codes) == ("unknown_code", ("X",))
    assert "没有现行网格 X" in refusal.text


def test_of_a_retired_code_the_heirs_are_named():
    memory = squares()
    memory.publish([Merge(codes=(N1, N2), survivor=N2)])
    refusal = refused(Rename(code=N1, name="河畔"), memory=memory)
    assert f"已于第 2 版停用，现为 {N2}" in refusal.text


@pytest.mark.parametrize(
    "change",
    [
        Split(code=N1, line=ACROSS),
        Merge(codes=(N2, N1)),
        Reshape(codes=(N2, N1), line=line((100, 20), (70, 50), (100, 80))),
        Transfer(source=N1, target=N2, area=MIDDLE),
        Transfer(source=N2, target=N1, area=MIDDLE),
        Carve(area=MIDDLE, name="园区"),
        Rename(code=N1, name="河畔"),
        Retype(code=N1, kind="micro"),
        Recode(community=ONE, to=FAR),
    ],
    ids=lambda change: change.op,
)
def test_a_locked_grid_stays_as_it_is_and_says_why(change):
    refusal = refused(Lock(code=N1, reason="界线有争议"), change)
    assert (refusal.kind, refusal.codes) == ("locked", (N1,))
    assert "界线有争议" in refusal.text
    assert squares().current.grids([N1])[N1].geometry.contains(shapely.Point(refusal.at))


def test_an_unlocked_grid_is_free_again():
    assert drafted(Lock(code=N1, reason="施工"), Lock(code=N1), Split(code=N1, line=ACROSS)).locks([N1]) == {}


@pytest.mark.parametrize(
    "change",
    [
        Merge(codes=(N2, E1)),
        Reshape(codes=(N2, E1), line=line((200, 20), (170, 50), (200, 80))),
        Transfer(source=N2, target=E1, area=shapely.box(180, 0, 200, 100)),
        Carve(area=shapely.box(150, 20, 220, 60), name="园区"),
    ],
    ids=lambda change: change.op,
)
def test_nothing_goes_from_one_community_to_another(change):
    refusal = refused(change)
    assert refusal.kind == "crosses_community"
    assert "二社区" in refusal.text
    assert refusal.at is not None


@pytest.mark.parametrize(
    "change",
    [
        Rename(code=N1, name="1号"),
        Retype(code=N1, kind="general"),
        Lock(code=N1),
        Explain(code=N1, rule="households_low"),
        Revert(to=1),
    ],
    ids=lambda change: change.op,
)
def test_what_changes_nothing_is_refused(change):
    assert refused(change).kind == "unchanged"


# ------------------------------------------------------------------------------ split ----


def test_the_part_with_the_homes_keeps_the_code():
    state = drafted(Split(code=N1, line=ACROSS))
    assert areas(state) == {N1: 7000, NEW: 3000}
    assert state.grids([NEW])[NEW].full_name == "一社区新网格1"


def test_without_homes_the_larger_part_keeps_the_code():
    grids = {N1: (ONE, shapely.box(0, 0, 100, 100))}
    assert areas(drafted(Split(code=N1, line=ACROSS), memory=memory_of("gb15", grids))) == {N1: 7000, NEW: 3000}


def test_a_point_to_keep_decides_which_part_goes_on():
    state = drafted(Split(code=N1, line=ACROSS, keep=(10, 10)))
    assert areas(state) == {N1: 3000, NEW: 7000}
    assert (homes(state, N1), homes(state, NEW)) == ([], ["P1"])


def test_a_point_to_keep_outside_the_grid_is_refused_there():
    refusal = refused(Split(code=N1, line=ACROSS, keep=(150, 10)))
    assert (refusal.kind, refusal.at) == ("missed", (150, 10))


def test_every_further_part_gets_a_provisional_code_of_its_own():
    cross = shapely.MultiLineString([[(-5, 50.5), (105, 50.5)], [(50.5, -5), (50.5, 105)]])
    state = drafted(Split(code=N1, line=cross), Split(code=N2, line=line((150, -5), (150, 105))))
    assert state.fresh == 4
    assert {f"{ONE}~000{k}" for k in (1, 2, 3, 4)} < set(layer_of(state).rows)


def test_a_new_grid_can_be_worked_on_at_once():
    state = drafted(Split(code=N1, line=ACROSS), Rename(code=NEW, name="河畔"), Merge(codes=(NEW, N2), survivor=NEW))
    assert state.grids([NEW])[NEW].full_name == "一社区河畔"
    assert N2 not in layer_of(state).rows


# ------------------------------------------------------------------------------ merge ----


def test_of_merged_grids_the_one_with_most_households_goes_on():
    state = drafted(Merge(codes=(N1, N2)), spots=(Spot(150, 60),))
    assert homes(state, N2) == ["P1", "P3", "P7"]
    assert N1 not in layer_of(state).rows


def test_of_equal_grids_the_smallest_code_goes_on_unless_one_is_named():
    assert N1 in drafted(Merge(codes=(N2, N1))).rows
    assert drafted(Merge(codes=(N2, N1))).rows[N2] is None
    assert drafted(Merge(codes=(N1, N2), survivor=N2)).rows[N1] is None


def test_grids_of_different_kinds_are_not_merged():
    refusal = refused(Retype(code=N2, kind="exclusive"), Merge(codes=(N1, N2)))
    assert (refusal.kind, refusal.codes) == ("kinds_differ", (N1, N2))
    assert "专属网格" in refusal.text


def test_grids_that_meet_in_a_corner_are_not_merged():
    refusal = refused(Merge(codes=(N1, N4)))
    assert refusal.kind == "not_neighbours"
    assert refusal.at == pytest.approx((150, 150), abs=50)


def test_four_squares_around_a_site_merge_into_a_ring():
    state = drafted(Carve(area=MIDDLE, name="园区"), Merge(codes=(N1, N2, N3, N4)))
    assert len(state.grids([N1])[N1].geometry.interiors) == 1


# ------------------------------------------------------------------------------ places ----


def test_a_place_on_the_new_border_goes_to_the_smaller_code():
    state = drafted(Split(code=N1, line=ACROSS), spots=(Spot(50, 30), Spot(20, 30, kind="building")))
    assert homes(state, N1) == ["P1", "P7", "P8"]
    assert set(state.places([N1])[N1].method) == {"inside", "border"}


def test_a_place_on_the_border_of_a_third_grid_follows_its_smallest_code():
    """The corner of all four squares: it was N1's, and N2 has it when N1 no longer reaches it."""
    state = drafted(Split(code=N1, line=line((60, -5), (60, 105))), spots=(Spot(100, 100),))
    assert homes(state, N2) == ["P3", "P7"]
    assert state.grids([N2])[N2].households == 2


def test_a_place_outside_goes_to_the_smallest_code_of_the_grids_equally_near():
    """
    ::

        +---+---+---+
        | 1 | 9 | 5 |      the frame has a corner between 9 and 5, and P4 lies before it:
        +---.   .---+      5 is smaller than 9, but 1 is smaller than 5
             `v´
             P4
    """
    grids = {
        gb15(ONE, 1): (ONE, shapely.box(0, 0, 50, 100)),
        gb15(ONE, 9): (ONE, shapely.Polygon([(50, 0), (100, -30), (100, 100), (50, 100)])),
        gb15(ONE, 5): (ONE, shapely.Polygon([(100, -30), (200, 0), (200, 100), (100, 100)])),
    }
    memory = memory_of("gb15", grids, [Spot(25, 50), Spot(75, 50), Spot(150, 50), Spot(100, -34)])
    assert "P4" in memory.first.place_rows[gb15(ONE, 5)].id
    state = drafted(Merge(codes=(gb15(ONE, 1), gb15(ONE, 9)), survivor=gb15(ONE, 1)), memory=memory)
    assert "P4" in homes(state, gb15(ONE, 1))


def test_figures_without_places_are_divided_by_area_and_said_to_be_estimated():
    memory = squares(loose=(10, 31, 1))
    state, (delta,) = replay([Split(code=N1, line=ACROSS)], memory.current)
    old, new = (state.grids([code])[code] for code in (N1, NEW))
    assert (old.households, new.households) == (1 + 7, 3)
    assert (old.population + new.population, old.enterprises + new.enterprises) == (31 + 3, 1)
    assert delta.estimated == 10 + 31 + 1


def test_figures_of_a_layer_without_any_place_are_never_lost():
    memory = squares(loose=(10, 31, 1))
    memory = Memory("gb15", memory.first.rows.values(), memory.first.community_rows.values())
    before = layer_of(memory.current).figures
    cuts = [
        Split(code=N1, line=ACROSS),
        Carve(area=MIDDLE, name="园区"),
        Merge(codes=(N3, N4)),
        Recode(community=ONE, to=FAR),
    ]
    for count in range(1, len(cuts) + 1):
        state, _ = replay(cuts[:count], memory.current)
        assert layer_of(state).figures == before


# ---------------------------------------------------------------------------- transfer ----


def by_places(*names: str, source: str = N1, target: str = N2, absorb: bool = False) -> Transfer:
    return Transfer(source=source, target=target, places=tuple(("household", name) for name in names), absorb=absorb)


BESIDE = (Spot(90, 50, id="near"), Spot(95, 20, id="nearer"), Spot(30, 80, id="far"))
"""Homes in N1, two of them beside N2."""


def test_places_take_the_ground_around_them_along():
    state = drafted(by_places("near", "nearer"), spots=BESIDE)
    assert homes(state, N2) == ["P3", "near", "nearer"]
    assert homes(state, N1) == ["P1", "far"]


def test_places_that_are_not_in_the_grid_are_named():
    refusal = refused(by_places("near", "nobody", "P3"), spots=BESIDE)
    assert refusal.kind == "unknown_place"
    assert "household P3" in refusal.text
    assert "共 2 个" in refusal.text


def test_of_places_in_one_spot_all_go_or_none():
    spots = (*BESIDE, Spot(90, 50, id="above"))
    refusal = refused(by_places("near", "nearer"), spots=spots)
    assert (refusal.kind, refusal.at) == ("same_spot", (90, 50))
    assert homes(drafted(by_places("near", "nearer", "above"), spots=spots), N2) == ["P3", "above", "near", "nearer"]


def test_places_nearer_than_any_border_can_be_are_not_torn_apart():
    spots = (*BESIDE, Spot(90.00001, 50.00002, id="above"))
    refusal = refused(by_places("near", "nearer"), spots=spots)
    assert refusal.kind == "same_spot"
    assert refusal.at == pytest.approx((90, 50), abs=0.001)


@given(
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 5)), min_size=3, max_size=12)
)
def test_a_transfer_of_places_moves_these_and_no_others(drawn):
    spots = [Spot(x / 1000 + 10.0**-power * (power < 5), y / 1000, id=f"S{k}") for k, (x, y, power) in enumerate(drawn)]
    spots = [spot for spot in spots if spot.x < 100 and 0 < spot.y < 100]
    state = State(ground=squares(spots=spots).current)
    there = sorted(homes(state, N1), key=lambda name: -state.places([N1])[N1].xy[homes_row(state, name)][0])
    chosen = there[: max(1, len(there) // 2)]
    try:
        after = state.after(perform(by_places(*chosen), state))
    except Refusal:
        return
    assert set(homes(after, N2)) & set(there) == set(chosen)


def homes_row(state: State, name: str) -> int:
    return state.places([N1])[N1].id.tolist().index(name)


def test_all_places_at_once_are_a_merge():
    refusal = refused(by_places("P1", "near", "nearer", "far"), spots=BESIDE)
    assert refusal.kind == "nothing_left"
    assert "合并" in refusal.text


def test_an_area_as_wide_as_the_country_takes_what_it_covers():
    wide = shapely.box(70, -3e6, 6e6, 3e6)
    assert areas(drafted(Transfer(source=N1, target=N2, area=wide))) == {N1: 7000, N2: 13000}


# ------------------------------------------------------------------------------- carve ----


def test_a_site_takes_its_ground_and_homes_from_all_grids_beneath_it():
    state = drafted(Carve(area=MIDDLE, name="园区"), spots=(Spot(95, 95), Spot(100, 100)))
    assert areas(state) == {N1: 9600, N2: 9600, N3: 9600, N4: 9600, NEW: 1600}
    assert homes(state, NEW) == ["P7", "P8"]
    assert (state.grids([NEW])[NEW].kind, state.grids([NEW])[NEW].short_name) == ("exclusive", "园区")


def test_a_grid_that_a_site_covers_wholly_is_retired():
    state = drafted(Carve(area=shapely.box(0, 0, 100, 100), name="园区"))
    assert N1 not in layer_of(state).rows
    assert homes(state, NEW) == ["P1"]


@pytest.mark.parametrize(
    ("area", "kind", "at"),
    [
        (shapely.box(500, 0, 600, 50), "missed", (550, 25)),
        (shapely.box(50, 50, 50.8, 60), "sliver", (50.4, 55)),
        (shapely.box(20, -30, 60, 40), "outside", (40, -15)),
        (shapely.box(90, 90, 91, 91), "sliver", (90.5, 90.5)),
        (shapely.Polygon([(10, 10), (50, 50), (50, 10), (10, 50)]), "self_crossing", (30, 30)),
        (shapely.MultiPolygon([shapely.box(10, 10, 30, 30), shapely.box(60, 60, 90, 90)]), "not_contiguous", None),
        (shapely.box(40, -0.5, 60, 100.5), "not_contiguous", None),
    ],
)
def test_a_site_that_cannot_be_is_refused_with_the_place(area, kind, at):
    refusal = refused(Carve(area=area, name="园区"))
    assert refusal.kind == kind
    assert refusal.at is not None
    assert at is None or refusal.at == pytest.approx(at, abs=1)


def test_a_hand_that_strays_half_a_metre_over_a_border_means_the_border():
    area = shapely.box(40, -0.5, 60, 50)
    state = drafted(Carve(area=area, name="园区"))
    assert areas(state) == {N1: 9000, NEW: 1000}


def test_a_site_over_another_one_is_refused_with_its_code():
    refusal = refused(Carve(area=MIDDLE, name="园区"), Carve(area=shapely.box(110, 110, 160, 160), name="学校"))
    assert (refusal.kind, refusal.codes) == ("exclusive", (NEW,))
    assert refusal.at == pytest.approx((115, 115), abs=5)


# ---------------------------------------------------------------------------- dissolve ----


def test_a_published_site_goes_back_to_where_it_came_from():
    memory = squares()
    before = layer_of(memory.current)
    memory.publish([Carve(area=MIDDLE, name="园区")])
    site = gb15(ONE, 5)
    state = drafted(Dissolve(code=site), memory=memory)
    after = layer_of(state)
    assert sorted(after.rows) == sorted(before.rows)
    for code, row in before.rows.items():
        assert shapely.symmetric_difference(row.geometry, after.rows[code].geometry).area < 0.01
        assert row.households == after.rows[code].households


def test_a_site_goes_to_the_grids_that_are_named():
    assert areas(drafted(Carve(area=MIDDLE, name="园区"), Dissolve(code=NEW, into=(N4, N4)))) == {
        N1: 9600, N2: 9600, N3: 9600, N4: 11200,
    }  # fmt: skip


def test_a_site_does_not_go_into_a_locked_grid():
    state = drafted(Carve(area=MIDDLE, name="园区"), Lock(code=N1, reason="施工"), Dissolve(code=NEW))
    assert state.grids([N1])[N1].area_m2 == pytest.approx(9600)
    locked = [Lock(code=code, reason="施工") for code in (N1, N2, N3, N4)]
    assert refused(Carve(area=MIDDLE, name="园区"), *locked, Dissolve(code=NEW)).kind == "not_neighbours"
    assert refused(Carve(area=MIDDLE, name="园区"), locked[0], Dissolve(code=NEW, into=(N1,))).kind == "locked"


def test_only_sites_are_dissolved():
    assert refused(Dissolve(code=N1)).kind == "not_exclusive"


def test_a_site_does_not_go_to_grids_that_it_does_not_touch_or_another_community():
    site = Carve(area=shapely.box(20, 20, 40, 40), name="园区")
    assert refused(site, Dissolve(code=NEW, into=(N4,))).kind == "not_neighbours"
    assert refused(site, Dissolve(code=NEW, into=(E1,))).kind == "crosses_community"


def test_a_border_moved_since_meets_the_old_one_in_corners_of_both_neighbours():
    """
    ::

        +------+------+       x is carved out of N1 at the border of N2; the border above it is then moved
        |     ,´      |       twice, so that it crosses the old one where no corner is. N1 takes x back as
        |      `,     |       it was, and N2, which gets nothing, must not be left without the crossings.
        |   +--+      |
        |   | x|      |
        +------+------+
    """
    memory = squares()
    memory.publish([Carve(area=shapely.box(70, 10, 100, 40), name="园区")])
    memory.publish([Reshape(codes=(N1, N2), line=line((100, 50), (90, 60), (80, 90), (100, 95)))])
    memory.publish([Reshape(codes=(N1, N2), line=line((90, 60), (110, 75), (80, 90)))])
    drafted(Dissolve(code=gb15(ONE, 5)), memory=memory)


# ----------------------------------------------------------------------- names and kinds ----


def test_a_new_name_is_part_of_the_full_name():
    row = drafted(Rename(code=N1, name="河畔网格")).grids([N1])[N1]
    assert (row.short_name, row.full_name) == ("河畔网格", "一社区河畔网格")


def test_a_new_kind_is_all_that_changes():
    assert drafted(Retype(code=N1, kind="micro")).grids([N1])[N1] == replace(
        squares().current.grids([N1])[N1], kind="micro"
    )


def test_an_explanation_is_kept_and_taken_back():
    told = Explain(code=N1, rule="households_low", text="山区")
    assert drafted(told).explanations([N1]) == {(N1, "households_low"): "山区"}
    assert drafted(told, Explain(code=N1, rule="households_low")).explanations([N1]) == {}
    assert refused(Explain(code=N1, rule="beauty", text="山区")).kind == "unknown_rule"


def test_locked_grids_may_be_explained():
    assert drafted(Lock(code=N1, reason="施工"), Explain(code=N1, rule="households_low", text="山区")).locks([N1])


# ------------------------------------------------------------------------------ recode ----


def test_a_community_with_a_new_code_keeps_its_numbers_where_they_are_free():
    state = drafted(Recode(community=ONE, to=FAR, name="新社区"))
    assert sorted(layer_of(state).rows) == sorted([*(gb15(FAR, k) for k in range(1, 5)), E1, E2])
    assert state.grids([gb15(FAR, 1)])[gb15(FAR, 1)].full_name == "新社区1号"
    assert set(layer_of(state).communities) == {FAR, TWO}
    assert homes(state, gb15(FAR, 3)) == ["P2"]


def test_grids_recoded_to_a_used_prefix_get_provisional_codes():
    memory = squares()
    memory.publish([Recode(community=ONE, to=FAR)])
    state = drafted(Recode(community=FAR, to=ONE), memory=memory)
    assert {f"{ONE}~000{k}" for k in (1, 2, 3, 4)} < set(layer_of(state).rows)


def test_a_community_of_the_same_street_keeps_all_codes_in_layout_mgmt12():
    memory = squares("mgmt12")
    state = drafted(Recode(community=ONE, to=FAR), memory=memory)
    assert sorted(layer_of(state).rows) == list(memory.first.rows)
    assert {row.community_code for row in state.grids_of(FAR).values()} == {FAR}


def test_communities_of_two_streets_recoded_to_a_third_one_do_not_share_numbers():
    one, two = "411102001001", "411102002001"
    grids = {mgmt12(one, 1): (one, shapely.box(0, 0, 100, 100)), mgmt12(two, 1): (two, shapely.box(100, 0, 200, 100))}
    memory = memory_of("mgmt12", grids, [Spot(50, 50), Spot(150, 50)])
    state = drafted(
        Recode(community=one, to="411102003001"), Recode(community=two, to="411102003002"), memory=memory
    )  # fmt: skip
    assert sorted(layer_of(state).rows) == ["411102003001", "411102003~0001"]


def test_codes_of_other_prefixes_are_not_told_apart_by_their_numbers():
    """Layout plain takes any code: X-007 and Y-007 cannot both become 411102001009-007."""
    grids = {"X-007": (ONE, shapely.box(0, 0, 100, 100)), "Y-007": (ONE, shapely.box(100, 0, 200, 100))}
    state = drafted(Recode(community=ONE, to=FAR), memory=memory_of("plain", grids, [Spot(50, 50), Spot(150, 50)]))
    assert len(layer_of(state).rows) == 2


def test_a_place_on_the_border_of_a_recoded_community_goes_to_the_smallest_code():
    spot = Spot(200, 50)
    assert homes(drafted(spots=(spot,)), N2) == ["P3", "P7"]
    state = drafted(Recode(community=ONE, to=FAR), spots=(spot,))
    assert homes(state, E1) == ["P5", "P7"]
    assert state.grids([E1])[E1].households == 2


def test_an_explanation_goes_along_to_the_new_code():
    state = drafted(Explain(code=N1, rule="households_low", text="山区"), Recode(community=ONE, to=FAR))
    assert state.explanations([N1, gb15(FAR, 1)]) == {(gb15(FAR, 1), "households_low"): "山区"}


@pytest.mark.parametrize(
    ("community", "to", "kind"),
    [
        ("411102001077", FAR, "unknown_community"),
        (ONE, ONE, "code_taken"),
        (ONE, TWO, "code_taken"),
        (ONE, "第九社区", "code_taken"),
    ],
)
def test_a_code_that_cannot_be_a_communitys_is_refused(community, to, kind):
    assert refused(Recode(community=community, to=to)).kind == kind


# ------------------------------------------------------------------------------ revert ----


def test_an_earlier_version_comes_back_bit_for_bit_under_its_old_codes():
    memory = squares(spots=(Spot(100, 50), Spot(100, 100, kind="building")))
    first = layer_of(memory.current)
    memory.publish([Split(code=N1, line=line((50, -5), (52, 105)))])
    memory.publish([Merge(codes=(N3, N4)), Carve(area=shapely.box(10, 10, 30, 30), name="园区")])
    memory.publish([Recode(community=TWO, to=FAR)])
    assert same_layer(layer_of(drafted(Revert(to=1), memory=memory)), first)


@pytest.mark.parametrize("kind", ["household", "building"])
def test_places_on_borders_go_back_even_where_no_figure_tells_of_them(kind):
    """N1 has the place, then N3 beside N1's smaller remainder; what is a building changes no figure of N3."""
    memory = squares(spots=(Spot(80, 100, kind=kind),))
    first = layer_of(memory.current)
    memory.publish([Split(code=N1, line=line((60, -5), (60, 105)))])
    assert homes(State(ground=memory.current), N3) == ["P2", "P7"]
    assert same_layer(layer_of(drafted(Revert(to=1), memory=memory)), first)


def test_locks_and_explanations_go_back_as_well():
    memory = squares()
    memory.publish([Lock(code=N1, reason="施工"), Explain(code=N2, rule="households_low", text="山区")])
    memory.publish([Lock(code=N1), Explain(code=N2, rule="households_low", text="河网")])
    state = drafted(Revert(to=2), memory=memory)
    assert state.locks([N1]) == {N1: "施工"}
    assert state.explanations([N2]) == {(N2, "households_low"): "山区"}
    assert drafted(Revert(to=1), memory=memory).explanations([N2]) == {}


def test_a_revert_stands_alone_but_not_beside_what_was_undone():
    memory = squares()
    memory.publish([Rename(code=N1, name="河畔")])
    assert refused(Rename(code=N2, name="山前"), Revert(to=1), memory=memory).kind == "not_alone"
    state, (delta,) = replay([Split(code=N2, line=line((150, -5), (150, 105)))], memory.current)
    undone = state.after(delta.inverse())
    assert perform(Revert(to=1), undone).grids[N1][1].short_name == "1号"


def test_a_version_that_is_not_there_is_told_as_such():
    with pytest.raises(NotFoundError, match="versions are 1 to 1"):
        replay([Revert(to=7)], squares().current)


# -------------------------------------------------------------------------- undo, replay ----


def test_an_undone_recode_leaves_no_trace_in_what_is_done_next():
    state = State(ground=squares().current)
    delta = perform(Recode(community=ONE, to=FAR), state)
    undone = state.after(delta).after(delta.inverse())
    assert same_layer(layer_of(state), layer_of(undone))
    assert perform(Recode(community=ONE, to=FAR), undone).grids == delta.grids


def test_a_list_that_cannot_be_done_says_which_change_and_keeps_the_place():
    with pytest.raises(Refusal, match="第 2 项操作（split）") as caught:
        replay([Rename(code=N1, name="河畔"), Split(code=N1, line=line((10, 30), (90, 30)))], squares().current)
    assert caught.value.kind == "no_part"
    assert caught.value.at is not None


def test_a_draft_on_a_layer_of_many_places_touches_only_what_is_near():
    state, (delta,) = replay([Split(code=N1, line=ACROSS)], squares().current)
    assert set(delta.grids) == {N1, NEW, N2}  # N2 gains the new corner
    assert np.array_equal(state.grids([N2])[N2].geometry.area, 10_000)
