"""Cut the communities of the invented city into grids, and find the grid of every row and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

if TYPE_CHECKING:
    from address_city import Cells, City

CRS = "EPSG:4547"
GRID_ROWS = 260
"""Rows above which a community is cut, as long as it has cells to cut. Chosen."""

Ints = NDArray[np.int64]


def outline(city: City, cells: Cells) -> shapely.Polygon:
    """Return the outline of a rectangle of cells with every vertex of the lattice on it."""
    x0, x1, y0, y1 = cells
    columns = [*range(x0, x1), *[x1] * (y1 - y0), *range(x1, x0, -1), *[x0] * (y1 - y0)]
    rows = [*[y0] * (x1 - x0), *range(y0, y1), *[y1] * (x1 - x0), *range(y1, y0, -1)]
    return shapely.Polygon(np.column_stack([city.x[rows, columns], city.y[rows, columns]]))


def cut(cells: Cells, counts: Ints) -> list[Cells]:
    """Halve a rectangle until no part has more than GRID_ROWS rows or it is one cell."""
    x0, x1, y0, y1 = cells
    inside = counts[y0:y1, x0:x1]
    if inside.sum() <= GRID_ROWS or inside.size == 1:
        return [cells]
    across = x1 - x0 >= y1 - y0
    sums = np.cumsum(inside.sum(axis=0 if across else 1))
    at = int(np.clip(np.searchsorted(sums, sums[-1] / 2), 1, len(sums) - 1))
    if across:
        return cut((x0, x0 + at, y0, y1), counts) + cut((x0 + at, x1, y0, y1), counts)
    return cut((x0, x1, y0, y0 + at), counts) + cut((x0, x1, y0 + at, y1), counts)


def make_grids(city: City) -> None:
    """Cut the communities into grids and write down which grid every row and place lies in, by its written degrees."""
    assert city.tree is not None
    high, wide = city.owner.shape
    spots = shapely.points([r.x for r in city.rows], [r.y for r in city.rows])
    _, cell = city.tree.query(spots, predicate="intersects")
    counts = np.bincount(cell, minlength=high * wide).reshape(high, wide)
    records, shapes = [], []
    for c in city.communities:
        for number, cells in enumerate(sorted(cut(c.cells, counts), key=lambda k: (-k[3], k[0])), 1):
            shapes.append(outline(city, cells))
            records.append({
                "code": f"{c.code}{number:03d}", "kind": "general", "community_code": c.code, "community_name": c.name,
                "short_name": f"{number:02d}网格",
                "full_name": f"{city.name}{c.area}{c.street}{c.name}{number:02d}网格",
            })  # fmt: skip
    city.grids = gpd.GeoDataFrame(records, geometry=shapes, crs=CRS)
    out = Transformer.from_crs(CRS, 4490, always_xy=True)
    back = Transformer.from_crs(4490, CRS, always_xy=True)
    tree = shapely.STRtree(city.grids.geometry.to_numpy())
    codes = city.grids["code"].tolist()
    for things in (city.rows, city.places):
        lon, lat = out.transform([t.x for t in things], [t.y for t in things])
        lon, lat = np.round(lon, 7), np.round(lat, 7)
        which, grid = tree.query(shapely.points(*back.transform(lon, lat)), predicate="intersects")
        for w, g in zip(which[::-1], grid[::-1], strict=True):
            things[w].grid = codes[g]
        for t, x, y in zip(things, lon, lat, strict=True):
            t.lon, t.lat = float(x), float(y)


__all__ = ["CRS", "make_grids", "outline"]
