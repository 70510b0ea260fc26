"""Labels drawn: texts with their halo, leaders with their dot, and the index squares along the frame.

In: axes in metres, and placed labels. Out: what the labels' boxes promise is drawn, nothing more: texts begin at the
left edge of their box and stand on the baseline that their ink needs. Used by `sheet` and `before_after`.
"""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection

from gridgeo.render.furniture import write
from gridgeo.render.label import DOT_MM, Label
from gridgeo.render.measure import HALO_PT, LINE_EM, MM_PER_PT, line_ink
from gridgeo.render.palette import INK, MUTED
from gridgeo.render.squares import Squares
from gridgeo.render.words import Word, draw_halos, draw_words

__all__ = ["baselines", "draw_labels", "draw_squares"]

LEADER_PT = 0.5
LETTER_MM = 2.2
"""From the frame to the middle of a square's letter; chosen."""


def draw_labels(axes: Axes, labels: Iterable[Label], metres_per_mm: float) -> None:
    """Write labels onto a map, leaders under the texts.

    Parameters
    ----------
    axes : Axes
        In metres, at the scale.
    labels : iterable of Label
    metres_per_mm : float
    """
    labels = list(labels)
    _draw_leaders(axes, labels, metres_per_mm)
    words = [
        Word(line, x, y, label.size_pt, MUTED if label.kind == "neighbour" else INK)
        for label in labels
        for line, x, y in baselines(label, metres_per_mm)
    ]
    draw_halos(axes, words, metres_per_mm, zorder=9.9)
    draw_words(axes, words, zorder=10)


def baselines(label: Label, metres_per_mm: float) -> list[tuple[str, float, float]]:
    """Return the lines of a label, each with the point on its baseline where it begins."""
    em = label.size_pt * MM_PER_PT * metres_per_mm
    halo = HALO_PT / 2 * MM_PER_PT * metres_per_mm
    lines = [(line, line_ink(line)) for line in label.text.split("\n")]
    top = label.box[3] - halo - lines[0][1].top * em
    return [
        (line, label.x - (ink.left + ink.right) / 2 * em, top - at * LINE_EM * em)
        for at, (line, ink) in enumerate(lines)
    ]


def _draw_leaders(axes: Axes, labels: list[Label], metres_per_mm: float) -> None:
    """Draw lines with a white casing, and their dots."""
    lines = [label.line for label in labels if label.line is not None]
    if not lines:
        return
    paths = [[line[:2], line[2:]] for line in lines]
    for colour, width, zorder in (("white", LEADER_PT + 1.0, 8.5), (INK, LEADER_PT, 8.6)):
        axes.add_collection(LineCollection(paths, colors=colour, linewidths=width, zorder=zorder), autolim=False)
    size = 2 * DOT_MM * metres_per_mm
    dots = EllipseCollection(
        size, size, 0, units="xy", offsets=[line[:2] for line in lines], offset_transform=axes.transData,
        facecolors=INK, edgecolors="white", linewidths=0.4, zorder=8.7,
    )  # fmt: skip
    axes.add_collection(dots, autolim=False)


def draw_squares(axes: Axes, squares: Squares) -> None:
    """Mark the index squares: ticks on the frame, letters above it and numbers at its left.

    Parameters
    ----------
    axes : Axes
        In metres; its limits are the window of the squares.
    squares : Squares
    """
    left, _, _, top = squares.window
    away = LETTER_MM * squares.metres_per_mm
    tick = 1.2 * squares.metres_per_mm
    for letter, start, end in squares.columns():
        _outside(axes, (start + end) / 2, top + away, letter)
        axes.plot([end, end], [top, top + tick], color=MUTED, linewidth=0.5, clip_on=False)
    for number, start, end in squares.rows():
        _outside(axes, left - away, (start + end) / 2, number)
        axes.plot([left - tick, left], [start, start], color=MUTED, linewidth=0.5, clip_on=False)


def _outside(axes: Axes, x: float, y: float, text: str) -> None:
    """Write a letter beside the frame."""
    write(axes, x, y, text, size_pt=6.0, ha="center", color=MUTED)
