"""``/locate``: whatever somebody typed → the responsible grid, with doubts said aloud; ``/suggest`` while they type.

In: ``q`` as typed, or ``x`` and ``y``, and the datum they are in. Out: the JSON of ``gridgeo locate --json``. A datum
that is missing or looks wrong is a fault in the answer, with the grids that the other datums would give. Look-ups of
texts are noted in the log, see `gridgeo.jobs.lookup_log`; answers to them are kept by no cache.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from pydantic import BaseModel

from gridgeo.api.deps import Meant, Shelf, get_shelf
from gridgeo.api.errors import CLOSED
from gridgeo.api.people import Caller
from gridgeo.errors import InputError
from gridgeo.jobs.answers import description
from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup_log import is_text, note_lookup
from gridgeo.locate.address.suggest import MOST

__all__ = ["Answer", "Suggestions", "router"]

router = APIRouter(tags=["locate"])

LONGEST_QUERY = 2000
"""Characters of a question; of more than 500 the answer says that they are too many."""

Number = Query(allow_inf_nan=False, ge=-1e9, le=1e9, description="Degrees, or metres in the layer's own system")


class Answer(BaseModel):
    """Answer of ``/locate``; every key is always there."""

    status: str
    """sure, ambiguous, interpolated, parent, outside or unknown."""
    code: str | None
    grid: dict[str, Any] | None
    chain: list[str]
    """County, street, community, grid by name."""
    place: dict[str, Any] | None
    """The point or place found, if it is not in doubt: ``id, text, x, y`` in degrees (CGCS2000)."""
    confidence: float
    faults: list[dict[str, str]]
    """``kind`` for programs, ``text`` in Chinese for the dispatcher."""
    candidates: list[dict[str, Any]]
    """The answers compared: of a coordinate each with its datum; of an address each with its ``place``; of a retired
    code the grids in its place: ``code, full_name, area_share, household_share, version, since``."""
    as_of: str | None
    version: int | None
    datum: str | None
    question: str | None = None
    """What would tell the candidates apart; only where there is such a question."""
    answers: list[dict[str, Any]] | None = None
    """Of a text with several addresses: an answer like this to each, with its ``query``."""


@router.get("/locate", response_model_exclude_unset=True, responses={401: CLOSED[401]})
def locate_grid(
    served: Meant,
    caller: Caller,
    background: BackgroundTasks,
    response: Response,
    *,
    q: Annotated[
        str | None,
        Query(max_length=LONGEST_QUERY, description='An address, a name, a code, or "x,y" in any common writing'),
    ] = None,
    x: Annotated[float | None, Number] = None,
    y: Annotated[float | None, Number] = None,
    datum: Annotated[str | None, Query(max_length=64, description="CGCS2000, GCJ-02, BD-09 or EPSG:…")] = None,
) -> Answer:
    """Find the grid of an address, name, code or coordinate. Nothing found is an answer, not an error: see ``status``.

    Needs no account. With one, its name stands beside the look-up of an address in the log.
    """
    query = _question(q, x, y)
    answer = locate(query, served.lookup, datum=datum or None)
    if is_text(query):
        response.headers["Cache-Control"] = "no-store"
        background.add_task(note_lookup, query, answer["status"], by=caller.name if caller else "")
    return Answer(**answer)


def _question(q: str | None, x: float | None, y: float | None) -> str:
    """Return what was asked as one text."""
    if q is not None and x is None and y is None:
        return q
    if q is None and x is not None and y is not None:
        return f"{x:.12f},{y:.12f}"
    raise InputError("say what to locate: q=TEXT, q=CODE, q=X,Y, or x=… and y=… (longitude and latitude, or metres)")


class Suggested(BaseModel):
    """Something that the text may go on as."""

    text: str
    kind: str
    """code, grid, community, district, street, village, road, estate, place, number, group, house, building, unit or
    room."""
    code: str | None
    """Of the grid, where all of it lies in one."""
    full_name: str | None
    """Of that grid."""
    grids: int
    """In how many grids it lies."""
    place_id: str | None
    """Of the row of the library, where it is one."""


class Suggestions(BaseModel):
    """Answer of ``/suggest``."""

    query: str
    version: int | None
    suggestions: list[Suggested]


@router.get("/suggest")
def suggest(
    request: Request,
    response: Response,
    shelf: Annotated[Shelf, Depends(get_shelf)],
    q: Annotated[str, Query(max_length=LONGEST_QUERY, description="What is typed so far, from two characters on")],
    limit: Annotated[int, Query(ge=1, le=MOST, description="Most suggestions")] = 8,
) -> Suggestions:
    """Tell what a text may go on as: places, roads and numbers, estates and buildings, names and codes of grids."""
    now = request.app.state.watcher.now
    served = now.served if now is not None else shelf.served(shelf.which(shelf.versions()))
    lookup = served.lookup
    found = lookup.suggester().suggest(q, limit)
    response.headers["Cache-Control"] = "no-store"
    told = [
        Suggested(
            text=one.text, kind=one.kind, code=one.code, grids=one.grids, place_id=one.place_id,
            full_name=description(lookup, one.code).full_name if one.code else None,
        )
        for one in found
    ]  # fmt: skip
    return Suggestions(query=q, version=lookup.version, suggestions=told)
