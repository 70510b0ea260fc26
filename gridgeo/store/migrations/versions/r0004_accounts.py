"""Accounts and the keys of programs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes
from gridgeo.store.schema import Instant, Whole, Word

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_table(
        "account", word("name"), word("role"), word("area"), word("password_hash"), moment("made"), whole("disabled"),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )  # fmt: skip
    create_table(
        "api_key", whole("account"), word("label"), word("digest"), moment("made"),
        sa.Column("used", Instant(), nullable=True), whole("revoked"),
        sa.ForeignKeyConstraint(["account"], ["account.fid"], name=op.f("fk_api_key_account_account")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )  # fmt: skip
    op.create_index(op.f("ix_api_key_account"), "api_key", ["account"], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name in ("account", "api_key"):
            list_attributes(connection, name)


def create_table(name: str, *parts: Any) -> None:
    key = sa.PrimaryKeyConstraint("fid", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("fid", Whole, nullable=False), *parts, key, sqlite_autoincrement=True)


def word(name: str) -> Any:
    return sa.Column(name, Word, nullable=False)


def whole(name: str) -> Any:
    return sa.Column(name, Whole, nullable=False)


def moment(name: str) -> Any:
    return sa.Column(name, Instant(), nullable=False)
