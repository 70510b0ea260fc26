"""The first pages of an atlas: the whole ground with the number of every page, and the list of contents.

In: what every unit counts. Out: figures. The list goes on over as many pages as it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from gridgeo.render.atlas_layout import COLUMN_GAP_MM, table_columns
from gridgeo.render.atlas_page import Shared, draw_heading
from gridgeo.render.book import Drawn
from gridgeo.render.canvas import draw_edges, outline
from gridgeo.render.code_table import Line, Style, draw_column, heading_lines, lines_in, new_style
from gridgeo.render.edition import Edition
from gridgeo.render.furniture import draw_north, draw_scale
from gridgeo.render.index_map import IndexMap, placed_texts
from gridgeo.render.label_drawing import draw_labels
from gridgeo.render.layout import FOOTER_MM, MARGIN_MM, PADDING_MM, SIZES_MM, TITLE_MM, Box
from gridgeo.render.page import draw_footer, framed_axes, new_page
from gridgeo.render.palette import BORDER_PT, INK, NEIGHBOUR, SEQUENTIAL

__all__ = ["Overview", "contents_lines", "contents_style", "overview_boxes"]

NAME_PT, NUMBER_PT = (12.0, 10.0, 9.0, 8.0, 7.0), (8.0, 7.0, 6.0, 5.0)
SCALES = (1.5, 1.25, 1.0)
"""How large the list is printed: the first at which it fits beside the map, else the last. Chosen."""
LEAST_MAP = 0.5
"""Share of the page's width that the map keeps; chosen."""
LONGEST_NAME_MM = 60.0
"""Longer names of units go on in a line of their own."""
_TITLES = {"page": "页", "name": "名称", "communities": "社区", "grids": "网格", "households": "户数"}
_SUMMED = ("communities", "grids", "households")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first leaf of an atlas."""

    index: IndexMap
    """As fine as a page shows."""
    edition: Edition
    """For the margin; without grids."""
    names: tuple[str, ...]
    word: str
    """What the units are called."""
    size: str
    style: Style
    columns: tuple[tuple[Line, ...], ...]
    grids: int

    boxes: tuple[Box, ...]
    """Of the columns on the first page."""

    @property
    def page_count(self) -> int:
        """Pages that the list of contents needs."""
        on_page = len(table_columns(self.size, self.style.width_mm)[1])
        return 1 + -(-max(len(self.columns) - len(self.boxes), 0) // on_page)

    def pages(self, shared: Shared) -> Iterator[Drawn]:
        """Draw map and list."""
        recipe = shared.recipe
        under = f"共 {len(self.names)} 幅{self.word}图，{self.grids} 格"
        told = f"{recipe.title}，图幅索引与目录。{under}，各幅页码与数字见同页目录。"
        yield Drawn(self._map_page(shared, under), told)
        (width, height), boxes = table_columns(self.size, self.style.width_mm)
        first = len(self.boxes)
        for number, at in enumerate(range(first, len(self.columns), len(boxes)), start=1):
            figure, page = new_page(width, height)
            for box, lines in zip(boxes, self.columns[at:], strict=False):
                draw_column(page, box, lines, self.style, {})
            draw_heading(page, "目　录（续）", recipe.title, f"目录 {number}", recipe)
            draw_footer(page, self.edition, recipe)
            yield Drawn(figure, f"{recipe.title}，目录续页 {number}。")

    def _map_page(self, shared: Shared, under: str) -> Figure:
        """Draw the first page."""
        short, long = SIZES_MM[self.size]
        figure, page = new_page(long, short)
        boxes = self.boxes
        bottom, top = MARGIN_MM + FOOTER_MM, short - MARGIN_MM - TITLE_MM
        box = (MARGIN_MM, bottom, boxes[0][0] - COLUMN_GAP_MM, top)
        window, scale = self.index.window(box, PADDING_MM)
        axes = framed_axes(page, box, window)
        self._draw_units(axes, scale)
        draw_north(page, box[2] - 10, top - 17)
        draw_scale(page, box[0] + 6, bottom + 5, scale, longest_mm=44, figures=False)
        for place, lines in zip(boxes, self.columns, strict=False):
            draw_column(page, place, lines, self.style, {})
        draw_heading(page, shared.recipe.title, under, "封面", shared.recipe)
        draw_footer(page, self.edition, shared.recipe)
        return figure

    def _draw_units(self, axes: Axes, metres_per_mm: float) -> None:
        """Draw the units with their page numbers, and their names where they have room."""
        shapes, count = self.index.shapes, len(self.names)
        for part, fill in ((shapes[count:], NEIGHBOUR), (shapes[:count], SEQUENTIAL[0])):
            if len(part):
                axes.add_artist(PathPatch(outline(part), facecolor=fill, edgecolor="none", zorder=1))
        draw_edges(axes, shapely.boundary(shapes[:count]), INK, 0.4, 2)
        draw_edges(axes, shapely.boundary(self.index.lines), INK, BORDER_PT["community"], 3)
        texts = [f"{name}\n{number}" for name, number in zip(self.names, self.index.numbers, strict=False)]
        named = placed_texts(shapes[:count], texts, NAME_PT, metres_per_mm)
        rest = np.setdiff1d(np.arange(count), [int(label.code) for label in named])
        numbers = [self.index.numbers[at] for at in rest]
        draw_labels(axes, (*named, *placed_texts(shapes[rest], numbers, NUMBER_PT, metres_per_mm)), metres_per_mm)


def contents_style(counts: pd.DataFrame, size: str) -> Style:
    """Return the columns of the list of contents, as large as a page of a size allows."""
    above = counts["above"].nunique()
    for scale in SCALES:
        style = _style(counts, scale)
        (*_, last), wanted = overview_boxes(size, style, len(counts) + above + 1), len(counts) + 2 * above + 1
        room = lines_in(last[3] - last[1], scale)
        if wanted <= room:
            break
    return style


def _style(counts: pd.DataFrame, scale: float) -> Style:
    """Return the columns at one scale."""
    names = [name for name in _TITLES if name in counts]
    texts = [[*map(_told, counts[name]), _told(counts[name].sum()) if name in _SUMMED else ""] for name in names]
    right = [name not in ("page", "name") for name in names]
    style = new_style([_TITLES[name] for name in names], texts, right, scale)
    columns = [
        type(column)(column.title, min(column.width_mm, LONGEST_NAME_MM * scale), column.right)
        for column in style.columns
    ]
    return Style(tuple(columns), scale)


def contents_lines(counts: pd.DataFrame, style: Style) -> list[Line]:
    """Return the list of contents, units under what lies above them, and their sum."""
    lines: list[Line] = []
    names = [name for name in _TITLES if name in counts]
    above = ""
    for row in counts.to_dict("records"):
        if row["above"] and row["above"] != above:
            above = row["above"]
            lines += heading_lines(above, style)
        lines += _entry([_told(row[name]) for name in names], style)
    sums = [_told(counts[name].sum()) for name in names[2:]]
    return [*lines, Line(("", "合计", *sums), code="sum")]


def _entry(cells: list[str], style: Style) -> list[Line]:
    """Return the line of one unit; a name that is too long goes on in lines of its own."""
    name = style.columns[1]
    parts = [line.cells[0] for line in heading_lines(cells[1], Style((name,), style.scale))]
    first = Line((cells[0], parts[0], *cells[2:]), code=cells[0])
    return [first, *(Line(("", part, *("" for _ in cells[2:])), code=cells[0]) for part in parts[1:])]


def _told(value: object) -> str:
    """Return a cell of the list."""
    return value if isinstance(value, str) else f"{int(value):,}"  # type: ignore[call-overload]


def overview_boxes(size: str, style: Style, lines: int) -> tuple[Box, ...]:
    """Return the columns that stand beside the map: as many as the list needs, as far as the map keeps its share.

    Parameters
    ----------
    size : str
    style : Style
    lines : int
        Of the list.
    """
    short, long = SIZES_MM[size]
    pitch = style.width_mm + COLUMN_GAP_MM
    right, bottom, top = long - MARGIN_MM, MARGIN_MM + FOOTER_MM, short - MARGIN_MM - TITLE_MM
    wanted = -(-lines // max(lines_in(top - bottom, style.scale) - 2, 1))
    count = min(max(wanted, 1), max(1, int(((1 - LEAST_MAP) * long - MARGIN_MM) // pitch)))
    lefts = (right - (count - at) * pitch + COLUMN_GAP_MM for at in range(count))
    return tuple((left, bottom, left + style.width_mm, top) for left in lefts)
