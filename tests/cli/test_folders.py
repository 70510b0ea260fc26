"""Output folders appear whole, and never over somebody's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridgeo.errors import InputError
from gridgeo.jobs.folders import replaced_folder

MARK = "made.json"


def fill(out: Path, text: str) -> None:
    with replaced_folder(out, MARK) as folder:
        (folder / "result.txt").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_missing_folder_and_its_parents_are_made(tmp_path) -> None:
    fill(tmp_path / "a" / "b", "one")
    assert names(tmp_path / "a" / "b") == [MARK, "result.txt"]


def test_own_output_is_replaced_as_a_whole(tmp_path) -> None:
    out = tmp_path / "out"
    fill(out, "one")
    (out / "left over from then.txt").touch()
    fill(out, "two")
    assert names(out) == [MARK, "result.txt"]
    assert (out / "result.txt").read_text() == "two"
    assert names(tmp_path) == ["out"]


def test_foreign_folder_is_refused_and_untouched(tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="is not empty and was not made by this command"):
        fill(tmp_path, "one")
    assert names(tmp_path) == ["thesis.txt"]


def test_file_in_the_way_is_refused(tmp_path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file"):
        fill(tmp_path / "out", "one")


def test_failed_job_leaves_the_former_output(tmp_path) -> None:
    out = tmp_path / "out"
    fill(out, "one")
    with pytest.raises(TypeError):
        fill(out, 42)  # type: ignore[arg-type]  # fails while the new output is being made
    assert (out / "result.txt").read_text() == "one"
    assert names(tmp_path) == ["out"]


def test_full_disk_is_one_sentence(tmp_path) -> None:
    refused = pytest.raises(InputError, match=r"No space left.*nothing was changed")
    with refused, replaced_folder(tmp_path / "out", MARK):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []
