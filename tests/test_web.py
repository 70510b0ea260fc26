"""The web map is one file: it names nothing outside itself, and a browser without a network draws it.

::

    +-----+-----+      2·002 is exclusive; the name of 1·001 tries to be markup
    | 001 | 001 |
    +-----+-----+
    | 002 | /// |
    +-----+-----+
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import small_city
from playwright.sync_api import Page, sync_playwright

from gridgeo.errors import GridgeoError
from gridgeo.render.content import content_of
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.inline import one_file, outside_references
from gridgeo.render.recipe import Footer, Recipe
from gridgeo.render.web import web_map

RECIPE = Recipe(title="漯河市城市管理网格覆盖图")
TRICK = "</script><img src=x onerror=alert(1)>"
ANY_ADDRESS = re.compile(
    r"""(src|href|action)\s*=\s*["']?\s*(https?:)?//|url\(\s*["']?(https?:)?//|import\s*\(?["'](https?:)?//"""
)


def edition_of(columns: int = 2, rows: int = 2) -> Edition:
    grids = small_city.grids_of(columns, rows)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    grids.loc[grids["code"] == "411102001001001", "full_name"] = TRICK
    return new_edition(grids, small_city.communities_of(grids), version="V1", as_of="2026-11-01")


def calls(page: str, function: str) -> list[list]:
    """The JSON values of every call of a drawing function."""
    found = re.findall(rf"^\s*gg\.{function}\(map_\d+, (.*)\);$", page, re.MULTILINE)
    return [json.loads(f"[{values}]") for values in found]


def test_the_page_names_nothing_outside_itself():
    page = web_map(content_of(edition_of(), RECIPE), RECIPE)
    assert not ANY_ADDRESS.search(page)
    assert outside_references(page) == []
    assert 'leaflet-attribution-flag"><path' not in page
    assert '"attributionControl": false' in page
    for dropped in ("jquery", "bootstrap", "awesome"):
        assert dropped not in page.lower()


@pytest.mark.parametrize(
    "reference",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<style>@import 'https://cdn.example/x.css';</style>",
        "<style>a{background:url(//cdn.example/x.png)}</style>",
        "<script>import('https://cdn.example/x.js')</script>",
        "<img src=http://cdn.example/x.png>",
    ],
)
def test_an_address_without_a_copy_is_refused_by_name(reference):
    with pytest.raises(GridgeoError, match=r"cdn\.example/x"):
        one_file(f"<html><head>{reference}</head></html>")


def test_title_legend_version_and_review_line_are_on_the_page():
    page = web_map(content_of(edition_of(), RECIPE), RECIPE)
    for wanted in (
        "<h1>漯河市城市管理网格覆盖图</h1>",
        "版本：V1",
        "数据截至：2026-11-01",
        "EPSG:4547",
        "内部资料，注意保管",
        "专属网格",
    ):
        assert wanted in page
    reviewed = Recipe(title="图", footer=Footer(review_number="豫S（2026）012号"))
    assert "审图号：豫S（2026）012号" in web_map(content_of(edition_of(), reviewed), reviewed)


def test_the_page_has_a_north_arrow_and_a_metric_scale_bar():
    page = web_map(content_of(edition_of(), RECIPE), RECIPE)
    arrow = re.search(r'<svg id="north" role="img" aria-label="指北针：上方为北".*?</svg>', page)[0]
    assert ">北</text>" in arrow
    assert "href" not in arrow
    assert "L.control.scale(" in page
    assert "imperial: false" in page


def test_every_grid_is_there_once_with_its_counts_and_within_10_cm_of_its_place():
    edition = edition_of(3, 3)
    data = [values[0] for values in calls(web_map(content_of(edition, RECIPE), RECIPE), "grids")]
    codes = [code for one in data for code in one["codes"]]
    assert sorted(codes) == edition.grids["code"].tolist()
    assert sum(sum(one["households"]) for one in data) == edition.grids["households"].sum()
    drawn = {code: unpacked(shape) for one in data for code, shape in zip(one["codes"], one["shapes"], strict=True)}
    shapes = gpd.GeoSeries(drawn, crs=4326).to_crs(small_city.CRS)[edition.grids["code"].tolist()]
    assert np.allclose(shapely.bounds(shapes.to_numpy()), shapely.bounds(edition.grids.geometry.to_numpy()), atol=0.1)


def unpacked(shape: list) -> shapely.MultiPolygon:
    """What the page's script makes of a packed shape."""
    rings = [[np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 1e6 for ring in part] for part in shape]
    return shapely.MultiPolygon([(shell, holes) for shell, *holes in rings])


def test_neighbours_share_every_vertex_after_packing():
    data = [values[0] for values in calls(web_map(content_of(edition_of(4, 4), RECIPE), RECIPE), "grids")]
    shapes = np.array([unpacked(shape) for one in data for shape in one["shapes"]])
    assert shapely.coverage_is_valid(shapes)


def test_a_border_is_drawn_once_on_its_highest_level():
    lines = calls(web_map(content_of(edition_of(), RECIPE), RECIPE), "lines")
    community, street, city = lines[-3:]
    assert sum(map(len, community[0])) > 0
    assert street[0] == []
    assert len(city[0]) == 1


def test_the_same_layer_gives_the_same_page_in_any_order_of_rows():
    edition = edition_of()
    turned = new_edition(edition.grids[::-1], edition.communities[::-1], version="V1", as_of="2026-11-01")
    assert web_map(content_of(edition, RECIPE), RECIPE) == web_map(content_of(turned, RECIPE), RECIPE)


@pytest.fixture
def browser_page() -> Iterator[Page]:
    """A page of Debian's chromium that can reach files only."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=args)
        context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="zh-CN")
        context.route("**/*", lambda r: r.continue_() if r.request.url.startswith("file://") else r.abort())
        yield context.new_page()
        context.close()
        browser.close()


@pytest.mark.browser
def test_a_browser_without_a_network_draws_the_map_and_finds_a_grid(browser_page: Page, tmp_path: Path):
    asked, faults = [], []
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.on("console", lambda message: faults.append(message.text))
    browser_page.on("pageerror", lambda error: faults.append(str(error)))
    file = tmp_path / "map.html"
    file.write_text(web_map(content_of(edition_of(), RECIPE), RECIPE), "utf-8")

    browser_page.goto(file.as_uri())
    browser_page.locator('body[data-ready="4"]').wait_for(state="attached")
    colours = browser_page.evaluate(
        """() => {
            const canvas = document.querySelector(".leaflet-overlay-pane canvas");
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const seen = {};
            for (let i = 0; i < pixels.length; i += 4)
                seen[pixels.slice(i, i + 4).join()] = (seen[pixels.slice(i, i + 4).join()] || 0) + 1;
            return seen;
        }"""
    )
    assert colours["198,219,211,255"] > 10_000  # class 300-349
    assert colours["250,250,248,255"] > 5_000  # the exclusive grid

    scale = browser_page.locator(".leaflet-control-scale-line")
    assert re.fullmatch(r"\d+ (m|km)", scale.inner_text())
    arrow = browser_page.get_by_role("img", name="指北针：上方为北")
    assert arrow.locator("text").text_content() == "北"
    places = arrow.bounding_box(), scale.bounding_box()
    assert places[0]["y"] + places[0]["height"] <= places[1]["y"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 1200 and box["y"] + box["height"] <= 800 for box in places)

    browser_page.fill("#query", "411102 001 001 001")
    browser_page.press("#query", "Enter")
    card = browser_page.locator(".leaflet-tooltip.card")
    card.wait_for()
    assert "411102 001 001 001" in card.inner_text()
    assert TRICK in card.inner_text()
    assert browser_page.inner_text("#found") == "找到 1 个网格"
    assert asked == [file.as_uri()]
    assert faults == []


def boxes_of(page: Page) -> dict[str, list[tuple[float, float, float, float]]]:
    """The boxes of all labels on the screen by their text: left, top, right, bottom."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for label in page.locator(".label span").all():
        box = label.bounding_box()
        edges = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        found.setdefault(label.inner_text(), []).append(edges)
    return found


@pytest.mark.browser
def test_labels_stand_in_their_grids_and_cover_no_other(browser_page: Page, tmp_path: Path):
    edition = edition_of(3, 3)
    called = {"411102001001": "<b>甲</b>", "411102001002": "乙社区", "411102001003": "丙社区"}
    edition.grids["community_name"] = edition.grids["community_code"].map(called)
    file = tmp_path / "map.html"
    file.write_text(web_map(content_of(edition, RECIPE), RECIPE), "utf-8")
    browser_page.goto(file.as_uri())
    browser_page.locator('body[data-ready="9"]').wait_for(state="attached")

    shown = boxes_of(browser_page)
    assert set(called.values()) <= set(shown)  # at first view, and markup is text
    placed = [box for boxes in shown.values() for box in boxes]
    assert str(len(placed)) == browser_page.evaluate("document.body.dataset.labels")
    for k, one in enumerate(placed):
        for two in placed[:k]:
            assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1], (one, two)
    assert "002" not in shown  # the names stand there

    for _ in range(4):
        browser_page.locator(".leaflet-control-zoom-out").click()
        browser_page.wait_for_timeout(400)
    assert boxes_of(browser_page) == {}  # nothing has room


def test_labels_begin_with_the_roomiest_and_lie_inside():
    edition = edition_of(3, 2)
    [levels] = [values[0] for values in calls(web_map(content_of(edition, RECIPE), RECIPE), "labels")]
    assert [level["kind"] for level in levels] == ["name", "number"]
    numbers = levels[1]
    assert sorted(numbers["texts"]) == sorted(code[-3:] for code in edition.grids["code"])
    assert numbers["radii"] == sorted(numbers["radii"], reverse=True)
    spots = shapely.points(np.array(numbers["spots"]).reshape(-1, 2) / 1e6)
    grids = edition.grids.to_crs(4326).geometry.to_numpy()
    assert sorted(np.argmax(shapely.contains(grids[:, None], spots), axis=0)) == list(range(len(grids)))


def test_the_page_has_the_table_that_equals_its_map():
    edition = edition_of()
    page = web_map(content_of(edition, RECIPE), RECIPE)
    start = page.index('<details id="table">')
    heads, *rows = page[start : page.index("</table>", start)].split("<tr>")[1:]
    cells = [row.split("<td>")[1:] for row in rows]
    assert [row[0] for row in cells] == edition.grids["code"].tolist()
    households = heads.split("<th>")[1:].index("户数")
    assert [int(row[households]) for row in cells] == edition.grids["households"].tolist()
