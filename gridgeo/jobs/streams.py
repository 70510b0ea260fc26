"""Any register as a stream: which reader a file needs, and in which CRS its coordinates are.

In: a `RegisterFile`. Out: a `Stream`; with `open_register` one whose CRS is known. Used by `gridgeo.jobs.assign` and
`gridgeo.jobs.quality`.
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

__all__ = ["RegisterFile", "open_register", "open_stream"]

PARQUET = (".parquet", ".geoparquet", ".pq")
TEXT = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFile:
    """Where the places of a register stand and how they are to be read."""

    file: str
    """``FILE``, ``FILE::LAYER`` or, of a workbook, ``FILE::SHEET``."""
    id: str
    """Column with the ids; empty for none."""
    x: str | None = None
    """Column with longitude or easting; None for a file with geometry."""
    y: str | None = None
    crs: str | None = None
    """"EPSG:…", "GCJ-02" or "BD-09"; None only where the file itself says it."""

    @property
    def path(self) -> Path:
        """The file alone."""
        return Path(self.file.partition("::")[0])

    @property
    def exchange(self) -> str:
        """What to do where x and y are exchanged."""
        return "exchange --x and --y" if self.x else "write the file anew with longitude or easting as x"


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
    stream = open_stream(register)
    if stream.crs is None:
        raise CRSError(
            f"{register.file} does not say its coordinate reference system; add --crs EPSG:4490, GCJ-02, BD-09 or the "
            "EPSG code that its coordinates are in (the wrong one moves them by hundreds of metres), or --address with "
            "its column of addresses, which can show it"
        )
    return stream, stream.crs


def open_stream(register: RegisterFile, *, text: str | None = None) -> Stream:
    """Open a register of any kind, whether somebody says its CRS or not.

    Parameters
    ----------
    register : RegisterFile
    text : str, optional
        Column with other text, such as addresses.

    Returns
    -------
    Stream
        Its CRS is what the register says, else what the file says, else None.

    Raises
    ------
    ReadError, SchemaError
        As `open_register`.
    """
    path = register.path
    if not path.exists():
        raise ReadError(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    if suffix in PARQUET and register.x is None and register.y is None:
        stream = open_parquet(path, key=register.id, x=None, y=None, text=text)
    elif suffix in (*PARQUET, *TEXT, *SHEETS):
        stream = _open_table(register, suffix, text)
    else:
        stream = open_vector(register.file, key=register.id, text=text)
    return replace(stream, crs=register.crs or stream.crs)


def _open_table(register: RegisterFile, suffix: str, text: str | None) -> Stream:
    """Open a table without geometry."""
    path, x, y = register.path, register.x, register.y
    if x is None or y is None:
        raise SchemaError(f"{path} has no geometry; name its coordinate columns with --x and --y")
    if x == y:
        raise SchemaError(f"--x and --y both name the column {x}; one is the longitude or easting, one not")
    if suffix in PARQUET:
        return open_parquet(path, key=register.id, x=x, y=y, text=text)
    if suffix in TEXT:
        return open_text(path, key=register.id, x=x, y=y, text=text)
    return open_sheet(path, register.file.partition("::")[2], key=register.id, x=x, y=y, text=text)
