"""A PostGIS server for the tests alone: made in a temporary folder, reached by a socket, dead with its parent.

GRIDGEO_TEST_DSN names a server to use instead; its role must be allowed to create databases and extensions.
As root the server runs as another user, for PostgreSQL refuses to run as root.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg2
from sqlalchemy.engine import URL, make_url

INSTALL = (
    "the store's tests need PostgreSQL with PostGIS: install them (Debian: apt-get install postgresql postgis "
    "postgresql-NN-postgis-3; macOS: brew install postgis), or set GRIDGEO_TEST_DSN=postgresql://user@host/database"
)

LAUNCH = """
import ctypes, os, signal, sys
parent, uid, gid = map(int, sys.argv[1:4])
if uid != os.getuid():
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if sys.platform == "linux":  # after the change of user, which would clear it
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")
os.execv(sys.argv[4], sys.argv[4:])
"""
"""Becomes the server after asking the kernel to stop it when its parent dies (PR_SET_PDEATHSIG)."""

START_SECONDS = 120
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")
"""Nobody needs this data after a power cut."""


def find_programs() -> Path:
    """Return the folder of the newest server's programs that can have PostGIS."""
    folders = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep)]
    folders += Path("/usr/lib/postgresql").glob("*/bin") if Path("/usr/lib/postgresql").is_dir() else []
    folders += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    found = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    if not found:
        raise RuntimeError(INSTALL)
    return max(found, key=lambda folder: int((re.findall(r"/(\d+)/", f"{folder}/") or ["0"])[-1]))


def server_user() -> tuple[int, int]:
    """Return uid and gid of the server: ourselves, or somebody without rights if we are root."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return entry.pw_uid, entry.pw_gid


def sweep() -> None:
    """Remove what tests left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("gridgeo-pg-*-*"):
        pid = folder.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and sys.platform == "linux":
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_server() -> Iterator[URL]:
    """Run a server and yield its address."""
    programs, (uid, gid) = find_programs(), server_user()
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"gridgeo-pg-{os.getpid()}-"))
    os.chown(folder, uid, gid)
    data, log = folder / "data", folder / "log"

    def launch(*command: str, output: int) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-c", LAUNCH, str(os.getpid()), str(uid), str(gid), *command]
        return subprocess.Popen(program, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    server = None
    try:
        with log.open("wb") as output:
            options = ("-U", "gridgeo", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D", str(data))
            if launch(str(programs / "initdb"), *options, output=output.fileno()).wait() != 0:
                raise RuntimeError(f"initdb failed: {log.read_text()[-800:]}")
            settings = [
                part
                for value in (*SPEED, "listen_addresses=", f"unix_socket_directories={folder}")
                for part in ("-c", value)
            ]
            server = launch(str(programs / "postgres"), "-D", str(data), *settings, output=output.fileno())
        address = URL.create("postgresql", "gridgeo", database="postgres", query={"host": str(folder)})
        wait_for(address, server, log)
        yield address
    finally:
        if server is not None:
            server.send_signal(2)  # SIGINT: fast shutdown
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(address: URL, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            execute(address, "SELECT 1")
            return
        except psycopg2.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the private PostGIS server did not start: {log.read_text()[-800:]}") from None
            time.sleep(0.05)


def execute(address: URL, *statements: str) -> None:
    """Run statements outside a transaction."""
    connection = psycopg2.connect(address.render_as_string(hide_password=False))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


class Databases:
    """Makes one database per test from a template that has PostGIS."""

    def __init__(self, address: URL) -> None:
        self.address = address
        self.template = f"gridgeo_template_{uuid4().hex[:12]}"
        execute(address, f"CREATE DATABASE {self.template}")
        try:
            execute(address.set(database=self.template), "CREATE EXTENSION postgis")
        except psycopg2.Error as error:
            raise RuntimeError(f"{INSTALL} ({str(error).strip()})") from error

    def make(self) -> str:
        """Return the URL of a new database."""
        name = f"gridgeo_test_{uuid4().hex[:12]}"
        execute(self.address, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return self.address.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a test's database, whoever is still connected."""
        execute(self.address, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template."""
        execute(self.address, f"DROP DATABASE {self.template}")


@contextmanager
def databases() -> Iterator[Databases]:
    """Yield databases on the server that GRIDGEO_TEST_DSN names, else on a private one."""
    given = os.environ.get("GRIDGEO_TEST_DSN")
    if given:
        found = Databases(make_url(given))
        try:
            yield found
        finally:
            found.close()
    else:
        with private_server() as address:
            yield Databases(address)
