"""Job: a document of many pages, an atlas or grid cards.

In: an open source and a recipe. Out: one file, written whole or not at all: a PDF with all pages, an archive of PNGs,
or one PNG or SVG where there is only one page.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.binding import bind_archive, bind_pdf
from gridgeo.jobs.file_name import file_name
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.press import Progress, never, press, sheets
from gridgeo.jobs.source import LayerFile, StoreVersion
from gridgeo.jobs.titles import titled
from gridgeo.jobs.turns import drawing
from gridgeo.render.atlas import plan_atlas
from gridgeo.render.book import Book
from gridgeo.render.card import plan_cards
from gridgeo.render.card_facts import Fact
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import ruled
from gridgeo.render.selection import chosen

__all__ = ["DOCUMENTS", "PAGED", "DrawnDocument", "draw_document", "is_document", "planned_book", "save_book"]

DOCUMENTS = ("atlas", "card")
"""Themes that have a page for each part of what is selected."""
PAGED = (".pdf", ".png.zip", ".png", ".svg")
"""Endings of files that hold pages; other endings of these themes hold the whole selection."""
MOST_WORKERS = 4
"""Each process needs some 200 MB. Measured."""
CHANGE_WORDS = {"U": "不变", "S": "拆分", "M": "合并", "X": "交错调整"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDocument:
    """What was drawn."""

    file: Path
    name: str
    """What the file would be called if nobody had named it, see `gridgeo.jobs.file_name`."""
    title: str
    version: str
    grids: int
    pages: int
    size_bytes: int


def is_document(recipe: Recipe, out: Path) -> bool:
    """Tell whether a file of this name holds the pages of a document."""
    return recipe.theme in DOCUMENTS and out.name.lower().endswith(PAGED)


def draw_document(
    source: StoreVersion | LayerFile,
    recipe: Recipe,
    out: Path,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    workers: int | None = None,
) -> DrawnDocument:
    """Draw a document and write it.

    Parameters
    ----------
    source : StoreVersion or LayerFile
    recipe : Recipe
        Of a theme of `DOCUMENTS`.
    out : Path
        Its ending is one of `PAGED`; ``{name}`` in it stands for title, version and day.
    progress : callable, keyword-only, optional
        Called with the pages that are finished and all pages, after every page.
    cancelled : callable, keyword-only, optional
        Asked after every page, and several times a second; true ends the job without a file.
    workers : int, keyword-only, optional
        Processes at most; by default one per core, at most `MOST_WORKERS`. The file is the same for any number.

    Raises
    ------
    Cancelled
        If the job was called off.
    InputError
        If the ending holds one page and there are more, the recipe does not fit the layer, or the file cannot be
        written.
    NotFoundError
        If something selected is not there.
    """
    book, planned = planned_book(source, recipe)
    edition = source.edition
    name = file_name(planned, edition)
    out = out.with_name(out.name.replace("{name}", name))
    pages, ending = sum(map(len, book.heads)), next(one for one in PAGED if out.name.lower().endswith(one))
    if ending in (".png", ".svg") and pages > 1:
        raise InputError(
            f"{out.name}: this {recipe.theme} has {pages} pages and one {ending[1:].upper()} holds one; write a .pdf, "
            "or a .png.zip with a PNG for every page, or select less"
        )
    size = save_book(book, planned, out, progress=progress, cancelled=cancelled, workers=workers)
    return DrawnDocument(
        file=out,
        name=f"{name}{ending}",
        title=book.title,
        version=edition.version,
        grids=int(chosen(edition, recipe.select).sum()) if recipe.select else len(edition.grids),
        pages=pages,
        size_bytes=size,
    )


def save_book(
    book: Book,
    recipe: Recipe,
    out: Path,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    workers: int | None = None,
) -> int:
    """Draw all pages of a book and write them.

    Parameters
    ----------
    book : Book
    recipe : Recipe
    out : Path
        Its ending is one of `PAGED`.
    progress, cancelled, workers : keyword-only, optional
        As of `draw_document`.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    Cancelled, InputError
        As `draw_document`.
    """
    ending = next(one for one in PAGED if out.name.lower().endswith(one))
    job = _Job(recipe, progress or (lambda *_: None), cancelled or never, workers or _cores())
    with written_whole(out) as part:
        job.write(book, part, ending)
        return part.stat().st_size


def _cores() -> int:
    """Return how many processes draw by default."""
    return min(os.cpu_count() or 1, MOST_WORKERS)


@dataclass(frozen=True, slots=True)
class _Job:
    """How a book is written."""

    recipe: Recipe
    progress: Progress
    cancelled: Callable[[], bool]
    workers: int

    def write(self, book: Book, part: Path, ending: str) -> None:
        """Draw all pages and bind them."""
        if ending == ".svg":
            self.progress(0, 1)
            _write_svg(book, part)
            self.progress(1, 1)
            return
        pressed = press(
            book,
            part.with_name(f"{part.name}.part"),
            dpi=None if ending == ".pdf" else self.recipe.dpi,
            progress=self.progress,
            cancelled=self.cancelled,
            workers=self.workers,
        )
        if ending == ".pdf":
            bind_pdf(pressed, book, part, maker=self.recipe.footer.maker)
        elif ending == ".png":
            next(sheets(pressed.parts, [1])).replace(part)
        else:
            bind_archive(pressed, book, part)


def _write_svg(book: Book, file: Path) -> None:
    """Draw the only page of a book as SVG."""
    with drawing():
        (page,) = book.leaf(0).pages(book.shared)
        said = {"Title": book.title, "Description": page.alt, "Date": None}
        page.figure.savefig(file, format="svg", metadata=said)


def planned_book(source: StoreVersion | LayerFile, recipe: Recipe) -> tuple[Book, Recipe]:
    """Plan a document.

    Returns
    -------
    book : Book
    recipe : Recipe
        With title and limits of this layer.

    Raises
    ------
    InputError, NotFoundError
        See `gridgeo.render.atlas.plan_atlas` and `gridgeo.render.card.plan_cards`.
    """
    edition = source.edition
    planned = replace(ruled(recipe, edition.rules, edition.grids), title=titled(edition, recipe))
    if recipe.theme == "card":
        return plan_cards(edition, planned, lambda code: _lineage(source, code)), planned
    return plan_atlas(edition, planned), planned


def _lineage(source: StoreVersion | LayerFile, code: str) -> Sequence[Fact]:
    """Return versions and lineage of a grid, as far as the source knows them."""
    if not isinstance(source, StoreVersion):
        return [("版本", source.edition.version)]
    version = source.version
    facts = [("版本", f"{source.edition.version}，{version.effective.isoformat()} 起执行")]
    from gridgeo.jobs.history import history_of  # noqa: PLC0415 - loads what publishes, and an atlas needs none of it

    with suppress(NotFoundError):
        told = history_of(source.store, code)
        facts += _states(told["rows"], version.seq)
        facts += _kin("由来", "由 {code} {change}而来", told["ancestors"], version.seq)
    return facts


def _states(rows: Sequence[dict[str, object]], seq: int) -> list[Fact]:
    """Return what became of a grid from version to version, up to one."""
    known = [row for row in rows if int(str(row["from"])) <= seq]
    texts = [f"{row['effective']}（V{row['from']}）{'、'.join(map(str, row['became']))}" for row in known]  # type: ignore[call-overload]
    return [("沿革" if not at else "", text) for at, text in enumerate(texts)]


def _kin(name: str, words: str, kin: Sequence[dict[str, object]], seq: int) -> list[Fact]:
    """Return the grids from which one came, up to a version."""
    texts = [
        f"{one['effective']} {words.format(code=one['code'], change=CHANGE_WORDS.get(str(one['change']), ''))}"
        for one in kin
        if int(str(one["version"])) <= seq
    ]
    return [(name if not at else "", text) for at, text in enumerate(texts)]
