"""``gridgeo redraw`` and ``gridgeo draft`` through the front door."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import small_city
from typer.testing import CliRunner, Result

from gridgeo.cli.main import app
from gridgeo.errors import InputError
from gridgeo.jobs.drawn import drawn_shape
from gridgeo.store.base import init_store, open_store

FIRST, SECOND, EASTERN = "411102001001001", "411102001001002", "411102001002001"
ACROSS = "499990,3700150 500110,3700160"
runner = CliRunner()


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with four squares, which commands find by themselves."""
    path = tmp_path / "city.gpkg"
    with init_store(str(path)) as store:
        store.publish_first(small_city.publication_of(), by="li")
    monkeypatch.setenv("GRIDGEO_STORE", str(path))
    monkeypatch.setenv("GRIDGEO_USER", "李明")
    return path


def run(*arguments: object) -> Result:
    return runner.invoke(app, [str(part) for part in arguments])


def test_a_planner_splits_reviews_and_publishes(city: Path):
    done = run("redraw", "split", FIRST, "--line", ACROSS, "--new", "拆分")
    assert done.exit_code == 0, done.output
    assert "新设  411102001001~0001" in done.output
    assert run("redraw", "rename", "411102001001~0001", "河西网格", "--draft", 1).exit_code == 0
    assert run("draft", "undo", 1).output == "已撤销：2. 改名 411102001001~0001 河西网格\n"
    assert run("draft", "redo", 1).exit_code == 0
    assert run("draft", "submit", 1).exit_code == 0
    assert run("draft", "return", 1, "--text", "线再直些", "--grid", FIRST).exit_code == 0
    shown = run("draft", "show", 1).output
    assert f"意见 1  {FIRST}：线再直些（李明）" in shown
    for act in ("submit", "approve"):
        assert run("draft", act, 1).exit_code == 0
    told = run("draft", "publish", 1, "--why", "户数过多").output
    assert "已发布第 2 版" in told
    assert "411102001001~0001 → 411102001001003" in told
    assert f"{FIRST} → 411102001001003  S" in told
    with open_store(str(city)) as store:
        assert store.grid("411102001001003")["full_name"].item().endswith("河西网格")
    assert "已发布  第 2 版" in run("draft", "list").output


def test_a_dry_run_leaves_no_draft(city: Path):
    done = run("redraw", "merge", FIRST, SECOND, "--dry-run", "--json")
    assert {grid["became"] for grid in json.loads(done.stdout)["effect"]["grids"]} == {"changed", "gone"}
    assert run("draft", "list").output == "还没有草案；用 gridgeo draft new 新建\n"


def test_a_refusal_is_one_sentence_with_the_place_and_exit_code_1(city: Path):
    refused = run("redraw", "merge", FIRST, EASTERN, "--new", "合并")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "网格不能跨社区" in refused.stderr
    assert "（x=" in refused.stderr
    assert run("draft", "list", "--json").stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["split", FIRST, "--line", ACROSS], "--draft N, --new TITLE, or --dry-run", 2),
        (["split", FIRST, "--line", "nowhere.shp", "--dry-run"], "is no file, and neither WKT nor GeoJSON", 2),
        (["split", FIRST, "--line", "LINESTRING (1", "--dry-run"], "is not WKT", 2),
        (["split", FIRST, "--line", "113.98,33.58 114.0,33.58", "--dry-run"], "say which system they are in", 2),
        (["carve", "公园", "--dry-run"], "--area", 2),
        (["lock", FIRST, " ", "--dry-run"], "a lock needs a reason", 2),
        (["rename", FIRST, "x", "--draft", "9"], "there is no draft 9", 1),
        (["transfer", FIRST, SECOND, "--dry-run"], "either 'area' or 'places' or 'atoms'", 2),
    ],
)
def test_what_is_asked_wrongly_is_told(city: Path, words: list[str], said: str, code: int):
    done = run("redraw", *words)
    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_places_that_change_their_grid_are_listed_with_their_address(city: Path):
    part = "500000,3700100 500100,3700100 500100,3700190 500000,3700190"
    done = run("redraw", "transfer", FIRST, SECOND, "--area", part, "--dry-run")
    assert f"household H000000  黄河路1号  {FIRST} → {SECOND}" in done.output


def test_a_place_that_goes_along_is_named_by_kind_and_id(city: Path):
    refused = run("redraw", "transfer", FIRST, SECOND, "--place", "household:H9", "--dry-run")
    assert (refused.exit_code, "没有 household H9" in refused.stderr) == (1, True)


def test_atoms_that_go_along_are_named_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    grids = small_city.grids_of()
    with init_store(str(tmp_path / "blocks.gpkg")) as store:
        store.publish_first(small_city.publication_of(atoms=small_city.atoms_of(grids)), by="li")
    monkeypatch.setenv("GRIDGEO_STORE", str(tmp_path / "blocks.gpkg"))
    words = ["redraw", "transfer", FIRST, SECOND, "--dry-run", "--json", "--atom"]
    done = run(*words, "411102001001-b1")
    assert done.exit_code == 0, done.output
    after = {row["code"]: row["after"]["area_m2"] for row in json.loads(done.output)["effect"]["grids"]}
    assert (after[FIRST], after[SECOND]) == pytest.approx((5000, 15000), abs=0.2)
    refused = run(*words, "411102001001-b1", "--atom", "411102001001-b9")
    assert (refused.exit_code, "没有街块 411102001001-b9（共 1 个找不到）" in refused.stderr) == (1, True)


# ---------------------------------------------------------------------- shapes ----


def test_a_line_is_wkt_geojson_pairs_or_a_file(tmp_path: Path):
    line = shapely.LineString([(500000, 3700000), (500100, 3700050)])
    gpd.GeoDataFrame(geometry=[line], crs="EPSG:4547").to_file(tmp_path / "线.gpkg", layer="line")
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(line))}
    ways = (
        line.wkt,
        shapely.to_geojson(line),
        json.dumps({"type": "FeatureCollection", "features": [feature]}),
        "500000,3700000 500100,3700050",
        str(tmp_path / "线.gpkg"),
        f"{tmp_path / '线.gpkg'}::line",
    )
    for text in ways:
        assert shapely.equals_exact(drawn_shape(text, "EPSG:4547"), line, 1e-9), text


def test_degrees_are_brought_into_the_layers_crs():
    found = drawn_shape("114.0,33.5 114.001,33.5005", "EPSG:4547", crs="EPSG:4490")
    x, y = shapely.get_coordinates(found)[0]
    assert (x, y) == pytest.approx((500000, 3708000), abs=1000)


def test_pairs_go_around_an_area_where_one_is_wanted():
    area = drawn_shape("0,0 10,0 10,10", "EPSG:4547", area=True)
    assert area.area == 50
    with pytest.raises(InputError, match="at least three corners"):
        drawn_shape("0,0 10,0", "EPSG:4547", area=True)


def test_lines_and_areas_are_not_mixed(tmp_path: Path):
    mixed = '{"type":"FeatureCollection","features":[{"geometry":{"type":"LineString","coordinates":[[0,0],[1,1]]}},{"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}'  # noqa: E501
    with pytest.raises(InputError, match="mixed"):
        drawn_shape(mixed, "EPSG:4547")
