"""How much ground the grids of two versions have in common, exactly.

In: the outlines before and after. Out: square metres of each pair. Used by `gridgeo.draft.finish` for lineage.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Linework, arrange

__all__ = ["common_m2"]

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
    plane = arrange([Linework(shapes, np.arange(len(shapes))) for shapes in layers], LATTICE_M)
    owner = np.full((2, plane.faces.faces), -1, np.int64)
    for layer in (0, 1):
        face, feature = plane.covering(layer)
        owner[layer, face] = feature
    both = (owner >= 0).all(axis=0)
    area_m2 = np.zeros((len(before), len(after)))
    np.add.at(area_m2, (owner[0, both], owner[1, both]), plane.face_area_m2[both])
    rim_m = np.minimum(shapely.length(layers[0])[:, None], shapely.length(layers[1])[None])
    area_m2[area_m2 <= NOISE_M2 + NOISE_M * rim_m] = 0
    return area_m2
