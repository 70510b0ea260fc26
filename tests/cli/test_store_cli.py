"""``gridgeo store`` and ``gridgeo import`` through the front door."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import small_city
from typer.testing import CliRunner, Result

from gridgeo.cli.main import app
from gridgeo.store.base import open_store
from gridgeo.store.migrate import newest_revision

runner = CliRunner()


def run(*arguments: object) -> Result:
    return runner.invoke(app, [str(part) for part in arguments])


def write(grids: gpd.GeoDataFrame, folder: Path, name: str = "existing.gpkg") -> Path:
    grids.to_file(folder / name, layer="grid", driver="GPKG")
    return folder / name


@pytest.fixture
def layer_file(tmp_path: Path) -> Path:
    return write(small_city.grids_of(), tmp_path)


def test_a_store_is_made_described_and_copied(tmp_path: Path):
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    assert run("store", "init", first).stdout == f"made gpkg://{first} (schema {newest_revision()})\n"
    assert "version  none yet" in run("store", "info", first).stdout
    assert run("store", "upgrade", first).stdout == f"schema {newest_revision()} is up to date\n"
    with open_store(str(first)) as store:
        store.publish_first(small_city.publication_of(), by="李明")
    said = run("store", "info", first).stdout
    assert "layer    漯河市网格, EPSG:4547, codes gb15, 4 grids" in said
    assert "by 李明, seamless, digest" in said
    assert "both stores hold the same" in run("store", "copy", first, second).stdout
    facts = json.loads(run("store", "info", second, "--json").stdout)
    assert facts["layers"][0]["count"] == 4
    assert facts["versions"][0]["published_by"] == "李明"


def test_a_layer_file_is_not_called_a_missing_store(layer_file: Path):
    for command in ("info", "upgrade"):
        done = run("store", command, layer_file)
        assert done.exit_code == 7
        assert f"{layer_file} is a layer file, not a store" in done.stderr
        assert "gridgeo import" in done.stderr


def test_a_store_is_not_copied_onto_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run("store", "init", "a.gpkg")
    done = run("store", "copy", "a.gpkg", f"gpkg:///{tmp_path}/a.gpkg")
    assert done.exit_code == 7
    assert "source and target are the same store" in done.stderr


@pytest.mark.parametrize(
    ("option", "words"),
    [(("--layout", "gb16"), "choose one of gb15"), (("--frame", "LAYER"), "cannot be its own frame")],
)
def test_an_import_that_could_prove_nothing_is_refused(
    layer_file: Path, tmp_path: Path, option: tuple[str, str], words: str
):
    values = [str(layer_file) if part == "LAYER" else part for part in option]
    done = run("import", layer_file, "--store", tmp_path / "a.gpkg", *values)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "a.gpkg").exists()


def test_a_second_first_version_is_sent_to_a_new_store(layer_file: Path, tmp_path: Path):
    arguments = ("import", layer_file, "--store", tmp_path / "a.gpkg")
    assert run(*arguments).exit_code == 0
    done = run(*arguments)
    assert done.exit_code == 6
    assert "name a new store" in done.stderr
    assert "draft" not in done.stderr


def test_refusals_are_one_sentence_and_an_exit_code(tmp_path: Path):
    store = tmp_path / "a.gpkg"
    run("store", "init", store)
    for arguments in (
        ("init", store),
        ("info", tmp_path / "no.gpkg"),
        ("copy", tmp_path / "no.gpkg", store),
        ("info", "x"),
    ):
        done = run("store", *arguments)
        assert done.exit_code == 7
        assert done.stderr.startswith("gridgeo: ")
        assert done.stderr.count("\n") == 1


def test_the_default_store_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGEO_STORE", str(tmp_path / "mine.gpkg"))
    run("store", "init")
    assert (tmp_path / "mine.gpkg").exists()


def test_an_existing_layer_becomes_version_1(layer_file: Path, store_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGEO_USER", "王")
    done = run("import", layer_file, "--store", store_url, "--city", "漯河市", "--effective", "2026-12-01")
    assert (done.exit_code, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "published version 1: 4 grids in 2 communities, seamless, 0 findings"
    assert "certified against its own outline" in second
    with open_store(store_url) as store:
        assert store.grids().drop(columns="geometry").equals(small_city.grids_of().drop(columns="geometry"))
        assert store.grids().geometry.geom_equals_exact(small_city.grids_of().geometry, 0).all()
        assert store.communities()["code"].tolist() == ["411102001001", "411102001002"]
        assert store.crosswalk("import", "411102001001001")["change"].tolist() == ["U"]
        version = store.versions()[0]
    assert (version.published_by, version.effective.isoformat()) == ("王", "2026-12-01")


def test_a_second_import_is_refused_before_the_layer_is_read(layer_file: Path, tmp_path: Path):
    store = tmp_path / "s.gpkg"
    run("import", layer_file, "--store", store)
    done = run("import", tmp_path / "missing.gpkg", "--store", store)
    assert done.exit_code == 6
    assert "holds version 1 already" in done.stderr


def test_a_layer_with_an_overlap_is_refused_with_the_place(tmp_path: Path):
    grids = small_city.grids_of()
    grids.loc[0, "geometry"] = shapely.box(500000, 3700100, 500110, 3700200)
    store = tmp_path / "s.gpkg"
    done = run("import", write(grids, tmp_path), "--store", store)
    assert done.exit_code == 1
    assert "overlap" in done.stderr
    assert "1000.00 m2" in done.stderr
    assert "500105.00, 3700150.00" in done.stderr
    assert not store.exists()


def test_accepted_faults_are_published_as_findings(tmp_path: Path):
    grids = small_city.grids_of()
    grids.loc[0, "geometry"] = shapely.box(500000, 3700100, 500110, 3700200)
    store = tmp_path / "s.gpkg"
    done = run("import", write(grids, tmp_path), "--store", store, "--accept-faults")
    assert done.exit_code == 0
    assert "not seamless" in done.stdout
    with open_store(str(store)) as opened:
        overlap = opened.findings(kind="overlap")
        assert overlap["severity"].tolist() == ["error"]
        assert "网格重叠" in overlap["text"][0]
        assert overlap.geometry[0].within(shapely.box(500100, 3700100, 500110, 3700200))
        assert not opened.versions()[0].certificate["seamless"]


def test_a_frame_shows_what_the_layer_does_not_cover(tmp_path: Path, layer_file: Path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(500000, 3700000, 500200, 3700250)], crs=small_city.CRS)
    frame.to_file(tmp_path / "frame.geojson.gpkg")
    done = run("import", layer_file, "--store", tmp_path / "s.gpkg", "--frame", tmp_path / "frame.geojson.gpkg")
    assert done.exit_code == 1
    assert "gap" in done.stderr
    assert "10000.00 m2" in done.stderr


def test_a_hole_in_a_layer_without_frame_is_noted(tmp_path: Path):
    ring = small_city.grids_of(3, 3)
    store = tmp_path / "s.gpkg"
    done = run("import", write(ring.drop(index=4), tmp_path), "--store", store)
    assert done.exit_code == 0
    with open_store(str(store)) as opened:
        assert opened.findings(kind="hole")["area_m2"].tolist() == [10000.0]


def test_a_shapefile_with_columns_of_its_own_and_degrees(tmp_path: Path):
    grids = small_city.grids_of().to_crs("EPSG:4490")[["code", "geometry"]].rename(columns={"code": "WGBH"})
    grids.to_file(tmp_path / "wg.shp")
    arguments = ("import", tmp_path / "wg.shp", "--store", tmp_path / "s.gpkg", "--code", "WGBH")
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "is in degrees, a store keeps metres; add --crs EPSG:… of the city" in refused.stderr
    assert run(*arguments, "--crs", "EPSG:4547").exit_code == 0
    with open_store(str(tmp_path / "s.gpkg")) as store:
        assert store.layers()[0].crs == "EPSG:4547"
        assert store.grids()["community_code"].tolist() == ["411102001001"] * 2 + ["411102001002"] * 2
        assert store.grids()["area_m2"].round(1).tolist() == [10000.0] * 4


SPOILT = {
    "no code column": (lambda t: t.rename(columns={"code": "nr"}), "has no column 'code'"),
    "codes as decimals": (lambda t: t.assign(code=[None, 2, 3, 4]), "holds decimal numbers such as 4.0"),
    "missing code": (lambda t: t.assign(code=[None, "a", "b", "c"]), "no code in row 1;"),
    "repeated code": (lambda t: t.assign(code="411102001001001"), "stands more than once: 411102001001001"),
    "points": (lambda t: t.set_geometry(t.centroid), "not one connected polygon at grid 411102001001001"),
    "no geometry": (
        lambda t: t.set_geometry([None, *t.geometry[1:]], crs=t.crs),
        "no geometry at grid 411102001001001",
    ),
    "two parts": (
        lambda t: t.set_geometry(t.geometry.union(shapely.box(0, 0, 1, 1))),
        "not one connected polygon at grid 411102001001001",
    ),
    "no crs": (lambda t: t.set_crs(None, allow_override=True), "has no coordinate reference system"),
    "no grid": (lambda t: t.iloc[:0], "holds no grid"),
    "strange kind": (lambda t: t.assign(kind="big"), "column 'kind' must be general, exclusive, micro"),
    "half a household": (lambda t: t.assign(households=0.5), "column 'households' must be a whole number"),
    "households in words": (lambda t: t.assign(households="三百"), "column 'households' must be a whole number"),
    "foreign code": (
        lambda t: t.drop(columns="community_code").assign(code=["A", "B", "C", "D"]),
        "code 'A' is not 15 digits (layout gb15)",
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_what_cannot_be_kept_as_it_is_is_refused_by_name(tmp_path: Path, spoilt: str):
    spoil, sentence = SPOILT[spoilt]
    done = run("import", write(spoil(small_city.grids_of()), tmp_path), "--store", tmp_path / "s.gpkg")
    assert done.exit_code in (2, 5)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "s.gpkg").exists()


def test_whole_number_codes_are_written_out(tmp_path: Path):
    grids = small_city.grids_of()
    done = run(
        "import", write(grids.assign(code=grids["code"].astype("int64")), tmp_path), "--store", tmp_path / "s.gpkg"
    )
    assert done.exit_code == 0
    with open_store(str(tmp_path / "s.gpkg")) as store:
        assert store.grids()["code"].tolist() == grids["code"].tolist()


def test_a_layer_file_brings_its_communities_and_their_parents(tmp_path: Path):
    grids = small_city.grids_of()
    file = write(grids, tmp_path)
    small_city.communities_of(grids).to_file(file, layer="community", driver="GPKG")
    assert run("import", file, "--store", tmp_path / "s.gpkg").exit_code == 0
    with open_store(str(tmp_path / "s.gpkg")) as store:
        assert store.communities()["street"].tolist() == ["沙北街道", "沙北街道"]
