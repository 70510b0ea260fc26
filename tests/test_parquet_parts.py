"""A Parquet file put together from parts is read by everybody as if it had been written at once."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.jobs.parquet_parts import MAGIC, footer_of, moved, part_of, whole_footer
from gridgeo.locate.assign import Found, answer_schema, answers

CODES = pa.array([f"4111020010010{n:02d}" for n in range(40)])


def batch(rows: int, seed: int = 1, share: bool = True) -> pa.RecordBatch:
    rng = np.random.default_rng(seed)
    row = rng.integers(-1, 40, rows).astype(np.int32)
    found = Found(row, (row % 5).astype(np.int8), rng.random(rows), rng.random(rows) if share else None)
    return answers(pa.array([f"户{n}" for n in range(rows)], pa.string()), found, CODES)


def put_together(batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
    file, footers = bytearray(MAGIC), []
    for one in batches:
        body, footer = part_of(one)
        footers.append(moved(footer, len(file) - len(MAGIC)))
        file += body
    return bytes(file) + whole_footer(schema, footers)


@given(st.lists(st.integers(1, 300), max_size=18), st.booleans())
def test_parts_make_one_file_with_a_row_group_each(lengths, share):
    batches = [batch(rows, seed, share) for seed, rows in enumerate(lengths)]
    schema = answer_schema(with_share=share).with_metadata({"gridgeo": "网格"})
    file = put_together(batches, schema)
    opened = pq.ParquetFile(pa.BufferReader(file))
    assert [opened.metadata.row_group(i).num_rows for i in range(len(lengths))] == lengths
    assert opened.metadata.metadata[b"gridgeo"].decode() == "网格"
    assert opened.metadata.num_rows == sum(lengths)
    read = opened.read()
    assert read.to_pylist() == [row for one in batches for row in one.to_pylist()]
    for i, one in enumerate(batches):  # each found at its own place
        assert opened.read_row_group(i)["id"].to_pylist() == one["id"].to_pylist()


def test_pandas_reads_codes_as_plain_text():
    table = pd.read_parquet(io.BytesIO(put_together([batch(50)], answer_schema(with_share=True))))
    assert isinstance(table["code"].dropna().iloc[0], str)
    assert table["method"].dtype == table["id"].dtype


def test_moving_by_nothing_changes_nothing():
    _, footer = part_of(batch(1000))
    assert moved(footer, 0) == footer


@pytest.mark.parametrize("by", [1, 10**4, 2**40])
def test_moving_there_and_back_is_no_move(by):
    _, footer = part_of(batch(1000))
    assert moved(footer, by) != footer
    assert moved(moved(footer, by), -by) == footer


def test_every_place_moves_and_nothing_else():
    _, footer = part_of(batch(1000))

    def metadata(of: bytes) -> dict:
        return pq.read_metadata(pa.BufferReader(MAGIC + of + len(of).to_bytes(4, "little") + MAGIC)).to_dict()

    def columns(of: bytes) -> list[dict]:
        return metadata(of)["row_groups"][0]["columns"]

    for before, after in zip(columns(footer), columns(moved(footer, 7)), strict=True):
        for name, value in before.items():
            step = 7 if name in ("data_page_offset", "dictionary_page_offset") and value is not None else 0
            assert after[name] == (value + step if step else value)
    assert footer_of(put_together([], answer_schema())) != b""
