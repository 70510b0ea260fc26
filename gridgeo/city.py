"""The city file: one city's inputs and rules, read and validated as a whole.

In: the path of ``city.toml``. Out: a frozen `City`. Next stage: `gridgeo.intake`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridgeo.city_file import Fault, Place, check_tables, find_lines, line_of, parse, well_formed
from gridgeo.city_schema import plain_crs
from gridgeo.errors import CityFileError
from gridgeo.steering import Band, Count, Lock, Objective, Wish, steering_faults

__all__ = [
    "Agency",
    "Barrier",
    "City",
    "Community",
    "Exclusive",
    "Register",
    "Rules",
    "Source",
    "complaint",
    "read_city",
    "read_text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a table of features comes from."""

    file: str
    """Path as written, relative to the city file."""
    path: Path
    """The same, absolute."""
    layer: str | None = None
    """Layer inside the file; None where the file holds only one."""
    crs: str = "auto"
    """"auto", "EPSG:…", "GCJ-02" or "BD-09"."""
    encoding: str = "auto"
    """Attribute encoding; "auto" sniffs it."""
    where: str | None = None
    """Attribute filter in OGR SQL."""
    shift_m: tuple[float, float] | None = None
    """Metres added to x and y in the city CRS; None where nothing is stated and "auto" may prove a shift itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The authority: every grid lies in exactly one community."""

    source: Source
    code: str
    """Column of the community code."""
    name: str | None = None
    """Column of the name."""
    kind: str | None = None
    """Column of what kind it is: its 城乡分类代码, or any word; decides its size rules, see `gridgeo.steering.Band`."""
    parents: dict[str, str] = field(default_factory=dict)
    """Level ("street", "county") → column of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One agency's own grids."""

    source: Source
    key: str
    """Short word: party, legal, urban, petition, emergency …"""
    name: str
    """What planners read: 党建网格."""
    id: str
    """Column of the agency's own grid id."""
    label: str | None = None
    """Column of the grid's name."""
    weight: float = 1.0
    """How much its borders count."""
    accuracy_m: float = 15.0
    """How far its lines may lie from the truth, in metres."""
    base: bool = False
    """True for the one layer whose grids are kept where the rules allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Lines that borders should follow or never cross."""

    source: Source
    kind: str
    """river, rail, arterial, street or wall (``class`` in the city file)."""
    hard: bool = False
    """True: no grid may lie on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusive:
    """专属网格: sites cut out as grids of their own."""

    source: Source
    id: str
    name: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Households, enterprises or buildings with a location."""

    source: Source
    kind: str
    """household, enterprise or building."""
    id: str
    x: str | None = None
    y: str | None = None
    count: str | None = None
    population: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a grid must be."""

    households: tuple[int, int] = (300, 500)
    """Smallest and largest number of households in a general grid."""
    population_max: int = 2500
    min_border_m: float = 2.0
    """Shorter contacts do not count as touching."""
    seconds_per_community: float = 30.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """One city's inputs and rules."""

    path: Path
    """The city file itself."""
    name: str
    crs: str
    """Metric CRS of all geometry work, "EPSG:…"."""
    layout: str
    """Code layout, see `gridgeo.codes.layout`."""
    precision_m: float
    """Coordinate grid of the output, in metres."""
    community: Community
    agencies: tuple[Agency, ...]
    barriers: tuple[Barrier, ...] = ()
    exclusives: tuple[Exclusive, ...] = ()
    registers: tuple[Register, ...] = ()
    rules: Rules = Rules()
    objective: Objective = field(default_factory=Objective)
    bands: tuple[Band, ...] = ()
    locks: tuple[Lock, ...] = ()
    together: tuple[Wish, ...] = ()
    apart: tuple[Wish, ...] = ()
    counts: tuple[Count, ...] = ()


def read_city(path: str | os.PathLike[str]) -> City:
    """Read a city file and validate it as a whole.

    Parameters
    ----------
    path : path
        A TOML file in UTF-8. Paths inside it are relative to its folder.

    Returns
    -------
    City

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
    faults = check_tables(values, lines)
    faults += [Fault(line_of(lines, place), place, fault) for place, fault in _cross_faults(values, path.parent)]
    if faults:
        raise complaint(path, faults)
    return _build(path.absolute(), values)


def read_text(path: Path) -> str:
    """Return the text of a city file; a byte order mark is taken off.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CityFileError
        If it cannot be read or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CityFileError(
            f"city file {path} cannot be read ({error.strerror}); give the path of a city.toml"
        ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CityFileError(f"{path}: line {line}: the text is not UTF-8; save the file with encoding UTF-8") from None


def complaint(path: Path, faults: list[Fault]) -> CityFileError:
    """Return one error that lists all faults in the order of the file.

    Parameters
    ----------
    path : Path
    faults : list of Fault
    """
    faults = sorted(faults, key=lambda fault: fault.line)
    if len(faults) == 1:
        return CityFileError(f"{path}: {faults[0]}")
    return CityFileError("\n  ".join([f"{path} has {len(faults)} faults:", *map(str, faults)]))


# ------------------------------------------------- faults between entries ----


def _cross_faults(values: Mapping[str, Any], folder: Path) -> Iterator[tuple[Place, str]]:
    """Yield the faults that one entry alone does not show: missing files, two bases, repeated keys, x without y."""
    agencies, registers = well_formed(values, "agency"), well_formed(values, "register")
    for place, source in [*well_formed(values, "community"), *agencies, *well_formed(values, "barrier"),
                          *well_formed(values, "exclusive"), *registers]:  # fmt: skip
        if isinstance(source.get("file"), str) and source["file"].strip():
            fault = _file_fault(folder, source["file"])
            if fault:
                yield (*place, "file"), fault
    bases = [at for at, table in agencies if table.get("base") is True]
    for at in bases[1:]:
        yield (*at, "base"), "a second base layer; keep base = true at one agency only"
    keys = [table.get("key") for _, table in agencies]
    for number, (at, table) in enumerate(agencies):
        if isinstance(table.get("key"), str) and table["key"] in keys[:number]:
            yield (*at, "key"), f"{table['key']!r} is used twice; give every agency its own key"
    yield from _rule_faults(values.get("rules"))
    known = {"households": Rules().households, "population_max": Rules().population_max}
    rules = values.get("rules")
    yield from steering_faults(values, {**known, **(rules if isinstance(rules, dict) else {})})
    for at, table in registers:
        if ("x" in table) != ("y" in table):
            here, lacking = ("x", "y") if "x" in table else ("y", "x")
            yield (*at, here), f"{here} without {lacking}; name both coordinate columns or neither"


def _rule_faults(rules: Any) -> Iterator[tuple[Place, str]]:
    """Yield the contradictions between well-formed rules: a household has at least one member."""
    given = rules if isinstance(rules, dict) else {}
    low = next(iter(given.get("households", Rules().households)), None)
    most = given.get("population_max", Rules().population_max)
    if isinstance(low, int) and isinstance(most, int) and 0 < most < low:
        remedy = "raise population_max or lower households"
        yield ("rules", "population_max"), f"{most} people are fewer than the {low} households of a grid; {remedy}"


def _file_fault(folder: Path, file: str) -> str:
    """Return what is wrong with a path, with the nearest existing name, or an empty text."""
    path = folder / file
    if os.path.exists(path):  # unlike Path.exists, also for names that no file can have
        return ""
    if not os.path.isdir(path.parent):
        return f"{file!r} not found: there is no folder {path.parent}; correct the path"
    if not os.access(path.parent, os.R_OK | os.X_OK):
        return f"{file!r} cannot be looked for: no right to read the folder {path.parent}; ask its owner for it"
    close = difflib.get_close_matches(path.name, sorted(os.listdir(path.parent)), n=1)
    return f"{file!r} not found in {path.parent}; " + (f"did you mean {close[0]!r}?" if close else "correct the path")


# ------------------------------------------------------------------ build ----


def _build(path: Path, values: Mapping[str, Any]) -> City:
    """Turn validated values into a `City`; entries left out take the defaults of the dataclasses."""
    city = {"layout": "gb15", "precision_m": 0.001, **values["city"]}
    folder = path.parent

    def records(name: str, kind: type) -> tuple[Any, ...]:
        return tuple(kind(**_frozen(table)) for table in values.get(name, []))

    return City(
        path=path,
        **city,
        community=Community(**_sourced(folder, values["community"])),
        agencies=tuple(Agency(**_sourced(folder, table)) for table in values.get("agency", [])),
        barriers=tuple(Barrier(**_sourced(folder, table)) for table in values.get("barrier", [])),
        exclusives=tuple(Exclusive(**_sourced(folder, table)) for table in values.get("exclusive", [])),
        registers=tuple(Register(**_sourced(folder, table)) for table in values.get("register", [])),
        rules=Rules(**_frozen(values.get("rules", {}))),
        objective=Objective(**values.get("objective", {})),
        bands=records("band", Band),
        locks=records("lock", Lock),
        together=records("together", Wish),
        apart=records("apart", Wish),
        counts=records("count", Count),
    )


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with its lists as tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _sourced(folder: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """Move the entries that say where a table comes from into a `Source`."""
    own = {"kind" if key == "class" else key: value for key, value in table.items()}
    given: dict[str, Any] = {key: own.pop(key) for key in ("file", "layer", "crs", "encoding", "where") if key in own}
    if "shift_m" in own:
        east, north = own.pop("shift_m")
        given["shift_m"] = (float(east), float(north))
    if "crs" in given:
        given["crs"] = plain_crs(given["crs"])
    own["source"] = Source(path=Path(os.path.abspath(folder / given["file"])), **given)
    return own
