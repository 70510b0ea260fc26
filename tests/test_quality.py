"""How good is a register? The figures of a report, in the city of `named_city`."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.crs import from_city
from gridgeo.locate.quality import Piece, PositionCount, Positions, RowCount, Rows, piece_of
from gridgeo.locate.repeats import Repeats, packed, unpacked

sys.path.insert(0, str(Path(__file__).parent))

import named_city
from named_city import BOUNDS, CRS, INDEX, PLACES, residents


def piece(*rows: tuple) -> Piece:
    """Return a piece of (id, x, y, address) rows."""
    ids, x, y, addresses = zip(*rows, strict=True) if rows else ((), (), (), ())
    return piece_of(ids, np.array(x, float), np.array(y, float), addresses, PLACES)


def rows_of(*pieces: Piece) -> Rows:
    count = RowCount(PLACES, INDEX, BOUNDS)
    for part in pieces:
        count.add(part)
    return count.result()


def positions_of(*pieces: Piece, crs: str = CRS, than_m: float = 100.0) -> Positions:
    count = PositionCount(PLACES, INDEX, BOUNDS, crs=crs, than_m=than_m)
    for part in pieces:
        count.add(part)
    return count.result()


def test_rows_without_a_place_are_counted_by_reason() -> None:
    found = rows_of(
        piece(
            ("a", 114.01, 33.4, "桂花社区"), ("b", np.nan, 33.4, ""), ("c", np.inf, 33.4, None), ("", 0, 0, " "),
            ("d", 0.009, -0.01, ""), ("e", 3e9, 1, ""), ("f", 0.0, 33.4, "x"),
        )
    )  # fmt: skip
    assert (found.rows, found.without_coordinate, found.at_zero, found.impossible) == (7, 2, 2, 1)
    assert (found.without_id, found.with_address) == (1, 2)


def test_identical_coordinates_come_with_their_largest_groups() -> None:
    here, there = (114.0123456, 33.4), (114.0123457, 33.4)
    found = rows_of(
        piece(*[(str(n), *here, "") for n in range(3)], ("x", *there, ""), ("y", *there, ""), ("z", 1, 2, ""))
    )
    assert (found.identical.groups, found.identical.rows, found.identical.share) == (2, 5, 1.0)
    assert [(unpacked(key), rows) for key, rows in found.identical.largest] == [(here, 3), (there, 2)]


def test_blank_coordinates_are_not_identical() -> None:
    assert rows_of(piece(*[(str(n), 0.0, 0.0, "") for n in range(3)], ("x", np.nan, 1, ""))).identical.groups == 0


def test_repeated_ids_are_counted_and_missing_ones_are_not_repeated() -> None:
    found = rows_of(piece(("a", 1, 1, ""), ("b", 2, 2, ""), ("", 3, 3, "")), piece(("a", 4, 4, ""), ("", 5, 5, "")))
    assert (found.repeated_ids.groups, found.repeated_ids.rows, found.without_id) == (1, 2, 2)


def test_points_are_told_apart_by_how_far_outside_they_lie() -> None:
    found = positions_of(
        piece(
            ("in", 500_100, 3_700_100, ""), ("edge", 500_000, 3_700_100, ""), ("near", 499_001, 3_700_100, ""),
            ("away", 498_999, 3_700_100, ""), ("far", 400_000, 3_700_100, ""), ("lost", np.nan, 0, ""), ("o", 0, 0, ""),
        )
    )  # fmt: skip
    assert (found.inside, found.nearby, found.away) == (2, 1, 2)
    assert [(row.id, row.distance_m) for row in found.away_examples] == [("far", 100_000.0), ("away", 1001.0)]


def test_a_row_far_from_the_community_that_its_address_names_is_told() -> None:
    home = "桂花社区8号"  # 500000-501000, 3702000-3703000
    rows = [("in", 500_500), ("door", 501_099), ("off", 501_101), ("farther", 501_900)]
    found = positions_of(piece(*[(name, x, 3_702_500, home) for name, x in rows], ("x", 501_900, 3_702_500, "人民路")))
    assert (found.named, found.agree, found.far) == (4, 1, 2)
    told = [(row.id, row.distance_m, row.place, row.x) for row in found.far_examples]
    assert told == [("farther", 900.0, "桂花社区", 501_900.0), ("off", 101.0, "桂花社区", 501_101.0)]
    assert positions_of(piece(("door", 501_099, 3_702_500, home)), than_m=98).far == 1


def test_positions_are_those_of_the_system_that_was_named() -> None:
    xy, _, addresses = residents(200)
    x, y = from_city(xy[:, 0], xy[:, 1], "GCJ-02", CRS)
    part = piece_of([str(n) for n in range(200)], x, y, addresses, PLACES)
    right, wrong = positions_of(part, crs="GCJ-02"), positions_of(part, crs="EPSG:4490")
    assert (right.inside, right.agree, right.far) == (200, 200, 0)
    assert wrong.far > 50
    assert wrong.nearby > 20


def test_what_cannot_be_converted_is_away_without_a_distance() -> None:
    found = positions_of(piece(("a", 200, 95, "桂花社区")), crs="EPSG:4490")
    assert (found.away, found.away_examples, found.named, found.far) == (1, (), 1, 0)


def test_the_farthest_rows_are_named_and_ties_go_to_the_smaller_id() -> None:
    rows = [(f"r{n:02d}", 505_000 + n // 2, 3_700_000, "桂花社区") for n in range(24)]
    found = positions_of(piece(*rows))
    expected = ["r22", "r23", "r20", "r21", "r18", "r19", "r16", "r17", "r14", "r15"]
    assert [row.id for row in found.away_examples] == expected
    assert [row.id for row in found.far_examples] == expected


def test_a_row_that_is_there_many_times_is_one_example() -> None:
    rows = [("a", 505_000, 3_700_000, "桂花社区")] * 30 + [("b", 504_900, 3_700_000, "桂花社区")]
    found = positions_of(piece(*rows))
    assert [row.id for row in found.away_examples] == [row.id for row in found.far_examples] == ["a", "b"]
    assert found.away == 31


def test_an_empty_register_has_an_empty_report() -> None:
    assert rows_of().rows == 0
    assert rows_of(piece()).verdict.reason == "no_names"
    assert positions_of(piece()).inside == 0


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", ""]),
    st.sampled_from([0.0, np.nan, 500_500.0, 500_600.0, 501_500.0, 504_500.0, 9e9]),
    st.sampled_from([0.0, 3_700_500.0, 3_702_500.0, 3_709_000.0]),
    st.sampled_from(["桂花社区8号", "钟楼社区", "北街街道", "人民路", "", None]),
)


@given(st.lists(ROW, max_size=40), st.data())
@settings(max_examples=120, deadline=None)
def test_the_report_depends_neither_on_the_cuts_nor_on_the_order(rows: list[tuple], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3))), len(rows)]
    parts = [piece(*shuffled[start:end]) for start, end in pairwise(edges)]
    assert rows_of(*parts) == rows_of(piece(*rows))
    assert positions_of(*parts) == positions_of(piece(*rows))


@given(st.lists(st.integers(0, 30), max_size=80))
def test_repeats_are_counted_exactly_up_to_the_bound(numbers: list[int]) -> None:
    counter = Repeats(kept=80)
    for start in range(0, len(numbers), 7):
        counter.add(np.array(numbers[start : start + 7], np.uint64))
    found = counter.result(largest=3)
    many = {number: numbers.count(number) for number in numbers if numbers.count(number) > 1}
    assert (found.groups, found.rows, found.share) == (len(many), sum(many.values()), 1.0)
    assert list(found.largest) == sorted(many.items(), key=lambda item: (-item[1], item[0]))[:3]


def test_beyond_the_bound_whole_groups_are_left_out_and_the_figures_multiplied() -> None:
    keys = np.repeat(np.arange(20_000, dtype=np.uint64), 2)
    forward, backward = Repeats(kept=12_000), Repeats(kept=12_000)
    for part in np.array_split(keys, 13):
        forward.add(part)
    for part in np.array_split(keys[::-1], 5):
        backward.add(part)
    found = forward.result()
    assert found == backward.result()
    assert found.share == 0.25
    assert found.groups == pytest.approx(20_000, rel=0.05)
    assert found.rows == 2 * found.groups
    assert all(rows == 2 for _, rows in found.largest)


@given(st.floats(-180, 180), st.floats(-60, 154), st.floats(200, 6.4e7), st.floats(100, 1.06e7))
def test_a_key_gives_its_place_back_to_a_centimetre(lon: float, lat: float, east: float, north: float) -> None:
    keys, possible = packed([lon, east], [lat, north])
    assert possible.all()
    assert unpacked(int(keys[0])) == pytest.approx((lon, lat), abs=6e-8)
    assert unpacked(int(keys[1])) == pytest.approx((east, north), abs=0.0051)
    assert len({int(key) for key in keys}) == 2


def test_the_city_of_this_file_shows_its_datum() -> None:
    xy, _, addresses = residents(200)
    x, y = from_city(xy[:, 0], xy[:, 1], "BD-09", CRS)
    found = rows_of(piece_of([str(n) for n in range(200)], x, y, addresses, named_city.PLACES))
    assert found.verdict.best == "BD-09"
    assert found.verdict.shown
