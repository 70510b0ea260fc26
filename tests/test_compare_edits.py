"""Layers edited by hand, on six squares in two communities.

::

    200 +-------+-------+-------+
        |  001  |  003  |  101  |      0xx: community 411102001001
    100 +-------+-------+-------+      1xx: community 411102001002
        |  002  |  004  |  102  |      (001 stands for 411102001001001, 101 for 411102001002001)
      0 +-------+-------+-------+
        0      100     200     300     three households in the middle of each grid
"""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.draft.change import Carve, Change, Lock, Merge, Rename, Retype, Split, Transfer
from gridgeo.draft.compare import compare
from gridgeo.draft.edited import Comparison, Feature
from gridgeo.draft.ground import CommunityRow, GridRow, Places
from gridgeo.draft.memory import Memory
from gridgeo.draft.perform import perform
from gridgeo.draft.state import State
from gridgeo.errors import Refusal

C1, C2 = "411102001001", "411102001002"
AT = {
    f"{C1}001": (0, 100), f"{C1}002": (0, 0), f"{C1}003": (100, 100), f"{C1}004": (100, 0),
    f"{C2}001": (200, 100), f"{C2}002": (200, 0),
}  # fmt: skip
A, B, C, D, E, F = AT


def box(x: float, y: float, wide: float = 100, high: float = 100) -> shapely.Polygon:
    return shapely.box(x, y, x + wide, y + high)


def base() -> State:
    codes = list(AT)
    xy = np.array([(x + 50.0, y + 50.0) for x, y in AT.values()])
    n = len(codes)
    words = lambda text: np.array([text] * n, object)  # noqa: E731
    places = Places(
        np.arange(1, n + 1), words("household"), np.array([f"H{k}" for k in range(n)], object), np.ones(n, np.int64),
        xy, np.full(n, 3), np.full(n, 9), words(""), np.array(codes, object), words("inside"), np.zeros(n),
    )  # fmt: skip
    rows = [
        GridRow(
            code=code, kind="general", community_code=code[:12], community_name=f"社区{code[11]}",
            short_name=f"第{code[-1]}网格", full_name=f"社区{code[11]}第{code[-1]}网格", households=3, enterprises=0,
            population=9, area_m2=10000.0, geometry=box(*at),
        )
        for code, at in AT.items()
    ]  # fmt: skip
    whole = {C1: box(0, 0, 200, 200), C2: box(200, 0, 100, 200)}
    communities = [
        CommunityRow(code=code, name=f"社区{code[-1]}", parents={}, geometry=shapely.MultiPolygon([shape]))
        for code, shape in whole.items()
    ]
    held = {code: places.take(np.array([k])) for k, code in enumerate(codes)}
    return State(ground=Memory("gb15", rows, communities, held).current)


def feature(nth: int, row: GridRow, **said: object) -> Feature:
    parts = {"code": row.code, "kind": row.kind, "short_name": row.short_name, "geometry": row.geometry}
    return Feature(nth=nth, **{**parts, **said})  # type: ignore[arg-type]


def edited(state: State, edits: dict[str, dict[str, object] | None], *more: Feature) -> Comparison:
    """Compare with a layer in which some grids were edited, deleted (None) or added."""
    rows = state.grids(list(AT))
    features = [
        feature(nth, row, **(edits.get(code) or {}))
        for nth, (code, row) in enumerate(rows.items(), 1)
        if edits.get(code, {}) is not None
    ]
    return compare(rows, [*features, *more], state)


def shape_of(done: Comparison, code: str) -> shapely.Polygon:
    return done.state.grids([code])[code].geometry


def kinds(done: Comparison) -> list[str]:
    return [one.kind for one in done.refusals]


# ------------------------------------------------------------------ what can be done ----


def test_what_was_not_edited_is_no_change():
    done = edited(base(), {})
    assert (done.changes, done.repairs, done.notes, done.refusals) == ([], [], [], [])


def test_rings_that_begin_elsewhere_and_new_vertices_on_straight_borders_are_no_change():
    turned = shapely.Polygon([(100, 200), (0, 200), (0, 100), (37, 100), (100, 100)])
    done = edited(base(), {A: {"geometry": turned}})
    assert (done.changes, done.repairs, done.refusals) == ([], [], [])


def test_two_features_with_one_code_are_a_split_and_the_households_keep_the_code():
    """QGIS's split tool copies the attributes."""
    state = base()
    rest = feature(7, state.grids([A])[A], geometry=box(0, 100, 30))
    done = edited(state, {A: {"geometry": box(30, 100, 70)}}, rest)
    assert [change.op for change in done.changes] == ["split"]
    assert [one.kind for one in done.notes] == ["doubled_code"]
    assert shape_of(done, A).equals(box(30, 100, 70))
    assert shape_of(done, f"{C1}~0001").equals(box(0, 100, 30))
    assert done.state.grids([f"{C1}~0001"])[f"{C1}~0001"].short_name == "新网格1"  # a copied name is no name


def test_a_split_into_three_with_a_name_and_a_kind():
    state, row = base(), base().grids([A])[A]
    parts = [
        feature(7, row, geometry=box(0, 100, 20), code="", short_name="滨河"),
        feature(8, row, geometry=box(20, 100, 20), kind="micro"),
    ]
    done = edited(state, {A: {"geometry": box(40, 100, 60)}}, *parts)
    assert sorted(change.op for change in done.changes) == ["rename", "retype", "split"]
    rows = [done.state.grids([f"{C1}~000{k}"])[f"{C1}~000{k}"] for k in (1, 2)]
    assert sorted((row.short_name, row.kind) for row in rows) == [("新网格2", "micro"), ("滨河", "general")]


def test_a_deleted_grid_whose_neighbour_grew_is_merged():
    done = edited(base(), {A: {"geometry": box(0, 0, 100, 200)}, B: None})
    assert done.changes == [Merge(codes=(A, B), survivor=A)]


def test_a_border_moved_on_both_sides_is_a_transfer():
    left = shapely.Polygon([(0, 100), (120, 100), (100, 200), (0, 200)])
    right = shapely.Polygon([(120, 100), (200, 100), (200, 200), (100, 200)])
    done = edited(base(), {A: {"geometry": left}, C: {"geometry": right}, **_corner_moved()})
    assert done.refusals == []
    assert shape_of(done, A).equals(left)
    assert {change.op for change in done.changes} == {"transfer"}


def _corner_moved() -> dict[str, dict[str, object]]:
    """The vertex (100, 100) of four grids, moved to (120, 100)."""
    return {
        B: {"geometry": shapely.Polygon([(0, 0), (100, 0), (120, 100), (0, 100)])},
        D: {"geometry": shapely.Polygon([(100, 0), (200, 0), (200, 100), (120, 100)])},
    }


def test_a_new_exclusive_site_in_several_grids_is_carved():
    site = box(70, 70, 60, 60)
    rows = base().grids([A, B, C, D])
    cut = {code: {"geometry": shapely.difference(row.geometry, site)} for code, row in rows.items()}
    new = Feature(nth=7, code="", kind="exclusive", short_name="人民公园", geometry=site)
    done = edited(base(), cut, new)
    assert [change.op for change in done.changes] == ["carve"]
    row = done.state.grids([f"{C1}~0001"])[f"{C1}~0001"]
    assert (row.kind, row.short_name, row.geometry.equals(site)) == ("exclusive", "人民公园", True)


def test_a_new_general_grid_out_of_two_is_split_off_and_gets_the_rest():
    new = Feature(nth=7, code="新", kind="general", short_name="中间", geometry=box(70, 100, 50))
    cut = {A: {"geometry": box(0, 100, 70)}, C: {"geometry": box(120, 100, 80)}}
    done = edited(base(), cut, new)
    assert done.refusals == []
    assert [change.op for change in done.changes] == ["split", "rename", "transfer"]
    assert "unknown_code" in [one.kind for one in done.notes]


def test_a_deleted_exclusive_grid_is_given_back():
    state = base()
    state = state.after(perform(Carve(area=box(80, 120, 20, 20), name="公园"), state))
    rows = state.grids([*AT, f"{C1}~0001"])
    features = [feature(k, rows[code]) for k, code in enumerate(AT, 1)]
    features[0] = replace(features[0], geometry=box(0, 100))
    done = compare(rows, features, state)
    assert [change.op for change in done.changes] == ["dissolve"]
    assert shape_of(done, A).area == pytest.approx(10000)


def test_a_grid_divided_among_its_neighbours_goes_piece_by_piece():
    done = edited(
        base(), {A: {"geometry": box(0, 50, 100, 150)}, D: {"geometry": box(0, 0, 200, 50).union(box(100, 0))}, B: None}
    )
    assert done.refusals == []
    assert [change.op for change in done.changes] == ["transfer", "merge"]


def test_an_emptied_code_stays_with_its_ground():
    done = edited(base(), {A: {"code": "", "short_name": "改名"}})
    assert done.changes == [Rename(code=A, name="改名")]
    assert [one.kind for one in done.notes] == ["code_kept"]


def test_names_and_kinds_are_edited_and_figures_are_not():
    done = edited(
        base(), {A: {"short_name": "沙河湾", "kind": "micro", "others": {"households": 900, "population": 9}}}
    )
    assert done.changes == [Retype(code=A, kind="micro"), Rename(code=A, name="沙河湾")]
    assert [(one.kind, one.codes) for one in done.notes] == [("households", (A,))]
    assert "已忽略" in done.notes[0].text


# ---------------------------------------------------------------- repaired, refused ----


def test_a_vertex_moved_on_one_side_within_the_tolerance_is_put_back_and_told():
    done = edited(base(), {A: {"geometry": shapely.Polygon([(0, 100), (100.03, 100), (100, 200), (0, 200)])}})
    assert (done.changes, done.refusals) == ([], [])
    assert [(one.kind, one.at) for one in done.repairs] == [("vertex", pytest.approx((100.03, 100)))]
    assert done.repairs[0].size_m == pytest.approx(0.03)


def test_new_borders_that_miss_each_other_by_centimetres_are_closed_and_told():
    left = shapely.Polygon([(0, 100), (100, 100), (120, 150), (100, 200), (0, 200)])
    right = shapely.Polygon([(100, 100), (200, 100), (200, 200), (100, 200), (120.02, 150)])
    done = edited(base(), {A: {"geometry": left}, C: {"geometry": right}})
    assert done.refusals == []
    assert [one.kind for one in done.repairs] == ["gap"]
    assert [change.op for change in done.changes] == ["transfer"]


@pytest.mark.parametrize(
    ("x", "kind", "near"), [(95, "gap", (98, 120)), (105, "overlap", (102, 120)), (99.9, "gap", (100, 120))]
)
def test_a_vertex_moved_on_one_side_only_is_refused_with_the_place(x, kind, near):
    done = edited(base(), {A: {"geometry": shapely.Polygon([(0, 100), (x, 100), (100, 200), (0, 200)])}})
    assert set(kinds(done)) == {kind}
    assert done.changes == []
    assert shapely.Point(done.refusals[0].at).distance(shapely.Point(near)) < 50


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (None, "missing"),
        (shapely.Polygon(), "missing"),
        (shapely.Point(3, 4), "not_polygon"),
        (shapely.MultiPolygon([box(0, 100, 40), box(60, 100, 40)]), "multipart"),
        (shapely.Polygon([(0, 100), (100, 200), (100, 100), (0, 200)]), "invalid"),
        (shapely.Polygon(box(0, 100).exterior, [box(20, 120, 10, 10).exterior]), "hole"),
    ],
)
def test_outlines_that_no_grid_can_have_are_refused(shape, kind):
    done = edited(base(), {A: {"geometry": shape}})
    assert kinds(done) == [kind]
    assert kind == "missing" or done.refusals[0].at is not None


def test_a_grid_deleted_with_nobody_to_take_its_ground_is_refused():
    assert kinds(edited(base(), {A: None})) == ["vanished"]


def test_ground_beyond_the_layer_is_refused():
    assert kinds(edited(base(), {A: {"geometry": box(-5, 100, 105)}})) == ["outside"]
    stray = Feature(nth=9, code="", kind="general", short_name="", geometry=box(5000, 0))
    assert kinds(edited(base(), {}, stray)) == ["outside"]


def test_ground_of_another_community_is_refused():
    done = edited(base(), {C: {"geometry": box(100, 100, 120)}, E: {"geometry": box(220, 100, 80)}})
    assert "crosses_community" in kinds(done)
    assert done.changes == []


def test_a_locked_grid_is_refused_and_nothing_else_is_done():
    state = base()
    state = state.after(perform(Lock(code=A, reason="已公示"), state))
    done = edited(state, {A: {"geometry": box(0, 0, 100, 200)}, B: None, F: {"short_name": "新名"}})
    assert "locked" in kinds(done)
    assert done.changes == []


def test_exchanged_codes_have_no_operation():
    done = edited(base(), {A: {"code": B, "short_name": "第2网格"}, B: {"code": A, "short_name": "第1网格"}})
    assert "no_order" in kinds(done)
    assert all(one.at for one in done.refusals if one.kind == "no_order")


def test_a_wrong_kind_is_refused():
    assert kinds(edited(base(), {A: {"kind": "普通"}})) == ["kind"]


def test_what_somebody_else_changed_since_the_export_is_a_conflict_only_where_both_edited():
    state = base()
    rows = state.grids(list(AT))
    later = state.after(perform(Rename(code=B, name="别人改的"), state))
    mine = [feature(k, row) for k, row in enumerate(rows.values(), 1)]
    apart = compare(rows, [replace(mine[0], short_name="我改的"), *mine[1:]], later)
    assert apart.changes == [Rename(code=A, name="我改的")]
    both = compare(rows, [mine[0], replace(mine[1], short_name="我改的"), *mine[2:]], later)
    assert kinds(both) == ["stale"]


# -------------------------------------------------------------------------- property ----


@st.composite
def operations(draw):
    """Return some operation on the squares; many are refused, and then they are left out."""
    code = draw(st.sampled_from(list(AT)))
    x, y = AT[code]
    at = st.integers(0, 20).map(lambda k: 5 * k)
    kind = draw(st.sampled_from(["split", "merge", "transfer", "carve", "rename", "retype"]))
    if kind == "split":
        line = shapely.LineString([(x + draw(at), y - 5), (x + draw(at), y + draw(at)), (x + draw(at), y + 105)])
        return Split(code=code, line=line, absorb=draw(st.booleans()))
    other = draw(st.sampled_from([one for one in AT if one != code]))
    if kind == "merge":
        return Merge(codes=(code, other))
    if kind == "transfer":
        area = box(x + draw(at) - 20, y + draw(at) - 20, 10 + draw(at), 10 + draw(at))
        return Transfer(source=code, target=other, area=area, absorb=draw(st.booleans()))
    if kind == "carve":
        area = shapely.Point(x + draw(at), y + draw(at)).buffer(5 + draw(at) / 3, quad_segs=3)
        return Carve(area=area, name="公园", absorb=draw(st.booleans()))
    return Rename(code=code, name="沙河") if kind == "rename" else Retype(code=code, kind="micro")


def done_on(state: State, wanted: list[Change]) -> State:
    for change in wanted:
        try:
            state = state.after(perform(change, state))
        except Refusal:
            continue
    return state


@settings(max_examples=60)
@given(st.lists(operations(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_whatever_operations_made_comes_back_as_the_same_layer_or_is_refused_with_places(wanted, random):
    state = base()
    goal = done_on(state, wanted)
    rows = goal.grids([*AT, *goal.rows])
    features = [
        feature(k, row, code=code if code in AT else random.choice(["", row.code]))
        for k, (code, row) in enumerate(rows.items(), 1)
    ]
    random.shuffle(features)
    done = compare(state.grids(list(AT)), features, state)
    if done.refusals:
        assert any(one.at for one in done.refusals)
        assert not done.changes
        return
    now = done.state.grids([*AT, *done.state.rows])
    assert len(now) == len(rows)
    for row in rows.values():
        same = [one for one in now.values() if one.geometry.intersects(row.geometry.point_on_surface())]
        assert len(same) == 1
        assert shapely.symmetric_difference(same[0].geometry, row.geometry).buffer(-0.0025).is_empty
        assert same[0].kind == row.kind
        assert row.code not in AT or same[0].code == row.code
