"""What planners may ask of the partition: what weighs how much, sizes by kind of community, locks, wishes.

Part of the city file, see `gridgeo.city`: frozen records, and the faults between their entries. Done by
`gridgeo.partition.steer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from gridgeo.city_file import Place, well_formed
from gridgeo.city_schema import AIMS, nearest

__all__ = ["Band", "Count", "Lock", "Objective", "Wish", "band_of", "steering_faults"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What the partition weighs against each other, after the size rules."""

    aim: str = "agreement"
    """One of `AIMS`; the entries below replace its figures."""
    moved_m: float | None = None
    """Metres of border that one household in another grid than its base grid weighs."""
    balance_m: float | None = None
    """Metres of border that one household off the middle of the range of sizes weighs."""
    barrier: Mapping[str, float] = field(default_factory=dict)
    """Barrier class → share by which it raises the agencies' wish for a border; classes left out keep theirs."""

    @property
    def metres(self) -> tuple[float, float]:
        """Metres that a moved household weighs, and one off the middle."""
        moved_m, balance_m = AIMS[self.aim]
        return (
            moved_m if self.moved_m is None else self.moved_m,
            balance_m if self.balance_m is None else self.balance_m,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Size rules for one kind of community; what is left out is as in ``[rules]``."""

    kind: str
    """First digits of the 城乡分类代码 (1 urban, 2 rural), or the whole word that stands in the column."""
    households: tuple[int, int] | None = None
    population_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Grids of an agency that come out as they were drawn."""

    agency: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Grids of an agency that shall be in one grid, or in different ones."""

    agency: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many grids a community shall have, exclusive ones not counted."""

    community: str
    grids: int


def band_of(kind: str, bands: tuple[Band, ...]) -> Band | None:
    """Return the band of a community: that of its very word, else of the most leading digits, else none.

    Parameters
    ----------
    kind : str
        What stands in the column, such as ``111`` or ``park``.
    bands : tuple of Band
    """
    fitting = [b for b in bands if b.kind == kind or (b.kind.isdecimal() and kind.startswith(b.kind))]
    return max(fitting, key=lambda band: len(band.kind), default=None)


# ------------------------------------------------- faults between entries ----


def steering_faults(values: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield what contradicts itself in well-formed entries: unknown agencies, repeated names, opposite wishes.

    Parameters
    ----------
    values : mapping
        The city file.
    rules : mapping
        ``households`` and ``population_max`` where a band does not say.
    """
    yield from _band_faults(values, rules)
    yield from _id_faults(values)
    yield from _repeated(well_formed(values, "count"), "community")
    yield from _opposites(values)


def _band_faults(values: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield bands that no community can have, that say nothing, or whose sizes contradict each other."""
    bands = well_formed(values, "band")
    community = values.get("community")
    if bands and isinstance(community, dict) and "kind" not in community:
        yield bands[0][0], 'bands need to know the kind of every community; add kind = "COLUMN" to [community]'
    yield from _repeated(bands, "kind")
    for at, band in bands:
        if not band.keys() & {"households", "population_max"}:
            yield at, "the band says nothing; add households = […] or population_max = …"
        both = {**rules, **band}
        low, most = next(iter(both["households"]), None), both["population_max"]
        if isinstance(low, int) and isinstance(most, int) and 0 < most < low:
            yield at, f"{most} people are fewer than the {low} households of a grid; give both in this band"


def _id_faults(values: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield unknown agencies, repeated ids and wishes about one grid alone."""
    keys = [table["key"] for _, table in well_formed(values, "agency") if isinstance(table.get("key"), str)]
    locked: dict[tuple[str, str], Place] = {}
    for name in ("lock", "together", "apart"):
        for at, table in well_formed(values, name):
            key, ids = table.get("agency"), _ids(table)
            if isinstance(key, str) and key not in keys:
                yield (*at, "agency"), f"no agency has the key {key!r}{nearest(key, keys)}; name one of [[agency]]"
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                yield (*at, "ids"), f"{twice[0]!r} stands there twice; name every grid once"
            if name != "lock" and len(set(ids)) == 1:
                yield (*at, "ids"), "one grid alone is together with, or apart from, none; name two or more"
            for one in dict.fromkeys(ids):
                if name == "lock" and locked.setdefault((str(key), one), at) != at:
                    yield (*at, "ids"), f"{one!r} is locked already; name every grid once"
                elif name == "together" and (str(key), one) in locked:
                    yield (*at, "ids"), f"{one!r} is locked and stays as it is; take it out here or from [[lock]]"


def _ids(table: Mapping[str, Any]) -> list[str]:
    """Return the ids of a well-formed entry."""
    ids = table.get("ids")
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []


def _repeated(tables: list[tuple[Place, dict[str, Any]]], key: str) -> Iterator[tuple[Place, str]]:
    """Yield entries whose name stands in an earlier one."""
    seen: set[str] = set()
    for at, table in tables:
        name = table.get(key)
        if isinstance(name, str) and name in seen:
            yield (*at, key), f"{name!r} is given twice; keep one of them"
        seen.add(str(name))


def _opposites(values: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield pairs of grids that shall be together and apart."""
    root: dict[tuple[str, str], tuple[str, str]] = {}

    def find(one: tuple[str, str]) -> tuple[str, str]:
        while one in root:
            one = root[one]
        return one

    for _, table in well_formed(values, "together"):
        named = [(str(table.get("agency")), one) for one in _ids(table)]
        for other in named[1:]:
            first, second = find(named[0]), find(other)
            if first != second:
                root[second] = first
    for at, table in well_formed(values, "apart"):
        for one, two in combinations(dict.fromkeys(_ids(table)), 2):
            key = str(table.get("agency"))
            if find((key, one)) == find((key, two)):
                yield (*at, "ids"), f"{one!r} and {two!r} shall also be together; take one of the two wishes out"
