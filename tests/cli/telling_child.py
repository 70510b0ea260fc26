"""The command line in a process of its own that tells its stages on standard output, to be interrupted at one of them:
``telling_child.py PROCESSES merge …``. Tells ``started N`` too when it has started N processes."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gridgeo.cli.merge as command
from gridgeo.cli.main import main


def tell(*words: object) -> None:
    """Say a stage at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()
    if words[:2] == ("compare", 1):
        time.sleep(0.5)  # so that Ctrl+C comes before the next variant, which may be quick


@contextmanager
def told() -> Iterator[Callable[..., None]]:
    """Stand in for the progress bar."""
    yield tell


def watch() -> None:
    """Tell when the first process beside this one is there: its interpreter is still starting then."""
    while not multiprocessing.active_children():
        time.sleep(0.001)
    tell("started", len(multiprocessing.active_children()))


if __name__ == "__main__":
    processes = int(sys.argv.pop(1))
    os.cpu_count = lambda: processes
    command.stages = told
    threading.Thread(target=watch, daemon=True).start()
    main()
