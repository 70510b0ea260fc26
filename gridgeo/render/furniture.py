"""Texts, scale bar and north arrow of a printed sheet.

In: a page whose axes count millimetres. Out: the same page with the pieces drawn on it. All texts go through `write`,
which takes a face that holds them and draws the halo apart from the letters, so that a PDF stays searchable.
"""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import Stroke

from gridgeo.render.fonts import face_for
from gridgeo.render.measure import HALO_PT, text_size_mm
from gridgeo.render.palette import INK

__all__ = ["draw_north", "draw_scale", "scale_step", "write", "write_within"]

LEAST_PT = 5.0
"""The smallest that print allows."""


def write(axes: Axes, x: float, y: float, text: str, *, size_pt: float, halo: bool = False, **look: Any) -> None:
    """Write one text in a face that holds it.

    Parameters
    ----------
    axes : Axes
    x, y : float
        In the units of the axes.
    text : str
    size_pt, halo : keyword-only
        Points; a white halo for texts on the map.
    **look
        What matplotlib calls ``ha``, ``va``, ``color``, ``rotation``, ``zorder``.

    Raises
    ------
    InputError
        If no face on the machine holds the text.
    """
    placed: dict[str, Any] = {"ha": "left", "va": "center", "color": INK, "linespacing": 1.15, **look}
    font = face_for(text, size_pt)
    if halo:
        # Path effects turn letters into outlines: the halo alone gets them, the letters above it stay text.
        axes.text(
            x, y, text, fontproperties=font, path_effects=[Stroke(linewidth=HALO_PT, foreground="white")], **placed
        )
    axes.text(x, y, text, fontproperties=font, **placed)


def write_within(axes: Axes, x: float, y: float, text: str, *, size_pt: float, room_mm: float, **look: Any) -> None:
    """Write one line, smaller where it would be wider than its room, and cut off where it still would.

    Parameters
    ----------
    axes : Axes
        In mm.
    x, y : float
    text : str
    size_pt, room_mm : float, keyword-only
    **look
        As `write`.
    """
    wide = text_size_mm(text, size_pt)[0]
    size = max(min(size_pt, size_pt * room_mm / max(wide, 1e-6)), min(size_pt, LEAST_PT))
    if text_size_mm(text, size)[0] > room_mm + 1e-6:
        while text and text_size_mm(f"{text}…", size)[0] > room_mm:
            text = text[:-1]
        text += "…"
    write(axes, x, y, text, size_pt=size, **look)


def scale_step(metres: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is at most a length.

    Examples
    --------
    >>> scale_step(260), scale_step(0.7)
    (200.0, 0.5)
    """
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= metres * (1 + 1e-9))


def draw_scale(
    page: Axes, x: float, y: float, metres_per_mm: float, *, longest_mm: float, figures: bool = True
) -> None:
    """Draw a scale bar of four segments with its left end at x, y.

    Parameters
    ----------
    page : Axes
        In mm.
    x, y : float
    metres_per_mm : float
        Metres on the ground for one millimetre on paper.
    longest_mm : float, keyword-only
        The bar is at most so long.
    figures : bool, keyword-only
        Also write the scale as 1∶N, which holds only at the printed size.
    """
    step_m = scale_step(longest_mm * metres_per_mm / 4)
    step_mm = step_m / metres_per_mm
    unit, name = (1000.0, "千米") if 4 * step_m >= 4000 else (1.0, "米")
    for segment in range(4):
        fill = INK if segment % 2 == 0 else "white"
        left = x + segment * step_mm
        page.add_patch(Rectangle((left, y), step_mm, 1.6, facecolor=fill, edgecolor=INK, linewidth=0.5))
    for tick in (0, 2, 4):
        label = f"{tick * step_m / unit:g}" + (name if tick == 4 else "")
        write(page, x + tick * step_mm, y + 3.4, label, size_pt=7, ha="center")
    if figures:
        scale = f"{round(metres_per_mm * 1000):,}".replace(",", " ")
        write(page, x + 2 * step_mm, y - 2.6, f"比例尺 1∶{scale}", size_pt=8, ha="center")


def draw_north(page: Axes, x: float, y: float) -> None:
    """Draw a plain arrow to grid north with its foot at x, y; 11 mm high."""
    page.add_patch(Polygon([(x, y + 9), (x - 2.6, y), (x, y + 2.2)], facecolor=INK, edgecolor=INK, linewidth=0.4))
    page.add_patch(Polygon([(x, y + 9), (x + 2.6, y), (x, y + 2.2)], facecolor="white", edgecolor=INK, linewidth=0.4))
    write(page, x, y + 11.2, "北", size_pt=9, ha="center")
