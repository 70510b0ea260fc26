"""The index squares of a map frame: columns A, B, C … from the left, rows 1, 2, 3 … from the top.

In: the window of a map in metres. Out: the square of a place, and the squares' edges for the frame.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Squares", "Window"]

Window = tuple[float, float, float, float]
"""Left, bottom, right, top in metres."""

SIDE_MM = 50.0
"""About the side of a square on paper; chosen: a hand's breadth holds two, and an A3 frame has at most A to I."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Squares:
    """The squares of one frame."""

    window: Window
    metres_per_mm: float

    @property
    def shape(self) -> tuple[int, int]:
        """Number of columns, at most 26, and of rows."""
        left, bottom, right, top = self.window
        side = SIDE_MM * self.metres_per_mm
        return min(max(1, round((right - left) / side)), len(LETTERS)), max(1, round((top - bottom) / side))

    def of(self, x: float, y: float) -> str:
        """Return the square of a place; one outside the frame counts to the nearest.

        Examples
        --------
        >>> Squares((0, 0, 200, 150), 1.0).of(10, 140), Squares((0, 0, 200, 150), 1.0).of(199, 1)
        ('A1', 'D3')
        """
        left, bottom, right, top = self.window
        columns, rows = self.shape
        column = int((x - left) / max(right - left, 1e-9) * columns)
        row = int((top - y) / max(top - bottom, 1e-9) * rows)
        return f"{LETTERS[min(max(column, 0), columns - 1)]}{min(max(row, 0), rows - 1) + 1}"

    def columns(self) -> list[tuple[str, float, float]]:
        """Return letter, left and right edge in metres of every column."""
        left, _, right, _ = self.window
        count = self.shape[0]
        edges = [left + (right - left) * at / count for at in range(count + 1)]
        return [(LETTERS[at], edges[at], edges[at + 1]) for at in range(count)]

    def rows(self) -> list[tuple[str, float, float]]:
        """Return number, bottom and top edge in metres of every row."""
        _, bottom, _, top = self.window
        count = self.shape[1]
        edges = [top - (top - bottom) * at / count for at in range(count + 1)]
        return [(str(at + 1), edges[at + 1], edges[at]) for at in range(count)]
