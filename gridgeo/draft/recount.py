"""Places and figures of grids after an operation: by points, exactly as assigning afresh would.

In: the grids before, what an operation made of them, and the layer around them. Out: a `Delta`. Used by
`gridgeo.draft.perform`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridgeo.draft.ground import CommunityRow, GridRow, Places
from gridgeo.draft.state import Delta, Pairs, State
from gridgeo.locate.among import covering_among, nearest_among
from gridgeo.partition.patch import Chains, with_chains
from gridgeo.partition.redraw import Redrawn

__all__ = ["delta_of", "reassigned", "restored", "totals"]

FIGURES = ("households", "population", "enterprises")
KINDS = ("household", "household", "enterprise")
"""The kind of place that each figure counts."""
REACH_M = 0.01
"""How much further than before a place outside all grids may lie from the nearest: borders bend by a millimetre."""


def delta_of(state: State, before: Sequence[GridRow], redrawn: Redrawn, heirs: Sequence[GridRow | None]) -> Delta:
    """Return what an operation does to grids, communities and places.

    Parameters
    ----------
    state : State
        The layer before.
    before : sequence of GridRow
        The grids that the operation was about, in its order.
    redrawn : Redrawn
    heirs : sequence of GridRow or None
        What each of its results is called: code, kind, names, limits; geometry and figures are filled in here.

    Returns
    -------
    Delta
        Neighbours and communities that only gain a vertex are in it as well.
    """
    own = {row.code for row in before}
    boxes = redrawn.chains.bounds
    beside = {code: _woven(row, redrawn.chains) for code, row in state.near(boxes).items() if code not in own}
    neighbours = {code: row for code, row in beside.items() if row is not None}
    shaped = [
        replace(row, geometry=shape, area_m2=float(shape.area))
        for row, shape in zip(heirs, redrawn.shapes, strict=True)
        if row is not None and shape is not None
    ]
    after = {row.code: row for row in [*shaped, *neighbours.values()]}
    old = {row.code: row for row in before} | state.grids(list(neighbours))
    held = state.places(list(old))
    extent = np.array([row.geometry.bounds for row in before])
    around = {code: row for code, row in state.near(extent).items() if code not in old}
    for code in _beside(state, held, around, after):
        old[code] = after[code] = around.pop(code)
        held |= state.places([code])
    now = reassigned(Places.joined(held.values()), {**around, **after})
    loose = _surplus(old, held, state.loaded(list(old)))
    part = {row.code: k for k, row in enumerate(before)}
    shares = _passed_on(loose, part, redrawn, heirs)
    counted = {code: _counted(row, _of(now, code), shares.get(code)) for code, row in after.items()}
    return Delta(
        grids={code: (old.get(code), counted.get(code)) for code in sorted({*old, *counted})},
        communities=_communities(state, redrawn.chains),
        places={code: (held.get(code), _of(now, code)) for code in sorted({*old, *counted})},
        absorbed_m2=redrawn.absorbed_m2,
        estimated=sum(int(np.abs(rest).sum()) for code, rest in loose.items() if code in part),
    )


def restored(
    state: State, now: Mapping[str, GridRow], then: Mapping[str, GridRow]
) -> tuple[Pairs[str, GridRow], Pairs[str, Places]]:
    """Return rows and places of grids that become again what they were.

    Parameters
    ----------
    state : State
        The layer before.
    now, then : mapping of str to GridRow
        What the layer has of these grids, and what it had.

    Returns
    -------
    grids, places
        As in `Delta`; neighbours that gain or lose a place on a border are in it as well.
    """
    old, new = dict(now), dict(then)
    held = state.places(sorted(old))
    extent = np.array([row.geometry.bounds for row in [*old.values(), *new.values()]]).reshape(-1, 4)
    around = {code: row for code, row in state.near(extent).items() if code not in old}
    for code in _beside(state, held, around, new) if new else ():
        old[code] = new[code] = around.pop(code)
        held |= state.places([code])
    places = reassigned(Places.joined(held.values()), {**around, **new}) if new else Places.none()
    pairs = {code: (held.get(code), _of(places, code) if code in new else None) for code in sorted({*old, *new})}
    moved = {
        code for code, (one, two) in pairs.items() if one is None or two is None or not np.array_equal(one.fid, two.fid)
    }
    return {
        code: (old.get(code), new.get(code)) for code in pairs if code in moved or old.get(code) != new.get(code)
    }, pairs


def _beside(
    state: State, held: Mapping[str, Places], around: Mapping[str, GridRow], after: Mapping[str, GridRow]
) -> list[str]:
    """Return the neighbours that gain or lose a place on a border, because another code is now the smallest there."""
    inner = Places.joined(held.values())
    border = Places.joined([inner, state.border_places(list(around))])
    now = reassigned(border, {**around, **after})
    changed = now.code != border.code
    return sorted({*border.code[changed], *now.code[changed]} & set(around))


def _woven(row: GridRow, chains: Chains) -> GridRow | None:
    """Return a neighbour with the vertices that its border gained, None if it gained none."""
    shape = with_chains(row.geometry, chains)
    return None if shape is row.geometry else replace(row, geometry=shape, area_m2=float(shape.area))


def _communities(state: State, chains: Chains) -> dict[str, tuple[CommunityRow | None, CommunityRow | None]]:
    """Return the communities whose border gained vertices."""
    found = {}
    for code, row in sorted(state.communities_near(chains.bounds).items()):
        shape = with_chains(row.geometry, chains)
        if shape is not row.geometry:
            found[code] = (row, replace(row, geometry=shape))
    return found  # type: ignore[return-value]


# ------------------------------------------------------------------------ places ----


def reassigned(places: Places, rows: Mapping[str, GridRow]) -> Places:
    """Give places the grids that cover them now: on a border the smallest code, outside all grids the nearest.

    Parameters
    ----------
    places : Places
    rows : mapping of str to GridRow
        Every grid that could be responsible.
    """
    codes = np.array(sorted(rows), object)
    shapes = np.array([*(rows[code].geometry for code in codes), None], object)[:-1]
    x, y = places.xy.T
    row, on_border = covering_among(shapes, x, y)
    method = np.where(on_border, "border", "inside").astype(object)
    distance_m = np.zeros(len(places))
    outside = np.flatnonzero(row < 0)
    if len(outside):  # their register was assigned with a reach
        within_m = float(np.nanmax(places.distance_m[outside])) + REACH_M
        row[outside], distance_m[outside] = nearest_among(shapes, x[outside], y[outside], within_m=within_m)
        method[outside] = "nearest"
    return replace(places, code=codes[row], method=method, distance_m=distance_m)


def _of(places: Places, code: str) -> Places:
    """Return the places of one grid."""
    return places.take(np.flatnonzero(places.code == code))


# ----------------------------------------------------------------------- figures ----


def totals(places: Places) -> NDArray[np.int64]:
    """Return households, population, enterprises."""
    homes, firms = places.kind == "household", places.kind == "enterprise"
    return np.array([places.count[homes].sum(), places.population[homes].sum(), places.count[firms].sum()], np.int64)


def _figures(row: GridRow) -> NDArray[np.int64]:
    return np.array([getattr(row, name) for name in FIGURES], np.int64)


def _surplus(
    rows: Mapping[str, GridRow], held: Mapping[str, Places], loaded: Collection[tuple[str, str]]
) -> dict[str, NDArray[np.int64]]:
    """Return the part of each grid's figures that no place stands for: layers are imported with figures alone.

    Where a register was loaded since, the places are the whole truth and such a rest would count them twice.
    """
    loose = {code: _figures(row) - totals(held[code]) for code, row in rows.items()}
    for code, kind in loaded:
        loose[code][[figure_kind == kind for figure_kind in KINDS]] = 0
    return loose


def _passed_on(
    loose: Mapping[str, NDArray[np.int64]],
    part: Mapping[str, int],
    redrawn: Redrawn,
    heirs: Sequence[GridRow | None],
) -> dict[str, NDArray[np.int64]]:
    """Divide figures without places by area among the successors; neighbours keep theirs."""
    shares = {code: rest.copy() for code, rest in loose.items() if code not in part}
    for code, k in part.items():
        flow = redrawn.flow_m2[k]
        divided = np.array([_apportioned(int(total), flow) for total in loose[code]])
        for heir, gained in zip(heirs, divided.T, strict=True):
            if heir is not None:
                shares[heir.code] = shares.get(heir.code, np.zeros(len(FIGURES), np.int64)) + gained
    return shares


def _apportioned(total: int, weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Divide a whole number by weights, largest remainder first, so that nothing is lost."""
    exact = abs(total) * weight / max(float(weight.sum()), 1e-9)
    whole = np.floor(exact).astype(np.int64)
    rest = abs(total) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:rest]] += 1
    return whole if total >= 0 else -whole


def _counted(row: GridRow, places: Places, share: NDArray[np.int64] | None) -> GridRow:
    """Return a grid with its figures."""
    total = totals(places) + (0 if share is None else share)
    households, population, enterprises = (int(one) for one in total)
    return replace(row, households=households, population=population, enterprises=enterprises)
