"""``gridgeo history`` and ``gridgeo diff``: what a code ever was, what changed between versions, and the way back."""

import csv
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import told_city
from told_city import A, B, C, D, E, F
from typer.testing import CliRunner, Result

from gridgeo.cli.main import app
from gridgeo.store.base import init_store, open_store


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(part) for part in arguments])


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"gpkg://{tmp_path / 'store.gpkg'}"
    with init_store(made) as store:
        told_city.publish(store)
    return made


def test_a_planner_reads_what_a_retired_code_was_and_what_there_is_now(url: str):
    done = run("history", E, "--store", url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"网格 {E} 已于第 3 版（2026-05-01 起）停用，现为 {F}" in done.stdout
    assert "第 2 版（2026-03-01 至 2026-04-30）：新设" in done.stdout
    assert f"第 2 版（2026-03-01）拆分（S） {A}，占本格面积 100%、户数 100%" in done.stdout
    assert f"第 3 版（2026-05-01）合并（M） {B}，占原格面积 100%、户数 100%" in done.stdout
    assert "拆分第1网格　李四 发布于" in done.stdout
    assert "草案 1（张三）" in done.stdout


def test_blanks_in_a_code_do_not_matter_and_options_may_come_first(url: str):
    first, second = run("history", "--store", url, E), run("history", f"{E[:6]} {E[6:]}", "--store", url)
    assert first.stdout == second.stdout != ""


def test_a_lock_is_told_with_its_days(url: str):
    assert "锁定：\n  · 2099-01-01 起：迁建中" in run("history", D, "--store", url).stdout


def test_a_code_that_was_never_given_is_a_no(url: str):
    done = run("history", "411102001001999", "--store", url)
    assert done.exit_code == 1
    assert "never had a grid 411102001001999" in done.stderr


def test_without_a_code_the_versions_are_listed_and_the_one_that_holds_is_marked(url: str):
    lines = run("history", "--store", url).stdout.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("第 5 版　2099-01-01 起")
    assert lines[1].startswith("第 4 版（现行）　2026-07-01 起")
    assert [one["holds"] for one in json.loads(run("history", "--store", url, "--json").stdout)][3:] == [True, False]


def test_a_rollback_publishes_the_inverse_and_keeps_what_was(url: str):
    done = run("history", "rollback", "v2", "--why", "试行结束", "--store", url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "published version 6, the same as version 2: holds from 2099-01-01" in done.stdout
    with open_store(url) as store:
        assert store.digest(6) == store.versions()[5].digest
        assert store.grids(6)["code"].tolist() == store.grids(2)["code"].tolist()
        assert F in store.grids(5)["code"].tolist()
    assert "原因：试行结束" in run("history", "--store", url).stdout.splitlines()[0]
    assert "恢复使用" in run("history", E, "--store", url).stdout


def test_a_rollback_to_what_the_layer_is_already_is_refused(url: str):
    done = run("history", "rollback", "5", "--why", "x", "--store", url)
    assert done.exit_code == 1
    assert "不会改变任何内容" in done.stderr
    run("history", "rollback", "1", "--why", "x", "--store", url)
    assert run("history", "rollback", "1", "--why", "x", "--store", url).exit_code == 1
    with open_store(url) as store:
        assert len(store.versions()) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("9", "--why", "x"), 1, "there is no version 9; known versions: 1 from 2026-01-01"),
        (("1", "--why", " "), 2, "say why"),
        (("1", "--why", "x", "--effective", "2026-02-30"), 2, "is no day"),
        (("1", "--why", "x", "--effective", "2026-12-01"), 2, "version 5 holds from 2099-01-01"),
    ],
)
def test_a_rollback_that_cannot_be_is_one_sentence(url: str, arguments: tuple[str, ...], code: int, words: str):
    done = run("history", "rollback", *arguments, "--store", url)
    assert done.exit_code == code
    assert words in done.stderr


def test_a_difference_is_a_table_of_what_changed(url: str):
    out = run("diff", "1", "2026-08-01", "--store", url).stdout
    assert "第 1 版 → 第 4 版：3 个网格有变更，1 户、3 人换格，划转土地 0.60 公顷" in out
    assert f"{F}  新设" in out
    assert C not in out


def test_a_difference_tells_where_ground_and_households_went(url: str):
    told = json.loads(run("diff", "1", "5", "--store", url, "--json").stdout)
    rows = {row["code"]: row for row in told["grids"]}
    assert list(rows) == [A, B, F, C, D]
    assert rows[A]["became"][0] == "边界调整"
    assert (rows[A]["went_to"], rows[A]["left_households"]) == ([F], 1)
    assert (rows[F]["became"], rows[F]["came_from"], rows[F]["households_before"]) == (["新设"], [A], None)
    assert rows[C]["became"] == ["更名（第2社区第1网格 → 沙北街道第2社区河畔网格）"]
    assert rows[D]["became"] == ["锁定（迁建中）"]
    assert told["moved"] == {"places": 1, "households": 1, "population": 3, "area_m2": 6000.0}


def test_a_difference_the_other_way_round_is_the_inverse(url: str):
    rows = json.loads(run("diff", "4", "3", "--store", url, "--json").stdout)["grids"]
    assert [(row["code"], row["became"][0]) for row in rows] == [(B, "边界调整"), (F, "停用")]


def test_nothing_is_different_between_a_version_and_itself(url: str):
    assert json.loads(run("diff", "2", "v2", "--store", url, "--json").stdout)["grids"] == []


def test_the_geopackage_holds_outlines_ground_and_places(url: str, tmp_path: Path):
    out = tmp_path / "diff.gpkg"
    assert run("diff", "1", "4", "-o", out, "--store", url).exit_code == 0
    layers = {name: gpd.read_file(out, layer=name) for name in ("before", "after", "moved_ground", "moved_places")}
    assert layers["before"]["code"].tolist() == [A, B]
    assert layers["after"]["code"].tolist() == [A, B, F]
    ground = layers["moved_ground"]
    assert ground[["code_before", "code_after", "area_m2"]].to_numpy().tolist() == [[A, F, 6000.0]]
    assert shapely.equals(ground.geometry[0], shapely.box(500040, 3700100, 500100, 3700200))
    assert layers["moved_places"]["id"].tolist() == ["H000000"]


def test_tables_keep_codes_as_text(url: str, tmp_path: Path):
    for name in ("diff.csv", "diff.xlsx", "diff.json"):
        assert run("diff", "1", "4", "-o", tmp_path / name, "--store", url).exit_code == 0
    with (tmp_path / "diff.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == [A, B, F]
    sheets = pd.read_excel(tmp_path / "diff.xlsx", sheet_name=None, dtype=object, engine="openpyxl")
    assert list(sheets) == ["网格变更", "划转地块", "划转住户与单位"]
    assert sheets["网格变更"]["网格编码"].tolist() == [A, B, F]
    assert json.loads((tmp_path / "diff.json").read_text("utf-8"))["after"]["seq"] == 4


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_a_map_of_changes_has_a_legend_of_them(url: str, tmp_path: Path, ending: str):
    out = tmp_path / f"diff.{ending}"
    assert run("diff", "1", "4", "-o", out, "--store", url).exit_code == 0
    page = out.read_text("utf-8")
    if ending == "html":
        for words in ("漯河市城市管理网格变更图（第 1 版 → 第 4 版）", "原网格界（已取消）", "划转的地块", "边界调整"):
            assert words in page
        assert "stroke-dasharray" in page  # the sample of a former border in the legend


def test_an_unknown_ending_is_refused_before_anything_is_compared(tmp_path: Path):
    done = run("diff", "1", "2", "-o", tmp_path / "diff.docx", "--store", tmp_path / "no.gpkg")
    assert done.exit_code == 2
    assert "the ending must be one of json, csv, xlsx, gpkg" in done.stderr


def test_the_recipe_of_changes_needs_two_versions(url: str, tmp_path: Path):
    done = run("map", "change", "-o", tmp_path / "x.html", "--store", url)
    assert done.exit_code == 2
    assert "needs the version to compare with: --since" in done.stderr


@pytest.mark.parametrize(("at", "code"), [("1", A), ("2026-04-01", E), ("v3", B), ("4", F)])
def test_a_place_is_located_as_it_was(url: str, at: str, code: str):
    assert run("locate", "500070,3700150", "--store", url, "--at", at).stdout.startswith(f"sure  {code}")


def test_a_retired_code_is_located_by_its_successors(url: str):
    done = run("locate", E, "--store", url)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1:] == [
        f"  网格 {E} 已于第 3 版（2026-05-01 起）停用，现为 {F}",
        f"  {F}  沙北街道第1社区第四网格  面积 100%，户数 100%，2026-07-01 起",
    ]


def test_a_register_is_assigned_as_of_a_version(url: str, tmp_path: Path):
    (tmp_path / "p.csv").write_text("id,x,y\n1,500070,3700150\n", "utf-8")
    for at, code in (("1", A), ("3", B)):
        done = run("assign", tmp_path / "p.csv", "-o", tmp_path / "o.csv", "--x", "x", "--y", "y", "--crs", "EPSG:4547",
                   "--store", url, "--at", at)  # fmt: skip
        assert done.exit_code == 0, done.stderr
        assert code in (tmp_path / "o.csv").read_text("utf-8")


def test_explaining_a_redrawn_grid_says_which_version_drew_it(url: str):
    out = run("explain", F, "--store", url).stdout
    assert "自第 4 版（2026-07-01 起）按“再拆分”划定，由李四发布" in out
    assert "并非由本程序合并而成" in run("explain", A, "--store", url, "--at", "1").stdout
    gone = run("explain", E, "--store", url)
    assert gone.exit_code == 1
    assert f"现为 {F}" in gone.stderr


def test_a_store_is_proven_on_the_command_line(url: str):
    done = run("store", "verify", url)
    assert done.exit_code == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["chain", "proven:"],
        ["spans", "proven:"],
        ["ledger", "proven:"],
        ["certificate", "proven:"],
    ]
    assert json.loads(run("store", "verify", url, "--json").stdout)["holds"] is True
