"""Arrays in a file: the same again, and a sentence for whatever is wrong with it."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.errors import ReadError
from gridgeo.locate.array_file import Form, Opened, open_arrays, save_arrays

FORM = Form("gridgeo things 3", thing="thing of gridgeo", other="the thing of another")
PARTS = {"a": np.arange(6, dtype=np.int32).reshape(3, 2), "none": np.empty((0, 7)), "text": "漯河".encode()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_arrays(tmp_path / "things", FORM, PARTS, digest="one")
    return tmp_path / "things"


def opened(path: Path, **options: object) -> Opened:
    return open_arrays(path, FORM, lambda found: found, **options)


def refused(path: Path, **options: object) -> str:
    with pytest.raises(ReadError) as error:
        opened(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path} ")


def test_parts_come_back_as_they_were(path: Path) -> None:
    digest, parts = opened(path, digest="one")
    assert (digest, list(parts)) == ("one", list(PARTS))
    assert parts["a"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert parts["a"].dtype == np.int32
    assert parts["none"].shape == (0, 7)
    assert bytes(parts["text"]).decode() == "漯河"


def test_what_was_made_from_something_else_is_refused(path: Path) -> None:
    assert refused(path, digest="two") == "is the thing of another; delete it, it is built again"


def test_a_file_of_another_kind_or_version_is_refused(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"things 3", b"things 2"))
    assert refused(path) == "was written by another version of gridgeo; delete it, it is built again"
    path.write_bytes(b"PK" + content)
    assert refused(path) == "is no thing of gridgeo"
    path.unlink()
    assert refused(path) == f"{path}: there is no such file"


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    path = tmp_path_factory.mktemp("cut") / "things"
    save_arrays(path, FORM, PARTS, digest="one")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(path)


def test_other_bytes_and_other_types_of_the_same_bytes_are_refused(path: Path) -> None:
    content = path.read_bytes()
    for good, bad in ((b"\x04\0\0\0", b"\x05\0\0\0"), (b"<i4", b">i4"), (b"<i4", b"<u4"), (b"<i4", b"<q9")):
        path.write_bytes(content.replace(good, bad, 1))
        assert "is damaged" in refused(path, digest="one")


def test_unchecked_bytes_are_trusted(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\x04\0\0\0", b"\x05\0\0\0"))
    assert opened(path, checked=False).parts["a"].tolist() == [[0, 1], [2, 3], [5, 5]]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in memory")
def test_a_file_that_was_checked_is_in_memory_only_where_it_was_used(tmp_path: Path) -> None:
    path = tmp_path / "large"
    save_arrays(path, FORM, {"a": np.ones(10_000_000, np.uint8)}, digest="one")
    part = opened(path).parts["a"]
    assert mapped_kb(path) < 1000
    assert part.sum() == 10_000_000
    assert mapped_kb(path) > 9000


def mapped_kb(path: Path) -> int:
    """Return how much of a mapped file is in this process's memory."""
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()
    own = next(at for at, line in enumerate(lines) if line.endswith(str(path)))
    return next(int(line.split()[1]) for line in lines[own:] if line.startswith("Rss:"))


def test_parts_that_are_not_what_the_owner_needs_are_damage(path: Path) -> None:
    with pytest.raises(ReadError, match="is damaged; delete it"):
        open_arrays(path, FORM, lambda found: found.parts["b"])


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_arrays(path, FORM, {"a": np.zeros(3)}, digest="two")
    assert opened(path, digest="one").parts["a"].shape == (3, 2)
    assert [one.name for one in path.parent.iterdir()] == ["things"]
