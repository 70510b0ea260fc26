"""``/locate``: a code or a coordinate → the responsible grid, with doubts said aloud.

In: ``q`` as typed, or ``x`` and ``y``, and the datum they are in. Out: the JSON of ``gridgeo locate --json``. A datum
that is missing or looks wrong is a fault in the answer, with the grids that the other datums would give.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gridgeo.api.deps import Meant
from gridgeo.errors import InputError
from gridgeo.jobs.locate import locate

__all__ = ["Answer", "router"]

router = APIRouter(tags=["locate"])

Number = Query(allow_inf_nan=False, ge=-1e9, le=1e9, description="Degrees, or metres in the layer's own system")


class Answer(BaseModel):
    """Answer of ``/locate``; every key is always there."""

    status: str
    """sure, ambiguous, outside or unknown."""
    code: str | None
    grid: dict[str, Any] | None
    chain: list[str]
    """County, street, community, grid by name."""
    place: dict[str, Any] | None
    """The point asked for, if its datum is not in doubt: ``id, text, x, y`` in degrees (CGCS2000)."""
    confidence: float
    faults: list[dict[str, str]]
    """``kind`` for programs, ``text`` in Chinese for the dispatcher."""
    candidates: list[dict[str, Any]]
    """The answers compared, each with its datum; of a retired code the grids in its place: ``code, full_name,
    area_share, household_share, version, since``."""
    as_of: str | None
    version: int | None
    datum: str | None


@router.get("/locate")
def locate_grid(
    served: Meant,
    *,
    q: Annotated[str | None, Query(max_length=200, description='A code, or "x,y" in any common writing')] = None,
    x: Annotated[float | None, Number] = None,
    y: Annotated[float | None, Number] = None,
    datum: Annotated[str | None, Query(max_length=64, description="CGCS2000, GCJ-02, BD-09 or EPSG:…")] = None,
) -> Answer:
    """Find the grid of a code or of a coordinate. Nothing found is an answer, not an error: see ``status``."""
    return Answer(**locate(_question(q, x, y), served.lookup, datum=datum or None))


def _question(q: str | None, x: float | None, y: float | None) -> str:
    """Return what was asked as one text."""
    if q is not None and x is None and y is None:
        return q
    if q is None and x is not None and y is not None:
        return f"{x:.12f},{y:.12f}"
    raise InputError("say what to locate: q=CODE, q=X,Y, or x=… and y=… (longitude and latitude, or metres)")
