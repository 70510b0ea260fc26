"""How the repair stage words its findings: sizes, places, and the one summary that replaces a flood.

In: findings of one kind of one layer. Out: the same, or the largest of them and one that sums up the rest.
Used by the repair modules beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gridgeo.model import Finding

__all__ = ["area_text", "at_most", "mean_width_m", "place_text", "polygons_of", "single_or_multi"]

INDIVIDUAL_MIN = 50
"""So many findings of one kind and layer are always listed one by one."""

INDIVIDUAL_SHARE = 0.1
"""In large layers up to this share of the features is listed one by one."""

SAMPLES = 5
"""How many ids a summary names."""


def area_text(area_m2: float) -> str:
    """Write an area for planners.

    Examples
    --------
    >>> area_text(12.34), area_text(25000.0), area_text(3.2e6)
    ('12.3 m²', '2.50 公顷', '3.20 km²')
    """
    if area_m2 >= 1e6:
        return f"{area_m2 / 1e6:.2f} km²"
    if area_m2 >= 1e4:
        return f"{area_m2 / 1e4:.2f} 公顷"
    return f"{area_m2:.1f} m²"


def place_text(geometry: Any) -> str:
    """Write a geometry's place as "x, y" in the city CRS, to the metre."""
    point = shapely.point_on_surface(geometry)
    return f"({shapely.get_x(point):.0f}, {shapely.get_y(point):.0f})"


def mean_width_m(polygons: Any) -> Any:
    """Return 2 x area / perimeter in metres: the width of a strip, half the radius of a disc."""
    perimeter = shapely.length(polygons)
    return np.divide(2 * shapely.area(polygons), perimeter, out=np.zeros_like(perimeter), where=perimeter > 0)


def polygons_of(geometry: Any) -> np.ndarray:
    """Return the polygons inside any geometry or array of geometries, without the rest."""
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(geometry)))
    return parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]


def single_or_multi(polygons: np.ndarray) -> Any:
    """Return one polygon as it is and several as a MultiPolygon."""
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def at_most(findings: Sequence[Finding], features: int) -> list[Finding]:
    """Keep the largest findings of one kind and sum up the rest in one that still shows their places.

    Parameters
    ----------
    findings : sequence of Finding
        All of one kind and agency.
    features : int
        How many features the layer has.

    Returns
    -------
    list of Finding
    """
    limit = max(INDIVIDUAL_MIN, int(INDIVIDUAL_SHARE * features))
    if len(findings) <= limit:
        return list(findings)
    ranked = sorted(findings, key=lambda finding: (-finding.area_m2, finding.source_id, finding.text))
    rest = ranked[limit:]
    names = "、".join(sorted({finding.source_id for finding in rest if finding.source_id})[:SAMPLES])
    places = shapely.multipoints([shapely.point_on_surface(f.geometry) for f in rest if f.geometry is not None])
    area_m2 = sum(finding.area_m2 for finding in rest)
    text = f"另有 {len(rest)} 处同类问题，共 {area_text(area_m2)}" + (f"（如 {names}）" if names else "")
    text += f"，处理方式相同。例：{rest[0].text}"
    first = rest[0]
    return [*ranked[:limit], Finding(first.severity, first.kind, first.agency, text, "", area_m2, places)]
