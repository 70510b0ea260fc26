"""One published version of the layer, ready for look-ups.

In: the store. Out: a `Served` with the index, and with what answers tell of each grid, written once. A published
version never changes, so a `Served` is made once and only read from then on: whoever holds one has code, facts,
``version`` and ``as_of`` of the same version, whatever is published meanwhile. Next: `gridgeo.api.express` and
`gridgeo.api.batch` answer from it, `gridgeo.api.published` draws it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import orjson

import gridgeo
from gridgeo.api.words import Words, words_of
from gridgeo.jobs.address_library import Shelved
from gridgeo.jobs.answers import Description, description
from gridgeo.jobs.enterprises import enterprises_in
from gridgeo.jobs.fate import Fate, fate_in
from gridgeo.jobs.indexed import index_place, indexed, no_overlap
from gridgeo.jobs.lookup import Behind, Lookup, make_lookup
from gridgeo.render.recipe import Recipe
from gridgeo.render.ruled import ruled
from gridgeo.store.base import LayerInfo, Store, Version

__all__ = ["PROGRAM", "Key", "Served", "fingerprint", "key_of", "read_served"]

PROGRAM = gridgeo.__version__

Key: TypeAlias = tuple[int, str, str]
"""What no two versions share, even where somebody has replaced the store behind the same URL."""


def key_of(version: Version) -> Key:
    """Return number, digest and moment of publication."""
    return version.seq, version.digest, version.published.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """One published version; read-only but for what has been written already."""

    version: Version
    layer: LayerInfo
    grids: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.GRID`, sorted by code, city CRS."""
    communities: gpd.GeoDataFrame
    lookup: Lookup
    """Answers questions, in the city CRS."""
    recipe: Recipe
    """How grids are classed by colour, by this version's own rules."""
    words: Words
    """Its codes as answers to batches write them."""
    said: dict[str, Description] = field(default_factory=dict)
    """What answers tell of a grid as JSON, from the first time that it is asked for."""

    def describe(self, code: str) -> Description:
        """Return what answers tell of a grid, its facts and its chain already written."""
        found = self.said.get(code)
        if found is None:
            plain = description(self.lookup, code)
            written = orjson.Fragment(orjson.dumps(plain.grid)), orjson.Fragment(orjson.dumps(plain.chain))
            found = self.said[code] = Description(code, *written, plain.full_name)
        return found


def read_served(
    store: Store,
    version: Version,
    recipe: Recipe,
    *,
    before: Served | None = None,
    newest: bool = False,
    shelved: Callable[[], Shelved] | None = None,
) -> Served:
    """Read a version from the store and make it ready for look-ups.

    Parameters
    ----------
    store : Store
    version : Version
    recipe : Recipe
        How grids are classed by colour; the version's own rules come before its limits.
    before : Served, keyword-only, optional
        A version near this one: its index is renewed where that is less work than another.
    newest : bool, keyword-only
        True: no version follows; its index is kept beside the store for all who ask it.
    shelved : callable, keyword-only, optional
        Gives the address library as it is now.

    Raises
    ------
    StoreError
        If the store does not answer.
    """

    def fate(code: str) -> Fate | None:
        return fate_in(store, code, version.seq)

    layer = store.layers()[0]
    grids = store.grids(version.seq).sort_values("code", kind="stable", ignore_index=True)
    communities = store.communities(version.seq)
    made = indexed(
        grids,
        place=index_place(store.url) if newest else None,
        certified=no_overlap(version),
        before=None if before is None else before.lookup.indexed,
    )
    behind = Behind(fate, shelved, partial(enterprises_in, store), (layer.city_name,))
    lookup = make_lookup(
        grids, communities, version=version.seq, as_of=version.effective.isoformat(), behind=behind, made=made
    )
    return Served(
        version=version,
        layer=layer,
        grids=grids,
        communities=communities,
        lookup=lookup,
        words=words_of(lookup.index.codes if made.answers else np.empty(0, object)),
        recipe=ruled(recipe, version.stats.get("rules", {}), grids),
    )


def fingerprint(served: Version, recipe: Recipe, newest: Version, library: int = 0) -> str:
    """Return the ETag: it changes when an answer may, with the version, the newest one, colours, library, program."""
    said = ([key_of(one) for one in (served, newest)], recipe, library, PROGRAM)
    return f'W/"{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"'
