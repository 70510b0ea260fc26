"""The provinces, prefectures and counties of the country, and how people shorten their names.

In: ``data/divisions.txt``, made by ``bench/make_divisions.py``. Out: divisions by code, and by each of their names.
Next: ``divisions`` finds them in addresses. Read when first asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["Division", "all_divisions", "by_start", "county_names", "former_forms", "full_forms", "short_forms"]

Level = Literal["province", "city", "county"]

_FILE = Path(__file__).parent / "data" / "divisions.txt"

_PEOPLES = (
    "蒙古族|蒙古|回族|回|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|"
    "傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|"
    "普米族|塔吉克|怒族|独龙族|裕固族|保安族|各族|鄂伦春|鄂温克族"
)
"""Peoples as the names of autonomous divisions have them."""

_AUTONOMOUS = re.compile(f"^(?P<stem>.+?)(?:{_PEOPLES})*自治(?P<kind>[区州县旗])$")
_PLAIN = re.compile("^(?P<stem>.{2,}?)(?P<kind>特别行政区|林区|矿区|新区|地区|省|市|盟|县|区|旗)$")
_ZONE = re.compile("经济|技术|产业|工业|循环|综合|示范|管理|文化")
"""What only development zones have in their names; nobody calls them by what is left without it."""

NEVER_SHORT = frozenset(("市中", "新城", "城关", "城中", "城东", "城西", "城北", "城南"))
"""Stems that are words of every city: 城关 alone is a town, 新城 an estate."""

_WRITTEN = {"内蒙古自治区": "内蒙古"}
"""Stems that a rule gets wrong: the people is part of the name."""

_SAID = {"内蒙古自治区": ("内蒙",)}
"""Short forms that are no stems."""


class Division(NamedTuple):
    """A province, a prefecture or a county, each with what stands at its level (直辖市, 自治州, 区, 旗)."""

    code: str
    """2, 4 or 6 digits of the standard code; a part of it is the code of what it lies in."""
    name: str
    level: Level
    parent: str
    """Code of the prefecture, of the province where there is none between, empty for a province."""


@cache
def all_divisions() -> dict[str, Division]:
    """Return every division by its code."""
    names = dict(line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines())
    levels: dict[int, Level] = {2: "province", 4: "city", 6: "county"}
    parents = {code: code[:4] if len(code) == 6 and code[:4] in names else code[:2] for code in names}
    return {
        code: Division(code, name, levels[len(code)], parents[code] if len(code) > 2 else "")
        for code, name in names.items()
    }


@cache
def county_names() -> frozenset[str]:
    """Return the names of all counties."""
    return frozenset(division.name for division in all_divisions().values() if division.level == "county")


def full_forms(name: str) -> tuple[str, ...]:
    """Return how a division is called in full: with the word for its level, with and without its peoples.

    Examples
    --------
    >>> full_forms("恩施土家族苗族自治州"), full_forms("广西壮族自治区"), full_forms("漯河市")
    (('恩施土家族苗族自治州', '恩施州'), ('广西壮族自治区', '广西省', '广西自治区'), ('漯河市',))
    """
    found = _AUTONOMOUS.match(name)
    if not found:
        return (name,)
    stem, kind = _stem(name, found), found["kind"]
    return (name, f"{stem}省", f"{stem}自治区") if kind == "区" else (name, f"{stem}{kind}")


def short_forms(name: str) -> tuple[str, ...]:
    """Return how a division is called for short; nothing where that would be a word of every city.

    Examples
    --------
    >>> short_forms("内蒙古自治区"), short_forms("漯河市"), short_forms("恩施土家族苗族自治州")
    (('内蒙古', '内蒙'), ('漯河',), ('恩施',))
    >>> short_forms("郊区"), short_forms("萧县"), short_forms("郑州高新技术产业开发区"), short_forms("神农架林区")
    ((), (), (), ('神农架',))
    """
    found = _AUTONOMOUS.match(name) or _PLAIN.match(name)
    if not found or _ZONE.search(name):
        return ()
    stem = _stem(name, found)
    return () if stem in NEVER_SHORT or len(stem) < 2 else (stem, *_SAID.get(name, ()))


def _stem(name: str, found: re.Match[str]) -> str:
    """Return what is left without the word for the level and the peoples: 东乡 of 东乡族自治县, too."""
    stem = _WRITTEN.get(name, found["stem"])
    return stem.removesuffix("族") if "自治" in name else stem


_BEFORE: dict[Level, dict[str, tuple[str, ...]]] = {
    "county": {"区": ("市", "县"), "市": ("县",)},
    "city": {"市": ("地区",)},
    "province": {},
}
"""How a division may have been called before it became a district or a city."""


def former_forms(name: str, level: Level) -> tuple[str, ...]:
    """Return what a division may have been called before it became a city or a district, and as people go on to say.

    Examples
    --------
    >>> former_forms("余杭区", "county"), former_forms("东阳市", "county"), former_forms("山南市", "city")
    (('余杭市', '余杭县'), ('东阳县',), ('山南地区',))
    """
    kinds = () if "自治" in name else _BEFORE[level].get(name[-1], ())
    return tuple(f"{stem}{kind}" for stem in short_forms(name) for kind in kinds)


Form = tuple[str, bool, tuple[Division, ...]]
"""A form, whether it is a full one, what it may mean, the highest level first."""


@cache
def by_start() -> dict[str, tuple[Form, ...]]:
    """Return the forms of all names by their first two characters, the longest first."""
    meant: defaultdict[str, list[Division]] = defaultdict(list)
    full: set[str] = set()
    known = {division.name for division in all_divisions().values()}
    for division in all_divisions().values():
        former = (form for form in former_forms(division.name, division.level) if form not in known)
        forms = (*full_forms(division.name), *former)
        full.update(forms)
        for form in dict.fromkeys((*forms, *short_forms(division.name))):
            meant[form].append(division)
    starts: defaultdict[str, list[Form]] = defaultdict(list)
    for form in sorted(meant, key=len, reverse=True):
        divisions = tuple(sorted(meant[form], key=lambda division: len(division.code)))
        starts[form[:2]].append((form, form in full, divisions))
    return {start: tuple(forms) for start, forms in starts.items()}
