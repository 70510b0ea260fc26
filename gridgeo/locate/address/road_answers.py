"""Answers for places that are told by roads alone: where two cross, the stretch of one between two others.

In: `Crossroads` or a `Section`. Out: `Answer`. Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import numpy as np

from gridgeo.locate.address.crossing import REACH_M
from gridgeo.locate.address.crossroads import Crossroads
from gridgeo.locate.address.doubts import LIKELY_OTHER
from gridgeo.locate.address.section import Section
from gridgeo.locate.address.told import LISTED, SURE, Answer, Around, Candidate, Ground

__all__ = ["crossing_answer", "stretch_answer"]


def crossing_answer(crossed: list[Crossroads], around: Around) -> Answer:
    """Answer for two roads that cross in one or several places.

    Parameters
    ----------
    crossed : list of Crossroads
    around : callable
        See `gridgeo.locate.address.told.Around`.
    """
    listed = tuple(Candidate(around(one.x, one.y, 0.0)[0], -1, one.x, one.y, one.score) for one in crossed)
    grids = {one.grid for one in listed}
    if len(grids) > 1:
        fault = ("ambiguous", f"所说的两条路有 {len(crossed)} 处相交")
        return Answer("ambiguous", listed[0], 0.5, (fault,), listed[:LISTED], "请问在哪个区县？")
    if listed[0].grid < 0:
        return Answer("outside", listed[0], faults=(("outside", "两条路的交叉口不在任何网格内"),))
    if crossed[0].apart_m > REACH_M:
        fault = ("crossing", f"两条路的地址相距 {crossed[0].apart_m:.0f} 米，按走向推定的交叉口")
        return Answer("interpolated", listed[0], 0.7, (fault,), listed[:1])
    names = "、".join(f"“{name}”" for name in crossed[0].roads)
    fault = ("crossing", f"按{names}沿线的地址推定的交叉口")
    if crossed[0].elsewhere:
        other = ("admin_other", f"{names}相交，但不在文字写明的区县，请核对")
        return Answer("ambiguous", listed[0], 0.5, (fault, other), listed[:1])
    if crossed[0].cost >= LIKELY_OTHER:
        other = ("other_name", f"库中没有所写的路名，最接近的是{names}，请核对")
        return Answer("ambiguous", listed[0], 0.5, (fault, other), listed[:1])
    return Answer("sure", listed[0], 0.95, (fault,), listed[:1])


def stretch_answer(stretch: Section, ground: Ground) -> Answer:
    """Answer for a stretch of a road: with its only grid, or all of them, that of its middle first.

    Parameters
    ----------
    stretch : Section
    ground : Ground
    """
    # a road is often a border: what lies on its other side belongs to it
    points = np.vstack([[(stretch.x, stretch.y)], stretch.points, stretch.kerbs])
    grids, where = ground.grids_at(points).tolist(), points.tolist()
    first, spots = grids[0], dict(zip(grids[::-1], where[::-1], strict=True))
    listed = tuple(
        Candidate(grid, -1, spots[grid][0], spots[grid][1], 1.0)
        for grid in sorted(spots, key=lambda grid: grid != first)
        if grid >= 0
    )
    said = f"“{stretch.road}”在“{stretch.ends[0]}”与“{stretch.ends[1]}”之间的一段"
    if not listed:
        return Answer("outside", faults=(("outside", f"{said}不在任何网格内"),))
    if len(listed) == 1:
        return Answer("interpolated", listed[0], SURE, (("section", f"{said}，按沿线的地址推定"),), listed)
    fault = ("section", f"{said}经过 {len(listed)} 个网格")
    return Answer("ambiguous", listed[0], 1 / len(listed), (fault,), listed[:LISTED], "请问在这一段的什么位置？")
