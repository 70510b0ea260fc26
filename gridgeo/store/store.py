"""An open store: publish version 1, read any version.

In: an open database (`gridgeo.store.base.open_store`). Out: tables in the layer's CRS. Every reading method opens a
transaction of its own and sees one state; ``seq=None`` means the current version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import TracebackType

import geopandas as gpd
import pandas as pd

from gridgeo.errors import NotFoundError
from gridgeo.store import copying, migrate
from gridgeo.store.backend import Backend, Box
from gridgeo.store.digest import layer_digest
from gridgeo.store.read import Reader
from gridgeo.store.records import LayerInfo, Publication, StoreInfo, Version
from gridgeo.store.write import Writer, srid_for

__all__ = ["Store"]


class Store:
    """An open store; use it in a ``with`` block or call `close`."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    @property
    def url(self) -> str:
        """Where the store is, without password."""
        return self.backend.url

    @property
    def address(self) -> str:
        """Where the store is, with its password: for processes of our own, never for eyes."""
        return self.backend.address

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.backend.close()

    def remove_empty(self) -> None:
        """Close the store and remove it, unless a version was published in it."""
        with self._read() as reader:
            empty = reader.current_seq() == 0
        self.close()
        if empty:
            self.backend.remove()
            self.close()

    @contextmanager
    def _read(self) -> Iterator[Reader]:
        """Open one snapshot."""
        with self.backend.reading() as connection:
            yield Reader(self.backend, connection)

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """Open one snapshot for several questions."""
        with self._read() as reader:
            yield reader

    @contextmanager
    def transaction(self) -> Iterator[Reader]:
        """Open the one writing transaction: committed at the end, undone as a whole if anything fails."""
        with self.backend.writing() as connection:
            yield Reader(self.backend, connection)

    def publish_first(
        self, publication: Publication, *, by: str, effective: date | None = None, at: datetime | None = None
    ) -> int:
        """Publish version 1 in one transaction.

        Parameters
        ----------
        publication : Publication
            The whole layer; it is checked first.
        by : str
            Who publishes, for the audit.
        effective : date, optional
            First day on which the version holds; by default the day of publication.
        at : datetime, optional
            Moment of publication; by default now.

        Returns
        -------
        int
            1.

        Raises
        ------
        SchemaError
            If a table breaks its contract.
        CRSError
            If the CRS is missing, geographic or not the same in all tables.
        VersionConflict
            If the store holds a version already.
        StoreError
            If the database refuses; nothing is changed then.
        """
        publication.check()
        srid = srid_for(publication)
        at = at or datetime.now(UTC)
        effective = effective or at.astimezone().date()
        with self.backend.writing() as connection:
            return Writer(self.backend, connection, srid).publish_first(publication, by=by, effective=effective, at=at)

    def grids(
        self,
        seq: int | None = None,
        *,
        box: Box | None = None,
        codes: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> gpd.GeoDataFrame:
        """Return grids in order of code.

        Parameters
        ----------
        seq : int, optional
            Version; by default the current one.
        box : (float, float, float, float), optional
            left, bottom, right, top in the layer's CRS; grids whose envelope meets it.
        codes : collection of str, optional
            Only these codes; unknown ones are left out.
        after : str, optional
            Only codes behind this one: where the next page starts.
        limit : int, optional
            At most so many.

        Returns
        -------
        GeoDataFrame
            Columns as in `gridgeo.tables.GRID`.
        """
        with self._read() as reader:
            return reader.grids(reader.resolve(seq), box=box, codes=codes, after=after, limit=limit)

    def grid(self, code: str, seq: int | None = None) -> gpd.GeoDataFrame:
        """Return one grid as a table of one row.

        Raises
        ------
        NotFoundError
            If the version has no grid of this code.
        """
        with self._read() as reader:
            number = reader.resolve(seq)
            found = reader.grids(number, codes=[code])
        if found.empty:
            raise NotFoundError(f"version {number} has no grid {code}")
        return found

    def count(self, seq: int | None = None, *, box: Box | None = None) -> int:
        """Return the number of grids, in a box (left, bottom, right, top; layer CRS) if one is given."""
        with self._read() as reader:
            return reader.count(reader.resolve(seq), box=box)

    def communities(self, seq: int | None = None) -> gpd.GeoDataFrame:
        """Return communities in order of code: ``code, name``, their parents, MultiPolygon geometry."""
        with self._read() as reader:
            return reader.communities(reader.resolve(seq))

    def crosswalk(
        self, agency: str | None = None, source_id: str | None = None, *, seq: int | None = None
    ) -> pd.DataFrame:
        """Return where agency grids went, as `gridgeo.tables.CROSSWALK`."""
        with self._read() as reader:
            return reader.crosswalk(reader.resolve(seq), agency, source_id)

    def provenance(self, code: str | None = None, *, seq: int | None = None) -> pd.DataFrame:
        """Return what grids were made from, as `gridgeo.tables.PROVENANCE`."""
        with self._read() as reader:
            return reader.provenance(reader.resolve(seq), code)

    def reasons(self, code: str | None = None, *, seq: int | None = None) -> pd.DataFrame:
        """Return why borders were kept or dropped, as `gridgeo.tables.REASON` without lines; of a grid or of all."""
        with self._read() as reader:
            return reader.reasons(reader.resolve(seq), code)

    def outcomes(self, code: str | None = None, *, seq: int | None = None) -> pd.DataFrame:
        """Return what became of each grid, as `gridgeo.tables.OUTCOME`."""
        with self._read() as reader:
            return reader.outcomes(reader.resolve(seq), code)

    def findings(
        self,
        seq: int | None = None,
        *,
        severity: str | None = None,
        kind: str | None = None,
        agency: str | None = None,
    ) -> gpd.GeoDataFrame:
        """Return faults found and repairs made for a version, as `gridgeo.tables.FINDING`."""
        with self._read() as reader:
            return reader.findings(reader.resolve(seq), severity=severity, kind=kind, agency=agency)

    def agency_grids(self, agency: str | None = None) -> gpd.GeoDataFrame:
        """Return the agencies' own grids as they were read, as `gridgeo.tables.AGENCY_GRID`; of one agency or of all.

        Empty for a layer that was not merged, or merged before they were kept.
        """
        with self._read() as reader:
            return reader.agency_grids(agency)

    def atoms(
        self,
        *,
        box: Box | None = None,
        ids: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the blocks that version 1 was made of, in order of id.

        Parameters
        ----------
        box : (float, float, float, float), optional
            left, bottom, right, top in the layer's CRS; atoms whose envelope meets it.
        ids : collection of str, optional
            Only these; unknown ones are left out.
        after : str, optional
            Only ids behind this one: where the next page starts.
        limit : int, optional
            At most so many.

        Returns
        -------
        GeoDataFrame
            Columns as in `gridgeo.tables.ATOM`; empty for a layer that was not merged, or merged before atoms were
            kept.
        """
        with self._read() as reader:
            return reader.atoms(box=box, ids=ids, after=after, limit=limit)

    def places(
        self,
        kind: str | None = None,
        *,
        code: str | None = None,
        box: Box | None = None,
        seq: int | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Return places as `gridgeo.store.records.PLACE`, by kind, grid and box."""
        with self._read() as reader:
            return reader.places(reader.resolve(seq), kind, code=code, box=box, limit=limit)

    def places_of(self, kind: str, ids: Collection[str]) -> pd.DataFrame:
        """Return the places with these ids, in order of id; unknown ids are left out."""
        with self._read() as reader:
            return reader.places(reader.resolve(None), kind, ids=ids)

    def assignments(self, code: str | None = None, *, kind: str | None = None, seq: int | None = None) -> pd.DataFrame:
        """Return ``kind, id, nth, code, method, distance_m``; ``code`` is missing where no grid is responsible."""
        with self._read() as reader:
            return reader.assignments(reader.resolve(seq), code=code, kind=kind)

    def versions(self) -> tuple[Version, ...]:
        """Return the published versions, oldest first."""
        with self._read() as reader:
            return reader.versions()

    def seq_at(self, day: date) -> int:
        """Return the version that held on a day.

        Raises
        ------
        NotFoundError
            If the first version took effect later.
        """
        with self._read() as reader:
            return reader.seq_at(day)

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the layer that the store holds; empty before the first publication."""
        with self._read() as reader:
            return _layers(reader)

    def extent(self, seq: int | None = None) -> Box:
        """Return left, bottom, right, top of a version's grids, in the layer's CRS."""
        with self._read() as reader:
            return reader.extent(reader.resolve(seq))

    def digest(self, seq: int | None = None) -> str:
        """Return the SHA-256 of a version's grids, computed from what is stored now."""
        return layer_digest(self.grids(seq))

    def info(self) -> StoreInfo:
        """Return schema version, layers, versions, rows per table and size."""
        with self._read() as reader:
            revision = migrate.stored_revision(reader.connection)
            counts = {table.name: reader.rows(table) for table in copying.copied_tables()}
            layers, versions = _layers(reader), reader.versions()
        return StoreInfo(
            url=self.url,
            schema=revision,
            layers=layers,
            versions=versions,
            counts=counts,
            size_bytes=self.backend.size_bytes(),
        )


def _layers(reader: Reader) -> tuple[LayerInfo, ...]:
    """Return the layer with its current figures."""
    seq = reader.current_seq()
    if not seq:
        return ()
    row = reader.layer()
    names = ("key", "title", "city_name", "layout", "crs", "srid")
    facts = {name: getattr(row, name) for name in names}
    rules = reader.versions()[-1].stats.get("rules", {})
    return (LayerInfo(**facts, seq=seq, count=reader.count(seq), extent=reader.extent(seq), rules=rules),)
