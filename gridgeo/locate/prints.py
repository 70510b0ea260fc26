"""Fingerprints of grids: whether a grid is the same ground as in another version, without that version.

In: codes and polygons. Out: 64 bits a grid, and one digest of all. An assignment remembers them, so that the next one
knows which grids have changed since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Prints", "prints_of"]


@dataclass(frozen=True, slots=True)
class Prints:
    """What a layer was, in short."""

    codes: NDArray[np.object_]
    """(n,) ascending."""
    marks: NDArray[np.uint64]
    """(n,) equal for the same code exactly if its polygon is the same, vertex by vertex."""
    crs: str

    def digest(self) -> str:
        """Return what is equal exactly for layers of the same codes, polygons and CRS."""
        whole = hashlib.blake2b(self.crs.encode(), digest_size=16)
        whole.update("\n".join(self.codes).encode())
        whole.update(self.marks.astype("<u8").tobytes())
        return whole.hexdigest()

    def changed_since(self, old: Prints) -> tuple[NDArray[np.bool_], set[str]]:
        """Tell what has changed.

        Parameters
        ----------
        old : Prints

        Returns
        -------
        new_ground : ndarray of bool, (n,)
            Grids that the old layer does not have, or has in another shape.
        gone : set of str
            Codes of the old layer that are not here, or in another shape.
        """
        before = dict(zip(old.codes.tolist(), old.marks.tolist(), strict=True))
        now = dict(zip(self.codes.tolist(), self.marks.tolist(), strict=True))
        new_ground = np.array([before.get(code) != mark for code, mark in now.items()], bool)
        return new_ground, {code for code, mark in before.items() if now.get(code) != mark}


def prints_of(codes: NDArray[np.object_], shapes: NDArray[np.object_], crs: str) -> Prints:
    """Take the fingerprints of a layer.

    Parameters
    ----------
    codes : ndarray of str, (n,)
    shapes : ndarray of Polygon, (n,)
    crs : str

    Returns
    -------
    Prints
        In order of code, whatever the order of the layer.
    """
    order = np.argsort(codes, kind="stable")
    wkb = shapely.to_wkb(shapely.force_2d(shapes[order]), byte_order=1)
    marks = b"".join(hashlib.blake2b(one, digest_size=8).digest() for one in wkb)  # a hash knows no arrays
    return Prints(codes[order], np.frombuffer(marks, "<u8").astype(np.uint64), crs)
