"""Atoms that are too large are cut: along roads, between buildings, never through one; the rest is proven indivisible.

All cities here lie on one square of 100 m unless drawn otherwise; a grid holds 300 to 500 households, a piece 200.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.cut import LEAST_WIDTH_M, cut_lot
from gridgeo.partition.divide import BUILDING, NO_WAY, POINT, Division, divide_atoms, piece_limits
from gridgeo.partition.lot import Content, lots_of
from gridgeo.partition.plan import Limits

MM = 0.001
X, Y = 500_000.0, 3_700_000.0
LIMITS = Limits(300, 500, 2500)
SQUARE = box(0, 0, 100, 100)
ROADS, WALLS = 1, 2
Points = list[tuple[float, float, int]]


@dataclass(frozen=True)
class Ground:
    """An arrangement whose every face is an atom, and what stands on it."""

    plane: Arrangement
    content: Content

    @property
    def atom(self) -> np.ndarray:
        return np.arange(self.plane.faces.faces) - 1


def moved(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape given near the origin where a city lies."""
    return shapely.transform(shape, lambda xy: xy + np.array([X, Y]))


def lines_of(lines: tuple[LineString, ...]) -> Linework:
    """Return lines as a layer."""
    return Linework(np.array([moved(line) for line in lines], object), np.arange(len(lines)), area=False)


def ground(
    *shapes: Polygon,
    points: Points,
    roads: tuple[LineString, ...] = (),
    walls: tuple[LineString, ...] = (),
    buildings: tuple[Polygon, ...] = (),
) -> Ground:
    """Lay out a ground of atoms, roads, walls, households (x, y, count; two people each) and buildings."""
    shapes = shapes or (SQUARE,)
    areas = Linework(np.array([moved(shape) for shape in shapes], object), np.arange(len(shapes)))
    plane = arrange([areas, lines_of(roads), lines_of(walls)], MM)
    place = np.array([row[:2] for row in points], float).reshape(-1, 2) + np.array([X, Y])
    count = np.array([row[2] for row in points], np.int64)
    footprint = np.array([moved(shape) for shape in buildings], object)
    bits = {"lines": 1 << ROADS | 1 << WALLS, "walls": 1 << WALLS}
    return Ground(plane, Content(place, np.column_stack([count, 2 * count]), footprint, **bits))


def divide(on: Ground, limits: Limits = LIMITS, **how: object) -> Division:
    """Divide; whatever else a test is about, the atoms must still partition the plane and nobody may get lost."""
    count = on.atom.max() + 1
    exempt = how.pop("exempt", np.zeros(count, bool))
    division = divide_atoms(on.plane, on.atom, on.content, [limits] * count, exempt=exempt, **how)  # type: ignore
    assert_divided(on, division)
    return division


def assert_divided(on: Ground, division: Division) -> None:
    """Check what holds for every division."""
    was = np.append(on.atom, -1)[division.origin]
    inside = division.atom >= 0
    np.testing.assert_array_equal(division.source[division.atom[inside]], was[inside])
    np.testing.assert_array_equal(inside, was >= 0)
    area = np.bincount(division.origin, division.plane.face_area_m2, on.plane.faces.faces)
    np.testing.assert_allclose(area, on.plane.face_area_m2, atol=0.2)
    first = np.unique(division.atom[inside], return_index=True)[1]
    assert (np.diff(first) > 0).all()  # numbered by their smallest face
    shapes = outlines(division)
    assert (shapely.get_type_id(shapes) == 3).all()
    assert loads(on, division)[:, 0].sum() == loads(on)[:, 0].sum()


def outlines(division: Division) -> np.ndarray:
    """Return the shape of every atom, near the origin."""
    return np.array([shapely.transform(s, lambda xy: xy - np.array([X, Y])) for s in
                     division.plane.shapes(division.atom)[1]], object)  # fmt: skip


def loads(on: Ground, division: Division | None = None) -> np.ndarray:
    """Return households and people of every atom."""
    plane, atom = (division.plane, division.atom) if division else (on.plane, on.atom)
    at = atom[plane.faces_at(on.content.place)]
    inside = at >= 0
    return np.column_stack(
        [np.bincount(at[inside], on.content.load[inside, k], int(atom.max()) + 1).astype(int) for k in (0, 1)]
    )


def cut_lines(division: Division) -> shapely.Geometry:
    """Return all cuts, near the origin."""
    edges = (division.plane.edge_layers >> division.layer) & 1 == 1
    lines = shapely.linestrings(division.plane.coordinates[division.plane.ends[edges]] - np.array([X, Y]))
    return shapely.union_all(lines)


def sizes(on: Ground, division: Division) -> list[int]:
    """Return the households of every atom, ascending."""
    return sorted(loads(on, division)[:, 0].tolist())


# ---------------------------------------------------------------- where to cut ----


def test_what_is_not_too_large_stays_as_it_is() -> None:
    on = ground(points=[(25, 50, 250), (75, 50, 250)])
    division = divide(on)
    assert division.plane is on.plane
    assert division.cuts == ()
    assert division.layer == 3


def test_two_addresses_are_parted_half_way() -> None:
    """+-----+-----+
    |  .  |  .  |
    +-----+-----+
    """
    on = ground(points=[(25, 50, 300), (75, 50, 300)])
    division = divide(on)
    assert sizes(on, division) == [300, 300]
    assert cut_lines(division).equals(LineString([(50, 0), (50, 100)]))
    assert division.cuts[0][1].chord_m == pytest.approx(100)


def test_pieces_are_small_enough_to_make_grids_of_any_legal_size() -> None:
    on = ground(points=[(x, y, 50) for x in range(5, 100, 10) for y in (25, 75)])
    division = divide(on)
    assert max(sizes(on, division)) <= piece_limits(LIMITS)[0] == 200
    assert min(sizes(on, division)) >= 50


def test_a_cut_follows_a_road_that_ends_in_the_atom() -> None:
    """+-----------+
    |  .  .  .  |
    +=====      |   the road comes from the west and ends in the middle
    |  .  .  .  |
    +-----------+
    """
    road = LineString([(0, 40), (60, 40)])
    on = ground(points=[(x, y, 100) for x in (20, 50, 80) for y in (20, 85)], roads=(road,))
    division = divide(on)
    assert cut_lines(division).buffer(MM).covers(road)
    first = division.cuts[0][1]
    assert first.line_m == pytest.approx(60, abs=0.01)
    assert first.gap_m + first.chord_m < 50


def test_a_cut_runs_between_buildings() -> None:
    """Two rows of long houses with an alley between them that is not half way between the points at their doors."""
    houses = [box(5 + 30 * k, y, 30 + 30 * k, y + 25) for k in range(3) for y in (5, 50)]
    doors = [(house.bounds[0] + 12, house.bounds[3] - 1, 100) for house in houses]
    on = ground(points=doors, buildings=tuple(houses))
    division = divide(on)
    assert len(division.cuts) >= 2
    assert not any(cut_lines(division).relate_pattern(house, "T********") for house in houses)
    assert min(cut_lines(division).distance(house) for house in houses) > 1.0


def test_a_cut_keeps_a_distance_from_addresses() -> None:
    on = ground(points=[(20, 30, 200), (52, 50, 30), (48, 20, 30), (80, 70, 300)])
    division = divide(on)
    assert min(cut_lines(division).distance(shapely.Point(x, y)) for x, y in [(52, 50), (48, 20)]) > 5


def test_no_cut_crosses_a_wall_but_one_may_follow_it() -> None:
    """+-----#-----+
    |  .  #  .  |
    |     #     |    the wall leaves a passage in the south
    |  .     .  |
    +-----------+
    """
    wall = LineString([(45, 100), (45, 30)])
    on = ground(points=[(20, 80, 150), (70, 80, 150), (20, 12, 150), (70, 12, 150)], walls=(wall,))
    division = divide(on)
    cuts = cut_lines(division)
    assert not cuts.crosses(wall)
    assert cuts.buffer(MM).covers(wall)
    assert sizes(on, division) == [150] * 4


def test_a_cut_may_end_at_a_hole_and_go_on_behind_it() -> None:
    """+-----------+
    |  .  _  .  |
    |    |_|    |    the hole is an atom of its own
    |  .     .  |
    +-----------+
    """
    hole = box(35, 35, 65, 65)
    on = ground(SQUARE, hole, points=[(15, 50, 300), (85, 50, 300)])
    division = divide(on)
    assert len(division.source) == 3
    assert cut_lines(division).length == pytest.approx(70, abs=1)
    assert [shape for shape in outlines(division) if shape.equals(hole)]


def test_a_compound_is_not_divided_for_what_lies_around_it() -> None:
    compound = LineString([(30, 30), (70, 30), (70, 70), (30, 70), (30, 30)])
    around = [(x, y, 100) for x in (15, 85) for y in (15, 50, 85)]
    on = ground(points=[(50, 40, 200), (50, 60, 200), *around], walls=(compound,))
    division = divide(on)
    assert [shape for shape in outlines(division) if shape.equals(box(30, 30, 70, 70))]
    assert len(division.source) > 2


def test_a_compound_that_is_too_large_alone_is_divided() -> None:
    compound = LineString([(30, 30), (70, 30), (70, 70), (30, 70), (30, 30)])
    on = ground(points=[(50, 40, 300), (50, 60, 300), (15, 15, 50)], walls=(compound,))
    division = divide(on)
    assert sizes(on, division) == [50, 300, 300]
    assert box(30, 30, 70, 70).buffer(MM).covers(cut_lines(division))


def test_cuts_end_on_vertices_that_the_border_has_where_one_is_near() -> None:
    shape = Polygon([(0, 0), (51, 0), (100, 0), (100, 100), (49, 100), (0, 100)])
    on = ground(shape, points=[(25, 50, 300), (75, 50, 300)])
    assert cut_lines(divide(on)).equals(LineString([(51, 0), (49, 100)]))


def test_the_neighbour_gets_the_vertex_on_which_a_cut_ends() -> None:
    on = ground(SQUARE, box(100, 0, 200, 100), points=[(50, 26, 300), (50, 75, 300), (150, 50, 100)])
    shapes = outlines(divide(on))
    east = next(shape for shape in shapes if shape.bounds[0] == 100)
    assert 50.5 in [y for x, y in east.exterior.coords if x == 100]
    assert shapely.coverage_is_valid(shapes)


def test_only_people_may_be_too_many() -> None:
    on = ground(points=[(25, 50, 200), (75, 50, 200)])
    assert sizes(on, divide(on, Limits(300, 500, 700))) == [200, 200]


def test_exclusive_sites_are_left_alone() -> None:
    on = ground(SQUARE, box(100, 0, 200, 100), points=[(x, 50, 300) for x in (20, 80, 120, 180)])
    division = divide(on, exempt=np.array([True, False]))
    assert np.bincount(division.source).tolist() == [1, 2]


def test_every_atom_has_its_own_limits() -> None:
    on = ground(SQUARE, box(100, 0, 200, 100), points=[(x, 50, 300) for x in (20, 80, 120, 180)])
    limits = [LIMITS, Limits(300, 700, 2500)]
    division = divide_atoms(on.plane, on.atom, on.content, limits, exempt=np.zeros(2, bool))
    assert np.bincount(division.source).tolist() == [2, 1]


def test_atoms_of_legal_size_can_be_brought_to_the_size_of_pieces() -> None:
    on = ground(SQUARE, box(100, 0, 200, 100), points=[(x, 50, 150) for x in (20, 80, 120, 180)])
    division = divide(on, also=np.array([False, True]))
    assert np.bincount(division.source).tolist() == [1, 2]
    assert not division.reason.any()


# ------------------------------------------------------------ what cannot be cut ----


def test_one_address_with_too_many_households_is_indivisible() -> None:
    on = ground(points=[(50, 50, 400), (50, 50, 300)])
    division = divide(on)
    assert division.cuts == ()
    assert division.reason.tolist() == [POINT]


def test_such_an_address_is_cut_off_from_the_others() -> None:
    on = ground(points=[(50, 50, 700), *[(x, y, 100) for x in (10, 90) for y in (10, 90)]])
    division = divide(on)
    large = np.flatnonzero(division.reason)
    assert loads(on, division)[large, 0].tolist() == [700]
    assert division.reason[large].tolist() == [POINT]


def test_one_building_with_too_many_households_is_indivisible() -> None:
    on = ground(points=[(30, 50, 300), (70, 50, 300)], buildings=(box(20, 40, 80, 60),))
    division = divide(on)
    assert division.cuts == ()
    assert division.reason.tolist() == [BUILDING]


def test_attached_buildings_count_as_one() -> None:
    on = ground(points=[(30, 50, 300), (70, 50, 300)], buildings=(box(20, 40, 50, 60), box(50.2, 40, 80, 60)))
    assert divide(on).reason.tolist() == [BUILDING]


def test_an_address_at_the_door_belongs_to_the_building() -> None:
    on = ground(points=[(30, 60.5, 300), (70, 39.5, 300)], buildings=(box(20, 40, 80, 60),))
    assert divide(on).reason.tolist() == [BUILDING]


def test_addresses_less_than_half_a_metre_apart_are_one() -> None:
    on = ground(points=[(50, 50, 300), (50.4, 50, 300)])
    assert divide(on).reason.tolist() == [POINT]


def test_where_every_way_would_cross_a_building_there_is_none() -> None:
    """+---------+
    | +-+-+-+ |
    | |.| |.| |   two courtyards of one building
    | +-+-+-+ |
    +---------+
    """
    building = box(20, 20, 80, 80) - box(30, 30, 45, 70) - box(55, 30, 70, 70)
    on = ground(points=[(37, 50, 300), (62, 50, 300)], buildings=(building,))
    assert divide(on).reason.tolist() == [NO_WAY]


def test_households_without_number_or_none_at_all_are_no_reason_to_cut() -> None:
    on = ground(points=[(25, 50, 600), (75, 50, 0)])
    division = divide(on)
    assert division.cuts == ()
    assert division.reason.tolist() == [POINT]
    assert divide(ground(points=[])).cuts == ()


@pytest.mark.parametrize(
    ("low", "high", "households"), [(300, 500, 200), (0, 500, 500), (450, 500, 125), (500, 500, 125), (0, 0, 0)]
)
def test_pieces_fit_into_the_range_of_sizes_but_are_no_crumbs(low: int, high: int, households: int) -> None:
    assert piece_limits(Limits(low, high, 10**6))[0] == households


# ---------------------------------------------------------------- whatever comes ----


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    """Draw a crooked square beside another one, with up to 40 addresses, houses, a road and a wall."""
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    corner = rng.uniform(-20, 20, (2, 3, 2)).round(3) + np.array([[[0, 0], [150, 0], [300, 0]],
                                                                  [[0, 150], [150, 150], [300, 150]]])  # fmt: skip
    west = Polygon([corner[0, 0], corner[0, 1], corner[1, 1], corner[1, 0]])
    east = Polygon([corner[0, 1], corner[0, 2], corner[1, 2], corner[1, 1]])
    count = draw(st.integers(1, 40))
    place = rng.uniform(-10, 310, (count, 2)).round(3)
    households = rng.integers(0, draw(st.sampled_from([40, 150, 700])), count)
    points = [(x, y / 2, int(h)) for (x, y), h in zip(place, households, strict=True)]
    houses = [
        shapely.affinity.rotate(box(x - 7, y - 3, x + 7, y + 3), angle)
        for x, y, angle in rng.uniform([0, 0, 0], [300, 150, 180], (draw(st.integers(0, 25)), 3))
    ]
    line = [LineString(rng.uniform(0, 150, (2, 2)).round(3)) for _ in range(2)]
    roads = (LineString([corner[0, 0], line[0].coords[1]]),) if draw(st.booleans()) else ()
    walls = (line[1],) if draw(st.booleans()) else ()
    return ground(west, east, points=points, roads=roads, walls=walls, buildings=tuple(houses))


some = settings(max_examples=30)
"""A ground takes a tenth of a second."""


@some
@given(grounds())
def test_what_remains_too_large_has_a_reason(on: Ground) -> None:
    division = divide(on)
    over = (loads(on, division) > [500, 2500]).any(axis=1)
    np.testing.assert_array_equal(over, division.reason > 0)


@some
@given(grounds())
def test_every_piece_is_inhabited_and_wide_enough(on: Ground) -> None:
    division = divide(on)
    pieces = np.bincount(division.source)[division.source] > 1
    assert (loads(on, division)[pieces, 0] > 0).all()
    shapes = outlines(division)[pieces]
    assert (2 * shapely.area(shapes) / shapely.length(shapes) >= LEAST_WIDTH_M / 2).all()


@some
@given(grounds())
def test_no_building_is_cut(on: Ground) -> None:
    division = divide(on)
    edges = (division.plane.edge_layers >> division.layer) & 1 == 1
    cuts = shapely.linestrings(division.plane.coordinates[division.plane.ends[edges]])
    for building in on.content.footprint:
        inside = shapely.intersection(cuts, building.buffer(-2 * MM))
        assert shapely.length(inside).sum() < 1e-6


@some
@given(grounds())
def test_no_cut_crosses_a_wall_but_along_a_road(on: Ground) -> None:
    for lot, _ in lots_of(on.plane, on.atom, on.content, on.plane.faces_at(on.content.place)):
        cut = cut_lot(lot, (500, 2500), True)
        if cut is None or not lot.is_wall.any():
            continue
        walls, roads = (shapely.union_all(shapely.linestrings(lot.line[rows])) for rows in (lot.is_wall, ~lot.is_wall))
        lines = shapely.linestrings(cut.segments / lot.steps_per_m)
        free = lines[~shapely.covers(shapely.union(walls, roads).buffer(2 * MM), lines)]
        places = shapely.intersection(free, walls)
        ends = shapely.union_all([shapely.boundary(shapely.line_merge(walls)), lot.shape.boundary, roads])
        assert (shapely.distance(places[~shapely.is_empty(places)], ends) < 0.01).all()


@some
@given(grounds())
def test_other_atoms_keep_their_lines(on: Ground) -> None:
    division = divide(on)
    whole = np.flatnonzero(np.bincount(division.source) == 1)
    before = on.plane.shapes(on.atom)[1][whole]
    after = outlines(division)[np.isin(division.source, whole)]
    for one, two in zip(before, map(moved, after), strict=True):
        assert one.hausdorff_distance(two) <= 1.5 * MM
        assert shapely.get_num_coordinates(two) >= shapely.get_num_coordinates(one)


@some
@given(grounds(), st.integers(0, 99))
def test_the_order_of_households_buildings_and_lots_does_not_matter(on: Ground, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, houses = rng.permutation(len(on.content.place)), rng.permutation(len(on.content.footprint))
    content = replace(
        on.content, place=on.content.place[rows], load=on.content.load[rows],
        footprint=shapely.reverse(on.content.footprint[houses]),
    )  # fmt: skip
    one, two = divide(on), divide(replace(on, content=content))
    with ThreadPool(2) as pool:
        three = divide(on, each=partial(_side_by_side, pool))
    for other in (two, three):
        np.testing.assert_array_equal(one.plane.points, other.plane.points)
        np.testing.assert_array_equal(one.plane.ends, other.plane.ends)
        np.testing.assert_array_equal(one.atom, other.atom)
        np.testing.assert_array_equal(one.reason, other.reason)


def _side_by_side(pool: ThreadPool, job: object, *rows: list[object]) -> list[object]:
    """Do what an executor's map does."""
    return pool.starmap(job, list(zip(*rows, strict=True)))  # type: ignore[arg-type]


@some
@given(grounds())
def test_dividing_what_was_divided_changes_nothing(on: Ground) -> None:
    first = divide(on)
    again = divide_atoms(
        first.plane, first.atom, on.content, [LIMITS] * len(first.source), exempt=np.zeros(len(first.source), bool)
    )
    assert again.plane is first.plane
    np.testing.assert_array_equal(again.reason, first.reason)
