"""What a map shows and says: the recipe, parsed from TOML and validated as a whole.

In: the text of a recipe. Out: a frozen `Recipe`. Before: ``jobs.draw`` reads the file; after: `web` and `sheet`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from gridgeo.errors import InputError

__all__ = [
    "HOUSEHOLDS",
    "MEASURES",
    "THEMES",
    "Footer",
    "Recipe",
    "Selection",
    "changed",
    "parse_recipe",
    "usual_measure",
]

THEMES = ("coverage", "workload", "agency", "change", "findings", "responsibility", "atlas", "card")
"""What a map is about; see `gridgeo.render.themes`."""

MEASURES = {
    "households": ("户数", "户"),
    "enterprises": ("企业数", "家"),
    "population": ("人口", "人"),
    "kind": ("类型", ""),
    "change": ("变更", ""),
    "none": ("", ""),
}
"""Column of the grid table → its name and unit on the map; ``change`` is only there where two versions are compared."""
_USUAL_MEASURE = {
    "coverage": "kind",
    "change": "change",
    "agency": "none",
    "findings": "none",
    "responsibility": "none",
}
"""Theme → the measure that colours its grids where the recipe names none; else households."""

HOUSEHOLDS = (300, 500)
"""Households of a grid where neither the layer nor the recipe says, as the city file's default; no other measure has
limits that nobody gave."""

REVIEW_NUMBER = re.compile(r"^[\u4e00-\u9fff]{0,3}[A-Z]{0,2}[\u4e00-\u9fff]?[（(]\d{4}[)）]\d{1,6}号$")
"""审图号 as the natural resources departments give it: 粤S（2026）012号, GS（2024）0650号, GS京（2024）0650号."""

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|20\d{6}(?!\d)|[一二][〇○零九一二三四五六七八]{3}年")
"""A year in a day of the data, in any of the ways that people write it."""
PLACES = ("{city}", "{agency}")
"""What a title may leave open; the second only on a map of an agency's grids."""

CHOICES = {
    "theme": THEMES,
    "measure": tuple(name for name in MEASURES if name != "change"),
    "palette": ("sequential", "diverging"),
    "html": ("lean", "folium"),
    "by": ("street", "community", "county"),
    "size": ("auto", "A4", "A3", "A2", "A1"),
    "orientation": ("auto", "portrait", "landscape"),
}
DPI = (50, 1200)
"""Fewer dots than the first are no map, more than the last no printer shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which grids a map shows: those that match every field that says anything; of one field, any of its texts."""

    county: tuple[str, ...] = ()
    """Names, as the communities' columns of this name hold them."""
    street: tuple[str, ...] = ()
    community: tuple[str, ...] = ()
    """Codes or names."""
    kind: tuple[str, ...] = ()
    """general, exclusive or micro."""
    code: tuple[str, ...] = ()
    """Codes of grids; spaces in them do not count."""

    def __bool__(self) -> bool:
        """Tell whether it leaves anything out."""
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """What the margin must say."""

    review_number: str = ""
    """审图号; empty: the line reads 内部资料，注意保管."""
    maker: str = ""
    """制图单位."""
    as_of: str = ""
    """数据截至; empty: the date of the drawn edition."""
    secrecy: str = ""
    """密级, at the top right; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One map, as planned in ``maps/*.toml``."""

    title: str
    """``{city}`` stands for the city's name."""
    theme: str = "workload"
    """One of `THEMES`."""
    measure: str = "households"
    """Column that colours the grids, or "none"."""
    breaks: tuple[int, ...] | None = None
    """Lower bounds of the classes after the first; None: from `limits`."""
    limits: tuple[int, int] = HOUSEHOLDS
    """Smallest and largest value that the rules allow; those of the layer come first, see `gridgeo.render.ruled`."""
    rules: tuple[tuple[str, tuple[int, int]], ...] = ()
    """Measure → limits that the recipe itself gives, for layers that say nothing."""
    palette: str = "sequential"
    labels: bool = True
    tables: bool = True
    """PDF: pages with the table of all grids and the map's listings follow the map."""
    select: Selection = Selection()
    by: str = "street"
    """What an atlas has a page for."""
    agency: str = ""
    """Key of the agency whose old grids are drawn."""
    html: str = "lean"
    """Which of the two one-file pages."""
    size: str = "auto"
    """auto: the smaller of A4 and A3 on which most grids have room for their number."""
    orientation: str = "auto"
    dpi: int = 300
    """Of PNG."""
    footer: Footer = Footer()
    note: str = ""
    """What the legend's heading says beside the measure."""


def parse_recipe(text: str, name: str) -> Recipe:
    """Parse a recipe and tell all its faults at once.

    Parameters
    ----------
    text : str
        TOML with the tables ``page``, ``rules`` and ``footer``.
    name : str
        What messages call the recipe, usually its file name.

    Returns
    -------
    Recipe

    Raises
    ------
    InputError
        If the text is no TOML, or a key is unknown or holds a wrong value.

    Examples
    --------
    >>> parse_recipe('title = "覆盖图"', "demo").limits
    (300, 500)
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"map recipe {name} is not valid TOML: {error}") from None
    faults = [*_unknown_keys(tree), *_wrong_values(tree)]
    if faults:
        raise InputError(f"map recipe {name}: {'; '.join(faults)}")
    page, footer, rules = tree.get("page", {}), tree.get("footer", {}), tree.get("rules", {})
    top: dict[str, Any] = {key: tree[key] for key in _PLAIN if key in tree}
    theme = top.setdefault("theme", "change" if top.get("measure") == "change" else "workload")
    top.setdefault("measure", usual_measure(theme))
    top["select"] = Selection(**{key: _texts(value) for key, value in tree.get("select", {}).items()})
    breaks = tree.get("breaks", "rules")
    if breaks != "rules":
        top["breaks"] = tuple(breaks)
    if top["measure"] in rules:
        top["limits"] = tuple(rules[top["measure"]])
    top["rules"] = tuple((key, (int(low), int(high))) for key, (low, high) in sorted(rules.items()))
    return Recipe(**top, **page, footer=Footer(**footer))


def usual_measure(theme: str) -> str:
    """Return the measure that colours the grids of a theme where a recipe names none."""
    return _USUAL_MEASURE.get(theme, "households")


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Return a recipe with some of its values replaced.

    Parameters
    ----------
    recipe : Recipe
    changes : mapping
        Keys of a recipe by their names, without the tables that they stand in; a field of a selection takes one text
        or several.

    Raises
    ------
    InputError
        If a key is unknown or a value cannot be used; the message tells all of them, and which keys there are.
    """
    plain, page, select, footer = (
        {key: value for key, value in changes.items() if key in known}
        for known in (_CHANGED, _KEYS["page"], _KEYS["select"], _KEYS["footer"])
    )
    known = sorted(_CHANGED.union(*(_KEYS[table] for table in ("page", "select", "footer"))))
    faults = [f"key {key!r} is unknown" for key in sorted(set(changes).difference(known))]
    faults += [f"keys are {', '.join(known)}"] if faults else []
    inner = {"page": page, "select": {key: _listed(value) for key, value in select.items()}, "footer": footer}
    if "breaks" in plain:
        plain["breaks"] = plain["breaks"] if plain["breaks"] == "rules" else _listed(plain["breaks"])
    faults += _wrong_values({"title": recipe.title, "theme": recipe.theme, **plain, **inner})
    if faults:
        raise InputError(f"map: {'; '.join(faults)}")
    if "measure" in plain:
        recipe = replace(recipe, limits=dict(recipe.rules).get(plain["measure"], HOUSEHOLDS))
    if "breaks" in plain:
        plain["breaks"] = None if plain["breaks"] == "rules" else tuple(plain["breaks"])
    return replace(
        recipe,
        select=replace(recipe.select, **{key: tuple(value) for key, value in inner["select"].items()}),
        footer=replace(recipe.footer, **footer),
        **page,
        **plain,
    )


def _listed(value: Any) -> list[Any]:
    """Return one value or several as a list, as TOML has them."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


_PLAIN = ("title", "theme", "measure", "palette", "labels", "tables", "by", "agency", "html")
_CHANGED = {*_PLAIN, "breaks"}
"""Keys outside the tables that may be given beside a recipe."""
_KEYS = {
    "": {*_PLAIN, "breaks", "page", "rules", "footer", "select"},
    "select": set(Selection.__slots__),
    "page": {"size", "orientation", "dpi"},
    "rules": {"households", "enterprises", "population"},
    "footer": {"review_number", "maker", "as_of", "secrecy"},
}


def _unknown_keys(tree: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence per key that no recipe has."""
    for table, known in _KEYS.items():
        level = tree if not table else tree.get(table, {})
        if not isinstance(level, dict):
            yield f"{table!r} must be a table, write [{table}]"
            continue
        for key in sorted(set(level) - known):
            yield f"key {'.'.join(filter(None, (table, key)))!r} is unknown, use one of {', '.join(sorted(known))}"


def _wrong_values(tree: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence per value that cannot be used."""
    page, footer, rules = (_table(tree, name) for name in ("page", "footer", "rules"))
    yield from _wrong_title(tree)
    for key, choices in CHOICES.items():
        value = (page if key in _KEYS["page"] else tree).get(key, choices[0])
        if value not in choices and not _of_changes(tree, key, value):
            yield f"{key!r} is {value!r}, use one of {', '.join(choices)}"
    yield from (
        f"{key!r} must be true or false" for key in ("labels", "tables") if type(tree.get(key, True)) is not bool
    )
    if not isinstance(tree.get("agency", ""), str):
        yield "'agency' must be the key of an agency, as text"
    dpi = page.get("dpi", DPI[0])
    if type(dpi) is not int or not DPI[0] <= dpi <= DPI[1]:
        yield f"'page.dpi' is {dpi!r}, write a whole number from {DPI[0]} to {DPI[1]}"
    yield from _wrong_selection(_table(tree, "select"))
    yield from _wrong_numbers(tree.get("breaks", "rules"), rules)
    yield from _wrong_footer(footer)


def _wrong_title(tree: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence on a title that is no text, or has a place that nothing fills."""
    title = tree.get("title", "")
    if not isinstance(title, str):
        yield f"'title' is {title!r}, it must be text: write title = \"{title}\""
        return
    if not title.strip():
        yield "'title' is missing or empty"
    known = PLACES if tree.get("theme") == "agency" else PLACES[:1]
    for place in dict.fromkeys(re.findall(r"\{[^{}]*\}", title)):
        if place not in known:
            told = "only a map of the theme agency fills it" if place in PLACES else f"use {' or '.join(PLACES)}"
            yield f"'title' holds {place}, which is not known: {told}"


def _of_changes(tree: dict[str, Any], key: str, value: Any) -> bool:
    """Tell whether a value is the measure of maps of changes, which no other map has and none needs to name."""
    return key == "measure" and value == "change" and tree.get("theme", "change") == "change"


def _wrong_footer(footer: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence per line of the margin that cannot be used."""
    for key, value in footer.items():
        if not isinstance(value, str):
            yield f"'footer.{key}' must be text"
    number, as_of = (str(footer.get(key, "")) for key in ("review_number", "as_of"))
    if number and not REVIEW_NUMBER.match(number):
        yield f"'footer.review_number' is {number!r}, an 审图号 looks like 豫S（2026）012号"
    if as_of.strip() and not YEAR.search(as_of):
        yield f"'footer.as_of' is {as_of!r}, which names no year; write for example 2026, 2026年3月 or 2026-03-31"


def _wrong_selection(select: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence per selected thing that is no text."""
    for key, value in select.items():
        if key in _KEYS["select"] and not all(isinstance(text, str) and text.strip() for text in _texts(value)):
            yield f"'select.{key}' is {value!r}, write a text or a list of texts"


def _texts(value: Any) -> tuple[Any, ...]:
    """Return one value or a list of values as a tuple."""
    return tuple(value) if isinstance(value, list) else (value,)


def _table(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a table of the recipe, empty where it is missing or no table."""
    table = tree.get(name, {})
    return table if isinstance(table, dict) else {}


def _wrong_numbers(breaks: Any, rules: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence per break or limit out of order."""
    if breaks != "rules" and not (_rises(breaks) and 1 <= len(breaks) <= 4):
        yield f"'breaks' is {breaks!r}, write \"rules\" or one to four rising whole numbers"
    for key, limits in rules.items():
        if not (_rises(limits) and len(limits) == 2):
            yield f"'rules.{key}' is {limits!r}, write [smallest, largest]"


def _rises(values: Any) -> bool:
    """Tell whether a value is a list of rising whole numbers."""
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        return False
    return all(low < high for low, high in pairwise(values))
