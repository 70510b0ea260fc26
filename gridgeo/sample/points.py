"""Fill the blocks with buildings and enterprises, a few of them where nobody can be.

In: a `Fabric` with communities and households per block. Out: two register tables as their files hold them. Before:
`gridgeo.sample.grouping`; after: the files of `gridgeo.jobs.sample_files`.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.crs import from_city
from gridgeo.sample.fabric import CITY_CRS, Fabric
from gridgeo.sample.grouping import Labels
from gridgeo.sample.names import COUNTIES, ENTERPRISE_TRADES, ENTERPRISE_WORDS, ROADS_EAST, ROADS_NORTH
from gridgeo.uscc import organisation_check, uscc_check

__all__ = ["ENTERPRISE_FAULTS", "credit_code", "make_enterprises", "make_households"]

HOUSEHOLDS_PER_BUILDING = 20
PERSONS = (2.3, 3.2)
"""Smallest and largest mean household of a building."""

HOUSEHOLD_FAULTS = {"point_zero": 1, "point_null": 2}
ENTERPRISE_FAULTS = {"point_zero": 6, "point_null": 8, "point_outside": 5, "point_on_border": 6}
"""Rows at (0, 0), without coordinates, far outside the city, exactly on a community's border."""

OUTSIDE_M = 60_000.0


def credit_code(county: str, serial: int) -> str:
    """Return a unified social credit code (统一社会信用代码) that passes every check of `gridgeo.uscc`.

    Parameters
    ----------
    county : str
        Six digits.
    serial : int
        Less than 10,000,000.

    Examples
    --------
    >>> credit_code("411103", 1)
    '91411103M00000019T'
    """
    body = f"M{serial:07d}"
    code = f"91{county}{body}{organisation_check(body)}"
    return code + uscc_check(code)


def make_households(
    rng: np.random.Generator, fabric: Fabric, communities: gpd.GeoDataFrame, community: Labels, households: Labels
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Make the household register: one row per building, in GCJ-02 degrees.

    Parameters
    ----------
    rng : numpy.random.Generator
    fabric : Fabric
    communities : GeoDataFrame, (c,)
    community, households : ndarray of int, (n,)
        Row in ``communities`` and number of households of each block.

    Returns
    -------
    register : DataFrame
        ``HID, lon, lat, N, POP, ADDR``.
    faults : list of dict
    """
    block, count = _buildings(rng, households)
    points = _places(rng, fabric, block)
    x, y, faults = _spoil(rng, points, [f"H{n + 1:06d}" for n in range(len(block))], "household", HOUSEHOLD_FAULTS)
    zero = x == 0
    lon, lat = from_city(np.where(zero, np.nan, x), np.where(zero, np.nan, y), "GCJ-02", CITY_CRS)
    register = pd.DataFrame(
        {
            "HID": [f"H{n + 1:06d}" for n in range(len(block))],
            "lon": np.where(zero, 0.0, np.round(lon, 7)),
            "lat": np.where(zero, 0.0, np.round(lat, 7)),
            "N": count,
            "POP": np.round(count * rng.uniform(*PERSONS, len(count))).astype(int),
            "ADDR": _addresses(rng, fabric, communities, community, block),
        }
    )
    return register, faults


def make_enterprises(
    rng: np.random.Generator, fabric: Fabric, communities: gpd.GeoDataFrame, community: Labels, count: int
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Make the enterprise register in metres of the city CRS; parameters as `make_households`.

    Returns
    -------
    register : DataFrame
        ``USCC, NAME, ADDR, X, Y``.
    faults : list of dict
    """
    block = np.sort(rng.integers(0, len(fabric.blocks), count))
    counties = communities["CODE"].to_numpy()[community[block]]
    ids = [credit_code(code[:6], n + 1) for n, code in enumerate(counties)]
    borders = shapely.get_coordinates(shapely.boundary(communities.geometry.to_numpy()))
    x, y, faults = _spoil(rng, _places(rng, fabric, block), ids, "enterprise", ENTERPRISE_FAULTS, borders=borders)
    words = rng.choice(ENTERPRISE_WORDS, (count, 2))
    trades = rng.choice(ENTERPRISE_TRADES, count)
    names = [f"漯河{one}{two}{trade}" for (one, two), trade in zip(words, trades, strict=True)]
    address = _addresses(rng, fabric, communities, community, block)
    table = {"USCC": ids, "NAME": names, "ADDR": address, "X": np.round(x, 3), "Y": np.round(y, 3)}
    return pd.DataFrame(table), faults


def _buildings(rng: np.random.Generator, households: Labels) -> tuple[Labels, Labels]:
    """Spread each block's households over buildings; return block and count of each building."""
    number = -(-households // HOUSEHOLDS_PER_BUILDING)
    block = np.repeat(np.arange(len(households)), number)
    share = rng.uniform(0.6, 1.4, len(block))
    upto = np.cumsum(share)
    before = np.concatenate([[0.0], upto])[np.cumsum(number) - number]
    whole = np.bincount(block, share, minlength=len(households))
    reached = np.round((upto - before[block]) / whole[block] * households[block]).astype(int)
    count = np.diff(reached, prepend=0)
    first = np.concatenate([[True], block[1:] != block[:-1]])
    count[first] = reached[first]
    return block[count > 0], count[count > 0]


def _places(rng: np.random.Generator, fabric: Fabric, block: Labels) -> NDArray[np.float64]:
    """Return a random place well inside each block (k, 2)."""
    u, v = rng.uniform(0.14, 0.86, (2, len(block), 1))
    south_west, south_east, north_east, north_west = np.moveaxis(fabric.corners[block], 1, 0)
    south, north = south_west + u * (south_east - south_west), north_west + u * (north_east - north_west)
    return np.asarray(south + v * (north - south))


def _spoil(
    rng: np.random.Generator,
    points: NDArray[np.float64],
    ids: list[str],
    kind: str,
    faults: dict[str, int],
    *,
    borders: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[dict[str, Any]]]:
    """Put some points where they cannot be; return x, y and what was planted."""
    points = points.copy()
    rows = iter(rng.permutation(len(points)))
    planted = []
    for fault, number in faults.items():
        for row in [int(next(rows)) for _ in range(number)]:
            if fault == "point_zero":
                points[row] = 0.0
            elif fault == "point_null":
                points[row] = np.nan
            elif fault == "point_outside":
                points[row] += OUTSIDE_M
            elif borders is not None:
                points[row] = borders[rng.integers(len(borders))]
            place = shapely.Point(points[row]) if np.isfinite(points[row]).all() else None
            planted.append({"kind": fault, "agency": kind, "source_id": ids[row], "geometry": place})
    return points[:, 0], points[:, 1], planted


def _addresses(
    rng: np.random.Generator, fabric: Fabric, communities: gpd.GeoDataFrame, community: Labels, block: Labels
) -> list[str]:
    """Return an address per row: county, street, road, house number."""
    house = rng.integers(1, 400, len(block))
    eastward = rng.random(len(block)) < 0.5
    streets = communities["STREET"].to_numpy()[community[block]]
    codes = communities["CODE"].to_numpy()[community[block]]
    return [
        f"漯河市{COUNTIES[code[:6]]}{street}{_road(fabric, b, east)}{number}号"
        for code, street, b, east, number in zip(codes, streets, block, eastward, house, strict=True)
    ]


def _road(fabric: Fabric, block: int, east: bool) -> str:
    """Return the road that a block's houses are numbered along."""
    if east:
        return ROADS_EAST[fabric.row[block] * len(ROADS_EAST) // (fabric.row.max() + 1)]
    return ROADS_NORTH[fabric.column[block] * len(ROADS_NORTH) // (fabric.column.max() + 1)]
