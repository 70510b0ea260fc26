"""CAD drawings: closed, nearly closed and piecewise outlines become polygons.

In: the entities of a DXF as GDAL gives them (curves already linearised). Out: one row per polygon with the columns
``Layer``, ``EntityHandle``, ``Text`` and findings for lines that close nothing. Used by `gridgeo.intake.features`.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from gridgeo.model import Finding

__all__ = ["CLOSE_M", "close_outlines"]

CLOSE_M = 0.5
"""Ends of lines nearer than this, in drawing units (metres), are the same point; chosen: half a wall's thickness."""

LINE, LINEAR_RING, POINT, POLYGON = 1, 2, 0, (3, 6)
"""Shapely's type numbers."""


def close_outlines(
    rows: pd.DataFrame, shapes: np.ndarray, *, agency: str, file: str
) -> tuple[pd.DataFrame, np.ndarray, list[Finding]]:
    """Turn the outlines of a drawing into polygons.

    Parameters
    ----------
    rows : DataFrame, (n,)
        ``Layer``, ``EntityHandle``, ``Text``: text.
    shapes : array of Geometry, (n,)
        Drawing units are taken for metres.
    agency, file : str
        For the findings.

    Returns
    -------
    rows : DataFrame, (m,)
        The row of the outline; of a chain of lines the row of its first line. ``Text`` is the first text that stands
        inside the polygon, as draughtsmen number their plots.
    shapes : array of Polygon, (m,)
    findings : list of Finding
        What was closed, and what stayed open and was left out.

    Notes
    -----
    A polyline whose ends meet within `CLOSE_M` is closed. All other lines of one drawing layer are joined at their ends
    and every face they enclose becomes a polygon.
    """
    kinds = shapely.get_type_id(shapes)
    areas = [(row, shapes[row]) for row in np.flatnonzero(np.isin(kinds, POLYGON)).tolist()]
    lines, owners = _single_lines(shapes, kinds)
    rings, gaps = _rings(lines)
    areas += [(int(owners[at]), ring) for at, ring in rings.items()]
    rest = np.array([at for at in range(len(lines)) if at not in rings], dtype=int)
    layers = rows["Layer"].to_numpy()[owners[rest]] if len(rest) else np.empty(0, dtype=object)
    open_by_layer: Counter[str] = Counter()
    for layer in sorted(set(layers)):  # a drawing has few layers
        own = rest[layers == layer]
        faces, unused = _faces(lines[own])
        areas += [(int(owners[own[first]]), face) for first, face in faces]
        open_by_layer[layer] += unused
    areas.sort(key=lambda area: area[0])
    chosen = rows.iloc[[row for row, _ in areas]].reset_index(drop=True)
    polygons = np.array([polygon for _, polygon in areas], dtype=object)
    chosen["Text"] = _texts_inside(polygons, rows, shapes, kinds, chosen["Text"].tolist())
    return chosen, polygons, _findings(open_by_layer, gaps, agency, file)


def _single_lines(shapes: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all lines of a drawing in the plane, with the row each comes from."""
    linear = np.flatnonzero(np.isin(kinds, (LINE, LINEAR_RING, 5)))
    parts, owner = shapely.get_parts(shapely.force_2d(shapes[linear]), return_index=True)
    return parts, linear[owner]


def _rings(lines: np.ndarray) -> tuple[dict[int, shapely.Polygon], int]:
    """Return the polygons of lines that close by themselves, by line, and how many of them had a gap."""
    gap = shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1))
    corners = shapely.get_num_points(lines) - (gap == 0)
    closes = (corners >= 3) & (gap <= np.minimum(CLOSE_M, shapely.length(lines) / 10))
    rings = {}
    for at in np.flatnonzero(closes):
        points = shapely.get_coordinates(lines[at])
        rings[int(at)] = shapely.Polygon(points if gap[at] == 0 else np.vstack([points, points[:1]]))
    return rings, int((gap[closes] > 0).sum())


def _faces(lines: np.ndarray) -> tuple[list[tuple[int, shapely.Polygon]], int]:
    """Join lines at their ends; return every face with the first line on its border, and the count of unused lines."""
    joined = _ends_joined(lines)
    faces = shapely.get_parts(shapely.polygonize(joined))
    first = np.full(len(faces), len(lines))
    used = np.zeros(len(lines), dtype=bool)
    face, line = STRtree(joined).query(shapely.boundary(faces), predicate="covers")
    np.minimum.at(first, face, line)
    used[line] = True
    return list(zip(first.tolist(), faces, strict=True)), int((~used).sum())


def _ends_joined(lines: np.ndarray) -> np.ndarray:
    """Move line ends that lie within `CLOSE_M` of each other to one point."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    last = np.append(np.flatnonzero(np.diff(owner)), len(owner) - 1)
    ends = np.concatenate([np.append(0, last[:-1] + 1), last])
    points = shapely.points(coordinates[ends])
    one, other = STRtree(points).query(points, predicate="dwithin", distance=CLOSE_M)
    from scipy.sparse import coo_array  # noqa: PLC0415 - loads half a second, and few read drawings
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    linked = coo_array((np.ones(len(one)), (one, other)), shape=(len(ends), len(ends)))
    cluster = connected_components(linked, directed=False)[1]
    _, leader = np.unique(cluster, return_index=True)
    coordinates[ends] = coordinates[ends[leader[cluster]]]
    joined: np.ndarray = shapely.linestrings(coordinates, indices=owner)
    return joined


def _texts_inside(
    polygons: np.ndarray, rows: pd.DataFrame, shapes: np.ndarray, kinds: np.ndarray, otherwise: list[str]
) -> list[str]:
    """Return the first text inside each polygon."""
    labels = np.flatnonzero((kinds == POINT) & (rows["Text"] != "").to_numpy())
    texts = list(otherwise)
    if len(labels) and len(polygons):
        label, polygon = STRtree(polygons).query(shapes[labels], predicate="within")
        for at, inside in sorted(zip(labels[label].tolist(), polygon.tolist(), strict=True), reverse=True):
            texts[inside] = rows["Text"].iloc[at]
    return texts


def _findings(open_by_layer: Counter[str], gaps: int, agency: str, file: str) -> list[Finding]:
    """Tell what was closed and what stayed open."""
    told = []
    if gaps:
        text = f"{file} 有 {gaps} 条多段线首尾相距不足 {CLOSE_M} m 未闭合，已闭合成面。"
        told.append(Finding("warning", "open_outline", agency, text))
    for layer, count in sorted(open_by_layer.items()):
        if count:
            text = f"{file} 图层“{layer}”有 {count} 条线围不成面，未采用；请在 CAD 中检查是否断开或多余。"
            told.append(Finding("warning", "open_outline", agency, text))
    return told
