"""What became of codes: from which grid each grid took its ground and its households, at every publication.

In: the grids that a publication touched, before and after. Out: rows of code → code with shares and a letter:
U unchanged, S split, M merged, X anything else, as in the lookups of national statistics offices (ONS output areas).
Before: `gridgeo.draft.finish`; next: the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Successor", "lineage_of"]


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
    old: Sequence[str],
    new: Sequence[str],
    area_m2: NDArray[np.float64],
    households: Mapping[tuple[str, str], int],
) -> list[Successor]:
    """Compare the grids that a publication touched.

    Parameters
    ----------
    old, new : sequence of str
        Codes before and after, in order.
    area_m2 : ndarray of float, (old, new)
        What each pair has in common, see `gridgeo.partition.common.common_m2`.
    households : mapping of (str, str) to int
        Old and new code → households in both.

    Returns
    -------
    list of Successor
        In order of the codes; without the grids that kept code and ground.
    """
    if not len(old) or not len(new):
        return []
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
