"""The names of grids and communities as people say them: 友爱街社区第三网格, 友爱街居委会, 源汇区友爱街社区3号网格.

In: the layer's codes and names. Out: `GridNames`; asked with a whole text it returns the grids that bear the name, or
None for any other text. Used by `gridgeo.jobs.locate_name`; suggestions take its names, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.levels import read_areas
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.address.numerals import NUMERAL, digits_of

__all__ = ["GridName", "GridNames", "Named"]

CODE_DIGITS = 15


class GridName(NamedTuple):
    """A grid and what it is called."""

    code: str
    community: str
    """Code of its community."""
    community_name: str
    short_name: str
    full_name: str
    parents: tuple[str, ...] = ()
    """Names of its county and street, the widest first."""


class Named(NamedTuple):
    """What a text names."""

    kind: str
    """grid, community, or absent: a grid that its community does not have."""
    name: str
    codes: tuple[str, ...]
    """Of its grids, sorted; of an absent one those of its community."""


_UNSAID = re.compile(r"[\s,，、/\\|;；。.·-]+")
_NUMBER = rf"(?:[0-9]{{1,4}}|{NUMERAL}{{1,4}})"
_NUMBERED = re.compile(rf"(?:第?({_NUMBER})(?:号|个)?(?:管理|基础|治理|综治)?网格|网格第?({_NUMBER})号?)$")
_ENDS = ("社区", "村", "委会", "嘎查", "小区")
"""With one of these a community's name is said as such; without, 友爱街 may be a street."""


class GridNames:
    """The names of one version of the layer.

    Parameters
    ----------
    grids : sequence of GridName
    city : tuple of str, optional
        Names of province and city, with which people begin.
    """

    def __init__(self, grids: Sequence[GridName], city: tuple[str, ...] = ()) -> None:
        self._full: dict[str, set[str]] = {}
        self._communities: dict[str, set[str]] = {}
        self._grids: dict[str, set[str]] = {}
        self._number: dict[str, str] = {}
        self._heads: dict[str, set[str]] = {}
        own = {fold(name) for name in city} | {fold(name).removesuffix("市") for name in city}
        self._city = tuple(sorted((name for name in own if name), key=len, reverse=True))
        self.communities: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Code → name and codes of the grids, of every community."""
        for grid in sorted(grids):
            self._take(grid)
        for code, (name, _) in self.communities.items():
            for form, cost in forms(Level.COMMUNITY, fold(name)):
                if cost <= 2 * SAID:
                    self._full.setdefault(form, set()).add(code)

    def _take(self, grid: GridName) -> None:
        """Learn the names of one grid."""
        name, codes = self.communities.get(grid.community, (grid.community_name, ()))
        self.communities[grid.community] = name, (*codes, grid.code)
        for text in {grid.full_name, grid.short_name}:
            if text:
                self._grids.setdefault(_key(text), set()).add(grid.code)
        said = _NUMBERED.search(fold(grid.short_name or grid.full_name))
        # the last three digits of a code of 15 are the grid's number in its community
        in_code = grid.code[-3:] if len(grid.code) == CODE_DIGITS and grid.code.isdigit() else ""
        self._number[grid.code] = _plain(said[1] or said[2]) if said else _plain(in_code)
        for level, parent in _parents(grid):
            for form, cost in forms(level, parent):
                if cost <= SAID:
                    self._heads.setdefault(form, set()).add(grid.code)

    def find(self, text: str) -> Named | None:
        """Return what a text names as a whole; None: it is no name of a grid or community.

        Parameters
        ----------
        text : str
            As somebody wrote it.
        """
        key, within = _key(text), None
        while len(key) >= 2:
            found = self._at(key, within)
            if found is not None:
                return found
            head = next((one for one in self._city if key.startswith(one)), None)
            if head is None or within is not None:
                head = max((one for one in self._heads if key.startswith(one)), key=len, default=None)
                if head is None:
                    return None
                within = self._heads[head] if within is None else within & self._heads[head]
            key = key[len(head) :]
        return None

    def _at(self, key: str, within: set[str] | None) -> Named | None:
        """Return what a text without its heads names."""
        grids = self._inside(self._grids.get(key, set()), within)
        if grids:
            return Named("grid", key, grids)
        said = _NUMBERED.search(key)
        if said and said.start():
            number, base = said[1] or said[2], key[: said.start()]
            whole = self._of_community(base, within)
            grids = tuple(code for code in whole if self._number[code] == number)
            return Named("grid" if grids else "absent", key, grids or whole) if whole else None
        if not key.endswith(_ENDS):
            return None
        grids = self._of_community(key, within)
        return Named("community", key, grids) if grids else None

    def _of_community(self, form: str, within: set[str] | None) -> tuple[str, ...]:
        """Return the grids of the communities that are called so."""
        codes = {code for one in self._full.get(form, ()) for code in self.communities[one][1]}
        return self._inside(codes, within)

    def _inside(self, codes: set[str], within: set[str] | None) -> tuple[str, ...]:
        """Return those of some grids that lie where the text says."""
        return tuple(sorted(codes if within is None else codes & within))

    def entries(self) -> Iterator[Named]:
        """Yield every community and every grid whose name is its own, for suggestions."""
        for name, codes in self.communities.values():
            if name:
                yield Named("community", name, codes)
                for code in codes:
                    yield Named("grid", f"{name}第{self._number[code]}网格", (code,))


def _parents(grid: GridName) -> list[tuple[Level, str]]:
    """Return county and street of a grid: as the layer knows them, else as its full name says."""
    if len(grid.parents) == 2:
        return list(zip((Level.AREA, Level.STREET), map(fold, grid.parents), strict=True))
    said, _ = read_areas(fold(grid.full_name))
    found = [(Level.AREA, said.get("district")), (Level.STREET, said.get("street"))]
    return [(Level.STREET, fold(name)) for name in grid.parents] + [(level, one.value) for level, one in found if one]


def _key(text: str) -> str:
    """Return a name in the one form in which names are compared."""
    plain = _UNSAID.sub("", fold(text))
    return _NUMBERED.sub(lambda said: f"第{_plain(said[1] or said[2])}网格", plain)


def _plain(number: str) -> str:
    """Return a number in digits, without zeros before it."""
    return (number if number.isascii() else digits_of(number)).lstrip("0")
