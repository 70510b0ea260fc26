"""``/health``: whether the server and its store answer, and what they serve."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from gridgeo.api.deps import PROGRAM, Shelf, get_shelf
from gridgeo.jobs.moment import version_at

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Answer of ``/health``."""

    status: Literal["ok", "empty"]
    """empty: the store answers, but nothing has been published."""
    program: str
    store: str
    """gpkg or postgresql."""
    layer: str
    version: int | None
    grids: int


@router.get("/health")
def get_health(shelf: Annotated[Shelf, Depends(get_shelf)]) -> Health:
    """Ask the store; a store that does not answer is a 503."""
    kind = shelf.store.url.partition(":")[0]
    layers, versions = shelf.store.layers(), shelf.versions()
    if not layers or not versions:
        return Health(status="empty", program=PROGRAM, store=kind, layer="", version=None, grids=0)
    layer, seq = layers[0], version_at(versions).seq
    grids = shelf.store.count(seq)
    return Health(status="ok", program=PROGRAM, store=kind, layer=layer.title, version=seq, grids=grids)
