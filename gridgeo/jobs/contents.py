"""What each kind of map shows, gathered from a source.

In: a `Source` and a `Recipe`. Out: a `Content`, and the recipe brought to the layer's rules and city. Next:
`gridgeo.jobs.draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gridgeo.errors import InputError
from gridgeo.jobs.diff import diff_versions
from gridgeo.jobs.diff_map import borders_moved, change_edition, change_title
from gridgeo.jobs.moment import At
from gridgeo.jobs.source import LayerFile, StoreVersion
from gridgeo.render.content import Content, content_of
from gridgeo.render.edition import Edition
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import ruled
from gridgeo.render.selection import chosen, selected
from gridgeo.render.themes.change import change_content

__all__ = ["Wanted", "gathered", "titled"]

MOST_NAMED = 3
"""Places that a title names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a map needs beside its recipe."""

    since: At | None = None
    """The version that a map of changes compares with."""


def gathered(source: StoreVersion | LayerFile, recipe: Recipe, wanted: Wanted) -> tuple[Content, Recipe]:
    """Return what a map shows, and its recipe with title and limits of this layer.

    Raises
    ------
    InputError, NotFoundError
        If the source lacks what this kind of map shows, or nothing is selected.
    """
    return _THEMES.get(recipe.theme, _plain)(source, recipe, wanted)


def _plain(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Coverage and workload: the grids by their class."""
    edition = source.edition
    # rules and "nothing counted" belong to the layer, not to the part of it that is drawn
    planned = replace(ruled(recipe, edition.rules, edition.grids), title=titled(edition, recipe))
    return content_of(selected(edition, recipe.select), planned, **_around(edition, recipe)), planned


def titled(edition: Edition, recipe: Recipe) -> str:
    """Return a recipe's title with the city's name, and the names of the part that is drawn where they are few."""
    select = recipe.select
    names = [name for level in (select.county, select.street, select.community) for name in level]
    part = "、".join(names) if len(names) <= MOST_NAMED and not any(name.isdigit() for name in names) else ""
    if not part or "{city}" in recipe.title:
        return recipe.title.replace("{city}", f"{edition.city}{part}")
    return f"{recipe.title}（{part}）"


def _around(edition: Edition, recipe: Recipe) -> dict[str, Any]:
    """Return the grids outside a selection."""
    if not recipe.select:
        return {}
    return {"neighbours": edition.grids.geometry.to_numpy()[~chosen(edition, recipe.select)]}


def _change(source: StoreVersion | LayerFile, recipe: Recipe, wanted: Wanted) -> tuple[Content, Recipe]:
    """Compare two versions of a store."""
    if not isinstance(source, StoreVersion):
        raise InputError(f"a map of changes compares two versions of a store; {source.name} holds one state only")
    if wanted.since is None:
        raise InputError("a map of changes needs the version to compare with: --since 3 or --since 2026-03-01")
    found = diff_versions(source.store, wanted.since, source.version.seq)
    edition = change_edition(source.store, found)
    planned = replace(recipe, title=change_title(titled(edition, recipe), found))
    return change_content(selected(edition, recipe.select), planned, **borders_moved(found)), planned


_THEMES: dict[str, Callable[[StoreVersion | LayerFile, Recipe, Wanted], tuple[Content, Recipe]]] = {"change": _change}
"""Theme → how its content is gathered; the others show grids by class."""
