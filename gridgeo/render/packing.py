"""Numbers and words as the text that a one-file page holds: few bytes, no character that could be markup.

In: whole numbers, or anything JSON can say. Out: base64 of raw deflate. The page takes it apart again with
``lean_page/unpack.js``. Before: `topology`; after: `lean`.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridgeo.render.topology import Topology

__all__ = ["deflated", "number_bytes", "topology_numbers", "word_bytes", "zigzag"]


def deflated(data: bytes) -> str:
    """Return bytes as base64 of raw deflate.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(deflated(b"abcabc")), -15)
    b'abcabc'
    """
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(squeeze.compress(data) + squeeze.flush()).decode()


def word_bytes(value: Any) -> bytes:
    """Return what JSON can say, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def number_bytes(numbers: NDArray[np.int64]) -> bytes:
    """Return numbers from 0 to 2³⁵ as bytes: seven bits to a byte, the lowest first; the eighth bit: more follow."""
    digits = (numbers[:, None] >> np.arange(0, 35, 7)) & 127
    used = np.maximum.accumulate((digits > 0)[:, ::-1], axis=1)[:, ::-1]
    used[:, 0] = True
    more = np.zeros_like(used)
    more[:, :-1] = used[:, 1:]
    return (digits | more * 128)[used].astype(np.uint8).tobytes()


def zigzag(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole numbers as ones that are not negative, small ones staying small.

    Examples
    --------
    >>> zigzag(np.array([0, -1, 1, -2])).tolist()
    [0, 1, 2, 3]
    """
    return (numbers << 1) ^ (numbers >> 63)


def topology_numbers(topology: Topology) -> NDArray[np.int64]:
    """Return a topology as numbers that are not negative.

    Returns
    -------
    ndarray of int
        The number of shapes, parts, rings, refs, arcs; then parts of each shape, rings of each part, refs of each ring;
        refs, each as the step from the one before; vertices of each arc; x of all vertices, then y, each as the step
        from the vertex before, in zigzag.
    """
    arcs = np.where(topology.refs < 0, ~topology.refs, topology.refs)
    against = (topology.refs < 0).astype(np.int64)
    counts = [topology.shapes, topology.parts, topology.rings, topology.refs, topology.lengths]
    return np.concatenate(
        [
            np.array([len(count) for count in counts], dtype=np.int64),
            topology.shapes,
            topology.parts,
            topology.rings,
            zigzag(np.diff(arcs, prepend=0)) << 1 | against,
            topology.lengths,
            *(zigzag(np.diff(axis, prepend=0)) for axis in topology.vertices.T),
        ]
    )
