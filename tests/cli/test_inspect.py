"""``gridgeo inspect``: findings of a small city in three files, nothing else changed."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from gridgeo.city import read_city
from gridgeo.cli.main import app
from gridgeo.jobs.inspect import inspect_city

CRS = "EPSG:4547"
CITY = """
[city]
name = "小城"
crs = "EPSG:4547"
layout = "plain"
precision_m = 0.001
[community]
file = "communities.gpkg"
code = "CODE"
name = "CODE"
[[agency]]
key = "urban"
name = "城管网格"
file = "urban.gpkg"
id = "ID"
crs = "EPSG:4547"
accuracy_m = 5
"""


def box(west, south, east, north):
    return shapely.box(500_000 + west, 3_700_000 + south, 500_000 + east, 3_700_000 + north)


@pytest.fixture
def city_file(tmp_path: Path) -> Path:
    communities = gpd.GeoDataFrame({"CODE": ["A", "B"]}, geometry=[box(0, 0, 400, 400), box(400, 0, 800, 400)], crs=CRS)
    communities.to_file(tmp_path / "communities.gpkg")
    shapes = [box(0, 0, 200, 400), box(200, 0, 400, 400), box(400, 0, 640, 400), box(600, 0, 800, 400)]
    gpd.GeoDataFrame({"ID": ["1", "2", "3", "4"]}, geometry=shapes, crs=CRS).to_file(tmp_path / "urban.gpkg")
    path = tmp_path / "city.toml"
    path.write_text(CITY, encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_overlap_is_in_all_three_files(city_file: Path):
    out = city_file.parent / "out"
    code, _, _ = run(city_file, "--out", out)
    assert code == 0
    table = gpd.read_file(out / "findings.gpkg", layer="finding")
    overlap = table[table["kind"] == "overlap"].iloc[0]
    assert overlap.geometry.area == pytest.approx(40 * 400)
    told = json.loads((out / "findings.json").read_text("utf-8"))
    assert {"agency": "urban", "kind": "overlap", "severity": "warning", "count": 1} in told["counts"]
    assert len(told["findings"]) == len(table)
    assert "城管网格" in (out / "findings.html").read_text("utf-8")


def test_inputs_stay_as_they_are_and_no_temporary_file_is_left(city_file: Path):
    before = {path.name: path.read_bytes() for path in city_file.parent.iterdir()}
    run(city_file, "--out", city_file.parent / "out")
    after = {path.name: path.read_bytes() for path in city_file.parent.iterdir() if path.is_file()}
    assert before == after
    written = sorted(path.name for path in (city_file.parent / "out").iterdir())
    assert written == ["findings.gpkg", "findings.html", "findings.json"]


def test_machines_get_counts_as_json(city_file: Path):
    code, stdout, _ = run(city_file, "--out", city_file.parent / "out", "--json")
    answer = json.loads(stdout)
    assert code == 0
    assert answer["findings"] == answer["error"] + answer["warning"] + answer["note"]
    assert {"agency": "urban", "kind": "overlap", "count": 1} in answer["kinds"]


def test_people_get_names_and_slugs(city_file: Path):
    _, stdout, _ = run(city_file, "--out", city_file.parent / "out")
    assert "城管网格 urban: " in stdout
    assert "重叠 overlap 1" in stdout
    assert re.search("findings: 错误 errors 0, 警告 warnings [1-9]", stdout)


def test_a_missing_file_is_one_sentence_and_exit_code_2(city_file: Path):
    (city_file.parent / "urban.gpkg").unlink()
    code, _, stderr = run(city_file, "--out", city_file.parent / "out")
    assert code == 2
    assert "urban.gpkg" in stderr
    assert "Traceback" not in stderr
    assert not (city_file.parent / "out").exists()


def test_an_output_folder_that_cannot_be_made_is_exit_code_2(city_file: Path):
    (city_file.parent / "out").write_text("a file", encoding="utf-8")
    code, _, stderr = run(city_file, "--out", city_file.parent / "out")
    assert code == 2
    assert "choose another folder" in stderr


def test_python_gets_the_same_findings(city_file: Path):
    findings = inspect_city(read_city(city_file))
    assert "overlap" in set(findings["kind"])
    assert findings.crs == CRS
