"""Keys that stand beside their grid, with a thin line to a dot in it.

In: grids too small for any text, and what labels cover already. Out: labels of kind ``leader`` in free space: over no
label, no line and no dot, their own line over none either. The places nearest to the grid come first, and among them
those that cover fewest borders. Used by `labels`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.label import DOT_MM, Label, Taken, boxes_at, new_label
from gridgeo.render.measure import label_size_mm
from gridgeo.render.squares import Window
from gridgeo.render.visible import CLEARANCE_MM, Visible

__all__ = ["leaders_allowed", "place_leaders"]

LENGTHS_MM = (2.0, 3.0, 4.0, 5.5, 7.0, 9.0, 12.0, 15.0)
"""From the dot to the text; beyond the last the eye loses the line. Chosen."""
DIRECTIONS = 16
BORDER_MM = 2.0
"""A text over one more grid is as bad as a line so much longer; chosen."""
LEADER_PT = 5.5
FEW, SHARE, MOST = 12, 0.25, 300
"""Leaders are for exceptions: so many on any map, up to a share of its grids, and never more than the last; chosen."""


def leaders_allowed(grids: int) -> int:
    """Return how many grids of a map may have a leader before the map becomes a web of lines."""
    return max(FEW, min(int(SHARE * grids), MOST))


@dataclass(frozen=True, slots=True)
class _Places:
    """Possible places, nearest and emptiest first of each grid."""

    grid: NDArray[np.int64]
    """Position in the list of grids."""
    box: NDArray[np.float64]
    line: NDArray[np.float64]


def place_leaders(
    ground: Visible, rows: NDArray[np.int64], text: str, taken: Taken, window: Window
) -> dict[int, Label]:
    """Place keys beside grids.

    Parameters
    ----------
    ground : Visible
    rows : ndarray of int
        Grids, those to be served first first.
    text : str
        Stands for all keys: the widest of them.
    taken : Taken
        What is covered; what is placed is added.
    window : (float, float, float, float)
        No text leaves it.

    Returns
    -------
    dict
        Row → label. Rows without a free place are left out.
    """
    if not len(rows):
        return {}
    scale = ground.metres_per_mm
    places = _places(ground, rows, text, taken, window)
    first = np.searchsorted(places.grid, np.arange(len(rows) + 1))
    boxes, lines = np.empty((0, 4)), np.empty((0, 4))
    placed: dict[int, Label] = {}
    # One after the other: each place depends on the ones before it.
    for at, row in enumerate(rows.tolist()):
        own = slice(first[at], first[at + 1])
        clear = np.flatnonzero(_clear(places.box[own], places.line[own], boxes, lines))
        if not len(clear):
            continue
        box, line = places.box[own][clear[0]], places.line[own][clear[0]]
        boxes, lines = np.vstack([boxes, box]), np.vstack([lines, line])
        middle = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
        anchor = float(line[0]), float(line[1])
        placed[row] = new_label(text, middle, LEADER_PT, "leader", scale, code=ground.code[row], anchor=anchor)
    taken.take(placed.values())
    return placed


def _places(ground: Visible, rows: NDArray[np.int64], text: str, taken: Taken, window: Window) -> _Places:
    """Return the places that are free of all that stands on the map before any leader does."""
    scale = ground.metres_per_mm
    width, height = ((size + 2 * CLEARANCE_MM) * scale for size in label_size_mm(text, LEADER_PT))
    anchor = ground.middle[rows]
    # the first direction is right above, where the eye looks first
    angle = math.pi / 4 + np.arange(DIRECTIONS) * 2 * math.pi / DIRECTIONS
    length, angle = (part.ravel() for part in np.meshgrid(np.array(LENGTHS_MM) * scale, angle, indexing="ij"))
    away = np.column_stack([np.cos(angle) * (length + width / 2), np.sin(angle) * (length + height / 2)])
    grid = np.repeat(np.arange(len(rows)), len(away))
    box = boxes_at((anchor[:, None] + away).reshape(-1, 2), width, height)
    left, bottom, right, top = window
    inside = (box[:, 0] >= left) & (box[:, 1] >= bottom) & (box[:, 2] <= right) & (box[:, 3] <= top)
    grid, box = grid[inside], box[inside]
    edge = CLEARANCE_MM * scale
    ends = np.column_stack([np.clip(anchor[grid], box[:, :2] + edge, box[:, 2:] - edge)])
    line = np.column_stack([anchor[grid], ends])
    texts, drawn = shapely.box(*box.T), shapely.linestrings(line.reshape(-1, 2, 2))
    dots = shapely.buffer(shapely.points(anchor), DOT_MM * scale, quad_segs=2)
    free = np.ones(len(box), dtype=bool)
    covered = shapely.STRtree(taken.shapes())
    for shapes in (texts, drawn):
        free[covered.query(shapes, predicate="intersects")[0]] = False
    of_text, dot = shapely.STRtree(dots).query(texts, predicate="intersects")
    free[of_text] = False
    of_line, dot = shapely.STRtree(dots).query(drawn, predicate="intersects")
    free[of_line[dot != grid[of_line]]] = False
    grid, box, line, texts = grid[free], box[free], line[free], texts[free]
    over = np.bincount(shapely.STRtree(ground.shape).query(texts, predicate="intersects")[0], minlength=len(box))
    cost = np.hypot(line[:, 2] - line[:, 0], line[:, 3] - line[:, 1]) / scale + BORDER_MM * np.maximum(over - 1, 0)
    order = np.lexsort((np.round(cost, 6), grid))
    return _Places(grid[order], box[order], line[order])


def _clear(
    boxes: NDArray[np.float64], lines: NDArray[np.float64], others: NDArray[np.float64], led: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which texts and their lines touch none of other texts and lines."""
    box, line, other, lead = boxes[:, None], lines[:, None], others[None], led[None]
    meet = (box[..., :2] <= other[..., 2:]).all(axis=-1) & (other[..., :2] <= box[..., 2:]).all(axis=-1)
    meet |= _through(line, other) | _through(lead, box) | _cross(line, lead)
    return np.asarray(~meet.any(axis=1))


def _through(line: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which lines touch which boxes: on no axis, nor across the line, do they lie apart."""
    start, end, low, high = line[..., :2], line[..., 2:], box[..., :2], box[..., 2:]
    near = (np.minimum(start, end) <= high).all(axis=-1) & (np.maximum(start, end) >= low).all(axis=-1)
    along, away, half = end - start, (low + high) / 2 - start, (high - low) / 2
    across = np.abs(along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0])
    reach: NDArray[np.float64] = half[..., 0] * np.abs(along[..., 1]) + half[..., 1] * np.abs(along[..., 0])
    return np.asarray(near & (across <= reach))


def _cross(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which lines touch which others: the ends of each lie on both sides of the other."""
    near = (np.minimum(one[..., :2], one[..., 2:]) <= np.maximum(two[..., :2], two[..., 2:])).all(axis=-1)
    near &= (np.minimum(two[..., :2], two[..., 2:]) <= np.maximum(one[..., :2], one[..., 2:])).all(axis=-1)
    return np.asarray(near & _both_sides(one, two) & _both_sides(two, one))


def _both_sides(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for which lines the ends of the second do not lie on one side of the first."""
    along = one[..., 2:] - one[..., :2]
    start, end = two[..., :2] - one[..., :2], two[..., 2:] - one[..., :2]
    sides = [along[..., 0] * point[..., 1] - along[..., 1] * point[..., 0] for point in (start, end)]
    return np.asarray(sides[0] * sides[1] <= 0)
