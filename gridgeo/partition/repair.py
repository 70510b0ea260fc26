"""One agency layer made fit for the arrangement: valid rings, narrow voids shared out, every fault told.

In: an `AgencyLayer` in the city CRS, the frame and the cleaned communities. Out: a table of valid polygons with
patch rows, and findings. Overlaps, wide gaps and multiparts stay: the arrangement and the policy resolve them.
Before: `gridgeo.intake.read` and `gridgeo.partition.authority`; after: `gridgeo.partition.align`.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.model import AgencyLayer, Finding
from gridgeo.partition.diagnose import (
    SLIVER_WIDTH_M,
    Subject,
    bounds_findings,
    overlap_findings,
    thin_findings,
    vertex_findings,
)
from gridgeo.partition.solid import solid_rows
from gridgeo.partition.telling import area_text, at_most, mean_width_m, place_text, polygons_of, single_or_multi
from gridgeo.partition.voids import NODE_GRID_M, THIN_VOID_M, Split, split_along_middle, uncovered, wide_and_narrow

__all__ = ["repair_layer"]

COLUMNS = ["source_id", "label", "feature", "patch", "geometry"]

GRID_SHARE = 0.3
"""An uncovered place of this share of the layer's median feature is a missing grid."""

NOISE_SHARE = 0.2
"""Voids narrower than this share of the accuracy have no middle worth drawing."""

NET_AREA_M2 = 20_000.0
"""Connected narrow voids from this area on are a net of roads left out, told once for the layer."""


def repair_layer(
    layer: AgencyLayer, frame: Any, communities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Make one layer's polygons valid, share out its narrow voids and tell every fault.

    Parameters
    ----------
    layer : AgencyLayer
        ``features`` with ``source_id, label``, any geometry, in the city CRS (metres).
    frame : Polygon or MultiPolygon
        Union of the cleaned communities.
    communities : GeoDataFrame
        The cleaned communities.

    Returns
    -------
    rows : GeoDataFrame
        ``source_id, label, feature, patch``, geometry Polygon or MultiPolygon, valid and never empty. One row
        with ``patch`` False per input feature that has area (``feature`` is its running number in the input);
        one row with ``patch`` True per feature that gets pieces of narrow voids.
    findings : list of Finding
        With the layer's key as agency.

    Notes
    -----
    The result depends on ids and shapes only, not on the order of rows, ring starts or ring directions.
    """
    rows, findings = solid_rows(layer.features, layer.key)
    rows["patch"] = False
    if rows.empty:
        return rows[COLUMNS], findings
    subject = Subject(layer.key, rows["source_id"].to_numpy(), rows.geometry.to_numpy(), layer.accuracy_m)
    overlaps, noise_m = overlap_findings(subject)
    findings += overlaps + vertex_findings(subject) + thin_findings(subject)
    findings += bounds_findings(subject, frame, communities.geometry.to_numpy())
    voids = uncovered(subject.polygons, frame)
    wide, narrow = wide_and_narrow(voids)
    thin = mean_width_m(narrow) <= max(THIN_VOID_M, NOISE_SHARE * layer.accuracy_m)
    split = split_along_middle(narrow, subject.polygons, thin=thin)
    findings += _wide_findings(subject, wide) + _hole_findings(subject, split)
    findings += _narrow_findings(subject, narrow, frame, noise_m)
    return pd.concat([rows[COLUMNS], _patch_rows(rows, split)], ignore_index=True), findings


def _patch_rows(rows: gpd.GeoDataFrame, split: Split) -> gpd.GeoDataFrame:
    """Return one patch row per feature that gets pieces of voids."""
    owners = np.unique(split.owners)
    order = np.argsort(split.owners, kind="stable")
    start = np.searchsorted(split.owners[order], owners)
    groups = np.split(split.pieces[order], start)[1:]  # nothing lies before the first owner
    joined = np.array([single_or_multi(group) for group in groups], dtype=object)
    # pieces of neighbouring voids may overlap by the rounding of the grid
    broken = np.flatnonzero(~shapely.is_valid(joined))
    joined[broken] = [single_or_multi(polygons_of(shapely.union_all(groups[i], grid_size=NODE_GRID_M))) for i in broken]
    shapes = shapely.orient_polygons(shapely.normalize(joined), exterior_cw=False)
    patches = rows.iloc[owners][["source_id", "label", "feature"]].assign(patch=True)
    return gpd.GeoDataFrame(patches, geometry=shapes, crs=rows.crs)[COLUMNS]


def _wide_findings(subject: Subject, wide: np.ndarray) -> list[Finding]:
    """Tell places too wide to be shared out: holes in one feature, missing grids, other gaps."""
    found: dict[str, list[Finding]] = {"hole": [], "missing": [], "gap": []}
    usual_m2 = float(np.median(shapely.area(subject.polygons)))
    for piece, around in zip(wide, _features_around(subject, wide), strict=True):
        size = f"{area_text(piece.area)}，位于 {place_text(piece)}"
        if len(around) == 1 and _is_enclosed(piece, subject.polygons[around[0]]):
            found["hole"].append(_hole_finding(subject, piece, int(around[0])))
        elif piece.area >= GRID_SHARE * usual_m2:
            text = f"缺失网格：一处空白约有一个网格大小（{size}），该图层在此没有要素；不予填补，由其他图层决定"
            found["missing"].append(Finding("warning", "missing", subject.key, text, "", float(piece.area), piece))
        else:
            text = f"空白：范围内一处未被覆盖的空隙（{size}）；太宽，不予填补，由其他图层决定"
            found["gap"].append(Finding("warning", "gap", subject.key, text, "", float(piece.area), piece))
    return [f for kind in found.values() for f in at_most(kind, len(subject.polygons))]


def _features_around(subject: Subject, places: np.ndarray) -> list[np.ndarray]:
    """Return the rows of the features that touch each place."""
    place, row = shapely.STRtree(subject.polygons).query(places, "dwithin", 2 * NODE_GRID_M)
    return [np.unique(row[place == i]) for i in range(len(places))]


def _is_enclosed(piece: Any, polygon: Any) -> bool:
    """Tell whether a piece fills a hole of the polygon."""
    return any(shapely.dwithin(shapely.Polygon(ring), piece.representative_point(), 0.0) for part in
               shapely.get_parts(polygon) for ring in part.interiors)  # fmt: skip


def _hole_findings(subject: Subject, split: Split) -> list[Finding]:
    """Tell the small holes inside single features, which stay."""
    pairs = zip(split.holes, split.hole_owners, strict=True)
    return at_most([_hole_finding(subject, hole, int(row)) for hole, row in pairs], len(subject.polygons))


def _hole_finding(subject: Subject, hole: Any, row: int) -> Finding:
    """Word one hole."""
    source_id = str(subject.ids[row])
    text = f"空洞：要素 {source_id} 内有一个洞（湖、院落等），{area_text(hole.area)}，位于 {place_text(hole)}；"
    text += "视为无意见，不予填补"
    return Finding("note", "hole", subject.key, text, source_id, float(hole.area), hole)


def _narrow_findings(subject: Subject, narrow: np.ndarray, frame: Any, noise_m: float) -> list[Finding]:
    """Tell the narrow voids: road nets and noise once for the layer, gaps and slivers one by one."""
    width_m, area_m2 = mean_width_m(narrow), shapely.area(narrow)
    net = area_m2 >= NET_AREA_M2
    edge = shapely.boundary(frame)
    shapely.prepare(edge)
    rim = ~net & shapely.dwithin(edge, narrow, 0.01) & (width_m <= subject.accuracy_m / 2)
    small = ~net & ~rim & (width_m <= noise_m)
    single = ~net & ~rim & ~small
    found = [_net_finding(subject, narrow[net])] if net.any() else []
    if rim.any():
        text = f"边缘缝隙：图层外缘与社区外缘之间有 {int(rim.sum())} 处空隙"
        found.append(_sum_finding(subject, "gap", text, narrow[rim]))
    if small.any():
        text = f"相邻要素之间有 {int(small.sum())} 处狭缝"
        found.append(_sum_finding(subject, "sliver", text, narrow[small]))
    for thin in (False, True):
        rows = np.flatnonzero(single & ((width_m < SLIVER_WIDTH_M) == thin))
        kind, word = ("sliver", "狭缝") if thin else ("gap", "空隙")
        gaps = [_gap_finding(subject, kind, word, narrow[row]) for row in rows]
        found += at_most(gaps, len(subject.polygons))
    return found


def _net_finding(subject: Subject, strips: np.ndarray) -> Finding:
    """Say once that roads and rivers were left out of a layer."""
    area_m2, around_m = float(shapely.area(strips).sum()), float(shapely.length(strips).sum())
    length_m = around_m / 2
    text = f"道路空隙：图层把道路、河流等条带留空（void），相连的条带共约 {length_m / 1000:.1f} km、"
    text += f"{area_text(area_m2)}，平均宽约 {area_m2 / length_m:.1f} m；沿中线分给两侧的要素"
    return Finding("warning", "void", subject.key, text, "", area_m2, single_or_multi(strips))


def _sum_finding(subject: Subject, kind: str, text: str, pieces: np.ndarray) -> Finding:
    """Sum up gaps below the accuracy."""
    area_m2 = float(shapely.area(pieces).sum())
    text += f"，共 {area_text(area_m2)}，宽度在图层精度（{subject.accuracy_m:g} m）之内；已补给相邻要素，不逐条列出"
    places = shapely.multipoints(shapely.point_on_surface(pieces))
    return Finding("note", kind, subject.key, text, "", area_m2, places)


def _gap_finding(subject: Subject, kind: str, word: str, piece: Any) -> Finding:
    """Word one narrow gap."""
    text = f"{word}：范围内 {area_text(piece.area)} 未被覆盖，宽约 {mean_width_m(piece):.2f} m，"
    text += f"位于 {place_text(piece)}；沿中线分给两侧的要素"
    severity = "note" if kind == "sliver" else "warning"
    return Finding(severity, kind, subject.key, text, "", float(piece.area), piece)
