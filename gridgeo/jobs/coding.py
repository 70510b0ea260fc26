"""How answers become bytes: Parquet or CSV, part by part.

In: record batches as `gridgeo.locate.assign.answers` makes them. Out: bytes, the same for the same answers. Used by
`gridgeo.jobs.assign`.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import csv as pacsv

from gridgeo.errors import InputError
from gridgeo.jobs.parquet_parts import MAGIC, moved, part_of, whole_footer

__all__ = ["Coding", "coding_of"]

Bytes: TypeAlias = bytes | memoryview
"""A view of what Arrow has written saves a copy."""


class Coding(Protocol):
    """A file format that can be written in parts."""

    head: bytes
    """What stands before the first part."""

    def part(self, batch: pa.RecordBatch, at: int) -> tuple[Bytes, str]:
        """Return the bytes of a part that will stand at a place, and what the tail needs to know of it."""
        ...

    def tail(self, notes: list[str], remembered: dict[str, str]) -> bytes:
        """Return what stands behind the last part, with what the file is to remember where it can."""
        ...


def coding_of(output: Path, schema: pa.Schema) -> Coding:
    """Return the format of an output by the ending of its name.

    Raises
    ------
    InputError
        If it is neither ``.parquet`` nor ``.csv``.
    """
    ending = output.suffix.lower()
    if ending == ".parquet":
        return ParquetCoding(schema)
    if ending == ".csv":
        return TextCoding(schema)
    raise InputError(f"{output}: write to a name that ends in .parquet or .csv")


class ParquetCoding:
    """A row group per part; codes and methods by number, but plain text for every reader."""

    head = MAGIC

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema

    def part(self, batch: pa.RecordBatch, at: int) -> tuple[Bytes, str]:
        body, footer = part_of(_compact(batch))
        return body, base64.b64encode(moved(footer, at - len(MAGIC))).decode()

    def tail(self, notes: list[str], remembered: dict[str, str]) -> bytes:
        return whole_footer(self.schema.with_metadata(remembered), [base64.b64decode(note) for note in notes])


def _compact(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out codes that a small batch does not use: a row group carries all that its column has."""
    code = batch["code"]
    if len(code.dictionary) <= batch.num_rows:
        return batch
    rows = code.indices.fill_null(-1).to_numpy()
    used, numbers = np.unique(rows, return_inverse=True)
    if len(used) and used[0] < 0:
        used, numbers = used[1:], numbers - 1
    indices = pa.array(numbers.astype(np.int32), mask=numbers < 0)
    compact = pa.DictionaryArray.from_arrays(indices, code.dictionary.take(pa.array(used)))
    return batch.set_column(1, batch.schema.field("code"), compact)


class TextCoding:
    """UTF-8 with commas; quotes only in parts where an id needs them."""

    def __init__(self, schema: pa.Schema) -> None:
        self.head = ",".join(schema.names).encode() + b"\n"

    def part(self, batch: pa.RecordBatch, at: int) -> tuple[bytes, str]:  # noqa: ARG002
        columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
        plain = pa.RecordBatch.from_arrays(columns, batch.schema.names)
        try:
            return _csv(plain, "none"), ""
        except pa.ArrowInvalid:  # a comma, quote or line break in an id
            return _csv(plain, "needed"), ""

    def tail(self, notes: list[str], remembered: dict[str, str]) -> bytes:  # noqa: ARG002
        return b""


def _csv(batch: pa.RecordBatch, quoting: str) -> bytes:
    sink = pa.BufferOutputStream()
    pacsv.write_csv(
        pa.Table.from_batches([batch]), sink, pacsv.WriteOptions(include_header=False, quoting_style=quoting)
    )
    return sink.getvalue().to_pybytes()
