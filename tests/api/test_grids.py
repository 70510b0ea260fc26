"""Grids come as GeoJSON in degrees, by box, community and code, page by page, and again only when changed."""

import geopandas as gpd
import pytest
import shapely
import small_city
from fastapi.testclient import TestClient

from gridgeo.api.app import create_app
from gridgeo.crs import from_city
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import init_store

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"


def codes(collection) -> list[str]:
    return [feature["id"] for feature in collection["features"]]


def box_around(x: float, y: float, half_m: float) -> str:
    corners = from_city([x - half_m, x + half_m], [y - half_m, y + half_m], "EPSG:4326", small_city.CRS)
    (left, right), (bottom, top) = corners
    return f"{left},{bottom},{right},{top}"


def centre(column: int, row_from_south: int) -> tuple[float, float]:
    side = small_city.SIDE_M
    return small_city.LEFT + (column + 0.5) * side, small_city.BOTTOM + (row_from_south + 0.5) * side


def test_all_grids_come_in_the_order_of_their_codes(ask):
    answer = ask("/grids")
    assert codes(answer) == [A, B, C, D]
    assert (answer["numberMatched"], answer["numberReturned"]) == (4, 4)


def test_coordinates_are_longitude_and_latitude_and_come_back_to_the_same_millimetre(ask, served):
    drawn = gpd.GeoDataFrame.from_features(ask("/grids"), crs="EPSG:4326").to_crs(small_city.CRS)
    moved_m = shapely.hausdorff_distance(drawn.geometry.to_numpy(), served.grids().geometry.to_numpy())
    assert moved_m.max() < 5e-4


def test_neighbours_still_share_every_vertex_in_degrees(ask):
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in ask("/grids")["features"]]
    assert shapely.coverage_is_valid(shapes)


def test_a_box_gives_the_grids_that_meet_it(ask):
    assert codes(ask("/grids", bbox=box_around(*centre(0, 1), 10))) == [A]
    assert codes(ask("/grids", bbox=box_around(*centre(0, 1), 60))) == [A, B, C, D]
    assert codes(ask("/grids", bbox="0,0,1,1")) == []


def test_a_box_and_a_community_narrow_each_other(ask):
    assert codes(ask("/grids", community="411102001002")) == [C, D]
    assert codes(ask("/grids", community="411102001002", bbox=box_around(*centre(0, 0), 60))) == [C, D]
    assert codes(ask("/grids", community="no such")) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_following_next_links_gives_every_grid_once(client, limit):
    url, found = f"/grids?limit={limit}", []
    while url:
        page = client.get(url).json()
        assert page["numberReturned"] == len(page["features"]) <= limit
        found += codes(page)
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert found == [A, B, C, D]


def test_a_next_link_keeps_the_other_parameters(client):
    page = client.get("/grids", params={"community": "411102001002", "limit": 1}).json()
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert codes(client.get(following).json()) == [D]


def test_a_grid_tells_its_chain_its_grouped_code_and_its_number(ask):
    grid = ask(f"/grids/{B}")
    assert grid["properties"]["chain"] == ["沙北街道", "沙北街道第1社区", "第2网格"]
    assert grid["properties"]["code_grouped"] == "411102 001 001 002"
    assert grid["properties"]["number"] == "002"
    assert grid["properties"]["households"] == 420


def test_a_code_may_be_written_in_groups(ask):
    assert ask("/grids/411102 001 001 002")["id"] == B


@pytest.mark.parametrize("code", ["411102001001003", "999999999999999", "x", "0"])
def test_an_unknown_code_is_a_404_that_names_it(client, code):
    answer = client.get(f"/grids/{code}")
    assert answer.status_code == 404
    assert code in answer.json()["detail"]


def test_an_answer_is_sent_again_only_when_the_version_has_changed(client):
    first = client.get("/grids")
    again = client.get("/grids", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/grids", headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_another_version_is_served_as_soon_as_it_is_there(app, tmp_path):
    client = TestClient(app)
    before = client.get("/grids")
    with init_store(f"gpkg://{tmp_path / 'other.gpkg'}") as other:
        other.publish_first(small_city.publication_of(columns=3), by="tester")
        app.state.shelf.store = other
        after = client.get("/grids", headers={"If-None-Match": before.headers["etag"]})
        assert after.json()["numberMatched"] == 6
        assert after.headers["etag"] != before.headers["etag"]


def test_another_recipe_is_another_answer(served):
    tags = {
        TestClient(create_app(served, recipe=recipe)).get("/grids").headers["etag"]
        for recipe in (Recipe(title="网格"), Recipe(title="网格", measure="population"))
    }
    assert len(tags) == 2


def test_a_layer_is_read_from_the_store_once_per_version(served, monkeypatch):
    reads = []
    real = served.grids
    monkeypatch.setattr(served, "grids", lambda *args, **options: reads.append(args) or real(*args, **options))
    client = TestClient(create_app(served))
    for path in ("/grids", f"/grids/{A}", "/communities", "/layers"):
        assert client.get(path).status_code == 200
    assert len(reads) == 1
