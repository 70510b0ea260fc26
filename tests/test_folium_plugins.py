"""Plugins of folium: inside the page and at work without a network, or refused by name; never a blank page."""

from pathlib import Path

import folium
import folium.plugins
import pytest
from playwright.sync_api import sync_playwright

from gridgeo.errors import GridgeoError
from gridgeo.render.inline import one_file, outside_references
from gridgeo.render.inline_plugins import PLUGINS

BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def files_of(name: str) -> list[str]:
    plugin = getattr(folium.plugins, name)
    return [address for kind in ("default_js", "default_css") for _, address in getattr(plugin, kind, [])]


def plain_map() -> folium.Map:
    return folium.Map([33.58, 114.02], zoom_start=13, tiles=None, attribution_control=False)


def page_of(plotted: folium.Map) -> str:
    return one_file(plotted.get_root().render())


@pytest.mark.parametrize("name", sorted(name for name in folium.plugins.__all__ if files_of(name)))
def test_each_file_of_a_plugin_is_put_inside_or_refused_by_name(name):
    ours = name in PLUGINS or set(files_of(name)) <= {file for one in PLUGINS for file in files_of(one)}
    for address in files_of(name):
        kind = f'<script src="{address}"></script>' if address in dict(map(reversed, _scripts(name))) else (
            f'<link rel="stylesheet" href="{address}"/>'
        )  # fmt: skip
        if ours:
            page = one_file(f"<html><head>{kind}</head></html>")
            assert outside_references(page) == []
            assert len(page) > 300
        elif "jquery" not in address:
            with pytest.raises(GridgeoError, match="there is no copy of it") as refused:
                one_file(f"<html><head>{kind}</head></html>")
            assert address in str(refused.value)


def _scripts(name: str) -> list[tuple[str, str]]:
    return getattr(getattr(folium.plugins, name), "default_js", [])


def test_a_tile_server_is_refused():
    with pytest.raises(GridgeoError, match=r"tile\.openstreetmap\.org"):
        page_of(folium.Map([33.58, 114.02]))


def test_an_icon_of_a_font_is_refused_with_what_to_take_instead():
    plotted = plain_map()
    folium.Marker([33.58, 114.02], icon=folium.Icon(icon="home")).add_to(plotted)
    with pytest.raises(GridgeoError, match=r"use folium\.CircleMarker"):
        page_of(plotted)


@pytest.mark.browser
def test_plugins_markers_and_popups_work_without_a_network(tmp_path: Path):
    plotted = plain_map()
    folium.plugins.Fullscreen().add_to(plotted)
    folium.plugins.MousePosition().add_to(plotted)
    folium.plugins.MiniMap(tile_layer=folium.TileLayer(BLANK, attr="-")).add_to(plotted)
    cluster = folium.plugins.MarkerCluster().add_to(plotted)
    for n in range(20):
        folium.Marker([33.58 + n / 1e5, 114.02]).add_to(cluster)
    folium.Marker([33.59, 114.03], popup="第一网格 <b>407</b> 户").add_to(plotted)
    file = tmp_path / "map.html"
    file.write_text(page_of(plotted), "utf-8")
    asked, faults = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1000, "height": 700}, offline=True)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(file.as_uri())
        assert page.locator(".leaflet-control-minimap").is_visible()
        assert page.locator(".fullscreen-icon").is_visible()
        assert page.locator(".marker-cluster").inner_text() == "20"
        page.mouse.move(400, 300)
        assert ":" in page.inner_text(".leaflet-control-mouseposition")
        marker = page.locator("img.leaflet-marker-icon")
        assert marker.evaluate("(image) => image.naturalWidth") > 0
        marker.click()
        assert page.inner_text(".leaflet-popup-content") == "第一网格 407 户"
        browser.close()
    assert [address for address in asked if not address.startswith("data:")] == [file.as_uri()]
    assert faults == []
