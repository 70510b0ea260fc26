"""Addresses over HTTP: one box, suggestions, tables of texts, feedback, the log, and a library that changes."""

from pathlib import Path

import address_town
import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from gridgeo.api.app import create_app
from gridgeo.jobs.address_words import add_alias
from gridgeo.jobs.lookup_log import masked_query
from gridgeo.jobs.people import add_account, make_key, make_user
from gridgeo.store.people import People


@pytest.fixture
def town(store, tmp_path: Path):
    address_town.fill(store, tmp_path)
    return store


@pytest.fixture
def client(town) -> TestClient:
    return TestClient(create_app(town), raise_server_exceptions=False)


def test_an_address_is_answered_and_kept_by_no_cache(client):
    answer = client.get("/locate", params={"q": "源汇区人民东路12号"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["code"]) == ("sure", "411102001001001")
    assert told["place"]["id"] == "R0012"
    assert answer.headers["cache-control"] == "no-store"


def test_two_addresses_and_a_question_are_part_of_the_answer(client):
    told = client.get("/locate", params={"q": "人民东路12号和泰山路5号"}).json()
    assert [one["code"] for one in told["answers"]] == ["411102001001001", "411102001002001"]
    assert told["question"]
    assert "answers" not in client.get("/locate", params={"q": "411102001001001"}).json()


def test_suggestions_have_the_code(client):
    told = client.get("/suggest", params={"q": "泰山小", "limit": 3}).json()
    assert told["suggestions"][0] == {
        "text": "泰山小区", "kind": "estate", "code": "411102001002002", "full_name": "老街社区第2网格", "grids": 1,
        "place_id": None,
    }  # fmt: skip
    assert client.get("/suggest", params={"q": ""}).json()["suggestions"] == []
    assert client.get("/suggest", params={"q": "人民", "limit": 0}).status_code == 422
    assert client.get("/suggest", params={"q": "人民", "limits": 3}).status_code == 422


TEXTS = ["人民东路12号", "", "411102001001002"]


@pytest.mark.parametrize("body", [TEXTS, {"queries": TEXTS}])
def test_a_list_of_texts_is_answered_in_order(client, body):
    told = client.post("/locate/batch", json=body).json()
    assert [(row["id"], row["status"], row["code"]) for row in told["rows"]] == [
        ("1", "sure", "411102001001001"), ("2", "unknown", None), ("3", "sure", "411102001001002"),
    ]  # fmt: skip
    assert told["version"] == 1


def test_csv_gets_csv_or_json(client):
    body = "id,query\na,人民东路12号\nb,泰山小区3号楼\n".encode("gb18030")
    answer = client.post("/locate/batch", content=body, headers={"Content-Type": "text/csv", "Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0] == "id,status,code,place_id,x,y,confidence,faults,candidates,ms"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["a", "sure", "411102001001001"], ["b", "sure", "411102001002002"],
    ]  # fmt: skip
    headers = {"Content-Type": "text/csv", "Accept": "application/json"}
    assert client.post("/locate/batch", content=body, headers=headers).json()["rows"][0]["id"] == "a"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'["a", 3]', 422, "number 2"), (b'{"queries": 3}', 422, "not a list"), (b"[", 422, "not JSON"),
        (b"[" + b",".join([b'"a"'] * 10_001) + b"]", 413, "at most 10,000"),
    ],
)  # fmt: skip
def test_odd_bodies_are_refused_with_a_sentence(client, body, status, said):
    answer = client.post("/locate/batch", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_csv_without_the_column_is_refused(client):
    answer = client.post("/locate/batch", content=b"address\nx\n", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert "no column query" in answer.json()["detail"]


# ---------------------------------------------------------------------- feedback ----


def key_of(store, role: str, area: str = "") -> dict[str, str]:
    people = People(store)
    add_account(people, make_user(role, role, area), None, by="test")
    return {"X-API-Key": make_key(people, role, by="test")[1]}


def test_feedback_is_for_those_who_may_and_is_used(town):
    app = create_app(town)
    client = TestClient(app, raise_server_exceptions=False)
    app.state.watcher.look()
    said = {"query": "大槐树底下那家", "id": "R0012"}
    assert client.post("/feedback", json=said).status_code == 401
    assert client.post("/feedback", json=said, headers=key_of(town, "viewer")).status_code == 403
    elsewhere = key_of(town, "planner", "411102001003")
    assert client.post("/feedback", json=said, headers=elsewhere).status_code == 403
    able = key_of(town, "dispatcher", "411102001001")
    answer = client.post("/feedback", json=said, headers=able)
    assert answer.status_code == 201, answer.text
    assert answer.json()["id"] == "R0012"
    assert client.post("/feedback", json={"query": "x"}, headers=able).status_code == 422
    assert client.post("/feedback", json={**said, "id": "none"}, headers=able).status_code == 404
    app.state.watcher.look()
    told = client.get("/locate", params={"q": "大槐树底下那家"}).json()
    assert (told["status"], told["place"]["id"]) == ("sure", "R0012")


def test_a_changed_library_is_taken_over_and_changes_the_etag(town):
    app = create_app(town)
    client = TestClient(app)
    app.state.watcher.look()
    assert client.get("/locate", params={"q": "老煤厂家属院3号楼"}).json()["status"] != "sure"
    tag = client.get("/locate", params={"q": "411102001001001"}).headers["etag"]
    add_alias(town, "老煤厂家属院", "泰山小区", by="test")
    assert client.get("/locate", params={"q": "411102001001001"}).headers["etag"] == tag
    app.state.watcher.look()
    assert client.get("/locate", params={"q": "411102001001001"}).headers["etag"] != tag
    assert client.get("/locate", params={"q": "老煤厂家属院3号楼"}).json()["code"] == "411102001002002"


# --------------------------------------------------------------------------- log ----


def test_look_ups_of_addresses_are_noted_masked(town, client):
    able = key_of(town, "dispatcher")
    with capture_logs() as lines:
        client.get("/locate", params={"q": "人民东路12号3单元501 张三 13812345678"}, headers=able)
        client.get("/locate", params={"q": "411102001001001"})
        client.get("/suggest", params={"q": "人民"})
        client.post("/locate/batch", json=["泰山小区"])
    noted = [line for line in lines if line["event"].startswith("address look-up")]
    assert [(line["by"], line.get("count")) for line in noted] == [("dispatcher", None), ("", 1)]
    assert noted[0]["text"].startswith("人民东路12号*单元***")
    assert "张" not in str(noted)
    assert "138" not in str(noted)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张小明", "张**"),
        ("泰山小区3号楼2单元501室", "泰山小区3号楼*单元***室"),
        ("人民东路12号", "人民东路12号"),
        ("", ""),
    ],
)
def test_what_the_log_shows_of_a_text(text, shown):
    assert masked_query(text) == shown


def test_the_schema_names_everything(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/suggest", "/feedback", "/locate", "/locate/batch"} <= set(paths)
    sent = paths["/locate/batch"]["post"]["requestBody"]["content"]
    assert {"application/json", "text/csv", "application/vnd.apache.arrow.stream"} == set(sent)
