"""Publish, read, look up and copy a layer of 100,000 grids and 200,000 places on both stores.

    python bench/store.py [--grids 100000] [--places 200000]

PostGIS is the server that GRIDGEO_TEST_DSN names, else the private one of the tests (no fsync: its figures are
a lower bound for a real server). Times are wall seconds of one run, look-ups the median of 200.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg

from gridgeo.store.base import Publication, Store, copy_store, init_store, open_store

CRS, LEFT, BOTTOM, SIDE_M = "EPSG:4547", 400000.0, 3700000.0, 100.0
VERTEX_EVERY_M = 16.0
"""28 vertices a grid."""


def publication_of(grids: int, places: int) -> Publication:
    """Return a square city: communities of about one column each."""
    side = int(np.sqrt(grids))
    column, row = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    left, bottom = LEFT + column * SIDE_M, BOTTOM + row * SIDE_M
    shapes = shapely.segmentize(shapely.box(left, bottom, left + SIDE_M, bottom + SIDE_M), VERTEX_EVERY_M)
    community = [f"411102{at:06d}" for at in column]
    codes = pd.Series([f"{name}{at + 1:03d}" for name, at in zip(community, row, strict=True)])
    table = {
        "code": codes, "kind": "general", "community_code": community, "community_name": "沙北社区",
        "short_name": "第一网格", "full_name": "沙北社区第一网格", "households": 350, "enterprises": 4,
        "population": 900, "area_m2": SIDE_M**2,
    }  # fmt: skip
    layer = gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
    names = sorted(set(community))
    outlines = shapely.box(
        LEFT + np.arange(side) * SIDE_M, BOTTOM, LEFT + np.arange(1, side + 1) * SIDE_M, BOTTOM + side * SIDE_M
    )
    home = np.random.default_rng(1).integers(0, len(layer), places)
    ids = [f"H{number:07d}" for number in range(places)]
    points = shapely.get_coordinates(shapely.centroid(shapes[home]))
    whole = {"agency": "party", "source_id": codes, "area_share": 1.0, "household_share": 1.0}
    return Publication(
        city_name="方城",
        crs=CRS,
        layout="gb15",
        grids=layer,
        communities=gpd.GeoDataFrame({"code": names, "name": "沙北社区"}, geometry=outlines, crs=CRS),
        provenance=pd.DataFrame({"code": codes, **whole}),
        crosswalk=pd.DataFrame({"code": codes, "change": "U", **whole}),
        findings=gpd.GeoDataFrame(
            {"severity": [], "kind": [], "agency": [], "source_id": [], "area_m2": [], "text": []}, geometry=[], crs=CRS
        ),
        places=pd.DataFrame(
            {"kind": "household", "id": ids, "x": points[:, 0], "y": points[:, 1], "count": 1, "population": 3,
             "address": "沙北街道黄河路1号院2号楼"}
        ),
        assignments=pd.DataFrame(
            {"kind": "household", "id": ids, "code": codes.to_numpy()[home], "method": "inside", "distance_m": 0.0}
        ),
        certificate={"seamless": True},
    )  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Return how long something took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(url: str, publication: Publication) -> None:
    """Publish into a new store and print what reading costs."""
    with init_store(url) as store:
        said = {"publish": seconds(lambda: store.publish_first(publication, by="bench"))}
        said["read all grids"] = seconds(store.grids)
        said["digest"] = seconds(store.digest)
        said["all places"] = seconds(lambda: store.places("household"))
        said["MB"] = store.info().size_bytes / 1e6
        print(store.url.partition(":")[0], ", ".join(f"{name} {value:.1f}" for name, value in said.items()))
        look_up(store, publication.grids)


def look_up(store: Store, grids: gpd.GeoDataFrame) -> None:
    """Print the median of single look-ups in milliseconds."""
    chosen = grids.sample(200, random_state=2)
    codes, bounds = chosen["code"].tolist(), chosen.bounds.to_numpy()
    by_code = [seconds(lambda code=code: store.grid(code)) for code in codes]
    boxes = [(x, y, x + 30 * SIDE_M, y + 30 * SIDE_M) for x, y in bounds[:, :2]]
    by_box = [seconds(lambda box=box: store.grids(box=box)) for box in boxes]
    found = median(len(store.grids(box=box)) for box in boxes[:20])
    print(
        f"  one grid by code {median(by_code) * 1e3:.1f} ms, {found:.0f} grids in a box {median(by_box) * 1e3:.1f} ms"
    )


def main() -> None:
    """Run on both stores and copy between them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--grids", type=int, default=100_000)
    parser.add_argument("--places", type=int, default=200_000)
    sizes = parser.parse_args()
    publication = publication_of(sizes.grids, sizes.places)
    print(f"{len(publication.grids):,} grids, {len(publication.places):,} places")
    with tempfile.TemporaryDirectory() as folder, private_pg.databases() as databases:
        first, second, server = f"{folder}/a.gpkg", f"{folder}/b.gpkg", databases.make()
        measure(first, publication)
        measure(server, publication)
        empty = databases.make()
        print(f"copy to postgresql {seconds(lambda: copy_store(first, empty)):.1f}")
        print(f"copy to gpkg {seconds(lambda: copy_store(empty, second)):.1f}")
        with open_store(first) as one, open_store(second) as two:
            print(f"same after both copies: {one.digest() == two.digest()}")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
