"""``gridgeo merge --compare``: variants side by side, nothing published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from city_files import CityFiles, make_city
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs.compare import FILES


@pytest.fixture
def sound_city(tmp_path: Path) -> CityFiles:
    return make_city(tmp_path / "city")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["merge", *map(str, arguments)], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_usual_variants_are_tabled_side_by_side(sound_city: CityFiles, tmp_path: Path) -> None:
    code, said = run(sound_city.write(), "--compare", "--out", tmp_path / "out")
    assert code == 0, said
    for word in ("现行设置", "少变动", "户数均衡", "规模放宽两成", "界线分歧 km", "compare.html"):
        assert word in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    found = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))
    assert [variant["name"] for variant in found["variants"]] == ["现行设置", "少变动", "户数均衡", "规模放宽两成"]
    assert all(variant["grids"] >= 2 and variant["gap"] == 0 for variant in found["variants"])
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert "方案比较" in page
    assert "http" not in page.replace("http-equiv", "")


def test_variants_of_a_file_are_run_and_refused_wishes_told(sound_city: CityFiles, tmp_path: Path) -> None:
    file = tmp_path / "variants.toml"
    file.write_text('[[variant]]\nname = "九格"\ncount = { "411102001001" = 9 }\n', encoding="utf-8")
    code, said = run(sound_city.write(), "--variants", file, "--out", tmp_path / "out", "--json")
    assert code == 0, said
    as_it_is, nine = json.loads(said)["variants"]
    assert as_it_is["refused"] == 0
    assert nine["refused"] == 1
    assert "只能分成" in nine["refusals"][0]


def test_a_comparison_publishes_nothing(sound_city: CityFiles, tmp_path: Path) -> None:
    store = f"gpkg:///{tmp_path}/store.gpkg"
    code, _ = run(sound_city.write(), "--compare", "--store", store, "--out", tmp_path / "out")
    assert code == 2
    assert not (tmp_path / "store.gpkg").exists()


def test_a_faulty_variants_file_is_one_message(sound_city: CityFiles, tmp_path: Path) -> None:
    file = tmp_path / "variants.toml"
    file.write_text('[[variant]]\nname = "a"\naim = "x"\nweight = { nobody = 1 }\n', encoding="utf-8")
    code, said = run(sound_city.write(), "--variants", file, "--out", tmp_path / "out")
    assert code == 2
    assert "2 faults" in said
