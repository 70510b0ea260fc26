"""Where every agency's features went: provenance, crosswalk, and what was swallowed.

In: an arrangement with the grid of every face, and the agencies' features. Out: tables with grid rows in place of
codes. Part of the last stage, `gridgeo.partition.assemble`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
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
    _, counted, area_m2 = covered_area(plane, layer, grid)
    kept_m2 = np.bincount(counted, area_m2, len(features))
    found = []
    for row in np.flatnonzero((drawn_m2 > 0) & (kept_m2 < 0.01 * drawn_m2)):
        faces = np.zeros(plane.faces.faces, np.int64) - 1
        faces[face[inside & (feature == row)]] = 0
        shape = plane.shapes(faces)[1]
        text = f"{agency.name}{features['source_id'][row]}：整个图形被同层其他网格覆盖，合并时不计（重复或包含）"
        found.append(
            Finding("warning", "swallowed", agency.key, text, str(features["source_id"][row]), float(drawn_m2[row]),
                    shape[0] if len(shape) else None)
        )  # fmt: skip
    return found
