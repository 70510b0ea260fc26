"""The names of communities and streets as layers print them and as addresses write them.

In: names and addresses. Out: which name stands in an address. Used by `gridgeo.intake.address_check`,
`gridgeo.locate.places` and, for short names, by `gridgeo.render`. Only names that cannot be taken for something else
count: a community called 人民路 cannot be told from the road in an address of another community.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["NameTable", "name_forms", "named_communities", "short_community"]

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
Words = NDArray[np.uint64]
Signs = NDArray[np.uint32]


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
    found = NameTable(rows).found(addresses)
    return np.array([rows[next(iter(names))] if len(names) == 1 else -1 for names in found], dtype=np.int64)


class NameTable:
    """Finds names in texts, a hundred thousand at once.

    The characters of all texts are one array; only where three of them begin a name is a text looked at.

    Parameters
    ----------
    names : iterable of str
        Of `SHORTEST_NAME` characters or more.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._starts: dict[str, list[str]] = {}
        for name in sorted(names, key=len, reverse=True):
            self._starts.setdefault(name[:SHORTEST_NAME], []).append(name)
        characters = _characters("".join(self._starts)).reshape(-1, SHORTEST_NAME)
        self._keys = np.unique(_keys(*characters.T))
        self._coarse = np.zeros(_COARSE, bool)
        self._coarse[_coarse(*characters.T)] = True

    def found(self, texts: Sequence[str]) -> list[frozenset[str]]:
        """Return the names that stand in each text; of names at one place the longest, and none inside another.

        Parameters
        ----------
        texts : sequence of str, (n,)
        """
        found = [_NONE] * len(texts)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(lengths)
        places = self._hits(_characters("".join(texts)))
        rows = np.searchsorted(ends, places, side="right")
        starts = places - (ends - lengths)[rows]
        last, free = -1, 0  # the row looked at before, and where its last name ended
        for row, at in zip(rows.tolist(), starts.tolist(), strict=True):
            if row == last and at < free:
                continue
            name = self._name_at(texts[row], at)
            if name:
                found[row] |= {name}
                last, free = row, at + len(name)
        return found

    def _name_at(self, text: str, at: int) -> str:
        """Return the longest name that begins at a place of a text, or nothing."""
        for name in self._starts.get(text[at : at + SHORTEST_NAME], ()):
            if text.startswith(name, at):
                return name
        return ""

    def _hits(self, characters: Signs) -> Rows:
        """Return where three characters begin a name."""
        if len(characters) < SHORTEST_NAME or not len(self._keys):
            return np.empty(0, np.int64)
        first, second, third = characters[:-2], characters[1:-1], characters[2:]
        likely = np.flatnonzero(self._coarse[_coarse(first, second, third)])
        keys = _keys(first[likely], second[likely], third[likely])
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return likely[self._keys[at] == keys]


_NONE: frozenset[str] = frozenset()
_COARSE = 1 << 16
_WORD = 21
"""Bits of a character: three of them fill a key."""


def _characters(text: str) -> Signs:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _keys(first: Signs, second: Signs, third: Signs) -> Words:
    """Return one number per three characters."""
    one, two, three = (part.astype(np.uint64) for part in (first, second, third))
    return (one << np.uint64(2 * _WORD)) | (two << np.uint64(_WORD)) | three


def _coarse(first: Signs, second: Signs, third: Signs) -> Signs:
    """Return a small number per three characters, the same for the same three: most texts are passed over by it."""
    return (first * np.uint32(31) + second * np.uint32(1031) + third) & np.uint32(_COARSE - 1)
