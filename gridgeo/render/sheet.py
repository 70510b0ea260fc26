"""A printed sheet of a map: PNG, PDF or SVG with everything a report map must carry.

In: a `Content` and a `Recipe`. Out: the bytes of the file; nothing is written. The scale is true in the layer's own
metric CRS. Before: ``jobs.draw``; where things stand is chosen in `layout`, the legend stands in `panel`, the labels
in `labels`.
"""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gridgeo.render.alt import alt_text
from gridgeo.render.canvas import MATPLOTLIB, draw_edges, draw_marks, fill_classes
from gridgeo.render.content import Content, thinned
from gridgeo.render.edition import Edition, borders
from gridgeo.render.footer import margin_lines
from gridgeo.render.furniture import write
from gridgeo.render.label import group_code, text_size_mm
from gridgeo.render.label_drawing import draw_labels, draw_squares
from gridgeo.render.labels import place_labels
from gridgeo.render.layout import FOOTER_MM, MARGIN_MM, TITLE_MM, Layout, choose_layout
from gridgeo.render.palette import BORDER_PT, INK
from gridgeo.render.panel import Panel
from gridgeo.render.recipe import Recipe
from gridgeo.render.squares import Squares

__all__ = ["FORMATS", "map_sheet", "sheet_figure"]

FORMATS = ("png", "pdf", "svg")
DETAIL_MM = 0.1
"""Borders are thinned to this length on paper, a third of the thinnest line."""
FOOTER_PT, REVIEW_PT = 7.5, 10.0
LEVEL_NAMES = {
    "city": "范围界",
    "county": "区县界",
    "street": "街道（乡镇）界",
    "community": "社区（村）界",
    "grid": "网格界",
}


def map_sheet(content: Content, recipe: Recipe, kind: str) -> bytes:
    """Draw one sheet.

    Parameters
    ----------
    content : Content
    recipe : Recipe
    kind : str
        One of `FORMATS`. PNG has the recipe's dots per inch; PDF keeps Chinese text searchable; SVG has letters as
        outlines. All three carry the title and the `alt_text`.

    Returns
    -------
    bytes
        The file. The same input gives the same bytes.

    Raises
    ------
    InputError
        If a text holds characters that no face on this machine can draw.
    """
    if kind not in FORMATS:
        raise ValueError(f"a sheet is one of {', '.join(FORMATS)}, not {kind!r}")
    with mpl.rc_context(MATPLOTLIB):
        figure = sheet_figure(content, recipe)
        sheet = io.BytesIO()
        figure.savefig(sheet, format=kind, dpi=recipe.dpi, metadata=_metadata(content, recipe, kind))
    return _with_description(sheet.getvalue(), content, recipe) if kind == "svg" else sheet.getvalue()


def _metadata(content: Content, recipe: Recipe, kind: str) -> dict[str, str | None]:
    """Return what the file says about itself, under the names of its format."""
    told = alt_text(content, recipe)
    said: dict[str, dict[str, str | None]] = {
        "png": {"Title": recipe.title, "Description": told},
        "pdf": {"Title": recipe.title, "Subject": told, "Author": recipe.footer.maker or None, "CreationDate": None},
        "svg": {"Title": recipe.title, "Description": told, "Date": None},
    }
    return said[kind]


def _with_description(svg: bytes, content: Content, recipe: Recipe) -> bytes:
    """Put title and alt text where a screen reader looks for them: first in the picture."""
    said = f"<title>{escape(recipe.title)}</title>\n <desc>{escape(alt_text(content, recipe))}</desc>"
    start = svg.index(b">", svg.index(b"<svg")) + 1
    opened = svg[: start - 1] + b' role="img" lang="zh-CN">'
    return opened + f"\n {said}".encode() + svg[start:]


def sheet_figure(content: Content, recipe: Recipe) -> Figure:
    """Compose the sheet; only inside ``rc_context(MATPLOTLIB)``, see `gridgeo.render.canvas`."""
    layout = choose_layout(content, recipe)
    shown = thinned(content, DETAIL_MM * layout.metres_per_mm)
    figure = Figure(figsize=(layout.width / 25.4, layout.height / 25.4), facecolor="white")
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, layout.width), ylim=(0, layout.height), zorder=1)
    page.set_axis_off()
    axes = _map_axes(figure, layout)
    fill_classes(axes, shown)
    levels = _draw_borders(axes, shown.edition)
    draw_marks(axes, shown.marks)
    panel = Panel(page, layout.panel, layout.metres_per_mm, landscape=layout.landscape)
    panel.draw_keys(shown.heading, shown.rows, tuple((level, LEVEL_NAMES[level]) for level in levels), shown.marks)
    if recipe.labels:
        room, scale = panel.key_room(_longest_code(shown.edition)), layout.metres_per_mm
        placing = place_labels(shown.edition, scale, key_room=room, window=layout.window)
        draw_labels(axes, placing.labels, scale)
        if placing.by_square:
            draw_squares(axes, Squares(layout.window, scale))
        panel.draw_list(placing.keys, placing.silent)
    _draw_title(page, recipe, layout)
    _draw_footer(page, content.edition, recipe, layout)
    return figure


def _longest_code(edition: Edition) -> str:
    """Return the code that takes most room in the margin's list."""
    return max((group_code(code) for code in edition.grids["code"]), key=len)


def _map_axes(figure: Figure, layout: Layout) -> Axes:
    """Add axes whose units are the layer's metres, at the sheet's scale."""
    left, bottom, right, top = layout.map_box
    west, south, east, north = layout.window
    axes = figure.add_axes(
        (left / layout.width, bottom / layout.height, (right - left) / layout.width, (top - bottom) / layout.height),
        xlim=(west, east),
        ylim=(south, north),
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


def _draw_title(page: Axes, recipe: Recipe, layout: Layout) -> None:
    """Write the title as large as the page allows, and the secrecy grade at the top right."""
    room = layout.width - 2 * MARGIN_MM - 40
    size = min(24.0, 24.0 * room / max(text_size_mm(recipe.title, 24.0)[0], 1.0))
    y = layout.height - MARGIN_MM - TITLE_MM / 2 + 1
    write(page, layout.width / 2, y, recipe.title, size_pt=size, ha="center")
    if recipe.footer.secrecy:
        write(page, layout.width - MARGIN_MM, y + 3, recipe.footer.secrecy, size_pt=11, ha="right")


def _draw_footer(page: Axes, edition: Edition, recipe: Recipe, layout: Layout) -> None:
    """Write the margin in as few rows as it needs, the review number at the right."""
    *lines, review = map(str, margin_lines(edition, recipe))
    right = layout.width - MARGIN_MM
    room = right - MARGIN_MM - text_size_mm(review, REVIEW_PT)[0] - 6
    rows: list[str] = []
    for line in lines:
        if rows and text_size_mm(f"{rows[-1]}　　{line}", FOOTER_PT)[0] <= room:
            rows[-1] += f"　　{line}"
        else:
            rows.append(line)
    upper = MARGIN_MM + FOOTER_MM - 3.2
    for row, text in enumerate(rows):
        write(page, MARGIN_MM, upper - 4.1 * row, text, size_pt=FOOTER_PT)
    write(page, right, upper - 2.1, review, size_pt=REVIEW_PT, ha="right")
