"""What the city file asks of the partition, in the terms of the partition.

In: the city, its cleaned communities, the agencies' features. Out: a `Steering` for `gridgeo.partition.resolve`, and a
finding for every entry that speaks of something that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.city import City, Rules
from gridgeo.model import AgencyLayer, Finding, Inputs
from gridgeo.partition.agreement import BARRIER_PULL
from gridgeo.partition.atoms import Atoms
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import DM, Weights
from gridgeo.partition.wishes import Desire, Refusal
from gridgeo.steering import Objective, Wish, band_of

__all__ = ["Steering", "bound_atoms", "limits_of", "pull_of", "steering_of", "told_refusals", "weights_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What planners ask of a city's partition."""

    limits: tuple[Limits, ...]
    """One per community."""
    weights: Weights = field(default_factory=Weights)
    pull: Mapping[str, float] = field(default_factory=lambda: BARRIER_PULL)
    """Barrier class → how much it raises the share of agencies that want a border."""
    desires: tuple[Desire, ...] = ()
    counts: Mapping[int, int] = field(default_factory=dict)
    """Community → number of grids, exclusive ones not counted."""
    first_lock: int = 1 << 60
    """Number of the exclusive site from which on they are locked grids."""


def weights_of(objective: Objective) -> Weights:
    """Return the weights of an objective in whole decimetres."""
    moved_m, balance_m = objective.metres
    return Weights(moved_dm=round(moved_m * DM), balance_dm=round(balance_m * DM))


def pull_of(objective: Objective) -> dict[str, float]:
    """Return how much each barrier class draws borders."""
    return {**BARRIER_PULL, **objective.barrier}


def steering_of(
    city: City, communities: gpd.GeoDataFrame, agencies: Sequence[AgencyLayer], features: Sequence[pd.DataFrame]
) -> tuple[Steering, list[Finding]]:
    """Bring what the city file asks into the terms of the partition.

    Parameters
    ----------
    city : City
    communities : GeoDataFrame
        ``code, name`` and, if there are bands, ``kind``; in the order in which they are numbered.
    agencies : sequence of AgencyLayer
        In the order in which they are numbered.
    features : sequence of DataFrame
        Per agency, ``source_id`` of each feature.
    """
    limits, told = limits_of(city, communities)
    desires, lost = _desires(city, agencies, features)
    place = {code: number for number, code in enumerate(communities["code"])}
    counts = {place[count.community]: count.grids for count in city.counts if count.community in place}
    for count in city.counts:
        if count.community not in place:
            text = f"要求社区 {count.community} 分成 {count.grids} 格，但社区图层中没有这个代码；已忽略此要求"
            lost.append(Finding("error", "wish_unknown", "community", text, count.community))
    steering = Steering(
        limits=limits, weights=weights_of(city.objective), pull=pull_of(city.objective), desires=desires, counts=counts
    )
    return steering, [*told, *lost]


def limits_of(city: City, communities: gpd.GeoDataFrame) -> tuple[tuple[Limits, ...], list[Finding]]:
    """Return the size rules of every community, and the bands that none has.

    Parameters
    ----------
    city : City
    communities : GeoDataFrame
    """
    kinds = communities["kind"].tolist() if "kind" in communities else [""] * len(communities)
    bands = [band_of(str(kind), city.bands) for kind in kinds]
    found = []
    for band in city.bands:
        if band not in bands:
            text = f"没有类别为 {band.kind} 的社区，这一档规模标准没有用到；请核对 [community] kind 列"
            found.append(Finding("warning", "band_unused", "community", text, band.kind))
    return tuple(
        _limits(city.rules, b.households if b else None, b.population_max if b else None) for b in bands
    ), found


def _limits(rules: Rules, households: tuple[int, int] | None, population_max: int | None) -> Limits:
    """Return size rules; what is None, is as in the city's rules."""
    low, high = rules.households if households is None else households
    return Limits(low, high, rules.population_max if population_max is None else population_max)


def _desires(
    city: City, agencies: Sequence[AgencyLayer], features: Sequence[pd.DataFrame]
) -> tuple[tuple[Desire, ...], list[Finding]]:
    """Return the wishes about agencies' grids; what an unknown id leaves of them still counts."""
    found, lost = [], list[Finding]()
    column = {agency.key: k for k, agency in enumerate(agencies)}
    for kind, wishes in (("together", city.together), ("apart", city.apart)):
        for wish in wishes:
            k = column[wish.agency]
            named = _features_of(features[k]["source_id"], wish)
            unknown = [i for i, own in named if not own]
            desire = Desire(kind, k, wish.agency, agencies[k].name, tuple(named))
            if unknown:
                text = f"{desire.text}：图层中没有编号 {'、'.join(unknown)}；已忽略" + (
                    "此要求" if kind == "together" else "这些编号"
                )
                lost.append(Finding("error", "wish_unknown", wish.agency, text, unknown[0]))
            known = tuple((i, own) for i, own in named if own)
            if not unknown or (kind == "apart" and len(known) > 1):
                found.append(replace(desire, features=known))
    return tuple(found), lost


def _features_of(source_id: Iterable[str], wish: Wish) -> list[tuple[str, tuple[int, ...]]]:
    """Return the features of every id of a wish."""
    ids = np.asarray(list(source_id), object)
    return [(one, tuple(np.flatnonzero(ids == one).tolist())) for one in wish.ids]


def bound_atoms(atoms: Atoms, steering: Steering) -> NDArray[np.bool_]:
    """Tell which atoms a lock or a wish about agencies' grids binds.

    Parameters
    ----------
    atoms : Atoms
    steering : Steering
    """
    bound = atoms.exclusive >= steering.first_lock
    for desire in steering.desires:
        features = [feature for _, own in desire.features for feature in own]
        bound |= np.isin(atoms.label[:, desire.column], features)
    return bound


def told_refusals(refused: Iterable[Refusal], inputs: Inputs) -> list[Finding]:
    """Tell the wishes that were not granted, each at the grids or the community of which it speaks.

    Parameters
    ----------
    refused : iterable of Refusal
    inputs : Inputs
    """
    found = []
    for wish in refused:
        if wish.agency == "community":
            table, column = inputs.communities, "code"
        else:
            table, column = next(a.features for a in inputs.agencies if a.key == wish.agency), "source_id"
        shapes = shapely.make_valid(table.geometry[table[column].isin(wish.ids)].dropna().to_numpy())
        text = f"没有照办：{wish.text}"
        found.append(
            Finding("warning", "wish_refused", wish.agency, text, wish.ids[0], geometry=shapely.union_all(shapes))
        )
    return found
