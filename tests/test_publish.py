"""What a merge hands over becomes what a store takes."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import small_city
from sqlalchemy import text

from gridgeo.errors import SchemaError, StoreError, VersionConflict
from gridgeo.jobs.publish import issued_numbers, place_tables, publication_of, publish, require_unpublished
from gridgeo.store.base import Store, init_store, open_store

REGISTERS = pd.DataFrame(
    [
        ["household", "H2", 2.0, 0.0, 3, 7, "乙"],
        ["household", "H1", 1.0, 0.0, 1, 2, "甲"],
        ["household", "H2", 1.0, 0.0, 1, 2, "丙"],
        ["enterprise", "H2", np.nan, np.nan, 1, 0, ""],
    ],
    columns=["kind", "id", "x", "y", "count", "population", "address"],
)
ASSIGNED = pd.DataFrame(
    {"id": REGISTERS["id"], "code": ["b", "a", "c", None], "method": "inside", "distance_m": [0.0, 0.0, 0.0, np.nan]}
)


def test_rows_with_the_same_id_keep_their_own_grid():
    places, links = place_tables(REGISTERS, ASSIGNED)
    both = places.merge(links, on=["kind", "id", "nth"])
    assert both[["kind", "id", "nth", "address"]].values.tolist() == [
        ["enterprise", "H2", 1, ""],
        ["household", "H1", 1, "甲"],
        ["household", "H2", 1, "丙"],
        ["household", "H2", 2, "乙"],
    ]
    assert both["code"].fillna("-").tolist() == ["-", "a", "c", "b"]


def test_the_order_of_a_register_changes_nothing():
    wanted = place_tables(REGISTERS, ASSIGNED)
    order = [2, 0, 3, 1]
    for table, same in zip(place_tables(REGISTERS.iloc[order], ASSIGNED.iloc[order]), wanted, strict=True):
        pd.testing.assert_frame_equal(table, same)


@pytest.mark.parametrize(
    ("layout", "codes", "communities", "wanted"),
    [
        ("gb15", ["411102001001003", "411102001001001"], ["411102001001"] * 2, {"411102001001": 3}),
        ("mgmt12", ["411102001007", "411102001009"], ["411102001001", "411102001002"], {"411102001": 9}),
        ("plain", ["甲-002", "乙", "甲-x"], ["甲", "甲", "甲"], {"甲": 2}),
        ("gb15", ["WG-1"], ["411102001001"], {}),
    ],
)
def test_the_last_number_is_known_for_every_prefix(layout, codes, communities, wanted):
    grids = pd.DataFrame({"code": codes, "community_code": communities})
    assert issued_numbers(grids, layout) == wanted


@pytest.fixture
def layer() -> SimpleNamespace:
    made = small_city.publication_of()
    names = ("grids", "communities", "provenance", "crosswalk", "findings", "reasons", "outcomes", "agencies", "atoms")
    certificate = SimpleNamespace(as_dict=lambda: {"seamless": True})
    rules = {"households": [500, 1500], "population_max": 4000}
    told = {name: getattr(made, name) for name in names}
    return SimpleNamespace(**told, agency_grids=made.agency_grids, certificate=certificate, rules=rules)


def test_a_layer_without_places_is_published_too(layer: SimpleNamespace, store_url: str):
    publication = publication_of(layer, city_name="漯河市", crs=small_city.CRS, layout="gb15")
    assert publish(publication, store_url, by="li").seq == 1
    with open_store(store_url) as store:
        assert store.layers()[0].rules == layer.rules
        assert store.places().empty
        assert store.assignments().empty


def test_publishing_makes_the_store_and_later_refuses_it(layer: SimpleNamespace, store_url: str):
    require_unpublished(store_url)
    publication = publication_of(layer, city_name="漯河市", crs=small_city.CRS, layout="gb15")
    publish(publication, store_url)
    with pytest.raises(VersionConflict, match="holds version 1 already"):
        require_unpublished(store_url)
    with pytest.raises(VersionConflict, match="holds version 1 already"):
        publish(publication, store_url)


def test_a_store_made_in_vain_is_removed(layer: SimpleNamespace, store_url: str, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    publication = publication_of(layer, city_name="漯河市", crs=small_city.CRS, layout="gb15")
    monkeypatch.setattr("gridgeo.store.write.Writer._write_places", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        publish(publication, store_url)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="there is no store"):
        open_store(store_url)


def test_a_store_that_was_there_stays(layer: SimpleNamespace, gpkg_store: Store):
    publication = publication_of(layer, city_name="漯河市", crs=small_city.CRS, layout="gb15")
    with pytest.raises(SchemaError, match="table grid is empty"):
        publish(replace(publication, grids=publication.grids.iloc[:0]), gpkg_store.url)
    assert Path(gpkg_store.backend.path).exists()


@pytest.mark.postgis
def test_removing_a_store_leaves_what_else_is_in_its_schema(postgis_url: str):
    with init_store(postgis_url) as store:
        with store.backend.writing() as connection:
            connection.execute(text("CREATE TABLE gridgeo.ours (words text)"))
        store.remove_empty()
        assert not store.backend.exists()
        with store.backend.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM gridgeo.ours")) == 0
            others = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('gridgeo') AND relkind = 'r'"
            assert connection.scalars(text(others)).all() == ["ours"]
