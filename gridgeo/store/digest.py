"""Digests: equal exactly when the content is equal, whatever the database.

In: tables as the store gives them. Out: hexadecimal SHA-256. Geometry enters as little-endian WKB, bit for bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import shapely

from gridgeo.tables import GRID

__all__ = ["chain_digest", "layer_digest", "rows_digest"]


def _canonical(value: Any) -> str:
    """Write a value the one way that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_moment)


def _moment(value: Any) -> str:
    """Write what JSON does not know."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot digest {type(value).__name__}")


def layer_digest(grids: gpd.GeoDataFrame) -> str:
    """Return the digest of a version's grids, in order of code.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        As `gridgeo.tables.GRID`; further columns do not count.

    Returns
    -------
    str
    """
    ordered = grids.sort_values("code")
    columns = [name for name in GRID if name != "geometry"]
    rows = zip(*(ordered[name].tolist() for name in columns), strict=True)
    digest = hashlib.sha256()
    for row, shape in zip(rows, shapely.to_wkb(ordered.geometry.to_numpy(), byte_order=1), strict=True):
        digest.update(_canonical(row).encode())
        digest.update(shape)
    return digest.hexdigest()


def rows_digest(digest: Any, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of plain values and WKB bytes to a running digest."""
    for row in rows:
        plain = [value.hex() if isinstance(value, bytes) else value for value in row]
        digest.update(_canonical(plain).encode())


def chain_digest(entry: Sequence[Any]) -> str:
    """Return the digest of an audit entry (prev, at, actor, act, what, detail); `prev` chains it to the one before."""
    return hashlib.sha256(_canonical(list(entry)).encode()).hexdigest()
