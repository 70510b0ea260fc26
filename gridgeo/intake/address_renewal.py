"""An address library handed in again: what is new, what changed, what stays and costs nothing, what is gone.

In: the rows of one source that are known, and `gridgeo.intake.address_entries.AddressEntries`. Out: an
`AddressRenewal`. Called by `gridgeo.jobs.addresses`.
"""

from __future__ import annotations

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
    known: pd.DataFrame, table: pd.DataFrame, spoken_of: pa.Array, *, complete: bool = False
) -> AddressRenewal:
    """Compare a library with what is known of its source.

    Parameters
    ----------
    known : DataFrame
        ``fid, id, kind, name, text, x, y``, one row per id.
    table : DataFrame
        ``id, kind, name, text, x, y``, one row per id.
    spoken_of : pyarrow.Array of string
        All ids that the file names.
    complete : bool, keyword-only
        The file is the whole source: rows that it does not name, not even in a refused row, are gone.
    """
    here = _arrow(table["id"])
    at = _places(here, _arrow(known["id"]))
    old = np.flatnonzero(at >= 0)
    same = np.zeros(len(at), bool)
    same[old] = _same(table, known, old, at[old])
    new = ~same
    came = table if new.all() else table[new]
    lost = np.flatnonzero(_places(_arrow(known["id"]), spoken_of) < 0) if complete else np.empty(0, np.int64)
    fids = known["fid"].to_numpy(np.int64)
    replaced = at[new & (at >= 0)]
    return AddressRenewal(
        came=came.reset_index(drop=True),
        went=np.sort(np.concatenate([fids[replaced], fids[lost]])),
        added=int((at < 0).sum()),
        changed=len(replaced),
        unchanged=int(same.sum()),
        gone=len(lost),
    )


def _arrow(column: pd.Series) -> pa.Array:
    """Return text as Arrow, without copying it."""
    values = pa.array(column, pa.large_string())
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _places(wanted: pa.Array, there: pa.Array) -> NDArray[np.int64]:
    """Return where each text stands in others; -1: nowhere."""
    if not len(there):
        return np.full(len(wanted), -1, np.int64)
    found = pc.fill_null(pc.index_in(wanted, value_set=there.cast(wanted.type)), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _same(
    table: pd.DataFrame, known: pd.DataFrame, rows: NDArray[np.int64], before: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which rows say what is known: the same words, and a place that did not move."""
    same = np.ones(len(rows), bool)
    for axis in ("x", "y"):
        same &= np.abs(table[axis].to_numpy()[rows] - known[axis].to_numpy()[before]) < SAME_M
    for name in TEXTS:
        one, two = _arrow(table[name]).take(pa.array(rows)), _arrow(known[name]).take(pa.array(before))
        same &= np.asarray(pc.equal(one, two).to_numpy(zero_copy_only=False), bool)
    return same
