"""Atoms that are too large for any grid are cut: along roads, between buildings, last along a straight line.

In: an arrangement, its atoms, what stands on the ground. Out: a `Division`: the same with the cuts as one more layer,
and the atoms that nothing can divide. Previous stage: `gridgeo.partition.sliver`; next: `gridgeo.partition.atoms`.
Inside: lot → between → ways → straighten → cut → insert, all oversize atoms in two at once, again until none is too
large or what is cannot be cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.cut import Cut, cut_lot
from gridgeo.partition.insert import insert_lines
from gridgeo.partition.lot import Content, Lot, lots_of
from gridgeo.partition.plan import Limits

__all__ = ["BUILDING", "NO_WAY", "POINT", "Division", "divide_atoms", "piece_limits"]

Each = Callable[..., Iterable[Any]]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

POINT, BUILDING, NO_WAY = 1, 2, 3
"""Why an atom cannot be divided: one address, or one building, holds more than a grid may; no way across it is free."""
_LEAST_PIECE = 0.25
"""Share of the largest grid below which pieces need not be: more of them only slow the grouping down."""


@dataclass(frozen=True, slots=True)
class Division:
    """An arrangement whose oversize atoms are divided as far as they can be."""

    plane: Arrangement
    origin: Ints
    """(f,) the face before that each face is a part of."""
    atom: Ints
    """(f,) atom of each face, numbered by their smallest face; -1 outside."""
    source: Ints
    """(n,) the atom before that each atom is a part of."""
    layer: int
    """The layer of the cuts; with no cut there is none."""
    cuts: tuple[tuple[int, Cut], ...]
    """(atom before, cut), in the order in which they were made."""
    reason: Ints
    """(n,) POINT, BUILDING or NO_WAY for atoms that are still too large, 0 for all others."""


def piece_limits(limits: Limits) -> tuple[int, int]:
    """Return how many households and people a piece should have at most, so that grids of legal size can be made.

    With pieces no larger than the range from the smallest to the largest grid, adding one to a grid that is too small
    never makes it too large. People are held to the same share of their limit.
    """
    share = max((limits.high - limits.low) / limits.high, _LEAST_PIECE) if limits.high else 1.0
    return int(np.ceil(share * limits.high)), int(np.ceil(share * limits.population_max))


def divide_atoms(
    plane: Arrangement,
    atom: Ints,
    content: Content,
    limits: Sequence[Limits],
    *,
    exempt: Flags,
    also: Flags | None = None,
    each: Each = map,
) -> Division:
    """Divide the atoms that have more households or people than the largest grid.

    Parameters
    ----------
    plane : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 outside.
    content : Content
        From `gridgeo.partition.lot.content_of`.
    limits : sequence of Limits
        Sizes of general grids, one per atom.
    exempt : array of bool, (atoms,), keyword-only
        Atoms that no size rule holds for: exclusive sites.
    also : array of bool, (atoms,), keyword-only, optional
        Atoms to be brought to the size of pieces although they are not too large.
    each : callable, keyword-only
        Applies a function to every lot in order, like `map`.

    Returns
    -------
    Division
        Atoms that are not too large keep their lines bit for bit; a border on which a cut ends may bend there by less
        than one lattice step. Independent of the order of faces, households, buildings and lines.

    Notes
    -----
    Linear in all edges for each round of cuts (a lot of 30 grids takes five) plus 10 to 50 ms for each cut between
    some twenty addresses, 1 s between two thousand.
    """
    most, fine = _sizes(limits)
    now = Division(
        plane, np.arange(plane.faces.faces), atom, np.arange(len(exempt)), len(plane.first_feature) - 1, (),
        np.zeros(len(exempt), np.int64),
    )  # fmt: skip
    settled, is_piece = exempt.copy(), np.zeros(len(exempt), bool) if also is None else also.copy()
    while True:
        face = now.plane.faces_at(content.place)
        load = _loads(now.atom[face], content.load, len(settled))
        over, large = _above(load, most[now.source]), _above(load, fine[now.source])
        wanted = np.flatnonzero((over | (is_piece & large)) & ~settled)
        if not len(wanted):
            return now
        lots = lots_of(now.plane, _places(wanted, len(settled))[now.atom], content, face)
        own = most[now.source[wanted]]
        cuts = list(each(cut_lot, [lot for lot, _ in lots], own.tolist(), over[wanted].tolist()))
        stuck = np.array([cut is None for cut in cuts])
        reason = np.where(over, now.reason, 0)
        reason[wanted] = [
            _reason(lot, own[k]) if stuck[k] and over[wanted[k]] else 0 for k, (lot, _) in enumerate(lots)
        ]
        settled[wanted[stuck]] = True
        now, parent = _with_cuts(replace(now, reason=reason), wanted, cuts, [corner for _, corner in lots])
        # Should a cut divide nothing after all, it would be found again and again.
        divided = np.bincount(parent, minlength=len(settled)) > 1
        settled[wanted[~divided[wanted]]] = True
        settled, is_piece = settled[parent], (is_piece | divided)[parent]


def _sizes(limits: Sequence[Limits]) -> tuple[Ints, Ints]:
    """Return the largest grid and the largest piece (atoms, 2) in households and people."""
    kinds = {limit: k for k, limit in enumerate(dict.fromkeys(limits))}
    row = np.array([kinds[limit] for limit in limits], np.int64)
    most = np.array([(limit.high, limit.population_max) for limit in kinds], np.int64).reshape(-1, 2)
    fine = np.array([piece_limits(limit) for limit in kinds], np.int64).reshape(-1, 2)
    return most[row], fine[row]


def _loads(at: Ints, load: Ints, count: int) -> Ints:
    """Return households and people of every atom."""
    inside = at >= 0
    return np.column_stack([np.bincount(at[inside], load[inside, k], count) for k in (0, 1)]).astype(np.int64)


def _above(load: Ints, most: Ints) -> Flags:
    """Tell which loads have too many households or people."""
    return np.asarray((load > most).any(axis=1), bool)


def _places(wanted: Ints, count: int) -> Ints:
    """Return for every atom, and for -1 at the end, its place among the wanted ones, or -1."""
    place = np.full(count + 1, -1)
    place[wanted] = np.arange(len(wanted))
    return place


def _reason(lot: Lot, most: Ints) -> int:
    """Say why a lot that is too large cannot be divided."""
    units, unit = np.unique(lot.unit, return_inverse=True)
    over = np.zeros((2, len(units)), bool)
    for k in (0, 1):
        over[k] = np.bincount(unit, lot.load[:, k]) > most[k]
    held = units[over.any(axis=0)]
    if not len(held):
        return NO_WAY
    return BUILDING if np.isin(held, lot.block).any() else POINT


def _with_cuts(now: Division, wanted: Ints, cuts: list[Cut | None], corners: list[Ints]) -> tuple[Division, Ints]:
    """Insert cuts; return the new division and the atom that each of its atoms was part of before."""
    fresh = [(int(a), cut, corner) for a, cut, corner in zip(wanted, cuts, corners, strict=True) if cut]
    if not fresh:
        return now, np.arange(len(now.source))
    segments = np.concatenate([cut.segments + corner for _, cut, corner in fresh])
    plane, came_from = insert_lines(now.plane, segments, now.layer)
    was_cut = np.zeros(len(now.source), bool)
    was_cut[[a for a, _, _ in fresh]] = True
    atom, parent = _renumbered(plane, now.atom[came_from], was_cut, now.layer)
    cuts_made = (*now.cuts, *((int(now.source[a]), cut) for a, cut, _ in fresh))
    new = replace(
        now, plane=plane, origin=now.origin[came_from], atom=atom, source=now.source[parent], cuts=cuts_made,
        reason=now.reason[parent],
    )  # fmt: skip
    return new, parent


def _renumbered(plane: Arrangement, old: Ints, was_cut: Flags, layer: int) -> tuple[Ints, Ints]:
    """Make an atom of every part that only cuts bound; return the atom of each face, and what each was part of."""
    inside, size = old >= 0, plane.faces.faces
    in_cut = inside & was_cut[old]
    same = in_cut[plane.left] & (old[plane.left] == old[plane.right])
    joined = np.flatnonzero(same & ((plane.edge_layers >> layer) & 1 == 0))
    pairs = (np.ones(len(joined), np.int8), (plane.left[joined], plane.right[joined]))
    part = connected_components(coo_matrix(pairs, shape=(size, size)), directed=False)[1]
    # Atoms that were not cut are one group whether their faces touch or not.
    group = np.where(in_cut, len(was_cut) + part, old)
    names, first, number = np.unique(group[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(first)] = np.arange(len(names))
    atom = np.full(size, -1, np.int64)
    atom[inside] = rank[number]
    return atom, old[inside][np.sort(first)]
