"""KML and KMZ: placemarks with all their columns, read from the XML itself.

In: a `gridgeo.intake.formats.Dataset`. Out: text columns, shapes, EPSG:4326, findings. Used by
`gridgeo.intake.features`. GDAL is not asked: of its two drivers the one loses every extended column, the other writes
Chinese column names as underscores, and which of them opens a file depends on how GDAL was built.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from gridgeo.city import Source
from gridgeo.errors import ReadError
from gridgeo.intake.encoding import codec_named, encoding_findings, settle_encoding
from gridgeo.intake.formats import Dataset, pick_layer
from gridgeo.intake.placemarks import Container, Placemarks
from gridgeo.intake.vector import matching
from gridgeo.model import Finding

__all__ = ["kml_layers", "read_kml"]

DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
"""The encoding that an XML declaration states."""

WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Marks of text in two bytes per character."""


def read_kml(
    dataset: Dataset, source: Source, *, agency: str
) -> tuple[pd.DataFrame, np.ndarray, pyproj.CRS, list[Finding]]:
    """Read one layer of a KML or KMZ file; a layer is a folder or document that holds placemarks.

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
        ``id``, ``Name``, ``description``, ``timestamp``, ``begin``, ``end`` as far as any placemark has them, then the
        extended columns in the order of the file; all text, "" where empty. A label whose name an extended column has
        too gets an underscore behind it.
    shapes : array of Geometry or None, (n,)
        x, y in degrees; heights are left out.
    crs : pyproj.CRS
        EPSG:4326, as the standard demands.
    findings : list of Finding

    Raises
    ------
    ReadError, SchemaError
        If the file is no KML, has no such layer, or the filter is of no use.
    """
    read, findings = _parsed(dataset, source.encoding, agency)
    layer = _layers(read, dataset)
    name = pick_layer(dataset, list(layer), list(layer), source.layer)
    rows, shapes = _content(layer[name])
    if source.where:
        kept = matching(rows, source, name, numeric=set().union(*(part.numeric for part in read)))
        rows, shapes = rows.iloc[kept].reset_index(drop=True), shapes[kept]
    return rows, shapes, pyproj.CRS.from_epsg(4326), findings + _told(read, source.file, agency)


def kml_layers(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """Return all layers of a KML or KMZ file, as `read_kml` reads them.

    Raises
    ------
    ReadError
        If the file is no KML or holds no placemark.
    """
    dataset = Dataset(str(path), path)
    layers = _layers(_parsed(dataset, "auto", "")[0], dataset)
    contents = {name: _content(layer) for name, layer in layers.items()}
    return {
        name: gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"))
        for name, (rows, shapes) in contents.items()
    }


def _content(layer: Container) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the columns and the shapes of a layer."""
    rows = _table([mark.labels for mark in layer.marks], [mark.values for mark in layer.marks])
    return rows, np.array([*(mark.shape for mark in layer.marks), None], dtype=object)[:-1]  # never coordinates


def _told(read: list[Placemarks], file: str, agency: str) -> list[Finding]:
    """Tell what was mended and what a KML file can hold that is no feature."""
    told: list[Finding] = []
    unclosed, strange, links = (sum(getattr(part, name) for part in read) for name in ("unclosed", "strange", "links"))
    if unclosed:
        text = f"{file} 有 {unclosed} 个图形的环没有闭合，已自动闭合。"
        told.append(Finding("warning", "open_ring", agency, text))
    if strange:
        text = f"{file} 有 {strange} 个模型或轨迹（Model、Track），不是点、线、面，按无图形处理。"
        told.append(Finding("note", "reader_note", agency, text))
    if links:
        text = f"{file} 有 {links} 个网络链接（NetworkLink），所链接的文件没有读取。"
        told.append(Finding("note", "reader_note", agency, text))
    return told


# --------------------------------------------------------------- documents ----


def _parsed(dataset: Dataset, encoding: str, agency: str) -> tuple[list[Placemarks], list[Finding]]:
    """Parse the file, or every KML file of an archive; links between these are no links to the outside."""
    read: list[Placemarks] = []
    findings: list[Finding] = []
    members = dict(_documents(dataset))
    for name, data in members.items():
        text, told = _decoded(data, dataset.file, encoding, agency)
        part = Placemarks(members)
        try:
            part.feed(text)
        except expat.ExpatError as error:
            within = f", {name}" if len(members) > 1 else ""
            reason = f"{expat.errors.messages[error.code]}, line {error.lineno}, column {error.offset + 1}"
            raise ReadError(f"{dataset.file}{within}: no valid KML ({reason}); export it again") from None
        except ReadError as error:
            raise ReadError(f"{dataset.file}: {error}") from None
        read.append(part)
        findings += [finding for finding in told if finding not in findings]
    return read, findings


def _documents(dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    """Give the name and the bytes of every KML document of a file."""
    if dataset.suffix == ".kml":
        yield dataset.path.name, dataset.path.read_bytes()
        return
    try:
        with zipfile.ZipFile(dataset.path) as archive:
            for member in archive.namelist():
                if PurePosixPath(member).suffix.casefold() == ".kml":
                    yield member, archive.read(member)
    except (zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise ReadError(f"{dataset.file}: the archive cannot be unpacked ({error}); pack or copy it again") from None


def _decoded(data: bytes, file: str, encoding: str, agency: str) -> tuple[str, list[Finding]]:
    """Return a document as text; Chinese programs write GBK under a declaration of UTF-8, too."""
    if data.startswith(WIDE):
        return data.decode("utf-16", errors="replace"), []
    declaration = DECLARED.search(data[:200])
    declared = codec_named(declaration[1].decode("ascii")) if declaration else ""
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    verdict = settle_encoding(lines, stated=encoding, declared=declared or "utf-8")
    told = encoding_findings(verdict, agency=agency, file=file)
    return "\n".join(map(verdict.decode, lines)), told


# ------------------------------------------------------------------ layers ----


def _layers(read: list[Placemarks], dataset: Dataset) -> dict[str, Container]:
    """Return the containers that hold placemarks by name; names that repeat are counted on, as GDAL does."""
    found: dict[str, Container] = {}
    often: Counter[str] = Counter()
    for part in read:
        for container in part.containers:
            if not container.marks:
                continue
            name = container.name or dataset.path.stem
            often[name] += 1
            found[name if often[name] == 1 else f"{name} (#{often[name]})"] = container
    if not found:
        raise ReadError(f"{dataset.file}: holds no placemark; export the layer itself, not a link to it")
    return found


def _table(labels: list[dict[str, str]], values: list[dict[str, str]]) -> pd.DataFrame:
    """Return one row per placemark, all columns text."""
    columns = list(dict.fromkeys(name for row in values for name in row))
    taken = set(columns)
    named = {label: f"{label}_" if label in taken else label for label in _used(labels)}
    table = {named[label]: [row.get(label, "") for row in labels] for label in named}
    table |= {name: [row.get(name, "") for row in values] for name in columns}
    return pd.DataFrame(
        {name: pd.Series(texts, dtype=object) for name, texts in table.items()}, index=range(len(labels))
    )


def _used(labels: Iterable[dict[str, str]]) -> list[str]:
    """Return the labels that any placemark has; name and description are there in any case."""
    given = {name for row in labels for name in row} | {"Name", "description"}
    return [name for name in ("id", "Name", "description", "timestamp", "begin", "end") if name in given]
