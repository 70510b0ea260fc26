"""Output folders: all files or none, and no GeoPackage that only looks whole."""

import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gridgeo.errors import InputError
from gridgeo.jobs.output import gathered, require_writable, save_layers

ROOT = Path(__file__).parents[2]
SQUARES = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs=4547)
LAYERS = {"grid": (SQUARES, "Polygon"), "crosswalk": (pd.DataFrame({"code": ["1"] * 3}), None)}


def test_layers_and_tables_arrive_with_all_their_rows(tmp_path: Path) -> None:
    save_layers(tmp_path / "a.gpkg", LAYERS)
    assert [pyogrio.read_info(tmp_path / "a.gpkg", layer=name)["features"] for name in LAYERS] == [2, 3]


@pytest.mark.parametrize("most_bytes", [1_000, 30_000, 90_000])
def test_a_geopackage_that_a_full_disk_cut_off_is_no_success(tmp_path: Path, most_bytes: int) -> None:
    program = f"""
import resource, signal, sys
from pathlib import Path
import geopandas as gpd
from gridgeo.jobs.output import save_layers
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes}))
try:
    save_layers(Path(sys.argv[1]), {{"finding": (gpd.GeoDataFrame({{"kind": []}}, geometry=[], crs=4547), "Unknown")}})
except OSError as error:
    sys.exit(str(error))
"""
    arguments = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "a.gpkg")]
    done = subprocess.run(
        arguments, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == 1
    assert "a.gpkg did not arrive whole, the disk may be full" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_take_their_names_together_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("mine")
    (tmp_path / "a.txt").write_text("former")
    with gathered(tmp_path) as work:
        (work / "a.txt").write_text("new")
        assert (tmp_path / "a.txt").read_text() == "former"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old.txt": "mine", "a.txt": "new"}


def test_a_failure_leaves_the_folder_as_it_was_or_not_there(tmp_path: Path) -> None:
    def fill() -> None:
        with gathered(tmp_path / "new") as work:
            (work / "a.txt").write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="cannot be written: No space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_taken_takes_the_others_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("former")
    (tmp_path / "c.txt").mkdir()

    def fill() -> None:
        with gathered(tmp_path) as work:
            for name in ("a.txt", "b.txt", "c.txt"):
                (work / name).write_text("new")

    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        fill()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "c.txt"]
    assert (tmp_path / "a.txt").read_text() == "former"


def test_a_file_in_the_way_is_named_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"file is not a folder; choose another folder with --out"):
        require_writable(tmp_path / "file" / "out")
    require_writable(tmp_path / "deep" / "down")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
