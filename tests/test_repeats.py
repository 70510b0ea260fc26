"""Repeated ids are counted over batches, and the first is named."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.locate.repeats import Again, Repeats, id_keys


def told(ids: list[str], cuts: int, kept: int = 1000) -> tuple[int, int | None]:
    """Return how many rows repeat an id, and the first of them."""
    parts = [id_keys(pa.array(ids[start : start + cuts], pa.string())) for start in range(0, len(ids), cuts)]
    counted = Repeats(kept)
    for part in parts:
        counted.add(part[part != 0])
    found, again = counted.result(0), Again(counted.again())
    for number, part in enumerate(parts):
        if (row := again.first(part)) is not None:
            return found.rows - found.groups, number * cuts + row
    return found.rows - found.groups, None


def test_rows_that_repeat_an_id_are_counted_and_the_first_is_found():
    assert told(["H1", "H2", "", "H3", "H2", "", "H1", "H2"], cuts=3) == (3, 4)


@given(st.lists(st.integers(0, 40)), st.integers(1, 50))
def test_counts_and_the_first_do_not_depend_on_batches(numbers, cuts):
    ids = [f"号{number}" if number else "" for number in numbers]
    named = [text for text in ids if text]
    first = next((i for i, text in enumerate(ids) if text and text in ids[:i]), None)
    assert told(ids, cuts) == (len(named) - len(set(named)), first)


def test_beyond_the_bound_the_first_of_what_is_still_counted_is_found():
    ids = [f"H{number}" for number in range(3000)] * 2
    rows, first = told(ids, cuts=500, kept=2000)
    assert 2400 < rows < 3600
    assert 3000 <= first < 3050


def test_keys_are_those_of_the_text_and_zero_without_one():
    ids = pa.array(["a", "b", "", "号", "b"])
    keys = id_keys(ids)
    assert (keys == 0).tolist() == [False, False, True, False, False]
    assert keys[1] == keys[4]
    assert len(np.unique(keys)) == 4
    assert (id_keys(ids.slice(1, 3)) == keys[1:4]).all()
    assert len(id_keys(ids[:0])) == 0
