"""What a map is called: its recipe's title with the city, the part that is drawn and what sets it apart.

In: the whole layer's edition and a recipe. Out: a title, so that two maps of one recipe that differ in what they show
differ in title and file name. Before: `contents` and `document` have the edition; after: sheet, page and file name.
"""

from __future__ import annotations

from collections.abc import Iterator

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition
from gridgeo.render.kinds import GRID_KINDS
from gridgeo.render.label import group_code
from gridgeo.render.recipe import MEASURES, Recipe, usual_measure

__all__ = ["filled", "titled"]

MOST_NAMED = 3
"""Places that a title names."""
_MEASURED = ("coverage", "workload", "atlas")
"""Themes whose grids are coloured by a measure."""


def titled(edition: Edition, recipe: Recipe) -> str:
    """Return a recipe's title with the city's name and what the map shows of the city.

    Places follow the city's name; kinds, a code and an unusual measure stand in brackets at the end. What the title
    says already is not said again.

    Parameters
    ----------
    edition : Edition
        Of the whole layer.
    recipe : Recipe

    Returns
    -------
    str
    """
    title, more = recipe.title, list(_more(recipe))
    part = _part(edition, recipe)
    if part and "{city}" in title:
        title = filled(title, "{city}", filled(edition.city + "{part}", "{part}", part))
    else:
        title = filled(title, "{city}", edition.city)
        more = [*([part] if part else []), *more]
    return f"{title}（{'，'.join(more)}）" if more else title


def _part(edition: Edition, recipe: Recipe) -> str:
    """Return the names of the places that are selected; empty where the title names them all, or there are none."""
    select = recipe.select
    names = [*select.county, *select.street, *(_community(edition, one) for one in select.community)]
    names = list(dict.fromkeys(name.strip() for name in names))
    said = filled(recipe.title, "{city}", edition.city)
    if all(name in said for name in names):
        return ""
    return "、".join(names) if len(names) <= MOST_NAMED else f"{names[0]}等 {len(names)} 处"


def _community(edition: Edition, text: str) -> str:
    """Return the name of a community that is given by code or name."""
    named = edition.communities.loc[edition.communities["code"] == text.strip(), "name"]
    return short_community(str(named.iloc[0])) if len(named) and str(named.iloc[0]) else text


def _more(recipe: Recipe) -> Iterator[str]:
    """Yield what else sets the map apart."""
    select, title = recipe.select, recipe.title
    kinds = [GRID_KINDS.get(kind, kind) for kind in select.kind]
    if any(kind not in title for kind in kinds):
        yield "、".join(kinds)
    if len(select.code) == 1:
        code = "".join(select.code[0].split())
        if code not in "".join(title.split()):
            yield group_code(code)
    elif select.code:
        yield f"所选 {len(set(select.code))} 格"
    name, _ = MEASURES[recipe.measure]
    unusual = recipe.theme in _MEASURED and recipe.measure != usual_measure(recipe.theme)
    if unusual and name and name.removesuffix("数") not in title:
        yield name


def filled(title: str, place: str, text: str) -> str:
    """Put a text into a title; letters of the Latin alphabet that would run together are parted by a space."""
    before, found, after = title.partition(place)
    if not found or not text:
        return title.replace(place, text)
    parted = " " if before[-1:].isascii() and text[:1].isascii() and before[-1:].isalnum() else ""
    return f"{before}{parted}{text}{filled(after, place, text)}"
