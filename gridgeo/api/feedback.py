"""``/feedback``: what an address meant, said by somebody who found out; the next look-up knows it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from gridgeo.api.deps import Shelf, get_shelf
from gridgeo.api.errors import CLOSED
from gridgeo.api.people import require
from gridgeo.draft.roles import User, demand
from gridgeo.jobs.address_words import add_feedback
from gridgeo.jobs.locate_enterprise import rows_of_id

__all__ = ["router"]

router = APIRouter(tags=["locate"])


class Found(BaseModel):
    """What a text meant: a row of the library, or a grid."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=500, description="As it was asked; telephone numbers are not kept")
    id: str = Field(default="", max_length=200, description="The row that it was: place.id of an answer")
    source: str | None = Field(default=None, max_length=200, description="Of that row, where several have this id")
    code: str = Field(default="", max_length=64, description="Instead of a row: the grid that it was")
    note: str = Field(default="", max_length=500, description="Kept with it; names no person")


class Kept(BaseModel):
    """What was entered."""

    query: str
    source: str
    id: str
    code: str
    change: int = Field(description="Number of the change of the address library")


@router.post("/feedback", status_code=201, responses=CLOSED)
def post_feedback(
    said: Found, user: Annotated[User, require("feedback")], shelf: Annotated[Shelf, Depends(get_shelf)]
) -> Kept:
    """Enter what a text meant. Dispatchers, reviewers, planners and administrators may, within their area."""
    lookup = shelf.served(shelf.which(shelf.versions())).lookup
    code = "".join(said.code.split())
    codes = {code} if code else set()
    if said.id and (book := lookup.book()) is not None:
        grids = {int(book.matcher.row_grid[row]) for row in rows_of_id(said.id, book)}
        codes |= {str(book.index.codes[grid]) for grid in grids if grid >= 0}
    known = [one for one in codes if one in lookup.grids.index]
    demand(user, "feedback", communities={str(lookup.grids.loc[one, "community_code"]) for one in known})
    told = add_feedback(
        shelf.store, said.query, by=user.name, row_id=said.id, source=said.source, code=code, note=said.note
    )
    return Kept(**told)
