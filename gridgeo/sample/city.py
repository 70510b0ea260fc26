"""Make the sample city: one seed, one city, the same every time.

In: a seed. Out: a `SampleCity` in memory. `gridgeo.jobs.sample_files` writes it as the files that agencies would send.

Blocks carry households; communities, true grids and the agencies' grids are groups of blocks. The truth is kept beside
the layers, so that a test can ask how near a merge comes to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.sample.fabric import CITY_CRS, Fabric, make_fabric
from gridgeo.sample.grouping import Labels, connect, dissolve, divide, divide_each
from gridgeo.sample.layers import PROFILES, SampleLayer, draw_layer
from gridgeo.sample.names import COMMUNITIES, COUNTIES, SITES
from gridgeo.sample.points import make_enterprises, make_households

__all__ = ["SampleCity", "make_city"]

HOUSEHOLDS = 200_000
ENTERPRISES = 8_000
GRID_HOUSEHOLDS = 400.0
"""Households that a true grid is made for."""

EMPTY_SHARE = 0.03
"""Blocks without households: squares, water, works."""

SLIT_M = 0.3
"""Width of the one slit in the community layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCity:
    """A city's inputs, faults included, and the truth behind them."""

    name: str
    crs: str
    """The city CRS; all geometry is in it, except the agencies' layers."""
    communities: gpd.GeoDataFrame
    """``CODE, NAME, STREET, COUNTY``."""
    layers: tuple[SampleLayer, ...]
    barriers: gpd.GeoDataFrame
    """``kind`` (river, arterial, street) and lines."""
    exclusives: gpd.GeoDataFrame
    """``ID, NAME, DEPT``."""
    households: pd.DataFrame
    """``HID, lon, lat`` (GCJ-02), ``N`` households, ``POP`` persons, ``ADDR``."""
    enterprises: pd.DataFrame
    """``USCC, NAME, ADDR, X, Y`` (city CRS)."""
    truth: gpd.GeoDataFrame
    """True grids: ``community_code, households``."""
    faults: gpd.GeoDataFrame
    """Everything planted: ``kind, agency, source_id``."""


def make_city(seed: int = 411100) -> SampleCity:
    """Make a city of 40 communities, 200,000 households and 8,000 enterprises, and the layers of five agencies.

    Parameters
    ----------
    seed : int
        Different seeds make different cities of the same kind.

    Returns
    -------
    SampleCity
    """
    rng = np.random.default_rng(seed)
    fabric = make_fabric(rng)
    households = _block_households(rng, fabric)
    community = _communities(fabric, households)
    zones = community * 2 + fabric.south
    grid = divide_each(fabric, zones, households.astype(float), GRID_HOUSEHOLDS)
    grid = np.unique(grid, return_inverse=True)[1].astype(np.int64)
    communities, slit = _community_table(fabric, community)
    drawn = [
        draw_layer(rng, fabric, grid, zones, households=households.astype(float), profile=profile)
        for profile in PROFILES
    ]
    household_table, household_faults = make_households(rng, fabric, communities, community, households)
    enterprise_table, enterprise_faults = make_enterprises(rng, fabric, communities, community, ENTERPRISES)
    planted = [fault for _, faults in drawn for fault in faults] + household_faults + enterprise_faults + [slit]
    return SampleCity(
        name="漯河市（示例）",
        crs=CITY_CRS,
        communities=communities,
        layers=tuple(layer for layer, _ in drawn),
        barriers=_barriers(fabric),
        exclusives=_exclusives(rng, fabric, households),
        households=household_table,
        enterprises=enterprise_table,
        truth=_truth(fabric, grid, communities["CODE"].to_numpy()[community], households),
        faults=_fault_table(planted),
    )


def _block_households(rng: np.random.Generator, fabric: Fabric) -> Labels:
    """Return households per block, dense in the middle, `HOUSEHOLDS` in all."""
    x, y = shapely.get_coordinates(shapely.centroid(fabric.blocks)).T
    far = np.hypot(x - x.mean(), y - y.mean()) / 3000
    wanted = (14 + 60 * np.exp(-(far**2))) * rng.uniform(0.7, 1.3, len(x))
    wanted[rng.random(len(x)) < EMPTY_SHARE] = 0
    upto = np.round(np.cumsum(wanted) / wanted.sum() * HOUSEHOLDS).astype(int)
    return np.diff(upto, prepend=0).astype(np.int64)


def _communities(fabric: Fabric, households: Labels) -> Labels:
    """Return each block's community, numbered in the order of `COMMUNITIES`; one of them lies on both banks."""
    county = _counties(fabric)
    weight = (households + 25).astype(float)  # between equal areas and equal households, as cities draw them
    community = np.zeros(len(county), dtype=np.int64)
    used = 0
    for number, code in enumerate(COUNTIES):
        members = np.nonzero(county == number)[0]
        size = sum(len(names) for (street, _), names in COMMUNITIES.items() if street.startswith(code))
        community[members] = used + divide(fabric, members, weight, size)
        used += size
    community = _across_the_river(fabric, connect(fabric, community, county))
    bank = fabric.south.astype(np.int64)
    return _by_density(connect(fabric, community * 2 + bank, bank) // 2, households)


def _counties(fabric: Fabric) -> Labels:
    """Return each block's position in `COUNTIES`: north of the river, south-west, south-east."""
    share = [sum(len(n) for (street, _), n in COMMUNITIES.items() if street.startswith(code)) for code in COUNTIES]
    west_share = share[0] / (share[0] + share[2])
    border = np.quantile(fabric.column[fabric.south], west_share)
    return np.where(~fabric.south, 1, np.where(fabric.column <= border, 0, 2)).astype(np.int64)


def _across_the_river(fabric: Fabric, community: Labels) -> Labels:
    """Give the northern half of a southern community to the community that faces it across the river."""
    community = community.copy()
    pairs = fabric.pairs[fabric.kinds == "river"]
    pairs = np.where(fabric.south[pairs[:, :1]], pairs, pairs[:, ::-1])
    facing, contact = np.unique(community[pairs], axis=0, return_counts=True)
    southern, northern = facing[contact.argmax()]
    members = np.nonzero(community == southern)[0]
    rows = fabric.row[members]
    community[members[rows > np.median(rows)]] = northern
    return community


def _by_density(community: Labels, households: Labels) -> Labels:
    """Within each street let the number rise as the density falls, so that villages (200-399) lie outside."""
    density = np.bincount(community, households) / np.bincount(community)
    new, first = np.zeros(len(density), dtype=np.int64), 0
    for names in COMMUNITIES.values():
        here = np.arange(first, first + len(names))
        new[here[np.argsort(-density[here])]] = here
        first += len(names)
    return new[community]


def _community_table(fabric: Fabric, community: Labels) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the community layer, with one slit where two neighbours do not meet, and the slit as a fault."""
    rows = [
        (street + last, name, street_name, COUNTIES[street[:6]])
        for (street, street_name), names in COMMUNITIES.items()
        for last, name in names.items()
    ]
    shapes = dissolve(fabric.blocks, community)
    inner, last = _inner_vertex(shapes)
    vertex = shapely.get_coordinates(shapes[last])[inner]
    shapes[last] = _pulled(shapes[last], inner)
    table = pd.DataFrame(rows, columns=["CODE", "NAME", "STREET", "COUNTY"])
    slit = {"kind": "slit", "agency": "community", "source_id": rows[last][0], "geometry": shapely.Point(vertex)}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CITY_CRS), slit


def _inner_vertex(shapes: NDArray[Any]) -> tuple[int, int]:
    """Return a vertex, and the community, on the border of exactly two communities."""
    for row in range(len(shapes) - 1, 0, -1):
        points = shapely.get_coordinates(shapes[row])
        touched = shapely.STRtree(shapes).query(shapely.points(points), "intersects")[0]
        twice = np.nonzero(np.bincount(touched, minlength=len(points)) == 2)[0]
        twice = twice[(twice > 0) & (twice < len(points) - 1)]
        if len(twice):
            return int(twice[len(twice) // 2]), row
    raise ValueError("no two communities touch")


def _pulled(shape: Any, vertex: int) -> Any:
    """Pull one vertex of a polygon `SLIT_M` inwards."""
    points = shapely.get_coordinates(shape)
    inside = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    toward = inside - points[vertex]
    points[vertex] = np.round(points[vertex] + SLIT_M * toward / np.hypot(*toward), 3)
    return shapely.Polygon(points)


def _barriers(fabric: Fabric) -> gpd.GeoDataFrame:
    """Return river, arterials and streets as lines."""
    tables = []
    for kind in ("river", "arterial", "street"):
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(fabric.borders[fabric.kinds == kind])))
        tables.append(gpd.GeoDataFrame({"kind": kind}, index=range(len(lines)), geometry=lines, crs=CITY_CRS))
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=CITY_CRS)


def _exclusives(rng: np.random.Generator, fabric: Fabric, households: Labels) -> gpd.GeoDataFrame:
    """Return sites that departments run themselves: blocks without households, none beside another."""
    empty = rng.permutation(np.nonzero(households == 0)[0])
    chosen: list[int] = []
    for block in empty:
        if len(chosen) < len(SITES) and not any(
            shapely.dwithin(fabric.blocks[block], fabric.blocks[c], 300) for c in chosen
        ):
            chosen.append(int(block))
    sites = SITES[: len(chosen)]
    table = pd.DataFrame(
        {
            "ID": [f"ZS{n + 1:03d}" for n in range(len(sites))],
            "NAME": [s[0] for s in sites],
            "DEPT": [s[1] for s in sites],
        }
    )
    return gpd.GeoDataFrame(table, geometry=fabric.blocks[chosen], crs=CITY_CRS)


def _truth(fabric: Fabric, grid: Labels, codes: NDArray[Any], households: Labels) -> gpd.GeoDataFrame:
    """Return the true grids."""
    first = np.unique(grid, return_index=True)[1]
    table = pd.DataFrame({"community_code": codes[first], "households": np.bincount(grid, households).astype(int)})
    return gpd.GeoDataFrame(table, geometry=dissolve(fabric.blocks, grid), crs=CITY_CRS)


def _fault_table(planted: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return the planted faults as a table."""
    table = pd.DataFrame([{name: fault[name] for name in ("kind", "agency", "source_id")} for fault in planted])
    return gpd.GeoDataFrame(table, geometry=[fault.get("geometry") for fault in planted], crs=CITY_CRS)
