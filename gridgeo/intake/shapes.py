"""Shapes of one layer made fit for the line of work: flat, finite, of the right kind, nothing lost silently.

In: `gridgeo.intake.features.Features` in the CRS of the file. Out: the same rows with polygons, lines or None, and one
finding per fault. Next: `gridgeo.intake.sniff`. Rings are not repaired here; that is `gridgeo.partition.repair`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import shapely

from gridgeo.errors import ReadError
from gridgeo.intake.features import Features
from gridgeo.model import Finding

__all__ = ["FARTHEST", "LINE_KINDS", "POLYGON_KINDS", "flatten", "keep_kinds", "refuse_endless"]

POLYGON_KINDS = (3, 6)
LINE_KINDS = (1, 2, 5)
COLLECTION = 7
KIND_NAMES = {0: "点", 1: "线", 2: "线", 3: "面", 4: "多点", 5: "多线", 6: "多面", 7: "几何集合"}
ENGLISH = {0: "points", 4: "points", 1: "lines", 2: "lines", 5: "lines", 3: "polygons", 6: "polygons"}


FARTHEST = 1e9
"""No coordinate on Earth is larger in any unit in use: 46,000,000 m is the largest easting with a zone number."""


def refuse_endless(features: Features, ids: Sequence[str]) -> None:
    """Raise if a coordinate is NaN, infinite or beyond `FARTHEST`.

    Raises
    ------
    ReadError
        Names the first faulty features by id.
    """
    shapes = features.table.geometry.to_numpy()
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.unique(owner[~(np.abs(coordinates) < FARTHEST).all(axis=1)])  # NaN compares false
    if len(bad):
        named = ", ".join(f"{ids[row]!r} (record {row + 1})" for row in bad[:5])
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        raise ReadError(
            f"{features.file}: coordinates of feature {named}{more} are not numbers or lie beyond the Earth "
            "(NaN, infinite or above 1e9); redraw these features or remove them"
        )


def flatten(features: Features, *, agency: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Drop heights and measures; tell how many features had them.

    Returns
    -------
    table : GeoDataFrame
        The same rows in the plane.
    findings : list of Finding
        One note, or none.
    """
    table = features.table
    shapes = table.geometry.to_numpy()
    raised = shapely.has_z(shapes) | shapely.has_m(shapes)
    if not raised.any():
        return table, []
    text = f"{features.file} 有 {int(raised.sum())} 个图形带高程或测量值（Z/M），平面处理不需要，已去掉。"
    flat = table.set_geometry(gpd.GeoSeries(shapely.force_2d(shapes), index=table.index, crs=table.crs))
    return flat, [Finding("note", "dropped_z", agency, text)]


def keep_kinds(
    shapes: np.ndarray, kinds: tuple[int, ...], *, file: str, tell: Callable[[int, str, str], None]
) -> np.ndarray:
    """Keep shapes of the wanted kinds; every other row becomes None and is told.

    Parameters
    ----------
    shapes : array of Geometry or None, (n,)
    kinds : tuple of int
        `POLYGON_KINDS` or `LINE_KINDS` (polygons then give their outlines).
    file : str
        For the message.
    tell : callable(row, kind, text)
        Called for every row that lost its shape or part of it: kind is null_geometry, other_geometry or
        geometry_collection.

    Returns
    -------
    array of Geometry or None, (n,)

    Raises
    ------
    ReadError
        If no row at all has a shape of the wanted kinds.
    """
    types = shapely.get_type_id(shapes)
    kept = np.full(len(shapes), None, dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    right = np.isin(types, kinds) & ~empty
    kept[right] = shapes[right]
    for row in np.flatnonzero(~right):
        if empty[row]:
            tell(int(row), "null_geometry", "无图形（空几何），保留其记录，不参与划分")
            continue
        parts = shapely.get_parts(shapes[row])
        wanted = parts[np.isin(shapely.get_type_id(parts), kinds)]
        if types[row] == COLLECTION and len(wanted):
            kept[row] = _together(wanted, kinds)
            tell(
                int(row),
                "geometry_collection",
                "是几何集合，只取其中的面" if kinds == POLYGON_KINDS else "是几何集合，只取其中的线",
            )
        else:
            tell(int(row), "other_geometry", f"的图形是{KIND_NAMES[int(types[row])]}，不能使用，保留其记录")
    if shapely.is_missing(kept).all():
        raise ReadError(_wrong_kind(types[~empty], kinds, file))
    return kept


def _together(parts: np.ndarray, kinds: tuple[int, ...]) -> shapely.Geometry:
    """Return parts as one multipart shape, or the only part itself."""
    if kinds == POLYGON_KINDS:
        singles = shapely.get_parts(parts)
        return singles[0] if len(singles) == 1 else shapely.multipolygons(singles)
    areal = np.isin(shapely.get_type_id(parts), POLYGON_KINDS)
    return shapely.multilinestrings(shapely.get_parts(np.where(areal, shapely.boundary(parts), parts)))


def _wrong_kind(types: np.ndarray, kinds: tuple[int, ...], file: str) -> str:
    """Return the sentence for a layer without a single usable shape."""
    need = "polygons" if kinds == POLYGON_KINDS else "lines"
    if len(types) == 0:
        return (
            f"{file}: no row has a geometry, but {need} are needed; name the right layer (a table needs a column wkt)"
        )
    have = " and ".join(sorted({ENGLISH.get(int(kind), "collections") for kind in types}))
    return f"{file}: only {have} where {need} are needed; name the right layer or file"
