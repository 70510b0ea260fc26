"""Names of communities, or of streets where communities are too small, on a printed map.

In: the edition and the boxes that numbers cover already. Out: labels that cover none of them, and keys for the margin.
Before: `labels` has placed the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition
from gridgeo.render.label import Label, Taken, text_size_mm

__all__ = ["place_names"]

NAME_PT, KEY_PT = 8.5, 7.0
ROOM_MM = 12.0
"""Side of the equal-area square that a name of four characters needs; where the median unit of a level is smaller, the
next level is named instead."""
MOSTLY_INSIDE = 0.7
"""Share of a name that must lie in its own unit; chosen."""
TRIES = 40
"""Inside points tried for a name before it goes to the margin."""


def place_names(
    edition: Edition, taken: Taken, metres_per_mm: float, *, told: set[str], room: int
) -> tuple[list[Label], list[tuple[str, str]]]:
    """Put names where they cover nothing, else a key, else nothing.

    Parameters
    ----------
    edition : Edition
    taken : Taken
        What other labels cover; the names are added.
    metres_per_mm : float
        Metres on the ground for one millimetre on paper.
    told : set of str, keyword-only
        Communities whose name stands on their grids already.
    room : int, keyword-only
        Keys that the margin can list.

    Returns
    -------
    labels : list of Label
    keys : list of (str, str)
        Key on the map → name.
    """
    labels: list[Label] = []
    keys: list[tuple[str, str]] = []
    for name, parts in _units(edition, told, metres_per_mm):
        points, key = _inside_points(parts), f"〔{len(keys) + 1}〕"
        label = _first_free(name, NAME_PT, _mostly_inside(name, points, parts, metres_per_mm), taken, metres_per_mm)
        if label is None and len(keys) < room and (label := _first_free(key, KEY_PT, points, taken, metres_per_mm)):
            keys.append((key, name))
        if label:
            labels.append(label)
    return labels, keys


def _units(edition: Edition, told: set[str], metres_per_mm: float) -> Iterator[tuple[str, NDArray[np.object_]]]:
    """Yield name and grids of every unit of the lowest level whose units have room for a name."""
    owners, shapes = edition.grids["community_code"].to_numpy(dtype=object), edition.grids.geometry.to_numpy()
    area = shapely.area(shapes)
    table = edition.communities.set_index("code")
    for level in ("name", "street", "county"):
        if level not in table:
            continue
        # Two communities may bear one name: units are told apart by code, parents by name.
        unit_of = dict(zip(table.index, table.index if level == "name" else table[level], strict=True))
        unit = np.array([str(unit_of.get(owner, "")) for owner in owners])
        units, number = np.unique(unit, return_inverse=True)
        side_mm = np.sqrt(np.bincount(number, area)) / metres_per_mm
        if np.median(side_mm) < ROOM_MM:
            continue
        for at, key in enumerate(units):
            name = short_community(str(table.at[key, "name"])) if level == "name" and key in table.index else key
            if name and key not in told and side_mm[at] >= ROOM_MM / 2:
                yield name, shapes[number == at]
        return


def _first_free(
    text: str, size_pt: float, points: NDArray[np.float64], taken: Taken, metres_per_mm: float
) -> Label | None:
    """Return a label at the first point where it covers nothing."""
    for x, y in points:
        label = Label(text, float(x), float(y), size_pt, "community")
        if taken.take_if_free(label, metres_per_mm):
            return label
    return None


def _inside_points(parts: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return up to `TRIES` points inside a unit, nearest to its middle first."""
    left, bottom, right, top = shapely.total_bounds(parts)
    side = int(np.ceil(np.sqrt(2 * TRIES)))
    steps = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(left + steps * (right - left), bottom + steps * (top - bottom))
    points = shapely.points(x.ravel(), y.ravel())
    tree = shapely.STRtree(parts)
    inside = points[np.unique(tree.query(points, predicate="intersects")[0])]
    middle = shapely.centroid(shapely.multipoints(inside)) if len(inside) else shapely.point_on_surface(parts[0])
    if not len(inside):
        inside = np.array([middle])
    nearest = np.argsort(shapely.distance(inside, middle), kind="stable")[:TRIES]
    return shapely.get_coordinates(inside[nearest])


def _mostly_inside(
    text: str, points: NDArray[np.float64], parts: NDArray[np.object_], metres_per_mm: float
) -> NDArray[np.float64]:
    """Return the points where a name would lie mostly in its own unit, those with most of it inside first."""
    width, height = (side * metres_per_mm / 2 for side in text_size_mm(text, NAME_PT))
    x, y = points.T
    boxes = shapely.box(x - width, y - height, x + width, y + height)
    box, part = shapely.STRtree(parts).query(boxes, predicate="intersects")
    inside = np.bincount(box, shapely.area(shapely.intersection(boxes[box], parts[part])), minlength=len(boxes))
    share = inside / (4 * width * height)
    order = np.argsort(-np.round(share, 1), kind="stable")
    return points[order][share[order] >= MOSTLY_INSIDE]
