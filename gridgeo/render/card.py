"""Grid cards: one page for each selected grid, with its map, its code to read and to scan, and what it is.

In: the edition of the whole layer, a recipe, and facts that only a store knows. Out: `Cards`, a
`gridgeo.render.book.Book`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.place_names import short_community
from gridgeo.render.atlas_page import draw_heading
from gridgeo.render.book import Drawn, Head, Leaf
from gridgeo.render.canvas import draw_edges, outline
from gridgeo.render.card_facts import Fact, facts_of
from gridgeo.render.edition import Edition, grid_number
from gridgeo.render.furniture import draw_north, draw_scale, write
from gridgeo.render.index_map import placed_texts
from gridgeo.render.label import Label, group_code, text_size_mm
from gridgeo.render.label_drawing import draw_labels
from gridgeo.render.labels import Placing
from gridgeo.render.layout import FOOTER_MM, MARGIN_MM, SIZES_MM, TITLE_MM, Box, round_scale
from gridgeo.render.outside import place_outside
from gridgeo.render.page import draw_footer, framed_axes, new_page, wrapped
from gridgeo.render.palette import CHANGED, INK, MUTED, NEIGHBOUR, NEIGHBOUR_LINE, RULE, SEQUENTIAL
from gridgeo.render.qr import draw_qr
from gridgeo.render.recipe import Recipe
from gridgeo.render.selection import chosen, part_of
from gridgeo.render.sheet import DETAIL_MM
from gridgeo.render.visible import visible_part

__all__ = ["Cards", "plan_cards"]

FILLED = 0.5
"""Share of the map's frame that the grid takes at most. Chosen: its neighbours are seen whole or nearly."""
CODE_MM, QR_MM = 36.0, 34.0
CODE_PT, NUMBER_PT, FACT_PT = 30.0, (14.0, 11.0, 9.0, 7.0, 6.0), 9.0
ROW_MM, NAME_MM = 5.4, 30.0
MOST_ROWS = 22
"""Rows of facts that are printed; the map gives way to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One grid, a leaf of its book."""

    edition: Edition
    """The grid alone."""
    around: NDArray[np.object_]
    names: tuple[str, ...]
    same: NDArray[np.bool_]
    """Whether a neighbour lies in the same community."""
    facts: tuple[Fact, ...]
    number: str

    def pages(self, shared: Recipe) -> Iterator[Drawn]:
        """Draw the card."""
        grid = self.edition.grids.iloc[0]
        told = "。".join(f"{name}：{text}" for name, text in self.facts)
        yield Drawn(self._figure(shared), f"{shared.title}，网格 {group_code(grid['code'])}。{told}。")

    def _figure(self, recipe: Recipe) -> Figure:
        """Compose the page from top to bottom: title, code, map, facts."""
        width, height = SIZES_MM["A4" if recipe.size == "auto" else recipe.size]
        figure, page = new_page(width, height)
        grid = self.edition.grids.iloc[0]
        draw_heading(page, str(grid["full_name"]), recipe.title, self.number, recipe)
        top = height - MARGIN_MM - TITLE_MM
        self._draw_code(page, str(grid["code"]), top)
        rows = _rows(self.facts, width - 2 * MARGIN_MM - NAME_MM - 6)
        low = MARGIN_MM + FOOTER_MM + ROW_MM * len(rows) + 4
        self._draw_map(page, (MARGIN_MM, low, width - MARGIN_MM, top - CODE_MM))
        _draw_facts(page, rows, low - 2)
        draw_footer(page, self.edition, recipe)
        return figure

    def _draw_code(self, page: Axes, code: str, top: float) -> None:
        """Write the code as large as it fits, and draw it to be scanned."""
        right = page.get_xlim()[1] - MARGIN_MM
        page.add_artist(
            Rectangle((MARGIN_MM, top - CODE_MM), right - MARGIN_MM, CODE_MM, fill=False, edgecolor=INK, linewidth=0.8)
        )
        draw_qr(page, right - QR_MM - 1, top - CODE_MM + 1, QR_MM, code)
        write(page, MARGIN_MM + 5, top - 7, "网格编码", size_pt=9, color=MUTED)
        grouped, room = group_code(code), right - QR_MM - MARGIN_MM - 12
        size = min(CODE_PT, CODE_PT * room / text_size_mm(grouped, CODE_PT)[0])
        write(page, MARGIN_MM + 5, top - 18, grouped, size_pt=size)
        said = f"扫描右侧二维码得到：{code}"
        size = min(8.0, 8.0 * room / text_size_mm(said, 8.0)[0])
        write(page, MARGIN_MM + 5, top - 30, said, size_pt=size, color=MUTED)

    def _draw_map(self, page: Axes, box: Box) -> None:
        """Draw the grid among its neighbours."""
        window, scale = _window(self.edition, box)
        axes = framed_axes(page, box, window)
        shapes = np.concatenate([self.edition.grids.geometry.to_numpy(), self.around])
        if shapely.coverage_is_valid(shapes):
            shapes = shapely.coverage_simplify(shapes, DETAIL_MM * scale)
        own, around = shapes[:1], visible_part(shapes[1:], window)
        axes.add_artist(
            PathPatch(outline(around), facecolor=NEIGHBOUR, edgecolor=NEIGHBOUR_LINE, linewidth=0.8, zorder=1)
        )
        _draw_community(axes, np.concatenate([own, around[self.same]]))
        axes.add_artist(PathPatch(outline(own), facecolor=SEQUENTIAL[0], edgecolor="none", zorder=3))
        draw_edges(axes, shapely.boundary(own), "white", 5.0, 4)
        draw_edges(axes, shapely.boundary(own), CHANGED, 2.5, 5)
        grid = self.edition.grids.iloc[0]
        number = grid_number(str(grid["code"]), str(grid["community_code"]))
        inside = placed_texts(own, [number], NUMBER_PT, scale)
        kept = [_kept(place, box, window, scale) for place in _furniture(box)]
        outside = place_outside(around, list(self.names), Placing((*inside, *kept), (), 0), scale, window)
        draw_labels(axes, (*inside, *outside), scale)
        for left, low, right, top in _furniture(box):
            ground = Rectangle((left, low), right - left, top - low, facecolor="white", edgecolor=RULE, linewidth=0.5)
            ground.set_zorder(0.5)
            page.add_artist(ground)
        draw_scale(page, box[0] + 7, box[1] + 8, scale, longest_mm=40)
        draw_north(page, box[2] - 7.5, box[3] - 17)


def _joined(name: str, number: str) -> str:
    """Return name and number, apart where both would read as one: 滨河社区003, but ANC 1C 007."""
    return f"{name} {number}" if name[-1:].isascii() and name else f"{name}{number}"


def _furniture(box: Box) -> tuple[Box, Box]:
    """Return where scale bar and north arrow stand on the map, in mm on the page."""
    left, bottom, right, top = box
    return (left + 2, bottom + 2, left + 54, bottom + 16), (right - 13, top - 18, right - 2, top - 2)


def _kept(place: Box, box: Box, window: Box, metres_per_mm: float) -> Label:
    """Return a place on the page as something on the map that no label may cover."""
    x, y = window[0] - box[0] * metres_per_mm, window[1] - box[1] * metres_per_mm
    left, low, right, top = (edge * metres_per_mm for edge in place)
    return Label("", x + left, y + low, 1.0, "key", (x + left, y + low, x + right, y + top))


def _draw_community(axes: Axes, shapes: NDArray[np.object_]) -> None:
    """Draw the border of the grid's community, as far as it is seen."""
    shapes = shapes[shapely.area(shapes) > 0]
    whole = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
    draw_edges(axes, np.array([shapely.boundary(whole)]), MUTED, 1.2, 2)


def _window(edition: Edition, box: Box) -> tuple[Box, float]:
    """Return what the map shows around the grid, at a round scale, and its metres per mm."""
    west, south, east, north = edition.grids.total_bounds
    wide, high = box[2] - box[0], box[3] - box[1]
    needed = max((east - west) / (FILLED * wide), (north - south) / (FILLED * high))
    scale = round_scale(needed * 1000) / 1000
    left, low = (west + east - wide * scale) / 2, (south + north - high * scale) / 2
    return (float(left), float(low), float(left + wide * scale), float(low + high * scale)), scale


def _rows(facts: Sequence[Fact], room_mm: float) -> list[Fact]:
    """Return the printed rows: long texts go on in rows without a name, and what is too much is counted."""
    rows: list[Fact] = []
    for name, text in facts:
        first, *more = wrapped(text, room_mm, FACT_PT)
        rows += [(name, first), *(("", part) for part in more)]
    if len(rows) > MOST_ROWS:
        left = len(rows) - MOST_ROWS + 1
        rows = [*rows[: MOST_ROWS - 1], ("", f"另有 {left} 行沿革，见 gridgeo history")]
    return rows


def _draw_facts(page: Axes, rows: Sequence[Fact], top: float) -> None:
    """Write the facts, a rule above each."""
    right, y = page.get_xlim()[1] - MARGIN_MM, top
    for name, text in rows:
        if name:
            page.plot([MARGIN_MM, right], [y, y], color=RULE, linewidth=0.5)
            write(page, MARGIN_MM + 2, y - ROW_MM / 2 - 1.1, name, size_pt=FACT_PT, color=MUTED, va="baseline")
        write(page, MARGIN_MM + NAME_MM, y - ROW_MM / 2 - 1.1, text, size_pt=FACT_PT, va="baseline")
        y -= ROW_MM


class Cards:
    """Planned cards, see `gridgeo.render.book.Book`."""

    def __init__(
        self, whole: Edition, rows: NDArray[np.int64], recipe: Recipe, more: Callable[[str], Sequence[Fact]]
    ) -> None:
        self.whole, self.rows, self.shared, self._more = whole, rows, recipe, more
        self._shapes = whole.grids.geometry.to_numpy()

    @property
    def title(self) -> str:
        """Of the whole document."""
        return self.shared.title

    @cached_property
    def heads(self) -> list[tuple[Head, ...]]:
        """One card each, under its community."""
        communities = self.whole.communities.drop_duplicates("code").set_index("code")
        levels = [level for level in ("county", "street") if level in communities]
        above = {code: tuple(map(str, names)) for code, *names in communities[levels].itertuples(name=None)}
        grids = self.whole.grids.iloc[self.rows]
        found: list[tuple[Head, ...]] = []
        for at, (code, owner, name, full) in enumerate(
            zip(grids["code"], grids["community_code"], grids["community_name"], grids["full_name"], strict=True)
        ):
            path = tuple(one for one in (*above.get(owner, ()), str(name)) if one)
            head = Head(title=str(full), label=f"{at + 1}", outline=(*path, f"{group_code(code)} {full}"))
            found.append((head,))
        return found

    def leaf(self, at: int) -> Leaf:
        """Make up one card."""
        row = int(self.rows[at])
        edition = part_of(self.whole, self.rows[at : at + 1])
        around = self._around(row)
        grids = self.whole.grids.iloc[around]
        owner = edition.grids["community_code"].iloc[0]
        same = (grids["community_code"] == owner).to_numpy(dtype=bool)
        named = zip(grids["code"], grids["community_code"], grids["community_name"], same, strict=True)
        names = tuple(
            grid_number(code, community) if own else _joined(short_community(str(name)), grid_number(code, community))
            for code, community, name, own in named
        )
        code = str(edition.grids["code"].iloc[0])
        return Card(
            edition=edition,
            around=self._shapes[around],
            names=names,
            same=same,
            facts=(*facts_of(edition, 0), *self._more(code)),
            number=f"第 {at + 1} / {len(self.rows)} 页",
        )

    def _around(self, row: int) -> NDArray[np.int64]:
        """Return the grids that the map can show beside one."""
        west, south, east, north = self._shapes[row].bounds
        # The frame is at most twice as long as it is high, and the scale is rounded up.
        reach = 3 * max(east - west, north - south) + 100
        near = self._tree.query(shapely.box(west - reach, south - reach, east + reach, north + reach))
        return np.sort(near[near != row])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        """Grids by place."""
        return shapely.STRtree(self._shapes)


def plan_cards(whole: Edition, recipe: Recipe, more: Callable[[str], Sequence[Fact]]) -> Cards:
    """Plan the cards of the selected grids.

    Parameters
    ----------
    whole : Edition
        The whole layer.
    recipe : Recipe
        With its final title.
    more : callable
        Code → facts that stand below those of the layer: versions and lineage.

    Raises
    ------
    InputError
        If nothing is selected and the layer has more than one grid.
    NotFoundError
        If something selected is not there.
    """
    if not recipe.select and len(whole.grids) > 1:
        raise InputError(
            f"a card is a page for every grid, and nothing is selected of {len(whole.grids):,}; name one with --code, "
            "or all of a community or street with --community or --street"
        )
    return Cards(whole, np.flatnonzero(chosen(whole, recipe.select)), recipe, more)
