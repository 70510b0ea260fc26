"""Names of streets on a printed map that also names their communities: larger, and one on every piece of a street.

In: the visible grids, and what other labels cover. Out: labels, and the pieces that have no room for one. A tint alone
tells nobody which street it is, and several streets may have one tint. Used by `labels`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.edition import Edition
from gridgeo.render.label import Label, Taken, new_label
from gridgeo.render.names import free_places, unit_shape
from gridgeo.render.visible import Visible

__all__ = ["StreetNames", "street_names"]

STREET_PT = (13.0, 11.5, 10.0, 9.0, 8.0, 7.0)
"""Sizes tried, largest first: the first four are larger than any name of a community."""
APART_MM = 1.0
"""Parts of a street this near one another are one piece: an imported layer has gaps. Chosen."""
PIECE_MM = 6.0
"""Side of the equal-area square below which a piece beside larger ones is a sliver. Chosen: two letters wide."""


@dataclass(frozen=True, slots=True)
class StreetNames:
    """The names of the streets of one sheet."""

    labels: tuple[Label, ...]
    homeless: tuple[tuple[str, float, float], ...]
    """Name and a point of every piece without room."""


def street_names(edition: Edition, ground: Visible, taken: Taken) -> StreetNames:
    """Name every piece of every street where the map shows several.

    Parameters
    ----------
    edition : Edition
    ground : Visible
        Its grids in the window.
    taken : Taken
        What other labels cover; the names are added.
    """
    pieces = _pieces(edition, ground)
    labels: list[Label] = []
    left = list(range(len(pieces)))
    for size in STREET_PT:
        shapes = np.array([pieces[at][1] for at in left], dtype=object)
        names = [pieces[at][0] for at in left]
        spots = free_places(shapes, names, size, taken, ground.metres_per_mm, over=ground.shape)
        still = []
        for at, (x, y) in zip(left, spots.tolist(), strict=True):
            name = pieces[at][0]
            if np.isnan(x):
                still.append(at)
                continue
            label = new_label(name, (x, y), size, "street", ground.metres_per_mm, code=name)
            if not taken.free(np.array([label.box]))[0]:  # streets of a faulty layer may overlap
                still.append(at)
                continue
            labels.append(label)
            taken.take([label])
        left = still
    homeless = [(pieces[at][0], *_spot(pieces[at][1])) for at in left]
    return StreetNames(tuple(labels), tuple(homeless))


def _spot(shape: shapely.Geometry) -> tuple[float, float]:
    """Return a point of a piece."""
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0].tolist()
    return x, y


def _pieces(edition: Edition, ground: Visible) -> list[tuple[str, shapely.Geometry]]:
    """Return name and shape of every piece, in the order of counties and streets; none where there is one street."""
    table = edition.communities
    if "street" not in table:
        return []
    county = table["county"].astype(str) if "county" in table else [""] * len(table)
    street_of = dict(zip(table["code"], zip(county, table["street"].astype(str), strict=True), strict=True))
    streets = [street_of.get(code, ("", "")) for code in ground.community]
    known = sorted({street for street in streets if street[1]})
    if len(known) < 2:
        return []
    return [
        (street[1], piece)
        for street in known
        for piece in _parts(unit_shape(ground.shape[[one == street for one in streets]]), ground.metres_per_mm)
    ]


def _parts(whole: shapely.Geometry, metres_per_mm: float) -> list[shapely.Geometry]:
    """Return the pieces of a street, the largest first, without slivers."""
    parts = shapely.get_parts(whole)
    parts = parts[shapely.area(parts) > 0]
    near = shapely.get_parts(shapely.union_all(shapely.buffer(parts, APART_MM / 2 * metres_per_mm, quad_segs=2)))
    owner, part = shapely.STRtree(parts).query(near, predicate="intersects")
    pieces = [_joined(parts[part[owner == at]]) for at in range(len(near))]
    pieces.sort(key=lambda one: (-one.area, *one.bounds))
    least_m2 = (PIECE_MM * metres_per_mm) ** 2
    return [piece for at, piece in enumerate(pieces) if not at or piece.area >= least_m2]


def _joined(parts: NDArray[np.object_]) -> shapely.Geometry:
    """Return parts as one shape."""
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
