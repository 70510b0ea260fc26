"""What is wrong with exclusive sites (专属网格): drawn over each other, over community borders, or beyond them.

In: the sites and the communities in the city CRS. Out: findings; nothing is changed. Called by `gridgeo.intake.read`;
the merge cuts the sites out as they are.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.intake.ids import capped
from gridgeo.model import Finding

__all__ = ["site_findings"]

NARROW_M = 5.0
"""Narrower pieces are the inaccuracy of the outlines, not ground that is meant. Chosen; see tests/test_sites.py."""

Shapes = NDArray[np.object_]


def site_findings(sites: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> list[Finding]:
    """Tell sites that overlap each other, lie in several communities, or reach beyond all of them.

    Parameters
    ----------
    sites : GeoDataFrame, (n,)
        ``id``, geometry in the city CRS, valid or not, never None.
    communities : GeoDataFrame
        ``name``, geometry in the city CRS, valid or not.

    Returns
    -------
    list of Finding
        Agency exclusive; warnings overlap and outside, notes crossing; geometry is the part concerned.
    """
    if sites.empty:
        return []
    ids, shapes = sites["id"].tolist(), _valid(sites.geometry.to_numpy())
    lands, names = _valid(communities.geometry.to_numpy()), communities["name"].tolist()
    more = "专属网格另有 {more} 处同样如此（共 {all} 处）。"
    found = [_overlaps(ids, shapes), _crossings(ids, shapes, lands, names), _outside(ids, shapes, lands)]
    return [
        finding for each in found for finding in capped(sorted(each, key=lambda f: (-f.area_m2, f.source_id)), more)
    ]


def _valid(shapes: Shapes) -> Shapes:
    """Return shapes fit for overlay."""
    return np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))


def _wide(pieces: Shapes) -> NDArray[np.bool_]:
    """Tell which pieces are wider than `NARROW_M` somewhere."""
    return ~shapely.is_empty(shapely.buffer(pieces, -NARROW_M / 2, quad_segs=2))


def _overlaps(ids: list[str], shapes: Shapes) -> list[Finding]:
    """Tell every pair of sites that share ground."""
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.intersection(shapes[one], shapes[two])
    wide = _wide(shared)
    told = []
    for a, b, piece in zip(one[wide], two[wide], shared[wide], strict=True):
        text = f"专属网格 {ids[a]} 与 {ids[b]} 重叠 {piece.area:.0f} 平方米，重叠部分只能归其中之一，请核对范围。"
        told.append(Finding("warning", "overlap", "exclusive", text, ids[a], piece.area, piece))
    return told


def _crossings(ids: list[str], shapes: Shapes, lands: Shapes, names: list[str]) -> list[Finding]:
    """Tell every site that lies in several communities."""
    site, land = shapely.STRtree(lands).query(shapes, predicate="intersects")
    wide = _wide(shapely.intersection(shapes[site], lands[land]))
    site, land = site[wide], land[wide]
    told = []
    for row in np.flatnonzero(np.bincount(site, minlength=len(ids)) > 1):
        listed = "、".join(sorted(names[at] for at in land[site == row]))
        text = f"专属网格 {ids[row]} 跨越社区（{listed}），按社区界分成几个网格。"
        told.append(Finding("note", "crossing", "exclusive", text, ids[row], shapes[row].area, shapes[row]))
    return told


def _outside(ids: list[str], shapes: Shapes, lands: Shapes) -> list[Finding]:
    """Tell every site that reaches beyond the communities."""
    within = np.zeros(len(ids), bool)
    within[shapely.STRtree(lands).query(shapes, predicate="within")[0]] = True
    rows = np.flatnonzero(~within)
    near = lands[np.unique(shapely.STRtree(lands).query(shapes[rows], predicate="intersects")[1])]
    rest = shapely.difference(shapes[rows], shapely.union_all(near))
    told = []
    for row, piece in zip(rows[_wide(rest)], rest[_wide(rest)], strict=True):
        part = "部分" if piece.area < shapes[row].area else "全部"
        text = f"专属网格 {ids[row]} {part}位于所有社区之外（{piece.area:.0f} 平方米），这部分不参与划分，请核对范围。"
        told.append(Finding("warning", "outside", "exclusive", text, ids[row], piece.area, piece))
    return told
