"""What all batches of one register have in common: the layer, the way into its CRS, and what is known already.

In: a register, a `Lookup`, perhaps an earlier assignment. Out: answers to batch after batch. Used by
`gridgeo.jobs.assign`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

import gridgeo
from gridgeo.crs import Crs, parse_crs, to_city
from gridgeo.errors import CRSError, InputError, ReadError
from gridgeo.intake.stream import Batch
from gridgeo.intake.wkb import Places
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.previous import Previous, mark_of, packed_prints
from gridgeo.jobs.streams import RegisterFile
from gridgeo.jobs.tally import AssignReport, Tally
from gridgeo.locate.assign import OUTSIDE, Found, Move, answers, code_list, find
from gridgeo.locate.plausible import beyond_m, unfit
from gridgeo.locate.prints import Prints
from gridgeo.locate.share import Ground, find_shares, ground_of

__all__ = ["Asking"]

Floats = NDArray[np.float64]

FAR_M = 50_000.0
"""Metres from the layer at which a place cannot belong to the city. Chosen: no prefecture's borders are that unsure."""

SLACK_M = 1e-3
"""A millimetre more around new ground: bounds and distances are rounded."""


class Asking:
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
        self.previous: Previous | None = None
        self.new_ground: Floats | None = None
        self.prints: Prints = lookup.indexed.prints

    @contextmanager
    def beside(self, previous: str | Path | None) -> Iterator[None]:
        """Put an earlier assignment beside this one."""
        if previous is None:
            yield
            return
        path = Path(previous)
        if not path.exists():
            raise ReadError(f"{path}: there is no such file")
        with closing(Previous(path, self.prints, self.codes, self._options())) as self.previous:
            codes = self.previous.new_codes
            self.new_ground = np.asarray(self.lookup.grids.loc[codes].total_bounds, float) if codes else None
            yield

    def _options(self) -> dict[str, Any]:
        """Return what answers depend on, besides places and layer."""
        return {"crs": self.crs.name, "nearest": self.nearest_m, "share": self.with_share}

    def key(self, previous: str | Path | None, *, observed: bool) -> str:
        """Return what is equal exactly for runs that write the same file."""
        register = self.register
        source = [register.file, register.id, register.x, register.y, _stamp(register.path)]
        earlier = None if previous is None else _stamp(Path(previous))
        made_by = [gridgeo.__version__, pa.__version__]
        told = [source, self._options(), self.prints.digest(), earlier, observed, made_by]
        return hashlib.blake2b(json.dumps(told, ensure_ascii=False).encode(), digest_size=16).hexdigest()

    def check(self, batch: Batch) -> None:
        """Refuse coordinates that cannot be what was said, once: in the first batch that has some.

        Places that lie far away under every reading are left to `refuse_far`: other batches may be here.
        """
        if self.checked:
            return
        x, y = _corners(batch)
        self.checked = bool((np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))).any())
        misfit = unfit(x, y, self.crs, layer_crs=self.index.crs, bounds=self.bounds)
        if misfit is None or misfit.kind == "far":
            return
        sentence = f"{self.register.file}, record {batch.start + misfit.row + 1}: {misfit.sentence}"
        if misfit.kind == "swapped":
            raise InputError(f"{sentence}; {self.register.exchange}")
        raise CRSError(sentence)

    def answer(self, batch: Batch, number: int, tally: Tally) -> tuple[pa.RecordBatch, str]:
        """Look a batch up and count it; return the answers and the mark of its places."""
        mark = mark_of(batch)
        kept = self.previous.kept(number, mark) if self.previous else None
        if kept is None or (kept.found.share is not None) != self.with_share:
            rows = np.arange(len(batch.ids))
            found, repaired = self._found(batch.places)
        else:
            rows = np.flatnonzero(kept.touched | self._reached(batch, kept.unsure))
            asked, repaired = self._found(_taken(batch.places, rows))
            found = _merged(kept.found, asked, rows)
        tally.asked += len(rows)
        tally.note("repaired", batch.ids, batch.start, rows[repaired])
        tally.see(batch.ids, batch.start, found)
        self._note_far(batch, found, tally)
        return answers(batch.ids, found, self.codes), mark

    def _reached(self, batch: Batch, unsure: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which rows of some lie where new ground may claim them."""
        reached = np.zeros(len(unsure), bool)
        if self.new_ground is None:
            return reached
        rows = np.flatnonzero(unsure)
        places = self._moved_places(_taken(batch.places, rows))
        boxes = np.column_stack([places.x, places.y, places.x, places.y])
        if places.shapes is not None:
            shaped = ~shapely.is_missing(places.shapes)
            boxes[shaped] = shapely.bounds(places.shapes[shaped])
        left, bottom, right, top = self.new_ground + (self.nearest_m + SLACK_M) * np.array([-1, -1, 1, 1])
        reached[rows] = (boxes[:, 2] >= left) & (boxes[:, 0] <= right) & (boxes[:, 3] >= bottom) & (boxes[:, 1] <= top)
        return reached

    def _moved_places(self, places: Places) -> Places:
        """Bring places into the CRS of the layer."""
        if self.same:
            return places
        x, y = self.move(places.x, places.y)
        return Places(x, y, None if places.shapes is None else _moved_shapes(places.shapes, self.move))

    def _found(self, places: Places) -> tuple[Found, NDArray[np.bool_]]:
        """Look up points, and lines and areas among them; tell which areas were repaired."""
        move = None if self.same else self.move
        found = find(places.x, places.y, self.index, nearest_m=self.nearest_m, move=move)
        share, repaired = np.full(len(places.x), np.nan), np.zeros(len(places.x), bool)
        if places.shapes is not None:
            rows = np.flatnonzero(~shapely.is_missing(places.shapes))
            shapes = places.shapes[rows] if move is None else _moved_shapes(places.shapes[rows], move)
            of_shapes, repaired[rows] = find_shares(shapes, self.ground, nearest_m=self.nearest_m)
            found.row[rows], found.method[rows] = of_shapes.row, of_shapes.method
            found.distance_m[rows], share[rows] = of_shapes.distance_m, of_shapes.share
        return (replace(found, share=share) if self.with_share else found), repaired

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

    def remembered(self, rows: int, marks: list[str]) -> dict[str, str]:
        """Return what the output says of itself."""
        told = {
            "digest": self.prints.digest(), "version": self.lookup.version, "as_of": self.lookup.as_of,
            "rows": rows, "options": self._options(), "layer": packed_prints(self.prints),
            "marks": marks,
        }  # fmt: skip
        return {"gridgeo": json.dumps(told, ensure_ascii=False)}


def _moved(x: Floats, y: Floats, *, crs: Crs, city: Crs) -> tuple[Floats, Floats]:
    with np.errstate(all="ignore"):  # what is no place on the earth becomes NaN and is told as such
        return to_city(x, y, crs, city)


def _taken(places: Places, rows: NDArray[np.intp]) -> Places:
    """Return some rows."""
    return Places(places.x[rows], places.y[rows], None if places.shapes is None else places.shapes[rows])


def _merged(old: Found, new: Found, rows: NDArray[np.intp]) -> Found:
    """Put new answers among old ones."""
    found = Found(old.row.copy(), old.method.copy(), old.distance_m.copy(), old.share)
    found.row[rows], found.method[rows], found.distance_m[rows] = new.row, new.method, new.distance_m
    if old.share is None or new.share is None:
        return found
    share = old.share.copy()
    share[rows] = new.share
    return replace(found, share=share)


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
