"""What a city file may hold: every table, every entry, and what makes a value wrong.

Plain data and small checks, no file is read here. Used by `gridgeo.city_file`, which finds the faults and their lines.
"""

from __future__ import annotations

import codecs
import difflib
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gridgeo.crs import parse_crs, require_metric
from gridgeo.errors import CRSError, UnknownCRS

__all__ = ["AIMS", "KINDS", "LISTS", "REQUIRED", "TABLES", "VARIANT", "Entry", "nearest", "plain_crs"]

LAYOUTS = ("gb15", "mgmt12", "cjt14", "cjt349-20", "plain")
BARRIERS = ("river", "rail", "arterial", "street", "wall")
REGISTERS = ("household", "enterprise", "building")
RESERVED = ("community", "exclusive", "barrier", "grid", *REGISTERS)
COARSEST_M = 1.0
"""Coordinates coarser than this are coarser than any agency's lines. Chosen."""
AIMS = {"agreement": (1.0, 0.0), "minimal-change": (5.0, 0.0), "balance": (1.0, 1.0)}
"""Aim → metres of border that one moved household weighs, and one household off the middle of the range. Chosen: a
border between two grids is some 300 m long, so that minimal-change gives up a border for 60 households that stay. Of
0.5 and 1 m, 1 m was nearer to the truth of eight generated cities: better in three, equal in four, worse in one."""
MOST_M = 1000.0
"""More metres of border than any that one household could be worth; keeps the solver's sums exact."""
DATUMS = {"GCJ02": "GCJ-02", "BD09": "BD-09", "AUTO": "auto"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one key may hold."""

    kind: str
    """One of `KINDS`."""
    required: bool = False
    check: Callable[[Any], str] = lambda _: ""
    """Returns what is wrong with a value of the right kind, or an empty text."""


# ------------------------------------------------------------------ values ----


def _is_number(value: Any) -> bool:
    # TOML has whole numbers that no float holds; math.isfinite fails on them.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "text": ("text in quotes that is not empty", _is_text),
    "number": ("a finite number", _is_number),
    "integer": ("a whole number", _is_integer),
    "flag": ("true or false", lambda v: isinstance(v, bool)),
    "range": (
        "two whole numbers such as [300, 500]",
        lambda v: isinstance(v, list) and len(v) == 2 and all(map(_is_integer, v)),
    ),
    "shift": (
        "two finite numbers of metres such as [6.5, -4.2]",
        lambda v: isinstance(v, list) and len(v) == 2 and all(map(_is_number, v)),
    ),
    "ids": (
        'a list of texts such as ["A1", "A2"]',
        lambda v: isinstance(v, list) and len(v) > 0 and all(map(_is_text, v)),
    ),
    "shares": (
        "a table of numbers such as { river = 0.3 }",
        lambda v: isinstance(v, dict) and all(map(_is_number, v.values())),
    ),
    "bands": (
        'a table of sizes such as { "1" = [300, 500] }',
        lambda v: isinstance(v, dict) and all(KINDS["range"][1](sizes) for sizes in v.values()),
    ),
    "counts": (
        'a table of whole numbers such as { "411102001001" = 5 }',
        lambda v: isinstance(v, dict) and all(map(_is_integer, v.values())),
    ),
    "columns": (
        'a table of text such as { street = "STREET" }',
        lambda v: isinstance(v, dict) and all(map(_is_text, v.values())),
    ),
}


def _above_zero(value: float) -> str:
    return "" if value > 0 else f"{value} must be greater than 0"


def _precision(value: float) -> str:
    """Check the coordinate grid of the output."""
    if value <= 0:
        return f"{value} must be greater than 0"
    return (
        "" if value <= COARSEST_M else f"{value} m would move borders and lose households; give {COARSEST_M:g} or less"
    )


def _not_negative(value: float) -> str:
    return "" if value >= 0 else f"{value} is negative; give 0 or more"


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """Return a check that a word is one of a few."""

    def check(value: str) -> str:
        return "" if value in words else f"{value!r} is unknown{nearest(value, words)}; choose from {', '.join(words)}"

    return check


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``, did you mean 'x'?`` for the nearest known spelling, or an empty text."""
    known = {w.casefold(): w for w in words}
    close = difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    return f", did you mean {known[close[0]]!r}?" if close else ""


def plain_crs(value: str) -> str:
    """Return the spelling the rest of the product uses: ``auto``, ``GCJ-02``, ``BD-09`` or the text itself."""
    return DATUMS.get(re.sub(r"[\s_-]", "", value).upper(), value)


def _layout(value: str) -> str:
    """Check a code layout; writing cjt349-20 needs the six digits of the managed object behind a colon."""
    name, _, managed = value.partition(":")
    if name == "cjt349-20" and not re.fullmatch(r"[0-9]{6}", managed):
        return f'{value!r} lacks the six digits of the managed object (CJ/T 348); write "cjt349-20:010200", say'
    return _one_of(LAYOUTS)(name if name == "cjt349-20" else value)


def _city_crs(value: str) -> str:
    """Check that geometry work in metres is possible in a CRS."""
    remedy = 'name the projected CRS of the city in metres, such as "EPSG:4547"'
    try:
        crs = parse_crs(value).system
    except UnknownCRS:
        return f"{value!r} is not a coordinate reference system; {remedy}"
    except CRSError as error:
        return str(error)
    if not crs.is_projected:
        return f"{value!r} ({crs.name}) is not projected, lengths would be degrees; {remedy}"
    units = {axis.unit_name for axis in crs.axis_info}
    if units != {"metre"}:
        return f"{value!r} measures in {', '.join(sorted(units))}; {remedy}"
    try:
        require_metric(value, repr(value))
    except CRSError as error:
        return str(error)
    return ""


def _source_crs(value: str) -> str:
    """Check the CRS stated for an input file."""
    if plain_crs(value) in DATUMS.values():
        return ""
    try:
        parse_crs(value)
    except UnknownCRS as error:
        return f"{error}, or 'auto'"
    except CRSError as error:
        return str(error)
    return ""


def _encoding(value: str) -> str:
    """Check that an encoding exists."""
    try:
        codecs.lookup("utf-8" if value == "auto" else value)
    except LookupError:
        return f'{value!r} is no known encoding; give "auto", "GB18030" or "UTF-8"'
    return ""


def _agency_key(value: str) -> str:
    """Check that a key can stand in findings and file names."""
    if value in RESERVED:
        return f"{value!r} is reserved for gridgeo's own layers; choose another word"
    return "" if re.fullmatch(r"[\w-]+", value) else f"{value!r} must be one word of letters, digits, - and _"


def _households(value: list[int]) -> str:
    """Check the smallest and largest grid."""
    low, high = value
    if low < 0:
        return f"{low} is negative; give 0 or more"
    if high == 0:
        return "no grid could have a household; the largest grid must have at least 1"
    return "" if low <= high else f"the smallest grid ({low}) is larger than the largest ({high}); swap them"


def _parents(value: dict[str, str]) -> str:
    """Check the names of the parent levels."""
    taken = sorted(set(value) & {"code", "name", "kind", "geometry"})
    return f"level {taken[0]!r} is a column of the community itself; rename the level" if taken else ""


def _decimetres(value: float) -> str:
    """Check a weight in metres; the solver counts in whole decimetres."""
    if not 0 <= value <= MOST_M:
        return f"{value} is out of range; give 0 to {MOST_M:g} metres a household"
    return "" if abs(value * 10 - round(value * 10)) < 1e-6 else f"{value} is finer than 0.1 m; give a multiple of 0.1"


def _pulls(value: dict[str, float]) -> str:
    """Check how much barrier classes raise the wish for a border."""
    for kind, share in value.items():
        fault = _one_of(BARRIERS)(kind)
        if fault:
            return fault
        if not 0 <= share <= 1:
            return f"{kind} = {share} is no share; give 0 to 1"
    return ""


def _weights(value: dict[str, float]) -> str:
    """Check the weights of agencies."""
    return next((f"{key} = {_not_negative(weight)}" for key, weight in value.items() if weight < 0), "")


def _bands(value: dict[str, list[int]]) -> str:
    """Check the sizes of several kinds of communities."""
    faults = ((kind, _households(sizes)) for kind, sizes in value.items())
    return next((f"{kind}: {fault}" for kind, fault in faults if fault), "")


def _counts(value: dict[str, int]) -> str:
    """Check the numbers of grids of several communities."""
    return next((f"{code} = {_above_zero(grids)}" for code, grids in value.items() if grids <= 0), "")


SOURCE = {
    "file": Entry("text", required=True),
    "layer": Entry("text"),
    "crs": Entry("text", check=_source_crs),
    "encoding": Entry("text", check=_encoding),
    "where": Entry("text"),
}
MOVABLE = {**SOURCE, "shift_m": Entry("shift")}
"""Every input but the communities, which all others are placed by."""
TEXT, NEEDED = Entry("text"), Entry("text", required=True)
GRIDS = {"agency": NEEDED, "ids": Entry("ids", required=True)}

TABLES: dict[str, dict[str, Entry]] = {
    "city": {
        "name": NEEDED,
        "crs": Entry("text", required=True, check=_city_crs),
        "layout": Entry("text", check=_layout),
        "precision_m": Entry("number", check=_precision),
    },
    "community": {**SOURCE, "code": NEEDED, "name": TEXT, "kind": TEXT, "parents": Entry("columns", check=_parents)},
    "agency": {
        **MOVABLE,
        "key": Entry("text", required=True, check=_agency_key),
        "name": NEEDED,
        "id": NEEDED,
        "label": TEXT,
        "weight": Entry("number", check=_not_negative),
        "accuracy_m": Entry("number", check=_not_negative),
        "base": Entry("flag"),
    },
    "barrier": {**MOVABLE, "class": Entry("text", required=True, check=_one_of(BARRIERS)), "hard": Entry("flag")},
    "exclusive": {**MOVABLE, "id": NEEDED, "name": TEXT, "department": TEXT},
    "register": {
        **MOVABLE,
        "kind": Entry("text", required=True, check=_one_of(REGISTERS)),
        "id": NEEDED,
        **dict.fromkeys(("x", "y", "count", "population", "address"), TEXT),
    },
    "rules": {
        "households": Entry("range", check=_households),
        "population_max": Entry("integer", check=_above_zero),
        "min_border_m": Entry("number", check=_not_negative),
        "seconds_per_community": Entry("number", check=_above_zero),
        "seed": Entry("integer", check=_not_negative),
    },
    "objective": {
        "aim": Entry("text", check=_one_of(tuple(AIMS))),
        "moved_m": Entry("number", check=_decimetres),
        "balance_m": Entry("number", check=_decimetres),
        "barrier": Entry("shares", check=_pulls),
    },
    "band": {
        "kind": NEEDED,
        "households": Entry("range", check=_households),
        "population_max": Entry("integer", check=_above_zero),
    },
    "lock": GRIDS,
    "together": GRIDS,
    "apart": GRIDS,
    "count": {"community": NEEDED, "grids": Entry("integer", required=True, check=_above_zero)},
}
"""Every table of the city file and its entries, as the outer contract names them."""

VARIANT = {
    "name": NEEDED,
    **TABLES["objective"],
    **{key: TABLES["rules"][key] for key in ("households", "population_max", "seconds_per_community")},
    "weight": Entry("shares", check=_weights),
    "band": Entry("bands", check=_bands),
    "count": Entry("counts", check=_counts),
}
"""What ``[[variant]]`` may say in place of the city file, see `gridgeo.variants`."""

LISTS = ("agency", "barrier", "exclusive", "register", "band", "lock", "together", "apart", "count", "variant")
"""Tables that may stand any number of times."""

REQUIRED = ("city", "community")
