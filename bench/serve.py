"""Requests a second: /locate beside a constant FastAPI route and beside the same route over PostGIS; points a second.

    python bench/serve.py [--grids 7736] [--seconds 4] [--rounds 3] [--points 100000]

Three servers of one process each, measured one after the other in rounds, so that all see the same machine:

    constant   FastAPI() with one async route that returns {"status": "sure"}
    gridgeo    `gridgeo serve` over a GeoPackage with a city from bench/city.py
    postgis    FastAPI() with one def route: psycopg2, ST_Covers over a GiST index, the facts of the grid in the answer

Load comes from `wrk` where it is installed (Debian: apt-get install wrk), else from an asyncio client in a process of
its own; it shares the machine with the server. "cpu" is what the server's process used per request, which the load does
not change. Ratios are of medians over the rounds. The PostGIS server is the one that GRIDGEO_TEST_DSN names, else the
private one of the tests.
"""

import argparse
import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import psycopg2
import pyarrow as pa
import shapely
import uvicorn
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg
from city import CRS, city, clustered_points

from gridgeo.crs import from_city
from gridgeo.store.base import Publication, init_store

CONNECTIONS = 16
ARROW = "application/vnd.apache.arrow.stream"
FACTS = (
    "code, kind, community_code, community_name, short_name, full_name, households, enterprises, population, area_m2"
)
QUESTIONS = 5000


@dataclass
class Server:
    """A server that is running."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """Return the processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------------------------- servers ----


def constant_app() -> FastAPI:
    """Return the app with the constant route."""
    app = FastAPI()

    @app.get("/locate")
    async def locate() -> dict[str, str]:
        return {"status": "sure"}

    return app


def postgis_app(dsn: str) -> FastAPI:
    """Return the app that asks PostGIS."""
    app, own = FastAPI(), threading.local()
    point = "ST_SetSRID(ST_MakePoint(%s, %s), 4547)"
    query = f"SELECT {FACTS} FROM bench_grid WHERE ST_Covers(geom, {point}) ORDER BY code LIMIT 1"

    @app.get("/locate")
    def locate(x: float, y: float) -> dict[str, object]:
        if not hasattr(own, "cursor"):
            connection = psycopg2.connect(dsn)
            connection.autocommit = True
            own.cursor = connection.cursor()
        own.cursor.execute(query, (x, y))
        row = own.cursor.fetchone()
        grid = None if row is None else dict(zip(FACTS.split(", "), row, strict=True))
        return {"status": "outside" if grid is None else "sure", "code": grid and grid["code"], "grid": grid}

    return app


def run_app(kind: str, dsn: str) -> None:
    """Run one of the apps above, as `gridgeo serve` runs its own."""
    app = constant_app() if kind == "constant" else postgis_app(dsn)
    # the protocol must be named: asyncio switches Nagle's algorithm off only where it is
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    print(f"bench: http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
    config = uvicorn.Config(app, log_level="warning", ws="none", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def running(*command: str) -> Iterator[Server]:
    """Run a server that prints its address."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(re.findall(r":(\d+)/", process.stdout.readline())[0])
            yield Server(process.pid, port)
        finally:
            process.terminate()
            process.wait()


# ------------------------------------------------------------------------------------- data ----


def publication_of(layer: gpd.GeoDataFrame) -> Publication:
    """Return a city ready to be published."""
    groups = layer.groupby("community_code", sort=True)
    outlines = [shapely.coverage_union_all(part.geometry.to_numpy()) for _, part in groups]
    whole = {"agency": "party", "source_id": layer["code"], "area_share": 1.0, "household_share": 1.0}
    none: dict[str, list[str]] = {name: [] for name in ("severity", "kind", "agency", "source_id", "area_m2", "text")}
    return Publication(
        city_name="方城",
        crs=CRS,
        layout="gb15",
        grids=layer,
        communities=gpd.GeoDataFrame({"code": list(groups.groups), "name": "沙北社区"}, geometry=outlines, crs=CRS),
        provenance=pd.DataFrame({"code": layer["code"], **whole}),
        crosswalk=pd.DataFrame({"code": layer["code"], "change": "U", **whole}),
        findings=gpd.GeoDataFrame(none, geometry=[], crs=CRS),
        places=pd.DataFrame(
            {"kind": ["household"], "id": ["1"], "x": [0.0], "y": [0.0], "count": [1], "population": [1], "address": ""}
        ),
        assignments=pd.DataFrame(
            {"kind": ["household"], "id": ["1"], "code": [None], "method": ["outside"], "distance_m": [np.nan]}
        ),
        certificate={"seamless": True},
    )


def fill_postgis(dsn: str, layer: gpd.GeoDataFrame) -> None:
    """Load the layer into a table with a GiST index."""
    columns = FACTS.split(", ")
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        kinds = dict.fromkeys(("households", "enterprises", "population"), "int") | {"area_m2": "double precision"}
        typed = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in columns)
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        cursor.execute(f"CREATE TABLE bench_grid ({typed}, geom geometry(Polygon, 4547))")
        marks = ", ".join(["%s"] * len(columns))
        rows = layer[columns].astype(object).itertuples(index=False, name=None)
        for row, blob in zip(rows, shapely.to_wkb(layer.geometry.to_numpy()), strict=True):
            cursor.execute(
                f"INSERT INTO bench_grid VALUES ({marks}, ST_GeomFromWKB(%s, 4547))",
                (*row, psycopg2.Binary(blob)),
            )
        cursor.execute("CREATE INDEX ON bench_grid USING gist (geom)")
        cursor.execute("ANALYZE bench_grid")
    connection.close()


# ------------------------------------------------------------------------------------- load ----


def load(server: Server, paths: list[str], seconds: float, folder: Path) -> tuple[float, float, float]:
    """Ask a server as fast as it answers: requests a second, 99th percentile in ms, processor time a request in µs."""
    before = server.cpu_s()
    measure = _wrk if shutil.which("wrk") else _asyncio_client
    done, p99_ms, bad = measure(server.port, paths, seconds, folder)
    used = server.cpu_s() - before
    if bad:
        raise SystemExit(f"{bad} of {done} requests failed")
    return done / seconds, p99_ms, used / done * 1e6


def _wrk(port: int, paths: list[str], seconds: float, folder: Path) -> tuple[int, float, int]:
    script = folder / "ask.lua"
    asked = ",\n".join(f'"{path}"' for path in paths)
    script.write_text(
        f"local paths = {{{asked}}}\nlocal at = 0\n"
        'request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end\n'
        "done = function(s, l, r) io.write(string.format('SUM %d %f %d\\n', s.requests, l:percentile(99) / 1000,"
        " s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout)) end\n"
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{int(seconds)}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    done, p99_ms, bad = re.findall(r"SUM (\d+) ([\d.]+) (\d+)", said)[0]
    return int(done), float(p99_ms), int(bad)


def _asyncio_client(port: int, paths: list[str], seconds: float, folder: Path) -> tuple[int, float, int]:
    asked = folder / "paths"
    asked.write_text("\n".join(paths))
    command = [sys.executable, __file__, "--client", str(port), str(asked), str(seconds)]
    done, p99_ms, bad = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(done), float(p99_ms), int(bad)


def run_client(port: int, paths: list[str], seconds: float) -> None:
    """Ask over keep-alive connections and print how many answers came, the 99th percentile in ms, the failures."""
    took: list[float] = []
    bad = 0

    async def one(first: int) -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at, end = first, time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            writer.write(f"GET {paths[at % len(paths)]} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            took.append(time.perf_counter() - start)
            bad += not head.startswith(b"HTTP/1.1 200")
            at += 1
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(one(k * len(paths) // CONNECTIONS) for k in range(CONNECTIONS)))

    asyncio.run(all_of_them())
    print(len(took), float(np.percentile(took, 99)) * 1e3, bad)


def batches(server: Server, body: bytes, kind: str, *, datum: str, seconds: float) -> tuple[float, float]:
    """Send one body again and again over two connections: bodies a second, processor time a body in ms."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import serve; serve.run_batches(*sys.argv[2:])"
    with tempfile.NamedTemporaryFile() as kept:
        kept.write(body)
        kept.flush()
        options = (str(Path(__file__).parent), str(server.port), kept.name, kind, datum, str(seconds))
        before = server.cpu_s()  # the other process asks nothing until it has read everything
        done = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, text=True, check=True).stdout
        used = server.cpu_s() - before
    count, took = done.split()
    return int(count) / float(took), used / int(count) * 1e3


def run_batches(port: str, file: str, kind: str, datum: str, seconds: str) -> None:
    """Do so in a process of its own, and print how many bodies were answered in what time."""
    body, counts = Path(file).read_bytes(), []
    end = time.perf_counter() + float(seconds)

    def send() -> None:
        connection, count = HTTPConnection("127.0.0.1", int(port)), 0
        while time.perf_counter() < end:
            connection.request("POST", f"/locate/batch?datum={datum}", body, {"Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise SystemExit(said[:500])
            count += 1
        counts.append(count)

    start = time.perf_counter()
    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(sum(counts), time.perf_counter() - start)


# --------------------------------------------------------------------------------- the run ----


def questions(layer: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Return paths by what is asked."""
    x, y = clustered_points(layer, QUESTIONS, seed=5)
    asked = {"metres": [f"/locate?x={a:.3f}&y={b:.3f}" for a, b in zip(x, y, strict=True)]}
    for name, datum in (("CGCS2000", "EPSG:4490"), ("GCJ-02", "GCJ-02"), ("BD-09", "BD-09")):
        lon, lat = from_city(x, y, datum, CRS)
        asked[name] = [f"/locate?x={a:.8f}&y={b:.8f}&datum={name}" for a, b in zip(lon, lat, strict=True)]
    asked["no datum"] = [path.partition("&datum")[0] for path in asked["CGCS2000"]]
    return asked


def compare(servers: dict[str, Server], asked: dict[str, list[str]], sizes: argparse.Namespace, folder: Path) -> None:
    """Measure single questions in rounds and print medians and ratios."""
    runs: list[tuple[str, Server, list[str]]] = [
        ("constant", servers["constant"], asked["metres"]),
        ("postgis", servers["postgis"], asked["metres"]),
        *((f"gridgeo, {name}", servers["gridgeo"], paths) for name, paths in asked.items()),
    ]
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name, _, _ in runs}
    for _ in range(sizes.rounds):
        for name, server, paths in runs:
            found[name].append(load(server, paths, sizes.seconds, folder))
    middle = {name: [median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    for name, (rate, p99_ms, cpu_us) in middle.items():
        beside = f"{rate / middle['constant'][0]:5.2f} of constant, {rate / middle['postgis'][0]:6.2f} of postgis"
        rates = " / ".join(f"{row[0]:,.0f}" for row in found[name])
        print(f"{name:18} {rate:8,.0f} req/s ({rates}), p99 {p99_ms:.1f} ms, cpu {cpu_us:.0f} µs; {beside}")


def measure_batches(server: Server, layer: gpd.GeoDataFrame, sizes: argparse.Namespace) -> None:
    """Measure both formats, metres in and degrees in, and print points a second."""
    x, y = clustered_points(layer, sizes.points, seed=6)
    lon, lat = from_city(x, y, "GCJ-02", CRS)
    sent = {"": (np.round(x, 3), np.round(y, 3)), "GCJ-02": (np.round(lon, 8), np.round(lat, 8))}
    for datum, (east, north) in sent.items():
        said = {"x": east, "y": north}
        schema = pa.schema([("x", pa.float64()), ("y", pa.float64())])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            writer.write_table(pa.table([pa.array(east), pa.array(north)], schema=schema))
        bodies = {
            "json": (orjson.dumps(said, option=orjson.OPT_SERIALIZE_NUMPY), "application/json"),
            "arrow": (sink.getvalue().to_pybytes(), ARROW),
        }
        for name, (body, kind) in bodies.items():
            rates = [batches(server, body, kind, datum=datum, seconds=sizes.seconds) for _ in range(sizes.rounds)]
            rate, cpu_ms = (median(column) for column in zip(*rates, strict=True))
            print(
                f"batch {name:5} {datum or 'metres':8} {rate * sizes.points / 1e6:6.2f} M points/s, "
                f"cpu {cpu_ms * 1e6 / sizes.points:.0f} ns/point ({sizes.points:,} points, {len(body) / 1e6:.1f} MB)"
            )


def main() -> None:
    """Run the servers and print the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--grids", type=int, default=7736)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--app", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--client", nargs=3, help=argparse.SUPPRESS)
    sizes = parser.parse_args()
    if sizes.app:
        return run_app(*sizes.app)
    if sizes.client:
        port, file, seconds = sizes.client
        return run_client(int(port), Path(file).read_text().splitlines(), float(seconds))
    layer = city(sizes.grids)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"gpkg://{folder / 'city.gpkg'}"
        with init_store(url) as store:
            store.publish_first(publication_of(layer), by="bench")
        dsn = stack.enter_context(private_pg.databases()).make()
        fill_postgis(dsn, layer)
        serve = "from gridgeo.cli.main import main; main()"
        servers = {
            "constant": stack.enter_context(running(__file__, "--app", "constant", "")),
            "postgis": stack.enter_context(running(__file__, "--app", "postgis", dsn)),
            "gridgeo": stack.enter_context(running("-c", serve, "serve", "--store", url, "--port", "0")),
        }
        asked = questions(layer)
        vertices = int((shapely.get_num_coordinates(layer.geometry.to_numpy()) - 1).sum())
        by = "wrk" if shutil.which("wrk") else "an asyncio client"
        print(f"{len(layer):,} grids, {vertices:,} vertices; load by {by}, {CONNECTIONS} connections")
        time.sleep(5)  # until the version is ready
        for server in servers.values():
            load(server, asked["metres"], 1, folder)
        compare(servers, asked, sizes, folder)
        measure_batches(servers["gridgeo"], layer, sizes)
    return None


if __name__ == "__main__":
    main()
