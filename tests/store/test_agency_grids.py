"""The agencies' own grids stay beside the layer that was made from them: as they were read, in every kind of store."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import small_city
from geopandas.testing import assert_geodataframe_equal

from gridgeo.errors import CRSError, SchemaError, StoreError
from gridgeo.jobs.audit import audit_store
from gridgeo.store.base import Store, copy_store, open_store
from gridgeo.tables import AGENCY_GRID, check_table


@pytest.fixture
def old() -> gpd.GeoDataFrame:
    """The party's grids, one of them a bow-tie, one without a shape, one id twice."""
    table = small_city.agency_grids_of(small_city.grids_of())
    left, bottom, right, top = table.total_bounds
    table.loc[0, "geometry"] = shapely.Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])
    table.loc[1, "geometry"] = None
    return gpd.GeoDataFrame(table.iloc[[*range(len(table)), 0]].reset_index(drop=True), crs=table.crs)


def test_they_are_read_back_as_they_were_handed_in(store: Store, old: gpd.GeoDataFrame):
    store.publish_first(small_city.publication_of(agency_grids=old.iloc[::-1]), by="li")
    found = store.agency_grids()
    check_table(found, AGENCY_GRID, "agency_grid")
    wanted = old.sort_values("source_id", kind="stable", ignore_index=True)[list(AGENCY_GRID)]
    assert_geodataframe_equal(found, wanted)
    assert store.agency_grids("legal").empty
    assert store.info().counts["agency_grid"] == len(old)
    assert audit_store(store).holds


def test_a_copied_store_has_them_too(store: Store, old: gpd.GeoDataFrame, tmp_path: Path, store_url_of):
    store.publish_first(small_city.publication_of(agency_grids=old), by="li")
    target = str(tmp_path / "copy.gpkg")
    assert copy_store(store_url_of(store), target)["agency_grid"][0] == len(old)
    with open_store(target) as copied:
        assert_geodataframe_equal(copied.agency_grids(), store.agency_grids())


def test_one_that_the_crosswalk_speaks_of_must_be_there(store: Store, old: gpd.GeoDataFrame):
    with pytest.raises(SchemaError, match=r"table crosswalk: agency grid .*PH000003.* does not exist"):
        store.publish_first(small_city.publication_of(agency_grids=old.drop(index=3)), by="li")


def test_they_have_the_layers_crs(store: Store, old: gpd.GeoDataFrame):
    elsewhere = old.set_crs("EPSG:4548", allow_override=True)
    with pytest.raises(CRSError, match="table agency_grid has CRS"):
        store.publish_first(small_city.publication_of(agency_grids=elsewhere), by="li")


def test_they_are_never_rewritten(store: Store, old: gpd.GeoDataFrame):
    store.publish_first(small_city.publication_of(agency_grids=old), by="li")
    for words in ("UPDATE agency_grid SET label = ''", "DELETE FROM agency_grid"):
        with pytest.raises(StoreError, match="history of agency_grid is never"), store.transaction() as reader:
            reader.connection.exec_driver_sql(words)


def test_one_that_was_lost_is_told(store: Store, old: gpd.GeoDataFrame):
    store.publish_first(small_city.publication_of(agency_grids=old), by="li")
    with store.transaction() as reader:  # somebody who owns the database, and took the guard away
        on = "" if reader.connection.dialect.name == "sqlite" else " ON agency_grid"
        reader.connection.exec_driver_sql(f"DROP TRIGGER guard_agency_grid_delete{on}")
        reader.connection.exec_driver_sql("DELETE FROM agency_grid WHERE source_id = 'PH000002'")
    spans = next(proof for proof in audit_store(store).proofs if proof.name == "spans")
    assert spans.faults == ("agency grid party PH000002: the crosswalk tells where it went, but it is not there",)
