"""What is an address stays in its plain form; what stands around it goes, and is never shown again."""

from __future__ import annotations

import pytest

from gridgeo.locate.address.normalise import Clean, fold, normalise
from gridgeo.locate.address.numerals import digits_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("人民路１２号", "人民路12号"),
        ("人民路12—3号", "人民路12-3号"),
        ("3–2－501", "3-2-501"),
        ("3一2一501", "3-2-501"),
        ("b座 1201", "B座1201"),
        ("b1201 a3", "B1201 A3"),
        (" 人民路\u3000 12 号 ", "人民路12号"),
        ("人民\u200b路12\ufeff号", "人民路12号"),
        ("⻄安⻔", "西安门"),
        ("3號樓", "3号楼"),
        ("兰亭·御湖城", "兰亭御湖城"),
        ("3＃楼", "3#楼"),
        ("", ""),
    ],
)
def test_characters_are_folded_to_their_plain_form(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("十二号院", "12号院"),
        ("三单元", "3单元"),
        ("第三组", "第3组"),
        ("二〇三室", "203室"),
        ("十二栋", "12栋"),
        ("五栋二单元三〇一", "5栋2单元301"),
        ("三-二-五〇一", "3-2-501"),
        ("一百零五号", "105号"),
        ("二百四十八号", "248号"),
        ("十二号附三号", "12号附3号"),
        ("七之三号", "7之3号"),
        ("负一层", "负1层"),
        ("十二村民组", "12村民组"),
        ("七社", "7社"),
        ("二期三幢", "2期3幢"),
        ("南一百米", "南100米"),
    ],
)
def test_numerals_that_count_become_digits(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    "name",
    [
        "五一路", "八一路", "三里屯", "第一中学", "五里堡村", "二七区", "纬三路", "人民路一巷", "三门峡市", "二号桥",
        "九号公馆", "三楼村", "十五里店村", "第二人民医院", "三社区", "十字街", "六组团", "百货大楼", "七里河",
        "经八路", "三户村", "一号线", "三门路",
    ],
)  # fmt: skip
def test_numerals_in_names_stay(name):
    assert fold(name) == name


def test_a_numbered_road_keeps_its_name_before_a_counted_number():
    assert fold("二七路十号") == "二七路10号"
    assert fold("人民路一巷十二号") == "人民路一巷12号"


def test_folding_twice_is_folding_once():
    for text in ("三-二-五〇一室", "Ｂ座 一二〇一室 ３＃", "第十二号院 — 3", "負一層"):
        assert fold(fold(text)) == fold(text)


def test_what_is_no_numeral_stays_as_it_is():
    assert digits_of("百") == "百"
    assert digits_of("十二十") == "十二十"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("地址：人民路12号", "人民路12号"),
        ("收货地址: 人民路12号", "人民路12号"),
        ("我在泰山小区南门对面", "泰山小区南门对面"),
        ("我家住在泰山小区3号楼", "泰山小区3号楼"),
        ("报警人李四称在人民路12号有人打架", "人民路12号"),
        ("来电人反映人民路12号门口有人扰民", "人民路12号门口"),
        ("张先生，13812345678，人民路12号", "人民路12号"),
        ("人民路12号 张三 13812345678 收", "人民路12号"),
        ("人民路12号501室张三收", "人民路12号501室"),
        ("人民路12号，电话：0395-3123456", "人民路12号"),
        ("电话0395-3123456 人民路12号", "人民路12号"),
        ("人民路12号 电联", "人民路12号"),
        ("麻烦来一下，泰山小区3号楼501，电梯坏了", "泰山小区3号楼501"),
        ("人民路12号，鑫源超市旁", "人民路12号鑫源超市旁"),
        ("泰山小区14/甲/303", "泰山小区14栋甲单元303"),
        ("泰山小区3号楼-东-303", "泰山小区3号楼东单元303"),
        ("人民路12-甲-303", "人民路12号甲单元303"),
        ("303,1单元,3号楼", "303 1单元3号楼"),
        ("请送到人民路12号，谢谢", "人民路12号"),
        ("你好，我这边是人民路12号", "人民路12号"),
        ("现在我在万达广场3楼", "万达广场3楼"),
        ("大概在人民路12号附近", "人民路12号附近"),
        ("群众报警称泰山小区3号楼有人跳楼", "泰山小区3号楼"),
        ("接报警称：泰山小区3号楼，夫妻吵架", "泰山小区3号楼"),
        ("张三的地址:人民路12号", "人民路12号"),
        ("王某，男，汉族，住漯河市源汇区人民路12号", "漯河市源汇区人民路12号"),
        ("收件人：李四 电话：13812345678 地址：人民路12号", "人民路12号"),
        ("闫庄村三组的王大爷家", "闫庄村3组"),
        ("泰山小区3号楼501室的住户反映漏水", "泰山小区3号楼501室"),
        ("人民路12号，放驿站", "人民路12号"),
        ("人民路12号 邮编：462000", "人民路12号"),
        ("漯河市462000人民路12号", "漯河市人民路12号"),
        ("源汇区，马路街，人民路 12号", "源汇区马路街人民路12号"),
    ],
)
def test_labels_callers_and_receivers_go(text, left):
    assert normalise(text).text == left


@pytest.mark.parametrize(
    "name",
    [
        "来安县新安镇",
        "收成村3组",
        "我庄村12号",
        "张收村3组",
        "急水乡",
        "大义镇 赵庄村",
        "龙眼井街 住房公积金中心",
        "段园镇【刘巷】",
    ],
)
def test_names_that_begin_or_end_like_noise_stay(name):
    assert normalise(name).text == "".join(sign for sign in name if sign not in " 【】")


def test_telephone_numbers_and_ids_are_dropped_and_masked():
    clean = normalise("身份证411102199001011234，人民路5号，139 1234 5678")
    assert clean.text == "人民路5号"
    assert clean.dropped == (("person_id", "411*************34"), ("phone", "139******78"))
    assert normalise("证件410103650101123住人民路5号").dropped == (("person_id", "410**********23"),)


def test_the_code_of_a_grid_is_no_citizen_id():
    assert normalise("411102001001001").text == "411102001001001"
    assert normalise("网格编码411102001001001").dropped == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("人民路5号 a.b@example.com", "email"),
        ("人民路5号 https://example.com/a?b=1", "url"),
        ("人民路5号\x07", "control"),
        ("😀人民路5号", "emoji"),
    ],
)
def test_what_is_no_address_is_named_by_its_kind(text, kind):
    clean = normalise(text)
    assert clean.text == "人民路5号"
    assert [name for name, _ in clean.dropped] == [kind]
    assert "b@" not in clean.dropped[0][1]


def test_a_phase_in_brackets_is_a_part_of_the_estate():
    assert normalise("文津天地(西区)2栋").text == "文津天地西区2栋"
    assert normalise("文津天地（二期）2栋").text == "文津天地2期2栋"


def test_brackets_with_hints_are_kept_apart():
    assert normalise("泰山小区3号楼（新城北门附近）") == Clean("泰山小区3号楼", ("新城北门附近",))
    assert normalise("人民路(原建设路)12号").hints == ("原建设路",)


def test_brackets_around_the_address_itself_are_opened():
    assert normalise("中国河南洛阳洛龙区【军民路12号】").text == "中国河南洛阳洛龙区军民路12号"
    assert normalise("泰山小区（3号楼）2单元").text == "泰山小区3号楼2单元"
    assert normalise("老王面馆（人民路店）").text == "老王面馆人民路店"


def test_numbers_apart_become_a_chain_but_distances_do_not():
    assert normalise("泰山小区 3 2 501").text == "泰山小区3-2-501"
    assert normalise("泰山小区3/2/501").text == "泰山小区3-2-501"
    assert normalise("车站向南6.3公里").text == "车站向南6.3公里"


def test_it_is_remembered_where_commas_stood():
    assert normalise("源汇区，人民路 12号").breaks == (3, 6)


@pytest.mark.parametrize(
    "text", ["", " ", "，。！", "13812345678", "<script>alert(1)</script>", "'; DROP TABLE x;--", "(" * 50, "\x00"]
)
def test_what_holds_no_address_does_no_harm(text):
    assert isinstance(normalise(text).text, str)


def test_a_very_long_text_takes_no_longer_than_its_length():
    for piece in ("人民路12号", "(", "1", "一", "A-", "收货地址", "有人", "张", " ", "报警人"):
        assert isinstance(normalise(piece * 3000).text, str)
