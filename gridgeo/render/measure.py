"""How large a text is in print, by the advances and outlines of the face that draws it.

In: texts and sizes. Out: sizes in mm, of the ink alone or with the white halo that texts on a map have. matplotlib's
own extents are the same to a hundredth of an em (tested), but cost a renderer and a tenth of a millisecond each.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from matplotlib.ft2font import FT2Font, LoadFlags

from gridgeo.render.fonts import SHIPPED, face

__all__ = ["HALO_PT", "LINE_EM", "MM_PER_PT", "Ink", "label_size_mm", "line_ink", "text_size_mm"]

MM_PER_PT = 25.4 / 72
HALO_PT = 2.2
"""Width of the halo's stroke; half of it lies outside the letters. Chosen, see the visual system."""
LINE_EM = 1.2
"""From baseline to baseline in a label of several lines; chosen."""
_UNITS = 1000.0
"""Points in which faces are measured, so that FreeType's 64ths of a point do not show."""


class Ink(NamedTuple):
    """A line or a letter in em, from the point on its baseline where it begins."""

    advance: float
    left: float
    right: float
    bottom: float
    top: float


def text_size_mm(text: str, size_pt: float) -> tuple[float, float]:
    """Return the width of the longest line of a text, and the height of its lines with their leading.

    Examples
    --------
    >>> width, height = text_size_mm("003", 10.0)
    >>> round(width, 2), round(height, 2)
    (5.87, 4.41)
    """
    lines = text.split("\n")
    return max(line_ink(line).advance for line in lines) * size_pt * MM_PER_PT, 1.25 * len(lines) * size_pt * MM_PER_PT


@lru_cache(maxsize=65536)
def label_size_mm(text: str, size_pt: float) -> tuple[float, float]:
    """Return width and height of a label on the map: of its ink with the halo around it.

    Parameters
    ----------
    text : str
        Lines are centred under one another, `LINE_EM` apart.
    size_pt : float

    Raises
    ------
    InputError
        If no face on the machine holds the text.
    """
    lines = [line_ink(line) for line in text.split("\n")]
    width = max(line.right - line.left for line in lines)
    height = lines[0].top - lines[-1].bottom + LINE_EM * (len(lines) - 1)
    return (width * size_pt + HALO_PT) * MM_PER_PT, (height * size_pt + HALO_PT) * MM_PER_PT


@lru_cache(maxsize=65536)
def line_ink(line: str) -> Ink:
    """Return what one line covers from the point on its baseline where it begins."""
    path = face(line)
    letters = [_letter(path, sign) for sign in line]
    if not letters:
        return Ink(0.0, 0.0, 0.0, 0.0, 0.0)
    # The shipped face has neither kerning nor ligatures: its letters can be summed.
    advance = sum(letter.advance for letter in letters) if path == SHIPPED else _shaped(path, line)
    return Ink(
        advance=advance,
        left=letters[0].left,
        right=advance - letters[-1].advance + letters[-1].right,
        bottom=min(letter.bottom for letter in letters),
        top=max(letter.top for letter in letters),
    )


@cache
def _letter(path: Path, sign: str) -> Ink:
    """Measure one letter of a face."""
    glyph = _font(path).load_char(ord(sign), flags=LoadFlags.NO_HINTING)
    left, bottom, right, top = (edge / 64 / _UNITS for edge in glyph.bbox)
    return Ink(glyph.linearHoriAdvance / 65536 / _UNITS, left, right, bottom, top)


def _shaped(path: Path, line: str) -> float:
    """Return the advance of a line as the drawing library shapes it."""
    font = _font(path)
    font.set_text(line, 0.0, flags=LoadFlags.NO_HINTING)
    width: int = font.get_width_height()[0]
    return width / 64 / _UNITS


@cache
def _font(path: Path) -> FT2Font:
    """Open a face at the size of measuring."""
    font = FT2Font(str(path))
    font.set_size(_UNITS, 72)
    return font
