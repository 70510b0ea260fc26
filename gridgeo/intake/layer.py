"""One layer of polygons or lines: read, cleaned, brought into the city CRS, every fault told.

In: a `gridgeo.city.Source` and the columns that mean something. Out: a table with ``source_id``, the other columns and
geometry in the city CRS; rows are never dropped. Before: `gridgeo.intake.features`; next: `gridgeo.intake.read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.city import City, Source
from gridgeo.intake.features import Features, read_features
from gridgeo.intake.ids import CleanIds, capped, clean_ids, repeated
from gridgeo.intake.shapes import POLYGON_KINDS, flatten, keep_kinds, refuse_endless
from gridgeo.intake.sniff import settle_crs
from gridgeo.model import Finding

__all__ = ["LayerPlan", "duplicate_findings", "read_layer"]

SEVERITY = {"null_geometry": "error", "other_geometry": "error", "geometry_collection": "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """How to read one layer."""

    source: Source
    agency: str
    """Whose findings these are: agency key, community, exclusive or barrier."""
    id: str | None = None
    """Column of the id; None numbers the rows."""
    columns: Mapping[str, str | None]
    """Name in the result → column in the file; a None gives empty text."""
    kinds: tuple[int, ...] = POLYGON_KINDS
    accuracy_m: float = 15.0


def read_layer(
    plan: LayerPlan, city: City, reference: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, list[Finding], CleanIds]:
    """Read one layer into the city CRS.

    Parameters
    ----------
    plan : LayerPlan
    city : City
    reference : GeoDataFrame or None
        Communities in the city CRS; None while they are read themselves.

    Returns
    -------
    table : GeoDataFrame, (n,)
        ``source_id``, the plan's columns as text, geometry of the wanted kinds or None, in the city CRS.
    findings : list of Finding
    ids : CleanIds
        What was wrong with the ids.

    Raises
    ------
    ReadError, SchemaError, CRSError
        One sentence naming file, layer, feature and remedy.
    """
    source = plan.source
    wanted = [column for column in (plan.id, *plan.columns.values()) if column]
    polygons = plan.kinds == POLYGON_KINDS
    features = read_features(source, wanted, agency=plan.agency, outlines=polygons)
    ids = _ids(features, plan)
    refuse_endless(features, ids.ids)
    flat, findings = flatten(features, agency=plan.agency)
    lost: list[tuple[int, str, str]] = []
    kept = keep_kinds(flat.geometry.to_numpy(), plan.kinds, file=source.file, tell=lambda *told: lost.append(told))
    columns = {name: _trimmed(flat, column) for name, column in plan.columns.items()}
    table = gpd.GeoDataFrame({"source_id": ids.ids, **columns}, geometry=gpd.GeoSeries(kept, crs=flat.crs))
    settled, told = settle_crs(
        table,
        source.crs,
        city,
        agency=plan.agency,
        file=source.file,
        reference=reference,
        accuracy_m=plan.accuracy_m,
        shift_m=source.shift_m,
    )
    findings = [*features.findings, *findings, *told, *_lost_findings(lost, ids.ids, settled, plan)]
    return settled, findings + _id_findings(ids, settled, plan), ids


def _ids(features: Features, plan: LayerPlan) -> CleanIds:
    """Return clean ids; a layer without an id column is numbered from 1."""
    if plan.id is None:
        return CleanIds([str(row + 1) for row in range(len(features.table))], {}, [])
    return clean_ids(features.table[plan.id].tolist(), file=features.file, column=plan.id)


def _trimmed(table: gpd.GeoDataFrame, column: str | None) -> list[str]:
    """Return a column without blanks around its text."""
    return [value.strip() for value in table[column]] if column else [""] * len(table)


# ---------------------------------------------------------------- findings ----


def _place(table: gpd.GeoDataFrame, rows: list[int]) -> shapely.Geometry | None:
    """Return a point inside each of the rows' shapes, as one shape; None if none has a shape."""
    shapes = table.geometry.to_numpy()[rows]
    points = shapely.point_on_surface(shapes[~shapely.is_missing(shapes)])
    points = points[~shapely.is_empty(points)]
    if len(points) == 0:
        return None
    return points[0] if len(points) == 1 else shapely.multipoints(points)


def _lost_findings(
    lost: list[tuple[int, str, str]], ids: list[str], table: gpd.GeoDataFrame, plan: LayerPlan
) -> list[Finding]:
    """Tell the rows whose shape is missing or of another kind."""
    told: list[Finding] = []
    for kind in sorted({kind for _, kind, _ in lost}):
        each = [
            Finding(
                SEVERITY[kind], kind, plan.agency, f"{ids[row]}（第 {row + 1} 条记录）{text}。", ids[row],
                geometry=_place(table, [row]),
            )
            for row, this, text in lost
            if this == kind
        ]  # fmt: skip
        told += capped(each, f"{plan.source.file} 另有 {{more}} 条记录同样如此（共 {{all}} 条）。")
    return told


def _id_findings(ids: CleanIds, table: gpd.GeoDataFrame, plan: LayerPlan) -> list[Finding]:
    """Tell ids that were missing or had to be cleaned."""
    file = plan.source.file
    missing = [
        Finding(
            "warning", "missing_id", plan.agency, f"第 {row + 1} 条记录没有编号，暂以“{ids.ids[row]}”代替。",
            ids.ids[row], geometry=_place(table, [row]),
        )
        for row in ids.missing
    ]  # fmt: skip
    twisted = [
        Finding(
            "warning", "twisted_ids", plan.agency, f"编号“{old}”含全角字符或空白，已规范为“{ids.ids[row]}”。",
            ids.ids[row], geometry=_place(table, [row]),
        )
        for row, old in ids.twisted.items()
    ]  # fmt: skip
    return [
        *capped(missing, f"{file} 另有 {{more}} 条记录没有编号（共 {{all}} 条）。"),
        *capped(twisted, f"{file} 另有 {{more}} 个编号已规范（共 {{all}} 个）。"),
    ]


def duplicate_findings(table: gpd.GeoDataFrame, plan: LayerPlan) -> list[Finding]:
    """Tell every id that several rows share, the most frequent first.

    Parameters
    ----------
    table : GeoDataFrame
        With ``source_id``, in the city CRS.
    plan : LayerPlan

    Returns
    -------
    list of Finding
        Kind duplicate_id, severity warning; geometry: one point in each of the rows' shapes.
    """
    groups = sorted(repeated(table["source_id"].tolist()).items(), key=lambda group: (-len(group[1]), group[0]))
    each = []
    for name, rows in groups:
        listed = "、".join(str(row + 1) for row in rows[:6]) + ("等" if len(rows) > 6 else "")
        text = f"编号“{name}”重复：第 {listed} 条记录共 {len(rows)} 条使用同一编号，请核对。"
        each.append(
            Finding("warning", "duplicate_id", plan.agency, text, name, _area(table, rows), _place(table, rows))
        )
    return capped(each, f"{plan.source.file} 另有 {{more}} 个编号重复（共 {{all}} 个）。")


def _area(table: gpd.GeoDataFrame, rows: list[int]) -> float:
    """Return the summed area of rows in m²."""
    return float(np.nansum(shapely.area(table.geometry.to_numpy()[rows])))
