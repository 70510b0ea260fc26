"""Drawing polygons with matplotlib, without touching its global state.

In: axes in metres and polygons. Out: fills, hatches and edges on the axes. `sheet` and `before_after` share it.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from gridgeo.render.edition import Overlay
from gridgeo.render.legend import EXCLUSIVE_CLASS, classes, legend_rows
from gridgeo.render.palette import BORDER_PT, CHANGED, EXCLUSIVE, FORMER_DASHES, INK, MUTED
from gridgeo.render.recipe import Recipe

__all__ = ["MATPLOTLIB", "draw_edges", "draw_overlay", "fill_classes", "outline"]

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
    codes = np.full(len(vertices), Path.LINETO, dtype=np.uint8)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    codes[np.append(first[1:], len(vertices)) - 1] = Path.CLOSEPOLY
    codes[first] = Path.MOVETO
    return Path(vertices, codes)


def fill_classes(axes: Axes, grids: gpd.GeoDataFrame, recipe: Recipe) -> None:
    """Fill grids by class, hatch the special ones, and draw all grid borders.

    Parameters
    ----------
    axes : Axes
        In metres.
    grids : GeoDataFrame
    recipe : Recipe
    """
    shapes, key = grids.geometry.to_numpy(), classes(grids, recipe)
    for row in legend_rows(grids, recipe):
        if not (key == row.key).any():
            continue
        path = outline(shapes[key == row.key])
        # add_artist, because add_patch looks for the limits of the axes, which are set, for seconds.
        axes.add_artist(PathPatch(path, facecolor=row.fill, edgecolor=MUTED, linewidth=BORDER_PT["grid"], zorder=1))
        if row.hatch:
            hatch = PathPatch(path, facecolor="none", edgecolor=row.hatch, linewidth=0, hatch="/////", zorder=2)
            hatch.set_hatch_linewidth(0.6)
            axes.add_artist(hatch)
    exclusive = shapely.boundary(shapes[key == EXCLUSIVE_CLASS])
    draw_edges(axes, exclusive, "white", 2.2, 7)
    draw_edges(axes, exclusive, EXCLUSIVE, 1.2, 8)


def draw_edges(axes: Axes, lines: NDArray[np.object_], colour: str, width_pt: float, zorder: int) -> None:
    """Draw lines of one look.

    Parameters
    ----------
    axes : Axes
    lines : ndarray of LineString or MultiLineString
    colour : str
    width_pt : float
        Points.
    zorder : int
    """
    paths = [shapely.get_coordinates(part) for part in shapely.get_parts(lines)]
    axes.add_collection(
        LineCollection(paths, colors=colour, linewidths=width_pt, zorder=zorder, joinstyle="round"), autolim=False
    )


def draw_overlay(axes: Axes, overlay: Overlay) -> None:
    """Draw what a map of changes shows: moved ground hatched, former borders dashed, new ones solid with a casing.

    Parameters
    ----------
    axes : Axes
    overlay : Overlay
    """
    if len(overlay.moved):
        hatch = PathPatch(
            outline(overlay.moved), facecolor="none", edgecolor=CHANGED, linewidth=0, hatch="////", zorder=2
        )
        hatch.set_hatch_linewidth(0.7)
        axes.add_artist(hatch)
    draw_edges(axes, overlay.fresh, "white", 2 * BORDER_PT["fresh"], 7)
    draw_edges(axes, overlay.fresh, CHANGED, BORDER_PT["fresh"], 8)
    paths = [shapely.get_coordinates(part) for part in shapely.get_parts(overlay.former)]
    dashed = LineCollection(
        paths, colors=INK, linewidths=BORDER_PT["former"], linestyles=[FORMER_DASHES], zorder=9
    )  # fmt: skip
    axes.add_collection(dashed, autolim=False)
