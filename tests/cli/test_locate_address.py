"""``gridgeo locate TEXT`` tells a reader what was found, what is doubtful, and what to ask; so does Python."""

import address_town
import pytest
from typer.testing import CliRunner

import gridgeo as gg
from gridgeo.cli.main import app
from gridgeo.store.base import init_store


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("town")
    made = f"gpkg://{folder / 'store.gpkg'}"
    with init_store(made) as store:
        address_town.fill(store, folder)
    return made


def run(url: str, text: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["locate", text, "--store", url])
    return result.exit_code, result.stdout.splitlines()


def test_an_address_tells_grid_chain_and_place(url: str):
    code, lines = run(url, "源汇区人民东路12号")
    assert code == 0
    assert lines[0] == "sure  411102001001001  源汇区 / 老街街道 / 友爱街社区 / 第1网格"
    assert "确定" in lines[1]
    assert any("地点：" in line and "人民东路12号" in line for line in lines)


def test_a_misspelled_name_is_shown_with_what_differs(url: str):
    _, lines = run(url, "秦山小区3号楼2单元502")
    assert any("您要找的是不是：【泰】山小区（您写的是【秦】山小区）" in line for line in lines)


def test_a_doubt_lists_candidates_and_asks(url: str):
    code, lines = run(url, "友爱街社区")
    assert code == 1
    assert lines[0].startswith("ambiguous")
    assert sum("友爱街社区第" in line for line in lines) == 3
    assert lines[-1].startswith("  请问")


def test_two_addresses_are_shown_one_after_the_other(url: str):
    _, lines = run(url, "人民东路12号和泰山路5号")
    assert "人民东路12号：" in lines
    assert "泰山路5号：" in lines


def test_an_absent_room_is_told_in_words(url: str):
    code, lines = run(url, "泰山小区3号楼2单元999")
    assert code == 1
    assert "只能确定到上一级" in lines[1]


def test_python_has_the_same_book(url: str):
    book = gg.AddressBook.open(url)
    assert book.ask("泰山小区3号楼")["code"] == "411102001002002"
    assert book.suggest("泰山小")[0].text == "泰山小区"
    assert "AddressBook" in dir(gg)
