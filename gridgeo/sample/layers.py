"""Draw the agencies' layers: who groups the blocks how, how exactly, and in which file and coordinates.

In: a `Fabric`, the true grids and their zones. Out: one `SampleLayer` per agency, faults included. Before:
`gridgeo.sample.grouping`; after: the files of `gridgeo.jobs.sample_files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.crs import from_city
from gridgeo.sample.fabric import CITY_CRS, Fabric
from gridgeo.sample.faults import Sheet, plant
from gridgeo.sample.grouping import Labels, dissolve, divide_each, regroup

__all__ = ["PROFILES", "Profile", "SampleLayer", "draw_layer"]

SIMPLIFY_SHARE = 0.6
"""Tolerance of leaving out vertices (root of a triangle's area), as a share of ``accuracy_m``."""

JITTER_MOST_M = 1.0
"""More would fold narrow corners."""

STRIP_HALF_WIDTH_M = 10.0
"""Half the width of the road strips that the political-legal layer leaves out."""

SMOOTH_SHARE, JITTER_SHARE = 0.3, 0.1
"""Drift of neighbouring vertices together, and of each on its own, as shares of ``accuracy_m``; the rest of the
allowance is used up by the vertices that are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one agency draws and stores its grids."""

    key: str
    name: str
    file: str
    id: str
    label: str
    prefix: str
    """First letters of its grid ids."""
    accuracy_m: float
    shares: tuple[float, float, float] | None
    """Grids merged, grids halved, blocks drifted (see `regroup`); None: drawn without regard to communities."""
    faults: tuple[str, ...]
    weight: float = 1.0
    base: bool = False
    stored: str = CITY_CRS
    """The system that the coordinates are really in."""
    declared: str | None = CITY_CRS
    """The system that the file claims; None: it claims nothing."""
    encoding: str = "UTF-8"
    shift_m: tuple[float, float] = (0.0, 0.0)
    """Constant error east and north."""
    strips: bool = False
    """Whether road strips are left out."""
    layer_faults: tuple[str, ...] = ()
    """Slugs of what is wrong with the whole file."""


PROFILES = (
    Profile(
        key="party", name="党建网格", file="party.shp", id="WGBH", label="WGMC", prefix="DJ", accuracy_m=10, base=True,
        shares=(0.04, 0.06, 0.02), declared=None, encoding="GB18030", layer_faults=("encoding", "no_crs"),
        faults=(
            "overlap", "gap", "duplicate", "bowtie", "missing", "unmatched_vertex", "duplicate_id", "null_geometry",
        ),
    ),
    Profile(
        key="legal", name="政法综治网格", file="legal.gpkg", id="GRID_ID", label="GRID_NAME", prefix="ZF",
        accuracy_m=15, shares=(0.12, 0.12, 0.03), shift_m=(6.4, -4.2), strips=True,
        layer_faults=("shift", "void"), faults=("overlap", "multipart", "contained", "inlet", "missing"),
    ),
    Profile(
        key="urban", name="城管网格", file="urban.shp", id="DYWG", label="MC", prefix="CG", accuracy_m=2, weight=1.5,
        shares=(0.03, 0.3, 0.02), stored="EPSG:4526", declared=None, layer_faults=("no_crs", "zone_prefix"),
        faults=("gap", "duplicate", "contained", "bowtie", "unmatched_vertex"),
    ),
    Profile(
        key="petition", name="信访网格", file="petition.geojson", id="id", label="name", prefix="XF", accuracy_m=20,
        shares=(0.35, 0.04, 0.03), stored="GCJ-02", declared="EPSG:4326", layer_faults=("datum_gcj02",),
        faults=("overlap", "gap", "multipart", "inlet"),
    ),
    Profile(
        key="emergency", name="应急网格", file="emergency.gpkg", id="BM", label="MC", prefix="YJ", accuracy_m=15,
        shares=None, stored="EPSG:4490", declared="EPSG:4490",
        faults=("duplicate", "overlap", "bowtie", "null_geometry"),
    ),
)  # fmt: skip
"""The five agencies of the sample city."""

EMERGENCY_HOUSEHOLDS = 650.0


@dataclass(frozen=True, slots=True)
class SampleLayer:
    """One agency's layer as its file holds it."""

    profile: Profile
    features: gpd.GeoDataFrame
    """Id and label column, geometry in the stored coordinates; its CRS is the declared one."""


def draw_layer(
    rng: np.random.Generator,
    fabric: Fabric,
    truth: Labels,
    zones: Labels,
    *,
    households: NDArray[np.float64],
    profile: Profile,
) -> tuple[SampleLayer, list[dict[str, Any]]]:
    """Draw one agency's layer with everything that is wrong with it.

    Parameters
    ----------
    rng : numpy.random.Generator
    fabric : Fabric
    truth, zones : ndarray of int, (n,)
        True grid and zone of each block.
    households : ndarray of float, (n,)
    profile : Profile

    Returns
    -------
    layer : SampleLayer
    faults : list of dict
        ``kind, agency, source_id, geometry`` (city CRS) of each planted fault.
    """
    if profile.shares is None:
        labels = divide_each(fabric, fabric.south.astype(np.int64), households, EMERGENCY_HOUSEHOLDS)
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    else:
        labels = regroup(rng, fabric, truth, zones, profile.shares)
    shapes = shapely.coverage_simplify(dissolve(fabric.blocks, labels), SIMPLIFY_SHARE * profile.accuracy_m)
    roads = _dividing_roads(fabric, labels)
    *shapes, roads = _shake(rng, np.append(shapes, roads), profile.accuracy_m)
    if profile.strips:
        shapes = _without_strips(shapes, roads)
    ids = [f"{profile.prefix}{n + 1:05d}" for n in range(len(shapes))]
    sheet = Sheet(profile.key, profile.prefix, ids, list(shapes))
    plant(rng, sheet, profile.faults)
    sheet.faults += [{"kind": kind, "agency": profile.key, "source_id": ""} for kind in profile.layer_faults]
    names = [f"{profile.name[:2]}第{n + 1:03d}网格" for n in range(len(sheet.ids))]
    stored = _stored(np.array(sheet.shapes, dtype=object), profile)
    table = {profile.id: sheet.ids, profile.label: names}
    return SampleLayer(profile, gpd.GeoDataFrame(table, geometry=stored, crs=profile.declared)), sheet.faults


def _dividing_roads(fabric: Fabric, labels: Labels) -> Any:
    """Return the arterials that divide two grids, as one MultiLineString."""
    one, other = labels[fabric.pairs].T
    return shapely.line_merge(shapely.union_all(fabric.borders[(fabric.kinds == "arterial") & (one != other)]))


def _without_strips(shapes: list[Any], roads: Any) -> list[Any]:
    """Cut the strips of roads out of the grids on both sides, as agencies do that draw only the blocks."""
    cut = shapely.difference(shapes, shapely.buffer(roads, STRIP_HALF_WIDTH_M, cap_style="flat", quad_segs=2))
    return [max(shapely.get_parts(shape), key=shapely.area) for shape in cut]


def _shake(rng: np.random.Generator, shapes: NDArray[Any], accuracy_m: float) -> NDArray[Any]:
    """Move every vertex by less than half of ``accuracy_m``; shared vertices move together."""
    phase = rng.uniform(0, 2 * np.pi, 4)
    smooth, jitter = SMOOTH_SHARE * accuracy_m, min(JITTER_SHARE * accuracy_m, JITTER_MOST_M)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        distinct, where = np.unique(points, axis=0, return_inverse=True)
        x, y = distinct.T / 1000
        east = np.sin(9 * y + phase[0]) + np.sin(13 * x + phase[1])
        north = np.sin(11 * x + phase[2]) + np.sin(8 * y + phase[3])
        moved = distinct + smooth / 2 * np.stack([east, north], 1) + rng.uniform(-jitter, jitter, distinct.shape)
        return np.asarray(moved[where.ravel()])

    return np.asarray(shapely.transform(shapes, move))


def _stored(shapes: NDArray[Any], profile: Profile) -> NDArray[Any]:
    """Bring shapes from the city CRS, with the layer's constant error, into the coordinates of its file."""
    east, north = profile.shift_m

    def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(from_city(points[:, 0] + east, points[:, 1] + north, profile.stored, CITY_CRS), 1)

    return np.asarray(shapely.transform(shapes, convert))
