"""Processes that work side by side end with the one that started them, however it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

CHILD = Path(__file__).parent / "crew_child.py"


def runs(pid: int) -> bool:
    """Tell whether a process is at work; one that ended and was not fetched is not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_job_leaves_no_process_behind() -> None:
    with subprocess.Popen([sys.executable, str(CHILD)], stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        workers = [int(job.stdout.readline()) for _ in range(2)]
        assert all(runs(pid) for pid in workers)
        job.kill()
    until = time.monotonic() + 60
    while any(runs(pid) for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(runs(pid) for pid in workers)
