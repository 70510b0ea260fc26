"""What a new line leaves over: slivers, pieces cut off, and the neighbours that could take them.

In: a patch and a grid for each of its faces. Out: the labels after the leftovers found a place, or a `Refusal` that
offers it. Part of `gridgeo.partition.redraw`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import Refusal
from gridgeo.partition.patch import Patch, open_patch

__all__ = [
    "MIN_BORDER_M", "SLIVER_M", "Homes", "extent_of", "fallen_apart", "inside_of", "reached", "require_neighbours",
    "sizes", "spread", "torn", "width_m", "without_slivers",
]  # fmt: skip

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SLIVER_M = 1.0
"""Narrower than this nothing is left over or handed over: chosen, half the shortest border that counts (`[rules]
min_border_m`). Width is measured as 2 x area / perimeter, which is exact for long strips."""
MIN_BORDER_M = 2.0
"""Grids that share less border than this are no neighbours, as in `[rules] min_border_m` of the city file."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Where the households are: they decide which part of a grid goes on bearing its code."""

    points: Floats
    """(n, 2) in metres."""
    count: Ints

    @staticmethod
    def none() -> Homes:
        """Return no households at all: areas decide then."""
        return Homes(np.empty((0, 2)), np.empty(0, np.int64))


def inside_of(geometry: Any) -> tuple[float, float] | None:
    """Return a point in a geometry."""
    if geometry is None or geometry.is_empty:
        return None
    x, y = shapely.get_coordinates(shapely.point_on_surface(geometry))[0]
    return float(x), float(y)


# ------------------------------------------------------------------- neighbours ----


def _contact_m(patch: Patch, label: Ints, edges: Flags | None = None) -> dict[tuple[int, int], float]:
    """Return the length in metres that each pair of labels shares, the smaller first."""
    left, right = label[patch.plane.left], label[patch.plane.right]
    use = (left >= 0) & (right >= 0) & (left != right)
    if edges is not None:
        use &= edges
    pair = np.sort(np.column_stack([left[use], right[use]]), axis=1)
    pairs, row = np.unique(pair, axis=0, return_inverse=True)
    length_m = np.bincount(row.ravel(), patch.plane.edge_length_m[use], len(pairs))
    return {(int(a), int(b)): float(length) for (a, b), length in zip(pairs, length_m, strict=True)}


def reached(patch: Patch, count: int) -> set[int]:
    """Return the grids that hang together with the first one by borders of `MIN_BORDER_M`."""
    touching = [pair for pair, length_m in _contact_m(patch, patch.owner).items() if length_m >= MIN_BORDER_M]
    found, more = {0}, True
    while more and len(found) < count:
        gained = {b for a, b in touching if a in found} | {a for a, b in touching if b in found}
        more = not gained <= found
        found |= gained
    return found


def require_neighbours(shapes: Sequence[shapely.Polygon]) -> None:
    """Refuse grids of which some do not touch the first."""
    patch = open_patch(shapes)
    contact_m = _contact_m(patch, patch.owner)
    for k in range(1, len(shapes)):
        shared_m = contact_m.get((0, k), 0.0)
        if shared_m < MIN_BORDER_M:
            raise Refusal(
                "not_neighbours",
                f"两个网格不相邻：公共边 {shared_m:.1f} 米，不足 {MIN_BORDER_M:g} 米",
                inside_of(shapes[k]),
            )


# -------------------------------------------------------------------- leftovers ----


def width_m(area_m2: Any, perimeter_m: Any) -> Any:
    """Return the width of a strip."""
    return 2 * area_m2 / np.maximum(perimeter_m, 1e-9)


def extent_of(patch: Patch, label: Ints, part: int) -> tuple[float, float]:
    """Return area in square metres and perimeter in metres of a label."""
    plane, own = patch.plane, label == part
    rim = own[plane.left] != own[plane.right]
    return float(plane.face_area_m2[own].sum()), float(plane.edge_length_m[rim].sum())


def sizes(patch: Patch, label: Ints, homes: Homes) -> dict[int, tuple[int, float]]:
    """Return households and area of every label."""
    count = patch.weigh(homes.points, homes.count)
    return {
        int(part): (int(count[label == part].sum()), float(patch.plane.face_area_m2[label == part].sum()))
        for part in np.unique(label[label >= 0])
    }


def without_slivers(patch: Patch, label: Ints, absorb: bool) -> tuple[Ints, float]:
    """Give every sliver to the part with the longest border to it, or refuse."""
    label, absorbed_m2 = label.copy(), 0.0
    while True:
        extent = {int(part): extent_of(patch, label, part) for part in np.unique(label[label >= 0])}
        thin = sorted((part for part, size in extent.items() if width_m(*size) < SLIVER_M), key=lambda p: extent[p][0])
        if not thin or len(extent) == 1:
            return label, absorbed_m2
        if not absorb:
            face = int(np.flatnonzero(label == thin[0])[0])
            area_m2, rim_m = extent[thin[0]]
            text = (
                f"会留下狭长碎片：面积 {area_m2:.1f} 平方米，平均宽 {width_m(area_m2, rim_m):.2f} 米"
                f"（共 {len(thin)} 处，下限 {SLIVER_M:g} 米）；请改线，或同意把碎片并入公共边最长的一方"
            )
            raise Refusal("sliver", text, patch.place(face), absorb=True)
        absorbed_m2 += extent[thin[0]][0]
        label[label == thin[0]] = _longest(patch, label, thin[0])


def _longest(patch: Patch, label: Ints, part: int) -> int:
    """Return the label with the longest border to a part, the smaller of equals; -1 if it has none."""
    best = (0.0, -1)
    for pair, length_m in sorted(_contact_m(patch, label).items()):
        if part in pair:
            other = pair[0] + pair[1] - part
            if length_m > best[0]:
                best = (length_m, other)
    return best[1]


def fallen_apart(patch: Patch, label: Ints, grids: Iterable[int], homes: Homes) -> tuple[Ints, list[int]]:
    """Return the connected part of every face, and the parts of some grids that are not their main one.

    The main part has the most households, then the largest area.
    """
    part = patch.parts(np.zeros(len(patch.plane.ends), bool), label)
    size = sizes(patch, part, homes)
    lost: list[int] = []
    for grid in grids:
        own = [int(one) for one in np.unique(part[label == grid])]
        main = max(own, key=lambda one: (*size[one], -one), default=None)
        lost += [one for one in own if one != main]
    return part, lost


def torn(patch: Patch, part: Ints, lost: list[int], homes: Homes, remedy: str) -> Refusal:
    """Say that grids fall apart, and offer to move the pieces as well."""
    size = sizes(patch, part, homes)
    worst = max(lost, key=lambda one: size[one][1])
    households, area_m2 = size[worst]
    text = (
        f"网格会断成互不相连的几块：其中一块 {area_m2:.0f} 平方米、{households} 户（共 {len(lost)} 块）；"
        f"请改画，或同意把这些小块一并{remedy}"
    )
    return Refusal("not_contiguous", text, patch.place(int(np.flatnonzero(part == worst)[0])), absorb=True)


def spread(patch: Patch, label: Ints, takers: Ints, barred: int = -1) -> tuple[Ints, list[int]]:
    """Give parts with other labels to the taker with the longest border, those with the longest first.

    Returns
    -------
    The labels, and a face of every part that borders on no taker; the label `barred` stays as it is.
    """
    label = label.copy()
    while True:
        orphans = np.setdiff1d(np.unique(label[label >= 0]), np.append(takers, barred))
        best: tuple[float, int, int] | None = None
        for (a, b), length_m in sorted(_contact_m(patch, label).items()):
            for orphan, taker in ((a, b), (b, a)):
                if orphan in orphans and taker in takers and (best is None or length_m > best[0]):
                    best = (length_m, orphan, taker)
        if best is None:
            return label, [int(np.flatnonzero(label == orphan)[0]) for orphan in orphans]
        label[label == best[1]] = best[2]
