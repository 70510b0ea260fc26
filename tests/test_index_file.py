"""The index as a file: the same answers again, and a sentence for whatever is wrong with it."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.errors import ReadError
from gridgeo.locate.index import build_index
from gridgeo.locate.index_file import FORM, open_index, save_index
from tests.coverages import awkward_points, kinds_and_scales, wriggling

GRIDS = wriggling(3, 3)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("index") / "layer.index"
    save_index(build_index(GRIDS), path, digest="one")
    return path.read_bytes()


@settings(deadline=None, max_examples=40)
@given(kinds_and_scales())
def test_a_file_answers_as_the_index_that_was_saved(tmp_path_factory: pytest.TempPathFactory, grids: gpd.GeoDataFrame):
    path = tmp_path_factory.mktemp("index") / "i"
    index = build_index(grids, certified=True)
    save_index(index, path, digest="d")
    opened = open_index(path, digest="d")
    points = awkward_points(grids, index.packed.frame[5]) if len(grids) else np.zeros((2, 2))
    for one, two in zip(index.covering(*points.T), opened.covering(*points.T), strict=True):
        assert (one == two).all()
    assert opened.codes.tolist() == index.codes.tolist()
    assert (opened.crs, opened.nbytes) == (index.crs, index.nbytes)


def test_the_same_layer_gives_the_same_bytes(tmp_path: Path, written: bytes):
    save_index(build_index(GRIDS, threads=2), tmp_path / "again", digest="one")
    assert (tmp_path / "again").read_bytes() == written


def test_a_file_on_disk_is_not_copied_into_memory(tmp_path: Path, written: bytes):
    (tmp_path / "i").write_bytes(written)
    index = open_index(tmp_path / "i")
    parts = {name: part for name, part in index.packed._asdict().items() if part.size}
    assert all(isinstance(_owner(part), np.memmap) for part in parts.values())
    assert index.packed.tiles.ctypes.data % 64 == 0


def _owner(part: np.ndarray) -> object:
    while not isinstance(part, np.memmap) and isinstance(part.base, np.ndarray):
        part = part.base
    return part


def refused(path: Path, content: bytes, **options: str) -> str:
    path.write_bytes(content)
    with pytest.raises(ReadError) as error:
        open_index(path, **options)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


@settings(deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, written: bytes, share: float):
    refused(tmp_path_factory.mktemp("cut") / "i", written[: int(len(written) * share)])


@settings(deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_file_with_one_wrong_bit_is_refused_or_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, written: bytes, place: float, bit: int
):
    damaged = bytearray(written)
    damaged[int(len(damaged) * place)] ^= 1 << bit
    path = tmp_path_factory.mktemp("bit") / "i"
    path.write_bytes(bytes(damaged))
    try:
        opened = open_index(path, digest="one")
    except ReadError:
        return
    good = build_index(GRIDS)  # padding between arrays, or white space in the head
    assert opened.codes.tolist() == good.codes.tolist()
    for one, two in zip(opened.packed, good.packed, strict=True):
        assert np.array_equal(one, two)


def test_another_version_of_the_form_says_so(tmp_path: Path, written: bytes):
    other = written.replace(FORM.encode(), b"gridgeo index 0", 1)
    assert "another version of gridgeo" in refused(tmp_path / "i", other)


def test_the_index_of_another_layer_says_so(tmp_path: Path, written: bytes):
    assert "another layer" in refused(tmp_path / "i", written, digest="two")


def test_what_is_no_index_says_so(tmp_path: Path):
    assert "is no index of gridgeo" in refused(tmp_path / "i", b"SQLite format 3\0" + b"x" * 100)
    assert "is no index of gridgeo" in refused(tmp_path / "i", b"")
    with pytest.raises(ReadError, match="there is no such file"):
        open_index(tmp_path / "missing")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, written: bytes, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "i").write_bytes(written)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_index(build_index(GRIDS), tmp_path / "i", digest="two")
    assert (tmp_path / "i").read_bytes() == written
    assert [path.name for path in tmp_path.iterdir()] == ["i"]
