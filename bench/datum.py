"""Points per second of the datum conversions, beside coord-convert where it is installed: python bench/datum.py."""

import importlib
import importlib.util
import time
from collections.abc import Callable

import numpy as np

from gridgeo import datum

POINTS = 200_000


def rate(convert: Callable[[np.ndarray, np.ndarray], object], lon: np.ndarray, lat: np.ndarray) -> float:
    """Return points per second, the best of three runs."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        convert(lon, lat)
        seconds.append(time.perf_counter() - start)
    return len(lon) / min(seconds)


def main() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.5, 114.5, POINTS), rng.uniform(33.2, 34.0, POINTS)
    for name in ("wgs84_to_gcj02", "gcj02_to_wgs84", "gcj02_to_bd09", "bd09_to_gcj02", "bd09_to_wgs84"):
        print(f"gridgeo {name:16} {rate(getattr(datum, name), lon, lat):12,.0f} points/s")
    if importlib.util.find_spec("coord_convert") is None:
        print("coord-convert is not installed: nothing to compare with")
        return
    other = importlib.import_module("coord_convert.transform").gcj2wgs

    def one_by_one(lons: np.ndarray, lats: np.ndarray) -> list[object]:
        return [other(*pair) for pair in zip(lons, lats, strict=True)]

    print(f"coord-convert gcj2wgs    {rate(one_by_one, lon[:2000], lat[:2000]):12,.0f} points/s")


if __name__ == "__main__":
    main()
