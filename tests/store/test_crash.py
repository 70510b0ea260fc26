"""Whatever happens while a version is published, the store is as it was, and the next attempt works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import small_city
from sqlalchemy import text

from gridgeo.errors import StoreError
from gridgeo.store.base import Store, copying, open_store

CHILD = Path(small_city.__file__).with_name("publishing_child.py")
TABLES = ("grid_span", "crosswalk", "place", "assignment")


def start(url: str, stop_after: str = "none", most_bytes: int = 0) -> subprocess.Popen[str]:
    root = str(CHILD.parents[2])
    return subprocess.Popen(
        [sys.executable, str(CHILD), url, stop_after, str(most_bytes)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_untouched_and_usable(url: str) -> None:
    with open_store(url) as store:
        assert store.versions() == ()
        assert set(store.info().counts.values()) == {0}
        if url.startswith("gpkg"):
            with store.backend.reading() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
                assert connection.scalar(text("SELECT count(*) FROM rtree_grid_span_geom")) == 0
        store.publish_first(small_city.publication_of(), by="li")
        assert store.count() == store.count(box=store.extent()) == 4
        with store.backend.reading() as connection:
            assert copying.contents(store.backend, connection)["place"][0] == 5


@pytest.mark.parametrize("table", TABLES)
def test_killed_in_the_middle(store: Store, store_url_of, table: str):
    url = store_url_of(store)
    with start(url, stop_after=table) as child:
        assert child.stdout.readline() == "half way\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    assert_untouched_and_usable(url)


def test_a_full_disk(gpkg_store: Store):
    room = gpkg_store.info().size_bytes + 400_000
    with start(gpkg_store.url, most_bytes=room) as child:
        _, complaint = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "make room and run the job again; nothing was changed" in complaint
    assert "Traceback" not in complaint
    assert_untouched_and_usable(gpkg_store.url)


def test_with_room_the_same_child_publishes(gpkg_store: Store):
    with start(gpkg_store.url) as child:
        said, complaint = child.communicate(timeout=120)
    assert (said, child.returncode) == ("published\n", 0), complaint
    assert gpkg_store.count() == 1600


def break_connection_after(monkeypatch: pytest.MonkeyPatch, store: Store, table_name: str) -> None:
    """Let the server end the publisher's connection once a table is loaded."""
    load = type(store.backend).load

    def load_and_break(self, connection, table, columns, srid):
        load(self, connection, table, columns, srid)
        if table.name == table_name:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            with store.backend.reading() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    monkeypatch.setattr(type(store.backend), "load", load_and_break)


@pytest.mark.postgis
@pytest.mark.parametrize("table", TABLES)
def test_a_lost_connection(postgis_store: Store, store_url_of, table: str, monkeypatch: pytest.MonkeyPatch):
    break_connection_after(monkeypatch, postgis_store, table)
    with pytest.raises(StoreError, match=r"nothing was changed"):
        postgis_store.publish_first(small_city.publication_of(), by="li")
    monkeypatch.undo()
    assert_untouched_and_usable(store_url_of(postgis_store))


@pytest.mark.parametrize("table", TABLES)
def test_an_error_of_the_program_itself(store: Store, store_url_of, table: str, monkeypatch: pytest.MonkeyPatch):
    load = type(store.backend).load

    def load_and_fail(self, connection, target, columns, srid):
        load(self, connection, target, columns, srid)
        if target.name == table:
            raise ZeroDivisionError

    monkeypatch.setattr(type(store.backend), "load", load_and_fail)
    with pytest.raises(ZeroDivisionError):
        store.publish_first(small_city.publication_of(), by="li")
    monkeypatch.undo()
    assert_untouched_and_usable(store_url_of(store))
