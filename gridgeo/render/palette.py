"""Colours, line widths and type sizes of every map and page.

In: nothing. Out: constants. The colour differences that the comments promise are tested, for normal sight and for
the three dichromacies, in ``tests/test_palette.py``. No meaning is carried by colour alone.
"""

from __future__ import annotations

__all__ = [
    "ACCENT",
    "AGENCY_LINES",
    "BORDER_PT",
    "CHANGED",
    "DIVERGING",
    "EXCLUSIVE",
    "FATES",
    "FOCUS",
    "FONT_STACK",
    "FORMER_DASHES",
    "INK",
    "MARKS",
    "MUTED",
    "NEIGHBOUR",
    "NEIGHBOUR_LINE",
    "NO_DATA",
    "PAPER",
    "RULE",
    "SEQUENTIAL",
    "TINTS",
]

INK = "#1c262b"
MUTED = "#5b6a72"
RULE = "#d5dbdd"
PAPER = "#fafaf8"

ACCENT, FOCUS = "#0b5c7a", "#ffb000"
"""Buttons of pages, with white text, and the ring around what has the keyboard."""

SEQUENTIAL = ("#f7f4e6", "#c6dbd3", "#8bbabd", "#488da2", "#1d5a78")
"""Light to dark, even in lightness, so that a grey print keeps the order. Ink needs a white halo on the last two."""

TINTS = ("#f9f5ca", "#c5d7d3", "#e8caf6", "#ddfaff", "#d4d7bf", "#f0f8eb")
"""Grounds that tell neighbouring units apart, light enough for ink; found by search for the largest least difference
under every sight. They have no order and mean nothing: borders and names tell which unit it is."""

DIVERGING = ("#5e3c99", "#b2abd2", "#f5f3ea", "#f2b56b", "#b35806")
"""Too light to too heavy; not on maps with exclusive grids, whose purple is its first class."""

CHANGED = "#d95f02"
"""A border being changed, or the selected grid; always with a white casing."""

EXCLUSIVE = "#5e3c99"
"""专属网格: line and 45 degree hatch with a white casing; the hatch carries the meaning in a grey print."""

MARKS = {"fine": "#1b6e8c", "warning": "#a65f00", "error": "#8c1c31"}
"""Always shown with an icon and a word."""

NO_DATA = "#9aa5aa"
"""Grey 45 degree hatch with its own row in the legend."""

NEIGHBOUR, NEIGHBOUR_LINE = "#f0f2f2", "#d2d7d9"
"""Grids around a selection: only so dark that the eye sees where the ground goes on."""
FATES = (SEQUENTIAL[0], SEQUENTIAL[3], DIVERGING[3], "#dcd6ee", "#ffffff")
"""What a grid came from: unchanged, split, merged, mixed (hatched violet too), nothing (hatched as `NO_DATA`)."""
AGENCY_LINES = (
    ("#0072b2", "solid"),
    ("#d55e00", "dashed"),
    ("#009e73", "dashdot"),
    ("#cc79a7", "dotted"),
    ("#e69f00", (0, (8, 2))),
    ("#56b4e9", (0, (4, 1, 1, 1))),
    ("#8c6d31", (0, (1, 2))),
)
"""Colour and dashes of the agencies' own borders where several layers lie on one another (Okabe and Ito 2008)."""

BORDER_PT = {"city": 1.8, "county": 1.8, "street": 1.5, "community": 0.9, "grid": 0.4, "neighbour": 0.3}
"""Line widths on paper, in points."""

FORMER_DASHES = (0, (3.5, 1.5))

FONT_STACK = '"Source Han Sans SC","Noto Sans CJK SC","Microsoft YaHei","WenQuanYi Micro Hei","PingFang SC",sans-serif'
"""Faces of every page, in order."""
