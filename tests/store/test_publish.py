"""Version 1 goes in whole or not at all, and comes out as it went in - on both databases."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from geopandas.testing import assert_geodataframe_equal
from sqlalchemy import insert, select, text

from gridgeo.errors import CRSError, NotFoundError, SchemaError, StoreError, VersionConflict
from gridgeo.store import copying, schema
from gridgeo.store.base import Store, init_store
from gridgeo.store.digest import chain_digest
from gridgeo.store.migrate import newest_revision
from gridgeo.store.write import FIRST_LINK, append_audit
from gridgeo.tables import COMMUNITY, CROSSWALK, FINDING, GRID, PROVENANCE, check_table

NOON = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)
COUNTS = ("kept_households", "came_households", "left_households", "low", "high", "population_max")
FIRST_GRID = "411102001001001"


@pytest.fixture
def published(store: Store) -> Store:
    assert store.publish_first(small_city.publication_of(), by="李明", effective=date(2026, 12, 1), at=NOON) == 1
    return store


def test_grids_come_back_as_they_went_in_in_order_of_code(store: Store):
    handed_in = small_city.publication_of()
    shuffled = dataclasses.replace(handed_in, grids=handed_in.grids.sample(frac=1, random_state=7))
    store.publish_first(shuffled, by="li")
    check_table(store.grids(), GRID, "grid")
    assert_geodataframe_equal(store.grids(), handed_in.grids)


def test_order_of_rows_does_not_change_the_store(store_url: str, small_publication, tmp_path):
    tables = ("grids", "communities", "provenance", "crosswalk", "places", "assignments")
    shuffled = {name: getattr(small_publication, name).sample(frac=1, random_state=3) for name in tables}
    other = dataclasses.replace(small_publication, **shuffled)
    with init_store(store_url) as first, init_store(str(tmp_path / "second.gpkg")) as second:
        for store, publication in ((first, small_publication), (second, other)):
            store.publish_first(publication, by="li", effective=date(2026, 12, 1), at=NOON)
        with first.backend.reading() as one, second.backend.reading() as two:
            assert copying.contents(first.backend, one) == copying.contents(second.backend, two)


def test_every_table_keeps_its_contract(published: Store):
    check_table(published.communities(), COMMUNITY, "community")
    check_table(published.provenance(), PROVENANCE, "provenance")
    check_table(published.crosswalk(), CROSSWALK, "crosswalk")
    check_table(published.findings(), FINDING, "finding")
    assert list(published.communities().columns) == ["code", "name", "street", "geometry"]
    assert set(published.communities()["street"]) == {"沙北街道"}


def test_reasons_and_outcomes_come_back_by_grid(store: Store):
    handed_in = small_city.publication_of()
    one, two = sorted(handed_in.grids["code"])[:2]
    told = {
        "other": two, "decision": "kept", "why": "size", "length_m": 80.5, "overruled_m": 20.25, "agencies": "{}",
        "barrier": "", "barrier_m": 0.0, "instead_households": 520,
    }  # fmt: skip
    fate = {
        "agency": "party", "source_id": "P1", "kept_households": 3, "came_households": 2, "left_households": 1,
        "low": 300, "high": 500, "population_max": 2500, "status": "heuristic", "gap": float("nan"), "violation": "",
    }  # fmt: skip
    reasons, outcomes = pd.DataFrame([{"code": one, **told}]), pd.DataFrame([{"code": one, **fate}])
    store.publish_first(dataclasses.replace(handed_in, reasons=reasons, outcomes=outcomes), by="li")
    assert store.reasons(one).to_dict("records") == store.reasons(two).to_dict("records") == reasons.to_dict("records")
    assert store.reasons("9").empty
    pd.testing.assert_frame_equal(store.outcomes(one), outcomes)
    assert store.outcomes(two).empty


def test_findings_without_geometry_are_kept(published: Store):
    findings = published.findings()
    assert findings["text"].tolist() == ["两个网格重叠2.5平方米", "无几何"]
    assert findings.geometry.iloc[0].area == 2.5
    assert findings.geometry.iloc[1] is None
    assert published.findings(severity="error").empty
    assert len(published.findings(kind="overlap", agency="party")) == 2


def test_a_place_without_position_or_grid_is_kept_and_says_so(published: Store):
    enterprise = published.places("enterprise")
    assert enterprise["id"].tolist() == ["E1"]
    assert enterprise[["x", "y"]].isna().all(axis=None)
    link = published.assignments(kind="enterprise")
    assert link["code"].isna().all()
    assert link["method"].tolist() == ["none"]


def test_rows_with_the_same_id_are_all_kept(store: Store):
    handed_in = small_city.publication_of()
    places, links = (
        table.assign(id=["H", "H", "H", "H", "E1"], nth=[2, 1, 3, 4, 1])
        for table in (handed_in.places, handed_in.assignments)
    )
    store.publish_first(dataclasses.replace(handed_in, places=places, assignments=links), by="li")
    kept = store.places("household")
    assert kept["nth"].tolist() == [1, 2, 3, 4]
    assert kept["y"].tolist() == [3700050.0, 3700150.0, 3700150.0, 3700050.0]
    assert store.assignments("411102001001001")[["id", "nth"]].values.tolist() == [["H", 2]]


def test_places_of_a_grid_are_found_by_code_box_and_id(published: Store):
    by_code = published.places("household", code=FIRST_GRID)
    by_box = published.places("household", box=(500040, 3700140, 500060, 3700160))
    by_id = published.places_of("household", ["H000000", "unknown"])
    for found in (by_code, by_box, by_id):
        assert found[["id", "x", "y"]].values.tolist() == [["H000000", 500050.0, 3700150.0]]
    assert published.assignments(FIRST_GRID)["id"].tolist() == ["H000000"]


def test_crosswalk_answers_by_agency_and_id(published: Store):
    assert published.crosswalk("party", "PH000000")["code"].tolist() == [FIRST_GRID]
    assert published.crosswalk("legal").empty
    assert published.provenance(FIRST_GRID)["source_id"].tolist() == ["PH000000"]


def test_one_grid_by_code_and_a_sentence_for_an_unknown_code(published: Store):
    assert published.grid(FIRST_GRID)["households"].tolist() == [300]
    with pytest.raises(NotFoundError, match="version 1 has no grid 411102001001999"):
        published.grid("411102001001999")


def test_pages_follow_each_other_without_loss(published: Store):
    seen, after = [], None
    while len(page := published.grids(after=after, limit=3)):
        seen += page["code"].tolist()
        after = seen[-1]
    assert seen == published.grids()["code"].tolist()


def test_many_codes_are_answered_in_order(store: Store):
    store.publish_first(small_city.publication_of(40, 40), by="li")
    wanted = store.grids()["code"].tolist()[::-1]
    assert store.grids(codes=[*wanted, "unknown"])["code"].tolist() == wanted[::-1]
    assert store.grids(codes=wanted, limit=1100)["code"].tolist() == wanted[::-1][:1100]
    assert store.grids(codes=[]).empty


def test_a_box_gives_what_its_envelope_meets_to_the_last_bit(store: Store):
    store.publish_first(small_city.publication_of(6, 6), by="li")
    everything = store.grids()
    bounds = everything.bounds
    # 500100 is an edge; a micrometre beside it is lost in the 32 bits of the index, not in the answer.
    for left, right in ((500100.0, 500100.0), (500100.000001, 500150.0), (499000.0, 499999.999999), (5e5, 6e5)):
        box = (left, 3700200.000001, right, 3700300.0)
        meets = (bounds.minx <= box[2]) & (bounds.maxx >= box[0]) & (bounds.miny <= box[3]) & (bounds.maxy >= box[1])
        assert store.grids(box=box)["code"].tolist() == everything["code"][meets].tolist()
        assert store.count(box=box) == meets.sum()


def test_numbers_of_numpy_are_numbers(published: Store):
    everything = published.grids(np.int64(1))
    assert published.count(box=tuple(everything.total_bounds)) == 4
    assert published.grids(codes=everything["code"].to_numpy()[:1], limit=np.int64(3))["code"].tolist() == [FIRST_GRID]


def test_version_tells_who_when_and_what(published: Store):
    (version,) = published.versions()
    assert (version.seq, version.published_by, version.effective) == (1, "李明", date(2026, 12, 1))
    assert version.published == datetime(2026, 11, 20, 4, 0, 0, 123000, tzinfo=UTC)
    assert version.stats == {
        "grids": 4, "communities": 2, "households": 1202, "enterprises": 2, "population": 3602, "area_m2": 40000.0,
    }  # fmt: skip
    assert version.certificate == {"seamless": True, "grids": 4}
    assert published.digest() == version.digest


def test_a_date_leads_to_the_version_that_held_then(published: Store):
    assert published.seq_at(date(2026, 12, 1)) == 1
    assert published.seq_at(date(2030, 1, 1)) == 1
    with pytest.raises(NotFoundError, match="no version held on 2026-11-30; the first version holds from 2026-12-01"):
        published.seq_at(date(2026, 11, 30))


def test_an_unknown_version_is_refused(published: Store):
    with pytest.raises(NotFoundError, match="has no version 2; its versions are 1 to 1"):
        published.grids(2)


def test_an_empty_store_says_that_nothing_is_published(store: Store):
    assert store.versions() == ()
    assert store.layers() == ()
    with pytest.raises(NotFoundError, match="no published version yet"):
        store.grids()


def test_info_counts_everything(published: Store):
    info = published.info()
    assert info.schema == newest_revision()
    assert info.counts["grid_span"] == 4
    assert info.counts["assignment"] == 5
    assert info.size_bytes > 0
    (layer,) = info.layers
    assert (layer.city_name, layer.crs, layer.seq, layer.count) == ("漯河市", "EPSG:4547", 1, 4)
    assert layer.extent == published.extent() == (500000.0, 3700000.0, 500200.0, 3700200.0)


def test_a_second_first_version_is_refused(published: Store):
    with pytest.raises(VersionConflict, match="holds version 1 already"):
        published.publish_first(small_city.publication_of(3, 3), by="li")
    assert published.count() == 4


def test_a_city_may_have_a_crs_of_its_own(store: Store):
    own = "+proj=tmerc +lat_0=0 +lon_0=114.0166 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
    handed_in = small_city.publication_of()
    moved = {
        name: getattr(handed_in, name).set_crs(own, allow_override=True)
        for name in ("grids", "communities", "findings")
    }
    store.publish_first(dataclasses.replace(handed_in, crs=own, **moved), by="li")
    assert store.grids().crs == own
    assert store.layers()[0].srid == 910001
    assert store.count(box=(500150, 3700150, 500160, 3700160)) == 1


FAULTS = {
    "duplicate code": (
        "grids",
        lambda t: t.assign(code=FIRST_GRID),
        "grid code 411102001001001 is there more than once",
    ),
    "code as number": ("grids", lambda t: t.assign(code=range(len(t))), "table grid: column 'code' must hold text"),
    "missing column": ("grids", lambda t: t.drop(columns="kind"), "table grid: column 'kind' is missing"),
    "no grid": ("grids", lambda t: t.iloc[:0], "table grid is empty"),
    "same place twice": ("places", lambda t: t.assign(id="H"), "place household H is there more than once"),
    "unknown reason": (
        "outcomes",
        lambda t: pd.DataFrame([dict.fromkeys(t.columns, "x") | dict.fromkeys(COUNTS, 1) | {"gap": 0.1}]),
        "table outcome: grid code x does not exist",
    ),
    "unknown grid": ("crosswalk", lambda t: t.assign(code="9"), "table crosswalk: grid code 9 does not exist"),
    "unknown place": (
        "assignments",
        lambda t: t.assign(id=["X", *t["id"][1:]]),
        "('household', 'X', 1) does not exist",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_table_is_refused_before_anything_is_written(gpkg_store: Store, fault: str):
    name, spoil, sentence = FAULTS[fault]
    handed_in = small_city.publication_of()
    with pytest.raises(SchemaError) as refused:
        gpkg_store.publish_first(dataclasses.replace(handed_in, **{name: spoil(getattr(handed_in, name))}), by="li")
    assert sentence in str(refused.value)
    assert gpkg_store.versions() == ()


def test_degrees_an_unknown_crs_and_a_mixture_are_refused(gpkg_store: Store):
    handed_in = small_city.publication_of()
    cases = (
        ({"crs": "EPSG:4490"}, "in degrees"),
        ({"crs": "EPSG:99999"}, "not a CRS that pyproj knows"),
        ({"grids": handed_in.grids.set_crs("EPSG:4548", allow_override=True)}, "table grid has CRS CGCS2000"),
    )
    for change, sentence in cases:
        with pytest.raises(CRSError, match=sentence):
            gpkg_store.publish_first(dataclasses.replace(handed_in, **change), by="li")


def test_a_layer_with_height_is_kept_flat(store: Store):
    handed_in = small_city.publication_of()
    high = handed_in.grids.set_geometry(shapely.force_3d(handed_in.grids.geometry, 55.0), crs=small_city.CRS)
    store.publish_first(dataclasses.replace(handed_in, grids=high), by="li")
    assert not store.grids().has_z.any()
    assert store.digest() == store.versions()[0].digest


def test_a_community_in_several_parts_stays_one(store: Store):
    handed_in = small_city.publication_of()
    apart = handed_in.communities.copy()
    apart.loc[0, "geometry"] = shapely.union(apart.geometry[0], shapely.box(0, 0, 1, 1))
    store.publish_first(dataclasses.replace(handed_in, communities=apart), by="li")
    assert store.communities().geometry[0].equals(apart.geometry[0])
    assert gpd.GeoSeries(store.communities().geometry).geom_type.unique().tolist() == ["MultiPolygon"]


def rewrite(store: Store, statement: str) -> None:
    with store.backend.writing() as connection:
        connection.execute(text(statement))


def test_history_is_never_rewritten(published: Store):
    rewrite(published, "UPDATE grid_span SET v_to = 2 WHERE code = '411102001001001'")
    for statement in (
        "UPDATE grid_span SET households = 0 WHERE code = '411102001001001'",
        "DELETE FROM grid_span WHERE code = '411102001001002'",
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "DELETE FROM assignment",
    ):
        with pytest.raises(StoreError, match="is never rewritten"):
            rewrite(published, statement)


def test_a_code_has_one_current_row(published: Store):
    row = (
        "INSERT INTO grid_span SELECT {fid}, code, kind, community_code, community_name, short_name, full_name, "
        "households, enterprises, population, area_m2, {v_from}, {v_to}, geom FROM grid_span WHERE fid = 1"
    )
    with pytest.raises(StoreError, match=r"(?i)unique"):
        rewrite(published, row.format(fid=99, v_from=2, v_to="NULL"))
    with pytest.raises(StoreError, match="span"):
        rewrite(published, row.format(fid=99, v_from=3, v_to=3))


def test_a_closed_row_is_read_in_its_own_versions_only(published: Store):
    later = {"seq": 2, "state": "published", "title": "", "effective": date(2027, 1, 1), "published_by": "li"}
    with published.backend.writing() as connection:
        connection.execute(text("UPDATE grid_span SET v_to = 2 WHERE code = '411102001001001'"))
        connection.execute(insert(schema.version).values(**later))
    assert published.count(1) == 4
    assert published.count() == published.count(2) == 3
    assert published.seq_at(date(2026, 12, 31)) == 1
    assert published.seq_at(date(2027, 1, 1)) == 2


def test_the_audit_is_a_chain_that_shows_every_change(published: Store):
    entry = {
        "at": NOON + timedelta(hours=1),
        "actor": "王",
        "act": "look",
        "what": "grid",
        "detail": {"网格": [1, 2.5]},
    }
    with published.backend.writing() as connection:
        append_audit(connection, entry)
    with published.backend.reading() as connection:
        rows = connection.execute(select(schema.audit).order_by(schema.audit.c.fid)).all()
    assert [row.act for row in rows] == ["publish", "look"]
    prev = FIRST_LINK
    for row in rows:
        assert row.prev == prev
        assert row.digest == chain_digest([prev, row.at, row.actor, row.act, row.what, row.detail])
        prev = row.digest


def test_the_code_book_remembers_the_last_number(published: Store):
    with published.backend.reading() as connection:
        rows = connection.execute(select(schema.code_book.c.prefix, schema.code_book.c.last)).all()
    assert pd.Series(dict(map(tuple, rows))).to_dict() == {"411102001001": 2, "411102001002": 2}
