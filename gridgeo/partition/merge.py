"""The merge, stage by stage: lay out (repair, align, arrange, slivers, divide) → resolve → assemble.

In: everything that intake read, in the city CRS. Out: grids without codes yet, the cleaned communities, where every
agency's grids went, and all findings. Next: numbering, assigning and the certificate (`gridgeo.jobs.merge`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.city import City, Rules
from gridgeo.model import CommunityReport, Finding, Inputs
from gridgeo.partition.account import Rulebook, account_of
from gridgeo.partition.assemble import links, straight_vertices
from gridgeo.partition.blocks import block_table
from gridgeo.partition.cut_off import told_cut_off
from gridgeo.partition.divided import told_division
from gridgeo.partition.host import hosts_divided
from gridgeo.partition.lay import Each, Laid, Progress, lay_out
from gridgeo.partition.lock import locked_vertices, locks_broken
from gridgeo.partition.origin import crosswalk_rows, provenance_rows, swallowed
from gridgeo.partition.resolve import Ballot, Resolution, resolve
from gridgeo.partition.settle import never
from gridgeo.partition.steer import Steering, bound_atoms, steering_of, told_refusals
from gridgeo.tables import CROSSWALK, PROVENANCE

__all__ = ["Each", "Merged", "Progress", "ballot_of", "merge_layers", "resolve_laid", "steering_of_laid"]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged layer before numbering."""

    grids: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.GRID` that are known so far: ``kind, community_code, community_name, area_m2``, and
    ``site``: the exclusive site's name or ""."""
    communities: gpd.GeoDataFrame
    provenance: pd.DataFrame
    """As `gridgeo.tables.PROVENANCE` with ``grid``, the row of `grids`, in place of ``code``."""
    crosswalk: pd.DataFrame
    """As `gridgeo.tables.CROSSWALK` with ``grid`` in place of ``code``."""
    findings: tuple[Finding, ...]
    reports: tuple[CommunityReport, ...]
    broken: tuple[tuple[int, str], ...]
    """(row of `grids`, reason) for every broken size rule."""
    figures: dict[str, int]
    """Faces, atoms, edges: how much there was to decide."""
    reasons: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """As `gridgeo.tables.REASON` with ``grid`` and ``other``, rows of `grids` or -1, in place of codes."""
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `gridgeo.tables.OUTCOME` with ``grid`` in place of ``code``."""
    atoms: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """As `gridgeo.tables.ATOM` without ``id``: what the merge decided over, after cuts and slivers."""


def merge_layers(
    inputs: Inputs,
    *,
    progress: Progress | None = None,
    clock: Callable[[], float] = float,
    each: Each = map,
    stop: Callable[[], bool] = never,
) -> Merged:
    """Merge all agencies' layers into one partition of the communities.

    Parameters
    ----------
    inputs : Inputs
        In the city CRS.
    progress : callable, keyword-only, optional
    clock : callable, keyword-only
        Returns seconds, for the reports; by default they say 0.
    each : callable, keyword-only
        Applies a function to all items in order, like `map`; a pool's map does it on several cores.
    stop : callable, keyword-only
        Asked now and then: true = settle the communities that remain with the best so far.

    Returns
    -------
    Merged
        Independent of the order of layers, rows, ring starts and directions.

    Raises
    ------
    InputError
        If the community layer cannot be cleaned into a partition.
    """
    tell = progress or _quiet
    laid = lay_out(inputs, progress=tell, each=each)
    steering, found = steering_of_laid(laid)
    resolution = resolve_laid(laid, steering, progress=tell, clock=clock, each=each, stop=stop)
    tell("assemble", 0, 1)
    merged = _assemble(laid, resolution)
    reasons, outcomes = account_of(
        laid.plane, laid.atom, laid.atoms, resolution, stack=laid.stack, rules=_rulebook(laid, steering)
    )
    tell("assemble", 1, 1)
    grid, names = resolution.grid, laid.communities["name"].tolist()
    told = [
        *laid.findings, *found, *told_refusals(resolution.refused, inputs), *hosts_divided(laid, grid),
        *told_cut_off(laid, grid),
        *told_division(laid.division, laid.atoms, grid, steering.limits, names), *merged.findings,
    ]  # fmt: skip
    return replace(merged, findings=tuple(told), reasons=reasons.set_crs(inputs.city.crs), outcomes=outcomes)


def steering_of_laid(laid: Laid, city: City | None = None) -> tuple[Steering, list[Finding]]:
    """Return what planners ask of a city that is laid out, and findings for what speaks of nothing.

    Parameters
    ----------
    laid : Laid
    city : City, optional
        With other rules, objective or wishes than those it was laid out with.
    """
    stack = laid.stack
    steering, found = steering_of(city or laid.inputs.city, laid.communities, stack.agencies, stack.features)
    return replace(steering, first_lock=laid.first_lock), found


def resolve_laid(
    laid: Laid,
    steering: Steering,
    *,
    weight: Mapping[str, float] | None = None,
    rules: Rules | None = None,
    progress: Progress,
    clock: Callable[[], float],
    each: Each = map,
    stop: Callable[[], bool] = never,
) -> Resolution:
    """Group the atoms of a city that is laid out.

    Parameters
    ----------
    laid : Laid
    steering : Steering
    weight : mapping, keyword-only, optional
        Agency key → weight, where it is not that of the city file.
    rules : Rules, keyword-only, optional
        Seed, time and least border, if not those of the city file; sizes are in ``steering``.
    progress, clock, each, stop : keyword-only
        As in `merge_layers`.
    """
    resolution = resolve(
        laid.atoms, ballot_of(laid, weight or {}), rules or laid.inputs.city.rules, laid.names, steering=steering,
        progress=lambda done, of: progress("resolve", done, of), clock=clock, each=each, stop=stop,
    )  # fmt: skip
    return _with_locks(laid, steering, resolution)


def ballot_of(laid: Laid, weight: Mapping[str, float]) -> Ballot:
    """Return how the layers count; agencies that ``weight`` leaves out count as in the city file."""
    weights = np.array([weight.get(agency.key, agency.weight) for agency in laid.stack.agencies])
    return Ballot(weights, laid.base, tuple(laid.stack.kind), laid.base_area_m2)


def _with_locks(laid: Laid, steering: Steering, resolution: Resolution) -> Resolution:
    """Say of locked grids whose successors they are, that base grids were kept, and which rules they break."""
    if not laid.locked:
        return resolution
    base = laid.stack.agencies[laid.base].key if laid.base >= 0 else None
    heir, kept = resolution.heir.copy(), np.zeros(len(resolution.reports), np.int64)
    for g in np.flatnonzero(resolution.exclusive >= laid.first_lock).tolist():
        lock = laid.locked[int(resolution.exclusive[g]) - laid.first_lock]
        if lock.agency == base:
            ids = laid.stack.features[laid.base]["source_id"].to_numpy(object)
            heir[g] = int(np.flatnonzero(ids == lock.source_id)[0]) if lock.source_id in ids else -1
            kept[lock.community] += 1
    reports = tuple(replace(r, kept_grids=r.kept_grids + int(k)) for r, k in zip(resolution.reports, kept, strict=True))
    broken = locks_broken(laid.atoms, resolution.grid, resolution.exclusive, steering.limits, laid.first_lock)
    return replace(resolution, heir=heir, reports=reports, broken=(*resolution.broken, *broken))


def _rulebook(laid: Laid, steering: Steering) -> Rulebook:
    """Return by which rules the grids were made."""
    return Rulebook(
        ballot=ballot_of(laid, {}), limits=steering.limits, min_border_m=laid.inputs.city.rules.min_border_m,
        weights=steering.weights, barrier_pull=dict(steering.pull), wished=bound_atoms(laid.atoms, steering),
    )  # fmt: skip


def _quiet(*_: object) -> None:
    """Tell nobody."""


# ---------------------------------------------------------------- assemble ----


def _assemble(laid: Laid, resolution: Resolution) -> Merged:
    """Turn grids of atoms into tables."""
    inputs, plane, atom, atoms = laid.inputs, laid.plane, laid.atom, laid.atoms
    communities, stack, face = laid.communities, laid.stack, laid.face
    inside = atom >= 0
    grid, owner = atom.copy(), atom.copy()
    grid[inside] = resolution.grid[atom[inside]]
    owner[inside] = atoms.community[atom[inside]]
    keep = straight_vertices(plane, grid, locked_vertices(plane, laid.lock, 1) if laid.locked else None)
    shapes, outer = (_canonical(plane.shapes(label, keep=keep)[1]) for label in (grid, owner))
    of_grid = np.full(len(shapes), -1, np.int64)
    of_grid[resolution.grid] = atoms.community
    sites = inputs.exclusives["name"].to_numpy(object) if len(inputs.exclusives) else np.empty(0, object)
    is_site = (resolution.exclusive >= 0) & (resolution.exclusive < laid.first_lock)
    site = [str(sites[s]) if own else "" for s, own in zip(resolution.exclusive, is_site, strict=True)]
    table = pd.DataFrame(
        {
            "kind": np.where(is_site, "exclusive", "general"),
            "community_code": communities["code"].to_numpy(object)[of_grid],
            "community_name": communities["name"].to_numpy(object)[of_grid],
            "site": site,
            "area_m2": shapely.area(shapes),
        }
    )
    counted = (inputs.registers["kind"] == "household").to_numpy()
    count = inputs.registers["count"].to_numpy()[counted]
    provenance, crosswalk, found = [], [], []
    for k, agency in enumerate(stack.agencies):
        source_id, source = np.unique(stack.features[k]["source_id"].to_numpy(object), return_inverse=True)
        link = links(
            plane, stack.agency_layer[k], grid, source=source, household_face=face[counted], household_count=count
        )
        provenance.append(provenance_rows(agency.key, source_id, link))
        crosswalk.append(crosswalk_rows(agency.key, source_id, link))
        found += swallowed(agency, stack.features[k], plane, stack.agency_layer[k], grid)
    return Merged(
        gpd.GeoDataFrame(table, geometry=shapes, crs=inputs.city.crs),
        communities.assign(geometry=outer).set_crs(inputs.city.crs, allow_override=True),
        _stacked(provenance, PROVENANCE),
        _stacked(crosswalk, CROSSWALK),
        tuple(found),
        resolution.reports,
        resolution.broken,
        {"faces": plane.faces.faces - 1, "edges": len(plane.ends), "atoms": len(atoms.community)},
        atoms=block_table(
            plane, atom, communities["code"].to_numpy(object)[atoms.community], face[counted], count, grids=shapes
        ).set_crs(inputs.city.crs),
    )


def _canonical(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Let rings begin at their first vertex from west to east, so that one layer has one form, however it was made."""
    return np.asarray(shapely.orient_polygons(shapely.normalize(shapes), exterior_cw=False), object)


def _stacked(tables: list[pd.DataFrame], contract: dict[str, str]) -> pd.DataFrame:
    """Put the agencies' tables below each other; without agencies, an empty one with the same columns."""
    if tables:
        return pd.concat(tables, ignore_index=True)
    columns = {("grid" if name == "code" else name): kind for name, kind in contract.items()}
    types = {"text": object, "float": np.float64}
    return pd.DataFrame({c: pd.Series([], dtype=np.int64 if c == "grid" else types[k]) for c, k in columns.items()})
