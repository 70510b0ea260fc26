"""Registers to grids: every point gets exactly one code, or the reason why not.

In: ids and coordinates in the CRS of the layer. Out: ``id, code, method, distance_m``, one row per point in the order
handed in. Before: `gridgeo.crs` brings the coordinates over; after: the store counts households by grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from gridgeo.locate.index import GridIndex, build_index

__all__ = [
    "METHODS", "WORDS", "Found", "Move", "answer_schema", "answers", "assign_batch", "assign_points", "code_list",
    "find",
]  # fmt: skip

METHODS = ("inside", "border", "nearest", "outside", "none")
"""inside: in one grid; border: on a border, smallest code; nearest: outside, but within reach of a grid;
outside: in no grid; none: no coordinate, or none on the earth. The last two have no code."""

WORDS = (*METHODS, "share")
"""The same with what only lines and areas can be: in more than one grid, or partly in none (`gridgeo.locate.share`)."""

INSIDE, BORDER, NEAREST, OUTSIDE, NONE, SHARE = range(len(WORDS))

CHUNK = 100_000
"""Points looked up at once: what they need stays in the processor's cache, and a look-up in a few MB."""

Floats = NDArray[np.float64]
Move = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Brings coordinates into the CRS of the layer, as `gridgeo.crs.to_city` does."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of n rows, by number."""

    row: NDArray[np.int32]
    """Row of the index, -1 without a code."""
    method: NDArray[np.int8]
    """Place in `WORDS`."""
    distance_m: Floats
    """0 for what touches its grid, NaN without a code."""
    share: Floats | None = None
    """Part of a line or area that lies in its grid, NaN for points; None if nothing else was asked."""


def assign_points(
    ids: ArrayLike, x: ArrayLike, y: ArrayLike, grids: gpd.GeoDataFrame | GridIndex, *, nearest_m: float = 0.0
) -> pd.DataFrame:
    """Give every point the code of the grid that covers it.

    Parameters
    ----------
    ids : array_like, (n,)
        Returned as text.
    x, y : array_like of float, (n,)
        In the CRS of the grids; NaN where there is no coordinate.
    grids : GeoDataFrame or GridIndex
        ``code`` and polygons.
    nearest_m : float
        Points outside go to the nearest grid within this distance; 0 leaves them without a code.

    Returns
    -------
    DataFrame, (n,)
        ``id, code, method, distance_m`` in the order handed in; code is missing for outside and none, distance is 0
        for inside and border, NaN without a code.

    Raises
    ------
    SchemaError
        If the grids have no usable codes.
    ValueError
        If ids and coordinates differ in length.

    Notes
    -----
    O(n log m) for n points and m grids, in chunks of constant memory.
    """
    index = grids if isinstance(grids, GridIndex) else build_index(grids)
    east, north = np.asarray(x, float), np.asarray(y, float)
    names = [str(value) for value in np.asarray(ids, object)]
    if not len(names) == len(east) == len(north):
        raise ValueError(f"{len(names)} ids, {len(east)} x and {len(north)} y do not belong together")
    found = find(east, north, index, nearest_m=nearest_m)
    code = np.array([*index.codes, None], object)[found.row]  # row -1 is None
    return pd.DataFrame(
        {
            "id": pd.Series(names, dtype="str"),
            "code": pd.Series(code, dtype="str"),
            "method": pd.Series(np.array(WORDS, object)[found.method], dtype="str"),
            "distance_m": found.distance_m,
        }
    )


def assign_batch(
    ids: pa.Array, x: Floats, y: Floats, index: GridIndex, *, nearest_m: float = 0.0, move: Move | None = None
) -> pa.RecordBatch:
    """Give every point of a batch the code of the grid that covers it; the same answers as `assign_points`.

    Parameters
    ----------
    ids : pyarrow.Array of string, (n,)
        Handed through.
    x, y : ndarray of float, (n,)
        NaN where there is no coordinate.
    index : GridIndex
    nearest_m : float
        As in `assign_points`.
    move : callable, optional
        Brings x, y into the CRS of the index; without it they are in it.

    Returns
    -------
    pyarrow.RecordBatch, (n,)
        ``id, code, method, distance_m``; code and method are dictionary-coded, code and distance null without a grid.

    Notes
    -----
    A pure function of one partition: what runs it on many is not its business. O(n log m), no loop over rows.
    """
    return answers(ids, find(x, y, index, nearest_m=nearest_m, move=move), code_list(index))


def code_list(index: GridIndex) -> pa.Array:
    """Return the codes of an index as the dictionary of `answers`; made once for many batches."""
    return pa.array(index.codes, pa.string())


def answer_schema(*, with_share: bool = False) -> pa.Schema:
    """Return the columns of `answers`."""
    columns = [
        ("id", pa.string()),
        ("code", pa.dictionary(pa.int32(), pa.string())),
        ("method", pa.dictionary(pa.int8(), pa.string())),
        ("distance_m", pa.float64()),
        ("share", pa.float64()),
    ]
    return pa.schema(columns if with_share else columns[:-1])


def answers(ids: pa.Array, found: Found, codes: pa.Array) -> pa.RecordBatch:
    """Put what was found into words.

    Parameters
    ----------
    ids : pyarrow.Array of string, (n,)
    found : Found, (n,)
    codes : pyarrow.Array of string
        Of the rows of the index, see `code_list`.

    Returns
    -------
    pyarrow.RecordBatch, (n,)
        See `answer_schema`; with ``share`` if shares were found.
    """
    lost = len(found.row) and found.row.min() < 0
    nowhere = found.row < 0 if lost else None  # no mask, no copy
    columns = [
        ids,
        pa.DictionaryArray.from_arrays(pa.array(found.row, mask=nowhere), codes),
        pa.DictionaryArray.from_arrays(pa.array(found.method), pa.array(WORDS)),
        pa.array(found.distance_m, mask=nowhere),
    ]
    if found.share is not None:
        columns.append(pa.array(found.share, mask=np.isnan(found.share)))
    return pa.RecordBatch.from_arrays(columns, schema=answer_schema(with_share=found.share is not None))


def find(x: Floats, y: Floats, index: GridIndex, *, nearest_m: float = 0.0, move: Move | None = None) -> Found:
    """Look points up, in chunks of constant memory; parameters as `assign_batch`."""
    count = len(x)
    row, method = np.empty(count, np.int32), np.empty(count, np.int8)
    distance_m = np.empty(count)
    for part in _parts(count):
        east, north = (x[part], y[part]) if move is None else move(x[part], y[part])
        row[part], method[part], distance_m[part] = _find(index, east, north, nearest_m)
    return Found(row, method, distance_m)


def _parts(count: int) -> Iterator[slice]:
    """Cut rows into chunks."""
    for start in range(0, count, CHUNK):
        yield slice(start, start + CHUNK)


def _find(
    index: GridIndex, x: Floats, y: Floats, nearest_m: float
) -> tuple[NDArray[np.int32], NDArray[np.int8], Floats]:
    """Look one chunk up: rows, methods (by number) and distances."""
    rows, on_border = index.covering(x, y)
    if not len(rows) or rows.min() >= 0:
        return rows, on_border.view(np.int8), np.zeros(len(rows))  # inside is 0, border 1
    found = rows >= 0
    distance_m = np.where(found, 0.0, np.nan)
    method = np.where(found, on_border.view(np.int8), np.int8(OUTSIDE))
    finite = np.isfinite(x) & np.isfinite(y)
    method[~finite] = NONE
    left = np.flatnonzero(finite & ~found)
    if nearest_m > 0 and len(left):
        rows[left], distance_m[left] = index.nearest(x[left], y[left], within_m=nearest_m)
        method[left[rows[left] >= 0]] = NEAREST
    return rows, method, distance_m
