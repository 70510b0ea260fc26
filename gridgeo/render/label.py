"""One text on a printed map: its size, its place, the box it covers, and the line that leads to its grid.

In: texts and places in metres. Out: `Label`, whose box is what is drawn, halo included; `Taken`, the index of what
labels cover. Next: `labels`, `names`, `leaders`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.measure import label_size_mm, text_size_mm

__all__ = ["DOT_MM", "Label", "Taken", "boxes_at", "group_code", "new_label", "text_size_mm"]

DOT_MM = 0.35
"""Radius of the dot at the end of a leader; chosen, a little over the widest border."""


@dataclass(frozen=True, slots=True)
class Label:
    """One text on the map, centred on its place."""

    text: str
    x: float
    """Metres in the layer's CRS; the middle of the box."""
    y: float
    size_pt: float
    kind: str
    """grid, key, leader, community, street or neighbour."""
    box: tuple[float, float, float, float]
    """Left, bottom, right, top in metres of all that is drawn, halo included."""
    code: str = ""
    """Of the grid or unit that it names."""
    anchor: tuple[float, float] | None = None
    """Where a leader ends in its grid."""

    @property
    def line(self) -> tuple[float, float, float, float] | None:
        """A leader's line, x0, y0, x1, y1, from the dot in the grid to the box; None for texts without one."""
        if self.anchor is None:
            return None
        (x, y), (left, bottom, right, top) = self.anchor, self.box
        return x, y, min(max(x, left), right), min(max(y, bottom), top)


def new_label(
    text: str,
    spot: tuple[float, float],
    size_pt: float,
    kind: str,
    metres_per_mm: float,
    *,
    code: str = "",
    anchor: tuple[float, float] | None = None,
) -> Label:
    """Return a label with the box that it covers around its spot."""
    (x, y), (width, height) = spot, label_size_mm(text, size_pt)
    half = width * metres_per_mm / 2, height * metres_per_mm / 2
    return Label(
        text, x, y, size_pt, kind, (x - half[0], y - half[1], x + half[0], y + half[1]), code=code, anchor=anchor
    )


def boxes_at(
    xy: NDArray[np.float64], width: NDArray[np.float64] | float, height: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return left, bottom, right, top of boxes around points."""
    half = np.stack(np.broadcast_arrays(width, height), axis=-1) / 2
    return np.concatenate([xy - half, xy + half], axis=-1)


@dataclass(slots=True)
class Taken:
    """What labels cover already: boxes of texts, and lines and dots of leaders."""

    metres_per_mm: float
    labels: list[Label] = field(default_factory=list)
    kept: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    """Boxes that no text may cover, though nothing stands there yet: where leaders will end."""

    def take(self, labels: Iterable[Label]) -> None:
        """Mark what some labels cover."""
        self.labels.extend(labels)

    @property
    def boxes(self) -> NDArray[np.float64]:
        """Left, bottom, right, top of every text."""
        return np.array([label.box for label in self.labels], dtype=float).reshape(-1, 4)

    @property
    def lines(self) -> NDArray[np.float64]:
        """Ends of every leader, one row each: x0, y0, x1, y1."""
        return np.array([label.line for label in self.labels if label.line], dtype=float).reshape(-1, 4)

    def shapes(self) -> NDArray[np.object_]:
        """Return everything that is covered: boxes, and leaders as wide as their dot."""
        lines = shapely.linestrings(self.lines.reshape(-1, 2, 2))
        thick = shapely.buffer(lines, DOT_MM * self.metres_per_mm, quad_segs=2)
        return np.concatenate([shapely.box(*self.boxes.T), thick])

    def free(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which boxes touch nothing that is covered."""
        free = np.ones(len(boxes), dtype=bool)
        covered = np.concatenate([self.shapes(), shapely.box(*self.kept.T)])
        free[shapely.STRtree(covered).query(shapely.box(*boxes.T), predicate="intersects")[0]] = False
        return free


def group_code(code: str) -> str:
    """Return a code in groups that the eye can hold: 411102 001 001 003.

    Examples
    --------
    >>> group_code("411102001001003"), group_code("W-17")
    ('411102 001 001 003', 'W-17')
    """
    if not code.isascii() or not code.isdigit() or len(code) not in (9, 12, 15):
        return code
    return " ".join([code[:6], *(code[at : at + 3] for at in range(6, len(code), 3))])
