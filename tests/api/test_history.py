"""Every version can be asked for, by day or number; a retired code names what there is in its place."""

import pytest
import told_city
from fastapi.testclient import TestClient
from told_city import A, B, C, D, E, F

from gridgeo.api.app import create_app
from gridgeo.api.deps import Shelf
from gridgeo.api.held import MOST_HELD
from gridgeo.render.recipe import Recipe


@pytest.fixture
def told(store):
    return told_city.publish(store)


@pytest.fixture
def client(told):
    return TestClient(create_app(told), raise_server_exceptions=False)


def codes(answer) -> list[str]:
    return [feature["id"] for feature in answer.json()["features"]]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("1", [A, B, C, D]),
        ("v2", [A, B, E, C, D]),
        ("2026-04-30", [A, B, E, C, D]),
        ("2026-05-01", [A, B, C, D]),
        ("2026-08-01", [A, B, F, C, D]),
        (None, [A, B, F, C, D]),
    ],
)
def test_the_grids_of_a_day_or_of_a_version_are_served(client, at, expected):
    answer = client.get("/grids", params={} if at is None else {"at": at})
    assert codes(answer) == expected


def test_without_at_the_version_that_holds_today_answers_and_not_the_newest(client):
    assert client.get(f"/grids/{C}").json()["properties"]["short_name"] == "第1网格"
    assert client.get(f"/grids/{C}", params={"at": 5}).json()["properties"]["short_name"] == "河畔网格"
    assert client.get("/locate", params={"q": C}).json()["version"] == 4
    (layer,) = client.get("/layers").json()["layers"]
    assert (layer["seq"], len(layer["versions"])) == (4, 5)
    assert client.get("/layers", params={"at": "2026-01-01"}).json()["layers"][0]["grids"] == 4
    health = client.get("/health").json()
    assert (health["version"], health["grids"]) == (4, 5)


def test_a_point_is_located_as_it_was(client):
    found = [client.get("/locate", params={"q": "500070,3700150", "at": at}).json()["code"] for at in (1, 2, 3, 4)]
    assert found == [A, E, B, F]


@pytest.mark.parametrize("path", ["/grids", "/communities", "/layers", "/locate?q=1,1"])
def test_an_unknown_version_is_a_404_that_names_the_known_ones(client, path):
    answer = client.get(path, params={**({"q": "1,1"} if "locate" in path else {}), "at": "9"})
    assert answer.status_code == 404
    assert "known versions: 1 from 2026-01-01, 2 from 2026-03-01" in answer.json()["detail"]


def test_what_is_neither_day_nor_number_is_a_422_that_says_how_to_write_it(client):
    answer = client.get("/grids", params={"at": "gestern"})
    assert answer.status_code == 422
    assert "write YYYY-MM-DD or a number such as 5" in answer.json()["detail"]


def test_each_version_has_a_fingerprint_of_its_own(client):
    tags = {client.get("/grids", params={"at": at}).headers["etag"] for at in range(1, 6)}
    assert len(tags) == 5
    tag = client.get("/grids", params={"at": 2}).headers["etag"]
    assert client.get("/grids", params={"at": 2}, headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/grids", params={"at": 3}, headers={"If-None-Match": tag}).status_code == 200


def test_a_publication_changes_the_fingerprint_of_what_lists_all_versions(store):
    told_city.publish(store, steps=1)
    client = TestClient(create_app(store))
    tag = client.get("/layers", params={"at": 1}).headers["etag"]
    told_city.publish_later(store, range(1, 2))
    answer = client.get("/layers", params={"at": 1}, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert len(answer.json()["layers"][0]["versions"]) == 3


def test_only_a_few_versions_are_held_and_each_is_built_once(told, monkeypatch):
    shelf, built = Shelf(told, Recipe(title="x")), []
    load = shelf._load
    monkeypatch.setattr(shelf._held, "_make", lambda version: built.append(version.seq) or load(version))
    versions = shelf.versions()
    for at in ("1", "2", "3", "4", "1", "2", "3", "4"):
        shelf.pick(versions, at)
    assert built == [1, 2, 3, 4]
    shelf.pick(versions, "1")
    shelf.pick(versions, "5")  # 2 was not asked for longest
    shelf.pick(versions, "1")
    assert (built, len(shelf._held)) == ([1, 2, 3, 4, 5], MOST_HELD)
    shelf.pick(versions, "2")
    assert built[-1] == 2


def test_a_retired_code_is_a_404_that_says_since_when_and_what_there_is_now(client):
    answer = client.get(f"/grids/{E}")
    assert answer.status_code == 404
    body = answer.json()
    assert body["detail"] == f"网格 {E} 已于第 3 版（2026-05-01 起）停用，现为 {F}"
    (heir,) = body["successors"]
    assert (heir["code"], heir["area_share"], heir["since"]) == (F, 1.0, "2026-07-01")
    assert client.get("/grids/411102001001099").json()["successors"] == []


def test_the_successors_are_those_of_the_version_asked_for(client):
    then = client.get(f"/grids/{E}", params={"at": 3}).json()
    assert [one["code"] for one in then["successors"]] == [B]


def test_locating_a_retired_code_answers_with_its_successors(client):
    answer = client.get("/locate", params={"q": f"{E[:12]} {E[12:]}"}).json()
    assert (answer["status"], answer["code"], answer["grid"]) == ("unknown", None, None)
    assert [fault["kind"] for fault in answer["faults"]] == ["retired"]
    assert "已于第 3 版（2026-05-01 起）停用，现为" in answer["faults"][0]["text"]
    assert [(one["code"], one["household_share"]) for one in answer["candidates"]] == [(F, 1.0)]


def test_locating_a_code_that_is_given_later_says_from_when(client):
    answer = client.get("/locate", params={"q": F, "at": 1}).json()
    assert [fault["kind"] for fault in answer["faults"]] == ["not_yet"]
    assert answer["faults"][0]["text"] == f"网格 {F} 自第 4 版（2026-07-01 起）才启用，此前属 {A}"


def test_the_history_of_a_code_names_rows_kin_and_who_published(client):
    told = client.get(f"/grids/{B}/history").json()
    assert told["status"] == "current"
    assert [(row["from"], row["to"]) for row in told["rows"]] == [(1, 2), (2, 3), (3, 4), (4, None)]
    assert [row["became"][0] for row in told["rows"]] == ["新设", "边线加点", "边界调整", "边界调整"]
    assert [(one["code"], one["change"], one["version"]) for one in told["ancestors"]] == [(E, "M", 3)]
    assert [(one["code"], one["change"], one["version"]) for one in told["successors"]] == [(F, "S", 4)]
    assert [(one["seq"], one["published_by"], one["draft"]) for one in told["publications"]][-1] == (4, "李四", 3)
    assert client.get("/grids/nobody/history").status_code == 404


def test_the_versions_are_listed_and_described(client):
    versions = client.get("/versions").json()["versions"]
    assert [(one["seq"], one["effective"], one["holds"]) for one in versions][3:] == [
        (4, "2026-07-01", True),
        (5, "2099-01-01", False),
    ]
    assert client.get("/versions/v3").json() == client.get("/versions/2026-06-30").json() == versions[2]
    assert client.get("/versions/9").status_code == 404
