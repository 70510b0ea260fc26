"""Counting what occurs more than once among millions of rows, in bounded memory.

In: 64-bit keys of coordinates or ids, batch by batch. Out: `Repeated`, and which keys they are. Used by
`gridgeo.locate.quality` for both and by `gridgeo.jobs.assign` for ids.

Every key is kept, eight bytes each, up to `KEPT` rows: the count is exact. Beyond that every other *key* is left out
with all of its rows, chosen by its hash, and again at twice as many; what is counted is then multiplied. A group is
never halved, and the result depends neither on the order of the rows nor on the cuts.
Sorting once is faster than asking a table of hashes for every row: ten million different ids took 0.2 to 0.4 s against
0.7 s, on one core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from gridgeo.kernels import njit
from gridgeo.locate.sketch import mixed

__all__ = ["KEPT", "Again", "Repeated", "Repeats", "id_keys", "packed", "unpacked"]

KEPT = 20_000_000
"""Keys held: 160 MB, and as much again while the result is made."""

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_DEGREE = 1e7
"""Steps per degree: 1.1 cm."""
_SOUTH, _NORTH = -60.0, 154.0
"""Degrees north that a key has room for: every inhabited place, and China's longitudes where columns are exchanged."""
_METRE = 100.0
"""Steps per metre."""
_METRIC = np.uint64(1 << 63)
_METRIC_LOW, _METRIC_HIGH = (-20_000_000.0, 0.0), (65_000_000.0, 10_700_000.0)
"""Eastings, with or without a zone number, and northings that a projected system can have."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What occurs more than once."""

    groups: int
    """Keys that do."""
    rows: int
    """Rows that have such a key."""
    largest: tuple[tuple[int, int], ...]
    """(key, rows) of the largest groups, then the smaller key."""
    share: float
    """1.0: counted exactly; 0.5, 0.25 …: so many of the keys were counted and the figures multiplied."""


class Repeats:
    """Collects keys.

    Parameters
    ----------
    kept : int
        Keys held at most, but for one batch.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept, self._halvings, self._count = kept, 0, 0
        self._parts: list[Words] = []

    def add(self, keys: Words) -> None:
        """Take keys in."""
        part = self._chosen(keys)
        self._parts.append(part)
        self._count += len(part)
        while self._count > self._kept:
            self._halvings += 1
            self._parts = [self._chosen(part) for part in self._parts]
            self._count = sum(map(len, self._parts))

    def _chosen(self, keys: Words) -> Words:
        """Return the keys that are still counted."""
        if not self._halvings:
            return keys
        return keys[mixed(keys) >> np.uint64(64 - self._halvings) == 0]

    def again(self) -> Words:
        """Return the keys that were repeated so far, in ascending order."""
        return self._groups()[0]

    def result(self, largest: int = 10) -> Repeated:
        """Return what was repeated so far, with some of the largest groups."""
        key, size = self._groups()
        top = np.lexsort((key, -size))[:largest]
        times = 2**self._halvings
        found = tuple((int(key[at]), int(size[at])) for at in top)
        return Repeated(len(key) * times, int(size.sum()) * times, found, 1 / times)

    def _groups(self) -> tuple[Words, NDArray[np.int64]]:
        """Return the keys that were repeated, ascending, and their rows."""
        keys = np.concatenate([np.empty(0, np.uint64), *self._parts])
        self._parts = [keys]
        keys.sort()
        again = keys[np.flatnonzero(keys[1:] == keys[:-1])]  # every row of a group but one
        first = np.flatnonzero(np.concatenate([np.ones(min(len(again), 1), bool), again[1:] != again[:-1]]))
        return again[first], np.diff(first, append=len(again)) + 1


class Again:
    """Finds the first row that repeats the key of an earlier one, when the rows are read again.

    Parameters
    ----------
    keys : ndarray of uint64
        What `Repeats.again` told.
    """

    def __init__(self, keys: Words) -> None:
        self._keys, self._seen = keys, np.empty(0, np.uint64)

    def first(self, keys: Words) -> int | None:
        """Take the next batch; return the row of it that is the first, if it is among them."""
        rows = np.flatnonzero(np.isin(keys, self._keys))
        met = np.concatenate([self._seen, keys[rows]])
        new = np.unique(met, return_index=True)[1]
        repeating = np.delete(np.arange(len(met)), new)
        self._seen = met
        return int(rows[repeating[0] - (len(met) - len(rows))]) if len(repeating) else None


def id_keys(ids: pa.Array) -> Words:
    """Return one key per id, 0 only for an empty one.

    Parameters
    ----------
    ids : pyarrow.Array of string, (n,)
        Not null.

    Returns
    -------
    ndarray of uint64, (n,)
        FNV-1a hashes, mixed as MurmurHash3 does at its end; two of ten million ids share one with a chance of 1 in
        370,000.
    """
    offsets, data = ids.buffers()[1:]
    if not len(ids):
        return np.empty(0, np.uint64)
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    found: Words = _hashes(np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), ends)
    return found


@njit(cache=True, nogil=True)
def _hashes(data: NDArray[np.uint8], ends: NDArray[np.int32]) -> Words:
    out = np.zeros(len(ends) - 1, np.uint64)
    for row in range(len(out)):
        if ends[row] == ends[row + 1]:
            continue
        value = np.uint64(0xCBF29CE484222325)
        for place in range(ends[row], ends[row + 1]):
            value = (value ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
        value ^= value >> np.uint64(33)
        value *= np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(33)
        out[row] = max(value, np.uint64(1))
    return out


def packed(x: ArrayLike, y: ArrayLike) -> tuple[Words, NDArray[np.bool_]]:
    """Return one key per place: equal where coordinates are equal to about a centimetre.

    Parameters
    ----------
    x, y : array_like of float, (n,)
        Degrees or metres.

    Returns
    -------
    keys : ndarray of uint64, (n,)
    possible : ndarray of bool, (n,)
        False where they are neither degrees nor coordinates of any projected system; the key means nothing there.

    Examples
    --------
    >>> keys, possible = packed([114.0234567, 501856.74], [33.58, 3717075.81])
    >>> [unpacked(int(key)) for key in keys], possible.tolist()
    ([(114.0234567, 33.58), (501856.74, 3717075.81)], [True, True])
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    degrees = (np.abs(x) <= 180) & (y >= _SOUTH) & (y <= _NORTH)
    (west, south), (east, north) = _METRIC_LOW, _METRIC_HIGH
    metric = ~degrees & (x >= west) & (x <= east) & (y >= south) & (y <= north)
    column = _steps(x, degrees, metric, 180.0, -west)
    row = _steps(y, degrees, metric, -_SOUTH, -south)
    keys = np.where(degrees, (column << np.uint64(31)) | row, _METRIC | (column << np.uint64(30)) | row)
    return keys, degrees | metric


def _steps(values: Floats, degrees: NDArray[np.bool_], metric: NDArray[np.bool_], shift: float, offset: float) -> Words:
    """Return coordinates as whole steps from the west or the south."""
    steps = np.where(degrees, (values + shift) * _DEGREE, np.where(metric, (values + offset) * _METRE, 0.0))
    return np.rint(steps).astype(np.uint64)


def unpacked(key: int) -> tuple[float, float]:
    """Return the place of a key of `packed`, to a centimetre."""
    if key >> 63:
        west, south = _METRIC_LOW
        x, y = (key & ((1 << 63) - 1)) >> 30, key & ((1 << 30) - 1)
        return round(x / _METRE + west, 2), round(y / _METRE + south, 2)
    return round((key >> 31) / _DEGREE - 180, 7), round((key & ((1 << 31) - 1)) / _DEGREE + _SOUTH, 7)
