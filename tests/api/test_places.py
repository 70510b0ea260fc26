"""``/grids/{code}/places``: who sees what of the places of a grid, page by page."""

from __future__ import annotations

import pandas as pd
import pytest
import small_city
from sqlalchemy import select

from gridgeo.city import Source
from gridgeo.intake.entries import Form
from gridgeo.jobs.people import add_account, make_key, make_user
from gridgeo.jobs.registers import load_register
from gridgeo.store import schema
from gridgeo.store.people import People

A = "411102001001001"


@pytest.fixture
def keys(served, tmp_path):
    """A register in the store, and a key for each role."""
    rows = [
        {
            "id": f"N{at}",
            "x": 500050,
            "y": 3700150,
            "addr": "黄河路1号2号楼401室",
            "name": "张小明",
            "phone": "13812345678",
        }
        for at in range(5)
    ]
    path = tmp_path / "户籍.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    form = Form(
        source=Source(file="户籍.csv", path=path, crs=small_city.CRS), kind="household", id="id", x="x", y="y",
        address="addr", name="name", phone="phone",
    )  # fmt: skip
    load_register(served, form, by="tester")
    made = {}
    roles = {"viewer": ("viewer", ""), "dispatcher": ("dispatcher", "411102001001"), "elsewhere": ("dispatcher", "2")}
    for name, (role, area) in roles.items():
        people = People(served)
        add_account(people, make_user(name, role, area), None, by="tester")
        made[name] = {"X-API-Key": make_key(people, name, by="tester")[1]}
    return made


def audited(store) -> list[tuple[str, str, list[int]]]:
    with store.snapshot() as reader:
        rows = reader.connection.execute(select(schema.audit).where(schema.audit.c.act == "read_personal")).all()
    return [(row.actor, row.what, row.detail["places"]) for row in rows]


def test_without_an_account_nothing_is_told(client, keys):
    assert client.get(f"/grids/{A}/places").status_code == 401


@pytest.mark.parametrize("who", ["viewer", "elsewhere"])
def test_who_may_not_read_personal_data_there_gets_them_masked(client, keys, served, who):
    answer = client.get(f"/grids/{A}/places", headers=keys[who])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["masked"], told["count"], len(told["places"])) == (True, {"household": 6}, 6)
    row = told["places"][1]
    assert (row["name"], row["phone"], row["address"]) == ("张**", "138****5678", "黄河路1号2号楼…")
    assert (row["x"], row["y"]) == (None, None)
    assert "张小明" not in answer.text
    assert audited(served) == []


def test_whole_rows_for_the_role_and_area_are_noted_in_the_audit(client, keys, served):
    told = client.get(f"/grids/{A}/places?kind=household", headers=keys["dispatcher"]).json()
    assert told["masked"] is False
    assert (told["places"][1]["phone"], told["places"][1]["x"]) == ("13812345678", 500050)
    ((actor, what, shown),) = audited(served)
    assert (actor, what, len(shown)) == ("dispatcher", f"grid {A}", 6)


def test_following_next_links_gives_every_place_once(client, keys):
    url, found = f"/grids/{A}/places?limit=4", []
    while url:
        page = client.get(url, headers=keys["viewer"]).json()
        found += [one["id"] for one in page["places"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert found == ["H000000", "N0", "N1", "N2", "N3", "N4"]


def test_a_grid_that_is_not_there_and_a_kind_that_is_none(client, keys):
    assert client.get("/grids/411102001001099/places", headers=keys["viewer"]).status_code == 404
    assert client.get(f"/grids/{A}/places?kind=shop", headers=keys["viewer"]).status_code == 422
    assert client.get(f"/grids/{A}/places?limit=1001", headers=keys["viewer"]).status_code == 422
