"""Which provinces, prefectures and counties stand in an address, and which are another city's."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.address.division_table import all_divisions, by_start
from gridgeo.locate.address.divisions import Own, elsewhere, named, own_of

LUOHE = own_of(["河南省", "漯河市", "源汇区", "郾城区", "召陵区", "舞阳县", "临颍县"])
XIAN = own_of(["陕西省", "西安市", "长安区", "未央区"])
NAMING = {
    "山东青岛市南区香港中路12号": "山东 青岛 市南区",
    "青岛市市南区香港中路": "青岛市 市南区",
    "青岛市北区": "青岛 市北区",
    "北京市朝阳区望京": "北京市 朝阳区",
    "朝阳区建国路93号": "朝阳区",
    "青海西宁城东区": "青海 西宁 城东区",
    "北海市重庆路5号": "北海市",
    "内蒙古呼和浩特新城区": "内蒙古 呼和浩特 新城区",
    "广西壮族自治区南宁市": "广西壮族自治区 南宁市",
    "湖北恩施州利川市": "湖北 恩施州 利川市",
    "辽宁辽阳白塔区": "辽宁 辽阳 白塔区",
    "吉林吉林市船营区": "吉林 吉林市 船营区",
    "河南新乡新乡县": "河南 新乡 新乡县",
    "杭州余杭文一西路": "杭州 余杭",
    "浙江省杭州市江干区": "浙江省 杭州市 江干区",
    "浙江杭州余杭市": "浙江 杭州 余杭市",
    "越城区镇海路": "越城区",
    "台湾省台北市": "台湾省 台北市",
    "送到北京市朝阳区": "北京市 朝阳区",
    "河南省,漯河市 源汇区": "河南省 漯河市 源汇区",
    "漯河市源汇区中国河南漯河源汇区": "漯河市 源汇区 河南 漯河 源汇区",
    "郑州": "郑州",
    "100020北京市朝阳区": "北京市 朝阳区",
}
NAMELESS = [
    "陕西南路3号",
    "北京路2号",
    "上海花园3号",
    "重庆小面",
    "长江南路",
    "中山路",
    "鼓楼街",
    "中山东一路",
    "四平东路8号",
    "南阳村",
    "洛阳镇",
    "河南大学",
    "朝阳新村",
    "莞城区东城",
    "漯河市民广场",
    "上海城5栋",
    "阿里巴巴",
    "深圳市某某科技有限公司",
    "浙江兰溪某某框业有限公司",
    "招商银行浙江省分行",
    "泰山小区南门对面",
    "青年大道与民权路路口",
    "人民路北京烤鸭",
    "城区",
    "",
    "市",
    "12号",
]


@pytest.mark.parametrize("text", NAMING)
def test_divisions_are_named_as_they_stand(text: str) -> None:
    found = named(text)
    assert " ".join(one.text for one in found) == NAMING[text]
    assert all(text[one.start : one.end] == one.text for one in found)


@pytest.mark.parametrize("text", NAMELESS)
def test_roads_estates_and_firms_name_no_division(text: str) -> None:
    assert named(text) == []


def test_a_name_means_what_stands_beside_it() -> None:
    assert {one.code for one in named("朝阳区")[0].divisions} == {"110105", "220104"}
    assert [one.code for one in named("北京朝阳区")[1].divisions] == ["110105"]
    assert [one.code for one in named("长春市朝阳区")[0].divisions] == ["2201"]
    assert [one.level for one in named("河南漯河源汇区")[1].divisions] == ["city"]


@pytest.mark.parametrize(
    "text",
    [
        "河南省漯河市源汇区马路街",
        "漯河源汇区",
        "源汇区马路街",
        "漯河市郾城县",
        "河南漯河经济技术开发区",
        "舞阳县莲花镇",
        "临颍县城关镇",
        "人民路1号",
        "北京路2号",
        "上海花园",
        "南阳村3组",
        "河南省",
    ],
)
def test_what_is_the_own_citys_is_not_elsewhere(text: str) -> None:
    assert elsewhere(text, LUOHE) is None


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("河南省郑州市金水区", "郑州市"),
        ("山东青岛市南区香港中路", "山东"),
        ("朝阳区建国路", "朝阳区"),
        ("青岛香港中路12号", "青岛"),
        ("河南许昌鄢陵县", "许昌"),
        ("济源市沁园路", "济源市"),
        ("台湾省台北市", "台湾省"),
        ("我在广东深圳南山区", "广东"),
    ],
)
def test_another_city_is_elsewhere(text: str, foreign: str) -> None:
    found = elsewhere(text, LUOHE)
    assert found is not None
    assert found.text == foreign


def test_a_name_that_the_own_city_has_too_is_its_own() -> None:
    assert elsewhere("长安区韦曲街道", XIAN) is None
    assert elsewhere("石家庄长安区", XIAN) is not None
    assert elsewhere("长安区", LUOHE) is not None


def test_a_wrong_district_of_the_own_city_is_not_foreign() -> None:
    own = own_of(["漯河市", "源汇区"])
    assert elsewhere("漯河市舞阳县", own) is None
    assert elsewhere("重庆市渝中区", own_of(["重庆市", "大足区"])) is None


def test_one_district_tells_the_city_and_the_province() -> None:
    own = own_of(["源汇区"])
    assert {"河南", "河南省", "漯河", "漯河市", "源汇"} <= own.names
    assert elsewhere("河南省漯河市召陵区", own) is None


def test_a_name_of_two_cities_is_told_by_the_others() -> None:
    own = own_of(["朝阳区", "海淀区"])
    assert "北京" in own.names
    assert "长春" not in own.names


def test_own_places_that_begin_like_a_city_are_not_foreign() -> None:
    own = own_of(["漯河市"], places=["郑州市人家", "青岛啤酒城"])
    assert elsewhere("郑州市人家3号楼", own) is None
    assert elsewhere("郑州市金水区", own) is not None


def test_a_library_without_divisions_calls_every_city_foreign() -> None:
    assert own_of([]) == Own(frozenset(), frozenset(), frozenset(), 0)
    assert elsewhere("河南省漯河市", own_of([])) is not None


def test_the_table_is_whole() -> None:
    table = all_divisions()
    assert sum(one.level == "province" for one in table.values()) == 34
    assert all(one.parent in table for one in table.values() if one.level != "province")
    assert table["411102"].name == "源汇区"
    assert all(form[0].startswith(start) for start, forms in by_start().items() for form in forms)


@given(
    st.lists(
        st.sampled_from(["河南", "省", "郑州", "市", "金水", "区", "北京", "路", " ", "朝阳", "吉林", "8号", "在"]),
        max_size=40,
    )
)
def test_any_text_is_read_in_order_and_once(words: list[str]) -> None:
    text = "".join(words)
    found = named(text)
    assert all(text[one.start : one.end] == one.text and one.divisions for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    assert len(named("吉林" * 5000)) == 5000


def test_a_county_of_the_own_city_with_the_wrong_word_is_not_elsewhere() -> None:
    own = own_of(["湖南省", "岳阳市", "平江县", "华容县"])
    for text in ("岳阳市平江区石牛寨镇", "平江市龙门镇", "岳阳市华容区操军镇"):
        assert elsewhere(text, own) is None, text
    assert elsewhere("鄂州市华容区操军镇", own) is not None
    assert elsewhere("宜城市民权街86号", own).text == "宜城市"
