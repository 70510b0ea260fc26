"""`gridgeo store verify` proves a store and refutes one that was edited by hand, saying what and where.

The guards of the tables are dropped first: they stop faulty programs, not somebody who owns the database.
"""

import pytest
import told_city
from sqlalchemy import text
from told_city import A, B, C, E

from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.history import roll_back


@pytest.fixture
def told(store):
    return told_city.publish(store)


def edit(store, *statements: str) -> dict[str, list[str]]:
    """Change a store behind its back and return what refutes it, by proof."""
    tables = ("audit", "ledger", "lineage", "grid_span", "community_span", "assignment", "lock_span", "version")
    with store.backend.writing() as connection:
        for table in tables:
            for event in ("update", "delete"):
                on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
                connection.execute(text(f"DROP TRIGGER IF EXISTS guard_{table}_{event}{on}"))
        for statement in statements:
            changed = connection.execute(text(statement))
            assert changed.rowcount > 0, statement
    return {proof.name: list(proof.faults) for proof in audit_store(store).proofs if proof.faults}


def test_what_was_published_through_drafts_is_proven(told):
    found = audit_store(told)
    assert [(proof.name, proof.faults) for proof in found.proofs] == [
        ("chain", ()),
        ("spans", ()),
        ("ledger", ()),
        ("certificate", ()),
    ]
    assert (found.holds, found.versions) == (True, 5)


def test_a_rollback_is_proven_too(told):
    roll_back(told, 2, by="王", why="试行结束")
    assert audit_store(told).holds


def test_a_first_version_alone_is_proven(store):
    told_city.publish_first(store)
    assert audit_store(store).holds


def test_a_changed_audit_row_is_named(told):
    found = edit(told, "UPDATE audit SET actor = '别人' WHERE fid = 3")
    assert list(found) == ["chain"]
    assert found["chain"][0].startswith("audit row 3 (")
    assert "was changed" in found["chain"][0]


def test_an_audit_row_deleted_in_the_middle_leaves_a_break_at_its_place(told):
    found = edit(told, "DELETE FROM audit WHERE fid = 4")
    assert found["chain"][0].startswith("audit row 5 (")
    assert "does not follow audit row 3: a row between them was deleted" in found["chain"][0]


def test_an_audit_that_lost_its_end_misses_a_publication(told):
    last = "DELETE FROM audit WHERE fid = (SELECT max(fid) FROM audit)"
    assert edit(told, last)["spans"] == ["version 5: the audit knows of no such publication"]


def test_a_border_moved_by_hand_refutes_the_digest_of_every_version_that_has_it(told):
    another = f"(SELECT g.geom FROM grid_span g WHERE g.code = '{C}' AND g.v_from = 1)"
    found = edit(told, f"UPDATE grid_span SET geom = {another} WHERE code = '{E}'")
    assert any(fault.startswith("version 2: the digest of its grids is") for fault in found["spans"])
    assert found["ledger"] == [f"version 2: the ledger makes other rows of grid {E}"]


def test_a_border_of_the_newest_layer_moved_by_hand_is_not_seamless(told):
    shape = f"(SELECT g.geom FROM grid_span g WHERE g.code = '{E}')"
    found = edit(told, f"UPDATE grid_span SET geom = {shape} WHERE code = '{C}' AND v_to IS NULL")
    assert found["certificate"][0].startswith("version 5 is not seamless: ")


@pytest.mark.parametrize("name", ["households = 7", "full_name = '改'", "kind = 'micro'"])
def test_a_figure_or_name_changed_by_hand_refutes_the_digest(told, name):
    found = edit(told, f"UPDATE grid_span SET {name} WHERE code = '{A}' AND v_from = 2")
    assert {"spans", "ledger"} <= set(found)


def test_an_assignment_edited_by_hand_is_not_what_the_ledger_makes(told):
    found = edit(told, f"UPDATE assignment SET code = '{A}' WHERE v_from = 2")
    assert found["ledger"] == ["version 2: the ledger makes other rows of assignment of place 2"]


def test_an_assignment_of_version_1_edited_by_hand_lies_outside_its_grid(told):
    found = edit(told, f"UPDATE assignment SET code = '{C}' WHERE code = '{B}' AND v_from = 1")
    assert found["spans"] == [
        f"assignment of household H000001 in version 1: it lies 70.71 m outside grid {C}",
        f"count of household in grid {B}: 1 places are noted, there are 0",
        f"count of household in grid {C}: 1 places are noted, there are 2",
    ]


def test_a_ledger_row_edited_by_hand_makes_another_version(told):
    found = edit(told, "UPDATE ledger SET change = replace(change, '河畔', '湖畔') WHERE seq = 5 AND nth = 1")
    assert found["ledger"] == [f"version 5: the ledger makes other rows of grid {C}"]


def test_a_ledger_row_that_cannot_be_replayed_is_told_with_its_reason(told):
    found = edit(told, f"UPDATE ledger SET change = replace(change, '{E}', '{C}') WHERE seq = 3")
    assert found["ledger"][0].startswith("version 3: ")


def test_a_ledger_row_deleted_by_hand_is_missing(told):
    found = edit(told, "DELETE FROM ledger WHERE seq = 5 AND nth = 1")
    assert "its ledger rows are numbered [2]; some are missing" in found["ledger"][0]


def test_an_edited_lineage_or_lock_is_not_what_the_ledger_makes(told):
    found = edit(told, "UPDATE lineage SET household_share = 0.25 WHERE seq = 3")
    assert found["ledger"][0].startswith("version 3: the ledger makes other rows of lineage ")
    found = edit(
        told,
        "UPDATE lineage SET household_share = 1.0 WHERE seq = 3",
        "UPDATE lock_span SET reason = '别的'",
    )
    assert found["ledger"] == ["version 5: the ledger makes other rows of lock of 411102001002002"]


def test_two_rows_of_a_code_at_a_time_are_found(told):
    found = edit(told, f"UPDATE grid_span SET v_to = 3 WHERE code = '{B}' AND v_from = 1")
    assert f"grid_span {B}: two rows live in version 2" in found["spans"]


def test_a_span_of_no_version_is_found(told):
    found = edit(told, f"UPDATE grid_span SET v_to = 9 WHERE code = '{C}' AND v_to IS NOT NULL")
    assert f"grid_span {C}: span 1 to 9 is none of versions 1 to 5" in found["spans"]


def test_a_place_that_belongs_to_nothing_for_a_while_is_found(told):
    found = edit(told, "UPDATE assignment SET v_to = 3 WHERE v_from = 1 AND v_to IS NULL AND place_fid = 1")
    assert any("belongs to nothing" in fault for fault in found["spans"])


def test_a_version_dated_back_is_not_what_the_audit_says(told):
    found = edit(told, "UPDATE version SET effective = '2026-02-01' WHERE seq = 2")
    assert any(fault.startswith("version 2: its effective is not what audit row ") for fault in found["spans"])
