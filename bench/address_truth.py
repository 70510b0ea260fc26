"""What is true of an invented city: which rows are consistent with what a text still tells, and what lies near."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import address_ways as ways
import numpy as np
import shapely
from address_places import Place
from address_roads import Crossing
from address_rows import SLOTS, Row
from pyproj import Transformer

if TYPE_CHECKING:
    from address_city import City

FAMILY = {"number": "front", "gate": "front"}
"""A plain number and the gate of an estate at a number answer the same question."""
NAMES = ("est", "est_base", "est_core", "road", "hamlet", "comm", "street", "area")
"""The slots that hold names."""
ROWS_LISTED = 2000

Answer = dict[str, Any]


def codes(things: Iterable[Row | Place]) -> list[str]:
    """Return the grids of rows or places."""
    return sorted({t.grid for t in things})


class Truth:
    """A city with indexes from slots to rows and from names to places."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.by_level: dict[str, list[Row]] = defaultdict(list)
        self.by_family: dict[str, list[Row]] = defaultdict(list)
        for row in city.rows:
            self.by_level[row.level].append(row)
            self.by_family[FAMILY.get(row.level, row.level)].append(row)
        self._indexes: dict[tuple[str, str], dict[str, list[Row]]] = {}
        self._tree = shapely.STRtree(city.grids.geometry.to_numpy())
        self._codes = city.grids["code"].tolist()
        self._degrees = Transformer.from_crs(city.grids.crs, 4490, always_xy=True)

    # -------------------------------------------------------------------- addresses ----

    def consistent(self, level: str, known: dict[str, str]) -> list[Row]:
        """Return all rows of a level's family whose slots equal the known ones."""
        family = FAMILY.get(level, level)
        told = [(slot, known[slot]) for slot in SLOTS if slot in known]
        lists = [self._by_name(family, slot).get(value, []) for slot, value in told if slot in NAMES and value]
        rows = min(lists, key=len) if lists else self.by_family[family]
        return [row for row in rows if all(getattr(row, slot) == value for slot, value in told)]

    def _by_name(self, family: str, slot: str) -> dict[str, list[Row]]:
        """Return the rows of a family by the name in a slot."""
        index = self._indexes.get((family, slot))
        if index is None:
            index = self._indexes[family, slot] = defaultdict(list)
            for row in self.by_family[family]:
                index[getattr(row, slot)].append(row)
        return index

    @cached_property
    def names(self) -> dict[str, set[str]]:
        """Return the distinct names of every slot that holds a name."""
        return {slot: {getattr(r, slot) for r in self.city.rows} - {""} for slot in NAMES}

    def sound_rivals(self, level: str, known: dict[str, str], spoilt: dict[str, str]) -> list[Row]:
        """Return rows that the spoilt names may mean as well by their sound."""
        rows: list[Row] = []
        scopes = [known]
        for slot, heard in spoilt.items():
            names = [n for n in self.names[slot] if ways.alike(n, heard)]
            scopes = [{**scope, slot: n} for scope in scopes for n in names]
        for scope in scopes:
            rows += self.consistent(level, scope)
        return rows

    def answer(self, text: str, rows: Sequence[Row], source: Row, rivals: Sequence[Row] = ()) -> Answer:
        """Return the answer for a text with which `rows` are consistent; rivals make it doubtful."""
        grids = codes(rows)
        ambiguous = len(grids) > 1
        doubt = not ambiguous and not set(codes(rivals)) <= set(grids)
        status = ["ambiguous"] if ambiguous else ["sure", "ambiguous"] if doubt else ["sure"]
        return {
            "query": text, "rows": [r.id for r in rows][:ROWS_LISTED], "grids": grids, "source_grid": source.grid,
            "ambiguous": ambiguous, "doubt": doubt, "status": status,
        }  # fmt: skip

    # ----------------------------------------------------------------------- places ----

    @cached_property
    def known_as(self) -> dict[str, list[Place]]:
        """Return the places that bear a name or are known by it."""
        table: dict[str, list[Place]] = defaultdict(list)
        for place in self.city.places:
            for name in {place.name, *place.known_as}:
                table[name].append(place)
        return table

    def companies(self, key: Callable[[Place], str]) -> dict[str, list[Place]]:
        """Return the companies by a key."""
        table: dict[str, list[Place]] = defaultdict(list)
        for place in self.city.places:
            if place.kind == "company":
                table[key(place)].append(place)
        return table

    def place_answer(self, text: str, places: Sequence[Row | Place], source: Row | Place, reach: float = 0.0) -> Answer:
        """Return the answer for a place or gate; `reach` metres around it count as right too."""
        grids = codes(places)
        ambiguous = len(grids) > 1
        near = {g for p in places[:20] for g in self.grids_near(shapely.Point(p.x, p.y), reach)} if reach else set()
        rows = [p.id for p in places] + [p.row.id for p in places if isinstance(p, Place)]
        status = ["ambiguous"] if ambiguous else ["sure", "ambiguous"] if reach else ["sure"]
        return {
            "query": text, "rows": rows, "grids": sorted(near | set(grids)), "source_grid": source.grid,
            "ambiguous": ambiguous, "doubt": False, "status": status,
        }  # fmt: skip

    # --------------------------------------------------------------------- geometry ----

    def grids_near(self, shape: shapely.Geometry, metres: float) -> list[str]:
        """Return all grids within a distance of a shape."""
        return sorted(self._codes[i] for i in self._tree.query(shape, predicate="dwithin", distance=metres))

    def degrees(self, x: float, y: float) -> list[float]:
        """Return longitude and latitude."""
        return [round(v, 7) for v in self._degrees.transform(x, y)]

    @cached_property
    def single_roads(self) -> set[str]:
        """Return the names that only one road bears."""
        names = [r.name for r in self.city.roads]
        return {n for n in names if names.count(n) == 1}

    @cached_property
    def crossings(self) -> list[Crossing]:
        """Return the crossings that a library can tell: both roads have a number within 150 m."""
        rows = [r for r in self.by_family["front"] if r.road]
        tree = shapely.STRtree(shapely.points([r.x for r in rows], [r.y for r in rows]))
        kept = []
        for crossing in self.city.crossings:
            near = {rows[i].road for i in tree.query(shapely.Point(crossing.x, crossing.y), "dwithin", distance=150)}
            if {crossing.a, crossing.b} <= near:
                kept.append(crossing)
        return kept

    @cached_property
    def pairs(self) -> dict[frozenset[str], list[Crossing]]:
        """Return all crossings of two names."""
        table: dict[frozenset[str], list[Crossing]] = defaultdict(list)
        for crossing in self.city.crossings:
            table[frozenset((crossing.a, crossing.b))].append(crossing)
        return table

    @cached_property
    def numbers(self) -> dict[str, list[Row]]:
        """Return the fronts with plain numbers of every road that bears its name alone, by number."""
        table: dict[str, list[Row]] = defaultdict(list)
        for row in self.by_family["front"]:
            if row.road in self.single_roads and row.no.isdigit():
                table[row.road].append(row)
        return {road: sorted(rows, key=lambda r: int(r.no)) for road, rows in table.items()}

    @cached_property
    def last_numbers(self) -> dict[str, int]:
        """Return the highest number of every road, those of lanes and 12-3 or 甲12 among them."""
        table: dict[str, int] = defaultdict(int)
        for row in self.by_family["front"] + self.by_family["lane"]:
            figures = re.search("[0-9]+", row.no or row.lane)
            table[row.road] = max(table[row.road], int(figures[0])) if figures else table[row.road]
        return table

    def near_rows(self, rows: Sequence[Row | Place], low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of rows that are between two distances apart."""
        x, y = np.array([r.x for r in rows]), np.array([r.y for r in rows])
        a, b = shapely.STRtree(shapely.points(x, y)).query(shapely.points(x, y), "dwithin", distance=high)
        keep = (a < b) & (np.hypot(x[a] - x[b], y[a] - y[b]) >= low)
        return a[keep], b[keep]


__all__ = ["Answer", "Truth", "codes"]
