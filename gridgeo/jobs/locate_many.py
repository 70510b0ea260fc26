"""Job: many coordinates → their grids, in one system that is stated or cannot be mistaken.

In: coordinates and a `Lookup`. Out: `Located`, in the order handed in. A single question may be answered with a doubt
(`gridgeo.jobs.locate`); a batch may not: where the system is not clear, or x and y are swapped, it is refused as a
whole. Next: `gridgeo.api.batch`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridgeo.crs import parse_crs, prefixed_epsg, to_city, zone_prefix
from gridgeo.errors import InputError
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.assign import METHODS
from gridgeo.locate.coordinate import EXTENT_MARGIN_M

__all__ = ["Located", "locate_many"]

LOOKED_AT = 1000
"""Points that are asked whether their axes are swapped."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Where points lie."""

    rows: NDArray[np.int32]
    """(n,) rows of the index, -1 without a grid."""
    methods: NDArray[np.int8]
    """(n,) places in `gridgeo.locate.assign.METHODS`."""
    distance_m: Floats
    """(n,) 0 in or on the border of a grid, NaN without one."""
    datum: str
    """The system in which the coordinates were read."""


def locate_many(x: Floats, y: Floats, lookup: Lookup, *, datum: str | None = None, nearest_m: float = 0.0) -> Located:
    """Find the grid of every point.

    Parameters
    ----------
    x, y : ndarray of float, (n,)
        Longitude and latitude, or easting and northing; what is not finite has no grid.
    lookup : Lookup
    datum : str, keyword-only, optional
        "CGCS2000", "GCJ-02", "BD-09" or "EPSG:…"; may be left out for metres, never for degrees.
    nearest_m : float, keyword-only
        Points outside go to the nearest grid within this distance; 0 leaves them without a grid.

    Raises
    ------
    InputError
        If degrees come without a datum, or x and y are swapped.
    CRSError
        If the datum is unknown or cannot be converted.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    system = datum or _metres(x[finite], y[finite], lookup.index.crs)
    east, north = _to_city(x, y, system, lookup.index.crs)
    _refuse_swapped((x, y), (east, north), system, lookup)
    rows, on_border = lookup.index.covering(east, north)
    rows = rows.astype(np.int32, copy=False)
    finite &= np.isfinite(east) & np.isfinite(north)
    methods = np.where(finite, METHODS.index("outside"), METHODS.index("none")).astype(np.int8)
    methods[rows >= 0] = METHODS.index("inside")
    methods[on_border] = METHODS.index("border")
    distance_m = np.where(rows >= 0, 0.0, np.nan)
    left = np.flatnonzero(finite & (rows < 0)) if nearest_m > 0 else ()
    if len(left):
        rows[left], distance_m[left] = lookup.index.nearest(east[left], north[left], within_m=nearest_m)
        methods[left[rows[left] >= 0]] = METHODS.index("nearest")
    return Located(rows, methods, distance_m, system)


def _metres(x: Floats, y: Floats, city_crs: str) -> str:
    """Return the system of coordinates whose datum was not stated; degrees are refused."""
    if not len(x):
        return city_crs
    if 2 * np.count_nonzero((np.abs(x) <= 180) & (np.abs(y) <= 180)) > len(x):
        raise InputError(
            f"these coordinates are degrees (the first is {x[0]:.10g}, {y[0]:.10g}) and their datum decides which grid "
            "they are in: say datum=CGCS2000, GCJ-02 or BD-09"
        )
    zone = zone_prefix(x)
    return city_crs if zone is None else prefixed_epsg(zone)


def _to_city(x: Floats, y: Floats, system: str, city_crs: str) -> tuple[Floats, Floats]:
    """Bring points into the city's system; nothing is copied where they are in it."""
    known, city = parse_crs(system), parse_crs(city_crs)
    if not known.offset and known.system == city.system:
        return x, y
    return to_city(x, y, known, city)


def _refuse_swapped(given: tuple[Floats, Floats], read: tuple[Floats, Floats], system: str, lookup: Lookup) -> None:
    """Refuse points of which few lie near the layer, but most do once x and y are swapped."""
    x, y = given
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    some = known[:: max(1, len(known) // LOOKED_AT)]
    if not len(some) or _near(read[0][some], read[1][some], lookup).mean() >= 0.5:
        return
    if _near(*_to_city(y[some], x[some], system, lookup.index.crs), lookup).mean() > 0.5:
        first = some[0]
        raise InputError(
            f"x and y are swapped: the first point, x={x[first]:.10g}, y={y[first]:.10g}, lies in the layer only the "
            "other way round; x is longitude or easting, y is latitude or northing"
        )


def _near(east: Floats, north: Floats, lookup: Lookup) -> NDArray[np.bool_]:
    """Tell which points lie within the layer's extent or not far from it."""
    left, bottom, right, top = lookup.index.bounds
    margin = EXTENT_MARGIN_M
    across = (left - margin <= east) & (east <= right + margin)
    return across & (bottom - margin <= north) & (north <= top + margin)
