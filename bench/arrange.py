"""Arranging five layers of a full city, side by side with what people use.

    python bench/arrange.py                      # shapely union_all + polygonize + labels, and gridgeo
    python bench/arrange.py --mapshaper PROGRAM  # and mapshaper -mosaic (npm install mapshaper), files in and out

Each method runs in a process of its own, one after the other, so wall time and peak memory are its own. The city is
made here: hexagonal cells with wavy borders, grouped differently by every agency and displaced smoothly where the
agency drew for itself. gridgeo is timed from polygons in memory to labelled atoms, as shapely is; mapshaper from file
to file, since it has no other door.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from gridgeo.partition.arrange import Linework, arrange

LAYERS = (("civil", 1.0, 0.0), ("police", 3.0, 9.0), ("urban", 2.0, 4.0), ("health", 5.0, 12.0), ("party", 1.3, 6.0))
"""Key, cells per polygon, largest displacement in metres."""


def wavy_cells(side: int, cell_m: float, bends: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the coverage of a hexagonal lattice whose edges carry ``bends`` vertices each, and the cell centres."""
    j, i = np.mgrid[0:side, 0:side]
    centres = np.column_stack([(i + 0.5 * (j % 2)).ravel() * cell_m, j.ravel() * cell_m * 0.866])
    angle = np.deg2rad(np.arange(30, 390, 60))
    corners = centres[:, None] + cell_m / np.sqrt(3) * np.column_stack([np.cos(angle), np.sin(angle)])[None]
    corners = np.round(corners, 3)
    rings = []
    for k in range(6):
        a, b = corners[:, k], corners[:, (k + 1) % 6]
        flip = (a[:, 0] > b[:, 0] + 1e-6) | ((np.abs(a[:, 0] - b[:, 0]) < 1e-6) & (a[:, 1] > b[:, 1]))
        p, q = np.where(flip[:, None], b, a), np.where(flip[:, None], a, b)
        share = np.linspace(0, 1, bends + 2)[None, :, None]
        along = p[:, None] + share * (q - p)[:, None]
        phase = (p[:, 0] * 0.37 + p[:, 1] * 0.71)[:, None]
        wave = 0.035 * cell_m * np.sin(np.pi * share[..., 0]) * np.sin(3 * share[..., 0] * np.pi + phase)
        normal = np.stack([-(q - p)[:, 1], (q - p)[:, 0]], 1) / np.hypot(*(q - p).T)[:, None]
        edge = along + wave[..., None] * normal[:, None]
        edge = np.where(flip[:, None, None], edge[:, ::-1], edge)
        rings.append(edge[:, :-1])
    ring = np.concatenate(rings, axis=1)
    return shapely.polygons(np.round(np.concatenate([ring, ring[:, :1]], axis=1), 3)), centres


def displaced(polygons: np.ndarray, reach_m: float, phase: float) -> np.ndarray:
    """Shift vertices smoothly by up to a distance, and not at all on part of the city."""

    def move(xy: np.ndarray) -> np.ndarray:
        active = np.clip(np.sin(xy[:, 0] / 9000 + phase) - 0.4, 0, 1)
        step = (
            reach_m
            * active[:, None]
            * np.column_stack([np.sin(xy[:, 1] / 2300 + phase), np.cos(xy[:, 0] / 1900 - phase)])
        )
        return np.round(xy + step, 3)

    return shapely.transform(polygons, move) if reach_m else polygons


def make_city(side: int, bends: int) -> list[np.ndarray]:
    """Return the polygons of every layer."""
    cells, centres = wavy_cells(side, 550.0, bends)
    layers = []
    for number, (_, per_polygon, reach_m) in enumerate(LAYERS):
        if per_polygon == 1.0:
            layers.append(cells)
            continue
        step = 550.0 * np.sqrt(per_polygon)
        group = np.unique(np.floor((centres + 97 * number) / step).astype(np.int64), axis=0, return_inverse=True)[1]
        order = np.argsort(group, kind="stable")
        parts = np.split(cells[order], np.flatnonzero(np.diff(group[order])) + 1)
        merged = np.array([shapely.coverage_union_all(p) for p in parts], dtype=object)
        layers.append(displaced(shapely.get_parts(merged), reach_m, number))
    return layers


def by_shapely(layers: list[np.ndarray]) -> int:
    """Node all boundaries, polygonize, label by a point in every face."""
    lines = shapely.union_all(shapely.boundary(np.concatenate(layers)))
    atoms = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(atoms)
    for layer in layers:
        shapely.STRtree(layer).query(points, predicate="intersects")
    return len(atoms)


def by_gridgeo(layers: list[np.ndarray]) -> int:
    """Arrange on a 1 mm lattice; atoms are exact and labelled."""
    result = arrange([Linework(p, np.arange(len(p))) for p in layers], 0.001)
    return result.faces.faces - 1


def measure(name: str, side: int, bends: int, queue: multiprocessing.Queue) -> None:
    """Run one method in this process and report seconds, peak memory and atoms."""
    layers = make_city(side, bends)
    method = {"shapely": by_shapely, "gridgeo": by_gridgeo}[name]
    if name == "gridgeo":
        method(make_city(6, 3))  # compile
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    atoms = method(layers)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    queue.put({"method": name, "s": seconds, "atoms": atoms, "peak_mb": peak / 1024, "before_mb": before / 1024})


def measure_mapshaper(program: str, side: int, bends: int, queue: multiprocessing.Queue) -> None:
    """Time mapshaper from GeoJSON files to a TopoJSON file."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for (key, _, _), polygons in zip(LAYERS, make_city(side, bends), strict=True):
            path = Path(folder, f"{key}.json")
            features = [
                {"type": "Feature", "properties": {"id": i}, "geometry": json.loads(g)}
                for i, g in enumerate(shapely.to_geojson(polygons))
            ]
            path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
            files.append(str(path))
        out = Path(folder, "out.json")
        command = [program, "-i", *files, "combine-files", "-merge-layers", "force", "-mosaic"]
        command += ["-o", str(out), "format=topojson"]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - start
        atoms = sum(len(o["geometries"]) for o in json.loads(out.read_text())["objects"].values())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    queue.put({"method": "mapshaper", "s": seconds, "atoms": atoms, "peak_mb": peak})


def told(target: Callable[..., None], *arguments: object) -> dict[str, object]:
    """Run a measurement in a process of its own and return what it reports."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=target, args=(*arguments, queue))
    process.start()
    result: dict[str, object] = queue.get()
    process.join()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=90, help="hexagons along one side of the city")
    parser.add_argument("--bends", type=int, default=27, help="vertices on each hexagon edge")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=["shapely", "gridgeo"])
    parser.add_argument("--mapshaper", help="path of the mapshaper program")
    options = parser.parse_args()
    layers = make_city(options.side, options.bends)
    print(f"{sum(map(len, layers)):,} polygons, {sum(shapely.get_num_coordinates(p).sum() for p in layers):,} vertices")
    del layers
    for _ in range(options.rounds):
        for name in options.only:
            print(told(measure, name, options.side, options.bends))
        if options.mapshaper:
            print(told(measure_mapshaper, options.mapshaper, options.side, options.bends))


if __name__ == "__main__":
    main()
