"""What a map of the small city shows, for the tests of files that equal a map."""

from __future__ import annotations

import geopandas as gpd
import small_city

from gridgeo.render.content import Content, content_of
from gridgeo.render.edition import new_edition
from gridgeo.render.recipe import Footer, Recipe

RECIPE = Recipe(title="漯河市城市管理网格", theme="workload", footer=Footer(maker="测绘院"))
LONG = (
    "郾城区沙北街道第一社区居民委员会黄河路与太行山路交叉口东北角"
    "老旧小区综合治理网格（含沿街商户及地下停车场）甲乙丙丁戊己庚"
)
"""Sixty characters, 120 bytes in GBK."""
HARD_NAMES = (
    '=HYPERLINK("x")',
    '第"一"网格,甲',
    "第一\n网格",
    "<script>alert(1)</script>&amp;",
    "+1",
    "-2",
    "@甲",
    LONG,
)


def grids(columns: int = 4, rows: int = 2) -> gpd.GeoDataFrame:
    """Return grids, the last one exclusive, with the names that break files."""
    table = small_city.grids_of(columns, rows)
    count = len(table)
    table["households"] = [120 * number for number in range(1, count + 1)]
    table["area_m2"] = [10_000 + number / 3 for number in range(count)]
    table.loc[count - 1, "kind"] = "exclusive"
    table["full_name"] = [HARD_NAMES[number % len(HARD_NAMES)] for number in range(count)]
    return table


def content(table: gpd.GeoDataFrame | None = None) -> Content:
    """Return what a map of the grids shows."""
    table = grids() if table is None else table
    communities = small_city.communities_of(table).assign(county="郾城区")
    edition = new_edition(table, communities, version="V1（2026-11-20 发布）", as_of="2026-11-01")
    return content_of(edition, RECIPE)
