"""Borders stored once: what comes back is the same on both sides, number for number.

::

    +---+---+       7 arcs: the four corners' outer sides, the T of inner borders,
    | A | B |       and around the hole of C, which D fills, one ring
    +---+---+
    | C (D) |
    +-------+
"""

import base64
import zlib

import numpy as np
import pytest
import shapely
from drawn_city import square, squares
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.render.packing import deflated, number_bytes, topology_numbers, word_bytes
from gridgeo.render.topology import Topology, polygons_of, topology_of

STEP_M = 0.1


def rounded(shapes):
    """The same shapes with their coordinates as whole steps."""
    return shapely.normalize(shapely.transform(np.array(shapes), lambda xy: np.round(xy / STEP_M) * STEP_M))


def assert_same(shapes, topology: Topology):
    parts = [shapely.get_parts(shape)[0] for shape in polygons_of(topology)]
    assert shapely.equals_exact(shapely.normalize(np.array(parts)), rounded(shapes), tolerance=1e-6).all()


def test_a_border_of_two_is_stored_once():
    topology = topology_of(np.array([square(0, 0), square(1, 0)]), STEP_M)
    assert len(topology.lengths) == 3  # the border between, and what is around either
    assert sorted(topology.lengths) == [2, 4, 4]
    assert sorted(np.where(topology.refs < 0, ~topology.refs, topology.refs)) in (
        [0, 0, 1, 2],
        [0, 1, 1, 2],
        [0, 1, 2, 2],
    )
    assert_same([square(0, 0), square(1, 0)], topology)


def test_a_hole_and_what_fills_it_share_one_ring():
    inside = square(0.25, 0.25, 0.5, 0.5)
    around = square(0, 0).difference(inside)
    topology = topology_of(np.array([around, inside]), STEP_M)
    assert len(topology.lengths) == 2
    assert_same([around, inside], topology)


def test_parts_holes_and_empty_shapes_come_back_in_their_order():
    two = shapely.MultiPolygon([square(0, 0), square(2, 0).difference(square(2.2, 0.2, 0.2, 0.2))])
    topology = topology_of(np.array([two, shapely.Polygon(), square(3, 0)]), STEP_M)
    assert topology.shapes.tolist() == [2, 0, 1]
    back = polygons_of(topology)
    assert shapely.area(back).round(3).tolist() == [two.area, 0, 10_000]


def test_what_rounding_flattens_goes_and_the_rest_stays():
    thread = shapely.box(500_000, 3_700_000, 500_100, 3_700_000.01)
    topology = topology_of(np.array([thread, square(0, 1)]), STEP_M)
    assert topology.shapes.tolist() == [0, 1]
    assert_same([square(0, 1)], topology_of(np.array([square(0, 1)]), STEP_M))


def test_nothing_at_all_is_a_topology_too():
    assert polygons_of(topology_of(np.array([], dtype=object), STEP_M)).size == 0


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 5), st.integers(1, 5), st.integers(0, 10**6), st.lists(st.integers(0, 24), max_size=8, unique=True)
)
def test_any_coverage_comes_back_with_its_shared_borders(columns, rows, seed, holes):
    rng = np.random.default_rng(seed)
    corners = {(x, y): rng.uniform(-0.3, 0.3, 2) for x in range(columns + 1) for y in range(rows + 1)}

    def shaken(xy):
        keys = np.round((xy - [500_000, 3_700_000]) / 100).astype(int)
        return xy + [100 * corners[tuple(key)] for key in keys.tolist()]

    shapes = [shapely.transform(shape, shaken) for n, shape in enumerate(squares(columns, rows)) if n not in holes]
    if not shapes:
        return
    topology = topology_of(np.array(shapes), STEP_M)
    back = polygons_of(topology)
    assert_same(shapes, topology)
    assert shapely.coverage_is_valid(back)
    edges = shapely.get_num_coordinates(shapely.union_all(shapely.boundary(back)))
    assert len(topology.vertices) <= max(edges, 5 * len(shapes))
    turned = topology_of(np.array([shapely.reverse(shape) for shape in shapes]), STEP_M)
    assert turned.vertices.tolist() == topology.vertices.tolist()


@given(st.lists(st.integers(0, 2**35 - 1)))
def test_packed_numbers_are_read_back(numbers):
    bare = number_bytes(np.array(numbers, dtype=np.int64).reshape(-1))
    assert zlib.decompress(base64.b64decode(deflated(bare)), -15) == bare
    found, value, scale = [], 0, 1
    for byte in bare:
        value, scale = value + (byte & 127) * scale, scale * 128
        if byte < 128:
            found.append(value)
            value, scale = 0, 1
    assert found == numbers


def test_packed_text_cannot_be_markup():
    packed = deflated(word_bytes({"name": "</script><!--\u2028'\""}))
    assert set(packed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@pytest.mark.parametrize("count", [1, 12])
def test_packed_topologies_hold_no_negative_number(count):
    assert topology_numbers(topology_of(np.array(squares(count, 2)), STEP_M)).min() >= 0
