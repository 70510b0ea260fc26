"""Job: a register's places → grid codes, written as Parquet or CSV.

In: CSV, Excel, Parquet or any vector file with an id and coordinates, points, lines or areas, and a `Lookup`. Out: a
file with ``id, code, method, distance_m`` (and ``share`` where lines or areas may come), one row per row of the
register in the same order, and an `AssignReport`. The register passes through in pieces, so its size does not matter;
what a killed process has done is taken up (`gridgeo.jobs.resumed`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

import gridgeo
from gridgeo.crs import Crs, parse_crs, to_city
from gridgeo.errors import CRSError, InputError
from gridgeo.intake.repeats import Repeats
from gridgeo.intake.stream import Batch
from gridgeo.jobs.coding import Coding, coding_of
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.resumed import Work, resumable
from gridgeo.jobs.slips import FAR_M, beyond_m, refuse_slips
from gridgeo.jobs.streams import RegisterFile, open_register
from gridgeo.jobs.tally import AssignReport, Tally
from gridgeo.locate.assign import OUTSIDE, Found, Move, answer_schema, answers, code_list, find
from gridgeo.locate.prints import Prints, prints_of
from gridgeo.locate.share import Ground, find_shares, ground_of

__all__ = ["AssignReport", "Observer", "RegisterFile", "assign_file", "read_register"]

Floats = NDArray[np.float64]
Observer = Callable[[Batch, pa.RecordBatch], None]
"""Is shown every batch of a register with its answers, for whoever has more to find out about it."""

Tell = Callable[[str, int, int], None]
"""Is told (stage, done, of)."""


def assign_file(
    register: RegisterFile,
    lookup: Lookup,
    output: str | Path,
    *,
    nearest_m: float = 0.0,
    observe: Observer | None = None,
    tell: Tell = lambda *_: None,
) -> AssignReport:
    """Assign the places of a file to grids and write the result.

    Parameters
    ----------
    register : RegisterFile
    lookup : Lookup
    output : str or Path
        ``….parquet`` or ``….csv``; appears only when it is complete. A run that was killed is continued by the same
        call, and the file becomes the same, byte by byte.
    nearest_m : float
        Places outside the layer go to the nearest grid within this distance.
    observe : callable, optional
        Is shown every batch; what a killed process has done is done again then.
    tell : callable, optional
        Progress.

    Returns
    -------
    AssignReport

    Raises
    ------
    ReadError, SchemaError
        If the register cannot be read, or its ids have lost digits.
    CRSError
        If its CRS is not stated, unknown, not convertible, or cannot be the one that it is in.
    InputError
        If the output is of neither kind or cannot be written, or the axes are exchanged.
    """
    output = Path(output)
    coding_of(output, answer_schema())  # an unknown ending is refused before anything else
    if output.resolve() == register.path.resolve():
        raise InputError(f"{output} is the register itself and would be lost; write to another file")
    stream, crs_name = open_register(register)
    run = _Run(register, parse_crs(crs_name), lookup, nearest_m, with_share=stream.has_shapes)
    coding = coding_of(output, answer_schema(with_share=stream.has_shapes))
    repeats = Repeats(stream.rows)
    with resumable(output, run.key(observed=observe is not None)) as work:
        tally = Tally(len(run.codes), work.state)
        done = work.rows
        for batch in stream.batches():
            repeats.see(batch.ids, batch.start)
            run.check(batch)
            if batch.start >= done:
                answered = run.answer(batch, tally)
                if observe is not None:
                    observe(batch, answered)
                _add(work, coding, batch, answered, tally)
            tell("assign", batch.start + len(batch.ids), max(stream.rows, batch.start + len(batch.ids)))
        report = tally.report(
            with_share=stream.has_shapes, repeated=repeats.rows, first_repeated=repeats.first, blank=repeats.blank
        )
        run.refuse_far(report)
        head = b"" if work.notes else coding.head
        tail = coding.tail([note["coding"] for note in work.notes], run.remembered(work))
        work.finish(output, head + tail)
    return report


def _add(work: Work, coding: Coding, batch: Batch, answered: pa.RecordBatch, tally: Tally) -> None:
    """Write one batch."""
    head = b"" if work.at else coding.head
    body, note = coding.part(answered, work.at + len(head))
    work.add(head + body, rows=len(batch.ids), note={"coding": note}, state=tally.state())


class _Run:
    """What all batches of one register have in common."""

    def __init__(self, register: RegisterFile, crs: Crs, lookup: Lookup, nearest_m: float, *, with_share: bool) -> None:
        self.register, self.crs, self.nearest_m, self.with_share = register, crs, nearest_m, with_share
        self.lookup, self.index = lookup, lookup.index
        self.codes = code_list(lookup.index)
        city = parse_crs(lookup.index.crs)
        self.move: Move = partial(_moved, crs=crs, city=city)
        self.same = not crs.offset and crs.system == city.system
        self.bounds = np.array(lookup.index.bounds)
        self.checked = False
        codes, shapes = np.asarray(lookup.grids.index, object), lookup.grids.geometry.to_numpy()
        self.prints: Prints = prints_of(codes, shapes, lookup.index.crs)

    def key(self, *, observed: bool) -> str:
        """Return what is equal exactly for runs that write the same file."""
        register = self.register
        options = [register.file, register.id, register.x, register.y, self.crs.name, self.nearest_m, observed]
        made_by = [gridgeo.__version__, pa.__version__]
        told = json.dumps([options, _stamp(register.path), self.prints.digest(), made_by], ensure_ascii=False)
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    def check(self, batch: Batch) -> None:
        """Refuse slips, once: in the first batch that has coordinates."""
        if self.checked:
            return
        x, y = _corners(batch)
        self.checked = bool((np.isfinite(x) & np.isfinite(y)).any())
        refuse_slips(self.register.file, x, y, crs=self.crs, bounds=self.bounds, move=self.move, start=batch.start)

    def answer(self, batch: Batch, tally: Tally) -> pa.RecordBatch:
        """Look a batch up and count it."""
        found = self._found(batch, tally)
        tally.see(batch.ids, batch.start, found)
        self._note_far(batch, found, tally)
        return answers(batch.ids, found, self.codes)

    def _found(self, batch: Batch, tally: Tally) -> Found:
        """Look up points, and lines and areas among them."""
        places, move = batch.places, None if self.same else self.move
        found = find(places.x, places.y, self.index, nearest_m=self.nearest_m, move=move)
        share = np.full(len(places.x), np.nan)
        if places.shapes is not None:
            rows = np.flatnonzero(~shapely.is_missing(places.shapes))
            shapes = places.shapes[rows] if move is None else _moved_shapes(places.shapes[rows], move)
            of_shapes, repaired = find_shares(shapes, self.ground, nearest_m=self.nearest_m)
            found.row[rows], found.method[rows] = of_shapes.row, of_shapes.method
            found.distance_m[rows], share[rows] = of_shapes.distance_m, of_shapes.share
            tally.note("repaired", batch.ids, batch.start, rows[repaired])
        return replace(found, share=share) if self.with_share else found

    @cached_property
    def ground(self) -> Ground:
        """The polygons of the layer; registers of points never need them."""
        grids = self.lookup.grids
        return ground_of(self.index, np.asarray(grids.index, object), grids.geometry.to_numpy())

    def _note_far(self, batch: Batch, found: Found, tally: Tally) -> None:
        """Count places that are so far from the layer that their datum is in doubt."""
        outside = np.flatnonzero(found.method == OUTSIDE)
        if not len(outside):
            return
        x, y = _corners(batch)
        away_m = beyond_m(*self.move(x[outside], y[outside]), self.bounds)
        tally.note("far", batch.ids, batch.start, outside[away_m > FAR_M])

    def refuse_far(self, report: AssignReport) -> None:
        """Refuse a register that is somewhere else as a whole."""
        if report.grids_hit or not report.far or 2 * report.far <= report.rows - report.counts["none"]:
            return
        raise CRSError(
            f"{self.register.file}, {report.first_far}: this and {report.far - 1:,} more of {report.rows:,} places lie "
            f"more than {FAR_M / 1000:.0f} km from the layer and none lies in it; is --crs {self.crs.name} the datum "
            "that they are in, and is it the layer of this city?"
        )

    def remembered(self, work: Work) -> dict[str, str]:
        """Return what the output says of itself."""
        told = {
            "layer": self.prints.digest(), "version": self.lookup.version, "as_of": self.lookup.as_of,
            "crs": self.crs.name, "nearest_m": self.nearest_m, "rows": work.rows,
        }  # fmt: skip
        return {"gridgeo": json.dumps(told, ensure_ascii=False)}


def _moved(x: Floats, y: Floats, *, crs: Crs, city: Crs) -> tuple[Floats, Floats]:
    with np.errstate(all="ignore"):  # what is no place on the earth becomes NaN and is told as such
        return to_city(x, y, crs, city)


def _moved_shapes(shapes: NDArray[np.object_], move: Move) -> NDArray[np.object_]:
    """Bring shapes into another CRS; a vertex that is no place there becomes infinite, which keeps rings closed."""

    def ends(xy: Floats) -> Floats:
        moved = np.column_stack(move(xy[:, 0], xy[:, 1]))
        return np.where(np.isnan(moved), np.inf, moved)

    return np.asarray(shapely.transform(shapes, ends), object)


def _corners(batch: Batch) -> tuple[Floats, Floats]:
    """Return the points, and of every shape the lower left corner of its box."""
    x, y, shapes = batch.places.x, batch.places.y, batch.places.shapes
    if shapes is None:
        return x, y
    bounds, shaped = shapely.bounds(shapes), ~shapely.is_missing(shapes)
    return np.where(shaped, bounds[:, 0], x), np.where(shaped, bounds[:, 1], y)


def _stamp(path: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of change of a file, or of all files of a folder that is a file geodatabase."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path.resolve()]
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]


def read_register(register: RegisterFile) -> tuple[list[str], Floats, Floats, str]:
    """Read ids and coordinates of a whole register.

    Parameters
    ----------
    register : RegisterFile

    Returns
    -------
    ids : list of str
    x, y : ndarray of float
        NaN where there is no number; of a line or area a point inside.
    crs : str
        Their CRS.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    SchemaError
        If a column is missing or ids have lost digits.
    CRSError
        If nobody says the CRS.
    """
    stream, crs = open_register(register)
    ids: list[str] = []
    pairs: list[tuple[Floats, Floats]] = [(np.empty(0), np.empty(0))]
    for batch in stream.batches():
        ids += batch.ids.to_pylist()
        x, y = batch.places.x, batch.places.y
        if batch.places.shapes is not None:
            inside = shapely.point_on_surface(batch.places.shapes)
            shaped = ~shapely.is_missing(inside)
            x, y = np.where(shaped, shapely.get_x(inside), x), np.where(shaped, shapely.get_y(inside), y)
        pairs.append((x, y))
    east, north = (np.concatenate(values) for values in zip(*pairs, strict=True))
    return ids, east, north, crs
