"""Uncovered places of one layer: narrow ones are split along their middle, wide ones are left alone.

In: valid polygons of one layer and the frame. Out: the void pieces, and for narrow ones whose they become.
Before: `gridgeo.partition.repair` made the polygons valid; after: the arrangement nodes the pieces with all layers.

The middle comes from a Voronoi diagram of points along the banks. Only its edges between two different owners
are used: together with the banks they are noded on the grid and polygonized, so pieces never overlap and
fill their void exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import Delaunay, cKDTree

from gridgeo.partition.telling import mean_width_m, polygons_of

__all__ = ["NODE_GRID_M", "THIN_VOID_M", "VOID_WIDTH_M", "Split", "split_along_middle", "uncovered", "wide_and_narrow"]

VOID_WIDTH_M = 30.0
"""Voids up to this width are roads and drawing slips and are split: an urban arterial with its pavements is 24-30 m
wide; wider places are squares, water or missing grids. Chosen; see tests/test_voids.py."""

NODE_GRID_M = 0.001
"""Grid on which voids are computed and their pieces noded."""

BANK_REACH_M = 0.01
"""A bank belongs to the features within this distance: several times the rounding of the grid."""

STEP_MIN_M, STEP_MAX_M = 0.25, 12.0
"""Spacing of the points on a bank: half the width of the void between these limits keeps the middle off the banks (it
swings by step^2 / (4 x width) at most)."""

STRAIGHTEN_MIN_M, STRAIGHTEN_SHARE = 0.02, 0.3
"""Middles are straightened by this share of step^2 / width, at least this much: a little more than they swing."""

THIN_VOID_M = 2.0
"""Voids with a smaller mean width are slips of drawing, often tens of thousands; a smooth middle is not worth its
vertices there: isolated ones go whole to the longest bank, nets are cut from bank vertex to bank vertex."""

THIN_OWNERS_MAX = 3
"""A thin void with more neighbours is a net: given whole, one feature would get all of it."""

COARSE_SHARE = 0.02
"""Outlines of voids are generalised by this share of the width before their wide places are looked for."""

WIDE_AREA = 4.0
"""A widening of a net counts as wide from this many squared widths: crossings of roads stay below."""


@dataclass(frozen=True, slots=True)
class Split:
    """Pieces of narrow voids and their new owners."""

    pieces: np.ndarray
    """Polygons, (n,)."""
    owners: np.ndarray
    """Row of the polygon that gets each piece, (n,)."""
    holes: np.ndarray
    """Voids inside one single feature: left alone, polygons, (k,)."""
    hole_owners: np.ndarray
    """Row of the feature around each hole, (k,)."""


def uncovered(polygons: np.ndarray, frame: Any) -> np.ndarray:
    """Return the parts of the frame that no polygon covers.

    Parameters
    ----------
    polygons : array of Polygon or MultiPolygon, (n,)
        Valid, metres.
    frame : Polygon or MultiPolygon

    Returns
    -------
    array of Polygon
        Connected pieces thicker than the noding grid.
    """
    union = shapely.union_all(polygons, grid_size=NODE_GRID_M)
    pieces = polygons_of(shapely.difference(frame, union, grid_size=NODE_GRID_M))
    return pieces[mean_width_m(pieces) > 2 * NODE_GRID_M]


def wide_and_narrow(voids: np.ndarray, *, width_m: float = VOID_WIDTH_M) -> tuple[np.ndarray, np.ndarray]:
    """Divide voids into places wider than a width and the strips around them.

    Parameters
    ----------
    voids : array of Polygon, (n,)
    width_m : float, keyword-only

    Returns
    -------
    wide, narrow : array of Polygon
        Together they fill the voids exactly.
    """
    # dense rings make buffering by much more than their spacing very slow; the cut below is exact all the same
    core = shapely.buffer(shapely.simplify(voids, COARSE_SHARE * width_m), -width_m / 2, join_style="mitre")
    has_core = ~shapely.is_empty(core)
    opened = shapely.buffer(core[has_core], width_m / 2, join_style="mitre")
    wide, narrow = [], [voids[~has_core]]
    # a Python loop: only voids with a wide place somewhere come here, and each is cut on its own
    for void, around in zip(voids[has_core], opened, strict=True):
        places = polygons_of(shapely.intersection(void, around, grid_size=NODE_GRID_M))
        area_m2 = shapely.area(places)
        large = (area_m2 >= WIDE_AREA * width_m**2) | (area_m2 >= 0.5 * shapely.area(void))
        if not large.any():
            narrow.append(np.array([void], dtype=object))
            continue
        strips = polygons_of(shapely.difference(void, shapely.union_all(places[large]), grid_size=NODE_GRID_M))
        strips = strips[shapely.area(strips) > width_m**2 / 2]  # corners of the wide place stay with it
        rest = void if not len(strips) else shapely.difference(void, shapely.union_all(strips), grid_size=NODE_GRID_M)
        wide.append(polygons_of(rest))
        narrow.append(strips)
    return np.concatenate([np.empty(0, dtype=object), *wide]), np.concatenate(narrow)


def split_along_middle(voids: np.ndarray, polygons: np.ndarray, *, thin: np.ndarray | None = None) -> Split:
    """Divide narrow voids among the polygons at their banks, along the middle.

    Parameters
    ----------
    voids : array of Polygon, (m,)
        Narrow and pairwise disjoint.
    polygons : array of Polygon or MultiPolygon, (n,)
        The layer; ties go to the lower row.
    thin : array of bool, (m,), keyword-only, optional
        Voids too thin for a middle; by default those with a mean width up to `THIN_VOID_M`.

    Returns
    -------
    Split
        A void inside one feature is a hole and stays one, unless it is thin.
        A void with no feature at its banks is given to nobody.

    Notes
    -----
    O(k log k) for k bank points, about 2 x length / width of them.
    """
    if not len(voids) or not len(polygons):
        none, nobody = np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
        return Split(none, nobody, none, nobody)
    banks = _banks_of(voids, polygons)
    count = _owners_per_void(banks, len(voids))
    first = _main_owner(banks, len(voids))
    if thin is None:
        thin = mean_width_m(voids) <= THIN_VOID_M
    hole = (count == 1) & banks.closed & ~thin
    whole = ~hole & ((count == 1) | (thin & (count > 1) & (count <= THIN_OWNERS_MAX)))
    nets, net_owners = _cut_across(voids, thin & (count > THIN_OWNERS_MAX), banks)
    strips, strip_owners = _cut_along(voids, ~thin & (count > 1), banks)
    pieces = np.concatenate([voids[whole], nets, strips])
    owners = np.concatenate([first[whole], net_owners, strip_owners])
    return Split(pieces, owners, voids[hole], first[hole])


@dataclass(frozen=True, slots=True)
class _Banks:
    """The segments around voids that some polygon owns."""

    ends: np.ndarray
    """Both ends of each segment, (s, 2, 2)."""
    void: np.ndarray
    owner: np.ndarray
    closed: np.ndarray
    """Per void: are all its segments owned."""


def _banks_of(voids: np.ndarray, polygons: np.ndarray) -> _Banks:
    """Find the owner of every segment around the voids: the lowest row within reach of its middle."""
    rings, ring_void = shapely.get_rings(voids, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.stack([points[:-1], points[1:]], axis=1)[ring[1:] == ring[:-1]]
    void = ring_void[ring[:-1][ring[1:] == ring[:-1]]]
    hit, polygon = shapely.STRtree(polygons).query(shapely.points(ends.mean(axis=1)), "dwithin", BANK_REACH_M)
    owner = np.full(len(ends), len(polygons), np.int64)
    np.minimum.at(owner, hit, polygon)
    owned = owner < len(polygons)
    closed = np.ones(len(voids), bool)
    closed[void[~owned]] = False
    return _Banks(ends[owned], void[owned], owner[owned], closed)


def _owners_per_void(banks: _Banks, voids: int) -> np.ndarray:
    """Count the different owners along each void's banks."""
    pairs = np.unique(np.column_stack([banks.void, banks.owner]), axis=0)
    return np.bincount(pairs[:, 0], minlength=voids)


def _main_owner(banks: _Banks, voids: int) -> np.ndarray:
    """Return the owner of the longest bank of each void, the lower row on a tie, -1 without any."""
    length_m = np.hypot(*(banks.ends[:, 1] - banks.ends[:, 0]).T)
    pairs, row = np.unique(np.column_stack([banks.void, banks.owner]), axis=0, return_inverse=True)
    shared_m = np.bincount(row.ravel(), weights=length_m, minlength=len(pairs))
    order = np.lexsort([-pairs[:, 1], shared_m, pairs[:, 0]])
    main = np.full(voids, -1, np.int64)
    main[pairs[order, 0]] = pairs[order, 1]  # the last write per void is its longest bank
    return main


def _cut_across(voids: np.ndarray, net: np.ndarray, banks: _Banks) -> tuple[np.ndarray, np.ndarray]:
    """Triangulate thin nets; each triangle goes to the owner of its longest bank, else to the nearest bank."""
    if not net.any():
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(voids[net]))
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)
    sides = np.stack([corners[:, :-1], corners[:, 1:]], axis=2).reshape(-1, 2, 2)
    both = np.concatenate([banks.ends, sides])
    low_first = (both[:, 0] < both[:, 1])[:, :1] | (
        (both[:, 0, :1] == both[:, 1, :1]) & (both[:, 0] < both[:, 1])[:, 1:]
    )
    keys = np.where(low_first[:, None], both, both[:, ::-1]).reshape(-1, 4)
    key = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    owner_of = np.full(key.max() + 1, -1, np.int64)
    owner_of[key[: len(banks.ends)]] = banks.owner
    owner = owner_of[key[len(banks.ends) :]].reshape(-1, 3)
    length_m = np.hypot(*(sides[:, 1] - sides[:, 0]).T).reshape(-1, 3)
    side = np.where(owner >= 0, length_m, -1.0).argmax(axis=1)
    owner = owner[np.arange(len(owner)), side]
    near = cKDTree(banks.ends.mean(axis=1)).query(corners[:, :3].mean(axis=1))[1]
    return _joined(triangles, np.where(owner >= 0, owner, banks.owner[near]))


def _cut_along(voids: np.ndarray, shared: np.ndarray, banks: _Banks) -> tuple[np.ndarray, np.ndarray]:
    """Cut the shared voids along the middle between different owners; join the pieces by owner."""
    if not shared.any():
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    points, owner = _bank_points(voids, shared, banks)
    voids = voids[shared]
    middle = _middle_lines(points, owner)
    # the voids are the queries because GEOS prepares those: one void may have 100,000 vertices
    near = np.unique(shapely.STRtree(middle).query(voids, "intersects")[1])
    chains = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(middle[near])))
    lines = np.concatenate([shapely.boundary(voids), _straightened(chains, voids)])
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines, grid_size=NODE_GRID_M)]))
    inner = shapely.point_on_surface(faces)
    inside = np.unique(shapely.STRtree(inner).query(voids, "intersects")[1])
    face_owner = owner[cKDTree(points).query(shapely.get_coordinates(inner[inside]))[1]]
    return _joined(faces[inside], face_owner)


def _straightened(chains: np.ndarray, voids: np.ndarray) -> np.ndarray:
    """Take the swing of the Voronoi edges out of middle lines."""
    centre = shapely.line_interpolate_point(chains, 0.5, normalized=True)
    void, chain = shapely.STRtree(centre).query(voids, "intersects")
    tolerance_m = np.full(len(chains), STRAIGHTEN_MIN_M)
    swing_m = _step_m(voids) ** 2 / mean_width_m(voids)
    tolerance_m[chain] = np.maximum(STRAIGHTEN_MIN_M, STRAIGHTEN_SHARE * swing_m[void])
    return shapely.simplify(chains, tolerance_m)


def _step_m(voids: np.ndarray) -> np.ndarray:
    """Return the spacing of bank points for each void."""
    return np.clip(mean_width_m(voids) / 2, STEP_MIN_M, STEP_MAX_M)


def _bank_points(voids: np.ndarray, shared: np.ndarray, banks: _Banks) -> tuple[np.ndarray, np.ndarray]:
    """Return evenly spread points inside the segments around the shared voids, and their owners."""
    step_m = _step_m(voids)[banks.void]
    along = banks.ends[:, 1] - banks.ends[:, 0]
    count = np.where(shared[banks.void], np.ceil(np.hypot(*along.T) / step_m), 0).astype(np.int64)
    segment = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    share = (nth + 0.5) / count[segment]
    points = banks.ends[segment, 0] + share[:, None] * along[segment]
    points, first = np.unique(np.round(points, 4), axis=0, return_index=True)
    return points, banks.owner[segment][first]


def _middle_lines(points: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return the Voronoi edges that separate points of different owners."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre, reach = (low + high) / 2, 10 * (high - low).max() + 1000.0
    # four far points close all cells near the banks; qhull needs coordinates near zero
    corners = reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    mesh = Delaunay(np.vstack([points - centre, corners]))
    middle = _circumcentres(mesh.points[mesh.simplices])
    side = np.append(owner, [-1, -1, -1, -1])[mesh.simplices]
    triangle, corner = np.nonzero(mesh.neighbors > np.arange(len(side))[:, None])
    other = mesh.neighbors[triangle, corner]
    left, right = side[triangle, (corner + 1) % 3], side[triangle, (corner + 2) % 3]
    between = (left != right) & (left >= 0) & (right >= 0)
    return shapely.linestrings(np.stack([middle[triangle[between]], middle[other[between]]], axis=1) + centre)


def _circumcentres(triangles: np.ndarray) -> np.ndarray:
    """Return the circumcentres of triangles (t, 3, 2); flat ones get the middle of their corners."""
    origin = triangles[:, 0]
    b, c = triangles[:, 1] - origin, triangles[:, 2] - origin
    twice = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    b2, c2 = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x, y = c[:, 1] * b2 - b[:, 1] * c2, b[:, 0] * c2 - c[:, 0] * b2
    flat = np.abs(twice) < 1e-9 * (b2 + c2)
    offset = np.column_stack([x, y]) / np.where(flat, 1.0, twice)[:, None]
    return origin + np.where(flat[:, None], (b + c) / 3, offset)


def _joined(faces: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dissolve noded faces by owner and return the connected pieces."""
    order = np.argsort(owner, kind="stable")
    owners, start = np.unique(owner[order], return_index=True)
    joined = [shapely.coverage_union_all(group) for group in np.split(faces[order], start[1:])]
    pieces, row = shapely.get_parts(np.array(joined, dtype=object), return_index=True)
    return pieces, owners[row]
