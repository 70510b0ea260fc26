"""``/atoms``: the blocks that the layer was made of as GeoJSON in longitude and latitude, by box, page by page.

In: query parameters; atoms belong to no version, they stay as they are. Out: GeoJSON, read from the store as it is
asked for. Their ids go into changes (``{"op": "transfer", "source": …, "target": …, "atoms": [id]}``).
"""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Depends, Query, Request

from gridgeo.api.deps import Box, GeoJSON, Shelf, collection, geojson_document, get_shelf
from gridgeo.api.published import SERVED_CRS, Published, to_lonlat
from gridgeo.crs import to_city

__all__ = ["router"]

router = APIRouter(tags=["atoms"])

MOST = 1000
"""Atoms of one page: what a screen shows."""
MARGIN_DEG = 1e-4
"""Some ten metres: more than the piece of a box's side between two corners bends on its way into the layer's system."""
SIDES = 16
"""Pieces of the longest side of a box."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="Most features of one page")]
After = Annotated[str | None, Query(max_length=80, description="Cursor: ids greater than this one")]


@router.get("/atoms", response_class=GeoJSON, responses=geojson_document("FeatureCollection"))
def list_atoms(
    request: Request,
    shelf: Annotated[Shelf, Depends(get_shelf)],
    box: Box,
    *,
    after: After = None,
    limit: Limit = MOST,
) -> GeoJSON:
    """Return the blocks that meet a box, in the order of their ids: ``id, community_code, households``.

    ``links`` holds the next page; a page may have fewer features than its limit and still not be the last. A layer
    that was imported, or merged before atoms were kept, has none.
    """
    within = _metric_box(box, shelf.pick(shelf.versions()))
    if within is None:
        rows, more = shelf.store.atoms(ids=[]), False
    else:
        rows = shelf.store.atoms(box=within, after=after, limit=limit + 1)
        rows, more = rows.iloc[:limit], len(rows) > limit
    shapes = to_lonlat(rows) if len(rows) else np.empty(0, object)
    shown = np.ones(len(rows), bool) if box is None else shapely.intersects(shapes, box)
    links = [{"rel": "self", "type": GeoJSON.media_type, "href": str(request.url)}]
    if more:
        following = request.url.include_query_params(after=str(rows["id"].iat[-1]), limit=limit)
        links.append({"rel": "next", "type": GeoJSON.media_type, "href": str(following)})
    features = _features(rows[shown], shapes[shown])
    return GeoJSON(collection(features, numberReturned=len(features), links=links))


def _metric_box(box: shapely.Polygon | None, published: Published) -> tuple[float, float, float, float] | None:
    """Return what a box in degrees covers of a layer, as a box in the layer's CRS; None if nothing."""
    left, bottom, right, top = published.bbox
    whole = shapely.box(left - MARGIN_DEG, bottom - MARGIN_DEG, right + MARGIN_DEG, top + MARGIN_DEG)
    part = whole if box is None else shapely.intersection(whole, box)
    if part.is_empty:
        return None
    west, south, east, north = part.bounds
    wide = shapely.box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    edges = shapely.segmentize(wide, max(east - west, north - south) / SIDES + MARGIN_DEG)
    lon, lat = shapely.get_coordinates(edges).T
    x, y = to_city(lon, lat, SERVED_CRS, published.grids.crs)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _features(rows: gpd.GeoDataFrame, shapes: np.ndarray) -> list[bytes]:
    """Write one GeoJSON feature per atom."""
    said = rows[["id", "community_code", "households"]].to_dict("records")
    return [
        orjson.dumps({"type": "Feature", "id": one["id"], "properties": one, "geometry": orjson.Fragment(body)})
        for one, body in zip(said, shapely.to_geojson(shapes), strict=True)
    ]
