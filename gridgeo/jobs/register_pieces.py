"""A register's ids, coordinates and addresses, piece by piece.

In: a `RegisterFile` and the name of its address column. Out: pieces of at most `PIECE` rows in the order of the file.
Delimited text and Parquet are read piece by piece; spreadsheets and vector files are read whole. Used by
`gridgeo.jobs.quality`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from gridgeo.errors import ReadError, SchemaError
from gridgeo.jobs.assign import RegisterFile
from gridgeo.jobs.files import read_layer

__all__ = ["PIECE", "Stored", "crs_of_file", "pieces"]

PIECE = 100_000
"""Rows at once: some 100 MB with their addresses and all that is made of them."""

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")
"""Files without geometry of their own; everything else is left to GDAL."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order over the whole file: GB18030 takes nearly every text, UTF-8 hardly any that is none."""

BLOCK = 1 << 24
"""Bytes looked at at once."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Some rows as the file has them."""

    ids: list[str]
    """Empty where a row has none, or where no column was named."""
    x: NDArray[np.float64]
    """NaN where there is no number."""
    y: NDArray[np.float64]
    addresses: list[str] | None
    """None where no column was named."""


def crs_of_file(register: RegisterFile) -> str | None:
    """Return the system that a vector file declares; tables declare none."""
    path = _existing(register)
    if path.suffix.lower() in TABLES:
        return None
    layer = read_layer(register.file)
    return layer.crs.to_string() if layer.crs else None


def pieces(register: RegisterFile, address: str | None) -> Iterator[Stored]:
    """Yield a register's rows.

    Parameters
    ----------
    register : RegisterFile
        Its ``id`` may be empty: no column.
    address : str or None
        Column with addresses.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    SchemaError
        If a column is missing, not named, or named twice.
    """
    path = _existing(register)
    if path.suffix.lower() not in TABLES:
        yield from _features(register, address)
        return
    if register.x is None or register.y is None:
        raise SchemaError(f"{path} has no geometry; name its coordinate columns with --x and --y")
    if register.x == register.y:
        raise SchemaError(f"--x and --y both name the column {register.x}; one is the longitude or easting, one not")
    named = [register.id, register.x, register.y, address]
    columns = list(dict.fromkeys(name for name in named if name))
    for table in _tables(path, register.file.partition("::")[2], columns):
        x, y = (pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in (register.x, register.y))
        yield Stored(_texts(table, register.id), x, y, _texts(table, address) if address else None)


def _existing(register: RegisterFile) -> Path:
    path = Path(register.file.partition("::")[0])
    if not path.exists():
        raise ReadError(f"{path}: there is no such file")
    return path


def _features(register: RegisterFile, address: str | None) -> Iterator[Stored]:
    """Read a vector file: points as they are, of anything else a point inside."""
    layer = read_layer(register.file)
    _require(register.file, list(layer.columns), [name for name in (register.id, address) if name])
    points = shapely.point_on_surface(layer.geometry.to_numpy())
    addresses = _texts(layer, address) if address else None
    yield Stored(_texts(layer, register.id), shapely.get_x(points), shapely.get_y(points), addresses)


def _tables(path: Path, sheet: str, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield some columns of a table without geometry."""
    try:
        if path.suffix.lower() == ".parquet":
            source = pq.ParquetFile(path, pre_buffer=False)  # else the file is held as far as it was read
            _require(str(path), source.schema_arrow.names, columns)
            yield from (batch.to_pandas() for batch in source.iter_batches(PIECE, columns=columns))
        elif path.suffix.lower() in (".csv", ".tsv", ".txt"):
            yield from _delimited(path, columns)
        else:
            table = pd.read_excel(path, sheet_name=sheet or 0, engine="calamine", dtype=object)
            _require(str(path), list(table.columns), columns)
            yield table
    except (SchemaError, ReadError):
        raise
    except (pa.ArrowException, OSError, ValueError) as error:  # pandas' and calamine's errors are ValueErrors
        raise ReadError(f"{path} cannot be read as a table: {error}") from None
    except Exception as error:  # calamine raises classes of its own that share no base but this
        if not type(error).__module__.startswith("python_calamine"):
            raise
        raise ReadError(f"{path} cannot be read as a table: {error}") from None


def _delimited(path: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Read columns of delimited text; everything stays text."""
    separator, encoding = "," if path.suffix.lower() == ".csv" else "\t", _encoding(path)
    header = pd.read_csv(path, sep=separator, nrows=0, encoding=encoding)
    _require(str(path), list(header.columns), columns)
    with pd.read_csv(
        path, sep=separator, usecols=columns, dtype=str, keep_default_na=False, encoding=encoding, chunksize=PIECE
    ) as reader:
        yield from reader


def _encoding(path: Path) -> str:
    """Return the encoding in which the whole file can be read."""
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ReadError(f"{path} is neither UTF-8 nor GB18030 text: save it as UTF-8")


def _require(file: str, there: list[str], wanted: list[str]) -> None:
    """Name all missing columns at once."""
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SchemaError(f"{file} has no column {', '.join(missing)}; its columns are {', '.join(map(str, there))}")


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text, whole numbers without a point, empty where there is nothing."""
    if not column:
        return [""] * len(table)
    return [_text(value) for value in table[column].tolist()]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
