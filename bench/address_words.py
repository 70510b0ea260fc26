"""The words of invented cities for the address benchmark: names of divisions and roads, trades, spellings.

The long lists stand in `address_words.toml`. Divisions, estates, shops and companies are invented; none of the
provinces, cities, districts and counties exists. Only `REAL_PLACES` and `CITY_STEMS` are real, for addresses of other
cities and for roads that bear a city's name.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _list(name: str) -> list[str]:
    return str(_LISTS[name]).split()


PROVINCES = _list("provinces")
CITIES = _list("cities")
DISTRICTS = _list("districts")
COUNTIES = _list("counties")
COUNTY_CITIES = _list("county_cities")
STREETS = _list("streets")
TOWNS = _list("towns")
CITY_STEMS = _list("city_stems")
ROAD_STEMS = _list("road_stems")
LANE_STEMS = _list("lane_stems")
COMMUNITY_STEMS = _list("community_stems")
VILLAGE_HEADS = _list("village_heads")
VILLAGE_TAILS = _list("village_tails")
FAMILIES = _list("families")
HAMLET_HEADS = _list("hamlet_heads")
HAMLET_TAILS = _list("hamlet_tails")
ESTATE_HEADS = _list("estate_heads")
ESTATE_TAILS = _list("estate_tails")
WORKS = _list("works")
MARKETS = _list("markets")
CHAINS = _list("chains")
SHOP_HEADS = _list("shop_heads")
SHOP_TAILS = _list("shop_tails")
TRADES = _list("trades")
REAL_PLACES = _list("real_places")
SAME_SOUND = _list("same_sound")
DIALECT = _list("dialect")
TRADITIONAL = _list("traditional")

ROAD_ENDS = ("路", "路", "路", "路", "街", "街", "大道", "大街")
LANE_ENDS = ("里", "胡同", "巷", "巷")
SERIES = ("一", "二", "三", "四")
STEM_HEADS, STEM_TAILS = "文崇尚仁德明兴安永福祥瑞嘉宏景丰华正启同广", "成业远达宁泰康顺隆盛信义礼智晖岭溪泉"
THIRD = "桥湾坡关园港塘屏"
"""A third syllable, for big cities."""
GROUP_WORDS = ("组", "组", "队", "社")
PHASES = (("一期", "二期"), ("一期", "二期", "三期"), ("A区", "B区"), ("东区", "西区"), ("南区", "北区"))
YARDS = ("宿舍", "生活区", "职工宿舍", "家属楼")
FIRM_FIRST, FIRM_SECOND = "瑞恒信拓嘉睿铭博凯晟弘鼎荣", "禾达泰诚源程越森澜创辰邦卓沃"
FIRM_ENDS = ("有限公司", "有限公司", "有限责任公司", "股份有限公司")
