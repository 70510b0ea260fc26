"""The names of a city's districts, streets and communities, learnt from its own addresses.

In: some of a library's addresses, taken apart by suffixes alone. Out: known names, by which all of them are taken apart
again: then 蓝田 is a street although a row leaves out 街道, and 凤桥区 a district although no list of districts has it.
Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from gridgeo.locate.address.normalise import plain_row
from gridgeo.locate.address.parse import Parser
from gridgeo.locate.address.tangles import untangle

__all__ = ["known_names"]

SAMPLE = 20_000
"""Rows that are looked at: every n-th. Chosen: every street of a city of two million rows is among them many times."""
OFTEN = 3
"""A name that so many of them have is no slip. Chosen."""
WHOLE = 0.8
"""A district that so many rows lie in is the city. Chosen."""

_PROVINCE = re.compile("^(.{2,6}?(?:省|自治区))(?:(.{2,8}?(?:市|州|盟|地区))(.*[区县市旗])?)?$")
"""A province that no list has, and what a row says behind it: 云川省峦安市, 云川省峦安市荻城市."""
_STREET_KINDS = ("街道", "镇", "乡", "办事处")
_COMPOUND = re.compile("^(.{1,9}?[区县市旗])(.{1,9}(?:街道|镇|乡|苏木|办事处))$")


def known_names(texts: Sequence[str], communities: Sequence[str] = ()) -> dict[str, list[str]]:
    """Return known names by level.

    Parameters
    ----------
    texts : sequence of str, (n,)
        Addresses as they were loaded.
    communities : sequence of str, optional
        Names that are known for sure, folded.

    Returns
    -------
    dict of str to list of str
        ``province, city, district, street, community``, as `gridgeo.locate.address.parse.Parser` takes them.
    """
    some = [plain_row(text).text for text in texts[:: max(1, len(texts) // SAMPLE)]]
    levels = Parser({"community": list(communities)}).columns(some)
    city, districts = Counter(levels["city"]), Counter(levels["district"])
    provinces, streets = Counter[str](), Counter(levels["street"])
    for name in (*districts, *city):
        _part_from_province(name, provinces, city if name in city else districts, districts)
    for name, count in districts.items():
        if name.endswith("市") and count >= WHOLE * len(some):
            city[name] += count
    _split(streets, districts)
    counted = Counter(levels["community"])
    cities = [name for name, count in city.items() if name and count >= WHOLE * len(some) / 2]
    for name in cities:
        districts.pop(name, None)
    untangle(districts, streets, counted, set(communities), cities)
    _without_districts(streets, districts)
    return {
        "province": _often(provinces),
        "city": cities,
        "district": _often(districts),
        "street": _often(streets),
        "community": [
            *communities,
            *(name for name in _often(counted) if name not in set(communities)),
        ],
    }


def _part_from_province(name: str, provinces: Counter[str], counts: Counter[str], districts: Counter[str]) -> None:
    """Take apart a city or district that begins with a province."""
    whole = _PROVINCE.match(name)
    if whole is None:
        return
    count = counts.pop(name)
    provinces[whole[1]] += count
    for part, own in ((whole[2], counts), (whole[3], districts)):
        if part:
            own[part] += count


def _split(streets: Counter[str], districts: Counter[str]) -> None:
    """Take apart streets that begin with a district's name: two streets at least must have it."""
    parts = {name: found for name in streets if (found := _COMPOUND.match(name))}
    shared = Counter(found[1] for found in parts.values())
    for name, found in parts.items():
        if shared[found[1]] > 1 or found[1] in districts:
            count = streets.pop(name)
            districts[found[1]] += count
            streets[found[2]] += count


def _without_districts(streets: Counter[str], districts: Counter[str]) -> None:
    """Take districts off the streets behind them: 源汇区老街 is 老街街道 without its kind, before a known community."""
    for name in list(streets):
        district = next((one for one in districts if one and name.startswith(one)), "")
        if district:
            count, rest = streets.pop(name), name[len(district) :]
            districts[district] += count
            if len(rest) > 1 and not any(f"{rest}{kind}" in streets for kind in _STREET_KINDS):
                streets[rest] += count


def _often(names: Mapping[str, int]) -> list[str]:
    """Return the names that are no slips."""
    return sorted(name for name, count in names.items() if name and count >= OFTEN)
