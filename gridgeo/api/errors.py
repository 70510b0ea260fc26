"""Failures as HTTP answers: one table from error to status, one shape of body (RFC 9457 problem details).

In: exceptions of endpoints and of FastAPI itself. Out: ``application/problem+json`` whose ``detail`` is a sentence.
Core code raises meanings; the numbers live here only.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from gridgeo import errors

__all__ = ["CLOSED", "PROBLEMS", "STATUS", "Problem", "install_errors", "status_of"]

STATUS: dict[type[errors.GridgeoError], int] = {
    errors.CityFileError: 422,
    errors.ReadError: 422,
    errors.SchemaError: 422,
    errors.UnknownCRS: 422,
    errors.CRSError: 422,
    errors.InputError: 422,
    errors.CodeError: 422,
    errors.Refusal: 422,
    errors.TopologyError: 409,
    errors.VersionConflict: 409,
    errors.Cancelled: 409,
    errors.NotFoundError: 404,
    errors.SignInError: 401,
    errors.Forbidden: 403,
    errors.StoreError: 503,
    errors.GridgeoError: 500,
}
"""422 = what was asked cannot be used, 404 = there is no such thing, 409 = clash, 401 = who is asking?, 403 = not this
account, 503 = the store does not answer."""


class Problem(BaseModel):
    """Body of every failure."""

    title: str = Field(description="Class of the failure, for programs.")
    status: int
    detail: str = Field(description="What is wrong and what to do, for people.")
    faults: list[dict[str, str]] = Field(
        default=[],
        description="One entry per wrong parameter, per grid that changed meanwhile, or per refused operation; x, y in "
        "the layer's CRS.",
    )
    successors: list[dict[str, Any]] = Field(
        default=[], description="Of a code that the version does not have any more: the grids that have its ground."
    )


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such grid, layer or version", "content": _CONTENT},
    422: {"description": "A parameter cannot be used", "content": _CONTENT},
    503: {"description": "The store does not answer", "content": _CONTENT},
}
"""What every endpoint documents about its failures."""
CLOSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is signed in, or the sign-in is not right", "content": _CONTENT},
    403: {"description": "The account's role or area does not allow it", "content": _CONTENT},
}
"""What endpoints that ask who is calling document besides."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="gridgeo"'}
"""What a 401 must say (RFC 9110, 15.5.2); browsers ask nobody for a password upon it."""


def status_of(error: errors.GridgeoError) -> int:
    """Return the HTTP status of an error: that of its nearest class in `STATUS`."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install_errors(app: FastAPI) -> None:
    """Make every failure of an app answer with a `Problem`."""
    app.add_exception_handler(errors.GridgeoError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)


def _problem(title: str, status: int, detail: str, **more: Any) -> Response:
    """Return the answer for one failure."""
    return _ProblemResponse(Problem(title=title, status=status, detail=detail, **more).model_dump(), status)


def _answer_error(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette passes both
    """Answer one of gridgeo's own errors."""
    status = status_of(error) if isinstance(error, errors.GridgeoError) else 500
    more = {"successors": list(error.successors)} if isinstance(error, errors.NotFoundError) else {}
    answer = _problem(type(error).__name__, status, str(error), faults=_places(error), **more)
    answer.headers.update(CHALLENGE if status == 401 else {})
    return answer


def _places(error: Exception) -> list[dict[str, str]]:
    """Return what an error is about, and where (in the layer's CRS), as text."""
    if isinstance(error, errors.VersionConflict):
        return [{name: str(value) for name, value in one.items()} for one in error.changed]
    if not isinstance(error, errors.Refusal):
        return []
    where = {} if error.at is None else {"x": str(error.at[0]), "y": str(error.at[1])}
    offer = {"offer": "absorb"} if error.absorb else {}
    codes = {"codes": ",".join(error.codes)} if error.codes else {}
    return [{"kind": error.kind, "text": error.text, **where, **codes, **offer}]


def _answer_invalid(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer parameters that FastAPI refused, naming each."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if found and found[0]["type"] == "json_invalid":
        problem = f"{found[0]['ctx']['error']} at character {found[0]['loc'][-1]}"
        faults = [{"parameter": "body", "problem": problem}]
        return _problem("InputError", 422, f"the body is not JSON: {problem}", faults=faults)
    faults = [{"parameter": _parameter(fault["loc"]), "problem": str(fault["msg"])} for fault in found]
    detail = "; ".join(f"parameter {fault['parameter']!r}: {fault['problem']}" for fault in faults)
    return _problem("InputError", 422, detail, faults=faults)


def _parameter(place: tuple[str | int, ...]) -> str:
    """Return what a parameter is called: its own name, and which of a list.

    Examples
    --------
    >>> _parameter(("body", "street", 0)), _parameter(("query", "at"))
    ('street[0]', 'at')
    """
    named = max((at for at, part in enumerate(place) if isinstance(part, str)), default=0)
    return str(place[named]) + "".join(f"[{part}]" for part in place[named + 1 :])


def _answer_http(request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses: unknown path, wrong method, a body that has not changed."""
    if not isinstance(error, HTTPException):
        return _answer_unexpected(request, error)
    if error.status_code == 304:
        return Response(status_code=304, headers=error.headers)
    answer = _problem(
        "HTTPError", error.status_code, f"{request.method} {request.url.path}: {error.detail}; see /openapi.json"
    )
    answer.headers.update(error.headers or {})
    return answer


def _answer_unexpected(request: Request, error: Exception) -> Response:
    """Answer a fault of the program: the trace goes to the log, never to the client."""
    structlog.get_logger().error("unexpected failure", path=request.url.path, exc_info=error)
    return _problem("ServerError", 500, "the server failed on this request; its log names the cause")
