"""The index as a file beside its layer: opened in milliseconds, shared by all processes that open it.

In: a `GridIndex` and the digest of the layer that it was made from. Out: a file; and back, mapped into memory. A file
that is cut short, of another version of this program or of another layer is refused with a sentence; who holds the
layer builds the index again.

Form: a line that names the form, a line of JSON (digest, CRS, checksum, and per array its type, shape and place), the
codes as text, then the arrays as they stand in memory, each from a multiple of 64 bytes on.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import ReadError
from gridgeo.locate.index import GridIndex
from gridgeo.locate.walk import Packed

__all__ = ["FORM", "Saved", "open_index", "open_saved", "save_index"]

FORM = "gridgeo index 1"
"""Counts up with every change of `Packed` or of what its arrays mean."""

_LINE = 64
"""Arrays begin at a multiple of this: a line of the processor's cache."""
_KINDS = {"frame": "<f8", "first": "<i8", "top": "<i4", "base": "<i8", "entries": "<i4", "tiles": "<u8"} | {
    "records": "<i4", "members": "<i4", "rank": "<i4", "marks": "<u8",
}  # fmt: skip
"""Type of every array but ``edges``, which is one of two."""
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
    path = Path(path)
    codes = json.dumps(list(index.codes), ensure_ascii=False).encode()
    arrays = {name: np.ascontiguousarray(part) for name, part in index.packed._asdict().items()}
    arrays["marks"] = np.zeros(len(index.codes), np.uint64) if marks is None else marks
    place, places = 0, {}
    for name, part in arrays.items():
        places[name] = [part.dtype.newbyteorder("<").str, list(part.shape), place]
        place += -(-part.nbytes // _LINE) * _LINE
    head = {"digest": digest, "crs": index.crs, "codes": len(codes), "arrays": places, "size": place}
    head["checksum"] = _checksum([codes, *map(_bytes, arrays.values())])
    lines = f"{FORM}\n{json.dumps(head)}\n".encode() + codes
    part_path = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part_path.open("wb") as file:
            file.write(lines + b"\0" * (-len(lines) % _LINE))
            for part in arrays.values():
                file.write(_bytes(part))
                file.write(b"\0" * (-part.nbytes % _LINE))
            file.flush()
            os.fsync(file.fileno())
        part_path.replace(path)
    finally:
        part_path.unlink(missing_ok=True)


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
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = _head(file, path)
            if digest is not None and head["digest"] != digest:
                raise ReadError(f"{path} is the index of another layer or version; delete it, it is built again")
            codes = file.read(head["codes"])
            begin = -(-file.tell() // _LINE) * _LINE
            size = file.seek(0, os.SEEK_END)
        if size != begin + head["size"]:
            raise ReadError(f"{path} has {size:,} bytes, not {begin + head['size']:,}; delete it, it is built again")
        whole = np.memmap(path, np.uint8, mode="c")  # never written, but of the type that kernels are compiled for
        arrays = {name: _mapped(whole, begin, *said) for name, said in head["arrays"].items()}
        if checked and head["checksum"] != _checksum([codes, *map(_bytes, arrays.values())]):
            raise ReadError(f"{path} is damaged: its checksum does not agree; delete it, it is built again")
        marks = arrays.pop("marks")
        index = GridIndex(np.array(json.loads(codes), object), head["crs"], Packed(**arrays))
        return Saved(index, head["digest"], marks)
    except FileNotFoundError:
        raise ReadError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReadError(f"{path} is damaged; delete it, it is built again") from None


def _head(file: IO[bytes], path: Path) -> dict[str, Any]:
    """Read the two lines and refuse what was not written by this version."""
    form = file.readline(len(FORM) + 8)
    if not form.startswith(FORM.rpartition(" ")[0].encode()):
        raise ReadError(f"{path} is no index of gridgeo")
    if form != f"{FORM}\n".encode():
        raise ReadError(f"{path} was written by another version of gridgeo; delete it, it is built again")
    head: dict[str, Any] = json.loads(file.readline())
    kinds = {name: said[0] for name, said in head["arrays"].items()}
    if kinds.pop("edges", "") not in _EDGES or kinds != _KINDS:
        raise ReadError(f"{path} was written by another version of gridgeo; delete it, it is built again")
    return head


def _mapped(whole: NDArray[np.uint8], begin: int, kind: str, shape: list[int], place: int) -> NDArray:
    """Return one array of the file."""
    dtype = np.dtype(kind)
    length = int(np.prod(shape)) * dtype.itemsize
    return np.asarray(whole[begin + place : begin + place + length]).view(dtype).reshape(shape)


def _bytes(part: NDArray) -> memoryview:
    """Return an array's bytes without copying them."""
    return memoryview(part.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _checksum(parts: Iterator[bytes | memoryview] | list[Any]) -> int:
    """Return the CRC-32 of parts that follow each other."""
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    return total
