"""Find out in which system coordinates really are, prove it against the community layer, bring them to the city CRS.

In: features or points as a file holds them, what the city file states about their system, and the community layer.
Out: the same in the city CRS, and findings for everything that was wrong or had to be assumed. Called by
`gridgeo.intake.read`; `gridgeo.readings` lists what coordinates may mean, `gridgeo.intake.registration` proves.

Three questions, in this order. *Where?* A reading must put the coordinates where the communities are. *Which datum?*
GCJ-02 and BD-09 move a layer by some 500 m, which extents cannot show: border points must lie on community borders, far
more of them than chance gives. A layer whose borders follow no community proves nothing and keeps what its file
declares. *Which shift?* A constant rest is measured, and taken away where it is proven and the city file says "auto".
Whatever the city file states is done; sniffing then only warns. A stated shift comes before all three questions: they
are asked of the coordinates that it has moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridgeo.city import City
from gridgeo.crs import Crs, in_china, parse_crs, to_city
from gridgeo.errors import CRSError
from gridgeo.intake import sniff_text as text
from gridgeo.intake.borders import Borders, Reference, sample_borders
from gridgeo.intake.frame import Frame, Source, frame_of, require_china
from gridgeo.intake.registration import Evidence, border_evidence, register_shift
from gridgeo.intake.sniff_points import settle_points
from gridgeo.model import Finding
from gridgeo.readings import Reading, datum_readings, looks_like_degrees, possible_readings

__all__ = ["settle_crs", "settle_points"]

Floats = NDArray[np.float64]

SAMPLE_POINTS = 30_000
"""Border points taken from a layer; the error of a shift is then some centimetres to decimetres."""
NEAR_SHARE = 0.5
"""A reading is near when half of the layer lies among the communities, or half of the communities inside the layer."""
RIVAL_PART = 0.5
"""A datum is proven only if every other one has less than half of its coinciding borders."""


def settle_crs(
    features: gpd.GeoDataFrame,
    stated: str,
    city: City,
    *,
    agency: str,
    file: str,
    reference: gpd.GeoDataFrame | None,
    accuracy_m: float = 15.0,
    shift_m: tuple[float, float] | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Bring a layer into the city CRS, whatever its file says.

    Parameters
    ----------
    features : GeoDataFrame, (n,)
        As read; the CRS may be missing or wrong, geometry may be None, invalid or three-dimensional.
    stated : str
        "auto", "EPSG:…", "GCJ-02" or "BD-09".
    city : City
        Its ``crs`` is the target.
    agency, file : str, keyword-only
        For findings and messages.
    reference : GeoDataFrame or None, keyword-only
        Communities in the city CRS; None while they are read themselves.
    accuracy_m : float, keyword-only
        How far the layer's lines may lie from the truth.
    shift_m : pair of float or None, keyword-only
        Metres that the city file adds to x and y in the city CRS; a rest that is found afterwards is told and left.

    Returns
    -------
    settled : GeoDataFrame, (n,)
        Same rows and columns, two-dimensional geometry in the city CRS.
    findings : list of Finding
        Kinds no_crs, zone_prefix, axis_swapped, degrees_in_metric, crs_wrong, datum_gcj02, datum_bd09, crs_unproven,
        shift.

    Raises
    ------
    CRSError
        If the system is refused, fits nowhere, or several readings fit equally; the message lists them with figures.
        If GCJ-02 or BD-09 is stated for a place outside China.
    """
    source = Source(agency, file, shift_m)
    target = parse_crs(city.crs)
    raw = sample_borders(features.geometry.to_numpy(), SAMPLE_POINTS)
    if not len(raw):
        return _with_geometry(features, features.geometry.to_numpy(), city), []
    borders = None if reference is None else Reference(reference.geometry.to_numpy())
    case = _Case(source, target, raw, _declared(features.crs, source, stated), frame_of(target, borders), borders)
    if stated.lower() == "auto":
        reading, findings = _decide(case, accuracy_m)
    else:
        reading, findings = _obey(case, stated, accuracy_m)
    geometry = _converted(features.geometry.to_numpy(), reading, target)
    move, shifts = _settle_shift(case, reading, accuracy_m, stated)
    if np.any(move):
        geometry = shapely.transform(geometry, lambda xy: xy + move)
    return _with_geometry(features, geometry, city), [*findings, *shifts]


@dataclass(frozen=True, slots=True)
class _Case:
    """A layer under examination."""

    source: Source
    target: Crs
    raw: Borders
    """Sample of its borders, as stored."""
    declared: Crs | None
    frame: Frame
    reference: Reference | None

    def sample(self, reading: Reading) -> Borders:
        """Return the sample in the city CRS."""
        return self.raw.converted(lambda xy: reading.convert(xy, self.target) + self.source.move)

    def agreement(self, reading: Reading) -> float:
        """Return how much of the layer is where it should be under a reading."""
        return self.frame.agreement(self.in_frame(reading))

    def in_frame(self, reading: Reading) -> Floats:
        """Return the sample's points in the system of the frame."""
        xy = reading.convert(self.raw.points, self.frame.target)
        return xy + self.source.move if len(self.frame.points) else xy  # without communities the frame is in degrees

    def readings(self) -> list[Reading]:
        """Return what the coordinates may mean."""
        known = self.reference is not None
        return possible_readings(self.declared, self.raw.points, self.target, neighbours=known)


def _declared(crs: pyproj.CRS | None, source: Source, stated: str) -> Crs | None:
    """Return the system that the file declares; what the city file states overrules a refused one."""
    if crs is None:
        return None
    try:
        return parse_crs(crs)
    except CRSError as error:
        if stated.lower() == "auto":
            raise source.error(f"the file declares {error}") from None
        return None


def _decide(case: _Case, accuracy_m: float) -> tuple[Reading, list[Finding]]:
    """Choose the reading that puts the layer among the communities, then the datum that puts border on border."""
    scored = [(reading, case.agreement(reading)) for reading in case.readings()]
    near = [(reading, share) for reading, share in scored if share >= NEAR_SHARE]
    if not near:
        raise case.source.error(text.nowhere(scored))
    place, share = near[0]
    _refuse_other_zone(case, place)
    if len(near) > 1 and not (case.declared is not None and place == Reading(case.declared)):
        place, share = _proven_place(case, near, accuracy_m)
    findings = text.place_findings(
        case.source.finding, case.declared, place, share, communities=case.reference is not None
    )
    reading, datum_findings = _settle_datum(case, place, accuracy_m)
    return reading, [*findings, *datum_findings]


def _refuse_other_zone(case: _Case, place: Reading) -> None:
    """Raise if communities are sound where their file says, only not in the zone of the city's system."""
    if case.reference is not None or case.declared is None or place.crs == case.declared:
        return
    zone = frame_of(case.declared, None)
    lonlat = Reading(case.declared).convert(case.raw.points, zone.target)
    if case.declared.system.is_projected and case.declared.system.area_of_use and zone.inside(lonlat) >= NEAR_SHARE:
        raise case.source.error(text.other_zone(case.declared, case.target, np.nanmedian(lonlat, axis=0)))


def _proven_place(case: _Case, near: list[tuple[Reading, float]], accuracy_m: float) -> tuple[Reading, float]:
    """Choose between readings that all lie near: the only one whose borders coincide with the communities'."""
    if case.reference is not None:
        limit_m = max(10.0, accuracy_m)
        proofs = [border_evidence(case.sample(reading), case.reference, limit_m).coincides for reading, _ in near]
        if sum(proofs) == 1:
            return near[proofs.index(True)]
    raise case.source.error(text.ambiguous(near))


def _settle_datum(case: _Case, place: Reading, accuracy_m: float) -> tuple[Reading, list[Finding]]:
    """Choose between a reading as it is and the datum offsets that may hide in it."""
    proofs = _datum_proofs(case, place, accuracy_m)
    if not proofs:
        return place, []
    plain = proofs[0][1]
    reading, proof = max(proofs, key=lambda item: item[1].share)
    if not proof.coincides:
        return place, [text.unproven(case.source.finding, place, plain, case.sample(place).points)]
    rivals = [item for item in proofs if item[1].share > RIVAL_PART * proof.share]
    if plain.share > RIVAL_PART * proof.share:
        return place, []
    if len(rivals) > 1:
        raise case.source.error(text.ambiguous([(other, figures.share) for other, figures in rivals]))
    return reading, [text.datum_finding(case.source.finding, reading, proof, plain, case.sample(reading).points)]


def _datum_proofs(case: _Case, place: Reading, accuracy_m: float) -> list[tuple[Reading, Evidence]]:
    """Return the border evidence for each datum a reading may stand on; empty where no datum can be mistaken."""
    if case.reference is None or not _chinese(case, place):
        return []
    limit_m = max(10.0, accuracy_m)
    plain = border_evidence(case.sample(place), case.reference, limit_m)
    others = [reading for reading in datum_readings(place) if reading != place]
    shares = [case.reference.share(case.sample(reading), limit_m) for reading in others]
    return [
        (place, plain),
        *((reading, replace(plain, share=part)) for reading, part in zip(others, shares, strict=True)),
    ]


def _chinese(case: _Case, place: Reading) -> bool:
    """Return whether a layer lies where Chinese map datums are used."""
    middle = np.median(case.sample(place).points, axis=0)
    lon, lat = to_city(middle[0], middle[1], case.target, "EPSG:4326")
    return in_china(float(lon), float(lat))


def _obey(case: _Case, stated: str, accuracy_m: float) -> tuple[Reading, list[Finding]]:
    """Read a layer as the city file states; refuse what falls elsewhere and warn of a better datum."""
    crs = _stated_crs(case, stated)
    reading = Reading(crs)
    require_china(crs, case.in_frame(reading), case.frame, case.source)
    share = case.agreement(reading)
    if share < NEAR_SHARE:
        fitting = [(other, case.agreement(other)) for other in case.readings()]
        raise case.source.error(text.stated_elsewhere(reading, share, [p for p in fitting if p[1] >= NEAR_SHARE]))
    base = Reading(Crs(crs.system.name, crs.system)) if crs.offset else reading
    proofs = _datum_proofs(case, base, accuracy_m)
    mine = next((proof for other, proof in proofs if other.crs.offset == crs.offset), None)
    better = [(other, proof) for other, proof in proofs if proof.coincides and other.crs.offset != crs.offset]
    if mine is None or mine.coincides or len(better) != 1:
        return reading, []
    return reading, [text.doubted(case.source.finding, reading, better[0][0], better[0][1], mine)]


def _stated_crs(case: _Case, stated: str) -> Crs:
    """Return the stated system; a stated datum offset lies on top of what the file declares, or of degrees."""
    crs = parse_crs(stated)
    if crs.offset and case.declared is not None and not looks_like_degrees(case.raw.points):
        return Crs(crs.name, case.declared.system, crs.offset)
    return crs


def _settle_shift(case: _Case, reading: Reading, accuracy_m: float, stated: str) -> tuple[Floats, list[Finding]]:
    """Return the move that the city file states or "auto" proves, and tell it with the constant shift that is left."""
    source, move = case.source, case.source.move
    told = [text.stated_shift(source.finding, move)] if np.any(move) else []
    if case.reference is None:
        return move, told
    sample = case.sample(reading)
    found = register_shift(sample, case.reference, accuracy_m=accuracy_m)
    if found is None or not found.significant:
        return move, told
    key = "crs" if source.shift_m is None else "shift_m"
    applied = stated.lower() == "auto" and source.shift_m is None and found.proven
    rest = text.shift_finding(source.finding, found, applied, sample.points, stated=key)
    return (np.array([-found.dx_m, -found.dy_m]) if applied else move), [*told, rest]


def _converted(geometry: NDArray[np.object_], reading: Reading, target: Crs) -> NDArray[np.object_]:
    """Return geometry in the city CRS, two-dimensional."""
    if not reading.swapped and not reading.crs.offset and reading.crs.system == target.system:
        return shapely.force_2d(geometry)
    return shapely.transform(geometry, lambda xy: reading.convert(xy, target))


def _with_geometry(features: gpd.GeoDataFrame, geometry: NDArray[np.object_], city: City) -> gpd.GeoDataFrame:
    """Return the features with other geometry, in the city CRS."""
    name = features.geometry.name
    series = gpd.GeoSeries(geometry, index=features.index, crs=city.crs)
    settled = gpd.GeoDataFrame(features.drop(columns=name).assign(**{name: series}), geometry=name, crs=city.crs)
    return settled[list(features.columns)]
