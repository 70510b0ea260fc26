"""Which label stands where on a printed map.

In: grids in metres and the scale. Out: a `Placing`: labels in map coordinates, keys for the margin's list, and how many
grids stayed without. What a grid is called depends on the side of the square of equal area on paper: from 7 mm its
number, with its community's name where all grids of the community have 17 mm; from 3 mm a key in square brackets whose
code the margin lists, as far as it has room; below that nothing. Exclusive grids have a key from 1 mm and come first in
the list, then the larger ones. Grid numbers come first; names go only where they cover no label (`names`).
After: `sheet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition, grid_number
from gridgeo.render.label import Label, Taken, group_code, text_size_mm
from gridgeo.render.names import place_names

__all__ = ["Placing", "place_labels"]

FULL_MM, NUMBER_MM, KEY_MM, EXCLUSIVE_KEY_MM = 17.0, 7.0, 3.0, 1.0
"""Sides of the equal-area square from which each kind of label is used; chosen, see the module's text."""
NUMBER_PT, KEY_PT = 7.0, 6.0
NAME_KEYS = 4
"""One row in so many of the margin's list waits for names; what they leave goes to grids."""


@dataclass(frozen=True, slots=True)
class Placing:
    """All labels of one sheet."""

    labels: tuple[Label, ...]
    keys: tuple[tuple[str, str], ...]
    """Key on the map → what it stands for, in the order of the keys."""
    silent: int
    """Grids without any label."""


def place_labels(edition: Edition, metres_per_mm: float, *, key_room: int, full_mm: float = FULL_MM) -> Placing:
    """Place the labels of one sheet.

    Parameters
    ----------
    edition : Edition
        Already thinned for the scale.
    metres_per_mm : float
        Metres on the ground for one millimetre on paper.
    key_room : int, keyword-only
        Rows that the margin has for keys.
    full_mm : float, keyword-only
        Side from which every grid of a community carries its name; infinity writes each name once.

    Returns
    -------
    Placing
        The same for any order of rows; larger grids are served first, ties by code.

    Notes
    -----
    O(n log n) in the number of labelled grids.
    """
    grids = edition.grids
    side_mm = np.sqrt(grids.geometry.area.to_numpy()) / metres_per_mm
    order = np.lexsort((grids["code"].to_numpy(dtype=str), -side_mm))
    exclusive = grids["kind"].to_numpy(dtype=object) == "exclusive"
    order = order[side_mm[order] >= np.where(exclusive[order], EXCLUSIVE_KEY_MM, KEY_MM)]
    spots, radius_mm = _spots(grids, order, metres_per_mm)
    roomy = _roomy_communities(grids, side_mm, full_mm)
    taken = Taken(cell_m=10 * metres_per_mm)
    labels: list[Label] = []
    small: list[tuple[bool, int, str, tuple[float, float]]] = []
    # One label at a time: each place depends on the labels before it.
    for at, row in enumerate(order):
        text = _grid_text(grids, int(row), side_mm[row], radius_mm[at])
        if text and grids["community_code"].iat[row] in roomy:
            text = f"{short_community(grids['community_name'].iat[row])}\n{text}"
        label = Label(text, *spots[at], NUMBER_PT, "grid") if text else None
        if label and taken.take_if_free(label, metres_per_mm):
            labels.append(label)
        else:
            small.append((not exclusive[row], len(small), grids["code"].iat[row], spots[at]))
    waiting = _keys(small, taken, metres_per_mm)
    keyed = list(islice(waiting, key_room - key_room // NAME_KEYS))
    named, name_keys = place_names(edition, taken, metres_per_mm, told=roomy, room=key_room - len(keyed))
    keyed += islice(waiting, key_room - len(keyed) - len(name_keys))
    return Placing(
        labels=(*labels, *(label for label, _ in keyed), *named),
        keys=(*((label.text, group_code(code)) for label, code in keyed), *name_keys),
        silent=len(grids) - len(labels) - len(keyed),
    )


def _spots(
    grids: gpd.GeoDataFrame, rows: NDArray[np.int64], metres_per_mm: float
) -> tuple[list[tuple[float, float]], NDArray[np.float64]]:
    """Return the centre and the radius in mm of the largest circle inside each grid."""
    shapes = grids.geometry.to_numpy()[rows]
    if not len(shapes):
        return [], np.empty(0)
    radii = shapely.maximum_inscribed_circle(shapes, tolerance=0.2 * metres_per_mm)
    centres = shapely.get_coordinates(shapely.get_point(radii, 0))
    return [(float(x), float(y)) for x, y in centres], shapely.length(radii) / metres_per_mm


def _roomy_communities(grids: gpd.GeoDataFrame, side_mm: NDArray[np.float64], full_mm: float) -> set[str]:
    """Return the communities whose grids are all so large that each can carry the community's name."""
    smallest = pd.Series(side_mm).groupby(grids["community_code"].to_numpy()).min()
    return set(smallest.index[smallest >= full_mm])


def _grid_text(grids: gpd.GeoDataFrame, row: int, side_mm: float, radius_mm: float) -> str:
    """Return the number of a grid that has room for it, else nothing."""
    number = grid_number(grids["code"].iat[row], grids["community_code"].iat[row])
    # A narrow grid of some area has no room for its number: it would cover the neighbours' borders.
    if side_mm >= NUMBER_MM and text_size_mm(number, NUMBER_PT)[0] <= 2.4 * radius_mm:
        return number
    return ""


def _keys(
    small: list[tuple[bool, int, str, tuple[float, float]]], taken: Taken, metres_per_mm: float
) -> Iterator[tuple[Label, str]]:
    """Yield a key and its code for one grid after the other, where the key covers nothing; exclusive grids first."""
    number = 1
    for _, _, code, (x, y) in sorted(small):
        label = Label(f"[{number}]", x, y, KEY_PT, "key")
        if taken.take_if_free(label, metres_per_mm):
            number += 1
            yield label, code
