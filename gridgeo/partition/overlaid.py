"""Edited polygons over the ones they come from: which ground went where, and where the two do not fit together.

In: polygons before and after an edit by hand. Out: an `Overlay`, whose faces each have one polygon before and one
afterwards; strips narrower than a tolerance that nobody or two had are closed, wider ones are faults with their place.
Before: `gridgeo.partition.put_back`; next: `gridgeo.draft.compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.partition.arrange import Linework
from gridgeo.partition.patch import Patch, open_patch

__all__ = ["SAME_M", "Cells", "Misfit", "Overlay", "is_narrow", "laid_over"]

Ints = NDArray[np.int64]

SAME_M = 0.001
"""Two borders that differ by less are the same: vertices are put on a lattice of a millimetre."""
_GAP, _OVERLAP, _OUTSIDE, _MOVED = 0, 1, 2, 3
_KINDS = {_GAP: "gap", _OVERLAP: "overlap", _OUTSIDE: "outside", _MOVED: "moved"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """Ground on which before and after do not fit together."""

    kind: str
    """gap (nobody has it), overlap (several have it), outside (none had it before), moved (a border moved)."""
    shape: Any
    width_m: float
    """Of its widest place."""
    before: tuple[int, ...]
    """Rows of the polygons that had it."""
    after: tuple[int, ...]
    """Rows of the edited polygons that have it or, of a gap, that lie around it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Connected pieces of ground with one polygon before and one afterwards."""

    of_face: Ints
    """(f,) the cell of each face, -1 = none."""
    shapes: NDArray[np.object_]
    before: Ints
    after: Ints
    points: NDArray[np.float64]
    """(c, 2) a place inside each."""

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(slots=True)
class Overlay:
    """Faces of polygons before and after an edit."""

    patch: Patch
    label: Ints
    """(f,) row of the edited polygon that has the face, -1 = none."""
    closed: list[Misfit] = field(default_factory=list)
    faults: list[Misfit] = field(default_factory=list)

    def cells(self) -> Cells:
        """Return the pieces of ground."""
        owner, wide = self.patch.owner, int(self.label.max()) + 2
        pair = np.where((owner >= 0) & (self.label >= 0), owner * wide + self.label, -1)
        part = self.patch.parts(np.zeros(len(self.patch.plane.ends), bool), pair)
        number, shapes = self.patch.outlines(part)
        face = np.array([int(np.flatnonzero(part == one)[0]) for one in number.tolist()], np.int64)
        points = shapely.get_coordinates(shapely.point_on_surface(shapes))
        return Cells(part, shapes, owner[face], self.label[face], points)

    def shapes(self) -> dict[int, Any]:
        """Return what became of each edited polygon."""
        number, shapes = self.patch.outlines(np.where(self.patch.owner >= 0, self.label, -1))
        return dict(zip(number.tolist(), shapes, strict=True))

    def around(self, cells: Cells, chosen: NDArray[np.bool_]) -> Any:
        """Return the outline of some cells (c,) together."""
        label = np.where(np.append(chosen, False)[cells.of_face], 0, -1)
        return self.patch.outlines(label)[1][0]

    def border(self, cells: Cells, side: Ints) -> Any:
        """Return the lines between cells of different sides; cells of side -1 have no border."""
        of_face = np.append(side, -1)[cells.of_face]
        left, right = of_face[self.patch.plane.left], of_face[self.patch.plane.right]
        between = (left != right) & (left >= 0) & (right >= 0)
        if not between.any():
            return shapely.MultiLineString()
        return shapely.line_merge(
            shapely.multilinestrings(shapely.linestrings(self.patch.coordinates[self.patch.plane.ends[between]]))
        )


def is_narrow(shape: Any, width_m: float) -> bool:
    """Tell whether an area is nowhere as wide as this."""
    return bool(shapely.is_empty(shapely.buffer(shape, -width_m / 2)))


def _width_m(shape: Any) -> float:
    """Return the width in metres of an area's widest place, to a hundredth of it."""
    low, high = 0.0, 2 * float(np.sqrt(shape.area / np.pi)) * 1.01
    while high - low > max(0.01 * high, 1e-5):
        middle = (low + high) / 2
        low, high = (low, middle) if is_narrow(shape, middle) else (middle, high)
    return high


def laid_over(
    before: Sequence[shapely.Polygon], after: Sequence[shapely.Polygon], heir: Sequence[int], tolerance_m: float
) -> Overlay:
    """Lay edited polygons over the ones they come from.

    Parameters
    ----------
    before : sequence of Polygon
        A part of one coverage, in a metric CRS.
    after : sequence of Polygon
        Valid; same CRS.
    heir : sequence of int, as many as `before`
        Row of the edited polygon that goes on with it, -1 = none: what a border moved by less than the tolerance goes
        back to.
    tolerance_m : float
        Misfits that are nowhere as wide are closed: ground goes to the polygon that has the longest border with it
        among those that have the rest of the same ground.

    Returns
    -------
    Overlay

    Raises
    ------
    TopologyError
        If the polygons before overlap.
    """
    shapes = np.array([*after, None], object)[:-1]
    patch = open_patch(before, Linework(shapes, np.arange(len(shapes))))
    faces = len(patch.owner)
    covers: dict[int, list[int]] = {}
    for face, feature in zip(*(row.tolist() for row in patch.plane.covering(1)), strict=True):
        covers.setdefault(face, []).append(feature)
    label = np.full(faces, -1, np.int64)
    fault = np.full(faces, -1, np.int64)
    for face in range(faces):
        own = covers.get(face, [])
        if patch.owner[face] < 0:
            fault[face] = _OUTSIDE if own else -1
        elif len(own) == 1:
            label[face] = own[0]
        else:
            fault[face] = _OVERLAP if own else _GAP
    overlay = Overlay(patch, label)
    _close(overlay, fault, covers, tolerance_m)
    moved_to = np.asarray(heir, np.int64)
    pair = patch.owner * (len(shapes) + 1) + label
    moved = (patch.owner >= 0) & (label >= 0) & (moved_to[patch.owner] != label)
    _close(overlay, np.where(moved, _MOVED + pair, -1), covers, tolerance_m)
    return overlay


def _close(overlay: Overlay, fault: Ints, covers: dict[int, list[int]], tolerance_m: float) -> None:
    """Close narrow misfits, and note wide ones."""
    patch = overlay.patch
    part = patch.parts(np.zeros(len(patch.plane.ends), bool), fault)
    if not (fault >= 0).any():
        return
    numbers, shapes = patch.outlines(np.where(fault >= 0, part, -1))
    waiting = []
    for number, shape in zip(numbers.tolist(), shapes, strict=True):
        own = part == number
        kind = min(int(fault[np.flatnonzero(own)[0]]), _MOVED)
        if is_narrow(shape, tolerance_m):
            waiting.append((own, kind, shape))
        elif kind != _MOVED:
            overlay.faults.append(_misfit(overlay, own, kind, shape, covers))
    while waiting:  # a strip may lie between two others
        left = [one for one in waiting if not _given(overlay, *one, covers)]
        if len(left) == len(waiting):
            overlay.faults += [_misfit(overlay, *one, covers) for one in left if one[1] != _MOVED]
            return
        waiting = left


def _given(overlay: Overlay, own: NDArray[np.bool_], kind: int, shape: Any, covers: dict[int, list[int]]) -> bool:
    """Give the ground of a narrow misfit to somebody, if anybody borders on it."""
    told = _misfit(overlay, own, kind, shape, covers)
    if kind == _OUTSIDE:
        overlay.closed.append(told)
        return True
    for face in np.flatnonzero(own).tolist():  # each where it was before
        taker = _taker(overlay, own, face, kind, covers)
        if taker < 0:
            return False
        overlay.label[face] = taker
    if told.width_m >= SAME_M:
        overlay.closed.append(told)
    return True


def _taker(overlay: Overlay, own: NDArray[np.bool_], face: int, kind: int, covers: dict[int, list[int]]) -> int:
    """Return who gets a face: the longest border with those that have the same ground, else with anybody."""
    patch, plane = overlay.patch, overlay.patch.plane
    group = own & (patch.owner == patch.owner[face])
    left, right = plane.left, plane.right
    outward = [(group[left] & ~own[right], right), (group[right] & ~own[left], left)]
    score: dict[int, tuple[bool, float]] = {}
    for use, beyond in outward:
        for edge in np.flatnonzero(use).tolist():
            other = int(beyond[edge])
            taker = int(overlay.label[other])
            if taker < 0 or (kind == _OVERLAP and taker not in covers.get(face, [])):
                continue
            same = bool(patch.owner[other] == patch.owner[face])
            if kind == _MOVED and not same:
                continue
            before = score.get(taker, (False, 0.0))
            length = float(plane.edge_length_m[edge])
            if same and not before[0]:
                score[taker] = (True, length)
            elif same == before[0]:
                score[taker] = (same, before[1] + length)
    if score:
        return max(sorted(score), key=score.__getitem__)
    return min(covers[face]) if kind == _OVERLAP else int(overlay.label[face]) if kind == _MOVED else -1


def _misfit(overlay: Overlay, own: NDArray[np.bool_], kind: int, shape: Any, covers: dict[int, list[int]]) -> Misfit:
    """Describe a misfit."""
    patch = overlay.patch
    after = {feature for face in np.flatnonzero(own).tolist() for feature in covers.get(face, [])}
    if kind == _GAP:
        left, right = patch.plane.left, patch.plane.right
        beyond = np.concatenate([right[own[left] & ~own[right]], left[own[right] & ~own[left]]])
        after = {feature for face in beyond.tolist() for feature in covers.get(face, [])}
        if (patch.owner[beyond] < 0).any():
            after.add(-1)  # it lies at the rim
    owners = np.unique(patch.owner[own & (patch.owner >= 0)])
    return Misfit(_KINDS[kind], shape, _width_m(shape), tuple(owners.tolist()), tuple(sorted(after)))
