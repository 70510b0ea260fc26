"""A city as large as Luohe for the benchmark of maps: 72 streets, some 1,500 communities, small grids in the middle.

The wiggled bricks of `city`, pulled apart from the middle outwards: a brick in the old town is some 100 m wide, one at
the edge over a kilometre. It is the same map, so there is still neither gap nor overlap.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from city import COMMUNITY_GRIDS, city
from numpy.typing import NDArray

from gridgeo.render.edition import Edition, new_edition

__all__ = ["luohe"]

STREETS, COMMUNITY_ROWS, COMMUNITY_COLUMNS = (8, 9), 2, 3
"""Rows and columns of streets in the city, of bricks in a community."""
COUNTIES = ("源汇区", "郾城区", "召陵区")
SPREAD = 1.9
"""How much wider than long bricks become towards the edge; chosen so that the city covers some 2,600 km²."""
SIGNS = "东西南北新老长宁河沙白云金玉龙凤青松文武安平和顺兴华建民光明"
EXCLUSIVE_EVERY = 97
RULES = {"households": [300, 500], "population_max": 2500}


def luohe(grids: int = 8000, seed: int = 1) -> Edition:
    """Return the city.

    Parameters
    ----------
    grids : int
    seed : int
        The same seed gives the same city.
    """
    bricks = city(grids, seed, vertices=(40, 160))
    row, column = _places(bricks)
    shapes = _pulled_apart(bricks.geometry.to_numpy())
    rng = np.random.default_rng(seed)
    street_row = row * STREETS[0] // (row.max() + 1)
    street_column = column * STREETS[1] // (column.max() + 1)
    street = street_row * STREETS[1] + street_column
    table = pd.DataFrame({"street": street, "cr": row // COMMUNITY_ROWS, "cc": column // COMMUNITY_COLUMNS})
    community = table.groupby(["street", "cr", "cc"], sort=True).ngroup().to_numpy()
    first = pd.Series(community).groupby(street).transform("min").to_numpy()
    owner = np.array([f"411102{s + 1:03d}{c + 1:03d}" for s, c in zip(street, community - first, strict=True)])
    order = np.lexsort((column, row, owner))
    number = pd.Series(owner[order]).groupby(owner[order]).cumcount().to_numpy() + 1
    names = _names(int(community.max()) + 1, "社区")
    name = np.array(names, dtype=object)[community]
    kind = np.where(np.arange(len(order)) % EXCLUSIVE_EVERY == 0, "exclusive", "general")
    made = gpd.GeoDataFrame(
        {
            "code": [f"{code}{at:03d}" for code, at in zip(owner[order], number, strict=True)],
            "kind": kind,
            "community_code": owner[order],
            "community_name": name[order],
            "short_name": [f"第{at}网格" for at in number],
            "full_name": [f"{one}第{at}网格" for one, at in zip(name[order], number, strict=True)],
            "households": np.where(kind == "exclusive", 0, rng.integers(250, 560, len(order))),
            "enterprises": rng.integers(0, 40, len(order)),
            "population": rng.integers(700, 1600, len(order)),
            "area_m2": shapely.area(shapes[order]),
        },
        geometry=shapes[order],
        crs=bricks.crs,
    )
    return _edition(made, pd.DataFrame({"code": owner, "name": name, "street": street, "row": street_row}))


def _edition(grids: gpd.GeoDataFrame, members: pd.DataFrame) -> Edition:
    """Return the grids with their communities."""
    streets = _names(STREETS[0] * STREETS[1], "街道", salt=5)
    table = members.drop_duplicates("code").sort_values("code", ignore_index=True)
    outline = grids.dissolve("community_code").geometry
    communities = gpd.GeoDataFrame(
        {
            "code": table["code"],
            "name": table["name"],
            "street": [streets[at] for at in table["street"]],
            "county": [COUNTIES[at * len(COUNTIES) // STREETS[0]] for at in table["row"]],
        },
        geometry=outline.loc[table["code"]].to_numpy(),
        crs=grids.crs,
    )
    edition = new_edition(grids, communities, version="V1（2026-11-20 发布）", as_of="2026-11-01")
    object.__setattr__(edition, "city", "漯河市")
    object.__setattr__(edition, "rules", RULES)
    return edition


def _places(bricks: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and column of every brick; a row begins where the place jumps back to the west."""
    west = bricks.geometry.bounds["minx"].to_numpy()
    row = np.cumsum(np.diff(west, prepend=west[0]) < 0)
    column = pd.Series(row).groupby(row).cumcount().to_numpy()
    assert COMMUNITY_GRIDS > 0
    return row, column


def _pulled_apart(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the shapes with the places stretched, the more the farther they lie from the middle."""
    west, south, east, north = shapely.total_bounds(shapes)
    middle, half = np.array([west + east, south + north]) / 2, np.array([east - west, north - south]) / 2

    def stretch(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        away = (xy - middle) / half
        moved = middle + half * np.sign(away) * (0.35 * np.abs(away) + SPREAD * 0.5 * np.abs(away) ** 3)
        return np.round(moved, 3)

    return np.asarray(shapely.transform(shapes, stretch))


def _names(count: int, ending: str, salt: int = 0) -> list[str]:
    """Return names of two signs, all different."""
    signs = len(SIGNS)
    return [
        f"{SIGNS[(at + salt) % signs]}{SIGNS[(at * 7 + at // signs + salt) % signs]}{ending}" for at in range(count)
    ]
