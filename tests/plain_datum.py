"""GCJ-02 and BD-09 as the public formulas stand, in numpy: what `gridgeo.datum_kernel` is compared with.

Inverses by fixed-point steps. From 76 degrees of latitude on they run away.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    east, north = _gcj_offset(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _invert(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_WAVE)
    return radius * np.cos(angle) + _BD_EAST, radius * np.sin(angle) + _BD_NORTH


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _invert(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
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
