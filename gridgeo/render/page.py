"""An empty page with what every printed page has: axes in millimetres, the map's frame, the title and the margin.

In: sizes in mm. Out: axes to draw on. Used by `sheet`, `atlas` and `card`.
"""

from __future__ import annotations

from bisect import bisect_right

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gridgeo.render.edition import Edition
from gridgeo.render.footer import margin_lines
from gridgeo.render.furniture import write, write_within
from gridgeo.render.label import text_size_mm
from gridgeo.render.layout import FOOTER_MM, MARGIN_MM, Box
from gridgeo.render.palette import INK
from gridgeo.render.recipe import Recipe

__all__ = ["draw_footer", "framed_axes", "new_page", "wrapped"]

FOOTER_PT, REVIEW_PT = 7.5, 10.0


def new_page(width_mm: float, height_mm: float) -> tuple[Figure, Axes]:
    """Return a white page and axes over all of it that count mm from its lower left corner."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), facecolor="white")
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, width_mm), ylim=(0, height_mm), zorder=1)
    page.set_axis_off()
    return figure, page


def framed_axes(page: Axes, box: Box, window: Box, *, width_pt: float = 0.8) -> Axes:
    """Add axes whose units are the layer's metres.

    Parameters
    ----------
    page : Axes
        See `new_page`.
    box : (float, float, float, float)
        Left, bottom, right, top of the frame in mm.
    window : (float, float, float, float)
        The same of what it shows, in metres.
    width_pt : float, keyword-only
        Of the frame's line.
    """
    left, bottom, right, top = box
    west, south, east, north = window
    (_, width), (_, height) = page.get_xlim(), page.get_ylim()
    axes = page.get_figure().add_axes(  # type: ignore[union-attr]
        (left / width, bottom / height, (right - left) / width, (top - bottom) / height),
        xlim=(west, east),
        ylim=(south, north),
    )
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=width_pt)
    return axes


def wrapped(text: str, room_mm: float, size_pt: float) -> list[str]:
    """Return a text in as many lines as its room asks for; at least one, and no character is lost."""
    lines, rest = [], text
    while rest and text_size_mm(rest, size_pt)[0] > room_mm:
        fits = bisect_right(range(1, len(rest)), room_mm, key=lambda at: text_size_mm(rest[:at], size_pt)[0])
        lines.append(rest[: max(fits, 1)])
        rest = rest[max(fits, 1) :]
    return [*lines, rest] if rest or not lines else lines


def draw_footer(page: Axes, edition: Edition, recipe: Recipe) -> None:
    """Write the margin in as few rows as it needs, the review number at the right."""
    *lines, review = map(str, margin_lines(edition, recipe))
    right = page.get_xlim()[1] - MARGIN_MM
    room = right - MARGIN_MM - text_size_mm(review, REVIEW_PT)[0] - 6
    rows: list[str] = []
    for line in lines:
        if rows and text_size_mm(f"{rows[-1]}　　{line}", FOOTER_PT)[0] <= room:
            rows[-1] += f"　　{line}"
        else:
            rows.append(line)
    upper = MARGIN_MM + FOOTER_MM - 3.2
    for row, text in enumerate(rows):
        write_within(page, MARGIN_MM, upper - 4.1 * row, text, size_pt=FOOTER_PT, room_mm=room)
    write(page, right, upper - 2.1, review, size_pt=REVIEW_PT, ha="right")
