"""Small cities drawn in a test: squares of 100 m, made into what intake hands over.

::

    north
      2 +---+---+---+---+
        |   |   |   |   |     square(0, 1) is the one above the south-west corner;
      1 +---+---+---+---+     square(2, 0, 2, 2) the 2 x 2 block in the east
        |   |   |   |   |
      0 +---+---+---+---+
        0   1   2   3   4  east
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from gridgeo.city import City, Community, Rules, Source
from gridgeo.model import AgencyLayer, Inputs

CRS = "EPSG:4547"
X, Y, SIDE_M = 500_000.0, 3_700_000.0, 100.0
TOWN = "411102001"
ANY_SIZE = Rules(households=(0, 10**9), population_max=10**9)
"""Rules that every grid keeps."""
Lines = Sequence[tuple[str, bool, LineString]]


def square(column: float, row: float, width: float = 1, height: float = 1) -> Polygon:
    """Return a rectangle given in squares from the south-west corner."""
    return at(box(column, row, column + width, row + height))


def at(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape given in squares in the coordinates of the city."""
    return shapely.transform(shape, lambda xy: np.array([X, Y]) + SIDE_M * xy)


def squares(columns: int, rows: int) -> list[Polygon]:
    """Return all squares row by row from the south-west."""
    return [square(column, row) for row in range(rows) for column in range(columns)]


def agency(
    key: str, shapes: Sequence[shapely.Geometry], ids: Sequence[str] | None = None, **more: object
) -> AgencyLayer:
    """Return an agency's layer of weight 1 and 2 m accuracy; its ids are A0, A1 … for the key ``a``."""
    known = list(ids) if ids else [f"{key.upper()}{number}" for number in range(len(shapes))]
    table = {"source_id": pd.Series(known, dtype=object), "label": pd.Series([""] * len(known), dtype=object)}
    features = gpd.GeoDataFrame(table, geometry=list(shapes), crs=CRS)
    plain = {"name": f"{key}网格", "weight": 1.0, "accuracy_m": 2.0, "base": False}
    return AgencyLayer(key=key, features=features, **{**plain, **more})  # type: ignore[arg-type]


def households(*rows: tuple[float, float, int]) -> pd.DataFrame:
    """Return a register of (column, row, households) with three people each."""
    place = np.array([row[:2] for row in rows], float).reshape(-1, 2) * SIDE_M + np.array([X, Y])
    count = np.array([row[2] for row in rows], np.int64)
    ids = [f"H{number:04d}" for number in range(len(rows))]
    columns = {"kind": "household", "id": ids, "x": place[:, 0], "y": place[:, 1], "count": count}
    table = pd.DataFrame({**columns, "population": 3 * count, "address": ""}, index=range(len(rows)))
    return table.astype({"kind": object, "id": object, "address": object})


def in_every_square(columns: int, rows: int, count: int) -> pd.DataFrame:
    """Return a register with one row in the middle of every square."""
    return households(*[(column + 0.5, row + 0.5, count) for row in range(rows) for column in range(columns)])


def drawn(
    communities: Sequence[shapely.Geometry],
    *agencies: AgencyLayer,
    registers: pd.DataFrame | None = None,
    barriers: Lines = (),
    exclusives: Sequence[shapely.Geometry] = (),
    rules: Rules = ANY_SIZE,
) -> Inputs:
    """Return a city as intake hands it over."""
    place = Source(file="communities.gpkg", path=Path("communities.gpkg"))
    city = City(
        path=Path("city.toml"), name="漯河市", crs=CRS, layout="gb15", precision_m=0.001,
        community=Community(source=place, code="CODE"), agencies=(), rules=rules,
    )  # fmt: skip
    codes = pd.Series([f"{TOWN}{number + 1:03d}" for number in range(len(communities))], dtype=object)
    names = pd.Series([f"第{number + 1}社区" for number in range(len(communities))], dtype=object)
    sites = pd.Series([f"P{number}" for number in range(len(exclusives))], dtype=object)
    lines = pd.DataFrame([line[:2] for line in barriers], columns=["kind", "hard"]).astype(
        {"kind": object, "hard": bool}
    )
    return Inputs(
        city=city,
        communities=gpd.GeoDataFrame({"code": codes, "name": names}, geometry=list(communities), crs=CRS),
        agencies=agencies,
        barriers=gpd.GeoDataFrame(lines, geometry=[line[2] for line in barriers], crs=CRS),
        exclusives=gpd.GeoDataFrame(
            {"id": sites, "name": "公园" + sites, "department": ""}, geometry=list(exclusives), crs=CRS
        ),
        registers=households() if registers is None else registers,
    )


def again(
    grids: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    inputs: Inputs,
    *,
    accuracy_m: float = 0.001,
    everything: bool = False,
) -> Inputs:
    """Return the city whose only agency has the grids of a merged layer as its base.

    With `everything` its barriers and exclusive sites are there again, else nothing but communities and registers.
    """
    base = agency("merged", list(grids.geometry), list(grids.code), base=True, accuracy_m=accuracy_m)
    nothing = {"barriers": inputs.barriers.iloc[:0], "exclusives": inputs.exclusives.iloc[:0]}
    parts = {} if everything else nothing
    return replace(inputs, communities=communities, agencies=(base,), findings=(), **parts)


# ------------------------------------------------------------ drawn cities ----


@dataclass(frozen=True)
class Blocks:
    """A warped lattice of blocks, of which every layer draws its own picture."""

    columns: int
    rows: int
    nodes: np.ndarray
    """(columns + 1, rows + 1, 2) crossings in metres."""

    def area(self, left: int, bottom: int, right: int, top: int, noise_m: np.ndarray | float = 0.0) -> Polygon:
        """Return the outline of whole blocks, every crossing on it a vertex."""
        nodes = self.nodes + noise_m
        ring = [
            *nodes[left:right, bottom], *nodes[right, bottom:top],
            *nodes[right:left:-1, top], *nodes[left, top:bottom:-1],
        ]  # fmt: skip
        return Polygon(np.round(ring, 4))


@st.composite
def blocks(draw: st.DrawFn) -> Blocks:
    """Draw a lattice of up to 5 x 3 blocks of some 100 m with crooked streets."""
    columns, rows = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1) * SIDE_M
    return Blocks(columns, rows, np.round(np.array([X, Y]) + nodes + rng.uniform(-15, 15, nodes.shape), 3))


@st.composite
def layers(draw: st.DrawFn, plan: Blocks, key: str, *, base: bool = False) -> AgencyLayer:
    """Draw one agency's layer: columns cut into grids, drawn with noise, and perhaps with one of the usual faults."""
    noise_m = draw(st.sampled_from([0.0, 0.5, 3.0]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    noise = rng.uniform(-noise_m, noise_m, plan.nodes.shape)
    shapes = []
    for column in range(plan.columns):
        cuts = draw(st.sets(st.integers(1, plan.rows - 1))) if plan.rows > 1 else set()
        for bottom, top in zip([0, *sorted(cuts)], [*sorted(cuts), plan.rows], strict=True):
            shapes.append(plan.area(column, bottom, column + 1, top, noise))
    fault = draw(st.sampled_from(["none", "duplicate", "contained", "bow-tie", "void", "missing", "cross", "shift"]))
    faulty = with_fault(shapes, fault)
    accuracy_m = 2 * noise_m + 1.0
    return agency(key, faulty, weight=draw(st.sampled_from([1.0, 2.0])), accuracy_m=accuracy_m, base=base)


def with_fault(shapes: list[Polygon], fault: str) -> list[shapely.Geometry]:
    """Return a layer with one of the faults that real layers have."""
    first = shapes[0]
    left, bottom, right, top = first.bounds
    extra = {
        "duplicate": [first],
        "contained": [first.buffer(-20)],
        "bow-tie": [Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])],
        "cross": [box(left - 10, bottom + 40, right + 60, bottom + 60)],
    }
    if fault == "void":
        return [shape.buffer(-6, join_style="mitre") for shape in shapes]
    if fault == "shift":
        return [shapely.transform(shape, lambda xy: xy + np.array([4.0, -3.0])) for shape in shapes]
    return shapes[1:] if fault == "missing" and len(shapes) > 1 else shapes + extra.get(fault, [])


@st.composite
def cities(draw: st.DrawFn) -> Inputs:
    """Draw a city of one to three communities and up to three agencies, with and without everything else."""
    plan = draw(blocks())
    cuts = sorted(draw(st.sets(st.integers(1, plan.columns - 1), max_size=2)))
    bounds = zip([0, *cuts], [*cuts, plan.columns], strict=True)
    communities = [plan.area(left, 0, right, plan.rows) for left, right in bounds]
    keys = draw(st.sampled_from(["", "a", "ab", "abc"]))
    has_base = draw(st.booleans())
    drawn_layers = [draw(layers(plan, key, base=has_base and key == "a")) for key in keys]
    counts = draw(st.lists(st.integers(0, 300), min_size=plan.columns * plan.rows, max_size=plan.columns * plan.rows))
    spots = [(column + 0.5, row + 0.5) for row in range(plan.rows) for column in range(plan.columns)]
    registers = households(*[(*spot, count) for spot, count in zip(spots, counts, strict=True)])
    low = draw(st.sampled_from([0, 50, 200]))
    rules = replace(ANY_SIZE, households=(low, draw(st.sampled_from([2 * low + 100, 10**9]))))
    river = LineString([(X - 50, Y + 70), (X + SIDE_M * plan.columns + 50, Y + 30 + 40 * plan.rows)])
    barriers = [("river", draw(st.booleans()), river)] if draw(st.booleans()) else []
    park = [box(X + 60, Y + 20, X + 145, Y + 65)] if draw(st.booleans()) else []
    return drawn(communities, *drawn_layers, registers=registers, barriers=barriers, exclusives=park, rules=rules)
