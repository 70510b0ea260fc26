"""Publishing version 1 in one transaction: grids, communities, their origin, places, audit - all or nothing.

In: a `Publication`. Out: the version's number. Rows are stored in a fixed order, so the same tables make the same store
however they were ordered. A process killed in the middle, a full disk or a lost connection leave the store as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from sqlalchemy import Connection, func, insert, select

from gridgeo.errors import CRSError, VersionConflict
from gridgeo.store import schema
from gridgeo.store.backend import Backend, Box, srid_of
from gridgeo.store.counts import recount
from gridgeo.store.digest import chain_digest, layer_digest
from gridgeo.store.geometry import flat
from gridgeo.store.records import KEY, STORED_REASON, Publication, told_apart
from gridgeo.tables import AGENCY_GRID, ATOM, CROSSWALK, FINDING, GRID, OUTCOME, PROVENANCE

__all__ = ["FIRST_LINK", "Writer", "append_audit", "checked_crs"]

FIRST_LINK = "0" * 64
"""What the first audit row gives as the digest before it."""

LAYER_KEY = "grid"


def append_audit(connection: Connection, entry: Mapping[str, Any]) -> str:
    """Append ``at, actor, act, what, detail`` to the audit and return the row's digest."""
    table = schema.audit
    last = connection.execute(select(table.c.digest).order_by(table.c.fid.desc()).limit(1)).scalar_one_or_none()
    prev = last or FIRST_LINK
    digest = chain_digest([prev, *(entry[name] for name in ("at", "actor", "act", "what", "detail"))])
    connection.execute(insert(table).values(**entry, prev=prev, digest=digest))
    return digest


def checked_crs(publication: Publication) -> CRS:
    """Return the CRS of a publication.

    Raises
    ------
    CRSError
        If it is unknown or geographic, or a table says another.
    """
    try:
        crs = CRS.from_user_input(publication.crs)
    except Exception as error:
        raise CRSError(f"{publication.crs!r} is not a CRS that pyproj knows; write it as EPSG:… or WKT") from error
    if crs.is_geographic:
        raise CRSError(f"a store keeps a metric CRS, {crs.name} is in degrees; transform the layer first")
    tables = {"grid": publication.grids, "community": publication.communities, "finding": publication.findings}
    if len(publication.atoms):
        tables["atom"] = publication.atoms
    if len(publication.agency_grids):
        tables["agency_grid"] = publication.agency_grids
    for name, table in tables.items():
        if table.crs is None or not CRS(table.crs).equals(crs, ignore_axis_order=True):
            said = "none" if table.crs is None else table.crs.name
            raise CRSError(f"table {name} has CRS {said}, the publication says {crs.name}; transform it first")
    return crs


@dataclass(frozen=True, slots=True)
class Writer:
    """The one writing transaction of a store."""

    backend: Backend
    connection: Connection
    srid: int

    def publish_first(self, publication: Publication, *, by: str, effective: date, at: datetime) -> int:
        """Write version 1; the tables are checked already.

        Raises
        ------
        VersionConflict
            If the store holds a version already.
        """
        newest = self.connection.execute(select(func.max(schema.version.c.seq))).scalar_one()
        if newest is not None:
            raise VersionConflict(
                f"store {self.backend.url} holds version {newest} already; "
                "a first version goes into a new store (gridgeo store init)"
            )
        self._write_layer(publication)
        grids = self._write_spans(publication)
        self._write_origin(publication)
        self._write_places(publication)
        self._write_counts()
        self._write_version(publication, grids, by, effective, at)
        self.backend.settle(self.connection, _extents(publication))
        return 1

    def _write_layer(self, publication: Publication) -> None:
        """Enter the layer and give its CRS to the geometry columns."""
        crs = CRS.from_user_input(publication.crs)
        self.backend.adopt_crs(self.connection, crs, self.srid)
        self.connection.execute(
            insert(schema.layer).values(
                key=LAYER_KEY,
                title=f"{publication.city_name}网格",
                city_name=publication.city_name,
                layout=publication.layout,
                crs=publication.crs,
                srid=self.srid,
                crs_wkt=crs.to_wkt(),
            )
        )
        if publication.code_book:
            rows = [{"prefix": prefix, "last": last} for prefix, last in sorted(publication.code_book.items())]
            self.connection.execute(insert(schema.code_book), rows)

    def _write_spans(self, publication: Publication) -> gpd.GeoDataFrame:
        """Open the rows of grids and communities; return the grids as they are stored."""
        grids = publication.grids.sort_values("code")
        grids = grids.set_geometry(flat(grids.geometry, "Polygon"), crs=grids.crs)
        self._load("grid_span", _named(grids, GRID), v_from=1, v_to=None)
        communities = publication.communities.sort_values("code")
        levels = [name for name in communities.columns if name not in ("code", "name", communities.geometry.name)]
        parents = communities[levels].to_dict("records") if levels else [{} for _ in range(len(communities))]
        columns = {**_named(communities, ["code", "name", "geometry"]), "parents": parents}
        self._load("community_span", columns, v_from=1, v_to=None)
        return grids

    def _write_origin(self, publication: Publication) -> None:
        """Write what the grids were made from, and what was found and repaired."""
        provenance = publication.provenance.sort_values(["code", "agency", "source_id"])
        crosswalk = publication.crosswalk.sort_values(["agency", "source_id", "code"])
        self._load("provenance", _named(provenance, PROVENANCE), seq=1)
        self._load("crosswalk", _named(crosswalk, CROSSWALK), seq=1)
        self._load("finding", _named(publication.findings, FINDING), seq=1)
        reasons = publication.reasons.sort_values(["code", "other", "decision", "why", "agencies"])
        self._load("reason", _named(reasons, STORED_REASON), seq=1)
        outcomes = publication.outcomes.sort_values("code")
        gap = outcomes["gap"].astype(object).where(outcomes["gap"].notna(), None)
        self._load("outcome", _named(outcomes.assign(gap=gap), OUTCOME), seq=1)
        self._load("atom", _named(publication.atoms.sort_values("id"), ATOM))
        self._load("agency_grid", _named(_agency_order(publication.agency_grids), AGENCY_GRID))

    def _write_places(self, publication: Publication) -> None:
        """Write the places and the grid of each."""
        places = told_apart(publication.places).sort_values(KEY).reset_index(drop=True)
        points = gpd.points_from_xy(places["x"].astype(float), places["y"].astype(float))
        points = pd.Series(points, dtype=object).where(places["x"].notna() & places["y"].notna(), None)
        columns = {name: places[name] for name in (*KEY, "address", "count", "population")}
        self._load("place", {**columns, "geom": points.to_numpy()})
        if publication.assignments.empty:
            return
        numbered = places[KEY].assign(place_fid=places.index + 1)
        links = told_apart(publication.assignments).merge(numbered, on=KEY).sort_values("place_fid")
        codes = links["code"].astype(object).where(links["code"].notna() & (links["code"] != ""), None)
        columns = {"place_fid": links["place_fid"], "method": links["method"], "distance_m": links["distance_m"]}
        self._load("assignment", {**columns, "code": codes}, v_from=1, v_to=None)

    def _write_counts(self) -> None:
        """Note what there is in each grid."""
        recount(self.connection)

    def _write_version(
        self, publication: Publication, grids: gpd.GeoDataFrame, by: str, effective: date, at: datetime
    ) -> None:
        """Enter the publication itself, and tell the audit."""
        digest, stats = layer_digest(grids), _stats(publication)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        self.connection.execute(
            insert(schema.version).values(
                seq=1,
                state="published",
                title=publication.title,
                effective=effective,
                published=at,
                published_by=by,
                digest=digest,
                stats=stats,
                certificate=publication.certificate,
            )
        )
        detail = {"digest": digest, "effective": effective.isoformat(), "stats": stats, "title": publication.title}
        append_audit(self.connection, {"at": at, "actor": by, "act": "publish", "what": "version 1", "detail": detail})

    def _load(self, table: str, columns: Mapping[str, Sequence[Any]], **constants: Any) -> None:
        """Load a table that is still empty, numbering its rows from 1."""
        rows = len(next(iter(columns.values())))
        if not rows:
            return
        same = {name: [value] * rows for name, value in constants.items()}
        numbered = {"fid": list(range(1, rows + 1)), **columns, **same}
        self.backend.load(self.connection, schema.metadata.tables[table], numbered, self.srid)


def _named(table: pd.DataFrame, names: Sequence[str] | Mapping[str, str]) -> dict[str, Any]:
    """Return a table's columns by the store's names: its geometry is called geom."""
    columns = {name: table[name] for name in names if name != "geometry"}
    return {**columns, "geom": table.geometry.to_numpy()} if "geometry" in names else columns


def _stats(publication: Publication) -> dict[str, Any]:
    """Return the sums of a publication."""
    grids = publication.grids
    sums = {name: int(grids[name].sum()) for name in ("households", "enterprises", "population")}
    area = float(grids.sort_values("code")["area_m2"].sum())
    rules = {"rules": publication.rules} if publication.rules else {}
    agencies = {"agencies": [list(pair) for pair in publication.agencies.items()]} if publication.agencies else {}
    counts = {"grids": len(grids), "communities": len(publication.communities)}
    return {**counts, **sums, "area_m2": area, **rules, **agencies}


def _extents(publication: Publication) -> dict[str, Box]:
    """Return how far each layer reaches, in the layer's CRS."""
    places = publication.places.dropna(subset=["x", "y"])
    boxes = {
        "grid": publication.grids.total_bounds,
        "community": publication.communities.total_bounds,
        "finding": _bounds(publication.findings),
        "atom": publication.atoms.total_bounds if len(publication.atoms) else None,
        "agency_grid": _bounds(publication.agency_grids),
        "place": (*places[["x", "y"]].min(), *places[["x", "y"]].max()) if len(places) else None,
    }
    known = {name: tuple(map(float, box)) for name, box in boxes.items() if box is not None}
    history = {f"{name}_span": known[name] for name in ("grid", "community")}
    return {**known, **history}  # type: ignore[dict-item]


def _bounds(table: gpd.GeoDataFrame) -> Any:
    """Return how far a table reaches whose shapes may be missing; None if all are."""
    return table.total_bounds if (table.geometry.notna() & ~table.geometry.is_empty).any() else None


def _agency_order(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort agencies' grids by agency and id, those of one id by what they look like."""
    look = pd.Series(shapely.to_wkb(table.geometry.to_numpy(), hex=True), index=table.index, dtype=object)
    ordered = table.assign(look=look.where(look.notna(), ""))
    return ordered.sort_values(["agency", "source_id", "label", "look"]).drop(columns="look")


def srid_for(publication: Publication) -> int:
    """Return the number of the publication's CRS in the database."""
    return srid_of(checked_crs(publication))
