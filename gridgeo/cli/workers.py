"""Several processes that serve one store behind one address.

In: a socket that listens, how many. Out: nothing until all have ended: by Ctrl+C or SIGTERM, or because no worker stays
alive. Each worker has the store open for itself and watches it for itself (`gridgeo.api.watch`); they share the socket
only. A worker that dies is replaced; workers whose parent dies end, too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from socket import socket

import uvicorn

from gridgeo.api.app import create_app
from gridgeo.errors import GridgeoError, StoreError
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import open_store

__all__ = ["Work", "run_server", "run_workers"]

SHORT_LIFE_S = 10.0
"""A worker that ends sooner never came to work."""
MOST_SHORT_LIVES = 3
"""So many in a row, and another attempt would end the same way."""
PATIENCE_S = 30.0
"""For workers to finish what they are answering, once they were told to end."""


@dataclass(frozen=True)
class Work:
    """What a worker needs to know; it is handed over through a pipe, for the URL may hold a password."""

    store: str
    recipe: Recipe
    listening: socket


def run_server(app: object, listening: socket) -> None:
    """Serve in this process until Ctrl+C or SIGTERM."""
    config = uvicorn.Config(app, log_level="warning", ws="none", access_log=False)  # type: ignore[arg-type]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that systemd, too, ends it with the store closed
    with suppress(KeyboardInterrupt):  # Ctrl+C is the ordinary end
        uvicorn.Server(config).run(sockets=[listening])


def run_workers(work: Work, count: int) -> None:
    """Serve in several processes until Ctrl+C or SIGTERM.

    Raises
    ------
    StoreError
        If workers end again and again as soon as they have begun.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began: dict[SpawnProcess, float] = {}
    short_lives = 0
    try:
        for _ in range(count):
            began[_started(work)] = time.monotonic()
        while True:
            ended = set(wait([process.sentinel for process in began]))
            for process in [one for one in began if one.sentinel in ended]:
                lived_s = time.monotonic() - began.pop(process)
                short_lives = short_lives + 1 if lived_s < SHORT_LIFE_S else 0
                if short_lives >= MOST_SHORT_LIVES:
                    raise StoreError(
                        f"workers end as soon as they have begun (the last with {process.exitcode}); what they said "
                        "stands above; run one alone with --workers 1"
                    )
                print(f"gridgeo: worker {process.pid} ended, another takes its place", file=sys.stderr, flush=True)
                began[_started(work)] = time.monotonic()
    except KeyboardInterrupt:  # the ordinary end
        pass
    finally:
        _end(list(began))


def _started(work: Work) -> SpawnProcess:
    """Start a worker: a fresh interpreter, for a fork would share open databases."""
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(work,), name="gridgeo-worker")
    process.start()
    return process


def _end(processes: list[SpawnProcess]) -> None:
    """Tell workers to end, and wait; who takes too long, or is not waited for, is killed."""
    for process in processes:
        process.terminate()
    with suppress(KeyboardInterrupt):
        until = time.monotonic() + PATIENCE_S
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
    for process in processes:
        process.kill()
        process.join()


def _serve(work: Work) -> None:
    """Be a worker."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with suppress(KeyboardInterrupt), open_store(work.store) as store:
            run_server(create_app(store, recipe=work.recipe), work.listening)
    except GridgeoError as error:
        print(f"gridgeo: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def _end_with_parent() -> None:
    """End this process in good order when the one that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
