"""The command line as a whole: fast to start, honest in its list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gridgeo import __version__
from gridgeo.cli.main import COMMANDS, app, load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_line_in_the_list_is_how_the_commands_own_help_begins(name: str) -> None:
    own = " ".join((load(name).help or "").split())
    assert own.startswith(COMMANDS[name].help), own


def test_list_of_commands_loads_none_of_them() -> None:
    code = (
        "import sys; from gridgeo.cli.main import app; sys.argv = ['gridgeo', '--help']\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numba', 'pandas', 'matplotlib', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")


def test_misspelt_command_is_answered_with_the_nearest_one() -> None:
    result = CliRunner().invoke(app, ["merg"])
    assert result.exit_code == 2
    assert "merge" in result.output


def test_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"gridgeo {__version__}\n")


def test_a_terminal_without_chinese_characters_is_no_error() -> None:
    program = "from gridgeo.cli import main\nmain.app = lambda: print('seamless 无缝')\nmain.main()"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, b"seamless ??")
