"""What became of codes: from which grid each grid took its ground and its households, at every publication.

In: the grids that a publication touched, before and after. Out: rows of code → code with shares and a letter:
U unchanged, S split, M merged, X anything else, as in the lookups of national statistics offices (ONS output areas).
Before: `gridgeo.draft.finish`; next: the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Linework, arrange

__all__ = ["Successor", "lineage_of"]

LATTICE_M = 0.001
NOISE_M = 0.001
"""A border that gained a vertex bends by less than this: what two grids so have in common is no ground given away."""
NOISE_M2 = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """What one old grid and one new grid have in common."""

    old_code: str
    new_code: str
    change: str
    """U, S, M or X: what became of the old grid."""
    area_share: float
    """Share of the old grid's area …"""
    household_share: float
    """… and of its households; where it has none, of its area."""
    new_area_share: float
    new_household_share: float


def lineage_of(
    before: Mapping[str, shapely.Polygon],
    after: Mapping[str, shapely.Polygon],
    households: Mapping[tuple[str, str], int],
) -> list[Successor]:
    """Compare the grids that a publication touched.

    Parameters
    ----------
    before, after : mapping of str to Polygon
        Code → outline, in a metric CRS; both cover the same ground.
    households : mapping of (str, str) to int
        Old and new code → households in both.

    Returns
    -------
    list of Successor
        In order of the codes; without the grids that kept code and ground.
    """
    old, new = sorted(before), sorted(after)
    if not old or not new:
        return []
    area_m2 = _common_m2([before[code] for code in old], [after[code] for code in new])
    letters = _letters(area_m2 > 0)
    homes = np.array([[households.get((one, two), 0) for two in new] for one in old], float)
    homes[area_m2 == 0] = 0
    shares = [_shares(values, area_m2, axis) for axis in (1, 0) for values in (area_m2, homes)]
    rows = []
    for i, k in zip(*np.nonzero(area_m2), strict=True):
        if letters[i] == "U" and old[i] == new[k]:
            continue
        own = [float(share[i, k]) for share in shares]
        rows.append(
            Successor(
                old_code=old[i],
                new_code=new[k],
                change=letters[i],
                area_share=own[0],
                household_share=own[1],
                new_area_share=own[2],
                new_household_share=own[3],
            )
        )
    return rows


def _common_m2(before: Sequence[shapely.Polygon], after: Sequence[shapely.Polygon]) -> NDArray[np.float64]:
    """Return the area that each pair has in common, 0 where it is only the bend of a border."""
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


def _letters(common: NDArray[np.bool_]) -> list[str]:
    """Return the letter of every old grid."""
    pieces, parts = common.sum(axis=1), common.sum(axis=0)
    letters = []
    for own in common:
        alone = bool((parts[own] == 1).all())
        whole = bool((pieces[common[:, own].any(axis=1)] == 1).all())
        letters.append("U" if alone and own.sum() == 1 else "S" if alone else "M" if whole else "X")
    return letters


def _shares(values: NDArray[np.float64], area_m2: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Divide by the sums along an axis; where a sum is nothing the areas stand in."""
    total = values.sum(axis=axis, keepdims=True)
    filled = np.where(total > 0, values, area_m2)
    return filled / np.maximum(filled.sum(axis=axis, keepdims=True), 1e-9)
