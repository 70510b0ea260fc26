"""An invented city with its address library, its grids, and questions with known answers: a second opinion.

    python bench/address_city.py [--rows 100000] [--seed 1] [--per-class 40] [--dirty 0.1] --out DIR

Writes `library.csv`, `enterprises.csv` and `grids.gpkg` (what a product may read), `queries.csv` and `answers.jsonl`.
The same seed gives the same files. Needs no data: divisions, estates and shops are words of `address_words`.

::

    +-~-+-~-~-+    A lattice of cells of 100 m, bent by long waves and jittered. Districts, streets, communities
    )   (     (    and grids are rectangles of cells, so their outlines wiggle and yet share every vertex.
    +-~-+-~-~-+    Roads are curves that take no notice of it: numbers run on where a road leaves a district.

How rows look depends on the seed: with or without province and community, with 号楼, 栋, 幢, 座 or letters,
units by number, 甲乙 or 东西, rooms 101 to 2603, shops by floor, 弄, 巷, 胡同, phases of estates, stalls, and
groups called 组, 队 or 社.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

import address_places
import address_roads
import address_rows
import address_settle
import address_words as words
from address_dirt import soil
from address_grids import CRS, make_grids, outline
from address_queries import make_queries, write_queries

CELL_M = 100.0
ROWS_PER_COMMUNITY = 330
LEFT_M, BOTTOM_M = 430_000.0, 3_300_000.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = tuple[int, int, int, int]
"""First and last-but-one column, first and last-but-one row of the lattice."""


@dataclass
class Community:
    """A community or village: its chain of divisions and its rectangle of cells."""

    code: str
    name: str
    street: str
    area: str
    urban: bool
    size: float
    group_word: str
    cells: Cells = (0, 0, 0, 0)


@dataclass
class City:
    """Everything that is known about an invented city; the parts are filled in by the files beside this one."""

    seed: int
    rng: random.Random
    province: str
    name: str
    communities: list[Community]
    areas: list[str]
    chain: address_rows.Chain
    x: Floats = field(default_factory=lambda: np.empty(0))
    y: Floats = field(default_factory=lambda: np.empty(0))
    owner: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    tree: shapely.STRtree | None = None
    roads: list[address_roads.Road] = field(default_factory=list)
    crossings: list[address_roads.Crossing] = field(default_factory=list)
    rows: list[address_rows.Row] = field(default_factory=list)
    places: list[address_places.Place] = field(default_factory=list)
    grids: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)

    def community_of(self, x: Floats, y: Floats) -> Ints:
        """Return the number of the community that each point lies in, -1 outside the city."""
        assert self.tree is not None
        found = np.full(len(x), -1, dtype=np.int64)
        point, cell = self.tree.query(shapely.points(x, y), predicate="intersects")
        found[point[::-1]] = self.owner.ravel()[cell[::-1]]
        return found

    def middle_of_cell(self, column: int, row: int) -> tuple[float, float]:
        """Return the middle of a cell in metres."""
        corners = np.s_[row : row + 2, column : column + 2]
        return float(self.x[corners].mean()), float(self.y[corners].mean())


# ------------------------------------------------------------------------ divisions ----


def _pick_names(rng: random.Random, pool: list[str], count: int, spare: list[str]) -> list[str]:
    """Return distinct names; where the pool is too small, with names made of two syllables."""
    names = rng.sample(pool, min(count, len(pool)))
    plenty = len(pool) + len(spare) > 2 * count
    while len(names) < count:
        name = rng.choice(spare) + ("" if plenty else rng.choice(words.THIRD))
        if name not in names:
            names.append(name)
    return names


def _communities(rng: random.Random, rows: int) -> tuple[list[Community], list[str]]:
    """Invent districts, streets and communities."""
    count = max(66, round(rows / ROWS_PER_COMMUNITY))
    counties = rng.sample(words.COUNTIES, 2) + (rng.sample(words.COUNTY_CITIES, 1) if rng.random() < 0.5 else [])
    districts = rng.sample(words.DISTRICTS, 3 + (len(counties) == 2))
    areas = [counties[0], *districts, *counties[1:]]
    spare = [a + b for a in words.STEM_HEADS for b in words.STEM_TAILS]
    per_area = max(6, round(count / len(areas) / 9))
    streets = _pick_names(rng, words.STREETS, per_area * len(areas), spare)
    towns = _pick_names(rng, words.TOWNS, per_area * len(areas), spare)
    stems = words.COMMUNITY_STEMS + [s for s in words.STREETS if len(s) == 2] + spare
    villages = [a + b for a in words.VILLAGE_HEADS for b in words.VILLAGE_TAILS]
    made: list[Community] = []
    city_code = f"86{rng.randint(10, 89)}"
    for a, area in enumerate(areas):
        county = area in counties
        group_word = rng.choice(words.GROUP_WORDS)
        for s in range(per_area):
            urban = s < (2 if county else per_area - 1)
            bare = streets.pop() if urban and not county else towns.pop()
            street = bare + ("街道" if urban and not county else "镇" if s % 3 else "乡" if not urban else "镇")
            members = max(1, round(count / len(areas) / per_area + rng.uniform(-2, 2)))
            own: set[str] = set()
            for m in range(members):
                name = _community_name(rng, bare, stems, villages, urban, own)
                own.add(name)
                code = f"{city_code}{a + 2:02d}{s + 1:03d}{m + (1 if urban else 200):03d}"
                size = rng.uniform(28, 70) if urban else rng.uniform(120, 300)
                made.append(Community(code, name, street, area, urban, size, group_word))
    return made, areas


def _community_name(
    rng: random.Random, bare: str, stems: list[str], villages: list[str], urban: bool, taken: set[str]
) -> str:
    """Return a name that no other community of the street has; other streets may have it too."""
    while True:
        if not urban:
            name = rng.choice(villages) + "村"
        elif rng.random() < 0.15:
            name = bare + "社区"
        else:
            name = rng.choice(stems) + rng.choice(("社区", "社区", "社区", "居委会"))
        if name not in taken:
            return name


# -------------------------------------------------------------------------- lattice ----


def _divide(cells: Cells, items: list[list[Community]]) -> None:
    """Give every community of the nested lists a rectangle of cells in proportion to its size."""
    if len(items) == 1:
        if len(items[0]) == 1:
            items[0][0].cells = cells
        else:
            _divide(cells, [[c] for c in items[0]])
        return
    sizes = [sum(c.size for c in item) for item in items]
    part, k = sizes[0], 1
    while k < len(items) - 1 and part + sizes[k] / 2 < sum(sizes) / 2:
        part += sizes[k]
        k += 1
    x0, x1, y0, y1 = cells
    share = part / sum(sizes)
    if x1 - x0 >= y1 - y0:
        at = min(max(round(x0 + (x1 - x0) * share), x0 + 1), x1 - 1)
        first, second = (x0, at, y0, y1), (at, x1, y0, y1)
    else:
        at = min(max(round(y0 + (y1 - y0) * share), y0 + 1), y1 - 1)
        first, second = (x0, x1, y0, at), (x0, x1, at, y1)
    _divide(first, items[:k])
    _divide(second, items[k:])


def _lay_out(city: City) -> None:
    """Draw the lattice and give its cells to the communities."""
    random_ = np.random.default_rng(city.seed)
    by_street: dict[str, dict[str, list[Community]]] = defaultdict(lambda: defaultdict(list))
    for c in city.communities:
        by_street[c.area][c.street].append(c)
    total = sum(c.size for c in city.communities)
    wide = int(np.ceil(np.sqrt(total * 1.3)))
    high = int(np.ceil(total / wide))
    sizes = [sum(c.size for street in by_street[a].values() for c in street) for a in city.areas]
    _divide_areas((0, wide, 0, high), [by_street[a] for a in city.areas], sizes)
    i, j = np.meshgrid(np.arange(wide + 1.0), np.arange(high + 1.0))
    wave = random_.uniform(0, 2 * np.pi, 4)
    city.x = LEFT_M + CELL_M * i + 70 * np.sin(j / 4.1 + wave[0]) + 160 * np.sin(j / 17 + wave[1])
    city.y = BOTTOM_M + CELL_M * j + 70 * np.sin(i / 4.7 + wave[2]) + 160 * np.sin(i / 19 + wave[3])
    city.x = np.round(city.x + random_.uniform(-14, 14, i.shape), 3)
    city.y = np.round(city.y + random_.uniform(-14, 14, i.shape), 3)
    city.owner = np.empty((high, wide), dtype=np.int64)
    for number, c in enumerate(city.communities):
        x0, x1, y0, y1 = c.cells
        city.owner[y0:y1, x0:x1] = number
    corner = np.stack([city.x, city.y], axis=-1)
    rings = np.stack(
        [corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1], corner[:-1, :-1]], axis=2
    ).reshape(-1, 5, 2)
    city.tree = shapely.STRtree(shapely.polygons(rings))


def _divide_areas(cells: Cells, areas: list[dict[str, list[Community]]], sizes: list[float]) -> None:
    """Cut the city into its districts, and these into their streets."""
    if len(areas) == 1:
        _divide(cells, list(areas[0].values()))
        return
    stand_ins = [Community("", "", "", "", True, size, "") for size in sizes]
    _divide(cells, [[s] for s in stand_ins])
    for area, stand_in in zip(areas, stand_ins, strict=True):
        _divide_areas(stand_in.cells, [area], [stand_in.size])


# ----------------------------------------------------------------------------- whole ----


def make_city(rows: int = 100_000, seed: int = 1, dirty: float = 0.0) -> City:
    """Return an invented city with about so many rows.

    Parameters
    ----------
    rows : int
        How many rows the library is to have; a few per cent more or less come out. From 3,000 up.
    seed : int
        The same seed gives the same city.
    dirty : float
        Share of the rows that miss divisions, are spelled otherwise or stand there twice.
    """
    rng = random.Random(f"address city {seed}")
    communities, areas = _communities(rng, rows)
    province, name = rng.choice(words.PROVINCES), rng.choice(words.CITIES)
    chain = address_rows.Chain(province, name, rng.random() < 0.5, rng.random() < 0.7)
    city = City(seed, rng, province, name, communities, areas, chain)
    _lay_out(city)
    address_roads.make_roads(city)
    address_settle.make_rows(city, rows)
    address_places.make_places(city)
    soil(city, dirty)
    city.rows.sort(key=lambda r: r.text)
    for number, row in enumerate(city.rows, 1):
        row.id = f"B{number:07d}"
    make_grids(city)
    return city


def write_city(city: City, out: Path) -> None:
    """Write what a product may read: `library.csv`, `enterprises.csv`, `grids.gpkg`."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "library.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "address", "x", "y"])
        writer.writerows((r.id, r.text, r.lon, r.lat) for r in city.rows)
    with (out / "enterprises.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "address", "x", "y"])
        writer.writerows((p.id, p.name, p.row.text, p.lon, p.lat) for p in city.places)
    (out / "grids.gpkg").unlink(missing_ok=True)
    city.grids.to_file(out / "grids.gpkg", layer="grid", driver="GPKG")
    known = pd.DataFrame([(c.code, c.name, c.street, c.area) for c in city.communities])
    known.columns = pd.Index(["code", "name", "street", "county"])
    outlines = [outline(city, c.cells) for c in city.communities]
    gpd.GeoDataFrame(known, geometry=outlines, crs=CRS).to_file(out / "grids.gpkg", layer="community", driver="GPKG")


def main() -> None:
    """Write a city and questions about it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-class", type=int, default=40)
    parser.add_argument("--dirty", type=float, default=0.0, help="share of dirty rows")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    city = make_city(args.rows, args.seed, args.dirty)
    write_city(city, args.out)
    answers = make_queries(city, args.seed, args.per_class)
    write_queries(answers, args.out)
    counts: dict[str, int] = defaultdict(int)
    for answer in answers:
        counts[answer["class"]] += 1
    sizes = {"rows": len(city.rows), "places": len(city.places), "grids": len(city.grids), "roads": len(city.roads)}
    print(json.dumps({**sizes, "crossings": len(city.crossings), "queries": counts}, ensure_ascii=False))


if __name__ == "__main__":
    main()
