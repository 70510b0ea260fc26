"""What the names of a city's companies share: places that they begin with, trades that they end with.

In: all names of a library. Out: `gridgeo.locate.address.forms.Shared`: 漯河市鑫源商贸有限公司 is also 鑫源公司
because 漯河 and 商贸 are in the names of many. Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from gridgeo.locate.address.forms import SAID, Level, Shared, company_core, forms, headless

__all__ = ["shared_of"]

OFTEN = 5
"""An ending that so many companies share may be a trade. Chosen."""
GOES_ON = 0.25
"""It begins one character earlier if this share of them has the same one there: 林绿化, 园林绿化. Chosen."""
COMMON = 12
"""A beginning that so many companies share, and one of a hundred at least, is a place's name. Chosen."""


def _heads(cities: Sequence[str], names: Sequence[tuple[Level, str]], companies: list[str]) -> dict[str, list[str]]:
    """Return what names of the city's companies and offices begin with, by two characters, the longest first.

    These are the city, its districts and towns, and whatever else many of them share: the province, most of all.
    """
    said = [form for city in cities for form in (city, re.sub("[市省]$", "", city))]
    for level, name in names:
        if level in (Level.AREA, Level.STREET):
            said += [form for form, cost in forms(level, name) if cost <= SAID]
    shared = Counter(name[:size] for name in companies for size in (2, 3))
    often = {head for head, count in shared.items() if count >= max(COMMON, len(companies) / 100)}
    said += [
        head
        for head in often
        if len(head) == 2
        and not any(shared[head] == shared[longer] for longer in often if longer[:2] == head != longer)
    ]
    said += [head for head in often if len(head) == 3 and head[-1] in "市县区省"]
    heads: dict[str, list[str]] = {}
    for form in sorted({form for form in said if len(form) >= 2}, key=lambda form: (-len(form), form)):
        heads.setdefault(form[:2], []).append(form)
    return heads


def shared_of(cities: Sequence[str], names: Sequence[tuple[Level, str]]) -> Shared:
    """Return what the names of a city's companies share.

    Parameters
    ----------
    cities : sequence of str
        Names of the city and its province.
    names : sequence of (Level, str)
    """
    companies = [name for level, name in names if level == Level.PLACE and name.endswith("公司")]
    heads = _heads(cities, names, companies)
    cores = [core for name in companies if (core := company_core(headless(name, heads)))]
    return Shared(heads, _trades(cores))


def _trades(cores: list[str]) -> set[str]:
    """Return the trades with which own parts of companies' names end; a brand of two characters stays before each."""
    tails = Counter(core[-size:] for core in cores for size in range(2, len(core) - 1))
    found = set()
    for core in cores:
        size = 2
        while size + 3 <= len(core) and tails[core[-size - 1 :]] >= GOES_ON * tails[core[-size:]]:
            size += 1
        if size + 2 <= len(core) and tails[core[-size:]] >= OFTEN:
            found.add(core[-size:])
    return found
