"""Which part of a layer a map shows.

In: an `Edition` and a `Selection`. Out: the edition of the selected grids and the communities that they lie in. A name
that nothing bears is an error that says which are near, never an empty map.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.errors import InputError, NotFoundError
from gridgeo.render.edition import Edition
from gridgeo.render.recipe import Selection

__all__ = ["chosen", "part_of", "selected"]

SHOWN = 5
"""Names that a message lists at most."""
_WORDS = {"county": "county", "street": "street", "community": "community", "kind": "kind of grid", "code": "grid"}


def selected(edition: Edition, select: Selection) -> Edition:
    """Return the selected part of an edition.

    Parameters
    ----------
    edition : Edition
    select : Selection

    Returns
    -------
    Edition
        The edition itself where nothing is selected.

    Raises
    ------
    NotFoundError
        If something named is not there; the message lists what is near or known.
    InputError
        If no grid matches all that is said, or the layer knows no streets or counties.
    """
    if not select:
        return edition
    return part_of(edition, np.flatnonzero(chosen(edition, select)))


def part_of(edition: Edition, rows: NDArray[np.int64]) -> Edition:
    """Return some grids of an edition, in the order of their rows, with their communities."""
    grids = edition.grids.iloc[rows].reset_index(drop=True)
    inside = edition.communities["code"].isin(set(grids["community_code"]))
    return replace(edition, grids=grids, communities=edition.communities[inside].reset_index(drop=True))


def chosen(edition: Edition, select: Selection) -> NDArray[np.bool_]:
    """Return which grids are selected; parameters and errors as `selected`.

    Returns
    -------
    ndarray of bool, (n,)
        At least one is true.
    """
    wanted = np.ones(len(edition.grids), dtype=bool)
    for field in Selection.__slots__:
        if texts := getattr(select, field):
            wanted &= _matching(edition, field, texts)
    if not wanted.any():
        said = "; ".join(
            f"{name} {', '.join(getattr(select, name))}" for name in Selection.__slots__ if getattr(select, name)
        )
        raise InputError(f"no grid is selected: none matches all of {said}; leave one of them out")
    return wanted


def _matching(edition: Edition, field: str, texts: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return which grids match one field."""
    found = np.zeros(len(edition.grids), dtype=bool)
    columns = _columns(edition, field)
    for text in texts:
        asked = "".join(text.split()) if field == "code" else text.strip()
        hits = np.logical_or.reduce([(column == asked).to_numpy(dtype=bool) for column in columns])
        if not hits.any():
            raise NotFoundError(_unknown(field, text, columns[::-1]))
        found |= hits
    return found


def _columns(edition: Edition, field: str) -> list[pd.Series]:
    """Return, for every grid, what a text of a field is compared with."""
    owner = edition.grids["community_code"]
    if field in ("kind", "code"):
        return [edition.grids[field]]
    if field == "community":
        return [owner, edition.grids["community_name"]]
    if field not in edition.communities:
        raise InputError(
            f"the layer does not say its {_WORDS[field]} names, so none can be selected; select communities"
        )
    parents = dict(zip(edition.communities["code"], edition.communities[field].astype(str), strict=True))
    return [owner.map(parents).fillna("")]


def _unknown(field: str, text: str, series: Iterable[pd.Series]) -> str:
    """Return the message about a name that nothing bears, with what is near in the first column that has it."""
    columns = [sorted({str(value) for value in column.unique()} - {""}) for column in series]
    closest = [(known, get_close_matches(text, known, n=SHOWN, cutoff=0.4)) for known in columns]
    known, near = next(((known, near) for known, near in closest if near), (columns[0], columns[0][:SHOWN]))
    more = f" (of {len(known)})" if len(known) > len(near) else ""
    return f"the layer has no {_WORDS[field]} {text!r}; it has {', '.join(near)}{more}"
