"""A process takes over a new version by itself, all at once, and keeps answering while the store does not."""

import threading
import time
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
import told_city
from fastapi.testclient import TestClient

from gridgeo.api import watch
from gridgeo.api.app import create_app
from gridgeo.errors import StoreError
from gridgeo.jobs import moment
from gridgeo.jobs.lookup import make_lookup, next_index
from gridgeo.locate.index import build_index

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


def test_a_renewed_index_answers_as_one_that_is_built_anew():
    grids = small_city.grids_of(8, 5)
    upper, lower = grids.geometry[10], grids.geometry[11]
    rest = grids.drop([10, 11, 20])
    cut = shapely.box(*upper.union(lower).bounds[:2], upper.bounds[0] + 20, upper.bounds[3])
    changed = gpd.GeoDataFrame(
        {"code": ["0", grids["code"][10], "Z"]},
        geometry=[cut, upper.union(lower).difference(cut), grids.geometry[20]],
        crs=grids.crs,
    )
    later = pd.concat([rest, changed]).sort_values("code", ignore_index=True)
    fresh, renewed = build_index(later), next_index(make_lookup(grids), later)
    assert renewed is not None
    x, y = (axis.ravel() for axis in np.meshgrid(*(np.arange(-20, 20 * 45, 10.0) for _ in range(2))))
    points = list(zip((small_city.LEFT + x).tolist(), (small_city.BOTTOM + y).tolist(), strict=True))
    assert [renewed.all_covering(*point) for point in points] == [fresh.all_covering(*point) for point in points]
    assert {code for point in points for code in renewed.all_covering(*point)} >= {"0", "Z"}


def test_an_index_is_renewed_only_where_little_changed():
    grids = small_city.grids_of(8, 5)
    before = make_lookup(grids)
    assert next_index(before, grids.to_crs("EPSG:4548")) is None
    assert next_index(before, grids.assign(code=[f"{code}x" for code in grids["code"]])) is None
    renewed = next_index(before, grids[["code", "geometry"]].replace({"code": {grids["code"][7]: "A"}}))
    centre = grids.geometry[7].representative_point()
    assert renewed.all_covering(centre.x, centre.y) == ["A"]
