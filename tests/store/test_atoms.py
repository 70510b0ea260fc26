"""The blocks that a layer was made of, in a store of either kind: kept, read, handed from grid to grid, proven.

::

      3700200 +-----+-----+-----+-----+
              | b1  | b2  | b1  | b2  |     the small city's four grids, two atoms in each; the corners in the middle
      3700100 +-----+-----+-----+-----+     of a grid's border lie 2 mm north of it
              | b3  | b4  | b3  | b4  |
      3700000 +-----+-----+-----+-----+
            500000      500100      500200
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import small_city
from geopandas.testing import assert_geodataframe_equal

from gridgeo.errors import CRSError, InputError, Refusal, SchemaError, StoreError
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.ledger import first_version, ledger_faults
from gridgeo.store.base import Store, copy_store, open_store
from gridgeo.tables import ATOM, check_table

FIRST, SECOND = "411102001001001", "411102001001002"
WEST, EAST = "411102001001", "411102001002"


@pytest.fixture
def atoms() -> gpd.GeoDataFrame:
    return small_city.atoms_of(small_city.grids_of())


@pytest.fixture
def desk(store: Store, atoms: gpd.GeoDataFrame) -> Desk:
    store.publish_first(small_city.publication_of(atoms=atoms), by="li", effective=date(2026, 1, 1))
    return Desk(store)


def transfer(*ids: str, **more: object) -> dict:
    return {"op": "transfer", "source": FIRST, "target": SECOND, "atoms": list(ids), **more}


def refused(desk: Desk, *ids: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.try_change(transfer(*ids))
    return caught.value


def test_atoms_are_read_back_as_they_were_handed_in(desk: Desk, atoms: gpd.GeoDataFrame):
    found = desk.store.atoms()
    check_table(found, ATOM, "atom")
    assert_geodataframe_equal(found, atoms.sort_values("id", ignore_index=True)[list(ATOM)])
    assert desk.store.info().counts["atom"] == 8


def test_atoms_are_found_by_box_and_by_id_page_by_page(desk: Desk):
    store = desk.store
    assert store.atoms(box=(500010, 3700110, 500020, 3700120))["id"].tolist() == [f"{WEST}-b1"]
    assert store.atoms(ids=[f"{EAST}-b4", "no such", f"{WEST}-b2"])["id"].tolist() == [f"{WEST}-b2", f"{EAST}-b4"]
    assert store.atoms(after=f"{WEST}-b3", limit=2)["id"].tolist() == [f"{WEST}-b4", f"{EAST}-b1"]
    assert store.atoms(ids=[]).empty


def test_a_layer_without_atoms_has_none(store: Store):
    store.publish_first(small_city.publication_of(), by="li")
    assert store.atoms().empty
    assert refused(Desk(store), f"{WEST}-b1").kind == "unknown_atom"


def test_a_copied_store_has_the_same_atoms(desk: Desk, tmp_path: Path, store_url_of):
    target = str(tmp_path / "copy.gpkg")
    copy_store(store_url_of(desk.store), target)
    with open_store(target) as copied:
        assert_geodataframe_equal(copied.atoms(), desk.store.atoms())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "x"}, "atom x is there more than once"),
        ({"community_code": "999"}, "table atom: community code 999 does not exist"),
        ({"households": 0.5}, "column 'households' must hold int"),
    ],
)
def test_atoms_that_break_their_contract_are_not_published(store: Store, atoms, change: dict, said: str):
    with pytest.raises(SchemaError, match=said):
        store.publish_first(small_city.publication_of(atoms=atoms.assign(**change)), by="li")
    elsewhere = small_city.publication_of(atoms=atoms.set_crs("EPSG:4548", allow_override=True))
    with pytest.raises(CRSError, match="table atom has CRS"):
        store.publish_first(elsewhere, by="li")


def test_atoms_are_never_rewritten(desk: Desk):
    for words in ("UPDATE atom SET households = 0", "DELETE FROM atom"):
        with pytest.raises(StoreError, match="history of atom is never rewritten"), desk.store.transaction() as reader:
            reader.connection.exec_driver_sql(words)


# ------------------------------------------------------------------ transferred ----


def test_an_atom_goes_to_the_neighbour_and_leaves_no_hair(desk: Desk):
    number = desk.begin("街块", transfer(f"{WEST}-b1"), by="li")["draft"]["number"]
    after = desk.state(number).grids([FIRST, SECOND])
    west, east = shapely.box(500000, 3700100, 500050, 3700200), shapely.box(500050, 3700100, 500100, 3700200)
    south = shapely.box(500000, 3700000, 500100, 3700100)
    assert shapely.equals(after[FIRST].geometry, east)
    assert shapely.equals(after[SECOND].geometry, shapely.union(west, south))
    assert shapely.coverage_is_valid([row.geometry for row in after.values()])


def test_all_atoms_of_a_grid_but_one_can_go_and_not_all(desk: Desk):
    assert desk.try_change(transfer(f"{WEST}-b2"))["effect"]["grids"]
    assert refused(desk, f"{WEST}-b1", f"{WEST}-b2").kind == "nothing_left"


def test_an_unknown_atom_is_refused_by_name(desk: Desk):
    refusal = refused(desk, "y", f"{WEST}-b1", "x")
    assert refusal.kind == "unknown_atom"
    assert refusal.text == "没有街块 x（共 2 个找不到）；请核对街块编号"


def test_an_atom_of_another_grid_is_refused_with_its_place(desk: Desk):
    refusal = refused(desk, f"{WEST}-b1", f"{WEST}-b3")
    assert refusal.kind == "not_in_source"
    assert refusal.text == f"街块 {WEST}-b3 大部分不在网格 {FIRST} 内（共 1 个）；请从它所在的网格划出"
    assert shapely.intersects_xy(shapely.box(500000, 3700000, 500050, 3700100), *refusal.at)


@pytest.mark.parametrize("more", [{"places": [["household", "H1"]]}, {"area": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}])
def test_a_transfer_is_of_an_area_or_places_or_atoms(desk: Desk, more: dict):
    with pytest.raises(InputError, match="say either 'area' or 'places' or 'atoms'"):
        desk.try_change(transfer(f"{WEST}-b1", **more))


def test_a_published_transfer_of_atoms_is_proven_by_replay(desk: Desk):
    number = desk.begin("街块", transfer(f"{WEST}-b1"), by="li")["draft"]["number"]
    for act in ("submit", "approve"):
        desk.step(number, act, by="wang")
    assert desk.publish(number, by="wang")["certificate"]["seamless"]
    with desk.store.snapshot() as reader:
        assert [*ledger_faults(reader, first_version(reader), reader.versions())] == []
    # What was handed over can go back: its border is 2 mm beside the atom's.
    back = transfer(f"{WEST}-b1", source=SECOND, target=FIRST)
    gained = {row["code"]: row["after"]["area_m2"] for row in desk.try_change(back)["effect"]["grids"]}
    assert gained[FIRST] == pytest.approx(10_000, abs=0.2)
