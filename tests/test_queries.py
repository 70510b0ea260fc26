"""Tables of questions: read in any writing, no row lost, none moved."""

from pathlib import Path

import pandas as pd
import pytest

from gridgeo.city import Source
from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.queries import Queries, read_queries


def read(path: Path, column: str = "query", key: str | None = None) -> Queries:
    return read_queries(Source(file=path.name, path=path), column, key)


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_questions_are_read_in_any_encoding(tmp_path: Path, encoding: str):
    found = read(written(tmp_path / "q.csv", "id,query\na,人民路1号\nb,泰山小区\n", encoding))
    assert (found.ids, found.texts) == (["a", "b"], ["人民路1号", "泰山小区"])


def test_rows_without_id_are_numbered(tmp_path: Path):
    found = read(written(tmp_path / "q.csv", "query\n人民路1号\n114.03,33.58\n"))
    assert (found.ids, found.texts) == (["1", "2"], ["人民路1号", "114.03,33.58"])


def test_commas_without_quotes_are_part_of_a_question_in_the_last_column(tmp_path: Path):
    found = read(written(tmp_path / "q.csv", "id,query\na,x\nb,人民路12号,3号楼\nc,y\n"))
    assert (found.ids, found.texts, found.unread) == (["a", "b", "c"], ["x", "人民路12号,3号楼", "y"], frozenset())


def test_a_row_that_cannot_be_told_apart_keeps_its_place(tmp_path: Path):
    found = read(written(tmp_path / "q.csv", "query,id\n人民路12号,3号楼,b\ny,c\n"))
    assert (found.texts, found.unread) == (["", "y"], {0})


def test_excel_and_parquet_are_read_as_csv_is(tmp_path: Path):
    table = pd.DataFrame({"id": ["a", "b"], "地址": ["人民路1号", None]})
    table.to_excel(tmp_path / "q.xlsx", index=False)
    table.to_parquet(tmp_path / "q.parquet")
    for name in ("q.xlsx", "q.parquet"):
        found = read(tmp_path / name, "地址")
        assert (found.ids, found.texts) == (["a", "b"], ["人民路1号", ""])


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path):
    path = written(tmp_path / "q.csv", "id,address\n1,人民路1号\n")
    with pytest.raises(SchemaError, match="no column query; its columns are id, address"):
        read(path)
    with pytest.raises(SchemaError, match="no column key"):
        read(path, "address", "key")


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(ReadError, match="CSV, Excel or Parquet"):
        read(written(tmp_path / "q.docx", "x"))
    with pytest.raises(ReadError, match="no such file"):
        read(tmp_path / "none.csv")
