"""A city of any size for benchmarks: a seamless layer of wiggled bricks, and points that crowd as households do.

    python bench/city.py [--grids 7736] [--out city.gpkg]

::

    ~~~~~~~~~~~~~~~~~~~~~~   Rows of bricks between wiggled lines. A line is drawn once and cut where a brick above or
       )      (       )      below begins, so both sides have each of its vertices; so do the two sides of an upright.
    ~~~~~~~~~~~~~~~~~~~~~~   Lines wiggle in y only and uprights in x only, with a straight stem where they leave a
          (       )          line: no two of them cross, whatever the seed.
    ~~~~~~~~~~~~~~~~~~~~~~

Every coordinate is a whole number of millimetres. Other benchmarks import `city` and `clustered_points`.
"""

import argparse
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

CRS, LEFT_MM, BOTTOM_MM = "EPSG:4547", 430_000_000, 3_600_000_000
WIDTH_MM, HEIGHT_MM = 300_000, 240_000
"""A mean brick: 7 ha, as grids of 300 to 500 households in a town."""
SWAY = 0.2
"""How far lines and uprights leave their place, as a share of the height and width of a brick."""
UNEVEN = 0.25
"""How far an upright may stand from its even place, as a share of the width: widths are 0.5 to 1.5 of the mean."""
COMMUNITY_GRIDS = 8
"""Bricks of one row that make a community."""
ROWS_AT_ONCE = 64
"""Rows whose coordinates are in memory at a time, besides the finished shapes."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def city(grids: int = 7736, seed: int = 1, *, vertices: tuple[int, int] = (100, 400)) -> gpd.GeoDataFrame:
    """Return a grid layer without gaps or overlaps.

    Parameters
    ----------
    grids : int
        How many.
    seed : int
        The same seed gives the same city.
    vertices : pair of int, keyword-only
        Fewest (12 or more) and most vertices of a grid, where there are a hundred grids or more.

    Returns
    -------
    GeoDataFrame, (grids,)
        The columns of `gridgeo.tables.GRID` in EPSG:4547, codes ascending from the south-west.
    """
    rng = np.random.default_rng(seed)
    rows = max(1, round(float(np.sqrt(grids * WIDTH_MM / HEIGHT_MM))))
    per_row = np.full(rows, grids // rows) + (np.arange(rows) < grids % rows)
    across, uprights = _sampled(vertices)
    step_mm = WIDTH_MM // across
    line_mm = np.arange(across * int(per_row.max()) + 1, dtype=np.int64) * step_mm
    shapes, lower = [], _line(rng, 0, line_mm)
    for first in range(0, rows, ROWS_AT_ONCE):
        rings = []
        for row in range(first, min(first + ROWS_AT_ONCE, rows)):
            upper = _line(rng, row + 1, line_mm)
            rings.append(
                _row_of_rings(rng, row, (line_mm, lower, upper), _cuts(rng, int(per_row[row]), line_mm), uprights)
            )
            lower = upper
        shapes.append(_polygons(rings))
    return _table(np.concatenate(shapes), per_row, rng)


def _sampled(vertices: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """Return the vertices that a line has per mean brick, and the fewest and most of an upright."""
    fewest, most = vertices
    across = max(4, round(0.16 * (fewest + most)))
    low = max(2, -(-(fewest - across) // 2))
    return across, (low, max(low, (most - 6 - 3 * across) // 2))


def _wave(rng: np.random.Generator, along: Floats) -> Floats:
    """Return a curve between -1 and 1 over places counted in bricks: a few bends and some roughness."""
    turns, phases = rng.uniform(0.3, 4, 4), rng.uniform(0, 2 * np.pi, 4)
    weights = np.array([0.4, 0.25, 0.15, 0.1])
    bends = np.sin(2 * np.pi * along[:, None] * turns + phases) @ weights
    return bends + rng.uniform(-0.1, 0.1, len(along))


def _line(rng: np.random.Generator, row: int, x_mm: Ints) -> Ints:
    """Return the heights of the line below a row."""
    wave = _wave(rng, x_mm / WIDTH_MM)
    return row * HEIGHT_MM + np.rint(wave * SWAY * HEIGHT_MM).astype(np.int64)


def _cuts(rng: np.random.Generator, count: int, x_mm: Ints) -> Ints:
    """Return the places in a line where the uprights of a row stand; the first and last are the city's edges."""
    even = np.arange(count + 1, dtype=float)
    even[1:-1] += rng.uniform(-UNEVEN, UNEVEN, max(0, count - 1))
    return np.rint(even / count * (len(x_mm) - 1)).astype(np.int64)


def _row_of_rings(
    rng: np.random.Generator, row: int, lines: tuple[Ints, Ints, Ints], cuts: Ints, uprights: tuple[int, int]
) -> tuple[Ints, Ints]:
    """Return the vertices of a row's bricks, ring after ring and closed, and how many each has."""
    x_mm, lower, upper = lines
    of_lower, of_upper = (np.column_stack([x_mm, line]) for line in (lower, upper))
    sides = [_upright(rng, row, int(x_mm[cut]), uprights) for cut in cuts.tolist()]
    parts, sizes = [], []
    for left, right, start, end in zip(sides, sides[1:], cuts.tolist(), cuts[1:].tolist(), strict=False):
        ring = [
            of_lower[start : end + 1], right, of_upper[start : end + 1][::-1], left[::-1], of_lower[start : start + 1]
        ]  # fmt: skip
        parts += ring
        sizes.append(sum(map(len, ring)))
    return np.concatenate(parts), np.array(sizes)


def _upright(rng: np.random.Generator, row: int, x_mm: int, vertices: tuple[int, int]) -> Ints:
    """Return the inner vertices of an upright, from the south: clear of both lines wherever it leaves its place."""
    count = int(rng.integers(vertices[0], vertices[1] + 1))
    clear = np.array([row + SWAY + 0.01, row + 1 - SWAY - 0.01]) * HEIGHT_MM
    y_mm = np.rint(np.linspace(clear[0], clear[1], count)).astype(np.int64)
    sway = np.rint(_wave(rng, y_mm / HEIGHT_MM) * SWAY * WIDTH_MM).astype(np.int64)
    sway[[0, -1]] = 0
    return np.column_stack([x_mm + sway, y_mm])


def _polygons(rows: list[tuple[Ints, Ints]]) -> NDArray[np.object_]:
    """Return the bricks of some rows as polygons in metres."""
    coordinates = np.concatenate([xy for xy, _ in rows]) + np.array([LEFT_MM, BOTTOM_MM])
    ends = np.concatenate([[0], np.cumsum(np.concatenate([sizes for _, sizes in rows]))])
    rings = np.arange(len(ends))
    made: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, coordinates / 1000, (ends, rings)
    )
    return made


def _table(shapes: NDArray[np.object_], per_row: Ints, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the layer: communities of a few bricks side by side, codes that ascend with the place."""
    column = np.concatenate([np.arange(count) for count in per_row.tolist()])
    starts = column % COMMUNITY_GRIDS == 0
    community = [f"411102{number:06d}" for number in np.cumsum(starts).tolist()]
    codes = [f"{name}{at + 1:03d}" for name, at in zip(community, (column % COMMUNITY_GRIDS).tolist(), strict=True)]
    households = rng.integers(300, 501, len(shapes))
    table = pd.DataFrame({"code": codes, "kind": "general", "community_code": community})
    table = table.assign(
        community_name="沙北社区", short_name="第一网格", full_name="沙北社区第一网格",
        households=households, enterprises=rng.integers(0, 20, len(shapes)), population=households * 5 // 2,
        area_m2=shapely.area(shapes),
    )  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def clustered_points(layer: gpd.GeoDataFrame, n: int, seed: int = 1, *, per_grid: int = 20) -> tuple[Floats, Floats]:
    """Return points as a household register has them: many to a building, in no order.

    Parameters
    ----------
    layer : GeoDataFrame
        From `city`.
    n : int
    seed : int
    per_grid : int, keyword-only
        Buildings of a grid; half of the buildings have nine tenths of the points.

    Returns
    -------
    x, y : ndarray of float, (n,)
        In the layer's CRS. A few lie just outside the city.
    """
    rng = np.random.default_rng(seed)
    bounds = layer.bounds.to_numpy()
    home = np.repeat(np.arange(len(layer)), per_grid)
    middle = (bounds[:, :2] + bounds[:, 2:])[home] / 2
    site = middle + rng.uniform(-0.45, 0.45, (len(home), 2)) * (bounds[:, 2:] - bounds[:, :2])[home]
    rng.shuffle(site)
    x, y = np.empty(n), np.empty(n)
    for part in _parts(n):
        size = part.stop - part.start
        lively = rng.random(size) < 0.9
        building = rng.integers(0, len(site) // 2, size) + np.where(lively, 0, len(site) // 2)
        x[part], y[part] = (site[building] + rng.normal(0, 8, (size, 2))).T
    return x, y


def _parts(n: int, size: int = 4_000_000) -> Iterator[slice]:
    """Yield slices that cover a range."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def main() -> None:
    """Say what a city is made of, and write it if asked to."""
    parser = argparse.ArgumentParser(description="A city of wiggled bricks.")
    parser.add_argument("--grids", type=int, default=7736)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="GeoPackage to write, layer grid")
    asked = parser.parse_args()
    layer = city(asked.grids, asked.seed)
    counts = shapely.get_num_coordinates(layer.geometry.to_numpy()) - 1
    print(f"{len(layer):,} grids, {counts.min()} to {counts.max()} vertices, mean {counts.mean():.0f}")
    if asked.out:
        layer.to_file(asked.out, layer="grid", driver="GPKG")


if __name__ == "__main__":
    main()
