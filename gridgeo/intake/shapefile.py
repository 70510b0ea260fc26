"""Is a shapefile whole? Its three files checked against their own headers before GDAL sees them.

In: the path of a ``.shp``. Out: a path that is safe to read. Used by `gridgeo.intake.formats`. GDAL reads a cut-off
``.shp`` as rows without geometry and a missing ``.dbf`` as rows without attributes, silently; both are refused here.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pyogrio
from pyogrio.errors import DataSourceError

from gridgeo.errors import ReadError

__all__ = ["sound_shapefile"]


def sound_shapefile(path: Path, folder: Path, file: str) -> tuple[Path, bool]:
    """Return a shapefile that is whole, with its ``.shx`` rebuilt in a temporary folder if need be.

    Parameters
    ----------
    path : Path
        The ``.shp``.
    folder : Path
        Where a copy with a new ``.shx`` may be put.
    file : str
        What messages call the file.

    Returns
    -------
    path : Path
        The ``.shp`` to read: the same, or the copy.
    rebuilt : bool
        Whether it is the copy.

    Raises
    ------
    ReadError
        If ``.shp`` or ``.dbf`` is missing, empty or cut off, or they do not belong together.
    """
    sides = {p.suffix.casefold(): p for p in path.parent.iterdir() if p.stem == path.stem and p.is_file()}
    _refuse_cut_shp(path, file)
    rows = _dbf_rows(sides.get(".dbf"), file)
    index = sides.get(".shx")
    size = index.stat().st_size if index else 0
    if size >= 100 and size == _header_bytes(index.read_bytes()[:100] if index else b""):
        shapes = (size - 100) // 8
        if shapes != rows:
            raise ReadError(f"{file}: {shapes} shapes but {rows} attribute rows; .shp and .dbf do not belong together")
        return path, False
    return _rebuild_index(path, sides, folder, file), True


def _header_bytes(header: bytes) -> int:
    """Return the length that a .shp or .shx header claims, in bytes."""
    return 2 * int(struct.unpack(">i", header[24:28])[0]) if len(header) >= 28 else 0


def _refuse_cut_shp(path: Path, file: str) -> None:
    """Raise unless a .shp is as long as its header says."""
    size = path.stat().st_size
    with path.open("rb") as shp:
        claimed = _header_bytes(shp.read(100))
    if size < 100:
        raise ReadError(f"{file}: the .shp is empty or has no header ({size} bytes); copy or export the layer again")
    if size < claimed:
        raise ReadError(
            f"{file}: the .shp is cut off ({size} of {claimed} bytes); copy it again, all its files together"
        )


def _dbf_rows(dbf: Path | None, file: str) -> int:
    """Return the number of rows of a .dbf; raise if it is missing or cut off."""
    if dbf is None or dbf.stat().st_size < 32:
        state = "is missing" if dbf is None else f"is empty ({dbf.stat().st_size} bytes)"
        raise ReadError(f"{file}: the .dbf with the attributes {state}; copy all files of the shapefile together")
    with dbf.open("rb") as opened_dbf:
        header = opened_dbf.read(32)
    rows, start, width = struct.unpack("<IHH", header[4:12])
    size = dbf.stat().st_size
    if size < start + rows * width:
        raise ReadError(f"{file}: the .dbf is cut off ({size} of {start + rows * width} bytes); copy it again")
    return int(rows)


def _rebuild_index(path: Path, sides: dict[str, Path], folder: Path, file: str) -> Path:
    """Copy a shapefile and let GDAL rebuild its ``.shx``."""
    home = folder / "rebuilt"
    home.mkdir()
    for suffix, side in sides.items():
        if suffix in (".shp", ".dbf", ".prj", ".cpg"):
            shutil.copyfile(side, home / f"{path.stem}{suffix}")
    copy = home / f"{path.stem}.shp"
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        pyogrio.read_info(copy)
    except DataSourceError as error:
        raise ReadError(
            f"{file}: the .shx is damaged and cannot be rebuilt ({error}); export the layer again"
        ) from None
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    return copy
