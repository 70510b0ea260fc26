"""Drafts out to QGIS and back, on four squares in two communities; both stores.

::

      3700200 +-----------+-----------+
              | 001 · 001 | 002 · 001 |
      3700100 +-----------+-----------+
              | 001 · 002 | 002 · 002 |
      3700000 +-----------+-----------+
            500000      500100      500200
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import typer
from small_city import publication_of
from typer.testing import CliRunner

from gridgeo.cli.draft_files import add_to
from gridgeo.draft.roles import User, demand
from gridgeo.errors import CRSError, Forbidden, InputError, NotFoundError, ReadError, SchemaError, VersionConflict
from gridgeo.jobs.draft_files import export_draft, import_draft
from gridgeo.jobs.drafts import Desk
from gridgeo.store.base import Store

A, B, C = "411102001001001", "411102001001002", "411102001002001"


def box(x: float, y: float, wide: float = 100, high: float = 100) -> shapely.Polygon:
    return shapely.box(500000 + x, 3700000 + y, 500000 + x + wide, 3700000 + y + high)


@pytest.fixture
def desk(store: Store) -> Desk:
    store.publish_first(publication_of(2, 2), by="me")
    desk = Desk(store)
    desk.open("调整", by="张三")
    return desk


@pytest.fixture
def file(desk: Desk, tmp_path: Path) -> Path:
    return export_draft(desk, 1, tmp_path / "草案 1.gpkg").file


def grids(file: Path) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(file, layer="grid")


def saved(file: Path, table: gpd.GeoDataFrame, **how: object) -> None:
    """Write layer grid as QGIS does: into the same file, whatever the type of its geometry."""
    pyogrio.write_dataframe(table, file, layer="grid", driver="GPKG", append=False, **how)


def taken(desk: Desk, file: Path, number: int = 1, **more: object):
    return import_draft(desk, number, file, by="张三", **more)


def split(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Split the first grid as QGIS does: two features with its attributes."""
    table.loc[0, "geometry"] = box(0, 100, 60)
    rest = table.iloc[[0]].copy()
    rest["geometry"] = [box(60, 100, 40)]
    return pd.concat([table, rest], ignore_index=True)


# ------------------------------------------------------------------------- export ----


def test_the_file_holds_the_draft_as_it_is_and_says_what_it_is(desk, tmp_path):
    desk.change(1, {"op": "split", "code": A, "line": "LINESTRING (500060 3700090, 500060 3700210)"}, by="张三")
    desk.change(1, {"op": "lock", "code": B, "reason": "已公示"}, by="张三")
    done = export_draft(desk, 1, tmp_path / "d.gpkg", places=True)
    table = grids(done.file)
    assert (done.grids, done.communities, done.places) == (5, 2, 4)
    assert list(table.columns)[:-1] == [
        "code", "kind", "short_name", "full_name", "community_code", "community_name", "households", "enterprises",
        "population", "area_m2", "locked",
    ]  # fmt: skip
    assert (table.crs.to_epsg(), set(table.geom_type)) == (4547, {"Polygon"})
    assert table.set_index("code")["locked"].to_dict()[B] == "已公示"
    assert "411102001001~0001" in set(table["code"])
    about = pyogrio.read_dataframe(done.file, layer="draft").iloc[0]
    assert (about["draft"], about["revision"], about["base_version"]) == (1, 3, 1)
    assert list(pyogrio.read_dataframe(done.file, layer="place").columns) == ["kind", "count", "code", "geometry"]
    with closing(sqlite3.connect(done.file)) as opened:
        styles = opened.execute("SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles").fetchall()
        names = {row[0] for row in opened.execute("SELECT column_name FROM gpkg_geometry_columns")}
    assert styles == [("grid", "geom", 1), ("community", "geom", 1)]
    assert names == {"geom"}


def test_a_part_of_the_city_and_never_over_a_file_that_somebody_may_have_edited(desk, file, tmp_path):
    assert export_draft(desk, 1, tmp_path / "part.gpkg", area="411102001002").grids == 2
    with pytest.raises(InputError, match="--overwrite"):
        export_draft(desk, 1, file)
    assert export_draft(desk, 1, file, overwrite=True).grids == 4
    with pytest.raises(InputError, match="no grid in the area 99"):
        export_draft(desk, 1, tmp_path / "none.gpkg", area="99")
    with pytest.raises(InputError, match="gpkg"):
        export_draft(desk, 1, tmp_path / "d.shp")
    with pytest.raises(NotFoundError):
        export_draft(desk, 9, tmp_path / "none.gpkg")
    assert not (tmp_path / "none.gpkg").exists()


# ------------------------------------------------------------------------- import ----


def test_nothing_edited_changes_nothing(desk, file):
    done = taken(desk, file)
    assert (done.changes, done.repairs, done.notes, done.refusals, done.written) == ([], [], [], [], False)
    saved(file, grids(file))  # opened and saved as it is
    assert taken(desk, file).changes == []


@pytest.mark.parametrize("geometry_type", ["Polygon", "MultiPolygon", "Unknown"])
def test_a_split_becomes_one_and_publishes(desk, file, geometry_type):
    saved(file, split(grids(file)), geometry_type=geometry_type, promote_to_multi=geometry_type == "MultiPolygon")
    tried = taken(desk, file, dry_run=True)
    assert (tried.written, desk.show(1)["changes"]) == (False, [])
    done = taken(desk, file)
    assert (done.written, done.changes) == (True, tried.changes)
    assert [change["op"] for change in done.changes] == ["split"]
    assert done.effect["total"]["before"]["households"] == done.effect["total"]["after"]["households"]
    for act, who in (("submit", "张三"), ("approve", "李四")):
        desk.step(1, act, by=who)
    assert desk.publish(1, by="李四")["certificate"]["seamless"]
    assert desk.store.grids(codes=[A]).geometry.iloc[0].equals(box(0, 100, 60))


def test_all_changes_are_made_or_none(desk, file):
    table = split(grids(file))
    table.loc[table["code"] == C, "geometry"] = box(100, 100, 100, 90)
    saved(file, table)
    done = taken(desk, file)
    assert [one.kind for one in done.refusals] == ["gap"]
    assert (done.changes, done.written, desk.show(1)["changes"]) == ([], False, [])


def test_chinese_names_survive_the_round_trip(desk, file):
    table = grids(file)
    table.loc[0, ["short_name", "kind"]] = ["㙟坝·滨河“东”片", "micro"]
    saved(file, table)
    assert [change["op"] for change in taken(desk, file).changes] == ["retype", "rename"]
    assert desk.state(1).rows[A].full_name == "沙北街道第1社区㙟坝·滨河“东”片"


def test_another_crs_is_converted_and_told_and_an_undeclared_one_is_refused(desk, file):
    table = split(grids(file))
    saved(file, table.to_crs(4490))
    done = taken(desk, file)
    assert done.refusals == []
    assert [change["op"] for change in done.changes] == ["split"]
    assert "已换算" in done.notes[0].text
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("UPDATE gpkg_geometry_columns SET srs_id = -1 WHERE table_name = 'grid'")
        opened.execute("UPDATE gpkg_contents SET srs_id = -1 WHERE table_name = 'grid'")
        opened.commit()
    with pytest.raises(CRSError, match="does not say its coordinate reference system"):
        taken(desk, file)


def test_a_grid_declared_in_the_wrong_crs_is_outside(desk, file):
    saved(file, grids(file).set_crs(4549, allow_override=True))
    assert {one.kind for one in taken(desk, file).refusals} >= {"outside"}


def test_dropped_and_renamed_columns_are_named_together(desk, file):
    saved(file, grids(file).drop(columns=["population"]).rename(columns={"short_name": "名称"}))
    with pytest.raises(SchemaError, match=r"lacks the columns short_name, population \(it has .*名称"):
        taken(desk, file)


def test_columns_that_are_not_read_and_figures_that_are_not_edited_are_told(desk, file):
    table = grids(file)
    table["备注"] = "看过"
    table.loc[0, "households"] = 9999
    table.loc[1, "locked"] = "锁"
    table["population"] = table["population"].astype(float)
    saved(file, table)
    done = taken(desk, file)
    assert done.changes == []
    assert {one.kind: one.codes for one in done.notes} == {"columns": (), "households": (A,), "locked": (B,)}


def test_files_that_are_not_this_draft_are_refused_with_a_remedy(desk, file, tmp_path):
    desk.open("另一个", by="李四")
    with pytest.raises(InputError, match=r"from draft 1 .* not from draft 2"):
        taken(desk, file, 2)
    saved(tmp_path / "other.gpkg", grids(file))
    with pytest.raises(ReadError, match=r"no table 'draft'.*export the draft again"):
        taken(desk, tmp_path / "other.gpkg")
    with pytest.raises(ReadError, match="no such file"):
        taken(desk, tmp_path / "none.gpkg")
    (tmp_path / "text.gpkg").write_text("no database")
    with pytest.raises(ReadError):
        taken(desk, tmp_path / "text.gpkg")


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("digest", "0", "does not fit this store"),
        ("changes", "[{", "cannot be found any more"),
        ("base_version", "7", "cannot be found any more"),
        ("store", "elsewhere", "another store"),
        ("format", "2", "another release"),
    ],
)
def test_a_table_that_was_tampered_with_is_refused(desk, file, column, value, says):
    with closing(sqlite3.connect(file)) as opened:
        opened.execute(f"UPDATE draft SET {column} = ?", (value,))
        opened.commit()
    with pytest.raises(InputError, match=says):
        taken(desk, file)


def test_an_older_revision_is_told_and_two_planners_collide_only_on_one_grid(desk, file, tmp_path):
    other = export_draft(desk, 1, tmp_path / "b.gpkg").file
    saved(file, split(grids(file)))
    assert taken(desk, file).written
    table = grids(other)
    table.loc[table["code"] == C, "short_name"] = "东片"
    saved(other, table)
    done = taken(desk, other)
    assert done.written
    assert done.notes[0].kind == "older"
    assert [one.codes for one in done.notes[1:]] == [(A,)]
    table.loc[table["code"] == A, "short_name"] = "西片"
    saved(other, table)
    again = taken(desk, other)
    assert {one.kind for one in again.refusals} == {"stale"}
    assert not again.written


def test_what_is_taken_over_twice_is_refused_not_doubled(desk, file):
    saved(file, split(grids(file)))
    assert taken(desk, file).written
    assert [one.kind for one in taken(desk, file).refusals] == ["stale"]
    assert len(desk.show(1)["changes"]) == 1


def test_a_draft_that_is_submitted_takes_nothing_in(desk, file):
    table = grids(file)
    table.loc[0, "short_name"] = "改"
    saved(file, table)
    desk.change(1, {"op": "rename", "code": B, "name": "先改"}, by="张三")
    desk.step(1, "submit", by="张三")
    with pytest.raises(VersionConflict):
        taken(desk, file)
    assert len(desk.show(1)["changes"]) == 1


def test_only_ones_own_area_is_changed(desk, file):
    table = grids(file)
    table.loc[:, "short_name"] = [f"名{k}" for k in range(len(table))]
    saved(file, table)
    west = User("li", "planner", "411102001001")
    with pytest.raises(Forbidden, match="outside 411102001001"):
        taken(desk, file, check=lambda _, communities: demand(west, "draft", communities=sorted(communities)))
    assert desk.show(1)["changes"] == []


def test_nothing_is_lost_in_a_file_that_is_read_and_written(desk, file):
    before = grids(file)
    saved(file, before)
    after = grids(file)
    assert before.drop(columns="geometry").equals(after.drop(columns="geometry"))
    assert np.array_equal(shapely.to_wkb(before.geometry.to_numpy()), shapely.to_wkb(after.geometry.to_numpy()))


# ------------------------------------------------------------------------ commands ----


def run(desk: Desk, url: str, *words: str):
    app = typer.Typer()
    group = typer.Typer()
    add_to(group)
    app.add_typer(group, name="draft")
    return CliRunner().invoke(app, ["draft", *words, "--store", url])


def test_the_commands_tell_what_they_did(desk, tmp_path, store_url_of):
    url, file = store_url_of(desk.store), str(tmp_path / "d.gpkg")
    done = run(desk, url, "export", "1", "-o", file, "--places")
    assert (done.exit_code, "4 grids in 2 communities" in done.output) == (0, True), done.output
    assert run(desk, url, "export", "1", "-o", file).exit_code == 2
    assert "nothing was edited" in run(desk, url, "import", "1", file).output
    saved(Path(file), split(grids(Path(file))))
    done = run(desk, url, "import", "1", file, "--dry-run", "--json")
    assert json.loads(done.stdout)["changes"][0]["op"] == "split"
    done = run(desk, url, "import", "1", file)
    assert (done.exit_code, "1 changes added to draft 1" in done.output) == (0, True), done.output
    done = run(desk, url, "import", "1", file)
    assert done.exit_code == 1
    assert "不能接受：网格" in done.output
    assert "x=5" in done.output
