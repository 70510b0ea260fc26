"""Nine communities of one kilometre in three streets, two grids each, and registers that live in them.

::

    3703000 +----+----+----+
            | 0  | 1  | 2  |   北街街道
            +----+----+----+
            | 3  | 4  | 5  |   中街街道
            +----+----+----+
            | 6  | 7  | 8  |   南街街道
    3700000 +----+----+----+
          500000        503000     EPSG:4547; every community is a western and an eastern grid
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely import box

from gridgeo.locate.datum import DatumEvidence
from gridgeo.locate.index import build_index
from gridgeo.locate.places import make_places

CRS = "EPSG:4547"
WEST, SOUTH, SIDE = 500_000.0, 3_700_000.0, 1000.0
NAMES = ("桂花社区", "荷塘社区", "松林村", "石桥社区", "钟楼社区", "渡口村", "梅园社区", "古井社区", "柳林村")
STREETS = ("北街街道", "中街街道", "南街街道")
SPOKEN = [f"某市某区{STREETS[row // 3]}{name}" for row, name in enumerate(NAMES)]


def community_code(row: int) -> str:
    return f"41110200{row // 3 + 1}{row % 3 + 1:03d}"


def grids() -> gpd.GeoDataFrame:
    """Return eighteen grids as a layer file holds them."""
    table: dict[str, list] = {"code": [], "community_code": [], "community_name": [], "geometry": []}
    for row, name in enumerate(NAMES):
        x, y = WEST + row % 3 * SIDE, SOUTH + (2 - row // 3) * SIDE
        for half in (0, 1):
            table["code"].append(f"{community_code(row)}{half + 1:03d}")
            table["community_code"].append(community_code(row))
            table["community_name"].append(name)
            table["geometry"].append(box(x + half * SIDE / 2, y, x + (half + 1) * SIDE / 2, y + SIDE))
    return gpd.GeoDataFrame(table, crs=CRS)


def communities() -> gpd.GeoDataFrame:
    """Return the communities with their streets."""
    whole = grids().drop(columns="code").dissolve("community_code").reset_index()
    whole["street"] = [STREETS[row // 3] for row in range(9)]
    whole["county"] = "某区"
    named = whole.rename(columns={"community_code": "code", "community_name": "name"})
    return named[["code", "name", "street", "county", "geometry"]]


PARENTS = {community_code(row): ["某区", STREETS[row // 3]] for row in range(9)}
GRIDS = grids()
INDEX = build_index(GRIDS)
PLACES = make_places(INDEX.codes, GRIDS.set_index("code"), PARENTS)
BOUNDS = GRIDS.total_bounds


def residents(number: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return places, (n, 2) in the city CRS, the community of each, and their addresses."""
    xy = np.random.default_rng(seed).uniform((WEST, SOUTH), (WEST + 3 * SIDE, SOUTH + 3 * SIDE), (number, 2))
    row = (2 - ((xy[:, 1] - SOUTH) // SIDE).astype(int)) * 3 + ((xy[:, 0] - WEST) // SIDE).astype(int)
    return xy, row, [f"{SPOKEN[at]}{number}号" for number, at in enumerate(row)]


def evidence() -> DatumEvidence:
    return DatumEvidence(PLACES, INDEX, BOUNDS)
