"""Layers in the order of their rank: what the arrangement is made of.

In: the inputs and the cleaned communities. Out: every agency's features repaired, aligned and numbered, and all
linework stacked from the most trusted to the least: communities, locked grids, surveyed layers, exclusive sites,
barriers, other agencies by accuracy. Between `gridgeo.partition.align` and `gridgeo.partition.arrange`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer, Finding, Inputs
from gridgeo.partition.align import Alignment, align_layer, led_through
from gridgeo.partition.arrange import Linework
from gridgeo.partition.repair import repair_layer
from gridgeo.partition.sliver import SURVEYED_M

__all__ = [
    "BARRIER_ACCURACY_M",
    "BARRIER_ORDER",
    "Ground",
    "Stack",
    "drawn_layer",
    "ranked",
    "stack_layers",
    "with_cuts",
]

BARRIER_ACCURACY_M = 5.0
"""How far barrier lines and exclusive outlines may lie from the truth: chosen, 1:2000 to 1:10000 mapping."""
BARRIER_ORDER = ("river", "rail", "arterial", "wall", "street")
"""Rank of barrier classes, the most trusted as a border first."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every agency's layer is held against."""

    communities: gpd.GeoDataFrame
    """The cleaned authority."""
    frame: shapely.Geometry
    """Their union."""
    segments: NDArray[np.object_]
    """Their border segments, from `gridgeo.partition.align.border_segments`."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The layers of the arrangement in the order of their rank."""

    lines: list[Linework]
    accuracy_m: list[float]
    kind: list[str]
    """Barrier class of each layer, "" for others; one more than `lines`, "cut", where atoms were divided."""
    hard: list[bool]
    agencies: list[AgencyLayer]
    features: list[pd.DataFrame]
    """Per agency: ``source_id, label``, one row per feature."""
    agency_layer: list[int]
    """Layer number of each agency."""
    site_layer: int
    """Layer number of the exclusive sites."""

    @property
    def firmness(self) -> NDArray[np.int64]:
        """How firmly each layer's lines stay: 2 for surveyed ones, 1 for exclusive sites and hard barriers, else 0."""
        firmness = np.array(self.hard).astype(np.int64)
        firmness[self.site_layer] = 1
        firmness[np.array(self.accuracy_m) <= SURVEYED_M] = 2
        return firmness


def ranked(agencies: tuple[AgencyLayer, ...]) -> list[AgencyLayer]:
    """Return agencies in the order of rank: the more accurate first, then the base, then the heavier."""
    return sorted(agencies, key=lambda a: (a.accuracy_m, not a.base, -a.weight, a.key))


def drawn_layer(agency: AgencyLayer, ground: Ground) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Repair one agency's layer and put it onto the communities' borders.

    Returns
    -------
    features : GeoDataFrame
        As `gridgeo.partition.repair.repair_layer`, with ``feature`` numbered by id and shape.
    findings : list of Finding
    """
    repaired, found = repair_layer(agency, ground.frame, ground.communities)
    aligned, moved = align_layer(repaired.geometry.values, ground.segments, accuracy_m=agency.accuracy_m)
    return _in_order(repaired.assign(geometry=aligned)), [*found, *_told_alignment(agency, moved)]


def _told_alignment(agency: AgencyLayer, moved: Alignment) -> list[Finding]:
    """Log how far a layer was moved onto the communities' borders."""
    if not moved.moved:
        return []
    text = (
        f"{agency.name}：{moved.vertices} 个顶点中 {moved.moved} 个距社区界不足 {agency.accuracy_m:g} 米，"
        f"已移到界上，平均移动 {moved.mean_m:.2f} 米，最大 {moved.largest_m:.2f} 米"
    )
    return [Finding("note", "aligned", agency.key, text)]


def _in_order(repaired: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number features by id and shape, so that the order of rows in the file does not matter."""
    own = repaired[~repaired["patch"]] if (~repaired["patch"]).any() else repaired
    shape = shapely.to_wkb(shapely.normalize(own.geometry.values), hex=True)
    order = own.assign(shape=shape).sort_values(["source_id", "shape"], kind="stable")["feature"].drop_duplicates()
    rank = pd.Series(np.arange(len(order)), index=order.to_numpy())
    return repaired.assign(feature=repaired["feature"].map(rank).astype(np.int64)).sort_values(
        ["feature", "patch"], kind="stable"
    )


def stack_layers(
    inputs: Inputs,
    communities: gpd.GeoDataFrame,
    agencies: list[AgencyLayer],
    drawn: list[gpd.GeoDataFrame],
    locked: Sequence[shapely.Polygon] = (),
) -> Stack:
    """Put all linework in the order of rank: communities, locked grids, surveyed layers, exclusive sites, barriers,
    other agencies.

    Notes
    -----
    A barrier's line is better than a sketched grid's, but not better than a survey, nor than the outcome of an
    earlier merge, which chose between both.
    """
    surveyed = sum(agency.accuracy_m <= SURVEYED_M for agency in agencies)
    exact = 1 + (len(locked) > 0) + surveyed
    stack = Stack([], [], [], [], agencies, [], [], site_layer=exact)
    _add(stack, communities.geometry.values, np.arange(len(communities)), 0.0)
    if locked:
        _add(stack, locked, np.arange(len(locked)), 0.0)
    for agency, features in zip(agencies[:surveyed], drawn, strict=False):
        _add_agency(stack, agency, features)
    sites = inputs.exclusives.geometry.values
    _add(stack, sites, np.arange(len(sites)), BARRIER_ACCURACY_M)
    _add_barriers(stack, inputs.barriers, shapely.box(*communities.total_bounds))
    for agency, features in zip(agencies[surveyed:], drawn[surveyed:], strict=True):
        _add_agency(stack, agency, features)
    if exact > 1:
        _lead_through(stack, exact)
    return stack


def _lead_through(stack: Stack, exact: int) -> None:
    """Lead the lines of all layers but the first ones through the vertices of those."""
    known = [shapely.get_coordinates(layer.geometries) for layer in stack.lines[:exact]]
    vertices = np.unique(np.concatenate(known), axis=0)
    stack.lines[exact:] = [
        replace(layer, geometries=led_through(layer.geometries, vertices)) for layer in stack.lines[exact:]
    ]


def _add(
    stack: Stack, shapes: Any, feature: NDArray[np.int64], accuracy_m: float, *, kind: str = "", hard: bool = False
) -> int:
    """Append a layer, a barrier's lines if it has a kind, and return its number."""
    stack.lines.append(Linework(np.asarray(shapes, object), feature, area=not kind))
    stack.accuracy_m.append(accuracy_m)
    stack.kind.append(kind)
    stack.hard.append(hard)
    return len(stack.lines) - 1


def _add_agency(stack: Stack, agency: AgencyLayer, features: gpd.GeoDataFrame) -> None:
    """Append an agency's layer."""
    layer = _add(stack, features.geometry.values, features["feature"].to_numpy(), agency.accuracy_m)
    stack.agency_layer.append(layer)
    stack.features.append(features.drop_duplicates("feature")[["source_id", "label"]].reset_index(drop=True))


def _add_barriers(stack: Stack, barriers: gpd.GeoDataFrame, near: shapely.Geometry) -> None:
    """Append the barriers near the city, the hard ones first."""
    for hard in (True, False):
        for kind in BARRIER_ORDER:
            lines = barriers.geometry.values[(barriers["hard"] == hard) & (barriers["kind"] == kind)]
            lines = lines[shapely.intersects(lines, near)]
            if len(lines):
                _add(stack, lines, np.arange(len(lines)), BARRIER_ACCURACY_M, kind=kind, hard=hard)


def with_cuts(stack: Stack, layers: int) -> Stack:
    """Return the stack of an arrangement of so many layers: one more, of the lowest rank, if atoms were divided."""
    if layers == len(stack.kind):
        return stack
    worst_m = max(stack.accuracy_m)
    return replace(stack, kind=[*stack.kind, "cut"], hard=[*stack.hard, False], accuracy_m=[*stack.accuracy_m, worst_m])
