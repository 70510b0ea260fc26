"""``gridgeo register`` and ``gridgeo places`` as planners use them, with good files and bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import small_city
import told_city
from told_city import A, B, C
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.people import add_account, make_user
from gridgeo.store.base import init_store, open_store
from gridgeo.store.people import People

FIRM, OTHER = "91350100M000100Y43", "91110108551385082Q"


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"gpkg://{tmp_path / 'store.gpkg'}"
    with init_store(address) as store:
        told_city.publish_first(store)
        for name, role in (("王", "dispatcher"), ("赵", "planner")):
            add_account(People(store), make_user(name, role), None, by="tester")
    return address


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    path = tmp_path / "企业.csv"
    path.write_text(
        "统一社会信用代码,名称,法人电话,经营地址,注册地址,经度,纬度,注册经度,注册纬度\n"
        f"{FIRM},漯河一厂,13812345678,太行路9号,黄河路1号,500050,3700150,500150,3700050\n"
        f"{OTHER},漯河二厂,13900001111,,黄河路1号,,,500050,3700050\n"
        "91350100M000100Y44,错码厂,1,,,500050,3700150,,\n",
        encoding="gb18030",
    )
    return path


COLUMNS = {
    "--id": "统一社会信用代码", "--x": "经度", "--y": "纬度", "--address": "经营地址",
    "--registered-address": "注册地址",
    "--registered-x": "注册经度", "--registered-y": "注册纬度", "--name": "名称", "--phone": "法人电话",
}  # fmt: skip
OPTIONS = ["--kind", "enterprise", "--crs", small_city.CRS, *(word for pair in COLUMNS.items() for word in pair)]


def run(*arguments: Any, user: str = "王") -> Any:
    return CliRunner().invoke(app, [str(one) for one in arguments], env={"GRIDGEO_USER": user})


def test_a_register_is_loaded_and_the_refused_rows_are_told(url, firms):
    result = run("register", "load", firms, *OPTIONS, "--store", url)
    assert result.exit_code == 1, result.output
    assert "登记 1：3 条，新增 2，变更 0，不变 0，注销 0，重复合并 0，未载入 1" in result.stdout
    assert "落在网格内 1，没有可用坐标 1" in result.stdout
    assert "第 3 条：统一社会信用代码“91350100M000100Y44”：第 18 位校验码应为“3”" in result.stdout
    assert "1 of 3 rows were refused" in result.stderr


def test_the_grid_follows_where_it_works_and_the_registered_place_only_where_it_is_said(url, firms):
    result = run("register", "load", firms, *OPTIONS, "--use-registered", "--store", url)
    assert "其中 1 条没有经营地坐标，按 --use-registered 以注册地定位" in result.stdout
    told = json.loads(run("places", A, "--kind", "enterprise", "--store", url, "--json").stdout)
    assert [one["id"] for one in told["places"]] == [FIRM]
    assert "（以注册地定位）" in run("places", B, "--store", url).stdout
    assert OTHER not in run("places", C, "--store", url).stdout


def test_rows_that_contradict_each_other_are_told_once(url, firms):
    again = f"{FIRM},漯河一厂,13812345678,太行路10号,黄河路1号,500050,3700150,500150,3700050\n"
    firms.write_text(firms.read_text(encoding="gb18030") + again, encoding="gb18030")
    result = run("register", "load", firms, *OPTIONS, "--store", url)
    assert result.stdout.count(f"编号“{FIRM}”出现在第 1、4 条，经营（居住）地址不一致，均未载入") == 1
    taken = run("register", "load", firms, *OPTIONS, "--last-wins", "--store", url)
    assert f"编号“{FIRM}”出现在第 1、4 条，经营（居住）地址不一致，按 --last-wins 采用第 4 条" in taken.stdout
    assert "太行路10号" in run("register", "history", FIRM, "--store", url).stdout


def test_the_same_file_again_changes_nothing(url, firms):
    run("register", "load", firms, *OPTIONS, "--store", url)
    result = run("register", "load", firms, *OPTIONS, "--store", url)
    assert "没有变化，未写入：3 条，新增 0，变更 0，不变 2" in result.stdout


def test_names_and_telephone_numbers_are_masked_unless_the_role_allows_and_that_is_noted(url, firms):
    run("register", "load", firms, *OPTIONS, "--store", url)
    shown = run("places", A, "--store", url).stdout + run("register", "history", FIRM, "--store", url).stdout
    assert "138****5678" in shown
    assert "13812345678" not in shown
    whole = run("places", A, "--personal", "--store", url).stdout
    assert "13812345678" in whole
    assert "13812345678" in run("register", "history", FIRM, "--personal", "--store", url).stdout
    with open_store(url) as store:
        assert audit_store(store).holds
        with store.backend.reading() as connection:
            rows = connection.exec_driver_sql("SELECT actor, what FROM audit WHERE act = 'read_personal'").all()
    assert [tuple(row) for row in rows] == [("王", f"grid {A}"), ("王", "history of a place")]


@pytest.mark.parametrize(
    ("user", "says"), [("赵", "may not read personal data"), ("无名", "no enabled account '无名'")]
)
def test_who_may_not_read_personal_data_is_refused(url, firms, user, says):
    run("register", "load", firms, *OPTIONS, "--store", url)
    result = run("places", A, "--personal", "--store", url, user=user)
    assert (result.exit_code, "13812345678" in result.output) == (9, False)
    assert says in result.stderr


def test_counts_stand_beside_what_was_published(url, firms):
    run("register", "load", firms, *OPTIONS, "--store", url)
    told = run("register", "counts", A, "--store", url).stdout.splitlines()
    assert told == [f"{A}　enterprise　1 条，计 1（发布时 0）", f"{A}　household　1 条，计 1（发布时 300），3 人"]
    assert "不属任何网格　enterprise　2 条" in run("register", "counts", "--store", url).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--kind", "shop"], "'shop' is no kind of place; choose one of household, enterprise, building"),
        (["--kind", "household", "--id", "编号"], "no column '编号'"),
        (["--kind", "enterprise", "--id", "统一社会信用代码", "--x", "经度", "--y", "纬度"], "add --crs"),
        (["--kind", "enterprise", "--id", "统一社会信用代码", "--x", "经度"], "name both coordinate columns"),
        (["--kind", "enterprise", "--id", "统一社会信用代码", "--crs", "EPSG:4547"], "name its coordinate columns"),
    ],
)
def test_wrong_use_is_one_sentence(url, firms, arguments, says):
    result = run("register", "load", firms, *arguments, "--store", url)
    assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_file_an_unknown_id_and_an_unknown_grid_are_one_sentence(url, tmp_path):
    gone = run("register", "load", tmp_path / "nowhere.csv", *OPTIONS, "--store", url)
    assert (gone.exit_code, "nowhere.csv" in gone.stderr) == (2, True)
    assert "ever named 'X'" in run("register", "history", "X", "--store", url).stderr
    result = run("places", "411102001001099", "--store", url)
    assert (result.exit_code, "has no grid 411102001001099" in result.stderr) == (1, True)


# ------------------------------------------------- coordinates that cannot be meant ----


def homes(folder: Path, text: str) -> Path:
    path = folder / "homes.csv"
    path.write_text("id,x,y\n" + text, encoding="utf-8")
    return path


def load_homes(path: Path, url: str, *more: str) -> Any:
    columns = ("--kind", "household", "--id", "id", "--x", "x", "--y", "y")
    return CliRunner().invoke(app, ["register", "load", str(path), *columns, "--store", url, *more])


def test_exchanged_axes_and_degrees_called_metres_load_nothing(url: str, tmp_path: Path):
    good = load_homes(homes(tmp_path, "1,500050,3700150\n2,500150,3700050\n"), url, "--crs", "EPSG:4547")
    assert good.exit_code == 0, good.output
    for text, words in (
        ("1,3700150,500050\n2,3700050,500150\n", "name --x and --y the other way round"),
        ("1,114.0,33.4\n2,114.0,33.4\n", "degrees"),
    ):
        told = load_homes(homes(tmp_path, text), url, "--crs", "EPSG:4547")
        assert told.exit_code == 2
        assert words in told.stderr
        assert told.stderr.count("\n") == 1
    again = load_homes(homes(tmp_path, "1,500050,3700150\n2,500150,3700050\n"), url, "--crs", "EPSG:4547", "--json")
    assert json.loads(again.stdout)["unchanged"] == 2


def test_a_register_that_lies_mostly_outside_is_told(url: str, tmp_path: Path):
    path = homes(tmp_path, "1,500050,3700150\n2,500150,3700950\n3,500150,3700960\n")
    told = load_homes(path, url, "--crs", "EPSG:4547")
    assert told.exit_code == 0
    assert "2 of 3 rows lie in no grid" in told.stderr


def test_parquet_is_refused_with_what_to_do(url: str, tmp_path: Path):
    (tmp_path / "homes.parquet").write_bytes(b"PAR1")
    told = load_homes(tmp_path / "homes.parquet", url, "--crs", "EPSG:4547")
    assert told.exit_code == 2
    assert "write it as CSV or GeoPackage" in told.stderr


def test_a_grid_that_lost_all_its_households_is_still_counted(url: str, tmp_path: Path):
    path = homes(tmp_path, "1,500050,3700150\n")
    assert load_homes(path, url, "--crs", "EPSG:4547", "--complete").exit_code == 0
    told = json.loads(CliRunner().invoke(app, ["register", "counts", "--store", url, "--json"]).stdout)
    rows = told["counts"] if isinstance(told, dict) else told
    households = {row["code"]: row["places"] for row in rows if row["kind"] == "household"}
    assert households[A] == 1
    assert (households[B], households[C]) == (0, 0)
