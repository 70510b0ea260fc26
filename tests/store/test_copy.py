"""A store moves between the office PC and the server with its whole history, and is compared row by row."""

from pathlib import Path

import pytest
import small_city
from sqlalchemy import text

from gridgeo.errors import StoreError
from gridgeo.store import copying
from gridgeo.store.base import Store, copy_store, has_store, init_store, open_store


def publish_and_close_a_row(store: Store) -> None:
    store.publish_first(small_city.publication_of(5, 5), by="李明")
    with store.backend.writing() as connection:
        connection.execute(text("UPDATE grid_span SET v_to = 2 WHERE fid = 3"))
        connection.execute(
            text("INSERT INTO lineage VALUES (1, 2, '411102001001003', '411102001001002', 'M', 1.0, 1.0, 0.5, 0.5)")
        )


def test_there_and_back_again_is_the_same(postgis_url: str, tmp_path: Path):
    last = str(tmp_path / "last.gpkg")
    with init_store(str(tmp_path / "first.gpkg")) as first:
        publish_and_close_a_row(first)
        with first.backend.reading() as connection:
            wanted = copying.contents(first.backend, connection)
            assert wanted["grid_span"][0] == 25
        assert copy_store(first.url, postgis_url) == wanted
        assert copy_store(postgis_url, last) == wanted
        with open_store(last) as again:
            assert again.digest() == first.digest()
            assert again.versions() == first.versions()
            assert again.extent() == first.extent()
            assert again.count(box=(500110, 3700110, 500120, 3700120)) == 1


def test_rows_are_numbered_on_after_a_copy(gpkg_url: str, postgis_url: str):
    with init_store(gpkg_url) as first:
        publish_and_close_a_row(first)
    copy_store(gpkg_url, postgis_url)
    for url in (gpkg_url, postgis_url):
        with open_store(url) as store, store.backend.writing() as connection:
            connection.execute(text("INSERT INTO code_book (prefix, last) VALUES ('x', 1)"))
            assert connection.scalar(text("SELECT fid FROM code_book WHERE prefix = 'x'")) == 6


def test_a_store_that_holds_something_is_not_copied_over(store: Store, store_url_of, tmp_path: Path):
    store.publish_first(small_city.publication_of(), by="li")
    with init_store(str(tmp_path / "other.gpkg")) as other:
        other.publish_first(small_city.publication_of(3, 3), by="li")
        with pytest.raises(StoreError, match="is not empty; copy into a new store"):
            copy_store(other.url, store_url_of(store))
    assert store.count() == 4


def test_a_copy_that_differs_is_undone(store: Store, store_url_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = copying.contents
    with init_store(str(tmp_path / "other.gpkg")) as other:
        other.publish_first(small_city.publication_of(), by="li")
        monkeypatch.setattr(copying, "contents", lambda backend, c: {**real(backend, c), "place": (0, backend.url)})
        with pytest.raises(StoreError, match="differs in place; nothing was copied"):
            copy_store(other.url, store_url_of(store))
    assert store.versions() == ()


def test_a_copy_that_fails_leaves_no_new_store(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with init_store(str(tmp_path / "other.gpkg")) as other:
        other.publish_first(small_city.publication_of(), by="li")
    monkeypatch.setattr(copying, "contents", lambda *_: {})
    with pytest.raises(KeyError):
        copy_store(other.url, store_url)
    assert not has_store(store_url)


def test_an_unpublished_store_can_be_copied(store: Store, store_url_of, tmp_path: Path):
    copy_store(store_url_of(store), str(tmp_path / "b.gpkg"))
    with open_store(str(tmp_path / "b.gpkg")) as copied:
        assert copied.versions() == ()
