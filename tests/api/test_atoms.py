"""The blocks that a layer was made of, over HTTP: in degrees, by box, page by page, and handed from grid to grid."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
import small_city
from fastapi.testclient import TestClient

from gridgeo.api.app import create_app
from gridgeo.crs import from_city
from gridgeo.jobs.people import add_account, make_key, make_user
from gridgeo.store.base import Store
from gridgeo.store.people import People

WEST, EAST = "411102001001", "411102001002"
ALL = [f"{community}-b{number}" for community in (WEST, EAST) for number in (1, 2, 3, 4)]


@pytest.fixture
def served(store: Store) -> Store:
    atoms = small_city.atoms_of(small_city.grids_of())
    store.publish_first(small_city.publication_of(atoms=atoms), by="tester")
    return store


def ids(answer: dict) -> list[str]:
    return [feature["id"] for feature in answer["features"]]


def around(x: float, y: float, half_m: float) -> str:
    (left, right), (bottom, top) = from_city(
        [x - half_m, x + half_m], [y - half_m, y + half_m], "EPSG:4326", small_city.CRS
    )
    return f"{left},{bottom},{right},{top}"


def test_all_atoms_come_in_the_order_of_their_ids_without_an_account(ask):
    answer = ask("/atoms")
    assert (ids(answer), answer["numberReturned"]) == (ALL, 8)
    assert answer["features"][0]["properties"] == {"id": ALL[0], "community_code": WEST, "households": 101}


def test_coordinates_come_back_to_the_same_millimetre(ask, served):
    drawn = gpd.GeoDataFrame.from_features(ask("/atoms"), crs="EPSG:4326").to_crs(small_city.CRS)
    assert shapely.hausdorff_distance(drawn.geometry.to_numpy(), served.atoms().geometry.to_numpy()).max() < 5e-4


def test_a_box_gives_the_atoms_that_meet_it(ask):
    assert ids(ask("/atoms", bbox=around(500025, 3700150, 10))) == [f"{WEST}-b1"]
    assert ids(ask("/atoms", bbox=around(500100, 3700150, 10))) == [f"{WEST}-b2", f"{EAST}-b1"]
    assert ids(ask("/atoms", bbox="113,33,115,34")) == ALL
    assert ids(ask("/atoms", bbox="-180,-90,180,90")) == ALL
    assert ids(ask("/atoms", bbox="0,0,1,1")) == []


@pytest.mark.parametrize("limit", [1, 3, 8, 9])
def test_following_next_links_gives_every_atom_once(client, limit: int):
    url, found = f"/atoms?limit={limit}&bbox={around(500100, 3700100, 200)}", []
    while url:
        page = client.get(url).json()
        found += ids(page)
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert found == ALL


@pytest.mark.parametrize("query", ["limit=1001", "limit=0", "bbox=1,2,3", "community=1", "at=1"])
def test_what_is_asked_wrongly_is_told(client, query: str):
    assert client.get(f"/atoms?{query}").status_code == 422


def test_a_layer_without_atoms_answers_with_none(store: Store):
    store.publish_first(small_city.publication_of(), by="tester")
    answer = TestClient(create_app(store)).get("/atoms")
    assert (answer.status_code, answer.json()["features"]) == (200, [])


def test_atoms_are_handed_over_in_a_change(client, served):
    people = People(served)
    add_account(people, make_user("li", "planner", ""), None, by="tester")
    key = make_key(people, "li", label="test", by="tester")[1]
    change = {"op": "transfer", "source": f"{WEST}001", "target": f"{WEST}002", "atoms": [f"{WEST}-b1"]}
    answer = client.post("/changes", json={"change": change}, headers={"X-API-Key": key})
    assert answer.status_code == 200, answer.text
    after = {row["code"]: row["after"]["area_m2"] for row in answer.json()["effect"]["grids"]}
    assert after[f"{WEST}001"] == pytest.approx(5000, abs=0.2)
    change["atoms"] = [f"{WEST}-b3"]
    refused = client.post("/changes", json={"change": change}, headers={"X-API-Key": key})
    assert (refused.status_code, refused.json()["faults"][0]["kind"]) == (422, "not_in_source")
