"""Which level every part of an address belongs to, in the ways in which people write them."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.parse import SLOTS, Parsed, Parser, Slot, parse, slots

LETTERS = {
    "道": "road", "号": "road_no", "附": "sub_no", "栋": "building", "元": "unit", "层": "floor", "室": "room",
    "户": "house_no", "组": "group", "庄": "hamlet", "苑": "estate",
}  # fmt: skip
"""One sign per level, so that a case is a line."""


def said(parsed: Parsed) -> dict[str, str]:
    return {name: slot.value for name in SLOTS if (slot := getattr(parsed, name))}


def tail_of(text: str) -> dict[str, str]:
    """The levels below the community."""
    areas = ("province", "city", "district", "street", "community")
    clean = normalise(text)
    return {name: value for name, value in said(parse(clean.text, clean.breaks)).items() if name not in areas}


CASES = """
人民路12号 = 道人民路 号12
人民路12号院 = 道人民路 号12
人民路十二号院3号楼2单元501 = 道人民路 号12 栋3 元2 室501
人民路12 = 道人民路 号12
人民路12# = 道人民路 号12
友爱社区和平里12号 = 道和平里 号12
闫庄村3组13 = 组3 户13
闫庄村刘庄第8队13 = 庄刘庄 组8 户13
友爱社区枣树里8附12号 = 道枣树里 号8 附12
友爱社区牌楼里12号 = 道牌楼里 号12
友爱社区和平里12号楼501 = 苑和平里 栋12 室501
泰山小区3号楼1层2号商铺 = 苑泰山小区 栋3 层1 室2
泰山小区3号楼1层商铺 = 苑泰山小区 栋3 层1 室商铺
泰山小区3#楼丙门501 = 苑泰山小区 栋3 元丙 室501
泰山小区3号楼2单元楼道501住户 = 苑泰山小区 栋3 元2 室501
泰山小区71栋5口962 = 苑泰山小区 栋71 元5 室962
泰山小区4#5单301 = 苑泰山小区 栋4 元5 室301
泰山小区41号东单3楼 = 苑泰山小区 栋41 元东 层3
泰山小区4-东-7楼东户 = 苑泰山小区 栋4 元东 层7
泰山小区09-东门683 = 苑泰山小区 栋09 元东 室683
泰山小区4号楼B座4437 = 苑泰山小区 栋4 元B 室4437
泰山小区5幢5号455室 = 苑泰山小区 栋5 元5 室455
泰山小区3栋1号4楼 = 苑泰山小区 栋3 元1 层4
泰山小区40号楼2单元7层4门 = 苑泰山小区 栋40 元2 层7 室4
泰山小区7号楼62层4859门 = 苑泰山小区 栋7 层62 室4859
泰山小区54栋48A09室 = 苑泰山小区 栋54 室48A09
泰山小区9A4639 = 苑泰山小区 栋9A 室4639
泰山小区C-66F = 苑泰山小区 栋C 室66F
泰山小区6-7G = 苑泰山小区 栋6 室7G
泰山小区2号楼6O2室 = 苑泰山小区 栋2 室602
泰山小区2号楼一21 = 苑泰山小区 栋2 室21
泰山小区7-B-9-1 = 苑泰山小区 栋7 元B 层9 室1
泰山小区4073-650室 = 苑泰山小区 栋4073 室650
泰山小区3栋1203-1205 = 苑泰山小区 栋3 室1203-1205
泰山小区D区44号-111 = 苑泰山小区D区 栋44 室111
泰山小区116楼-1-388 = 苑泰山小区 栋116 元1 室388
泰山小区A32楼3051号 = 苑泰山小区 栋A32 室3051
泰山小区43楼867层 = 苑泰山小区 层43
泰山小区门面6幢7层 = 苑泰山小区门面 栋6 层7
泰山小区18幢河北林旺纺织 = 苑泰山小区 栋18
泰山小区86栎3单元780 = 苑泰山小区 栋86 元3 室780
泰华苑C447 = 苑泰华苑 室C447
福昌大厦7E = 苑福昌大厦 室7E
交通大学8舍713室 = 苑交通大学 栋8 室713
二号小区5楼 = 苑2号小区 层5
泰山小区5号楼底商3号 = 苑泰山小区 栋5 室3
人民路2号院52号楼651 = 道人民路 号2 栋52 室651
人民路特6号 = 道人民路 号特6
人民路368-3号楼4单元413室 = 道人民路 号368 栋3 元4 室413
武夷山巷60-7#锦口小区3号楼 = 道武夷山巷 号60-7 苑锦口小区 栋3
人民路270-5-562 = 道人民路 号270 栋5 室562
人民路9-2-872 = 道人民路 栋9 元2 室872
人民路57-8-1-4-7 = 道人民路 号57 栋8 元1 层4 室7
上海市嘉定区沪闵路5639弄983-160 = 道沪闵路 号5639 栋983 室160
珞狮南路79 玉兰苑北区6-3-782 = 道珞狮南路 号79 苑玉兰苑北区 栋6 元3 室782
胜利路二十一世纪社区6号-152 金水 = 道胜利路 苑二十一世纪社区 栋6 室152
闫庄村9小组01号 = 组9 户01
闫庄村183户 = 户183
闫庄村2号院52号651 = 栋52 室651 户2
八甲529号 = 道八甲 号529
G107 泰山小区3号楼 = 道G107 苑泰山小区 栋3
融化街区金色家园3号楼 = 苑融化街区金色家园 栋3
人民路12-3号 = 道人民路 号12-3
人民路12之3号 = 道人民路 号12-3
人民路12号-3 = 道人民路 号12-3
人民路12号附1号 = 道人民路 号12 附1
黄河路88号附3 = 道黄河路 号88 附3
黄河路88附3 = 道黄河路 号88 附3
人民路丙12号 = 道人民路 号丙12
人民路19号北门 = 道人民路 号19
人民路5号门店 = 道人民路 号5
人民路一巷12号 = 道人民路一巷 号12
人民路中段12号 = 道人民路中段 号12
10号大街88号 = 道10号大街 号88
经八路3巷12号 = 道经八路3巷 号12
上海市嘉定区永靖路375弄85号582室 = 道永靖路 号375 栋85 室582
建设路375弄85号582室 = 道建设路375弄 号85 室582
建设路375弄3号楼 = 道建设路375弄 栋3
人民路12号门卫室 = 道人民路 号12
7号大街6号路口 = 道7号大街 号6
人民路A号 = 道人民路 号A
陡门头45号 = 道陡门头 号45
嵩山路15号昌建花园A栋2单元1103室 = 道嵩山路 号15 苑昌建花园 栋A 元2 室1103
昌建花园嵩山路15号 = 苑昌建花园 道嵩山路 号15
船厂东大街11号花鸟市场1排13号 = 道船厂东大街 号11 苑花鸟市场 栋1 室13
体育中心南二路12号 = 道体育中心南二路 号12
城西科技园区胜利路38号亿联小区3号楼 = 道胜利路 号38 苑亿联小区 栋3
城西科技园区胜利路38号 = 苑城西科技园区 道胜利路 号38
铁路局家属院3号楼 = 苑铁路局家属院 栋3
泰山小区B座1201 = 苑泰山小区 栋B 室1201
泰山小区b座1201室 = 苑泰山小区 栋B 室1201
泰山小区3#楼2单元501 = 苑泰山小区 栋3 元2 室501
泰山小区3#2单元501 = 苑泰山小区 栋3 元2 室501
泰山小区3#501 = 苑泰山小区 栋3 室501
泰山小区3-2-501 = 苑泰山小区 栋3 元2 室501
泰山小区3-2-501室 = 苑泰山小区 栋3 元2 室501
泰山小区三-二-五〇一 = 苑泰山小区 栋3 元2 室501
泰山小区 3 2 501 = 苑泰山小区 栋3 元2 室501
泰山小区3-501 = 苑泰山小区 栋3 室501
泰山小区3-501室 = 苑泰山小区 栋3 室501
泰山小区B1-102 = 苑泰山小区 栋B1 室102
泰山小区3-2单元 = 苑泰山小区 栋3 元2
泰山小区5栋二单元 = 苑泰山小区 栋5 元2
泰山小区5栋2单元8楼 = 苑泰山小区 栋5 元2 层8
泰山小区5栋2单元8楼802 = 苑泰山小区 栋5 元2 层8 室802
泰山小区5栋2-801 = 苑泰山小区 栋5 元2 室801
泰山小区5栋8-1 = 苑泰山小区 栋5 室8-1
泰山小区12号楼东单元 = 苑泰山小区 栋12 元东
泰山小区12号楼东单元301 = 苑泰山小区 栋12 元东 室301
泰山小区12楼3单元501 = 苑泰山小区 栋12 元3 室501
泰山小区12楼501 = 苑泰山小区 栋12 室501
泰山小区A区3栋 = 苑泰山小区A区 栋3
泰山小区2期5幢 = 苑泰山小区2期 栋5
泰山小区12排5号 = 苑泰山小区 栋12 室5
泰山小区3号楼2门501 = 苑泰山小区 栋3 元2 室501
泰山小区3栋12号 = 苑泰山小区 栋3 室12
泰山小区3号楼2单元5楼东户 = 苑泰山小区 栋3 元2 层5
泰山小区C47 = 苑泰山小区 栋C47
泰山小区车库12号 = 苑泰山小区 室12
泰山小区5号别墅 = 苑泰山小区 栋5
泰山小区5懂 = 苑泰山小区 栋5
泰山小区12号3栋2单元 = 苑泰山小区 号12 栋3 元2
万达广场负一层B102 = 苑万达广场 层-1 室B102
万达广场3楼302室 = 苑万达广场 层3 室302
万达广场商铺12号 = 苑万达广场 室12
万达广场一层116C = 苑万达广场 层1 室116C
万达广场3层 = 苑万达广场 层3
万达广场三楼 = 苑万达广场 层3
万达广场F3 = 苑万达广场 层3
万达广场3F = 苑万达广场 层3
万达广场B1层 = 苑万达广场 层B1
万达广场门面3号 = 苑万达广场 室3
昌建大厦2806 = 苑昌建大厦 室2806
昌建大厦2806室 = 苑昌建大厦 室2806
昌建大厦10B = 苑昌建大厦 室10B
昌建大厦A座28楼2806 = 苑昌建大厦 栋A 层28 室2806
昌建大厦A座28层 = 苑昌建大厦 栋A 层28
昌建大厦12层1203-1205室 = 苑昌建大厦 层12 室1203-1205
昌建大厦西座901 = 苑昌建大厦 栋西 室901
黄河路88号3-2-501 = 道黄河路 号88 栋3 元2 室501
黄河路88-3-2-501 = 道黄河路 号88 栋3 元2 室501
黄河路88号院5号楼 = 道黄河路 号88 栋5
闫庄村3组12号 = 组3 户12
闫庄村第三组 = 组3
闫庄村三队 = 组3
闫庄村七社 = 组7
闫庄村十二村民组 = 组12
闫庄村张庄3组12号 = 庄张庄 组3 户12
闫庄村12号 = 户12
闫庄村村东路12号 = 道村东路 号12
人民路与黄河路交叉口东北角万达广场3楼302 = 道人民路 苑万达广场 层3 室302
泰山小区三单元五楼东户 = 苑泰山小区 元3 层5
泰山小区6-2-101号 = 苑泰山小区 栋6 元2 室101
泰山小区12幢甲单元 = 苑泰山小区 栋12 元甲
泰山小区1#楼-2-301 = 苑泰山小区 栋1 元2 室301
泰山小区1号楼-2单元-301 = 苑泰山小区 栋1 元2 室301
泰山小区东区12#3-2 = 苑泰山小区东区 栋12 室3-2
泰山小区8号院7楼2门301 = 苑泰山小区 号8 栋7 元2 室301
泰山小区9号402房间 = 苑泰山小区 栋9 室402
泰山小区3单元201-202 = 苑泰山小区 元3 室201-202
泰山小区1502-1503室 = 苑泰山小区 室1502-1503
泰山小区1组团5栋 = 苑泰山小区1组团 栋5
泰山小区12号楼底商3号 = 苑泰山小区 栋12 室3
泰山小区地下车库B2层101号车位 = 苑泰山小区地下车库 层B2 室101
泰山小区3号门岗 = 苑泰山小区3号门岗
泰山小区S12商铺 = 苑泰山小区 室S12
泰山小区B1-001 = 苑泰山小区 栋B1 室001
泰山小区1101号房 = 苑泰山小区 室1101
泰山小区301# = 苑泰山小区 室301
泰山小区5#楼301# = 苑泰山小区 栋5 室301
泰山小区12栋301张三 = 苑泰山小区 栋12 室301
泰山小区A座12楼1205-1208 = 苑泰山小区 栋A 层12 室1205-1208
泰山小区18号4楼401 = 苑泰山小区 栋18 层4 室401
泰山小区2号楼B单元1201 = 苑泰山小区 栋2 元B 室1201
泰山小区6栋5-6号 = 苑泰山小区 栋6 室5-6
泰山小区1幢1-2层 = 苑泰山小区 栋1 层1-2
泰山小区3栋1单元501人民路12号 = 苑泰山小区 栋3 元1 室501 道人民路 号12
泰山小区3区7-123 = 苑泰山小区3区 栋7 室123
泰山小区20-5-5-8 = 苑泰山小区 栋20 元5 层5 室8
泰山小区6-5-8楼 = 苑泰山小区 栋6 元5 层8
人民路88号1楼 = 道人民路 号88 层1
人民路88号楼下 = 道人民路 号88
人民路88号之一 = 道人民路 号88-1
人民路88-1-2号 = 道人民路 号88-1-2
人民路88号、90号 = 道人民路 号88
人民路88号至92号 = 道人民路 号88
人民路第88号 = 道人民路 号88
人民路西段路北88号 = 道人民路西段 号88
人民路与黄河路交叉口向东100米路南12号 = 道人民路 号12
107国道12号 = 道107国道 号12
文化路1号河南大学金明校区3号宿舍楼201 = 道文化路 号1 苑河南大学金明校区 栋3 室201
万山一号湖里大道437号 = 苑万山 道湖里大道 号437
嵩山路15号滨江一号3号楼2单元501 = 道嵩山路 号15 苑滨江 栋3 元2 室501
李庄村李家组12号 = 庄李家组 户12
王庄村王庄36号 = 庄王庄 户36
马庄5组7号 = 庄马庄 组5 户7
李庄村委会东100米 =
"""


@pytest.mark.parametrize("case", CASES.split("\n")[1:-1])
def test_every_number_fills_the_slot_that_it_counts(case):
    text, _, labels = case.partition(" =")
    assert tail_of(text) == {LETTERS[label[0]]: label[1:] for label in labels.split()}


@pytest.mark.parametrize(
    "text",
    [
        "人民路", "318国道", "百安居", "58同城", "7天酒店", "车站向南500米", "泰山小区二期", "1号公馆", "G431", "4S店",
        "361度专卖店", "第2中学", "3路公交站", "泰山小区南门", "12号线", "2号门",
    ],
)  # fmt: skip
def test_numbers_in_names_and_distances_are_no_houses_number(text):
    assert not {"road_no", "building", "unit", "floor", "room", "house_no"} & tail_of(text).keys()


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("漯河市源汇区马路街街道友爱街社区人民路1号", ["漯河市", "源汇区", "马路街街道", "友爱街社区"]),
        ("大刘镇闫庄村", ["大刘镇", "闫庄村"]),
        ("市场路社区12号", ["市场路社区"]),
        ("路北区人民路3号", ["路北区"]),
        ("街西村3组", ["街西村"]),
        ("十五里店村村东路12号", ["十五里店村"]),
        ("小区路12号", []),
        ("桥头镇桥头村", ["桥头镇", "桥头村"]),
        ("镇海区镇江路3号", ["镇海区"]),
        ("浙江杭州余杭区文一西路", ["浙江", "杭州", "余杭区"]),
        ("浙江省金华市义乌市后宅街道遗安新村2区94栋", ["浙江省", "金华市", "义乌市", "后宅街道"]),
        ("上海路12号", []),
        ("海南路北京西路12号", []),
        ("临颍县城关街道三里头村5组", ["临颍县", "城关街道", "三里头村"]),
        ("大郭镇路西村2组", ["大郭镇", "路西村"]),
        ("漯河经济技术开发区后谢镇王庄社区", ["漯河经济技术开发区", "后谢镇", "王庄社区"]),
        ("广西壮族自治区桂林市临桂区临桂镇灵山村委", ["广西壮族自治区", "桂林市", "临桂区", "临桂镇", "灵山村委"]),
        ("人民路12号阳光社区", []),
    ],
)
def test_areas_are_read_from_wide_to_narrow_by_their_suffix(text, areas):
    parsed = parse(text)
    found = [slot.value for name in SLOTS[:5] if (slot := getattr(parsed, name))]
    assert found == areas


DIVISIONS = {
    "city": ["漯河市"],
    "district": ["源汇区", "临颍县"],
    "street": ["马路街街道", "大郭镇"],
    "community": ["友爱街社区", "归村东村", "路西村村委会", "人民路社区"],
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "漯河源汇马路街友爱街人民东路12号",
            {
                "city": "漯河", "district": "源汇", "street": "马路街", "community": "友爱街",
                "road": "人民东路", "road_no": "12",
            },
        ),
        ("源汇区归村东村3组", {"district": "源汇区", "community": "归村东村", "group": "3"}),
        ("大郭镇路西村3组", {"street": "大郭镇", "community": "路西村", "group": "3"}),
        ("友爱街12号", {"road": "友爱街", "road_no": "12"}),
        ("源汇路12号", {"road": "源汇路", "road_no": "12"}),
        ("人民路社区人民路12号", {"community": "人民路社区", "road": "人民路", "road_no": "12"}),
        ("漯河市场路12号", {"city": "漯河", "road": "市场路", "road_no": "12"}),
    ],
)  # fmt: skip
def test_known_names_and_their_short_forms_come_before_suffixes(text, found):
    assert said(Parser(DIVISIONS).parse(text)) == found


@pytest.mark.parametrize("district", ["岳阳楼区", "黄石港区"])
def test_a_district_may_begin_like_a_city(district):
    assert said(parse(f"{district}人民路12号")) == {"district": district, "road": "人民路", "road_no": "12"}


@pytest.mark.parametrize("tail", ["3#楼2#501#", "3#2#501", "3#2单元501", "3号楼2号单元501"])
def test_building_unit_and_room_may_all_be_said_with_a_hash(tail):
    assert said(parse(f"泰山小区{tail}")) == {"estate": "泰山小区", "building": "3", "unit": "2", "room": "501"}


@pytest.mark.parametrize("side", ["路南", "南侧", "东边", "西面的"])
def test_the_side_of_a_road_stands_between_it_and_its_number(side):
    assert said(parse(f"人民路{side}12号")) == {"road": "人民路", "road_no": "12"}


def test_a_slot_tells_where_it_stands_with_its_unit_word():
    text = "人民路12号院3号楼2单元501室"
    parsed = parse(text)
    assert parsed.road_no == Slot("12", 3, 6 + 1)
    assert [text[s.start : s.end] for s in (parsed.road, parsed.building, parsed.unit, parsed.room) if s] == [
        "人民路", "3号楼", "2单元", "501室",
    ]  # fmt: skip


def test_pieces_of_a_chain_stand_where_they_are_written():
    text = "泰山小区3-2-501室"
    parsed = parse(text)
    assert [text[s.start : s.end] for s in (parsed.building, parsed.unit, parsed.room) if s] == ["3", "2", "501室"]


def test_a_parser_that_remembers_says_the_same_as_one_that_does_not():
    rng = random.Random(5)
    stems = [case.partition(" =")[0] for case in CASES.split("\n")[1:-1]]
    texts = []
    for stem in stems * 4:
        text = normalise(stem).text
        texts.append("".join(rng.choice("123456789") if sign.isdigit() else sign for sign in text))
    parser = Parser()
    columns = parser.columns(texts)
    for row, text in enumerate(texts):
        assert parser.parse(text) == parse(text)
        assert {name: values[row] for name, values in columns.items() if values[row]} == said(parse(text))


def test_names_that_a_parser_knows_are_remembered_as_they_are_read():
    rows = [
        f"源汇区大郭镇{place}{n}组{n}号" for place in ("归村东村", "路西村", "新村", "人民路") for n in (1, 12, 123)
    ]
    rows += ["漯河市场路新村3组", "漯河市场路新村3号", "源汇区新村12号"]
    together = Parser(DIVISIONS)
    assert [together.parse(row) for row in rows * 2] == [Parser(DIVISIONS).parse(row) for row in rows * 2]


def test_a_parser_remembers_only_so_many_texts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gridgeo.locate.address.parse.MOST_KEPT", 10)
    rows = [f"{chr(0x4E00 + n)}{chr(0x5200 + n)}路{n}号{'东' * (n % 7)}{n}栋" for n in range(2000)]
    parser = Parser()
    said = [parser.parse(row).road for row in rows[:20]]
    tracemalloc.start()
    for row in rows:
        parser.parse(row)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 200_000  # of 2,000 texts a kilobyte each would be kept
    assert [parser.parse(row).road for row in rows[:20]] == said


def test_columns_of_nothing_are_empty():
    assert Parser().columns([]) == {name: [] for name in SLOTS}


def test_slots_for_evaluation_call_a_house_without_road_a_building():
    assert slots("收货地址：大刘镇闫庄村3组12号")["building"] == "12"
    assert slots("万达广场负一层B102") == {"estate": "万达广场", "floor": "负1层", "room": "B102"}


@pytest.mark.parametrize(
    "text", ["", "号", "12", "A", "-", "路号楼单元室", "村村村", "镇" * 30, "1" * 500, "A1" * 200, "1-" * 200]
)
def test_what_makes_no_sense_is_parsed_without_complaint(text):
    assert parse(text).text == text


def test_a_very_long_text_takes_no_longer_than_its_length():
    for piece in ("人民路12号", "1-", "村", "路", "A", "12号楼", "小区"):
        assert parse(piece * 2000).text


@pytest.mark.parametrize(
    ("text", "street", "community"),
    [
        ("老街办事处友爱街居委会人民路20号", "老街办事处", "友爱街居委会"),
        ("源汇区老街街道办友爱街社区居委会人民路20号", "老街街道办", "友爱街社区居委会"),
        ("问十镇人民政府闫庄村委会人民路20号", "问十镇人民政府", "闫庄村委会"),
        ("问十镇闫庄村村民委员会人民路20号", "问十镇", "闫庄村村民委员会"),
    ],
)
def test_the_office_of_a_known_area_stands_for_it(text: str, street: str, community: str) -> None:
    parser = Parser({"street": ["老街街道", "问十镇"], "community": ["友爱街社区", "闫庄村"], "district": ["源汇区"]})
    parsed = parser.parse(text)
    said = [slot.value for slot in (parsed.street, parsed.community, parsed.road) if slot]
    assert said == [street, community, "人民路"]


def test_a_number_that_ends_at_a_blank_is_one_even_if_a_name_follows():
    clean = normalise("人民路365 便利店")
    assert said(parse(clean.text, clean.breaks))["road_no"] == said(Parser().parse(clean.text, clean.breaks))["road_no"]
    assert "road_no" not in said(Parser().parse(clean.text))
