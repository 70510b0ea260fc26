"""Where nothing can be written: no rights, no room, killed, a store that is taken. The state before stays.

A run of its own stands for the machine's trouble: a limit on file size for a full disk, kill -9 half way through.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from city_files import Answer, CityFiles, gridgeo, make_city

from gridgeo.store.base import open_store

PROGRAM = """
import ctypes, os, resource, signal, sys, time
import gridgeo.jobs.merge, gridgeo.store.gpkg
from gridgeo.cli.main import main

def stop(*given, **named):
    os.write(1, b"half way\\n")
    time.sleep(600)

trouble = sys.argv.pop(1)
if trouble.isdigit():  # a full disk
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(trouble), int(trouble)))
elif trouble == "writing":
    gridgeo.jobs.merge.merge_report_html = stop
elif trouble == "publishing":
    gridgeo.store.gpkg.fill_rtree = stop
main()
"""
ROOT = Path(__file__).parents[2]
NO_OVERRIDE = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: without them root, too, needs the right to read and write."""
PR_CAPBSET_DROP = 24


def as_anybody() -> None:
    """Let a child obey the rights of files even where the tests run as root."""
    for capability in NO_OVERRIDE:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def start(trouble: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, trouble, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=as_anybody,  # noqa: PLW1509 - one system call, no lock that a thread could hold
    )  # fmt: skip


def child(trouble: str, *arguments: object) -> Answer:
    with start(trouble, *arguments) as running:
        out, err = running.communicate(timeout=120)
    return Answer(running.returncode, out, err)


@pytest.fixture
def city(tmp_path: Path) -> CityFiles:
    return make_city(tmp_path / "小城 one")


@pytest.fixture
def small(city: CityFiles) -> CityFiles:
    """Communities and registers only: merged in no time."""
    for table in ("agency", "barrier", "exclusive"):
        city.tables.pop(table)
    return city


@pytest.mark.parametrize("command", ["inspect", "merge"])
@pytest.mark.parametrize("place", ["file", "file/deep/down"])
def test_an_output_folder_inside_a_file_is_refused_before_the_work(city: CityFiles, command: str, place: str) -> None:
    (city.folder / "file").write_text("mine")
    answer = gridgeo(command, city.write(), "--out", city.folder / place)
    assert answer.code == 2
    assert "file is not a folder; choose another folder with --out" in answer.err
    assert (city.folder / "file").read_text() == "mine"


@pytest.mark.parametrize("command", ["inspect", "merge"])
def test_an_output_folder_that_takes_no_files_is_refused(small: CityFiles, command: str) -> None:
    (small.folder / "locked").mkdir(mode=0o555)
    answer = child("none", command, small.write(), "--out", small.folder / "locked" / "out")
    assert answer.code == 2
    answer.assert_one_sentence()
    assert "locked takes no files (Permission denied); choose another folder with --out" in answer.err
    assert list((small.folder / "locked").iterdir()) == []


@pytest.mark.parametrize("name", ["communities.gpkg", "households.csv"])
def test_a_file_that_may_not_be_read_is_named(small: CityFiles, name: str) -> None:
    (small.folder / name).chmod(0)
    answer = child("none", "merge", small.write(), "--out", small.folder / "out")
    assert answer.code == 2
    answer.assert_one_sentence()
    assert f"{name}: no right to read" in answer.err


@pytest.mark.parametrize(
    ("command", "file", "most_bytes"),
    [("inspect", "findings.gpkg", 60_000), ("merge", "layer.gpkg", 60_000), ("merge", "layer.gpkg", 150_000)],
)
def test_a_full_disk_leaves_the_former_files(small: CityFiles, command: str, file: str, most_bytes: int) -> None:
    out = small.folder / "out"
    out.mkdir()
    (out / file).write_text("former")
    answer = child(str(most_bytes), command, small.write(), "--out", out)
    assert answer.code == 2
    answer.assert_one_sentence()
    assert f"{file} did not arrive whole, the disk may be full" in answer.err
    assert {path.name: path.read_text() for path in out.iterdir()} == {file: "former"}


def test_killed_while_writing_the_former_files_stay(small: CityFiles) -> None:
    out = small.folder / "out"
    out.mkdir()
    (out / "layer.gpkg").write_text("former")
    with start("writing", "merge", small.write(), "--out", out) as running:
        assert running.stdout.readline() == "half way\n"
        running.kill()
    assert (out / "layer.gpkg").read_text() == "former"
    assert not (out / "certificate.json").exists()
    assert child("none", "merge", small.write(), "--out", out).code == 0
    assert len(gpd.read_file(out / "layer.gpkg", layer="grid")) == 2


def test_killed_while_publishing_no_version_and_no_file_appears_and_the_next_run_works(small: CityFiles) -> None:
    out, store = small.folder / "out", f"gpkg://{small.folder / 'store.gpkg'}"
    with start("publishing", "merge", small.write(), "--out", out, "--store", store) as running:
        assert running.stdout.readline() == "half way\n"
        running.kill()
    assert not (out / "layer.gpkg").exists()
    with open_store(store) as opened:
        assert opened.versions() == ()
    assert gridgeo("merge", small.write(), "--out", out, "--store", store).code == 0
    with open_store(store) as opened:
        assert [version.seq for version in opened.versions()] == [1]


def test_a_store_with_a_version_is_left_alone(small: CityFiles) -> None:
    store = f"gpkg://{small.folder / 'store.gpkg'}"
    assert gridgeo("merge", small.write(), "--out", small.folder / "one", "--store", store).code == 0
    before = (small.folder / "store.gpkg").read_bytes()
    answer = gridgeo("merge", small.write(), "--out", small.folder / "two", "--store", store)
    assert (answer.code, answer.error) == (6, None)
    assert "holds version 1 already; name a new store" in answer.err
    assert not (small.folder / "two").exists()
    assert (small.folder / "store.gpkg").read_bytes() == before


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("gpkg://{folder}/nowhere/s.gpkg", "nowhere does not exist; make it first"),
        ("gpkg://{folder}/households.csv", "this file is not a GeoPackage; nothing was changed"),
        ("gpkg://{folder}", "exists already and is never overwritten"),
        ("oracle://x", "is not a store; write gpkg:///path/file.gpkg"),
    ],
)
def test_a_store_that_cannot_be_is_refused_before_the_merge(small: CityFiles, store: str, said: str) -> None:
    url = store.format(folder=small.folder)
    answer = gridgeo("merge", small.write(), "--out", small.folder / "out", "--store", url)
    assert (answer.code, answer.error) == (7, None)
    answer.assert_one_sentence()
    assert said in answer.err
    assert not (small.folder / "out").exists()


def test_a_disk_that_fills_up_while_publishing_leaves_no_files_either(small: CityFiles) -> None:
    store = small.folder / "store.gpkg"
    answer = child("300000", "merge", small.write(), "--out", small.folder / "out", "--store", f"gpkg://{store}")
    assert answer.code == 7
    answer.assert_one_sentence()
    assert "make room and run the job again; nothing was changed" in answer.err
    assert not (small.folder / "out").exists()
    assert not store.exists()
