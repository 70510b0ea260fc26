"""Coordinate reference systems: name them, refuse the hopeless ones, convert coordinates.

In: coordinates as x, y (longitude before latitude) and the name of their system. Out: coordinates in the city's metric
system, or back. Used by `gridgeo.intake.sniff` when layers come in and wherever users send or ask for coordinates.
The datums of Chinese map services, GCJ-02 and BD-09, are names like any other here; their formulas are in
`gridgeo.datum`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike
from pyproj.exceptions import CRSError as ProjCRSError
from pyproj.exceptions import ProjError

from gridgeo.datum import (
    Pair,
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from gridgeo.errors import CRSError, UnknownCRS

__all__ = [
    "BD09",
    "GCJ02",
    "Crs",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "central_meridian",
    "from_city",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "gk_epsg",
    "in_china",
    "offset_in",
    "parse_crs",
    "prefixed_epsg",
    "require_metric",
    "to_city",
    "transformations",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
    "zone_prefix",
]

GCJ02, BD09 = "GCJ-02", "BD-09"

_FORWARD = {GCJ02: wgs84_to_gcj02, BD09: wgs84_to_bd09}
_BACKWARD = {GCJ02: gcj02_to_wgs84, BD09: bd09_to_wgs84}


@dataclass(frozen=True, slots=True)
class Crs:
    """A system that coordinates can be converted from and to."""

    name: str
    """What messages call it: "EPSG:4547", "GCJ-02" …"""
    system: pyproj.CRS
    """The proj system, two-dimensional."""
    offset: str = ""
    """"" or the datum offset that lies on top of ``system``: "GCJ-02" or "BD-09"."""

    @property
    def is_geographic(self) -> bool:
        """True where coordinates are degrees."""
        return bool(self.system.is_geographic)


_OFFSET_NAMES = {"GCJ02": GCJ02, "GCJ": GCJ02, "BD09": BD09, "BD09LL": BD09}
_PLAIN_NAMES = {"WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490"}
_OLD_DATUMS = {
    "xian 1980": "Xi'an 1980 (西安80)",
    "xian1980": "Xi'an 1980 (西安80)",
    "beijing 1954": "Beijing 1954 (北京54)",
    "new beijing": "New Beijing (新北京54)",
}
_OLD_EPSG = (
    (range(4610, 4611), "Xi'an 1980 (西安80)"),
    (range(2327, 2391), "Xi'an 1980 (西安80)"),
    (range(4214, 4215), "Beijing 1954 (北京54)"),
    (range(21413, 21464), "Beijing 1954 (北京54)"),
    (range(2401, 2443), "Beijing 1954 (北京54)"),
    (range(4555, 4556), "New Beijing (新北京54)"),
)
_WGS84_LIKE = ("china 2000", "cgcs2000", "world geodetic system 1984", "wgs 1984", "wgs84")


def parse_crs(crs: str | Crs | pyproj.CRS) -> Crs:
    """Read the name of a system.

    Parameters
    ----------
    crs : str, Crs or pyproj.CRS
        "EPSG:4547", "GCJ-02", "BD-09", "WGS84", "CGCS2000" (any case, with or without hyphen), WKT, or a pyproj CRS;
        "GCJ-02 (EPSG:4547)" are metres that were made from GCJ-02 degrees.

    Returns
    -------
    Crs

    Raises
    ------
    CRSError
        If the name is unknown, or names Xi'an 1980 or Beijing 1954, which cannot be converted honestly.
    """
    if isinstance(crs, Crs):
        return crs
    if isinstance(crs, pyproj.CRS):
        return _known(crs, _name_of(crs))
    word = crs.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
    if word in _OFFSET_NAMES:
        return Crs(_OFFSET_NAMES[word], _from_text("EPSG:4326"), _OFFSET_NAMES[word])
    offset, _, below = word.removesuffix(")").partition("(")
    if offset in _OFFSET_NAMES and below.startswith("EPSG:"):
        return offset_in(_known(_from_text(below), below), _OFFSET_NAMES[offset])
    system = _from_text(_PLAIN_NAMES.get(word, crs.strip()))
    return _known(system, _name_of(system))


def offset_in(crs: Crs, offset: str) -> Crs:
    """Return the system of coordinates that were converted to one although they stood on GCJ-02 or BD-09."""
    return Crs(offset if crs.is_geographic else f"{offset} ({crs.name})", crs.system, offset)


@lru_cache(maxsize=64)
def _from_text(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except ProjCRSError:
        raise UnknownCRS(
            f"{text!r} is not a coordinate reference system: write 'EPSG:' and a number, CGCS2000, GCJ-02 or BD-09"
        ) from None


def _name_of(system: pyproj.CRS) -> str:
    """Return "EPSG:…" where proj is sure, else the name written in the file."""
    epsg = system.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(system.name)


def _known(system: pyproj.CRS, name: str) -> Crs:
    """Return the horizontal part of a system, or refuse it."""
    if system.is_compound:
        system = system.sub_crs_list[0]
    old = _old_datum(system)
    if old:
        raise CRSError(
            f"{name}: coordinates on {old} cannot be converted to CGCS2000 without the secret local parameters, only a "
            "ballpark transformation (tens of metres off) exists; ask the surveying office (测绘部门) for the layer "
            "already transformed to CGCS2000"
        )
    if not (system.is_geographic or system.is_projected):
        raise CRSError(
            f"{name} is neither geographic nor projected and cannot be converted: "
            "ask for the layer in CGCS2000, or state its EPSG code"
        )
    return Crs(name, system.to_2d())


def _old_datum(system: pyproj.CRS) -> str:
    """Return the name of the abolished Chinese datum that a system stands on, or an empty text."""
    epsg = system.to_epsg() or 0
    for codes, name in _OLD_EPSG:
        if epsg in codes:
            return name
    written = _datum_name(system)
    return next((name for word, name in _OLD_DATUMS.items() if word in written), "")


def _datum_name(system: pyproj.CRS) -> str:
    """Return a system's datum and geographic base in plain lower case: Esri and EPSG spell them differently."""
    geodetic = system.geodetic_crs
    names = [geodetic.datum.name if geodetic and geodetic.datum else "", geodetic.name if geodetic else ""]
    return " ".join(names).lower().replace("_", " ").replace("'", "")


def is_wgs84_like(crs: Crs) -> bool:
    """Return whether a system stands on WGS84 or CGCS2000, which are taken as equal."""
    name = _datum_name(crs.system)
    return any(word in name for word in _WGS84_LIKE)


@lru_cache(maxsize=256)
def _transformer(source: Crs, target: Crs) -> pyproj.Transformer:
    """Return the transformation between two systems; a null shift is allowed only between WGS84 and CGCS2000."""
    equal = is_wgs84_like(source) and is_wgs84_like(target)
    try:
        return pyproj.Transformer.from_crs(source.system, target.system, always_xy=True, allow_ballpark=equal)
    except ProjError:
        raise CRSError(
            f"no transformation from {source.name} to {target.name} is known apart from a ballpark one: "
            "ask for the layer in the city's own system"
        ) from None


def _legs(source: Crs, target: Crs) -> list[tuple[Crs, Crs]]:
    """Return the conversions to run: registries relate local datums to WGS84, hardly ever to CGCS2000."""
    if is_wgs84_like(source) == is_wgs84_like(target):
        return [(source, target)]
    wgs84 = parse_crs("EPSG:4326")
    return [(source, wgs84), (wgs84, target)]


def transformations(crs: str | Crs | pyproj.CRS, city_crs: str | Crs | pyproj.CRS) -> list[pyproj.Transformer]:
    """Return the transformations to run one after the other between two systems, datum offsets apart.

    Raises
    ------
    CRSError
        If a name is unknown or refused, or only a ballpark transformation exists.
    """
    legs = _legs(parse_crs(crs), parse_crs(city_crs))
    return [_transformer(start, end) for start, end in legs if start.system != end.system]


def _convert(x: ArrayLike, y: ArrayLike, source: Crs, target: Crs) -> Pair:
    """Convert between systems without offsets; what cannot be converted becomes NaN."""
    east, north = np.array(x, float), np.array(y, float)
    for one in transformations(source, target):
        east, north = (np.asarray(values, float) for values in one.transform(east, north))
    lost = ~(np.isfinite(east) & np.isfinite(north))
    return np.where(lost, np.nan, east), np.where(lost, np.nan, north)


def to_city(x: ArrayLike, y: ArrayLike, crs: str | Crs | pyproj.CRS, city_crs: str | Crs | pyproj.CRS) -> Pair:
    """Bring coordinates into the city's system.

    Parameters
    ----------
    x, y : array_like of float, (n,)
        Longitude, latitude or easting, northing, in that order.
    crs : str, Crs or pyproj.CRS
        Their system; "GCJ-02" and "BD-09" are understood.
    city_crs : str, Crs or pyproj.CRS
        The city's system.

    Returns
    -------
    x, y : ndarray of float, (n,)
        In the city's system; NaN where a coordinate cannot be converted.

    Raises
    ------
    CRSError
        If a name is unknown or refused, or only a ballpark transformation exists.
    """
    source, target = parse_crs(crs), parse_crs(city_crs)
    if source.offset:
        wgs84 = parse_crs("EPSG:4326")
        x, y = _BACKWARD[source.offset](*_degrees(x, y, source, wgs84))
        source = wgs84
    return _convert(x, y, source, target)


def _degrees(x: ArrayLike, y: ArrayLike, source: Crs, wgs84: Crs) -> Pair:
    """Return what lies under an offset as degrees; nothing is copied where it is in degrees."""
    if transformations(source, wgs84):
        return _convert(x, y, source, wgs84)
    return np.asarray(x, float), np.asarray(y, float)


def from_city(x: ArrayLike, y: ArrayLike, crs: str | Crs | pyproj.CRS, city_crs: str | Crs | pyproj.CRS) -> Pair:
    """Bring coordinates of the city's system into another one; the inverse of `to_city`, same parameters."""
    target, city = parse_crs(crs), parse_crs(city_crs)
    if not target.offset:
        return _convert(x, y, city, target)
    wgs84 = parse_crs("EPSG:4326")
    lon, lat = _FORWARD[target.offset](*_convert(x, y, city, wgs84))
    return _convert(lon, lat, wgs84, target)


def require_metric(crs: str | Crs | pyproj.CRS, what: str = "the city") -> Crs:
    """Return a system after making sure that lengths and areas in it are metres.

    Parameters
    ----------
    crs : str, Crs or pyproj.CRS
    what : str
        Whose system it is, for the message.

    Returns
    -------
    Crs

    Raises
    ------
    CRSError
        If the system is geographic, not in metres, a web map projection, or a datum offset.
    """
    known = parse_crs(crs)
    advice = "take the local 3-degree CGCS2000 zone, such as EPSG:4547 for 112.5-115.5 degrees east"
    if known.offset or not known.system.is_projected:
        raise CRSError(f"{what}: {known.name} is not metric, lengths and areas need a projected system: {advice}")
    units = {axis.unit_name for axis in known.system.axis_info}
    if units != {"metre"}:
        raise CRSError(f"{what}: {known.name} counts in {', '.join(sorted(units))}, not in metres: {advice}")
    if "pseudo mercator" in _method(known):
        raise CRSError(f"{what}: {known.name} stretches areas (by 1.4 at 34 degrees north): {advice}")
    return known


def _method(crs: Crs) -> str:
    """Return the name of a projection's method in lower case, empty for a geographic system."""
    operation = crs.system.coordinate_operation if crs.system.is_projected else None
    return str(operation.method_name).lower() if operation else ""


_ZONES_3_DEGREES = range(25, 46)
_ZONES_6_DEGREES = range(13, 24)


def zone_prefix(easting: ArrayLike) -> int | None:
    """Return the Gauss-Krüger zone number that eastings carry in front, or None.

    Parameters
    ----------
    easting : array_like of float, (n,)
        Metres, such as 38501856.74 (zone 38).

    Returns
    -------
    int or None
        3-degree zone 25-45 or 6-degree zone 13-23, if 99 % of the finite eastings carry that number.
    """
    values = np.asarray(easting, float)
    values = values[np.isfinite(values)]
    if not len(values) or values.max() < _ZONES_6_DEGREES[0] * 1e6:  # far cheaper than the median
        return None
    zone = int(np.clip(np.median(values) // 1e6, -1, 99))
    known = zone in _ZONES_3_DEGREES or zone in _ZONES_6_DEGREES
    return zone if known and np.mean(values // 1e6 == zone) >= 0.99 else None


def prefixed_epsg(zone: int) -> str:
    """Return the CGCS2000 system whose eastings carry a zone number: 38 gives EPSG:4526."""
    if zone in _ZONES_3_DEGREES:
        return f"EPSG:{4513 + zone - 25}"
    if zone in _ZONES_6_DEGREES:
        return f"EPSG:{4491 + zone - 13}"
    raise CRSError(f"{zone} is not a Gauss-Krüger zone of China: 13-23 (6 degrees) and 25-45 (3 degrees) are")


def gk_epsg(meridian: int) -> str:
    """Return the 3-degree CGCS2000 system without zone number around a central meridian: 114 gives EPSG:4547."""
    if meridian % 3 or not 75 <= meridian <= 135:
        raise CRSError(f"{meridian} is not a central meridian of a 3-degree zone of China (75, 78 … 135)")
    return f"EPSG:{4534 + (meridian - 75) // 3}"


def central_meridian(crs: str | Crs | pyproj.CRS) -> float | None:
    """Return the central meridian of a transverse Mercator system in degrees, or None for any other."""
    known = parse_crs(crs)
    operation = known.system.coordinate_operation
    if operation is None or "transverse mercator" not in _method(known):
        return None
    return next((float(p.value) for p in operation.params if p.name == "Longitude of natural origin"), None)
