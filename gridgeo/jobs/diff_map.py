"""Job: the difference between two versions as a map, by the recipe ``maps/change.toml``.

In: an open store and a `Difference`. Out: one HTML, PNG, PDF or SVG file: the later layer with its grids coloured by
what became of them, new borders solid, former ones dashed, ground that changed its grid hatched.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.jobs.diff import Difference
from gridgeo.jobs.draw import read_recipe, render_map
from gridgeo.jobs.files import written_whole
from gridgeo.render.edition import Edition, Overlay, new_edition
from gridgeo.store.base import Store

__all__ = ["change_edition", "draw_difference"]

BEND_M = 0.01
"""Borders this near one another are the same border, with a vertex more."""


def draw_difference(store: Store, found: Difference, out: Path) -> None:
    """Draw a difference and write it; the ending says what it becomes: html, png, pdf or svg.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    recipe = read_recipe("change")
    title = f"{recipe.title}（第 {found.before.seq} 版 → 第 {found.after.seq} 版）"
    drawn = render_map(change_edition(store, found), replace(recipe, title=title), out.suffix.lower().removeprefix("."))
    with written_whole(out) as part:
        part.write_bytes(drawn)


def change_edition(store: Store, found: Difference) -> Edition:
    """Return the later layer as a map of changes shows it."""
    seq = found.after.seq
    grids = store.grids(seq)
    kind = dict(zip(found.grids["code"], map(_kind, found.grids["became"]), strict=True))
    told = grids.assign(change=np.array([kind.get(code, 0) for code in grids["code"]], np.int64))
    was, now = (_borders(outlines) for outlines in found.outlines)
    overlay = Overlay(
        former=_parts(shapely.difference(was, shapely.buffer(now, BEND_M))),
        fresh=_parts(shapely.difference(now, shapely.buffer(was, BEND_M))),
        moved=found.ground.geometry.to_numpy(),
    )
    version = f"V{found.before.seq} → V{seq}（{found.after.published.astimezone().date()} 发布）"
    edition = new_edition(told, store.communities(seq), version=version, as_of=found.after.effective.isoformat())
    return replace(edition, city=store.layers()[0].city_name, overlay=overlay)


def _kind(became: str) -> int:
    """Return the class of a change, see `gridgeo.render.legend.CHANGE_CLASSES`."""
    return 3 if became.startswith("新设") else 2 if "边界调整" in became else 1


def _borders(outlines: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the borders of some grids as one geometry."""
    return shapely.union_all(shapely.boundary(outlines.geometry.to_numpy()))


def _parts(lines: shapely.Geometry) -> NDArray[np.object_]:
    """Return lines longer than a bend."""
    parts = shapely.get_parts(lines)
    return parts[shapely.length(parts) > 2 * BEND_M]
