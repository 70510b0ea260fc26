"""The ways in which a file's bare coordinates may be meant.

In: the system a file declares, if any, and a sample of its coordinates. Out: `Reading`s, most likely first. Next:
`gridgeo.intake.sniff` tests them against the community layer, `gridgeo.locate.datum` against the names in addresses.
Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridgeo.crs import (
    BD09,
    GCJ02,
    Crs,
    central_meridian,
    gk_epsg,
    is_wgs84_like,
    offset_in,
    parse_crs,
    prefixed_epsg,
    to_city,
)
from gridgeo.crs import zone_prefix as find_zone

__all__ = ["Reading", "datum_readings", "looks_like_degrees", "possible_readings"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read coordinates."""

    crs: Crs
    swapped: bool = False
    """True: the file holds y before x."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.crs.name}{' with x and y exchanged' if self.swapped else ''}"

    def convert(self, xy: Floats, target: Crs) -> Floats:
        """Return coordinates, (n, 2), in another system; NaN where they cannot be meant so."""
        x, y = (xy[:, 1], xy[:, 0]) if self.swapped else (xy[:, 0], xy[:, 1])
        if self.crs.is_geographic:
            sane = (np.abs(x) <= 180) & (np.abs(y) <= 90)
            x, y = np.where(sane, x, np.nan), np.where(sane, y, np.nan)
        return np.column_stack(to_city(x, y, self.crs, target))


def possible_readings(declared: Crs | None, xy: Floats, city: Crs, *, neighbours: bool) -> list[Reading]:
    """List the readings that the size of the coordinates allows.

    Parameters
    ----------
    declared : Crs or None
        What the file says; it comes first.
    xy : ndarray, (n, 2)
        Sample of the coordinates as stored.
    city : Crs
        The city's metric system.
    neighbours : bool, keyword-only
        Whether the 3-degree zones next to the city's are considered.

    Returns
    -------
    list of Reading
        Without repetition.
    """
    systems = _degree_systems(city) if looks_like_degrees(xy) else _metric_systems(xy, city, neighbours)
    distinct: list[Crs] = [] if declared is None else [declared]
    for crs in systems:
        if not any(_alike(crs, other) for other in distinct):
            distinct.append(crs)
    return [Reading(crs, swapped) for swapped in (False, True) for crs in distinct]


def _alike(one: Crs, other: Crs) -> bool:
    """Return whether two systems put coordinates at the same place."""
    degrees = one.is_geographic and other.is_geographic and is_wgs84_like(one) and is_wgs84_like(other)
    return degrees or one.system == other.system


def looks_like_degrees(xy: Floats) -> bool:
    """Return whether coordinates are of the size of degrees."""
    return bool(len(xy)) and bool(np.mean(np.abs(xy).max(axis=1) <= 180) >= 0.98)


def _degree_systems(city: Crs) -> list[Crs]:
    """Return the geographic system that degrees are meant in: CGCS2000 in a CGCS2000 city, else WGS84."""
    chinese = "2000" in str(city.system.geodetic_crs and city.system.geodetic_crs.name)
    return [parse_crs("EPSG:4490" if chinese else "EPSG:4326")]


def _metric_systems(xy: Floats, city: Crs, neighbours: bool) -> list[Crs]:
    """Return the projected systems that eastings of this size are meant in."""
    names = [city.name]
    names += [prefixed_epsg(zone) for zone in map(find_zone, xy.T) if zone is not None]
    meridian = central_meridian(city)
    if neighbours and meridian is not None and is_wgs84_like(city):
        near = (round(meridian / 3) * 3 + step for step in (0, -3, 3))
        names += [gk_epsg(value) for value in near if 75 <= value <= 135]
    systems = [city, *(parse_crs(name) for name in names[1:])]
    return [*systems, parse_crs("EPSG:3857")]


def datum_readings(reading: Reading) -> list[Reading]:
    """Return a reading as it is, and with GCJ-02 or BD-09 in truth; only WGS84 and CGCS2000 are ever mistaken."""
    if reading.crs.offset or not is_wgs84_like(reading.crs):
        return [reading]
    variants = [replace(reading, crs=offset_in(reading.crs, offset)) for offset in (GCJ02, BD09)]
    return [reading, *variants]
