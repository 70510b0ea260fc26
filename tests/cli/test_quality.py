"""``gridgeo quality``: a register's figures, its datum, and one sentence for every bad input. City of `named_city`."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.crs import from_city, to_city
from gridgeo.errors import CRSError
from gridgeo.jobs.assign import RegisterFile
from gridgeo.jobs.lookup import open_lookup
from gridgeo.jobs.quality import shown_datum

sys.path.insert(0, str(Path(__file__).parents[1]))

import named_city


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["quality", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def homes() -> pd.DataFrame:
    """Return three hundred households in GCJ-02 with one fault of each kind."""
    xy, _, addresses = named_city.residents(300)
    lon, lat = from_city(xy[:, 0], xy[:, 1], "GCJ-02", named_city.CRS)
    table = pd.DataFrame({"id": [f"H{n:03d}" for n in range(300)], "addr": addresses})
    table.insert(1, "lon", np.round(lon, 8))
    table.insert(2, "lat", np.round(lat, 8))
    table.loc[0, ["lon", "lat"]] = 0.0
    table.loc[1, "lon"] = np.nan
    table.loc[2, "id"] = "H007"
    table.loc[3, "lon"] += 1.0
    table.loc[5, ["lon", "lat"]] = table.loc[6, ["lon", "lat"]].to_numpy()
    table.loc[5, "addr"] = table.loc[6, "addr"]
    return table


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    named_city.GRIDS.to_file("layer.gpkg", layer="grid")
    named_city.communities().to_file("layer.gpkg", layer="community")
    homes().to_csv("homes.csv", index=False)
    return tmp_path


HERE = ("--layer", "layer.gpkg", "--x", "lon", "--y", "lat")
SAID = (*HERE, "--address", "addr")


def test_an_undeclared_register_is_judged_under_the_datum_that_its_addresses_show(folder: Path) -> None:
    code, out, err = run("homes.csv", *SAID, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["crs"], found["crs_from"], found["usable"]) == ("GCJ-02", "shown", True)
    assert [found[key] for key in ("rows", "without_coordinate", "at_zero", "impossible")] == [300, 1, 1, 0]
    assert [found[key] for key in ("inside", "outside_within_1km", "outside_further")] == [297, 0, 1]
    assert [row["id"] for row in found["outside_examples"]] == ["H003"]
    assert (found["identical"]["groups"], found["identical"]["largest"][0]["rows"]) == (1, 2)
    assert found["ids"] == {
        "missing": 0, "groups": 1, "rows": 2, "counted_share": 1.0, "largest": [{"id": "H007", "rows": 2}],
    }  # fmt: skip
    assert (found["addresses"]["naming_a_place"], found["addresses"]["further"]) == (298, 1)
    assert found["addresses"]["examples"][0]["distance_m"] > 90_000
    assert (found["datum"]["shown"], found["datum"]["best"]) == (True, "GCJ-02")


def test_planners_read_the_same_in_a_table_and_on_a_page(folder: Path) -> None:
    code, out, _ = run("homes.csv", *SAID, "--report", "q.html")
    assert code == 0
    assert "坐标系：GCJ-02（未声明，由地址推定）。" in out
    assert "  坐标为 (0, 0)：1" in out
    assert "  离地址所写社区 100 米以上：1" in out
    page = Path("q.html").read_text(encoding="utf-8")
    assert "坐标可以使用" in page
    assert "未声明，由地址推定" in page
    assert "H003" in page
    run("homes.csv", *SAID, "--report", "q.json")
    assert json.loads(Path("q.json").read_text(encoding="utf-8"))["rows"] == 300


def test_a_register_without_datum_and_addresses_is_counted_but_not_judged(folder: Path) -> None:
    code, out, err = run("homes.csv", *HERE, "--json")
    assert code == 1
    assert err.startswith("gridgeo: homes.csv: nothing says the datum of its coordinates; ask whoever made the file")
    assert "or name its addresses with --address" in err
    found = json.loads(out)
    assert [found[key] for key in ("usable", "crs", "crs_from", "inside", "addresses", "datum")] == [
        False, None, "unknown", None, None, None,
    ]  # fmt: skip
    assert (found["rows"], found["at_zero"], found["identical"]["rows"]) == (300, 1, 2)


def test_a_declared_datum_that_the_addresses_contradict_is_told(folder: Path) -> None:
    code, out, err = run("homes.csv", *SAID, "--crs", "BD-09")
    assert code == 1
    assert err.startswith("gridgeo: homes.csv: the addresses show GCJ-02 (298 rows name a place; ")
    assert err.endswith("), and not BD-09: ask whoever made the file\n")
    assert "坐标系：BD-09（由 --crs 声明）。地址却表明应为 GCJ-02，请与提供单位核对。" in out
    assert run("homes.csv", *SAID, "--crs", "GCJ-02")[0] == 0


def test_swapped_columns_are_told_with_and_without_a_datum(folder: Path) -> None:
    swapped = ("--layer", "layer.gpkg", "--x", "lat", "--y", "lon")
    for more in ((), ("--address", "addr"), ("--crs", "GCJ-02")):
        code, out, err = run("homes.csv", *swapped, *more)
        assert code == 1
        assert "横纵坐标颠倒" in out
        assert err.startswith("gridgeo: homes.csv: x and y are exchanged")
        assert err.endswith("; exchange --x and --y\n")


@pytest.mark.parametrize(
    ("crs", "sentence"),
    [("EPSG:4547", "EPSG:4547 is metric"), ("EPSG:32631", "EPSG:32631 is metric")],
)
def test_a_datum_that_cannot_be_is_told(folder: Path, crs: str, sentence: str) -> None:
    code, _, err = run("homes.csv", *HERE, "--crs", crs)
    assert code == 1
    assert sentence in err


def test_further_than_moves_the_distance(folder: Path) -> None:
    counts = [
        json.loads(run("homes.csv", *SAID, "--crs", "EPSG:4490", "--json", "--further-than", metres)[1])["addresses"]
        for metres in (0, 100, 400)
    ]
    assert counts[0]["further"] > counts[1]["further"] > counts[2]["further"] > 0


def test_excel_parquet_gb18030_and_vector_files_give_the_same_figures(folder: Path) -> None:
    table = homes()
    table.to_excel("homes.xlsx", index=False)
    table.to_parquet("homes.parquet")
    Path("gb.csv").write_bytes(table.to_csv(index=False).encode("gb18030"))
    expected = json.loads(run("homes.csv", *SAID, "--json")[1])
    for name in ("homes.xlsx", "homes.parquet", "gb.csv"):
        found = json.loads(run(name, *SAID, "--json")[1])
        assert found == expected | {"file": name}
    east, north = to_city(table["lon"][7:], table["lat"][7:], "GCJ-02", named_city.CRS)
    points = gpd.GeoDataFrame(table[["id", "addr"]][7:], geometry=gpd.points_from_xy(east, north), crs=named_city.CRS)
    points.to_file("points.gpkg")
    code, out, _ = run("points.gpkg", "--layer", "layer.gpkg", "--address", "addr", "--json")
    found = json.loads(out)
    assert (code, found["crs"], found["crs_from"], found["inside"]) == (0, "EPSG:4547", "file", 293)
    assert found["datum"]["best"] == "EPSG:4547"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.csv", *SAID), "none.csv: there is no such file"),
        (("homes.csv", *HERE, "--address", "ADDR"), "homes.csv has no column ADDR; its columns are id, lon, lat, addr"),
        (("homes.csv", *HERE, "--id", "HID"), "homes.csv has no column HID"),
        (("homes.csv", "--layer", "layer.gpkg", "--x", "lon"), "name its coordinate columns with --x and --y"),
        (("homes.csv", "--layer", "layer.gpkg", "--x", "lon", "--y", "lon"), "--x and --y both name the column lon"),
        (("homes.csv", *HERE, "--crs", "GCJ03"), "'GCJ03' is not a coordinate reference system"),
        (("homes.csv", *HERE, "--crs", "EPSG:2383"), "Xi'an 1980"),
        (("homes.csv", *HERE, "--report", "q.docx"), "q.docx: a report is written to a name that ends in .html"),
        (("homes.json", *HERE, "--report", "homes.json"), "homes.json is the register itself and would be lost"),
        (("homes.csv", *HERE, "--further-than", "nan"), "--further-than nan is no distance"),
        (("bad.csv", *HERE), "bad.csv cannot be read as a table: it is neither UTF-8 nor GB18030 text; save"),
        (("bad.parquet", *HERE), "bad.parquet cannot be read as a table"),
        (("bad.xlsx", *HERE), "bad.xlsx cannot be read as a table"),
        (("empty.csv", *HERE), "empty.csv cannot be read as a table"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(folder: Path, arguments: tuple, sentence: str) -> None:
    for name in ("bad.csv", "bad.parquet", "bad.xlsx"):
        Path(name).write_bytes(b"id,lon,lat\n\xff\xff\xff,1,2\n")
    Path("empty.csv").write_bytes(b"")
    Path("homes.json").write_text("{}", encoding="utf-8")
    before = sorted(path.name for path in folder.iterdir())
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.startswith("gridgeo: ")
    assert err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_register_of_no_rows_has_nothing_to_judge(folder: Path) -> None:
    Path("none.csv").write_text("id,lon,lat,addr\n", encoding="utf-8")
    code, out, err = run("none.csv", *SAID, "--json")
    assert (code, json.loads(out)["rows"]) == (1, 0)
    assert "no address names a community or street of the layer" in err


def test_a_register_without_any_coordinate_is_not_usable(folder: Path) -> None:
    code, out, err = run("homes.csv", "--layer", "layer.gpkg", "--x", "id", "--y", "lat", "--crs", "GCJ-02")
    assert code == 1
    assert "没有一条记录有坐标" in out
    assert err == (
        "gridgeo: homes.csv: no row has coordinates: are the right columns, the right layer of the file named?\n"
    )


def test_words_where_numbers_should_be_are_rows_without_a_coordinate(folder: Path) -> None:
    Path("words.csv").write_text("id,lon,lat\na,东,33.4\nb,114.01,33.43\n", encoding="utf-8")
    assert json.loads(run("words.csv", *HERE, "--crs", "EPSG:4490", "--json")[1])["without_coordinate"] == 1


def test_other_jobs_get_the_datum_or_the_reason(folder: Path) -> None:
    lookup = open_lookup(layer="layer.gpkg")
    register = RegisterFile(file="homes.csv", id="id", x="lon", y="lat")
    shown, sentence = shown_datum(register, lookup, address="addr")
    assert shown == replace(register, crs="GCJ-02")
    assert sentence.startswith("the addresses show GCJ-02 (298 rows name a place; of ")
    assert shown_datum(shown, lookup, address="addr") == (shown, "")
    homes()[:12].to_csv("few.csv", index=False)
    few = RegisterFile(file="few.csv", id="id", x="lon", y="lat")
    with pytest.raises(CRSError, match=r"few.csv: the datum cannot be shown: .*say it with --crs: EPSG:4490"):
        shown_datum(few, lookup, address="addr")


def test_metres_made_from_gcj02_are_shown_under_a_name_that_can_be_declared(folder: Path) -> None:
    table = homes()[7:]
    table["lon"], table["lat"] = to_city(table["lon"], table["lat"], "EPSG:4490", named_city.CRS)
    table.to_csv("metres.csv", index=False)
    found = json.loads(run("metres.csv", *SAID, "--json")[1])
    assert (found["crs"], found["addresses"]["further"]) == ("GCJ-02 (EPSG:4547)", 0)
    again = json.loads(run("metres.csv", *SAID, "--json", "--crs", found["crs"])[1])
    assert again == found | {"crs_from": "declared"}
