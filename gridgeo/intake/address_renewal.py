"""An address library handed in again: what is new, what changed, what stays and costs nothing, what is gone.

In: the rows of one source that are known, and `gridgeo.intake.address_entries.AddressEntries`. Out: an
`AddressRenewal`. Called by `gridgeo.jobs.addresses`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgeo.intake.renewal import SAME_M

__all__ = ["AddressRenewal", "address_renewal"]

TEXTS = ("kind", "name", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRenewal:
    """What a file changes."""

    came: pd.DataFrame
    """New and changed rows: ``id, kind, name, text, x, y``."""
    went: NDArray[np.int64]
    """Numbers (``fid``) of the rows that are replaced or removed."""
    added: int
    changed: int
    unchanged: int
    gone: int
    """Rows that the file no longer has and that are removed."""


def address_renewal(
    known: pd.DataFrame,
    contents: Iterable[pd.DataFrame],
    table: pd.DataFrame,
    spoken_of: pa.Array,
    *,
    complete: bool = False,
) -> AddressRenewal:
    """Compare a library with what is known of its source.

    Parameters
    ----------
    known : DataFrame
        ``fid, id``, one row per id.
    contents : iterable of DataFrame
        ``kind, name, text, x, y`` of the same rows in the same order, some at a time: two whole libraries would not fit
        into the memory of an office PC.
    table : DataFrame
        ``id, kind, name, text, x, y``, one row per id.
    spoken_of : pyarrow.Array of string
        All ids that the file names.
    complete : bool, keyword-only
        The file is the whole source: rows that it does not name, not even in a refused row, are gone.
    """
    at, fids = _places(_arrow(known["id"]), _arrow(table["id"])), known["fid"].to_numpy(np.int64)
    named = at >= 0
    stays = np.zeros(len(at), bool)
    start = 0
    for part in contents if named.any() else ():
        here = slice(start, start + len(part))
        stays[here] = _same(part, table, at[here])
        start += len(part)
    new = np.ones(len(table), bool)
    new[at[stays]] = False
    lost = np.flatnonzero(~named) if complete else np.empty(0, np.int64)
    if len(lost):
        lost = lost[_places(_arrow(known["id"].iloc[lost]), spoken_of) < 0]
    came = table if new.all() else table[new]
    return AddressRenewal(
        came=came.reset_index(drop=True),
        went=np.sort(np.concatenate([fids[named & ~stays], fids[lost]])),
        added=len(table) - int(named.sum()),
        changed=int((named & ~stays).sum()),
        unchanged=int(stays.sum()),
        gone=len(lost),
    )


def _arrow(column: pd.Series) -> pa.Array:
    """Return text as Arrow, without copying it."""
    values = pa.array(column, pa.large_string())
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _places(wanted: pa.Array, there: pa.Array) -> NDArray[np.int64]:
    """Return where each text stands in others; -1: nowhere."""
    if not len(there) or not len(wanted):
        return np.full(len(wanted), -1, np.int64)
    found = pc.fill_null(pc.index_in(wanted, value_set=there.cast(wanted.type)), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _same(known: pd.DataFrame, table: pd.DataFrame, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which known rows are said again at their places: the same words, and a point that did not move."""
    rows = np.flatnonzero(at >= 0)
    alike = np.ones(len(rows), bool)
    for axis in ("x", "y"):
        alike &= np.abs(known[axis].to_numpy()[rows] - table[axis].to_numpy()[at[rows]]) < SAME_M
    for name in TEXTS:
        one, two = _arrow(known[name]).take(pa.array(rows)), _arrow(table[name]).take(pa.array(at[rows]))
        alike &= np.asarray(pc.equal(one, two).to_numpy(zero_copy_only=False), bool)
    same = np.zeros(len(at), bool)
    same[rows] = alike
    return same
