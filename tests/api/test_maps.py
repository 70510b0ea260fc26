"""A map is ordered, drawn by a process of its own, asked for and fetched; or cancelled, or refused with a sentence."""

import io
import json
import os
import signal
import time
from urllib.parse import unquote

import pandas as pd
import pytest
import small_city
from fastapi.testclient import TestClient

from gridgeo.api.app import create_app
from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs import map_drawer, map_orders
from gridgeo.jobs.map_folder import orders_before
from gridgeo.jobs.map_orders import MapOrder, MapOrders
from gridgeo.workplace import hold


@pytest.fixture
def orders(app):
    """The orders of the app; whatever is still drawn ends with the test."""
    yield app.state.map_orders
    app.state.map_orders.close()


def waited(client, ticket: dict, seconds: float = 60.0) -> dict:
    """Ask until the order has ended."""
    until = time.monotonic() + seconds
    while ticket["state"] in ("waiting", "drawing") and time.monotonic() < until:
        time.sleep(0.1)
        ticket = client.get(ticket["href"]).json()
    return ticket


def test_a_map_is_ordered_and_fetched_under_a_name_that_says_what_it_is(client, orders):
    answer = client.post("/maps", json={"recipe": "workload", "format": "svg", "size": "A4", "maker": "漯河市民政局"})
    assert answer.status_code == 202
    ticket = answer.json()
    assert answer.headers["Location"] == ticket["href"]
    done = waited(client, ticket)
    assert (done["state"], done["error"], done["page"], done["pages"], done["grids"]) == ("done", "", 1, 1, 4)
    fetched = client.get(f"{ticket['href']}/file")
    assert fetched.content.startswith(b"<?xml")
    assert len(fetched.content) == done["size_bytes"]
    name = unquote(fetched.headers["Content-Disposition"].split("''")[1])
    assert name == done["file"]
    assert name.endswith("_内部.svg")
    assert "_V1_" in name
    assert client.delete(ticket["href"]).json()["state"] == "done"
    assert client.get(ticket["href"]).status_code == 404


def test_a_reviewed_map_is_not_called_internal(client, orders):
    order = {"recipe": "coverage", "format": "html", "review_number": "豫S（2026）012号"}
    done = waited(client, client.post("/maps", json=order).json())
    assert done["state"] == "done"
    assert "内部" not in done["file"]


@pytest.mark.parametrize(
    ("order", "status", "words"),
    [
        ({"recipe": "../secret"}, 404, "known: "),
        ({"recipe": "coverage", "size": "B5"}, 422, "'size' is 'B5', use one of auto, A4"),
        ({"recipe": "coverage", "review_number": "12"}, 422, "an 审图号 looks like"),
        ({"recipe": "coverage", "format": "exe"}, 422, "format"),
        ({"recipe": "coverage", "at": "99"}, 404, "99"),
        ({"recipe": "coverage", "file": "/etc/passwd"}, 422, "file"),
    ],
)
def test_what_cannot_be_drawn_is_refused_when_it_is_ordered(client, orders, order, status, words):
    answer = client.post("/maps", json=order)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert not list(orders.place.glob("*/order.json"))


@pytest.mark.parametrize(
    ("order", "status", "words"),
    [
        ({"recipe": "coverage", "street": "无此街道"}, 404, "no street '无此街道'; it has 沙北街道"),
        ({"recipe": "coverage", "county": "源汇区"}, 422, "does not say its county names"),
        ({"recipe": "atlas", "community": ["无此社区"]}, 404, "no community '无此社区'; it has "),
        ({"recipe": "workload", "kind": "big"}, 404, "no kind of grid 'big'; it has exclusive, general"),
        ({"recipe": "workload", "code": ["411102001001009"]}, 404, "no grid '411102001001009'"),
        ({"recipe": "workload", "kind": "exclusive", "community": "411102001001"}, 422, "no grid is selected"),
        ({"recipe": "change"}, 422, 'say "since", a day'),
        ({"recipe": "change", "since": 9}, 404, "there is no version 9"),
        ({"recipe": "change", "since": "soon"}, 422, "since='soon' is neither a day nor a version"),
        ({"recipe": "change", "since": 1}, 422, "both mean version 1"),
        ({"recipe": "coverage", "since": 1}, 422, 'leave "since" out'),
        ({"recipe": "agency"}, 404, "does not hold the agencies' own grids"),
        ({"recipe": "card"}, 422, 'nothing is selected of 4; say "code"'),
        ({"recipe": "card", "street": "沙北街道", "format": "png"}, 422, "one PNG holds one card"),
        ({"recipe": "atlas", "by": "county"}, 422, '"by": "community"'),
        ({"recipe": "coverage", "street": [1]}, 422, "parameter 'street[0]'"),
    ],
)
def test_what_the_layer_does_not_have_is_refused_in_the_words_of_the_body(client, orders, order, status, words):
    answer = client.post("/maps", json=order)
    assert words in answer.json()["detail"]
    assert answer.status_code == status
    assert "--" not in answer.json()["detail"]
    assert not list(orders.place.glob("*/order.json"))


def test_one_of_several_agencies_must_be_named(store):
    both = small_city.agency_grids_of(small_city.grids_of())
    other = both.assign(agency="police", agency_name="警务网格")
    publication = small_city.publication_of(grids=small_city.grids_of(), agency_grids=pd.concat([both, other]))
    store.publish_first(publication, by="tester")
    client = TestClient(create_app(store))
    answer = client.post("/maps", json={"recipe": "agency"})
    assert answer.status_code == 422
    assert 'say "agency", the key of one: party（党建网格）、police（警务网格）' in answer.json()["detail"]
    answer = client.post("/maps", json={"recipe": "agency", "agency": "army"})
    assert answer.status_code == 404
    assert "no agency 'army'; it knows party（党建网格）、police" in answer.json()["detail"]


def test_a_body_that_is_no_json_is_told_so(client, orders):
    answer = client.post("/maps", content=b"{recipe: coverage}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("the body is not JSON: Expecting property name")


def test_one_text_is_a_list_and_a_whole_number_is_a_version(client, orders, monkeypatch):
    monkeypatch.setattr(MapOrders, "_begin", lambda self, folder: None)
    ticket = client.post("/maps", json={"recipe": "card", "street": "沙北街道", "at": 1}).json()
    assert ticket["pages"] == 4  # a card is a page, which is known before it is planned
    told = json.loads((orders.place / ticket["id"] / "order.json").read_text("utf-8"))
    assert (told["at"], told["changes"]) == ("1", {"street": ["沙北街道"]})


def test_what_fails_later_is_told_in_a_sentence(client, orders, monkeypatch):
    monkeypatch.setattr("gridgeo.api.maps.check_order", lambda *_, **__: 0)  # as if the layer had changed meanwhile
    failed = waited(client, client.post("/maps", json={"recipe": "coverage", "street": ["无此街道"]}).json())
    assert failed["state"] == "failed"
    assert "street" in failed["error"]
    answer = client.get(f"{failed['href']}/file")
    assert answer.status_code == 404
    assert "it is failed (" in answer.json()["detail"]


def test_an_order_that_waits_can_be_cancelled(client, orders):
    orders.place.mkdir(parents=True, exist_ok=True)
    turn = os.open(orders.place / "turn", os.O_RDWR | os.O_CREAT)
    hold(turn)  # somebody else is being drawn
    try:
        ticket = client.post("/maps", json={"recipe": "coverage"}).json()
        assert client.delete(ticket["href"]).json()["state"] == "cancelled"
        assert waited(client, client.get(ticket["href"]).json())["state"] == "cancelled"
    finally:
        os.close(turn)


@pytest.fixture
def idle(tmp_path, monkeypatch):
    """Orders that nobody draws."""
    monkeypatch.setattr(MapOrders, "_begin", lambda self, folder: None)
    return MapOrders(tmp_path / "maps", "gpkg:///nowhere.gpkg")


def test_a_cancelled_order_stays_cancelled_while_its_drawer_goes_on(idle):
    number = idle.take(MapOrder(recipe="coverage", format="pdf")).id
    folder = idle.place / number
    alive = os.open(folder / "alive", os.O_RDWR)
    hold(alive)
    (folder / "state.json").write_text('{"state": "drawing", "page": 1, "pages": 3}', "utf-8")
    assert idle.cancel(number).state == "cancelled"
    for state in ("drawing", "done", "failed"):
        (folder / "state.json").write_text(json.dumps({"state": state, "page": 1, "pages": 3, "error": "x"}), "utf-8")
        ticket = idle.ticket(number)
        assert (ticket.state, ticket.page, ticket.error) == ("cancelled", 1, "")
    assert idle.cancel(number).state == "cancelled"
    assert idle.ticket(number).state == "cancelled"  # its folder is still being written in
    os.close(alive)
    idle.cancel(number)
    with pytest.raises(NotFoundError):
        idle.ticket(number)


@pytest.mark.parametrize(("stopped", "state"), [(True, "cancelled"), (False, "failed")])
def test_a_drawer_ended_with_the_server_says_whether_it_was_cancelled(idle, monkeypatch, stopped, state):
    folder = idle.place / idle.take(MapOrder(recipe="coverage", format="pdf")).id
    if stopped:
        (folder / "stop").touch()

    def end(*_):
        raise SystemExit(1)

    monkeypatch.setattr(map_drawer, "_draw", end)
    monkeypatch.setattr(map_drawer.signal, "signal", lambda *_: None)
    monkeypatch.setattr(map_drawer.sys, "stdin", io.StringIO("gpkg:///nowhere.gpkg"))
    map_drawer.work(str(folder))
    assert json.loads((folder / "state.json").read_text("utf-8"))["state"] == state


def test_orders_are_drawn_as_they_came_and_say_how_many_are_ahead(idle):
    numbers = [idle.take(MapOrder(recipe="coverage", format="pdf")).id for _ in range(4)]
    assert [idle.ticket(number).ahead for number in numbers] == [0, 1, 2, 3]
    idle.cancel(numbers[0])
    (idle.place / numbers[1] / "state.json").write_text('{"state": "waiting"}', "utf-8")  # it began, and was killed
    assert [idle.ticket(number).ahead for number in numbers[2:]] == [0, 1]
    assert orders_before(idle.place / numbers[3]) == 1


def test_the_next_order_is_drawn_when_the_drawer_before_it_is_killed(client, orders):
    orders.place.mkdir(parents=True, exist_ok=True)
    turn = os.open(orders.place / "turn", os.O_RDWR | os.O_CREAT)
    hold(turn)
    try:
        first, second = (client.post("/maps", json={"recipe": "coverage", "format": "csv"}).json() for _ in range(2))
        assert (first["ahead"], second["ahead"]) == (0, 1)
        until = time.monotonic() + 60
        while not (orders.place / first["id"] / "state.json").is_file() and time.monotonic() < until:
            time.sleep(0.05)
        orders._drawers[0].kill()
        orders._drawers[0].wait()
    finally:
        os.close(turn)
    assert waited(client, second)["state"] == "done"
    assert client.get(first["href"]).json()["state"] == "failed"


def test_a_killed_drawer_leaves_an_order_that_says_so(client, orders):
    orders.place.mkdir(parents=True, exist_ok=True)
    turn = os.open(orders.place / "turn", os.O_RDWR | os.O_CREAT)
    hold(turn)
    try:
        ticket = client.post("/maps", json={"recipe": "coverage"}).json()
        state = orders.place / ticket["id"] / "state.json"
        until = time.monotonic() + 60
        while not state.is_file() and time.monotonic() < until:
            time.sleep(0.05)
        [drawer] = orders._drawers
        os.kill(drawer.pid, signal.SIGKILL)
        drawer.wait()
    finally:
        os.close(turn)
    failed = client.get(ticket["href"]).json()
    assert failed["state"] == "failed"
    assert "order it again" in failed["error"]


def test_unknown_orders_are_not_found_and_name_no_file(client, orders):
    for number in ("0123456789abcdef", "turn", "order.json", "0" * 65):
        assert client.get(f"/maps/{number}").status_code in (404, 422)
    answer = client.get("/maps/1").json()
    assert answer["detail"].startswith("there is no map order '1': ids are those that POST /maps answered")


def test_the_document_calls_the_parameter_id(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/maps/{id}", "/maps/{id}/file"):
        assert paths[path]["get"]["parameters"][0]["name"] == "id"


def test_more_than_can_wait_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(map_orders, "MOST_ORDERS", 1)
    monkeypatch.setattr(MapOrders, "_begin", lambda self, folder: None)
    orders = MapOrders(tmp_path / "maps", "gpkg:///nowhere.gpkg")
    orders.take(MapOrder(recipe="coverage", format="pdf"))
    with pytest.raises(InputError, match="1 maps are waiting already"):
        orders.take(MapOrder(recipe="coverage", format="pdf"))


def test_ended_orders_go_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr(MapOrders, "_begin", lambda self, folder: None)
    orders = MapOrders(tmp_path / "maps", "gpkg:///nowhere.gpkg")
    old = orders.take(MapOrder(recipe="coverage", format="pdf"))
    folder = orders.place / old.id
    (folder / "state.json").write_text(json.dumps({"state": "failed", "error": "x"}), "utf-8")
    day_before = time.time() - 2 * map_orders.KEPT_S
    os.utime(folder, (day_before, day_before))
    orders.take(MapOrder(recipe="coverage", format="pdf"))
    with pytest.raises(NotFoundError):
        orders.ticket(old.id)


def test_the_password_of_a_store_is_never_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(MapOrders, "_begin", lambda self, folder: None)
    orders = MapOrders(tmp_path / "maps", "postgresql://user:geheim@localhost/x")
    orders.take(MapOrder(recipe="coverage", format="pdf"))
    assert all(b"geheim" not in file.read_bytes() for file in orders.place.rglob("*") if file.is_file())
