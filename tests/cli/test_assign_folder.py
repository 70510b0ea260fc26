"""``gridgeo assign`` of a folder: one file after the other, or on the workers of a dask scheduler."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_city
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs import partitions
from gridgeo.locate.assign import assign_points

GRIDS = small_city.grids_of(8, 5)
FILES, ROWS = 12, 150_000
METRIC = ("--layer", "layer.gpkg", "--x", "x", "--y", "y", "--crs", "EPSG:4547")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["assign", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def places(number: int, rows: int = ROWS) -> pd.DataFrame:
    left, bottom, right, top = GRIDS.total_bounds
    xy = np.random.default_rng(number).uniform([left - 20, bottom - 20], [right + 20, top + 20], (rows, 2))
    ids = [f"{number:02d}-{row:07d}" for row in range(rows)]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1]})


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a register in partitions, a layer beside it."""
    folder = tmp_path_factory.mktemp("partitions")
    GRIDS.to_file(folder / "layer.gpkg", layer="grid")
    for number in range(FILES):
        path = folder / "register" / f"city={number % 3}" / f"part-{number:02d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        places(number).to_parquet(path)
    (folder / "register" / "_SUCCESS").touch()
    return folder


@pytest.fixture
def here(register: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work beside the register; answers go to a folder of their own."""
    monkeypatch.chdir(register)
    return tmp_path


def check(output: Path) -> None:
    """Compare every partition with what one call says of its rows."""
    names = sorted(path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())
    assert names == sorted(f"city={number % 3}/part-{number:02d}.parquet" for number in range(FILES))
    for number in range(FILES):
        asked = places(number)
        expected = assign_points(asked["id"], asked["x"], asked["y"], GRIDS)
        told = pd.read_parquet(output / f"city={number % 3}" / f"part-{number:02d}.parquet")
        assert told["id"].tolist() == expected["id"].tolist()
        assert told["code"].astype(object).fillna("").tolist() == expected["code"].astype(object).fillna("").tolist()
        assert told["method"].tolist() == expected["method"].tolist()


def test_every_file_of_a_folder_is_answered_under_its_name(here: Path):
    code, out, err = run("register", *METRIC, "-o", here / "out")
    assert (code, err) == (0, "")
    assert re.match(rf"1,800,000 points: .* 40 grids hit; 12 files -> {re.escape(str(here))}", out)
    check(here / "out")


def test_the_report_adds_up_for_machines(here: Path):
    _, out, _ = run("register", *METRIC, "-o", here / "out", "--json")
    told = json.loads(out)
    assert (told["rows"], told["partitions"], told["taken_up"]) == (FILES * ROWS, FILES, 0)
    assert told["inside"] + told["border"] + told["outside"] == FILES * ROWS


def test_what_a_killed_run_has_done_is_taken_up(here: Path, monkeypatch: pytest.MonkeyPatch):
    done, work = [], partitions.assign_partition

    def dies(partition: partitions.Partition, lookup: object) -> object:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(partition.name)
        return work(partition, lookup)

    with monkeypatch.context() as patched:
        patched.setattr(partitions, "assign_partition", dies)
        assert run("register", *METRIC, "-o", here / "out")[0] != 0
    assert not (here / "out").exists()
    code, out, _ = run("register", *METRIC, "-o", here / "out")
    assert code == 0
    assert "12 files, 5 of them done before" in out
    check(here / "out")
    assert [path.name for path in here.iterdir()] == ["out"]


def test_another_layer_takes_nothing_up(here: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr(partitions, "_require_here", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        run("register", *METRIC, "-o", here / "out")
    GRIDS[1:].to_file(here / "other.gpkg", layer="grid")
    code, out, _ = run("register", "--layer", here / "other.gpkg", *METRIC[2:], "-o", here / "out")
    assert code == 0
    assert "39 grids hit; 12 files ->" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["register", "-o", "register/out"], "lies in the register's own folder"),
        (["register", "-o", "layer.gpkg"], "is there already"),
        (["empty", "-o", "out"], "holds no Parquet file"),
        (["register", "-o", "out", "--engine", "dask"], "needs --scheduler"),
        (["register", "-o", "out", "--scheduler", "tcp://127.0.0.1:1"], "is for --engine dask"),
        (["register", "-o", "out", "--previous", "old.parquet"], "--previous is for one file"),
        (
            ["register/city=0/part-00.parquet", "-o", "out.parquet", "--engine", "dask", "--scheduler", "tcp://h:1"],
            "takes a folder of Parquet files",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(here: Path, arguments: list[str], words: str):
    Path("empty").mkdir(exist_ok=True)
    code, out, err = run(*arguments, *METRIC)
    assert code == 2
    assert not out
    assert words in err
    assert err.count("\n") == 1


def test_a_file_that_cannot_be_read_ends_the_job_and_keeps_what_is_done(here: Path, tmp_path: Path):
    folder = tmp_path / "broken"
    folder.mkdir()
    places(0, 100).to_parquet(folder / "a.parquet")
    (folder / "b.parquet").write_bytes(b"PAR1 and nothing")
    code, _, err = run(folder, *METRIC, "-o", here / "out")
    assert code == 2
    assert "b.parquet" in err
    assert not (here / "out").exists()
    places(1, 100).to_parquet(folder / "b.parquet")
    assert "2 files, 1 of them done before" in run(folder, *METRIC, "-o", here / "out")[1]


# ------------------------------------------------------------------------- cluster ----


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a part of dask, and end it."""
    command = [sys.executable, "-m", "dask", *arguments]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        assert running.stderr is not None
        running.stderr.close()


@pytest.fixture
def scheduler() -> Iterator[str]:
    """Return the address of a scheduler that listens on loopback."""
    with process("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as running:
        assert running.stderr is not None
        for line in running.stderr:
            if found := re.search(r"tcp://127\.0\.0\.1:\d+", line):
                break
        else:
            pytest.fail("the scheduler did not start")
        with drained(running):
            yield found[0]


@contextmanager
def drained(running: subprocess.Popen[str]) -> Iterator[None]:
    """Read on what a process says, so that it never waits for it."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=running.stderr) as reader:
        try:
            yield
        finally:
            running.kill()
            reader.wait()


def outside(*arguments: object) -> list[str]:
    """Return the command as a process of its own: dask warns of things that are errors in tests."""
    main = "from gridgeo.cli.main import main; main()"
    return [sys.executable, "-c", main, "assign", *map(str, arguments)]


def worker(scheduler: str, folder: Path) -> list[str]:
    nanny = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0", "--no-dashboard")
    return ["worker", scheduler, *nanny, "--host", "127.0.0.1", "--local-directory", str(folder)]


def test_two_workers_do_a_folder_though_one_is_killed_in_the_middle(here: Path, scheduler: str, tmp_path: Path):
    notes = here / ".out.gridgeo-parts" / "_notes"
    command = outside("register", *METRIC, "-o", here / "out", "--engine", "dask", "--scheduler", scheduler)
    with (
        process(*worker(scheduler, tmp_path / "a")) as one, drained(one),
        process(*worker(scheduler, tmp_path / "b")) as two, drained(two),
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as job,
    ):  # fmt: skip
        while len(list(notes.rglob("*.json"))) < 2 and job.poll() is None:
            time.sleep(0.005)
        assert job.poll() is None, "the job was over before a worker could be killed"
        os.kill(one.pid, signal.SIGKILL)
        out, err = job.communicate(timeout=240)
        assert two.poll() is None
    assert job.returncode == 0, err
    assert "12 files ->" in out
    check(here / "out")


def test_a_worker_says_what_is_wrong_with_a_file(here: Path, scheduler: str, tmp_path: Path):
    folder = tmp_path / "broken"
    folder.mkdir()
    places(0, 100).rename(columns={"x": "easting"}).to_parquet(folder / "a.parquet")
    with process(*worker(scheduler, tmp_path / "a")) as one, drained(one):
        command = outside(folder, *METRIC, "-o", here / "out", "--engine", "dask", "--scheduler", scheduler)
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "a.parquet has no column x" in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_scheduler_that_does_not_answer_or_has_no_workers_is_told(here: Path, scheduler: str):
    for address, words in (("tcp://127.0.0.1:1", "no dask scheduler answers at"), (scheduler, "has no workers")):
        command = outside("register", *METRIC, "-o", here / "out", "--engine", "dask", "--scheduler", address)
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.returncode == 2
        assert words in told.stderr
        assert told.stderr.count("\n") == 1
