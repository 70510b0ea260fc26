"""A printed sheet of the layer: PNG, PDF or SVG with everything a report map must carry.

In: an `Edition` and a `Recipe`. Out: the bytes of the file; nothing is written. The scale is true in the layer's own
metric CRS. Before: ``jobs.draw``; the legend stands in `panel`, the labels
in `labels`.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gridgeo.render.canvas import MATPLOTLIB, draw_edges, draw_overlay, fill_classes
from gridgeo.render.edition import Edition, borders, drawn
from gridgeo.render.footer import margin_lines
from gridgeo.render.furniture import write
from gridgeo.render.label import group_code, text_size_mm
from gridgeo.render.label_drawing import draw_labels, draw_squares
from gridgeo.render.labels import place_labels
from gridgeo.render.legend import legend_rows, legend_title
from gridgeo.render.palette import BORDER_PT, INK
from gridgeo.render.panel import Panel
from gridgeo.render.recipe import Recipe
from gridgeo.render.squares import Squares

__all__ = ["FORMATS", "map_sheet"]

FORMATS = ("png", "pdf", "svg")
SIZES_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
MARGIN_MM, TITLE_MM, FOOTER_MM, PADDING_MM = 10.0, 16.0, 9.0, 4.0
PANEL_MM = {"A4": (60.0, 58.0), "A3": (74.0, 66.0)}
"""Width of the legend at the right of a landscape sheet, height below the map of a portrait one."""
DETAIL_MM = 0.1
"""Borders are thinned to this length on paper, a third of the thinnest line."""
SCALE_ROUNDING = 500
DPI = 300
LEVEL_NAMES = {
    "city": "范围界",
    "county": "区县界",
    "street": "街道（乡镇）界",
    "community": "社区（村）界",
    "grid": "网格界",
    "fresh": "新的网格界",
    "former": "原网格界（已取消）",
    "moved": "划转的地块",
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand on the page, in mm from its lower left corner."""

    width: float
    height: float
    map_box: tuple[float, float, float, float]
    """Left, bottom, right, top of the map frame."""
    panel: tuple[float, float, float, float]
    """The same of the legend."""
    landscape: bool
    metres_per_mm: float

    @property
    def metres_window(self) -> tuple[float, float]:
        """Width and height of the map frame on the ground."""
        left, bottom, right, top = self.map_box
        return (right - left) * self.metres_per_mm, (top - bottom) * self.metres_per_mm


def map_sheet(edition: Edition, recipe: Recipe, kind: str) -> bytes:
    """Draw one sheet.

    Parameters
    ----------
    edition : Edition
    recipe : Recipe
    kind : str
        One of `FORMATS`. PNG has 300 dpi; PDF keeps Chinese text searchable; SVG has letters as outlines.

    Returns
    -------
    bytes
        The file. The same input gives the same bytes.

    Raises
    ------
    InputError
        If a text holds characters that no face on this machine can draw.
    SchemaError
        If the recipe's measure is no column of the grids.
    """
    if kind not in FORMATS:
        raise ValueError(f"a sheet is one of {', '.join(FORMATS)}, not {kind!r}")
    with mpl.rc_context(MATPLOTLIB):
        figure = _figure(edition, recipe)
        sheet = io.BytesIO()
        dated = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
        figure.savefig(sheet, format=kind, dpi=DPI, metadata={**dated[kind], "Title": recipe.title})
    return sheet.getvalue()


def _figure(edition: Edition, recipe: Recipe) -> Figure:
    """Compose the sheet."""
    layout = _layout(edition, recipe)
    thinned = drawn(edition, DETAIL_MM * layout.metres_per_mm)
    rows = legend_rows(thinned.grids, recipe)
    figure = Figure(figsize=(layout.width / 25.4, layout.height / 25.4), facecolor="white")
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, layout.width), ylim=(0, layout.height), zorder=1)
    page.set_axis_off()
    axes = _map_axes(figure, edition, layout)
    fill_classes(axes, thinned.grids, recipe)
    levels = _draw_borders(axes, thinned)
    if edition.overlay is not None:
        draw_overlay(axes, edition.overlay)
        levels = (*levels, "fresh", "former", "moved")
    panel = Panel(page, layout.panel, layout.metres_per_mm, landscape=layout.landscape)
    panel.draw_keys(legend_title(recipe), rows, tuple((level, LEVEL_NAMES[level]) for level in levels))
    if recipe.labels:
        west, east, south, north = (*axes.get_xlim(), *axes.get_ylim())
        window = (west, south, east, north)
        room = panel.key_room(_longest_code(edition))
        placing = place_labels(thinned, layout.metres_per_mm, key_room=room, window=window)
        draw_labels(axes, placing.labels, layout.metres_per_mm)
        if placing.by_square:
            draw_squares(axes, Squares(window, layout.metres_per_mm))
        panel.draw_list(placing.keys, placing.silent)
    _draw_title(page, recipe, layout)
    _draw_footer(page, edition, recipe, layout)
    return figure


def _longest_code(edition: Edition) -> str:
    """Return the code that takes most room in the margin's list."""
    return max((group_code(code) for code in edition.grids["code"]), key=len)


def _layout(edition: Edition, recipe: Recipe) -> _Layout:
    """Choose the orientation in which the layer is drawn larger, unless the recipe names one."""
    turns = {"auto": (True, False), "landscape": (True,), "portrait": (False,)}[recipe.orientation]
    fits = [_fit(edition, recipe.size, landscape=landscape) for landscape in turns]
    return min(fits, key=lambda layout: layout.metres_per_mm)


def _fit(edition: Edition, size: str, *, landscape: bool) -> _Layout:
    """Lay out a sheet in one orientation and find its scale."""
    short, long = SIZES_MM[size]
    width, height = (long, short) if landscape else (short, long)
    right, bottom = width - MARGIN_MM, MARGIN_MM + FOOTER_MM
    top = height - MARGIN_MM - TITLE_MM
    beside, below = PANEL_MM[size]
    if landscape:
        map_box, panel = (MARGIN_MM, bottom, right - beside, top), (right - beside, bottom, right, top)
    else:
        map_box, panel = (MARGIN_MM, bottom + below, right, top), (MARGIN_MM, bottom, right, bottom + below)
    west, south, east, north = edition.grids.total_bounds
    needed = max(
        (east - west) / (map_box[2] - map_box[0] - 2 * PADDING_MM),
        (north - south) / (map_box[3] - map_box[1] - 2 * PADDING_MM),
    )
    scale = max(1, math.ceil(needed * 1000 / SCALE_ROUNDING)) * SCALE_ROUNDING
    return _Layout(width, height, map_box, panel, landscape, scale / 1000)


def _map_axes(figure: Figure, edition: Edition, layout: _Layout) -> Axes:
    """Add axes whose units are the layer's metres, at the sheet's scale, centred on the layer."""
    left, bottom, right, top = layout.map_box
    west, south, east, north = edition.grids.total_bounds
    wide, high = layout.metres_window
    axes = figure.add_axes(
        (left / layout.width, bottom / layout.height, (right - left) / layout.width, (top - bottom) / layout.height),
        xlim=((west + east - wide) / 2, (west + east + wide) / 2),
        ylim=((south + north - high) / 2, (south + north + high) / 2),
    )
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=0.8)
    return axes


def _draw_borders(axes: Axes, edition: Edition) -> tuple[str, ...]:
    """Draw the borders above the grids'; return the levels that are on the map, widest first."""
    levels = ["grid"]
    for zorder, level in enumerate(("community", "street", "city"), start=3):
        lines = borders(edition, level)
        if len(lines):
            draw_edges(axes, lines, INK, BORDER_PT[level], zorder)
            levels.insert(0, level)
    return tuple(levels)


def _draw_title(page: Axes, recipe: Recipe, layout: _Layout) -> None:
    """Write the title as large as the page allows, and the secrecy grade at the top right."""
    room = layout.width - 2 * MARGIN_MM - 40
    size = min(24.0, 24.0 * room / max(text_size_mm(recipe.title, 24.0)[0], 1.0))
    y = layout.height - MARGIN_MM - TITLE_MM / 2 + 1
    write(page, layout.width / 2, y, recipe.title, size_pt=size, ha="center")
    if recipe.footer.secrecy:
        write(page, layout.width - MARGIN_MM, y + 3, recipe.footer.secrecy, size_pt=11, ha="right")


def _draw_footer(page: Axes, edition: Edition, recipe: Recipe, layout: _Layout) -> None:
    """Write the margin in two rows, the review number at the right."""
    *lines, review = map(str, margin_lines(edition, recipe))
    upper = MARGIN_MM + FOOTER_MM - 3.2
    for row in (0, 1):
        text = "　　".join(lines[2 * row : 2 * row + 2])
        write(page, MARGIN_MM, upper - 4.2 * row, text, size_pt=7.5)
    write(page, layout.width - MARGIN_MM, upper - 2.1, review, size_pt=10, ha="right")
