"""Drafts in a store: changed, undone, reviewed, rebased, published - on both databases alike."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import shapely
import small_city

from gridgeo.draft.roles import User, demand
from gridgeo.errors import Forbidden, InputError, NotFoundError, Refusal, VersionConflict
from gridgeo.jobs.drafts import Check, Desk
from gridgeo.store.base import Store
from gridgeo.store.ground import StoreGround

FIRST, SECOND = "411102001001001", "411102001001002"
"""The western community's two squares, north and south of each other."""
EASTERN = "411102001002001"
ACROSS = "LINESTRING (499990 3700150, 500110 3700160)"
"""Through the northern square from west to east."""


@pytest.fixture
def desk(store: Store) -> Desk:
    """Drafts of four squares in two communities."""
    store.publish_first(small_city.publication_of(), by="li", effective=date(2026, 1, 1))
    return Desk(store)


def publish(desk: Desk, *changes: dict, title: str = "调整") -> dict:
    """Take some changes through all steps."""
    draft = desk.open(title, by="planner")
    for change in changes:
        desk.change(draft.number, change, by="planner")
    desk.step(draft.number, "submit", by="planner")
    desk.step(draft.number, "approve", by="reviewer")
    return desk.publish(draft.number, by="reviewer")


def split(code: str = FIRST) -> dict:
    return {"op": "split", "code": code, "line": ACROSS}


# ------------------------------------------------------------------------ changing ----


def test_a_dry_run_tells_the_effect_and_changes_nothing(desk: Desk):
    before = desk.store.info().counts
    effect = desk.try_change(split())["effect"]
    assert {row["code"]: row["became"] for row in effect["grids"]} == {
        FIRST: "changed",
        "411102001001~0001": "new",
        EASTERN: "corner",
    }
    assert effect["total"]["before"]["area_m2"] == pytest.approx(effect["total"]["after"]["area_m2"], abs=0.2)
    assert desk.store.info().counts == before


def test_a_change_is_undone_and_done_again_any_number_of_times(desk: Desk):
    number = desk.open("t", by="li").number
    desk.change(number, split(), by="li")
    desk.change(number, {"op": "rename", "code": FIRST, "name": "北网格"}, by="li")
    whole = desk.show(number)["effect"]
    desk.undo(number, by="li")
    desk.undo(number, by="li")
    assert desk.show(number)["effect"]["grids"] == []
    with pytest.raises(NotFoundError, match="no change that could be undone"):
        desk.undo(number, by="li")
    desk.redo(number, by="li")
    desk.redo(number, by="li")
    assert desk.show(number)["effect"] == whole
    with pytest.raises(NotFoundError, match="no change that could be done again"):
        desk.redo(number, by="li")


def test_a_new_change_forgets_what_was_undone(desk: Desk):
    number = desk.open("t", by="li").number
    desk.change(number, split(), by="li")
    desk.undo(number, by="li")
    desk.change(number, {"op": "rename", "code": FIRST, "name": "北网格"}, by="li")
    assert [one["change"]["op"] for one in desk.show(number)["changes"]] == ["rename"]
    with pytest.raises(NotFoundError):
        desk.redo(number, by="li")


def test_a_refused_change_leaves_the_draft_as_it_was(desk: Desk):
    number = desk.open("t", by="li").number
    before = desk.show(number)
    with pytest.raises(Refusal, match="网格不能跨社区"):
        desk.change(number, {"op": "merge", "codes": [FIRST, EASTERN]}, by="li")
    assert desk.show(number) == before
    with pytest.raises(Refusal, match="没有现行网格 999"):
        desk.begin("u", {"op": "rename", "code": "999", "name": "x"}, by="li")
    assert len(desk.drafts()) == 1


def test_who_looked_at_an_older_revision_is_told_what_happened(desk: Desk):
    draft = desk.open("t", by="li")
    desk.change(draft.number, split(), by="wang", revision=draft.revision)
    with pytest.raises(VersionConflict, match=r"is at revision \d+, not \d+: wang did split at"):
        desk.change(draft.number, {"op": "lock", "code": FIRST, "reason": "x"}, by="li", revision=draft.revision)


def test_somebody_with_an_area_changes_only_grids_in_it(desk: Desk):
    def of(area: str) -> Check:
        return lambda _, communities: demand(User("li", "planner", area), "draft", communities=communities)

    with pytest.raises(Forbidden, match="outside 411102001002"):
        desk.try_change(split(), check=of("411102001002"))
    assert desk.try_change(split(), check=of("411102001001"))["effect"]["grids"]


# ----------------------------------------------------------------------- reviewing ----


def test_a_draft_goes_from_hand_to_hand(desk: Desk):
    number = desk.open("t", by="li").number
    with pytest.raises(Refusal, match="还没有任何操作"):
        desk.step(number, "submit", by="li")
    desk.change(number, {"op": "rename", "code": FIRST, "name": "北网格"}, by="li")
    desk.step(number, "submit", by="li")
    with pytest.raises(VersionConflict, match="only a draft that is open or returned is changed"):
        desk.undo(number, by="li")
    with pytest.raises(InputError, match="say what is to be changed"):
        desk.step(number, "return", by="wang")
    desk.step(number, "return", by="wang", text="名字太短", codes=[FIRST])
    note = desk.show(number)["notes"][0]
    assert (note["code"], note["text"], note["settled"]) == (FIRST, "名字太短", False)
    desk.settle(number, note["number"], by="li")
    desk.step(number, "submit", by="li")
    with pytest.raises(
        VersionConflict, match="is in state submitted, in which publish is not possible; possible now: return, approve"
    ):
        desk.publish(number, by="wang")
    desk.step(number, "approve", by="wang")
    assert desk.publish(number, by="wang")["seq"] == 2
    with pytest.raises(VersionConflict, match="nothing can be done with it any more"):
        desk.step(number, "drop", by="li")


def test_a_broken_rule_needs_an_explanation(desk: Desk, store: Store):
    with store.backend.writing() as connection:
        connection.exec_driver_sql(
            'UPDATE version SET stats = \'{"grids":4,"rules":{"households":[200,500],"population_max":2500}}\''
        )
    number = desk.open("t", by="li").number
    desk.change(number, {"op": "merge", "codes": [FIRST, SECOND]}, by="li")
    with pytest.raises(Refusal, match="户数超限：601，限 500，须说明原因"):
        desk.step(number, "submit", by="li")
    desk.change(number, {"op": "explain", "code": SECOND, "rule": "households_high", "text": "同一小区"}, by="li")
    desk.step(number, "submit", by="li")
    desk.step(number, "approve", by="wang")
    desk.publish(number, by="wang")
    with store.snapshot() as reader:
        assert StoreGround(reader, 2).explanations([SECOND]) == {(SECOND, "households_high"): "同一小区"}


# ---------------------------------------------------------------------- publishing ----


def test_a_publication_keeps_the_old_version_for_ever(desk: Desk, store: Store):
    first = store.grids(1)
    done = publish(desk, split(), {"op": "lock", "code": SECOND, "reason": "核查中"})
    assert done["codes"] == {"411102001001~0001": "411102001001003"}
    assert store.grids(1).equals(first)
    assert store.digest(1) == store.versions()[0].digest
    assert store.digest(2) == store.versions()[1].digest == done["digest"]
    assert store.count() == 5
    assert store.versions()[1].certificate["seamless"]
    assert store.grid("411102001001003")["short_name"].item() == "第三网格"
    assert [(row["old_code"], row["new_code"], row["change"]) for row in done["lineage"]] == [
        (FIRST, FIRST, "S"),
        (FIRST, "411102001001003", "S"),
    ]
    with store.snapshot() as reader:
        assert StoreGround(reader, 2).locks([FIRST, SECOND]) == {SECOND: "核查中"}
        assert StoreGround(reader, 1).locks([SECOND]) == {}


def test_the_community_gains_the_corner_of_its_grids(desk: Desk, store: Store):
    publish(desk, split())
    whole = shapely.coverage_union_all(store.grids().query("community_code == '411102001001'").geometry.to_numpy())
    community = store.communities().set_index("code").geometry["411102001001"]
    assert shapely.equals(whole, community)
    corners = set(map(tuple, shapely.get_coordinates(community).tolist()))
    assert set(map(tuple, shapely.get_coordinates(whole).tolist())) <= corners


def test_a_retired_code_is_never_given_again(desk: Desk):
    publish(desk, split())
    publish(desk, {"op": "merge", "codes": [FIRST, "411102001001003"], "survivor": FIRST})
    done = publish(desk, split())
    assert done["codes"] == {"411102001001~0001": "411102001001004"}
    with pytest.raises(Refusal, match="没有现行网格 411102001001003：已于第 3 版停用，现为 411102001001001"):
        desk.try_change({"op": "rename", "code": "411102001001003", "name": "x"})


def test_moved_places_get_their_grid_and_keep_their_past(desk: Desk, store: Store):
    home = store.assignments(FIRST)["id"].item()
    part = "POLYGON ((500000 3700100, 500100 3700100, 500100 3700190, 500000 3700190, 500000 3700100))"
    publish(desk, {"op": "transfer", "source": FIRST, "target": SECOND, "area": part})
    assert home in store.assignments(SECOND)["id"].tolist()
    assert home in store.assignments(FIRST, seq=1)["id"].tolist()
    assert store.grids().set_index("code")["households"].sum() == store.grids(1)["households"].sum()


def test_a_version_never_holds_before_the_one_before(desk: Desk, store: Store):
    number = desk.begin("t", {"op": "rename", "code": FIRST, "name": "北"}, by="li")["draft"]["number"]
    desk.step(number, "submit", by="li")
    desk.step(number, "approve", by="wang")
    with pytest.raises(InputError, match="version 1 holds from 2026-01-01; the next cannot hold from 2025-12-31"):
        desk.publish(number, by="wang", effective=date(2025, 12, 31))
    later = date.today() + timedelta(days=30)
    desk.publish(number, by="wang", effective=later)
    assert [version.effective for version in store.versions()] == [date(2026, 1, 1), later]


def test_rollback_publishes_the_inverse(desk: Desk, store: Store):
    publish(desk, split(), {"op": "lock", "code": SECOND, "reason": "核查中"})
    publish(desk, {"op": "rename", "code": FIRST, "name": "北网格"})
    done = desk.rollback(1, by="wang", why="误发布")
    assert done["seq"] == 4
    assert store.digest(4) == store.digest(1)
    assert len(store.versions()) == 4
    with store.snapshot() as reader:
        assert StoreGround(reader, 4).locks([SECOND]) == {}


# -------------------------------------------------------------------- two planners ----


def approved(desk: Desk, change: dict) -> int:
    number = desk.begin("t", change, by="li")["draft"]["number"]
    desk.step(number, "submit", by="li")
    desk.step(number, "approve", by="wang")
    return int(number)


def test_of_two_drafts_on_one_grid_the_second_is_told_grid_by_grid(desk: Desk):
    one, two = approved(desk, split()), approved(desk, {"op": "merge", "codes": [FIRST, SECOND]})
    desk.publish(one, by="wang")
    assert [clash["code"] for clash in desk.show(two)["collisions"]] == [FIRST]
    for act in (desk.publish, desk.rebase):
        with pytest.raises(VersionConflict, match=f"changed since: 网格 {FIRST} 的边界已改"):
            act(two, by="wang")


def test_drafts_on_different_grids_are_both_published(desk: Desk):
    one = approved(desk, {"op": "merge", "codes": [FIRST, SECOND]})
    two = approved(desk, split(EASTERN) | {"line": "LINESTRING (500090 3700150, 500210 3700160)"})
    assert desk.publish(one, by="wang")["seq"] == 2
    assert desk.publish(two, by="wang")["seq"] == 3


def test_a_corner_at_the_end_of_a_neighbours_line_is_no_collision(desk: Desk):
    one, two = approved(desk, split()), approved(desk, {"op": "rename", "code": EASTERN, "name": "东北网格"})
    desk.publish(one, by="wang")
    desk.rebase(two, by="wang")
    assert desk.show(two)["draft"]["base_seq"] == 2
    assert desk.publish(two, by="wang")["seq"] == 3


def test_everything_is_told_to_the_audit(desk: Desk, store: Store):
    publish(desk, split())
    with store.backend.reading() as connection:
        told = connection.exec_driver_sql("SELECT actor, act, what FROM audit ORDER BY fid").all()
    assert [tuple(row) for row in told] == [
        ("li", "publish", "version 1"),
        ("planner", "open draft", "draft 1"),
        ("planner", "split", "draft 1"),
        ("planner", "submit", "draft 1"),
        ("reviewer", "approve", "draft 1"),
        ("reviewer", "publish", "version 2"),
    ]
