"""What a grouping is like, measured alike whatever it was made for, so that variants can be compared.

In: a city laid out, and the grid of every atom. Out: its `VariantFigures`. After `gridgeo.partition.resolve`; used by
`gridgeo.jobs.compare`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gridgeo.model import CommunityReport, VariantFigures
from gridgeo.partition.agreement import border_share
from gridgeo.partition.lay import Laid
from gridgeo.partition.resolve import Ballot, Resolution

__all__ = ["figures_of"]


def figures_of(laid: Laid, resolution: Resolution, ballot: Ballot, pull: Mapping[str, float]) -> VariantFigures:
    """Measure a grouping.

    Parameters
    ----------
    laid : Laid
    resolution : Resolution
    ballot : Ballot
        How agencies count where variants are measured: as in the city file.
    pull : mapping
        Barrier class → pull, likewise.
    """
    reports = resolution.reports
    return VariantFigures(
        grids=len(resolution.heir),
        violations=len(resolution.broken),
        refused=len(resolution.refused),
        moved_households=sum(report.moved_households for report in reports),
        kept_grids=sum(report.kept_grids for report in reports),
        compactness=round(_compactness(laid, resolution), 4),
        disagreement_m=round(_disagreement_m(laid, resolution, ballot, pull), 1),
        proven=sum(report.status == "optimal" for report in reports),
        gap=_gap(reports),
        seconds=round(sum(report.seconds for report in reports), 2),
    )


def _disagreement_m(laid: Laid, resolution: Resolution, ballot: Ballot, pull: Mapping[str, float]) -> float:
    """Return the metres of border that agencies want and miss, or get against their wish."""
    atoms, borders = laid.atoms, laid.atoms.borders
    share = border_share(atoms, ballot.weight, np.array([pull.get(kind, 0.0) for kind in ballot.layer_kind]))
    free = (atoms.exclusive[borders.pair] < 0).all(axis=1)
    cut = resolution.grid[borders.pair[:, 0]] != resolution.grid[borders.pair[:, 1]]
    return float((borders.length_m * np.where(cut, 1.0 - share, share))[free].sum())


def _compactness(laid: Laid, resolution: Resolution) -> float:
    """Return the mean of 4 pi area / perimeter² over the general grids."""
    plane, count = laid.plane, len(resolution.heir)
    grid = np.append(resolution.grid, -1)[laid.atom]
    left, right = grid[plane.left], grid[plane.right]
    perimeter_m = np.zeros(count)
    for side in (left, right):
        own = (left != right) & (side >= 0)
        perimeter_m += np.bincount(side[own], plane.edge_length_m[own], count)
    area_m2 = np.bincount(resolution.grid, laid.atoms.area_m2, count)
    general = resolution.exclusive < 0
    if not general.any():
        return 0.0
    return float((4 * np.pi * area_m2 / np.maximum(perimeter_m, 1e-9) ** 2)[general].mean())


def _gap(reports: Sequence[CommunityReport]) -> float | None:
    """Return the gap of all communities together."""
    bounds = [report.bound for report in reports]
    objective = sum(report.objective for report in reports)
    known = [bound for bound in bounds if bound is not None]
    if len(known) < len(bounds):
        return None
    return round(max(0.0, objective - sum(known)) / objective, 6) if objective > 0 else 0.0
