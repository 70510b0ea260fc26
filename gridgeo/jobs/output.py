"""Output of a job: all of its files or none, and none that only looks whole.

In: tables and a folder. Out: files that have been read back before they take their names. Used by the jobs that write
several files into a folder that may hold other things; one file alone is `gridgeo.jobs.files.written_whole`.

GDAL reports a full disk now and then only by a file that cannot be opened, so every GeoPackage is proven.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from gridgeo.errors import InputError
from gridgeo.jobs.held_back import held_back
from gridgeo.workplace import beside, workplace

__all__ = ["gathered", "require_writable", "save_layers"]

NOT_WRITTEN = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError)


def require_writable(folder: Path) -> None:
    """Refuse a folder that cannot take files, before a long job begins; nothing stays behind.

    Raises
    ------
    InputError
        If the folder, or the nearest one above it that exists, is a file or may not be written.
    """
    there = folder.absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise InputError(f"{folder} cannot be written: {there} is not a folder; choose another folder with --out")
    try:
        with TemporaryFile(dir=there):  # a right is not enough: the disk may be read-only
            pass
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {there} takes no files ({error.strerror}); choose another folder with --out"
        ) from None


@contextmanager
def gathered(folder: Path) -> Iterator[Path]:
    """Yield a work folder whose files move into ``folder`` together when the block ends without an error.

    Parameters
    ----------
    folder : Path
        Made where missing; files of the same names are replaced, others stay. What a killed job left in it goes.

    Raises
    ------
    InputError
        If the folder cannot be written; it is then as before.
    """
    require_writable(folder)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with workplace(folder / "files") as work:
            work.mkdir()
            yield work
            with held_back():
                _move_in(work, folder)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"{folder} cannot be written: {reason}; make room or choose another folder, its files are as before"
        ) from None
    finally:
        if made:
            with suppress(OSError):  # it holds the files, as it should
                folder.rmdir()


def _move_in(work: Path, folder: Path) -> None:
    """Give files their names; if one of them cannot have it, take the others back."""
    moved: list[tuple[Path, Path]] = []
    try:
        for file in sorted(work.iterdir()):
            target, former = folder / file.name, beside(work, f".{file.name}")
            if target.is_file():
                _keep(target, former)
            file.replace(target)  # at no moment is there none of this name
            moved.append((target, former))
    except OSError:
        for target, former in moved:
            if former.exists():
                former.replace(target)
            else:
                target.unlink()
        raise


def _keep(file: Path, former: Path) -> None:
    """Keep a file under a second name."""
    try:
        os.link(file, former)
    except OSError:  # a file system without hard links
        shutil.copy2(file, former)


def save_layers(path: Path, layers: dict[str, tuple[pd.DataFrame, str | None]]) -> None:
    """Write a GeoPackage and make sure that all of it arrived.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    layers : dict of str to (DataFrame, str or None)
        Name of the layer → table and its geometry type; None for a table without geometry. "MultiPolygon" also takes
        single polygons.

    Raises
    ------
    OSError
        If the disk is full or the file cannot be written.
    """
    try:
        for name, (table, kind) in layers.items():
            options = {} if kind is None else {"geometry_type": kind, "promote_to_multi": kind == "MultiPolygon"}
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", **options)
    except NOT_WRITTEN as error:
        cause = str(error).partition(": sqlite3")[0]
        raise OSError(f"{path.name} did not arrive whole, the disk may be full ({cause})") from None
    spatial = sum(kind is not None for _, kind in layers.values())
    _prove(path, {name: len(table) for name, (table, _) in layers.items()}, spatial)


INDEXES = """
    SELECT count(*) FROM gpkg_geometry_columns AS g
    JOIN sqlite_master AS m ON m.name = 'rtree_' || g.table_name || '_' || g.column_name
"""
"""Spatial indexes come last: a file that has them has everything."""


def _prove(path: Path, counts: dict[str, int], spatial: int) -> None:
    """Read a GeoPackage back; raise if it is damaged, or rows or spatial indexes are missing."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            found = [
                file.execute("PRAGMA quick_check(1)").fetchone()[0],
                dict(file.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents")),
                file.execute(INDEXES).fetchone()[0],
            ]
    except sqlite3.Error:
        found = []
    if found != ["ok", counts, spatial]:
        raise OSError(f"{path.name} did not arrive whole, the disk may be full")
