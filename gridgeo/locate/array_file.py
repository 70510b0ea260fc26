"""Arrays and texts in one file that is mapped into memory: opened in milliseconds, shared by all processes.

In: named arrays and byte strings. Out: a file that appears only when it is complete; and back. What is cut short,
damaged, of another version or made from something else is refused with a sentence; its owner makes it again. Used by
`gridgeo.locate.index_file` and `gridgeo.locate.address.library_file`.

Form: a line that names the form, a line of JSON (digest, checksum, and per part its type, shape and place), then the
parts as they stand in memory, each from a multiple of 64 bytes on.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import ReadError

__all__ = ["Form", "Opened", "open_arrays", "save_arrays"]

_LINE = 64
"""Parts begin at a multiple of this: a line of the processor's cache."""
_BLOCK = 1 << 20
"""Bytes read at once for the checksum: they stay in the processor's cache."""
_AGAIN = "delete it, it is built again"

Made = TypeVar("Made")


class Form(NamedTuple):
    """What a file is, and what is said of one that is not."""

    name: str
    """First line of the file: what it is and, after the last blank, its version."""
    thing: str
    """"index of gridgeo": what other files are not."""
    other: str
    """"the index of another layer": what a file with another digest is."""


class Opened(NamedTuple):
    """What a file holds; byte strings come back as arrays of uint8."""

    digest: str
    parts: dict[str, NDArray]


def save_arrays(path: str | Path, form: Form, parts: Mapping[str, NDArray | bytes], *, digest: str) -> None:
    """Write arrays and byte strings; the file appears only when it is complete.

    Parameters
    ----------
    path : str or Path
    form : Form
    parts : mapping of str to ndarray or bytes
    digest : str, keyword-only
        What tells these parts from any other.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    arrays = {name: _array(part) for name, part in parts.items()}
    place, places = 0, {}
    for name, part in arrays.items():
        places[name] = [part.dtype.newbyteorder("<").str, list(part.shape), place]
        place += -(-part.nbytes // _LINE) * _LINE
    checksum = _checksum(places, map(_bytes, arrays.values()))
    head = {"digest": digest, "parts": places, "size": place, "checksum": checksum}
    lines = f"{form.name}\n{json.dumps(head)}\n".encode()
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


def open_arrays(
    path: str | Path,
    form: Form,
    make: Callable[[Opened], Made],
    *,
    digest: str | None = None,
    checked: bool = True,
) -> Made:
    """Open a file of arrays, mapped into memory, and make of them what they are.

    Parameters
    ----------
    path : str or Path
    form : Form
    make : callable
        Gets what the file holds; what it raises about parts that are not there or not as they should be (KeyError,
        ValueError, TypeError, AttributeError) shows that the file is damaged.
    digest : str, keyword-only, optional
        A file made from something else is refused.
    checked : bool, keyword-only
        Read all of it once and compare its checksum (2 GB/s): kernels trust what they are given. It is read and not
        mapped for this, so that a process has in memory only what it uses. False: trust the file.

    Raises
    ------
    ReadError
        If it is missing, cut short, damaged, of another form or version or made from something else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = _head(file, path, form)
            begin = -(-file.tell() // _LINE) * _LINE
            size = file.seek(0, os.SEEK_END)
            if digest is not None and head["digest"] != digest:
                raise ReadError(f"{path} is {form.other}; {_AGAIN}")
            if size != begin + head["size"]:
                raise ReadError(f"{path} has {size:,} bytes, not {begin + head['size']:,}; {_AGAIN}")
            whole = np.memmap(file, np.uint8, mode="c")  # never written, but of the type that kernels are compiled for
            parts = {name: _mapped(whole, begin, *said) for name, said in head["parts"].items()}
            if checked and head["checksum"] != _checksum(head["parts"], _blocks(file, begin, head["parts"])):
                raise ReadError(f"{path} is damaged: its checksum does not agree; {_AGAIN}")
        return make(Opened(head["digest"], parts))
    except FileNotFoundError:
        raise ReadError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReadError(f"{path} is damaged; {_AGAIN}") from None


def _head(file: IO[bytes], path: Path, form: Form) -> dict[str, Any]:
    """Read the two lines and refuse what is no such file or was written by another version."""
    first = file.readline(len(form.name.encode()) + 8)
    if not first.startswith(form.name.rpartition(" ")[0].encode()):
        raise ReadError(f"{path} is no {form.thing}")
    if first != f"{form.name}\n".encode():
        raise ReadError(f"{path} was written by another version of gridgeo; {_AGAIN}")
    head: dict[str, Any] = json.loads(file.readline())
    return head


def _array(part: NDArray | bytes) -> NDArray:
    """Return a part as an array whose bytes lie together."""
    return np.frombuffer(part, np.uint8) if isinstance(part, bytes) else np.ascontiguousarray(part)


def _mapped(whole: NDArray[np.uint8], begin: int, kind: str, shape: list[int], place: int) -> NDArray:
    """Return one array of the file."""
    dtype = np.dtype(kind)
    length = int(np.prod(shape)) * dtype.itemsize
    return np.asarray(whole[begin + place : begin + place + length]).view(dtype).reshape(shape)


def _bytes(part: NDArray) -> memoryview:
    """Return an array's bytes without copying them."""
    return memoryview(part.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _blocks(file: IO[bytes], begin: int, places: Mapping[str, list[Any]]) -> Iterator[bytes]:
    """Yield the bytes of all parts."""
    for kind, shape, place in places.values():
        left = int(np.prod(shape)) * np.dtype(kind).itemsize
        file.seek(begin + place)
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            yield block
            left -= len(block)


def _checksum(places: Mapping[str, list[Any]], blocks: Iterable[bytes | memoryview]) -> int:
    """Return the CRC-32 of parts and of what is said about them: a type may not change either."""
    total = zlib.crc32(json.dumps(places).encode())
    for block in blocks:
        total = zlib.crc32(block, total)
    return total
