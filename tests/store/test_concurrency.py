"""Readers are not held up by a publisher and see one state; of two publishers exactly one wins."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import small_city

from gridgeo.errors import StoreError, VersionConflict
from gridgeo.store import gpkg
from gridgeo.store.base import Store, open_store


def while_publishing(store: Store, monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> None:
    """Publish, and look at the store from outside after the last table was loaded but before the commit."""
    load, looked = type(store.backend).load, []

    def load_and_look(self, connection, table, columns, srid):
        load(self, connection, table, columns, srid)
        if table.name == "assignment":
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(look).result(timeout=60)
            looked.append(True)

    monkeypatch.setattr(type(store.backend), "load", load_and_look)
    store.publish_first(small_city.publication_of(), by="li")
    assert looked == [True]


def test_a_reader_sees_the_old_state_until_the_commit(store: Store, store_url_of, monkeypatch: pytest.MonkeyPatch):
    def look() -> None:
        with open_store(store_url_of(store)) as other:
            assert other.versions() == ()
            assert other.layers() == ()

    while_publishing(store, monkeypatch, look)
    assert store.versions()[0].seq == 1


COUNT_GRIDS = "import pyogrio, sys; print(len(pyogrio.read_dataframe(sys.argv[1], layer='grid')))"


def gdal_count(path: Path) -> int:
    """Count grids with GDAL in a process of its own: its SQLite and ours must not meet in one process."""
    done = subprocess.run([sys.executable, "-c", COUNT_GRIDS, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_gdal_reads_while_a_version_is_published(gpkg_store: Store, monkeypatch: pytest.MonkeyPatch):
    path = gpkg_store.backend.path
    seen = []
    while_publishing(gpkg_store, monkeypatch, lambda: seen.append(gdal_count(path)))
    assert seen == [0]
    assert gdal_count(path) == gpkg_store.count() == 4


def test_of_two_publishers_exactly_one_wins(store: Store, store_url_of):
    at_once = threading.Barrier(2)

    def publish(side: int) -> object:
        with open_store(store_url_of(store)) as mine:
            at_once.wait(30)
            try:
                return mine.publish_first(small_city.publication_of(side, side), by=f"planner {side}")
            except VersionConflict as conflict:
                return str(conflict)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(publish, (2, 3)))
    (won,) = [side for side, answer in zip((2, 3), answers, strict=True) if answer == 1]
    (lost,) = [answer for answer in answers if answer != 1]
    assert "holds version 1 already" in str(lost)
    assert store.count() == won * won
    assert [version.published_by for version in store.versions()] == [f"planner {won}"]
    assert store.digest() == store.versions()[0].digest


def test_a_writer_that_waits_too_long_is_told_so(gpkg_store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gpkg, "BUSY_TIMEOUT_S", 0.05)
    publication = small_city.publication_of()
    told = pytest.raises(StoreError, match="somebody else is writing to it; try again when they are done")
    with open_store(gpkg_store.url) as other, gpkg_store.backend.writing(), told:
        other.publish_first(publication, by="li")


def test_threads_share_an_open_store(store: Store, tmp_path: Path):
    store.publish_first(small_city.publication_of(8, 8), by="li")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: store.digest(), range(32)))
    assert set(answers) == {store.versions()[0].digest}
