"""gridgeo serve says where it listens, answers there, ends on Ctrl+C, and refuses in one sentence."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
import small_city

from gridgeo.draft.roles import User
from gridgeo.store.base import open_store
from gridgeo.store.people import People

COMMAND = [sys.executable, "-c", "from gridgeo.cli.main import main; main()", "serve"]
DIRECT = build_opener(ProxyHandler({}))


@pytest.fixture
def city(gpkg_store):
    gpkg_store.publish_first(small_city.publication_of(), by="tester")
    gpkg_store.close()  # the server alone has it open
    return gpkg_store.url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_at_the_address_it_prints_and_ends_with_its_store_closed(city, number):
    with subprocess.Popen([*COMMAND, "--store", city, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split()[1]
            assert address.startswith("http://127.0.0.1:")
            with DIRECT.open(f"{address}health", timeout=60) as answer:
                assert json.load(answer)["grids"] == 4
            with DIRECT.open(address, timeout=60) as answer:
                assert "查网格" in answer.read().decode()
        finally:
            server.send_signal(number)
        assert server.wait(timeout=60) == 0
    folder = Path(city.removeprefix("gpkg://")).parent
    assert [file.suffix for file in folder.iterdir()] == [".gpkg"]


def refused(*options: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_port_that_is_taken_is_said_in_one_sentence(city):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = refused("--store", city, "--port", port)
    assert code == 2
    assert said.startswith(f"gridgeo: cannot listen on 127.0.0.1:{port}")
    assert said.count("\n") == 1


def test_other_machines_are_not_let_in_before_there_is_an_administrator(city):
    code, said = refused("--store", city, "--host", "0.0.0.0", "--port", "0")
    assert code == 2
    assert "cannot listen on 0.0.0.0, which other machines reach, before there is an administrator" in said
    assert "gridgeo account add NAME --role administrator" in said
    assert said.count("\n") == 1


def make_administrator(city: str, *, disabled: bool) -> None:
    with open_store(city) as store:
        people = People(store)
        people.add(User("li", "administrator"), "", by="tester")
        people.set_disabled("li", disabled, by="tester")


def test_a_disabled_administrator_does_not_open_the_door(city):
    make_administrator(city, disabled=True)
    assert refused("--store", city, "--host", "0.0.0.0", "--port", "0")[0] == 2


def test_an_administrator_opens_the_door_to_other_machines(city):
    make_administrator(city, disabled=False)
    options = ["--store", city, "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split()[1]
            assert address.startswith("http://0.0.0.0:")
            with DIRECT.open(f"{address.replace('0.0.0.0', '127.0.0.1')}health", timeout=60) as answer:
                assert json.load(answer)["grids"] == 4
        finally:
            server.send_signal(signal.SIGINT)
        assert server.stdout.read() == ""
        assert server.wait(timeout=60) == 0


def test_a_store_that_is_not_there_is_said_in_one_sentence(tmp_path):
    code, said = refused("--store", f"gpkg://{tmp_path / 'none.gpkg'}", "--port", "0")
    assert code == 7
    assert "there is no store" in said
    assert said.count("\n") == 1
