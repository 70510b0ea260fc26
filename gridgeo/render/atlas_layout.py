"""Where things stand on a page of an atlas: map, legend, index map and the columns of the table.

In: the bounds of a unit and how much its table holds. Out: an `AtlasLayout` in mm. Of all arrangements the one is taken
in which the map is largest; one in which the table goes on to another page must be half as large again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gridgeo.render.code_table import lines_in
from gridgeo.render.layout import FOOTER_MM, MARGIN_MM, PADDING_MM, SIZES_MM, TITLE_MM, Box, round_scale
from gridgeo.render.panel import BETWEEN_MM, CLASSES_MM, HEAD_MM, INSET_MM, LINES_MM, ROW_MM, SCALE_MM

__all__ = ["AtlasLayout", "Needs", "choose_page", "table_columns"]

LEGEND_MM = {"A4": 60.0, "A3": 74.0, "A2": 90.0, "A1": 110.0}
"""Width of the legend where it stands beside the map."""
BELOW_MM = {"A4": 66.0, "A3": 76.0, "A2": 90.0, "A1": 100.0}
"""Height of the panel where it lies below the map."""
INDEX_HEAD_MM = 6.0
GAIN = 1.5
"""How much larger the map must be for the table to go on to a page of its own. Chosen."""
MAP_SHARE = 0.42
"""The map has at least so much of the page's width. Chosen."""
COLUMN_GAP_MM = 6.0


@dataclass(frozen=True, slots=True)
class AtlasLayout:
    """Where things stand on one page; boxes are left, bottom, right, top in mm from its lower left corner."""

    width: float
    height: float
    map_box: Box
    panel: Box
    """All that is not the map."""
    legend: Box
    beside: bool
    """The legend is high and narrow; else it is wide and low."""
    index: Box
    columns: tuple[Box, ...]
    """Of the table; each has room for some lines."""
    metres_per_mm: float
    window: Box
    """What the map frame shows, in metres."""

    @property
    def rooms(self) -> tuple[int, ...]:
        """Lines that the columns hold."""
        return tuple(lines_in(box[3] - box[1]) for box in self.columns)


@dataclass(frozen=True, slots=True)
class Needs:
    """What all pages of an atlas must have room for."""

    size: str
    orientation: str
    legend_rows: int
    """Classes, border levels and marks."""
    column_mm: float
    """Width of the table."""
    index_aspect: float
    """Height by width."""


def choose_page(bounds: Box, lines: int, needs: Needs) -> AtlasLayout:
    """Return the best arrangement of one page.

    Parameters
    ----------
    bounds : (float, float, float, float)
        Left, bottom, right, top of the unit in metres.
    lines : int
        Of its table.
    needs : Needs
    """

    def cost(layout: AtlasLayout) -> tuple[float, bool, int, bool]:
        short = sum(layout.rooms) < lines
        scale = layout.metres_per_mm * (GAIN if short else 1)
        return scale, short, len(layout.columns), layout.height > layout.width

    return min(_candidates(bounds, needs), key=cost)


def _candidates(bounds: Box, needs: Needs) -> Iterator[AtlasLayout]:
    """Yield all arrangements that leave room for the map."""
    short, long = SIZES_MM[needs.size]
    turns = {"auto": (True, False), "landscape": (True,), "portrait": (False,)}[needs.orientation]
    for landscape in turns:
        page = (long, short) if landscape else (short, long)
        yield _below(bounds, page, needs)
        for columns in range(1, 5):
            layout = _beside(bounds, page, needs, columns)
            if columns == 1 or layout.map_box[2] - layout.map_box[0] >= MAP_SHARE * page[0]:
                yield layout


def _beside(bounds: Box, page: tuple[float, float], needs: Needs, columns: int) -> AtlasLayout:
    """Arrange the panel at the right of the map: legend, index and table in the first column, then more table."""
    width, height = page
    right, bottom, top = width - MARGIN_MM, MARGIN_MM + FOOTER_MM, height - MARGIN_MM - TITLE_MM
    legend_mm = max(LEGEND_MM[needs.size], needs.column_mm + 2 * INSET_MM)
    pitch = needs.column_mm + COLUMN_GAP_MM
    more = INSET_MM + pitch * (columns - 1) if columns > 1 else 0
    left = right - legend_mm - more
    low = top - _legend_height(needs.legend_rows)
    room = low - INDEX_HEAD_MM - bottom - INSET_MM  # a low page with many classes leaves less than the index would take
    index_mm = min((legend_mm - 2 * INSET_MM) * needs.index_aspect, 0.9 * legend_mm, room)
    index = (left + INSET_MM, low - INDEX_HEAD_MM - index_mm, left + legend_mm - INSET_MM, low - INDEX_HEAD_MM)
    boxes = [(left + INSET_MM, bottom, left + legend_mm - INSET_MM, index[1] - 2)]
    starts = (left + legend_mm + INSET_MM + at * pitch for at in range(columns - 1))
    boxes += [(start, bottom, start + needs.column_mm, top) for start in starts]
    map_box = (MARGIN_MM, bottom, left, top)
    panel, legend = (left, bottom, right, top), (left, low, left + legend_mm, top)
    return _scaled(bounds, page, (map_box, panel, legend, index), boxes, beside=True)


def _below(bounds: Box, page: tuple[float, float], needs: Needs) -> AtlasLayout:
    """Arrange the panel below the map: legend, index and table side by side."""
    width, height = page
    right, bottom, top = width - MARGIN_MM, MARGIN_MM + FOOTER_MM, height - MARGIN_MM - TITLE_MM
    high = max(BELOW_MM[needs.size], 8 + ROW_MM * (needs.legend_rows - 2))
    panel = (MARGIN_MM, bottom, right, bottom + high)
    legend = (MARGIN_MM, bottom, MARGIN_MM + CLASSES_MM + LINES_MM + 4 * INSET_MM, bottom + high)
    index_mm = min((high - INDEX_HEAD_MM - 4) / needs.index_aspect, high, right - legend[2] - 2 * INSET_MM)
    index = (legend[2] + INSET_MM, bottom + 3, legend[2] + INSET_MM + index_mm, bottom + high - INDEX_HEAD_MM)
    boxes, left = [], index[2] + 2 * INSET_MM
    while left + needs.column_mm <= right - INSET_MM:
        boxes.append((left, bottom, left + needs.column_mm, bottom + high))
        left += needs.column_mm + COLUMN_GAP_MM
    map_box = (MARGIN_MM, bottom + high, right, top)
    return _scaled(bounds, page, (map_box, panel, legend, index), boxes, beside=False)


def _legend_height(rows: int) -> float:
    """Return the height of a legend beside the map, as `gridgeo.render.panel` draws it."""
    return HEAD_MM + ROW_MM * (rows + 2) + BETWEEN_MM + SCALE_MM


def _scaled(
    bounds: Box, page: tuple[float, float], places: tuple[Box, Box, Box, Box], boxes: list[Box], *, beside: bool
) -> AtlasLayout:
    """Find the scale and the window of an arrangement."""
    map_box, panel, legend, index = places
    west, south, east, north = bounds
    wide_mm, high_mm = map_box[2] - map_box[0], map_box[3] - map_box[1]
    needed = max((east - west) / (wide_mm - 2 * PADDING_MM), (north - south) / (high_mm - 2 * PADDING_MM))
    scale = round_scale(needed * 1000) / 1000
    left, low = (west + east - wide_mm * scale) / 2, (south + north - high_mm * scale) / 2
    window = (left, low, left + wide_mm * scale, low + high_mm * scale)
    usable = tuple(box for box in boxes if lines_in(box[3] - box[1]))
    return AtlasLayout(*page, map_box, panel, legend, beside, index, usable, scale, window)


def table_columns(size: str, column_mm: float) -> tuple[tuple[float, float], tuple[Box, ...]]:
    """Return a landscape page that holds nothing but columns of a table, and their boxes."""
    short, long = SIZES_MM[size]
    right, bottom, top = long - MARGIN_MM, MARGIN_MM + FOOTER_MM, short - MARGIN_MM - TITLE_MM
    count = max(1, int((right - MARGIN_MM + COLUMN_GAP_MM) // (column_mm + COLUMN_GAP_MM)))
    pitch = (right - MARGIN_MM + COLUMN_GAP_MM) / count
    boxes = [(MARGIN_MM + at * pitch, bottom, MARGIN_MM + at * pitch + column_mm, top) for at in range(count)]
    return (long, short), tuple(boxes)
