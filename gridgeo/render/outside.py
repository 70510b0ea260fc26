"""Names of what lies around a selection, in grey, where they cover no label.

In: the neighbours' shapes and names, and the labels of the sheet. Out: labels of kind ``neighbour``. After: `labels`.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.label import Label, Taken, new_label
from gridgeo.render.labels import Placing
from gridgeo.render.names import free_places
from gridgeo.render.squares import Window
from gridgeo.render.visible import visible_part

__all__ = ["place_outside"]

SIZES_PT = (7.0, 6.0)
"""Sizes tried; smaller than the names of the selection."""


def place_outside(
    shapes: NDArray[np.object_], names: list[str], placing: Placing, metres_per_mm: float, window: Window
) -> tuple[Label, ...]:
    """Name neighbours in their part of the window.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
        Neighbours, in the CRS of the labels; several of one name are one neighbour.
    names : list of str
        One of each shape; empty names are not written.
    placing : Placing
        What stands on the map.
    metres_per_mm : float
        Metres on the ground for one millimetre on paper.
    window : (float, float, float, float)
        Left, bottom, right, top in metres of what the map shows.

    Returns
    -------
    tuple of Label
        In the order of the names. A neighbour without room for its name has none.
    """
    taken = Taken(metres_per_mm, list(placing.labels))
    text = np.array(names, dtype=str)
    wanted = [name for name in np.unique(text).tolist() if name]
    units = np.empty(len(wanted), dtype=object)
    for at, name in enumerate(wanted):
        units[at] = shapely.union_all(shapely.make_valid(visible_part(shapes[text == name], window)))
    labels: list[Label] = []
    still = np.arange(len(wanted))
    for size in SIZES_PT:
        spots = free_places(units[still], [wanted[at] for at in still], size, taken, metres_per_mm, over=shapes)
        for at, (x, y) in zip(still.tolist(), spots, strict=True):
            label = new_label(wanted[at], (float(x), float(y)), size, "neighbour", metres_per_mm)
            # Neighbours of different levels may overlap: the first has the place.
            if not np.isnan(x) and taken.free(np.array([label.box]))[0]:
                labels.append(label)
                taken.take([label])
        named = {label.text for label in labels}
        still = np.array([at for at in still.tolist() if wanted[at] not in named], dtype=np.int64)
    return tuple(sorted(labels, key=lambda label: label.text))
