"""Where the areas of an address end when no names are known."""

from __future__ import annotations

import pytest

from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.parse import Parser, parse


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("宁远县水市镇欧家村2组", "宁远县 水市镇 欧家村"),
        ("双辽市白市街理想城邦31-4-293", "双辽市"),
        ("开原市民族街九鼎4期2号楼", "开原市"),
        ("中山市东区街道恒大绿洲70栋", "中山市 东区街道"),
        ("中山市南区街道恒大绿洲70栋", "中山市 南区街道"),
        ("镇江句容市华阳东路8号", "镇江 句容市"),
        ("江苏镇江京口区东吴路8号", "江苏 镇江 京口区"),
        ("天津河北区群芳路8号", "天津 河北区"),
        ("长春绿园区普阳街8号", "长春 绿园区"),
        ("新乡红旗区人民东路63号", "新乡 红旗区"),
        ("浚县红旗路8号", "浚县"),
        ("石家庄长安区棉二生活区93-2-672", "石家庄 长安区"),
        ("江北区万科悦湾北区28-42-46", "江北区"),
        ("北京海淀区林业大学家属院西区43-8", "北京 海淀区"),
        ("鹿城区全境下吕浦锦苑3幢", "鹿城区"),
        ("朝阳区四环到五环之间双桥南路9号", "朝阳区"),
        ("平潭县城关镇镇海路10号", "平潭县 城关镇"),
        ("通道县东乡族乡坪坦村", "通道县 东乡族乡 坪坦村"),
    ],
)
def test_areas_end_where_people_end_them(text: str, areas: str) -> None:
    parsed = parse(normalise(text).text)
    found = (parsed.province, parsed.city, parsed.district, parsed.street, parsed.community)
    assert " ".join(slot.value for slot in found if slot) == areas


def test_a_known_street_may_stand_behind_its_community():
    parser = Parser({"district": ["源汇区"], "street": ["老街街道", "马路街"], "community": ["友爱街社区"]})
    parsed = parser.parse("源汇区友爱街社区老街街道人民路20号")
    assert [slot.value for slot in (parsed.street, parsed.community, parsed.road) if slot] == [
        "老街街道", "友爱街社区", "人民路",
    ]  # fmt: skip
    assert parser.parse("源汇区友爱街社区马路街20号").street is None
