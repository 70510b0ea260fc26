"""问题图: what was found wrong with the input, where it lies, over the grids.

In: an `Edition` and a table of findings. Out: a `Content`: one mark per finding, its shape and colour by severity;
kinds are counted among the facts, and every finding stands in a listing. Findings without a place are counted too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.render.content import Content, Listing, Mark
from gridgeo.render.edition import Edition
from gridgeo.render.kinds import LAYER_NAMES, SEVERITY_NAMES, kind_name
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import INK, MARKS, PAPER
from gridgeo.render.themes.common import SCHEME, ground, inside

__all__ = ["findings_content"]

MARKERS = {"error": ("X", 6.5), "warning": ("^", 5.5), "note": ("o", 3.5)}
"""Severity → shape and size in points: they differ in shape, size and colour."""


def findings_content(
    edition: Edition, findings: gpd.GeoDataFrame, agencies: Mapping[str, str], *, part: bool = False, **more: Any
) -> Content:
    """Return what a map of findings shows.

    Parameters
    ----------
    edition : Edition
        Of the selected grids.
    findings : GeoDataFrame
        Columns of `gridgeo.tables.FINDING`, in the edition's CRS.
    agencies : mapping
        Key → name.
    part : bool, keyword-only
        The edition is a part of the layer: only findings on it are shown.
    **more
        Other fields of `Content`.
    """
    shapes = findings.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    spots = np.full(len(shapes), None, dtype=object)
    spots[placed] = shapely.point_on_surface(shapely.make_valid(shapes[placed]))
    grid = _grid_at(edition, spots)
    shown = _shown(edition, shapes, spots, placed, part=part)
    severity = findings["severity"].to_numpy(dtype=object)
    areas = shapes[shown & (shapely.get_dimensions(shapes) == 2)]
    ranges = (
        Mark(name="问题范围", shapes=inside(areas, ground(edition)) if part else areas, colour=INK, width_pt=0.7,
             count=len(areas)),
    )  # fmt: skip
    icons = tuple(
        Mark(name=SEVERITY_NAMES[grade][1], shapes=spots[shown & (severity == grade)],
             colour=MARKS[SEVERITY_NAMES[grade][0]], width_pt=MARKERS[grade][1], marker=MARKERS[grade][0], casing=True,
             count=int((shown & (severity == grade)).sum()))
        for grade in ("note", "warning", "error")
    )  # fmt: skip
    listed = shown if part else np.ones(len(findings), dtype=bool)
    return Content(
        edition=edition,
        key=np.full(len(edition.grids), SCHEME, dtype=np.int64),
        rows=(LegendRow(SCHEME, "网格", PAPER, "", len(edition.grids)),),
        heading="网格",
        marks=(*(ranges if len(areas) else ()), *icons),
        facts=_told(findings, shown, placed, part=part),
        listings=_listed(findings[listed], grid[listed], agencies),
        **more,
    )


def _shown(
    edition: Edition, shapes: NDArray[np.object_], spots: NDArray[np.object_], placed: NDArray[np.bool_], *, part: bool
) -> NDArray[np.bool_]:
    """Return which findings the map shows: of a part those that touch it, else those within the map's frame."""
    shown = placed.copy()
    if part:
        shown[placed] = shapely.intersects(shapely.make_valid(shapes[placed]), ground(edition))
    else:
        frame = shapely.box(*edition.grids.total_bounds)
        shown[placed] = shapely.intersects(spots[placed], frame)
    return shown


def _grid_at(edition: Edition, spots: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the code of the grid at every place; of several the first in order of code."""
    codes = np.full(len(spots), "", dtype=object)
    known = np.flatnonzero(~shapely.is_missing(spots))
    tree = shapely.STRtree(edition.grids.geometry.to_numpy())
    spot, grid = tree.query(spots[known], predicate="intersects")
    for at in np.lexsort((grid, spot))[::-1]:
        codes[known[spot[at]]] = edition.grids["code"].iat[grid[at]]
    return codes


def _told(
    findings: gpd.GeoDataFrame, shown: NDArray[np.bool_], placed: NDArray[np.bool_], *, part: bool
) -> tuple[tuple[str, str], ...]:
    """Return how many findings each kind has, errors first, and how many are not on the map."""
    told: list[tuple[str, str]] = []
    if not part:
        nowhere, outside = int((~placed).sum()), int((placed & ~shown).sum())
        told += [("无位置", f"{nowhere} 条")] if nowhere else []
        told += [("图幅外", f"{outside} 条")] if outside else []
    seen = findings[shown]
    for grade, (_, word) in SEVERITY_NAMES.items():
        counts = seen.loc[seen["severity"] == grade, "kind"].map(kind_name).value_counts()
        told += [
            (f"{word}·{name}", f"{counts[name]} 条") for name in sorted(counts.index, key=lambda n: (-counts[n], n))
        ]
    return tuple(told)


def _listed(findings: gpd.GeoDataFrame, grid: NDArray[np.object_], agencies: Mapping[str, str]) -> tuple[Listing, ...]:
    """Return every finding, errors first."""
    if not len(findings):
        return ()
    table = pd.DataFrame(
        {
            "程度": [SEVERITY_NAMES.get(one, ("", one))[1] for one in findings["severity"]],
            "类型": [kind_name(one) for one in findings["kind"]],
            "图层": [agencies.get(one, LAYER_NAMES.get(one, one)) for one in findings["agency"]],
            "编号": findings["source_id"].to_numpy(dtype=object),
            "所在网格": grid,
            "面积（平方米）": findings["area_m2"].astype(float).round(2).to_numpy(),
            "说明": findings["text"].to_numpy(dtype=object),
        }
    )
    rank = findings["severity"].map({grade: at for at, grade in enumerate(SEVERITY_NAMES)}).fillna(9).to_numpy()
    order = np.lexsort((table["编号"].astype(str), table["图层"], table["类型"], rank))
    return (Listing(title="问题清单", table=table.iloc[order].reset_index(drop=True)),)
