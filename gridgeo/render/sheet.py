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
from matplotlib.figure import Figure

from gridgeo.place_names import short_community
from gridgeo.render.alt import alt_text
from gridgeo.render.canvas import MATPLOTLIB, draw_edges, draw_marks, fill_classes
from gridgeo.render.content import Content, thinned
from gridgeo.render.edition import Edition, borders
from gridgeo.render.furniture import write, write_within
from gridgeo.render.label import group_code, text_size_mm
from gridgeo.render.label_drawing import draw_labels, draw_squares
from gridgeo.render.labels import Placing, place_labels, place_units
from gridgeo.render.layout import MARGIN_MM, TITLE_MM, Layout, choose_layout
from gridgeo.render.page import draw_footer, framed_axes, new_page
from gridgeo.render.palette import BORDER_PT, INK
from gridgeo.render.panel import Panel
from gridgeo.render.recipe import Recipe
from gridgeo.render.squares import Squares

__all__ = ["FORMATS", "map_sheet", "sheet_figure"]

FORMATS = ("png", "pdf", "svg")
DETAIL_MM = 0.1
"""Borders are thinned to this length on paper, a third of the thinnest line."""
TITLE_PT, TWO_LINES_PT = 24.0, 14.0
"""A title that would be smaller than the second goes into two lines."""
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
    figure, page = new_page(layout.width, layout.height)
    axes = framed_axes(page, layout.map_box, layout.window)
    fill_classes(axes, shown)
    levels = _draw_borders(axes, shown.edition)
    draw_marks(axes, shown.marks)
    panel = Panel(page, layout.panel, layout.metres_per_mm, landscape=layout.landscape)
    panel.draw_keys(shown, tuple((level, LEVEL_NAMES[level]) for level in levels))
    if recipe.labels:
        room, scale = panel.key_room(_longest_key(shown)), layout.metres_per_mm
        placing = _placed(shown, scale, room, layout)
        draw_labels(axes, placing.labels, scale)
        if placing.by_square:
            draw_squares(axes, Squares(layout.window, scale))
        panel.draw_list(placing.keys, placing.silent, "社区（村）" if shown.labels == "units" else "小格编码")
    else:
        panel.draw_list((), 0)
    _draw_title(page, recipe, layout)
    draw_footer(page, content.edition, recipe)
    return figure


def _placed(content: Content, metres_per_mm: float, key_room: int, layout: Layout) -> Placing:
    """Place the labels that a map has; streets that only a tint tells apart are named too."""
    if content.labels == "units":
        return place_units(content.edition, metres_per_mm, key_room=key_room, window=layout.window)
    streets = content.tints is not None
    return place_labels(content.edition, metres_per_mm, key_room=key_room, window=layout.window, streets=streets)


def _longest_key(content: Content) -> str:
    """Return what takes most room in the margin's list: a code, or a name with a number."""
    if content.labels == "units":
        names = (f"{short_community(name)}　999 格" for name in content.edition.communities["name"])
        return max(names, key=len, default="")
    return max((group_code(code) for code in content.edition.grids["code"]), key=len)


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
    room, y = layout.width - 2 * MARGIN_MM - 40, layout.height - MARGIN_MM - TITLE_MM / 2 + 1
    size_pt = TITLE_PT * min(1.0, room / max(text_size_mm(recipe.title, TITLE_PT)[0], 1.0))
    lines = [recipe.title]
    if size_pt < TWO_LINES_PT:
        lines = halved(recipe.title)
        widest = max(text_size_mm(line, TWO_LINES_PT)[0] for line in lines)
        size_pt = TWO_LINES_PT * min(1.0, room / max(widest, 1.0))  # one size for both
    for line, up in zip(lines, (2.8, -2.8) if len(lines) > 1 else (0.0,), strict=True):
        write_within(page, layout.width / 2, y + up, line, size_pt=size_pt, room_mm=room + 1e-3, ha="center")
    if recipe.footer.secrecy:
        write(page, layout.width - MARGIN_MM, y + 3, recipe.footer.secrecy, size_pt=11, ha="right")


def halved(title: str) -> list[str]:
    """Break a title near its middle: before a bracket or after a space or comma, else inside no word or number.

    Examples
    --------
    >>> halved("漯河市老街街道、滨河街道网格图（专属网格）")
    ['漯河市老街街道、', '滨河街道网格图（专属网格）']
    >>> halved("一二三四五2026六七八")
    ['一二三四五', '2026六七八']
    """
    middle = len(title) / 2
    allowed = [at for at in range(1, len(title)) if _breaks(title[at - 1], title[at])]
    best = [at for at in allowed if title[at] in "（(" or title[at - 1] in " 　、，"]
    near = [at for at in best if abs(at - middle) <= middle / 4] or allowed
    if not near:
        return [title]
    at = min(near, key=lambda at: (abs(at - middle), at))
    return [title[:at].rstrip(), title[at:].lstrip()]


def _breaks(before: str, after: str) -> bool:
    """Tell whether a line may end between two characters."""
    word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    return not word and after not in "）)、，。：；》”" and before not in "（(《“"
