"""Ask a whole register which datum puts its points among the communities.

In: the points of a register, the reading they got, the communities. Out: `Census`, if another datum fits far better.
Called by `gridgeo.intake.sniff_points`. A datum offset moves everything by some 500 m: hardly any point leaves the box
around the city, but along its edge whole streets do. The truth leaves only blunders outside, so the count tells what
extents and single points cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.crs import Crs, parse_crs
from gridgeo.readings import Reading, datum_readings

__all__ = ["Census", "better_datum"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_FALL = 0.01
"""Share of all points that must come in: a few blocks built beyond an old border do as much as less. Chosen."""
LEFT_PART = 1 / 3
"""Of the points outside, less than this part may stay there: a wrong datum only changes which edge it is. Chosen."""
LEAST_POINTS = 20
"""Fewer points than this prove nothing. Chosen."""


@dataclass(frozen=True, slots=True)
class Census:
    """How many points lie outside all communities under the present reading and under a better one."""

    present: Reading
    better: Reading
    points: int
    outside: int
    outside_better: int


def better_datum(
    xy: Floats, present: Reading, target: Crs, communities: NDArray[np.object_], *, sole: bool
) -> Census | None:
    """Find the datum under which far more points lie in the communities.

    Parameters
    ----------
    xy : ndarray, (n, 2)
        Every point with a place, as stored.
    present : Reading
        What they are read as.
    target : Crs
        The city's metric system.
    communities : ndarray of shapely geometry
        In ``target``; may be invalid.
    sole : bool, keyword-only
        Ask that the datum found beats the third one as clearly as the present one.

    Returns
    -------
    Census or None
        None where the present reading is as good, within `LEAST_FALL`, `LEFT_PART` and `LEAST_POINTS`.
    """
    outside = _outside(xy, present, target, communities)
    if outside.sum() < max(LEAST_POINTS, LEAST_FALL * len(xy)):
        return None  # nothing can come in that would count
    others = [reading for reading in datum_readings(_plain(present)) if reading.crs.offset != present.crs.offset]
    masks = [_outside(xy, reading, target, communities) for reading in others]
    if not masks:
        return None
    best = int(np.argmin([mask.sum() for mask in masks]))
    rivals = [outside, *(mask for row, mask in enumerate(masks) if sole and row != best)]
    nowhere = np.logical_and.reduce([outside, *masks])  # blunders: no datum explains them
    if not all(_clearly_fewer(masks[best] & ~nowhere, mask & ~nowhere) for mask in rivals):
        return None
    return Census(present, others[best], len(xy), int(outside.sum()), int(masks[best].sum()))


def _plain(reading: Reading) -> Reading:
    """Return a reading without its datum offset."""
    if not reading.crs.offset:
        return reading
    degrees = reading.crs.is_geographic
    return replace(reading, crs=parse_crs("EPSG:4490") if degrees else parse_crs(reading.crs.system))


def _clearly_fewer(few: Bools, many: Bools) -> bool:
    """Return whether the fall from one number of points outside to another cannot be chance."""
    less, more = int(few.sum()), int(many.sum())
    return more - less >= max(LEAST_POINTS, LEAST_FALL * len(few)) and less < LEFT_PART * more


def _outside(xy: Floats, reading: Reading, target: Crs, communities: NDArray[np.object_]) -> Bools:
    """Return which points lie in no community under a reading; so do those that cannot be meant so."""
    settled = reading.convert(xy, target)
    known = np.flatnonzero(np.isfinite(settled).all(axis=1))
    # The tree holds the points: each community is then prepared once and not walked again for every point.
    _, inside = shapely.STRtree(shapely.points(settled[known])).query(communities, predicate="intersects")
    outside = np.ones(len(xy), dtype=bool)
    outside[known[inside]] = False
    return outside
