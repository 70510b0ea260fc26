"""What became of codes: from which grid each grid took its ground and its households, at every publication.

In: the grids that a publication touched, before and after. Out: rows of code → code with shares and a letter:
U unchanged, S split, M merged, X anything else, as in the lookups of national statistics offices (ONS output areas).
Before: `gridgeo.draft.finish`; next: the store. `successors` and `ancestors` follow stored rows through any number of
publications.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

__all__ = ["Passage", "Successor", "ancestors", "lineage_of", "successors"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Successor):
    """The same, with the version that it was published in."""

    seq: int


def successors(passages: Iterable[Passage], code: str, *, since: int, until: int) -> dict[str, int]:
    """Return the grids that a grid's ground went to by a later version, with the version from which each has some.

    Parameters
    ----------
    passages : iterable of Passage
        Of all versions between the two, in any order.
    code : str
    since : int, keyword-only
        A version that has the code.
    until : int, keyword-only
        The later version.

    Returns
    -------
    dict of str to int
        In order of code. A grid that only kept its ground is its own successor since `since`. Ground that went to a
        grid and on to others counts for all of them, so some may have nothing of it: who has the outlines can tell.

    Examples
    --------
    >>> whole = dict(area_share=1.0, household_share=1.0, new_area_share=1.0, new_household_share=1.0)
    >>> steps = [Passage(seq=seq, old_code=old, new_code=new, change="M", **whole) for seq, old, new in ((2, "a", "b"),
    ...     (4, "b", "b"), (4, "b", "c"))]
    >>> successors(steps, "a", since=1, until=3), successors(steps, "a", since=1, until=4)
    ({'b': 2}, {'b': 2, 'c': 4})
    """
    held = {code: since}
    wanted = sorted((one for one in passages if since < one.seq <= until), key=lambda one: one.seq)
    for seq, rows in groupby(wanted, key=lambda one: one.seq):
        heirs: dict[str, list[str]] = {}
        for row in rows:
            heirs.setdefault(row.old_code, []).append(row.new_code)
        held = _passed_on(held, heirs, seq)
    return dict(sorted(held.items()))


def ancestors(passages: Iterable[Passage], code: str, *, since: int, until: int) -> dict[str, int]:
    """Return the grids of an earlier version whose ground a grid has, with the version in which each gave some.

    Parameters
    ----------
    passages : iterable of Passage
    code : str
    since : int, keyword-only
        A version that has the code.
    until : int, keyword-only
        The earlier version.
    """
    held = {code: since}
    wanted = sorted((one for one in passages if until < one.seq <= since), key=lambda one: -one.seq)
    for seq, rows in groupby(wanted, key=lambda one: one.seq):
        parents: dict[str, list[str]] = {}
        for row in rows:
            parents.setdefault(row.new_code, []).append(row.old_code)
        held = _passed_on(held, parents, seq)
    return dict(sorted(held.items()))


def _passed_on(held: Mapping[str, int], turned: Mapping[str, Sequence[str]], seq: int) -> dict[str, int]:
    """Replace codes by those on the other side of a publication; who stays keeps the earlier number."""
    following: dict[str, int] = {}
    for code, met in held.items():
        for other in turned.get(code, [code]):
            here = met if other == code else seq
            following[other] = min(here, following.get(other, here))
    return following


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
