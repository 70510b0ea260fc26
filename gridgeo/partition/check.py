"""The certificate: is a layer a seamless partition of its frame?

In: finished grids, the frame they must fill and, where there is one, the community layer.
Out: a `Certificate`. Before: assemble (or any file, for ``gridgeo verify``); after: number, store.

Nothing here knows how the layer was made. Two proofs that share no arithmetic must both hold:

* by overlay: no two interiors meet (GEOS' exact predicate), frame − union and union − frame are empty;
* by cancelling: every directed edge is run through backwards exactly once, by a neighbour or by the frame.
  If all edges cancel, covered area and frame area are equal by the shoelace formula, without any overlay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from gridgeo.errors import CRSError, InputError, SchemaError
from gridgeo.model import Certificate

__all__ = ["CodeFault", "certify"]

CodeFault = Callable[[str, str], str | None]
"""(code, community code) → what is wrong with the code, or None."""

INTERIORS_MEET = "T********"
"""DE-9IM pattern: the interiors share at least a point; touching borders do not match."""

OVERLAY_NOISE_M = 1e-6
"""Overlay computes crossings in floating point: at city coordinates (1e6 m) it is off by about 1e-9 m and
leaves hairs along shared borders. A piece thinner than this is such a hair. A real fault that thin is not
lost: it shows as an uncancelled edge."""

END_M = 0.001
"""So much of an edge is its end: what another grid touches only there meets the edge in a corner."""

PLACES_PER_KIND = 10

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Faults:
    """All faults of one kind, as columns."""

    kind: str
    codes: list[str]
    at: Geometries
    area_m2: NDArray[np.float64]

    def places(self) -> list[dict[str, Any]]:
        """Return the largest faults as rows of the certificate."""
        chosen = np.argsort(-self.area_m2, kind="stable")[:PLACES_PER_KIND]
        return [
            {"kind": self.kind, "code": self.codes[i], **_position(self.at[i]), "area_m2": float(self.area_m2[i])}
            for i in chosen
        ]


def certify(
    grids: gpd.GeoDataFrame,
    frame: Polygon | MultiPolygon,
    *,
    communities: gpd.GeoDataFrame | None = None,
    code: str = "code",
    code_fault: CodeFault | None = None,
    community_tolerance_m: float = 0.002,
    frame_tolerance_m: float = 0.0,
) -> Certificate:
    """Prove that a layer is a seamless partition of its frame, or count and place the faults that refute it.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        A code column, geometry in a metric CRS and, if known, ``community_code``. Any geometry is accepted and judged.
    frame : Polygon or MultiPolygon
        What must be covered, in the CRS of the grids.
    communities : GeoDataFrame, optional
        ``code`` and geometry, same CRS: each grid must stay in its own community, each community must have a grid.
        Where the grids do not name their community, it is the one that holds a point inside the grid.
    code : str
        The column with the codes. Codes must be text, present and unique.
    code_fault : callable, optional
        Judges one code, given its community's code (empty if unknown).
    community_tolerance_m : float
        How far a grid may reach over its community's border.
    frame_tolerance_m : float
        Gaps and excess within this distance of the frame's border do not count.

    Returns
    -------
    Certificate
        Areas are exact sums (`math.fsum`) of the pieces found.

    Raises
    ------
    CRSError
        If the grids have no CRS or a geographic one, or the communities another one.
    SchemaError
        If the code column is missing.
    InputError
        If the frame has no area.

    Notes
    -----
    Invalid grids are counted and then measured by their repaired areal part. O(n log n) in the vertices.
    """
    _require_metres(grids, communities)
    if code not in grids:
        raise SchemaError(f"there is no column {code!r} in the grid layer; its columns are {list(grids.columns)}")
    frame = _areal([frame])[0]
    if frame is None:
        raise InputError("the frame has no area; hand in the polygon that the grids must cover")
    handed_in = shapely.force_2d(grids.geometry.to_numpy())
    codes = [value if isinstance(value, str) else "" for value in grids[code]]
    repaired = _areal(handed_in)
    rows = np.flatnonzero(~shapely.is_missing(repaired))
    shapes, names = repaired[rows], [codes[row] for row in rows]
    shared = _areal([] if communities is None else communities.geometry)
    owners = _owners(grids, repaired, communities, shared)
    gaps, outside = _frame_faults(shapes, frame, frame_tolerance_m)
    loose, on_frame = _uncancelled_edges(shapes, names, frame, max(frame_tolerance_m, OVERLAY_NOISE_M))
    faults = [
        *_shape_faults(handed_in, codes),
        _overlaps(shapes, names),
        _unmatched_edges(shapes, names),
        gaps,
        outside,
        loose,
        *_code_faults(codes, owners, handed_in, code_fault),
    ]
    if communities is not None:
        own = (communities["code"].astype(str).to_numpy(), shared)
        faults += _community_faults(shapes, names, [owners[row] for row in rows], own, community_tolerance_m)
    return _certificate(faults, len(grids), frame, on_frame)


def _certificate(faults: list[_Faults], grids: int, frame: Any, on_frame: int) -> Certificate:
    """Put the counts and the exact sums of all kinds of faults together."""
    count = {found.kind: len(found.codes) for found in faults}
    area = {found.kind: math.fsum(found.area_m2) for found in faults}
    frame_area_m2 = math.fsum(shapely.area(shapely.get_parts(frame)))
    return Certificate(
        frame_area_m2=frame_area_m2,
        covered_area_m2=frame_area_m2 - area["gap"],
        gap_area_m2=area["gap"],
        gap_count=count["gap"],
        overlap_area_m2=area["overlap"],
        overlap_count=count["overlap"],
        outside_area_m2=area["outside"],
        outside_count=count["outside"],
        grids=grids,
        invalid=count["invalid"],
        empty=count["empty"],
        multipart=count["multipart"],
        not_polygon=count["not_polygon"],
        unmatched_edges=count["unmatched_edge"],
        uncancelled_edges=count["uncancelled_edge"],
        frame_edges_noded_differently=on_frame,
        crossing_communities=count.get("crossing_community"),
        communities_without_grid=count.get("community_without_grid"),
        duplicate_codes=count["duplicate_code"],
        malformed_codes=count["malformed_code"],
        places=tuple(place for found in faults for place in found.places()),
    )


# -------------------------------------------------------------- the grids themselves


def _require_metres(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame | None) -> None:
    """Refuse layers whose areas could not be in square metres, and two layers that do not fit."""
    if grids.crs is None:
        raise CRSError("the grid layer has no coordinate reference system; write one into the file, e.g. EPSG:4547")
    if not grids.crs.is_projected or {axis.unit_name for axis in grids.crs.axis_info} != {"metre"}:
        raise CRSError(f"the grid layer is not in metres ({grids.crs.name}); reproject it to the city's metric CRS")
    if communities is not None and communities.crs != grids.crs:
        raise CRSError(f"communities are in {communities.crs}, the grids in {grids.crs.name}; reproject one of them")


def _is_finite(shapes: Geometries) -> NDArray[np.bool_]:
    """Tell which geometries hold neither NaN nor infinite coordinates."""
    points, row = shapely.get_coordinates(shapes, return_index=True)
    return np.bincount(row[~np.isfinite(points).all(axis=1)], minlength=len(shapes)) == 0


def _areal(geometries: Iterable[Any]) -> Geometries:
    """Return the repaired areal part of each geometry, None where there is no area."""
    shapes: Geometries = shapely.force_2d(np.array(list(geometries), dtype=object))
    shapes[~_is_finite(shapes)] = None
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (-1, 3, 6)))
    for row in mixed:  # rare: collections, lines, points
        parts = shapely.get_parts(shapely.get_parts(shapes[row]))
        shapes[row] = shapely.union_all(parts[shapely.get_type_id(parts) == 3])
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def _shape_faults(shapes: Geometries, codes: list[str]) -> list[_Faults]:
    """Count missing, invalid, multipart and non-areal geometries."""
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    invalid = ~empty & ~(shapely.is_valid(shapes) & _is_finite(shapes))
    kind = shapely.get_type_id(shapes)
    multipart = (kind == 6) & (shapely.get_num_geometries(shapes) > 1)
    found = {"empty": empty, "invalid": invalid, "multipart": multipart, "not_polygon": ~empty & ~np.isin(kind, (3, 6))}
    return [_select(name, rows, codes, shapes) for name, rows in found.items()]


def _select(kind: str, chosen: NDArray[np.bool_], codes: list[str], shapes: Geometries) -> _Faults:
    """Make faults of some rows of the layer; their area is the grid's own."""
    rows = np.flatnonzero(chosen)
    return _Faults(kind, [codes[row] for row in rows], shapes[rows], np.nan_to_num(shapely.area(shapes[rows])))


def _overlaps(shapes: Geometries, names: list[str]) -> _Faults:
    """Find every pair whose interiors meet, however thin the overlap."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    meet = shapely.relate_pattern(shapes[first], shapes[second], INTERIORS_MEET)
    first, second = first[meet], second[meet]
    common = shapely.intersection(shapes[first], shapes[second])
    pairs = [f"{names[i]}|{names[j]}" for i, j in zip(first, second, strict=True)]
    return _Faults("overlap", pairs, common, shapely.area(common))


# -------------------------------------------------------------------------- edges


def _unmatched_edges(shapes: Geometries, names: list[str]) -> _Faults:
    """Count the segments that meet another grid without being vertex-identical in it.

    GEOS also names edges on the rim that meet nothing, where a hole of a neighbour touches its shell at their end.
    """
    lines, row = shapely.get_parts(shapely.coverage_invalid_edges(shapes), return_index=True)
    points, line = shapely.get_coordinates(lines, return_index=True)
    starts = np.flatnonzero(line[1:] == line[:-1])
    starts = starts[_meets_another(points[starts], points[starts + 1], row[line[starts]], shapes)]
    at = shapely.points((points[starts] + points[starts + 1]) / 2)
    return _Faults("unmatched_edge", [names[i] for i in row[line[starts]]], at, np.zeros(len(starts)))


def _meets_another(
    start: NDArray[np.float64], end: NDArray[np.float64], row: NDArray[np.int64], shapes: Geometries
) -> NDArray[np.bool_]:
    """Tell which segments of grids come near another grid anywhere but at their ends."""
    run = end - start
    inset = run * np.minimum(END_M / np.maximum(np.hypot(*run.T), 1e-12), 0.25)[:, None]
    middle = shapely.linestrings(np.stack([start + inset, end - inset], axis=1))
    segment, other = shapely.STRtree(shapes).query(middle, predicate="dwithin", distance=OVERLAY_NOISE_M)
    meets = np.zeros(len(start), bool)
    meets[segment[other != row[segment]]] = True
    return meets


def _directed_edges(shapes: Geometries) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.int64]]:
    """Return start, end (as x + iy) and row of all edges, the interior on the left."""
    polygons, row = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(shapely.orient_polygons(polygons, exterior_cw=False), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    number = points[:, 0] + 1j * points[:, 1] + 0.0  # + 0.0 makes -0.0 equal to 0.0 bit for bit
    start, end = number[:-1], number[1:]
    real = (ring[1:] == ring[:-1]) & (start != end)
    return start[real], end[real], row[polygon[ring[:-1][real]]]


def _uncancelled_edges(shapes: Geometries, names: list[str], frame: Any, tolerance_m: float) -> tuple[_Faults, int]:
    """Find edges that neither a neighbour nor the frame runs through backwards, and count those on the frame.

    Edges on the frame's border that it divides by other vertices are no fault: two partitions may share a line
    without sharing its vertices. Whether anything is missing there is left to the overlay.
    """
    start, end, row = _directed_edges(shapes)
    frame_end, frame_start, _ = _directed_edges(np.array([frame], dtype=object))  # reversed: it runs the other way
    start, end = np.concatenate([start, frame_start]), np.concatenate([end, frame_end])
    row = np.concatenate([row, np.full(len(frame_start), len(names))])
    _, number = np.unique(np.concatenate([start, end]), return_inverse=True)
    a, b = number[: len(start)].astype(np.int64), number[len(start) :].astype(np.int64)
    key = np.minimum(a, b) * (len(number) + 1) + np.maximum(a, b)
    _, index, undirected = np.unique(key, return_index=True, return_inverse=True)
    balance = np.bincount(undirected, weights=np.where(a < b, 1.0, -1.0), minlength=len(index))
    loose = index[balance != 0]
    on_frame = _lie_on(start[loose], end[loose], frame.boundary, tolerance_m)
    loose = loose[~on_frame]
    middle = (start[loose] + end[loose]) / 2
    codes = [*names, ""]
    faults = _Faults(
        "uncancelled_edge",
        [codes[i] for i in row[loose]],
        shapely.points(middle.real, middle.imag),
        np.zeros(len(loose)),
    )
    return faults, int(on_frame.sum())


def _lie_on(
    start: NDArray[np.complex128], end: NDArray[np.complex128], line: Any, tolerance_m: float
) -> NDArray[np.bool_]:
    """Tell which edges run along a line: both ends and the middle lie within the tolerance."""
    shapely.prepare(line)
    along = np.ones(len(start), bool)
    for point in (start, end, (start + end) / 2):
        along[along] = shapely.dwithin(line, shapely.points(point[along].real, point[along].imag), tolerance_m)
    return along


# -------------------------------------------------------------------------- frame


def _frame_faults(shapes: Geometries, frame: Any, tolerance_m: float) -> tuple[_Faults, _Faults]:
    """Return gaps (frame − union) and excess (union − frame)."""
    # the coverage union is only defined on a coverage; anything else is dissolved by overlay
    union = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
    found = []
    for kind, rest in (("gap", shapely.difference(frame, union)), ("outside", shapely.difference(union, frame))):
        parts = shapely.get_parts(rest)
        parts = parts[(shapely.get_type_id(parts) == 3) & (_width_m(parts) > OVERLAY_NOISE_M)]
        if tolerance_m > 0 and len(parts):
            strip = shapely.buffer(frame.boundary, tolerance_m)
            shapely.prepare(strip)
            parts = parts[~shapely.covers(strip, parts)]
        found.append(_Faults(kind, [""] * len(parts), parts, shapely.area(parts)))
    return found[0], found[1]


def _width_m(parts: Geometries) -> NDArray[np.float64]:
    """Return the width that a thin piece has on average: twice its area over its perimeter."""
    length = shapely.length(parts)
    width: NDArray[np.float64] = np.divide(2 * shapely.area(parts), length, out=np.zeros(len(parts)), where=length > 0)
    return width


def _position(geometry: Any) -> dict[str, float | None]:
    """Return a point in (or, if it is too thin, on the border of) a fault; None without finite coordinates."""
    if geometry is None or geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        return {"x": None, "y": None}
    inside = shapely.get_coordinates(shapely.point_on_surface(geometry))
    x, y = (inside if len(inside) else shapely.get_coordinates(geometry))[0]
    return {"x": float(x), "y": float(y)}


# -------------------------------------------------------------- codes and communities


def _code_faults(
    codes: list[str], owners: list[str], shapes: Geometries, code_fault: CodeFault | None
) -> tuple[_Faults, _Faults]:
    """Find codes given twice (all but the first bearer) and codes that are missing or break their layout."""
    seen: set[str] = set()
    repeated = np.zeros(len(codes), bool)
    malformed = np.zeros(len(codes), bool)
    for row, (text, owner) in enumerate(zip(codes, owners, strict=True)):
        repeated[row] = bool(text) and text in seen
        malformed[row] = not text or (code_fault is not None and code_fault(text, owner) is not None)
        seen.add(text)
    return _select("duplicate_code", repeated, codes, shapes), _select("malformed_code", malformed, codes, shapes)


def _owners(
    grids: gpd.GeoDataFrame, shapes: Geometries, communities: gpd.GeoDataFrame | None, shared: Geometries
) -> list[str]:
    """Return each grid's community code: as the layer says, else by a point inside the grid, else empty."""
    if "community_code" in grids:
        return [value if isinstance(value, str) else "" for value in grids["community_code"]]
    owners = [""] * len(grids)
    if communities is not None:
        codes = communities["code"].astype(str).to_numpy()
        rows, hits = shapely.STRtree(shared).query(shapely.point_on_surface(shapes), predicate="intersects")
        for row, hit in zip(rows, hits, strict=True):
            owners[row] = min(filter(None, (owners[row], codes[hit])))
    return owners


def _community_faults(
    shapes: Geometries,
    names: list[str],
    owners: list[str],
    communities: tuple[NDArray[np.object_], Geometries],
    tolerance_m: float,
) -> list[_Faults]:
    """Find grids that leave their own community, or name one that there is not, and communities without a grid."""
    parts: dict[str, list[Any]] = {}
    for code, shape in zip(*communities, strict=True):
        if shape is not None:
            parts.setdefault(code, []).append(shape)
    home = {code: shapely.union_all(found) if len(found) > 1 else found[0] for code, found in parts.items()}
    own = np.array([home.get(owner) for owner in owners], dtype=object)
    rest = shapes.copy()  # of a grid without a community all is outside
    leaving = ~shapely.is_missing(own) & ~shapely.covers(own, shapes)
    rest[~shapely.is_missing(own) & ~leaving] = None
    rest[leaving] = shapely.difference(shapes[leaving], own[leaving])
    core = shapely.buffer(rest, -tolerance_m / 2)  # what is left is nowhere thicker than the tolerance
    crossing = np.flatnonzero(~shapely.is_missing(rest) & ~shapely.is_empty(core))
    bare = sorted(set(home) - set(owners))
    empty = np.array([home[code] for code in bare], dtype=object)
    return [
        _Faults("crossing_community", [names[i] for i in crossing], rest[crossing], shapely.area(rest[crossing])),
        _Faults("community_without_grid", bare, empty, shapely.area(empty)),
    ]
