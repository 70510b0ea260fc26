"""A map's selection as files for other programs: GeoPackage, zipped shapefiles, GeoJSON, vector tiles.

In: a `Content` and its recipe. Out: the bytes of one file. GDAL writes into a folder that the caller gives and removes;
whoever calls puts the bytes in place in one step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridgeo.jobs.output import NOT_WRITTEN, save_layers
from gridgeo.render.about import about
from gridgeo.render.archive import zipped
from gridgeo.render.content import Content
from gridgeo.render.geojson import geojson
from gridgeo.render.layers import TITLES, community_layer, grid_layer
from gridgeo.render.legend import LegendRow
from gridgeo.render.qgis_style import qgis_styles
from gridgeo.render.recipe import Recipe
from gridgeo.render.shapefile import (
    COMMUNITY_FIELDS,
    ENCODING,
    GRID_FIELDS,
    NOTES,
    README,
    field_notes,
    fit_for_dbase,
    readme,
)
from gridgeo.render.tiles import vector_tiles

__all__ = ["SPATIAL", "spatial_file"]

SPATIAL = ("gpkg", "zip", "geojson", "pmtiles")
DAY_ZERO = "1980-01-01"
"""Stands for the moment of writing, which would make every file another one."""
MOMENT_ZERO = f"{DAY_ZERO}T00:00:00.000Z"
CODE_PAGE = 0x4D
"""Language driver of dBASE for GBK (Windows 936): programs that know no .cpg ask it."""
DRIVER_AT = 29


def spatial_file(content: Content, recipe: Recipe, kind: str, folder: Path) -> bytes:
    """Return the selection of a map as a file for GIS.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        Its title and footer say what the file is.
    kind : str
        One of `SPATIAL`: ``gpkg`` (layers grid, community and the table about, as ``layer.gpkg``), ``zip`` (shapefiles
        in GBK), ``geojson`` (the grids), ``pmtiles`` (layers grid, community, label).
    folder : Path
        An empty folder for GDAL's files; the caller removes it.

    Returns
    -------
    bytes
        The same input gives the same bytes.

    Raises
    ------
    InputError
        If the format cannot hold a text or a grid.
    OSError
        If the disk is full.
    """
    if kind not in SPATIAL:
        raise ValueError(f"a file for GIS is one of {', '.join(SPATIAL)}, not {kind!r}")
    told, grids = about(content.edition, recipe), grid_layer(content)
    if kind == "geojson":
        return geojson(grids, told)
    communities = community_layer(content)
    if kind == "pmtiles":
        return vector_tiles(grids, communities, told)
    if kind == "gpkg":
        return _geopackage(grids, communities, content.rows, told, folder)
    return _shapefiles(grids, communities, told, folder)


# ------------------------------------------------------------ GeoPackage ----


def _geopackage(
    grids: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    legend: Sequence[LegendRow],
    told: dict[str, str],
    folder: Path,
) -> bytes:
    """Write a GeoPackage that can be drawn and imported again, and that QGIS shows as the map does."""
    file = folder / "layer.gpkg"
    rows = pd.DataFrame({"key": list(told), "value": list(told.values())})
    layers: dict[str, tuple[pd.DataFrame, str | None]] = {
        "grid": (grids, _geometry_type(grids)),
        "community": (communities, "MultiPolygon"),
        "about": (rows, None),
        "layer_styles": (qgis_styles(legend, MOMENT_ZERO), None),
    }
    save_layers(file, layers)
    with closing(sqlite3.connect(file)) as database, database:
        _describe(database, {"grid": grids, "community": communities}, told)
    return file.read_bytes()


def _geometry_type(layer: gpd.GeoDataFrame) -> str:
    """Return Polygon, unless a grid of an imported layer has several parts."""
    return "MultiPolygon" if (layer.geom_type == "MultiPolygon").any() else "Polygon"


_COLUMNS_TABLE = """
    CREATE TABLE gpkg_data_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
        constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
        CONSTRAINT gdc_tn UNIQUE (table_name, name)
    )
"""
"""GeoPackage 1.3, annex F.9, schema extension."""
_SCHEMA_EXTENSION = "http://www.geopackage.org/spec121/#extension_schema"
_LAYER_NAMES = {"grid": "网格", "community": "社区（村）", "about": "说明"}


def _describe(database: sqlite3.Connection, layers: dict[str, gpd.GeoDataFrame], told: dict[str, str]) -> None:
    """Give layers and columns their Chinese titles, and take the moment of writing out."""
    database.execute(_COLUMNS_TABLE)
    extension = ("gpkg_data_columns", None, "gpkg_schema", _SCHEMA_EXTENSION, "read-write")
    database.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", extension)
    titles = [
        (name, column, title, title)
        for name, layer in layers.items()
        for column, title in TITLES[name].items()
        if column in layer
    ]
    database.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)", titles
    )
    for name, title in _LAYER_NAMES.items():
        words = f"{told['title']} {told['version']} {told.get('use', '')}".strip()
        database.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (f"{title}：{words}", name))
    database.execute("UPDATE gpkg_contents SET last_change = ?", (MOMENT_ZERO,))


# ------------------------------------------------------------- shapefile ----


def _shapefiles(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, told: dict[str, str], folder: Path) -> bytes:
    """Write grids and communities as shapefiles into one archive, with the meaning of their fields."""
    fitting = {
        "grid": fit_for_dbase(grids, GRID_FIELDS, "grid"),
        "community": fit_for_dbase(communities, COMMUNITY_FIELDS, "community"),
    }
    files: dict[str, bytes] = {}
    for name, layer in fitting.items():
        _write_shapefile(layer, folder / f"{name}.shp")
        for part in sorted(folder.glob(f"{name}.*")):
            contents = part.read_bytes()
            if part.suffix == ".dbf":
                contents = contents[:DRIVER_AT] + bytes([CODE_PAGE]) + contents[DRIVER_AT + 1 :]
            files[part.name] = contents
    return zipped({**files, NOTES: field_notes(grids, communities), README: readme(told)})


def _write_shapefile(layer: gpd.GeoDataFrame, file: Path) -> None:
    """Let GDAL write one shapefile."""
    options = {"DBF_DATE_LAST_UPDATE": DAY_ZERO}
    try:
        pyogrio.write_dataframe(
            layer, file, driver="ESRI Shapefile", encoding=ENCODING, geometry_type="Polygon", layer_options=options
        )
    except NOT_WRITTEN as error:
        raise OSError(f"{file.name} did not arrive whole, the disk may be full ({error})") from None
