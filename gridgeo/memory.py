"""What a large step has left goes back to the system, so that the next one does not need room beside it.

Arrow and glibc keep what was freed for themselves, and in pieces: after two million rows were read and written, some
300 MB that nobody uses. Called between the steps of jobs on whole libraries.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

import pyarrow as pa

__all__ = ["give_back"]


def give_back() -> None:
    """Give freed memory back to the system; some milliseconds, so not for single questions."""
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's ``malloc_trim``; None where memory is another's: musl, macOS, Windows."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
