"""What goes into a store as a whole, and what it tells about itself.

In: the tables of a finished merge or import (`Publication`). Out: `Version`, `LayerInfo`, `StoreInfo`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from gridgeo.errors import SchemaError
from gridgeo.tables import (
    AGENCY_GRID,
    ATOM,
    COMMUNITY,
    CROSSWALK,
    FINDING,
    GRID,
    OUTCOME,
    PROVENANCE,
    REASON,
    check_table,
)

__all__ = [
    "ASSIGNMENT",
    "KEY",
    "PLACE",
    "STORED_REASON",
    "LayerInfo",
    "Publication",
    "StoreInfo",
    "Version",
    "no_agency_grids",
    "no_atoms",
    "told_apart",
]

KEY = ["kind", "id", "nth"]
"""What names a place."""

PLACE = {"kind": "text", "id": "text", "x": "float", "y": "float", "count": "int", "population": "int",
         "address": "text"}  # fmt: skip
"""One household, enterprise or building; ``x``, ``y`` in the layer's CRS, NaN where the register has none.
``nth`` (int, optional) tells rows of the same kind and id apart: 1, 2, 3 …; without the column it is 1."""

ASSIGNMENT = {"kind": "text", "id": "text", "method": "text", "distance_m": "float"}
"""Which grid a place belongs to; also ``code``, which is missing where no grid is responsible, and ``nth``."""


STORED_REASON = {name: kind for name, kind in REASON.items() if name != "geometry"}
"""Reasons without their lines."""


def no_atoms(crs: Any = None) -> gpd.GeoDataFrame:
    """Return an empty table of atoms."""
    return gpd.GeoDataFrame({name: [] for name in ATOM}, geometry="geometry", crs=crs)


def no_agency_grids(crs: Any = None) -> gpd.GeoDataFrame:
    """Return an empty table of agencies' grids."""
    return gpd.GeoDataFrame({name: [] for name in AGENCY_GRID}, geometry="geometry", crs=crs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything that version 1 of a layer consists of, in the city CRS."""

    city_name: str
    crs: str
    """Metric CRS of all geometry: "EPSG:4547" or any text that pyproj reads."""
    layout: str
    """Code layout, see `gridgeo.codes.layout`."""
    grids: gpd.GeoDataFrame
    """As `gridgeo.tables.GRID`."""
    communities: gpd.GeoDataFrame
    """As `gridgeo.tables.COMMUNITY`; further text columns are the community's parents."""
    provenance: pd.DataFrame
    crosswalk: pd.DataFrame
    findings: gpd.GeoDataFrame
    places: pd.DataFrame
    """As `PLACE`."""
    assignments: pd.DataFrame
    """As `ASSIGNMENT`."""
    certificate: dict[str, Any]
    code_book: dict[str, int] = field(default_factory=dict)
    """Prefix → last number issued."""
    title: str = ""
    """What the version is called; empty means its number says enough."""
    rules: dict[str, Any] = field(default_factory=dict)
    """What a grid had to be, as ``[rules]`` of the city file: ``households`` [low, high], ``population_max``; empty
    where nobody said."""
    reasons: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(STORED_REASON)))
    """As `gridgeo.tables.REASON`; lines are not stored. Empty for a layer that was not merged."""
    outcomes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(OUTCOME)))
    """As `gridgeo.tables.OUTCOME`; empty for a layer that was not merged."""
    agencies: dict[str, str] = field(default_factory=dict)
    """Agency key → name."""
    atoms: gpd.GeoDataFrame = field(default_factory=no_atoms)
    """As `gridgeo.tables.ATOM`; empty for a layer that was not merged."""
    agency_grids: gpd.GeoDataFrame = field(default_factory=no_agency_grids)
    """As `gridgeo.tables.AGENCY_GRID`; empty for a layer that was not merged."""

    def check(self) -> None:
        """Raise one error that lists everything wrong with the tables.

        Raises
        ------
        SchemaError
            If a table breaks its contract, a code or place is there twice, or a table points at nothing.
        """
        faults = [*self._contract_faults(), *self._duplicate_faults()]
        if not faults:
            faults = self._reference_faults()
        if faults:
            raise SchemaError(f"nothing was published: {'; '.join(faults)}")

    def _contract_faults(self) -> list[str]:
        """List tables that break their contract."""
        contracts: list[tuple[pd.DataFrame, dict[str, str], str]] = [
            (self.grids, GRID, "grid"),
            (self.communities, COMMUNITY, "community"),
            (self.provenance, PROVENANCE, "provenance"),
            (self.crosswalk, CROSSWALK, "crosswalk"),
            (self.findings, FINDING, "finding"),
            (self.reasons, STORED_REASON, "reason"),
            (self.outcomes, OUTCOME, "outcome"),
            (self.atoms, ATOM, "atom"),
            (self.agency_grids, AGENCY_GRID, "agency_grid"),
            (self.places, PLACE, "place"),
            (self.assignments, ASSIGNMENT, "assignment"),
        ]
        faults = []
        for table, contract, name in contracts:
            try:
                # An empty table has its columns, but pandas cannot know their types.
                check_table(table, contract if len(table) else dict.fromkeys(contract, "text"), name)
            except SchemaError as error:
                faults.append(str(error))
        return faults + ([] if len(self.grids) else ["table grid is empty"])

    def _duplicate_faults(self) -> list[str]:
        """List codes and places that are there twice."""
        keys = (
            (self.grids, ["code"], "grid code"),
            (self.communities, ["code"], "community code"),
            (self.atoms, ["id"], "atom"),
            (told_apart(self.places), KEY, "place"),
            (told_apart(self.assignments), KEY, "assignment of place"),
        )
        faults = []
        for table, key, what in keys:
            if not set(key) <= set(table.columns):
                continue  # a contract fault, told already
            twice = table.loc[table.duplicated(key), key]
            if len(twice):
                first = " ".join(map(str, twice.iloc[0, :2]))
                faults.append(f"{what} {first} is there more than once ({len(twice)} rows too many)")
        return faults

    def _reference_faults(self) -> list[str]:
        """List rows that point at a grid or place that does not exist."""
        faults = []
        codes = set(self.grids["code"])
        pointing = (
            (self.provenance, "provenance"), (self.crosswalk, "crosswalk"), (self.reasons, "reason"),
            (self.outcomes, "outcome"),
        )  # fmt: skip
        for table, name in pointing:
            faults += _strangers(table["code"], codes, f"table {name}: grid code")
        if len(self.agency_grids):
            there, meant = (
                set(table[["agency", "source_id"]].itertuples(index=False, name=None))
                for table in (self.agency_grids, self.crosswalk)
            )
            faults += _strangers(meant, there, "table crosswalk: agency grid")
        faults += _strangers(self.atoms["community_code"], set(self.communities["code"]), "table atom: community code")
        if len(self.assignments):
            assigned = self.assignments["code"].dropna()
            faults += _strangers(assigned[assigned != ""], codes, "table assignment: grid code")
        known, named = (
            [*told_apart(table)[KEY].itertuples(index=False, name=None)] for table in (self.places, self.assignments)
        )
        return faults + _strangers(named, set(known), "table assignment: place")


def told_apart(table: pd.DataFrame) -> pd.DataFrame:
    """Return places or assignments with the column ``nth``."""
    return table if "nth" in table else table.assign(nth=1)


def _strangers(values: Iterable[Any], known: set[Any], what: str) -> list[str]:
    """Return one sentence if some values are not known."""
    unknown = sorted({str(value) for value in values if value not in known})
    if not unknown:
        return []
    return [f"{what} {', '.join(unknown[:3])} does not exist ({len(unknown)} such)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One published version of the layer."""

    seq: int
    title: str
    effective: date
    """First day on which it holds."""
    published: datetime
    """When it was published, UTC."""
    published_by: str
    digest: str
    """SHA-256 of its grids, see `gridgeo.store.digest.layer_digest`."""
    stats: dict[str, Any]
    """``grids, communities, households, enterprises, population, area_m2``; ``rules`` and ``agencies``
    (pairs of key and name) where known."""
    certificate: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerInfo:
    """The layer that a store holds."""

    key: str
    """"grid"."""
    title: str
    city_name: str
    layout: str
    crs: str
    srid: int
    """Number of the CRS in the database."""
    seq: int
    """Current version."""
    count: int
    """Current grids."""
    extent: tuple[float, float, float, float]
    """left, bottom, right, top in `crs`."""
    rules: dict[str, Any] = field(default_factory=dict)
    """Rules of the current version, see `Publication.rules`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """A store's summary."""

    url: str
    """Without password."""
    schema: str
    """Version of the tables."""
    layers: tuple[LayerInfo, ...]
    versions: tuple[Version, ...]
    counts: dict[str, int]
    """Table → rows, history included."""
    size_bytes: int
