"""Job: draw a map from a recipe.

In: a recipe, and a store or a ``layer.gpkg``. Out: one file, written whole or not at all; its ending says what it
becomes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gridgeo.errors import InputError
from gridgeo.jobs.contents import Wanted, gathered
from gridgeo.jobs.document import DOCUMENTS, PAGED, draw_document
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.moment import At
from gridgeo.jobs.press import Progress
from gridgeo.jobs.recipes import read_recipe
from gridgeo.jobs.source import opened_source
from gridgeo.jobs.turns import drawing
from gridgeo.render.content import Content
from gridgeo.render.recipe import Recipe, changed
from gridgeo.render.sheet import FORMATS, map_sheet
from gridgeo.render.web import web_map

__all__ = ["ENDINGS", "DrawnMap", "draw_map", "picture"]

ENDINGS = ("html", *FORMATS, "zip")
"""Endings of files that a map can become; zip, of an atlas or cards: a PNG for every page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMap:
    """What was drawn."""

    file: Path
    title: str
    version: str
    grids: int
    size_bytes: int
    pages: int = 1


def draw_map(
    recipe: str | Path | Recipe,
    out: str | Path,
    *,
    store: str | None = None,
    layer: str | Path | None = None,
    at: At | None = None,
    since: At | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
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
    progress : callable, optional
        Called with a stage, pages done and pages in all; a document of many pages tells each page.
    cancelled : callable, optional
        Asked often while a document is drawn; true ends the job without a file.
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
    Cancelled
        If the job was called off.
    """
    out = Path(out)
    kind = _kind_of(out)
    planned = recipe if isinstance(recipe, Recipe) else read_recipe(str(recipe))
    planned = changed(planned, changes)
    with opened_source(store, layer, at) as source:
        if planned.theme in DOCUMENTS and kind in PAGED:
            made = draw_document(source, planned, out, progress=progress, cancelled=cancelled)
            return DrawnMap(**asdict(made))
        content, titled = gathered(source, planned, Wanted(since=since))
    if kind == "zip":
        raise InputError(f"{out}: a zip holds the pages of an atlas or of cards, and this is one map; write a .png")
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
    with drawing():
        return map_sheet(content, recipe, kind)


def _kind_of(out: Path) -> str:
    """Return the format that a file name asks for."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ENDINGS:
        raise InputError(f"{out}: the ending must be one of {', '.join(ENDINGS)}")
    return kind
