"""/layers, /communities and /health say what is served."""

import small_city
from fastapi.testclient import TestClient

from gridgeo.api.app import create_app
from gridgeo.render.recipe import Footer, Recipe


def only_layer(answer):
    (layer,) = answer["layers"]
    return layer


def test_the_layer_tells_its_city_system_codes_and_counts(ask, served):
    layer = only_layer(ask("/layers"))
    assert (layer["city"], layer["layout"], layer["crs"]) == ("漯河市", "gb15", small_city.CRS)
    assert (layer["grids"], layer["communities"], layer["households"]) == (4, 2, 1210)
    assert layer["digest"] == served.versions()[-1].digest
    assert [version["seq"] for version in layer["versions"]] == [1]


def test_the_extent_of_the_layer_holds_every_grid(ask):
    left, bottom, right, top = only_layer(ask("/layers"))["bbox"]
    for feature in ask("/grids")["features"]:
        for x, y in feature["geometry"]["coordinates"][0]:
            assert left <= x <= right
            assert bottom <= y <= top


def test_the_legend_counts_every_grid_once_and_names_the_park(ask):
    classes = only_layer(ask("/layers"))["legend"]["classes"]
    assert sum(entry["count"] for entry in classes) == 4
    assert [entry["count"] for entry in classes if entry["label"] == "专属网格"] == [1]
    known = {entry["key"] for entry in classes}
    assert {feature["properties"]["class"] for feature in ask("/grids")["features"]} <= known


def test_the_legend_shows_the_layers_own_rules(store):
    store.publish_first(small_city.publication_of(rules={"households": [100, 200]}), by="tester")
    client = TestClient(create_app(store))
    labels = [entry["label"] for entry in only_layer(client.get("/layers").json())["legend"]["classes"]]
    assert labels[0] == "少于100　低于下限"
    assert labels[-1] == "201及以上　高于上限"
    assert {grid["properties"]["class"] for grid in client.get("/grids").json()["features"]} == {4}


def test_the_review_number_comes_from_the_recipe(served):
    recipe = Recipe(title="覆盖图", footer=Footer(review_number="豫S（2026）012号"))
    layer = only_layer(TestClient(create_app(served, recipe=recipe)).get("/layers").json())
    assert layer["review_number"] == "豫S（2026）012号"


def test_a_community_carries_the_sums_over_its_grids(ask):
    first, second = (feature["properties"] for feature in ask("/communities")["features"])
    assert (first["code"], first["grids"], first["households"]) == ("411102001001", 2, 700)
    assert (second["code"], second["grids"], second["households"]) == ("411102001002", 2, 510)
    assert first["street"] == "沙北街道"


def test_health_names_the_store_its_version_and_its_size(ask, served):
    health = ask("/health")
    assert health["status"] == "ok"
    assert health["store"] == served.url.partition(":")[0]
    assert (health["version"], health["grids"], health["layer"]) == (1, 4, "漯河市网格")


def test_an_empty_store_is_healthy_but_has_nothing_to_serve(store):
    client = TestClient(create_app(store))
    assert client.get("/health").json()["status"] == "empty"
    answer = client.get("/layers")
    assert answer.status_code == 404
    assert "no published version" in answer.json()["detail"]
