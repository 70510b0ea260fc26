"""A QR code drawn as squares, so that it prints sharp at any size.

In: a short text. Out: one path on a page in mm, with the quiet zone that readers need.
"""

from __future__ import annotations

import numpy as np
import segno
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from numpy.typing import NDArray

from gridgeo.render.canvas import outline

__all__ = ["draw_qr", "qr_matrix"]

QUIET = 4
"""Modules of white around the code, by ISO/IEC 18004."""
LEVEL = "m"
"""A fifteenth may be dirty: cards are handled."""


def qr_matrix(text: str) -> NDArray[np.bool_]:
    """Return the modules of a QR code, top row first; true is dark.

    Examples
    --------
    >>> qr_matrix("411102001001003").shape
    (21, 21)
    """
    code = segno.make(text, error=LEVEL, micro=False, boost_error=False)
    return np.array(code.matrix, dtype=bool)


def draw_qr(page: Axes, x: float, y: float, side_mm: float, text: str) -> None:
    """Draw a code, quiet zone included, with its lower left corner at x, y.

    Parameters
    ----------
    page : Axes
        In mm.
    x, y, side_mm : float
    text : str
        What a reader gets.
    """
    dark = qr_matrix(text)
    count = len(dark)
    module = side_mm / (count + 2 * QUIET)
    row, column = np.nonzero(dark)
    left, top = x + (QUIET + column) * module, y + side_mm - (QUIET + row) * module
    # Joined into whole areas: between single squares printers and readers show hairlines.
    area = shapely.union_all(shapely.box(left, top - module, left + module, top), grid_size=module / 1000)
    page.add_artist(Rectangle((x, y), side_mm, side_mm, facecolor="white", edgecolor="none"))
    page.add_artist(PathPatch(outline(np.array([area])), facecolor="black", edgecolor="none", linewidth=0))
