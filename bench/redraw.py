"""Dry runs of operations with their effect, and the publication of a draft, on layers of growing size.

    python bench/redraw.py [--grids 1000 8000 64000] [--places-per-grid 125] [--rounds 200] [--stores gpkg postgis]

Every operation is tried on the current version as the API does it: read what it is about, node the new line, give every
place its grid, compare before and after. So the work should depend on the grids concerned and not on how many there
are: the last column is the ratio to the smallest layer of the same store in the same run. Publishing replays a draft of
50 operations, renews the assignments and certifies the whole layer. PostGIS is the server that GRIDGEO_TEST_DSN names,
else the private one of the tests. Times are wall seconds of this process.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg

from gridgeo.errors import Refusal
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.publish import issued_numbers
from gridgeo.partition.check import certify
from gridgeo.store.base import Publication, Store, init_store
from gridgeo.tables import CROSSWALK, FINDING, PROVENANCE

CRS, LEFT, BOTTOM, SIDE_M = "EPSG:4547", 400000.0, 3700000.0, 300.0
CHORDS = 10
"""Chords of the bent line between two corners: about 40 vertices a grid, as merged layers have."""
PER_COMMUNITY = 8


def bent(one: np.ndarray, two: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Return the line between two corners, bent by some metres."""
    share = np.linspace(0, 1, CHORDS + 1)[:, None]
    across = np.array([one[1] - two[1], two[0] - one[0]]) / np.hypot(*(two - one))
    off = chance.uniform(-6, 6, CHORDS + 1)
    off[[0, -1]] = 0
    return np.round(one + share * (two - one) + off[:, None] * across, 3)


def publication_of(grids: int, per_grid: int) -> Publication:
    """Return a square city of jittered blocks with bent borders, in communities of `PER_COMMUNITY`."""
    side = int(np.sqrt(grids))
    chance = np.random.default_rng(1)
    index = np.indices((side + 1, side + 1)).transpose(1, 2, 0)
    corner = np.round(index * SIDE_M + chance.uniform(-60, 60, index.shape) + [LEFT, BOTTOM], 3)
    east = [[bent(corner[i, k], corner[i + 1, k], chance) for k in range(side + 1)] for i in range(side)]
    north = [[bent(corner[i, k], corner[i, k + 1], chance) for k in range(side)] for i in range(side + 1)]
    shapes, community = [], []
    for i in range(side):
        for k in range(side):
            ring = [east[i][k][:-1], north[i + 1][k][:-1], east[i][k + 1][:0:-1], north[i][k][::-1]]
            shapes.append(shapely.Polygon(np.concatenate(ring)))
            number = i * -(-side // PER_COMMUNITY) + k // PER_COMMUNITY
            community.append(f"4111{number // 1000 + 1:02d}{1 + number % 1000 // 50:03d}{1 + number % 50:03d}")
    table = pd.DataFrame({"community_code": community, "kind": "general"})
    table["code"] = table["community_code"] + (table.groupby("community_code").cumcount() + 1).map("{:03d}".format)
    home = np.repeat(np.arange(len(shapes)), per_grid)
    inner = np.array([shape.centroid.coords[0] for shape in shapes])
    xy = np.round(inner[home] + chance.uniform(-80, 80, (len(home), 2)), 2)
    kind = np.array(["household", "household", "household", "enterprise"], object)[np.arange(len(home)) % 4]
    count = np.where(kind == "household", 4, 1)
    sums = pd.DataFrame({"home": home, "kind": kind, "count": count}).groupby(["home", "kind"])["count"].sum().unstack()
    table["households"], table["enterprises"] = sums["household"].to_numpy(), sums["enterprise"].to_numpy()
    table["population"] = table["households"] * 3
    table["area_m2"] = shapely.area(shapes)
    table["community_name"] = "社区" + table["community_code"].str[-6:]
    table["short_name"], table["full_name"] = "网格", table["community_name"] + "网格"
    layer = gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
    outline = {
        name: shapely.coverage_union_all(part.geometry.to_numpy()) for name, part in layer.groupby("community_code")
    }
    communities = gpd.GeoDataFrame(
        {"code": list(outline), "name": list(outline)}, geometry=list(outline.values()), crs=CRS
    )
    ids = [f"P{number:08d}" for number in range(len(home))]
    places = pd.DataFrame(
        {
            "kind": kind,
            "id": ids,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "count": count,
            "population": count * 3,
            "address": "路",
        }
    )
    codes = layer["code"].to_numpy(object)[home]
    assigned = pd.DataFrame({"kind": kind, "id": ids, "code": codes, "method": "inside", "distance_m": 0.0})
    frame = shapely.coverage_union_all(communities.geometry.to_numpy())
    certificate = certify(layer, frame, communities=communities)
    assert certificate.seamless
    empty = [
        pd.DataFrame({name: pd.Series(dtype=object) for name in contract if name != "geometry"})
        for contract in (PROVENANCE, CROSSWALK, FINDING)
    ]
    return Publication(
        city_name="方城", crs=CRS, layout="gb15", grids=layer, communities=communities, provenance=empty[0],
        crosswalk=empty[1], findings=gpd.GeoDataFrame(empty[2], geometry=[], crs=CRS), places=places,
        assignments=assigned, certificate=certificate.as_dict(), code_book=issued_numbers(layer, "gb15"),
    )  # fmt: skip


def operation(chance: random.Random, grids: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return an operation on a random grid, as a planner would draw it."""
    row = grids.iloc[chance.randrange(len(grids))]
    left, bottom, right, top = row.geometry.bounds
    near = grids.iloc[grids.sindex.query(row.geometry, predicate="intersects")]
    near = near[(near["community_code"] == row["community_code"]) & (near["code"] != row["code"])]
    lengths = shapely.length(shapely.intersection(near.geometry.to_numpy(), row.geometry))
    near = near[lengths > SIDE_M / 2]
    kind = chance.choice(["split", "merge", "reshape", "transfer", "carve"])
    x, y = chance.uniform(left + 90, right - 90), chance.uniform(bottom + 90, top - 90)
    if kind == "split" or near.empty:
        slope = chance.uniform(-30, 30)
        return {
            "op": "split",
            "code": row["code"],
            "line": f"LINESTRING ({left - 5} {y}, {right + 5} {y + slope})",
            "absorb": True,
        }
    other = near.iloc[chance.randrange(len(near))]
    if kind == "merge":
        return {"op": "merge", "codes": [row["code"], other["code"]]}
    shared = shapely.line_merge(shapely.intersection(row.geometry, other.geometry))
    points = shapely.get_coordinates(shared)
    if kind == "reshape":
        line = shapely.LineString([points[0], [x, y], points[-1]])
        return {"op": "reshape", "codes": [row["code"], other["code"]], "line": line.wkt, "absorb": True}
    if kind == "transfer":
        area = shapely.intersection(
            shapely.buffer(shapely.Point(points[len(points) // 2]), 60, quad_segs=4), row.geometry
        )
        return {"op": "transfer", "source": row["code"], "target": other["code"], "area": area.wkt, "absorb": True}
    site = shapely.buffer(shapely.Point(x, y), 50, quad_segs=4)
    return {"op": "carve", "name": "园区", "area": site.wkt, "absorb": True}


def measure(store: Store, rounds: int) -> dict[str, float]:
    """Return milliseconds of dry runs and seconds of a publication."""
    grids, chance, desk = store.grids(), random.Random(7), Desk(store)
    times, refused = [], 0
    for turn in range(rounds + 10):
        said = operation(chance, grids)
        begun = perf_counter()
        try:
            desk.try_change(said)
        except Refusal:
            refused += 1
            continue
        if turn >= 10:  # the first load compiled code and fill caches
            times.append(1000 * (perf_counter() - begun))
    number, done = desk.open("草案", by="bench").number, 0
    while done < 50:
        try:
            desk.change(number, operation(chance, grids), by="bench")
            done += 1
        except Refusal:
            continue
    desk.step(number, "submit", by="bench")
    desk.step(number, "approve", by="bench")
    begun = perf_counter()
    desk.publish(number, by="bench")
    return {
        "median_ms": float(np.median(times)), "p99_ms": float(np.percentile(times, 99)), "tried": len(times),
        "refused": refused, "publish_s": perf_counter() - begun,
    }  # fmt: skip


def main() -> None:
    """Print one line per store and size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--grids", type=int, nargs="+", default=[1000, 8000, 64000])
    parser.add_argument("--places-per-grid", type=int, default=125)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--stores", nargs="+", default=["gpkg", "postgis"], choices=["gpkg", "postgis"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_pg.databases() as server:
        first: dict[str, float] = {}
        for size in asked.grids:
            publication = publication_of(size, asked.places_per_grid)
            for kind in asked.stores:
                url = server.make() if kind == "postgis" else str(Path(folder) / f"{size}.gpkg")
                with init_store(url) as store:
                    store.publish_first(publication, by="bench")
                    found = measure(store, asked.rounds)
                ratio = found["median_ms"] / first.setdefault(kind, found["median_ms"])
                peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"{kind:8} {len(publication.grids):6} grids {len(publication.places):8} places  dry run median "
                    f"{found['median_ms']:6.1f} ms, p99 {found['p99_ms']:6.1f} ms ({found['tried']} tried, "
                    f"{found['refused']} refused), {ratio:4.2f} x the smallest;  50 operations published in "
                    f"{found['publish_s']:5.2f} s;  peak {peak_mb:,.0f} MB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
