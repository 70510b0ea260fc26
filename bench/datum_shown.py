"""How often is the datum of a register shown, refused, or shown wrongly? python bench/datum_shown.py [SEEDS]

Registers with a known datum are drawn from generated cities: with community names in the addresses, with street names
only, or from an address library given as LIBRARY= (a folder with grids.gpkg, library.csv in EPSG:4490). A share of the
addresses is replaced, one half by a neighbouring community's, one half by any; those of TAIPEI= (open data: a folder
with layers/village_li.geojson.gz, points/address_points.csv.gz) are real and have errors of their own. Beside the true
datums there are registers that no candidate fits: twice-shifted GCJ-02, a system 80 m off, one half GCJ-02 and one half
CGCS2000; there every verdict is wrong.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.crs import from_city, to_city
from gridgeo.datum import wgs84_to_gcj02
from gridgeo.locate.datum import DatumEvidence, label_of
from gridgeo.locate.index import build_index
from gridgeo.locate.places import Places, make_places
from gridgeo.sample import make_city

SIZES = (50, 200, 1000, 5000)
WRONG = (0.0, 0.1, 0.3)
TRUTHS = {
    "EPSG:4490": "CGCS2000/WGS84", "GCJ-02": "GCJ-02", "BD-09": "BD-09", "EPSG:4547": "EPSG:4547",
    "EPSG:4526": "EPSG:4526", "gcj twice": "", "80 m off": "", "half gcj": "",
}  # fmt: skip
OUTCOMES = ("right", "refused", "wrong")
NOISE_M = 10.0
"""Standard deviation of every coordinate: an entrance, a marker."""


@dataclass(frozen=True)
class Town:
    """A layer and a register in its CRS."""

    name: str
    crs: str
    places: Places
    evidence: Callable[[], DatumEvidence]
    x: np.ndarray
    y: np.ndarray
    addresses: np.ndarray
    near: np.ndarray
    """Row → a row in a neighbouring community."""


def town(name: str, grids: gpd.GeoDataFrame, parents: dict, xy: np.ndarray, addresses: np.ndarray) -> Town:
    index = build_index(grids)
    places = make_places(index.codes, grids.set_index("code"), parents)
    own = places.named(addresses)
    tree = shapely.STRtree(shapely.points(xy[:, 0], xy[:, 1]))
    at, other = tree.query(shapely.points(xy[:, 0] + 700, xy[:, 1] - 500), predicate="dwithin", distance=400)
    near = np.arange(len(xy))
    foreign = own[at] != own[other]
    near[at[foreign]] = other[foreign]
    bounds = grids.total_bounds
    return Town(
        name,
        grids.crs.to_string(),
        places,
        lambda: DatumEvidence(places, index, bounds),
        xy[:, 0],
        xy[:, 1],
        addresses,
        near,
    )


def sample_towns(seed: int) -> list[Town]:
    """Make the sample city's towns: forty communities of some 900 m, and the same with street names only."""
    city = make_city(seed)
    truth, communities = city.truth, city.communities.set_index("CODE")
    serial = truth.groupby("community_code").cumcount() + 1
    grids = gpd.GeoDataFrame(
        {
            "code": truth["community_code"] + serial.map("{:03d}".format),
            "community_code": truth["community_code"],
            "community_name": truth["community_code"].map(communities["NAME"]),
        },
        geometry=truth.geometry, crs=truth.crs,
    )  # fmt: skip
    parents = {code: [row["COUNTY"], row["STREET"]] for code, row in communities.iterrows()}
    table = city.households[city.households["lon"] > 0]
    xy = np.column_stack(to_city(table["lon"], table["lat"], "GCJ-02", city.crs))
    rows, _ = build_index(grids).covering(xy[:, 0].copy(), xy[:, 1].copy())
    xy, table, rows = xy[rows >= 0], table[rows >= 0], rows[rows >= 0]
    ordered = grids.sort_values("code")["community_name"].to_numpy()
    street = table["ADDR"].to_numpy(object)
    full = np.array([f"漯河市{name}{number}号" for number, name in enumerate(ordered[rows])], object)
    return [town("communities", grids, parents, xy, full), town("streets only", grids, parents, xy, street)]


def library_town(folder: Path) -> Town:
    """Read a library: villages of 1.5 km, clustered houses, names that repeat."""
    grids = gpd.read_file(folder / "grids.gpkg", layer="grid")
    table = pd.read_csv(folder / "library.csv")
    parents = {
        code: [name.partition("区")[0] + "区", street_in(name)]
        for code, name in zip(grids["community_code"], grids["full_name"], strict=True)
        if street_in(name)
    }
    xy = np.column_stack(to_city(table["x"], table["y"], "EPSG:4490", grids.crs.to_string()))
    return town("library", grids, parents, xy, table["address"].to_numpy(object))


def taipei_town(folder: Path) -> Town:
    """Read Taipei: 456 villages, and 3,747 places in people's words that name hardly more than their district."""
    villages = gpd.read_file(f"/vsigzip/{folder}/layers/village_li.geojson.gz").to_crs("EPSG:3826")
    codes, names = villages["VILLCODE"], villages["VILLNAME"]
    grids = gpd.GeoDataFrame(
        {"code": codes, "community_code": codes, "community_name": names},
        geometry=shapely.buffer(villages.geometry.to_numpy(), 0), crs=villages.crs,
    )  # fmt: skip
    above = zip(codes, villages["COUNTYNAME"], villages["TOWNNAME"], strict=True)
    table = pd.read_csv(folder / "points" / "address_points.csv.gz")
    xy = np.column_stack(to_city(table["lon"], table["lat"], "EPSG:4326", "EPSG:3826"))
    parents = {code: [county, district] for code, county, district in above}
    return town("Taipei", grids, parents, xy, table["location_text"].to_numpy(object))


def street_in(full_name: str) -> str:
    """Return the street or town in a full name such as 漯河市源汇区老街街道滨西社区第1网格."""
    rest = full_name[3:]
    for county in ("区", "县"):
        head, found, tail = rest.partition(county)
        if found and len(head) <= 3:
            rest = tail
            break
    for end in ("街道", "镇", "乡"):
        head, found, _ = rest.partition(end)
        if found:
            return head + end
    return ""


def stored(
    x: np.ndarray, y: np.ndarray, truth: str, crs: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates as a register of a datum holds them."""
    if truth == "gcj twice":
        return wgs84_to_gcj02(*from_city(x, y, "GCJ-02", crs))
    if truth == "80 m off":
        return from_city(x + 64, y - 48, "EPSG:4490", crs)
    if truth == "half gcj":
        plain, moved = from_city(x, y, "EPSG:4490", crs), from_city(x, y, "GCJ-02", crs)
        half = rng.random(len(x)) < 0.5
        return np.where(half, plain[0], moved[0]), np.where(half, plain[1], moved[1])
    return from_city(x, y, truth, crs)


def trial(place: Town, truth: str, size: int, wrong: float, rng: np.random.Generator) -> tuple[str, str]:
    """Return (right, refused or wrong; the reason) for one register."""
    rows = rng.choice(len(place.x), min(size, len(place.x)), replace=False)
    written = rows.copy()
    spoilt = rng.random(len(rows)) < wrong
    neighbour = rng.random(len(rows)) < 0.5
    written[spoilt & neighbour] = place.near[rows[spoilt & neighbour]]
    any_row = rng.integers(0, len(place.x), len(rows))
    written[spoilt & ~neighbour] = any_row[spoilt & ~neighbour]
    noise = rng.normal(0, NOISE_M, (2, len(rows)))
    x, y = stored(place.x[rows] + noise[0], place.y[rows] + noise[1], truth, place.crs, rng)
    evidence = place.evidence()
    evidence.add(np.round(x, 7), np.round(y, 7), place.places.named(place.addresses[written]))
    verdict = evidence.verdict()
    if not verdict.shown:
        return "refused", verdict.reason
    return ("right" if label_of(verdict.crs) == TRUTHS[truth] else "wrong"), verdict.best


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    towns = [found for seed in range(seeds) for found in sample_towns(seed)]
    if os.environ.get("LIBRARY"):
        towns += [library_town(Path(os.environ["LIBRARY"]))] * seeds
    if os.environ.get("TAIPEI"):
        towns += [taipei_town(Path(os.environ["TAIPEI"]))] * seeds
    counts: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    begun = time.perf_counter()
    for (number, place), (at, truth), size, wrong in product(enumerate(towns), enumerate(TRUTHS), SIZES, WRONG):
        if place.crs == "EPSG:3826" and truth.startswith("EPSG:45"):
            continue  # not a system of that place
        rng = np.random.default_rng([number, size, int(wrong * 100), at])
        outcome, reason = trial(place, truth, size, wrong, rng)
        counts[(place.name, "a candidate" if TRUTHS[truth] else truth, size, wrong)][outcome] += 1
        reasons[(truth, outcome)][reason] += 1
    for key in sorted(counts, key=lambda key: (key[1], key[0], *key[2:])):
        found = counts[key]
        print(*(f"{part!s:14}" for part in key), *(f"{name} {found[name]:4}" for name in OUTCOMES))
    for (truth, outcome), found in reasons.items():
        print(f"{truth:14} {outcome:8}", dict(found))
    print(f"{sum(map(Counter.total, counts.values()))} registers, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
