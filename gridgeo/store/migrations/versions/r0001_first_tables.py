"""The first tables: layer, versions, spans of grids and communities, where they came from, places, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridgeo.store.geopackage import list_attributes, list_features, list_view
from gridgeo.store.guards import create_guards
from gridgeo.store.schema import Geom, Instant, Json, Whole, Word

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FEATURES = {
    "grid_span": ("Polygon", "网格（含历史）"),
    "community_span": ("MultiPolygon", "社区（含历史）"),
    "finding": ("Geometry", "问题与修复"),
    "place": ("Point", "住户、企业、建筑"),
}
ATTRIBUTES = (
    "layer", "version", "provenance", "crosswalk", "lineage", "code_book", "assignment", "audit", "meta",
)  # fmt: skip
VIEWS = {
    "grid": (
        "Polygon",
        "网格",
        "code, kind, community_code, community_name, short_name, full_name, households, enterprises, population, "
        "area_m2, geom FROM grid_span",
    ),
    "community": ("MultiPolygon", "社区", "code, name, parents, geom FROM community_span"),
}
GUARDED = {"grid_span": "v_to", "community_span": "v_to", "assignment": "v_to", "audit": None, "lineage": None}


def upgrade() -> None:
    create_tables()
    connection = op.get_bind()
    create_guards(connection, GUARDED)
    lite = connection.dialect.name == "sqlite"
    key = "fid AS OGC_FID" if lite else "fid"
    for name, (_, _, columns) in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS SELECT {key}, {columns} WHERE v_to IS NULL")
    if lite:
        list_in_geopackage(connection)
    else:
        for table in FEATURES:
            op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")


def list_in_geopackage(connection: sa.Connection) -> None:
    for name, (kind, title, _) in VIEWS.items():
        list_view(connection, name, kind, title)
    for name, (kind, title) in FEATURES.items():
        list_features(connection, name, kind, title)
    for name in ATTRIBUTES:
        list_attributes(connection, name)


def create_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", Word, nullable=False),
        sa.Column("act", Word, nullable=False),
        sa.Column("what", Word, nullable=False),
        sa.Column("detail", Json(), nullable=False),
        sa.Column("prev", Word, nullable=False),
        sa.Column("digest", Word, nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_audit")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "code_book",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("prefix", Word, nullable=False),
        sa.Column("last", Whole, nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_code_book")),
        sa.UniqueConstraint("prefix", name=op.f("uq_code_book_prefix")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "community_span",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("code", Word, nullable=False),
        sa.Column("name", Word, nullable=False),
        sa.Column("parents", Json(), nullable=False),
        sa.Column("v_from", Whole, nullable=False),
        sa.Column("v_to", Whole, nullable=True),
        sa.Column("geom", Geom("MultiPolygon"), nullable=False),
        sa.CheckConstraint("v_to IS NULL OR v_to > v_from", name=op.f("ck_community_span_span")),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_community_span")),
        sa.UniqueConstraint("code", "v_from", name=op.f("uq_community_span_code_v_from")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_community_span_current",
        "community_span",
        ["code"],
        unique=True,
        sqlite_where=sa.text("v_to IS NULL"),
        postgresql_where=sa.text("v_to IS NULL"),
    )
    op.create_table(
        "crosswalk",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("agency", Word, nullable=False),
        sa.Column("source_id", Word, nullable=False),
        sa.Column("code", Word, nullable=False),
        sa.Column("change", Word, nullable=False),
        sa.Column("area_share", sa.Double(), nullable=False),
        sa.Column("household_share", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_crosswalk")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_crosswalk_agency_source_id"), "crosswalk", ["agency", "source_id"], unique=False)
    op.create_index(op.f("ix_crosswalk_code"), "crosswalk", ["code"], unique=False)
    op.create_table(
        "finding",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("severity", Word, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("agency", Word, nullable=False),
        sa.Column("source_id", Word, nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("text", Word, nullable=False),
        sa.Column("geom", Geom("Geometry"), nullable=True),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_finding")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "grid_span",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("code", Word, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("community_code", Word, nullable=False),
        sa.Column("community_name", Word, nullable=False),
        sa.Column("short_name", Word, nullable=False),
        sa.Column("full_name", Word, nullable=False),
        sa.Column("households", Whole, nullable=False),
        sa.Column("enterprises", Whole, nullable=False),
        sa.Column("population", Whole, nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("v_from", Whole, nullable=False),
        sa.Column("v_to", Whole, nullable=True),
        sa.Column("geom", Geom("Polygon"), nullable=False),
        sa.CheckConstraint("kind IN ('general', 'exclusive', 'micro')", name=op.f("ck_grid_span_kind")),
        sa.CheckConstraint("v_to IS NULL OR v_to > v_from", name=op.f("ck_grid_span_span")),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_grid_span")),
        sa.UniqueConstraint("code", "v_from", name=op.f("uq_grid_span_code_v_from")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_grid_span_community_code"), "grid_span", ["community_code"], unique=False)
    op.create_index(
        "uq_grid_span_current",
        "grid_span",
        ["code"],
        unique=True,
        sqlite_where=sa.text("v_to IS NULL"),
        postgresql_where=sa.text("v_to IS NULL"),
    )
    op.create_table(
        "layer",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("key", Word, nullable=False),
        sa.Column("title", Word, nullable=False),
        sa.Column("city_name", Word, nullable=False),
        sa.Column("layout", Word, nullable=False),
        sa.Column("crs", Word, nullable=False),
        sa.Column("srid", Whole, nullable=False),
        sa.Column("crs_wkt", Word, nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_layer")),
        sa.UniqueConstraint("key", name=op.f("uq_layer_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lineage",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("old_code", Word, nullable=False),
        sa.Column("new_code", Word, nullable=False),
        sa.Column("change", Word, nullable=False),
        sa.Column("old_share", sa.Double(), nullable=False),
        sa.Column("new_share", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_lineage")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_lineage_new_code"), "lineage", ["new_code"], unique=False)
    op.create_index(op.f("ix_lineage_old_code"), "lineage", ["old_code"], unique=False)
    op.create_table(
        "meta",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("key", Word, nullable=False),
        sa.Column("value", Word, nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_meta")),
        sa.UniqueConstraint("key", name=op.f("uq_meta_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "place",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("id", Word, nullable=False),
        sa.Column("nth", Whole, nullable=False),
        sa.Column("address", Word, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("population", Whole, nullable=False),
        sa.Column("geom", Geom("Point"), nullable=True),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_place")),
        sa.UniqueConstraint("kind", "id", "nth", name=op.f("uq_place_kind_id_nth")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "provenance",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=False),
        sa.Column("code", Word, nullable=False),
        sa.Column("agency", Word, nullable=False),
        sa.Column("source_id", Word, nullable=False),
        sa.Column("area_share", sa.Double(), nullable=False),
        sa.Column("household_share", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_provenance")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_provenance_code"), "provenance", ["code"], unique=False)
    op.create_table(
        "version",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("seq", Whole, nullable=True),
        sa.Column("state", Word, nullable=False),
        sa.Column("base_seq", Whole, nullable=True),
        sa.Column("title", Word, nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("published", Instant(), nullable=True),
        sa.Column("published_by", Word, nullable=True),
        sa.Column("digest", Word, nullable=True),
        sa.Column("stats", Json(), nullable=True),
        sa.Column("certificate", Json(), nullable=True),
        sa.CheckConstraint("(state = 'published') = (seq IS NOT NULL)", name=op.f("ck_version_numbered")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'published', 'dropped')",
            name=op.f("ck_version_state"),
        ),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_version")),
        sa.UniqueConstraint("seq", name=op.f("uq_version_seq")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "assignment",
        sa.Column("fid", Whole, nullable=False),
        sa.Column("place_fid", Whole, nullable=False),
        sa.Column("code", Word, nullable=True),
        sa.Column("method", Word, nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("v_from", Whole, nullable=False),
        sa.Column("v_to", Whole, nullable=True),
        sa.CheckConstraint("v_to IS NULL OR v_to > v_from", name=op.f("ck_assignment_span")),
        sa.ForeignKeyConstraint(["place_fid"], ["place.fid"], name=op.f("fk_assignment_place_fid_place")),
        sa.PrimaryKeyConstraint("fid", name=op.f("pk_assignment")),
        sa.UniqueConstraint("place_fid", "v_from", name=op.f("uq_assignment_place_fid_v_from")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_assignment_code_v_to"), "assignment", ["code", "v_to"], unique=False)
    op.create_index(
        "uq_assignment_current",
        "assignment",
        ["place_fid"],
        unique=True,
        sqlite_where=sa.text("v_to IS NULL"),
        postgresql_where=sa.text("v_to IS NULL"),
    )
