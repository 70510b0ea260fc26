"""Locked grids: what planners want back as it was drawn.

In: the city's locks, the agencies' layers as read, the cleaned communities. Out: the outlines that stand in the
arrangement right after the communities, so that no other line moves or drops them, and a finding for every lock that
cannot be kept. Between `gridgeo.partition.authority` and `gridgeo.partition.stack`.

What is kept: the outline as read, in the city CRS, its coordinates rounded to ``precision_m``. Vertices are added only
where grids beside it, or a community, have a vertex on its edges. Only where the outline lies nearer to a community's
border than the layer's ``accuracy_m`` without being it, it is put onto that border, and said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer, Finding, Inputs
from gridgeo.partition.align import align_layer
from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.atoms import Atoms
from gridgeo.partition.plan import Limits
from gridgeo.partition.sliver import CRUMB_WIDTH_M

__all__ = [
    "Locked",
    "filled_to_the_border",
    "locked_outlines",
    "locked_regions",
    "locked_vertices",
    "locks_broken",
    "one_atom_each",
    "told_filling",
    "with_locks",
]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Locked:
    """A grid that is kept."""

    agency: str
    name: str
    """Of the agency."""
    source_id: str
    outline: shapely.Polygon
    community: int
    accuracy_m: float
    """Of the agency."""


class _RefusedError(Exception):
    """Why a lock cannot be kept, in Chinese."""


def locked_outlines(
    inputs: Inputs, communities: gpd.GeoDataFrame, segments: NDArray[np.object_]
) -> tuple[tuple[Locked, ...], list[Finding]]:
    """Return the grids that can be kept.

    Parameters
    ----------
    inputs : Inputs
    communities : GeoDataFrame
        The cleaned authority.
    segments : array of LineString
        From `gridgeo.partition.align.border_segments`.

    Returns
    -------
    locked : tuple of Locked
        In the order of agency and id; they overlap neither each other nor exclusive sites.
    findings : list of Finding
        Of kind lock_refused and lock_changed.
    """
    kept: list[Locked] = []
    found: list[Finding] = []
    agencies = {agency.key: agency for agency in inputs.agencies}
    wanted = sorted({(lock.agency, one) for lock in inputs.city.locks for one in lock.ids})
    for key, source_id in wanted:
        agency = agencies[key]
        drawn = agency.features.geometry[agency.features["source_id"] == source_id].tolist()
        try:
            lock = _locked(agency, source_id, drawn, communities, segments, step_m=inputs.city.precision_m)
            _refuse_overlaps(lock, kept, inputs.exclusives, inputs.city.precision_m)
        except _RefusedError as why:
            text = f"{agency.name} {source_id} 不能锁定：{why}；已按综合网格处理"
            shape = shapely.union_all(shapely.make_valid([g for g in drawn if g is not None])) if drawn else None
            found.append(Finding("error", "lock_refused", key, text, source_id, geometry=shape))
            continue
        kept.append(lock)
        found += _changed(lock, drawn[0], inputs.city.precision_m)
    return tuple(kept), found


def _locked(
    agency: AgencyLayer,
    source_id: str,
    drawn: Sequence[shapely.Geometry],
    communities: gpd.GeoDataFrame,
    segments: NDArray[np.object_],
    *,
    step_m: float,
) -> Locked:
    """Return the outline of one grid within its community; refuse what is no single sound polygon inside one."""
    if len(drawn) != 1:
        raise _RefusedError("图层中没有这个编号" if not drawn else f"这个编号有 {len(drawn)} 条记录")
    shape = _plain(drawn[0])
    if shape is None:
        raise _RefusedError("它不是一个有效的单部件面")
    aligned = align_layer(np.array([shape], object), segments, accuracy_m=agency.accuracy_m)[0][0]
    shape = _plain(aligned) or shape
    inside_m2 = shapely.area(shapely.intersection(communities.geometry.values, shape))
    home = int(np.argmax(inside_m2))
    beyond_m2 = shape.area - float(inside_m2[home])
    if beyond_m2 > _rounding_m2(shape, step_m):
        rest = shapely.difference(shape, communities.geometry.values[home])
        if not shapely.buffer(rest, -agency.accuracy_m / 2).is_empty:
            other = [str(communities["name"].iat[c]) for c in np.flatnonzero(inside_m2 > 1).tolist() if c != home]
            where = f"另有部分在{'、'.join(other)}" if other else "有部分在界外"
            raise _RefusedError(f"它跨出了{communities['name'].iat[home]}（{where}，共 {beyond_m2:.0f} 平方米）")
        cut = _plain(shapely.intersection(shape, communities.geometry.values[home]))
        if cut is None:
            raise _RefusedError("切去界外部分后它不再是一个单部件面")
        shape = cut
    return Locked(agency.key, agency.name, source_id, shape, home, agency.accuracy_m)


def _plain(shape: shapely.Geometry | None) -> shapely.Polygon | None:
    """Return a shape as one valid polygon with area, None if it is none; lines that clipping left fall away."""
    if shape is None or not shape.is_valid:
        return None
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return areas[0] if len(areas) == 1 else None


def _rounding_m2(shape: shapely.Polygon, step_m: float) -> float:
    """Return the area that rounding to the precision grid can make."""
    return float(shape.length * step_m)


def _refuse_overlaps(lock: Locked, others: Sequence[Locked], exclusives: gpd.GeoDataFrame, step_m: float) -> None:
    """Refuse a lock that lies upon an earlier one or upon an exclusive site."""
    least_m2 = _rounding_m2(lock.outline, step_m)
    for other in others:
        if lock.outline.intersection(other.outline).area > least_m2:
            raise _RefusedError(f"它与已锁定的{other.name} {other.source_id} 重叠")
    if len(exclusives):
        sites = shapely.make_valid(exclusives.geometry.values)
        upon = np.flatnonzero(shapely.area(shapely.intersection(sites, lock.outline)) > least_m2)
        if len(upon):
            raise _RefusedError(f"它与专属网格{exclusives['name'].iat[int(upon[0])]}重叠")


def _changed(lock: Locked, drawn: shapely.Polygon, step_m: float) -> Iterator[Finding]:
    """Tell if a locked outline is not that which was read."""
    rest = lock.outline.symmetric_difference(drawn)
    if rest.area > _rounding_m2(drawn, step_m):
        far_m = shapely.hausdorff_distance(lock.outline.exterior, drawn.exterior)
        text = (
            f"{lock.name} {lock.source_id} 已锁定，但其边界在精度范围内贴近社区界而不重合，已移到社区界上"
            f"（最大 {far_m:.2f} 米，{rest.area:.1f} 平方米）"
        )
        yield Finding("warning", "lock_changed", lock.agency, text, lock.source_id, float(rest.area), rest)


# ------------------------------------------------------------- arrangement ----


def locked_regions(label: Ints, community: Ints, locked: Sequence[Locked]) -> Ints:
    """Return the lock of each face, -1 = none; what rounding put beyond the lock's community is none.

    Parameters
    ----------
    label : array of int64, (f,)
        Lock that covers each face, -1 = none.
    community : array of int64, (f,)
    locked : sequence of Locked
    """
    home = np.array([*(lock.community for lock in locked), -2], np.int64)
    return np.where(community == home[label], label, -1)


def filled_to_the_border(plane: Arrangement, atom: Ints, lock: Ints, community: Ints, reach_m: Sequence[float]) -> Ints:
    """Return locks with the strips that lie between them and the end of their community, where nobody else is.

    Such a strip could only be a grid of its own.

    Parameters
    ----------
    plane : Arrangement
    atom, lock, community : arrays of int64, (f,)
        Of each face, -1 = none.
    reach_m : sequence of float
        Width up to which a strip is no ground of its own, per lock.
    """
    inside = atom >= 0
    count, locks = int(atom.max(initial=-1)) + 1, len(reach_m)
    of_atom = np.full(count + 1, -1, np.int64)
    of_atom[atom[inside]] = lock[inside]
    one, two = np.concatenate([plane.left, plane.right]), np.concatenate([plane.right, plane.left])
    length_m = np.tile(plane.edge_length_m, 2)
    border = (atom[one] != atom[two]) & (atom[one] >= 0)
    one, two, length_m = one[border], two[border], length_m[border]
    perimeter_m = np.bincount(atom[one], length_m, count)
    beside = community[one] == community[two]
    held = np.append(of_atom[atom[two]], 0)[:-1]
    free_m = np.bincount(atom[one[beside & (held < 0)]], length_m[beside & (held < 0)], count)
    touch = beside & (held >= 0)
    contact_m = np.bincount(atom[one[touch]] * locks + held[touch], length_m[touch], count * locks).reshape(
        count, locks
    )
    area_m2 = np.bincount(atom[inside], plane.face_area_m2[inside], count)
    taker = contact_m.argmax(axis=1)
    width_m = 2 * area_m2 / np.maximum(perimeter_m, 1e-9)
    strip = (of_atom[:-1] < 0) & (free_m == 0) & (contact_m.max(axis=1) > 0)
    strip &= width_m < np.maximum(np.asarray(reach_m, float), CRUMB_WIDTH_M)[taker]
    filled = np.append(np.where(strip, taker, of_atom[:-1]), -1)
    return np.where(inside, filled[atom], -1)


def told_filling(plane: Arrangement, before: Ints, after: Ints, locked: Sequence[Locked]) -> list[Finding]:
    """Tell the strips that locked grids took in.

    Parameters
    ----------
    plane : Arrangement
    before, after : arrays of int64, (f,)
        Lock of each face.
    locked : sequence of Locked
    """
    label = np.where((after >= 0) & (before < 0), after, -1)
    found = []
    for number, shape in zip(*plane.shapes(label), strict=True) if (label >= 0).any() else ():
        lock = locked[int(number)]
        area_m2 = float(shapely.area(shape))
        text = f"{lock.name} {lock.source_id} 已锁定，它与社区界之间别无他人的窄缝（{area_m2:.2f} 平方米）并入其中"
        found.append(Finding("warning", "lock_changed", lock.agency, text, lock.source_id, area_m2, shape))
    return found


def one_atom_each(atom: Ints, lock: Ints) -> Ints:
    """Return atoms numbered anew by their smallest face, each lock being one.

    Parameters
    ----------
    atom, lock : arrays of int64, (f,)
        Of each face, -1 = none.
    """
    inside = atom >= 0
    names = np.where(lock >= 0, int(atom.max(initial=-1)) + 1 + lock, atom)
    _, first, number = np.unique(names[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    single = np.full(len(atom), -1, np.int64)
    single[inside] = rank[number]
    return single


def with_locks(atoms: Atoms, atom: Ints, lock: Ints, first_lock: int) -> Atoms:
    """Return atoms of which the locked ones are sites of their own, numbered from ``first_lock``.

    Parameters
    ----------
    atoms : Atoms
    atom, lock : arrays of int64, (f,)
    first_lock : int
    """
    held = (lock >= 0) & (atom >= 0)
    exclusive = atoms.exclusive.copy()
    exclusive[atom[held]] = first_lock + lock[held]
    rim, is_locked, pair = atoms.rim.copy(), exclusive >= first_lock, atoms.borders.pair
    rim[pair[is_locked[pair].any(axis=1)].ravel()] = True  # who touches a lock is enclosed by nobody else
    return replace(atoms, exclusive=exclusive, rim=rim)


def locked_vertices(plane: Arrangement, lock: Ints, layer: int) -> NDArray[np.bool_]:
    """Return the vertices (v,) of locked outlines as drawn, which must stay even where they bend nothing.

    Parameters
    ----------
    plane : Arrangement
    lock : array of int64, (f,)
    layer : int
        Layer of the locks.
    """
    border = lock[plane.left] != lock[plane.right]
    on_border = np.zeros(len(plane.points), bool)
    on_border[plane.ends[border].ravel()] = True
    return on_border & ((plane.point_layers >> layer) & 1 == 1)


def locks_broken(
    atoms: Atoms, grid: Ints, exclusive: Ints, limits: Sequence[Limits], first_lock: int
) -> list[tuple[int, str]]:
    """Return (grid, reason) for every locked grid that breaks a size rule.

    Parameters
    ----------
    atoms : Atoms
    grid : array of int64, (n,)
        Grid of each atom.
    exclusive : array of int64, (grids,)
        Site of each grid.
    limits : sequence of Limits
        Per community.
    first_lock : int
    """
    served = np.bincount(atoms.community[atoms.exclusive < 0], atoms.households[atoms.exclusive < 0], len(limits))
    found = []
    for g in np.flatnonzero(exclusive >= first_lock).tolist():
        inside = grid == g
        community = int(atoms.community[inside][0])
        households, people = int(atoms.households[inside].sum()), int(atoms.population[inside].sum())
        if limits[community].excess(households, people) and (households or served[community]):
            size = f"{households} 户 {people} 人" if atoms.population.any() else f"{households} 户"
            found.append((g, f"{size}：该网格已锁定，不作调整"))
    return found
