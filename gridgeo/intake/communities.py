"""The authority: communities with valid codes, each one row.

In: the ``[community]`` entry of a city. Out: ``code, name``, parent levels, geometry in the city CRS, and findings.
Called by `gridgeo.intake.read`; next: `gridgeo.partition.repair`.
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.city import City
from gridgeo.errors import SchemaError
from gridgeo.intake.ids import CleanIds, repeated
from gridgeo.intake.layer import LayerPlan, read_layer
from gridgeo.model import Finding

__all__ = ["read_communities"]

CODE = re.compile(r"[0-9]{12}")
"""省 2 + 市 2 + 县 2 + 乡 3 + 村 3 digits: the administrative spine that every layout but "plain" extends."""

SAME_PLACE = 0.01
"""Rows of one code that overlap by more than this share of the smaller are two communities, not parts. Chosen."""


def read_communities(city: City) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read the community layer.

    Parameters
    ----------
    city : City

    Returns
    -------
    communities : GeoDataFrame
        ``code, name``, ``kind`` if the city has kinds, one text column per parent level, geometry as handed in, in the
        city CRS; codes are unique.
        Parts of one community in several rows are put together; a row without geometry is told and left out.
    findings : list of Finding

    Raises
    ------
    SchemaError
        If codes are missing, malformed for the layout, or shared by different communities.
    """
    entry = city.community
    kind = {"kind": entry.kind} if entry.kind else {}
    plan = LayerPlan(
        source=entry.source, agency="community", id=entry.code, columns={"name": entry.name, **kind, **entry.parents}
    )
    table, findings, ids = read_layer(plan, city, None)
    _refuse_bad_codes(ids, city)
    table = table.rename(columns={"source_id": "code"})
    table["name"] = np.where(table["name"] == "", table["code"], table["name"])
    drawn = table[~table.geometry.isna()].reset_index()
    merged, told = _merge_parts(drawn, city)
    return merged, findings + told


def _refuse_bad_codes(ids: CleanIds, city: City) -> None:
    """Raise if a code is missing or, unless the layout is plain, not 12 digits."""
    missing = set(ids.missing)
    faults = [f"record {row + 1} has none" for row in ids.missing]
    if city.layout != "plain":
        faults += [
            f"record {row + 1} has {code!r}"
            for row, code in enumerate(ids.ids)
            if row not in missing and not CODE.fullmatch(code)
        ]
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        need = "any text" if city.layout == "plain" else f"12 digits (layout {city.layout})"
        raise SchemaError(
            f"{city.community.source.file}: column {city.community.code!r} must hold {need} in every record, but "
            f"{'; '.join(faults[:5])}{more}; correct the codes"
            + ("" if city.layout == "plain" else ' or set layout = "plain"')
        )


def _merge_parts(table: gpd.GeoDataFrame, city: City) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Put the parts of a community that stand in several rows together; refuse codes that two communities share."""
    shapes = table.geometry.to_numpy().copy()
    keep = np.ones(len(table), dtype=bool)
    told = []
    for code, rows in repeated(table["code"].tolist()).items():
        _refuse_shared(table, code, rows, city)
        shapes[rows[0]] = _union(shapes[rows])
        keep[rows[1:]] = False
        name = table["name"].iloc[rows[0]]
        text = f"社区 {code}（{name}）分成 {len(rows)} 条记录，名称相同且互不重叠，已合并为一个多部件社区。"
        told.append(
            Finding(
                "note",
                "multipart_community",
                "community",
                text,
                code,
                geometry=shapely.point_on_surface(shapes[rows[0]]),
            )
        )
    merged = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))[keep]
    return merged.drop(columns="index").reset_index(drop=True), told


def _refuse_shared(table: gpd.GeoDataFrame, code: str, rows: list[int], city: City) -> None:
    """Raise if rows of one code are different communities: other names, or one upon the other."""
    records = " and ".join(str(table["index"].iloc[row] + 1) for row in rows[:2])
    names = list(dict.fromkeys(table["name"].iloc[rows]))
    where = f"{city.community.source.file}: code {code!r} stands in records {records}"
    if len(names) > 1:
        raise SchemaError(f"{where} with different names ({names[0]}, {names[1]}); give each community its own code")
    shapes = shapely.make_valid(table.geometry.to_numpy()[rows])
    shared = shapely.area(shapes).sum() - shapely.area(shapely.union_all(shapes))
    if shared > SAME_PLACE * shapely.area(shapes).min():
        raise SchemaError(f"{where}, which overlap by {shared:.0f} m2; delete one of them or correct its code")


def _union(shapes: np.ndarray) -> shapely.Geometry:
    """Return parts as one shape; invalid parts are only put side by side, repair comes later."""
    if shapely.is_valid(shapes).all():
        return shapely.union_all(shapes)
    return shapely.multipolygons(shapely.get_parts(shapes))
