"""One picture that says what a merge does: the agencies' borders as drawn, and the one layer that came of them.

In: the agencies' layers, the merged grids and communities, in one metric CRS. Out: PNG or SVG of one small area, where
the layers disagree most. Used by the README and by `merge_report`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer
from gridgeo.render.canvas import MATPLOTLIB, draw_edges, fill_classes
from gridgeo.render.content import content_of
from gridgeo.render.edition import Edition, borders, new_edition
from gridgeo.render.fonts import with_stand_ins
from gridgeo.render.furniture import draw_scale, write
from gridgeo.render.label_drawing import draw_labels
from gridgeo.render.labels import place_labels
from gridgeo.render.palette import AGENCY_LINES, BORDER_PT, INK, MUTED
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import ruled

__all__ = ["before_after", "busiest_window"]

PANEL_MM, GAP_MM, CAPTION_MM, KEY_MM, EDGE_MM = 92.0, 8.0, 9.0, 10.0, 1.0
WINDOW = 1.5
"""Side of the area over the side of the square as large as the shown community; chosen."""
FILLED = 0.9
"""Share of the area that should lie inside the city; areas at its edge are taken only where there is no other."""
DPI = 160


@dataclass(frozen=True, slots=True)
class _Window:
    """The shown square."""

    left: float
    bottom: float
    side_m: float

    @property
    def box(self) -> shapely.Polygon:
        """The square as a polygon."""
        return shapely.box(self.left, self.bottom, self.left + self.side_m, self.bottom + self.side_m)


def before_after(
    agencies: Sequence[AgencyLayer],
    grids: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    *,
    findings: gpd.GeoDataFrame | None = None,
    kind: str = "png",
    limits: tuple[int, int] = (300, 500),
) -> bytes:
    """Draw the same small area twice: five layers over one another, and the merged grids.

    Parameters
    ----------
    agencies : sequence of AgencyLayer
        As handed in, in the city CRS; geometry may be invalid.
    grids, communities : GeoDataFrame
        The merged layer, see `gridgeo.tables`.
    findings : GeoDataFrame, keyword-only
        If given, the area is the community with most findings, else the one with most agency borders.
    kind : str, keyword-only
        png or svg.
    limits : (int, int), keyword-only
        Smallest and largest number of households, for the colours.

    Returns
    -------
    bytes
        The same input gives the same picture.
    """
    grids = grids.assign(community_name=grids["community_name"].map(with_stand_ins))
    names = [name for name in ("name", "street", "county") if name in communities]
    communities = communities.assign(**{name: communities[name].map(with_stand_ins) for name in names})
    edition = new_edition(grids, communities, version="")
    window = busiest_window(agencies, edition, findings)
    with mpl.rc_context(MATPLOTLIB):
        figure = _figure(agencies, edition, window, ruled(Recipe(title="合并前后", limits=limits), {}, grids))
        picture = io.BytesIO()
        figure.savefig(picture, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else {})
    return picture.getvalue()


def busiest_window(
    agencies: Sequence[AgencyLayer], edition: Edition, findings: gpd.GeoDataFrame | None = None
) -> _Window:
    """Return the square around the community where the layers disagree most; ties go to the smallest code."""
    if findings is not None and len(findings):
        places = findings.geometry.to_numpy()
    else:
        places = np.concatenate(
            [layer.features.geometry.to_numpy() for layer in agencies] or [np.empty(0, dtype=object)]
        )
    places = shapely.centroid(places[~(shapely.is_missing(places) | shapely.is_empty(places))])
    shapes = edition.communities.geometry.to_numpy()
    boxes = shapely.envelope(shapely.buffer(shapely.centroid(shapes), WINDOW / 2 * np.sqrt(shapely.area(shapes))))
    hits = np.bincount(shapely.STRtree(shapes).query(places, predicate="within")[1], minlength=len(shapes))
    whole = shapely.union_all(shapely.make_valid(shapes))
    filled = shapely.area(shapely.intersection(boxes, whole)) / shapely.area(boxes) >= FILLED
    shown = int(np.argmax((hits + 1) * np.where(filled, 1.0, 1e-9) / np.sqrt(shapely.area(boxes))))
    left, bottom, right, _ = shapely.bounds(boxes[shown])
    return _Window(float(left), float(bottom), float(right - left))


def _figure(agencies: Sequence[AgencyLayer], edition: Edition, window: _Window, recipe: Recipe) -> Figure:
    """Compose both panels with captions and keys."""
    width, height = 2 * PANEL_MM + GAP_MM + 2 * EDGE_MM, CAPTION_MM + PANEL_MM + KEY_MM
    figure = Figure(figsize=(width / 25.4, height / 25.4), facecolor="white")
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(-EDGE_MM, width - EDGE_MM), ylim=(0, height))
    page.set_axis_off()
    names = f"{len(agencies)} 个部门" if len(agencies) > 1 else "部门"
    write(page, PANEL_MM / 2, height - CAPTION_MM / 2, f"合并前：{names}各画各的网格", size_pt=12, ha="center")
    right = PANEL_MM + GAP_MM
    write(page, right + PANEL_MM / 2, height - CAPTION_MM / 2, "合并后：无缝覆盖，一格一码", size_pt=12, ha="center")
    _draw_before(_panel(figure, 0, window), agencies, edition, window)
    _draw_after(_panel(figure, right, window), edition, window, recipe)
    _draw_agency_key(page, agencies)
    draw_scale(page, right + 1, KEY_MM / 2 - 1, window.side_m / PANEL_MM, longest_mm=40, figures=False)
    write(page, right + PANEL_MM, KEY_MM / 2, "粗线：社区界　数字：社区内网格号", size_pt=8, ha="right")
    return figure


def _panel(figure: Figure, left_mm: float, window: _Window) -> Axes:
    """Add the axes of one panel."""
    width, height = (side * 25.4 for side in figure.get_size_inches())
    axes = figure.add_axes(
        ((left_mm + EDGE_MM) / width, KEY_MM / height, PANEL_MM / width, PANEL_MM / height),
        xlim=(window.left, window.left + window.side_m),
        ylim=(window.bottom, window.bottom + window.side_m),
    )
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=0.8)
    return axes


def _shown(shapes: NDArray[np.object_], window: _Window) -> NDArray[np.bool_]:
    """Tell which shapes come into the window; by envelope, because agencies' shapes may be invalid."""
    shapes = np.where(shapely.is_missing(shapes), shapely.Point(), shapes)
    return shapely.intersects(shapely.envelope(shapes), window.box)


def _draw_before(axes: Axes, agencies: Sequence[AgencyLayer], edition: Edition, window: _Window) -> None:
    """Draw every agency's rings in its own colour and dashes."""
    shapes = edition.communities.geometry.to_numpy()
    draw_edges(axes, shapely.boundary(shapes[_shown(shapes, window)]), "#c3cacd", 3.0, 1)
    for number, layer in enumerate(agencies):
        colour, dashes = AGENCY_LINES[number % len(AGENCY_LINES)]
        features = layer.features.geometry.to_numpy()
        parts = shapely.get_parts(shapely.get_parts(features[_shown(features, window)]))
        rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
        paths = [shapely.get_coordinates(ring) for ring in rings]
        axes.add_collection(
            LineCollection(paths, colors=colour, linewidths=1.3, linestyles=[dashes], zorder=3 + number), False
        )


def _draw_after(axes: Axes, edition: Edition, window: _Window, recipe: Recipe) -> None:
    """Draw the merged grids with their numbers."""
    shapes = edition.grids.geometry.to_numpy()
    near = replace(edition, grids=edition.grids[_shown(shapes, window)].reset_index(drop=True))
    fill_classes(axes, content_of(near, recipe))
    draw_edges(axes, borders(near, "community"), INK, 2 * BORDER_PT["community"], 5)
    metres_per_mm = window.side_m / PANEL_MM
    box = (window.left, window.bottom, window.left + window.side_m, window.bottom + window.side_m)
    placing = place_labels(near, metres_per_mm, key_room=0, full_mm=math.inf, window=box)
    draw_labels(axes, placing.labels, metres_per_mm)


def _draw_agency_key(page: Axes, agencies: Sequence[AgencyLayer]) -> None:
    """Draw one line sample per agency below the left panel."""
    step = PANEL_MM / max(len(agencies), 1)
    for number, layer in enumerate(agencies):
        colour, dashes = AGENCY_LINES[number % len(AGENCY_LINES)]
        x = number * step
        page.plot([x, x + 4.5], [KEY_MM / 2, KEY_MM / 2], color=colour, linewidth=1.6, linestyle=dashes)
        name = with_stand_ins(layer.name.removesuffix("网格"))
        write(page, x + 5.2, KEY_MM / 2, name, size_pt=7, color=MUTED)
