"""``gridgeo merge``: a city file becomes the files of the contract, or one sentence says why not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

import drawn_city as drawn
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs import merge as job
from gridgeo.store.base import open_store
from gridgeo.tables import AGENCY_GRID, ATOM, COMMUNITY, CROSSWALK, FINDING, GRID, OUTCOME, PROVENANCE, REASON

ROOT = Path(drawn.__file__).parents[1]
CHILD = ROOT / "tests" / "cli" / "merging_child.py"
CITY = """
[city]
name = "漯河市"
crs = "EPSG:4547"
layout = "gb15"

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

[[exclusive]]
file = "parks.gpkg"
id = "ID"
name = "NAME"

[[register]]
kind = "household"
file = "households.csv"
id = "HID"
x = "X"
y = "Y"
crs = "EPSG:4547"
count = "N"
population = "POP"

[rules]
households = [100, 400]
"""
FILES = sorted(job.FILES)


def layer(shapes: list[shapely.Geometry], **columns: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=drawn.CRS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    +---+---+---+---+
    |   |   |   |   |     two communities of four blocks; party draws each block, urban one block 3 m larger;
    +---+---+---+---+     a park in the west; 150 households in every block
    |  P|   |   |   |
    +---+---+---+---+
    """
    monkeypatch.chdir(tmp_path)
    communities = [drawn.square(0, 0, 2, 2), drawn.square(2, 0, 2, 2)]
    codes, names = [f"{drawn.TOWN}001", f"{drawn.TOWN}002"], ["老街社区", "河东社区"]
    layer(communities, CODE=codes, NAME=names).to_file("communities.gpkg")
    blocks = drawn.squares(4, 2)
    numbers = [f"{number:02d}" for number in range(8)]
    layer(blocks, WGBH=numbers).to_file("party.gpkg")
    layer([blocks[0].buffer(3, join_style="mitre"), *blocks[1:]], WGBH=numbers).to_file("urban.gpkg")
    layer([drawn.square(0.6, 0.1, 0.3, 0.3)], ID=["P1"], NAME=["人民公园"]).to_file("parks.gpkg")
    homes = drawn.in_every_square(4, 2, 150)
    table = pd.DataFrame({"HID": homes.id, "X": homes.x, "Y": homes.y, "N": homes["count"], "POP": homes.population})
    table.to_csv("households.csv", index=False)
    Path("city.toml").write_text(CITY, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["merge", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def contents(place: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in place.iterdir() if file.is_file() and file.name[0] != "."}


# ----------------------------------------------------------------- results ----


def test_files_of_the_contract_with_their_columns(folder: Path) -> None:
    code, out, _ = run("city.toml", "--out", "out")
    assert code == 0
    assert "证书：无缝" in out
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES
    layers = {
        name: pyogrio.read_dataframe("out/layer.gpkg", layer=name)
        for name in pyogrio.list_layers("out/layer.gpkg")[:, 0]
    }
    contracts = {
        "grid": GRID,
        "community": COMMUNITY,
        "provenance": PROVENANCE,
        "crosswalk": CROSSWALK,
        "finding": FINDING,
        "reason": REASON,
        "outcome": OUTCOME,
        "atom": ATOM,
        "agency_grid": AGENCY_GRID,
        "about": ("key", "value"),
    }
    assert layers.keys() == contracts.keys()
    for name, contract in contracts.items():
        assert set(contract) <= set(layers[name].columns), name
    grids = layers["grid"]
    assert grids.crs == drawn.CRS
    assert set(grids.geom_type) == {"Polygon"}
    assert grids.kind.value_counts().to_dict() == {"general": 8, "exclusive": 1}
    assert grids.households.sum() == 1200
    assert grids.population.sum() == 3600
    assert grids.area_m2.sum() == pytest.approx(80_000)
    assert grids.code.is_monotonic_increasing
    assert set(grids.full_name.str[:4]) == {"老街社区", "河东社区"}


def test_certificate_and_report_say_what_the_layer_holds(folder: Path) -> None:
    run("city.toml", "--out", "out")
    certificate = json.loads((folder / "out/certificate.json").read_text())
    assert certificate["seamless"] is True
    assert (certificate["grids"], certificate["gap_count"], certificate["frame_area_m2"]) == (9, 0, 80_000)
    report = json.loads((folder / "out/report.json").read_text())
    assert (report["grids"], report["households"], report["violations"], report["moved_households"]) == (9, 1200, 0, 0)
    assert [row["name"] for row in report["communities"]] == ["老街社区", "河东社区"]
    keys = {
        "atoms",
        "grids",
        "status",
        "objective",
        "bound",
        "gap",
        "seconds",
        "violations",
        "moved_households",
        "kept_grids",
    }
    assert keys <= report["communities"][0].keys()
    assert "<html" in (folder / "out/report.html").read_text(encoding="utf-8")


def test_paths_are_printed_whole_however_long(folder: Path) -> None:
    out = folder / ("long name [1] " * 9).strip()
    code, stdout, _ = run(folder / "city.toml", "--out", out)
    assert code == 0
    assert f"结果：{out / 'layer.gpkg'}\n" in stdout
    assert f"报告：{out / 'report.html'}\n" in stdout


def test_json_prints_the_report_with_the_certificate(folder: Path) -> None:
    code, out, _ = run("city.toml", "--out", "out", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["certificate"]["seamless"] is True
    assert told["grids"] == 9


def test_households_without_a_grid_are_told_by_the_register_total(folder: Path) -> None:
    table = pd.read_csv("households.csv", dtype={"HID": str})
    lost = table.iloc[:2].assign(HID=["lost", "far"], X=[0.0, drawn.X - 5000], Y=[0.0, table.Y[0]], N=[7, 11])
    pd.concat([table, lost]).to_csv("households.csv", index=False)
    code, out, _ = run("city.toml", "--out", "out")
    report = json.loads((folder / "out/report.json").read_text())
    assert code == 0
    assert (report["households"], report["households_register"]) == (1200, 1218)
    assert (report["enterprises"], report["enterprises_register"]) == (0, 0)
    assert "1,200 / 1,218" in out


def test_store_gets_version_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGEO_USER", "李工")
    url = f"gpkg://{folder / 'city store.gpkg'}"
    assert run("city.toml", "--out", "out", "--store", url)[0] == 0
    with open_store(url) as store:
        assert store.count() == 9
        assert [version.published_by for version in store.versions()] == ["李工"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("--out", "city.toml/out"), 2, "is not a folder"),
        (("--out", "shut/out"), 2, "takes no files (Permission denied)"),
        (("--out", "out", "--store", "nofolder/x.gpkg"), 7, "nofolder does not exist; make it first"),
        (("--out", "out", "--store", "shut/x.gpkg"), 7, "takes no files (Permission denied)"),
    ],
)
def test_places_that_cannot_be_written_are_refused_before_any_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    def refuse(*, dir: Path) -> object:  # noqa: A002 - the name is tempfile's
        if Path(dir).name == "shut":
            raise PermissionError(13, "Permission denied")
        return TemporaryFile(dir=dir)

    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    (folder / "shut").mkdir()
    for module in ("gridgeo.jobs.output", "gridgeo.store.gpkg"):
        monkeypatch.setattr(f"{module}.TemporaryFile", refuse)
    monkeypatch.setattr("gridgeo.cli.merge.merge", work)
    before = sorted(folder.rglob("*"))
    code, out, err = run("city.toml", *arguments)
    assert (code, out) == (exit_code, "")
    assert words in err
    assert err.count("\n") == 1
    assert sorted(folder.rglob("*")) == before


def test_store_that_holds_a_version_is_refused_before_any_work(folder: Path) -> None:
    url = f"gpkg://{folder / 'store.gpkg'}"
    run("city.toml", "--out", "out", "--store", url)
    code, _, err = run("city.toml", "--out", "again", "--store", url)
    assert code == 6
    assert err.count("\n") == 1
    assert not (folder / "again").exists()


def test_same_inputs_give_the_same_layer_and_replace_the_old_one(folder: Path) -> None:
    run("city.toml", "--out", "out")
    first = pyogrio.read_dataframe("out/layer.gpkg", layer="grid")
    assert run("city.toml", "--out", "out")[0] == 0
    second = pyogrio.read_dataframe("out/layer.gpkg", layer="grid")
    assert shapely.to_wkb(first.geometry.values).tolist() == shapely.to_wkb(second.geometry.values).tolist()
    assert first.code.tolist() == second.code.tolist()
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES


def test_rules_that_cannot_be_met_are_told_and_are_no_failure(folder: Path) -> None:
    Path("city.toml").write_text(CITY.replace("[100, 400]", "[1000, 1100]"), encoding="utf-8")
    code, out, _ = run("city.toml", "--out", "out", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["violations"] > 0
    assert told["certificate"]["seamless"] is True
    sentences = [line for row in told["communities"] for line in row["violations"]]
    assert all("600 户无法分成 1000–1100 户的网格" in line for line in sentences)
    findings = pyogrio.read_dataframe("out/layer.gpkg", layer="finding")
    assert (findings.kind == "size").sum() == told["violations"]


def test_a_layer_that_is_not_seamless_ends_with_one_and_is_not_published(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel cannot make one, so the proof is spoiled instead."""
    verify = job.verify_layer
    monkeypatch.setattr(job, "verify_layer", lambda grids, frame, **more: verify(grids.iloc[1:], frame, **more))
    url = f"gpkg://{folder / 'store.gpkg'}"
    code, out, _ = run("city.toml", "--out", "out", "--store", url)
    assert code == 1
    assert "未达到无缝" in out
    assert json.loads((folder / "out/certificate.json").read_text())["gap_count"] == 1
    assert not (folder / "store.gpkg").exists()


# ---------------------------------------------------------------- refusals ----


def spoil(folder: Path, fault: str) -> None:
    """Break one thing."""
    text = CITY
    if fault == "missing file":
        (folder / "party.gpkg").unlink()
    elif fault == "wrong column":
        text = CITY.replace('id = "WGBH"', 'id = "NR"', 1)
    elif fault == "empty layer":
        empty = layer([drawn.square(0, 0)], CODE=["1"], NAME=["x"]).iloc[:0]
        (folder / "communities.gpkg").unlink()
        empty.to_file("communities.gpkg")
    elif fault == "no map":
        (folder / "party.gpkg").write_text("not a map")
    elif fault == "unknown key":
        text = CITY.replace("accuracy_m", "acuracy_m", 1)
    elif fault == "rules upside down":
        text = CITY.replace("[100, 400]", "[400, 100]")
    elif fault == "twin communities":
        table = gpd.read_file("communities.gpkg")
        (folder / "communities.gpkg").unlink()
        table.set_geometry([table.geometry[0]] * 2).to_file("communities.gpkg")
    (folder / "city.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("missing file", "'party.gpkg' not found"),
        ("wrong column", "NR"),
        ("empty layer", "communit"),
        ("no map", "party.gpkg"),
        ("unknown key", "acuracy_m"),
        ("rules upside down", "households"),
        ("twin communities", "have the same polygon"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(folder: Path, fault: str, words: str) -> None:
    spoil(folder, fault)
    code, out, err = run("city.toml", "--out", "out")
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert not (folder / "out").exists()


@pytest.mark.parametrize("out", ["taken", "taken/deeper"])
def test_place_that_cannot_be_written_is_one_sentence(folder: Path, out: str) -> None:
    (folder / "taken").write_text("a file, not a folder")
    code, _, err = run("city.toml", "--out", out)
    assert code == 2
    assert f"{out} cannot be written" in err
    assert (folder / "taken").read_text() == "a file, not a folder"


def test_other_files_in_the_folder_stay(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/thesis.txt").write_text("precious")
    assert run("city.toml", "--out", "out")[0] == 0
    assert sorted(contents(folder / "out")) == sorted([*FILES, "thesis.txt"])
    assert (folder / "out/thesis.txt").read_text() == "precious"


def test_error_while_writing_leaves_the_old_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("city.toml", "--out", "out")
    before = contents(folder / "out")

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job, "merge_report_html", full)
    code, _, err = run("city.toml", "--out", "out")
    assert code == 2
    assert "No space left on device" in err
    assert contents(folder / "out") == before
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES


def test_killed_while_writing_the_old_files_are_whole_and_the_next_run_works(folder: Path) -> None:
    run("city.toml", "--out", "out")
    before = contents(folder / "out")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, str(CHILD), "city.toml", "out"]
    with subprocess.Popen(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half way\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    assert contents(folder / "out") == before
    assert run("city.toml", "--out", "out")[0] == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == FILES
