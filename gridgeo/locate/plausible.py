"""Can coordinates be what somebody says they are? Swapped axes, degrees for metres, another zone, another continent.

In: coordinates as a file holds them, the system that was named for them, and where the layer lies. Out: a `Misfit` with
one sentence, or None. Called before a register is assigned (`gridgeo.jobs.assign`) or judged (`gridgeo.jobs.quality`).

This tells only what cannot be: half of the points or more lie far from the layer. Which of GCJ-02, BD-09 and CGCS2000
points near the layer stand on is another question, see `gridgeo.locate.datum`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridgeo.crs import Crs, in_china, parse_crs, to_city
from gridgeo.readings import Reading, looks_like_degrees, possible_readings

__all__ = ["MARGIN_M", "NEAR_SHARE", "Misfit", "beyond_m", "near_share", "unfit"]

Floats = NDArray[np.float64]

MARGIN_M = 2000.0
"""So near to the layer's extent a point still may belong to it: more than any datum shifts (BD-09: 1.3 km at most)."""

NEAR_SHARE = 0.5
"""Of the points, as many must lie near the layer for a reading to be possible; as for a city's registers. Chosen."""

BETTER = 2
"""Another reading must bring so many times as many points there as the one that was named. Chosen: a register that only
brushes the layer is no proof of another system."""

SAMPLE = 20_000
"""Points looked at, evenly spread over those handed in."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why coordinates cannot be what was said."""

    kind: str
    """swapped: x and y are exchanged; degrees: no metres; metres: no degrees; abroad: GCJ-02 or BD-09 outside China;
    other: they would lie in the layer under another system; far: they lie elsewhere under every one."""
    sentence: str
    """English, without the name of the file, with the figures and, but for exchanged axes, what to do."""
    crs: str = ""
    """The system under which they would fit, where one is known."""
    row: int = 0
    """The row handed in whose coordinates the sentence names."""


def unfit(x: ArrayLike, y: ArrayLike, crs: str | Crs, *, layer_crs: str, bounds: ArrayLike) -> Misfit | None:
    """Tell why coordinates cannot be in the system that was named for them.

    Parameters
    ----------
    x, y : array_like of float, (n,)
        As stored; what is not finite and (0, 0) is left out.
    crs : str or Crs
        What was declared.
    layer_crs : str, keyword-only
        The layer's metric system.
    bounds : array_like of float, (4,), keyword-only
        The layer's left, bottom, right, top in it.

    Returns
    -------
    Misfit or None
        None where half of the points or more lie within `MARGIN_M` of the layer, and where there are no points.

    Raises
    ------
    CRSError
        If a system is unknown or refused.

    Examples
    --------
    >>> there = dict(layer_crs="EPSG:4547", bounds=(500000, 3700000, 510000, 3710000))
    >>> unfit([114.05], [33.5], "GCJ-02", **there)
    >>> unfit([33.5], [114.05], "GCJ-02", **there).kind
    'swapped'
    """
    (xy, rows), stated, target = _placed(x, y), Reading(parse_crs(crs)), parse_crs(layer_crs)
    if not len(xy):
        return None
    abroad = _abroad(stated, target, np.asarray(bounds, float))
    if abroad:
        return abroad
    share = near_share(stated.convert(xy, target), bounds)
    if share >= NEAR_SHARE:
        return None
    fitting = _fitting(xy, stated, target, bounds)
    found = _sized(xy, stated, fitting) or _elsewhere(xy, stated, share, fitting)
    return replace(found, row=int(rows[found.row]))


def beyond_m(x: Floats, y: Floats, bounds: ArrayLike) -> Floats:
    """Return how far places lie from the layer's extent, in the unit of its system; 0 in it, NaN for no place."""
    left, bottom, right, top = np.asarray(bounds, float)
    with np.errstate(invalid="ignore"):
        return np.hypot(np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(bottom - y, y - top), 0))


def near_share(xy: Floats, bounds: ArrayLike) -> float:
    """Return the share of points, (n, 2) in the layer's system, within `MARGIN_M` of its extent; NaN is far."""
    box = np.asarray(bounds, float) + np.array([-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M])
    return float(np.mean(((xy >= box[:2]) & (xy <= box[2:])).all(axis=1))) if len(xy) else 0.0


def _placed(x: ArrayLike, y: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Return a sample of the coordinates that are a place, (n, 2), and their rows."""
    xy = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1) & (xy != 0).any(axis=1))
    if len(rows) > SAMPLE:
        rows = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(int)]
    return xy[rows], rows


def _fitting(xy: Floats, stated: Reading, target: Crs, bounds: ArrayLike) -> Reading | None:
    """Return the first other reading that puts the points at the layer."""
    readings = [Reading(stated.crs, swapped=True), *possible_readings(None, xy, target, neighbours=True)]
    enough = max(NEAR_SHARE, BETTER * near_share(stated.convert(xy, target), bounds))
    return next((r for r in readings if r != stated and near_share(r.convert(xy, target), bounds) >= enough), None)


def _abroad(stated: Reading, target: Crs, bounds: Floats) -> Misfit | None:
    """Refuse GCJ-02 and BD-09 for a layer outside China: their formula bends coordinates there by kilometres."""
    if not stated.crs.offset:
        return None
    lon, lat = (float(v) for v in to_city((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, target, "WGS84"))
    if in_china(lon, lat):
        return None
    return Misfit(
        "abroad",
        f"{stated.crs.offset} exists only in China, and the layer lies at {lon:.2f}, {lat:.2f} degrees; "
        "say the system that the coordinates are in, for example EPSG:4326",
        "EPSG:4326",
    )


def _sized(xy: Floats, stated: Reading, fitting: Reading | None) -> Misfit | None:
    """Tell degrees that were called metres, and the other way round."""
    degrees = looks_like_degrees(xy)
    if degrees == stated.crs.is_geographic:
        return None
    row = 0 if degrees else int(np.argmax(np.abs(xy).max(axis=1) > 180))
    first = f"{xy[row][0]:.10g}, {xy[row][1]:.10g}"
    if degrees:
        swap = ", and latitude stands before longitude: exchange the columns too" if fitting and fitting.swapped else ""
        return Misfit(
            "degrees",
            f"the coordinates are degrees ({first}), but {stated.crs.name} is metric; say EPSG:4490, GCJ-02 or BD-09, "
            f"whichever they are on{swap}",
        )
    would = f"{fitting.name} would fit" if fitting else "name the metric system that they are in, e.g. EPSG:4547"
    name = fitting.crs.name if fitting and not fitting.swapped else ""
    return Misfit("metres", f"{first} are no degrees, but {stated.crs.name} is in degrees; {would}", name, row)


def _elsewhere(xy: Floats, stated: Reading, share: float, fitting: Reading | None) -> Misfit:
    """Tell points that lie far from the layer as stated."""
    figures = f"read as {stated.crs.name} only {share:.0%} of the points lie near the layer"
    if fitting is None:
        return Misfit(
            "far",
            f"{figures}, and no other common reading brings them there (e.g. {xy[0][0]:.10g}, {xy[0][1]:.10g}); "
            "is it the right file, the right layer, the right columns?",
        )
    if fitting.swapped:
        name = "" if fitting.crs == stated.crs else f" as {fitting.crs.name}"
        return Misfit(
            "swapped",
            f"x and y are exchanged: {figures}, with the two columns exchanged they do{name} (e.g. "
            f"x = {xy[0][0]:.10g}, y = {xy[0][1]:.10g})",
            fitting.crs.name,
        )
    return Misfit("other", f"{figures}; they do as {fitting.crs.name}: say that if it is right", fitting.crs.name)
