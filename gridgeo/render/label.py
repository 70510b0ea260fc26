"""One text on a printed map: its size, its place, and what others it must not cover.

In: texts and places in metres. Out: `Label`, and `Taken`, which remembers the covered boxes. Next: `labels`, `names`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Label", "Taken", "group_code", "text_size_mm"]

MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Label:
    """One text on the map, centred on its place."""

    text: str
    x: float
    """Metres in the layer's CRS."""
    y: float
    size_pt: float
    kind: str
    """grid, key or community."""


@dataclass(slots=True)
class Taken:
    """Boxes that labels already cover, in metres, in cells so that a test looks at few of them."""

    cell_m: float
    boxes: dict[tuple[int, int], list[tuple[float, float, float, float]]] = field(default_factory=dict)

    def _cells(self, box: tuple[float, float, float, float]) -> list[tuple[int, int]]:
        left, bottom, right, top = (int(edge // self.cell_m) for edge in box)
        return [(column, row) for column in range(left, right + 1) for row in range(bottom, top + 1)]

    def free(self, box: tuple[float, float, float, float]) -> bool:
        """Tell whether a box touches none of the taken ones."""
        return not any(_touch(box, other) for cell in self._cells(box) for other in self.boxes.get(cell, ()))

    def take(self, box: tuple[float, float, float, float]) -> None:
        """Mark a box as covered."""
        for cell in self._cells(box):
            self.boxes.setdefault(cell, []).append(box)

    def take_if_free(self, label: Label, metres_per_mm: float) -> bool:
        """Mark a label's box as covered if it touches none of the taken ones."""
        width, height = (side * metres_per_mm / 2 for side in text_size_mm(label.text, label.size_pt))
        box = (label.x - width, label.y - height, label.x + width, label.y + height)
        if not self.free(box):
            return False
        self.take(box)
        return True


def _touch(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> bool:
    """Tell whether two boxes overlap."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def text_size_mm(text: str, size_pt: float) -> tuple[float, float]:
    """Return width and height of a text: a Chinese character is one em wide, others a little over half."""
    lines = text.split("\n")
    ems = max(sum(1.0 if ord(sign) > 0x2E7F else 0.58 for sign in line) for line in lines)
    return ems * size_pt * MM_PER_PT, 1.25 * len(lines) * size_pt * MM_PER_PT


def group_code(code: str) -> str:
    """Return a code in groups that the eye can hold: 411102 001 001 003.

    Examples
    --------
    >>> group_code("411102001001003"), group_code("W-17")
    ('411102 001 001 003', 'W-17')
    """
    if not code.isascii() or not code.isdigit() or len(code) not in (9, 12, 15):
        return code
    return " ".join([code[:6], *(code[at : at + 3] for at in range(6, len(code), 3))])
