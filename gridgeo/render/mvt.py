"""One layer of a vector tile: shapes and attributes as the bytes of Mapbox Vector Tile 2.1.

In: polygons or points in tile units, and their attributes. Out: the bytes of the layer; those of several layers, one
behind the other, are the tile. A vertex is rounded the same way for both neighbours, so that borders stay shared.
Before: `tiles`; after: `pmtiles`. Specification: github.com/mapbox/vector-tile-spec, 2.1.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.pmtiles import varints

__all__ = ["EXTENT", "POINT", "POLYGON", "Row", "encoded", "layer_bytes", "point_commands", "polygon_commands"]

EXTENT = 4096
POINT, POLYGON = 1, 3
MOVE, LINE, CLOSE = 1, 2, 7

Row = tuple[int, tuple[tuple[str, bytes], ...]]
"""Id of a feature; name and encoded value of each attribute. A feature lies in many tiles and is encoded once."""
Ints = NDArray[np.int64]


def polygon_commands(shapes: NDArray[np.object_]) -> list[bytes]:
    """Return the drawing commands of polygons.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, (n,)
        In tile units, y downwards; coordinates are rounded to whole ones here.

    Returns
    -------
    list of bytes, (n,)
        Empty where nothing is left of a shape. Outer rings turn clockwise on the screen, holes the other way.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    xy, ring = _without_repeats(np.round(xy).astype(np.int64), ring)
    outer = np.r_[True, part[1:] != part[:-1]] if len(part) else np.empty(0, bool)
    xy, ring = _turned(xy, ring, outer, part)
    return _commands(xy, ring, owner[part], len(shapes))


def _without_repeats(xy: Ints, ring: Ints) -> tuple[Ints, Ints]:
    """Drop vertices that fall on the one before, and the last of a ring, which is its first."""
    if not len(xy):
        return xy, ring
    fresh = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1) | (np.diff(ring) != 0)]
    xy, ring = xy[fresh], ring[fresh]
    closing = np.r_[np.diff(ring) != 0, True]
    return xy[~closing], ring[~closing]


def _turned(xy: Ints, ring: Ints, outer: NDArray[np.bool_], part: Ints) -> tuple[Ints, Ints]:
    """Turn rings as the specification wants them and drop those without area, with the holes of a dropped part."""
    count = np.bincount(ring, minlength=len(outer))
    start = np.cumsum(count) - count
    after = np.arange(len(xy)) + 1
    after = np.where(after == (start + count)[ring], start[ring], after)
    cross = xy[:, 0] * xy[after, 1] - xy[after, 0] * xy[:, 1]
    area = np.zeros(len(outer), np.int64)
    np.add.at(area, ring, cross)
    has = area != 0
    alive = np.zeros(int(part.max(initial=-1)) + 1, bool)
    alive[part[outer & has]] = True
    kept = has & alive[part]
    backwards = (area > 0) != outer
    at = np.arange(len(xy))
    at = np.where(backwards[ring], (2 * start + count - 1)[ring] - at, at)
    chosen = kept[ring]
    return xy[at][chosen], ring[chosen]


def _commands(xy: Ints, ring: Ints, owner: Ints, features: int) -> list[bytes]:
    """Return MoveTo, LineTo and ClosePath of every ring, one byte string per feature."""
    if not len(xy):
        return [b""] * features
    feature = owner[ring]
    first = np.r_[True, feature[1:] != feature[:-1]]
    before = np.where(first[:, None], 0, np.roll(xy, 1, axis=0))
    steps = _zigzag(xy - before)
    opens = np.r_[True, ring[1:] != ring[:-1]]
    ends = np.r_[opens[1:], True]
    size = np.diff(np.r_[np.flatnonzero(opens), len(xy)])
    # MoveTo stands before a ring's first vertex, LineTo before its second, ClosePath behind its last one.
    extra = opens.astype(np.int64) + np.r_[False, opens[:-1]] + np.r_[False, ends[:-1]]
    at = np.cumsum(extra + 2) - 2
    words = np.zeros(int(at[-1]) + 3, np.uint64)
    words[at], words[at + 1] = steps.T
    words[at[opens] - 1] = (1 << 3) | MOVE
    words[at[opens] + 2] = ((size - 1) << 3) | LINE
    words[at[ends] + 2] = (1 << 3) | CLOSE
    stream, widths = varints(words)
    length = np.bincount(feature, minlength=features)  # vertices
    rings = np.bincount(feature[opens], minlength=features)
    bounds = np.cumsum(np.r_[0, widths])[np.cumsum(np.r_[0, 2 * length + 3 * rings])]
    return [stream[low:high] for low, high in pairwise(bounds.tolist())]


def point_commands(xy: NDArray[np.float64]) -> list[bytes]:
    """Return the drawing commands of points in tile units, (n, 2)."""
    steps = _zigzag(np.round(xy).astype(np.int64)).tolist()
    move = _varint((1 << 3) | MOVE)
    return [move + _varint(east) + _varint(south) for east, south in steps]


def _zigzag(values: Ints) -> NDArray[np.uint64]:
    """Return signed numbers as small unsigned ones: 0, -1, 1, -2 → 0, 1, 2, 3."""
    return ((values << 1) ^ (values >> 63)).astype(np.uint64)


def encoded(number: int, attributes: Mapping[str, Any]) -> Row:
    """Return a feature's id and attributes, encoded."""
    return number, tuple((key, _value(value)) for key, value in attributes.items())


def layer_bytes(name: str, kind: int, rows: Sequence[Row], commands: Sequence[bytes]) -> bytes:
    """Return a layer.

    Parameters
    ----------
    name : str
    kind : int
        `POINT` or `POLYGON`.
    rows : sequence of Row, (n,)
    commands : sequence of bytes, (n,)
        Features with an empty one are left out.

    Returns
    -------
    bytes
        Empty if no feature is left.
    """
    keys: dict[str, int] = {}
    values: dict[bytes, int] = {}
    features = []
    for (number, attributes), drawing in zip(rows, commands, strict=True):
        if not drawing:
            continue
        tags = b"".join(
            _varint(keys.setdefault(key, len(keys))) + _varint(values.setdefault(value, len(values)))
            for key, value in attributes
        )
        body = _number(1, number) + _bytes(2, tags) + _number(3, kind) + _bytes(4, drawing)
        features.append(_bytes(2, body))
    if not features:
        return b""
    head = [_number(15, 2), _bytes(1, name.encode())]
    tail = [*(_bytes(3, key.encode()) for key in keys), *(_bytes(4, value) for value in values), _number(5, EXTENT)]
    return _bytes(3, b"".join([*head, *features, *tail]))


def _value(value: Any) -> bytes:
    """Return an attribute as a message: text, double, or whole number."""
    if isinstance(value, str):
        return _bytes(1, value.encode())
    if isinstance(value, float):
        return bytes([(3 << 3) | 1]) + struct.pack("<d", value)
    return _number(5, int(value)) if value >= 0 else _number(6, int(_zigzag(np.array([value], np.int64))[0]))


def _varint(value: int) -> bytes:
    """Return one number in groups of seven bits."""
    return _SMALL[value] if value < len(_SMALL) else _grouped(value)


def _grouped(value: int) -> bytes:
    """Return one number in groups of seven bits, lowest first."""
    groups = bytearray()
    while value > 0x7F:
        groups.append((value & 0x7F) | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


_SMALL = tuple(_grouped(value) for value in range(1 << 14))
"""Most numbers are keys, values and lengths of two bytes at most."""


def _number(field: int, value: int) -> bytes:
    """Return a field that holds a number."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """Return a field that holds bytes."""
    return _varint((field << 3) | 2) + _varint(len(value)) + value
