"""Compiled code goes with the sources that it was made from, also those that are compiled into it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gridgeo import kernels

INNER = 'from gridgeo.kernels import njit\n\n@njit(inline="always", cache=True)\ndef inner():\n    return {}\n'
OUTER = """from gridgeo.kernels import njit
from gridgeo.locate.inner import inner

@njit(cache=True)
def outer():
    return inner()
"""


def package(folder: Path) -> Path:
    """Make a package of one kernel that has another compiled into it."""
    root = folder / "gridgeo"
    (root / "locate").mkdir(parents=True)
    for empty in (root, root / "locate"):
        (empty / "__init__.py").touch()
    shutil.copy(kernels.__file__, root / "kernels.py")
    (root / "locate" / "inner.py").write_text(INNER.format(1))
    (root / "locate" / "outer.py").write_text(OUTER)
    return root


def answer(root: Path) -> str:
    code = "from gridgeo.locate.outer import outer; print(outer(), sum(outer.stats.cache_hits.values()))"
    environment = {**os.environ, "PYTHONPATH": str(root.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NUMBA_CACHE_DIR", None)
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root.parent, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path: Path):
    root = package(tmp_path)
    assert answer(root) == "1 0"
    assert answer(root) == "1 1"  # kept
    (root / "locate" / "inner.py").write_text(INNER.format(2))
    assert answer(root) == "2 0"
    assert len(list((root / "__pycache__").glob("kernels-*"))) == 1


def test_a_package_that_cannot_be_written_is_left_to_numba(tmp_path: Path):
    root = package(tmp_path)
    (root / "__pycache__").touch()  # a file where the folder should be
    assert answer(root).startswith("1 ")
