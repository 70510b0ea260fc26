"""Grids of faces to the tables that leave the partition: shapes, provenance, crosswalk.

In: an arrangement, the grid of every face, and what the features are called. Out: polygons that match vertex by
vertex, and where every agency's area and households went. Previous stage: `gridgeo.partition.resolve`; next:
`gridgeo.partition.check` and numbering.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.atoms import covered_area
from gridgeo.partition.noding import node
from gridgeo.partition.segments import segments_of

__all__ = ["SIGNIFICANT_SHARE", "Link", "change_codes", "links", "straight_vertices"]

SIGNIFICANT_SHARE = 0.05
"""Shares below this do not make a grid split or merged: chosen, they are drawing rather than meaning."""
_BESIDE_STEPS = 5.0
_ROUNDS = 5
_LEAST_AREA_M2 = 0.01
"""Smaller common areas are rounding and get no row."""


def straight_vertices(
    arrangement: Arrangement, label: NDArray[np.int64], also: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return which vertices must stay so that borders become straight again and still meet only in vertices.

    Parameters
    ----------
    arrangement : Arrangement
    label : array of int64, (f,)
        Grid of each face, -1 = none.
    also : array of bool, (v,), optional
        Vertices that stay whatever they are.

    Returns
    -------
    array of bool, (v,)

    Notes
    -----
    Straightening moves borders by less than `gridgeo.partition.outline.STRAIGHT_STEPS` lattice steps. Where two lines
    lie so close that they then meet, their vertices stay.
    """
    keep = arrangement.nodes_and_bends(label)
    if also is not None:
        keep |= also
    for _ in range(_ROUNDS):
        shapes = arrangement.shapes(label, keep=keep)[1]
        struck = _struck(shapes, arrangement)
        if not len(struck):
            return keep
        keep = keep | _beside(arrangement.points, struck)
    return np.ones(len(arrangement.points), bool)


def _struck(shapes: NDArray[np.object_], arrangement: Arrangement) -> NDArray[np.int64]:
    """Return the segments (n, 2, 2), in lattice points, that meet others away from vertices."""
    segments = segments_of(shapes, np.arange(len(shapes)), arrangement.lattice)
    noded = node(segments)
    before = segments.points[segments.ends].reshape(-1, 4)
    after = noded.points[noded.ends].reshape(-1, 4)
    if np.array_equal(before, after):
        return np.empty((0, 2, 2), np.int64)
    rows, count = np.unique(np.vstack([before, after]), axis=0, return_counts=True)
    return rows[count == 1].reshape(-1, 2, 2)


def _beside(points: NDArray[np.int64], segments: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which points lie within a few lattice steps of segments."""
    tree = shapely.STRtree(shapely.linestrings(segments.astype(float)))
    low, high = segments.min(axis=(0, 1)) - _BESIDE_STEPS, segments.max(axis=(0, 1)) + _BESIDE_STEPS
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    hit = tree.query(shapely.points(points[near].astype(float)), predicate="dwithin", distance=_BESIDE_STEPS)[0]
    beside = np.zeros(len(points), bool)
    beside[near[hit]] = True
    return beside


@dataclass(frozen=True, slots=True)
class Link:
    """What one agency's grids and the merged grids have in common, one row per pair.

    An agency's grid is what has one id, be it one feature or several.
    """

    grid: NDArray[np.int64]
    source: NDArray[np.int64]
    area_of_grid: NDArray[np.float64]
    """Share of the grid's area."""
    area_of_source: NDArray[np.float64]
    """Share of the agency grid's area, of all that was drawn."""
    households_of_grid: NDArray[np.float64]
    households_of_source: NDArray[np.float64]


def links(
    arrangement: Arrangement,
    layer: int,
    grid: NDArray[np.int64],
    *,
    source: NDArray[np.int64],
    household_face: NDArray[np.int64],
    household_count: NDArray[np.int64],
) -> Link:
    """Compare one agency's grids with the merged grids.

    Parameters
    ----------
    arrangement : Arrangement
    layer : int
        The agency's layer.
    grid : array of int64, (f,)
        Grid of each face, -1 outside.
    source : array of int64, (features,), keyword-only
        Number of each feature's id, from 0.
    household_face, household_count : arrays of int64, (h,), keyword-only
        Face and number of every household row.
    """
    source_at, drawn_m2 = _sources(arrangement, layer, source)
    width = len(drawn_m2)
    known = np.flatnonzero((grid >= 0) & (source_at >= 0))
    key, row = np.unique(grid[known] * width + source_at[known], return_inverse=True)
    area_m2 = np.bincount(row, arrangement.face_area_m2[known], len(key))
    kept = area_m2 >= _LEAST_AREA_M2
    key, area_m2 = key[kept], area_m2[kept]
    pair_grid, pair_source = key // width, key % width
    grids = int(grid.max(initial=-1)) + 1
    inside = grid >= 0
    grid_m2 = np.bincount(grid[inside], arrangement.face_area_m2[inside], grids)
    own = grid[household_face] >= 0
    household_face, household_count = household_face[own], household_count[own]
    count = _households(grid[household_face] * width, source_at[household_face], household_count, key)
    of_grid = np.bincount(grid[household_face], household_count, grids)
    of_source = np.bincount(pair_source, count, width)
    return Link(
        pair_grid,
        pair_source,
        area_m2 / grid_m2[pair_grid],
        area_m2 / drawn_m2[pair_source],
        count / np.maximum(of_grid[pair_grid], 1),
        count / np.maximum(of_source[pair_source], 1),
    )


def _sources(
    arrangement: Arrangement, layer: int, source: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the id that counts in each face, -1 = none, and the area drawn under each id."""
    at = np.full(arrangement.faces.faces, -1, np.int64)
    face, feature, _ = covered_area(arrangement, layer, np.arange(len(at)))
    at[face] = source[feature]
    face, feature = arrangement.covering(layer)
    width = max(int(source.max(initial=-1)) + 1, 1)
    once = np.unique(face * width + source[feature])  # features of one id may overlap
    drawn_m2 = np.bincount(once % width, arrangement.face_area_m2[once // width], width).astype(np.float64)
    return at, drawn_m2


def _households(
    first: NDArray[np.int64], source: NDArray[np.int64], count: NDArray[np.int64], key: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Add up the households of each pair, given ascending keys of pairs."""
    total = np.zeros(len(key))
    known = source >= 0
    wanted = first[known] + source[known]
    at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    hit = key[at] == wanted if len(key) else np.zeros(len(wanted), bool)
    np.add.at(total, at[hit], count[known][hit])
    return total


def change_codes(link: Link) -> NDArray[np.str_]:
    """Return U, S, M or X for every agency grid of a link, by its significant pairs.

    U: it became one grid, which came from nothing else. S: it was split into grids of its own. M: it was merged whole
    with other whole ones. X: anything else, as where most of it, or of what it became, belongs to no pair: cut off by
    the frame, or ground that the agency does not know. Semantics of the ONS output-area lookups.
    """
    sources = int(link.source.max(initial=-1)) + 1
    weight = np.maximum(link.area_of_source, link.households_of_source)
    reverse = np.maximum(link.area_of_grid, link.households_of_grid)
    real = (weight >= SIGNIFICANT_SHARE) & (reverse >= SIGNIFICANT_SHARE)
    real |= (weight >= 0.5) | (reverse >= 0.5)
    grid, source = link.grid[real], link.source[real]
    known = np.bincount(link.source, weight, sources) >= 0.5
    grids = int(link.grid.max(initial=-1)) + 1
    told = np.bincount(link.grid, reverse, grids) >= 0.5
    pieces, parts = np.bincount(source, minlength=sources), np.bincount(grid, minlength=grids)
    alone, merged = np.ones(sources, bool), np.ones(sources, bool)
    whole = np.ones(grids, bool)
    np.logical_and.at(whole, grid, pieces[source] == 1)
    np.logical_and.at(alone, source, parts[grid] == 1)
    np.logical_and.at(merged, source, whole[grid])
    np.logical_and.at(known, source, told[grid])
    code = np.full(sources, "X")
    code[known & alone & (pieces > 1)] = "S"
    code[known & merged & (pieces == 1)] = "M"
    code[known & alone & (pieces == 1)] = "U"
    return code
