"""Slips with coordinates that would make every answer wrong: exchanged axes, a datum that cannot be.

In: a register's coordinates and where the layer is. Out: nothing, or an error whose sentence names record, numbers and
option. Used by `gridgeo.jobs.assign` before anything is written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgeo.crs import Crs
from gridgeo.errors import CRSError, InputError
from gridgeo.locate.assign import Move

__all__ = ["FAR_M", "beyond_m", "refuse_slips"]

Floats = NDArray[np.float64]

FAR_M = 50_000.0
"""Metres from the layer at which a place cannot belong to the city. Chosen: no prefecture's borders are that unsure."""

SAMPLE = 10_000
"""Places looked at for slips."""

RARELY = 0.05
"""Share of places in the layer below which the axes as given cannot be right, if most lie in it when exchanged."""


def refuse_slips(file: str, x: Floats, y: Floats, *, crs: Crs, bounds: Floats, move: Move, start: int = 0) -> None:
    """Refuse coordinates that can only be a slip.

    Parameters
    ----------
    file : str
        For the message.
    x, y : ndarray of float, (n,)
        As the register has them.
    crs : Crs
        What they are said to be in.
    bounds : ndarray of float, (4,)
        Of the layer, in its CRS.
    move : callable
        Brings them into the CRS of the layer.
    start : int
        Rows before, for the message.

    Raises
    ------
    InputError
        If most lie in the layer only when x and y are exchanged.
    CRSError
        If they are degrees and declared metric, or the other way round.
    """
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(known):
        return
    rows = known[:: -(-len(known) // SAMPLE)]
    east, north = x[rows], y[rows]
    first = f"{file}, record {start + int(rows[0]) + 1}: {_written(east[0])}, {_written(north[0])}"
    if crs.is_geographic and np.mean((np.abs(east) > 360) | (np.abs(north) > 360)) > 0.5:
        raise CRSError(
            f"{_wrong(file, start, rows, east, north)} are no degrees, but --crs says {crs.name}; name the metric "
            "system that they are in, such as EPSG:4547"
        )
    there = _share_within(*move(east, north), bounds)
    if there < RARELY and _share_within(*move(north, east), bounds) > 0.5:
        raise InputError(
            f"{first}: the places lie in the layer when x and y are exchanged and not as they are; exchange --x and --y"
        )
    degrees = (np.abs(east) <= 180) & (np.abs(north) <= 90)
    if not crs.is_geographic and there == 0 and np.mean(degrees) > 0.5:
        raise CRSError(
            f"{first} are degrees, but --crs says {crs.name}, which counts in metres; name the datum that they are in: "
            "EPSG:4490, GCJ-02 or BD-09"
        )


def _wrong(file: str, start: int, rows: NDArray[np.integer], east: Floats, north: Floats) -> str:
    """Name the first place that is no degrees."""
    at = int(np.flatnonzero((np.abs(east) > 360) | (np.abs(north) > 360))[0])
    return f"{file}, record {start + int(rows[at]) + 1}: {east[at]:.1f}, {north[at]:.1f}"


def _written(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _share_within(x: Floats, y: Floats, bounds: Floats) -> float:
    """Return the share of places in a box."""
    left, bottom, right, top = bounds
    with np.errstate(invalid="ignore"):
        return float(np.mean((x >= left) & (x <= right) & (y >= bottom) & (y <= top)))


def beyond_m(x: Floats, y: Floats, bounds: Floats) -> Floats:
    """Return how far places lie from a box, in the unit of their CRS; NaN where there is no place."""
    left, bottom, right, top = bounds
    with np.errstate(invalid="ignore"):
        return np.hypot(np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(bottom - y, y - top), 0))
