"""Load a register of a million households into both stores, load it again, and ask for all places of a grid.

    python bench/registers.py [--places 1000000] [--grids 8000] [--naive 100000] [--once]

Measured in one run beside it, each in a process of its own so that its peak of memory is its own:

- row by row: the same rows with the same codes into a copy of the same table without any check, comparison or history,
  one INSERT each in one transaction (--naive rows of them, for it is slow);
- geopandas: ``read_csv``, ``sjoin`` with the grids, ``to_file`` as GeoPackage: no checks, no history, no counts;
- the reverse question by a pass through the table, with the index forbidden.

PostGIS is the server that GRIDGEO_TEST_DSN names, else the private one of the tests (no fsync: its figures are a lower
bound for a real server). Wall seconds of one run and, for a machine on which others work, the seconds that the process
computed itself, without the server; look-ups the median of 200. Points are drawn evenly with a seed. --once leaves out
handing the register in again, and the proof.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg2
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg
import small_city

from gridgeo.city import Source
from gridgeo.intake.entries import Form
from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.places import places_of_grid
from gridgeo.jobs.registers import load_register
from gridgeo.store.base import Publication, init_store, open_store

LOOK_UPS = 200


def publication_of(grids: int) -> Publication:
    """Return a city of square grids with few places: the register brings them."""
    side = int(np.sqrt(grids))
    return small_city.publication_of(side, side)


def write_register(path: Path, places: int, side: int, seed: int = 1, moved: float = 0.0) -> None:
    """Write a register as CSV; some of its rows moved."""
    random = np.random.default_rng(seed)
    extent = side * small_city.SIDE_M
    x = small_city.LEFT + random.uniform(0, extent, places)
    y = small_city.BOTTOM + random.uniform(0, extent, places)
    x[: int(moved * places)] = small_city.LEFT + random.uniform(0, extent, int(moved * places))
    number = np.char.zfill(np.arange(places).astype(str), 7)
    table = {
        "id": np.char.add("N", number), "x": x.round(3), "y": y.round(3),
        "address": np.char.add(np.char.add("沙北街道黄河路", number), "号院2号楼401室"), "people": 3, "name": "张小明",
        "phone": np.char.add("1380", number),
    }  # fmt: skip
    pd.DataFrame(table).to_csv(path, index=False)


def form_of(path: Path) -> Form:
    """Say what the columns mean."""
    return Form(
        source=Source(file=path.name, path=path, crs=small_city.CRS), kind="household", id="id", x="x", y="y",
        address="address", population="people", name="name", phone="phone",
    )  # fmt: skip


# ------------------------------------------------------------------------ measured ----


def apart(work: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """Do some work in a process of its own; return what it took of time and memory, and what it returned."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, work, arguments))
    child.start()
    theirs.close()
    answer = ours.recv()
    child.join()
    return answer


def _child(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    start, computed = perf_counter(), process_time()
    result = work(*arguments)
    took, computed = perf_counter() - start, process_time() - computed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    pipe.send((f"{took:.1f} s ({computed:.1f} s computing), peak {peak:,.0f} MB", result))


def loaded(url: str, path: Path) -> str:
    """Load a register."""
    with open_store(url) as store:
        report = load_register(store, form_of(path), by="bench")
    return f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged"


def asked(url: str, seed: int) -> tuple[float, float, float]:
    """Return the median milliseconds of the reverse question: whole rows, ids by index, ids by a pass through."""
    with open_store(url) as store:
        codes = store.grids().sample(LOOK_UPS, random_state=seed)["code"].tolist()
        whole = [seconds(lambda code=code: places_of_grid(store, code, limit=1000)) for code in codes]
        lite = url.startswith("gpkg")
        column = "+a.code" if lite else "a.code"  # SQLite takes no index for an expression
        question = (
            "SELECT p.id FROM assignment a JOIN place p ON p.fid = a.place_fid WHERE {} = :code AND a.v_to IS NULL"
        )
        with store.backend.reading() as connection:

            def ask(statement: str, code: str) -> Any:
                return connection.execute(text(statement), {"code": code}).all()

            index = [seconds(lambda code=code: ask(question.format("a.code"), code)) for code in codes]
            if not lite:
                for setting in ("indexscan", "bitmapscan", "indexonlyscan"):
                    connection.execute(text(f"SET LOCAL enable_{setting} = off"))
            scan = [seconds(lambda code=code: ask(question.format(column), code)) for code in codes[:5]]
    return median(whole) * 1e3, median(index) * 1e3, median(scan) * 1e3


def seconds(work: Callable[[], object]) -> float:
    """Return how long something took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def row_by_row(url: str, rows: int) -> str:
    """Insert rows that are assigned already one by one into a copy of the table of places."""
    with open_store(url) as store, store.backend.reading() as connection:
        columns = "fid, kind, id, nth, address, count, population, geom"
        got = connection.execute(text(f"SELECT {columns} FROM place WHERE load_from > 0 LIMIT {rows}")).all()
        told = [tuple(row) for row in got]
        address = store.backend.engine.url
    mark = "?" if url.startswith("gpkg") else "%s"
    statement = f"INSERT INTO naive VALUES ({', '.join([mark] * 8)})"
    if url.startswith("gpkg"):
        connected: Any = sqlite3.connect(url.removeprefix("gpkg://") + ".naive")
        kinds = (
            "fid INTEGER PRIMARY KEY, kind TEXT, id TEXT, nth INTEGER, address TEXT, count INTEGER, population INTEGER"
        )
        connected.execute(f"CREATE TABLE naive ({kinds}, geom BLOB)")
    else:
        connected = psycopg2.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
        cursor = connected.cursor()
        cursor.execute("CREATE TEMP TABLE naive (LIKE gridgeo.place INCLUDING INDEXES)")
        for column in ("load_from", "load_to", "located_by", "registered_address", "registered_x", "registered_y"):
            cursor.execute(f"ALTER TABLE naive DROP COLUMN {column}")
    cursor = connected.cursor()
    took = seconds(lambda: [cursor.execute(statement, row) for row in told] and connected.commit())
    connected.close()
    return f"{took:.1f} s for {len(told):,} rows: {len(told) / took:,.0f} rows a second"


def with_geopandas(path: Path, grids: Path, target: Path) -> str:
    """Do what a script with geopandas does."""
    table = pd.read_csv(path, dtype={"id": str, "phone": str})
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=small_city.CRS)
    found = gpd.sjoin(points, gpd.read_file(grids)[["code", "geometry"]], how="left", predicate="intersects")
    found.to_file(target, layer="place", driver="GPKG")
    return f"{len(found):,} rows"


# ----------------------------------------------------------------------------- main ----


def main() -> None:
    """Run on both stores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--places", type=int, default=1_000_000)
    parser.add_argument("--grids", type=int, default=8_000)
    parser.add_argument("--naive", type=int, default=100_000)
    parser.add_argument("--once", action="store_true")
    sizes = parser.parse_args()
    publication = publication_of(sizes.grids)
    side = int(np.sqrt(sizes.grids))
    print(f"{len(publication.grids):,} grids, {sizes.places:,} households")
    with tempfile.TemporaryDirectory() as name, private_pg.databases() as databases:
        folder = Path(name)
        first, second = folder / "first.csv", folder / "second.csv"
        write_register(first, sizes.places, side)
        write_register(second, sizes.places, side, moved=0.02)
        layer = folder / "grids.gpkg"
        publication.grids.to_file(layer, layer="grid")
        for url in (f"gpkg://{folder / 'store.gpkg'}", databases.make()):
            with init_store(url) as store:
                store.publish_first(publication, by="bench")
            print(url.partition(":")[0])
            turns = [("load", first), ("again, the same", first), ("again, 2 % moved", second)]
            for what, path in turns[:1] if sizes.once else turns:
                took, said = apart(loaded, url, path)
                print(f"  {what}: {took}; {said}", flush=True)
            print(f"  row by row, nothing checked: {apart(row_by_row, url, sizes.naive)[1]}")
            whole, index, scan = apart(asked, url, 2)[1]
            print(f"  all places of a grid: {whole:.1f} ms; ids alone {index:.2f} ms, by a pass through {scan:.0f} ms")
            if not sizes.once:
                print(f"  store verify: {apart(proven, url)[0]}")
        took, said = apart(with_geopandas, first, layer, folder / "script.gpkg")
        print(f"geopandas, read_csv + sjoin + to_file: {took}; {said}")


def proven(url: str) -> None:
    """Prove the store."""
    with open_store(url) as store:
        found = audit_store(store)
    if not found.holds:
        raise SystemExit(str(found.as_dict()))


if __name__ == "__main__":
    main()
