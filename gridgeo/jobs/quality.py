"""Job: tell how good a register is, and which datum its addresses show.

In: a `RegisterFile`, the name of its address column, a `Lookup`. Out: a `QualityReport`; or, for a job that only needs
the datum of a register that does not say it, `shown_datum`. Line: read → count → judge. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.crs import Crs, parse_crs
from gridgeo.errors import CRSError, InputError
from gridgeo.intake.stream import Stream
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.quality_report import REMEDY, QualityReport
from gridgeo.jobs.streams import RegisterFile, open_stream
from gridgeo.locate.datum import DatumEvidence
from gridgeo.locate.datum_text import english
from gridgeo.locate.places import Places, make_places
from gridgeo.locate.plausible import Misfit, unfit
from gridgeo.locate.quality import FAR_M, Piece, PositionCount, RowCount, Rows, piece_of
from gridgeo.locate.repeats import id_keys
from gridgeo.locate.sketch import Sketch
from gridgeo.readings import looks_like_degrees

__all__ = ["examine", "places_of", "shown_datum"]


def places_of(lookup: Lookup) -> Places:
    """Return the named places of a layer."""
    return make_places(list(lookup.index.codes), lookup.grids, lookup.parents)


def shown_datum(register: RegisterFile, lookup: Lookup, *, address: str) -> tuple[RegisterFile, str]:
    """Return a register with the system that its addresses show, and the sentence that says so.

    Parameters
    ----------
    register : RegisterFile
        Where it or its file already says a system it is returned as it is, with an empty sentence.
    lookup : Lookup
    address : str
        Column with addresses.

    Raises
    ------
    CRSError
        If it cannot be shown; the message says why and what to declare.
    ReadError, SchemaError
        If the register cannot be read.
    """
    stream = open_stream(register, text=address)
    if stream.crs:
        return register, ""
    places = places_of(lookup)
    evidence = DatumEvidence(places, lookup.index, lookup.grids.total_bounds)
    for piece in _pieces(stream, places):
        if piece.named is not None:
            evidence.add(piece.x, piece.y, piece.named)
    verdict = evidence.verdict()
    if verdict.crs is None:
        todo = register.exchange if verdict.reason == "swapped" else REMEDY
        raise CRSError(f"{register.file}: {english(verdict)}; {todo}")
    return replace(register, crs=verdict.crs.name), english(verdict)


def examine(
    register: RegisterFile, lookup: Lookup, *, address: str | None = None, further_than_m: float = FAR_M
) -> QualityReport:
    """Tell how good a register is.

    Parameters
    ----------
    register : RegisterFile
        Without ``crs`` that of the file, else the one that the addresses show.
    lookup : Lookup
    address : str, optional
        Column with addresses.
    further_than_m : float
        Rows farther than this from the community or street that their address names are told.

    Raises
    ------
    CRSError
        If the declared system is unknown or refused.
    InputError
        If a distance is none.
    ReadError, SchemaError
        If the register cannot be read.
    """
    if not further_than_m >= 0:
        raise InputError(f"--further-than {further_than_m:g} is no distance: give metres, 0 or more")
    stream = open_stream(register, text=address)
    places, bounds = places_of(lookup), lookup.grids.total_bounds
    stated = None if stream.crs is None else parse_crs(stream.crs)
    count, sample = RowCount(places, lookup.index, bounds, stated), Sketch()
    first = stated and PositionCount(places, lookup.index, bounds, crs=stated, than_m=further_than_m)
    for piece in _pieces(stream, places):
        count.add(piece)
        known = np.isfinite(piece.x) & np.isfinite(piece.y)
        sample.add(piece.x[known], piece.y[known], np.zeros(known.sum()))
        if first:
            first.add(piece)
    rows, xy = count.result(), sample.rows()[0]
    crs = stated or rows.verdict.crs
    if first is None and crs is not None:
        first = PositionCount(places, lookup.index, bounds, crs=crs, than_m=further_than_m)
        for piece in _pieces(stream, places):
            first.add(piece)
    known_from = "declared" if register.crs else "file" if stated else "shown" if crs else "unknown"
    return QualityReport(
        file=register.file, exchange=register.exchange, crs=crs, crs_from=known_from, rows=rows,
        positions=first.result() if first else None, has_addresses=address is not None, further_than_m=further_than_m,
        repeated_ids=_repeated_texts(stream, rows), misfit=_misfit(xy, crs, lookup, bounds),
    )  # fmt: skip


def _misfit(xy: NDArray[np.float64], crs: Crs | None, lookup: Lookup, bounds: NDArray[np.float64]) -> Misfit | None:
    """Tell coordinates that cannot be what was declared or, undeclared, are at the layer under no reading."""
    if crs is None:
        crs = parse_crs("EPSG:4490" if looks_like_degrees(xy) else lookup.index.crs)
        found = unfit(xy[:, 0], xy[:, 1], crs, layer_crs=lookup.index.crs, bounds=bounds)
        return found if found and found.kind in ("swapped", "far") else None
    return unfit(xy[:, 0], xy[:, 1], crs, layer_crs=lookup.index.crs, bounds=bounds)


def _pieces(stream: Stream, places: Places) -> Iterator[Piece]:
    """Yield the rows of a register; of lines and areas a point inside."""
    for batch in stream.batches():
        x, y = batch.places.x, batch.places.y
        if batch.places.shapes is not None:
            inside = shapely.point_on_surface(batch.places.shapes)
            shaped = ~shapely.is_missing(inside)
            x, y = np.where(shaped, shapely.get_x(inside), x), np.where(shaped, shapely.get_y(inside), y)
        addresses = None if batch.text is None else batch.text.to_pylist()
        yield piece_of(batch.ids.to_numpy(zero_copy_only=False), x, y, addresses, places)


def _repeated_texts(stream: Stream, rows: Rows) -> tuple[tuple[str, int], ...]:
    """Return the ids behind the keys of the largest groups; the file is read again only if there are any."""
    wanted = np.array([key for key, _ in rows.repeated_ids.largest], np.uint64)
    texts: dict[int, str] = {}
    for batch in stream.batches() if len(wanted) else ():
        keys = id_keys(batch.ids)
        rows_of = np.flatnonzero(np.isin(keys, wanted))
        found, first = np.unique(keys[rows_of], return_index=True)
        texts |= {int(key): str(batch.ids[int(row)]) for key, row in zip(found, rows_of[first], strict=True)}
    return tuple((texts[key], number) for key, number in rows.repeated_ids.largest)
