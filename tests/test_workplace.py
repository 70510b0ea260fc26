"""Work in progress: nothing stays behind, whoever dies, and nobody loses what is being made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gridgeo.jobs.folders import replaced_folder
from gridgeo.jobs.output import gathered
from gridgeo.store.base import init_store
from gridgeo.workplace import OLD, beside, workplace

ROOT = Path(__file__).parents[1]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def at_work(program: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that says "at work" in the middle of its job and waits there."""
    child = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "at work\n"
            yield child
        finally:
            child.kill()


GATHERING = """
import sys
from pathlib import Path
from gridgeo.jobs.output import gathered
with gathered(Path(sys.argv[1])) as work:
    (work / "layer.gpkg").write_text("half")
    print("at work", flush=True)
    sys.stdin.readline()
"""

REPLACING = """
import sys
from pathlib import Path
from gridgeo.workplace import OLD, beside, workplace
out = Path(sys.argv[1])
with workplace(out) as work:
    work.mkdir()
    out.rename(beside(work, OLD))
    print("at work", flush=True)
    sys.stdin.readline()
"""


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with at_work(GATHERING, tmp_path) as child:
        child.kill()
        child.wait()
        assert len(names(tmp_path)) == 3, "the place and its lock"
        with gathered(tmp_path) as work:
            (work / "layer.gpkg").write_text("whole")
    assert names(tmp_path) == ["layer.gpkg", "mine.txt"]
    assert (tmp_path / "layer.gpkg").read_text() == "whole"


def test_any_job_that_writes_there_removes_it(tmp_path: Path) -> None:
    with at_work(GATHERING, tmp_path) as child:
        child.kill()
        child.wait()
    init_store(f"gpkg://{tmp_path / 'store.gpkg'}").close()
    assert names(tmp_path) == ["store.gpkg"]


def test_the_place_of_a_live_process_stays(tmp_path: Path) -> None:
    with at_work(GATHERING, tmp_path) as child:
        with gathered(tmp_path) as work:
            (work / "layer.gpkg").write_text("mine")
        child.communicate("go on\n")
        assert child.returncode == 0
    assert names(tmp_path) == ["layer.gpkg"]
    assert (tmp_path / "layer.gpkg").read_text() == "half", "the later one wins, whole"


def test_two_at_once_in_one_process_do_not_meet(tmp_path: Path) -> None:
    with workplace(tmp_path / "a") as one, workplace(tmp_path / "a") as two:
        one.write_text("one")
        two.write_text("two")
        assert one.read_text() == "one"
    assert names(tmp_path) == []


def test_a_folder_that_was_being_replaced_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "city"
    with replaced_folder(out, "mark") as folder:
        (folder / "a.txt").write_text("former")
    with at_work(REPLACING, out) as child:
        child.kill()
        child.wait()
    assert not out.exists()
    with workplace(tmp_path / "other"):
        assert (out / "a.txt").read_text() == "former"
    assert names(tmp_path) == ["city"]


def test_what_only_looks_alike_stays(tmp_path: Path) -> None:
    alike = [
        ".a.gridgeo-1.lock",
        ".gridgeo-12345678",
        ".gridgeo-12345678.lock",
        ".~lock.a#",
        ".a.gridgeo-1234567g.lock",
    ]
    for name in alike:
        (tmp_path / name).touch()
    with workplace(tmp_path / "a"):
        pass
    assert names(tmp_path) == sorted(alike)


@pytest.mark.parametrize("fails", [False, True])
def test_the_former_thing_is_put_back_only_if_the_new_one_is_not_there(tmp_path: Path, fails: bool) -> None:
    target = tmp_path / "a.txt"
    target.write_text("former")

    def replace() -> None:
        with workplace(target) as place:
            target.rename(beside(place, OLD))
            if fails:
                raise RuntimeError
            target.write_text("new")

    if fails:
        with pytest.raises(RuntimeError):
            replace()
    else:
        replace()
    assert names(tmp_path) == ["a.txt"]
    assert target.read_text() == ("former" if fails else "new")
