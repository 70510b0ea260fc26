"""Ctrl+C held back: for the few steps that must not be left in the middle.

In: a block of code. Out: the same, with Ctrl+C heard after it. Used by `gridgeo.jobs.crew` to start processes and by
`gridgeo.jobs.output` to give files their names.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["held_back"]


@contextmanager
def held_back() -> Iterator[None]:
    """Hold Ctrl+C back while a block runs; processes that it starts never hear it.

    The handler is replaced because any thread may take the signal, and it is blocked because processes inherit that.
    Where there are no signal masks (Windows) processes do hear it.
    """
    if threading.current_thread() is not threading.main_thread():
        with _blocked():
            yield
        return
    noted = list[int]()
    before = signal.signal(signal.SIGINT, lambda number, _frame: noted.append(number))
    try:
        with _blocked():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
        if noted:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _blocked() -> Iterator[None]:
    """Block the signal in this thread and in what it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
