"""``gridgeo account`` through the front door: passwords never on the command line, keys shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from typer.testing import CliRunner, Result

from gridgeo.cli import account as commands
from gridgeo.cli.main import app
from gridgeo.jobs import people as managing
from gridgeo.jobs.sign_in import Doorman
from gridgeo.store import schema
from gridgeo.store.base import init_store, open_store
from gridgeo.store.people import People

PASSWORD = "柳江路 with a view"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = str(tmp_path / "city.gpkg")
    init_store(url).close()
    monkeypatch.setattr(managing, "HASHER", QUICK)
    monkeypatch.setenv("GRIDGEO_STORE", url)
    monkeypatch.setenv("GRIDGEO_USER", "tester")
    return url


def run(*arguments: object, said: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["account", *map(str, arguments)], input=said)


def done(*arguments: object, said: str | None = None) -> str:
    result = run(*arguments, said=said)
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result.stdout


def refused(code: int, words: str, *arguments: object, said: str | bytes | None = None) -> None:
    result = run(*arguments, said=said)
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("gridgeo: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """Let somebody type at a terminal."""
    lines = iter(words)
    monkeypatch.setattr(commands, "getpass", lambda prompt: next(lines))
    monkeypatch.setattr(commands, "_on_terminal", lambda: True)


def signs_in(url: str, name: str, password: str) -> str:
    with open_store(url) as store:
        doorman = Doorman(People(store), hasher=QUICK)
        return doorman.user_of_token(doorman.sign_in(name, password).text).role


def test_an_account_is_made_listed_disabled_and_enabled(city: str):
    assert done("list").startswith("no account yet: make one with gridgeo account add")
    made = done("add", "李明", "--role", "administrator", "--password-stdin", said=f"{PASSWORD}\n")
    assert made == "made account 李明, administrator, everywhere\n"
    assert signs_in(city, "李明", PASSWORD) == "administrator"
    assert done("add", "qgis", "--role", "dispatcher", "--area", "411102", "--no-password").endswith("area 411102\n")
    assert done("disable", "qgis") == "account qgis is disabled\n"
    assert done("list").splitlines() == [
        "qgis  dispatcher  area 411102  no password  disabled",
        "李明  administrator  everywhere",
    ]
    assert done("enable", "qgis") == "account qgis is enabled\n"


def test_a_password_is_typed_twice_on_a_terminal(city: str, monkeypatch: pytest.MonkeyPatch):
    typed(monkeypatch, PASSWORD, PASSWORD)
    done("add", "li", "--role", "planner")
    assert signs_in(city, "li", PASSWORD) == "planner"
    typed(monkeypatch, "another sentence", "another sentense")
    refused(2, "the two passwords differ, nothing was changed", "password", "li")
    assert signs_in(city, "li", PASSWORD) == "planner"
    typed(monkeypatch, "another sentence", "another sentence")
    assert done("password", "li") == "account li has a new password\n"
    assert signs_in(city, "li", "another sentence") == "planner"


def test_without_a_terminal_the_password_has_to_be_piped_in(city: str):
    refused(2, "pipe it in with --password-stdin", "add", "li", "--role", "planner")
    refused(2, "exclude each other", "add", "li", "--role", "planner", "--password-stdin", "--no-password")
    refused(2, "the password has 5 characters", "add", "li", "--role", "planner", "--password-stdin", said="short\n")
    gbk = f"{PASSWORD}\n".encode("gbk")
    refused(2, "standard input is not utf-8", "add", "li", "--role", "planner", "--password-stdin", said=gbk)
    assert json.loads(done("list", "--json")) == []


def test_no_command_takes_a_password_as_an_argument():
    for command in ("add", "password"):
        shown = CliRunner().invoke(app, ["account", command, "--help"], env={"COLUMNS": "200"}).output
        assert "--password-stdin" in shown
        assert "--password " not in shown


def test_a_key_is_shown_once_and_revoked_by_its_number(city: str):
    done("add", "qgis", "--role", "dispatcher", "--no-password")
    result = run("key", "qgis", "--label", "counter 3")
    key = result.stdout.strip()
    assert result.stderr == "gridgeo: this is key 1 of qgis; it is never shown again\n"
    with open_store(city) as store:
        assert Doorman(People(store)).user_of_key(key).name == "qgis"
    listed = done("list")
    assert "key 1 counter 3, made " in listed
    assert listed.endswith(", never used\n")
    assert key not in listed + done("list", "--json")
    assert done("revoke", 1) == "key 1 of qgis is revoked\n"
    assert done("list").endswith(", revoked\n")
    refused(1, "there is no key 1 to revoke", "revoke", 1)


def test_what_does_not_exist_or_exists_already_is_said_in_one_sentence(city: str):
    for command in ("disable", "enable", "key"):
        refused(1, "there is no account nobody; gridgeo account list", command, "nobody")
    refused(1, "there is no account nobody", "password", "nobody", "--password-stdin", said="long enough it is\n")
    refused(2, "'chief' is no role; choose one of administrator", "add", "li", "--role", "chief", "--no-password")
    done("add", "li", "--role", "viewer", "--no-password")
    refused(2, "there is an account li already", "add", "li", "--role", "viewer", "--no-password")


def test_programs_read_json(city: str):
    made = json.loads(done("add", "li", "--role", "planner", "--area", "411102", "--no-password", "--json"))
    assert made == {"name": "li", "role": "planner", "area": "411102"}
    key = json.loads(done("key", "li", "--json"))
    assert (key["id"], key["name"], key["label"], key["key"][:3]) == (1, "li", "", "gg_")
    assert json.loads(done("revoke", 1, "--json")) == {"id": 1, "name": "li"}
    assert json.loads(done("password", "li", "--password-stdin", "--json", said=PASSWORD)) == {"name": "li"}
    assert json.loads(done("disable", "li", "--json")) == {"name": "li", "disabled": True}
    (listed,) = json.loads(done("list", "--json"))
    assert (listed["name"], listed["password"], listed["disabled"]) == ("li", True, True)
    assert [key["revoked"] for key in listed["keys"]] == [True]


def test_the_store_and_who_acts_can_be_named(city: str, tmp_path: Path):
    other = str(tmp_path / "other.gpkg")
    init_store(other).close()
    done("add", "li", "--role", "viewer", "--no-password", "--store", other)
    assert json.loads(done("list", "--json")) == []
    with open_store(other) as store, store.backend.reading() as connection:
        rows = connection.execute(select(schema.audit)).all()
    assert [(row.actor, row.act, row.what) for row in rows] == [("tester", "add account", "account li")]
