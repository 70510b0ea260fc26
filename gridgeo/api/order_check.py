"""What is wrong with an ordered map, told when it is ordered and not when it is drawn.

In: the recipe with what was changed of it, and the versions that are served. Out: a refusal in the words of the body,
or how many pages there will be, where that is known. Before: `gridgeo.api.maps`.
"""

from __future__ import annotations

from gridgeo.api.deps import Shelf
from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.agency_grids import kept_agencies
from gridgeo.jobs.moment import version_at
from gridgeo.render.edition import Edition
from gridgeo.render.recipe import Recipe
from gridgeo.render.selection import chosen
from gridgeo.store.base import Store, Version

__all__ = ["check_order"]

PAGED = ("pdf", "png", "svg")
"""Formats in which an atlas or a set of cards has its pages; in others it is one file of the whole selection."""


def check_order(shelf: Shelf, recipe: Recipe, kind: str, *, at: str | None = None, since: str | None = None) -> int:
    """Refuse what cannot be drawn.

    Parameters
    ----------
    shelf : Shelf
    recipe : Recipe
    kind : str
        Ending of the file.
    at, since : str, keyword-only, optional
        See `gridgeo.jobs.draw.draw_map`.

    Returns
    -------
    int
        Pages that the map will have; 0 where only planning it tells.

    Raises
    ------
    InputError, NotFoundError
        With a sentence in terms of the body's keys.
    """
    versions = shelf.versions()
    version = shelf.which(versions, at)
    _check_since(recipe, versions, version, since)
    if recipe.theme == "agency":
        _check_agency(shelf.store, recipe.agency)
    grids = 0
    if recipe.select or recipe.theme in ("atlas", "card"):
        grids = _check_grids(shelf, recipe, version)
    if kind in ("png", "svg") and recipe.theme == "card" and grids > 1:
        raise InputError(
            f'{grids} grids are selected, and one {kind.upper()} holds one card; say "format": "pdf", '
            "or select one grid"
        )
    if recipe.theme == "card" and kind in PAGED:
        return grids
    return 0 if kind == "pdf" or (recipe.theme == "atlas" and kind in PAGED) else 1


def _check_since(recipe: Recipe, versions: tuple[Version, ...], version: Version, since: str | None) -> None:
    """Refuse a map of changes without two versions, and another one with two."""
    if recipe.theme != "change":
        if since is not None:
            raise InputError('only a map of changes compares versions: leave "since" out, or order the recipe change')
        return
    if since is None:
        raise InputError(
            'a map of changes needs the version to compare with: say "since", a day (YYYY-MM-DD) or one '
            f"of the versions 1 to {versions[-1].seq}"
        )
    if version_at(versions, since, said_as="since").seq == version.seq:
        raise InputError(
            f'a map of changes needs two versions; "since" and "at" (not said: the version that holds today) both mean '
            f"version {version.seq}"
        )


def _check_agency(store: Store, agency: str) -> None:
    """Refuse an agency whose grids the store does not hold."""
    with store.snapshot() as reader:
        known = kept_agencies(reader)
    if not known:
        raise NotFoundError(
            "the layer does not hold the agencies' own grids: it was imported, or merged by an earlier program; "
            "order another recipe"
        )
    told = "、".join(f"{key}（{name}）" if name else key for key, name in known.items())
    if agency and agency not in known:
        raise NotFoundError(f"the layer knows no agency {agency!r}; it knows {told}")
    if not agency and len(known) > 1:
        raise InputError(f'the layer holds grids of several agencies; say "agency", the key of one: {told}')


def _check_grids(shelf: Shelf, recipe: Recipe, version: Version) -> int:
    """Refuse a selection that the version does not have; return how many grids it is."""
    served = shelf.served(version)
    edition = Edition(grids=served.grids, communities=served.communities, version=str(version.seq))
    if recipe.theme == "atlas" and recipe.by != "community" and recipe.by not in edition.communities:
        raise InputError(
            f"the layer does not say its {recipe.by} names, so an atlas by {recipe.by} has no pages; say "
            '"by": "community"'
        )
    if recipe.theme == "card" and not recipe.select and len(edition.grids) > 1:
        raise InputError(
            f"a card is a page for every grid, and nothing is selected of {len(edition.grids):,}; say "
            '"code", or "community" or "street" for all that lie in one'
        )
    return int(chosen(edition, recipe.select).sum())
