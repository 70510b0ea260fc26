"""Points out of WKB without a point object: coordinates stand at fixed places in every record of one kind.

In: a binary Arrow column as GeoParquet and OGR give it. Out: coordinates of the points, and shapes for everything
else. Used by the streams (`gridgeo.intake.stream_parquet`, `gridgeo.jobs.stream_vector`).

A point is 21 bytes of ISO WKB: byte order, type 1, x, y. A height or measure adds 8 bytes each, an SRID (EWKB) 4 before
x. Specification: OGC 06-103r4, 8.2; PostGIS for the SRID.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

__all__ = ["Places", "decode_wkb"]

HEADS = {
    1: (21, 5), 1001: (29, 5), 2001: (29, 5), 3001: (37, 5),
    0x80000001: (29, 5), 0x40000001: (29, 5), 0xC0000001: (37, 5),
    0x20000001: (25, 9), 0xA0000001: (33, 9), 0x60000001: (33, 9), 0xE0000001: (41, 9),
}  # fmt: skip
"""Type of a point → length of its record and where x begins, in bytes."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of a column are."""

    x: NDArray[np.float64]
    """(n,) NaN where a row is empty or no point."""
    y: NDArray[np.float64]
    shapes: NDArray[np.object_] | None
    """(n,) what is no point, None elsewhere; None if all rows are points."""


def decode_wkb(column: pa.Array) -> Places:
    """Read a column of WKB.

    Parameters
    ----------
    column : pyarrow.Array, (n,)
        binary or large_binary; null where there is no geometry.

    Returns
    -------
    Places

    Raises
    ------
    shapely.errors.GEOSException
        If a record is no WKB.
    """
    count = len(column)
    x, y = np.full(count, np.nan), np.full(count, np.nan)
    data, starts, lengths = _records(column)
    left = np.flatnonzero(lengths)
    while len(left):
        first = int(starts[left[0]])
        kind = int.from_bytes(data[first + 1 : first + 5].tobytes(), "little")
        length, at = HEADS.get(kind, (0, 0))
        alike = _alike(data, starts[left], lengths[left], first, length)
        if not alike.any():
            break
        rows = left[alike]
        x[rows], y[rows] = _coordinates(data, starts[rows], at, length)
        left = left[~alike]
        # a point of another kind may come first now; anything else ends the search
    if not len(left):
        return Places(x, y, None)
    return _with_shapes(column, x, y, left)


def _records(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return the bytes of a column, and where each record starts and how long it is; nulls have no length."""
    large = pa.types.is_large_binary(column.type)
    _, offsets, values = column.buffers()
    if values is None:
        return np.empty(0, np.uint8), np.zeros(len(column), np.int64), np.zeros(len(column), np.int64)
    ends = np.frombuffer(offsets, np.int64 if large else np.int32)[column.offset : column.offset + len(column) + 1]
    starts, lengths = ends[:-1].astype(np.int64), np.diff(ends).astype(np.int64)
    if column.null_count:
        lengths[np.asarray(column.is_null())] = 0
    return np.frombuffer(values, np.uint8), starts, lengths


def _alike(
    data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], first: int, length: int
) -> NDArray[np.bool_]:
    """Tell which records are points of the same kind and byte order as the first one, which must be little-endian."""
    if not length or data[first] != 1:
        return np.zeros(len(starts), bool)
    alike = lengths == length
    safe = np.where(alike, starts, first)
    for place in range(5):
        alike &= data[safe + place] == data[first + place]
    return alike


def _coordinates(
    data: NDArray[np.uint8], starts: NDArray[np.int64], at: int, length: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read x and y of records of one length; records without a gap between them are one table of bytes."""
    count, first = len(starts), int(starts[0])
    if starts[-1] - first == (count - 1) * length and (np.diff(starts) == length).all():
        table = data[first : first + count * length].reshape(count, length)[:, at : at + 16]
    else:
        table = data[starts[:, None] + np.arange(at, at + 16)]
    pairs = np.ascontiguousarray(table).view("<f8")
    return pairs[:, 0], pairs[:, 1]


def _with_shapes(column: pa.Array, x: NDArray[np.float64], y: NDArray[np.float64], rows: NDArray[np.int64]) -> Places:
    """Let shapely read the rows that are left: big-endian points, and what is no point."""
    read = shapely.from_wkb(column.take(pa.array(rows)).to_numpy(zero_copy_only=False))
    read[shapely.is_empty(read)] = None
    points = shapely.get_type_id(read) == 0
    x[rows[points]], y[rows[points]] = shapely.get_x(read[points]), shapely.get_y(read[points])
    others = np.flatnonzero(~points & ~shapely.is_missing(read))
    if not len(others):
        return Places(x, y, None)
    shapes = np.full(len(column), None, object)
    shapes[rows[others]] = read[others]
    return Places(x, y, shapes)
