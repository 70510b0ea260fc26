"""One layer's features as valid polygons, with a finding for everything that had to be given up.

In: an agency layer as read. Out: one row per feature with area. Next: the rest of `gridgeo.partition.repair`.
"""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.model import Finding
from gridgeo.partition.telling import area_text, at_most, place_text, polygons_of, single_or_multi

__all__ = ["DENSE_SPACING_M", "shape_findings", "solid_polygon", "solid_rows", "thinned"]

DENSE_VERTICES = 20_000
DENSE_SPACING_M = 0.25
"""A ring with so many vertices so close together was not drawn but traced or exported; nobody surveys a border every
25 cm. Chosen: a grid of 500 households has a few hundred vertices."""
THINNING_M = 0.01
"""Such rings lose the vertices that matter less than this, the accuracy of cadastral surveys at best."""

REASONS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "环自相交（自接触）",
    "Duplicate Rings": "环重复",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞嵌套",
    "Nested shells": "部件嵌套",
    "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "环的点数不足",
    "Invalid Coordinate": "坐标不是有效数字",
}
"""What GEOS says about an invalid polygon, in the planner's words."""

_PLACE = re.compile(r"^(?P<reason>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")


def solid_polygon(geometry: Any) -> Any | None:
    """Return the valid polygonal part of a geometry, or None if it has none.

    Parameters
    ----------
    geometry : shapely geometry or None

    Returns
    -------
    Polygon, MultiPolygon or None
        Two-dimensional, exterior rings counter-clockwise, ring starts and part order normalized.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> solid_polygon(bow).geom_type, solid_polygon(bow).area
    ('MultiPolygon', 2.0)
    >>> solid_polygon(shapely.LineString([(0, 0), (1, 1)])) is None
    True
    """
    if geometry is None or not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None
    flat = shapely.force_2d(geometry)
    if not flat.is_valid:
        flat = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    parts = polygons_of(flat)
    parts = parts[shapely.area(parts) > 0.0]
    if not len(parts):
        return None
    whole = shapely.normalize(single_or_multi(parts))
    return shapely.orient_polygons(whole, exterior_cw=False)


def thinned(solid: Any) -> Any:
    """Return a shape without superfluous vertices if it is dense beyond sense, else the shape itself.

    A ring of a million vertices would cost more than the rest of its city.
    """
    vertices = int(shapely.get_num_coordinates(solid))
    if vertices < DENSE_VERTICES or solid.length > vertices * DENSE_SPACING_M:
        return solid
    lighter = solid_polygon(shapely.simplify(solid, THINNING_M, preserve_topology=False))
    return solid if lighter is None or abs(lighter.area - solid.area) > THINNING_M * solid.length else lighter


def _dense_finding(solid: Any, lighter: Any, agency: str, source_id: str) -> Finding:
    """Say that vertices were taken out of a shape."""
    before, after = int(shapely.get_num_coordinates(solid)), int(shapely.get_num_coordinates(lighter))
    text = f"顶点过密：要素 {source_id} 有 {before:,} 个顶点，平均间距 {solid.length / before:.3f} 米，"
    text += f"已按 {THINNING_M:g} 米精度抽稀为 {after:,} 个"
    return Finding("warning", "dense_vertices", agency, text, source_id, 0.0, shapely.point_on_surface(lighter))


def solid_rows(features: gpd.GeoDataFrame, agency: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Make every feature of a layer a valid polygon.

    Parameters
    ----------
    features : GeoDataFrame, (n,)
        ``source_id, label``, any geometry; rows without geometry are passed over, intake has told them.
    agency : str
        Key for the findings.

    Returns
    -------
    rows : GeoDataFrame, (m,)
        ``source_id, label, feature`` (running number of the input row), geometry Polygon or MultiPolygon, in an
        order that depends on ids and shapes only.
    findings : list of Finding
    """
    geometry = features.geometry.to_numpy()
    told = [(number, shape) for number, shape in enumerate(geometry) if shape is not None and not shape.is_empty]
    ids, labels = features["source_id"].to_numpy(), features["label"].to_numpy()
    solids, kept, told_of = [], [], []
    for number, shape in told:
        solid = solid_polygon(shape)
        told_of += shape_findings(shape, solid, agency, str(ids[number]))
        if solid is not None:
            lighter = thinned(solid)
            if lighter is not solid:
                told_of.append(_dense_finding(solid, lighter, agency, str(ids[number])))
            solids.append(lighter)
            kept.append(number)
    each = [[f for f in told_of if f.kind == kind] for kind in ("invalid", "multipart", "dense_vertices")]
    findings = [finding for same in each for finding in at_most(same, len(kept))]
    order = _content_order([str(ids[k]) for k in kept], solids)
    feature = np.array([kept[i] for i in order], dtype=np.int64)
    columns = {"source_id": ids[feature].astype(str), "label": labels[feature], "feature": feature}
    shapes = np.array([solids[i] for i in order], dtype=object)
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=features.crs), findings


def _content_order(ids: list[str], solids: list[Any]) -> list[int]:
    """Order rows by id, then shape, so that the order of the file does not matter."""
    return sorted(range(len(ids)), key=lambda i: (ids[i], shapely.to_wkb(solids[i])))


def shape_findings(shape: Any, solid: Any | None, agency: str, source_id: str) -> list[Finding]:
    """Say what was wrong with one feature's rings and parts."""
    if solid is None:
        finite = np.isfinite(shapely.get_coordinates(shape)).all()
        why = "没有面积" if finite else "坐标含非数字"
        text = f"图形无效：要素 {source_id} {why}，无法使用，已跳过"
        return [Finding("error", "invalid", agency, text, source_id, 0.0, shapely.centroid(shape) if finite else None)]
    found = []
    if not shape.is_valid:
        found.append(_invalid_finding(shape, solid, agency, source_id))
    parts = shapely.get_num_geometries(solid)
    if shape.geom_type != "Polygon" and parts > 1:
        areas = np.sort(shapely.area(shapely.get_parts(solid)))[::-1]
        text = f"多部件：要素 {source_id} 由 {parts} 个互不相连的部分组成，最大 {area_text(areas[0])}、"
        text += f"最小 {area_text(areas[-1])}；每一部分分别参与合并"
        found.append(Finding("warning", "multipart", agency, text, source_id, float(solid.area), solid))
    return found


def _invalid_finding(shape: Any, solid: Any, agency: str, source_id: str) -> Finding:
    """Say where a polygon is invalid and what the repair did to its area."""
    match = _PLACE.match(shapely.is_valid_reason(shape))
    reason = REASONS.get(match["reason"].strip(), match["reason"].strip()) if match else "未知原因"
    place = shapely.point_on_surface(solid)
    if match and match["x"]:
        place = shapely.Point(float(match["x"]), float(match["y"]))
    text = f"图形无效：要素 {source_id} 在 {place_text(place)} 处{reason}；已按结构法修复，"
    text += f"修复后面积 {area_text(solid.area)}，{shapely.get_num_geometries(solid)} 个部分"
    return Finding("warning", "invalid", agency, text, source_id, float(solid.area), place)
