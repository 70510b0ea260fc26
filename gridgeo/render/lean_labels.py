"""Where labels of the lean page may stand: points in grids, communities and the units above, and the room around each.

In: an `Edition`. Out: points with the upright half axis of the largest ellipse around them that stays inside: a text is
wider than high, so an ellipse tells more than a circle. The page knows the zoom and chooses. Used by `lean_data`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition

__all__ = ["Level", "Spots", "grid_spots", "levels_of"]

NUMBER_ASPECT, NAME_ASPECT = 2.0, 3.0
"""Width to height of a number of three digits and of a name of four characters; ``labels.js`` knows them, too."""
TOLERANCE_SHARE = 0.02
"""How far from the roomiest point a number may stand, as a share of the side of the square of equal area: unseen."""
LATTICE = 9
"""Points tried across a unit in each direction."""
SPOTS = 8
"""Points handed to the page for each name: where numbers cover one, the next is taken."""
LEAST_SHARE = 0.4
"""A point with less of the room than the best one has is not worth having."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """Points, best first, and their room."""

    points: NDArray[np.float64]
    """(n, 2)"""
    room_m: NDArray[np.float64]
    """Upright half axis of the ellipse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The units of one level that have a name."""

    key: str
    """county, street or community."""
    side_m: float
    """Side of the square of the median area."""
    names: list[str]
    codes: list[str]
    """Of communities; empty above them."""
    spots: list[Spots]


def grid_spots(shapes: NDArray[np.object_]) -> Spots:
    """Return the roomiest point of each grid."""
    narrow = _squeezed(shapes, NUMBER_ASPECT)
    side_m = np.sqrt(shapely.area(narrow))
    circles = shapely.maximum_inscribed_circle(narrow, tolerance=np.maximum(TOLERANCE_SHARE * side_m, 0.05))
    points = shapely.get_coordinates(shapely.get_point(circles, 0))
    # the point found is as good as the tolerance; its own distance to the border is exact
    room_m = shapely.distance(shapely.points(points), shapely.boundary(narrow))
    return Spots(points=points * (NUMBER_ASPECT, 1), room_m=room_m)


def levels_of(edition: Edition) -> list[Level]:
    """Return the levels with names, the finest first."""
    shapes = edition.grids.geometry.to_numpy()
    owners = edition.grids["community_code"].astype(str).to_numpy(dtype=object)
    table = edition.communities.set_index("code")
    # what the grids say comes first where the communities' table knows nothing
    called = dict(zip(owners, edition.grids["community_name"], strict=True)) | table["name"].to_dict()
    sound = bool(shapely.coverage_is_valid(shapes))
    found = []
    for key, column in (("community", "name"), ("street", "street"), ("county", "county")):
        if column not in table:
            continue
        # Two communities may bear one name: they are told apart by code, the units above by name.
        unit_of = dict(zip(table.index, table.index if key == "community" else table[column], strict=True))
        units, unit = np.unique([str(unit_of.get(owner, "")) for owner in owners], return_inverse=True)
        names = [short_community(str(called[one])) if key == "community" else one for one in units.tolist()]
        whole = _whole(shapes, unit, sound=sound)
        found.append(
            Level(
                key=key,
                side_m=float(np.sqrt(np.median(shapely.area(whole)))),
                names=names,
                codes=units.tolist() if key == "community" else [],
                spots=[_spots(shape) if name else _NONE for shape, name in zip(whole, names, strict=True)],
            )
        )
    return found


def _whole(shapes: NDArray[np.object_], unit: NDArray[np.int64], *, sound: bool) -> NDArray[np.object_]:
    """Return the shape of every unit, as its grids make it; the fast way wants a sound coverage."""
    united = shapely.coverage_union_all if sound else shapely.union_all
    parts = shapes if sound else shapely.make_valid(shapes)
    order = np.argsort(unit, kind="stable")
    ends = np.cumsum(np.bincount(unit))[:-1]
    return np.array([united(own) for own in np.split(parts[order], ends)], dtype=object)


_NONE = Spots(points=np.empty((0, 2)), room_m=np.empty(0))


def _spots(shape: shapely.Geometry) -> Spots:
    """Return the points of one unit where its name may stand: those with most room, apart from one another."""
    narrow = _squeezed(shape, NAME_ASPECT)
    left, bottom, right, top = shapely.bounds(narrow)
    share = (np.arange(LATTICE) + 0.5) / LATTICE
    x, y = np.meshgrid(left + share * (right - left), bottom + share * (top - bottom))
    middle = shapely.get_coordinates(shapely.point_on_surface(narrow))
    tried = shapely.points(np.concatenate([np.column_stack([x.ravel(), y.ravel()]), middle]))
    shapely.prepare(narrow)
    inside = tried[shapely.contains(narrow, tried)]
    border = shapely.boundary(narrow)
    shapely.prepare(border)
    room_m = shapely.distance(inside, border)
    points = shapely.get_coordinates(inside)
    kept: list[int] = []
    for n in np.argsort(-room_m, kind="stable").tolist():
        if len(kept) == SPOTS or (kept and room_m[n] < LEAST_SHARE * room_m[kept[0]]):
            break
        if all(math.dist(points[n], points[other]) > room_m[n] for other in kept):
            kept.append(n)
    return Spots(points=points[kept] * (NAME_ASPECT, 1), room_m=room_m[kept])


def _squeezed(shapes: shapely.Geometry, aspect: float) -> shapely.Geometry:
    """Return shapes made narrower, so that a circle in them is an ellipse on the map."""
    return shapely.transform(shapes, lambda xy: xy / (aspect, 1))
