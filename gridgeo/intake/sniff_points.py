"""Bring the coordinates of a register into the city CRS, and notice when they are not what the city file states.

In: x and y as a file holds them. Out: the same in the city CRS, NaN where there is no place, and findings. Called by
`gridgeo.intake.read` through `gridgeo.intake.sniff`. Points have no borders to prove GCJ-02 or BD-09 with; what they
have is their number: `gridgeo.intake.sniff_census` counts those outside all communities under each datum. A clear count
decides an "auto" register and only warns about a stated one; without it, "auto" is the city's own datum, with a note.
A shift that the city file states is told and done last; until then the communities are moved back by as much.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgeo.city import City
from gridgeo.crs import Crs, in_china, parse_crs
from gridgeo.intake import sniff_text as text
from gridgeo.intake.borders import Reference
from gridgeo.intake.frame import Frame, Source, frame_of, require_china
from gridgeo.intake.sniff_census import Census, better_datum
from gridgeo.model import Finding
from gridgeo.readings import Reading, possible_readings

__all__ = ["settle_points"]

Floats = NDArray[np.float64]

NEAR_SHARE = 0.5
"""A reading is near when half of the points lie among the communities."""
_SAMPLE_POINTS = 20_000


def settle_points(
    x: ArrayLike,
    y: ArrayLike,
    stated: str,
    city: City,
    *,
    kind: str,
    file: str,
    reference: gpd.GeoDataFrame | None,
    shift_m: tuple[float, float] | None = None,
) -> tuple[Floats, Floats, list[Finding]]:
    """Bring a register's coordinates into the city CRS.

    Parameters
    ----------
    x, y : array_like of float, (n,)
        As stored; NaN and (0, 0) mean that there is no place.
    stated : str
        "auto", "EPSG:…", "GCJ-02" or "BD-09".
    city : City
    kind, file : str, keyword-only
        For findings and messages.
    reference : GeoDataFrame or None, keyword-only
        Communities in the city CRS.
    shift_m : pair of float or None, keyword-only
        Metres that the city file adds to x and y in the city CRS.

    Returns
    -------
    x, y : ndarray of float, (n,)
        City CRS; NaN where a point has no place. A point at (0, 0) is converted as it stands, for others to report.
    findings : list of Finding
        Kinds axis_swapped, no_crs, zone_prefix, crs_unproven, crs_suspect (stated), datum_gcj02, datum_bd09 (auto),
        shift (stated).

    Raises
    ------
    CRSError
        If fewer than half of the points lie in the city under the stated system, or under any reading; if GCJ-02 or
        BD-09 is stated for a city outside China.
    """
    source, target = Source(kind, file, shift_m), parse_crs(city.crs)
    communities = None if reference is None else _moved_back(reference.geometry.to_numpy(), source.move)
    xy = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    placed = xy[np.isfinite(xy).all(axis=1) & (xy != 0).any(axis=1)]
    frame = frame_of(target, None if communities is None else Reference(communities))
    if not len(placed):
        return np.full(len(xy), np.nan), np.full(len(xy), np.nan), []
    few = placed[np.linspace(0, len(placed) - 1, min(len(placed), _SAMPLE_POINTS)).astype(int)]
    if stated.lower() == "auto":
        reading, findings = _decide(few, source, target, frame)
    else:
        reading, findings = _obey(few, Reading(parse_crs(stated)), source, target, frame)
    if communities is not None and _in_china(few, reading):
        auto = stated.lower() == "auto"
        census = better_datum(placed, reading, target, communities, sole=auto)
        reading, findings = (reading, findings) if census is None else _heed(census, findings, source, auto)
    settled = reading.convert(xy, target) + source.move
    if np.any(source.move):
        findings = [*findings, text.stated_shift(source.finding, source.move)]
    return settled[:, 0], settled[:, 1], findings


def _moved_back(communities: NDArray[np.object_], move: Floats) -> NDArray[np.object_]:
    """Return the communities where unmoved points see them."""
    if not np.any(move):
        return communities
    moved: NDArray[np.object_] = shapely.transform(communities, lambda xy: xy - move)
    return moved


def _scores(xy: Floats, readings: list[Reading], frame: Frame) -> list[tuple[Reading, float]]:
    """Return the share of the points in the frame under each reading."""
    return [(reading, frame.inside(reading.convert(xy, frame.target))) for reading in readings]


def _decide(xy: Floats, source: Source, target: Crs, frame: Frame) -> tuple[Reading, list[Finding]]:
    """Choose the only reading that puts the points among the communities."""
    scored = _scores(xy, possible_readings(None, xy, target, neighbours=len(frame.points) > 0), frame)
    near = [(reading, share) for reading, share in scored if share >= NEAR_SHARE]
    if not near:
        raise source.error(text.nowhere(scored))
    if len(near) > 1:
        raise source.error(text.ambiguous(near))
    reading, share = near[0]
    findings = text.place_findings(source.finding, None, reading, share, communities=len(frame.points) > 0)
    findings = [finding for finding in findings if finding.kind != "no_crs"]  # a table of points never has one
    if reading.crs.is_geographic and _in_china(xy, reading):
        findings.append(text.points_unproven(source.finding, reading))
    return reading, findings


def _heed(census: Census, findings: list[Finding], source: Source, auto: bool) -> tuple[Reading, list[Finding]]:
    """Read an "auto" register by the datum that the count shows; only warn about a stated one."""
    if not auto:
        return census.present, [*findings, text.suspect(source.finding, census)]
    proven = [finding for finding in findings if finding.kind != "crs_unproven"]
    return census.better, [*proven, text.counted(source.finding, census)]


def _in_china(xy: Floats, reading: Reading) -> bool:
    """Return whether points lie where GCJ-02 and BD-09 are in use."""
    wgs84 = parse_crs("EPSG:4326")
    lon, lat = np.nanmedian(reading.convert(xy, wgs84), axis=0)
    return in_china(float(lon), float(lat))


def _obey(xy: Floats, reading: Reading, source: Source, target: Crs, frame: Frame) -> tuple[Reading, list[Finding]]:
    """Read points as stated; exchange x and y only where that, and nothing else, brings them home."""
    placed = reading.convert(xy, frame.target)
    require_china(reading.crs, placed, frame, source)
    share = frame.inside(placed)
    if share >= NEAR_SHARE:
        return reading, []
    swapped = replace(reading, swapped=True)
    swapped_share = frame.inside(swapped.convert(xy, frame.target))
    if swapped_share >= NEAR_SHARE:
        communities = len(frame.points) > 0
        return swapped, text.place_findings(
            source.finding, reading.crs, swapped, swapped_share, communities=communities
        )
    others = _scores(xy, possible_readings(None, xy, target, neighbours=len(frame.points) > 0), frame)
    raise source.error(text.stated_elsewhere(reading, share, [p for p in others if p[1] >= NEAR_SHARE]))
