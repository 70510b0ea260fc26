"""Job: draw a map from a recipe.

In: a recipe, and a store or a ``layer.gpkg``. Out: one file, written whole or not at all; its ending says what it
becomes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gridgeo.errors import Cancelled, InputError
from gridgeo.jobs.contents import Wanted, gathered
from gridgeo.jobs.document import draw_document, is_document, save_book
from gridgeo.jobs.export import FILES, save_content
from gridgeo.jobs.file_name import file_name
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.moment import At
from gridgeo.jobs.press import Progress
from gridgeo.jobs.recipes import read_recipe
from gridgeo.jobs.source import opened_source
from gridgeo.jobs.turns import drawing
from gridgeo.render.content import Content
from gridgeo.render.lean import lean_map
from gridgeo.render.recipe import Recipe, changed
from gridgeo.render.sheet import FORMATS, map_sheet
from gridgeo.render.sheet_book import plan_sheet
from gridgeo.render.web import web_map

__all__ = ["ENDINGS", "PICTURES", "DrawnMap", "Progress", "draw_map", "picture", "render_map"]

PICTURES = ("html", *FORMATS)
ENDINGS = (*PICTURES, *FILES)
"""Endings of files that a map can become: pictures and pages, tables, files for GIS."""
ZIPPED = "png.zip"
"""What an atlas or cards can become besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMap:
    """What was drawn."""

    file: Path
    name: str
    """What the file would be called if nobody had named it, see `gridgeo.jobs.file_name`."""
    title: str
    version: str
    grids: int
    pages: int
    size_bytes: int


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
        Its ending says what it becomes: one of `ENDINGS`; of an atlas or cards ``.png.zip`` is a PNG for every page.
        ``{name}`` in it stands for title, version and day.
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
        Called with the pages that are finished and all pages.
    cancelled : callable, optional
        Asked between pages, and often while processes draw, whether the job is to end.
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
        If ``cancelled`` said so; nothing is written.
    """
    out = Path(out)
    kind = _kind_of(out)
    planned = _planned(recipe, changes)
    with opened_source(store, layer, at) as source:
        if is_document(planned, out):
            return DrawnMap(**asdict(draw_document(source, planned, out, progress=progress, cancelled=cancelled)))
        content, titled = gathered(source, planned, Wanted(since=since))
    name = file_name(titled, content.edition)
    file, pages = out.with_name(out.name.replace("{name}", name)), 1
    if kind == "pdf":
        book = plan_sheet(content, titled)
        size_bytes, pages = save_book(book, titled, file, progress=progress, cancelled=cancelled), len(book.leaves)
    else:
        _look(progress, cancelled, 0)
        size_bytes = save_content(content, titled, file) if kind in FILES else _save_picture(content, titled, file)
        _look(progress, cancelled, 1)
    return DrawnMap(
        file=file,
        name=f"{name}.{kind}",
        title=titled.title,
        version=content.edition.version,
        grids=len(content.edition.grids),
        pages=pages,
        size_bytes=size_bytes,
    )


def _look(progress: Progress | None, cancelled: Callable[[], bool] | None, page: int) -> None:
    """Tell how far a single sheet is, and end if that is wanted."""
    if cancelled is not None and cancelled():
        raise Cancelled("the map was cancelled; nothing is written")
    if progress is not None:
        progress(page, 1)


def render_map(
    recipe: str | Path | Recipe,
    kind: str = "png",
    *,
    store: str | None = None,
    layer: str | Path | None = None,
    at: At | None = None,
    since: At | None = None,
    **changes: Any,
) -> bytes:
    """Return a map as the bytes of a file; nothing is written.

    Parameters
    ----------
    recipe : str, Path or Recipe
        Name of a recipe in ``maps/``, the path of one, or a recipe.
    kind : str
        html, pdf, png or svg, a table (csv, xlsx) or a file for GIS (gpkg, zip, geojson, pmtiles); of an atlas or
        cards png.zip, too.
    store, layer, at, since : keyword-only
        As of ``gg.draw``: exactly one of a store's URL and a ``layer.gpkg``; of a store a day or version, and of a map
        of changes the one to compare with.
    **changes
        Values that replace the recipe's: ``street="老街街道"``, ``size="A4"``. An unknown one is refused with a list of
        all.

    Returns
    -------
    bytes

    Raises
    ------
    InputError, NotFoundError
        As ``gg.draw``.

    Examples
    --------
    >>> import gridgeo as gg
    >>> png = gg.render("coverage", "png", layer="layer.gpkg", street="老街街道", dpi=150)  # doctest: +SKIP
    """
    if kind.lower() not in (*ENDINGS, ZIPPED):
        raise InputError(f"kind {kind!r} is unknown, use one of {', '.join(ENDINGS)}, or {ZIPPED} of an atlas or cards")
    # changed here, so that what only `draw_map` takes is an unknown key
    planned = _planned(recipe, changes)
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"map.{kind}"
        return draw_map(planned, out, store=store, layer=layer, at=at, since=since).file.read_bytes()


def _planned(recipe: str | Path | Recipe, changes: dict[str, Any]) -> Recipe:
    """Return a recipe with what was said beside it."""
    return changed(recipe if isinstance(recipe, Recipe) else read_recipe(str(recipe)), changes)


def _save_picture(content: Content, recipe: Recipe, file: Path) -> int:
    """Draw a picture or page and write it; return its size in bytes."""
    drawn = picture(content, recipe, _kind_of(file))
    with written_whole(file) as part:
        part.write_bytes(drawn)
    return len(drawn)


def picture(content: Content, recipe: Recipe, kind: str) -> bytes:
    """Return a map as the bytes of a file.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        As `gridgeo.jobs.contents.gathered` returns it.
    kind : str
        One of `PICTURES`.
    """
    if kind == "html":
        page = web_map if recipe.html == "folium" else lean_map
        return page(content, recipe).encode()
    with drawing():
        return map_sheet(content, recipe, kind)


def _kind_of(out: Path) -> str:
    """Return the format that a file name asks for."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ENDINGS:
        raise InputError(f"{out}: the ending must be one of {', '.join(ENDINGS)}")
    return kind
