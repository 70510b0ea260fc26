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


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("泰山小区3号楼（2）单元501", "泰山小区3号楼2单元501"),
        ("泰山小区3号楼2单元（501）", "泰山小区3号楼2单元501"),
        ("泰山小区（3）栋", "泰山小区3栋"),
        ("人民路12（3栋）501", "人民路12-3栋501"),
        ("泰山小区3单元501（3楼）", "泰山小区3单元501室3楼"),
        ("万新村91号楼3门407（31区）", "万新村91号楼3门407"),
    ],
)
def test_a_number_in_brackets_stays_apart_from_the_one_before_it(text: str, clean: str) -> None:
    assert normalise(text).text == clean


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("泰山小区 楼号：3，单元：2，房间：501", "泰山小区3号楼2单元501室"),
        ("泰山小区楼栋3单元2房号501", "泰山小区3号楼2单元501室"),
        ("人民路61号楼号：12，单元：1，房间：501", "人民路61号12号楼1单元501室"),
        ("泰山小区3号楼2单元门牌号501", "泰山小区3号楼2单元501"),
        ("人民路门牌号12", "人民路12"),
        ("人民路12号门牌", "人民路12号"),
        ("人民路 No.12", "人民路12号"),
        ("人民路NO12号", "人民路12号"),
        ("Room 501, Unit 2, Building 3, 泰山小区", "501室2单元3号楼泰山小区"),
        ("泰山小区Bldg.3,Unit2,Rm501", "泰山小区3号楼2单元501室"),
        ("泰山小区II期3号楼", "泰山小区2期3号楼"),
        ("人民路12号<br>泰山小区&nbsp;3号楼\\n", "人民路12号泰山小区3号楼"),
        ("泰山小区8#·3·702室", "泰山小区8#-3-702室"),
    ],
)
def test_numbers_behind_their_labels_get_their_unit_words(text, left):
    assert normalise(text).text == left


@pytest.mark.parametrize("name", ["门牌村3组", "北苑NOVO公馆", "F天下小区", "楼栋长办公室", "单元里12号"])
def test_names_that_look_like_labels_stay(name):
    assert normalise(name).text == name


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("人民路啊十二号", "人民路12号"),
        ("泰山小区，嗯，三号楼", "泰山小区3号楼"),
        ("泰山小区三杠二杠五零一", "泰山小区3-2-501"),
        ("泰山小区三、二、五零一", "泰山小区3-2-501"),
        ("泰山小区 十二 一 幺六零三", "泰山小区12-1-1603"),
        ("人民路22号，哦不对，是26号", "人民路26号"),
        ("泰山小区5号楼，不对，4号楼2单元303", "泰山小区4号楼2单元303"),
        ("闫庄村三组，不是，四组2号", "闫庄村4组2号"),
        ("人民路廿三号", "人民路23号"),
        ("闫庄村卅号", "闫庄村30号"),
        ("黄河路，就是327号", "黄河路327号"),
        ("泰山小区3动2单园501", "泰山小区3栋2单元501"),
        ("泰山小区三洞二丹元五零一", "泰山小区3栋2单元501"),
        ("人民路12好", "人民路12号"),
        ("闫庄村3租2号", "闫庄村3组2号"),
        ("泰山小区2单单元501，501", "泰山小区2单元501"),
        ("泰山小区1幢1单元302室302室", "泰山小区1幢1单元302室"),
        ("泰山小区1幢1单元302302", "泰山小区1幢1单元302"),
        ("人民路人民路12号", "人民路12号"),
        ("人民路人民路二巷交叉口", "人民路人民路二巷交叉口"),
        ("哈尔滨路12号", "哈尔滨路12号"),
        ("人民路12号不对外营业", "人民路12号不对外营业"),
    ],
)
def test_what_speech_leaves_goes(text, left):
    assert normalise(text).text == left


@pytest.mark.parametrize(
    ("text", "left", "kind"),
    [
        ("人民路12号，统一社会信用代码：91411100MA40A1B28X", "人民路12号", "uscc"),
        ("经营者张三 经营场所：人民路12号 执照号92411100MA40A1B28X", "人民路12号", "uscc"),
        ("人民路12号（经度114.01234，纬度33.57512）", "人民路12号", "coordinate"),
        ("坐标114.01234 33.57512，人民路12号", "人民路12号", "coordinate"),
        ("人民路12号 E114.0123 N33.5751", "人民路12号", "coordinate"),
        ("2024年5月13日21时30分许，在人民路12号发生一起火灾", "人民路12号", "time"),
        ("工单编号20240513001，事发地址：人民路12号，诉求：停水三天", "人民路12号", "number"),
    ],
)
def test_numbers_of_registers_places_and_times_are_no_house_numbers(text, left, kind):
    clean = normalise(text)
    assert clean.text == left
    assert kind in {one for one, _ in clean.dropped}


def test_a_former_name_is_no_name_of_the_address():
    assert normalise("源汇区原金河街现上海大道21号").text == "源汇区上海大道21号"
    assert normalise("恒山巷【旧交通巷】31号") == Clean("恒山巷31号", hints=("旧交通巷",), breaks=(3,))
    assert normalise("恒山巷【老交通巷】31号").text == "恒山巷31号"
    assert normalise("人民路【老街社区】31号").text == "人民路老街社区31号"
    assert normalise("平原东路现代花园3号楼").text == "平原东路现代花园3号楼"
    assert normalise("中原路今日家园3号楼").text == "中原路今日家园3号楼"


def test_something_that_is_there_is_no_event():
    assert normalise("人民路上有个鑫源超市").text == "人民路上有个鑫源超市"
    assert normalise("人民路12号有个井盖坏了").text == "人民路12号"


def test_a_lane_in_brackets_belongs_to_its_road():
    assert normalise("纬三路（二巷）6号").text == "纬三路二巷6号"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ren min dong lu 12 hao", "人民东路12号"),
        ("人民dong路12号", "人民东路12号"),
        ("RenMin路12hao 3 dong 2 danyuan 501", "人民路12号3栋2单元501"),
        ("人民路17号/17 Ren Min Lu", "人民路17号"),
        ("人民路17号 No.17 Renmin Road", "人民路17号"),
        ("KTV旁B座", "KTV旁B座"),
        ("SOHO公馆3号楼", "SOHO公馆3号楼"),
        ("A区B1层", "A区B1层"),
    ],
)
def test_pinyin_becomes_characters_that_sound_so(text, left):
    assert normalise(text).text == left


def test_what_is_asked_of_an_address_is_no_part_of_it():
    for text in ("请查一下人民路12号归哪个社区管", "帮我查人民路12号的网格员电话", "我想问一下人民路12号属于哪个网格"):
        assert normalise(text).text == "人民路12号", text
    assert normalise("查庄村3组").text == "查庄村3组"


@pytest.mark.parametrize(
    "text",
    [
        "462000 人民路12号",
        "人民路12号 462000",
        "人民路12号,462000,中国",
        "是12345吗我要投诉人民路12号的广场舞声音太大了每天跳到十点",
        "就在人民路12号的水管爆了一直没人来修",
    ],
)
def test_postcodes_and_complaints_without_a_break_go(text):
    assert normalise(text).text == "人民路12号"


def test_what_goes_on_behind_a_number_stays():
    for text in ("人民路12号的泰山小区", "人民路12号的泰山小区3号楼", "人民路12号不夜城"):
        assert normalise(text).text == text


def test_words_behind_their_numbers_are_no_labels_of_the_next():
    assert normalise("兴盛小区5号楼9单元195室65中对面").text == "兴盛小区5号楼9单元195室65中对面"
    assert normalise("兴盛小区5栋9单元195室65").text == "兴盛小区5栋9单元195室65"
