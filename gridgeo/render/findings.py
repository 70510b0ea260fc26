"""The findings that planners read: one Chinese HTML page with counts, a map of the places and every sentence.

In: a findings table and the city's outline. Out: the page, without any outside reference. Before: `gridgeo.intake`
and `gridgeo.partition.repair` made the findings; the job writes the page as ``findings.html``.
"""

from __future__ import annotations

import html
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.model import SEVERITIES
from gridgeo.render.kinds import LAYER_NAMES, SEVERITY_NAMES, case_counts, kind_name
from gridgeo.render.palette import MARKS, MUTED
from gridgeo.render.report_page import Cell, figure, mark, page, section, table

__all__ = ["findings_html", "overview_svg"]

MAP_WIDTH = 1000
"""Width of the map in SVG units."""

MARGIN = 12
BROAD_SHARE = 0.02
"""Findings that cover more of the map than this are drawn as outlines, or they would hide all others."""

SMALL = 40.0
"""Areas smaller than this many square SVG units get a dot."""

FOLDED_FROM = 200
"""Tables with more rows are folded."""


def findings_html(
    findings: gpd.GeoDataFrame, *, title: str, outline: Any = None, names: dict[str, str] | None = None
) -> str:
    """Write the page.

    Parameters
    ----------
    findings : GeoDataFrame
        As `gridgeo.tables.FINDING`, in a metric CRS.
    title : str, keyword-only
        The city's name.
    outline : shapely geometry, keyword-only, optional
        What to draw behind the places: the communities' borders, in the same CRS.
    names : dict of str to str, keyword-only, optional
        What to call the agencies: key → 党建网格.

    Returns
    -------
    str
        HTML.
    """
    layers = {**LAYER_NAMES, **(names or {})}
    heading = f"{title} 数据检查报告"
    body = f"<h1>{html.escape(heading)}</h1>" + _verdict(findings)
    body += section(
        "一览图",
        overview_svg(findings, outline),
        note="红：错误；橙：警告；蓝：提示。圆点为小处问题，色块为成片问题，灰线为社区界；上北下南。",
    )
    body += section("各图层问题计数", _counts(findings, layers))
    for agency, rows in findings.groupby("agency", sort=True):
        name = layers.get(str(agency), str(agency))
        title_of = f"{name}：{int(case_counts(rows).sum())} 处"
        body += section(title_of, _rows(rows), folded=len(rows) > FOLDED_FROM)
    return page(heading, body)


def _verdict(findings: gpd.GeoDataFrame) -> str:
    """Return the headline figures; a row that sums up others counts as all of them."""
    count = case_counts(findings)
    figures = [figure(SEVERITY_NAMES[s][1], int(count[findings["severity"] == s].sum()), "处") for s in SEVERITIES]
    return f'<div class="figures">{figure("合计", int(count.sum()), "处")}{"".join(figures)}</div>'


def _counts(findings: gpd.GeoDataFrame, layers: dict[str, str]) -> str:
    """Return the table layer x kind."""
    lines: list[tuple[Cell, ...]] = []
    groups = findings.groupby(["agency", "kind", "severity"], sort=True)
    for (agency, kind, severity), rows in groups:
        name = layers.get(str(agency), str(agency))
        cases = int(case_counts(rows).sum())
        lines.append((name, kind_name(kind), mark(*SEVERITY_NAMES[severity]), cases, float(rows["area_m2"].sum())))
    return table(["图层", "问题", "程度", "处数", "面积合计 m²"], lines)


def _rows(rows: gpd.GeoDataFrame) -> str:
    """Return every finding of one layer."""
    place = shapely.centroid(rows.geometry.to_numpy())
    x, y = shapely.get_x(place), shapely.get_y(place)
    where = [f"{a:.0f}, {b:.0f}" if np.isfinite(a) else "—" for a, b in zip(x, y, strict=True)]
    columns = [rows[name] for name in ("severity", "kind", "source_id", "area_m2", "text")]
    lines: list[tuple[Cell, ...]] = [
        (mark(*SEVERITY_NAMES[severity]), kind_name(kind), source_id or "整层", text, float(area_m2), xy)
        for (severity, kind, source_id, area_m2, text), xy in zip(zip(*columns, strict=True), where, strict=True)
    ]
    return table(["程度", "问题", "编号", "说明", "面积 m²", "位置 x, y"], lines)


# -------------------------------------------------------------------- map ----


def overview_svg(findings: gpd.GeoDataFrame, outline: Any = None) -> str:
    """Draw where the findings lie; returns SVG, or a sentence if none has a place.

    Parameters
    ----------
    findings : GeoDataFrame
    outline : shapely geometry, optional
        Drawn behind. The map covers the outline; findings far outside it are left out of the map, not of the tables.
    """
    shapes = findings.geometry.to_numpy()
    placed = np.array([shape is not None and not shape.is_empty for shape in shapes], bool)
    bounds = _bounds(outline, shapes[placed])
    if bounds is None:
        return "<p>没有带位置的问题。</p>"
    west, south, east, north = bounds
    scale = (MAP_WIDTH - 2 * MARGIN) / max(east - west, north - south, 1.0)
    matrix = [scale, 0, 0, -scale, MARGIN - west * scale, MARGIN + north * scale]
    size = [(east - west) * scale + 2 * MARGIN, (north - south) * scale + 2 * MARGIN]
    drawn = "" if outline is None else _path(outline, matrix, f'fill="none" stroke="{MUTED}" stroke-opacity=".5"')
    for severity in reversed(SEVERITIES):
        chosen = placed & (findings["severity"] == severity).to_numpy()
        drawn += _places(shapes[chosen], shapely.box(*bounds), matrix, MARKS[SEVERITY_NAMES[severity][0]])
    box = f"0 0 {size[0]:.0f} {size[1]:.0f}"
    return f'<svg viewBox="{box}" role="img" aria-label="问题分布图">{drawn}</svg>'


def _bounds(outline: Any, shapes: np.ndarray) -> tuple[float, float, float, float] | None:
    """Return what the map shows: the outline, else all places."""
    if outline is not None and not outline.is_empty:
        return tuple(outline.bounds)
    return tuple(shapely.total_bounds(shapes)) if len(shapes) else None


def _places(shapes: np.ndarray, window: Any, matrix: list[float], colour: str) -> str:
    """Draw one severity's places: areas as they are, and a dot where a place would be too small to see."""
    shapes = shapes[shapely.intersects(shapes, window)]
    if not len(shapes):
        return ""
    is_area = shapely.get_dimensions(shapes) == 2
    # a layer's extent says nothing about a place
    shapes = shapes[~(is_area & (shapely.area(shapes) > 0.5 * window.area))]
    areas = shapes[shapely.get_dimensions(shapes) == 2]
    broad = shapely.area(areas) > BROAD_SHARE * window.area
    fill, line = (
        f'fill="{colour}" fill-opacity=".4" stroke="none"',
        f'fill="none" stroke="{colour}" stroke-opacity=".4"',
    )
    drawn = "".join(_path(shape, matrix, line if wide else fill) for shape, wide in zip(areas, broad, strict=True))
    small = areas[shapely.area(areas) * matrix[0] ** 2 < SMALL]
    points = shapely.get_parts(shapes[shapely.get_dimensions(shapes) < 2])
    spots = np.concatenate([shapely.point_on_surface(small), shapely.centroid(points)])
    x = matrix[0] * shapely.get_x(spots) + matrix[4]
    y = matrix[3] * shapely.get_y(spots) + matrix[5]
    dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2"/>' for a, b in zip(x, y, strict=True))
    return f'{drawn}<g fill="{colour}">{dots}</g>'


def _path(shape: Any, matrix: list[float], style: str) -> str:
    """Draw the rings or lines of a geometry, no finer than half an SVG unit."""
    simple = shapely.simplify(shape, 0.5 / matrix[0])
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(simple)))
    areas = shapely.get_type_id(parts) == 3
    lines = np.concatenate([shapely.get_rings(parts[areas]), parts[~areas]])
    steps = []
    # a Python loop over rings: SVG is text
    for line in lines:
        points = shapely.get_coordinates(line) @ [[matrix[0], 0], [0, matrix[3]]] + [matrix[4], matrix[5]]
        steps.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points))
    return f'<path d="{"".join(steps)}" fill-rule="evenodd" {style}/>' if steps else ""
