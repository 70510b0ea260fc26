"""Atoms: the blocks that version 1 was made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_features
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Geom, Whole, Word

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "atom",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("id", Word, nullable=False),
        sa.Column("community_code", Word, nullable=False),
        sa.Column("households", Whole, nullable=False),
        sa.Column("geom", Geom("Polygon"), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_atom")),
        sa.UniqueConstraint("id", name=op.f("uq_atom_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_atom_community_code"), "atom", ["community_code"], unique=False)
    connection = op.get_bind()
    create_guards(connection, {"atom": None})
    lite = connection.dialect.name == "sqlite"
    if lite:
        list_features(connection, "atom", "Polygon", "街块（原子）")
    else:
        op.create_index("ix_atom_geom", "atom", ["geom"], postgresql_using="gist")
    srid = connection.execute(sa.text("SELECT srid FROM layer")).scalar_one_or_none()
    if srid is None:  # the first publication gives every layer its CRS
        return
    if lite:
        for listed in ("gpkg_contents", "gpkg_geometry_columns"):
            op.execute(f"UPDATE {listed} SET srs_id = {int(srid)} WHERE table_name = 'atom'")  # noqa: S608 (a number)
    else:
        op.execute(f"ALTER TABLE atom ALTER COLUMN geom TYPE geometry(Polygon, {int(srid)})")
