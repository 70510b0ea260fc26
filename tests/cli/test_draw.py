"""``gridgeo map`` draws from a store or a layer file, and writes a whole file or none."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
import small_city
from typer.testing import CliRunner, Result

from gridgeo.cli.main import app
from gridgeo.jobs.draw import draw_map
from gridgeo.store.base import init_store

HEADS = {
    "html": b"<!DOCTYPE html>", "png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "xlsx": b"PK", "zip": b"PK",
    "csv": b"\xef\xbb\xbf", "gpkg": b"SQLite", "geojson": b"{", "pmtiles": b"PMTiles",
}  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["map", *map(str, arguments)])


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer.gpkg as a merge writes it."""
    file = tmp_path / "layer.gpkg"
    grids = small_city.grids_of()
    grids.to_file(file, layer="grid")
    small_city.communities_of(grids).to_file(file, layer="community")
    return file


@pytest.fixture
def store(gpkg_url: str) -> str:
    """A store with version 1."""
    with init_store(gpkg_url) as opened:
        opened.publish_first(small_city.publication_of(), by="tester")
    return gpkg_url


@pytest.mark.parametrize("kind", HEADS)
def test_the_ending_says_what_the_map_becomes(layer: Path, tmp_path: Path, kind: str):
    out = tmp_path / f"覆盖图.{kind}"
    result = run("coverage", "--layer", layer, "-o", out)
    assert result.exit_code == 0, result.output
    assert out.read_bytes().lstrip().startswith(HEADS[kind])
    assert "4 grids" in result.stdout
    assert (" page" in result.stdout) == (kind == "pdf")


def test_a_script_may_name_files_as_text(layer: Path, tmp_path: Path):
    drawn = draw_map("coverage", str(tmp_path / "map.html"), layer=str(layer))
    assert drawn.file.is_file()
    assert drawn.grids == 4


def test_a_map_from_a_store_carries_city_and_version(store: str, tmp_path: Path):
    out = tmp_path / "map.html"
    result = run("coverage", "--store", store, "-o", out, "--json")
    answer = json.loads(result.stdout)
    assert answer["title"] == "漯河市城市管理网格覆盖图"
    assert answer["version"].startswith("V1（")
    assert answer["size_bytes"] == out.stat().st_size
    page = out.read_text("utf-8")
    assert "<h1>漯河市城市管理网格覆盖图</h1>" in page
    assert f"版本：{answer['version']}" in page


def test_a_layer_file_brings_its_city_and_its_rules(layer: Path, tmp_path: Path):
    about = pd.DataFrame({"key": ["city", "rules"], "value": ["漯河市", '{"households": [100, 200]}']})
    pyogrio.write_dataframe(about, layer, layer="about", driver="GPKG")
    answer = json.loads(run("workload", "--layer", layer, "-o", tmp_path / "map.html", "--json").stdout)
    assert answer["title"] == "漯河市城市管理网格负荷图"
    assert "201及以上　高于上限" in (tmp_path / "map.html").read_text("utf-8")


def test_a_store_brings_its_rules(gpkg_url: str, tmp_path: Path):
    with init_store(gpkg_url) as opened:
        opened.publish_first(replace(small_city.publication_of(), rules={"households": [100, 200]}), by="tester")
    run("workload", "--store", gpkg_url, "-o", tmp_path / "map.html")
    assert "201及以上　高于上限" in (tmp_path / "map.html").read_text("utf-8")


def test_a_store_and_a_layer_file_give_the_same_drawing(store: str, layer: Path, tmp_path: Path):
    drawings = []
    for source in (("--store", store), ("--layer", layer)):
        run("coverage", *source, "-o", tmp_path / "map.html")
        lines = (tmp_path / "map.html").read_text("utf-8").splitlines()
        drawings.append([line for line in lines if line.lstrip().startswith("gg.")])
    assert drawings[0] == drawings[1] != []


def test_a_day_before_the_first_version_is_answered_with_no(store: str, tmp_path: Path):
    result = run("coverage", "--store", store, "--at", "1999-01-01", "-o", tmp_path / "map.html")
    assert result.exit_code == 1
    assert not (tmp_path / "map.html").exists()


def test_an_own_recipe_is_taken_by_its_path(layer: Path, tmp_path: Path):
    recipe = tmp_path / "own.toml"
    recipe.write_text('title = "企业分布"\nmeasure = "enterprises"\nbreaks = [1]\n', "utf-8")
    run(recipe, "--layer", layer, "-o", tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text("utf-8")
    assert "<caption>每格企业数（家）</caption>" in page
    assert "1及以上" in page


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["nosuch", "--layer", "LAYER", "-o", "OUT.png"], 1, "known: agency, atlas, card, change, coverage"),
        (["coverage", "--layer", "LAYER", "-o", "OUT.jpg"], 2, "html, png, pdf, svg, gpkg"),
        (["coverage", "--layer", "none.gpkg", "-o", "OUT.png"], 2, "no such file"),
        (["coverage", "--layer", "LAYER", "--store", "x.gpkg", "-o", "OUT.png"], 2, "one of the two"),
        (["coverage", "--layer", "LAYER", "--at", "2026-01-01", "-o", "OUT.png"], 2, "needs a store"),
        (["coverage", "--store", "gpkg:///nowhere/x.gpkg", "-o", "OUT.png"], 7, "there is no store"),
        (
            ["missing.toml", "--layer", "LAYER", "-o", "OUT.png"],
            2,
            "missing.toml cannot be read: there is no such file",
        ),
        (["coverage", "--layer", "LAYER", "-o", "nofolder/OUT.png"], 2, "cannot be written"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence_and_nothing_is_written(
    layer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], exit_code: int, words: str
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    result = run(*(str(layer) if argument == "LAYER" else argument for argument in arguments))
    assert result.exit_code == exit_code
    assert result.stderr.startswith("gridgeo: ")
    assert words in result.stderr
    assert "Errno" not in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(tmp_path.iterdir()) == before


# ------------------------------------------------------- kinds of maps ----


@pytest.fixture
def merged(gpkg_url: str) -> str:
    """A store whose layer two agencies' grids were merged into, with findings."""
    grids = small_city.grids_of()
    party = small_city.agency_grids_of(grids)
    both = pd.concat([party, party.assign(agency="legal", agency_name="政法网格")], ignore_index=True)
    with init_store(gpkg_url) as opened:
        opened.publish_first(small_city.publication_of(agency_grids=both), by="tester")
    return gpkg_url


@pytest.mark.parametrize("kind", ["png", "html"])
@pytest.mark.parametrize("recipe", ["coverage", "workload", "findings", "responsibility", "agency"])
def test_every_kind_of_map_is_drawn_for_paper_and_screen(merged: str, tmp_path: Path, recipe: str, kind: str):
    out = tmp_path / f"map.{kind}"
    result = run(recipe, "--store", merged, "--agency", "party", "--dpi", 60, "-o", out)
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(HEADS[kind])


def test_a_map_of_an_agency_bears_its_name(merged: str, tmp_path: Path):
    result = run("agency", "--store", merged, "--agency", "legal", "-o", tmp_path / "map.svg")
    assert "漯河市政法网格对照图" in result.stdout
    assert "政法网格原界线" in drawn_text(tmp_path / "map.svg")


def drawn_text(svg: Path) -> str:
    """The description of a drawing."""
    return svg.read_text("utf-8").partition("</desc>")[0]


@pytest.mark.parametrize(
    ("agency", "code", "said"),
    [
        ((), 2, "grids of several agencies; name the key of one with --agency: legal（政法网格）、party（党建网格）"),
        (("--agency", "urban"), 1, "knows no agency 'urban'; it knows legal（政法网格）、party（党建网格）"),
    ],
)
def test_the_agency_is_one_that_is_there(merged: str, tmp_path: Path, agency: tuple[str, ...], code: int, said: str):
    result = run("agency", "--store", merged, *agency, "-o", tmp_path / "map.png")
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "map.png").exists()


def test_a_layer_without_the_agencies_grids_says_to_merge_again(store: str, layer: Path, tmp_path: Path):
    for source in (("--store", store), ("--layer", layer)):
        result = run("agency", *source, "-o", tmp_path / "map.png")
        assert result.exit_code == 1
        assert "run gridgeo merge again" in " ".join(result.stderr.split())


def test_findings_alone_are_no_map(tmp_path: Path):
    file = tmp_path / "findings.gpkg"
    small_city.publication_of().findings.to_file(file, layer="finding")
    result = run("findings", "--layer", file, "-o", tmp_path / "map.png")
    assert result.exit_code == 2
    assert "no grids to draw findings over" in " ".join(result.stderr.split())


def test_what_measures_nothing_with_rules_calls_no_grid_too_small(merged: str, tmp_path: Path):
    result = run("workload", "--store", merged, "--measure", "enterprises", "-o", tmp_path / "map.svg")
    assert result.exit_code == 0, result.output
    assert "每格企业数，未设企业数规则" in drawn_text(tmp_path / "map.svg")


def test_a_map_of_changes_needs_two_versions(store: str, tmp_path: Path):
    result = run("change", "--store", store, "--since", 1, "--at", 1, "-o", tmp_path / "map.png")
    assert result.exit_code == 2
    assert "--since and --at both mean version 1" in " ".join(result.stderr.split())
    assert not (tmp_path / "map.png").exists()
