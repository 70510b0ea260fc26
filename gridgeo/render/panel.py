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

from gridgeo.render.content import Content, Mark
from gridgeo.render.furniture import draw_north, draw_scale, write, write_within
from gridgeo.render.layout import Box
from gridgeo.render.legend import LegendRow
from gridgeo.render.measure import text_size_mm
from gridgeo.render.palette import BORDER_PT, EXCLUSIVE, INK, MUTED, PAPER

__all__ = ["Panel"]

ROW_MM, LEAST_ROW_MM, SWATCH_MM, INSET_MM = 5.6, 3.6, 8.0, 4.0
"""Rows come closer to one another where there are many, down to the second."""
FACT_MM, FACT_PT, FACTS_SHARE, FACTS_LEAST = 3.9, 7.5, 0.5, 6
"""Height and type of the facts below the legend, the share of the room left that they may take from the list, and how
many are told before it."""
HEAD_MM = 17.0
"""Height of heading and north arrow."""
BETWEEN_MM = 10.0
"""What parts classes, borders and marks."""
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
    box: Box
    """Left, bottom, right, top."""
    metres_per_mm: float
    landscape: bool = field(kw_only=True)
    """True: the panel stands beside the map and is high; False: it lies below it and is wide."""
    _list_box: Box = field(init=False, default=(0.0, 0.0, 0.0, 0.0))
    _facts_box: Box | None = field(init=False, default=None)
    _facts: tuple[tuple[str, str], ...] = field(init=False, default=())
    _where: str = field(init=False, default="")
    _column_mm: float = field(init=False, default=LIST_LEAST_MM)
    _row_mm: float = field(init=False, default=ROW_MM)

    def draw_keys(self, content: Content, levels: tuple[tuple[str, str], ...]) -> None:
        """Draw frame, legend, north arrow and scale.

        Parameters
        ----------
        content : Content
            Its rows, marks and facts are what the legend tells; where the panel is too small for all, its last row
            says how many more there are.
        levels : tuple of (str, str)
            Border level and its name, widest first.
        """
        left, bottom, right, top = self.box
        frame = Rectangle((left, bottom), right - left, top - bottom, facecolor="none", edgecolor=INK, linewidth=0.8)
        self.page.add_patch(frame)
        x, floor = left + INSET_MM, bottom + SCALE_MM
        marks = tuple(mark for mark in content.marks if mark.name)
        below = len(levels) + len(marks)
        if self.landscape:
            write(self.page, x, top - 8, "图　例", size_pt=13)
            draw_north(self.page, right - 10, top - 15)
            width = right - left - 2 * INSET_MM
            high = top - HEAD_MM - floor - BETWEEN_MM
            rows = self._fitted(content.rows, high, 2 + below)
            y = self._draw_classes(x, top - HEAD_MM, width, content, rows)
            y = self._draw_marks(x, self._draw_levels(x, y - 2, levels), width, marks)
            draw_scale(self.page, x + 2, bottom + 7, self.metres_per_mm, longest_mm=SCALE_LONGEST_MM)
            self._list_box = (x, floor, right - INSET_MM, y - 3)
        else:
            rows = self._fitted(content.rows, top - bottom - 7, 2)
            self._draw_classes(x, top - 3, CLASSES_MM, content, rows)
            x += CLASSES_MM + 2 * INSET_MM
            self._fitted((), top - floor - 7, below)
            self._draw_marks(x, self._draw_levels(x, top - 3, levels), LINES_MM, marks)
            draw_north(self.page, x + LINES_MM - 6, top - 15)
            draw_scale(self.page, x + 2, bottom + 7, self.metres_per_mm, longest_mm=SCALE_LONGEST_MM)
            self._list_box = (x + LINES_MM + 2 * INSET_MM, bottom + 2, right - INSET_MM, top - 3)
        self._facts, self._where = content.facts, "，见附表" if content.listings else ""
        self._facts_box, self._list_box = self._list_box, self._below_facts(self._facts_room())

    def _fitted(self, rows: tuple[LegendRow, ...], high_mm: float, others: int) -> tuple[LegendRow, ...]:
        """Choose how high a row is, and return the rows of classes that have room."""
        self._row_mm = min(ROW_MM, max(LEAST_ROW_MM, high_mm / max(len(rows) + others, 1)))
        room = int((high_mm + 1e-6) // self._row_mm) - others
        return rows if len(rows) <= room else rows[: max(room - 1, 0)]

    def _facts_room(self) -> int:
        """Return how many rows of facts are told before the list has its room."""
        _, bottom, _, top = self._facts_box if self._facts_box else self._list_box
        whole = int(max(top - bottom, 0) // FACT_MM)
        return min(len(self._facts), max(int(whole * FACTS_SHARE), min(whole, FACTS_LEAST)))

    def _below_facts(self, rows: int) -> Box:
        """Return the box of the list below so many rows of facts."""
        left, bottom, edge, top = self._facts_box or self._list_box
        return left, bottom, edge, top - (rows * FACT_MM + 4 if rows else 0)

    def _draw_facts(self, room: int) -> None:
        """Write what the legend tells in words, at most so many rows, at the head of the list's box."""
        left, _, edge, y = self._facts_box or self._list_box
        right = min(edge, left + CLASSES_MM)  # name and value stay within one look
        facts = self._facts
        shown = facts if len(facts) <= room else facts[: max(room - 1, 0)]
        for name, value in shown:
            y -= FACT_MM
            wide = min(text_size_mm(value, FACT_PT)[0], (right - left) / 2)
            write_within(self.page, left, y, name, size_pt=FACT_PT, room_mm=right - left - wide - 2)
            write_within(self.page, right, y, value, size_pt=FACT_PT, room_mm=wide + 1e-3, ha="right")
        if len(shown) < len(facts) and room:
            y -= FACT_MM
            rest = f"另有 {len(facts) - len(shown)} 项{self._where}"
            write(self.page, left, y, rest, size_pt=FACT_PT, color=MUTED)

    def key_room(self, longest: str) -> int:
        """Return how many keys the list can hold, after a heading and a note; its columns are as wide as need be.

        Parameters
        ----------
        longest : str
            The longest text that a key stands for.
        """
        left, _, right, _ = self._list_box
        wide = text_size_mm(f"[999] {longest}", LIST_PT)[0] + LIST_GAP_MM
        self._column_mm = min(max(LIST_LEAST_MM, wide), max(right - left, LIST_LEAST_MM))
        columns, lines = self._list_shape()
        return columns * lines

    def draw_list(self, keys: tuple[tuple[str, str], ...], silent: int, heading: str = "小格编码") -> None:
        """Write the facts, list what the keys on the map stand for, and say how many grids have no label.

        The facts have the room that the list leaves.

        Parameters
        ----------
        keys : tuple of (str, str)
            At most `key_room` of them.
        silent : int
            Grids without any label.
        heading : str
            What the keys stand for.
        """
        rows = self._facts_room() + self._spare(len(keys), silent)
        self._draw_facts(rows)
        self._list_box = self._below_facts(min(rows, len(self._facts)))
        left, _, _, top = self._list_box
        y = top - 2
        if silent and self._list_shape()[1]:
            write(self.page, left, y, f"另有 {silent} 格过小，未注编号", size_pt=7.0, color=MUTED)
            y -= LIST_ROW_MM + 1.5
        if keys:
            write(self.page, left, y, heading, size_pt=8.5)
        columns, _ = self._list_shape()
        height = -(-len(keys) // max(columns, 1))
        for place, (key, text) in enumerate(keys):
            column, line = divmod(place, height)
            at = left + column * self._column_mm, y - 1 - (line + 1) * LIST_ROW_MM
            room = min(self._column_mm - LIST_GAP_MM / 2, self._list_box[2] - at[0])
            write_within(self.page, *at, f"{key} {text}", size_pt=LIST_PT, room_mm=room)

    def _spare(self, keys: int, silent: int) -> int:
        """Return how many rows of facts more have room where the list needs less than it could have."""
        _, bottom, _, top = self._list_box
        columns, lines = self._list_shape()
        if not keys and not silent:
            return int(max(top - bottom, 0) // FACT_MM)
        return int(max(lines - -(-keys // max(columns, 1)), 0) * LIST_ROW_MM // FACT_MM)

    def _list_shape(self) -> tuple[int, int]:
        """Return columns and rows of the list; two rows are kept for heading and note."""
        left, bottom, right, top = self._list_box
        columns = int(max(right - left + LIST_GAP_MM, 0) // self._column_mm)
        return columns, max(int(max(top - bottom - 4, 0) // LIST_ROW_MM) - 2, 0) if columns else 0

    def _draw_classes(self, x: float, y: float, width: float, content: Content, rows: tuple[LegendRow, ...]) -> float:
        """Draw one row per class, dark at the bottom, with its count at the right; return the height reached."""
        y -= 2.5
        ground = "" if content.tints is None else f"（底色区分{content.tinted}）"
        write_within(self.page, x, y, content.heading + ground, size_pt=9.5, room_mm=width - 9)
        write(self.page, x + width, y, "格数", size_pt=8, ha="right", color=MUTED)
        for row in rows:
            y -= self._row_mm
            self._ground(x, y, content, row)
            if row.hatch:
                swatch = self._swatch(x, y, "none", row.hatch, 1.0 if row.hatch == EXCLUSIVE else 0.4)
                swatch.set_hatch("/////")
                swatch.set_hatch_linewidth(0.6)
            self._tell(x, y, width, row.label, f"{row.count}")
        rest = content.rows[len(rows) :]
        if rest:
            y -= self._row_mm
            self._tell(x, y, width, f"另有 {len(rest)} 项，见附表", f"{sum(row.count for row in rest)}")
        if len(content.rows) == 1:
            return y - 2
        y -= self._row_mm
        self._tell(x - SWATCH_MM - 2, y, width + SWATCH_MM + 2, "合计", f"{sum(row.count for row in content.rows)}")
        return y - 2

    def _ground(self, x: float, y: float, content: Content, row: LegendRow) -> None:
        """Draw the box of a class: its fill, or side by side the tints that its grids have."""
        tints = [] if content.tints is None else sorted(set(content.tints[content.key == row.key].tolist()))
        for at, tint in enumerate(tints):
            part = SWATCH_MM / len(tints)
            self.page.add_patch(
                Rectangle((x + at * part, y - self._half), part, 2 * self._half, facecolor=tint, linewidth=0)
            )
        self._swatch(x, y, "none" if tints else row.fill, MUTED, 0.4)

    def _tell(self, x: float, y: float, width: float, name: str, count: str) -> None:
        """Write name and count of a row."""
        size = min(8.5, 8.5 * (self._row_mm + 1.0) / ROW_MM)
        room = width - SWATCH_MM - 3 - text_size_mm(count, size)[0]
        write_within(self.page, x + SWATCH_MM + 2, y, name, size_pt=size, room_mm=room)
        write(self.page, x + width, y, count, size_pt=size, ha="right")

    @property
    def _half(self) -> float:
        """Half the height of a swatch."""
        return min(1.9, 0.38 * self._row_mm)

    def _draw_levels(self, x: float, y: float, levels: tuple[tuple[str, str], ...]) -> float:
        """Draw one line sample per border level; return the height reached."""
        for level, name in levels:
            y -= self._row_mm if y < self.box[3] - 5 else 2.5
            self._sample(x, y, {"grid": MUTED}.get(level, INK), BORDER_PT[level], "solid")
            self._tell(x, y, LINES_MM, name, "")
        return y - 2

    def _draw_marks(self, x: float, y: float, width: float, marks: tuple[Mark, ...]) -> float:
        """Draw one sample per mark with its count at the right; return the height reached."""
        y += 2 if marks else 0
        for mark in marks:
            y -= self._row_mm
            if not mark.drawn:
                pass
            elif mark.hatch:
                swatch = self._swatch(x, y, PAPER, mark.colour, 0.4)
                swatch.set_hatch(mark.hatch)
                swatch.set_hatch_linewidth(0.7)
            elif mark.marker or (len(mark.shapes) and shapely.get_dimensions(mark.shapes).max() == 0):
                look: dict[str, Any] = {
                    "s": max(mark.width_pt, 4.0) ** 2,
                    "color": mark.colour,
                    "marker": mark.marker or "o",
                }
                self.page.scatter([x + SWATCH_MM / 2], [y], **look, linewidth=0)
            else:
                self._sample(x, y, mark.colour, mark.width_pt, mark.dashes)
            self._tell(x, y, width, mark.told, "" if mark.count is None else f"{mark.count}")
        return y - 2

    def _sample(self, x: float, y: float, colour: str, width_pt: float, dashes: Any) -> None:
        """Draw a piece of a line at the left of a legend row."""
        self.page.plot([x, x + SWATCH_MM], [y, y], color=colour, linewidth=width_pt, linestyle=dashes)

    def _swatch(self, x: float, y: float, fill: str, edge: str, width_pt: float) -> Rectangle:
        """Draw the little box at the left of a legend row."""
        box = Rectangle(
            (x, y - self._half), SWATCH_MM, 2 * self._half, facecolor=fill, edgecolor=edge, linewidth=width_pt
        )
        self.page.add_patch(box)
        return box
