"""A small city for tests of systems and shifts: a warped street lattice, communities and grids of whole blocks.

::

    +--+---+--+---+       blocks of 60 to 180 m; a community is a rectangle of some 5 x 5 blocks,
    |  |   |  |   |       a grid one of some 2 x 3; grid lines follow community borders where
    +--+---+--+---+       ``nested``, and otherwise only meet them by chance
"""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.city import City, Community, Source

ORIGIN = np.array([498000.0, 3714000.0])
"""Luohe, EPSG:4547."""
CRS = "EPSG:4547"


def city(crs: str = CRS) -> City:
    """Return a city file's content; only its CRS matters here."""
    source = Source(file="communities.gpkg", path=Path("communities.gpkg"))
    place = Path("city.toml")
    return City(
        path=place,
        name="漯河市",
        crs=crs,
        layout="gb15",
        precision_m=0.001,
        community=Community(source=source, code="CODE"),
        agencies=(),
    )


def lattice(seed: int, side: int = 40) -> np.ndarray:
    """Return street crossings, (side + 1, side + 1, 2), unevenly spaced and jittered by some metres."""
    rng = np.random.default_rng(seed)
    east, north = (np.concatenate([[0.0], np.cumsum(rng.uniform(60, 180, side))]) for _ in range(2))
    nodes = np.stack(np.meshgrid(east, north, indexing="ij"), axis=-1)
    return ORIGIN + nodes + rng.normal(0, 8, nodes.shape)


def cuts(seed: int, side: int, step: int, keep: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return cut lines every ``step`` blocks or so, with all of ``keep``."""
    rng = np.random.default_rng(seed)
    return tuple(sorted({0, side, *keep, *(int(n) for n in np.arange(step, side, step) + rng.integers(0, 2))}))


def rectangles(nodes: np.ndarray, columns: tuple[int, ...], rows: tuple[int, ...]) -> np.ndarray:
    """Return the blocks between cut lines as polygons that follow every crossing, with a vertex every 30 m."""
    found = []
    for left, right in pairwise(columns):
        for bottom, top in pairwise(rows):
            ring = np.concatenate([
                nodes[left:right, bottom],
                nodes[right, bottom:top],
                nodes[right:left:-1, top],
                nodes[left, top:bottom:-1],
            ])  # fmt: skip
            found.append(shapely.Polygon(ring))
    return shapely.segmentize(np.array(found, dtype=object), 30.0)


def communities(seed: int, side: int = 40) -> gpd.GeoDataFrame:
    """Return some 64 communities."""
    polygons = rectangles(lattice(seed, side), cuts(seed, side, 5), cuts(seed + 1, side, 5))
    return layer(polygons)


def grids(seed: int, side: int = 40, *, noise_m: float = 0.0, nested: bool = True) -> gpd.GeoDataFrame:
    """Return some 300 grids of the same blocks, every vertex moved by its own noise (the same in both neighbours)."""
    keep = (cuts(seed, side, 5), cuts(seed + 1, side, 5)) if nested else ((), ())
    columns, rows = cuts(seed + 2, side, 3, keep[0]), cuts(seed + 3, side, 2, keep[1])
    polygons = rectangles(lattice(seed, side), columns, rows)
    points, inverse = np.unique(np.round(shapely.get_coordinates(polygons), 4), axis=0, return_inverse=True)
    points = points + np.random.default_rng(seed + 9).normal(0, 1, points.shape) * noise_m
    return layer(shapely.set_coordinates(polygons.copy(), points[inverse.ravel()]))


def layer(polygons: np.ndarray, crs: str | None = CRS) -> gpd.GeoDataFrame:
    """Return polygons as a layer with ids."""
    ids = [f"W{number:03d}" for number in range(len(polygons))]
    return gpd.GeoDataFrame({"WGBH": ids}, geometry=list(polygons), crs=crs)
