"""A program with a crew of two whose work does not end; it says which processes work. Run by `test_crew`."""

from __future__ import annotations

import os
import time

from gridgeo.jobs.crew import crew


def work(_: int) -> None:
    os.write(1, f"{os.getpid()}\n".encode())
    time.sleep(600)


if __name__ == "__main__":
    with crew(2) as hands:
        list(hands.each(work, range(2)))
