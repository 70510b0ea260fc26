"""One point between systems, without the arrays that `gridgeo.crs` uses for many.

In: a point and the names of two systems. Out: the point in the other one. Called by `gridgeo.locate.coordinate` and
`gridgeo.jobs.locate`. The systems, the transformations and the formulas are those of `gridgeo.crs` and
`gridgeo.datum`; this file only leaves out what costs more than the arithmetic when there is a single point.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from gridgeo.crs import BD09, GCJ02, parse_crs, transformations
from gridgeo.kernels import njit

__all__ = ["point_from_city", "point_to_city"]

Point: TypeAlias = tuple[float, float]
Step: TypeAlias = Callable[[float, float], Point]

NOWHERE = (math.nan, math.nan)
WGS84 = "EPSG:4326"

_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_WAVE = math.pi * 3000 / 180
_BD_EAST, _BD_NORTH = 0.0065, 0.006
_STEP_DEG = 1e-11
_MAX_ROUNDS = 12
"""As in `gridgeo.datum`, where each is explained; a test compares the two point by point."""


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
    taken_off = {GCJ02: _gcj02_to_wgs84, BD09: _bd09_to_wgs84}[source.offset]
    return taken_off, *(one.transform for one in transformations(WGS84, city_crs))


@lru_cache(maxsize=64)
def _outward(crs: str, city_crs: str) -> tuple[Step, ...]:
    """Return the steps from the city's system to a plain one."""
    return tuple(one.transform for one in transformations(city_crs, crs))


@njit(cache=True, nogil=True)
def _wgs84_to_gcj02(lon: float, lat: float) -> Point:
    x, y = lon - 105.0, lat - 35.0
    wave = 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    root = math.sqrt(abs(x))
    north = wave + 20 * math.sin(math.pi * y) + 40 * math.sin(math.pi / 3 * y)
    north = (north + 160 * math.sin(math.pi / 12 * y) + 320 * math.sin(math.pi / 30 * y)) * (2 / 3)
    north += -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = wave + 20 * math.sin(math.pi * x) + 40 * math.sin(math.pi / 3 * x)
    east = (east + 150 * math.sin(math.pi / 12 * x) + 300 * math.sin(math.pi / 30 * x)) * (2 / 3)
    east += 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = math.radians(lat)
    flat = 1 - _ECCENTRICITY2 * math.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY2) / (flat * math.sqrt(flat))
    parallel_m = _AXIS_M / math.sqrt(flat) * math.cos(phi)
    return lon + math.degrees(east / parallel_m), lat + math.degrees(north / meridian_m)


@njit(cache=True, nogil=True)
def _gcj02_to_bd09(lon: float, lat: float) -> Point:
    radius = math.hypot(lon, lat) + 2e-5 * math.sin(lat * _BD_WAVE)
    angle = math.atan2(lat, lon) + 3e-6 * math.cos(lon * _BD_WAVE)
    return radius * math.cos(angle) + _BD_EAST, radius * math.sin(angle) + _BD_NORTH


@njit(cache=True, nogil=True)
def _gcj02_to_wgs84(goal_lon: float, goal_lat: float) -> Point:
    lon, lat = goal_lon, goal_lat
    for _ in range(_MAX_ROUNDS):
        got_lon, got_lat = _wgs84_to_gcj02(lon, lat)
        east, north = goal_lon - got_lon, goal_lat - got_lat
        lon, lat = lon + east, lat + north
        if not (abs(east) > _STEP_DEG or abs(north) > _STEP_DEG):
            break
    return lon, lat


@njit(cache=True, nogil=True)
def _bd09_to_wgs84(goal_lon: float, goal_lat: float) -> Point:
    lon, lat = goal_lon, goal_lat
    for _ in range(_MAX_ROUNDS):
        got_lon, got_lat = _gcj02_to_bd09(lon, lat)
        east, north = goal_lon - got_lon, goal_lat - got_lat
        lon, lat = lon + east, lat + north
        if not (abs(east) > _STEP_DEG or abs(north) > _STEP_DEG):
            break
    return _gcj02_to_wgs84(lon, lat)
