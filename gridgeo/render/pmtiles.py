"""The container of tiles: one PMTiles archive, version 3.

In: tiles by zoom, column and row. Out: the bytes of the archive, the same for the same tiles. Before: `tiles` made
them. Specification: github.com/protomaps/PMTiles, spec/v3.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame", "pmtiles", "tile_id", "varints"]

HEADER_BYTES = 127
ROOT_MOST = 16_384
"""Header and root directory lie within the first 16 KiB (spec, 3)."""
LEAF_ENTRIES = 4096
GZIP, MVT = 2, 1
DEGREE = 10_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """Where and how deep an archive reaches."""

    min_zoom: int
    max_zoom: int
    box: tuple[float, float, float, float]
    """West, south, east, north in degrees."""


def pmtiles(tiles: Mapping[tuple[int, int, int], bytes], metadata: Mapping[str, Any], frame: Frame) -> bytes:
    """Put tiles into an archive.

    Parameters
    ----------
    tiles : mapping of (zoom, column, row) to bytes
        Vector tiles, not compressed; rows count from the north.
    metadata : mapping
        ``vector_layers`` and whatever else the archive says about itself.
    frame : Frame

    Returns
    -------
    bytes
    """
    numbered = sorted((tile_id(*place), data) for place, data in tiles.items())
    packed = [_packed(data) for _, data in numbered]
    ids = [number for number, _ in numbered]
    root, leaves = _directories(ids, [len(data) for data in packed])
    told = _packed(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())
    parts = [root, told, leaves, b"".join(packed)]
    offsets = np.cumsum([HEADER_BYTES, *map(len, parts)])[:-1]
    spans = [int(number) for pair in zip(offsets, map(len, parts), strict=True) for number in pair]
    west, south, east, north = frame.box
    corners = [round(side * DEGREE) for side in (west, south, east, north, (west + east) / 2, (south + north) / 2)]
    header = struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles", 3, *spans, len(ids), len(ids), len(ids), 1, GZIP, GZIP, MVT, frame.min_zoom, frame.max_zoom,
        *corners[:4], frame.min_zoom, *corners[4:],
    )  # fmt: skip
    return b"".join([header, *parts])


def _packed(data: bytes) -> bytes:
    """Compress without the moment of doing so."""
    return gzip.compress(data, mtime=0)


def _directories(ids: Sequence[int], lengths: Sequence[int]) -> tuple[bytes, bytes]:
    """Return the root directory and the leaves below it; small archives need none."""
    offsets = np.cumsum([0, *lengths])[:-1].tolist()
    root = _directory(ids, offsets, lengths, runs=1)
    entries = LEAF_ENTRIES
    leaves = b""
    while len(root) > ROOT_MOST - HEADER_BYTES:
        starts = range(0, len(ids), entries)
        pages = [
            _directory(ids[at : at + entries], offsets[at : at + entries], lengths[at : at + entries], runs=1)
            for at in starts
        ]
        leaves = b"".join(pages)
        where = np.cumsum([0, *map(len, pages)])[:-1].tolist()
        root = _directory([ids[at] for at in starts], where, [len(page) for page in pages], runs=0)
        entries *= 2
    return root, leaves


def _directory(ids: Sequence[int], offsets: Sequence[int], lengths: Sequence[int], *, runs: int) -> bytes:
    """Return one directory: deltas of ids, run lengths (0 = a leaf), lengths, offsets (0 = right behind)."""
    behind = [None, *(offset + length for offset, length in zip(offsets, lengths, strict=True))]
    told = [0 if offset == end else offset + 1 for offset, end in zip(offsets, behind, strict=False)]
    deltas = np.diff(np.array(ids, np.uint64), prepend=np.uint64(0))
    values = np.concatenate([
        np.array([len(ids)], np.uint64), deltas, np.full(len(ids), runs, np.uint64),
        np.array(lengths, np.uint64), np.array(told, np.uint64),
    ])  # fmt: skip
    return _packed(varints(values)[0])


def tile_id(zoom: int, column: int, row: int) -> int:
    """Return the number of a tile: all tiles of lower zooms first, then along a Hilbert curve.

    Examples
    --------
    >>> [tile_id(0, 0, 0), tile_id(1, 0, 0), tile_id(1, 0, 1), tile_id(1, 1, 1), tile_id(1, 1, 0), tile_id(2, 0, 0)]
    [0, 1, 2, 3, 4, 5]
    """
    number = (4**zoom - 1) // 3
    side = 1 << zoom
    half = side >> 1
    while half:
        east, south = int(bool(column & half)), int(bool(row & half))
        number += half * half * ((3 * east) ^ south)
        if not south:
            if east:
                column, row = side - 1 - column, side - 1 - row
            column, row = row, column
        half >>= 1
    return number


def varints(values: NDArray[np.uint64]) -> tuple[bytes, NDArray[np.int64]]:
    r"""Return numbers in groups of seven bits, lowest first, and the number of bytes that each takes.

    Examples
    --------
    >>> varints(np.array([1, 300], np.uint64))
    (b'\x01\xac\x02', array([1, 2]))
    """
    groups = np.ones(len(values), np.int64)
    for more in range(1, 10):
        groups += values >= np.uint64(1) << np.uint64(7 * more)
    at = np.cumsum(groups) - groups
    stream = np.zeros(int(groups.sum()), np.uint8)
    for group in range(int(groups.max(initial=0))):
        has = groups > group
        low = (values[has] >> np.uint64(7 * group)) & np.uint64(0x7F)
        follows = (groups[has] > group + 1).astype(np.uint64)
        stream[at[has] + group] = (low | (follows << np.uint64(7))).astype(np.uint8)
    return stream.tobytes(), groups
