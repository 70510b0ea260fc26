"""The address library: its rows, other names, feedback, and the journal of every change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Instant, Json, Whole, Word

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("address_load", "address_row", "address_alias", "address_feedback")


def upgrade() -> None:
    create_table(
        "address_load", whole("nth"), word("act"), word("source"), word("file"), whole("complete"), word("actor"),
        moment(), sa.Column("report", Json(), nullable=False),
        sa.UniqueConstraint("nth", name=op.f("uq_address_load_nth")),
        one_of("address_load", "act", "load", "remove", "alias", "unalias", "feedback"),
    )  # fmt: skip
    create_table(
        "address_row", word("source"), word("id"), word("kind"), word("name"), word("text"), figure("x"), figure("y"),
        whole("load"), sa.UniqueConstraint("source", "id", name=op.f("uq_address_row_source_id")),
        one_of("address_row", "kind", "address", "place"),
    )  # fmt: skip
    create_table(
        "address_alias", word("alias"), word("name"), word("kind"), word("actor"), moment(),
        sa.UniqueConstraint("alias", "name", name=op.f("uq_address_alias_alias_name")),
        one_of("address_alias", "kind", "alias", "former"),
    )  # fmt: skip
    create_table(
        "address_feedback", word("query"), word("source"), word("id"), word("code"), word("note"), word("actor"),
        moment(),
    )  # fmt: skip
    op.create_index(op.f("ix_address_feedback_query"), "address_feedback", ["query"], unique=False)
    connection = op.get_bind()
    create_guards(connection, {"address_load": None})
    if connection.dialect.name == "sqlite":
        for name in TABLES:
            list_attributes(connection, name)


def create_table(name: str, *parts: Any) -> None:
    key = sa.PrimaryKeyConstraint("fid", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("fid", Whole, nullable=False), *parts, key, sqlite_autoincrement=True)


def word(name: str) -> Any:
    return sa.Column(name, Word, nullable=False)


def whole(name: str) -> Any:
    return sa.Column(name, Whole, nullable=False)


def figure(name: str) -> Any:
    return sa.Column(name, sa.Double(), nullable=False)


def moment() -> Any:
    return sa.Column("at", Instant(), nullable=False)


def one_of(table: str, column: str, *words: str) -> Any:
    return sa.CheckConstraint(f"{column} IN {words}", name=op.f(f"ck_{table}_{column}"))
