"""How fast a register of ten million places gets its grids, from Parquet to Parquet on one core.

    python bench/assign_stream.py [--rows 10000000] [--grids 7736] [--peer-rows 1000000] [--out DIR]

Every route runs in a process of its own with one thread each for arithmetic and for Arrow, after one small run that
compiles the kernels. Seconds are those of the processor as well as of the clock, without starting Python and opening
the layer; the peak is what the process held at most, the layer and Python included.

The same work with geopandas: read, make points, ``sjoin(predicate="intersects")``, keep the smallest code, write.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from city import city, clustered_points

from gridgeo.jobs.assign import RegisterFile, assign_file
from gridgeo.jobs.lookup import open_lookup

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS", "ARROW_IO_THREADS"), "1")
WRITTEN_AT_ONCE = 1_000_000


def make(folder: Path, grids: int, rows: int) -> None:
    """Write the layer, a register in its CRS, one in degrees and one for warming up."""
    layer = city(grids)
    layer.to_file(folder / "layer.gpkg", layer="grid")
    x, y = clustered_points(layer, rows)
    lon, lat = gpd.GeoSeries(gpd.points_from_xy(x[:1], y[:1]), crs=layer.crs).to_crs("EPSG:4490").iloc[0].coords[0]
    ids = np.random.default_rng(2).permutation(rows)
    schema = pa.schema([("HID", pa.string()), ("X", pa.float64()), ("Y", pa.float64()), ("LON", pa.float64()),
                        ("LAT", pa.float64())])  # fmt: skip
    with pq.ParquetWriter(folder / "register.parquet", schema) as writer:
        for start in range(0, rows, WRITTEN_AT_ONCE):
            part = slice(start, start + WRITTEN_AT_ONCE)
            names = pa.array(np.char.add("4111H", np.char.zfill(ids[part].astype("U"), 10)))
            # good enough for degrees: the time of a projection does not depend on the place
            degrees = lon + (x[part] - x[0]) / 92_000, lat + (y[part] - y[0]) / 111_000
            writer.write_table(pa.table([names, x[part], y[part], *degrees], schema=schema))


def ours(folder: Path, rows: int, datum: str) -> dict:
    """Assign the register as ``gridgeo assign`` does."""
    columns = ("X", "Y") if datum == "EPSG:4547" else ("LON", "LAT")
    lookup = open_lookup(layer=folder / "layer.gpkg")
    source = RegisterFile(file=str(first_rows(folder, rows)), id="HID", x=columns[0], y=columns[1], crs=datum)
    begun, burned = time.perf_counter(), time.process_time()
    report = assign_file(source, lookup, folder / f"out-{datum.replace(':', '')}.parquet")
    return {"rows": report.rows, "wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - burned}


def geopandas_route(folder: Path, rows: int, _: str) -> dict:
    """Assign the register with geopandas, everything in memory."""
    layer = gpd.read_file(folder / "layer.gpkg", layer="grid")[["code", "geometry"]]
    path = first_rows(folder, rows)
    begun, burned = time.perf_counter(), time.process_time()
    table = pd.read_parquet(path, columns=["HID", "X", "Y"])
    points = gpd.GeoDataFrame(table[["HID"]], geometry=gpd.points_from_xy(table["X"], table["Y"]), crs=layer.crs)
    joined = gpd.sjoin(points, layer, how="left", predicate="intersects")
    code = joined.groupby(level=0)["code"].min()
    pd.DataFrame({"id": table["HID"], "code": code}).to_parquet(folder / "sjoin.parquet", index=False)
    return {"rows": len(table), "wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - burned}


def first_rows(folder: Path, rows: int) -> Path:
    """Return a register with the first rows only."""
    whole = folder / "register.parquet"
    if rows >= pq.read_metadata(whole).num_rows:
        return whole
    path = folder / f"register-{rows}.parquet"
    if not path.exists():
        with pq.ParquetFile(whole) as opened:
            pq.write_table(pa.Table.from_batches([next(opened.iter_batches(rows))]), path)
    return path


ROUTES = {"ours": ours, "geopandas": geopandas_route}


def child(route: str, folder: Path, rows: int, datum: str) -> None:
    """Run one route, after a small one of its kind, and print what it took."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    ROUTES[route](folder, min(rows, 1000), datum)
    print(json.dumps({**ROUTES[route](folder, rows, datum), "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Return the most memory that this process has held (Linux counts it per program, unlike getrusage)."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def measured(route: str, folder: Path, rows: int, datum: str) -> dict:
    """Run one route in a process of its own."""
    command = [sys.executable, __file__, "--child", route, "--out", str(folder), "--rows", str(rows), "--datum", datum]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    return json.loads(done.stdout)


def told(name: str, result: dict) -> str:
    """Say one result."""
    rows, cpu, wall = result["rows"], result["cpu_s"], result["wall_s"]
    speed = f"{rows / cpu / 1e6:.2f} M/s per CPU second, {rows / wall / 1e6:.2f} M/s by the clock"
    return f"{name:34s} {rows:>10,} rows  {cpu:6.2f} s CPU  {wall:6.2f} s  {speed}, peak {result['peak_mb']:,.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--grids", type=int, default=7736)
    parser.add_argument("--peer-rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, help="Keep the files here; what is there already is used again.")
    parser.add_argument("--child", choices=ROUTES, help=argparse.SUPPRESS)
    parser.add_argument("--datum", default="EPSG:4547", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child, asked.out, asked.rows, asked.datum)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = asked.out or Path(made)
        folder.mkdir(exist_ok=True)
        if not (folder / "register.parquet").exists():
            make(folder, asked.grids, asked.rows)
        for datum in ("EPSG:4547", "EPSG:4490", "GCJ-02"):
            print(told(f"gridgeo assign, {datum}", measured("ours", folder, asked.rows, datum)), flush=True)
        print(told("geopandas.sjoin, EPSG:4547", measured("geopandas", folder, asked.peer_rows, "EPSG:4547")))


if __name__ == "__main__":
    main()
