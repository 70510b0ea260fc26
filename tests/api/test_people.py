"""Signing in over HTTP: reading the layer needs nobody, everything else says who is missing or not allowed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from typing import Annotated

import jwt
import pytest
from argon2 import PasswordHasher

from gridgeo.api import people as rooms
from gridgeo.api.people import Caller, require
from gridgeo.draft.roles import User, demand
from gridgeo.errors import SignInError, StoreError
from gridgeo.jobs import people as managing
from gridgeo.jobs.people import add_account, make_key, make_user
from gridgeo.jobs.sign_in import Doorman
from gridgeo.store.people import People

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    monkeypatch.setattr(managing, "HASHER", QUICK)
    monkeypatch.setitem(Doorman.__init__.__kwdefaults__, "hasher", QUICK)


@pytest.fixture
def people(served):
    made = People(served)
    for name, role, area in (("root", "administrator", ""), ("王", "planner", "411102"), ("see", "viewer", "")):
        add_account(made, make_user(name, role, area), lambda: PASSWORD, by="tester")
    return made


@pytest.fixture
def token_of(client, people):
    def sign_in(name: str) -> dict[str, str]:
        answer = client.post("/sign-in", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    return sign_in


@pytest.fixture
def guarded(app, client):
    """Endpoints as others will write them."""

    @app.get("/who")
    def who(caller: Caller) -> str:
        return caller.name if caller else "nobody"

    @app.post("/drafts/{community}")
    def draft(community: str, user: Annotated[User, require("draft")]) -> str:
        demand(user, "draft", communities=[community])
        return user.name

    return client


def refused(answer, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert (answer.headers.get("www-authenticate") == 'Bearer realm="gridgeo"') == (status == 401)


def test_signing_in_gives_a_token_that_says_who_one_is(client, token_of):
    answer = client.post("/sign-in", json={"name": "王", "password": PASSWORD})
    assert answer.headers["cache-control"] == "no-store"
    left = datetime.fromisoformat(answer.json()["expires"]) - datetime.now().astimezone()
    assert 14 * 60 < left.total_seconds() <= 15 * 60
    me = client.get("/me", headers={"Authorization": f"bearer {answer.json()['token']}"})
    assert me.json() == {
        "name": "王", "role": "planner", "area": "411102", "acts": ["draft", "drop", "explain", "feedback", "submit"],
    }  # fmt: skip
    assert me.headers["cache-control"] == "no-store"


def test_a_wrong_name_and_a_wrong_password_have_the_same_answer(client, people):
    answers = [
        client.post("/sign-in", json={"name": name, "password": password})
        for name, password in (("王", "wrong password"), ("nobody", PASSWORD))
    ]
    for answer in answers:
        refused(answer, 401, "name or password is wrong")
    assert answers[0].text == answers[1].text


def test_five_wrong_passwords_lock_a_name(client, people):
    for _ in range(5):
        refused(client.post("/sign-in", json={"name": "王", "password": "wrong password"}), 401, "is wrong")
    refused(client.post("/sign-in", json={"name": "王", "password": PASSWORD}), 401, "too many failed tries")
    assert client.post("/sign-in", json={"name": "root", "password": PASSWORD}).status_code == 200


def test_many_tries_at_once_do_not_slip_by_the_count(client, people):
    def wrong(_):
        return client.post("/sign-in", json={"name": "王", "password": "wrong password"}).json()["detail"]

    with client, ThreadPoolExecutor(8) as pool:  # in one event loop, as a server has it
        said = list(pool.map(wrong, range(16)))
    assert sum("is wrong" in one for one in said) == 5
    assert sum("too many" in one for one in said) == 11


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "王"},
        {"name": "", "password": PASSWORD},
        {"name": "x" * 65, "password": PASSWORD},
        {"name": 1, "password": 2},
        {"name": "\ud800", "password": PASSWORD},
        {"name": "王", "password": PASSWORD, "role": "administrator"},
    ],
)
def test_what_is_no_sign_in_is_refused_without_repeating_the_password(client, people, body):
    answer = client.post("/sign-in", content=json.dumps(body))
    refused(answer, 422, "parameter")
    assert PASSWORD not in answer.text


def test_the_password_does_not_belong_into_the_address(client, people):
    answer = client.post(f"/sign-in?password={PASSWORD}", json={"name": "王", "password": PASSWORD})
    refused(answer, 422, "'password' is no parameter here")


def test_me_needs_an_account(client, people):
    refused(client.get("/me"), 401, "POST /sign-in gives a token, or send X-API-Key")


def test_reading_the_layer_needs_no_account(client, people):
    for path in ("/grids", "/communities", "/layers", "/health", "/locate?q=411102001001001", "/"):
        assert client.get(path).status_code == 200


def test_a_key_does_what_a_token_does_and_its_use_is_noted(guarded, people):
    _, key = make_key(people, "王", "qgis", by="tester")
    assert guarded.get("/who", headers={"X-API-Key": key}).json() == "王"
    (noted,) = next(one for one in people.all() if one.name == "王").keys
    assert noted.used is not None


def test_where_an_account_is_asked_for_wrong_credentials_are_never_nobody(guarded, people, token_of):
    old = jwt.encode({"sub": "王", "exp": 1}, people.secret(), "HS256")
    assert guarded.get("/who").json() == "nobody"
    for headers, words in (
        ({"Authorization": f"Bearer {old}"}, "the token has expired; sign in again"),
        ({"Authorization": "Bearer abc"}, "the token is not one of this store"),
        ({"Authorization": "Bearer"}, "send Authorization: Bearer TOKEN"),
        ({"Authorization": ""}, "send Authorization: Bearer TOKEN"),
        ({"Authorization": "Basic cm9vdDpyb290"}, "send Authorization: Bearer TOKEN"),
        ({"X-API-Key": "gg_wrong"}, "the key is unknown"),
        ({"X-API-Key": ""}, "send Authorization: Bearer TOKEN"),
        ({"X-API-Key": "gg_wrong", **token_of("王")}, "send one of them"),
    ):
        refused(guarded.get("/who", headers=headers), 401, words)


def test_role_and_area_decide_what_an_account_may_do(guarded, token_of):
    inside, outside = "/drafts/411102001001", "/drafts/411103001001"
    refused(guarded.post(inside), 401, "this needs an account")
    refused(guarded.post(inside, headers=token_of("see")), 403, "see is viewer and may not make or change drafts")
    assert guarded.post(inside, headers=token_of("王")).json() == "王"
    refused(guarded.post(outside, headers=token_of("王")), 403, "community 411103001001 is outside 411102")
    assert guarded.post(outside, headers=token_of("root")).json() == "root"


def test_a_disabled_account_is_out_while_its_token_still_runs(guarded, people, token_of):
    shown = token_of("王")
    people.set_disabled("王", True, by="root")
    refused(guarded.get("/who", headers=shown), 401, "the account of this token is disabled")


def test_a_slip_in_the_name_of_an_act_shows_when_the_program_starts():
    with pytest.raises(ValueError, match="'drafts' is no act"):
        require("drafts")


def test_a_store_that_does_not_answer_is_not_taken_for_a_wrong_password(client, people, monkeypatch):
    def gone(_, name):
        raise StoreError("store luohe: the server closed the connection; start it again")

    monkeypatch.setattr(People, "find", gone)
    for _ in range(7):
        answer = client.post("/sign-in", json={"name": "王", "password": PASSWORD})
        assert answer.status_code == 503
    monkeypatch.undo()
    assert client.post("/sign-in", json={"name": "王", "password": PASSWORD}).status_code == 200


def test_a_crowd_at_the_door_holds_up_no_reader(client, people, monkeypatch):
    opened, at_once, inside = Event(), [], []

    def slow(*_):
        inside.append(1)
        at_once.append(len(inside))
        opened.wait(timeout=60)
        inside.pop()
        raise SignInError("closed")

    monkeypatch.setattr(Doorman, "sign_in", slow)
    with client, ThreadPoolExecutor(60) as pool:  # more than the server has threads
        waiting = [pool.submit(client.post, "/sign-in", json={"name": "x", "password": ""}) for _ in range(60)]
        assert client.get("/health").status_code == 200
        opened.set()
        assert {one.result().status_code for one in waiting} == {401}
    assert max(at_once) == rooms.CHECKS_AT_ONCE


def test_the_document_says_how_to_sign_in(client):
    document = client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert {(one["type"], one.get("scheme", one.get("name"))) for one in schemes.values()} == {
        ("http", "bearer"),
        ("apiKey", "X-API-Key"),
    }
    assert "401" in document["paths"]["/me"]["get"]["responses"]
    assert "security" not in document["paths"]["/grids"]["get"]
