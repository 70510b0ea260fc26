"""Processes side by side: how many there are changes nothing but the seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_merge_by_two_processes_is_that_by_one_to_the_last_byte() -> None:
    child = Path(__file__).parent / "pooled_child.py"
    done = subprocess.run([sys.executable, str(child)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["processes"] == [1, 2]  # the city is large enough for a pool
    one, two = answer["told"]
    assert len(one["reports"]) == 30
    assert two == one
