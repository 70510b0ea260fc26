"""The command line in a process of its own that tells its stages on standard output, to be interrupted at one of them:
``telling_child.py PROCESSES MOMENT merge …``. Tells ``started N`` too when it has started N processes."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gridgeo.cli.merge as command
from gridgeo.cli.main import main
from gridgeo.jobs.crew import asked_to_stop

moment = "never"
"""What is waited at."""


def tell(*words: object) -> None:
    """Say a stage at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()
    if " ".join(map(str, words)).startswith(moment):
        until = time.monotonic() + 30  # so that Ctrl+C comes now, however quick the rest or slow the one who presses it
        while not asked_to_stop() and time.monotonic() < until:
            time.sleep(0.01)


@contextmanager
def told() -> Iterator[Callable[..., None]]:
    """Stand in for the progress bar."""
    yield tell


def watch() -> None:
    """Tell when the first process beside this one is there: its interpreter is still starting then."""
    while not multiprocessing.active_children():
        time.sleep(0.001)
    sys.stdout.write(f"started {len(multiprocessing.active_children())}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is started deaf
    processes, moment = int(sys.argv.pop(1)), sys.argv.pop(1)
    os.cpu_count = lambda: processes
    command.stages = told
    threading.Thread(target=watch, daemon=True).start()
    main()
