"""An atlas: a page for every street, community or county, an overview before them, and a table of all codes.

In: the edition of the whole layer and a recipe. Out: an `Atlas`, a `gridgeo.render.book.Book`. What pages share is
worked out once: outlines of the units, the index of neighbours, widths of the table. Next: `atlas_page`, which draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, repeat

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.render.atlas_layout import AtlasLayout, Needs, choose_page, table_columns
from gridgeo.render.atlas_overview import Overview, contents_lines, contents_style, overview_boxes
from gridgeo.render.atlas_page import AtlasPage, Shared
from gridgeo.render.book import Head, Leaf
from gridgeo.render.code_table import Line, grid_lines, grid_style, lines_in, poured
from gridgeo.render.content import content_of
from gridgeo.render.edition import Edition
from gridgeo.render.index_map import DETAIL_MM, IndexMap, united_units
from gridgeo.render.labels import NUMBER_MM
from gridgeo.render.layout import NUMBERED, SIZES_MM, Box
from gridgeo.render.legend import legend_rows
from gridgeo.render.recipe import Recipe
from gridgeo.render.selection import chosen, part_of

__all__ = ["UNIT_WORDS", "Atlas", "plan_atlas"]

UNIT_WORDS = {"street": "街道（乡镇）", "community": "社区（村）", "county": "区县"}
UNKNOWN = "未注明"
MOST_LINES = 250
"""An index map with more units shows the borders of the level above. Chosen."""
INDEX_WIDTH_MM = 54.0
"""About the width of an index map, by which its outlines are thinned."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one page shows."""

    name: str
    above: tuple[str, ...]
    """County, or county and street."""
    rows: NDArray[np.int64]
    """Its grids among those of the layer, in order of code."""
    bounds: Box


@dataclass(frozen=True, slots=True)
class _Plan:
    """The pages of one unit."""

    layout: AtlasLayout
    columns: tuple[tuple[tuple[Line, ...], ...], ...]
    """Of every page, the columns of its table; the first page has the map."""


class Atlas:
    """A planned atlas, see `gridgeo.render.book.Book`."""

    def __init__(self, whole: Edition, units: list[Unit], index: IndexMap, recipe: Recipe) -> None:
        self.whole, self.units, self.index, self.recipe = whole, units, index, recipe
        rows = np.concatenate([unit.rows for unit in units])
        self.part = part_of(whole, np.sort(rows))
        self.style = grid_style(self.part)
        self.size = self._paper()
        self._shapes = whole.grids.geometry.to_numpy()
        self._unit_of = np.full(len(whole.grids), -1, dtype=np.int64)
        for at, unit in enumerate(units):
            self._unit_of[unit.rows] = at

    @property
    def title(self) -> str:
        """Of the whole document."""
        return self.recipe.title

    @cached_property
    def shared(self) -> Shared:
        """What every page needs."""
        return Shared(self.recipe, self.index.small(INDEX_WIDTH_MM), self.style)

    @cached_property
    def heads(self) -> list[tuple[Head, ...]]:
        """Of the overview, if there is one, and of every unit."""
        return [*self._front, *(self._heads_of(at) for at in range(len(self.units)))]

    def leaf(self, at: int) -> Leaf:
        """Make up the overview or the pages of a unit."""
        before = len(self._front)
        return self._overview if at < before else self._page(at - before)

    def _paper(self) -> str:
        """Return one size for all pages: A4 where most have room for their numbers and their table, else A3."""
        if self.recipe.size != "auto":
            return self.recipe.size
        needs = self._needs("A4")
        side_m = np.sqrt(self.whole.grids.geometry.area.to_numpy())
        lines = [len(unit.rows) + self._communities(unit) for unit in self.units]
        layouts = [choose_page(unit.bounds, count, needs) for unit, count in zip(self.units, lines, strict=True)]
        sides = [side_m[unit.rows] / one.metres_per_mm for unit, one in zip(self.units, layouts, strict=True)]
        whole = [sum(one.rooms) >= count for one, count in zip(layouts, lines, strict=True)]
        fits = (np.concatenate(sides) >= NUMBER_MM).mean(), np.mean(whole)
        return "A4" if min(fits) >= NUMBERED else "A3"

    def _communities(self, unit: Unit) -> int:
        """Count the communities of a unit."""
        return int(self.whole.grids["community_code"].iloc[unit.rows].nunique())

    def _needs(self, size: str) -> Needs:
        """Return what all pages must have room for."""
        rows = len(legend_rows(self.part.grids, self.recipe)) + len(self.shared_levels) + 1
        return Needs(size, self.recipe.orientation, rows, self.style.width_mm, self.index.aspect)

    @property
    def shared_levels(self) -> tuple[str, ...]:
        """Border levels in the legend."""
        return ("community", "grid") if self.recipe.by == "community" else (self.recipe.by, "community", "grid")

    @cached_property
    def _plans(self) -> list[_Plan]:
        """Arrange all pages."""
        needs, paper = self._needs(self.size), table_columns(self.size, self.style.width_mm)[1]
        more = lines_in(paper[0][3] - paper[0][1])
        return [self._planned(unit, needs, more, len(paper)) for unit in self.units]

    def _planned(self, unit: Unit, needs: Needs, more: int, on_page: int) -> _Plan:
        """Arrange the pages of one unit."""
        lines = grid_lines(part_of(self.whole, unit.rows), self.style)
        layout = choose_page(unit.bounds, len(lines), needs)
        columns = [tuple(column) for column in poured(lines, chain(layout.rooms, repeat(more)))]
        first = len(layout.rooms)
        pages = [columns[:first], *(columns[at : at + on_page] for at in range(first, len(columns), on_page))]
        return _Plan(layout, tuple(tuple(page) for page in pages))

    @cached_property
    def _overview(self) -> Overview:
        """Make up the first pages."""
        counts = self._counts()
        size = "A3" if self.recipe.size == "auto" else self.recipe.size
        style = contents_style(counts, size)
        lines = contents_lines(counts, style)
        boxes = overview_boxes(size, style, len(lines))
        room = lines_in(boxes[0][3] - boxes[0][1], style.scale)
        return Overview(
            index=self.index,
            edition=replace(self.part, grids=self.part.grids.iloc[:0]),
            names=tuple(unit.name for unit in self.units),
            word=UNIT_WORDS[self.recipe.by],
            size=size,
            style=style,
            columns=tuple(tuple(column) for column in poured(lines, repeat(room))),
            boxes=boxes,
            grids=len(self.part.grids),
        )

    def _counts(self) -> pd.DataFrame:
        """Return what the contents list, one row per unit."""
        grids = self.whole.grids
        rows = [grids.iloc[unit.rows] for unit in self.units]
        table = {
            "page": [str(at + 1) for at in range(len(self.units))],
            "name": [unit.name for unit in self.units],
            "above": [" ".join(unit.above) for unit in self.units],
            "communities": [row["community_code"].nunique() for row in rows],
            "grids": [len(row) for row in rows],
        }
        if "households" in grids:
            table["households"] = [pd.to_numeric(row["households"], errors="coerce").sum() for row in rows]
        return pd.DataFrame(table)

    @cached_property
    def _front(self) -> list[tuple[Head, ...]]:
        """Heads of the overview's pages; an atlas of one unit has none."""
        if len(self.units) < 2:
            return []
        count = self._overview.page_count
        more = (Head(title=f"{self.title}　目录", label=f"目录{at}") for at in range(1, count))
        return [(Head(title=self.title, label="封面", outline=("封面与目录",)), *more)]

    def _heads_of(self, at: int) -> tuple[Head, ...]:
        """Heads of one unit's pages."""
        unit, plan = self.units[at], self._plans[at]
        names: tuple[str, ...] = ()
        if self.recipe.by != "community":
            names = tuple(dict.fromkeys(self.whole.grids["community_name"].iloc[unit.rows].astype(str)))
        first = Head(title=unit.name, label=f"{at + 1}", outline=(*unit.above, unit.name), below=names)
        more = (
            Head(title=f"{unit.name}　续表", label=f"{at + 1}续表{number}") for number in range(1, len(plan.columns))
        )
        return first, *more

    def _page(self, at: int) -> AtlasPage:
        """Make up the pages of one unit."""
        unit, plan = self.units[at], self._plans[at]
        content = content_of(part_of(self.whole, unit.rows), self.recipe)
        around = self._tree.query(shapely.box(*plan.layout.window))
        around = np.sort(around[self._unit_of[around] != at])
        return AtlasPage(
            content=replace(content, neighbours=self._shapes[around]),
            names=tuple(self._called(int(other)) for other in self._unit_of[around]),
            title=unit.name,
            above="　".join(unit.above),
            number=f"第 {at + 1} / {len(self.units)} 页",
            place=at,
            layout=plan.layout,
            levels=self.shared_levels,
            columns=plan.columns,
            paper=table_columns(self.size, self.style.width_mm),
        )

    @cached_property
    def _tree(self) -> shapely.STRtree:
        """Grids by place."""
        return shapely.STRtree(self._shapes)

    def _called(self, unit: int) -> str:
        """Return how a neighbour is named outside: with the page where it goes on."""
        return f"{self.units[unit].name}（第{unit + 1}页）" if unit >= 0 else ""


def plan_atlas(whole: Edition, recipe: Recipe) -> Atlas:
    """Plan an atlas.

    Parameters
    ----------
    whole : Edition
        The whole layer; only what the recipe selects has pages, the rest lies around.
    recipe : Recipe
        Already brought to the layer's rules, with its final title.

    Raises
    ------
    InputError
        If the layer does not say in which street or county its communities lie, or nothing is selected.
    NotFoundError
        If something selected is not there.
    """
    picked = chosen(whole, recipe.select) if recipe.select else np.ones(len(whole.grids), dtype=bool)
    names = _names(whole, recipe.by)
    keys = pd.factorize(pd.MultiIndex.from_frame(names))[0]
    bounds = whole.grids.bounds.to_numpy()
    units: list[Unit] = []
    outline_of = np.full(len(keys), -1, dtype=np.int64)
    # Units with a page come first, in the order of the codes, then the rest of the layer.
    for key in pd.unique(keys[picked]):
        rows = np.flatnonzero(picked & (keys == key))
        box = (*bounds[rows, :2].min(axis=0), *bounds[rows, 2:].max(axis=0))
        name = str(names["unit"].iloc[rows[0]]) or UNKNOWN
        above = tuple(str(names[level].iloc[rows[0]]) for level in names if level in ("county", "street"))
        outline_of[rows] = len(units)
        units.append(Unit(name, tuple(one for one in above if one), rows, tuple(map(float, box))))  # type: ignore[arg-type]
    rest = outline_of < 0
    outline_of[rest] = len(units) + pd.factorize(keys[rest])[0]
    return Atlas(whole, units, _index_of(whole, outline_of, len(units), recipe), recipe)


def _names(whole: Edition, by: str) -> pd.DataFrame:
    """Return, for every grid, the names that make its unit: those above it, and its own."""
    communities, owner = whole.communities, whole.grids["community_code"]
    if by != "community" and by not in communities:
        raise InputError(
            f'the layer does not say its {by} names, so an atlas by {by} has no pages; write by = "community"'
        )
    above = {"county": [], "street": ["county"], "community": ["county", "street"]}[by]
    found = {}
    for level in (*above, by):
        if level in communities:
            parent = dict(zip(communities["code"], communities[level].astype(str), strict=True))
            found[level] = owner.map(parent).fillna("").to_numpy(dtype=object)
    if by == "community":
        return pd.DataFrame({**found, "code": owner.to_numpy(dtype=object), "unit": whole.grids["community_name"]})
    found["unit"] = found.pop(by)
    return pd.DataFrame(found)


def _index_of(whole: Edition, outline_of: NDArray[np.int64], pages: int, recipe: Recipe) -> IndexMap:
    """Return the index map of all units."""
    shapes = whole.grids.geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = DETAIL_MM * max(east - west, north - south) / SIZES_MM["A3"][0]
    count = int(outline_of.max()) + 1
    outlines = united_units(shapes, outline_of, count, tolerance)
    lines = outlines
    if count > MOST_LINES and recipe.by == "community" and "street" in whole.communities:
        streets = pd.factorize(_names(whole, "street")["unit"])[0]
        lines = united_units(shapes, streets, int(streets.max()) + 1, tolerance)
    return IndexMap(outlines, lines, tuple(str(at + 1) if at < pages else "" for at in range(count)))
