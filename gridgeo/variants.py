"""Variants of a city: what else could be asked of the same layers, to be compared side by side.

In: a variants file, or none. Out: `Variant` records, each a name and the city with other rules, objective and weights.
Next: `gridgeo.jobs.compare`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gridgeo.city import City, complaint, read_text
from gridgeo.city_file import Fault, Place, check_tables, find_lines, line_of, parse, well_formed
from gridgeo.city_schema import VARIANT, nearest
from gridgeo.steering import Band, Count, Objective

__all__ = ["AS_IT_IS", "Variant", "read_variants", "usual_variants"]

AS_IT_IS = "现行设置"
"""Name of the city as its city file says, which is always the first to be compared."""
_WIDER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to merge a city."""

    name: str
    city: City
    """The city with other rules, objective, bands and numbers; its layers are the same."""
    weight: Mapping[str, float] = field(default_factory=dict)
    """Agency key → weight, where it is not that of the city file."""


def usual_variants(city: City) -> tuple[Variant, ...]:
    """Return what most cities want to see: as it is, least change, balance, sizes a fifth wider.

    Parameters
    ----------
    city : City
    """
    low, high = city.rules.households
    wider = replace(city.rules, households=(int(low * (1 - _WIDER)), int(high * (1 + _WIDER))))
    return (
        Variant(name=AS_IT_IS, city=city),
        *(
            Variant(name=name, city=replace(city, objective=Objective(aim=aim, barrier=city.objective.barrier)))
            for name, aim in (("少变动", "minimal-change"), ("户数均衡", "balance"))
        ),
        Variant(name="规模放宽两成", city=replace(city, rules=wider)),
    )


def read_variants(path: str | os.PathLike[str], city: City) -> tuple[Variant, ...]:
    """Read a variants file.

    Parameters
    ----------
    path : path
        A TOML file in UTF-8 of ``[[variant]]`` tables.
    city : City
        Gives all that a variant does not say.

    Returns
    -------
    tuple of Variant
        The city as it is first.

    Raises
    ------
    CityFileError
        If the file is missing or has any fault; the message lists all of them with line, place and remedy.
    """
    path = Path(path)
    text = read_text(path)
    values = parse(text)
    if isinstance(values, Fault):
        raise complaint(path, [values])
    lines = find_lines(text)
    faults = check_tables(values, lines, {"variant": VARIANT}, ("variant",))
    faults += [Fault(line_of(lines, place), place, fault) for place, fault in _cross_faults(values, city)]
    if faults:
        raise complaint(path, faults)
    return (Variant(name=AS_IT_IS, city=city), *(_variant(table, city) for table in values["variant"]))


def _cross_faults(values: Mapping[str, Any], city: City) -> Iterator[tuple[Place, str]]:
    """Yield repeated names, unknown agencies and contradicting sizes."""
    names, keys = {AS_IT_IS}, [agency.key for agency in city.agencies]
    for at, table in well_formed(values, "variant"):
        name = table.get("name")
        if name in names:
            yield (*at, "name"), f"{name!r} is given twice, or to the city as it is; give every variant its own name"
        names.add(str(name))
        for key in table.get("weight", {}) if isinstance(table.get("weight"), dict) else ():
            if key not in keys:
                yield (*at, "weight"), f"no agency has the key {key!r}{nearest(key, keys)}; name one of [[agency]]"
        if isinstance(table.get("band"), dict) and city.community.kind is None:
            yield (*at, "band"), 'bands need to know the kind of every community; add kind = "COLUMN" to [community]'
        sizes, most = table.get("households", city.rules.households), table.get("population_max")
        if (
            isinstance(most, int)
            and isinstance(sizes, list | tuple)
            and isinstance(sizes[0], int)
            and 0 < most < sizes[0]
        ):
            yield (*at, "population_max"), f"{most} people are fewer than the {sizes[0]} households of a grid"


def _variant(table: Mapping[str, Any], city: City) -> Variant:
    """Return a city with what one table says in place of its own."""
    own = {key: table[key] for key in ("aim", "moved_m", "balance_m") if key in table}
    # An aim stands for its figures; those of the city file would undo it.
    objective = Objective(barrier=city.objective.barrier) if "aim" in own else city.objective
    rules = {key: table[key] for key in ("population_max", "seconds_per_community") if key in table}
    if "households" in table:
        rules["households"] = tuple(table["households"])
    bands = {band.kind: band for band in city.bands}
    for kind, sizes in table.get("band", {}).items():
        bands[kind] = replace(bands.get(kind, Band(kind=kind)), households=tuple(sizes))
    counts = {count.community: count for count in city.counts}
    counts |= {code: Count(community=code, grids=grids) for code, grids in table.get("count", {}).items()}
    changed = replace(
        city, rules=replace(city.rules, **rules), bands=tuple(bands.values()), counts=tuple(counts.values()),
        objective=replace(objective, **own, barrier={**objective.barrier, **table.get("barrier", {})}),
    )  # fmt: skip
    return Variant(name=table["name"], city=changed, weight=table.get("weight", {}))
