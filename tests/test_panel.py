"""Nothing on a printed sheet runs over anything else, however much there is to say and however long the names are."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from matplotlib.figure import Figure

from gridgeo.render.canvas import MATPLOTLIB
from gridgeo.render.content import Content, Mark, content_of
from gridgeo.render.edition import new_edition
from gridgeo.render.layout import choose_layout
from gridgeo.render.legend import LegendRow
from gridgeo.render.recipe import Footer, Recipe
from gridgeo.render.sheet import sheet_figure
from gridgeo.render.themes.coverage import coverage_content
from gridgeo.render.themes.responsibility import responsibility_content

LONG = "人民政府驻地经济技术开发区高新技术产业园区综合服务中心" * 3
ORIENTATIONS = ("landscape", "portrait")


def content_of_streets(count: int, name: str = "街道") -> Content:
    """A row of communities, each a street of its own."""
    grids = small_city.grids_of(count, 1)
    communities = small_city.communities_of(grids)
    communities["street"] = [f"第{at}{name}" for at in range(count)]
    return responsibility_content(new_edition(grids, communities, version="V1"))


def texts_of(figure: Figure) -> tuple[list[str], np.ndarray]:
    """The texts of the page with their boxes in mm."""
    renderer = figure.canvas.get_renderer()
    page = figure.axes[0]
    shown = [text for text in page.texts if text.get_text().strip()]
    boxes = [text.get_window_extent(renderer).transformed(page.transData.inverted()).extents for text in shown]
    return [text.get_text() for text in shown], np.array(boxes)


def overlaps(content: Content, recipe: Recipe) -> list[tuple[str, str]]:
    """The texts of a sheet that touch one another, lie over the edge of the page, or leave the panel."""
    layout = choose_layout(content, recipe)
    with mpl.rc_context(MATPLOTLIB):
        texts, boxes = texts_of(sheet_figure(content, recipe))
    inner = shapely.box(*(boxes + np.array([0.15, 0.15, -0.15, -0.15])).T)
    one, two = shapely.STRtree(inner).query(inner, predicate="intersects")
    found = [(texts[a], texts[b]) for a, b in zip(one, two, strict=True) if a < b]
    sheet = shapely.box(0, 0, layout.width, layout.height)
    panel = shapely.box(*layout.panel)
    found += [(text, "edge of the page") for text, box in zip(texts, inner, strict=True) if not sheet.contains(box)]
    crossing = [box.intersects(panel) and not panel.contains(box) for box in inner]
    return found + [(text, "edge of the panel") for text, out in zip(texts, crossing, strict=True) if out]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("size", ["A4", "A3"])
@pytest.mark.parametrize("count", [1, 9, 25, 60])
def test_as_many_streets_as_there_are(count: int, size: str, orientation: str):
    content = content_of_streets(count)
    assert overlaps(content, Recipe(title="责任图", size=size, orientation=orientation)) == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_names_of_sixty_characters_and_more(orientation: str):
    footer = Footer(maker=LONG[:60], secrecy="内部", review_number="豫S（2026）012号")
    recipe = Recipe(title=LONG[:60], size="A4", orientation=orientation, footer=footer)
    assert overlaps(content_of_streets(12, LONG[:60]), recipe) == []
    assert overlaps(coverage_content(content_of_streets(3, LONG[:60]).edition, recipe), recipe) == []


def test_facts_have_the_room_that_the_list_leaves():
    facts = tuple((f"项目{at}", f"{at} 条") for at in range(24))
    content = replace(content_of_streets(2), facts=facts)
    recipe = Recipe(title="问题图", size="A3", orientation="landscape", labels=False)
    with mpl.rc_context(MATPLOTLIB):
        texts, _ = texts_of(sheet_figure(content, recipe))
    assert {name for name, _ in facts} <= set(texts)
    assert overlaps(content, recipe) == overlaps(content, replace(recipe, labels=True)) == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("size", ["A4", "A2"])
def test_more_marks_and_facts_than_a_panel_holds(size: str, orientation: str):
    edition = content_of_streets(4).edition
    spot = np.array([shapely.Point(small_city.LEFT, small_city.BOTTOM)], object)
    marks = [Mark(name=f"标记{LONG[:20]}{at}", shapes=spot, colour="#1c262b", count=10**6) for at in range(9)]
    facts = tuple((f"事实{LONG[:30]}{at}", f"{at:,} 条") for at in range(60))
    recipe = Recipe(title="图", size=size, orientation=orientation)
    assert overlaps(content_of(edition, recipe, marks=marks, facts=facts), recipe) == []


def test_rows_that_have_no_room_are_counted_together():
    edition = content_of_streets(60).edition
    rows = tuple(LegendRow(at, f"类{at}", "#ffffff", "", 1) for at in range(60))
    content = Content(edition=edition, key=np.arange(60), rows=rows, heading="类")
    recipe = Recipe(title="图", size="A4", orientation="landscape")
    with mpl.rc_context(MATPLOTLIB):
        texts, _ = texts_of(sheet_figure(content, recipe))
    (rest,) = [text for text in texts if text.startswith("另有") and text.endswith("见附表")]
    hidden = int(rest.removeprefix("另有 ").split(" ")[0])
    assert texts[texts.index(rest) + 1] == str(hidden)
    assert sum(text.startswith("类") for text in texts) == 60 - hidden + 1


@pytest.mark.parametrize("side_m", [1.0, 100.0, 100_000.0])
def test_one_grid_alone_of_any_size(side_m: float):
    grids = small_city.grids_of(1, 1)
    grids = grids.set_geometry([shapely.box(500_000, 3_700_000, 500_000 + side_m, 3_700_000 + side_m)], crs=grids.crs)
    edition = new_edition(grids, small_city.communities_of(grids), version="V1")
    recipe = Recipe(title="图", size="A4", measure="kind")
    for content in (coverage_content(edition, recipe), responsibility_content(edition)):
        assert overlaps(content, recipe) == []


def test_a_community_without_name_or_street_is_no_reason_to_fail():
    grids = small_city.grids_of(2, 1)
    communities = small_city.communities_of(grids).assign(street=["", ""])
    edition = new_edition(grids, communities, version="V1")
    content = responsibility_content(edition)
    assert pd.Series([row.label for row in content.rows]).tolist() == ["未注明"]
    assert overlaps(content, Recipe(title="图", size="A4")) == []
