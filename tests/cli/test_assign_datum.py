"""``gridgeo assign --address``: the addresses show the datum of a register that does not say it, or it is refused."""

import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.crs import from_city

sys.path.insert(0, str(Path(__file__).parents[1]))

import named_city

XY, _, ADDRESSES = named_city.residents(300)
CODES = [named_city.INDEX.codes[row] for row in named_city.INDEX.covering(*XY.T)[0]]


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["assign", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def homes(crs: str) -> pd.DataFrame:
    lon, lat = from_city(*XY.T, crs, named_city.CRS)
    return pd.DataFrame({"id": [f"H{n:03d}" for n in range(len(XY))], "lon": lon, "lat": lat, "addr": ADDRESSES})


def codes(path: str) -> list[str]:
    return pd.read_csv(path, dtype=str)["code"].tolist()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    named_city.GRIDS.to_file("layer.gpkg", layer="grid")
    named_city.communities().to_file("layer.gpkg", layer="community")
    homes("GCJ-02").to_csv("homes.csv", index=False)
    return tmp_path


LAYER = ("--layer", "layer.gpkg")
HERE = (*LAYER, "--x", "lon", "--y", "lat", "-o", "out.csv")
SAID = (*HERE, "--address", "addr")


@pytest.mark.parametrize(
    ("truth", "name"),
    [("EPSG:4490", "CGCS2000/WGS84"), ("GCJ-02", "GCJ-02"), ("BD-09", "BD-09"), ("EPSG:4547", "EPSG:4547")],
)
def test_the_datum_is_shown_and_said(truth: str, name: str) -> None:
    homes(truth).to_csv("homes.csv", index=False)
    code, _, err = run("homes.csv", *SAID)
    assert code == 0
    assert err.startswith(f"gridgeo: homes.csv: the addresses show {name} (300 rows name a place; ")
    assert err.count("\n") == 1
    assert codes("out.csv") == CODES


def test_machines_are_told_the_datum_and_how_it_is_known() -> None:
    told = json.loads(run("homes.csv", *SAID, "--json")[1])
    assert (told["crs"], told["crs_from"]) == ("GCJ-02", "shown")
    assert told["datum"]["sentence"].startswith("the addresses show GCJ-02")


def test_without_addresses_it_must_be_said_and_the_sentence_names_both_ways() -> None:
    code, out, err = run("homes.csv", *HERE)
    assert (code, out) == (2, "")
    assert "add --crs EPSG:4490, GCJ-02, BD-09" in err
    assert "or --address" in err
    assert not Path("out.csv").exists()


def test_what_is_declared_stays_declared() -> None:
    code, out, err = run("homes.csv", *SAID, "--crs", "EPSG:4490", "--json")
    assert (code, err) == (0, "")
    assert "crs" not in json.loads(out)
    assert codes("out.csv") != CODES


def test_a_file_that_says_its_system_is_believed_and_one_that_does_not_is_shown() -> None:
    table = homes("EPSG:4547")
    points = gpd.GeoDataFrame(table[["id", "addr"]], geometry=gpd.points_from_xy(table["lon"], table["lat"]))
    points.set_crs("EPSG:4547").to_parquet("says.parquet")
    points.to_parquet("silent.parquet")
    for name, told in (
        ("says.parquet", ""),
        ("silent.parquet", "gridgeo: silent.parquet: the addresses show EPSG:4547"),
    ):
        code, _, err = run(name, *LAYER, "--address", "addr", "-o", "out.csv")
        assert code == 0
        assert err.startswith(told)
        assert bool(err) == bool(told)
        assert codes("out.csv") == CODES


def test_a_file_geodatabase_is_one_file_and_a_folder_of_parquet_is_not() -> None:
    table = homes("EPSG:4547")
    points = gpd.GeoDataFrame(table[["id", "addr"]], geometry=gpd.points_from_xy(table["lon"], table["lat"]))
    points.set_crs("EPSG:4547").to_file("homes.gdb", driver="OpenFileGDB", layer="homes")
    assert run("homes.gdb", *LAYER, "--address", "addr", "-o", "out.csv")[0] == 0
    assert codes("out.csv") == CODES
    Path("parts").mkdir()
    table.to_parquet("parts/1.parquet")
    code, _, err = run("parts", *LAYER, "--x", "lon", "--y", "lat", "--address", "addr", "-o", "out")
    assert code == 2
    assert "parts is a folder; --address is for one file" in err


@pytest.mark.parametrize(
    ("file", "arguments", "words"),
    [
        ("few.csv", SAID, "few.csv: the datum cannot be shown: "),
        ("few.csv", SAID, "say it with --crs: EPSG:4490"),
        ("mute.csv", SAID, "no address names a community or street of the layer"),
        ("mixed.csv", SAID, "the register mixes datums"),
        (
            "homes.csv",
            (*LAYER, "--x", "lat", "--y", "lon", "--address", "addr", "-o", "out.csv"),
            "exchange --x and --y",
        ),
        ("homes.csv", (*HERE, "--address", "ADDR"), "homes.csv has no column ADDR; its columns are id, lon, lat, addr"),
        ("homes.csv", (*HERE, "--address", "ADDR", "--crs", "GCJ-02"), "homes.csv has no column ADDR"),
        ("homes.csv", (*HERE, "--address", ""), "--address"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_written(file: str, arguments: tuple, words: str) -> None:
    homes("GCJ-02")[:12].to_csv("few.csv", index=False)
    homes("GCJ-02").assign(addr="某路 1 号").to_csv("mute.csv", index=False)
    half = np.arange(300) % 2 == 0
    pd.concat([homes("GCJ-02")[half], homes("EPSG:4490")[~half]]).to_csv("mixed.csv", index=False)
    code, out, err = run(file, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not Path("out.csv").exists()
