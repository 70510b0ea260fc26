"""``gridgeo locate``: one question on the command line, from a file and from a store."""

import json
from pathlib import Path

import pytest
import small_city
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.store.base import init_store

GRIDS = small_city.grids_of()


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["locate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    path = tmp_path / "layer.gpkg"
    GRIDS.to_file(path, layer="grid")
    small_city.communities_of(GRIDS).to_file(path, layer="community")
    return path


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"gpkg://{tmp_path / 'store.gpkg'}"
    with init_store(made) as store:
        store.publish_first(small_city.publication_of(), by="test")
    return made


def test_coordinate_in_a_layer_file_names_its_grid(layer: Path):
    code, out, _ = run("500150,3700150", "--layer", layer)
    assert code == 0
    assert out.splitlines()[0] == "sure  411102001002001  沙北街道 / 沙北街道第2社区 / 第1网格"


def test_store_and_file_give_the_same_answer_but_for_its_age(layer: Path, url: str):
    by_file, by_store = (
        json.loads(run("500150,3700150", "--json", *where)[1]) for where in (("--layer", layer), ("--store", url))
    )
    assert (by_file["version"], by_file["as_of"]) == (None, None)
    assert by_store["version"] == 1
    assert {**by_file, "version": 1, "as_of": by_store["as_of"]} == by_store


def test_store_is_taken_from_the_environment(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGEO_STORE", url)
    assert run("411102001001002")[0] == 0


def test_store_of_another_day_is_asked_for_that_day(url: str):
    code, _, err = run("411102001001002", "--store", url, "--at", "1999-01-01")
    assert code == 1
    assert "1999-01-01" in err


@pytest.mark.parametrize("query", ["人民路12号", "411102001009009", "500950,3700150", "-77.03,38.9"])
def test_question_without_a_single_grid_ends_with_one(query: str, layer: Path):
    code, out, err = run(query, "--layer", layer, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["code"] is None


def test_fault_is_shown_to_the_reader(layer: Path):
    _, out, _ = run("500100,3700100", "--layer", layer)
    assert "边界" in out


@pytest.mark.parametrize("query", ["0,0", "116.404,39.915", "39.915,116.404"])
def test_place_far_outside_is_said_in_words(query: str, layer: Path):
    code, out, err = run(query, "--layer", layer)
    assert (code, err) == (1, "")
    assert out.startswith("outside")
    assert "该点不在本图层的任何网格内" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("1,2", "--layer", "nix.gpkg"), 2, "nix.gpkg: there is no such file"),
        (("1,2", "--store", "nix.gpkg"), 7, "gridgeo store init"),
        (("1,2", "--layer", "layer.gpkg", "--datum", "Beijing 1954"), 2, "Beijing 1954"),
        (("1,2", "--layer", "layer.gpkg", "--datum", "auto"), 2, "a number, CGCS2000, GCJ-02 or BD-09\n"),
        (("1,2", "--layer", "layer.gpkg", "--at", "2026-01-01"), 2, "without history"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[str, ...], code: int, words: str, layer: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(layer.parent)
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1
