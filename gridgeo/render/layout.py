"""Where things stand on a printed page, and at which scale the map is drawn.

In: what must be shown, in metres, and the recipe. Out: a `Layout` in millimetres. The scale is a round number and the
page the one on which the map is largest. Next: `sheet` draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gridgeo.render.content import Content
from gridgeo.render.labels import NUMBER_MM
from gridgeo.render.recipe import Recipe

__all__ = ["FOOTER_MM", "MARGIN_MM", "SIZES_MM", "TITLE_MM", "Box", "Layout", "choose_layout", "round_scale"]

SIZES_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A2": (420.0, 594.0), "A1": (594.0, 841.0)}
MARGIN_MM, TITLE_MM, FOOTER_MM, PADDING_MM = 10.0, 16.0, 13.0, 4.0
PANEL_MM = {"A4": (60.0, 62.0), "A3": (74.0, 70.0), "A2": (90.0, 80.0), "A1": (110.0, 96.0)}
"""Width of the legend at the right of a landscape sheet, height below the map of a portrait one."""
SCALE_ROUNDING = 500
NUMBERED = 0.9
"""Share of the grids that must have room for their number on a page; else the next larger one is taken. Chosen."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on the page, in mm from its lower left corner."""

    width: float
    height: float
    map_box: Box
    """Left, bottom, right, top of the map frame."""
    panel: Box
    """The same of the legend."""
    landscape: bool
    metres_per_mm: float
    window: Box
    """Left, bottom, right, top of what the map frame shows, in the layer's metres."""


def choose_layout(content: Content, recipe: Recipe) -> Layout:
    """Choose page size, orientation and scale.

    Parameters
    ----------
    content : Content
        All its grids are shown.
    recipe : Recipe
        Its size and orientation, unless they are auto: then the smaller of A4 and A3 on which most grids have room
        for their number, and the orientation in which the map is drawn larger.
    """
    west, south, east, north = (float(edge) for edge in content.edition.grids.total_bounds)
    bounds = west, south, east, north
    if recipe.size != "auto":
        return _largest(bounds, recipe.size, recipe.orientation)
    small = _largest(bounds, "A4", recipe.orientation)
    side_mm = np.sqrt(content.edition.grids.geometry.area.to_numpy()) / small.metres_per_mm
    return small if (side_mm >= NUMBER_MM).mean() >= NUMBERED else _largest(bounds, "A3", recipe.orientation)


def _largest(bounds: Box, size: str, orientation: str) -> Layout:
    """Return the layout in the orientation in which the map is drawn larger, unless one is asked for."""
    turns = {"auto": (True, False), "landscape": (True,), "portrait": (False,)}[orientation]
    return min((_fit(bounds, size, landscape=turn) for turn in turns), key=lambda layout: layout.metres_per_mm)


def _fit(bounds: Box, size: str, *, landscape: bool) -> Layout:
    """Lay out a page in one orientation and find its scale."""
    short, long = SIZES_MM[size]
    width, height = (long, short) if landscape else (short, long)
    right, bottom = width - MARGIN_MM, MARGIN_MM + FOOTER_MM
    top = height - MARGIN_MM - TITLE_MM
    beside, below = PANEL_MM[size]
    if landscape:
        map_box, panel = (MARGIN_MM, bottom, right - beside, top), (right - beside, bottom, right, top)
    else:
        map_box, panel = (MARGIN_MM, bottom + below, right, top), (MARGIN_MM, bottom, right, bottom + below)
    west, south, east, north = bounds
    wide_mm, high_mm = map_box[2] - map_box[0], map_box[3] - map_box[1]
    needed = max((east - west) / (wide_mm - 2 * PADDING_MM), (north - south) / (high_mm - 2 * PADDING_MM))
    metres_per_mm = round_scale(needed * 1000) / 1000
    wide, high = wide_mm * metres_per_mm, high_mm * metres_per_mm
    left, low = (west + east - wide) / 2, (south + north - high) / 2
    return Layout(width, height, map_box, panel, landscape, metres_per_mm, (left, low, left + wide, low + high))


def round_scale(needed: float) -> float:
    """Return the next scale number that is round: of few metres in tens, else in steps of `SCALE_ROUNDING`.

    Examples
    --------
    >>> round_scale(23_410), round_scale(37.2), round_scale(0.4)
    (23500, 40, 10)
    """
    step = SCALE_ROUNDING if needed > SCALE_ROUNDING else 10
    return max(1, math.ceil(needed / step)) * step
