"""The index map of an atlas: all units small, the one of the page filled, the page numbers of those around it.

In: the grids of the whole layer and the unit of each. Out: an `IndexMap`, thinned to what its size shows. Used by
`atlas` on every page, and large on the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from numpy.typing import NDArray

from gridgeo.render.canvas import draw_edges, outline
from gridgeo.render.label import Label, Taken, new_label
from gridgeo.render.label_drawing import draw_labels
from gridgeo.render.layout import Box
from gridgeo.render.names import free_places
from gridgeo.render.page import framed_axes
from gridgeo.render.palette import INK, MUTED, NEIGHBOUR, SEQUENTIAL

__all__ = ["IndexMap", "united_units"]

DETAIL_MM = 0.2
PADDING_MM = 2.0
NUMBER_PT = (6.5, 5.5, 5.0)


@dataclass(frozen=True, slots=True)
class IndexMap:
    """Outlines of all units, and what each is called."""

    shapes: NDArray[np.object_]
    """One per unit, in metres, in the order of the atlas; those without a page come last."""
    lines: NDArray[np.object_]
    """Drawn borders: those of the units, or of the level above where units are too many."""
    numbers: tuple[str, ...]
    """Page of every unit; empty where it has none."""

    @property
    def aspect(self) -> float:
        """Height by width."""
        west, south, east, north = shapely.total_bounds(self.shapes)
        return float((north - south) / max(east - west, 1e-9))

    def window(self, box: Box, padding_mm: float = PADDING_MM) -> tuple[Box, float]:
        """Return what a frame shows, and its metres per mm."""
        west, south, east, north = map(float, shapely.total_bounds(self.shapes))
        wide, high = box[2] - box[0], box[3] - box[1]
        scale = max((east - west) / (wide - 2 * padding_mm), (north - south) / (high - 2 * padding_mm))
        left, low = (west + east - wide * scale) / 2, (south + north - high * scale) / 2
        return (left, low, left + wide * scale, low + high * scale), scale

    def small(self, width_mm: float) -> IndexMap:
        """Return it as coarse as a frame of this width shows."""
        west, _, east, _ = shapely.total_bounds(self.shapes)
        tolerance = DETAIL_MM * (east - west) / width_mm
        return replace(self, shapes=_thinned(self.shapes, tolerance), lines=_thinned(self.lines, tolerance))

    def draw(self, page: Axes, box: Box, at: int) -> None:
        """Draw it into a frame.

        Parameters
        ----------
        page : Axes
            In mm.
        box : (float, float, float, float)
            Left, bottom, right, top in mm.
        at : int
            The unit that is filled.
        """
        window, scale = self.window(box)
        axes = framed_axes(page, box, window, width_pt=0.4)
        axes.add_artist(PathPatch(outline(self.shapes), facecolor=NEIGHBOUR, edgecolor="none", zorder=1))
        axes.add_artist(PathPatch(outline(self.shapes[at : at + 1]), facecolor=SEQUENTIAL[4], edgecolor=INK, zorder=3))
        draw_edges(axes, shapely.boundary(self.lines), MUTED, 0.3, 2)
        draw_labels(axes, self._around(at, scale), scale)

    def _around(self, at: int, metres_per_mm: float) -> list[Label]:
        """Return the page numbers of the units that touch one."""
        near = shapely.dwithin(self.shapes, self.shapes[at], DETAIL_MM * metres_per_mm)
        near &= np.array([bool(number) for number in self.numbers])
        near[at] = False
        rows = np.flatnonzero(near)
        return placed_texts(self.shapes[rows], [self.numbers[row] for row in rows], NUMBER_PT, metres_per_mm)


def placed_texts(
    shapes: NDArray[np.object_], texts: list[str], sizes_pt: tuple[float, ...], metres_per_mm: float
) -> list[Label]:
    """Return a text in every shape that has room for it, as large as may be; none covers another."""
    taken = Taken(metres_per_mm)
    still = np.arange(len(shapes))
    for size in sizes_pt:
        spots = free_places(shapes[still], [texts[at] for at in still], size, taken, metres_per_mm, over=shapes)
        found = ~np.isnan(spots[:, 0])
        for at, (x, y) in zip(still[found].tolist(), spots[found], strict=True):
            label = new_label(texts[at], (float(x), float(y)), size, "community", metres_per_mm, code=str(at))
            if taken.free(np.array([label.box]))[0]:
                taken.take([label])
        still = np.setdiff1d(still, [int(label.code) for label in taken.labels])
        if not len(still):
            break
    return taken.labels


def united_units(
    shapes: NDArray[np.object_], unit: NDArray[np.int64], count: int, tolerance_m: float
) -> NDArray[np.object_]:
    """Return the thinned outline of every unit; units keep sharing their borders where the grids did.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, (n,)
    unit : ndarray of int, (n,)
        Of every grid; each of 0 … ``count - 1`` at least once.
    count : int
    tolerance_m : float
    """
    sound = shapely.coverage_is_valid(shapes)
    order = np.argsort(unit, kind="stable")
    parts = np.split(shapes[order], np.searchsorted(unit[order], np.arange(1, count)))
    whole = np.empty(count, dtype=object)
    for at, part in enumerate(parts):
        whole[at] = shapely.coverage_union_all(part) if sound else shapely.union_all(shapely.make_valid(part))
    return _thinned(whole, tolerance_m)


def _thinned(shapes: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Return thinned outlines, which keep sharing their borders if they do."""
    if shapely.coverage_is_valid(shapes):
        return np.asarray(shapely.coverage_simplify(shapes, tolerance_m), dtype=object)
    return np.asarray(shapely.simplify(shapes, tolerance_m), dtype=object)
