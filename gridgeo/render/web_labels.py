"""Where labels of the one-file map may stand: the middle of each community and grid, and how much room there is.

In: an `Edition`. Out: what ``gg.labels`` of ``web_map.js`` draws: it knows the zoom, so it chooses. Used by `web`.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition, grid_number

__all__ = ["web_labels"]

TOLERANCE_SHARE = 0.02
"""How far from the very middle a label may stand, as a share of the side of the square of equal area: unseen."""


def web_labels(edition: Edition) -> list[dict[str, Any]]:
    """Return names of communities and numbers of grids with their places.

    Parameters
    ----------
    edition : Edition

    Returns
    -------
    list of dict
        Names first, then numbers; of each ``kind``, ``texts``, ``spots`` (lon, lat, lon, lat … in 1e-6 degree)
        and ``radii`` (whole metres of the largest circle around the spot), the roomiest first, ties by code.
    """
    grids = edition.grids
    owner = grids["community_code"].to_numpy(dtype=object)
    numbers = [grid_number(*pair) for pair in zip(grids["code"], owner, strict=True)]
    # communities as the grids make them: in an imported layer they need not be the same
    whole = grids.dissolve("community_code", as_index=False)
    names = [short_community(name) for name in whole["community_name"]]
    return [_level("name", names, whole), _level("number", numbers, grids)]


def _level(kind: str, texts: list[str], table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the labels of one kind, the roomiest first."""
    circles = _largest_circles(table.geometry.to_numpy())
    spots = gpd.GeoSeries(shapely.get_point(circles, 0), crs=table.crs).to_crs("EPSG:4326")
    steps = np.round(shapely.get_coordinates(spots.to_numpy()) * 1e6).astype(np.int64)
    radii = np.floor(shapely.length(circles)).astype(np.int64)
    order = np.argsort(-radii, kind="stable")
    return {
        "kind": kind,
        "texts": [texts[row] for row in order],
        "spots": steps[order].ravel().tolist(),
        "radii": radii[order].tolist(),
    }


def _largest_circles(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return a radius, from the middle outwards, of the largest circle inside each shape."""
    side_m = np.sqrt(shapely.area(shapes))
    return shapely.maximum_inscribed_circle(shapes, tolerance=np.maximum(TOLERANCE_SHARE * side_m, 0.1))
