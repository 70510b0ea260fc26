"""Exclusive sites that overlap, cross communities or reach beyond them are told; a slip of the outline is not.

0       100      200 m
+--------+--------+
|   甲   |   乙   |     sites of 40 x 40 m by their south-west corner
+--------+--------+
"""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import Polygon, box

from gridgeo.intake.sites import site_findings
from gridgeo.model import Finding

CRS = "EPSG:4547"
COMMUNITIES = gpd.GeoDataFrame({"name": ["甲", "乙"]}, geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)], crs=CRS)


def found(*shapes: Polygon) -> list[Finding]:
    sites = gpd.GeoDataFrame({"id": [f"P{row}" for row in range(len(shapes))]}, geometry=list(shapes), crs=CRS)
    return site_findings(sites, COMMUNITIES)


def site(east: float, north: float) -> Polygon:
    return box(east, north, east + 40, north + 40)


@pytest.mark.parametrize(
    ("shapes", "kind", "who", "area_m2", "words"),
    [
        ([site(10, 10), site(30, 10)], "overlap", "P0", 800, "P0 与 P1 重叠 800 平方米"),
        ([site(10, 10), site(10, 10)], "overlap", "P0", 1600, "重叠 1600 平方米"),
        ([site(10, 10), box(0, 0, 90, 90)], "overlap", "P0", 1600, "重叠 1600 平方米"),
        ([site(80, 10)], "crossing", "P0", 1600, "跨越社区（乙、甲）"),
        ([site(180, 10)], "outside", "P0", 800, "部分位于所有社区之外（800 平方米）"),
        ([site(10, 10), site(900, 10)], "outside", "P1", 1600, "全部位于所有社区之外"),
    ],
)
def test_what_is_wrong_with_a_site_is_told(
    shapes: list[Polygon], kind: str, who: str, area_m2: float, words: str
) -> None:
    (told,) = found(*shapes)
    assert (told.kind, told.source_id, told.agency) == (kind, who, "exclusive")
    assert told.area_m2 == pytest.approx(area_m2)
    assert words in told.text


def test_sites_beside_each_other_and_along_borders_are_right() -> None:
    assert found(site(10, 10), site(50, 10), site(62, 60), site(160, 10)) == []


def test_slips_of_an_outline_are_not_told() -> None:
    assert found(site(10, 10), site(48, 10), box(104, 58, 202, 101), box(62, 50, 102, 90)) == []


def test_a_bow_tie_is_judged_by_what_it_encloses() -> None:
    assert [f.kind for f in found(Polygon([(80, 10), (120, 50), (120, 10), (80, 50)]))] == ["crossing"]


def test_a_city_without_sites_has_nothing_to_tell() -> None:
    assert found() == []
