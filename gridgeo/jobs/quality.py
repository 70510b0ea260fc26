"""Job: tell how good a register is, and which datum its addresses show.

In: a `RegisterFile`, the name of its address column, a `Lookup`. Out: a `QualityReport`; or, for a job that only needs
the datum of a register that does not say it, `shown_datum`. Line: read → count → judge. Nothing is changed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gridgeo.crs import Crs, parse_crs
from gridgeo.errors import CRSError, InputError
from gridgeo.jobs.assign import RegisterFile
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.quality_report import REMEDY, QualityReport
from gridgeo.jobs.register_pieces import crs_of_file, pieces
from gridgeo.locate.datum import DatumEvidence
from gridgeo.locate.datum_text import english
from gridgeo.locate.places import Places, make_places
from gridgeo.locate.plausible import Misfit, unfit
from gridgeo.locate.quality import FAR_M, PositionCount, RowCount, Rows, piece_of
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
    if register.crs or crs_of_file(register):
        return register, ""
    places = places_of(lookup)
    evidence = DatumEvidence(places, lookup.index, lookup.grids.total_bounds)
    for part in pieces(register, address):
        evidence.add(part.x, part.y, places.named(part.addresses or ()))
    verdict = evidence.verdict()
    if verdict.crs is None:
        todo = "exchange --x and --y" if verdict.reason == "swapped" else REMEDY
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
    declared = register.crs or crs_of_file(register)
    places, bounds = places_of(lookup), lookup.grids.total_bounds
    stated = None if declared is None else parse_crs(declared)
    count, sample = RowCount(places, lookup.index, bounds, stated), Sketch()
    first = stated and PositionCount(places, lookup.index, bounds, crs=stated, than_m=further_than_m)
    for part in pieces(register, address):
        piece = piece_of(part.ids, part.x, part.y, part.addresses, places)
        count.add(piece)
        known = np.isfinite(part.x) & np.isfinite(part.y)
        sample.add(part.x[known], part.y[known], np.zeros(known.sum()))
        if first:
            first.add(piece)
    rows, xy = count.result(), sample.rows()[0]
    crs = stated or rows.verdict.crs
    if first is None and crs is not None:
        first = PositionCount(places, lookup.index, bounds, crs=crs, than_m=further_than_m)
        for part in pieces(register, address):
            first.add(piece_of(part.ids, part.x, part.y, part.addresses, places))
    known_from = "declared" if register.crs else "file" if declared else "shown" if crs else "unknown"
    return QualityReport(
        file=register.file, crs=crs, crs_from=known_from, rows=rows,
        positions=first.result() if first else None, has_addresses=address is not None, further_than_m=further_than_m,
        repeated_ids=_repeated_texts(register, rows), misfit=_misfit(xy, crs, lookup, bounds),
    )  # fmt: skip


def _misfit(xy: NDArray[np.float64], crs: Crs | None, lookup: Lookup, bounds: NDArray[np.float64]) -> Misfit | None:
    """Tell coordinates that cannot be what was declared or, undeclared, are at the layer under no reading."""
    if crs is None:
        crs = parse_crs("EPSG:4490" if looks_like_degrees(xy) else lookup.index.crs)
        found = unfit(xy[:, 0], xy[:, 1], crs, layer_crs=lookup.index.crs, bounds=bounds)
        return found if found and found.kind in ("swapped", "far") else None
    return unfit(xy[:, 0], xy[:, 1], crs, layer_crs=lookup.index.crs, bounds=bounds)


def _repeated_texts(register: RegisterFile, rows: Rows) -> tuple[tuple[str, int], ...]:
    """Return the ids behind the keys of the largest groups; the file is read again only if there are any."""
    wanted = np.array([key for key, _ in rows.repeated_ids.largest], np.uint64)
    texts: dict[int, str] = {}
    for part in pieces(register, None) if len(wanted) else ():
        ids = np.array([name for name in part.ids if name], object)
        keys = id_keys(pa.array(ids, pa.string()))
        texts |= {int(keys[at]): str(ids[at]) for at in np.flatnonzero(np.isin(keys, wanted))}
    return tuple((texts[key], number) for key, number in rows.repeated_ids.largest)
