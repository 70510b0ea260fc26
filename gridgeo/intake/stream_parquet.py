"""Parquet registers in pieces, only the columns that are needed.

In: a Parquet file with coordinates in two columns, or GeoParquet. Out: a `Stream`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from gridgeo.errors import CRSError, ReadError, SchemaError
from gridgeo.intake.stream import (
    POINT_TYPES,
    POINTS,
    SHAPES,
    Batch,
    Stream,
    evenly,
    ids_and_text,
    numbers,
    require_columns,
)
from gridgeo.intake.wkb import Places, decode_wkb

__all__ = ["open_parquet"]

LON_LAT = "OGC:CRS84"
"""What GeoParquet means where it names no CRS (specification 1.1, "crs")."""


READ_AT_ONCE = 2**18
"""Bytes of a column that are read at a time; without a limit, all that it has in a row group."""


def open_parquet(path: Path, *, key: str, x: str | None, y: str | None, text: str | None = None) -> Stream:
    """Open a Parquet register.

    Parameters
    ----------
    path : Path
    key : str
        Column with the ids; empty for none.
    x, y : str or None
        Columns with the coordinates; None takes the geometry of GeoParquet.
    text : str, optional
        Column with other text, such as addresses.

    Returns
    -------
    Stream

    Raises
    ------
    ReadError
        If the file is no Parquet, or its geometry is in a coding that is not known.
    SchemaError
        If a column is missing, or there is no geometry and x or y is None.
    """
    try:
        opened = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{path} cannot be read as a table: {error}") from None
    with opened:
        metadata, there = opened.metadata, opened.schema_arrow
    geometry = _geometry(path, metadata.metadata or {}) if x is None or y is None else None
    if geometry is None and (x is None or y is None):
        raise SchemaError(f"{path} has no geometry; name its coordinate columns with --x and --y")
    places = [geometry["column"]] if geometry else [str(x), str(y)]
    columns = [name for name in dict.fromkeys([key, text, *places]) if name]
    require_columns(str(path), there.names, columns)
    size = SHAPES if geometry and geometry["has_shapes"] else POINTS

    def batches() -> Iterator[Batch]:
        for start, table in _tables(path, columns, size):
            ids, more = ids_and_text(table, len(table), file=str(path), key=key, text=text, start=start)
            where = _decoded(path, table[places[0]], start) if geometry else _pair(table, *places)
            yield Batch(start, ids, where, more)

    return Stream(
        crs=geometry["crs"] if geometry else None,
        rows=metadata.num_rows,
        has_shapes=bool(geometry and geometry["has_shapes"]),
        batches=batches,
    )


def _tables(path: Path, columns: list[str], size: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read some columns, piece by piece, without holding whole row groups."""
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=READ_AT_ONCE) as opened:
            schema = pa.schema([opened.schema_arrow.field(name) for name in columns])
            read = opened.iter_batches(batch_size=size, columns=columns, use_threads=False)
            pieces = (batch.select(columns) for batch in read)
            yield from evenly(pieces, schema, size)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{path} cannot be read as a table: {error}") from None


def _pair(table: pa.RecordBatch, x: str, y: str) -> Places:
    return Places(numbers(table[x]), numbers(table[y]), None)


def _decoded(path: Path, values: pa.Array, start: int) -> Places:
    """Read the geometry of a piece."""
    if pa.types.is_struct(values.type):
        return Places(numbers(values.field("x")), numbers(values.field("y")), None)
    try:
        return decode_wkb(values)
    except shapely.errors.GEOSException as error:
        where = f"records {start + 1} to {start + len(values)}"
        raise ReadError(f"{path}, {where}: a geometry is no WKB ({error}); export the file again") from None


def _geometry(path: Path, metadata: dict[bytes, bytes]) -> dict[str, Any] | None:
    """Return name, CRS and kind of the geometry column of GeoParquet."""
    if b"geo" not in metadata:
        return None
    try:
        geo = json.loads(metadata[b"geo"])
        column = geo["primary_column"]
        told = geo["columns"][column]
        coding, types = told["encoding"], set(told.get("geometry_types", []))
    except (ValueError, KeyError, TypeError):
        raise ReadError(f"{path}: its GeoParquet header cannot be read; export the file again") from None
    if coding not in ("WKB", "point"):
        raise ReadError(f"{path}: geometry coded as {coding!r} cannot be read; export it with the coding WKB")
    has_shapes = coding == "WKB" and not (types and types <= POINT_TYPES)
    return {"column": column, "crs": _crs(path, told), "has_shapes": has_shapes}


def _crs(path: Path, told: dict[str, Any]) -> str | None:
    """Return the CRS of a geometry column, as text that pyproj reads."""
    if "crs" not in told:
        return LON_LAT
    if told["crs"] is None:
        return None
    crs = told["crs"]
    if not isinstance(crs, dict):
        raise CRSError(f"{path}: its coordinate reference system cannot be read; say it with --crs")
    named = crs.get("id") or {}
    return f"{named['authority']}:{named['code']}" if {"authority", "code"} <= set(named) else json.dumps(crs)
