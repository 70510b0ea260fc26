"""Places on borders and beside them.

0       100 m   200 m
+-------+-------+
|   1   |   2   |   100 m
+-------+-------+
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from gridgeo.jobs.border_places import border_findings
from gridgeo.model import Finding

GRIDS = gpd.GeoDataFrame(
    {"code": ["1", "2"]}, geometry=[shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], crs="EPSG:4547"
)


def told(*places: tuple[float, float], accuracy_m: tuple[float, ...] = (15.0, 2.0)) -> list[Finding]:
    ids = [f"E{n:04d}" for n in range(len(places))]
    registers = pd.DataFrame(
        {"kind": "enterprise", "id": ids, "x": [p[0] for p in places], "y": [p[1] for p in places]}
    )
    assignments = pd.DataFrame({"code": ["1" if x <= 100 else "2" if x <= 200 else None for x, _ in places]})
    return list(border_findings(registers, assignments, GRIDS, accuracy_m=accuracy_m))


def test_a_place_on_a_border_and_one_beside_it_are_told_apart() -> None:
    on, beside = told((100.005, 50), (101.25, 50))
    assert on.text == "E0000 在网格边界线上（1 厘米以内），归入 2，请核对"
    assert beside.text == "E0001 在网格边界近旁（1.25 米，小于边线的精度），归入 2，请核对"
    assert {f.kind for f in (on, beside)} == {"point_on_border"}
    assert beside.geometry.equals(shapely.Point(101.25, 50))


def test_beside_the_rim_nobody_else_is_responsible() -> None:
    (rim,) = told((50, 0.001), (50, 1.0))
    assert rim.source_id == "E0000"


def test_places_inside_or_nowhere_are_not_told() -> None:
    assert told((50, 50), (102.5, 50), (300, 50)) == []


def test_the_best_agency_tells_how_exact_the_borders_are() -> None:
    assert told((101, 50), accuracy_m=(0.5,)) == []
    assert told((103, 50), accuracy_m=(15.0,)) == [], "two metres away, no place is doubted"
    assert len(told((101, 50), accuracy_m=())) == 1


def test_beyond_two_hundred_the_nearest_are_listed() -> None:
    found = told(*[(100 + 0.02 + n / 1000, 50) for n in range(250, 0, -1)])
    assert len(found) == 201
    assert found[0].source_id == "E0249"
    assert "另有 50 个点在网格边界近旁" in found[-1].text
