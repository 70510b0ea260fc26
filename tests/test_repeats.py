"""Repeated ids are counted over batches, and the first is named."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.intake import repeats
from gridgeo.intake.repeats import Repeats


def seen(ids: list[str], cuts: int = 1) -> Repeats:
    told = Repeats()
    for start in range(0, len(ids), cuts):
        told.see(pa.array(ids[start : start + cuts], pa.string()), start)
    return told


def test_rows_that_repeat_an_id_are_counted_and_the_first_is_named():
    told = seen(["H1", "H2", "", "H3", "H2", "", "H1", "H2"], cuts=3)
    assert (told.rows, told.first, told.blank) == (3, "record 5 (id H2)", 2)


def test_a_slice_of_a_column_counts_as_that_slice():
    told = Repeats()
    told.see(pa.array(["a", "b", "c", "b"]).slice(1, 2), 0)
    told.see(pa.array(["a", "b", "c", "b"]).slice(3), 2)
    assert (told.rows, told.first) == (1, "record 3 (id b)")


@given(st.lists(st.integers(0, 40)), st.integers(1, 50), st.integers(1, 20))
def test_counts_do_not_depend_on_batches_or_on_the_size_of_the_table(numbers, cuts, at_once):
    ids = [f"号{number}" if number else "" for number in numbers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "START", 2)
        patch.setattr(repeats, "AT_ONCE", at_once)
        told = seen(ids, cuts)
    named = [text for text in ids if text]
    assert told.rows == len(named) - len(set(named))
    assert told.blank == len(ids) - len(named)
    again = next((i for i, text in enumerate(ids) if text and text in ids[:i]), None)
    assert told.first == ("" if again is None else f"record {again + 1} (id {ids[again]})")


def test_a_full_table_still_finds_what_repeats_its_first_ids(monkeypatch):
    monkeypatch.setattr(repeats, "START", 8)
    monkeypatch.setattr(repeats, "MOST", 8)
    monkeypatch.setattr(repeats, "AT_ONCE", 1)
    told = seen(["a", "b", "c", "d", "e", "not remembered", "a", "not remembered", "b"])
    assert (told.rows, told.first) == (2, "record 7 (id a)")
