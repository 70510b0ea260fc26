"""What people say for a name, and how near that is to saying it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.address.forms import CORE, MIXED, SAID, SHORT, TRADELESS, Level, Shared, forms

SHARED = Shared({"漯河": ["漯河市", "漯河"], "源汇": ["源汇区", "源汇"]}, {"商贸"})


def cost(level: Level, name: str, said: str) -> float | None:
    return dict(forms(level, name, SHARED)).get(said)


@pytest.mark.parametrize(
    ("level", "name", "said"),
    [
        (Level.AREA, "源汇区", "源汇"),
        (Level.AREA, "漯河经济技术开发区", "经开区"),
        (Level.AREA, "长阳土家族自治县", "长阳"),
        (Level.STREET, "马路街街道", "马路街"),
        (Level.STREET, "马路街街道", "马路街办事处"),
        (Level.STREET, "问十乡", "问十镇"),
        (Level.COMMUNITY, "友爱街社区", "友爱街"),
        (Level.COMMUNITY, "友爱街社区居民委员会", "友爱街社区"),
        (Level.COMMUNITY, "闫庄村", "闫庄村委会"),
        (Level.COMMUNITY, "闫庄村村民委员会", "闫庄"),
        (Level.ESTATE, "泰山小区1期", "泰山1期"),
        (Level.PLACE, "黄铺村村民委员会", "黄铺村委会"),
    ],
)
def test_what_is_as_usual_as_the_name_costs_next_to_nothing(level: Level, name: str, said: str) -> None:
    assert cost(level, name, said) == pytest.approx(SAID)


@pytest.mark.parametrize(
    ("level", "name", "said", "costs"),
    [
        (Level.ROAD, "人民东路", "人民路", CORE),
        (Level.ROAD, "人民东路", "东人民路", SHORT),
        (Level.ROAD, "码头街", "码头路", MIXED),
        (Level.ESTATE, "泰山小区", "泰山", SHORT),
        (Level.ESTATE, "泰山小区", "泰山花园", SHORT),
        (Level.ESTATE, "泰山小区1期", "泰山小区", CORE),
        (Level.ESTATE, "悦澜国际", "悦澜", MIXED),
        (Level.ESTATE, "悦澜佳苑", "悦澜", MIXED),
        (Level.ESTATE, "悦澜佳苑1期", "悦澜佳苑", CORE),
        (Level.PLACE, "鑫源超市(人民路店)", "鑫源超市", SHORT / 2),
        (Level.PLACE, "漯河市鑫源商贸有限公司", "漯河鑫源商贸有限公司", SAID / 2),
        (Level.PLACE, "漯河市鑫源商贸有限公司", "鑫源商贸", CORE),
        (Level.PLACE, "漯河市鑫源商贸有限公司", "鑫源公司", TRADELESS),
        (Level.PLACE, "公安局源汇分局马路街派出所", "马路街派出所", SHORT),
        (Level.PLACE, "明礼中心卫生院", "明礼卫生院", SHORT),
        (Level.PLACE, "漯河市第一中学", "漯河一中", SHORT),
        (Level.PLACE, "漯河市第一中学", "市第一中学", SAID),
        (Level.PLACE, "漯河市第一中学", "市一中", SHORT + SAID),
    ],
)
def test_what_leaves_out_more_costs_more(level: Level, name: str, said: str, costs: float) -> None:
    assert cost(level, name, said) == pytest.approx(costs)


def test_a_name_is_never_cut_down_to_one_character() -> None:
    assert forms(Level.AREA, "单县") == [("单县", 0.0)]
    assert forms(Level.ROAD, "东路") == [("东路", 0.0)]
    assert forms(Level.PLACE, "店") == []


def test_a_lane_is_not_said_as_a_road() -> None:
    assert cost(Level.ROAD, "文庙巷", "文庙路") is None
    assert cost(Level.ROAD, "文庙路", "文庙街") == MIXED


def test_brackets_in_a_name_may_be_read_or_left_out() -> None:
    assert cost(Level.ESTATE, "福建土楼(华安)旅游区", "福建土楼华安旅游区") == 0.0
    assert cost(Level.ESTATE, "福建土楼(华安)旅游区", "福建土楼旅游区") == 0.0


def test_only_the_citys_own_places_are_left_out_before_a_companys_name() -> None:
    assert cost(Level.PLACE, "漯河市源汇区鑫源商贸公司", "鑫源商贸公司") == CORE
    assert cost(Level.PLACE, "郑州鑫源商贸公司", "鑫源商贸公司") is None


@given(
    level=st.sampled_from(Level),
    name=st.text("人民东路源汇区街道社区村委会小花园一1期有限公司市()店中心", min_size=1, max_size=14),
)
def test_every_form_stands_once_and_costs_at_most_half_an_edit(level: Level, name: str) -> None:
    found = forms(level, name, SHARED)
    texts = [text for text, _ in found]
    assert len(set(texts)) == len(texts)
    assert all(len(text) >= 2 for text in texts)
    assert all(0 <= costs <= 0.5 for _, costs in found)
    if len(name) >= 2 and "(" not in name and ")" not in name:
        assert dict(found)[name] == 0.0
