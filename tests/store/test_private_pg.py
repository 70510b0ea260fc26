"""The private server ends with the process that started it, however that one ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import private_pg
import pytest

HERE = Path(private_pg.__file__).parent
START = """
import private_pg, sys, time
with private_pg.private_server() as address:
    print(address.query["host"], flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")


def server_pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"


def test_the_server_dies_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", START], cwd=HERE, stdout=subprocess.PIPE, text=True) as parent:
        folder = Path(parent.stdout.readline().strip())
        pid = server_pid(folder)
        assert not is_gone(pid)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not is_gone(pid):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)
    private_pg.sweep()
    assert not folder.exists()


def test_a_machine_without_postgis_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(private_pg, "Path", lambda *_: tmp_path / "nothing")
    with pytest.raises(RuntimeError, match="apt-get install postgresql"):
        private_pg.find_programs()
