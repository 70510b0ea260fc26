"""Geometry survives both encodings bit for bit, whoever wrote it."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.store.geometry import (
    decode_ewkb,
    decode_gpkg,
    encode_ewkb,
    encode_gpkg,
    envelope_of,
    flat,
    is_empty_blob,
)

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
pairs = st.tuples(numbers, numbers)
shapes = st.one_of(
    pairs.map(shapely.Point),
    st.lists(pairs, min_size=2, max_size=6).map(shapely.LineString),
    st.tuples(pairs, pairs, pairs).map(shapely.Polygon),
    st.lists(pairs, max_size=4).map(shapely.MultiPoint),
    st.sampled_from([None, shapely.Polygon(), shapely.from_wkt("MULTIPOLYGON EMPTY")]),
)


@given(st.lists(shapes, max_size=5))
def test_every_coordinate_comes_back(drawn):
    geometries = flat(drawn)
    wanted = shapely.to_wkb(geometries).tolist()
    assert shapely.to_wkb(decode_gpkg(encode_gpkg(geometries, 4547))).tolist() == wanted
    assert shapely.to_wkb(decode_ewkb(encode_ewkb(geometries, 4547))).tolist() == wanted


@given(shapes)
def test_the_header_knows_the_envelope(drawn):
    (blob,) = encode_gpkg(flat([drawn]), 4547)
    if drawn is None or drawn.is_empty:
        assert envelope_of(blob) is None
        return
    left, bottom, right, top = drawn.bounds
    assert envelope_of(blob) == (left, right, bottom, top)
    assert not is_empty_blob(blob)


@pytest.mark.parametrize(("indicator", "doubles"), [(0, 0), (1, 4), (2, 6), (3, 6), (4, 8)])
def test_headers_of_other_programs_are_read(indicator: int, doubles: int):
    body = shapely.to_wkb(shapely.box(0, 0, 3, 2))
    box = np.array([0, 3, 0, 2, 7, 7, 7, 7][:doubles], dtype="<f8").tobytes()
    blob = b"GP\x00" + bytes([0b1 | indicator << 1]) + (4547).to_bytes(4, "little") + box + body
    assert decode_gpkg([blob])[0].equals(shapely.box(0, 0, 3, 2))
    assert envelope_of(blob) == (0, 3, 0, 2)


def test_polygons_become_multipolygons_where_the_column_holds_those():
    square = shapely.box(0, 0, 1, 1)
    both = shapely.MultiPolygon([square, shapely.box(2, 0, 3, 1)])
    found = flat([square, both, None], "MultiPolygon")
    assert [shape and shape.geom_type for shape in found] == ["MultiPolygon", "MultiPolygon", None]
    assert found[0].equals(square)
