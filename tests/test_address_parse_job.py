"""A table of addresses is taken apart row by row, whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gridgeo.errors import InputError, ReadError, SchemaError
from gridgeo.jobs.address_parse import COLUMNS, parse_addresses

TEXT = "id,query\nQ1,人民路12号院3号楼2单元501\nQ2,大刘镇闫庄村3组12号\nQ3,\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def made(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_row_is_taken_apart_and_keeps_its_id(tmp_path):
    out = tmp_path / "out.csv"
    assert parse_addresses(str(made(tmp_path, TEXT)), str(out)) == 3
    rows = rows_of(out)
    assert list(rows[0]) == list(COLUMNS)
    assert [row["id"] for row in rows] == ["Q1", "Q2", "Q3"]
    assert [rows[0][name] for name in ("road_no", "building", "unit", "floor", "room", "road")] == [
        "12", "3", "2", "", "501", "人民路",
    ]  # fmt: skip
    assert [rows[1][name] for name in ("building", "house_no", "group", "community")] == ["12", "12", "3", "闫庄村"]
    assert not any(list(rows[2].values())[1:])


def test_rows_without_ids_are_counted(tmp_path):
    parse_addresses(made(tmp_path, "地址\n人民路12号\n人民路13号\n"), tmp_path / "out.csv", column="地址")
    assert [(row["id"], row["road_no"]) for row in rows_of(tmp_path / "out.csv")] == [("1", "12"), ("2", "13")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_found_out(tmp_path, encoding):
    parse_addresses(made(tmp_path, TEXT.encode(encoding)), tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv")[0]["road"] == "人民路"


def test_texts_over_several_lines_and_with_commas_are_one_address(tmp_path):
    parse_addresses(made(tmp_path, 'query\n"人民路12号,\n3号楼"\n'), tmp_path / "out.csv")
    assert [(row["road_no"], row["building"]) for row in rows_of(tmp_path / "out.csv")] == [("12", "3")]


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("id,text\n1,人民路\n", SchemaError, "query"),
        ("", ReadError, "empty"),
        ("id,query\n1,人民路12号,3号楼\n2,x\n", ReadError, "row 1 has 3 fields"),
        ("query,query\n1,2\n", ReadError, "twice"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(tmp_path, content, error, says):
    with pytest.raises(error, match=says):
        parse_addresses(made(tmp_path, content), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_file_and_a_folder_that_is_not_there_are_named(tmp_path):
    with pytest.raises(ReadError, match="no such file"):
        parse_addresses(tmp_path / "none.csv", tmp_path / "out.csv")
    with pytest.raises(InputError, match="cannot be written"):
        parse_addresses(made(tmp_path, TEXT), tmp_path / "none" / "out.csv")


def test_the_source_is_never_overwritten(tmp_path):
    path = made(tmp_path, TEXT)
    with pytest.raises(InputError, match="overwrite"):
        parse_addresses(path, path)
    assert path.read_text(encoding="utf-8") == TEXT
