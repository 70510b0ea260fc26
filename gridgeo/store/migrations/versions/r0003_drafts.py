"""Drafts, the ledger of published changes, locks and explanations; lineage with the shares of areas."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Instant, Json, Whole, Word

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = ("draft", "submitted", "returned", "approved", "published", "dropped")
SPANS = {"lock_span": ("code", "reason"), "explanation_span": ("code", "rule", "text")}
GUARDED = {"lock_span": "v_to", "explanation_span": "v_to", "lineage": None, "ledger": None}


def upgrade() -> None:
    op.drop_table("lineage")  # nothing was written to it before this revision
    create_lineage()
    for name, words in SPANS.items():
        create_span(name, words)
    create_drafts()
    order = sa.UniqueConstraint("seq", "nth", name=op.f("uq_ledger_seq_nth"))
    create_table("ledger", whole("seq"), whole("nth"), *signed(), order)
    connection = op.get_bind()
    create_guards(connection, GUARDED)
    if connection.dialect.name == "sqlite":
        for name in (*SPANS, "draft", "draft_change", "draft_note", "ledger"):
            list_attributes(connection, name)


def create_lineage() -> None:
    create_table(
        "lineage", whole("seq"), word("old_code"), word("new_code"), word("change"), figure("area_share"),
        figure("household_share"), figure("new_area_share"), figure("new_household_share"),
    )  # fmt: skip
    for column in ("old_code", "new_code"):
        op.create_index(op.f(f"ix_lineage_{column}"), "lineage", [column], unique=False)


def create_span(name: str, words: tuple[str, ...]) -> None:
    key = [one for one in words if one in ("code", "rule")]
    current = sa.text("v_to IS NULL")
    create_table(
        name, *(word(one) for one in words), whole("v_from"), sa.Column("v_to", Whole, nullable=True),
        sa.CheckConstraint("v_to IS NULL OR v_to > v_from", name=op.f(f"ck_{name}_span")),
        sa.UniqueConstraint(*key, "v_from", name=op.f(f"uq_{name}_{'_'.join(key)}_v_from")),
    )  # fmt: skip
    op.create_index(f"uq_{name}_current", name, key, unique=True, sqlite_where=current, postgresql_where=current)


def create_drafts() -> None:
    create_table(
        "draft", word("title"), word("state"), whole("base_seq"), whole("revision"), word("author"), moment("opened"),
        moment("changed"), sa.Column("effective", sa.Date(), nullable=True), sa.Column("seq", Whole, nullable=True),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_draft_state")),
        sa.CheckConstraint("(state = 'published') = (seq IS NOT NULL)", name=op.f("ck_draft_numbered")),
        sa.UniqueConstraint("seq", name=op.f("uq_draft_seq")),
    )  # fmt: skip
    create_table(
        "draft_change", whole("draft"), whole("nth"), *signed(), whole("undone"), belongs("draft_change"),
        sa.UniqueConstraint("draft", "nth", name=op.f("uq_draft_change_draft_nth")),
    )  # fmt: skip
    create_table(
        "draft_note", whole("draft"), word("code"), word("text"), word("actor"), moment("at"), whole("settled"),
        belongs("draft_note"),
    )  # fmt: skip
    op.create_index(op.f("ix_draft_note_draft"), "draft_note", ["draft"], unique=False)


def create_table(name: str, *parts: Any) -> None:
    key = sa.PrimaryKeyConstraint("fid", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("fid", Whole, nullable=False), *parts, key, sqlite_autoincrement=True)


def signed() -> tuple[Any, ...]:
    return sa.Column("change", Json(), nullable=False), word("actor"), moment("at")


def belongs(name: str) -> Any:
    return sa.ForeignKeyConstraint(["draft"], ["draft.fid"], name=op.f(f"fk_{name}_draft_draft"))


def word(name: str) -> Any:
    return sa.Column(name, Word, nullable=False)


def whole(name: str) -> Any:
    return sa.Column(name, Whole, nullable=False)


def figure(name: str) -> Any:
    return sa.Column(name, sa.Double(), nullable=False)


def moment(name: str) -> Any:
    return sa.Column(name, Instant(), nullable=False)
