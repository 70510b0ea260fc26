"""Job: a register's points → grid codes, written as Parquet or CSV.

In: CSV, Excel, Parquet or any vector file with an id and coordinates, and a `Lookup`. Out: a file with
``id, code, method, distance_m``, one row per row of the register in the same order, and an `AssignReport`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.crs import parse_crs, to_city
from gridgeo.errors import CRSError, InputError, ReadError, SchemaError
from gridgeo.jobs.files import read_layer, written_whole
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.assign import METHODS, assign_points

__all__ = ["AssignReport", "RegisterFile", "assign_file", "read_register", "write_assignment"]

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".ods", ".parquet")
"""Files without geometry of their own; everything else is left to GDAL."""

EXACT_DIGITS = 10**15
"""Spreadsheets keep 15 digits of a number; longer ids stored as numbers have lost their last digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFile:
    """Where points stand and how they are to be read."""

    file: str
    """``FILE``, ``FILE::LAYER`` or, of a workbook, ``FILE::SHEET``."""
    id: str
    x: str | None = None
    """Column with longitude or easting; None for a file with geometry."""
    y: str | None = None
    crs: str | None = None
    """"EPSG:…", "GCJ-02" or "BD-09"; None only where the file itself says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignReport:
    """What became of a register."""

    rows: int
    counts: dict[str, int]
    """Method → rows; the methods of `gridgeo.locate.assign.METHODS`, their sum is ``rows``."""
    grids_hit: int
    first_unreadable: str = ""
    """The first row without readable coordinates, e.g. "record 5 (id 005)"; empty: every row has them."""

    def __str__(self) -> str:
        """Return the counts in one line."""
        parts = ", ".join(f"{count:,} {method}" for method, count in self.counts.items() if count)
        return f"{self.rows:,} points: {parts or 'none'}; {self.grids_hit:,} grids hit"


def assign_file(register: RegisterFile, lookup: Lookup, output: str | Path, *, nearest_m: float = 0.0) -> AssignReport:
    """Assign the points of a file to grids and write the result.

    Parameters
    ----------
    register : RegisterFile
    lookup : Lookup
    output : str or Path
        ``….parquet`` or ``….csv``; appears only when it is complete.
    nearest_m : float
        Points outside the layer go to the nearest grid within this distance.

    Returns
    -------
    AssignReport

    Raises
    ------
    ReadError, SchemaError
        If the register cannot be read.
    CRSError
        If its CRS is not stated, unknown or not convertible.
    InputError
        If the output is of neither kind or cannot be written.
    """
    output = Path(output)
    _require_known(output)
    if output.resolve() == Path(register.file.partition("::")[0]).resolve():
        raise InputError(f"{output} is the register itself and would be lost; write to another file")
    ids, x, y, crs = read_register(register)
    _require_degrees(register.file, x, y, crs)
    east, north = to_city(x, y, crs, lookup.index.crs)
    table = assign_points(ids, east, north, lookup.index, nearest_m=nearest_m)
    write_assignment(table, output)
    counts = table["method"].value_counts()
    return AssignReport(
        rows=len(table),
        counts={method: int(counts.get(method, 0)) for method in METHODS},
        grids_hit=int(table["code"].nunique()),
        first_unreadable=_first_unreadable(table),
    )


def _require_degrees(file: str, x: NDArray[np.float64], y: NDArray[np.float64], crs: str) -> None:
    """Refuse coordinates of which most are no degrees although their CRS is in degrees."""
    known = np.isfinite(x) & np.isfinite(y)
    wrong = known & ((np.abs(x) > 360) | (np.abs(y) > 360))
    if not parse_crs(crs).is_geographic or 2 * wrong.sum() <= known.sum():
        return
    first = int(np.flatnonzero(wrong)[0])
    raise CRSError(
        f"{file}, record {first + 1}: {x[first]:.1f}, {y[first]:.1f} are no degrees, but --crs says {crs}; name the "
        "metric system that they are in, such as EPSG:4547"
    )


def _first_unreadable(table: pd.DataFrame) -> str:
    """Return the first row of an assignment that had no coordinates, counted from 1 below any header."""
    rows = np.flatnonzero(table["method"] == "none")
    return f"record {rows[0] + 1} (id {table['id'].iloc[rows[0]]})" if len(rows) else ""


def _require_known(output: Path) -> None:
    """Refuse an output that could not be written, before the work."""
    if output.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"{output}: write to a name that ends in .parquet or .csv")


def write_assignment(table: pd.DataFrame, output: Path) -> None:
    """Write an assignment as Parquet or CSV; the file appears only when it is complete."""
    _require_known(output)
    with written_whole(output) as part:
        if output.suffix.lower() == ".parquet":
            table.to_parquet(part, index=False)
        else:
            table.to_csv(part, index=False)


def read_register(register: RegisterFile) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], str]:
    """Read ids and coordinates.

    Returns
    -------
    ids : list of str
    x, y : ndarray of float
        NaN where there is no number.
    crs : str
        Their CRS.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    SchemaError
        If a column is missing or ids have lost digits.
    CRSError
        If nobody says the CRS.
    """
    path, _, part = register.file.partition("::")
    if not Path(path).exists():
        raise ReadError(f"{path}: there is no such file")
    if Path(path).suffix.lower() not in TABLES:
        return _read_features(register)
    if register.crs is None:
        raise CRSError(
            f"{path} does not say the datum of its coordinates; add --crs EPSG:4490, GCJ-02, BD-09 or the EPSG code "
            "that they are in (the wrong one moves them by hundreds of metres)"
        )
    if register.x is None or register.y is None:
        raise SchemaError(f"{path} has no geometry; name its coordinate columns with --x and --y")
    if register.x == register.y:
        raise SchemaError(f"--x and --y both name the column {register.x}; one is the longitude or easting, one not")
    table = _read_table(Path(path), part, list(dict.fromkeys([register.id, register.x, register.y])))
    x, y = (pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in (register.x, register.y))
    return _text_ids(table[register.id], path), x, y, register.crs


def _read_features(register: RegisterFile) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], str]:
    """Read a vector file: points as they are, of anything else a point inside."""
    layer = read_layer(register.file)
    _require_columns(register.file, list(layer.columns), [register.id])
    crs = register.crs or (layer.crs.to_string() if layer.crs else None)
    if crs is None:
        raise CRSError(f"{register.file} does not say its coordinate reference system; add --crs")
    points = shapely.point_on_surface(layer.geometry.to_numpy())
    return _text_ids(layer[register.id], register.file), shapely.get_x(points), shapely.get_y(points), crs


def _read_table(path: Path, sheet: str, columns: list[str]) -> pd.DataFrame:
    """Read some columns of a table without geometry."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            table = pd.read_parquet(path)
        elif suffix in (".csv", ".tsv", ".txt"):
            table = _read_text(path, columns)
        else:
            table = pd.read_excel(path, sheet_name=sheet or 0, engine="calamine", dtype=object)
            # a spreadsheet knows no integers: what looks like one was a float
            table = table.map(lambda value: float(value) if isinstance(value, int) else value)
    except Exception as error:  # calamine and pyarrow raise classes of their own that share no base but this
        raise ReadError(f"{path} cannot be read as a table: {error}") from None
    _require_columns(str(path), list(table.columns), columns)
    return table[columns]


def _read_text(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read columns of delimited text as UTF-8 or else GB18030; everything stays text."""
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            header = pd.read_csv(path, sep=separator, nrows=0, encoding=encoding)
            if not set(columns) <= set(header.columns):
                return header
            return pd.read_csv(
                path, sep=separator, usecols=columns, dtype=str, keep_default_na=False, encoding=encoding
            )
        except UnicodeDecodeError:
            continue
    raise ReadError("it is neither UTF-8 nor GB18030 text")


def _require_columns(path: str, there: list[str], wanted: list[str]) -> None:
    """Name all missing columns at once."""
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SchemaError(f"{path} has no column {', '.join(missing)}; its columns are {', '.join(map(str, there))}")


def _text_ids(column: pd.Series, path: str) -> list[str]:
    """Return ids as text, whole numbers without a point; refuse numbers that have lost digits."""
    ids = []
    for row, value in enumerate(column):  # ids may mix text and numbers, cell by cell
        if isinstance(value, float):  # numpy's floats are Python floats too
            ids.append(_whole(value, f"{path}, record {row + 1}"))
        else:
            ids.append("" if value is None or value is pd.NA else str(value).strip())
    return ids


def _whole(value: float, where: str) -> str:
    """Return a number without its point; refuse one that has lost digits."""
    if abs(value) >= EXACT_DIGITS:
        raise SchemaError(
            f"{where}: id {value:.0f} is stored as a number of more than 15 digits and has lost its last ones; "
            "export the column as text"
        )
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else str(value)
