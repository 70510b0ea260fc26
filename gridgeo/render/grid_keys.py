"""Keys of the grids that have no room for their number: inside the grid, beside it with a line, or by index square.

In: the grids without a number, and what is covered already. Out: `GridKeys`, which serves them in turn. Used by
`labels`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.render.label import DOT_MM, Label, Taken, boxes_at, new_label
from gridgeo.render.leaders import leaders_allowed, place_leaders
from gridgeo.render.squares import Squares
from gridgeo.render.visible import CLEARANCE_MM, TIGHT_MM, Visible

__all__ = ["GridKeys", "disjoint", "key_text", "pair"]

KEY_TRIES = ((6.0, CLEARANCE_MM), (5.5, CLEARANCE_MM), (5.0, CLEARANCE_MM), (5.0, TIGHT_MM))
"""Sizes in points with their distance from the border, best first; the last is the smallest that print allows."""


def pair(spot: NDArray[np.float64]) -> tuple[float, float]:
    """Return a place as two numbers."""
    return float(spot[0]), float(spot[1])


def disjoint(labels: dict[int, Label], ground: Visible) -> dict[int, Label]:
    """Return labels that do not cover one another: those of larger grids, ties by code.

    Labels inside their grids can only meet in a layer whose grids overlap, imported with its faults.
    """
    rows = np.fromiter(labels, dtype=np.int64)
    boxes = shapely.box(*np.array([label.box for label in labels.values()], dtype=float).reshape(-1, 4).T)
    one, two = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    meet = pd.Series(rows[two[one != two]]).groupby(rows[one[one != two]]).agg(set).to_dict()
    gone: set[int] = set()
    for row in sorted(meet, key=lambda row: (-ground.side_mm[row], row)):
        if row not in gone:
            gone |= meet[row]
    return {row: label for row, label in labels.items() if row not in gone}


def key_text(number: str) -> str:
    """Return how a key is written."""
    return f"[{number}]"


class GridKeys:
    """The grids without a number, being given keys."""

    def __init__(self, ground: Visible, rest: NDArray[np.int64], taken: Taken, squares: Squares, room: int) -> None:
        """Find out which keys fit inside their grids, and put the grids into the order in which they are served."""
        self.ground, self.taken, self.window = ground, taken, squares.window
        self.digits = len(str(min(len(rest), room)))
        """Of the widest key. Keys hold noughts until they are numbered."""
        self.inside = self._inside(rest)
        marked = np.isin(rest, np.fromiter(self.inside, dtype=np.int64))
        order = np.lexsort((rest, -ground.side_mm[rest], ~marked, ~ground.exclusive[rest]))
        self.order = rest[order]
        self.served = 0
        self.marks: dict[int, Label] = {}
        self.waiting: list[int] = []
        self.unmarked: list[int] = []
        """Served, but only to be found by their index square."""
        lacking = self.order[~marked[order]]
        allowed = leaders_allowed(len(ground.code))
        self.led = set((lacking if len(lacking) <= allowed else lacking[ground.exclusive[lacking]][:allowed]).tolist())

    def _inside(self, rest: NDArray[np.int64]) -> dict[int, Label]:
        """Return the keys that fit inside their grids and touch no number.

        Where the widest key does not fit, a shorter one may: there are nine of one digit and ninety of two.
        """
        labels: dict[int, Label] = {}
        fitting = rest
        for digits in range(1, self.digits + 1):
            found = self._fitting(fitting, key_text("0" * digits))
            labels |= found
            fitting = np.fromiter(found, dtype=np.int64)
        labels = self._free(disjoint(labels, self.ground))
        left = 0
        for digits in range(1, self.digits):
            short = [row for row in self._first(labels) if len(labels[row].text) == len(key_text("0" * digits))]
            for row in short[10**digits - 1 - left :]:
                del labels[row]
            left += min(len(short), 10**digits - 1 - left)
        return labels

    def _first(self, rows: Iterable[int]) -> list[int]:
        """Return grids in the order in which they are served: exclusive ones, then larger ones, ties by code."""
        return sorted(rows, key=lambda row: (not self.ground.exclusive[row], -self.ground.side_mm[row], row))

    def _fitting(self, rows: NDArray[np.int64], text: str) -> dict[int, Label]:
        """Return the labels of the grids that hold a text, as large as may be."""
        spots, sizes = self.ground.best_fit(rows, np.full(len(rows), text, dtype=object), KEY_TRIES)
        return {
            int(rows[at]): new_label(
                text, pair(spots[at]), float(sizes[at]), "key", self.ground.metres_per_mm,
                code=self.ground.code[rows[at]],
            )
            for at in np.flatnonzero(~np.isnan(spots[:, 0]))
        }  # fmt: skip

    def _free(self, labels: dict[int, Label]) -> dict[int, Label]:
        """Return those of some labels that touch nothing on the map."""
        boxes = np.array([label.box for label in labels.values()], dtype=float).reshape(-1, 4)
        free = self.taken.free(boxes)
        return {row: label for (row, label), clear in zip(labels.items(), free, strict=True) if clear}

    def serve(self, upto: int) -> None:
        """Give keys to grids until so many have one: inside where there is room; the others wait."""
        rows = self.order[self.served : max(upto, self.served)]
        self.served += len(rows)
        marks = self._free({int(row): self.inside[row] for row in rows.tolist() if row in self.inside})
        self.taken.take(marks.values())
        self.marks |= marks
        self.waiting += [row for row in rows.tolist() if row not in marks]
        dots = self.ground.middle[[row for row in self.waiting if row in self.led]]
        side = 3 * DOT_MM * self.ground.metres_per_mm
        self.taken.kept = boxes_at(dots, side, side)

    def serve_beside(self) -> None:
        """Put keys beside the grids that wait, if there are not too many for that; the rest stays without a mark."""
        led = np.array([row for row in self.waiting if row in self.led], dtype=np.int64)
        self.marks |= place_leaders(self.ground, led, key_text("0" * self.digits), self.taken, self.window)
        self.unmarked += [row for row in self.waiting if row not in self.marks]
        self.waiting = []
        self.taken.kept = np.empty((0, 4))
