"""Many short texts drawn as one artist: tables and labels, of which a page has hundreds.

In: axes, and texts with the point on the baseline where each begins or ends. Out: the artist, added. matplotlib's own
texts lay every string out again to find its box, which is known here, and cost three times as much. Halos are one white
path below all texts, thinned to what its width shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from gridgeo.render.canvas import outline
from gridgeo.render.fonts import face
from gridgeo.render.measure import HALO_PT, MM_PER_PT, line_ink
from gridgeo.render.palette import INK

__all__ = ["Word", "draw_halos", "draw_words"]

DETAIL_EM = 0.04
"""Halos are thinned to this: a quarter of a point under a stroke of two. Chosen."""
FRACTION = 64
"""FreeType gives outlines in fractions of its unit."""


@dataclass(frozen=True, slots=True)
class Word:
    """One line of text."""

    text: str
    x: float
    """In the units of the axes, as `y`: where the text begins, or ends."""
    y: float
    """Its baseline."""
    size_pt: float
    colour: str = INK
    ends: bool = False
    """The text ends at `x`."""


class _Words(Artist):
    """The texts as matplotlib draws them."""

    def __init__(self, words: list[Word], zorder: float) -> None:
        super().__init__()
        self.words = words
        self.set_zorder(zorder)

    @allow_rasterization
    def draw(self, renderer: RendererBase) -> None:
        """Draw all texts."""
        transform, flip = self.get_transform(), renderer.flipy()
        height = renderer.get_canvas_width_height()[1]
        places = transform.transform([(word.x, word.y) for word in self.words])
        gc: Any = renderer.new_gc()
        for word, (x, y) in zip(self.words, places, strict=True):
            gc.set_foreground(word.colour)
            left = x - renderer.points_to_pixels(line_ink(word.text)[0] * word.size_pt) if word.ends else x
            font = _font(face(word.text), word.size_pt)
            renderer.draw_text(gc, left, height - y if flip else y, word.text, font, 0)
        gc.restore()


@lru_cache(maxsize=256)
def _font(path: Path, size_pt: float) -> FontProperties:
    """Return one object for each face and size, because making them takes long."""
    return FontProperties(fname=str(path), size=size_pt)


def draw_words(axes: Axes, words: Iterable[Word], *, zorder: float = 3) -> None:
    """Write texts.

    Parameters
    ----------
    axes : Axes
    words : iterable of Word
    zorder : float, keyword-only

    Raises
    ------
    InputError
        If no face on the machine holds a text.
    """
    listed = [word for word in words if word.text]
    for word in listed:
        face(word.text)  # told before anything is drawn
    if listed:
        artist = _Words(listed, zorder)
        artist.set_transform(axes.transData)
        axes.add_artist(artist)


def draw_halos(axes: Axes, words: Iterable[Word], metres_per_mm: float, *, zorder: float) -> None:
    """Draw the halos of texts on a map, all below every text.

    Parameters
    ----------
    axes : Axes
        In metres, at the scale.
    words : iterable of Word
        They begin at their place.
    metres_per_mm : float
    zorder : float, keyword-only
    """
    parts = [_halo(word, metres_per_mm) for word in words if word.text]
    parts = [part for part in parts if len(part)]
    if not parts:
        return
    path = outline(np.concatenate(parts))
    look = {"facecolor": "white", "edgecolor": "white", "linewidth": HALO_PT, "joinstyle": "round"}
    axes.add_artist(PathPatch(path, **look, zorder=zorder))


def _halo(word: Word, metres_per_mm: float) -> NDArray[np.object_]:
    """Return the thinned letters of a text in the units of the map."""
    em = word.size_pt * MM_PER_PT * metres_per_mm
    path, x, letters = face(word.text), 0.0, []
    for sign in word.text:
        shape, advance = _letter(path, sign)
        if len(shape):
            letters.append(shapely.transform(shape, _moved(x, word, em)))
        x += advance
    return np.concatenate(letters) if letters else np.empty(0, dtype=object)


def _moved(x: float, word: Word, em: float) -> Any:
    """Return how letters in em get to their place."""
    return lambda xy: xy * em + np.array([word.x + x * em, word.y])


@cache
def _letter(path: Path, sign: str) -> tuple[NDArray[np.object_], float]:
    """Return the thinned outline of a letter as polygons in em, and its advance."""
    font = _opened(path)
    glyph = font.load_char(ord(sign), flags=LoadFlags.NO_HINTING | LoadFlags.NO_SCALE)
    vertices, codes = font.get_path()
    scale = font.units_per_EM
    rings = Outline(vertices * FRACTION / scale, codes).to_polygons() if len(vertices) else []
    filled = [shapely.Polygon(ring) for ring in map(np.asarray, rings) if len(ring) >= 4]
    thin = shapely.simplify(np.array(filled, dtype=object), DETAIL_EM)
    return thin, glyph.horiAdvance / scale


@cache
def _opened(path: Path) -> FT2Font:
    """Open a face."""
    return FT2Font(str(path))
