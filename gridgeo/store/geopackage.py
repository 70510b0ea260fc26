"""GeoPackage's own tables: what makes an SQLite file open in QGIS and GDAL as it is.

In: a connection to a new SQLite file, tables to be listed. Out: the tables, r-tree triggers and identifiers of OGC
12-128r19 (GeoPackage 1.4). The triggers call ST_MinX and its like, which `install_functions` gives each connection.
"""

# ruff: noqa: S608 (every name put into SQL is a constant of gridgeo.store)
from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy import Connection

from gridgeo.store.geometry import envelope_of, is_empty_blob

__all__ = [
    "create_geopackage",
    "create_rtree_triggers",
    "drop_rtree_triggers",
    "fill_rtree",
    "grow_extent",
    "install_functions",
    "list_attributes",
    "list_features",
    "list_view",
    "set_extent",
    "set_reference_system",
    "touch",
]  # fmt: skip

APPLICATION_ID = 0x47504B47
"""The letters GPKG."""
USER_VERSION = 10400
"""GeoPackage 1.4.0."""
UNDEFINED_CARTESIAN = -1
RTREE_TITLE = "http://www.geopackage.org/spec120/#extension_rtree"
NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

SYSTEM_TABLES = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    f"""CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT ({NOW}),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
        z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
    'AUTHORITY["EPSG","4326"]]'
)
REFERENCE_SYSTEMS = (
    ("Undefined Cartesian SRS", UNDEFINED_CARTESIAN, "NONE", -1, "undefined", "undefined Cartesian"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic"),
    ("WGS 84 geodetic", 4326, "EPSG", 4326, WGS84, "longitude/latitude on the WGS 84 spheroid"),
)

BOX = "ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})"
HAS_NEW = "NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c})"
LACKS_NEW = "NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c})"
HAS_OLD = "OLD.{c} NOTNULL AND NOT ST_IsEmpty(OLD.{c})"
LACKS_OLD = "OLD.{c} ISNULL OR ST_IsEmpty(OLD.{c})"
ADD = f"INSERT OR REPLACE INTO {{r}} VALUES (NEW.fid, {BOX})"
RTREE_TRIGGERS = {
    "insert": f"AFTER INSERT ON {{t}} WHEN ({HAS_NEW}) BEGIN {ADD}; END",
    "update6": (
        f"AFTER UPDATE OF {{c}} ON {{t}} WHEN OLD.fid = NEW.fid AND ({HAS_NEW}) AND ({HAS_OLD}) BEGIN "
        "UPDATE {r} SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), miny = ST_MinY(NEW.{c}), "
        "maxy = ST_MaxY(NEW.{c}) WHERE id = NEW.fid; END"
    ),
    "update7": (
        f"AFTER UPDATE OF {{c}} ON {{t}} WHEN OLD.fid = NEW.fid AND ({HAS_NEW}) AND ({LACKS_OLD}) BEGIN "
        f"INSERT INTO {{r}} VALUES (NEW.fid, {BOX}); END"
    ),
    "update2": (
        f"AFTER UPDATE OF {{c}} ON {{t}} WHEN OLD.fid = NEW.fid AND ({LACKS_NEW}) BEGIN "
        "DELETE FROM {r} WHERE id = OLD.fid; END"
    ),
    "update5": (
        f"AFTER UPDATE ON {{t}} WHEN OLD.fid != NEW.fid AND ({HAS_NEW}) BEGIN "
        f"DELETE FROM {{r}} WHERE id = OLD.fid; {ADD}; END"
    ),
    "update4": (
        f"AFTER UPDATE ON {{t}} WHEN OLD.fid != NEW.fid AND ({LACKS_NEW}) BEGIN "
        "DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END"
    ),
    "delete": "AFTER DELETE ON {t} WHEN OLD.{c} NOT NULL BEGIN DELETE FROM {r} WHERE id = OLD.fid; END",
}
"""The trigger set of GeoPackage 1.4, table by name (annex F.3)."""


def install_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the r-tree triggers call."""

    def side(number: int) -> object:
        def measure(blob: bytes | None) -> float | None:
            box = envelope_of(blob)
            return None if box is None else box[number]

        return measure

    for number, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, side(number), deterministic=True)  # type: ignore[arg-type]
    connection.create_function(
        "ST_IsEmpty", 1, lambda blob: None if blob is None else int(is_empty_blob(blob)), deterministic=True
    )


def create_geopackage(connection: Connection) -> None:
    """Write the identifiers and system tables into a new file."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
    for statement in SYSTEM_TABLES:
        connection.exec_driver_sql(statement)
    for row in REFERENCE_SYSTEMS:
        connection.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", row)


def list_attributes(connection: Connection, table: str) -> None:
    """List a table without geometry."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)", (table, table)
    )


def list_features(connection: Connection, table: str, kind: str, title: str) -> None:
    """List a table with a column ``geom`` and give it an r-tree that its triggers keep up."""
    list_view(connection, table, kind, title)
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', ?, 'write-only')", (table, RTREE_TITLE)
    )
    connection.exec_driver_sql(f"CREATE VIRTUAL TABLE rtree_{table}_geom USING rtree(id, minx, maxx, miny, maxy)")
    create_rtree_triggers(connection, table)


def list_view(connection: Connection, view: str, kind: str, title: str) -> None:
    """List a view (or table) with a column ``geom``, its CRS not yet known."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
        "VALUES (?, 'features', ?, ?, ?)",
        (view, view, title, UNDEFINED_CARTESIAN),
    )
    connection.exec_driver_sql(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (view, kind.upper(), UNDEFINED_CARTESIAN)
    )


def create_rtree_triggers(connection: Connection, table: str) -> None:
    """Let the table's triggers keep up its r-tree."""
    for name, body in RTREE_TRIGGERS.items():
        action = body.format(t=table, c="geom", r=f"rtree_{table}_geom")
        connection.exec_driver_sql(f"CREATE TRIGGER rtree_{table}_geom_{name} {action}")


def drop_rtree_triggers(connection: Connection, table: str) -> None:
    """Drop the triggers, before a bulk load that fills the r-tree itself."""
    for name in RTREE_TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER rtree_{table}_geom_{name}")


def fill_rtree(connection: Connection, table: str, fids: Sequence[int], geometries: np.ndarray) -> None:
    """Enter the envelopes of rows that were loaded without triggers."""
    boxes = shapely.bounds(geometries)
    known = ~np.isnan(boxes[:, 0])
    left, bottom, right, top = boxes[known].T.tolist()
    rows = list(zip(np.asarray(fids)[known].tolist(), left, right, bottom, top, strict=True))
    if rows:
        connection.exec_driver_sql(f"INSERT INTO rtree_{table}_geom VALUES (?, ?, ?, ?, ?)", rows)


def set_reference_system(connection: Connection, srid: int, name: str, organization: str, definition: str) -> None:
    """Enter the layer's CRS and give it to every listed feature table."""
    known = connection.exec_driver_sql("SELECT 1 FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (srid,)).first()
    if known is None:
        connection.exec_driver_sql(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            (name, srid, organization, srid, definition),
        )
    connection.exec_driver_sql("UPDATE gpkg_contents SET srs_id = ? WHERE data_type = 'features'", (srid,))
    connection.exec_driver_sql("UPDATE gpkg_geometry_columns SET srs_id = ?", (srid,))


def set_extent(connection: Connection, table: str, box: Sequence[float] | None) -> None:
    """Tell how far a table reaches (left, bottom, right, top) and that it changed now."""
    connection.exec_driver_sql(
        f"UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, last_change = {NOW} "
        "WHERE table_name = ?",
        (*(box if box is not None else (None,) * 4), table),
    )


def grow_extent(connection: Connection, table: str, box: Sequence[float]) -> None:
    """Tell that a table reaches as far as a box (left, bottom, right, top) as well."""
    left, bottom, right, top = box
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2), "
        "max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4) WHERE table_name = ?5",
        (left, bottom, right, top, table),
    )


def touch(connection: Connection, table: str) -> None:
    """Tell that a table changed now."""
    connection.exec_driver_sql(f"UPDATE gpkg_contents SET last_change = {NOW} WHERE table_name = ?", (table,))
