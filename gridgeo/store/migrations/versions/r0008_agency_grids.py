"""The agencies' own grids, as they were read for version 1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_features
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Geom, Whole, Word

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WORDS = ("agency", "agency_name", "source_id", "label")


def upgrade() -> None:
    op.create_table(
        "agency_grid",
        sa.Column("fid", Whole, nullable=False),
        *(sa.Column(name, Word, nullable=False) for name in WORDS),
        sa.Column("geom", Geom("Geometry")),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_agency_grid")),
        sqlite_autoincrement=True,
    )
    index = op.f("ix_agency_grid_agency_source_id")
    op.create_index(index, "agency_grid", ["agency", "source_id"], unique=False)
    connection = op.get_bind()
    create_guards(connection, {"agency_grid": None})
    lite = connection.dialect.name == "sqlite"
    if lite:
        list_features(connection, "agency_grid", "Geometry", "各部门原网格")
    else:
        op.create_index("ix_agency_grid_geom", "agency_grid", ["geom"], postgresql_using="gist")
    srid = connection.execute(sa.text("SELECT srid FROM layer")).scalar_one_or_none()
    if srid is None:  # the first publication gives every layer its CRS
        return
    if lite:
        for listed in ("gpkg_contents", "gpkg_geometry_columns"):
            op.execute(f"UPDATE {listed} SET srs_id = {int(srid)} WHERE table_name = 'agency_grid'")  # noqa: S608 (a number)
    else:
        op.execute(f"ALTER TABLE agency_grid ALTER COLUMN geom TYPE geometry(Geometry, {int(srid)})")
