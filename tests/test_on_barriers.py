"""Places on roads and rivers.

         street, y = 0
---------------------------------
 o   o   o   o   o   o   o   o     houses, 20 m beside it
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridgeo.intake.on_barriers import line_findings
from gridgeo.model import Finding

BARRIERS = gpd.GeoDataFrame(
    {"kind": ["street", "river"]},
    geometry=[shapely.LineString([(-10, 0), (500, 0), (10_000, 0)]), shapely.LineString([(0, 500), (10_000, 500)])],
    crs="EPSG:4547",
)


def register(*places: tuple[float, float], kind: str = "enterprise") -> pd.DataFrame:
    ids = [f"{kind[0].upper()}{n}" for n in range(len(places))]
    table = pd.DataFrame({"kind": kind, "id": ids, "x": [p[0] for p in places], "y": [p[1] for p in places]})
    return table.astype({"kind": object, "id": object})


HOUSES = register(*[(5.0 * n, 20.0) for n in range(1000)], kind="household")


def told(*registers: pd.DataFrame, barriers: gpd.GeoDataFrame = BARRIERS) -> list[Finding]:
    return line_findings(pd.concat(registers, ignore_index=True), barriers)


def test_a_point_on_a_line_is_told_with_the_kind_of_the_line() -> None:
    found = told(HOUSES, register((250, 0.04), (700, 500), (90, 100)))
    assert [(f.kind, f.severity, f.agency, f.source_id) for f in found] == [
        ("point_on_barrier", "note", "enterprise", "E0"),
        ("point_on_barrier", "note", "enterprise", "E1"),
    ]
    assert "E0 正好在街道线上" in found[0].text
    assert "E1 正好在河流线上" in found[1].text
    assert found[0].geometry.equals(shapely.Point(250, 0.04))


def test_a_point_in_the_carriageway_is_odd_where_all_others_keep_away() -> None:
    (found,) = told(HOUSES, register((250, 4), (700, 12)))
    assert (found.source_id, found.geometry) == ("E0", shapely.Point(250, 4))
    assert "离街道线只有 4.0 米，而登记的点几乎都在 20 米以外；坐标可疑" in found.text


def test_points_near_lines_are_not_odd_where_points_lie_anywhere() -> None:
    random = np.random.default_rng(7)
    scattered = register(*zip(random.uniform(0, 10_000, 5000), random.uniform(0, 250, 5000), strict=True))
    assert told(scattered) == []


def test_a_register_placed_by_road_names_is_told_once() -> None:
    (found,) = told(HOUSES, register(*[(9.0 * n, 0.0) for n in range(60)]))
    assert (found.source_id, found.agency, len(found.geometry.geoms)) == ("", "enterprise", 60)
    assert "60 个有坐标的点中有 60 个、共占 100%" in found.text


def test_the_order_of_rows_does_not_matter() -> None:
    table = pd.concat([HOUSES, register((250, 4), (260, 0), (20, 0.01), (700, 12))], ignore_index=True)
    turned = table.iloc[::-1].reset_index(drop=True)
    assert len(told(table)) == 3
    assert told(turned) == told(table)


@pytest.mark.parametrize("barriers", [BARRIERS[:0], BARRIERS])
def test_without_places_or_lines_nothing_is_told(barriers: gpd.GeoDataFrame) -> None:
    nowhere = register((np.nan, np.nan))
    assert told(nowhere, barriers=barriers) == []
    assert told(HOUSES[:0], barriers=barriers) == []
    assert told(HOUSES, barriers=BARRIERS[:0]) == []
