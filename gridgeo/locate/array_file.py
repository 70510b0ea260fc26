"""Arrays and texts in one file that is mapped into memory: opened in milliseconds, shared by all processes.

In: named arrays and byte strings. Out: a file that appears only when it is complete; and back. What is cut short, damaged
or of another form is refused with a sentence; its owner makes it again. Used by `gridgeo.locate.address.library_file`.

Form: a line that names the form, a line of JSON (digest, checksum, and per part its type, shape and place), then the
parts as they stand in memory, each from a multiple of 64 bytes on.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridgeo.errors import ReadError

__all__ = ["open_arrays", "save_arrays"]

_LINE = 64
"""Parts begin at a multiple of this: a line of the processor's cache."""
_AGAIN = "delete it, it is made again"


def save_arrays(path: str | Path, form: str, parts: Mapping[str, NDArray | bytes], *, digest: str) -> None:
    """Write arrays and byte strings.

    Parameters
    ----------
    path : str or Path
    form : str
        Names what the file is, and its version.
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
    place, places, checksum = 0, {}, 0
    for name, part in arrays.items():
        places[name] = [part.dtype.newbyteorder("<").str, list(part.shape), place]
        place += -(-part.nbytes // _LINE) * _LINE
        checksum = zlib.crc32(_bytes(part), checksum)
    head = json.dumps({"digest": digest, "parts": places, "size": place, "checksum": checksum})
    lines = f"{form}\n{head}\n".encode()
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


def open_arrays(path: str | Path, form: str, *, digest: str | None = None, checked: bool = True) -> dict[str, NDArray]:
    """Open a file of arrays; byte strings come back as arrays of uint8.

    Parameters
    ----------
    path : str or Path
    form : str
    digest : str, keyword-only, optional
        A file made from something else is refused.
    checked : bool, keyword-only
        Read all of it once and compare its checksum (2 GB/s): kernels trust what they are given.

    Raises
    ------
    ReadError
        If it is missing, cut short, damaged, of another form or made from something else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if file.readline(len(form) + 64) != f"{form}\n".encode():
                raise ReadError(f"{path} was written by another version of gridgeo; {_AGAIN}")
            head = json.loads(file.readline())
            begin = -(-file.tell() // _LINE) * _LINE
            size = file.seek(0, os.SEEK_END)
        if digest is not None and head["digest"] != digest:
            raise ReadError(f"{path} was made from something else; {_AGAIN}")
        if size != begin + head["size"]:
            raise ReadError(f"{path} has {size:,} bytes, not {begin + head['size']:,}; {_AGAIN}")
        whole = np.memmap(path, np.uint8, mode="c")  # never written, but of the type that kernels are compiled for
        arrays = {name: _mapped(whole, begin, *said) for name, said in head["parts"].items()}
        checksum = 0
        for part in arrays.values() if checked else ():
            checksum = zlib.crc32(_bytes(part), checksum)
        if checked and checksum != head["checksum"]:
            raise ReadError(f"{path} is damaged: its checksum does not agree; {_AGAIN}")
    except FileNotFoundError:
        raise ReadError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReadError(f"{path} is damaged; {_AGAIN}") from None
    return arrays


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
