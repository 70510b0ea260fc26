"""The index beside its layer: opened where it fits, renewed where little has changed, built otherwise."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridgeo.errors import TopologyError
from gridgeo.jobs import indexed as kept
from gridgeo.jobs.indexed import index_place, indexed
from gridgeo.locate import index as indexing
from gridgeo.locate.index import GridIndex, build_index
from tests.coverages import awkward_points, wriggling

GRIDS = wriggling(6, 6, steps=6)


@pytest.fixture(autouse=True)
def keep_small_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "LEAST_KEPT", 0)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is done to indexes from now on."""
    done: list[str] = []
    monkeypatch.setattr(kept, "build_index", lambda *a, **k: done.append("built") or build_index(*a, **k))
    renew = indexing.renewed
    monkeypatch.setattr(indexing, "renewed", lambda *a, **k: done.append("renewed") or renew(*a, **k))
    return done


def merged(grids: gpd.GeoDataFrame, one: int = 7, two: int = 8) -> gpd.GeoDataFrame:
    """Return the layer with two grids made one."""
    whole = shapely.union_all(grids.geometry.iloc[[one, two]].to_numpy())
    new = gpd.GeoDataFrame({"code": ["new"]}, geometry=[whole], crs=grids.crs)
    return pd.concat([grids.drop(grids.index[[one, two]]), new], ignore_index=True)


def same(one: GridIndex, two: GridIndex, grids: gpd.GeoDataFrame) -> bool:
    x, y = awkward_points(grids, one.packed.frame[5]).T
    told = [np.array([*index.codes, ""], object)[index.covering(x, y)[0]] for index in (one, two)]
    return bool((told[0] == told[1]).all())


def test_the_second_time_the_file_is_opened(tmp_path: Path, builds: list[str]):
    first = indexed(GRIDS, place=tmp_path / "i", certified=True)
    again = indexed(GRIDS.iloc[::-1], place=tmp_path / "i", certified=True)
    assert builds == ["built"]
    assert again.prints.digest() == first.prints.digest()
    assert same(again.index, build_index(GRIDS), GRIDS)


def test_the_next_version_is_renewed_from_the_file_and_then_opened(tmp_path: Path, builds: list[str]):
    indexed(GRIDS, place=tmp_path / "i", certified=True)
    later = merged(GRIDS)
    for _ in range(2):
        assert same(indexed(later, place=tmp_path / "i", certified=True).index, build_index(later), later)
    assert builds == ["built", "renewed"]


def test_the_next_version_is_renewed_from_memory_without_a_file(builds: list[str]):
    later = merged(GRIDS)
    found = indexed(later, certified=True, before=indexed(GRIDS, certified=True))
    assert builds == ["built", "renewed"]
    assert same(found.index, build_index(later), later)


def test_many_changes_and_many_versions_are_built_anew(tmp_path: Path, builds: list[str]):
    indexed(GRIDS, place=tmp_path / "i", certified=True)
    indexed(GRIDS.assign(code=[f"{code}x" for code in GRIDS["code"]]), place=tmp_path / "i", certified=True)
    assert builds == ["built", "built"]
    layer = GRIDS
    for _ in range(7):  # every version ends two grids, which keep their rows
        layer = merged(layer, 0, 1).assign(code=lambda t: t["code"].where(t["code"] != "new", f"m{len(t)}"))
        found = indexed(layer, place=tmp_path / "i", certified=True).index
        assert len(found.codes) <= 1.3 * len(GRIDS)
    assert "built" in builds[2:]
    assert "renewed" in builds[2:]


def test_a_layer_that_is_not_certified_is_never_renewed(tmp_path: Path, builds: list[str]):
    indexed(GRIDS, place=tmp_path / "i")
    indexed(merged(GRIDS), place=tmp_path / "i", before=indexed(GRIDS))
    assert builds == ["built", "built", "built"]


@pytest.mark.parametrize("content", [b"", b"gridgeo index 0\n{}\n", b"gridgeo index 1\n{}\n", b"nonsense"])
def test_a_file_that_cannot_be_used_is_replaced(tmp_path: Path, content: bytes):
    (tmp_path / "i").write_bytes(content)
    indexed(GRIDS, place=tmp_path / "i", certified=True)
    assert (tmp_path / "i").stat().st_size > 10_000


def test_a_place_that_cannot_be_written_costs_only_the_file(tmp_path: Path):
    (tmp_path / "file").touch()
    assert same(indexed(GRIDS, place=tmp_path / "file" / "i").index, build_index(GRIDS), GRIDS)


def test_a_small_index_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "LEAST_KEPT", 8_000_000)
    indexed(GRIDS, place=tmp_path / "i")
    assert not list(tmp_path.iterdir())


def test_a_layer_with_an_overlap_says_so_when_it_is_asked(tmp_path: Path):
    faulty = pd.concat([GRIDS, GRIDS.iloc[[3]].assign(code="twice")], ignore_index=True)
    found = indexed(faulty, place=tmp_path / "i")
    assert not found.answers
    with pytest.raises(TopologyError, match="twice overlap by"):
        found.index  # noqa: B018 - a property that raises
    assert not list(tmp_path.iterdir())


def test_places_are_beside_files_and_in_the_users_cache_for_databases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert index_place("gpkg:///srv/luohe.gpkg") == Path("/srv/luohe.gpkg.index")
    assert index_place("out/layer.gpkg::grid") == Path("out/layer.gpkg.grid.index")
    one, two = (index_place(f"postgresql://host/{name}") for name in ("luohe", "zhoukou"))
    assert one is not None
    assert two is not None
    assert one != two
    assert one.parent == two.parent
