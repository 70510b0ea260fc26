"""GCJ-02 and BD-09, compiled: the arithmetic of `gridgeo.datum` for one point and for many.

In: longitude and latitude in degrees. Out: the same in another datum. Called by `gridgeo.datum` (arrays) and
`gridgeo.locate.one_point`; both run the same instructions, so that they agree to the last bit.

The public formulas ask for twelve sines and cosines of multiples of one angle per axis. Here there is one of each per
axis, and the multiples come of it by the addition theorems. Inverses are Newton's steps with the exact derivatives (but
for what changes them by a millionth): two are enough where the formula is smooth. Loops over points have no branch, so
that the compiler takes four or eight points at a time; what two steps do not settle (beside 105 degrees east, where the
square root of GCJ-02 has a cusp, and far from China) is gone over again with as many as it needs.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit

__all__ = [
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "many_bd09_to_gcj02",
    "many_gcj02_to_bd09",
    "many_gcj02_to_wgs84",
    "many_wgs84_to_gcj02",
    "wgs84_to_gcj02",
]

Floats: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[float, float]
Turn: TypeAlias = tuple[float, float]
"""Sine and cosine of an angle."""
Change: TypeAlias = tuple[float, float, float, float]
"""Of east by longitude and by latitude, and of north by both, beyond one degree per degree."""

AXIS_M = 6378245.0
ECCENTRICITY2 = 0.00669342162296594323
"""Krassowsky ellipsoid, as the public GCJ-02 formula uses it."""
BD_EAST, BD_NORTH = 0.0065, 0.006
BD_RADIUS, BD_ANGLE = 2e-5, 3e-6
BD_TURNS = 3000 / 360
"""Turns of BD-09's wave per degree."""
BD_WAVE = math.pi * 3000 / 180

ENOUGH_DEG = 1e-11
"""Steps end when none is longer: a micrometre."""
SQUARED_DEG = 3e-6
"""A second step of this length leaves less than `ENOUGH_DEG`, as the errors of Newton's steps are squared."""
CUSP_DEG = 5e-3
"""So near to 105 degrees east they are not."""
MOST_STEPS = 12
MOST_LAT, MOST_LON = 75.0, 360.0
"""Degrees; beyond, a formula that was made for China has no inverse to rely on, and there is no answer (NaN)."""

BLOCK = 1024
"""Points that wait in the processor's cache until it is known which of them need more steps."""

M_PER_DEG = AXIS_M * math.pi / 180
WAVES = 2 / 3
SIN_105, COS_105 = math.sin(math.radians(105)), math.cos(math.radians(105))
NEAREST = 6755399441055744.0
"""Adding and taking away 1.5 * 2**52 rounds to a whole number, on every processor."""

_S3, _S5, _S7, _S9 = -1 / 6, 1 / 120, -1 / 5040, 1 / 362880
_S11, _S13, _S15 = -1 / 39916800, 1 / 6227020800, -1 / 1307674368000
_C2, _C4, _C6, _C8, _C10 = -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800
_C12, _C14, _C16 = 1 / 479001600, -1 / 87178291200, 1 / 20922789888000
"""Taylor's series: up to 45 degrees the first term left out is less than the last bit."""


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _doubled(turn: Turn) -> Turn:
    return 2 * turn[0] * turn[1], 1 - 2 * turn[0] * turn[0]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _sum(one: Turn, two: Turn) -> Turn:
    return one[0] * two[1] + one[1] * two[0], one[1] * two[1] - one[0] * two[0]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _turn(turns: float) -> Turn:
    """Return sine and cosine of a number of whole turns."""
    a = (turns - ((turns + NEAREST) - NEAREST)) * (math.pi / 2)  # a quarter of the angle, at most 45 degrees
    q = a * a
    sine = a * (1 + q * (_S3 + q * (_S5 + q * (_S7 + q * (_S9 + q * (_S11 + q * (_S13 + q * _S15)))))))
    cosine = 1 + q * (_C2 + q * (_C4 + q * (_C6 + q * (_C8 + q * (_C10 + q * (_C12 + q * (_C14 + q * _C16)))))))
    return _doubled(_doubled((sine, cosine)))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _gcj(lon: float, lat: float) -> tuple[float, float, Change]:
    """Return what GCJ-02 adds to WGS84, east and north in degrees, and how each changes per degree east and north."""
    x, y = lon - 105.0, lat - 35.0
    phi = _turn(lat / 360)
    # angles are named by what they are of pi x and pi y
    x_60 = _turn(x / 120)
    x_30 = _doubled(x_60)
    x_15 = _doubled(x_30)
    x_12 = _sum(x_15, x_60)
    x_6 = _doubled(x_12)
    x_3 = _doubled(x_6)
    x_1 = _sum(_doubled(x_3), x_3)
    x_2 = _doubled(x_1)
    x_times_6 = _sum(_doubled(x_2), x_2)
    y_60 = _sum(_sum(_doubled(phi), phi), (-SIN_105, COS_105))  # pi y / 60 is three times phi less 35 degrees
    y_30 = _doubled(y_60)
    y_12 = _sum(_doubled(y_30), y_60)
    y_3 = _doubled(_doubled(y_12))
    y_1 = _sum(_doubled(y_3), y_3)
    size = abs(x)
    root = math.sqrt(size)
    slope = 0.5 * x / (size * root + 1e-9)  # of the root; damped beside its cusp
    wave = 20 * x_times_6[0] + 20 * x_2[0]
    wave_x = math.pi * (120 * x_times_6[1] + 40 * x_2[1])
    north = WAVES * (wave + 20 * y_1[0] + 40 * y_3[0] + 160 * y_12[0] + 320 * y_30[0])
    north += -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_x = WAVES * wave_x + 2 + 0.1 * y + 0.2 * slope
    north_y = WAVES * math.pi * (20 * y_1[1] + (40 / 3) * y_3[1] + (160 / 12) * y_12[1] + (320 / 30) * y_30[1])
    north_y += 3 + 0.4 * y + 0.1 * x
    east = WAVES * (wave + 20 * x_1[0] + 40 * x_3[0] + 150 * x_12[0] + 300 * x_30[0])
    east += 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_x = WAVES * (wave_x + math.pi * (20 * x_1[1] + (40 / 3) * x_3[1] + (150 / 12) * x_12[1] + 10 * x_30[1]))
    east_x += 1 + 0.2 * x + 0.1 * y + 0.1 * slope
    east_y = 2 + 0.1 * x
    flat = 1 - ECCENTRICITY2 * phi[0] * phi[0]
    bent = math.sqrt(flat)
    per_m_north = flat * bent / (M_PER_DEG * (1 - ECCENTRICITY2))
    per_m_east = bent / (M_PER_DEG * phi[1])
    east_y += east * phi[0] / phi[1] * (math.pi / 180)  # parallels grow shorter
    return (
        east * per_m_east, north * per_m_north,
        (east_x * per_m_east, east_y * per_m_east, north_x * per_m_north, north_y * per_m_north),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _bd(lon: float, lat: float) -> tuple[float, float, Change]:
    """Return BD-09 of GCJ-02 in degrees, and what each degree east and north adds to it beyond one degree."""
    radius = math.sqrt(lon * lon + lat * lat)
    each = 1 / (radius if radius > 1e-300 else 1e-300)  # not max(), which asks for NaN
    wave_x, wave_y = _turn(lon * BD_TURNS), _turn(lat * BD_TURNS)
    longer = 1 + BD_RADIUS * wave_y[0] * each
    angle = BD_ANGLE * wave_x[1]  # so small that two terms of sine and cosine are exact
    cosine, sine = 1 - 0.5 * angle * angle, angle
    across, along = lon * cosine - lat * sine, lon * sine + lat * cosine
    turning = -BD_ANGLE * BD_WAVE * wave_x[0]
    growing = BD_RADIUS * BD_WAVE * wave_y[1] * each
    return (
        longer * across + BD_EAST, longer * along + BD_NORTH,
        (-along * turning, across * growing - sine, across * turning + sine, along * growing),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _step(east: float, north: float, change: Change) -> Point:
    """Solve ``[[1 + a, b], [c, 1 + d]] step = (east, north)`` for a change (a, b, c, d)."""
    a, b, c, d = change
    each = 1 / ((1 + a) * (1 + d) - b * c)
    return ((1 + d) * east - b * north) * each, ((1 + a) * north - c * east) * each


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _gcj_step(lon: float, lat: float, goal_lon: float, goal_lat: float) -> Point:
    east, north, change = _gcj(lon, lat)
    return _step(goal_lon - lon - east, goal_lat - lat - north, change)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _bd_step(lon: float, lat: float, goal_lon: float, goal_lat: float) -> Point:
    got_lon, got_lat, change = _bd(lon, lat)
    return _step(goal_lon - got_lon, goal_lat - got_lat, change)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _invertible(lon: float, lat: float) -> float:
    """Return a longitude, NaN where there is no way back."""
    return lon if (abs(lat) <= MOST_LAT) & (abs(lon) <= MOST_LON) else math.nan


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _gcj_twice(goal_lon: float, goal_lat: float) -> tuple[float, float, float]:
    """Take two steps; the third value is positive unless they are enough, and NaN without an answer."""
    goal_lon = _invertible(goal_lon, goal_lat)
    east, north = _gcj_step(goal_lon, goal_lat, goal_lon, goal_lat)
    lon, lat = goal_lon + east, goal_lat + north
    east, north = _gcj_step(lon, lat, goal_lon, goal_lat)
    at_cusp = 1.0 if abs(lon - 105.0) < CUSP_DEG else 0.0  # added: chosen last, it would be a branch
    return lon + east, lat + north, abs(east) + abs(north) - SQUARED_DEG + at_cusp


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _bd_twice(goal_lon: float, goal_lat: float) -> tuple[float, float, float]:
    """The same for BD-09."""
    goal_lon = _invertible(goal_lon, goal_lat)
    lon, lat = goal_lon - BD_EAST, goal_lat - BD_NORTH
    east, north = _bd_step(lon, lat, goal_lon, goal_lat)
    lon, lat = lon + east, lat + north
    east, north = _bd_step(lon, lat, goal_lon, goal_lat)
    return lon + east, lat + north, abs(east) + abs(north) - SQUARED_DEG


@njit(cache=True, nogil=True, error_model="numpy")
def _gcj_slowly(goal_lon: float, goal_lat: float) -> Point:
    lon, lat = goal_lon, goal_lat
    for _ in range(MOST_STEPS):
        east, north = _gcj_step(lon, lat, goal_lon, goal_lat)
        lon, lat = lon + east, lat + north
        if not (abs(east) > ENOUGH_DEG or abs(north) > ENOUGH_DEG):  # NaN compares false and stays NaN
            break
    return lon, lat


@njit(cache=True, nogil=True, error_model="numpy")
def _bd_slowly(goal_lon: float, goal_lat: float) -> Point:
    lon, lat = goal_lon - BD_EAST, goal_lat - BD_NORTH
    for _ in range(MOST_STEPS):
        east, north = _bd_step(lon, lat, goal_lon, goal_lat)
        lon, lat = lon + east, lat + north
        if not (abs(east) > ENOUGH_DEG or abs(north) > ENOUGH_DEG):
            break
    return lon, lat


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def wgs84_to_gcj02(lon: float, lat: float) -> Point:
    """Convert one point, degrees."""
    east, north, _ = _gcj(lon, lat)
    return lon + east, lat + north


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def gcj02_to_bd09(lon: float, lat: float) -> Point:
    """Convert one point, degrees."""
    east, north, _ = _bd(lon, lat)
    return east, north


@njit(cache=True, nogil=True, error_model="numpy")
def gcj02_to_wgs84(lon: float, lat: float) -> Point:
    """Convert one point, degrees, exact to a micrometre."""
    out_lon, out_lat, left = _gcj_twice(lon, lat)
    return _gcj_slowly(lon, lat) if left > 0 else (out_lon, out_lat)


@njit(cache=True, nogil=True, error_model="numpy")
def bd09_to_gcj02(lon: float, lat: float) -> Point:
    """Convert one point, degrees, exact to a micrometre."""
    out_lon, out_lat, left = _bd_twice(lon, lat)
    return _bd_slowly(lon, lat) if left > 0 else (out_lon, out_lat)


@njit(cache=True, nogil=True, error_model="numpy")
def bd09_to_wgs84(lon: float, lat: float) -> Point:
    """Convert one point, degrees, exact to a micrometre."""
    lon, lat = bd09_to_gcj02(lon, lat)
    return gcj02_to_wgs84(lon, lat)


@njit(cache=True, nogil=True, error_model="numpy")
def many_wgs84_to_gcj02(lon: Floats, lat: Floats, out_lon: Floats, out_lat: Floats) -> None:
    """Convert points, degrees; the results may not overlap what is given."""
    for i in range(len(lon)):
        out_lon[i], out_lat[i] = wgs84_to_gcj02(lon[i], lat[i])


@njit(cache=True, nogil=True, error_model="numpy")
def many_gcj02_to_bd09(lon: Floats, lat: Floats, out_lon: Floats, out_lat: Floats) -> None:
    """Convert points, as `many_wgs84_to_gcj02`."""
    for i in range(len(lon)):
        out_lon[i], out_lat[i] = gcj02_to_bd09(lon[i], lat[i])


@njit(cache=True, nogil=True, error_model="numpy")
def many_gcj02_to_wgs84(lon: Floats, lat: Floats, out_lon: Floats, out_lat: Floats) -> None:
    """Convert points, as `many_wgs84_to_gcj02`, exact to a micrometre."""
    left = np.empty(BLOCK)
    for start in range(0, len(lon), BLOCK):
        part = slice(start, start + BLOCK)
        x, y, out_x, out_y = lon[part], lat[part], out_lon[part], out_lat[part]
        for i in range(len(x)):
            out_x[i], out_y[i], left[i] = _gcj_twice(x[i], y[i])
        for i in range(len(x)):
            if left[i] > 0:
                out_x[i], out_y[i] = _gcj_slowly(x[i], y[i])


@njit(cache=True, nogil=True, error_model="numpy")
def many_bd09_to_gcj02(lon: Floats, lat: Floats, out_lon: Floats, out_lat: Floats) -> None:
    """Convert points, as `many_wgs84_to_gcj02`, exact to a micrometre."""
    left = np.empty(BLOCK)
    for start in range(0, len(lon), BLOCK):
        part = slice(start, start + BLOCK)
        x, y, out_x, out_y = lon[part], lat[part], out_lon[part], out_lat[part]
        for i in range(len(x)):
            out_x[i], out_y[i], left[i] = _bd_twice(x[i], y[i])
        for i in range(len(x)):
            if left[i] > 0:
                out_x[i], out_y[i] = _bd_slowly(x[i], y[i])
