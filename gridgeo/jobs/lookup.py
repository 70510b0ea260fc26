"""The layer that questions are asked of: from a ``layer.gpkg`` or from a store, with its index.

In: a file, a store URL or tables. Out: a `Lookup`, built once and asked often by `gridgeo.jobs.locate`,
`gridgeo.jobs.assign` and the API.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from gridgeo.errors import CRSError, InputError
from gridgeo.jobs.address_library import Shelved, prepare
from gridgeo.jobs.bookcase import Bookcase
from gridgeo.jobs.enterprises import EnterprisePlace, enterprises_in
from gridgeo.jobs.fate import Fate, fate_in
from gridgeo.jobs.files import has_layer, read_layer
from gridgeo.jobs.indexed import Indexed, index_place, indexed, no_overlap
from gridgeo.jobs.moment import At, version_at
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.suggest import Suggester
from gridgeo.locate.grid_names import GridName, GridNames
from gridgeo.locate.index import GridIndex
from gridgeo.store.base import open_store

__all__ = ["PARENTS", "Behind", "Lookup", "make_lookup", "open_lookup"]

PARENTS = ("county", "street")
"""Levels above the community, the widest first."""


class Behind(NamedTuple):
    """What a store knows besides the layer; each is asked only when it is needed."""

    fate: Callable[[str], Fate | None] | None = None
    """Tells what became of a code that the version does not have."""
    shelved: Callable[[], Shelved] | None = None
    """Gives the address library as it is now."""
    enterprises: Callable[..., list[EnterprisePlace]] | None = None
    """Asked with ``id=`` or ``name=``: what the register of enterprises says."""
    city: tuple[str, ...] = ()
    """Names of province and city."""


NOTHING = Behind()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One version of the layer, ready for questions."""

    grids: gpd.GeoDataFrame
    """As `gridgeo.tables.GRID`, indexed by code."""
    columns: dict[str, Any]
    """The columns of ``grids`` but for the geometry: a single value comes out of them at once."""
    code_lengths: frozenset[int]
    """Characters that codes of this layer have."""
    parents: dict[str, list[str]]
    """Community code → names of its county and street, as far as the community layer knows them."""
    indexed: Indexed
    """The index, unless grids overlap."""
    version: int | None
    """Publication number; None for a file."""
    as_of: str | None
    """First day on which the version holds, YYYY-MM-DD; None for a file."""
    fate: Callable[[str], Fate | None] | None = None
    """Tells what became of a code that this version does not have; None for a file."""
    names: Callable[[], GridNames]
    """The names of grids and communities, made when they are first asked for."""
    bookcase: Bookcase
    """The address library and what is suggested, opened when it is first asked."""
    enterprises: Callable[..., list[EnterprisePlace]] | None = None
    """Asked with ``id=`` or ``name=``: what the store's register of enterprises says. None for a file."""

    def __reduce__(self) -> tuple[Callable[..., Lookup], tuple[Any, ...]]:
        """Go to another process as the layer alone: what a store knows besides stays here."""
        return _assembled, (self.grids, self.parents, self.indexed, self.version, self.as_of)

    @property
    def book(self) -> Callable[[], AddressBook | None]:
        """What returns the address library; None where nothing was loaded."""
        return self.bookcase.book

    @property
    def suggester(self) -> Callable[[], Suggester]:
        """What returns what is suggested while somebody types."""
        return self.bookcase.suggester

    @property
    def index(self) -> GridIndex:
        """Return the index; its rows are not those of ``grids``: it knows its own codes.

        Raises
        ------
        TopologyError
            If grids overlap, so that no exact answer exists. The message names two and the place.
        """
        return self.indexed.index


def make_lookup(
    grids: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame | None = None,
    *,
    version: int | None = None,
    as_of: str | None = None,
    behind: Behind = NOTHING,
    made: Indexed | None = None,
) -> Lookup:
    """Make tables ready for questions.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and polygons in a CRS that the table names.
    communities : GeoDataFrame, optional
        ``code`` and, if known, ``county`` and ``street`` names.
    version, as_of : optional
        What the answers say about their age.
    behind : Behind, optional
        What the store knows besides.
    made : Indexed, optional
        The index of these grids, where there is one already.

    Raises
    ------
    SchemaError
        If grids lack codes or geometry.
    CRSError
        If the grids have no CRS.
    """
    if grids.crs is None:
        raise CRSError("the grid layer has no coordinate reference system; write one into the file, e.g. EPSG:4547")
    parents: dict[str, list[str]] = {}
    if communities is not None and "code" in communities:
        levels = [level for level in PARENTS if level in communities]
        for code, *names in communities[["code", *levels]].itertuples(index=False, name=None):
            parents[str(code)] = [name for name in names if isinstance(name, str) and name]
    by_code = grids.set_index("code")
    return _assembled(by_code, parents, made or indexed(grids), version, as_of, behind=behind)


def _assembled(
    by_code: gpd.GeoDataFrame,
    parents: dict[str, list[str]],
    made: Indexed,
    version: int | None,
    as_of: str | None,
    *,
    behind: Behind = NOTHING,
) -> Lookup:
    """Put the parts of a lookup together."""
    columns = {str(name): by_code[name].array for name in by_code.columns if name != by_code.geometry.name}
    names = cache(lambda: _grid_names(columns, [str(code) for code in by_code.index], parents, behind.city))
    lengths = frozenset(map(len, map(str, by_code.index)))
    return Lookup(
        grids=by_code, columns=columns, code_lengths=lengths, parents=parents, indexed=made, version=version,
        as_of=as_of, fate=behind.fate, names=names, bookcase=Bookcase(made, names, behind.shelved),
        enterprises=behind.enterprises,
    )  # fmt: skip


def _grid_names(
    columns: dict[str, Any], codes: list[str], parents: dict[str, list[str]], city: tuple[str, ...]
) -> GridNames:
    """Return the names of the grids."""
    blank = [""] * len(codes)
    kept = ("community_code", "community_name", "short_name", "full_name")
    told = [[one if isinstance(one, str) else "" for one in columns.get(name, blank)] for name in kept]
    return GridNames(
        [
            GridName(code, community, name, short, full, tuple(parents.get(community, ())))
            for code, community, name, short, full in zip(codes, *told, strict=True)
        ],
        city,
    )


def open_lookup(*, layer: str | Path | None = None, store: str | None = None, at: At | None = None) -> Lookup:
    """Open the layer of a file or of a store.

    Parameters
    ----------
    layer : str or Path, optional
        ``FILE`` or ``FILE::LAYER``; wins over the store.
    store : str, optional
        Store URL.
    at : str, int or date, optional
        The version of a day or of a number, see `gridgeo.jobs.moment.version_at`; by default the one that holds today.
        Stores only.

    Raises
    ------
    InputError
        If neither is named, a file is asked for another day, or `at` is neither a day nor a number.
    ReadError, StoreError
        If the file or store cannot be read.
    NotFoundError
        If the store has no version, or none of that day or number.
    """
    if layer is not None:
        if at is not None:
            raise InputError(f"{layer} is a file without history: ask a store for {at}")
        path = str(layer).partition("::")[0]
        communities = read_layer(path, "community") if has_layer(path, "community") else None
        grids = read_layer(layer)
        return make_lookup(grids, communities, made=indexed(grids, place=index_place(layer)))
    if store is None:
        raise InputError("say what to look up in: a layer file or a store URL")
    with open_store(store) as opened:
        # the version first: one that is published meanwhile is not mixed in
        versions = opened.versions()
        version = version_at(versions, at, where=f"store {opened.url}")
        place = index_place(opened.url) if version.seq == versions[-1].seq else None
        grids, communities = opened.grids(version.seq), opened.communities(version.seq)
        city = opened.layers()[0].city_name

    def fate(code: str) -> Fate | None:
        with open_store(store) as again:
            return fate_in(again, code, version.seq)

    def enterprises(**wanted: str) -> list[EnterprisePlace]:
        with open_store(store) as again:
            return enterprises_in(again, **wanted)

    return make_lookup(
        grids, communities, version=version.seq, as_of=version.effective.isoformat(),
        behind=Behind(fate, partial(prepare, store), enterprises, (city,)),
        made=indexed(grids, place=place, certified=no_overlap(version)),
    )  # fmt: skip
