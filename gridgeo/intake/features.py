"""One file of features: its columns as text, its shapes as shapely, whatever the format.

In: a `gridgeo.city.Source` and the columns wanted. Out: `Features` in the CRS of the file, with findings about encoding
and reading. Before: `gridgeo.intake.formats`; next: `gridgeo.intake.shapes` and `gridgeo.intake.read`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from gridgeo.city import Source
from gridgeo.city_schema import nearest
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.drawing import close_outlines
from gridgeo.intake.drawing_text import legible_drawing
from gridgeo.intake.formats import Dataset, opened
from gridgeo.intake.header import HEADLESS, looks_like_data
from gridgeo.intake.kml import read_kml
from gridgeo.intake.tabular import read_table
from gridgeo.intake.vector import read_vector
from gridgeo.model import Finding

__all__ = ["Features", "read_features"]

WKT_COLUMNS = ("wkt", "geometry", "geom", "the_geom", "shape", "wkt_geom")
"""Columns of a table that hold geometry as text, whatever their case, in this order of preference."""


@dataclass(frozen=True, slots=True)
class Features:
    """The rows of one layer, not yet judged."""

    file: str
    """What messages call the file."""
    table: gpd.GeoDataFrame
    """The wanted columns as text ("" where empty), geometry (None where empty), the CRS as declared or None."""
    findings: list[Finding] = field(default_factory=list)


def read_features(source: Source, columns: Sequence[str], *, agency: str, outlines: bool = True) -> Features:
    """Read the wanted columns and the shapes of one layer.

    Parameters
    ----------
    source : Source
    columns : sequence of str
        Column names, spelled as in the file.
    agency : str
        Whose findings these are.
    outlines : bool, keyword-only
        True where polygons are needed: closed lines of a DXF drawing become polygons.

    Returns
    -------
    Features
        Index 0 … n-1 in the order of the file.

    Raises
    ------
    ReadError
        If file or layer cannot be read, or the layer is empty.
    SchemaError
        If a column does not exist.
    """
    with opened(source) as dataset:
        if dataset.is_table:
            rows, shapes, crs, findings = _from_table(dataset, source, agency, columns)
        elif dataset.is_kml:
            rows, shapes, crs, findings = read_kml(dataset, source, agency=agency)
        elif dataset.suffix == ".dxf":
            rows, shapes, crs, findings = _from_drawing(dataset, source, agency, outlines)
        else:
            rows, shapes, crs, findings = read_vector(dataset, source, agency=agency)
        if dataset.rebuilt:
            text = f"{source.file} 的 .shx 索引缺失或损坏，已由 .shp 重建（原文件未改动）。"
            findings.append(Finding("warning", "shx_rebuilt", agency, text))
    _refuse_empty(rows, source)
    _refuse_unknown(columns, rows, source)
    wanted = list(dict.fromkeys(columns))
    table = gpd.GeoDataFrame(rows[wanted].reset_index(drop=True), geometry=gpd.GeoSeries(shapes, crs=crs))
    return Features(source.file, table, findings)


# ---------------------------------------------------------------- drawings ----


def _from_drawing(
    dataset: Dataset, source: Source, agency: str, outlines: bool
) -> tuple[pd.DataFrame, np.ndarray, pyproj.CRS | None, list[Finding]]:
    """Read a DXF in its true encoding; where polygons are needed, its outlines become such."""
    with legible_drawing(dataset, source, agency=agency) as (legible, settled, findings):
        rows, shapes, crs, told = read_vector(legible, settled, agency=agency)
    findings = [*findings, *told]
    if outlines and len(rows):
        rows, shapes, told = close_outlines(rows, shapes, agency=agency, file=source.file)
        findings += told
        if len(rows) == 0:
            raise ReadError(f"{source.file}: no line of the drawing encloses an area; close the outlines in CAD")
    return rows, shapes, crs, findings


# ------------------------------------------------------------------ tables ----


def _from_table(
    dataset: Dataset, source: Source, agency: str, columns: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, None, list[Finding]]:
    """Read CSV or a spreadsheet; a WKT column, if there is one, becomes the geometry."""
    if source.where:
        raise SchemaError(f"{source.file}: where works on GIS layers only; remove it and filter the table beforehand")
    rows, findings = read_table(dataset, source, agency=agency, wanted=columns)
    spelled = {str(name).casefold(): str(name) for name in reversed(list(rows))}
    wkt = next((spelled[name] for name in WKT_COLUMNS if name in spelled), None)
    if wkt is None:
        return rows, np.full(len(rows), None), None, findings
    return rows, _from_wkt(rows[wkt].tolist(), source.file), None, findings


def _from_wkt(texts: list[str], file: str) -> np.ndarray:
    """Parse WKT row by row, so that the faulty row can be named."""
    shapes = np.full(len(texts), None, dtype=object)
    for row, text in enumerate(texts):  # the vectorised parser does not tell which row failed
        bare = text.partition(";")[2] if text[:5].upper() == "SRID=" else text
        if not bare.strip():
            continue
        try:
            with np.errstate(invalid="ignore"):  # NaN is refused later, with the id
                shapes[row] = shapely.from_wkt(bare)
        except shapely.errors.GEOSException as error:
            reason = str(error).splitlines()[0]
            raise ReadError(f"{file}, record {row + 1}: no valid WKT ({reason}); correct this geometry") from None
        except NotImplementedError:
            kind = bare.split("(")[0].strip()
            raise ReadError(
                f"{file}, record {row + 1}: a curve ({kind}) in WKT; convert it to straight segments, or hand in a "
                "GeoPackage, whose curves are read"
            ) from None
    return shapes


# ------------------------------------------------------------------ checks ----


def _refuse_empty(rows: pd.DataFrame, source: Source) -> None:
    """Raise if there is no row."""
    if len(rows) == 0:
        layer = f", layer {source.layer}" if source.layer else ""
        remedy = f"where = {source.where!r} selects nothing; correct the filter" if source.where else "export it again"
        raise ReadError(f"{source.file}{layer}: the layer is empty; {remedy}")


def _refuse_unknown(columns: Sequence[str], rows: pd.DataFrame, source: Source) -> None:
    """Raise if a wanted column does not exist, and tell those that do."""
    have = [str(name) for name in rows]
    faults = [
        f"no column {name!r}{nearest(name, have)}".rstrip("?") for name in dict.fromkeys(columns) if name not in have
    ]
    if faults and looks_like_data(have):
        raise SchemaError(f"{source.file}: {faults[0]}: {HEADLESS}")
    if faults:
        raise SchemaError(f"{source.file}: {'; '.join(faults)}; the columns are: {', '.join(have) or 'none'}")
