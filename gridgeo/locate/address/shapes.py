"""Which characters look alike: 泰秦, 己已巳, 颍颖.

In: characters, or arrays for kernels. Out: how alike, 0 to 1. Next: names are spotted by shape. Measured on the drawn
glyphs of GB 2312 by ``bench/make_shapes.py``; read when first asked for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["AlikeTable", "alike", "alike_table", "look_alikes"]

_FILE = Path(__file__).parent / "data" / "shapes.npz"


class AlikeTable(NamedTuple):
    """Arrays by which a kernel finds how alike two code points look.

    ``likeness[row[a], k]`` of 255 where ``neighbours[row[a], k] == b``; else not alike, unless a is b. A pair stands in
    one row or in both: a kernel looks in ``row[b]``, too.
    """

    row: NDArray[np.uint16]
    """By code point, (0x10000,): the row of a character; 0, which is empty, where it has none."""
    neighbours: NDArray[np.uint16]
    """Code points, most alike first, (n, 16); 0 where there are no more."""
    likeness: NDArray[np.uint8]
    """1 to 255, (n, 16): 0 would be as alike as 1 of 100 random pairs, 255 is the same picture."""


@cache
def alike_table() -> AlikeTable:
    """Return the table of characters that look alike; 0.7 MB, shared."""
    with np.load(_FILE) as stored:
        chars, neighbours, likeness = stored["chars"], stored["neighbours"], stored["likeness"]
    row = np.zeros(0x10000, np.uint16)
    row[chars] = np.arange(1, len(chars) + 1)
    table = AlikeTable(row, np.pad(neighbours, ((1, 0), (0, 0))), np.pad(likeness, ((1, 0), (0, 0))))
    for array in table:
        array.flags.writeable = False
    return table


def look_alikes(char: str) -> tuple[str, ...]:
    """Return the up to 16 characters that look most like one, the nearest first.

    Examples
    --------
    >>> look_alikes("泰")[:3], look_alikes("颍")[:1], look_alikes("A")
    (('秦', '奉', '奏'), ('颖',), ())
    """
    table = alike_table()
    row = table.row[ord(char)] if ord(char) < len(table.row) else 0
    return tuple(chr(other) for other in table.neighbours[row] if other)


def alike(a: str, b: str) -> float:
    """Return how alike two characters look: 1 the same, 0 no more than 1 of 100 random pairs.

    Examples
    --------
    >>> alike("泰", "秦") > 0.6, alike("山", "路"), alike("路", "路")
    (True, 0.0, 1.0)
    """
    return 1.0 if a == b else max(_seen_from(a, b), _seen_from(b, a))


def _seen_from(a: str, b: str) -> float:
    """Return how alike b is in the row of a."""
    table = alike_table()
    row = table.row[ord(a)] if ord(a) < len(table.row) else 0
    found = np.flatnonzero(table.neighbours[row] == ord(b))
    return float(table.likeness[row, found[0]]) / 255 if len(found) else 0.0
