"""How much ground the grids of two versions have in common, exactly.

In: the outlines before and after. Out: square metres of each pair, or the pieces of ground themselves. Used by
`gridgeo.draft.finish` for lineage and by `gridgeo.jobs.diff`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Arrangement, Linework, arrange

__all__ = ["common_ground", "common_m2"]

LATTICE_M = 0.001
NOISE_M = 0.001
"""A border that gained a vertex bends by less than this: what two grids so have in common is no ground given away."""
NOISE_M2 = 0.01


def common_m2(before: Sequence[shapely.Polygon], after: Sequence[shapely.Polygon]) -> NDArray[np.float64]:
    """Return the area (before, after) in square metres that each pair has in common.

    Parameters
    ----------
    before, after : sequence of Polygon
        In one metric CRS, neither overlapping among themselves.

    Returns
    -------
    ndarray of float, (before, after)
        0 where it is only the bend of a border.
    """
    if not len(before) or not len(after):
        return np.zeros((len(before), len(after)))
    layers = [np.array([*shapes, None], object)[:-1] for shapes in (before, after)]
    plane, owner = _overlay(layers)
    return _real_m2(layers, plane, owner)


def common_ground(
    before: Sequence[shapely.Polygon], after: Sequence[shapely.Polygon]
) -> list[tuple[int, int, float, shapely.Geometry]]:
    """Return the ground that each pair has in common: rows before and after, square metres, Polygon or MultiPolygon.

    Parameters
    ----------
    before, after : sequence of Polygon
        In one metric CRS, neither overlapping among themselves.

    Returns
    -------
    list of (int, int, float, Geometry)
        In order of the rows; pieces do not overlap and share every vertex. Bends of borders are left out.
    """
    if not len(before) or not len(after):
        return []
    layers = [np.array([*shapes, None], object)[:-1] for shapes in (before, after)]
    plane, owner = _overlay(layers)
    area_m2 = _real_m2(layers, plane, owner)
    label = np.where((owner >= 0).all(axis=0), owner[0] * len(after) + owner[1], -1)
    pairs, shapes = plane.shapes(label)
    return [
        (one, two, float(area_m2[one, two]), shape)
        for one, two, shape in zip(*(part.tolist() for part in np.divmod(pairs, len(after))), shapes, strict=True)
        if area_m2[one, two] > 0
    ]


def _overlay(layers: Sequence[NDArray[np.object_]]) -> tuple[Arrangement, NDArray[np.int64]]:
    """Lay two layers over one another; return the plane, and the feature (2, faces) of either on each face."""
    plane = arrange([Linework(shapes, np.arange(len(shapes))) for shapes in layers], LATTICE_M)
    owner = np.full((2, plane.faces.faces), -1, np.int64)
    for layer in (0, 1):
        face, feature = plane.covering(layer)
        owner[layer, face] = feature
    return plane, owner


def _real_m2(
    layers: Sequence[NDArray[np.object_]], plane: Arrangement, owner: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the area of each pair, without bends of borders."""
    both = (owner >= 0).all(axis=0)
    area_m2 = np.zeros((len(layers[0]), len(layers[1])))
    np.add.at(area_m2, (owner[0, both], owner[1, both]), plane.face_area_m2[both])
    rim_m = np.minimum(shapely.length(layers[0])[:, None], shapely.length(layers[1])[None])
    area_m2[area_m2 <= NOISE_M2 + NOISE_M * rim_m] = 0
    return area_m2
