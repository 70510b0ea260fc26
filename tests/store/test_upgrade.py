"""A store that an earlier program made and filled is brought up to this one, and nothing in it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyogrio
import pytest
import small_city
from alembic.runtime.environment import EnvironmentContext
from pandas.testing import assert_frame_equal
from sqlalchemy import Connection, inspect, text

from gridgeo.city import Source
from gridgeo.errors import StoreError
from gridgeo.intake.address_file import AddressForm
from gridgeo.jobs.addresses import load_addresses
from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.registers import register_counts
from gridgeo.store import migrate, postgis, schema
from gridgeo.store.addresses import AddressShelf
from gridgeo.store.base import Store, copy_store, init_store, open_store, upgrade_store
from gridgeo.store.write import Writer
from gridgeo.tables import GRID

FIRST = {
    "assignment", "audit", "code_book", "community_span", "crosswalk", "finding", "grid_span", "layer", "lineage",
    "meta", "place", "provenance", "version",
}  # fmt: skip
LATER = sorted(set(schema.metadata.tables) - FIRST)
"""Tables that the first program did not have."""
NEWEST = migrate.newest_revision()


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to one."""
    config, scripts = migrate._scripts()
    steps: Callable[..., Any] = lambda stored, _: scripts._upgrade_revs(revision, stored)  # noqa: E731
    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=schema.metadata, transactional_ddl=False)
        environment.run_migrations()


def upgrade_to_the_first(connection: Connection) -> None:
    """Run the first migration alone."""
    upgrade_to(connection, "0001")


@pytest.fixture
def first_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a store with a published layer as the first program left it."""
    known = [table for table in schema.metadata.sorted_tables if table.name not in LATER]
    with monkeypatch.context() as then:
        then.setattr(migrate, "upgrade", upgrade_to_the_first)
        then.setattr(Writer, "_write_counts", lambda _: None)
        then.setattr(postgis, "FEATURES", {name: title for name, title in schema.FEATURES.items() if name in FIRST})
        then.setattr(postgis, "metadata", SimpleNamespace(sorted_tables=known, tables=schema.metadata.tables))
        with init_store(store_url) as store:
            store.publish_first(small_city.publication_of(), by="li")
    return store_url


def tables_of(store: Store) -> set[str]:
    with store.backend.reading() as connection:
        return set(inspect(connection).get_table_names(schema="gridgeo" if store.url[0] == "p" else None))


def test_a_store_of_the_first_program_is_refused_with_the_remedy(first_store: str):
    with pytest.raises(StoreError, match=rf"has schema 0001, this program needs {NEWEST}; run: gridgeo store upgrade"):
        open_store(first_store)


def test_a_store_of_the_first_program_is_upgraded_and_all_is_read_back(first_store: str):
    assert upgrade_store(first_store) == ("0001", NEWEST)
    handed_in = small_city.publication_of()
    with open_store(first_store) as store:
        grids = handed_in.grids.sort_values("code").reset_index(drop=True)
        assert_frame_equal(store.grids(), grids, check_dtype=False)
        assert store.digest() == store.versions()[0].digest
        assert store.communities()["code"].tolist() == handed_in.communities["code"].tolist()
        for mine, theirs in ((store.provenance(), handed_in.provenance), (store.crosswalk(), handed_in.crosswalk)):
            assert_frame_equal(mine, theirs.sort_values("code")[list(mine)].reset_index(drop=True))
        assert store.findings()["text"].tolist() == handed_in.findings["text"].tolist()
        assert store.places()["id"].tolist() == sorted(handed_in.places["id"], key=lambda i: (i[0] != "E", i))
        assert len(store.assignments()) == len(handed_in.assignments)
        assert set(LATER) <= tables_of(store)
        assert store.reasons().empty
        assert store.outcomes().empty
        assert store.atoms().empty
        assert store.atoms().crs == small_city.CRS
        assert store.agency_grids().empty
        assert store.agency_grids().crs == small_city.CRS


def unique_rule(index: str) -> bool:
    """Tell an index that stands for a UNIQUE rule: PostgreSQL lists those with the others."""
    return index.startswith("uq_") and not index.endswith("_current")


def test_an_upgraded_store_is_built_like_a_new_one(first_store: str, tmp_path: Path):
    upgrade_store(first_store)
    with open_store(first_store) as store, init_store(str(tmp_path / "new.gpkg")) as new:
        assert store.info().counts.keys() == new.info().counts.keys()
        with store.backend.reading() as connection:
            where = {"schema": "gridgeo"} if first_store[0] == "p" else {}
            found = inspect(connection)
            indexed = {i["name"] for table in LATER for i in found.get_indexes(table, **where)}
    indexed = {name for name in indexed if not unique_rule(name) and not name.endswith("_geom")}
    assert indexed == {index.name for table in LATER for index in schema.metadata.tables[table].indexes}


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(first_store: str, monkeypatch: pytest.MonkeyPatch):
    whole = migrate.upgrade

    def fail(connection: Connection) -> None:
        whole(connection)
        raise KeyboardInterrupt

    with monkeypatch.context() as then:
        then.setattr(migrate, "upgrade", fail)
        with pytest.raises(KeyboardInterrupt):
            upgrade_store(first_store)
    with pytest.raises(StoreError, match="has schema 0001"):
        open_store(first_store)
    assert upgrade_store(first_store) == ("0001", NEWEST)


@pytest.mark.parametrize("store_url", ["gpkg"], indirect=True)
def test_gdal_lists_the_tables_that_an_upgrade_added(first_store: str):
    upgrade_store(first_store)
    kinds = dict(pyogrio.list_layers(first_store.removeprefix("gpkg://")).tolist())
    wanted = {**dict.fromkeys(LATER), "atom": "Polygon", "agency_grid": "Unknown", "grid": "Polygon"}
    assert {name: kinds[name] for name in (*LATER, "grid")} == wanted
    for name in ("atom", "grid"):
        assert pyogrio.read_info(first_store.removeprefix("gpkg://"), layer=name)["crs"] == small_city.CRS


def test_the_places_of_an_upgraded_store_are_counted_and_proven(first_store: str):
    upgrade_store(first_store)
    with open_store(first_store) as store:
        told = register_counts(store)
        assert sorted((row["code"], row["kind"], row["places"]) for row in told if row["places"]) == [
            ("", "enterprise", 1), *((code, "household", 1) for code in store.grids()["code"])
        ]  # fmt: skip
        assert audit_store(store).holds


def test_an_upgraded_store_is_copied_with_its_layer_of_atoms(first_store: str, tmp_path: Path):
    upgrade_store(first_store)
    copied = copy_store(first_store, str(tmp_path / "copy.gpkg"))
    assert copied["atom"][0] == 0
    assert copied["grid_span"][0] == 4


def test_a_store_of_the_version_before_addresses_gets_an_empty_library(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    later = ("address_", "agency_grid")
    known = [table for table in schema.metadata.sorted_tables if not table.name.startswith(later)]
    with monkeypatch.context() as then:
        then.setattr(migrate, "upgrade", lambda connection: upgrade_to(connection, "0006"))
        features = {name: title for name, title in schema.FEATURES.items() if name != "agency_grid"}
        then.setattr(postgis, "FEATURES", features)
        then.setattr(postgis, "metadata", SimpleNamespace(sorted_tables=known, tables=schema.metadata.tables))
        with init_store(store_url) as store:
            store.publish_first(small_city.publication_of(), by="li")
    assert upgrade_store(store_url) == ("0006", NEWEST)
    path = tmp_path / "a.csv"
    path.write_text("id,address,x,y\n1,人民路1号,500050,3700150\n", encoding="utf-8")
    form = AddressForm(source=Source(file="a.csv", path=path, crs=small_city.CRS), address="address", x="x", y="y")
    with open_store(store_url) as store:
        with store.snapshot() as reader:
            assert (AddressShelf(reader).generation(), len(AddressShelf(reader).rows())) == (0, 0)
        assert load_addresses(store, form, by="王").added == 1
        assert audit_store(store).holds


# -------------------------------------------------- PostGIS as QGIS sees it ----

COLUMNS = """
    SELECT f_table_name AS name, f_geometry_column AS geom, coord_dimension AS dimension, srid, type
    FROM geometry_columns WHERE f_table_schema = 'gridgeo'
"""


@pytest.fixture
def published(postgis_store: Store) -> Store:
    postgis_store.publish_first(small_city.publication_of(), by="li")
    return postgis_store


def rows_of(store: Store, query: str) -> list[dict[str, Any]]:
    with store.backend.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(text(query))]


@pytest.mark.postgis
@pytest.mark.parametrize("store_url", ["postgis"], indirect=True)
def test_an_upgraded_layer_of_atoms_has_the_layers_crs_and_an_index(first_store: str):
    upgrade_store(first_store)
    with open_store(first_store) as store:
        known = {row["name"]: row["srid"] for row in rows_of(store, COLUMNS)}
        indexes = rows_of(store, "SELECT indexname FROM pg_indexes WHERE tablename = 'atom'")
    assert known["atom"] == 4547
    assert {"indexname": "ix_atom_geom"} in indexes


@pytest.mark.postgis
def test_postgis_knows_kind_and_crs_of_every_layer(published: Store):
    known = {row.pop("name"): row for row in rows_of(published, COLUMNS)}
    kinds = {
        "grid": "POLYGON", "grid_span": "POLYGON", "community": "MULTIPOLYGON", "community_span": "MULTIPOLYGON",
        "place": "POINT", "finding": "GEOMETRY", "atom": "POLYGON", "agency_grid": "GEOMETRY",
    }  # fmt: skip
    assert known == {n: {"geom": "geom", "dimension": 2, "srid": 4547, "type": kind} for n, kind in kinds.items()}
    assert rows_of(published, "SELECT DISTINCT ST_SRID(geom) AS srid FROM grid") == [{"srid": 4547}]


@pytest.mark.postgis
@pytest.mark.parametrize("layer", ["grid", "community", "place", "finding"])
def test_every_layer_has_a_whole_number_for_each_feature(published: Store, layer: str):
    """QGIS asks for such a column where a view has no primary key."""
    kind = "SELECT data_type FROM information_schema.columns WHERE table_schema = 'gridgeo' AND column_name = 'fid'"
    assert rows_of(published, f"{kind} AND table_name = '{layer}'") == [{"data_type": "bigint"}]
    counts = f"SELECT count(*) AS n, count(DISTINCT fid) AS keys FROM {layer}"
    (row,) = rows_of(published, counts)
    assert row["n"] == row["keys"] > 0


@pytest.mark.postgis
def test_the_layer_of_what_is_current_is_found_through_the_spatial_index(published: Store):
    query = "SELECT code FROM grid WHERE geom && ST_MakeEnvelope(500110, 3700110, 500120, 3700120, 4547)"
    with published.backend.reading() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {query}")))
    assert "ix_grid_span_geom" in plan
    assert rows_of(published, query) == [{"code": "411102001002001"}]


@pytest.mark.postgis
def test_the_columns_of_the_published_layer_are_those_of_the_contract(published: Store):
    query = "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'gridgeo'"
    names = [row["name"] for row in rows_of(published, f"{query} AND table_name = 'grid' ORDER BY ordinal_position")]
    assert names == ["fid", *["geom" if name == "geometry" else name for name in GRID]]
