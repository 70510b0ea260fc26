"""One unit of an atlas on paper: its map with what lies around, the index map, the legend, and the table of its codes.

In: an `AtlasPage` that `atlas` made up. Out: figures: the page with the map, and where its table is longer, pages that
go on with it. Every grid of the unit is on its map or in its table, mostly both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gridgeo.render.alt import alt_text
from gridgeo.render.atlas_layout import AtlasLayout
from gridgeo.render.book import Drawn
from gridgeo.render.canvas import draw_edges, draw_marks, fill_classes
from gridgeo.render.code_table import Line, Style, draw_column
from gridgeo.render.content import Content, Mark, nothing
from gridgeo.render.edition import Edition, borders
from gridgeo.render.furniture import write, write_within
from gridgeo.render.index_map import IndexMap
from gridgeo.render.label import Label, group_code
from gridgeo.render.label_drawing import draw_labels, draw_squares
from gridgeo.render.labels import Placing, place_labels
from gridgeo.render.layout import MARGIN_MM, TITLE_MM, Box
from gridgeo.render.outside import place_outside
from gridgeo.render.page import draw_footer, framed_axes, new_page
from gridgeo.render.palette import BORDER_PT, INK, MUTED, NEIGHBOUR_LINE
from gridgeo.render.panel import Panel
from gridgeo.render.recipe import Recipe
from gridgeo.render.sheet import DETAIL_MM, LEVEL_NAMES
from gridgeo.render.squares import Squares
from gridgeo.render.visible import visible_part

__all__ = ["AtlasPage", "Placed", "Shared", "draw_heading"]


@dataclass(frozen=True, slots=True)
class Shared:
    """What every page of an atlas needs."""

    recipe: Recipe
    index: IndexMap
    style: Style


@dataclass(frozen=True, slots=True)
class Placed:
    """The map of a unit, ready to be drawn."""

    content: Content
    """Thinned for the scale; neighbours end where the frame does."""
    placing: Placing | None
    """None: a map without labels."""
    outside: tuple[Label, ...]

    @property
    def marks(self) -> dict[str, str]:
        """Code of a grid → its key on the map, or the index square where it lies; of a community → its key."""
        if self.placing is None:
            return {}
        code_of = {group_code(code): code for code in self.content.edition.grids["code"]}
        marks = {code_of[text]: mark for mark, text in self.placing.keys if text in code_of}
        keyed = (label for label in self.placing.labels if label.kind == "community" and label.text.startswith("〔"))
        return marks | {label.code: label.text for label in keyed}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlasPage:
    """One unit, a leaf of its book."""

    content: Content
    names: tuple[str, ...]
    """What each neighbour is called; empty: nothing."""
    title: str
    above: str
    number: str
    place: int
    """In the index map."""
    layout: AtlasLayout
    levels: tuple[str, ...]
    columns: tuple[tuple[tuple[Line, ...], ...], ...]
    """Of every page, the columns of its table."""
    paper: tuple[tuple[float, float], tuple[Box, ...]]
    """Width and height of a page that goes on with the table, and the boxes of its columns."""

    def pages(self, shared: Shared) -> Iterator[Drawn]:
        """Draw the map and what follows it."""
        placed = self.placed(shared.recipe)
        told = alt_text(self.content, replace(shared.recipe, title=f"{shared.recipe.title}，{self.title}"))
        yield Drawn(self._map_page(placed, shared), told)
        for number, columns in enumerate(self.columns[1:], start=1):
            grids = sum(not line.heading for column in columns for line in column)
            alt = f"{shared.recipe.title}，{self.title}，网格编码续表 {number}，列出 {grids} 格。"
            yield Drawn(self._table_page(number, columns, placed, shared), alt)

    def placed(self, recipe: Recipe) -> Placed:
        """Thin the borders and place the labels."""
        layout = self.layout
        content = _thinned(self.content, layout)
        if not recipe.labels:
            return Placed(content, None, ())
        scale, window = layout.metres_per_mm, layout.window
        edition = content.edition
        if self.levels[0] == "community":  # the title names it
            edition = replace(edition, communities=edition.communities.iloc[:0])
        placing = place_labels(edition, scale, key_room=None, full_mm=np.inf, window=window)
        outside = place_outside(content.neighbours, list(self.names), placing, scale, window)
        return Placed(content, placing, outside)

    def _map_page(self, placed: Placed, shared: Shared) -> Figure:
        """Draw the first page."""
        layout, content = self.layout, placed.content
        figure, page = new_page(layout.width, layout.height)
        axes = framed_axes(page, layout.map_box, layout.window)
        fill_classes(axes, content)
        _draw_around(axes, content.neighbours, self.names)
        _draw_borders(axes, content.edition, self.levels)
        draw_marks(axes, content.marks)
        if placed.placing is not None:
            draw_labels(axes, (*placed.placing.labels, *placed.outside), layout.metres_per_mm)
            if placed.placing.by_square:
                draw_squares(axes, Squares(layout.window, layout.metres_per_mm))
        self._draw_panel(page, content, shared)
        self._draw_table(page, layout.columns, self.columns[0], placed, shared)
        draw_heading(page, self.title, f"{shared.recipe.title}　{self.above}".strip(), self.number, shared.recipe)
        draw_footer(page, content.edition, shared.recipe)
        return figure

    def _draw_panel(self, page: Axes, content: Content, shared: Shared) -> None:
        """Draw legend and index map, and a frame around them and the table."""
        layout = self.layout
        left, bottom, right, top = layout.panel
        page.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=INK, linewidth=0.8))
        around = Mark(name="相邻范围", shapes=nothing(), colour=NEIGHBOUR_LINE, width_pt=1.5)
        levels = tuple((level, LEVEL_NAMES[level]) for level in self.levels)
        panel = Panel(page, layout.legend, layout.metres_per_mm, landscape=layout.beside)
        panel.draw_keys(replace(content, marks=(around,) if len(content.neighbours) else (), facts=()), levels)
        left, _, right, top = layout.index
        write(page, left, top + 3, "位置与相邻图页", size_pt=7.5, color=MUTED)
        shared.index.draw(page, layout.index, self.place)

    def _table_page(self, number: int, columns: tuple[tuple[Line, ...], ...], placed: Placed, shared: Shared) -> Figure:
        """Draw a page that goes on with the table."""
        (width, height), boxes = self.paper
        figure, page = new_page(width, height)
        self._draw_table(page, boxes, columns, placed, shared)
        head = f"{self.title}　网格编码（续表 {number}）"
        draw_heading(page, head, f"{shared.recipe.title}　{self.above}".strip(), self.number, shared.recipe)
        draw_footer(page, placed.content.edition, shared.recipe)
        return figure

    def _draw_table(
        self,
        page: Axes,
        boxes: tuple[Box, ...],
        columns: tuple[tuple[Line, ...], ...],
        placed: Placed,
        shared: Shared,
    ) -> None:
        """Draw the columns of a page's table."""
        marks = placed.marks
        for box, lines in zip(boxes, columns, strict=False):
            draw_column(page, box, lines, shared.style, marks)


def draw_heading(page: Axes, title: str, under: str, number: str, recipe: Recipe) -> None:
    """Write the page's title, what it belongs to, its number and the secrecy grade."""
    (_, right), (_, top) = page.get_xlim(), page.get_ylim()
    y = top - MARGIN_MM - TITLE_MM / 2
    room = right - 2 * MARGIN_MM
    write_within(page, right / 2, y + 2.8, title, size_pt=20.0, room_mm=room - 70, ha="center")
    write_within(page, right / 2, y - 4.6, under, size_pt=9.0, room_mm=room - 50, ha="center")
    write(page, right - MARGIN_MM, y - 4.6, number, size_pt=9, ha="right")
    if recipe.footer.secrecy:
        write(page, right - MARGIN_MM, y + 3, recipe.footer.secrecy, size_pt=11, ha="right")


def _thinned(content: Content, layout: AtlasLayout) -> Content:
    """Thin the borders of the unit and of what lies around together, so that they keep sharing them."""
    grids = content.edition.grids
    shapes = np.concatenate([grids.geometry.to_numpy(), content.neighbours])
    if shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_simplify(shapes, DETAIL_MM * layout.metres_per_mm)
    edition = replace(content.edition, grids=grids.set_geometry(shapes[: len(grids)], crs=grids.crs))
    return replace(content, edition=edition, neighbours=visible_part(shapes[len(grids) :], layout.window))


def _draw_around(axes: Axes, shapes: NDArray[np.object_], names: tuple[str, ...]) -> None:
    """Draw the borders of the units around, darker than those of their grids."""
    called = np.array(names, dtype=str)
    for name in np.unique(called):
        part = shapes[called == name]
        part = part[shapely.area(part) > 0]
        whole = shapely.coverage_union_all(part) if shapely.coverage_is_valid(part) else shapely.union_all(part)
        draw_edges(axes, np.array([shapely.boundary(whole)]), MUTED, 0.4, 0.7)


def _draw_borders(axes: Axes, edition: Edition, levels: tuple[str, ...]) -> None:
    """Draw the unit's border and those of its communities."""
    if "community" in levels[1:]:
        draw_edges(axes, borders(edition, "community"), INK, BORDER_PT["community"], 3)
    draw_edges(axes, borders(edition, "city"), INK, BORDER_PT.get(levels[0], BORDER_PT["street"]), 4)
