"""Job: the difference between two versions as a map, by the recipe ``maps/change.toml``.

In: an open store and a `Difference`. Out: what `gridgeo.render.themes.change` shows: the later layer with the kind of
change of every grid, new borders, former ones, and ground that changed its grid.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.jobs.diff import Difference
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.themes.change import ChangeFacts
from gridgeo.store.base import Store

__all__ = ["change_edition", "change_facts", "change_title"]

BEND_M = 0.01
"""Borders this near one another are the same border, with a vertex more."""


def change_title(title: str, found: Difference) -> str:
    """Return a title with the two versions."""
    return f"{title}（第 {found.before.seq} 版 → 第 {found.after.seq} 版）"


def change_edition(store: Store, found: Difference) -> Edition:
    """Return the later layer, with the column ``change`` for the kind of change of every grid."""
    seq = found.after.seq
    grids = store.grids(seq)
    kind = dict(zip(found.grids["code"], map(_kind, found.grids["became"]), strict=True))
    told = grids.assign(change=np.array([kind.get(code, 0) for code in grids["code"]], np.int64))
    version = f"V{found.before.seq} → V{seq}（{found.after.published.astimezone().date()} 发布）"
    edition = new_edition(told, store.communities(seq), version=version, as_of=found.after.effective.isoformat())
    return replace(edition, city=store.layers()[0].city_name)


def change_facts(store: Store, found: Difference) -> ChangeFacts:
    """Return what moved, and what became of codes."""
    was, now = (_borders(outlines) for outlines in found.outlines)
    older, newer = sorted((found.before.seq, found.after.seq))
    with store.snapshot() as reader:
        passages = reader.passages(after=older, until=newer)
    names = ["seq", "old_code", "new_code", "change", "area_share", "household_share"]
    lineage = [[getattr(one, name) for name in names] for one in passages if one.change != "U"]
    return ChangeFacts(
        fresh=_parts(shapely.difference(now, shapely.buffer(was, BEND_M))),
        former=_parts(shapely.difference(was, shapely.buffer(now, BEND_M))),
        ground=found.ground,
        homes=found.places[found.places["kind"] == "household"],
        grids=found.grids,
        lineage=pd.DataFrame(lineage, columns=names),
    )


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
