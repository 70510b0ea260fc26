"""The table of an atlas in narrow columns: grids under the names of their communities, poured over the pages.

In: an edition, and how many lines each column on paper holds. Out: lines, columns of lines, and the columns drawn. A
name that is wider than the table goes on in the next line; nothing is shortened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gridgeo.render.edition import Edition, grid_number
from gridgeo.render.label import group_code, text_size_mm
from gridgeo.render.layout import Box
from gridgeo.render.page import wrapped
from gridgeo.render.palette import INK, MUTED, NEIGHBOUR
from gridgeo.render.words import Word, draw_words

__all__ = [
    "LEAST_LINES",
    "Column",
    "Line",
    "Style",
    "draw_column",
    "grid_lines",
    "grid_style",
    "heading_lines",
    "lines_in",
    "new_style",
    "poured",
]

SIZE_PT, ROW_MM, GAP_MM, INSET_MM, HEAD_MM = 6.5, 3.15, 2.6, 3.0, 5.0
"""Chosen: the smallest figures that are read without effort, and rows that the eye keeps apart."""
BASE_MM, BAND_MM = 0.85, 0.8
"""From the middle of a row down to its baseline; how far the band of a heading reaches out."""
LEAST_LINES = 8
"""A column with room for fewer stays empty: a long name and its first grid need so many."""
FIGURES = (("households", "户数"), ("enterprises", "企业"), ("area_m2", "平方米"))
"""Column of the grids → heading, as far as the layer has them."""
LONGEST_MARK = "[999]"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table."""

    title: str
    width_mm: float
    right: bool
    """Figures stand at the right."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    cells: tuple[str, ...]
    """Of a heading its text alone."""
    code: str = ""
    """Of the grid or community, so that its mark on the map is found."""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """Widths of the columns, and how large all is printed."""

    columns: tuple[Column, ...]
    scale: float = 1.0
    """Of letters, rows and gaps."""

    @property
    def width_mm(self) -> float:
        """All columns with their gaps."""
        return sum(column.width_mm for column in self.columns) + GAP_MM * self.scale * (len(self.columns) - 1)


def new_style(
    titles: Sequence[str], texts: Sequence[Iterable[str]], right: Sequence[bool], scale: float = 1.0
) -> Style:
    """Return columns as wide as their widest text."""
    widths = [
        max(text_size_mm(text, SIZE_PT * scale)[0] for text in {title, *column})
        for title, column in zip(titles, texts, strict=True)
    ]
    return Style(tuple(Column(*each) for each in zip(titles, widths, right, strict=True)), scale)


def grid_style(edition: Edition) -> Style:
    """Return the columns of a table of grids: mark on the map, code, figures."""
    grids, known = edition.grids, [name for name, _ in FIGURES if name in edition.grids]
    marks = {LONGEST_MARK, *(grid_number(*pair) for pair in zip(grids["code"], grids["community_code"], strict=True))}
    texts = [marks, map(group_code, grids["code"]), *(set(map(_figure, grids[name])) for name in known)]
    titles = ["图上", "网格编码", *(dict(FIGURES)[name] for name in known)]
    return new_style(titles, texts, [False, False, *(True for _ in known)])


def _figure(value: object) -> str:
    """Return a figure as it is printed; a dash where there is none."""
    return "–" if pd.isna(value) else f"{round(float(value)):,}"  # type: ignore[arg-type]


def grid_lines(edition: Edition, style: Style) -> list[Line]:
    """Return the lines of all grids in the order of their codes, each community's under its name.

    Parameters
    ----------
    edition : Edition
    style : Style
        See `grid_style`.
    """
    lines: list[Line] = []
    grids = edition.grids
    known = [name for name, _ in FIGURES if name in grids]
    figures = [[_figure(value) for value in grids[name]] for name in known]
    rows = list(zip(grids["code"], grids["community_code"], *figures, strict=True))
    for code, members in grids.groupby("community_code", sort=True).indices.items():
        name = str(grids["community_name"].iloc[members[0]]) or str(code)
        counted = f"{len(members)} 格"
        if "households" in grids:
            counted += f"　{_figure(grids['households'].iloc[members].sum())} 户"
        lines += heading_lines(f"{name}　{counted}", style, code=str(code))
        for row in members:
            grid, _, *told = rows[row]
            lines.append(Line((grid_number(grid, code), group_code(grid), *told), code=grid))
    return lines


def heading_lines(text: str, style: Style, *, code: str = "") -> list[Line]:
    """Return a heading in as many lines as it needs."""
    parts = wrapped(text, style.width_mm, SIZE_PT * style.scale)
    return [Line((part,), code="" if at else code, heading=True) for at, part in enumerate(parts)]


def lines_in(height_mm: float, scale: float = 1.0) -> int:
    """Return how many lines a column has room for below its heads; 0 where it is too low to be used."""
    lines = int((height_mm - (HEAD_MM + 1.5 * INSET_MM) * scale) // (ROW_MM * scale))
    return lines if lines >= LEAST_LINES else 0


def poured(lines: Sequence[Line], rooms: Iterator[int]) -> list[list[Line]]:
    """Fill columns with lines.

    Parameters
    ----------
    lines : sequence of Line
        Headings stand before what they head.
    rooms : iterator of int
        Lines that each column holds, at least `LEAST_LINES`; goes on for ever or for long enough.

    Returns
    -------
    list of list of Line
        A heading is never the last of its column, and stands again where its lines go on.

    Examples
    --------
    >>> title, row = Line(("甲社区",), heading=True), Line(("001",), code="1")
    >>> [len(column) for column in poured([title, *[row] * 10], iter([8, 8]))]
    [8, 4]
    """
    columns: list[list[Line]] = []
    room, heading = 0, ""
    for block in _blocks(lines):
        opens = block[0].heading
        heading = block[0].cells[0] if opens else heading
        if not columns or len(columns[-1]) + len(block) > room:
            room = next(rooms)
            columns.append([] if opens or not heading else [_continued(heading)])
        columns[-1] += block
    return columns


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield lines that stay together: a heading with the first line below it, every other line alone."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        if not line.heading:
            yield block
            block = []
    if block:
        yield block


def _continued(heading: str) -> Line:
    """Return a heading as it stands again over a new column."""
    return Line((f"{heading.split('　', maxsplit=1)[0]}（续）",), heading=True)


def draw_column(page: Axes, box: Box, lines: Sequence[Line], style: Style, marks: Mapping[str, str]) -> None:
    """Draw one column of the table.

    Parameters
    ----------
    page : Axes
        In mm.
    box : (float, float, float, float)
        Left, bottom, right, top of the column.
    lines : sequence of Line
    style : Style
    marks : mapping
        Code of a grid → what the map calls it, where that is not its first cell.
    """
    left, _, _, top = box
    scale, size, row = style.scale, SIZE_PT * style.scale, ROW_MM * style.scale
    edges, x = [], left
    for column in style.columns:
        edges.append(x + column.width_mm if column.right else x)
        x += column.width_mm + GAP_MM * scale
    y = top - (INSET_MM + BASE_MM) * scale
    words = [
        Word(column.title, edge, y, size, MUTED, ends=column.right)
        for column, edge in zip(style.columns, edges, strict=True)
    ]
    rule = y - 1.5 * scale
    page.plot([left, left + style.width_mm], [rule, rule], color=INK, linewidth=0.5)
    y = top - (HEAD_MM + BASE_MM) * scale
    for line in lines:
        y -= row
        if line.heading:
            band = (left - BAND_MM, y - row / 2 + BASE_MM * scale), style.width_mm + 2 * BAND_MM, row
            page.add_artist(Rectangle(*band, facecolor=NEIGHBOUR, edgecolor="none"))
            words.append(Word(f"{marks.get(line.code, '')} {line.cells[0]}".strip(), left, y, size))
            continue
        cells = (marks.get(line.code, line.cells[0]), *line.cells[1:])
        words += [
            Word(cell, edge, y, size, ends=column.right)
            for column, edge, cell in zip(style.columns, edges, cells, strict=True)
        ]
    draw_words(page, words)
