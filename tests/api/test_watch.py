"""A process takes over a new version by itself, all at once, and keeps answering while the store does not."""

import threading
import time
from datetime import date

import pytest
import told_city
from fastapi.testclient import TestClient

from gridgeo.api import watch
from gridgeo.api.app import create_app
from gridgeo.errors import StoreError
from gridgeo.jobs import moment

PLACE = {"x": 500060, "y": 3700150}
"""A's in version 1, E's in version 2, B's in version 3."""
LONG_S = 60


def wait_until(true):
    until = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < until, f"not in {LONG_S} s"
        time.sleep(0.01)


@pytest.fixture
def app(store):
    told_city.publish_first(store)
    return create_app(store)


def version_of(client) -> tuple[int, str]:
    answer = client.get("/locate", params=PLACE).json()
    return answer["version"], answer["code"]


def test_a_running_app_takes_over_what_is_published(app, store):
    with TestClient(app) as client:
        wait_until(lambda: app.state.watcher.now is not None)
        assert version_of(client) == (1, told_city.A)
        told_city.publish_later(store, range(1))
        wait_until(lambda: version_of(client) == (2, told_city.E))
        assert client.get("/locate", params={**PLACE, "at": "1"}).json()["code"] == told_city.A
        body = {"x": [PLACE["x"]], "y": [PLACE["y"]]}
        assert client.post("/locate/batch", json=body).json()["code"] == [told_city.E]
        assert client.post("/locate/batch", json=body, params={"at": "2026-02-01"}).json()["code"] == [told_city.A]
    assert not any(thread.name == "gridgeo-watch" for thread in threading.enumerate())


def test_the_etag_changes_with_the_version(app, store):
    client, watcher = TestClient(app), app.state.watcher
    watcher.look()
    tag = client.get("/locate", params=PLACE).headers["etag"]
    assert client.get("/locate", params=PLACE, headers={"If-None-Match": tag}).status_code == 304
    told_city.publish_later(store, range(1))
    watcher.look()
    assert client.get("/locate", params=PLACE, headers={"If-None-Match": tag}).status_code == 200


def test_while_the_store_does_not_answer_the_version_at_hand_does(app, monkeypatch):
    client, watcher, shelf = TestClient(app), app.state.watcher, app.state.shelf
    watcher.look()
    before, versions, failing = watcher.now, shelf.versions, []

    def refuse():
        failing.append(1)
        raise StoreError("store postgresql://db: the server is being restarted")

    monkeypatch.setattr(shelf, "versions", refuse)
    for _ in range(3):
        watcher.look()
    assert (len(failing), watcher.now) == (3, before)
    assert version_of(client) == (1, told_city.A)
    assert client.get("/locate", params={"q": "500060,3700150"}).status_code == 503
    monkeypatch.setattr(shelf, "versions", versions)
    watcher.look()
    assert watcher.now is before


def test_a_version_that_cannot_be_made_ready_does_not_displace_the_one_at_hand(app, store, monkeypatch):
    watcher = app.state.watcher
    watcher.look()
    told_city.publish_later(store, range(1))
    with monkeypatch.context() as broken:
        broken.setattr(watch, "_warm_up", lambda served: 1 / 0)
        watcher.look()
        assert watcher.now.served.version.seq == 1
    watcher.look()
    assert watcher.now.served.version.seq == 2


def test_a_version_is_taken_over_on_the_day_from_which_it_holds(app, store, monkeypatch):
    told_city.publish_later(store)
    watcher = app.state.watcher

    class Someday(date):
        day = date(2098, 12, 31)

        @classmethod
        def today(cls):
            return cls.day

    monkeypatch.setattr(moment, "date", Someday)
    for day, seq in ((date(2098, 12, 31), 4), (date(2099, 1, 1), 5)):
        Someday.day = day
        watcher.look()
        assert watcher.now.served.version.seq == seq
        assert watcher.now.newest.seq == 5


def test_nothing_is_built_again_while_nothing_is_published(app, monkeypatch):
    watcher = app.state.watcher
    watcher.look()
    monkeypatch.setattr(app.state.shelf, "served", lambda version: pytest.fail("built again"))
    before = watcher.now
    watcher.look()
    assert watcher.now is before


def test_an_empty_store_is_watched_until_something_is_published(store):
    app = create_app(store)
    app.state.watcher.look()
    assert app.state.watcher.now is None
    assert TestClient(app).get("/locate", params=PLACE).status_code == 404
    told_city.publish_first(store)
    app.state.watcher.look()
    assert version_of(TestClient(app)) == (1, told_city.A)
