"""Opening, making, upgrading: what exists is never overwritten, and every refusal says what to do."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
import small_city
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.base import ischema_names as postgres_types
from sqlalchemy.dialects.sqlite.base import ischema_names as sqlite_types

from gridgeo.errors import StoreError
from gridgeo.store import migrate, schema
from gridgeo.store.backend import explained
from gridgeo.store.base import Store, has_store, init_store, open_store, parse_url, upgrade_store
from gridgeo.store.geometry import Geom


def test_init_never_overwrites(store_url: str):
    with init_store(store_url) as store:
        store.publish_first(small_city.publication_of(), by="li")
    with pytest.raises(StoreError, match="exists already and is never overwritten"):
        init_store(store_url)
    with open_store(store_url) as store:
        assert store.count() == 4


def test_init_leaves_a_foreign_file_alone(tmp_path: Path):
    file = tmp_path / "notes.gpkg"
    file.write_text("mine")
    with pytest.raises(StoreError, match="never overwritten"):
        init_store(str(file))
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


def test_init_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(connection: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(migrate, "upgrade", fail)
    with pytest.raises(KeyboardInterrupt):
        init_store(str(tmp_path / "a.gpkg"))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_is_a_sentence_with_the_remedy(store_url: str):
    with pytest.raises(
        StoreError, match=r"there is no store at .*; name another .* make an empty one with: gridgeo store init"
    ):
        open_store(store_url)


def test_opening_does_not_make_a_file(tmp_path: Path):
    with pytest.raises(StoreError, match="there is no store"):
        open_store(str(tmp_path / "a.gpkg"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "a.gpkg"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"there is no store|not a GeoPackage"):
        open_store(str(file))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match=r"nowhere does not exist; make it first"):
        init_store(str(tmp_path / "nowhere" / "a.gpkg"))


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password():
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://li:geheim@127.0.0.1:1/luohe")
    assert "postgresql://li:***@127.0.0.1:1/luohe" in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_database_error_comes_with_its_remedy():
    hints = {
        'permission denied to create extension "postgis"': "an administrator must run CREATE EXTENSION postgis",
        'could not open extension control file "/usr/share/postgis.control"': "install PostGIS on the server",
        "database or disk is full": "make room",
    }
    for said, hint in hints.items():
        with pytest.raises(StoreError, match=hint), explained("postgresql://host/luohe"):
            raise sqlite3.OperationalError(said)


@pytest.mark.parametrize("url", ["mysql://a/b", "store", "gpkg:", "http://host/a.gpkg"])
def test_other_urls_are_refused(url: str):
    with pytest.raises(StoreError, match=r"is not a store; write gpkg:///path/file\.gpkg or postgresql://"):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("gpkg:///srv/a.gpkg", "/srv/a.gpkg"),
        ("gpkg:////srv/a.gpkg", "/srv/a.gpkg"),
        ("gpkg:a.gpkg", "a.gpkg"),
        ("gpkg://./a.gpkg", "./a.gpkg"),
        ("gpkg:///C:/city/a.gpkg", "C:/city/a.gpkg"),
        ("gpkg:///srv/漯河 100%.gpkg", "/srv/漯河 100%.gpkg"),
        ("city/A.GPKG", "city/A.GPKG"),
    ],
)
def test_the_embedded_store_is_a_path(url: str, path: str):
    assert parse_url(url) == ("gpkg", path)


def test_the_migrations_end_at_the_schema(store: Store, monkeypatch: pytest.MonkeyPatch):
    for kind in ("geometry", "POLYGON", "MULTIPOLYGON", "POINT", "GEOMETRY"):
        monkeypatch.setitem(postgres_types, kind, Geom)
        monkeypatch.setitem(sqlite_types, kind, Geom)

    def ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        foreign = kind == "table" and (name or "").startswith(("gpkg_", "rtree_", "spatial_ref_sys"))
        return not foreign and not (kind == "index" and (name or "").endswith("_geom"))

    def same_type(context: Any, column: Any, wanted: Any, stored: Any, plain: Any) -> bool | None:
        return False if isinstance(stored, Geom) else None

    options = {"include_object": ours, "compare_type": same_type}
    with store.backend.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_a_newer_store_is_refused(store: Store, store_url_of: Any):
    with store.backend.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for work in (open_store, upgrade_store):
        with pytest.raises(StoreError, match="has schema 9999, which is newer than this program"):
            work(store_url_of(store))


LATER = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "later", "{newest}", None, None

def upgrade():
    op.add_column("place", sa.Column("floor", sa.Text()))
"""


def test_an_older_store_is_refused_until_it_is_upgraded(
    store: Store, store_url_of: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    store.publish_first(small_city.publication_of(), by="li")
    before = store.digest()
    later = tmp_path_factory.mktemp("later")
    newest = migrate.newest_revision()
    (later / "rlater.py").write_text(LATER.format(newest=newest))
    here = Path(migrate.__file__).parent / "migrations"

    def with_one_more() -> tuple[Config, ScriptDirectory]:
        config = Config()
        config.set_main_option("script_location", str(here))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"{here / 'versions'}\n{later}")
        return config, ScriptDirectory.from_config(config)

    monkeypatch.setattr(migrate, "_scripts", with_one_more)
    for known in ("newest_revision", "_known_revisions"):  # without what they remember
        monkeypatch.setattr(migrate, known, getattr(migrate, known).__wrapped__)
    with pytest.raises(StoreError, match=rf"has schema {newest}, this program needs later; run: gridgeo"):
        open_store(store_url_of(store))
    assert upgrade_store(store_url_of(store)) == (newest, "later")
    assert upgrade_store(store_url_of(store)) == ("later", "later")
    with open_store(store_url_of(store)) as upgraded:
        assert upgraded.digest() == before
        assert upgraded.count(box=(500110, 3700110, 500120, 3700120)) == 1


def a_layer_file(path: Path, mode: str) -> Path:
    """A GeoPackage that somebody else made, in one of SQLite's two ways of keeping it."""
    squares = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4547")
    squares.to_file(path, layer="网格", driver="GPKG")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    return path


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("use", [open_store, upgrade_store, has_store, init_store])
def test_a_layer_file_of_somebody_else_is_not_touched(tmp_path: Path, mode: str, use: Callable[[str], Any]):
    file = a_layer_file(tmp_path / "网格 甲.gpkg", mode)
    content, state = file.read_bytes(), file.stat()
    with suppress(StoreError):
        assert use(f"gpkg://{file}") is False, "refused, or no store"
    assert file.read_bytes() == content
    assert (file.stat().st_mtime_ns, file.stat().st_mode) == (state.st_mtime_ns, state.st_mode)
    assert list(tmp_path.iterdir()) == [file]


def test_a_store_with_a_writer_at_work_is_known_as_one(gpkg_store: Store):
    with gpkg_store.backend.writing() as connection:
        connection.execute(text("UPDATE meta SET value = 'x'"))
        assert has_store(gpkg_store.url)
