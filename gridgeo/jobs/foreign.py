"""Layers of any program's files, with their columns as they were meant.

In: a path. Out: the names of its layers, and one of them as a table. Used by `gridgeo.jobs.files`. Attribute text is
decoded by its own evidence, as intake does it: shapefiles rarely say that they hold GBK.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from gridgeo.errors import ReadError
from gridgeo.intake.encoding import Verdict, declared_by_shapefile, settle_encoding
from gridgeo.intake.kml import kml_layers
from gridgeo.intake.vector import BYTES_AS_TEXT

__all__ = ["UNICODE", "gdal_path", "layer_names", "layer_table", "reason"]

KML = (".kml", ".kmz")

UNICODE = (".gpkg", ".geojson", ".json", ".topojson", ".fgb", ".gdb")
"""Formats whose text is UTF-8 in any case."""


def layer_names(path: Path) -> list[str]:
    """Return the names of a file's layers.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    """
    if not path.exists():
        raise ReadError(f"{path}: there is no such file")
    if path.is_file() and not path.stat().st_size:
        raise ReadError(f"{path} is empty: it has 0 bytes; write or copy it again")
    if path.suffix.lower() in KML:
        return list(kml_layers(path))
    try:
        return [str(name) for name in pyogrio.list_layers(gdal_path(path))[:, 0]]
    except (DataSourceError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} cannot be read as a map layer: {reason(error)}") from None


def layer_table(path: Path, name: str) -> pd.DataFrame:
    """Return a layer with all its columns; a table without geometry is no GeoDataFrame.

    Raises
    ------
    ReadError
        If the layer cannot be read.
    """
    if path.suffix.lower() in KML:
        return kml_layers(path)[name]
    try:
        if path.suffix.lower() in UNICODE:
            return pyogrio.read_dataframe(gdal_path(path), layer=name, on_invalid="ignore")
        _refuse_packed_kml(path, name)
        table = pyogrio.read_dataframe(gdal_path(path), layer=name, on_invalid="ignore", encoding=BYTES_AS_TEXT)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise ReadError(f"layer {name} of {path} cannot be read: {reason(error)}") from None
    return _decoded(table, declared_by_shapefile(path) if path.suffix.lower() == ".shp" else "")


def reason(error: Exception) -> str:
    """Return what went wrong without GDAL's advice for programmers."""
    return str(error).split(";", maxsplit=1)[0].rstrip(".")


def gdal_path(path: Path) -> str:
    """Return what GDAL must be given to open a plain, gzipped or zipped file."""
    prefix = {".gz": "/vsigzip/", ".zip": "/vsizip/"}.get(path.suffix.lower(), "")
    return f"{prefix}{path}"


def _refuse_packed_kml(path: Path, name: str) -> None:
    """Refuse KML inside an archive: GDAL would lose its columns."""
    if pyogrio.read_info(gdal_path(path), layer=name)["driver"] in ("KML", "LIBKML"):
        raise ReadError(f"{path} holds KML; unpack it and name the .kml file itself")


def _decoded(table: pd.DataFrame, declared: str) -> pd.DataFrame:
    """Return a table read as bytes with its column names and its text decoded."""
    geometry = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    columns = [name for name in table.columns if name != geometry]
    texts = [name for name in columns if pd.api.types.is_object_dtype(table[name]) or table[name].dtype == "str"]
    found = {_bytes(value) for name in texts for value in table[name] if isinstance(value, str)}
    verdict = settle_encoding(found | {_bytes(name) for name in columns}, declared=declared)
    decoded = {name: table[name].map(lambda value: _text(value, verdict)).astype(object) for name in texts}
    return table.assign(**decoded).rename(columns={name: _text(name, verdict) for name in columns})


def _bytes(text: str) -> bytes:
    """Return the bytes that GDAL handed over."""
    return text.encode(BYTES_AS_TEXT, errors="replace")


def _text(value: object, verdict: Verdict) -> object:
    """Return a value with its text decoded."""
    return verdict.decode(_bytes(value)) if isinstance(value, str) else value
