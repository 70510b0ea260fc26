"""Whole merges, one process each: seamless, grids, findings, wall seconds, peak memory.

    python bench/merge.py CITY.toml [CITY.toml …]

Wall time and peak memory are those of ``gridgeo merge`` with everything in it, from starting Python to the last file;
memory is the largest process's; CPU seconds are those of all of them. A ratio of two cities' times says how cost grows.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-c", "from gridgeo.cli.main import main; main()", "merge"]


def measure(city: Path) -> dict[str, object]:
    """Merge one city and return its row; run in a process of its own, so that the peak is this city's."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        done = subprocess.run(
            [*COMMAND, str(city), "--out", out, "--json"], check=False, capture_output=True, text=True
        )
        seconds = time.perf_counter() - start
        if done.returncode > 1:
            return {"city": city.parent.name, "error": done.stderr.strip()}
        report = json.loads(done.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "city": city.parent.name,
        "seamless": report["certificate"]["seamless"],
        "grids": report["grids"],
        "findings": sum(row["count"] for row in report["findings"]),
        "violations": report["violations"],
        "faces": report["faces"],
        "wall_s": round(seconds, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("city", type=Path, nargs="*", help="city files")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one), ensure_ascii=False))
        return
    for city in options.city:
        row = subprocess.run([sys.executable, __file__, "--one", str(city)], capture_output=True, text=True, check=True)
        print(row.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
