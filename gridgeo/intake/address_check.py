"""Does a row lie where its address says? Rows of a register whose coordinates stand on another datum than the rest.

In: a register in the city CRS, with addresses, and the communities. Out: findings; coordinates are never changed.
Called by `gridgeo.intake.read` after `gridgeo.intake.registers`.

A register that mixes datums shows nothing in its extent: GCJ-02 moves a place by some 500 m, BD-09 by up to a
kilometre. But an address that names its community proves such a row where the point lies elsewhere and the same numbers
read on another datum lie in that community. A point that lies only just outside proves nothing alone: entrances and
borders are the usual reason. It counts where rows farther away show that the register mixes this datum in, and where
nearly all rows that lie just outside are explained by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.city import City, Register
from gridgeo.city_schema import plain_crs
from gridgeo.crs import BD09, GCJ02, from_city, in_china, to_city
from gridgeo.intake.ids import capped
from gridgeo.model import Finding
from gridgeo.place_names import named_communities

__all__ = ["address_findings"]

NEAR_M = 1.0
"""A point this near to the community that its address names lies in it."""

BEYOND_M = 100.0
"""Nearer to it, a point is not doubted for its own sake: entrances and borders. Chosen."""

MIXED_MIN = 3
"""From so many rows beyond that distance on a register is known to mix a datum in. Chosen."""

STRAY_SHARE = 1 / 3
"""Of the rows just outside, so many may remain unexplained for each that the datum explains. About half of those that
are outside for another reason would be explained by chance, so three of four rows told are right. Chosen."""

WITHIN_M = 30.0
"""So near to the community another datum must bring a point to explain it: the precision of a map's marker. Chosen."""

MISMATCH_M = 500.0
"""Farther away than this, address and point contradict each other even if no datum explains it. Chosen."""

WGS84 = "EPSG:4326"
DATUMS = {GCJ02: "datum_gcj02", BD09: "datum_bd09", WGS84: "datum_wrong"}
"""What coordinates may be in truth → kind of the finding."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Rows that do not lie in the community their address names."""

    ids: NDArray[np.object_]
    named: Rows
    """The community that the address names."""
    here: Rows
    """The community in which the point lies, -1 if none."""
    xy: Floats
    distance_m: Floats
    """From the named community."""

    def chosen(self, which: NDArray[np.bool_] | Rows) -> _Doubts:
        """Return some of the rows."""
        return _Doubts(self.ids[which], self.named[which], self.here[which], self.xy[which], self.distance_m[which])


def address_findings(
    table: pd.DataFrame, register: Register, city: City, communities: gpd.GeoDataFrame
) -> list[Finding]:
    """Tell the rows whose point does not lie in the community that their address names.

    Parameters
    ----------
    table : DataFrame, (n,)
        ``id, x, y, address`` of one register, in the city CRS; NaN where there is no place.
    register : Register
    city : City
    communities : GeoDataFrame, (m,)
        ``name`` and polygons in the city CRS, valid or not.

    Returns
    -------
    list of Finding
        Warnings datum_gcj02 and datum_bd09, also datum_wrong where the register is stated to be one of the two and the
        row is neither; notes address_mismatch. Their geometry is the point as read.

    Notes
    -----
    The same for every order of rows. Points outside all communities without another explanation are left to
    `gridgeo.intake.registers`, which tells them anyway.
    """
    names = communities["name"].tolist()
    named = named_communities(table["address"].tolist(), names)
    shapes = communities.geometry.to_numpy()
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
    doubts = _doubts(table, named, shapes)
    shift = np.array(register.source.shift_m or (0.0, 0.0))
    findings: list[Finding] = []
    more = f"{register.source.file} 另有 {{more}} 条记录同样如此（共 {{all}} 条）。"
    for datum in DATUMS if len(doubts.ids) else ():
        moved = _read_as(doubts.xy - shift, plain_crs(register.source.crs), datum, city.crs) + shift
        fits = shapely.dwithin(shapes[doubts.named], shapely.points(moved), WITHIN_M)
        fits &= _credible(doubts.distance_m, fits)
        findings += capped(_datum_findings(doubts.chosen(fits), moved[fits], datum, register.kind, names), more)
        doubts = doubts.chosen(~fits)
    far = doubts.chosen((doubts.distance_m > MISMATCH_M) & (doubts.here >= 0))
    return findings + capped(_mismatch_findings(far, register.kind, names), more)


def _doubts(table: pd.DataFrame, named: Rows, shapes: NDArray[np.object_]) -> _Doubts:
    """Return the rows that do not lie in the community their address names, the farthest first."""
    xy = table[["x", "y"]].to_numpy(float)
    rows = np.flatnonzero((named >= 0) & np.isfinite(xy).all(axis=1))
    points = shapely.points(xy[rows])
    shapely.prepare(shapes)
    beyond = ~shapely.dwithin(shapes[named[rows]], points, NEAR_M)
    rows, points = rows[beyond], points[beyond]
    distance_m = shapely.distance(shapes[named[rows]], points)
    at, community = shapely.STRtree(shapes).query(points, predicate="intersects")
    here = np.full(len(rows), -1)
    here[at[::-1]] = community[::-1]  # the first of several counts
    ids = table["id"].to_numpy(object)[rows]
    order = np.lexsort((ids, -distance_m))
    return _Doubts(ids, named[rows], here, xy[rows], distance_m).chosen(order)


def _read_as(xy: Floats, stated: str, datum: str, city_crs: str) -> Floats:
    """Return points of a register with the datum they were read in replaced by another one, in the city CRS."""
    own = stated if stated in DATUMS else WGS84
    lon, lat = from_city(xy[:, 0], xy[:, 1], own, city_crs)
    if len(lon) == 0 or not in_china(float(np.nanmedian(lon)), float(np.nanmedian(lat))):
        return np.full(xy.shape, np.nan)
    return np.column_stack(to_city(lon, lat, datum, city_crs))


def _credible(distance_m: Floats, fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell the rows of which it may be said that a datum which fits them is the reason."""
    far = distance_m > BEYOND_M
    explained, stray = (fits & ~far).sum(), (~fits & ~far).sum()
    mixed = (fits & far).sum() >= MIXED_MIN and stray <= STRAY_SHARE * explained
    return far | mixed


def _sentence(doubts: _Doubts, row: int, names: list[str]) -> str:
    """Say where the address and where the point is."""
    here = doubts.here[row]
    place = names[here] if here >= 0 else "所有社区之外"
    return f"{doubts.ids[row]} 的地址写明{names[doubts.named[row]]}，坐标却在{place}"


def _datum_findings(doubts: _Doubts, moved: Floats, datum: str, kind: str, names: list[str]) -> list[Finding]:
    """Tell the rows that another datum explains."""
    spelled = "WGS84（CGCS2000）" if datum == WGS84 else datum
    told = []
    for row, off_m in enumerate(np.hypot(*(moved - doubts.xy).T)):
        why = f"按 {spelled} 换算后正好落入，疑为基准混用，坐标偏移约 {off_m:.0f} 米，未改动。"
        text = f"{_sentence(doubts, row, names)}；{why}"
        point = shapely.Point(doubts.xy[row])
        told.append(Finding("warning", DATUMS[datum], kind, text, str(doubts.ids[row]), geometry=point))
    return told


def _mismatch_findings(doubts: _Doubts, kind: str, names: list[str]) -> list[Finding]:
    """Tell the rows where address and point contradict each other."""
    return [
        Finding(
            "note", "address_mismatch", kind,
            f"{_sentence(doubts, row, names)}，两者相距 {doubts.distance_m[row]:.0f} 米，请核对地址和坐标。",
            str(doubts.ids[row]), geometry=shapely.Point(doubts.xy[row]),
        )
        for row in range(len(doubts.ids))
    ]  # fmt: skip
