"""Whose coordinates are examined, and where they should lie.

In: the community layer's borders, or only the city CRS while the communities themselves are read. Out: `Frame`, which
says how much of a set of coordinates lies where it should, and `Source`, which words errors and findings about a file.
Used by `gridgeo.intake.sniff` and `gridgeo.intake.sniff_points`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.crs import Crs, in_china, parse_crs, to_city
from gridgeo.errors import CRSError
from gridgeo.intake.borders import Reference
from gridgeo.model import Finding

__all__ = ["Frame", "Source", "frame_of", "inner_box", "require_china"]

Floats = NDArray[np.float64]

AREA_MARGIN_DEG = np.array([-0.25, -0.25, 0.25, 0.25])
"""Cities reach a little beyond their zone."""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose coordinates are looked at."""

    agency: str
    file: str
    shift_m: tuple[float, float] | None = None
    """What the city file adds to x and y."""

    @property
    def move(self) -> Floats:
        """The same as a vector; zero where nothing is stated."""
        return np.array(self.shift_m or (0.0, 0.0))

    def error(self, sentence: str) -> CRSError:
        """Return an error that names file and layer."""
        moved = f", moved by shift_m = {list(self.shift_m)}" if self.shift_m else ""
        return CRSError(f"{self.file} ({self.agency}{moved}): {sentence}")

    def finding(self, severity: str, kind: str, sentence: str, points: Floats | None = None) -> Finding:
        """Return a finding about the whole layer."""
        outline = None if points is None or not len(points) else shapely.box(*inner_box(points))
        return Finding(severity, kind, self.agency, f"{self.file}：{sentence}", geometry=outline)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where coordinates should lie."""

    target: Crs
    box: Floats
    """Left, bottom, right, top in ``target``, with a margin."""
    points: Floats
    """Points of the community borders, (m, 2); empty where the communities themselves are being read."""

    def agreement(self, xy: Floats) -> float:
        """Return the share of the layer in the frame or, if larger, of the frame in the layer."""
        known = xy[np.isfinite(xy).all(axis=1)]
        if not len(known) or not len(self.points):
            return self.inside(xy)
        return max(self.inside(xy), _share_in(self.points, inner_box(known)))

    def inside(self, xy: Floats) -> float:
        """Return the share of coordinates in the frame; what could not be converted is outside."""
        return _share_in(xy, self.box) if len(xy) else 0.0


def _share_in(xy: Floats, box: Floats) -> float:
    """Return the share of points in a box."""
    return float(np.mean(((xy >= box[:2]) & (xy <= box[2:])).all(axis=1)))


def inner_box(xy: Floats) -> Floats:
    """Return the box of all but the outermost half per cent on every side: single stray features do not count."""
    low, high = np.quantile(xy, (0.005, 0.995), axis=0)
    return np.concatenate([low, high])


def frame_of(city: Crs, reference: Reference | None) -> Frame:
    """Return where coordinates should lie: around the communities or, without them, in the zone of the city CRS."""
    if reference is not None and reference.bounds is not None:
        low, high = reference.bounds[:2], reference.bounds[2:]
        margin = 0.1 * (high - low) + 1000.0
        return Frame(city, np.concatenate([low - margin, high + margin]), reference.points)
    area = city.system.area_of_use
    box = (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds
    return Frame(parse_crs("EPSG:4326"), np.array(box) + AREA_MARGIN_DEG, np.empty((0, 2)))


def require_china(crs: Crs, xy: Floats, frame: Frame, source: Source) -> None:
    """Refuse GCJ-02 and BD-09 where they are not in use: their formula bends coordinates there by kilometres.

    Parameters
    ----------
    crs : Crs
        The stated system; only one with an offset is looked at.
    xy : ndarray, (n, 2)
        The layer in ``frame.target``; it tells the place where the communities themselves are being read.
    frame : Frame
    source : Source

    Raises
    ------
    CRSError
    """
    known = xy[np.isfinite(xy).all(axis=1)]
    if not crs.offset or not len(known):
        return
    middle = (frame.box[:2] + frame.box[2:]) / 2 if len(frame.points) else np.median(known, axis=0)
    lon, lat = (float(value) for value in to_city(middle[0], middle[1], frame.target, "EPSG:4326"))
    if not in_china(lon, lat):
        raise source.error(
            f"{crs.offset} exists only in China, and the city lies at {lon:.2f}, {lat:.2f} degrees: "
            "state the file's own crs in the city file, for example 'EPSG:4326'"
        )
