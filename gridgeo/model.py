"""Frozen records that travel between the stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from gridgeo.city import City

__all__ = [
    "SEVERITIES",
    "AgencyLayer",
    "Certificate",
    "CommunityReport",
    "Finding",
    "Inputs",
    "VariantFigures",
    "findings_table",
]

SEVERITIES = ("error", "warning", "note")
"""error: the input is wrong and the result suffers; warning: wrong and repaired; note: worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault found or one repair made."""

    severity: str
    """One of `SEVERITIES`."""
    kind: str
    """English slug of the fault: overlap, gap, duplicate, datum_gcj02 …"""
    agency: str
    """Agency key, or "community", "exclusive", "barrier", or the register's kind."""
    text: str
    """The Chinese sentence a planner reads: what, where, how much, what was done."""
    source_id: str = ""
    """The feature's id in its own layer; empty for a whole layer."""
    area_m2: float = 0.0
    geometry: Any = None
    """Shapely geometry in the city CRS, or None."""


def findings_table(findings: Iterable[Finding], crs: str) -> gpd.GeoDataFrame:
    """Put findings into a table in the order severity, agency, kind, source id.

    Parameters
    ----------
    findings : iterable of Finding
    crs : str
        The city CRS.

    Returns
    -------
    GeoDataFrame
        Columns as in `gridgeo.tables.FINDING`.
    """
    rows = sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.agency, f.kind, f.source_id, f.text))
    columns = ["severity", "kind", "agency", "source_id", "area_m2", "text"]
    table = pd.DataFrame([[getattr(f, name) for name in columns] for f in rows], columns=columns)
    table = table.astype({"area_m2": float})
    return gpd.GeoDataFrame(table, geometry=[f.geometry for f in rows], crs=crs)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyLayer:
    """One agency's features, read and brought into the city CRS."""

    key: str
    name: str
    weight: float
    accuracy_m: float
    base: bool
    features: gpd.GeoDataFrame
    """Columns ``source_id`` (text, may repeat), ``label`` (text), geometry (any; may be invalid, multipart or None)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything a merge works on, in the city CRS."""

    city: City
    communities: gpd.GeoDataFrame
    """``code, name``, one text column per parent level (``street, county``), geometry as handed in."""
    agencies: tuple[AgencyLayer, ...]
    barriers: gpd.GeoDataFrame
    """``kind`` (river …), ``hard`` (bool), LineString geometry."""
    exclusives: gpd.GeoDataFrame
    """``id, name, department``, geometry."""
    registers: pd.DataFrame
    """``kind, id, x, y`` (city CRS, NaN if none), ``count`` int, ``population`` int, ``address``: all files."""
    buildings: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    """``id``, Polygon geometry: the footprints that building registers have; empty where they have only points."""
    findings: tuple[Finding, ...] = ()
    """What intake found so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Proof that a layer is a seamless partition of its frame, or the faults that refute it."""

    frame_area_m2: float
    covered_area_m2: float
    gap_area_m2: float
    gap_count: int
    overlap_area_m2: float
    overlap_count: int
    outside_area_m2: float
    outside_count: int
    grids: int
    invalid: int
    empty: int
    multipart: int
    unmatched_edges: int
    uncancelled_edges: int
    crossing_communities: int | None
    """None: no communities were handed in, so nothing was checked."""
    communities_without_grid: int | None
    """None: not checked."""
    duplicate_codes: int
    malformed_codes: int
    not_polygon: int = 0
    frame_edges_noded_differently: int = 0
    """Edges on the frame's border that are divided by other vertices than the frame's: reported, no fault."""
    places: tuple[dict[str, Any], ...] = ()
    """Up to 10 faults of each kind, largest first: kind, code, x, y in the layer's CRS, area_m2."""

    @property
    def seamless(self) -> bool:
        """True only when every fault is zero and there is at least one grid."""
        faults = (
            self.gap_count, self.overlap_count, self.outside_count, self.invalid, self.empty, self.multipart,
            self.not_polygon, self.unmatched_edges, self.uncancelled_edges, self.crossing_communities,
            self.communities_without_grid, self.duplicate_codes, self.malformed_codes,
        )  # fmt: skip
        return self.grids > 0 and not any(faults)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as ``certificate.json`` holds them."""
        return {**asdict(self), "places": list(self.places), "seamless": self.seamless}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityReport:
    """How one community was resolved."""

    code: str
    name: str
    atoms: int
    grids: int
    status: str
    """optimal, bounded or heuristic."""
    objective: float
    bound: float | None
    gap: float | None
    seconds: float
    moved_households: int
    """Households that left their base agency's grid."""
    kept_grids: int
    """Base grids of this community that came through unchanged."""
    violations: tuple[str, ...] = field(default=())
    """One Chinese sentence per broken rule, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantFigures:
    """One grouping in numbers."""

    grids: int
    violations: int
    """Grids that break the size rules under which the grouping was made."""
    refused: int
    """Wishes that were not granted."""
    moved_households: int
    """Households outside the grid that succeeds their base grid."""
    kept_grids: int
    """Base grids that came through unchanged."""
    compactness: float
    """Mean of 4 pi area / perimeter² over general grids, 1 = circle."""
    disagreement_m: float
    """Length-weighted disagreement with all agencies' borders, weighed as in the city file for every variant."""
    proven: int
    """Communities solved to the proven optimum."""
    gap: float | None
    """(objective - bound) / objective of all communities together; None where one has no bound."""
    seconds: float
    """Solving alone: laying out is the same for all."""
