"""How large a text is in print, by the advances and outlines of the face that draws it.

In: texts and sizes. Out: sizes in mm, of the ink alone or with the white halo that texts on a map have. matplotlib's
own extents are the same to a hundredth of an em (tested), but cost a renderer and a tenth of a millisecond each.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from matplotlib.ft2font import FT2Font, LoadFlags

from gridgeo.render.fonts import SHIPPED, face

__all__ = ["HALO_PT", "LINE_EM", "MM_PER_PT", "label_size_mm", "line_ink", "text_size_mm"]

MM_PER_PT = 25.4 / 72
HALO_PT = 2.2
"""Width of the halo's stroke; half of it lies outside the letters. Chosen, see the visual system."""
LINE_EM = 1.2
"""From baseline to baseline in a label of several lines; chosen."""
_UNITS = 1000.0
"""Points in which faces are measured, so that FreeType's 64ths of a point do not show."""


def text_size_mm(text: str, size_pt: float) -> tuple[float, float]:
    """Return the width of the longest line of a text, and the height of its lines with their leading.

    Examples
    --------
    >>> width, height = text_size_mm("003", 10.0)
    >>> round(width, 2), round(height, 2)
    (5.87, 4.41)
    """
    lines = text.split("\n")
    return max(line_ink(line)[0] for line in lines) * size_pt * MM_PER_PT, 1.25 * len(lines) * size_pt * MM_PER_PT


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
    width = max(advance for advance, _, _ in lines)
    height = lines[0][2] - lines[-1][1] + LINE_EM * (len(lines) - 1)
    return (width * size_pt + HALO_PT) * MM_PER_PT, (height * size_pt + HALO_PT) * MM_PER_PT


@lru_cache(maxsize=65536)
def line_ink(line: str) -> tuple[float, float, float]:
    """Return the advance of one line, and the lowest and highest of its ink above the baseline, in em."""
    path = face(line)
    if path != SHIPPED:
        return _shaped(path, line)
    # The shipped face has neither kerning nor ligatures: its letters can be summed.
    letters = [_letter(sign) for sign in line] or [(0.0, 0.0, 0.0)]
    advances, lowest, highest = zip(*letters, strict=True)
    return sum(advances), min(lowest), max(highest)


@cache
def _letter(sign: str) -> tuple[float, float, float]:
    """Return the advance, the lowest and the highest of one letter of the shipped face."""
    return _shaped(SHIPPED, sign)


def _shaped(path: Path, line: str) -> tuple[float, float, float]:
    """Measure a line as the drawing library shapes it."""
    font = _font(path)
    font.set_text(line, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = font.get_width_height()
    descent = font.get_descent()
    return width / 64 / _UNITS, -descent / 64 / _UNITS, (height - descent) / 64 / _UNITS


@cache
def _font(path: Path) -> FT2Font:
    """Open a face at the size of measuring."""
    font = FT2Font(str(path))
    font.set_size(_UNITS, 72)
    return font
