"""What each kind of map shows, gathered from a source.

In: a `Source` and a `Recipe`. Out: a `Content`, and the recipe brought to the layer's rules and city. Next:
`gridgeo.jobs.draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.diff import diff_versions
from gridgeo.jobs.diff_map import change_edition, change_facts, change_title
from gridgeo.jobs.files import has_layer
from gridgeo.jobs.moment import At
from gridgeo.jobs.source import LayerFile, StoreVersion
from gridgeo.jobs.titles import filled, titled
from gridgeo.render.content import Content
from gridgeo.render.edition import Edition
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import limits_of, ruled
from gridgeo.render.selection import chosen, selected
from gridgeo.render.themes.agency import AgencyFacts, agency_content
from gridgeo.render.themes.change import change_content
from gridgeo.render.themes.coverage import coverage_content
from gridgeo.render.themes.findings import findings_content
from gridgeo.render.themes.responsibility import responsibility_content
from gridgeo.render.themes.workload import workload_content

__all__ = ["Wanted", "gathered"]


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
    return _THEMES.get(recipe.theme, _workload)(source, recipe, wanted)


def _coverage(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Show the grids by kind; by another measure without tints, as `_workload`."""
    if recipe.measure != "kind":
        return _workload(source, recipe, _)
    edition, planned = _planned(source, recipe)
    covered = None if recipe.select else source.covered()  # the certificate speaks of the whole
    return coverage_content(
        selected(edition, recipe.select), planned, covered=covered, **_around(edition, recipe)
    ), planned


def _workload(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Show the grids by their class."""
    edition, planned = _planned(source, recipe)
    limits = limits_of(planned, edition.rules)
    return workload_content(
        selected(edition, recipe.select), planned, limits=limits, **_around(edition, recipe)
    ), planned


def _responsibility(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Show streets and communities."""
    edition, planned = _planned(source, recipe)
    return responsibility_content(selected(edition, recipe.select), **_around(edition, recipe)), planned


def _findings(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Show what was found wrong with the input."""
    if isinstance(source, LayerFile) and not has_layer(source.file, "grid"):
        raise InputError(
            f"{source.name} holds no grids to draw findings over; name the layer.gpkg of gridgeo merge, which has both"
        )
    edition, planned = _planned(source, recipe)
    found = source.findings()
    part = bool(recipe.select)
    content = findings_content(
        selected(edition, recipe.select), found, source.agencies(), part=part, **_around(edition, recipe)
    )
    return content, planned


def _agency(source: StoreVersion | LayerFile, recipe: Recipe, _: Wanted) -> tuple[Content, Recipe]:
    """Show one agency's old grids over the new ones."""
    edition, planned = _planned(source, recipe)
    grids = source.agency_grids()
    known = dict(zip(grids["agency"], grids["agency_name"], strict=True))
    key = _agency_key(recipe.agency, known, source.name)
    crosswalk, provenance = source.crosswalk(), source.provenance()
    facts = AgencyFacts(
        name=known[key] or key,
        line=list(known).index(key),
        grids=grids[grids["agency"] == key],
        crosswalk=crosswalk[crosswalk["agency"] == key],
        provenance=provenance[provenance["agency"] == key],
        changed=source.changed(),
    )
    part = selected(edition, recipe.select)
    content = agency_content(part, facts, part=bool(recipe.select), **_around(edition, recipe))
    return content, replace(planned, title=filled(planned.title, "{agency}", facts.name))


def _agency_key(asked: str, known: dict[str, str], where: str) -> str:
    """Return the agency that is meant: the one named, or the only one."""
    told = "、".join(f"{key}（{name}）" if name else key for key, name in known.items())
    if asked and asked not in known:
        raise NotFoundError(f"{where} knows no agency {asked!r}; it knows {told}")
    if not asked and len(known) > 1:
        raise InputError(f"{where} holds grids of several agencies; name the key of one with --agency: {told}")
    return asked or next(iter(known))


def _planned(source: StoreVersion | LayerFile, recipe: Recipe) -> tuple[Edition, Recipe]:
    """Return the whole layer, and the recipe with its rules and title."""
    edition = source.edition
    # rules and "nothing counted" belong to the layer, not to the part of it that is drawn
    return edition, replace(ruled(recipe, edition.rules, edition.grids), title=titled(edition, recipe))


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
    if found.before.seq == found.after.seq:
        raise InputError(f"a map of changes needs two versions; --since and --at both mean version {found.after.seq}")
    edition = change_edition(source.store, found)
    planned = replace(recipe, title=change_title(titled(edition, recipe), found))
    facts, part = change_facts(source.store, found), bool(recipe.select)
    content = change_content(selected(edition, recipe.select), planned, facts, part=part, **_around(edition, recipe))
    return content, planned


_THEMES: dict[str, Callable[[StoreVersion | LayerFile, Recipe, Wanted], tuple[Content, Recipe]]] = {
    "coverage": _coverage,
    "workload": _workload,
    "agency": _agency,
    "change": _change,
    "findings": _findings,
    "responsibility": _responsibility,
}
"""Theme → how its content is gathered; the others show grids by class."""
