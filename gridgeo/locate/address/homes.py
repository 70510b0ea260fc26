"""The communities of addresses that do not say theirs: those of the grids in which they lie.

In: a `Library`, the grid of every row, the community of every grid. Out: the library with a community for every stem;
友爱街社区3号楼 then finds its building where addresses are written without communities. What an address says stays. A
new version of the layer needs no new library for this. Used by `gridgeo.locate.address.book`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.forms import SAID, Level, forms
from gridgeo.locate.address.lexicon import Lexicon
from gridgeo.locate.address.library import LEVELS, Library
from gridgeo.locate.address.normalise import fold

__all__ = ["homed"]

COMMUNITY = list(LEVELS.values()).index(Level.COMMUNITY)


def homed(library: Library, row_grid: NDArray[np.int32], homes: Sequence[str]) -> Library:
    """Return a library whose stems have the community in which most of their rows lie, where they say none.

    Parameters
    ----------
    library : Library
    row_grid : ndarray of int32, (n,)
        Grid of every row, -1: outside all.
    homes : sequence of str
        Name of every grid's community, "" where it is not known.
    """
    said = library.stem_names[:, COMMUNITY]
    known = _known(library.lexicon)
    home = np.array([*(known.get(fold(name), -1) for name in homes), -1], np.int32)
    of_row = home[row_grid]
    stem = np.repeat(np.arange(len(said)), np.diff(library.stem_begins))
    asked = (said[stem] < 0) & (of_row >= 0)
    if not asked.any():
        return library
    width = len(library.lexicon.names)
    pairs = np.sort(stem[asked] * width + of_row[asked])
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    (stems, named), many = np.divmod(pairs[starts], width), np.diff(starts, append=len(pairs))
    most = np.lexsort((many, stems))  # of a stem's communities the one of most rows goes last
    names = np.array(library.stem_names)
    names[stems[most], COMMUNITY] = named[most]
    return Library(**{**library._asdict(), "stem_names": names})  # its length is that of its rows: no _replace


def _known(lexicon: Lexicon) -> dict[str, int]:
    """Return the place in the lexicon of every community, by its names that no other one has, too."""
    owners: dict[str, list[tuple[float, int]]] = {}
    for at in np.flatnonzero(lexicon.level == Level.COMMUNITY).tolist():
        for form, cost in forms(Level.COMMUNITY, lexicon.names[at]):
            if cost <= 2 * SAID:
                owners.setdefault(form, []).append((cost, at))
    return {form: min(found)[1] for form, found in owners.items() if len(found) == 1 or min(found)[0] == 0}
