"""``/grids/{code}/places``: the reverse question, page by page; personal data only for roles that may read them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from gridgeo.api.errors import CLOSED
from gridgeo.api.people import SignedIn
from gridgeo.jobs.places import MOST_PLACES, places_of_grid

__all__ = ["router"]

router = APIRouter(tags=["places"])


class Page(BaseModel):
    """One page of a grid's places."""

    model_config = ConfigDict(extra="forbid")

    code: str
    version: int
    masked: bool
    count: dict[str, int]
    places: list[dict[str, Any]]
    next: int | None
    links: list[dict[str, str]]


@router.get("/grids/{code}/places", responses=CLOSED)
def list_places(
    request: Request,
    user: SignedIn,
    code: Annotated[str, Path(max_length=64, description="Code of a grid, with or without blanks")],
    *,
    kind: Annotated[
        Literal["household", "enterprise", "building"] | None, Query(description="Only this kind of place")
    ] = None,
    after: Annotated[int, Query(ge=0, description="Cursor: places behind this one")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_PLACES, description="Most places of one page")] = 100,
) -> Page:
    """Return the places that a grid of the newest version is responsible for now.

    Needs an account. Names, telephone numbers, ids, homes within buildings and the position of households are masked,
    unless the role may read personal data in the grid's community; each page that is not masked is noted in the audit.
    Coordinates are in the layer's own CRS.
    """
    store = request.app.state.shelf.store
    told = places_of_grid(store, "".join(code.split()), kind=kind, after=after, limit=limit, user=user)
    links = [{"rel": "self", "href": str(request.url)}]
    if told["next"] is not None:
        following = request.url.include_query_params(after=told["next"], limit=limit)
        links.append({"rel": "next", "href": str(following)})
    return Page(**told, links=links)
