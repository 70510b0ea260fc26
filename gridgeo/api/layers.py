"""``/layers`` and ``/communities``: what is served, and the authority's units with their sums.

In: the store's own description and the current version. Out: small JSON; communities as GeoJSON.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from gridgeo.api.deps import Current, GeoJSON, Shelf, collection, geojson_document, get_shelf
from gridgeo.render.edition import crs_line
from gridgeo.render.legend import legend_rows, legend_title
from gridgeo.store.base import Version

__all__ = ["router"]

router = APIRouter(tags=["layers"])


@router.get("/layers")
def list_layers(current: Current, shelf: Annotated[Shelf, Depends(get_shelf)]) -> dict[str, Any]:
    """Describe the layer: its city, code layout, reference system, versions, classes of colour."""
    info = current.layer
    totals = {name: int(current.grids[name].sum()) for name in ("households", "enterprises", "population")}
    layer = {
        "key": info.key,
        "title": info.title,
        "city": info.city_name,
        "layout": info.layout,
        "crs": info.crs,
        "crs_text": crs_line(current.grids.crs),
        "served_crs": "CGCS2000 longitude, latitude in degrees (CRS84 order)",
        "bbox": current.bbox,
        "grids": len(current.codes),
        "communities": len(current.communities),
        **totals,
        "seq": current.version.seq,
        "digest": current.version.digest,
        "versions": [_version(version) for version in shelf.store.versions()],
        "legend": {
            "title": legend_title(current.recipe),
            "classes": [
                {"key": row.key, "label": row.label, "fill": row.fill, "hatch": row.hatch, "count": row.count}
                for row in legend_rows(current.grids, current.recipe)
            ],
        },
        "review_number": shelf.recipe.footer.review_number,
    }
    return {"layers": [layer]}


def _version(version: Version) -> dict[str, Any]:
    """Return what the outside may know of a version."""
    return {
        "seq": version.seq,
        "title": version.title,
        "effective": version.effective,
        "published": version.published,
        "digest": version.digest,
    }


@router.get("/communities", response_class=GeoJSON, responses=geojson_document("FeatureCollection"))
def list_communities(request: Request, current: Current) -> GeoJSON:
    """Return all communities with the number of their grids and the sums over them."""
    rows = list(current.community_features)
    body = collection(rows, numberMatched=len(rows), numberReturned=len(rows))
    return GeoJSON(body, headers=request.state.headers)
