"""``gridgeo export`` writes what is selected in the format of the ending, as a whole file or not at all."""

import json
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import small_city
from exported import grids
from typer.testing import CliRunner, Result

from gridgeo.cli.main import app
from gridgeo.jobs.export import FILES, export_layer
from gridgeo.store.base import init_store, open_store


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer.gpkg with two streets."""
    file = tmp_path / "layer.gpkg"
    table = grids()
    streets = ["沙北街道", "沙北街道", "老街街道", "老街街道"]
    table.to_file(file, layer="grid")
    small_city.communities_of(table).assign(street=streets, county="郾城区").to_file(file, layer="community")
    return file


@pytest.fixture
def store(gpkg_url: str) -> str:
    """A store with version 1."""
    with init_store(gpkg_url) as opened:
        opened.publish_first(small_city.publication_of(), by="tester")
    return gpkg_url


@pytest.mark.parametrize("kind", FILES)
def test_the_ending_says_what_the_selection_becomes(layer: Path, tmp_path: Path, kind: str):
    out = tmp_path / f"网格.{kind}"
    result = run("--layer", layer, "-o", out, "--street", "老街街道", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["grids"], told["communities"], told["size_bytes"]) == (4, 2, out.stat().st_size)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["layer.gpkg", out.name]


def test_selections_of_one_kind_add_up_and_of_several_narrow(layer: Path, tmp_path: Path):
    out = tmp_path / "x.gpkg"
    run("--layer", layer, "-o", out, "--street", "老街街道", "--street", "沙北街道", "--kind", "exclusive")
    assert pyogrio.read_dataframe(out, layer="grid")["code"].tolist() == ["411102001004002"]


def test_table_layer_and_store_have_the_same_numbers(store: str, tmp_path: Path):
    for kind in ("xlsx", "gpkg"):
        assert run("--store", store, "-o", tmp_path / f"x.{kind}").exit_code == 0
    with open_store(store) as opened:
        stored = opened.grids(1).sort_values("code")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["网格表"]
    header = [cell.value for cell in sheet[3]]
    rows = [dict(zip(header, values, strict=True)) for values in sheet.iter_rows(4, 7, values_only=True)]
    mapped = pyogrio.read_dataframe(tmp_path / "x.gpkg", layer="grid")
    for column, title in (("code", "网格编码"), ("households", "户数"), ("population", "人口")):
        assert stored[column].tolist() == mapped[column].tolist() == [row[title] for row in rows]
    assert sheet["A1"].value == "漯河市城市管理网格"
    assert "版本：V1" in sheet["A2"].value


def test_a_recipe_gives_classes_title_and_review_number(layer: Path, tmp_path: Path):
    recipe = tmp_path / "own.toml"
    recipe.write_text(
        'title = "企业"\nmeasure = "enterprises"\nbreaks = [1]\n[footer]\nreview_number = "豫S（2026）012号"\n'
    )
    assert run("--layer", layer, "-o", tmp_path / "x.xlsx", "--recipe", recipe).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book["图例与汇总"]["A1"].value == "每格企业数（家）"
    assert "审图号：豫S（2026）012号" in book["网格表"]["A2"].value


def test_the_name_of_a_map_may_stand_in_the_file_name(layer: Path, tmp_path: Path):
    code = "411102001001001"
    result = run("--layer", layer, "-o", tmp_path / "{name}.csv", "--code", code)
    assert (tmp_path / "城市管理网格（411102 001 001 001）_内部.csv").is_file(), result.output
    assert "1 grid, " in result.stdout


def test_an_empty_file_is_called_empty(tmp_path: Path):
    (tmp_path / "none.gpkg").touch()
    result = run("--layer", tmp_path / "none.gpkg", "-o", tmp_path / "x.csv")
    assert (result.exit_code, "is empty: it has 0 bytes" in result.stderr) == (2, True)


def test_a_script_may_say_one_text_or_several(layer: Path, tmp_path: Path):
    assert export_layer(tmp_path / "x.csv", layer=layer, street="老街街道").grids == 4
    assert export_layer(tmp_path / "x.csv", layer=layer, community=("411102001001", "411102001002")).grids == 4


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--layer", "LAYER", "-o", "OUT.shp"], 2, "write OUT.zip"),
        (["--layer", "LAYER", "-o", "OUT.docx"], 2, "gpkg, zip, geojson, pmtiles, xlsx, csv"),
        (["--layer", "LAYER", "-o", "OUT"], 2, "the ending must be one of"),
        (["--layer", "LAYER", "-o", "nofolder/OUT.csv"], 2, "there is no folder nofolder; make it first"),
        (["--layer", "LAYER", "-o", "OUT.csv", "--street", "老街"], 1, "it has 老街街道"),
        (["--layer", "LAYER", "-o", "OUT.csv", "--street", "老街街道", "--code", "411102001001001"], 2, "no grid is"),
        (["--layer", "LAYER", "-o", "OUT.csv", "--at", "2026-01-01"], 2, "needs a store"),
        (["--layer", "none.gpkg", "-o", "OUT.csv"], 2, "no such file"),
        (["--layer", "LAYER", "-o", "OUT.csv", "--recipe", "nosuch"], 1, "no map recipe"),
        (["--store", "gpkg:///nowhere/x.gpkg", "-o", "OUT.csv"], 7, "there is no store"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence_and_nothing_is_left(
    layer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], exit_code: int, words: str
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    result = run(*(str(layer) if argument == "LAYER" else argument for argument in arguments))
    assert result.exit_code == exit_code, result.output
    assert result.stderr.startswith("gridgeo: ")
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_format_that_cannot_hold_a_name_leaves_the_former_file(layer: Path, tmp_path: Path):
    out = tmp_path / "x.zip"
    assert run("--layer", layer, "-o", out).exit_code == 0
    before = out.read_bytes()
    table = grids().assign(full_name="𠮷网格")
    table.to_file(layer, layer="grid")
    result = run("--layer", layer, "-o", out)
    assert result.exit_code == 2
    assert "𠮷" in result.stderr
    assert out.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["layer.gpkg", "x.zip"]
