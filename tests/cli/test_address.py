"""``gridgeo address`` as planners use it, with good files and bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import small_city
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.store.base import init_store

GRID = "411102001001001"


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"gpkg://{tmp_path / 'store.gpkg'}"
    with init_store(address) as store:
        store.publish_first(small_city.publication_of(), by="li")
    return address


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    path = tmp_path / "标准地址.csv"
    path.write_text(
        "编码,地址,经度,纬度\n"
        "A01,漯河市源汇区马路街街道人民东路12号院,500050,3700150\n"
        "A02,漯河市源汇区马路街街道人民东路14号院,500150,3700150\n"
        "A03,漯河市源汇区马路街街道人民东路16号院,,\n",
        encoding="gb18030",
    )
    return path


OPTIONS = ["--id", "编码", "--address", "地址", "--x", "经度", "--y", "纬度", "--crs", small_city.CRS]


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["address", *map(str, arguments)], env={"GRIDGEO_USER": "王"})


def test_addresses_are_loaded_and_the_refused_rows_are_told(url, homes):
    result = run("load", homes, *OPTIONS, "--store", url)
    assert result.exit_code == 1, result.output
    assert (
        "地址库第 1 次变更：来源“标准地址”，3 条，新增 2，变更 0，不变 0，删除 0，重复合并 0，未载入 1" in result.stdout
    )
    assert "第 3 条：没有坐标，未载入。" in result.stdout
    assert "1 of 3 rows were refused" in result.stderr


def test_the_same_file_again_changes_nothing(url, homes):
    homes.write_text("".join(homes.read_text(encoding="gb18030").splitlines(keepends=True)[:3]), encoding="utf-8")
    assert run("load", homes, *OPTIONS, "--store", url).exit_code == 0
    result = run("load", homes, *OPTIONS, "--store", url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "没有变化，未写入：来源“标准地址”，2 条，新增 0，变更 0，不变 2" in result.stdout


def test_machines_get_the_whole_report(url, homes):
    told = json.loads(run("load", homes, *OPTIONS, "--source", "公安", "--json", "--store", url).stdout)
    assert (told["source"], told["change"], told["added"], told["refused_rows"]) == ("公安", 1, 2, 1)
    assert told["refused"] == [{"record": 3, "id": "A03", "text": "第 3 条：没有坐标，未载入。"}]


def test_the_library_tells_what_it_holds(url, homes):
    run("load", homes, *OPTIONS, "--store", url)
    run("alias", "老街", "人民东路", "--former", "--store", url)
    run("remove", "A02", "--store", url)
    result = run("info", "--store", url)
    assert "地址库：1 条，别名 1 个，反馈 0 条" in result.stdout
    assert "老街 → 人民东路（曾用名）" in result.stdout
    assert "王）：载入“标准地址”，新增 2，变更 0，删除 0" in result.stdout
    told = json.loads(run("info", "--json", "--store", url).stdout)
    assert (told["generation"], told["rows"]) == (3, 1)
    assert told["sources"] == [{"source": "标准地址", "kind": "address", "rows": 1}]


def test_an_id_that_no_row_has_is_told_and_the_others_go(url, homes):
    run("load", homes, *OPTIONS, "--store", url)
    result = run("remove", "A01", "Z9", "--store", url)
    assert (result.exit_code, result.stdout) == (1, "来源“标准地址”删除 1 条\n")
    assert "no row has id Z9" in result.stderr
    assert run("remove", "Z9", "--store", url).exit_code == 1


def test_an_alias_is_entered_and_removed(url, homes):
    run("load", homes, *OPTIONS, "--store", url)
    assert run("alias", "老街", "人民东路", "--store", url).stdout == "已登记别名：老街 → 人民东路\n"
    assert "库中没有地址、单位、社区或网格名含“人民西路”" in run("alias", "新街", "人民西路", "--store", url).stdout
    assert run("alias", "老街", "--store", url).exit_code == 2
    assert run("alias", "老街", "--remove", "--store", url).stdout == "已撤销别名“老街”（1 处）\n"
    assert run("alias", "老街", "--remove", "--store", url).exit_code == 1


def test_feedback_names_a_row_or_a_grid(url, homes):
    run("load", homes, *OPTIONS, "--store", url)
    assert run("feedback", "东路十二号", "--id", "A01", "--store", url).stdout == "已记下：东路十二号 → A01\n"
    assert run("feedback", "河边", "--code", GRID, "--store", url).stdout == f"已记下：河边 → {GRID}\n"
    assert run("feedback", "河边", "--store", url).exit_code == 2
    assert run("feedback", "河边", "--id", "A09", "--store", url).exit_code == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"--address": "住址"}, "has no column 住址; its columns are 编码, 地址, 经度, 纬度"),
        ({"--address": "编码", "--id": "地址"}, "name the column of addresses with --address"),
        ({"--x": "纬度", "--y": "经度"}, "x and y are exchanged"),
        ({"--crs": "EPSG:4490"}, "are no degrees"),
        ({"--crs": None}, "does not say the datum of its coordinates; add --crs"),
        ({"--encoding": "klingon"}, "'klingon' is no encoding"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_stored(url, homes, changes, says):
    said = dict(zip(OPTIONS[::2], OPTIONS[1::2], strict=True)) | changes
    options = [word for pair in said.items() if pair[1] for word in pair]
    result = run("load", homes, *options, "--store", url)
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert "地址库：0 条" in run("info", "--store", url).stdout


def test_a_file_or_the_registers_are_loaded_not_both(url, homes):
    for arguments in ([], [homes, "--registers"]):
        result = run("load", *arguments, "--store", url)
        assert (result.exit_code, "name a file, or --registers" in result.stderr) == (2, True)
    assert "来源“企业登记”" in run("load", "--registers", "--store", url).stdout


def test_a_library_of_which_most_lies_elsewhere_is_told(url, tmp_path):
    path = tmp_path / "a.csv"
    far = "".join(f"{nth},人民路{nth}号,540000,3700150\n" for nth in (1, 2, 3))
    path.write_text(f"id,address,x,y\n0,人民路0号,500050,3700150\n{far}")
    result = run("load", path, "--address", "address", "--x", "x", "--y", "y", "--crs", small_city.CRS, "--store", url)
    assert result.exit_code == 0, result.output
    assert "坐标远在网格范围外 3 条，已载入，请核对" in result.stdout
    assert "3 of 4 rows lie in no grid" in result.stderr


def test_the_parser_alone_needs_no_store(tmp_path):
    source, target = tmp_path / "问.csv", tmp_path / "答.csv"
    source.write_text("id,query\n7,人民东路12号院3号楼2单元501\n", encoding="utf-8")
    result = run("parse", source, "-o", target)
    assert (result.exit_code, result.stdout) == (0, f"1 addresses -> {target}\n")
    assert target.read_text(encoding="utf-8-sig").splitlines()[1].startswith("7,")
    assert run("parse", tmp_path / "nowhere.csv", "-o", target).exit_code == 2


def test_help_lists_the_commands():
    result = run("--help")
    for command in ("load", "info", "remove", "alias", "feedback", "parse"):
        assert command in result.stdout


def test_rows_far_from_all_others_of_their_building_are_told(url, tmp_path):
    rooms = [(f"R{room}", f"漯河市源汇区马路街街道人民东路12号院3号楼1单元{room}", 500050) for room in range(101, 105)]
    rooms.append(("R301", "漯河市源汇区马路街街道人民东路12号院3号楼1单元301", 500290))
    path = tmp_path / "rooms.csv"
    path.write_text("编码,地址,经度,纬度\n" + "".join(f"{a},{b},{x},3700150\n" for a, b, x in rooms), encoding="utf-8")
    result = run("load", path, *OPTIONS, "--store", url)
    assert result.exit_code == 0, result.output
    assert "地址库中有 1 条坐标存疑（如“漯河市源汇区马路街街道人民东路12号院3号楼1单元301”）" in result.stdout


def test_telephone_numbers_and_the_person_beside_them_are_never_kept(url, tmp_path):
    path = tmp_path / "places.csv"
    path.write_text(
        "编码,名称,地址,经度,纬度\n"
        "P1,张三 13812345678,漯河市源汇区马路街街道人民东路12号,500050,3700150\n"
        "P2,鑫源超市（0395-3131234）,漯河市源汇区马路街街道人民东路14号李四13912345678,500060,3700150\n",
        encoding="utf-8",
    )
    result = run("load", path, *OPTIONS, "--name", "名称", "--store", url)
    assert result.exit_code == 0, result.output
    assert "3 条地址或名称带有电话号码，号码及其旁边的姓名未被保存。" in result.stdout
    kept = (tmp_path / "store.gpkg").read_bytes()
    for personal in ("13812345678", "13912345678", "3131234", "张三", "李四"):
        assert personal.encode() not in kept
    assert "鑫源超市".encode() in kept
