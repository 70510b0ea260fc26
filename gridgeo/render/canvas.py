"""Drawing polygons with matplotlib, without touching its global state.

In: axes in metres and polygons. Out: fills, hatches and edges on the axes. `sheet` and `before_after` share it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from gridgeo.render.content import Content, Mark
from gridgeo.render.legend import EXCLUSIVE_CLASS
from gridgeo.render.palette import BORDER_PT, EXCLUSIVE, MUTED, NEIGHBOUR, NEIGHBOUR_LINE

__all__ = ["MATPLOTLIB", "draw_edges", "draw_marks", "fill_classes", "outline"]

MATPLOTLIB: dict[str, Any] = {
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "gridgeo",
    "axes.unicode_minus": False,
}
"""TrueType in PDF keeps Chinese searchable; outlines in SVG need no font; the salt makes output repeatable.

They hold only inside ``rc_context``; matplotlib keeps them per process, so threads take turns (`jobs.draw`)."""


def outline(shapes: NDArray[np.object_]) -> Path:
    """Return polygons as one path; holes stay holes because their rings turn the other way.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon

    Returns
    -------
    Path
    """
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(shapes)))
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(vertices):
        return Path(np.empty((0, 2)))
    codes = np.full(len(vertices), Path.LINETO, dtype=np.uint8)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    codes[np.append(first[1:], len(vertices)) - 1] = Path.CLOSEPOLY
    codes[first] = Path.MOVETO
    return Path(vertices, codes)


def fill_classes(axes: Axes, content: Content) -> None:
    """Fill grids by class, hatch the special ones, draw all grid borders, and what lies around in grey.

    Parameters
    ----------
    axes : Axes
        In metres.
    content : Content
    """
    shapes, key = content.edition.grids.geometry.to_numpy(), content.key
    if len(content.neighbours):
        look = {"facecolor": NEIGHBOUR, "edgecolor": NEIGHBOUR_LINE, "linewidth": BORDER_PT["neighbour"]}
        axes.add_artist(PathPatch(outline(content.neighbours), **look, zorder=0.5))
    for row in content.rows:
        if not (key == row.key).any():
            continue
        path = outline(shapes[key == row.key])
        if content.tints is not None:
            _draw_tints(axes, shapes[key == row.key], content.tints[key == row.key])
        fill = "none" if content.tints is not None else row.fill
        # add_artist, because add_patch looks for the limits of the axes, which are set, for seconds.
        axes.add_artist(PathPatch(path, facecolor=fill, edgecolor=MUTED, linewidth=BORDER_PT["grid"], zorder=1))
        if row.hatch:
            _draw_hatch(axes, path, row.hatch, "/////")
    exclusive = shapely.boundary(shapes[key == EXCLUSIVE_CLASS])
    draw_edges(axes, exclusive, "white", 2.2, 7)
    draw_edges(axes, exclusive, EXCLUSIVE, 1.2, 8)


def _draw_tints(axes: Axes, shapes: NDArray[np.object_], tints: NDArray[np.str_]) -> None:
    """Fill grids with grounds of their own."""
    for tint in np.unique(tints):
        axes.add_artist(PathPatch(outline(shapes[tints == tint]), facecolor=tint, linewidth=0, zorder=0.9))


def _draw_hatch(axes: Axes, path: Path, colour: str, hatch: str) -> None:
    """Draw lines across polygons."""
    patch = PathPatch(path, facecolor="none", edgecolor=colour, linewidth=0, hatch=hatch, zorder=2)
    patch.set_hatch_linewidth(0.6)
    axes.add_artist(patch)


def draw_edges(
    axes: Axes, lines: NDArray[np.object_], colour: str, width_pt: float, zorder: float, *, dashes: Any = "solid"
) -> None:
    """Draw lines of one look.

    Parameters
    ----------
    axes : Axes
    lines : ndarray of LineString or MultiLineString
    colour : str
    width_pt : float
        Points.
    zorder : float
    dashes : keyword-only
        As matplotlib takes them.
    """
    paths = [shapely.get_coordinates(part) for part in shapely.get_parts(lines)]
    look: dict[str, Any] = {"colors": colour, "linewidths": width_pt, "linestyles": [dashes], "joinstyle": "round"}
    axes.add_collection(LineCollection(paths, **look, zorder=zorder), autolim=False)


def draw_marks(axes: Axes, marks: tuple[Mark, ...]) -> None:
    """Draw what lies above the grids: hatched ground, lines with their casing, points.

    Parameters
    ----------
    axes : Axes
    marks : tuple of Mark
        A later one lies above an earlier one.
    """
    for place, mark in enumerate(marks):
        parts = shapely.get_parts(mark.shapes)
        parts = parts[~(shapely.is_missing(parts) | shapely.is_empty(parts))]
        if not len(parts):
            continue
        zorder = 7.5 + place / 100
        if mark.hatch:
            _draw_hatch(axes, outline(parts), mark.colour, mark.hatch)
        elif shapely.get_dimensions(parts).max() == 0:
            x, y = shapely.get_coordinates(parts).T
            edge = "white" if mark.casing else "none"
            look: dict[str, Any] = {"s": mark.width_pt**2, "color": mark.colour, "marker": mark.marker or "o"}
            axes.scatter(x, y, **look, edgecolor=edge, linewidth=0.6, zorder=zorder)
        else:
            areas = shapely.get_dimensions(parts) == 2
            lines = np.where(areas, shapely.boundary(parts), parts)
            if mark.casing:
                draw_edges(axes, lines, "white", 2 * mark.width_pt, zorder - 0.005)
            draw_edges(axes, lines, mark.colour, mark.width_pt, zorder, dashes=mark.dashes)
