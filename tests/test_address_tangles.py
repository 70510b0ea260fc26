"""Names that were read as one and are two: a short district before a street, a farm or regiment before a village."""

from __future__ import annotations

from collections import Counter

from gridgeo.locate.address.learn import known_names
from gridgeo.locate.address.tangles import untangle


def untangled(
    districts: dict[str, int] | None = None,
    streets: dict[str, int] | None = None,
    communities: dict[str, int] | None = None,
    sure: tuple[str, ...] = (),
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    counts = Counter(districts or {}), Counter(streets or {}), Counter(communities or {})
    untangle(*counts, sure)
    return dict(counts[0]), dict(counts[1]), dict(counts[2])


def test_a_short_district_is_taken_off_a_street_that_stands_without_it_as_well() -> None:
    _, streets, _ = untangled({"塔山市": 50}, {"和平街道": 20, "塔山和平街道": 4, "塔山新城街道": 3})
    assert streets == {"和平街道": 24, "塔山新城街道": 3}


def test_the_beginning_of_a_street_is_no_district() -> None:
    districts, _, _ = untangled({"额河县": 50, "额河郊区": 3, "郊区": 2, "城区": 40}, {"郊区乡": 30, "城区街道": 10})
    assert districts == {"额河县": 50, "城区": 40}


def test_communities_behind_an_area_of_no_known_kind_stand_for_themselves() -> None:
    read = {"青山牧场河沿村": 9, "青山牧场北滩村": 7, "第七师一二三团团部社区": 5, "第七师一二四团团部社区": 4}
    _, streets, communities = untangled(communities=read, sure=("河沿村", "北滩村", "团部社区"))
    assert streets == {"青山牧场": 16, "第七师一二三团": 5, "第七师一二四团": 4}
    assert communities == {"河沿村": 9, "北滩村": 7, "团部社区": 9}


def test_a_village_whose_name_ends_as_another_one_stays_whole() -> None:
    _, streets, communities = untangled(communities={"大王庄村": 9, "大李家王庄村": 6}, sure=("王庄村",))
    assert (streets, communities) == ({}, {"大王庄村": 9, "大李家王庄村": 6})


def test_a_community_without_its_kind_is_no_other_one() -> None:
    _, _, communities = untangled(communities={"文化街": 5, "东园": 5}, sure=("文化街社区",))
    assert communities == {"东园": 5}


def test_a_county_city_with_the_name_of_its_prefecture_is_a_district() -> None:
    rows = [
        f"塔城地区{area}迎宾路{n}号" for area in ("塔城市和平街道老街社区", "额敏县额敏镇北街社区") for n in range(9)
    ]
    known = known_names(rows)
    assert (known["city"], known["district"]) == (["塔城地区"], ["塔城市", "额敏县"])


def test_a_zone_behind_a_district_is_a_street_though_some_rows_leave_the_district_out() -> None:
    read = {"东桥开发区塔南社区": 30, "东桥开发区兰溪社区": 20}
    districts, streets, communities = untangled(
        {"蕉山区": 90, "东桥开发区": 5}, communities=read, sure=("塔南社区", "兰溪社区")
    )
    assert (districts, streets) == ({"蕉山区": 90}, {"东桥开发区": 55})
    assert communities == {"塔南社区": 30, "兰溪社区": 20}
