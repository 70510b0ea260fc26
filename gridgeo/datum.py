"""GCJ-02 and BD-09: the offsets that Chinese map services lay over WGS84.

In: longitude and latitude in degrees. Out: the same in another datum. Called by `gridgeo.crs`, which knows the names.

Both are public formulas; nothing official is published, and vendors' own answers differ by centimetres. Both inverses
are iterated, because the closed inverse everybody copies is off by up to 0.19 m (BD-09) and one step by up to 4 m
(GCJ-02). CGCS2000 and WGS84 differ by less than the accuracy of any grid border and are taken as equal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "in_china",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
"""Krassowsky ellipsoid, as the public GCJ-02 formula uses it."""
_BD_WAVE = np.pi * 3000 / 180
_BD_EAST, _BD_NORTH = 0.0065, 0.006
_STEP_DEG = 1e-11
"""Iteration stops when no point moves further: a micrometre."""
_MAX_ROUNDS = 12


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert WGS84 or CGCS2000 to GCJ-02 (高德, 腾讯).

    Parameters
    ----------
    lon, lat : array_like of float, (n,)
        Degrees. Callers keep to China: the formula is applied everywhere.

    Returns
    -------
    lon, lat : ndarray of float, (n,)
        Degrees, GCJ-02.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(116.377817, 39.911954)
    >>> round(float(lon), 8), round(float(lat), 8)
    (116.38404722, 39.91334546)
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    east, north = _gcj_offset(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 to WGS84, exact to a micrometre; parameters as `wgs84_to_gcj02`."""
    return _invert(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 to BD-09 (百度); parameters as `wgs84_to_gcj02`."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_WAVE)
    return radius * np.cos(angle) + _BD_EAST, radius * np.sin(angle) + _BD_NORTH


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 to GCJ-02, exact to a micrometre; parameters as `wgs84_to_gcj02`."""
    return _invert(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert WGS84 or CGCS2000 to BD-09; parameters as `wgs84_to_gcj02`."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 to WGS84, exact to a micrometre; parameters as `wgs84_to_gcj02`."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _gcj_offset(lon: Floats, lat: Floats) -> Pair:
    """Return what GCJ-02 adds to WGS84, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    wave = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = wave + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)
    north = (north + 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * (2 / 3)
    north += -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = wave + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)
    east = (east + 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * (2 / 3)
    east += 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = np.radians(lat)
    flat = 1 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY2) / (flat * np.sqrt(flat))
    parallel_m = _AXIS_M / np.sqrt(flat) * np.cos(phi)
    return np.degrees(east / parallel_m), np.degrees(north / meridian_m)


def _invert(forward: Callable[[ArrayLike, ArrayLike], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Solve ``forward(p) = (lon, lat)`` by fixed-point steps; the formulas contract by 1/100 and better."""
    goal_lon, goal_lat = np.asarray(lon, float), np.asarray(lat, float)
    lon, lat = goal_lon, goal_lat
    for _ in range(_MAX_ROUNDS):
        got_lon, got_lat = forward(lon, lat)
        east, north = goal_lon - got_lon, goal_lat - got_lat
        lon, lat = lon + east, lat + north
        moved = np.abs(np.concatenate([np.ravel(east), np.ravel(north)]))
        if not np.any(moved > _STEP_DEG):  # NaN compares false and stays NaN
            break
    return lon, lat


def in_china(lon: float, lat: float) -> bool:
    """Return whether GCJ-02 and BD-09 can be meant at a place (generous box, degrees)."""
    return 72.0 < lon < 138.0 and 0.8 < lat < 56.0
