"""The city laid out: repaired, arranged, divided, everything that is to be grouped into grids.

In: everything that intake read, in the city CRS. Out: a `Laid`, on which `gridgeo.partition.resolve` can be run with
any rules and weights. First half of `gridgeo.partition.merge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer, Finding, Inputs
from gridgeo.partition.align import border_segments
from gridgeo.partition.arrange import Arrangement, arrange
from gridgeo.partition.atoms import Atoms, borders_of, covered_area, majority, rim_of
from gridgeo.partition.authority import repair_communities
from gridgeo.partition.divide import Division, divide_atoms
from gridgeo.partition.lock import (
    Locked,
    filled_to_the_border,
    locked_outlines,
    locked_regions,
    one_atom_each,
    told_filling,
    with_locks,
)
from gridgeo.partition.lot import content_of
from gridgeo.partition.sliver import drop_slivers
from gridgeo.partition.stack import Ground, Stack, drawn_layer, ranked, stack_layers, with_cuts
from gridgeo.partition.steer import limits_of

__all__ = ["Each", "Laid", "Progress", "lay_out"]

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, of)."""

Each = Callable[..., Iterable[Any]]
"""Applies a function to all items in order, like `map`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A city ready to be grouped into grids."""

    inputs: Inputs
    communities: gpd.GeoDataFrame
    """The cleaned authority, by code."""
    stack: Stack
    plane: Arrangement
    atom: NDArray[np.int64]
    """(f,) atom of each face, -1 = none."""
    atoms: Atoms
    """Locked grids are sites from ``first_lock`` on."""
    division: Division
    face: NDArray[np.int64]
    """Face of each row of the registers."""
    base: int
    """Agency whose grids are kept where the rules allow, -1 = none."""
    base_area_m2: NDArray[np.float64]
    """Area of each base grid as drawn; empty without a base."""
    locked: tuple[Locked, ...]
    lock: NDArray[np.int64]
    """(f,) lock of each face, -1 = none."""
    findings: tuple[Finding, ...]

    @property
    def names(self) -> list[tuple[str, str]]:
        """Code and name of every community."""
        return list(zip(self.communities["code"], self.communities["name"], strict=True))

    @property
    def first_lock(self) -> int:
        """Number of the first locked grid among the exclusive sites."""
        return len(self.inputs.exclusives)


def lay_out(inputs: Inputs, *, progress: Progress, each: Each = map) -> Laid:
    """Repair, arrange and divide a city's layers.

    Parameters
    ----------
    inputs : Inputs
        In the city CRS.
    progress : callable, keyword-only
    each : callable, keyword-only
        Applies a function to every agency or lot in order, like `map`.

    Raises
    ------
    InputError
        If the community layer cannot be cleaned into a partition.
    """
    drawn = _drawn(inputs, progress, each)
    progress("arrange", 0, 1)
    stack = stack_layers(
        inputs, drawn.communities, drawn.agencies, drawn.features, [lock.outline for lock in drawn.locked]
    )
    plane = arrange(stack.lines, inputs.city.precision_m)
    community = _cover_of(plane, 0)
    nowhere = np.full(len(community), -1, np.int64)
    lock = locked_regions(_cover_of(plane, 1), community, drawn.locked) if drawn.locked else nowhere
    progress("arrange", 1, 1)
    region = np.where(lock >= 0, len(drawn.communities) + lock, community)
    atom = drop_slivers(plane, region, np.array(stack.accuracy_m), stack.firmness)
    told = list[Finding]()
    if drawn.locked:
        own = lock
        lock = filled_to_the_border(plane, atom, own, community, [lock.accuracy_m for lock in drawn.locked])
        told = told_filling(plane, own, lock, drawn.locked)
        atom = one_atom_each(atom, lock)
    progress("divide", 0, 1)
    exempt = _exclusive_of(plane, atom, stack.site_layer) >= 0
    exempt[atom[lock >= 0]] = True
    limits = limits_of(inputs.city, drawn.communities)[0]
    owner = np.unique(np.column_stack([atom, community])[atom >= 0], axis=0)[:, 1].tolist()
    division = divide_atoms(
        plane, atom, content_of(inputs, stack), [limits[c] for c in owner], exempt=exempt, each=each
    )
    plane, atom = division.plane, division.atom
    community, lock = community[division.origin], lock[division.origin]
    stack = with_cuts(stack, len(plane.first_feature) - 1)
    progress("divide", 1, 1)
    face = plane.faces_at(inputs.registers[["x", "y"]].to_numpy(float))
    atoms = _describe(plane, atom, community, stack, registers=inputs.registers, face=face)
    base = next((k for k, agency in enumerate(drawn.agencies) if agency.base), -1)
    return Laid(
        inputs=inputs, communities=drawn.communities, stack=stack, plane=plane, atom=atom,
        atoms=with_locks(atoms, atom, lock, len(inputs.exclusives)), division=division, face=face, base=base,
        base_area_m2=_drawn_area_m2(plane, stack.agency_layer[base]) if base >= 0 else np.empty(0),
        locked=drawn.locked, lock=lock, findings=(*drawn.findings, *told),
    )  # fmt: skip


class _Drawn(NamedTuple):
    """All layers, repaired and put onto the communities' borders."""

    communities: gpd.GeoDataFrame
    agencies: list[AgencyLayer]
    features: list[gpd.GeoDataFrame]
    locked: tuple[Locked, ...]
    findings: tuple[Finding, ...]


def _drawn(inputs: Inputs, progress: Progress, each: Each) -> _Drawn:
    """Repair the communities, then every agency's layer, then find the locked grids."""
    progress("repair", 0, len(inputs.agencies) + 1)
    communities, faults = repair_communities(inputs.communities, precision_m=inputs.city.precision_m)
    communities = communities.sort_values("code", kind="stable").reset_index(drop=True)
    found = [*inputs.findings, *faults]
    segments = border_segments(communities)
    ground = Ground(communities, shapely.union_all(communities.geometry.values), segments)
    agencies, drawn = ranked(inputs.agencies), []
    for features, faults in each(partial(drawn_layer, ground=ground), agencies):
        found += faults
        drawn.append(features)
        progress("repair", len(drawn), len(agencies))
    locked, faults = locked_outlines(inputs, communities, segments)
    return _Drawn(communities, agencies, drawn, locked, (*found, *faults))


def _cover_of(plane: Arrangement, layer: int) -> NDArray[np.int64]:
    """Return the feature of a layer that covers each face, -1 = none; where several do, the smallest."""
    label = np.full(plane.faces.faces, -1, np.int64)
    face, feature, _ = covered_area(plane, layer, np.arange(plane.faces.faces))
    label[face] = feature
    return label


def _drawn_area_m2(plane: Arrangement, layer: int) -> NDArray[np.float64]:
    """Return the area of each feature of a layer as drawn, also beyond the frame."""
    face, feature = plane.covering(layer)
    count = int(np.diff(plane.first_feature[layer : layer + 2])[0])
    return np.bincount(feature, plane.face_area_m2[face], count).astype(np.float64)


def _exclusive_of(plane: Arrangement, atom: NDArray[np.int64], layer: int) -> NDArray[np.int64]:
    """Return the exclusive site of each atom, from the layer of sites, or -1."""
    inside = atom >= 0
    area_m2 = np.bincount(atom[inside], plane.face_area_m2[inside], int(atom.max(initial=-1)) + 1)
    return majority(covered_area(plane, layer, atom), area_m2.astype(np.float64))


def _describe(
    plane: Arrangement,
    atom: NDArray[np.int64],
    community: NDArray[np.int64],
    stack: Stack,
    *,
    registers: pd.DataFrame,
    face: NDArray[np.int64],
) -> Atoms:
    """Tell of every atom its community, every agency's opinion, its households and its neighbours."""
    inside = atom >= 0
    count = int(atom.max(initial=-1)) + 1
    area_m2 = np.bincount(atom[inside], plane.face_area_m2[inside], count).astype(np.float64)
    owner = np.full(count, -1, np.int64)
    owner[atom[inside]] = community[inside]
    opinions = [majority(covered_area(plane, stack.agency_layer[k], atom), area_m2) for k in range(len(stack.agencies))]
    counted = (registers["kind"] == "household").to_numpy() & (atom[face] >= 0)
    at = atom[face[counted]]
    sums = {
        column: np.bincount(at, registers[column].to_numpy()[counted], count).astype(np.int64)
        for column in ("count", "population")
    }
    exclusive = _exclusive_of(plane, atom, stack.site_layer)
    return Atoms(
        owner,
        exclusive,
        np.column_stack(opinions) if opinions else np.empty((count, 0), np.int64),
        area_m2,
        sums["count"],
        sums["population"],
        borders_of(plane, atom, owner, np.array(stack.hard)),
        rim_of(plane, atom, owner, exclusive),
    )
