"""Registers in a store: loaded, handed in again, counted, asked for by grid - and what was published stays as it was.

The small city::

      +-----+-----+
      |  A  |  C  |     100 m squares; each holds one household of version 1 at its centre
      +-----+-----+
      |  B  |  D  |
      +-----+-----+
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_city
import told_city
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from told_city import A, B, C, D

from gridgeo.city import Source
from gridgeo.errors import NotFoundError, StoreError
from gridgeo.intake.entries import Form
from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.history import roll_back
from gridgeo.jobs.places import place_history, places_of_grid
from gridgeo.jobs.registers import LoadReport, load_register, register_counts
from gridgeo.store import schema
from gridgeo.store.base import Store, copy_store, init_store, open_store

COLUMNS = ["id", "x", "y", "addr", "n", "pop", "name", "phone"]
CENTRE = {A: (500050, 3700150), B: (500050, 3700050), C: (500150, 3700150), D: (500150, 3700050)}


@pytest.fixture
def told(store: Store) -> Store:
    told_city.publish_first(store)
    return store


def home(name: str, code: str, **changes: Any) -> dict[str, Any]:
    x, y = CENTRE[code]
    row = {"id": name, "x": x, "y": y, "addr": "黄河路1号院2号楼3单元401室", "n": 1, "pop": 3, "name": "张小明",
           "phone": "13812345678"}  # fmt: skip
    return {**row, **changes}


def load(store: Store, folder: Path, rows: list[dict[str, Any]], **options: Any) -> LoadReport:
    path = folder / "户籍.csv"
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    form = Form(
        source=Source(file="户籍.csv", path=path, crs=small_city.CRS), kind="household", id="id", x="x", y="y",
        address="addr", count="n", population="pop", name="name", phone="phone",
    )  # fmt: skip
    return load_register(store, form, by="王", **options)


def counts(store: Store) -> dict[str, int]:
    """Return the households of every grid that has any."""
    return {row["code"]: row["count"] for row in register_counts(store) if row["kind"] == "household" and row["places"]}


def numbers(report: LoadReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.gone


def refutations(store: Store) -> list[str]:
    return [fault for proof in audit_store(store).proofs for fault in proof.faults]


# ------------------------------------------------------------------------ loading ----


def test_a_register_is_put_into_its_grids_and_counted(told, tmp_path):
    report = load(told, tmp_path, [home("N1", A), home("N2", A, n=5), home("N3", D)])
    assert numbers(report) == (3, 0, 0, 0)
    assert counts(told) == {A: 7, B: 1, C: 1, D: 2}
    assert refutations(told) == []


def test_the_same_register_again_writes_nothing(told, tmp_path):
    rows = [home("N1", A), home("N2", B)]
    load(told, tmp_path, rows)
    before = told.info().counts
    report = load(told, tmp_path, rows)
    assert (report.load, numbers(report)) == (None, (0, 0, 2, 0))
    assert told.info().counts == before


def test_a_changed_row_ends_the_old_one_and_the_history_tells_both(told, tmp_path):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    report = load(told, tmp_path, [home("N1", C, addr="太行路9号"), home("N2", B)])
    assert numbers(report) == (0, 1, 1, 0)
    assert counts(told) == {A: 1, B: 2, C: 2, D: 1}
    was, now = place_history(told, "N1")
    assert [one["code"] for one in was["grids"] + now["grids"]] == [A, C]
    assert (was["came"]["load"], was["went"]["load"], now["came"]["load"], now["went"]) == (1, 2, 2, None)
    assert refutations(told) == []


def test_a_household_of_version_1_is_known_by_its_id(told, tmp_path):
    report = load(told, tmp_path, [home("H000000", C)])
    assert numbers(report) == (0, 1, 0, 0)
    assert counts(told) == {B: 1, C: 2, D: 1}


def test_only_a_complete_register_takes_out_what_it_lacks(told, tmp_path):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    assert numbers(load(told, tmp_path, [home("N1", A)])) == (0, 0, 1, 0)
    report = load(told, tmp_path, [home("N1", A)], complete=True)
    assert numbers(report) == (0, 0, 1, 5)  # N2 and the four households of version 1
    assert counts(told) == {A: 1}
    assert refutations(told) == []


def test_a_refused_row_of_a_complete_register_takes_nothing_out(told, tmp_path):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    report = load(told, tmp_path, [home("N1", A), home("N2", B, n="-3")], complete=True)
    assert [one.id for one in report.refused] == ["N2"]
    assert counts(told) == {A: 1, B: 1}


def test_what_a_later_register_does_not_speak_of_stays(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    path = tmp_path / "新.csv"
    path.write_text(f"id,x,y\nN1,{CENTRE[C][0]},{CENTRE[C][1]}\n", encoding="utf-8")
    form = Form(
        source=Source(file="新.csv", path=path, crs=small_city.CRS), kind="household", id="id", x="x", y="y"
    )  # fmt: skip
    assert load_register(told, form, by="王").changed == 1
    with told.snapshot() as reader:
        own = reader.connection.execute(select(schema.place_personal.c.phone)).scalars().all()
    assert own == ["13812345678", "13812345678"]
    assert place_history(told, "N1")[-1]["population"] == 3


def test_a_place_that_cannot_be_located_is_kept_without_a_grid(told, tmp_path):
    report = load(
        told, tmp_path, [home("N1", A, x="", y=""), home("N2", A, x=0, y=0), home("N3", A, x=500050, y=3800000)]
    )
    assert (report.methods["none"], report.methods["outside"]) == (2, 1)
    assert counts(told)[""] == 3
    assert refutations(told) == []


def test_an_empty_store_says_what_is_missing(store, tmp_path):
    with pytest.raises(NotFoundError, match="holds no published version yet"):
        load(store, tmp_path, [home("N1", A)])


def test_a_load_that_fails_leaves_everything_as_it_was(told, tmp_path, monkeypatch):
    before = told.info().counts

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gridgeo.store.registers.append_audit", fail)
    with pytest.raises(KeyboardInterrupt):
        load(told, tmp_path, [home("N1", A)])
    monkeypatch.undo()
    assert told.info().counts == before
    assert load(told, tmp_path, [home("N1", A)]).load == 1
    assert refutations(told) == []


CHILD = Path(__file__).with_name("loading_child.py")


@pytest.mark.parametrize("table", ["place", "assignment", "place_personal"])
def test_killed_in_the_middle_of_a_load_the_store_is_as_it_was(told, tmp_path, store_url_of, table):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    before, held = told.info().counts, counts(told)
    path = tmp_path / "next.csv"
    lines = [f"N{at},{CENTRE[C][0]},{CENTRE[C][1]},1380000" for at in range(500)]
    path.write_text("\n".join(["id,x,y,phone", *lines]), encoding="utf-8")
    command = [sys.executable, str(CHILD), store_url_of(told), str(path), table]
    root = str(CHILD.parents[2])
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "half way\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    assert (told.info().counts, counts(told)) == (before, held)
    assert refutations(told) == []
    assert load(told, tmp_path, [home("N1", C)]).load == 2


# ------------------------------------------------------- publishing after loading ----


def split_a(store: Store) -> None:
    """Cut A: its west keeps the code, its east becomes a new grid."""
    told_city.publish_later(store, range(1))


def test_what_was_published_keeps_its_figures_and_its_proof(told, tmp_path):
    before = told.grids(1)
    load(told, tmp_path, [home("N1", A, x=500010), home("N2", A, x=500090), home("N3", B)])
    split_a(told)
    load(told, tmp_path, [home("N1", C), home("N4", D)])
    assert told.grids(1).equals(before)
    assert refutations(told) == []


def test_a_redraw_counts_what_registers_brought_and_nothing_twice(told, tmp_path):
    load(told, tmp_path, [home("N1", A, x=500010, n=40), home("N2", A, x=500090, n=2)])
    split_a(told)
    grids = told.grids().set_index("code")
    east = told_city.E
    assert (grids.at[A, "households"], grids.at[east, "households"]) == (40, 3)  # H000000 lies in the east
    assert counts(told) == {A: 40, east: 3, B: 1, C: 1, D: 1}
    assert grids.at[B, "households"] == 301  # as published: nobody drew it anew
    assert [one["id"] for one in places_of_grid(told, east)["places"]] == ["H000000", "N2"]
    assert refutations(told) == []


def test_grids_from_which_all_places_went_are_published_empty(told, tmp_path):
    load(told, tmp_path, [home("N1", C)], complete=True)
    split_a(told)
    grids = told.grids().set_index("code")
    assert (grids.at[A, "households"], grids.at[told_city.E, "households"]) == (0, 0)
    assert counts(told) == {C: 1}
    assert refutations(told) == []


def test_places_that_came_and_went_between_two_versions_are_proven_too(told, tmp_path):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    load(told, tmp_path, [home("N1", B)])
    load(told, tmp_path, [home("N3", A)], complete=True)
    split_a(told)
    load(told, tmp_path, [home("N1", A, x=500010)])
    told_city.publish_later(told, range(1, 3))
    roll_back(told, 2, by="王", why="试行结束")
    assert refutations(told) == []


def test_a_draft_that_was_looked_at_before_a_load_is_counted_afresh(told, tmp_path):
    desk = Desk(told)
    draft = desk.open("拆分", by="张三").number
    desk.change(draft, told_city.STEPS[0][2][0], by="张三")
    load(told, tmp_path, [home("N1", A, x=500010, n=40)])
    shown = {row["code"]: row["after"] for row in desk.show(draft)["effect"]["grids"]}
    assert shown[A]["households"] == 40
    desk.step(draft, "submit", by="张三")
    desk.step(draft, "approve", by="李四")
    desk.publish(draft, by="李四", effective=date(2026, 3, 1))
    assert told.grids().set_index("code").at[A, "households"] == 40
    assert refutations(told) == []


HOMES = st.lists(
    st.tuples(st.sampled_from("pqrs"), st.sampled_from([A, B, C, D])), max_size=4, unique_by=lambda pair: pair[0]
)


@settings(max_examples=15)
@given(steps=st.lists(st.one_of(st.just("publish"), HOMES), max_size=5))
def test_whatever_is_loaded_and_published_in_turn_is_proven_and_counted(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("turns")
    url = f"gpkg://{folder / 'store.gpkg'}"
    with init_store(url) as own:
        told_city.publish_first(own)
        known, published = {f"H{at:06d}": code for at, code in enumerate([A, B, C, D])}, 0
        for nth, step in enumerate(steps):
            if step == "publish":
                if published < 3:
                    told_city.publish_later(own, range(published, published + 1))
                    published += 1
            elif step:
                complete = nth % 2 == 1
                load(own, folder, [home(name, code) for name, code in step], complete=complete)
                known = {**({} if complete else known), **dict(step)}
        assert refutations(own) == []
        assert sum(counts(own).values()) == len(known)


# -------------------------------------------------------------- proofs that refute ----


def edited(store: Store, statement: str) -> list[str]:
    with store.backend.writing() as connection:
        for table in ("place", "register_load", "assignment"):
            for event in ("update", "delete"):
                on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
                connection.execute(text(f"DROP TRIGGER IF EXISTS guard_{table}_{event}{on}"))
        assert connection.execute(text(statement)).rowcount > 0
    return refutations(store)


def test_a_count_changed_by_hand_is_found(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    found = edited(told, f"UPDATE grid_count SET places = 9 WHERE code = '{A}'")
    assert found == [f"count of household in grid {A}: 9 places are noted, there are 2"]


def test_a_place_taken_out_by_hand_is_found(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    found = edited(told, "UPDATE place SET load_to = 1 WHERE id = 'H000003'")
    assert "register load 1: 1 places went with it, its report says 0" in found


def test_a_place_given_to_another_grid_by_hand_is_found(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    place = "(SELECT fid FROM place WHERE id = 'N1')"
    found = edited(told, f"UPDATE assignment SET code = '{D}' WHERE place_fid = {place}")
    assert f"assignment of household N1 in version 1: it lies 70.71 m outside grid {D}" in found


def test_history_of_places_is_never_rewritten(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    load(told, tmp_path, [home("N1", B)])
    for statement in ("UPDATE place SET address = '' WHERE load_to IS NOT NULL", "DELETE FROM place"):
        with (
            pytest.raises(StoreError, match="history of place is never rewritten"),
            told.backend.writing() as connection,
        ):
            connection.execute(text(statement))


# ------------------------------------------------------------------ asking, copying ----


def test_the_places_of_a_grid_come_page_by_page_each_once(told, tmp_path):
    load(told, tmp_path, [home(f"N{at}", A) for at in range(7)])
    found, after = [], 0
    while after is not None:
        page = places_of_grid(told, A, after=after, limit=3)
        found += [one["id"] for one in page["places"]]
        after = page["next"]
    assert found == ["H000000", *(f"N{at}" for at in range(7))]
    assert page["count"] == {"household": 8}


def test_the_reverse_question_is_answered_from_an_index(told, tmp_path):
    load(told, tmp_path, [home(f"N{at}", A) for at in range(3000)])
    query = f"SELECT place_fid FROM assignment WHERE code = '{D}' AND v_to IS NULL"
    with told.backend.reading() as connection:
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {query}").all()
    assert "ix_assignment_code_v_to" in str(plan)


def test_personal_data_lie_apart_from_locations(told, tmp_path):
    load(told, tmp_path, [home("N1", A)])
    with told.snapshot() as reader:
        row = reader.connection.execute(select(schema.place).where(schema.place.c.id == "N1")).one()
    assert not {"张小明", "13812345678"} & {str(value) for value in row}


def test_registers_are_copied_with_the_store(told, tmp_path, store_url_of):
    load(told, tmp_path, [home("N1", A), home("N2", B)])
    split_a(told)
    load(told, tmp_path, [home("N1", C)])
    target = f"gpkg://{tmp_path / 'copy.gpkg'}"
    copied = copy_store(store_url_of(told), target)
    assert (copied["register_load"][0], copied["place_personal"][0]) == (2, 3)
    with open_store(target) as copy:
        assert refutations(copy) == []
        assert counts(copy) == counts(told)
        assert load(copy, tmp_path, [home("N1", C)]).load is None
        assert load(copy, tmp_path, [home("N5", C)]).load == 3


def test_a_hundred_thousand_rows_would_not_be_asked_for_one_by_one(told, tmp_path, monkeypatch):
    monkeypatch.setattr("gridgeo.store.registers.MOST_IDS", 2)
    load(told, tmp_path, [home(f"N{at}", A) for at in range(5)])
    assert numbers(load(told, tmp_path, [home(f"N{at}", B if at == 2 else A) for at in range(6)])) == (1, 1, 4, 0)
    with told.snapshot() as reader:
        live = select(func.count()).select_from(schema.place).where(schema.place.c.load_to.is_(None))
        assert reader.connection.execute(live).scalar_one() == 11  # four homes and a firm of version 1 besides
