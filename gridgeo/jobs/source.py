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
