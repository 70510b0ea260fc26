"""GIS files through GDAL: attribute text from its bytes, shapes as shapely.

In: a `gridgeo.intake.formats.Dataset`. Out: text columns, shapes, the declared CRS, findings about the encoding. Used
by `gridgeo.intake.features`.
"""

from __future__ import annotations

import csv
import re
import tempfile
import warnings
from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import CRSError as PrjError
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
from pyproj.exceptions import CRSError as ProjError
from shapely.errors import GEOSException

from gridgeo.city import Source
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.encoding import Verdict, declared_by_shapefile, encoding_findings, settle_encoding
from gridgeo.intake.formats import Dataset, choose_layer
from gridgeo.model import Finding

__all__ = ["BYTES_AS_TEXT", "matching", "read_vector", "text_of"]

BYTES_AS_TEXT = "ISO-8859-1"
"""Maps every byte to the character of the same number: GDAL hands over the bytes, the encoding is settled here."""

MOST_WARNINGS = 20
"""Warnings of GDAL passed on per layer; a damaged file can cause one per feature."""

EXACT_INTEGER = 2.0**53
"""Floats hold every whole number below this; above, digits of a code are already lost."""


def read_vector(
    dataset: Dataset, source: Source, *, agency: str
) -> tuple[pd.DataFrame, np.ndarray, pyproj.CRS | None, list[Finding]]:
    """Read a layer with GDAL; all text arrives as bytes and is decoded by its own evidence.

    Parameters
    ----------
    dataset : Dataset
    source : Source
        ``layer``, ``encoding`` and ``where`` are heeded.
    agency : str
        Whose findings these are.

    Returns
    -------
    rows : DataFrame, (n,)
        All columns as text, "" where empty.
    shapes : array of Geometry or None, (n,)
        Curves are linearised; heights and measures are still there.
    crs : pyproj.CRS or None
        As the file declares it.
    findings : list of Finding

    Raises
    ------
    ReadError, SchemaError
        If the file, the layer or the filter is of no use.
    """
    layer = choose_layer(dataset, source.layer)
    declared = declared_by_shapefile(dataset.path) if dataset.suffix == ".shp" else "utf-8"
    heard: list[str] = []
    if source.where and not source.where.isascii() and dataset.suffix == ".shp":
        raw = _gdal(dataset, source, layer, heard, fids=_matching(dataset, source, layer, declared))
    else:
        raw = _gdal(dataset, source, layer, heard, where=_quoted(source.where))
    rows, verdict = _decoded(raw, source, declared)
    shapes, closed = _shapes(raw[2], len(rows))
    findings = encoding_findings(verdict, agency=agency, file=source.file)
    for warning in dict.fromkeys(heard):
        findings.append(Finding("note", "reader_note", agency, f"{source.file} 读取时的提示：{warning}"))
    if closed:
        text = f"{source.file} 有 {closed} 个图形的环没有闭合，已自动闭合。"
        findings.append(Finding("warning", "open_ring", agency, text))
    return rows, shapes, _crs(raw[0]["crs"]), findings


def _matching(dataset: Dataset, source: Source, layer: str, declared: str) -> np.ndarray:
    """Return the ids of the features that a filter with Chinese words selects in a shapefile of any encoding."""
    _, verdict = _decoded(_gdal(dataset, source, layer, [], read_geometry=False), source, declared)
    encoding = "gb18030" if verdict.encoding == "mixed" else verdict.encoding
    found = _gdal(
        dataset,
        source,
        layer,
        [],
        where=_quoted(source.where),
        encoding=encoding,
        read_geometry=False,
        return_fids=True,
    )
    fids: np.ndarray = found[1]
    return fids


def matching(rows: pd.DataFrame, source: Source, layer: str, *, numeric: Set[str]) -> np.ndarray:
    """Return the positions of the rows of a table of text that the filter of the city file selects.

    Parameters
    ----------
    rows : DataFrame
    source : Source
        Its ``where`` is GDAL's own language, as in every other format.
    layer : str
        For messages.
    numeric : set of str, keyword-only
        Columns to be compared as numbers.

    Raises
    ------
    SchemaError
        If the filter fails.
    """
    kinds = ["Real" if name in numeric else "String" for name in rows]
    with tempfile.TemporaryDirectory(prefix="gridgeo-") as folder:
        path = Path(folder, "layer.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([list(rows), *rows.itertuples(index=False, name=None)])
        path.with_suffix(".csvt").write_text(",".join(kinds), encoding="ascii")
        options = {
            "encoding": "utf-8",
            "read_geometry": False,
            "return_fids": True,
            "EMPTY_STRING_AS_NULL": "YES",
            "layer": path.stem,
        }
        dataset, where = Dataset(source.file, path), _quoted(source.where)
        found = _gdal(dataset, source, layer, [], where=where, **options)
    fids: np.ndarray = found[1]
    return fids - 1  # GDAL counts the lines of a CSV from one


def _quoted(where: str | None) -> str | None:
    """Put double quotes around the Chinese column names of a filter; OGR SQL takes bare names in ASCII only."""
    if where is None:
        return None
    return re.sub(
        r"'[^']*'|\"[^\"]*\"|\w+",
        lambda word: word[0] if word[0].isascii() or word[0][0] in "'\"" else f'"{word[0]}"',
        where,
    )


def _gdal(dataset: Dataset, source: Source, layer: str, heard: list[str], /, **options: Any) -> tuple[Any, ...]:
    """Run GDAL's reader; every failure becomes one sentence, its warnings are added to ``heard``."""
    options = {"layer": layer, "encoding": BYTES_AS_TEXT, **options}
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            raw: tuple[Any, ...] = pyogrio.raw.read(dataset.path, **options)
        heard += [str(warning.message) for warning in caught][:MOST_WARNINGS]
    except PrjError as error:
        raise ReadError(
            f"{source.file}, layer {layer}: its coordinate system is damaged ({error}); "
            "delete the .prj and state crs in the city file, or export the layer again"
        ) from None
    except (DataSourceError, DataLayerError, FeatureError, GeometryError, RuntimeError, ValueError) as error:
        where = f"{source.file}, layer {layer}"
        if options.get("where"):
            raise SchemaError(f"{where}: where = {source.where!r} fails ({error}); correct the filter") from None
        raise ReadError(f"{where}: cannot be read ({error}); export the layer again") from None
    return raw


def _crs(text: str | None) -> pyproj.CRS | None:
    """Return the CRS that a file declares; None if there is none or its definition is no sense."""
    try:
        return pyproj.CRS.from_user_input(text) if text else None
    except ProjError:
        return None


def _decoded(raw: tuple[Any, ...], source: Source, declared: str) -> tuple[pd.DataFrame, Verdict]:
    """Turn GDAL's arrays into text columns."""
    meta, _, wkb, arrays = raw
    names = [str(name).encode(BYTES_AS_TEXT, errors="replace") for name in meta["fields"]]
    texts = [_as_bytes(values) if values.dtype == object else None for values in arrays]
    verdict = settle_encoding(
        {*names, *(value for column in texts if column for value in column)}, stated=source.encoding, declared=declared
    )
    known: dict[bytes, str] = {}

    def decoded(value: bytes) -> str:
        if value not in known:
            known[value] = verdict.decode(value)
        return known[value]

    columns = {
        decoded(name): pd.Series([decoded(v) for v in text] if text is not None else text_of(values), dtype=object)
        for name, text, values in zip(names, texts, arrays, strict=True)
    }
    count = len(wkb) if wkb is not None else (len(arrays[0]) if arrays else 0)
    return pd.DataFrame(columns, index=range(count)), verdict


def _shapes(wkb: np.ndarray | None, count: int) -> tuple[np.ndarray, int]:
    """Return shapes, and how many of them had rings that do not close and were closed."""
    if wkb is None:
        return np.full(count, None), 0
    with np.errstate(invalid="ignore"):  # NaN coordinates are refused later, where the feature's id is known
        try:
            return shapely.from_wkb(wkb), 0
        except GEOSException:
            shapes = shapely.from_wkb(wkb, on_invalid="fix")
            broken = shapely.is_missing(shapely.from_wkb(wkb, on_invalid="ignore"))
            return shapes, int((broken & ~shapely.is_missing(shapes)).sum())


def _as_bytes(values: np.ndarray) -> list[bytes]:
    """Return the bytes of an object column; values that are no text are written out first."""
    return [_text(value).encode(BYTES_AS_TEXT, errors="replace") for value in values.tolist()]


# -------------------------------------------------------------------- text ----


def text_of(values: np.ndarray) -> list[str]:
    """Return values as text: "" for nothing, 1054.0 as "1054".

    Floats too large to be exact keep their exponent, so that they can be recognised as damaged codes.

    Examples
    --------
    >>> text_of(np.array([1054.0, 0.5, np.nan, 4.11102e17]))
    ['1054', '0.5', '', '4.11102E+17']
    """
    return [_text(value) for value in values.tolist()]


def _text(value: Any) -> str:
    """Return one value as text."""
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, float):
        if np.isnan(value):
            return ""
        if abs(value) >= EXACT_INTEGER:
            return np.format_float_scientific(value, exp_digits=2, trim="-").upper()
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
