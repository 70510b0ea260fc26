"""``/grids``: the grids as GeoJSON in longitude and latitude, by box, community or code, page by page.

In: query parameters and the version that is meant. Out: bytes written once per version and only joined here.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query, Request

from gridgeo.api.deps import Box, Current, GeoJSON, collection, geojson_document
from gridgeo.api.published import Published
from gridgeo.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(tags=["grids"])

Limit = Annotated[int, Query(ge=1, le=10_000, description="Most features of one page")]
After = Annotated[str | None, Query(max_length=64, description="Cursor: codes greater than this one")]
CommunityCode = Annotated[str | None, Query(max_length=64, description="Code of a community")]
GridCode = Annotated[str, Path(max_length=64, description="Code of a grid, with or without blanks")]


@router.get("/grids", response_class=GeoJSON, responses=geojson_document("FeatureCollection"))
def list_grids(
    request: Request,
    current: Current,
    box: Box,
    *,
    community: CommunityCode = None,
    after: After = None,
    limit: Limit = 1000,
) -> GeoJSON:
    """Return the grids that meet a box and belong to a community, in the order of their codes.

    ``numberMatched`` counts all of them, ``links`` holds the next page. Codes are unique and sorted, so a page begins
    after a code and stays right even when a version is published between two pages.
    """
    rows = _matching(current, box, community)
    page = rows[current.codes[rows] > after] if after is not None else rows
    shown = page[:limit]
    links = [{"rel": "self", "type": GeoJSON.media_type, "href": str(request.url)}]
    if len(page) > limit:
        following = request.url.include_query_params(after=str(current.codes[shown[-1]]), limit=limit)
        links.append({"rel": "next", "type": GeoJSON.media_type, "href": str(following)})
    body = collection(
        [current.features[row] for row in shown], numberMatched=len(rows), numberReturned=len(shown), links=links
    )
    return GeoJSON(body, headers=request.state.headers)


@router.get("/grids/{code}", response_class=GeoJSON, responses=geojson_document("Feature"))
def get_grid(request: Request, current: Current, code: GridCode) -> GeoJSON:
    """Return one grid with the chain above it.

    A code that the version does not have, but another has, is a 404 whose ``detail`` says in Chinese since when it is
    retired (or will be given), and whose ``successors`` are the grids in its place: ``code, full_name, area_share,
    household_share, version, since``.
    """
    wanted = "".join(code.split())
    row = int(np.searchsorted(current.codes, wanted))
    if row == len(current.codes) or current.codes[row] != wanted:
        fate = current.lookup.fate(wanted) if current.lookup.fate is not None else None
        if fate is not None:
            raise NotFoundError(fate.text, successors=fate.successors)
        raise NotFoundError(f"version {current.version.seq} has no grid {code}, nor has any other version")
    return GeoJSON(current.features[row], headers=request.state.headers)


def _matching(current: Published, box: Box, community: str | None) -> np.ndarray:
    """Return the rows of the grids asked for, in the order of their codes."""
    rows = np.arange(len(current.codes)) if box is None else np.sort(current.tree.query(box, predicate="intersects"))
    if community is None:
        return rows
    return rows[current.grids["community_code"].to_numpy(dtype=object)[rows] == community]
