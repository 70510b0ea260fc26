"""Any register as a stream: which reader a file needs, and in which CRS its coordinates are.

In: a `RegisterFile`. Out: a `Stream` whose CRS is known. Used by `gridgeo.jobs.assign`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gridgeo.errors import CRSError, ReadError, SchemaError
from gridgeo.intake.stream import Stream
from gridgeo.intake.stream_parquet import open_parquet
from gridgeo.intake.stream_sheet import open_sheet
from gridgeo.intake.stream_text import open_text
from gridgeo.jobs.stream_vector import open_vector

__all__ = ["RegisterFile", "open_register"]

PARQUET = (".parquet", ".geoparquet", ".pq")
TEXT = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFile:
    """Where the places of a register stand and how they are to be read."""

    file: str
    """``FILE``, ``FILE::LAYER`` or, of a workbook, ``FILE::SHEET``."""
    id: str
    x: str | None = None
    """Column with longitude or easting; None for a file with geometry."""
    y: str | None = None
    crs: str | None = None
    """"EPSG:…", "GCJ-02" or "BD-09"; None only where the file itself says it."""

    @property
    def path(self) -> Path:
        """The file alone."""
        return Path(self.file.partition("::")[0])


def open_register(register: RegisterFile) -> tuple[Stream, str]:
    """Open a register of any kind.

    Parameters
    ----------
    register : RegisterFile

    Returns
    -------
    stream : Stream
    crs : str
        The CRS of its coordinates: what the register says, else what the file says.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    SchemaError
        If a column is missing or not named.
    CRSError
        If nobody says the CRS.
    """
    path = register.path
    if not path.exists():
        raise ReadError(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    if suffix in PARQUET and register.x is None and register.y is None:
        stream = open_parquet(path, key=register.id, x=None, y=None)
    elif suffix in (*PARQUET, *TEXT, *SHEETS):
        stream = _open_table(register, suffix)
    else:
        stream = open_vector(register.file, key=register.id)
    crs = register.crs or stream.crs
    if crs is None:
        raise CRSError(f"{register.file} does not say its coordinate reference system; add --crs")
    return replace(stream, crs=crs), crs


def _open_table(register: RegisterFile, suffix: str) -> Stream:
    """Open a table without geometry."""
    path = register.path
    if register.crs is None:
        raise CRSError(
            f"{path} does not say the datum of its coordinates; add --crs EPSG:4490, GCJ-02, BD-09 or the EPSG code "
            "that they are in (the wrong one moves them by hundreds of metres)"
        )
    if register.x is None or register.y is None:
        raise SchemaError(f"{path} has no geometry; name its coordinate columns with --x and --y")
    if register.x == register.y:
        raise SchemaError(f"--x and --y both name the column {register.x}; one is the longitude or easting, one not")
    columns = {"key": register.id, "x": register.x, "y": register.y}
    if suffix in PARQUET:
        return open_parquet(path, **columns)
    if suffix in TEXT:
        return open_text(path, **columns)
    return open_sheet(path, register.file.partition("::")[2], **columns)
