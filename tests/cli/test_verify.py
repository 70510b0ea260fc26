"""``gridgeo verify``: the certificate on stdout, the verdict as exit code."""

import json
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import small_city
from shapely import box
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs.verify import verify_layer

GRIDS = small_city.grids_of(3, 3)
COMMUNITIES = small_city.communities_of(GRIDS)


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def written(folder: Path, grids: gpd.GeoDataFrame, name: str = "layer.gpkg", **layers: gpd.GeoDataFrame) -> Path:
    path = folder / name
    for layer, table in {"grid": grids, **layers}.items():
        pyogrio.write_dataframe(table, path, layer=layer, geometry_type="Unknown")
    return path


def test_seamless_layer_ends_with_zero_and_prints_the_certificate(tmp_path: Path):
    path = written(tmp_path, GRIDS, community=COMMUNITIES)
    code, out, err = run(path, "--frame", path)
    certificate = json.loads(out)
    assert (code, err) == (0, f"gridgeo: {path} is seamless: 9 grids\n")
    assert certificate["seamless"] is True
    assert (certificate["grids"], certificate["frame_area_m2"]) == (9, 90_000)


def test_missing_grid_ends_with_one(tmp_path: Path):
    path = written(tmp_path, GRIDS.drop(index=4), community=COMMUNITIES)
    code, out, err = run(path, "--frame", path)
    certificate = json.loads(out)
    assert code == 1
    assert err.startswith(f"gridgeo: {path} is not seamless: gap_count 1, ")
    assert (certificate["seamless"], certificate["gap_area_m2"]) == (False, 10_000)
    assert certificate["places"][0]["kind"] == "gap"


def test_frame_in_another_crs_is_reprojected(tmp_path: Path):
    path = written(tmp_path, GRIDS)
    frame = tmp_path / "frame.geojson"
    pyogrio.write_dataframe(COMMUNITIES.to_crs(4490), frame, COORDINATE_PRECISION=12)
    code, out, err = run(path, "--frame", frame, "--frame-tolerance", 0.01)
    assert code == 0
    assert "communities were not checked" in err
    assert json.loads(out)["frame_edges_noded_differently"] > 0


def test_layers_are_named_behind_colons_or_by_option(tmp_path: Path):
    path = written(tmp_path, GRIDS, frame=COMMUNITIES, other=GRIDS.drop(index=0))
    assert run(f"{path}::grid", "--frame", f"{path}::frame")[0] == 0
    assert run(path, "--layer", "other", "--frame", f"{path}::frame")[0] == 1


def test_own_communities_are_exact_and_given_ones_have_leeway(tmp_path: Path):
    shifted = COMMUNITIES.set_geometry(COMMUNITIES.geometry.translate(0.3, 0))
    frame = gpd.GeoDataFrame(geometry=[box(*GRIDS.total_bounds)], crs=GRIDS.crs)
    plain = written(tmp_path, GRIDS)
    own = written(tmp_path, GRIDS, "own.gpkg", community=shifted)
    area = written(tmp_path, frame, "frame.gpkg")
    assert run(plain, "--frame", area)[0] == 0
    assert json.loads(run(own, "--frame", area)[1])["crossing_communities"] == 9
    given = ("--community", f"{own}::community")
    assert run(plain, "--frame", area, *given)[0] == 0
    assert run(plain, "--frame", area, *given, "--community-tolerance", 0.1)[0] == 1


def test_communities_that_were_not_checked_are_null_and_not_zero(tmp_path: Path):
    path = written(tmp_path, GRIDS, frame=COMMUNITIES)
    certificate = json.loads(run(path, "--frame", f"{path}::frame")[1])
    assert certificate["seamless"] is True
    assert (certificate["crossing_communities"], certificate["communities_without_grid"]) == (None, None)
    checked = json.loads(run(path, "--frame", f"{path}::frame", "--community", f"{path}::frame")[1])
    assert (checked["crossing_communities"], checked["communities_without_grid"]) == (0, 0)


def test_codes_are_judged_by_the_layout(tmp_path: Path):
    path = written(tmp_path, GRIDS.assign(code=[f"W-{i}" for i in range(9)]), community=COMMUNITIES)
    assert json.loads(run(path, "--frame", path)[1])["malformed_codes"] == 9
    assert run(path, "--frame", path, "--layout", "plain")[0] == 0


def test_zipped_shapefile_is_read(tmp_path: Path):
    path = tmp_path / "grids.shp.zip"
    pyogrio.write_dataframe(GRIDS[["code", "geometry"]], path, driver="ESRI Shapefile")
    frame = written(tmp_path, GRIDS, "frame.gpkg")
    assert run(path, "--frame", frame)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nix.gpkg", "--frame", "layer.gpkg"), "nix.gpkg: there is no such file"),
        (("layer.gpkg", "--frame", "nix.gpkg"), "nix.gpkg: there is no such file"),
        (("layer.gpkg::nix", "--frame", "layer.gpkg"), "layer.gpkg has no layer 'nix'; it holds the layers grid, comm"),
        (
            ("layer.gpkg", "--frame", "layer.gpkg::communities"),
            "no layer 'communities'; it holds the layers grid, comm",
        ),
        (("lone.gpkg", "--frame", "./lone.gpkg"), "lone.gpkg cannot be its own frame"),
        (("layer.gpkg", "--frame", "layer.gpkg::grid"), "layer.gpkg cannot be its own frame"),
        (("layer.gpkg", "--frame", "layer.gpkg", "--layout", "gb16"), "choose one of gb15, mgmt12"),
        (("layer.gpkg", "--frame", "lost.gpkg"), "frame lost.gpkg has no coordinate reference system"),
        (("note.gpkg", "--frame", "layer.gpkg"), "cannot be read"),
        (("degrees.gpkg", "--frame", "layer.gpkg"), "degrees.gpkg: the grid layer is not in metres"),
        (("lost.gpkg", "--frame", "layer.gpkg"), "lost.gpkg: the grid layer has no coordinate reference system"),
        (("layer.gpkg", "--frame", "lines.gpkg"), "no polygon"),
        (("layer.gpkg", "--frame", "layer.gpkg", "--code", "NR"), "layer.gpkg: there is no column 'NR'"),
        (("layer.gpkg", "--frame", "layer.gpkg", "--community", "lines.gpkg"), "no column 'code'"),
    ],
)
def test_unreadable_input_is_one_sentence_and_exit_code_two(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, GRIDS, community=COMMUNITIES)
    written(tmp_path, GRIDS, "lone.gpkg")
    written(tmp_path, GRIDS.to_crs(4490), "degrees.gpkg")
    with pytest.warns(UserWarning, match="crs"):
        written(tmp_path, GRIDS.set_crs(None, allow_override=True), "lost.gpkg")
    written(tmp_path, gpd.GeoDataFrame(geometry=GRIDS.geometry.boundary, crs=GRIDS.crs), "lines.gpkg")
    (tmp_path / "note.gpkg").write_text("not a map")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("frame", [COMMUNITIES, COMMUNITIES.geometry, COMMUNITIES.geometry.union_all()])
def test_frame_of_a_script_may_be_a_layer(frame: object):
    assert verify_layer(GRIDS, frame).frame_area_m2 == 90_000
    assert verify_layer(GRIDS, frame).seamless


def test_frame_on_a_datum_without_public_parameters_is_refused(tmp_path: Path):
    path = written(tmp_path, GRIDS)
    frame = tmp_path / "xian.gpkg"
    COMMUNITIES.set_crs(2383, allow_override=True).to_file(frame)
    code, out, err = run(path, "--frame", frame)
    assert (code, out) == (2, "")
    assert "Xi'an 1980" in err
