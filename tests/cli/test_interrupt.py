"""Ctrl+C at any moment of ``gridgeo merge``: nothing is written, or a whole result that says it was interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import drawn_city as drawn
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gridgeo.cli.exits import INTERRUPTED, KEPT
from gridgeo.jobs import compare, merge

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are of POSIX")

ROOT = Path(drawn.__file__).parents[1]
CHILD = ROOT / "tests" / "cli" / "telling_child.py"
CITY = """
[city]
name = "漯河市"
crs = "EPSG:4547"

[community]
file = "communities.gpkg"
code = "CODE"
name = "NAME"

[[agency]]
key = "party"
name = "党建网格"
file = "party.gpkg"
id = "WGBH"
accuracy_m = 5
base = true

[[agency]]
key = "urban"
name = "城管网格"
file = "urban.gpkg"
id = "WGBH"
accuracy_m = 5

[[register]]
kind = "household"
file = "households.csv"
id = "HID"
x = "X"
y = "Y"
crs = "EPSG:4547"
count = "N"
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Six by five communities, enough for a pool, of three by three blocks with 60 to 150 households; party draws pairs
    of blocks side by side, urban pairs on top of each other, so there is much to weigh.
    """
    folder = tmp_path_factory.mktemp("city")

    def layer(name: str, shapes: list, **columns: list[str]) -> None:
        gpd.GeoDataFrame(columns, geometry=shapes, crs=drawn.CRS).to_file(folder / name)

    areas = [drawn.square(3 * column, 3 * row, 3, 3) for row in range(5) for column in range(6)]
    codes = [f"{drawn.TOWN}{number:03d}" for number in range(1, 31)]
    layer("communities.gpkg", areas, CODE=codes, NAME=[f"第{code[-2:]}社区" for code in codes])
    for name, width, height in (("party", 2, 1), ("urban", 1, 2)):
        shapes = [
            drawn.square(column, row, width, min(height, 15 - row))
            for row in range(0, 15, height)
            for column in range(0, 18, width)
        ]
        layer(f"{name}.gpkg", shapes, WGBH=[str(number) for number in range(len(shapes))])
    homes = drawn.in_every_square(18, 15, 1)
    counts = np.random.default_rng(1).integers(60, 150, len(homes))
    table = pd.DataFrame({"HID": homes.id, "X": homes.x, "Y": homes.y, "N": counts})
    table.to_csv(folder / "households.csv", index=False)
    (folder / "city.toml").write_text(CITY, encoding="utf-8")
    return folder / "city.toml"


def interrupted(moment: str, *arguments: object, processes: int = 2) -> tuple[int, str]:
    """Run a merge, press Ctrl+C when it tells a moment, and return its exit code and all that it said."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(processes), moment, "merge", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", start_new_session=True,
    ) as child:  # fmt: skip
        said = []
        for line in _lines(child):
            said.append(line)
            if line.startswith(moment):
                os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to every process
                said += _lines(child)
        code = child.wait(60)
    text = "".join(said)
    assert moment in text
    assert "Traceback" not in text, text
    return code, text


def _lines(child: subprocess.Popen[str]) -> Iterator[str]:
    """Yield what a process says until it and all that it started are gone, for they share its output."""
    assert child.stdout is not None
    yield from child.stdout


def test_while_processes_start_there_is_one_sentence_and_nothing_is_written(city: Path, tmp_path: Path) -> None:
    code, said = interrupted("started", city, "--out", tmp_path / "out")
    if code == KEPT:  # a quick machine was further already
        assert "优化被中断" in said
        return
    assert code == INTERRUPTED, said
    assert said.count("gridgeo: interrupted by Ctrl+C; nothing was written or published\n") == 1
    assert not (tmp_path / "out").exists()


def test_while_grids_are_formed_the_best_so_far_is_whole_says_so_and_is_not_published(
    city: Path, tmp_path: Path
) -> None:
    out, store = tmp_path / "out", tmp_path / "store.gpkg"
    code, said = interrupted("resolve 0", city, "--out", out, "--store", f"gpkg://{store}")
    assert code == KEPT, said
    assert "证书：无缝" in said
    assert "优化被中断" in said
    assert "未发布：中断的成果不入库；请重新运行同一命令" in said
    assert not store.exists()
    assert sorted(path.name for path in out.iterdir()) == sorted(merge.FILES)
    assert json.loads((out / "certificate.json").read_text())["seamless"] is True
    report = json.loads((out / "report.json").read_text())
    assert report["interrupted"] is True
    assert len(report["communities"]) == 30
    assert "优化被中断" in (out / "report.html").read_text(encoding="utf-8")


def test_a_comparison_tables_only_variants_that_came_to_their_end(city: Path, tmp_path: Path) -> None:
    variants, out = tmp_path / "variants.toml", tmp_path / "out"
    quick = CITY + "[rules]\nseconds_per_community = 0.1\n"
    short = city.with_name("quick.toml")
    short.write_text(quick, encoding="utf-8")
    slow = "".join(f'[[variant]]\nname = "{name}"\nseconds_per_community = 60\n' for name in ("慢一", "慢二"))
    variants.write_text(slow, encoding="utf-8")
    code, said = interrupted("compare 1", short, "--variants", variants, "--out", out, processes=1)
    assert code == KEPT, said
    assert "比较被中断（Ctrl+C），未完成的方案不列入：慢一、慢二" in said
    assert sorted(path.name for path in out.iterdir()) == sorted(compare.FILES)
    found = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    assert (found["interrupted"], found["missing"]) == (True, ["慢一", "慢二"])
    assert [variant["name"] for variant in found["variants"]] == ["现行设置"]
    assert "未完成的方案不列入" in (out / "compare.html").read_text(encoding="utf-8")
