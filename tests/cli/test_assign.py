"""``gridgeo assign``: registers in many files → id, code, method, distance_m."""

import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from shapely import Polygon, box
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.crs import from_city
from gridgeo.jobs import resumed

GRIDS = small_city.grids_of()
POINTS = pd.DataFrame({
    "HID": ["001", "002", "003", "004", "005"],
    "X": [500_050.0, 500_150.0, 500_100.0, 500_203.0, None],
    "Y": [3_700_150.0, 3_700_050.0, 3_700_100.0, 3_700_050.0, None],
})  # fmt: skip
"""In the first grid, in the last, in the corner of all four, 3 m outside, nowhere."""
CODES = ["411102001001001", "411102001002002", "411102001001001", None, None]


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["assign", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    GRIDS.to_file("layer.gpkg", layer="grid")
    POINTS.to_csv("points.csv", index=False)
    return tmp_path


METRIC = ("--layer", "layer.gpkg", "--id", "HID", "--x", "X", "--y", "Y", "--crs", "EPSG:4547")


def answers(path: str) -> list[str | None]:
    table = pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path, dtype={"id": str, "code": str})
    assert list(table.columns) == ["id", "code", "method", "distance_m"]
    assert table["id"].tolist() == POINTS["HID"].tolist()
    return [None if pd.isna(code) else code for code in table["code"]]


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_every_row_comes_back_in_order_as_text(folder: Path, output: str):
    code, out, err = run("points.csv", *METRIC, "-o", output)
    assert code == 0
    assert err == "gridgeo: points.csv: 1 of 5 rows have no readable coordinates, first record 5 (id 005)\n"
    assert answers(output) == CODES
    assert out == f"5 points: 2 inside, 1 border, 1 outside, 1 none; 2 grids hit -> {output}\n"


def test_points_outside_find_the_nearest_grid(folder: Path):
    run("points.csv", *METRIC, "-o", "out.parquet", "--nearest", 5)
    row = pd.read_parquet("out.parquet").iloc[3]
    assert (row["code"], row["method"], row["distance_m"]) == ("411102001002002", "nearest", 3.0)


def test_counts_are_there_for_machines(folder: Path):
    counts = json.loads(run("points.csv", *METRIC, "-o", "out.csv", "--json")[1])
    assert counts == {
        "rows": 5, "inside": 2, "border": 1, "nearest": 0, "outside": 1, "none": 1, "grids_hit": 2, "output": "out.csv",
    }  # fmt: skip


def test_excel_parquet_and_gb18030_are_read(folder: Path):
    POINTS.to_excel("points.xlsx", index=False)
    POINTS.to_parquet("points.parquet")
    renamed = POINTS.rename(columns={"HID": "户号"})
    Path("gb.csv").write_bytes(renamed.to_csv(index=False).encode("gb18030"))
    for name in ("points.xlsx", "points.parquet"):
        assert run(name, *METRIC, "-o", "out.csv")[0] == 0
        assert answers("out.csv") == CODES
    assert run("gb.csv", *METRIC, "--id", "户号", "-o", "out.csv")[0] == 0
    assert answers("out.csv") == CODES


def test_repeated_and_missing_ids_are_told_and_every_row_is_kept(folder: Path):
    POINTS.assign(HID=["001", "002", "001", "", "002"]).to_csv("again.csv", index=False)
    code, out, err = run("again.csv", *METRIC, "-o", "out.parquet", "--json")
    assert code == 0
    assert "again.csv: 2 rows repeat the id of an earlier row, first record 3 (id 001); all are kept" in err
    assert "again.csv: 1 rows have no id" in err
    assert pd.read_parquet("out.parquet")["id"].tolist() == ["001", "002", "001", "", "002"]
    assert (json.loads(out)["repeated_ids"], json.loads(out)["blank_ids"]) == (2, 1)


def test_a_row_in_another_province_is_told(folder: Path):
    pd.concat([POINTS, POINTS[:1].assign(HID="006", Y=4_400_000)]).to_csv("far.csv", index=False)
    code, _, err = run("far.csv", *METRIC, "-o", "out.csv")
    assert code == 0
    assert "far.csv: 1 rows lie more than 50 km from the layer, first record 6 (id 006)" in err


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_an_empty_register_gives_an_empty_table(folder: Path, output: str):
    POINTS[:0].to_csv("none.csv", index=False)
    code, out, _ = run("none.csv", *METRIC, "-o", output)
    assert (code, out) == (0, f"0 points: none; 0 grids hit -> {output}\n")
    table = pd.read_parquet(output) if output.endswith("parquet") else pd.read_csv(output)
    assert list(table.columns) == ["id", "code", "method", "distance_m"]
    assert len(table) == 0


def test_ids_with_commas_and_quotes_survive_csv(folder: Path):
    names = ["1,2", 'say "no"', "两\n行", "'", "5"]
    POINTS.assign(HID=names).to_csv("odd.csv", index=False)
    run("odd.csv", *METRIC, "-o", "out.csv")
    assert pd.read_csv("out.csv", dtype=str)["id"].tolist() == names


def test_vector_file_says_its_crs_itself(folder: Path):
    rows = POINTS.iloc[:4]
    shapes = gpd.points_from_xy(rows["X"], rows["Y"])
    gpd.GeoDataFrame(rows[["HID"]], geometry=shapes, crs="EPSG:4547").to_file("points.gpkg")
    assert run("points.gpkg", "--layer", "layer.gpkg", "--id", "HID", "-o", "out.parquet")[0] == 0
    assert pd.read_parquet("out.parquet")["code"].tolist()[:3] == CODES[:3]


BUILDINGS = gpd.GeoDataFrame(
    {"HID": ["in", "most", "out", "none", "bow"]},
    geometry=[
        box(500_010, 3_700_110, 500_020, 3_700_120), box(500_070, 3_700_110, 500_110, 3_700_120),
        box(500_203, 3_700_050, 500_210, 3_700_060), None,
        Polygon([(500_080, 3_700_010), (500_120, 3_700_030), (500_120, 3_700_010), (500_080, 3_700_030)]),
    ],
    crs="EPSG:4547",
)  # fmt: skip
"""In the first grid; three quarters in it; 3 m outside; nowhere; crossing itself between the two lower grids."""


@pytest.mark.parametrize("name", ["b.gpkg", "b.shp", "b.parquet"])
def test_buildings_go_to_the_grid_with_the_largest_share(folder: Path, name: str):
    BUILDINGS.to_parquet(name) if name.endswith("parquet") else BUILDINGS.to_file(name)
    code, out, err = run(name, *METRIC[:4], "-o", "out.parquet", "--nearest", 5, "--json")
    table = pd.read_parquet("out.parquet")
    assert code == 0
    assert list(table.columns) == ["id", "code", "method", "distance_m", "share"]
    assert table["method"].tolist() == ["inside", "share", "nearest", "none", "share"]
    assert table["share"].round(9).tolist()[:2] == [1, 0.75]
    assert table["code"].tolist()[:2] == [CODES[0], CODES[0]]
    assert table["share"].isna().tolist() == [False, False, True, True, False]
    assert f"{name}: 1 areas cross themselves and were measured as repaired, first record 5 (id bow)" in err
    assert (json.loads(out)["share"], json.loads(out)["repaired"]) == (2, 1)


def test_buildings_in_another_datum_get_the_same_shares(folder: Path):
    BUILDINGS.to_file("b.gpkg")
    run("b.gpkg", *METRIC[:4], "-o", "metric.csv")
    moved = BUILDINGS.iloc[:4]
    moved = moved.set_geometry(shapely.transform(moved.geometry, lambda xy: np.column_stack(
        from_city(xy[:, 0], xy[:, 1], "GCJ-02", "EPSG:4547"))), crs="EPSG:4326")  # fmt: skip
    moved.to_parquet("gcj.parquet")
    assert run("gcj.parquet", *METRIC[:4], "--crs", "GCJ-02", "-o", "gcj.csv")[0] == 0
    metric, gcj = (pd.read_csv(name, dtype={"code": str})[:4] for name in ("metric.csv", "gcj.csv"))
    pd.testing.assert_frame_equal(metric, gcj, rtol=1e-6)


def test_datum_of_the_register_is_obeyed(folder: Path):
    lon, lat = from_city(POINTS["X"][:2], POINTS["Y"][:2], "GCJ-02", "EPSG:4547")
    pd.DataFrame({"HID": ["001", "002"], "X": lon, "Y": lat}).to_csv("gcj.csv", index=False)
    run("gcj.csv", *METRIC, "--crs", "GCJ-02", "-o", "out.parquet")
    assert pd.read_parquet("out.parquet")["code"].tolist() == CODES[:2]


def test_what_is_no_place_on_earth_among_degrees_is_told_as_unreadable(folder: Path):
    lon, lat = from_city(POINTS["X"][:4], POINTS["Y"][:4], "GCJ-02", "EPSG:4547")
    pd.DataFrame({"HID": list("abcd"), "X": [*lon[:3], 1e9], "Y": [*lat[:3], -1e300]}).to_csv("gcj.csv", index=False)
    _, _, err = run("gcj.csv", *METRIC, "--crs", "GCJ-02", "-o", "out.parquet")
    assert pd.read_parquet("out.parquet")["method"].tolist()[3] == "none"
    assert "gcj.csv: 1 of 4 rows have no readable coordinates, first record 4 (id d)" in err


def test_numeric_ids_become_text_without_a_point(folder: Path):
    POINTS.assign(HID=[1.0, 2.0, 3.5, 4.0, None]).to_parquet("points.parquet")
    run("points.parquet", *METRIC, "-o", "out.parquet")
    assert pd.read_parquet("out.parquet")["id"].tolist() == ["1", "2", "3.5", "4", ""]


def test_places_beside_the_layer_are_written_and_the_answer_is_no(folder: Path):
    POINTS.assign(X=POINTS["X"] + 9000).to_csv("beside.csv", index=False)
    code, _, err = run("beside.csv", *METRIC, "-o", "out.csv")
    assert code == 1
    assert "no point of beside.csv lies in the layer" in err
    assert answers("out.csv") == [None] * 5


def test_unreadable_coordinates_are_counted_and_the_first_is_named(folder: Path):
    table = pd.read_csv("points.csv", dtype=str)
    table.loc[1:2, "X"] = ["五十万", "500.100,0"]
    table.to_csv("typed.csv", index=False)
    code, _, err = run("typed.csv", *METRIC, "-o", "out.csv")
    assert code == 0
    assert "typed.csv: 3 of 5 rows have no readable coordinates, first record 2 (id 002)" in err


def test_columns_without_a_number_are_asked_about(folder: Path):
    pd.DataFrame({"HID": ["1"], "X": ["东"], "Y": ["北"]}).to_csv("words.csv", index=False)
    code, _, err = run("words.csv", *METRIC, "-o", "out.csv")
    assert code == 1
    assert "no point of words.csv lies in the layer: do --x and --y name its coordinates?" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nix.csv", *METRIC), "nix.csv: there is no such file"),
        (("points.csv", *METRIC[:-2]), "add --crs"),
        (("points.csv", *METRIC, "--crs", "EPSG:4610"), "Xi'an"),
        (("points.csv", *METRIC, "--id", "NR"), "no column NR"),
        (("points.csv", "--layer", "layer.gpkg", "--id", "HID", "--crs", "EPSG:4547"), "--x and --y"),
        (("broken.xlsx", *METRIC), "cannot be read as a table"),
        (("empty.csv", *METRIC), "cannot be read as a table"),
        (("long.xlsx", *METRIC), "more than 15 digits"),
        (("points.csv", *METRIC, "-o", "nowhere/out.csv"), "nowhere/out.csv cannot be written"),
        (("points.csv", *METRIC, "-o", "out.txt"), "ends in .parquet or .csv"),
        (("points.csv", *METRIC, "--x", "Y", "--y", "X"), "exchange --x and --y"),
        (("degrees.csv", *METRIC), "record 1: the coordinates are degrees (113.5, 33.6), but EPSG:4547 is metric"),
        (
            ("zone.csv", *METRIC),
            "zone.csv, record 1: read as EPSG:4547 only 0% of the points lie near the layer; they do ",
        ),
        (("far.csv", *METRIC), "record 1 (id 001): this and 3 more of 5 places lie more than 50 km from the layer"),
        (("science.csv", *METRIC), "science.csv, record 2: 3.70102E+11 in column 'HID' is a code that a spreadsheet"),
        (("short.csv", *METRIC), "Expected 3 columns, got 2"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(folder: Path, arguments: tuple[str, ...], words: str):
    Path("broken.xlsx").write_text("no workbook")
    Path("empty.csv").touch()
    POINTS.assign(HID=4.11102001001001e17).to_excel("long.xlsx", index=False)
    POINTS.assign(X=113.5, Y=33.6).to_csv("degrees.csv", index=False)
    POINTS.assign(X=POINTS["X"] + 38_000_000).to_csv("zone.csv", index=False)
    POINTS.assign(Y=POINTS["Y"] + 60_000).to_csv("far.csv", index=False)
    POINTS.assign(HID=["1", "3.70102E+11", "3", "4", "5"]).to_csv("science.csv", index=False)
    Path("short.csv").write_text("HID,X,Y\n1,2,3\n4,5\n")
    before = sorted(os.listdir())
    code, out, err = run(arguments[0], "-o", "out.csv", *arguments[1:])
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert sorted(os.listdir()) == before


def test_failure_leaves_the_old_output_alone(folder: Path, monkeypatch: pytest.MonkeyPatch):
    Path("out.csv").write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resumed.Work, "add", full)
    code, _, err = run("points.csv", *METRIC, "-o", "out.csv")
    assert code == 2
    assert "No space left" in err
    assert Path("out.csv").read_text() == "old"
    assert [name for name in os.listdir() if name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*METRIC, "-o", "points.csv"), "points.csv is the register itself and would be lost"),
        ((*METRIC, "-o", "./points.csv"), "is the register itself"),
        ((*METRIC[:4], "--x", "X", "--y", "X", *METRIC[8:], "-o", "out.csv"), "--x and --y both name the column X"),
        (
            (*METRIC[:8], "--crs", "GCJ-02", "-o", "out.csv"),
            "record 1: 500050, 3700150 are no degrees, but GCJ-02 is in degrees; EPSG:4547",
        ),
    ],
)
def test_what_could_only_be_a_slip_is_refused_and_the_register_stays(
    folder: Path, arguments: tuple[str, ...], words: str
):
    before = (folder / "points.csv").read_bytes()
    code, out, err = run("points.csv", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert (folder / "points.csv").read_bytes() == before
    assert not (folder / "out.csv").exists()
