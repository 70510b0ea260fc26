"""Places in the middle of a road or river: where nobody lives, and where a border is likely to run.

In: all registers and the barriers in the city CRS. Out: findings; coordinates are never changed. Called by
`gridgeo.intake.read`.

A point exactly on a centre line was set there by somebody: a geocoder that found the road only, or a hand that traced
the border. Whoever is responsible for it hangs on a centimetre. A point near a line is told only in cities whose other
points keep away from the lines: where buildings stand back, a point in the carriageway is a coordinate to be doubted.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.stats import poisson

from gridgeo.intake.ids import capped
from gridgeo.model import Finding

__all__ = ["line_findings"]

ON_LINE_M = 0.05
"""Nearer than this a point was set on the line."""

BESIDE_M, BY_CHANCE = 1.0, 0.01
"""Points scattered at random lie on a line a twentieth as often as within a metre of it. Those on it are told where so
many have at most this probability."""

SET_BACK_SHARE = 0.02
"""This share of the places may be nearest to the lines when the distance is measured that buildings keep."""

NEAR_SHARE = 0.0025
"""Places scattered without regard to the lines would put two thirds of a hundredth within a third of that distance.
Where there are no more than this, places keep away from lines, and those that do not are odd. Chosen."""

SAMPLE = 5000
"""Places from which that distance is measured."""

HABIT_SHARE, HABIT_MIN = 0.05, 50
"""Registers of which more rows lie on lines than this were placed by road names; that is told once."""

LINES = {"river": "河流", "rail": "铁路", "arterial": "主干道", "street": "街道", "wall": "围墙"}
"""Kind of a barrier → its Chinese name."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def line_findings(registers: pd.DataFrame, barriers: gpd.GeoDataFrame) -> list[Finding]:
    """Tell the places that lie on roads, rivers, railways and walls.

    Parameters
    ----------
    registers : DataFrame, (n,)
        ``kind, id, x, y`` of all registers; NaN where there is no place.
    barriers : GeoDataFrame, (m,)
        ``kind`` and lines, in the CRS of the places.

    Returns
    -------
    list of Finding
        Notes point_on_barrier with the point as geometry: exactly on a line one by one, or once for a register of
        which it is the habit; beside a line only where places keep away from lines.

    Notes
    -----
    The same for every order of rows. O(n log s) for n places and s segments.
    """
    placed = np.flatnonzero(registers[["x", "y"]].notna().all(axis=1))
    ends, owner = _segments(barriers.geometry.to_numpy())
    if not len(placed) or not len(ends):
        return []
    tree = shapely.STRtree(shapely.linestrings(ends))
    points = shapely.points(registers[["x", "y"]].to_numpy(float)[placed])
    within_m = max(_standoff_m(points, tree) / 3, BESIDE_M)
    at, distance_m, segment = _nearest(points, tree, within_m)
    on = distance_m <= ON_LINE_M
    odd = ~on & (np.count_nonzero(~on) <= NEAR_SHARE * len(placed))
    line = barriers["kind"].map(LINES).fillna("道路").to_numpy(object)[owner[segment]]
    rows = registers.iloc[placed[at]]
    findings: list[Finding] = []
    for kind, count in registers.iloc[placed].groupby("kind", sort=True).size().items():
        mine = (rows["kind"] == kind).to_numpy()
        if _set_there(distance_m[mine]):
            findings += _on_findings(str(kind), rows[mine & on], line[mine & on], int(count))
        findings += _odd_findings(rows[mine & odd], line[mine & odd], distance_m[mine & odd], 3 * within_m)
    return findings


def _segments(lines: NDArray[np.object_]) -> tuple[Floats, Rows]:
    """Return the segments of lines, (s, 2, 2), and the line that each belongs to."""
    places, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    return np.stack([places[:-1], places[1:]], axis=1)[inside], line[:-1][inside]


def _set_there(distance_m: Floats) -> bool:
    """Tell whether more places of a register lie on lines than chance would put there."""
    on = np.count_nonzero(distance_m <= ON_LINE_M)
    beside = np.count_nonzero(distance_m <= BESIDE_M) - on
    expected = beside * ON_LINE_M / (BESIDE_M - ON_LINE_M)
    return bool(on > 0 and poisson.sf(on - 1, expected) <= BY_CHANCE)


def _standoff_m(points: NDArray[np.object_], tree: shapely.STRtree) -> float:
    """Return the distance from the lines that nearly all places keep."""
    by_place = points[np.lexsort(shapely.get_coordinates(points).T)]
    some = by_place[:: -(-len(points) // SAMPLE)]
    _, distance_m = tree.query_nearest(some, return_distance=True, all_matches=False)
    apart = distance_m[distance_m > ON_LINE_M]
    return float(np.quantile(apart, SET_BACK_SHARE)) if len(apart) else 0.0


def _nearest(points: NDArray[np.object_], tree: shapely.STRtree, within_m: float) -> tuple[Rows, Floats, Rows]:
    """Return the places within a distance of any line, how far it is, and the nearest segment."""
    at, segment = tree.query(points, predicate="dwithin", distance=within_m)
    distance_m = shapely.distance(points[at], tree.geometries[segment])
    order = np.lexsort([segment, distance_m, at])
    first = np.unique(at[order], return_index=True)[1]
    chosen = order[first]
    return at[chosen], distance_m[chosen], segment[chosen]


def _on_findings(kind: str, rows: pd.DataFrame, line: NDArray[np.object_], count: int) -> list[Finding]:
    """Tell the places on lines, once if it is the habit of a register."""
    points = shapely.points(rows[["x", "y"]].to_numpy(float))
    if len(rows) > max(HABIT_MIN, HABIT_SHARE * count):
        text = f"{count} 个有坐标的点中有 {len(rows)} 个、共占 {len(rows) / count:.0%}，正好在道路、河流等的线上，"
        text += "像是只按路名定位，请核对"
        return [Finding("note", "point_on_barrier", kind, text, "", 0.0, shapely.multipoints(points))]
    told = []
    for name, word, point in sorted(zip(rows["id"], line, points, strict=True), key=lambda row: (row[0], row[2].wkb)):
        text = f"{name} 正好在{word}线上（{100 * ON_LINE_M:g} 厘米以内），像是只按路名定位，请核对"
        told.append(Finding("note", "point_on_barrier", kind, text, str(name), 0.0, point))
    return capped(told, "另有 {more} 个点正好在道路、河流等的线上（共 {all} 个）")


def _odd_findings(rows: pd.DataFrame, line: NDArray[np.object_], distance_m: Floats, usual_m: float) -> list[Finding]:
    """Tell the places beside lines from which all others keep away."""
    told = []
    order = np.lexsort([rows["id"].astype(str), distance_m])
    for row in order:
        place = rows.iloc[row]
        text = f"{place['id']} 离{line[row]}线只有 {distance_m[row]:.1f} 米，而登记的点几乎都在 {usual_m:.0f} 米以外；"
        text += "坐标可疑（偏移、基准混用或误录），请核对"
        point = shapely.Point(place["x"], place["y"])
        told.append(Finding("note", "point_on_barrier", str(place["kind"]), text, str(place["id"]), 0.0, point))
    return capped(told, "另有 {more} 个点离道路、河流等的线过近（共 {all} 个），坐标可疑")
