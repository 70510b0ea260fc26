"""Small layers for tests of drafts: six pictured squares, and a jittered city from a seed.

`squares`::

    200 +-------+-------+-------+
        | 1-003 | 1-004 | 2-002 |      community 1 (一社区) has the left four squares, community 2 (二社区)
    100 +-------+-------+-------+      the right two; every square has one home in its middle, and
        | 1-001 | 1-002 | 2-001 |      homes lie on borders and corners where a test puts them
      0 +-------+-------+-------+
        0      100     200     300

`city`: the same idea with four by four grids whose corners are moved by up to 15 m, two communities of two columns, and
about five hundred places: inside, on borders, on corners and a few metres outside the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.draft.ground import CommunityRow, GridRow, Places
from gridgeo.draft.memory import Memory, MemoryGround
from gridgeo.draft.recount import totals
from gridgeo.draft.state import State
from gridgeo.locate.assign import assign_points
from gridgeo.partition.check import certify

CRS = "EPSG:4547"
ONE, TWO = "411102001001", "411102001002"
"""The two communities of `squares` and `city`: one street, so that layout mgmt12 numbers them together."""
NEAREST_M = 10.0
"""Places outside go to the nearest grid within this distance."""


@dataclass(frozen=True)
class Spot:
    """One place: a home of so many households, three people in each."""

    x: float
    y: float
    count: int = 1
    kind: str = "household"
    id: str = ""


Named = Callable[[str, int], str]
"""(community, number) → code."""


def gb15(community: str, number: int) -> str:
    """Return the code that layout gb15 gives."""
    return f"{community}{number:03d}"


def mgmt12(community: str, number: int) -> str:
    """Return a code of layout mgmt12, which numbers a street: the second community begins with 101."""
    return f"{community[:9]}{number + 100 * (community == TWO):03d}"


def plain(community: str, number: int) -> str:
    """Return a code of an authority with its own habits: no layout writes it so."""
    return f"{'一二'[community == TWO]}-{'甲乙丙丁戊己庚辛'[number - 1]}"


NAMED: dict[str, Named] = {"gb15": gb15, "mgmt12": mgmt12, "plain": plain}


def memory_of(
    layout: str,
    grids: Mapping[str, tuple[str, shapely.Polygon]],
    spots: Iterable[Spot] = (),
    *,
    loose: tuple[int, int, int] = (0, 0, 0),
) -> Memory:
    """Return a layer whose places are assigned as registers are.

    Parameters
    ----------
    layout : str
    grids : mapping of str to (str, Polygon)
        Code → community and outline.
    spots : iterable of Spot
    loose : (int, int, int), keyword-only
        Households, people and enterprises of every grid that no place stands for, as imported layers have them.
    """
    table = gpd.GeoDataFrame({"code": list(grids)}, geometry=[shape for _, shape in grids.values()], crs=CRS)
    places = places_of(list(spots), table)
    by_grid = {code: places.take(np.flatnonzero(places.code == code)) for code in grids}
    rows = [
        row_of(code, community, nth, shape, totals(by_grid[code]) + np.array(loose))
        for nth, (code, (community, shape)) in enumerate(grids.items(), 1)
    ]
    communities = [
        CommunityRow(
            code=community,
            name=name_of(community),
            parents={},
            geometry=shapely.MultiPolygon(shapely.get_parts(shapely.coverage_union_all(own)).tolist()),
        )
        for community in sorted({community for community, _ in grids.values()})
        if (own := [shape for code, shape in grids.values() if code == community])
    ]
    return Memory(layout, rows, communities, by_grid)


def name_of(community: str) -> str:
    return f"{dict(zip([ONE, TWO], '一二', strict=True)).get(community, '某')}社区"


def row_of(code: str, community: str, nth: int, shape: shapely.Polygon, figures: Iterable[int]) -> GridRow:
    households, population, enterprises = (int(one) for one in figures)
    return GridRow(
        code=code, kind="general", community_code=community, community_name=name_of(community), short_name=f"{nth}号",
        full_name=f"{name_of(community)}{nth}号", households=households, population=population,
        enterprises=enterprises, area_m2=float(shape.area), geometry=shape,
    )  # fmt: skip


def places_of(spots: list[Spot], grids: gpd.GeoDataFrame) -> Places:
    """Return places with the grids that registers would be assigned to."""
    xy = np.array([[spot.x, spot.y] for spot in spots]).reshape(-1, 2)
    count = np.array([spot.count for spot in spots], np.int64)
    given = assign_points(np.arange(len(spots)), xy[:, 0], xy[:, 1], grids, nearest_m=NEAREST_M)
    assert not given["code"].isna().any(), "every place must have a grid"
    return Places(
        fid=np.arange(1, len(spots) + 1),
        kind=np.array([*(spot.kind for spot in spots), None], object)[:-1],
        id=np.array([*(spot.id or f"P{nth}" for nth, spot in enumerate(spots, 1)), None], object)[:-1],
        nth=np.ones(len(spots), np.int64),
        xy=xy,
        count=count,
        population=3 * count,
        address=np.full(len(spots), "", object),
        code=given["code"].to_numpy(object),
        method=given["method"].to_numpy(object),
        distance_m=given["distance_m"].to_numpy(float),
    )


# ------------------------------------------------------------------ the pictured one ----


def squares(layout: str = "gb15", spots: Iterable[Spot] = (), **more: Any) -> Memory:
    """Return the six squares of the picture; the homes in their middles are P1 to P6, those handed in follow."""
    named, grids = NAMED[layout], {}
    for community, left, number in ((ONE, 0, 1), (ONE, 100, 2), (TWO, 200, 1)):
        for row in (0, 1):
            nth = number + row * (2 if community == ONE else 1)
            grids[named(community, nth)] = (community, shapely.box(left, 100 * row, left + 100, 100 * row + 100))
    middles = [Spot(shape.centroid.x, shape.centroid.y) for _, shape in grids.values()]
    return memory_of(layout, dict(sorted(grids.items())), [*middles, *spots], **more)


# ------------------------------------------------------------------------ the random one ----


def city(
    seed: int, layout: str = "gb15", *, side: int = 4, odd: bool = False, loose: tuple[int, int, int] = (0, 0, 0)
) -> Memory:
    """Return a city of ``side`` x ``side`` jittered grids.

    Parameters
    ----------
    seed : int
    layout : str
    side : int, keyword-only
        Even.
    odd : bool, keyword-only
        Corners lie off the millimetre, as in layers that other tools made.
    loose : (int, int, int), keyword-only
        See `memory_of`.
    """
    rng = np.random.default_rng(seed)
    corner = 100.0 * np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"), axis=-1)
    jitter = rng.uniform(-15, 15, corner.shape)
    jitter[[0, -1], :, 0] = jitter[:, [0, -1], 1] = 0  # the frame stays a square
    corner = corner + jitter if odd else np.round(corner + jitter, 3)
    corner += np.array([500_000.0, 3_700_000.0])
    named, grids, count = NAMED[layout], {}, {ONE: 0, TWO: 0}
    for i in range(side):
        for j in range(side):
            community = ONE if i < side // 2 else TWO
            count[community] += 1
            ring = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]]
            grids[named(community, count[community])] = (community, shapely.Polygon(ring))
    return memory_of(layout, dict(sorted(grids.items())), list(_spots(rng, corner, side)), loose=loose)


def _spots(rng: np.random.Generator, corner: np.ndarray, side: int) -> Iterable[Spot]:
    """Yield places inside, on corners, in the middles of edges, and a little outside."""
    free = corner[0, 0] + rng.uniform(0, 100 * side, (25 * side * side, 2))
    corners = corner.reshape(-1, 2)
    edges = (corner[1:] + corner[:-1]).reshape(-1, 2) / 2
    beyond = np.column_stack([rng.uniform(-5, 100 * side + 5, 4 * side), np.full(4 * side, -4.0)]) + corner[0, 0]
    below = corner[:, 0] - [0.0, 3.0]  # nearest to a corner of two grids
    for x, y in np.round(np.concatenate([free, corners, edges, beyond, below]), 3).tolist():
        kind = ("household", "household", "enterprise", "building")[rng.integers(4)]
        yield Spot(x, y, int(rng.integers(1, 9)), kind)


# ------------------------------------------------------------------------------ looking ----


@dataclass(frozen=True)
class Layer:
    """Everything that a version or a draft holds."""

    rows: dict[str, GridRow]
    communities: dict[str, CommunityRow]
    places: dict[str, Places]

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The grids as a table."""
        columns = {"code": list(self.rows), "community_code": [row.community_code for row in self.rows.values()]}
        return gpd.GeoDataFrame(columns, geometry=[row.geometry for row in self.rows.values()], crs=CRS)

    @property
    def figures(self) -> tuple[int, int, int]:
        """Households, population and enterprises of the layer."""
        rows = self.rows.values()
        return sum(r.households for r in rows), sum(r.population for r in rows), sum(r.enterprises for r in rows)

    @property
    def frame(self) -> Any:
        """What the communities cover."""
        return shapely.union_all([row.geometry for row in self.communities.values()])

    @property
    def all_places(self) -> Places:
        """All places in order."""
        return Places.joined(self.places.values())


EVERYWHERE = np.array([[-np.inf, -np.inf, np.inf, np.inf]])


def layer_of(ground: MemoryGround | State) -> Layer:
    """Return everything that a version or a draft holds."""
    base = ground.ground if isinstance(ground, State) else ground
    assert isinstance(base, MemoryGround)
    codes = _known(base.memory.first.rows, base.rows, ground.rows)
    communities = _known(base.memory.first.community_rows, base.community_rows, ground.community_rows)
    rows = ground.grids(codes)
    return Layer(rows, ground.communities(communities), ground.places(list(rows)))


def _known(*tables: Collection[str]) -> list[str]:
    return sorted({code for table in tables for code in table})


def require_sound(layer: Layer, *, exact_figures: bool = True) -> None:
    """Fail unless a layer is a seamless partition whose places and figures are right."""
    own = [row.geometry for row in layer.communities.values()]
    communities = gpd.GeoDataFrame({"code": list(layer.communities)}, geometry=own, crs=CRS)
    certificate = certify(layer.table, layer.frame, communities=communities)
    assert certificate.seamless, certificate.places
    assert {row.geometry.geom_type for row in layer.rows.values()} == {"Polygon"}
    places = layer.all_places
    wanted = assign_points(places.fid, places.xy[:, 0], places.xy[:, 1], layer.table, nearest_m=NEAREST_M)
    wrong = np.flatnonzero(
        (places.code != wanted["code"].to_numpy(object)) | (places.method != wanted["method"].to_numpy(object))
    )
    assert not len(wrong), [
        (places.xy[i].tolist(), places.code[i], places.method[i], *wanted.iloc[i][["code", "method"]])
        for i in wrong[:5]
    ]
    for code, row in layer.rows.items():
        assert row.area_m2 == row.geometry.area
        assert row.full_name == f"{row.community_name}{row.short_name}"
        if exact_figures:
            found = (row.households, row.population, row.enterprises)
            assert found == tuple(totals(layer.places[code]).tolist()), code


def same_places(one: Places, two: Places) -> bool:
    """Tell whether two tables of places are the same, value by value."""
    return all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=name == "distance_m")
        for name in Places.__slots__
    )


def same_layer(one: Layer, two: Layer) -> bool:
    """Tell whether two layers are the same, bit for bit."""
    return (
        one.rows == two.rows
        and one.communities == two.communities
        and {code for code, own in one.places.items() if len(own)} == {c for c, own in two.places.items() if len(own)}
        and all(same_places(own, two.places[code]) for code, own in one.places.items() if len(own))
    )


def without_homes(memory: Memory) -> Memory:
    """Return the first version of a layer with its figures, but without any place: as it is imported."""
    rows = [replace(row) for row in memory.first.rows.values()]
    return Memory(memory.layout, rows, memory.first.community_rows.values())
