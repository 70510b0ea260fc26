"""Job: a finished layer becomes version 1 of a store.

In: what a merge or import made, with the registers and the grid of each place. Out: the published version. Before:
`gridgeo.jobs.merge` and `gridgeo.jobs.imports`; next: everything that reads a store.
"""

from __future__ import annotations

import getpass
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import pandas as pd

from gridgeo.codes.layout import get_layout
from gridgeo.errors import CodeError, GridgeoError, StoreError, VersionConflict
from gridgeo.model import Certificate
from gridgeo.store.base import Publication, Version, has_store, init_store, open_store, require_place

if TYPE_CHECKING:
    from gridgeo.jobs.merge import MergeResult

__all__ = [
    "FinishedLayer",
    "actor",
    "issued_numbers",
    "place_tables",
    "publication_of",
    "publish",
    "publish_merged",
    "require_unpublished",
]


class FinishedLayer(Protocol):
    """What a merge hands over; tables as in `gridgeo.tables`, in the city CRS."""

    @property
    def grids(self) -> gpd.GeoDataFrame:
        """Numbered grids."""

    @property
    def communities(self) -> gpd.GeoDataFrame:
        """The cleaned authority."""

    @property
    def provenance(self) -> pd.DataFrame:
        """What each grid was made from."""

    @property
    def crosswalk(self) -> pd.DataFrame:
        """Where each agency grid went."""

    @property
    def findings(self) -> gpd.GeoDataFrame:
        """Faults and repairs."""

    @property
    def certificate(self) -> Certificate:
        """Proof, or refutation, that the layer is seamless."""

    @property
    def reasons(self) -> pd.DataFrame:
        """Why borders were kept or dropped."""

    @property
    def outcomes(self) -> pd.DataFrame:
        """What became of each grid."""

    @property
    def atoms(self) -> gpd.GeoDataFrame:
        """What the grids were made of; empty where nobody knows."""

    @property
    def agency_grids(self) -> gpd.GeoDataFrame:
        """The agencies' own grids as they were read; empty where nobody knows."""

    @property
    def agencies(self) -> dict[str, str]:
        """Agency key → name."""

    @property
    def rules(self) -> dict[str, Any]:
        """What a grid had to be, see `gridgeo.store.records.Publication`; empty where nobody said."""


def actor(name: str = "") -> str:
    """Return who acts, for the audit: the name given, else the operating system's user."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"


def require_unpublished(url: str) -> None:
    """Refuse a store that holds a version or could not be made, before a long job begins.

    Raises
    ------
    VersionConflict
        If the store holds a version already.
    StoreError
        If a store is there that cannot be opened, or none could be made.
    """
    if not has_store(url):
        require_place(url)
        return
    with open_store(url) as store:
        versions = store.versions()
        if versions:
            raise VersionConflict(
                f"store {store.url} holds version {versions[-1].seq} already; name a new store, such as "
                "--store gpkg:///path/new.gpkg"
            )


def issued_numbers(grids: gpd.GeoDataFrame, layout: str) -> dict[str, int]:
    """Return the last number issued under each prefix.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        ``code, community_code``.
    layout : str
        Code layout, see `gridgeo.codes.layout`. Codes that do not fit it have no number.

    Returns
    -------
    dict of str to int
        Scope of the layout (community or street) → highest number.
    """
    rules = get_layout(layout)
    last: dict[str, int] = {}
    for code, community in zip(grids["code"], grids["community_code"], strict=True):
        try:
            scope, number = rules.scope(community), rules.parse(code)["number"]
        except CodeError:
            continue
        if number.isascii() and number.isdigit():
            last[scope] = max(last.get(scope, 0), int(number))
    return last


def place_tables(registers: pd.DataFrame, assigned: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return places and assignments; rows of the same kind and id are told apart by ``nth``.

    Parameters
    ----------
    registers : DataFrame, (n,)
        As `gridgeo.model.Inputs.registers`.
    assigned : DataFrame, (n,)
        ``code, method, distance_m`` of the same rows in the same order, as `gridgeo.locate.assign.assign_points`.

    Returns
    -------
    places, assignments : DataFrame, (n,)
        As `gridgeo.store.records.PLACE` and ``ASSIGNMENT``, the same for every order of the rows handed in.
    """
    links = assigned[["code", "method", "distance_m"]].reset_index(drop=True)
    both = pd.concat([registers.reset_index(drop=True), links], axis=1)
    both = both.sort_values(["kind", "id", "x", "y", "count", "population", "address"], ignore_index=True)
    both["nth"] = both.groupby(["kind", "id"]).cumcount() + 1
    key = ["kind", "id", "nth"]
    return both[[*key, "x", "y", "count", "population", "address"]], both[[*key, *links.columns]]


def publication_of(
    layer: FinishedLayer,
    *,
    city_name: str,
    crs: str,
    layout: str,
    places: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    title: str = "",
) -> Publication:
    """Put together what a store takes.

    Parameters
    ----------
    layer : FinishedLayer
    city_name, crs, layout : str
        As in the city file.
    places : (DataFrame, DataFrame), optional
        From `place_tables`.
    title : str
        What the version is called.
    """
    if places is None:
        places = place_tables(NO_PLACES, NO_PLACES.assign(code="", method="", distance_m=0.0))
    return Publication(
        city_name=city_name,
        crs=crs,
        layout=layout,
        grids=layer.grids,
        communities=layer.communities,
        provenance=layer.provenance,
        crosswalk=layer.crosswalk,
        findings=layer.findings,
        places=places[0],
        assignments=places[1],
        certificate=layer.certificate.as_dict(),
        code_book=issued_numbers(layer.grids, layout),
        title=title,
        rules=layer.rules,
        reasons=layer.reasons,
        outcomes=layer.outcomes,
        atoms=layer.atoms,
        agency_grids=layer.agency_grids,
        agencies=layer.agencies,
    )


NO_PLACES = pd.DataFrame({name: [] for name in ("kind", "id", "x", "y", "count", "population", "address")})


def publish(publication: Publication, url: str, *, by: str = "", effective: date | None = None) -> Version:
    """Publish version 1, making the store where there is none.

    Parameters
    ----------
    publication : Publication
    url : str
        Store URL.
    by : str
        Who publishes; empty means the operating system's user.
    effective : date, optional
        First day on which the version holds; by default today.

    Returns
    -------
    Version

    Raises
    ------
    SchemaError, CRSError
        If a table breaks its contract; nothing is made then.
    VersionConflict
        If the store holds a version already.
    StoreError
        If the store cannot be made or written; what was made for this publication is removed again.
    """
    publication.check()
    made = not has_store(url)
    store = init_store(url) if made else open_store(url)
    try:
        with store:
            store.publish_first(publication, by=actor(by), effective=effective)
            return store.versions()[-1]
    except BaseException:
        if made:  # the next attempt starts where this one did
            with suppress(StoreError):
                store.remove_empty()
        raise


def publish_merged(result: MergeResult, url: str, *, by: str = "") -> Version:
    """Publish the result of a merge as version 1, with the places of the registers; errors as in `publish`.

    Parameters
    ----------
    result : MergeResult
    url : str
        Store URL.
    by : str
        Who publishes; empty means the operating system's user.

    Raises
    ------
    GridgeoError
        If Ctrl+C ended its optimisation: published codes are permanent, and these are not what the inputs give.
    """
    if result.interrupted:
        raise GridgeoError("an interrupted merge is not published; run the merge again and let it end")
    city, places = result.city, place_tables(result.inputs.registers, result.assignments)
    publication = publication_of(result, city_name=city.name, crs=city.crs, layout=city.layout, places=places)
    return publish(publication, url, by=by)
