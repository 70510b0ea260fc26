"""The panel of a printed sheet: legend, north arrow, scale, and the codes of grids too small for a number.

In: a page whose axes count millimetres, and the box of the panel. Out: the panel drawn. Beside the map the pieces stand
under one another, below it side by side; the scale is on the other side of the panel from the legend, always.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gridgeo.render.content import Mark
from gridgeo.render.furniture import draw_north, draw_scale, write
from gridgeo.render.label import text_size_mm
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import BORDER_PT, EXCLUSIVE, INK, MUTED, PAPER

__all__ = ["Panel"]

ROW_MM, SWATCH_MM, INSET_MM = 5.6, 8.0, 4.0
HEAD_MM = 17.0
"""Height of heading and north arrow."""
SCALE_MM = 16.0
"""Height of the scale bar with its figures."""
CLASSES_MM, LINES_MM, SCALE_LONGEST_MM = 62.0, 50.0, 44.0
LIST_ROW_MM, LIST_GAP_MM, LIST_PT = 2.9, 2.0, 6.0
"""The list of keys, as small as print allows: every code more in the margin is a grid that can be called."""
LIST_LEAST_MM = 22.0
"""Names of communities stand in the list too."""


@dataclass(slots=True)
class Panel:
    """A panel being filled; all lengths in mm on the page."""

    page: Axes
    box: tuple[float, float, float, float]
    """Left, bottom, right, top."""
    metres_per_mm: float
    landscape: bool = field(kw_only=True)
    """True: the panel stands beside the map and is high; False: it lies below it and is wide."""
    _list_box: tuple[float, float, float, float] = field(init=False, default=(0.0, 0.0, 0.0, 0.0))
    _column_mm: float = field(init=False, default=LIST_LEAST_MM)

    def draw_keys(
        self,
        title: str,
        rows: tuple[LegendRow, ...],
        levels: tuple[tuple[str, str], ...],
        marks: tuple[Mark, ...] = (),
    ) -> None:
        """Draw frame, legend, north arrow and scale.

        Parameters
        ----------
        title : str
            Heading of the classes, with the unit.
        rows : tuple of LegendRow
        levels : tuple of (str, str)
            Border level and its name, widest first.
        marks : tuple of Mark
            What lies above the grids.
        """
        left, bottom, right, top = self.box
        frame = Rectangle((left, bottom), right - left, top - bottom, facecolor="none", edgecolor=INK, linewidth=0.8)
        self.page.add_patch(frame)
        x = left + INSET_MM
        if self.landscape:
            write(self.page, x, top - 8, "图　例", size_pt=13)
            draw_north(self.page, right - 10, top - 15)
            width = right - left - 2 * INSET_MM
            y = self._draw_classes(x, top - HEAD_MM, width, title, rows)
            y = self._draw_marks(x, self._draw_levels(x, y - 2, levels), width, marks)
            draw_scale(self.page, x + 2, bottom + 7, self.metres_per_mm, longest_mm=SCALE_LONGEST_MM)
            self._list_box = (x, bottom + SCALE_MM, right - INSET_MM, y - 3)
        else:
            self._draw_classes(x, top - 3, CLASSES_MM, title, rows)
            x += CLASSES_MM + 2 * INSET_MM
            self._draw_marks(x, self._draw_levels(x, top - 3, levels), LINES_MM, marks)
            draw_north(self.page, x + LINES_MM - 6, top - 15)
            draw_scale(self.page, x + 2, bottom + 7, self.metres_per_mm, longest_mm=SCALE_LONGEST_MM)
            self._list_box = (x + LINES_MM + 2 * INSET_MM, bottom + 2, right - INSET_MM, top - 3)

    def key_room(self, longest: str) -> int:
        """Return how many keys the list can hold, after a heading and a note; its columns are as wide as need be.

        Parameters
        ----------
        longest : str
            The longest text that a key stands for.
        """
        self._column_mm = max(LIST_LEAST_MM, text_size_mm(f"[999] {longest}", LIST_PT)[0] + LIST_GAP_MM)
        columns, lines = self._list_shape()
        return columns * lines

    def draw_list(self, keys: tuple[tuple[str, str], ...], silent: int) -> None:
        """List what the keys on the map stand for, and say how many grids have no label.

        Parameters
        ----------
        keys : tuple of (str, str)
            At most `key_room` of them.
        silent : int
            Grids without any label.
        """
        left, _, _, top = self._list_box
        y = top - 2
        if silent and self._list_shape()[1]:
            write(self.page, left, y, f"另有 {silent} 格过小，未注编号", size_pt=7.0, color=MUTED)
            y -= LIST_ROW_MM + 1.5
        if keys:
            write(self.page, left, y, "小格编码", size_pt=8.5)
        columns, _ = self._list_shape()
        height = -(-len(keys) // max(columns, 1))
        for place, (key, text) in enumerate(keys):
            column, line = divmod(place, height)
            at = left + column * self._column_mm, y - 1 - (line + 1) * LIST_ROW_MM
            write(self.page, *at, f"{key} {text}", size_pt=LIST_PT)

    def _list_shape(self) -> tuple[int, int]:
        """Return columns and rows of the list; two rows are kept for heading and note."""
        left, bottom, right, top = self._list_box
        columns = int(max(right - left + LIST_GAP_MM, 0) // self._column_mm)
        return columns, int(max(top - bottom - 4, 0) // LIST_ROW_MM) - 2 if columns else 0

    def _draw_classes(self, x: float, y: float, width: float, title: str, rows: tuple[LegendRow, ...]) -> float:
        """Draw one row per class, dark at the bottom, with its count at the right; return the height reached."""
        y -= 2.5
        write(self.page, x, y, title, size_pt=9.5)
        write(self.page, x + width, y, "格数", size_pt=8, ha="right", color=MUTED)
        for row in rows:
            y -= ROW_MM
            self._swatch(x, y, row.fill, MUTED, 0.4)
            if row.hatch:
                swatch = self._swatch(x, y, "none", row.hatch, 1.0 if row.hatch == EXCLUSIVE else 0.4)
                swatch.set_hatch("/////")
                swatch.set_hatch_linewidth(0.6)
            write(self.page, x + SWATCH_MM + 2, y, row.label, size_pt=8.5)
            write(self.page, x + width, y, f"{row.count}", size_pt=8.5, ha="right")
        y -= ROW_MM
        write(self.page, x, y, "合计", size_pt=8.5)
        write(self.page, x + width, y, f"{sum(row.count for row in rows)}", size_pt=8.5, ha="right")
        return y - 2

    def _draw_levels(self, x: float, y: float, levels: tuple[tuple[str, str], ...]) -> float:
        """Draw one line sample per border level; return the height reached."""
        for level, name in levels:
            y -= ROW_MM if y < self.box[3] - 5 else 2.5
            self._sample(x, y, {"grid": MUTED}.get(level, INK), BORDER_PT[level], "solid")
            write(self.page, x + SWATCH_MM + 2, y, name, size_pt=8.5)
        return y - 2

    def _draw_marks(self, x: float, y: float, width: float, marks: tuple[Mark, ...]) -> float:
        """Draw one sample per mark with its count at the right; return the height reached."""
        y += 2 if marks else 0
        for mark in marks:
            y -= ROW_MM
            if mark.hatch:
                swatch = self._swatch(x, y, PAPER, mark.colour, 0.4)
                swatch.set_hatch(mark.hatch)
                swatch.set_hatch_linewidth(0.7)
            elif len(mark.shapes) and shapely.get_dimensions(mark.shapes).max() == 0:
                self.page.scatter([x + SWATCH_MM / 2], [y], s=mark.width_pt**2, color=mark.colour)
            else:
                self._sample(x, y, mark.colour, mark.width_pt, mark.dashes)
            write(self.page, x + SWATCH_MM + 2, y, mark.name, size_pt=8.5)
            if mark.count is not None:
                write(self.page, x + width, y, f"{mark.count}", size_pt=8.5, ha="right")
        return y - 2

    def _sample(self, x: float, y: float, colour: str, width_pt: float, dashes: Any) -> None:
        """Draw a piece of a line at the left of a legend row."""
        self.page.plot([x, x + SWATCH_MM], [y, y], color=colour, linewidth=width_pt, linestyle=dashes)

    def _swatch(self, x: float, y: float, fill: str, edge: str, width_pt: float) -> Rectangle:
        """Draw the little box at the left of a legend row."""
        box = Rectangle((x, y - 1.9), SWATCH_MM, 3.8, facecolor=fill, edgecolor=edge, linewidth=width_pt)
        self.page.add_patch(box)
        return box
