"""Coordinates out of WKB: of whatever kind, with holes and mixtures, the same as shapely reads."""

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridgeo.intake.wkb import decode_wkb

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
POINTS = st.one_of(
    st.none(),
    st.tuples(NUMBERS, NUMBERS).map(Point),
    st.tuples(NUMBERS, NUMBERS, NUMBERS).map(Point),
    st.just(Point()),
)


def column(shapes: list, kind: pa.DataType | None = None, **options: object) -> pa.Array:
    return pa.array([None if s is None else shapely.to_wkb(s, **options) for s in shapes], kind or pa.binary())


def pairs(places) -> list[tuple[float, float] | None]:
    return [None if np.isnan(x) else (x, y) for x, y in zip(places.x, places.y, strict=True)]


@given(st.lists(POINTS), st.sampled_from(["iso", "extended"]), st.booleans(), st.sampled_from([0, 1]))
def test_points_of_every_kind_give_the_coordinates_that_shapely_reads(shapes, flavor, with_srid, byte_order):
    if with_srid:
        shapes = [None if s is None else shapely.set_srid(s, 4547) for s in shapes]
    kept = with_srid and flavor == "extended"
    wkb = column(shapes, flavor=flavor, include_srid=kept, byte_order=byte_order)
    places = decode_wkb(wkb)
    assert pairs(places) == [None if s is None or s.is_empty else (s.x, s.y) for s in shapes]
    assert places.shapes is None


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_a_slice_of_a_column_is_read_as_that_slice(kind):
    whole = column([Point(i, -i) for i in range(9)], kind)
    assert pairs(decode_wkb(whole.slice(4, 3))) == [(4, -4), (5, -5), (6, -6)]


def test_lines_and_areas_among_points_come_back_as_shapes():
    shapes = [Point(1, 2), box(0, 0, 1, 1), None, LineString([(0, 0), (1, 1)]), Point(3, 4)]
    places = decode_wkb(column(shapes))
    assert pairs(places) == [(1, 2), None, None, None, (3, 4)]
    assert list(places.shapes) == [None, shapes[1], None, shapes[3], None]


def test_what_is_no_wkb_is_said_and_not_guessed():
    with pytest.raises(shapely.errors.GEOSException):
        decode_wkb(pa.array([b"\x01\x01\x00\x00\x00short"]))


def test_an_empty_column_gives_no_rows():
    assert len(decode_wkb(pa.array([], pa.binary())).x) == 0
    assert pairs(decode_wkb(pa.nulls(3, pa.binary()))) == [None] * 3
