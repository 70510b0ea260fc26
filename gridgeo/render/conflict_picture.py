"""A small picture of one contested stretch of border: what every agency drew, and what became of it.

In: the stretch, the agencies' shapes as handed in, the merged grids. Out: inline SVG. Part of
`gridgeo.render.conflicts`.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer
from gridgeo.render.palette import AGENCY_LINES, CHANGED, FONT_STACK, INK, MUTED

__all__ = ["agency_key", "conflict_picture", "dash_of"]

WIDTH, HEIGHT = 340.0, 250.0
"""Pixels."""
ROOM = 1.6
"""Size of the shown area over that of the stretch; chosen."""
BAND = 9.0
"""Width of the stretch in pixels: wider than all agencies' lines on it."""
LEAST_M = 120.0
"""Width of the smallest area shown."""
_DASHES = {"solid": "", "dashed": "5 3", "dashdot": "6 2 1.5 2", "dotted": "1.5 2"}


def dash_of(style: object) -> str:
    """Return the SVG dash array of a line style of `gridgeo.render.palette.AGENCY_LINES`."""
    return _DASHES[style] if isinstance(style, str) else " ".join(f"{part:g}" for part in style[1])  # type: ignore[index]


class _View:
    """The shown area and its scale."""

    def __init__(self, line: shapely.Geometry) -> None:
        left, bottom, right, top = line.bounds
        x, y = (left + right) / 2, (bottom + top) / 2
        width = max(ROOM * (right - left), ROOM * (top - bottom) * WIDTH / HEIGHT, LEAST_M)
        self.left, self.top, self.scale = x - width / 2, y + width * HEIGHT / WIDTH / 2, WIDTH / width
        self.box = shapely.box(self.left, self.top - width * HEIGHT / WIDTH, self.left + width, self.top)

    def near(self, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which shapes come into view; by envelope, because agencies' shapes may be invalid."""
        return np.asarray(shapely.intersects(shapely.envelope(shapes), self.box), bool)

    def path(self, lines: NDArray[np.object_]) -> str:
        """Return lines, clipped to the view, as one SVG path."""
        clipped = shapely.clip_by_rect(lines, *self.box.bounds)
        parts = shapely.get_parts(clipped)
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
        return "".join(self._run(shapely.get_coordinates(part)) for part in parts)

    def _run(self, points: NDArray[np.float64]) -> str:
        pixels = np.round(self.pixels(points), 1)
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in pixels.tolist())

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points in pixels from the upper left."""
        return (points - (self.left, self.top)) * (self.scale, -self.scale)


def conflict_picture(
    line: shapely.Geometry,
    grids: gpd.GeoDataFrame,
    agencies: Sequence[AgencyLayer],
    *,
    kept: bool,
    codes: Collection[str],
) -> str:
    """Draw one stretch of border.

    Parameters
    ----------
    line : MultiLineString
        The stretch, in the city CRS.
    grids : GeoDataFrame
        As `gridgeo.tables.GRID`.
    agencies : sequence of AgencyLayer
        As handed in; geometry may be invalid.
    kept : bool, keyword-only
        False: the border was dropped and is drawn broken.
    codes : collection of str, keyword-only
        The grids that it is about; their numbers are set in bold.

    Returns
    -------
    str
        ``<svg>``; the same input gives the same text.
    """
    view = _View(line)
    drawn = [
        *_grid_marks(view, grids),
        _stretch(view, line, kept),
        *_agency_marks(view, agencies),
        *_codes(view, grids, codes),
    ]
    return (
        f'<svg class="case" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{html.escape("、".join(codes))}" '
        f'font-family="{html.escape(FONT_STACK)}" fill="none" stroke-linejoin="round">'
        f"{''.join(drawn)}{_scale(view)}</svg>"
    )


def _rings(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the rings of polygons as lines."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return np.asarray([shapely.LineString(shapely.get_coordinates(ring)) for ring in rings], object)


def _grid_marks(view: _View, grids: gpd.GeoDataFrame) -> Iterator[str]:
    """Yield the merged borders, wide and pale, below everything."""
    shapes = grids.geometry.to_numpy()
    yield f'<path d="{view.path(_rings(shapes[view.near(shapes)]))}" stroke="#c3cacd" stroke-width="5"/>'


def _agency_marks(view: _View, agencies: Sequence[AgencyLayer]) -> Iterator[str]:
    """Yield what every agency drew."""
    for number, layer in enumerate(agencies):
        colour, style = AGENCY_LINES[number % len(AGENCY_LINES)]
        shapes = layer.features.geometry.to_numpy()
        shapes = shapes[~shapely.is_missing(shapes)]
        dash = dash_of(style)
        broken = f' stroke-dasharray="{dash}"' if dash else ""
        yield (
            f'<path d="{view.path(_rings(shapes[view.near(shapes)]))}" stroke="{colour}" stroke-width="1.6"{broken}/>'
        )


def _stretch(view: _View, line: shapely.Geometry, kept: bool) -> str:
    """Return the stretch itself, below the agencies' lines: a band where it was kept, a broken one where dropped."""
    path = view.path(shapely.get_parts(np.array([line], object)))
    broken = "" if kept else ' stroke-dasharray="9 6"'
    return f'<path d="{path}" stroke="{CHANGED}" stroke-width="{BAND:g}" opacity="0.5"{broken}/>'


def _codes(view: _View, grids: gpd.GeoDataFrame, codes: Collection[str]) -> Iterator[str]:
    """Yield the last digits of the codes of the grids in view."""
    shapes = grids.geometry.to_numpy()
    rows = np.flatnonzero(view.near(shapes))
    seen = shapely.intersection(shapes[rows], view.box)
    large = shapely.area(seen) > 0.03 * shapely.area(view.box)
    for row, (x, y) in zip(
        rows[large], view.pixels(shapely.get_coordinates(shapely.point_on_surface(seen[large]))), strict=True
    ):
        code = str(grids["code"].iat[row])
        text, own = html.escape(code[-3:]), code in codes
        look = f'fill="{INK}" font-weight="600"' if own else f'fill="{MUTED}"'
        yield (
            f'<text x="{x:.0f}" y="{y:.0f}" font-size="13" text-anchor="middle" {look} stroke="#fff" '
            f'stroke-width="3" paint-order="stroke">{text}</text>'
        )


def _scale(view: _View) -> str:
    """Return a scale bar of a round length."""
    most = 90.0 / view.scale
    step = 10.0 ** np.floor(np.log10(most))
    length_m = next(step * k for k in (5, 2, 1) if step * k <= most)
    end, y = 8 + length_m * view.scale, HEIGHT - 10
    return (
        f'<path d="M8 {y - 4:g}V{y:g}H{end:.1f}V{y - 4:g}" stroke="{INK}"/>'
        f'<text x="{end + 5:.0f}" y="{y:g}" font-size="11" fill="{MUTED}">{length_m:g} 米</text>'
    )


def agency_key(agencies: Sequence[AgencyLayer]) -> str:
    """Return one line sample per agency, and those of kept and dropped borders, as HTML."""
    samples = [(f"{layer.name}原线", *AGENCY_LINES[k % len(AGENCY_LINES)], 2.0) for k, layer in enumerate(agencies)]
    samples += [
        ("保留的界线", CHANGED, "solid", BAND), ("取消的界线", CHANGED, (0, (9, 6)), BAND),
        ("合并后的网格界", "#c3cacd", "solid", 5.0),
    ]  # fmt: skip
    marks = []
    for name, colour, style, width in samples:
        faint = ' opacity="0.5"' if colour == CHANGED else ""
        dash = dash_of(style)
        broken = f' stroke-dasharray="{dash}"' if dash else ""
        marks.append(
            f'<span><svg class="key" viewBox="0 0 34 10"><path d="M1 5H33" stroke="{colour}" stroke-width="{width:g}"'
            f"{broken}{faint}/></svg> {html.escape(name)}</span>"
        )
    return f'<p class="keys">{"".join(marks)}</p>'
