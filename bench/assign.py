"""Points to grids: our index beside geopandas, a search tree and PostGIS, in one run on the same points.

    python bench/assign.py                       # 7,736 grids, 1 M and 10 M points: about 10 minutes, 6 GB
    python bench/assign.py --points 1000000      # 1 minute
    python bench/assign.py --grids 1000000 --points 10000000 --alone    # the index alone, for a country's size
    python bench/assign.py --grids 1000000 --shards 16    # the same as prefectures, one after the other
    python bench/assign.py --cells               # how large a cell should be

Every round asks all of them in turn; printed is the median of the rounds, in CPU seconds of one core (for PostGIS
those of its process, without parallel workers), and the ratio to ours. All answers are compared with shapely's, the
smallest code on borders; so are those of points placed on vertices, edges and cell lines. "build" is shown apart and
counted in a line of its own. PostGIS is the server that GRIDGEO_TEST_DSN names, else the private one of the tests, with
indexes on both tables; neither its loading nor its indexes are counted.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import geopandas as gpd
import numpy as np
import psycopg2
import shapely
from city import city, clustered_points
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg

from gridgeo.locate import index as indexing
from gridgeo.locate.blocks import Lattice
from gridgeo.locate.index import GridIndex, build_index
from gridgeo.locate.index_file import open_index, save_index

private_pg.SPEED = (*private_pg.SPEED, "shared_buffers=1GB")  # all of it in memory, as a server for this would have it

Floats = NDArray[np.float64]
EVERY_GRID = """select sum(found) from g,
    lateral (select count(*) as found from p where ST_Contains(g.shape, p.shape)) as inside"""
"""Grid after grid, so that PostGIS prepares each polygon once: left to itself the planner may take point after point,
and read a polygon from its table for each."""
PLACED = 0.001
"""Share of points that are put on vertices, as in design data of registers: entrances drawn on a border."""
UNIFORM = 0.03
"""Share of points that lie anywhere, a few hundred metres around the city included."""


def points_of(layer: gpd.GeoDataFrame, count: int) -> tuple[Floats, Floats]:
    """Return clustered points, some of them uniform, some on vertices."""
    rng = np.random.default_rng(2)
    x, y = clustered_points(layer, count)
    left, bottom, right, top = layer.total_bounds
    free = np.flatnonzero(rng.random(count) < UNIFORM)
    x[free] = rng.uniform(left - 300, right + 300, len(free))
    y[free] = rng.uniform(bottom - 300, top + 300, len(free))
    vertices = shapely.get_coordinates(layer.geometry.to_numpy()[rng.integers(0, len(layer), 2000)])
    placed = np.flatnonzero(rng.random(count) < PLACED)
    x[placed], y[placed] = vertices[rng.integers(0, len(vertices), len(placed))].T
    return x, y


def on_borders(layer: gpd.GeoDataFrame, cell: float, count: int = 200_000) -> dict[str, tuple[Floats, Floats]]:
    """Return sets of points where answers are hardest."""
    rng = np.random.default_rng(3)
    vertices, ring = shapely.get_coordinates(shapely.get_rings(layer.geometry.to_numpy()), return_index=True)
    edge = rng.choice(np.flatnonzero(ring[:-1] == ring[1:]), count)
    one, two = vertices[edge], vertices[edge + 1]
    along = one + (two - one) * rng.random((count, 1))
    free = rng.uniform(layer.total_bounds[:2], layer.total_bounds[2:], (count, 2))
    sets = {
        "vertices": one,
        "middles of edges": (one + two) / 2,
        "along edges": along,
        "an ulp beside vertices": np.nextafter(one, one + rng.integers(-1, 2, one.shape)),
        "an ulp beside edges": np.nextafter(along, along + rng.integers(-1, 2, one.shape)),
        "level with vertices": np.column_stack([free[:, 0], one[:, 1]]),
        "above vertices": np.column_stack([one[:, 0], free[:, 1]]),
        "on cell corners": np.round(free / cell) * cell,
    }
    return {name: (part[:, 0].copy(), part[:, 1].copy()) for name, part in sets.items()}


def as_shapely(layer: gpd.GeoDataFrame, x: Floats, y: Floats) -> NDArray[np.int64]:
    """Return the smallest row of the layer (its codes ascend) that covers each point, or -1."""
    found = np.full(len(x), len(layer))
    for begin in range(0, len(x), 1_000_000):
        part = slice(begin, begin + 1_000_000)
        tree = shapely.STRtree(shapely.points(x[part], y[part]))
        row, point = tree.query(layer.geometry.to_numpy(), predicate="intersects")
        np.minimum.at(found[part], point, row)
    found[found == len(layer)] = -1
    return found


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    gc.collect()
    begin = process_time()
    work()
    return process_time() - begin


def wall(work: Callable[[], object]) -> float:
    """Return the seconds of some work."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


@contextmanager
def database(layer: gpd.GeoDataFrame, x: Floats, y: Floats) -> Iterator[Callable[[], float]]:
    """Yield a function that counts the points of every grid by ST_Contains on one core, and returns its CPU seconds."""
    with private_pg.databases() as made:
        url = made.make()
        connection = psycopg2.connect(url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("create extension if not exists postgis")
            cursor.execute("create table g (k int, shape geometry); create table p (k int, shape geometry)")
            shapes = shapely.to_wkb(layer.geometry.to_numpy(), hex=True, byte_order=1)
            cursor.copy_from(io.StringIO("".join(f"{k}\t{shape}\n" for k, shape in enumerate(shapes))), "g")
            for begin in range(0, len(x), 500_000):
                points = shapely.to_wkb(
                    shapely.points(x[begin : begin + 500_000], y[begin : begin + 500_000]), hex=True
                )
                cursor.copy_from(io.StringIO("".join(f"{k}\t{point}\n" for k, point in enumerate(points, begin))), "p")
            cursor.execute("create index on g using gist (shape); create index on p using gist (shape)")
            for statement in ("vacuum analyze g", "vacuum analyze p", "set max_parallel_workers_per_gather = 0"):
                cursor.execute(statement)

            cursor.execute("select pg_backend_pid()")
            backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")

            def count() -> float:
                begin = _cpu_of(backend)
                cursor.execute(EVERY_GRID)
                return _cpu_of(backend) - begin

            yield count
        connection.close()
        made.drop(url)


def compare(layer: gpd.GeoDataFrame, count: int, rounds: int, *, postgis: bool) -> None:
    """Measure ours and the others on some points, and print."""
    x, y = points_of(layer, count)
    index = build_index(layer)
    index.covering(x[:1000], y[:1000])  # compiles, or loads what was compiled
    different = int((index.covering(x, y)[0] != as_shapely(layer, x, y)).sum())
    print(f"\n## {count:,} points; answers other than shapely's: {different}")
    ours: dict[str, Callable[[], object]] = {
        "index, warm": lambda: index.covering(x, y),
        "index, with its build (certified layer)": lambda: build_index(layer, certified=True).covering(x, y),
        "index, with its build and the overlap check": lambda: build_index(layer).covering(x, y),
    }
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=layer.crs))
    grids = layer[["code", "geometry"]]
    points = frame.geometry.to_numpy()
    peers: dict[str, Callable[[], object]] = {
        "geopandas.sjoin(within)": lambda: gpd.sjoin(frame, grids, predicate="within"),
        "STRtree of the points, intersects": lambda: shapely.STRtree(points).query(
            grids.geometry.to_numpy(), predicate="intersects"
        ),
    }
    seconds: dict[str, list[float]] = {}
    threads: dict[int, list[float]] = {1: [], 2: []}
    with database(layer, x, y) if postgis else _nothing() as asked:
        for _ in range(rounds):
            for name, work in (ours | peers).items():
                seconds.setdefault(name, []).append(cpu(work))
            for number, times in threads.items():
                times.append(wall(lambda number=number: index.covering(x, y, threads=number)))
            if asked is not None:
                seconds.setdefault("PostGIS ST_Contains, index on both", []).append(asked())
    table(seconds, count)
    print(f"two threads against one: {median(threads[1]) / median(threads[2]):.2f} x in wall time")


def _cpu_of(stat: Path) -> float:
    """Return the CPU seconds of a process (Linux)."""
    return sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def table(seconds: dict[str, list[float]], count: int) -> None:
    """Print medians, points per second, and how many times faster ours is: warm, and with the build."""
    times = {name: median(found) for name, found in seconds.items()}
    warm, build, checked = list(times.values())[:3]
    print(f"{'':44}{'s':>9}{'M points/s':>12}{'warm x':>9}{'+build x':>9}{'+check x':>9}")
    for name, took in times.items():
        print(
            f"{name:44}{took:9.3f}{count / took / 1e6:12.2f}{took / warm:9.1f}{took / build:9.2f}{took / checked:9.2f}"
        )


def alone(layer: gpd.GeoDataFrame, count: int) -> None:
    """Measure the index itself: building, size, one point at a time, borders."""
    build_index(layer.iloc[:4])
    built = [
        (cpu(lambda: build_index(layer, certified=True)), wall(lambda: build_index(layer, certified=True, threads=2)))
    ]
    index = build_index(layer, certified=True)
    x, y = points_of(layer, count)
    vertices = int(shapely.get_num_coordinates(layer.geometry.to_numpy()).sum())
    print(f"# {len(layer):,} grids, {vertices:,} vertices, cells of {index.packed.frame[5]:g} m")
    print(f"index: {index.nbytes / 1e6:.0f} MB, {index.nbytes / vertices:.1f} bytes per vertex")
    for one, two in built:
        print(f"build: {one:.2f} s CPU; {two:.2f} s on the clock with two threads")
    print(
        f"{count:,} points: {count / median(cpu(lambda: index.covering(x, y)) for _ in range(3)) / 1e6:.1f} M points/s"
    )
    single(index, layer, x, y)
    changed(index, layer)


def single(index: GridIndex, layer: gpd.GeoDataFrame, x: Floats, y: Floats) -> None:
    """Print what one point costs, beside a search tree."""
    some = list(zip(x[:20_000].tolist(), y[:20_000].tolist(), strict=True))
    shapes = layer.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    ours = median(wall(lambda p=p: index.find(*p)) for p in some)
    theirs = median(wall(lambda p=p: tree.query(shapely.Point(p), predicate="intersects")) for p in some[:2000])
    print(f"one point: {ours * 1e6:.2f} µs; STRtree.query {theirs * 1e6:.1f} µs")


def changed(index: GridIndex, layer: gpd.GeoDataFrame) -> None:
    """Print what the next version costs, when ten grids have changed."""
    rows = layer.iloc[np.linspace(0, len(layer) - 1, 10).astype(int)]
    gone, new = rows["code"].tolist(), rows.assign(code=[f"{code}X" for code in rows["code"]])
    index.renewed(gone, new)
    anew, renewed = cpu(lambda: build_index(layer, certified=True)), cpu(lambda: index.renewed(gone, new))
    print(f"next version with 10 grids changed: {renewed:.3f} s CPU instead of {anew:.3f} s")


def borders(layer: gpd.GeoDataFrame) -> None:
    """Print how many answers on and beside borders differ from shapely's."""
    index = build_index(layer, certified=True)
    for name, (x, y) in on_borders(layer, index.packed.frame[5]).items():
        different = int((index.covering(x, y)[0] != as_shapely(layer, x, y)).sum())
        print(f"{len(x):,} points {name}: {different} other than shapely's")


def shards(grids: int, count: int) -> None:
    """Build a country prefecture by prefecture, each with an index of its own, and print what they come to."""
    took, sizes, files, vertices, asked = [], [], 0, 0, []
    with TemporaryDirectory() as folder:
        for number in range(count):
            layer = city(grids // count, seed=number + 1)
            vertices += int(shapely.get_num_coordinates(layer.geometry.to_numpy()).sum())
            begin = process_time()
            index = build_index(layer, certified=True)
            took.append(process_time() - begin)
            sizes.append(index.nbytes)
            save_index(index, f"{folder}/index", digest="")
            files += Path(f"{folder}/index").stat().st_size
            opened = open_index(f"{folder}/index")
            x, y = points_of(layer, 1_000_000)
            asked.append(cpu(lambda opened=opened, x=x, y=y: opened.covering(x, y)))
            print(
                f"shard {number + 1}: {took[-1]:.1f} s, {sizes[-1] / 1e6:.0f} MB, {1 / asked[-1]:.1f} M points/s",
                flush=True,
            )
    print(f"{grids:,} grids, {vertices:,} vertices in {count} shards")
    print(f"build: {sum(took):.0f} s CPU, peak memory {peak_mb():,.0f} MB with the layer")
    size = sum(sizes)
    print(f"indexes: {size / 1e9:.2f} GB, {files / 1e9:.2f} GB in files, {size / vertices:.1f} bytes per vertex")


def cells(layer: gpd.GeoDataFrame) -> None:
    """Print speed and size for cells of several sizes."""
    x, y = points_of(layer, 10_000_000)
    chosen = indexing.lattice_of
    for cell in (2.0, 4.0, 8.0, 16.0, 32.0):

        def forced(ends: Floats, area: float, cell: float = cell) -> Lattice:
            return _with_cell(chosen(ends, area), cell)

        indexing.lattice_of = forced
        index = build_index(layer, certified=True)
        speed = len(x) / min(cpu(lambda index=index: index.covering(x, y)) for _ in range(3)) / 1e6
        each = len(index.packed.records) / len(index.packed.edges)
        print(f"{cell:4g} m: {speed:5.1f} M points/s, {index.nbytes / 1e6:4.0f} MB, {each:.1f} cells per edge")
    indexing.lattice_of = chosen


def _with_cell(lattice: Lattice, cell: float) -> Lattice:
    """Return a lattice with other cells over the same ground, or more."""
    ratio = lattice.cell / cell
    first = [int(np.floor(number * ratio)) for number in (lattice.first_column, lattice.first_row)]
    last = [
        int(np.ceil((number + count) * ratio))
        for number, count in ((lattice.first_column, lattice.columns), (lattice.first_row, lattice.rows))
    ]
    return Lattice(cell, *first, last[0] - first[0], last[1] - first[1])


def memory(layer: gpd.GeoDataFrame, count: int) -> None:
    """Print the peak memory of a process that opens the index from its file, has the points in memory, and answers."""
    with TemporaryDirectory() as folder:
        save_index(build_index(layer, certified=True), f"{folder}/index", digest="")
        np.save(f"{folder}/points.npy", np.stack(points_of(layer, count)))
        command = [sys.executable, __file__, "--memory", folder]
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def peak(folder: str) -> None:
    """Answer, and print the most memory that this process ever had."""
    x, y = np.load(f"{folder}/points.npy")
    index = open_index(f"{folder}/index")
    before = peak_mb()
    index.covering(x, y)
    print(f"peak memory with {len(x):,} points: {peak_mb():,.0f} MB, of which {before:,.0f} before asking")


def peak_mb() -> float:
    """Return the most memory that this process had since it began; `resource` counts its parent in (Linux)."""
    said = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(said[1]) / 1024 if said else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Points to grids: our index beside geopandas, a search tree and PostGIS."
    )
    parser.add_argument("--grids", type=int, default=7736)
    parser.add_argument("--points", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-postgis", action="store_true")
    parser.add_argument("--alone", action="store_true", help="measure the index only, without peers")
    parser.add_argument("--shards", type=int, help="build so many layers, one after the other, and measure them alone")
    parser.add_argument("--cells", action="store_true", help="measure several sizes of cells")
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        peak(arguments.memory)
        return
    if arguments.shards:
        shards(arguments.grids, arguments.shards)
        return
    layer = city(arguments.grids)
    if arguments.cells:
        cells(layer)
    else:
        alone(layer, max(arguments.points))
        if not arguments.alone:
            borders(layer)
            memory(layer, max(arguments.points))
            for count in arguments.points:
                compare(layer, count, arguments.rounds, postgis=not arguments.without_postgis)


if __name__ == "__main__":
    main()
