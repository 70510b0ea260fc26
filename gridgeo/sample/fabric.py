"""The street fabric of the sample city: blocks that share their edges vertex for vertex.

In: a random generator. Out: a `Fabric`. Next: `gridgeo.sample.grouping` forms communities and grids out of blocks.

A lattice of streets is stretched, bent and shaken; each of its edges is drawn once, with two bent points in between,
and used by the blocks on both sides. A river runs along lattice edges from the western to the eastern end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["CITY_CRS", "Fabric", "make_fabric"]

CITY_CRS = "EPSG:4547"
"""CGCS2000, 3-degree zone around 114° E: the metric system of 漯河."""

CENTRE_M = (501_900.0, 3_717_000.0)
"""Easting and northing of 114.02° E, 33.58° N in `CITY_CRS`."""

COLUMNS, ROWS = 84, 64
BLOCK_M = 105.0
"""Mean distance of two streets."""

ARTERIAL_EVERY = 8
PRECISION_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Fabric:
    """Blocks, and the borders between them, in `CITY_CRS`."""

    column: NDArray[np.int64]
    """Lattice column of each block (n,)."""
    row: NDArray[np.int64]
    """Lattice row of each block (n,), counted from the south."""
    south: NDArray[np.bool_]
    """Whether the block lies on the river's southern bank (n,)."""
    blocks: NDArray[Any]
    """Polygons (n,)."""
    corners: NDArray[np.float64]
    """South-west, south-east, north-east and north-west corner (n, 4, 2)."""
    pairs: NDArray[np.int64]
    """Neighbouring blocks (m, 2)."""
    borders: NDArray[Any]
    """The LineString between the two blocks of a pair (m,)."""
    kinds: NDArray[np.str_]
    """river, arterial or street (m,)."""


def make_fabric(rng: np.random.Generator) -> Fabric:
    """Draw the blocks of a city.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Fabric
        About 4,000 blocks of about one hectare.
    """
    nodes = _nodes(rng)
    east = _edges(rng, nodes[:, :-1], nodes[:, 1:])  # (ROWS + 1, COLUMNS, 4, 2)
    north = _edges(rng, nodes[:-1], nodes[1:])  # (ROWS, COLUMNS + 1, 4, 2)
    inside = _outline(rng)
    row, column = np.nonzero(inside)
    number = np.full(inside.shape, -1)
    number[row, column] = np.arange(len(row))
    rings = np.concatenate(
        [
            east[row, column][:, :3],
            north[row, column + 1][:, :3],
            east[row + 1, column][:, :0:-1],
            north[row, column][:, :0:-1],
        ],
        axis=1,
    )
    corners = np.stack(
        [nodes[row, column], nodes[row, column + 1], nodes[row + 1, column + 1], nodes[row + 1, column]], 1
    )
    pairs, lines, on_arterial = _neighbours(number, east, north)
    south = _banks(row < _river_rows(rng)[column], pairs)
    across = south[pairs[:, 0]] != south[pairs[:, 1]]
    kinds = np.where(across, "river", np.where(on_arterial, "arterial", "street"))
    return Fabric(
        column, row, south, shapely.polygons(rings), corners, pairs, shapely.linestrings(lines), kinds.astype(str)
    )


def _nodes(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the street crossings (ROWS + 1, COLUMNS + 1, 2)."""
    x, y = np.meshgrid(_streets(rng, COLUMNS), _streets(rng, ROWS))
    phase = rng.uniform(0, 2 * np.pi, 4)
    length = BLOCK_M * max(COLUMNS, ROWS)
    u = x + 160 * np.sin(2 * np.pi * y / length + phase[0]) + 50 * np.sin(7 * np.pi * y / length + phase[1])
    v = y + 190 * np.sin(2 * np.pi * x / length + phase[2]) + 55 * np.sin(7 * np.pi * x / length + phase[3])
    shaken = np.stack([u, v], -1) + rng.uniform(-9, 9, (*u.shape, 2))
    turn = np.radians(rng.uniform(-8, 8))
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return _on_precision_grid(shaken @ spin + CENTRE_M)


def _streets(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return the positions of parallel streets at uneven distances, centred on zero."""
    position = np.concatenate([[0.0], np.cumsum(BLOCK_M * rng.uniform(0.7, 1.3, count))])
    return np.asarray(position - position[-1] / 2)


def _edges(rng: np.random.Generator, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return edges of four points each: both ends and two points a little off the straight line."""
    along = end - start
    across = np.stack([-along[..., 1], along[..., 0]], -1)
    bend = rng.uniform(-0.05, 0.05, (2, *along.shape[:-1], 1))
    inner = [start + share * along + bend[i] * across for i, share in enumerate((1 / 3, 2 / 3))]
    return _on_precision_grid(np.stack([start, *inner, end], axis=-2))


def _on_precision_grid(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to whole millimetres."""
    return np.round(points, PRECISION_DECIMALS)


def _outline(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which lattice cells belong to the city: an uneven oval."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    x, y = (column + 0.5) / COLUMNS * 2 - 1, (row + 0.5) / ROWS * 2 - 1
    angle, phase = np.arctan2(y, x), rng.uniform(0, 2 * np.pi, 2)
    reach = 0.92 + 0.06 * np.sin(3 * angle + phase[0]) + 0.04 * np.sin(5 * angle + phase[1])
    return (np.abs(x) ** 3 + np.abs(y) ** 3) ** (1 / 3) < reach


def _river_rows(rng: np.random.Generator) -> NDArray[np.int64]:
    """Return for each column the first row north of the river."""
    column = np.arange(COLUMNS)
    bend = 4 * np.sin(2 * np.pi * column / COLUMNS + rng.uniform(0, 6)) + 2 * np.sin(5 * column / COLUMNS)
    return np.round(ROWS * 0.58 + bend).astype(int)


def _banks(south: NDArray[np.bool_], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Turn blocks that the river would cut off from their bank over to the other one."""
    same = pairs[south[pairs[:, 0]] == south[pairs[:, 1]]]
    graph = coo_matrix((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(south), len(south)))
    piece = connected_components(graph, directed=False)[1]
    mains = [np.bincount(piece[bank]).argmax() for bank in (south, ~south)]
    return south ^ ~np.isin(piece, mains)


def _neighbours(
    number: NDArray[np.int64], east: NDArray[np.float64], north: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return pairs of touching blocks, the edge between them, and whether it runs along an arterial."""
    below, above = number[:-1], number[1:]
    left, right = number[:, :-1], number[:, 1:]
    flat, upright = (below >= 0) & (above >= 0), (left >= 0) & (right >= 0)
    pairs = np.concatenate([np.stack([below[flat], above[flat]], 1), np.stack([left[upright], right[upright]], 1)])
    lines = np.concatenate([east[1:-1][flat], north[:, 1:-1][upright]])
    line_number = np.concatenate([np.nonzero(flat)[0] + 1, np.nonzero(upright)[1] + 1])
    return pairs, lines, line_number % ARTERIAL_EVERY == 0
