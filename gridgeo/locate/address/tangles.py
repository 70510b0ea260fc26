"""Names learnt from addresses that are two: 塔城和平街道 is 和平街道 in 塔城市, 也木勒牧场阿克苏村 a village of a farm.

In: how often each district, street and community was read by suffixes alone, and communities that are known for sure.
Out: the same counts with such names taken apart. Called by `gridgeo.locate.address.learn`.

By suffixes alone a short name runs into the next one, and an area whose kind no suffix tells (a farm, a regiment, a
zone) into the community behind it. What is left of a name when a known one is taken off its end or its beginning shows
which: others have it as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

__all__ = ["untangle"]

LEAST = 2
"""Communities behind one name that make it an area, or areas before one community. Chosen: once, it may be a name."""
HEAD = 3
"""Characters of an area of no known kind, at least: 东 and 新 before 团结村 make another village."""
_KIND = re.compile(
    "(?:街道办事处|街道|办事处|社区居民委员会|社区居委会|社区|居委会|村民委员会|村委会|[市区县旗镇乡村])$"
)


def untangle(
    districts: Counter[str],
    streets: Counter[str],
    communities: Counter[str],
    sure: Collection[str] = (),
    cities: Collection[str] = (),
) -> None:
    """Take names apart that are two.

    Parameters
    ----------
    districts, streets, communities : Counter
        Names as they were read, with the rows that have them; changed.
    sure : collection of str, optional
        Communities that there are.
    cities : collection of str, optional
        Names of the city: 高新区 behind a short one may be what is left of 漯河高新区.
    """
    parts = _ends_of_communities(streets, communities, {*sure})
    _districts_that_are_streets(districts, streets, communities, parts)
    wide = {*districts, *cities}
    _areas_of_communities(streets, communities, parts, wide | _shortened(wide))
    _behind_short_names(streets, _shortened(wide), {*streets})
    said = _shortened(cities)
    rests = [name for name in districts if any(streets[short + name] > districts[name] for short in said)]
    for name in [*rests, *(name for name in districts if _begins_street(name, districts, streets))]:
        districts.pop(name, None)
    for name in [name for name in communities if name not in sure and _is_said_short(name, communities, sure)]:
        del communities[name]


def _ends_of_communities(streets: Counter[str], communities: Counter[str], sure: set[str]) -> dict[str, int]:
    """Return where in communities that nobody is sure of one begins that is sure."""
    parts = {}
    for name in communities.keys() - sure:
        ends = (at for at in range(len(name) - 2) if name[at:] in sure)
        cut = next((at for at in ends if at >= HEAD or name[:at] in streets), None)
        if cut:
            parts[name] = cut
    return parts


def _districts_that_are_streets(
    districts: Counter[str], streets: Counter[str], communities: Counter[str], parts: dict[str, int]
) -> None:
    """Make streets of districts that more rows say behind another district: 蕉城区 | 东侨开发区 | 塔南社区."""
    behind = Counter[str]()
    for name, cut in parts.items():
        behind[name[:cut]] += communities[name]
    for name in [name for name in districts if behind[name] > districts[name]]:
        streets[name] += districts.pop(name)


def _areas_of_communities(
    streets: Counter[str], communities: Counter[str], parts: dict[str, int], wide: set[str]
) -> None:
    """Take communities off the areas before them: an area of no known kind becomes a street.

    Behind what is `wide`, a city or district, a community stands for itself as well.
    """
    heads = Counter(name[:cut] for name, cut in parts.items())
    tails = Counter(name[cut:] for name, cut in parts.items())
    known = _shortened(streets) | wide
    for name, cut in sorted(parts.items()):
        head, tail = name[:cut], name[cut:]
        if max(heads[head], tails[tail]) < LEAST and head not in streets and head not in known:
            continue
        count = communities.pop(name)
        communities[tail] += count
        if head not in known:
            streets[head] += count


def _behind_short_names(streets: Counter[str], shorts: set[str], known: set[str]) -> None:
    """Take the short name of a district off the streets behind it, where they are streets without it as well."""
    for name in list(streets):
        cut = next((at for at in range(2, len(name) - 1) if name[:at] in shorts and name[at:] in known), None)
        if cut:
            streets[name[cut:]] += streets.pop(name)


def _begins_street(name: str, districts: Counter[str], streets: Counter[str]) -> bool:
    """Tell whether what was read as a district begins a street or is one, alone or behind a short name."""
    shorts = _shortened(other for other in districts if other != name)
    rests = [name, *(name[at:] for at in range(2, len(name) - 1) if name[:at] in shorts)]
    return any(streets[street] > districts[name] for rest in rests for street in streets if street.startswith(rest))


def _shortened(names: Iterable[str]) -> set[str]:
    """Return names as they are said for short: without their kind, or cut by a character."""
    return {short for name in names for short in (_KIND.sub("", name), name[:-1]) if len(short) >= 2}


def _is_said_short(name: str, communities: Counter[str], sure: Collection[str]) -> bool:
    """Tell whether a community is another one without its kind: 文化街 alone is rather a road than 文化街社区."""
    return any(f"{name}{kind}" in communities or f"{name}{kind}" in sure for kind in ("社区", "村", "居委会"))
