"""Turns at drawing: matplotlib keeps its settings per process, so threads draw one after the other.

In: nothing. Out: a block in which figures may be made and saved. Used by `gridgeo.jobs.draw` and `gridgeo.jobs.press`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import matplotlib as mpl

from gridgeo.render.canvas import MATPLOTLIB

__all__ = ["drawing"]

_TURNS = RLock()


@contextmanager
def drawing() -> Iterator[None]:
    """Wait for the turn, and hold it with our settings while a block runs."""
    with _TURNS, mpl.rc_context(MATPLOTLIB):
        yield
