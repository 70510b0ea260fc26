"""The lean page: one file that names nothing outside, opens without a network, and says on the map, in the card and in
the table the same as the layer.

::

    +-----+-----+-----+
    | 001 | 001 | 001 |    community 001 is called by markup, 2·002 is exclusive
    +-----+-----+-----+
    | 002 | /// | 002 |
    +-----+-----+-----+
"""

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from playwright.sync_api import Browser, Page, sync_playwright

from gridgeo.render.content import Content, Listing, Mark, content_of
from gridgeo.render.edition import new_edition
from gridgeo.render.inline import outside_references
from gridgeo.render.lean import lean_map
from gridgeo.render.recipe import Footer, Recipe
from gridgeo.render.table import equal_table
from gridgeo.render.thin_web import thinned_together

RECIPE = Recipe(title="漯河市城市管理网格覆盖图")
TRICKS = (
    "</script><img src=x onerror=alert(1)>", "<!--<script>", "'\"`${alert(2)}", "行\u2028分\u2029隔", "<b>粗</b>&amp;",
)  # fmt: skip


def content(columns: int = 3, rows: int = 2, **more) -> Content:
    grids = small_city.grids_of(columns, rows)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    communities = small_city.communities_of(grids)
    edition = new_edition(grids, communities, version="V1（2026-11-02 发布）", as_of="2026-11-01")
    return content_of(edition, RECIPE, **more)


def tricky() -> Content:
    """A city whose every text tries to be markup or code."""
    grids = small_city.grids_of(3, 2)
    for n, column in enumerate(("full_name", "short_name")):
        grids[column] = [f"{TRICKS[(n + row) % len(TRICKS)]}{row}" for row in range(len(grids))]
    grids["community_name"] = [TRICKS[int(code[-1]) % len(TRICKS)] for code in grids["community_code"]]
    communities = small_city.communities_of(grids)
    communities["street"] = TRICKS[0]
    return content_of(new_edition(grids, communities, version=TRICKS[1], as_of=TRICKS[2]), RECIPE)


def test_the_page_names_nothing_outside_itself_and_may_reach_nothing():
    page = lean_map(content(), RECIPE)
    assert outside_references(page) == []
    assert set(re.findall(r"https?://[\w.-]+", page)) <= {"http://www.w3.org"}  # names of XML
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert "flag" not in page[page.index("<body>") : page.index("<script")]


def test_title_legend_margin_and_alt_text_are_on_the_page():
    page = lean_map(content(), RECIPE)
    for wanted in (
        "<h1>漯河市城市管理网格覆盖图</h1>", "版本：V1（2026-11-02 发布）", "数据截至：2026-11-01", "EPSG:4547",
        "内部资料，注意保管", "专属网格", "坐标系：CGCS2000", "共 6 格", "指北针",
    ):  # fmt: skip
        assert wanted in page
    reviewed = Recipe(title="图", footer=Footer(review_number="豫S（2026）012号", secrecy="内部"))
    page = lean_map(content(), reviewed)
    assert "审图号：豫S（2026）012号" in page
    assert "<b>内部</b>" in page


def test_the_same_layer_gives_the_same_page_in_any_order_of_rows():
    first = content()
    grids, communities = first.edition.grids[::-1], first.edition.communities[::-1]
    turned = new_edition(grids, communities, version=first.edition.version, as_of="2026-11-01")
    assert lean_map(content_of(turned, RECIPE), RECIPE) == lean_map(first, RECIPE)


def test_2000_grids_take_a_quarter_of_the_room_that_8000_may():
    grids = small_city.grids_of(100, 20)
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    wave = np.column_stack([np.cos(angle), np.sin(angle)])
    # 24 vertices to a grid, as in a city of 8,000 with 190,000
    grids = grids.set_geometry([_wavy(shape, wave) for shape in grids.geometry], crs=small_city.CRS)
    edition = new_edition(grids, small_city.communities_of(small_city.grids_of(100, 20)), version="V1")
    page = lean_map(content_of(edition, RECIPE), RECIPE)
    bare = lean_map(content(1, 1), RECIPE)
    assert (len(page) - len(bare)) * 4 + len(bare) < 2_500_000


def _wavy(square: shapely.Polygon, wave: np.ndarray) -> shapely.Polygon:
    middle = shapely.get_coordinates(square.centroid)[0]
    return shapely.Polygon(middle + wave * 45)


def test_neighbours_are_thinned_with_the_grids_and_very_fine_borders_more():
    line = np.column_stack([np.linspace(0, 100, 2001), np.sin(np.linspace(0, 700, 2001)) * 0.3])
    low = shapely.Polygon([*line, (100, -50), (0, -50)])
    high = shapely.Polygon([*line[::-1], (0, 50), (100, 50)])
    at = np.array([500_000, 3_700_000])
    low, high = (shapely.transform(shape, lambda xy: xy + at) for shape in (low, high))
    first = content(1, 1)
    grids = first.edition.grids.set_geometry([low], crs=small_city.CRS)
    edition = new_edition(grids, first.edition.communities, version="V1")
    shown, detail_m = thinned_together(content_of(edition, RECIPE, neighbours=np.array([high])), 0.5)
    assert detail_m == 0.5
    both = np.append(shown.edition.grids.geometry.to_numpy(), shown.neighbours)
    assert shapely.coverage_is_valid(both)
    assert shapely.get_num_coordinates(both).sum() < 400


def test_a_layer_too_fine_for_a_page_is_thinned_further_and_the_page_says_so(monkeypatch):
    monkeypatch.setattr("gridgeo.render.thin_web.MOST_VERTICES", 100)
    around = np.linspace(0, 2 * np.pi, 2000)[:-1]
    ring = np.column_stack([np.cos(around), np.sin(around)]) * (100 + 2 * np.sin(200 * around))[:, None]
    first = content(1, 1)
    grids = first.edition.grids.set_geometry(
        [shapely.Polygon(ring + np.array([500_000, 3_700_000]))], crs=small_city.CRS
    )
    city = content_of(new_edition(grids, first.edition.communities, version="V1"), RECIPE)
    shown, detail_m = thinned_together(city, 0.5)
    assert shapely.get_num_coordinates(shown.edition.grids.geometry.to_numpy()).sum() <= 100
    assert f"细于约 {detail_m:.0f} 米的曲折略去" in lean_map(city, RECIPE)
    assert "曲折略去" not in lean_map(first, RECIPE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, folder: Path, text: str, size=(1440, 900)) -> Iterator[Page]:
    """Open the page from disk with the network cut off; nothing may be asked for, complained of, or popped up."""
    file = folder / "map.html"
    file.write_text(text, "utf-8")
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", reduced_motion="reduce", offline=True
    )
    asked, faults = [], []
    context.route("**/*", lambda r: r.continue_() if r.request.url.startswith("file://") else r.abort())
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.goto(file.as_uri())
    page.locator("body[data-ready]").wait_for(state="attached")
    yield page
    context.close()
    assert asked == [file.as_uri()]
    assert faults == []


def search(page: Page, text: str) -> str:
    page.fill("#query", text)
    page.press("#query", "Enter")
    return page.inner_text("#message")


@pytest.mark.browser
def test_a_browser_without_a_network_draws_grids_and_labels(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        assert page.get_attribute("body", "data-ready") == "6"
        shown = page.evaluate("gg.screen.labels.placed.map((one) => one.lines.join(' '))")
        assert len(shown) >= 6
        assert {"沙北街道第1社区 001", "沙北街道第1社区 002"} <= set(shown)
        colours = page.evaluate(
            """() => {
                const canvas = document.querySelector("#map canvas");
                const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, seen = {};
                for (let i = 0; i < data.length; i += 4) {
                    const key = data.slice(i, i + 4).join();
                    seen[key] = (seen[key] || 0) + 1;
                }
                return seen;
            }"""
        )
        assert colours["198,219,211,255"] > 100_000  # 300-349
        violet = [count for key, count in colours.items() if _violet(*map(int, key.split(",")))]
        assert sum(violet) > 2_000  # the hatch


def _violet(red: int, green: int, blue: int, _: int) -> bool:
    return blue > red + 40 and red > green + 15


@pytest.mark.browser
def test_the_scale_bar_is_as_long_as_it_says(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        said = re.fullmatch(r"比例尺：图上一整条是 (\d+) 米", page.get_attribute("#scale", "aria-label"))
        bars = [box.bounding_box() for box in page.locator("#scale rect").all()]
        left, right = bars[0]["x"], bars[-1]["x"] + bars[-1]["width"]
        place = page.evaluate(f"[{left}, {right}].map((x) => gg.screen.map.getCoordinateFromPixel([x - 300, 300])[0])")
        assert place[1] - place[0] == pytest.approx(int(said[1]), rel=0.02)


@pytest.mark.browser
def test_no_label_covers_another_and_numbers_stay_in_their_grids_at_every_zoom(browser: Browser, tmp_path: Path):
    city = content(8, 8)
    grids = city.edition.grids
    with opened(browser, tmp_path, lean_map(city, RECIPE)) as page:
        for resolution in (4.0, 2.0, 1.2, 0.8, 0.4):
            page.evaluate(f"gg.screen.labels.place({resolution})")
            placed = page.evaluate("gg.screen.labels.placed.map((o) => [o.kind, o.of, o.x, o.y, o.w, o.h])")
            boxes = np.array(
                [shapely.box(x - w * resolution, y - h * resolution, x + w * resolution, y + h * resolution)
                 for _, _, x, y, w, h in placed]
            )  # fmt: skip
            one, two = shapely.STRtree(boxes).query(boxes, predicate="overlaps")
            assert not len(one), (resolution, placed[one[0]], placed[two[0]])
            for (kind, of, *_), box in zip(placed, boxes, strict=True):
                assert kind != "number" or grids.geometry.iloc[of].buffer(0.2).contains(box)
        assert {one[1] for one in placed if one[0] == "number"} == set(range(64))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("411102001002002", "找到 1 个网格"),
        ("411102 001 002 002", "找到 1 个网格"),
        ("第2社区第2网格", "找到 1 个网格"),
        ("第2社区", "找到 2 个网格，已在图上圈出，表格只列它们"),
        ("沙北街道", "找到 6 个网格，已在图上圈出，表格只列它们"),
        ("001003", "找到 2 个网格，已在图上圈出，表格只列它们"),
        ("", ""),
        ("411102 001 002 009", "本图没有编码 411102 001 002 009：它可能已停用"),
        ("不存在的地方", "本图没有名称或编码含“不存在的地方”的网格"),
    ],
)
def test_search_finds_codes_and_names_or_says_a_sentence(browser: Browser, tmp_path: Path, asked: str, says: str):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        assert search(page, asked).startswith(says)
        assert page.locator("#card").is_visible() == (says == "找到 1 个网格")


@pytest.mark.browser
def test_the_card_tells_code_chain_and_counts(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        search(page, "411102001002002")
        said = page.inner_text("#card")
        for wanted in ("411102 001 002 002", "第2社区第2网格", "沙北街道 › 沙北街道第2社区", "户数", "301", "专属网格"):
            assert wanted in said
        assert page.inner_text("#live").startswith("第2社区第2网格，411102 001 002 002，户数 301")
        page.press("#query", "Escape")
        assert not page.locator("#card").is_visible()


@pytest.mark.browser
def test_suggestions_are_a_combobox_for_the_keyboard(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        page.fill("#query", "第2社区")
        assert page.get_attribute("#query", "aria-expanded") == "true"
        assert page.locator("#choices li").all_inner_texts()[0].startswith("沙北街道第2社区")
        page.press("#query", "ArrowDown")
        page.press("#query", "ArrowDown")
        active = page.get_attribute("#query", "aria-activedescendant")
        assert page.get_attribute(f"#{active}", "aria-selected") == "true"
        page.press("#query", "Enter")
        assert page.inner_text("#card-code") == "411102 001 002 001"
        assert page.get_attribute("#query", "aria-expanded") == "false"
        page.fill("#query", "第2社区")
        page.press("#query", "Escape")
        assert page.locator("#choices").is_hidden()


@pytest.mark.browser
def test_the_table_equals_the_layer_sorts_and_moves_the_selection_on_the_map(browser: Browser, tmp_path: Path):
    city = content()
    table = equal_table(city.edition, city.key, city.rows)
    with opened(browser, tmp_path, lean_map(city, RECIPE)) as page:
        page.click("#table-open")
        heads = [head.removesuffix(" ↕") for head in page.locator("#heads th").all_inner_texts()]
        assert set(heads) == set(table.columns)
        rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#rows tr").all()]
        for name in table.columns:
            shown = [row[heads.index(name)] for row in rows]
            if name == "网格编码":
                shown = [text.replace(" ", "") for text in shown]
            if table[name].dtype.kind in "if":
                assert [float(text.replace(",", "")) for text in shown] == table[name].tolist()
            else:
                assert shown == table[name].tolist()

        page.get_by_role("button", name="户数").click()
        page.get_by_role("button", name="户数").click()
        assert page.locator("th[aria-sort=descending]").inner_text().startswith("户数")
        counts = [
            int(text) for text in page.locator(f"#rows td:nth-child({heads.index('户数') + 1})").all_inner_texts()
        ]
        assert counts == sorted(table["户数"], reverse=True)

        page.locator("#rows tr").first.focus()
        page.keyboard.press("ArrowDown")
        current = page.locator("#rows tr[aria-current=true]")
        assert current.count() == 1
        assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
        assert page.inner_text("#card-code") == current.locator("th").inner_text()
        assert page.evaluate("gg.screen.sources.chosen.getFeatures().length") == 1
        assert page.inner_text("#live") != ""


@pytest.mark.browser
def test_lists_that_belong_to_the_map_are_in_the_table_and_lead_to_their_grids(browser: Browser, tmp_path: Path):
    found = pd.DataFrame({"问题": ["缝隙", TRICKS[0]], "网格": ["411102001002002", ""], "面积": [3.5, np.nan]})
    city = content(listings=(Listing(title="问题清单", table=found),))
    with opened(browser, tmp_path, lean_map(city, RECIPE)) as page:
        page.click("#table-open")
        page.select_option("#which", label="问题清单")
        rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#rows tr").all()]
        assert rows == [["缝隙", "411102001002002", "3.5"], [TRICKS[0], "–", "–"]]
        page.locator("#rows tr").first.click()
        assert page.inner_text("#card-code") == "411102 001 002 002"
        search(page, "第2社区")
        assert page.locator("#rows tr").count() == 2
        assert page.locator("#heads th").count() > 5


@pytest.mark.browser
def test_a_click_on_the_map_chooses_the_grid_in_the_table(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        page.click("#table-open")
        page.wait_for_timeout(300)
        x, y = page.evaluate("gg.screen.map.getPixelFromCoordinate(gg.model.grids[4].spot)")
        page.locator("#map").hover(position={"x": x, "y": y})
        assert "411102 001 003 001" in page.inner_text("#hover")
        page.locator("#map").click(position={"x": x, "y": y})
        page.locator("#rows tr[aria-current=true]").wait_for()
        assert page.locator("#rows tr[aria-current=true] th").inner_text() == "411102 001 003 001"


@pytest.mark.browser
def test_the_keyboard_moves_and_zooms_the_map_but_not_while_somebody_types(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        where = "[gg.screen.view.getCenter()[0], gg.screen.view.getResolution()]"
        before = page.evaluate(where)
        page.fill("#query", "1")
        page.press("#query", "ArrowRight")
        page.type("#query", "+")
        assert page.evaluate(where) == before
        page.focus("#map")
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
        after = page.evaluate(where)
        assert after[0] > before[0]
        assert after[1] < before[1]


@pytest.mark.browser
def test_names_with_markup_and_scripts_are_text(browser: Browser, tmp_path: Path):
    recipe = Recipe(title=TRICKS[0], footer=Footer(maker=TRICKS[0], as_of=TRICKS[1], secrecy=TRICKS[2]))
    with opened(browser, tmp_path, lean_map(tricky(), recipe)) as page:
        assert page.inner_text("h1") == TRICKS[0]
        page.click("#table-open")
        for trick in TRICKS:
            search(page, trick)
        search(page, "411102001001001")
        assert TRICKS[0] in page.inner_text("#card-name")
        names = page.locator("#rows tr td:nth-child(2)").all_inner_texts()
        assert [name.split()[0] for name in names] == [
            name.split()[0] for name in page.evaluate("gg.model.grids.map((g) => g.name)")
        ]
        assert page.locator("img").count() == 0
        assert page.evaluate("document.querySelectorAll('script').length") == 4


@pytest.mark.browser
def test_marks_and_neighbours_are_drawn_and_in_the_legend(browser: Browser, tmp_path: Path):
    left, bottom = small_city.LEFT, small_city.BOTTOM
    line = shapely.LineString([(left + 10, bottom + 10), (left + 290, bottom + 190)])
    spots = shapely.MultiPoint([(left + 50, bottom + 50), (left + 150, bottom + 50)])
    area = shapely.box(left + 110, bottom + 110, left + 190, bottom + 190)
    marks = [
        Mark(name="新的网格界", shapes=np.array([line]), colour="#d95f02", width_pt=3, casing=True),
        Mark(name="疑点", shapes=np.array([spots]), colour="#8c1c31", width_pt=6, count=2),
        Mark(name="划转的地块", shapes=np.array([area]), colour="#d95f02", hatch="///", dashes=(0, (3, 1))),
    ]
    around = gpd.GeoSeries([shapely.box(left + 300, bottom, left + 400, bottom + 200)])
    page_text = lean_map(content(marks=marks, neighbours=around.to_numpy()), RECIPE)
    with opened(browser, tmp_path, page_text) as page:
        legend = page.inner_text("#legend")
        for wanted in ("新的网格界", "疑点", "划转的地块", "范围外"):
            assert wanted in legend
        kinds = page.evaluate("gg.screen.sources.lines.getFeatures().map((f) => f.getGeometry().getType()).sort()")
        assert kinds.count("Point") + kinds.count("MultiPoint") == 2
        assert kinds.count("Polygon") == 1
        assert kinds.count("MultiPolygon") == 1  # the neighbour
        assert page.evaluate("gg.model.grids.length") == 6


@pytest.mark.browser
@pytest.mark.parametrize("size", [(390, 844), (720, 450)])
def test_nothing_is_lost_on_a_narrow_or_enlarged_window(browser: Browser, tmp_path: Path, size):
    with opened(browser, tmp_path, lean_map(content(), RECIPE), size) as page:
        for name in ("#query", "#table-open", "#map", "#closer", "#scale", "#legend summary"):
            box = page.locator(name).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0] + 1, name
        for button in page.locator("button:visible").all():
            assert min(button.bounding_box()["width"], button.bounding_box()["height"]) >= 32
        page.click("#legend summary")
        assert page.get_by_text("内部资料，注意保管").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.browser
def test_print_has_map_legend_and_margin_on_one_sheet(browser: Browser, tmp_path: Path):
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        page.click("#table-open")
        sheet = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
        assert re.search(rb"/MediaBox\s*\[0 0 841[.\d]* 59[45][.\d]*\]", sheet)


@pytest.mark.browser
def test_an_inflated_text_is_what_was_packed(browser: Browser, tmp_path: Path):
    rng = np.random.default_rng(1)
    texts = [b"", b"a", b"ab" * 40_000, rng.bytes(70_000), bytes(rng.integers(0, 20, 90_000, dtype=np.uint8))]
    with opened(browser, tmp_path, lean_map(content(), RECIPE)) as page:
        for text in texts:
            for level in (0, 1, 9):
                squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
                packed = base64.b64encode(squeeze.compress(text) + squeeze.flush()).decode()
                back = page.evaluate(
                    """([packed, size]) => {
                        const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
                        return [...gg.inflate(bytes, size)];
                    }""",
                    [packed, len(text)],
                )
                assert bytes(back) == text
