"""The index as a file beside its layer: opened in milliseconds, shared by all processes that open it.

In: a `GridIndex` and the digest of the layer that it was made from. Out: a file; and back, mapped into memory. A file
that is cut short, of another version of this program or of another layer is refused with a sentence; who holds the
layer builds the index again. Its form is that of `gridgeo.locate.array_file`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.array_file import Form, Opened, open_arrays, save_arrays
from gridgeo.locate.index import GridIndex
from gridgeo.locate.walk import Packed

__all__ = ["FORM", "Saved", "open_index", "open_saved", "save_index"]

FORM = "gridgeo index 2"
"""Counts up with every change of `Packed` or of what its arrays mean."""

_FORM = Form(FORM, thing="index of gridgeo", other="the index of another layer or version")
_KINDS = {"frame": "<f8", "first": "<i8", "top": "<i4", "base": "<i8", "entries": "<i4", "tiles": "<u8"} | {
    "records": "<i4", "members": "<i4", "rank": "<i4", "marks": "<u8", "plain": "|u1",
}  # fmt: skip
"""Type of every part but ``edges``, which is one of two."""
_EDGES = ("<i4", "<f8")


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """What a file holds."""

    index: GridIndex
    digest: str
    marks: NDArray[np.uint64]
    """(n,) per row of the index what was saved with it; zeros if nothing was."""


def save_index(index: GridIndex, path: str | Path, *, digest: str, marks: NDArray[np.uint64] | None = None) -> None:
    """Write an index; the file appears only when it is complete.

    Parameters
    ----------
    index : GridIndex
    path : str or Path
    digest : str, keyword-only
        What tells this layer from every other.
    marks : ndarray of uint64, (n,), optional
        To be remembered with the rows of the index, see `gridgeo.locate.prints`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    parts: dict[str, NDArray | bytes] = dict(index.packed._asdict())
    parts["marks"] = np.zeros(len(index.codes), np.uint64) if marks is None else marks
    parts["plain"] = json.dumps({"codes": list(index.codes), "crs": index.crs}, ensure_ascii=False).encode()
    save_arrays(path, _FORM, parts, digest=digest)


def open_index(path: str | Path, *, digest: str | None = None, checked: bool = True) -> GridIndex:
    """Open an index, mapped into memory; as `open_saved`, which also tells what else the file holds."""
    return open_saved(path, digest=digest, checked=checked).index


def open_saved(path: str | Path, *, digest: str | None = None, checked: bool = True) -> Saved:
    """Open an index file, mapped into memory: all processes that open it share one copy.

    Parameters
    ----------
    path : str or Path
    digest : str, optional, keyword-only
        That of the layer; a file made from another one is refused.
    checked : bool, keyword-only
        Read all of it once and compare its checksum (2 GB/s): a kernel trusts what it is given. False: trust the file.

    Raises
    ------
    ReadError
        If it is missing, cut short, damaged, no index, of another version of gridgeo or of another layer.
    """
    return open_arrays(path, _FORM, _saved, digest=digest, checked=checked)


def _saved(opened: Opened) -> Saved:
    """Return what the parts of a file are."""
    parts = dict(opened.parts)
    kinds = {name: part.dtype.str for name, part in parts.items()}
    if kinds.pop("edges", "") not in _EDGES or kinds != _KINDS:
        raise ValueError("kernels are compiled for other types")
    plain, marks = json.loads(bytes(parts.pop("plain"))), parts.pop("marks")
    return Saved(GridIndex(np.array(plain["codes"], object), plain["crs"], Packed(**parts)), opened.digest, marks)
