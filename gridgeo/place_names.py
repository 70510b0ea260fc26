"""The names of communities and streets as layers print them and as addresses write them.

In: names and addresses. Out: which name stands in an address. Used by `gridgeo.intake.address_check`,
`gridgeo.locate.places` and, for short names, by `gridgeo.render`. Only names that cannot be taken for something else
count: a community called 人民路 cannot be told from the road in an address of another community.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["name_forms", "named_communities", "names_in", "short_community", "starts_of"]

SHORTEST_NAME = 3
"""Names of fewer characters stand inside other words."""

ROADS = ("路", "街", "巷", "道")
"""A community of such a name cannot be told from the road in an address of another community."""

SUBDISTRICT = "街道"
"""A street in the sense of an administration, which is no road although it ends like one."""

_COMMITTEES = {"居民委员会": "社区", "村民委员会": "村", "居委会": "社区", "村委会": "村"}
"""Word for a committee → what the place itself is called."""

_OFFICES = ("办事处", "人民政府")

Rows = NDArray[np.int64]


def short_community(name: str) -> str:
    """Return a community's name as maps print it, without the word for its committee.

    Examples
    --------
    >>> short_community("闫庄村村民委员会"), short_community("老街社区居民委员会"), short_community("东街居委会")
    ('闫庄村', '老街社区', '东街')
    """
    for committee in _COMMITTEES:
        stem = name.removesuffix(committee)
        if stem and stem != name:
            return stem
    return name


def name_forms(name: str) -> list[str]:
    """Return the writings of one name that addresses use and that can be told from other words.

    Parameters
    ----------
    name : str
        Of a community or a street.

    Examples
    --------
    >>> name_forms("闫庄村委会"), name_forms("老街社区居民委员会"), name_forms("桂园街道办事处"), name_forms("五一路")
    (['闫庄村委会', '闫庄村'], ['老街社区居民委员会', '老街社区'], ['桂园街道办事处', '桂园街道'], [])
    """
    stem = short_community(name)
    forms = [name, stem]
    forms += [stem + place for word, place in _COMMITTEES.items() if name == stem + word and not stem.endswith(place)]
    forms += [name.removesuffix(office) for office in _OFFICES]
    return [form for form in dict.fromkeys(forms) if _can_be_told(form)]


def _can_be_told(name: str) -> bool:
    """Return whether a name is long enough and no road's."""
    return len(name) >= SHORTEST_NAME and (name.endswith(SUBDISTRICT) or not name.endswith(ROADS))


def named_communities(addresses: Sequence[str], names: Sequence[str]) -> Rows:
    """Return the one community whose full name stands in each address.

    Parameters
    ----------
    addresses : sequence of str, (n,)
    names : sequence of str, (m,)
        Names of the communities; those shorter than `SHORTEST_NAME` characters, of roads, and names that several
        communities share name none.

    Returns
    -------
    ndarray of int, (n,)
        Row of the community, -1 where an address names none or several. Of names that contain each other the longest
        counts.

    Examples
    --------
    >>> named_communities(["老街街道滨西社区8号", "滨西社区转新滨西社区", "8号"], ["滨西社区", "新滨西社区"]).tolist()
    [0, -1, -1]
    """
    rows = {name: row for row, name in enumerate(names) if _can_be_told(name)}
    rows |= {name: -1 for name, count in Counter(names).items() if count > 1 and name in rows}
    starts = starts_of(rows)
    found = [names_in(address, starts) for address in addresses]
    return np.array([rows[next(iter(names))] if len(names) == 1 else -1 for names in found], dtype=np.int64)


def starts_of(names: Iterable[str]) -> dict[str, list[str]]:
    """Return a table of the first two characters of names → the names, the longest first."""
    starts: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        starts.setdefault(name[:2], []).append(name)
    return starts


def names_in(address: str, starts: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the names that stand in an address; of names at one place the longest, and none inside another.

    A table of two-character starts (`starts_of`) is searched faster than one pattern of all names.
    """
    found, at = set(), 0
    while at < len(address):
        for name in starts.get(address[at : at + 2], ()):
            if address.startswith(name, at):
                found.add(name)
                at += len(name) - 1
                break
        at += 1
    return found
