"""What a grid card says of its grid: chain, kind, counts against the limits, area and bounds.

In: an edition and a row of it. Out: names and texts in Chinese, in the order in which they are printed. What only a
store knows, versions and lineage, comes from ``jobs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import shapely
from pyproj import CRS, Transformer

from gridgeo.render.edition import Edition
from gridgeo.render.kinds import GRID_KINDS
from gridgeo.render.ruled import UNLIMITED

__all__ = ["Fact", "bounds_facts", "facts_of"]

Fact = tuple[str, str]
"""Name and text."""
_UNITS = {"households": ("户数", "户"), "enterprises": ("企业", "家"), "population": ("人口", "人")}


def facts_of(edition: Edition, row: int) -> list[Fact]:
    """Return what the card says of one grid."""
    grid = edition.grids.iloc[row]
    return [
        ("网格全称", str(grid["full_name"])),
        ("所属", _chain(edition, grid)),
        ("类型", GRID_KINDS.get(str(grid["kind"]), str(grid["kind"]))),
        *_counts(grid, edition.rules),
        ("面积", _area(float(grid.get("area_m2", grid.geometry.area)))),
        *bounds_facts(grid.geometry, edition.grids.crs),
    ]


def _chain(edition: Edition, grid: pd.Series) -> str:
    """Return county, street and community of a grid, with the community's code."""
    own = edition.communities[edition.communities["code"] == grid["community_code"]]
    above = [str(own[level].iloc[0]) for level in ("county", "street") if level in own and len(own)]
    names = [name for name in (*above, str(grid["community_name"])) if name]
    return f"{' / '.join(names)}（{grid['community_code']}）"


def _counts(grid: pd.Series, rules: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield the counts that the layer has, each against its limit."""
    for name, (word, unit) in _UNITS.items():
        if name not in grid:
            continue
        if pd.isna(grid[name]):
            yield word, "无数据"
            continue
        value = int(grid[name])
        yield word, f"{value:,} {unit}{_judged(name, value, str(grid['kind']), rules)}"


def _judged(name: str, value: int, kind: str, rules: Mapping[str, Any]) -> str:
    """Return how a count lies to its limits; exclusive grids have none."""
    low, high = 0, UNLIMITED
    if name == "households" and rules.get("households"):
        low, high = map(int, rules["households"])
    elif name == "population" and rules.get("population_max"):
        high = int(rules["population_max"])
    if kind == "exclusive" or (not low and high >= UNLIMITED):
        return ""
    rule = f"不超过 {high:,}" if not low else f"不少于 {low:,}" if high >= UNLIMITED else f"{low:,}–{high:,}"
    said = "低于下限" if value < low else "高于上限" if value > high else "符合"
    return f"（规定{rule}，{said}）"


def _area(area_m2: float) -> str:
    """Return an area in square metres, and in square kilometres where that is shorter to read."""
    large = f"（{area_m2 / 1e6:.3f} 平方千米）" if area_m2 >= 1e4 else ""
    return f"{area_m2:,.2f} 平方米{large}"


def bounds_facts(shape: shapely.Geometry, crs: CRS) -> list[Fact]:
    """Return the bounds of a grid in degrees and in metres.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
    crs : CRS
        Metric; its own geodetic system gives the degrees, no datum is changed.
    """
    west, south, east, north = shape.bounds
    metres = f"东 {west:,.2f} 至 {east:,.2f}，北 {south:,.2f} 至 {north:,.2f}"
    if crs.geodetic_crs is None:
        return [("四至（米）", metres)]
    degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    left, low, right, high = shapely.transform(shape, degrees.transform, interleaved=False).bounds
    return [
        ("四至（经纬度）", f"{_longitude(left)} 至 {_longitude(right)}，{_latitude(low)} 至 {_latitude(high)}"),
        ("四至（米）", metres),
    ]


def _longitude(value: float) -> str:
    """Return a longitude to a tenth of a metre."""
    return f"{'东经' if value >= 0 else '西经'} {abs(value):.6f}°"


def _latitude(value: float) -> str:
    """Return a latitude to a tenth of a metre."""
    return f"{'北纬' if value >= 0 else '南纬'} {abs(value):.6f}°"
