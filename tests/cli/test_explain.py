"""``gridgeo explain``: what a grid was made from, and why its borders are where they are."""

from __future__ import annotations

import json
from pathlib import Path

import drawn_city as drawn
import pytest
import small_city
from typer.testing import CliRunner

from gridgeo.city import Rules
from gridgeo.cli.main import app
from gridgeo.jobs.merge import MergeResult, merge_inputs, write_result
from gridgeo.jobs.publish import publish_merged
from gridgeo.store.base import init_store

FIRST, SECOND = f"{drawn.TOWN}001001", f"{drawn.TOWN}001002"
HOMES = ((0.5, 0.5, 150), (1.5, 0.5, 200), (2.5, 0.5, 200), (3.5, 0.5, 250))


@pytest.fixture(scope="module")
def merged() -> MergeResult:
    """
    +-----+-----+-----+-----+     party, the base, draws every square, legal two halves; 300 to 500 households,
    | 150 | 200 | 200 | 250 |     so the halves it is
    +-----+-----+-----+-----+
    """
    party = drawn.agency("party", drawn.squares(4, 1), base=True)
    urban = drawn.agency("urban", drawn.squares(4, 1))
    legal = drawn.agency("legal", [drawn.square(0, 0, 2, 1), drawn.square(2, 0, 2, 1)])
    rules = Rules(households=(300, 500), population_max=10**9)
    return merge_inputs(
        drawn.drawn([drawn.square(0, 0, 4, 1)], party, urban, legal, registers=drawn.households(*HOMES), rules=rules)
    )


@pytest.fixture(scope="module")
def folder(merged: MergeResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("merged")
    write_result(merged, place)
    publish_merged(merged, str(place / "store.gpkg"), by="li")
    return place


@pytest.fixture(params=["layer", "store"])
def source(request: pytest.FixtureRequest, folder: Path) -> list[str]:
    file = {"layer": "layer.gpkg", "store": "store.gpkg"}[request.param]
    return [f"--{request.param}", str(folder / file)]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["explain", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_planner_reads_what_it_was_made_from_what_was_overruled_and_whether_it_is_proven(source: list[str]) -> None:
    code, out, _ = run(FIRST, *source)
    assert code == 0
    assert "350 户" in out
    assert "规则 300–500 户，合规" in out
    assert "承接party网格 PARTY1：200 户留下，划出 0 户，划入 150 户（来自 PARTY0 150 户）" in out
    assert "PARTY1 占面积 50%、户数 57%" in out
    assert f"与 {SECOND} 第1社区第二网格：100 米，party、urban、legal在此划界。" in out
    assert "100 米，party、urban在此划界，为户数规则而取消（否则会有网格为 150 户，规则 300–500 户）" in out
    assert "未采纳的意见折合 66.7 米" in out or "未采纳的意见折合 67 米" in out
    assert "已证明最优" in out


def test_machines_get_the_same_from_the_file_and_from_the_store(folder: Path) -> None:
    told = [run(FIRST, "--json", f"--{kind}", str(folder / f"{kind}.gpkg"))[1] for kind in ("layer", "store")]
    assert json.loads(told[0]) == json.loads(told[1])
    account = json.loads(told[0])
    assert [(row["why"], row["length_m"]) for row in account["dropped"]] == [("size", 100.0)]
    assert account["base"]["came_from"] == [{"source_id": "PARTY0", "households": 150}]
    assert account["solved"] == {"status": "optimal", "gap": 0.0, "violation": ""}


def test_reasons_json_holds_the_account_of_every_grid(folder: Path) -> None:
    every = json.loads((folder / "reasons.json").read_text(encoding="utf-8"))
    assert list(every) == [FIRST, SECOND]
    assert every[FIRST] == json.loads(run(FIRST, "--json", "--layer", str(folder / "layer.gpkg"))[1])


def test_both_neighbours_tell_the_same_of_their_border(folder: Path) -> None:
    every = json.loads((folder / "reasons.json").read_text(encoding="utf-8"))
    one = next(row for row in every[FIRST]["kept"] if row["other"] == SECOND)
    two = next(row for row in every[SECOND]["kept"] if row["other"] == FIRST)
    assert {**one, "other": None, "other_name": None} == {**two, "other": None, "other_name": None}


def test_blanks_in_a_code_do_not_matter(source: list[str]) -> None:
    assert run(f"{FIRST[:9]} {FIRST[9:]}", *source)[0] == 0


def test_an_unknown_code_is_one_sentence_and_exit_code_1(source: list[str]) -> None:
    code, out, err = run("411102001001' OR '1'='1", *source)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "has no grid 411102001001'OR'1'='1" in err


def test_a_file_without_origin_is_refused(tmp_path: Path) -> None:
    small_city.grids_of().to_file(tmp_path / "other.gpkg", layer="grid")
    code, _, err = run(FIRST, "--layer", str(tmp_path / "other.gpkg"))
    assert code == 2
    assert "name the layer.gpkg that `gridgeo merge` wrote" in err


def test_a_layer_that_was_not_merged_here_has_no_reasons(tmp_path: Path) -> None:
    url = str(tmp_path / "store.gpkg")
    with init_store(url) as store:
        store.publish_first(small_city.publication_of(), by="li")
    code, out, _ = run(FIRST, "--store", url)
    assert code == 0
    assert "没有边界理由可查" in out
