"""问题图: what was found wrong with the input, where it lies, over the grids.

In: an `Edition` and a table of findings. Out: a `Content`: one mark per finding, its shape and colour by severity; the
legend counts all of a severity, also those without a place; kinds are counted among the facts, and every finding stands
in a listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.render.content import Content, Listing, Mark, nothing
from gridgeo.render.edition import Edition
from gridgeo.render.kinds import LAYER_NAMES, SEVERITY_NAMES, kind_name
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import CHANGED, INK, MARKS, PAPER
from gridgeo.render.themes.common import SCHEME, ground, inside

__all__ = ["findings_content"]

MARKERS = {"error": ("X", 6.5), "warning": ("^", 5.5), "note": ("o", 3.5)}
"""Severity → shape and size in points: they differ in shape, size and colour."""
LAYER_SHARE = 0.2
"""A finding that reaches over this share of the ground is about a layer as a whole, and its outline would only hide the
others. Chosen."""


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
    on_map = _shown(edition, shapes, spots, placed, part=part)
    layers = on_map & (shapely.area(shapes) >= LAYER_SHARE * edition.grids.geometry.area.sum())
    shown = on_map & ~layers
    if part:  # a finding that reaches beyond the part is shown where the part has it
        own = shapely.intersection(shapely.make_valid(shapes[shown]), shapely.buffer(ground(edition), 0.01))
        spots[shown] = shapely.point_on_surface(own)
    whereless = {"nowhere": ~placed, "outside": placed & ~on_map, "layers": layers}
    severity = findings["severity"].to_numpy(dtype=object)
    areas = shapes[shown & (shapely.get_dimensions(shapes) == 2)]
    ranges = (
        Mark(name="问题范围", shapes=inside(areas, ground(edition)) if part else areas, colour=CHANGED, width_pt=0.8,
             count=len(areas)),
    )  # fmt: skip
    listed = on_map if part else np.ones(len(findings), dtype=bool)
    icons = tuple(
        Mark(name=SEVERITY_NAMES[grade][1], shapes=spots[shown & (severity == grade)],
             colour=MARKS[SEVERITY_NAMES[grade][0]], width_pt=MARKERS[grade][1], marker=MARKERS[grade][0], casing=True,
             count=int((listed & (severity == grade)).sum()), on_map=int((shown & (severity == grade)).sum()))
        for grade in ("note", "warning", "error")
    )  # fmt: skip
    whole = Mark(
        name="问题合计", shapes=nothing(), colour=INK, width_pt=0, count=int(listed.sum()), on_map=int(shown.sum())
    )
    return Content(
        edition=edition,
        key=np.full(len(edition.grids), SCHEME, dtype=np.int64),
        rows=(LegendRow(SCHEME, "现行网格", PAPER, "", len(edition.grids)),),
        heading="底图",
        marks=(*(ranges if len(areas) else ()), *icons, whole),
        facts=_told(findings, shown, whereless, part=part),
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
        shown[placed] = shapely.intersects(spots[placed], shapely.box(*edition.grids.total_bounds))
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
    findings: gpd.GeoDataFrame, shown: NDArray[np.bool_], whereless: Mapping[str, NDArray[np.bool_]], *, part: bool
) -> tuple[tuple[str, str], ...]:
    """Return how many findings each kind has, errors first, and how many have no place on the map."""
    told: list[tuple[str, str]] = []
    severity = findings["severity"].to_numpy(dtype=object)
    for grade, (_, word) in SEVERITY_NAMES.items():
        of_grade = severity == grade
        if not part:
            for name, rows in (("无位置", whereless["nowhere"]), ("图幅外", whereless["outside"])):
                told += [(f"{word}·{name}", f"{count} 条")] if (count := int((of_grade & rows).sum())) else []
        if count := int((of_grade & whereless["layers"]).sum()):
            told.append((f"{word}·整个图层", f"{count} 条"))
        counts = findings.loc[of_grade & shown, "kind"].map(kind_name).value_counts().to_dict()
        order = sorted((-count, name) for name, count in counts.items())
        told += [(f"{word}·{name}", f"{-count} 条") for count, name in order]
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
