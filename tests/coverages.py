"""Coverages for the tests of the index: small ones of every kind, and a larger one whose borders wriggle."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st
from shapely import box

KINDS = ("cells", "lattice", "squares", "holes", "parts", "unnoded", "gaps")
SCALES = ((1.0, 0.0, 0.0), (1.0, 500_000.0, 3_700_000.0), (1e-5, 114.0, 33.5), (1000.0, -3e6, 1e5))
"""Units per step and origin: near the origin, a city in metres, a city in degrees, a country in metres."""


def coverage(kind: str, *, seed: int = 0, scale: tuple[float, float, float] = SCALES[0], digits: int | None = None):
    """Return grids that do not overlap, in an order that is not that of their codes; after rounding some may."""
    rng = np.random.default_rng(seed)
    shapes = np.array(_shapes(kind, rng), object)
    shapes = shapely.transform(shapes, lambda xy: xy * scale[0] + scale[1:])
    if digits is not None:
        shapes = shapely.transform(shapes, lambda xy: np.round(xy, digits))
    shapes = shapes[shapely.is_valid(shapes) & (shapely.area(shapes) > 0)]
    return gpd.GeoDataFrame(
        {"code": [f"{number:04d}" for number in rng.permutation(len(shapes))]}, geometry=shapes, crs="EPSG:4547"
    )


def _shapes(kind: str, rng: np.random.Generator) -> list:
    if kind == "squares":
        side, count = 2.0 ** int(rng.integers(-3, 6)), int(rng.integers(1, 6))
        return [box(i * side, j * side, (i + 1) * side, (j + 1) * side) for i in range(count) for j in range(count)]
    if kind == "holes":  # an island in a hole, a grid in the island, and one apart
        ring = box(0, 0, 90, 90) - box(10, 10, 40, 40) - box(50, 50, 80, 80)
        return [ring, box(10, 10, 40, 40) - box(20, 20, 30, 30), box(20, 20, 30, 30), box(120, 120, 140, 130)]
    if kind == "unnoded":  # a vertex of one lies on the edge of another that has none there
        return [
            box(0, 0, 100, 30),
            box(0, 30, 33, 70),
            box(33, 30, 100, 70),
            box(0, 70, 57, 100),
            box(57, 70, 100, 100),
        ]
    frame = box(0, 0, 100, 100)
    seeds = shapely.multipoints(rng.uniform(0, 100, (int(rng.integers(3, 30)), 2)))
    cells = [cell & frame for cell in shapely.voronoi_polygons(seeds, extend_to=frame).geoms]
    cells = [cell for cell in cells if cell.geom_type == "Polygon" and cell.area > 1e-6]
    if kind == "lattice":
        rounded = [shapely.set_precision(cell, 1.0) for cell in cells]
        return [cell for cell in rounded if cell.geom_type == "Polygon" and not cell.is_empty]
    if kind == "parts":
        return [shapely.union_all(cells[::2]), *cells[1::2]]
    return cells[::2] if kind == "gaps" else cells


def wriggling(rows: int = 20, columns: int = 20, *, steps: int = 12, seed: int = 0) -> gpd.GeoDataFrame:
    """Return squares whose common borders wander by a few metres, on a millimetre lattice."""
    rng = np.random.default_rng(seed)
    side, x0, y0 = 300.0, 500_000.0, 3_700_000.0
    t = np.arange(columns * steps + 1) * side / steps
    level = np.stack(
        [np.broadcast_to(t, (rows + 1, len(t))), np.repeat(np.arange(rows + 1) * side, len(t)).reshape(rows + 1, -1)],
        -1,
    )
    level = level + rng.uniform(-4, 4, level.shape)
    corner = level[:, ::steps]
    share = np.linspace(0, 1, steps + 1)[None, None, :, None]
    upright = corner[:-1, :, None] * (1 - share) + corner[1:, :, None] * share
    upright[:, :, 1:-1] += rng.uniform(-4, 4, upright[:, :, 1:-1].shape)
    origin = np.array([x0, y0])
    level, upright = np.round(level + origin, 3), np.round(upright + origin, 3)
    shapes = []
    for r in range(rows):
        for c in range(columns):
            part = slice(c * steps, (c + 1) * steps + 1)
            south, north = level[r, part], level[r + 1, part]
            ring = np.concatenate([south, upright[r, c + 1][1:], north[::-1][1:], upright[r, c][::-1][1:]])
            shapes.append(shapely.polygons(ring))
    codes = [f"{number:06d}" for number in rng.permutation(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs="EPSG:4547")


def reference(grids: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the smallest code that shapely says covers each point, "" for none."""
    ordered = grids.sort_values("code")
    polygon, point = shapely.STRtree(shapely.points(x, y)).query(ordered.geometry.to_numpy(), predicate="intersects")
    first = np.full(len(x), len(ordered))
    np.minimum.at(first, point, polygon)
    return np.array([*ordered["code"], ""], object)[first]


def awkward_points(grids: gpd.GeoDataFrame, cell: float, *, seed: int = 0, each: int = 200) -> np.ndarray:
    """Return points on vertices, middles and elsewhere on edges, an ulp beside, on cell lines, level with both."""
    rng = np.random.default_rng(seed)
    rings = shapely.get_rings(shapely.get_parts(grids.geometry.to_numpy()))
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    begin = np.flatnonzero(ring[:-1] == ring[1:])
    edge = rng.choice(begin, each)
    one, two = vertices[edge], vertices[edge + 1]
    along = one + (two - one) * rng.random((each, 1))
    left, bottom, right, top = grids.total_bounds
    margin = 0.1 * max(right - left, top - bottom)
    free = np.column_stack(
        [rng.uniform(left - margin, right + margin, each), rng.uniform(bottom - margin, top + margin, each)]
    )
    line = np.round(free / cell) * cell
    sets = [one, (one + two) / 2, along, free, line]
    sets += [np.nextafter(part, part + rng.integers(-1, 2, part.shape) * 1e9) for part in (one, along)]
    sets += [np.column_stack([a[:, 0], free[:, 1]]) for a in (one, line)]
    sets += [np.column_stack([free[:, 0], a[:, 1]]) for a in (one, line)]
    return np.concatenate(sets)


def kinds_and_scales() -> st.SearchStrategy[gpd.GeoDataFrame]:
    """Draw a coverage of any kind."""
    return st.builds(
        lambda kind, seed, scale, digits: coverage(kind, seed=seed, scale=scale, digits=digits),
        st.sampled_from(KINDS), st.integers(0, 10**6), st.sampled_from(SCALES), st.sampled_from([None, None, 6, 3]),
    )  # fmt: skip
