"""The account of a merge: why every border lies where it lies, and what became of every base grid.

In: the arrangement, its atoms, how the layers count and the grids they were given. Out: the tables reason and outcome
with rows of the grid table in place of codes. Beside `gridgeo.partition.assemble`; numbering comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.partition.agreement import BARRIER_PULL, border_share, cut_cost_m
from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.atoms import Atoms, borders_of
from gridgeo.partition.border_lines import border_lines
from gridgeo.partition.kernel import FRAGMENT_SHARE, own_ground
from gridgeo.partition.moves import Grouped
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import DM, Weights
from gridgeo.partition.reasons import grid_rows, reason_rows
from gridgeo.partition.resolve import Ballot, Resolution
from gridgeo.partition.stack import Stack
from gridgeo.partition.votes import Opinions

__all__ = ["Rulebook", "account_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """By which rules the grids were made."""

    ballot: Ballot
    limits: Sequence[Limits]
    """One per community."""
    min_border_m: float
    weights: Weights = field(default_factory=Weights)
    barrier_pull: dict[str, float] = field(default_factory=lambda: BARRIER_PULL)
    wished: NDArray[np.bool_] | None = None
    """(n,) atoms that a lock or a wish of the city file binds; None = none."""


def account_of(
    plane: Arrangement, atom: NDArray[np.int64], atoms: Atoms, resolution: Resolution, *, stack: Stack, rules: Rulebook
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give account of every border and every grid.

    Parameters
    ----------
    plane : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 = none.
    atoms : Atoms
    resolution : Resolution
    stack : Stack, keyword-only
    rules : Rulebook, keyword-only

    Returns
    -------
    reasons : GeoDataFrame
        As `gridgeo.tables.REASON` with ``grid`` and ``other``, rows of the grid table or -1, in place of codes.
    outcomes : DataFrame
        As `gridgeo.tables.OUTCOME` with ``grid`` in place of ``code``, ordered by it.
    """
    of_grid = np.zeros(len(resolution.heir), np.int64)
    of_grid[resolution.grid] = atoms.community
    grouped = _grouped(atoms, resolution, of_grid, rules)
    everywhere = np.zeros(len(atoms.community), np.int64)
    opinions = Opinions(
        keys=tuple(agency.key for agency in stack.agencies), label=atoms.label, weight=rules.ballot.weight,
        kind=rules.ballot.layer_kind, pull=_pull(rules), community=atoms.community,
        borders=borders_of(plane, atom, everywhere, np.array(stack.hard)),
        proven=np.array([report.status == "optimal" for report in resolution.reports], bool),
        min_border_m=rules.min_border_m,
    )  # fmt: skip
    rows, row_of_pair = reason_rows(opinions, grouped, _frame_m(plane, atom, resolution))
    lines = border_lines(plane, atom, opinions.borders.pair, row_of_pair, len(rows))
    return gpd.GeoDataFrame(rows, geometry=lines), _outcomes(of_grid, resolution, grouped, stack, rules)


def _pull(rules: Rulebook) -> NDArray[np.float64]:
    """Return how much each layer raises the share of agencies that want a border."""
    return np.array([rules.barrier_pull.get(kind, 0.0) for kind in rules.ballot.layer_kind])


def _grouped(atoms: Atoms, resolution: Resolution, of_grid: NDArray[np.int64], rules: Rulebook) -> Grouped:
    """Put the borders inside communities, with their price, beside the grids."""
    inner = atoms.borders
    walk = inner.open_m >= rules.min_border_m
    general = atoms.exclusive < 0
    base_m2 = rules.ballot.base_area_m2
    low, high, most = (
        np.array([getattr(band, name) for band in rules.limits], np.int64) for name in ("low", "high", "population_max")
    )
    # A base grid that lies in two communities has a successor in each, and loses nobody by that.
    width = max(len(base_m2), 1)
    ground = own_ground(atoms, walk & general[inner.pair].all(axis=1), rules.ballot.base, base_m2)
    home = np.where(ground >= 0, atoms.community * width + ground, -1)
    heir = np.where(resolution.heir >= 0, of_grid * width + resolution.heir, -1)
    peopled = np.bincount(atoms.community[general], atoms.households[general], len(rules.limits)) > 0
    free = ~peopled[of_grid]  # a community without households has no sizes to keep
    share = border_share(atoms, rules.ballot.weight, _pull(rules))
    return Grouped(
        grid=resolution.grid, fixed=~general, households=atoms.households, population=atoms.population,
        area_m2=atoms.area_m2, pair=inner.pair, cost_m=cut_cost_m(atoms, share), walk=walk, heir=heir, home=home,
        low=np.where(free, 0, low[of_grid]), high=np.where(free, 1 << 40, high[of_grid]),
        population_max=np.where(free, 1 << 40, most[of_grid]),
        least_m2=FRAGMENT_SHARE * float(np.median(base_m2)) if len(base_m2) else 0.0,
        moved_m=rules.weights.moved_dm / DM,
        wished=np.zeros(len(general), bool) if rules.wished is None else rules.wished,
    )  # fmt: skip


def _frame_m(plane: Arrangement, atom: NDArray[np.int64], resolution: Resolution) -> NDArray[np.float64]:
    """Return how long each grid runs along the limit of all communities."""
    total = np.zeros(len(resolution.heir))
    for side, across in ((plane.left, plane.right), (plane.right, plane.left)):
        rim = (atom[side] >= 0) & (atom[across] < 0)
        total += np.bincount(resolution.grid[atom[side[rim]]], plane.edge_length_m[rim], len(total))
    return total


def _outcomes(
    of_grid: NDArray[np.int64], resolution: Resolution, grouped: Grouped, stack: Stack, rules: Rulebook
) -> pd.DataFrame:
    """Tell of every grid which base grid it succeeds, by which rules, and what is proven."""
    rows = grid_rows(grouped)
    heir, base = resolution.heir, rules.ballot.base
    ids = stack.features[base]["source_id"].to_numpy(object) if base >= 0 else np.empty(0, object)
    reports = [resolution.reports[c] for c in of_grid.tolist()]
    broken = dict(resolution.broken)
    bands = [rules.limits[c] for c in of_grid.tolist()]
    return rows.drop(columns="heir").assign(
        agency=stack.agencies[base].key if base >= 0 else "",
        source_id=[str(ids[h]) if h >= 0 else "" for h in heir.tolist()],
        low=[band.low for band in bands], high=[band.high for band in bands],
        population_max=[band.population_max for band in bands],
        status=[report.status for report in reports],
        gap=[float("nan") if report.gap is None else float(report.gap) for report in reports],
        violation=[broken.get(grid, "") for grid in rows["grid"].tolist()],
    )  # fmt: skip
