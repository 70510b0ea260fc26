"""gridgeo serve --workers: all processes learn of a publication by themselves, and no answer is of two versions."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
import small_city
import told_city

from gridgeo.settings import Settings
from gridgeo.store.base import Store, init_store

COMMAND = [sys.executable, "-c", "from gridgeo.cli.main import main; main()", "serve"]
X, Y = small_city.LEFT + 60.0, small_city.BOTTOM + 150.0
"""East of the line that splits A in version 2: A's in version 1, E's in version 2, B's in version 3."""
OF_VERSION = {1: told_city.A, 2: told_city.E, 3: told_city.B}
LONG_S = 120
"""Nobody waits so long on a machine that has nothing else to do; a test that gets here has failed."""


@contextmanager
def serving(url: str, *options: str):
    """Run a server and yield its process and port."""
    command = [*COMMAND, "--store", url, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield server, int(server.stdout.readline().split(":")[3].split("/")[0])
        finally:
            with suppress(ProcessLookupError):
                server.send_signal(signal.SIGTERM)
            server.wait(timeout=LONG_S)


def ask(connection: HTTPConnection, path: str = f"/locate?x={X}&y={Y}") -> tuple[int, dict]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def children(pid: int) -> list[int]:
    """Return the workers of a server."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            line = (stat.parent / "cmdline").read_text()
            if int(fields[1]) == pid and "spawn_main" in line:
                found.append(int(stat.parent.name))
    return sorted(found)


def wait_until(true, what: str):
    """Wait for something to become true and return it."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        found = true()
        if found:
            return found
        time.sleep(0.05)
    return pytest.fail(f"in {LONG_S} s not: {what}")


class Crowd:
    """Threads that ask without a pause, each over connections of its own, and keep what they are told."""

    def __init__(self, port: int, size: int = 4) -> None:
        self.port, self.told, self.stop = port, [], threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(size)]

    def _ask(self) -> None:
        while not self.stop.is_set():
            connection = HTTPConnection("127.0.0.1", self.port, timeout=LONG_S)
            for _ in range(20):  # then another connection, perhaps to another worker
                status, answer = ask(connection)
                self.told.append((status, answer["version"], answer["as_of"], answer["code"], answer["grid"]["code"]))
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def versions_of_workers(port: int, count: int) -> set[int]:
    """Return the versions that so many new connections are answered with: enough to meet every worker."""
    found = set()
    for _ in range(count):
        connection = HTTPConnection("127.0.0.1", port, timeout=LONG_S)
        found.add(ask(connection)[1]["version"])
        connection.close()
    return found


@pytest.fixture
def told_once(store_url) -> Iterator[Store]:
    """A store of each kind with version 1."""
    with init_store(store_url) as made:
        told_city.publish_first(made)
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="counts workers in /proc")
def test_all_workers_change_over_under_load_and_no_answer_is_of_two_versions(told_once, store_url):
    days = {1: "2026-01-01", 2: "2026-03-01", 3: "2026-05-01"}
    with serving(store_url, "--workers", "2") as (server, port):
        wait_until(lambda: len(children(server.pid)) == 2, "two workers")
        with Crowd(port) as crowd:
            for step in (1, 2):
                wait_until(lambda: versions_of_workers(port, 30) == {step}, f"all answer with version {step}")  # noqa: B023
                told_city.publish_later(told_once, range(step - 1, step))
            wait_until(lambda: versions_of_workers(port, 30) == {3}, "all answer with version 3")
        assert {told[0] for told in crowd.told} == {200}
        assert {told[1:] for told in crowd.told} == {
            (version, days[version], code, code) for version, code in OF_VERSION.items()
        }
        connection = HTTPConnection("127.0.0.1", port, timeout=LONG_S)
        for version, code in OF_VERSION.items():
            assert ask(connection, f"/locate?x={X}&y={Y}&at={version}")[1]["code"] == code
        connection.close()


@pytest.fixture
def city(gpkg_url) -> str:
    """The URL of a store with version 1 that nobody has open."""
    with init_store(gpkg_url) as made:
        told_city.publish_first(made)
    return gpkg_url


@pytest.mark.skipif(sys.platform != "linux", reason="counts workers in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_workers_and_closes_the_store(city, number):
    with serving(city, "--workers", "2") as (server, port):
        wait_until(lambda: versions_of_workers(port, 4) == {1}, "it answers")
        workers = children(server.pid)
        assert len(workers) == 2
        server.send_signal(number)
        assert server.wait(timeout=LONG_S) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
        assert server.stderr.read() == ""
    assert [file.suffix for file in Path(city.removeprefix("gpkg://")).parent.iterdir()] == [".gpkg"]


@pytest.mark.skipif(sys.platform != "linux", reason="counts workers in /proc")
def test_a_worker_that_dies_is_replaced(city):
    with serving(city, "--workers", "2") as (server, port):
        wait_until(lambda: versions_of_workers(port, 4) == {1}, "it answers")
        first = wait_until(lambda: len(children(server.pid)) == 2 and children(server.pid), "two workers")
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(children(server.pid)) == 2 and children(server.pid) != first, "another in its place")
        assert versions_of_workers(port, 10) == {1}
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=LONG_S) == 0
        assert f"worker {first[0]} ended, another takes its place" in server.stderr.read()


@pytest.mark.skipif(sys.platform != "linux", reason="counts workers in /proc")
def test_workers_whose_parent_is_killed_end_too(city):
    with serving(city, "--workers", "2") as (server, port):
        wait_until(lambda: versions_of_workers(port, 4) == {1}, "it answers")
        workers = children(server.pid)
        server.kill()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "no worker is left")


def test_a_port_that_is_taken_is_said_in_one_sentence_before_any_worker_begins(city):
    with serving(city) as (_, port):
        done = subprocess.run(
            [*COMMAND, "--store", city, "--port", str(port), "--workers", "2"],
            capture_output=True, text=True, timeout=LONG_S, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"gridgeo: cannot listen on 127.0.0.1:{port}")


def test_the_number_of_workers_may_stand_in_the_environment(monkeypatch):
    monkeypatch.setenv("GRIDGEO_WORKERS", "3")
    assert Settings().workers == 3
