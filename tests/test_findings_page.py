"""The page of findings: counts, sentences, a map, nothing from outside."""

import re

import shapely

from gridgeo.model import Finding, findings_table
from gridgeo.render.findings import findings_html, overview_svg

CRS = "EPSG:4547"
OUTLINE = shapely.MultiLineString([shapely.box(0, 0, 1000, 500).exterior])
FOUND = [
    Finding("error", "overlap", "community", "社区 A 与 B 重叠", "A", 900.0, shapely.box(100, 100, 130, 130)),
    Finding("warning", "gap", "urban", "空隙 <宽>", "", 5.0, shapely.Point(500, 250)),
    Finding("note", "null_geometry", "urban", "没有图形", "U7"),
]


def page(found=FOUND):
    return findings_html(findings_table(found, CRS), title="漯河市", outline=OUTLINE, names={"urban": "城管网格"})


def test_the_page_tells_every_finding_in_words():
    text = page()
    assert "漯河市 数据检查报告" in text
    assert all(word in text for word in ("社区 A 与 B 重叠", "城管网格", "重叠", "空隙", "无图形", "U7"))


def test_texts_are_escaped():
    assert "空隙 &lt;宽&gt;" in page()
    assert "<宽>" not in page()


def test_the_page_refers_to_nothing_outside():
    assert not re.search(r"(src|href|url)\s*[=(]|https?:|@import", page())


def test_the_map_shows_outline_areas_and_dots():
    drawn = overview_svg(findings_table(FOUND, CRS), OUTLINE)
    assert drawn.count("<path") == 2
    assert drawn.count("<circle") == 1


def test_a_place_far_outside_does_not_shrink_the_map():
    lost = Finding("note", "point_outside", "enterprise", "远", "E1", 0.0, shapely.Point(9e6, 9e6))
    assert overview_svg(findings_table([lost], CRS), OUTLINE).count("<circle") == 0


def test_findings_without_places_need_no_map():
    assert "没有带位置的问题" in overview_svg(findings_table([FOUND[2]], CRS))


def test_no_finding_is_a_page_too():
    assert "漯河市" in page([])


def test_a_row_that_sums_up_others_counts_as_all_of_them():
    rest = Finding("warning", "gap", "urban", "另有 41 处同类问题，共 3.0 m²，处理方式相同。例：空隙", "", 3.0)
    text = page([FOUND[1], rest])
    assert "城管网格：42 处" in text
    assert "<b>42</b><small>处</small><span>警告</span>" in text
