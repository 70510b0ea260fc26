"""The store's tables, one definition for GeoPackage and PostGIS.

A grid row lives in the versions ``[v_from, v_to)``; ``v_to`` is null while it is current. Rows are closed, never
changed or deleted, so version *s* is read for ever as ``v_from <= s AND (v_to IS NULL OR v_to > s)``.
The views ``grid`` and ``community`` show what is current: they are the layers that QGIS should open.

One store holds one city's layer. Guards against faulty programs are constraints on both databases: one current row
per code, one row per code and start, spans of positive length, and triggers that refuse to rewrite what is closed.
That no two current grids overlap is proven by the certificate before a publication; an exclusion constraint could only
compare envelopes, and those of neighbours always meet.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from gridgeo.store.geometry import Geom

__all__ = [
    "FEATURES", "LIBRARY_ACTS", "STATES", "VIEWS", "Instant", "Json", "Whole", "Word", "account", "address_alias",
    "address_feedback", "address_load", "address_row", "agency_grid", "api_key", "assignment", "atom", "audit",
    "code_book", "community_span", "create_views", "crosswalk", "draft", "draft_change", "draft_note", "drop_views",
    "explanation_span", "finding", "geometry_kind", "grid_count", "grid_span", "layer", "ledger", "lineage",
    "lock_span", "meta", "metadata", "outcome", "place", "place_personal", "provenance", "reason", "register_load",
    "version",
]  # fmt: skip

STATES = ("draft", "submitted", "returned", "approved", "published", "dropped")
"""What becomes of a draft; a published one has the number of its version."""

LIBRARY_ACTS = ("load", "remove", "alias", "unalias", "feedback")
"""What is done to the address library."""

Whole = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit integer: GeoPackage knows it as INTEGER and nothing else."""


Word = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in order of code points on both databases, whatever language the server was set up for."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, to the millisecond, as GeoPackage writes it: ``2026-11-20T08:00:00.000Z``."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep text in SQLite; the column is still called DATETIME."""
        return Text() if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Bring the moment into UTC and cut it to milliseconds."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return moment.isoformat(timespec="milliseconds")[:-6] + "Z" if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value kept as canonical text, so that its digest is the same in every store."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write keys in order, without spaces."""
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Parse the text."""
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any) -> Table:
    """Return a table with the row number that GeoPackage asks for."""
    return Table(name, metadata, Column("fid", Whole, primary_key=True), *parts, sqlite_autoincrement=True)


def _word(name: str, **options: Any) -> Column[str]:
    return Column(name, Word, nullable=False, **options)


def _whole(name: str, **options: Any) -> Column[int]:
    return Column(name, Whole, nullable=False, **options)


def _figure(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _span(table: str, *unique: str) -> list[Any]:
    """Return the columns and guards of a row that lives in ``[v_from, v_to)``."""
    current = text("v_to IS NULL")
    return [
        _whole("v_from"),
        Column("v_to", Whole),
        CheckConstraint("v_to IS NULL OR v_to > v_from", name="span"),
        UniqueConstraint(*unique, "v_from"),
        Index(f"uq_{table}_current", *unique, unique=True, sqlite_where=current, postgresql_where=current),
    ]


meta = _table("meta", _word("key", unique=True), _word("value"))
"""Facts about the store itself: when it was made, and the secret that signs its tokens."""

layer = _table(
    "layer",
    _word("key", unique=True),
    _word("title"),
    _word("city_name"),
    _word("layout"),
    _word("crs"),
    _whole("srid"),
    _word("crs_wkt"),
)
"""The layer: name, code layout, CRS (``crs`` as the city file says it, ``srid`` as the database numbers it)."""

version = _table(
    "version",
    Column("seq", Whole, unique=True),
    _word("state"),
    Column("base_seq", Whole),
    _word("title"),
    Column("effective", Date),
    Column("published", Instant),
    Column("published_by", Word),
    Column("digest", Word),
    Column("stats", Json),
    Column("certificate", Json),
    CheckConstraint(f"state IN {STATES}", name="state"),
    CheckConstraint("(state = 'published') = (seq IS NOT NULL)", name="numbered"),
)
"""A publication of the layer: ``seq`` counts them, ``effective`` is when it holds, ``published`` when it was known."""

grid_span = _table(
    "grid_span",
    _word("code"),
    _word("kind"),
    _word("community_code", index=True),
    _word("community_name"),
    _word("short_name"),
    _word("full_name"),
    _whole("households"),
    _whole("enterprises"),
    _whole("population"),
    _figure("area_m2"),
    *_span("grid_span", "code"),
    Column("geom", Geom("Polygon"), nullable=False),
    CheckConstraint("kind IN ('general', 'exclusive', 'micro')", name="kind"),
)

community_span = _table(
    "community_span",
    _word("code"),
    _word("name"),
    Column("parents", Json, nullable=False),
    *_span("community_span", "code"),
    Column("geom", Geom("MultiPolygon"), nullable=False),
)

provenance = _table(
    "provenance",
    _whole("seq"),
    _word("code", index=True),
    _word("agency"),
    _word("source_id"),
    _figure("area_share"),
    _figure("household_share"),
)

crosswalk = _table(
    "crosswalk",
    _whole("seq"),
    _word("agency"),
    _word("source_id"),
    _word("code", index=True),
    _word("change"),
    _figure("area_share"),
    _figure("household_share"),
    Index(None, "agency", "source_id"),
)

finding = _table(
    "finding",
    _whole("seq"),
    _word("severity"),
    _word("kind"),
    _word("agency"),
    _word("source_id"),
    _figure("area_m2"),
    _word("text"),
    Column("geom", Geom("Geometry")),
)

outcome = _table(
    "outcome",
    _whole("seq"),
    _word("code", index=True),
    _word("agency"),
    _word("source_id"),
    _whole("kept_households"),
    _whole("came_households"),
    _whole("left_households"),
    _whole("low"),
    _whole("high"),
    _whole("population_max"),
    _word("status"),
    Column("gap", Double),
    _word("violation"),
)
"""What became of each grid; ``gap`` is null where none is known."""

reason = _table(
    "reason",
    _whole("seq"),
    _word("code", index=True),
    _word("other", index=True),
    _word("decision"),
    _word("why"),
    _figure("length_m"),
    _figure("overruled_m"),
    _word("agencies"),
    _word("barrier"),
    _figure("barrier_m"),
    _whole("instead_households"),
)
"""Why borders were kept or dropped; their lines stay in the merge's own files."""

lineage = _table(
    "lineage",
    _whole("seq"),
    _word("old_code", index=True),
    _word("new_code", index=True),
    _word("change"),
    _figure("area_share"),
    _figure("household_share"),
    _figure("new_area_share"),
    _figure("new_household_share"),
)
"""What became of codes at each later version: code → code, with the shares of the old grid and of the new one."""

lock_span = _table("lock_span", _word("code"), _word("reason"), *_span("lock_span", "code"))
"""Grids that nobody may change until they are unlocked, and why."""

explanation_span = _table(
    "explanation_span",
    _word("code"),
    _word("rule"),
    _word("text"),
    *_span("explanation_span", "code", "rule"),
)
"""Why a grid may break a rule."""

draft = _table(
    "draft",
    _word("title"),
    _word("state"),
    _whole("base_seq"),
    _whole("revision"),
    _word("author"),
    Column("opened", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("effective", Date),
    Column("seq", Whole, unique=True),
    CheckConstraint(f"state IN {STATES}", name="state"),
    CheckConstraint("(state = 'published') = (seq IS NOT NULL)", name="numbered"),
)
"""A planned list of changes on a base version; its number is ``fid``, and ``revision`` counts what was done to it."""

draft_change = _table(
    "draft_change",
    Column("draft", Whole, ForeignKey("draft.fid"), nullable=False),
    _whole("nth"),
    Column("change", Json, nullable=False),
    _word("actor"),
    Column("at", Instant, nullable=False),
    _whole("undone"),
    UniqueConstraint("draft", "nth"),
)
"""The changes of a draft in order; those at the end with ``undone`` 1 wait to be done again."""

draft_note = _table(
    "draft_note",
    Column("draft", Whole, ForeignKey("draft.fid"), nullable=False, index=True),
    _word("code"),
    _word("text"),
    _word("actor"),
    Column("at", Instant, nullable=False),
    _whole("settled"),
)
"""Remarks of reviewers, pinned to grids (``code`` is "" for the draft as a whole)."""

ledger = _table(
    "ledger",
    _whole("seq"),
    _whole("nth"),
    Column("change", Json, nullable=False),
    _word("actor"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("seq", "nth"),
)
"""The changes that made each later version, in order: replayed on version 1 they give every version again."""

code_book = _table("code_book", _word("prefix", unique=True), _whole("last"))
"""The last number ever issued under a prefix, so that no number is issued twice."""

place = _table(
    "place",
    _word("kind"),
    _word("id"),
    _whole("nth"),
    _word("address"),
    _whole("count"),
    _whole("population"),
    Column("geom", Geom("Point")),
    _whole("load_from", server_default=text("0")),
    Column("load_to", Whole),
    _word("located_by", server_default=text("'operating'")),
    _word("registered_address", server_default=text("''")),
    Column("registered_x", Double),
    Column("registered_y", Double),
    UniqueConstraint("kind", "id", "nth"),
    Index(None, "load_from"),
)
"""Households, enterprises, buildings: where and how many. Names and telephone numbers of persons never come here.

A row is what one register said of one id, and is there in the loads ``[load_from, load_to)``: 0 is what came with
version 1, ``load_to`` is null while nothing newer was said. ``nth`` tells rows of one id apart: those that a register
repeated, and those that a later load put in the place of an earlier one. ``address`` and ``geom`` are where it works
or stands; where it is registered is kept apart, in the layer's CRS, and decides its grid only where ``located_by`` says
``registered``."""

register_load = _table(
    "register_load",
    _whole("nth", unique=True),
    _whole("base_seq"),
    _word("kind"),
    _word("file"),
    _whole("complete"),
    _word("actor"),
    Column("at", Instant, nullable=False),
    Column("report", Json, nullable=False),
)
"""The loads of registers, numbered through; ``base_seq`` is the version that was the newest then."""

place_personal = _table(
    "place_personal",
    Column("place_fid", Whole, ForeignKey("place.fid"), nullable=False, unique=True),
    _word("name"),
    _word("phone"),
    _word("person_id"),
)
"""What is personal about a place, apart from where it is: shown whole only to roles that may read it. Rows may be
deleted, where the law asks for it, without touching any history of locations."""

grid_count = _table(
    "grid_count",
    _word("code"),
    _word("kind"),
    _whole("places"),
    _whole("count"),
    _whole("population"),
    UniqueConstraint("code", "kind"),
)
"""What there is in each current grid now, kept up in the transaction that changes it; ``code`` "" is what no grid is
responsible for. The figures of ``grid_span`` are those of the publication."""

assignment = _table(
    "assignment",
    Column("place_fid", Whole, ForeignKey("place.fid"), nullable=False),
    Column("code", Word),
    _word("method"),
    Column("distance_m", Double),
    *_span("assignment", "place_fid"),
    Index(None, "code", "v_to"),
)
"""Which grid a place belongs to; ``code`` is null where no grid does."""

audit = _table(
    "audit",
    Column("at", Instant, nullable=False),
    _word("actor"),
    _word("act"),
    _word("what"),
    Column("detail", Json, nullable=False),
    _word("prev"),
    _word("digest", unique=True),
)
"""Who did what and when; every row carries the digest of the row before it."""

account = _table(
    "account",
    _word("name", unique=True),
    _word("role"),
    _word("area"),
    _word("password_hash"),
    Column("made", Instant, nullable=False),
    _whole("disabled"),
)
"""Who may sign in: ``area`` is a prefix of community codes ("" is everywhere), ``password_hash`` is argon2id ("" where
only keys are used)."""

api_key = _table(
    "api_key",
    Column("account", Whole, ForeignKey("account.fid"), nullable=False, index=True),
    _word("label"),
    _word("digest", unique=True),
    Column("made", Instant, nullable=False),
    Column("used", Instant),
    _whole("revoked"),
)
"""Keys of programs; only their SHA-256 is kept. ``used`` is the last day's first use, null before any."""

atom = _table(
    "atom",
    _word("id", unique=True),
    _word("community_code", index=True),
    _whole("households"),
    Column("geom", Geom("Polygon"), nullable=False),
)
"""The blocks that version 1 was made of; they stay as they are, whatever becomes of grids and communities."""

agency_grid = _table(
    "agency_grid",
    _word("agency"),
    _word("agency_name"),
    _word("source_id"),
    _word("label"),
    Column("geom", Geom("Geometry")),
    Index(None, "agency", "source_id"),
)
"""The agencies' own grids as they were read for version 1, before any repair; ``crosswalk`` tells where they went."""

address_load = _table(
    "address_load",
    _whole("nth", unique=True),
    _word("act"),
    _word("source"),
    _word("file"),
    _whole("complete"),
    _word("actor"),
    Column("at", Instant, nullable=False),
    Column("report", Json, nullable=False),
    CheckConstraint(f"act IN {LIBRARY_ACTS}", name="act"),
)
"""The journal of the address library, numbered through: every change of its rows, aliases and feedback is one entry,
so its highest ``nth`` tells whoever has read the library whether to read it anew. ``report`` counts and names nobody;
its ``came`` and ``went`` are rows written and removed."""

address_row = _table(
    "address_row",
    _word("source"),
    _word("id"),
    _word("kind"),
    _word("name"),
    _word("text"),
    _figure("x"),
    _figure("y"),
    _whole("load"),
    UniqueConstraint("source", "id"),
    CheckConstraint("kind IN ('address', 'place')", name="kind"),
)
"""The city's addresses and named places as they are now, in the layer's CRS; ``load`` is the entry of the journal that
brought the row. What a later load changes is replaced: the library is what look-ups know, not a register."""

address_alias = _table(
    "address_alias",
    _word("alias"),
    _word("name"),
    _word("kind"),
    _word("actor"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("alias", "name"),
    CheckConstraint("kind IN ('alias', 'former')", name="kind"),
)
"""Other names: what people say, or said before it was renamed → the name that rows bear."""

address_feedback = _table(
    "address_feedback",
    _word("query"),
    _word("source"),
    _word("id"),
    _word("code"),
    _word("note"),
    _word("actor"),
    Column("at", Instant, nullable=False),
    Index(None, "query"),
)
"""What dispatchers found out: a text meant this row (``source, id``), or this grid (``code``); the other is ""."""

FEATURES = {
    "grid_span": "网格（含历史）",
    "community_span": "社区（含历史）",
    "finding": "问题与修复",
    "place": "住户、企业、建筑",
    "atom": "街块（原子）",
    "agency_grid": "各部门原网格",
}
"""Tables with geometry → what QGIS calls them."""

VIEWS = {
    "grid": (
        "grid_span",
        "网格",
        "code, kind, community_code, community_name, short_name, full_name, households, enterprises, population, "
        "area_m2, geom",
    ),
    "community": ("community_span", "社区", "code, name, parents, geom"),
}
"""View → table, title, columns."""


def geometry_kind(table: Table) -> str:
    """Return the kind of geometry that a table holds."""
    return str(table.c.geom.type.kind)  # type: ignore[attr-defined]


def create_views(connection: Connection) -> None:
    """Create the views of what is current."""
    # GDAL takes the first column of a view for its row number only if it bears this name.
    key = "fid AS OGC_FID" if connection.dialect.name == "sqlite" else "fid"
    for name, (table, _, columns) in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS SELECT {key}, {columns} FROM {table} WHERE v_to IS NULL"))  # noqa: S608 (constants of this module)


def drop_views(connection: Connection) -> None:
    """Drop the views of what is current."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW {name}"))
