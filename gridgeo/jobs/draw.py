"""Job: draw a map from a recipe.

In: a recipe, and a store or a ``layer.gpkg``. Out: one file, written whole or not at all; its ending says what it
becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from gridgeo.errors import InputError
from gridgeo.jobs.contents import Wanted, gathered
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.moment import At
from gridgeo.jobs.recipes import read_recipe
from gridgeo.jobs.source import opened_source
from gridgeo.render.content import Content
from gridgeo.render.recipe import Recipe, changed
from gridgeo.render.sheet import FORMATS, map_sheet
from gridgeo.render.web import web_map

__all__ = ["ENDINGS", "DrawnMap", "draw_map", "picture"]

ENDINGS = ("html", *FORMATS)
"""Endings of files that a map can become."""
_TURNS = Lock()
"""matplotlib keeps its settings per process: one sheet is drawn at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMap:
    """What was drawn."""

    file: Path
    title: str
    version: str
    grids: int
    size_bytes: int


def draw_map(
    recipe: str | Path | Recipe,
    out: str | Path,
    *,
    store: str | None = None,
    layer: str | Path | None = None,
    at: At | None = None,
    since: At | None = None,
    **changes: Any,
) -> DrawnMap:
    """Draw a map and write it.

    Parameters
    ----------
    recipe : str, Path or Recipe
        Name of a recipe in ``maps/``, the path of one, or a recipe.
    out : str or Path
        Its ending says what it becomes: one of `ENDINGS`.
    store : str, keyword-only
        Store URL; exactly one of ``store`` and ``layer``.
    layer : str or Path, keyword-only
        A ``layer.gpkg`` with the layers ``grid`` and ``community``.
    at : str, int or date, optional
        Draws the version of this day or number, see `gridgeo.jobs.moment.version_at`; needs a store. By default the
        one that holds today.
    since : str, int or date, optional
        Only of a map of changes: the version to compare with.
    **changes
        Values that replace the recipe's, see `gridgeo.render.recipe.changed`: ``street="老街街道"``, ``size="A4"``.

    Returns
    -------
    DrawnMap

    Raises
    ------
    InputError
        If the ending is unknown, the recipe is faulty, or the layer cannot be drawn.
    NotFoundError
        If there is no such recipe, version or selection.
    """
    out = Path(out)
    kind = _kind_of(out)
    planned = recipe if isinstance(recipe, Recipe) else read_recipe(str(recipe))
    with opened_source(store, layer, at) as source:
        content, titled = gathered(source, changed(planned, changes), Wanted(since=since))
    drawn = picture(content, titled, kind)
    with written_whole(out) as part:
        part.write_bytes(drawn)
    return DrawnMap(
        file=out,
        title=titled.title,
        version=content.edition.version,
        grids=len(content.edition.grids),
        size_bytes=len(drawn),
    )


def picture(content: Content, recipe: Recipe, kind: str) -> bytes:
    """Return a map as the bytes of a file.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        As `gridgeo.jobs.contents.gathered` returns it.
    kind : str
        One of `ENDINGS`.
    """
    if kind == "html":
        return web_map(content, recipe).encode()
    with _TURNS:
        return map_sheet(content, recipe, kind)


def _kind_of(out: Path) -> str:
    """Return the format that a file name asks for."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ENDINGS:
        raise InputError(f"{out}: the ending must be one of {', '.join(ENDINGS)}")
    return kind
