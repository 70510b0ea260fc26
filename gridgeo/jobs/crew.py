"""Work side by side: a pool of processes, and what Ctrl+C means while it works.

In: how many processes at most. Out: a `Crew` with a map and a question that long searches ask now and then. Used by
`gridgeo.jobs.merge` and `gridgeo.jobs.compare`.

A terminal sends Ctrl+C to every process at once. Only the parent hears it: its children are started with the signal
blocked, because one that is still starting has no other way not to die of it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from gridgeo.errors import GridgeoError
from gridgeo.jobs.held_back import held_back

if TYPE_CHECKING:
    from gridgeo.partition.merge import Each  # loads compilers, which a process that draws has no use for

__all__ = ["Crew", "asked_to_stop", "crew", "deaf_process"]

_asked: Any = None
"""A byte that all processes of a crew share: set by the first Ctrl+C. It has no lock, which a handler could wait for
while the code that it interrupts holds it."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work."""

    each: Each
    """Applies a function to all items in order, like `map`."""
    stop: Callable[[], bool]
    """Tells whether to hand over the best so far; can be asked in every process."""
    keep: Callable[[], None]
    """Says that from now on there is something to keep: the first Ctrl+C asks for it, and only the second ends the
    job as the first does before."""


def asked_to_stop() -> bool:
    """Tell whether the user asked to hand over the best so far."""
    return _asked is not None and bool(_asked.value)


class _Deaf(SpawnProcess):
    """A process that never hears Ctrl+C, from its first moment."""

    def start(self) -> None:
        """Start with the signal blocked."""
        with held_back():
            super().start()


class _Context(SpawnContext):
    """Spawned, not forked: the parent may run threads, and it is what Windows does anyway."""

    Process = _Deaf


def _join(asked: Any) -> None:
    """Prepare a process of the pool: only the parent hears Ctrl+C, also where signals cannot be blocked."""
    global _asked  # noqa: PLW0603 - a process of a pool has no other place to keep what it was started with
    _asked = asked
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def deaf_process(work: Callable[[Connection], None]) -> tuple[SpawnProcess, Connection]:
    """Start one process that never hears Ctrl+C and ends with its parent; whoever starts it ends it.

    Parameters
    ----------
    work : callable
        A function of a module, given its end of a pipe.

    Returns
    -------
    process : SpawnProcess
    pipe : Connection
        The other end; reading from it fails with EOFError when the process is gone.
    """
    context = _Context()
    near, far = context.Pipe()
    process = _Deaf(target=_deaf, args=(work, far), daemon=True)
    with _without_main():
        process.start()
    far.close()
    return process, near


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program from a process that starts: it needs none of it, and a script would run once more."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _deaf(work: Callable[[Connection], None], pipe: Connection) -> None:
    """Do the work of a process."""
    _join(None)
    work(pipe)


@contextmanager
def crew(workers: int) -> Iterator[Crew]:
    """Yield a crew of so many processes; of this one alone if that is fewer than two.

    Parameters
    ----------
    workers : int

    Yields
    ------
    Crew
        Ctrl+C ends the job until its ``keep`` is called; from then on, the first asks searches to hand over the best
        so far.

    Raises
    ------
    GridgeoError
        If the system ended one of the processes.
    """
    global _asked  # noqa: PLW0603
    context = _Context()
    _asked = context.RawValue("b", 0)
    before = signal.getsignal(signal.SIGINT)
    try:
        if workers < 2:
            yield Crew(map, asked_to_stop, _keep)
            return
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_join, initargs=(_asked,))
        with pool, _given_up_at_once():
            yield Crew(partial(_handed_out, pool), asked_to_stop, _keep)
    except BrokenProcessPool:
        raise GridgeoError(
            "a process that worked beside this one was ended by the system, perhaps for want of memory; nothing was "
            "written: free some memory and try again"
        ) from None
    finally:
        _asked = None
        if _hears():
            signal.signal(signal.SIGINT, before)


def _handed_out(pool: ProcessPoolExecutor, function: Callable[..., Any], *items: Iterable[Any]) -> Iterator[Any]:
    """Map over a pool; handing out starts processes and a thread, and half of that could not be ended."""
    with held_back():
        return pool.map(function, *items)


def _hears() -> bool:
    """Tell whether this thread is the one that hears Ctrl+C."""
    return threading.current_thread() is threading.main_thread()


def _keep() -> None:
    """Let the first Ctrl+C ask for the best so far; the second is the ordinary one again."""
    asked, before = _asked, signal.getsignal(signal.SIGINT)
    if asked is None or asked.value or not _hears():
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.value = 1
        signal.signal(signal.SIGINT, before)
        sys.stderr.write("\nfinishing with the best so far; press Ctrl+C again to give up\n")

    signal.signal(signal.SIGINT, ask)


@contextmanager
def _given_up_at_once() -> Iterator[None]:
    """If Ctrl+C ends the job, end its processes too: nobody waits for what they are at."""
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the crew is gone: it takes a moment
        for child in multiprocessing.active_children():
            if isinstance(child, _Deaf):
                child.terminate()
        raise
