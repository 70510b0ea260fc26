"""The search box in a real browser: suggestions by keyboard and mouse, doubts in words, candidates on the map."""

from collections.abc import Iterator
from pathlib import Path

import address_town
import pytest
from browsing import opened, search, serving
from playwright.sync_api import Browser, Page, expect

from gridgeo.store.base import init_store

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("town")
    with init_store(f"gpkg://{folder / 'city.gpkg'}") as store:
        address_town.fill(store, folder)
        with serving(store) as url:
            yield url


@pytest.fixture
def page(browser: Browser, town: str) -> Iterator[Page]:
    with opened(browser, town) as ready:
        yield ready


def typed(page: Page, text: str) -> None:
    page.locator("#query").click()
    page.keyboard.type(text)


def test_suggestions_are_walked_with_arrows_and_taken_with_enter(page: Page):
    typed(page, "泰山")
    rows = page.locator("#suggestions li")
    expect(rows.first).to_be_visible()
    expect(page.locator("#query")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    expect(page.locator("#query")).to_have_attribute("aria-activedescendant", "suggestion-0")
    text = rows.first.get_attribute("data-text")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(text or "")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#message")).to_be_visible()


def test_escape_closes_the_list_and_keeps_what_was_typed(page: Page):
    typed(page, "人民")
    expect(page.locator("#suggestions li").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#query")).to_have_value("人民")
    expect(page.locator("#query")).to_be_focused()


def test_a_suggestion_is_taken_with_the_mouse(page: Page):
    typed(page, "泰山小")
    page.locator("#suggestions li", has_text="泰山小区").click()
    expect(page.locator("#card-chain")).to_contain_text("老街社区 › 第2网格")


def test_enter_without_a_choice_asks_what_was_typed(page: Page):
    typed(page, "泰山小区3号楼2单元502")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("已找到")
    expect(page.locator("#message")).to_contain_text("地点：")
    expect(page.locator("#card-chain")).to_contain_text("老街社区 › 第2网格")


def test_doubts_are_told_in_words(page: Page):
    search(page, "泰山小区3号楼2单元999")
    expect(page.locator("#message")).to_contain_text("只能确定到上一级")
    search(page, "秦山小区3号楼")
    expect(page.locator("#message")).to_contain_text("【泰】山小区")
    search(page, "天书")
    expect(page.locator("#message")).to_contain_text("没有找到")


def test_a_question_and_its_candidates_are_shown_and_chosen_from(page: Page):
    search(page, "友爱街社区")
    expect(page.locator("#message")).to_contain_text("有几种可能，请选择")
    expect(page.locator("#message")).to_contain_text("请问")
    expect(page.locator("#message button")).to_have_count(3)
    page.locator("#message button").nth(1).click()
    expect(page.locator("#card-chain")).to_contain_text("友爱街社区 › 第2网格")


def test_two_addresses_are_marked_on_the_map_and_clickable(page: Page):
    search(page, "人民东路12号和泰山路25号")
    buttons = page.locator("#message button")
    expect(buttons).to_have_count(2)
    expect(buttons.first).to_contain_text("人民东路12号：")
    page.wait_for_function("gridgeo.choices.getFeatures().length === 2")
    spot = page.evaluate(
        "gridgeo.map.getPixelFromCoordinate(gridgeo.choices.getFeatures()[1].getGeometry().getCoordinates())"
    )
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    expect(page.locator("#card-chain")).to_contain_text("老街社区 › 第3网格")


def test_the_datum_in_the_text_goes_before_the_one_chosen(page: Page):
    search(page, "百度坐标 114.0,33.4", "CGCS2000")
    expect(page.locator("#message")).not_to_contain_text("输入有误")
