"""Compiled functions, kept between runs until the source of any of them changes.

numba keeps what it has compiled by the date of the file alone. But kernels are compiled into one another: after an
upgrade that left a file as it was and changed one that it calls, the old machine code would go on reading new arrays.
So the place where compiled code is kept depends on the sources of all kernels.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numba
from numba import njit

__all__ = ["njit"]

PACKAGE = Path(__file__).parent
FOLDERS = ("", "locate", "locate/address", "partition")
"""Where kernels are."""


def source_digest(package: Path) -> str:
    """Return what changes with the source of any kernel."""
    whole = hashlib.blake2b(digest_size=8)
    for folder in FOLDERS:
        for path in sorted((package / folder).glob("*.py")):
            source = path.read_bytes()
            whole.update(source if b"njit" in source else b"")
    return whole.hexdigest()


def keep_by_source(package: Path) -> None:
    """Let numba keep what it compiles from now on in a folder of these sources, and remove that of others.

    Where the package cannot be written, or the user has named a folder (NUMBA_CACHE_DIR), numba chooses.
    """
    if numba.config.CACHE_DIR:
        return
    folder = package / "__pycache__" / f"kernels-{source_digest(package)}"
    if not folder.is_dir():
        for other in folder.parent.glob("kernels-*"):
            shutil.rmtree(other, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
        except OSError:
            return
    numba.config.CACHE_DIR = str(folder)


keep_by_source(PACKAGE)
