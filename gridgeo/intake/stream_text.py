"""Registers in delimited text, in pieces; ids stay text.

In: CSV or tab-separated text in UTF-8, with or without a mark at its beginning, or GB18030. Out: a `Stream`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as pacsv

from gridgeo.errors import ReadError
from gridgeo.intake.encoding import decodes
from gridgeo.intake.stream import POINTS, Batch, Stream, evenly, ids_and_text, numbers, require_columns
from gridgeo.intake.wkb import Places

__all__ = ["open_text"]

ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order over the whole file: GB18030 takes nearly every text, UTF-8 hardly any that is none."""

BLOCK = 1 << 24
"""Bytes read at once."""


def open_text(path: Path, *, key: str, x: str, y: str, text: str | None = None) -> Stream:
    """Open a register in delimited text: commas in ``….csv``, tabs elsewhere.

    Parameters
    ----------
    path : Path
    key, x, y : str
        Columns with ids, empty for none, and coordinates.
    text : str, optional
        Column with other text, such as addresses.

    Returns
    -------
    Stream

    Raises
    ------
    ReadError
        If the file has no header, is in neither encoding, or a row has more or fewer fields than the header.
    SchemaError
        If a column is missing.
    """
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    try:
        encoding = _encoding(path)
        header = _header(path, encoding, separator)
        rows = _about(path)
    except OSError as error:
        raise ReadError(f"{path} cannot be read as a table: {error.strerror or error}") from None
    names = [name for name in dict.fromkeys([key, x, y, text]) if name]
    require_columns(str(path), header, names)

    def batches() -> Iterator[Batch]:
        for start, table in _tables(path, encoding, separator, names):
            ids, more = ids_and_text(table, len(table), file=str(path), key=key, text=text, start=start)
            yield Batch(start, ids, Places(numbers(table[x]), numbers(table[y]), None), more)

    return Stream(crs=None, rows=rows, has_shapes=False, batches=batches)


def _encoding(path: Path) -> str:
    """Return the encoding in which the whole file can be read."""
    found = next((encoding for encoding in ENCODINGS if decodes(path, encoding)), None)
    if found is not None:
        return found
    raise ReadError(f"{path} cannot be read as a table: it is neither UTF-8 nor GB18030 text; save it as UTF-8")


def _header(path: Path, encoding: str, separator: str) -> list[str]:
    """Read the names of the columns."""
    with path.open(encoding=encoding, newline="") as file:
        header = next((row for row in csv.reader(file, delimiter=separator) if row), None)
    if header is None:
        raise ReadError(f"{path} cannot be read as a table: it is empty")
    return header


def _about(path: Path) -> int:
    """Estimate the number of rows from the beginning of the file."""
    with path.open("rb") as file:
        block = file.read(1 << 20)
    return int(path.stat().st_size * block.count(b"\n") / max(len(block), 1))


def _tables(path: Path, encoding: str, separator: str, names: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read columns of text, block by block; what is empty is null."""
    schema = pa.schema([(name, pa.string()) for name in names])
    try:
        with pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(
                encoding="utf8" if encoding == "utf-8-sig" else encoding, block_size=BLOCK, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                include_columns=names, column_types=schema, null_values=[""], strings_can_be_null=True
            ),
        ) as reader:
            yield from evenly(reader, schema, POINTS)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{path} cannot be read as a table: {error}") from None
