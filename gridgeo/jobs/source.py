"""Where a map's facts come from: a version of a store, or a layer file.

In: a store URL or the path of a ``layer.gpkg``. Out: a `Source`: the edition, and what else a kind of map shows. Both
are read when they are asked for, so that a map of grids reads grids only. Next: `gridgeo.jobs.contents`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd
import pyogrio

from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.files import has_layer, read_layer
from gridgeo.jobs.moment import At, version_at
from gridgeo.render.edition import Edition, new_edition
from gridgeo.store.base import Store, Version, open_store
from gridgeo.store.ground import StoreGround
from gridgeo.tables import AGENCY_GRID

__all__ = ["LayerFile", "Source", "StoreVersion", "opened_source"]

UNSTORED = "未入库"
"""Stands for the version of a layer that lies in a file."""


class Source(Protocol):
    """What a map can be drawn from."""

    name: str
    """What messages call it."""

    @property
    def edition(self) -> Edition:
        """The whole layer."""
        ...

    def findings(self) -> gpd.GeoDataFrame:
        """Return columns of `gridgeo.tables.FINDING`, in the layer's CRS."""
        ...

    def crosswalk(self) -> pd.DataFrame:
        """Return columns of `gridgeo.tables.CROSSWALK`."""
        ...

    def provenance(self) -> pd.DataFrame:
        """Return columns of `gridgeo.tables.PROVENANCE`."""
        ...

    def agency_grids(self) -> gpd.GeoDataFrame:
        """Return columns of `gridgeo.tables.AGENCY_GRID`; at least one row."""
        ...

    def agencies(self) -> dict[str, str]:
        """Return key and name of every agency that is known."""
        ...

    def changed(self) -> frozenset[str]:
        """Return the grids that later versions than the first changed."""
        ...

    def covered(self) -> float | None:
        """Return the share of the communities' ground that the grids cover; None: not known."""
        ...


@contextmanager
def opened_source(store: str | None, layer: str | Path | None, at: At | None) -> Iterator[StoreVersion | LayerFile]:
    """Open the one of two that is named.

    Raises
    ------
    InputError
        If both or none are named, or a layer file is asked for its state on a day.
    NotFoundError
        If there is no such version.
    """
    if (store is None) == (layer is None):
        raise InputError("a map is drawn from a store or from a layer file; name one of the two")
    if layer is not None:
        if at is not None:
            raise InputError(f"{layer} holds one state only; a map of another day needs a store")
        yield LayerFile(Path(layer))
    else:
        with open_store(str(store)) as opened:
            yield StoreVersion(opened, at)


class LayerFile:
    """A ``layer.gpkg``."""

    def __init__(self, file: Path) -> None:
        self.file, self.name = file, str(file)

    @cached_property
    def edition(self) -> Edition:
        """The layers ``grid`` and ``community``, with what ``about`` says."""
        grids, communities = read_layer(self.file, "grid"), read_layer(self.file, "community")
        edition = new_edition(grids, communities, version=f"{self.file.name}（{UNSTORED}）")
        about = _about(self.file)
        return replace(edition, city=about.get("city", ""), rules=_rules_of(about))

    def findings(self) -> gpd.GeoDataFrame:
        """Return the layer ``finding``."""
        if not has_layer(self.file, "finding"):
            raise NotFoundError(f"{self.file} holds no findings; name a layer.gpkg of gridgeo merge or a findings.gpkg")
        return read_layer(self.file, "finding")

    def crosswalk(self) -> pd.DataFrame:
        """Return the layer ``crosswalk``."""
        if not has_layer(self.file, "crosswalk"):
            raise NotFoundError(f"{self.file} does not say where old grids went; name a layer.gpkg of gridgeo merge")
        return pyogrio.read_dataframe(self.file, layer="crosswalk")

    def provenance(self) -> pd.DataFrame:
        """Return the layer ``provenance``."""
        if not has_layer(self.file, "provenance"):
            raise NotFoundError(
                f"{self.file} does not say what its grids were made from; name a layer.gpkg of gridgeo merge"
            )
        return pyogrio.read_dataframe(self.file, layer="provenance")

    def agency_grids(self) -> gpd.GeoDataFrame:
        """Return the layer ``agency_grid``."""
        if not has_layer(self.file, "agency_grid"):
            raise NotFoundError(
                f"{self.file} does not hold the agencies' own grids: no merge, or an earlier program, wrote it; "
                "run gridgeo merge again"
            )
        return _some(read_layer(self.file, "agency_grid"), self.name)

    def agencies(self) -> dict[str, str]:
        """Return what ``about`` says."""
        try:
            told = json.loads(_about(self.file).get("agencies", "{}"))
        except ValueError:
            return {}
        return {str(key): str(name) for key, name in told.items()} if isinstance(told, dict) else {}

    def changed(self) -> frozenset[str]:
        """Return nothing: a layer file is as it was merged."""
        return frozenset()

    def covered(self) -> float | None:
        """Return None: a layer file does not hold its certificate."""
        return None


class StoreVersion:
    """One version of an open store."""

    def __init__(self, store: Store, at: At | None = None) -> None:
        if not store.layers():
            raise NotFoundError(
                f"the store {store.url} holds no published layer yet; run gridgeo merge or import first"
            )
        self.store, self.name = store, store.url
        self.version: Version = version_at(store.versions(), at, where=f"store {store.url}")

    @cached_property
    def edition(self) -> Edition:
        """The grids and communities of the version."""
        seq = self.version.seq
        edition = new_edition(
            self.store.grids(seq),
            self.store.communities(seq),
            version=f"V{seq}（{self.version.published.astimezone().date()} 发布）",
            as_of=self.version.effective.isoformat(),
        )
        return replace(edition, city=self.store.layers()[0].city_name, rules=self.version.stats.get("rules", {}))

    def findings(self) -> gpd.GeoDataFrame:
        """Return the findings of the newest version up to this one that has any."""
        for seq in range(self.version.seq, 0, -1):
            found = self.store.findings(seq)
            if len(found):
                return found
        return found

    def crosswalk(self) -> pd.DataFrame:
        """Return where old grids went, up to this version."""
        with self.store.snapshot() as reader:
            return reader.crosswalk(self.version.seq, None, None)

    def provenance(self) -> pd.DataFrame:
        """Return what grids were made from, up to this version."""
        with self.store.snapshot() as reader:
            return reader.provenance(self.version.seq, None)

    def agency_grids(self) -> gpd.GeoDataFrame:
        """Return the agencies' own grids as they were read for version 1."""
        found = self.store.agency_grids()
        if not len(found):
            raise NotFoundError(
                f"store {self.name} does not hold the agencies' own grids: its layer was imported, or merged by an "
                "earlier program; run gridgeo merge again, into a new store or without one, and draw from that"
            )
        return found

    def agencies(self) -> dict[str, str]:
        """Return what the first version says."""
        return {str(key): str(name) for key, name in self.store.versions()[0].stats.get("agencies", [])}

    def changed(self) -> frozenset[str]:
        """Return the grids that versions from the second to this one changed."""
        if self.version.seq == 1:
            return frozenset()
        with self.store.snapshot() as reader:
            return frozenset(StoreGround(reader, self.version.seq).changed_since(1)[0])

    def covered(self) -> float | None:
        """Return what the version's certificate says."""
        frame = self.version.certificate.get("frame_area_m2")
        held = self.version.certificate.get("covered_area_m2")
        return min(1.0, held / frame) if frame and held is not None else None


def _some(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return a table of agencies' grids that is not empty."""
    if not len(table):
        raise NotFoundError(f"{name} holds no grid of any agency: its city file names no [[agency]]")
    texts = {column: table[column].fillna("").astype(object) for column in AGENCY_GRID if column != "geometry"}
    return table.assign(**texts)


def _about(file: Path) -> dict[str, str]:
    """Return what a layer file says about itself; nothing if another program wrote it."""
    if not has_layer(file, "about"):
        return {}
    table = pyogrio.read_dataframe(file, layer="about")
    if not {"key", "value"} <= set(table.columns):
        return {}
    return {str(key): str(value) for key, value in zip(table["key"], table["value"], strict=True)}


def _rules_of(about: dict[str, str]) -> dict[str, Any]:
    """Return the size rules of a layer file; none if they cannot be read."""
    try:
        rules = json.loads(about.get("rules", "{}"))
    except ValueError:
        return {}
    return rules if isinstance(rules, dict) else {}
