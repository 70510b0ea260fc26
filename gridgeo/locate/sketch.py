"""A sample of rows that is the same for every order of the rows and every cut into batches.

In: coordinates and a number per row, batch by batch. Out: at most `SKETCH_ROWS` of them. Next: `gridgeo.locate.datum`.
Each distinct row has a number between 0 and 2^64 that depends on nothing else (a hash); those with the smallest are
kept. Identical rows are one: the hundred households of a house are one witness, not a hundred.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["SKETCH_ROWS", "Sketch", "mixed"]

SKETCH_ROWS = 20_000
"""Kept: a share is then known to 0.7 % (95 %), far below every threshold that is asked of it."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Words = NDArray[np.uint64]


def mixed(words: Words) -> Words:
    """Return 64-bit words well mixed (splitmix64, Steele et al. 2014): every bit depends on every other one."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Sketch:
    """Collects rows; memory is bounded by `SKETCH_ROWS` and the size of one batch.

    Parameters
    ----------
    size : int
        Rows kept.
    """

    def __init__(self, size: int = SKETCH_ROWS) -> None:
        self._size = size
        self._key: Words = np.empty(0, np.uint64)
        self._rows: Floats = np.empty((0, 3))

    def add(self, x: ArrayLike, y: ArrayLike, number: ArrayLike) -> None:
        """Take rows in.

        Parameters
        ----------
        x, y : array_like of float, (n,)
            Finite.
        number : array_like of int, (n,)
            Anything that belongs to the row, smaller than 2^53.
        """
        rows = np.column_stack([np.asarray(x, float), np.asarray(y, float), np.asarray(number, float)]) + 0.0
        key = np.zeros(len(rows), np.uint64)
        for column in rows.T:
            key = mixed(key ^ np.ascontiguousarray(column).view(np.uint64))
        if len(self._key) == self._size:
            low = key < self._key[-1]
            key, rows = key[low], rows[low]
        key, first = np.unique(np.concatenate([self._key, key]), return_index=True)
        self._key = key[: self._size]
        self._rows = np.concatenate([self._rows, rows])[first[: self._size]]

    def rows(self) -> tuple[Floats, Rows]:
        """Return coordinates, (m, 2), and numbers, (m,), in the order of the hash."""
        return self._rows[:, :2], self._rows[:, 2].astype(np.int64)
