"""``POST /locate/batch``: many coordinates → their grids, as JSON or as an Arrow stream; or many texts, as JSON or CSV.

In: ``{"x": […], "y": […], "datum": …}`` or an Arrow IPC stream with the columns x and y. Out: code, method and distance
of every point in the order sent, in the format sent unless ``Accept`` asks for the other. Where the datum is not clear
nothing is answered: see `gridgeo.jobs.locate_many`. Texts are sent as a JSON list, or as CSV with a column ``query``;
they get what ``gridgeo locate --batch`` writes.
"""

from __future__ import annotations

from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from gridgeo.api.batch_files import ARROW, JSON, MOST_POINTS, Points, TooMany, read_arrow, read_json
from gridgeo.api.batch_texts import CSV, MOST_TEXTS, answer_texts, read_csv_texts, read_json_texts
from gridgeo.api.deps import AtText, Shelf, get_shelf
from gridgeo.api.errors import CLOSED, PROBLEMS
from gridgeo.api.people import Caller
from gridgeo.api.served import Served
from gridgeo.errors import InputError
from gridgeo.jobs.locate_batch import COLUMNS
from gridgeo.jobs.locate_many import locate_many
from gridgeo.jobs.lookup_log import note_lookups
from gridgeo.locate.assign import METHODS

__all__ = ["router"]

router = APIRouter(tags=["locate"])

MOST_BYTES = 64 * 2**20
"""Of a body: `MOST_POINTS` in the longest usual writing."""
SMALL_BYTES = 32 * 2**10
"""Bodies up to this size are answered where they arrive: handing them to a thread takes as long as the work."""
HEAVY_AT_ONCE = CapacityLimiter(2)
"""Larger bodies that are worked on at a time in one process; more wait without holding a thread that others need."""

_NUMBERS = {"type": "array", "items": {"type": ["number", "null"]}, "maxItems": MOST_POINTS}
_BODY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "x": _NUMBERS,
        "y": _NUMBERS,
        "points": {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}, "maxItems": MOST_POINTS},
        "datum": {"type": ["string", "null"], "maxLength": 64},
        "nearest_m": {"type": ["number", "null"], "minimum": 0, "maximum": 1e5},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["version", "as_of", "datum", "code", "method", "distance_m"],
    "properties": {
        "version": {"type": "integer"},
        "as_of": {"type": "string"},
        "datum": {"type": "string"},
        "code": {"type": "array", "items": {"type": ["string", "null"]}},
        "method": {"type": "array", "items": {"enum": list(METHODS)}},
        "distance_m": {"type": "array", "items": {"type": ["number", "null"]}},
    },
}
_ROW = {
    "type": "object",
    "required": list(COLUMNS),
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["sure", "ambiguous", "interpolated", "parent", "outside", "unknown"]},
        **{name: {"type": ["string", "null"]} for name in ("code", "place_id")},
        **{name: {"type": ["number", "null"]} for name in ("x", "y")},
        **{name: {"type": "number"} for name in ("confidence", "ms")},
        **{name: {"type": "array", "items": {"type": "string"}} for name in ("faults", "candidates")},
    },
}
_TEXTS = {"type": "array", "items": {"type": "string"}, "maxItems": MOST_TEXTS}
_TEXTS_NAMED = {
    "type": "object", "additionalProperties": False, "required": ["queries"], "properties": {"queries": _TEXTS},
}  # fmt: skip
_TEXT_ANSWER = {
    "type": "object",
    "required": ["version", "as_of", "rows"],
    "properties": {
        "version": {"type": "integer"},
        "as_of": {"type": "string"},
        "rows": {"type": "array", "items": _ROW},
    },
}
_DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"oneOf": [_BODY, _TEXTS, _TEXTS_NAMED]}},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
            CSV: {"schema": {"type": "string", "description": "With a column query, and id if there is one"}},
        },
    }
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One code, method and distance per point, or one row per text, in the order sent",
        "content": {JSON: {"schema": {"oneOf": [_ANSWER, _TEXT_ANSWER]}}, ARROW: {}, CSV: {}},
    },
    413: {"description": "More points or bytes than one request may have", "content": PROBLEMS[422]["content"]},
    415: {
        "description": "A body that is neither JSON nor CSV nor an Arrow stream",
        "content": PROBLEMS[422]["content"],
    },
}


@router.post(
    "/locate/batch", openapi_extra=_DOCUMENTED, responses={**_RESPONSES, 401: CLOSED[401]}, response_class=Response
)
async def locate_batch(
    request: Request,
    shelf: Annotated[Shelf, Depends(get_shelf)],
    caller: Caller,
    *,
    datum: Annotated[str | None, Query(max_length=64, description="CGCS2000, GCJ-02, BD-09 or EPSG:…")] = None,
    nearest_m: Annotated[
        float | None, Query(ge=0, le=1e5, allow_inf_nan=False, description="Reach for points outside, in metres")
    ] = None,
    at: AtText = None,
) -> Response:
    """Find the grids of many coordinates, given in one datum, or of many texts."""
    sent = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if sent not in (JSON, ARROW, CSV):
        raise HTTPException(415, f"{sent[:64]!r} is not read here; send {JSON}, {CSV} or {ARROW}")
    accepted = request.headers.get("accept", "")
    body = await _body(request)
    now = request.app.state.watcher.now
    # one version for the whole answer, whatever is published meanwhile
    served = now.served if now is not None and at is None else await to_thread.run_sync(_meant, shelf, at)

    def work() -> tuple[bytes, str]:
        queries = read_csv_texts(body) if sent == CSV else read_json_texts(body) if _may_be_texts(sent, body) else None
        if queries is not None:
            if nearest_m is not None:
                raise InputError("nearest_m is for coordinates; leave it out for texts")
            wanted = _wanted(accepted, sent, CSV)
            note_lookups(len(queries.ids), by=caller.name if caller else "")
            return answer_texts(queries, served.lookup, datum=datum or None, as_csv=wanted == CSV), wanted
        wanted = _wanted(accepted, sent, ARROW)
        points = read_arrow(body) if sent == ARROW else read_json(body)
        return _answer(served, points, datum or None, nearest_m, wanted), wanted

    try:
        small = len(body) <= SMALL_BYTES and sent != CSV and not _may_be_texts(sent, body)
        made, kind = work() if small else await to_thread.run_sync(work, limiter=HEAVY_AT_ONCE)
    except TooMany as error:
        raise HTTPException(413, str(error)) from None
    # packing would take longer than all the rest, and hold up everybody: this keeps GZipMiddleware off
    return Response(made, media_type=kind, headers={"Content-Encoding": "identity", "Cache-Control": "no-store"})


def _may_be_texts(sent: str, body: bytes) -> bool:
    """Tell by a glance at its beginning whether a JSON body may be a list of texts."""
    return sent == JSON and (body.lstrip()[:1] == b"[" or b'"queries"' in body[:64])


def _wanted(accepted: str, sent: str, second: str) -> str:
    """Return the format of the answer: JSON or a second one, the one sent unless only the other is accepted."""
    other = second if sent == JSON else JSON
    kinds = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    return other if other in kinds and sent not in kinds else sent


async def _body(request: Request) -> bytes:
    """Return the body, unless it is too large; then the rest of it is not waited for."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise HTTPException(413, f"the body has more than {MOST_BYTES >> 20} MB; send fewer points at a time")
        chunks.append(chunk)
    return b"".join(chunks)


def _meant(shelf: Shelf, at: str | None) -> Served:
    """Return the version that is meant."""
    return shelf.served(shelf.which(shelf.versions(), at))


def _answer(served: Served, points: Points, datum: str | None, nearest_m: float | None, wanted: str) -> bytes:
    """Look points up and write what was found."""
    for name, here, there in (("datum", datum, points.datum), ("nearest_m", nearest_m, points.nearest_m)):
        if here is not None and there is not None and here != there:
            raise InputError(f"{name} is said twice, {here} in the address and {there} in the body; say it once")
    reach = points.nearest_m if nearest_m is None else nearest_m
    found = locate_many(points.x, points.y, served.lookup, datum=datum or points.datum, nearest_m=reach or 0.0)
    write = served.words.as_arrow if wanted == ARROW else served.words.as_json
    return write(found, version=served.lookup.version, as_of=served.lookup.as_of)
