"""A single sheet as a document: the map, then the table that equals it and what else belongs to it.

In: a `Content` and a `Recipe`. Out: a `Book`: the first page is the sheet, the pages behind list every grid with its
class and figures, so that whoever searches the file finds every code, and the content's listings. Before: ``jobs``;
next: ``jobs.document`` draws and binds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import pandas as pd

from gridgeo.render.alt import alt_text
from gridgeo.render.atlas_layout import table_columns
from gridgeo.render.atlas_page import draw_heading
from gridgeo.render.book import Drawn, Head, Leaf
from gridgeo.render.code_table import (
    SIZE_PT,
    Line,
    Style,
    draw_column,
    grid_lines,
    grid_style,
    lines_in,
    new_style,
    poured,
)
from gridgeo.render.content import Content, Listing
from gridgeo.render.edition import Edition
from gridgeo.render.layout import SIZES_MM, choose_layout
from gridgeo.render.page import draw_footer, new_page, wrapped
from gridgeo.render.recipe import Recipe
from gridgeo.render.sheet import sheet_figure
from gridgeo.render.table import CLASS

__all__ = ["SheetBook", "plan_sheet"]

GRIDS = "网格一览"
"""What the table of all grids is called."""
LONGEST_MM = 62.0
"""Longer cells of a listing go on in the next line. Chosen: a sentence of forty characters in two lines."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The page with the map."""

    content: Content
    recipe: Recipe

    def pages(self, shared: Any) -> Iterator[Drawn]:  # noqa: ARG002 - a leaf's shape; this one needs nothing shared
        """Draw it."""
        yield Drawn(sheet_figure(self.content, self.recipe), alt_text(self.content, self.recipe))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One page of a table."""

    title: str
    number: str
    size: str
    style: Style
    columns: tuple[tuple[Line, ...], ...]
    edition: Edition
    """For the margin; without grids."""

    def pages(self, shared: Recipe) -> Iterator[Drawn]:
        """Draw it."""
        (width, height), boxes = table_columns(self.size, self.style.width_mm)
        figure, page = new_page(width, height)
        for box, lines in zip(boxes, self.columns, strict=False):
            draw_column(page, box, lines, self.style, {})
        draw_heading(page, self.title, shared.title, self.number, shared)
        draw_footer(page, self.edition, shared)
        yield Drawn(figure, f"{shared.title}，{self.title}，第 {self.number} 页。")


@dataclass(frozen=True, slots=True)
class SheetBook:
    """A sheet with its tables."""

    shared: Recipe
    leaves: tuple[_Sheet | _Table, ...]

    @property
    def title(self) -> str:
        """Of the whole."""
        return self.shared.title

    @property
    def heads(self) -> Sequence[tuple[Head, ...]]:
        """Of every leaf, one head per page."""
        known: set[str] = set()
        heads = []
        for leaf in self.leaves:
            if isinstance(leaf, _Sheet):
                heads.append((Head(title=self.title, label="图", outline=(self.title,)),))
                continue
            heads.append(
                (Head(title=leaf.title, label=leaf.number, outline=() if leaf.title in known else (leaf.title,)),)
            )
            known.add(leaf.title)
        return heads

    def leaf(self, at: int) -> Leaf:
        """Return one leaf."""
        return self.leaves[at]


def plan_sheet(content: Content, recipe: Recipe) -> SheetBook:
    """Plan the pages of a single-sheet map.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        With its final title; without ``tables`` there is only the map.
    """
    leaves: list[_Sheet | _Table] = [_Sheet(content, recipe)]
    if recipe.tables:
        size = _size_of(content, recipe)
        edition = replace(content.edition, grids=content.edition.grids.iloc[:0])
        for title, style, lines in _tables(content):
            (_, _), boxes = table_columns(size, style.width_mm)
            room = lines_in(boxes[0][3] - boxes[0][1], style.scale)
            columns = [tuple(column) for column in poured(lines, repeat(room))]
            for at in range(0, len(columns), len(boxes)):
                leaves.append(
                    _Table(
                        title=title,
                        number=f"附表 {len(leaves)}",
                        size=size,
                        style=style,
                        columns=tuple(columns[at : at + len(boxes)]),
                        edition=edition,
                    )
                )
    return SheetBook(recipe, tuple(leaves))


def _size_of(content: Content, recipe: Recipe) -> str:
    """Return the size of the map's page: the tables have the same."""
    layout = choose_layout(content, recipe)
    return next(name for name, sides in SIZES_MM.items() if set(sides) == {layout.width, layout.height})


def _tables(content: Content) -> Iterator[tuple[str, Style, list[Line]]]:
    """Yield title, columns and lines of every table that has rows."""
    yield GRIDS, *_grid_table(content)
    for listing in content.listings:
        if len(listing.table):
            yield listing.title, *_listing_table(listing)


def _grid_table(content: Content) -> tuple[Style, list[Line]]:
    """Return the table of all grids: that of an atlas with the class behind it."""
    style = grid_style(content.edition)
    labels = {row.key: " ".join(row.label.split()) for row in content.rows}
    told = dict(zip(content.edition.grids["code"], (labels.get(int(key), "") for key in content.key), strict=True))
    classes = new_style([CLASS], [told.values()], [False])
    whole = replace(style, columns=(*style.columns, *classes.columns))
    lines = [
        line if line.heading else replace(line, cells=(*line.cells, told[line.code]))
        for line in grid_lines(content.edition, whole)
    ]
    return whole, lines


def _listing_table(listing: Listing) -> tuple[Style, list[Line]]:
    """Return a listing as it is printed; long cells go on in the next line, none is shortened."""
    table = listing.table
    right = [pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    cells = [[_printed(value) for value in table[name]] for name in table.columns]
    parts = [[wrapped(text, LONGEST_MM, SIZE_PT) for text in column] for column in cells]
    style = new_style(
        [str(name) for name in table.columns],
        [[line for cell in column for line in cell] for column in parts],
        right,
    )
    lines = []
    for row in zip(*parts, strict=True):
        for at in range(max(map(len, row))):
            lines.append(Line(tuple(cell[at] if at < len(cell) else "" for cell in row)))
    return style, lines


def _printed(value: Any) -> str:
    """Return a value as it stands in a table on paper; a dash where there is none."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return value if isinstance(value, str) else f"{value:,}"
