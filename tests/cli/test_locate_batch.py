"""``gridgeo locate --batch``: a table of questions in, a table of answers out."""

import csv
from pathlib import Path

import address_town
import pandas as pd
import pytest
from typer.testing import CliRunner

from gridgeo.cli.main import app
from gridgeo.jobs.locate_batch import COLUMNS
from gridgeo.store.base import init_store

QUESTIONS = [
    ("q1", "源汇区人民东路12号"),
    ("q2", "411102001003001"),
    ("q3", "500250,3700150"),
    ("q4", "泰山小区3号楼2单元502"),
    ("q5", ""),
    ("q6", "泰山小区3号楼2单元999"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("town")
    made = f"gpkg://{folder / 'store.gpkg'}"
    with init_store(made) as store:
        address_town.fill(store, folder)
    return made


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["locate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def table(tmp_path: Path) -> Path:
    pd.DataFrame(QUESTIONS, columns=["id", "query"]).to_csv(tmp_path / "in.csv", index=False)
    return tmp_path / "in.csv"


def test_every_question_has_one_row_in_its_order(url: str, table: Path):
    out = table.with_name("out.csv")
    code, told, _ = run("--batch", table, "-o", out, "--store", url)
    assert code == 0
    assert "6 条" in told
    with out.open(encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert tuple(reader.fieldnames or ()) == COLUMNS
    assert [row["id"] for row in rows] == [name for name, _ in QUESTIONS]
    assert [row["status"] for row in rows] == ["sure", "sure", "sure", "sure", "unknown", "parent"]
    assert [row["code"][-6:] for row in rows] == ["001001", "003001", "003001", "002002", "", "002002"]
    assert rows[4]["faults"] == "empty"
    assert rows[5]["faults"] == "room_absent"
    assert all(float(row["ms"]) > 0 for row in rows)


def test_places_are_told_in_degrees_to_seven_digits_and_more(url: str, table: Path):
    out = table.with_name("out.csv")
    run("--batch", table, "-o", out, "--store", url)
    row = pd.read_csv(out, dtype=str).iloc[0]
    assert row["place_id"] == "R0012"
    assert 113 < float(row["x"]) < 115
    assert len(row["x"].partition(".")[2]) >= 7


def test_answers_are_written_as_parquet_too(url: str, table: Path):
    out = table.with_name("out.parquet")
    assert run("--batch", table, "-o", out, "--store", url)[0] == 0
    rows = pd.read_parquet(out)
    assert list(rows) == list(COLUMNS)
    assert rows["x"].dtype == float


def test_nothing_is_written_where_the_table_cannot_be_read(url: str, table: Path):
    out = table.with_name("out.csv")
    code, _, err = run("--batch", table, "-o", out, "--store", url, "--column", "address")
    assert (code, out.exists()) == (2, False)
    assert "no column address" in err


def test_batch_and_question_exclude_each_other(url: str, table: Path):
    assert run("人民东路12号", "--batch", table, "-o", table.with_name("o.csv"), "--store", url)[0] == 2
    assert run("--batch", table, "--store", url)[0] == 2
    assert run("--batch", table, "-o", table, "--store", url)[0] == 2
    assert run("--store", url)[0] == 2
