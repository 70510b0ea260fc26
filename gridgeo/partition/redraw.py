"""Boundaries redrawn as boundaries: split, merge, reshape, transfer, carve, dissolve.

In: the polygons of the grids that an operation is about, new lines or areas, and the households in them. Out: what
each of these grids is afterwards, and the vertices that neighbours must take over (`Redrawn`), or a `Refusal` with the
place, the reason and what could be done instead. Before: `gridgeo.partition.patch`; next: `gridgeo.draft.perform`.

All operations relabel the faces of one small arrangement, so what one grid loses another gains, vertex by vertex, and
no result can gap or overlap. Nothing here knows codes, stores or rules of size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import Refusal
from gridgeo.partition.arrange import Linework
from gridgeo.partition.leftovers import (
    MIN_BORDER_M,
    SLIVER_M,
    Homes,
    extent_of,
    fallen_apart,
    inside_of,
    reached,
    require_neighbours,
    sizes,
    spread,
    torn,
    width_m,
    without_slivers,
)
from gridgeo.partition.new_border import best_reading
from gridgeo.partition.patch import Chains, Patch, open_patch
from gridgeo.partition.snapped import drawn_lines, snapped_area, snapped_lines

__all__ = [
    "Redrawn",
    "carve",
    "dissolve",
    "merge",
    "require_valid",
    "reshape",
    "split",
    "transfer",
    "unchanged",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_TAIL_M2 = 4.0
"""A thin tail smaller than this is a corner, not a strip."""


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What an operation made of its grids."""

    shapes: tuple[shapely.Polygon | None, ...]
    """One per grid handed in, None where nothing is left of it; then the new grids."""
    flow_m2: Floats
    """(grids handed in, grids afterwards) area in square metres that went from each to each."""
    chains: Chains
    """Vertices that neighbours and communities must take over."""
    absorbed_m2: float = 0.0
    """Area of small leftovers that went elsewhere than drawn."""


# -------------------------------------------------------------------- operations ----


def split(
    shape: shapely.Polygon, line: Any, homes: Homes, *, absorb: bool = False, exact: bool = False
) -> Redrawn:  # fmt: skip
    """Divide a grid along lines, into two or more.

    Parameters
    ----------
    shape : Polygon
    line : LineString or MultiLineString
        Same metric CRS. Ends may overshoot, or stop up to `gridgeo.partition.snapped.REACH_M` short of the border.
    homes : Homes
        Of this grid.
    absorb : bool, keyword-only
        Leftovers narrower than `SLIVER_M` go to the part with the longest border to them, instead of a refusal.
    exact : bool, keyword-only
        The line is on the vertices that it means; it is led through no others.

    Returns
    -------
    Redrawn
        First the part that goes on (most households, then largest area), then the others, largest first.

    Raises
    ------
    Refusal
        If the line divides nothing or crosses itself, or a part is a sliver.
    """
    patch = _opened([shape], line, exact=exact)
    label = np.where(patch.owner >= 0, np.arange(len(patch.owner)), -1)
    if len(np.unique(label[label >= 0])) < 2:
        raise _missed(shape, line)
    label, absorbed_m2 = without_slivers(patch, label, absorb)
    parts = np.unique(label[label >= 0])
    if len(parts) < 2:
        raise _missed(shape, line)
    size = sizes(patch, label, homes)
    order = sorted(parts.tolist(), key=lambda part: (-size[part][0], -size[part][1], part))
    return _finished(patch, _renumbered(label, order), len(order), absorbed_m2)


def merge(shapes: Sequence[shapely.Polygon]) -> Redrawn:
    """Join grids into the first of them.

    Raises
    ------
    Refusal
        If they do not hang together by borders of `MIN_BORDER_M`.
    """
    patch = open_patch(shapes)
    near = reached(patch, len(shapes))
    if len(near) < len(shapes):
        lost = next(k for k in range(len(shapes)) if k not in near)
        raise Refusal(
            "not_neighbours",
            f"所选网格互不相连：公共边不足 {MIN_BORDER_M:g} 米；请把其间的网格一并选上",
            inside_of(shapes[lost]),
        )
    return _finished(patch, np.where(patch.owner >= 0, 0, -1), len(shapes))


def reshape(
    first: shapely.Polygon, second: shapely.Polygon, line: Any, homes: Homes, *, absorb: bool = False
) -> Redrawn:
    """Give two neighbours a new line as their common border.

    Parameters
    ----------
    first, second : Polygon
        Neighbours.
    line : LineString
        Begins and ends on their common border or at the border of both together (ends may overshoot); between its
        ends it replaces the old border. Of several readings the one that moves the fewest households counts.
    homes : Homes
        Of both grids.
    absorb : bool, keyword-only
        See `split`.

    Raises
    ------
    Refusal
        If the grids are no neighbours, the line does not divide them, leaves them and comes back, or leaves slivers.
    """
    require_neighbours([first, second])
    patch = _opened([first, second], line, stay=True)
    found = best_reading(patch, homes, absorb=absorb)
    if found is None:
        raise _undivided(patch, [first, second], line, absorb)
    return _finished(patch, found[0], 2, found[1])


def transfer(
    source: shapely.Polygon,
    target: shapely.Polygon,
    area: Any,
    homes: Homes,
    *,
    absorb: bool = False,
    exact: bool = False,
) -> Redrawn:
    """Hand what an area covers of one grid to its neighbour.

    Parameters
    ----------
    source, target : Polygon
        Neighbours.
    area : Polygon or MultiPolygon
        What lies outside the source has no effect.
    homes : Homes
        Of the source.
    absorb : bool, keyword-only
        What the source would lose its connection to goes to the target as well, instead of a refusal.
    exact : bool, keyword-only
        See `split`.

    Raises
    ------
    Refusal
        If the area misses the source or takes all of it, the two are no neighbours afterwards, or the source falls
        apart.
    """
    patch = _opened_with_area([source, target], area, exact=exact)
    moved = (patch.owner == 0) & patch.covered(1)
    if not moved.any():
        raise Refusal("missed", "所画范围与该网格没有重叠；请画在该网格之内", inside_of(area))
    label = np.where(moved, 1, patch.owner)
    if not (label == 0).any():
        raise Refusal("nothing_left", "所画范围覆盖了整个网格；要整体并入邻格，请用合并", inside_of(source))
    part, lost = fallen_apart(patch, label, (0,), homes)
    wider = np.where(np.isin(part, lost), 1, label)
    apart, unjoined = fallen_apart(patch, wider, (1,), Homes.none())
    if unjoined:
        at = patch.place(int(np.flatnonzero(apart == unjoined[0])[0]))
        raise Refusal("not_neighbours", "划出的部分与接收网格不相连；请画到两个网格的公共边", at)
    if lost and not absorb:
        raise torn(patch, part, lost, homes, "划给同一邻格")
    return _finished(patch, wider, 2, float(patch.plane.face_area_m2[np.isin(part, lost)].sum()))


def carve(
    shapes: Sequence[shapely.Polygon], area: Any, homes: Homes, *, absorb: bool = False, exact: bool = False
) -> Redrawn:
    """Cut a new grid out of everything beneath an outline.

    Parameters
    ----------
    shapes : sequence of Polygon
        The grids beneath it; of a grid that it covers wholly nothing is left.
    area : Polygon or MultiPolygon
    homes : Homes
        Of all these grids.
    absorb : bool, keyword-only
        Parts cut off by the outline go to the neighbour with the longest border, instead of a refusal.
    exact : bool, keyword-only
        See `split`.

    Returns
    -------
    Redrawn
        The grids in order, then the new one.

    Raises
    ------
    Refusal
        If the outline covers nothing, what it covers does not hang together, or a grid falls apart.
    """
    patch = _opened_with_area(shapes, area, exact=exact)
    covered = patch.covered(1)
    if not covered.any():
        raise Refusal("missed", "所画范围没有覆盖任何网格；请检查位置与坐标系", inside_of(area))
    count = len(shapes)
    label = np.where(covered, count, patch.owner)
    part, loose = fallen_apart(patch, label, (count,), Homes.none())
    if loose:
        at = patch.place(int(np.flatnonzero(part == loose[0])[0]))
        raise Refusal("not_contiguous", "所画范围不连成一片；每个专属网格须是一整块，请分开画", at)
    part, lost = fallen_apart(patch, label, range(count), homes)
    if not lost:
        return _finished(patch, label, count + 1)
    if not absorb:
        raise torn(patch, part, lost, homes, "划入公共边最长的邻格")
    wider, alone = spread(patch, np.where(np.isin(part, lost), count + 1 + part, label), np.arange(count), count)
    if alone:
        raise Refusal("not_contiguous", "切下的小块四周没有可并入的普通网格；请改画", patch.place(alone[0]))
    return _finished(patch, wider, count + 1, float(patch.plane.face_area_m2[np.isin(part, lost)].sum()))


def dissolve(shape: shapely.Polygon, into: Sequence[shapely.Polygon], areas: Sequence[Any]) -> Redrawn:
    """Give a grid back to its neighbours.

    Parameters
    ----------
    shape : Polygon
        The grid that goes.
    into : sequence of Polygon
        Neighbours that take it over.
    areas : sequence of Polygon or None, the same length
        The part that each of them gets: what it was before, say. What no area covers goes to the neighbour with the
        longest border to it.

    Returns
    -------
    Redrawn
        None, then the neighbours in order.

    Raises
    ------
    Refusal
        If it touches none of them.
    """
    everything = [shape, *into]
    require_neighbours(everything)
    told = [(k + 1, snapped_area(area, everything)) for k, area in enumerate(areas) if area is not None]
    layers = [Linework(np.array([area], object), np.zeros(1, np.int64)) for _, area in told]
    patch = open_patch(everything, *layers)
    label = patch.owner.copy()
    own = label == 0
    label[own] = len(everything) + np.arange(int(own.sum()))
    for layer, (taker, _) in enumerate(told):
        label[own & patch.covered(layer + 1)] = taker
    label, _ = spread(patch, label, np.arange(1, len(everything)))
    part, lost = fallen_apart(patch, label, range(1, len(everything)), Homes.none())
    label, _ = spread(
        patch, np.where(np.isin(part, lost), len(everything) + part, label), np.arange(1, len(everything))
    )
    return _finished(patch, label, len(everything))


def unchanged(shapes: Sequence[shapely.Polygon]) -> Redrawn:
    """Return grids as they are."""
    none = np.empty(0, complex)
    return Redrawn(tuple(shapes), np.diag([float(shape.area) for shape in shapes]), Chains(none, none, ()))


# ------------------------------------------------------------- opening a patch ----


def _opened(shapes: Sequence[shapely.Polygon], line: Any, *, stay: bool = False, exact: bool = False) -> Patch:
    """Insert lines into grids; `stay`: between its ends a line must not leave them."""
    if line.is_empty or not np.isfinite(shapely.get_coordinates(line)).all():
        raise Refusal("missed", "新线没有有效坐标；请重新画线")
    if len(np.unique(shapely.get_coordinates(line), axis=0)) < 2:
        raise Refusal("missed", "新线只有一个点；请画一条线", inside_of(line))
    for part in shapely.get_parts(line):  # lines may cross each other, but none itself
        if not part.is_simple:
            raise Refusal("self_crossing", "新线与自身相交；请分成不自交的线", _crossing(part))
    lines = drawn_lines(line, shapes) if exact else snapped_lines(line, shapes)
    if not len(lines):
        raise _missed(shapes[0] if len(shapes) == 1 else shapely.union_all(list(shapes)), line)
    patch = open_patch(shapes, Linework(lines, np.arange(len(lines)), area=False))
    if stay:
        _require_stays(shapes, line)
    return patch


def _opened_with_area(shapes: Sequence[shapely.Polygon], area: Any, *, exact: bool = False) -> Patch:
    """Insert the outline of an area into grids."""
    require_valid(area)
    snapped = area if exact else snapped_area(area, shapes)
    if snapped.is_empty:
        raise Refusal("sliver", f"所画范围过窄（不足 {SLIVER_M:g} 米）；请重新画", inside_of(area))
    return open_patch(shapes, Linework(np.array([snapped], object), np.zeros(1, np.int64)))


def require_valid(area: Any) -> None:
    """Refuse an area without coordinates, or whose outline crosses itself."""
    if area.is_empty or not np.isfinite(shapely.get_coordinates(area)).all():
        raise Refusal("missed", "所画范围没有有效坐标；请重新画")
    if not area.is_valid:
        reason = shapely.is_valid_reason(area)
        at = [float(part) for part in reason[reason.find("[") + 1 : reason.find("]")].split()] if "[" in reason else []
        raise Refusal("self_crossing", "所画范围的边线自相交；请重新画", (at[0], at[1]) if len(at) == 2 else None)


def _crossing(line: Any) -> tuple[float, float]:
    """Return a place where a line crosses itself."""
    noded = shapely.get_coordinates(shapely.node(line))
    own = {tuple(point) for point in shapely.get_coordinates(line).tolist()}
    points, count = np.unique(noded, axis=0, return_counts=True)
    crossed = [tuple(point) for point, times in zip(points.tolist(), count, strict=True) if times > 1]
    x, y = next((point for point in crossed if point not in own), crossed[0] if crossed else noded[0])
    return float(x), float(y)


def _missed(shape: Any, line: Any) -> Refusal:
    """Say why a line divides nothing."""
    boundary = shapely.boundary(shape)
    if not shapely.intersects(shape, line):
        gap_m = float(shapely.distance(shape, line))
        at = shapely.get_coordinates(shapely.shortest_line(line, shape))[0]
        return Refusal(
            "missed", f"新线不在该网格内，最近处相距 {gap_m:.1f} 米；请画过该网格", (float(at[0]), float(at[1]))
        )
    within = shapely.intersection(shape, line)
    if shapely.length(within) <= shapely.length(shapely.intersection(boundary.buffer(0.1), line)) + 1e-6:
        return Refusal("on_border", "新线只沿网格边界走，没有穿过网格；请画过网格内部", inside_of(within))
    ends = [shapely.Point(shapely.get_coordinates(part)[k]) for part in shapely.get_parts(line) for k in (0, -1)]
    short = [(float(shapely.distance(boundary, end)), end) for end in ends if shapely.contains(shape, end)]
    if short:
        gap_m, end = max(short, key=lambda one: one[0])
        return Refusal("no_part", f"新线一端停在网格内，距边界 {gap_m:.1f} 米；请把线画到边界之外", (end.x, end.y))
    return Refusal("no_part", "新线没有把网格分成两部分；请画过网格内部，从边界到边界", inside_of(within))


def _require_stays(shapes: Sequence[shapely.Polygon], drawn: Any) -> None:
    """Refuse a line that leaves the grids and comes back: it runs through a third grid there."""
    whole = shapely.union_all(list(shapes))
    for line in shapely.get_parts(drawn):
        outside = shapely.get_parts(shapely.difference(line, whole))
        for part in outside[shapely.length(outside) > SLIVER_M]:
            ends = shapely.get_coordinates(part)[[0, -1]]
            if (np.hypot(*(ends[:, None] - shapely.get_coordinates(line)[[0, -1]]).T) > 1e-6).all():
                at = shapely.get_coordinates(shapely.line_interpolate_point(part, 0.5, normalized=True))[0]
                raise Refusal(
                    "third_grid",
                    "新线中途离开这两个网格，穿过第三个网格；请只画在这两个网格之内",
                    (float(at[0]), float(at[1])),
                )


def _undivided(patch: Patch, shapes: Sequence[shapely.Polygon], line: Any, absorb: bool) -> Refusal:
    """Say why no reading of a new border divides two grids."""
    whole = shapely.union_all(list(shapes))
    part = patch.parts(patch.drawn, np.where(patch.owner >= 0, 0, -1))
    extent = {int(p): extent_of(patch, part, p) for p in np.unique(part[part >= 0])}
    thin = [p for p, size in extent.items() if width_m(*size) < SLIVER_M]
    if thin and len(extent) > 2 and not absorb:
        at = patch.place(int(np.flatnonzero(part == thin[0])[0]))
        text = f"会留下 {len(thin)} 处不足 {SLIVER_M:g} 米宽的狭长碎片；请改线，或同意把碎片并入公共边最长的一方"
        return Refusal("sliver", text, at, absorb=True)
    if len(extent) > 2:
        return Refusal(
            "too_many_parts", f"新线把两个网格分成 {len(extent)} 块，无法成为一条界线；请分步调整", inside_of(line)
        )
    return _missed(whole, line)


# --------------------------------------------------------------------- finishing ----


def _renumbered(label: Ints, order: Sequence[int]) -> Ints:
    """Number labels by their place in an order."""
    number = np.full(int(label.max()) + 2, -1, np.int64)
    number[list(order)] = np.arange(len(order))
    return number[label]  # -1 reads the last one, which is -1


def _finished(patch: Patch, label: Ints, count: int, absorbed_m2: float = 0.0) -> Redrawn:
    """Return the outlines, after a last look at each."""
    numbers, found = patch.outlines(label)
    shapes: list[shapely.Polygon | None] = [None] * count
    for number, shape in zip(numbers.tolist(), found, strict=True):
        if shape.geom_type != "Polygon":
            small = min(shapely.get_parts(shape), key=shapely.area)
            raise Refusal("not_contiguous", "网格会断成只在一点相接的几块；请改画", inside_of(small))
        if width_m(shape.area, shape.length) < SLIVER_M:
            raise Refusal("sliver", f"网格会窄于 {SLIVER_M:g} 米；请改画", inside_of(shape))
        shapes[number] = shape
    _require_no_tails(patch, label, shapes)
    inside = patch.owner >= 0
    flow_m2 = np.zeros((int(patch.owner.max()) + 1, count))
    np.add.at(flow_m2, (patch.owner[inside], label[inside]), patch.plane.face_area_m2[inside])
    return Redrawn(tuple(shapes), flow_m2, patch.chains(), absorbed_m2)


def _require_no_tails(patch: Patch, label: Ints, shapes: Sequence[shapely.Polygon | None]) -> None:
    """Refuse strips narrower than `SLIVER_M` that a new border leaves on a grid."""
    plane = patch.plane
    new = (
        patch.inside & (label[plane.left] != label[plane.right]) & (patch.owner[plane.left] == patch.owner[plane.right])
    )
    if not new.any():
        return
    border = shapely.multilinestrings([shapely.LineString(patch.coordinates[ends]) for ends in plane.ends[new]])
    for shape in shapes:
        if shape is None or shapely.distance(shape, border) > 0:
            continue
        half = SLIVER_M / 2
        opened = shape.buffer(-half, join_style="mitre").buffer(half * 1.01, join_style="mitre")
        strips = shapely.get_parts(shapely.difference(shape, opened))
        strips = strips[(shapely.area(strips) > _TAIL_M2) & (shapely.distance(strips, border) < half)]
        if len(strips):
            worst = strips[np.argmax(shapely.area(strips))]
            text = (
                f"新界线旁会留下不足 {SLIVER_M:g} 米宽的窄条（{worst.area:.0f} 平方米）；请让新线贴合原边界，或离开它"
            )
            raise Refusal("sliver", text, inside_of(worst))
