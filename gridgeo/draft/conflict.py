"""What two planners both changed: a draft against what was published since it was begun.

In: the grids that a draft changes and those that were published meanwhile, before and after. Out: one `Collision` per
grid. A grid whose border only gained a vertex at the end of somebody else's new line collides with nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import shapely

from gridgeo.draft.ground import GridRow

__all__ = ["Collision", "collisions", "really_changed"]

BEND_M = 0.001
"""A border that gains a vertex bends by less."""


@dataclass(frozen=True, slots=True)
class Collision:
    """A grid that a draft changes and that is not what it was when the draft was begun."""

    code: str
    text: str
    """Chinese: what was published meanwhile."""
    at: tuple[float, float]


def really_changed(before: GridRow | None, after: GridRow | None) -> bool:
    """Tell whether a grid differs in more than vertices on its straight border."""
    if before is None or after is None:
        return before is not after
    if before.geometry == after.geometry:
        return before != after
    same = replace(before, geometry=after.geometry, area_m2=after.area_m2) == after
    return not same or shapely.hausdorff_distance(before.geometry, after.geometry) > BEND_M


def collisions(
    drafted: Collection[str], published: Mapping[str, tuple[GridRow | None, GridRow | None]]
) -> list[Collision]:
    """Compare what a draft changes with what was published since.

    Parameters
    ----------
    drafted : collection of str
        Codes of the grids that the draft really changes, as the base version has them.
    published : mapping of str to (GridRow or None, GridRow or None)
        Grids as the draft's base version has them, and as they are now.
    """
    found = []
    for code in sorted(set(drafted) & set(published)):
        before, after = published[code]
        row = after or before
        if row is not None and really_changed(before, after):
            x, y = shapely.get_coordinates(shapely.point_on_surface(row.geometry))[0]
            text = _what(code, before, after)
            found.append(Collision(code, text, (float(x), float(y))))
    return found


def _what(code: str, before: GridRow | None, after: GridRow | None) -> str:
    """Say what became of a grid."""
    if after is None:
        return f"网格 {code} 已停用"
    if before is None:
        return f"网格 {code} 是新设的"
    if before.geometry != after.geometry and shapely.hausdorff_distance(before.geometry, after.geometry) > BEND_M:
        return f"网格 {code} 的边界已改（{before.households} 户 → {after.households} 户）"
    return f"网格 {code} 的名称、类型或数据已改"
