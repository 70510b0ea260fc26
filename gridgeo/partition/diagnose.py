"""Findings about one layer's features: what each fault is, where, how large, and what becomes of it.

In: the valid rows of one layer with its accuracy. Out: lists of findings; nothing is changed.
Before: `gridgeo.partition.solid`; beside: `gridgeo.partition.repair`, which also asks about voids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridgeo.model import Finding
from gridgeo.partition.bounds import crossing_pieces, outside_pieces
from gridgeo.partition.faults import Overlaps, idle_vertices, noise_width_m, overlaps_between, unmatched_vertices
from gridgeo.partition.telling import area_text, at_most, place_text
from gridgeo.partition.thin import inlets, necks, spikes

__all__ = ["Subject", "bounds_findings", "overlap_findings", "thin_findings", "vertex_findings"]

SLIVER_WIDTH_M = 1.0
"""Overlaps and gaps narrower than this are called slivers."""

MANY_SHARE = 0.25
"""When more of a layer's features than this share one habit, it is told once for the layer."""

MANY_MIN = 10
"""Habits of fewer features than this are told one by one."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The layer that the findings are about."""

    key: str
    ids: np.ndarray
    """Source ids, (n,)."""
    polygons: np.ndarray
    """Valid polygons, (n,)."""
    accuracy_m: float

    def many(self, features: int) -> bool:
        """Tell whether so many features make a habit of the layer."""
        return features > MANY_MIN and features > MANY_SHARE * len(self.polygons)


def overlap_findings(subject: Subject) -> tuple[list[Finding], float]:
    """Find duplicates, containment, overlaps and layers drawn without shared lines.

    Returns
    -------
    findings : list of Finding
    noise_m : float
        Width below which overlaps and gaps are the layer's own noise; 0 for a layer with shared lines.
    """
    overlaps = overlaps_between(subject.polygons)
    if not len(overlaps.pieces):
        return [], 0.0
    noise_m = noise_width_m(overlaps, len(subject.polygons), subject.accuracy_m)
    plain = overlaps.kind == "overlap"
    noise = plain & (overlaps.width_m <= noise_m)
    found = [_noise_finding(subject, overlaps, noise)] if noise.any() else []
    for kind in ("duplicate", "contained", "overlap"):
        rows = np.flatnonzero((overlaps.kind == kind) & ~noise)
        for thin in (False, True):
            same = rows[(overlaps.width_m[rows] < SLIVER_WIDTH_M) == thin]
            found += at_most([_pair_finding(subject, overlaps, row) for row in same], len(subject.polygons))
    return found, noise_m


def _pair_finding(subject: Subject, overlaps: Overlaps, row: int) -> Finding:
    """Word one pair of features that cover common ground; the fault is filed under the smaller or later one."""
    pair = sorted(
        (int(overlaps.first[row]), int(overlaps.second[row])),
        key=lambda i: (float(shapely.area(subject.polygons[i])), -i),
    )
    small, large = (str(subject.ids[i]) for i in pair)
    piece, kind = overlaps.pieces[row], str(overlaps.kind[row])
    area_m2 = float(piece.area)
    sizes = f"{area_text(area_m2)}，位于 {place_text(piece)}"
    if kind == "duplicate":
        text = f"重复图形：要素 {small} 与 {large} 的多边形相同（{sizes}）；按一个来源计票，不重复计面积"
    elif kind == "contained":
        text = f"包含：要素 {small} 整个落在要素 {large} 之内（{sizes}）；该处以较小的要素为准"
    elif overlaps.width_m[row] < SLIVER_WIDTH_M:
        kind, text = "sliver", f"狭长重叠：要素 {small} 与 {large} 的边线错开，重叠 {sizes}；合并时归一方"
    else:
        text = f"重叠（压盖）：要素 {small} 与 {large} 重叠 {sizes}；合并时归一方，两方来源都保留记录"
    severity = "note" if kind == "sliver" else "warning"
    return Finding(severity, kind, subject.key, text, small, area_m2, piece)


def _noise_finding(subject: Subject, overlaps: Overlaps, noise: np.ndarray) -> Finding:
    """Say once that a layer's neighbours do not share their lines."""
    features = len(np.union1d(overlaps.first[noise], overlaps.second[noise]))
    area_m2 = float(shapely.area(overlaps.pieces[noise]).sum())
    text = f"相邻网格各自绘制，边线不共用、顶点互不匹配：{len(subject.polygons)} 个要素中有 {features} 个"
    text += "与邻居有狭长重叠或缝隙，"
    text += f"重叠 {int(noise.sum())} 处，共 {area_text(area_m2)}，平均宽度中位数 "
    text += f"{np.median(overlaps.width_m[noise]):.2f} m；缝隙沿中线分给两侧，重叠由合并裁定，不逐条列出"
    places = shapely.multipolygons(shapely.get_parts(overlaps.pieces[noise]))  # for looking at, they may touch
    return Finding("warning", "own_noise", subject.key, text, "", area_m2, places)


def vertex_findings(subject: Subject) -> list[Finding]:
    """Find vertices that a neighbour's edge passes without a vertex, and those beside no neighbour, per feature."""
    return _unmatched_findings(subject) + _idle_findings(subject)


def _unmatched_findings(subject: Subject) -> list[Finding]:
    """Tell the vertices that a neighbour's edge passes without a vertex."""
    unmatched = unmatched_vertices(subject.polygons)
    found = []
    for row in np.unique(unmatched.owner):
        mine = unmatched.owner == row
        names = "、".join(sorted({str(subject.ids[i]) for i in unmatched.neighbour[mine]}))
        text = f"顶点未匹配：要素 {subject.ids[row]} 有 {int(mine.sum())} 个顶点落在邻居 {names} 的边上，"
        text += "而邻居在该处没有结点；合并时补上结点"
        places = shapely.multipoints(unmatched.points[mine])
        found.append(Finding("note", "unmatched_vertex", subject.key, text, str(subject.ids[row]), 0.0, places))
    if not subject.many(len(found)):
        return at_most(found, len(subject.polygons))
    text = f"顶点未匹配：{len(subject.polygons)} 个要素中有 {len(found)} 个、共 {len(unmatched.points)} 个顶点"
    text += "落在邻居的边上而邻居没有结点；合并时补上结点"
    return [Finding("note", "unmatched_vertex", subject.key, text, "", 0.0, shapely.multipoints(unmatched.points))]


def _idle_findings(subject: Subject) -> list[Finding]:
    """Tell the vertices on straight edges that belong to no neighbour."""
    points, owner = idle_vertices(subject.polygons)
    rows = np.unique(owner)
    if subject.many(len(rows)):
        text = f"顶点未匹配：{len(subject.polygons)} 个要素中有 {len(rows)} 个、共 {len(points)} 个顶点"
        text += "在直边中间，旁边没有相邻要素与之对应；不改变图形"
        return [Finding("note", "unmatched_vertex", subject.key, text, "", 0.0, shapely.multipoints(points))]
    found = []
    for row in rows:
        mine = points[owner == row]
        text = (
            f"顶点未匹配：要素 {subject.ids[row]} 有 {len(mine)} 个顶点在直边中间，旁边没有相邻要素与之对应；不改变图形"
        )
        places = shapely.multipoints(mine)
        found.append(Finding("note", "unmatched_vertex", subject.key, text, str(subject.ids[row]), 0.0, places))
    return at_most(found, len(subject.polygons))


def thin_findings(subject: Subject) -> list[Finding]:
    """Find slits cut into features, spikes sticking out of them, and necks."""
    found = []
    pieces, rows = inlets(subject.polygons)
    open_slit = [_strip_finding(subject, "inlet", piece, row) for piece, row in zip(pieces, rows, strict=True)]
    found += at_most(open_slit, len(subject.polygons))
    pieces, rows = spikes(subject.polygons)
    sharp = [_strip_finding(subject, "spike", piece, row) for piece, row in zip(pieces, rows, strict=True)]
    found += at_most(sharp, len(subject.polygons))
    narrow = [_neck_finding(subject, row) for row in necks(subject.polygons)]
    return found + at_most(narrow, len(subject.polygons))


def _strip_finding(subject: Subject, kind: str, piece: Any, row: int) -> Finding:
    """Word one slit or spike."""
    source_id, length_m = str(subject.ids[row]), piece.length / 2
    size = f"长约 {length_m:.0f} m、宽约 {piece.area / length_m:.2f} m，位于 {place_text(piece)}"
    if kind == "inlet":
        text = f"狭缝：要素 {source_id} 被一条缝切入，{size}；缝隙补回两侧的要素"
    else:
        text = f"尖刺：要素 {source_id} 有一条细尖突出，{size}；合并时作为碎片并入邻居"
    return Finding("warning", kind, subject.key, text, source_id, float(piece.area), piece)


def _neck_finding(subject: Subject, row: int) -> Finding:
    """Word one feature that is held together by a neck."""
    source_id, polygon = str(subject.ids[row]), subject.polygons[row]
    text = f"狭颈：要素 {source_id} 的两部分只由不足 2 m 宽的窄桥相连；图形保留，合并时可能分开"
    return Finding("note", "neck", subject.key, text, source_id, float(polygon.area), polygon)


def bounds_findings(subject: Subject, frame: Any, communities: np.ndarray) -> list[Finding]:
    """Find ground outside the frame and features that cross communities."""
    rows, pieces, wholly = outside_pieces(subject.polygons, frame, accuracy_m=subject.accuracy_m)
    beyond = [_outside_finding(subject, *item) for item in zip(rows, pieces, wholly, strict=True)]
    found = at_most(beyond, len(subject.polygons))
    rows, pieces, counts = crossing_pieces(subject.polygons, communities, accuracy_m=subject.accuracy_m)
    if subject.many(len(rows)):
        return [*found, _crossing_habit(subject, pieces, counts)]
    across = [_crossing_finding(subject, *item) for item in zip(rows, pieces, counts, strict=True)]
    return found + at_most(across, len(subject.polygons))


def _outside_finding(subject: Subject, row: int, piece: Any, wholly: bool) -> Finding:
    """Word what lies outside the frame."""
    source_id = str(subject.ids[row])
    what = "整个位于社区范围之外" if wholly else "部分位于社区范围之外"
    text = f"超出范围：要素 {source_id} {what}，范围外 {area_text(piece.area)}，位于 {place_text(piece)}；"
    text += "范围外部分不参与合并"
    return Finding("warning", "outside", subject.key, text, source_id, float(piece.area), piece)


def _crossing_finding(subject: Subject, row: int, piece: Any, count: int) -> Finding:
    """Word one feature that covers several communities."""
    source_id = str(subject.ids[row])
    text = f"跨社区：要素 {source_id} 跨 {count} 个社区，主要社区之外有 {area_text(piece.area)}，"
    text += f"位于 {place_text(piece)}；合并时沿社区界线切开"
    return Finding("note", "crossing", subject.key, text, source_id, float(piece.area), piece)


def _crossing_habit(subject: Subject, pieces: np.ndarray, counts: np.ndarray) -> Finding:
    """Say once that a layer ignores the communities."""
    area_m2 = float(shapely.area(pieces).sum())
    text = f"跨社区：{len(subject.polygons)} 个要素中有 {len(pieces)} 个跨社区（最多跨 {int(counts.max())} 个），"
    text += f"主要社区之外共 {area_text(area_m2)}；该图层不按社区划分，合并时沿社区界线切开"
    places = shapely.multipoints(shapely.point_on_surface(pieces))
    return Finding("note", "crossing", subject.key, text, "", area_m2, places)
