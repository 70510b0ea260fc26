"""The embedded store is a GeoPackage that GDAL, and so QGIS, opens as it is."""

import sqlite3
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
import small_city

from gridgeo.store.base import Store
from gridgeo.tables import GRID


@pytest.fixture
def published(gpkg_store: Store) -> Store:
    gpkg_store.publish_first(small_city.publication_of(), by="li")
    return gpkg_store


@pytest.fixture
def file(published: Store) -> Path:
    published.close()  # GDAL brings its own SQLite, and two in one process undo each other's locks
    return published.backend.path


def test_gdal_lists_the_layers_with_their_kind(file: Path):
    kinds = dict(pyogrio.list_layers(file).tolist())
    features = {"grid": "Polygon", "community": "MultiPolygon", "place": "Point", "finding": "Unknown"}
    assert features.items() <= kinds.items()
    assert {"provenance", "crosswalk", "version", "assignment"} <= {
        name for name, kind in kinds.items() if kind is None
    }
    assert not any(name.startswith(("rtree", "gpkg", "alembic", "sqlite")) for name in kinds)


@pytest.mark.parametrize(("layer", "features"), [("grid", 4), ("community", 2), ("place", 5), ("finding", 2)])
def test_gdal_knows_crs_count_and_extent(file: Path, layer: str, features: int):
    info = pyogrio.read_info(file, layer=layer)
    assert info["crs"] == "EPSG:4547"
    assert info["features"] == features
    assert info["capabilities"]["fast_spatial_filter"]
    if layer in ("grid", "community"):
        assert info["total_bounds"] == (500000.0, 3700000.0, 500200.0, 3700200.0)


def test_gdal_reads_every_column_of_the_contract(published: Store, file: Path):
    read = gpd.read_file(file, layer="grid").sort_values("code").reset_index(drop=True)
    assert list(read.columns) == list(GRID)
    assert read["code"].tolist() == published.grids()["code"].tolist()
    assert read["households"].tolist() == published.grids()["households"].tolist()
    assert read.geometry.geom_equals_exact(published.grids().geometry, 0).all()


def test_gdal_filters_by_box_through_the_index(file: Path):
    for layer in ("grid", "grid_span"):
        found = pyogrio.read_dataframe(file, layer=layer, bbox=(500110, 3700110, 500120, 3700120))
        assert found["code"].tolist() == ["411102001002001"]


def test_the_file_says_that_it_is_a_geopackage(file: Path):
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert connection.execute("PRAGMA user_version").fetchone() == (10400,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_the_file_names_only_types_that_geopackage_knows(file: Path):
    known = {"INTEGER", "DOUBLE", "TEXT", "DATE", "DATETIME", "POLYGON", "MULTIPOLYGON", "POINT", "GEOMETRY"}
    with sqlite3.connect(file) as connection:
        listed = [name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")]
        for table in listed:
            types = {row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
            assert types <= known, table
    connection.close()


def test_every_listed_table_has_the_row_number_that_geopackage_asks_for(file: Path):
    with sqlite3.connect(file) as connection:
        tables = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (SELECT table_name FROM gpkg_contents)"
        )
        for (table,) in connection.execute(tables).fetchall():
            keys = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
            assert keys == [("fid", "INTEGER")], table
    connection.close()


def test_a_row_that_gdal_adds_is_in_the_index(published: Store, file: Path):
    far = gpd.GeoDataFrame(
        {"kind": ["household"], "id": ["G1"], "nth": [1], "address": ["新"], "count": [1], "population": [2]},
        geometry=[shapely.Point(600000, 3800000)],
        crs=small_city.CRS,
    )
    pyogrio.write_dataframe(far, file, layer="place", append=True)
    assert published.places(box=(599999, 3799999, 600001, 3800001))["id"].tolist() == ["G1"]


def test_a_geometry_that_changes_moves_in_the_index(published: Store):
    with published.backend.writing() as connection:
        near = "(SELECT geom FROM place WHERE id = 'H000003')"
        connection.exec_driver_sql(f"UPDATE place SET geom = {near} WHERE id = 'H000000'")
        connection.exec_driver_sql("UPDATE place SET geom = NULL WHERE id = 'H000001'")
        connection.exec_driver_sql(f"UPDATE place SET geom = {near} WHERE id = 'E1'")
    found = published.places(box=(500149, 3700049, 500151, 3700051))
    assert found["id"].tolist() == ["E1", "H000000", "H000003"]
    assert published.places(box=(500000, 3700000, 500100, 3700100)).empty


def test_a_row_that_is_renumbered_or_deleted_takes_its_index_entry_along(published: Store):
    def indexed() -> list[int]:
        return [fid for (fid,) in connection.exec_driver_sql("SELECT id FROM rtree_finding_geom ORDER BY id")]

    with published.backend.writing() as connection:
        assert indexed() == [1]  # the second finding has no geometry
        connection.exec_driver_sql("UPDATE finding SET fid = 77 WHERE fid = 1")
        assert indexed() == [77]
        connection.exec_driver_sql("UPDATE finding SET fid = 78, geom = NULL WHERE fid = 77")
        assert indexed() == []
        connection.exec_driver_sql("UPDATE finding SET geom = (SELECT geom FROM grid_span WHERE fid = 1)")
        assert indexed() == [2, 78]
        connection.exec_driver_sql("DELETE FROM finding")
        assert indexed() == []


def test_a_file_name_may_hold_blanks_and_chinese(file: Path):
    assert file.name == "网格 store.gpkg"
    assert file.exists()


def test_a_closed_store_is_one_file(published: Store, file: Path):
    published.close()
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]
