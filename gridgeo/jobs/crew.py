"""Work side by side: a pool of processes, and what Ctrl+C means while it works.

In: how many processes at most. Out: a `Crew` with a map and a question that long searches ask now and then. Used by
`gridgeo.jobs.merge`.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from types import FrameType
from typing import Any

from gridgeo.partition.merge import Each

__all__ = ["Crew", "asked_to_stop", "crew"]

_asked: Any = None
"""An event, shared with all processes of a crew: set by the first Ctrl+C."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work."""

    each: Each
    """Applies a function to all items in order, like `map`."""
    stop: Callable[[], bool]
    """Tells whether to hand over the best so far; can be asked in every process."""


def asked_to_stop() -> bool:
    """Tell whether the user pressed Ctrl+C once."""
    return _asked is not None and bool(_asked.is_set())


def _join(event: Any) -> None:
    """Prepare a process of the pool: only the parent hears Ctrl+C."""
    global _asked  # noqa: PLW0603 - a process of a pool has no other place to keep what it was started with
    _asked = event
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def crew(workers: int) -> Iterator[Crew]:
    """Yield a crew of so many processes; of this one alone if that is fewer than two.

    Parameters
    ----------
    workers : int

    Yields
    ------
    Crew
        The first Ctrl+C asks searches to hand over the best so far; the second is the ordinary one.
    """
    global _asked  # noqa: PLW0603
    # Spawned, not forked: the parent may run threads, and it is what Windows does anyway.
    context = get_context("spawn")
    _asked = context.Event()
    try:
        with _first_interrupt_asks(_asked):
            if workers < 2:
                yield Crew(map, asked_to_stop)
                return
            with ProcessPoolExecutor(workers, mp_context=context, initializer=_join, initargs=(_asked,)) as pool:
                yield Crew(pool.map, asked_to_stop)
    finally:
        _asked = None


@contextmanager
def _first_interrupt_asks(event: Any) -> Iterator[None]:
    """Let the first Ctrl+C set an event; only the main thread can hear it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)
        sys.stderr.write("\nfinishing with the best so far; press Ctrl+C again to give up\n")

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
