"""The page in a real browser, with every request outside the server refused.

::

      +---------+---------+
      | A   280 | C   510 |     A, B: 沙北街道第1社区     C, D: 沙北街道第2社区     households in each grid
      +---------+---------+
      | B   420 | D  park |     D is an exclusive grid with a name that tries to be markup
      +---------+---------+
"""

from collections.abc import Iterator
from io import BytesIO

import matplotlib.image
import pytest
import small_city
from browsing import opened, search, serving
from playwright.sync_api import Page, expect

from gridgeo.crs import from_city
from gridgeo.store.base import init_store

pytestmark = pytest.mark.browser

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"
MARKUP = "公园<img src=x onerror=alert(1)>"
MIDDLE_OF = {A: (0.5, 1.5), B: (0.5, 0.5), C: (1.5, 1.5), D: (1.5, 0.5)}


def grouped(code: str) -> str:
    return f"{code[:6]} {code[6:9]} {code[9:12]} {code[12:]}"


def middle(code: str, datum: str = "EPSG:4326") -> tuple[float, float]:
    """Return the middle of a grid as longitude, latitude."""
    column, row = MIDDLE_OF[code]
    x, y = small_city.LEFT + column * small_city.SIDE_M, small_city.BOTTOM + row * small_city.SIDE_M
    lon, lat = from_city(x, y, datum, small_city.CRS)
    return float(lon), float(lat)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    grids = small_city.grids_of().assign(households=(280, 420, 510, 0))
    grids.loc[3, ["kind", "short_name", "full_name"]] = "exclusive", MARKUP, MARKUP
    with init_store(f"gpkg://{tmp_path_factory.mktemp('page') / 'city.gpkg'}") as store:
        store.publish_first(small_city.publication_of(grids=grids), by="tester")
        with serving(store) as url:
            yield url


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    with opened(browser, address) as ready:
        yield ready


def pixel_of(page: Page, code: str) -> tuple[float, float]:
    """Return where the middle of a grid is on the screen."""
    x, y = page.evaluate("p => gridgeo.map.getPixelFromCoordinate(ol.proj.fromLonLat(p))", list(middle(code)))
    box = page.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def test_the_page_names_layer_version_system_and_review_state(page):
    expect(page.locator("h1")).to_contain_text("漯河市网格")
    expect(page.locator("#version")).to_contain_text("版本 V1")
    expect(page.locator("#datum-line")).to_contain_text("EPSG:4547")
    expect(page.locator("#approval")).to_have_text("内部资料，注意保管")
    expect(page.locator("#north")).to_contain_text("北")
    expect(page.locator(".ol-scale-line-inner")).to_contain_text("m")


def test_the_legend_counts_the_grids_of_each_class(page):
    rows = page.locator("#legend li").all_inner_texts()
    assert [row.split()[-1] for row in rows if "低于下限" in row] == ["1"]
    assert [row.split()[-1] for row in rows if "专属网格" in row] == ["1"]
    assert [row.split()[-1] for row in rows if "网格界" in row] == ["4"]


def test_a_grid_is_painted_in_the_colour_of_its_class(page):
    x, y = pixel_of(page, A)
    picture = matplotlib.image.imread(BytesIO(page.screenshot()))
    painted = (picture[int(y) - 40, int(x), :3] * 255).round().astype(int)  # above the label
    assert tuple(painted) == (0xF7, 0xF4, 0xE6)


@pytest.mark.parametrize("written", [B, grouped(B)])
def test_a_code_opens_its_card_and_puts_the_grid_in_the_middle(page, written):
    search(page, written)
    expect(page.locator("#card-code")).to_have_text(grouped(B))
    expect(page.locator("#card-chain")).to_have_text("沙北街道 › 沙北街道第1社区 › 第2网格")
    expect(page.locator("#card-rows")).to_contain_text("420 户")
    expect(page.locator("#live")).to_contain_text("420 户")
    box = page.locator("#map").bounding_box()
    x, y = pixel_of(page, B)
    assert abs(x - box["x"] - box["width"] / 2) < 5
    assert abs(y - box["y"] - box["height"] / 2) < 5
    assert page.url.endswith(f"#{B}")


@pytest.mark.parametrize(("datum", "system"), [("CGCS2000", "EPSG:4326"), ("GCJ-02", "GCJ-02"), ("BD-09", "BD-09")])
def test_a_coordinate_finds_its_grid_in_the_datum_chosen(page, datum, system):
    lon, lat = middle(C, system)
    search(page, f"{lon:.7f}，{lat:.7f}", datum)
    expect(page.locator("#card-code")).to_have_text(grouped(C))
    expect(page.locator("#message")).to_contain_text("已找到")


def test_a_coordinate_without_a_datum_offers_the_answers_that_differ(page):
    lon, lat = middle(A)
    search(page, f"{lon},{lat}", "")
    expect(page.locator("#message")).to_contain_text("未说明坐标系")
    expect(page.locator("#card")).to_be_hidden()
    page.locator("#message button", has_text="CGCS2000").click()
    expect(page.locator("#card-code")).to_have_text(grouped(A))


def test_a_coordinate_in_the_wrong_datum_is_doubted_and_changing_the_datum_asks_again(page):
    lon, lat = middle(A, "BD-09")
    search(page, f"{lon},{lat}", "CGCS2000")
    expect(page.locator("#message")).to_contain_text("不在任何网格内")
    expect(page.locator("#message")).to_contain_text("请核对坐标系")
    page.select_option("#datum", "BD-09")
    expect(page.locator("#card-code")).to_have_text(grouped(A))


def test_an_unknown_code_is_said_in_words(page):
    search(page, "411102001001999")
    expect(page.locator("#message")).to_contain_text("没有找到")
    expect(page.locator("#card")).to_be_hidden()


def test_pointing_shows_a_tip_and_clicking_opens_the_card(page):
    x, y = pixel_of(page, C)
    page.mouse.move(x - 6, y - 6)
    page.mouse.move(x, y, steps=4)
    expect(page.locator("#tip")).to_contain_text(grouped(C))
    shown = [float(part) for part in page.locator("#pointer").inner_text().split(",")]
    assert shown == pytest.approx(middle(C), abs=2e-5)  # a pixel is about half a metre
    page.mouse.click(x, y)
    expect(page.locator("#card-code")).to_have_text(grouped(C))


def test_names_are_text_and_never_markup(page):
    x, y = pixel_of(page, D)
    page.mouse.move(x - 6, y - 6)
    page.mouse.move(x, y, steps=4)
    expect(page.locator("#tip")).to_contain_text(MARKUP)
    page.mouse.click(x, y)
    expect(page.locator("#card-name")).to_have_text(MARKUP)
    assert page.locator("img").count() == 0


def test_the_slash_key_goes_to_the_box_and_escape_starts_anew(page):
    page.locator("#map").focus()
    page.keyboard.press("/")
    expect(page.locator("#query")).to_be_focused()
    page.keyboard.type("1/2")
    expect(page.locator("#query")).to_have_value("1/2")
    search(page, A)
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("#query")).to_be_focused()


def test_the_table_twin_lists_the_grids_and_arrows_move_the_selection(page):
    rows = page.locator("#list-rows tr")
    expect(rows).to_have_count(4)
    rows.first.focus()
    for code in (B, C):
        page.keyboard.press("ArrowDown")
        expect(page.locator("#card-code")).to_have_text(grouped(code))
    expect(page.locator(f"#list-rows tr[data-code='{C}']")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#list-rows tr[data-code='{B}']")).to_have_attribute("aria-selected", "false")


def test_the_keyboard_stays_in_the_table_when_enter_moves_the_map(page):
    page.locator("#list-rows tr").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-code")).to_have_text(grouped(A))
    chosen = page.locator(f"#list-rows tr[data-code='{A}']")
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(chosen).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#card-code")).to_have_text(grouped(B))


def test_the_copy_button_copies_the_code_without_blanks(page):
    search(page, A)
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == A


def test_an_address_with_a_code_opens_on_that_grid(browser, address):
    with opened(browser, address, path=f"/#{C}") as page:
        expect(page.locator("#card-code")).to_have_text(grouped(C))


@pytest.mark.parametrize("size", [(1440, 900), (390, 844), (1024, 600)])
def test_nothing_runs_out_of_the_window(browser, address, size):
    with opened(browser, address, size=size) as page:
        search(page, A)
        expect(page.locator("#card")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.locator("#map").bounding_box()["height"] >= 250


def test_many_grids_begin_with_the_communities_and_come_when_zoomed_in(browser, tmp_path):
    with init_store(f"gpkg://{tmp_path / 'large.gpkg'}") as store:
        store.publish_first(small_city.publication_of(columns=56, rows=56), by="tester")
        with serving(store) as url, opened(browser, url) as page:
            expect(page.locator("#notice")).to_contain_text("3,136 个网格")
            expect(page.locator("#list-rows tr")).to_have_count(0)
            search(page, "411102001030030")
            expect(page.locator("#card")).to_be_visible()
            expect(page.locator("#notice")).to_be_hidden()
            expect(page.locator("#list-rows tr[data-code='411102001030030']")).to_be_visible()


def test_where_no_register_counts_people_the_card_does_not_say_none_live_there(browser, tmp_path):
    grids = small_city.grids_of().assign(population=0)
    with init_store(f"gpkg://{tmp_path / 'city.gpkg'}") as store:
        store.publish_first(small_city.publication_of(grids=grids), by="tester")
        with serving(store) as url, opened(browser, url, path="/#411102001001001") as page:
            expect(page.locator("#card-rows tr", has_text="人口")).to_have_text("人口–")


def test_an_empty_store_says_what_to_do(browser, tmp_path):
    url = f"gpkg://{tmp_path / 'empty.gpkg'}"
    with init_store(url) as store, serving(store) as address, opened(browser, address, may_miss="/layers") as page:
        expect(page.locator("#message")).to_contain_text("还没有已发布的网格版本")
