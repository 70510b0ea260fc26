"""A run that is killed goes on, and the file becomes the same, byte by byte."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_city

from gridgeo.errors import InputError
from gridgeo.intake import stream_parquet, stream_text
from gridgeo.jobs import resumed
from gridgeo.jobs.assign import RegisterFile, assign_file
from gridgeo.jobs.lookup import Lookup, make_lookup
from gridgeo.jobs.resumed import left_over, resumable

LOOKUP = make_lookup(small_city.grids_of())
ROWS = 50
RUN = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import test_resumed as t
killed_after = int(sys.argv[4])
add = t.resumed.Work.add
def add_and_die(work, *args, **more):
    add(work, *args, **more)
    if work.rows >= killed_after:
        work._file.write(b"half a part")
        work._file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
t.resumed.Work.add = add_and_die
t.resumed.CHECKPOINT_S = 0
for module in (t.stream_parquet, t.stream_text):
    module.POINTS = 7
t.assign(sys.argv[2], sys.argv[3])
"""


def assign(register: str | Path, output: str | Path, lookup: Lookup = LOOKUP, **options: object):
    source = RegisterFile(file=str(register), id="HID", x="X", y="Y", crs="EPSG:4547")
    return assign_file(source, lookup, output, nearest_m=3, **options)


@pytest.fixture(params=["parquet", "csv"])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Names of a register, an output, and the output of a run that nobody disturbs."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"HID": [f"h{i % 45}" for i in range(ROWS)], "X": 499_990 + 220 * rng.random(ROWS)})
    table["Y"] = 3_699_990 + 220 * rng.random(ROWS)
    table.loc[3, "X"] = None
    table.to_parquet("register.parquet") if request.param == "parquet" else table.to_csv("register.csv", index=False)
    monkeypatch.setattr(resumed, "CHECKPOINT_S", 0)
    for module in (stream_parquet, stream_text):
        monkeypatch.setattr(module, "POINTS", 7)
    return tuple(f"{name}.{request.param}" for name in ("register", "out", "whole"))


def killed(register: str, output: str, after: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", RUN, str(Path(__file__).parent), register, output, str(after)],
        check=False, capture_output=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.returncode == -9, child.stderr.decode()
    assert not Path(output).exists()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("after", [21, ROWS])
def test_a_killed_run_goes_on_and_writes_the_same_bytes(
    files: tuple[str, ...], after: int, monkeypatch: pytest.MonkeyPatch
):
    register, output, undisturbed = files
    whole = assign(register, undisturbed)
    killed(register, output, after)
    left = left_over(Path(output))
    assert left >= after
    added = []
    add = resumed.Work.add
    monkeypatch.setattr(
        resumed.Work, "add", lambda work, *a, **more: (added.append(more["rows"]), add(work, *a, **more))
    )
    assert assign(register, output) == whole
    assert sum(added) == ROWS - left
    assert Path(output).read_bytes() == Path(undisturbed).read_bytes()
    assert sorted(os.listdir()) == sorted([register, output, undisturbed])


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("change", ["register", "layer", "options"])
def test_what_was_left_of_another_job_is_not_used(files: tuple[str, ...], change: str):
    register, output, undisturbed = files
    killed(register, output, 21)
    lookup, options = LOOKUP, {}
    if change == "register":
        os.utime(register, ns=(1, 1))
    elif change == "layer":
        lookup = make_lookup(small_city.grids_of()[1:])
    else:
        options = {"observe": lambda *_: None}
    told = []
    assign(register, output, lookup, tell=lambda *of: told.append(of), **options)
    assert told[-1][:2] == ("assign", ROWS)
    assign(register, undisturbed, lookup)
    assert Path(output).read_bytes() == Path(undisturbed).read_bytes()


def test_ctrl_c_keeps_what_is_done_and_an_error_does_not(files: tuple[str, ...]):
    register, output, _ = files

    def stop(error: BaseException):
        def tell(stage: str, done: int, of: int) -> None:
            if done > 20:
                raise error

        return tell

    with pytest.raises(KeyboardInterrupt):
        assign(register, output, tell=stop(KeyboardInterrupt()))
    assert left_over(Path(output)) == 21
    with pytest.raises(InputError, match="cannot be written: No space left"):
        assign(register, output, tell=stop(OSError(28, "No space left on device")))
    assert os.listdir() == [register]


def test_two_at_once_do_not_write_the_same_file(tmp_path: Path):
    target = tmp_path / "out.csv"
    with resumable(target, "key") as work:
        with pytest.raises(InputError, match=r"out\.csv is being written by another process"), resumable(target, "key"):
            pass
        work.finish(target, b"mine")
    assert target.read_bytes() == b"mine"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_journal_that_was_cut_off_counts_as_far_as_it_goes(tmp_path: Path):
    target = tmp_path / "out.csv"

    def interrupted() -> None:
        with resumable(target, "key") as work:
            for body in (b"one", b"two", b"three"):
                work.add(body, rows=1, note={"of": body.decode()}, state={"last": body.decode()})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    journal = next(path for path in tmp_path.iterdir() if path.name.endswith(".journal"))
    journal.write_bytes(journal.read_bytes()[:-9])
    with resumable(target, "key") as work:
        assert (work.rows, work.at, work.state, len(work.notes)) == (2, 6, {"last": "two"}, 2)
        work.finish(target, b"!")
    assert target.read_bytes() == b"onetwo!"
