"""Where every agency's features went: provenance, crosswalk, and what was swallowed.

In: an arrangement with the grid of every face, and the agencies' features. Out: tables with grid rows in place of
codes. Part of the last stage, `gridgeo.partition.assemble`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.model import AgencyLayer, Finding
from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.assemble import Link, change_codes
from gridgeo.partition.atoms import covered_area

__all__ = ["crosswalk_rows", "provenance_rows", "swallowed"]


def provenance_rows(key: str, source_id: NDArray[np.object_], link: Link) -> pd.DataFrame:
    """Say what each grid was made from."""
    return pd.DataFrame(
        {
            "grid": link.grid,
            "agency": key,
            "source_id": source_id[link.source],
            "area_share": link.area_of_grid,
            "household_share": link.households_of_grid,
        }
    )


def crosswalk_rows(key: str, source_id: NDArray[np.object_], link: Link) -> pd.DataFrame:
    """Say where each of an agency's grids went."""
    return pd.DataFrame(
        {
            "agency": key,
            "source_id": source_id[link.source],
            "grid": link.grid,
            "change": change_codes(link)[link.source],
            "area_share": link.area_of_source,
            "household_share": link.households_of_source,
        }
    )


def swallowed(
    agency: AgencyLayer, features: pd.DataFrame, plane: Arrangement, layer: int, grid: NDArray[np.int64]
) -> list[Finding]:
    """Find features that lie inside the frame and yet count nowhere, because others of their layer cover them."""
    face, feature = plane.covering(layer)
    inside = grid[face] >= 0
    drawn_m2 = np.bincount(feature[inside], plane.face_area_m2[face[inside]], len(features))
    _, counted, counted_m2 = covered_area(plane, layer, grid)
    kept_m2 = np.bincount(counted, counted_m2, len(features))
    rows = np.flatnonzero((drawn_m2 > 0) & (kept_m2 < 0.01 * drawn_m2))
    shapes = _outlines(plane, rows, face[inside], feature[inside])
    found = []
    for row in rows.tolist():
        text = f"{agency.name}{features['source_id'][row]}：整个图形被同层其他网格覆盖，合并时不计（重复或包含）"
        source_id, area_m2 = str(features["source_id"][row]), float(drawn_m2[row])
        found.append(Finding("warning", "swallowed", agency.key, text, source_id, area_m2, shapes.get(row)))
    return found


def _outlines(
    plane: Arrangement, rows: NDArray[np.int64], face: NDArray[np.int64], feature: NDArray[np.int64]
) -> dict[int, shapely.Geometry]:
    """Return the outline of each feature, as many at once as have no face in common: the plane is looked at rarely."""
    order = np.argsort(feature, kind="stable")
    own = np.split(face[order], np.searchsorted(feature[order], np.arange(1, int(feature.max(initial=0)) + 1)))
    found: dict[int, shapely.Geometry] = {}
    left = rows.tolist()
    while left:
        label, later = np.full(plane.faces.faces, -1, np.int64), []
        for row in left:
            if (label[own[row]] < 0).all():
                label[own[row]] = row
            else:
                later.append(row)
        found |= dict(zip(*(part.tolist() for part in plane.shapes(label)), strict=True))
        left = later
    return found
