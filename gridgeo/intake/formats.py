"""From a path to one readable dataset: archives unpacked, sound files only, one layer chosen.

In: a `gridgeo.city.Source`. Out: a `Dataset` whose path GDAL or the table reader can open. Next stage:
`gridgeo.intake.features`. The files handed in are never changed; what has to be unpacked or rebuilt lives in a
temporary folder.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyogrio
from pyogrio.errors import DataSourceError

from gridgeo.city import Source
from gridgeo.city_schema import nearest
from gridgeo.errors import ReadError
from gridgeo.intake.shapefile import sound_shapefile

__all__ = ["Dataset", "choose_layer", "opened", "pick_layer"]

TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
"""Read by `gridgeo.intake.tabular`."""

VECTORS = frozenset(
    {".gpkg", ".shp", ".geojson", ".json", ".topojson", ".gdb", ".kml", ".kmz", ".fgb", ".tab", ".mif", ".dxf", ".gml"}
)
"""Read by GDAL, but for KML, which `gridgeo.intake.kml` reads."""

KNOWN = "GeoPackage, Shapefile, GeoJSON, TopoJSON, FileGDB, KML, FlatGeobuf, MapInfo, DXF, CSV or Excel"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One file or folder, ready to be opened."""

    file: str
    """What messages call it: the path as the city file writes it."""
    path: Path
    """Where the readable data lie, possibly in a temporary folder."""
    rebuilt: bool = False
    """True if the ``.shx`` was rebuilt from the ``.shp``."""

    @property
    def suffix(self) -> str:
        """Return the lower-case ending that names the format."""
        return self.path.suffix.casefold()

    @property
    def is_table(self) -> bool:
        """Tell whether this is CSV or a spreadsheet."""
        return self.suffix in TABLES

    @property
    def is_kml(self) -> bool:
        """Tell whether this is KML, packed or not."""
        return self.suffix in (".kml", ".kmz")


@contextmanager
def opened(source: Source) -> Iterator[Dataset]:
    """Give a readable dataset for the time of a ``with`` block.

    Parameters
    ----------
    source : Source
        ``layer`` also picks one of several shapefiles in a zip archive.

    Yields
    ------
    Dataset

    Raises
    ------
    ReadError
        If the file is missing, empty, damaged, or an archive does not hold exactly one dataset.
    """
    path = source.path
    if not os.path.exists(path):  # unlike Path.exists, also for names that no file can have
        raise ReadError(f"{source.file}: file not found at {path}; correct the path in the city file")
    if not os.access(path, os.R_OK):
        raise ReadError(f"{source.file}: no right to read {path}; ask its owner for it, or copy the file")
    if path.is_file() and path.stat().st_size == 0:
        raise ReadError(f"{source.file}: the file is empty (0 bytes); copy or export it again")
    with tempfile.TemporaryDirectory(prefix="gridgeo-") as folder:
        inner = _unpacked(source, Path(folder))
        rebuilt = False
        if inner.suffix.casefold() == ".shp":
            inner, rebuilt = sound_shapefile(inner, Path(folder), source.file)
        try:
            yield Dataset(source.file, inner, rebuilt)
        except OSError as error:
            raise ReadError(
                f"{source.file}: cannot be read ({error.strerror or error}); check rights and disk"
            ) from None


# ---------------------------------------------------------------- archives ----


def _unpacked(source: Source, folder: Path) -> Path:
    """Return the dataset itself: unpacked if it lies in a .gz or .zip, found if it lies in a plain folder."""
    path = source.path
    ending = path.suffix.casefold()
    try:
        if ending == ".gz":
            inner = folder / path.name[:-3]
            with gzip.open(path) as packed, inner.open("wb") as plain:
                shutil.copyfileobj(packed, plain)
            return inner
        if ending == ".zip":
            _extract(path, folder)
            return _only_dataset(folder, source)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise ReadError(f"{source.file}: the archive cannot be unpacked ({error}); pack or copy it again") from None
    if path.is_dir() and ending != ".gdb":
        return _only_dataset(path, source)
    return path


def _extract(path: Path, folder: Path) -> None:
    """Unpack a zip; names that old Windows programs wrote in GBK are read as such."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            utf8 = member.flag_bits & 0x800
            name = member.filename if utf8 else _gbk_name(member.filename)
            parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..")]
            if member.is_dir() or not parts or parts[0] == "__MACOSX":
                continue
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain)


def _gbk_name(name: str) -> str:
    """Return a member's name as it was meant: Python reads names without the UTF-8 mark as code page 437."""
    raw = name.encode("cp437", errors="replace")
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return name


def _only_dataset(folder: Path, source: Source) -> Path:
    """Return the one dataset of a folder; ``layer`` decides between several."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.casefold() in VECTORS | TABLES)
    found = [
        p for p in found if not any(parent.suffix.casefold() == ".gdb" for parent in p.relative_to(folder).parents)
    ]
    spatial = [p for p in found if p.suffix.casefold() in VECTORS - {".json"}] or found
    if len(spatial) == 1:
        return spatial[0]
    if not spatial:
        kind = "is a folder that" if source.path.is_dir() else "is an archive that"
        raise ReadError(f"{source.file}: {kind} holds no readable layer; give a {KNOWN} file")
    named = [p for p in spatial if source.layer in (p.stem, p.name)]
    if len(named) == 1:
        return named[0]
    missing = f", none of them {source.layer!r}" if source.layer and not named else ""
    names = ", ".join(p.stem for p in spatial)
    raise ReadError(
        f'{source.file}: holds {len(spatial)} datasets ({names}){missing}; name one with layer = "{spatial[0].stem}"'
    )


# ------------------------------------------------------------------ layers ----


def choose_layer(dataset: Dataset, wanted: str | None) -> str:
    """Return the name of the layer to read from a GIS file.

    Parameters
    ----------
    dataset : Dataset
    wanted : str or None
        The name that the city file gives; None where the file holds only one spatial layer.

    Raises
    ------
    ReadError
        If GDAL cannot open the file, if there is no such layer, or several and none is named.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what GDAL warns of while it opens a file is told when it is read
            table = pyogrio.list_layers(dataset.path)
    except (DataSourceError, UnicodeDecodeError) as error:
        reason = str(error).split(";", maxsplit=1)[0].replace(str(dataset.path), "the file")
        raise ReadError(f"{dataset.file}: cannot be read ({reason}); give a sound {KNOWN} file") from None
    names = [str(name) for name in table[:, 0]]
    return pick_layer(dataset, names, [str(name) for name, kind in table if kind is not None] or names, wanted)


def pick_layer(dataset: Dataset, names: list[str], spatial: list[str], wanted: str | None) -> str:
    """Return the layer named, or the only one.

    Parameters
    ----------
    dataset : Dataset
    names, spatial : list of str
        All layers of the file, and those with geometry.
    wanted : str or None
        The name that the city file gives; the file's own name will do where there is one layer.

    Raises
    ------
    ReadError
        If there is no such layer, none at all, or several and none is named.
    """
    listed = ", ".join(names)
    if wanted is not None and wanted in names:
        return wanted
    if wanted is not None and not (len(names) == 1 and wanted in (dataset.path.stem, dataset.path.name)):
        raise ReadError(f"{dataset.file}: no layer {wanted!r}{nearest(wanted, names) or ';'} the file has: {listed}")
    if not spatial:
        raise ReadError(f"{dataset.file}: the file has no layer; export it again")
    if len(spatial) > 1:
        raise ReadError(f'{dataset.file}: {len(spatial)} layers ({listed}); name one with layer = "{spatial[0]}"')
    return spatial[0]
