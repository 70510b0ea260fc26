"""GCJ-02 and BD-09: the offsets that Chinese map services lay over WGS84.

In: longitude and latitude in degrees. Out: the same in another datum. Called by `gridgeo.crs`, which knows the names;
the arithmetic is in `gridgeo.datum_kernel`.

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

Kernel = Callable[[Floats, Floats, Floats, Floats], None]


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
    return _converted("many_wgs84_to_gcj02", lon, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 to WGS84, exact to a micrometre; parameters as `wgs84_to_gcj02`.

    Beyond 75 degrees of latitude the formula has no inverse to rely on: NaN.
    """
    return _converted("many_gcj02_to_wgs84", lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 to BD-09 (百度); parameters as `wgs84_to_gcj02`."""
    return _converted("many_gcj02_to_bd09", lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 to GCJ-02, exact to a micrometre; parameters and limit as `gcj02_to_wgs84`."""
    return _converted("many_bd09_to_gcj02", lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert WGS84 or CGCS2000 to BD-09; parameters as `wgs84_to_gcj02`."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 to WGS84, exact to a micrometre; parameters and limit as `gcj02_to_wgs84`."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _converted(name: str, lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Run one of the compiled loops over coordinates of any shape."""
    from gridgeo import datum_kernel  # noqa: PLC0415 - numba loads slowly, and few commands meet an offset

    one, two = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
    # a loop is compiled for plain arrays that may be written to; what Arrow hands over may not
    flat = [np.require(values.ravel(), float, ["C", "W"]) for values in (one, two)]
    out = np.empty((2, one.size))
    run: Kernel = getattr(datum_kernel, name)
    run(*flat, *out)
    return out[0].reshape(one.shape)[()], out[1].reshape(one.shape)[()]


def in_china(lon: float, lat: float) -> bool:
    """Return whether GCJ-02 and BD-09 can be meant at a place (generous box, degrees)."""
    return 72.0 < lon < 138.0 and 0.8 < lat < 56.0
