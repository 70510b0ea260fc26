"""Plant into a clean layer the faults that agencies' layers really have.

In: the shapes of one layer, in metres. Out: the same shapes with faults, and a list of what was planted where. Used by
`gridgeo.sample.layers`. No two faults of a layer touch, so that each can be found on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon

__all__ = ["KINDS", "Sheet", "plant"]

PER_KIND = 2
"""Faults of each kind in one layer."""

OVERLAP_M, GAP_M = 14.0, 9.0
CONTAINED_SCALE = 0.35
INLET_WIDTH_M, INLET_LENGTH_M = 1.6, 60.0
UNMATCHED_M = 0.4
"""How far an unmatched vertex lies from its neighbour's edge."""

SHORTEST_BORDER_M = 120.0
"""Faults between two grids are planted only where they share this much border."""

Planted = tuple[str, Any]
"""Source id and place of a planted fault."""


@dataclass(slots=True)
class Sheet:
    """A layer being spoilt."""

    key: str
    prefix: str
    ids: list[str]
    shapes: list[Any]
    gone: list[int] = field(default_factory=list)
    """Rows to leave out."""
    faults: list[dict[str, Any]] = field(default_factory=list)

    def neighbour(self, row: int) -> int | None:
        """Return the grid that shares the longest border, if it is long enough."""
        shape = self.shapes[row]
        others = shapely.STRtree(self.shapes).query(shape, "intersects")
        lengths = {int(n): shapely.length(shapely.intersection(shape, self.shapes[n])) for n in others if n != row}
        best = max(lengths, key=lambda n: lengths[n], default=None)
        return best if best is not None and lengths[best] >= SHORTEST_BORDER_M else None

    def add(self, shape: Any) -> str:
        """Append a grid and return its new id."""
        self.ids.append(f"{self.prefix}9{len(self.ids):04d}")
        self.shapes.append(shape)
        return self.ids[-1]


def plant(rng: np.random.Generator, sheet: Sheet, kinds: tuple[str, ...]) -> None:
    """Plant faults into a layer.

    Parameters
    ----------
    rng : numpy.random.Generator
    sheet : Sheet
        Changed in place; ``faults`` receives ``kind, agency, source_id, geometry`` of each fault.
    kinds : tuple of str
        Which of `KINDS`.
    """
    rows = iter(rng.permutation(len(sheet.shapes)))
    taken: list[Any] = []
    for kind in [kind for kind in kinds for _ in range(PER_KIND)]:
        for row in rows:
            shape = sheet.shapes[row]
            if shape.geom_type != "Polygon" or any(shapely.intersects(shape, place) for place in taken):
                continue
            around = shapely.box(*shapely.bounds(shapely.buffer(shape, 2 * SHORTEST_BORDER_M)))
            planted = KINDS[kind](sheet, int(row))
            if planted is not None:
                taken.append(around)
                source_id, place = planted
                sheet.faults.append({"kind": kind, "agency": sheet.key, "source_id": source_id, "geometry": place})
                break
    for row in sorted(sheet.gone, reverse=True):
        del sheet.ids[row], sheet.shapes[row]


def _replace(sheet: Sheet, row: int, shape: Any) -> bool:
    """Put a new shape in place of the old one if it is one valid polygon."""
    if shape.geom_type != "Polygon" or not shape.is_valid:
        return False
    sheet.shapes[row] = shape
    return True


def _overlap(sheet: Sheet, row: int) -> Planted | None:
    """Let a grid reach some metres into its neighbour."""
    other = sheet.neighbour(row)
    if other is None:
        return None
    shape = sheet.shapes[row]
    strip = shapely.intersection(shapely.buffer(shape, OVERLAP_M, cap_style="flat"), sheet.shapes[other])
    return (sheet.ids[row], strip) if _replace(sheet, row, shapely.union(shape, strip)) else None


def _gap(sheet: Sheet, row: int) -> Planted | None:
    """Draw a grid back from its neighbour."""
    other = sheet.neighbour(row)
    if other is None:
        return None
    shape = sheet.shapes[row]
    near = shapely.buffer(sheet.shapes[other], GAP_M)
    strip = shapely.intersection(near, shape)
    return (sheet.ids[row], strip) if _replace(sheet, row, shapely.difference(shape, near)) else None


def _duplicate(sheet: Sheet, row: int) -> Planted:
    """Store a grid twice under two ids."""
    return sheet.add(sheet.shapes[row]), sheet.shapes[row]


def _contained(sheet: Sheet, row: int) -> Planted | None:
    """Draw a small grid inside another one."""
    shape = sheet.shapes[row]
    centre = shapely.point_on_surface(shape)
    middle = shape.centroid
    small = affinity.scale(shape, CONTAINED_SCALE, CONTAINED_SCALE, origin=middle)
    small = affinity.translate(small, centre.x - middle.x, centre.y - middle.y)
    return (sheet.add(small), small) if shapely.contains_properly(shape, small) else None


def _bowtie(sheet: Sheet, row: int) -> Planted | None:
    """Exchange two vertices so that the ring crosses itself."""
    points = shapely.get_coordinates(sheet.shapes[row])[:-1]
    for i in range(1, len(points) - 2):
        swapped = points.copy()
        swapped[[i, i + 1]] = swapped[[i + 1, i]]
        crossed = Polygon(swapped)
        if not crossed.is_valid and "Self-intersection" in shapely.is_valid_reason(crossed):
            sheet.shapes[row] = crossed
            return sheet.ids[row], shapely.Point(points[i])
    return None


def _multipart(sheet: Sheet, row: int) -> Planted | None:
    """Let a grid own the far end of its neighbour."""
    other = sheet.neighbour(row)
    if other is None:
        return None
    shape, whole = sheet.shapes[row], sheet.shapes[other]
    near = shapely.buffer(shape, SHORTEST_BORDER_M)
    away, rest = shapely.difference(whole, near), shapely.intersection(whole, near)
    if away.geom_type != "Polygon" or away.is_empty or shapely.area(away) < 2000 or rest.geom_type != "Polygon":
        return None
    sheet.shapes[other] = rest
    sheet.shapes[row] = shapely.MultiPolygon([shape, away])
    return sheet.ids[row], away


def _missing(sheet: Sheet, row: int) -> Planted:
    """Leave a grid out; what remains is an empty place."""
    sheet.gone.append(row)
    return sheet.ids[row], sheet.shapes[row]


def _inlet(sheet: Sheet, row: int) -> Planted | None:
    """Cut a narrow wedge from the border into a grid."""
    shape = sheet.shapes[row]
    points = shapely.get_coordinates(shape.exterior)
    start, end = points[0], points[1]
    along = (end - start) / np.hypot(*(end - start))
    middle, inward = (start + end) / 2, np.array([along[1], -along[0]])
    if not shape.contains(shapely.Point(middle + inward)):
        inward = -inward
    mouth = middle - inward  # opens outside, so that no film is left across it
    sides = along * INLET_WIDTH_M / 2
    wedge = Polygon([mouth - sides, mouth + sides, middle + INLET_LENGTH_M * inward])
    return (sheet.ids[row], wedge) if _replace(sheet, row, shapely.difference(shape, wedge)) else None


def _unmatched_vertex(sheet: Sheet, row: int) -> Planted | None:
    """Give one side of a shared edge a vertex that the other side does not have."""
    other = sheet.neighbour(row)
    if other is None:
        return None
    points = shapely.get_coordinates(sheet.shapes[row])
    shared = {tuple(point) for point in shapely.get_coordinates(sheet.shapes[other])}
    for i, (start, end) in enumerate(pairwise(points)):
        if tuple(start) in shared and tuple(end) in shared:
            along = (end - start) / np.hypot(*(end - start))
            extra = (start + end) / 2 + UNMATCHED_M * np.array([along[1], -along[0]])
            changed = Polygon(np.insert(points, i + 1, extra, axis=0))
            return (sheet.ids[row], shapely.Point(extra)) if _replace(sheet, row, changed) else None
    return None


def _duplicate_id(sheet: Sheet, row: int) -> Planted | None:
    """Give a grid the id of its neighbour."""
    other = sheet.neighbour(row)
    if other is None:
        return None
    sheet.ids[row] = sheet.ids[other]
    return sheet.ids[row], sheet.shapes[row]


def _null_geometry(sheet: Sheet, row: int) -> Planted:
    """Add a row that has an id and nothing drawn."""
    return sheet.add(None), shapely.point_on_surface(sheet.shapes[row])


KINDS: dict[str, Callable[[Sheet, int], Planted | None]] = {
    "overlap": _overlap,
    "gap": _gap,
    "duplicate": _duplicate,
    "contained": _contained,
    "bowtie": _bowtie,
    "multipart": _multipart,
    "missing": _missing,
    "inlet": _inlet,
    "unmatched_vertex": _unmatched_vertex,
    "duplicate_id": _duplicate_id,
    "null_geometry": _null_geometry,
}
"""Every kind of fault and the function that plants it."""
