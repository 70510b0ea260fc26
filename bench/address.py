"""Ask gridgeo and its peers for the grids of the same addresses, and print how often and how fast each one is right.

    python bench/address.py [--rows 100000] [--seed 1] [--per-class 40] [--dirty 0.1] [--library DIR]
        [--only gridgeo,pg_trgm] [--out DIR]

Without --library a city of `address_city` is made; a folder must hold `library.csv`, `enterprises.csv`, `grids.gpkg`,
`queries.csv` and `answers.jsonl` in its form. Peers, each in a process of its own, one core, with gridgeo's normaliser:

- the cheap control: character 1-2-grams in tantivy (`pip install -e ".[bench]"`) and in numpy;
- pg_trgm in PostgreSQL, the nearest by a GiST index, on the private server of the tests or GRIDGEO_TEST_DSN;
- SQLite's FTS5 with trigrams: the rarest of a question, hits ranked again by 1-2-grams.

A cell is row R@1 / grid@1 in per cent of the clear questions, or the share within 100 m for spots on roads. Peers have
no statuses: an address of another city gets their nearest row. Memory is the peak of a peer's process above what it had
with the library read, of gridgeo that of its commands, whole; a server's is not counted. The last column is gridgeo's
lead over the best other in points, and how many times less time, memory or disk it takes than the least of them.
--out keeps every answer as CSV in the form of `gridgeo locate --batch`.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import address_score as score
import geopandas as gpd
import numpy as np
import shapely
from address_city import make_city, write_city
from address_peers import PEERS, normaliser
from address_queries import make_queries, write_queries

OURS = "gridgeo"
CLI = (sys.executable, "-c", "from gridgeo.cli.main import main; main()")
COLUMNS = ("id", "status", "code", "place_id", "x", "y", "confidence", "faults", "candidates", "ms")


@dataclass
class Result:
    """What one of them answered, and what it took."""

    name: str
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    build_s: float = 0.0
    memory_mb: float = 0.0
    disk_mb: float = 0.0
    failed: str = ""

    @property
    def times(self) -> list[float]:
        """Milliseconds of every question."""
        return sorted(float(s["ms"]) for s in self.said.values() if s.get("ms"))


# --------------------------------------------------------------------------- library ----


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def documents(folder: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return what peers index: addresses, names, names behind their addresses; and the answer for each of them."""
    rows, places = read_csv(folder / "library.csv"), read_csv(folder / "enterprises.csv")
    texts = [r["address"] for r in rows] + [p["name"] for p in places] + [p["address"] + p["name"] for p in places]
    things = [*rows, *places, *places]
    grids = gpd.read_file(folder / "grids.gpkg", layer="grid")
    spots = gpd.GeoSeries.from_xy([float(t["x"]) for t in things], [float(t["y"]) for t in things], crs=4490)
    at, grid = shapely.STRtree(grids.geometry.to_numpy()).query(
        spots.to_crs(grids.crs).to_numpy(), predicate="intersects"
    )
    codes = np.full(len(things), "", dtype=object)
    codes[at[::-1]] = grids["code"].to_numpy()[grid[::-1]]
    answers = [
        {"place_id": t["id"], "x": t["x"], "y": t["y"], "code": str(code)}
        for t, code in zip(things, codes, strict=True)
    ]
    return texts, answers


# -------------------------------------------------------------------------- measured ----


def apart(work: Callable[..., Result], *arguments: Any) -> Result:
    """Do some work in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_child, args=(theirs, work, arguments))
    child.start()
    theirs.close()
    try:
        result: Result = ours.recv()
    except EOFError:
        result = Result(str(arguments[0]), failed="its process ended")
    child.join()
    return result


def _child(pipe: Any, work: Callable[..., Result], arguments: tuple[Any, ...]) -> None:
    try:
        result = work(*arguments)
    except Exception as error:  # one peer that is not there must not stop the others
        result = Result(str(arguments[0]), failed=f"{type(error).__name__}: {error}".splitlines()[0][:200])
    pipe.send(result)


def peak_mb(again: bool = False) -> float:
    """Return the most memory that this process had, or what it has now if the peak is to be taken `again`."""
    try:
        if again:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(text.split()[1]) for text in status.splitlines() if text.startswith("VmHWM")) / 1e3
    except OSError:  # not on Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def ask_peer(name: str, folder: Path) -> Result:
    """Build a peer's index over a library and ask it every question."""
    tidy = normaliser()
    texts, answers = documents(folder)
    queries, before = read_csv(folder / "queries.csv"), peak_mb(again=True)
    with tempfile.TemporaryDirectory() as scratch:
        start = perf_counter()
        tidied = [tidy(t) for t in texts]
        with PEERS[name](tidied, Path(scratch)) as (ask, size):
            result = Result(name, build_s=perf_counter() - start, disk_mb=size / 1e6)
            for query in queries:
                start = perf_counter()
                at = ask(tidy(query["query"]))
                took = (perf_counter() - start) * 1e3
                found = {"status": "sure", **answers[at]} if at >= 0 else {"status": "unknown"}
                result.said[query["id"]] = {"id": query["id"], **found, "ms": f"{took:.3f}"}
    result.memory_mb = peak_mb() - before
    return result


def ask_gridgeo(name: str, folder: Path) -> Result:
    """Load a library into a store and ask gridgeo every question in one batch."""
    with tempfile.TemporaryDirectory() as scratch:
        store = f"gpkg://{scratch}/store.gpkg"
        out = Path(scratch) / "out.csv"
        place = ("--address", "address", "--x", "x", "--y", "y", "--crs", "EPSG:4490", "--id", "id", "--store", store)
        run("import", str(folder / "grids.gpkg"), "--store", store)
        start = perf_counter()
        run("address", "load", str(folder / "library.csv"), *place)
        run("address", "load", str(folder / "enterprises.csv"), "--name", "name", *place)
        result = Result(name, build_s=perf_counter() - start)
        result.disk_mb = Path(scratch, "store.gpkg").stat().st_size / 1e6
        run("locate", "--batch", str(folder / "queries.csv"), "-o", str(out), "--store", store)
        result.said = {row["id"]: row for row in read_csv(out)}
    result.memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    return result


def run(*arguments: str) -> None:
    """Run a command of gridgeo.

    Raises
    ------
    RuntimeError
        With what it said last, if it failed.
    """
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run([*CLI, *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode not in (0, 1):
        lines = (text.strip(" │╭╮╰╯─") for text in (done.stderr or done.stdout).splitlines())
        said = [text for text in lines if text]
        raise RuntimeError(f"gridgeo {arguments[0]} ended with {done.returncode}: {said[-1] if said else 'no word'}")


# ----------------------------------------------------------------------------- table ----


def table(results: list[Result], truth: list[dict[str, Any]]) -> str:
    """Return the figures as Markdown, a class a line, and how the first compares with the best of the others."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for answer in truth:
        groups[answer["class"]].append(answer)
    head = ["class", "n", *(r.name for r in results), f"{results[0].name} − best other"]
    lines = [line(head), line(["---"] * len(head))]
    for name, group in [*sorted(groups.items()), ("*all*", truth)]:
        shares = [score.shares(group, r.said) for r in results]
        if any(s.answerable for s in shares):
            cells = [s.text() for s in shares]
            lines.append(line([name, str(len(group)), *cells, score.lead(shares)]))
    nowhere = [a for a in truth if not a["grids"]]
    guessed = [score.guessed(nowhere, r.said) for r in results]
    lines.append(line(["no address here, answered `sure`, %", str(len(nowhere)), *(f"{g:.1f}" for g in guessed), ""]))
    for title, pick, form in (
        ("p50 ms", lambda r: part(r.times, 0.5), "{:.2f}"),
        ("p99 ms", lambda r: part(r.times, 0.99), "{:.1f}"),
        ("build s", lambda r: r.build_s, "{:.1f}"),
        ("memory MB", lambda r: r.memory_mb, "{:,.0f}"),
        ("disk MB", lambda r: r.disk_mb, "{:,.0f}"),
    ):
        values = [pick(r) for r in results]
        lines.append(line([title, "", *(form.format(v) for v in values), factor(values)]))
    return "\n".join(lines)


def line(cells: list[str]) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(cells) + " |"


def part(ordered: list[float], share: float) -> float:
    """Return the value below which a share of ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def factor(values: list[float]) -> str:
    """Return how many times less the first takes than the least of the others."""
    others = [v for v in values[1:] if v > 0]
    return f"× {min(others) / values[0]:.2g}" if others and values[0] > 0 else ""


def statuses(result: Result, truth: list[dict[str, Any]]) -> str:
    """Return how honest one that has statuses is, as a sentence."""
    figures = score.honesty(truth, result.said)
    return f"{result.name}: " + ", ".join(f"{name} {value}" for name, value in figures.items())


def main() -> None:
    """Make or take a library, ask everybody, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-class", type=int, default=40)
    parser.add_argument("--dirty", type=float, default=0.0, help="share of dirty rows in the library")
    parser.add_argument("--library", type=Path, help="a folder of address_city.py or of the same form")
    parser.add_argument("--only", default="", help="names or beginnings of names, between commas")
    parser.add_argument("--out", type=Path, help="keep every answer in this folder, a CSV for each")
    args = parser.parse_args()
    wanted = [w for w in args.only.split(",") if w]
    names = [n for n in (OURS, *PEERS) if not wanted or any(n.startswith(w) for w in wanted)]
    with contextlib.ExitStack() as stack:
        folder = args.library or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not args.library:
            city = make_city(args.rows, args.seed, args.dirty)
            write_city(city, folder)
            write_queries(make_queries(city, args.seed, args.per_class), folder)
        truth = [json.loads(text) for text in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
        results = [apart(ask_gridgeo if name == OURS else ask_peer, name, folder) for name in names]
    for result in results:
        if result.failed:
            print(f"{result.name} is left out: {result.failed}\n")
        elif args.out:
            keep(result, args.out)
    there = [r for r in results if not r.failed]
    print(table(there, truth))
    for result in there:
        if result.name == OURS:
            print("\n" + statuses(result, truth))


def keep(result: Result, out: Path) -> None:
    """Write answers in the form of `gridgeo locate --batch`."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{result.name.replace(' ', '_')}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(result.said.values())


if __name__ == "__main__":
    main()
