"""``/versions`` and ``/grids/{code}/history``: what was published when, and everything that a code ever was.

In: the store. Out: JSON, as ``gridgeo history --json`` and ``gridgeo diff --json`` print it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from gridgeo.api.deps import Shelf, get_shelf
from gridgeo.api.grids import GridCode
from gridgeo.jobs.diff import diff_versions
from gridgeo.jobs.history import history_of, version_facts, version_list

__all__ = ["router"]

router = APIRouter(tags=["history"])

VersionAt = Annotated[str, Path(max_length=32, description="Number of a version, or a day, YYYY-MM-DD")]


@router.get("/grids/{code}/history")
def get_history(shelf: Annotated[Shelf, Depends(get_shelf)], code: GridCode) -> dict[str, Any]:
    """Tell everything that a code ever was: its rows, ancestors, successors, publications, locks, explanations."""
    return history_of(shelf.store, code)


@router.get("/versions")
def list_versions(shelf: Annotated[Shelf, Depends(get_shelf)]) -> dict[str, Any]:
    """Return all published versions, oldest first; ``holds`` marks the one that holds today."""
    return {"versions": version_list(shelf.store)}


@router.get("/versions/{seq}")
def get_version(shelf: Annotated[Shelf, Depends(get_shelf)], seq: VersionAt) -> dict[str, Any]:
    """Describe one version: when it holds, who published it and why, its draft, its sums, its digest."""
    return version_facts(shelf.store, seq)


@router.get("/versions/{a}/diff/{b}")
def compare_versions(shelf: Annotated[Shelf, Depends(get_shelf)], a: VersionAt, b: VersionAt) -> dict[str, Any]:
    """Tell what is different between two versions: grids that changed, and the ground and homes that changed grids."""
    return diff_versions(shelf.store, a, b).as_dict()
