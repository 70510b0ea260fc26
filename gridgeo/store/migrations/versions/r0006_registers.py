"""Registers: places come and go with loads, personal data lie apart, counts per grid are kept up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Instant, Json, Whole, Word

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNT = """
    INSERT INTO grid_count (code, kind, places, count, population)
    SELECT coalesce(a.code, ''), p.kind, count(*), sum(p.count), sum(p.population)
    FROM assignment a JOIN place p ON p.fid = a.place_fid WHERE a.v_to IS NULL
    GROUP BY coalesce(a.code, ''), p.kind ORDER BY 1, 2
"""


def upgrade() -> None:
    extend_places()
    create_table(
        "register_load", whole("nth"), whole("base_seq"), word("kind"), word("file"), whole("complete"), word("actor"),
        sa.Column("at", Instant(), nullable=False), sa.Column("report", Json(), nullable=False),
        sa.UniqueConstraint("nth", name=op.f("uq_register_load_nth")),
    )  # fmt: skip
    create_table(
        "place_personal", whole("place_fid"), word("name"), word("phone"), word("person_id"),
        sa.ForeignKeyConstraint(["place_fid"], ["place.fid"], name=op.f("fk_place_personal_place_fid_place")),
        sa.UniqueConstraint("place_fid", name=op.f("uq_place_personal_place_fid")),
    )  # fmt: skip
    create_table(
        "grid_count", word("code"), word("kind"), whole("places"), whole("count"), whole("population"),
        sa.UniqueConstraint("code", "kind", name=op.f("uq_grid_count_code_kind")),
    )  # fmt: skip
    connection = op.get_bind()
    create_guards(connection, {"place": "load_to", "register_load": None})
    op.execute(COUNT)
    if connection.dialect.name == "sqlite":
        for name in ("register_load", "place_personal", "grid_count"):
            list_attributes(connection, name)


def extend_places() -> None:
    for column in (
        sa.Column("load_from", Whole, nullable=False, server_default=sa.text("0")),
        sa.Column("load_to", Whole, nullable=True),
        sa.Column("located_by", Word, nullable=False, server_default=sa.text("'operating'")),
        sa.Column("registered_address", Word, nullable=False, server_default=sa.text("''")),
        sa.Column("registered_x", sa.Double(), nullable=True),
        sa.Column("registered_y", sa.Double(), nullable=True),
    ):
        op.add_column("place", column)
    op.create_index(op.f("ix_place_load_from"), "place", ["load_from"], unique=False)


def create_table(name: str, *parts: Any) -> None:
    key = sa.PrimaryKeyConstraint("fid", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("fid", Whole, nullable=False), *parts, key, sqlite_autoincrement=True)


def word(name: str) -> Any:
    return sa.Column(name, Word, nullable=False)


def whole(name: str) -> Any:
    return sa.Column(name, Whole, nullable=False)
