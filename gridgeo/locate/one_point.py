"""One point between systems, without the arrays that `gridgeo.crs` uses for many.

In: a point and the names of two systems. Out: the point in the other one. Called by `gridgeo.locate.coordinate` and
`gridgeo.jobs.locate`. The systems and the transformations are those of `gridgeo.crs`, offsets are taken off by the same
compiled formulas; this file only leaves out what costs more than the arithmetic when there is a single point.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from gridgeo.crs import BD09, GCJ02, parse_crs, transformations
from gridgeo.datum_kernel import bd09_to_wgs84, gcj02_to_wgs84

__all__ = ["point_from_city", "point_to_city"]

Point: TypeAlias = tuple[float, float]
Step: TypeAlias = Callable[[float, float], Point]

NOWHERE = (math.nan, math.nan)
WGS84 = "EPSG:4326"


def point_to_city(x: float, y: float, crs: str, city_crs: str) -> Point:
    """Bring one point into the city's system; see `gridgeo.crs.to_city`.

    Raises
    ------
    CRSError
        If a name is unknown or refused, or only a ballpark transformation exists.

    Examples
    --------
    >>> x, y = point_to_city(114.0, 33.0, "CGCS2000", "EPSG:4547")
    >>> round(x, 3), round(y, 3)
    (500000.0, 3652748.043)
    """
    return _run(_inward(crs, city_crs), x, y)


def point_from_city(x: float, y: float, crs: str, city_crs: str) -> Point:
    """Bring one point of the city's system into a plain one, which has no datum offset; see `gridgeo.crs.from_city`."""
    return _run(_outward(crs, city_crs), x, y)


def _run(steps: tuple[Step, ...], x: float, y: float) -> Point:
    """Convert step by step; what cannot be converted is NaN."""
    for step in steps:
        x, y = step(x, y)
        if not (math.isfinite(x) and math.isfinite(y)):
            return NOWHERE
    return (x, y) if math.isfinite(x) and math.isfinite(y) else NOWHERE


@lru_cache(maxsize=64)
def _inward(crs: str, city_crs: str) -> tuple[Step, ...]:
    """Return the steps from a system to the city's."""
    source = parse_crs(crs)
    if not source.offset:
        return tuple(one.transform for one in transformations(source, city_crs))
    taken_off = {GCJ02: gcj02_to_wgs84, BD09: bd09_to_wgs84}[source.offset]
    return taken_off, *(one.transform for one in transformations(WGS84, city_crs))


@lru_cache(maxsize=64)
def _outward(crs: str, city_crs: str) -> tuple[Step, ...]:
    """Return the steps from the city's system to a plain one."""
    return tuple(one.transform for one in transformations(city_crs, crs))
