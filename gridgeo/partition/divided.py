"""What was divided, in the words of a planner.

In: a `gridgeo.partition.divide.Division` and the grids that were made of its atoms. Out: one finding per atom that was
too large: how it was cut, or why it could not be. After `gridgeo.partition.resolve`, since only then it is known which
cuts became borders of grids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.model import Finding
from gridgeo.partition.atoms import Atoms
from gridgeo.partition.divide import BUILDING, NO_WAY, POINT, Division
from gridgeo.partition.plan import Limits

__all__ = ["told_division"]

Ints = NDArray[np.int64]

_WHY = {
    POINT: "同一个地址点登记的住户不能分开",
    BUILDING: "同一栋（或相连的）建筑内的住户不能分开",
    NO_WAY: "没有不穿过建筑和围墙的分割线",
}


def told_division(
    division: Division, atoms: Atoms, grid: Ints, limits: Sequence[Limits], names: Sequence[str]
) -> list[Finding]:
    """Tell every atom that was divided, or is too large and cannot be.

    Parameters
    ----------
    division : Division
    atoms : Atoms
        Of the divided arrangement.
    grid : array of int64, (n,)
        Grid of each of its atoms.
    limits : sequence of Limits
        One per community.
    names : sequence of str
        One per community.

    Returns
    -------
    list of Finding
        Notes of kind atom_divided, with the cuts that became borders (all cuts, where none did), and atom_indivisible,
        with the atom.
    """
    return [*_divided(division, atoms, grid, limits, names), *_indivisible(division, atoms, limits, names)]


def _excess(households: int, people: int, limits: Limits) -> str:
    """Say what is too large about a size."""
    if people > limits.population_max and households <= limits.high:
        return f"{people} 人，超过每个网格 {limits.population_max} 人的上限"
    return f"{households} 户，超过每个网格 {limits.high} 户的上限"


def _divided(
    division: Division, atoms: Atoms, grid: Ints, limits: Sequence[Limits], names: Sequence[str]
) -> Iterator[Finding]:
    """Tell the atoms that were divided."""
    sources = sorted({source for source, _ in division.cuts})
    drawn, used = _cut_lines(division, grid)
    for source in sources:
        pieces = np.flatnonzero(division.source == source)
        households, people = atoms.households[pieces], atoms.population[pieces]
        cuts = [cut for owner, cut in division.cuts if owner == source]
        ways = [
            f"{word} {metres:.0f} 米"
            for word, metres in (
                ("沿道路、围墙等", sum(cut.line_m for cut in cuts)),
                ("沿建筑之间", sum(cut.gap_m for cut in cuts)),
                ("按直线", sum(cut.chord_m for cut in cuts)),
            )
            if metres >= 1
        ]
        kept = used.get(source, [])
        community = atoms.community[pieces[0]]
        text = (
            f"{names[community]}：各方界线都没有分开的一块地有 "
            f"{_excess(int(households.sum()), int(people.sum()), limits[community])}；已切成 {len(pieces)} 块"
            f"（每块 {households.min()}–{households.max()} 户），{'、'.join(ways)}；"
            + (f"其中 {shapely.length(kept).sum():.0f} 米成为网格界线" if kept else "组成网格时没有用到")
        )
        lines = shapely.line_merge(shapely.multilinestrings(kept or drawn[source]))
        area_m2 = float(atoms.area_m2[pieces].sum())
        yield Finding("note", "atom_divided", "grid", text, area_m2=area_m2, geometry=lines)


def _cut_lines(division: Division, grid: Ints) -> tuple[dict[int, list], dict[int, list]]:
    """Return the edges of the cuts through each atom that was divided, all of them and those between two grids."""
    plane = division.plane
    drawn: dict[int, list] = {}
    used: dict[int, list] = {}
    if not division.cuts:
        return {}, {}
    edges = np.flatnonzero((plane.edge_layers >> division.layer) & 1 == 1)
    left, right = division.atom[plane.left[edges]], division.atom[plane.right[edges]]
    inner = (left >= 0) & (right >= 0) & (left != right)
    inner[inner] = division.source[left[inner]] == division.source[right[inner]]
    lines = shapely.linestrings(plane.coordinates[plane.ends[edges[inner]]])
    for line, one, two in zip(lines, left[inner].tolist(), right[inner].tolist(), strict=True):
        source = int(division.source[one])
        drawn.setdefault(source, []).append(line)
        if grid[one] != grid[two]:
            used.setdefault(source, []).append(line)
    return drawn, used


def _indivisible(division: Division, atoms: Atoms, limits: Sequence[Limits], names: Sequence[str]) -> Iterator[Finding]:
    """Tell the atoms that are still too large."""
    rows = np.flatnonzero(division.reason)
    label = np.full(len(atoms.community) + 1, -1)
    label[rows] = np.arange(len(rows))
    shapes = division.plane.shapes(label[division.atom])[1] if len(rows) else ()
    for row, shape in zip(rows, shapes, strict=True):
        community = atoms.community[row]
        size = _excess(int(atoms.households[row]), int(atoms.population[row]), limits[community])
        text = f"{names[community]}：一块地有 {size}，无法再分：{_WHY[int(division.reason[row])]}"
        yield Finding("note", "atom_indivisible", "grid", text, area_m2=float(atoms.area_m2[row]), geometry=shape)
