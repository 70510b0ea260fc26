"""Nanoseconds a point of the datum conversions, beside the plain formulas in numpy: python bench/datum.py.

Medians over rounds in which both are measured one after the other, so that both see the same machine; seconds are those
of the processor, on one thread. The plain formulas are those that the tests compare with (tests/plain_datum.py). Beside
coord-convert where it is installed. The last lines are the whole way into a city's system.
"""

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from gridgeo import crs, datum

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import plain_datum

POINTS = 200_000
ROUNDS = 7
CITY = "EPSG:4547"
NAMES = (
    "wgs84_to_gcj02", "gcj02_to_wgs84", "gcj02_to_bd09", "bd09_to_gcj02", "wgs84_to_bd09", "bd09_to_wgs84",
)  # fmt: skip

Convert = Callable[[np.ndarray, np.ndarray], object]


def took_ns(convert: Convert, lon: np.ndarray, lat: np.ndarray) -> float:
    """Return nanoseconds of the processor a point."""
    start = time.process_time()
    convert(lon, lat)
    return (time.process_time() - start) / len(lon) * 1e9


def beside(convert: Convert, plain: Convert, lon: np.ndarray, lat: np.ndarray) -> tuple[float, float, float]:
    """Return the medians of both and the furthest that they are apart, in degrees or metres."""
    apart = float(np.nanmax(np.abs(np.array(convert(lon, lat)) - np.array(plain(lon, lat)))))
    rounds = [(took_ns(convert, lon, lat), took_ns(plain, lon, lat)) for _ in range(ROUNDS)]
    ours, theirs = (median(column) for column in zip(*rounds, strict=True))
    return ours, theirs, apart


def by_hand(offset: str) -> Convert:
    """Return the way into the city's system with the plain formulas."""
    back = {"GCJ-02": plain_datum.gcj02_to_wgs84, "BD-09": plain_datum.bd09_to_wgs84}[offset]
    return lambda lon, lat: crs.to_city(*back(lon, lat), "EPSG:4326", CITY)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.5, 114.5, POINTS), rng.uniform(33.2, 34.0, POINTS)
    for name in NAMES:
        ours, plain, apart = beside(getattr(datum, name), getattr(plain_datum, name), lon, lat)
        print(f"{name:15} {ours:7.1f} ns, numpy {plain:7.1f} ns, {plain / ours:5.1f} times, {apart:.0e} degrees apart")
    for offset in ("GCJ-02", "BD-09"):
        ours, plain, apart = beside(lambda a, b, o=offset: crs.to_city(a, b, o, CITY), by_hand(offset), lon, lat)
        name = f"{offset} to city"
        print(f"{name:15} {ours:7.1f} ns, numpy {plain:7.1f} ns, {plain / ours:5.1f} times, {apart:.0e} metres apart")
    if importlib.util.find_spec("coord_convert") is None:
        print("coord-convert is not installed: nothing to compare with")
        return
    other = importlib.import_module("coord_convert.transform").gcj2wgs

    def one_by_one(lons: np.ndarray, lats: np.ndarray) -> list[object]:
        return [other(*pair) for pair in zip(lons, lats, strict=True)]

    print(f"coord-convert gcj2wgs    {took_ns(one_by_one, lon[:2000], lat[:2000]):,.0f} ns")


if __name__ == "__main__":
    main()
