"""Why borders were kept or dropped, and what became of each grid."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes
from gridgeo.store.schema import Whole, Word

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTCOME: tuple[tuple[str, Any], ...] = (
    ("code", Word), ("agency", Word), ("source_id", Word), ("kept_households", Whole), ("came_households", Whole),
    ("left_households", Whole), ("low", Whole), ("high", Whole), ("population_max", Whole), ("status", Word),
    ("gap", None), ("violation", Word),
)  # fmt: skip
REASON: tuple[tuple[str, Any], ...] = (
    ("code", Word), ("other", Word), ("decision", Word), ("why", Word), ("length_m", sa.Double()),
    ("overruled_m", sa.Double()), ("agencies", Word), ("barrier", Word), ("barrier_m", sa.Double()),
    ("instead_households", Whole),
)  # fmt: skip


def upgrade() -> None:
    for name, columns in (("outcome", OUTCOME), ("reason", REASON)):
        op.create_table(
            name,
            sa.Column("fid", Whole, nullable=False),
            sa.Column("seq", Whole, nullable=False),
            *(sa.Column(column, kind or sa.Double(), nullable=kind is None) for column, kind in columns),
            sa.PrimaryKeyConstraint("fid", name=op.f(f"pk_{name}")),
            sqlite_autoincrement=True,
        )
    for table, column in (("outcome", "code"), ("reason", "code"), ("reason", "other")):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name in ("outcome", "reason"):
            list_attributes(connection, name)
