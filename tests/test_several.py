"""Two addresses in one text are told apart, and one address never is torn."""

import pytest

from gridgeo.locate.address.several import parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("人民路12号和泰山路5号", ("人民路12号", "泰山路5号")),
        ("从人民路12号到泰山小区3号楼", ("人民路12号", "泰山小区3号楼")),
        ("人民路12号\n泰山路5号\n秦岭路8号", ("人民路12号", "泰山路5号", "秦岭路8号")),
        ("人民路12号；泰山小区3号楼", ("人民路12号", "泰山小区3号楼")),
        ("三家店村1组2号与五里堡村3组", ("三家店村1组2号", "五里堡村3组")),
        ("人民路12号搬到泰山小区3号楼", ("人民路12号", "泰山小区3号楼")),
        ("人民路12号、源汇区泰山小区3号楼", ("人民路12号", "源汇区泰山小区3号楼")),
        ("1.人民路12号2.泰山路5号", ("人民路12号", "泰山路5号")),
        ("注册地址：人民路12号，经营地址：泰山路5号", ("注册地址：人民路12号", "经营地址：泰山路5号")),
        ("户籍地人民路12号，现住泰山小区3号楼", ("户籍地人民路12号", "现住泰山小区3号楼")),
    ],
)
def test_addresses_that_stand_alone_are_answered_alone(text: str, parts: tuple[str, ...]):
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "人民路与泰山路交叉口", "人民路12号和泰山路路口", "泰山小区3号楼和4号楼", "人民东路12号和14号",
        "人民路12号至20号",
        "人民路12号和谐家园3号楼", "和平路12号", "及第街5号", "漯河市源汇区人民路12号\n3号楼2单元501",
        "地址：人民路12号；有噪音扰民", "民生路52号祥和广场北院2栋", "经一路颐和科技有限公司对面",
        "人民路12号、14号", "人民路12号、泰山小区3号楼", "人民路12号，常住人口三人", "", "和", "\n\n", "；；",
    ],
)  # fmt: skip
def test_everything_else_stays_one_text(text: str):
    assert parts_of(text) == (text,)


def test_a_word_inside_a_known_name_joins_nothing():
    asked = []

    def joins(first: str, word: str, second: str) -> bool:
        asked.append((first, word, second))
        return False

    assert parts_of("人民路12号和顺达小区5号楼", joins) == ("人民路12号和顺达小区5号楼",)
    assert parts_of("人民路12号和悦府小区5号楼", joins) == ("人民路12号和悦府小区5号楼",)
    assert asked == [("人民路12号", "和", "悦府小区5号楼")]
