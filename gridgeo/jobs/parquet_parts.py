"""Parquet files made in parts: each part is written apart, the file is their row groups and one footer.

In: record batches. Out: the bytes of each part with its footer, and at the end the footer of the whole. A part does not
know where in the file it will stand, so the places in its footer are moved when it is put there. That is what makes a
long run resumable: pyarrow's writer cannot go on with a file that it did not begin.

The footer is Thrift in its compact protocol (thrift.apache.org, "Thrift Compact protocol encoding"); which fields are
places is said in parquet-format's ``parquet.thrift`` (FileMetaData 4, RowGroup 1 and 5, ColumnChunk 2 to 6,
ColumnMetaData 9, 10, 11 and 14).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["MAGIC", "footer_of", "moved", "part_of", "whole_footer"]

MAGIC = b"PAR1"

CODED = ["code", "method", "distance_m"]
"""Columns with few different values."""

PLACES: dict[Any, Any] = {4: {1: {2: None, 4: None, 6: None, 3: {9: None, 10: None, 11: None, 14: None}}, 5: None}}
"""Field numbers on the way to every place in a file's metadata."""


def part_of(batch: pa.RecordBatch) -> tuple[memoryview, bytes]:
    """Write a batch as one row group.

    Returns
    -------
    body : memoryview
        The row group.
    footer : bytes
        Its metadata as if it stood right behind the magic word of a file.
    """
    sink = pa.BufferOutputStream()
    _write(sink, batch.schema, batch)
    file = memoryview(sink.getvalue())
    footer = footer_of(file)
    return file[len(MAGIC) : -len(footer) - 8], footer


def _write(sink: Any, schema: pa.Schema, batch: pa.RecordBatch | None) -> None:
    # without arrow's own schema every reader gets plain text for what is stored by numbers; statistics are left out, as
    # codes come in no order and finding their ends takes a third of the time of writing
    with pq.ParquetWriter(
        sink, schema, use_dictionary=[n for n in CODED if n in schema.names], write_statistics=False,
        store_schema=False,
    ) as writer:  # fmt: skip
        if schema.metadata:
            writer.add_key_value_metadata(schema.metadata)
        if batch is not None and batch.num_rows:
            writer.write_batch(batch, row_group_size=batch.num_rows)


def footer_of(file: bytes | memoryview) -> bytes:
    """Return the metadata of a Parquet file."""
    length = int.from_bytes(file[-8:-4], "little")
    return bytes(file[-8 - length : -8])


def whole_footer(schema: pa.Schema, parts: list[bytes]) -> bytes:
    """Return everything behind the row groups of a file.

    Parameters
    ----------
    schema : pyarrow.Schema
        With the metadata that the file is to have.
    parts : list of bytes
        Footers of its parts, `moved` to where they stand.
    """
    sink = pa.BufferOutputStream()
    _write(sink, schema, None)
    metadata = pq.read_metadata(pa.BufferReader(sink.getvalue()))
    for footer in parts:
        file = MAGIC + footer + len(footer).to_bytes(4, "little") + MAGIC
        metadata.append_row_groups(pq.read_metadata(pa.BufferReader(file)))
    sink = pa.BufferOutputStream()
    metadata.write_metadata_file(sink)
    return sink.getvalue().to_pybytes()[len(MAGIC) :]


def moved(footer: bytes, by: int) -> bytes:
    """Return the metadata of a part after moving it by a number of bytes."""
    fields, _ = _read_struct(footer, 0)
    out = bytearray()
    _write_struct(out, _shifted(fields, PLACES, by))
    return bytes(out)


I64, BINARY, LIST, SET, MAP, STRUCT = 6, 8, 9, 10, 11, 12
TRUE, FALSE, BYTE, I16, DOUBLE = 1, 2, 3, 4, 7
"""Types of the compact protocol; 5 is I32 and coded as I16 and I64 are."""


def _shifted(fields: list[tuple[int, int, Any]], places: dict[Any, Any], by: int) -> list[tuple[int, int, Any]]:
    """Add to all places in a struct; 0 means that there is none."""
    out = []
    for number, kind, old in fields:
        value = old
        if number in places:
            below = places[number]
            if kind == I64 and below is None:
                value = old + by if old else 0
            elif kind == STRUCT:
                value = _shifted(old, below, by)
            elif kind == LIST:
                value = (old[0], [_shifted(element, below, by) for element in old[1]])
        out.append((number, kind, value))
    return out


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _write_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _read_int(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_varint(data, at)
    return value >> 1 ^ -(value & 1), at


def _write_int(out: bytearray, value: int) -> None:
    _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _read_struct(data: bytes, at: int) -> tuple[list[tuple[int, int, Any]], int]:
    """Read a struct as (field number, type, value)."""
    fields: list[tuple[int, int, Any]] = []
    number = 0
    while head := data[at]:
        at += 1
        kind = head & 0x0F
        if head >> 4:
            number += head >> 4
        else:
            number, at = _read_int(data, at)
        value, at = (None, at) if kind in (TRUE, FALSE) else _read_value(data, at, kind)
        fields.append((number, kind, value))
    return fields, at + 1


def _write_struct(out: bytearray, fields: list[tuple[int, int, Any]]) -> None:
    last = 0
    for number, kind, value in fields:
        if 0 < number - last <= 15:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _write_int(out, number)
        last = number
        if kind not in (TRUE, FALSE):
            _write_value(out, kind, value)
    out.append(0)


def _read_value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (TRUE, FALSE, BYTE):  # truth values outside structs take a byte
        return data[at], at + 1
    if kind == DOUBLE:
        return data[at : at + 8], at + 8
    if kind == BINARY:
        length, at = _read_varint(data, at)
        return data[at : at + length], at + length
    if kind == STRUCT:
        return _read_struct(data, at)
    if kind in (LIST, SET):
        return _read_list(data, at)
    if kind == MAP:
        raise ValueError("Parquet's metadata has no maps")
    return _read_int(data, at)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE, BYTE):
        out.append(value)
    elif kind == DOUBLE:
        out += value
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == STRUCT:
        _write_struct(out, value)
    elif kind in (LIST, SET):
        _write_list(out, value)
    else:
        _write_int(out, value)


def _read_list(data: bytes, at: int) -> tuple[tuple[int, list[Any]], int]:
    head = data[at]
    at += 1
    length, kind = head >> 4, head & 0x0F
    if length == 15:
        length, at = _read_varint(data, at)
    elements = []
    for _ in range(length):
        element, at = _read_value(data, at, kind)
        elements.append(element)
    return (kind, elements), at


def _write_list(out: bytearray, value: tuple[int, list[Any]]) -> None:
    kind, elements = value
    if len(elements) < 15:
        out.append(len(elements) << 4 | kind)
    else:
        out.append(0xF0 | kind)
        _write_varint(out, len(elements))
    for element in elements:
        _write_value(out, kind, element)
