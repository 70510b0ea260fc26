"""What an earlier assignment says of the same register, so that only what a publication touched is asked again.

In: a Parquet file that `gridgeo.jobs.assign` wrote, the layer of today, and how the register is read. Out: for every
batch, which rows must be asked again, and the old answers of the others.

A row keeps its answer if its coordinates are the same, its grid is the same ground, and no new or changed grid may have
a better claim. Inside a grid there is none, as grids do not overlap; on a border, beside the layer or with a share, a
grid may have one if it, widened by the distance within which places find a grid, reaches the place.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError, ReadError
from gridgeo.intake.stream import Batch
from gridgeo.kernels import njit
from gridgeo.locate.assign import INSIDE, NONE, WORDS, Found
from gridgeo.locate.prints import Prints

__all__ = ["Kept", "Previous", "mark_of", "packed_prints"]

Floats = NDArray[np.float64]

KEY = b"gridgeo"


def mark_of(batch: Batch) -> str:
    """Return what is equal exactly for batches with the same places in the same order (but for one in 2**64)."""
    places = batch.places
    mark = _mixed(np.ascontiguousarray(places.x).view(np.uint64), np.uint64(len(places.x)))
    mark = _mixed(np.ascontiguousarray(places.y).view(np.uint64), np.uint64(mark))
    if places.shapes is None:
        return f"{int(mark):016x}"
    shaped = ~shapely.is_missing(places.shapes)
    wkb = hashlib.blake2b(np.packbits(shaped).tobytes(), digest_size=8)
    for one in shapely.to_wkb(places.shapes[shaped]):  # a hash knows no arrays
        wkb.update(len(one).to_bytes(8, "little") + one)
    return f"{int(mark):016x}{wkb.hexdigest()}"


@njit(cache=True, nogil=True)
def _mixed(values: NDArray[np.uint64], seed: np.uint64) -> np.uint64:
    """Mix numbers in order into one, as MurmurHash3 mixes each at its end.

    Every fourth number goes into the same of four mixtures: the processor works on them at once.
    """
    many, one, two = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
    shift = np.uint64(33)
    a, b, c, d = seed + many, seed + many * np.uint64(2), seed + many * np.uint64(3), seed + many * np.uint64(4)
    for at in range(0, len(values) - 3, 4):
        a, b = (a ^ values[at]) * one, (b ^ values[at + 1]) * one
        c, d = (c ^ values[at + 2]) * one, (d ^ values[at + 3]) * one
        a, b, c, d = (
            (a ^ (a >> shift)) * two,
            (b ^ (b >> shift)) * two,
            (c ^ (c >> shift)) * two,
            (d ^ (d >> shift)) * two,
        )
    for at in range(len(values) - len(values) % 4, len(values)):
        a = (a ^ values[at]) * one
        a = (a ^ (a >> shift)) * two
    for other in (b, c, d):
        a = (a ^ other) * one
        a = (a ^ (a >> shift)) * two
    return a


def packed_prints(prints: Prints) -> dict[str, Any]:
    """Return the fingerprints of a layer as plain values."""
    codes = zlib.compress("\n".join(prints.codes).encode())
    marks = prints.marks.astype("<u8").tobytes()
    return {
        "crs": prints.crs, "codes": base64.b64encode(codes).decode(), "marks": base64.b64encode(marks).decode(),
    }  # fmt: skip


def _unpacked_prints(told: dict[str, Any]) -> Prints:
    text = zlib.decompress(base64.b64decode(told["codes"])).decode()
    codes = np.array(text.split("\n") if text else [], object)
    return Prints(codes, np.frombuffer(base64.b64decode(told["marks"]), "<u8").astype(np.uint64), told["crs"])


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be taken over for one batch."""

    found: Found
    """The old answers by the numbers of today's index; those of rows to ask mean nothing."""
    touched: NDArray[np.bool_]
    """Rows whose grid is gone or another ground."""
    unsure: NDArray[np.bool_]
    """Rows that new ground may claim, if it reaches them."""


class Previous:
    """An earlier assignment beside the layer of today.

    Parameters
    ----------
    path : Path
    prints : Prints
        Of the layer of today.
    codes : pyarrow.Array of string
        Of its index.
    options : dict
        Everything else that answers depend on; must be what the earlier assignment was made with.

    Raises
    ------
    ReadError
        If the file is no such assignment.
    InputError
        If it was made with other options, or for a layer in another CRS.
    """

    def __init__(self, path: Path, prints: Prints, codes: pa.Array, options: dict[str, Any]) -> None:
        self._path = path
        told = _told(path)
        for name, value in options.items():
            if told["options"].get(name) != value:
                raise InputError(
                    f"{path} was made with {name} {told['options'].get(name)}, this one is with {name} {value}: its "
                    "answers cannot be kept; use the same or leave --previous out"
                )
        old = _unpacked_prints(told["layer"])
        if old.crs != prints.crs:
            raise InputError(
                f"{path} was made for a layer in {old.crs}, this one is in {prints.crs}; leave --previous out"
            )
        new, gone = prints.changed_since(old)
        self._gone = pa.array(sorted(gone), pa.string())
        self._codes, self._marks = codes, told["marks"]
        self._tables = pq.ParquetFile(path)
        self.new_codes: list[str] = prints.codes[new].tolist()
        """Grids of today that were not there, or had another shape."""

    def close(self) -> None:
        """Let go of the file."""
        self._tables.close()

    def kept(self, number: int, mark: str) -> Kept | None:
        """Return what can be taken over for a batch before any place is looked at; None if nothing can.

        Parameters
        ----------
        number : int
            How many batches came before it.
        mark : str
            Its `mark_of`.
        """
        if number >= len(self._marks) or self._marks[number] != mark:
            return None
        table = self._tables.read_row_group(number)
        found = self._found(table)
        touched = pc.is_in(table["code"].combine_chunks(), value_set=self._gone).to_numpy(zero_copy_only=False)
        return Kept(found, touched, ~touched & (found.method != INSIDE) & (found.method != NONE))

    def _found(self, table: pa.Table) -> Found:
        """Return old answers by the numbers of today."""
        coded = table["code"].combine_chunks().dictionary_encode()
        today = pc.index_in(coded.dictionary, value_set=self._codes).fill_null(-1).to_numpy(zero_copy_only=False)
        rows = coded.indices.fill_null(len(today)).to_numpy(zero_copy_only=False)
        words = pc.index_in(table["method"].combine_chunks(), value_set=pa.array(WORDS))
        share = table["share"].to_numpy() if "share" in table.column_names else None
        return Found(
            np.append(today, -1).astype(np.int32)[rows],
            words.to_numpy(zero_copy_only=False).astype(np.int8),
            np.array(table["distance_m"].to_numpy(), float),
            None if share is None else np.array(share, float),
        )


def _told(path: Path) -> dict[str, Any]:
    """Read what an assignment says of itself."""
    if path.suffix.lower() != ".parquet":
        raise ReadError(f"{path}: only an assignment in Parquet remembers what it was made from; leave --previous out")
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{path} cannot be read as an earlier assignment: {error}") from None
    told = json.loads(metadata[KEY]) if KEY in metadata else {}
    if "marks" not in told:
        raise ReadError(f"{path} was not written by gridgeo assign and does not say what it was made from")
    return dict(told)
