"""What several kinds of maps tell alike: how much there is, and where a grid belongs.

In: an `Edition`. Out: facts for the legend and columns for listings.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition

__all__ = ["SCHEME", "ground", "inside", "parents", "size_facts", "whereabouts"]

SCHEME = 0
"""The class of all grids on a map whose marks are what matters."""


def parents(edition: Edition, level: str) -> NDArray[np.object_]:
    """Return the name of the street or county of every grid; empty texts where the layer does not say."""
    if level not in edition.communities:
        return np.full(len(edition.grids), "", dtype=object)
    named = dict(zip(edition.communities["code"], edition.communities[level].astype(str), strict=True))
    return edition.grids["community_code"].map(named).fillna("").to_numpy(dtype=object)


def whereabouts(edition: Edition) -> pd.DataFrame:
    """Return code, name, community and street of every grid, with the titles of listings; no column without a text."""
    grids = edition.grids
    table = pd.DataFrame(
        {
            "网格编码": grids["code"].to_numpy(dtype=object),
            "网格": grids["full_name"].to_numpy(dtype=object),
            "社区（村）": [short_community(name) for name in grids["community_name"]],
            "街道（乡镇）": parents(edition, "street"),
        }
    )
    return table[[name for name in table if name == "网格编码" or (table[name] != "").any()]]


def size_facts(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return how many counties, streets and communities there are, and how large the grids are."""
    grids, told = edition.grids, []
    for level, name in (("county", "区县"), ("street", "街道（乡镇）")):
        units = set(parents(edition, level)) - {""}
        if units:
            told.append((name, f"{len(units)} 个"))
    told.append(("社区（村）", f"{grids['community_code'].nunique()} 个"))
    area_m2 = np.sort(grids.geometry.area.to_numpy())
    told += [("网格总面积", _area(float(area_m2.sum()))), ("平均每格", _area(float(area_m2.mean())))]
    return tuple(told)


def _area(area_m2: float) -> str:
    """Return an area in the unit that suits it.

    Examples
    --------
    >>> _area(19.8e6), _area(39_000.0), _area(1.0)
    ('19.80 平方千米', '3.90 公顷', '1.0 平方米')
    """
    if area_m2 >= 1e6:
        return f"{area_m2 / 1e6:,.2f} 平方千米"
    return f"{area_m2 / 1e4:,.2f} 公顷" if area_m2 >= 1e3 else f"{area_m2:,.1f} 平方米"


def ground(edition: Edition) -> shapely.Geometry:
    """Return the ground of all grids as one shape, prepared for many questions."""
    shapes = edition.grids.geometry.to_numpy()
    sound = shapely.coverage_is_valid(shapes)
    whole = shapely.coverage_union_all(shapes) if sound else shapely.union_all(shapely.make_valid(shapes))
    shapely.prepare(whole)
    return whole


def inside(shapes: NDArray[np.object_], whole: shapely.Geometry, leeway_m: float = 0.01) -> NDArray[np.object_]:
    """Return the parts of lines, polygons or points that lie on some ground; those that lie beside it go.

    Parameters
    ----------
    shapes : ndarray of shapely geometry or None
    whole : shapely geometry
    leeway_m : float
        Lines this near its border are on it.
    """
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not len(there):
        return there
    cut = shapely.intersection(shapely.make_valid(there), shapely.buffer(whole, leeway_m))
    kept = np.array([_alike(part, shapely.get_dimensions(one)) for part, one in zip(cut, there, strict=True)], object)
    return kept[~shapely.is_empty(kept)]


def _alike(part: shapely.Geometry, dimension: int) -> shapely.Geometry:
    """Return what a cut left over of the dimension that the whole had."""
    if part.geom_type != "GeometryCollection":
        return part if shapely.get_dimensions(part) == dimension else shapely.MultiPoint()
    pieces = shapely.get_parts(part)
    return shapely.union_all(pieces[shapely.get_dimensions(pieces) == dimension])
