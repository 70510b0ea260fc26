"""Faults between the features of one layer: overlaps, duplicates, containment, unmatched and idle vertices.

In: valid polygons of one layer. Out: plain arrays of pairs, pieces and places; `gridgeo.partition.repair` words them.
Nothing is changed here: overlaps are resolved by the arrangement and the policy after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridgeo.partition.telling import mean_width_m, polygons_of, single_or_multi

__all__ = ["Overlaps", "Unmatched", "idle_vertices", "noise_width_m", "overlaps_between", "unmatched_vertices"]

INTERIORS_MEET = "T********"

ROUNDING_M = 0.002
"""Overlaps thinner than this come from rounding coordinates to millimetres, not from drawing."""

SAME_SHARE = 0.98
"""From this share of the larger polygon two are the same, from this share of the smaller one contains the other."""

MATCH_M = 0.01
"""A vertex this near to a neighbour's edge was meant to lie on it."""

IDLE_STEP_M = 2.0
"""Vertices nearer to their own neighbours than this are how curves are drawn."""

NOISE_SHARE = 0.3
"""A layer is drawn without shared lines when this share of its features has thin overlaps with neighbours."""

NOISE_PAIRS_MIN = 8
"""Fewer pairs than this are single faults, whatever their share."""

NOISE_FACTOR = 3.0
"""In such a layer a piece is a fault of its own when it is this much wider than nine tenths of the noise."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of features whose interiors meet."""

    first: np.ndarray
    second: np.ndarray
    """Rows of the pair, first < second, (n,)."""
    pieces: np.ndarray
    """What both cover: Polygon or MultiPolygon, (n,)."""
    kind: np.ndarray
    """duplicate, contained or overlap, (n,)."""

    width_m: np.ndarray
    """Mean width of the widest piece of each pair, (n,)."""


def overlaps_between(polygons: np.ndarray) -> Overlaps:
    """Find every pair of polygons that cover common ground.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)
        Valid, metres.

    Returns
    -------
    Overlaps
        Pairs in row order; pieces thinner than rounding are left out.
    """
    first, second = shapely.STRtree(polygons).query(polygons, "intersects")
    ordered = first < second
    first, second = first[ordered], second[ordered]
    meet = shapely.relate_pattern(polygons[first], polygons[second], INTERIORS_MEET)
    first, second = first[meet], second[meet]
    order = np.lexsort([second, first])
    first, second = first[order], second[order]
    common = shapely.intersection(polygons[first], polygons[second])
    pieces = [p[mean_width_m(p) > ROUNDING_M] for p in (polygons_of(piece) for piece in common)]
    real = np.array([len(p) > 0 for p in pieces], bool)
    first, second = first[real], second[real]
    kept = np.array([single_or_multi(p) for p in pieces if len(p)], dtype=object)
    kind = _pair_kind(polygons, first, second, shapely.area(kept))
    width_m = np.array([mean_width_m(p).max() for p in pieces if len(p)])
    return Overlaps(first, second, kept, kind, width_m)


def _pair_kind(polygons: np.ndarray, first: np.ndarray, second: np.ndarray, common_m2: np.ndarray) -> np.ndarray:
    """Tell duplicates and containment from plain overlaps."""
    area_m2 = shapely.area(polygons)
    small = np.minimum(area_m2[first], area_m2[second])
    large = np.maximum(area_m2[first], area_m2[second])
    return np.select(
        [common_m2 >= SAME_SHARE * large, common_m2 >= SAME_SHARE * small], ["duplicate", "contained"], "overlap"
    )


def noise_width_m(overlaps: Overlaps, features: int, accuracy_m: float) -> float:
    """Return the width below which overlaps are the layer's own noise, 0 if its neighbours share their lines.

    Parameters
    ----------
    overlaps : Overlaps
    features : int
        Number of features in the layer.
    accuracy_m : float
        How far the layer's lines may lie from the truth.
    """
    plain = overlaps.kind == "overlap"
    thin = plain & (overlaps.width_m <= accuracy_m)
    touched = np.union1d(overlaps.first[thin], overlaps.second[thin])
    if thin.sum() < NOISE_PAIRS_MIN or len(touched) < NOISE_SHARE * features:
        return 0.0
    return float(NOISE_FACTOR * np.quantile(overlaps.width_m[thin], 0.9))


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Vertices that lie on a neighbour's edge without a vertex there."""

    points: np.ndarray
    """Points, (n,)."""
    owner: np.ndarray
    """Row of the polygon that has the vertex, (n,)."""
    neighbour: np.ndarray
    """Row of the polygon that lacks it, (n,)."""


def unmatched_vertices(polygons: np.ndarray, *, reach_m: float = MATCH_M) -> Unmatched:
    """Find vertices that a neighbour's edge passes without a vertex of its own.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)
        Exterior rings counter-clockwise.
    reach_m : float, keyword-only
        How near to the edge a vertex must lie.

    Returns
    -------
    Unmatched
        Sorted by polygon, neighbour, x, y; each vertex once per neighbour.

    Notes
    -----
    Only segments without a twin in another polygon are looked at, so a clean layer costs one sort.
    """
    ends, row = _lone_segments(polygons)
    lines = shapely.linestrings(ends)
    vertices = np.vstack([ends[:, 0], ends[:, 1]])
    vertex_row = np.concatenate([row, row])
    vertices, first = np.unique(np.column_stack([vertex_row, vertices]), axis=0, return_index=True)
    vertex_row, points = vertex_row[first], shapely.points(vertices[:, 1:])
    vertex, segment = shapely.STRtree(lines).query(points, "dwithin", reach_m)
    away = vertex_row[vertex] != row[segment]
    vertex, segment = vertex[away], segment[away]
    gap_m = np.linalg.norm(ends[segment] - vertices[vertex, None, 1:], axis=2).min(axis=1)
    inside = gap_m > reach_m
    found = np.unique(np.column_stack([vertex[inside], row[segment[inside]]]), axis=0)
    met = _vertex_there(polygons, points[found[:, 0]], found[:, 1], reach_m)
    found = found[~met]
    return Unmatched(points[found[:, 0]], vertex_row[found[:, 0]], found[:, 1])


def _lone_segments(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the segments (s, 2, 2) that nobody runs through backwards, and their polygon.

    A duplicate runs the same way, so it is no twin. Ends agree to a tenth of a millimetre.
    """
    parts, part_row = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    ends = np.stack([points[:-1], points[1:]], axis=1)[inside]
    row = part_row[ring_part[ring[:-1][inside]]]
    whole = np.rint(ends * 1e4).astype(np.int64)
    swap = (whole[:, 0, 0] > whole[:, 1, 0]) | ((whole[:, 0, 0] == whole[:, 1, 0]) & (whole[:, 0, 1] > whole[:, 1, 1]))
    whole[swap] = whole[swap][:, ::-1]
    inverse = np.unique(whole.reshape(-1, 4), axis=0, return_inverse=True)[1].ravel()
    backwards = np.bincount(inverse[swap], minlength=len(ends))[inverse]
    forwards = np.bincount(inverse[~swap], minlength=len(ends))[inverse]
    lone = (np.where(swap, forwards, backwards) == 0) & (whole[:, 0] != whole[:, 1]).any(axis=1)
    return ends[lone], row[lone]


def _vertex_there(polygons: np.ndarray, points: np.ndarray, rows: np.ndarray, reach_m: float) -> np.ndarray:
    """Tell for each point whether the polygon of that row has a vertex within reach."""
    wanted = np.unique(rows)
    corners, owner = shapely.get_coordinates(polygons[wanted], return_index=True)
    point, corner = shapely.STRtree(shapely.points(corners)).query(points, "dwithin", reach_m)
    met = np.zeros(len(points), bool)
    met[point[wanted[owner[corner]] == rows[point]]] = True
    return met


def idle_vertices(polygons: np.ndarray, *, reach_m: float = MATCH_M) -> tuple[np.ndarray, np.ndarray]:
    """Find vertices in the middle of a straight edge that no other polygon's border comes near.

    They change no shape. Where a neighbour ends at one, or its edge passes, they have a meaning; where there is no
    neighbour (at the rim, at a road that was left out, beside polygons drawn on their own) they tell of one that is
    missing or was moved.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)
    reach_m : float, keyword-only
        How near another border must come to give a vertex a meaning.

    Returns
    -------
    points : array of Point, (v,)
        In the order of the polygons and their rings.
    owner : array of int, (v,)
        Row of the polygon that has the vertex.
    """
    parts, part_row = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    at = _straight(places, ring, np.searchsorted(ring, np.arange(len(rings))))
    owner = part_row[ring_part[ring]]
    shared = _in_several(places, owner)[at]
    at = at[~shared]
    points, mine = shapely.points(places[at]), owner[at]
    vertex, row = shapely.STRtree(shapely.boundary(polygons)).query(points, "dwithin", reach_m)
    alone = np.ones(len(at), bool)
    alone[vertex[row != mine[vertex]]] = False
    return points[alone], mine[alone]


def _straight(places: np.ndarray, ring: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the positions at which rings go straight on; a ring's first vertex counts as its last."""
    at = np.setdiff1d(np.arange(len(places)), start)
    ends = np.append(ring[1:] != ring[:-1], True)[at]
    after = np.where(ends, start[ring[at]] + 1, at + 1)
    into, out = places[at] - places[at - 1], places[after] - places[at]
    whole = into + out
    length_m = np.hypot(*whole.T)
    off_m = np.abs(whole[:, 0] * into[:, 1] - whole[:, 1] * into[:, 0]) / np.maximum(length_m, ROUNDING_M)
    step_m = np.minimum(np.hypot(*into.T), np.hypot(*out.T))
    return at[(off_m <= ROUNDING_M) & (step_m >= IDLE_STEP_M) & ((into * out).sum(axis=1) > 0)]


def _in_several(places: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Tell of each vertex whether several polygons have it, to a tenth of a millimetre."""
    whole = np.rint(places * 1e4)
    inverse = np.unique(whole[:, 0] + 1j * whole[:, 1], return_inverse=True)[1].ravel()
    lowest = np.full(len(places), len(places))
    np.minimum.at(lowest, inverse, owner)
    highest = np.full(len(places), -1)
    np.maximum.at(highest, inverse, owner)
    return (lowest != highest)[inverse]
